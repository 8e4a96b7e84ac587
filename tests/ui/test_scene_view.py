"""Hands on the city: drags, clicks, wheel, keys, standing; and drawing only when idle."""

from __future__ import annotations

from dataclasses import replace
from math import pi

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from pytestqt.qtbot import QtBot

from layers.camera import EYE_LEVEL_M, project
from twin.session import Camera
from ui.main_window import MainWindow
from ui.mouse import MouseStyle, Tool
from ui.scene_keys import moved_by
from ui.scene_view import REST_MS, SceneView

LEFT, MIDDLE, RIGHT = Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton, Qt.MouseButton.RightButton


def settle(view: SceneView, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: not view.motion.is_going and view.session.camera == view.camera, timeout=5000)


def drag(
    view: SceneView,
    qtbot: QtBot,
    button: Qt.MouseButton,
    step: tuple[int, int],
    key: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier,
) -> None:
    start = view.rect().center() + QPoint(40, 60)
    qtbot.mousePress(view, button, key, start)
    for part in (0.25, 0.5, 0.75, 1.0):
        place = start + QPoint(round(step[0] * part), round(step[1] * part))
        event_pos = QPointF(place)
        view.mouse.move(_Move(event_pos, button, key))  # type: ignore[arg-type]
    qtbot.wait(120)  # the hand comes to rest: no glide
    qtbot.mouseRelease(view, button, key, start + QPoint(*step))


class _Move:
    """A mouse move as ui.mouse reads it; QTest cannot send one with buttons down."""

    def __init__(self, place: QPointF, button: Qt.MouseButton, key: Qt.KeyboardModifier) -> None:
        self._place, self._button, self._key = place, button, key

    def position(self) -> QPointF:
        return self._place

    def modifiers(self) -> Qt.KeyboardModifier:
        return self._key

    def button(self) -> Qt.MouseButton:
        return self._button


@pytest.fixture
def view(open_window: MainWindow, qtbot: QtBot) -> SceneView:
    settle(open_window.view, qtbot)
    return open_window.view


def place_of(view: SceneView, row: int) -> QPoint:
    """Return where the roof of a building of the small city appears."""
    layer = next(iter(view.session.layers.values()))
    assert layer.tiles is not None
    assert layer.heights is not None
    tile, place = layer.tiles.locate(row)
    buildings = layer.tiles.fetch(tile)
    ring = buildings.outlines.ring_start
    xy = buildings.outlines.xy[ring[place] : ring[place + 1]].mean(axis=0) + np.asarray(buildings.origin_local)
    pixel, _ = project(view.camera, view.size_px, [(*xy, float(layer.heights.height_m[row]))])
    return QPoint(round(pixel[0, 0]), round(pixel[0, 1]))


# drawing


def test_many_asks_are_one_picture(view: SceneView, qtbot: QtBot) -> None:
    qtbot.wait(50)
    before = len(view.scene.drawn)  # type: ignore[attr-defined]
    for _ in range(20):
        view.ask()
    qtbot.wait(5)
    assert len(view.scene.drawn) - before <= 2  # type: ignore[attr-defined]  # one draw, one refinement


def test_a_resting_view_is_refined(view: SceneView, qtbot: QtBot) -> None:
    before = view.scene.refined  # type: ignore[attr-defined]
    view.move_to(replace(view.camera, distance_m=view.camera.distance_m * 2))
    qtbot.waitUntil(lambda: view.scene.refined > before, timeout=REST_MS * 20)  # type: ignore[attr-defined]


def test_pictures_with_more_of_the_city_come_before_refinement(view: SceneView, qtbot: QtBot) -> None:
    scene = view.scene
    qtbot.waitUntil(lambda: view.is_settled, timeout=3000)
    scene.pending = 3  # type: ignore[misc]
    drawn, refined = len(scene.drawn), scene.refined  # type: ignore[attr-defined]
    view.ask()
    for _ in range(3):
        scene.news.append(True)  # type: ignore[attr-defined]
        qtbot.wait(150)
    assert len(scene.drawn) - drawn >= 3  # type: ignore[attr-defined]
    assert scene.refined == refined  # type: ignore[attr-defined]
    scene.pending = 0  # type: ignore[misc]
    qtbot.waitUntil(lambda: scene.refined > refined, timeout=2000)  # type: ignore[attr-defined]


def test_moving_pictures_are_drawn_as_moving(view: SceneView, qtbot: QtBot) -> None:
    view.move_to(replace(view.camera, distance_m=500.0))
    qtbot.waitUntil(lambda: view.scene.drawn[-1][0].distance_m == 500.0, timeout=2000)  # type: ignore[attr-defined]
    assert any(c.distance_m == 500.0 and is_moving for c, is_moving in view.scene.drawn)  # type: ignore[attr-defined]


def test_the_picture_fills_the_widget(view: SceneView, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: view.image() is not None and view.image().width() == view.size_px[0], timeout=2000)  # type: ignore[union-attr]


def test_a_resting_camera_enters_the_session(view: SceneView, qtbot: QtBot) -> None:
    view.move_to(replace(view.camera, heading_rad=1.0))
    settle(view, qtbot)
    assert view.session.camera.heading_rad == 1.0


# mouse


def test_a_left_drag_keeps_the_ground_under_the_cursor(view: SceneView, qtbot: QtBot) -> None:
    start = QPointF(view.rect().center() + QPoint(40, 60))
    held = view.pivot_at(start)
    drag(view, qtbot, LEFT, (80, -40))
    pixel, _ = project(view.camera, view.size_px, [held])
    assert pixel[0] == pytest.approx([start.x() + 80, start.y() - 40], abs=2)


def test_a_middle_drag_turns_about_the_point(view: SceneView, qtbot: QtBot) -> None:
    start = QPointF(view.rect().center() + QPoint(40, 60))
    held, before = view.pivot_at(start), view.camera
    drag(view, qtbot, MIDDLE, (100, 0))
    assert view.camera.heading_rad != pytest.approx(before.heading_rad)
    pixel, _ = project(view.camera, view.size_px, [held])
    assert pixel[0] == pytest.approx([start.x(), start.y()], abs=2)


@pytest.mark.parametrize("key", [Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier])
def test_shift_or_ctrl_with_the_left_button_orbits(view: SceneView, qtbot: QtBot, key: Qt.KeyboardModifier) -> None:
    before = view.camera
    drag(view, qtbot, LEFT, (100, 0), key)
    assert view.camera.heading_rad != pytest.approx(before.heading_rad)


def test_cad_style_orbits_with_the_left_button_and_pans_with_the_middle_one(view: SceneView, qtbot: QtBot) -> None:
    view.set_mouse_style(MouseStyle.CAD)
    before = view.camera
    drag(view, qtbot, LEFT, (100, 0))
    assert view.camera.heading_rad != pytest.approx(before.heading_rad)
    turned = view.camera
    drag(view, qtbot, MIDDLE, (100, 0))
    assert view.camera.heading_rad == pytest.approx(turned.heading_rad)


def test_a_right_drag_upwards_comes_nearer(view: SceneView, qtbot: QtBot) -> None:
    before = view.camera.distance_m
    drag(view, qtbot, RIGHT, (0, -100))
    assert view.camera.distance_m < before


def test_the_wheel_zooms_to_the_cursor(view: SceneView, qtbot: QtBot) -> None:
    place = QPointF(view.rect().center() + QPoint(90, 50))
    held, before = view.pivot_at(place), view.camera.distance_m
    no_button, no_key = Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier
    phase, is_inverted = Qt.ScrollPhase.NoScrollPhase, False
    view.wheelEvent(QWheelEvent(place, place, QPoint(), QPoint(0, 240), no_button, no_key, phase, is_inverted))
    settle(view, qtbot)
    assert view.camera.distance_m < 0.8 * before
    pixel, _ = project(view.camera, view.size_px, [held])
    assert pixel[0] == pytest.approx([place.x(), place.y()], abs=3)


def test_a_click_selects_and_ctrl_click_adds_and_takes_out(view: SceneView, qtbot: QtBot) -> None:
    qtbot.mouseClick(view, LEFT, Qt.KeyboardModifier.NoModifier, place_of(view, 0))
    assert view.session.selection.rows == (0,)
    qtbot.mouseClick(view, LEFT, Qt.KeyboardModifier.ControlModifier, place_of(view, 1))
    assert view.session.selection.rows == (0, 1)
    qtbot.mouseClick(view, LEFT, Qt.KeyboardModifier.ControlModifier, place_of(view, 0))
    assert view.session.selection.rows == (1,)


def test_a_click_on_nothing_clears_the_selection(view: SceneView, qtbot: QtBot) -> None:
    view.session.select(next(iter(view.session.layers)), [0])
    qtbot.mouseClick(view, LEFT, Qt.KeyboardModifier.NoModifier, QPoint(3, view.height() - 3))
    assert view.session.selection.rows == ()


def test_the_rectangle_selects_what_is_inside(view: SceneView) -> None:
    view.set_tool(Tool.RECTANGLE)
    one, other = place_of(view, 1), place_of(view, 2)
    is_added = False
    view.boxed.emit(_around(one, other), is_added)
    assert set(view.session.selection.rows) == {1, 2}


def _around(one: QPoint, other: QPoint) -> object:
    from PySide6.QtCore import QRectF  # noqa: PLC0415  one use

    left, right = min(one.x(), other.x()) - 25, max(one.x(), other.x()) + 25
    top, bottom = min(one.y(), other.y()) - 25, max(one.y(), other.y()) + 25
    return QRectF(left, top, right - left, bottom - top)


def test_a_right_click_offers_what_can_be_done_here(open_window: MainWindow, view: SceneView) -> None:
    chosen = next(iter(view.session.layers))
    view.session.set_style(chosen, replace(view.session.composition.state(chosen).style, color_by="use"))
    menu = open_window.place_menu.menu_at(QPointF(place_of(view, 0)))
    by_text = {action.text(): action for action in menu.actions()}
    by_text["Select all with use = office"].trigger()
    assert view.session.selection.rows == (0,)
    assert "Stand here" in by_text
    menu.deleteLater()


def test_a_double_click_flies_nearer(view: SceneView, qtbot: QtBot) -> None:
    before = view.camera.distance_m
    view.move_to(replace(view.camera, distance_m=4 * before))
    settle(view, qtbot)
    qtbot.mouseDClick(view, LEFT, Qt.KeyboardModifier.NoModifier, place_of(view, 1))
    settle(view, qtbot)
    assert view.camera.distance_m < 4 * before


# keys


@pytest.mark.parametrize(
    ("act", "field"),
    [("turn_left", "heading_rad"), ("tilt_up", "tilt_rad"), ("pan_right", "target_local"), ("higher", "distance_m")],
)
def test_held_keys_move_the_camera(act: str, field: str) -> None:
    before = Camera()
    assert getattr(moved_by(before, act, 0.1), field) != getattr(before, field)


def test_an_arrow_key_pans_while_it_is_down(view: SceneView, qtbot: QtBot) -> None:
    before = view.camera.target_local
    qtbot.keyPress(view, Qt.Key.Key_Right)
    qtbot.wait(80)
    qtbot.keyRelease(view, Qt.Key.Key_Right)
    settle(view, qtbot)
    moved = view.camera.target_local
    assert moved != before
    qtbot.wait(60)
    assert view.camera.target_local == moved


def test_north_up_turns_the_shorter_way(open_window: MainWindow, view: SceneView, qtbot: QtBot) -> None:
    view.move_to(replace(view.camera, heading_rad=1.9 * pi))
    settle(view, qtbot)
    open_window.actions_by_id["north"].trigger()
    settle(view, qtbot)
    assert view.camera.heading_rad == pytest.approx(0.0, abs=1e-6)


def test_view_back_looks_from_where_one_looked(open_window: MainWindow, view: SceneView, qtbot: QtBot) -> None:
    before = view.camera
    open_window.actions_by_id["top"].trigger()
    settle(view, qtbot)
    assert view.camera.tilt_rad == 0.0
    open_window.actions_by_id["view_back"].trigger()
    settle(view, qtbot)
    assert view.camera == before


def test_bookmarks_are_kept_and_gone_to(open_window: MainWindow, view: SceneView, qtbot: QtBot) -> None:
    before = view.camera
    open_window.actions_by_id["set_bookmark_3"].trigger()
    open_window.actions_by_id["elevation_east"].trigger()
    settle(view, qtbot)
    assert view.camera.is_parallel
    open_window.actions_by_id["bookmark_3"].trigger()
    settle(view, qtbot)
    assert view.camera == before


# standing


def test_one_stands_at_eye_level_where_one_clicked_and_flies_back(
    open_window: MainWindow, view: SceneView, qtbot: QtBot
) -> None:
    before = view.camera
    open_window.actions_by_id["stand"].trigger()
    qtbot.mouseClick(view, LEFT, Qt.KeyboardModifier.NoModifier, QPoint(view.width() // 2, view.height() - 60))
    settle(view, qtbot)
    assert view.is_standing
    assert view.camera.eye_local[2] == pytest.approx(EYE_LEVEL_M)
    eye = view.camera.eye_local
    qtbot.keyPress(view, Qt.Key.Key_W)
    qtbot.wait(80)
    qtbot.keyRelease(view, Qt.Key.Key_W)
    assert view.camera.eye_local[:2] != eye[:2]
    assert view.camera.eye_local[2] == pytest.approx(EYE_LEVEL_M)
    settle(view, qtbot)
    open_window.actions_by_id["leave"].trigger()
    settle(view, qtbot)
    assert not view.is_standing
    assert view.camera == before
