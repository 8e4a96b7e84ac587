"""Rows without a counterpart on the other side of a join, listed and written as CSV."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QTableWidget,
    QTableWidgetItem,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from twin.join import Joined
from twin.keys import KeyCodes
from twin.table import Table
from ui import join_words as words
from ui.plain import button, fit_dialog, label

LISTED = 500


def orphan_rows(codes: KeyCodes) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Return the left rows and the right rows that have no counterpart."""
    is_met = np.zeros(codes.count + 1, bool)
    is_met[codes.left] = True
    is_met[-1] = False  # where -1 was written: no key
    return np.flatnonzero(codes.left < 0), np.flatnonzero(~is_met[codes.right])


def write_rows(path: Path, table: Table, rows: Sequence[int]) -> None:
    """Write rows of a table as CSV in UTF-8, with the row number that the file has, from 1.

    raises   OSError  it cannot be written
    """
    names = list(table.fields())
    columns = {name: table.column(name) for name in names}
    with path.open("w", newline="", encoding="utf-8-sig") as file:  # the mark tells Excel that it is UTF-8
        writer = csv.writer(file)
        writer.writerow(["row", *names])
        for row in rows:
            writer.writerow([row + 1, *(_plain(columns[name][row]) for name in names)])


def _plain(value: object) -> object:
    if value is None or value != value:  # noqa: PLR0124  NaN
        return ""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


class OrphansDialog(QDialog):
    """Two lists: the layer's rows that find nothing, the table's rows that belong to nothing."""

    def __init__(self, parent: QWidget, done: Joined, left: tuple[str, Table], right: tuple[str, Table]) -> None:
        """List the rows of (name, table) on both sides."""
        super().__init__(parent)
        self.setWindowTitle(words.ORPHANS_TITLE)
        self.said = label("", "quiet", wraps=True)
        self.tabs = QTabWidget()
        self._sides: list[tuple[str, Table, npt.NDArray[np.intp]]] = []
        for (name, table), rows in zip((left, right), orphan_rows(done.table.codes), strict=True):
            self._sides.append((name, table, rows))
            self.tabs.addTab(self._page(table, rows), words.orphans_of(name, len(rows)))
        self.save = button(words.SAVE_CSV)
        self.save.clicked.connect(self._ask_where)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.addButton(self.save, QDialogButtonBox.ButtonRole.ActionRole)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(18, 16, 18, 14)
        column.addWidget(self.tabs, 1)
        column.addWidget(self.said)
        column.addWidget(buttons)
        fit_dialog(self, chars=90, lines=28)

    def _page(self, table: Table, rows: npt.NDArray[np.intp]) -> QWidget:
        names = list(table.fields())
        shown = rows[:LISTED].tolist()
        listed = QTableWidget(len(shown), len(names))
        listed.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        listed.setHorizontalHeaderLabels(names)
        listed.setVerticalHeaderLabels([str(row + 1) for row in shown])
        for place, row in enumerate(shown):
            values = table.row(row)
            for column, name in enumerate(names):
                value = values.get(name)
                listed.setItem(place, column, QTableWidgetItem("" if value is None else str(value)))
        page = QWidget()
        lines = QVBoxLayout(page)
        lines.addWidget(listed, 1)
        note = words.listed(len(shown), len(rows))
        if note:
            lines.addWidget(label(note, "quiet"))
        return page

    def _ask_where(self) -> None:
        path, _ = QFileDialog.getSaveFileName(self, words.SAVE_CSV, "", words.CSV_FILTER)
        if path:
            self.write(Path(path))

    def write(self, path: Path) -> None:
        """Write the rows of the list that is shown."""
        _, table, rows = self._sides[self.tabs.currentIndex()]
        try:
            write_rows(path, table, rows.tolist())
        except OSError as error:
            self.said.setText(f"{error.strerror or error}: {path}")
        else:
            self.said.setText(words.saved(str(path)))
