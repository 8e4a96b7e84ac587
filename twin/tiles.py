"""A layer's buildings in tiles: a tree in which each building is in exactly one tile.

The tree is additive. The root tile holds the most prominent buildings of the whole layer, each child the next
most prominent ones of its quarter, and so on. A far view draws the tiles near the root, and the skyline is right;
a near view adds the tiles below. Drawing every tile draws every building once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from twin.buildings import Buildings
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

    def __len__(self) -> int:
        """Return the number of tiles."""
        return len(self.parent)


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
