"""What is known of single buildings and of several together: height, where it came from, areas."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from twin.buildings import FIRST_ESTIMATE, HeightSource, Outlines
from twin.features import Lines, Points
from twin.layer import Layer
from twin.place import Area

LEFT_OUT = 0.02


@dataclass(frozen=True, slots=True)
class BuildingFacts:
    """One building."""

    height_m: float
    source: HeightSource
    base_m: float
    footprint_m2: float
    """NaN if the outline is not there."""
    storeys: float
    """NaN if not known."""
    floor_m2: float
    """Footprint times storeys; NaN if storeys are not known."""


@dataclass(frozen=True, slots=True)
class BuildingSums:
    """Several buildings together."""

    count: int
    footprint_m2: float
    floor_m2: float
    """Over those with known storeys."""
    with_storeys: int
    volume_m3: float
    """Footprint times (height less base), summed."""
    least_m: float
    mean_m: float
    greatest_m: float
    estimated: int
    """How many of the heights are estimates."""


def areas_m2(outlines: Outlines) -> npt.NDArray[np.float64]:
    """Return the area of each feature, (n,) square metres; holes are taken off.

    source   the shoelace formula; rings are wound so that holes count negative
    """
    xy = np.asarray(outlines.xy, np.float64)
    if not len(outlines) or not len(xy):
        return np.zeros(len(outlines))
    start = np.asarray(outlines.ring_start, np.int64)
    following = np.arange(1, len(xy) + 1)
    filled = start[1:] > start[:-1]
    following[start[1:][filled] - 1] = start[:-1][filled]
    cross = xy[:, 0] * xy[following, 1] - xy[following, 0] * xy[:, 1]
    upto = np.concatenate([[0.0], np.cumsum(cross)])
    ring_m2 = np.abs(upto[start[1:]] - upto[start[:-1]]) / 2
    parts = np.asarray(outlines.part_start, np.int64)
    is_outer = np.zeros(len(ring_m2), bool)
    is_outer[parts[:-1]] = True
    signed = np.concatenate([[0.0], np.cumsum(np.where(is_outer, ring_m2, -ring_m2))])
    first_ring = parts[np.asarray(outlines.feature_start, np.int64)]
    return np.asarray(signed[first_ring[1:]] - signed[first_ring[:-1]])


def building_facts(layer: Layer, row: int) -> BuildingFacts:
    """Return what is known of one table row of a layer of buildings."""
    assert layer.heights is not None
    footprint, base = _footprints(layer, [row])
    storeys = _storeys(layer, np.asarray([row]))
    return BuildingFacts(
        height_m=float(layer.heights.height_m[row]),
        source=HeightSource(int(layer.heights.source[row])),
        base_m=float(base[0]),
        footprint_m2=float(footprint[0]),
        storeys=float(storeys[0]),
        floor_m2=float(footprint[0] * storeys[0]),
    )


def building_sums(layer: Layer, rows: Sequence[int]) -> BuildingSums:
    """Return the sums over several table rows of a layer of buildings; rows that are not shown count nothing."""
    assert layer.heights is not None
    chosen = np.asarray(rows, np.int64)
    footprint, base = _footprints(layer, rows)
    height = layer.heights.height_m[chosen].astype(np.float64)
    shown = np.isfinite(footprint) & np.isfinite(height)
    storeys = _storeys(layer, chosen)
    with_storeys = shown & np.isfinite(storeys)
    some = height[shown] if shown.any() else np.asarray([np.nan])
    return BuildingSums(
        count=len(chosen),
        footprint_m2=float(footprint[shown].sum()),
        floor_m2=float((footprint * storeys)[with_storeys].sum()),
        with_storeys=int(with_storeys.sum()),
        volume_m3=float((footprint * (height - base))[shown].sum()),
        least_m=float(some.min()),
        mean_m=float(some.mean()),
        greatest_m=float(some.max()),
        estimated=int((layer.heights.source[chosen] >= FIRST_ESTIMATE)[shown].sum()),
    )


def _footprints(layer: Layer, rows: Sequence[int]) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return footprint areas and bases of table rows; NaN and 0 for rows that are not shown."""
    assert layer.tiles is not None
    places = np.asarray([layer.tiles.locate(int(row)) for row in rows], np.int64).reshape(-1, 2)
    footprint, base = np.full(len(places), np.nan), np.zeros(len(places))
    for tile in np.unique(places[places[:, 0] >= 0, 0]):
        buildings = layer.tiles.fetch(int(tile))
        here = places[:, 0] == tile
        footprint[here] = areas_m2(buildings.outlines)[places[here, 1]]
        base[here] = buildings.base_m[places[here, 1]]
    return footprint, base


def _storeys(layer: Layer, rows: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    field = layer.heights.storeys_field if layer.heights is not None else None
    if not field:
        return np.full(len(rows), np.nan)
    values = layer.table.column(field)[rows]
    if values.dtype.kind in "fiub":
        return np.asarray(values, np.float64)
    return np.asarray([_number(v) for v in values], np.float64)


def _number(value: object) -> float:
    try:
        return float(str(value))
    except ValueError:
        return float("nan")


def rows_bounds(layer: Layer, rows: Sequence[int]) -> tuple[float, float, float, float, float, float] | None:
    """Return west, south, bottom, east, north, top of table rows, local metres; None where none is shown."""
    if layer.tiles is None:
        return _feature_bounds(layer, rows)
    low, high = np.full(3, np.inf), np.full(3, -np.inf)
    for row in rows:
        tile, place = layer.tiles.locate(int(row))
        if tile < 0:
            continue
        buildings = layer.tiles.fetch(tile)
        xy = _vertices(buildings.outlines, place) + np.asarray(buildings.origin_local)
        low = np.minimum(low, [*xy.min(axis=0), float(buildings.base_m[place])])
        high = np.maximum(high, [*xy.max(axis=0), float(buildings.height_m[place])])
    return _box(low, high)


def main_area(layers: Iterable[Layer]) -> Area | None:
    """Return the area in which most of the buildings stand, local metres; None where there are none.

    A few scattered ones far away are left out: two in a hundred on each side.
    """
    boxes, counts = [], []
    for layer in layers:
        if layer.tiles is not None:
            index = layer.tiles.index()
            is_leaf = ~np.isin(np.arange(len(index)), index.parent)
            boxes.append(index.bounds[is_leaf])
            counts.append(index.count[is_leaf])
    if not boxes or not sum(int(c.sum()) for c in counts):
        return None
    box, count = np.concatenate(boxes), np.concatenate(counts)
    west, south = (_weighted(box[:, side], count, LEFT_OUT) for side in (0, 1))
    east, north = (_weighted(box[:, side], count, 1 - LEFT_OUT) for side in (3, 4))
    return Area(west, south, east, north)


def _weighted(values: npt.NDArray[np.float64], count: npt.NDArray[np.int32], share: float) -> float:
    order = np.argsort(values)
    upto = np.cumsum(count[order])
    return float(values[order][min(int(np.searchsorted(upto, share * upto[-1])), len(order) - 1)])


def _feature_bounds(layer: Layer, rows: Sequence[int]) -> tuple[float, float, float, float, float, float] | None:
    features, chosen = layer.features, np.asarray(rows, np.int64)
    assert features is not None
    places = np.flatnonzero(np.isin(features.row, chosen))
    if isinstance(features, Points):
        xy = features.xy_local[places]
    elif isinstance(features, Lines):
        pieces = [features.xy_local[features.line_start[i] : features.line_start[i + 1]] for i in places]
        xy = np.concatenate(pieces) if pieces else np.empty((0, 2))
    else:
        pieces = [_vertices(features.outlines, int(i)) for i in places]
        xy = np.concatenate(pieces) if pieces else np.empty((0, 2))
    if not len(xy):
        return None
    return _box(np.array([*xy.min(axis=0), 0.0]), np.array([*xy.max(axis=0), 0.0]))


def _vertices(outlines: Outlines, place: int) -> npt.NDArray[np.float64]:
    first, last = outlines.feature_start[place], outlines.feature_start[place + 1]
    start, end = outlines.part_start[first], outlines.part_start[last]
    return np.asarray(outlines.xy[outlines.ring_start[start] : outlines.ring_start[end]], np.float64)


def _box(
    low: npt.NDArray[np.float64], high: npt.NDArray[np.float64]
) -> tuple[float, float, float, float, float, float] | None:
    if not np.isfinite(low).all():
        return None
    (west, south, bottom), (east, north, top) = low.tolist(), high.tolist()
    return west, south, bottom, east, north, top
