"""The shapes of live things as arrays: arrows, hexagons, columns, trails and carpets of heat."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
Cells = npt.NDArray[np.int64]
Rgba = npt.NDArray[np.uint8]

HEAT_SIDE = 160
_CHEVRON = np.array([[0.0, 0.55, 0.0], [0.40, -0.45, 0.0], [0.0, -0.22, 0.0], [-0.40, -0.45, 0.0]])
"""An arrow that looks north, one long."""
_CHEVRON_CELLS = np.array([[0, 2, 1], [0, 3, 2]])
_HEXAGON = np.array([[np.sin(a), np.cos(a), 0.0] for a in np.arange(6) * np.pi / 3]) * 0.32
_HEXAGON_CELLS = np.array([[0, 2, 1], [0, 3, 2], [0, 4, 3], [0, 5, 4]])
_SIDES = 8
_ROUND = np.array([[np.sin(a), np.cos(a)] for a in (np.arange(_SIDES) + 0.5) * 2 * np.pi / _SIDES])
_SIDE_LIGHT = 0.62 + 0.22 * (_ROUND @ np.array([-0.6, -0.8]))
"""Walls of columns are lit from the south-west, as the city is."""


@dataclass(frozen=True, slots=True, eq=False)
class Drawn:
    """Points (p, 3) local metres, a colour each, and cells of them."""

    points: FloatArray
    rgba: Rgba
    cells: Cells


def arrows(points: FloatArray, heading_rad: FloatArray, length_m: FloatArray, rgba: Rgba, rim: Rgba) -> Drawn:
    """Return an arrow for each thing (n), a rim in another colour under it; a hexagon where it has no direction."""
    has_heading = np.isfinite(heading_rad)
    pieces = [
        _turned(points[mask], heading_rad[mask], length_m[mask], rgba[mask], rim[mask], shape, cells)
        for mask, shape, cells in (
            (has_heading, _CHEVRON, _CHEVRON_CELLS),
            (~has_heading, _HEXAGON, _HEXAGON_CELLS),
        )
        if mask.any()
    ]
    drawn = joined([piece for pair in pieces for piece in pair])
    return Drawn(drawn.points, drawn.rgba, _arrow_cells(len(points))) if has_heading.all() else drawn


@lru_cache(maxsize=8)
def _arrow_cells(count: int) -> Cells:
    """Return the cells of so many arrows with their rims: the same array again, so that it is not uploaded anew."""
    v = len(_CHEVRON)
    cells = (_CHEVRON_CELLS[None] + (np.arange(2 * count) * v)[:, None, None]).reshape(-1, 3)
    cells.flags.writeable = False
    return cells


def _turned(
    points: FloatArray, heading: FloatArray, length: FloatArray, rgba: Rgba, rim: Rgba, shape: FloatArray,
    cells: Cells,
) -> list[Drawn]:  # fmt: skip
    heading = np.nan_to_num(heading)
    cos, sin = np.cos(heading)[:, None], np.sin(heading)[:, None]
    made = []
    for scale, lift, colours in ((1.45, 0.0, rim), (1.0, 0.05, rgba)):
        x, y = shape[:, 0] * scale, shape[:, 1] * scale
        placed = np.empty((len(points), len(shape), 3))
        placed[..., 0] = points[:, 0, None] + length[:, None] * (x * cos + y * sin)
        placed[..., 1] = points[:, 1, None] + length[:, None] * (y * cos - x * sin)
        placed[..., 2] = (points[:, 2] + lift * length)[:, None]
        made.append(_repeated(placed, colours, cells))
    return made


def _repeated(placed: FloatArray, rgba: Rgba, cells: Cells) -> Drawn:
    """Return n copies of a shape that are placed already (n, v, 3), each in its colour."""
    n, v = placed.shape[:2]
    every = cells[None] + (np.arange(n) * v)[:, None, None]
    return Drawn(placed.reshape(-1, 3), np.repeat(rgba, v, axis=0), every.reshape(-1, cells.shape[1]))


def joined(pieces: list[Drawn]) -> Drawn:
    """Return several pieces as one, drawn in their order."""
    if len(pieces) == 1:
        return pieces[0]
    if not pieces:
        return Drawn(np.empty((0, 3)), np.empty((0, 4), np.uint8), np.empty((0, 3), np.int64))
    start = np.cumsum([0, *(len(p.points) for p in pieces[:-1])])
    return Drawn(
        np.concatenate([p.points for p in pieces]),
        np.concatenate([p.rgba for p in pieces]),
        np.concatenate([p.cells + s for p, s in zip(pieces, start, strict=True)]),
    )


def discs(points: FloatArray, radius_m: FloatArray, rgba: Rgba, rim: Rgba) -> Drawn:
    """Return a flat disc for each place, with a rim."""
    corners = np.array([[np.sin(a), np.cos(a), 0.0] for a in np.arange(16) * np.pi / 8])
    fan = np.array([[0, k + 1, k] for k in range(1, 15)])
    made = []
    for scale, lift, colours in ((1.16, 0.0, rim), (1.0, 0.04, rgba)):
        placed = points[:, None, :] + corners[None] * (radius_m * scale)[:, None, None]
        placed[..., 2] += (lift * radius_m)[:, None]
        made.append(_repeated(placed, colours, fan))
    return joined(made)


def columns(points: FloatArray, radius_m: FloatArray, height_m: FloatArray, rgba: Rgba) -> Drawn:
    """Return an upright column for each place, its walls shaded."""
    n = len(points)
    ring = points[:, None, :2] + _ROUND[None] * radius_m[:, None, None]
    foot, head = points[:, 2, None], points[:, 2, None] + height_m[:, None]
    placed = np.empty((n, 5 * _SIDES, 3))
    after = np.roll(ring, -1, axis=1)
    for place, xy, z in ((0, ring, foot), (1, after, foot), (2, after, head), (3, ring, head), (4, ring, head)):
        placed[:, place * _SIDES : (place + 1) * _SIDES, :2] = xy
        placed[:, place * _SIDES : (place + 1) * _SIDES, 2] = z
    k = np.arange(_SIDES)
    walls = np.concatenate(
        [np.stack([k, k + 2 * _SIDES, k + _SIDES], 1), np.stack([k, k + 3 * _SIDES, k + 2 * _SIDES], 1)]
    )
    top = np.array([[4 * _SIDES, 4 * _SIDES + i + 1, 4 * _SIDES + i] for i in range(1, _SIDES - 1)])
    drawn = _repeated(placed, rgba, np.concatenate([walls, top]))
    light = np.concatenate([np.tile(_SIDE_LIGHT, 4), np.full(_SIDES, 1.0)])
    shaded = drawn.rgba.reshape(n, 5 * _SIDES, 4).astype(np.float32)
    shaded[..., :3] *= light[None, :, None]
    return Drawn(drawn.points, shaded.reshape(-1, 4).astype(np.uint8), drawn.cells)


def trails(points: FloatArray, age: FloatArray, rgba: Rgba) -> Drawn:
    """Return trails as lines that fade.

    points   (k, n, 3) from the thing backwards
    age      (k, n) from 0 to 1; more than 1 where the trail has ended
    """
    k, n = age.shape
    faded = np.broadcast_to(rgba[None], (k, n, 4)).copy()
    faded[..., 3] = (np.clip(1.0 - age, 0.0, 1.0) * 0.85 * rgba[None, :, 3]).astype(np.uint8)
    step, thing = np.nonzero((age[:-1] < 1.0) & np.isfinite(age[1:]) & (points[:-1] != points[1:]).any(axis=2))
    cells = np.column_stack([step * n + thing, (step + 1) * n + thing])
    safe = np.where(np.isfinite(points), points, 0.0)
    return Drawn(safe.reshape(-1, 3), faded.reshape(-1, 4), cells)


def heat_grid(xy: FloatArray, share: FloatArray, reach_m: float) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return a carpet of heat: corners' x (s,), y (s,), and (s, s, 2) the mean share and how near a place is, 0 to 1.

    xy      (n, 2) places that measure
    share   (n,) what they measure, from 0 to 1
    source  inverse distance weighting (Shepard 1968), which goes through what was measured
    """
    low, high = xy.min(axis=0) - reach_m, xy.max(axis=0) + reach_m
    x, y = np.linspace(low[0], high[0], HEAT_SIDE), np.linspace(low[1], high[1], HEAT_SIDE)
    weight = np.zeros((HEAT_SIDE, HEAT_SIDE))
    total = np.zeros_like(weight)
    nearest = np.full_like(weight, np.inf)
    for (px, py), value in zip(xy.tolist(), share.tolist(), strict=True):
        square = (x[None, :] - px) ** 2 + (y[:, None] - py) ** 2
        one = 1.0 / (square + (reach_m * 0.08) ** 2)
        weight += one
        total += one * value
        np.minimum(nearest, square, out=nearest)
    nearness = np.clip(1.0 - np.sqrt(nearest) / reach_m, 0.0, 1.0)
    return x, y, np.stack([total / np.maximum(weight, 1e-300), nearness], -1)


def heat(x: FloatArray, y: FloatArray, z: FloatArray, rgba: Rgba) -> Drawn:
    """Return a carpet with a colour a corner: x (s,), y (s,), z (s, s), rgba (s, s, 4)."""
    s = len(x)
    points = np.empty((s, s, 3))
    points[..., 0], points[..., 1], points[..., 2] = x[None, :], y[:, None], z
    corner = (np.arange(s - 1)[:, None] * s + np.arange(s - 1)[None]).reshape(-1)
    cells = np.concatenate(
        [np.stack([corner, corner + 1, corner + s + 1], 1), np.stack([corner, corner + s + 1, corner + s], 1)]
    )
    seen = (rgba.reshape(-1, 4)[:, 3] > 0)[cells].any(axis=1)
    return Drawn(points.reshape(-1, 3), rgba.reshape(-1, 4), cells[seen])
