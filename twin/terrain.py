"""The ground: a grid of heights, how high it is anywhere, and how low under each building."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from math import ceil

import numpy as np
import numpy.typing as npt

from twin.buildings import Outlines
from twin.cells import GridNodes, least_of, nodes_inside, points_along
from twin.place import Area

FloatArray = npt.NDArray[np.float64]
HeightGrid = npt.NDArray[np.float32]

POINTS_AT_ONCE = 2_000_000
FEATURES_AT_ONCE = 20_000
EDGE_SAMPLES = 3
"""Along a footprint's edge, in the width of a cell."""
MOST_NODES_A_FEATURE = 400
"""Larger footprints on finer grids are looked at by blocks of nodes, of which the lowest counts."""


@dataclass(frozen=True)
class Terrain:
    """Heights at the nodes of an upright grid in the local frame. Never changes."""

    height_m: HeightGrid
    """(lines, columns) metres above the zero of its heights; line 0 is the southern edge; NaN where there is none.
    Readers have filled the holes inside already, see filled()."""
    first_local: tuple[float, float]
    """Where the node of line 0, column 0 lies, local metres."""
    spacing_m: tuple[float, float]
    """From column to column, and from line to line."""

    @cached_property
    def grid(self) -> GridNodes:
        """Return where the nodes lie."""
        lines, columns = self.height_m.shape
        return GridNodes(self.first_local, self.spacing_m, (lines, columns))

    @property
    def area(self) -> Area:
        """Return the area between the outermost nodes."""
        (x, y), (dx, dy) = self.first_local, self.spacing_m
        lines, columns = self.height_m.shape
        return Area(x, y, x + (columns - 1) * dx, y + (lines - 1) * dy)

    @cached_property
    def range_m(self) -> tuple[float, float]:
        """Return the lowest and the highest height."""
        return float(np.nanmin(self.height_m)), float(np.nanmax(self.height_m))

    def height_at(self, points_local: npt.ArrayLike) -> FloatArray:
        """Return the height at points (n, 2), metres, between the nodes bilinear; NaN outside and where none is known.

        source   bilinear interpolation; beside a node without a height the others around count alone
        """
        points = np.asarray(points_local, np.float64).reshape(-1, 2)
        heights = np.empty(len(points))
        for first in range(0, len(points), POINTS_AT_ONCE):
            some = slice(first, first + POINTS_AT_ONCE)
            heights[some] = _bilinear(self.height_m, self.grid.places(points[some]))
        return heights


@dataclass(frozen=True)
class Ground:
    """All terrain of a project together. What is drawn on it lies at z = elevation less datum_m."""

    terrains: tuple[Terrain, ...] = ()
    """The finest first: it counts where several overlap."""
    datum_m: float = 0.0
    """The lowest elevation: z = 0, where everything outside of the terrain lies."""

    @property
    def is_flat(self) -> bool:
        """Return whether there is no terrain."""
        return not self.terrains

    @property
    def highest_m(self) -> float:
        """Return the highest z."""
        return max((t.range_m[1] - self.datum_m for t in self.terrains), default=0.0)

    @property
    def spacing_m(self) -> float:
        """Return the finest distance between heights; infinite for flat ground."""
        return min((min(t.spacing_m) for t in self.terrains), default=float("inf"))

    def z_at(self, points_local: npt.ArrayLike) -> FloatArray:
        """Return how high the ground lies at points (n, 2), local metres; 0 where there is no terrain."""
        points = np.asarray(points_local, np.float64).reshape(-1, 2)
        z = np.full(len(points), np.nan)
        for terrain in self.terrains:
            unknown = np.isnan(z)
            if unknown.any():
                z[unknown] = terrain.height_at(points[unknown]) - self.datum_m
        z[np.isnan(z)] = 0.0
        return z

    def lowest_known(self, outlines: Outlines) -> FloatArray:
        """Return how low the ground lies under each outline (n,), local metres: inside it and along its edges.

        NaN where there is no terrain.
        """
        low = np.full(len(outlines), np.nan)
        for terrain in self.terrains:
            low = np.where(np.isnan(low), lowest_under(terrain, outlines) - self.datum_m, low)
        return low

    def hit(self, origin: FloatArray, direction: FloatArray) -> float | None:
        """Return how far along a ray (origin (3,), unit direction (3,)) it meets the ground; None if it does not."""
        plane = -origin[2] / direction[2] if direction[2] < 0 < origin[2] else None
        found = [d for t in self.terrains if (d := _met(t, origin, direction, self.datum_m)) is not None]
        if found:
            return min(found)
        if plane is None or self.is_flat:
            return plane
        under = origin[:2] + direction[:2] * plane
        return plane if np.isnan([t.height_at(under)[0] for t in self.terrains]).all() else None


FLAT = Ground()


def ground_of(terrains: Iterable[Terrain]) -> Ground:
    """Return the ground that some terrains make, in whatever order they come."""
    known = sorted(terrains, key=lambda t: (t.spacing_m[0] * t.spacing_m[1], t.first_local, t.height_m.shape))
    return Ground(tuple(known), min(t.range_m[0] for t in known)) if known else FLAT


def lowest_under(terrain: Terrain, outlines: Outlines) -> FloatArray:
    """Return the lowest height under each outline (n,); NaN where nothing is known.

    Looked at are the nodes inside, and the surface along the edges, some times a cell.
    """
    low = np.full(len(outlines), np.nan)
    for first in range(0, len(outlines), FEATURES_AT_ONCE):
        last = min(first + FEATURES_AT_ONCE, len(outlines))
        some = part_of(outlines, first, last)
        step = _stride(terrain, some)
        feature, points = points_along(some, min(terrain.spacing_m) * step / EDGE_SAMPLES)
        along = least_of(feature, terrain.height_at(points), len(some))
        surface, grid = _coarse(terrain, step)
        feature, node = nodes_inside(some, grid)
        inside = least_of(feature, surface.reshape(-1)[node].astype(np.float64), len(some))
        low[first:last] = np.fmin(along, inside)
    return low


def part_of(outlines: Outlines, first: int, last: int) -> Outlines:
    """Return some of the features, one after the other; the arrays are views."""
    parts = outlines.part_start[outlines.feature_start[first] : outlines.feature_start[last] + 1]
    rings = outlines.ring_start[parts[0] : parts[-1] + 1]
    feature = outlines.feature_start[first : last + 1]
    return Outlines(outlines.xy[rings[0] : rings[-1]], rings - rings[0], parts - parts[0], feature - feature[0])


def _stride(terrain: Terrain, outlines: Outlines) -> int:
    """Return how many nodes make a block, so that footprints of the usual size hold not too many."""
    if not len(outlines.xy):
        return 1
    first = np.asarray(outlines.ring_start)[np.asarray(outlines.part_start)[np.asarray(outlines.feature_start[:-1])]]
    size = np.maximum.reduceat(outlines.xy, first) - np.minimum.reduceat(outlines.xy, first)
    nodes = float(np.mean(size[:, 0] * size[:, 1])) / (terrain.spacing_m[0] * terrain.spacing_m[1])
    return max(1, ceil(float(np.sqrt(nodes / MOST_NODES_A_FEATURE))))


def _coarse(terrain: Terrain, step: int) -> tuple[HeightGrid, GridNodes]:
    """Return blocks of nodes as nodes of their own in their middle, with their lowest height."""
    surface = terrain.height_m
    if step == 1:
        return surface, terrain.grid
    lines, columns = (size - size % step for size in surface.shape)
    if not lines or not columns:
        return surface, terrain.grid
    blocks = surface[:lines, :columns].reshape(lines // step, step, columns // step, step)
    lowest = np.fmin.reduce(np.fmin.reduce(blocks, axis=3), axis=1)
    (x, y), (dx, dy), half = terrain.first_local, terrain.spacing_m, (step - 1) / 2
    return lowest, GridNodes((x + half * dx, y + half * dy), (dx * step, dy * step), lowest.shape)


def _bilinear(surface: HeightGrid, places: FloatArray) -> FloatArray:
    """Return the surface at places (n, 2) in columns and lines."""
    lines, columns = surface.shape
    is_on = (
        (places[:, 0] >= -0.5)
        & (places[:, 0] <= columns - 0.5)
        & (places[:, 1] >= -0.5)
        & (places[:, 1] <= lines - 0.5)
    )
    x, y = np.clip(places[:, 0], 0, columns - 1), np.clip(places[:, 1], 0, lines - 1)
    x, y = np.where(is_on, x, 0.0), np.where(is_on, y, 0.0)
    column, line = (
        np.minimum(x.astype(np.int64), max(columns - 2, 0)),
        np.minimum(y.astype(np.int64), max(lines - 2, 0)),
    )
    u, v = x - column, y - line
    total, weight = np.zeros(len(places)), np.zeros(len(places))
    flat = surface.reshape(-1)
    for below, left in ((0, 0), (0, 1), (1, 0), (1, 1)):
        share = (v if below else 1 - v) * (u if left else 1 - u)
        at = np.minimum(line + below, lines - 1) * columns + np.minimum(column + left, columns - 1)
        height = flat[at].astype(np.float64)
        known = ~np.isnan(height)
        total += np.where(known, share * np.where(known, height, 0.0), 0.0)
        weight += np.where(known, share, 0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        heights = total / weight
    heights[~is_on | (weight < 0.25)] = np.nan
    return heights


def filled(heights: HeightGrid) -> HeightGrid:
    """Return heights with the holes inside filled from around them; NaN is left only outside of what is known.

    A node is inside where heights are known in all four directions: rivers and removed buildings leave such holes.
    """
    known = ~np.isnan(heights)
    if known.all():
        return heights
    inside = ~known
    for axis in (0, 1):
        inside &= np.logical_or.accumulate(known, axis=axis)
        inside &= np.flip(np.logical_or.accumulate(np.flip(known, axis), axis=axis), axis)
    if not inside.any():
        return heights
    whole = _pulled(np.where(known, heights, np.float32(0)), known.astype(np.float32))
    return np.where(inside, whole, heights).astype(np.float32, copy=False)


def _pulled(total: HeightGrid, weight: HeightGrid) -> HeightGrid:
    """Return mean heights everywhere: each hole takes those of the smallest blocks around it that know some."""
    if min(total.shape) == 1 or (weight > 0).all():
        return np.asarray(total / np.maximum(weight, np.float32(1e-9)), np.float32)
    lines, columns = total.shape
    padded = [np.pad(a, ((0, lines % 2), (0, columns % 2))) for a in (total, weight)]
    halves = [p.reshape(p.shape[0] // 2, 2, p.shape[1] // 2, 2).sum(axis=(1, 3)) for p in padded]
    scale = np.maximum(halves[1], np.float32(1))
    coarse = _pulled(halves[0] / scale, halves[1] / scale)
    above = _doubled(coarse)[:lines, :columns]
    return np.where(weight > 0, total / np.maximum(weight, np.float32(1e-9)), above).astype(np.float32)


def _doubled(grid: HeightGrid) -> HeightGrid:
    """Return a grid of twice as many lines and columns, smooth between the old ones."""
    for axis in (0, 1):
        padded = np.pad(grid, [(1, 1) if a == axis else (0, 0) for a in (0, 1)], mode="edge")
        size = grid.shape[axis]
        middle = grid * np.float32(0.75)
        before = middle + np.float32(0.25) * np.take(padded, np.arange(size), axis=axis)
        behind = middle + np.float32(0.25) * np.take(padded, np.arange(2, size + 2), axis=axis)
        shape = (2 * size, grid.shape[1]) if axis == 0 else (grid.shape[0], 2 * size)
        grid = np.stack([before, behind], axis=axis + 1).reshape(shape).astype(np.float32, copy=False)
    return np.asarray(grid, np.float32)


STEPS = 1500
"""Places along a ray at which it is asked whether it is below the ground yet."""


def _met(terrain: Terrain, origin: FloatArray, direction: FloatArray, datum_m: float) -> float | None:
    """Return how far along a ray it goes below a terrain first."""
    area, (low, high) = terrain.area, terrain.range_m
    box = np.array([[area.west_m, area.south_m, low - datum_m - 1], [area.east_m, area.north_m, high - datum_m + 1]])
    slow = 1 / np.where(np.abs(direction) > 1e-12, direction, 1e-12)
    first, last = np.sort((box - origin) * slow, axis=0)
    enter, leave = max(float(first.max()), 0.0), float(last.min())
    if enter >= leave:
        return None
    for _ in range(3):  # each time between the two places where it was above and below
        along = np.linspace(enter, leave, STEPS)
        points = origin + direction * along[:, None]
        gap = points[:, 2] + datum_m - terrain.height_at(points[:, :2])
        below = np.flatnonzero(gap < 0)
        if not len(below) or (below[0] == 0 and enter == 0.0 and gap[0] < -1):
            return None if not len(below) else float(along[0])
        enter, leave = float(along[max(below[0] - 1, 0)]), float(along[below[0]])
    return (enter + leave) / 2
