"""Hours of sun on the ground of one tile, and on what lies on it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from plugins.builtin.cell_grid import Grid, Mask, Raster, cells_in, inside
from plugins.builtin.height_field import HeightField, height_field, tallest_m
from plugins.builtin.sun_place import Place, SunPath, npt_indices
from plugins.builtin.sun_sweep import Shade, Window
from plugins.contract import City, CityTile, Tiling

TILE_CELLS, MOST_SIDE_CELLS, LEAST_TILE_CELLS = 4000, 8000, 1000
RELIEF_STEP_M = 200.0
FRINGE_M = 250.0
Bounds = tuple[float, float, float, float]


@dataclass(frozen=True)
class Day:
    """A day's sun over a place, and what is counted of it."""

    place: Place
    path: SunPath
    shown: npt_indices
    """The moments at which the sun is up and counts."""
    step_h: float


@dataclass(frozen=True)
class GroundHours:
    """Hours of sun on a tile's own cells."""

    hours: Raster
    """NaN under buildings and outside of the area."""
    west_m: float
    north_m: float


def tiling_of(city: City, day: Day, cell_m: float, most_m: float) -> tuple[Tiling, bool]:
    """Return how the city is cut, and whether the longest shadows are cut off for the sake of small cells."""
    lowest = np.tan(np.radians(day.path.altitude_deg[day.shown])).min(initial=np.inf) / day.place.scale
    needed = (tallest_m(city) + _relief_m(city)) / lowest if len(day.shown) else 0.0
    wanted = min(needed, most_m)
    # the whole of what a tile has to see stays within what fits in memory
    margin = min(wanted, (MOST_SIDE_CELLS - LEAST_TILE_CELLS) / 2 * cell_m)
    cells = int(min(TILE_CELLS, MOST_SIDE_CELLS - 2 * margin / cell_m))
    return Tiling(cells * cell_m, float(np.ceil(margin / cell_m) * cell_m)), margin < wanted


def _relief_m(city: City) -> float:
    if city.terrain is None:
        return 0.0
    west, south, east, north = city.area.bounds
    x, y = (np.linspace(a, b, max(int((b - a) / RELIEF_STEP_M), 2) + 1) for a, b in ((west, east), (south, north)))
    heights = city.terrain.height_at(np.column_stack([g.ravel() for g in np.meshgrid(x, y)]))
    known = heights[np.isfinite(heights)]
    return float(np.ptp(known)) if len(known) else 0.0


def field_of(tile: CityTile, city: City, bounds: Bounds, cell_m: float) -> HeightField:
    """Return the heights of what a tile has to see, and of bounds."""
    own, reach = shapely.box(*bounds), tile.reach
    # beyond the last building and the terrain nothing throws a shadow
    built = city.buildings(reach, []).total_bounds
    seen = reach.intersection(shapely.box(*built)) if np.isfinite(built).all() else own
    if city.terrain is not None:
        seen = seen.union(reach.intersection(city.terrain.area))
    return height_field(city, own.union(seen).bounds, cell_m)


def ground_hours(tile: CityTile, city: City, day: Day, cell_m: float, bounds: Bounds | None = None) -> GroundHours:
    """Return the hours of sun on a tile's own ground, or in bounds of its own."""
    asked = snapped(tile.area.bounds if bounds is None else bounds, cell_m)
    field = field_of(tile, city, asked, cell_m)
    window = field.grid.window(asked)
    hours = swept_hours(field, day, window)
    hours[field.is_building[window]] = np.nan
    if bounds is None and tile.area.area < 0.999 * shapely.box(*tile.area.bounds).area:
        hours[~inside(field.grid, tile.area)[window]] = np.nan
    west, north = field.grid.west_m + window[1].start * cell_m, field.grid.north_m - window[0].start * cell_m
    return GroundHours(hours, west, north)


def with_fringe(tile: CityTile) -> Bounds:
    """Return a tile's bounds, widened where the city ends: open spaces reach farther than the last building."""
    near, whole = np.array(tile.area.bounds), np.array(tile.city.area.bounds)
    widened = near + np.array([-FRINGE_M, -FRINGE_M, FRINGE_M, FRINGE_M]) * np.isclose(near, whole)
    return float(widened[0]), float(widened[1]), float(widened[2]), float(widened[3])


def swept_hours(field: HeightField, day: Day, window: Window) -> Raster:
    """Return the hours of sun on the ground of a window of cells."""
    shade = Shade(field.top, field.ground, field.grid.cell_m, window, field.grid.first)
    for i in day.shown:
        shade.add(day.place.sun(day.path.azimuth_deg[i], day.path.altitude_deg[i]))
    return shade.counts * np.float32(day.step_h)


def snapped(bounds: tuple[float, ...], cell_m: float) -> tuple[float, float, float, float]:
    """Return bounds widened to whole cells."""
    low = [float(np.floor(round(b / cell_m, 6)) * cell_m) for b in bounds[:2]]
    high = [float(np.ceil(round(b / cell_m, 6)) * cell_m) for b in bounds[2:]]
    return low[0], low[1], high[0], high[1]


def space_sums(ground: GroundHours, spaces: Any, cell_m: float, least_h: float) -> dict[str, Any]:
    """Return what a tile's cells give to each open space: row, cells, sum of hours, cells with enough hours."""
    grid = Grid(ground.west_m, ground.north_m, cell_m, *ground.hours.shape)
    of, cell = cells_in(grid, spaces.geometry.to_numpy())
    hours = ground.hours.ravel()[cell]
    known: Mask = np.isfinite(hours)
    of, hours, count = of[known], hours[known].astype(np.float64), len(spaces)
    return {
        "space": spaces.index.to_numpy(np.int64),
        "cells": np.bincount(of, minlength=count),
        "hours": np.bincount(of, hours, minlength=count),
        "enough": np.bincount(of, hours >= least_h, minlength=count),
    }
