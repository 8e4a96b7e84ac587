"""Pictures of the ground in levels: square tiles, each level twice as fine as the one before."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor
from typing import Protocol

import numpy as np
import numpy.typing as npt

from twin.place import Area, LocalFrame, transformer

TilePlace = tuple[int, int, int]
"""Level, column from the west, line from the north."""
TILE_PX = 256


@dataclass(frozen=True, slots=True)
class Pyramid:
    """Where the tiles lie."""

    crs: str
    corner: tuple[float, float]
    """The north-western corner of tile (0, 0) of every level, in that CRS."""
    span: tuple[float, float]
    """Width and height of a tile of level 0."""
    levels: tuple[int, int]
    """The coarsest and the finest level there is."""
    bounds: tuple[float, float, float, float]
    """West, south, east, north of what is pictured, in that CRS."""

    def bounds_of(self, tile: TilePlace) -> tuple[float, float, float, float]:
        """Return west, south, east, north of a tile."""
        level, column, line = tile
        wide, high = self.span[0] / 2**level, self.span[1] / 2**level
        west, north = self.corner[0] + column * wide, self.corner[1] - line * high
        return west, north - high, west + wide, north

    def tiles_at(self, level: int) -> list[TilePlace]:
        """Return the tiles of a level that show something."""
        wide, high = self.span[0] / 2**level, self.span[1] / 2**level
        west, south, east, north = self.bounds
        columns = range(floor((west - self.corner[0]) / wide + 1e-9), ceil((east - self.corner[0]) / wide - 1e-9))
        lines = range(floor((self.corner[1] - north) / high + 1e-9), ceil((self.corner[1] - south) / high - 1e-9))
        return [(level, column, line) for line in lines for column in columns]

    def children(self, tile: TilePlace) -> list[TilePlace]:
        """Return the four tiles below one, as far as they show something; none below the finest level."""
        level, column, line = tile
        if level >= self.levels[1]:
            return []
        below = [(level + 1, 2 * column + i, 2 * line + j) for j in (0, 1) for i in (0, 1)]
        return [one for one in below if self._shows(one)]

    def _shows(self, tile: TilePlace) -> bool:
        west, south, east, north = self.bounds_of(tile)
        return west < self.bounds[2] and east > self.bounds[0] and south < self.bounds[3] and north > self.bounds[1]

    def nodes(self, tile: TilePlace, quads: int, frame: LocalFrame) -> npt.NDArray[np.float64]:
        """Return points on a tile, (quads + 1, quads + 1, 2) local metres, from south-west; each is placed exactly."""
        west, south, east, north = self.bounds_of(tile)
        x, y = np.meshgrid(np.linspace(west, east, quads + 1), np.linspace(south, north, quads + 1))
        if self.crs != frame.crs:
            x, y = transformer(self.crs, frame.crs).transform(x, y)
        nodes: npt.NDArray[np.float64] = np.stack([x, y], axis=-1) - np.asarray(frame.origin_m)
        return nodes

    def area(self, frame: LocalFrame) -> Area:
        """Return what is pictured, local metres."""
        west, south, east, north = self.bounds
        if self.crs != frame.crs:
            west, south, east, north = transformer(self.crs, frame.crs).transform_bounds(west, south, east, north)
        x, y = frame.origin_m
        return Area(west - x, south - y, east - x, north - y)


class Imagery(Protocol):
    """Where tiles come from. Goes to worker processes."""

    @property
    def pyramid(self) -> Pyramid:
        """Return where the tiles lie."""
        ...

    def fetch(self, tile: TilePlace) -> npt.NDArray[np.uint8] | None:
        """Return one tile, (h, w, 4) with the northern line first; None where there is no picture.

        raises   SourceError  it cannot be had
        """
        ...


def fetched(_shared: object, imagery: Imagery, tile: TilePlace) -> dict[str, npt.NDArray[np.generic]]:
    """Return one tile as a worker hands it over, the southern line first; an empty picture where there is none."""
    pixels = imagery.fetch(tile)
    if pixels is None:
        return {"pixels": np.empty((0, 0, 4), np.uint8)}
    return {"pixels": np.ascontiguousarray(pixels[::-1])}
