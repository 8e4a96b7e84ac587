"""The buildings of a scenario as a TileSource: few enough to be one tile."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from twin.buildings import Buildings, Outlines
from twin.place import Area
from twin.tiles import TileArrays, TileIndex

_PROMINENT = 1.5
"""What is proposed is to be seen from afar: its prominence in heights."""


@dataclass(frozen=True, slots=True)
class ProposedTiles:
    """twin.tiles.TileSource of one tile; building i is table row i."""

    arrays: TileArrays
    tree: TileIndex
    whole: Area
    block: str = field(default="")
    """Workers do not have the arrays yet."""

    def index(self) -> TileIndex:
        """Return the tree: one tile."""
        return self.tree

    def fetch(self, tile: int) -> Buildings:
        """Return all buildings."""
        return self.arrays.fetch(tile)

    def locate(self, row: int) -> tuple[int, int]:
        """Return (tile, place in the tile) of a table row; (-1, -1) if there is no such row."""
        return (0, row) if 0 <= row < len(self.arrays.row) else (-1, -1)

    def area(self) -> Area:
        """Return the area of all buildings."""
        return self.whole


def proposed_tiles(
    outlines: Outlines, base_m: npt.NDArray[np.float32], height_m: npt.NDArray[np.float32]
) -> ProposedTiles:
    """Arrange buildings as one tile.

    outlines           n features in float64 metres, local frame, n > 0
    base_m, height_m   (n,) metres above the ground
    """
    count = len(outlines)
    first = outlines.ring_start[outlines.part_start[outlines.feature_start[:-1]]]
    low, high = np.minimum.reduceat(outlines.xy, first), np.maximum.reduceat(outlines.xy, first)
    anchor = np.round((low + high) / 2, 3)
    corners = np.diff(np.append(first, len(outlines.xy)))
    bounds = np.array([[*low.min(axis=0), base_m.min(), *high.max(axis=0), height_m.max()]], np.float64)
    arrays = TileArrays(
        offset_xy=(outlines.xy - np.repeat(anchor, corners, axis=0)).astype(np.float32),
        anchor_local=anchor,
        ring_start=outlines.ring_start.astype(np.int32),
        part_start=outlines.part_start.astype(np.int32),
        feature_start=outlines.feature_start.astype(np.int32),
        base_m=base_m,
        height_m=height_m,
        row=np.arange(count, dtype=np.int32),
        member=np.arange(count, dtype=np.int32),
        member_start=np.array([0, count], np.int32),
        tile_origin=np.round((bounds[:, 0:2] + bounds[:, 3:5]) / 2),
    )
    prominence = height_m * np.float32(_PROMINENT)
    tree = TileIndex(
        parent=np.array([-1], np.int32),
        bounds=bounds,
        subtree=bounds.copy(),
        count=np.array([count], np.int32),
        prominence_m=np.array([[prominence.min(), prominence.max()]], np.float32),
        level=np.zeros(1, np.int32),
        has_tallest=np.ones(1, np.bool_),
    )
    west, south, _, east, north, _ = bounds[0].tolist()
    return ProposedTiles(arrays, tree, Area(west, south, east, north))
