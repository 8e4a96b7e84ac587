"""Cases of a city: alarms and residents' comments that somebody has to see to: opened, assigned, closed, timed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from plugins.contract import PluginError
from plugins.selection import texts_of

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
OPENED = (
    "opened",
    "opened_at",
    "created",
    "created_at",
    "reported",
    "raised",
    "raised_at",
    "raised_s",
    "begin",
    "start",
    "since",
    "time",
    "date",
    "timestamp",
    "created_date",
)
CLOSED = (
    "closed",
    "closed_at",
    "over",
    "over_at",
    "over_s",
    "resolved",
    "resolved_at",
    "cleared",
    "completed",
    "ended",
    "end",
    "done_at",
    "answered",
)
STATUS = ("status", "state", "answer_state", "casestatus", "stage")
ASSIGNED = ("assigned", "assigned_to", "assignee", "responsible", "unit", "owner", "department")
OVER = {"closed", "done", "resolved", "cleared", "declined", "completed", "finished", "erledigt", "rejected",
        "withdrawn", "complete", "fixed", "ended", "geschlossen", "clos", "終了", "完了"}  # fmt: skip
DAY_S = 86_400.0


@dataclass(frozen=True)
class Cases:
    """Cases as columns."""

    xy: FloatArray
    is_open: npt.NDArray[np.bool_]
    days: FloatArray
    """(k,) days from opening to closing; of open ones until now; NaN where a day is missing."""
    assigned: npt.NDArray[np.str_]
    source: npt.NDArray[np.str_]
    row: IntArray

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.xy)


def cases_of(table: gpd.GeoDataFrame, now: datetime, source: str) -> Cases:
    """Return a layer's features as cases.

    A case is over where its closing day has come or its status says so.

    raises   PluginError  no column tells a status or a day
    """
    names = {str(n).casefold(): str(n) for n in table.columns}
    opened, closed = (_moments(table, names, wanted) for wanted in (OPENED, CLOSED))
    status = next((names[n] for n in STATUS if n in names), "")
    if opened is None and closed is None and not status:
        raise PluginError(f'"{source}" has no column of a status or of days.', "Name one status, opened or closed.")
    nothing = pd.Series(pd.NaT, index=table.index, dtype="datetime64[ns, UTC]")
    opened, closed = (nothing if t is None else t for t in (opened, closed))
    moment = pd.Timestamp(now).tz_convert("UTC")
    said = np.isin(np.char.lower(texts_of(table[status])), list(OVER)) if status else np.zeros(len(table), bool)
    is_over = (closed <= moment).to_numpy(bool) | (said & ~(closed > moment).to_numpy(bool))
    until = closed.where(closed.notna() & is_over, moment if not said.any() else pd.NaT)
    until = until.mask(~is_over, moment)
    days = np.asarray((until - opened).dt.total_seconds(), np.float64) / DAY_S
    who = next((names[n] for n in ASSIGNED if n in names), "")
    begun = ~(opened > moment).to_numpy(bool)
    middles = shapely.get_coordinates(shapely.centroid(table.geometry.to_numpy()))
    return Cases(
        middles[begun],
        ~is_over[begun],
        days[begun],
        texts_of(table[who])[begun] if who else np.zeros(int(begun.sum()), "U1"),
        np.full(int(begun.sum()), source),
        table.index.to_numpy()[begun].astype(np.int64),
    )


def joined(several: Sequence[Cases]) -> Cases:
    """Return cases of several sources as one."""
    return Cases(*(np.concatenate([getattr(c, n) for c in several]) for n in Cases.__dataclass_fields__))


def _moments(table: pd.DataFrame, names: dict[str, str], wanted: Sequence[str]) -> pd.Series[Any] | None:
    """Return a column of moments in UTC; numbers are seconds or milliseconds since 1970."""
    name = next((names[n] for n in wanted if n in names), "")
    if not name:
        return None
    values = table[name]
    if pd.api.types.is_bool_dtype(values):
        return None
    if pd.api.types.is_numeric_dtype(values):
        numbers: pd.Series[Any] = pd.to_numeric(values, errors="coerce").astype(float)
        seconds = numbers / 1000 if numbers.abs().max() > 1e11 else numbers
        found: pd.Series[Any] = pd.to_datetime(seconds, unit="s", utc=True, errors="coerce")
    else:
        found = pd.to_datetime(values, utc=True, errors="coerce", format="mixed")
    moments: pd.Series[Any] = found.dt.as_unit("ns")
    return moments


def by_cell(
    cases: Cases, cell: IntArray, count: int, responsible: npt.NDArray[np.str_], due_days: float
) -> dict[str, Any]:
    """Return columns (n,) of cells: how many cases, who sees to them, how long it takes.

    cell          (k,) the cell of each case, -1 outside
    responsible   (n,) who answers for a cell; where nobody does, those that most of its cases are assigned to
    """
    inside = cell >= 0
    cell = np.where(inside, cell, 0)
    is_open, is_closed = cases.is_open & inside, ~cases.is_open & inside
    is_late = is_open & (cases.days > due_days)
    counted = {
        "cases": np.bincount(cell[inside], minlength=count),
        "cases_open": np.bincount(cell[is_open], minlength=count),
        "cases_closed": np.bincount(cell[is_closed], minlength=count),
        "cases_overdue": np.bincount(cell[is_late], minlength=count),
    }
    days = pd.Series(cases.days)
    timed = days[is_closed].groupby(cell[is_closed]).agg(["mean", "median"]).reindex(range(count))
    oldest = days[is_open].groupby(cell[is_open]).max().reindex(range(count))
    return {
        **counted,
        "days_to_close": timed["mean"].to_numpy(float),
        "days_to_close_median": timed["median"].to_numpy(float),
        "oldest_open_days": oldest.to_numpy(float),
        "assigned_to": assigned(cases, cell, inside, responsible),
    }


def assigned(
    cases: Cases, cell: IntArray, inside: npt.NDArray[np.bool_], responsible: npt.NDArray[np.str_]
) -> npt.NDArray[np.str_]:
    """Return who sees to each cell's cases."""
    found = responsible.astype("U64").copy()
    named = inside & (cases.assigned != "")
    most = pd.Series(cases.assigned[named]).groupby(cell[named]).agg(lambda who: who.mode().iloc[0])
    for place, who in most.items():
        if not found[int(str(place))]:
            found[int(str(place))] = who
    return found
