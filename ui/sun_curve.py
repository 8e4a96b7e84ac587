"""The day as a picture: how high the sun stands hour by hour, over night, dusk and day; a click takes a time."""

from __future__ import annotations

from datetime import datetime, timedelta
from math import radians, tan

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QLinearGradient, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from twin.sun import sun_places
from twin.sun_shown import SunShown, day_ends_s, zone_called
from ui import sun_words as words
from ui.plain import named

STEPS = 96
SKY = ((-18.0, "#131a2e"), (-6.0, "#33446e"), (-0.8, "#c9876b"), (6.0, "#a9c6e2"), (25.0, "#8fbbe6"), (90.0, "#79afe4"))
"""Altitude of the sun, and the colour of the sky."""
SUN, GROUND = QColor("#ffc83d"), QColor(0, 0, 0, 70)


def sky_colour(altitude_deg: float) -> QColor:
    """Return the colour of the sky under a sun at an altitude."""
    at, colours = [altitude for altitude, _ in SKY], [QColor(name) for _, name in SKY]
    channels = [[c.red() for c in colours], [c.green() for c in colours], [c.blue() for c in colours]]
    red, green, blue = (round(float(np.interp(altitude_deg, at, channel))) for channel in channels)
    return QColor(red, green, blue)


def shadow_times(altitude_deg: float) -> float:
    """Return how many times as long as high shadows are."""
    return 1.0 / tan(radians(altitude_deg))


class SunCurve(QWidget):
    """Draws a day; midnight to midnight from left to right."""

    chosen = Signal(float)
    """A moment, seconds since 1970, UTC."""

    def __init__(self) -> None:
        """Begin without a sun."""
        super().__init__()
        self._sun: SunShown | None = None
        self._day: tuple[float, float] = (0.0, 86_400.0)
        self._altitude_deg = np.zeros(STEPS + 1)
        self._key: object = None
        named(self, words.CURVE)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def sizeHint(self) -> QSize:  # noqa: N802  Qt's name
        """Grow with the text."""
        height = self.fontMetrics().height()
        return QSize(14 * height, round(4.6 * height))

    def show_sun(self, sun: SunShown | None) -> None:
        """Show the day of a sun, and where on its way it is."""
        self._sun = sun
        if sun is not None:
            self._day = day_ends_s(sun.at_s, sun.zone)
            key = (self._day, sun.site)
            if key != self._key:
                self._key = key
                moments = np.linspace(*self._day, STEPS + 1)
                self._altitude_deg = sun_places(moments, sun.site.lon_deg, sun.site.lat_deg).altitude_deg
        self.update()

    def _place(self, share: float, altitude_deg: float) -> QPointF:
        box = self._box()
        return QPointF(
            box.left() + share * box.width(), box.center().y() - altitude_deg / 90.0 * box.height() / 2 * 0.94
        )

    def _box(self) -> QRectF:
        return QRectF(self.rect()).adjusted(1, 1, -1, -1 - self.fontMetrics().height())

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802  Qt's name
        """Draw sky, way and sun."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = self._box()
        if self._sun is None:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self.palette().midlight())
            painter.drawRoundedRect(box, 5, 5)
            return
        sky = QLinearGradient(box.left(), 0, box.right(), 0)
        for k, altitude in enumerate(self._altitude_deg.tolist()):
            sky.setColorAt(k / STEPS, sky_colour(altitude))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(sky)
        painter.drawRoundedRect(box, 5, 5)
        painter.setBrush(GROUND)
        painter.drawRect(QRectF(box.left(), box.center().y(), box.width(), box.height() / 2))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(255, 255, 255, 210), 1.6))
        way = [self._place(k / STEPS, altitude) for k, altitude in enumerate(self._altitude_deg.tolist())]
        painter.drawPolyline(QPolygonF(way))
        self._draw_hours(painter, box)
        begin_s, end_s = self._day
        painter.setPen(QPen(QColor(0, 0, 0, 130), 1))
        painter.setBrush(SUN if self._sun.is_up else QColor("#8d96ad"))
        size = self.fontMetrics().height() * 0.42
        painter.drawEllipse(
            self._place((self._sun.at_s - begin_s) / (end_s - begin_s), self._sun.altitude_deg), size, size
        )

    def _draw_hours(self, painter: QPainter, box: QRectF) -> None:
        assert self._sun is not None
        begin_s, end_s = self._day
        midnight = datetime.fromtimestamp(begin_s, zone_called(self._sun.zone))
        painter.setPen(self.palette().windowText().color())
        metrics = self.fontMetrics()
        for hours in (0, 6, 12, 18, 24):
            at = (midnight.replace(tzinfo=None) + timedelta(hours=hours)).replace(tzinfo=midnight.tzinfo)
            x = box.left() + box.width() * (at.timestamp() - begin_s) / (end_s - begin_s)
            text = str(hours)
            width = metrics.horizontalAdvance(text)
            left = min(max(x - width / 2, box.left()), box.right() - width)
            painter.drawText(QPointF(left, self.height() - metrics.descent()), text)

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802  Qt's name
        """Take the time under the cursor."""
        self._take(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802  Qt's name
        """Take it again and again while dragged."""
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._take(event)

    def _take(self, event: QMouseEvent) -> None:
        if self._sun is not None:
            box = self._box()
            share = min(max((event.position().x() - box.left()) / box.width(), 0.0), 1.0)
            begin_s, end_s = self._day
            self.chosen.emit(min(begin_s + share * (end_s - begin_s), end_s - 1.0))
