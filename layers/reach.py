"""How near and how far a frame reaches, so that nothing in sight is cut off and depths can be told apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import hypot, tan

import numpy as np
import numpy.typing as npt

from twin.place import Area
from twin.session import Camera

HAZE_REACH = 3.2
"""The picture reaches this many haze lengths: what lies beyond has gone into the haze."""
RAISED_M = 10_000.0
"""A parallel view shows what is raised this high above what it looks at: it has no eye that could be in the way."""


@dataclass(frozen=True, slots=True)
class Reach:
    """Where a frame begins and ends along the line of sight."""

    near_m: float
    """From the eye; less than 0 for a parallel view that shows what lies behind its eye."""
    far_m: float
    around_m: float
    """Sky and ground reach this far from the eye, or from the target of a parallel view."""


def city_bounds(buildings: Sequence[npt.NDArray[np.float64]], area: Area | None) -> npt.NDArray[np.float64]:
    """Return west, south, bottom, east, north, top (6,) of what a frame is about, local metres.

    buildings   the same of each layer of buildings
    area        of what is open, where there are no buildings; None if nothing is open
    """
    if not buildings:
        area = area or Area(-500.0, -500.0, 500.0, 500.0)
        return np.array([area.west_m, area.south_m, 0.0, area.east_m, area.north_m, 30.0])
    low = np.min([b[:3] for b in buildings], axis=0)
    high = np.max([b[3:] for b in buildings], axis=0)
    return np.concatenate([low, high])


def reach_of(
    camera: Camera, bounds: npt.NDArray[np.float64], aspect: float, *, haze_length_m: float, ground_m: float = 0.0
) -> Reach:
    """Return how near and how far a frame must reach.

    bounds   (6,) west, south, bottom, east, north, top of the city, local metres
    aspect   the picture's width by its height
    ground_m how high the ground lies below the eye
    """
    if camera.is_parallel:
        return _parallel_reach(camera, bounds, aspect)
    eye = np.array(camera.eye_local)
    gap = np.maximum(np.maximum(bounds[:3] - eye, eye - bounds[3:]), 0.0)
    # No line of sight meets the ground nearer than the eye is high; none leans more than 36 degrees off the axis.
    above_m = abs(float(eye[2]) - ground_m)
    nearest_m = min(float(np.linalg.norm(gap)) * 0.5 + above_m * 0.12, above_m * 0.8, camera.distance_m)
    far_m = HAZE_REACH * haze_length_m
    return Reach(min(max(nearest_m, 0.25), far_m * 0.5), far_m, far_m * 0.9)


def _parallel_reach(camera: Camera, bounds: npt.NDArray[np.float64], aspect: float) -> Reach:
    half_m = tan(camera.view_angle_rad / 2) * camera.distance_m
    middle = (bounds[:2] + bounds[3:5]) / 2
    city_m = float(np.linalg.norm(middle - camera.target_local[:2])) + hypot(*(bounds[3:5] - bounds[:2]).tolist())
    # The ground at the picture's upper edge lies this far behind the target; a level view ends where the city does.
    aslant_m = min(half_m * tan(min(camera.tilt_rad, 1.57)), city_m + half_m)
    around_m = hypot(half_m * aspect, half_m) + aslant_m + RAISED_M
    return Reach(camera.distance_m - around_m, camera.distance_m + 1.1 * around_m, around_m)
