"""The sun's badge over the city: which sun lights it, whatever else is shown or hidden; clicked away by its cross."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QWidget

from twin.sun_shown import SunShown
from twin.sun_words import down_words, sun_line
from ui import sun_words as words
from ui.plain import button, named, tool

TOP_PX, MOST_SHARE = 14, 0.9


class SunBadge(QFrame):
    """Lies over the upper middle of the city."""

    opened = Signal()
    closed = Signal()

    def __init__(self, over: QWidget) -> None:
        """Lie over a widget, hidden."""
        super().__init__(over)
        self.setProperty("rank", "card")
        row = QHBoxLayout(self)
        row.setContentsMargins(10, 2, 4, 2)
        row.setSpacing(4)
        self.text = button("", rank="link")
        self.text.setFlat(True)
        named(self.text, words.OPEN_PANEL)
        self.text.clicked.connect(self.opened)
        self.cross = tool("close", words.TO_CLOCK)
        self.cross.clicked.connect(self.closed)
        row.addWidget(self.text)
        row.addWidget(self.cross)
        over.installEventFilter(self)
        self.hide()

    def show_sun(self, sun: SunShown | None) -> None:
        """Say which sun it is; None hides the badge."""
        self.setVisible(sun is not None)
        if sun is None:
            return
        said = " ".join(part for part in (sun_line(sun), down_words(sun)) if part)
        self.text.setText(("\u2600 " if sun.is_up else "\u263e ") + sun_line(sun).removeprefix("Sun: "))
        named(self.text, said, f"{said} {words.OPEN_PANEL}")
        named(self.cross, words.TO_CLOCK if sun.is_own else words.TO_FIXED)
        self.cross.setToolTip(words.TO_CLOCK if sun.is_own else words.TO_FIXED)
        self._place()
        self.raise_()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802  Qt's name
        """Stay in the middle when the city's picture takes another size."""
        if watched is self.parentWidget() and event.type() == QEvent.Type.Resize:
            self._place()
        return False

    def _place(self) -> None:
        over = self.parentWidget()
        if over is not None:
            self.adjustSize()
            width = min(self.sizeHint().width(), round(over.width() * MOST_SHARE))
            self.setGeometry((over.width() - width) // 2, TOP_PX, width, self.sizeHint().height())
