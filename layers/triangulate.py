"""Outlines to flat roofs: fans for all that a fan can cover, earcut for the rest, and each roof checked."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import mapbox_earcut
import numpy as np
import numpy.typing as npt
import shapely

from twin.buildings import Outlines

Indices = npt.NDArray[np.int32]
Integers = npt.NDArray[np.integer]
Floats = npt.NDArray[np.floating]
Doubles = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

AREA_TOLERANCE_M2 = 1e-3
"""A roof may differ from its outline by this much ..."""
AREA_TOLERANCE = 1e-5
"""... and by this part of its area: rounding to float32 bends straight walls a little."""
BENT_M2 = 0.1
"""A triangle of a fan may never be turned over by more than this, however large the outline is."""


@dataclass(frozen=True, slots=True)
class Roofs:
    """Triangles that cover outlines."""

    faces: Indices
    """(t, 3) vertices of outlines.xy, counter-clockwise; the features are in no order."""
    odd: Indices
    """Features whose roof does not have the outline's area though every way was tried; the best one found is kept."""


def triangulate(outlines: Outlines) -> Roofs:
    """Cover each outline with triangles between its own vertices, using all of them; courtyards stay open.

    outlines   n features in metres; outer rings counter-clockwise, holes clockwise, no repeated last vertex
    returns    the triangles, and the features that no way of cutting could cover rightly
    source     ear clipping by mapbox_earcut; what it gets wrong, by GEOS's constrained Delaunay triangulation
    """
    xy, ring_start, part_start = outlines.xy, np.asarray(outlines.ring_start, np.int32), outlines.part_start
    if len(xy) == 0:
        return Roofs(np.empty((0, 3), np.int32), np.empty(0, np.int32))
    rings_in_part = np.diff(part_start)
    part_of_ring = np.repeat(np.arange(len(rings_in_part), dtype=np.int32), rings_in_part)
    is_plain = (rings_in_part == 1)[part_of_ring]

    is_fan = _is_fan(xy, ring_start) & is_plain
    pieces = [_fan_faces(ring_start, is_fan)]
    left = np.flatnonzero(is_plain & ~is_fan)
    if len(left):
        faces, is_cut = _fans_from_corners(xy, ring_start, left)
        pieces.append(faces)
        left = left[~is_cut]
    parts = np.concatenate([part_of_ring[left], np.flatnonzero(rings_in_part > 1)])
    if len(parts):
        faces, is_cut = _clip_ears(xy, ring_start, part_start, parts)
        pieces.append(faces)
        parts = parts[~is_cut]
    wrong = []
    for part in parts.tolist():
        faces, has_its_area = _best_cut(xy, ring_start[part_start[part] : part_start[part + 1] + 1])
        pieces.append(faces)
        if not has_its_area:
            wrong.append(part)
    odd = np.searchsorted(outlines.feature_start, np.array(wrong, np.int64), side="right") - 1
    return Roofs(np.concatenate(pieces), np.unique(odd).astype(np.int32))


def _is_fan(xy: Floats, ring_start: Indices) -> Mask:
    """Return which rings a fan from their first vertex covers: every convex one, and some others."""
    first, sizes = ring_start[:-1], np.diff(ring_start)
    x = xy[:, 0] - np.repeat(xy[first, 0], sizes)
    y = xy[:, 1] - np.repeat(xy[first, 1], sizes)
    # Twice the area of the fan's triangle (first, i, i + 1). A ring's last vertex meets the first of the next ring,
    # which is (0, 0) here, so it counts nothing.
    doubled = np.zeros_like(x)
    np.subtract(x[:-1] * y[1:], y[:-1] * x[1:], out=doubled[:-1])
    worst = np.minimum.reduceat(doubled, first)
    total = np.add.reduceat(doubled, first)
    is_fan: Mask = worst >= -2 * np.minimum(AREA_TOLERANCE_M2 + AREA_TOLERANCE * np.abs(total) / 2, BENT_M2)
    return is_fan


def _fan_faces(ring_start: Indices, is_fan: Mask) -> Indices:
    """Return the fans' triangles (t, 3) for the rings that are fans."""
    first, sizes = ring_start[:-1], np.diff(ring_start)
    is_middle = np.repeat(is_fan, sizes)
    is_middle[first] = False
    is_middle[ring_start[1:] - 1] = False
    middle = np.flatnonzero(is_middle)
    faces = np.empty((len(middle), 3), np.int32)
    faces[:, 0] = np.repeat(first[is_fan], np.maximum(sizes[is_fan] - 2, 0))
    faces[:, 1] = middle
    np.add(faces[:, 1], 1, out=faces[:, 2])
    return faces


def _fans_from_corners(xy: Floats, ring_start: Indices, rings: Integers) -> tuple[Indices, Mask]:
    """Cut the rings that a fan from their sharpest inward corner covers; return the faces, and which rings these are.

    It covers all concave quadrilaterals and L shapes.
    """
    vertices, start = _gathered(ring_start, rings, rings + 1)
    sizes = np.diff(start)
    points = xy[vertices]
    after = _following(start)
    step = points[after] - points
    corner = np.empty(len(vertices), step.dtype)
    corner[after] = step[:, 0] * step[after, 1] - step[:, 1] * step[after, 0]
    sharpest = np.minimum.reduceat(corner, start[:-1])
    candidates = np.flatnonzero(corner == np.repeat(sharpest, sizes))
    apex = candidates[np.searchsorted(candidates, start[:-1])]
    turned = np.arange(len(vertices), dtype=np.int32) + np.repeat(apex - start[:-1], sizes).astype(np.int32)
    turned -= np.where(turned >= np.repeat(start[1:], sizes), np.repeat(sizes, sizes), 0).astype(np.int32)
    is_fan = _is_fan(points[turned], start)
    return vertices[turned[_fan_faces(start, is_fan)]], is_fan


def _clip_ears(xy: Floats, ring_start: Indices, part_start: Integers, parts: Integers) -> tuple[Indices, Mask]:
    """Cut parts one by one with earcut; return the faces of those cut rightly, and which they are."""
    vertices, start = _gathered(ring_start, part_start[parts], part_start[parts + 1])
    rings, first_ring = _gathered(part_start, parts, parts + 1)
    points = (xy[vertices] - np.repeat(xy[vertices[start[:-1]]], np.diff(start), axis=0)).astype(np.float64)
    rings_in_part = np.diff(first_ring)
    ring_end = ring_start[rings + 1] - np.repeat(ring_start[part_start[parts]], rings_in_part)
    ends = ring_end.astype(np.uint32)
    pieces = [
        mapbox_earcut.triangulate_float64(points[a:b], ends[c:d])
        for (a, b), (c, d) in zip(pairwise(start.tolist()), pairwise(first_ring.tolist()), strict=True)
    ]
    counts = np.fromiter(map(len, pieces), np.int32, len(pieces))
    faces = (np.concatenate(pieces).astype(np.int32) + np.repeat(start[:-1], counts)).reshape(-1, 3)
    here = np.zeros(len(rings) + 1, np.int32)
    here[1:] = ring_end + np.repeat(start[:-1], rings_in_part)
    is_right, is_kept = _are_right(points, faces, here, start)
    return vertices[faces[is_kept]], is_right


def _gathered(start: Integers, begin: Integers, end: Integers) -> tuple[Indices, Indices]:
    """Return the members of the runs start[begin[i]] to start[end[i]] one run after another, and each run's place."""
    sizes = start[end] - start[begin]
    place = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int32)
    members = np.arange(place[-1], dtype=np.int32) + np.repeat((start[begin] - place[:-1]).astype(np.int32), sizes)
    return members, place


def _following(ring_start: Indices) -> Indices:
    """Return the next vertex of each vertex in its ring."""
    after = np.arange(1, ring_start[-1] + 1, dtype=np.int32)
    after[ring_start[1:] - 1] = ring_start[:-1]
    return after


def _are_right(points: Doubles, faces: Indices, ring_start: Indices, part_start: Indices) -> tuple[Mask, Mask]:
    """Return which parts their faces cover with the right area and all vertices, and which faces belong to those.

    Ear clipping may leave out vertices on straight walls: the area is right, but roof and walls would not meet there.

    points       (v, 2) the parts' vertices, ring after ring
    part_start   (n + 1,) first vertex of each part
    """
    sizes = np.diff(part_start)
    part_of_face = np.repeat(np.arange(len(sizes), dtype=np.int32), sizes)[faces[:, 0]]
    covered = np.bincount(part_of_face, np.abs(_doubled_areas(points, faces)), minlength=len(sizes))
    after = _following(ring_start)
    x, y = points[:, 0], points[:, 1]
    outlined = np.add.reduceat(x * y[after] - y * x[after], part_start[:-1])
    is_right = np.abs(covered - outlined) <= 2 * AREA_TOLERANCE_M2 + AREA_TOLERANCE * np.abs(outlined)
    holes = np.diff(np.searchsorted(ring_start, part_start)) - 1
    is_right &= np.bincount(part_of_face, minlength=len(sizes)) == sizes - 2 + 2 * holes
    return is_right, is_right[part_of_face]


def _doubled_areas(points: Doubles, faces: Indices) -> Doubles:
    """Return twice the signed area of each triangle."""
    x, y = points[:, 0], points[:, 1]
    a, b, c = faces[:, 0], faces[:, 1], faces[:, 2]
    doubled: Doubles = (x[b] - x[a]) * (y[c] - y[a]) - (y[b] - y[a]) * (x[c] - x[a])
    return doubled


def _best_cut(xy: Floats, ring_start: Indices) -> tuple[Indices, bool]:
    """Cut one part with earcut or with GEOS, whichever is better; return the faces, and whether they have its area."""
    first = ring_start[0]
    points = (xy[first : ring_start[-1]] - xy[first]).astype(np.float64)
    start = ring_start - first
    after = _following(start)
    outlined = float(points[:, 0] @ points[after, 1] - points[:, 1] @ points[after, 0]) / 2
    whole = len(points) - 2 + 2 * (len(start) - 2)
    best, least = np.empty((0, 3), np.int32), (True, True, np.inf)
    for cut in (_faces_by_geos, _faces_by_earcut):
        faces = cut(points, start)
        miss = abs(float(np.abs(_doubled_areas(points, faces)).sum()) / 2 - outlined)
        rank = (miss > AREA_TOLERANCE_M2 + AREA_TOLERANCE * outlined, len(faces) != whole, miss)
        if rank < least:
            best, least = faces, rank
    return best + first, not least[0]


def _faces_by_earcut(points: Doubles, ring_start: Indices) -> Indices:
    faces = mapbox_earcut.triangulate_float64(points, ring_start[1:].astype(np.uint32))
    return faces.astype(np.int32).reshape(-1, 3)


def _faces_by_geos(points: Doubles, ring_start: Indices) -> Indices:
    """Return the triangles of a constrained Delaunay triangulation, or none where GEOS refuses the rings."""
    rings = [points[a:b] for a, b in pairwise(ring_start.tolist())]
    try:
        triangles = shapely.constrained_delaunay_triangles(shapely.Polygon(rings[0], rings[1:]))
    except (shapely.errors.GEOSException, ValueError):
        return np.empty((0, 3), np.int32)
    place = {(x, y): i for i, (x, y) in enumerate(points.tolist())}
    corners = shapely.get_coordinates(triangles).reshape(-1, 4, 2)[:, :3].tolist()
    known = [[place[x, y] for x, y in t] for t in corners if all((x, y) in place for x, y in t)]
    faces = np.array(known, np.int32).reshape(-1, 3)
    is_turned = _doubled_areas(points, faces) < 0
    faces[is_turned] = faces[is_turned, ::-1]
    return faces
