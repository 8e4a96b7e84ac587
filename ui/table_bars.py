"""The panel beside the table: how the values of one column are spread, and what stands out when they are brushed."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from twin.buildings import FIRST_ESTIMATE
from twin.derived import column_rows
from twin.distribution import is_between, is_one_of, spread_of, words_of
from twin.layer import Layer
from ui import table_words
from ui.attribute_menu import alike
from ui.histogram import NumberBars, WordBars
from ui.plain import ElidedLabel, button, label
from ui.table_model import HEIGHT_FROM, Column, Rows

BRUSH_MS = 45
"""The city follows the hand at most so often: a million buildings take about that long to be coloured."""


class TableBars(QWidget):
    """Bars of the chosen column. It tells what stands out; the desk tells the session."""

    brushed = Signal(object)
    """Which rows of the layer stand out, (n,) bool; None when nothing is brushed."""
    select_asked = Signal(object)
    """Rows to select."""
    filter_asked = Signal(str)
    """An expression to show only what stands out."""

    def __init__(self) -> None:
        """Start without a column."""
        super().__init__()
        self._layer: Layer | None = None
        self._column: Column | None = None
        self._rows: Rows = np.zeros(0, np.int64)
        self._numbers: npt.NDArray[np.float64] | None = None
        self._is_lit: npt.NDArray[np.bool_] | None = None
        self.numbers, self.words = NumberBars(), WordBars()
        self._nothing = label(table_words.NO_NUMBERS, "quiet", wraps=True)
        self._stack = QStackedWidget()
        for widget in (self._nothing, self.numbers, self.words):
            self._stack.addWidget(widget)
        self._title, self._line, self._figures = (
            ElidedLabel("", "head"),
            ElidedLabel("", "quiet"),
            label("", wraps=True),
        )
        self._lay_out()
        self._wait = QTimer(self)
        self._wait.setSingleShot(True)
        self._wait.setInterval(BRUSH_MS)
        self._wait.timeout.connect(self._tell)
        self.numbers.brushed.connect(self._brushed)
        self.words.brushed.connect(self._brushed)

    def _lay_out(self) -> None:
        self._select = button(table_words.BRUSH_SELECT, tip=table_words.BRUSH_SELECT_TIP)
        self._filter = button(table_words.BRUSH_FILTER, tip=table_words.BRUSH_FILTER_TIP)
        self._clear = button(table_words.BRUSH_CLEAR, tip=table_words.BRUSH_CLEAR_TIP)
        self._select.clicked.connect(self._ask_select)
        self._filter.clicked.connect(self._ask_filter)
        self._clear.clicked.connect(self.clear)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 0, 12, 10)
        column.setSpacing(4)
        column.addWidget(self._title)
        column.addWidget(self._line)
        column.addWidget(self._stack, 1)
        column.addWidget(self._figures)
        row = QHBoxLayout()
        row.setSpacing(6)
        for hand in (self._select, self._filter, self._clear):
            row.addWidget(hand)
        row.addStretch(1)
        column.addLayout(row)
        self._enable()

    # what is shown

    def show_column(self, layer: Layer | None, column: Column | None, rows: Rows) -> None:
        """Show the values of a column among some rows; what was brushed is given up."""
        had = self._is_lit is not None
        self._layer, self._column, self._rows = layer, column, rows
        self._numbers = self._is_lit = None
        self._figures.setText("")
        if layer is None or column is None:
            self._title.setText("")
            self._line.setText("")
            self._stack.setCurrentWidget(self._nothing)
        elif column.kind in ("number", "time"):
            self._show_numbers(layer, column)
        else:
            self._show_words(layer, column)
        self._enable()
        if had:
            self.brushed.emit(None)

    def _show_numbers(self, layer: Layer, column: Column) -> None:
        values = values_of(layer, column)
        self._numbers = values
        every = spread_of(values)
        some = spread_of(values[self._rows], like=every) if every is not None else None
        self._title.setText(table_words.title_with_unit(column.title, column.unit))
        self._stack.setCurrentWidget(self.numbers if every is not None else self._nothing)
        self.numbers.set_spread(every, some)
        if some is None:
            self._line.setText(table_words.spread_line(0, len(self._rows), 0))
            return
        estimated = 0
        if column.is_drawn_height and layer.heights is not None:
            estimated = int((layer.heights.source[self._rows] >= FIRST_ESTIMATE).sum())
        self._line.setText(table_words.spread_line(some.filled, some.empty, estimated))
        if column.kind == "number":
            self._figures.setText(table_words.spread_figures(some.least, some.greatest, some.mean, some.median))

    def _show_words(self, layer: Layer, column: Column) -> None:
        self._title.setText(column.title)
        if column.name == HEIGHT_FROM or column.kind == "other":
            self._line.setText("")
            self._stack.setCurrentWidget(self._nothing)
            return
        rows = None if len(self._rows) == len(layer.table) else self._rows
        words = words_of(layer.table, column.name, rows)
        self._line.setText(table_words.words_line(words.different, words.empty))
        self.words.set_words(words)
        self._stack.setCurrentWidget(self.words if words.values else self._nothing)

    # what is brushed

    def _brushed(self, _what: object) -> None:
        if not self._wait.isActive():
            self._wait.start()

    def clear(self) -> None:
        """Let everything stand out again."""
        self.numbers.clear()
        self.words.clear()
        self._tell()

    def _tell(self) -> None:
        self._wait.stop()
        self._is_lit = self._lit()
        self._enable()
        self.brushed.emit(self._is_lit)

    def _lit(self) -> npt.NDArray[np.bool_] | None:
        if self._layer is None or self._column is None:
            return None
        among = np.zeros(len(self._layer.table), bool)
        among[self._rows] = True
        if self._stack.currentWidget() is self.numbers and self._numbers is not None and self.numbers.range:
            low, high = self.numbers.range
            lit = is_between(self._numbers, low, high) & among
            if self._column.kind == "number":
                self._figures.setText(table_words.brushed_line(int(lit.sum()), low, high))
            return lit
        if self._stack.currentWidget() is self.words and self.words.chosen:
            return is_one_of(self._layer.table, self._column.name, self.words.chosen) & among
        return None

    def _enable(self) -> None:
        is_brushed = self._is_lit is not None
        for hand in (self._select, self._filter, self._clear):
            hand.setEnabled(is_brushed)
        can_say = self._column is not None and self._column.kind in ("number", "text", "bool")
        self._filter.setEnabled(is_brushed and can_say)

    def _ask_select(self) -> None:
        if self._is_lit is not None:
            self.select_asked.emit(np.flatnonzero(self._is_lit))

    def _ask_filter(self) -> None:
        expression = self.expression()
        if expression:
            self.filter_asked.emit(expression)

    def expression(self) -> str:
        """Return the filter that says what is brushed; "" for nothing."""
        if self._column is None:
            return ""
        name = quoted(self._column.name)
        if self._stack.currentWidget() is self.numbers and self.numbers.range:
            low, high = self.numbers.range
            return f"{name} >= {low:.6g} and {name} <= {high:.6g}"
        if self._stack.currentWidget() is self.words and self.words.chosen:
            if self._column.kind == "bool":
                return " or ".join(alike(self._column.name, word == "true") for word in self.words.chosen)
            return " or ".join(alike(self._column.name, word) for word in self.words.chosen)
        return ""

    def hideEvent(self, event: Any) -> None:  # noqa: N802  Qt's name
        """Put the brush down: what is not seen must not dim the city."""
        super().hideEvent(event)
        if self._is_lit is not None:
            self.clear()


def quoted(name: str) -> str:
    """Return a column's name as a filter writes it."""
    return name if name.isidentifier() and name.isascii() else f"`{name}`"


def values_of(layer: Layer, column: Column) -> npt.NDArray[np.float64]:
    """Return a column's numbers, (n,), NaN where empty; times as seconds since 1970."""
    if column.is_drawn_height and layer.heights is not None:
        return layer.heights.height_m.astype(np.float64)
    rows = column_rows(layer.table, column.name)
    if rows.dtype.kind == "M":
        seconds = rows.astype("datetime64[s]").astype(np.int64).astype(np.float64)
        return np.where(np.isnat(rows), np.nan, seconds)
    return rows.astype(np.float64)
