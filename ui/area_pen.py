"""A pen for areas on the ground: drag a rectangle, or click corners and end with a double click or Enter."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPointF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent

from ui.draw_overlay import DrawOverlay, Point
from ui.scene_view import SceneView

DRAG_PX = 8.0


class AreaPen(QObject):
    """Draws one area on a view, then rests."""

    drawn = Signal(object)
    """The corners ((x, y, z), ...) in local metres."""
    ended = Signal()
    """Nothing was drawn: Escape."""

    def __init__(self, view: SceneView) -> None:
        """Rest."""
        super().__init__(view)
        self._view = view
        self.overlay = DrawOverlay(view)
        self.is_on = False
        self._corners: list[Point] = []
        self._pressed: QPointF | None = None
        view.installEventFilter(self)

    def begin(self, text: str) -> None:
        """Take the mouse until an area is drawn.

        text   what to do, beside the pointer
        """
        self.is_on, self._corners, self._pressed = True, [], None
        self._text = text
        self._view.setCursor(Qt.CursorShape.CrossCursor)
        self._view.setFocus()
        middle = self._view.rect().center()
        self._show([], QPointF(middle))

    def cancel(self) -> None:
        """Rest, with nothing drawn."""
        if self.is_on:
            self._rest()
            self.ended.emit()

    def show_area(self, corners: list[Point]) -> None:
        """Show an area that was drawn; none for none."""
        if not self.is_on:
            self.overlay.corners, self.overlay.text = tuple(corners), ""
            self.overlay.refresh()

    def _rest(self) -> None:
        self.is_on, self._corners, self._pressed = False, [], None
        self._view.unsetCursor()
        self.show_area([])

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802  Qt's name
        """Take clicks, drags and the keys that end it; the wheel still moves the camera."""
        if not self.is_on or watched is not self._view:
            return False
        if isinstance(event, QMouseEvent):
            return self._mouse(event)
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            if event.key() == Qt.Key.Key_Escape:
                self.cancel()
                return True
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self._finish()
                return True
        return False

    def _mouse(self, event: QMouseEvent) -> bool:
        place = event.position()
        match event.type():
            case QEvent.Type.MouseButtonPress if event.button() == Qt.MouseButton.LeftButton:
                self._pressed = place
            case QEvent.Type.MouseMove:
                self._hover(place)
            case QEvent.Type.MouseButtonRelease if self._pressed is not None:
                pressed, self._pressed = self._pressed, None
                if _apart(pressed, place) > DRAG_PX and not self._corners:
                    self._take_rectangle(pressed, place)
                elif (point := self._ground(place)) is not None:
                    self._corners.append(point)
                    self._hover(place)
            case QEvent.Type.MouseButtonDblClick:
                self._finish()
            case _:
                return event.button() == Qt.MouseButton.LeftButton
        return True

    def _hover(self, place: QPointF) -> None:
        if self._pressed is not None and not self._corners and _apart(self._pressed, place) > DRAG_PX:
            self._show(self._rectangle(self._pressed, place), place)
            return
        point = self._ground(place)
        self._show([*self._corners, *([point] if point is not None else [])], place)

    def _show(self, corners: list[Point], place: QPointF) -> None:
        self.overlay.corners, self.overlay.text, self.overlay.place = tuple(corners), self._text, place
        self.overlay.refresh()

    def _ground(self, place: QPointF) -> Point | None:
        return self._view.scene.ground_at(self._view.camera, *self._view.pixel_of(place))

    def _rectangle(self, one: QPointF, other: QPointF) -> list[Point]:
        places = (one, QPointF(other.x(), one.y()), other, QPointF(one.x(), other.y()))
        points = [self._ground(place) for place in places]
        return [point for point in points if point is not None] if None not in points else []

    def _take_rectangle(self, one: QPointF, other: QPointF) -> None:
        self._corners = self._rectangle(one, other)
        self._finish()

    def _finish(self) -> None:
        corners = [c for i, c in enumerate(self._corners) if i == 0 or c != self._corners[i - 1]]
        if len(corners) < 3:
            self.cancel()
            return
        self._rest()
        self.drawn.emit(tuple(corners))


def _apart(one: QPointF, other: QPointF) -> float:
    gap = one - other
    return abs(gap.x()) + abs(gap.y())
