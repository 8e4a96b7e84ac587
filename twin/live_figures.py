"""Figures of live data: how many things there are, or a value of them all together, everywhere or in an area."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt
import shapely

from twin.entities import EntityFrame
from twin.feed import FeedWish
from twin.layer import Kind, Layer
from twin.live_rows import rows_by_id, shapes_of
from twin.place import LocalFrame, local_from_lonlat

REACH_M = 25.0
"""A thing so near to a building, a point or a line is counted with it; areas count what is inside."""
Ring = tuple[tuple[float, float], ...]
Rows = npt.NDArray[np.bool_]


class Reduce(StrEnum):
    """How the values of many things become one figure."""

    COUNT = "count"
    MEAN = "mean"
    SUM = "sum"
    MAX = "max"
    MIN = "min"


class Where(StrEnum):
    """Which things are counted."""

    EVERYWHERE = "everywhere"
    VIEW = "view"
    SELECTION = "selection"
    AREA = "area"


@dataclass(frozen=True, slots=True)
class Figure:
    """What a chart shows."""

    feed_id: str
    reduce: Reduce = Reduce.COUNT
    value: str = ""
    """Of what; "" for COUNT."""
    where: Where = Where.EVERYWHERE
    ring: Ring = ()
    """For AREA: its corners, WGS84 degrees."""


def figure_of(figure: Figure, frame: EntityFrame, rows: Rows) -> float:
    """Return the figure over some things (n,) of a frame; NaN where nothing is known of them."""
    if figure.reduce is Reduce.COUNT:
        return float(rows.sum())
    column = frame.speed_mps if figure.value == "speed" else frame.values.get(figure.value)
    column = frame.values.get(figure.value, column)
    if column is None or column.dtype == object:
        return float("nan")
    numbers = column.astype(float)[rows]
    numbers = numbers[np.isfinite(numbers)]
    return float(getattr(np, figure.reduce.value)(numbers)) if len(numbers) else float("nan")


def rows_in_ring(place: LocalFrame, frame: EntityFrame, ring: Ring) -> Rows:
    """Return which things (n,) are inside a ring of WGS84 degrees: its sides are straight in the local frame."""
    if len(ring) < 3:
        return np.zeros(len(frame), bool)
    corners = local_from_lonlat(place, np.array(ring, float))
    return _inside([shapely.Polygon(corners)], local_from_lonlat(place, frame.lonlat), 0.0)


def rows_in_features(
    place: LocalFrame, frame: EntityFrame, layer: Layer, chosen: Iterable[int], wish: FeedWish | None = None
) -> Rows:
    """Return which things (n,) belong to features of a layer: by id where the feed's values are of that layer.

    chosen   table rows of the layer
    wish     the feed; one whose values belong to this layer's features by id needs no places
    """
    wanted = np.fromiter(chosen, np.int64)
    if wish is not None and wish.target_layer == layer.info.id and wish.target_field:
        return np.isin(rows_by_id(layer, wish.target_field, frame.ids), wanted)
    shapes, row = shapes_of(layer)
    reach_m = 0.0 if layer.info.kind is Kind.POLYGONS else REACH_M
    return _inside(shapes[np.isin(row, wanted)].tolist(), local_from_lonlat(place, frame.lonlat), reach_m)


def _inside(shapes: list[shapely.Geometry], points_local: npt.NDArray[np.float64], reach_m: float) -> Rows:
    found = np.zeros(len(points_local), bool)
    known = np.flatnonzero(np.isfinite(points_local).all(axis=1))
    if not shapes or not len(known):
        return found
    places = np.asarray(shapely.points(points_local[known]), object)
    tree = shapely.STRtree(shapes)
    near = tree.query(places, predicate="dwithin", distance=reach_m) if reach_m else tree.query(places, "intersects")
    found[known[np.unique(near[0])]] = True
    return found
