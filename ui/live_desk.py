"""Live data and time in the window: feeds connected, recorded and replayed; one clock for all that is shown."""

from __future__ import annotations

import re
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, Qt, QTimer
from PySide6.QtWidgets import QFileDialog, QToolBar

from data.feeds.address import Secret, split_secret
from twin.clock import Clock
from twin.entities import EntityFrame
from twin.errors import TwinError
from twin.feed import FeedState, FeedStatus, FeedWish
from twin.live import without_look
from twin.place import local_from_lonlat
from ui import live_words as words
from ui.feed_places import places_of_feed
from ui.feeding import Feeding
from ui.live_preview import PREVIEW, LivePreview, zoom_to_things
from ui.live_rendering import add_feed
from ui.live_rows import LiveRows
from ui.live_sign_in import SignIn
from ui.live_telling import Telling
from ui.plain import button, named
from ui.playing import Playing, kept_path
from ui.replaying import settle_look, settle_picture
from ui.time_bar import TimeBar

if TYPE_CHECKING:
    from ui.flow_span import FlowSpan
    from ui.live_dialog import LiveDialog
    from ui.main_window import MainWindow
    from ui.replaying import Replay
    from ui.series_replay import SeriesReplay

TICK_MS, COLLECT_MS, TELL_MS = 50, 50, 1000
CATCH_UP_S, NEAR_NOW_S, MORE_S = 3.0, 10.0, 0.5


class LiveDesk(QObject):
    """Found again by window.findChild(LiveDesk)."""

    def __init__(self, window: MainWindow) -> None:
        """Join a window."""
        super().__init__(window)
        self._window, self._session, self._scene = window, window.session, window.parts.scene
        self.feeding = Feeding()
        self.playing = Playing(window.session)
        self.newest: dict[str, EntityFrame] = {}
        """The last live frame of each feed, kept while another time is shown."""
        self._open: set[str] = set()
        self.preview = LivePreview(window, self._open_feed, self._close_preview)
        self.preview.accepted.connect(self.add)
        self.bar = TimeBar(window.session)
        self.bar.failed.connect(window.notices.error)
        self.bar.line.view_changed.connect(self._show_span)
        self.dock = QToolBar(words.TIME_BAR)
        self.dock.setObjectName("time_bar")
        self.dock.setMovable(False)
        self.dock.addWidget(self.bar)
        window.addToolBar(Qt.ToolBarArea.BottomToolBarArea, self.dock)
        self.dock.hide()
        window.menus["docks"].addAction(self.dock.toggleViewAction())
        self.rows = LiveRows(window.session)
        self.rows.asked.connect(self._asked)
        self.telling = Telling(window, self.bar, self.rows, self.playing)
        self.bar.stretch_chosen.connect(self.telling.choose_stretch)
        self._make_hands()
        self._ticked_s = self._reopened_s = time.monotonic()
        self._tick_timer = self._timer(TICK_MS, self._tick)
        self._collect_timer = self._timer(COLLECT_MS, self.collect)
        self._tell_timer = self._timer(TELL_MS, self.telling.tell)
        self._connect()

    def _timer(self, interval_ms: int, slot: object) -> QTimer:
        timer = QTimer(self)
        timer.setInterval(interval_ms)
        timer.timeout.connect(slot)
        return timer

    def _make_hands(self) -> None:
        column = self._window.layers.layout()
        add = button(words.ADD_SHORT, icon_name="add")
        named(add, words.ADD, words.ADD_TIP)
        add.clicked.connect(self.ask)
        if column is not None:
            column.insertWidget(0, self.rows)  # type: ignore[attr-defined]
        self._window.layers.foot.addWidget(add, 3)
        self.rows.show_looks([])

    def _connect(self) -> None:
        acts = {
            "live_data": self.ask,
            "open_recording": self.ask_for_recording,
            "play": self.bar.toggle,
            "go_live": self.bar.go_live,
            "to_begin": self.bar.go_to_begin,
        }
        for act, slot in acts.items():
            self._window.actions_by_id[act].triggered.connect(slot)
        self._window.layers.pin_asked.connect(self._pin)
        for act in ("play", "go_live", "to_begin"):  # Space, End and Home mean other things in buttons, lists and texts
            action = self._window.actions_by_id[act]
            self._window.removeAction(action)
            action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
            self._window.view.addAction(action)
            self.bar.line.addAction(action)
        self._session.clock_changed.connect(self._clock_changed)
        self._session.composition_changed.connect(self._follow)
        self._session.layers_changed.connect(self._follow)
        self._window.destroyed.connect(self.close)
        self._window.installEventFilter(self)
        self._follow()

    @property
    def statuses(self) -> dict[str, FeedStatus]:
        """Return how it stood with the feeds at the moment shown."""
        return self.playing.statuses

    @property
    def replays(self) -> dict[str, Replay | SeriesReplay]:
        """Return what is known of recordings and series, by feed."""
        return self.playing.replays

    # feeds

    def ask(self, *_: object) -> None:
        """Ask for a feed."""
        self.preview.ask()

    @property
    def dialog(self) -> LiveDialog | None:
        """Return the dialog that asks for a feed, once it was open."""
        return self.preview.dialog

    def _close_preview(self, feed_id: str) -> None:
        if feed_id in self._open:
            self._open.discard(feed_id)
            self.feeding.close_feed(feed_id)
            self.playing.forget(feed_id)
            self.newest.pop(feed_id, None)

    def add(self, wish: FeedWish, is_recorded: bool = False) -> None:  # noqa: FBT001, FBT002  Qt's signal
        """Add a feed to the city and connect it; its secrets stay out of the project."""
        path = kept_path(wish.url)
        if path is not None:
            self.open_recording(path)
            return
        taken = {one.id for one in self._session.composition.feeds}
        slug = re.sub(r"\W+", "-", wish.name.lower()).strip("-") or "feed"
        number, feed_id = 2, slug
        while feed_id in taken:
            feed_id, number = f"{slug}-{number}", number + 1
        try:
            plain, _ = split_secret(wish.url)
            whole = replace(wish, id=feed_id)
            self._open_feed(whole, None, self.recording_path(feed_id) if is_recorded else None)
        except TwinError as error:
            self._window.notices.error(error)
            return
        add_feed(self._session, replace(whole, url=plain))

    def _open_feed(self, wish: FeedWish, secret: Secret | None = None, record_to: Path | None = None) -> None:
        frame = self._session.frame
        crs, secret = frame.crs if frame is not None else "", secret or split_secret(wish.url)[1] or None
        places = places_of_feed(wish.mapping, self._session.layers)
        self.feeding.open(wish, record_to=record_to, crs=crs, secret=secret, places=places)
        self._open.add(wish.id)
        self._collect_timer.start()
        self._wake()

    def recording_path(self, feed_id: str) -> Path | None:
        """Return where a feed is to be recorded: in the project, else where a person says; None for nowhere."""
        folder = self._project_folder()
        if folder is None:
            chosen, _ = QFileDialog.getSaveFileName(self._window, words.RECORD, f"{feed_id}.ctrec", words.FILTER)
            return Path(chosen) if chosen else None
        (folder / "recordings").mkdir(exist_ok=True)
        return folder / "recordings" / f"{feed_id}.ctrec"

    def _project_folder(self) -> Path | None:
        from ui.project_desk import ProjectDesk  # noqa: PLC0415  desks know each other by name only

        desk = self._window.findChild(ProjectDesk)
        folder = desk.state.home if desk else None
        return folder if folder and folder.is_dir() else None

    def collect(self) -> None:
        """Take what came from all feeds."""
        collected = self.feeding.collect()
        for error in (*collected.errors, *collected.restarts):
            self._window.notices.error(error)
        if collected.statuses is not None:
            self._take_statuses(collected.statuses)
        for feed_id, proposal in collected.proposals.items():
            if feed_id == PREVIEW and PREVIEW in self._open:
                self.preview.take_proposal(proposal)
            elif feed_id in self._open:
                settle_picture(self._session, feed_id, proposal.picture)
        for feed_id, frame in collected.frames.items():
            if feed_id in self._open:
                self._take_frame(feed_id, frame)

    def _take_statuses(self, statuses: dict[str, FeedStatus]) -> None:
        for status in statuses.values():
            self.playing.take_status(status)
            if status.feed_id != PREVIEW:
                self.telling.spans.take_status(status)
        if PREVIEW in statuses and PREVIEW in self._open:
            self.preview.take_status(statuses[PREVIEW])

    def _take_frame(self, feed_id: str, frame: EntityFrame) -> None:
        if feed_id == PREVIEW:
            self.preview.take_frame(frame)
            return
        if self._keeps_last(feed_id, frame):
            return
        self.newest[feed_id] = frame
        if self._session.clock.moment_s(feed_id) is None:
            self._scene.live.now_s = time.time()
            self._session.put_frame(feed_id, frame)
            known = next((one for one in self._session.composition.feeds if one.id == feed_id), None)
            if known is not None:
                settle_look(self._session, known)

    def _keeps_last(self, feed_id: str, frame: EntityFrame) -> bool:
        """Return whether a feed in trouble keeps its last good picture: nothing says that what it shows has left."""
        status, last = self.playing.live_statuses.get(feed_id), self.newest.get(feed_id)
        is_in_trouble = status is not None and status.state in (FeedState.RECONNECTING, FeedState.FAILED)
        return is_in_trouble and last is not None and len(frame) < len(last)

    # recordings

    def ask_for_recording(self, *_: object) -> None:
        """Ask for a recording's file."""
        if path := QFileDialog.getOpenFileName(self._window, words.OPEN_RECORDING, "", words.FILTER)[0]:
            self.open_recording(Path(path))

    def open_recording(self, path: Path) -> None:
        """Show a recording from its beginning; what cannot be read is said."""
        try:
            replay = self.playing.open(path)
        except TwinError as error:
            self._window.notices.error(error)
            return
        self.telling.spans.chosen = f"feed:{replay.wish.id}" if self.telling.spans.chosen else ""
        self._follow()
        self._session.set_clock(self._session.clock.running(replay.recording.begin_s))
        self._show_moment()

    # the clock

    def _clock_changed(self, old: Clock, new: Clock) -> None:
        if old.is_live != new.is_live:
            if new.is_live:
                self._go_live()
            else:  # what was recorded until now can be gone back to
                self.playing.reopen(self._open)
            self._show_span()
        self._show_moment()
        if old.pins != new.pins:
            self.telling.tell()
        self._wake()

    def _go_live(self) -> None:
        """Put what is live back, with the way it took; what was recorded until now is read anew next time."""
        clock, frames = self._session.clock, self._session.frames
        for feed_id, newest in self.newest.items():
            if clock.moment_s(feed_id) is not None:
                continue
            replay, shown = self.replays.pop(feed_id, None), frames.get(feed_id)
            is_near = shown is not None and 0 <= newest.at_s - shown.at_s < NEAR_NOW_S
            if not is_near:
                self._session.put_frame(feed_id, None)
                if replay is not None:
                    replay.show(replay.recording.end_s, is_jump=True)
            self._session.put_frame(feed_id, newest)
        self._show_span()

    def _show_moment(self) -> None:
        """Put the frames of the clock's moment into the session."""
        self.playing.show(self._open.__contains__)

    def _tick(self) -> None:
        now_s = time.monotonic()
        passed_s, self._ticked_s = now_s - self._ticked_s, now_s
        clock, ends = self._session.clock, self.bar.ends_s
        if clock.mode == "replay" and ends is not None:
            self._advance(clock.advanced(passed_s, ends))
        elif clock.is_live:
            self._scene.live.now_s = time.time()
            if self._scene.live.is_gliding:
                self._window.view.pictures.relay_live()
        if not self._is_moving():
            self._tick_timer.stop()

    def _advance(self, clock: Clock) -> None:
        """Go on; what is recorded meanwhile is read anew near its end, and at now it is LIVE again."""
        at_s, is_at_end = clock.at_s or 0.0, clock.mode == "paused" and clock.span_s is None
        ends = {i: self.replays[i].recording.end_s for i in self._open if i in self.replays}
        near = {i for i, end_s in ends.items() if 0 <= end_s - at_s < CATCH_UP_S * clock.speed}
        if near and (is_at_end or time.monotonic() - self._reopened_s > CATCH_UP_S):
            self._reopened_s = time.monotonic()
            self.playing.reopen(near)
            self._show_span()
        if is_at_end and self._open and self.bar.ends_s is not None:
            if self.bar.ends_s[1] > at_s + MORE_S:
                clock = clock.running(at_s)
            elif self.playing.latest_s(self._open) - at_s < CATCH_UP_S:
                clock = clock.live()
        self._session.set_clock(clock)

    def _is_moving(self) -> bool:
        clock = self._session.clock
        return clock.mode == "replay" or (clock.is_live and bool(self._open))

    def _wake(self) -> None:
        if self._is_moving() and not self._tick_timer.isActive():
            self._ticked_s = time.monotonic()
            self._tick_timer.start()
        if self._session.composition.feeds and not self._tell_timer.isActive():
            self._tell_timer.start()

    # what is seen

    def _follow(self, _old: object = None, _new: object = None) -> None:
        composition = self._session.composition
        ids = {wish.id for wish in composition.feeds}
        for feed_id in [one for one in self._open if one not in ids and one != PREVIEW]:
            self._end(feed_id)
        for feed_id in [one for one in self.replays if one not in ids]:
            self.playing.forget(feed_id)
            self._session.put_frame(feed_id, None)
        begun = [wish for wish in composition.feeds if wish.id not in self._open and wish.id not in self.replays]
        for wish in begun:
            self._begin(wish)
        others = {PREVIEW, *(flow.id for flow in composition.flows)}
        self.rows.show_looks([look for look in self._scene.live.looks() if look.feed_id not in others])
        self._show_span()
        if any(wish.id in self.replays for wish in begun):
            self._show_moment()
        self.telling.tell()
        self._wake()

    def _begin(self, wish: FeedWish) -> None:
        """Connect a feed of a project that was opened."""
        folder = self._project_folder()
        path = kept_path(wish.url, folder)
        is_live = path is None
        if is_live and folder is not None and wish.is_recorded:
            path = folder / "recordings" / f"{wish.id}.ctrec"
        try:
            if path is not None:
                self.playing.begin(wish, path)
            if is_live:
                self._open_feed(wish, None, path if wish.is_recorded else None)
        except TwinError as error:
            self.statuses[wish.id] = FeedStatus(wish.id, FeedState.FAILED, str(error))

    def _end(self, feed_id: str) -> None:
        self._open.discard(feed_id)
        self.feeding.close_feed(feed_id)
        self.newest.pop(feed_id, None)
        self.telling.spans.forget(feed_id)
        self.playing.forget(feed_id)
        self._session.put_frame(feed_id, None)

    def know_span(self, key: str, span: FlowSpan | None) -> None:
        """Show on the time bar from when to when a table has flows; None forgets it."""
        if span is not None or key in self.telling.spans.tables:
            self.telling.spans.tables = {k: v for k, v in self.telling.spans.tables.items() if k != key}
            if span is not None:
                self.telling.spans.tables[key] = span
            self._show_span()

    def _show_span(self) -> None:
        """Show from when to when there is something: recordings, what is live, the dates of the layers."""
        has_begun = self.telling.show_span(is_fed=bool(self._open - {PREVIEW}))
        if has_begun or (self._open and not self.dock.isVisible() and not self.dock.toggleViewAction().isChecked()):
            self.dock.show()

    # asked by rows

    def _asked(self, what: str, feed_id: str) -> None:
        session = self._session
        if what == "pin":
            self._pin(feed_id)
        elif what == "record":
            self.feeding.record(feed_id, None if self.playing.recording_of(feed_id) else self.recording_path(feed_id))
        elif what == "zoom" and feed_id in session.frames and session.frame is not None:
            local = local_from_lonlat(session.frame, session.frames[feed_id].lonlat)
            zoom_to_things(self._window, local[np.isfinite(local).all(axis=1)])
        elif what == "password":
            self._sign_in(feed_id)
        elif what == "remove":
            self._remove(feed_id)
        self.telling.tell()

    def _pin(self, layer_id: str) -> None:
        """Pin a feed or a layer to the moment shown, or let it follow the clock again."""
        clock = self._session.clock
        is_pinned = any(pin.layer_id == layer_id for pin in clock.pins)
        at_s = clock.moment_s(layer_id)
        at_s = time.time() if at_s is None else at_s
        self._session.set_clock(clock.pinned(layer_id, None if is_pinned else at_s))

    def _sign_in(self, feed_id: str) -> None:
        """Ask for a feed's password and connect it again."""
        wish = next((one for one in self._session.composition.feeds if one.id == feed_id), None)
        if wish is None:
            return
        asked = SignIn(wish.name, wish.url, self._window)
        if asked.exec():
            asked.form.keep_if_wished(wish.url)
            self._open_feed(wish, asked.secret(), self.playing.recording_of(feed_id))

    def _remove(self, feed_id: str) -> None:
        composition = self._session.composition
        feeds = tuple(wish for wish in composition.feeds if wish.id != feed_id)
        self._end(feed_id)
        live = without_look(composition.live, feed_id)
        self._session.set_composition(replace(composition, feeds=feeds, live=live))

    def close(self, *_: object) -> None:
        """End all feeds."""
        for timer in (self._tick_timer, self._collect_timer, self._tell_timer):
            timer.stop()
        self.feeding.close()

    def eventFilter(self, watched: QObject, event: object) -> bool:  # noqa: N802  Qt's name
        """Close with the window."""
        if watched is self._window and event.type() == event.Type.Close:  # type: ignore[attr-defined]
            self.close()
        return False


def attach(window: MainWindow) -> None:
    """Add live data and time to a window."""
    LiveDesk(window)
