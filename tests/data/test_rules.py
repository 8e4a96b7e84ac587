"""Rules that a person writes by hand: read, refused with the line, and written again as they were meant."""

from __future__ import annotations

from pathlib import Path

import pytest

from data.project import read_project, write_project
from data.rules import read_rules
from twin.errors import ProjectError, RuleError
from twin.feed import FeedWish, WatchRule
from twin.project import Project

RULES = """# what we watch for
[[rule]]
name = "Dust"
when = "pm10 > 50 for 10 min"
feed = "air"
margin = 5
sound = true

[[rule]]
when = '> 30 vehicles in this area'
area = [[24, 60], [25, 60], [25, 61]]

[[rule]]
name = "Crowd"
when = "> 3 buses in this area"
area = "Old Town"
layer = "districts"
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "rules.toml"
    path.write_text(text, "utf-8")
    return path


def test_rules_are_read_as_people_write_them(tmp_path: Path) -> None:
    dust, crowd, town = read_rules(written(tmp_path, RULES))
    assert dust == WatchRule("pm10 > 50 for 10 min", "Dust", feed="air", margin=5.0, is_sounded=True)
    assert crowd.area == ((24.0, 60.0), (25.0, 60.0), (25.0, 61.0))
    assert (town.place, town.layer, town.area) == ("Old Town", "districts", ())


@pytest.mark.parametrize(("text", "line", "why"), [
    ('[[rule]]\nwhen = "pm10 >> 50"', "line 2", "no rule that can be read"),
    ('[[rule]]\nname = "a"\nwhen = "pm10 > 5 for 3 moons"', "line 3", '"moons"'),
    ('[[rule]]\n\nname = "a"', "line 1", "needs when"),
    ('[[rule]]\nwhen = "pm10 > 5"\nwen = 3', "line 3", 'no "wen"'),
    ('[[rule]]\nwhen = "> 3 buses in this area"', "line 2", "there is none"),
    ('[[rule]]\nwhen = "> 3 buses"\narea = [[24, 60], [25, 60]]', "line 3", "three corners"),
    ('[[rule]]\nwhen = "> 3 buses"\narea = [[60000, 24], [25, 60], [3, 4]]', "line 3", "degrees"),
    ('[[rule]]\nwhen = "a > 1"\nmargin = -1', "line 3", "0 or more"),
    ('[[rule]]\nname = "a"\nwhen = "a > 1"\n[[rule]]\nname = "a"\nwhen = "a > 2"', "line 5", "two rules"),
    ('[[rule]]\nwhen = "a > 1', "line 2", "cannot be read"),
    ("rule = 3", "", "[[rule]]"),
])  # fmt: skip
def test_a_bad_rule_is_told_in_one_sentence_with_its_line(tmp_path: Path, text: str, line: str, why: str) -> None:
    with pytest.raises(RuleError) as told:
        read_rules(written(tmp_path, text))
    assert line in str(told.value)
    assert why in str(told.value)
    assert "\n" not in str(told.value)


def test_a_project_takes_over_a_file_made_by_hand_and_writes_it_as_it_was_meant(tmp_path: Path) -> None:
    folder = tmp_path / "a.citytwin"
    first = write_project(Project(title="a"), folder)
    assert "rules" not in first.files  # none are written where there are none
    written(folder, RULES)
    found = read_project(folder)
    assert [rule.name for rule in found.project.rules] == ["Dust", "> 30 vehicles in this area", "Crowd"]
    second = write_project(found.project, folder, before=found)
    assert (folder / "rules.taken-over.toml").is_file()
    assert read_rules(folder / second.files["rules"]) == found.project.rules
    third = write_project(second.project, folder, before=second)
    assert third.files["rules"] == second.files["rules"]  # what did not change keeps its file, and its comments
    own = folder / third.files["rules"]
    own.write_text(own.read_text("utf-8").replace("pm10 > 50 for", "pm10 > 60 for"), "utf-8")
    assert read_project(folder).project.rules[0].text == "pm10 > 60 for 10 min"
    own.write_text(own.read_text("utf-8").replace("pm10 > 60 for", "pm10 >> 60 for"), "utf-8")
    with pytest.raises(ProjectError, match=r"line \d+: .*no rule that can be read"):
        read_project(folder)


def test_rules_of_an_older_project_stay_with_their_feed() -> None:
    import msgspec  # noqa: PLC0415  what the project is read with

    old = {"id": "air", "name": "Air", "url": "mqtt://h/t", "rules": [{"text": "a > 1", "is_sounded": True}]}
    assert msgspec.convert(old, FeedWish).rules == (WatchRule("a > 1", is_sounded=True),)
