"""Arrow columns as NumPy and Python values, when they are asked for."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pyarrow as pa
import pytest

from data.table import ArrowTable
from twin.errors import ColumnError

DAY = dt.datetime(2020, 5, 17, 12, 30)  # noqa: DTZ001  files state no zone


@pytest.fixture
def table() -> ArrowTable:
    return ArrowTable(
        pa.table(
            {
                "whole": pa.array([1, None, 2**53], pa.int64()),
                "number": pa.array([1.5, None, float("nan")], pa.float32()),
                "text": pa.array(["a", None, "ä"], pa.large_string()),
                "coded": pa.array(["x", "y", None]).dictionary_encode(),
                "codes": pa.array([7, None, 7]).dictionary_encode(),
                "truth": [True, False, True],
                "maybe": [True, None, False],
                "when": pa.array([DAY, None, DAY], pa.timestamp("ms")),
                "day": pa.array([DAY.date(), None, None], pa.date32()),
                "list": [[1, 2], None, []],
                "exact": pa.array([None, 1, 2], pa.decimal128(9, 2)),
                "nothing": pa.nulls(3),
            }
        )
    )


def test_columns_have_the_kinds_a_person_sees(table: ArrowTable) -> None:
    kinds = ["number", "number", "text", "text", "number", "bool", "bool", "time", "time", "other", "number", "other"]
    assert list(table.fields().values()) == kinds
    assert len(table) == 3


def test_numbers_are_float64_with_nan_where_empty(table: ArrowTable) -> None:
    for name in ("whole", "number", "codes", "exact"):
        assert table.column(name).dtype == np.float64
    assert table.column("whole") == pytest.approx([1, np.nan, 2**53], nan_ok=True)
    assert table.column("codes") == pytest.approx([7, np.nan, 7], nan_ok=True)
    assert table.column("exact") == pytest.approx([np.nan, 1, 2], nan_ok=True)


def test_texts_are_objects_with_none_where_empty(table: ArrowTable) -> None:
    assert list(table.column("text")) == ["a", None, "ä"]
    assert list(table.column("coded")) == ["x", "y", None]


def test_truth_times_and_lists_keep_their_values(table: ArrowTable) -> None:
    assert table.column("truth").dtype == bool
    assert list(table.column("maybe")) == [True, None, False]
    assert table.column("when")[0] == np.datetime64("2020-05-17T12:30")
    assert np.isnat(table.column("when")[1])
    assert table.column("day")[0] == np.datetime64("2020-05-17")
    assert list(table.column("list")) == [[1, 2], None, []]
    assert list(table.column("nothing")) == [None, None, None]


def test_a_row_is_plain_python(table: ArrowTable) -> None:
    row = table.row(0)
    assert list(row) == list(table.fields())
    assert (row["whole"], row["text"], row["when"], row["list"], row["exact"]) == (1, "a", DAY, [1, 2], None)
    assert table.row(2)["whole"] == 2**53


def test_a_missing_column_proposes_the_nearest(table: ArrowTable) -> None:
    with pytest.raises(ColumnError, match=r'no column "numbr".*Did you mean "number"'):
        table.column("numbr")
    with pytest.raises(ColumnError, match="The columns are: whole"):
        table.column("q")


def test_a_table_of_several_chunks_is_one_column() -> None:
    part = pa.table({"t": pa.array(["a", "b"]).dictionary_encode(), "n": [1, None]})
    table = ArrowTable(pa.concat_tables([part, pa.table({"t": pa.array(["c"]).dictionary_encode(), "n": [3]})]))
    assert list(table.column("t")) == ["a", "b", "c"]
    assert table.column("n") == pytest.approx([1, np.nan, 3], nan_ok=True)
