"""Where to invest first: weighted criteria rank areas; what each adds is shown, and how firm the order is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from plugins.contract import (
    Chart,
    City,
    Frame,
    Info,
    Layer,
    PluginError,
    Progress,
    Reading,
    Stop,
    Table,
    choice,
    layer,
    number,
    parameter,
)
from plugins.ranking import Scores, firmness, scores

MEASURES = {
    "value": "the area's own column",
    "count": "features in it, per km2",
    "sum": "sum of a column of the features in it, per km2",
    "mean": "mean of a column of the features in it",
    "share": "share of its area that they cover",
    "distance": "distance to the nearest, m",
}


@dataclass(frozen=True)
class Criterion:
    """One line of the table: what counts, which way, and how much."""

    name: str = ""
    """What people read; "" makes it from the rest."""
    layer: str = ""
    """"" for a column of the areas themselves; "buildings" for the buildings."""
    column: str = ""
    measure: str = "value"
    better: str = "more"
    """"more" or "less" of it puts an area first."""
    weight: float = 1.0


@dataclass(frozen=True)
class Parameters:
    """What is asked for."""

    areas: Layer = layer("districts", kinds=["polygons", "footprints"], title="Areas to rank")  # noqa: RUF009
    criteria: tuple[Criterion, ...] = parameter((), title="Criteria", help=f"measure: {', '.join(MEASURES)}")
    scaling: str = choice("range", {"range": "between least and greatest", "rank": "by rank"}, title="Scaled")
    spread: float = number(0.5, min=0.0, max=1.0, title="Weights may differ by", help="for the check of firmness")
    top: int = number(5, min=1, max=1000, title="How many come first")


class WhereFirst:
    """Ranks areas by weighted criteria."""

    info = Info(
        id="where_first",
        title="Where first",
        summary="Ranks areas by weighted criteria, shows what each adds, and how firm the order is.",
        kind="polygons",
        contract=1,
        unit="points",
        source="Weighted sum of scaled criteria",
        licence="As the city's data",
        author="citytwin",
        style={"colormap": "viridis", "opacity": 0.8, "label_by": "rank"},
        parameters=Parameters,
        is_analysis=True,
        note="Each criterion is scaled to 0 to 1 over the areas (by range or by rank), turned where less is better, "
        "and weighted; the score is the weighted mean times 100. Where a value is missing the other weights share its "
        "part. For firmness the areas are ranked 400 times with weights changed at random within the spread.",
        limits="A score compares these areas with each other and says nothing of others. Criteria that say the same "
        "count twice. The weights are a judgement, not a measurement.",
    )

    def frames(self, city: City, area: Any, parameters: Parameters, stop: Stop) -> Iterator[Frame | Progress]:
        """Yield the ranking."""
        areas = city.layer(parameters.areas, area)
        columns = []
        for place, criterion in enumerate(parameters.criteria):
            if stop.is_set():
                return
            yield Progress(0.8 * place / len(parameters.criteria), title_of(criterion))
            columns.append(measured(city, areas, criterion))
        result = _ranked(parameters, columns)
        values = np.column_stack(columns)
        firm = firmness(
            values, _weights(parameters), _more(parameters), spread=parameters.spread, top=parameters.top,
            by_rank=parameters.scaling == "rank",
        )  # fmt: skip
        shown = areas[["geometry"]].copy()
        shown["rank"], shown["score"] = result.rank, np.round(result.score, 3)
        shown["best_place"], shown["worst_place"] = firm.least, firm.greatest
        shown[f"in_first_{parameters.top}"] = np.round(firm.share_in_top, 4)
        shown["missing"] = result.missing
        names = _names(parameters)
        for place, name in enumerate(names):
            shown[f"{name}: value"] = values[:, place]
            shown[f"{name}: points"] = np.round(result.parts[:, place], 3)
        labels = _labels(areas)
        yield Frame(
            features=shown,
            value="score",
            facts=_facts(parameters, result, firm.correlation, labels, areas.index),
            table=_table(parameters, result, firm.share_in_top, labels, areas),
            charts=(_chart(parameters, result, labels),),
            note=f"Mean rank correlation with the given order when weights change: {firm.correlation:.3f}.",
        )

    def at(self, city: City, parameters: Parameters, places: Any) -> Sequence[Reading]:
        """Return the score of the area at each place, and what it is made of."""
        areas = city.layer(parameters.areas)
        columns = [measured(city, areas, criterion) for criterion in parameters.criteria]
        result = _ranked(parameters, columns)
        readings = []
        for place in places.geometry:
            inside = np.flatnonzero(areas.geometry.intersects(place.representative_point()).to_numpy())
            if not len(inside):
                readings.append(Reading(None, "points", {"area": "none here"}))
                continue
            row = int(inside[0])
            reasons: dict[str, Any] = {"row": int(areas.index[row]), "rank": int(result.rank[row])}
            for number_, name in enumerate(_names(parameters)):
                reasons[name] = {
                    "value": float(columns[number_][row]),
                    "scaled": float(result.scaled[row, number_]),
                    "weight": _weights(parameters)[number_],
                    "points": float(result.parts[row, number_]),
                }
            readings.append(Reading(float(result.score[row]), "points", reasons))
        return readings


def title_of(criterion: Criterion) -> str:
    """Return what a criterion is called."""
    if criterion.name:
        return criterion.name
    return " ".join(part for part in (criterion.measure, criterion.column, criterion.layer) if part and part != "value")


def _names(parameters: Parameters) -> list[str]:
    names: list[str] = []
    for criterion in parameters.criteria:
        name = title_of(criterion) or "criterion"
        names.append(name if name not in names else f"{name} {len(names) + 1}")
    return names


def _weights(parameters: Parameters) -> list[float]:
    return [float(c.weight) for c in parameters.criteria]


def _more(parameters: Parameters) -> list[bool]:
    return [c.better != "less" for c in parameters.criteria]


def _ranked(parameters: Parameters, columns: list[npt.NDArray[np.float64]]) -> Scores:
    if not columns:
        raise PluginError(
            "There is no criterion to rank by.",
            'Add one: {"column": "population", "better": "more", "weight": 2}.',
        )
    for criterion in parameters.criteria:
        if criterion.better not in ("more", "less"):
            raise PluginError(f'"{criterion.better}" is no direction.', "A criterion is better with more or less.")
    try:
        return scores(
            np.column_stack(columns), _weights(parameters), _more(parameters), by_rank=parameters.scaling == "rank"
        )
    except ValueError as error:
        raise PluginError(f"The weights cannot be used: {error}.", "Give at least one criterion a weight.") from error


def measured(city: City, areas: Any, criterion: Criterion) -> npt.NDArray[np.float64]:
    """Return a criterion's value for each area (n,); NaN where there is none.

    raises   PluginError  the measure, the layer or the column is not there
    """
    measure = criterion.measure or "value"
    if measure not in MEASURES:
        raise PluginError(f'"{measure}" is no measure.', f"Choose {', '.join(MEASURES)}.")
    if not criterion.layer:
        return _numbers(areas, criterion.column, "the areas")
    wanted = [criterion.column] if measure in ("sum", "mean") else []
    if criterion.layer == "buildings":
        found = city.buildings(columns=[c for c in wanted if c not in ("height_m", "base_m")])
    else:
        found = city.layer(criterion.layer, columns=wanted)
    things, shapes = found.geometry.to_numpy(), areas.geometry.to_numpy()
    km2 = shapely.area(shapes) / 1e6
    if measure == "distance":
        return _nearest(shapes, things)
    if measure == "share":
        return _covered(shapes, things)
    pairs = shapely.STRtree(shapes).query(shapely.point_on_surface(things), predicate="within")
    counts = np.bincount(pairs[1], minlength=len(shapes)).astype(np.float64)
    if measure == "count":
        return np.asarray(counts / km2)
    numbers = _numbers(found, criterion.column, f'"{criterion.layer}"')[pairs[0]]
    known = np.isfinite(numbers)
    sums = np.bincount(pairs[1][known], numbers[known], minlength=len(shapes))
    if measure == "sum":
        return np.asarray(sums / km2)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(sums / np.bincount(pairs[1][known], minlength=len(shapes)))


def _numbers(frame: Any, column: str, where: str) -> npt.NDArray[np.float64]:
    if column not in frame.columns:
        offered = ", ".join(str(c) for c in frame.columns if c != "geometry")
        raise PluginError(f'There is no column "{column}" in {where}.', f"It has {offered}.")
    import pandas as pd  # noqa: PLC0415  GeoDataFrames bring it

    return np.asarray(pd.to_numeric(frame[column], errors="coerce"), np.float64)


def _nearest(shapes: Any, things: Any) -> npt.NDArray[np.float64]:
    if not len(things):
        return np.full(len(shapes), np.nan)
    (found, _), away = shapely.STRtree(things).query_nearest(
        shapely.centroid(shapes), return_distance=True, all_matches=False
    )
    result = np.full(len(shapes), np.nan)
    result[found] = away
    return result


def _covered(shapes: Any, things: Any) -> npt.NDArray[np.float64]:
    """Return shares of areas; what lies over each other counts once."""
    result = np.zeros(len(shapes))
    tree = shapely.STRtree(things)
    for place, shape in enumerate(shapes):
        near = things[tree.query(shape, predicate="intersects")]
        if len(near):
            result[place] = shapely.area(shapely.intersection(shapely.union_all(near), shape)) / shapely.area(shape)
    return result


def _labels(areas: Any) -> list[str]:
    named = next((c for c in areas.columns if c != "geometry" and "name" in str(c).casefold()), None)
    if named is None:
        return [f"row {row}" for row in areas.index]
    return [str(v) for v in areas[named]]


def _facts(parameters: Parameters, result: Scores, correlation: float, labels: list[str], rows: Any) -> dict[str, Any]:
    order = np.argsort(result.rank, kind="stable")[: max(parameters.top, 20)]
    names = _names(parameters)
    return {
        "areas": len(labels),
        "criteria": [{"name": n, "weight": w} for n, w in zip(names, _weights(parameters), strict=True)],
        "correlation": round(correlation, 6),
        "first": [
            {
                "rank": int(result.rank[i]), "area": labels[i], "row": int(rows[i]), "score": float(result.score[i]),
                "points": {n: float(result.parts[i, c]) for c, n in enumerate(names)},
            }
            for i in order
        ],
    }  # fmt: skip


def _table(
    parameters: Parameters, result: Scores, share: npt.NDArray[np.float64], labels: list[str], areas: Any
) -> Table:
    order = np.argsort(result.rank, kind="stable")
    columns: dict[str, Any] = {
        "rank": result.rank[order],
        "area": [labels[i] for i in order],
        "score": np.round(result.score[order], 1),
        f"among first {parameters.top}": [f"{100 * share[i]:.0f} %" for i in order],
    }
    for place, name in enumerate(_names(parameters)):
        columns[name] = np.round(result.parts[order, place], 1)
    columns |= {"layer": [str(parameters.areas)] * len(order), "row": np.asarray(areas.index)[order]}
    return Table(columns, title="Areas by score, and the points of each criterion")


def _chart(parameters: Parameters, result: Scores, labels: list[str]) -> Chart:
    order = np.argsort(result.rank, kind="stable")[: min(len(labels), 15)]
    series = {name: np.nan_to_num(result.parts[order, c]) for c, name in enumerate(_names(parameters))}
    return Chart("bars", [labels[i] for i in order], series, title="What the scores are made of", y_title="points")
