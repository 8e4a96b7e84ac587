"""Bars over the values of a column; a range of numbers, or some of the words, can be brushed."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QSizePolicy, QWidget

from twin.distribution import Spread, Words
from ui import table_words
from ui.plain import named

GAP_PX = 1.0
KEY_STEP = 0.025
"""Of the whole range, for each press of an arrow key."""


class _Bars(QWidget):
    """What both kinds of bars have: keys that are theirs while they have the focus."""

    own_keys: tuple[Qt.Key, ...] = (Qt.Key.Key_Escape,)

    def is_brushed(self) -> bool:
        """Return whether anything is brushed."""
        raise NotImplementedError

    def event(self, event: QEvent) -> bool:
        """Keep our keys from being shortcuts; Esc only while there is something to give up."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            key = Qt.Key(event.key())
            if key in self.own_keys and (key != Qt.Key.Key_Escape or self.is_brushed()):
                event.accept()
                return True
        return super().event(event)


class NumberBars(_Bars):
    """A histogram; dragging across it brushes a range."""

    own_keys = (Qt.Key.Key_Escape, Qt.Key.Key_Left, Qt.Key.Key_Right)

    brushed = Signal(object)
    """(low, high) while a range is dragged or moved, None when it is given up."""

    def __init__(self) -> None:
        """Start empty."""
        super().__init__()
        self._all: Spread | None = None
        self._some: Spread | None = None
        self._range: tuple[float, float] | None = None
        """Shares of the width, 0 to 1."""
        self._from: float | None = None
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setCursor(Qt.CursorShape.CrossCursor)
        named(self, table_words.BARS, table_words.BARS_HINT)

    def sizeHint(self) -> QSize:  # noqa: N802  Qt's name
        """Be as high as a few lines."""
        height = self.fontMetrics().height()
        return QSize(16 * height, 6 * height)

    def minimumSizeHint(self) -> QSize:  # noqa: N802  Qt's name
        """Stay readable."""
        height = self.fontMetrics().height()
        return QSize(8 * height, 3 * height)

    def set_spread(self, every: Spread | None, some: Spread | None) -> None:
        """Show all rows pale and some of them full; what was brushed is given up."""
        self._all, self._some, self._range = every, some, None
        self.update()

    @property
    def range(self) -> tuple[float, float] | None:
        """Return the numbers brushed: low and high."""
        if self._range is None or self._all is None:
            return None
        low, high = sorted(self._range)
        return self._all.value_at(low), self._all.value_at(high)

    def is_brushed(self) -> bool:
        """Return whether a range is brushed."""
        return self._range is not None

    def set_range(self, low: float, high: float) -> None:
        """Brush a range of numbers."""
        if self._all is not None:
            self._range = (self._all.share_of(low), self._all.share_of(high))
            self.update()
            self.brushed.emit(self.range)

    def clear(self) -> None:
        """Brush nothing."""
        self._range = None
        self.update()
        self.brushed.emit(None)

    # the hand

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802  Qt's name
        """Begin a range."""
        if event.button() == Qt.MouseButton.LeftButton and self._all is not None:
            self._from = self._share(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802  Qt's name
        """Draw the range out."""
        if self._from is not None:
            self._range = (self._from, self._share(event))
            self.update()
            self.brushed.emit(self.range)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802  Qt's name
        """End the range; a click alone takes the bar under it."""
        begun, self._from = self._from, None
        if begun is None or self._all is None:
            return
        if abs(self._share(event) - begun) * self.width() < 3:
            bars = len(self._all.counts)
            bar = min(int(begun * bars), bars - 1)
            self._range = (bar / bars, (bar + 1) / bars)
            self.update()
            self.brushed.emit(self.range)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802  Qt's name
        """Move the range with the arrows, its end alone with Shift; Esc gives it up."""
        steps = {Qt.Key.Key_Left: -KEY_STEP, Qt.Key.Key_Right: KEY_STEP}
        step = steps.get(Qt.Key(event.key()))
        if event.key() == Qt.Key.Key_Escape and self._range is not None:
            self.clear()
        elif step is not None and self._all is not None:
            low, high = sorted(self._range or (0.0, 0.25))
            if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
                self._range = (low, min(max(high + step, low), 1.0))
            else:
                step = max(-low, min(step, 1.0 - high))
                self._range = (low + step, high + step)
            self.update()
            self.brushed.emit(self.range)
        else:
            super().keyPressEvent(event)

    def _share(self, event: QMouseEvent) -> float:
        return min(max(event.position().x() / max(self.width(), 1), 0.0), 1.0)

    # the picture

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802  Qt's name
        """Draw the bars, what is brushed in the accent's colour."""
        if self._all is None:
            return
        painter = QPainter(self)
        painter.setPen(Qt.PenStyle.NoPen)
        palette = self.palette()
        accent, pale = palette.color(QPalette.ColorRole.Accent), palette.color(QPalette.ColorRole.Mid)
        floor, width = self.height() - 2.0, self.width() / len(self._all.counts)
        most = max(*self._all.counts, 1)
        low, high = sorted(self._range) if self._range is not None else (0.0, 1.0)
        for place, number in enumerate(self._all.counts):
            self._bar(painter, place * width, width, number / most * floor, pale, alpha=110)
            some = self._some.counts[place] if self._some is not None else 0
            is_lit = place / len(self._all.counts) < high and (place + 1) / len(self._all.counts) > low
            colour = accent if is_lit else pale
            self._bar(painter, place * width, width, some / most * floor, colour, alpha=255)
        painter.fillRect(QRectF(0, floor, self.width(), 1), pale)
        if self._range is not None:
            shade = QColor(accent)
            shade.setAlpha(38)
            painter.fillRect(QRectF(low * self.width(), 0, (high - low) * self.width(), floor), shade)
            for edge in (low, high):
                painter.fillRect(QRectF(edge * self.width() - 1, 0, 2, floor), accent)
        if self.hasFocus():
            painter.setPen(accent)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 3, 3)

    def _bar(self, painter: QPainter, x: float, width: float, height: float, colour: QColor, *, alpha: int) -> None:
        if height <= 0:
            return
        shown = QColor(colour)
        shown.setAlpha(alpha)
        floor = self.height() - 2.0
        height = max(height, 1.0)
        painter.fillRect(QRectF(x, floor - height, max(width - GAP_PX, 1.0), height), shown)


class WordBars(_Bars):
    """One bar a word; clicking bars brushes those words."""

    own_keys = (Qt.Key.Key_Escape, Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Space)

    brushed = Signal(object)
    """The words brushed as a tuple, None when there are none."""

    def __init__(self) -> None:
        """Start empty."""
        super().__init__()
        self._words: Words | None = None
        self._chosen: list[str] = []
        self._here = 0
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        named(self, table_words.BARS, table_words.WORDS_HINT)

    def sizeHint(self) -> QSize:  # noqa: N802  Qt's name
        """Have room for the words there are."""
        height = self.fontMetrics().height()
        return QSize(16 * height, round(self._line() * max(self._count(), 3)))

    def minimumSizeHint(self) -> QSize:  # noqa: N802  Qt's name
        """Stay readable."""
        height = self.fontMetrics().height()
        return QSize(8 * height, 3 * height)

    def set_words(self, words: Words) -> None:
        """Show other words; what was brushed is given up."""
        self._words, self._chosen, self._here = words, [], 0
        self.updateGeometry()
        self.update()

    @property
    def chosen(self) -> tuple[str, ...]:
        """Return the words brushed."""
        return tuple(self._chosen)

    def is_brushed(self) -> bool:
        """Return whether words are brushed."""
        return bool(self._chosen)

    def clear(self) -> None:
        """Brush nothing."""
        self._chosen = []
        self.update()
        self.brushed.emit(None)

    def toggle(self, place: int) -> None:
        """Brush one word more, or one less."""
        if self._words is None or not 0 <= place < len(self._words.values):
            return
        word = self._words.values[place]
        self._chosen = [w for w in self._chosen if w != word] if word in self._chosen else [*self._chosen, word]
        self._here = place
        self.update()
        self.brushed.emit(self.chosen or None)

    def _count(self) -> int:
        return len(self._words.values) + bool(self._words.others) if self._words is not None else 0

    def _line(self) -> float:
        return self.fontMetrics().height() * 1.35

    def _step(self) -> float:
        return min(self._line(), self.height() / max(self._count(), 1))

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802  Qt's name
        """Brush the word under the mouse."""
        if event.button() == Qt.MouseButton.LeftButton:
            self.toggle(int(event.position().y() / self._step()))

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802  Qt's name
        """Walk the words with the arrows, brush with the space bar; Esc brushes nothing."""
        steps = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}
        step = steps.get(Qt.Key(event.key()))
        if step is not None and self._words is not None:
            self._here = min(max(self._here + step, 0), max(len(self._words.values) - 1, 0))
            self.update()
        elif event.key() == Qt.Key.Key_Space:
            self.toggle(self._here)
        elif event.key() == Qt.Key.Key_Escape and self._chosen:
            self.clear()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802  Qt's name
        """Draw a bar, a word and a count in each line."""
        if self._words is None:
            return
        painter = QPainter(self)
        palette, metrics, step = self.palette(), self.fontMetrics(), self._step()
        accent, pale = palette.color(QPalette.ColorRole.Accent), palette.color(QPalette.ColorRole.Mid)
        lines = [*zip(self._words.values, self._words.counts, strict=True)]
        if self._words.others:
            lines.append((table_words.OTHERS, self._words.others))
        most = max([number for _, number in lines[: len(self._words.values)]], default=1)
        for place, (word, number) in enumerate(lines):
            is_other = place == len(self._words.values)
            is_lit = not is_other and (not self._chosen or word in self._chosen)
            bar = QColor(accent if is_lit else pale)
            bar.setAlpha(90)
            top = place * step
            painter.fillRect(QRectF(0, top + 1, min(number / most, 1.0) * self.width(), step - 2), bar)
            painter.setPen(palette.color(QPalette.ColorRole.Text))
            count = f"{number:,}"
            room = self.width() - metrics.horizontalAdvance(count) - 18
            base = top + (step + metrics.ascent() - metrics.descent()) / 2
            painter.drawText(QPointF(6, base), metrics.elidedText(word or '""', Qt.TextElideMode.ElideRight, room))
            painter.drawText(QPointF(self.width() - metrics.horizontalAdvance(count) - 6, base), count)
            if self.hasFocus() and place == self._here:
                painter.setPen(accent)
                painter.drawRect(QRectF(0.5, top + 0.5, self.width() - 1, step - 1))
