"""Flows from tables in a real window: the dialog, what it proposes, undo, time, the layer panel, what is dropped."""

from __future__ import annotations

from pathlib import Path

import geopandas
import openpyxl
import pytest
import shapely
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QMessageBox

from data.project import read_project
from twin.clock import ClockMode
from twin.flows import ALL_OTHERS
from ui.audience.public_city import PublicCity
from ui.flow_desk import FlowDesk
from ui.flow_dialog import FlowDialog
from ui.live_desk import LiveDesk
from ui.main_window import MainWindow
from ui.project_desk import ProjectDesk
from ui.project_dialog import Where


@pytest.fixture
def districts(tmp_path: Path) -> Path:
    """Four districts with padded codes and names."""
    path = tmp_path / "districts.geojson"
    boxes = [shapely.box(8 + i / 100, 50, 8.009 + i / 100, 50.006) for i in range(4)]
    columns = {"code": ["001", "002", "003", "004"], "name": ["Harbour", "Centre", "Hill", "Marsh"]}
    geopandas.GeoDataFrame(columns, geometry=boxes, crs=4326).to_file(path)
    return path


@pytest.fixture
def commuters(tmp_path: Path) -> Path:
    """Codes without their zeros, a decimal comma, one id that is nowhere, one row without a number."""
    path = tmp_path / "commuters.csv"
    rows = ["home;work;people;phone", "1;2;1 234,5;0170 123456", "2;1;10;0170 123457", "3;2;7;", "1;1;5;", "9;1;3;"]
    path.write_text("\n".join([*rows, "4;2;;\n"]))
    return path


@pytest.fixture
def desk(window: MainWindow, districts: Path) -> FlowDesk:
    window.files.asks = False
    window.files.open_path(str(districts))
    found = window.findChild(FlowDesk)
    assert found is not None
    return found


def opened(desk: FlowDesk, path: Path) -> FlowDialog:
    desk.open(path=str(path))
    assert desk.dialog is not None
    return desk.dialog


def test_columns_are_proposed_and_it_is_told_how_many_rows_match(desk: FlowDesk, commuters: Path) -> None:
    dialog = opened(desk, commuters)
    flow = dialog.answer()
    assert (flow.origin, flow.destination, flow.value) == (("home",), ("work",), "people")
    assert (flow.key, flow.label) == ("code", "name")
    assert "4 of 6 rows" in dialog.match.text()
    assert "such as 9" in dialog.match.text()
    assert "leading zeros" in dialog.notes.text()
    assert '"phone" looks as if it were about people' in dialog.notes.text()


def test_flows_are_shown_undone_and_done_again(window: MainWindow, desk: FlowDesk, commuters: Path) -> None:
    opened(desk, commuters).show_them.click()
    frame = window.session.frames["flows-commuters"]
    assert sorted(frame.ids.tolist()) == [
        "Centre \u2192 Harbour", "Harbour \u2192 Centre", "Harbour \u2192 Harbour", "Hill \u2192 Centre"
    ]  # fmt: skip
    assert frame.values["people"].sum() == pytest.approx(1256.5)
    assert list(desk.rows.rows) == ["flows-commuters"]
    assert "4 pairs" in desk.rows.rows["flows-commuters"].state.text()
    window.session.undo()
    assert "flows-commuters" not in window.session.frames
    assert not desk.rows.rows
    window.session.redo()
    assert len(window.session.frames["flows-commuters"]) == 4


def test_eye_style_and_name_change_how_flows_look(window: MainWindow, desk: FlowDesk, commuters: Path) -> None:
    opened(desk, commuters).show_them.click()
    row = desk.rows.rows["flows-commuters"]
    row.eye.setChecked(False)
    assert not window.session.composition.live[0].is_visible
    row.style_button.click()
    assert desk.styling is not None
    assert not desk.styling.editors["shape"].isVisibleTo(desk.styling)
    desk.styling.editors["is_summed"].changed.emit(True)  # noqa: FBT003  Qt's signal
    desk.styling.editors["name"].changed.emit("Way to work")
    look, flow = window.session.composition.live[0], window.session.composition.flows[0]
    assert (look.is_summed, look.name, flow.name) == (True, "Way to work", "Way to work")
    assert len(window.session.frames["flows-commuters"]) == 4
    first = desk.styling
    row.style_button.click()
    assert not first.isVisible()
    assert desk.styling is not None
    assert desk.styling.isVisible()
    desk.styling.close()
    assert desk.styling is None


def test_a_feed_is_no_flow_and_a_flow_no_feed_in_the_panel(window: MainWindow, desk: FlowDesk, commuters: Path) -> None:
    opened(desk, commuters).show_them.click()
    live = window.findChild(LiveDesk)
    assert live is not None
    assert not live.rows.rows


def test_flows_with_times_follow_the_clock_and_the_bar_shows_their_span(
    window: MainWindow, desk: FlowDesk, tmp_path: Path
) -> None:
    path = tmp_path / "trips.csv"
    rows = [f"2024-05-01 {hour:02d}:00,001,002,{hour}" for hour in range(6, 12)]
    path.write_text("\n".join(["time,from,to,trips", *rows, "2024-05-01 08:00,002,003,40"]))
    opened(desk, path).show_them.click()
    assert window.session.clock.mode is ClockMode.PAUSED
    assert window.session.frames["flows-trips"].values["trips"][0] == 6
    assert window.session.clock.at_s is not None
    window.session.set_clock(window.session.clock.paused(window.session.clock.at_s + 2.5 * 3600))
    values = window.session.frames["flows-trips"].values["trips"]
    assert values.tolist() == [8, 40]
    live = window.findChild(LiveDesk)
    assert live is not None
    assert live.bar.ends_s is not None
    assert live.bar.ends_s[1] - live.bar.ends_s[0] == 6 * 3600
    window.session.set_clock(window.session.clock.live())
    assert window.session.frames["flows-trips"].values["trips"].tolist() == [51, 40]


def test_a_matrix_is_taken_for_one(window: MainWindow, desk: FlowDesk, tmp_path: Path) -> None:
    path = tmp_path / "matrix.xlsx"
    names = ["Harbour", "Centre", "Hill", "Marsh"]
    cells = [[0, 5, 6, 0], [7, 1, 0, 0], [0, 0, 0, 9], [2, 0, 0, 0]]
    book = openpyxl.Workbook()
    assert book.active is not None
    for row in (["district", *names], *([name, *row] for name, row in zip(names, cells, strict=True))):
        book.active.append(row)
    book.save(path)
    dialog = opened(desk, path)
    assert dialog.answer().destination == (ALL_OTHERS,)
    dialog.show_them.click()
    assert len(window.session.frames["flows-matrix"]) == 6


def test_a_table_of_flows_that_is_dropped_is_offered_as_such(
    window: MainWindow, desk: FlowDesk, commuters: Path, tmp_path: Path
) -> None:
    def drop(path: Path) -> None:
        data = QMimeData()
        data.setUrls([QUrl.fromLocalFile(str(path))])
        event = QDropEvent(
            QPointF(5, 5), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
        )
        assert desk.eventFilter(window, event)  # as Qt asks before the window takes it

    drop(commuters)
    assert desk.dialog is not None
    assert desk.dialog.flows is not None
    assert desk.dialog.flows.facts.placed == 4
    desk.dialog.reject()
    places = tmp_path / "places.csv"
    places.write_text("name,lon,lat\na,8.001,50.001\nb,8.002,50.002\n")
    desk.dialog = None
    drop(places)
    assert desk.dialog is None


def test_a_project_keeps_flows_with_their_table(
    window: MainWindow, desk: FlowDesk, commuters: Path, tmp_path: Path
) -> None:
    opened(desk, commuters).show_them.click()
    project = window.findChild(ProjectDesk)
    assert project is not None
    folder = tmp_path / "way.citytwin"
    project.ask_where = lambda: Where(folder, is_inside_wanted=True)
    project.save()
    kept = read_project(folder).project.view.composition.flows
    assert [flow.path for flow in kept] == [str(folder / "data" / "commuters.csv")]
    commuters.unlink()
    project.open(str(folder))
    assert len(window.session.frames["flows-commuters"]) == 4


def test_a_table_that_is_gone_is_told_and_stays_in_the_project(
    window: MainWindow, desk: FlowDesk, commuters: Path
) -> None:
    opened(desk, commuters).show_them.click()
    desk.reader.forget()
    commuters.unlink()
    flow = window.session.composition.flows[0]
    desk._read(flow)
    assert "commuters.csv" in desk.trouble[flow.id]
    assert window.session.composition.flows == (flow,)
    assert len(window.session.frames[flow.id]) == 4


def test_flows_end_with_the_project_that_is_closed(window: MainWindow, desk: FlowDesk, commuters: Path) -> None:
    opened(desk, commuters).show_them.click()
    project = window.findChild(ProjectDesk)
    assert project is not None
    project.ask_changes = lambda: QMessageBox.StandardButton.Discard
    project.new()
    assert not window.session.frames
    assert not desk.rows.rows


def test_flows_between_features_of_a_withheld_layer_are_not_shown_to_the_hall(
    window: MainWindow, desk: FlowDesk, commuters: Path
) -> None:
    layer_id = next(iter(window.session.layers))
    whole, public = PublicCity(window.session), PublicCity(window.session, withheld=(layer_id,))
    opened(desk, commuters).show_them.click()
    assert list(whole.session.frames) == ["flows-commuters"]
    assert not public.session.frames
