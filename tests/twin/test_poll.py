"""Polls: what can be asked and answered, and counts worked out by hand."""

from __future__ import annotations

from typing import Any

import pytest

from twin.errors import PollError, VoteError
from twin.poll import (
    Ballot,
    Poll,
    PollKind,
    Source,
    checked_answer,
    checked_hand_count,
    json_of_poll,
    poll_of_json,
    tally,
)


def poll(kind: str = "single", **more: Any) -> Poll:
    return poll_of_json({"id": "p", "question": "What first?", "kind": kind, "options": ["a", "b", "c"], **more})


def test_texts_may_be_plain_or_by_language() -> None:
    asked = poll(question={"en": "What first?", "de": "Was zuerst?"})
    assert asked.question["de"] == "Was zuerst?"
    assert asked.options[0].text == {"en": "a"}
    assert asked.options[0].id == "1"


def test_a_poll_survives_being_written_and_read() -> None:
    asked = poll("rating", highest=7, rule="slip", is_hidden=True)
    assert poll_of_json(json_of_poll(asked)) == asked


@pytest.mark.parametrize(
    "wrong",
    [
        {"question": ""},
        {"options": ["only one"]},
        {"options": [{"id": "x"}, {"id": "x"}]},
        {"options": [3, 4]},
        {"options": 5},
        {"kind": "lottery"},
        {"rule": "anyhow"},
        {"question": "x" * 500},
        {"highest": 1, "kind": "rating"},
    ],
)
def test_what_cannot_be_asked_is_refused_in_words(wrong: dict[str, Any]) -> None:
    with pytest.raises(PollError, match=r"\."):
        poll_of_json({"id": "p", "question": "What?", "options": ["a", "b"]} | wrong)


@pytest.mark.parametrize(
    ("kind", "choice", "kept"),
    [
        ("single", "2", ("2",)),
        ("single", ["2"], ("2",)),
        ("multiple", ["3", "1"], ("1", "3")),
        ("ranking", ["3", "1"], ("3", "1")),
        ("rating", {"2": 5, "1": 1}, {"1": 1, "2": 5}),
    ],
)
def test_an_answer_is_kept_in_one_form(kind: str, choice: object, kept: object) -> None:
    assert checked_answer(poll(kind), choice) == kept


@pytest.mark.parametrize(
    ("kind", "choice"),
    [
        ("single", ["1", "2"]),
        ("single", "4"),
        ("single", []),
        ("single", None),
        ("single", 1),
        ("multiple", ["1", "1"]),
        ("multiple", [["1"]]),
        ("ranking", {"1": 2}),
        ("rating", {"1": 6}),
        ("rating", {"1": True}),
        ("rating", {"1": "5"}),
        ("rating", {}),
        ("rating", ["1"]),
        ("rating", {"9": 1}),
    ],
)
def test_what_is_no_answer_is_refused(kind: str, choice: object) -> None:
    with pytest.raises(VoteError):
        checked_answer(poll(kind), choice)


def test_a_multiple_choice_has_its_limit() -> None:
    with pytest.raises(VoteError, match="at most 2"):
        checked_answer(poll("multiple", most=2), ["1", "2", "3"])


def test_votes_are_counted_by_option_and_source() -> None:
    ballots = [Ballot(("1",), Source.ROOM), Ballot(("1",), Source.ASSISTED), Ballot(("3",), Source.ROOM)]
    hands = checked_hand_count(poll(), Source.HANDS, {"1": 10, "2": 4}, "left")
    counted = tally(poll(), ballots, [hands])
    assert counted.counts == {"1": 12, "2": 4, "3": 1}
    assert counted.by_source == {"room": 2, "hands": 14, "assisted": 1}
    assert counted.votes == 17


def test_a_ranking_is_counted_by_points_worked_by_hand() -> None:
    # three options: 2, 1, 0 points. a>b>c, a>c>b, c only: a 4, b 1, c 1 + 2 = 3
    ballots = [Ballot(o, Source.ROOM) for o in (("1", "2", "3"), ("1", "3", "2"), ("3",))]
    counted = tally(poll("ranking"), ballots)
    assert counted.counts == {"1": 4, "2": 1, "3": 3}
    assert counted.first_choices == {"1": 2, "2": 0, "3": 1}


def test_a_rating_has_the_mean_of_those_who_marked() -> None:
    ballots = [Ballot({"1": 5, "2": 2}, Source.ROOM), Ballot({"1": 4}, Source.ROOM)]
    counted = tally(poll("rating"), ballots)
    assert counted.means == {"1": 4.5, "2": 2.0}
    assert counted.votes == 2


def test_hands_cannot_rank_nor_vote_beside_slips() -> None:
    with pytest.raises(VoteError, match="show of hands"):
        checked_hand_count(poll("ranking"), Source.HANDS, {"1": 2})
    with pytest.raises(VoteError, match="slips"):
        checked_hand_count(poll(rule="slip"), Source.HANDS, {"1": 2})
    with pytest.raises(VoteError, match="whole number"):
        checked_hand_count(poll(), Source.HANDS, {"1": -2})


def test_a_scenario_poll_takes_one_scenario() -> None:
    asked = poll_of_json(
        {"id": "s", "question": "Which?", "kind": "scenario", "options": [{"id": "A", "scenario": "Park"}, {"id": "B"}]}
    )
    assert asked.kind is PollKind.SCENARIO
    assert asked.options[0].scenario == "Park"
    assert checked_answer(asked, "A") == ("A",)
