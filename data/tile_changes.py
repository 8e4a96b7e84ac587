"""Another state of a layer's buildings in the tiles of the former one: a tile without a change stays as it is."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from data.tilestore import MemoryTiles, arranged, tile_capacity
from twin.tiles import TileArrays

Rows = npt.NDArray[np.int64]

MOST_NEW = 0.2
"""If a greater share of the buildings is new, the tree is grown anew."""
FULLER = 2
"""So many times what a tile takes may be in it before the tree is grown anew."""


def in_tiles_of(old: MemoryTiles, new: MemoryTiles, new_of_old: Rows) -> MemoryTiles:
    """Return new buildings in the tiles of old ones: what stayed keeps its tile and its place there.

    new_of_old   (old rows,) the row each one is now; -1 where it is gone
    returns      `new` as it is where that would leave a tile empty, or make it too full: the tree is another one then
    """
    arrays, count = new.arrays, len(new.arrays.row)
    former = _old_places(old, new, new_of_old)
    tile = np.full(count, -1, np.int64)
    is_known = former >= 0
    start = old.arrays.member_start.astype(np.int64)
    tile[is_known] = np.searchsorted(start, former[is_known], side="right") - 1
    if int((~is_known).sum()) > MOST_NEW * count:
        return new
    _give_tiles(tile, arrays.anchor_local, old)
    tiles = len(old.tree)
    filled = np.bincount(tile, minlength=tiles)
    if (filled == 0).any() or filled.max() > FULLER * max(tile_capacity(count), int(old.tree.count.max())):
        return new
    order = np.lexsort((np.where(is_known, former, np.iinfo(np.int64).max), tile)).astype(np.int32)
    member_start = np.concatenate([[0], np.cumsum(filled)]).astype(np.int32)
    tree_of = (order, member_start, old.tree.parent, old.tree.level)
    made = arranged(arrays, tree_of, rows=len(new.place_of_row))
    return replace(made, arrays=replace(made.arrays, tile_origin=old.arrays.tile_origin))


def _old_places(old: MemoryTiles, new: MemoryTiles, new_of_old: Rows) -> Rows:
    """Return the place among the old members of each new building, -1 for those that were not shown before."""
    old_of_new = np.full(len(new.place_of_row), -1, np.int64)
    kept = np.flatnonzero(new_of_old >= 0)
    old_of_new[new_of_old[kept]] = kept
    old_row = old_of_new[new.arrays.row]
    place = np.full(len(old_row), -1, np.int64)
    is_known = old_row >= 0
    place[is_known] = old.place_of_row[old_row[is_known]]
    moved = _is_elsewhere(old.arrays, new.arrays, old, place)
    place[moved] = -1
    return place


def _is_elsewhere(old: TileArrays, new: TileArrays, tiles: MemoryTiles, place: Rows) -> npt.NDArray[np.bool_]:
    """Return which new buildings stand outside the part of the city that their former tile is about."""
    known = np.flatnonzero(place >= 0)
    tile = np.searchsorted(old.member_start.astype(np.int64), place[known], side="right") - 1
    bounds = tiles.tree.subtree[tile]
    at = new.anchor_local[known]
    is_out = (at < bounds[:, 0:2]).any(axis=1) | (at > bounds[:, 3:5]).any(axis=1)
    moved = np.zeros(len(place), np.bool_)
    moved[known[is_out & (tile > 0)]] = True
    return moved


def _give_tiles(tile: Rows, anchor: npt.NDArray[np.float64], old: MemoryTiles) -> None:
    """Put buildings without a tile (-1) into the deepest one around them; into the nearest where there is none."""
    bounds, level = old.tree.bounds, old.tree.level.astype(np.int64)
    for number in np.flatnonzero(tile < 0).tolist():
        x, y = anchor[number]
        off = np.maximum(np.maximum(bounds[:, 0] - x, x - bounds[:, 3]), 0.0)
        off = off + np.maximum(np.maximum(bounds[:, 1] - y, y - bounds[:, 4]), 0.0)
        nearest = off <= off.min()
        tile[number] = int(np.argmax(np.where(nearest, level, -1)))
