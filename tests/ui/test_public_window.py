"""Nothing unapproved reaches the projector; what is approved is there, large enough and readable."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication, QDialog, QLabel, QWidget
from pytestqt.qtbot import QtBot

from layers.scene import Scene
from twin.legend import Legend, LegendEntry, LegendKind
from twin.session import View
from twin.story import Slide, Story, recorded
from ui.hall.blocks import LOOKS
from ui.hall.frame import HallFrame, JoinCodes, ShownComment, poll_board
from ui.hall.panel import places, unit_px
from ui.hall.presentation import Presentation
from ui.main_window import MainWindow
from ui.present_desk import PresentDesk
from ui.project_desk import ProjectDesk
from ui.theme import contrast

MARK = "MARKERTEXT"
POLL: dict[str, Any] = {
    "id": "q", "question": {"en": "Which park?"}, "kind": "single", "rule": "open", "is_open": True,
    "options": [{"id": "a", "text": {"en": "North"}}, {"id": "b", "text": {"en": "South"}}],
}  # fmt: skip


@pytest.fixture
def city_with_people(tmp_path: Path) -> Path:
    """Return a file of points with a column that is about people."""
    features = [
        {
            "type": "Feature",
            "properties": {"name": f"House {n}", "owner_email": f"{MARK.lower()}{n}@example.org"},
            "geometry": {"type": "Point", "coordinates": [8.0 + n / 1000, 50.0]},
        }
        for n in range(6)
    ]
    path = tmp_path / "houses.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    return path


@pytest.fixture
def shown(window: MainWindow, city_with_people: Path, qtbot: QtBot) -> Iterator[Presentation]:
    """Return a presentation of two slides, drawn by VTK."""
    window.files.open_path(str(city_with_people))
    (layer_id,) = window.session.layers
    state = window.session.composition.state(layer_id)
    labelled = replace(state, style=replace(state.style, label_by="owner_email", color_by="owner_email"))
    looks = replace(window.session.composition, layers=(labelled,))
    slides = (
        Slide("one", {"en": "The park"}, {"en": "By the river."}, notes=f"{MARK} notes",
              view=recorded(View(window.session.camera, looks))),
        Slide("two", {"en": "The quay"}),
    )  # fmt: skip
    project, desk = window.findChild(ProjectDesk), window.findChild(PresentDesk)
    assert project is not None
    assert desk is not None
    project.change(stories=slides)
    desk.is_full_screen = False
    desk.make_scene = Scene
    presentation = desk.begin()
    assert presentation is not None
    presentation.window.view.motion.is_smooth = False
    presentation.window.resize(1024, 768)
    qtbot.waitExposed(presentation.window)
    settle(presentation, qtbot)
    yield presentation
    presentation.end()


def settle(shown: Presentation, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: shown.window.view.is_settled and shown.window.view.image() is not None, timeout=5000)


def public_words(window: QWidget) -> str:
    """Return every word that a widget of the public window has: texts, names, tips, titles, and what is painted."""
    said = []
    for widget in [window, *window.findChildren(QWidget)]:
        said += [widget.accessibleName(), widget.accessibleDescription(), widget.toolTip(), widget.windowTitle(),
                 widget.statusTip(), widget.whatsThis(), widget.objectName()]  # fmt: skip
        if isinstance(widget, QLabel):
            said.append(widget.text())
    board = window.board  # type: ignore[attr-defined]
    return "\n".join([*said, repr(board.frame)])


def pixels(image: QImage) -> np.ndarray[Any, np.dtype[np.uint8]]:
    image = image.convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return rows[:, : 3 * image.width()].copy()


def test_no_marker_text_of_the_operator_is_found_in_the_public_window(
    shown: Presentation, window: MainWindow, qtbot: QtBot
) -> None:
    before = pixels(shown.window.picture())
    (layer_id,) = window.session.layers
    window.notices.warning(f"{MARK} notice", details=[f"{MARK} detail"])
    window.notices.error(RuntimeError(f"{MARK} error"))
    window.view.setToolTip(f"{MARK} tip")
    window.setWindowTitle(f"{MARK} title")
    window.session.select(layer_id, [0])
    dialog = QDialog(window)
    dialog.setWindowTitle(f"{MARK} dialog")
    QLabel(f"{MARK} in a dialog", dialog)
    dialog.show()
    state = window.session.composition.state(layer_id)
    window.session.set_state(replace(state, name=f"{MARK} layer", style=replace(state.style, label_by="owner_email")))
    desk = window.findChild(PresentDesk)
    assert desk is not None
    shown.push()
    qtbot.wait(50)
    settle(shown, qtbot)
    said = public_words(shown.window)
    assert MARK not in said
    assert MARK.lower() not in said
    assert np.array_equal(pixels(shown.window.picture()), before)
    assert shown.window.parent() is None
    assert not [w for w in QApplication.topLevelWidgets() if w.parent() is shown.window]
    assert MARK in desk.console.notes.toPlainText()
    dialog.close()


def test_a_personal_column_is_neither_label_nor_legend_in_the_public_picture(shown: Presentation) -> None:
    (state,) = shown.city.session.composition.layers
    assert (state.style.label_by, state.style.color_by) == ("", "")
    assert shown.city.left_out
    assert MARK.lower() not in repr(shown.scene.legends())
    labelled = shown.scene.placed_labels(shown.city.session.camera, (1024, 768), scale=1.0)
    assert labelled == []


def test_a_comment_that_was_not_accepted_does_not_reach_the_projector(shown: Presentation, window: MainWindow) -> None:
    from ui.meeting_desk import MeetingDesk  # noqa: PLC0415  only here

    desk = window.findChild(MeetingDesk)
    assert desk is not None
    held = {"id": "c1", "kind": "idea", "text": f"{MARK} comment", "state": "held", "place": {"name": MARK}}
    desk.queue.show_comments([held], 1)
    assert MARK in desk.queue.text.text()
    assert not desk.queue.to_hall.isEnabled()
    desk.show_comment(held)
    desk.preview(held)
    assert MARK not in public_words(shown.window)
    desk.show_comment(held | {"state": "accepted"})
    assert MARK in public_words(shown.window)


def test_the_clicker_goes_on_and_back_black_hides_everything_and_escape_leaves(
    shown: Presentation, window: MainWindow, qtbot: QtBot
) -> None:
    public = shown.window
    qtbot.keyClick(public, Qt.Key.Key_PageDown)
    assert public.frame.title == "The quay"
    qtbot.keyClick(public, Qt.Key.Key_PageUp)
    assert public.frame.title == "The park"
    qtbot.keyClick(public, Qt.Key.Key_B)
    assert pixels(public.picture()).max() == 0
    assert not public.frame.spoken()
    qtbot.keyClick(public, Qt.Key.Key_B)
    qtbot.keyClick(window.view, Qt.Key.Key_PageDown)
    assert public.frame.title == "The quay"
    qtbot.keyClick(public, Qt.Key.Key_Escape)
    desk = window.findChild(PresentDesk)
    assert desk is not None
    assert desk.presentation is None


def test_a_frozen_picture_stays_until_it_is_let_go(shown: Presentation, qtbot: QtBot) -> None:
    before = pixels(shown.window.picture())
    shown.toggle_freeze()
    shown.next()
    qtbot.wait(30)
    assert np.array_equal(pixels(shown.window.picture()), before)
    shown.toggle_freeze()
    assert shown.window.frame.title == "The quay"


def test_with_one_screen_the_console_freezes_the_picture(shown: Presentation, window: MainWindow) -> None:
    assert shown.has_one_screen
    desk = window.findChild(PresentDesk)
    assert desk is not None
    shown.do("console")
    assert shown.window.is_frozen
    assert not desk.one_screen.isHidden()
    desk.dock.hide()
    assert not shown.window.is_frozen


def test_votes_grow_on_the_projector_and_the_rule_is_stated(shown: Presentation) -> None:
    shown.show_poll(POLL | {"votes": 1, "counts": {"a": 1, "b": 0}, "by_source": {"room": 1}})
    one = shown.window.frame.poll
    shown.show_poll(POLL | {"votes": 4, "counts": {"a": 1, "b": 3}, "by_source": {"room": 4}})
    four = shown.window.frame.poll
    assert one is not None
    assert four is not None
    assert (one.bars[1].share, four.bars[1].share) == (0.0, 0.75)
    assert "does not prove" in four.rule
    shown.next()
    assert shown.window.frame.poll is None
    assert shown.window.frame.title == "The park"


def test_a_hidden_poll_shows_no_figure_and_a_closed_one_its_head() -> None:
    hidden = poll_board(POLL, "de")
    assert [bar.figure for bar in hidden.bars] == ["", ""]
    closed = poll_board(POLL | {"is_open": False, "head_at_close": "abc", "votes": 0, "counts": {}}, "en")
    assert closed.head == "abc"
    assert closed.status.startswith("Closed")


@pytest.mark.parametrize("size", [(1024, 768), (1920, 1080), (3840, 2160)])
@pytest.mark.parametrize("percent", [100, 200])
def test_panel_and_city_share_the_window_and_letters_are_a_twenty_fifth_of_it(
    size: tuple[int, int], percent: int
) -> None:
    frame = HallFrame(title="The park", text="By the river", text_percent=percent)
    place = places(frame, *size)
    assert place.panel.width() + place.city.width() == size[0]
    assert place.city.width() > 0.4 * size[0]
    assert 3.7 * unit_px(frame, *size) >= min(size[1], size[0] * 0.75) / 28 * percent / 100


def test_both_looks_have_a_contrast_of_seven_to_one() -> None:
    for ground, text, quiet, *_ in LOOKS.values():
        assert contrast(ground, text) >= 7
        assert contrast(ground, quiet) >= 7


def test_long_texts_codes_and_legends_fit_the_panel(shown: Presentation) -> None:
    entries = tuple(LegendEntry(f"A use with a long name {n}", "#336699", n) for n in range(12))
    legend = Legend("x", "x", next(iter(shown.city.session.layers.values())).info.kind, LegendKind.CATEGORIES, "use",
                    entries=entries)  # fmt: skip
    frame = replace(
        shown.frame(), text="A long sentence about the river and the town. " * 12, legends=(legend,),
        codes=JoinCodes("http://192.168.178.201:8080/", "JXYEKZ"), text_percent=150,
    )  # fmt: skip
    shown.window.show_frame(frame)
    picture = pixels(shown.window.picture())
    panel = places(frame, 1024, 768).panel
    edge = picture[:, int(panel.width()) * 3 - 9 : int(panel.width()) * 3 - 3]
    assert (edge == edge[0, 0]).all()
    shown.window.show_frame(replace(frame, comment=ShownComment("idea", "Trees " * 60), poll=None))
    assert shown.window.frame.comment is not None


def test_a_story_that_changes_is_followed(shown: Presentation) -> None:
    shown.take_story(Story((Slide("one", {"en": "Another name"}),)))
    assert shown.window.frame.title == "Another name"
