"""Exporting from the window: what is to be written, where to, and a bar while it is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QFormLayout,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QProgressBar,
    QVBoxLayout,
    QWidget,
)

from twin.errors import TwinError
from twin.personal import PersonalDecision, personal_columns
from twin.session import Session
from ui import export_words as words
from ui.doctor_desk import decisions_in
from ui.exporting import ExportAnswer, ExportFormat, ExportWish, export_slices
from ui.plain import button, fit_dialog, label, named

if TYPE_CHECKING:
    from ui.main_window import MainWindow

_ID = Qt.ItemDataRole.UserRole


def attach(window: MainWindow) -> None:
    """Add exports to a window."""
    ExportDesk(window)


class ExportDesk(QObject):
    """Found again by window.findChild(ExportDesk)."""

    def __init__(self, window: MainWindow) -> None:
        """Wait until it is asked for."""
        super().__init__(window)
        self._window = window
        window.actions_by_id["export_city"].triggered.connect(self.open)
        window.session.layers_changed.connect(self._follow)
        self._follow()

    def _follow(self, *_: object) -> None:
        self._window.actions_by_id["export_city"].setEnabled(bool(self._window.session.layers))

    def dialog(self) -> ExportDialog:
        """Return a dialog for what is open now."""
        dialog = ExportDialog(self._window, self._window.session, decisions_in(self._window))
        dialog.written.connect(self._written)
        dialog.failed.connect(self._window.notices.error)
        return dialog

    def open(self, *_: object) -> None:
        """Ask, and write."""
        self.dialog().exec()

    def _written(self, answer: ExportAnswer) -> None:
        rows = sum(one.rows for one in answer.layers)
        text = words.written(answer.path, rows, len(answer.layers), answer.bytes)
        details = [*answer.report.sentences(), *(words.left_out(one.left_out) for one in answer.layers if one.left_out)]
        self._window.notices.info(text, details=details)


class ExportDialog(QDialog):
    """Asks, then writes slice by slice so that the window goes on answering."""

    written = Signal(object)
    failed = Signal(object)

    def __init__(self, parent: QWidget, session: Session, decisions: tuple[PersonalDecision, ...]) -> None:
        """Offer the visible layers."""
        super().__init__(parent)
        self.setWindowTitle(words.TITLE)
        self._session, self._decisions = session, decisions
        self.format_box = QComboBox()
        for kind in ExportFormat:
            self.format_box.addItem(words.FORMATS[kind][0], kind)
        named(self.format_box, words.FORMAT)
        self.layer_list = self._layers()
        self.filter_line = QLineEdit()
        named(self.filter_line, words.FILTER, words.FILTER_TIP)
        self.filter_line.setPlaceholderText("height > 30")
        self.personal_box = QCheckBox(words.WITH_PERSONAL)
        named(self.personal_box, words.WITH_PERSONAL)
        self.left_out = label("", "quiet", wraps=True)
        self.bar = QProgressBar()
        self.bar.setRange(0, 100)
        self.bar.setAccessibleName(words.WRITING)
        self.bar.hide()
        self._slices: Iterator[float] = iter(())
        self._answer: ExportAnswer | None = None
        self._timer = QTimer(self)
        self._timer.setInterval(0)
        self._timer.timeout.connect(self._slice)
        self._lay_out()
        self._tell()

    def _lay_out(self) -> None:
        self._form = QWidget()
        form = QFormLayout(self._form)
        form.setContentsMargins(0, 0, 0, 0)
        form.addRow(label(words.FORMAT, "quiet"), self.format_box)
        form.addRow(label(words.LAYERS, "quiet"), self.layer_list)
        form.addRow(label(words.FILTER, "quiet"), self.filter_line)
        form.addRow("", self.personal_box)
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.go = button(words.EXPORT, rank="primary")
        self.buttons.addButton(self.go, QDialogButtonBox.ButtonRole.ActionRole)
        self.go.clicked.connect(self._ask_where)
        self.go.setDefault(True)
        self.buttons.rejected.connect(self.reject)
        self.layer_list.itemChanged.connect(self._tell)
        self.personal_box.toggled.connect(self._tell)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 18, 20, 14)
        column.setSpacing(12)
        column.addWidget(self._form)
        column.addWidget(self.left_out)
        column.addWidget(self.bar)
        column.addWidget(self.buttons)
        fit_dialog(self, chars=76, lines=24)

    def _layers(self) -> QListWidget:
        made = QListWidget()
        named(made, words.LAYERS)
        for state in reversed(self._session.composition.layers):
            item = QListWidgetItem(state.name or self._session.layers[state.layer_id].info.name)
            item.setData(_ID, state.layer_id)
            item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
            item.setCheckState(Qt.CheckState.Checked if state.is_visible else Qt.CheckState.Unchecked)
            made.addItem(item)
        return made

    def chosen(self) -> tuple[str, ...]:
        """Return the ids of the layers that are ticked."""
        items = [self.layer_list.item(i) for i in range(self.layer_list.count())]
        return tuple(str(i.data(_ID)) for i in items if i.checkState() is Qt.CheckState.Checked)

    def _tell(self, *_: object) -> None:
        """Say which columns stay at home."""
        fields = [
            column.field
            for layer_id in self.chosen()
            for column in personal_columns(self._session.layers[layer_id].table, self._decisions, layer_id=layer_id)
            if column.is_withheld
        ]
        self.left_out.setText("" if self.personal_box.isChecked() else words.left_out(list(dict.fromkeys(fields))))
        self.go.setEnabled(bool(self.chosen()))

    def _ask_where(self) -> None:
        _, kinds, ending = words.FORMATS[self.format_box.currentData()]
        if ending:
            path, _ = QFileDialog.getSaveFileName(self, words.TITLE, f"city{ending}", kinds)
        else:
            folder = QFileDialog.getExistingDirectory(self, words.FOLDER_TITLE)
            path = str(Path(folder) / words.FOLDER_NAME) if folder else ""
        if path:
            self.write(Path(path))

    def write(self, path: Path) -> None:
        """Begin to write; written or failed tells how it ended."""
        wish = ExportWish(
            ExportFormat(self.format_box.currentData()),
            path,
            filter=self.filter_line.text().strip(),
            layer_ids=self.chosen(),
            has_personal=self.personal_box.isChecked(),
        )
        try:
            self._answer, self._slices = export_slices(self._session, wish, decisions=self._decisions)
        except TwinError as error:
            self.failed.emit(error)
            return
        self._form.setEnabled(False)
        self.go.setEnabled(False)
        self.bar.show()
        self._timer.start()

    def _slice(self) -> None:
        try:
            self.bar.setValue(round(100 * next(self._slices)))
        except StopIteration:
            self._timer.stop()
            self.written.emit(self._answer)
            self.accept()
        except TwinError as error:
            self._end()
            self.failed.emit(error)

    def _end(self) -> None:
        self._timer.stop()
        close = getattr(self._slices, "close", None)
        if close is not None:
            close()
        self._form.setEnabled(True)
        self.go.setEnabled(True)
        self.bar.hide()

    def reject(self) -> None:
        """Stop writing; nothing is left behind."""
        self._end()
        super().reject()
