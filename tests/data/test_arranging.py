"""Rows in the order of a column, and rows found by a text."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from data.arranging import cell, order_of, rows_with, sorted_rows
from data.table import ArrowTable
from twin.corrections import CorrectedTable

TABLE = ArrowTable(
    pa.table(
        {
            "name": ["mill", None, "Abbey", "ütown", "abbey"],
            "height": [3.0, None, 10.0, 2.0, 3.0],
            "built": pa.array(["2001-01-01", None, "1990-05-05", "2010-01-01", "2001-01-01"]).cast(pa.timestamp("s")),
        }
    )
)


def test_words_are_sorted_without_regard_to_case_and_empty_ones_come_last_both_ways() -> None:
    assert sorted_rows(TABLE, "name").tolist() == [2, 4, 0, 3, 1]
    assert sorted_rows(TABLE, "name", is_descending=True).tolist() == [3, 0, 2, 4, 1]


def test_numbers_and_times_are_sorted_with_empty_ones_last() -> None:
    assert sorted_rows(TABLE, "height").tolist() == [3, 0, 4, 2, 1]
    assert sorted_rows(TABLE, "height", is_descending=True).tolist() == [2, 0, 4, 3, 1]
    assert sorted_rows(TABLE, "built").tolist() == [2, 0, 4, 3, 1]


def test_a_corrected_value_is_sorted_and_found_as_it_is_now() -> None:
    table = CorrectedTable(TABLE, {"name": {0: "Zoo"}, "height": {3: 99.0}})
    assert sorted_rows(table, "name").tolist() == [2, 4, 0, 3, 1]  # z before ü
    assert sorted_rows(table, "height")[-2] == 3
    assert rows_with(table, "mill").tolist() == [False] * 5
    assert [cell(table, "name", 0), cell(table, "name", 2), cell(table, "height", 1)] == ["Zoo", "Abbey", None]


def test_a_text_is_found_in_any_column_and_a_number_as_a_number() -> None:
    assert rows_with(TABLE, "ABB").tolist() == [False, False, True, False, True]
    assert rows_with(TABLE, "3").tolist() == [True, False, False, False, True]


@given(st.lists(st.one_of(st.none(), st.floats(allow_nan=False)), max_size=30), st.booleans())
def test_the_order_is_one_of_all_rows_with_empty_ones_last(values: list[float | None], is_descending: bool) -> None:  # noqa: FBT001
    rows = np.array([np.nan if v is None else v for v in values])
    order = order_of(rows, is_descending=is_descending)
    assert sorted(order.tolist()) == list(range(len(values)))
    filled = [v for v in rows[order].tolist() if v == v]  # noqa: PLR0124  NaN
    assert filled == sorted(filled, reverse=is_descending)
    assert not np.isnan(rows[order][: len(filled)]).any()
