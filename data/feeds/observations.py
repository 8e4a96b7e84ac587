"""What was said, as a batch of observations: numbers, names, places, times; what is of no use is counted."""

from __future__ import annotations

import re
from collections.abc import Mapping as Dict
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from data.feeds.documents import Problems
from data.feeds.paths import ABSENT
from data.feeds.times import times_of
from twin.entities import Column, EntityBatch, FloatArray
from twin.errors import FeedError
from twin.feed import LONLAT_DIGITS, Mapping
from twin.place import transformer

MOST_NAME = 200
MOST_DEGREES = 360.0
MOST_NUMBER = 1e15
"""More than any place, height or speed."""
WORDY = ("route", "line", "name", "status", "state", "desi", "trip", "stop", "type", "unit", "code", "label", "number",
         "platform", "track", "thing")  # fmt: skip
"""How the parts of names begin whose values are words, even where they look like numbers."""
Flags = npt.NDArray[np.bool_]


def batch_of(
    columns: Dict[str, Sequence[Any]],
    mapping: Mapping,
    received_s: float,
    problems: Problems,
    *,
    crs: str = "",
    numeric: set[str] | None = None,
) -> tuple[EntityBatch | None, Flags]:
    """Return the observations that can be used, and which those are.

    columns   by the mapping's names, one item an observation; ABSENT where the message had no such field
    numeric   names of values that are measured numbers: a word among them is none; takes those that turn out to be so
    returns   the batch, None if it is empty; (n,) whether each is in it
    raises    FeedError  x and y cannot be turned into longitude and latitude
    """
    n = len(next(iter(columns.values()), ()))
    if not n:
        return None, np.zeros(0, bool)
    ids, is_named = _names(columns.get("id"), n)
    lon, lat, is_placed, is_silent = _places(columns, n, crs)
    known = set() if numeric is None else numeric
    values = {k[6:]: _values(said, k[6:], known, problems) for k, said in columns.items() if k.startswith("value ")}
    says = ~is_silent | _says_any(columns, values, n)
    lon, lat, is_nowhere = _without_null_island(lon, lat)
    in_range = ~is_placed | ((np.abs(lon) <= 180) & (np.abs(lat) <= 90))
    is_used = is_named & (is_placed | is_silent) & in_range & says
    kinds = {"no_id": ~is_named, "no_position": ~is_placed & ~is_silent, "out_of_range": ~in_range}
    _count(problems, columns, kinds | {"nothing_in_it": is_named & ~says, "null_island": is_nowhere})
    if not is_used.any():
        return None, is_used
    numbers = {
        name: floats_of(columns[name])[0] for name in ("z", "heading", "speed", "end_lon", "end_lat") if name in columns
    }
    times = times_of(_kept(columns["time"], is_used), mapping.time_format) if "time" in columns else None
    keep = slice(None) if is_used.all() else is_used

    def kept(name: str, digits: int) -> FloatArray | None:
        return numbers[name][keep].round(digits) if name in numbers else None

    heading = kept("heading", 1)
    if heading is not None:
        heading[np.abs(heading) > MOST_DEGREES] = np.nan  # such as 511 of ships: not known
    batch = EntityBatch(
        ids if is_used.all() else [i for i, used in zip(ids, is_used, strict=True) if used],
        received_s,
        lon[keep].round(LONLAT_DIGITS),
        lat[keep].round(LONLAT_DIGITS),
        times if times is not None else np.full(int(is_used.sum()), np.nan),
        z_m=kept("z", 2),
        heading_rad=np.radians(heading % 360.0) if heading is not None else None,
        speed_mps=kept("speed", 2),
        end_lon=kept("end_lon", LONLAT_DIGITS),
        end_lat=kept("end_lat", LONLAT_DIGITS),
        values={name: _said(column[keep]) for name, column in values.items()},
    )
    return batch, is_used


def _kept(said: Sequence[Any], is_used: Flags) -> Sequence[Any]:
    return said if is_used.all() else [s for s, used in zip(said, is_used, strict=True) if used]


def floats_of(said: Sequence[Any]) -> tuple[FloatArray, Flags]:
    """Return numbers (n,), NaN where there is none; and where the field was not there at all."""
    try:
        numbers = np.array(said, float)
    except (TypeError, ValueError, OverflowError):
        numbers = np.empty((0, 0))
    if numbers.ndim != 1:  # lists among them
        numbers = np.array([_number(one) for one in said], float)
    is_absent = numbers == ABSENT
    numbers[is_absent | (np.abs(numbers) > MOST_NUMBER)] = np.nan
    return numbers, is_absent


def _number(one: object) -> float:
    try:
        if isinstance(one, str):
            return float(one.replace(",", ".") if one.count(",") == 1 and "." not in one else one)
        return float(one) if isinstance(one, int | float) else np.nan
    except (ValueError, OverflowError):
        return np.nan


def _names(said: Sequence[Any] | None, n: int) -> tuple[list[str], Flags]:
    if said is None:
        return [str(i + 1) for i in range(n)], np.ones(n, bool)
    names = list(said) if set(map(type, said)) == {str} else [one if type(one) is str else _name(one) for one in said]
    is_named = np.fromiter(map(bool, names), bool, n)
    if max(map(len, names)) > MOST_NAME:
        names = [name[:MOST_NAME] for name in names]
    return names, is_named


def _name(one: object) -> str:
    if one is None or one == ABSENT or isinstance(one, bool | dict | list):
        return ""
    if isinstance(one, float):
        return str(int(one)) if one.is_integer() else "" if one != one else str(one)  # noqa: PLR0124  NaN
    return str(one)


def _places(columns: Dict[str, Sequence[Any]], n: int, crs: str) -> tuple[FloatArray, FloatArray, Flags, Flags]:
    """Return longitudes, latitudes, where both are known, and where the message said nothing about them."""
    east, north = ("lon", "lat") if "lon" in columns else ("x", "y")
    if east not in columns or north not in columns:
        return np.full(n, np.nan), np.full(n, np.nan), np.zeros(n, bool), np.ones(n, bool)
    x, is_without_x = floats_of(columns[east])
    y, is_without_y = floats_of(columns[north])
    if east == "x":
        x, y = _lonlat(x, y, crs)
    return x, y, np.isfinite(x) & np.isfinite(y), is_without_x & is_without_y


def _without_null_island(lon: FloatArray, lat: FloatArray) -> tuple[FloatArray, FloatArray, Flags]:
    """Return places without those at 0, 0 exactly, which mean that none is known; and which these are."""
    is_nowhere = (lon == 0.0) & (lat == 0.0)
    if is_nowhere.any():
        lon, lat = np.where(is_nowhere, np.nan, lon), np.where(is_nowhere, np.nan, lat)
    return lon, lat, is_nowhere


def _lonlat(x: FloatArray, y: FloatArray, crs: str) -> tuple[FloatArray, FloatArray]:
    if not crs:
        raise FeedError("x and y have no CRS.", hint="Add crs=EPSG:… to the mapping, or map lon and lat.")
    try:
        lon, lat = transformer(crs, "EPSG:4326").transform(x, y)
    except Exception as error:
        raise FeedError(f'x and y cannot be read as "{crs}".', hint="Look at crs= in the mapping.", crs=crs) from error
    return np.where(np.isfinite(lon), lon, np.nan), np.where(np.isfinite(lat), lat, np.nan)


def _values(said: Sequence[Any], name: str, numeric: set[str], problems: Problems) -> Column:
    """Return a value's column: numbers where all that is said are numbers, else words.

    Digits between quotation marks are a number, but not where a route, a name or the like is told: "550" and "550K".
    What was a measured number before is one for good: "n/a" in between is none.
    """
    tokens = re.findall("[a-z]+", name.lower())
    is_wordy = any(t.startswith(WORDY) or t == "id" for t in tokens) and any(type(one) is str for one in said)
    if is_wordy and name not in numeric:
        return _words(said)
    try:
        numbers = np.array(said, float)
    except (TypeError, ValueError, OverflowError):
        return _mixed(said, name, numeric, problems)
    if numbers.ndim != 1:
        return _mixed(said, name, numeric, problems)
    numbers[(numbers == ABSENT) | np.isinf(numbers)] = np.nan
    if name not in numeric and any(_is_measured(one) for one in said):
        numeric.add(name)
    return numbers


def _mixed(said: Sequence[Any], name: str, numeric: set[str], problems: Problems) -> Column:
    """Return what has words in it as numbers, if numbers were measured before or among them; else as words."""
    numbers = np.array([np.nan if one == ABSENT else _number(one) for one in said], float)
    numbers[np.isinf(numbers)] = np.nan
    is_other = [isinstance(s, str) and s.strip() != "" and np.isnan(n) for s, n in zip(said, numbers, strict=True)]
    if name not in numeric and any(is_other) and not any(type(one) is float and one != ABSENT for one in said):
        return _words(said)
    if np.isfinite(numbers).any():
        numeric.add(name)
    if any(is_other):
        problems.add("not_a_number", {name: said[is_other.index(True)]}, sum(is_other))
    return numbers


def _is_measured(one: object) -> bool:
    """Return whether something is a number as it is written, or a text of one with decimals."""
    if isinstance(one, str):
        return "." in one or "," in one
    return isinstance(one, int | float) and not isinstance(one, bool) and one != ABSENT


def _words(said: Sequence[Any]) -> Column:
    words = np.empty(len(said), object)
    words[:] = [_word(one) for one in said]
    if not any(w is not None for w in words):
        return np.full(len(said), np.nan)
    return words


def _said(column: Column) -> Column:
    """Return a column without words as one of numbers: what is recorded and read again is the same."""
    is_silent = column.dtype == object and all(v is None for v in column)
    return np.full(len(column), np.nan) if is_silent else column


def _word(one: object) -> str | None:
    if one is None or one == ABSENT or isinstance(one, dict | list) or one == "":
        return None
    return str(one)[:MOST_NAME]


def _says_any(columns: Dict[str, Sequence[Any]], values: Dict[str, Column], n: int) -> Flags:
    says = np.zeros(n, bool)
    for column in values.values():
        says |= np.array([v is not None for v in column]) if column.dtype == object else ~np.isnan(column.astype(float))
    if "end_lon" in columns:
        says |= np.isfinite(floats_of(columns["end_lon"])[0])
    return says


def _count(problems: Problems, columns: Dict[str, Sequence[Any]], flags: Dict[str, Flags]) -> None:
    for kind, is_so in flags.items():
        count = int(is_so.sum())
        if count:
            first = int(np.flatnonzero(is_so)[0])
            said = {name: items[first] for name, items in columns.items() if items[first] != ABSENT}
            problems.add(kind, said, count)
