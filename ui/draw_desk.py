"""Drawing proposals in the window: outlines on the ground, handles of the marked edit, taking away, placing models.

Drags that do not hold a handle go on moving the camera.
"""

from __future__ import annotations

from dataclasses import replace
from math import hypot
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from PySide6.QtCore import QEvent, QObject, QPointF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent

from layers import camera as moves
from layers.pick import Pick
from twin.errors import ScenarioError, TwinError
from twin.place import LocalFrame
from twin.proposed import PROPOSED, outline_of, row_polygon
from twin.scenario import Edit, EditKind, GroundUse, checked
from twin.scenario_moves import middle_of, with_corner, with_corner_between
from twin.scenario_shapes import crosses_itself, points_local, polygons_in, ring_lonlat
from ui import scenario_words as words
from ui.draw_edits import edit_of_row, raised, shifted
from ui.draw_hand import XY, Typed, aimed, side_directions, typed_length
from ui.draw_overlay import DrawOverlay, Handle
from ui.mouse import CLICK_PX, Tool
from ui.scenario_keeping import ScenarioKeeping
from ui.snapping import SnapKind, snap

if TYPE_CHECKING:
    from ui.main_window import MainWindow

CLOSE_PX = 12.0
"""A click so near to the first corner closes the outline."""
NEAR_M = 80.0
"""Sides of proposals within this distance are what parallels are held to."""
LINES = ("street", "trees")
NEW_STOREYS = 5.0
TYPED = set("0123456789.,<@")


class DrawDesk(QObject):
    """Takes clicks and keys while a drawing tool is in hand, and drags of the marked edit's handles."""

    tool_changed = Signal(str)
    made = Signal(str)
    """The id of an edit that was drawn."""

    def __init__(self, window: MainWindow, keeping: ScenarioKeeping) -> None:
        """Join a window."""
        super().__init__(window)
        self._window, self._view, self._session, self._keeping = window, window.view, window.session, keeping
        self.tool = ""
        self.corners: list[XY] = []
        """Clicked so far, local metres."""
        self.typed = ""
        """The length being typed."""
        self.pattern = Edit("", EditKind.BUILD, storeys=NEW_STOREYS)
        """What the next building is like: storeys, use, setbacks."""
        self.model_path = ""
        self._marked: tuple[str, ...] = ()
        self._next: XY | None = None
        self._pressed: QPointF | None = None
        self._held: Handle | None = None
        self._before: Edit | None = None
        self._held_from: QPointF = QPointF()
        self._has_ended_by_double_click = False
        self.overlay = DrawOverlay(window.view)
        self._view.tool_changed.connect(self._tool_changed)
        self._view.installEventFilter(self)
        self._session.composition_changed.connect(self._composition_changed)

    # the tool

    def take(self, tool: str) -> None:
        """Take a tool of words.TOOLS in hand; "" puts it down."""
        if not tool or self._session.frame is None:
            if tool:
                self._window.notices.info(words.NO_CITY)
            self._view.set_tool(Tool.NONE)
            self.tool_changed.emit(self.tool)
            return
        self.corners, self.typed, self._next = [], "", None
        self._view.set_tool(Tool.DRAW)
        self.tool = tool
        self._view.setFocus()
        self._window.notices.info(words.CLICK_FOR_MODEL if tool == "model" else words.TOOLS[tool][1])
        self.tool_changed.emit(tool)
        self._show()

    def _tool_changed(self, tool: object) -> None:
        if tool is not Tool.DRAW and self.tool:
            self.tool, self.corners, self.typed, self._next = "", [], "", None
            self.tool_changed.emit("")
            self._show()

    @property
    def is_line(self) -> bool:
        """Return whether the tool draws a line."""
        return self.tool in LINES

    # hands

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802  Qt's name
        """See clicks and keys before the view does; what moves the camera is left to it."""
        if watched is not self._view:
            return False
        if isinstance(event, QMouseEvent):
            return self._mouse(event)
        if isinstance(event, QKeyEvent) and self.tool:
            if event.type() == QEvent.Type.ShortcutOverride and self._is_ours(event):
                event.accept()  # digits are bookmarks elsewhere
                return True
            if event.type() == QEvent.Type.KeyPress:
                return self._key(event)
        return False

    def _is_ours(self, event: QKeyEvent) -> bool:
        has_control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        return not has_control and (event.text() in TYPED or event.key() == Qt.Key.Key_Backspace) and bool(self.corners)

    def _mouse(self, event: QMouseEvent) -> bool:
        match event.type():
            case QEvent.Type.MouseButtonPress:
                self._pressed = event.position()
                if event.button() == Qt.MouseButton.LeftButton and not self.tool:
                    return self._take_hold(event.position())
            case QEvent.Type.MouseMove if self._held is not None:
                self._drag(event.position(), is_free=_is_free(event))
                return True
            case QEvent.Type.MouseMove if self.tool and not event.buttons():
                self.hover(event.position(), is_free=_is_free(event))
            case QEvent.Type.MouseButtonRelease if self._held is not None:
                self._let_go()
                return True
            case QEvent.Type.MouseButtonRelease if self.tool:
                self._release(event)
            case QEvent.Type.MouseButtonDblClick if event.button() == Qt.MouseButton.LeftButton:
                return self._double_click(event)
        return False

    def _double_click(self, event: QMouseEvent) -> bool:
        if self.tool:
            self._has_ended_by_double_click = True
            self._pressed = event.position()
            self.finish()
            return False
        handle = self.overlay.handle_at(event.position())
        edit = self._keeping.edit(self._marked[0]) if len(self._marked) == 1 else None
        frame = self._session.frame
        if handle is None or handle.name != "corner" or edit is None or frame is None:
            return False
        is_gone = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        change = (
            with_corner(edit, frame, handle.number, None)
            if is_gone
            else with_corner_between(edit, frame, handle.number)
        )
        self._keeping.put(change)
        return True

    def _release(self, event: QMouseEvent) -> None:
        pressed, self._pressed = self._pressed, None
        if self._has_ended_by_double_click:
            self._has_ended_by_double_click = False
            return
        if pressed is None or (event.position() - pressed).manhattanLength() >= CLICK_PX:
            return
        if event.button() == Qt.MouseButton.LeftButton:
            self.click(event.position(), is_free=_is_free(event))
        elif event.button() == Qt.MouseButton.RightButton:
            self.finish()

    def _key(self, event: QKeyEvent) -> bool:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.add_typed() if self.typed else self.finish()
            return True
        if event.key() in (Qt.Key.Key_Backspace, Qt.Key.Key_Delete):
            self.take_back()
            return True
        if event.text() and event.text() in TYPED and self.corners:
            self.typed += event.text()
            self._aim_again()
            return True
        return False

    # corners

    def hover(self, place: QPointF, *, is_free: bool = False) -> None:
        """Show what a click here would give."""
        self.overlay.place = place
        if self.tool in ("demolish", "replace"):
            self._show_gone(self._view.pick(place))
            return
        self._next = self._meant(place, is_free=is_free)
        self._show()

    def click(self, place: QPointF, *, is_free: bool = False) -> None:
        """Do what the tool in hand does at a place of the view."""
        self.overlay.place = place
        if self.tool in ("demolish", "replace"):
            self._take_away(self._view.pick(place), is_replaced=self.tool == "replace")
            return
        meant = self._meant(place, is_free=is_free)
        if meant is None:
            return
        if self.tool == "model":
            self._place_model(meant)
            return
        if len(self.corners) > 2 and not self.is_line and meant == self.corners[0]:
            self.finish()
            return
        if not self.corners or meant != self.corners[-1]:
            self.corners.append(meant)
        self.typed, self._next = "", None
        self._show()

    def _meant(self, place: QPointF, *, is_free: bool) -> XY | None:
        view = self._view
        found = snap(
            view.scene, self._session, view.camera, view.size_px, *view.pixel_of(place),
            is_free=is_free, ratio=view.devicePixelRatioF(),
        )  # fmt: skip
        ground = view.scene.ground_at(view.camera, *view.pixel_of(place))
        is_met = found is not None and found.kind in (SnapKind.CORNER, SnapKind.EDGE)
        point = found.point_local if is_met and found is not None else ground
        if point is None:
            return None
        raw = (float(point[0]), float(point[1]))
        if is_met and not self.typed:
            return raw
        reach_m = CLOSE_PX * moves.metres_per_pixel(view.camera, view.size_px, view.camera.distance_m)
        directions = () if is_free else side_directions(self._sides_near(raw), raw)
        typed = typed_length(self.typed)
        return aimed(
            self.corners, raw, directions=directions, typed=typed, is_free=is_free,
            reach_m=0.0 if self.is_line else reach_m,
        ).xy  # fmt: skip

    def _sides_near(self, place: XY) -> list[Any]:
        """Return rings of what stands near by: of the proposals, and of the building nearest to the last corner."""
        frame = self._session.frame
        scenario = self._keeping.scenario()
        if frame is None:
            return []
        rings = [outline_of(e, frame) for e in (scenario.edits if scenario is not None else ()) if e.rings]
        rings += self._keeping.rings_near(place, NEAR_M)
        return [r for r in rings if len(r) > 2 and np.hypot(*(r.mean(axis=0) - place)) < 4 * NEAR_M]

    def _aim_again(self) -> None:
        self._next = self._meant(self.overlay.place, is_free=False) or self._next
        self._show()

    def add_typed(self) -> None:
        """Add the corner at the length that was typed."""
        typed: Typed | None = typed_length(self.typed)
        if typed is not None and self.corners:
            raw = self._next or (self.corners[-1][0] + 1.0, self.corners[-1][1])
            self.corners.append(aimed(self.corners, raw, typed=typed).xy)
        self.typed, self._next = "", None
        self._show()

    def take_back(self) -> None:
        """Remove the last letter typed, else the last corner."""
        if self.typed:
            self.typed = self.typed[:-1]
        elif self.corners:
            self.corners.pop()
        self._aim_again()

    def finish(self) -> None:
        """Keep what is drawn, if it is enough; the tool stays in hand for the next."""
        frame, corners = self._session.frame, self.corners
        if frame is None or self.tool in ("demolish", "replace", "model", ""):
            return
        if len(corners) < (2 if self.is_line else 3):
            if corners:
                self._window.notices.info(words.TOO_FEW)
            return
        if not self.is_line and crosses_itself(corners):
            self._window.notices.info(words.CROSSES)
            return
        ring = ring_lonlat(frame, corners)
        try:
            edit = checked(self._edit_of(ring))
        except ScenarioError as error:
            self._window.notices.error(error)
            return
        self.corners, self.typed, self._next = [], "", None
        self.made.emit(self._keeping.add(edit))
        self._show()

    def _edit_of(self, ring: tuple[tuple[float, float], ...]) -> Edit:
        if self.tool == "build":
            return replace(self.pattern, rings=(ring,))
        ground = GroundUse(self.tool)
        if self.is_line:
            return Edit("", EditKind.GROUND, ground=ground, line=ring)
        return Edit("", EditKind.GROUND, ground=ground, rings=(ring,))

    def _place_model(self, place: XY) -> None:
        frame = self._session.frame
        assert frame is not None
        if not self.model_path:
            return
        name = Path(self.model_path).stem
        edit = Edit("", EditKind.PLACE, name=name, path=self.model_path, place=ring_lonlat(frame, [place])[0])
        self.made.emit(self._keeping.add(edit))
        self._view.set_tool(Tool.NONE)

    # taking away

    def _show_gone(self, pick: Pick | None) -> None:
        self.overlay.is_gone = True
        layer = self._session.layers.get(pick.layer_id) if pick is not None else None
        shape = row_polygon(layer, pick.row) if layer is not None and pick is not None else None
        pieces = polygons_in(shape) if shape is not None else []
        ring = shapely.get_coordinates(pieces[0].exterior)[:-1] if pieces else np.empty((0, 2))
        self.overlay.outline = tuple(self._on_ground(xy) for xy in ring.tolist())
        self.overlay.is_ring, self.overlay.handles, self.overlay.corners, self.overlay.text = True, (), (), ""
        self.overlay.refresh()

    def _take_away(self, pick: Pick | None, *, is_replaced: bool) -> None:
        if pick is None:
            self._window.notices.info(words.NOTHING_THERE)
            return
        if pick.layer_id in PROPOSED:
            edit_id = self._keeping.edit_id_at(pick.layer_id, pick.row)
            back = self._keeping.edit(edit_id)
            if back is not None and back.kind is EditKind.DEMOLISH:
                self._keeping.remove([edit_id])
            else:
                self._window.notices.info(words.IS_PROPOSED)
            return
        self.made.emit(self._keeping.add(self.edit_of_row(pick.layer_id, pick.row, is_replaced=is_replaced)))
        self._show()

    def edit_of_row(self, layer_id: str, row: int, *, is_replaced: bool = False) -> Edit:
        """Return the edit that takes a row away, or puts a building like the pattern in its place."""
        return edit_of_row(self._session.source(layer_id), row, self.pattern if is_replaced else None)

    # the marked edit and its handles

    def show_marked(self, edit_ids: tuple[str, ...]) -> None:
        """Show the handles of the marked edit."""
        self._marked = edit_ids
        self._show()

    def _composition_changed(self, old: object, new: object) -> None:
        if self._held is None or old is not new:
            self._show()

    def _take_hold(self, place: QPointF) -> bool:
        handle = self.overlay.handle_at(place) if len(self._marked) == 1 else None
        if handle is None:
            return False
        self._held, self._before = handle, self._keeping.edit(self._marked[0])
        self._held_from = place
        self._keeping.begin()
        return self._before is not None

    def _drag(self, place: QPointF, *, is_free: bool) -> None:
        frame, before, held = self._session.frame, self._before, self._held
        if frame is None or before is None or held is None:
            return
        self.overlay.place = place
        edit = (
            raised(before, self._view, held.point, self._held_from.y() - place.y())
            if held.name == "top"
            else shifted(before, held, frame, self._view, place, is_free=is_free)
        )
        if edit is not None:
            try:
                self._keeping.put(checked(edit), is_undoable=False)
            except TwinError:
                return

    def _let_go(self) -> None:
        self._held = self._before = None
        self._keeping.end()
        self._show()

    # what is seen

    def _on_ground(self, xy: Any) -> tuple[float, float, float]:
        x, y = float(xy[0]), float(xy[1])
        return x, y, self._keeping.ground_z(x, y)

    def _show(self) -> None:
        overlay = self.overlay
        overlay.is_gone = False
        corners = [*self.corners, *([self._next] if self._next is not None and self.tool else [])]
        overlay.corners = tuple(self._on_ground(c) for c in corners)
        overlay.is_ring = not self.is_line
        overlay.height_m = self.pattern.top_m if self.tool == "build" else 0.0
        overlay.text = self.live_text()
        overlay.outline, overlay.handles = (), ()
        frame = self._session.frame
        if not self.tool and frame is not None and len(self._marked) == 1:
            self._show_handles(self._keeping.edit(self._marked[0]), frame)
        overlay.refresh()

    def _show_handles(self, edit: Edit | None, frame: LocalFrame) -> None:
        if edit is None:
            return
        overlay = self.overlay
        corners = points_local(frame, [edit.place]) if edit.kind is EditKind.PLACE else outline_of(edit, frame)
        if not len(corners):
            return
        overlay.is_ring, overlay.is_gone = bool(edit.rings), edit.kind is EditKind.DEMOLISH
        overlay.outline = tuple(self._on_ground(c) for c in corners.tolist())
        if edit.kind is EditKind.DEMOLISH:
            return
        middle = middle_of([edit], frame)
        reach = max((hypot(x - middle[0], y - middle[1]) for x, y in corners.tolist()), default=0.0)
        aside = (middle[0] + reach * 1.25 + 4.0, middle[1])
        handles = [Handle("move", self._on_ground(middle)), Handle("turn", self._on_ground(aside))]
        if edit.kind is not EditKind.PLACE:
            handles += [Handle("corner", point, number) for number, point in enumerate(overlay.outline)]
        if edit.kind is EditKind.BUILD:
            x, y, z = self._on_ground(middle)
            handles.append(Handle("top", (x, y, z + edit.top_m)))
        overlay.handles = tuple(handles)

    def live_text(self) -> str:
        """Return the figures that a click at the cursor would give."""
        if self._held is not None or not self.tool or not self.corners:
            return ""
        if self.typed:
            return f"{self.typed} m \u21b5"
        if self._next is None:
            return ""
        last = self.corners[-1]
        length_m = hypot(self._next[0] - last[0], self._next[1] - last[1])
        ring = [*self.corners, self._next]
        area_m2 = abs(shapely.Polygon(ring).area) if len(ring) > 2 and not self.is_line else None
        return words.length_text(length_m, area_m2)


def _is_free(event: QMouseEvent) -> bool:
    return bool(event.modifiers() & Qt.KeyboardModifier.AltModifier)
