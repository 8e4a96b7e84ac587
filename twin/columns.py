"""A table made of columns that are there already: for layers that come from no file."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

import numpy as np
import numpy.typing as npt

from twin.errors import ColumnError
from twin.table import ColumnKind

_KINDS: dict[str, ColumnKind] = {"f": "number", "O": "text", "b": "bool", "M": "time"}


class ColumnTable:
    """twin.table.Table over arrays of one length: float64 numbers, object texts, bool, datetime64."""

    def __init__(self, columns: Mapping[str, npt.NDArray[Any]]) -> None:
        """Keep columns, (n,) each, by name in their order."""
        self._columns = dict(columns)

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(next(iter(self._columns.values()), ()))

    def fields(self) -> Mapping[str, ColumnKind]:
        """Return the columns and their kinds."""
        return {name: _KINDS.get(values.dtype.kind, "other") for name, values in self._columns.items()}

    def column(self, name: str) -> npt.NDArray[Any]:
        """Return one column, (n,).

        raises   ColumnError  there is no such column
        """
        if name not in self._columns:
            near = get_close_matches(name, self._columns, n=1)
            hint = f'Did you mean "{near[0]}"?' if near else f"The columns are: {', '.join(self._columns)}."
            raise ColumnError(f'There is no column "{name}".', hint=hint, column=name)
        return self._columns[name]

    def row(self, number: int) -> dict[str, object]:
        """Return one row as plain Python values, None where empty."""
        return {name: _plain(values[number]) for name, values in self._columns.items()}


def texts(values: list[str]) -> npt.NDArray[np.object_]:
    """Return texts as a column; None where empty."""
    column = np.empty(len(values), object)
    column[:] = [value or None for value in values]
    return column


def numbers(values: list[float]) -> npt.NDArray[np.float64]:
    """Return numbers as a column."""
    return np.asarray(values, np.float64)


def _plain(value: Any) -> object:
    plain = value.item() if isinstance(value, np.generic) else value
    return None if isinstance(plain, float) and np.isnan(plain) else plain
