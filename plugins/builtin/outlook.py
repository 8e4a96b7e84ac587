"""What is seen from a point over a raster of heights: all cells at once, sector by sector along straight lines.

Each of four sectors is laid out anew so that every line of sight from the eye is one column: row i of it holds the
heights at the cells where the lines cross the i-th row of cells before the eye. Along a column the steepest slope so
far is a running maximum; a cell is seen where its own slope reaches it. Nothing is interpolated, nothing is smeared.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from plugins.builtin.cell_grid import FloatArray, Mask, Raster


@dataclass(frozen=True)
class Eye:
    """Where is looked from."""

    row: float
    """In cells; the middle of cell (0, 0) is 0.0."""
    column: float
    z_m: float


def seen_from(eye: Eye, top: Raster, target: Raster, cell_m: float, reach_m: float) -> Mask:
    """Return which cells are seen.

    top      what stands in the way, elevations
    target   what is to be seen, elevations on the same cells
    reach_m  nothing is seen beyond
    """
    rows, columns = top.shape
    seen = np.zeros(top.shape, bool)
    reach = reach_m / cell_m
    _half(eye.row, eye.column, eye.z_m, (top, target, seen), reach)
    sideways = np.zeros((columns, rows), bool)
    lying_top = np.ascontiguousarray(top.T)
    lying = (lying_top, lying_top if target is top else np.ascontiguousarray(target.T), sideways)
    _half(eye.column, eye.row, eye.z_m, lying, reach)
    seen |= sideways.T
    row, column = round(eye.row), round(eye.column)
    if 0 <= row < rows and 0 <= column < columns:
        seen[row, column] = True
    if reach < np.hypot(rows, columns):
        away_row, away_column = np.ogrid[:rows, :columns]
        seen &= (away_row - eye.row) ** 2 + (away_column - eye.column) ** 2 <= reach**2
    return seen


Rasters = tuple[Raster, Raster, Mask]


def _half(row: float, column: float, z_m: float, rasters: Rasters, reach: float) -> None:
    """Mark what is seen of the cells that are at least as far off in rows as in columns, to both sides."""
    count = rasters[0].shape[0]
    after, before = np.arange(int(np.floor(row)) + 1, count), np.arange(int(np.ceil(row)) - 1, -1, -1)
    for rows in (after, before):
        away = np.abs(rows - row)
        kept = (away <= reach) & (rows >= 0) & (rows < count)
        if kept.any():
            _sector(rows[kept], away[kept], column, z_m, rasters)


def _sector(rows: npt.NDArray[np.int64], away: FloatArray, column: float, z_m: float, rasters: Rasters) -> None:
    """Go through the rows of one side, nearest first. Slants are columns to the side a row away."""
    top, target, seen = rasters
    width, farthest = top.shape[1], away[-1]
    lines = 2 * int(np.ceil(farthest)) + 1
    slant = np.linspace(-1.0, 1.0, lines)
    per_slant = (lines - 1) / 2.0
    steepest = np.full(lines, -np.inf, np.float32)
    z, lift = np.float32(z_m), np.empty(lines, np.float32)
    for row, far in zip(rows.tolist(), away.tolist(), strict=True):
        # the lines that still run over the raster, and the cells of this row that belong to this side
        a = max(int(np.ceil(((-0.5 - column) / far + 1.0) * per_slant)), 0)
        b = min(int(np.floor(((width - 0.5 - column) / far + 1.0) * per_slant)), lines - 1) + 1
        left, right = max(int(np.ceil(column - far)), 0), min(int(np.floor(column + far)), width - 1) + 1
        per_far = np.float32(1.0 / far)
        if left < right:
            slants = (np.arange(left, right) - column) * (per_slant / far) + per_slant
            own = np.rint(slants).astype(np.intp)
            slope = (target[row, left:right] - z) * per_far
            seen[row, left:right] |= slope >= steepest.take(own)
        if a >= b:
            continue
        cells = np.rint(slant[a:b] * far + column).astype(np.intp)
        risen = lift[a:b]
        top[row].take(cells, out=risen, mode="clip")
        risen -= z
        risen *= per_far
        np.maximum(steepest[a:b], risen, out=steepest[a:b])
