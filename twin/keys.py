"""Which rows of two tables carry the same key, though one writes it as a number and the other as padded text."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from twin.derived import column_rows
from twin.table import Table

Codes = npt.NDArray[np.intp]

WHOLE = r"^([+-]?)0*([0-9]+)(?:\.0*)?$"
"""A whole number as people write it: "007", "7", "7.0"."""
_WHOLE = re.compile(WHOLE)
_DENSE = 4
"""Whole numbers are looked up by place where that takes at most so many places a row."""


class Folding(IntEnum):
    """How much of a key's spelling is looked away from; each looks away from more than the one before."""

    EXACT = 0
    """Nothing: text is compared with text, number with number. An accent is the same as one sign or as two."""
    TRIMMED = 1
    """Blanks around it."""
    PADDED = 2
    """Blanks, leading zeros and ".0": "007", " 7" and 7 are one key."""


@dataclass(frozen=True, slots=True)
class KeyCodes:
    """The keys of two tables, numbered together."""

    left: Codes
    """(n,) number of each left row's key; -1 where it is empty or not in the right table."""
    right: Codes
    """(m,) number of each right row's key; -1 where it is empty."""
    count: int
    """How many different keys the right table has."""
    left_empty: int = 0
    """How many left rows have an empty key."""
    is_ambiguous: bool = False
    """Whether different spellings of one table became one key by the folding."""


@runtime_checkable
class SharesKeys(Protocol):
    """A table with a quicker way to compare keys than one Python value after the other."""

    def shared_keys(self, name: str, other: Table, other_name: str, folding: Folding) -> KeyCodes | None:
        """Return the keys of both numbered together; None where the tables do not suit each other.

        raises   ColumnError  there is no such column
        """
        ...

    def is_folded(self, name: str, folding: Folding) -> bool | None:
        """Return whether a column has keys that this folding changes; None if that is not known."""
        ...


def key_codes(left: Table, left_key: str, right: Table, right_key: str, folding: Folding) -> KeyCodes:
    """Return the keys of two tables, numbered together.

    raises   ColumnError  there is no such column
    """
    if isinstance(left, SharesKeys):
        codes = left.shared_keys(left_key, right, right_key, folding)
        if codes is not None:
            return codes
    if folding is Folding.EXACT:
        ours, theirs = column_rows(left, left_key), column_rows(right, right_key)
        if ours.dtype.kind == theirs.dtype.kind == "f":
            return numbered(ours, theirs)
    left_words, right_words = key_words(left, left_key, folding), key_words(right, right_key, folding)
    number: dict[str, int] = {}
    right_codes = [-1 if w is None else number.setdefault(w, len(number)) for w in right_words]
    left_codes = [-1 if w is None else number.get(w, -1) for w in left_words]
    is_ambiguous = folding is Folding.PADDED and any(
        len(set(words)) < len(set(key_words(table, name, Folding.TRIMMED)))
        for words, table, name in ((left_words, left, left_key), (right_words, right, right_key))
    )
    return KeyCodes(
        np.array(left_codes, np.intp), np.array(right_codes, np.intp), len(number), left_words.count(None), is_ambiguous
    )


def numbered(left: npt.NDArray[Any], right: npt.NDArray[Any]) -> KeyCodes:
    """Return two columns of numbers as keys numbered together, NaN is empty.

    left, right   (n,) and (m,) of one dtype, int64 or float64
    """
    if right.dtype.kind == "i" and len(right):
        low, span = int(right.min()), int(right.max()) - int(right.min()) + 1
        if span <= _DENSE * (len(left) + len(right)):
            return _by_place(left, right, low, span)
    return _by_order(left, right)


def _by_place(left: npt.NDArray[Any], right: npt.NDArray[Any], low: int, span: int) -> KeyCodes:
    """Return whole numbers that lie close together as codes: each has a place from the least to the greatest."""
    is_there = np.zeros(span, bool)
    place = right - low
    is_there[place] = True
    number = np.cumsum(is_there, dtype=np.intp)
    count = int(number[-1])
    number[~is_there] = 0
    number -= 1
    is_inside = (left >= low) & (left < low + span)
    left_codes = number[np.where(is_inside, left, low) - low]
    left_codes[~is_inside] = -1
    return KeyCodes(left_codes, number[place], count)


def _by_order(left: npt.NDArray[Any], right: npt.NDArray[Any]) -> KeyCodes:
    """Return any numbers as codes, by sorting both sides."""
    left_order, right_order = np.argsort(left), np.argsort(right)
    ours, theirs = left[left_order], right[right_order]
    if ours.dtype.kind == "f":  # NaN is sorted to the end
        ours, theirs = ours[: int((~np.isnan(ours)).sum())], theirs[: int((~np.isnan(theirs)).sum())]
    is_first = np.ones(len(theirs), bool)
    np.not_equal(theirs[1:], theirs[:-1], out=is_first[1:])
    different = theirs[is_first]
    left_codes, right_codes = np.full(len(left), -1, np.intp), np.full(len(right), -1, np.intp)
    right_codes[right_order[: len(theirs)]] = np.cumsum(is_first) - 1
    if len(different):
        place = np.searchsorted(different, ours)
        place[place == len(different)] = 0
        place[different[place] != ours] = -1
        left_codes[left_order[: len(ours)]] = place
    return KeyCodes(left_codes, right_codes, len(different), len(left) - len(ours))


def key_words(table: Table, name: str, folding: Folding) -> list[str | None]:
    """Return a column's keys as text, folded; None where empty.

    raises   ColumnError  there is no such column
    """
    return [folded(value, folding) for value in column_rows(table, name).tolist()]


def folded(value: object, folding: Folding) -> str | None:
    """Return one key as text; None where it is empty. Whole numbers are written without a decimal mark."""
    if value is None or value != value:  # noqa: PLR0124  NaN
        return None
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    word = str(value)
    if not word.isascii():
        word = unicodedata.normalize("NFC", word)
    if folding is Folding.EXACT:
        return word or None
    word = word.strip()
    if folding is Folding.PADDED:
        whole = _WHOLE.match(word)
        word = f"{whole[1].replace('+', '')}{whole[2]}" if whole else word
    return word or None
