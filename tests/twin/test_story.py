"""A story keeps its order, and a slide brings back looks but never values."""

from __future__ import annotations

import pytest

from twin.corrections import Correction
from twin.errors import StoryError
from twin.layer import LayerState, Style
from twin.scenario import Scenario
from twin.session import Camera, Composition, View
from twin.story import Slide, Story, composed, gaps, in_language, recorded

STORY = Story((Slide("a"), Slide("b"), Slide("c")))


def ids(story: Story) -> str:
    return "".join(slide.id for slide in story.slides)


def test_next_and_back_stop_at_the_ends() -> None:
    assert [STORY.next_id(i) for i in ("", "a", "c")] == ["a", "b", "c"]
    assert [STORY.back_id(i) for i in ("a", "c")] == ["a", "b"]
    assert not Story().next_id("")


def test_a_slide_moves_to_another_place_and_not_beyond_the_ends() -> None:
    assert ids(STORY.moved("a", 1)) == "bac"
    assert ids(STORY.moved("a", 9)) == "bca"
    assert ids(STORY.moved("c", -4)) == "cab"


def test_a_new_slide_comes_after_the_chosen_one_and_has_a_new_id() -> None:
    longer = STORY.added(Slide(STORY.new_id()), after="a")
    assert [slide.id for slide in longer.slides] == ["a", "slide-1", "b", "c"]
    assert longer.new_id() == "slide-2"
    with pytest.raises(StoryError):
        longer.added(Slide("slide-1"))


def test_what_is_missing_in_a_language_is_told() -> None:
    story = Story((Slide("a", {"en": "Port", "de": "Hafen"}, {"en": "Old."}, {"en": "Ships"}),))
    missing = {(gap.part, gap.language) for gap in gaps(story, ("en", "de"))}
    assert missing == {("text", "de"), ("description", "de")}


def test_a_text_falls_back_to_english_then_to_whatever_there_is() -> None:
    assert in_language({"en": "Port", "de": "Hafen"}, "de") == "Hafen"
    assert in_language({"en": "Port", "de": " "}, "de") == "Port"
    assert in_language({"zh": "港口"}, "fr") == "港口"
    assert not in_language({}, "fr")


def test_a_slide_brings_back_looks_and_leaves_values_as_they_are() -> None:
    correction = Correction("houses", "id", "1", 0, "height", 3, 4, "2026-11-21T10:00:00+00:00")
    tall = Scenario("tall", "Tall")
    then = Composition((LayerState("houses", Style(color="#ff0000")), LayerState("gone")), scenario="tall")
    now = Composition((LayerState("houses"), LayerState("trees")), "dark", corrections=(correction,), scenarios=(tall,))
    shown = composed(now, recorded(View(Camera(), then)).composition)
    assert [(s.layer_id, s.is_visible) for s in shown.layers] == [("trees", False), ("houses", True)]
    assert shown.state("houses").style.color == "#ff0000"
    assert shown.corrections == (correction,)
    assert (shown.theme, shown.scenario, shown.scenarios) == ("light", "tall", (tall,))


def test_a_scenario_that_is_gone_shows_the_city_as_it_is() -> None:
    assert not composed(Composition(), Composition(scenario="gone")).scenario
