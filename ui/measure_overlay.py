"""What a measuring hand sees: the points so far, the line to the cursor, what it snaps to, and the figure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF

from twin.measure import MeasureKind
from ui.glass import Glass
from ui.snapping import Point, SnapKind, Snapped

if TYPE_CHECKING:
    from ui.scene_view import SceneView

INK, PAPER = QColor(196, 38, 46), QColor(255, 255, 255, 236)
CARD_GAP = 16


class MeasureOverlay(Glass):
    """What is being measured: points, lines and the figure."""

    def __init__(self, view: SceneView) -> None:
        """Lie over a view, invisible until there is something to show."""
        super().__init__(view)
        self.points: tuple[Point, ...] = ()
        self.snapped: Snapped | None = None
        self.place: QPointF | None = None
        """Where the mouse is."""
        self.kind = MeasureKind.DISTANCE
        self.text = ""

    def begin(self) -> None:
        """Appear."""
        self.appear()

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802  Qt's name
        """Paint points, lines and the figure."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        every = [*self.points, *([self.snapped.point_local] if self.snapped is not None else [])]
        places = [self.view.place_of(point) for point in every]
        self._paint_lines(painter, places)
        for place in places[: len(self.points)]:
            if place is not None:
                painter.setPen(QPen(PAPER, 1.5))
                painter.setBrush(INK)
                painter.drawEllipse(place, 4.0, 4.0)
        if self.snapped is not None and places[-1] is not None:
            self._paint_snap(painter, places[-1], self.snapped.kind)
        if self.text and self.place is not None:
            self._paint_card(painter, self.place)

    def _paint_lines(self, painter: QPainter, places: list[QPointF | None]) -> None:
        seen = [p for p in places if p is not None]
        if len(seen) < 2:
            return
        if self.kind is MeasureKind.AREA and len(seen) > 2:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(INK.red(), INK.green(), INK.blue(), 46))
            painter.drawPolygon(QPolygonF(seen))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for color, width, style in ((PAPER, 4.5, Qt.PenStyle.SolidLine), (INK, 2.0, Qt.PenStyle.SolidLine)):
            painter.setPen(QPen(color, width, style))
            painter.drawPolyline(QPolygonF(seen))

    def _paint_snap(self, painter: QPainter, place: QPointF, kind: SnapKind) -> None:
        """Mark what the cursor holds: a square for a corner, a diamond for an edge, a ring for a surface."""
        x, y, r = place.x(), place.y(), 6.0
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for color, width in ((PAPER, 4.0), (INK, 2.0)):
            painter.setPen(QPen(color, width))
            if kind is SnapKind.CORNER:
                painter.drawRect(QRectF(x - r, y - r, 2 * r, 2 * r))
            elif kind is SnapKind.EDGE:
                painter.drawPolygon(
                    QPolygonF([QPointF(x, y - r), QPointF(x + r, y), QPointF(x, y + r), QPointF(x - r, y)])
                )
            else:
                painter.drawEllipse(place, 3.0, 3.0)

    def _paint_card(self, painter: QPainter, cursor: QPointF) -> None:
        font = self.font()
        font.setBold(True)
        painter.setFont(font)
        lines = self.text.split("\n")
        metrics = painter.fontMetrics()
        width = max(metrics.horizontalAdvance(line) for line in lines) + 16
        height = metrics.lineSpacing() * len(lines) + 10
        x = min(cursor.x() + CARD_GAP, self.width() - width - 4)
        y = min(cursor.y() + CARD_GAP, self.height() - height - 4)
        if x < cursor.x() and y < cursor.y():  # in the lower right corner it would lie under the cursor
            y = cursor.y() - CARD_GAP - height
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(PAPER)
        painter.drawRoundedRect(QRectF(x, y, width, height), 6, 6)
        painter.setPen(INK)
        for number, line in enumerate(lines):
            painter.drawText(QPointF(x + 8, y + 5 + metrics.ascent() + number * metrics.lineSpacing()), line)
