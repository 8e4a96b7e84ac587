"""Buildings as upright prisms on the ground, and exact rays against them. Heights are elevations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely

from plugins.builtin.cell_grid import FloatArray, IntArray, Mask, edges_of, runs
from plugins.contract import City, Terrain

EDGE_STEP_M = 2.0
NEAR_M = 1e-9
TOUCH_M = 1e-6
"""A ray that only touches a roof is not blocked by it."""


@dataclass(frozen=True)
class Prisms:
    """Buildings: n outlines, each from its bottom to its top."""

    geometry: npt.NDArray[np.object_]
    bottom_m: FloatArray
    top_m: FloatArray
    layer: npt.NDArray[np.object_]
    row: IntArray
    middle: FloatArray
    """(n, 2) of the circle around each, with its radius."""
    radius_m: FloatArray
    edge_from: FloatArray
    """(e, 2), sorted by building."""
    edge_to: FloatArray
    edge_start: IntArray
    """(n + 1,) where each building's edges begin."""

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.geometry)

    def bounds(self, else_bounds: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
        """Return west, south, east, north of all, or others where there is none."""
        if not len(self):
            return else_bounds
        west, south, east, north = shapely.total_bounds(self.geometry).tolist()
        return west, south, east, north

    def some(self, chosen: Mask | IntArray) -> Prisms:
        """Return some of the buildings."""
        chosen = np.flatnonzero(chosen) if chosen.dtype == bool else chosen
        of, edge = runs(self.edge_start[chosen], np.diff(self.edge_start)[chosen])
        start = np.searchsorted(of, np.arange(len(chosen) + 1))
        return Prisms(
            self.geometry[chosen], self.bottom_m[chosen], self.top_m[chosen], self.layer[chosen], self.row[chosen],
            self.middle[chosen], self.radius_m[chosen], self.edge_from[edge], self.edge_to[edge], start,
        )  # fmt: skip


@dataclass(frozen=True)
class Hit:
    """What a ray meets first."""

    building: int
    """Its number among the prisms; -1 is the ground."""
    away_m: float
    """Along the ray, in plan."""
    above_m: float
    """How far it rises above the ray there at most."""


def prisms_of(city: City, area: Any = None) -> Prisms:
    """Return the buildings that touch an area, each on the lowest ground along its outline."""
    return prisms_from(city.buildings(area, []), city.terrain)


def prisms_from(buildings: gpd.GeoDataFrame, terrain: Terrain | None) -> Prisms:
    """Return buildings as prisms on the ground."""
    height = buildings["height_m"].to_numpy(float)
    polygonal = np.isin(shapely.get_type_id(buildings.geometry.to_numpy()), (3, 6)) & (height > 0)
    some = buildings[polygonal]
    geometry, height = some.geometry.to_numpy(), height[polygonal]
    base = some["base_m"].fillna(0.0).to_numpy(float)
    ground = ground_under(terrain, geometry)
    west, south, east, north = shapely.bounds(geometry).reshape(-1, 4).T
    edge_from, edge_to, of = edges_of(geometry)
    return Prisms(
        geometry, ground + base, ground + height, some["layer"].to_numpy(object), some["row"].to_numpy(np.int64),
        np.column_stack([(west + east) / 2, (south + north) / 2]), np.hypot(east - west, north - south) / 2,
        edge_from, edge_to, np.searchsorted(of, np.arange(len(geometry) + 1)),
    )  # fmt: skip


def ground_under(terrain: Terrain | None, geometry: npt.NDArray[np.object_]) -> FloatArray:
    """Return the lowest ground along each outline; 0 where there is no terrain at all."""
    if terrain is None or not len(geometry):
        return np.zeros(len(geometry))
    xy, of = shapely.get_coordinates(shapely.segmentize(geometry, EDGE_STEP_M), return_index=True)
    height = terrain.height_at(xy)
    known = np.isfinite(height)
    lowest = np.full(len(geometry), np.inf)
    np.minimum.at(lowest, of[known], height[known])
    return np.where(np.isfinite(lowest), lowest, height[known].min() if known.any() else 0.0)


def ground_at(terrain: Terrain | None, xy: FloatArray) -> FloatArray:
    """Return the elevation of points (n, 2); beyond the terrain that of its lowest point here."""
    if terrain is None:
        return np.zeros(len(xy))
    height = terrain.height_at(xy)
    known = np.isfinite(height)
    return np.where(known, height, height[known].min() if known.any() else 0.0)


def holding(prisms: Prisms, xy: FloatArray) -> int:
    """Return the highest building that a point (2,) lies in; -1 for none."""
    near = np.flatnonzero(np.hypot(*(prisms.middle - xy).T) <= prisms.radius_m)
    inside = near[shapely.contains_xy(prisms.geometry[near], xy[0], xy[1])] if len(near) else near
    return int(inside[np.argmax(prisms.top_m[inside])]) if len(inside) else -1


def first_hit(
    prisms: Prisms, origin: FloatArray, toward: FloatArray, slope: float, length_m: float, *, without: int = -1
) -> Hit | None:
    """Return which building a ray meets first.

    origin    (3,) x, y and elevation
    toward    (2,) unit vector in plan
    slope     metres up a metre in plan
    without   a building that is looked through
    """
    along, across = _along_across(prisms.middle - origin[:2], toward)
    radius = prisms.radius_m
    is_near = (np.abs(across) <= radius) & (along > -radius) & (along - radius < length_m)
    near = np.flatnonzero(is_near)
    enter, leave = np.maximum(along[near] - radius[near], 0), np.minimum(along[near] + radius[near], length_m)
    low, high = _low_high(origin[2] + slope * enter, origin[2] + slope * leave)
    near = near[(low < prisms.top_m[near]) & (high > prisms.bottom_m[near]) & (near != without)]
    if not len(near):
        return None
    building, enter, leave = _chords(prisms, near, origin, toward, length_m)
    z_enter, z_leave = origin[2] + slope * enter, origin[2] + slope * leave
    low, high = _low_high(z_enter, z_leave)
    met = (low < prisms.top_m[building] - TOUCH_M) & (high > prisms.bottom_m[building])
    if not met.any():
        return None
    building, enter, z_enter, low = building[met], enter[met], z_enter[met], low[met]
    away = enter.copy()
    if slope:
        for limit, is_beyond in ((prisms.top_m, z_enter > prisms.top_m[building]),
                                 (prisms.bottom_m, z_enter < prisms.bottom_m[building])):  # fmt: skip
            away = np.where(is_beyond, (limit[building] - origin[2]) / slope, away)
    first = int(np.argmin(away))
    return Hit(int(building[first]), float(away[first]), float(prisms.top_m[building[first]] - low[first]))


def _low_high(a: FloatArray, b: FloatArray) -> tuple[FloatArray, FloatArray]:
    return np.minimum(a, b), np.maximum(a, b)


def _along_across(xy: FloatArray, toward: FloatArray) -> tuple[FloatArray, FloatArray]:
    return xy @ toward, xy[:, 1] * toward[0] - xy[:, 0] * toward[1]


def _chords(
    prisms: Prisms, near: IntArray, origin: FloatArray, toward: FloatArray, length_m: float
) -> tuple[IntArray, FloatArray, FloatArray]:
    """Return where a ray runs inside of buildings: building, from and to, along it."""
    of, edge = runs(prisms.edge_start[near], np.diff(prisms.edge_start)[near])
    along_a, across_a = _along_across(prisms.edge_from[edge] - origin[:2], toward)
    along_b, across_b = _along_across(prisms.edge_to[edge] - origin[:2], toward)
    crosses = (across_a > 0) != (across_b > 0)
    of, along_a, along_b = of[crosses], along_a[crosses], along_b[crosses]
    across_a, across_b = across_a[crosses], across_b[crosses]
    along = along_a + (along_b - along_a) * across_a / (across_a - across_b)
    order = np.lexsort((along, of))
    building, enter, leave = near[of[order][0::2]], along[order][0::2], along[order][1::2]
    kept = (leave > NEAR_M) & (enter < length_m - NEAR_M)
    return building[kept], np.maximum(enter[kept], 0.0), np.minimum(leave[kept], length_m)


def ground_hit(
    terrain: Terrain | None, origin: FloatArray, toward: FloatArray, slope: float, length_m: float, step_m: float
) -> Hit | None:
    """Return where a ray goes below the terrain; looked at every step."""
    if terrain is None or length_m <= step_m:
        return None
    along = np.arange(step_m, length_m, step_m)
    gap = terrain.height_at(origin[:2] + along[:, None] * toward) - (origin[2] + slope * along)
    below = np.flatnonzero(gap > 0)
    if not len(below):
        return None
    return Hit(-1, float(along[below[0]]), float(np.nanmax(gap)))


def horizon_tan(prisms: Prisms, origin: FloatArray, toward: FloatArray, reach_m: float) -> tuple[float, int]:
    """Return the slope to the highest edge of a building in a direction, and its number; 0 and -1 for a free view."""
    along, across = _along_across(prisms.middle - origin[:2], toward)
    near = np.flatnonzero(
        (np.abs(across) <= prisms.radius_m)
        & (along > -prisms.radius_m)
        & (along - prisms.radius_m < reach_m)
        & (prisms.top_m > origin[2])
    )
    if not len(near):
        return 0.0, -1
    building, enter, _ = _chords(prisms, near, origin, toward, reach_m)
    if not len(building):
        return 0.0, -1
    slope = (prisms.top_m[building] - origin[2]) / np.maximum(enter, 1e-6)
    highest = int(np.argmax(slope))
    return float(slope[highest]), int(building[highest])


def facing(prisms: Prisms, origin: FloatArray, least_slope: float) -> IntArray:
    """Return the buildings that can rise above a slope seen from a point: the only ones that rays as steep meet."""
    away = np.maximum(np.hypot(*(prisms.middle - origin[:2]).T) - prisms.radius_m, 0)
    return np.flatnonzero((prisms.top_m - origin[2]) > least_slope * away)


def obstacles(prisms: Prisms, origin: FloatArray, toward: FloatArray, length_m: float) -> tuple[IntArray, FloatArray]:
    """Return the buildings over which a line runs in plan, and where it comes to each, along it."""
    along, across = _along_across(prisms.middle - origin[:2], toward)
    radius = prisms.radius_m
    near = np.flatnonzero((np.abs(across) <= radius) & (along > -radius) & (along - radius < length_m))
    if not len(near):
        return near, np.zeros(0)
    building, enter, _ = _chords(prisms, near, origin, toward, length_m)
    return building, enter
