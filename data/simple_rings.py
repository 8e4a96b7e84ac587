"""Cheap proofs, for very many rings at once, that a ring does not cross itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import numpy.typing as npt

BoolArray = npt.NDArray[np.bool_]
IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]
Number = TypeVar("Number", bound=np.generic)

CORNERS_PAIRED = 40
"""Rings of up to so many corners are tested edge against edge here; the rest are left to GEOS."""
CELLS_AT_ONCE = 150_000
"""Edge-corner pairs in flight: a few arrays of this size fit the processor's cache."""
THINNEST = 1e-12
"""A ring whose area is a smaller share of its extent squared than this has none."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What is known of each ring."""

    area: FloatArray
    """(r,) signed: positive counter-clockwise."""
    is_star: BoolArray
    """(r,) seen from the mean of its corners the ring goes round exactly once, hence is simple. Convex rings are."""
    is_collapsed: BoolArray
    """(r,) all corners lie on one line."""

    def chosen(self, mask: BoolArray) -> Measured:
        """Return what is known of the rings for which the mask (r,) is true."""
        return Measured(self.area[mask], self.is_star[mask], self.is_collapsed[mask])


def measure(xy: FloatArray, start: IntArray) -> Measured:
    """Measure open rings of at least three corners, no two consecutive ones equal.

    xy        (v, 2) in any unit
    start     (r + 1,) first vertex of each ring
    """
    if len(start) == 1:
        none = np.zeros(0, bool)
        return Measured(np.zeros(0), none, none)
    first, count = start[:-1], np.diff(start)
    spokes = xy.view(np.complex128).ravel()
    spokes = spokes - np.repeat(np.add.reduceat(spokes, first) / count, count)
    x, y = spokes.real, spokes.imag
    cross = _followed(y, start)
    cross *= x
    cross -= _followed(x, start) * y
    least, greatest = np.minimum.reduceat(cross, first), np.maximum.reduceat(cross, first)
    area = np.add.reduceat(cross, first) / 2
    is_upper = y > 0
    turns = np.add.reduceat((is_upper != _followed(is_upper, start)).view(np.int8), first, dtype=np.int32)
    is_star = ((least > 0) | (greatest < 0)) & (turns == 2)
    is_collapsed = ~is_star
    if is_collapsed.any():
        reach = np.maximum.reduceat(x * x + y * y, first)
        is_collapsed &= np.maximum(greatest, -least) <= THINNEST * reach
    return Measured(area, is_star, is_collapsed)


def _followed(values: npt.NDArray[Number], start: IntArray) -> npt.NDArray[Number]:
    """Return for each vertex the value of the next one of its ring."""
    following = np.empty(len(values), values.dtype)
    following[:-1] = values[1:]
    following[start[1:] - 1] = values[start[:-1]]
    return following


def crosses_itself(xy: FloatArray, start: IntArray, rings: IntArray) -> BoolArray:
    """Return for some rings (k,) whether two of their edges meet, or may meet, elsewhere than at a common corner.

    False is a proof; true asks for a closer look: long rings, and edges on one line, come out true unseen.
    """
    count = np.diff(start)[rings]
    meets = count > CORNERS_PAIRED
    for corners in np.unique(count[~meets]):
        of_size = np.flatnonzero(count == corners)
        at_once = max(1, CELLS_AT_ONCE // int(corners) ** 2)
        for first in range(0, len(of_size), at_once):
            some = of_size[first : first + at_once]
            vertex = start[rings[some]][:, None] + np.arange(corners)
            meets[some] = _edges_meet(xy[vertex])
    return meets


def _edges_meet(ring: FloatArray) -> BoolArray:
    """Return for rings of the same number of corners (m, k, 2) whether edges meet that do not follow one another."""
    corners = ring.shape[1]
    ring = ring - ring[:, :1]
    x, y = ring[..., 0], ring[..., 1]
    along_x, along_y = np.roll(x, -1, 1) - x, np.roll(y, -1, 1) - y
    offset = x * along_y - y * along_x
    side = along_x[:, :, None] * y[:, None, :]
    side -= along_y[:, :, None] * x[:, None, :]
    side += offset[:, :, None]
    sign = np.sign(side).astype(np.int8)
    edge = np.arange(corners)
    following = np.roll(edge, -1)
    sign[:, edge, edge] = 0
    sign[:, edge, following] = 0
    splits = sign * np.roll(sign, -1, 2) <= 0
    near = np.abs(edge[:, None] - edge[None, :])
    splits &= ~((near <= 1) | (near == corners - 1))
    is_bent_back = _folds(along_x, along_y)
    return np.asarray((splits & splits.transpose(0, 2, 1)).any(axis=(1, 2))) | is_bent_back


def _folds(along_x: FloatArray, along_y: FloatArray) -> BoolArray:
    """Return whether an edge runs straight back over the one before it (m,)."""
    next_x, next_y = np.roll(along_x, -1, 1), np.roll(along_y, -1, 1)
    turn = along_x * next_y - along_y * next_x
    ahead = along_x * next_x + along_y * next_y
    return np.asarray(((np.abs(turn) <= THINNEST * np.abs(ahead)) & (ahead < 0)).any(axis=1))
