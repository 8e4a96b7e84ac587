"""Charts, styles and the time bar in a real window, over a recording that was really written."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from matplotlib.path import Path as Outline
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from data.recorder import Recorder
from twin.entities import Entities, EntityBatch
from twin.feed import FeedWish
from twin.live import Shape
from twin.place import local_from_lonlat
from ui.layer_row import LayerRow
from ui.live_chart import LiveChart
from ui.live_desk import LiveDesk
from ui.main_window import MainWindow
from ui.watch_desk import WatchDesk

BEGIN_S, SECONDS = 1_700_000_000.0, 120
LON, LAT = 8.0005, 50.0001
WAIT_MS = 8000


def record(path: Path) -> Path:
    """Write four buses, 20 m apart from west to east, that stand still; "second" is the second of the recording."""
    recorder, entities = Recorder(path, FeedWish("buses", "Buses", "mqtt://h/t", expiry_s=600)), Entities("buses")
    for second in range(SECONDS):
        at_s, n = BEGIN_S + second, 4
        lon = np.arange(n, dtype=np.float64) * 0.00028 + LON
        values = {"occu": 10.0 * np.arange(n), "second": np.full(n, float(second))}
        batch = EntityBatch(list("abcd"), at_s, lon, np.full(n, LAT), np.full(n, at_s), values=values)
        entities.update(batch)
        recorder.add(batch, entities, at_s, messages=n, size=100, malformed=0)
        recorder.tick(at_s)
    recorder.close()
    return path


@pytest.fixture
def replayed(open_window: MainWindow, tmp_path: Path) -> LiveDesk:
    """Return the desk of a window that stands at the first second of the recording."""
    desk = open_window.findChild(LiveDesk)
    assert desk is not None
    desk.open_recording(record(tmp_path / "buses.ctrec"))
    desk.bar.toggle()
    return desk


@pytest.fixture
def chart(open_window: MainWindow, replayed: LiveDesk) -> LiveChart:  # noqa: ARG001  it feeds the chart
    """Return the chart of the open panel."""
    open_window.actions_by_id["figures"].trigger()
    watch = open_window.findChild(WatchDesk)
    assert watch is not None
    return watch.figures.charts[0]


def choose(chart: LiveChart, box: str, text: str) -> None:
    """Choose an entry of one of a chart's lists, as a click does."""
    combo = getattr(chart, box)
    combo.setCurrentIndex(combo.findText(text))
    combo.activated.emit(combo.currentIndex())


def local_of(window: MainWindow, lon: float, lat: float) -> tuple[float, float, float]:
    """Return a place in the window's local frame."""
    frame = window.session.frame
    assert frame is not None
    x, y = local_from_lonlat(frame, np.array([[lon, lat]]))[0].tolist()
    return x, y, 0.0


def drag(widget: QWidget, begin: QPointF, end: QPointF) -> None:
    """Drag with the left button."""
    QTest.mousePress(widget, Qt.MouseButton.LeftButton, pos=begin.toPoint())
    QTest.mouseMove(widget, ((begin + end) / 2).toPoint())
    QTest.mouseMove(widget, end.toPoint())
    QTest.mouseRelease(widget, Qt.MouseButton.LeftButton, pos=end.toPoint())


def test_the_style_dialog_offers_what_suits_a_shape(open_window: MainWindow, replayed: LiveDesk) -> None:
    row = replayed.rows.rows["buses"]
    row.style_button.click()
    style = replayed.rows.styling
    assert style is not None
    style.editors["shape"].changed.emit(Shape.COLUMNS)
    assert "Choose a value" in style.hint.text()
    style.editors["value"].changed.emit("occu")
    style.editors["low"].changed.emit("5")
    style.editors["height_m"].changed.emit(80.0)
    (look,) = open_window.session.composition.live
    assert (look.shape, look.value, look.low, look.height_m) == (Shape.COLUMNS, "occu", 5.0, 80.0)
    assert row.look.shape == Shape.COLUMNS
    style.editors["shape"].changed.emit(Shape.ARCS)
    assert "no places that things go to" in style.hint.text()
    open_window.session.undo()
    assert open_window.session.composition.live[0].shape is Shape.COLUMNS
    style.close()


# the charts


def test_a_chart_counts_what_is_inside_a_drawn_area_as_an_independent_count_does(
    open_window: MainWindow, chart: LiveChart, qtbot: QtBot
) -> None:
    assert chart.now.text() == "4"
    choose(chart, "where", "In an area…")
    view = open_window.view
    view.motion.stop()  # it still flies to the city that was opened
    qtbot.waitUntil(lambda: vars(view.scene)["size_px"] == view.size_px)  # the panel has taken room from it
    middle = view.place_of(local_of(open_window, LON + 0.00028, LAT))
    assert middle is not None
    drag(view, middle + QPointF(-12, -40), middle + QPointF(12, 40))
    assert len(chart.ring) == 4
    frame = open_window.session.frames["buses"]
    inside = Outline(np.array(chart.ring)).contains_points(frame.lonlat)  # matplotlib's own count, in degrees
    assert 1 <= inside.sum() < 4
    assert chart.now.text() == str(inside.sum())
    choose(chart, "what", "mean occu")
    assert float(chart.now.text()) == pytest.approx(frame.values["occu"][inside].mean())


def test_a_chart_by_selection_counts_what_stands_at_the_chosen_building(
    open_window: MainWindow, chart: LiveChart
) -> None:
    choose(chart, "where", "In the selection")
    assert chart.note.text() == "Nothing is selected."
    (layer_id,) = open_window.session.layers
    open_window.session.select(layer_id, [1])  # from 8.0004 to 8.0006: bus a is in it, b 13 m east of it, c 33 m
    assert chart.now.text() == "2"


def test_a_chart_follows_a_jump_and_is_filled_from_the_recording(
    replayed: LiveDesk, chart: LiveChart, qtbot: QtBot
) -> None:
    choose(chart, "what", "highest second")
    replayed.bar.go_to(BEGIN_S + 90.5)
    qtbot.waitUntil(lambda: not chart.is_filling, timeout=WAIT_MS)
    assert chart.now.text() == "90"
    assert len(chart.shown) > 100
    assert all(value == np.floor(at_s - BEGIN_S) for at_s, value in chart.shown)
    replayed.bar.go_to(BEGIN_S + 20.5)  # what comes later is not known then
    qtbot.waitUntil(lambda: not chart.is_filling, timeout=WAIT_MS)
    assert max(value for _, value in chart.shown) == 20.0


# the time bar


def test_the_line_changes_to_the_years_and_back(open_window: MainWindow, replayed: LiveDesk) -> None:
    session, bar = open_window.session, replayed.bar
    (layer_id,) = session.layers
    session.set_style(layer_id, replace(session.composition.state(layer_id).style, since_field="storeys"))
    offered = {bar.stretch.itemData(i): bar.stretch.itemText(i) for i in range(bar.stretch.count())}
    assert list(offered) == ["feed:buses", f"dates:{layer_id}", "all"]
    assert bar.ends_s == (replayed.replays["buses"].recording.begin_s, replayed.replays["buses"].recording.end_s)
    bar.stretch.setCurrentIndex(1)
    bar.stretch.activated.emit(1)
    assert bar.ends_s is not None
    assert bar.ends_s[1] < -60_000_000_000  # years 3 to 6
    assert session.clock.speed >= 86_400
    bar.stretch.setCurrentIndex(0)
    bar.stretch.activated.emit(0)
    assert bar.ends_s[0] == replayed.replays["buses"].recording.begin_s
    assert session.clock.speed <= 10


def test_wheel_zooms_the_line_and_a_drag_marks_a_loop(open_window: MainWindow, replayed: LiveDesk) -> None:
    line, session = replayed.bar.line, open_window.session
    begin_s, end_s = line.view_s or (0, 0)
    at = QPointF(line.width() / 2, 10)
    turn = QWheelEvent(at, line.mapToGlobal(at), QPoint(), QPoint(0, 480), Qt.MouseButton.NoButton,
                       Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False)  # fmt: skip  # noqa: FBT003
    QApplication.sendEvent(line, turn)
    zoomed = line.view_s or (0, 0)
    assert zoomed[1] - zoomed[0] == pytest.approx((end_s - begin_s) / 1.25**4)
    assert sum(zoomed) / 2 == pytest.approx((begin_s + end_s) / 2, abs=0.5)
    QTest.mouseDClick(line, Qt.MouseButton.LeftButton, pos=QPoint(50, 10))
    assert line.view_s == (begin_s, end_s)
    replayed.bar.marking.click()
    drag(line, QPointF(line.x_of(begin_s + 20), 10), QPointF(line.x_of(begin_s + 40), 10))
    assert session.clock.span_s == pytest.approx((begin_s + 20, begin_s + 40), abs=0.3, rel=0)
    assert session.clock.is_looping
    replayed.bar.go_to(begin_s + 39.9)
    replayed.bar.toggle()
    session.set_clock(session.clock.advanced(1.0, replayed.bar.ends_s or (0, 0)))
    assert (session.clock.at_s or 0) == pytest.approx(begin_s + 20.9, abs=0.5)  # begun anew
    QTest.keyClick(line, Qt.Key.Key_Escape)
    assert session.clock.span_s is None


def test_pins_are_told_on_the_bar_and_taken_out_there(open_window: MainWindow, replayed: LiveDesk) -> None:
    replayed.rows.rows["buses"].asked.emit("pin", "buses")
    assert replayed.bar.pins.text() == "1 pinned"
    assert "pinned to 2023-11-1" in replayed.rows.rows["buses"].state.text()
    replayed.bar.pins.click()
    assert not open_window.session.clock.pins
    assert not replayed.bar.pins.isVisible()


def test_a_layer_with_dates_is_pinned_and_says_so(open_window: MainWindow, replayed: LiveDesk) -> None:
    session = open_window.session
    (layer_id,) = session.layers
    session.set_style(layer_id, replace(session.composition.state(layer_id).style, since_field="storeys"))
    replayed.bar.go_to(BEGIN_S + 30)
    open_window.layers.pin_asked.emit(layer_id)
    replayed.bar.go_to(BEGIN_S + 60)
    assert session.clock.moment_s(layer_id) == BEGIN_S + 30
    panel = open_window.layers.rows
    row = panel.itemWidget(panel.item(0))
    assert isinstance(row, LayerRow)
    assert row.pin.isVisible()
    assert row.pin.toolTip().startswith("pinned to 2023-11-1")
    row.pin.click()
    assert not session.clock.pins
