"""The data doctor in the window, and exporting from it."""

from __future__ import annotations

from pathlib import Path

import geopandas
import pytest
import shapely
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from data.vector import read
from twin.errors import TwinError
from ui import doctor_words as words
from ui.doctor_desk import DoctorDesk, decisions_in
from ui.export_desk import ExportDesk
from ui.exporting import ExportAnswer
from ui.main_window import MainWindow


@pytest.fixture
def people_window(open_window: MainWindow, tmp_path: Path) -> MainWindow:
    """Return the window of the small city with a layer more: thirty plots, their owners, one plot twice."""
    shapes = [shapely.box(500_000 + 20 * i, 5_300_000, 500_010 + 20 * i, 5_300_010) for i in range(30)]
    shapes[7] = shapes[6]
    rows = {"owner": ["Jane Doe", "Max Müller"] * 15, "use": ["shop", "flat", "office"] * 10, "height": [9.0] * 30}
    geopandas.GeoDataFrame(rows, geometry=shapes, crs="EPSG:25832").to_file(tmp_path / "plots.gpkg")
    session = open_window.session
    session.add_layer(read(tmp_path / "plots.gpkg", frame=session.frame))
    return open_window


@pytest.fixture
def doctor(people_window: MainWindow, qtbot: QtBot) -> DoctorDesk:
    """Return the data doctor with its dialog open."""
    desk = people_window.findChild(DoctorDesk)
    assert isinstance(desk, DoctorDesk)
    people_window.actions_by_id["data_doctor"].trigger()
    assert desk.dialog is not None
    qtbot.addWidget(desk.dialog)
    names = [desk.dialog.list.item(i).text() for i in range(desk.dialog.list.count())]
    desk.dialog.list.setCurrentRow(next(i for i, name in enumerate(names) if "plots" in name))
    return desk


def test_the_doctor_has_a_page_a_layer_with_shape_and_word(doctor: DoctorDesk, people_window: MainWindow) -> None:
    assert doctor.dialog is not None
    assert doctor.dialog.list.count() == len(people_window.session.layers)
    item = doctor.dialog.list.currentItem()
    assert item.text().startswith(words.SIGNS[words.Severity.STOP])
    assert words.NAMES[words.Severity.STOP] in item.toolTip()


def test_a_column_is_decided_with_one_click_and_kept_in_the_project(
    doctor: DoctorDesk, people_window: MainWindow
) -> None:
    assert doctor.dialog is not None
    assert "decided" in doctor.dialog.state.text()
    choice = next(c for c in doctor.dialog.findChildren(QPushButton) if c.accessibleName() == "owner: Personal")
    choice.click()
    assert [(d.field, str(d.decided)) for d in decisions_in(people_window)] == [("owner", "personal")]
    assert doctor.dialog.state.text() == words.READY
    again = next(c for c in doctor.dialog.findChildren(QPushButton) if c.accessibleName() == "owner: Not decided")
    again.click()
    assert decisions_in(people_window) == ()


def test_an_example_is_selected_and_flown_to(doctor: DoctorDesk, people_window: MainWindow) -> None:
    assert doctor.dialog is not None
    show = next(b for b in doctor.dialog.findChildren(QPushButton) if "is there twice" in b.accessibleName())
    show.click()
    assert people_window.session.selection.rows == (7,)


def test_the_pages_are_written_as_web_page_and_text(doctor: DoctorDesk, tmp_path: Path) -> None:
    doctor.write(tmp_path / "doctor.html")
    doctor.write(tmp_path / "doctor.txt")
    page = (tmp_path / "doctor.html").read_text()
    assert page.count("<h2>") == len(doctor.pages)
    assert "is there twice" in page
    assert "Jane Doe" not in page
    assert "■ Decide" in (tmp_path / "doctor.txt").read_text()


def test_the_window_exports_what_is_ticked_without_the_owners(
    people_window: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    desk = people_window.findChild(ExportDesk)
    assert isinstance(desk, ExportDesk)
    dialog = desk.dialog()
    qtbot.addWidget(dialog)
    assert "owner" in dialog.left_out.text()
    dialog.format_box.setCurrentIndex(dialog.format_box.findData("gpkg"))
    dialog.filter_line.setText('use == "shop"')
    answers: list[ExportAnswer] = []
    dialog.written.connect(answers.append)
    with qtbot.waitSignal(dialog.written, timeout=10_000):
        dialog.write(tmp_path / "out.gpkg")
    frame = geopandas.read_file(tmp_path / "out.gpkg", layer="plots")
    assert len(frame) == 10
    assert "owner" not in frame
    assert {one.name for one in answers[0].layers} >= {"plots"}


def test_an_export_that_cannot_be_says_so_and_leaves_the_dialog_open(
    people_window: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    desk = people_window.findChild(ExportDesk)
    assert isinstance(desk, ExportDesk)
    dialog = desk.dialog()
    qtbot.addWidget(dialog)
    dialog.filter_line.setText("colour == 1")
    said: list[TwinError] = []
    dialog.failed.connect(said.append)
    dialog.write(tmp_path / "out.glb")
    assert "colour" in str(said[0])
    assert dialog.go.isEnabled()
    assert not (tmp_path / "out.glb").exists()
