"""What the visual of buildings keeps: the tiles it has drawn, and the colours of their rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
from vtkmodules.vtkRenderingCore import vtkActor

from layers.feet import stood
from layers.look import Look
from layers.mesh_actor import mesh_actor, stand_up


@dataclass(slots=True)
class TileMesh:
    """One tile at one level, drawn or ready to be."""

    actor: vtkActor
    faces: npt.NDArray[np.int32]
    vertex_place: npt.NDArray[np.integer]
    paint_number: int
    mask_number: int
    triangles: int
    last_used: int = 0
    vertex_means: npt.NDArray[np.uint8] | None = None
    """What the surface of each vertex is; None for plain blocks."""
    wears: npt.NDArray[np.uint8] | None = None
    """The colours of its buildings as they were painted last, (n, 3)."""
    shows: npt.NDArray[np.bool_] | None = None
    """Which of its buildings it showed when its mask was made last, (n,); None for all."""
    feet: npt.NDArray[np.float32] | None = None
    """Where its buildings stand, local metres, (n,); None on flat ground."""


@dataclass(slots=True)
class RowPaint:
    """Colours of the table's rows and which are shown; the numbers tell whether a mesh wears them yet."""

    rgb: npt.NDArray[np.uint8]
    is_shown: npt.NDArray[np.bool_] | None
    opacity: float = 1.0
    paint_number: int = 0
    mask_number: int = 0
    tile_number: dict[int, int] = field(default_factory=dict)
    """Tiles whose selected buildings changed after the last painting."""


def tile_actor(
    arrays: Mapping[str, npt.NDArray[Any]],
    rgb: npt.NDArray[np.uint8],
    position: tuple[float, float, float],
    foot_m: npt.NDArray[np.float32] | None,
    look: Look,
) -> vtkActor:
    """Return a hidden actor for what a worker has made of a tile.

    rgb      (p, 3) the colour of each vertex
    foot_m   (p,) where the building of each vertex stands, local metres; None on flat ground
    """
    points, above_m = arrays["points"], None
    if foot_m is not None:
        points, above_m = stood(points, foot_m)
    shader = look.solid if above_m is None else look.standing
    is_closed = arrays.get("vertex_means") is None
    actor = mesh_actor(points, arrays["faces"], rgb, position=position, shader=shader, is_closed=is_closed)
    if above_m is not None:
        stand_up(actor, above_m)
    actor.VisibilityOff()
    return actor


def is_same_mask(one: npt.NDArray[np.bool_] | None, other: npt.NDArray[np.bool_] | None) -> bool:
    """Return whether two masks show the same; None shows all."""
    return one is other or (one is not None and other is not None and np.array_equal(one, other))


def painted_over(
    rgb: npt.NDArray[np.uint8], rows: npt.NDArray[np.int64], colour: tuple[float, float, float]
) -> npt.NDArray[np.uint8]:
    """Return the colours of rows (n, 3), some of them in another colour (0 to 1); the same array for none."""
    if not len(rows):
        return rgb
    painted = rgb.copy()
    painted[rows] = (np.array(colour) * 255).round().astype(np.uint8)
    return painted
