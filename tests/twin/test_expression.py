"""Filters: what they find, what they say when they cannot be read, and how fast they are."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.errors import ExpressionError
from twin.expression import rows_where
from twin.table import ColumnKind


@dataclass(eq=False)
class Columns:
    """A table in memory."""

    values: dict[str, npt.NDArray[np.generic]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(next(iter(self.values.values())))

    def fields(self) -> Mapping[str, ColumnKind]:
        return dict.fromkeys(self.values, "other")

    def column(self, name: str) -> npt.NDArray[np.generic]:
        return self.values[name]

    def row(self, number: int) -> dict[str, object]:
        return {name: rows[number] for name, rows in self.values.items()}


def words(*values: object) -> npt.NDArray[np.object_]:
    return np.array(values, object)


@pytest.fixture
def table() -> Columns:
    return Columns(
        {
            "height": np.array([10.0, 40.0, np.nan, 31.0]),
            "use": words("office", "office", None, "Retail"),
            "建物ID": words("a1", "b2", "", None),
            "building:levels": np.array([1.0, 2.0, np.nan, 9.0]),
            "a > b": words("x", "y", "z", "w"),
            "is_listed": np.array([True, False, True, True]),
            "storeys": words("2", "3.5", "attic", None),
            "built": np.array(["2020-01-01", "2021-01-01", "NaT", "2022-05-05"], "datetime64[ms]"),
            "checked": np.array([True, False, None, True], object),
        }
    )


@pytest.mark.parametrize(
    ("expression", "rows"),
    [
        ("", [0, 1, 2, 3]),
        ('height > 30 and use == "office"', [1]),
        ("height = 10", [0]),
        ("height <> 10", [1, 3]),
        ('use != "office"', [3]),
        ("10 < height <= 31", [3]),
        ("30 < height", [1, 3]),
        ("not (height > 30)", [0]),
        ('use in ["office", "other"]', [0, 1]),
        ('use not in ["office"]', [3]),
        ("height in (10, 31, none)", [0, 2, 3]),
        ("`building:levels` * 2 > 3", [1, 3]),
        ('`a > b` == "x"', [0]),
        ("建物ID is empty", [2, 3]),
        ("建物ID is not empty", [0, 1]),
        ("use == None", [2]),
        ("isnull(height)", [2]),
        ("is_listed", [0, 2, 3]),
        ("not is_listed", [1]),
        ("checked", [0, 3]),
        ("checked = false", [1]),
        ("checked is empty", [2]),
        ('contains(use, "ff")', [0, 1]),
        ('startswith(use, "Re")', [3]),
        ('"ff" in use', [0, 1]),
        ('lower(use) = "retail"', [3]),
        ("abs(-height) > 30", [1, 3]),
        ("number(storeys) >= 2", [0, 1]),
        ('built >= "2021-01-01"', [1, 3]),
        ("height / 0 > 1", []),
        ("(height - 30) % 10 = 0", [0, 1]),
        ("is_listed & height > 5", [0, 3]),
        ("height ≥ 31 AND NOT use = 'office'", [3]),
        ("use = “office”", [0, 1]),
        ("1 == 1", [0, 1, 2, 3]),
    ],
)
def test_an_expression_finds_its_rows(table: Columns, expression: str, rows: list[int]) -> None:
    assert np.flatnonzero(rows_where(expression, table)).tolist() == rows


@pytest.mark.parametrize(
    ("expression", "sentence", "hint", "position"),
    [
        ("hieght > 3", 'no column "hieght"', "Did you mean height?", 0),
        ("1 < 2 and buildinglevels > 3", "no column", "Did you mean `building:levels`?", 10),
        ("building:levels > 3", '":" at character 9', "`building:levels`", 8),
        ("use == office", 'no column "office"', '"office"', 7),
        ('height > "30"', "height is a number and", "without quotes: 30", 0),
        ("use > 3", "use is text and 3 is a number", "number(use)", 0),
        ('"height" > 30', '"height" is text', "`height`", 11),
        ("height >", "breaks off", "height > 30", 8),
        ("height > > 3", 'character 10, at ">"', "", 9),
        ("(height > 3", 'bracket "(" at character 1', "", 0),
        ('use = "office', "quote at character 7 of the filter is never closed", "", 6),
        ("height", "height is a number", "height > 30", 0),
        ("foo(use)", 'no function "foo"', "contains", 0),
        ("contians(use, 'a')", "no function", "Did you mean contains?", 0),
        ("contains(use)", "takes 2 values", "", 0),
        ("storeys + 1 > 2", "storeys is text", "number(storeys)", 0),
        ('built > "soon"', "not a date", "2024", 8),
        ("height > none", "empty cell", "is empty", 0),
    ],
)
def test_what_is_wrong_is_said_with_its_place(
    table: Columns, expression: str, sentence: str, hint: str, position: int
) -> None:
    with pytest.raises(ExpressionError) as caught:
        rows_where(expression, table)
    assert sentence in caught.value.sentence
    assert hint in caught.value.hint
    assert caught.value.values["position"] == position


@pytest.mark.parametrize(
    "expression",
    ['__import__("os")', "use.__class__", "use[0] == 1", "(lambda: 3)()", "height if is_listed else 3",
     "[h for h in height]", "9 ** 9 ** 9 ** 9 > height", "(" * 900 + "1" + ")" * 900, "height > " + "9" * 20_000],
)  # fmt: skip
def test_nothing_but_a_filter_is_evaluated(table: Columns, expression: str) -> None:
    try:
        assert not rows_where(expression, table).any()
    except ExpressionError as error:
        assert error.sentence  # noqa: PT017  either answer is right: refused, or true for no row


@given(st.text(alphabet="height use()[]<>=!&|`\"'+-*/ 0123456789.,andornotisempty", max_size=40))
def test_whatever_is_typed_is_answered_or_refused(expression: str) -> None:
    table = Columns({"height": np.array([1.0, np.nan]), "use": words("a", None)})
    try:
        assert rows_where(expression, table).shape == (2,)
    except ExpressionError as error:
        assert error.sentence.endswith(".")  # noqa: PT017  refused in a sentence


def test_an_empty_cell_is_neither_equal_nor_different(table: Columns) -> None:
    same, other = rows_where("height == 10", table), rows_where("height != 10", table)
    assert not (same | other)[2]


def test_an_extra_column_wins_over_the_tables_own(table: Columns) -> None:
    drawn = np.array([1.0, 2.0, 3.0, 99.0])
    assert rows_where("height > 50", table, extra={"height": drawn}).tolist() == [False, False, False, True]


def test_columns_where_every_row_differs_answer_as_others_do() -> None:
    names = words(*[f"House {i}" for i in range(9_000)], None)
    table = Columns({"name": names})
    assert np.flatnonzero(rows_where('name == "House 77"', table)).tolist() == [77]
    assert int(rows_where('contains(name, "899")', table).sum()) == 10 + 9  # 8990..8999; 899, 1899 .. 7899 and 8899
    assert np.flatnonzero(rows_where("name is empty", table)).tolist() == [9_000]
    assert int(rows_where('name != "House 77"', table).sum()) == 8_999


def test_a_million_rows_take_tens_of_milliseconds() -> None:
    chance = np.random.default_rng(1)
    count = 1_000_000
    uses = words("home", "office", "shop", None)[chance.integers(0, 4, count)]
    table = Columns({"height": chance.random(count) * 100, "use": uses})
    rows_where('height > 30 and use == "office"', table)  # the first time also numbers the texts
    began = time.perf_counter()
    rows_where('height > 30 and use == "office" or height < 2', table)
    assert time.perf_counter() - began < 0.1  # measured: 6 ms
