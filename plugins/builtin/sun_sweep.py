"""Which cells the sun reaches: one sweep over a raster of heights for each position of the sun.

Away from the sun, row by row, the height up to which the shade reaches is the higher of what came from the row
before and of what stands there, less the fall of the sun's rays over one row. Under a slanting sun the rows are shifted
by whole cells, so that no edge is smeared: a ray's error stays below half a cell, however long it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from plugins.builtin.cell_grid import FloatArray, Raster

Counts = npt.NDArray[np.uint16]
Window = tuple[slice, slice]


@dataclass(frozen=True)
class Sun:
    """Where the sun stands."""

    toward: FloatArray
    """(2,) unit vector in the city's CRS, from a place to below the sun."""
    slope: float
    """Tangent of its altitude, in the city's CRS's metres."""


class Shade:
    """A raster of heights that is swept for one sun after another."""

    def __init__(
        self, top: Raster, surface: Raster, cell_m: float, window: Window, first: tuple[int, int] = (0, 0)
    ) -> None:
        """Take the heights.

        top       what throws shade, elevations
        surface   what is asked about, on the same cells
        window    the rows and columns that are asked about
        first     the number of the first row and column among those of a larger raster, of which this is a part: both
                  are then swept alike
        """
        self._cell_m, self._highest, self._lowest = cell_m, float(top.max()), float(surface[window].min())
        self._upright = _Laid(top, surface, window, first[0])
        self._first_column = first[1]
        self._lying: _Laid | None = None

    def _laid(self, sun: Sun) -> _Laid:
        """Return the raster laid so that the sun stands nearer to its columns' direction than to its rows'."""
        if abs(sun.toward[1]) >= abs(sun.toward[0]):
            return self._upright
        if self._lying is None:
            up = self._upright
            self._lying = _Laid(
                np.ascontiguousarray(up.top.T),
                np.ascontiguousarray(up.surface.T),
                (up.window[1], up.window[0]),
                self._first_column,
            )
        return self._lying

    def add(self, sun: Sun) -> None:
        """Count one more where the sun reaches the surface."""
        laid = self._laid(sun)
        lit = np.empty(laid.counts.shape[1], bool)
        for row, shade in self._rows(laid, sun):
            surface = laid.surface[row, laid.window[1]]
            np.less_equal(shade, surface, out=lit)
            counts = laid.counts[row - laid.window[0].start]
            np.add(counts, lit, out=counts)

    def reach(self, sun: Sun) -> Raster:
        """Return the elevation up to which each cell of the window lies in shade; -inf without any."""
        laid = self._laid(sun)
        found = np.empty(laid.counts.shape, np.float32)
        for row, shade in self._rows(laid, sun):
            found[row - laid.window[0].start] = shade
        return found if laid is self._upright else found.T

    @property
    def counts(self) -> Counts:
        """Return how often the sun reached each cell of the window."""
        return self._upright.counts if self._lying is None else self._upright.counts + self._lying.counts.T

    def _rows(self, laid: _Laid, sun: Sun) -> Iterator[tuple[int, Raster]]:
        """Yield the window's rows away from the sun, with the height the shade reaches in each of its columns."""
        x, y = (sun.toward[0], sun.toward[1]) if laid is self._upright else (-sun.toward[1], -sun.toward[0])
        forward = 1 if y > 0 else -1  # rows count southward
        shift = -x / abs(y)
        fall = np.float32(self._cell_m * np.hypot(1.0, shift) * sun.slope)
        rows, columns = laid.window
        # no shade is longer than this, so that what lies farther off need not be looked at
        far = int(np.ceil(max(self._highest - self._lowest, 0.0) / max(float(fall), 1e-9))) + 1
        sideways = int(np.ceil(far * abs(shift))) + 1
        begin = max(rows.start - far, 0) if forward > 0 else min(rows.stop + far, laid.top.shape[0]) - 1
        end = rows.stop if forward > 0 else rows.start - 1
        left = max(columns.start - (sideways if shift > 0 else 0), 0)
        right = min(columns.stop + (sideways if shift < 0 else 0), laid.top.shape[1])
        count = abs(end - begin)
        number = forward * (laid.first + begin) + np.arange(count)
        offset = np.round(number * shift).astype(np.int64)
        offset -= offset[0] if count else 0
        width, base = right - left, max(int(offset.max(initial=0)), 0)
        shade = np.full(width + int(np.abs(offset).max(initial=0)), -np.inf, np.float32)
        for step, row in enumerate(range(begin, end, forward)):
            here = shade[base - offset[step] : base - offset[step] + width]
            here -= fall
            if rows.start <= row < rows.stop:
                yield row, here[columns.start - left : columns.stop - left]
            np.maximum(here, laid.top[row, left:right], out=here)


@dataclass
class _Laid:
    """The raster as it is swept by rows: upright, or lying on its side."""

    top: Raster
    surface: Raster
    window: Window
    first: int
    """The number of row 0."""

    def __post_init__(self) -> None:
        rows, columns = self.window
        self.counts: Counts = np.zeros((rows.stop - rows.start, columns.stop - columns.start), np.uint16)
