"""Flows in the window: asked for, read, shown at the clock's moment, told under the pointer, and kept with undo."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QEvent, QObject, QPointF, Qt, QTimer
from PySide6.QtGui import QDropEvent, QMouseEvent
from PySide6.QtWidgets import QToolTip

from data.flows import flows_of
from data.near import PointTable
from data.tables import TableRead
from twin.errors import TwinError
from twin.flow_proposals import propose_flows
from twin.flow_times import DAY_S
from twin.flows import FlowTable
from twin.join import TableJoin
from twin.layer import Layer
from twin.live import LiveLook, with_look, without_look
from twin.place import local_from_lonlat
from twin.placed_flows import Flows
from ui import flow_words as words
from ui.flow_dialog import FlowDialog
from ui.flow_option import FlowWish, kept
from ui.flow_rows import FlowRows
from ui.flow_showing import add_flows, free_id, look_of_flow, put_flow, show_moment
from ui.flow_span import FlowSpan
from ui.live_preview import zoom_to_things
from ui.live_style import LiveStyle, style_shown
from ui.table_work import TableReader
from ui.time_bar import zone_of

if TYPE_CHECKING:
    from ui.main_window import MainWindow

POINT_MS = 90
"""How long the pointer rests before the arc under it is told."""
DROPPED = frozenset({".csv", ".tsv", ".txt", ".xlsx", ".xls", ".ods"})
"""Tables that are looked at for flows when they are dropped on the city; others are opened as they are."""


class FlowDesk(QObject):
    """Found again by window.findChild(FlowDesk)."""

    def __init__(self, window: MainWindow) -> None:
        """Join a window."""
        super().__init__(window)
        self._window, self._session, self._scene = window, window.session, window.parts.scene
        self.reader = TableReader(window.parts.opener)
        self.dialog: FlowDialog | None = None
        self.styling: LiveStyle | None = None
        self.shown: dict[str, Flows] = {}
        self.trouble: dict[str, str] = {}
        self._placed_in: dict[str, tuple[FlowTable, Layer | None]] = {}
        """What the flows shown, or being read, were asked for."""
        self._wishes: tuple[FlowWish, ...] = ()
        self.rows = FlowRows()
        self.rows.look_changed.connect(self._take_look)
        self.rows.asked.connect(self._asked)
        column = window.layers.layout()
        if column is not None:
            column.insertWidget(0, self.rows)  # type: ignore[attr-defined]
        self._pointer = QPointF()
        self._point_timer = QTimer(self)
        self._point_timer.setSingleShot(True)
        self._point_timer.setInterval(POINT_MS)
        self._point_timer.timeout.connect(self._tell_pointed)
        window.actions_by_id["flows_table"].triggered.connect(self.open)
        self._session.composition_changed.connect(self._follow)
        self._session.layers_changed.connect(self._follow)
        self._session.clock_changed.connect(self._show_moment)
        window.installEventFilter(self)
        window.view.installEventFilter(self)
        self._follow()

    # asking

    def open(self, *_: object, path: str = "") -> None:
        """Show the dialog."""
        if not self._session.layers:
            self._window.notices.info(words.NO_LAYERS)
            return
        self.reader.forget()  # a table may have been mended meanwhile
        self.dialog = FlowDialog(self._window, dict(self._session.layers), self.reader)
        self.dialog.wanted.connect(self.add)
        self.dialog.finished.connect(self.dialog.deleteLater)
        self.dialog.open()
        if path:
            self.dialog.source.set_path(path)

    def add(self, wanted: FlowTable, read: TableRead) -> None:
        """Show flows; they can be undone."""
        flow = kept(replace(wanted, id=free_id(wanted.name, self._session)))
        flows = self._made(flow, read)
        if flows is not None:
            self._know(flows)  # before the composition names it: it is read then, and shown only after
            put_flow(self._session, flow, look_of_flow(flow))
            self._tell_span(flow.id, self._span(flows))
            self._go_to_begin(self.shown[flow.id])
            self._window.notices.info(words.shown(flow.name, self.shown[flow.id].facts))

    def show_when_open(self, wishes: Sequence[FlowWish]) -> None:
        """Show flows that the command line asks for, once the first layer is open."""
        self._wishes = tuple(wishes)
        self._window.files.opened.connect(self._show_wished)

    def _show_wished(self, _layer_id: str) -> None:
        wishes, self._wishes = self._wishes, ()
        for wish in wishes:
            self.add_wished(wish)

    def add_wished(self, wish: FlowWish) -> None:
        """Show flows as they were written."""
        try:
            flows = add_flows(self._session, wish)
        except TwinError as error:
            self._window.notices.error(error)
            return
        self._keep(flows)
        self._follow()
        self._go_to_begin(flows)

    def _go_to_begin(self, flows: Flows) -> None:
        """Stand at the first step of flows that have times, unless another time is shown already."""
        span = flows.times.span_s
        if span is not None and self._session.clock.is_live:
            self._session.set_clock(self._session.clock.paused(span[0]))

    # following

    def _follow(self, _old: object = None, _new: object = None) -> None:
        composition = self._session.composition
        ids = {flow.id for flow in composition.flows}
        for flow_id in [one for one in self._placed_in if one not in ids]:
            self._forget(flow_id)
        for flow in composition.flows:
            layer = self._session.layers.get(flow.layer_id)
            before = self._placed_in.get(flow.id)
            if before is None or before[0] != flow or before[1] is not layer:
                self._read(flow)
            elif flow.id in self.shown and flow.id not in self._session.frames:
                show_moment(self._session, self.shown[flow.id], zone_of(self._session.clock))
        looks = {look.feed_id: look for look in composition.live}
        self.rows.show_looks([looks.get(flow.id, look_of_flow(flow)) for flow in composition.flows])
        for flow_id, row in self.rows.rows.items():
            known = self.shown.get(flow_id)
            row.show_state(words.state(known) if known else "", self.trouble.get(flow_id, ""))
        if self.styling is not None and self.styling.look.feed_id in looks:
            self.styling.show_look(looks[self.styling.look.feed_id])

    def _forget(self, flow_id: str) -> None:
        self._placed_in.pop(flow_id, None)
        self.shown.pop(flow_id, None)
        self.trouble.pop(flow_id, None)
        self._tell_span(flow_id, None)
        if flow_id in self._session.frames:
            self._session.put_frame(flow_id, None)

    def _read(self, flow: FlowTable) -> None:
        """Have a worker read a table, then place its flows."""
        frame = self._session.frame
        self._placed_in[flow.id] = (flow, self._session.layers.get(flow.layer_id))
        if frame is None:
            return
        column = flow.origin[0] if len(flow.origin) == 1 and flow.table is None else ""
        asked = TableJoin(flow.path, "", column, table=flow.table, header_row=flow.header_row)

        def came(read: TableRead | PointTable) -> None:
            is_wanted = flow in self._session.composition.flows and isinstance(read, TableRead)
            flows = self._made(flow, read) if is_wanted and isinstance(read, TableRead) else None
            if flows is not None:
                self._keep(flows)
                self._follow()

        self.reader.read(asked, frame, came, lambda error: self._failed(flow, error))

    def _made(self, flow: FlowTable, read: TableRead) -> Flows | None:
        """Place the flows of a table that was read; None where that cannot be done, which is told."""
        try:
            return flows_of(read, flow, self._session.layers)
        except TwinError as error:
            self._failed(flow, error)
            return None

    def _know(self, flows: Flows) -> None:
        flow = flows.wish
        self.shown[flow.id] = flows
        self._placed_in[flow.id] = (flow, self._session.layers.get(flow.layer_id))
        self.trouble.pop(flow.id, None)

    def _keep(self, flows: Flows) -> None:
        flow = flows.wish
        self._know(flows)
        show_moment(self._session, flows, zone_of(self._session.clock))
        self._tell_span(flow.id, self._span(flows))

    def _failed(self, flow: FlowTable, error: BaseException) -> None:
        """Tell once that flows cannot be shown; they stay in the project, and their last picture stays."""
        is_new = self.trouble.get(flow.id) != str(error)
        self.trouble[flow.id] = str(error)
        if flow.id in self.rows.rows:
            self.rows.rows[flow.id].show_state("", str(error))
        if is_new:
            self._window.notices.error(error)

    # time

    def _show_moment(self, *_: object) -> None:
        for flow_id, flows in self.shown.items():
            if flow_id in self._placed_in:
                show_moment(self._session, flows, zone_of(self._session.clock))

    def _span(self, flows: Flows) -> FlowSpan | None:
        """Return what the time bar is to show: the table's times, or a day of its hours where nothing else is."""
        span = flows.times.span_s
        is_alone = not self._session.composition.feeds  # else recordings say which day it is
        if span is None and is_alone and flows.times.is_daily and len(flows.times.steps_s) > 1:
            zone = zone_of(self._session.clock)
            at_s = self._session.clock.at_s
            day = datetime.fromtimestamp(time.time() if at_s is None else at_s, zone)
            begin_s = day.replace(hour=0, minute=0, second=0, microsecond=0).timestamp()
            span = begin_s, begin_s + DAY_S
        return None if span is None or span[1] <= span[0] else FlowSpan(flows, *span)

    def _tell_span(self, flow_id: str, span: FlowSpan | None) -> None:
        from ui.live_desk import LiveDesk  # noqa: PLC0415  desks know each other by name only

        desk = self._window.findChild(LiveDesk)
        if desk is not None:
            desk.know_span(flow_id, span)

    # hands

    def _take_look(self, look: LiveLook) -> None:
        composition = self._session.composition
        flows = tuple(
            replace(flow, name=look.name) if flow.id == look.feed_id and look.name else flow
            for flow in composition.flows
        )
        for flow in flows:
            if flow.id in self._placed_in:  # another name is no other table
                self._placed_in[flow.id] = (flow, self._placed_in[flow.id][1])
        self._session.set_composition(replace(composition, flows=flows, live=with_look(composition.live, look)))

    def _asked(self, what: str, flow_id: str) -> None:
        if what == "style":
            look = next((one for one in self._session.composition.live if one.feed_id == flow_id), None)
            if look is not None:
                self.styling = style_shown(self._session, look, self._window, former=self.styling)
                self.styling.look_changed.connect(self._take_look)
                self.styling.finished.connect(self._style_closed)
        elif what == "zoom" and flow_id in self.shown and self._session.frame is not None:
            flows = self.shown[flow_id]
            zoom_to_things(
                self._window, local_from_lonlat(self._session.frame, np.concatenate([flows.begin, flows.end]))
            )
        elif what == "remove":
            composition = self._session.composition
            flows_left = tuple(flow for flow in composition.flows if flow.id != flow_id)
            live = without_look(composition.live, flow_id)
            self._session.set_composition(replace(composition, flows=flows_left, live=live))

    def _style_closed(self, _result: int) -> None:
        self.styling = None

    # what comes from outside

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802  Qt's name
        """Tell the arc under the pointer; look whether a table that is dropped is one of flows."""
        if watched is self._window.view and event.type() == QEvent.Type.MouseMove and isinstance(event, QMouseEvent):
            self._pointer = event.position()
            if event.buttons() == Qt.MouseButton.NoButton and (self.shown or self._session.frames):
                self._point_timer.start()
            else:
                self._point_timer.stop()
        elif watched is self._window and event.type() == QEvent.Type.Drop and isinstance(event, QDropEvent):
            paths = [url.toLocalFile() for url in event.mimeData().urls() if url.isLocalFile()]
            if len(paths) == 1 and self._may_be_flows(paths[0]):
                event.acceptProposedAction()
                self.take_dropped(paths[0])
                return True
        return False

    def _may_be_flows(self, path: str) -> bool:
        return self._session.frame is not None and Path(path).suffix.lower() in DROPPED and Path(path).is_file()

    def take_dropped(self, path: str) -> None:
        """Offer to show a table's flows if it is plainly one of flows; else open it as any file."""
        assert self._session.frame is not None

        def came(read: TableRead | PointTable) -> None:
            proposals = propose_flows(read.table, dict(self._session.layers)) if isinstance(read, TableRead) else []
            if any(proposal.is_plain for proposal in proposals):
                self._window.notices.info(words.DROPPED)
                self.open(path=path)
            else:
                self._window.files.open_paths([path])

        def failed(_error: BaseException) -> None:
            self._window.files.open_paths([path])

        self.reader.read(TableJoin(path, "", ""), self._session.frame, came, failed)

    def text_at(self, place: QPointF) -> str:
        """Return what the arc under a place of the view says; "" where none is."""
        return self._scene.live.text_at(*self._window.view.pixel_of(place), scale=self._window.view.letter_scale)

    def _tell_pointed(self) -> None:
        view = self._window.view
        text = self.text_at(self._pointer) if view.underMouse() else ""
        if text:
            QToolTip.showText(view.mapToGlobal(self._pointer.toPoint()), text, view)
        elif QToolTip.isVisible() and self._scene.live.is_any:
            QToolTip.hideText()


def attach(window: MainWindow) -> None:
    """Add flows to a window."""
    window.__dict__["flow_desk"] = FlowDesk(window)  # a window knows no desk; the command line asks by name
