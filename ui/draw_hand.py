"""What a drawing hand means: right angles, parallels, exact lengths. Plain geometry on the ground, no Qt."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from math import atan2, cos, degrees, hypot, pi, radians, sin

import numpy as np

XY = tuple[float, float]
ANGLE_RAD = radians(5)
"""A side that misses a right angle or a parallel by less takes it."""
STEP_RAD = pi / 4
_TYPED = re.compile(r"(\d+(?:[.,]\d*)?)(?:[<@](\d+(?:[.,]\d*)?)?)?")


@dataclass(frozen=True, slots=True)
class Aimed:
    """Where the next corner would be."""

    xy: XY
    why: str = ""
    """"right angle", "parallel", "corner", "closes" or "" for none."""


@dataclass(frozen=True, slots=True)
class Typed:
    """A length that was typed, with a compass direction if one was."""

    length_m: float
    heading_rad: float | None = None


def typed_length(text: str) -> Typed | None:
    """Return what "12.5" or "12.5<90" means; None while it is no length."""
    match = _TYPED.fullmatch(text.strip())
    if match is None or float(match[1].replace(",", ".")) <= 0:
        return None
    heading = radians(float(match[2].replace(",", "."))) if match[2] else None
    return Typed(float(match[1].replace(",", ".")), heading)


def aimed(
    corners: Sequence[XY], raw: XY, *, directions: Sequence[float] = (), typed: Typed | None = None,
    is_free: bool = False, reach_m: float = 0.0,
) -> Aimed:  # fmt: skip
    """Return where the next corner is meant.

    corners      clicked so far
    raw          the place under the cursor
    directions   of sides near by, radians counter-clockwise from east: parallels to them are liked
    typed        its length is kept exactly
    is_free      takes the place as it is (but for a length that was typed)
    reach_m      how near the first corner closes the ring, and how near a crossing is taken
    """
    if not corners:
        return Aimed(raw)
    last = corners[-1]
    angle, length_m, why = atan2(raw[1] - last[1], raw[0] - last[0]), hypot(raw[0] - last[0], raw[1] - last[1]), ""
    if typed is None and len(corners) > 2 and hypot(raw[0] - corners[0][0], raw[1] - corners[0][1]) <= reach_m:
        return Aimed(corners[0], "closes")
    if typed is not None and typed.heading_rad is not None:
        angle = pi / 2 - typed.heading_rad
    elif not is_free:
        angle, why = _liked(corners, angle, directions)
    if typed is not None:
        length_m = typed.length_m
    elif why:
        turn = atan2(raw[1] - last[1], raw[0] - last[0]) - angle
        length_m *= cos(turn)
    xy = (last[0] + length_m * cos(angle), last[1] + length_m * sin(angle))
    if typed is None and why and not is_free:
        crossing = _crossing(corners, xy, angle, reach_m)
        xy = crossing or xy
    return Aimed(xy, why)


def _liked(corners: Sequence[XY], angle: float, directions: Sequence[float]) -> tuple[float, str]:
    """Return the liked direction nearest to an angle, and what it is; the angle itself if none is near."""
    options: list[tuple[float, str]] = []
    if len(corners) > 1:
        (x0, y0), (x1, y1) = corners[-2], corners[-1]
        before = atan2(y1 - y0, x1 - x0)
        options += [(before + n * STEP_RAD, "right angle" if n % 2 == 0 else "45°") for n in range(8)]
    for one in directions:
        options += [(one + n * pi / 2, "parallel") for n in range(4)]
    if not options:
        options = [(n * pi / 2, "north") for n in range(4)]
    gap, best, why = min((abs(_turned(angle - one)), one, why) for one, why in options)
    return (best, why) if gap <= ANGLE_RAD else (angle, "")


def _turned(angle: float) -> float:
    return (angle + pi) % (2 * pi) - pi


def _crossing(corners: Sequence[XY], xy: XY, angle: float, reach_m: float) -> XY | None:
    """Return the place near by at which the ring could be closed with a right angle at its first corner."""
    if len(corners) < 3 or reach_m <= 0:
        return None
    (fx, fy), (sx, sy), last = corners[0], corners[1], corners[-1]
    first = atan2(sy - fy, sx - fx) + pi / 2
    across = np.array([[cos(angle), -cos(first)], [sin(angle), -sin(first)]])
    if abs(np.linalg.det(across)) < 1e-6:
        return None
    t, _ = np.linalg.solve(across, np.array([fx - last[0], fy - last[1]])).tolist()
    found = (last[0] + t * cos(angle), last[1] + t * sin(angle))
    return found if t > 0 and hypot(found[0] - xy[0], found[1] - xy[1]) <= reach_m else None


def heading_words(a: XY, b: XY) -> str:
    """Return the compass direction from one place to another: "90°"."""
    return f"{degrees(atan2(b[0] - a[0], b[1] - a[1])) % 360:.0f}°"


def side_directions(
    rings: Sequence[np.ndarray[tuple[int, ...], np.dtype[np.float64]]], place: XY, most: int = 6
) -> tuple[float, ...]:
    """Return the directions of the sides nearest to a place, radians modulo a right angle, each once."""
    found: list[tuple[float, float]] = []
    for ring in rings:
        step = np.roll(ring, -1, axis=0) - ring
        length = np.hypot(*step.T)
        middle = ring + step / 2
        away = np.hypot(*(middle - place).T)
        found += [(float(d), atan2(s[1], s[0]) % (pi / 2)) for d, s, n in zip(away, step, length, strict=True) if n > 2]
    directions: list[float] = []
    for _, angle in sorted(found):
        if all(abs(_turned(2 * (angle - d))) > radians(3) for d in directions):
            directions.append(angle)
        if len(directions) == most:
            break
    return tuple(directions)


def copies_of(step_m: float, heading_deg: float, count: int) -> list[XY]:
    """Return how far east and north each copy stands from the first."""
    heading = radians(heading_deg)
    return [(n * step_m * sin(heading), n * step_m * cos(heading)) for n in range(1, count + 1)]
