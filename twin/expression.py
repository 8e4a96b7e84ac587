"""Filters over columns: `height > 30 and use == "office"` answered for all rows at once.

A cell that is empty (NaN, None) is neither equal to nor different from anything: its row is only found by
`is empty`. So `not (height > 30)` gives the rows known to be 30 or lower, as in SQL.
"""

from __future__ import annotations

import ast
import difflib
import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from twin.derived import Text, column_rows, text_column, text_from_rows
from twin.errors import ExpressionError
from twin.expression_functions import FUNCTIONS, nearest_function
from twin.expression_text import Parsed, Token, parse
from twin.expression_values import Numbers, Times, Truth, Value, Words, describe, known
from twin.layer import Layer
from twin.table import Table

BoolArray = npt.NDArray[np.bool_]

_COMPARISONS: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}
_MIRRORED = {ast.Lt: ast.Gt, ast.LtE: ast.GtE, ast.Gt: ast.Lt, ast.GtE: ast.LtE}
_ARITHMETIC: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
}
_PLAIN_NAME = re.compile(r"[^\W\d]\w*")
_CONSTANTS: dict[str, bool | None] = {"true": True, "false": False, "none": None, "null": None}


def rows_where(
    expression: str, table: Table, *, extra: Mapping[str, npt.NDArray[np.generic]] | None = None
) -> BoolArray:
    """Return for which rows an expression is true.

    expression   comparisons (chains too), and, or, not, in [..], arithmetic, `is empty`, functions; "" is true for all
    extra        further columns (n,) by name; they win over the table's columns of that name
    returns      (n,) bool; a row with an empty cell where one is needed is False
    raises       ExpressionError  it cannot be read, names no column, or compares text with numbers; values["position"]
                                  is the character, counted from 0, where one can be named
    """
    if not expression.strip():
        return np.ones(len(table), bool)
    columns = _Columns(table, extra or {})
    parsed = _parse(expression, columns)
    asked = _Asked(parsed, columns)
    with np.errstate(all="ignore"):
        answer = _truth(asked, parsed.tree)
    return np.array(np.broadcast_to(answer.true, len(table)))


def shown_rows(layer: Layer, expression: str) -> BoolArray:
    """Return which rows of a layer's table are drawn under a filter, (n,) bool.

    `height` stands for the height drawn, whatever its column. A building without a height is not drawn,
    nor is what the scenario shown takes away.
    raises   ExpressionError  as rows_where
    """
    heights = layer.heights
    if heights is None:
        found = rows_where(expression, layer.table)
    else:
        is_drawn: BoolArray = ~np.isnan(heights.height_m)
        found = is_drawn & rows_where(expression, layer.table, extra={"height": heights.height_m})
    return found if layer.gone is None else found & ~layer.gone


@dataclass(frozen=True, slots=True)
class _Columns:
    table: Table
    extra: Mapping[str, npt.NDArray[np.generic]]

    def names(self) -> list[str]:
        return list(dict.fromkeys([*self.extra, *self.table.fields()]))

    def value(self, name: str) -> Value:
        if name in self.extra:
            rows = self.extra[name]
            return _column_value(rows, lambda: text_from_rows(rows))
        return _column_value(column_rows(self.table, name), lambda: text_column(self.table, name))


@dataclass(frozen=True, slots=True)
class _Asked:
    parsed: Parsed
    columns: _Columns

    def error(self, node: ast.expr, sentence: str, hint: str = "", **values: object) -> ExpressionError:
        place = self.parsed.place(node)
        return ExpressionError(sentence, hint=hint, position=place, expression=self.parsed.expression, **values)


def _parse(expression: str, columns: _Columns) -> Parsed:
    try:
        return parse(expression)
    except ExpressionError as error:
        odd = [n for n in columns.names() if not _PLAIN_NAME.fullmatch(n) and n in expression]
        unquoted = [n for n in odd if f"`{n}`" not in expression]
        if not unquoted:
            raise
        name = max(unquoted, key=len)
        hint = f"Put the column's name between backticks: `{name}`."
        raise ExpressionError(error.sentence, hint=hint, **error.values) from None


def _column_value(rows: npt.NDArray[Any], text: Callable[[], Text]) -> Value:
    if rows.dtype.kind == "b":
        return Truth(rows, ~rows)
    if rows.dtype.kind in "fiu":
        return Numbers(rows)
    if rows.dtype.kind in "mM":
        return Times(rows.astype("datetime64[ms]"))
    words = text()
    if words.codes is not None and set(words.values) <= {"true", "false"} and any(isinstance(v, bool) for v in rows):
        return Truth(words.spread(words.values == "true", False), words.spread(words.values == "false", False))  # noqa: FBT003  the value for empty rows
    return Words(words)


# what each part of the tree gives


def _value(asked: _Asked, node: ast.expr) -> Value:
    match node:
        case ast.Name():
            return _name(asked, node)
        case ast.BinOp():
            return _arithmetic(asked, node)
        case ast.UnaryOp(op=ast.USub() | ast.UAdd()):
            number = _numbers(asked, node.operand)
            return Numbers(-number.rows if isinstance(node.op, ast.USub) else number.rows)
        case ast.Compare() | ast.BoolOp() | ast.UnaryOp(op=ast.Not()):
            return _truth(asked, node)
        case ast.Call():
            return _call(asked, node)
        case ast.List() | ast.Tuple():
            hint = 'Lists stand after in: use in ["office", "retail"].'
            raise asked.error(node, f'The list "{asked.parsed.typed(node)}" stands where one value is needed.', hint)
    raise asked.error(
        node,
        f'"{asked.parsed.typed(node)}" cannot be used in a filter.',
        "Filters have comparisons, and, or, not, in, is empty, sums and these functions: " + ", ".join(FUNCTIONS) + ".",
    )


def _name(asked: _Asked, node: ast.Name) -> Value:
    token = asked.parsed.token(node)
    if token.kind == "text":
        return token.value
    if token.kind == "number":
        return Numbers(np.float64(token.value))
    names = asked.columns.names()
    if token.value in names:
        return asked.columns.value(token.value)
    if token.kind == "name" and token.value.lower() in _CONSTANTS:
        constant = _CONSTANTS[token.value.lower()]
        return None if constant is None else Truth(np.bool_(constant), np.bool_(not constant))
    raise asked.error(node, f'There is no column "{token.value}".', _column_hint(token, names), column=token.value)


def _column_hint(token: Token, names: list[str]) -> str:
    by_lower = {n.lower(): n for n in reversed(names)}
    near = difflib.get_close_matches(token.value.lower(), list(by_lower), n=1, cutoff=0.5)
    if near:
        name = by_lower[near[0]]
        return f"Did you mean {name if _PLAIN_NAME.fullmatch(name) else f'`{name}`'}?"
    if not names:
        return "The layer has no columns."
    listed = ", ".join(names[:8]) + (" and others" if len(names) > 8 else "")
    quoted = f'If text is meant, put it between quotes: "{token.value}". ' if token.kind == "name" else ""
    return f"{quoted}The columns are: {listed}."


def _numbers(asked: _Asked, node: ast.expr) -> Numbers:
    value = _value(asked, node)
    if isinstance(value, Numbers):
        return value
    typed = asked.parsed.typed(node)
    hint = f"number({typed}) reads text as numbers." if isinstance(value, Words) else ""
    raise asked.error(node, f"A number is needed, and {typed} is {describe(value)}.", hint)


def _arithmetic(asked: _Asked, node: ast.BinOp) -> Numbers:
    act = _ARITHMETIC.get(type(node.op))
    if act is None:
        raise asked.error(node, f'"{asked.parsed.typed(node)}" cannot be worked out in a filter.')
    rows = act(_numbers(asked, node.left).rows, _numbers(asked, node.right).rows)
    return Numbers(np.where(np.isfinite(rows), rows, np.nan))  # a division by zero has no value


def _call(asked: _Asked, node: ast.Call) -> Value:
    name = asked.parsed.token(node.func).value if isinstance(node.func, ast.Name) else asked.parsed.typed(node.func)
    function = FUNCTIONS.get(name.lower())
    if function is None:
        raise asked.error(node, f'There is no function "{name}".', nearest_function(name))
    if node.keywords or len(node.args) != function.arguments:
        wanted = f"{function.arguments} value{'s' * (function.arguments > 1)}"
        raise asked.error(node, f"{name} takes {wanted}, and {len(node.args)} came.", function.example)
    try:
        return function.act(*(_value(asked, a) for a in node.args))
    except ExpressionError as error:
        raise asked.error(node, error.sentence, error.hint or function.example) from None


def _truth(asked: _Asked, node: ast.expr) -> Truth:
    match node:
        case ast.BoolOp():
            parts = [_truth(asked, v) for v in node.values]
            answer = parts[0]
            for part in parts[1:]:
                answer = answer & part if isinstance(node.op, ast.And) else answer | part
            return answer
        case ast.UnaryOp(op=ast.Not()):
            return ~_truth(asked, node.operand)
        case ast.Compare():
            return _comparisons(asked, node)
    value = _value(asked, node)
    if isinstance(value, Truth):
        return value
    typed = asked.parsed.typed(node)
    example = "> 30" if isinstance(value, Numbers) else '== "office"'
    hint = f"Compare it with something: {typed} {example}."
    raise asked.error(node, f"A filter answers yes or no, and {typed} is {describe(value)}.", hint)


def _comparisons(asked: _Asked, node: ast.Compare) -> Truth:
    sides = [node.left, *node.comparators]
    answer: Truth | None = None
    for left, sign, right in zip(sides, node.ops, sides[1:], strict=False):
        part = _comparison(asked, left, sign, right)
        answer = part if answer is None else answer & part
    assert answer is not None
    return answer


def _comparison(asked: _Asked, left: ast.expr, sign: ast.cmpop, right: ast.expr) -> Truth:
    if isinstance(sign, ast.In | ast.NotIn):
        found = _within(asked, left, right)
        return ~found if isinstance(sign, ast.NotIn) else found
    a, b = _value(asked, left), _value(asked, right)
    if a is None or b is None:
        return _emptiness(asked, sign, (left, a), (right, b))
    if isinstance(a, str) and not isinstance(b, str):
        a, b, sign, left, right = b, a, _MIRRORED.get(type(sign), type(sign))(), right, left
    act = _COMPARISONS[type(sign)]
    try:
        answer = known(a, act, b)
    except ExpressionError as error:
        raise asked.error(right, error.sentence, error.hint) from None
    if answer is None:
        raise _mismatch(asked, (left, a), (right, b))
    return answer


def _emptiness(asked: _Asked, sign: ast.cmpop, one: tuple[ast.expr, Value], other: tuple[ast.expr, Value]) -> Truth:
    if not isinstance(sign, ast.Eq | ast.NotEq):
        hint = "Write name is empty, or name is not empty."
        raise asked.error(one[0], "Nothing is larger or smaller than an empty cell.", hint)
    value = other[1] if one[1] is None else one[1]
    empty = FUNCTIONS["isempty"].act(value)
    assert isinstance(empty, Truth)
    return ~empty if isinstance(sign, ast.NotEq) else empty


def _within(asked: _Asked, left: ast.expr, right: ast.expr) -> Truth:
    value = _value(asked, left)
    if not isinstance(right, ast.List | ast.Tuple):
        inside = _value(asked, right)
        if isinstance(value, str) and isinstance(inside, Words):
            answer = FUNCTIONS["contains"].act(inside, value)
            assert isinstance(answer, Truth)
            return answer
        raise asked.error(right, "After in stands a list.", 'Write it like this: use in ["office", "retail"].')
    answer = Truth(np.bool_(False), np.bool_(True))  # noqa: FBT003
    for element in right.elts:
        other = _value(asked, element)
        same = (
            _emptiness(asked, ast.Eq(), (left, value), (element, other))
            if other is None
            else known(value, operator.eq, other)
        )
        if same is None:
            raise _mismatch(asked, (left, value), (element, other))
        answer = answer | same
    return answer


def _mismatch(asked: _Asked, one: tuple[ast.expr, Value], other: tuple[ast.expr, Value]) -> ExpressionError:
    a, b = asked.parsed.typed(one[0]), asked.parsed.typed(other[0])
    sentence = f"{a} is {describe(one[1])} and {b} is {describe(other[1])}: they cannot be compared."
    hint = "Compare numbers with numbers and text with text."
    if isinstance(one[1], Numbers) and isinstance(other[1], str):
        hint = f"Write it without quotes: {other[1]}." if re.fullmatch(r"[-+.\d]+", other[1]) else hint
        if other[1] in asked.columns.names():
            hint = f"If the column is meant, put it between backticks: `{other[1]}`."
    elif isinstance(one[1], Words) and isinstance(other[1], Numbers):
        hint = f'Write "{b}" with quotes, or number({a}) to read the text as numbers.'
    elif isinstance(one[1], Numbers) and isinstance(other[1], Words):
        hint = f"number({b}) reads the text as numbers."
    return asked.error(one[0], sentence, hint)
