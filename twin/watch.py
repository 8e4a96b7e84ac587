"""Rules held against the frames of one feed: since when each holds, the alarm it raises, when that is over.

What is found depends on the frames and their moments alone, so that a recording raises the alarms of the live run.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from twin.alarms import SIGNS, Alarm, Ring, Rule, Watched, rule_from_text
from twin.entities import Column, EntityFrame
from twin.errors import RuleError
from twin.feed import WatchRule

Rows = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
FloatArray = npt.NDArray[np.float64]

REST_S = 300.0
"""A rule that holds again so soon after its alarm was over goes on with that alarm: a value that swings raises one."""
MOST_NAMED = 20
"""Things that an alarm names at most."""
_NO_ROWS = np.empty(0, np.int64)


@dataclass(frozen=True, slots=True)
class Measured:
    """What a rule finds in a frame."""

    holds: bool
    value: float
    rows: Rows = field(default_factory=lambda: _NO_ROWS)
    """The things it is about."""


def inside(lonlat: FloatArray, ring: Ring, *more: Ring) -> Flags:
    """Return which places (n, 2) lie inside an odd number of rings; places that are not known do not."""
    return _AreaOf((ring, *more)).holds(lonlat)


class _AreaOf:
    """The inside of rings, prepared to be asked often."""

    def __init__(self, rings: Sequence[Ring]) -> None:
        shape: Any = shapely.Polygon()
        for ring in rings:
            if len(ring) > 2:
                part = shapely.make_valid(shapely.Polygon(ring))
                shape = part if shape.is_empty else shape.symmetric_difference(part)
        shapely.prepare(shape)
        self.shape = shape
        self.middle = (shape.centroid.x, shape.centroid.y) if not shape.is_empty else None

    def holds(self, lonlat: FloatArray) -> Flags:
        is_in = np.zeros(len(lonlat), bool)
        if self.middle is None:
            return is_in
        west, south, east, north = self.shape.bounds
        x, y = lonlat[:, 0], lonlat[:, 1]
        near = np.flatnonzero((x >= west) & (x <= east) & (y >= south) & (y <= north))
        is_in[near] = shapely.intersects_xy(self.shape, x[near], y[near])
        return is_in


@dataclass(slots=True)
class _Watched:
    """One rule at work."""

    written: WatchRule
    rule: Rule
    area: _AreaOf | None
    since: FloatArray = field(default_factory=lambda: np.empty(0))
    """(n,) since when each thing meets it, NaN where one does not; for rules about each thing."""
    since_s: float = float("nan")
    """Since when it is met; for rules about all together."""
    heard_s: float = float("nan")
    """When something was last heard of in its area; for silence in an area."""
    alarm: Alarm | None = None
    """The last one it raised."""

    @property
    def is_each(self) -> bool:
        return self.rule.watched is Watched.VALUE and self.rule.reduce == "any"

    def is_raised_by(self, alarm: Alarm) -> bool:
        mine = (self.written.text, self.written.name, self.place)
        return (alarm.rule, alarm.name, alarm.place) == mine

    @property
    def place(self) -> str:
        return self.written.place or self.rule.place


class Watch:
    """Holds the rules of one feed against its frames, and remembers since when each holds."""

    def __init__(self, feed_id: str, rules: tuple[WatchRule, ...], alarms: Sequence[Alarm] = ()) -> None:
        """Read the rules; those that cannot be read are kept with what is wrong with them.

        alarms   raised before: those that are on are gone on with
        """
        self.feed_id, self.rules = feed_id, rules
        self.wrong: dict[str, str] = {}
        """What is wrong with a rule, by its text."""
        self.unknown: dict[str, str] = {}
        """What a rule asks for that the feed does not say, by its text."""
        self._watched: list[_Watched] = []
        self._ids: npt.NDArray[np.object_] = np.empty(0, object)
        self._at_s = -np.inf
        for written in rules:
            try:
                rule = rule_from_text(written.text)
                self._watched.append(_Watched(written, rule, _area_of(written, rule)))
            except RuleError as error:
                self.wrong[written.text] = str(error)
        for one in self._watched:
            one.alarm = next((a for a in reversed(alarms) if a.feed_id == feed_id and one.is_raised_by(a)), None)

    def look(
        self, frame: EntityFrame, at_s: float, heard_s: float, alarms: tuple[Alarm, ...], *, has_come: bool = True
    ) -> tuple[Alarm, ...]:
        """Return the alarms after a frame: new ones raised, those that are over marked.

        at_s       the moment, UTC epoch
        heard_s    when the last message came, or when it was begun to listen
        has_come   whether any message came so far: until then there is nothing to count
        """
        self._follow(frame, at_s)
        columns = {name.casefold(): name for name in frame.values}
        for one in self._watched:
            rows = None if one.area is None else np.flatnonzero(one.area.holds(frame.lonlat))
            found = self._measured(one, frame, rows, columns, at_s, heard_s, has_come=has_come)
            held = _held(one, found, at_s)
            is_on = one.alarm is not None and one.alarm.is_on
            if held is None and is_on:
                alarms = self._changed(one, alarms, over_s=at_s)
            elif held is not None and not is_on:
                alarms = self._raised(one, found, held, frame, alarms)
            elif held is not None:
                alarms = self._named(one, held, frame, alarms)
        return alarms

    def due_s(self) -> float:
        """Return when a rule may come to hold although nothing comes; infinite where none can."""
        due = [np.inf]
        for one in self._watched:
            for_s = one.rule.for_s
            if one.rule.watched is Watched.SILENCE and np.isfinite(one.heard_s):
                due.append(one.heard_s + one.rule.number)
            since = one.since if one.is_each else np.array([one.since_s])
            waiting = since[since + for_s > self._at_s]
            due += [float(waiting.min()) + for_s] if len(waiting) else []
        return min([moment for moment in due if moment > self._at_s], default=np.inf)

    def _follow(self, frame: EntityFrame, at_s: float) -> None:
        """Keep since when each thing meets the rules with the thing, as things come and go."""
        if frame.ids is not self._ids:
            row_of = {name: row for row, name in enumerate(self._ids.tolist())}
            before = np.fromiter((row_of.get(name, -1) for name in frame.ids.tolist()), np.int64, len(frame.ids))
            for one in self._watched:
                if one.is_each:
                    one.since = np.where(before >= 0, np.append(one.since, np.nan)[before], np.nan)
            self._ids = frame.ids
        if at_s < self._at_s:  # the clock was set back: nothing has held since a time to come
            for one in self._watched:
                one.since = np.minimum(one.since, at_s)
                one.since_s, one.heard_s = min(at_s, one.since_s), min(at_s, one.heard_s)
        self._at_s = at_s

    # what a rule finds

    def _measured(
        self,
        one: _Watched,
        frame: EntityFrame,
        rows: Rows | None,
        columns: dict[str, str],
        at_s: float,
        heard_s: float,
        *,
        has_come: bool,
    ) -> Measured:
        rule = one.rule
        if rule.watched is Watched.SILENCE:
            return _silence(one, frame, rows, at_s, heard_s)
        if rule.watched is Watched.COUNT:
            count = len(frame) if rows is None else len(rows)
            found = np.arange(len(frame)) if rows is None else rows
            return Measured(has_come and bool(SIGNS[rule.sign](count, rule.number)), float(count), found)
        name = columns.get(rule.name.casefold())
        column = (
            frame.values[name] if name is not None else frame.speed_mps if rule.name.casefold() == "speed" else None
        )
        self._note_unknown(one, frame, column)
        if column is None or column.dtype == object:
            return Measured(holds=False, value=float("nan"))
        numbers = np.asarray(column, float)
        return _each_value(one, numbers, rows, at_s) if one.is_each else _value_of_all(rule, numbers, rows)

    def _note_unknown(self, one: _Watched, frame: EntityFrame, column: Column | None) -> None:
        text, name = one.written.text, one.rule.name
        if column is not None and column.dtype != object:
            self.unknown.pop(text, None)
        elif len(frame) and text not in self.unknown:
            known = sorted(n for n, c in frame.values.items() if c.dtype != object)
            said = f"what it measures is {', '.join(known[:12])}" if known else "it measures nothing"
            self.unknown[text] = f'"{text}" is not watched for: the feed says no number called "{name}"; {said}.'

    # alarms

    def _raised(
        self, one: _Watched, found: Measured, rows: Rows, frame: EntityFrame, alarms: tuple[Alarm, ...]
    ) -> tuple[Alarm, ...]:
        at_s, last = self._at_s, one.alarm
        rest_s = max(REST_S, 2 * one.rule.for_s)
        is_back = last is not None and last.over_s is not None and 0 <= at_s - last.over_s < rest_s
        if last is not None and is_back and any(a.id == last.id for a in alarms):
            return self._changed(one, alarms, over_s=None, times=last.times + 1)
        names = [str(name) for name in frame.ids[rows[:MOST_NAMED]]]
        told = f"{one.written.text}\0{one.written.name}\0{one.place}"
        one.alarm = Alarm(
            id=f"{self.feed_id}-{round(at_s * 1000)}-{zlib.crc32(told.encode('utf-8', 'replace')):08x}",
            feed_id=self.feed_id,
            rule=one.written.text,
            raised_s=at_s,
            value=found.value if np.isfinite(found.value) else 0.0,
            lonlat=_place_of(one, rows, frame),
            entities=tuple(names),
            name=one.written.name,
            place=one.place,
        )
        return (*alarms, one.alarm)

    def _named(self, one: _Watched, rows: Rows, frame: EntityFrame, alarms: tuple[Alarm, ...]) -> tuple[Alarm, ...]:
        """Name further things that the rule holds for while its alarm is on."""
        alarm = one.alarm
        if alarm is None or not one.is_each or len(alarm.entities) >= MOST_NAMED:
            return alarms
        known = set(alarm.entities)
        more = [str(name) for name in frame.ids[rows[: MOST_NAMED + len(known)]] if str(name) not in known]
        if not more:
            return alarms
        return self._changed(one, alarms, entities=(*alarm.entities, *more)[:MOST_NAMED])

    def _changed(self, one: _Watched, alarms: tuple[Alarm, ...], **changes: object) -> tuple[Alarm, ...]:
        assert one.alarm is not None
        alarm_id = one.alarm.id
        one.alarm = replace(one.alarm, **changes)  # type: ignore[arg-type]
        return tuple(replace(a, **changes) if a.id == alarm_id else a for a in alarms)  # type: ignore[arg-type]


def _area_of(written: WatchRule, rule: Rule) -> _AreaOf | None:
    """Return the area that a rule is about, None for everywhere.

    raises   RuleError  it is about an area that is not told
    """
    if written.area:
        area = _AreaOf((written.area, *written.rings))
        if area.middle is None or not area.shape.area:
            raise RuleError(f'The area of "{written.text}" has no inside.', hint="Give three places or more.")
        return area
    if rule.is_in_area or written.place:
        what = f'"{written.place or rule.place}"' if written.place or rule.place else "this area"
        raise RuleError(
            f'"{written.text}" is about {what}, and it is not known where that is.',
            hint="Name a feature of a layer, or write its corners as [[lon, lat], ...].",
        )
    return None


def _silence(one: _Watched, frame: EntityFrame, rows: Rows | None, at_s: float, heard_s: float) -> Measured:
    if rows is None:
        one.heard_s = heard_s
    else:
        heard = frame.heard_s if frame.heard_s is not None else frame.time_s
        begun_s = heard_s if np.isnan(one.heard_s) and not len(rows) else -np.inf
        one.heard_s = float(np.nanmax([one.heard_s, begun_s, *heard[rows]]))
    silent_s = max(at_s - one.heard_s, 0.0)
    return Measured(silent_s >= one.rule.number, silent_s)


def _each_value(one: _Watched, numbers: FloatArray, rows: Rows | None, at_s: float) -> Measured:
    """Return the things that meet a rule; notes since when each does."""
    rule = one.rule
    with np.errstate(invalid="ignore"):
        met = np.asarray(SIGNS[rule.sign](numbers, rule.number)) & np.isfinite(numbers)
        if one.written.margin > 0 and rule.sign[0] in "<>" and one.alarm is not None and one.alarm.is_on:
            eased = rule.number + (one.written.margin if rule.sign[0] == "<" else -one.written.margin)
            met |= (at_s - one.since >= rule.for_s) & np.asarray(SIGNS[rule.sign](numbers, eased))
    if rows is not None:
        is_in = np.zeros(len(numbers), bool)
        is_in[rows] = True
        met &= is_in
    one.since = np.where(met, np.where(np.isnan(one.since), at_s, one.since), np.nan)
    which = np.flatnonzero(met)
    if not len(which):
        return Measured(holds=False, value=float("nan"))
    worst = numbers[which].min() if rule.sign.startswith("<") else numbers[which].max()
    return Measured(holds=True, value=float(worst), rows=which)


def _value_of_all(rule: Rule, numbers: FloatArray, rows: Rows | None) -> Measured:
    which = np.arange(len(numbers)) if rows is None else rows
    which = which[np.isfinite(numbers[which])]
    if not len(which):
        return Measured(holds=False, value=float("nan"))
    if rule.reduce == "all":
        is_met = np.asarray(SIGNS[rule.sign](numbers[which], rule.number))
        worst = numbers[which].max() if rule.sign.startswith("<") else numbers[which].min()
        return Measured(bool(is_met.all()), float(worst), which)
    value = float(getattr(numbers[which], rule.reduce)())
    return Measured(bool(SIGNS[rule.sign](value, rule.number)), value, which)


def _held(one: _Watched, found: Measured, at_s: float) -> Rows | None:
    """Return the things for which a rule has held long enough; None where it has not."""
    for_s = one.rule.for_s
    if one.is_each:
        if not found.holds:
            one.since = np.full(len(one.since), np.nan) if np.isfinite(one.since).any() else one.since
            return None
        enough = found.rows[at_s - one.since[found.rows] >= for_s]
        return enough if len(enough) else None
    holds = found.holds
    if not holds and one.written.margin > 0 and one.alarm is not None and one.alarm.is_on:
        holds = _is_within_margin(one, found.value)
    if not holds:
        one.since_s = float("nan")
        return None
    one.since_s = at_s if np.isnan(one.since_s) else one.since_s
    return found.rows if at_s - one.since_s >= for_s else None


def _is_within_margin(one: _Watched, value: float) -> bool:
    rule, margin = one.rule, one.written.margin
    if rule.sign[0] not in "<>" or rule.watched is Watched.SILENCE or not np.isfinite(value):
        return False
    return bool(SIGNS[rule.sign](value, rule.number + (margin if rule.sign[0] == "<" else -margin)))


def _place_of(one: _Watched, rows: Rows, frame: EntityFrame) -> tuple[float, float] | None:
    """Return where an alarm is: where the things are that it names, else the middle of its area."""
    lonlat = frame.lonlat[rows]
    lonlat = lonlat[np.isfinite(lonlat).all(axis=1)]
    if len(lonlat):
        lon, lat = lonlat.mean(axis=0).tolist()
        return float(lon), float(lat)
    return one.area.middle if one.area is not None else None
