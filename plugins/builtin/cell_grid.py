"""A raster of cells in the city's CRS, and polygons burnt into it. Row 0 lies in the north."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

FloatArray = npt.NDArray[np.float64]
Raster = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]
IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Grid:
    """Where the cells lie."""

    west_m: float
    north_m: float
    """The outer corner of cell (0, 0)."""
    cell_m: float
    rows: int
    columns: int

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """Return west, south, east, north."""
        south, east = self.north_m - self.rows * self.cell_m, self.west_m + self.columns * self.cell_m
        return self.west_m, south, east, self.north_m

    @property
    def first(self) -> tuple[int, int]:
        """Return the numbers of the first row and column among all cells of this size."""
        return -round(self.north_m / self.cell_m), round(self.west_m / self.cell_m)

    @property
    def shape(self) -> tuple[int, int]:
        """Return rows and columns."""
        return self.rows, self.columns

    def places(self, xy: FloatArray) -> tuple[IntArray, IntArray]:
        """Return the row and column of points (n, 2); they may lie outside."""
        column = np.floor((xy[:, 0] - self.west_m) / self.cell_m).astype(np.int64)
        return np.floor((self.north_m - xy[:, 1]) / self.cell_m).astype(np.int64), column

    def holds(self, row: IntArray, column: IntArray) -> Mask:
        """Return which cells are there."""
        held: Mask = (row >= 0) & (row < self.rows) & (column >= 0) & (column < self.columns)
        return held

    def middles(self, row: IntArray, column: IntArray) -> FloatArray:
        """Return the middle (n, 2) of cells."""
        x, y = self.west_m + (column + 0.5) * self.cell_m, self.north_m - (row + 0.5) * self.cell_m
        return np.column_stack([x, y])

    def window(self, bounds: tuple[float, float, float, float]) -> tuple[slice, slice]:
        """Return the rows and columns of the cells whose middle lies in bounds."""
        west, south, east, north = bounds
        edges = (self.north_m - north, self.north_m - south, west - self.west_m, east - self.west_m)
        top, bottom, left, right = (int(np.ceil(round(e / self.cell_m, 6) - 0.5)) for e in edges)
        return (
            slice(min(max(top, 0), self.rows), min(max(bottom, 0), self.rows)),
            slice(min(max(left, 0), self.columns), min(max(right, 0), self.columns)),
        )


def grid_over(bounds: tuple[float, float, float, float], cell_m: float) -> Grid:
    """Return the cells that cover bounds; cells of the same size meet, whichever bounds they cover."""
    west, south, east, north = bounds
    first, last = np.floor(round(west / cell_m, 6)), np.ceil(round(east / cell_m, 6))
    low, high = np.floor(round(south / cell_m, 6)), np.ceil(round(north / cell_m, 6))
    rows, columns = max(int(high - low), 1), max(int(last - first), 1)
    return Grid(float(first * cell_m), float(high * cell_m), cell_m, rows, columns)


def runs(start: IntArray, count: IntArray) -> tuple[IntArray, IntArray]:
    """Return for runs of numbers (first, how many) which run each number is of, and the numbers."""
    owner = np.repeat(np.arange(len(count)), count)
    within = np.arange(int(count.sum())) - np.repeat(np.cumsum(count) - count, count)
    return owner, start[owner] + within


def edges_of(geometry: npt.NDArray[np.object_]) -> tuple[FloatArray, FloatArray, IntArray]:
    """Return the edges of polygons: from (n, 2), to (n, 2), and the number of their polygon, ascending."""
    parts, part_of = shapely.get_parts(geometry, return_index=True)
    rings, ring_of = shapely.get_rings(parts, return_index=True)
    xy, of = shapely.get_coordinates(rings, return_index=True)
    joined = of[:-1] == of[1:]
    return xy[:-1][joined], xy[1:][joined], part_of[ring_of[of[:-1][joined]]]


def spans_of(grid: Grid, geometry: npt.NDArray[np.object_]) -> tuple[IntArray, IntArray, IntArray, IntArray]:
    """Return the runs of cells whose middle lies in polygons: polygon, row, first column, count.

    source   even-odd rule along the middle line of each row: holes stay open
    """
    a, b, of = edges_of(geometry)
    line_a, line_b = ((grid.north_m - p[:, 1]) / grid.cell_m - 0.5 for p in (a, b))
    first = np.ceil(np.minimum(line_a, line_b)).astype(np.int64)
    last = np.ceil(np.maximum(line_a, line_b)).astype(np.int64)  # half open: a corner counts once
    first, last = np.clip(first, 0, grid.rows), np.clip(last, 0, grid.rows)
    edge, row = runs(first, last - first)
    share = (row - line_a[edge]) / (line_b[edge] - line_a[edge])
    x = (a[edge, 0] + share * (b[edge, 0] - a[edge, 0]) - grid.west_m) / grid.cell_m - 0.5
    order = np.lexsort((x, row, of[edge]))
    enter, leave = order[0::2], order[1::2]
    left = np.clip(np.ceil(x[enter]), 0, grid.columns).astype(np.int64)
    right = np.clip(np.ceil(x[leave]), 0, grid.columns).astype(np.int64)
    return of[edge][enter], row[enter], left, right - left


def cells_in(grid: Grid, geometry: npt.NDArray[np.object_]) -> tuple[IntArray, IntArray]:
    """Return the cells whose middle lies in polygons: polygon and flat number of the cell."""
    of, row, left, count = spans_of(grid, geometry)
    span, cell = runs(row * grid.columns + left, count)
    return of[span], cell


def topmost(grid: Grid, geometry: npt.NDArray[np.object_], values: FloatArray) -> npt.NDArray[np.int32]:
    """Return the number of the polygon with the highest value on each cell's middle; -1 where there is none."""
    owner = np.full(grid.rows * grid.columns, -1, np.int32)
    order = np.argsort(values, kind="stable")  # the last one written to a cell stays
    of, cell = cells_in(grid, geometry[order])
    owner[cell] = order.astype(np.int32)[of]
    return owner.reshape(grid.shape)


def inside(grid: Grid, area: Any) -> Mask:
    """Return which cells have their middle in an area."""
    mask = np.zeros(grid.rows * grid.columns, bool)
    mask[cells_in(grid, np.array([area], object))[1]] = True
    return mask.reshape(grid.shape)
