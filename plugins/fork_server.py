"""The process that plugin processes are forked from: geometry and Arrow are loaded once, a child costs 10 ms.

It runs none of a plugin's code itself. Whoever holds the other end of its socket asks for children and hears of their
end; when that end closes, every child is killed and it ends.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import importlib
import json
import os
import selectors
import signal
import socket
import sys
import traceback
from collections.abc import Sequence
from typing import Any

from plugins.processes import kill_family, strays

TARGETS = {"plugin": "plugins.child", "tiles": "plugins.tile_worker"}
"""What a child may run: serve(*descriptors) of a module of ours."""
_LONGEST = 4096
_PR_SET_PDEATHSIG, _PR_SET_CHILD_SUBREAPER = 1, 36


def main(descriptor: int) -> None:
    """Load what plugins need, then serve; the entry of the process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for module in (*TARGETS.values(), "geopandas", "pyarrow", "pyproj"):
        importlib.import_module(module)
    gc.freeze()  # what is loaded is shared by all children and never freed
    serve(socket.socket(fileno=descriptor))


def serve(asker: socket.socket) -> None:
    """Fork what is asked for until the asker is gone."""
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)
    heard, wake = os.pipe()
    for end in (heard, wake):
        os.set_blocking(end, False)
    signal.signal(signal.SIGCHLD, _heard)
    signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
    children: dict[int, int] = {}
    selector = selectors.DefaultSelector()
    selector.register(asker, selectors.EVENT_READ)
    selector.register(heard, selectors.EVENT_READ)
    while True:
        selector.select(timeout=5.0)
        with contextlib.suppress(BlockingIOError):
            os.read(heard, _LONGEST)
        _reap(children, asker)
        asker.settimeout(0.0)
        try:
            message, descriptors, _, _ = socket.recv_fds(asker, _LONGEST, 8)
        except BlockingIOError:
            continue
        except OSError:
            break
        if not message:
            break
        asked = json.loads(message)
        pid = os.fork()
        if pid == 0:
            selector.close()
            _become_child(asked["target"], descriptors, (asker, heard, wake))
        for descriptor in descriptors:
            os.close(descriptor)
        children[pid] = asked["token"]
        _tell(asker, {"token": asked["token"], "pid": pid})
    for pid in [*children, *strays(os.getpid(), set(children))]:
        kill_family(pid)
    os._exit(0)


def _heard(_number: int, _frame: object) -> None:
    """Let the wake-up descriptor do the rest."""


def _reap(children: dict[int, int], asker: socket.socket) -> None:
    """Tell of each child that has ended, after ending what it left behind."""
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0:
            return
        if pid in children:
            kill_family(pid)
            for stray in strays(os.getpid(), set(children)):  # gone out of its session, and orphaned to us
                kill_family(stray)
            _tell(asker, {"token": children.pop(pid), "status": status})


def _tell(asker: socket.socket, message: dict[str, Any]) -> None:
    asker.settimeout(None)
    with contextlib.suppress(OSError):
        asker.send(json.dumps(message).encode())


def _become_child(target: str, descriptors: Sequence[int], inherited: Sequence[Any]) -> None:
    """Run a target in a process, session and output of its own; never returns."""
    status = 70
    try:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        for one in inherited:
            one.close() if isinstance(one, socket.socket) else os.close(one)
        parent = os.getppid()
        os.setsid()
        _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        _prctl(_PR_SET_CHILD_SUBREAPER, 0)
        if os.getppid() != parent:  # it has ended in between
            os._exit(0)
        importlib.import_module(TARGETS[target]).serve(*descriptors)
        status = 0
    except SystemExit as stop:
        status = stop.code if isinstance(stop.code, int) else 1
    except BaseException:  # noqa: BLE001  the outer wall of a process: said in its log
        traceback.print_exc()
    finally:
        with contextlib.suppress(Exception):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(status)


def _prctl(option: int, value: int) -> None:
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(option, value, 0, 0, 0)
