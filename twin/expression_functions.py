"""The functions of the filter language: one table from name to what it does. A new one is a new row of FUNCTIONS."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from twin.derived import Text, numbers_from_text
from twin.errors import ExpressionError
from twin.expression_values import Bools, Numbers, Times, Truth, Value, Words, answered, describe


@dataclass(frozen=True, slots=True)
class Function:
    """A function of the filter language."""

    arguments: int
    """How many values it takes."""
    act: Callable[..., Value]
    """Values in, a value out; raises ExpressionError where the values are of the wrong kind."""
    example: str
    """A sentence with an example, shown as a hint."""


def _text(value: Value) -> Text:
    if not isinstance(value, Words):
        raise ExpressionError(f"A column of text is needed, and this is {describe(value)}.")
    return value.text


def _part(value: Value) -> str:
    if not isinstance(value, str):
        raise ExpressionError(f"A text between quotes is needed, and this is {describe(value)}.")
    return value


def _contains(column: Value, part: Value) -> Truth:
    wanted = _part(part)
    return answered(_text(column), lambda value: wanted in value)


def _starts(column: Value, part: Value) -> Truth:
    wanted = _part(part)
    return answered(_text(column), lambda value: value.startswith(wanted))


def _ends(column: Value, part: Value) -> Truth:
    wanted = _part(part)
    return answered(_text(column), lambda value: value.endswith(wanted))


def _lower(value: Value) -> Value:
    return value.lower() if isinstance(value, str) else _each(_text(value), str.lower)


def _upper(value: Value) -> Value:
    return value.upper() if isinstance(value, str) else _each(_text(value), str.upper)


def _each(text: Text, change: Callable[[str], str]) -> Words:
    values = np.empty(len(text.values), object)
    values[:] = [None if v is None else change(v) for v in text.values]
    return Words(Text(values, text.codes, text.length))


def _abs(value: Value) -> Numbers:
    return Numbers(np.abs(_number_rows(value).rows))


def _round(value: Value) -> Numbers:
    return Numbers(np.round(_number_rows(value).rows))


def _number_rows(value: Value) -> Numbers:
    if not isinstance(value, Numbers):
        raise ExpressionError(f"A number is needed, and this is {describe(value)}.")
    return value


def _number(value: Value) -> Numbers:
    return value if isinstance(value, Numbers) else Numbers(numbers_from_text(_text(value)))


def _is_empty(value: Value) -> Truth:
    """Return where a cell holds nothing: NaN, no text, or text of blanks only."""
    empty: Bools
    match value:
        case Numbers():
            empty = np.isnan(value.rows)
        case Times():
            empty = np.isnat(value.rows)
        case Truth():
            empty = ~(value.true | value.false)
        case Words():
            blank = np.fromiter((not v or v.isspace() for v in value.text.values), bool, len(value.text.values))
            empty = value.text.spread(blank, True)  # noqa: FBT003  a row without text is empty
        case _:
            empty = np.bool_(not value)
    return Truth(empty, ~empty)


FUNCTIONS: dict[str, Function] = {
    "contains": Function(2, _contains, 'Write contains(name, "tower").'),
    "startswith": Function(2, _starts, 'Write startswith(name, "St").'),
    "endswith": Function(2, _ends, 'Write endswith(name, "house").'),
    "lower": Function(1, _lower, 'Write lower(use) == "office".'),
    "upper": Function(1, _upper, 'Write upper(use) == "OFFICE".'),
    "abs": Function(1, _abs, "Write abs(change) > 2."),
    "round": Function(1, _round, "Write round(height) == 12."),
    "number": Function(1, _number, "Write number(storeys) > 3."),
    "isnull": Function(1, _is_empty, "Write isnull(name), or name is empty."),
    "isempty": Function(1, _is_empty, "Write isempty(name), or name is empty."),
}


def nearest_function(name: str) -> str:
    """Return a sentence that proposes the function meant, or lists all."""
    near = difflib.get_close_matches(name.lower(), FUNCTIONS, n=1, cutoff=0.5)
    return f"Did you mean {near[0]}?" if near else f"There are: {', '.join(FUNCTIONS)}."
