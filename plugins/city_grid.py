"""The city as cells: squares, hexagons or an office's own areas; which cell a place is in, and which are neighbours."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely

from plugins.contract import PluginError
from plugins.selection import texts_of

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
Geometry = npt.NDArray[np.object_]
MOST_CELLS = 200_000
SQUARE_STEPS = ((-1, -1), (-1, 0), (-1, 1), (0, -1), (0, 1), (1, -1), (1, 0), (1, 1))
HEXAGON_STEPS = ((1, 0), (1, -1), (0, -1), (-1, 0), (-1, 1), (0, 1))


@dataclass(frozen=True)
class Cells:
    """Cells of the city."""

    geometry: Geometry
    name: npt.NDArray[np.str_]
    responsible: npt.NDArray[np.str_]
    """Who answers for each; "" where nobody is named."""
    place: IntArray
    """(n, 2) column and row of squares, q and r of hexagons; the layer's row and 0 of own cells."""
    shape: str
    size_m: float

    def __len__(self) -> int:
        """Return how many cells there are."""
        return len(self.geometry)

    def locate(self, xy: FloatArray) -> IntArray:
        """Return the cell (p,) of points (p, 2), -1 outside; of own cells that overlap the first."""
        if self.shape == "own":
            found = np.full(len(xy), len(self), np.int64)
            i, j = shapely.STRtree(self.geometry).query(shapely.points(xy), predicate="intersects")
            np.minimum.at(found, i, j)
            return np.where(found == len(self), -1, found)
        where = square_of(xy, self.size_m) if self.shape == "square" else hexagon_of(xy, self.size_m)
        known = {(int(a), int(b)): n for n, (a, b) in enumerate(self.place)}
        unique, which = np.unique(where, axis=0, return_inverse=True)
        cell = np.array([known.get((int(a), int(b)), -1) for a, b in unique], np.int64)
        return cell[which.reshape(-1)] if len(cell) else np.zeros(0, np.int64)

    def subset(self, chosen: npt.NDArray[np.bool_]) -> Cells:
        """Return some of the cells."""
        own = (self.geometry[chosen], self.name[chosen], self.responsible[chosen], self.place[chosen])
        return Cells(*own, self.shape, self.size_m)


def square_of(xy: FloatArray, size_m: float) -> IntArray:
    """Return column and row (p, 2) of the square each point is in, counted from the CRS's origin."""
    return np.floor(np.asarray(xy) / size_m).astype(np.int64)


def hexagon_of(xy: FloatArray, size_m: float) -> IntArray:
    """Return q and r (p, 2) of the hexagon each point is in; size_m from flat side to flat side, a corner in the north.

    source   axial coordinates and cube rounding, A. Patel, Hexagonal Grids, redblobgames.com/grids/hexagons
    """
    side = size_m / np.sqrt(3.0)
    q = (np.sqrt(3.0) / 3 * xy[:, 0] - xy[:, 1] / 3) / side
    r = (2 / 3 * xy[:, 1]) / side
    rounded = np.round(np.column_stack([q, r, -q - r]))
    off = np.abs(rounded - np.column_stack([q, r, -q - r]))
    worst = off.argmax(axis=1)
    found_q = np.where(worst == 0, -rounded[:, 1] - rounded[:, 2], rounded[:, 0])
    found_r = np.where(worst == 1, -rounded[:, 0] - rounded[:, 2], rounded[:, 1])
    return np.column_stack([found_q, found_r]).astype(np.int64)


def squares(area: Any, size_m: float) -> Cells:
    """Return the squares that touch an area.

    raises   PluginError  there would be too many
    """
    west, south, east, north = area.bounds
    _refuse_too_many((east - west) * (north - south) / size_m**2)
    column, row = np.meshgrid(
        np.arange(np.floor(west / size_m), np.floor(east / size_m) + 1),
        np.arange(np.floor(south / size_m), np.floor(north / size_m) + 1),
    )
    place = np.column_stack([column.ravel(), row.ravel()]).astype(np.int64)
    x, y = place[:, 0] * size_m, place[:, 1] * size_m
    return _touching(area, shapely.box(x, y, x + size_m, y + size_m), place, "square", size_m)


def hexagons(area: Any, size_m: float) -> Cells:
    """Return the hexagons that touch an area; size_m from flat side to flat side.

    raises   PluginError  there would be too many
    """
    west, south, east, north = area.bounds
    _refuse_too_many((east - west) * (north - south) / (size_m**2 * np.sqrt(3) / 2))
    side = size_m / np.sqrt(3.0)
    r = np.arange(np.floor(south / (1.5 * side)) - 1, np.ceil(north / (1.5 * side)) + 2)
    columns = np.arange(np.floor(west / size_m) - 1, np.ceil(east / size_m) + 2)
    row, column = (g.ravel() for g in np.meshgrid(r, columns, indexing="ij"))
    q = column - np.floor(row / 2)
    place = np.column_stack([q, row]).astype(np.int64)
    x, y = side * np.sqrt(3.0) * (q + row / 2), side * 1.5 * row
    angle = np.radians(60 * np.arange(6) + 30)
    corners = np.stack([x[:, None] + side * np.cos(angle), y[:, None] + side * np.sin(angle)], axis=-1)
    return _touching(area, np.asarray(shapely.polygons(corners)), place, "hexagon", size_m)


def own_cells(table: gpd.GeoDataFrame, *, name: str, responsible: str) -> Cells:
    """Return an office's own areas as cells."""
    is_area = np.isin(shapely.get_type_id(table.geometry.to_numpy()), (3, 6))
    table = table[is_area]
    if table.empty:
        raise PluginError("The layer of cells has no areas.", "Choose another, or squares or hexagons.")
    rows = table.index.to_numpy()
    names = texts_of(table[name]) if name else np.array([str(r) for r in rows])
    who = texts_of(table[responsible]) if responsible else np.zeros(len(table), "U1")
    place = np.column_stack([rows, np.zeros(len(rows))]).astype(np.int64)
    return Cells(table.geometry.to_numpy(), names, who, place, "own", 0.0)


def _refuse_too_many(count: float) -> None:
    if count > MOST_CELLS:
        raise PluginError(f"{count:,.0f} cells are more than {MOST_CELLS:,}.", "Make them larger, or the area smaller.")


def _touching(area: Any, geometry: Geometry, place: IntArray, shape: str, size_m: float) -> Cells:
    shapely.prepare(area)
    chosen = shapely.intersects(area, geometry)
    place, letters = place[chosen], "cr" if shape == "square" else "qr"
    names = np.array([f"{letters[0]}{a}{letters[1]}{b}" for a, b in place], np.str_)
    return Cells(geometry[chosen], names, np.zeros(len(names), "U1"), place, shape, size_m)


@contextmanager
def without_compiler() -> Iterator[None]:
    """Let PySAL be imported as if numba were not there: compiling takes 15 s in every new process, cells take less.

    None among the modules is Python's own sign for what cannot be imported.

    NUMBA_DISABLE_JIT=1 would be the way, but esda 2.9 takes numba's types for NumPy's and fails with it.
    """
    if "numba" in sys.modules:
        yield
        return
    sys.modules["numba"] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        del sys.modules["numba"]


def weights(cells: Cells) -> Any:
    """Return neighbours as libpysal weights: squares that touch, hexagons side by side, own cells with a common corner.

    Cells without a neighbour stay, as islands.
    """
    with without_compiler():
        from libpysal.weights import Queen, W  # noqa: PLC0415  a second to import, and only statistics need it

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # islands and unconnected parts are told in the result
        if cells.shape == "own":
            frame = gpd.GeoDataFrame(geometry=cells.geometry)
            return Queen.from_dataframe(frame, use_index=False, silence_warnings=True)
        steps = SQUARE_STEPS if cells.shape == "square" else HEXAGON_STEPS
        known = {(int(a), int(b)): n for n, (a, b) in enumerate(cells.place)}
        near = {n: [known[c + x, r + y] for x, y in steps if (c + x, r + y) in known] for (c, r), n in known.items()}
        return W(near, silence_warnings=True)
