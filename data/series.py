"""Tables of values over time: id, time, value a row; or a column an id; or a folder with a file an id."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from data.tables import read_table
from twin.date_values import column_moments
from twin.derived import category_column, column_rows
from twin.errors import SourceError
from twin.table import Table

FloatArray = npt.NDArray[np.float64]
SUFFIXES = frozenset({".csv", ".tsv", ".txt", ".xlsx", ".xls", ".ods", ".parquet", ".dbf"})
_LIKELY = 0.9
_REPEATS = 2
"""In a table with one row an id and time, each time stands so often at least."""


@dataclass(frozen=True, slots=True, eq=False)
class Series:
    """Values of things over time."""

    name: str
    ids: npt.NDArray[np.object_]
    """(n,) str."""
    time_s: FloatArray
    """(t,) UTC epoch, ascending."""
    values: dict[str, FloatArray] = field(default_factory=dict)
    """(t, n) of each thing measured, NaN where it is not known."""

    def at(self, at_s: float) -> tuple[float, dict[str, FloatArray]]:
        """Return the time that was last measured at a moment, and the values (n,) then; the first before all."""
        place = max(int(np.searchsorted(self.time_s, at_s + 1e-6, side="right")) - 1, 0)
        return float(self.time_s[place]), {name: rows[place] for name, rows in self.values.items()}


def read_series(path: Path) -> Series:
    """Read a table of values over time.

    raises   SourceError  it cannot be read, or there is no time in it
    """
    if path.is_dir():
        return _of_folder(path)
    return _of_table(read_table(path).table, path.stem)


def _of_folder(path: Path) -> Series:
    """Read a folder with a file of values over time for each id; the id is the beginning of the file's name."""
    files = sorted(file for file in path.iterdir() if file.suffix.lower() in SUFFIXES)
    read = [(file.stem.split("_")[0], read_table(file).table) for file in files]
    read = [(name, table) for name, table in read if _time_column(table)]
    if not read:
        raise SourceError(
            f'No table in "{path.name}" has a time.', hint="Each file needs a column of times.", path=str(path)
        )
    moments = np.unique(np.concatenate([_moments(table, _time_column(table)) for _, table in read]))
    fields = [n for n, kind in read[0][1].fields().items() if kind == "number" and n != _time_column(read[0][1])]
    values = {name: np.full((len(moments), len(read)), np.nan) for name in fields}
    for place, (_, table) in enumerate(read):
        rows = np.searchsorted(moments, _moments(table, _time_column(table)))
        for name in set(fields) & set(table.fields()):
            values[name][rows, place] = column_rows(table, name)
    return Series(path.name, np.array([name for name, _ in read], object), moments, values)


def _of_table(table: Table, name: str) -> Series:
    time = _time_column(table)
    if not time:
        raise SourceError(
            "There is no column of times in this table.", hint="It needs one such as 2024-05-01 12:00.", table=name
        )
    moments = _moments(table, time)
    times = np.unique(moments[~np.isnan(moments)])
    kinds = {n: kind for n, kind in table.fields().items() if n != time}
    numbers = [n for n, kind in kinds.items() if kind == "number"]
    if len(moments) < _REPEATS * len(times):  # a row a time: the columns are the ids
        order = np.argsort(moments, kind="stable")[: int((~np.isnan(moments)).sum())]
        columns = [np.asarray(column_rows(table, n), np.float64)[order] for n in numbers]
        return Series(name, np.array(numbers, object), moments[order], {"value": np.column_stack(columns)})
    key = next((n for n, kind in kinds.items() if kind == "text"), numbers[0] if numbers else "")
    ids = category_column(table, key)
    assert ids.codes is not None
    known = ~np.isnan(moments) & (ids.codes >= 0)
    rows = np.searchsorted(times, moments[known])
    values = {}
    for field_name in (n for n in numbers if n != key):
        grid = np.full((len(times), len(ids.values)), np.nan)
        grid[rows, ids.codes[known]] = np.asarray(column_rows(table, field_name), np.float64)[known]
        values[field_name] = grid
    return Series(name, np.array([str(v) for v in ids.values], object), times, values)


def _time_column(table: Table) -> str:
    """Return the first column that is a time nearly everywhere; "" if there is none."""
    for wanted in (("time",), ("text",), ("number",)):
        for name, kind in table.fields().items():
            is_named = kind != "number" or name.casefold() in (
                "time",
                "timestamp",
                "date",
                "datetime",
                "year",
                "zeit",
                "jahr",
            )
            if kind in wanted and is_named and len(table):
                moments = column_moments(table, name)
                if float((~np.isnan(moments)).mean()) >= _LIKELY:
                    return name
    return ""


def _moments(table: Table, name: str) -> FloatArray:
    return column_moments(table, name)
