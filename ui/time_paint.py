"""How the line of the time bar looks: bars, gaps, marks, round times, the handle."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPen, QPolygonF
from PySide6.QtWidgets import QWidget

from twin.clock import moment_text, year_s

EDGE_PX = 8
NICE_S = (1, 5, 15, 60, 300, 900, 3600, 10_800, 21_600, 86_400, 604_800, 2_629_800, 31_557_600, 157_788_000,
          315_576_000, 788_940_000, 1_577_880_000, 3_155_760_000)  # fmt: skip
GAP = QColor(200, 80, 60, 150)
MARK = QColor(232, 89, 12, 60)
_YEAR_S = 31_557_600.0
Span = tuple[float, float]


@dataclass(frozen=True, slots=True, eq=False)
class Shown:
    """What the line shows."""

    span_s: Span
    view_s: Span
    at_s: float | None
    bins: npt.NDArray[np.float64]
    gaps: Sequence[Span]
    mark_s: Span | None
    pins: Sequence[float]
    zone: tzinfo | None
    hover_x: float | None = None
    is_focused: bool = False


class _Sheet:
    """A painter with the places of a line."""

    def __init__(self, painter: QPainter, widget: QWidget, shown: Shown) -> None:
        self.painter, self.shown = painter, shown
        self.metrics, self.width, self.height = widget.fontMetrics(), widget.width(), widget.height()
        self.text, self.accent = widget.palette().text().color(), widget.palette().highlight().color()
        self.ground = widget.palette().toolTipBase().color()
        self.bottom = float(self.height - self.metrics.height() - 4)

    def x(self, moment_s: float) -> float:
        begin, end = self.shown.view_s
        return EDGE_PX + (moment_s - begin) / max(end - begin, 1e-9) * (self.width - 2 * EDGE_PX)

    def box(self, begin_s: float, end_s: float, least_px: float = 2.0) -> QRectF | None:
        """Return where a part of the span is; None where it is out of view."""
        left, right = max(self.x(begin_s), EDGE_PX), min(self.x(end_s), self.width - EDGE_PX)
        if right < EDGE_PX or left > self.width - EDGE_PX:
            return None
        return QRectF(left, 4, max(right - left, least_px), self.bottom - 4)

    def faint(self, alpha: int) -> QColor:
        return QColor(self.text.red(), self.text.green(), self.text.blue(), alpha)


def paint(painter: QPainter, widget: QWidget, shown: Shown) -> None:
    """Paint the line into its widget."""
    sheet = _Sheet(painter, widget, shown)
    _paint_mark(sheet)
    _paint_bars(sheet)
    for begin, end in shown.gaps:
        box = sheet.box(begin, end)
        if box is not None:
            painter.fillRect(box, QBrush(GAP, Qt.BrushStyle.BDiagPattern))
    painter.setPen(QPen(sheet.faint(90), 1))
    painter.drawLine(QPointF(EDGE_PX, sheet.bottom), QPointF(sheet.width - EDGE_PX, sheet.bottom))
    _paint_times(sheet)
    _paint_pins(sheet)
    if shown.view_s != shown.span_s:
        _paint_part(sheet)
    _paint_hover(sheet)
    _paint_handle(sheet)
    if shown.is_focused:
        painter.setPen(QPen(sheet.accent, 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(QRectF(1, 1, sheet.width - 2, sheet.height - 2), 4, 4)


def _paint_mark(sheet: _Sheet) -> None:
    mark = sheet.shown.mark_s
    box = None if mark is None else sheet.box(*mark)
    if mark is None or box is None:
        return
    sheet.painter.fillRect(box, MARK)
    sheet.painter.setPen(QPen(QColor(MARK.red(), MARK.green(), MARK.blue()), 2))
    for moment in mark:
        x = sheet.x(moment)
        if EDGE_PX <= x <= sheet.width - EDGE_PX:
            sheet.painter.drawLine(QPointF(x, 4), QPointF(x, sheet.bottom))


def _paint_bars(sheet: _Sheet) -> None:
    bins = sheet.shown.bins
    if not len(bins) or not bins.max():
        return
    colour = QColor(sheet.accent)
    colour.setAlpha(130)
    width = (sheet.width - 2 * EDGE_PX) / len(bins)
    heights = np.sqrt(bins / bins.max()) * (sheet.bottom - 6)
    for number in np.flatnonzero(heights).tolist():
        height = max(float(heights[number]), 1.0)
        box = QRectF(EDGE_PX + number * width, sheet.bottom - height, max(width - 0.5, 0.7), height)
        sheet.painter.fillRect(box, colour)


def _paint_part(sheet: _Sheet) -> None:
    """Paint which part of the whole is in view, as a scroll bar would."""
    (first, last), (begin, end) = sheet.shown.span_s, sheet.shown.view_s
    room = sheet.width - 2 * EDGE_PX
    left, right = ((m - first) / max(last - first, 1e-9) * room for m in (begin, end))
    sheet.painter.setPen(Qt.PenStyle.NoPen)
    for box, alpha in (((EDGE_PX, room), 40), ((EDGE_PX + left, max(right - left, 6.0)), 150)):
        sheet.painter.setBrush(sheet.faint(alpha))
        sheet.painter.drawRoundedRect(QRectF(box[0], 0, box[1], 3), 1.5, 1.5)


def _paint_pins(sheet: _Sheet) -> None:
    sheet.painter.setPen(Qt.PenStyle.NoPen)
    sheet.painter.setBrush(sheet.faint(200))
    for moment in sheet.shown.pins:
        x = sheet.x(moment)
        if EDGE_PX <= x <= sheet.width - EDGE_PX:
            below = sheet.bottom - 1
            sheet.painter.drawPolygon(QPolygonF([QPointF(x, below - 9), QPointF(x + 4, below - 4), QPointF(x, below),
                                                 QPointF(x - 4, below - 4)]))  # fmt: skip


def _paint_times(sheet: _Sheet) -> None:
    begin, end = sheet.shown.view_s
    room = max(int((sheet.width - 2 * EDGE_PX) / (1.35 * sheet.metrics.horizontalAdvance("2024-05-01"))), 1)
    step = next((s for s in NICE_S if (end - begin) / s <= room), NICE_S[-1])
    sheet.painter.setPen(sheet.faint(190))
    taken = -1e9
    for moment in _marks(begin, end, step, sheet.shown.zone):
        x, told = sheet.x(moment), _label(moment, step, sheet.shown.zone)
        sheet.painter.drawLine(QPointF(x, sheet.bottom), QPointF(x, sheet.bottom + 4))
        width = sheet.metrics.horizontalAdvance(told)
        left = min(max(x - width / 2, 2), sheet.width - width - 2)
        if left > taken:
            sheet.painter.drawText(QPointF(left, sheet.height - sheet.metrics.descent()), told)
            taken = left + width + 6


def _label(moment: float, step: float, zone: tzinfo | None) -> str:
    told = moment_text(moment, zone) if zone else moment_text(moment)
    if step >= _YEAR_S:
        return moment_text(moment + 1)[:-15]
    if step >= 86_400:
        return told.split(" ")[0]
    return told.split(" ")[1][: 8 if step < 60 else 5]


def _paint_hover(sheet: _Sheet) -> None:
    """Tell the time under the pointer."""
    x, shown = sheet.shown.hover_x, sheet.shown
    if x is None or not EDGE_PX <= x <= sheet.width - EDGE_PX:
        return
    begin, end = shown.view_s
    moment = begin + (x - EDGE_PX) / max(sheet.width - 2 * EDGE_PX, 1) * (end - begin)
    told = moment_text(moment, shown.zone) if shown.zone else moment_text(moment)
    told = told[:-9] if end - begin > 40 * _YEAR_S else told
    width = sheet.metrics.horizontalAdvance(told) + 12
    left = min(max(x + 8, 2), sheet.width - width - 2)
    sheet.painter.setPen(QPen(sheet.faint(120), 1, Qt.PenStyle.DotLine))
    sheet.painter.drawLine(QPointF(x, 2), QPointF(x, sheet.bottom))
    box = QRectF(left, 4, width, sheet.metrics.height() + 2)
    sheet.painter.setPen(QPen(sheet.faint(60), 1))
    sheet.painter.setBrush(sheet.ground)
    sheet.painter.drawRoundedRect(box, 3, 3)
    sheet.painter.setPen(sheet.text)
    sheet.painter.drawText(box, Qt.AlignmentFlag.AlignCenter, told)


def _paint_handle(sheet: _Sheet) -> None:
    (begin, end), at_s = sheet.shown.view_s, sheet.shown.at_s
    moment = sheet.shown.span_s[1] if at_s is None else at_s
    is_inside = begin <= moment <= end
    x = sheet.x(min(max(moment, begin), end))
    sheet.painter.setPen(QPen(sheet.accent, 2))
    sheet.painter.setBrush(sheet.accent)
    if is_inside:
        sheet.painter.drawLine(QPointF(x, 2), QPointF(x, sheet.bottom + 2))
        sheet.painter.drawEllipse(QPointF(x, 6), 4, 4)
    else:  # an arrow towards where it is
        way = 5.0 if moment > end else -5.0
        sheet.painter.drawPolygon(QPolygonF([QPointF(x, 3), QPointF(x + way, 8), QPointF(x, 13)]))


def _marks(begin: float, end: float, step: float, zone: tzinfo | None) -> list[float]:
    """Return the round moments of a span, round in its zone: whole years where steps are years long."""
    years = round(step / _YEAR_S)
    if not years:
        offset_s = _offset_s(begin, zone)
        first = np.ceil((begin + offset_s) / step) * step - offset_s
        return [float(m) for m in np.arange(first, end, step)]
    first_year, last_year = 1970 + int(begin // _YEAR_S), 1970 + int(end // _YEAR_S) + 1
    moments = [year_s(year) for year in range(first_year - first_year % years, last_year + 1, years)]
    return [moment for moment in moments if begin <= moment <= end]


def _offset_s(at_s: float, zone: tzinfo | None) -> float:
    try:
        offset = None if zone is None else datetime.fromtimestamp(at_s, tz=UTC).astimezone(zone).utcoffset()
    except (ValueError, OverflowError, OSError):  # years that a calendar does not have
        return 0.0
    return offset.total_seconds() if offset is not None else 0.0
