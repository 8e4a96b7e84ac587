"""A project keeps its story; people may write it by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from data.project import read_project, write_project
from twin.errors import ProjectError
from twin.layer import LayerState, Style
from twin.project import Project
from twin.session import Camera, Composition, View
from twin.story import Slide, SlidePicture


def test_a_story_comes_back_as_it_was_saved(tmp_path: Path) -> None:
    view = View(Camera((1.0, 2.0, 3.0), 500.0), Composition((LayerState("houses", Style(color="#aa0000")),), "dark"))
    picture = SlidePicture(str(tmp_path / "plan.png"), {"en": "The plan"})
    slides = (
        Slide("one", {"en": "Harbour", "zh": "港口"}, {"de": "Alt"}, notes="slowly", view=view, picture=picture),
        Slide("two", {"en": "Park"}, view="The centre"),
    )
    folder = tmp_path / "p.citytwin"
    write_project(Project(stories=slides), folder)
    assert read_project(folder).project.stories == slides
    assert "plan.png" in (folder / "stories.1.toml").read_text(encoding="utf-8")


def test_slides_written_by_hand_may_be_short(tmp_path: Path) -> None:
    folder = tmp_path / "p.citytwin"
    write_project(Project(), folder)
    (folder / "stories.toml").write_text(
        '[[slide]]\ntitle = "The harbour"\nview = "From above"\npicture = "plan.png"\n\n'
        '[[slide]]\ntitle = { de = "Der Park" }\n',
        encoding="utf-8",
    )
    one, two = read_project(folder).project.stories
    assert (one.id, one.title, one.view) == ("slide-1", {"en": "The harbour"}, "From above")
    assert one.picture is not None
    assert one.picture.path == str(folder / "plan.png")
    assert (two.id, two.title) == ("slide-2", {"de": "Der Park"})


def test_a_slide_without_a_title_is_told_with_its_number(tmp_path: Path) -> None:
    folder = tmp_path / "p.citytwin"
    write_project(Project(), folder)
    (folder / "stories.toml").write_text('[[slide]]\ntext = "Hm"\n', encoding="utf-8")
    with pytest.raises(ProjectError, match="slide 1 has no title"):
        read_project(folder)
