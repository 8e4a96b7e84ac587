"""Rules that watch over live data, as people write them; and the alarms that they raise.

A rule is one line: "pm10 > 50 for 10 min", "no message for 5 min", "> 30 vehicles in this area", "mean speed < 3",
'> 3 buses in "Old Town"'.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from math import isfinite
from typing import Any

from twin.errors import RuleError

Ring = tuple[tuple[float, float], ...]
"""Places (lon, lat), WGS84 degrees."""

_UNITS_S = {"s": 1.0, "sec": 1.0, "second": 1.0, "seconds": 1.0, "min": 60.0, "minute": 60.0, "minutes": 60.0,
            "h": 3600.0, "hour": 3600.0, "hours": 3600.0, "day": 86_400.0, "days": 86_400.0}  # fmt: skip
SIGNS: dict[str, Callable[[Any, Any], Any]] = {
    ">": operator.gt, ">=": operator.ge, "<": operator.lt, "<=": operator.le, "==": operator.eq, "=": operator.eq,
    "!=": operator.ne,
}  # fmt: skip
_NUMBER = r"(?P<number>[-+]?\d+(?:[.,]\d+)?(?:e[-+]?\d+)?)"
_SIGN = r"(?P<sign>>=|<=|==|!=|=|>|<|\u2265|\u2264)"
_FOR = r"(?:\s+for\s+(?P<time>\d+(?:\.\d+)?)\s*(?P<unit>[a-z]+))?"
_AREA = r"(?P<area>\s+in\s+(?:(?:this|the)\s+area|[\"\u201c](?P<place>[^\"\u201d]+)[\"\u201d]))?"
_SILENT = re.compile(
    r"(?i:no\s+(?:messages?|data)(?:\s+from\s+any)?\s+for)\s+(?P<time>\d+(?:\.\d+)?)\s*(?P<unit>[A-Za-z]+)" + _AREA
)
_COUNT = re.compile(_SIGN + r"\s*" + _NUMBER + r"\s+(?P<what>[^\W\d_]\w*)" + _AREA + _FOR)
_VALUE = re.compile(
    r"(?:(?P<reduce>mean|average|sum|max|min|any|all)\s+)?(?P<name>[^\s<>=!](?:[^<>=!]*?[^\s<>=!])?)\s*"
    + _SIGN + r"\s*" + _NUMBER
    + r"(?:\s*(?P<of>[^\W\d_/%\u00b5]\S*|\u00b5g/m\u00b3|\u00b0\S*|%|[a-z]+/[a-z]+))??" + _AREA + _FOR
)  # fmt: skip

_WHERE = r"\s+in\s+(?:(?:this|the)\s+area|[\"\u201c][^\"\u201d]+[\"\u201d])"
_LONG = r"\s+for\s+\d+(?:\.\d+)?\s*[A-Za-z]+"
_AREA_LAST = re.compile(f"(.*?)({_LONG})({_WHERE})")
_AREA_FIRST = re.compile(f"((?i:no (?:messages?|data)(?: from any)?))({_WHERE})({_LONG})")
_MPS = {"km/h": 1 / 3.6, "kmh": 1 / 3.6, "kph": 1 / 3.6, "mph": 0.44704, "kn": 0.514444, "knots": 0.514444}
"""Units of speed that people write, in metres a second."""


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
    place: str = ""
    """What the area is called, where the rule names it."""


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
    name: str = ""
    """What the rule is called, where a person named it."""
    place: str = ""
    """What the rule's area is called."""
    times: int = 1
    """How often the rule came to hold: what comes back within a short time is the same alarm."""

    @property
    def is_on(self) -> bool:
        """Return whether the rule still holds."""
        return self.over_s is None


def rule_from_text(text: str) -> Rule:
    """Return the rule that a person wrote.

    raises   RuleError  it cannot be read
    """
    plain = " ".join(text.strip().split()).replace("\u2265", ">=").replace("\u2264", "<=")
    found = _SILENT.fullmatch(_AREA_FIRST.sub(r"\1\3\2", plain))
    if found:
        facts = Rule(Watched.SILENCE, number=_seconds(found, text))
        return replace(facts, is_in_area=bool(found["area"]), place=found["place"] or "")
    plain = _AREA_LAST.sub(r"\1\3\2", plain)
    found = _COUNT.fullmatch(plain)
    if found:
        facts = Rule(Watched.COUNT, found["what"], "sum", found["sign"], _number(found, text), _seconds(found, text))
        return replace(facts, is_in_area=bool(found["area"]), place=found["place"] or "")
    found = _VALUE.fullmatch(plain)
    if found is None:
        raise RuleError(
            f'"{text}" is no rule that can be read.',
            hint="Write one like these: pm10 > 50 for 10 min; no message for 5 min; > 30 vehicles in this area.",
            rule=text,
        )
    reduce = {"average": "mean"}.get(found["reduce"] or "any", found["reduce"] or "any")
    facts = Rule(Watched.VALUE, found["name"], reduce, found["sign"], _number(found, text), _seconds(found, text))
    return replace(facts, is_in_area=bool(found["area"]), place=found["place"] or "")


def _number(found: re.Match[str], text: str) -> float:
    """Return the number of a rule; of a speed in metres a second."""
    number = float(found["number"].replace(",", "."))
    if not isfinite(number):
        raise RuleError(f'The number of "{text}" is too great to be one.', hint="Write it out: 50 or 3.5.", rule=text)
    groups = found.groupdict()
    is_speed = (groups.get("name") or "").casefold() == "speed"
    return number * _MPS.get((groups.get("of") or "").casefold(), 1.0) if is_speed else number


def _seconds(found: re.Match[str], text: str) -> float:
    if found["time"] is None:
        return 0.0
    unit = found["unit"].lower()
    if unit not in _UNITS_S:
        raise RuleError(f'"{found["unit"]}" in "{text}" is no time.', hint="Write s, min, h or days.", rule=text)
    return float(found["time"]) * _UNITS_S[unit]


def known_again(alarms: Iterable[Alarm], alarm: Alarm, slack_s: float) -> Alarm | None:
    """Return the alarm that tells of the same event: of the same rule, on at the same time or nearly so."""
    for one in alarms:
        is_same = (one.feed_id, one.rule, one.name, one.place) == (alarm.feed_id, alarm.rule, alarm.name, alarm.place)
        over_s = float("inf") if one.over_s is None else one.over_s
        if is_same and one.raised_s - slack_s <= alarm.raised_s <= over_s + slack_s:
            return one
    return None


def acknowledged(alarms: tuple[Alarm, ...], alarm_id: str, note: str, at_s: float) -> tuple[Alarm, ...]:
    """Return alarms with one acknowledged, and what was noted."""
    return tuple(replace(a, acknowledged_s=at_s, note=note) if a.id == alarm_id else a for a in alarms)
