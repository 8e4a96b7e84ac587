"""Where eyes and targets are, and single lines of sight between them, exactly."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from plugins.builtin.cell_grid import FloatArray
from plugins.builtin.prisms import Hit, Prisms, first_hit, ground_at, ground_hit, holding
from plugins.contract import City, PluginError, Point

STEP_M = 1.0
"""Along a line of sight over terrain."""
ROOF_WORDS = "Inside a building's outline it is on the roof."


@dataclass(frozen=True)
class Stand:
    """A place above the ground or a roof."""

    xyz: FloatArray
    """(3,) with the elevation."""
    ground_m: float
    building: int
    """On whose roof it is, a number among the prisms; -1 is the ground."""


def stand(city: City, prisms: Prisms, xy: FloatArray, above_m: float) -> Stand:
    """Return a place so high above the ground, or above the roof where there is a building."""
    ground = float(ground_at(city.terrain, xy[None])[0])
    building = holding(prisms, xy)
    foot = float(prisms.top_m[building]) if building >= 0 else ground
    return Stand(np.array([xy[0], xy[1], foot + above_m]), ground, building)


@dataclass(frozen=True)
class Line:
    """A line of sight."""

    length_m: float
    """In plan."""
    toward: FloatArray
    slope: float
    hit: Hit | None
    """What blocks it first."""


def line_between(city: City, prisms: Prisms, eye: FloatArray, target: FloatArray) -> Line:
    """Return the line from an eye to a target, both (3,), and what blocks it."""
    step = target[:2] - eye[:2]
    length = float(np.hypot(*step))
    if length < TOO_NEAR_M:
        return Line(length, np.array([1.0, 0.0]), 0.0, None)
    toward, slope = step / length, float(target[2] - eye[2]) / length
    hit = first_hit(prisms, eye, toward, slope, length)
    relief = ground_hit(city.terrain, eye, toward, slope, length - STEP_M, STEP_M)
    if relief is not None and (hit is None or relief.away_m < hit.away_m):
        hit = relief
    return Line(length, toward, slope, hit)


TOO_NEAR_M = 0.01


def what_blocks(prisms: Prisms, line: Line) -> dict[str, Any]:
    """Return what stands in the way, as plain values."""
    if line.hit is None:
        return {"blocked_by_layer": "", "blocked_by_row": None, "blocked_at_m": None, "above_line_m": None}
    is_ground = line.hit.building < 0
    return {
        "blocked_by_layer": "terrain" if is_ground else str(prisms.layer[line.hit.building]),
        "blocked_by_row": None if is_ground else int(prisms.row[line.hit.building]),
        "blocked_at_m": round(line.hit.away_m, 3),
        "above_line_m": round(line.hit.above_m, 3),
    }


def picked(city: City, point: Point | None, what: str) -> FloatArray:
    """Return a picked point (2,) in the city's CRS.

    raises   PluginError  it was not picked
    """
    if point is None:
        raise PluginError(f"{what} has not been picked.", f"Pick it on the map, or give {what.lower()}=lon,lat.")
    return np.asarray(city.xy(point)[0], np.float64)


def around(points: FloatArray, margin_m: float) -> Any:
    """Return the bounds of points (n, 2), widened."""
    (west, south), (east, north) = points.min(axis=0) - margin_m, points.max(axis=0) + margin_m
    return shapely.box(west, south, east, north)
