"""Plain points, lines and polygons of a layer as ragged arrays, at ground level or raised by a column."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from twin.buildings import Outlines
from twin.place import Area


@dataclass(frozen=True, slots=True)
class Points:
    """Points: feature i may have several."""

    xy_local: npt.NDArray[np.float64]
    """(p, 2) metres in the local frame."""
    row: npt.NDArray[np.int32]
    """(p,) row of the layer's table for each point."""


@dataclass(frozen=True, slots=True)
class Lines:
    """Polylines: feature i may have several."""

    xy_local: npt.NDArray[np.float64]
    """(v, 2) metres in the local frame."""
    line_start: npt.NDArray[np.int64]
    """(l + 1,) first vertex of each polyline."""
    row: npt.NDArray[np.int32]
    """(l,) row of the layer's table for each polyline."""


@dataclass(frozen=True, slots=True)
class Polygons:
    """Flat polygons."""

    outlines: Outlines
    """Outlines in float64 metres, local frame."""
    row: npt.NDArray[np.int32]
    """(n,) row of the layer's table for each feature."""


Features = Points | Lines | Polygons


def area_of(features: Features) -> Area:
    """Return the bounding area of all vertices, local metres."""
    xy = features.outlines.xy if isinstance(features, Polygons) else features.xy_local
    (west, south), (east, north) = xy.min(axis=0), xy.max(axis=0)
    return Area(float(west), float(south), float(east), float(north))
