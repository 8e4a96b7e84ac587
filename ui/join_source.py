"""The upper half of the join dialog: which table, which sheet, which row is its header; and what stands there."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QSpinBox,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from data.tables import TableFacts
from ui import join_words as words
from ui.plain import button, label, named, set_rank
from ui.table_work import TableReader

CAPTION_CHARS = 22


def caption(name: str) -> QLabel:
    """Return the caption of a field; all are equally wide, so that the dialog's forms stand in one line."""
    made = label(name, "quiet")
    made.setMinimumWidth(CAPTION_CHARS * made.fontMetrics().averageCharWidth())
    return made


class JoinSource(QWidget):
    """Path, sheet, header row, preview. Tells when another table is meant."""

    changed = Signal()

    def __init__(self, reader: TableReader) -> None:
        """Ask nothing yet."""
        super().__init__()
        self._reader = reader
        self.path = QLineEdit()
        self.path.setPlaceholderText(words.TABLE_PLACEHOLDER)
        named(self.path, words.TABLE)
        self.path.editingFinished.connect(self._path_edited)
        self.browse = button(words.BROWSE)
        self.browse.clicked.connect(self._browse)
        self.sheet = QComboBox()
        named(self.sheet, words.SHEET)
        self.sheet.activated.connect(self._sheet_chosen)
        self.header = QSpinBox()
        self.header.setRange(0, 100_000)
        self.header.setSpecialValueText(words.HEADER_FOUND)
        self.header.setKeyboardTracking(False)
        named(self.header, words.HEADER, words.HEADER_TIP)
        self.header.valueChanged.connect(self.changed)
        self.preview = QTableWidget()
        self.preview.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.preview.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.preview.horizontalHeader().hide()
        named(self.preview, words.PREVIEW, words.HEADER_TIP)
        self.preview.cellClicked.connect(self._row_clicked)
        self.said = label("", "quiet", wraps=True)
        self._known = ""
        self._tables: tuple[TableFacts, ...] = ()
        self._lay_out()

    def _lay_out(self) -> None:
        line = QHBoxLayout()
        line.addWidget(self.path, 1)
        line.addWidget(self.browse)
        self._form = QFormLayout()
        self._form.setContentsMargins(0, 0, 0, 0)
        self._form.setVerticalSpacing(8)
        self._form.setHorizontalSpacing(14)
        self._form.addRow(caption(words.TABLE), line)
        self._form.addRow(caption(words.SHEET), self.sheet)
        self._form.addRow(caption(words.HEADER), self.header)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(self._form)
        column.addWidget(self.preview)
        column.addWidget(self.said)
        self.preview.setFixedHeight(9 * self.fontMetrics().height())
        self._show_rows(sheets=False, preview=False)
        self.said.hide()

    def _show_rows(self, *, sheets: bool, preview: bool) -> None:
        self._form.setRowVisible(self.sheet, sheets)
        self._form.setRowVisible(self.header, preview)
        self.preview.setVisible(preview)

    # what is meant

    def where(self) -> tuple[str, str | None, int | None]:
        """Return path, sheet (None: whichever) and header row (None: found by itself)."""
        sheet = self.sheet.currentData() if len(self._tables) > 1 else None
        return self._known, sheet, self.header.value() or None

    def set_path(self, path: str) -> None:
        """Mean another file or database."""
        self.path.setText(path)
        self._path_edited()

    def say(self, sentence: str, *, is_error: bool = False) -> None:
        """Show what is going on, or what is wrong; "" for nothing."""
        self.said.setText(sentence)
        self.said.setVisible(bool(sentence))
        set_rank(self.said, "error" if is_error else "quiet")

    # asking

    def _browse(self) -> None:
        path, _ = QFileDialog.getOpenFileName(self, words.TABLE, "", words.FILTER)
        if path:
            self.set_path(path)

    def _path_edited(self) -> None:
        path = self.path.text().strip()
        if path == self._known:
            return
        self._known, self._tables = path, ()
        self.header.blockSignals(True)
        self.header.setValue(0)
        self.header.blockSignals(False)
        self._show_rows(sheets=False, preview=False)
        if not path:
            self.changed.emit()
            return
        self.say(words.READING)
        self._reader.describe(path, lambda found: self._described(path, found), lambda error: self._failed(path, error))

    def _described(self, path: str, found: tuple[TableFacts, ...]) -> None:
        if path != self._known:
            return
        self.say("")
        self._tables = found
        self.sheet.clear()
        for facts in found:
            self.sheet.addItem(words.sheet(facts.name, facts.rows, len(facts.columns)), facts.name)
        self._show_rows(sheets=len(found) > 1, preview=False)
        self._ask_preview()
        self.changed.emit()

    def _failed(self, path: str, error: BaseException) -> None:
        if path == self._known:
            self.say(str(error), is_error=True)
            self.changed.emit()

    def _sheet_chosen(self) -> None:
        self._ask_preview()
        self.changed.emit()

    def _ask_preview(self) -> None:
        path, sheet, _ = self.where()
        self._reader.preview(path, sheet, lambda rows: self._previewed(path, sheet, rows), lambda _error: None)

    def _previewed(self, path: str, sheet: str | None, rows: Sequence[Sequence[str]]) -> None:
        if (path, sheet) != self.where()[:2]:
            return
        self.preview.setRowCount(len(rows))
        self.preview.setColumnCount(max(map(len, rows), default=0))
        for place, row in enumerate(rows):
            for column, text in enumerate(row):
                self.preview.setItem(place, column, QTableWidgetItem(text))
        self._show_rows(sheets=len(self._tables) > 1, preview=bool(rows))

    def _row_clicked(self, row: int, _column: int) -> None:
        self.header.setValue(row + 1)
