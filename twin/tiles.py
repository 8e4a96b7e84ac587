"""A layer's buildings in tiles: a tree in which each building is in exactly one tile.

The tree is additive. The root tile holds the most prominent buildings of the whole layer, each child the next
most prominent ones of its quarter, and so on. A far view draws the tiles near the root, and the skyline is right;
a near view adds the tiles below. Drawing every tile draws every building once.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import numpy.typing as npt

from twin.buildings import Buildings, Outlines
from twin.place import Area


@dataclass(frozen=True, slots=True)
class TileIndex:
    """What is known of every tile without fetching it; tile 0 is the root, parents come before children."""

    parent: npt.NDArray[np.int32]
    """(t,) the parent's number; -1 for the root."""
    bounds: npt.NDArray[np.float64]
    """(t, 6) west, south, bottom, east, north, top of the buildings in this tile, local metres."""
    subtree: npt.NDArray[np.float64]
    """(t, 6) the same for this tile and everything below it."""
    count: npt.NDArray[np.int32]
    """(t,) buildings in this tile."""
    prominence_m: npt.NDArray[np.float32]
    """(t, 2) least and greatest prominence (a length: how far a building shows) in this tile."""
    level: npt.NDArray[np.int32]
    """(t,) 0 for the root."""
    triangles: npt.NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))
    """(t,) triangles of this tile's buildings drawn in full; empty where that is not known."""
    has_tallest: npt.NDArray[np.bool_] = field(default_factory=lambda: np.empty(0, np.bool_))
    """(t,) whether it holds some of the layer's tallest hundredth; empty where that is not known."""

    def __len__(self) -> int:
        """Return the number of tiles."""
        return len(self.parent)


@dataclass(frozen=True, slots=True, eq=False)
class Succession:
    """How the tiles of a layer follow on those of its former state."""

    block: str
    """The name under which worker processes have the former state's arrays."""
    same_as: npt.NDArray[np.int32]
    """(t,) the former tile that is the same as each of these; -1 where there is none."""
    new_of_old: npt.NDArray[np.int64]
    """(former rows,) the table row each one is now; -1 where it is gone."""


class TileSource(Protocol):
    """Where a layer's buildings come from, tile by tile."""

    def index(self) -> TileIndex:
        """Return the tree."""
        ...

    def fetch(self, tile: int) -> Buildings:
        """Return the buildings of one tile; outlines are float32 from the tile's own origin."""
        ...

    def locate(self, row: int) -> tuple[int, int]:
        """Return (tile, place in the tile) of a table row; (-1, -1) if it is not shown."""
        ...

    def area(self) -> Area:
        """Return the area of the whole layer."""
        ...


@dataclass(frozen=True, slots=True)
class TileArrays:
    """All of a layer's buildings as plain arrays, so that they can be shared between processes without copying."""

    offset_xy: npt.NDArray[np.float32]
    """(v, 2) metres from each building's own anchor; rings as in Outlines."""
    anchor_local: npt.NDArray[np.float64]
    """(n, 2) each building's anchor, local metres."""
    ring_start: npt.NDArray[np.int32]
    part_start: npt.NDArray[np.int32]
    feature_start: npt.NDArray[np.int32]
    base_m: npt.NDArray[np.float32]
    height_m: npt.NDArray[np.float32]
    row: npt.NDArray[np.int32]
    member: npt.NDArray[np.int32]
    """(n,) building numbers tile by tile, the most prominent first within a tile."""
    member_start: npt.NDArray[np.int32]
    """(t + 1,) first entry in member of each tile."""
    tile_origin: npt.NDArray[np.float64]
    """(t, 2) each tile's own origin, local metres."""

    def fetch(self, tile: int) -> Buildings:
        """Return the buildings of one tile, outlines in float32 metres from the tile's origin."""
        x, y = self.tile_origin[tile]
        return self.gather(self.member[self.member_start[tile] : self.member_start[tile + 1]], (float(x), float(y)))

    def gather(self, members: npt.NDArray[np.int32], origin_local: tuple[float, float]) -> Buildings:
        """Return buildings by number, outlines in float32 metres from an origin near by."""
        parts, part_start = _gather(self.feature_start, members)
        rings, ring_count = _gather(self.part_start, parts)
        vertices, vertex_start = _gather(self.ring_start, rings)
        shift = (self.anchor_local[members] - origin_local).astype(np.float32)
        vertices_a_feature = np.diff(vertex_start[ring_count[part_start]])
        xy = self.offset_xy[vertices] + np.repeat(shift, vertices_a_feature, axis=0)
        outlines = Outlines(xy, vertex_start, ring_count, part_start)
        return Buildings(
            origin_local=origin_local,
            outlines=outlines,
            base_m=self.base_m[members],
            height_m=self.height_m[members],
            row=self.row[members],
        )


def _gather(
    start: npt.NDArray[np.int32], chosen: npt.NDArray[np.int32]
) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]]:
    """Return the numbers of all children of the chosen parents, and where each parent's children start."""
    first = start[chosen]
    count = start[chosen + 1] - first
    new_start = np.zeros(len(chosen) + 1, np.int32)
    np.cumsum(count, out=new_start[1:])
    numbers = np.arange(new_start[-1], dtype=np.int32)
    numbers += np.repeat(first - new_start[:-1], count)
    return numbers, new_start
