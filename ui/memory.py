"""The memory budget: how it is written, and what it is where nobody says."""

from __future__ import annotations

import ctypes
import re
import sys
from functools import cache

import psutil

UNITS = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9, "t": 10**12, "ki": 2**10, "mi": 2**20, "gi": 2**30, "ti": 2**40}
LEAST_BYTES = 64 * 10**6


def bytes_from_text(text: str) -> int:
    """Return the bytes meant by "2GB", "512 MiB", "1.5G" or "800000000".

    raises   ValueError  it is no size, or less than 64MB
    """
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([kmgt]?i?)b?\s*", text.lower())
    if match is None or match[2] not in UNITS:
        msg = f'"{text}" is not a size; write it like 2GB or 512MB'
        raise ValueError(msg)
    size_bytes = int(float(match[1]) * UNITS[match[2]])
    if size_bytes < LEAST_BYTES:
        msg = f'"{text}" is less than 64MB, with which nothing can be shown'
        raise ValueError(msg)
    return size_bytes


def default_budget_bytes() -> int:
    """Return half of the memory that is free now."""
    free_bytes: int = psutil.virtual_memory().available
    return max(LEAST_BYTES, free_bytes // 2)


ARENAS = 2
_M_ARENA_MAX = -8
"""Of glibc's mallopt (malloc.h)."""


@cache
def _allocator() -> ctypes.CDLL | None:
    """Return glibc; None where memory is allocated by something else."""
    if not sys.platform.startswith("linux"):
        return None
    try:
        library = ctypes.CDLL(None)
        library.malloc_trim.argtypes, library.mallopt.argtypes = [ctypes.c_size_t], [ctypes.c_int, ctypes.c_int]
    except (OSError, AttributeError):  # another C library, as musl
        return None
    return library


def share_arenas() -> None:
    """Let the threads that are still to come allocate from few pools: each pool keeps what it once needed at most."""
    library = _allocator()
    if library is not None:
        library.mallopt(_M_ARENA_MAX, ARENAS)


def give_back() -> None:
    """Give memory that is free but held back to the system: about a millisecond."""
    library = _allocator()
    if library is not None:
        library.malloc_trim(0)
