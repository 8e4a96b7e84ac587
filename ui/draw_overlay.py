"""What a drawing hand sees over the picture: the outline so far as a ghost with its height, handles, and figures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF

from ui.glass import Glass

if TYPE_CHECKING:
    from ui.scene_view import SceneView

Point = tuple[float, float, float]
INK, PAPER = QColor(138, 63, 252), QColor(255, 255, 255, 240)
GONE = QColor(216, 30, 58)
REACH_PX = 11.0
CARD_GAP = 16


@dataclass(frozen=True, slots=True)
class Handle:
    """Something to take hold of."""

    name: str
    """ "move", "turn", "top", or "corner"."""
    point: Point
    number: int = 0
    """Of a corner."""


class DrawOverlay(Glass):
    """What is being drawn: its corners, its ghost, and the handles of what is marked."""

    def __init__(self, view: SceneView) -> None:
        """Lie over a view, invisible until there is something to show."""
        super().__init__(view)
        self.corners: tuple[Point, ...] = ()
        """Clicked so far, and the place that a click would give."""
        self.is_ring = True
        self.height_m = 0.0
        """Of the ghost."""
        self.handles: tuple[Handle, ...] = ()
        self.outline: tuple[Point, ...] = ()
        """Of the marked edit."""
        self.text, self.place = "", QPointF()
        self.is_gone = False
        """Whether what is under the hand is to be taken away."""

    def refresh(self) -> None:
        """Show what there is, or nothing."""
        is_needed = bool(self.corners or self.handles or self.outline or self.text)
        if is_needed and not self.isVisible():
            self.appear()
        elif not is_needed:
            self.hide()
        self.update()

    def handle_at(self, place: QPointF) -> Handle | None:
        """Return the handle under a place of the view."""
        found: list[tuple[float, Handle]] = []
        for handle in self.handles:
            at = self.view.place_of(handle.point)
            if at is not None:
                away = ((at.x() - place.x()) ** 2 + (at.y() - place.y()) ** 2) ** 0.5
                found.append((away, handle))
        away, best = min(found, key=lambda pair: pair[0], default=(REACH_PX + 1, None))
        return best if away <= REACH_PX else None

    # painting

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802  Qt's name
        """Paint ghost, outline, handles and figures."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ink = GONE if self.is_gone else INK
        if self.outline:
            self._paint_ring(painter, self.outline, ink, is_ring=self.is_ring, width=2.5)
        if self.corners:
            self._paint_ghost(painter, ink)
        for handle in self.handles:
            at = self.view.place_of(handle.point)
            if at is not None:
                _paint_handle(painter, handle.name, at)
        if self.text:
            self._paint_card(painter, ink)

    def _places(self, points: tuple[Point, ...], lift_m: float = 0.0) -> list[QPointF]:
        places = [self.view.place_of((x, y, z + lift_m)) for x, y, z in points]
        return [p for p in places if p is not None] if all(p is not None for p in places) else []

    def _paint_ring(
        self, painter: QPainter, points: tuple[Point, ...], ink: QColor, *, is_ring: bool, width: float
    ) -> None:
        places = self._places(points)
        if len(places) < 2:
            return
        line = [*places, places[0]] if is_ring else places
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for color, wide in ((PAPER, width + 2.5), (ink, width)):
            painter.setPen(QPen(color, wide))
            painter.drawPolyline(QPolygonF(line))

    def _paint_ghost(self, painter: QPainter, ink: QColor) -> None:
        foot = self._places(self.corners)
        if self.is_ring and len(foot) > 2:
            wash = QColor(ink.red(), ink.green(), ink.blue(), 60)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(wash)
            painter.drawPolygon(QPolygonF(foot))
            top = self._places(self.corners, self.height_m) if self.height_m > 0 else []
            if top:
                painter.drawPolygon(QPolygonF(top))
                painter.setPen(QPen(ink, 1.2))
                for low, high in zip(foot, top, strict=True):
                    painter.drawLine(low, high)
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawPolygon(QPolygonF(top))
        self._paint_ring(painter, self.corners, ink, is_ring=False, width=2.0)
        for place in foot:
            painter.setPen(QPen(PAPER, 1.5))
            painter.setBrush(ink)
            painter.drawEllipse(place, 4.0, 4.0)

    def _paint_card(self, painter: QPainter, ink: QColor) -> None:
        font = self.font()
        font.setBold(True)
        painter.setFont(font)
        lines, metrics = self.text.split("\n"), painter.fontMetrics()
        width = max(metrics.horizontalAdvance(line) for line in lines) + 16
        height = metrics.lineSpacing() * len(lines) + 10
        x = min(self.place.x() + CARD_GAP, self.width() - width - 4)
        y = min(self.place.y() + CARD_GAP, self.height() - height - 4)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(PAPER)
        painter.drawRoundedRect(QRectF(x, y, width, height), 6, 6)
        painter.setPen(ink)
        for number, line in enumerate(lines):
            painter.drawText(QPointF(x + 8, y + 5 + metrics.ascent() + number * metrics.lineSpacing()), line)


def _paint_handle(painter: QPainter, name: str, at: QPointF) -> None:
    painter.setPen(QPen(INK, 2))
    painter.setBrush(PAPER)
    x, y = at.x(), at.y()
    if name == "corner":
        painter.drawRect(QRectF(x - 4.5, y - 4.5, 9, 9))
    elif name == "top":
        painter.drawPolygon(
            QPolygonF([QPointF(x, y - 10), QPointF(x + 8, y), QPointF(x + 3, y), QPointF(x + 3, y + 8),
                       QPointF(x - 3, y + 8), QPointF(x - 3, y), QPointF(x - 8, y)])
        )  # fmt: skip
    elif name == "turn":
        painter.setBrush(INK)
        painter.drawEllipse(at, 6.0, 6.0)
    else:
        painter.drawEllipse(at, 8.0, 8.0)
        painter.drawEllipse(at, 2.0, 2.0)
