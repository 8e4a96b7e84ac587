"""Which rows of a table are listed, and in which order: sorted by a column, empty ones last; found by a text."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from data.table import ArrowTable
from twin.corrections import CorrectedTable
from twin.derived import column_rows, number_from_text
from twin.joined import JoinedTable
from twin.table import Table

Rows = npt.NDArray[np.int64]


def sorted_rows(table: Table, name: str, *, is_descending: bool = False) -> Rows:
    """Return all rows of a table in the order of a column, empty ones last either way, equal ones as they were.

    Words are sorted without regard to case.

    raises   ColumnError  there is no such column
    """
    column = arrow_column(table, name)
    if column is None:
        return order_of(column_rows(table, name), is_descending=is_descending)
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        try:
            return _sorted_words(pc.utf8_lower(column), is_descending=is_descending)
        except pa.ArrowInvalid:  # bytes that are no UTF-8
            return order_of(column_rows(table, name), is_descending=is_descending)
    return order_of(column_rows(table, name), is_descending=is_descending)


def order_of(values: npt.NDArray[Any], *, is_descending: bool = False) -> Rows:
    """Return the order of values, empty ones last either way, equal ones as they were."""
    if values.dtype.kind == "O":
        words = [None if v is None else str(v) for v in values.tolist()]
        return _sorted_words(pc.utf8_lower(pa.array(words, pa.string())), is_descending=is_descending)
    if values.dtype.kind == "M":
        is_empty, keys = np.isnat(values), values.astype("datetime64[us]").astype(np.int64).astype(np.float64)
    else:
        keys = values.astype(np.float64)
        is_empty = np.isnan(keys)
    keys = np.where(is_empty, np.inf, -keys if is_descending else keys)
    order: Rows = np.argsort(keys, kind="stable")
    if is_empty.any() and np.isinf(keys[~is_empty]).any():  # what is infinite is not empty
        order = order[np.argsort(is_empty[order], kind="stable")]
    return order


def _sorted_words(words: pa.Array | pa.ChunkedArray, *, is_descending: bool) -> Rows:
    """Sort the different words and then their places: far fewer comparisons where words repeat."""
    whole = words.combine_chunks() if isinstance(words, pa.ChunkedArray) else words
    if isinstance(whole, pa.ChunkedArray):
        whole = pa.concat_arrays(whole.chunks)
    coded = whole.dictionary_encode()
    ranks = np.empty(len(coded.dictionary) + 1, np.float64)
    ranks[np.asarray(pc.sort_indices(coded.dictionary))] = np.arange(len(coded.dictionary))
    ranks[-1] = np.nan
    codes = np.asarray(coded.indices.fill_null(len(coded.dictionary)))
    return order_of(ranks[codes], is_descending=is_descending)


def arrow_column(table: Table, name: str) -> pa.ChunkedArray | None:
    """Return a column as it was read; None where it was corrected, joined or is not kept in Arrow."""
    while not isinstance(table, ArrowTable):
        if isinstance(table, CorrectedTable) and name in table.cells:
            return None
        if isinstance(table, JoinedTable) and name in table.joined:
            return None
        if not isinstance(table, CorrectedTable | JoinedTable):
            return None
        table = table.left
    return table.arrow.column(name) if name in table.arrow.column_names else None


def rows_with(table: Table, text: str) -> npt.NDArray[np.bool_]:
    """Return which rows have a text in any of their words, whatever its case; or a number, if it is one."""
    wanted = text.strip()
    found = np.zeros(len(table), bool)
    number = number_from_text(wanted)
    for name, kind in table.fields().items():
        if kind == "number" and not math.isnan(number):
            found |= column_rows(table, name) == number
        elif kind == "text":
            found |= _has_text(table, name, wanted)
    return found


def _has_text(table: Table, name: str, wanted: str) -> npt.NDArray[np.bool_]:
    column = arrow_column(table, name)
    if column is not None:
        if pa.types.is_dictionary(column.type):
            column = column.cast(column.type.value_type)
        try:
            found = pc.match_substring(column, wanted, ignore_case=True)
            return np.asarray(found.fill_null(False))  # noqa: FBT003  the value for empty rows
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
            pass
    folded = wanted.casefold()
    return np.fromiter(
        (v is not None and folded in str(v).casefold() for v in column_rows(table, name)), bool, len(table)
    )


def cell(table: Table, name: str, row: int) -> object:
    """Return one value as a plain Python value, None where empty, without making the whole column where that is saved.

    raises   ColumnError  there is no such column
    """
    if isinstance(table, CorrectedTable):
        cells = table.cells.get(name, {})
        return cells[row] if row in cells else cell(table.left, name, row)
    if isinstance(table, JoinedTable) and name not in table.joined:
        return cell(table.left, name, row)
    if isinstance(table, ArrowTable):
        return table.cell(name, row)
    value = column_rows(table, name)[row]
    if isinstance(value, np.datetime64):
        return None if np.isnat(value) else value.item()
    value = getattr(value, "item", lambda: value)()
    return None if isinstance(value, float) and math.isnan(value) else value
