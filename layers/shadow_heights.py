"""What worker processes do for shadows: how high everything stands, as a grid over a part of the ground."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from layers.model_mesh import body_mesh
from layers.relief import Relief
from layers.shadow_sweep import NOTHING, Grid
from layers.tile_work import BUILDINGS_AT_ONCE, Arrays, Shared, tiles_of
from twin.models import Bodies
from twin.tiles import TileArrays

HALF_COVERED = 0.5
ROWS_AT_ONCE = 4_000
SAMPLE_TEXELS = 0.6
"""Triangles are sampled this finely."""
SAMPLES_AT_ONCE = 4_000_000
MOST_STEPS = 1_024


def tops(
    shared: Shared, west_m: float, south_m: float, texel_m: float, width: int, height: int, bit: int = -1
) -> Arrays:
    """Return how high the buildings stand: top_m (height, width) float32 local metres, NOTHING where none does.

    shared    a layer's tiles, and its bodies; if wished is_shown (rows,), and foot_m (rows,) where each row stands
    bit       the level of detail of the bodies that are drawn; -1 where all stand as blocks
    west_m, south_m, texel_m   place and resolution; row 0 is the southern edge
    """
    tiles = tiles_of(shared)
    members = _near(tiles, (west_m, south_m, west_m + width * texel_m, south_m + height * texel_m))
    if "is_shown" in shared:
        members = members[shared["is_shown"][tiles.row[members]].astype(bool)]
    foot_m = np.asarray(shared.get("foot_m", np.zeros(int(tiles.row.max(initial=0)) + 1)), np.float32)
    top = np.full((height, width), NOTHING, np.float32)
    if bit >= 0:
        bodies = Bodies(**{name: shared[name] for name in Bodies.__slots__})  # type: ignore[arg-type]
        members = _with_bodies(top, tiles, members, bodies, bit, foot_m, (west_m, south_m, texel_m))
    _with_blocks(top, tiles, members, foot_m, (west_m, south_m, texel_m))
    return {"top_m": top}


def _near(tiles: TileArrays, bounds_m: tuple[float, float, float, float]) -> npt.NDArray[np.int32]:
    """Return the numbers of the buildings that may stand within bounds."""
    members = tiles.member
    if not len(members):
        return members
    first = tiles.ring_start[tiles.part_start[tiles.feature_start[:-1]]]
    reach = np.abs(tiles.offset_xy).max(axis=1)
    # a building without corners would take the next one's
    last = max(len(reach) - 1, 0)
    reach_m = np.maximum.reduceat(reach, np.minimum(first, last)) if len(reach) else np.zeros(len(first))
    x, y = tiles.anchor_local[members].T
    west, south, east, north = bounds_m
    room = reach_m[members]
    near: npt.NDArray[np.int32] = members[
        (x + room >= west) & (x - room <= east) & (y + room >= south) & (y - room <= north)
    ]
    return near


def _with_blocks(
    top: Grid, tiles: TileArrays, members: npt.NDArray[np.int32], foot_m: npt.NDArray[np.float32],
    place: tuple[float, float, float],
) -> None:  # fmt: skip
    """Raise a grid to the roofs of buildings that stand as blocks."""
    if not len(members):
        return
    west_m, south_m, texel_m = place
    relief = Relief(west_m, south_m, texel_m, top.shape[1], top.shape[0])
    for first in range(0, len(members), BUILDINGS_AT_ONCE):
        some = tiles.gather(members[first : first + BUILDINGS_AT_ONCE], (west_m, south_m))
        roof_m = (some.height_m + foot_m[some.row]).astype(np.float32)
        relief.add(replace(some, height_m=roof_m))
    heights = relief.heights_m(least_cover=HALF_COVERED)
    covered = relief.cover() > HALF_COVERED
    np.maximum(top, heights, out=top, where=covered)


def _with_bodies(
    top: Grid, tiles: TileArrays, members: npt.NDArray[np.int32], bodies: Bodies, bit: int,
    foot_m: npt.NDArray[np.float32], place: tuple[float, float, float],
) -> npt.NDArray[np.int32]:  # fmt: skip
    """Raise a grid to the surfaces of bodies; return the buildings that have none."""
    has_body = np.zeros(len(members), bool)
    west_m, south_m, texel_m = place
    for first in range(0, len(members), ROWS_AT_ONCE):
        rows = tiles.row[members[first : first + ROWS_AT_ONCE]]
        mesh = body_mesh(bodies, rows, bit, (west_m, south_m))
        has_body[first + np.unique(mesh.vertex_row)] = True
        points = mesh.points.astype(np.float64)
        points[:, 2] += foot_m[rows][mesh.vertex_row]
        points[:, :2] /= texel_m
        raise_to_triangles(top, points, mesh.faces)
    return members[~has_body]


def raise_to_triangles(top: Grid, points: npt.NDArray[np.float64], faces: npt.NDArray[np.int32]) -> None:
    """Raise a grid to the highest of some triangles over each texel.

    points   (p, 3) x and y in texels from the grid's corner, z as the grid's values
    """
    a, b, c = (points[faces[:, k]] for k in range(3))
    flat_b, flat_c = (b - a)[:, :2], (c - a)[:, :2]
    area = np.abs(flat_b[:, 0] * flat_c[:, 1] - flat_b[:, 1] * flat_c[:, 0])
    longest = np.maximum(np.maximum(np.hypot(*flat_b.T), np.hypot(*flat_c.T)), np.hypot(*(flat_c - flat_b).T))
    steps = np.clip(2 ** np.ceil(np.log2(np.maximum(longest / SAMPLE_TEXELS, 1.0))), 1, MOST_STEPS).astype(np.int64)
    is_level = area > 1e-9  # an upright wall covers no ground
    for count in np.unique(steps[is_level]).tolist():
        some = np.flatnonzero(is_level & (steps == count))
        i, j = np.meshgrid(np.arange(count), np.arange(count), indexing="ij")
        u, v = (i + 1 / 3) / count, (j + 1 / 3) / count
        inside = u + v < 1.0
        u, v = u[inside], v[inside]
        for first in range(0, len(some), max(SAMPLES_AT_ONCE // len(u), 1)):
            f = some[first : first + max(SAMPLES_AT_ONCE // len(u), 1)]
            places = a[f][:, None] + u[None, :, None] * (b - a)[f][:, None] + v[None, :, None] * (c - a)[f][:, None]
            _raise(top, places.reshape(-1, 3))


def _raise(top: Grid, places: npt.NDArray[np.float64]) -> None:
    lines, columns = top.shape
    x, y = np.floor(places[:, 0]).astype(np.int64), np.floor(places[:, 1]).astype(np.int64)
    is_on = (x >= 0) & (x < columns) & (y >= 0) & (y < lines)
    np.maximum.at(top.reshape(-1), (y * columns + x)[is_on], places[is_on, 2].astype(np.float32))
