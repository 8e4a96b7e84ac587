"""Recording, ordering and writing slides in a real window."""

from __future__ import annotations

from dataclasses import replace

import pytest

from twin.session import Camera, View
from ui import hall_words as words
from ui.main_window import MainWindow
from ui.project_desk import ProjectDesk
from ui.story_desk import StoryDesk


@pytest.fixture
def desk(open_window: MainWindow) -> StoryDesk:
    found = open_window.findChild(StoryDesk)
    assert found is not None
    found.open()
    return found


def stories(window: MainWindow) -> list[str]:
    project = window.findChild(ProjectDesk)
    assert project is not None
    return [slide.id for slide in project.project.stories]


def test_one_click_records_what_is_looked_at(desk: StoryDesk, open_window: MainWindow) -> None:
    camera = replace(open_window.view.camera, distance_m=321.0)
    open_window.view.motion.is_smooth = False
    open_window.view.move_to(camera)
    desk.panel.record.click()
    (slide,) = desk.story.slides
    assert isinstance(slide.view, View)
    assert slide.view.camera.distance_m == pytest.approx(321.0)
    assert [s.layer_id for s in slide.view.composition.layers] == list(open_window.session.layers)
    assert "small city" in slide.description["en"]


def test_slides_are_ordered_renamed_and_removed(desk: StoryDesk, open_window: MainWindow) -> None:
    for _ in range(3):
        desk.panel.record.click()
    assert stories(open_window) == ["slide-1", "slide-2", "slide-3"]
    desk.panel.up.click()
    assert stories(open_window) == ["slide-1", "slide-3", "slide-2"]
    desk.panel.title.setText("The park")
    desk.panel.title.textEdited.emit("The park")
    desk.panel.keep_written()
    assert desk.story.slide("slide-3").title["en"] == "The park"
    assert "The park" in desk.panel.slides.item(1).text()
    desk.panel.remove.click()
    assert stories(open_window) == ["slide-1", "slide-2"]


def test_words_that_are_missing_in_a_language_are_told(desk: StoryDesk) -> None:
    desk.panel.record.click()
    desk.set_languages(("en", "de"))
    assert words.gap_line(1, "title", "Deutsch") in desk.panel.gaps.text()
    desk.panel.language.setCurrentIndex(1)
    desk.panel.language.activated.emit(1)
    desk.panel.title.textEdited.emit("Der Park")
    desk.panel.keep_written()
    desk.panel.propose.click()
    assert desk.panel.gaps.text() == words.gaps_said(0)
    assert "Blick" in desk.story.slides[0].description["de"]


def test_a_slide_is_shown_again_as_it_was_recorded(desk: StoryDesk, open_window: MainWindow) -> None:
    (layer_id,) = open_window.session.layers
    desk.panel.record.click()
    state = open_window.session.composition.state(layer_id)
    open_window.session.set_state(replace(state, is_visible=False))
    open_window.view.motion.is_smooth = False
    open_window.view.move_to(Camera((9.0, 9.0, 0.0), 99.0))
    desk.look("slide-1")
    assert open_window.session.composition.state(layer_id).is_visible
    assert open_window.view.camera.distance_m != 99.0


def test_layers_without_their_tick_are_kept_as_withheld(desk: StoryDesk, open_window: MainWindow) -> None:
    (layer_id,) = open_window.session.layers
    desk.set_withheld((layer_id,))
    project = open_window.findChild(ProjectDesk)
    assert project is not None
    assert project.project.hearing.withheld == (layer_id,)
