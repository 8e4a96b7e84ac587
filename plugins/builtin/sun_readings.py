"""Hours of sun at single places, by exact rays."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely

from plugins.builtin.cell_grid import FloatArray, Mask
from plugins.builtin.prisms import Prisms, facing, first_hit, ground_at, ground_hit, holding, prisms_of
from plugins.builtin.sun_ground import Day
from plugins.contract import City, Reading

STEP_M = 1.0
NET_M, MOST_NET, SLACK_M = 10.0, 500, 2.0
EYE_M = 0.02
"""Rays over terrain begin this high, so that the ground they stand on is not in their way."""
View = tuple[City, Prisms, float]
"""A city, what can stand in the way, and the highest ground."""


def sun_view(city: City, points: FloatArray, most_m: float) -> View:
    """Return a city with the buildings that can stand in the way of places (n, 2)."""
    west, south = points.min(axis=0) - most_m
    east, north = points.max(axis=0) + most_m
    return city, prisms_of(city, shapely.box(west, south, east, north)), _highest_m(city)


def sun_reading(views: list[View], xy: FloatArray, day: Day, most_m: float) -> Reading:
    """Return a place's hours; with two views their difference."""
    readings = [_one(view, xy, day, most_m) for view in views]
    if len(readings) == 1:
        return readings[0]
    first, second = readings
    missing = first.value is None or second.value is None
    value = None if missing else round(first.value - second.value, 4)
    return Reading(value, "h", {"hours": first.value, "hours_compared": second.value, **first.reasons})


def _one(view: View, xy: FloatArray, day: Day, most_m: float) -> Reading:
    city, prisms, _ = view
    ground = float(ground_at(city.terrain, xy[None])[0])
    reasons: dict[str, Any] = {"ground_m": round(ground, 3), "moments_with_sun": len(day.shown)}
    inside = holding(prisms, xy)
    if inside >= 0 and prisms.bottom_m[inside] <= ground + 0.5:
        where = {"inside_layer": str(prisms.layer[inside]), "inside_row": int(prisms.row[inside])}
        return Reading(None, "h", {**reasons, **where})
    lit, blockers = _lit(view, np.array([xy[0], xy[1], ground]), day, most_m)
    of, count = np.unique(blockers, return_counts=True)
    most = of[np.argsort(-count)][:5]
    reasons["in_sun"] = _spells(day, lit)
    reasons["moments_in_sun"] = int(lit.sum())
    reasons["blocked_by"] = [
        {"layer": str(prisms.layer[b]), "row": int(prisms.row[b]), "moments": int(count[of == b][0])}
        if b >= 0
        else {"layer": "terrain", "moments": int(count[of == b][0])}
        for b in most
    ]
    return Reading(round(float(lit.sum()) * day.step_h, 4), "h", reasons)


def _lit(view: View, origin: FloatArray, day: Day, most_m: float) -> tuple[Mask, list[int]]:
    """Return at which of the day's moments with sun a place is lit, and what blocks the others (-1: terrain)."""
    suns = [day.place.sun(day.path.azimuth_deg[i], day.path.altitude_deg[i]) for i in day.shown]
    city, prisms, highest_m = view
    lit = np.ones(len(suns), bool)
    blockers = []
    near = facing(prisms, origin, min((s.slope for s in suns), default=1.0))
    seen = prisms.some(near)
    raised = origin + np.array([0.0, 0.0, EYE_M])
    for n, sun in enumerate(suns):
        # a ray is free once it is above all ground
        reach = min(most_m, (max(highest_m - origin[2], 0.0) + SLACK_M) / sun.slope)
        hit = first_hit(seen, origin, sun.toward, sun.slope, most_m)
        if hit is not None:
            blockers.append(int(near[hit.building]))
        elif ground_hit(city.terrain, raised, sun.toward, sun.slope, reach, STEP_M):
            blockers.append(-1)
        else:
            continue
        lit[n] = False
    return lit, blockers


def _highest_m(city: City) -> float:
    """Return the highest ground that is known, looked at on a net of points."""
    if city.terrain is None:
        return -np.inf
    west, south, east, north = city.terrain.area.bounds
    x, y = (np.linspace(a, b, min(int((b - a) / NET_M) + 2, MOST_NET)) for a, b in ((west, east), (south, north)))
    heights = city.terrain.height_at(np.column_stack([g.ravel() for g in np.meshgrid(x, y)]))
    return float(np.nanmax(heights)) if np.isfinite(heights).any() else -np.inf


def _spells(day: Day, lit: Mask) -> list[str]:
    """Return from when to when the sun shines: the first and last moment of each spell."""
    times = day.path.times[day.shown]
    edges = np.flatnonzero(np.diff(np.concatenate([[False], lit, [False]]).astype(np.int8)))
    return [f"{times[a]:%H:%M}-{times[b - 1]:%H:%M}" for a, b in zip(edges[0::2], edges[1::2], strict=True)]
