"""Partial failure: what is noted, counted and said."""

from __future__ import annotations

import numpy as np

from twin.report import EXAMPLES_KEPT, Report


def test_nothing_noted_is_false_and_silent() -> None:
    report = Report()
    report.add("rings were open", [])
    report.add("rings were open", [], count=0)
    assert not report
    assert report.sentences() == []


def test_the_first_few_rows_stand_for_all() -> None:
    report = Report()
    report.add("rings were open", range(1_200))
    (problem,) = report.problems
    assert (problem.count, problem.examples) == (1_200, tuple(range(EXAMPLES_KEPT)))
    assert report.sentences() == ["1,200 rings were open (for example rows 0, 1, 2, 3, 4)"]


def test_a_count_may_be_greater_than_the_rows_named() -> None:
    report = Report()
    report.add("buildings are drawn as boxes", [7], count=2_048)
    assert report.sentences() == ["2,048 buildings are drawn as boxes (for example rows 7)"]


def test_rows_from_arrays_are_kept_as_plain_numbers() -> None:
    report = Report()
    report.add("heights were text", np.array([3, 5], np.int32))
    assert report.problems[0].examples == (3, 5)
    assert [type(e) for e in report.problems[0].examples] == [int, int]


def test_reports_are_joined_in_the_order_met() -> None:
    report, other = Report(), Report()
    report.add("first", [1])
    other.add("second", ["an id"], is_loss=True)
    report.extend(other)
    assert [(p.what, p.is_loss) for p in report.problems] == [("first", False), ("second", True)]
    assert report
