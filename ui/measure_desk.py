"""Measuring in the window: tools, live figures at the cursor, and the panel of what was measured."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QPointF, Qt
from PySide6.QtGui import QKeyEvent, QMouseEvent

from twin.measure import (
    POINTS_ENOUGH,
    POINTS_NEEDED,
    MeasureKind,
    Measurement,
    figures,
    headline,
    new_id,
    number_text,
    point_from_local,
)
from ui import measure_words as words
from ui.dock import make_dock, scrolled
from ui.measure_overlay import MeasureOverlay
from ui.measure_panel import MeasurePanel
from ui.mouse import CLICK_PX, Tool
from ui.snapping import Point, Snapped, snap

if TYPE_CHECKING:
    from ui.main_window import MainWindow

ACTS = {f"measure_{kind.value}": kind for kind in MeasureKind}


class MeasureDesk(QObject):
    """Takes clicks while a measuring tool is in hand. Drags go on moving the camera."""

    def __init__(self, window: MainWindow) -> None:
        """Join a window."""
        super().__init__(window)
        self._window, self._view, self._session = window, window.view, window.session
        self.kind: MeasureKind | None = None
        self.points: list[Point] = []
        """Clicked so far, local metres."""
        self._pressed: QPointF | None = None
        self._has_ended_by_double_click = False
        self.overlay = MeasureOverlay(window.view)
        self.panel = MeasurePanel(window.session)
        self.dock = make_dock("measurements", words.PANEL, scrolled(self.panel))
        window.addDockWidget(Qt.DockWidgetArea.LeftDockWidgetArea, self.dock)
        self.dock.hide()
        window.menus["docks"].addAction(self.dock.toggleViewAction())
        self.panel.tool_asked.connect(self.take)
        self.panel.failed.connect(window.notices.error)
        self.panel.exported.connect(self._tell_exported)
        for act, kind in ACTS.items():
            window.actions_by_id[act].triggered.connect(partial(self._asked, kind))
        self._view.tool_changed.connect(self._tool_changed)
        self._view.installEventFilter(self)
        self._session.layers_changed.connect(self._layers_changed)

    # the tool

    def _asked(self, kind: MeasureKind, _is_checked: bool = False) -> None:  # noqa: FBT001, FBT002  Qt's triggered
        self.take(None if self.kind is kind else kind)

    def take(self, kind: MeasureKind | None) -> None:
        """Take a measuring tool in hand; None puts it down."""
        if kind is None:
            self._view.set_tool(Tool.NONE)
            return
        if not self._session.layers:
            self._show_tool()
            return
        self.points, self.kind = [], kind
        self._view.set_tool(Tool.MEASURE)
        self.dock.show()
        self.dock.raise_()
        self.overlay.begin()
        self._show_tool()
        self._window.notices.info(words.HINTS[kind])
        self._view.setFocus()
        self._refresh()

    def _tool_changed(self, tool: object) -> None:
        if tool is not Tool.MEASURE:
            self.kind, self.points = None, []
            self.overlay.hide()
            self._show_tool()

    def _show_tool(self) -> None:
        self.panel.show_tool(self.kind)
        for act, kind in ACTS.items():
            self._window.actions_by_id[act].setChecked(kind is self.kind)

    def _layers_changed(self, _old: object, new: dict[str, object]) -> None:
        if not new and self.kind is not None:
            self._view.set_tool(Tool.NONE)

    # hands

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802  Qt's name
        """See clicks and keys before the view does; what moves the camera is left to it."""
        if watched is not self._view or self.kind is None:
            return False
        if isinstance(event, QMouseEvent):
            return self._mouse(event)
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            return self._key(event)
        if event.type() == QEvent.Type.Leave:
            self.overlay.snapped = None
            self.overlay.update()
        return False

    def _mouse(self, event: QMouseEvent) -> bool:
        match event.type():
            case QEvent.Type.MouseButtonPress:
                self._pressed = event.position()
            case QEvent.Type.MouseMove if not event.buttons():
                self.hover(event.position(), is_free=_is_free(event))
            case QEvent.Type.MouseButtonRelease:
                self._release(event)
            case QEvent.Type.MouseButtonDblClick if event.button() == Qt.MouseButton.LeftButton:
                self._has_ended_by_double_click = True  # its release is no click of its own
                self._pressed = event.position()
                self.finish()
        return False

    def _release(self, event: QMouseEvent) -> None:
        pressed, self._pressed = self._pressed, None
        if self._has_ended_by_double_click:
            self._has_ended_by_double_click = False
            return
        if pressed is None or (event.position() - pressed).manhattanLength() >= CLICK_PX:
            return
        if event.button() == Qt.MouseButton.LeftButton:
            self.add(event.position(), is_free=_is_free(event))
        elif event.button() == Qt.MouseButton.RightButton:
            self.finish()

    def _key(self, event: QKeyEvent) -> bool:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.finish()
            return True
        if event.key() in (Qt.Key.Key_Backspace, Qt.Key.Key_Delete):
            self.take_back()
            return True
        return False

    def snapped_at(self, place: QPointF, *, is_free: bool = False) -> Snapped | None:
        """Return what is meant at a place of the view."""
        view = self._view
        return snap(
            view.scene, self._session, view.camera, view.size_px, *view.pixel_of(place),
            is_free=is_free, ratio=view.devicePixelRatioF(),
        )  # fmt: skip

    def hover(self, place: QPointF, *, is_free: bool = False) -> None:
        """Show what a click here would give."""
        self.overlay.place = place
        self.overlay.snapped = self.snapped_at(place, is_free=is_free)
        self._refresh()

    def add(self, place: QPointF, *, is_free: bool = False) -> None:
        """Add a point; a tool that has enough points ends by itself."""
        snapped = self.snapped_at(place, is_free=is_free)
        if snapped is None or self.kind is None:
            return
        self.overlay.place, self.overlay.snapped = place, snapped
        if not self.points or self.points[-1] != snapped.point_local:
            self.points.append(snapped.point_local)
        if len(self.points) >= POINTS_ENOUGH.get(self.kind, 10**9):
            self.finish()
        else:
            self._refresh()

    def take_back(self) -> None:
        """Remove the last point."""
        if self.points:
            self.points.pop()
            self._refresh()

    def finish(self) -> None:
        """Keep what is measured, if it is enough; the tool stays in hand for the next."""
        if self.kind is not None and len(self.points) >= POINTS_NEEDED[self.kind]:
            made = self._measurement(self.points)
            composition = self._session.composition
            kept = replace(made, id=new_id(composition.measurements))
            self.points = []
            self._session.set_composition(replace(composition, measurements=(*composition.measurements, kept)))
            self.panel.rows.setCurrentRow(self.panel.rows.count() - 1)
        self._refresh()

    def _measurement(self, points: list[Point]) -> Measurement:
        frame = self._session.frame
        assert frame is not None
        assert self.kind is not None
        return Measurement("", self.kind, tuple(point_from_local(frame, p) for p in points))

    # what is seen

    def _refresh(self) -> None:
        overlay = self.overlay
        overlay.points = tuple(self.points)
        overlay.kind = self.kind or MeasureKind.DISTANCE
        overlay.text = self.live_text()
        overlay.update()

    def live_text(self) -> str:
        """Return the figures that a click at the cursor would give."""
        snapped, frame = self.overlay.snapped, self._session.frame
        if snapped is None or frame is None or self.kind is None:
            return ""
        height = f"z {number_text(snapped.point_local[2], 'm')}"
        if self.kind is MeasureKind.ELEVATION:
            return height
        points = [*self.points]
        if not points or points[-1] != snapped.point_local:
            points.append(snapped.point_local)
        live = self._measurement(points)
        if len(points) < POINTS_NEEDED[self.kind]:
            if len(points) == 2:
                live = replace(live, kind=MeasureKind.DISTANCE)
            else:
                return height
        lines = [headline(live)]
        lines += [f"\u0394z {number_text(f.value, f.unit)}" for f in figures(live) if _is_worth(f.name, f.value)]
        return "\n".join([*lines, height])

    def _tell_exported(self, path: str) -> None:
        self._window.notices.info(words.exported(path))


def _is_worth(name: str, value: float) -> bool:
    return name == "height difference" and abs(value) >= 0.05


def _is_free(event: QMouseEvent) -> bool:
    return bool(event.modifiers() & Qt.KeyboardModifier.AltModifier)


def attach(window: MainWindow) -> None:
    """Add measuring to a window."""
    MeasureDesk(window)
