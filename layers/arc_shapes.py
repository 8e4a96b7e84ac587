"""Arcs, rings and dots as ribbons that are so many pixels wide wherever they are: triangles, smooth at their edges."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from layers.camera import Size, basis, metres_per_pixel, project
from layers.live_shapes import Drawn
from twin.session import Camera

FloatArray = npt.NDArray[np.float64]
Rgba = npt.NDArray[np.uint8]

STATIONS, RING_STATIONS, DOT_CORNERS = 22, 33, 14
QUICK_STATIONS = 9
"""While the camera moves."""
RISE, MOST_RISE = 0.24, 0.13
"""How high an arc is for its length, at first; and at most, for the city's width: far ones stay in the picture."""
BOW = 0.09
"""How far an arc leans to the right of its way: there and back lie beside each other, from above too."""
TAIL_WIDTH, TAIL_ALPHA = 0.35, 0.30
"""Where an arc begins it is narrow and faint."""
HEAD_WIDTH, HEAD_LENGTH = 2.1, 2.1
"""An arrowhead's width and length in widths of its arc."""
SOFT_PX = 0.8
"""Edges fade over so many pixels on either side."""


@dataclass(frozen=True, slots=True, eq=False)
class Ribbons:
    """Middle lines with a width: m curves of s stations."""

    points: FloatArray
    """(m, s, 3) local metres."""
    half_px: FloatArray
    """(m, s)."""
    alpha: FloatArray
    """(m, s) 0 to 1."""


def curves(begin: FloatArray, end: FloatArray, share: FloatArray, city_m: float, *, is_bowed: bool) -> FloatArray:
    """Return points (m, s, 3) of arcs from places to places (m, 3), at shares (m, s) or (s,) of their ways."""
    share = np.broadcast_to(share, (len(begin), share.shape[-1]))
    way = end - begin
    length = np.hypot(way[:, 0], way[:, 1])
    highest = max(city_m * MOST_RISE, 1.0)
    rise = highest * (1.0 - np.exp(-length * RISE / highest))
    swell = 4 * share * (1 - share)
    points = begin[:, None, :] + way[:, None, :] * share[..., None]
    points[..., 2] += rise[:, None] * swell
    if is_bowed:
        bow = np.minimum(length * BOW, highest * 0.5) / np.maximum(length, 1e-9)
        points[..., 0] += (way[:, 1] * bow)[:, None] * swell
        points[..., 1] -= (way[:, 0] * bow)[:, None] * swell
    return points


def arrows(
    begin: FloatArray, end: FloatArray, width_px: FloatArray, camera: Camera, size_px: Size, city_m: float,
    *, stations: int = STATIONS,
) -> Ribbons:  # fmt: skip
    """Return arcs that grow from a faint tail to an arrowhead."""
    m = len(begin)
    coarse = curves(begin, end, np.linspace(0, 1, 9), city_m, is_bowed=True)
    px = project(camera, size_px, coarse.reshape(-1, 3))[0].reshape(m, 9, 2)
    length_px = np.nansum(np.hypot(*np.moveaxis(np.diff(px, axis=1), -1, 0)), axis=1)
    head = np.clip((HEAD_LENGTH * width_px + 3.0) / np.maximum(length_px, 1.0), 0.0, 0.45)[:, None]
    shaft = np.linspace(0, 1, stations)[None] * (1 - head)
    share = np.concatenate([shaft, 1 - head, np.ones((m, 1))], axis=1)
    grown = np.linspace(0, 1, stations)
    profile = np.concatenate([TAIL_WIDTH + (1 - TAIL_WIDTH) * grown, [HEAD_WIDTH, 0.0]])
    fade = np.concatenate([TAIL_ALPHA + (1 - TAIL_ALPHA) * np.minimum(grown * 1.6, 1.0), [1.0, 1.0]])
    half = width_px[:, None] / 2 * profile[None]
    half[:, stations] = np.maximum(half[:, stations], width_px / 2 + 2.2)
    points = curves(begin, end, share, city_m, is_bowed=True)
    return Ribbons(points, half, np.broadcast_to(fade, half.shape))


def bands(begin: FloatArray, end: FloatArray, width_px: FloatArray, city_m: float) -> Ribbons:
    """Return arcs without a direction."""
    points = curves(begin, end, np.linspace(0, 1, STATIONS + 2), city_m, is_bowed=False)
    half = np.repeat(width_px[:, None] / 2, STATIONS + 2, axis=1)
    return Ribbons(points, half, np.ones_like(half))


def rings(middle: FloatArray, width_px: FloatArray, camera: Camera, size_px: Size, least_px: float) -> Ribbons:
    """Return rings on the ground around places (m, 3): what ends where it begins."""
    depth = project(camera, size_px, middle)[1]
    radius_m = (least_px + width_px) * metres_per_pixel(camera, size_px, 1.0)
    radius_m = radius_m * (1.0 if camera.is_parallel else np.maximum(depth, 1.0))
    angle = np.linspace(0, 2 * np.pi, RING_STATIONS)
    points = np.repeat(middle[:, None, :], RING_STATIONS, axis=1)
    points[..., 0] += radius_m[:, None] * np.cos(angle)
    points[..., 1] += radius_m[:, None] * np.sin(angle)
    half = np.repeat(width_px[:, None] / 2, RING_STATIONS, axis=1)
    return Ribbons(points, half, np.ones_like(half))


def drawn_ribbons(
    ribbons: Ribbons, rgba: Rgba, camera: Camera, size_px: Size, *, rim: tuple[int, int, int, int] | None = None,
    rim_px: float = 0.0, is_soft: bool = True,
) -> Drawn:  # fmt: skip
    """Return ribbons as triangles that face the eye, one after the other, each over a rim of its own.

    rgba   (m, 4) of each
    rim    under each ribbon and rim_px wider on either side; None draws none
    is_soft   whether edges fade; half the triangles where they do not
    """
    m, s = ribbons.half_px.shape
    px, depth = project(camera, size_px, ribbons.points.reshape(-1, 3))
    px, depth = px.reshape(m, s, 2), depth.reshape(m, s)
    m_per_px = metres_per_pixel(camera, size_px, 1.0) * (np.ones_like(depth) if camera.is_parallel else depth)
    across = _across(px)
    right, up, _ = basis(camera)
    side = across[..., :1] * right - across[..., 1:] * up
    side *= m_per_px[..., None]
    looks = [(rim_px, rim)] if rim is not None else []
    sheets = []
    for wider, colour in [*looks, (0.0, None)]:
        half = np.where(ribbons.half_px > 0, ribbons.half_px + wider, 0.0)
        inner, outer = np.maximum(half - SOFT_PX, 0.0), half + SOFT_PX
        offset = np.stack([-outer, -inner, inner, outer] if is_soft else [-half, half], axis=-1)
        paint = np.repeat(rgba[:, None, None, :], s, axis=1).repeat(offset.shape[-1], axis=2)
        if colour is not None:
            paint[..., :3] = colour[:3]
        strength = ribbons.alpha * (1.0 if colour is None else colour[3] / 255)
        paint[..., 3] = (rgba[:, 3, None] * strength).astype(np.uint8)[..., None]
        if is_soft:
            paint[..., (0, 3), 3] = 0
        sheets.append((ribbons.points[:, :, None, :] + side[:, :, None, :] * offset[..., None], paint))
    points = np.stack([one for one, _ in sheets], axis=1)
    paint = np.stack([one for _, one in sheets], axis=1)
    is_seen = np.isfinite(points).all(axis=(3, 4)) & (depth > 0)[:, None, :]
    cells = _strips(m, len(sheets), s, is_seen, corners=4 if is_soft else 2)
    return Drawn(np.nan_to_num(points).reshape(-1, 3), paint.reshape(-1, 4), cells)


def _across(px: FloatArray) -> FloatArray:
    """Return the unit direction across each curve (m, s, 2) in the picture."""
    step = np.diff(px, axis=1)
    size = np.hypot(step[..., 0], step[..., 1])[..., None]
    step = np.where(size > 1e-9, step / np.maximum(size, 1e-9), np.nan)
    before = np.concatenate([step[:, :1], step], axis=1)
    after = np.concatenate([step, step[:, -1:]], axis=1)
    both = np.where(np.isnan(before), after, np.where(np.isnan(after), before, before + after))
    length = np.hypot(both[..., 0], both[..., 1])[..., None]
    along = np.where(length > 1e-9, both / np.maximum(length, 1e-9), np.array([1.0, 0.0]))
    return np.stack([-along[..., 1], along[..., 0]], axis=-1)


def _strips(
    m: int, sheets: int, s: int, is_seen: npt.NDArray[np.bool_], *, corners: int
) -> npt.NDArray[np.int64]:  # fmt: skip
    """Return the triangles of m curves of so many sheets of s stations of two or four corners; curve by curve."""
    a, n = np.arange(s - 1)[:, None] * corners + np.arange(corners - 1)[None], corners
    one = np.stack([np.stack([a, a + 1, a + n], -1), np.stack([a + 1, a + n + 1, a + n], -1)], axis=2)
    base = (np.arange(m * sheets) * (s * corners)).reshape(m, sheets)[:, :, None, None, None, None]
    cells = base + one[None, None]
    keeps = is_seen[:, :, :-1] & is_seen[:, :, 1:]
    return np.asarray(cells[keeps].reshape(-1, 3), np.int64)


def dots(middle: FloatArray, radius_px: float, rgba: Rgba, camera: Camera, size_px: Size) -> Drawn:
    """Return a round spot for each place (m, 3) that faces the eye."""
    depth = project(camera, size_px, middle)[1]
    middle, rgba, depth = middle[depth > 0], rgba[depth > 0], depth[depth > 0]
    right, up, _ = basis(camera)
    angle = np.arange(DOT_CORNERS) * 2 * np.pi / DOT_CORNERS
    circle = np.cos(angle)[:, None] * right + np.sin(angle)[:, None] * up
    size = radius_px * metres_per_pixel(camera, size_px, 1.0) * (np.ones_like(depth) if camera.is_parallel else depth)
    points = middle[:, None, :] + circle[None] * size[:, None, None]
    fan = np.array([[0, k, k + 1] for k in range(1, DOT_CORNERS - 1)])
    cells = fan[None] + (np.arange(len(middle)) * DOT_CORNERS)[:, None, None]
    return Drawn(points.reshape(-1, 3), np.repeat(rgba, DOT_CORNERS, axis=0), cells.reshape(-1, 3))
