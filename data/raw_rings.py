"""Rings as a file has them, between its bytes and clean outlines."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
import numpy.typing as npt

IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]


class RowState(IntEnum):
    """What became of one row's geometry."""

    READ = 0
    NULL = 1
    """There is no geometry."""
    EMPTY = 2
    """A geometry without vertices."""
    OTHER = 3
    """Points or lines where areas were wanted."""
    UNREADABLE = 4
    """Bytes that are no geometry, or one that cannot be drawn as an area."""


@dataclass(frozen=True, slots=True)
class RawRings:
    """The rings of polygons as the file has them: not checked, in any direction."""

    xy: npt.NDArray[np.float64]
    """(v, 2) in the file's CRS; a closing vertex that repeats the first is left out."""
    ring_start: IntArray
    """(r + 1,) first vertex of each ring."""
    ring_row: npt.NDArray[np.int32]
    """(r,) row of the array that was decoded; ascending."""
    is_outer: BoolArray
    """(r,) true for the first ring of each part, false for its holes."""
    state: npt.NDArray[np.uint8]
    """(n,) RowState of each row."""


def ragged_indices(start: npt.NDArray[np.integer], count: npt.NDArray[np.integer]) -> tuple[IntArray, IntArray]:
    """Return indices that gather runs [start, start + count) one after another, and the runs' new starts (r + 1,)."""
    new_start = np.zeros(len(count) + 1, np.int64)
    np.cumsum(count, out=new_start[1:])
    taken = np.repeat(start - new_start[:-1], count)
    taken += np.arange(int(new_start[-1]))
    return taken, new_start
