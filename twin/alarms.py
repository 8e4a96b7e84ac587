"""Rules that watch over live data: read, held against frames, raised, acknowledged with a note, and kept.

A rule is one line: "pm10 > 50 for 10 min", "no message for 5 min", "> 30 vehicles in this area", "mean speed < 3".
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from twin.entities import EntityFrame
from twin.errors import RuleError
from twin.feed import WatchRule

Ring = tuple[tuple[float, float], ...]

_UNITS_S = {"s": 1.0, "sec": 1.0, "second": 1.0, "seconds": 1.0, "min": 60.0, "minute": 60.0, "minutes": 60.0,
            "h": 3600.0, "hour": 3600.0, "hours": 3600.0, "day": 86_400.0, "days": 86_400.0}  # fmt: skip
_SIGNS: dict[str, Callable[[float, float], bool]] = {
    ">": operator.gt, ">=": operator.ge, "<": operator.lt, "<=": operator.le, "==": operator.eq, "=": operator.eq,
    "!=": operator.ne,
}  # fmt: skip
_NUMBER = r"(?P<number>[-+]?\d+(?:[.,]\d+)?(?:e[-+]?\d+)?)"
_SIGN = r"(?P<sign>>=|<=|==|!=|=|>|<|\u2265|\u2264)"
_FOR = r"(?:\s+for\s+(?P<time>\d+(?:\.\d+)?)\s*(?P<unit>[a-z]+))?"
_AREA = r"(?P<area>\s+in\s+(?:this|the)\s+area)?"
_SILENT = re.compile(
    r"no\s+(?:messages?|data)(?:\s+from\s+any)?\s+for\s+(?P<time>\d+(?:\.\d+)?)\s*(?P<unit>[a-z]+)" + _AREA
)
_COUNT = re.compile(_SIGN + r"\s*" + _NUMBER + r"\s+(?P<what>[^\W\d_]\w*)" + _AREA + _FOR)
_VALUE = re.compile(
    r"(?:(?P<reduce>mean|average|sum|max|min|any|all)\s+)?(?P<name>\S(?:.*?\S)?)\s*" + _SIGN + r"\s*" + _NUMBER
    + r"(?:\s*(?P<of>[^\W\d_/%\u00b5]\S*|\u00b5g/m\u00b3|%|[a-z]+/[a-z]+))??" + _AREA + _FOR
)  # fmt: skip


class Watched(StrEnum):
    """What a rule looks at."""

    VALUE = "value"
    """A value of each thing, or of all together."""
    COUNT = "count"
    """How many things there are."""
    SILENCE = "silence"
    """How long nothing has come."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule that was read."""

    watched: Watched
    name: str = ""
    """The value, for VALUE; the word for the things, for COUNT."""
    reduce: str = "any"
    """any, all, mean, sum, max or min."""
    sign: str = ">"
    number: float = 0.0
    for_s: float = 0.0
    """How long it must hold."""
    is_in_area: bool = False


@dataclass(frozen=True, slots=True)
class Alarm:
    """One alarm: raised when a rule came to hold, over when it did not any more. Kept in the project."""

    id: str
    feed_id: str
    rule: str
    """The rule as it was written."""
    raised_s: float
    """Seconds since 1970, UTC."""
    value: float
    """What was measured then."""
    over_s: float | None = None
    lonlat: tuple[float, float] | None = None
    """Where, WGS84 degrees; None where it is about no place."""
    entities: tuple[str, ...] = ()
    """The first of the things it is about."""
    acknowledged_s: float | None = None
    note: str = ""

    @property
    def is_on(self) -> bool:
        """Return whether the rule still holds."""
        return self.over_s is None


def rule_from_text(text: str) -> Rule:
    """Return the rule that a person wrote.

    raises   RuleError  it cannot be read
    """
    plain = " ".join(text.strip().split()).replace("\u2265", ">=").replace("\u2264", "<=")
    found = _SILENT.fullmatch(plain.lower())
    if found:
        return Rule(Watched.SILENCE, number=_seconds(found, text), is_in_area=bool(found["area"]))
    found = _COUNT.fullmatch(plain)
    if found:
        facts = Rule(Watched.COUNT, found["what"], "sum", found["sign"], _number(found), _seconds(found, text))
        return replace(facts, is_in_area=bool(found["area"]))
    found = _VALUE.fullmatch(plain)
    if found is None:
        raise RuleError(
            f'"{text}" is no rule that can be read.',
            hint="Write one like these: pm10 > 50 for 10 min; no message for 5 min; > 30 vehicles in this area.",
            rule=text,
        )
    reduce = {"average": "mean"}.get(found["reduce"] or "any", found["reduce"] or "any")
    facts = Rule(Watched.VALUE, found["name"], reduce, found["sign"], _number(found), _seconds(found, text))
    return replace(facts, is_in_area=bool(found["area"]))


def _number(found: re.Match[str]) -> float:
    return float(found["number"].replace(",", "."))


def _seconds(found: re.Match[str], text: str) -> float:
    if found["time"] is None:
        return 0.0
    unit = found["unit"].lower()
    if unit not in _UNITS_S:
        raise RuleError(f'"{found["unit"]}" in "{text}" is no time.', hint="Write s, min, h or days.", rule=text)
    return float(found["time"]) * _UNITS_S[unit]


@dataclass(frozen=True, slots=True)
class Measured:
    """What a rule finds in a frame."""

    holds: bool
    value: float
    rows: npt.NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))
    """The things it is about."""


def measured(rule: Rule, frame: EntityFrame, area: Ring, at_s: float, heard_s: float) -> Measured:
    """Hold a rule against a frame.

    area      ring of the area it is about, WGS84 degrees; empty is everywhere
    at_s      the moment, UTC epoch
    heard_s   when the last message came
    """
    rows = np.arange(len(frame)) if not area else np.flatnonzero(inside(frame.lonlat, area))
    if rule.watched is Watched.SILENCE:
        newest_s = float(frame.time_s[rows].max()) if len(rows) and area else heard_s
        silent_s = max(at_s - newest_s, 0.0)
        return Measured(silent_s >= rule.number, silent_s)
    if rule.watched is Watched.COUNT:
        return Measured(_SIGNS[rule.sign](len(rows), rule.number), float(len(rows)), rows)
    return _value_measured(rule, frame, rows)


def _value_measured(rule: Rule, frame: EntityFrame, rows: npt.NDArray[np.int64]) -> Measured:
    name = next((n for n in frame.values if n.casefold() == rule.name.casefold()), None)
    column = frame.values[name] if name is not None else frame.speed_mps if rule.name.casefold() == "speed" else None
    if column is None or column.dtype == object:
        return Measured(holds=False, value=float("nan"))
    numbers = column.astype(float)[rows]
    known = np.isfinite(numbers)
    rows, numbers = rows[known], numbers[known]
    if not len(numbers):
        return Measured(holds=False, value=float("nan"))
    if rule.reduce in ("mean", "sum", "max", "min"):
        value = float(getattr(numbers, rule.reduce)())
        return Measured(bool(_SIGNS[rule.sign](value, rule.number)), value, rows)
    is_met = np.asarray(_SIGNS[rule.sign](numbers, rule.number))  # holds for arrays too
    holds = bool(is_met.all() if rule.reduce == "all" else is_met.any())
    worst = numbers[is_met] if is_met.any() else numbers
    value = float(worst.min() if rule.sign.startswith("<") else worst.max())
    return Measured(holds, value, rows[is_met])


def inside(lonlat: npt.NDArray[np.float64], ring: Ring) -> npt.NDArray[np.bool_]:
    """Return which places (n, 2) lie inside a ring; places that are not known do not."""
    x, y = lonlat[:, 0], lonlat[:, 1]
    is_in = np.zeros(len(lonlat), bool)
    with np.errstate(invalid="ignore", divide="ignore"):
        for (x0, y0), (x1, y1) in zip(ring, (*ring[1:], ring[0]), strict=True):
            crosses = (y0 > y) != (y1 > y)
            is_in ^= crosses & (x < (x1 - x0) * (y - y0) / (y1 - y0 if y1 != y0 else np.nan) + x0)
    return is_in


class Watch:
    """Holds the rules of one feed against its frames, and remembers since when each holds."""

    def __init__(self, feed_id: str, rules: tuple[WatchRule, ...]) -> None:
        """Read the rules; those that cannot be read are kept with what is wrong with them."""
        self.feed_id, self.rules = feed_id, rules
        self.wrong: dict[str, str] = {}
        self._read: list[tuple[WatchRule, Rule]] = []
        for written in rules:
            try:
                self._read.append((written, rule_from_text(written.text)))
            except RuleError as error:
                self.wrong[written.text] = str(error)
        self._since: dict[tuple[str, str], float] = {}
        """Since when each thing meets a rule, by rule and thing; "" for rules about all together."""

    def look(self, frame: EntityFrame, at_s: float, heard_s: float, alarms: tuple[Alarm, ...]) -> tuple[Alarm, ...]:
        """Return the alarms after a frame: new ones raised, those that are over marked."""
        for written, rule in self._read:
            area = written.area if rule.is_in_area or written.area else ()
            found = measured(rule, frame, area, at_s, heard_s)
            held = self._held(written.text, rule, found, frame, at_s)
            on = next((a for a in alarms if a.is_on and a.rule == written.text and a.feed_id == self.feed_id), None)
            if held is not None and on is None:
                alarms = (*alarms, self._raised(written, found, held, frame, at_s))
            elif held is None and on is not None:
                alarms = tuple(replace(a, over_s=at_s) if a is on else a for a in alarms)
        return alarms

    def _held(
        self, text: str, rule: Rule, found: Measured, frame: EntityFrame, at_s: float
    ) -> npt.NDArray[np.int64] | None:
        """Return the things for which a rule has held long enough; None where it has not."""
        is_each = rule.watched is Watched.VALUE and rule.reduce == "any"
        now = {str(frame.ids[row]): int(row) for row in found.rows} if is_each and found.holds else {}
        if found.holds and not is_each:
            now = {"": -1}
        for key in [k for k in self._since if k[0] == text and k[1] not in now]:
            del self._since[key]
        enough = [row for name, row in now.items() if at_s - self._since.setdefault((text, name), at_s) >= rule.for_s]
        if not enough:
            return None
        return np.array([row for row in enough if row >= 0] or found.rows[:5].tolist(), np.int64)

    def _raised(
        self, written: WatchRule, found: Measured, rows: npt.NDArray[np.int64], frame: EntityFrame, at_s: float
    ) -> Alarm:
        lonlat = frame.lonlat[rows] if len(rows) else np.empty((0, 2))
        lonlat = lonlat[np.isfinite(lonlat).all(axis=1)]
        place = lonlat.mean(axis=0) if len(lonlat) else np.mean(written.area, axis=0) if written.area else None
        return Alarm(
            id=f"{self.feed_id}-{round(at_s * 1000)}-{abs(hash(written.text)) % 10_000}",
            feed_id=self.feed_id,
            rule=written.text,
            raised_s=at_s,
            value=found.value if np.isfinite(found.value) else 0.0,
            lonlat=None if place is None else (float(place[0]), float(place[1])),
            entities=tuple(str(frame.ids[row]) for row in rows[:5]),
        )


def acknowledged(alarms: tuple[Alarm, ...], alarm_id: str, note: str, at_s: float) -> tuple[Alarm, ...]:
    """Return alarms with one acknowledged, and what was noted."""
    return tuple(replace(a, acknowledged_s=at_s, note=note) if a.id == alarm_id else a for a in alarms)
