"""Motion over time: flights from one camera to another, and moves that run out after the hand lets go."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import cosh, dist, exp, hypot, log, pi, sinh, sqrt, tanh

from twin.session import Camera

ZOOM_AGAINST_PAN = 1.4
"""Rho of van Wijk and Nuij: how far a flight rises before it crosses; 1.4 is their users' mean choice."""
PATH_A_SECOND = 2.2
SHORTEST_S, LONGEST_S = 0.35, 3.0


@dataclass(frozen=True, slots=True)
class Flight:
    """A smooth way from one camera to another: call it with the seconds since the start.

    source   van Wijk and Nuij, Smooth and efficient zooming and panning, IEEE InfoVis 2003, equation 9
    """

    start: Camera
    end: Camera
    duration_s: float
    pan_m: float
    """Distance between the two targets; 0 for a pure zoom."""
    length: float
    """Length of the path, in which a zoom and a pan that look equally fast count the same."""
    rise: float
    """r0 of the paper, where the path starts on the curve."""

    def __call__(self, t_s: float) -> Camera:
        """Return the camera after a time; the very end camera when the time is over."""
        if t_s >= self.duration_s:
            return self.end
        if t_s <= 0:
            return self.start
        part = _eased(t_s / self.duration_s)
        along, distance_m = self._on_path(part)
        a, b = self.start, self.end
        turn_rad = (b.heading_rad - a.heading_rad + pi) % (2 * pi) - pi
        x, y, z = (
            p + (q - p) * s for p, q, s in zip(a.target_local, b.target_local, (along, along, part), strict=True)
        )
        return replace(
            a,
            target_local=(x, y, z),
            distance_m=distance_m,
            heading_rad=(a.heading_rad + turn_rad * part) % (2 * pi),
            tilt_rad=a.tilt_rad + (b.tilt_rad - a.tilt_rad) * part,
            view_angle_rad=a.view_angle_rad + (b.view_angle_rad - a.view_angle_rad) * part,
        )

    def _on_path(self, part: float) -> tuple[float, float]:
        """Return how far the target is (0 to 1) and the distance to it, after a part of the path."""
        w0, w1, rho, s = self.start.distance_m, self.end.distance_m, ZOOM_AGAINST_PAN, part * self.length
        if self.pan_m == 0.0:
            return part, w0 * (w1 / w0) ** part
        turn = rho * s + self.rise
        u = w0 / rho**2 * (cosh(self.rise) * tanh(turn) - sinh(self.rise))
        return u / self.pan_m, w0 * cosh(self.rise) / cosh(turn)


def flight(start: Camera, end: Camera, duration_s: float | None = None) -> Flight:
    """Return a smooth flight: up, across and down for far places, the shorter way round for the heading.

    duration_s   None takes as long as the path needs, between a third of a second and three
    """
    w0, w1, rho = start.distance_m, end.distance_m, ZOOM_AGAINST_PAN
    pan_m = dist(start.target_local, end.target_local)
    length, rise = abs(log(w1 / w0)) / rho, 0.0
    if pan_m > 1e-3 * min(w0, w1):
        b0, b1 = (
            (w1**2 - w0**2 + sign * rho**4 * pan_m**2) / (2 * w * rho**2 * pan_m) for w, sign in ((w0, 1), (w1, -1))
        )
        rise, fall = (log(sqrt(b * b + 1) - b) if b < 0 else -log(sqrt(b * b + 1) + b) for b in (b0, b1))
        length = (fall - rise) / rho
    else:
        pan_m = 0.0
    turn = abs((end.heading_rad - start.heading_rad + pi) % (2 * pi) - pi) + abs(end.tilt_rad - start.tilt_rad)
    if duration_s is None:
        duration_s = min(max((length + turn) / PATH_A_SECOND, SHORTEST_S), LONGEST_S)
    return Flight(start, end, duration_s, pan_m, length, rise)


def _eased(part: float) -> float:
    """Start and stop gently: no speed and no acceleration at both ends."""
    return part**3 * (part * (6 * part - 15) + 10)


@dataclass(frozen=True, slots=True)
class Glide:
    """What is left of a move after the hand lets go: its velocity, dying away."""

    velocity: tuple[float, ...]
    """Units a second, in whatever the move is measured: metres east and north, radians of heading and tilt."""
    decay_s: float = 0.15
    """After this time a third (1/e) of the velocity is left."""

    def after(self, step_s: float) -> tuple[tuple[float, ...], Glide]:
        """Return how far it goes in a time, and the glide that is left then."""
        left = exp(-step_s / self.decay_s)
        moved = tuple(v * self.decay_s * (1 - left) for v in self.velocity)
        return moved, replace(self, velocity=tuple(v * left for v in self.velocity))

    def is_over(self, slowest: float) -> bool:
        """Return whether it is slower than a speed that nobody sees."""
        return hypot(*self.velocity) < slowest


def glide_from(
    times_s: Sequence[float], places: Sequence[tuple[float, ...]], now_s: float, *, window_s: float = 0.08
) -> Glide | None:
    """Return the glide that follows a drag; None where the hand had come to rest.

    times_s, places   when and where the drag was, the latest last
    now_s             when the hand let go
    """
    recent = [(t, p) for t, p in zip(times_s, places, strict=True) if now_s - t <= window_s]
    if len(recent) < 2 or recent[-1][0] - recent[0][0] < 1e-3:
        return None
    (t0, first), (t1, last) = recent[0], recent[-1]
    velocity = tuple((b - a) / (t1 - t0) for a, b in zip(first, last, strict=True))
    return Glide(velocity) if any(velocity) else None
