"""Which tiles to draw, and how finely, so that a frame stays within its budget of triangles.

Every tile can be left out, drawn as boxes, or drawn in full. Leaving a tile out costs an error on the screen of about
the size of its most prominent building there; drawing it as boxes leaves an error of the size of a bay or a corner.
The budget goes to the greatest screen-space errors first. Because a tile's buildings are more prominent than those of
the tiles below it, and lie around them, no tile is ever chosen without the tiles above it.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import tan

import numpy as np
import numpy.typing as npt

from layers.look import view_rotation
from twin.session import Camera
from twin.tiles import TileIndex

OUT, BOX, FULL = 0, 1, 2
BOX_TRIANGLES = 10
FULL_TRIANGLES = 23
"""Triangles of a mean building, for sources that do not tell."""
SHAPE_ERROR_M = 1.6
"""What a box gets wrong about a mean outline."""
USUAL_DISTANCE = 0.05
"""How far a usual building of a tile that holds the eye is, in diagonals of the tile."""
LEAST_ERROR_PX = 0.3
"""What is smaller is not drawn even where the budget would allow it."""
SKYLINE_PX = 1e6
"""Added to the error of leaving out tiles with the tallest buildings: what makes the skyline stands before all else."""


@dataclass(frozen=True, slots=True)
class Choice:
    """How each tile is to be drawn, and what is on screen."""

    level: npt.NDArray[np.uint8]
    """(t,) OUT, BOX or FULL."""
    is_in_view: npt.NDArray[np.bool_]
    """(t,) whether any of it can be seen."""
    px_per_m: npt.NDArray[np.float64]
    """(t,) size on screen of a metre at the tile's nearest point."""
    error_px: float
    """The greatest screen-space error that was left because of the budget."""


def _scale(camera: Camera, height_px: int, bounds: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    half = tan(camera.view_angle_rad / 2)
    if camera.is_parallel:
        return np.full(len(bounds), height_px / (2 * half * camera.distance_m))
    eye = np.array(camera.eye_local)
    gap = np.maximum(np.maximum(bounds[:, :3] - eye, eye - bounds[:, 3:]), 0.0)
    distance = np.maximum(np.sqrt((gap * gap).sum(axis=1)), 1.0)
    scale: npt.NDArray[np.float64] = height_px / (2 * half * distance)
    return scale


def _usual(scale: npt.NDArray[np.float64], camera: Camera, height_px: int, index: TileIndex) -> npt.NDArray[np.float64]:
    """Return the size on screen of a metre at a usual building of each tile, rather than at its nearest point.

    A tile near the root reaches over the whole city: few of its buildings stand where it is nearest to the eye, and all
    of them in full would take the budget from those that do.
    """
    if camera.is_parallel:
        return scale
    width_m = index.bounds[:, 3:5] - index.bounds[:, 0:2]
    usual_m = USUAL_DISTANCE * np.hypot(width_m[:, 0], width_m[:, 1])
    farthest = height_px / (2 * tan(camera.view_angle_rad / 2) * np.maximum(usual_m, 1.0))
    smaller: npt.NDArray[np.float64] = np.minimum(scale, farthest)
    return smaller


def in_view(camera: Camera, aspect: float, bounds: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
    """Return which upright boxes (t, 6) touch the view frustum (a few that do not may be among them)."""
    half = tan(camera.view_angle_rad / 2)
    into_view = view_rotation(camera)
    middle = (bounds[:, :3] + bounds[:, 3:]) / 2 - np.array(camera.eye_local)
    extent = (bounds[:, 3:] - bounds[:, :3]) / 2
    if camera.is_parallel:
        sideways = np.abs(middle @ into_view[:2].T) - extent @ np.abs(into_view[:2]).T
        half_m = half * camera.distance_m * np.array([aspect, 1.0])
        inside: npt.NDArray[np.bool_] = (sideways <= half_m).all(axis=1)
        return inside
    right, up, back = into_view
    planes = np.array([right, -right, up, -up]) / np.array([half * aspect, half * aspect, half, half])[:, None] - back
    planes = np.vstack([planes, -back])
    reach = middle @ planes.T + extent @ np.abs(planes).T
    result: npt.NDArray[np.bool_] = (reach >= 0).all(axis=1)
    return result


def _carried_up(index: TileIndex, error_px: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return each tile's error (t,), or that of a tile below it if that is greater: near ones can lie aside of it."""
    carried = error_px.copy()
    for level in range(int(index.level.max()), 0, -1):
        tiles = np.flatnonzero(index.level == level)
        np.maximum.at(carried, index.parent[tiles], carried[tiles])
    return carried


def choose(
    index: TileIndex,
    camera: Camera,
    size_px: tuple[int, int],
    *,
    budget_triangles: float,
    full_triangles: npt.NDArray[np.integer],
) -> Choice:
    """Choose how to draw each tile for this camera.

    size_px            width and height of the picture
    budget_triangles   about how many triangles may be drawn
    full_triangles     (t,) triangles of each tile drawn in full
    """
    width_px, height_px = size_px
    scale = _scale(camera, height_px, index.bounds)
    visible = in_view(camera, width_px / height_px, index.bounds)
    box_cost = index.count * BOX_TRIANGLES
    missing = np.where(visible, index.prominence_m[:, 1] * scale, 0.0)
    if len(index.has_tallest):
        missing += SKYLINE_PX * (index.has_tallest & visible)
    rough = np.where(
        visible, np.minimum(index.prominence_m[:, 1], SHAPE_ERROR_M) * _usual(scale, camera, height_px, index), 0.0
    )
    error = np.concatenate([np.where(visible, _carried_up(index, missing), 0.0), rough])
    cost = np.concatenate([box_cost, np.maximum(full_triangles - box_cost, 0)])
    order = np.argsort(-error, kind="stable")
    spent = np.cumsum(np.where(error[order] > LEAST_ERROR_PX, cost[order], 0))
    affordable = (spent <= budget_triangles) & (error[order] > LEAST_ERROR_PX)
    if visible.any() and not affordable.any():
        affordable[0] = True
    taken = np.zeros(len(error), bool)
    taken[order[affordable]] = True
    count = len(index)
    level = np.where(taken[:count], np.where(taken[count:], FULL, BOX), OUT).astype(np.uint8)
    left = error[order][~affordable]
    return Choice(level, visible, scale, float(left[0] % SKYLINE_PX) if len(left) else 0.0)
