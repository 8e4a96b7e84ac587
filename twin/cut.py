"""The cut: a plane or a box that takes a part of the city away, so that one sees into what is left."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from math import atan2, cos, degrees, hypot, pi, radians, sin

import numpy as np
import numpy.typing as npt

from twin.errors import UsageError
from twin.place import LocalFrame, local_from_lonlat, lonlat_from_local

FloatArray = npt.NDArray[np.float64]
Point = tuple[float, float, float]
_PLANE_NUMBERS = 3
_BOX_NUMBERS = (4, 6)
HIGHEST_M, LOWEST_M = 10_000.0, -1_000.0
"""A box whose top and bottom nobody gave."""


class CutKind(StrEnum):
    """How the city is cut."""

    PLANE = "plane"
    """By an upright plane: what lies on the near side is taken away."""
    BOX = "box"
    """By an upright box: what lies outside is taken away."""


@dataclass(frozen=True, slots=True)
class Cut:
    """A section through the city. Kept by longitude and latitude, so that it stays where it is in any frame."""

    kind: CutKind
    lon_deg: float
    """A place on the plane, or the middle of the box; WGS84."""
    lat_deg: float
    heading_deg: float = 0.0
    """The direction looked in, from grid north: the plane is square to it and what lies ahead is kept. For a box: how
    far its north side is turned."""
    width_m: float = 200.0
    """Of the box, across its heading."""
    depth_m: float = 200.0
    """Of the box, along its heading."""
    bottom_m: float = LOWEST_M
    """Of the box."""
    top_m: float = HIGHEST_M
    """Of the box; for a plane neither counts."""
    is_on: bool = True
    """False keeps the cut for later and shows the whole city."""

    def turned(self, heading_deg: float) -> Cut:
        """Return it turned about its place."""
        return replace(self, heading_deg=(self.heading_deg + heading_deg) % 360)


def place_local(cut: Cut, frame: LocalFrame) -> tuple[float, float]:
    """Return the cut's place in local metres."""
    x, y = local_from_lonlat(frame, np.array([[cut.lon_deg, cut.lat_deg]]))[0].tolist()
    return x, y


def moved_to(cut: Cut, frame: LocalFrame, x_m: float, y_m: float) -> Cut:
    """Return the cut at another place, local metres."""
    lon_deg, lat_deg = lonlat_from_local(frame, np.array([[x_m, y_m]]))[0].tolist()
    return replace(cut, lon_deg=lon_deg, lat_deg=lat_deg)


def cut_planes(cut: Cut, frame: LocalFrame) -> FloatArray:
    """Return the planes (k, 6) that bound what is kept: a point on each, and its normal, towards what is kept.

    A plane gives one; a box gives four walls, clockwise from the one it is entered by, then bottom and top where
    they are given.
    """
    x, y = place_local(cut, frame)
    turn = radians(cut.heading_deg)
    ahead, right = (sin(turn), cos(turn)), (cos(turn), -sin(turn))
    if cut.kind is CutKind.PLANE:
        return np.array([[x, y, 0.0, *ahead, 0.0]])
    planes = []
    for (dx, dy), half in ((ahead, cut.depth_m), (right, cut.width_m)):
        planes += [[x - s * dx * half / 2, y - s * dy * half / 2, 0.0, s * dx, s * dy, 0.0] for s in (1.0, -1.0)]
    if cut.bottom_m > LOWEST_M:
        planes.append([x, y, cut.bottom_m, 0.0, 0.0, 1.0])
    if cut.top_m < HIGHEST_M:
        planes.append([x, y, cut.top_m, 0.0, 0.0, -1.0])
    return np.array(planes)


def kept_interval(planes: FloatArray, origin: FloatArray, direction: FloatArray) -> tuple[float, float]:
    """Return from where to where along a ray the city is kept, metres; (inf, -inf) if nowhere."""
    begin, end = 0.0, float("inf")
    for plane in planes:
        height = float((origin - plane[:3]) @ plane[3:])
        slope = float(direction @ plane[3:])
        if abs(slope) < 1e-12:
            if height < 0:
                return float("inf"), float("-inf")
            continue
        at = -height / slope
        begin, end = (max(begin, at), end) if slope > 0 else (begin, min(end, at))
    return (begin, end) if begin < end else (float("inf"), float("-inf"))


def box_corners(cut: Cut, frame: LocalFrame) -> FloatArray:
    """Return the corners (4, 2) of a box seen from above, local metres, counter-clockwise from south-west."""
    x, y = place_local(cut, frame)
    turn = radians(cut.heading_deg)
    ahead, right = np.array([sin(turn), cos(turn)]), np.array([cos(turn), -sin(turn)])
    w, d = right * cut.width_m / 2, ahead * cut.depth_m / 2
    corners: FloatArray = np.array([x, y]) + np.array([-w - d, w - d, w + d, -w + d])
    return corners


# as people write it


def cut_from_text(text: str, frame: LocalFrame | None = None) -> Cut:
    """Return the cut that a command names.

    text     "plane:lon,lat,heading_deg" or "box:west,south,east,north[,bottom_m,top_m]", degrees
    frame    needed for the size of a box; None takes it for true metres around its middle
    raises   UsageError  it is neither
    """
    kind, _, rest = text.partition(":")
    try:
        numbers = [float(part) for part in rest.split(",")]
    except ValueError:
        numbers = []
    is_finite = bool(numbers) and bool(np.isfinite(numbers).all())
    if kind == CutKind.PLANE and is_finite and len(numbers) == _PLANE_NUMBERS and _is_place(*numbers[:2]):
        return Cut(CutKind.PLANE, numbers[0], numbers[1], numbers[2] % 360)
    if kind == CutKind.BOX and is_finite and len(numbers) in _BOX_NUMBERS:
        west, south, east, north = numbers[:4]
        bottom_m, top_m = numbers[4:] or (LOWEST_M, HIGHEST_M)
        if _is_place(west, south) and _is_place(east, north) and west < east and south < north and bottom_m < top_m:
            return _box(west, south, east, north, bottom_m, top_m, frame)
    raise UsageError(
        f'"{text}" is not a cut.',
        hint="Write plane:lon,lat,heading or box:west,south,east,north[,bottom,top], for example plane:11.58,48.14,90.",
    )


def _is_place(lon_deg: float, lat_deg: float) -> bool:
    return abs(lon_deg) <= 180 and abs(lat_deg) <= 90


def _box(
    west: float, south: float, east: float, north: float, bottom_m: float, top_m: float, frame: LocalFrame | None
) -> Cut:
    """Return the box whose sides run through the middles of a lon/lat rectangle's sides, turned as north is there."""
    lon, lat = (west + east) / 2, (south + north) / 2
    if frame is None:
        frame = LocalFrame(f"+proj=tmerc +lon_0={lon} +lat_0={lat} +ellps=WGS84", (0.0, 0.0))
    sides = local_from_lonlat(frame, np.array([[west, lat], [east, lat], [lon, south], [lon, north]]))
    width_m = hypot(*(sides[1] - sides[0]).tolist())
    (dx, dy) = (sides[3] - sides[2]).tolist()
    return Cut(CutKind.BOX, lon, lat, degrees(atan2(dx, dy)) % 360, width_m, hypot(dx, dy), bottom_m, top_m)


def heading_between(begin: tuple[float, float], end: tuple[float, float]) -> float:
    """Return the heading in degrees from one place to another, local metres."""
    return degrees(atan2(end[0] - begin[0], end[1] - begin[1]) % (2 * pi))
