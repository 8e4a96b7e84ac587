"""The asker's side of the fork server: start it, ask for children, hear of their end."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from plugins import fork_server

_ROOT = str(Path(__file__).resolve().parents[1])
_START = "import sys; sys.path.insert(0, sys.argv[1]); from plugins.fork_server import main; main(int(sys.argv[2]))"


@dataclass(frozen=True, slots=True)
class Forked:
    """A child has begun."""

    token: int
    pid: int


@dataclass(frozen=True, slots=True)
class Ended:
    """A child has ended and left nobody behind."""

    token: int
    status: int
    """As os.waitpid gives it."""


class Forks:
    """A fork server of one's own."""

    def __init__(self, asked: socket.socket, end: Callable[[], None]) -> None:
        """Take a connected socket; see begun and begun_by_fork."""
        self.socket, self._end = asked, end
        asked.settimeout(0.0)

    @classmethod
    def begun(cls) -> Forks:
        """Start a fork server as a new interpreter; it can be asked at once and answers once it has loaded."""
        here, there = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with there:
            environment = {**os.environ, "PYTHONFAULTHANDLER": "1"}
            process = subprocess.Popen(
                [sys.executable, "-c", _START, _ROOT, str(there.fileno())],
                pass_fds=[there.fileno()],
                stdin=subprocess.DEVNULL,
                env=environment,
            )

        def end() -> None:
            try:
                process.wait(1.0)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

        return cls(here, end)

    @classmethod
    def begun_by_fork(cls) -> Forks:
        """Fork a fork server from this process, which must have no threads: it has the same modules loaded."""
        here, there = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        pid = os.fork()
        if pid == 0:
            here.close()
            fork_server.serve(there)
        there.close()

        def end() -> None:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, 0)

        return cls(here, end)

    def ask(self, target: str, token: int, descriptors: Sequence[int]) -> None:
        """Ask for a child; its pid and later its end come with heard()."""
        self.socket.settimeout(None)
        socket.send_fds(self.socket, [json.dumps({"target": target, "token": token}).encode()], list(descriptors))
        self.socket.settimeout(0.0)

    def heard(self) -> list[Forked | Ended]:
        """Return what has happened since the last call."""
        told: list[Forked | Ended] = []
        while True:
            try:
                message = self.socket.recv(4096)
            except (BlockingIOError, ConnectionError):
                return told
            if not message:
                return told
            fact: dict[str, Any] = json.loads(message)
            told.append(
                Ended(fact["token"], fact["status"]) if "status" in fact else Forked(fact["token"], fact["pid"])
            )

    def close(self) -> None:
        """End it and all its children."""
        self.socket.close()
        self._end()
