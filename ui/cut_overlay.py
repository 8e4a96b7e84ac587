"""Handles of the cut in the window: its trace on the ground, to be moved, turned and sized by hand."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from math import cos, floor, hypot, log10, radians, sin
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF

from layers import camera as moves
from twin.cut import Cut, CutKind, box_corners, place_local
from twin.session import Session
from ui.glass import Glass

if TYPE_CHECKING:
    from ui.scene_view import SceneView

INK, PAPER = QColor(38, 92, 160), QColor(255, 255, 255, 240)
REACH_PX = 11.0
TRACE_SHARE = 0.3
"""Half the length of a plane's trace, as a part of what is in view."""
LEVEL_RAD = radians(89)
"""Views tilted further are elevations and sections: heights can be read from them."""
TURN_GAP = 1.25
"""Where a box is turned: so many half depths ahead of its middle."""


@dataclass(frozen=True, slots=True)
class Handle:
    """Something to take hold of."""

    name: str
    """ "move", "turn", "east", "west", "north" or "south" (of the box as it is turned)."""
    point_local: tuple[float, float, float]


def half_trace_m(view: SceneView) -> float:
    """Return half the length at which a plane is shown."""
    return moves.metres_per_pixel(view.camera, view.size_px, view.camera.distance_m) * view.size_px[0] * TRACE_SHARE


def handles_of(cut: Cut, session: Session, half_m: float) -> list[Handle]:
    """Return the handles of a cut, on the ground."""
    frame = session.frame
    if frame is None:
        return []
    x, y = place_local(cut, frame)
    turn = radians(cut.heading_deg)
    ahead, right = (sin(turn), cos(turn)), (cos(turn), -sin(turn))

    def at(name: str, way: tuple[float, float], by_m: float) -> Handle:
        return Handle(name, (x + way[0] * by_m, y + way[1] * by_m, 0.0))

    if cut.kind is CutKind.PLANE:
        return [Handle("move", (x, y, 0.0)), at("turn", right, half_m), at("turn_left", right, -half_m)]
    return [
        Handle("move", (x, y, 0.0)),
        at("east", right, cut.width_m / 2),
        at("west", right, -cut.width_m / 2),
        at("north", ahead, cut.depth_m / 2),
        at("south", ahead, -cut.depth_m / 2),
        at("turn", ahead, cut.depth_m / 2 * TURN_GAP + 4.0),
    ]


class CutOverlay(Glass):
    """Where the cut runs, and the handles that move it."""

    def __init__(self, view: SceneView, session: Session) -> None:
        """Lie over a view; there is something to see only while a cut is on."""
        super().__init__(view)
        self._session = session
        self.held = ""
        """The handle in the hand, or under it."""

    def show_cut(self) -> None:
        """Appear while a cut is on."""
        cut = self._session.composition.cut
        self.setGeometry(self.view.rect())
        self.setVisible(cut is not None and cut.is_on and self._session.frame is not None)
        self.update()

    def handles(self) -> list[tuple[Handle, QPointF]]:
        """Return the handles in sight, and where."""
        cut = self._session.composition.cut
        if cut is None or not cut.is_on:
            return []
        found = []
        for handle in handles_of(cut, self._session, half_trace_m(self.view)):
            place = self.view.place_of(handle.point_local)
            if place is not None:
                found.append((handle, place))
        return found

    def handle_at(self, place: QPointF) -> Handle | None:
        """Return the handle under a place of the view."""
        near = [(hypot(p.x() - place.x(), p.y() - place.y()), i) for i, (_, p) in enumerate(self.handles())]
        best = min(near, default=(float("inf"), 0))
        return self.handles()[best[1]][0] if best[0] <= REACH_PX else None

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802  Qt's name
        """Paint the trace and the handles."""
        cut, frame = self._session.composition.cut, self._session.frame
        if cut is None or frame is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.view.camera.is_parallel and self.view.camera.tilt_rad > LEVEL_RAD:
            self._paint_heights(painter)
        self._paint_trace(painter, cut)
        for handle, place in self.handles():
            r = 7.0 if handle.name == self.held else 5.5
            painter.setPen(QPen(PAPER, 2.0))
            painter.setBrush(INK)
            if handle.name == "move" or (cut.kind is CutKind.BOX and handle.name == "turn"):
                painter.drawEllipse(place, r + 1, r + 1)
                if handle.name == "turn":
                    painter.setBrush(PAPER)
                    painter.drawEllipse(place, r - 3, r - 3)
            else:
                painter.drawRect(QRectF(place.x() - r, place.y() - r, 2 * r, 2 * r))

    def _paint_heights(self, painter: QPainter) -> None:
        """Paint a ruler of heights at the left edge of a level view."""
        target = self.view.camera.target_local
        ground = self.view.place_of((target[0], target[1], 0.0))
        above = self.view.place_of((target[0], target[1], 10.0))
        if ground is None or above is None or ground.y() - above.y() < 1e-3:
            return
        metre = (ground.y() - above.y()) / 10.0
        metrics = painter.fontMetrics()
        step = round_step(2.4 * metrics.height() / metre)
        count = int(max(ground.y() - metrics.height(), 0.0) / (step * metre))
        for number in range(count + 1):
            y = ground.y() - number * step * metre
            painter.setPen(QPen(INK, 1.5))
            painter.drawLine(QPointF(0, y), QPointF(10, y))
            text = f"{number * step:g} m"
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(PAPER)
            width = metrics.horizontalAdvance(text) + 8
            painter.drawRoundedRect(QRectF(13, y - metrics.height() / 2, width, metrics.height()), 4, 4)
            painter.setPen(INK)
            painter.drawText(QPointF(17, y + metrics.ascent() / 2 - 1), text)

    def _paint_trace(self, painter: QPainter, cut: Cut) -> None:
        frame = self._session.frame
        assert frame is not None
        if cut.kind is CutKind.BOX:
            ring = [(x, y, 0.0) for x, y in box_corners(cut, frame).tolist()]
            ring.append(ring[0])
        else:
            half_m = half_trace_m(self.view)
            ends = handles_of(cut, self._session, half_m)
            ring = [ends[2].point_local, ends[1].point_local]
        places = [p for point in _finely(ring) if (p := self.view.place_of(point)) is not None]
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for color, width in ((PAPER, 4.0), (INK, 1.8)):
            painter.setPen(QPen(color, width))
            painter.drawPolyline(QPolygonF(places))


def round_step(least_m: float) -> float:
    """Return 1, 2 or 5 times a power of ten, at least so many metres."""
    power = 10.0 ** floor(log10(least_m))
    return next(k * power for k in (1, 2, 5, 10) if k * power >= least_m)


def _finely(ring: list[tuple[float, float, float]]) -> list[tuple[float, float, float]]:
    """Return a line in short pieces: what lies behind the eye is left out piece by piece."""
    points: list[tuple[float, float, float]] = []
    for begin, end in pairwise(ring):
        for share in np.linspace(0, 1, 17):
            points.append(tuple(float(a + (b - a) * share) for a, b in zip(begin, end, strict=True)))  # type: ignore[arg-type]  # noqa: PERF401  three numbers
    return points
