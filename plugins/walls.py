"""What keeps a plugin's process within what it has declared: walls against accidents, not against malice.

Memory, open files and output are limited by the system. Without the capability, network and files of others are shut
off: on Linux in a network namespace of its own where that is allowed, and everywhere by a hook of the interpreter,
which compiled code can step around.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
import site
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

_CLONE_NEWNET, _CLONE_NEWUSER = 0x40000000, 0x10000000
_NETWORK = {"socket.connect", "socket.bind", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto"}
_WRITING = {"os.remove", "os.rename", "os.rmdir", "os.mkdir", "os.link", "os.symlink", "os.truncate", "shutil.rmtree"}
_PROGRAMS = {"subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.spawn"}
_SYSTEM = ("/usr", "/lib", "/lib64", "/etc", "/proc", "/dev", "/sys", "/opt", "/run/systemd")
_SLACK_BYTES = 256 * 2**20
LARGEST_FILE_BYTES = 8 * 2**30


def limit(memory_bytes: int) -> None:
    """Let this process allocate so much more than it holds now; files and core dumps are limited, too."""
    held = int(Path("/proc/self/statm").read_text().split()[5]) * resource.getpagesize()
    most = held + memory_bytes + _SLACK_BYTES
    for what, value in (
        (resource.RLIMIT_DATA, most),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, LARGEST_FILE_BYTES),
    ):
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(what, (value, value))


def raise_walls(allowed: Iterable[str], *, readable: Iterable[Path], writable: Iterable[Path]) -> None:
    """Shut off what is not allowed, for good.

    allowed    values of plugins.contract.Capability
    readable   folders of the plugin's own
    writable   folders it may write to
    """
    granted = set(allowed)
    if "network" not in granted:
        leave_network()
    write = [_real(p) for p in writable]
    read = [
        *write,
        *(_real(p) for p in readable),
        *(_real(Path(p)) for p in [sys.prefix, sys.base_prefix, *sys.path, site.getusersitepackages(), *_SYSTEM] if p),
    ]
    sys.addaudithook(_hook("network" in granted, "files" in granted, tuple(read), tuple(write)))


def leave_network() -> bool:
    """Go where there is no network, if the system allows it; return whether it did."""
    try:
        libc = ctypes.CDLL(None, use_errno=True)
        user, group = os.getuid(), os.getgid()
        if libc.unshare(_CLONE_NEWNET) == 0:
            return True
        if libc.unshare(_CLONE_NEWUSER | _CLONE_NEWNET) != 0:
            return False
        with contextlib.suppress(OSError):
            Path("/proc/self/setgroups").write_text("deny")
            Path("/proc/self/uid_map").write_text(f"{user} {user} 1")
            Path("/proc/self/gid_map").write_text(f"{group} {group} 1")
    except (OSError, AttributeError):
        return False
    return True


def _real(path: Path) -> str:
    return str(path.resolve())


def _hook(has_network: bool, has_files: bool, read: tuple[str, ...], write: tuple[str, ...]) -> Any:  # noqa: FBT001
    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if event in _NETWORK and not has_network:
            if event != "socket.getaddrinfo" and not isinstance(arguments[-1], tuple):
                return  # a socket of this machine, such as asyncio's own
            raise PermissionError('It tried to use the network, which it has not declared: capabilities=("network",).')
        if has_files:
            return
        if event in _PROGRAMS:
            raise PermissionError('It tried to start a program, which needs the capability "files".')
        if event == "open" and isinstance(arguments[0], str | bytes):
            _check(arguments[0], read, write, is_writing=_writes(arguments[1], arguments[2]))
        elif event in _WRITING and isinstance(arguments[0], str | bytes):
            _check(arguments[0], read, write, is_writing=True)

    return hook


def _writes(mode: object, flags: object) -> bool:
    if isinstance(mode, str):
        return bool(set(mode) & set("wxa+"))
    return isinstance(flags, int) and bool(flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT))


def _check(path: str | bytes, read: tuple[str, ...], write: tuple[str, ...], *, is_writing: bool) -> None:
    name = os.path.realpath(os.fsdecode(path))
    allowed = write if is_writing else read
    if name == "/dev/null" or any(name == folder or name.startswith(folder + "/") for folder in allowed):
        return
    act = "write" if is_writing else "read"
    raise PermissionError(f'It tried to {act} a file that is not its own, which needs the capability "files": {name}')
