"""Points joined to areas in space: inside, or the nearest within a distance."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from data.table import ArrowTable
from data.tilestore import MemoryTiles
from data.vector import read
from twin.buildings import Outlines
from twin.errors import LayerError
from twin.features import Points, Polygons
from twin.keys import KeyCodes
from twin.layer import Kind, Layer
from twin.place import LocalFrame
from twin.report import Report

Shapes = npt.NDArray[np.object_]


@dataclass(frozen=True, slots=True)
class Grounds:
    """Where the rows of a layer of areas lie."""

    outlines: Outlines
    """Local metres."""
    row: npt.NDArray[np.int32]
    """(n,) table row of each outline."""
    frame: LocalFrame
    rows: int
    """Rows of the table."""


@dataclass(frozen=True, slots=True)
class PointTable:
    """Points in a layer's frame, with their attributes."""

    points: Points
    table: ArrowTable
    name: str
    report: Report


GroundsOf = Callable[[], Grounds]
"""Where a layer's rows lie; asked only where something is joined in space."""


def grounds_of(layer: Layer) -> Grounds:
    """Return where the areas of a layer lie.

    raises   LayerError  it has no areas
    """
    if isinstance(layer.tiles, MemoryTiles):
        arrays = layer.tiles.arrays
        first = arrays.ring_start[arrays.part_start[arrays.feature_start]]
        xy = arrays.offset_xy + np.repeat(arrays.anchor_local, np.diff(first), axis=0)
        outlines = Outlines(xy, arrays.ring_start, arrays.part_start, arrays.feature_start)
        return Grounds(outlines, arrays.row, layer.frame, len(layer.table))
    if isinstance(layer.features, Polygons):
        return Grounds(layer.features.outlines, layer.features.row, layer.frame, len(layer.table))
    raise LayerError(
        f'"{layer.info.name}" has no areas for points to lie in.',
        hint="Join points to a layer of buildings or other areas.",
        layer=layer.info.id,
    )


def read_points(path: str | os.PathLike[str], frame: LocalFrame, layer: str | None = None) -> PointTable:
    """Read points to be joined, into another layer's frame; lines and areas stand for a point on them.

    raises   SourceError, LayerError, CrsError  they cannot be used
    """
    found = read(path, layer=layer, frame=frame, kind=Kind.POINTS)
    assert isinstance(found.features, Points)
    assert isinstance(found.table, ArrowTable)
    return PointTable(found.features, found.table, found.info.name, found.report)


def near_codes(grounds: Grounds, points: Points, *, rows: int, distance_m: float) -> KeyCodes:
    """Return which area each row of points belongs to, as keys numbered together.

    rows         rows of the points' table
    distance_m   0 takes points inside an area or on its edge only; more takes the nearest area so far away at most
    returns      an area that is equally near as another is taken by its row, the first one first
    """
    shapes = shapes_of(grounds.outlines)
    place = shapely.points(points.xy_local)
    tree = shapely.STRtree(shapes)
    if distance_m > 0:
        point, shape = tree.query_nearest(place, max_distance=distance_m, all_matches=True)
    else:
        point, shape = tree.query(place, predicate="intersects")
    nobody = np.iinfo(np.int64).max
    area_row = np.full(rows, nobody, np.int64)
    np.minimum.at(area_row, points.row[point], grounds.row[shape].astype(np.int64))
    area_row[area_row == nobody] = -1
    used, codes = np.unique(area_row[area_row >= 0], return_inverse=True)
    right = np.full(rows, -1, np.intp)
    right[area_row >= 0] = codes
    left = np.full(grounds.rows, -1, np.intp)
    left[used] = np.arange(len(used))
    return KeyCodes(left, right, len(used))


def shapes_of(outlines: Outlines) -> Shapes:
    """Return outlines as shapely's polygons and multipolygons (n,)."""
    rings = outlines.ring_start.astype(np.int64)
    count = np.diff(rings)
    end = np.cumsum(count + 1)
    closed = np.empty((int(end[-1]) if len(end) else 0, 2))
    first = end - (count + 1)
    is_last = np.zeros(len(closed), bool)
    is_last[end - 1] = True
    closed[~is_last] = outlines.xy
    closed[end - 1] = closed[first]
    offsets: Any = (np.append(0, end), outlines.part_start.astype(np.int64), outlines.feature_start.astype(np.int64))
    shapes: Shapes = shapely.from_ragged_array(shapely.GeometryType.MULTIPOLYGON, closed, offsets)
    return shapes
