"""Live data and time in the window: feeds connected, recorded and replayed; one clock for all that is shown."""

from __future__ import annotations

import re
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, Qt, QTimer
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QToolBar

from data.feeds.address import split_secret
from twin.clock import Clock
from twin.dates import dated_years
from twin.entities import EntityFrame
from twin.errors import FeedError, TwinError
from twin.feed import FeedState, FeedStatus, FeedWish
from twin.live import look_of, proposed_look, with_look, without_look
from ui import live_words as words
from ui.feeding import Feeding
from ui.live_dialog import LiveDialog
from ui.live_rendering import add_feed, recording_path
from ui.live_rows import LiveRows
from ui.plain import button
from ui.replaying import Replay, replay_of, settle_look
from ui.series_replay import SeriesReplay, is_series, series_of
from ui.time_bar import TimeBar
from ui.time_line import BINS

if TYPE_CHECKING:
    from ui.main_window import MainWindow

TICK_MS, COLLECT_MS, TELL_MS = 50, 50, 1000
PREVIEW = "preview"


class LiveDesk(QObject):
    """Found again by window.findChild(LiveDesk)."""

    def __init__(self, window: MainWindow) -> None:
        """Join a window."""
        super().__init__(window)
        self._window, self._session, self._scene = window, window.session, window.parts.scene
        self.feeding = Feeding()
        self.statuses: dict[str, FeedStatus] = {}
        self.newest: dict[str, EntityFrame] = {}
        """The last live frame of each feed, kept while another time is shown."""
        self.replays: dict[str, Replay | SeriesReplay] = {}
        self._open: set[str] = set()
        self.dialog: LiveDialog | None = None
        self.bar = TimeBar(window.session)
        self.bar.failed.connect(window.notices.error)
        self.dock = QToolBar(words.TIME_BAR)
        self.dock.setObjectName("time_bar")
        self.dock.setMovable(False)
        self.dock.addWidget(self.bar)
        window.addToolBar(Qt.ToolBarArea.BottomToolBarArea, self.dock)
        self.dock.hide()
        window.menus["docks"].addAction(self.dock.toggleViewAction())
        self.rows = LiveRows(window.session)
        self.rows.asked.connect(self._asked)
        self._make_hands()
        self._ticked_s = time.monotonic()
        self._tick_timer = self._timer(TICK_MS, self._tick)
        self._collect_timer = self._timer(COLLECT_MS, self.collect)
        self._tell_timer = self._timer(TELL_MS, self._tell)
        self._connect()

    def _timer(self, interval_ms: int, slot: object) -> QTimer:
        timer = QTimer(self)
        timer.setInterval(interval_ms)
        timer.timeout.connect(slot)
        return timer

    def _make_hands(self) -> None:
        column = self._window.layers.layout()
        add = button(words.ADD, icon_name="add", tip=words.ADD_TIP)
        add.clicked.connect(self.ask)
        if column is not None:
            column.insertWidget(0, self.rows)  # type: ignore[attr-defined]
            foot = QHBoxLayout()
            foot.setContentsMargins(12, 0, 12, 12)
            foot.addWidget(add)
            column.addLayout(foot)  # type: ignore[attr-defined]
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

    # feeds

    def ask(self, *_: object) -> None:
        """Ask for a feed."""
        self.dialog = LiveDialog(self._window)
        self.dialog.preview_asked.connect(self._preview)
        self.dialog.preview_ended.connect(self._end_preview)
        self.dialog.accepted_feed.connect(self.add)
        self.dialog.show()

    def _preview(self, wish: FeedWish) -> None:
        self._end_preview()
        path = recording_path(wish.url)
        if path is not None:
            self.open_recording(path)
            return
        self._open_feed(replace(wish, id=PREVIEW), None)

    def _end_preview(self) -> None:
        if PREVIEW in self._open:
            self._open.discard(PREVIEW)
            self.feeding.close_feed(PREVIEW)
        self._session.put_frame(PREVIEW, None)
        composition = self._session.composition
        looks = without_look(composition.live, PREVIEW)
        if looks != composition.live:
            self._session.set_composition(replace(composition, live=looks), is_undoable=False)

    def add(self, wish: FeedWish, is_recorded: bool = False) -> None:  # noqa: FBT001, FBT002  Qt's signal
        """Add a feed to the city and connect it; its secrets stay out of the project."""
        path = recording_path(wish.url)
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
            self._open_feed(whole, self._recording_path(feed_id) if is_recorded else None)
        except TwinError as error:
            self._window.notices.error(error)
            return
        add_feed(self._session, replace(whole, url=plain))

    def _open_feed(self, wish: FeedWish, record_to: Path | None) -> None:
        frame = self._session.frame
        _, secret = split_secret(wish.url)
        self.feeding.open(wish, record_to=record_to, crs=frame.crs if frame is not None else "", secret=secret or None)
        self._open.add(wish.id)
        self._collect_timer.start()
        self._wake()

    def _recording_path(self, feed_id: str) -> Path | None:
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
        for error in collected.errors:
            self._window.notices.error(error)
        if collected.statuses is not None:
            self._take_statuses(collected.statuses)
        for feed_id, proposal in collected.proposals.items():
            if feed_id == PREVIEW and self.dialog is not None:
                self.dialog.take_proposal(proposal)
        for feed_id, frame in collected.frames.items():
            if feed_id in self._open:
                self._take_frame(feed_id, frame)

    def _take_statuses(self, statuses: dict[str, FeedStatus]) -> None:
        self.statuses.update(statuses)
        preview = statuses.get(PREVIEW)
        if preview is not None and self.dialog is not None and preview.state is FeedState.FAILED:
            self.dialog.take_trouble(preview.reason)

    def _take_frame(self, feed_id: str, frame: EntityFrame) -> None:
        self.newest[feed_id] = frame
        if feed_id == PREVIEW and self.dialog is not None:
            self.dialog.take_count(len(frame))
        if self._session.clock.moment_s(feed_id) is None:
            self._scene.live.now_s = time.time()
            self._session.put_frame(feed_id, frame)
            self._settle(feed_id)

    def _settle(self, feed_id: str) -> None:
        if feed_id == PREVIEW:
            composition, frame = self._session.composition, self._session.frames.get(PREVIEW)
            if frame is not None and len(frame) and all(look.feed_id != PREVIEW for look in composition.live):
                wish = self.dialog.wish() if self.dialog is not None else FeedWish(PREVIEW, PREVIEW, "")
                look = proposed_look(look_of(replace(wish, id=PREVIEW)), frame)
                self._session.set_composition(
                    replace(composition, live=with_look(composition.live, look)), is_undoable=False
                )
            return
        known = next((one for one in self._session.composition.feeds if one.id == feed_id), None)
        if known is not None:
            settle_look(self._session, known)

    # recordings

    def ask_for_recording(self, *_: object) -> None:
        """Ask for a recording's file."""
        if path := QFileDialog.getOpenFileName(self._window, words.OPEN_RECORDING, "", words.FILTER)[0]:
            self.open_recording(Path(path))

    def open_recording(self, path: Path) -> None:
        """Show a recording from its beginning; what cannot be read is said."""
        try:
            replay = series_of(self._session, path) if is_series(path) else replay_of(self._session, path)
        except TwinError as error:
            self._window.notices.error(error)
            return
        self.replays[replay.wish.id] = replay
        self._follow()
        self._session.set_clock(self._session.clock.running(replay.recording.begin_s))
        self._show_moment()

    def _replay_of(self, feed_id: str) -> Replay | SeriesReplay | None:
        """Return a feed's recording, opened where it is first needed: what was recorded while it was live."""
        status = self.statuses.get(feed_id)
        if feed_id not in self.replays and status is not None and status.recording and Path(status.recording).exists():
            try:
                own = next((w for w in self._session.composition.feeds if w.id == feed_id), None)
                from data.recording import Recording  # noqa: PLC0415  only where something was recorded

                self.replays[feed_id] = Replay(self._session, Recording(Path(status.recording)), own)
            except TwinError:
                return None
        return self.replays.get(feed_id)

    # the clock

    def _clock_changed(self, old: Clock, new: Clock) -> None:
        if old.is_live != new.is_live:
            if new.is_live:
                self._go_live()
            else:  # what was recorded until now can be gone back to
                for feed_id in list(self._open):
                    self.replays.pop(feed_id, None)
                self._follow()
        self._show_moment()
        self._wake()

    def _go_live(self) -> None:
        for feed_id in list(self._session.frames):
            if feed_id in self.newest and self._session.clock.moment_s(feed_id) is None:
                self._session.put_frame(feed_id, None)
                self._session.put_frame(feed_id, self.newest[feed_id])

    def _show_moment(self) -> None:
        """Put the frames of the clock's moment into the session."""
        clock = self._session.clock
        for wish in self._session.composition.feeds:
            at_s = clock.moment_s(wish.id)
            if at_s is None:
                if wish.id in self.replays and wish.id not in self._open:
                    self.replays[wish.id].show(self.replays[wish.id].recording.end_s)
                    self.statuses[wish.id] = replace(self.replays[wish.id].status, state=FeedState.ENDED)
                continue
            replay = self._replay_of(wish.id)
            if replay is None:
                continue
            try:
                replay.show(at_s)
            except TwinError as error:
                self._scene.live.trouble[wish.id] = str(error)
                continue
            self.statuses[wish.id] = replay.status
            settle_look(self._session, wish)

    def _tick(self) -> None:
        now_s = time.monotonic()
        passed_s, self._ticked_s = now_s - self._ticked_s, now_s
        clock, ends = self._session.clock, self.bar.ends_s
        if clock.mode == "replay" and ends is not None:
            self._session.set_clock(clock.advanced(passed_s, ends))
        elif clock.is_live:
            self._scene.live.now_s = time.time()
            if self._scene.live.is_gliding:
                self._window.view.pictures.relay_live()
        if not self._is_moving():
            self._tick_timer.stop()

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
            self.replays.pop(feed_id)
            self._session.put_frame(feed_id, None)
        begun = [wish for wish in composition.feeds if wish.id not in self._open and wish.id not in self.replays]
        for wish in begun:
            self._begin(wish)
        self.rows.show_looks([look for look in self._scene.live.looks() if look.feed_id != PREVIEW])
        self._show_span()
        if any(wish.id in self.replays for wish in begun):
            self._show_moment()
        self._tell()
        self._wake()

    def _begin(self, wish: FeedWish) -> None:
        """Connect a feed of a project that was opened."""
        folder, path = self._project_folder(), recording_path(wish.url)
        if path is not None and folder is not None and not path.is_absolute():
            path = folder / path
        if path is None and folder is not None and wish.is_recorded:
            path = folder / "recordings" / f"{wish.id}.ctrec"
        try:
            if path is not None and is_series(path):
                self.replays[wish.id] = series_of(self._session, path)
            elif path is not None and path.exists():
                from data.recording import Recording  # noqa: PLC0415  only where something was recorded

                self.replays[wish.id] = Replay(self._session, Recording(path), wish)
            elif path is not None and recording_path(wish.url) is not None:
                raise FeedError(words.no_recording(path.name))
            if recording_path(wish.url) is None:
                self._open_feed(wish, path if wish.is_recorded else None)
        except TwinError as error:
            self._scene.live.trouble[wish.id] = str(error)
            self.statuses[wish.id] = FeedStatus(wish.id, FeedState.FAILED, str(error))

    def _end(self, feed_id: str) -> None:
        self._open.discard(feed_id)
        self.feeding.close_feed(feed_id)
        self.newest.pop(feed_id, None)
        self._session.put_frame(feed_id, None)

    def _show_span(self) -> None:
        """Show from when to when there is something: recordings, else the dates of the layers."""
        recordings = [replay.recording for replay in self.replays.values()]
        ends = [(r.begin_s, r.end_s) for r in recordings]
        if not ends:
            session = self._session
            states = (s for s in session.composition.layers if s.is_visible and s.layer_id in session.layers)
            found = (dated_years(session.layers[s.layer_id], s.style) for s in states)
            ends = [span for span in found if span is not None]
        span = (min(b for b, _ in ends), max(e for _, e in ends)) if ends else None
        has_begun = self.bar.ends_s is None and span is not None
        self.bar.show_ends(span)
        shown = self.bar.ends_s
        bins = np.zeros(BINS)
        for recording in recordings:
            if shown is not None:
                bins += recording.histogram(*shown, BINS)
        gaps = [(gap.begin_s, gap.end_s) for recording in recordings for gap in recording.gaps()]
        self.bar.line.show_span(shown, bins, gaps)
        if has_begun or (self._open and not self.dock.isVisible() and not self.dock.toggleViewAction().isChecked()):
            self.dock.show()

    def _tell(self) -> None:
        session, now_s = self._session, time.time()
        ages = []
        for feed_id, row in self.rows.rows.items():
            moment = session.clock.moment_s(feed_id)
            frame = session.frames.get(feed_id)
            status = self.statuses.get(feed_id)
            is_pinned = any(pin.layer_id == feed_id for pin in session.clock.pins)
            row.show_state(status, frame, now_s if moment is None else moment, is_pinned=is_pinned)
            if frame is not None and len(frame):
                ages.append((now_s if moment is None else moment) - float(frame.time_s.max()))
        self.bar.show_age(words.age_line(min(ages)) if ages else "")
        if session.clock.is_live:
            self.bar.show_now()
        if session.frames:
            self._window.legend.set_legends(self._scene.legends())

    # asked by rows

    def _asked(self, what: str, feed_id: str) -> None:
        session = self._session
        if what == "pin":
            is_pinned = any(pin.layer_id == feed_id for pin in session.clock.pins)
            at_s = session.clock.moment_s(feed_id)
            at_s = time.time() if at_s is None else at_s
            session.set_clock(session.clock.pinned(feed_id, None if is_pinned else at_s))
        elif what == "record":
            status = self.statuses.get(feed_id)
            path = None if status is not None and status.recording else self._recording_path(feed_id)
            self.feeding.record(feed_id, path)
        elif what == "remove":
            self._remove(feed_id)
        self._tell()

    def _remove(self, feed_id: str) -> None:
        composition = self._session.composition
        feeds = tuple(wish for wish in composition.feeds if wish.id != feed_id)
        self.replays.pop(feed_id, None)
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
