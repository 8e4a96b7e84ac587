"""Fine dark lines along the edges of near buildings, found in the depth buffer of a resting picture.

On a plane the reciprocal of the distance is linear across the picture, in perspective and (as depth itself) in parallel
views. Where its second difference is not zero there is a crease or an outline, whichever way the surfaces are turned.
"""

from __future__ import annotations

from math import tan

import numpy as np
import numpy.typing as npt

from layers.look import Rgb
from twin.session import Camera

LINES_OF_UNIT = 720
"""Lines are one pixel wide in a picture of this height, and in proportion in others."""
FULL_AT = 1.1e-3
"""Relative bend of the surface, a pixel to the next, that gives the darkest line."""
DARKEST = 0.42
FADES_PX_PER_M = (0.7, 2.4)
"""Lines begin where a metre shows this large, and are full where it shows that large: far cities stay light."""


def draw_edges(
    picture: npt.NDArray[np.uint8],
    depth: npt.NDArray[np.float32],
    camera: Camera,
    clip_m: tuple[float, float],
    color: Rgb,
    ground: npt.NDArray[np.float32] | None = None,
) -> npt.NDArray[np.uint8]:
    """Return the picture with lines along the edges.

    picture   (h, w, 3) uint8
    depth     (h, w) as OpenGL gives it: 0 at the near end of clip_m, 1 at the far one
    ground    (h, w) the same of the ground alone: where nothing stands before it, hills get no lines; None draws all
    """
    height = picture.shape[0]
    near_m, far_m = clip_m
    if camera.is_parallel:
        place = depth * np.float32((far_m - near_m) / camera.distance_m)
        distance: npt.NDArray[np.float32] = np.full((1, 1), camera.distance_m, np.float32)
        bend = _bend(place, max(round(height / LINES_OF_UNIT), 1))
    else:
        place = np.float32(1 / near_m) - depth * np.float32(1 / near_m - 1 / far_m)
        np.maximum(place, np.float32(1 / far_m), out=place)
        distance = np.reciprocal(place)
        bend = _bend(place, max(round(height / LINES_OF_UNIT), 1))
        bend *= distance
    px_per_m = np.float32(height / (2 * tan(camera.view_angle_rad / 2))) / distance
    low, high = FADES_PX_PER_M
    strength = np.clip(bend * np.float32(1 / FULL_AT) * (LINES_OF_UNIT / height), 0, 1)
    strength *= np.clip((px_per_m * np.float32(LINES_OF_UNIT / height) - low) / (high - low), 0, 1)
    strength *= np.float32(DARKEST)
    if ground is not None and ground.shape == depth.shape:
        strength *= _grown(depth < ground, max(round(height / LINES_OF_UNIT), 1))
    drawn = strength > 0.01
    lined = picture.copy()
    share = strength[drawn][:, None]
    ink = np.array(color, np.float32) * 255
    lined[drawn] = (picture[drawn] * (1 - share) + ink * share + np.float32(0.5)).astype(np.uint8)
    return lined


def _grown(mask: npt.NDArray[np.bool_], step: int) -> npt.NDArray[np.bool_]:
    """Return where a mask is true, or is true so many pixels beside."""
    grown = mask.copy()
    grown[:, step:] |= mask[:, :-step]
    grown[:, :-step] |= mask[:, step:]
    grown[step:] |= mask[:-step]
    grown[:-step] |= mask[step:]
    return grown


def _bend(place: npt.NDArray[np.float32], step: int) -> npt.NDArray[np.float32]:
    """Return the greater of the absolute second differences across and down, 0 along the border."""
    bend = np.zeros_like(place)
    inner = place[:, step:-step]
    across = np.abs(place[:, 2 * step :] + place[:, : -2 * step] - 2 * inner)
    bend[:, step:-step] = across
    down = np.abs(place[2 * step :] + place[: -2 * step] - 2 * place[step:-step])
    np.maximum(bend[step:-step], down, out=bend[step:-step])
    return bend
