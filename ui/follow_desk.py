"""Layers that change while they are shown: files, tables and addresses are looked at; a change is drawn and marked."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QTimer

from data.looking import is_followable, look_at
from data.looks import Seen
from data.web_layers import is_web
from data.web_look import mark_now
from twin.changes import Changes
from twin.following import Followed, with_followed, without_followed
from twin.layer import Layer
from ui import follow_words as words
from ui.following import Follower, Told
from ui.project_desk import ProjectDesk
from ui.reload_desk import HalfReadError, ReloadDesk
from ui.whole_addresses import whole

if TYPE_CHECKING:
    from ui.main_window import MainWindow

TAKE_MS = 100
RETRY_S, RETRIES = 2.0, 5
"""A source that cannot be read is tried again after so long, so many times, and whenever it changes."""
SURE_S = 2.5
"""A state without most of the rows is believed when its source has been still for so long."""
GONE_S = 1.0
"""A source that is gone is said when it stays away for so long: some programs take a file away to write it anew."""
END_WAIT_S = 1.0


@dataclass(slots=True)
class Following:
    """What is known of one layer that is followed."""

    follower: Follower
    read: str = ""
    """The mark of the state that is shown; "" until the first look."""
    seen: Seen | None = None
    """The newest state."""
    seen_s: float = 0.0
    reading: Seen | None = None
    trouble: str = ""
    tries: int = 0
    retry_s: float = 0.0
    note: str = ""
    lost: Exception | None = None
    lost_s: float = 0.0


class FollowDesk(QObject):
    """Found again by window.findChild(FollowDesk)."""

    def __init__(self, window: MainWindow) -> None:
        """Wait until it is asked for, or until a project opens whose layers are followed."""
        super().__init__(window)
        self._window = window
        self._queue: SimpleQueue[Told] = SimpleQueue()
        self._followed: dict[str, Following] = {}
        self._timer = QTimer(self)
        self._timer.setInterval(TAKE_MS)
        self._timer.timeout.connect(self.take)
        self.act = window.actions_by_id["follow_files"]
        self.act.triggered.connect(self._toggled)
        window.layers.follow_asked.connect(self.toggle)
        window.session.layers_changed.connect(self._layers_changed)
        window.installEventFilter(self)
        self._reload = window.findChild(ReloadDesk)
        assert self._reload is not None
        self._reload.done.connect(self._done)
        self._reload.failed.connect(self._failed)
        self._project = window.findChild(ProjectDesk)
        if self._project is not None:
            self._project.followed_known.connect(self.resume)

    # who is followed

    @property
    def layer_ids(self) -> tuple[str, ...]:
        """Return the layers that are followed."""
        return tuple(self._followed)

    def trouble(self, layer_id: str) -> str:
        """Return why a layer cannot be followed just now; "" while all is well."""
        return self._followed[layer_id].trouble if layer_id in self._followed else ""

    def _toggled(self, is_on: bool) -> None:  # noqa: FBT001  Qt's signal
        if not is_on:
            for layer_id in list(self._followed):
                self.stop(layer_id)
            return
        named = [i for i, layer in self._window.session.layers.items() if is_followable(layer.info.path)]
        for layer_id in named:
            self.follow(layer_id)
        if named:
            self._window.notices.info(words.following([self._name(i) for i in named]))
        else:
            self.act.setChecked(False)
            self._window.notices.info(words.NONE_TO_FOLLOW)

    def toggle(self, layer_id: str) -> None:
        """Follow a layer, or do not follow it any more."""
        if layer_id in self._followed:
            self.stop(layer_id)
        elif is_followable(self._window.session.source(layer_id).info.path):
            self.follow(layer_id)
            self._window.notices.info(words.following([self._name(layer_id)]))
        else:
            self._window.notices.info(words.NOT_FOLLOWED)

    def follow(self, layer_id: str, *, every_s: float = 0.0) -> None:
        """Begin to look at a layer's source; what is shown now is taken for what it says."""
        self._begin(Followed(layer_id, every_s))
        if self._project is not None:
            known = self._project.state.kept.project.followed
            self._project.change(followed=with_followed(known, Followed(layer_id, every_s)))

    def _begin(self, wish: Followed) -> None:
        layer_id = wish.layer_id
        self._let_go(layer_id)
        layer = self._window.session.source(layer_id)
        joins = self._window.session.composition.state(layer_id).joins
        beside = [join.path for join in joins]
        look = look_at(whole(layer.info.path), layer.info.source_layer, beside, every_s=wish.every_s)
        self._followed[layer_id] = Following(Follower(layer_id, look, self._queue))
        self._followed[layer_id].read = mark_now(layer.info.path) if is_web(layer.info.path) else ""
        self._timer.start()
        self._tell_row(layer_id)

    def resume(self, followed: tuple[Followed, ...]) -> None:
        """Follow again what a project says."""
        for wish in followed:
            if wish.layer_id in self._window.session.layers and wish.layer_id not in self._followed:
                self._begin(wish)

    def stop(self, layer_id: str) -> None:
        """Do not follow a layer any more."""
        self._let_go(layer_id)
        self._window.layers.set_note(layer_id, "", is_followed=False)
        if self._project is not None:
            known = self._project.state.kept.project.followed
            self._project.change(followed=without_followed(known, layer_id))
        self._show_act()

    def _let_go(self, layer_id: str) -> None:
        gone = self._followed.pop(layer_id, None)
        if gone is not None:
            gone.follower.stop()
        if not self._followed:
            self._timer.stop()

    def _layers_changed(self, _old: object, new: dict[str, Layer]) -> None:
        for layer_id in [i for i in self._followed if i not in new]:
            self._let_go(layer_id)
        self._show_act()

    def _show_act(self) -> None:
        self.act.setChecked(bool(self._followed))

    def _end(self) -> None:
        followers = [one.follower for one in self._followed.values()]
        for layer_id in list(self._followed):
            self._let_go(layer_id)
        for follower in followers:
            follower.join(END_WAIT_S)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802  Qt's name
        """Let go of everything with the window."""
        if watched is self._window and event.type() == QEvent.Type.Hide and not self._window.isMinimized():
            self._end()
        return super().eventFilter(watched, event)

    def _name(self, layer_id: str) -> str:
        state = self._window.session.composition.state(layer_id)
        return state.name or self._window.session.layers[layer_id].info.name

    # what is seen

    def take(self) -> None:
        """Take what was seen, and read again what is another by now."""
        while True:
            try:
                told = self._queue.get_nowait()
            except Empty:
                break
            if told.layer_id in self._followed:
                self._take(self._followed[told.layer_id], told)
        for layer_id, one in list(self._followed.items()):
            if one.lost is not None and time.monotonic() - one.lost_s > GONE_S:
                self._in_trouble(layer_id, one, one.lost)
                one.lost = None
            self._read(layer_id, one)

    def _take(self, one: Following, told: Told) -> None:
        layer_id = told.layer_id
        if told.error is not None:
            one.lost, one.lost_s = told.error, time.monotonic()
            return
        one.lost = None
        one.seen, one.seen_s, one.tries, one.retry_s = told.seen, time.monotonic(), 0, 0.0
        assert told.seen is not None
        if not one.read:
            one.read = told.seen.mark
        if told.seen.mark == one.read:
            self._is_well(layer_id, one)

    def _read(self, layer_id: str, one: Following) -> None:
        """Begin to read a state that is not shown yet, unless its turn has not come."""
        if one.seen is None or one.reading is not None or one.seen.mark == one.read:
            return
        if time.monotonic() < one.retry_s or one.tries > RETRIES:
            return
        assert self._reload is not None
        if self._reload.reload(layer_id, is_quiet=True, path=one.seen.path, is_believed=self._believes(one)):
            one.reading = one.seen

    def _believes(self, one: Following) -> bool:
        return time.monotonic() - one.seen_s >= SURE_S

    def _done(self, old: Layer, new: Layer, changes: Changes) -> None:
        layer_id = new.info.id
        one = self._followed.get(layer_id)
        if one is None:
            return
        if one.reading is not None:
            one.read, one.reading = one.reading.mark, None
        one.tries, one.retry_s = 0, 0.0
        if changes:
            totals = len(changes.added), len(changes.removed), len(changes.changed)
            one.note = words.row_followed(datetime.now().astimezone().strftime("%H:%M:%S"), words.counts(*totals))
            del old
        self._is_well(layer_id, one)

    def _failed(self, layer_id: str, error: BaseException) -> None:
        one = self._followed.get(layer_id)
        if one is None or one.reading is None:
            return
        one.reading, one.tries, one.retry_s = None, one.tries + 1, time.monotonic() + RETRY_S
        if not isinstance(error, HalfReadError):
            self._in_trouble(layer_id, one, error)

    def _in_trouble(self, layer_id: str, one: Following, error: BaseException) -> None:
        reason = str(getattr(error, "sentence", "") or error)
        is_new, one.trouble = reason != one.trouble, reason
        if is_new:
            self._window.notices.warning(words.lost(self._name(layer_id), reason))
        self._tell_row(layer_id)

    def _is_well(self, layer_id: str, one: Following) -> None:
        if one.trouble:
            one.trouble = ""
            self._window.notices.info(words.there_again(self._name(layer_id)))
        self._tell_row(layer_id)

    def _tell_row(self, layer_id: str) -> None:
        one = self._followed[layer_id]
        text = words.row_trouble(one.trouble) if one.trouble else one.note or words.row_followed("", "")
        self._window.layers.set_note(layer_id, text, is_followed=True, is_trouble=bool(one.trouble))
        self._show_act()


def attach(window: MainWindow) -> None:
    """Let a window follow what its layers come from."""
    FollowDesk(window)
