"""What is said of a sun, in pictures, legends and answers: when, where it stands, and when it rises and sets."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from twin.layer import Kind
from twin.legend import Legend, LegendEntry, LegendKind
from twin.sun import SunDay
from twin.sun_shown import SunShown, zone_called

LEGEND_ID = "the-sun"
"""The id of the legend that says which sun it is; no layer has it."""
UP, DOWN = "#f5b301", "#3d4a6b"
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
NOT_COUNTED = -1
"""The count of an entry that stands for nothing countable."""


def date_words(moment: datetime) -> str:
    """Return a date and a time: 21 Dec 2026 15:00."""
    return f"{moment.day} {MONTHS[moment.month - 1]} {moment.year} {moment:%H:%M}"


def place_words(sun: SunShown) -> str:
    """Return where it stands: azimuth 221°, altitude 9°."""
    return f"azimuth {sun.azimuth_deg:.0f}°, altitude {_whole(sun.altitude_deg)}°"


def _whole(number: float) -> str:
    return f"{round(number)}".replace("-0", "0") if round(number) == 0 else f"{round(number)}"


def sun_line(sun: SunShown) -> str:
    """Return the badge of a picture: Sun: 21 Dec 2026 15:00 Europe/Zurich, azimuth 221°, altitude 9°."""
    return f"Sun: {date_words(sun.moment)} {sun.zone}, {place_words(sun)}"


def clock_words(at_s: float | None, zone: str) -> str:
    """Return the time of day of a moment; a dash where there is none."""
    return "–" if at_s is None else f"{datetime.fromtimestamp(at_s, zone_called(zone)):%H:%M}"


def down_words(sun: SunShown) -> str:
    """Return that the sun is down, and when it rises and sets that day; "" while it is up."""
    if sun.is_up:
        return ""
    day = sun.day()
    if not day.is_ever_up:
        return "The sun is down; it does not rise on this day."
    parts = []
    if day.rise_s is not None:
        parts.append(f"{'rose' if day.rise_s <= sun.at_s else 'rises'} {clock_words(day.rise_s, sun.zone)}")
    if day.set_s is not None:
        parts.append(f"{'set' if day.set_s <= sun.at_s else 'sets'} {clock_words(day.set_s, sun.zone)}")
    return f"The sun is down: {', '.join(parts)}."


def day_words(day: SunDay, zone: str) -> str:
    """Return a day's sunrise, noon and sunset in one line."""
    noon = f"noon {clock_words(day.noon_s, zone)}"
    if not day.is_ever_up:
        return f"does not rise, {noon}"
    if not day.is_ever_down:
        return f"does not set, {noon}"
    return f"rises {clock_words(day.rise_s, zone)}, {noon}, sets {clock_words(day.set_s, zone)}"


def sun_legend(sun: SunShown) -> Legend:
    """Return what a picture's legend says of its sun."""
    title = f"Sun: {date_words(sun.moment)}"
    note = f"{sun.zone}, {place_words(sun)}. {down_words(sun)}".strip()
    entry = LegendEntry(title, UP if sun.is_up else DOWN, NOT_COUNTED)
    one = Legend(LEGEND_ID, title, Kind.POINTS, LegendKind.SINGLE, title, entries=(entry,), shown=NOT_COUNTED)
    return replace(one, note=note)
