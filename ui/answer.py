"""What a command answers goes to standard output, alone; everything else that is written goes to standard error.

VTK, GDAL and Qt write to file descriptor 1 when they please. While a command runs, that descriptor is standard error's,
and sys.stdout is the one way to the real standard output: print() and write_json() reach it, libraries do not.
"""

from __future__ import annotations

import io
import json
import math
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, is_dataclass

import numpy as np


@contextmanager
def only_answers_on_stdout() -> Iterator[None]:
    """Keep standard output for the answer until the end of the block."""
    sys.stdout.flush()
    kept_fd, stdout = os.dup(1), sys.stdout
    os.dup2(2, 1)
    try:
        sys.stdout = _writer(kept_fd, stdout)
        yield
        sys.stdout.flush()
    finally:
        if sys.stdout is not stdout:
            with suppress(OSError):
                sys.stdout.close()
        sys.stdout = stdout
        os.dup2(kept_fd, 1)
        os.close(kept_fd)


def _writer(fd: int, stdout: object) -> io.TextIOBase:
    """Return a writer to the kept descriptor; a stand-in without a descriptor (a test's) stays what it is."""
    try:
        stdout.fileno()  # type: ignore[attr-defined]
    except (OSError, AttributeError):
        return stdout  # type: ignore[return-value]
    return os.fdopen(os.dup(fd), "w", encoding="utf-8", errors="backslashreplace")


def write_json(answer: Mapping[str, object]) -> None:
    """Write one JSON object; what is no number (NaN, infinity) becomes null."""
    sys.stdout.write(json.dumps(plain(answer), ensure_ascii=False, allow_nan=False, indent=2) + "\n")


def plain(value: object) -> object:
    """Return the value in JSON's own kinds: arrays and tuples as lists, dataclasses as objects, NaN as None."""
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, np.generic | np.ndarray):
        return plain(value.tolist())
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if is_dataclass(value) and not isinstance(value, type):
        return plain(asdict(value))
    if isinstance(value, Mapping):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(v) for v in value]
    return str(value)
