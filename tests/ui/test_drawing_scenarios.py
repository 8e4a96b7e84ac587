"""Drawing proposals in a window: clicks, typed lengths, handles, undo, taking away, today while C is held."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from twin.scenario import EditKind
from twin.scenario_shapes import parts_of, polygon_of
from ui.main_window import MainWindow
from ui.scenario_desk import ScenarioDesk


@pytest.fixture
def desk(open_window: MainWindow) -> ScenarioDesk:
    found = open_window.findChild(ScenarioDesk)
    assert found is not None
    camera = replace(open_window.session.camera, tilt_rad=0.0, distance_m=400.0, heading_rad=0.0)
    open_window.view.move_to(camera)
    return found


def place(window: MainWindow, x: float, y: float) -> QPointF:
    found = window.view.place_of((x, y, 0.0))
    assert found is not None
    return found


def free_ground(window: MainWindow) -> tuple[float, float]:
    """Return a place north of the row of buildings."""
    area = window.session.area
    assert area is not None
    return area.centre[0], area.north_m + 30.0


def drawn(window: MainWindow, desk: ScenarioDesk, corners: list[tuple[float, float]]) -> None:
    for x, y in corners:
        desk.drawing.click(place(window, x, y), is_free=True)


def test_an_outline_becomes_a_building_with_its_storeys(open_window: MainWindow, desk: ScenarioDesk) -> None:
    x, y = free_ground(open_window)
    desk.drawing.take("build")
    drawn(open_window, desk, [(x, y), (x + 40, y), (x + 40, y + 20), (x, y + 20)])
    desk.drawing.finish()
    session = open_window.session
    [scenario] = session.composition.scenarios
    [edit] = scenario.edits
    assert session.composition.scenario == scenario.id
    assert session.frame is not None
    assert polygon_of(edit, session.frame).area == pytest.approx(800, abs=8)  # 40 x 20 m, to a pixel of the click
    assert session.layers["proposed-buildings"].table.row(0)["storeys"] == 5
    session.undo()
    assert session.composition.scenarios == ()
    assert "proposed-buildings" not in session.layers


def test_a_typed_length_is_kept_exactly(open_window: MainWindow, desk: ScenarioDesk, qtbot: QtBot) -> None:
    x, y = free_ground(open_window)
    desk.drawing.take("build")
    desk.drawing.click(place(open_window, x, y), is_free=True)
    first = desk.drawing.corners[0]
    desk.drawing.hover(place(open_window, x + 11, y + 0.2))
    for key in (Qt.Key.Key_3, Qt.Key.Key_7, Qt.Key.Key_Period, Qt.Key.Key_5):
        qtbot.keyClick(open_window.view, key)
    qtbot.keyClick(open_window.view, Qt.Key.Key_Return)
    assert desk.drawing.corners[1] == pytest.approx((first[0] + 37.5, first[1]), abs=1e-6)  # due east: north is liked
    qtbot.keyClick(open_window.view, Qt.Key.Key_Backspace)
    assert len(desk.drawing.corners) == 1


def test_a_crossing_outline_is_not_built(open_window: MainWindow, desk: ScenarioDesk) -> None:
    x, y = free_ground(open_window)
    desk.drawing.take("build")
    drawn(open_window, desk, [(x, y), (x + 40, y + 20), (x + 40, y), (x, y + 20)])
    desk.drawing.finish()
    assert open_window.session.composition.scenarios == ()
    assert len(desk.drawing.corners) == 4  # nothing is lost: a corner can be taken back


def test_what_is_taken_away_is_hidden_and_comes_back(open_window: MainWindow, desk: ScenarioDesk) -> None:
    session = open_window.session
    layer_id = next(iter(session.layers))
    desk.keeping.add(desk.drawing.edit_of_row(layer_id, 1))
    gone = session.layers[layer_id].gone
    assert gone is not None
    assert gone.tolist() == [False, True, False, False]
    assert session.source(layer_id).gone is None
    assert session.layers["proposed-demolition"].table.row(0)["layer"] == layer_id
    desk.hold_today(is_held=True)
    assert session.layers[layer_id].gone is None
    desk.hold_today(is_held=False)
    assert session.layers[layer_id].gone is not None
    desk.keeping.remove(["e1"])
    assert session.layers[layer_id].gone is None


def test_holding_c_shows_today_and_leaves_no_step_of_undo(open_window: MainWindow, desk: ScenarioDesk) -> None:
    session = open_window.session
    desk.keeping.add(desk.drawing.edit_of_row(next(iter(session.layers)), 0))
    open_window.view.setFocus()
    QTest.keyPress(open_window.view, Qt.Key.Key_C)
    assert session.composition.scenario == ""
    QTest.keyRelease(open_window.view, Qt.Key.Key_C)
    assert session.composition.scenario == "s1"
    session.undo()
    assert session.composition.scenarios == ()


def test_a_handle_moves_the_building_as_one_step(open_window: MainWindow, desk: ScenarioDesk) -> None:
    x, y = free_ground(open_window)
    session, view = open_window.session, open_window.view
    desk.drawing.take("build")
    drawn(open_window, desk, [(x, y), (x + 20, y), (x + 20, y + 20), (x, y + 20)])
    desk.drawing.finish()
    view.set_tool(type(view.mouse.tool).NONE)
    desk.panel.mark(["e1"])
    move = next(h for h in desk.drawing.overlay.handles if h.name == "move")
    at = view.place_of(move.point)
    assert at is not None
    to = place(open_window, move.point[0] + 15, move.point[1] - 10)
    QTest.mousePress(view, Qt.MouseButton.LeftButton, pos=at.toPoint())
    QTest.mouseMove(view, to.toPoint())
    QTest.mouseRelease(view, Qt.MouseButton.LeftButton, pos=to.toPoint())
    edit = session.composition.scenarios[0].edits[0]
    assert session.frame is not None
    middle = polygon_of(edit, session.frame).centroid
    assert (middle.x, middle.y) == pytest.approx((move.point[0] + 15, move.point[1] - 10), abs=1.5)
    session.undo()
    before = polygon_of(session.composition.scenarios[0].edits[0], session.frame).centroid  # one step goes back
    assert (before.x, before.y) == pytest.approx(move.point[:2], abs=0.01)


def test_values_typed_in_the_form_build_setbacks(open_window: MainWindow, desk: ScenarioDesk) -> None:
    x, y = free_ground(open_window)
    desk.drawing.take("build")
    drawn(open_window, desk, [(x, y), (x + 40, y), (x + 40, y + 20), (x, y + 20)])
    desk.drawing.finish()
    form = desk.panel.form
    form.inputs["setbacks"].setText("4:3")
    form.inputs["setbacks"].editingFinished.emit()
    session = open_window.session
    assert session.frame is not None
    parts = parts_of(session.composition.scenarios[0].edits[0], session.frame)
    assert [round(p.storeys) for p in parts] == [3, 2]
    assert parts[1].area_m2 == pytest.approx(34 * 14, abs=8)  # 3 m in on all four sides
    form.inputs["setbacks"].setText("nonsense")
    form.inputs["setbacks"].editingFinished.emit()
    assert len(session.composition.scenarios[0].edits[0].setbacks) == 1


def test_copies_stand_in_a_row_and_a_turn_keeps_the_area(open_window: MainWindow, desk: ScenarioDesk) -> None:
    x, y = free_ground(open_window)
    session = open_window.session
    desk.drawing.take("build")
    drawn(open_window, desk, [(x, y), (x + 20, y), (x + 20, y + 10), (x, y + 10)])
    desk.drawing.finish()
    desk.copy(3, 25.0, 90.0)
    edits = session.composition.scenarios[0].edits
    assert session.frame is not None
    middles = [polygon_of(e, session.frame).centroid.x for e in edits]
    assert [round(b - a, 3) for a, b in pairwise(middles)] == [25.0, 25.0, 25.0]
    area = polygon_of(edits[0], session.frame).area
    desk.turn(30.0)
    assert polygon_of(session.composition.scenarios[0].edits[0], session.frame).area == pytest.approx(area)


def test_duplicating_and_deleting_scenarios(open_window: MainWindow, desk: ScenarioDesk) -> None:
    session = open_window.session
    desk.keeping.new("Park")
    desk.keeping.add(desk.drawing.edit_of_row(next(iter(session.layers)), 2))
    desk.keeping.duplicate("Park")
    assert [s.name for s in session.composition.scenarios] == ["Park", "Park 2"]
    assert session.composition.scenarios[1].edits[0].kind is EditKind.DEMOLISH
    desk.keeping.rename("Homes")
    desk.keeping.delete()
    assert [s.name for s in session.composition.scenarios] == ["Park"]
    assert session.composition.scenario == ""


def test_the_figures_follow_the_edits_and_the_rates(open_window: MainWindow, desk: ScenarioDesk) -> None:
    session = open_window.session
    desk.keeping.add(desk.drawing.edit_of_row(next(iter(session.layers)), 0))
    desk.show_figures()
    figures = desk.figures
    assert figures is not None
    today, without = figures.comparison.columns
    assert without.value("buildings") == (today.value("buildings") or 0) - 1
    jobs = today.value("jobs")
    row = next(r for r in range(figures.rates.rowCount()) if figures.rates.verticalHeaderItem(r).text() == "office")
    item = figures.rates.item(row, 1)
    assert item is not None
    item.setText("8")
    assert figures.comparison.columns[0].value("jobs") > (jobs or 0)
    figures.close()
