"""What is painted over the picture while a hand is at work: the pivot of a turn, the rectangle of a selection."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRect, Qt
from PySide6.QtGui import QColor, QPainter, QPen

RADIUS_PX = 9.0


def paint_pivot(painter: QPainter, place: QPointF | None) -> None:
    """Paint the point that is turned about: a white ring with a dark rim, to be seen on everything."""
    if place is None:
        return
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for colour, width in ((QColor(0, 0, 0, 120), 4), (QColor(255, 255, 255), 2)):
        painter.setPen(QPen(colour, width))
        painter.drawEllipse(place, RADIUS_PX, RADIUS_PX)
        painter.drawPoint(place)


def paint_box(painter: QPainter, box: QRect, colour: QColor) -> None:
    """Paint the rectangle that is being drawn."""
    painter.setPen(QPen(colour, 2))
    ground = QColor(colour)
    ground.setAlpha(50)
    painter.setBrush(ground)
    painter.drawRect(box)
