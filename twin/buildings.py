"""The city's buildings as columns: ragged outline arrays, heights, and the row each one came from."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
import numpy.typing as npt


class HeightSource(IntEnum):
    """Where a building's height came from; kept for every building, shown in inspector and legend."""

    MEASURED = 0
    """A usable number in a height column."""
    ROOF_MINUS_GROUND = 1
    """The difference of a roof and a ground elevation column."""
    RASTER = 2
    """What stands on the ground inside the footprint by rasters: a surface less a terrain, or heights above ground."""
    CORRECTED = 3
    """Set right by hand in the project; the file says another height."""
    STOREYS = 4
    """Storeys times a storey height: an estimate."""
    USE_DEFAULT = 5
    """A default for the building's use: an estimate."""
    DEFAULT = 6
    """One default for all: an estimate."""


FIRST_ESTIMATE = HeightSource.STOREYS
"""This source and those after it are estimates, and are marked as such wherever they are shown."""


@dataclass(frozen=True, slots=True)
class Outlines:
    """Polygons as ragged arrays. Feature i has parts, a part has rings, a ring has vertices."""

    xy: npt.NDArray[np.floating]
    """(v, 2) metres; rings are open (no repeated last vertex); a part's outer ring comes first, counter-clockwise, its
    holes clockwise."""
    ring_start: npt.NDArray[np.integer]
    """(r + 1,) first vertex of each ring."""
    part_start: npt.NDArray[np.integer]
    """(p + 1,) first ring of each part (its outer ring)."""
    feature_start: npt.NDArray[np.integer]
    """(n + 1,) first part of each feature."""

    def __len__(self) -> int:
        """Return the number of features."""
        return len(self.feature_start) - 1

    @property
    def nbytes(self) -> int:
        """Return the bytes held by the arrays."""
        return self.xy.nbytes + self.ring_start.nbytes + self.part_start.nbytes + self.feature_start.nbytes


@dataclass(frozen=True, slots=True)
class Buildings:
    """Some of a layer's buildings (those of one tile, or all), ready to be raised."""

    origin_local: tuple[float, float]
    """Where the outlines' (0, 0) lies in the local frame, float64 metres."""
    outlines: Outlines
    """Outlines in float32 metres from origin_local."""
    base_m: npt.NDArray[np.float32]
    """(n,) underside above the ground; 0 for most."""
    height_m: npt.NDArray[np.float32]
    """(n,) top above the ground, greater than base_m."""
    row: npt.NDArray[np.int32]
    """(n,) row of the layer's table."""

    def __len__(self) -> int:
        """Return the number of buildings."""
        return len(self.row)

    @property
    def nbytes(self) -> int:
        """Return the bytes held by the arrays."""
        return self.outlines.nbytes + self.base_m.nbytes + self.height_m.nbytes + self.row.nbytes
