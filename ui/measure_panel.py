"""The panel of measurements: tools, what was measured, and what can be done with it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QFileDialog,
    QGridLayout,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from twin.measure import MeasureKind, Measurement, figures, grid_scale, headline
from twin.session import Composition, Session
from ui import measure_words as words
from ui.measure_export import write_measurements
from ui.plain import button, label, named

ID = Qt.ItemDataRole.UserRole
COLUMNS = 3


class MeasurePanel(QWidget):
    """Lists a session's measurements."""

    tool_asked = Signal(object)
    """The MeasureKind whose tool is wanted; None puts it down."""
    failed = Signal(object)
    exported = Signal(str)

    def __init__(self, session: Session) -> None:
        """Follow a session."""
        super().__init__()
        self._session, self._is_filling = session, False
        self.tools: dict[MeasureKind, QToolButton] = {}
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 4, 14, 12)
        column.addLayout(self._make_tools())
        self.rows = QListWidget()
        named(self.rows, words.LIST, words.LIST_TIP)
        self.rows.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.rows.setEditTriggers(
            QAbstractItemView.EditTrigger.DoubleClicked | QAbstractItemView.EditTrigger.EditKeyPressed
        )
        self.rows.itemChanged.connect(self._item_changed)
        self.rows.currentItemChanged.connect(self._show_details)
        self.rows.setMinimumHeight(5 * self.rows.fontMetrics().lineSpacing())
        column.addWidget(self.rows, 1)
        self.details = label(words.NOTHING, "quiet", wraps=True)
        column.addWidget(self.details)
        column.addLayout(self._make_buttons())
        for keys, slot in ((QKeySequence.StandardKey.Delete, self.remove), (QKeySequence.StandardKey.Copy, self.copy)):
            QShortcut(QKeySequence(keys), self.rows, slot, context=Qt.ShortcutContext.WidgetShortcut)
        session.composition_changed.connect(self._composition_changed)
        self.fill()

    def _make_tools(self) -> QGridLayout:
        grid = QGridLayout()
        for number, (kind, name) in enumerate(words.KINDS.items()):
            made = QToolButton()
            made.setText(name)
            made.setCheckable(True)
            named(made, name, words.HINTS[kind])
            made.setSizePolicy(made.sizePolicy().Policy.Expanding, made.sizePolicy().Policy.Fixed)
            made.clicked.connect(partial(self._tool_clicked, kind))
            self.tools[kind] = made
            grid.addWidget(made, number // COLUMNS, number % COLUMNS)
        return grid

    def _make_buttons(self) -> QHBoxLayout:
        row = QHBoxLayout()
        self.buttons = {}
        slots: tuple[tuple[str, Callable[[], None]], ...] = (
            (words.RENAME, self.rename), (words.COPY, self.copy), (words.DELETE, self.remove),
            (words.EXPORT, self.ask_where),
        )  # fmt: skip
        grid = QGridLayout()
        for number, (text, slot) in enumerate(slots):
            made = button(text)
            made.clicked.connect(partial(_call, slot))
            self.buttons[text] = made
            grid.addWidget(made, number // 2, number % 2)
        row.addLayout(grid)
        return row

    def _tool_clicked(self, kind: MeasureKind, is_on: bool) -> None:  # noqa: FBT001  Qt's signal
        self.tool_asked.emit(kind if is_on else None)

    def show_tool(self, kind: MeasureKind | None) -> None:
        """Show which tool is in hand."""
        for one, made in self.tools.items():
            made.setChecked(one is kind)

    # the list

    def _composition_changed(self, old: Composition, new: Composition) -> None:
        if old.measurements != new.measurements:
            self.fill()

    def fill(self) -> None:
        """List what there is."""
        current = self._current_id()
        self._is_filling = True
        self.rows.clear()
        for one in self._session.composition.measurements:
            item = QListWidgetItem(words.row_text(one, headline(one)))
            item.setData(ID, one.id)
            item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable | Qt.ItemFlag.ItemIsEditable)
            item.setCheckState(Qt.CheckState.Checked if one.is_visible else Qt.CheckState.Unchecked)
            self.rows.addItem(item)
            if one.id == current:
                self.rows.setCurrentItem(item)
        if self.rows.currentRow() < 0:
            self.rows.setCurrentRow(self.rows.count() - 1)
        self._is_filling = False
        has_any = self.rows.count() > 0
        for made in self.buttons.values():
            made.setEnabled(has_any)
        self._show_details()

    def _current_id(self) -> str:
        return str(self.rows.currentItem().data(ID)) if self.rows.currentRow() >= 0 else ""

    def _measurement(self, item: QListWidgetItem | None) -> Measurement | None:
        if item is None:
            return None
        wanted = item.data(ID)
        return next((m for m in self._session.composition.measurements if m.id == wanted), None)

    def _show_details(self, *_items: object) -> None:
        one, frame = self._measurement(self.rows.currentItem()), self._session.frame
        if one is None:
            self.details.setText(words.NOTHING)
            return
        lines = [words.figure_line(figure) for figure in figures(one, frame)]
        if frame is not None and one.kind in (MeasureKind.DISTANCE, MeasureKind.AREA):
            crs = frame.crs if len(frame.crs) < 20 else "the map"
            lines.append(words.scale_line(grid_scale(frame, *one.points[0][:2]), crs))
        self.details.setText("\n".join(lines))

    def _item_changed(self, item: QListWidgetItem) -> None:
        one = self._measurement(item)
        if self._is_filling or one is None:
            return
        is_visible = item.checkState() == Qt.CheckState.Checked
        if is_visible != one.is_visible:
            self._put(replace(one, is_visible=is_visible))
            return
        text = item.text().strip()
        figure = headline(replace(one, name=""))
        name = text.removesuffix(figure).rstrip(": ") if text.endswith(figure) else text
        self._put(replace(one, name="" if name == words.KINDS[one.kind] else name))

    def _put(self, one: Measurement) -> None:
        composition = self._session.composition
        changed = tuple(one if m.id == one.id else m for m in composition.measurements)
        if changed == composition.measurements:
            self.fill()
            return
        self._session.set_composition(replace(composition, measurements=changed))

    # acts

    def rename(self) -> None:
        """Write another name in the list."""
        item = self.rows.currentItem()
        if item is not None:
            self._is_filling = True
            one = self._measurement(item)
            item.setText(one.name if one is not None else "")
            self._is_filling = False
            self.rows.editItem(item)

    def copy(self) -> None:
        """Put the figure of the chosen one on the clipboard."""
        one = self._measurement(self.rows.currentItem())
        if one is not None:
            QApplication.clipboard().setText(headline(replace(one, name="")).removeprefix("\u2195 "))

    def remove(self) -> None:
        """Delete the chosen ones; undo brings them back."""
        gone = {item.data(ID) for item in self.rows.selectedItems()}
        composition = self._session.composition
        kept = tuple(m for m in composition.measurements if m.id not in gone)
        self._session.set_composition(replace(composition, measurements=kept))

    def ask_where(self) -> None:
        """Ask where to write them, and write them."""
        path, _ = QFileDialog.getSaveFileName(self, words.EXPORT_TITLE, words.EXPORT_NAME, words.EXPORT_FILTER)
        if path:
            self.export_to(Path(path))

    def export_to(self, path: Path) -> None:
        """Write all measurements into a file."""
        path = path if path.suffix else path.with_suffix(".geojson")
        try:
            write_measurements(self._session.composition.measurements, path, self._session.frame)
        except Exception as error:  # noqa: BLE001  an outer wall: told in the window
            self.failed.emit(error)
            return
        self.exported.emit(str(path))


def _call(slot: Callable[[], None], _is_checked: bool = False) -> None:  # noqa: FBT001, FBT002  Qt's clicked(bool)
    slot()
