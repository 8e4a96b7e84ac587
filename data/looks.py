"""Cheap looks at a source that may change: a mark that is another one when it did, without reading its rows."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from data.layer_values import split_path
from data.project_sources import files_of_dataset
from twin.errors import SourceError

FILE_LOOK_S = 0.2
HOT_JOURNAL = b"\xd9\xd5\x05\xf9"
"""How a journal begins that an unfinished change of a SQLite file has left. source: sqlite.org/fileformat.html."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What a look says of a source."""

    mark: str
    """Another one whenever the source may say something else."""
    path: str = ""
    """Where that state can be read from; "" for the source itself."""


class SourceLook(Protocol):
    """Looks at one source, again and again, on a thread of its own."""

    def look(self) -> Seen | None:
        """Return what is there; None while it is being written.

        raises   TwinError  it is not there, or cannot be asked
        """
        ...

    def wait(self, stop: threading.Event) -> None:
        """Wait until it is worth another look, or until told to stop."""
        ...

    def close(self) -> None:
        """Let go of what it holds."""
        ...


class FileLook:
    """Looks at the files of a data set, and of the tables joined to it."""

    def __init__(self, path: str, beside: Sequence[str] = (), *, every_s: float = FILE_LOOK_S) -> None:
        """Prepare.

        path     the file that a layer comes from
        beside   other files that its rows depend on
        """
        self._paths = [split_path(one, None)[0] for one in (path, *beside)]
        self._every_s = every_s
        self._last = ""

    def look(self) -> Seen | None:
        """Return the present mark if it was the same at the last look: nobody is writing.

        raises   SourceError  the file is not there
        """
        mark = file_mark(self._paths)
        is_still, self._last = mark == self._last, mark
        return Seen(mark) if is_still and not _is_in_change(Path(self._paths[0])) else None

    def wait(self, stop: threading.Event) -> None:
        """Wait a fifth of a second."""
        stop.wait(self._every_s)

    def close(self) -> None:
        """Hold nothing."""


def file_mark(paths: Sequence[str]) -> str:
    """Return times, sizes and places on the disk of all files that belong to some data sets.

    raises   SourceError  the first one is not there
    """
    found = []
    for number, path in enumerate(map(Path, paths)):
        if number == 0 and not path.exists():
            raise SourceError(f'"{path.name}" is not there.', hint=f"Bring it back: {path}", path=str(path))
        for part in _parts(path):
            try:
                facts = part.stat()
            except OSError:
                found.append(f"{part.name}:gone")
                continue
            found.append(f"{part.name}:{facts.st_ino}:{facts.st_mtime_ns}:{facts.st_size}")
    return "|".join(found)


def _parts(path: Path) -> list[Path]:
    if path.is_dir():
        return sorted(p for p in path.rglob("*") if p.is_file())
    return [p for p in files_of_dataset(path) if not p.name.endswith("-wal") or p.stat().st_size]


def _is_in_change(path: Path) -> bool:
    """Return whether a SQLite file (GeoPackage) is in the middle of a change that is not done yet."""
    journal = path.with_name(path.name + "-journal")
    try:
        with journal.open("rb") as file:
            return file.read(4) == HOT_JOURNAL
    except OSError:
        return False
