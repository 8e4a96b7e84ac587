"""The city on screen: paints the scene's latest picture, draws while things move, refines when they rest."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from math import radians

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QCloseEvent,
    QFocusEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
    QShowEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from layers import camera as moves
from layers.pick import Pick
from layers.scene import Scene
from twin.session import Camera, Selection, Session
from twin.togetherness import ground_of_layers
from ui import words
from ui.framing import above
from ui.keys import Binding
from ui.motion import Motion
from ui.mouse import Mouse, MouseStyle, Tool
from ui.pictures import Pictures
from ui.plain import named
from ui.scene_keys import SceneKeys
from ui.scene_marks import paint_box, paint_pivot

REST_MS = 150
"""After this long without a move the picture is refined."""
HOVER_MS = 80
Point = tuple[float, float, float]


class SceneView(QWidget):
    """A widget that shows a Scene and turns hands into camera moves. Renders only when idle."""

    camera_moved = Signal(object)
    """The camera, each time it moved."""
    hovered = Signal(object)
    """The point under the cursor, local metres; None for the sky."""
    clicked = Signal(object, bool)
    """(Pick or None, is added to the selection)."""
    boxed = Signal(QRectF, bool)
    """(rectangle in pixels of the picture, is added): the rectangle tool was used."""
    menu_asked = Signal(QPointF)
    """A right click: where."""
    tool_changed = Signal(object)
    standing_changed = Signal(bool)
    drawn = Signal()
    failed = Signal(object)
    """Drawing raised; the last picture stays."""

    def __init__(self, scene: Scene, session: Session) -> None:
        """Show a scene."""
        super().__init__()
        self.scene, self.session = scene, session
        self.camera: Camera = session.camera
        self._is_moving = False
        self._has_keyboard = False
        self._before_standing: Camera | None = None
        self.pictures = Pictures(self)
        self.mouse = Mouse(self)
        self.motion = Motion(self)
        self.keys = SceneKeys(self)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.grabGesture(Qt.GestureType.PinchGesture)
        named(self, words.SCENE, words.SCENE_TIP)
        self.setToolTip("")
        self._rest_timer = self._timer(REST_MS, self._rest, is_single=True)
        self._hover_timer = self._timer(HOVER_MS, self._hover, is_single=True)
        self._cursor: QPointF | None = None
        scene.changed.connect(self.ask)
        scene.recoloured.connect(self.pictures.recolour)
        session.camera_changed.connect(self._camera_changed)
        session.selection_changed.connect(self._describe)
        session.layers_changed.connect(self._describe)

    def _timer(self, interval_ms: int, slot: Callable[[], None], *, is_single: bool) -> QTimer:
        timer = QTimer(self)
        timer.setSingleShot(is_single)
        timer.setInterval(interval_ms)
        timer.timeout.connect(slot)
        return timer

    def sizeHint(self) -> QSize:  # noqa: N802  Qt's name
        """Take most of the window."""
        return QSize(960, 640)

    def minimumSizeHint(self) -> QSize:  # noqa: N802  Qt's name
        """Leave room for panels at large text sizes."""
        return QSize(320, 240)

    def set_bindings(self, table: tuple[Binding, ...]) -> None:
        """Take another table of keys."""
        self.keys.set_bindings(table)

    # geometry

    @property
    def size_px(self) -> tuple[int, int]:
        """Return the picture's width and height in device pixels."""
        ratio = self.devicePixelRatioF()
        return max(round(self.width() * ratio), 1), max(round(self.height() * ratio), 1)

    @property
    def letter_scale(self) -> float:
        """Return how many device pixels a pixel of labels, lines and pins is."""
        return self.devicePixelRatioF()

    def pixel_of(self, place: QPointF) -> tuple[float, float]:
        """Return the picture's pixel under a place of the widget."""
        ratio = self.devicePixelRatioF()
        return place.x() * ratio, place.y() * ratio

    def place_of(self, point: Point) -> QPointF | None:
        """Return where a point appears in the widget; None behind the eye."""
        pixel, depth = moves.project(self.camera, self.size_px, [point])
        ratio = self.devicePixelRatioF()
        return QPointF(pixel[0, 0] / ratio, pixel[0, 1] / ratio) if depth[0] > 0 else None

    def pick(self, place: QPointF) -> Pick | None:
        """Return the thing under a place of the widget."""
        return self.scene.pick(self.camera, *self.pixel_of(place))

    def point_at(self, place: QPointF) -> Point | None:
        """Return the point of a thing or of the ground under a place; None for the sky."""
        found = self.pick(place)
        return found.point_local if found is not None else self.scene.ground_at(self.camera, *self.pixel_of(place))

    def pivot_at(self, place: QPointF) -> Point:
        """Return what to turn about: the point under a place, in the sky the middle of the view."""
        found = self.point_at(place)
        far_m = 60 * self.camera.distance_m
        if found is None or np.hypot(found[0] - self.camera.eye_local[0], found[1] - self.camera.eye_local[1]) > far_m:
            return self.camera.target_local
        return found

    # the camera

    def move_to(self, camera: Camera) -> None:
        """Look from elsewhere now; the session hears of it when the camera rests."""
        camera = above(camera, ground_of_layers(self.session.layers, self.session.composition))
        if camera == self.camera:
            return
        self.camera = camera
        self._is_moving = True
        self._rest_timer.start()
        self.pictures.move()
        self.camera_moved.emit(camera)

    def fly_to(self, camera: Camera) -> None:
        """Go elsewhere smoothly."""
        self.motion.fly(camera)

    def _camera_changed(self, _old: Camera, new: Camera) -> None:
        if new != self.camera and not self._is_moving:
            self.motion.fly(new)

    def _rest(self) -> None:
        if self.motion.is_going or self.mouse.is_dragging:
            self._rest_timer.start()
            return
        self._is_moving = False
        self.session.set_camera(self.camera)
        self.ask()

    # drawing

    def ask(self) -> None:
        """Ask for a picture; many asks are one picture when idle."""
        self.pictures.ask()

    def pause(self, *, is_paused: bool) -> None:
        """Leave the scene to somebody else for a while; the picture on screen stays."""
        self.pictures.pause(is_paused=is_paused)

    @property
    def is_moving(self) -> bool:
        """Return whether the camera moves."""
        return self._is_moving

    @property
    def is_settled(self) -> bool:
        """Return whether the picture on screen is the last one until something changes."""
        return not self._is_moving and not self._rest_timer.isActive() and self.pictures.is_settled

    def image(self) -> QImage | None:
        """Return the picture on screen."""
        return self.pictures.image

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802  Qt's name
        """Paint the latest picture, and over it what the hand is doing."""
        painter = QPainter(self)
        if self.pictures.image is None:
            painter.fillRect(self.rect(), self.palette().window())
        else:
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawImage(QRectF(self.rect()), self.pictures.image)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.mouse.pivot is not None:
            paint_pivot(painter, self.place_of(self.mouse.pivot))
        if self.mouse.box is not None:
            paint_box(painter, self.mouse.box, self.palette().highlight().color())
        if self.hasFocus() and self._has_keyboard:
            painter.setPen(QPen(self.palette().highlight().color(), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(self.rect().adjusted(1, 1, -1, -1))

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802  Qt's name
        """Draw pictures of the new size."""
        super().resizeEvent(event)
        self.pictures.resize()

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802  Qt's name
        """Draw the first picture."""
        super().showEvent(event)
        self.pictures.resize()

    # tools

    def set_tool(self, tool: Tool) -> None:
        """Take a tool in hand; Tool.NONE puts it down."""
        self.mouse.tool = tool
        self.set_tool_cursor()
        self.tool_changed.emit(tool)

    def set_tool_cursor(self) -> None:
        """Show the cursor of the tool in hand."""
        is_free = self.mouse.tool is Tool.NONE
        self.setCursor(Qt.CursorShape.ArrowCursor if is_free else Qt.CursorShape.CrossCursor)

    def set_mouse_style(self, style: MouseStyle) -> None:
        """Let the left button move the ground (Map) or orbit (CAD)."""
        self.mouse.style = style

    @property
    def is_standing(self) -> bool:
        """Return whether one stands in the city."""
        return self._before_standing is not None

    @property
    def camera_in_air(self) -> Camera:
        """Return the camera, or where its flight ends; while one stands, the one that flew before."""
        return self._before_standing or self.motion.end or self.camera

    def stand(self, point: Point) -> None:
        """Stand at a point and look the way one looked."""
        if self._before_standing is None:
            self._before_standing = self.camera
            self.standing_changed.emit(True)
        self.set_tool(Tool.NONE)
        standing = moves.stand_at(self.camera, point, self.camera.heading_rad)
        self.fly_to(replace(standing, view_angle_rad=radians(60)))
        self.setFocus()

    def stop_standing(self) -> None:
        """Go back to where one flew before."""
        before, self._before_standing = self._before_standing, None
        if before is not None:
            self.standing_changed.emit(False)
            self.fly_to(before)

    def leave_standing_behind(self) -> None:
        """Forget the way back: another view was asked for."""
        if self._before_standing is not None:
            self._before_standing = None
            self.standing_changed.emit(False)

    # hands

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802  Qt's name
        """Begin a drag or a click."""
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        self.motion.stop()
        self.mouse.press(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802  Qt's name
        """Go on with a drag, or say what is under the cursor."""
        self._cursor = event.position()
        if event.buttons():
            self.mouse.move(event)
        elif not self._hover_timer.isActive():
            self._hover_timer.start()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802  Qt's name
        """End a drag, or click."""
        self.mouse.release(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # noqa: N802  Qt's name
        """Fly to what is under the cursor."""
        self.mouse.double_click(event)

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802  Qt's name
        """Zoom to the cursor."""
        self.mouse.wheel(event)
        event.accept()

    def event(self, event: QEvent) -> bool:
        """Zoom by pinching, on touch screens and touch pads."""
        if event.type() in {QEvent.Type.Gesture, QEvent.Type.NativeGesture}:
            return self.mouse.gesture(event)
        return super().event(event)

    def leaveEvent(self, event: QEvent) -> None:  # noqa: N802  Qt's name
        """Nothing is under the cursor any more."""
        super().leaveEvent(event)
        self._cursor = None
        self.hovered.emit(None)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802  Qt's name
        """Move by keys; other keys belong to the window."""
        if not self.keys.press(event):
            super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:  # noqa: N802  Qt's name
        """Stop moving by keys."""
        if not self.keys.release(event):
            super().keyReleaseEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:  # noqa: N802  Qt's name
        """Keys that are down are let go."""
        self.keys.let_go()
        super().focusOutEvent(event)
        self.update()

    def focusInEvent(self, event: QFocusEvent) -> None:  # noqa: N802  Qt's name
        """Show that keys arrive here, to those who came by keyboard."""
        by_keys = {Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason, Qt.FocusReason.ShortcutFocusReason}
        self._has_keyboard = event.reason() in by_keys
        super().focusInEvent(event)
        self.update()

    def _hover(self) -> None:
        if self._cursor is not None and not self._is_moving:
            self.hovered.emit(self.point_at(self._cursor))

    def _describe(self, _old: object = None, _new: Selection | object = None) -> None:
        self.setAccessibleDescription(
            words.scene_accessible(len(self.session.layers), len(self.session.selection.rows))
        )

    # the end

    def stop(self) -> None:
        """Stop all timers and follow nothing any more."""
        self.motion.stop()
        self.pictures.stop()
        for timer in self.findChildren(QTimer):
            timer.stop()
        self.scene.changed.disconnect(self.ask)
        self.scene.recoloured.disconnect(self.pictures.recolour)
        self.session.camera_changed.disconnect(self._camera_changed)
        self.session.selection_changed.disconnect(self._describe)
        self.session.layers_changed.disconnect(self._describe)

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802  Qt's name
        """Stop with the window."""
        self.stop()
        super().closeEvent(event)
