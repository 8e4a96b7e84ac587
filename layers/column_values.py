"""A layer's column as what colours are made from: numbers, their order, or categories."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from layers.classes import number_label
from twin.derived import Text, category_column, column_rows, derived, numbers_from_text, text_column
from twin.errors import ColumnError
from twin.layer import Heights, Layer

FloatArray = npt.NDArray[np.float64]

HEIGHT = "height"
"""As a column: the height drawn, whatever its column."""
_FEW_VALUES = 12
"""Text that is all numbers is coloured as numbers if it has more distinct values than this, else as categories."""


def is_height(layer: Layer, column: str) -> bool:
    """Return whether a column's name stands for the heights drawn."""
    return column == HEIGHT and layer.heights is not None


def is_time(layer: Layer, column: str) -> bool:
    """Return whether a column holds dates."""
    return not is_height(layer, column) and column_rows(layer.table, column).dtype.kind == "M"


def is_numeric(layer: Layer, column: str) -> bool:
    """Return whether a column is coloured as numbers when no scheme is chosen.

    raises   ColumnError  there is no such column
    """
    if is_height(layer, column):
        return True
    rows = column_rows(layer.table, column)
    if rows.dtype.kind in "fiumM":
        return True
    if rows.dtype.kind == "b":
        return False
    text = text_column(layer.table, column)
    filled = _filled(text)
    numbers = _text_numbers(layer, column)
    return len(text.values) > _FEW_VALUES and bool(filled.any()) and not bool(np.isnan(numbers[filled]).any())


def column_numbers(layer: Layer, column: str) -> FloatArray:
    """Return a column as numbers (n,), NaN where empty or no number; days since 1970 for dates.

    raises   ColumnError  there is no such column
    """
    if is_height(layer, column):
        assert layer.heights is not None
        return layer.heights.height_m.astype(np.float64)
    rows: npt.NDArray[Any] = column_rows(layer.table, column)
    if rows.dtype.kind in "fiub":
        numbers = rows.astype(np.float64, copy=False)
    elif rows.dtype.kind == "M":
        day = rows.astype("datetime64[s]")
        numbers = np.where(np.isnat(day), np.nan, day.astype(np.int64) / 86_400)
    else:
        numbers = _text_numbers(layer, column)
    return numbers if np.isfinite(numbers).all() else np.where(np.isfinite(numbers), numbers, np.nan)


def ordered_numbers(layer: Layer, column: str, numbers: FloatArray) -> FloatArray:
    """Return all numbers of a column in order, without NaN; kept for the next time.

    raises   ColumnError  the column holds no number
    """
    if is_height(layer, column):
        ordered = _ordered_heights(layer, numbers)
    else:
        ordered = derived(layer.table, ("ordered", column), lambda: np.sort(numbers[~np.isnan(numbers)]))
    if not len(ordered):
        raise ColumnError(
            f'The column "{column}" of "{layer.info.name}" holds no number.',
            hint="Choose the scheme categorical, or another column.",
            column=column,
        )
    return ordered


def _ordered_heights(layer: Layer, numbers: FloatArray) -> FloatArray:
    """Return the heights in order, kept for these Heights: another height column makes others of the same table."""
    kept: list[tuple[Heights | None, FloatArray]] = derived(layer.table, "ordered heights", list)
    if not kept or kept[0][0] is not layer.heights:
        kept[:] = [(layer.heights, np.sort(numbers[~np.isnan(numbers)]))]
    return kept[0][1]


def column_categories(layer: Layer, column: str) -> Text:
    """Return a column of any kind as coded text; heights as whole metres.

    raises   ColumnError  there is no such column
    """
    if not is_height(layer, column):
        return category_column(layer.table, column)
    values, codes = np.unique(np.round(column_numbers(layer, column)), return_inverse=True)
    is_value = ~np.isnan(values)
    words = np.array([number_label(float(v)) for v in values[is_value]], object)
    return Text(words, np.where(is_value[codes], codes, -1).astype(np.int32), len(codes))


def count_not_numbers(layer: Layer, column: str, numbers: FloatArray) -> int:
    """Return how many rows hold text that is not a number."""
    if is_height(layer, column) or column_rows(layer.table, column).dtype.kind != "O":
        return 0
    return int((_filled(text_column(layer.table, column)) & np.isnan(numbers)).sum())


def _text_numbers(layer: Layer, column: str) -> FloatArray:
    text = text_column(layer.table, column)
    return derived(layer.table, ("numbers in text", column), lambda: numbers_from_text(text))


def _filled(text: Text) -> npt.NDArray[np.bool_]:
    """Return which rows hold more than blanks, (n,)."""
    filled = np.fromiter((bool(v and not v.isspace()) for v in text.values), bool, len(text.values))
    return text.spread(filled, missing=False)
