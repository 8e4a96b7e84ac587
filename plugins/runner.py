"""Tiles done by many processes: what is lost with a killed one is done again, and the answers come in their order."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import selectors
import signal
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from plugins.contract import PluginError
from plugins.forks import Ended, Forked, Forks
from plugins.tile_worker import ERROR, done_tile

TRIES = 3
HANGS = 2
"""How often a tile may take too long before the analysis ends: it has one more try."""
TELL_S = 1.0
AHEAD = 8
"""Answers a worker's share may be ahead of the one that is waited for."""
_READ = 2**20


class Runner(Protocol):
    """Whatever does tiles: processes of this machine, or of others."""

    def map(self, work: dict[str, Any], tiles: Sequence[dict[str, Any]]) -> Iterator[bytes]:
        """Yield each tile's partial as bytes (see plugins.partials), in the order of the tiles.

        work     what is the same for all: plain values, see tile_worker.done_tile
        tiles    what each is: plain values
        raises   PluginError  a tile fails, or ends its process every time
        """
        ...

    def close(self) -> None:
        """End the processes."""
        ...


class HereRunner:
    """Does tiles one after another in this process: for tests and the author's check."""

    def map(self, work: dict[str, Any], tiles: Sequence[dict[str, Any]]) -> Iterator[bytes]:
        """Yield each tile's partial."""
        for tile in tiles:
            yield done_tile(work, tile)

    def close(self) -> None:
        """Nothing is left."""


@dataclass
class _Worker:
    end: socket.socket
    pid: int = 0
    doing: int = -1
    begun_s: float = 0.0
    is_late: bool = False
    """Whether it was ended for taking too long."""
    heard: bytearray = field(default_factory=bytearray)


class ProcessRunner:
    """Does tiles in processes forked from here; one that is killed is replaced."""

    def __init__(
        self,
        forks: Forks,
        processes: int | None = None,
        *,
        tile_s: float = float("inf"),
        on_change: Callable[[list[int]], None] | None = None,
    ) -> None:
        """Use a fork server that was begun before this process had threads.

        tile_s      what a tile may take: a process that takes longer is ended, and the tile done once more
        on_change   is told the processes' ids when they change, and every TELL_S while tiles are waited for
        """
        self._forks = forks
        self._count = processes or max(os.cpu_count() or 1, 1)
        self._workers: dict[int, _Worker] = {}
        self._tokens = itertools.count(1)
        self._on_change, self._tile_s, self._told_s = on_change, tile_s, 0.0
        self.replaced = 0
        """How many workers died and were replaced."""

    def map(self, work: dict[str, Any], tiles: Sequence[dict[str, Any]]) -> Iterator[bytes]:
        """Yield each tile's partial, in their order."""
        run = _Run(len(tiles))
        for _ in range(min(self._count, len(tiles))):
            self._begin(work)
        try:
            for number in range(len(tiles)):
                while number not in run.done:
                    self._hand_out(run, tiles, number)
                    self._listen(run, work)
                    self._end_late()
                    self._tell_again()
                yield run.done.pop(number)
        finally:
            for token in list(self._workers):
                self._drop(token)

    def _begin(self, work: dict[str, Any]) -> None:
        here, there = socket.socketpair()
        token = next(self._tokens)
        with there:
            self._forks.ask("tiles", token, [there.fileno()])
        self._workers[token] = _Worker(here)
        here.sendall(_framed(json.dumps(work).encode()))

    def _hand_out(self, run: _Run, tiles: Sequence[dict[str, Any]], waited_for: int) -> None:
        for worker in self._workers.values():
            if worker.doing >= 0 or not run.waiting:
                continue
            number = min(run.waiting)
            if number > waited_for + AHEAD * self._count:
                return
            run.waiting.discard(number)
            worker.doing, worker.begun_s = number, time.monotonic()
            with contextlib.suppress(OSError):  # it has died: its end is told below
                worker.end.sendall(_framed(json.dumps(tiles[number]).encode()))

    def _listen(self, run: _Run, work: dict[str, Any]) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(self._forks.socket, selectors.EVENT_READ, 0)
            for token, worker in self._workers.items():
                selector.register(worker.end, selectors.EVENT_READ, token)
            for key, _ in selector.select(timeout=1.0):
                if key.data == 0:
                    self._heard(run, work)
                elif key.data in self._workers:
                    self._take(run, self._workers[key.data], key.data)

    def _end_late(self) -> None:
        """End workers that have been at one tile for too long; that they are gone is told by the fork server."""
        for worker in self._workers.values():
            is_slow = worker.doing >= 0 and time.monotonic() > worker.begun_s + self._tile_s
            if is_slow and worker.pid and not worker.is_late:
                worker.is_late = True
                with contextlib.suppress(ProcessLookupError):
                    os.kill(worker.pid, signal.SIGKILL)

    def _tell_again(self) -> None:
        """Let the app know that this process waits for tiles, and does not hang."""
        if self._on_change is not None and time.monotonic() > self._told_s + TELL_S:
            self._told_s = time.monotonic()
            self._on_change([w.pid for w in self._workers.values() if w.pid])

    def _take(self, run: _Run, worker: _Worker, token: int) -> None:
        try:
            data = worker.end.recv(_READ)
        except OSError:
            data = b""
        if not data:
            worker.end.close()
            self._workers.pop(token)
            self._lost(run, worker)
            return
        worker.heard += data
        while len(worker.heard) >= 8:
            size = int.from_bytes(worker.heard[:8], "little")
            if len(worker.heard) < 8 + size:
                return
            answer = bytes(worker.heard[8 : 8 + size])
            del worker.heard[: 8 + size]
            if answer[:1] == ERROR:
                raise PluginError(*json.loads(answer[1:]))
            run.done[worker.doing] = answer[1:]
            worker.doing = -1

    def _lost(self, run: _Run, worker: _Worker) -> None:
        """Take the tile of a dead worker back."""
        if worker.doing < 0:
            return
        if worker.is_late:
            self._count_late(run, worker.doing)
            return
        run.tries[worker.doing] = run.tries.get(worker.doing, 0) + 1
        if run.tries[worker.doing] >= TRIES:
            raise PluginError(
                f"Tile {worker.doing + 1} of {run.count} ended its process {TRIES} times.",
                "It may need more memory than it may have: make the tiles smaller.",
            )
        run.waiting.add(worker.doing)

    def _count_late(self, run: _Run, tile: int) -> None:
        run.hangs[tile] = run.hangs.get(tile, 0) + 1
        if run.hangs[tile] >= HANGS:
            raise PluginError(
                f"Tile {tile + 1} of {run.count} took more than {self._tile_s:g} s, twice, and is held to hang.",
                "Run it on a smaller area, or let it take longer (Info.frame_s). Its log may say where.",
            )
        run.waiting.add(tile)

    def _heard(self, run: _Run, work: dict[str, Any]) -> None:
        for fact in self._forks.heard():
            if isinstance(fact, Forked) and fact.token in self._workers:
                self._workers[fact.token].pid = fact.pid
            elif isinstance(fact, Ended):
                while fact.token in self._workers:  # what it said before it died still counts
                    self._take(run, self._workers[fact.token], fact.token)
                if run.waiting or any(w.doing >= 0 for w in self._workers.values()) or not self._workers:
                    self.replaced += 1
                    self._begin(work)
        if self._on_change is not None:
            self._on_change([w.pid for w in self._workers.values() if w.pid])

    def _drop(self, token: int) -> None:
        worker = self._workers.pop(token)
        worker.end.close()

    def close(self) -> None:
        """End the processes."""
        self._forks.close()


class _Run:
    """How far one map has come."""

    def __init__(self, count: int) -> None:
        self.count = count
        self.waiting = set(range(count))
        self.done: dict[int, bytes] = {}
        self.tries: dict[int, int] = {}
        self.hangs: dict[int, int] = {}


def _framed(data: bytes) -> bytes:
    return len(data).to_bytes(8, "little") + data
