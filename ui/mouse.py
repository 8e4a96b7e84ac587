"""What the mouse, the wheel and two fingers do to the camera: Map and CAD style, and the tools."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import replace
from enum import Enum, StrEnum
from math import cos, exp, sin
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QMouseEvent, QNativeGestureEvent, QWheelEvent
from PySide6.QtWidgets import QGestureEvent, QPinchGesture

from layers import camera as moves
from layers.flight import glide_from
from twin.session import Camera

if TYPE_CHECKING:
    from ui.scene_view import SceneView

Point = tuple[float, float, float]
CLICK_PX = 4
"""A press that moves less is a click."""
TURN_RAD_PER_PX = 0.005
ZOOM_PER_PX = 0.006
ZOOM_PER_NOTCH = 0.78
WHEEL_DECAY_S = 0.07
NOTCH = 120
BEFORE_WALL_M = 12.0
SLOWEST_PX_PER_S = 12.0


class MouseStyle(StrEnum):
    """Which drag does what."""

    MAP = "map"
    CAD = "cad"


class Tool(StrEnum):
    """What a left click or drag is for, instead of moving."""

    NONE = "none"
    RECTANGLE = "rectangle"
    STAND = "stand"
    MEASURE = "measure"
    """Clicks belong to ui/measure_desk.py."""
    DRAW = "draw"
    """Clicks belong to ui/draw_desk.py."""


class Drag(Enum):
    """What a drag does."""

    NOTHING = 0
    PAN = 1
    ORBIT = 2
    ZOOM = 3
    LOOK = 4
    BOX = 5


class Mouse:
    """One hand: what it holds, since when and where."""

    def __init__(self, view: SceneView) -> None:
        """Move this view's camera."""
        self._view = view
        self.style = MouseStyle.MAP
        self.tool = Tool.NONE
        self.pivot: Point | None = None
        """What is turned about just now, to be shown."""
        self.box: QRect | None = None
        """The rectangle being drawn, to be shown."""
        self._drag = Drag.NOTHING
        self._has_moved = False
        self._pressed, self._last = QPointF(), QPointF()
        self._held: Point | None = None
        self._trail: deque[tuple[float, tuple[float, float]]] = deque(maxlen=12)
        self._wheel = 0.0

    @property
    def is_dragging(self) -> bool:
        """Return whether a button is down and holds something."""
        return self._drag is not Drag.NOTHING and self._has_moved

    def drag_for(self, event: QMouseEvent) -> Drag:
        """Return what a drag with these buttons and keys does."""
        shifted = bool(event.modifiers() & (Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.ControlModifier))
        match event.button():
            case Qt.MouseButton.RightButton:
                return Drag.LOOK if self._view.is_standing else Drag.ZOOM  # eyes stay at eye level
            case Qt.MouseButton.LeftButton if self.tool is Tool.RECTANGLE:
                return Drag.BOX
            case Qt.MouseButton.LeftButton | Qt.MouseButton.MiddleButton if self._view.is_standing:
                return Drag.LOOK
            case Qt.MouseButton.LeftButton:
                orbits = shifted != (self.style is MouseStyle.CAD)
                return Drag.ORBIT if orbits else Drag.PAN
            case Qt.MouseButton.MiddleButton:
                return Drag.PAN if self.style is MouseStyle.CAD else Drag.ORBIT
        return Drag.NOTHING

    def press(self, event: QMouseEvent) -> None:
        """Take hold."""
        if event.button() in {Qt.MouseButton.BackButton, Qt.MouseButton.ForwardButton}:
            session = self._view.session
            self._view.leave_standing_behind()
            (session.camera_back if event.button() == Qt.MouseButton.BackButton else session.camera_forward)()
            return
        self._drag, self._has_moved = self.drag_for(event), False
        self._pressed = self._last = event.position()
        self._held = None
        self._trail.clear()

    def move(self, event: QMouseEvent) -> None:
        """Move what is held."""
        if self._drag is Drag.NOTHING:
            return
        here = event.position()
        if not self._has_moved:
            if (here - self._pressed).manhattanLength() < CLICK_PX:
                return
            self._begin()
        step = here - self._last
        self._last = here
        self._trail.append((time.perf_counter(), (here.x(), here.y())))
        self._move(here, step)

    def _begin(self) -> None:
        self._has_moved = True
        if self._drag in {Drag.PAN, Drag.ORBIT, Drag.ZOOM}:
            self._held = self._view.pivot_at(self._pressed)
        if self._drag is Drag.ORBIT:
            self.pivot = self._held
        if self._drag is Drag.PAN:
            self._view.setCursor(Qt.CursorShape.ClosedHandCursor)

    def _move(self, here: QPointF, step: QPointF) -> None:
        view = self._view
        match self._drag:
            case Drag.PAN if self._held is not None:
                view.move_to(moves.grab(view.camera, view.size_px, self._held, *view.pixel_of(here)))
            case Drag.ORBIT if self._held is not None:
                turned = moves.orbit(view.camera, self._held, step.x() * TURN_RAD_PER_PX, -step.y() * TURN_RAD_PER_PX)
                view.move_to(turned)
            case Drag.ZOOM if self._held is not None:
                view.move_to(moves.zoom_to(view.camera, self._held, exp(step.y() * ZOOM_PER_PX)))
            case Drag.LOOK:
                view.move_to(moves.look(view.camera, -step.x() * TURN_RAD_PER_PX, step.y() * TURN_RAD_PER_PX))
            case Drag.BOX:
                self.box = QRect(_whole(self._pressed), _whole(here)).normalized()
                view.update()

    def release(self, event: QMouseEvent) -> None:
        """Let go: glide on, end the rectangle, or click."""
        drag, self._drag = self._drag, Drag.NOTHING
        self.pivot = None
        if drag is Drag.BOX or (self.tool is not Tool.NONE and not self._has_moved):
            self._use_tool(event)
        elif not self._has_moved and event.button() == Qt.MouseButton.LeftButton:
            self._click(event)
        elif not self._has_moved and event.button() == Qt.MouseButton.RightButton:
            self._view.menu_asked.emit(event.position())
        elif drag is Drag.PAN:
            self._view.set_tool_cursor()
            self._glide()
        self._view.update()

    def _click(self, event: QMouseEvent) -> None:
        is_added = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        self._view.clicked.emit(self._view.pick(event.position()), is_added)

    def _use_tool(self, event: QMouseEvent) -> None:
        box, self.box = self.box, None
        if self.tool is Tool.STAND and not self._has_moved and event.button() == Qt.MouseButton.LeftButton:
            self.stand_at_place(event.position())
        elif self.tool is Tool.RECTANGLE and box is not None:
            ratio = self._view.devicePixelRatioF()
            pixels = QRectF(box.x() * ratio, box.y() * ratio, box.width() * ratio, box.height() * ratio)
            is_added = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
            self._view.boxed.emit(pixels, is_added)
        elif self.tool is Tool.RECTANGLE and event.button() == Qt.MouseButton.LeftButton:
            self._click(event)

    def stand_at_place(self, place: QPointF) -> None:
        """Stand on the ground that was clicked; before a building, if one was: not in it."""
        found = self._view.pick(place)
        if found is None:
            ground = self._view.scene.ground_at(self._view.camera, *self._view.pixel_of(place))
            if ground is not None:
                self._view.stand(ground)
            return
        x, y, _ = found.point_local
        heading = self._view.camera.heading_rad
        self._view.stand((x - BEFORE_WALL_M * sin(heading), y - BEFORE_WALL_M * cos(heading), 0.0))

    def _glide(self) -> None:
        times, places = [t for t, _ in self._trail], [p for _, p in self._trail]
        glide = glide_from(times, places, time.perf_counter())
        held, here = self._held, (self._last.x(), self._last.y())
        if glide is None or held is None:
            return
        view = self._view

        def step(camera: Camera, _since_s: float, step_s: float) -> Camera | None:
            nonlocal glide, here
            if glide is None or glide.is_over(SLOWEST_PX_PER_S):
                return None
            moved, glide = glide.after(step_s)
            here = here[0] + moved[0], here[1] + moved[1]
            return moves.grab(camera, view.size_px, held, *view.pixel_of(QPointF(*here)))

        view.motion.start(step)

    def double_click(self, event: QMouseEvent) -> None:
        """Fly to the thing under the cursor: half way nearer, and nearer still to a building."""
        if event.button() != Qt.MouseButton.LeftButton or self._view.is_standing or self.tool is not Tool.NONE:
            return
        point = self._view.point_at(event.position())
        if point is not None:
            self.fly_to_point(point)

    def fly_to_point(self, point: Point, *, nearest_m: float = 250.0) -> None:
        """Fly so that a point is in the middle, nearer than now."""
        camera = self._view.camera
        distance_m = max(min(camera.distance_m * 0.4, 4000.0), min(nearest_m, camera.distance_m))
        self._view.fly_to(replace(camera, target_local=point, distance_m=distance_m))

    def wheel(self, event: QWheelEvent) -> None:
        """Zoom to the cursor; notches run out softly, touch pads directly."""
        place = event.position()
        if not event.pixelDelta().isNull():
            self._zoom(place, exp(-event.pixelDelta().y() * ZOOM_PER_PX * 0.5))
            return
        notches = event.angleDelta().y() / NOTCH
        if not notches:
            return
        self.zoom_softly(place, ZOOM_PER_NOTCH**notches)

    def zoom_softly(self, place: QPointF, factor: float) -> None:
        """Zoom to a place over a few frames; steps that come meanwhile add up."""
        self._wheel = (self._wheel if self._view.motion.is_going and self._wheel else 1.0) * factor
        held, view = self._view.pivot_at(place), self._view

        def step(camera: Camera, _since_s: float, step_s: float) -> Camera | None:
            if abs(self._wheel - 1.0) < 0.002:
                self._wheel = 0.0
                return None
            part = self._wheel ** (1 - exp(-step_s / WHEEL_DECAY_S))
            self._wheel /= part
            return moves.zoom_to(camera, held, part)

        view.motion.start(step)

    def _zoom(self, place: QPointF, factor: float) -> None:
        view = self._view
        view.move_to(moves.zoom_to(view.camera, view.pivot_at(place), factor))

    def gesture(self, event: QEvent) -> bool:
        """Zoom by two fingers."""
        if isinstance(event, QNativeGestureEvent):
            if event.gestureType() == Qt.NativeGestureType.ZoomNativeGesture:
                self._zoom(event.position(), 1 / max(1 + event.value(), 0.1))
                return True
            return False
        if isinstance(event, QGestureEvent):
            pinch = event.gesture(Qt.GestureType.PinchGesture)
            if isinstance(pinch, QPinchGesture):
                self._zoom(pinch.centerPoint(), 1 / max(pinch.scaleFactor(), 0.1))
                event.accept(pinch)
                return True
        return False


def _whole(place: QPointF) -> QPoint:
    return place.toPoint()
