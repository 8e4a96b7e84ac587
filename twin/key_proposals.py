"""Which columns of two tables would do as keys, best first."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from twin.derived import column_rows
from twin.keys import Folding, folded
from twin.table import Table

SAMPLED_ROWS = 2_000
"""So many rows of the left table are looked up."""
TYPED_ROWS = 500
"""So many rows decide whether a column can be a key at all."""
_FEWEST = 0.01
_COUNTER_WORTH = 0.3
"""A column that only counts its rows meets every other such column; it proves little."""
_SAME_NAME = 0.15


@dataclass(frozen=True, slots=True)
class KeyPair:
    """Two columns that could be joined by."""

    left: str
    right: str
    rate: float
    """Share of the left table's rows with a key that are in the right table, 0 to 1; of a sample in large tables."""
    variety: float
    """Share of the left keys that differ from each other, 0 to 1: near 1 for a key, near 0 for a category."""
    score: float
    """What the pairs are ranked by."""


@dataclass(frozen=True, slots=True)
class _Column:
    name: str
    words: tuple[str, ...]
    """The keys of the sampled rows, folded."""
    is_counter: bool


def propose_keys(left: Table, right: Table, *, most: int = 10) -> list[KeyPair]:
    """Return pairs of columns that could be joined by, the most likely first.

    A sample of the left rows is looked up in all rows of the right table, however the keys are padded. Pairs are
    ranked by how many rows match, how different the keys are from each other, and whether the names agree.
    """
    ours = [column for name in left.fields() if (column := _column(left, name)) is not None]
    pairs: list[KeyPair] = []
    for name in right.fields():
        if _column(right, name) is None or not ours:
            continue
        wanted = {word for column in ours for word in column.words}
        rows = column_rows(right, name)
        found = wanted.intersection(filter(None, (folded(value, Folding.PADDED) for value in _different(rows))))
        is_counter = _is_counter(rows)
        pairs += [pair for column in ours if (pair := _pair(column, name, found, is_counter=is_counter)) is not None]
    return sorted(pairs, key=lambda pair: (-pair.score, pair.left, pair.right))[:most]


def _pair(column: _Column, right: str, found: set[str], *, is_counter: bool) -> KeyPair | None:
    rate = sum(word in found for word in column.words) / len(column.words)
    if rate < _FEWEST:
        return None
    variety = len(set(column.words)) / len(column.words)
    worth = _COUNTER_WORTH if is_counter and column.is_counter else 1.0
    is_same = column.name.casefold() == right.casefold()
    score = worth * rate * (0.2 + 0.8 * variety) + (_SAME_NAME * rate if is_same else 0.0)
    return KeyPair(column.name, right, rate, variety, score)


def _column(table: Table, name: str) -> _Column | None:
    """Return a column that could be a key: text, or whole numbers; None for others and for empty ones."""
    if table.fields()[name] not in ("number", "text"):
        return None
    rows = column_rows(table, name)
    if rows.dtype.kind == "f":
        filled = rows[~np.isnan(rows)][:TYPED_ROWS]
        if (filled != np.floor(filled)).any():
            return None
    sample = rows[:: max(1, len(rows) // SAMPLED_ROWS)]
    words = tuple(filter(None, (folded(value, Folding.PADDED) for value in sample.tolist())))
    return _Column(name, words, _is_counter(rows)) if words else None


def _different(rows: npt.NDArray[np.generic]) -> set[object]:
    if rows.dtype.kind == "f":
        return set(np.unique(rows[~np.isnan(rows)]).tolist())
    return set(rows.tolist())


def _is_counter(rows: npt.NDArray[np.generic]) -> bool:
    """Return whether a column only numbers its rows, from any number on."""
    if rows.dtype.kind != "f" or len(rows) < 2:
        return False
    return bool((np.diff(rows.astype(np.float64)) == 1.0).all())
