"""Three-dimensional city models as values: the surfaces of city objects as ragged arrays, and what is known of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
import numpy.typing as npt

from twin.table import Table


class Semantics(IntEnum):
    """What a surface is of its object. source: CityGML 2.0 and 3.0, CityJSON 2.0."""

    GROUND = 0
    WALL = 1
    ROOF = 2
    CLOSURE = 3
    OUTER_FLOOR = 4
    OUTER_CEILING = 5
    WINDOW = 6
    DOOR = 7
    OTHER = 8
    """The file says something else: a lane of a road, the surface of water."""
    UNSTATED = 9
    """The file says nothing."""
    WATER = 10
    TRAFFIC = 11
    """Where traffic runs: lanes, tracks, paths."""
    BESIDE_TRAFFIC = 12
    """Kerbs, islands and green beside where traffic runs."""
    TERRAIN = 13
    PLANT = 14
    INSTALLATION = 15
    """Chimneys, balconies, outer stairs: parts of an object that bound nothing."""


@dataclass(frozen=True, slots=True)
class Surfaces:
    """Plane faces in space. A geometry has surfaces, a surface has rings, a ring has corners."""

    xyz: npt.NDArray[np.float64]
    """(v, 3) the file's CRS, x to the east and y to the north, or longitude and latitude; z in metres."""
    corner: npt.NDArray[np.int32]
    """(c,) vertex of each corner; rings are open (no repeated last corner)."""
    ring_start: npt.NDArray[np.int32]
    """(r + 1,) first corner of each ring; a ring has at least three."""
    surface_start: npt.NDArray[np.int32]
    """(s + 1,) first ring of each surface, its outer one; holes follow."""
    semantics: npt.NDArray[np.uint8]
    """(s,) Semantics."""
    geometry: npt.NDArray[np.int32]
    """(s,) number of the geometry it belongs to; ascending."""
    geometry_object: npt.NDArray[np.int32]
    """(g,) number of the city object."""
    geometry_lod: npt.NDArray[np.float32]
    """(g,) level of detail, such as 2 or 2.2; NaN where it is not stated."""
    is_solid: npt.NDArray[np.bool_]
    """(g,) whether the surfaces close a solid, and so face outward."""

    def __len__(self) -> int:
        """Return the number of surfaces."""
        return len(self.semantics)

    @property
    def nbytes(self) -> int:
        """Return the bytes held by the arrays."""
        return sum(getattr(self, name).nbytes for name in self.__slots__)


@dataclass(frozen=True, slots=True)
class Bodies:
    """The bodies of a layer's rows, ready to be drawn: plain arrays, so that processes can share them.

    A row has surfaces, a surface has rings, a ring has corners; a corner belongs to one surface only.
    """

    body_offset: npt.NDArray[np.float32]
    """(c, 3) each corner from its row's anchor, metres; rings are open, holes run the other way round."""
    body_ring_start: npt.NDArray[np.int32]
    """(r + 1,) first corner of each ring."""
    body_surface_start: npt.NDArray[np.int32]
    """(s + 1,) first ring of each surface."""
    body_row_start: npt.NDArray[np.int32]
    """(rows + 1,) first surface of each table row."""
    body_semantics: npt.NDArray[np.uint8]
    """(s,) Semantics."""
    body_levels: npt.NDArray[np.uint16]
    """(s,) bit i is set where the surface is drawn at level of detail i; bit FINEST_BIT where the finest is asked for.
    """
    body_anchor: npt.NDArray[np.float64]
    """(rows, 3) local metres; z is the row's lowest corner above the zero of the CRS, and is drawn at the ground."""
    body_lods: npt.NDArray[np.float32]
    """(k,) the levels of detail there are, ascending."""

    def bit_of(self, lod: str) -> int:
        """Return the bit of a level of detail as a person writes it; "" is the finest, so is what is not there."""
        try:
            wanted = float(lod)
        except ValueError:
            return FINEST_BIT
        found = np.flatnonzero(np.isclose(self.body_lods, wanted, atol=1e-3))
        return int(found[0]) if len(found) else FINEST_BIT

    @property
    def nbytes(self) -> int:
        """Return the bytes held by the arrays."""
        return sum(getattr(self, name).nbytes for name in self.__slots__)


RELIEF = ("TINRelief", "ReliefFeature", "RasterRelief", "MassPointRelief", "BreaklineRelief")
"""Types of objects that are the ground itself."""
FINEST_BIT = 15
MOST_LODS = 15


def lod_name(lod: float) -> str:
    """Return a level of detail as people write it: "2", "1.3"."""
    return f"{round(float(lod), 3):g}"


@dataclass(frozen=True, slots=True)
class CityModel:
    """Everything a city model file holds that citytwin takes from it."""

    surfaces: Surfaces
    ids: tuple[str, ...]
    """(n,) of the city objects, in the file's order."""
    types: tuple[str, ...]
    """The different types there are, such as "Building"."""
    object_type: npt.NDArray[np.int32]
    """(n,) place in types."""
    parent: npt.NDArray[np.int32]
    """(n,) the object it is a part of; -1 for none."""
    tables: Mapping[str, Table]
    """By type: the attributes; row i belongs to the i-th object of that type."""
    crs: str | None
    """As a form that PROJ knows, vertical part included; None if it is not stated."""

    def __len__(self) -> int:
        """Return the number of city objects."""
        return len(self.ids)

    def counts(self) -> dict[str, int]:
        """Return how many objects there are of each type, the most frequent first."""
        count = np.bincount(self.object_type, minlength=len(self.types))
        return {self.types[t]: int(count[t]) for t in np.argsort(-count, kind="stable")}

    def lods(self) -> tuple[float, ...]:
        """Return the levels of detail there are, in their order."""
        stated = np.unique(self.surfaces.geometry_lod[np.unique(self.surfaces.geometry)])
        return tuple(round(float(lod), 3) for lod in stated if np.isfinite(lod))
