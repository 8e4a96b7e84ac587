"""What was worked out from a column (codes, sorted values, lowered text), kept as long as its table."""

from __future__ import annotations

import math
import weakref
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from twin.table import Table

T = TypeVar("T")

_BY_TABLE: weakref.WeakKeyDictionary[Any, OrderedDict[Hashable, Any]] = weakref.WeakKeyDictionary()
KEPT_PER_TABLE = 16
"""Beyond this, what was asked for longest ago is worked out again when needed."""

_SAMPLE = 5_000
_MOSTLY_DISTINCT = 0.5


@dataclass(frozen=True, slots=True)
class Text:
    """A column of text, each distinct value once where values repeat."""

    values: npt.NDArray[np.object_]
    """(k,) distinct values as str in order of appearance; or (n,) the rows themselves, where `codes` is None."""
    codes: npt.NDArray[np.int32] | None
    """(n,) place of each row's value in `values`, -1 where empty; None where nearly every row differs."""
    length: int
    """Rows."""

    def spread(self, answer: npt.NDArray[Any], missing: object) -> npt.NDArray[Any]:
        """Return what was found for each of `values` (k,) as one entry a row (n,); `missing` where the row is empty."""
        if self.codes is None:
            return answer
        table = np.append(answer, np.array([missing], answer.dtype))
        return table[self.codes]


def derived(table: Table, key: Hashable, make: Callable[[], T]) -> T:
    """Return what `make` works out, from memory where this table was asked for `key` before.

    A table that cannot be referred to weakly is worked out each time.
    """
    try:
        kept = _BY_TABLE.setdefault(table, OrderedDict())
    except TypeError:
        return make()
    if key in kept:
        kept.move_to_end(key)
        return kept[key]  # type: ignore[no-any-return]  # the key says what it is
    value = kept[key] = make()
    while len(kept) > KEPT_PER_TABLE:
        kept.popitem(last=False)
    return value


def column_rows(table: Table, name: str) -> npt.NDArray[Any]:
    """Return a column as the table gives it, (n,), kept: a table may make it anew each time it is asked.

    raises   ColumnError  there is no such column
    """
    return derived(table, ("rows", name), lambda: table.column(name))


def text_column(table: Table, name: str) -> Text:
    """Return a column as text with its distinct values, kept.

    raises   ColumnError  there is no such column
    """
    return derived(table, ("text", name), lambda: text_from_rows(column_rows(table, name)))


def category_column(table: Table, name: str) -> Text:
    """Return a column of any kind as text that is coded in every case, kept; numbers are sorted.

    raises   ColumnError  there is no such column
    """
    return derived(table, ("categories", name), lambda: _categories(table, name))


def _categories(table: Table, name: str) -> Text:
    rows = column_rows(table, name)
    if rows.dtype.kind not in "fiub":
        text = text_column(table, name)
        return text if text.codes is not None else text_from_rows(rows, is_coded=True)
    values, codes = np.unique(rows, return_inverse=True)
    is_empty = np.isnan(values.astype(np.float64))
    places: npt.NDArray[np.int32] = np.where(is_empty[codes], -1, codes).astype(np.int32)
    return Text(_as_words(values[~is_empty].tolist()), places, len(rows))


def text_from_rows(rows: npt.NDArray[Any], *, is_coded: bool = False) -> Text:
    """Return rows (n,) of str, None, NaN or anything else (as its str) as text with distinct values.

    is_coded   give codes even where nearly every row differs
    """
    every = rows.tolist()
    sample = every[:: max(1, len(every) // _SAMPLE)]
    try:
        if not is_coded and len(sample) > _SAMPLE // 2 and len(set(sample)) > _MOSTLY_DISTINCT * len(sample):
            return Text(_as_words(every), None, len(every))
        numbering = _Numbering()
        codes = np.fromiter(map(numbering.__getitem__, every), np.int32, len(every))
    except TypeError:  # a list or another value that cannot be a key
        return text_from_rows(np.array([None if v is None else str(v) for v in every], object), is_coded=is_coded)
    words = _as_words(list(numbering))
    is_empty = np.array([w is None for w in words], bool)
    places = np.where(is_empty, -1, np.cumsum(~is_empty) - 1).astype(np.int32)
    return Text(words[~is_empty], places[codes] if len(every) else codes, len(every))


class _Numbering(dict[Any, int]):
    """Numbers each new key by the order of its appearance."""

    def __missing__(self, key: object) -> int:
        number = self[key] = len(self)
        return number


def _as_words(values: list[Any]) -> npt.NDArray[np.object_]:
    words = np.empty(len(values), object)
    words[:] = [v if isinstance(v, str) or v is None else _word(v) for v in values]
    return words


def _word(value: object) -> str | None:
    if isinstance(value, float) and math.isnan(value):
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def number_from_text(word: str | None) -> float:
    """Return the plain number a text is ("2.5", " 1,200 ", "3,5"), NaN where it is none; never "nan" or "inf"."""
    if word is None:
        return math.nan
    plain = word.strip().replace("\u00a0", "").replace("\u2212", "-")
    if "," in plain:
        whole, _, rest = plain.partition(",")
        is_grouping = "." in rest or rest.count(",") > 0 or (len(rest) == 3 and whole.lstrip("+-") not in {"", "0"})
        plain = plain.replace(",", "" if is_grouping else ".")
    try:
        number = float(plain)
    except ValueError:
        return math.nan
    return number if math.isfinite(number) and "_" not in plain else math.nan


def numbers_from_text(text: Text) -> npt.NDArray[np.float64]:
    """Return one number a row (n,), NaN where the row's text is empty or not a plain number."""
    numbers = np.fromiter(map(number_from_text, text.values), np.float64, len(text.values))
    return text.spread(numbers, math.nan)
