"""The figures of the scenarios in a window of their own: a table, a chart, the formulas, and the rates to change."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QCloseEvent, QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QDialog,
    QFileDialog,
    QHBoxLayout,
    QHeaderView,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from twin.errors import SourceError, TwinError
from twin.session import Composition, Session
from ui import scenario_words as words
from ui.plain import button, fit_dialog, label, named
from ui.scenario_figures import Comparison, change_words, compared, csv_of, number_words, rows_of

COLORS = ("#7f8894", "#8a3ffc", "#1f9e89", "#e07b39", "#3b7dd8", "#c2418c", "#a3a500")


CLOSE = 0.25
"""Where all figures are nearer together than this share, their change from today is charted."""


class BarChart(QWidget):
    """Bars side by side, one a scenario, each with its figure."""

    def __init__(self) -> None:
        """Show nothing."""
        super().__init__()
        self.bars: list[tuple[str, float, str]] = []
        self.setMinimumHeight(9 * self.fontMetrics().lineSpacing())
        named(self, words.CHART_OF)
        self.setToolTip("")

    def show_bars(self, title: str, bars: list[tuple[str, float, str]]) -> None:
        """Show (name, value, figure) a bar."""
        self.bars = bars
        self.setAccessibleName(title)
        self.setAccessibleDescription("; ".join(f"{name}: {text}" for name, _, text in bars))
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802  Qt's name
        """Paint level bars."""
        if not self.bars:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        metrics = painter.fontMetrics()
        names = max(metrics.horizontalAdvance(name) for name, *_ in self.bars)
        names = min(names, self.width() // 3) + 12
        figures = max(metrics.horizontalAdvance(text) for *_, text in self.bars) + 12
        room, most = self.width() - names - figures, max(*(v for _, v, _ in self.bars), 1e-9)
        step = self.height() / len(self.bars)
        high = min(step * 0.7, 1.6 * metrics.height())
        for number, (name, value, text) in enumerate(self.bars):
            y = step * (number + 0.5)
            painter.setPen(self.palette().windowText().color())
            shown = metrics.elidedText(name, Qt.TextElideMode.ElideRight, names - 12)
            painter.drawText(
                QRectF(0, y - step / 2, names - 12, step),
                Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight,
                shown,
            )
            wide = max(room * max(value, 0.0) / most, 1.0)
            painter.fillRect(QRectF(names, y - high / 2, wide, high), QColor(COLORS[number % len(COLORS)]))
            painter.drawText(QRectF(names + wide + 6, y - step / 2, figures, step), Qt.AlignmentFlag.AlignVCenter, text)


class FiguresDialog(QDialog):
    """Follows a session while it is open."""

    def __init__(
        self, parent: QWidget, session: Session, with_analyses: Callable[[Comparison], Comparison] | None = None
    ) -> None:
        """Show the figures of all scenarios; with_analyses adds what takes longer."""
        super().__init__(parent)
        self.setWindowTitle(words.FIGURES_TITLE)
        self._session, self._with_analyses = session, with_analyses
        self.comparison = compared(session)
        self._is_filling = False
        self.table = QTableWidget()
        named(self.table, words.FIGURES_TITLE)
        self.table.setToolTip("")
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.currentCellChanged.connect(self._row_chosen)
        self.chart, self.formula, self.notes = (
            BarChart(),
            label("", "quiet", wraps=True),
            label("", "quiet", wraps=True),
        )
        self.which = QComboBox()
        named(self.which, words.CHART_OF)
        self.which.activated.connect(self._which_chosen)
        self.rates = self._make_rates()
        column = QVBoxLayout(self)
        column.addWidget(self.table, 3)
        column.addWidget(self.which)
        column.addWidget(self.chart, 1)
        column.addWidget(self.formula)
        column.addWidget(label(words.RATES, "head"))
        column.addWidget(self.rates, 2)
        column.addWidget(self.notes)
        column.addLayout(self._make_buttons())
        fit_dialog(self, chars=120, lines=50)
        session.composition_changed.connect(self._changed)
        self.fill()

    def _make_buttons(self) -> QHBoxLayout:
        row = QHBoxLayout()
        self.analyses = button(words.ANALYSES, tip=words.ANALYSES_TIP)
        self.analyses.clicked.connect(self.add_analyses)
        self.analyses.setVisible(self._with_analyses is not None)
        save = button(words.SAVE_CSV)
        save.clicked.connect(self._ask_where)
        row.addWidget(self.analyses)
        row.addStretch(1)
        row.addWidget(save)
        return row

    def _make_rates(self) -> QTableWidget:
        table = QTableWidget()
        named(table, words.RATES)
        table.setToolTip("")
        table.setColumnCount(2)
        table.setHorizontalHeaderLabels(["Residents", "Jobs"])
        table.itemChanged.connect(self._rate_changed)
        return table

    # following

    def _changed(self, old: Composition, new: Composition) -> None:
        if (old.scenarios, old.rates, old.layers) != (new.scenarios, new.rates, new.layers):
            self.comparison = compared(self._session)
            self.fill()

    def fill(self) -> None:
        """Show the figures as they are."""
        self._is_filling = True
        found, rows = self.comparison, rows_of(self.comparison)
        self.table.setRowCount(len(rows))
        self.table.setColumnCount(len(found.columns) + 1)
        self.table.setHorizontalHeaderLabels([*(c.name for c in found.columns), words.FORMULA])
        self.table.setVerticalHeaderLabels([f"{title} ({unit})" if unit else title for title, unit, *_ in rows])
        for y, (_, unit, values, formula) in enumerate(rows):
            for x, value in enumerate(values):
                change = change_words(value, values[0], unit) if x else ""
                text = number_words(value, unit) + (f"  ({change})" if change else "")
                item = QTableWidgetItem(text)
                item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
                self.table.setItem(y, x, item)
            told = QTableWidgetItem(formula)
            told.setToolTip(formula)
            self.table.setItem(y, len(values), told)
        self.table.resizeColumnsToContents()
        self.table.horizontalHeader().setSectionResizeMode(len(found.columns), QHeaderView.ResizeMode.Stretch)
        chosen = max(self.which.currentIndex(), 0)
        self.which.clear()
        self.which.addItems([f"{words.CHART_OF} {title}" for title, *_ in rows])
        self.which.setCurrentIndex(min(chosen, len(rows) - 1))
        self._fill_rates()
        self.notes.setText("\n".join(found.notes))
        self._is_filling = False
        self._show_chart(self.which.currentIndex())

    def _fill_rates(self) -> None:
        rates = self._session.composition.rates
        self.rates.setRowCount(len(rates))
        self.rates.setVerticalHeaderLabels([r.use for r in rates])
        for y, rate in enumerate(rates):
            for x, value in enumerate((rate.residents_per_100_m2, rate.jobs_per_100_m2)):
                self.rates.setItem(y, x, QTableWidgetItem(f"{value:g}"))

    def _rate_changed(self, item: QTableWidgetItem) -> None:
        if self._is_filling:
            return
        rates = list(self._session.composition.rates)
        try:
            value = float(item.text().replace(",", "."))
        except ValueError:
            value = -1.0
        if not 0 <= value <= 1000:
            self._is_filling = True
            self._fill_rates()
            self._is_filling = False
            return
        rate = rates[item.row()]
        is_residents = item.column() == 0
        rates[item.row()] = (
            replace(rate, residents_per_100_m2=value) if is_residents else replace(rate, jobs_per_100_m2=value)
        )
        self._session.set_composition(replace(self._session.composition, rates=tuple(rates)))

    # the chart

    def _row_chosen(self, row: int, *_others: int) -> None:
        if not self._is_filling and row >= 0:
            self.which.setCurrentIndex(row)
            self._show_chart(row)

    def _which_chosen(self, row: int) -> None:
        self._show_chart(row)

    def _show_chart(self, row: int) -> None:
        rows = rows_of(self.comparison)
        if not 0 <= row < len(rows):
            return
        title, unit, values, formula = rows[row]
        names = [c.name for c in self.comparison.columns]
        known = [v or 0.0 for v in values]
        if len(known) > 1 and max(known) - min(known) < CLOSE * max(known):  # bars of a whole city would look alike
            pairs = zip(names[1:], values[1:], strict=True)
            bars = [
                (n, abs((v or 0.0) - known[0]), f"{change_words(v, values[0], unit) or '0'} {unit}".strip())
                for n, v in pairs
            ]
            title = f"{title}, {words.CHANGE}"
        else:
            bars = [(n, v, f"{number_words(v, unit)} {unit}".strip()) for n, v in zip(names, known, strict=True)]
        self.chart.show_bars(title, bars)
        self.formula.setText(f"{title}. {formula}")

    # acts

    def add_analyses(self) -> None:
        """Add what analyses find."""
        if self._with_analyses is not None:
            self.comparison = self._with_analyses(self.comparison)
            self.fill()

    def _ask_where(self) -> None:
        path, _ = QFileDialog.getSaveFileName(self, words.SAVE_CSV, "scenarios.csv", "CSV (*.csv)")
        if path:
            self.save_csv(Path(path))

    def save_csv(self, path: Path) -> None:
        """Write the table.

        raises   SourceError  it cannot be written
        """
        try:
            path.write_text(csv_of(self.comparison), encoding="utf-8", newline="")
        except OSError as error:
            self.notes.setText(str(_unwritten(path, error)))

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802  Qt's name
        """Follow no more."""
        self._session.composition_changed.disconnect(self._changed)
        super().closeEvent(event)


def _unwritten(path: Path, error: OSError) -> TwinError:
    return SourceError(
        f"The table cannot be written ({error.strerror or error}).", hint=f"Choose another place: {path}"
    )
