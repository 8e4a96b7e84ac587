"""Camera arithmetic: what lies under a pixel, and every move that keeps z up and the eye above the ground.

Pixels are counted from the picture's upper left edge, as continuous positions: the first pixel's middle is (0.5, 0.5).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import cos, inf, pi, radians, sin, tan
from typing import Literal

import numpy as np
import numpy.typing as npt

from twin.place import Area
from twin.session import Camera

Point = tuple[float, float, float]
Size = tuple[int, int]
Vector = npt.NDArray[np.float64]
Bounds = tuple[float, float, float, float, float, float]
"""West, south, bottom, east, north, top; metres."""
Side = Literal["south", "east", "north", "west"]

LOWEST_EYE_M = 3.0
"""A flying eye stays this high above the ground."""
EYE_LEVEL_M = 1.6
"""The eye of someone who stands."""
STEEPEST_TILT_RAD = radians(88)
"""A flying camera stays this far from the horizon: the sky is never all there is to see."""
STANDING_TILT_RAD = (radians(10), radians(170))
NEAREST_M, FARTHEST_M = 2.0, 500_000.0
"""How far a camera may be from what it turns about."""
STANDING_DISTANCE_M = 10.0
BEHIND_M = 100_000.0
"""A parallel view shows what lies behind its eye too: its rays start this far back."""
FRAME_MARGIN = 1.06
HOME_TILT_RAD = radians(58)


@dataclass(frozen=True, slots=True)
class Ray:
    """A half line, local metres."""

    origin: Vector
    """(3,) where it starts."""
    direction: Vector
    """(3,) unit length."""

    def at(self, distance_m: float) -> Point:
        """Return the point at a distance."""
        x, y, z = self.origin + self.direction * distance_m
        return float(x), float(y), float(z)

    def at_height(self, z_m: float) -> Point | None:
        """Return where it meets a level plane; None where it does not."""
        slope = float(self.direction[2])
        distance_m = (z_m - float(self.origin[2])) / slope if abs(slope) > 1e-12 else -1.0
        return self.at(distance_m) if distance_m > 0 else None


def basis(camera: Camera) -> Vector:
    """Return the picture's axes as rows (3, 3): right, up, and from the eye into the picture."""
    right = (cos(camera.heading_rad), -sin(camera.heading_rad), 0.0)
    return np.array([right, camera.up, camera.direction])


def scale_of(camera: Camera, size_px: Size) -> tuple[float, float]:
    """Return half the picture's width and height as slopes (per metre of depth), or in metres for a parallel view."""
    half = tan(camera.view_angle_rad / 2) * (camera.distance_m if camera.is_parallel else 1.0)
    return half * size_px[0] / size_px[1], half


def ray_through(camera: Camera, size_px: Size, x_px: float, y_px: float) -> Ray:
    """Return the line of sight through a place of the picture."""
    right, up, ahead = basis(camera)
    half_width, half_height = scale_of(camera, size_px)
    aside = right * ((2 * x_px / size_px[0] - 1) * half_width) + up * ((1 - 2 * y_px / size_px[1]) * half_height)
    if camera.is_parallel:
        return Ray(np.array(camera.target_local) + aside - ahead * (camera.distance_m + BEHIND_M), ahead)
    direction = ahead + aside
    return Ray(np.array(camera.eye_local), direction / np.linalg.norm(direction))


def project(camera: Camera, size_px: Size, points_local: npt.ArrayLike) -> tuple[Vector, Vector]:
    """Return where points appear.

    points_local   (n, 3) metres
    returns        (n, 2) pixels, NaN for what is behind the eye in perspective; (n,) depth in metres from the eye
    """
    seen = (np.asarray(points_local, float).reshape(-1, 3) - camera.eye_local) @ basis(camera).T
    depth = seen[:, 2]
    half = np.array(scale_of(camera, size_px))
    if camera.is_parallel:
        place = seen[:, :2] / half
    else:
        place = seen[:, :2] / (np.where(depth > 0, depth, np.nan)[:, None] * half)
    return (np.array([1.0, 1.0]) + place * (1, -1)) / 2 * size_px, depth


def metres_per_pixel(camera: Camera, size_px: Size, depth_m: float) -> float:
    """Return how many metres a pixel spans at a depth (the same at all depths in a parallel view)."""
    half = scale_of(camera, size_px)[1]
    return 2 * half * (1.0 if camera.is_parallel else depth_m) / size_px[1]


def is_standing(camera: Camera) -> bool:
    """Return whether the eye is where someone stands, below any flying one."""
    return not camera.is_parallel and camera.eye_local[2] < (LOWEST_EYE_M + EYE_LEVEL_M) / 2


# moves by hand


def grab(camera: Camera, size_px: Size, point_grabbed: Point, x_px: float, y_px: float) -> Camera:
    """Move over the ground so that the grabbed point appears at a place of the picture.

    Towards the horizon, where a pixel spans kilometres, the point lags behind. A parallel view that looks along the
    ground moves in the plane of the picture.
    """
    ray = ray_through(camera, size_px, x_px, y_px)
    if camera.is_parallel and camera.tilt_rad > radians(75):
        gap = np.array(point_grabbed) - ray.origin
        return _shifted(camera, gap - ray.direction * float(gap @ ray.direction))
    gap = np.array(point_grabbed) - ray.origin
    slope = float(ray.direction[2])
    away_m = float(np.linalg.norm(gap))
    reach_m = gap[2] / slope if abs(slope) > 1e-9 else inf
    if not camera.is_parallel and not 0 <= reach_m <= 4 * away_m:
        reach_m = 4 * away_m
    if not camera.is_parallel and abs(gap[2]) < 0.03 * away_m:
        # Level with the eye there is no plane to move over: the point keeps its distance.
        reach_m = away_m
    shift = gap - ray.direction * reach_m
    return _shifted(camera, (shift[0], shift[1], 0.0))


def orbit(camera: Camera, pivot: Point, heading_rad: float, tilt_rad: float) -> Camera:
    """Turn about a point, which stays at its place in the picture; stops at the limits of tilt and above the ground.

    heading_rad, tilt_rad   how far to turn: clockwise as seen from above, and towards the horizon
    """
    if is_standing(camera):
        return look(camera, heading_rad, tilt_rad)
    tilt = min(max(camera.tilt_rad + tilt_rad, 0.0), pi / 2 if camera.is_parallel else STEEPEST_TILT_RAD)
    held = basis(camera) @ (np.array(camera.eye_local) - pivot)
    turned = replace(camera, heading_rad=(camera.heading_rad + heading_rad) % (2 * pi))

    def eye_at(tilt: float) -> Vector:
        return held @ basis(replace(turned, tilt_rad=tilt)) + pivot

    lowest = LOWEST_EYE_M - 1e-6
    if not camera.is_parallel and eye_at(tilt)[2] < lowest:
        allowed, refused = camera.tilt_rad, tilt
        for _ in range(40):
            middle = (allowed + refused) / 2
            allowed, refused = (middle, refused) if eye_at(middle)[2] >= lowest else (allowed, middle)
        tilt = allowed
    return _seen_from(replace(turned, tilt_rad=tilt), eye_at(tilt))


def look(camera: Camera, heading_rad: float, tilt_rad: float) -> Camera:
    """Turn the eye where it is, as someone who stands looks around; a flying eye keeps its limit of tilt."""
    lowest, highest = STANDING_TILT_RAD if is_standing(camera) else (0.0, STEEPEST_TILT_RAD)
    tilt = min(max(camera.tilt_rad + tilt_rad, lowest), highest)
    turned = replace(camera, heading_rad=(camera.heading_rad + heading_rad) % (2 * pi), tilt_rad=tilt)
    return _seen_from(turned, np.array(camera.eye_local))


def zoom_to(camera: Camera, point: Point, factor: float) -> Camera:
    """Bring a point nearer (factor < 1) or farther; it stays at its place in the picture.

    factor   the new distance to it, as a part of the present one; held back by the limits of distance and height
    """
    eye, fixed = np.array(camera.eye_local), np.array(point)
    if camera.is_parallel:
        factor = min(max(factor, NEAREST_M / camera.distance_m), FARTHEST_M / camera.distance_m)
        target = fixed + (np.array(camera.target_local) - fixed) * factor
        return replace(camera, target_local=_plain(target), distance_m=camera.distance_m * factor)
    gap_m = max(float(np.linalg.norm(eye - fixed)), 1e-6)
    factor = min(max(factor, min(NEAREST_M / gap_m, 1.0)), max(FARTHEST_M / gap_m, 1.0))
    rise = float(eye[2] - fixed[2])
    lowest = min(LOWEST_EYE_M, float(eye[2]))
    if factor < 1 and fixed[2] + rise * factor < lowest:
        factor = min((lowest - float(fixed[2])) / rise, 1.0)
    distance_m = min(max(camera.distance_m * factor, NEAREST_M), FARTHEST_M)
    eye = fixed + (eye - fixed) * factor
    eye[2] = max(eye[2], lowest)
    return _seen_from(replace(camera, distance_m=distance_m), eye)


def dolly(camera: Camera, ahead_m: float) -> Camera:
    """Move along the line of sight; stops above the ground."""
    ahead = np.array(camera.direction) * ahead_m
    falling = float(ahead[2])
    room_m = max(camera.eye_local[2] - LOWEST_EYE_M, 0.0)
    if not camera.is_parallel and falling < -room_m:
        ahead *= room_m / -falling
    return _shifted(camera, ahead)


def slide(camera: Camera, *, right_m: float = 0.0, ahead_m: float = 0.0, up_m: float = 0.0) -> Camera:
    """Move level and straight up, whatever the tilt: right and ahead as the picture shows them."""
    x = right_m * cos(camera.heading_rad) + ahead_m * sin(camera.heading_rad)
    y = ahead_m * cos(camera.heading_rad) - right_m * sin(camera.heading_rad)
    eye_m = camera.eye_local[2]
    if not camera.is_parallel:
        up_m = max(up_m, min(LOWEST_EYE_M - eye_m, 0.0))
    return _shifted(camera, (x, y, up_m))


def walk(camera: Camera, *, ahead_m: float = 0.0, right_m: float = 0.0) -> Camera:
    """Step over the ground with the eye at eye level."""
    moved = slide(camera, ahead_m=ahead_m, right_m=right_m)
    return _shifted(moved, (0.0, 0.0, EYE_LEVEL_M - moved.eye_local[2]))


# places to look from


def stand_at(camera: Camera, point: Point, heading_rad: float) -> Camera:
    """Stand on the ground at a point and look level along a heading; the field of view is kept."""
    standing = replace(
        camera, distance_m=STANDING_DISTANCE_M, heading_rad=heading_rad, tilt_rad=pi / 2, is_parallel=False
    )
    return _seen_from(standing, np.array([point[0], point[1], EYE_LEVEL_M]))


def north_up(camera: Camera) -> Camera:
    """Turn so that north is at the top."""
    return orbit(camera, camera.target_local, -camera.heading_rad, 0.0)


def top_down(camera: Camera) -> Camera:
    """Look straight down on what is in the middle of the picture, from as far as now; who stands rises to 200 m."""
    distance_m = 200.0 if is_standing(camera) else max(_middle_distance(camera), LOWEST_EYE_M)
    return replace(camera, target_local=_plain(_middle(camera)), tilt_rad=0.0, distance_m=distance_m)


def with_parallel(camera: Camera, *, is_parallel: bool) -> Camera:
    """Show the same without or with perspective; what is in the middle of the picture keeps its size."""
    if camera.is_parallel == is_parallel:
        return camera
    there = replace(camera, target_local=_plain(_middle(camera)), distance_m=_middle_distance(camera))
    if is_parallel:
        return replace(there, is_parallel=True)
    upright = replace(there, is_parallel=False, tilt_rad=min(there.tilt_rad, STEEPEST_TILT_RAD))
    return slide(upright, up_m=max(LOWEST_EYE_M - upright.eye_local[2], 0.0))


def home(area: Area, tallest_m: float, size_px: Size, *, heading_rad: float = 0.0) -> Camera:
    """Look at a whole area from above, aslant."""
    camera = Camera(heading_rad=heading_rad, tilt_rad=HOME_TILT_RAD)
    return framed(camera, _bounds(area, tallest_m), size_px)


def plan(area: Area, tallest_m: float, size_px: Size) -> Camera:
    """Look straight down on a whole area without perspective, north at the top."""
    return framed(Camera(tilt_rad=0.0, is_parallel=True), _bounds(area, tallest_m), size_px)


def elevation(area: Area, tallest_m: float, side: Side, size_px: Size) -> Camera:
    """Look at a whole area level and without perspective, from one of its sides."""
    heading_rad = {"south": 0.0, "west": pi / 2, "north": pi, "east": 3 * pi / 2}[side]
    level = Camera(heading_rad=heading_rad, tilt_rad=pi / 2, is_parallel=True)
    return framed(level, _bounds(area, tallest_m), size_px)


def framed(camera: Camera, bounds: Bounds, size_px: Size) -> Camera:
    """Look the same way and with the same lens at all of an upright box, as near as it fits."""
    return framed_points(camera, _corners(bounds), size_px)


def framed_points(camera: Camera, points_local: npt.ArrayLike, size_px: Size) -> Camera:
    """Look the same way and with the same lens at all of some points (n, 3), as near as they fit."""
    corners = np.asarray(points_local, np.float64)
    centre = (corners.min(axis=0) + corners.max(axis=0)) / 2
    seen = (corners - centre) @ basis(camera).T
    slopes = np.array(scale_of(replace(camera, distance_m=1.0), size_px)) / FRAME_MARGIN
    depth = 0 * seen[:, 2:] if camera.is_parallel else seen[:, 2:] * slopes
    # A corner right of the axis is in the picture while  place - aside <= slope * (depth + distance).
    most, least = (seen[:, :2] - depth).max(axis=0), (-seen[:, :2] - depth).max(axis=0)
    aside = (most - least) / 2
    reach_m = min(max(float(((most + least) / 2 / slopes).max()), NEAREST_M), FARTHEST_M)
    if camera.is_parallel:
        target = np.array([*aside, 0.0]) @ basis(camera) + centre
        return replace(camera, target_local=_plain(target), distance_m=reach_m)
    eye = np.array([*aside, -reach_m]) @ basis(camera) + centre
    eye[2] = max(eye[2], LOWEST_EYE_M)
    there = _seen_from(replace(camera, distance_m=reach_m), eye)
    return replace(there, target_local=_plain(_middle(there)), distance_m=_middle_distance(there))


def clipping_range(camera: Camera, bounds: Bounds, size_px: Size) -> tuple[float, float]:
    """Return the nearest and farthest depth that can be seen of an upright box, metres from the eye.

    Their ratio is kept above 1 to 50,000, which a depth buffer of 24 bits needs. A parallel view may start behind
    the eye (below 0).
    """
    _, up, ahead = basis(camera)
    depth = (_corners(bounds) - camera.eye_local) @ ahead
    nearest, farthest = float(depth.min()), float(depth.max())
    margin = (farthest - nearest) * 0.005 + 0.5
    if camera.is_parallel:
        return nearest - margin, farthest + margin
    above_m = camera.eye_local[2] - bounds[5]
    falling = -(ahead[2] - scale_of(camera, size_px)[1] * up[2])
    if above_m > 0 and falling > 1e-9:
        # What is seen of the box lies below its top, and no line of sight falls faster than the lower edge's.
        nearest = max(nearest, above_m / float(falling))
    farthest = max(farthest + margin, nearest + 10.0, 10.0)  # also where the box lies behind the eye
    return max(nearest * 0.98 - 0.1, farthest / 50_000, 0.1), farthest


# small steps of the above


def _seen_from(camera: Camera, eye: Vector) -> Camera:
    """Return the camera with its eye elsewhere and the same direction and distance."""
    return replace(camera, target_local=_plain(eye + np.array(camera.direction) * camera.distance_m))


def _shifted(camera: Camera, by: npt.ArrayLike) -> Camera:
    return replace(camera, target_local=_plain(np.array(camera.target_local) + np.asarray(by, float)))


def _plain(point: Vector) -> Point:
    x, y, z = point.tolist()
    return x, y, z


def _middle(camera: Camera) -> Vector:
    """Return the ground in the middle of the picture, or the target where there is only sky or very far ground."""
    return np.array(camera.eye_local) + np.array(camera.direction) * _middle_distance(camera)


def _middle_distance(camera: Camera) -> float:
    """Return how far the ground in the middle of the picture is from the eye."""
    falling = cos(camera.tilt_rad)
    if camera.is_parallel or falling < cos(STEEPEST_TILT_RAD) * 0.999:
        return camera.distance_m
    return min(max(camera.eye_local[2] / falling, NEAREST_M), FARTHEST_M)


def _bounds(area: Area, tallest_m: float) -> Bounds:
    return area.west_m, area.south_m, 0.0, area.east_m, area.north_m, max(tallest_m, 1.0)


def _corners(bounds: Bounds) -> Vector:
    west, south, bottom, east, north, top = bounds
    return np.array([(x, y, z) for x in (west, east) for y in (south, north) for z in (bottom, top)])
