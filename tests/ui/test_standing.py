"""Standing in the city: what keeps the eye at eye level, and what takes one back into the air."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from pytestqt.qtbot import QtBot

from layers.camera import EYE_LEVEL_M
from ui.main_window import MainWindow
from ui.mouse import Drag
from ui.scene_view import SceneView

LEFT, RIGHT, NO_KEY = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton, Qt.KeyboardModifier.NoModifier


def settle(view: SceneView, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: not view.motion.is_going and view.session.camera == view.camera, timeout=5000)


@pytest.fixture
def standing(open_window: MainWindow, qtbot: QtBot) -> MainWindow:
    """Return a window in which one stands in the city."""
    view = open_window.view
    settle(view, qtbot)
    open_window.actions_by_id["stand"].trigger()
    qtbot.mouseClick(view, LEFT, NO_KEY, QPoint(view.width() // 2, view.height() - 60))
    settle(view, qtbot)
    assert view.is_standing
    return open_window


def test_going_back_in_the_history_of_views_leaves_the_street(standing: MainWindow, qtbot: QtBot) -> None:
    standing.actions_by_id["view_back"].trigger()
    settle(standing.view, qtbot)
    assert standing.view.camera.eye_local[2] > 10
    assert not standing.view.is_standing  # W, A, S and D would walk in the air
    assert not standing.actions_by_id["stand"].isChecked()


def test_so_does_the_mouse_button_for_back(standing: MainWindow, qtbot: QtBot) -> None:
    qtbot.mousePress(standing.view, Qt.MouseButton.BackButton)
    settle(standing.view, qtbot)
    assert not standing.view.is_standing


def test_a_right_drag_looks_around_and_keeps_the_eye_where_it_is(standing: MainWindow, qtbot: QtBot) -> None:
    view = standing.view
    qtbot.mousePress(view, RIGHT, NO_KEY, QPoint(300, 300))
    assert view.mouse._drag is Drag.LOOK
    qtbot.mouseRelease(view, RIGHT, NO_KEY, QPoint(300, 300))
    assert view.camera.eye_local[2] == pytest.approx(EYE_LEVEL_M)


def test_a_parallel_view_is_one_from_the_air(standing: MainWindow, qtbot: QtBot) -> None:
    before = standing.view.camera_in_air
    standing.actions_by_id["parallel"].trigger()
    settle(standing.view, qtbot)
    assert standing.view.camera.is_parallel
    assert standing.view.camera.tilt_rad == pytest.approx(before.tilt_rad)
    assert not standing.view.is_standing
