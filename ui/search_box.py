"""Search: type a name, an id or a lon/lat, choose from the list, fly there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLineEdit, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from twin.session import Session
from ui import words
from ui.plain import label, make_clearable, named, tool

WAIT_MS = 180
MARGIN_PX = 14
SHOWN_AT_MOST = 40


@dataclass(frozen=True, slots=True)
class Result:
    """One thing found."""

    title: str
    where: str
    """The layer and column, or what kind of place."""
    layer_id: str = ""
    row: int = -1
    point_local: tuple[float, float, float] | None = None


Finder = Callable[[Session, str], Sequence[Result]]


class SearchBox(QFrame):
    """A field over the city with what was found below it."""

    found = Signal(str, int, object)
    """(layer id, row, point): what was chosen."""

    def __init__(self, over: QWidget, session: Session, find: Finder) -> None:
        """Lie over a widget; find is asked while one types."""
        super().__init__(over)
        self._over = over
        self._session, self._find = session, find
        self._results: tuple[Result, ...] = ()
        self.setProperty("rank", "card")
        self.setAccessibleName(words.SEARCH)
        self.line = QLineEdit()
        self.line.setPlaceholderText(words.SEARCH_HINT)
        make_clearable(self.line)
        named(self.line, words.SEARCH, words.SEARCH_HINT)
        self.line.installEventFilter(self)
        close = tool("close", words.CLOSE)
        close.clicked.connect(self.close_box)
        self.answer = label("", "quiet", wraps=True)
        self.answer.hide()
        self.rows = QListWidget()
        self.rows.setProperty("rank", "bare")
        named(self.rows, words.SEARCH_RESULTS)
        self.rows.setToolTip("")
        self.rows.itemActivated.connect(self._chosen)
        self.rows.itemClicked.connect(self._chosen)
        self.rows.hide()
        head = QHBoxLayout()
        head.addWidget(self.line, 1)
        head.addWidget(close)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 8)
        column.addLayout(head)
        column.addWidget(self.answer)
        column.addWidget(self.rows)
        self._wait = QTimer(self)
        self._wait.setSingleShot(True)
        self._wait.setInterval(WAIT_MS)
        self._wait.timeout.connect(self.search_now)
        self.line.textEdited.connect(self._wait.start)
        over.installEventFilter(self)
        self.hide()

    def open(self) -> None:
        """Show the field and put the cursor into it."""
        self.show()
        self.raise_()
        self._place()
        self.line.setFocus()
        self.line.selectAll()

    def close_box(self) -> None:
        """Hide the field; the city has the keys again."""
        self._wait.stop()
        self.hide()
        self._over.setFocus()

    def search_now(self) -> None:
        """Look for what is typed."""
        self._wait.stop()
        text = self.line.text().strip()
        self._results = tuple(self._find(self._session, text)[:SHOWN_AT_MOST]) if text else ()
        self.rows.clear()
        for number, result in enumerate(self._results):
            item = QListWidgetItem(f"{result.title}\n{result.where}")
            item.setData(Qt.ItemDataRole.UserRole, number)
            self.rows.addItem(item)
        self.rows.setCurrentRow(0)
        self.rows.setVisible(bool(self._results))
        self.answer.setText(words.nothing_found(text))
        self.answer.setVisible(bool(text) and not self._results)
        self._place()

    def _chosen(self, item: QListWidgetItem) -> None:
        result = self._results[item.data(Qt.ItemDataRole.UserRole)]
        self.found.emit(result.layer_id, result.row, result.point_local)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802  Qt's name
        """Follow the widget below; move in the list while the field has the focus."""
        if watched is self.line and isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            return self._key(event) or super().eventFilter(watched, event)
        if event.type() == QEvent.Type.Resize and watched is self._over:
            self._place()
        return super().eventFilter(watched, event)

    def _key(self, event: QKeyEvent) -> bool:
        match event.key():
            case Qt.Key.Key_Down | Qt.Key.Key_Up if self.rows.count():
                step = 1 if event.key() == Qt.Key.Key_Down else -1
                self.rows.setCurrentRow(min(max(self.rows.currentRow() + step, 0), self.rows.count() - 1))
            case Qt.Key.Key_Return | Qt.Key.Key_Enter:
                if self._wait.isActive() or not self.rows.count():
                    self.search_now()
                item = self.rows.currentItem()
                if item is not None:
                    self._chosen(item)
            case Qt.Key.Key_Escape:
                self.close_box()
            case _:
                return False
        return True

    def _place(self) -> None:
        over = self._over
        em = self.fontMetrics().averageCharWidth()
        width = min(46 * em, over.width() - 2 * MARGIN_PX)
        line = self.fontMetrics().height()
        rows = min(self.rows.count(), 8) * (2 * line + 14) + 8 if self.rows.count() else 0
        self.rows.setMaximumHeight(rows or 1)
        self.rows.setMinimumHeight(min(rows, over.height() // 2))
        height = min(self.sizeHint().height(), over.height() - 2 * MARGIN_PX)
        self.setGeometry(MARGIN_PX, MARGIN_PX, width, height)
