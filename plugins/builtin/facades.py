"""Walls of buildings as pieces, and how much sun falls on each."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely

from plugins.builtin.cell_grid import FloatArray, IntArray, edges_of, runs
from plugins.builtin.height_field import HeightField
from plugins.builtin.prisms import Prisms
from plugins.builtin.sun_ground import Day
from plugins.builtin.sun_sweep import Shade

SHORTEST_M = 0.5
OUTSIDE_CELLS = (1.0, 1.5, 2.0)
"""How far before a wall the shade is read; nearer cells may belong to the building itself."""
THICK_M = 0.4
COMPASS = ("N", "NE", "E", "SE", "S", "SW", "W", "NW")


@dataclass(frozen=True)
class Walls:
    """n pieces of walls."""

    a: FloatArray
    """(n, 2) from"""
    b: FloatArray
    outward: FloatArray
    """(n, 2) unit vectors"""
    bottom_m: FloatArray
    """elevations"""
    top_m: FloatArray
    building: IntArray
    """its number among the prisms"""

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.a)

    def some(self, chosen: npt.NDArray[Any]) -> Walls:
        """Return some of the pieces."""
        return Walls(*(getattr(self, n)[chosen] for n in ("a", "b", "outward", "bottom_m", "top_m", "building")))


def walls_of(prisms: Prisms, piece_m: float, storey_m: float) -> Walls:
    """Return the walls of buildings in pieces at most piece_m long and storey_m high (0: as high as the wall)."""
    a, b, of = edges_of(shapely.orient_polygons(prisms.geometry))
    step = b - a
    length = np.hypot(*step.T)
    kept = length >= SHORTEST_M
    a, step, of, length = a[kept], step[kept], of[kept], length[kept]
    count = np.maximum(np.ceil(length / piece_m), 1).astype(np.int64)
    edge, number = runs(np.zeros(len(a), np.int64), count)
    begin, end = (a[edge] + step[edge] * ((number + k) / count[edge])[:, None] for k in (0, 1))
    outward = np.column_stack([step[:, 1], -step[:, 0]])[edge] / length[edge, None]
    building = of[edge]
    walls = Walls(begin, end, outward, prisms.bottom_m[building], prisms.top_m[building], building)
    return _storeys(walls, storey_m) if storey_m > 0 else walls


def _storeys(walls: Walls, storey_m: float) -> Walls:
    count = np.maximum(np.round((walls.top_m - walls.bottom_m) / storey_m), 1).astype(np.int64)
    wall, number = runs(np.zeros(len(walls), np.int64), count)
    high = (walls.top_m - walls.bottom_m)[wall] / count[wall]
    some = walls.some(wall)
    bottom = some.bottom_m + number * high
    return replace(some, bottom_m=bottom, top_m=bottom + high)


def wall_hours(walls: Walls, field: HeightField, day: Day) -> FloatArray:
    """Return the hours of sun on each piece, as a mean over its height (n,); NaN where it stands against a neighbour.

    The height up to which the shade reaches is read in the cell before the wall's middle.
    """
    hours = np.zeros(len(walls))
    if not len(walls):
        return hours
    row, column = _cells_before(walls, field)
    pad = 2
    window = (
        slice(max(row.min() - pad, 0), min(row.max() + pad + 1, field.grid.rows)),
        slice(max(column.min() - pad, 0), min(column.max() + pad + 1, field.grid.columns)),
    )
    here = (row - window[0].start, column - window[1].start)
    standing = field.top[row, column].astype(np.float64)
    shade = Shade(field.top, field.ground, field.grid.cell_m, window, field.grid.first)
    for i in day.shown:
        sun = day.place.sun(day.path.azimuth_deg[i], day.path.altitude_deg[i])
        facing = walls.outward @ sun.toward > 0
        up_to = np.maximum(shade.reach(sun)[here], standing)[facing]
        part = (walls.top_m[facing] - up_to) / (walls.top_m - walls.bottom_m)[facing]
        hours[facing] += np.clip(part, 0, 1) * day.step_h
    hours[standing >= walls.top_m - 0.01] = np.nan
    return hours


def _cells_before(walls: Walls, field: HeightField) -> tuple[IntArray, IntArray]:
    """Return the cell before each wall: the nearest that is not built as high as the wall."""
    middle = (walls.a + walls.b) / 2
    chosen: tuple[IntArray, IntArray] | None = None
    for away in reversed(OUTSIDE_CELLS):
        row, column = field.grid.places(middle + walls.outward * (away * field.grid.cell_m))
        row, column = np.clip(row, 0, field.grid.rows - 1), np.clip(column, 0, field.grid.columns - 1)
        free = field.top[row, column] < walls.top_m - 0.01
        if chosen is None:
            chosen = (row, column)
        else:
            chosen = (np.where(free, row, chosen[0]), np.where(free, column, chosen[1]))
    assert chosen is not None
    return chosen


def wall_features(walls: Walls, prisms: Prisms, ground: FloatArray, hours: FloatArray, crs: str) -> gpd.GeoDataFrame:
    """Return pieces as thin slabs before their walls, to be raised from base_m to height_m, with their hours."""
    out = walls.outward * THICK_M
    corners = np.stack([walls.a, walls.b, walls.b + out, walls.a + out], axis=1)
    azimuth = np.degrees(np.arctan2(walls.outward[:, 0], walls.outward[:, 1])) % 360
    side = np.array(COMPASS, object)[(np.round(azimuth / 45) % 8).astype(int)]
    area = np.hypot(*(walls.b - walls.a).T) * (walls.top_m - walls.bottom_m)
    columns = {
        "hours": np.round(hours, 3),
        "base_m": np.round(walls.bottom_m - ground[walls.building], 3),
        "height_m": np.round(walls.top_m - ground[walls.building], 3),
        "azimuth_deg": np.round(azimuth, 1),
        "side": side,
        "wall_m2": np.round(area, 2),
        "layer": prisms.layer[walls.building],
        "row": prisms.row[walls.building],
    }
    kept = np.isfinite(hours)
    return gpd.GeoDataFrame(columns, geometry=shapely.polygons(corners), crs=crs)[kept]
