"""A raster of values on the ground."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True)
class Surface:
    """A raster on the ground in the city's CRS."""

    values: npt.NDArray[np.floating]
    """(rows, columns); row 0 is the northernmost; NaN is nothing there."""
    west_m: float
    north_m: float
    """The outer corner of values[0, 0]."""
    cell_m: float
