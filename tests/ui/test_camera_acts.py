"""Acts of the camera that are asked for while another is still under way."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from ui.main_window import MainWindow


@pytest.mark.parametrize("acts", [("top", "north", "parallel"), ("north", "top", "parallel"), ("top", "parallel")])
def test_acts_in_quick_succession_add_up(open_window: MainWindow, qtbot: QtBot, acts: tuple[str, ...]) -> None:
    view = open_window.view
    qtbot.waitUntil(lambda: not view.motion.is_going and view.session.camera == view.camera, timeout=5000)
    heading_rad = view.camera.heading_rad
    assert heading_rad != 0
    for act in acts:
        open_window.actions_by_id[act].trigger()
    qtbot.waitUntil(lambda: not view.motion.is_going, timeout=5000)
    assert view.camera.tilt_rad == pytest.approx(0)
    assert view.camera.heading_rad == pytest.approx(0 if "north" in acts else heading_rad)
    assert view.camera.is_parallel
