"""Bars over the values of a column."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.table import ArrowTable
from twin.distribution import is_between, is_one_of, spread_of, words_of

finite = st.floats(-1e6, 1e6, allow_nan=False)


def test_figures_are_those_of_the_filled_rows() -> None:
    found = spread_of(np.array([1.0, 2.0, np.nan, 9.0]))
    assert found is not None
    assert (found.filled, found.empty, found.least, found.greatest) == (3, 1, 1.0, 9.0)
    assert (found.mean, found.median) == (4.0, 2.0)
    assert spread_of(np.array([np.nan])) is None


def test_whole_numbers_have_a_bar_each() -> None:
    found = spread_of(np.array([1.0, 2.0, 2.0, 4.0]))
    assert found is not None
    assert found.counts == (1, 2, 0, 1)


def test_an_outlier_does_not_squeeze_the_rest_into_one_bar() -> None:
    found = spread_of(np.append(np.linspace(0, 30, 1000), 5_000.0))
    assert found is not None
    assert np.count_nonzero(found.counts) > 30
    assert found.edges[-1] == 5_000.0


@given(st.lists(finite, min_size=1, max_size=60))
def test_every_number_is_in_one_bar(values: list[float]) -> None:
    found = spread_of(np.array(values))
    assert found is not None
    assert sum(found.counts) == len(values)
    assert found.edges[0] <= min(values) <= max(values) <= found.edges[-1]


@given(st.lists(finite, min_size=2, max_size=60), st.floats(0, 1))
def test_a_place_along_the_bars_is_a_number_and_back(values: list[float], share: float) -> None:
    found = spread_of(np.array(values))
    assert found is not None
    assert found.share_of(found.value_at(share)) == pytest.approx(share, abs=1e-6)


def test_a_range_takes_both_its_ends_and_nothing_empty() -> None:
    assert is_between(np.array([1.0, 2.0, np.nan, 3.0]), 2.0, 3.0).tolist() == [False, True, False, True]


def test_words_are_counted_the_most_frequent_first() -> None:
    table = ArrowTable(pa.table({"use": ["a", "b", "b", None], "n": [1, 1, 2, 3]}))
    found = words_of(table, "use")
    assert (found.values, found.counts, found.empty, found.others) == (("b", "a"), (2, 1), 1, 0)
    assert words_of(table, "use", np.array([0])).values == ("a",)
    assert is_one_of(table, "use", ("b",)).tolist() == [False, True, True, False]
