"""What cells gather of the city's layers: counts, sums, means, shares and lengths, by subject, with a minimum count."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from plugins.city_grid import Cells
from plugins.contract import City, LayerFacts, choice, text
from plugins.many_buildings import pieces
from plugins.overlay import POLYGON_TYPES, areas_only, valid
from plugins.selection import column_of, is_selected, selection_of

FloatArray = npt.NDArray[np.float64]
SUBJECTS = ("nature", "society", "infrastructure", "humanities", "economy")
HOWS = {"count": "number", "sum": "sum", "mean": "mean", "share": "share of the cell's area", "length": "length"}
_WORDS = {
    "nature": (
        "tree",
        "park",
        "green",
        "wood",
        "forest",
        "water",
        "river",
        "lake",
        "open_space",
        "openspace",
        "meadow",
    ),
    "society": ("residents", "population", "people", "inhabitants", "dwellings", "households", "einwohner"),
    "infrastructure": ("street", "road", "stop", "rail", "tram", "light", "bridge", "pipe", "centerline", "station"),
    "humanities": ("school", "clinic", "church", "museum", "culture", "librar", "monument", "theatre", "universit"),
    "economy": ("jobs", "employees", "value", "tax", "shop", "business", "permit", "firm", "income"),
}


@dataclass(frozen=True)
class Gather:
    """One line of what is gathered."""

    name: str = text("", help="What it is called; empty: made of the rest")
    layer: str = text("", help="LAYER or LAYER:COLUMN=VALUE|VALUE")
    column: str = text("", help="For sum and mean")
    how: str = choice("count", HOWS)
    subject: str = choice("society", list(SUBJECTS))
    private: str = choice("auto", {"auto": "if about people", "yes": "yes", "no": "no"}, help="Few are withheld")

    @property
    def title(self) -> str:
        """Return what it is called."""
        return self.name or "_".join(p for p in (selection_of(self.layer).layer, self.column, self.how) if p)

    @property
    def is_private(self) -> bool:
        """Return whether small counts are withheld: values about people, unless it is said otherwise."""
        if self.private != "auto":
            return self.private == "yes"
        return self.how in {"sum", "mean"} and self.subject in {"society", "economy"}

    @property
    def unit(self) -> str:
        """Return the unit of its values; 1 where the column's is not known."""
        if self.how in {"sum", "mean"}:
            return "persons" if is_people(self.column) else "1"
        return {"share": "%", "length": "m"}.get(self.how, "1")


@dataclass(frozen=True)
class Gathered:
    """One measure of all cells."""

    what: Gather
    value: FloatArray
    """(n,) NaN where it is withheld, or a mean of nothing."""
    count: npt.NDArray[np.int64]
    """(n,) how many features it is of."""
    withheld: int
    outside: int
    """Features in no cell."""


def usual(city: City) -> list[Gather]:
    """Return what to gather where nothing is said: what the layers' and columns' names tell."""
    found: list[Gather] = []
    for facts in city.layers:
        subject = subject_of(facts.id) or subject_of(facts.title)
        if facts.kind == "footprints":
            for name, kind in facts.columns.items():
                about = subject_of(name) if kind == "number" else ""
                if about in {"society", "economy"} and not name.casefold().startswith("id"):
                    found.append(Gather("", facts.id, name, "sum", about))
            if not found or facts.id == "buildings":
                found.append(Gather("", facts.id, "", "count", "infrastructure"))
        elif subject:
            how = {"points": "count", "lines": "length"}.get(facts.kind, "share")
            found.append(Gather("", facts.id, "", how, subject))
    if not found:
        found = [Gather("", f.id, "", "length" if f.kind == "lines" else "count") for f in city.layers]
    order = {s: n for n, s in enumerate(("society", "economy", "infrastructure", "nature", "humanities"))}
    return sorted(found, key=lambda g: (order[g.subject], not is_people(g.column)))


def is_people(name: str) -> bool:
    """Return whether a column counts people."""
    return any(w in name.casefold() for w in ("residents", "population", "people", "inhabitants", "einwohner"))


def subject_of(name: str) -> str:
    """Return the subject that a name speaks of, "" where it tells nothing."""
    folded = name.casefold()
    return next((s for s, words in _WORDS.items() if any(w in folded for w in words)), "")


def gathered(city: City, cells: Cells, what: Gather, *, minimum: int, area: Any = None) -> Gathered:
    """Return one measure of all cells.

    minimum   private values of fewer features than this are withheld, and private sums below it
    raises    PluginError  a layer or column is not there
    """
    count, total = np.zeros(len(cells), np.int64), np.zeros(len(cells))
    found: list[tuple[npt.NDArray[np.int64], npt.NDArray[np.object_]]] = []
    outside = 0
    for table in features(city, what, area):
        if what.how in {"share", "length"}:
            found.append(_parts(cells, table, is_line=what.how == "length"))
            continue
        values = np.ones(len(table))
        if what.how != "count":
            name = column_of(table.columns, what.column, what.layer)
            values = pd.to_numeric(table[name], errors="coerce").to_numpy(float)
        cell = cells.locate(shapely.get_coordinates(shapely.centroid(table.geometry.to_numpy())))
        outside += int((cell < 0).sum())
        has = (cell >= 0) & np.isfinite(values)
        count += np.bincount(cell[has], minlength=len(cells))
        total += np.bincount(cell[has], values[has], minlength=len(cells))
    if found:
        cell, parts = (np.concatenate(some) for some in zip(*found, strict=True))
        count, total = _measured_parts(cells, cell, parts, is_line=what.how == "length")
    value = total
    if what.how == "mean":
        value = np.divide(total, count, out=np.full(len(cells), np.nan), where=count > 0)
    is_few = (count > 0) & (count < minimum)
    if what.how == "sum":
        is_few |= (total > 0) & (total < minimum)
    is_few &= what.is_private
    return Gathered(what, np.where(is_few, np.nan, value), count, int(is_few.sum()), outside)


def features(city: City, what: Gather, area: Any = None) -> Iterator[gpd.GeoDataFrame]:
    """Yield a layer's features, many buildings square by square."""
    selection = selection_of(what.layer)
    known = {f.id: f for f in city.layers} | {f.title: f for f in city.layers}
    facts: LayerFacts | None = known.get(selection.layer)
    if facts is None or facts.kind != "footprints":
        table = city.layer(facts.id if facts else selection.layer, area)
        yield table[is_selected(table, selection)]
        return
    wanted = [what.column, *selection.columns([*facts.columns, "height_m", "base_m"])]
    names = [column_of([*facts.columns, "height_m", "base_m"], n, facts.id) for n in wanted if n]
    for table in pieces(city, facts, list(dict.fromkeys(names)), area):
        yield table[is_selected(table, selection)]


def _parts(
    cells: Cells, table: gpd.GeoDataFrame, *, is_line: bool
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.object_]]:
    geometry = table.geometry.to_numpy()
    kinds = shapely.get_type_id(geometry)
    geometry = geometry[np.isin(kinds, (1, 2, 5))] if is_line else valid(geometry[np.isin(kinds, POLYGON_TYPES)])
    i, j = shapely.STRtree(cells.geometry).query(geometry, predicate="intersects")
    return j.astype(np.int64), shapely.intersection(geometry[i], cells.geometry[j])


def _measured_parts(
    cells: Cells, cell: npt.NDArray[np.int64], parts: npt.NDArray[np.object_], *, is_line: bool
) -> tuple[npt.NDArray[np.int64], FloatArray]:
    """Return how many features touch each cell, and their length, or the share that they cover; overlaps count once."""
    count = np.bincount(cell, minlength=len(cells)).astype(np.int64)
    if is_line:
        return count, np.bincount(cell, shapely.length(parts), minlength=len(cells)).astype(float)
    order = np.argsort(cell, kind="stable")
    used, begin = np.unique(cell[order], return_index=True)
    covered = np.zeros(len(cells))
    for place, some in zip(used, np.split(areas_only(parts[order]), begin[1:]), strict=True):
        covered[place] = shapely.area(shapely.union_all(some) if len(some) > 1 else some[0])
    return count, 100.0 * covered / shapely.area(cells.geometry)
