"""The line of the time bar: messages as a histogram, gaps hatched, a handle at the time shown."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QBrush, QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from twin.clock import moment_text, year_s
from ui import live_words as words
from ui.plain import named

BINS = 240
_NICE_S = (1, 5, 15, 60, 300, 900, 3600, 10_800, 21_600, 86_400, 604_800, 2_629_800, 31_557_600, 157_788_000,
           315_576_000, 788_940_000, 1_577_880_000, 3_155_760_000)  # fmt: skip
_LABEL_PX = 92
_YEAR_S = 31_557_600.0


class TimeLine(QWidget):
    """A widget that shows a span of time and lets a moment be chosen."""

    chosen = Signal(float)
    """Seconds since 1970: a hand asks for this moment."""

    def __init__(self) -> None:
        """Show nothing yet."""
        super().__init__()
        self.span_s: tuple[float, float] | None = None
        self.at_s: float | None = None
        self.zone: tzinfo | None = None
        self._bins: npt.NDArray[np.float64] = np.zeros(0)
        self._gaps: Sequence[tuple[float, float]] = ()
        self._ticks: Sequence[float] = ()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        named(self, words.BAR_NAME, words.BAR_TIP)

    def sizeHint(self) -> QSize:  # noqa: N802  Qt's name
        """Leave room for bars and a line of times."""
        return QSize(480, 3 * self.fontMetrics().height() + 4)

    def show_span(
        self,
        span_s: tuple[float, float] | None,
        bins: npt.NDArray[np.float64],
        gaps: Sequence[tuple[float, float]],
        ticks: Sequence[float] = (),
    ) -> None:
        """Show another span: messages in each part of it, gaps (begin, end), and moments at which a layer changes."""
        self.span_s, self._bins, self._gaps, self._ticks = span_s, bins, gaps, ticks
        self.setEnabled(span_s is not None)
        self.update()

    def show_moment(self, at_s: float | None) -> None:
        """Put the handle at a moment; None is now."""
        self.at_s = at_s
        if at_s is not None:
            self.setAccessibleDescription(moment_text(at_s, self.zone) if self.zone else moment_text(at_s))
        self.update()

    # places

    def _x(self, moment_s: float) -> float:
        assert self.span_s is not None
        begin, end = self.span_s
        return 8 + (moment_s - begin) / max(end - begin, 1e-9) * (self.width() - 16)

    def moment_at(self, x: float) -> float:
        """Return the moment at a place of the line."""
        assert self.span_s is not None
        begin, end = self.span_s
        return begin + min(max((x - 8) / max(self.width() - 16, 1), 0.0), 1.0) * (end - begin)

    # hands

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802  Qt's name
        """Ask for the moment under the hand."""
        if self.span_s is not None and event.button() == Qt.MouseButton.LeftButton:
            self.setFocus()
            self.chosen.emit(self.moment_at(event.position().x()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802  Qt's name
        """Follow the hand."""
        if self.span_s is not None and event.buttons() & Qt.MouseButton.LeftButton:
            self.chosen.emit(self.moment_at(event.position().x()))

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802  Qt's name
        """Step with the arrows, as a slider does."""
        steps = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_PageDown: -10, Qt.Key.Key_PageUp: 10}
        if self.span_s is None or event.key() not in steps:
            super().keyPressEvent(event)
            return
        begin, end = self.span_s
        now = end if self.at_s is None else self.at_s
        moment = now + steps[Qt.Key(event.key())] * (end - begin) / 200
        self.chosen.emit(min(max(moment, begin), end))

    # what is seen

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802  Qt's name
        """Paint bars, gaps, times and the handle."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        text = self.palette().text().color()
        if self.span_s is None:
            painter.setPen(QColor(text.red(), text.green(), text.blue(), 140))
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, words.NOTHING_RECORDED)
            return
        line = self.fontMetrics().height()
        bottom = self.height() - line - 4
        self._paint_bars(painter, bottom)
        self._paint_gaps(painter, bottom)
        painter.setPen(QPen(QColor(text.red(), text.green(), text.blue(), 90), 1))
        painter.drawLine(QPointF(8, bottom), QPointF(self.width() - 8, bottom))
        self._paint_times(painter, bottom, text)
        self._paint_handle(painter, bottom)

    def _paint_bars(self, painter: QPainter, bottom: float) -> None:
        if not len(self._bins) or not self._bins.max():
            return
        color = QColor(self.palette().highlight().color())
        color.setAlpha(130)
        width = (self.width() - 16) / len(self._bins)
        heights = np.sqrt(self._bins / self._bins.max()) * (bottom - 4)
        for number, height in enumerate(heights.tolist()):
            if height > 0:
                painter.fillRect(QRectF(8 + number * width, bottom - height, max(width - 0.5, 0.7), height), color)

    def _paint_gaps(self, painter: QPainter, bottom: float) -> None:
        brush = QBrush(QColor(200, 80, 60, 150), Qt.BrushStyle.BDiagPattern)
        for begin, end in self._gaps:
            left, right = self._x(begin), self._x(end)
            painter.fillRect(QRectF(left, 4, max(right - left, 2), bottom - 4), brush)
        painter.setPen(QPen(self.palette().highlight().color(), 1))
        for moment in self._ticks:
            painter.drawLine(QPointF(self._x(moment), bottom - 6), QPointF(self._x(moment), bottom))

    def _paint_times(self, painter: QPainter, bottom: float, text: QColor) -> None:
        assert self.span_s is not None
        begin, end = self.span_s
        room = max(int((self.width() - 16) / _LABEL_PX), 1)
        step = next((s for s in _NICE_S if (end - begin) / s <= room), _NICE_S[-1])
        painter.setPen(QColor(text.red(), text.green(), text.blue(), 190))
        for moment in _marks(begin, end, step):
            x = self._x(float(moment))
            told = self._label(float(moment), step)
            painter.drawLine(QPointF(x, bottom), QPointF(x, bottom + 4))
            width = self.fontMetrics().horizontalAdvance(told)
            left = min(max(x - width / 2, 2), self.width() - width - 2)
            painter.drawText(QPointF(left, self.height() - self.fontMetrics().descent()), told)

    def _label(self, moment: float, step: float) -> str:
        told = moment_text(moment, self.zone) if self.zone else moment_text(moment)
        if step >= 20_000_000:
            return moment_text(moment + 1)[:-15]
        if step >= 86_400:
            return told.split(" ")[0]
        return told.split(" ")[1][: 8 if step < 60 else 5]

    def _paint_handle(self, painter: QPainter, bottom: float) -> None:
        assert self.span_s is not None
        x = self._x(min(max(self.span_s[1] if self.at_s is None else self.at_s, self.span_s[0]), self.span_s[1]))
        color = self.palette().highlight().color()
        painter.setPen(QPen(color, 2))
        painter.drawLine(QPointF(x, 2), QPointF(x, bottom + 2))
        painter.setBrush(color)
        painter.drawEllipse(QPointF(x, 5), 4, 4)
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(self.rect().adjusted(1, 1, -2, -2))


def _marks(begin: float, end: float, step: float) -> list[float]:
    """Return the round moments of a span: whole years where steps are years long."""
    years = round(step / _YEAR_S)
    if not years:
        return [float(m) for m in np.arange(np.ceil(begin / step) * step, end, step)]
    first, last = 1970 + int(begin // _YEAR_S), 1970 + int(end // _YEAR_S) + 1
    moments = [year_s(year) for year in range(first - first % years, last + 1, years)]
    return [moment for moment in moments if begin <= moment <= end]
