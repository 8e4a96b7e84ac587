"""Tells a person what happened: quiet cards over the city, kept in a list, never in the way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QAccessible, QAccessibleEvent
from PySide6.QtWidgets import QApplication, QFrame, QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from ui import words
from ui.icons import pixmap
from ui.plain import button, label, tool
from ui.theme import THEMES

KEPT = 100
CARDS_SHOWN = 4
MARGIN_PX = 12


class Level(StrEnum):
    """How much a notice matters."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


SHOWN_FOR_S = {Level.INFO: 6, Level.WARNING: 20, Level.ERROR: 0}
"""0 stays until it is closed."""


@dataclass(frozen=True, slots=True)
class Notice:
    """Something a person should know."""

    level: Level
    text: str
    hint: str = ""
    details: tuple[str, ...] = ()


class NoticeCard(QFrame):
    """One notice: icon, sentence, hint, details on demand."""

    closed = Signal(QWidget)
    resized = Signal()

    def __init__(self, notice: Notice, parent: QWidget | None = None) -> None:
        """Lay the notice out."""
        super().__init__(parent)
        self.notice = notice
        self.setProperty("rank", f"notice-{notice.level}")
        self.setAccessibleName(f"{notice.level}: {notice.text}")
        self.setAccessibleDescription(notice.hint)
        self._details = label("\n".join(notice.details), "quiet", wraps=True)
        self._details.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._details.hide()
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 10, 8, 10)
        row.setSpacing(10)
        row.addWidget(_sign(notice.level), 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(self._text_column(), 1)
        close = tool("close", words.CLOSE)
        close.clicked.connect(self.close_card)
        row.addWidget(close, 0, Qt.AlignmentFlag.AlignTop)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.close_card)
        self._start()

    def height_for(self, width: int) -> int:
        """Return the height the card needs at a width; a stack of labels that wrap does not tell it by itself."""
        self.ensurePolished()
        layout = self.layout()
        assert layout is not None
        layout.invalidate()
        layout.activate()
        return layout.totalHeightForWidth(width) if layout.hasHeightForWidth() else layout.totalSizeHint().height()

    def _text_column(self) -> QVBoxLayout:
        column = QVBoxLayout()
        column.setSpacing(4)
        column.addWidget(label(self.notice.text, wraps=True))
        if self.notice.hint:
            column.addWidget(label(self.notice.hint, "quiet", wraps=True))
        if self.notice.details:
            more = button(words.DETAILS, rank="link")
            more.setCheckable(True)
            more.toggled.connect(self._show_details)
            column.addWidget(more, 0, Qt.AlignmentFlag.AlignLeft)
            column.addWidget(self._details)
        return column

    def _show_details(self, is_shown: bool) -> None:  # noqa: FBT001  Qt's signal
        self._details.setVisible(is_shown)
        self._timer.stop()
        self.resized.emit()

    def _start(self) -> None:
        shown_s = SHOWN_FOR_S[self.notice.level]
        if shown_s:
            self._timer.start(shown_s * 1000)

    def enterEvent(self, event: QEvent) -> None:  # noqa: N802  Qt's name
        """Stay while the mouse is over the card."""
        self._timer.stop()
        super().enterEvent(event)  # type: ignore[arg-type]

    def leaveEvent(self, event: QEvent) -> None:  # noqa: N802  Qt's name
        """Count down again."""
        if not self._details.isVisible():
            self._start()
        super().leaveEvent(event)

    def close_card(self) -> None:
        """Go away; the notice stays in the list."""
        self._timer.stop()
        self.closed.emit(self)


class Notices(QWidget):
    """The stack of cards in the upper right of the widget it lies over, and the list of all there were."""

    changed = Signal()

    def __init__(self, over: QWidget) -> None:
        """Lie over a widget and follow its size."""
        super().__init__(over)
        self.past: list[Notice] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(8)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        over.installEventFilter(self)
        self.hide()

    def info(self, text: str, hint: str = "", details: Sequence[str] = ()) -> None:
        """Say something good to know."""
        self.tell(Notice(Level.INFO, text, hint, tuple(details)))

    def warning(self, text: str, hint: str = "", details: Sequence[str] = ()) -> None:
        """Say that something is not as it should be."""
        self.tell(Notice(Level.WARNING, text, hint, tuple(details)))

    def error(self, error: BaseException) -> None:
        """Say what failed and what to try."""
        sentence, hint = words.failed(error)
        self.tell(Notice(Level.ERROR, sentence, hint))

    def tell(self, notice: Notice) -> None:
        """Show a notice and keep it; the same twice in a row is shown once."""
        if any(card.notice == notice for card in self.cards()):
            return
        self.past = [*self.past[-KEPT:], notice]
        card = NoticeCard(notice, self)
        card.closed.connect(self._drop)
        card.resized.connect(self._place)
        self._column.insertWidget(0, card)
        card.show()
        for old in self.cards()[CARDS_SHOWN:]:
            self._drop(old)
        self.show()
        self.raise_()
        self._place()
        QAccessible.updateAccessibility(QAccessibleEvent(card, QAccessible.Event.Alert))
        self.changed.emit()

    def cards(self) -> list[NoticeCard]:
        """Return the cards on screen, newest first."""
        items = (self._column.itemAt(i) for i in range(self._column.count()))
        return [w for item in items if item is not None and isinstance(w := item.widget(), NoticeCard)]

    def clear(self) -> None:
        """Close all cards."""
        for card in self.cards():
            self._drop(card)

    def _drop(self, card: QWidget) -> None:
        self._column.removeWidget(card)
        card.hide()
        card.deleteLater()
        self.setVisible(bool(self.cards()))
        self._place()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802  Qt's name
        """Follow the widget below."""
        if event.type() == QEvent.Type.Resize:
            self._place()
        return super().eventFilter(watched, event)

    def _place(self) -> None:
        over = self.parentWidget()
        if over is None:
            return
        em = self.fontMetrics().averageCharWidth()
        width = max(min(over.width() - 2 * MARGIN_PX, 52 * em), 1)
        cards = self.cards()
        for card in cards:
            card.setFixedHeight(card.height_for(width))
        needed = sum(card.height() for card in cards) + self._column.spacing() * max(len(cards) - 1, 0)
        self.setGeometry(over.width() - width - MARGIN_PX, MARGIN_PX, width, needed)


def _sign(level: Level) -> QLabel:
    theme = THEMES["dark" if QApplication.palette().window().color().lightness() < 128 else "light"]
    colour = {Level.INFO: theme.accent, Level.WARNING: theme.warning, Level.ERROR: theme.error}[level]
    sign = QLabel()
    sign.setPixmap(pixmap(str(level), colour, 20))
    return sign
