"""Measurements: points on the earth, and the lengths, areas and angles between them on true ground.

A map projection stretches: a metre of the project's frame is not a metre of ground. In UTM it is up to 0.1 % off, in
Web Mercator 1/cos(latitude), at 60 degrees the double. So lengths and areas are worked out on the ellipsoid, from
longitude and latitude, and what the frame's own metres would say is told beside them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from itertools import pairwise
from math import acos, cos, degrees, hypot, radians, sin, sqrt

import numpy as np
from pyproj import Geod

from twin.place import LocalFrame, local_from_lonlat, lonlat_from_local

Point = tuple[float, float, float]
"""Longitude and latitude, WGS84 degrees, and metres above the ground plane."""
STEP_DEG = 5e-4
"""The scale of a frame is taken over about 50 m to each side."""


class MeasureKind(StrEnum):
    """What is measured."""

    DISTANCE = "distance"
    HEIGHT = "height"
    AREA = "area"
    ANGLE = "angle"
    ELEVATION = "elevation"


POINTS_NEEDED = {
    MeasureKind.DISTANCE: 2,
    MeasureKind.HEIGHT: 2,
    MeasureKind.AREA: 3,
    MeasureKind.ANGLE: 3,
    MeasureKind.ELEVATION: 1,
}
"""How many points give a figure."""
POINTS_ENOUGH = {MeasureKind.HEIGHT: 2, MeasureKind.ANGLE: 3, MeasureKind.ELEVATION: 1}
"""How many points end it; the others go on until they are told to end."""


@dataclass(frozen=True, slots=True)
class Measurement:
    """One thing measured. Keeps where, not how much: the figures follow from the points."""

    id: str
    """Unique in a composition."""
    kind: MeasureKind
    points: tuple[Point, ...]
    name: str = ""
    """Given by people; "" shows the figure alone."""
    is_visible: bool = True


@dataclass(frozen=True, slots=True)
class Figure:
    """One number that a measurement gives."""

    name: str
    """What it is: "length", "area" and so on; the words on screen are made from it."""
    value: float
    unit: str
    """ "m", "m2" or "deg"."""


@lru_cache(maxsize=1)
def _ellipsoid() -> Geod:
    return Geod(ellps="WGS84")


def leg(begin: Point, end: Point) -> tuple[float, float]:
    """Return the ground length of one straight piece in metres, and its azimuth in degrees from true north."""
    azimuth_deg, _, length_m = _ellipsoid().inv(begin[0], begin[1], end[0], end[1])
    return float(length_m), float(azimuth_deg) % 360


def figures(measurement: Measurement, frame: LocalFrame | None = None) -> tuple[Figure, ...]:
    """Return what a measurement gives, the most important first; nothing while points are missing.

    frame   also tells what the frame's own metres would say ("grid length", "grid area"); None leaves that out
    """
    points = measurement.points
    if len(points) < POINTS_NEEDED[measurement.kind]:
        return ()
    match measurement.kind:
        case MeasureKind.DISTANCE:
            return _distance(points, frame)
        case MeasureKind.HEIGHT:
            return _height(points)
        case MeasureKind.AREA:
            return _area(points, frame)
        case MeasureKind.ANGLE:
            return _angle(points)
    return (Figure("elevation", points[0][2], "m"),)


def _distance(points: Sequence[Point], frame: LocalFrame | None) -> tuple[Figure, ...]:
    legs = [leg(a, b)[0] for a, b in pairwise(points)]
    rises = [b[2] - a[2] for a, b in pairwise(points)]
    found = [
        Figure("length", sum(legs), "m"),
        Figure("length in space", sum(map(hypot, legs, rises)), "m"),
        Figure("height difference", points[-1][2] - points[0][2], "m"),
    ]
    if len(points) == 2:
        found.append(Figure("azimuth", leg(*points)[1], "deg"))
    if frame is not None:
        found.append(Figure("grid length", _grid_length(points, frame), "m"))
    return tuple(found)


def _height(points: Sequence[Point]) -> tuple[Figure, ...]:
    length_m, azimuth_deg = leg(points[0], points[1])
    rise_m = points[1][2] - points[0][2]
    found = [
        Figure("height difference", rise_m, "m"),
        Figure("length", length_m, "m"),
        Figure("length in space", hypot(length_m, rise_m), "m"),
    ]
    return (*found, Figure("azimuth", azimuth_deg, "deg")) if length_m > 0.01 else tuple(found)


def _area(points: Sequence[Point], frame: LocalFrame | None) -> tuple[Figure, ...]:
    lon, lat = [p[0] for p in points], [p[1] for p in points]
    area_m2, perimeter_m = _ellipsoid().polygon_area_perimeter(lon, lat)
    found = [Figure("area", abs(area_m2), "m2"), Figure("perimeter", perimeter_m, "m")]
    if frame is not None:
        x, y = local_from_lonlat(frame, np.array(points)[:, :2]).T
        found.append(Figure("grid area", abs(float(x @ np.roll(y, -1) - y @ np.roll(x, -1))) / 2, "m2"))
    return tuple(found)


def _angle(points: Sequence[Point]) -> tuple[Figure, ...]:
    arms = []
    for end in (points[0], points[2]):
        length_m, azimuth_deg = leg(points[1], end)
        turn = radians(azimuth_deg)
        arms.append((length_m * sin(turn), length_m * cos(turn), end[2] - points[1][2]))
    found = []
    for name, size in (("angle", 2), ("angle in space", 3)):
        a, b = arms[0][:size], arms[1][:size]
        lengths = sqrt(sum(v * v for v in a)) * sqrt(sum(v * v for v in b))
        if lengths > 0:
            product = sum(p * q for p, q in zip(a, b, strict=True)) / lengths
            found.append(Figure(name, degrees(acos(min(max(product, -1.0), 1.0))), "deg"))
    return tuple(found)


def _grid_length(points: Sequence[Point], frame: LocalFrame) -> float:
    steps = np.diff(local_from_lonlat(frame, np.array(points)[:, :2]), axis=0)
    return float(np.hypot(steps[:, 0], steps[:, 1]).sum())


def grid_scale(frame: LocalFrame, lon_deg: float, lat_deg: float) -> float:
    """Return how many metres of the frame's CRS a metre of true ground is, at a place: the point scale factor.

    Taken as the mean of both directions; conformal projections (UTM, Gauss-Krueger, Mercator) have one for all.
    """
    west, east, south, north = ((lon_deg - STEP_DEG, lat_deg), (lon_deg + STEP_DEG, lat_deg),
                                (lon_deg, lat_deg - STEP_DEG), (lon_deg, lat_deg + STEP_DEG))  # fmt: skip
    scales = []
    for begin, end in ((west, east), (south, north)):
        (x0, y0), (x1, y1) = local_from_lonlat(frame, np.array([begin, end])).tolist()
        scales.append(hypot(x1 - x0, y1 - y0) / leg((*begin, 0.0), (*end, 0.0))[0])
    return sqrt(scales[0] * scales[1])


def grid_scale_at(frame: LocalFrame, x_m: float, y_m: float) -> float:
    """Return grid_scale at a place in local metres."""
    lon_deg, lat_deg = lonlat_from_local(frame, np.array([[x_m, y_m]]))[0].tolist()
    return grid_scale(frame, lon_deg, lat_deg)


def points_local(measurement: Measurement, frame: LocalFrame) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """Return a measurement's points (n, 3) in local metres."""
    if not measurement.points:
        return np.empty((0, 3))
    points = np.array(measurement.points)
    return np.column_stack([local_from_lonlat(frame, points[:, :2]), points[:, 2]])


def point_from_local(frame: LocalFrame, point_local: tuple[float, float, float]) -> Point:
    """Return a place in local metres as a measurement keeps it."""
    lon_deg, lat_deg = lonlat_from_local(frame, np.array([point_local[:2]]))[0].tolist()
    return lon_deg, lat_deg, point_local[2]


def crosses_itself(measurement: Measurement) -> bool:
    """Return whether the outline of an area crosses itself: its area is then not what it looks like."""
    if measurement.kind is not MeasureKind.AREA or len(measurement.points) < 4:
        return False
    ring = [(p[0], p[1]) for p in measurement.points]
    edges = list(zip(ring, ring[1:] + ring[:1], strict=True))
    count = len(edges)
    return any(
        _cross(*edges[i], *edges[j])
        for i in range(count)
        for j in range(i + 2, count)
        if not (i == 0 and j == count - 1)
    )


def _cross(a: tuple[float, float], b: tuple[float, float], c: tuple[float, float], d: tuple[float, float]) -> bool:
    def side(p: tuple[float, float], q: tuple[float, float], r: tuple[float, float]) -> float:
        return (q[0] - p[0]) * (r[1] - p[1]) - (q[1] - p[1]) * (r[0] - p[0])

    return side(a, b, c) * side(a, b, d) < 0 and side(c, d, a) * side(c, d, b) < 0


def new_id(measurements: Sequence[Measurement]) -> str:
    """Return an id that none of the measurements has."""
    taken = {m.id for m in measurements}
    return next(f"m{n}" for n in range(1, len(taken) + 2) if f"m{n}" not in taken)


def number_text(value: float, unit: str) -> str:
    """Return a figure as people read it: 12.34 m, 1,234.5 m, 2.35 km², 45.0°."""
    if unit == "deg":
        return f"{value:.1f}\u00b0"
    if unit == "m2":
        return f"{value / 1e6:,.3f} km\u00b2" if value >= 1e6 else f"{value:,.1f} m\u00b2"
    digits = 2 if abs(value) < 1000 else 1
    return f"{value:,.{digits}f} m"


def headline(measurement: Measurement) -> str:
    """Return what is written beside a measurement in the scene; "" while points are missing."""
    found = figures(measurement)
    if not found:
        return ""
    text = number_text(found[0].value, found[0].unit)
    if measurement.kind is MeasureKind.HEIGHT:
        text = f"\u2195 {text}"
    if measurement.kind is MeasureKind.AREA and crosses_itself(measurement):
        text += " (crosses itself)"
    return f"{measurement.name}: {text}" if measurement.name else text
