"""The data doctor's window: the layers on the left, the page of one on the right, and what a person decides."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from twin.personal import Decided
from ui import doctor_words as words
from ui.doctor_words import Finding, Severity
from ui.plain import button, card, fit_dialog, label, named

_CHOICES = (
    (Decided.PERSONAL, words.PERSONAL),
    (Decided.PUBLIC, words.PUBLIC),
    (Decided.UNDECIDED, words.UNDECIDED),
)


class DoctorDialog(QDialog):
    """Shows pages; decides nothing."""

    shown = Signal(str, tuple)
    """A layer's id and table rows to fly to."""
    decided = Signal(str, str, str)
    """A layer's id, a column, and twin.personal.Decided of it."""
    save_asked = Signal()

    def __init__(self, parent: QWidget, theme: Callable[[], str]) -> None:
        """Start without pages; theme says "light" or "dark"."""
        super().__init__(parent)
        self.setWindowTitle(words.TITLE)
        self._theme = theme
        self._pages: list[Mapping[str, Any]] = []
        self.list = QListWidget()
        self.list.setMaximumWidth(30 * self.fontMetrics().averageCharWidth())
        named(self.list, words.TITLE)
        self.list.currentRowChanged.connect(self._show)
        self.state = label("", "head", wraps=True)
        self.sheet = QScrollArea()
        self.sheet.setProperty("rank", "bare")
        self.sheet.setWidgetResizable(True)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        self.save = button(words.SAVE_AS)
        self.save.clicked.connect(self.save_asked)
        buttons.addButton(self.save, QDialogButtonBox.ButtonRole.ActionRole)
        buttons.rejected.connect(self.reject)
        row = QHBoxLayout()
        row.addWidget(self.list)
        row.addWidget(self.sheet, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(18, 18, 18, 14)
        column.setSpacing(10)
        column.addWidget(self.state)
        column.addWidget(label(words.INTRO, "quiet", wraps=True))
        column.addLayout(row, 1)
        column.addWidget(buttons)
        fit_dialog(self, chars=110, lines=34)

    def show_pages(self, pages: list[Mapping[str, Any]]) -> None:
        """Show pages; the layer that was looked at stays the one looked at."""
        row, at = max(self.list.currentRow(), 0), self.sheet.verticalScrollBar().value()
        self._pages = pages
        questions = sum(len(page["open_questions"]) for page in pages)
        self.state.setText(words.open_questions(questions) if pages else words.NOTHING_OPEN)
        self.save.setEnabled(bool(pages))
        self.list.blockSignals(True)
        self.list.clear()
        for page in pages:
            worst = next((f.severity for f in words.findings(page)), Severity.GOOD)
            item = QListWidgetItem(f"{words.SIGNS[worst]}  {page['name']}")
            item.setForeground(self._colour(worst))
            item.setToolTip(f"{page['name']}: {words.NAMES[worst]}")
            self.list.addItem(item)
        self.list.blockSignals(False)
        self.list.setCurrentRow(min(row, len(pages) - 1))
        self._show(self.list.currentRow())
        self.sheet.verticalScrollBar().setValue(at)

    def _colour(self, severity: Severity) -> Any:
        from PySide6.QtGui import QColor  # noqa: PLC0415  needed here alone

        return QColor(words.COLORS[self._theme()][severity])

    def _show(self, row: int) -> None:
        body = QWidget()
        column = QVBoxLayout(body)
        column.setSpacing(12)
        if 0 <= row < len(self._pages):
            page = self._pages[row]
            column.addWidget(label(page["name"], "title", wraps=True))
            if page["personal"]:
                column.addWidget(self._personal(page))
            column.addWidget(self._findings(page))
            column.addWidget(self._facts(page))
        column.addStretch(1)
        self.sheet.setWidget(body)

    def _personal(self, page: Mapping[str, Any]) -> QWidget:
        frame, column = card()
        column.addWidget(label(words.CONFIRM_HEAD, "head"))
        for one in page["personal"]:
            column.addWidget(label(f"{one['field']}  ·  {one['why']}", wraps=True))
            row = QHBoxLayout()
            group = QButtonGroup(frame)
            for decided, text in _CHOICES:
                is_said = one["decided"] == decided
                choice = button(f"{words.SIGNS[Severity.GOOD]} {text}" if is_said else text)
                choice.setCheckable(True)
                choice.setChecked(is_said)
                named(choice, f"{one['field']}: {text}")
                choice.clicked.connect(partial(self._decide, page["id"], one["field"], decided))
                group.addButton(choice)
                row.addWidget(choice)
            row.addStretch(1)
            column.addLayout(row)
        return frame

    def _decide(self, layer_id: str, field: str, decided: Decided, *_: object) -> None:
        self.decided.emit(layer_id, field, str(decided))

    def _findings(self, page: Mapping[str, Any]) -> QWidget:
        frame, column = card()
        column.addWidget(label(words.FINDINGS_HEAD, "head"))
        found = words.findings(page)
        if not found:
            column.addWidget(label(words.NO_FINDINGS, "quiet", wraps=True))
        for finding in found:
            column.addWidget(self._finding(page["id"], finding))
        return frame

    def _finding(self, layer_id: str, finding: Finding) -> QWidget:
        line = QWidget()
        row = QHBoxLayout(line)
        row.setContentsMargins(0, 2, 0, 2)
        mark = label(f"{words.SIGNS[finding.severity]} {words.NAMES[finding.severity]}")
        mark.setStyleSheet(f"color: {words.COLORS[self._theme()][finding.severity]}; font-weight: 600;")
        mark.setMinimumWidth(16 * self.fontMetrics().averageCharWidth())
        row.addWidget(mark, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(label(finding.sentence, wraps=True), 1)
        if finding.rows:
            show = button(words.ZOOM)
            named(show, f"{words.ZOOM}: {finding.sentence}")
            show.clicked.connect(partial(self._zoom, layer_id, finding.rows))
            row.addWidget(show, 0, Qt.AlignmentFlag.AlignTop)
        return line

    def _zoom(self, layer_id: str, rows: tuple[int, ...], *_: object) -> None:
        self.shown.emit(layer_id, rows)

    def _facts(self, page: Mapping[str, Any]) -> QWidget:
        frame, column = card()
        column.addWidget(label(words.FACTS_HEAD, "head"))
        form = QFormLayout()
        form.setHorizontalSpacing(18)
        for name, text in words.facts(page):
            value = label(text, wraps=True)
            value.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            form.addRow(label(name, "quiet"), value)
        column.addLayout(form)
        return frame
