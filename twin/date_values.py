"""Columns of years, dates and times as moments: numbers, texts in several languages, and what stands for nothing."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

import numpy as np
import numpy.typing as npt

from twin.clock import year_s
from twin.derived import Text, column_rows, derived, text_column
from twin.table import Table

FloatArray = npt.NDArray[np.float64]

SENTINELS = frozenset({0, -1, -99, -999, -9999, 9999, 99999})
"""Years that are written where none is known."""
EARLIEST_YEAR, LATEST_YEAR = -4000, 9998
_DAYS_FROM, _DAYS_TO = 10_000_101, 99_981_231
_EPOCH_FROM_S, _EPOCH_TO_S = 1e8, 1e10
"""A number between these is seconds since 1970; a thousand and a million times that are milli- and microseconds."""
_SERIAL_FROM, _SERIAL_TO, _SERIAL_1970 = 10_000, 80_000, 25_569
"""A number between the first two is a day as spreadsheets count them, from 1927 to 2119; the third is 1970-01-01."""
_DAY_S = 86_400.0
_MONTHS = {
    word: number
    for number, words in enumerate(
        (
            "jan january januar janvier", "feb february februar fevrier fev", "mar march maerz marz mars",
            "apr april avril avr", "may mai", "jun june juni juin", "jul july juli juillet juil",
            "aug august aout", "sep sept september septembre", "oct october okt oktober octobre",
            "nov november novembre", "dec december dez dezember decembre",
        ),
        start=1,
    )
    for word in words.split()
}  # fmt: skip
_ROMAN = {"xv": 15, "xvi": 16, "xvii": 17, "xviii": 18, "xix": 19, "xx": 20, "xxi": 21}
_ERAS = {"明治": 1867, "大正": 1911, "昭和": 1925, "平成": 1988, "令和": 2018}
"""The year before each Japanese era's first. source: National Diet Library, table of era names."""
_ERA = re.compile(r"(明治|大正|昭和|平成|令和)\s*(元|\d{1,2})\s*年?(?:\s*(\d{1,2})\s*月)?(?:\s*(\d{1,2})\s*日)?")
_KANJI = re.compile(r"(\d{3,4})\s*年(?:\s*(\d{1,2})\s*月)?(?:\s*(\d{1,2})\s*日)?")
_YEAR = re.compile(
    r"(?:(?:~|ca\.?|c\.?|um|vers|circa|about|approx\.?|env\.?|約|before|pre|vor|avant|bis|until|after|post|nach|apr[eè]s|ab|seit"
    r"|since|[<>]=?)[\s-]*)?[\[(]?([+-]?\d{1,5})[\])]?(?:\.0+)?(?:\s*(?:s|er|er jahre|頃))?\s*\??",
    re.IGNORECASE,
)
"""A year as people write it; of what is "before" or "after" one, that year is known."""
_RANGE = re.compile(r"(\d{4})\s*(?:-|\u2013|\.\.|/|bis|to|\u301c|~)\s*(\d{4}|1[3-9]|[2-9]\d)")
_CENTURY = re.compile(
    r"(\d{2}|[xvi]+)\s*(?:\.|th|st|nd|rd|e|ème|eme)?\s*(?:jh\.?|jhd\.?|jahrhundert|c\.?|cent\.?|century|siècle|siecle|s\.)",
    re.IGNORECASE,
)
_NAMED = re.compile(r"(?:(\d{1,2})(?:\.|st|nd|rd|th|er)?[\s-]+)?([^\W\d_]{3,10})\.?[\s,-]+(\d{4})", re.IGNORECASE)
_NAMED_FIRST = re.compile(r"([^\W\d_]{3,10})\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4})", re.IGNORECASE)
_SHORT = re.compile(r"(\d{1,2})([./])(\d{1,2})\2(\d{2})")
_MONTH = re.compile(r"(\d{4})[-/.](\d{1,2})")
_ISO = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[T ].*)?")
_TURNED = re.compile(r"(\d{1,2})([-/.])(\d{1,2})[-/.](\d{4})(?:[T ,]+(\d{1,2}):(\d{2})(?::(\d{2}))?.*)?")
_HALF_DAY = re.compile(r"([ap])\.?\s?m\.?$", re.IGNORECASE)
_DAY_AND_MONTH = re.compile(r"\s*(\d{1,2})([-/])(\d{1,2})(?=[-/](?:\d{4}|\d{2}$))")


def column_moments(table: Table, name: str) -> FloatArray:
    """Return a column as moments (n,), seconds since 1970, UTC, NaN where none is known; kept.

    A year, month or day is its first moment. Years that stand for nothing (0, -9999, 9999) are not known.
    raises   ColumnError  there is no such column
    """
    return derived(table, ("moments", name), lambda: _moments(table, name))


def _moments(table: Table, name: str) -> FloatArray:
    rows = column_rows(table, name)
    if rows.dtype.kind == "M":
        moments = rows.astype("datetime64[ms]").astype(np.float64) / 1000
        moments[np.isnat(rows)] = np.nan
        return _without_sentinels(moments)
    if rows.dtype.kind in "fiu":
        return moments_from_numbers(rows.astype(np.float64))
    return moments_from_text(text_column(table, name))


def moments_from_numbers(numbers: FloatArray) -> FloatArray:
    """Return numbers (n,) as moments: years (1975, 1975.5), days written as 19750630, or seconds since 1970."""
    moments = np.full(len(numbers), np.nan)
    is_year = (numbers >= EARLIEST_YEAR) & (numbers <= LATEST_YEAR) & ~np.isin(numbers, list(SENTINELS))
    years, places = np.unique(np.floor(numbers[is_year]), return_inverse=True)
    begin = np.array([year_s(int(y)) for y in years], np.float64)
    length = np.array([year_s(int(y) + 1) - year_s(int(y)) for y in years], np.float64)
    moments[is_year] = (begin[places] + (numbers[is_year] % 1) * length[places]) if len(years) else 0.0
    is_day = (numbers >= _DAYS_FROM) & (numbers <= _DAYS_TO) & (numbers % 1 == 0)
    moments[is_day] = _days(numbers[is_day])
    is_serial = (numbers >= _SERIAL_FROM) & (numbers <= _SERIAL_TO)
    moments[is_serial] = (numbers[is_serial] - _SERIAL_1970) * _DAY_S
    for scale in (1.0, 1e3, 1e6, 1e9):
        seconds = numbers / scale
        is_epoch = (seconds >= _EPOCH_FROM_S) & (seconds < _EPOCH_TO_S) & ~is_year & ~is_day
        moments[is_epoch] = seconds[is_epoch]
    return moments


def _days(numbers: FloatArray) -> FloatArray:
    found = np.full(len(numbers), np.nan)
    for value in np.unique(numbers):
        whole = int(value)
        found[numbers == value] = _date_s(whole // 10_000, whole // 100 % 100, whole % 100)
    return found


def moments_from_text(text: Text) -> FloatArray:
    """Return one moment a row (n,) of a column of text; 6/7/1975 is read as the column's other days tell."""
    values = _month_first_turned(text.values) if _is_month_first(text.values) else text.values
    found = np.fromiter((moment_from_word(v) for v in values), np.float64, len(text.values))
    return np.asarray(text.spread(found, np.nan), np.float64)


def _is_month_first(values: Iterable[object]) -> bool:
    """Return whether the days of a column can only be month, day, year: one is 6/30/1975, and none 30/6/1975."""
    found = [m for v in values if isinstance(v, str) and (m := _DAY_AND_MONTH.match(v))]
    return any(int(m[3]) > 12 for m in found) and not any(int(m[1]) > 12 for m in found)


def _month_first_turned(values: Iterable[object]) -> Iterator[object]:
    return (_DAY_AND_MONTH.sub(r"\3\2\1", v, count=1) if isinstance(v, str) else v for v in values)


def moment_from_word(word: object) -> float:
    """Return the first moment of a year, month, day or time as people and files write it; NaN where it is none."""
    if not isinstance(word, str):
        return float("nan")
    plain = word.strip().translate(_WIDE)
    for pattern, read in _READERS:
        found = pattern.fullmatch(plain)
        if found is not None:
            return float(read(found))
    return _precise(plain)


def _of_year(found: re.Match[str]) -> float:
    digits = found[1]
    if _SERIAL_FROM <= int(digits) <= _SERIAL_TO:
        return (int(digits) - _SERIAL_1970) * _DAY_S
    if len(digits) < 3 or int(digits) in SENTINELS or not EARLIEST_YEAR <= int(digits) <= LATEST_YEAR:
        return float("nan")
    return year_s(int(digits))


def _of_era(found: re.Match[str]) -> float:
    year = _ERAS[found[1]] + (1 if found[2] == "元" else int(found[2]))
    return _date_s(year, int(found[3] or 1), int(found[4] or 1))


def _of_parts(found: re.Match[str]) -> float:
    parts = [int(p) for p in found.groups() if p]
    return _date_s(*(*parts, 1, 1)[:3])


def _of_iso(found: re.Match[str]) -> float:
    exact = _precise(found[0])
    return _of_parts(found) if np.isnan(exact) else exact


def _of_turned(found: re.Match[str]) -> float:
    """Read day, month, year; month first where only that makes a date."""
    first, second, year = int(found[1]), int(found[3]), int(found[4])
    day_first = _date_s(year, second, first)
    day_s = _date_s(year, first, second) if np.isnan(day_first) else day_first
    hour, minute, seconds = (int(part or 0) for part in found.groups()[4:])
    half = _HALF_DAY.search(found[0])
    if half is not None and 1 <= hour <= 12:
        hour = hour % 12 + (12 if half[1] in "pP" else 0)
    return day_s + hour * 3600 + minute * 60 + seconds


def _of_short(found: re.Match[str]) -> float:
    """Read day, month and the last two digits of a year that is not to come."""
    last = int(found[4])
    year = last + (2000 if last <= datetime.now(UTC).year % 100 else 1900)
    return _date_s(year, int(found[3]), int(found[1]))


def _of_named(found: re.Match[str]) -> float:
    month = _month(found[2])
    return _date_s(int(found[3]), month, int(found[1] or 1)) if month else float("nan")


def _of_named_first(found: re.Match[str]) -> float:
    month = _month(found[1])
    return _date_s(int(found[3]), month, int(found[2])) if month else float("nan")


def _month(word: str) -> int:
    """Return the number of a month's name in English, German or French; 0 for another word."""
    folded = word.casefold().replace("ä", "ae")
    plain = "".join(c for c in unicodedata.normalize("NFD", folded) if not unicodedata.combining(c))
    return _MONTHS.get(plain, 0)


def _of_century(found: re.Match[str]) -> float:
    number = int(found[1]) if found[1].isdigit() else _ROMAN.get(found[1].lower(), 0)
    return year_s((number - 1) * 100 + 1) if 10 <= number <= 21 else float("nan")  # what may stand today


def _precise(word: str) -> float:
    try:
        moment = datetime.fromisoformat(word.replace("/", "-"))
    except ValueError:
        return float("nan")
    return _known((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp(), moment.year)


def _date_s(year: int, month: int, day: int) -> float:
    try:
        return _known(datetime(year, month, day, tzinfo=UTC).timestamp(), year)
    except (ValueError, OverflowError):
        return float("nan")


def _known(moment_s: float, year: int) -> float:
    return float("nan") if year in SENTINELS or year == 1 else moment_s


def _without_sentinels(moments: FloatArray) -> FloatArray:
    moments[(moments >= year_s(9999)) | (moments < year_s(2))] = np.nan
    return moments


_WIDE = {ord("\uff10") + n: str(n) for n in range(10)} | {ord("\uff0f"): "/", ord("\uff0d"): "-", ord("\u3000"): " "}
_READERS: tuple[tuple[re.Pattern[str], Any], ...] = (
    (_YEAR, _of_year),
    (_RANGE, _of_year),
    (_MONTH, _of_parts),
    (_ISO, _of_iso),
    (_TURNED, _of_turned),
    (_SHORT, _of_short),
    (_CENTURY, _of_century),
    (_NAMED, _of_named),
    (_NAMED_FIRST, _of_named_first),
    (_ERA, _of_era),
    (_KANJI, _of_parts),
)
