"""Outlines to flat roofs: fans for what a fan can cover, one pass of VTK for other rings, earcut for courtyards."""

from __future__ import annotations

from dataclasses import dataclass

import mapbox_earcut
import numpy as np
import numpy.typing as npt
import shapely
from vtkmodules.util.numpy_support import numpy_to_vtk, vtk_to_numpy
from vtkmodules.vtkCommonCore import vtkPoints
from vtkmodules.vtkCommonDataModel import vtkCellArray, vtkPolyData
from vtkmodules.vtkFiltersCore import vtkTriangleFilter

from twin.buildings import Outlines

Indices = npt.NDArray[np.int32]
Floats = npt.NDArray[np.floating]
Mask = npt.NDArray[np.bool_]

AREA_TOLERANCE_M2 = 1e-3
"""A roof may differ from its outline by this much ..."""
AREA_TOLERANCE = 1e-5
"""... and by this part of its area: rounding to float32 bends straight walls a little."""


@dataclass(frozen=True, slots=True)
class Roofs:
    """Triangles that cover outlines."""

    faces: Indices
    """(t, 3) vertices of outlines.xy, counter-clockwise; the features are in no order."""
    odd: Indices
    """Features whose roof does not have the outline's area though every way was tried; the best one found is kept."""


def triangulate(outlines: Outlines) -> Roofs:
    """Cover each outline with triangles between its own vertices; courtyards stay open.

    outlines   n features in metres; outer rings counter-clockwise, holes clockwise, no repeated last vertex
    returns    the triangles, and the features that no way of cutting could cover rightly
    source     ear clipping by VTK's vtkTriangleFilter and by mapbox_earcut, each checked by area
    """
    xy, ring_start = outlines.xy, np.asarray(outlines.ring_start, np.int32)
    if len(xy) == 0:
        return Roofs(np.empty((0, 3), np.int32), np.empty(0, np.int32))
    rings_in_part = np.diff(outlines.part_start)
    part_of_ring = np.repeat(np.arange(len(rings_in_part), dtype=np.int32), rings_in_part)
    is_plain = (rings_in_part == 1)[part_of_ring]

    is_fan = _is_fan(xy, ring_start) & is_plain
    pieces = [_fan_faces(ring_start, is_fan)]
    others = np.flatnonzero(is_plain & ~is_fan)
    if len(others):
        faces, is_cut = _cut_rings(xy, ring_start, others)
        pieces.append(faces)
        others = others[~is_cut]
    holed = np.flatnonzero(rings_in_part > 1)
    if len(holed):
        faces, is_cut = _cut_holed(xy, ring_start, outlines.part_start, holed)
        pieces.append(faces)
        holed = holed[~is_cut]
    wrong = []
    for part in np.concatenate([holed, part_of_ring[others]]).tolist():
        faces, is_right = _cut_part(xy, ring_start[outlines.part_start[part] : outlines.part_start[part + 1] + 1])
        pieces.append(faces)
        if not is_right:
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
    return worst >= -2 * AREA_TOLERANCE_M2 - AREA_TOLERANCE * np.abs(total)


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


def _cut_rings(xy: Floats, ring_start: Indices, rings: npt.NDArray[np.integer]) -> tuple[Indices, Mask]:
    """Cut rings that are no fans from their first vertex; return the faces, and which rings were cut rightly."""
    vertices, start = _from_sharpest_inward_corner(xy, ring_start, rings)
    points = xy[vertices]
    is_fan = _is_fan(points, start)
    faces = _fan_faces(start, is_fan)
    left = np.flatnonzero(~is_fan)
    is_cut = is_fan.copy()
    if len(left):
        clipped, is_right = _clip_ears(points, start, left)
        faces = np.concatenate([faces, clipped])
        is_cut[left] = is_right
    return vertices[faces], is_cut


def _from_sharpest_inward_corner(
    xy: Floats, ring_start: Indices, rings: npt.NDArray[np.integer]
) -> tuple[Indices, Indices]:
    """Return the rings' vertices, each ring from its sharpest inward corner on, and where each ring starts.

    A fan from there covers all concave quadrilaterals and L shapes.
    """
    vertices, start = _gathered(ring_start, rings, rings + 1)
    sizes = np.diff(start)
    points = xy[vertices]
    after = np.arange(1, len(vertices) + 1, dtype=np.int32)
    after[start[1:] - 1] = start[:-1]
    step = points[after] - points
    corner = np.empty(len(vertices), step.dtype)
    corner[after] = step[:, 0] * step[after, 1] - step[:, 1] * step[after, 0]
    sharpest = np.minimum.reduceat(corner, start[:-1])
    candidates = np.flatnonzero(corner == np.repeat(sharpest, sizes))
    apex = candidates[np.searchsorted(candidates, start[:-1])]
    turned = np.arange(len(vertices), dtype=np.int32) + np.repeat(apex - start[:-1], sizes).astype(np.int32)
    turned -= np.where(turned >= np.repeat(start[1:], sizes), np.repeat(sizes, sizes), 0).astype(np.int32)
    return vertices[turned], start


def _clip_ears(points: Floats, start: Indices, rings: npt.NDArray[np.integer]) -> tuple[Indices, Mask]:
    """Cut many rings in one pass of VTK; return the faces, and which of the rings were cut rightly."""
    vertices, part_start = _gathered(start, rings, rings + 1)
    flat = np.zeros((len(vertices), 3), points.dtype)
    flat[:, :2] = points[vertices] - np.repeat(points[start[rings]], np.diff(part_start), axis=0)
    faces = _faces_by_vtk(flat, part_start)
    is_right, is_kept = _are_right(flat, faces, part_start, part_start)
    return vertices[faces[is_kept]], is_right


def _cut_holed(
    xy: Floats, ring_start: Indices, part_start: npt.NDArray[np.integer], parts: npt.NDArray[np.integer]
) -> tuple[Indices, Mask]:
    """Cut parts with courtyards, one by one with earcut; return the faces, and which of the parts were cut rightly."""
    vertices, start = _gathered(ring_start, part_start[parts], part_start[parts + 1])
    rings, first_ring = _gathered(part_start, parts, parts + 1)
    points = (xy[vertices] - np.repeat(xy[vertices[start[:-1]]], np.diff(start), axis=0)).astype(np.float64)
    offset = np.repeat(ring_start[part_start[parts]] - start[:-1], np.diff(first_ring))
    ring_end = ring_start[rings + 1] - offset
    ends = (ring_end - np.repeat(start[:-1], np.diff(first_ring))).astype(np.uint32)
    begins, ring_begins = start.tolist(), first_ring.tolist()
    pieces = [
        mapbox_earcut.triangulate_float64(points[a:b], ends[c:d])
        for a, b, c, d in zip(begins, begins[1:], ring_begins, ring_begins[1:], strict=False)
    ]
    counts = np.fromiter(map(len, pieces), np.int32, len(pieces))
    faces = np.concatenate(pieces).astype(np.int32) + np.repeat(start[:-1], counts)
    faces = faces.reshape(-1, 3)
    is_right, is_kept = _are_right(points, faces, np.append(0, ring_end).astype(np.int32), start)
    return vertices[faces[is_kept]], is_right


def _gathered(
    start: npt.NDArray[np.integer], begin: npt.NDArray[np.integer], end: npt.NDArray[np.integer]
) -> tuple[Indices, Indices]:
    """Return the members of the runs start[begin[i]] to start[end[i]] one run after another, and each run's place."""
    sizes = start[end] - start[begin]
    place = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int32)
    members = np.arange(place[-1], dtype=np.int32) + np.repeat((start[begin] - place[:-1]).astype(np.int32), sizes)
    return members, place


def _are_right(points: Floats, faces: Indices, ring_start: Indices, part_start: Indices) -> tuple[Mask, Mask]:
    """Return which parts their faces cover with the right area and all vertices, and which faces belong to those.

    Cutters may leave out vertices on straight walls: the area is right, but roof and walls would not meet there.

    points       (v, 2 or 3) the parts' vertices, ring after ring
    part_start   (n + 1,) first vertex of each part
    """
    sizes = np.diff(part_start)
    part_of_face = np.repeat(np.arange(len(sizes), dtype=np.int32), sizes)[faces[:, 0]]
    covered = np.bincount(part_of_face, np.abs(_doubled_areas(points, faces)), minlength=len(sizes))
    after = np.arange(1, len(points) + 1, dtype=np.int32)
    after[ring_start[1:] - 1] = ring_start[:-1]
    x, y = points[:, 0], points[:, 1]
    outlined = np.add.reduceat(x * y[after] - y * x[after], part_start[:-1])
    is_right = np.abs(covered - outlined) <= 2 * AREA_TOLERANCE_M2 + AREA_TOLERANCE * np.abs(outlined)
    holes = np.diff(np.searchsorted(ring_start, part_start)) - 1
    is_right &= np.bincount(part_of_face, minlength=len(sizes)) == sizes - 2 + 2 * holes
    return is_right, is_right[part_of_face]


def _faces_by_vtk(flat: Floats, offsets: Indices) -> Indices:
    """Return the triangles (t, 3) of polygons, given as vertices (v, 3) and the first vertex of each (n + 1,)."""
    corners = np.arange(offsets[-1], dtype=np.int32)
    cells = vtkCellArray()
    cells.SetData(numpy_to_vtk(offsets), numpy_to_vtk(corners))
    points = vtkPoints()
    points.SetData(numpy_to_vtk(flat))
    rings = vtkPolyData()
    rings.SetPoints(points)
    rings.SetPolys(cells)
    cutter = vtkTriangleFilter()
    cutter.PassVertsOff()
    cutter.PassLinesOff()
    cutter.SetInputData(rings)
    cutter.Update()
    triangles: Indices = vtk_to_numpy(cutter.GetOutput().GetPolys().GetConnectivityArray()).astype(np.int32)
    return triangles.reshape(-1, 3)


def _doubled_areas(points: Floats, faces: Indices) -> Floats:
    """Return twice the signed area of each triangle."""
    x, y = points[:, 0], points[:, 1]
    a, b, c = faces[:, 0], faces[:, 1], faces[:, 2]
    doubled: Floats = (x[b] - x[a]) * (y[c] - y[a]) - (y[b] - y[a]) * (x[c] - x[a])
    return doubled


def _cut_part(xy: Floats, ring_start: Indices) -> tuple[Indices, bool]:
    """Cut one part with earcut, or else with GEOS; return the faces, and whether they have the outline's area."""
    first = ring_start[0]
    points = (xy[first : ring_start[-1]] - xy[first]).astype(np.float64)
    ring_end = ring_start[1:] - first
    outlined = _outlined_area(points, ring_end)
    whole = len(points) - 2 + 2 * (len(ring_end) - 1)
    best, least = np.empty((0, 3), np.int32), (True, np.inf)
    for cut in (_faces_by_earcut, _faces_by_geos):
        faces = cut(points, ring_end)
        miss = abs(float(np.abs(_doubled_areas(points, faces)).sum()) / 2 - outlined)
        is_wrong = miss > AREA_TOLERANCE_M2 + AREA_TOLERANCE * outlined
        if not is_wrong and len(faces) == whole:
            return faces + first, True
        if (is_wrong, miss) < least:
            best, least = faces, (is_wrong, miss)
    return best + first, not least[0]


def _outlined_area(points: Floats, ring_end: Indices) -> float:
    """Return the area inside one part's rings, holes not counted."""
    area, begin = 0.0, 0
    for end in ring_end.tolist():
        x, y = points[begin:end].T
        area += float(x[:-1] @ y[1:] - y[:-1] @ x[1:] + x[-1] * y[0] - y[-1] * x[0]) / 2
        begin = end
    return area


def _faces_by_earcut(points: npt.NDArray[np.float64], ring_end: Indices) -> Indices:
    faces = mapbox_earcut.triangulate_float64(points, ring_end.astype(np.uint32))
    return faces.astype(np.int32).reshape(-1, 3)


def _faces_by_geos(points: npt.NDArray[np.float64], ring_end: Indices) -> Indices:
    """Return the triangles of a constrained Delaunay triangulation, or none where GEOS refuses the rings."""
    starts = [0, *ring_end[:-1].tolist()]
    rings = [points[a:b] for a, b in zip(starts, ring_end.tolist(), strict=True)]
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
