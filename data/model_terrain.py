"""The relief of a city model as the ground: its triangles become a grid of heights that everything else stands on."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from twin.buildings import Outlines
from twin.cells import GridNodes, nodes_inside
from twin.models import Bodies
from twin.terrain import Terrain, filled

MOST_NODES = 2_000_000
FINEST_M = 0.25
NODES_AN_EDGE = 2.0
"""Distances between nodes are this many times smaller than the usual edge of the relief."""
SURFACES_AT_ONCE = 100_000

FloatArray = npt.NDArray[np.float64]


def terrain_of(bodies: Bodies) -> Terrain | None:
    """Return the heights of a relief at the nodes of a grid; None where it covers no node.

    bodies   of relief objects; each surface counts as the plane through its corners
    """
    surface = np.flatnonzero(bodies.body_levels & np.uint16(1 << 15))
    if not len(surface):
        return None
    corners, start = _corners(bodies, surface)
    grid = _grid(corners, start)
    heights = np.full(grid.shape[0] * grid.shape[1], -np.inf, np.float32)
    for first in range(0, len(surface), SURFACES_AT_ONCE):
        last = min(first + SURFACES_AT_ONCE, len(surface))
        some = slice(int(start[first]), int(start[last]))
        _raise_nodes(heights, corners[some], start[first : last + 1] - start[first], grid)
    known = np.where(np.isfinite(heights), heights, np.float32(np.nan)).reshape(grid.shape)
    if np.isnan(known).all():
        return None
    return Terrain(filled(known.astype(np.float32)), grid.first_local, grid.spacing_m)


def _corners(bodies: Bodies, surface: npt.NDArray[np.intp]) -> tuple[FloatArray, npt.NDArray[np.int64]]:
    """Return the corners of outer rings (c, 3), local metres and above the zero of the CRS, and each ring's first."""
    outer = bodies.body_surface_start[surface]
    count = np.diff(bodies.body_ring_start)[outer].astype(np.int64)
    start = np.concatenate([[0], np.cumsum(count)])
    corner = np.arange(int(start[-1])) + np.repeat(bodies.body_ring_start[outer] - start[:-1], count)
    row = np.searchsorted(bodies.body_row_start, surface, side="right") - 1
    return bodies.body_offset[corner] + np.repeat(bodies.body_anchor[row], count, axis=0), start


def _grid(corners: FloatArray, start: npt.NDArray[np.int64]) -> GridNodes:
    """Return a grid fine enough for the edges there are, and not too large."""
    low, high = corners[:, :2].min(axis=0), corners[:, :2].max(axis=0)
    after = np.arange(1, len(corners) + 1)
    after[start[1:] - 1] = start[:-1]
    usual = float(np.median(np.hypot(*(corners[after, :2] - corners[:, :2]).T)))
    size = np.maximum(high - low, FINEST_M)
    spacing = max(usual / NODES_AN_EDGE, FINEST_M, float(np.sqrt(size[0] * size[1] / MOST_NODES)))
    columns, lines = (int(n) + 1 for n in np.ceil(size / spacing))
    return GridNodes((float(low[0]), float(low[1])), (spacing, spacing), (lines, columns))


def _raise_nodes(
    heights: npt.NDArray[np.float32], corners: FloatArray, start: npt.NDArray[np.int64], grid: GridNodes
) -> None:
    """Set the height of each node inside a surface to that of its plane; the highest counts where several overlap."""
    every = np.arange(len(start))
    outlines = Outlines(corners[:, :2], start, every, every)
    surface, node = nodes_inside(outlines, grid)
    after = np.arange(1, len(corners) + 1)
    after[start[1:] - 1] = start[:-1]
    local = corners - np.repeat(corners[start[:-1]], np.diff(start), axis=0)
    normal = np.add.reduceat(np.cross(local, local[after]), start[:-1])
    is_upright = np.abs(normal[:, 2]) < 1e-9
    kept = ~is_upright[surface]
    surface, node = surface[kept], node[kept]
    line, column = np.divmod(node, grid.shape[1])
    x = grid.first_local[0] + column * grid.spacing_m[0] - corners[start[surface], 0]
    y = grid.first_local[1] + line * grid.spacing_m[1] - corners[start[surface], 1]
    fall = normal[surface]
    z = corners[start[surface], 2] - (fall[:, 0] * x + fall[:, 1] * y) / fall[:, 2]
    np.maximum.at(heights, node, z.astype(np.float32))
