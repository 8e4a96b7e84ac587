"""The command palette (Ctrl+K): type what you want to do, press Enter."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from PySide6.QtCore import QEvent, QObject, QSize, Qt
from PySide6.QtGui import QIcon, QKeyEvent
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLineEdit, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from ui import words
from ui.fuzzy import fit
from ui.plain import label, named

SHOWN_AT_MOST = 60
ROW_MARGIN_PX = 8
STEPS = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_PageDown: 8, Qt.Key.Key_PageUp: -8}


@dataclass(frozen=True, slots=True)
class Command:
    """Something the palette can do."""

    title: str
    run: Callable[[], object] = field(compare=False)
    group: str = ""
    keys: str = ""
    icon: QIcon = field(default_factory=QIcon, compare=False)


class CommandPalette(QDialog):
    """A field and a list; the best fit is chosen already."""

    def __init__(self, parent: QWidget, commands: Sequence[Command]) -> None:
        """Offer commands."""
        super().__init__(parent, Qt.WindowType.Popup | Qt.WindowType.FramelessWindowHint)
        self._commands = tuple(commands)
        self.chosen: Command | None = None
        self.line = QLineEdit()
        self.line.setPlaceholderText(words.PALETTE_HINT)
        named(self.line, words.PALETTE_HINT)
        self.line.textChanged.connect(self._fill)
        self.line.installEventFilter(self)
        self.rows = QListWidget()
        self.rows.setProperty("rank", "bare")
        named(self.rows, words.PALETTE)
        self.rows.itemActivated.connect(self._run)
        self.rows.itemClicked.connect(self._run)
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 10, 10, 10)
        column.setSpacing(8)
        column.addWidget(self.line)
        column.addWidget(self.rows, 1)
        self.setAccessibleName(words.PALETTE)
        self._fill()
        self._place(parent)

    def _place(self, parent: QWidget) -> None:
        window = parent.window()
        em = self.fontMetrics().averageCharWidth()
        width = min(76 * em, window.width() - 40)
        height = min(22 * self.fontMetrics().height(), round(window.height() * 0.7))
        corner = window.mapToGlobal(window.rect().topLeft())
        self.setGeometry(
            corner.x() + (window.width() - width) // 2, corner.y() + round(window.height() * 0.12), width, height
        )

    def _fill(self) -> None:
        typed = self.line.text()
        fits = [(max(fit(typed, c.title), 0.6 * fit(typed, f"{c.group} {c.title}")), c) for c in self._commands]
        best = sorted((pair for pair in fits if pair[0] > 0), key=lambda pair: -pair[0])
        self.rows.clear()
        for _, command in best[:SHOWN_AT_MOST]:
            item = QListWidgetItem()
            item.setData(Qt.ItemDataRole.UserRole, self._commands.index(command))
            item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{command.title} {command.keys}")
            row = _row(command)
            item.setSizeHint(row.sizeHint() + QSize(0, ROW_MARGIN_PX))
            self.rows.addItem(item)
            self.rows.setItemWidget(item, row)
        self.rows.setCurrentRow(0)

    def titles(self) -> list[str]:
        """Return the titles offered now, best first."""
        places = (self.rows.item(n).data(Qt.ItemDataRole.UserRole) for n in range(self.rows.count()))
        return [self._commands[place].title for place in places]

    def _run(self, item: QListWidgetItem) -> None:
        self.chosen = self._commands[item.data(Qt.ItemDataRole.UserRole)]
        self.accept()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802  Qt's name
        """Move in the list while the field keeps the focus."""
        if watched is self.line and isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            key = Qt.Key(event.key())
            if key in STEPS and self.rows.count():
                step = self.rows.currentRow() + STEPS[key]
                self.rows.setCurrentRow(min(max(step, 0), self.rows.count() - 1))
                return True
            current = self.rows.currentItem()
            if key in {Qt.Key.Key_Return, Qt.Key.Key_Enter} and current is not None:
                self._run(current)
                return True
        return super().eventFilter(watched, event)


def _row(command: Command) -> QWidget:
    row = QWidget()
    line = QHBoxLayout(row)
    line.setContentsMargins(10, 6, 10, 6)
    line.setSpacing(10)
    height = row.fontMetrics().height()
    picture = label()
    picture.setPixmap(command.icon.pixmap(height, height))
    picture.setMinimumWidth(height)
    line.addWidget(picture)
    line.addWidget(label(command.title))
    line.addWidget(label(command.group, "quiet"), 1)
    line.addWidget(label(command.keys, "quiet"))
    return row
