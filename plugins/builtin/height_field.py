"""The city as a raster of heights: the ground, and the top of what stands on it. Heights are elevations."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import shapely

from plugins.builtin.cell_grid import Grid, Mask, Raster, grid_over, topmost
from plugins.builtin.prisms import Prisms, prisms_of
from plugins.contract import City, PluginError

MOST_CELLS = 64_000_000


@dataclass(frozen=True)
class HeightField:
    """Heights on the cells of a grid."""

    grid: Grid
    ground: Raster
    top: Raster
    """The ground, or the highest roof above the cell's middle."""
    owner: npt.NDArray[np.int32]
    """The number of the building on the cell's middle; -1 for none."""
    prisms: Prisms

    @cached_property
    def is_building(self) -> Mask:
        """Return which cells have a building on their middle."""
        built: Mask = self.owner >= 0
        return built


def height_field(city: City, bounds: tuple[float, float, float, float], cell_m: float) -> HeightField:
    """Return the heights of a part of the city.

    raises   PluginError  it would be too many cells
    """
    grid = grid_over(bounds, cell_m)
    refuse_too_many(grid)
    ground = ground_raster(city, grid)
    prisms = prisms_of(city, shapely.box(*grid.bounds))
    owner = topmost(grid, prisms.geometry, prisms.top_m)
    top = ground.copy()
    built = np.flatnonzero(owner >= 0)
    top.ravel()[built] = np.maximum(ground.ravel()[built], prisms.top_m.astype(np.float32)[owner.ravel()[built]])
    return HeightField(grid, ground, top, owner, prisms)


def ground_raster(city: City, grid: Grid) -> Raster:
    """Return the ground on the cells; where the terrain ends, its lowest height here, and 0 without one."""
    if city.terrain is None:
        return np.zeros(grid.shape, np.float32)
    west, south, east, north = grid.bounds
    inner = shapely.box(west, south, east - grid.cell_m / 2, north - grid.cell_m / 2)
    values = np.array(city.terrain.grid(shapely.box(*inner.bounds[:3], north), grid.cell_m).values, np.float32)
    known = np.isfinite(values)
    return np.where(known, values, np.float32(values[known].min() if known.any() else 0.0))[: grid.rows, : grid.columns]


def refuse_too_many(grid: Grid) -> None:
    """Refuse a raster that would not fit in memory.

    raises   PluginError  it has more cells than that
    """
    if grid.rows * grid.columns > MOST_CELLS:
        raise PluginError(
            f"{grid.rows * grid.columns / 1e6:,.0f} million cells of {grid.cell_m:g} m are more than can be computed.",
            "Draw a smaller area, or take larger cells.",
        )


def tallest_m(city: City) -> float:
    """Return the tallest building's height, looked at in squares so that any city fits in memory."""
    return max((float(t.buildings(columns=[])["height_m"].max()) for t in city.tiles(4000.0) if _any(t)), default=0.0)


def _any(tile: City) -> bool:
    return len(tile.buildings(columns=[])) > 0
