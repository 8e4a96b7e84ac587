"""The process of live data: all network and decoding.

Its owner takes one frame a feed at a time; newer ones replace those that wait.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import time
from dataclasses import dataclass, field, replace
from multiprocessing.connection import Connection
from pathlib import Path

from data.feeds.address import Secret
from data.feeds.ends import Places
from data.feeds.host import FeedHost
from data.feeds.mapping import Proposal
from twin.alarms import Alarm
from twin.entities import EntityFrame
from twin.errors import MemoryBudgetError, TwinError
from twin.feed import FeedStatus, FeedWish, WatchRule
from ui.feed_frames import FrameNote, FrameWriter
from ui.memory import give_back, share_arenas

STATUS_S = 0.25
"""How often it is told how the feeds stand."""
TRIM_S = 10.0
"""How often memory that bursts have needed is given back."""
_LISTEN_S = 0.05


@dataclass(frozen=True, slots=True)
class Open:
    """Begin with a feed."""

    wish: FeedWish
    secret: Secret | None = None
    record_to: Path | None = None
    crs: str = ""
    alarms: tuple[Alarm, ...] = ()
    """Raised before by its rules."""
    places: Places | None = None
    """Where the ends of flows are that messages name by ids."""


@dataclass(frozen=True, slots=True)
class Close:
    """End a feed; how it stood at its end is told."""

    feed_id: str


@dataclass(frozen=True, slots=True)
class Watch:
    """Watch a feed for these rules from now on."""

    feed_id: str
    rules: tuple[WatchRule, ...]
    alarms: tuple[Alarm, ...] = ()


@dataclass(frozen=True, slots=True)
class Record:
    """Record a feed from now on; None ends it."""

    feed_id: str
    path: Path | None


@dataclass(frozen=True, slots=True)
class Took:
    """The owner took the last frame of a feed (or the last statuses, for "")."""

    feed_id: str


@dataclass(frozen=True, slots=True)
class Statuses:
    """How the feeds stand, and what is proposed for those whose mapping is not stated."""

    by_id: dict[str, FeedStatus]
    proposals: dict[str, Proposal] = field(default_factory=dict)
    closed: FeedStatus | None = None
    """How a feed stood that was ended just now."""


@dataclass(frozen=True, slots=True)
class Refused:
    """What was asked for cannot be done."""

    feed_id: str
    sentence: str
    hint: str
    is_open: bool = True
    """Whether the feed itself is there all the same: it was its recording that cannot be."""


@dataclass(frozen=True, slots=True)
class Ask:
    """Tell how the feeds stand, at once."""

    feed_id: str = ""


Order = Ask | Open | Close | Record | Took | Watch | None
Answer = FrameNote | Statuses | Refused


@dataclass(slots=True)
class _Slot:
    """The one place for a feed's frame on its way."""

    writer: FrameWriter
    is_free: bool = True
    waiting: EntityFrame | None = None
    replaced: int = 0


def serve(connection: Connection, folder: str) -> None:
    """Run in the process until told to stop or the owner is gone."""
    share_arenas()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    host, owner = FeedHost(), os.getppid()
    try:
        _Service(host, connection, Path(folder)).run()
    except (EOFError, OSError):  # the owner is gone
        pass
    finally:
        host.close()
        if os.getppid() != owner:  # nobody else is left to remove it
            shutil.rmtree(folder, ignore_errors=True)
        with contextlib.suppress(OSError):
            connection.close()


class _Service:
    def __init__(self, host: FeedHost, connection: Connection, folder: Path) -> None:
        self._host = host
        self._connection = connection
        self._folder = folder
        self._slots: dict[str, _Slot] = {}
        self._is_status_taken = True
        self._told_s = self._trimmed_s = 0.0
        self._parent = os.getppid()

    def run(self) -> None:
        while True:
            self._host.wait(_LISTEN_S)
            while self._connection.poll():
                order: Order = self._connection.recv()
                if order is None:
                    return
                self._obey(order)
            for feed_id, frame in self._host.step().items():
                self._put(feed_id, frame)
            if self._is_status_taken and time.monotonic() - self._told_s >= STATUS_S:
                self._tell()
            if time.monotonic() - self._trimmed_s >= TRIM_S:
                self._trimmed_s = time.monotonic()
                give_back()
            if os.getppid() != self._parent:
                return

    def _obey(self, order: Ask | Open | Close | Record | Took | Watch) -> None:
        feed_id = order.wish.id if isinstance(order, Open) else order.feed_id
        try:
            match order:
                case Open():
                    self._slots[feed_id] = _Slot(FrameWriter(self._folder))
                    self._host.open(
                        order.wish, order.secret, record_to=order.record_to, crs=order.crs, alarms=order.alarms,
                        places=order.places,
                    )  # fmt: skip
                case Close():
                    self._host.step()
                    self._slots.pop(feed_id, None)
                    self._tell(self._host.close_feed(feed_id))
                case Watch():
                    self._host.watch(feed_id, order.rules, order.alarms)
                case Record():
                    self._host.record(feed_id, order.path)
                case Ask():
                    for fed, frame in self._host.step().items():
                        self._put(fed, frame)
                    self._tell()
                case Took():
                    self._taken(feed_id)
        except TwinError as error:
            self._connection.send(Refused(feed_id, error.sentence, error.hint, feed_id in self._host.runs))
        except Exception as error:  # noqa: BLE001  an outer wall: one feed's fault is not another's
            sentence = f"The feed cannot be opened by a fault of its own ({type(error).__name__}: {error})."
            self._connection.send(Refused(feed_id, sentence, "Please report it.", feed_id in self._host.runs))

    def _put(self, feed_id: str, frame: EntityFrame) -> None:
        slot = self._slots[feed_id]
        if not slot.is_free:
            slot.replaced += slot.waiting is not None
            slot.waiting = frame
            return
        try:
            note = slot.writer.write(frame)
        except MemoryBudgetError:  # shared memory is full: the next frame may find room
            slot.writer.forget()
            slot.replaced += 1
            return
        slot.is_free, slot.waiting = False, None
        self._connection.send(note)

    def _taken(self, feed_id: str) -> None:
        if not feed_id:
            self._is_status_taken = True
            return
        slot = self._slots.get(feed_id)
        if slot is not None:
            slot.is_free = True
            if slot.waiting is not None:
                self._put(feed_id, slot.waiting)

    def _tell(self, closed: FeedStatus | None = None) -> None:
        self._told_s, self._is_status_taken = time.monotonic(), False
        statuses = {
            feed_id: replace(status, coalesced_frames=self._slots[feed_id].replaced if feed_id in self._slots else 0)
            for feed_id, status in self._host.statuses().items()
        }
        proposals = {i: run.proposal for i, run in self._host.runs.items() if run.proposal is not None}
        self._connection.send(Statuses(statuses, proposals, closed))
