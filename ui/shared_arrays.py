"""Arrays handed from process to process through memory-mapped files, without copying them through a pipe."""

from __future__ import annotations

import contextlib
import mmap
import os
import shutil
import tempfile
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import psutil

from twin.errors import MemoryBudgetError

Arrays = dict[str, npt.NDArray[np.generic]]
_PREFIX = "citytwin-"
_RAM = Path("/dev/shm")  # noqa: S108  where Linux keeps files in memory
_LEAST_FREE = 2**30
"""Below this much room in memory files, the ordinary temporary folder is used (containers may give 64 MB)."""
_ALIGNMENT = 64
_OPEN_FILES = 65_536
"""Python keeps a file open for each mapped block until 3.13: a city of a million buildings has some 1,500 of them."""


@dataclass(frozen=True, slots=True)
class Block:
    """Where some arrays lie: a file, and the place of each array in it."""

    path: str
    size: int
    layout: tuple[tuple[str, str, tuple[int, ...], int], ...]
    """(name, dtype, shape, offset in bytes) of each array."""


def make_folder() -> Path:
    """Return a new private folder for blocks, after sweeping those of processes that are gone."""
    parent = _RAM if _RAM.is_dir() and shutil.disk_usage(_RAM).free > _LEAST_FREE else Path(tempfile.gettempdir())
    for old in parent.glob(f"{_PREFIX}*"):
        owner = old.name.removeprefix(_PREFIX).split("-")[0]
        if owner.isdigit() and not psutil.pid_exists(int(owner)):
            shutil.rmtree(old, ignore_errors=True)
    folder = parent / f"{_PREFIX}{os.getpid()}-{uuid.uuid4().hex[:8]}"
    folder.mkdir(mode=0o700)
    return folder


def allow_open_files() -> None:
    """Let this process have as many files open as mapped blocks may need, where the system sets a lower limit."""
    with contextlib.suppress(ImportError, OSError, ValueError):  # Windows has none; others may refuse
        import resource  # noqa: PLC0415  not everywhere

        now, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        wanted = _OPEN_FILES if most == resource.RLIM_INFINITY else min(_OPEN_FILES, most)
        if now != resource.RLIM_INFINITY and now < wanted:
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))


def write_block(folder: Path, arrays: Mapping[str, npt.NDArray[np.generic]]) -> Block:
    """Write arrays to a new block.

    raises   MemoryBudgetError  there is no room for it; nothing is left behind
    """
    layout, offset = [], 0
    for name, array in arrays.items():
        layout.append((name, array.dtype.str, array.shape, offset))
        offset += -(-array.nbytes // _ALIGNMENT) * _ALIGNMENT
    path, size = folder / uuid.uuid4().hex, max(offset, 1)
    with path.open("w+b") as file:
        try:
            _reserve(file.fileno(), size)
        except OSError as error:
            path.unlink(missing_ok=True)
            raise MemoryBudgetError(
                f"There is no room for {size / 2**20:.0f} MB of shared data.",
                hint="Close other programs or free space, then try again.",
                path=str(folder),
            ) from error
        with mmap.mmap(file.fileno(), size) as memory:
            for (_, dtype, shape, start), array in zip(layout, arrays.values(), strict=True):
                if array.size:
                    target = np.ndarray(shape, dtype, buffer=memory, offset=start)
                    target[...] = array
                    del target
    return Block(str(path), size, tuple(layout))


def _reserve(descriptor: int, size: int) -> None:
    if hasattr(os, "posix_fallocate"):
        os.posix_fallocate(descriptor, 0, size)  # a full memory disk says so here, not by a crash while writing
    else:
        os.ftruncate(descriptor, size)


def map_block(block: Block, *, is_last_reader: bool) -> Arrays:
    """Return the block's arrays, mapped; the memory is given back when the last of them is gone.

    is_last_reader   the file's name is removed at once, as nobody else will open it
    """
    with Path(block.path).open("r+b") as file:
        memory = mmap.mmap(file.fileno(), block.size)
    if is_last_reader:
        remove_block(block)
    return {name: np.ndarray(shape, dtype, buffer=memory, offset=start) for name, dtype, shape, start in block.layout}


def remove_block(block: Block) -> None:
    """Remove a block's file; arrays already mapped stay valid (where the system allows that)."""
    with contextlib.suppress(PermissionError):  # Windows keeps a mapped file; the folder is swept at the end
        Path(block.path).unlink(missing_ok=True)
