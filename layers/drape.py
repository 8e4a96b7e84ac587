"""Flat layers on terrain: lines and polygons get corners often enough to follow the ground, and lie on it."""

from __future__ import annotations

from dataclasses import replace
from math import sqrt

import numpy as np
import numpy.typing as npt

from layers.row_mesh import RowTriangles
from twin.buildings import Outlines
from twin.features import Lines, Polygons
from twin.models import Bodies
from twin.standing import SAME_ZERO_M
from twin.terrain import Ground

FloatArray = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]

MOST_TRIANGLES = 160_000
"""About so many a layer may become by being cut for terrain."""
MOST_VERTICES = 400_000
ROUNDS = 12


def step_of(outlines: Outlines, ground: Ground) -> float:
    """Return how long edges of draped polygons may be, metres: as terrain is, but not so that too many come of it."""
    if ground.is_flat or not len(outlines.xy):
        return float("inf")
    (west, south), (east, north) = outlines.xy.min(axis=0), outlines.xy.max(axis=0)
    most_m2 = min(float((east - west) * (north - south)), _area_m2(outlines) * 1.5 + 1.0)
    return max(ground.spacing_m, sqrt(2 * most_m2 / MOST_TRIANGLES))


def _area_m2(outlines: Outlines) -> float:
    xy = np.asarray(outlines.xy, np.float64)
    after = _following(outlines.ring_start, len(xy))
    return float(abs((xy[:, 0] * xy[after, 1] - xy[after, 0] * xy[:, 1]).sum()) / 2)


def _following(start: npt.NDArray[np.integer], count: int) -> Indices:
    after = np.arange(1, count + 1, dtype=np.int64)
    first = np.asarray(start, np.int64)
    is_ring = first[1:] > first[:-1]
    after[first[1:][is_ring] - 1] = first[:-1][is_ring]
    return after


def densified(lines: Lines, ground: Ground) -> Lines:
    """Return lines with further vertices between theirs where terrain needs them; themselves on flat ground."""
    xy = np.asarray(lines.xy_local, np.float64)
    if ground.is_flat or len(xy) < 2:
        return lines
    is_last = np.zeros(len(xy), bool)
    is_last[np.asarray(lines.line_start[1:], np.int64)[np.diff(lines.line_start) > 0] - 1] = True
    along = np.zeros_like(xy)
    along[:-1] = np.diff(xy, axis=0)
    along[is_last] = 0.0
    step = max(ground.spacing_m, float(np.hypot(*along.T).sum()) / MOST_VERTICES)
    count = np.maximum(np.ceil(np.hypot(*along.T) / step), 1).astype(np.int64)
    points, first = _between(xy, along, count)
    starts = np.append(first, len(points))[np.asarray(lines.line_start, np.int64)]
    return replace(lines, xy_local=points, line_start=starts)


def _between(xy: FloatArray, along: FloatArray, count: Indices) -> tuple[FloatArray, Indices]:
    """Return vertices with so many steps to the next one, and where each old one is now."""
    first = np.cumsum(count) - count
    vertex = np.repeat(np.arange(len(xy)), count)
    number = np.arange(len(vertex)) - first[vertex]
    return xy[vertex] + along[vertex] * (number / count[vertex])[:, None], first


def laid_out(polygons: Polygons, ground: Ground) -> Polygons:
    """Return polygons whose edges are short enough for terrain; the polygons themselves on flat ground."""
    outlines = polygons.outlines
    if ground.is_flat or not len(outlines.xy):
        return polygons
    xy = np.asarray(outlines.xy, np.float64)
    along = xy[_following(outlines.ring_start, len(xy))] - xy
    length = np.hypot(*along.T)
    step = max(step_of(outlines, ground), float(length.sum()) / MOST_VERTICES)
    points, first = _between(xy, along, np.maximum(np.ceil(length / step), 1).astype(np.int64))
    start = np.append(first, len(points))[np.asarray(outlines.ring_start, np.int64)]
    return replace(polygons, outlines=replace(outlines, xy=points, ring_start=start))


def raised(triangles: RowTriangles, ground: Ground) -> RowTriangles:
    """Return triangles with each corner as much higher as the ground is there."""
    if ground.is_flat or not len(triangles.points):
        return triangles
    points = triangles.points.copy()
    points[:, 2] += ground.z_at(points[:, :2].astype(np.float64) + triangles.origin_local[:2])
    return replace(triangles, points=points)


def draped(triangles: RowTriangles, ground: Ground, step_m: float) -> RowTriangles:
    """Return flat triangles cut until no edge is longer than a step, lying on the ground; the first points stay."""
    if ground.is_flat or not len(triangles.faces):
        return triangles
    points, faces, rows = (
        triangles.points[:, :2].astype(np.float64),
        triangles.faces.astype(np.int64),
        triangles.vertex_row,
    )
    for _ in range(ROUNDS):
        if len(faces) > MOST_TRIANGLES * 2:
            break
        points, faces, rows, is_done = _cut_long(points, faces, rows, step_m)
        if is_done:
            break
    flat = np.zeros((len(points), 3), np.float32)
    flat[:, :2] = points
    cut = replace(triangles, points=flat, faces=faces.astype(np.int32), vertex_row=rows.astype(np.int32))
    return raised(cut, ground)


def _cut_long(
    points: FloatArray, faces: Indices, rows: npt.NDArray[np.int32], step_m: float
) -> tuple[FloatArray, Indices, npt.NDArray[np.int32], bool]:
    """Cut every edge that is longer than a step in its middle; neighbours share the new point, so no gap opens."""
    after = np.roll(faces, -1, axis=1)
    is_long = np.hypot(*(np.moveaxis(points[after] - points[faces], 2, 0))) > 1.2 * step_m
    if not is_long.any():
        return points, faces, rows, True
    low, high = np.minimum(faces, after)[is_long], np.maximum(faces, after)[is_long]
    key, place = np.unique(low * len(points) + high, return_inverse=True)
    ends = np.stack([key // len(points), key % len(points)])
    middle = np.full(faces.shape, -1, np.int64)
    middle[is_long] = len(points) + place
    points = np.concatenate([points, (points[ends[0]] + points[ends[1]]) / 2])
    rows = np.concatenate([rows, rows[ends[0]]])
    return points, _split(faces, middle), rows, False


def _split(faces: Indices, middle: Indices) -> Indices:
    """Return triangles cut at the middles of their edges (f, 3), -1 where an edge stays whole."""
    cuts = (middle >= 0).sum(axis=1)
    pieces = [faces[cuts == 0]]
    turned, mids = _turned(faces, middle, cuts)
    for count in (1, 2, 3):
        (a, b, c), (ab, bc, ca) = turned[cuts == count].T, mids[cuts == count].T
        if count == 1:
            pieces += [np.stack(t, 1) for t in ((a, ab, c), (ab, b, c))]
        elif count == 2:
            pieces += [np.stack(t, 1) for t in ((ab, b, bc), (a, ab, bc), (a, bc, c))]
        else:
            pieces += [np.stack(t, 1) for t in ((a, ab, ca), (ab, b, bc), (ca, bc, c), (ab, bc, ca))]
    return np.concatenate(pieces)


def _turned(faces: Indices, middle: Indices, cuts: Indices) -> tuple[Indices, Indices]:
    """Return triangles turned so that the one cut edge is the first, and the one whole edge the last."""
    has_cut = middle >= 0
    first = np.where(cuts == 1, has_cut.argmax(axis=1), np.where(cuts == 2, (~has_cut).argmax(axis=1) + 1, 0)) % 3
    order = (first[:, None] + np.arange(3)) % 3
    return np.take_along_axis(faces, order, axis=1), np.take_along_axis(middle, order, axis=1)


def raised_solids(solid: RowTriangles, polygons: Polygons, ground: Ground) -> RowTriangles:
    """Return solids, one a polygon, on the lowest ground under each."""
    if ground.is_flat or not len(solid.points):
        return solid
    foot = np.nan_to_num(ground.lowest_known(polygons.outlines), nan=0.0)
    rows = int(polygons.row.max(initial=0)) + 1
    foot_of_row = np.full(rows, np.inf)
    np.minimum.at(foot_of_row, polygons.row, foot)
    points = solid.points.copy()
    points[:, 2] += foot_of_row[solid.vertex_row]
    return replace(solid, points=points)


def raised_bodies(triangles: RowTriangles, bodies: Bodies, ground: Ground) -> RowTriangles:
    """Return the bodies of a city model at their own elevation, or on the ground where they are far from it."""
    if ground.is_flat or not len(triangles.points):
        return triangles
    anchor = bodies.body_anchor
    under = ground.z_at(anchor[:, :2])
    own = anchor[:, 2] - ground.datum_m
    is_same = abs(float(np.nanmedian(own - under))) <= SAME_ZERO_M
    points = triangles.points.copy()
    points[:, 2] += (own if is_same else under)[triangles.vertex_row]
    return replace(triangles, points=points)
