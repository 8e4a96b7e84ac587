"""What an upright plane cuts out of bodies with roofs: the outlines of the solid in the plane, filled."""

from __future__ import annotations

import mapbox_earcut
import numpy as np
import numpy.typing as npt
import shapely

from layers.sections import right_of
from twin.models import Bodies

Floats = npt.NDArray[np.float64]
SNAP_M = 1e-3
"""Pieces of an outline whose ends are nearer meet."""
SMALLEST_M2 = 0.01


def body_section(
    bodies: Bodies, bit: int, plane: Floats, rows: npt.NDArray[np.intp], foot_m: npt.NDArray[np.float32] | None
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.int32], npt.NDArray[np.int32]]:
    """Return the filled section of some rows' bodies.

    bit       level of detail, as in Bodies.body_levels
    plane     (6,) point and level normal, local metres
    foot_m    (rows,) where each row stands; None for flat ground
    returns   points (p, 3) metres from the plane's point, faces (f, 3), table row of each point (p,)
    """
    points, faces, owner, first = [np.empty((0, 3))], [np.empty((0, 3), np.int32)], [np.empty(0, np.int32)], 0
    right = right_of(plane)
    for row in rows.tolist():
        pieces = _pieces(bodies, bit, plane, row)
        if len(pieces) < 3:
            continue
        foot = 0.0 if foot_m is None else float(foot_m[row])
        for polygon in _filled(pieces):
            corners, triangles = _triangles(polygon)
            place = np.column_stack([corners[:, :1] * right, corners[:, 1] + foot - plane[2]])
            points.append(place)
            faces.append(triangles + first)
            owner.append(np.full(len(place), row, np.int32))
            first += len(place)
    return np.concatenate(points).astype(np.float32), np.concatenate(faces), np.concatenate(owner)


def _pieces(bodies: Bodies, bit: int, plane: Floats, row: int) -> Floats:
    """Return where a row's surfaces meet the plane: pieces (n, 2, 2), metres along and up."""
    surfaces = np.arange(bodies.body_row_start[row], bodies.body_row_start[row + 1])
    surfaces = surfaces[(bodies.body_levels[surfaces] >> bit) & 1 == 1]
    right, anchor = right_of(plane), bodies.body_anchor[row]
    found: list[list[list[float]]] = []
    for surface in surfaces.tolist():
        crossings: list[list[float]] = []
        for ring in range(bodies.body_surface_start[surface], bodies.body_surface_start[surface + 1]):
            corners = bodies.body_offset[bodies.body_ring_start[ring] : bodies.body_ring_start[ring + 1]]
            xy = corners[:, :2].astype(np.float64) + (anchor[:2] - plane[:2])
            ahead, along, up = xy @ plane[3:5], xy @ right, corners[:, 2].astype(np.float64)
            after = np.roll(np.arange(len(xy)), -1)
            edge = np.flatnonzero((ahead < 0) != (ahead[after] < 0))
            share = ahead[edge] / (ahead[edge] - ahead[after[edge]])
            at = np.column_stack([along, up])
            crossings += (at[edge] + share[:, None] * (at[after[edge]] - at[edge])).tolist()
        crossings.sort()
        found += [crossings[i : i + 2] for i in range(0, len(crossings) - 1, 2)]
    return np.array(found) if found else np.empty((0, 2, 2))


def _filled(pieces: Floats) -> list[shapely.Polygon]:
    """Return the polygons that pieces of outlines close, without the holes in them."""
    lines = np.asarray(shapely.linestrings(np.round(pieces / SNAP_M) * SNAP_M))
    lines = lines[shapely.length(lines) > 0]
    noded = shapely.node(shapely.union_all(lines))
    closed = shapely.get_parts(shapely.polygonize([noded]))
    return [p for p in closed if p.area > SMALLEST_M2 and _is_inside(p.representative_point(), pieces)]


def _is_inside(point: shapely.Point, pieces: Floats) -> bool:
    """Return whether a line straight up from a point meets the outline an odd number of times."""
    (x0, y0), (x1, y1) = pieces[:, 0].T, pieces[:, 1].T
    is_over = (x0 > point.x) != (x1 > point.x)
    with np.errstate(divide="ignore", invalid="ignore"):
        height = y0 + (point.x - x0) / (x1 - x0) * (y1 - y0)
    return bool(np.count_nonzero(is_over & (height > point.y)) % 2)


def _triangles(polygon: shapely.Polygon) -> tuple[Floats, npt.NDArray[np.int32]]:
    rings = [np.asarray(ring.coords)[:-1] for ring in (polygon.exterior, *polygon.interiors)]
    corners = np.concatenate(rings)
    ends = np.cumsum([len(ring) for ring in rings]).astype(np.uint32)
    return corners, mapbox_earcut.triangulate_float64(corners, ends).reshape(-1, 3).astype(np.int32)
