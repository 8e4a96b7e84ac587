"""How the values of a column are spread: bars over a range of numbers, or over the most frequent words."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from twin.derived import category_column
from twin.table import Table

FloatArray = npt.NDArray[np.float64]
BINS = 40
WORDS_SHOWN = 12
_SQUEEZED = 4.0
"""Where the range is so many times the one of nearly all values, the outer bars take in the outliers."""
_NEARLY_ALL = (0.5, 99.5)
_FINEST = 1e-9
"""Numbers closer together than this share of their size are one number: bars between them would have no width."""


@dataclass(frozen=True, slots=True)
class Spread:
    """The numbers of some rows in bars."""

    edges: tuple[float, ...]
    """(b + 1,) ascending; the first and last bar may be wider than the others, to hold outliers."""
    counts: tuple[int, ...]
    """(b,) a number on an edge is in the bar above it, the greatest in the last."""
    filled: int
    empty: int
    least: float
    greatest: float
    mean: float
    median: float

    def value_at(self, share: float) -> float:
        """Return the number at a place along the bars, 0 to 1; all bars are drawn equally wide."""
        place = min(max(share, 0.0), 1.0) * len(self.counts)
        return float(np.interp(place, np.arange(len(self.edges)), self.edges))

    def share_of(self, value: float) -> float:
        """Return where along the bars a number lies, 0 to 1."""
        return float(np.interp(value, self.edges, np.arange(len(self.edges))) / max(len(self.counts), 1))


@dataclass(frozen=True, slots=True)
class Words:
    """The words of some rows, the most frequent first."""

    values: tuple[str, ...]
    counts: tuple[int, ...]
    others: int
    """Rows with words beyond these."""
    different: int
    """How many different words there are."""
    empty: int


def spread_of(values: FloatArray, *, like: Spread | None = None, bins: int = BINS) -> Spread | None:
    """Return how numbers are spread; None where there is none.

    values   (n,) NaN where empty
    like     take the bars of this one: some rows beside all rows
    """
    numbers = values[np.isfinite(values)]
    if not len(numbers):
        return None
    edges = np.array(like.edges) if like is not None else _edges(numbers, bins)
    counts, _ = np.histogram(np.clip(numbers, edges[0], edges[-1]), edges)
    return Spread(
        edges=tuple(edges.tolist()),
        counts=tuple(counts.tolist()),
        filled=len(numbers),
        empty=len(values) - len(numbers),
        least=float(numbers.min()),
        greatest=float(numbers.max()),
        mean=float(numbers.mean()),
        median=float(np.median(numbers)),
    )


def _edges(numbers: FloatArray, bins: int) -> FloatArray:
    least, greatest = float(numbers.min()), float(numbers.max())
    finest = _FINEST * max(abs(least), abs(greatest), _FINEST)
    if greatest - least <= finest:
        width = max(abs(least) * 1e-3, 0.5)
        return np.array([least - width, greatest + width])
    low, high = (float(v) for v in np.percentile(numbers, _NEARLY_ALL))
    if high - low <= finest or greatest - least < _SQUEEZED * (high - low):
        low, high = least, greatest
    is_whole = bool((np.floor(numbers) == numbers).all())
    if is_whole and high - low < bins:
        edges = np.arange(np.floor(low) - 0.5, np.ceil(high) + 1.0)
    else:
        edges = np.linspace(low, high, bins + 1)
    edges[0], edges[-1] = min(edges[0], least), max(edges[-1], greatest)
    return edges


def is_between(values: FloatArray, low: float, high: float) -> npt.NDArray[np.bool_]:
    """Return which numbers lie in a range, both ends included; an empty one does not."""
    with np.errstate(invalid="ignore"):
        return np.asarray((values >= low) & (values <= high))


def words_of(table: Table, name: str, rows: npt.NDArray[np.integer] | None = None) -> Words:
    """Return the most frequent words of a column among some rows, or all.

    raises   ColumnError  there is no such column
    """
    text = category_column(table, name)
    assert text.codes is not None
    codes = text.codes if rows is None else text.codes[rows]
    counts = np.bincount(codes[codes >= 0], minlength=len(text.values))
    order = np.argsort(-counts, kind="stable")
    order = order[counts[order] > 0]
    first = order[:WORDS_SHOWN]
    return Words(
        values=tuple(str(v) for v in text.values[first]),
        counts=tuple(int(c) for c in counts[first]),
        others=int(counts[order[WORDS_SHOWN:]].sum()),
        different=len(order),
        empty=int((codes < 0).sum()),
    )


def is_one_of(table: Table, name: str, wanted: tuple[str, ...]) -> npt.NDArray[np.bool_]:
    """Return which rows (n,) of a column have one of some words (as Words.values gives them)."""
    text = category_column(table, name)
    assert text.codes is not None
    is_wanted = np.array([v in wanted for v in text.values], bool)
    return np.asarray(text.spread(is_wanted, False), bool)  # noqa: FBT003  the value for empty rows
