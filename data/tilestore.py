"""A layer's buildings in memory, arranged as the additive tile tree of twin.tiles."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from twin.buildings import Buildings, Outlines
from twin.place import Area
from twin.tiles import Succession, TileArrays, TileIndex

TILE_BUILDINGS = 2048
"""Buildings a tile takes before the rest goes to its children: about 45,000 triangles, one draw call."""
LARGE_TILE_BUILDINGS = 4096
MANY_BUILDINGS = 400_000
"""From so many on tiles are large: each costs a millisecond to take in, however little it holds."""
DEEPEST_LEVEL = 12
SKYLINE = 0.01
"""The tallest of so many are the skyline: they lie nearest to the root, however slender they are."""


@dataclass(frozen=True, slots=True)
class MemoryTiles:
    """A TileSource whose buildings are all in memory."""

    arrays: TileArrays
    tree: TileIndex
    whole: Area
    place_of_row: npt.NDArray[np.int32]
    """(rows,) position in arrays.member of each table row; -1 where a row is not shown."""
    block: str = ""
    """The name under which worker processes have the arrays already; "" if they have not."""
    after: Succession | None = None
    """How they follow on those of the layer's former state; None where that is not known."""

    def index(self) -> TileIndex:
        """Return the tree."""
        return self.tree

    def fetch(self, tile: int) -> Buildings:
        """Return the buildings of one tile."""
        return self.arrays.fetch(tile)

    def locate(self, row: int) -> tuple[int, int]:
        """Return (tile, place in the tile) of a table row; (-1, -1) if it is not shown."""
        place = int(self.place_of_row[row]) if 0 <= row < len(self.place_of_row) else -1
        if place < 0:
            return -1, -1
        tile = int(np.searchsorted(self.arrays.member_start, place, side="right")) - 1
        return tile, place - int(self.arrays.member_start[tile])

    def area(self) -> Area:
        """Return the area of the whole layer."""
        return self.whole

    def with_heights(self, rows: npt.NDArray[np.int64], height_m: npt.NDArray[np.float32]) -> MemoryTiles:
        """Return the same tiles with other heights for some table rows; rows that are not shown are passed over.

        The tree keeps its shape: a building stays in its tile however tall it becomes.
        """
        places = self.place_of_row[rows]
        is_shown = places >= 0
        places = places[is_shown]
        if not len(places):
            return self
        members = self.arrays.member[places]
        heights, bases = self.arrays.height_m.copy(), self.arrays.base_m.copy()
        heights[members] = height_m[is_shown]
        bases[members] = np.minimum(bases[members], heights[members] * 0.9)
        arrays = replace(self.arrays, height_m=heights, base_m=bases)
        touched = np.unique(np.searchsorted(arrays.member_start, places, side="right") - 1)
        tree = _with_tops(self.tree, arrays, touched)
        return replace(self, arrays=arrays, tree=tree, block="", after=None)


def build_tiles(
    outlines: Outlines,
    base_m: npt.NDArray[np.float32],
    height_m: npt.NDArray[np.float32],
    row: npt.NDArray[np.int32],
    *,
    rows: int | None = None,
    tile_buildings: int | None = None,
) -> MemoryTiles:
    """Arrange buildings as an additive tree, the most prominent nearest to the root.

    outlines         n features in float64 metres, local frame; at least one
    base_m, height_m (n,) metres above the ground
    row              (n,) table row of each feature
    rows             rows in the table; one more than the greatest row unless told
    """
    first_vertex = outlines.ring_start[outlines.part_start[outlines.feature_start[:-1]]]
    low = np.minimum.reduceat(outlines.xy, first_vertex)
    high = np.maximum.reduceat(outlines.xy, first_vertex)
    anchor = np.round((low + high) / 2, 3)
    is_tallest = _tallest(height_m)
    prominence = _prominence_m(low, high, height_m, is_tallest)
    member, member_start, parent, level = _grow_tree(anchor, prominence, tile_buildings or tile_capacity(len(row)))
    tree = _index(member, member_start, parent, level, low, high, base_m, height_m, prominence)
    tree = replace(
        tree,
        triangles=np.add.reduceat(_triangles(outlines, base_m)[member], member_start[:-1]),
        has_tallest=np.logical_or.reduceat(is_tallest[member], member_start[:-1]),
    )
    vertices_a_feature = np.diff(np.append(first_vertex, len(outlines.xy)))
    offset = np.empty(outlines.xy.shape, np.float32)
    np.subtract(outlines.xy, np.repeat(anchor, vertices_a_feature, axis=0), out=offset, casting="same_kind")
    arrays = TileArrays(
        offset_xy=offset,
        anchor_local=anchor,
        ring_start=outlines.ring_start.astype(np.int32, copy=False),
        part_start=outlines.part_start.astype(np.int32, copy=False),
        feature_start=outlines.feature_start.astype(np.int32, copy=False),
        base_m=base_m.astype(np.float32, copy=False),
        height_m=height_m.astype(np.float32, copy=False),
        row=row.astype(np.int32, copy=False),
        member=member,
        member_start=member_start,
        tile_origin=np.round((tree.bounds[:, 0:2] + tree.bounds[:, 3:5]) / 2),
    )
    return _in_tree(arrays, tree, int(row.max()) + 1 if rows is None else rows)


def tile_capacity(buildings: int) -> int:
    """Return how many buildings a tile takes before the rest goes to its children."""
    return LARGE_TILE_BUILDINGS if buildings >= MANY_BUILDINGS else TILE_BUILDINGS


def _in_tree(arrays: TileArrays, tree: TileIndex, rows: int) -> MemoryTiles:
    place = np.full(rows, -1, np.int32)
    place[arrays.row[arrays.member]] = np.arange(len(arrays.member), dtype=np.int32)
    west, south, _, east, north, _ = (float(v) for v in tree.subtree[0])
    return MemoryTiles(arrays, tree, Area(west, south, east, north), place)


def arranged(
    arrays: TileArrays,
    tree_of: tuple[npt.NDArray[np.int32], npt.NDArray[np.int32], npt.NDArray[np.int32], npt.NDArray[np.int32]],
    *,
    rows: int,
) -> MemoryTiles:
    """Return buildings in tiles that are given: members tile by tile, where each starts, its parent and its level.

    No tile may be empty. tile_origin stays as it is in `arrays`, and may have to be replaced.
    """
    member, member_start, parent, level = tree_of
    first_vertex = arrays.ring_start[arrays.part_start[arrays.feature_start]].astype(np.int64)
    low = np.minimum.reduceat(arrays.offset_xy, first_vertex[:-1]) + arrays.anchor_local
    high = np.maximum.reduceat(arrays.offset_xy, first_vertex[:-1]) + arrays.anchor_local
    is_tallest = _tallest(arrays.height_m)
    prominence = _prominence_m(low, high, arrays.height_m, is_tallest)
    tree = _index(member, member_start, parent, level, low, high, arrays.base_m, arrays.height_m, prominence)
    outlines = Outlines(arrays.offset_xy, arrays.ring_start, arrays.part_start, arrays.feature_start)
    tree = replace(
        tree,
        triangles=np.add.reduceat(_triangles(outlines, arrays.base_m)[member], member_start[:-1]),
        has_tallest=np.logical_or.reduceat(is_tallest[member], member_start[:-1]),
    )
    return _in_tree(replace(arrays, member=member, member_start=member_start), tree, rows)


def _with_tops(tree: TileIndex, arrays: TileArrays, touched: npt.NDArray[np.int64]) -> TileIndex:
    """Return the tree with bounds and prominence of the touched tiles, and of those above them, made anew."""
    bounds, subtree, prominence = tree.bounds.copy(), tree.subtree.copy(), tree.prominence_m.copy()
    for tile in touched.tolist():
        members = arrays.member[arrays.member_start[tile] : arrays.member_start[tile + 1]]
        bounds[tile, 2], bounds[tile, 5] = arrays.base_m[members].min(), arrays.height_m[members].max()
        prominence[tile, 1] = max(prominence[tile, 1], arrays.height_m[members].max() * 1.5)
    subtree[:, [2, 5]] = bounds[:, [2, 5]]
    for tile in range(len(tree) - 1, 0, -1):
        above = tree.parent[tile]
        subtree[above, 2] = min(subtree[above, 2], subtree[tile, 2])
        subtree[above, 5] = max(subtree[above, 5], subtree[tile, 5])
    return replace(tree, bounds=bounds, subtree=subtree, prominence_m=prominence)


def _triangles(outlines: Outlines, base_m: npt.NDArray[np.float32]) -> npt.NDArray[np.int64]:
    """Return each building's triangles: two a wall; v vertices in r rings of one part make a roof of v + 2r - 4."""
    parts = np.diff(outlines.feature_start)
    first_ring = outlines.part_start[outlines.feature_start]
    rings, vertices = np.diff(first_ring), np.diff(outlines.ring_start[first_ring])
    roof = vertices + 2 * rings - 4 * parts
    count: npt.NDArray[np.int64] = (2 * vertices + roof * np.where(base_m > 0, 2, 1)).astype(np.int64)
    return count


def _tallest(height_m: npt.NDArray[np.float32]) -> npt.NDArray[np.bool_]:
    """Return which buildings are the tallest hundredth, at least one."""
    count = max(round(len(height_m) * SKYLINE), 1)
    is_tallest = np.zeros(len(height_m), np.bool_)
    is_tallest[np.argpartition(height_m, -count)[-count:]] = True
    return is_tallest


def _prominence_m(
    low: npt.NDArray[np.float64],
    high: npt.NDArray[np.float64],
    height_m: npt.NDArray[np.float32],
    is_tallest: npt.NDArray[np.bool_],
) -> npt.NDArray[np.float32]:
    """How far a building shows: its height, more for broad ones, less for slender ones, most for the tallest."""
    breadth = np.sqrt((high - low).prod(axis=1))
    factor = np.where(is_tallest, 1.5, np.clip(np.sqrt(breadth / 15.0), 0.8, 1.4))
    shown: npt.NDArray[np.float32] = (height_m * factor).astype(np.float32)
    return shown


def _grow_tree(
    anchor: npt.NDArray[np.float64], prominence: npt.NDArray[np.float32], capacity: int
) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32], npt.NDArray[np.int32], npt.NDArray[np.int32]]:
    """Return members tile by tile, where each tile starts, each tile's parent and level."""
    corner = anchor.min(axis=0)
    side = float(max((anchor.max(axis=0) - corner).max(), 1.0)) * (1 + 1e-9)
    cells = np.minimum(((anchor - corner) / side * 2**DEEPEST_LEVEL).astype(np.uint32), 2**DEEPEST_LEVEL - 1)
    code = _interleave(cells[:, 0]) | _interleave(cells[:, 1]) << np.uint32(1)
    order = np.argsort(code, kind="stable").astype(np.int32)
    tiles: list[npt.NDArray[np.int32]] = []
    parents: list[int] = []
    levels: list[int] = []
    waiting = [(order, code[order], -1, 0)]
    while waiting:
        deeper = []
        for items, codes, parent, level in waiting:
            taken, left = _take(items, prominence, capacity, is_last=level == DEEPEST_LEVEL)
            tile = len(tiles)
            tiles.append(items[taken][np.argsort(-prominence[items[taken]], kind="stable")])
            parents.append(parent)
            levels.append(level)
            if left is None:
                continue
            items, codes = items[left], codes[left]  # noqa: PLW2901  what is left goes down a level
            quarter = (codes >> np.uint32(2 * (DEEPEST_LEVEL - level - 1))) & np.uint32(3)
            edges = np.searchsorted(quarter, np.arange(5))
            deeper += [
                (items[a:b], codes[a:b], tile, level + 1) for a, b in itertools.pairwise(edges.tolist()) if b > a
            ]
        waiting = deeper
    starts = np.concatenate([[0], np.cumsum([len(t) for t in tiles])]).astype(np.int32)
    return np.concatenate(tiles), starts, np.array(parents, np.int32), np.array(levels, np.int32)


def _take(
    items: npt.NDArray[np.int32], prominence: npt.NDArray[np.float32], capacity: int, *, is_last: bool
) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_] | None]:
    """Choose the most prominent ones for this tile; None left if it takes all."""
    if is_last or len(items) <= capacity * 3 // 2:
        return np.ones(len(items), bool), None
    chosen = np.argpartition(-prominence[items], capacity)[:capacity]
    taken = np.zeros(len(items), bool)
    taken[chosen] = True
    return taken, ~taken


def _index(
    member: npt.NDArray[np.int32],
    member_start: npt.NDArray[np.int32],
    parent: npt.NDArray[np.int32],
    level: npt.NDArray[np.int32],
    low: npt.NDArray[np.float64],
    high: npt.NDArray[np.float64],
    base_m: npt.NDArray[np.float32],
    height_m: npt.NDArray[np.float32],
    prominence: npt.NDArray[np.float32],
) -> TileIndex:
    start = member_start[:-1]
    bounds = np.column_stack(
        [
            np.minimum.reduceat(low[member], start),
            np.minimum.reduceat(base_m[member], start),
            np.maximum.reduceat(high[member], start),
            np.maximum.reduceat(height_m[member], start),
        ]
    ).astype(np.float64)
    subtree = bounds.copy()
    for tile in range(len(parent) - 1, 0, -1):
        above = parent[tile]
        np.minimum(subtree[above, :3], subtree[tile, :3], out=subtree[above, :3])
        np.maximum(subtree[above, 3:], subtree[tile, 3:], out=subtree[above, 3:])
    shown = prominence[member]
    least_and_greatest = np.column_stack([np.minimum.reduceat(shown, start), np.maximum.reduceat(shown, start)])
    return TileIndex(parent, bounds, subtree, np.diff(member_start), least_and_greatest, level)


def _interleave(values: npt.NDArray[np.uint32]) -> npt.NDArray[np.uint32]:
    """Spread the low 16 bits of each value to the even bits (Morton order)."""
    v = values & np.uint32(0xFFFF)
    for shift, mask in ((8, 0x00FF00FF), (4, 0x0F0F0F0F), (2, 0x33333333), (1, 0x55555555)):
        v = (v | v << np.uint32(shift)) & np.uint32(mask)
    return v
