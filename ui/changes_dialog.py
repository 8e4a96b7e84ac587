"""The list of what a reload brought: rows added, removed and changed, each with a way to it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from data.arranging import cell
from twin.changes import GEOMETRY, HEIGHT, Changes, value_of
from twin.layer import Layer
from twin.row_keys import own_table
from ui import follow_words as words
from ui import table_words
from ui.inspector import feature_name
from ui.plain import button, fit_dialog, label, named


@dataclass(frozen=True, slots=True)
class ChangedRow:
    """One line of the list."""

    kind: str
    """A key of table_words.CHANGES_KINDS."""
    row: int
    """In the new state; in the old one for what was removed."""
    name: str
    fields: str = ""
    values: str = ""
    """What was and what is, column by column."""


def changed_rows(old: Layer, new: Layer, changes: Changes, *, at_most: int) -> list[ChangedRow]:
    """Return what changed, row by row: changed ones first, then added, then removed."""
    before = _former(changes, changes.changed[:at_most])
    lines = [
        ChangedRow(
            "changed",
            row,
            _name(new, changes.by, row),
            ", ".join(_told(changes.fields_of(place))),
            _values(old, new, _told(changes.fields_of(place)), (before[place], row)),
        )
        for place, row in enumerate(changes.changed[:at_most].tolist())
    ]
    lines += [
        ChangedRow("added", row, _name(new, changes.by, row)) for row in changes.added[: at_most - len(lines)].tolist()
    ]
    lines += [
        ChangedRow("removed", row, _name(old, changes.by, row))
        for row in changes.removed[: at_most - len(lines)].tolist()
    ]
    return lines


def _told(fields: tuple[str, ...]) -> tuple[str, ...]:
    """Return the columns to name: the height drawn only where no column says why it is another one."""
    columns = tuple(name for name in fields if name != HEIGHT)
    return columns if any(name != GEOMETRY for name in columns) else fields


def _former(changes: Changes, rows: npt.NDArray[np.int64]) -> list[int]:
    """Return the old row of some new ones."""
    old = np.full(int(changes.new_of_old.max(initial=-1)) + 1, -1, np.int64)
    kept = np.flatnonzero(changes.new_of_old >= 0)
    old[changes.new_of_old[kept]] = kept
    return [int(row) for row in old[rows]]


def _values(old: Layer, new: Layer, fields: tuple[str, ...], rows: tuple[int, int]) -> str:
    told = []
    for name in fields:
        was, now = (value_of(layer, name, row) for layer, row in ((old, rows[0]), (new, rows[1])))
        told += [f"{name}: {_said(was)} → {_said(now)}"] if (was, now) != (None, None) else []
    return "; ".join(told)


def _said(value: object) -> str:
    if value is None or value == "":
        return "–"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _name(layer: Layer, by: str, row: int) -> str:
    """Return what a row is known by, or called."""
    return str(cell(own_table(layer.table), by, row)) if by else feature_name(layer, row, layer.table.row(row))


class ChangesDialog(QDialog):
    """Shows what changed; asks to be taken there."""

    zoom_asked = Signal(object)
    """A ChangedRow."""
    clear_asked = Signal()
    select_asked = Signal()
    """Select all that was added or changed."""

    def __init__(self, parent: QWidget, name: str, changes: Changes, rows: list[ChangedRow]) -> None:
        """List changed rows of a layer of that name."""
        super().__init__(parent)
        self._rows = rows
        self.layer_id = ""
        self.setWindowTitle(table_words.reloaded(name))
        totals = len(changes.added), len(changes.removed), len(changes.changed)
        self.list = QTableWidget(len(rows), len(table_words.CHANGES_HEADS))
        self._make_list()
        column = QVBoxLayout(self)
        column.setContentsMargins(18, 16, 18, 16)
        column.addWidget(label(table_words.changes_line(*totals), "head"))
        column.addWidget(label(table_words.changes_by(changes.by), "quiet"))
        columns = table_words.columns_changed(changes.columns_added, changes.columns_removed)
        if columns:
            column.addWidget(label(columns, "quiet", wraps=True))
        column.addWidget(self.list, 1)
        column.addLayout(self._made_foot())
        fit_dialog(self, chars=100, lines=26)
        if rows:
            self.list.selectRow(0)

    def _make_list(self) -> None:
        self.list.setHorizontalHeaderLabels(list(table_words.CHANGES_HEADS))
        self.list.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.list.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.list.setTabKeyNavigation(False)
        self.list.setShowGrid(False)
        self.list.setWordWrap(False)
        self.list.verticalHeader().hide()
        self.list.horizontalHeader().setStretchLastSection(True)
        self.list.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft)
        named(self.list, self.windowTitle())
        self.list.setToolTip("")
        for line, row in enumerate(self._rows):
            known = table_words.CHANGES_KINDS[row.kind], table_words.row_number(row.row)
            texts = (*known, row.name, row.fields, row.values)
            for place, text in enumerate(texts):
                self.list.setItem(line, place, QTableWidgetItem(text))
        self.list.resizeColumnsToContents()
        self.list.cellDoubleClicked.connect(self._zoom)

    def _made_foot(self) -> QHBoxLayout:
        zoom = button(table_words.ZOOM, icon_name="zoom_to")
        zoom.clicked.connect(self._zoom)
        select = button(table_words.SELECT_THESE, icon_name="select")
        select.clicked.connect(self.select_asked)
        foot = QHBoxLayout()
        foot.addWidget(zoom)
        foot.addWidget(select)
        clear = button(words.CLEAR)
        clear.clicked.connect(self.clear_asked)
        foot.addWidget(clear)
        foot.addStretch(1)
        keys = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        keys.rejected.connect(self.reject)
        foot.addWidget(keys)
        return foot

    def _zoom(self, *_where: object) -> None:
        line = self.list.currentRow()
        if 0 <= line < len(self._rows):
            self.zoom_asked.emit(self._rows[line])
