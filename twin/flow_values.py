"""Numbers of a column as people write them: "1 234,5", "1'234.5", "−3"."""

from __future__ import annotations

import re

import numpy as np
import numpy.typing as npt

from twin.derived import Text, column_rows, derived, number_from_text, text_column
from twin.table import Table

_BLANKS = re.compile(r"[\s\u00a0\u2009\u202f\u2007'\u2019]+")


def plain_numbers(table: Table, name: str) -> npt.NDArray[np.float64]:
    """Return a column's numbers (n,), NaN where there is none; kept.

    raises   ColumnError  there is no such column
    """
    rows = column_rows(table, name)
    if rows.dtype.kind in "fiub":
        return rows.astype(np.float64)
    return derived(table, ("plain numbers", name), lambda: _numbers(text_column(table, name)))


def _numbers(text: Text) -> npt.NDArray[np.float64]:
    words = [number_from_text(_BLANKS.sub("", str(w)) if w is not None else None) for w in text.values.tolist()]
    return text.spread(np.array(words, np.float64), np.nan)
