"""The line of the time bar: messages as a histogram, gaps hatched, a handle at the time shown, a marked span."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QWheelEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from twin.clock import moment_text
from ui import live_words as words
from ui.plain import named
from ui.time_paint import EDGE_PX, Shown, paint

BINS = 240
LEAST_VIEW_S = 2.0
ZOOM = 1.25
"""A notch of the wheel."""
LEAST_MARK_PX = 5
OWN_KEYS = frozenset({Qt.Key.Key_Plus, Qt.Key.Key_Equal, Qt.Key.Key_Minus, Qt.Key.Key_0, Qt.Key.Key_Escape,
                      Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_PageDown, Qt.Key.Key_PageUp})  # fmt: skip
Span = tuple[float, float]


class TimeLine(QWidget):
    """A widget that shows a span of time, or a part of it, and lets a moment or a part be chosen."""

    chosen = Signal(float)
    """Seconds since 1970: a hand asks for this moment."""
    marked = Signal(object)
    """(begin, end) that a hand drew over, to be looped; None takes the mark away."""
    view_changed = Signal()
    """Another part of the span is shown: it wants another histogram."""

    def __init__(self) -> None:
        """Show nothing yet."""
        super().__init__()
        self.span_s: Span | None = None
        self.at_s: float | None = None
        self.mark_s: Span | None = None
        self.zone: tzinfo | None = None
        self.is_marking = False
        """Whether a drag marks a span even without Shift."""
        self._view_s: Span | None = None
        self._bins: npt.NDArray[np.float64] = np.zeros(0)
        self._gaps: Sequence[Span] = ()
        self._pins: Sequence[float] = ()
        self._grip: tuple[str, float] | None = None
        """What a drag does ("go", "mark" or "pan") and the moment it began at."""
        self._hover_x: float | None = None
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        named(self, words.BAR_NAME, words.BAR_TIP)
        self.setToolTip("")  # the time under the pointer is painted; a tip would lie over it

    def sizeHint(self) -> QSize:  # noqa: N802  Qt's name
        """Leave room for bars and a line of times."""
        height = self.fontMetrics().height()
        return QSize(480, height + max(2 * height, 34) + 4 - max(height - 20, 0))

    def show_span(
        self, span_s: Span | None, bins: npt.NDArray[np.float64], gaps: Sequence[Span], pins: Sequence[float] = ()
    ) -> None:
        """Show a span: messages in each part of what is in view, gaps (begin, end), moments that layers are pinned to.

        A part that was looked at before stays in view where the span still holds it.
        """
        self.span_s, self._bins, self._gaps, self._pins = span_s, bins, gaps, pins
        if span_s is None or (self._view_s and not (span_s[0] <= self._view_s[0] and self._view_s[1] <= span_s[1])):
            self._view_s = None
        self.setEnabled(span_s is not None)
        self.update()

    def show_bins(self, bins: npt.NDArray[np.float64]) -> None:
        """Show other counts in each part of what is in view."""
        self._bins = bins
        self.update()

    def show_moment(self, at_s: float | None) -> None:
        """Put the handle at a moment; None is now. A part in view follows it."""
        self.at_s = at_s
        if at_s is not None:
            self.setAccessibleDescription(moment_text(at_s, self.zone) if self.zone else moment_text(at_s))
            view = self._view_s
            if view is not None and self._grip is None and not view[0] <= at_s <= view[1]:
                self._look_at(at_s - (view[1] - view[0]) * 0.1, view[1] - view[0])
        self.update()

    @property
    def view_s(self) -> Span | None:
        """Return the part of the span that is in view."""
        return self._view_s or self.span_s

    # places

    def x_of(self, moment_s: float) -> float:
        """Return where a moment is."""
        assert self.view_s is not None
        begin, end = self.view_s
        return EDGE_PX + (moment_s - begin) / max(end - begin, 1e-9) * (self.width() - 2 * EDGE_PX)

    def moment_at(self, x: float) -> float:
        """Return the moment at a place of the line."""
        assert self.view_s is not None
        begin, end = self.view_s
        return begin + min(max((x - EDGE_PX) / max(self.width() - 2 * EDGE_PX, 1), 0.0), 1.0) * (end - begin)

    # what is in view

    def zoom(self, factor: float, at_s: float | None = None) -> None:
        """Look closer (more than 1) or from farther, about a moment; the middle where none is told."""
        if self.view_s is None:
            return
        begin, end = self.view_s
        about = (begin + end) / 2 if at_s is None else at_s
        length = max((end - begin) / factor, LEAST_VIEW_S)
        self._look_at(about - (about - begin) / max(end - begin, 1e-9) * length, length)

    def pan(self, share: float) -> None:
        """Look at what is later (more than 0) or earlier, by a share of what is in view."""
        if self.view_s is not None:
            begin, end = self.view_s
            self._look_at(begin + share * (end - begin), end - begin)

    def whole(self) -> None:
        """Look at the whole span."""
        if self._view_s is not None:
            self._view_s = None
            self.view_changed.emit()
            self.update()

    def _look_at(self, begin_s: float, length_s: float) -> None:
        assert self.span_s is not None
        first, last = self.span_s
        if length_s >= last - first:
            self.whole()
            return
        begin_s = min(max(begin_s, first), last - length_s)
        view = (begin_s, begin_s + length_s)
        if view != self._view_s:
            self._view_s = view
            self.view_changed.emit()
            self.update()

    # hands

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802  Qt's name
        """Ask for the moment under the hand, begin a mark, or take hold of the line."""
        if self.span_s is None:
            return
        moment = self.moment_at(event.position().x())
        if event.button() == Qt.MouseButton.LeftButton:
            self.setFocus()
            is_mark = self.is_marking or bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            self._grip = ("mark" if is_mark else "go", moment)
            if is_mark:
                self.mark_s = (moment, moment)
                self.update()
            else:
                self.chosen.emit(moment)
        elif event.button() in (Qt.MouseButton.MiddleButton, Qt.MouseButton.RightButton):
            self._grip = ("pan", moment)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802  Qt's name
        """Follow the hand."""
        self._hover_x = event.position().x()
        if self.span_s is not None and self._grip is not None:
            what, begun = self._grip
            moment = self.moment_at(self._hover_x)
            if what == "go":
                self.chosen.emit(moment)
            elif what == "mark":
                self.mark_s = (min(begun, moment), max(begun, moment))
            else:
                begin, end = self.view_s or self.span_s
                self._look_at(begin + begun - moment, end - begin)
        self.update()

    def mouseReleaseEvent(self, _event: QMouseEvent) -> None:  # noqa: N802  Qt's name
        """Mark what was drawn over; a mere click takes the mark away."""
        grip, self._grip = self._grip, None
        if grip is not None and grip[0] == "mark" and self.mark_s is not None:
            is_long = self.x_of(self.mark_s[1]) - self.x_of(self.mark_s[0]) >= LEAST_MARK_PX
            self.marked.emit(self.mark_s if is_long else None)

    def mouseDoubleClickEvent(self, _event: QMouseEvent) -> None:  # noqa: N802  Qt's name
        """Look at the whole span."""
        self.whole()

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802  Qt's name
        """Zoom about the moment under the pointer; with Shift or sideways, pan."""
        if self.span_s is None:
            return
        turn = event.angleDelta()
        if turn.x() or event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self.pan(-(turn.x() or turn.y()) / 120 * 0.1)
        else:
            self.zoom(ZOOM ** (turn.y() / 120), self.moment_at(event.position().x()))
        event.accept()

    def leaveEvent(self, _event: QEvent) -> None:  # noqa: N802  Qt's name
        """Tell no time any more."""
        self._hover_x = None
        self.update()

    def event(self, event: QEvent) -> bool:
        """Have keys before the window's shortcuts: digits are bookmarks there, Escape ends a selection."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and event.key() in OWN_KEYS:
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802  Qt's name
        """Step with the arrows, as a slider does; zoom with + and -, 0 for the whole; Escape takes the mark away."""
        steps = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_PageDown: -10, Qt.Key.Key_PageUp: 10}
        view = self.view_s
        if view is None:
            super().keyPressEvent(event)
        elif event.key() in steps:
            now = view[1] if self.at_s is None else self.at_s
            moment = now + steps[Qt.Key(event.key())] * (view[1] - view[0]) / 200
            self.chosen.emit(min(max(moment, view[0]), view[1]))
        elif event.key() in (Qt.Key.Key_Plus, Qt.Key.Key_Equal, Qt.Key.Key_Minus):
            self.zoom(1 / ZOOM if event.key() == Qt.Key.Key_Minus else ZOOM, self.at_s)
        elif event.key() == Qt.Key.Key_0:
            self.whole()
        elif event.key() == Qt.Key.Key_Escape and self.mark_s is not None:
            self.marked.emit(None)
        else:
            super().keyPressEvent(event)

    # what is seen

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802  Qt's name
        """Paint bars, gaps, marks, times and the handle."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.span_s is None or self.view_s is None:
            text = self.palette().text().color()
            text.setAlpha(140)
            painter.setPen(text)
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, words.NOTHING_RECORDED)
            return
        shown = Shown(
            self.span_s, self.view_s, self.at_s, self._bins, self._gaps, self.mark_s, self._pins, self.zone,
            self._hover_x, is_focused=self.hasFocus(),
        )  # fmt: skip
        paint(painter, self, shown)
