"""The bodies of a city model to triangles: each surface is cut in its own plane, all of them at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from layers.triangulate import triangulate
from twin.buildings import Outlines
from twin.models import Bodies

Indices = npt.NDArray[np.int32]
Doubles = npt.NDArray[np.float64]

NO_AREA_M2 = 1e-6
"""A surface whose corners lie on a line has nothing to be drawn."""


@dataclass(frozen=True, slots=True)
class BodyMesh:
    """Triangles of some rows' bodies."""

    points: npt.NDArray[np.float32]
    """(p, 3) metres from the origin asked for; each belongs to one surface."""
    faces: Indices
    """(f, 3)."""
    vertex_row: Indices
    """(p,) place of the row among those asked for."""
    vertex_means: npt.NDArray[np.uint8]
    """(p,) Semantics."""


def body_mesh(bodies: Bodies, rows: Indices, bit: int, origin_local: tuple[float, float]) -> BodyMesh:
    """Return the triangles of some rows.

    rows    (n,) table rows
    bit     the level of detail, as a bit of Bodies.body_levels
    origin  where the points' x and y of 0 lie, local metres; the rows' lowest corners come to z = 0
    """
    count = np.diff(bodies.body_row_start)[rows]
    surface, _ = _runs(bodies.body_row_start[rows], count)
    place = np.repeat(np.arange(len(rows), dtype=np.int32), count)
    is_drawn = (bodies.body_levels[surface] >> np.uint16(bit)) & np.uint16(1) > 0
    surface, place = surface[is_drawn], place[is_drawn]
    rings = np.diff(bodies.body_surface_start)[surface]
    ring, surface_start = _runs(bodies.body_surface_start[surface], rings)
    corner, ring_start = _runs(bodies.body_ring_start[ring], np.diff(bodies.body_ring_start)[ring])
    per_surface = np.diff(ring_start[surface_start])
    near = bodies.body_offset[corner]
    faces = cut_surfaces(near, ring_start, surface_start)
    vertex_row = np.repeat(place, per_surface)
    shift = np.zeros((len(rows), 3), np.float32)
    shift[:, :2] = bodies.body_anchor[rows, :2] - np.asarray(origin_local)
    means = np.repeat(bodies.body_semantics[surface], per_surface)
    return BodyMesh(near + shift[vertex_row], faces, vertex_row, means)


def cut_surfaces(points: npt.NDArray[np.floating], ring_start: Indices, surface_start: Indices) -> Indices:
    """Return triangles (f, 3) that cover surfaces in space; they face the way the outer ring turns.

    points          (c, 3) corners, ring after ring, near the origin
    ring_start      (r + 1,) first corner of each ring
    surface_start   (s + 1,) first ring of each surface, the outer one
    """
    if len(surface_start) < 2:
        return np.empty((0, 3), np.int32)
    corner_start = ring_start[surface_start]
    flat, doubled = _in_their_planes(points, ring_start, surface_start, corner_start)
    is_cut = doubled > 2 * NO_AREA_M2
    is_cut &= np.isfinite(doubled)
    triangles = np.diff(corner_start) == 3
    pieces = [(corner_start[:-1][triangles & is_cut][:, None] + np.arange(3)).astype(np.int32)]
    rest = np.flatnonzero(is_cut & ~triangles)
    if len(rest):
        pieces.append(_cut_in_plane(flat, ring_start, surface_start, rest))
    return np.ascontiguousarray(np.concatenate(pieces), np.int32)


def _cut_in_plane(flat: Doubles, ring_start: Indices, surface_start: Indices, rest: npt.NDArray[np.intp]) -> Indices:
    """Return the triangles of some surfaces whose corners are given in their own planes (c, 2)."""
    ring, part_start = _runs(surface_start[rest], np.diff(surface_start)[rest])
    corner, start = _runs(ring_start[ring], np.diff(ring_start)[ring])
    xy = flat[corner]
    is_outer = np.zeros(len(ring), bool)
    is_outer[part_start[:-1]] = True
    turned = _turned_holes(xy, start, is_outer)
    outlines = Outlines(xy[turned], start, part_start, np.arange(len(rest) + 1, dtype=np.int32))
    faces = triangulate(outlines).faces
    return corner[turned[faces]]


def _turned_holes(xy: Doubles, ring_start: Indices, is_outer: npt.NDArray[np.bool_]) -> Indices:
    """Return the order of the corners in which holes run clockwise and outer rings the other way."""
    order = np.arange(len(xy), dtype=np.int32)
    if is_outer.all():
        return order
    after = order + 1
    after[ring_start[1:] - 1] = ring_start[:-1]
    doubled = np.add.reduceat(xy[:, 0] * xy[after, 1] - xy[:, 1] * xy[after, 0], ring_start[:-1])
    wrong = ~is_outer & (doubled > 0)
    ring = np.repeat(np.arange(len(is_outer)), np.diff(ring_start))
    mirrored = ring_start[:-1][ring] + ring_start[1:][ring] - 1 - order
    return np.where(wrong[ring], mirrored, order).astype(np.int32)


def _in_their_planes(
    points: npt.NDArray[np.floating], ring_start: Indices, surface_start: Indices, corner_start: Indices
) -> tuple[Doubles, Doubles]:
    """Return each corner in the best plane of its surface (c, 2), and twice each outer ring's area (s,).

    source   Newell's method: the sum of the cross products along a ring is its normal, also where it is not plane
    """
    per_surface = np.diff(corner_start)
    local = points.astype(np.float64)
    local -= np.repeat(local[corner_start[:-1]], per_surface, axis=0)
    after = np.arange(1, len(points) + 1)
    after[ring_start[1:] - 1] = ring_start[:-1]
    crossed = _cross(local, local[after])
    normal = np.add.reduceat(crossed, ring_start[:-1], axis=0)[surface_start[:-1]]
    length = np.sqrt((normal**2).sum(axis=1))
    with np.errstate(divide="ignore", invalid="ignore"):
        normal /= length[:, None]
    normal[~(length > 0)] = (0.0, 0.0, 1.0)
    east = np.zeros_like(normal)
    is_level = np.abs(normal[:, 2]) > 0.9
    east[is_level, 0] = 1.0
    east[~is_level, 2] = 1.0
    across = _cross(normal, east)
    across /= np.sqrt((across**2).sum(axis=1))[:, None]
    along = _cross(across, normal)
    u = np.einsum("ij,ij->i", local, np.repeat(along, per_surface, axis=0))
    v = np.einsum("ij,ij->i", local, np.repeat(across, per_surface, axis=0))
    return np.column_stack([u, v]), length


def _cross(a: Doubles, b: Doubles) -> Doubles:
    """Return cross products (n, 3); several times faster than NumPy's."""
    out = np.empty_like(a)
    out[:, 0] = a[:, 1] * b[:, 2] - a[:, 2] * b[:, 1]
    out[:, 1] = a[:, 2] * b[:, 0] - a[:, 0] * b[:, 2]
    out[:, 2] = a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]
    return out


def _runs(start: npt.NDArray[np.integer], count: npt.NDArray[np.integer]) -> tuple[Indices, Indices]:
    """Return the numbers of all members of runs [start, start + count), and where each run begins now."""
    begin = np.zeros(len(count) + 1, np.int32)
    np.cumsum(count, out=begin[1:])
    members = np.arange(int(begin[-1]), dtype=np.int32)
    members += np.repeat((start - begin[:-1]).astype(np.int32), count)
    return members, begin
