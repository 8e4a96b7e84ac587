"""All feeds of an app: one thread for their network, and a step in which everything that came is read."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path

from data.feeds.address import Secret, secret_of, split_secret
from data.feeds.ends import Places
from data.feeds.recorded import policy_of
from data.feeds.run import FeedRun
from data.feeds.source import Link, Source
from data.feeds.sources import source_for
from data.privacy import stricter
from data.recorder import PURGE_S
from data.retention import purge
from twin.alarms import Alarm
from twin.entities import EntityFrame
from twin.errors import TwinError
from twin.feed import FeedState, FeedStatus, FeedWish, WatchRule

log = logging.getLogger(__name__)

TICK_S = 0.03
"""Steps are at least this far apart: what came meanwhile is read in one go."""
_STOP_S = 10.0


class FeedHost:
    """Opens, reads and closes feeds. Belongs to one thread, which calls `wait` and `step` in turn."""

    def __init__(self, *, clock: Callable[[], float] = time.time, on_wake: Callable[[], None] | None = None) -> None:
        """Start the network's thread.

        on_wake   called, on any thread, when there is something to step for
        """
        self._clock = clock
        self._on_wake = on_wake
        self._something = threading.Event()
        self._runs: dict[str, FeedRun] = {}
        self._tasks: dict[str, Future[None]] = {}
        self._stepped = self._purged_s = 0.0
        self._folders: set[Path] = set()
        """Where recordings are written."""
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._serve, name="feeds", daemon=True)
        self._thread.start()

    @property
    def runs(self) -> dict[str, FeedRun]:
        """Return the feeds that are open, by id."""
        return self._runs

    def open(
        self,
        wish: FeedWish,
        secret: Secret | None = None,
        *,
        record_to: Path | None = None,
        crs: str = "",
        alarms: Sequence[Alarm] = (),
        places: Places | None = None,
    ) -> None:
        """Begin with a feed; one of that id that is open is closed.

        alarms   raised before by its rules
        raises   FeedError  its address is none, or its recording cannot be written
        """
        self.close_feed(wish.id)
        plain, given = split_secret(wish.url)
        source = source_for(plain)
        wish = replace(wish, url=plain, privacy=stricter(wish.privacy, policy_of(plain)))
        run = FeedRun(wish, self._wake, clock=self._clock, crs=crs, alarms=alarms, places=places)
        if record_to is not None:
            self._purge(record_to.parent)
            run.record(record_to)
        asked = secret_of(plain, secret or given)
        link = Link(wish, asked, run.inbox, run.tell, run.take_mapping)
        self._runs[wish.id] = run
        self._tasks[wish.id] = asyncio.run_coroutine_threadsafe(_guarded(source, link), self._loop)

    def close_feed(self, feed_id: str) -> FeedStatus | None:
        """End a feed, its connection and its recording; return how it stood then, None if it is not open."""
        task = self._tasks.pop(feed_id, None)
        if task is not None:
            task.cancel()
        run = self._runs.pop(feed_id, None)
        if run is None:
            return None
        run.close()
        return run.status()

    def watch(self, feed_id: str, rules: tuple[WatchRule, ...], alarms: Sequence[Alarm] = ()) -> None:
        """Watch a feed for these rules from now on; nothing if it is not open."""
        if feed_id in self._runs:
            self._runs[feed_id].watch(rules, alarms)

    def record(self, feed_id: str, path: Path | None) -> None:
        """Record a feed from now on, or no longer.

        raises   FeedError  the file cannot be written
        """
        if feed_id in self._runs:
            self._runs[feed_id].record(path)

    def _purge(self, folder: Path | None = None) -> None:
        """Remove what may no longer be kept of recordings where some are written; these shorten themselves."""
        now_s = self._clock()
        if folder is not None:
            self._folders.add(folder)
        elif 0 <= now_s - self._purged_s < PURGE_S:
            return
        self._purged_s = now_s
        keep_days = {run.wish.id: run.wish.privacy.keep_days for run in self._runs.values()}
        for one in self._folders:
            for sentence in purge(one, now_s=now_s, keep_days=keep_days):
                log.warning("%s", sentence)

    def wait(self, timeout_s: float) -> bool:
        """Wait until something came; not longer than told, and not shorter than steps are apart."""
        is_woken = self._something.wait(timeout_s)
        early_s = self._stepped + TICK_S - time.monotonic()
        if is_woken and early_s > 0:
            time.sleep(min(early_s, TICK_S))
        return is_woken

    def step(self) -> dict[str, EntityFrame]:
        """Read all that came and return the new frames, by feed."""
        self._something.clear()
        self._stepped = time.monotonic()
        if self._folders:
            self._purge()
        frames: dict[str, EntityFrame] = {}
        for feed_id, run in list(self._runs.items()):
            try:
                frame = run.step()
            except Exception as error:  # noqa: BLE001  the outer wall: one feed's fault is not another's
                run.tell(FeedState.FAILED, f"The feed stopped by a fault of its own ({type(error).__name__}: {error}).")
                continue
            if frame is not None:
                frames[feed_id] = frame
        return frames

    def statuses(self) -> dict[str, FeedStatus]:
        """Return how it stands with each feed."""
        return {feed_id: run.status() for feed_id, run in self._runs.items()}

    def close(self) -> None:
        """End all feeds and the network's thread."""
        for feed_id in list(self._runs):
            self.close_feed(feed_id)
        asyncio.run_coroutine_threadsafe(_end_all(), self._loop).result(_STOP_S)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(_STOP_S)
        self._loop.close()

    def _wake(self) -> None:
        self._something.set()
        if self._on_wake is not None:
            self._on_wake()

    def _serve(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()


async def _guarded(source: Source, link: Link) -> None:
    """Run a source; how it ends is told."""
    try:
        await source.run(link)
    except TwinError as error:
        link.tell(FeedState.FAILED, str(error))
    except asyncio.CancelledError:
        raise
    except Exception as error:  # noqa: BLE001  the outer wall: a fault in a protocol ends that feed alone, in words
        link.tell(FeedState.FAILED, f"The feed stopped by a fault of its own ({type(error).__name__}: {error}).")
    else:
        link.tell(FeedState.ENDED, "")


async def _end_all() -> None:
    """Wait until every task of the loop has ended, and its executor's threads."""
    others = [t for t in asyncio.all_tasks() if t is not asyncio.current_task()]
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
    await asyncio.get_running_loop().shutdown_default_executor()
