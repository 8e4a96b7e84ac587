"""Running plugins, as the app sees it: each in a process of its own, watched, and ended when it does not behave.

Nothing here blocks, starts threads or knows of windows: the owner calls poll() often (a timer, or a loop on the command
line) and takes what has come. Whatever a plugin does, poll() answers and the reason is in words.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import shutil
import socket
import tempfile
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from plugins.city_files import CityContents, write_city
from plugins.forks import Ended, Forked, Forks
from plugins.processes import cpu_seconds, death_words, descendants, family, held_bytes, kill_family
from plugins.received import Received
from plugins.wire import Unpacker, packed

if TYPE_CHECKING:
    from plugins.cluster import Cluster

READ_BYTES = 256 * 1024
"""What is read of one plugin in one turn, at most."""
MESSAGES_A_TURN = 200
LOG_LINES = 500
LOG_LINE_LENGTH = 2000
WATCH_S, WHOLE_S = 0.2, 2.0
GRACE_S = 1.0
"""Between being asked to stop and being killed."""
LOAD_S = 30.0
MOST_PROCESSES = 64
BUSY_SHARE = 0.5
"""A live plugin that is silent and uses more of a processor than this hangs; one that is idle waits for news."""
_RAM = Path("/dev/shm")  # noqa: S108  where Linux keeps files in memory
_LEAST_FREE = 2**30


class State(StrEnum):
    """How a run stands."""

    STARTING = "starting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class LaidCity:
    """A city laid down for plugins."""

    folder: Path
    secret_folder: Path


@dataclass(frozen=True, slots=True)
class Task:
    """What a plugin's process is to do."""

    plugin: Mapping[str, Any]
    """The reference that plugins.loading takes."""
    do: str = "run"
    """"describe", "run" or "at"."""
    city: LaidCity | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)
    area: Sequence[Sequence[float]] = ()
    """The ring of a drawn area, longitude and latitude; empty for the whole city."""
    places: Sequence[Mapping[str, Any]] = ()
    scenario: str = ""
    """The scenario's name that the city is given with; "" gives it as it is."""
    allowed: tuple[str, ...] = ()
    """Capabilities that the user has granted."""
    memory_mb: int = 2048
    frame_s: float = 60.0
    is_live: bool = False
    processes: int | None = None
    """For analyses by tiles; None for as many as the machine has; 0 for the plugin's own process alone."""
    on_cluster: bool = False
    """Whether the host's cluster does the tiles."""
    record: str = ""
    replay: str = ""


class Running:
    """One run of a plugin."""

    def __init__(self, task: Task, token: int, folder: Path, ends: tuple[socket.socket, int]) -> None:
        """Take the app's ends of the plugin's line and log."""
        self.task, self.token, self.folder = task, token, folder
        self._line, self._log_end = ends
        self.state = State.STARTING
        self.sentence, self.hint = "", ""
        """Why it failed, in words."""
        self.failure_kind = ""
        self.share, self.words = 0.0, ""
        self.parameters: dict[str, Any] = {}
        """As they were settled, once it has started."""
        self.answer: dict[str, Any] = {}
        """The last word: the description, the readings, how many frames."""
        self.frame: Received | None = None
        """The newest frame that nobody took."""
        self.frames = 0
        self.worker_pids: list[int] = []
        self.asks_tiles = False
        """Whether its tiles are to be done by a cluster; which they are stands in its folder."""
        self.log: deque[str] = deque(maxlen=LOG_LINES)
        self.pid = self.shared_bytes = 0
        self.begun_s = self.heard_s = self._watched_s = time.monotonic()
        self.stop_s: float | None = None
        self._cpu_s = self._whole_s = 0.0
        self._unpacker, self._partial_line = Unpacker(), b""
        self._last_word: dict[str, Any] | None = None
        self.on_take: Callable[[], None] | None = None

    @property
    def is_over(self) -> bool:
        """Return whether its process has ended."""
        return self.state in {State.DONE, State.FAILED, State.STOPPED}

    def take(self) -> Received | None:
        """Take the newest frame; the plugin may then send the next one."""
        frame, self.frame = self.frame, None
        if frame is not None:
            self._tell({"t": "credit"})
        return frame

    def stop(self) -> None:
        """Ask it to end; it is killed when it does not."""
        if not self.is_over and self.stop_s is None:
            self.stop_s = time.monotonic()
            self._tell({"t": "stop"})

    def _tell(self, message: Mapping[str, Any]) -> None:
        with contextlib.suppress(OSError):  # its end is told by the fork server
            self._line.send(packed(message))

    def tell_tile(self, message: Mapping[str, Any]) -> None:
        """Tell it that a tile's answer lies in its folder, or why there is none."""
        self._tell({"t": "tile", **message})

    def descriptors(self) -> tuple[int, ...]:
        """Return what becomes readable when it says something."""
        return () if self.is_over else (self._line.fileno(), self._log_end)

    # what the host calls

    def begin(self) -> None:
        """Send the task."""
        t = self.task
        self._line.send(
            packed(
                {
                    "do": t.do,
                    "plugin": dict(t.plugin),
                    "city": str(t.city.folder) if t.city else "",
                    "secret": str(t.city.secret_folder) if t.city and set(t.allowed) & {"personal", "comments"} else "",
                    "parameters": dict(t.parameters),
                    "area": [list(p) for p in t.area],
                    "places": [dict(p) for p in t.places],
                    "scenario": t.scenario,
                    "allowed": list(t.allowed),
                    "memory_bytes": t.memory_mb * 2**20,
                    "processes": t.processes,
                    "tile_s": t.frame_s,
                    "on_cluster": t.on_cluster,
                    "record": t.record,
                    "replay": t.replay,
                    "folder": str(self.folder),
                }
            )
        )

    def hear(self) -> None:
        """Take in what it has said, no more than a turn's worth."""
        self._hear_log()
        with contextlib.suppress(BlockingIOError, OSError):
            data = self._line.recv(READ_BYTES)
            try:
                for message in self._unpacker.feed(data)[:MESSAGES_A_TURN]:
                    self._take_in(message)
            except (ValueError, KeyError, TypeError) as error:
                self.fail("It does not keep to the way plugins talk to the app.", f"({type(error).__name__}: {error})")

    def _hear_log(self) -> None:
        with contextlib.suppress(BlockingIOError, OSError):
            data = os.read(self._log_end, READ_BYTES)
            *lines, rest = (self._partial_line + data).split(b"\n")
            self._partial_line = rest[-LOG_LINE_LENGTH:]
            self.log.extend(line[:LOG_LINE_LENGTH].decode(errors="replace") for line in lines[-LOG_LINES:])

    def _take_in(self, message: dict[str, Any]) -> None:
        self.heard_s = time.monotonic()
        kind = message["t"]
        if kind == "started":
            self.state, self.parameters = State.RUNNING, dict(message["parameters"])
        elif kind == "progress":
            self.share, self.words = float(message["share"]), str(message["words"])
        elif kind == "workers":
            self.worker_pids = [int(p) for p in message["pids"]]
        elif kind == "tiles":
            self.asks_tiles = self.task.on_cluster
        elif kind == "frame":
            if self.frame is not None:
                self.frame.discard()
            self.frame, self.frames = Received(dict(message["header"]), self.folder), self.frames + 1
        elif kind in {"failed", "described", "readings", "done"}:
            self._last_word = message

    def fail(self, sentence: str, hint: str = "", kind: str = "host") -> None:
        """Note why it failed, once, and kill it."""
        if not self.sentence:
            self.sentence, self.hint, self.failure_kind = sentence, hint, kind
        if self.pid:
            kill_family(self.pid)

    def watch(self) -> None:
        """See that it keeps to its limits."""
        now = time.monotonic()
        if self.stop_s is not None and now > self.stop_s + GRACE_S and self.pid:
            kill_family(self.pid)
            return
        if now < self._watched_s + WATCH_S or not self.pid:
            return
        elapsed, self._watched_s = now - self._watched_s, now
        is_whole = now > self._whole_s + WHOLE_S  # every process of the system is looked at, which takes its time
        self._whole_s = now if is_whole else self._whole_s
        members = family(self.pid) if is_whole else descendants(self.pid)
        held, most = (
            held_bytes(members, shared_bytes=self.shared_bytes),
            self.task.memory_mb * 2**20 * max(1, len(self.worker_pids)),
        )
        if len(members) > MOST_PROCESSES + len(self.worker_pids):
            self.fail(f"It started {len(members)} processes.", "A plugin may have a few.", "processes")
        elif held > most + 2**28:
            self.fail(
                f"It held {held / 2**20:,.0f} MB of memory; it may have {most / 2**20:,.0f} MB.",
                "Run it on a smaller area, or let it have more (Info.memory_mb).",
                "memory",
            )
        self._watch_silence(now, elapsed, members)

    def _watch_silence(self, now: float, elapsed: float, members: set[int]) -> None:
        cpu_s = cpu_seconds(members)
        is_busy, self._cpu_s = (cpu_s - self._cpu_s) > BUSY_SHARE * elapsed, cpu_s
        limit_s = LOAD_S if self.state is State.STARTING else self.task.frame_s
        if now < self.heard_s + limit_s:
            return
        if self.task.is_live and self.state is State.RUNNING and not is_busy:
            return  # it waits for news
        what = "to load" if self.state is State.STARTING else "without a frame or progress"
        self.fail(f"It took more than {limit_s:g} s {what}, and is held to hang.", "Its log may say where.", "hang")

    def ended(self, status: int) -> None:
        """Settle how it ended, once its process is gone."""
        for _ in range(64):  # what it said last
            before = len(self.log), self.heard_s, self._last_word
            self.hear()
            if before == (len(self.log), self.heard_s, self._last_word):
                break
        self._line.close()
        os.close(self._log_end)
        word = self._last_word
        if self.sentence:
            self.state = State.FAILED
        elif word is not None and word["t"] == "failed" and self.stop_s is None:
            self.state, self.failure_kind = State.FAILED, str(word["kind"])
            self.sentence, self.hint = str(word["sentence"]), str(word["hint"])
        elif word is not None and word["t"] != "failed":
            self.state, self.answer = (
                State.STOPPED if self.stop_s is not None and self.task.is_live else State.DONE,
                word,
            )
        elif self.stop_s is not None:
            self.state = State.STOPPED
        else:
            self.state, self.failure_kind = State.FAILED, "died"
            self.sentence, self.hint = death_words(status)


class Host:
    """All plugins that run, and the fork server they come from."""

    def __init__(self, cluster: Cluster | None = None) -> None:
        """Start nothing yet; see warm_up.

        cluster   what does the tiles of tasks that are to be done there
        """
        self._forks: Forks | None = None
        self._cluster = cluster
        self._folder: Path | None = None
        self._running: dict[int, Running] = {}
        self._folders, self._tokens = itertools.count(1), itertools.count(1)

    @property
    def running(self) -> tuple[Running, ...]:
        """Return the runs that are not over."""
        return tuple(self._running.values())

    def warm_up(self) -> None:
        """Start the fork server, which loads what plugins need meanwhile."""
        if self._forks is None:
            self._forks = Forks.begun()

    def _own_folder(self) -> Path:
        if self._folder is None:
            roomy = self._cluster is None and _RAM.is_dir() and shutil.disk_usage(_RAM).free > _LEAST_FREE
            prefix = f"citytwin-{os.getpid()}-plugins-"  # swept with all others of processes that are gone
            self._folder = Path(tempfile.mkdtemp(prefix=prefix, dir=_RAM if roomy else None))
        return self._folder

    def new_folder(self, name: str) -> Path:
        """Return a new folder that goes with the host."""
        folder = self._own_folder() / f"{name}-{next(self._folders)}"
        folder.mkdir(mode=0o700)
        return folder

    def lay_down(self, city: CityContents) -> LaidCity:
        """Lay a city down for the plugins that are started with it."""
        laid = LaidCity(self.new_folder("city"), self.new_folder("own"))
        write_city(laid.folder, city, personal_folder=laid.secret_folder)
        return laid

    def take_up(self, laid: LaidCity) -> None:
        """Remove a city that no run needs any more."""
        for folder in (laid.folder, laid.secret_folder):
            shutil.rmtree(folder, ignore_errors=True)

    def start(self, task: Task) -> Running:
        """Start a run; it is told of by poll()."""
        self.warm_up()
        assert self._forks is not None
        here, there = socket.socketpair()
        log_here, log_there = os.pipe()
        folder = self.new_folder("run")
        running = Running(task, next(self._tokens), folder, (here, log_here))
        here.settimeout(1.0)
        try:
            running.begin()
            self._forks.ask("plugin", running.token, [there.fileno(), log_there])
        finally:
            there.close()
            os.close(log_there)
        here.settimeout(0.0)
        os.set_blocking(log_here, False)
        self._running[running.token] = running
        return running

    def poll(self) -> list[Running]:
        """Take in what all have said, watch them; return those that are over since the last call."""
        over = []
        for running in list(self._running.values()):
            running.hear()
            if self._cluster is not None and running.task.on_cluster:
                self._cluster.turn(running)
            running.watch()
        for fact in self._forks.heard() if self._forks is not None else ():
            known = self._running.get(fact.token)
            if known is None:
                continue
            if isinstance(fact, Forked):
                known.pid = fact.pid
                known.shared_bytes = held_bytes({fact.pid})
            elif isinstance(fact, Ended):
                known.ended(fact.status)
                if self._cluster is not None:
                    self._cluster.over(known)
                over.append(self._running.pop(fact.token))
        return over

    def close(self) -> None:
        """End everything: asked first, killed after a moment."""
        for running in self.running:
            running.stop()
        deadline = time.monotonic() + GRACE_S / 2
        while self._running and time.monotonic() < deadline:
            self.poll()
            time.sleep(0.01)
        for running in self.running:
            if running.pid:
                kill_family(running.pid)
        if self._forks is not None:
            self._forks.close()
            self._forks = None
        for running in self.running:
            running.ended(9)
        self._running.clear()
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None
