"""A layer's rows for a table view: nothing is copied, a cell is made when it is seen."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QColor, QFont, QPalette
from PySide6.QtWidgets import QApplication

from data.arranging import cell
from twin.buildings import FIRST_ESTIMATE, HeightSource
from twin.corrections import HEIGHT, Correction
from twin.layer import Layer
from twin.table import ColumnKind
from ui import table_words, words

AnyIndex = QModelIndex | QPersistentModelIndex
Rows = npt.NDArray[np.int64]
HEIGHT_FROM = "\0height from"
"""Stands for the column that says where a height came from; no file's column is called that."""
_UNITS = {"m": "m", "m2": "m²", "sqm": "m²", "qm": "m²", "m3": "m³", "km": "km", "ha": "ha", "ft": "ft", "deg": "°",
          "pct": "%", "percent": "%", "eur": "€", "chf": "CHF", "usd": "$", "kwh": "kWh", "mwh": "MWh"}  # fmt: skip
_UNIT = re.compile(r"[_ (\[]([A-Za-z]+[23]?)[)\]]?$")


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the table on screen."""

    name: str
    """The table's column; HEIGHT or HEIGHT_FROM."""
    title: str
    kind: ColumnKind
    unit: str = ""
    is_drawn_height: bool = False

    @property
    def can_be_corrected(self) -> bool:
        """Return whether a person may set its values right."""
        return self.kind != "other" and self.name != HEIGHT_FROM


def columns_of(layer: Layer) -> tuple[Column, ...]:
    """Return a layer's columns for people: heights as they are drawn first, then those of the table."""
    drawn: list[Column] = []
    if layer.heights is not None:
        drawn = [
            Column(HEIGHT, table_words.HEIGHT_DRAWN, "number", "m", is_drawn_height=True),
            Column(HEIGHT_FROM, table_words.HEIGHT_FROM, "text"),
        ]
    return (*drawn, *(Column(n, n, kind, unit_of(n, kind)) for n, kind in layer.table.fields().items()))


def unit_of(name: str, kind: ColumnKind) -> str:
    """Return the unit a column's name ends in: "area_m2", "height [ft]"; "" where it says none."""
    found = _UNIT.search(name)
    return _UNITS.get(found.group(1).lower(), "") if found and kind == "number" else ""


class TableModel(QAbstractTableModel):
    """Rows of a layer in an order of their own."""

    edit_asked = Signal(int, str, str)
    """(table row, field, what was typed): someone sets a value right."""

    def __init__(self) -> None:
        """Start empty."""
        super().__init__()
        self.layer: Layer | None = None
        self.columns: tuple[Column, ...] = ()
        self.rows: Rows = np.zeros(0, np.int64)
        """The table row of each line."""
        self._is_selected: npt.NDArray[np.bool_] = np.zeros(0, bool)
        self._corrections: Mapping[tuple[int, str], Correction] = {}
        self.take_theme()

    def take_theme(self) -> None:
        """Take the palette's colours and fonts."""
        palette = QApplication.palette()
        self._quiet, self._accent = (
            palette.color(QPalette.ColorRole.PlaceholderText),
            palette.color(QPalette.ColorRole.Accent),
        )
        self._soft = QColor(self._accent)
        self._soft.setAlpha(56)
        self._marked = QFont(QApplication.font())
        self._marked.setBold(True)

    # what is listed

    def show_layer(self, layer: Layer | None) -> None:
        """Show another layer, or another state of one; all rows in the file's order."""
        self.beginResetModel()
        self.layer = layer
        self.columns = columns_of(layer) if layer is not None else ()
        count = len(layer.table) if layer is not None else 0
        self.rows = np.arange(count)
        self._is_selected = np.zeros(count, bool)
        self.endResetModel()

    def take_state(self, layer: Layer) -> None:
        """Show the same rows of another state of the layer, which has the same columns."""
        self.layer = layer
        self._all_changed()

    def set_rows(self, rows: Rows) -> None:
        """List these rows, in this order."""
        self.beginResetModel()
        self.rows = rows
        self.endResetModel()

    def set_selected(self, rows: Sequence[int]) -> None:
        """Mark rows as selected in the city."""
        self._is_selected[:] = False
        if len(rows) and self.layer is not None:
            chosen = np.asarray(rows, np.int64)
            self._is_selected[chosen[chosen < len(self._is_selected)]] = True
        self._all_changed()

    def set_corrections(self, corrections: Mapping[tuple[int, str], Correction]) -> None:
        """Mark values as corrected, by (row, field)."""
        self._corrections = corrections
        self._all_changed()

    def _all_changed(self) -> None:
        if len(self.rows) and self.columns:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self.rows) - 1, len(self.columns) - 1))

    # Qt's questions

    def rowCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: N802, B008  Qt's name, Qt's default
        """Return how many lines there are."""
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: N802, B008  Qt's name, Qt's default
        """Return how many columns there are."""
        return 0 if parent.isValid() else len(self.columns)

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return what a cell shows, how, and what it is called."""
        place, column = index.row(), self.columns[index.column()]
        if role == Qt.ItemDataRole.DisplayRole:
            return self.text(place, column)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignRight if column.kind == "number" else Qt.AlignmentFlag.AlignLeft
            return int(side | Qt.AlignmentFlag.AlignVCenter)
        if role == Qt.ItemDataRole.BackgroundRole:
            return self._soft if self._is_selected[self.rows[place]] else None
        if role == Qt.ItemDataRole.ForegroundRole:
            return self._colour(place, column)
        if role == Qt.ItemDataRole.FontRole:
            return self._marked if self._correction(place, column) else None
        if role == Qt.ItemDataRole.EditRole:
            value = self.value(place, column)
            return "" if value is None else str(value)
        if role == Qt.ItemDataRole.ToolTipRole:
            done = self._correction(place, column)
            return self.text(place, column) if done is None else table_words.corrected_tip(done)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{column.title}: {self.text(place, column)}"
        return None

    def setData(self, index: AnyIndex, value: object, role: int = Qt.ItemDataRole.EditRole) -> bool:  # noqa: N802
        """Ask for a value to be set right; nothing changes here."""
        if role != Qt.ItemDataRole.EditRole:
            return False
        column = self.columns[index.column()]
        if str(value) != self.data(index, Qt.ItemDataRole.EditRole):
            self.edit_asked.emit(int(self.rows[index.row()]), column.name, str(value))
        return False

    def flags(self, index: AnyIndex) -> Qt.ItemFlag:
        """Return what can be done with a cell."""
        flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemNeverHasChildren
        can = index.isValid() and self.columns[index.column()].can_be_corrected
        return flags | Qt.ItemFlag.ItemIsEditable if can else flags

    def headerData(  # noqa: N802  Qt's name
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        """Return headings: the column's title and unit, the row's number in the file."""
        if orientation == Qt.Orientation.Vertical:
            is_text = role == Qt.ItemDataRole.DisplayRole and section < len(self.rows)
            return f"{int(self.rows[section]) + 1:,}" if is_text else None
        if not 0 <= section < len(self.columns):
            return None
        column = self.columns[section]
        if role in {Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole}:
            return table_words.title_with_unit(column.title, column.unit)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignRight if column.kind == "number" else Qt.AlignmentFlag.AlignLeft
            return int(side | Qt.AlignmentFlag.AlignVCenter)
        return None

    # one cell

    def value(self, place: int, column: Column) -> object:
        """Return a cell's value, None where empty."""
        assert self.layer is not None
        row = int(self.rows[place])
        heights = self.layer.heights
        if column.is_drawn_height and heights is not None:
            height_m = float(heights.height_m[row])
            return None if height_m != height_m else round(height_m, 2)  # noqa: PLR0124  NaN
        if column.name == HEIGHT_FROM and heights is not None:
            is_drawn = heights.height_m[row] == heights.height_m[row]
            return HeightSource(int(heights.source[row])).name.lower().replace("_", " ") if is_drawn else None
        return cell(self.layer.table, column.name, row)

    def text(self, place: int, column: Column) -> str:
        """Return what a cell shows."""
        value = self.value(place, column)
        if column.is_drawn_height and isinstance(value, float):
            return f"{value:,.1f}"
        if column.kind == "number" and isinstance(value, int) and not isinstance(value, bool):
            return f"{value:,}"
        return words.value(value)

    def _colour(self, place: int, column: Column) -> QColor | None:
        if self._correction(place, column):
            return self._accent
        if column.is_drawn_height and self.layer is not None and self.layer.heights is not None:
            return self._quiet if self.layer.heights.source[self.rows[place]] >= FIRST_ESTIMATE else None
        return None

    def _correction(self, place: int, column: Column) -> Correction | None:
        return self._corrections.get((int(self.rows[place]), column.name)) if self._corrections else None
