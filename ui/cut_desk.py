"""Cutting in the window: a plane or a box, moved by handles, keys and numbers, and looked at squarely."""

from __future__ import annotations

from dataclasses import replace
from math import atan2, cos, degrees, hypot, pi, radians, sin
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QDockWidget

from layers import camera as moves
from twin.cut import Cut, CutKind, moved_to, place_local
from twin.session import Camera, Composition
from ui import cut_words as words
from ui.cut_overlay import CutOverlay, Handle
from ui.cut_panel import CutPanel
from ui.dock import make_dock, scrolled
from ui.framing import tallest_of
from ui.mouse import Tool

if TYPE_CHECKING:
    from ui.main_window import MainWindow

STEP_SHARE, TURN_DEG = 0.05, 5.0
BOX_SHARE = 0.4
"""A new box is so large a part of what is in view."""
LENS_RAD = radians(35)


class CutDesk(QObject):
    """Follows the acts, the handles and the session's cut."""

    def __init__(self, window: MainWindow) -> None:
        """Join a window."""
        super().__init__(window)
        self._window, self._view, self._session = window, window.view, window.session
        self._held: Handle | None = None
        self._before: Composition | None = None
        self.overlay = CutOverlay(window.view, window.session)
        self.panel = CutPanel(window.session)
        self.dock = make_dock("cut", words.PANEL, scrolled(self.panel))
        window.addDockWidget(Qt.DockWidgetArea.LeftDockWidgetArea, self.dock)
        measuring = window.findChild(QDockWidget, "dock_measurements")
        if measuring is not None:  # one place for both: the left side of a laptop's window is short
            window.tabifyDockWidget(measuring, self.dock)
        self.dock.hide()
        window.menus["docks"].addAction(self.dock.toggleViewAction())
        self.panel.face_asked.connect(self.face)
        self.panel.remove_asked.connect(self.remove)
        acts = window.actions_by_id
        for act, slot in (
            ("cut_plane", self._toggle_plane), ("cut_box", self._toggle_box), ("cut_view", self.face),
            ("cut_off", self.remove), ("cut_nearer", self._nearer), ("cut_farther", self._farther),
            ("cut_turn_left", self._turn_left), ("cut_turn_right", self._turn_right),
        ):  # fmt: skip
            acts[act].triggered.connect(slot)
        self._view.installEventFilter(self)
        self._session.composition_changed.connect(self._changed)
        self._changed(self._session.composition, self._session.composition)

    def _changed(self, _old: Composition, new: Composition) -> None:
        cut = new.cut
        is_on = cut is not None and cut.is_on
        for act, kind in (("cut_plane", CutKind.PLANE), ("cut_box", CutKind.BOX)):
            self._window.actions_by_id[act].setChecked(is_on and cut is not None and cut.kind is kind)
        for act in ("cut_view", "cut_off", "cut_nearer", "cut_farther", "cut_turn_left", "cut_turn_right"):
            self._window.actions_by_id[act].setEnabled(is_on)
        self.overlay.show_cut()

    # acts

    def _toggle_plane(self) -> None:
        self.toggle(CutKind.PLANE)

    def _toggle_box(self) -> None:
        self.toggle(CutKind.BOX)

    def toggle(self, kind: CutKind) -> None:
        """Cut the city this way, or show it whole again; a cut that was there before comes back where it was."""
        cut, frame = self._session.composition.cut, self._session.frame
        if frame is None:
            self._window.notices.info(words.NOTHING_OPEN)
            self._changed(self._session.composition, self._session.composition)
            return
        if cut is not None and cut.kind is kind:
            self._put(replace(cut, is_on=not cut.is_on))
            return
        self._put(self._new(kind))
        self.dock.show()
        self.dock.raise_()
        self._window.notices.info(words.PLANE_HINT if kind is CutKind.PLANE else words.BOX_HINT)

    def _new(self, kind: CutKind) -> Cut:
        camera, frame = self._view.camera, self._session.frame
        assert frame is not None
        x, y = self._middle(camera)
        size_m = self._in_view_m() * BOX_SHARE
        heading = degrees(camera.heading_rad) % 360
        return moved_to(Cut(kind, 0.0, 0.0, heading, size_m, size_m), frame, x, y)

    def _middle(self, camera: Camera) -> tuple[float, float]:
        """Return the ground in the middle of the view."""
        width, height = self._view.size_px
        found = None if camera.is_parallel else self._view.scene.ground_at(camera, width / 2, height / 2)
        x, y, _ = found or camera.target_local
        area = self._session.area
        if area is not None:  # not beyond the city, where the horizon is in the middle
            x, y = min(max(x, area.west_m), area.east_m), min(max(y, area.south_m), area.north_m)
        return x, y

    def _in_view_m(self) -> float:
        camera = self._view.camera
        return moves.metres_per_pixel(camera, self._view.size_px, camera.distance_m) * self._view.size_px[0]

    def _put(self, cut: Cut | None, *, is_undoable: bool = True) -> None:
        self._session.set_composition(replace(self._session.composition, cut=cut), is_undoable=is_undoable)

    def remove(self) -> None:
        """Show the whole city and forget the cut; undo brings it back."""
        self._put(None)

    def _nearer(self) -> None:
        self.move(-STEP_SHARE * self._in_view_m())

    def _farther(self) -> None:
        self.move(STEP_SHARE * self._in_view_m())

    def _turn_left(self) -> None:
        self.turn(-TURN_DEG)

    def _turn_right(self) -> None:
        self.turn(TURN_DEG)

    def move(self, ahead_m: float) -> None:
        """Move the cut along the way it looks."""
        cut, frame = self._session.composition.cut, self._session.frame
        if cut is not None and frame is not None:
            x, y = place_local(cut, frame)
            turn = radians(cut.heading_deg)
            self._put(moved_to(cut, frame, x + sin(turn) * ahead_m, y + cos(turn) * ahead_m))

    def turn(self, by_deg: float) -> None:
        """Turn the cut about its middle."""
        cut = self._session.composition.cut
        if cut is not None:
            self._put(cut.turned(by_deg))

    def face(self) -> None:
        """Look square at the cut, without perspective."""
        cut, frame, area = self._session.composition.cut, self._session.frame, self._session.area
        if cut is None or frame is None or area is None:
            return
        x, y = place_local(cut, frame)
        width_m = cut.width_m if cut.kind is CutKind.BOX else min(self._in_view_m(), area.diagonal_m)
        tallest_m = min(max((tallest_of(layer) for layer in self._session.layers.values()), default=0.0), 1000.0)
        width_px, height_px = self._view.size_px
        height_m = max(width_m * 1.1 * height_px / width_px, tallest_m * 0.4, 20.0)
        camera = Camera(
            (x, y, height_m / 2 - max(height_m * 0.16, 4.0)), height_m / 2 / _half_lens(), radians(cut.heading_deg),
            pi / 2, LENS_RAD, is_parallel=True,
        )  # fmt: skip
        self._view.fly_to(camera)

    # handles

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802  Qt's name
        """Let a hand take hold of a handle before the view takes hold of the ground."""
        if watched is not self._view or not isinstance(event, QMouseEvent) or not self.overlay.isVisible():
            return False
        match event.type():
            case QEvent.Type.MouseButtonPress if event.button() == Qt.MouseButton.LeftButton:
                return self._press(event.position())
            case QEvent.Type.MouseMove if self._held is not None:
                self.drag(event.position())
                return True
            case QEvent.Type.MouseMove if not event.buttons():
                self._point(event.position())
            case QEvent.Type.MouseButtonRelease if self._held is not None:
                self._release()
                return True
        return False

    def _point(self, place: QPointF) -> None:
        handle = self.overlay.handle_at(place) if self._view.mouse.tool is Tool.NONE else None
        name = handle.name if handle is not None else ""
        if name != self.overlay.held:
            self.overlay.held = name
            self.overlay.update()

    def _press(self, place: QPointF) -> bool:
        if self._view.mouse.tool is not Tool.NONE:
            return False
        self._held, self._before = self.overlay.handle_at(place), self._session.composition
        return self._held is not None

    def drag(self, place: QPointF) -> None:
        """Move the handle in the hand to a place of the view; undo takes the whole drag back at once."""
        cut, frame, held = self._session.composition.cut, self._session.frame, self._held
        ground = self._view.scene.ground_at(self._view.camera, *self._view.pixel_of(place))
        if cut is None or frame is None or held is None or ground is None:
            return
        x, y = place_local(cut, frame)
        dx, dy = ground[0] - x, ground[1] - y
        if held.name == "move":
            self._put(moved_to(cut, frame, ground[0], ground[1]), is_undoable=False)
        elif held.name in ("turn", "turn_left"):
            if hypot(dx, dy) > 0.5:
                straight = degrees(atan2(dx, dy))
                aside = {"turn": 90.0, "turn_left": -90.0}[held.name] if cut.kind is CutKind.PLANE else 0.0
                self._put(replace(cut, heading_deg=(straight - aside) % 360), is_undoable=False)
        else:
            self._size(cut, held.name, dx, dy)

    def _size(self, cut: Cut, side: str, dx: float, dy: float) -> None:
        """Draw one side of the box to a place; the other side stays."""
        frame = self._session.frame
        assert frame is not None
        turn = radians(cut.heading_deg)
        way = {"north": (sin(turn), cos(turn)), "east": (cos(turn), -sin(turn))}
        way |= {"south": (-way["north"][0], -way["north"][1]), "west": (-way["east"][0], -way["east"][1])}
        ahead = way[side]
        size_m = cut.depth_m if side in ("north", "south") else cut.width_m
        new_m = max(dx * ahead[0] + dy * ahead[1] + size_m / 2, 2.0)
        x, y = place_local(cut, frame)
        shift = (new_m - size_m) / 2
        moved = moved_to(cut, frame, x + ahead[0] * shift, y + ahead[1] * shift)
        sized = replace(moved, depth_m=new_m) if side in ("north", "south") else replace(moved, width_m=new_m)
        self._put(sized, is_undoable=False)

    def _release(self) -> None:
        after, before = self._session.composition, self._before
        self._held = self._before = None
        if before is not None and after != before:
            self._session.set_composition(before, is_undoable=False)
            self._session.set_composition(after)


def _half_lens() -> float:
    return sin(LENS_RAD / 2) / cos(LENS_RAD / 2)


def attach(window: MainWindow) -> None:
    """Add cutting to a window."""
    CutDesk(window)
