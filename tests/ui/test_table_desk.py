"""The attribute table: what it lists, how it is linked with the city, corrections and exports."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import pytest
from PySide6.QtCore import QItemSelectionModel, QPoint, Qt
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

from twin.corrections import HEIGHT
from twin.session import Brush
from ui import row_export, table_words
from ui.correcting import CorrectionDialog, CorrectionsDialog
from ui.export_rows_dialog import ExportRowsDialog, ExportWish
from ui.main_window import MainWindow
from ui.table_desk import TableDesk


@pytest.fixture
def desk(open_window: MainWindow) -> TableDesk:
    """Return the table of the small city: Town Hall 24 m, Mill 12.5 m, Inn and Shed without a height of their own."""
    made: TableDesk = open_window.table_desk  # type: ignore[attr-defined]
    made.toggle()
    assert made.layer is not None
    return made


def layer_id(desk: TableDesk) -> str:
    assert desk.layer is not None
    return desk.layer.info.id


def names(desk: TableDesk) -> list[str]:
    """Return what the name column shows, line by line."""
    model = desk.panel.model
    place = [c.name for c in model.columns].index("name")
    return [str(model.index(line, place).data()) for line in range(model.rowCount())]


def index_of(desk: TableDesk, line: int, column: str):  # type: ignore[no-untyped-def]  # noqa: ANN201
    return desk.panel.model.index(line, [c.name for c in desk.panel.model.columns].index(column))


def test_every_row_is_listed_with_numbers_to_the_right(desk: TableDesk) -> None:
    assert names(desk) == ["Town Hall", "Mill", "Inn", "Shed"]
    side = index_of(desk, 0, "storeys").data(Qt.ItemDataRole.TextAlignmentRole)
    assert Qt.AlignmentFlag(side) & Qt.AlignmentFlag.AlignRight
    assert index_of(desk, 0, "use").data(Qt.ItemDataRole.AccessibleTextRole) == "use: office"
    assert desk.panel.count.text() == "4 rows"


def test_a_click_on_a_heading_sorts_and_another_turns_the_order(desk: TableDesk) -> None:
    place = [c.name for c in desk.panel.model.columns].index("height")
    desk.panel._head_clicked(place)
    drawn = desk.panel.model.columns[0].title
    assert drawn == table_words.HEIGHT_DRAWN
    first = names(desk)
    desk.panel._head_clicked(place)
    assert names(desk) == first[::-1]
    desk.panel.sort_by("name", is_ascending=True)
    assert names(desk) == ["Inn", "Mill", "Shed", "Town Hall"]
    desk.panel.sort_by("name", is_ascending=None)
    assert names(desk) == ["Town Hall", "Mill", "Inn", "Shed"]


def test_filter_and_text_narrow_the_rows_and_a_mistake_is_said(desk: TableDesk) -> None:
    desk.panel.filter.setText("height > 12")
    desk.arrange()
    assert names(desk)[:2] == ["Town Hall", "Mill"]
    desk.panel.filter.setText("hieght > 12")
    desk.arrange()
    assert "Did you mean height" in desk.panel._trouble.text()
    assert names(desk)[:2] == ["Town Hall", "Mill"]
    desk.panel.filter.clear()
    desk.panel.search.setText("INN")
    desk.arrange()
    assert names(desk) == ["Inn"]
    assert desk.panel.count.text() == "1 of 4 rows"


def test_lines_selected_in_the_table_are_selected_in_the_city_and_the_other_way_round(
    desk: TableDesk, open_window: MainWindow, qtbot: QtBot
) -> None:
    session = open_window.session
    desk.panel.sort_by("name", is_ascending=True)
    flags = QItemSelectionModel.SelectionFlag.Select | QItemSelectionModel.SelectionFlag.Rows
    desk.panel.view.selectionModel().select(desk.panel.model.index(0, 0), flags)
    qtbot.waitUntil(lambda: session.selection.rows == (2,))  # the inn
    session.select(layer_id(desk), [3, 0])
    assert sorted(desk.panel.chosen_rows().tolist()) == [0, 3]
    assert desk.panel.count.text() == "4 rows, 2 selected"
    desk.panel.choice.setCurrentIndex(desk.panel.choice.findData("selected"))
    assert names(desk) == ["Shed", "Town Hall"]
    session.select(layer_id(desk), [1])
    assert names(desk) == ["Mill"]


def test_the_keyboard_walks_the_lines(desk: TableDesk, open_window: MainWindow, qtbot: QtBot) -> None:
    view = desk.panel.view
    view.setFocus()
    view.setCurrentIndex(desk.panel.model.index(0, 0))
    qtbot.keyClick(view, Qt.Key.Key_Down)
    qtbot.waitUntil(lambda: open_window.session.selection.rows == (1,))


def test_rows_of_the_city_follow_the_layers_filter(desk: TableDesk, open_window: MainWindow) -> None:
    desk.panel.choice.setCurrentIndex(desk.panel.choice.findData("drawn"))
    desk.panel.filter.setText('use == "office"')
    desk.panel._ask_filter_city()
    assert open_window.session.composition.layers[0].style.filter == 'use == "office"'
    assert names(desk) == ["Town Hall"]
    open_window.session.undo()
    desk.panel.filter.clear()
    desk.arrange()
    assert len(names(desk)) == 4


def test_selected_lines_are_copied_with_their_headings(desk: TableDesk, open_window: MainWindow) -> None:
    place = [c.name for c in desk.panel.model.columns].index("use")
    desk.panel.view.hideColumn(place)
    open_window.session.select(layer_id(desk), [1])
    desk.panel.copy()
    heads, values = (line.split("\t") for line in QGuiApplication.clipboard().text().split("\n"))
    assert "use" not in heads
    assert values[heads.index("name")] == "Mill"
    assert values[heads.index("height")] == "12.5"


def test_brushing_a_range_dims_the_rest_and_ends_when_the_table_closes(
    desk: TableDesk, open_window: MainWindow, qtbot: QtBot
) -> None:
    session = open_window.session
    heard: list[Brush] = []
    session.brush_changed.connect(lambda _old, new: heard.append(new))
    bars = desk.panel.bars
    bars.numbers.set_range(20.0, 30.0)
    qtbot.waitUntil(lambda: session.brush.is_lit is not None)
    assert session.brush.is_lit is not None
    assert session.brush.is_lit.tolist() == [True, False, False, False]
    bars._select.click()
    assert session.selection.rows == (0,)
    bars._filter.click()
    assert session.composition.layers[0].style.filter.startswith("height >= ")
    assert session.brush.is_lit is None
    bars.numbers.set_range(20.0, 30.0)
    qtbot.waitUntil(lambda: session.brush.is_lit is not None)
    desk.toggle()
    assert session.brush.is_lit is None
    assert heard


def test_a_drag_across_the_bars_is_a_range(desk: TableDesk, open_window: MainWindow, qtbot: QtBot) -> None:
    bars = desk.panel.bars.numbers
    middle = bars.height() // 2
    qtbot.mousePress(bars, Qt.MouseButton.LeftButton, pos=QPoint(bars.width() // 2, middle))
    qtbot.mouseMove(bars, QPoint(bars.width() - 1, middle))
    qtbot.mouseRelease(bars, Qt.MouseButton.LeftButton, pos=QPoint(bars.width() - 1, middle))
    assert bars.range is not None
    assert bars.range[1] == pytest.approx(24.0, rel=0.1)
    qtbot.keyClick(bars, Qt.Key.Key_Escape)
    assert bars.range is None
    assert open_window.session.brush.is_lit is None


def test_words_are_brushed_by_clicking_their_bars(desk: TableDesk, open_window: MainWindow, qtbot: QtBot) -> None:
    use = next(c for c in desk.panel.model.columns if c.name == "use")
    desk._column_asked(use)
    desk.panel.bars.words.toggle(0)
    qtbot.waitUntil(lambda: open_window.session.brush.is_lit is not None)
    assert open_window.session.brush.is_lit is not None
    assert open_window.session.brush.is_lit.sum() == 1
    assert desk.panel.bars.expression().startswith("use == ")


def test_a_value_typed_into_the_table_becomes_a_correction_with_a_reason(
    desk: TableDesk, open_window: MainWindow
) -> None:
    desk.panel.model.setData(index_of(desk, 3, HEIGHT), "9.5")
    dialog = open_window.findChild(CorrectionDialog)
    assert dialog is not None
    assert dialog.value.text() == "9.5"
    dialog.why.setText("measured")
    dialog._take()
    layer = open_window.session.layers[layer_id(desk)]
    assert layer.heights is not None
    assert layer.heights.height_m[3] == 9.5
    cell = index_of(desk, 3, HEIGHT)
    assert cell.data() == "9.5"
    assert "measured" in cell.data(Qt.ItemDataRole.ToolTipRole)
    open_window.session.undo()
    assert index_of(desk, 3, HEIGHT).data() != "9.5"
    assert "measured" not in index_of(desk, 3, HEIGHT).data(Qt.ItemDataRole.ToolTipRole)


def test_what_is_no_value_is_said_and_nothing_is_corrected(desk: TableDesk, open_window: MainWindow) -> None:
    desk.correct(layer_id(desk), 0, "storeys", "many")
    dialog = open_window.findChild(CorrectionDialog)
    assert dialog is not None
    dialog._take()
    assert "no number" in dialog._trouble.text()
    assert open_window.session.composition.corrections == ()
    dialog.reject()


def test_the_inspector_tells_what_was_corrected_and_asks_too(desk: TableDesk, open_window: MainWindow) -> None:
    session = open_window.session
    session.select(layer_id(desk), [1])
    open_window.inspector.correct_asked.emit(1, "use")
    dialog = open_window.findChild(CorrectionDialog)
    assert dialog is not None
    dialog.value.setText("museum")
    dialog.why.setText("new owner")
    dialog._take()
    shown = dict(open_window.inspector._model._shown)
    assert shown["use"].startswith("museum")
    assert "was industry" in shown["use"]
    assert "new owner" in shown["use"]


def test_the_list_of_corrections_takes_one_back(desk: TableDesk, open_window: MainWindow) -> None:
    from ui.correcting import correct  # noqa: PLC0415  beside its use

    correct(open_window.session, layer_id(desk), 1, "use", "museum", "seen")
    correct(open_window.session, layer_id(desk), 0, "storeys", "7", "counted")
    desk.show_corrections()
    dialog = open_window.findChild(CorrectionsDialog)
    assert dialog is not None
    assert dialog.list.rowCount() == 2
    assert dialog.list.item(0, 3).text() == "industry"
    dialog.list.selectRow(0)
    dialog.back.click()
    assert [c.field for c in open_window.session.composition.corrections] == ["storeys"]
    dialog.reject()


def test_the_filtered_rows_are_exported_without_what_is_personal(
    desk: TableDesk, open_window: MainWindow, tmp_path: Path
) -> None:
    desk.panel.filter.setText("storeys >= 4")
    desk.arrange()
    out = tmp_path / "some.gpkg"
    desk.exports.ask_where = lambda _name: str(out)
    desk.exports.ask()
    dialog = open_window.findChild(ExportRowsDialog)
    assert dialog is not None
    assert dialog.public.isChecked()
    dialog.rows.setCurrentIndex(dialog.rows.findData("table"))
    dialog.accept()
    assert geopandas.read_file(out)["name"].tolist() == ["Town Hall", "Inn"]
    assert desk.layer is not None
    wish = ExportWish("drawn", "", is_public=True)
    desk.exports.write(desk.layer, np.arange(4), str(tmp_path / "all.csv"), wish, ["name"])
    assert "Town Hall" not in (tmp_path / "all.csv").read_text(encoding="utf-8-sig")


def test_many_rows_are_written_by_a_worker(
    desk: TableDesk, open_window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def ask(work: Callable[..., Any], path: str, *args: Any, on_found: Callable[..., Any], on_error: object) -> None:
        asked.append(path)
        assert on_error is not None
        on_found(work({}, path, *pickle.loads(pickle.dumps(args))))  # noqa: S301  as on the way to a worker

    monkeypatch.setattr(open_window.parts.opener, "ask", ask, raising=False)
    monkeypatch.setattr(row_export, "AT_ONCE", 1)
    out = tmp_path / "all.parquet"
    assert desk.layer is not None
    desk.exports.write(desk.layer, np.arange(4), str(out), ExportWish("drawn", "", is_public=False), [])
    assert asked == [str(out)]
    assert geopandas.read_parquet(out)["name"].tolist() == ["Town Hall", "Mill", "Inn", "Shed"]
    assert "4 rows" in open_window.notices.past[-1].text
    assert open_window.status.jobs() == []
