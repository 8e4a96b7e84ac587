"""The process behind a meeting with a window: it draws for phones and starts the server, and ends with the window."""

from __future__ import annotations

import multiprocessing
import os
import signal
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from typing import TYPE_CHECKING, Any

from twin.errors import TwinError
from twin.report import Report
from twin.session import View
from ui.audience.wish import MeetingWish

if TYPE_CHECKING:
    from ui.audience.public import Slide
    from ui.audience.server import Address

STOP_S = 8.0
IDLE_S = 0.5
Told = tuple[str, Any]
"""What is said over the pipe: a word and its value."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A slide for the phones: its words, and what is looked at."""

    slide: Slide
    view: View | None = None


def _run(wish: MeetingWish, connection: Connection) -> None:
    """Run in the process: open, serve, and do what the window says until it is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C reaches the whole group; the window ends us in order
    from ui.audience.host import hosted  # noqa: PLC0415  VTK is loaded here, not in who only names this module
    from ui.jobs import Jobs  # noqa: PLC0415

    def told(report: Report) -> None:
        connection.send(("report", list(report.sentences())))

    try:
        with Jobs(1, memory_bytes=wish.memory_bytes) as jobs, hosted(wish, jobs, told=told) as host:
            host.on_changed = _Sender(connection, "changed")
            host.on_slide_asked = _slide_sender(connection)
            connection.send(("address", host.address))
            _serve(host, connection)
    except TwinError as error:
        connection.send(("failed", (error.sentence, error.hint)))
    except (BrokenPipeError, EOFError):  # the window is gone
        return


class _Sender:
    """Says a value to the window."""

    def __init__(self, connection: Connection, what: str) -> None:
        self._connection, self._what = connection, what

    def __call__(self, value: Any) -> None:
        self._connection.send((self._what, value))


def _slide_sender(connection: Connection) -> Any:
    def send(number: int, is_black: bool) -> None:  # noqa: FBT001  as Host calls it
        connection.send(("slide_asked", (number, is_black)))

    return send


def _serve(host: Any, connection: Connection) -> None:
    """Draw and answer for the server; what the window says comes first."""
    while host.is_running:
        ready = wait([connection, host.fileno()], IDLE_S)
        if connection in ready:
            what, value = connection.recv()
            if what == "end":
                return
            if what == "slide":
                host.show(value.slide, value.view)
        elif ready and not host.serve():
            return
    connection.send(("ended", None))


class HallProcess:
    """The process as the window sees it."""

    def __init__(self, wish: MeetingWish) -> None:
        """Start; what comes of it is said by messages()."""
        context = multiprocessing.get_context("spawn")
        self._connection, theirs = context.Pipe()
        self._process: SpawnProcess = context.Process(target=_run, args=(wish, theirs), name="citytwin hall")
        self._process.start()
        theirs.close()
        self.address: Address | None = None
        self._has_ended = False

    def messages(self) -> list[Told]:
        """Return what the process has said since the last call: "address", "failed", "changed", "slide_asked" ..."""
        said: list[Told] = []
        try:
            while self._connection.poll(0):
                said.append(self._connection.recv())
        except (EOFError, OSError):
            if not self._has_ended:
                said.append(("ended", None))
        for what, value in said:
            if what == "address":
                self.address = value
            self._has_ended = self._has_ended or what in ("ended", "failed")
        return said

    def show(self, slide: Slide, view: View | None) -> None:
        """Show a slide on all phones."""
        self._tell("slide", Shown(slide, view))

    def _tell(self, what: str, value: Any = None) -> None:
        try:
            self._connection.send((what, value))
        except OSError:
            return

    def stop(self) -> None:
        """End in order; what does not end in time is killed (what the server answered is on disk)."""
        self._tell("end")
        self._process.join(STOP_S)
        if self._process.is_alive() and self._process.pid:
            os.kill(self._process.pid, signal.SIGKILL)
            self._process.join(STOP_S)
        self._connection.close()
