"""Columns of text as offices write them, as numbers where they are numbers: decimal marks, gaps, leading zeros."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from twin.report import Report

MISSING = frozenset({
    "n/a", "na", "n.a.", "#n/a", "#nv", "#na", "null", "none", "nan", "-", "--", "---", "–", "—", ".", "..", "...", "?",
    "k.a.", "k. a.", "k.a", "keine angabe", "n.d.", "nd", "s.o.", "#ref!", "#div/0!", "#value!", "#wert!", "#bezug!",
    "unknown", "unbekannt", "inconnu", "不明", "なし", "無", "无",
})  # fmt: skip
"""What stands in a cell for nothing; taken so in columns of numbers only."""
SAMPLED_CELLS = 200
"""So many cells at the beginning of a column are looked at before all of it."""
_DOT = (
    r"^[+-]?(?:[0-9]{1,3}(?:[,'’ \x{00a0}\x{2007}\x{2009}\x{202f}][0-9]{3})+|[0-9]+)?(?:\.[0-9]*)?(?:[eE][+-]?[0-9]+)?$"
)
_COMMA = (
    r"^[+-]?(?:[0-9]{1,3}(?:[.'’ \x{00a0}\x{2007}\x{2009}\x{202f}][0-9]{3})+|[0-9]+)?(?:,[0-9]*)?(?:[eE][+-]?[0-9]+)?$"
)
MONTHS = 12
_HAS_DIGIT = "[0-9]"
_WHOLE = r"^[+-]?[0-9]{1,18}$"
_ZERO_LED = r"^0[0-9]+$"
_TOO_LONG = r"^[+-]?[0-9]{19,}$"
_GROUPS = {".": r"[,'’ \x{00a0}\x{2007}\x{2009}\x{202f}]", ",": r"[.'’ \x{00a0}\x{2007}\x{2009}\x{202f}]"}
_DAY_FIRST = r"^([0-9]{1,2})\.([0-9]{1,2})\.([0-9]{4})$"
_EITHER_FIRST = r"^([0-9]{1,2})/([0-9]{1,2})/([0-9]{4})$"
_DATE = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[ T][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,6})?)?)?$"


@dataclass(frozen=True, slots=True)
class _Marks:
    """Which rows of a column are numbers, by which decimal mark."""

    dot: pa.Array
    """(n,) numbers with a decimal point, or with neither mark."""
    comma: pa.Array
    """(n,) numbers with a decimal comma, or with neither mark."""

    @property
    def only_dot(self) -> int:
        return _count(pc.and_not(self.dot, self.comma))

    @property
    def only_comma(self) -> int:
        return _count(pc.and_not(self.comma, self.dot))


def typed_columns(
    columns: Iterable[tuple[str, pa.Array]], report: Report, *, mark: str | None = None
) -> list[tuple[str, pa.Array]]:
    """Return columns of text (name, strings) as what they are: whole numbers, numbers, dates or text.

    Text with a leading zero stays text. A number that could be read either way (1.234) follows the others of its
    column, then those of the other columns, then `mark`, then the point.

    mark   "." or ",", where nothing else tells
    """
    trimmed = [(name, _trimmed(column)) for name, column in columns]
    marks = [_marks(column) for _, column in trimmed]
    dots, commas = sum(m.only_dot > 0 for m in marks if m), sum(m.only_comma > 0 for m in marks if m)
    usual = mark or "."
    if dots != commas:
        usual = "." if dots > commas else ","
    return [(name, _typed(name, column, m, usual, report)) for (name, column), m in zip(trimmed, marks, strict=True)]


def _typed(name: str, column: pa.Array, marks: _Marks | None, usual: str, report: Report) -> pa.Array:
    if marks is None:
        return _date_or_text(column)
    blank = _is_missing(column)
    report.add(f'cells of "{name}" say that there is no value and were left empty', count=_count(blank))
    column = pc.if_else(blank, pa.scalar(None, pa.string()), column)
    if pc.all(pc.match_substring_regex(column, _WHOLE)).as_py():
        return pc.cast(pc.replace_substring_regex(column, r"^\+", ""), pa.int64())
    if marks.only_dot and marks.only_comma:
        report.add(f'numbers of "{name}" have a decimal comma, others a decimal point; each was read by its own',
                   count=min(marks.only_comma, marks.only_dot))  # fmt: skip
        is_comma = marks.comma if marks.only_comma > marks.only_dot else pc.and_not(marks.comma, marks.dot)
        return pc.if_else(is_comma, _numbers(column, ",", is_comma), _numbers(column, ".", pc.invert(is_comma)))
    if marks.only_dot or marks.only_comma:
        return _numbers(column, "," if marks.only_comma else ".", None)
    return _numbers(column, usual, None)


def _numbers(column: pa.Array, mark: str, where: pa.Array | None) -> pa.Array:
    """Return text as float64; empty where `where` is not true."""
    if where is not None:
        column = pc.if_else(where, column, pa.scalar(None, pa.string()))
    plain = pc.replace_substring_regex(column, _GROUPS[mark], "")
    plain = pc.replace_substring_regex(pc.replace_substring(plain, mark, "."), r"^\+", "")
    return pc.cast(plain, pa.float64())


def _marks(column: pa.Array) -> _Marks | None:
    """Return which cells are numbers of which kind; None where not all are numbers, or where they are keys."""
    filled = pc.drop_null(column)
    if len(filled) > SAMPLED_CELLS and _marks(filled.slice(0, SAMPLED_CELLS)) is None and not _all_missing(filled):
        return None  # text in the first cells is text in all
    if not len(filled) or _count(pc.match_substring_regex(filled, _HAS_DIGIT)) == 0:
        return None
    if _any(filled, _ZERO_LED) or _any(filled, _TOO_LONG):
        return None
    if pc.all(pc.match_substring_regex(filled, _WHOLE)).as_py():
        every = pc.is_valid(column)
        return _Marks(every, every)
    has_digit = pc.match_substring_regex(column, r"^[+-]?[.,]?[0-9]")
    dot = pc.and_(has_digit, pc.match_substring_regex(column, _DOT))
    comma = pc.and_(has_digit, pc.match_substring_regex(column, _COMMA))
    is_number = pc.or_(dot, comma)
    if not pc.all(pc.or_(is_number, _is_missing(column))).as_py():
        return None
    return _Marks(pc.fill_null(dot, fill_value=False), pc.fill_null(comma, fill_value=False))


def _all_missing(filled: pa.Array) -> bool:
    """Return whether the first cells hold words for nothing only, and say nothing of the others."""
    return bool(pc.all(_is_missing(filled.slice(0, SAMPLED_CELLS))).as_py())


def _is_missing(column: pa.Array) -> pa.Array:
    """Return which cells hold a word for nothing (n,), null where they are empty."""
    is_word = pc.is_in(pc.utf8_lower(column), value_set=pa.array(sorted(MISSING)))
    return pc.and_(is_word, pc.is_valid(column))


def _date_or_text(column: pa.Array) -> pa.Array:
    filled = pc.drop_null(column)
    if not len(filled) or not pc.match_substring_regex(filled.slice(0, 1), r"^[0-9]{1,4}[-./]").to_pylist()[0]:
        return column
    written = _days_in_order(column)
    if written is None or not pc.all(pc.match_substring_regex(pc.drop_null(written), _DATE)).as_py():
        return column
    try:
        return pc.cast(pc.replace_substring(written, "T", " "), pa.timestamp("us"))
    except pa.ArrowInvalid:  # the 30th of February
        return column


def _days_in_order(column: pa.Array) -> pa.Array | None:
    """Return days as they are written in Europe (31.12.2020) or with strokes (12/31/2020) as year, month, day.

    returns   None where day and month could be either
    """
    column = _turned(column, _DAY_FIRST, day=1, month=2)
    strokes = pc.match_substring_regex(column, _EITHER_FIRST)
    if not pc.any(strokes).as_py():
        return column
    parts = pc.extract_regex(column.filter(strokes), r"^(?P<a>[0-9]+)/(?P<b>[0-9]+)/")
    first, second = (int(pc.max(pc.cast(pc.struct_field(parts, name), pa.int64())).as_py()) for name in ("a", "b"))
    if (first > MONTHS) == (second > MONTHS):
        return None
    return _turned(column, _EITHER_FIRST, day=1 if first > MONTHS else 2, month=2 if first > MONTHS else 1)


def _turned(column: pa.Array, pattern: str, *, day: int, month: int) -> pa.Array:
    """Return days that match a pattern as 2020-12-31; `day` and `month` are groups of it."""
    turned = pc.replace_substring_regex(column, pattern, rf"\3-0\{month}-0\{day}")
    return pc.replace_substring_regex(turned, r"^([0-9]{4})-0?([0-9]{2})-0?([0-9]{2})$", r"\1-\2-\3")


def _trimmed(column: pa.Array) -> pa.Array:
    column = pc.utf8_trim_whitespace(column)
    return pc.if_else(pc.equal(column, ""), pa.scalar(None, pa.string()), column)


def _count(answers: pa.Array) -> int:
    return int(pc.sum(answers).as_py() or 0)


def _any(column: pa.Array, pattern: str) -> bool:
    return bool(pc.any(pc.match_substring_regex(column, pattern)).as_py())
