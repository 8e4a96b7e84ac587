"""The join dialog and what becomes of joins: undo, removal, orphans, colours."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import geopandas
import openpyxl
import pytest
import shapely
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from twin.join import JoinedTable, Reduce, TableJoin
from twin.session import Session
from ui import join_words as words
from ui.inspector import grouped
from ui.join_desk import JoinDesk
from ui.join_dialog import JoinDialog
from ui.main_window import MainWindow


@pytest.fixture
def houses(tmp_path: Path) -> Path:
    """Four houses with numbers."""
    path = tmp_path / "houses.geojson"
    boxes = [shapely.box(8 + i / 1000, 50, 8.0003 + i / 1000, 50.0003) for i in range(4)]
    frame = geopandas.GeoDataFrame({"id": [1, 2, 3, 4], "height": [5.0, 6.0, 7.0, 8.0]}, geometry=boxes, crs=4326)
    frame.to_file(path)
    return path


@pytest.fixture
def taxes(tmp_path: Path) -> Path:
    """Keys as padded text, two rows for the second building, one orphan."""
    path = tmp_path / "taxes.csv"
    path.write_text("code;tax;use\n01;1,5;flat\n02;2,5;shop\n02;3;shop\n99;4;flat\n")
    return path


@pytest.fixture
def desk(window: MainWindow, houses: Path) -> JoinDesk:
    window.files.asks = False
    window.files.open_path(str(houses))
    return window.join_desk  # type: ignore[attr-defined, no-any-return]


def opened(desk: JoinDesk, path: Path) -> JoinDialog:
    desk.open()
    dialog = desk.dialog
    assert dialog is not None
    dialog.source.set_path(str(path))
    return dialog


def layer_id(session: Session) -> str:
    return next(iter(session.layers))


def test_keys_are_proposed_and_the_match_is_said(desk: JoinDesk, taxes: Path, window: MainWindow) -> None:
    dialog = opened(desk, taxes)
    pair = dialog.proposals.currentData()
    assert (pair.left, pair.right) == ("id", "code")
    assert dialog._done is not None
    facts = dialog._done.facts
    rows = len(window.session.layers[layer_id(window.session)].table)
    assert (facts.rows, facts.matched, facts.orphans_left, facts.orphans_right) == (4, 2, rows - 2, 1)
    assert f"2 of {rows:,} rows" in dialog.match.text()
    assert "leading zeros were looked away from" in dialog.notes.text()
    assert dialog.join.isEnabled()
    dialog.reject()


def test_a_joined_column_colours_in_two_clicks(desk: JoinDesk, taxes: Path, window: MainWindow, qtbot: QtBot) -> None:
    dialog = opened(desk, taxes)
    dialog.reduce.setCurrentIndex(dialog.reduce.findData(Reduce.SUM))
    dialog._count()
    qtbot.mouseClick(dialog.join, Qt.MouseButton.LeftButton)
    session = window.session
    layer = session.layers[layer_id(session)]
    assert isinstance(layer.table, JoinedTable)
    assert list(layer.table.joined) == ["code", "tax", "use", "rows"]
    state = session.composition.state(layer.info.id)
    assert state.joins == (TableJoin(str(taxes), "id", "code", Reduce.SUM),)
    offer = desk.offer
    assert offer is not None
    found = next(i for i in range(offer.list.count()) if offer.list.item(i).text().startswith("tax "))
    offer.list.setCurrentRow(found)
    qtbot.mouseClick(offer.colour, Qt.MouseButton.LeftButton)
    assert session.composition.state(layer.info.id).style.color_by == "tax"


def test_undo_takes_the_join_back_and_redo_brings_it(desk: JoinDesk, taxes: Path, window: MainWindow) -> None:
    session = window.session
    name = layer_id(session)
    desk.join(name, TableJoin(str(taxes), "id", "code", Reduce.SUM))
    session.set_style(name, replace(session.composition.state(name).style, color_by="tax"))
    session.undo()
    session.undo()
    assert session.composition.state(name).joins == ()
    assert not isinstance(session.layers[name].table, JoinedTable)
    session.redo()
    session.redo()
    assert isinstance(session.layers[name].table, JoinedTable)
    assert session.composition.state(name).style.color_by == "tax"
    if desk.offer is not None:
        desk.offer.reject()


def test_a_join_that_is_removed_takes_its_colours_with_it(desk: JoinDesk, taxes: Path, window: MainWindow) -> None:
    session = window.session
    name = layer_id(session)
    desk.join(name, TableJoin(str(taxes), "id", "code", Reduce.SUM))
    if desk.offer is not None:
        desk.offer.reject()
    style = replace(session.composition.state(name).style, color_by="tax", filter="tax > 1")
    session.set_style(name, style)
    desk.open()
    assert desk.dialog is not None
    assert desk.dialog.existing.count() == 1
    desk.dialog.remove.click()
    state = session.composition.state(name)
    assert (state.joins, state.style.color_by, state.style.filter) == ((), "", "")
    assert "tax" not in session.layers[name].table.fields()
    desk.dialog.reject()


def test_columns_and_a_prefix_are_chosen(desk: JoinDesk, taxes: Path, window: MainWindow) -> None:
    dialog = opened(desk, taxes)
    for place in range(dialog.columns.count()):
        item = dialog.columns.item(place)
        item.setCheckState(Qt.CheckState.Checked if item.text() == "tax" else Qt.CheckState.Unchecked)
    dialog.prefix.setText("fy14_")
    dialog.join.click()
    table = window.session.layers[layer_id(window.session)].table
    assert isinstance(table, JoinedTable)
    assert list(table.joined) == ["fy14_tax", "fy14_rows"]
    assert desk.offer is not None
    desk.offer.reject()


def test_orphans_are_listed_and_written(desk: JoinDesk, taxes: Path, tmp_path: Path) -> None:
    from ui.orphans_dialog import OrphansDialog  # noqa: PLC0415  the class that the dialog opens

    dialog = opened(desk, taxes)
    dialog.orphans.click()
    orphans = dialog.findChild(OrphansDialog)
    assert isinstance(orphans, OrphansDialog)
    orphans.tabs.setCurrentIndex(1)
    orphans.write(tmp_path / "orphans.csv")
    with (tmp_path / "orphans.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    assert rows == [["row", "code", "tax", "use"], ["4", "99", "4", "flat"]]
    orphans.reject()
    dialog.reject()


def test_the_header_is_pointed_at_in_the_preview(desk: JoinDesk, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    for row in (["id", "a"], ["2020", "2021"], ["key", "value"], ["01", 5], ["02", 6]):
        sheet.append(row)
    book.create_sheet("other").append(["x"])
    book.save(tmp_path / "two.xlsx")
    dialog = opened(desk, tmp_path / "two.xlsx")
    assert dialog.source.preview.item(2, 0).text() == "key"
    dialog.source._row_clicked(2, 0)
    names = [dialog.columns.item(n).text() for n in range(dialog.columns.count())]
    assert names == ["key", "value"]
    assert dialog.answer().header_row == 3
    dialog.reject()


def test_a_table_that_cannot_be_read_is_said_in_the_dialog(desk: JoinDesk, tmp_path: Path) -> None:
    dialog = opened(desk, tmp_path / "nothing.csv")
    assert "There is no file" in dialog.source.said.text()
    assert not dialog.join.isEnabled()
    dialog.reject()


def test_joined_columns_stand_under_the_name_of_their_table(desk: JoinDesk, taxes: Path, window: MainWindow) -> None:
    name = layer_id(window.session)
    desk.join(name, TableJoin(str(taxes), "id", "code"))
    assert desk.offer is not None
    desk.offer.reject()
    table = window.session.layers[name].table
    pairs = grouped(table, [(field, "") for field in table.fields()])
    assert (words.heading("taxes"), "") in pairs
    assert pairs.index((words.heading("taxes"), "")) == pairs.index(("code", "")) - 1
    window.style_panel.show_layer(name)
    assert "tax" in window.style_panel.editors["color_by"].values()  # type: ignore[attr-defined]


def test_a_join_asked_for_on_the_command_line_comes_with_the_first_layer(
    window: MainWindow, houses: Path, taxes: Path
) -> None:
    from ui.joining import _wish  # noqa: PLC0415  what the option makes

    window.join_desk.join_when_open((_wish(f"{taxes}:id=code:sum"),))  # type: ignore[attr-defined]
    window.files.asks = False
    window.files.open_path(str(houses))
    assert isinstance(window.session.layers[layer_id(window.session)].table, JoinedTable)
