"""What a layer looks like while some of its rows stand out: the others go most of the way to the ground's colour."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from layers.look import Rgb
from layers.visual import Paint
from twin.session import Brush

LIT = (0.05, 0.60, 0.66)
"""What rows that stand out are drawn in where no column colours the layer: its one colour may be near the ground's."""
DIMMED = 0.82
"""How far rows that do not stand out go towards the ground."""


def brushed(paint: Paint, brush: Brush, ground: Rgb) -> Paint:
    """Return a layer's paint with the rows dimmed that are not lit; the paint itself where nothing is brushed.

    A brush made for another state of the layer, with another number of rows, dims nothing.
    """
    lit = brush.is_lit
    if lit is None or brush.layer_id != paint.layer.info.id or len(lit) != len(paint.layer.table):
        return paint
    towards = (np.array(ground) * 255 * DIMMED).astype(np.uint8)
    table = (np.arange(256) * (1 - DIMMED)).astype(np.uint8)
    rgb: npt.NDArray[np.uint8] = np.broadcast_to(paint.rgb, (len(lit), 3))
    dimmed = table[rgb] + towards
    dimmed[lit] = rgb[lit] if paint.state.style.color_by else (np.array(LIT) * 255).astype(np.uint8)
    return replace(paint, rgb=dimmed, surface_rgb=None)
