"""Which tiles of a layer are the same in another state of it: their meshes need not be made anew."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from twin.tiles import TileArrays, TileSource

Hashes = npt.NDArray[np.uint64]

_MIX = np.uint64(0x9E37_79B9_7F4A_7C15)
"""2^64 divided by the golden ratio: Knuth's multiplicative hashing."""


def tile_hashes(arrays: TileArrays) -> Hashes:
    """Return a number for each tile (t,) that tells its origin, and its buildings' shapes and heights in order."""
    vertex_start = arrays.ring_start[arrays.part_start[arrays.feature_start]].astype(np.int64)
    vertices = np.diff(vertex_start)
    place = np.arange(vertex_start[-1]) - np.repeat(vertex_start[:-1], vertices)
    bits = arrays.offset_xy.astype(np.float32).view(np.uint32).astype(np.uint64)
    a_vertex = _stirred(bits[:, 0] * np.uint64(3) + _stirred(bits[:, 1]) + _stirred(place.astype(np.uint64)))
    shape = _sums(a_vertex, vertex_start)
    anchors = arrays.anchor_local.astype(np.float64).view(np.uint64)
    heights = [
        column.astype(np.float32).view(np.uint32).astype(np.uint64) for column in (arrays.base_m, arrays.height_m)
    ]
    rings = np.diff(arrays.part_start[arrays.feature_start]).astype(np.uint64)
    building = shape
    for part in (anchors[:, 0], anchors[:, 1], *heights, rings):
        building = _stirred(building + _stirred(part))
    start = arrays.member_start.astype(np.int64)
    order = np.arange(len(arrays.member)) - np.repeat(start[:-1], np.diff(start))
    tiles = _sums(_stirred(building[arrays.member] + _stirred(order.astype(np.uint64))), start)
    origin = arrays.tile_origin.astype(np.float64).view(np.uint64)
    return _stirred(tiles + _stirred(origin[:, 0]) + _stirred(origin[:, 1] * np.uint64(7)))


def tiles_after(old: TileSource, new: TileSource) -> dict[int, int]:
    """Return the old tile of each new tile that is the same: as it was found while reading, else by comparing."""
    after = getattr(new, "after", None)
    if after is not None and after.block and after.block == getattr(old, "block", ""):
        return {tile: before for tile, before in enumerate(after.same_as.tolist()) if before >= 0}
    return same_tiles(old.arrays, new.arrays)  # type: ignore[attr-defined]


def same_tiles(old: TileArrays, new: TileArrays) -> dict[int, int]:
    """Return the old tile of each new tile that is the same."""
    places = {int(value): tile for tile, value in enumerate(tile_hashes(old).tolist())}
    return {tile: places[value] for tile, value in enumerate(tile_hashes(new).tolist()) if value in places}


def _stirred(values: Hashes) -> Hashes:
    with np.errstate(over="ignore"):
        mixed = (values ^ (values >> np.uint64(29))) * _MIX
        return np.asarray(mixed ^ (mixed >> np.uint64(32)), np.uint64)


def _sums(values: Hashes, start: npt.NDArray[np.int64]) -> Hashes:
    """Return the sum of each group, 0 for empty ones."""
    with np.errstate(over="ignore"):
        total = np.concatenate([np.zeros(1, np.uint64), np.cumsum(values, dtype=np.uint64)])
        return np.asarray(total[start[1:]] - total[start[:-1]], np.uint64)
