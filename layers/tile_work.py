"""What worker processes do for the buildings: tiles to triangles, and the whole city to one picture on the ground.

Functions take the arrays of a twin.tiles.TileArrays by name and return arrays by name, so that both can be shared.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from layers.boxes import Boxes, box_mesh, fit_boxes
from layers.extrude import Mesh, extrude
from layers.model_mesh import body_mesh
from layers.relief import Relief, ground_shadow
from layers.surface_colours import BLOCK
from twin.models import Bodies
from twin.tiles import TileArrays

Shared = Mapping[str, npt.NDArray[np.generic]]
Arrays = dict[str, npt.NDArray[np.generic]]

SAMPLES_A_TEXEL = 2.2
"""Footprints are sampled this finely along each side of a texel."""
WALLS_FULL = 8.0
"""Square metres of wall a square metre of ground that count as the most there can be."""
BUILDINGS_AT_ONCE = 25_000
OCCLUSION_REACH_M = 12.0
"""How far buildings shade the ground around them."""


def full_mesh(shared: Shared, tile: int) -> Arrays:
    """Return one tile's buildings in full: points, faces, vertex_place."""
    return _as_arrays(extrude(tiles_of(shared).fetch(tile)))


def box_tile(shared: Shared, tile: int) -> Arrays:
    """Return one tile's buildings as boxes: points, faces, vertex_place."""
    return _as_arrays(box_mesh(fit_boxes(tiles_of(shared).fetch(tile))))


def body_tile(shared: Shared, tile: int, bit: int) -> Arrays:
    """Return one tile's buildings with their bodies: points, faces, vertex_place, vertex_means, bit.

    bit   the level of detail, as a bit of Bodies.body_levels; a building that has nothing there stands as a block
    """
    tiles = tiles_of(shared)
    bodies = Bodies(**{name: shared[name] for name in Bodies.__slots__})  # type: ignore[arg-type]
    members = tiles.member[tiles.member_start[tile] : tiles.member_start[tile + 1]]
    x, y = tiles.tile_origin[tile]
    mesh = body_mesh(bodies, tiles.row[members], bit, (float(x), float(y)))
    has_body = np.zeros(len(members), bool)
    has_body[mesh.vertex_row] = True
    blocks = np.flatnonzero(~has_body).astype(np.int32)
    points, faces, place, means = mesh.points, mesh.faces, mesh.vertex_row, mesh.vertex_means
    if len(blocks):
        block = extrude(tiles.gather(members[blocks], (float(x), float(y))))
        faces = np.concatenate([faces, block.faces + np.int32(len(points))])
        points = np.concatenate([points, block.points])
        place = np.concatenate([place, blocks[block.vertex_feature]])
        means = np.concatenate([means, np.full(len(block.points), BLOCK, np.uint8)])
    return {"points": points, "faces": faces, "vertex_place": place, "vertex_means": means, "bit": np.array([bit])}


def tiles_of(shared: Shared) -> TileArrays:
    """Return shared arrays as what they are."""
    return TileArrays(**{name: shared[name] for name in TileArrays.__slots__})  # type: ignore[arg-type]


def _as_arrays(mesh: Mesh) -> Arrays:
    return {
        "points": mesh.points,
        "faces": mesh.faces,
        "vertex_place": mesh.vertex_feature.astype(np.uint16 if len(mesh.points) < 2**16 else np.int32, copy=False),
    }


def carpet(shared: Shared, west_m: float, south_m: float, texel_m: float, width: int, height: int) -> Arrays:
    """Return the city seen from straight above: which row, how much covered, how much wall.

    west_m, south_m, texel_m   place and resolution of the picture, local metres; row 0 is the southern edge
    returns   row (height, width) int32, -1 where there is no building
              cover (height, width) uint8, share of the ground under a roof
              town (height, width, 3) uint8: walls (255 for WALLS_FULL), how near buildings are, shadow on the ground
    """
    tiles = tiles_of(shared)
    row = np.full(width * height, -1, np.int32)
    walls = np.zeros(width * height, np.float32)
    relief = Relief(west_m, south_m, texel_m, width, height)
    for first in range(0, len(tiles.member), BUILDINGS_AT_ONCE):
        buildings = tiles.gather(tiles.member[first : first + BUILDINGS_AT_ONCE], (west_m, south_m))
        relief.add(buildings)
        boxes = fit_boxes(buildings)
        texel, owner, share_m2 = _splat(boxes, (west_m, south_m), (west_m, south_m), texel_m, width, height)
        long_m = 2 * np.hypot(*boxes.half.T)
        perimeter_m = 2 * (long_m + 2 * boxes.half_width_m)
        wall_m2 = perimeter_m * (boxes.height_m - boxes.base_m) / np.maximum(long_m * 2 * boxes.half_width_m, 1.0)
        row[texel] = buildings.row[owner]
        walls += np.bincount(texel, share_m2 * wall_m2[owner], len(walls))
    cover = relief.cover()
    _take_from_beside(row, cover.reshape(-1), width)
    walls /= np.float32(texel_m**2)
    wall_share = walls.reshape(height, width)
    del walls
    shadow = _bytes(ground_shadow(relief.heights_m(), texel_m))
    del relief
    built = np.minimum(cover + wall_share * np.float32(0.15), np.float32(1.0))
    near = _bytes(_blurred(built, max(round(OCCLUSION_REACH_M / texel_m), 1)))
    rows = row.reshape(height, width)
    return {
        "row": rows,
        "cover": _bytes(np.where(rows >= 0, cover, np.float32(0))),
        "town": np.stack([_bytes(np.minimum(wall_share / WALLS_FULL, np.float32(1.0))), near, shadow], axis=-1),
    }


def town(shared: Shared, west_m: float, south_m: float, texel_m: float, width: int, height: int) -> Arrays:
    """Return only the town of carpet(), for the buildings whose rows `is_shown` (rows,) says: others cast no shadow."""
    members, rows = shared["member"], shared["row"]
    standing = {**shared, "member": members[shared["is_shown"][rows[members]]]}
    return {"town": carpet(standing, west_m, south_m, texel_m, width, height)["town"]}


def _bytes(share: npt.NDArray[np.floating]) -> npt.NDArray[np.uint8]:
    return (share * np.float32(255) + np.float32(0.5)).astype(np.uint8)


def _take_from_beside(row: npt.NDArray[np.int32], cover: npt.NDArray[np.float32], width: int) -> None:
    """Give texels that a roof only just reaches the row of a texel beside them: samples fall into the next one."""
    bare = np.flatnonzero((row < 0) & (cover > 0))
    for step in (-1, 1, -width, width):
        beside = row[np.clip(bare + step, 0, len(row) - 1)]
        row[bare] = beside
        bare = bare[beside < 0]


def _splat(
    boxes: Boxes,
    origin_m: tuple[float, float],
    corner_m: tuple[float, float],
    texel_m: float,
    width: int,
    height: int,
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int32], npt.NDArray[np.float64]]:
    """Return samples over boxes: the texel of each, the box's number, the square metres it stands for."""
    step = texel_m / SAMPLES_A_TEXEL
    along_m, across_m = 2 * np.hypot(*boxes.half.T), 2 * boxes.half_width_m
    along = np.maximum(np.ceil(along_m / step), 1).astype(np.int32)
    across = np.maximum(np.ceil(across_m / step), 1).astype(np.int32)
    count = along * across
    owner = np.repeat(np.arange(len(boxes), dtype=np.int32), count)
    first = np.cumsum(count) - count
    number = np.arange(len(owner), dtype=np.int32) - first[owner]
    u = ((number % along[owner]) + 0.5) / along[owner] * 2 - 1
    v = ((number // along[owner]) + 0.5) / across[owner] * 2 - 1
    half = boxes.half.astype(np.float64)
    length = np.maximum(np.hypot(*half.T), 1e-6)
    side = np.column_stack([-half[:, 1], half[:, 0]]) / length[:, None] * boxes.half_width_m[:, None]
    xy = boxes.centre[owner] + half[owner] * u[:, None] + side[owner] * v[:, None]
    column = np.floor((xy[:, 0] + origin_m[0] - corner_m[0]) / texel_m).astype(np.int64)
    line = np.floor((xy[:, 1] + origin_m[1] - corner_m[1]) / texel_m).astype(np.int64)
    texel = np.clip(line, 0, height - 1) * width + np.clip(column, 0, width - 1)
    return texel, owner, (along_m * across_m / count)[owner].astype(np.float64)


def _blurred(values: npt.NDArray[np.float32], reach: int) -> npt.NDArray[np.float32]:
    """Return values averaged over a square of 2 reach + 1 texels, twice."""
    for _ in range(2):
        for axis in (0, 1):
            total = np.cumsum(np.pad(values, [(reach + 1, reach) if a == axis else (0, 0) for a in (0, 1)]), axis=axis)
            size = 2 * reach + 1
            ahead = np.take(total, np.arange(size, total.shape[axis]), axis=axis)
            behind = np.take(total, np.arange(total.shape[axis] - size), axis=axis)
            values = ((ahead - behind) / size).astype(np.float32)
    return values
