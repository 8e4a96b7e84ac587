"""Buildings on terrain: their meshes, made for flat ground, are raised to where each one stands."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from twin.tiles import TileArrays, TileIndex

SKIRT_M = 3.0
"""Walls go on below the lowest ground, for the coarse pictures of the ground that lie lower."""
_FOOT_M = 1e-3


def stood(
    points: npt.NDArray[np.float32], foot_m: npt.NDArray[np.float32]
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """Return points (p, 3) raised by their feet (p,), and how high each is above its foot.

    Points that lie on the ground go down by SKIRT_M, so that no wall ends above the ground that is drawn.
    """
    above_m = points[:, 2].copy()
    raised = points.copy()
    raised[:, 2] += foot_m - np.float32(SKIRT_M) * (above_m < _FOOT_M)
    return raised, above_m


def raised_index(index: TileIndex, arrays: TileArrays, foot_m: npt.NDArray[np.float32]) -> TileIndex:
    """Return the tree with bounds that hold the buildings where they stand; foot_m is (rows,)."""
    bounds, subtree = index.bounds.copy(), index.subtree.copy()
    foot = foot_m[arrays.row[arrays.member]].astype(np.float64)
    start = np.asarray(arrays.member_start[:-1], np.int64)
    filled = np.flatnonzero(np.diff(arrays.member_start) > 0)
    low, high = np.zeros(len(index)), np.zeros(len(index))
    if len(filled):
        low[filled] = np.minimum.reduceat(foot, start[filled])
        high[filled] = np.maximum.reduceat(foot, start[filled])
    bounds[:, 2] += low - SKIRT_M
    bounds[:, 5] += high
    for tile in range(len(index) - 1, 0, -1):  # children come after their parents
        parent = index.parent[tile]
        low[parent], high[parent] = min(low[parent], low[tile]), max(high[parent], high[tile])
    subtree[:, 2] += low - SKIRT_M
    subtree[:, 5] += high
    return replace(index, bounds=bounds, subtree=subtree)
