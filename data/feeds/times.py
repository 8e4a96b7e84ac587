"""Times as messages say them: seconds since 1970, or more digits, or ISO 8601 in its many shapes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import numpy as np

from twin.entities import FloatArray
from twin.feed import TimeFormat

_EARLIEST_S, _LATEST_S = 1e8, 1e11
"""Between them a number counts seconds: from 1973 on; beyond, it counts thousandths, millionths or less."""


def times_of(said: Sequence[object], form: TimeFormat = TimeFormat.AUTO) -> FloatArray:
    """Return what was said as UTC epoch seconds (n,), to the millisecond; NaN where it is no time."""
    try:
        numbers = np.array(said, float)
    except (TypeError, ValueError, OverflowError):
        numbers = np.empty((0, 0))
    if numbers.ndim != 1:  # words among them, or lists
        numbers = np.array([_time_of(one) for one in said], float)
    if form is TimeFormat.EPOCH_S:
        return numbers.round(3)
    if form is TimeFormat.EPOCH_MS:
        return (numbers / 1e3).round(3)
    return seconds_of(numbers).round(3)


def seconds_of(numbers: FloatArray) -> FloatArray:
    """Return seconds, whatever the numbers count, by their size; NaN below 1973."""
    seconds = np.where((numbers >= _EARLIEST_S) & np.isfinite(numbers), numbers, np.nan)
    for _ in range(3):
        seconds = np.where(seconds >= _LATEST_S, seconds / 1e3, seconds)
    return np.asarray(seconds)


def _time_of(one: object) -> float:
    if not isinstance(one, str | int | float):
        return np.nan
    try:
        return float(one)
    except OverflowError:
        return np.nan
    except ValueError:
        return iso_time(str(one))


def iso_time(text: str) -> float:
    """Return a time written as ISO 8601 (the end of an interval) or as in mails, UTC epoch; NaN if it is neither."""
    text = text.strip().rpartition("/")[2] if text.count("/") == 1 else text.strip()
    for read in (datetime.fromisoformat, parsedate_to_datetime, _slashed, _dotted, _counted):
        try:
            moment = read(text)
            return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
        except (ValueError, TypeError, IndexError, OverflowError, OSError):
            continue
    return np.nan


def _slashed(text: str) -> datetime:
    return datetime.strptime(text, "%Y/%m/%d %H:%M:%S").replace(tzinfo=UTC)


def _dotted(text: str) -> datetime:
    """Read 09.10.2025 08:53:20, as German, Nordic and Slavic tables have it."""
    form = "%d.%m.%Y" + " %H:%M:%S"[: 3 * min(text.count(":") + 1, 3)] * (" " in text)
    return datetime.strptime(text, form).replace(tzinfo=UTC)


def _counted(text: str) -> datetime:
    """Read /Date(1760000000000)/, and 2025-10-09 08:53:20 UTC."""
    digits = text.removeprefix("/Date(").removesuffix(")/")
    if digits != text:
        return datetime.fromtimestamp(int(digits) / 1e3, tz=UTC)
    return datetime.fromisoformat(text.removesuffix(" UTC").removesuffix(" GMT"))
