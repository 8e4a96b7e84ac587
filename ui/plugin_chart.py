"""A chart of a plugin's result: bars, a line or points, painted small and readable."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPalette, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

COLOURS = ("#3a7ca5", "#d98e32", "#5f8a62", "#b0573f", "#7d6b91", "#8a8f94")
"""Told apart with the common colour blindnesses; more series than these repeat."""
_LINES = 4


class PluginChart(QWidget):
    """Shows one chart as plugins give them (see plugins.encoding)."""

    def __init__(self, chart: Mapping[str, Any]) -> None:
        """Show a chart."""
        super().__init__()
        self.chart = chart
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(str(chart["title"] or chart["kind"]))
        self.setAccessibleDescription(self._in_words())

    def _in_words(self) -> str:
        series = "; ".join(f"{name}: {', '.join(_short(v) for v in y[:12])}" for name, y in self.chart["y"].items())
        return f"{self.chart['y_title']} by {self.chart['x_title']}. {series}"

    def sizeHint(self) -> QSize:  # noqa: N802  Qt's name
        """Grow with the text."""
        line = self.fontMetrics().height()
        return QSize(20 * line, 13 * line)

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802  Qt's name
        """Draw title, axes and series."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        line = self.fontMetrics().height()
        numbers = [v for y in self.chart["y"].values() for v in y if v is not None]
        low, high, step = _ticks(min([0.0, *numbers]), max([0.0, *numbers]) or 1.0)
        left = max(self.fontMetrics().horizontalAdvance(_short(v)) for v in (low, high)) + line
        has_names = len(self.chart["y"]) > 1
        area = QRectF(left, line * (1.6 + 1.2 * has_names), 0, 0)
        area.setRight(self.width() - line / 2)
        area.setBottom(self.height() - line * 2.6)
        self._paint_frame(painter, area, (low, high, step))
        if self.chart["kind"] == "bars":
            self._paint_bars(painter, area, low, high)
        else:
            self._paint_run(painter, area, low, high)

    def _paint_frame(self, painter: QPainter, area: QRectF, ticks: tuple[float, float, float]) -> None:
        palette, line = self.palette(), self.fontMetrics().height()
        low, high, step = ticks
        painter.setPen(palette.color(QPalette.ColorRole.Text))
        painter.drawText(QRectF(0, 0, self.width(), line), Qt.AlignmentFlag.AlignLeft, str(self.chart["title"]))
        quiet = palette.color(QPalette.ColorRole.PlaceholderText)
        value = low
        while value <= high + step / 2:
            y = _place(value, low, high, area)
            painter.setPen(QPen(palette.color(QPalette.ColorRole.Mid), 1))
            painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y))
            painter.setPen(quiet)
            beside = QRectF(0, y - line / 2, area.left() - line / 3, line)
            painter.drawText(beside, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, _short(value))
            value += step
        below = QRectF(area.left(), self.height() - line * 1.2, area.width(), line)
        titles = [str(t) for t in (self.chart["y_title"], self.chart["x_title"]) if t]
        painter.drawText(below, Qt.AlignmentFlag.AlignHCenter, " by ".join(titles))
        if len(self.chart["y"]) > 1:
            self._paint_names(painter, line)

    def _paint_names(self, painter: QPainter, line: int) -> None:
        x = 0.0
        for name, colour in zip(self.chart["y"], _colours(), strict=False):
            painter.fillRect(QRectF(x, line * 1.45, line * 0.7, line * 0.7), colour)
            painter.setPen(self.palette().color(QPalette.ColorRole.Text))
            painter.drawText(QPointF(x + line, line * 2.1), str(name))
            x += line * 1.8 + self.fontMetrics().horizontalAdvance(str(name))

    def _paint_bars(self, painter: QPainter, area: QRectF, low: float, high: float) -> None:
        names, series = list(self.chart["x"]), list(self.chart["y"].values())
        width = area.width() / max(len(names), 1)
        each = width * 0.8 / max(len(series), 1)
        zero = _place(0.0, low, high, area)
        for number, (values, colour) in enumerate(zip(series, _colours(), strict=False)):
            for i, value in enumerate(values):
                if value is not None:
                    top = _place(value, low, high, area)
                    x = area.left() + i * width + width * 0.1 + number * each
                    painter.fillRect(QRectF(x, min(top, zero), max(each - 1, 1), abs(zero - top)), colour)
        self._paint_places(painter, area, names, width)

    def _paint_places(self, painter: QPainter, area: QRectF, names: list[Any], width: float) -> None:
        """Write names below, as many as there is room for."""
        metrics, line = self.fontMetrics(), self.fontMetrics().height()
        painter.setPen(self.palette().color(QPalette.ColorRole.PlaceholderText))
        widest = max([metrics.horizontalAdvance(_short(n)) for n in names] or [1])
        every = max(1, math.ceil(min(widest + line / 2, 8 * line) / max(width, 1)))
        for i in range(0, len(names), every):
            room = QRectF(area.left() + i * width, area.bottom() + line * 0.2, width * every, line)
            text = metrics.elidedText(_short(names[i]), Qt.TextElideMode.ElideRight, int(room.width()))
            where = Qt.AlignmentFlag.AlignHCenter if every == 1 else Qt.AlignmentFlag.AlignLeft
            painter.drawText(room, where, text)

    def _paint_run(self, painter: QPainter, area: QRectF, low: float, high: float) -> None:
        x = [float(v) if isinstance(v, int | float) else float(i) for i, v in enumerate(self.chart["x"])]
        if not x:
            return
        first, last = min(x), max(x)
        span = (last - first) or 1.0
        for values, colour in zip(self.chart["y"].values(), _colours(), strict=False):
            points = [
                QPointF(area.left() + (at - first) / span * area.width(), _place(v, low, high, area))
                for at, v in zip(x, values, strict=True)
                if v is not None
            ]
            if self.chart["kind"] == "line":
                painter.setPen(QPen(colour, 2))
                painter.drawPolyline(QPolygonF(points))
            else:
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(colour)
                for point in points:
                    painter.drawEllipse(point, 2.5, 2.5)
        names = list(self.chart["x"])
        self._paint_places(painter, area, [names[0], names[len(names) // 2], names[-1]], area.width() / 3)


def _colours() -> list[QColor]:
    return [QColor(c) for c in COLOURS] * 4


def _place(value: float, low: float, high: float, area: QRectF) -> float:
    return area.bottom() - (value - low) / ((high - low) or 1.0) * area.height()


def _ticks(low: float, high: float) -> tuple[float, float, float]:
    """Return round ends and a round step for an axis."""
    rough = (high - low) / _LINES or 1.0
    unit = 10 ** math.floor(math.log10(rough))
    step = next(unit * m for m in (1, 2, 2.5, 5, 10) if unit * m >= rough * 0.999)
    return math.floor(low / step) * step, math.ceil(high / step) * step, step


def _short(value: Any) -> str:
    if isinstance(value, float | int) and not isinstance(value, bool):
        return f"{value:,.4g}" if abs(value) < 1e5 else f"{value:,.0f}"
    return str(value)
