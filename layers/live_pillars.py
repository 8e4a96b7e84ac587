"""Columns as round pillars: darker towards the foot, a pale rim around the top, so that heights can be compared."""

from __future__ import annotations

import numpy as np

from layers.live_shapes import Drawn, FloatArray, Rgba

MOST_PILLARS = 5_000
"""Of more columns than this the plain ones are drawn."""
_SIDES = 14
_CIRCLE = np.array([[np.sin(a), np.cos(a)] for a in (np.arange(_SIDES) + 0.5) * 2 * np.pi / _SIDES])
_SIDE_LIGHT = 0.70 + 0.26 * (_CIRCLE @ np.array([-0.6, -0.8]))
"""Lit from the south-west, as the city is."""
_FOOT_LIGHT, _INSET = 0.62, 0.74
_PALE = 0.72
"""How far the rim's colour goes towards white."""


def pillars(points: FloatArray, radius_m: FloatArray, height_m: FloatArray, rgba: Rgba) -> Drawn:
    """Return a pillar for each place: points (n, 3), radius and height (n,) metres, rgba (n, 4)."""
    n, s = len(points), _SIDES
    ring = points[:, None, :2] + _CIRCLE[None] * radius_m[:, None, None]
    inner = points[:, None, :2] + _CIRCLE[None] * (radius_m * _INSET)[:, None, None]
    foot, head = points[:, 2, None], points[:, 2, None] + height_m[:, None]
    placed, light = np.empty((n, 5 * s, 3)), np.ones((5 * s, 1), np.float32)
    for place, xy, z in ((0, ring, foot), (1, ring, head), (2, ring, head), (3, inner, head), (4, inner, head)):
        placed[:, place * s : (place + 1) * s, :2], placed[:, place * s : (place + 1) * s, 2] = xy, z
    light[:s, 0], light[s : 2 * s, 0] = _SIDE_LIGHT * _FOOT_LIGHT, _SIDE_LIGHT
    colours = np.repeat(rgba[:, None], 5 * s, axis=1).astype(np.float32)
    colours[..., :3] *= light[None]
    pale = slice(2 * s, 4 * s)
    colours[:, pale, :3] = colours[:, pale, :3] * (1 - _PALE) + 255 * _PALE
    k = np.arange(s)
    after = (k + 1) % s
    strips = [
        np.concatenate([np.stack([a + k, a + after, b + after], 1), np.stack([a + k, b + after, b + k], 1)])
        for a, b in ((0, s), (2 * s, 3 * s))
    ]
    lid = np.array([[4 * s, 4 * s + i + 1, 4 * s + i] for i in range(1, s - 1)])
    cells = np.concatenate([*strips, lid])
    every = cells[None] + (np.arange(n) * 5 * s)[:, None, None]
    return Drawn(placed.reshape(-1, 3), colours.reshape(-1, 4).astype(np.uint8), every.reshape(-1, 3))
