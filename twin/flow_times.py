"""The times of flows: steps of a table's own, or of hours, days and weeks where every row has a time of its own."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo

import numpy as np
import numpy.typing as npt

from twin.clock import moment_text
from twin.date_values import column_moments
from twin.derived import category_column, column_rows
from twin.table import Table

FloatArray = npt.NDArray[np.float64]
Places = npt.NDArray[np.int64]

DAY_S = 86_400.0
MOST_STEPS, FEW_STEPS, BINS = 10_000, 24, 48
"""Times that stand often, or few times, are a table's own steps; others are put together to about so many ..."""
WIDTHS_S = (60.0, 300.0, 900.0, 3600.0, 6 * 3600.0, DAY_S, 7 * DAY_S, 30 * DAY_S, 365 * DAY_S)
"""... of one of these widths."""
_REPEATS = 6
"""Times that stand so often on average are a table's own."""
_OF_DAY = re.compile(r"\s*(\d{1,2})(?::(\d{2}))?(?::\d{2})?\s*(?:h|uhr|\u6642|(?:-|\u2013|to).*)?\s*", re.IGNORECASE)
HOUR_WORDS = re.compile(
    r"(^|[^a-z])(hour|hours|hr|hh|h|std|stunde|uhrzeit|heure|hora|ora|time_of_day|tod)([^a-z]|$)|\u6642"
)


@dataclass(frozen=True, slots=True)
class FlowTimes:
    """When flows are."""

    steps_s: FloatArray
    """(t,) where each step begins, ascending: seconds since 1970, UTC; or since midnight. None for no times."""
    step: Places
    """(n,) of each row of the table; -1 where it has no time, 0 where there are no times."""
    is_daily: bool = False
    """Whether steps are hours of any day."""
    width_s: float = 0.0
    """How long a step is; 0 until the next one begins."""

    @property
    def span_s(self) -> tuple[float, float] | None:
        """Return from when to when there are flows; None where they have no times, or those of any day."""
        if self.is_daily or not len(self.steps_s):
            return None
        return float(self.steps_s[0]), self.end_s(len(self.steps_s) - 1)

    def end_s(self, step: int) -> float:
        """Return where a step ends."""
        if step + 1 < len(self.steps_s):
            return float(min(self.steps_s[step + 1], self.steps_s[step] + (self.width_s or np.inf)))
        usual = float(np.median(np.diff(self.steps_s))) if len(self.steps_s) > 1 else DAY_S
        return float(self.steps_s[step]) + (self.width_s or usual)

    def at(self, moment_s: float, zone: tzinfo = UTC) -> int:
        """Return the step of a moment: the one that began last; the first before all."""
        if self.is_daily:
            local = datetime.fromtimestamp(moment_s % 4e9, zone)
            moment_s = local.hour * 3600 + local.minute * 60 + local.second
        return max(int(np.searchsorted(self.steps_s, moment_s + 1e-6, side="right")) - 1, 0)

    def told(self, step: int, zone: tzinfo = UTC) -> str:
        """Return when a step is, in words."""
        begin_s, end_s = float(self.steps_s[step]), self.end_s(step)
        if self.is_daily:
            return f"{_clock(begin_s)} to {_clock(end_s)}"
        begin, end = (moment_text(s, zone, has_seconds=False) for s in (begin_s, end_s))
        if begin.endswith("00:00") and end.endswith("00:00"):
            is_year = begin[4:].startswith("-01-01") and end[4:].startswith("-01-01") and end_s - begin_s > 300 * DAY_S
            return begin[:4] if is_year else begin[:10]
        return f"{begin} to {end[11:] if begin[:10] == end[:10] else end}"


def _clock(of_day_s: float) -> str:
    minutes = round(of_day_s / 60)
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def flow_times(table: Table, columns: tuple[str, ...]) -> FlowTimes:
    """Return the times of a table's rows.

    columns  a column of times or of hours of the day; or a day and an hour; none for no times
    raises   ColumnError  there is no such column
    """
    if not columns:
        return FlowTimes(np.empty(0), np.zeros(len(table), np.int64))
    if len(columns) == 1 and (of_day := hours_of_day(table, columns[0])) is not None:
        return _steps(of_day, is_daily=True)
    moments = column_moments(table, columns[0])
    if len(columns) > 1:
        of_day = hours_of_day(table, columns[1])
        moments = moments + (of_day if of_day is not None else np.nan)
    return _steps(moments, is_daily=False)


def hours_of_day(table: Table, name: str) -> FloatArray | None:
    """Return a column as seconds since midnight (n,), NaN where empty; None where it holds no times of the day."""
    rows = column_rows(table, name)
    if rows.dtype.kind in "fiu":
        known = rows[np.isfinite(rows)]
        is_hours = len(known) and bool(((known >= 0) & (known <= 24)).all()) and HOUR_WORDS.search(name.lower())
        return rows.astype(np.float64) % 24 * 3600 if is_hours else None
    if rows.dtype.kind != "O":
        return None
    text = category_column(table, name)
    is_named = bool(HOUR_WORDS.search(name.lower()))
    found = np.array([_of_day_s(str(word), is_named=is_named) for word in text.values.tolist()], np.float64)
    if not len(found) or np.isnan(found).mean() > 0.1:
        return None
    return text.spread(found, np.nan)


def _of_day_s(word: str, *, is_named: bool) -> float:
    match = _OF_DAY.fullmatch(word)
    if match is None or (match[2] is None and not is_named) or int(match[1]) > 24:
        return float("nan")
    return int(match[1]) % 24 * 3600.0 + int(match[2] or 0) * 60.0


def _steps(moments: FloatArray, *, is_daily: bool) -> FlowTimes:
    known = np.isfinite(moments)
    step = np.full(len(moments), -1, np.int64)
    if not known.any():
        return FlowTimes(np.empty(0), step, is_daily)
    steps, place = np.unique(moments[known], return_inverse=True)
    width_s = 0.0
    is_own = len(steps) <= FEW_STEPS or (len(steps) <= MOST_STEPS and known.sum() >= _REPEATS * len(steps))
    if not is_own:
        span_s = float(steps[-1] - steps[0])
        width_s = next((w for w in WIDTHS_S if span_s / w <= BINS), WIDTHS_S[-1])
        if is_daily:
            width_s = max(width_s, 3600.0)
        steps, place = np.unique(np.floor(moments[known] / width_s) * width_s, return_inverse=True)
    step[known] = place
    return FlowTimes(steps, step, is_daily, width_s)
