"""The server's own process: started by the window or a command, told things over a pipe, and ended with its parent."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from typing import Any

from twin.errors import LedgerError, TwinError
from ui.audience.meeting import Meeting, Plan
from ui.audience.public import Programme, Slide
from ui.audience.server import Address, Server
from ui.audience.stage import RemoteStage, serve_one

START_S = 30.0
STOP_S = 5.0


@dataclass(frozen=True, slots=True)
class _Failure:
    """Why the server did not start."""

    kind: str
    sentence: str
    hint: str


def _serve(plan: Plan, connection: Connection) -> None:
    """Run in the server's process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C reaches the whole group; the parent ends us in order
    asyncio.run(_served(plan, connection))


async def _served(plan: Plan, connection: Connection) -> None:
    stage = RemoteStage(connection)
    try:
        meeting = Meeting(plan, stage)
        server = Server(plan, meeting)
        address = await server.start()
    except TwinError as error:
        connection.send(_Failure(error.code, error.sentence, error.hint))
        return
    stage.told = partial(_told, meeting)
    stage.lost = meeting.ended.set
    connection.send(address)
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, meeting.ended.set)
    try:
        await meeting.ended.wait()
    finally:
        await server.stop()


def _told(meeting: Meeting, what: str, value: Any) -> None:
    """Take what the window says unasked."""
    match what:
        case "slide":
            assert isinstance(value, Slide)
            meeting.show_slide(value)
        case "programme":
            assert isinstance(value, Programme)
            meeting.show_programme(value)
        case "pictures":
            meeting.forget_pictures()
        case "end":
            meeting.ended.set()


class MeetingProcess:
    """The server as its parent sees it."""

    def __init__(self, plan: Plan) -> None:
        """Start the server and wait until it listens.

        raises   LedgerError  it could not start; the sentence says why
        """
        context = multiprocessing.get_context("spawn")
        self._connection, theirs = context.Pipe()
        self._process: SpawnProcess = context.Process(target=_serve, args=(plan, theirs), name="citytwin meeting")
        self._process.start()
        theirs.close()
        self.address = self._started()

    def _started(self) -> Address:
        answer: object = None
        if self._connection.poll(START_S):
            try:
                answer = self._connection.recv()
            except EOFError:
                answer = None
        if isinstance(answer, Address):
            return answer
        self.stop()
        if isinstance(answer, _Failure):
            raise LedgerError(answer.sentence, hint=answer.hint)
        raise LedgerError("The meeting's server did not start.", hint="Run again with --debug.")

    @property
    def is_running(self) -> bool:
        """Return whether the server is there."""
        return self._process.is_alive()

    @property
    def pid(self) -> int:
        """Return the server's process id."""
        return self._process.pid or 0

    def fileno(self) -> int:
        """Return what can be waited on until the server asks something."""
        return self._connection.fileno()

    def tell(self, what: str, value: Any = None) -> None:
        """Say something to the server: "slide", "programme", "pictures" or "end"."""
        try:
            self._connection.send((None, what, value))
        except OSError:
            return

    def serve(self, acts: dict[str, Callable[..., Any]], *, wait_s: float = 0.0) -> bool:
        """Answer one question of the server, if there is one; False if there was none or the server is gone."""
        try:
            return serve_one(self._connection, acts, wait_s=wait_s)
        except (EOFError, OSError):
            return False

    def stop(self) -> None:
        """End the server in order; one that does not end in time is killed (what it answered is on disk)."""
        self.tell("end")
        self._process.join(STOP_S)
        if self._process.is_alive() and self._process.pid:
            os.kill(self._process.pid, signal.SIGKILL)
            self._process.join(STOP_S)
        self._connection.close()
