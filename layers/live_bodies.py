"""Moving things as bodies: darts that point where they head, vehicles near by, soft shadows and tapered trails."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from layers.live_shapes import Cells, Drawn, FloatArray, Rgba, joined

MOST_BODIES = 4_000
"""Of more things than this the flat shapes are drawn: what is small is many."""
VEHICLE_WIDTH, VEHICLE_HEIGHT = 0.23, 0.25
"""Of a vehicle's length: 12 m by 2.7 m by 3 m of a city bus."""
SHADOW_ALPHA, GHOST_ALPHA = 78, 84
_STRIPS = ((0.03, 0.11, 1.0), (0.11, 0.19, 0.34), (0.19, VEHICLE_HEIGHT, 1.0))
"""Of walls: foot, top, and their light; windows between."""
_QUAD = np.array([[0, 1, 2], [0, 2, 3]])
RIBBON_WIDTH = 0.26
"""Of the length of the thing that draws it."""
_DART = np.array([[0.0, 0.60, 0.03], [0.42, -0.44, 0.0], [0.0, -0.22, 0.17], [-0.42, -0.44, 0.0]])
"""A folded dart that looks north, one long: nose, right, ridge and left."""
_DART_CELLS = np.array([[0, 2, 1], [0, 3, 2]])
_DART_FACETS = ((0, 2, 1), (0, 3, 2))
_LIGHT = np.array([-0.6, -0.8])
"""From the south-west, as on the city."""
_SHADOW_STEPS = 12
_CIRCLE = np.array([[np.sin(a), np.cos(a)] for a in np.arange(_SHADOW_STEPS) * 2 * np.pi / _SHADOW_STEPS])


def darts(points: FloatArray, heading_rad: FloatArray, length_m: FloatArray, rgba: Rgba, rim: Rgba) -> Drawn:
    """Return a folded dart for each thing (n) on a rim of another colour, its two sides lit by where they face."""
    flat = _DART * (1.42, 1.42, 0.0) + (0.0, 0.0, 0.0)
    rims = _placed(points, heading_rad, length_m, flat)
    sides = [
        _piece(
            _placed(points, heading_rad, length_m, _DART[list(facet)] + (0.0, 0.0, 0.06)),
            _lit(rgba, heading_rad, way, least=0.66),
            np.array([[0, 1, 2]]),
        )
        for facet, way in zip(_DART_FACETS, (np.pi / 2, -np.pi / 2), strict=True)
    ]
    return joined([_piece(rims, rim, _DART_CELLS), *sides])


def vehicles(points: FloatArray, heading_rad: FloatArray, length_m: FloatArray, rgba: Rgba, rim: Rgba) -> Drawn:
    """Return a vehicle for each thing (n): a body with a pointed front and an arrow on its roof, on a rim."""
    plan, half = _plan(), VEHICLE_WIDTH / 2
    n = len(plan)
    high = np.column_stack([plan, np.full(n, VEHICLE_HEIGHT)])
    outline = np.column_stack([plan * (1.36, 1.08), np.zeros(n)])
    pieces = [_piece(_placed(points, heading_rad, length_m, outline), rim, _fan(n))]
    for k in range(n):
        after = (k + 1) % n
        edge = plan[after] - plan[k]
        way = float(np.arctan2(edge[1], -edge[0]))  # where the wall faces, clockwise from the front
        lit = _lit(rgba, heading_rad, way, least=0.34, most=0.86)
        for bottom, top, share in _STRIPS:
            wall = np.array([[*plan[k], bottom], [*plan[after], bottom], [*plan[after], top], [*plan[k], top]])
            colours = lit.copy()
            colours[:, :3] = lit[:, :3] * share
            pieces.append(_piece(_placed(points, heading_rad, length_m, wall), colours, _QUAD))
    pale = rgba.copy()
    pale[:, :3] = rgba[:, :3] * 0.86 + 255 * 0.14
    pieces.append(_piece(_placed(points, heading_rad, length_m, high), pale, _fan(n)))
    mark = np.array([[0.0, 0.40], [half * 0.8, 0.08], [0.0, 0.17], [-half * 0.8, 0.08]])
    sign = np.column_stack([mark, np.full(4, VEHICLE_HEIGHT + 0.02)])
    white = np.tile(np.array([255, 255, 255, 255], np.uint8), (len(points), 1))
    pieces.append(_piece(_placed(points, heading_rad, length_m, sign), white, _DART_CELLS))
    return joined(pieces)


def ghosts(
    points: FloatArray, heading_rad: FloatArray, length_m: FloatArray, rgba: Rgba, *, is_large: npt.NDArray[np.bool_]
) -> Drawn:
    """Return the flat outline of each thing (n), to be seen through what stands before it."""
    faint = rgba.copy()
    faint[:, 3] = GHOST_ALPHA
    plan = np.column_stack([_plan(), np.zeros(len(_plan()))])
    return joined(
        [
            _piece(_placed(points[mask], heading_rad[mask], length_m[mask], shape), faint[mask], cells)
            for shape, mask, cells in ((_DART * (1, 1, 0), ~is_large, _DART_CELLS), (plan, is_large, _fan(len(plan))))
            if mask.any()
        ]
    )


def _plan() -> FloatArray:
    """Return the outline of a vehicle (6, 2) that looks north, one long."""
    half, nose = VEHICLE_WIDTH / 2, VEHICLE_WIDTH * 0.30
    return np.array([[-half, -0.5], [half, -0.5], [half, 0.40], [nose, 0.5], [-nose, 0.5], [-half, 0.40]])


def _fan(corners: int) -> Cells:
    return np.array([[0, k, k + 1] for k in range(1, corners - 1)])


def shadows(points: FloatArray, heading_rad: FloatArray, length_m: FloatArray, *, width: float = 0.62) -> Drawn:
    """Return a soft dark spot under each thing (n), longer along its way, away from the light."""
    ring = np.column_stack([_CIRCLE * (width, 0.86), np.zeros(_SHADOW_STEPS)])
    shape = np.vstack([np.zeros((1, 3)), ring])
    under = points.copy()
    under[:, :2] -= _LIGHT * (0.10 * length_m)[:, None]
    under[:, 2] -= 0.4
    placed = _placed(under, heading_rad, length_m, shape)
    colours = np.zeros((len(points), _SHADOW_STEPS + 1, 4), np.uint8)
    colours[:, 0, 3] = SHADOW_ALPHA
    k = np.arange(_SHADOW_STEPS)
    fan = np.column_stack([np.zeros(_SHADOW_STEPS, np.int64), 1 + (k + 1) % _SHADOW_STEPS, 1 + k])
    made = _piece(placed, np.zeros((len(points), 4), np.uint8), fan)
    return Drawn(made.points, colours.reshape(-1, 4), made.cells)


def ribbons(points: FloatArray, age: FloatArray, rgba: Rgba, length_m: FloatArray) -> Drawn:
    """Return trails as ribbons that grow thin and faint.

    points     (k, n, 3) from the thing backwards
    age        (k, n) from 0 to 1; more than 1 where the trail has ended
    length_m   (n,) of the things: ribbons are as wide as suits them
    """
    k, n = age.shape
    safe = np.where(np.isfinite(points), points, 0.0)
    way = np.zeros((k, n, 2))
    way[:-1] = safe[:-1, :, :2] - safe[1:, :, :2]
    way[-1] = way[-2] if k > 1 else 0.0
    long = np.hypot(way[..., 0], way[..., 1])
    across = np.stack([way[..., 1], -way[..., 0]], -1) / np.maximum(long, 1e-9)[..., None]
    left = np.clip(1.0 - age, 0.0, 1.0)
    half_m = (0.25 + 0.75 * left) * length_m[None] * RIBBON_WIDTH / 2
    sides = np.stack([safe, safe], axis=2)
    sides[..., 0, :2] += across * half_m[..., None]
    sides[..., 1, :2] -= across * half_m[..., None]
    colours = np.broadcast_to(rgba[None, :, None], (k, n, 2, 4)).copy()
    colours[..., 3] = (left * 0.75 * rgba[None, :, 3])[..., None].astype(np.uint8)
    step, thing = np.nonzero((age[:-1] < 1.0) & np.isfinite(age[1:]) & (points[:-1] != points[1:]).any(axis=2))
    near, far = (step * n + thing) * 2, ((step + 1) * n + thing) * 2
    cells = np.concatenate([np.column_stack([near, near + 1, far + 1]), np.column_stack([near, far + 1, far])])
    return Drawn(sides.reshape(-1, 3), colours.reshape(-1, 4), cells)


def _placed(points: FloatArray, heading_rad: FloatArray, length_m: FloatArray, shape: FloatArray) -> FloatArray:
    """Return a shape (v, 3), one long and looking north, at each place (n, v, 3), turned and as long as told."""
    heading = np.nan_to_num(heading_rad)
    cos, sin = np.cos(heading)[:, None], np.sin(heading)[:, None]
    placed = np.empty((len(points), len(shape), 3))
    placed[..., 0] = points[:, 0, None] + length_m[:, None] * (shape[:, 0] * cos + shape[:, 1] * sin)
    placed[..., 1] = points[:, 1, None] + length_m[:, None] * (shape[:, 1] * cos - shape[:, 0] * sin)
    placed[..., 2] = points[:, 2, None] + length_m[:, None] * shape[:, 2]
    return placed


def _lit(rgba: Rgba, heading_rad: FloatArray, way_rad: float, *, least: float, most: float = 1.0) -> Rgba:
    """Return colours (n, 4) of a side that faces so many radians clockwise from the front."""
    facing = np.nan_to_num(heading_rad) + way_rad
    towards = np.sin(facing) * _LIGHT[0] + np.cos(facing) * _LIGHT[1]
    lit = rgba.astype(np.float32)
    lit[:, :3] *= (least + (most - least) * (0.5 + 0.5 * towards))[:, None]
    return lit.astype(np.uint8)


def _piece(placed: FloatArray, rgba: Rgba, cells: npt.NDArray[np.int64]) -> Drawn:
    n, v = placed.shape[:2]
    every: Cells = cells[None] + (np.arange(n) * v)[:, None, None]
    return Drawn(placed.reshape(-1, 3), np.repeat(rgba, v, axis=0), every.reshape(-1, cells.shape[1]))
