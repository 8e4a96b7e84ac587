"""City grid: cells that gather what lies in them, the cases in each, hot spots, clusters and specialisation."""

# calls declare the fields of parameters
# ruff: noqa: RUF009

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from plugins.cases import by_cell, cases_of, joined
from plugins.cell_results import Found, charts_of, columns_of, facts_of, order_of
from plugins.city_grid import Cells, hexagons, own_cells, squares, weights
from plugins.contract import (
    City,
    Column,
    Frame,
    Info,
    Kind,
    Layer,
    PluginError,
    Progress,
    Reading,
    Scenario,
    Stop,
    Table,
    choice,
    column,
    layer,
    number,
    parameter,
    text,
)
from plugins.gathering import Gather, features, gathered, usual
from plugins.selection import column_of, texts_of
from plugins.spots import clusters, hot_spots, location_quotients

FloatArray = npt.NDArray[np.float64]
SHOWN = {
    "value": "the measure",
    "hot_spots": "hot and cold spots",
    "clusters": "clusters",
    "specialisation": "specialisation",
    "cases": "open cases",
}
RESPONSIBLE_NAMES = ("responsible", "unit", "owner", "manager", "department", "assigned_to")
CELL_NAMES = ("name", "cell", "id", "code")
MOST_KINDS = 40
COMMENTS = "comments"
ALARMS = "alarms"


@dataclass(frozen=True)
class Parameters:
    """Which cells, and what they gather."""

    shape: str = choice(
        "square", {"square": "Squares", "hexagon": "Hexagons", "own": "The office's own"}, title="Cells"
    )
    size_m: float = number(250.0, min=5.0, max=20000.0, unit="m", title="Width")
    cells: Layer = layer("", kinds=[Kind.POLYGONS, Kind.FOOTPRINTS], title="The office's own cells", is_optional=True)
    responsible: Column = column("", of="cells", title="Who answers for a cell", help="Empty: responsible, unit …")
    gather: tuple[Gather, ...] = parameter((), title="Gather", help="Empty: what the layers' names tell")
    value: str = text("", title="The measure", help="The name of one that is gathered; empty: the first")
    shows: str = choice("value", SHOWN, title="Shows")
    minimum: int = number(5, min=1, max=1000, title="Fewest", help="Values about fewer people are withheld")
    cases: Layer = layer(
        "alarms", title="Cases", is_optional=True, help="Alarms and the like: status, opened, closed, assigned"
    )
    has_comments: bool = parameter(default=True, title="Accepted comments are cases")
    now: date | None = parameter(datetime.now(tz=UTC).date(), title="On the day", help="How old open cases are")
    due_days: float = number(14.0, min=0.0, max=3650.0, unit="days", title="Due within")
    kinds_of: Layer = layer("", title="Specialisation of", is_optional=True)
    kind: Column = column("", of="kinds_of", title="Kind", help="The column of kinds: use, sector")
    kind_weight: Column = column("", of="kinds_of", is_number=True, title="Counted by", help="Empty: each counts one")
    permutations: int = number(999, min=99, max=9999, title="Permutations")
    sure: float = number(0.05, min=0.001, max=0.2, title="Chance at most")
    scenario: Scenario = parameter(Scenario(""), title="With the buildings of")


class CityGrid:
    """The city as cells."""

    info = Info(
        id="grid",
        title="City grid",
        summary="The city as cells that gather layers by subject, with cases, hot spots, clusters and specialisation.",
        kind="polygons",
        contract=1,
        source="The open city's layers; statistics by PySAL (esda, libpysal)",
        licence="As the city's data",
        author="citytwin",
        style={"colormap": "viridis", "opacity": 0.8},
        parameters=Parameters,
        is_analysis=True,
        note="Squares and hexagons are counted from the origin of the city's CRS, so that they stay where they are."
        " count, sum and mean take each feature in the cell of its middle; share is the area covered, overlaps once;"
        " length is what lies in the cell. Values about people (sums and means of society and economy) of fewer"
        " features, or sums, than the minimum are withheld. Hot spots are Getis-Ord Gi*, the cell and its neighbours"
        " weighing 1; clusters local Moran's I, rows standardised, by permutations; both over cells that hold anything"
        " and are not withheld. Specialisation is the location quotient: the kind's share in the cell by its share in"
        " the city. A case is over when its closing day has come or its status says so; overdue when it is open longer"
        " than it should be.",
        limits="Cells change what one sees: another size or another origin gives another picture. Chance of many cells"
        " is not corrected for: of 100 cells without any pattern about 5 pass at 0.05. Withheld values can sometimes be"
        " worked out from totals: do not publish several grids of the same people.",
        memory_mb=4096,
        frame_s=600.0,
    )

    def frames(self, city: City, area: Any, parameters: Parameters, stop: Stop) -> Iterator[Frame | Progress]:
        """Yield the cells with what they hold."""
        found = None
        for found in _found(city.scenario(parameters.scenario), area, parameters):
            if stop.is_set():
                return
            if isinstance(found, Progress):
                yield found
        assert isinstance(found, Found)
        yield _frame(city, found, parameters)

    def at(self, city: City, parameters: Parameters, places: gpd.GeoDataFrame) -> Sequence[Reading]:
        """Return the measure in the cell of each place, with all that the cell holds."""
        *_, found = _found(city.scenario(parameters.scenario), city.area, parameters)
        assert isinstance(found, Found)
        cell = found.cells.locate(shapely.get_coordinates(shapely.centroid(places.geometry.to_numpy())))
        return [_reading(found, int(n)) for n in cell]


def _found(city: City, area: Any, parameters: Parameters) -> Iterator[Progress | Found]:
    """Yield how far it is, and last what was found."""
    found = Found(_cells(city, area, parameters))
    wanted = list(parameters.gather) or usual(city)
    titles = [g.title for g in wanted]
    if len(set(titles)) < len(titles):
        raise PluginError("Two measures have the same name.", "Give each line of gather its own.")
    if parameters.value and parameters.value not in titles:
        raise PluginError(f'Nothing called "{parameters.value}" is gathered.', f"There are: {', '.join(titles)}.")
    found.chosen = titles.index(parameters.value) if parameters.value else 0
    for n, what in enumerate(wanted):
        yield Progress(0.6 * n / len(wanted), what.title)
        found.measures.append(gathered(city, found.cells, what, minimum=parameters.minimum))
    yield Progress(0.6, "cases")
    _add_cases(found, city, parameters)
    _add_kinds(found, city, parameters)
    holds = np.zeros(len(found.cells), bool)
    for one in found.measures:
        holds |= one.count > 0
    if found.case_columns:
        holds |= found.case_columns["cases"] > 0
    if parameters.shape == "own":
        holds[:] = True
    if not holds.any():
        raise PluginError("Nothing lies in these cells.", "Draw a larger area, or gather other layers.")
    yield Progress(0.7, "hot spots and clusters")
    _add_statistics(found, holds, parameters)
    found.columns = columns_of(found) | {"holds": holds}
    yield found


def _cells(city: City, area: Any, parameters: Parameters) -> Cells:
    if parameters.shape == "own":
        if not parameters.cells:
            raise PluginError("The office's own cells are no layer yet.", "Choose the layer of cells.")
        facts = next(f for f in city.layers if f.id == parameters.cells)
        part = None if area.equals(city.area) else area
        table = city.layer(facts.id, part)
        names = {str(n).casefold(): str(n) for n in table.columns}
        who = parameters.responsible or next((names[n] for n in RESPONSIBLE_NAMES if n in names), "")
        return own_cells(table, name=next((names[n] for n in CELL_NAMES if n in names), ""), responsible=who)
    return (squares if parameters.shape == "square" else hexagons)(area, parameters.size_m)


def _add_cases(found: Found, city: City, parameters: Parameters) -> None:
    day = parameters.now or datetime.now(tz=UTC).date()
    now = datetime.combine(day, time(), tzinfo=UTC) + timedelta(days=1)
    sources = []
    if parameters.cases:
        with nullcontext() if parameters.cases != ALARMS else suppress(PluginError):  # others call layers so, too
            sources.append(cases_of(city.layer(parameters.cases), now, parameters.cases))
    comments = city.comments() if parameters.has_comments else None
    if comments is not None and len(comments):
        sources.append(cases_of(_answered(comments), now, COMMENTS))
    if not sources:
        return
    found.cases = joined(sources)
    cell = found.cells.locate(found.cases.xy)
    found.cases_outside = int((cell < 0).sum())
    found.case_columns = by_cell(found.cases, cell, len(found.cells), found.cells.responsible, parameters.due_days)


def _answered(comments: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return accepted comments; one is over when it has been answered, not when it was accepted."""
    accepted = comments[comments["state"].isin(["accepted", None])]
    status = accepted["answer_state"] if "answer_state" in accepted else pd.Series("open", index=accepted.index)
    return accepted.drop(columns="state").assign(status=status)


def _add_kinds(found: Found, city: City, parameters: Parameters) -> None:
    if not parameters.kinds_of or not parameters.kind:
        if parameters.shows == "specialisation":
            raise PluginError("Specialisation needs a layer and its column of kinds.", "Fill in kinds_of and kind.")
        return
    facts = next(f for f in city.layers if f.id == parameters.kinds_of)
    name = column_of(facts.columns, parameters.kind, facts.id)
    counts: dict[str, FloatArray] = {}
    for table in _tables(city, facts.id, name, parameters.kind_weight):
        cell = found.cells.locate(shapely.get_coordinates(shapely.centroid(table.geometry.to_numpy())))
        size = np.ones(len(table))
        if parameters.kind_weight:
            size = pd.to_numeric(table[parameters.kind_weight], errors="coerce").fillna(0).to_numpy(float)
        kinds = texts_of(table[name])
        for kind in np.unique(kinds[kinds != ""]):
            own = (kinds == kind) & (cell >= 0)
            added = np.bincount(cell[own], size[own], minlength=len(found.cells))
            counts[str(kind)] = counts.get(str(kind), np.zeros(len(found.cells))) + added
    if len(counts) > MOST_KINDS:
        raise PluginError(
            f"{parameters.kind} has {len(counts)} kinds, more than {MOST_KINDS}.", "Choose a coarser one."
        )
    found.kinds = sorted(counts)
    found.kind_counts = np.column_stack([counts[k] for k in found.kinds]) if counts else np.zeros((len(found.cells), 0))
    found.quotients = location_quotients(found.kind_counts)
    found.quotients[found.kind_counts.sum(axis=1) < parameters.minimum] = np.nan


def _tables(city: City, layer_id: str, name: str, weight: str) -> Iterator[gpd.GeoDataFrame]:
    """Yield features with their kind and what they count for."""
    yield from features(city, Gather(layer=f"{layer_id}:{name}!=", column=weight))


def _add_statistics(found: Found, holds: npt.NDArray[np.bool_], parameters: Parameters) -> None:
    values = found.case_columns["cases_open"].astype(float) if _shows_cases(found, parameters) else found.measure.value
    tested = holds & np.isfinite(values)
    found.is_tested = tested
    if not tested.any():
        return
    near = weights(found.cells.subset(tested))
    found.spots = hot_spots(values[tested], near)
    found.groups = clusters(values[tested], near, permutations=parameters.permutations, sure=parameters.sure)


def _shows_cases(found: Found, parameters: Parameters) -> bool:
    if parameters.shows == "cases" and not found.case_columns:
        raise PluginError("There are no cases.", "Choose a layer with a status or days in cases.")
    return parameters.shows == "cases"


def _frame(city: City, found: Found, parameters: Parameters) -> Frame:
    holds = found.columns.pop("holds")
    shown = {n: np.asarray(v)[holds] for n, v in found.columns.items()}
    geometry = found.cells.geometry[holds]
    lonlat = city.lonlat(shapely.get_coordinates(shapely.point_on_surface(geometry)))
    measure = found.measure
    value = {"value": measure.what.title, "hot_spots": "gi_z", "clusters": "cluster", "specialisation": "special"}
    coloured = value.get(parameters.shows, "cases_open")
    if coloured not in shown:
        raise PluginError(f"There is nothing to show as {SHOWN[parameters.shows]}.", "There are too few cells.")
    table = {**shown, "lon_deg": lonlat[:, 0], "lat_deg": lonlat[:, 1]}
    order = order_of(shown, coloured)
    return Frame(
        gpd.GeoDataFrame(shown, geometry=geometry, crs=city.crs),
        value=coloured,
        unit=measure.what.unit if parameters.shows == "value" else "",
        table=Table({n: np.asarray(v)[order] for n, v in table.items()}, title="Cells"),
        charts=charts_of(found, holds),
        facts=facts_of(found, holds),
        note=_words(found, parameters),
        style={"color_by": coloured, **({"colormap": "RdBu_r"} if coloured == "gi_z" else {})},
    )


def _words(found: Found, parameters: Parameters) -> str:
    size = "" if parameters.shape == "own" else f" of {parameters.size_m:g} m"
    tested = f" Tested: {'open cases' if parameters.shows == 'cases' else found.measure.what.title}."
    withheld = sum(one.withheld for one in found.measures)
    few = f" {withheld} values are withheld (fewer than {parameters.minimum})." if withheld else ""
    return f"Cells: {parameters.shape}{size}.{tested}{few}"


def _reading(found: Found, n: int) -> Reading:
    measure = found.measure
    if n < 0:
        return Reading(None, measure.what.unit, {"why": "in no cell"})
    columns = {k: v for k, v in found.columns.items() if k != "holds"}
    held: dict[str, Any] = {k: v[n] for k, v in columns.items()}
    withheld = [one.what.title for one in found.measures if one.what.is_private and np.isnan(one.value[n])]
    held["features"] = {one.what.title: int(one.count[n]) for one in found.measures if one.what.title not in withheld}
    held["withheld"] = withheld
    if found.quotients is not None:
        held["quotients"] = {k: float(q) for k, q in zip(found.kinds, found.quotients[n], strict=True)}
    value = float(measure.value[n])
    return Reading(value if np.isfinite(value) else None, measure.what.unit, held)
