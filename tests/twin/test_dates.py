"""Columns that say since when and until when: found by name and value, read in many spellings."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pyarrow as pa
import pytest

from data.table import ArrowTable
from twin.date_values import column_moments, moment_from_word
from twin.dates import Span, proposed_span, standing_at, stands_alike
from twin.layer import Style


def day(year: int, month: int = 1, date: int = 1) -> float:
    return datetime(year, month, date, tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    ("word", "moment"),
    [
        ("1975", day(1975)),
        ("~1855", day(1855)),
        ("1860s", day(1860)),
        ("1914..1918", day(1914)),
        ("1975-06", day(1975, 6)),
        ("30.06.1975", day(1975, 6, 30)),
        ("06/30/1975", day(1975, 6, 30)),
        ("1975/6/30", day(1975, 6, 30)),
        ("1975-06-30T00:00:00Z", day(1975, 6, 30)),
        ("昭和50年", day(1975)),
        ("平成元年3月1日", day(1989, 3)),
        ("ca. 1890", day(1890)),
        ("vor 1900", day(1900)),
        ("1890-1900", day(1890)),
        ("1975/76", day(1975)),
        ("[1975?]", float("nan")),
        ("1975?", day(1975)),
        ("(1975)", day(1975)),
        ("19. Jh.", day(1801)),
        ("XIXe siècle", day(1801)),
        ("30. Juni 1975", day(1975, 6, 30)),
        ("Jun 30, 1975", day(1975, 6, 30)),
        ("août 1975", day(1975, 8)),
        ("30.6.75", day(1975, 6, 30)),
        ("6/30/1975 5:30:00 PM", day(1975, 6, 30) + 17.5 * 3600),
        ("06/30/1975 12:05 AM", day(1975, 6, 30) + 300),
        ("03.06.1975 12:30", day(1975, 6, 3) + 12.5 * 3600),
        ("27575", day(1975, 6, 30)),
        ("unbekannt", float("nan")),
        ("1975年6月30日", day(1975, 6, 30)),
    ],
)
def test_a_moment_is_read_as_people_write_it(word: str, moment: float) -> None:
    assert moment_from_word(word) == pytest.approx(moment, nan_ok=True)


@pytest.mark.parametrize("word", ["", "unknown", "0", "9999", "-9999", "9999-12-31", "0001-01-01", "C18", None, "12"])
def test_what_stands_for_nothing_is_not_known(word: object) -> None:
    assert np.isnan(moment_from_word(word))


def table(**columns: object) -> ArrowTable:
    return ArrowTable(pa.table(columns))


@pytest.mark.parametrize(
    ("columns", "span"),
    [
        ({"Baujahr": [1900, 1950], "Abrissjahr": [None, 1960]}, Span("Baujahr", "Abrissjahr")),
        (
            {"ANNEE_CONSTRUCTION": ["1900", "1950"], "DATE_DEMOLITION": ["", "1960"]},
            Span("ANNEE_CONSTRUCTION", "DATE_DEMOLITION"),
        ),
        ({"建築年": ["昭和50年", "1980"], "滅失年": [None, "1990"]}, Span("建築年", "滅失年")),
        ({"bldg:yearOfConstruction": [1900, 1950]}, Span("bldg:yearOfConstruction", "")),
        ({"Condition_YearBuilt": [1900, 1950]}, Span("Condition_YearBuilt", "")),
        ({"start_date": ["1900-01-01", "1950"], "end_date": [None, "1960-05-01"]}, Span("start_date", "end_date")),
        ({"YEAR_DETECTED": [2010, 2018]}, Span("YEAR_DETECTED", "")),
        ({"valid_from": [1900, 1950], "valid_to": [9999, 1960]}, Span("valid_from", "valid_to")),
        ({"Baudatum": ["1.2.1900", "3.4.1950"], "abgebrochen am": ["1.4.1957", None]},
         Span("Baudatum", "abgebrochen am")),
        ({"建築年月": ["昭和32年4月", "1980"], "解体日": [None, "1990-01-02"]}, Span("建築年月", "解体日")),
        ({"PermitIssueDate": ["2024-04-06", "2020-01-01"]}, Span("PermitIssueDate", "")),
        ({"DATE": ["2004-09-22", None], "created_date": ["2025-09-22", "2025-09-22"]}, Span("DATE", "")),
        ({"from": ["north", "south"], "to": ["south", "north"]}, Span()),
        ({"von": [1, 12], "bis": [10, 24]}, Span()),
        ({"height": [1900, 1950]}, Span()),
    ],
)  # fmt: skip
def test_the_columns_of_a_span_are_found(columns: dict[str, object], span: Span) -> None:
    assert proposed_span(table(**columns)) == span


def test_numbers_are_years_days_or_seconds() -> None:
    found = column_moments(table(t=[1975.0, 19750630.0, 1714566600.0, 1714566600000.0, 0.0, np.nan]), "t")
    assert found[:2].tolist() == [day(1975), day(1975, 6, 30)]
    assert found[2] == found[3] == 1714566600
    assert np.isnan(found[4:]).all()


class _Layer:
    heights = None

    def __init__(self, of: ArrowTable) -> None:
        self.table = of


def test_a_row_stands_from_its_first_moment_until_before_its_last() -> None:
    layer = _Layer(table(built=[1900, 1975, 1976, None, 1900, None], demolished=[None, None, None, None, 1975, 1960]))
    standing = standing_at(layer, Style(), day(1976) - 1)  # type: ignore[arg-type]
    assert standing is not None
    assert standing.is_there.tolist() == [True, True, False, True, False, False]
    assert (standing.not_yet, standing.gone, standing.unknown) == (1, 2, 1)


def test_now_shows_everything_and_a_layer_may_stay_out_of_time() -> None:
    layer = _Layer(table(built=[1900, 2500], demolished=[1910, None]))
    assert standing_at(layer, Style(), None) is None  # type: ignore[arg-type]
    assert standing_at(layer, Style(follows_time=False), day(1950)) is None  # type: ignore[arg-type]


def test_days_as_spreadsheets_count_them_are_dates() -> None:
    table = ArrowTable(pa.table({"built": pa.array([27575.0, 43831.5, None, 1975.0])}))  # 43831 is 2020-01-01
    moments = column_moments(table, "built")
    assert moments[[0, 1, 3]].tolist() == [day(1975, 6, 30), day(2020) + 43_200, day(1975)]
    assert np.isnan(moments[2])


def test_days_and_months_are_told_apart_by_the_whole_column() -> None:
    here = column_moments(table(t=["06/07/1975", "12/25/1975", "6/7/75"]), "t")
    assert here.tolist() == [day(1975, 6, 7), day(1975, 12, 25), day(1975, 6, 7)]
    there = column_moments(table(t=["06/07/1975", "25/12/1975"]), "t")
    assert there.tolist() == [day(1975, 7, 6), day(1975, 12, 25)]
    assert column_moments(table(t=["1.4.1957", "1.13.1957"]), "t")[0] == day(1957, 4)


def test_a_clock_that_runs_comes_by_something_new_only_where_a_date_lies() -> None:
    layer, noon = _Layer(table(built=[1900, 1975], demolished=[1960, None])), 43_200.0
    alike = [
        (day(1974) + noon, day(1974) + noon + 60, True),
        (day(1974) + noon, day(1974, 1, 2) + noon, False),  # what is told of it names the day
        (None, day(1974), False),
        (day(1974), None, False),
    ]
    for before_s, at_s, expected in alike:
        assert stands_alike(layer, Style(), before_s, at_s) is expected  # type: ignore[arg-type]
    begun = _Layer(table(built=["1975-06-30T12:00:00Z", None]))
    moment_s = day(1975, 6, 30) + noon
    assert not stands_alike(begun, Style(), moment_s - 1, moment_s)  # type: ignore[arg-type]
    assert not stands_alike(begun, Style(), moment_s, moment_s - 1)  # type: ignore[arg-type]
    assert stands_alike(begun, Style(), moment_s, moment_s + 1)  # type: ignore[arg-type]
