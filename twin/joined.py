"""A layer's table with the columns of another table beside its own; joined columns are made when they are asked for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NoReturn

import numpy as np
import numpy.typing as npt

from twin.derived import category_column, column_rows, derived
from twin.keys import Codes, Folding, KeyCodes, SharesKeys
from twin.table import ColumnKind, Table

FloatArray = npt.NDArray[np.float64]
Rows = npt.NDArray[Any]

ROWS = "rows"
"""The column that counts the table's rows behind each row of the layer."""
_NO_WORD = re.compile(r"\W+")


class Reduce(StrEnum):
    """What becomes of the values where several rows of the table belong to one row of the layer."""

    FIRST = "first"
    """The values of the first of them, as the table is ordered."""
    SUM = "sum"
    """Numbers are added up, empty ones left out; other columns take the first."""
    MEAN = "mean"
    """Numbers are averaged, empty ones left out; other columns take the first."""
    COUNT = "count"
    """How many are not empty, 0 where there is none."""
    MOST_FREQUENT = "most_frequent"
    """The value that occurs most often, empty ones left out; the earlier one of equals."""


@dataclass(frozen=True)
class _Groups:
    """Which rows of the right table stand behind which row of the left."""

    codes: KeyCodes
    row_of_code: Codes
    """(k,) the first right row of each key."""
    right_row: Codes
    """(n,) the first right row behind each left row; -1 for none."""
    is_unique: bool
    """Whether no key occurs twice in the right table."""


class JoinedTable:
    """twin.table.Table of a left table and what a right one says about its rows. Copies nothing of either."""

    def __init__(self, left: Table, right: Table, codes: KeyCodes, *, keys: tuple[str, str], **how: Any) -> None:
        """Put two tables side by side.

        codes   the keys of both
        keys    the key columns, left and right; the right one is left out where it is named like the left one
        how     reduce: a Reduce; name: the table's name, put before columns that the left table has already;
                columns: the right ones wanted, none for all; prefix: put before every right column
        raises  ColumnError  the right table has no such column
        """
        self._left, self._right, self._codes = left, right, codes
        self._reduce: Reduce = how["reduce"]
        self._name = str(how["name"])
        self._key = keys[1]
        self._groups = _grouped(codes)
        self._fields = dict(left.fields())
        self._source: dict[str, str | None] = {}
        prefix = _NO_WORD.sub("_", str(how["name"])).strip("_") or "table"
        kinds, before = right.fields(), str(how.get("prefix", ""))
        for name in how.get("columns") or kinds:
            if keys != (name, name):
                kind = kinds[name] if name in kinds else _unknown(name, kinds)
                self._place(before + name, name, self._kind(name, kind), prefix)
        if not self._groups.is_unique:
            self._place(before + ROWS, None, "number", prefix)

    def _place(self, name: str, source: str | None, kind: ColumnKind, prefix: str) -> None:
        chosen, number = name, 2
        if chosen in self._fields:
            chosen = f"{prefix}_{name}"
        while chosen in self._fields:
            chosen, number = f"{prefix}_{name}_{number}", number + 1
        self._fields[chosen], self._source[chosen] = kind, source

    def _kind(self, name: str, kind: ColumnKind) -> ColumnKind:
        reduce = self._reduction(name, kind)
        return kind if reduce in (Reduce.FIRST, Reduce.MOST_FREQUENT) else "number"

    def _reduction(self, name: str, kind: ColumnKind) -> Reduce:
        """Return what is really done to a column."""
        if name == self._key:
            return Reduce.FIRST
        if self._reduce in (Reduce.SUM, Reduce.MEAN):
            return Reduce.FIRST if self._groups.is_unique or kind not in ("number", "bool") else self._reduce
        if self._reduce is Reduce.MOST_FREQUENT and (self._groups.is_unique or kind == "other"):
            return Reduce.FIRST
        return self._reduce

    def __len__(self) -> int:
        """Return the number of rows: those of the left table."""
        return len(self._left)

    @property
    def left(self) -> Table:
        """Return the table that was joined to."""
        return self._left

    def on(self, left: Table) -> JoinedTable:
        """Return the same join on another state of the left table, which has the same rows and columns."""
        made = copy(self)
        made._left = left  # noqa: SLF001  another of our own kind
        return made

    @property
    def name(self) -> str:
        """Return the name of the table that was joined."""
        return self._name

    @property
    def codes(self) -> KeyCodes:
        """Return which rows of both tables belong together."""
        return self._codes

    @property
    def matched(self) -> int:
        """Return how many rows of the left table have a match."""
        return int((self._groups.right_row >= 0).sum())

    @property
    def joined(self) -> Mapping[str, str | None]:
        """Return the columns that came by the join, with their names in the right table (None: the count of rows)."""
        return self._source

    def fields(self) -> Mapping[str, ColumnKind]:
        """Return the columns and their kinds: the left table's, then the joined ones."""
        return self._fields

    def column(self, name: str) -> Rows:
        """Return one column, (n,), as twin.table.Table says; a joined one is empty where there is no match.

        raises   ColumnError  there is no such column
        """
        if name not in self._source:
            return self._left.column(name) if name in self._left.fields() else _unknown(name, self._fields)
        return derived(self, ("joined", name), lambda: self._made(self._source[name]))

    def row(self, number: int) -> dict[str, object]:
        """Return one row as plain Python values, None where empty."""
        values = self._left.row(number)
        place = int(self._groups.right_row[number])
        first = self._right.row(place) if place >= 0 else {}
        kinds = self._right.fields()
        for name, source in self._source.items():
            if source is not None and self._reduction(source, kinds[source]) is Reduce.FIRST:
                values[name] = first.get(source)
            else:
                values[name] = _plain(self.column(name)[number])
        return values

    def shared_keys(self, name: str, other: Table, other_name: str, folding: Folding) -> KeyCodes | None:
        """Return the keys of a left column and another table's numbered together; see twin.keys.SharesKeys."""
        if name in self._source or not isinstance(self._left, SharesKeys):
            return None
        return self._left.shared_keys(name, other, other_name, folding)

    def is_folded(self, name: str, folding: Folding) -> bool | None:
        """Return whether a left column has keys that this folding changes; see twin.keys.SharesKeys."""
        if name in self._source or not isinstance(self._left, SharesKeys):
            return None
        return self._left.is_folded(name, folding)

    def _made(self, source: str | None) -> Rows:
        groups = self._groups
        if source is None:
            codes = groups.codes.right
            return _spread(np.bincount(codes[codes >= 0], minlength=groups.codes.count).astype(float), groups, 0.0)
        reduce = self._reduction(source, self._right.fields()[source])
        if reduce is Reduce.FIRST:
            return _taken(column_rows(self._right, source), groups.right_row)
        if reduce is Reduce.MOST_FREQUENT:
            return _taken(column_rows(self._right, source), _most_frequent(self._right, source, groups))
        values = column_rows(self._right, source)
        if reduce is Reduce.COUNT:
            counted = groups.codes.right[~_is_empty(values) & (groups.codes.right >= 0)]
            return _spread(np.bincount(counted, minlength=groups.codes.count).astype(float), groups, 0.0)
        return _spread(_summed(values, groups, is_mean=reduce is Reduce.MEAN), groups, np.nan)


def _unknown(name: str, fields: Mapping[str, ColumnKind]) -> NoReturn:
    from difflib import get_close_matches  # noqa: PLC0415  only where something is wrong

    from twin.errors import ColumnError  # noqa: PLC0415  likewise

    near = get_close_matches(name, fields, n=1, cutoff=0.5)
    hint = f'Did you mean "{near[0]}"?' if near else f"The columns are: {', '.join(list(fields)[:12])}."
    raise ColumnError(f'There is no column "{name}".', hint=hint, column=name)


def _grouped(codes: KeyCodes) -> _Groups:
    """Find the first right row of each key, and of each left row."""
    rows = np.flatnonzero(codes.right >= 0)
    row_of_code = np.full(codes.count + 1, -1, np.intp)
    row_of_code[codes.right[rows][::-1]] = rows[::-1]  # of rows with one key, the last written stays: the first
    right_row = row_of_code[codes.left]  # -1 takes the last entry, which is -1
    return _Groups(codes, row_of_code[:-1], right_row, len(rows) == codes.count)


def _spread(by_code: FloatArray, groups: _Groups, missing: float) -> FloatArray:
    return np.append(by_code, missing)[groups.codes.left]


def _taken(values: Rows, rows: Codes) -> Rows:
    """Return values[rows], empty where a row is -1."""
    is_missing = rows < 0
    if not len(values):
        values = np.array(
            [None] if values.dtype.kind in "Ob" else [0], values.dtype if values.dtype != bool else object
        )
    taken: Rows = values[rows]
    if not is_missing.any():
        return taken
    if taken.dtype.kind == "M":
        taken[is_missing] = np.datetime64("NaT")
        return taken
    if taken.dtype.kind == "f":
        taken[is_missing] = np.nan
        return taken
    taken = taken.astype(object)
    taken[is_missing] = None
    return taken


def _is_empty(values: Rows) -> npt.NDArray[np.bool_]:
    if values.dtype.kind == "f":
        return np.isnan(values)
    if values.dtype.kind == "M":
        return np.isnat(values)
    if values.dtype.kind == "O":
        return np.array([v is None or v == "" for v in values.tolist()], bool)
    return np.zeros(len(values), bool)


def _summed(values: Rows, groups: _Groups, *, is_mean: bool) -> FloatArray:
    """Return sum or mean of the filled numbers of each key, (k,); NaN where there is none."""
    numbers = (
        np.array([np.nan if v is None else float(v) for v in values.tolist()]) if values.dtype == object else values
    )
    numbers = numbers.astype(np.float64, copy=False)
    is_filled = ~np.isnan(numbers) & (groups.codes.right >= 0)
    codes = groups.codes.right[is_filled]
    total = np.bincount(codes, numbers[is_filled], groups.codes.count)
    filled = np.bincount(codes, minlength=groups.codes.count)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(filled > 0, total / filled if is_mean else total, np.nan)


def _most_frequent(right: Table, name: str, groups: _Groups) -> Codes:
    """Return the right row (n,) that holds the value most frequent behind each left row; -1 for none."""
    text = category_column(right, name)
    if text.codes is None or not len(text.values):
        return np.full(len(groups.right_row), -1, np.intp)
    rows = np.flatnonzero((groups.codes.right >= 0) & (text.codes >= 0))
    pair = groups.codes.right[rows] * len(text.values) + text.codes[rows]
    _, first, counts = np.unique(pair, return_index=True, return_counts=True)
    order = np.lexsort((-first, counts))  # the most frequent last; of equals the earliest
    row_of_code = np.full(groups.codes.count + 1, -1, np.intp)
    chosen = rows[first[order]]
    row_of_code[groups.codes.right[chosen]] = chosen
    return row_of_code[groups.codes.left]


def _plain(value: object) -> object:
    if isinstance(value, np.datetime64):
        return None if np.isnat(value) else value.item()
    value = getattr(value, "item", lambda: value)()
    return None if isinstance(value, float) and value != value else value  # noqa: PLR0124  NaN
