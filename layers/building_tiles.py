"""What the visual of buildings keeps: the tiles it has drawn, and the colours of their rows."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from vtkmodules.vtkRenderingCore import vtkActor


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
