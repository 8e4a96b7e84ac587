"""Ideas of residents as the beginning of scenarios."""

from __future__ import annotations

from typing import Any

import pytest

from twin.ideas import scenario_of_idea
from twin.scenario import EditKind, GroundUse, Scenario, checked

AREA = {"type": "area", "lonlat": [[10.0, 53.5], [10.001, 53.5], [10.001, 53.501]]}
LINE = {"type": "line", "lonlat": [[10.0, 53.5], [10.002, 53.5]]}


def test_the_words_of_an_idea_are_its_name_and_note() -> None:
    text = "A park with many old trees, benches and a fountain at the end of the quay"
    made = scenario_of_idea(text, {"type": "project"}, [])
    assert made.note == text
    assert made.name == "A park with many old trees, benches and a …"
    assert made.edits == ()
    again = scenario_of_idea(text, {"type": "project"}, [made])
    assert again.name.endswith("2")
    assert again.id != made.id


@pytest.mark.parametrize(("place", "ground", "corners"), [(AREA, GroundUse.PARK, 3), (LINE, GroundUse.STREET, 2)])
def test_what_was_drawn_is_there_to_be_drawn_on(place: dict[str, Any], ground: GroundUse, corners: int) -> None:
    (edit,) = scenario_of_idea("Here", place, []).edits
    assert (edit.kind, edit.ground) == (EditKind.GROUND, ground)
    assert len(edit.rings[0] if edit.rings else edit.line) == corners
    assert checked(edit) == edit


def test_points_and_broken_places_leave_only_words() -> None:
    for place in ({"type": "point", "lonlat": [10, 53]}, {"type": "area", "lonlat": [[1, 2]]}, {}, {"lonlat": "x"}):
        assert scenario_of_idea("Here", place, [Scenario("scenario1", "Here")]).edits == ()
