"""The window as a person meets it: opening, failing, dropping, panels, palette, undo, names for screen readers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent, QKeySequence
from PySide6.QtWidgets import QAbstractButton, QAbstractItemView, QAbstractSlider, QComboBox, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from data.settings import Settings
from twin.errors import PictureError
from twin.layer import Kind, Style
from ui.app import Unexpected
from ui.keys import Focus
from ui.main_window import MainWindow
from ui.mouse import MouseStyle, Tool
from ui.notices import Level
from ui.palette import CommandPalette
from ui.preferences import Preferences, PreferencesDialog, preferences_from, settings_with
from ui.search_box import Result
from ui.window_state import WindowState


def layer_id(window: MainWindow) -> str:
    return next(iter(window.session.layers))


# opening


def test_an_empty_window_offers_to_open(window: MainWindow) -> None:
    assert window.start.isVisible()
    assert window.start.open.isEnabled()


def test_a_file_takes_the_start_panel_away(open_window: MainWindow) -> None:
    assert not open_window.start.isVisible()
    assert open_window.layers.rows.count() == 1


def test_the_first_layer_is_looked_at(open_window: MainWindow) -> None:
    (x, y, _), area = open_window.view.camera.target_local, open_window.session.area
    assert area is not None
    assert area.west_m - 50 < x < area.east_m + 50
    assert area.south_m - 50 < y < area.north_m + 50


def test_a_bad_file_is_told_and_the_session_stays(open_window: MainWindow, tmp_path: Path) -> None:
    before = open_window.session.composition
    bad = tmp_path / "bad.geojson"
    bad.write_text("this is no file of shapes", encoding="utf-8")
    open_window.files.open_path(str(bad))
    cards = open_window.notices.cards()
    assert cards[0].notice.level is Level.ERROR
    assert str(bad.name) in cards[0].notice.text + cards[0].notice.hint
    assert open_window.session.composition == before


def test_a_missing_file_is_told(window: MainWindow, tmp_path: Path) -> None:
    window.files.open_path(str(tmp_path / "nowhere.gpkg"))
    assert [n.level for n in window.notices.past] == [Level.ERROR]
    assert not window.session.layers


def test_one_bad_file_does_not_stop_the_others(window: MainWindow, small_city: Path, tmp_path: Path) -> None:
    window.files.open_paths([str(tmp_path / "nowhere.gpkg"), str(small_city)])
    assert len(window.session.layers) == 1


def test_a_dropped_file_is_opened(window: MainWindow, small_city: Path) -> None:
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(small_city))])
    no_button, no_key = Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier
    window.dropEvent(QDropEvent(QPointF(50, 50), Qt.DropAction.CopyAction, mime, no_button, no_key))
    assert len(window.session.layers) == 1


def test_estimated_heights_are_said(open_window: MainWindow) -> None:
    said = " ".join(n.text + " ".join(n.details) for n in open_window.notices.past)
    assert "2 of 4 heights" in said  # the inn by its storeys, the shed by nothing


def test_an_opened_file_becomes_the_first_recent_one(open_window: MainWindow, small_city: Path) -> None:
    assert open_window.files.recent[0] == str(small_city)


def test_cancel_reaches_the_loader_and_takes_the_job_away(window: MainWindow, small_city: Path) -> None:
    opener = window.parts.opener
    opener.waits = True  # type: ignore[attr-defined]
    window.files.open_path(str(small_city))
    (job,) = window.status.jobs()
    window.status._chip.cancel.click()
    assert opener.cancelled == [job]  # type: ignore[attr-defined]
    assert window.status.jobs() == []


def test_buildings_laid_flat_keep_name_and_style(open_window: MainWindow) -> None:
    session, chosen = open_window.session, layer_id(open_window)
    session.set_style(chosen, Style(color_by="use", opacity=0.5))
    open_window.layers.kind_asked.emit(chosen, Kind.POLYGONS)
    (layer,), (state,) = session.layers.values(), session.composition.layers
    assert layer.info.kind is Kind.POLYGONS
    assert (state.style.color_by, state.name) == ("use", "small city")


def test_all_files_of_a_dropped_folder_are_opened(window: MainWindow, small_city: Path) -> None:
    folder = small_city.parent / "office"
    folder.mkdir()
    for name in ("a.geojson", "b.geojson"):
        (folder / name).write_bytes(small_city.read_bytes())
    (folder / "readme.txt").write_text("not a map", encoding="utf-8")
    window.files.open_paths([str(folder)])
    assert len(window.session.layers) == 2
    assert [n for n in window.notices.past if n.level is Level.ERROR] == []


def test_the_start_panel_shows_what_is_being_opened(window: MainWindow, small_city: Path) -> None:
    opener = window.parts.opener
    opener.waits = True  # type: ignore[attr-defined]
    window.files.open_path(str(small_city))
    assert window.start._progress.isVisible()
    assert not window.start.open.isVisible()
    window.start._cancel.click()
    assert not window.start._progress.isVisible()
    assert window.start.open.isVisible()


def test_closing_all_brings_the_start_panel_back(open_window: MainWindow) -> None:
    open_window.actions_by_id["close_all"].trigger()
    assert open_window.start.isVisible()
    assert open_window.layers.rows.count() == 0


def test_a_city_opened_after_closing_another_is_looked_at(open_window: MainWindow, small_city: Path) -> None:
    far_off = replace(open_window.view.camera, target_local=(50_000.0, 0.0, 0.0), distance_m=300.0)
    open_window.view.move_to(far_off)  # a person has flown away
    open_window.actions_by_id["close_all"].trigger()
    open_window.files.open_path(str(small_city))
    (x, y, _), area = open_window.view.camera.target_local, open_window.session.area
    assert area is not None
    assert area.west_m - 50 < x < area.east_m + 50
    assert area.south_m - 50 < y < area.north_m + 50


# the palette and the keys


def test_every_act_is_reachable_from_the_palette(open_window: MainWindow) -> None:
    titles = {command.title for command in open_window.dialogs.commands()}
    enabled = {a.text().rstrip("…") for a in open_window.actions_by_id.values() if a.isEnabled()}
    assert enabled - titles == {"Command palette"}


def test_the_palette_colours_by_a_column(open_window: MainWindow, qtbot: QtBot) -> None:
    dialog = CommandPalette(open_window, open_window.dialogs.commands())
    qtbot.addWidget(dialog)
    dialog.line.setText("colour by use")
    assert dialog.titles()[0] == "Colour by use"
    qtbot.keyClick(dialog.line, Qt.Key.Key_Return)
    assert dialog.chosen is not None
    dialog.chosen.run()
    assert open_window.session.composition.state(layer_id(open_window)).style.color_by == "use"


def test_every_window_key_is_its_actions_shortcut(window: MainWindow) -> None:
    for binding in window.table:
        if binding.focus is Focus.WINDOW and binding.keys:
            assert window.actions_by_id[binding.act].shortcut() == QKeySequence(binding.keys[0])


def test_every_action_does_something(window: MainWindow) -> None:
    idle = [act for act, action in window.actions_by_id.items() if not action.receivers("2triggered(bool)")]
    assert not idle


def test_own_keys_are_taken_from_the_preferences(make_window: Callable[..., MainWindow]) -> None:
    window = make_window(Preferences(keys={"north": ("Ctrl+8",)}))
    assert window.actions_by_id["north"].shortcut() == QKeySequence("Ctrl+8")


# undo


def test_undo_takes_a_style_back_and_redo_brings_it_again(open_window: MainWindow) -> None:
    session, chosen = open_window.session, layer_id(open_window)
    session.set_style(chosen, replace(session.composition.state(chosen).style, color_by="use"))
    open_window.actions_by_id["undo"].trigger()
    assert session.composition.state(chosen).style.color_by == ""
    open_window.actions_by_id["redo"].trigger()
    assert session.composition.state(chosen).style.color_by == "use"


def test_undo_is_grey_while_there_is_nothing_to_undo(open_window: MainWindow) -> None:
    assert not open_window.actions_by_id["undo"].isEnabled()
    open_window.session.set_style(layer_id(open_window), Style(opacity=0.5))
    assert open_window.actions_by_id["undo"].isEnabled()


def test_the_theme_is_undone_too(window: MainWindow) -> None:
    window.actions_by_id["theme_dark"].trigger()
    assert window.palette().window().color().lightness() < 128
    window.actions_by_id["undo"].trigger()
    assert window.palette().window().color().lightness() > 128


# panels


def test_one_key_hides_all_panels_and_brings_them_back(open_window: MainWindow) -> None:
    open_window.actions_by_id["panels"].trigger()
    assert not open_window.left.isVisible()
    assert not open_window.right.isVisible()
    open_window.actions_by_id["panels"].trigger()
    assert open_window.left.isVisible()
    assert open_window.right.isVisible()


def test_docks_are_remembered(make_window: Callable[..., MainWindow], tmp_path: Path) -> None:
    first = make_window(state=WindowState(tmp_path))
    first.left.close()
    first.close()
    second = make_window(state=WindowState(tmp_path))
    assert not second.left.isVisible()
    assert second.right.isVisible()


def test_preferences_survive_the_settings_file() -> None:
    chosen = Preferences("dark", 150, MouseStyle.CAD, "local", keys={"north": ("Ctrl+8",)})
    assert preferences_from(settings_with(Settings(), chosen)) == chosen


def test_who_follows_the_systems_theme_goes_on_doing_so() -> None:
    assert preferences_from(Settings(), "dark").theme == "dark"
    assert settings_with(Settings(), Preferences("dark"), "dark").theme == "system"
    assert settings_with(Settings(), Preferences("light"), "dark").theme == "light"


def test_a_key_that_is_taken_cannot_be_chosen(window: MainWindow, qtbot: QtBot) -> None:
    dialog = PreferencesDialog(window, Preferences())
    qtbot.addWidget(dialog)
    dialog.key_editors["about"].edit.setKeySequence(QKeySequence("Ctrl+O"))
    assert "Open" in dialog.answer.text()
    assert not dialog._buttons.buttons()[0].isEnabled()


# tools, search, drawing


def test_escape_puts_the_tool_down_before_it_clears_the_selection(open_window: MainWindow) -> None:
    open_window.session.select(layer_id(open_window), [1])
    open_window.actions_by_id["rectangle"].trigger()
    assert open_window.view.mouse.tool is Tool.RECTANGLE
    open_window.actions_by_id["leave"].trigger()
    assert open_window.view.mouse.tool is Tool.NONE
    assert open_window.session.selection.rows == (1,)
    open_window.actions_by_id["leave"].trigger()
    assert open_window.session.selection.rows == ()


def test_what_search_finds_is_selected(make_window: Callable[..., MainWindow], small_city: Path, qtbot: QtBot) -> None:
    window = make_window(find=lambda session, _text: [Result("Mill", "name", next(iter(session.layers)), 1)])
    window.files.open_path(str(small_city))
    window.actions_by_id["search"].trigger()
    qtbot.keyClicks(window.search.line, "mill")
    qtbot.keyClick(window.search.line, Qt.Key.Key_Return)
    assert window.session.selection.rows == (1,)


def test_a_frame_that_fails_is_told_once_and_the_window_lives(open_window: MainWindow, qtbot: QtBot) -> None:
    open_window.notices.clear()
    open_window.parts.scene.error = PictureError("The graphics card went away.")  # type: ignore[attr-defined]
    for _ in range(3):
        open_window.view.ask()
        qtbot.wait(20)
    assert [c.notice.text for c in open_window.notices.cards()] == ["The graphics card went away."]
    open_window.parts.scene.error = None  # type: ignore[attr-defined]


def test_an_error_nobody_expected_is_told_and_the_window_stays(open_window: MainWindow) -> None:
    before = open_window.session.composition
    Unexpected(open_window)(ValueError, ValueError("seven"), None)
    assert open_window.notices.cards()[0].notice.level is Level.ERROR
    assert "seven" in open_window.notices.cards()[0].notice.hint
    assert open_window.isVisible()
    assert open_window.session.composition == before


# everybody


NAMED = (QAbstractButton, QLineEdit, QComboBox, QAbstractSlider, QAbstractItemView)


def own_widgets(window: QWidget) -> list[QWidget]:
    """Return the widgets a person can use; Qt's own inner parts have names beginning with qt_."""
    found = [w for kind in NAMED for w in window.findChildren(kind)]
    inner = {"QComboBoxListView", "QHeaderView", "QScrollBar", "QTableCornerButton", "QToolBarExtension"}
    return [
        w
        for w in found
        if not w.objectName().startswith("qt_")
        and not isinstance(w.parent(), QComboBox)
        and inner.isdisjoint({type(w).__name__, w.metaObject().className()})
    ]


def test_everything_that_can_be_used_has_a_name(open_window: MainWindow) -> None:
    open_window.session.select(layer_id(open_window), [0])
    nameless = [
        f"{type(w).__name__} in {type(w.parent()).__name__}"
        for w in own_widgets(open_window)
        if not w.accessibleName() and not (isinstance(w, QAbstractButton) and w.text())
    ]
    assert nameless == []


def test_the_keyboard_reaches_everything_that_is_shown(open_window: MainWindow) -> None:
    open_window.session.select(layer_id(open_window), [0])
    walked, here = set(), open_window.view
    widget: QWidget | None = here
    for _ in range(2000):
        widget = widget.nextInFocusChain() if widget is not None else None
        if widget is None or widget is here:
            break
        walked.add(widget)
    lost = [
        w.accessibleName() or type(w).__name__
        for w in own_widgets(open_window)
        if w.isVisible() and w.isEnabled() and (w not in walked or not w.focusPolicy() & Qt.FocusPolicy.TabFocus)
        and w.focusProxy() is None
    ]  # fmt: skip
    assert lost == []


@pytest.mark.parametrize("percent", [100, 200])
def test_the_window_fits_a_small_screen(make_window: Callable[..., MainWindow], small_city: Path, percent: int) -> None:
    window = make_window(Preferences(text_percent=percent))
    window.files.open_path(str(small_city))
    window.session.select(layer_id(window), [0])
    assert window.minimumSizeHint().height() <= 720
    assert window.minimumSizeHint().width() <= 1280
