"""What a plane cuts out of prisms, worked out exactly: rectangles on an upright plane, outlines on a level one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from layers.triangulate import triangulate
from twin.buildings import Buildings
from twin.tiles import TileArrays, TileIndex

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Section:
    """Where the buildings of a layer stand in an upright plane: rectangles."""

    begin_m: Floats
    """(n,) along the plane from its point, to the right as one looks along its normal."""
    end_m: Floats
    """(n,)"""
    bottom_m: Floats
    """(n,) above the ground."""
    top_m: Floats
    """(n,)"""
    row: npt.NDArray[np.int32]
    """(n,) table rows."""

    def row_at(self, along_m: float, height_m: float) -> int:
        """Return the table row of the building cut at a place of the plane; -1 for none."""
        is_there = (self.begin_m <= along_m) & (along_m <= self.end_m)
        is_there &= (self.bottom_m <= height_m) & (height_m <= self.top_m)
        found = np.flatnonzero(is_there)
        return int(self.row[found[0]]) if len(found) else -1


def right_of(plane: Floats) -> Floats:
    """Return the level direction (2,) to the right as one looks along an upright plane's normal."""
    return np.array([plane[4], -plane[3]])


def tiles_crossed(index: TileIndex, plane: Floats) -> npt.NDArray[np.intp]:
    """Return the tiles some of whose buildings a plane (6,) may cross."""
    low, high = index.bounds[:, :3] - plane[:3], index.bounds[:, 3:] - plane[:3]
    normal = plane[3:]
    least = np.where(normal > 0, low, high) @ normal
    most = np.where(normal > 0, high, low) @ normal
    return np.flatnonzero((least <= 0) & (most >= 0) & (index.count > 0))


def upright_section(arrays: TileArrays, index: TileIndex, plane: Floats, is_shown: Mask | None = None) -> Section:
    """Return what an upright plane (point, normal) cuts out of a layer's buildings.

    is_shown   (rows,) only these table rows; None takes all
    """
    pieces = [_section_of(arrays.fetch(int(tile)), plane, is_shown) for tile in tiles_crossed(index, plane)]
    columns = [np.concatenate(column) for column in zip(*pieces, strict=True)] if pieces else [np.empty(0)] * 5
    return Section(columns[0], columns[1], columns[2], columns[3], columns[4].astype(np.int32))


def _section_of(buildings: Buildings, plane: Floats, is_shown: Mask | None) -> tuple[npt.NDArray[np.generic], ...]:
    """Return begin, end, bottom, top and row of one tile's rectangles.

    Every ring crosses the plane's line an even number of times, and inside is between the first and second crossing,
    the third and fourth, and so on: courtyards stay open.
    """
    outlines = buildings.outlines
    ring_start = np.asarray(outlines.ring_start, np.int64)
    xy = np.asarray(outlines.xy, np.float64) + (np.array(buildings.origin_local) - plane[:2])
    after = np.arange(1, len(xy) + 1)
    after[ring_start[1:] - 1] = ring_start[:-1]
    ahead, along = xy @ plane[3:5], xy @ right_of(plane)
    edge = np.flatnonzero((ahead < 0) != (ahead[after] < 0))
    share = ahead[edge] / (ahead[edge] - ahead[after[edge]])
    crossing = along[edge] + share * (along[after[edge]] - along[edge])
    first_vertex = ring_start[np.asarray(outlines.part_start)[np.asarray(outlines.feature_start)]]
    place = np.searchsorted(first_vertex, edge, side="right") - 1
    if is_shown is not None:
        keep = is_shown[buildings.row[place]]
        crossing, place = crossing[keep], place[keep]
    order = np.lexsort((crossing, place))
    crossing, place = crossing[order], place[order][::2]
    return (
        crossing[::2],
        crossing[1::2],
        buildings.base_m[place].astype(np.float64),
        buildings.height_m[place].astype(np.float64),
        buildings.row[place],
    )


def section_mesh(section: Section, plane: Floats) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.int32]]:
    """Return a section as points (4 n, 3), metres from the plane's point, and faces (2 n, 3)."""
    right = right_of(plane)
    along = np.stack([section.begin_m, section.end_m, section.end_m, section.begin_m], axis=1)
    height = np.stack([section.bottom_m, section.bottom_m, section.top_m, section.top_m], axis=1) - plane[2]
    points = np.concatenate([along[..., None] * right, height[..., None]], axis=2).reshape(-1, 3)
    first = 4 * np.arange(len(section.row), dtype=np.int32)[:, None]
    faces = (first + np.array([[0, 1, 2, 0, 2, 3]], np.int32)).reshape(-1, 3)
    return points.astype(np.float32), np.ascontiguousarray(faces)


def level_section(
    arrays: TileArrays, index: TileIndex, plane: Floats, around: Floats, is_shown: Mask | None = None
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.int32], npt.NDArray[np.int32]]:
    """Return what a level plane cuts out of the buildings in an area: whole outlines of those that reach into it.

    around    (4,) west, south, east, north, local metres
    returns   points (p, 3) metres from the plane's point, faces (f, 3), and the table row of each point (p,)
    """
    points, faces, rows, first = (
        [np.empty((0, 3), np.float32)],
        [np.empty((0, 3), np.int32)],
        [np.empty(0, np.int32)],
        0,
    )
    bounds = index.bounds
    is_near = (bounds[:, 0] <= around[2]) & (bounds[:, 3] >= around[0])
    is_near &= (bounds[:, 1] <= around[3]) & (bounds[:, 4] >= around[1])
    for tile in np.flatnonzero(is_near)[np.isin(np.flatnonzero(is_near), tiles_crossed(index, plane))].tolist():
        members = arrays.member[arrays.member_start[tile] : arrays.member_start[tile + 1]]
        cut = (arrays.base_m[members] < plane[2]) & (arrays.height_m[members] > plane[2])
        if is_shown is not None:
            cut &= is_shown[arrays.row[members]]
        if not cut.any():
            continue
        x, y = arrays.tile_origin[tile].tolist()
        some = arrays.gather(members[cut], (x, y))
        outlines = some.outlines
        xy = outlines.xy.astype(np.float64) + (np.array([x, y]) - plane[:2])
        vertices = np.diff(outlines.ring_start[outlines.part_start[outlines.feature_start]])
        points.append(np.column_stack([xy, np.zeros(len(xy))]).astype(np.float32))
        faces.append(triangulate(outlines).faces + first)
        rows.append(np.repeat(some.row, vertices))
        first += len(xy)
    return np.concatenate(points), np.concatenate(faces), np.concatenate(rows)


def rows_cut_away(arrays: TileArrays, planes: Floats, count: int) -> Mask:
    """Return which table rows (count,) have nothing of any building left between the planes (k, 6)."""
    if not len(arrays.row):
        return np.zeros(count, bool)
    feature_vertex = arrays.ring_start[arrays.part_start[arrays.feature_start]]
    is_away = np.zeros(len(arrays.row), bool)
    for plane in planes:
        if abs(plane[5]) > 0.5:
            edge = arrays.height_m if plane[5] > 0 else arrays.base_m
            is_away |= (edge - plane[2]) * plane[5] <= 0
            continue
        ahead = arrays.offset_xy @ plane[3:5].astype(np.float32)
        is_away |= np.maximum.reduceat(ahead, feature_vertex[:-1]) + (arrays.anchor_local - plane[:2]) @ plane[3:5] <= 0
    has_any = np.zeros(count, bool)
    has_any[arrays.row[~is_away]] = True
    away = np.zeros(count, bool)
    away[arrays.row] = True
    return away & ~has_any
