"""Footprints as a grid of heights, and the shadows such a grid casts on the ground."""

from __future__ import annotations

from math import hypot, tan

import numpy as np
import numpy.typing as npt

from layers.sunlight import SUN_ALTITUDE_RAD, sun_direction
from twin.buildings import Buildings

Grid = npt.NDArray[np.float32]

LINES_AT_ONCE = 128
SUBLINES = 2
"""Scan lines a row of texels: edges that are nearly level get so many steps."""


class Relief:
    """Heights of buildings on a grid, gathered tile by tile."""

    def __init__(self, west_m: float, south_m: float, texel_m: float, width: int, height: int) -> None:
        """Begin with bare ground; row 0 of the grid is the southern edge."""
        self._west_m, self._south_m, self._texel_m = west_m, south_m, texel_m
        self._width, self._height = width, height
        self._cover = np.zeros((height, width + 2), np.float32)
        self._raised = np.zeros((height, width + 2), np.float32)

    def add(self, buildings: Buildings) -> None:
        """Add buildings, exactly along each scan line: courtyards stay open, edges are shared between texels."""
        outlines = buildings.outlines
        begin = (outlines.xy + (np.array(buildings.origin_local) - (self._west_m, self._south_m))) / self._texel_m
        after = np.arange(1, len(begin) + 1)
        after[outlines.ring_start[1:] - 1] = outlines.ring_start[:-1]
        end = begin[after]
        vertices = np.diff(outlines.ring_start[outlines.part_start[outlines.feature_start]])
        height_m = np.repeat(buildings.height_m, vertices)
        # Scan lines lie at (k + 0.5) / SUBLINES; an edge crosses those between its two ends.
        low = np.minimum(begin[:, 1], end[:, 1]) * SUBLINES - 0.5
        high = np.maximum(begin[:, 1], end[:, 1]) * SUBLINES - 0.5
        first, last = np.ceil(low).astype(np.int64), np.ceil(high).astype(np.int64)
        first, last = np.maximum(first, 0), np.minimum(last, self._height * SUBLINES)
        count = np.maximum(last - first, 0)
        edge = np.repeat(np.arange(len(begin)), count)
        line = np.arange(len(edge)) - np.repeat(np.cumsum(count) - count, count) + first[edge]
        y = (line + 0.5) / SUBLINES
        rise = end[edge, 1] - begin[edge, 1]
        x = begin[edge, 0] + (y - begin[edge, 1]) * (end[edge, 0] - begin[edge, 0]) / rise
        # Outer rings run counter-clockwise: an edge that goes down has the inside to its east.
        turn = -np.sign(rise) / SUBLINES
        x = np.clip(x, 0, self._width)
        column = x.astype(np.int64)
        part = x - column
        place = (line // SUBLINES) * (self._width + 2) + column
        weights = height_m[edge]
        for grid, weight in ((self._cover, turn), (self._raised, turn * weights)):
            flat = grid.reshape(-1)
            size = flat.size
            flat += np.bincount(place, weight * (1 - part), size)
            flat += np.bincount(place + 1, weight * part, size)

    def cover(self) -> Grid:
        """Return the share of each texel that is covered, (height, width), 0 to 1."""
        cover = np.empty((self._height, self._width), np.float32)
        for lines in self._portions():
            np.clip(
                np.cumsum(self._cover[lines], axis=1, dtype=np.float64)[:, : self._width],
                0,
                1,
                out=cover[lines],
                casting="unsafe",
            )
        return cover

    def heights_m(self, *, least_cover: float = 0.3) -> Grid:
        """Return the height that stands on each texel, (height, width) metres; 0 where less of it is covered."""
        heights = np.zeros((self._height, self._width), np.float32)
        for lines in self._portions():
            covered = np.cumsum(self._cover[lines], axis=1, dtype=np.float64)[:, : self._width]
            raised = np.cumsum(self._raised[lines], axis=1, dtype=np.float64)[:, : self._width]
            np.divide(
                raised, np.maximum(covered, 1.0), out=heights[lines], where=covered > least_cover, casting="unsafe"
            )
        return heights

    def _portions(self) -> list[slice]:
        """Cut the lines into portions that are summed up at once: in double precision the whole takes much memory."""
        return [slice(first, first + LINES_AT_ONCE) for first in range(0, self._height, LINES_AT_ONCE)]


def ground_shadow(heights_m: Grid, texel_m: float) -> Grid:
    """Return how much of the sun the ground at each texel is kept from, (height, width), 0 to 1.

    heights_m   (height, width) metres; row 0 is the southern edge
    """
    sun = sun_direction()
    east, north = sun[:2] / hypot(sun[0], sun[1])
    drop_m = texel_m * tan(SUN_ALTITUDE_RAD)
    tallest_m = float(heights_m.max(initial=0.0))
    above = heights_m.copy()
    # Twice the reach a turn: what stands over a place within 2k steps is what stands within k steps of it, or of the
    # place k steps on, less the light's fall over those.
    steps = 1
    while steps * drop_m < tallest_m:
        np.maximum(above, _shifted(above, round(steps * north), round(steps * east)) - steps * drop_m, out=above)
        steps *= 2
    shade = np.clip(above / max(1.5 * drop_m, 1.0), 0.0, 1.0)
    return _softened(shade)


def _shifted(grid: Grid, lines: int, columns: int) -> Grid:
    """Return the grid with the value at (i, j) taken from (i + lines, j + columns); 0 from outside."""
    height, width = grid.shape
    moved = np.zeros_like(grid)
    if abs(lines) < height and abs(columns) < width:
        target = moved[max(-lines, 0) : height - max(lines, 0), max(-columns, 0) : width - max(columns, 0)]
        target[...] = grid[max(lines, 0) : height - max(-lines, 0), max(columns, 0) : width - max(-columns, 0)]
    return moved


def _softened(grid: Grid) -> Grid:
    """Return the grid with each value a little mixed with its neighbours'."""
    for axis in (0, 1):
        padded = np.pad(grid, [(1, 1) if a == axis else (0, 0) for a in (0, 1)], mode="edge")
        before = np.take(padded, np.arange(grid.shape[axis]), axis=axis)
        after = np.take(padded, np.arange(2, grid.shape[axis] + 2), axis=axis)
        grid = (0.25 * before + 0.5 * grid + 0.25 * after).astype(np.float32)
    return grid
