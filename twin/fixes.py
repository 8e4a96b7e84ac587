"""The last fixes of moving things, and where each is between two of them: what gliding and trails are drawn from.

What is answered depends on the fixes and on the moment asked for, never on when somebody looked: a replay of the same
fixes glides through the same places.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
_versions = itertools.count()

KEPT, KEPT_OF_MANY, MANY = 12, 3, 30_000
"""Fixes kept of each thing; fewer where there are many things."""
LONGEST_GAP_S = 90.0
"""Between fixes farther apart in time, things jump."""
FASTEST_MPS = 120.0
DELAYS_S = (0.0, 1.0, 2.0, 5.0, 10.0, 15.0, 30.0)
"""How far behind the time things may glide: the least that the usual time between two fixes fits into."""
LEAST_MOVE_M = 1.5
"""A move shorter than this says nothing about where a thing is heading."""


@dataclass(frozen=True, slots=True, eq=False)
class Places:
    """Where things are at a moment."""

    points_local: FloatArray
    """(n, 3) metres."""
    heading_rad: FloatArray
    """(n,) clockwise from north; NaN where unknown."""
    newer: npt.NDArray[np.int64]
    """(n,) how many of the kept fixes are ahead of the place."""


@dataclass(frozen=True, slots=True, eq=False)
class _Stretch:
    """Between which fixes things are: it holds until one of them comes to its next fix."""

    newer: npt.NDArray[np.int64]
    points: FloatArray
    """(n, 3) where each begins."""
    heading_rad: FloatArray
    rows: npt.NDArray[np.int64]
    """(m,) of those that have a fix ahead."""
    begin_s: FloatArray
    gap_s: FloatArray
    way: FloatArray
    """(m, 3) to the fix ahead; 0 for those that jump there."""
    turn: FloatArray

    def glide(self, moment: float, points: FloatArray, heading: FloatArray) -> None:
        """Move what has a fix ahead towards it, in place."""
        share = np.clip((moment - self.begin_s) / self.gap_s, 0.0, 1.0)
        if len(self.rows) == len(points):
            points += self.way * share[:, None]
            heading += self.turn * np.minimum(share * 2, 1.0)
        else:
            points[self.rows] += self.way * share[:, None]
            heading[self.rows] += self.turn * np.minimum(share * 2, 1.0)


class Fixes:
    """The last fixes of the things of one feed."""

    def __init__(self) -> None:
        """Begin with none."""
        self.ids: npt.NDArray[np.object_] = np.empty(0, object)
        self.time_s: FloatArray = np.empty((KEPT, 0))
        """(k, n) newest first; -inf where there is none."""
        self.points: FloatArray = np.empty((KEPT, 0, 3))
        self.heading_rad: FloatArray = np.empty((KEPT, 0))
        self.delay_s = 0.0
        self.version = next(_versions)
        """Another number each time something is known that was not."""
        self._stretch: _Stretch | None = None

    def take(self, ids: npt.NDArray[np.object_], points: FloatArray, time_s: FloatArray, heading: FloatArray) -> None:
        """Take the newest fix of each thing; things that are not named any more are forgotten.

        ids      (n,) the same object as before while the things are the same
        points   (n, 3) local metres
        """
        if ids is not self.ids:
            self._renumber(ids)
        newer = np.flatnonzero(time_s > self.time_s[0])
        if not len(newer):
            return
        moved = _heading(self.points[0][newer], points[newer])
        known = np.where(np.isfinite(heading[newer]), heading[newer], moved)
        known = np.where(np.isfinite(known), known, self.heading_rad[0][newer])
        every = len(newer) == len(ids)
        for kept in (self.time_s, self.points, self.heading_rad):
            if every:
                kept[1:] = kept[:-1].copy()
            else:
                kept[1:, newer] = kept[:-1, newer]
        self.time_s[0, newer], self.points[0, newer] = time_s[newer], points[newer]
        self.heading_rad[0, newer] = known
        self.delay_s = self._usual_gap_s()
        self._is_other()

    def _is_other(self) -> None:
        self.version, self._stretch = next(_versions), None

    def _renumber(self, ids: npt.NDArray[np.object_]) -> None:
        kept = KEPT if len(ids) <= MANY else KEPT_OF_MANY
        old = {name: row for row, name in enumerate(self.ids.tolist())}
        source = np.fromiter((old.get(name, -1) for name in ids.tolist()), np.int64, len(ids))
        is_known = source >= 0
        deep = min(kept, len(self.time_s))
        time_s, points = np.full((kept, len(ids)), -np.inf), np.full((kept, len(ids), 3), np.nan)
        heading = np.full((kept, len(ids)), np.nan)
        for new, before in ((time_s, self.time_s), (points, self.points), (heading, self.heading_rad)):
            new[:deep, is_known] = before[:deep, source[is_known]]
        self.ids, self.time_s, self.points, self.heading_rad = ids, time_s, points, heading
        self._is_other()

    def _usual_gap_s(self) -> float:
        has_two = np.isfinite(self.time_s[1])
        if not has_two.any():
            return 0.0
        usual = float(np.median(self.time_s[0][has_two] - self.time_s[1][has_two]))
        return next((delay for delay in DELAYS_S if usual <= delay * 1.05), 0.0)

    def forget(self) -> None:
        """Forget everything: the time has jumped."""
        self.__init__()  # type: ignore[misc]  # as it was in the beginning

    def at(self, at_s: float, *, glides: bool = True) -> Places:
        """Return where everything is at a moment, a little behind it if it glides."""
        moment = at_s - self.delay_s if glides else at_s
        newer = (self.time_s > moment).sum(axis=0)
        depth = np.isfinite(self.time_s).sum(axis=0)
        newer = np.minimum(newer, np.maximum(depth - 1, 0))
        if not newer.any():
            return Places(self.points[0].copy(), self.heading_rad[0], newer)
        stretch = self._stretch
        if stretch is None or not np.array_equal(stretch.newer, newer):
            stretch = self._stretch = self._between(newer)
        points, heading = stretch.points.copy(), stretch.heading_rad.copy()
        if glides and len(stretch.rows):
            stretch.glide(moment, points, heading)
        return Places(points, heading, newer)

    def _between(self, newer: npt.NDArray[np.int64]) -> _Stretch:
        """Return between which fixes things are that have so many ahead (n,)."""
        every, rows = np.arange(len(newer)), np.flatnonzero(newer)
        points, heading = self.points[newer, every], self.heading_rad[newer, every]
        ahead = newer[rows] - 1
        begin_s = self.time_s[newer[rows], rows]
        way = self.points[ahead, rows] - points[rows]
        gap_s = self.time_s[ahead, rows] - begin_s
        length = np.hypot(way[:, 0], way[:, 1])
        has_jumped = (gap_s > LONGEST_GAP_S) | ~(length <= FASTEST_MPS * np.maximum(gap_s, 1.0))
        way[has_jumped] = 0.0
        turn = self.heading_rad[ahead, rows] - heading[rows]
        turn = (turn + np.pi) % (2 * np.pi) - np.pi
        turn[~np.isfinite(turn) | has_jumped] = 0.0
        return _Stretch(newer, points, heading, rows, begin_s, np.maximum(gap_s, 1e-9), way, turn)

    def trails(
        self, places: Places, at_s: float, trail_s: float, *, glides: bool = True
    ) -> tuple[FloatArray, FloatArray]:
        """Return the trails of everything: from where it is now back over its last fixes.

        returns   points (k + 1, n, 3) local metres, and ages (k + 1, n) from 0 to 1; more than 1 where it ended
        """
        moment = at_s - self.delay_s if glides else at_s
        points = np.concatenate([places.points_local[None], self.points])
        age = np.concatenate([np.zeros((1, len(self.ids))), (moment - self.time_s) / max(trail_s, 1e-9)])
        is_ahead = age < 0
        points[is_ahead] = np.broadcast_to(places.points_local, points.shape)[is_ahead]
        age = np.where(is_ahead, 0.0, age)
        age[~np.isfinite(points[..., 0])] = np.inf
        self._end_trails(points, age)
        return points, age

    def _end_trails(self, points: FloatArray, age: FloatArray) -> None:
        """End trails where their time is over, within a step too, and where a thing has jumped."""
        way = self.points[:-1, :, :2] - self.points[1:, :, :2]
        with np.errstate(invalid="ignore"):
            gap_s = self.time_s[:-1] - self.time_s[1:]
            length = np.hypot(way[..., 0], way[..., 1])
            has_jumped = (gap_s > LONGEST_GAP_S) | ~(length <= FASTEST_MPS * np.maximum(gap_s, 1.0))
        age[2:][np.logical_or.accumulate(has_jumped, axis=0)] = np.inf
        step, thing = np.nonzero((age[:-1] < 1.0) & (age[1:] > 1.0) & np.isfinite(age[1:]))
        begin, end = age[step, thing], age[step + 1, thing]
        share = (1.0 - begin) / np.maximum(end - begin, 1e-9)
        points[step + 1, thing] = points[step, thing] + (points[step + 1, thing] - points[step, thing]) * share[:, None]
        age[step + 1, thing] = 1.0


def _heading(before: FloatArray, now: FloatArray) -> FloatArray:
    way = now - before
    with np.errstate(invalid="ignore"):
        heading = np.arctan2(way[:, 0], way[:, 1]) % (2 * np.pi)
        heading[~(np.hypot(way[:, 0], way[:, 1]) >= LEAST_MOVE_M)] = np.nan
    return np.asarray(heading)
