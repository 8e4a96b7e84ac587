"""Places picked on the map for a plugin's parameters: clicks add points, Enter ends, Esc leaves all as it was."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QEvent, QObject, QPointF, Qt
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QWidget

from twin.place import lonlat_from_local
from ui.mouse import CLICK_PX

if TYPE_CHECKING:
    from ui.main_window import MainWindow

Point = tuple[float, float, float]
ENOUGH = {"point": 1, "path": 2, "area": 3}
Picked = Callable[[Sequence[Sequence[float]]], None]


class PluginPicking(QObject):
    """Takes left clicks on the map while something is picked; the wheel and the other buttons go on moving it."""

    def __init__(self, window: MainWindow) -> None:
        """Wait to be asked."""
        super().__init__(window)
        self._window, self._view = window, window.view
        self.kind = ""
        self.points: list[Point] = []
        self._on_picked: Picked | None = None
        self._pressed: QPointF | None = None
        self.overlay = _Overlay(self)
        window.view.installEventFilter(self)

    def begin(self, kind: str, on_picked: Picked) -> None:
        """Pick a "point", "path" or "area"; on_picked gets longitudes and latitudes."""
        self.kind, self.points, self._on_picked = kind, [], on_picked
        self.overlay.begin()
        self._view.setCursor(Qt.CursorShape.CrossCursor)
        self._view.setFocus()

    def cancel(self) -> None:
        """Leave all as it was."""
        self.kind, self.points, self._on_picked = "", [], None
        self._view.unsetCursor()
        self.overlay.hide()

    def finish(self) -> None:
        """Hand over what was picked, if it is enough."""
        frame, done = self._window.session.frame, self._on_picked
        if done is None or frame is None or len(self.points) < ENOUGH[self.kind]:
            return
        lonlat = lonlat_from_local(frame, np.array(self.points)[:, :2])
        self.cancel()
        done([[float(lon), float(lat)] for lon, lat in lonlat])

    def add(self, place: QPointF) -> None:
        """Take the point under a place of the view."""
        point = self._view.point_at(place)
        if point is None:
            return
        self.points.append((float(point[0]), float(point[1]), float(point[2])))
        if self.kind == "point":
            self.finish()
        self.overlay.update()

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:  # noqa: N802  Qt's name
        """See clicks and keys before the view does."""
        if not self.kind:
            return False
        if isinstance(event, QMouseEvent) and event.button() == Qt.MouseButton.LeftButton:
            return self._clicked(event)
        if isinstance(event, QMouseEvent):
            self.overlay.update()
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self.finish()
                return True
            if event.key() == Qt.Key.Key_Escape:
                self.cancel()
                return True
        return event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and self._claims(event)

    def _claims(self, event: QKeyEvent) -> bool:
        """Keep Esc and Enter from the window's own acts while something is picked."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Escape):
            event.accept()
            return True
        return False

    def _clicked(self, event: QMouseEvent) -> bool:
        if event.type() == QEvent.Type.MouseButtonPress:
            self._pressed = event.position()
        elif event.type() == QEvent.Type.MouseButtonRelease and self._pressed is not None:
            moved = (event.position() - self._pressed).manhattanLength()
            self._pressed = None
            if moved < CLICK_PX:
                self.add(event.position())
        elif event.type() == QEvent.Type.MouseButtonDblClick:
            self.finish()
        return True


class _Overlay(QWidget):
    """Shows what has been picked so far."""

    def __init__(self, picking: PluginPicking) -> None:
        super().__init__(picking._view)  # noqa: SLF001  its own part
        self._picking = picking
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()

    def begin(self) -> None:
        """Cover the view."""
        parent = self.parentWidget()
        if parent is not None:
            self.setGeometry(parent.rect())
        self.raise_()
        self.show()

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802  Qt's name
        """Draw the points and what joins them."""
        view = self._picking._view  # noqa: SLF001  its own part
        places = [p for p in (view.place_of(point) for point in self._picking.points) if p is not None]
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for colour, width in (("#ffffff", 5), ("#b0573f", 2.5)):
            painter.setPen(QPen(QColor(colour), width))
            if self._picking.kind == "area" and len(places) > 2:
                painter.drawPolygon(QPolygonF(places))
            else:
                painter.drawPolyline(QPolygonF(places))
            for place in places:
                painter.drawEllipse(place, 4, 4)
