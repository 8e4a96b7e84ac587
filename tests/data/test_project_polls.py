"""Polls and the hearing's plan in a project: written by hand, kept, and refused in words."""

from __future__ import annotations

from pathlib import Path

import pytest

from data.project import read_project, write_project
from twin.errors import ProjectError
from twin.hearing_plan import Call, Facility, HearingPlan
from twin.poll import PollKind, VotingRule
from twin.project import Project

HAND = """
[[poll]]
id = "park"
question = "Which park?"
options = ["Old", "New"]

[[poll]]
id = "order"
kind = "ranking"
rule = "slip"
question = { en = "In which order?", de = "In welcher Reihenfolge?" }
options = [{ id = "trees", text = { en = "Trees", de = "Bäume" } }, { id = "benches", text = "Benches" }]
"""
PLAN = HearingPlan(
    languages=("en", "de"),
    calls=(Call("bench", {"en": "Where?"}),),
    facilities=(Facility("library", "Library", (10.0, 53.5)),),
    held_words=("idiot",),
    closes="2026-12-31",
)


def test_the_plan_of_a_hearing_is_kept(tmp_path: Path) -> None:
    write_project(Project("Harbour", hearing=PLAN), tmp_path / "x.citytwin")
    assert read_project(tmp_path / "x.citytwin").project.hearing == PLAN


def test_polls_written_by_hand_are_taken_up_and_kept(tmp_path: Path) -> None:
    folder = tmp_path / "x.citytwin"
    write_project(Project("Harbour"), folder)
    (folder / "polls.toml").write_text(HAND, encoding="utf-8")
    stored = read_project(folder)
    park, order = stored.project.polls
    assert [o.text for o in park.options] == [{"en": "Old"}, {"en": "New"}]
    assert (order.kind, order.rule, order.question["de"]) == (
        PollKind.RANKING,
        VotingRule.SLIP,
        "In welcher Reihenfolge?",
    )
    write_project(stored.project, folder, before=stored)
    assert read_project(folder).project.polls == (park, order)


def test_a_poll_that_cannot_be_asked_is_said_with_its_file(tmp_path: Path) -> None:
    folder = tmp_path / "x.citytwin"
    write_project(Project("Harbour"), folder)
    (folder / "polls.toml").write_text('[[poll]]\nid = "p"\nquestion = "?"\noptions = ["one"]\n', encoding="utf-8")
    with pytest.raises(ProjectError, match=r"polls\.toml.*1 options"):
        read_project(folder)
