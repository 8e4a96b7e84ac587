"""The coarse level: one box a building, turned as its outline is, with the outline's area."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from layers.extrude import SECTORS, Mesh
from twin.buildings import Buildings, Outlines

Floats = npt.NDArray[np.float32]

FEATURES_AT_ONCE = 20_000
"""Boxes are fitted in portions whose arrays stay in the processor's cache."""


@dataclass(frozen=True, slots=True)
class Boxes:
    """Upright boxes that stand for buildings, from the same origin as the buildings' outlines."""

    centre: Floats
    """(n, 2) metres: the middle of the outline's area."""
    half: Floats
    """(n, 2) metres from the centre to the middle of side 0, which faces a heading from 0 to 90 degrees."""
    half_width_m: Floats
    """(n,) half the length of side 0."""
    base_m: Floats
    """(n,) underside above the ground."""
    height_m: Floats
    """(n,) top above the ground."""

    def __len__(self) -> int:
        """Return the number of boxes."""
        return len(self.base_m)

    @property
    def nbytes(self) -> int:
        """Return the bytes held by the arrays."""
        return (
            self.centre.nbytes + self.half.nbytes + self.half_width_m.nbytes + self.base_m.nbytes + self.height_m.nbytes
        )


def fit_boxes(buildings: Buildings) -> Boxes:
    """Stand a box for each building: as its outer walls are turned, as long to wide, and with its area.

    The direction is the mean of the edges' directions modulo a right angle, weighted by their lengths; the sides are
    in the ratio of the outline's extents along it, scaled so that the area is the outline's without its courtyards.
    So a box covers as much ground, and shows as much colour, as the building it stands for.
    """
    count = len(buildings)
    centre, half = np.empty((count, 2), np.float32), np.empty((count, 2), np.float32)
    half_width_m = np.empty(count, np.float32)
    outlines = buildings.outlines
    first_vertex = outlines.ring_start[outlines.part_start[outlines.feature_start]]
    for begin in range(0, count, FEATURES_AT_ONCE):
        end = min(begin + FEATURES_AT_ONCE, count)
        here = slice(begin, end)
        centre[here], half[here], half_width_m[here] = _fitted(outlines, first_vertex[begin : end + 1])
    return Boxes(centre, half, half_width_m, buildings.base_m, buildings.height_m)


def _fitted(outlines: Outlines, first_vertex: npt.NDArray[np.integer]) -> tuple[Floats, Floats, Floats]:
    """Return centres, half axes and half widths of the features whose vertices start where told."""
    begin, end = int(first_vertex[0]), int(first_vertex[-1])
    start, sizes = first_vertex[:-1] - begin, np.diff(first_vertex)
    first_ring, last_ring = np.searchsorted(outlines.ring_start, [begin, end])
    ring_start = outlines.ring_start[first_ring : last_ring + 1] - begin
    corner = outlines.xy[begin:end][start]
    # From each building's first vertex: products of coordinates far from the origin would round the area away.
    x = outlines.xy[begin:end, 0] - np.repeat(corner[:, 0], sizes)
    y = outlines.xy[begin:end, 1] - np.repeat(corner[:, 1], sizes)
    to_x, to_y = _following(x, ring_start), _following(y, ring_start)

    doubled = x * to_y - y * to_x
    area = np.add.reduceat(doubled, start) / 2
    safe = np.where(area > 0, area, 1) * 6
    middle_x = np.add.reduceat((x + to_x) * doubled, start) / safe
    middle_y = np.add.reduceat((y + to_y) * doubled, start) / safe

    sin, cos = _directions(to_x - x, to_y - y, start)
    along, across = _extent(x, y, sin, cos, start, sizes), _extent(x, y, cos, -sin, start, sizes)
    whole = along * across
    scale = np.sqrt(np.divide(np.maximum(area, 0), whole, out=np.zeros_like(whole), where=whole > 0)) / 2
    half = np.stack([sin * along * scale, cos * along * scale], axis=1)
    return corner + np.stack([middle_x, middle_y], axis=1), half, across * scale


def _following(values: Floats, ring_start: npt.NDArray[np.integer]) -> Floats:
    """Return each vertex's value of the next vertex in its ring."""
    after = np.empty_like(values)
    after[:-1] = values[1:]
    after[ring_start[1:] - 1] = values[ring_start[:-1]]
    return after


def _directions(dx: Floats, dy: Floats, start: npt.NDArray[np.integer]) -> tuple[Floats, Floats]:
    """Return east and north of each feature's heading, from north to east, by the edges modulo a right angle.

    An edge of length l at angle a counts as l (cos 4a, sin 4a): four times the angle makes right angles equal.
    """
    square_x, square_y = dx * dx, dy * dy
    length = square_x + square_y
    cube = length * np.sqrt(length)
    np.maximum(cube, np.float32(1e-12), out=cube)
    cos_2, sin_2 = square_x - square_y, dx * dy
    sin_2 *= 2
    cos_4 = np.add.reduceat((cos_2 * cos_2 - sin_2 * sin_2) / cube, start)
    sin_4 = np.add.reduceat(cos_2 * sin_2 / cube, start) * 2
    angle = (np.arctan2(sin_4, cos_4) / 4) % np.float32(np.pi / 2)
    return np.cos(angle), np.sin(angle)


def _extent(
    x: Floats, y: Floats, east: Floats, north: Floats, start: npt.NDArray[np.integer], sizes: npt.NDArray[np.integer]
) -> Floats:
    """Return how far each feature reaches along its direction (east, north)."""
    place = x * np.repeat(east, sizes) + y * np.repeat(north, sizes)
    reach: Floats = np.maximum.reduceat(place, start) - np.minimum.reduceat(place, start)
    return reach


def box_mesh(boxes: Boxes, *, rows: npt.NDArray[np.integer] | None = None) -> Mesh:
    """Return the boxes' walls and roofs: 8 vertices and 10 triangles each, no underside.

    rows      places of the boxes to draw; None draws all
    returns   points in the order lower corners, then upper ones of each box; vertex_feature is the place among all
              boxes; walls are grouped by sector as in a mesh of prisms
    """
    chosen = np.arange(len(boxes)) if rows is None else np.asarray(rows)
    half, width = boxes.half[chosen], boxes.half_width_m[chosen]
    count = len(chosen)
    length = np.maximum(np.hypot(half[:, 0], half[:, 1]), np.float32(1e-6))
    side = half[:, ::-1] * (width / length)[:, None] * np.array([1, -1], np.float32)
    points = np.empty((count, 8, 3), np.float32)
    for corner, (ahead, right) in enumerate(((1, -1), (1, 1), (-1, 1), (-1, -1))):
        points[:, corner, :2] = boxes.centre[chosen] + ahead * half + right * side
    points[:, 4:, :2] = points[:, :4, :2]
    points[:, :4, 2] = boxes.base_m[chosen, None]
    points[:, 4:, 2] = boxes.height_m[chosen, None]
    faces, sector_start = _box_faces(half)
    feature = np.repeat(chosen.astype(np.int32), 8)
    return Mesh(points.reshape(-1, 3), faces, feature, sector_start, len(faces), np.empty(0, np.int32))


_SIDES = np.array([[[1, 0, 4], [1, 4, 5]], [[2, 1, 5], [2, 5, 6]], [[3, 2, 6], [3, 6, 7]], [[0, 3, 7], [0, 7, 4]]])
"""Triangles of sides 0 to 3, which face the heading of side 0 and on clockwise."""
_ROOF = np.array([[4, 7, 6], [4, 6, 5]])


def _box_faces(half: Floats) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]]:
    """Return the faces, walls by sector then roofs, and where the sectors start."""
    count = len(half)
    is_eastward = half[:, 0] > half[:, 1]
    order = np.argsort(is_eastward, kind="stable")
    vertex = (8 * order).astype(np.int32)[:, None, None]
    faces = np.empty((5, count, 2, 3), np.int32)
    for side, corners in enumerate((*_SIDES, _ROOF)):
        np.add(vertex, corners.astype(np.int32), out=faces[side])
    northward = count - int(np.count_nonzero(is_eastward))
    starts = [2 * count * (sector // 2) + 2 * northward * (sector % 2) for sector in range(SECTORS + 1)]
    return faces.reshape(-1, 3), np.array(starts, np.int32)
