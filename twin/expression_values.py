"""The values a filter works with, and how two of them compare; empty cells are neither true nor false."""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from twin.derived import Text
from twin.errors import ExpressionError

Bools = npt.NDArray[np.bool_] | np.bool_


@dataclass(frozen=True, slots=True)
class Truth:
    """Yes or no a row; neither where it is not known."""

    true: Bools
    """(n,), or one for all rows."""
    false: Bools
    """The same shape; never true where `true` is."""

    def __and__(self, other: Truth) -> Truth:
        """Return where both are true."""
        return Truth(self.true & other.true, self.false | other.false)

    def __or__(self, other: Truth) -> Truth:
        """Return where one or both are true."""
        return Truth(self.true | other.true, self.false & other.false)

    def __invert__(self) -> Truth:
        """Return the opposite; what is not known stays so."""
        return Truth(self.false, self.true)


@dataclass(frozen=True, slots=True)
class Numbers:
    """A number a row, NaN where empty."""

    rows: npt.NDArray[Any] | np.floating[Any]
    """(n,), or one for all rows."""


@dataclass(frozen=True, slots=True)
class Times:
    """A time a row, NaT where empty."""

    rows: npt.NDArray[np.datetime64]


@dataclass(frozen=True, slots=True)
class Words:
    """A text a row."""

    text: Text


Value = Truth | Numbers | Times | Words | str | None


def describe(value: Value) -> str:
    """Return what a value is, to follow "is"."""
    match value:
        case Truth():
            return "yes or no"
        case Numbers():
            return "a number"
        case Times():
            return "a date"
        case None:
            return "empty"
    return "text"


def known(a: Value, act: Callable[[Any, Any], Any], b: Value) -> Truth | None:
    """Return the comparison of two values that are not None; None where their kinds cannot be compared.

    raises   ExpressionError  a text that is to be a date is none
    """
    match a, b:
        case Numbers(), Numbers():
            return _of_numbers(a.rows, act, b.rows)
        case Words(), str():
            return _of_words(a.text, act, b)
        case Words(), Words():
            return _of_rows(_rows(a.text), act, _rows(b.text))
        case str(), str():
            return _both(np.bool_(act(a, b)), np.bool_(True))  # noqa: FBT003
        case Times(), Times():
            return _both(act(a.rows, b.rows), ~(np.isnat(a.rows) | np.isnat(b.rows)))
        case Times(), str():
            return _both(act(a.rows, _time(b)), ~np.isnat(a.rows))
        case Truth(), Truth() if act in {operator.eq, operator.ne}:
            same = Truth((a.true & b.true) | (a.false & b.false), (a.true & b.false) | (a.false & b.true))
            return same if act is operator.eq else ~same
        case Truth(), Numbers():
            return known(Numbers(_digits(a)), act, b)
        case Numbers(), Truth():
            return known(a, act, Numbers(_digits(b)))
    return None


def _both(true: Any, is_known: Any) -> Truth:
    return Truth(true & is_known, ~true & is_known)


def _of_numbers(a: Any, act: Callable[[Any, Any], Any], b: Any) -> Truth:
    return _both(act(a, b), (a == a) & (b == b))  # noqa: PLR0124  NaN is not equal to itself


def _of_words(text: Text, act: Callable[[Any, Any], Any], word: str) -> Truth:
    if text.codes is None and act in {operator.eq, operator.ne}:
        same = (text.values == word).astype(bool)
        is_known = (text.values != None).astype(bool)  # noqa: E711  elementwise
        return _both(same if act is operator.eq else ~same, is_known)
    return answered(text, lambda value: bool(act(value, word)))


def answered(text: Text, test: Callable[[str], bool]) -> Truth:
    """Return a test of each row's text; not known where the row is empty."""
    true = np.fromiter((v is not None and test(v) for v in text.values), bool, len(text.values))
    is_known = np.ones(len(text.values), bool) if text.codes is not None else (text.values != None).astype(bool)  # noqa: E711
    return Truth(text.spread(true, False), text.spread(~true & is_known, False))  # noqa: FBT003


def _rows(text: Text) -> npt.NDArray[np.object_]:
    return text.values if text.codes is None else np.append(text.values, [None])[text.codes]


def _of_rows(a: npt.NDArray[np.object_], act: Callable[[Any, Any], Any], b: npt.NDArray[np.object_]) -> Truth:
    is_known = ((a != None) & (b != None)).astype(bool)  # noqa: E711
    true = np.zeros(len(a), bool)
    true[is_known] = act(a[is_known], b[is_known])
    return _both(true, is_known)


def _digits(truth: Truth) -> Any:
    return np.where(truth.true, 1.0, np.where(truth.false, 0.0, np.nan))


def _time(text: str) -> np.datetime64:
    try:
        return np.datetime64(text.strip(), "ms")
    except ValueError:
        raise ExpressionError(f'"{text}" is not a date.', hint='Write dates like this: "2024-03-31".') from None
