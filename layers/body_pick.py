"""Where a ray meets the bodies of a city model: which row, and which of its surfaces."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import numpy.typing as npt

from layers.model_mesh import BodyMesh, body_mesh
from twin.models import Bodies

Floats = npt.NDArray[np.floating]

ROWS_KEPT = 512
"""Rows whose triangles are kept for the next pick: the pointer moves little between two."""


class BodyRays:
    """Meets one layer's bodies with rays, row by row."""

    def __init__(self, bodies: Bodies) -> None:
        """Look at the bounds of all rows; triangles are made when a ray comes near."""
        self._bodies = bodies
        self.bounds = row_bounds(bodies)
        """(rows, 6) west, south, bottom, east, north, top; local metres, NaN where a row has no body."""
        self._mesh = lru_cache(ROWS_KEPT)(self._made)

    def _made(self, row: int, bit: int) -> BodyMesh:
        x, y, _ = self._bodies.body_anchor[row]
        return body_mesh(self._bodies, np.array([row], np.int32), bit, (float(x), float(y)))

    def meets(self, row: int, lod: str, origin: Floats, direction: Floats) -> tuple[float, int] | None:
        """Return the distance to a row's body, and what the surface met is; infinity where the ray passes by it.

        returns   None for a row without a body at this level of detail
        """
        mesh = self._mesh(row, self._bodies.bit_of(lod))
        if not len(mesh.faces):
            return None
        x, y, _ = self._bodies.body_anchor[row]
        distance, face = triangle_distance(mesh.points[mesh.faces], origin - (x, y, 0.0), direction)
        return distance, int(mesh.vertex_means[mesh.faces[face, 0]]) if face >= 0 else -1


def triangle_distance(corners: Floats, start: Floats, direction: Floats) -> tuple[float, int]:
    """Return the distance to the nearest triangle (n, 3, 3) a ray meets, and which it is; infinity and -1 for none.

    source   T. Moeller and B. Trumbore, Fast, Minimum Storage Ray/Triangle Intersection, 1997
    """
    a, b, c = np.moveaxis(corners.astype(np.float64), 1, 0)
    along, across = b - a, c - a
    side = np.cross(direction, across)
    flat = np.einsum("ij,ij->i", along, side)
    with np.errstate(divide="ignore", invalid="ignore"):
        gap = start - a
        u = np.einsum("ij,ij->i", gap, side) / flat
        turned = np.cross(gap, along)
        v = turned @ direction / flat
        distance = np.einsum("ij,ij->i", across, turned) / flat
        is_met = (u >= 0) & (v >= 0) & (u + v <= 1) & (distance > 0)
    if not is_met.any():
        return float("inf"), -1
    place = np.flatnonzero(is_met)[distance[is_met].argmin()]
    return float(distance[place]), int(place)


def row_bounds(bodies: Bodies) -> npt.NDArray[np.float64]:
    """Return what each row's body fills (rows, 6), local metres above the ground; NaN for a row without one."""
    corner = bodies.body_ring_start[bodies.body_surface_start[bodies.body_row_start]]
    bounds = np.full((len(corner) - 1, 6), np.nan)
    has = np.flatnonzero(np.diff(corner) > 0)
    if len(has):
        ground = bodies.body_anchor[has] * (1.0, 1.0, 0.0)
        bounds[has, :3] = np.minimum.reduceat(bodies.body_offset, corner[has]) + ground
        bounds[has, 3:] = np.maximum.reduceat(bodies.body_offset, corner[has]) + ground
    return bounds
