"""The pool of worker processes: long work is handed over, arrays come back through shared memory.

Everything here happens when the owner calls it, on the owner's thread: no threads, no signals. A worker that dies is
replaced, and its work is given to the next one once more before it counts as failed.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import multiprocessing
import multiprocessing.forkserver
import os
import shutil
import signal
import sys
import time
import traceback
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from layers.workers import Finished
from twin.errors import MemoryBudgetError, TwinError
from ui.shared_arrays import Arrays, Block, allow_open_files, make_folder, map_block, remove_block, write_block

Work = Callable[..., dict[str, npt.NDArray[np.generic]]]
_AHEAD = 2
"""Pieces of work a worker has at hand, so that it need not wait for the next."""
_TRIES = 2
LARGE_BYTES = 32 * 2**20
"""After an answer of this size a worker gives its freed memory back."""
_READY = 0
"""Sent by a worker once, before it does anything: pieces are numbered from 1."""


@dataclass(slots=True)
class _Piece:
    key: Hashable
    function: Work
    shared: tuple[str, ...]
    values: tuple[object, ...]
    priority: float
    keep_as: str = ""
    tries: int = 0
    is_wanted: bool = True


@dataclass(slots=True)
class _Worker:
    process: BaseProcess
    connection: Connection
    doing: dict[int, _Piece] = field(default_factory=dict)
    is_ready: bool = False
    """It has imported what it needs."""


class Jobs:
    """A pool of processes that implements layers.workers.Workers."""

    def __init__(self, processes: int | None = None, *, memory_bytes: int | None = None) -> None:
        """Start the processes; they import what they need while the app goes on starting.

        memory_bytes   what one piece of work may return at most; more is refused in words
        """
        self.memory_bytes = memory_bytes
        allow_open_files()
        self._folder = make_folder()
        self._context = _context()
        self._blocks: dict[str, Block] = {}
        self._holders: dict[str, int] = {}
        self._lost: list[Finished] = []
        """What failed with its worker while nobody was collecting."""
        self._waiting: dict[Hashable, _Piece] = {}
        self._number = 0
        self.receivers: list[Callable[[Finished], bool]] = []
        """Asked in turn about everything that ends, until one returns True: it has taken it."""
        self._workers = [self._start() for _ in range(processes or max(os.cpu_count() or 1, 1))]
        self._is_open = True

    def _start(self) -> _Worker:
        here, there = self._context.Pipe()
        process = self._context.Process(target=_serve, args=(there, str(self._folder), self.memory_bytes), daemon=True)
        process.start()
        there.close()
        return _Worker(process, here)

    # Workers

    def share(self, name: str, arrays: Mapping[str, npt.NDArray[np.generic]]) -> str:
        """Copy arrays where every worker can map them."""
        if name in self._blocks:
            self._forget(name)
        self._blocks[name], self._holders[name] = write_block(self._folder, arrays), 1
        return name

    def share_mapped(self, name: str, arrays: Mapping[str, npt.NDArray[np.generic]]) -> Arrays:
        """Share arrays and return them mapped, so that the caller can drop its own copy."""
        self.share(name, arrays)
        return map_block(self._blocks[name], is_last_reader=False)

    def hold(self, name: str) -> bool:
        """Keep what is shared under a name until unshare is called once more; False if there is no such thing."""
        if name not in self._blocks:
            return False
        self._holders[name] = self._holders.get(name, 0) + 1
        return True

    def unshare(self, name: str) -> None:
        """Let shared arrays go; the last holder's call forgets them and drops the work that waits for them."""
        self._holders[name] = self._holders.get(name, 1) - 1
        if self._holders[name] <= 0:
            self._forget(name)

    def _forget(self, name: str) -> None:
        self._holders.pop(name, None)
        self._waiting = {k: p for k, p in self._waiting.items() if name not in p.shared}
        for worker in self._workers:
            for piece in worker.doing.values():
                piece.is_wanted &= name not in piece.shared
        block = self._blocks.pop(name, None)
        if block is None:
            return
        for worker in self._workers:
            with contextlib.suppress(OSError):
                worker.connection.send(("forget", name))
        remove_block(block)

    def submit(
        self,
        key: Hashable,
        function: Work,
        shared: str | tuple[str, ...],
        *values: object,
        priority: float = 0.0,
        keep_as: str = "",
    ) -> None:
        """Have function(shared arrays, *values) done elsewhere; the greatest priority first.

        shared    the name, or names, under which the arrays are shared; "" for none
        keep_as   the name under which what it returns stays shared, for further work; "" for this process only
        """
        for worker in self._workers:
            for piece in worker.doing.values():
                if piece.key == key and piece.is_wanted:
                    return
        names = shared if isinstance(shared, tuple) else (shared,) if shared else ()
        self._waiting[key] = _Piece(key, function, names, values, priority, keep_as)
        self._hand_out()

    def cancel_waiting(self, keep: Callable[[Hashable], bool]) -> None:
        """Drop the work not begun whose key is not to be kept."""
        self._waiting = {k: p for k, p in self._waiting.items() if keep(k)}

    def collect(self, wait_s: float = 0.0) -> list[Finished]:
        """Return what has ended since the last call and no receiver took, waiting up to wait_s for the first."""
        return [f for f in self._finished(wait_s) if not any(receiver(f) for receiver in self.receivers)]

    def _finished(self, wait_s: float) -> list[Finished]:
        finished, self._lost = self._lost, []
        ready = wait(self._connections(), timeout=0 if finished else wait_s) if self.pending else []
        while ready:
            for worker in [w for w in self._workers if w.connection in ready]:
                if not worker.connection.closed:  # it may have been replaced just now
                    finished += self._answer(worker)
            self._hand_out()
            ready = wait(self._connections(), timeout=0) if len(finished) < 64 else []  # a turn's worth
        return finished

    def _connections(self) -> list[Connection]:
        return [w.connection for w in self._workers]

    def _answer(self, worker: _Worker) -> list[Finished]:
        """Take one answer of a worker that has one."""
        try:
            number, result, reason = worker.connection.recv()
        except (EOFError, OSError):
            self._replace(worker)
            return []
        worker.is_ready = True
        if number == _READY:
            return []
        piece = worker.doing.pop(number)
        keep_as = piece.keep_as if piece.is_wanted else ""
        arrays = map_block(result, is_last_reader=not keep_as) if isinstance(result, Block) else None
        if keep_as and isinstance(result, Block):
            self._blocks[keep_as] = result
        failure = result if isinstance(result, TwinError) else None
        return [Finished(piece.key, arrays, reason, failure)] if piece.is_wanted else []

    @property
    def pending(self) -> int:
        """Return how many pieces wait or are being done."""
        return len(self._waiting) + len(self._lost) + sum(len(w.doing) for w in self._workers)

    def wait_until_ready(self, wait_s: float = 10.0) -> bool:
        """Wait for the workers to have imported what they need; return whether they have. For measuring only."""
        deadline = time.monotonic() + wait_s
        for worker in self._workers:
            with contextlib.suppress(EOFError, OSError):  # one that has died is replaced when there is work
                if not worker.is_ready and worker.connection.poll(max(deadline - time.monotonic(), 0.0)):
                    worker.connection.recv()
                    worker.is_ready = True
        return all(w.is_ready for w in self._workers)

    @property
    def process_ids(self) -> list[int]:
        """Return the workers' process ids."""
        return [w.process.pid for w in self._workers if w.process.pid]

    def _hand_out(self) -> None:
        while self._waiting:
            worker = min(self._workers, key=lambda w: len(w.doing))
            if len(worker.doing) >= _AHEAD:
                return
            key = max(self._waiting, key=lambda k: self._waiting[k].priority)
            piece = self._waiting.pop(key)
            if not self._blocks.keys() >= set(piece.shared):
                continue
            blocks = {name: self._blocks[name] for name in piece.shared}
            self._number += 1
            try:
                worker.connection.send(("do", self._number, piece.function, blocks, piece.values))
            except OSError:
                self._waiting[key] = piece
                self._replace(worker)
                continue
            worker.doing[self._number] = piece

    def _replace(self, worker: _Worker) -> None:
        """Put a new worker in the place of a dead one; its work is tried once more."""
        for piece in worker.doing.values():
            piece.tries += 1
            if piece.is_wanted and piece.tries < _TRIES:
                self._waiting[piece.key] = piece
            elif piece.is_wanted:
                self._lost.append(Finished(piece.key, None, "The worker process ended unexpectedly, twice."))
        worker.connection.close()
        _end(worker.process, 1.0)
        self._workers[self._workers.index(worker)] = self._start()
        self._hand_out()

    def close(self) -> None:
        """End the workers and remove what was shared."""
        if not self._is_open:
            return
        self._is_open = False
        self._waiting.clear()
        for worker in self._workers:
            with contextlib.suppress(OSError):
                worker.connection.send(None)
        deadline = time.monotonic() + 0.5
        for worker in self._workers:
            _end(worker.process, deadline - time.monotonic())
            worker.connection.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close."""
        self.close()


def _end(process: BaseProcess, wait_s: float) -> None:
    """Wait for a process to end, and see to it that it does."""
    process.join(max(wait_s, 0.0))
    for stop in (process.terminate, process.kill):
        if process.is_alive():
            stop()
            process.join(1.0)
    if not process.is_alive():
        process.close()


def warm_up() -> None:
    """Start the process that workers are forked from: it loads what they need while the app loads its own modules."""
    if _context().get_start_method() == "forkserver":
        multiprocessing.forkserver.ensure_running()


def _context() -> Any:  # the context classes share no public base
    """Return a fork server that has the worker's modules loaded, or spawn where there is none."""
    if "forkserver" not in multiprocessing.get_all_start_methods() or getattr(sys, "frozen", False):
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["layers.tile_work", "ui.load_work"])
    return context


def _serve(connection: Connection, folder: str, memory_bytes: int | None) -> None:
    """Run in the worker: do what is asked until told to stop or the owner is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with contextlib.suppress(OSError, AttributeError):
        os.nice(2)  # the picture comes first
    mapped: dict[str, Arrays] = {}
    with contextlib.suppress(OSError):
        connection.send((_READY, None, ""))
    while True:
        try:
            message = connection.recv()
        except (EOFError, OSError):
            return
        if message is None:
            return
        if message[0] == "forget":
            mapped.pop(message[1], None)
            continue
        _, number, function, blocks, values = message
        try:
            for name in blocks.keys() - mapped.keys():
                mapped[name] = map_block(blocks[name], is_last_reader=False)
            shared = {name: array for block in blocks for name, array in mapped[block].items()}
            arrays = function(shared, *values)
            del shared
            _refuse_above(memory_bytes, arrays)
            answer: tuple[int, Block | TwinError | None, str] = (number, write_block(Path(folder), arrays), "")
        except TwinError as error:
            answer = (number, error, str(error))
        except Exception:  # noqa: BLE001  the outer wall of a worker: what failed is told, the worker lives on
            answer = (number, None, traceback.format_exc(limit=-3).strip())
        is_large = isinstance(answer[1], Block) and answer[1].size > LARGE_BYTES
        arrays = {}
        try:
            connection.send(answer)
        except OSError:
            return
        if is_large:
            _give_back()


def _give_back() -> None:
    """Return freed memory to the system, which the C library and Arrow would keep for later."""
    gc.collect()
    arrow = sys.modules.get("pyarrow")
    if arrow is not None:
        arrow.default_memory_pool().release_unused()
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)


def _refuse_above(memory_bytes: int | None, arrays: Mapping[str, npt.NDArray[np.generic]]) -> None:
    held = sum(a.nbytes for a in arrays.values())
    if memory_bytes is not None and held > memory_bytes:
        raise MemoryBudgetError(
            f"This needs {held / 2**20:,.0f} MB, more than the memory budget of {memory_bytes / 2**20:,.0f} MB.",
            hint="Give more with --memory, or open a part of it.",
            needed_bytes=held,
        )
