"""Starts the process of live data and takes what it sends. No Qt, no threads: it works when its owner calls it."""

from __future__ import annotations

import contextlib
import multiprocessing
import shutil
import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Self

from data.feeds.address import Secret, secret_of, split_secret
from data.feeds.ends import Places
from data.feeds.mapping import Proposal
from data.feeds.source import STEADY_S, Waits
from twin.alarms import Alarm
from twin.entities import EntityFrame
from twin.errors import FeedError
from twin.feed import FeedState, FeedStatus, FeedWish, WatchRule
from ui.feed_frames import FrameNote, FrameReader
from ui.feed_process import Ask, Close, Open, Order, Record, Refused, Statuses, Took, Watch, serve
from ui.shared_arrays import make_folder, remove_block

STOP_S = 5.0


@dataclass(slots=True)
class Collected:
    """What came since it was last asked."""

    frames: dict[str, EntityFrame] = field(default_factory=dict)
    """The newest frame of each feed that has a new one."""
    statuses: dict[str, FeedStatus] | None = None
    """How all feeds stand; None where that is not new."""
    proposals: dict[str, Proposal] = field(default_factory=dict)
    """What messages seem to mean, for feeds whose mapping is not stated in full."""
    errors: list[FeedError] = field(default_factory=list)
    """What was asked for and cannot be done."""
    restarts: list[FeedError] = field(default_factory=list)
    """That the process of live data ended by itself; the feeds go on in another."""
    closed: dict[str, FeedStatus] = field(default_factory=dict)
    """How feeds stood at their end that were ended."""


class Feeding:
    """All live data of a window or a command: one process, started with the first feed."""

    def __init__(self) -> None:
        """Start nothing yet."""
        self._folder: Path | None = None
        self._process: multiprocessing.process.BaseProcess | None = None
        self._connection: multiprocessing.connection.Connection | None = None
        self._readers: dict[str, FrameReader] = {}
        self._open: dict[str, Open] = {}
        self._before: dict[str, FeedStatus] = {}
        """How feeds stood when a process ended: what came then goes on to count."""
        self._last: dict[str, FeedStatus] = {}
        self._waits = Waits()
        self._again_s: float | None = None
        """When a process that ended is started anew, monotonic; None while there is one, or none is wanted."""
        self._began_s = 0.0

    def __enter__(self) -> Self:
        """Return this."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close."""
        self.close()

    @property
    def is_running(self) -> bool:
        """Return whether the process is there."""
        return self._process is not None and self._process.is_alive()

    def fileno(self) -> int:
        """Return a descriptor that is readable when something can be collected, for Qt's notifier; -1 if none."""
        return int(self._connection.fileno()) if self._connection is not None else -1

    def open(
        self,
        wish: FeedWish,
        *,
        record_to: Path | None = None,
        crs: str = "",
        secret: Secret | None = None,
        alarms: tuple[Alarm, ...] = (),
        places: Places | None = None,
    ) -> None:
        """Begin with a feed, in place of one of the same id.

        alarms   raised before by its rules: those that are on are gone on with
        secret   what stood in the address when it was typed; else the environment and the keyring are asked
        raises   FeedError  its address is none
        """
        plain, given = split_secret(wish.url)
        order = Open(wish, secret_of(plain, secret or given), record_to, crs, alarms, places)
        if self._again_s is None:
            self._start()
        self._open[wish.id] = order
        self._readers[wish.id] = FrameReader()
        self._before.pop(wish.id, None)
        self._send(order)

    def close_feed(self, feed_id: str) -> None:
        """End a feed and its recording."""
        self._open.pop(feed_id, None)
        self._readers.pop(feed_id, None)
        self._send(Close(feed_id))

    def finish(self, feed_id: str, wait_s: float) -> FeedStatus | None:
        """End a feed and its recording, and return how it stood at its end; None if that is not told in time."""
        self._open.pop(feed_id, None)
        self._send(Close(feed_id))
        found: FeedStatus | None = None
        end_s = time.monotonic() + wait_s
        while found is None and time.monotonic() < end_s and self.is_running:
            found = self.collect(0.05).closed.get(feed_id)
        self._readers.pop(feed_id, None)
        return found

    def watch(self, feed_id: str, rules: tuple[WatchRule, ...], alarms: tuple[Alarm, ...] = ()) -> None:
        """Watch a feed for these rules from now on."""
        if feed_id in self._open:
            order = self._open[feed_id]
            self._open[feed_id] = replace(order, wish=replace(order.wish, rules=rules), alarms=alarms)
            self._send(Watch(feed_id, rules, alarms))

    def rules_of(self, feed_id: str) -> tuple[WatchRule, ...] | None:
        """Return the rules that a feed is watched for; None if it is not open."""
        order = self._open.get(feed_id)
        return order.wish.rules if order is not None else None

    def record(self, feed_id: str, path: Path | None) -> None:
        """Record a feed from now on, or no longer."""
        if feed_id in self._open:
            self._open[feed_id] = replace(self._open[feed_id], record_to=path)
        self._send(Record(feed_id, path))

    def ask(self) -> None:
        """Ask how the feeds stand now, rather than when it is told next."""
        self._send(Ask())

    def collect(self, wait_s: float = 0.0) -> Collected:
        """Return what came, waiting for something as long as told; starts a process that died anew."""
        collected = Collected()
        if self._again_s is not None:
            self._begin_anew(wait_s)
        if self._connection is None:
            return collected
        try:
            while self._connection.poll(wait_s):
                wait_s = 0.0
                self._take(self._connection.recv(), collected)
        except (EOFError, OSError):
            self._lost(collected)
        return collected

    def close(self) -> None:
        """End all feeds and the process."""
        self._open, self._readers, self._before, self._last, self._again_s = {}, {}, {}, {}, None
        self._end()

    def _end(self) -> None:
        if self._process is None:
            return
        self._send(None)
        self._process.join(STOP_S)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()
        self._process.close()
        if self._connection is not None:
            self._connection.close()
        self._process = self._connection = None
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)

    # inside

    def _start(self) -> None:
        if self._process is not None:
            return
        self._folder = make_folder()
        context = multiprocessing.get_context("spawn")  # a fork would take the window's threads and locks with it
        self._connection, there = context.Pipe()
        self._process = context.Process(
            target=serve, args=(there, str(self._folder)), name="citytwin feeds", daemon=True
        )
        self._process.start()
        self._began_s = time.monotonic()
        there.close()

    def _send(self, order: Order) -> None:
        if self._connection is not None:
            with contextlib.suppress(OSError):  # the process is gone: collect starts it anew
                self._connection.send(order)

    def _take(self, answer: object, collected: Collected) -> None:
        if isinstance(answer, FrameNote):
            reader = self._readers.get(answer.feed_id)
            if reader is None:  # of a feed that was closed meanwhile
                remove_block(answer.block)
                return
            collected.frames[answer.feed_id] = reader.read(answer)
            self._send(Took(answer.feed_id))
        elif isinstance(answer, Statuses):
            self._last = {i: self._in_all(s) for i, s in answer.by_id.items() if i in self._readers}
            collected.statuses = self._last
            collected.proposals = answer.proposals
            if answer.closed is not None:
                collected.closed[answer.closed.feed_id] = self._in_all(answer.closed)
            self._send(Took(""))
        elif isinstance(answer, Refused):
            self._refused(answer)
            collected.errors.append(FeedError(answer.sentence, hint=answer.hint, feed=answer.feed_id))

    def _refused(self, answer: Refused) -> None:
        """Go on without what cannot be done: a feed whose recording cannot be written is listened to all the same."""
        order = self._open.get(answer.feed_id)
        if order is not None and order.record_to is not None:
            self._open[answer.feed_id] = replace(order, record_to=None)
            if not answer.is_open:
                self._send(self._open[answer.feed_id])
        elif not answer.is_open:
            self._open.pop(answer.feed_id, None)

    def _lost(self, collected: Collected) -> None:
        """Begin all feeds anew in another process; later each time, where one ends as soon as it has begun."""
        if self._process is not None:
            self._process.kill()  # it may still be there, and hear nothing
        if time.monotonic() - self._began_s > STEADY_S:
            self._waits.reset()
        wait_s = self._waits.next_s()
        self._again_s = time.monotonic() + wait_s
        self._before = dict(self._last)
        self._end()
        sentence = "The process of live data ended unexpectedly and is started again."
        collected.restarts.append(FeedError(sentence, hint="Its feeds go on by themselves; nothing else is lost."))
        reason = f"{sentence} Trying again in {wait_s:.1f} s."
        last = {i: self._last.get(i, FeedStatus(i)) for i in self._open}
        collected.statuses = {i: replace(s, state=FeedState.RECONNECTING, reason=reason) for i, s in last.items()}

    def _begin_anew(self, wait_s: float) -> None:
        left_s = (self._again_s or 0.0) - time.monotonic()
        if left_s > 0:
            time.sleep(min(wait_s, left_s))
            return
        self._again_s = None
        self._start()
        for feed_id, order in self._open.items():
            self._readers[feed_id] = FrameReader()
            self._send(order)

    def _in_all(self, status: FeedStatus) -> FeedStatus:
        """Return how a feed stands with what came before its process was started anew."""
        before = self._before.get(status.feed_id)
        if before is None:
            return status
        return replace(
            status,
            messages=before.messages + status.messages,
            malformed=before.malformed + status.malformed,
            bytes=before.bytes + status.bytes,
            dropped=before.dropped + status.dropped,
            entities=max(before.entities, status.entities),
            reconnects=before.reconnects + status.reconnects + 1,
            subscribed_s=before.subscribed_s or status.subscribed_s,
            last_message_s=max(before.last_message_s, status.last_message_s),
            newest_s=max(before.newest_s, status.newest_s),
        )
