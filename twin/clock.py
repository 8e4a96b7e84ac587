"""What time it is in the city: now, or a moment that people chose; one clock for all layers but those that are pinned.

Moments are seconds since 1970 in UTC, negative before; a moment written by a person may be as coarse as a year.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, tzinfo
from enum import StrEnum

from twin.errors import ClockError

_YEAR = re.compile(r"[+-]?\d{1,5}")
_MONTH = re.compile(r"(\d{4})-(\d{1,2})")
_WRITTEN_DAY = re.compile(
    r"^(?:(\d{1,2})\.\s?(\d{1,2})\.\s?(\d{4})|(\d{4})\u5e74\s?(\d{1,2})\u6708\s?(\d{1,2})\u65e5)(?=$|[ T])"
)
_DAY = re.compile(r"\d{4}-?\d{2}-?\d{2}")
_EPOCH = re.compile(r"@(-?\d+(?:\.\d+)?)")
_ZERO = datetime(1970, 1, 1, tzinfo=UTC)
_CYCLE_YEARS, _CYCLE_S = 400, 146_097 * 86_400
"""The Gregorian calendar begins anew after 400 years: how years outside of datetime's range are counted."""


class ClockMode(StrEnum):
    """What the clock does."""

    LIVE = "live"
    """It is now; what comes in is shown as it comes."""
    PAUSED = "paused"
    """It stands at a moment."""
    REPLAY = "replay"
    """It runs through what was kept."""


@dataclass(frozen=True, slots=True)
class Pin:
    """A layer with a time of its own, whatever the clock says."""

    layer_id: str
    at_s: float
    """Seconds since 1970, UTC."""


@dataclass(frozen=True, slots=True)
class Clock:
    """The time that the city is shown at."""

    mode: ClockMode = ClockMode.LIVE
    at_s: float | None = None
    """The moment shown, seconds since 1970, UTC; None is now."""
    speed: float = 1.0
    """Seconds of the city a second of ours, while it runs."""
    is_looping: bool = False
    """Whether it begins anew where the end of the span is reached."""
    span_s: tuple[float, float] | None = None
    """The span that the time bar shows and that is looped over, (begin, end); None takes all there is."""
    zone: str = ""
    """The IANA time zone that times are written in; "" is this computer's."""
    pins: tuple[Pin, ...] = ()
    """Layers that do not follow the clock."""
    sun_s: float | None = None
    """The sun's own moment; None follows the clock."""
    is_sunlit: bool = False
    """Whether the true sun of the place and the moment lights the city; else a fixed light does."""
    sun_zone: str = ""
    """The IANA time zone that the sun's time is written in; "" is the clock's."""
    sun_place: tuple[float, float] | None = None
    """Longitude and latitude of the place whose sun it is, degrees; None is the middle of the city."""

    @property
    def is_live(self) -> bool:
        """Return whether it is now."""
        return self.mode is ClockMode.LIVE

    @property
    def has_sun(self) -> bool:
        """Return whether the true sun lights the city."""
        return self.is_sunlit or self.sun_s is not None

    def moment_s(self, layer_id: str = "") -> float | None:
        """Return the moment that a layer is shown at, seconds since 1970, UTC; None is now."""
        for pin in self.pins:
            if pin.layer_id == layer_id:
                return pin.at_s
        return None if self.is_live else self.at_s

    def live(self) -> Clock:
        """Return this clock back at now; pins and the sun's time stay."""
        return replace(self, mode=ClockMode.LIVE, at_s=None)

    def paused(self, at_s: float) -> Clock:
        """Return this clock standing at a moment."""
        return replace(self, mode=ClockMode.PAUSED, at_s=at_s)

    def running(self, at_s: float) -> Clock:
        """Return this clock running on from a moment."""
        return replace(self, mode=ClockMode.REPLAY, at_s=at_s)

    def advanced(self, passed_s: float, ends_s: tuple[float, float]) -> Clock:
        """Return this clock after some of our time: at the end it begins anew or stands still.

        passed_s   seconds of ours
        ends_s     begin and end of what can be shown
        """
        if self.mode is not ClockMode.REPLAY or self.at_s is None:
            return self
        begin_s, end_s = ends_s
        at_s = self.at_s + passed_s * self.speed
        if at_s < end_s and at_s >= begin_s:
            return replace(self, at_s=at_s)
        if self.is_looping and end_s > begin_s:
            return replace(self, at_s=begin_s + (at_s - begin_s) % (end_s - begin_s))
        return self.paused(min(max(at_s, begin_s), end_s))

    def pinned(self, layer_id: str, at_s: float | None) -> Clock:
        """Return this clock with a layer pinned to a moment; None lets it follow again."""
        others = tuple(pin for pin in self.pins if pin.layer_id != layer_id)
        return replace(self, pins=others if at_s is None else (*others, Pin(layer_id, at_s)))


def moment_from_text(text: str, zone: tzinfo = UTC) -> float:
    """Return the moment that a person writes, seconds since 1970, UTC.

    text     "1975", "1975-06", "1975-06-30": the last moment of it, so that what came in that year is there;
             "30.6.1975" and "1975年6月30日" are that day, too;
             "1975-06-30T12:00", with "Z" or "+02:00" if wished: that moment; "@172800": seconds since 1970
    zone     taken where none is written
    raises   ClockError  it is no time
    """
    word = _WRITTEN_DAY.sub(_as_iso, text.strip(), count=1)
    if found := _EPOCH.fullmatch(word):
        return float(found[1])
    if _YEAR.fullmatch(word) and not _DAY.fullmatch(word):
        return year_s(int(word) + 1) - 1e-3
    try:
        if found := _MONTH.fullmatch(word):
            year, month = int(found[1]), int(found[2])
            datetime(year, month, 1, tzinfo=UTC)  # a month that is none is told here
            return datetime(year + month // 12, month % 12 + 1, 1, tzinfo=zone).timestamp() - 1e-3
        moment = datetime.fromisoformat(word.replace(" ", "T", 1) if "T" not in word else word)
        if _DAY.fullmatch(word):
            moment += timedelta(days=1, milliseconds=-1)
        return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).timestamp()
    except (ValueError, OverflowError) as error:
        raise ClockError(
            f'"{text}" is not a time.',
            hint="Write a year, a date or a date with a time: 1975, 1975-06-30, 2024-05-01T12:30.",
            time=text,
        ) from error


def _as_iso(found: re.Match[str]) -> str:
    """Return a day as it is written in German or Japanese the way the standard has it."""
    day, month, year = (found[1], found[2], found[3]) if found[1] else (found[6], found[5], found[4])
    return f"{year}-{int(month):02d}-{int(day):02d}"


def year_s(year: int) -> float:
    """Return the first moment of a year, seconds since 1970, UTC; years before 1 and after 9999 too."""
    cycles, rest = divmod(year - 1600, _CYCLE_YEARS)
    return (datetime(1600 + rest, 1, 1, tzinfo=UTC) - _ZERO).total_seconds() + cycles * _CYCLE_S


def moment_text(at_s: float, zone: tzinfo = UTC, *, has_seconds: bool = True) -> str:
    """Return a moment as people write it: 2024-05-01 12:30:05."""
    cycles = 0
    while not -62_000_000_000 < at_s < 253_000_000_000:
        step = 1 if at_s < 0 else -1
        at_s += step * _CYCLE_S
        cycles -= step
    moment = (_ZERO + timedelta(seconds=at_s)).astimezone(zone)
    year = moment.year + cycles * _CYCLE_YEARS
    return f"{year:04d}-" + moment.strftime("%m-%d %H:%M:%S" if has_seconds else "%m-%d %H:%M")
