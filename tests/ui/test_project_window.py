"""Projects in the window: saved, opened, missing layers found, unsaved work offered back, asked before it is lost."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QMessageBox, QPushButton

from data.project import read_project, write_project
from data.settings import config_folder
from twin.layer import Style
from twin.session import Camera
from ui.main_window import MainWindow
from ui.project_autosave import OWNER
from ui.project_desk import ProjectDesk
from ui.project_dialog import SaveDialog, Where
from ui.retention_desk import RetentionDesk

CHOICE = QMessageBox.StandardButton


def desk_of(window: MainWindow) -> ProjectDesk:
    desk = window.findChild(ProjectDesk)
    assert isinstance(desk, ProjectDesk)
    return desk


def save_to(window: MainWindow, folder: Path, *, is_inside: bool = True) -> None:
    desk = desk_of(window)
    desk.ask_where = lambda: Where(folder, is_inside)
    window.actions_by_id["save_project_as"].trigger()


def restyle(window: MainWindow, **style: object) -> None:
    layer_id = next(iter(window.session.layers))
    window.session.set_style(layer_id, replace(window.session.composition.state(layer_id).style, **style))  # type: ignore[arg-type]


def test_a_saved_project_opens_as_it_was(open_window: MainWindow, make_window: Callable, tmp_path: Path) -> None:
    restyle(open_window, color_by="use", opacity=0.5)
    open_window.session.set_camera(Camera((10.0, 20.0, 0.0), 250.0))
    open_window.bookmarks.keep(4)
    save_to(open_window, tmp_path / "a.citytwin")
    other = make_window()
    other.files.open_path(str(tmp_path / "a.citytwin"))
    state = other.session.composition.layers[0]
    assert (state.style.color_by, state.style.opacity) == ("use", 0.5)
    assert other.session.camera.distance_m == 250.0
    assert set(other.bookmarks.views) == {4}
    assert other.windowTitle().startswith("a – ")


def test_the_data_is_inside_and_the_original_is_not_needed(
    open_window: MainWindow, make_window: Callable, small_city: Path, tmp_path: Path
) -> None:
    save_to(open_window, tmp_path / "a.citytwin")
    small_city.unlink()
    other = make_window()
    other.files.open_path(str(tmp_path / "a.citytwin" / "project.json"))
    assert len(other.session.layers) == 1


def test_saving_twice_copies_once(open_window: MainWindow, tmp_path: Path) -> None:
    save_to(open_window, tmp_path / "a.citytwin")
    restyle(open_window, opacity=0.3)
    open_window.actions_by_id["save_project"].trigger()
    assert [p.name for p in (tmp_path / "a.citytwin" / "data").iterdir()] == ["small city.geojson"]
    stored = read_project(tmp_path / "a.citytwin")
    assert stored.serial == 2
    assert stored.project.view.composition.layers[0].style.opacity == 0.3


def test_the_title_marks_what_is_not_saved(open_window: MainWindow, tmp_path: Path) -> None:
    save_to(open_window, tmp_path / "a.citytwin")
    assert open_window.windowTitle().startswith("a – ")
    restyle(open_window, opacity=0.3)
    assert open_window.windowTitle().startswith("a* – ")
    open_window.session.undo()
    assert open_window.windowTitle().startswith("a – ")


def test_looking_around_is_no_change(open_window: MainWindow, tmp_path: Path) -> None:
    save_to(open_window, tmp_path / "a.citytwin")
    open_window.session.set_camera(Camera(distance_m=77.0))
    assert not desk_of(open_window).state.is_changed


def test_closing_with_changes_asks(open_window: MainWindow, tmp_path: Path) -> None:
    save_to(open_window, tmp_path / "a.citytwin")
    restyle(open_window, opacity=0.3)
    open_window.files.asks = True
    desk = desk_of(open_window)
    desk.ask_changes = lambda: CHOICE.Cancel
    assert not open_window.close()
    desk.ask_changes = lambda: CHOICE.Discard
    assert open_window.close()
    assert read_project(tmp_path / "a.citytwin").project.view.composition.layers[0].style.opacity == 1.0


def test_closing_may_save(open_window: MainWindow, tmp_path: Path) -> None:
    save_to(open_window, tmp_path / "a.citytwin")
    restyle(open_window, opacity=0.3)
    open_window.files.asks = True
    desk_of(open_window).ask_changes = lambda: CHOICE.Save
    open_window.close()
    assert read_project(tmp_path / "a.citytwin").project.view.composition.layers[0].style.opacity == 0.3


def missing_window(open_window: MainWindow, make_window: Callable, small_city: Path, tmp_path: Path) -> MainWindow:
    restyle(open_window, color_by="use")
    save_to(open_window, tmp_path / "a.citytwin", is_inside=False)
    small_city.rename(tmp_path / "moved.geojson")
    other: MainWindow = make_window()
    other.files.open_path(str(tmp_path / "a.citytwin"))
    return other


def test_a_missing_file_is_shown_with_a_button_to_find_it(
    open_window: MainWindow, make_window: Callable, small_city: Path, tmp_path: Path
) -> None:
    window = missing_window(open_window, make_window, small_city, tmp_path)
    strip = desk_of(window).strip
    assert strip.missing == ("small-city",)
    assert strip.isVisible()
    assert [b.text() for b in strip.findChildren(QPushButton)] == ["Find it…", "Take it out"]


def test_a_found_file_brings_the_layer_back_with_its_style(
    open_window: MainWindow, make_window: Callable, small_city: Path, tmp_path: Path
) -> None:
    window = missing_window(open_window, make_window, small_city, tmp_path)
    desk = desk_of(window)
    desk.find("small-city", str(tmp_path / "moved.geojson"))
    assert desk.strip.missing == ()
    assert window.session.composition.state("small-city").style.color_by == "use"
    desk.save()
    assert read_project(tmp_path / "a.citytwin").project.layers[0].source.path == str(tmp_path / "moved.geojson")


def test_a_missing_layer_stays_in_the_project_when_it_is_saved(
    open_window: MainWindow, make_window: Callable, small_city: Path, tmp_path: Path
) -> None:
    window = missing_window(open_window, make_window, small_city, tmp_path)
    desk_of(window).change(title="Renamed")
    desk_of(window).save()
    project = read_project(tmp_path / "a.citytwin").project
    assert project.title == "Renamed"
    assert project.layers[0].source.path == str(small_city)
    assert project.view.composition.layers[0].style.color_by == "use"


def test_a_column_that_is_gone_is_shown_without_and_kept(
    open_window: MainWindow, make_window: Callable, small_city: Path, tmp_path: Path
) -> None:
    restyle(open_window, color_by="use", opacity=0.5)
    save_to(open_window, tmp_path / "a.citytwin", is_inside=False)
    text = small_city.read_text(encoding="utf-8").replace('"use"', '"usage"')
    small_city.write_text(text, encoding="utf-8")
    window = make_window()
    window.files.open_path(str(tmp_path / "a.citytwin"))
    assert window.session.composition.layers[0].style == Style(opacity=0.5)
    desk_of(window).change(title="Renamed")
    desk_of(window).save()
    assert read_project(tmp_path / "a.citytwin").project.view.composition.layers[0].style.color_by == "use"


def a_dead_owner(folder: Path) -> None:
    (folder / OWNER).write_text("999999999", encoding="ascii")


def test_unsaved_work_is_offered_back(open_window: MainWindow, make_window: Callable, tmp_path: Path) -> None:
    save_to(open_window, tmp_path / "a.citytwin")
    restyle(open_window, opacity=0.3)
    desk_of(open_window).keep_unsaved()
    a_dead_owner(tmp_path / "a.citytwin" / "autosave")
    window = make_window()
    window.files.open_path(str(tmp_path / "a.citytwin"))
    desk = desk_of(window)
    assert window.session.composition.layers[0].style.opacity == 1.0
    (offer,) = desk.strip.offers
    desk.restore(offer)
    assert window.session.composition.layers[0].style.opacity == 0.3
    assert desk.state.is_changed
    desk.save()
    assert read_project(tmp_path / "a.citytwin").project.view.composition.layers[0].style.opacity == 0.3
    assert not list((tmp_path / "a.citytwin").glob("autosave*"))


def test_new_work_does_not_take_the_place_of_what_is_offered(
    open_window: MainWindow, make_window: Callable, tmp_path: Path
) -> None:
    save_to(open_window, tmp_path / "a.citytwin")
    restyle(open_window, opacity=0.3)
    desk_of(open_window).keep_unsaved()
    a_dead_owner(tmp_path / "a.citytwin" / "autosave")
    window = make_window()
    window.files.open_path(str(tmp_path / "a.citytwin"))
    restyle(window, opacity=0.6)
    desk_of(window).keep_unsaved()
    (offer,) = desk_of(window).strip.offers
    assert offer.stored.project.view.composition.layers[0].style.opacity == 0.3
    assert read_project(offer.stored.folder).project.view.composition.layers[0].style.opacity == 0.3


def test_unsaved_work_without_a_name_is_offered_back(open_window: MainWindow, make_window: Callable) -> None:
    restyle(open_window, opacity=0.3)
    desk_of(open_window).keep_unsaved()
    folder = config_folder() / "unsaved" / str(os.getpid())
    folder.rename(folder.with_name("999999999"))
    a_dead_owner(folder.with_name("999999999"))
    window = make_window()
    desk = desk_of(window)
    desk.restore(desk.strip.offers[0])
    assert window.session.composition.layers[0].style.opacity == 0.3
    assert desk.state.is_changed


def test_a_project_that_is_no_project_leaves_what_is_open(open_window: MainWindow, tmp_path: Path) -> None:
    (tmp_path / "bad.citytwin").mkdir()
    (tmp_path / "bad.citytwin" / "project.json").write_text("{", encoding="utf-8")
    open_window.files.open_path(str(tmp_path / "bad.citytwin"))
    assert "cut off" in open_window.notices.past[-1].text
    assert len(open_window.session.layers) == 1


def test_a_view_is_kept_and_shown_again(open_window: MainWindow, tmp_path: Path) -> None:
    desk = desk_of(open_window)
    open_window.session.set_camera(Camera((10.0, 20.0, 0.0), 250.0))
    desk.views.keep("Market")
    save_to(open_window, tmp_path / "a.citytwin")
    text = (tmp_path / "a.citytwin" / "views.1.toml").read_text(encoding="utf-8")
    assert 'name = "Market"' in text
    open_window.session.set_camera(Camera())
    open_window.menus["views"].aboutToShow.emit()
    assert [action.text() for action in open_window.menus["views"].actions()] == ["Market"]


def test_new_begins_empty(open_window: MainWindow, tmp_path: Path) -> None:
    save_to(open_window, tmp_path / "a.citytwin")
    open_window.actions_by_id["new_project"].trigger()
    assert not open_window.session.layers
    assert desk_of(open_window).state.stored is None
    assert open_window.start.isVisible()


def test_the_dialog_says_how_much_is_copied(window: MainWindow, tmp_path: Path) -> None:
    dialog = SaveDialog(window, name="Harbour", folder=tmp_path, size_bytes=12_300_000)
    assert "12.3 MB" in dialog.inside.accessibleDescription()
    dialog.linked.setChecked(True)
    assert dialog.answer() == Where(tmp_path / "Harbour.citytwin", is_inside_wanted=False)
    dialog.name.setText("a/b")
    assert not dialog.buttons.button(dialog.buttons.StandardButton.Save).isEnabled()


@pytest.mark.parametrize(
    ("answer", "title_there"), [(CHOICE.Cancel, "theirs"), (CHOICE.Save, "a"), (CHOICE.SaveAll, "theirs")]
)
def test_what_another_program_has_saved_is_not_lost_unasked(
    open_window: MainWindow, tmp_path: Path, answer: QMessageBox.StandardButton, title_there: str
) -> None:
    folder, elsewhere = tmp_path / "a.citytwin", tmp_path / "b.citytwin"
    save_to(open_window, folder)
    stored = read_project(folder)
    write_project(replace(stored.project, title="theirs"), folder, before=stored, owned=stored.owned)
    desk, asked = desk_of(open_window), []
    desk.ask_newer = lambda saved: asked.append(saved) or answer  # type: ignore[func-returns-value]
    desk.ask_where = lambda: Where(elsewhere, is_inside_wanted=True)
    open_window.files.asks = True
    restyle(open_window, opacity=0.4)
    open_window.actions_by_id["save_project"].trigger()
    open_window.files.asks = False
    assert len(asked) == 1
    assert read_project(folder).project.title == title_there
    assert elsewhere.exists() == (answer == CHOICE.SaveAll)
    if answer != CHOICE.Cancel:
        open_window.actions_by_id["save_project"].trigger()
    assert len(asked) == 1  # what this window has saved itself is nobody else's


@pytest.mark.parametrize(
    ("ask", "words", "answer"),
    [
        ("changes", "Save", CHOICE.Save),
        ("changes", "Discard", CHOICE.Discard),
        ("newer", "Save over it", CHOICE.Save),
        ("newer", "Save elsewhere", CHOICE.SaveAll),
        ("newer", "Cancel", CHOICE.Cancel),
    ],
)
def test_questions_are_answered_with_the_button_that_says_so(
    window: MainWindow, ask: str, words: str, answer: QMessageBox.StandardButton
) -> None:
    def click() -> None:
        box = window.findChild(QMessageBox)
        assert box is not None
        next(b for b in box.buttons() if b.text().replace("&", "").startswith(words)).click()

    QTimer.singleShot(0, click)
    desk = desk_of(window)
    assert (desk.ask_changes() if ask == "changes" else desk.ask_newer("2026-11-21T10:00:00+00:00")) == answer


def test_nothing_ends_before_the_question_about_changes_is_answered(open_window: MainWindow) -> None:
    restyle(open_window, opacity=0.3)
    open_window.files.asks = True
    desk_of(open_window).ask_changes = lambda: CHOICE.Cancel
    (timer,) = open_window.findChild(RetentionDesk).findChildren(QTimer)
    assert not open_window.close()
    assert timer.isActive()
    open_window.files.asks = False
    assert open_window.close()
    assert not timer.isActive()


@pytest.mark.parametrize("act", ["save_project", "save_project_as", "pack_project", "keep_view"])
def test_nothing_is_saved_before_anything_is_open(window: MainWindow, act: str) -> None:
    assert not window.actions_by_id[act].isEnabled()
