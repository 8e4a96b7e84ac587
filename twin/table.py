"""A layer's attributes: columns with a name and a kind, read when they are asked for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, Protocol

import numpy as np
import numpy.typing as npt

ColumnKind = Literal["number", "text", "bool", "time", "other"]


class Table(Protocol):
    """Rows of attributes; row i belongs to feature row i of the layer's file, whether it is shown or not."""

    def __len__(self) -> int:
        """Return the number of rows."""
        ...

    def fields(self) -> Mapping[str, ColumnKind]:
        """Return the columns and their kinds, in the file's order."""
        ...

    def column(self, name: str) -> npt.NDArray[np.generic]:
        """Return one column, (n,): numbers as float64 with NaN where empty, text as object with None where empty.

        raises   ColumnError  there is no such column; the sentence proposes the nearest name
        """
        ...

    def row(self, number: int) -> dict[str, object]:
        """Return one row as plain Python values, None where empty."""
        ...
