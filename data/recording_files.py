"""Recordings as files: who writes one holds a lock, and what is too old in one is left out in a single step."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

from data.recording_frames import Group

_AT_ONCE = 1 << 20
_UNFINISHED = ".part"


def is_written(path: Path) -> bool:
    """Return whether somebody is writing a recording just now: its writer holds a lock."""
    try:
        import fcntl  # noqa: PLC0415  not on every system

        with path.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except (ImportError, FileNotFoundError):
        return False
    except OSError:
        return True
    return False


def lock(file: BinaryIO) -> None:
    """Lock a recording for its one writer, where the system knows locks; it ends with the file, or the process."""
    with contextlib.suppress(ImportError, OSError):
        import fcntl  # noqa: PLC0415  not on every system

        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def shortened(path: Path, groups: Sequence[Group], oldest_s: float) -> bool:
    """Leave out the groups that ended before a moment; the others stay byte by byte.

    returns   whether there were any
    raises    OSError  it cannot be written; the file is as it was
    """
    kept = [g for g in groups if g.end_s >= oldest_s]
    if not kept or len(kept) == len(groups):
        return False
    beside = _beside(path)
    try:
        with path.open("rb") as source, beside.open("wb") as target:
            for begin, end in _spans(kept, groups, path.stat().st_size):
                _copy(source, target, begin, end)
            target.flush()
            os.fsync(target.fileno())
        beside.replace(path)
    except OSError:
        with contextlib.suppress(OSError):
            beside.unlink(missing_ok=True)
        raise
    return True


def _spans(kept: list[Group], groups: Sequence[Group], size: int) -> list[tuple[int, int]]:
    """Return from where to where the groups that stay reach, with what follows each up to the next."""
    offsets = sorted(g.offset for g in groups)
    end_of = dict(zip(offsets, [*offsets[1:], size], strict=True))
    return [(offset, end_of[offset]) for offset in sorted(g.offset for g in kept)]


def _copy(source: BinaryIO, target: BinaryIO, begin: int, end: int) -> None:
    source.seek(begin)
    while begin < end and (data := source.read(min(_AT_ONCE, end - begin))):
        target.write(data)
        begin += len(data)


def _beside(path: Path) -> Path:
    return path.with_name(f".{path.name}{_UNFINISHED}")


def clear_unfinished(folder: Path, endings: tuple[str, ...]) -> None:
    """Remove what a purge that was stopped has left: it holds what may no longer be kept."""
    for path in folder.glob(f".*{_UNFINISHED}"):
        if path.name.removesuffix(_UNFINISHED).endswith(endings):
            with contextlib.suppress(OSError):
                path.unlink(missing_ok=True)
