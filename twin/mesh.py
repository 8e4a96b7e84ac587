"""Pieces of a layer as plain triangles, lines or points: what drawing makes and exports write."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, slots=True)
class MeshPart:
    """Some rows of a layer, in space."""

    origin_local: tuple[float, float, float]
    """Where (0, 0, 0) of the points lies: local metres, z above the ground's datum."""
    points: npt.NDArray[np.float32]
    """(p, 3) east, north and up from there, metres; a point belongs to one row."""
    simplices: npt.NDArray[np.int32]
    """(s, 3) triangles that face outward, (s, 2) lines or (s, 1) points: places in points."""
    row: npt.NDArray[np.int32]
    """(p,) table row of each point."""
    walls: int = 0
    """So many of the first triangles come in pairs, each pair a rectangle: corners (0, 1, 2) and (0, 2, 5)."""
    is_prism: bool = False
    """Whether all triangles after the walls lie level."""
    tile: int = 0
    """The tile of the layer it is; 0 for a layer that has none."""
    parent: int = -1
    """The tile above it."""
    prominence_m: float = 0.0
    """How far the most prominent of it shows: an error of that many metres, while it is not drawn."""


@dataclass(frozen=True, slots=True)
class Coating:
    """How the parts of a layer look in an export."""

    name: str
    rgba: tuple[float, float, float, float] = field(default=(0.8, 0.8, 0.8, 1.0))
    """Linear, 0 to 1."""
