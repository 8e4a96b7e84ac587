"""The plugins' panel: which there are, what they ask for, how they stand, what they found. It decides nothing."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QPlainTextEdit,
    QProgressBar,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from plugins.run import State
from twin.layer import Layer
from ui import plugin_words as words
from ui.plain import button, label, named, set_rank
from ui.plugin_chart import PluginChart
from ui.plugin_form import PluginForm
from ui.plugin_shelf import Entry

KEY = Qt.ItemDataRole.UserRole
ROWS_SHOWN = 500


class PluginPanel(QWidget):
    """List above, the chosen plugin below."""

    chosen = Signal(str)
    run_asked = Signal()
    stop_asked = Signal()
    allow_asked = Signal()
    reload_asked = Signal()
    enable_asked = Signal(bool)
    refresh_asked = Signal()
    pick_asked = Signal(str, str)
    area_asked = Signal()
    row_chosen = Signal(int)
    """A line of the result's table."""

    def __init__(self) -> None:
        """Show nothing yet."""
        super().__init__()
        self.form: PluginForm | None = None
        self.is_enabled = True
        self.result: Mapping[str, Any] | None = None
        """What is shown of a result."""
        self._listed: tuple[list[tuple[str, str, str]], str] = ([], "")
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 4, 14, 14)
        self.list = QListWidget()
        named(self.list, words.FOUND)
        self.list.setFixedHeight(self.fontMetrics().height() * 9)
        self.list.currentItemChanged.connect(self._chosen)
        self.refresh = button(words.REFRESH, rank="link", tip=words.REFRESH_TIP)
        self.refresh.clicked.connect(self.refresh_asked)
        self.summary, self.facts = label("", wraps=True), label("", "quiet", wraps=True)
        self.state, self.reason = label("", "quiet", wraps=True), label("", "error", wraps=True)
        self.form_place = QVBoxLayout()
        self.progress = QProgressBar()
        named(self.progress, words.RUN)
        self.result_place = QVBoxLayout()
        self.log = QPlainTextEdit()
        self.log.setReadOnly(True)
        named(self.log, words.LOG)
        self.log.setFixedHeight(self.fontMetrics().height() * 6)
        for widget in (self.list, self.refresh, self.summary, self.facts):
            column.addWidget(widget)
        column.addLayout(self._where())
        column.addLayout(self.form_place)
        column.addLayout(self._buttons())
        for below in (self.progress, self.state, self.reason):
            column.addWidget(below)
        column.addLayout(self.result_place)
        self.log_title = label(words.LOG, "head")
        column.addWidget(self.log_title)
        column.addWidget(self.log)
        column.addStretch(1)
        self.show_entry(None)

    def _where(self) -> QHBoxLayout:
        row = QHBoxLayout()
        self.where = QComboBox()
        self.where.addItems([words.WHOLE_CITY, words.DRAWN_AREA])
        named(self.where, words.WHERE)
        self.where.activated.connect(self._where_changed)
        row.addWidget(self.where, 1)
        return row

    def _where_changed(self, index: int) -> None:
        if index == 1:
            self.area_asked.emit()

    def _buttons(self) -> QHBoxLayout:
        row = QHBoxLayout()
        self.run = button(words.RUN, rank="primary", tip=words.RUN_TIP)
        self.stop = button(words.STOP, tip=words.STOP_TIP)
        self.allow = button(words.ALLOW, tip=words.ALLOW_TIP)
        self.reload = button(words.RELOAD, tip=words.RELOAD_TIP)
        self.enable = button(words.DISABLE, tip=words.DISABLE_TIP)
        self.run.clicked.connect(self.run_asked)
        self.stop.clicked.connect(self.stop_asked)
        self.allow.clicked.connect(self.allow_asked)
        self.reload.clicked.connect(self.reload_asked)
        self.enable.clicked.connect(self._enable)
        for made in (self.run, self.stop, self.allow, self.reload, self.enable):
            row.addWidget(made)
        row.addStretch(1)
        return row

    def _enable(self, _is_checked: bool = False) -> None:  # noqa: FBT001, FBT002  Qt's clicked
        self.enable_asked.emit(not self.is_enabled)

    def _chosen(self, item: QListWidgetItem | None, _before: object = None) -> None:
        self.chosen.emit(str(item.data(KEY)) if item is not None else "")

    # the list

    def show_list(self, entries: Mapping[str, Entry], chosen: str, kept: Mapping[str, str] | None = None) -> None:
        """Show which plugins there are and how each stands.

        kept   lines of results whose plugins are not here, by key
        """
        ordered = sorted(entries.items(), key=lambda e: e[1].title.casefold())
        lines = [(key, _line(e), e.sentence or str(e.found.facts.get("summary", ""))) for key, e in ordered]
        lines += [(key, line, "") for key, line in (kept or {}).items()]
        if (lines, chosen) == self._listed:  # filled anew it would jump under the hand
            return
        self._listed = lines, chosen
        self.list.blockSignals(True)
        self.list.clear()
        for key, line, tip in lines:
            item = QListWidgetItem(line, self.list)
            item.setData(KEY, key)
            item.setToolTip(tip)
            if key == chosen:
                self.list.setCurrentItem(item)
        self.list.blockSignals(False)

    # the chosen one

    def show_entry(self, entry: Entry | None) -> None:
        """Show what a plugin is."""
        facts = {} if entry is None else entry.described.info if entry.described is not None else entry.found.facts
        self.summary.setText(str(facts.get("summary", "")))
        told = [str(facts[n]) for n in ("source", "licence", "author") if facts.get(n)]
        if entry is not None:
            told += [str(entry.found.origin)]
            told += [words.CAPABILITIES.get(str(c), str(c)) for c in facts.get("capabilities", ())]
        self.facts.setText(" · ".join(told))
        self.show_state(entry)

    def show_form(
        self, entry: Entry, layers: Mapping[str, Layer], scenarios: Sequence[str], values: Mapping[str, Any]
    ) -> None:
        """Make the form of its parameters, filled with the values that they had."""
        self.clear_form()
        if entry.described is not None:
            asked = [{**f, "default": values.get(f["name"], f["default"])} for f in entry.described.parameters]
            self.form = PluginForm(asked, layers, scenarios)
            self.form.pick_asked.connect(self.pick_asked)
            self.form_place.addWidget(self.form)

    def clear_form(self) -> None:
        """Take the form away."""
        if self.form is not None:
            self.form_place.removeWidget(self.form)
            self.form.deleteLater()
            self.form = None

    def show_state(self, entry: Entry | None) -> None:
        """Show how it stands."""
        running = entry.running if entry is not None else None
        is_busy = entry is not None and entry.is_busy
        is_ready = entry is not None and entry.described is not None and entry.is_enabled
        self.is_enabled = entry is None or entry.is_enabled
        needs_leave = entry is not None and bool(entry.found.refused)
        self.run.setText(_run_word(entry))
        for widget, is_seen in (
            (self.where, is_ready),
            (self.run, entry is not None and not needs_leave),
            (self.stop, is_busy),
            (self.allow, needs_leave),
            (self.reload, entry is not None and bool(entry.found.path) and not needs_leave),
            (self.enable, entry is not None and not needs_leave),
            (self.progress, is_busy),
            (self.reason, entry is not None and bool(entry.sentence)),
        ):
            widget.setVisible(is_seen)
        self.run.setEnabled(is_ready)
        self.enable.setText(words.DISABLE if self.is_enabled else words.ENABLE)
        self.state.setText(_state_of(entry))
        self.reason.setText(f"{entry.sentence} {entry.hint}".strip() if entry is not None else "")
        if is_busy:
            share = running.share if running is not None else 0.0
            self.progress.setRange(0, 1000 if share > 0 else 0)
            self.progress.setValue(round(share * 1000))
        self._show_log(list(running.log) if running is not None else [])

    def _show_log(self, lines: Sequence[str]) -> None:
        text = "\n".join(lines[-200:])
        for widget in (self.log, self.log_title):
            widget.setVisible(bool(text))
        if text != self.log.toPlainText():
            self.log.setPlainText(text)
            bar = self.log.verticalScrollBar()
            bar.setValue(bar.maximum())

    # its result

    def show_result(self, result: Mapping[str, Any] | None) -> None:
        """Show words, table and charts of a result (see plugins.results.answer_of)."""
        self._clear_result()
        self.result = result
        if result is None or not any(result.get(n) for n in ("facts", "problems", "charts", "table", "note", "limits")):
            return
        self.result_place.addWidget(label(words.RESULT, "head"))
        if result.get("made"):
            self.result_place.addWidget(label(result["made"], "quiet", wraps=True))
        for name, value in result["facts"].items():
            self.result_place.addWidget(label(f"{str(name).replace('_', ' ')}: {_short(value)}", wraps=True))
        for problem in result["problems"]:
            made = label(f"{problem['count']:,} {problem['what']}", wraps=True)
            set_rank(made, "warning")
            self.result_place.addWidget(made)
        for chart in result["charts"]:
            self.result_place.addWidget(PluginChart(chart))
        if result["table"]:
            self._show_table(result["table"])
        for title, text in ((words.METHOD, result["note"]), (words.LIMITS, result["limits"])):
            if text:
                self.result_place.addWidget(label(f"{title}: {text}", "quiet", wraps=True))

    def _clear_result(self) -> None:
        while self.result_place.count():
            item = self.result_place.takeAt(0)
            widget = item.widget() if item is not None else None
            if widget is not None:
                widget.hide()
                widget.deleteLater()

    def _show_table(self, table: Mapping[str, Any]) -> None:
        columns = table["columns"]
        count = min(max((len(v) for v in columns.values()), default=0), ROWS_SHOWN)
        if table["title"]:
            self.result_place.addWidget(label(str(table["title"]), "head"))
        made = QTableWidget(count, len(columns))
        named(made, str(table["title"] or words.TABLE))
        made.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        made.setHorizontalHeaderLabels([str(n).replace("_", " ") for n in columns])
        for place, values in enumerate(columns.values()):
            for row, value in enumerate(values[:count]):
                item = QTableWidgetItem(_short(value))
                if isinstance(value, int | float):
                    item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
                made.setItem(row, place, item)
        made.resizeColumnsToContents()
        made.setMinimumHeight(self.fontMetrics().height() * min(max(count, 2) + 3, 14))
        made.cellClicked.connect(self._cell_clicked)
        self.result_place.addWidget(made)

    def _cell_clicked(self, row: int, _column: int) -> None:
        self.row_chosen.emit(row)


def _line(entry: Entry) -> str:
    facts = entry.described.info if entry.described is not None else entry.found.facts
    what = words.kind_words(is_analysis=bool(facts.get("is_analysis")), is_live=bool(facts.get("is_live")))
    mark = "⚠ " if entry.sentence else "▶ " if entry.is_busy else ""
    return f"{mark}{entry.title} · {what}" + ("" if entry.is_enabled else f" · {words.DISABLE.lower()}d")


def _state_of(entry: Entry | None) -> str:
    if entry is None:
        return ""
    if entry.looking is not None and entry.described is None:
        return words.LOADING
    if entry.is_changed:
        return words.changed_on_disk(entry.title)
    running = entry.running
    if running is None or running.task.do != "run":
        return ""
    age_s = time.monotonic() - entry.last_s if entry.last is not None and running.task.is_live else None
    told = "" if running.is_over else running.words
    return told or words.state_words(str(running.state), frames=running.frames, age_s=age_s)


def _run_word(entry: Entry | None) -> str:
    running = entry.running if entry is not None else None
    if running is None or running.task.do != "run":
        return words.RUN
    return words.RUN_AGAIN if running.state is State.DONE else words.RESTART


def _short(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:,.4g}" if abs(value) < 1e5 else f"{value:,.0f}"
    return "" if value is None else str(value)
