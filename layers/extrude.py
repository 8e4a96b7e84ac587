"""Buildings to prisms: walls grouped by the way they face, roofs on top, undersides where they can be seen."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from math import atan2, hypot, pi

import numpy as np
import numpy.typing as npt

from layers.triangulate import triangulate
from twin.buildings import Buildings

Indices = npt.NDArray[np.int32]

SECTORS = 8
"""Walls are grouped by the compass direction they face: sector s faces headings from s * 45 to (s + 1) * 45 degrees."""

_SECTOR_OF_SIGNS = np.array([4, 3, 7, 0, 5, 2, 6, 1], np.uint8)
"""Sector by (is east longer than north) * 4 + (is northward) * 2 + (is eastward) of the outward direction."""


@dataclass(frozen=True, slots=True)
class Mesh:
    """Triangles of some buildings, ready to be drawn."""

    points: npt.NDArray[np.float32]
    """(p, 3) metres from the tile's origin, z above the ground."""
    faces: Indices
    """(f, 3) outward by the right hand: walls sector by sector, then roofs, then undersides."""
    vertex_feature: Indices
    """(p,) place in the tile of the building each vertex belongs to; vertices are never shared by buildings."""
    sector_start: Indices
    """(9,) first face of each wall sector; the last is the first roof."""
    floor_start: int
    """First face of the undersides."""
    odd: Indices
    """Places of buildings whose roof does not have their outline's area."""

    @property
    def walls(self) -> Indices:
        """Return the walls' faces, all sectors."""
        return self.faces[: self.sector_start[SECTORS]]

    @property
    def walls_by_sector(self) -> tuple[Indices, ...]:
        """Return the walls' faces of each of the 8 sectors."""
        starts = self.sector_start.tolist()
        return tuple(self.faces[a:b] for a, b in pairwise(starts))

    @property
    def roofs(self) -> Indices:
        """Return the roofs' faces."""
        return self.faces[self.sector_start[SECTORS] : self.floor_start]

    @property
    def floors(self) -> Indices:
        """Return the undersides' faces."""
        return self.faces[self.floor_start :]

    @property
    def nbytes(self) -> int:
        """Return the bytes held by the arrays."""
        return self.points.nbytes + self.faces.nbytes + self.vertex_feature.nbytes


def extrude(buildings: Buildings, *, is_closed: bool = False) -> Mesh:
    """Raise each outline from its base to its height: walls, a flat roof, and an underside where it can be seen.

    Vertices are shared by walls and roof of a building: first all lower ones, then all upper ones, both in the order
    of the outlines' vertices. Courtyards get walls that face into them.

    buildings   n buildings; outer rings counter-clockwise, holes clockwise
    is_closed   True draws all undersides, so that the mesh is watertight; else only those of lifted buildings
    """
    outlines = buildings.outlines
    count = len(outlines.xy)
    ring_start = outlines.ring_start
    vertices = np.diff(ring_start[outlines.part_start[outlines.feature_start]])
    points = np.empty((2, count, 3), np.float32)
    points[:, :, :2] = outlines.xy
    points[0, :, 2] = np.repeat(buildings.base_m, vertices)
    points[1, :, 2] = np.repeat(buildings.height_m, vertices)
    feature = np.empty((2, count), np.int32)
    feature[:] = np.repeat(np.arange(len(buildings), dtype=np.int32), vertices)

    roofs = triangulate(outlines)
    floors = roofs.faces
    if not is_closed:
        is_lifted = buildings.base_m > 0
        floors = floors[is_lifted[feature[0, floors[:, 0]]]] if is_lifted.any() else floors[:0]
    walls = 2 * count
    faces = np.empty((walls + len(roofs.faces) + len(floors), 3), np.int32)
    sector_start = _write_walls(faces[:walls], outlines.xy, ring_start)
    floor_start = walls + len(roofs.faces)
    np.add(roofs.faces, count, out=faces[walls:floor_start])
    faces[floor_start:] = floors[:, ::-1]
    return Mesh(points.reshape(-1, 3), faces, feature.reshape(-1), sector_start, floor_start, roofs.odd)


def _write_walls(faces: Indices, xy: npt.NDArray[np.floating], ring_start: npt.NDArray[np.integer]) -> Indices:
    """Write two triangles for each edge, edges in the order of the sectors they face; return where sectors start."""
    count = len(xy)
    after = np.arange(1, count + 1, dtype=np.int32)
    after[ring_start[1:] - 1] = ring_start[:-1]
    # The outward direction of an edge (east, north) is (north, -east) of the edge itself.
    north, east = (xy[after] - xy).T
    sector = sector_of(east, -north)
    order = np.argsort(sector, kind="stable").astype(np.int32)
    after = after[order]
    walls = faces.reshape(count, 6)
    walls[:, 0] = order
    walls[:, 1] = after
    np.add(after, count, out=walls[:, 2])
    walls[:, 3] = order
    walls[:, 4] = walls[:, 2]
    np.add(order, count, out=walls[:, 5])
    sizes = np.bincount(sector, minlength=SECTORS)
    return np.concatenate([[0], np.cumsum(2 * sizes)]).astype(np.int32)


def sector_of(east: npt.NDArray[np.floating], north: npt.NDArray[np.floating]) -> npt.NDArray[np.uint8]:
    """Return the compass sector (n,) of directions: 0 from north to north-east, then clockwise."""
    signs = (np.abs(east) > np.abs(north)).view(np.uint8) * np.uint8(4)
    signs += (north > 0).view(np.uint8) * np.uint8(2)
    signs += (east > 0).view(np.uint8)
    sector: npt.NDArray[np.uint8] = _SECTOR_OF_SIGNS[signs]
    return sector


def facing_sectors(bounds: tuple[float, float, float, float], eye: tuple[float, float]) -> tuple[bool, ...]:
    """Return which of the 8 wall sectors an eye can see of walls anywhere within an upright rectangle.

    bounds   west, south, east, north of the walls, metres
    eye      east and north of the eye in the same frame
    """
    west, south, east, north = bounds
    x, y = eye
    if west <= x <= east and south <= y <= north:
        return (True,) * SECTORS
    middle = atan2(x - (west + east) / 2, y - (south + north) / 2)
    headings = [atan2(x - cx, y - cy) - middle for cx in (west, east) for cy in (south, north)]
    turns = [(h + pi) % (2 * pi) - pi for h in headings]
    return _sectors_between(middle + min(turns) - pi / 2, middle + max(turns) + pi / 2)


def facing_sectors_parallel(direction: tuple[float, float, float]) -> tuple[bool, ...]:
    """Return which of the 8 wall sectors are seen along one direction (from the eye, in a parallel view)."""
    east, north, _ = direction
    if hypot(east, north) < 1e-9:
        return (False,) * SECTORS
    heading = atan2(-east, -north)
    return _sectors_between(heading - pi / 2, heading + pi / 2)


def _sectors_between(begin_rad: float, end_rad: float) -> tuple[bool, ...]:
    """Return which sectors overlap the headings from one to another, clockwise."""
    if end_rad - begin_rad >= 2 * pi:
        return (True,) * SECTORS
    width = 2 * pi / SECTORS
    span = end_rad - begin_rad
    starts = ((s * width - begin_rad) % (2 * pi) for s in range(SECTORS))
    return tuple(start < span or start > 2 * pi - width for start in starts)
