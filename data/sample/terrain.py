"""The ground of the sample city: a 10 m grid with a river valley, a mound under the old town and hills to the north."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from data.sample.plan import Floats

CELL_M = 10.0
HALF_WIDTH_M, HALF_DEPTH_M = 3700.0, 2900.0
"""The raster reaches this far west and east, south and north of the city's middle."""
WATER_LEVEL_M = 1.5
_HILLS = (
    (620.0, 2420.0, 820.0, 92.0),
    (-900.0, 2700.0, 900.0, 74.0),
    (2200.0, 2500.0, 800.0, 58.0),
    (-1500.0, -2500.0, 700.0, 46.0),
    (-2800.0, 1900.0, 800.0, 40.0),
    (1500.0, -2700.0, 900.0, 30.0),
    (40.0, 110.0, 330.0, 8.5),
    (900.0, -1500.0, 600.0, 9.0),
)
"""x, y, radius, height of each hill."""


def extent() -> shapely.Polygon:
    """Return the rectangle the terrain covers, metres from the city's middle."""
    return shapely.box(-HALF_WIDTH_M, -HALF_DEPTH_M, HALF_WIDTH_M, HALF_DEPTH_M)


def ground_m(x: Floats, y: Floats, from_water_m: Floats) -> Floats:
    """Return the ground's height: a bank that rises from the water, hills and gentle waves.

    x, y           metres from the city's middle
    from_water_m   distance to the nearest water
    """
    rise = 1 - np.exp(-from_water_m / 260)
    hills = sum(h * np.exp(-((x - hx) ** 2 + (y - hy) ** 2) / (2 * r * r)) for hx, hy, r, h in _HILLS)
    waves = 1.6 * np.sin(x / 310 + 0.3) * np.sin(y / 270 + 1.1) + 0.8 * np.sin(x / 130 + y / 170)
    return np.asarray(WATER_LEVEL_M + 1.6 + rise * (5.5 + hills + waves))


def make_terrain(water: Any) -> npt.NDArray[np.float32]:
    """Return the grid, north row first, (580, 740) metres above the sea; water is flat."""
    columns, rows = int(2 * HALF_WIDTH_M / CELL_M), int(2 * HALF_DEPTH_M / CELL_M)
    x: Floats = -HALF_WIDTH_M + CELL_M * (np.arange(columns, dtype=np.float64) + 0.5)
    y: Floats = HALF_DEPTH_M - CELL_M * (np.arange(rows, dtype=np.float64) + 0.5)
    away_m = _from_water(water, x, y)
    height_m = ground_m(x[None, :], y[:, None], away_m)
    is_water = away_m < CELL_M
    near_x, near_y = x[np.nonzero(is_water)[1]], y[np.nonzero(is_water)[0]]
    shapely.prepare(water)
    is_water[is_water] = shapely.intersects_xy(water, near_x, near_y)
    height_m[is_water] = WATER_LEVEL_M
    return np.round(height_m, 2).astype(np.float32)


def _from_water(water: Any, x: Floats, y: Floats) -> Floats:
    """Return the distance to water: exact every fifth cell, straight between."""
    step = 5
    coarse_x, coarse_y = np.append(x[::step], x[-1] + 1), np.append(y[::step], y[-1] - 1)
    shore = shapely.simplify(water, 2.0)
    shapely.prepare(shore)
    points = shapely.points(*np.meshgrid(coarse_x, coarse_y))
    away = shapely.distance(shore, points)
    along_x = np.array([np.interp(x, coarse_x, row) for row in away])
    return np.array([np.interp(-y, -coarse_y, column) for column in along_x.T]).T
