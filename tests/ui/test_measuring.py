"""Measuring and cutting by hand in a window: clicks, keys, live figures, undo."""

from __future__ import annotations

import json
from dataclasses import replace
from math import radians
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from twin.cut import CutKind, place_local
from twin.measure import MeasureKind, figures, points_local
from twin.session import Camera
from ui import cut_words
from ui.cut_desk import CutDesk
from ui.main_window import MainWindow
from ui.measure_desk import MeasureDesk
from ui.mouse import Tool
from ui.snapping import SnapKind


def measuring(window: MainWindow) -> MeasureDesk:
    found = window.findChild(MeasureDesk)
    assert found is not None
    return found


def cutting(window: MainWindow) -> CutDesk:
    found = window.findChild(CutDesk)
    assert found is not None
    return found


def look_down(window: MainWindow) -> None:
    """Look straight down on the city, so that a pixel is a known length."""
    area = window.session.area
    assert area is not None
    x, y = area.centre
    window.view.motion.stop()
    window.view.move_to(Camera((x, y, 0.0), 300.0, 0.0, 0.0, radians(35), is_parallel=True))


def place_of(window: MainWindow, point: tuple[float, float, float]) -> QPoint:
    found = window.view.place_of(point)
    assert found is not None
    return found.toPoint()


def click(window: MainWindow, qtbot: QtBot, point: tuple[float, float, float]) -> None:
    at = place_of(window, point)
    qtbot.mouseMove(window.view, at)
    qtbot.mouseClick(window.view, Qt.MouseButton.LeftButton, pos=at)


def measure(window: MainWindow, kind: str) -> None:
    look_down(window)
    window.actions_by_id[f"measure_{kind}"].trigger()
    assert window.view.mouse.tool is Tool.MEASURE


def free_points(window: MainWindow) -> list[tuple[float, float, float]]:
    """Return three places on the ground, away from buildings."""
    area = window.session.area
    assert area is not None
    x, y = area.west_m - 30.0, area.south_m
    return [(x, y, 0.0), (x + 0.0, y + 40.0, 0.0), (x - 30.0, y + 40.0, 0.0)]


def test_two_clicks_and_enter_measure_a_distance(open_window: MainWindow, qtbot: QtBot) -> None:
    measure(open_window, "distance")
    begin, end, _ = free_points(open_window)
    click(open_window, qtbot, begin)
    click(open_window, qtbot, end)
    qtbot.keyClick(open_window.view, Qt.Key.Key_Return)
    (kept,) = open_window.session.composition.measurements
    assert kept.kind is MeasureKind.DISTANCE
    # 40 m of the map, within two pixels of the view
    pixel_m = 2 * 300 * 0.3153 / open_window.view.height()
    assert figures(kept)[0].value == pytest.approx(40.0, abs=2 * pixel_m + 0.05)
    assert measuring(open_window).panel.rows.count() == 1
    open_window.session.undo()
    assert open_window.session.composition.measurements == ()
    assert measuring(open_window).panel.rows.count() == 0


def test_a_double_click_ends_and_its_point_is_taken_once(open_window: MainWindow, qtbot: QtBot) -> None:
    measure(open_window, "area")
    a, b, c = free_points(open_window)
    click(open_window, qtbot, a)
    click(open_window, qtbot, b)
    click(open_window, qtbot, c)
    qtbot.mouseDClick(open_window.view, Qt.MouseButton.LeftButton, pos=place_of(open_window, c))
    (kept,) = open_window.session.composition.measurements
    assert kept.kind is MeasureKind.AREA
    assert len(kept.points) == 3
    assert figures(kept)[0].value == pytest.approx(40.0 * 30.0 / 2, rel=0.1)


def test_backspace_takes_the_last_point_back_and_escape_leaves(open_window: MainWindow, qtbot: QtBot) -> None:
    measure(open_window, "distance")
    a, b, _ = free_points(open_window)
    click(open_window, qtbot, a)
    click(open_window, qtbot, b)
    qtbot.keyClick(open_window.view, Qt.Key.Key_Backspace)
    assert len(measuring(open_window).points) == 1
    open_window.actions_by_id["leave"].trigger()
    assert open_window.view.mouse.tool is Tool.NONE
    assert measuring(open_window).kind is None
    assert open_window.session.composition.measurements == ()


def test_a_drag_moves_the_camera_and_adds_no_point(open_window: MainWindow, qtbot: QtBot) -> None:
    measure(open_window, "distance")
    before = open_window.view.camera
    middle = open_window.view.rect().center()
    qtbot.mousePress(open_window.view, Qt.MouseButton.LeftButton, pos=middle)
    for step in range(1, 6):
        qtbot.mouseMove(open_window.view, middle + QPoint(12 * step, 0))
    qtbot.mouseRelease(open_window.view, Qt.MouseButton.LeftButton, pos=middle + QPoint(60, 0))
    open_window.view.motion.stop()
    assert open_window.view.camera.target_local[0] < before.target_local[0] - 1
    assert measuring(open_window).points == []
    assert open_window.view.cursor().shape() is Qt.CursorShape.CrossCursor


def corner_of_first(window: MainWindow) -> tuple[float, float, float]:
    layer = next(iter(window.session.layers.values()))
    assert layer.tiles is not None
    arrays = layer.tiles.arrays  # type: ignore[attr-defined]
    x, y = (arrays.offset_xy[arrays.ring_start[0]] + arrays.anchor_local[0]).tolist()
    return x, y, float(arrays.height_m[0])


def test_the_cursor_snaps_to_the_corner_of_a_roof(open_window: MainWindow) -> None:
    look_down(open_window)
    corner = corner_of_first(open_window)
    measuring(open_window).take(MeasureKind.ELEVATION)
    found = open_window.view.place_of(corner)
    assert found is not None
    near = found + QPointF(3.0, 2.0)
    snapped = measuring(open_window).snapped_at(near)
    assert snapped is not None
    assert snapped.kind is SnapKind.CORNER
    assert snapped.point_local[:2] == pytest.approx(corner[:2], abs=1e-3)
    free = measuring(open_window).snapped_at(near, is_free=True)
    assert free is not None
    assert free.kind is not SnapKind.CORNER


def test_a_click_keeps_the_elevation_of_a_roof(open_window: MainWindow, qtbot: QtBot) -> None:
    measure(open_window, "elevation")
    corner = corner_of_first(open_window)
    click(open_window, qtbot, corner)
    (kept,) = open_window.session.composition.measurements
    assert open_window.session.frame is not None
    point = points_local(kept, open_window.session.frame)[0]
    assert point[:2] == pytest.approx(corner[:2], abs=0.01)


def test_the_figure_is_live_at_the_cursor(open_window: MainWindow, qtbot: QtBot) -> None:
    measure(open_window, "distance")
    a, b, _ = free_points(open_window)
    click(open_window, qtbot, a)
    measuring(open_window).hover(QPointF(place_of(open_window, b)))
    text = measuring(open_window).live_text()
    assert 38.0 < float(text.split(" m")[0]) < 42.0


def test_measurements_are_renamed_hidden_copied_deleted_and_exported(
    open_window: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    measure(open_window, "distance")
    a, b, _ = free_points(open_window)
    click(open_window, qtbot, a)
    click(open_window, qtbot, b)
    qtbot.keyClick(open_window.view, Qt.Key.Key_Enter)
    panel = measuring(open_window).panel
    panel.rows.item(0).setText("Kerb to kerb")
    assert open_window.session.composition.measurements[0].name == "Kerb to kerb"
    assert panel.rows.item(0).text().startswith("Kerb to kerb: ")
    panel.rows.item(0).setCheckState(Qt.CheckState.Unchecked)
    assert not open_window.session.composition.measurements[0].is_visible
    panel.copy()
    assert panel.rows.item(0).text().endswith(QApplication.clipboard().text())
    panel.export_to(tmp_path / "out.geojson")
    written = json.loads((tmp_path / "out.geojson").read_text(encoding="utf-8"))
    assert written["features"][0]["properties"]["name"] == "Kerb to kerb"
    assert written["features"][0]["properties"]["length_m"] == pytest.approx(40.0, abs=2)
    panel.export_to(tmp_path / "out.csv")
    assert (tmp_path / "out.csv").read_text(encoding="utf-8").startswith("name,kind,length_m")
    panel.rows.item(0).setSelected(True)
    panel.remove()
    assert open_window.session.composition.measurements == ()


# the cut


def test_a_key_cuts_the_city_and_shows_it_whole_again(open_window: MainWindow) -> None:
    open_window.actions_by_id["cut_plane"].trigger()
    cut = open_window.session.composition.cut
    assert cut is not None
    assert cut.is_on
    assert cut.kind is CutKind.PLANE
    open_window.actions_by_id["cut_plane"].trigger()
    after = open_window.session.composition.cut
    assert after == replace(cut, is_on=False)
    open_window.session.undo()
    assert open_window.session.composition.cut == cut


def test_a_handle_moves_the_cut_and_undo_takes_the_drag_back_at_once(open_window: MainWindow, qtbot: QtBot) -> None:
    look_down(open_window)
    open_window.actions_by_id["cut_plane"].trigger()
    before = open_window.session.composition.cut
    assert before is not None
    frame = open_window.session.frame
    assert frame is not None
    camera = open_window.view.camera
    at = place_of(open_window, (*place_local(before, frame), 0.0))
    qtbot.mousePress(open_window.view, Qt.MouseButton.LeftButton, pos=at)
    for step in range(1, 5):
        qtbot.mouseMove(open_window.view, at + QPoint(0, -10 * step))
    qtbot.mouseRelease(open_window.view, Qt.MouseButton.LeftButton, pos=at + QPoint(0, -40))
    after = open_window.session.composition.cut
    assert after is not None
    pixel_m = 2 * 300 * 0.3153 / open_window.view.height()
    moved = place_local(after, frame)[1] - place_local(before, frame)[1]
    assert moved == pytest.approx(40 * pixel_m, abs=2 * pixel_m)
    assert open_window.view.camera == camera
    open_window.session.undo()
    assert open_window.session.composition.cut == before


def test_numbers_and_keys_move_and_turn_the_cut(open_window: MainWindow) -> None:
    open_window.actions_by_id["cut_box"].trigger()
    panel = cutting(open_window).panel
    panel.boxes[cut_words.HEADING].setValue(30.0)
    panel.boxes[cut_words.WIDTH].setValue(80.0)
    cut = open_window.session.composition.cut
    assert cut is not None
    assert (cut.heading_deg, cut.width_m) == (30.0, 80.0)
    open_window.actions_by_id["cut_turn_right"].trigger()
    turned = open_window.session.composition.cut
    assert turned is not None
    assert turned.heading_deg == 35.0


def test_the_view_of_the_section_is_square_to_it(open_window: MainWindow, qtbot: QtBot) -> None:
    open_window.actions_by_id["cut_plane"].trigger()
    cutting(open_window).turn(50.0)
    cut = open_window.session.composition.cut
    assert cut is not None
    open_window.view.motion.is_smooth = False
    cutting(open_window).face()
    qtbot.waitUntil(lambda: open_window.view.camera.is_parallel, timeout=3000)
    assert open_window.view.camera.heading_rad == pytest.approx(radians(cut.heading_deg), abs=1e-6)
    assert open_window.view.camera.tilt_rad == pytest.approx(radians(90), abs=1e-6)
