"""Areas laid over each other: which overlap, where, how much of it is a sliver, and what is left beyond others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

Geometry = npt.NDArray[np.object_]
IntArray = npt.NDArray[np.intp]
POLYGON_TYPES = (3, 6)
QUARTER_STEPS = 32
"""Corners of a quarter circle round a corner: the buffer's area is at most 0.04 % too small."""


@dataclass(frozen=True, slots=True)
class Overlaps:
    """Pairs that overlap, and where."""

    first: IntArray
    """(n,) places in the first geometries."""
    second: IntArray
    """(n,) places in the second ones."""
    geometry: Geometry
    """(n,) what both cover: of areas their common area; of lines and points what of them lies in the area."""

    def __len__(self) -> int:
        """Return how many pairs there are."""
        return len(self.first)


def valid(geometry: Geometry) -> Geometry:
    """Return geometries that can be overlaid: outlines that cross themselves are mended, None stays None."""
    found = np.asarray(geometry, object).copy()
    wrong = np.flatnonzero(~shapely.is_valid(found) & ~shapely.is_missing(found))
    for i in wrong:
        found[i] = areas_only(np.array([shapely.make_valid(found[i])], object))[0]
    return found


def areas_only(geometry: Geometry) -> Geometry:
    """Return each geometry without the lines and points in it; an empty polygon where there is no area."""
    found = np.asarray(geometry, object).copy()
    for i in np.flatnonzero(~np.isin(shapely.get_type_id(found), POLYGON_TYPES)):
        parts = shapely.get_parts(shapely.get_parts(np.array([found[i]], object)))
        areas = parts[np.isin(shapely.get_type_id(parts), POLYGON_TYPES)]
        found[i] = shapely.union_all(areas) if len(areas) else shapely.Polygon()
    return found


def overlaps(first: Geometry, second: Geometry) -> Overlaps:
    """Return where the second geometries (of any kind) lie in the first ones (areas).

    Areas that only touch do not overlap.
    """
    tree = shapely.STRtree(second)
    i, j = tree.query(first, predicate="intersects")
    common = shapely.intersection(first[i], second[j])
    is_area = np.isin(shapely.get_type_id(second), POLYGON_TYPES)[j] if len(j) else np.zeros(0, bool)
    common[is_area] = areas_only(common[is_area])
    is_any = ~shapely.is_empty(common)
    order = np.lexsort((j[is_any], i[is_any]))
    return Overlaps(i[is_any][order], j[is_any][order], common[is_any][order])


def within_reach(first: Geometry, second: Geometry, distance_m: float) -> Overlaps:
    """Return what of the second geometries (of any kind) lies nearer than a distance to the first ones (of any kind).

    Which pairs are near is exact; the common part is cut with a buffer of QUARTER_STEPS corners a quarter circle.
    """
    tree = shapely.STRtree(second)
    i, j = tree.query(first, predicate="dwithin", distance=distance_m)
    is_near = shapely.distance(first[i], second[j]) < distance_m if len(i) else np.zeros(0, bool)
    i, j = i[is_near], j[is_near]
    used, place = np.unique(i, return_inverse=True)
    zones = shapely.buffer(first[used], distance_m, quad_segs=QUARTER_STEPS)
    common = shapely.intersection(zones[place], second[j]) if len(i) else np.zeros(0, object)
    is_area = np.isin(shapely.get_type_id(second), POLYGON_TYPES)[j] if len(j) else np.zeros(0, bool)
    common[is_area] = areas_only(common[is_area])
    is_any = ~shapely.is_empty(common)
    return Overlaps(i[is_any], j[is_any], common[is_any])


def beyond(second: Geometry, first: Geometry) -> tuple[IntArray, Geometry]:
    """Return what of the second geometries none of the first covers, and which of them that is."""
    tree = shapely.STRtree(first)
    j, i = tree.query(second, predicate="intersects")
    left = np.asarray(second, object).copy()
    order = np.lexsort((i, j))  # joined in one order, whichever other areas there are
    rows, begin = np.unique(j[order], return_index=True)
    for row, some in zip(rows, np.split(i[order], begin[1:]), strict=True):
        left[row] = shapely.difference(left[row], shapely.union_all(first[some]))
    is_area = np.isin(shapely.get_type_id(second), POLYGON_TYPES)
    left[is_area] = areas_only(left[is_area])
    is_any = ~shapely.is_empty(left) & ~shapely.is_missing(left)
    return np.flatnonzero(is_any), left[is_any]


def without(geometry: Geometry, zones: Geometry, is_meant: npt.NDArray[np.bool_]) -> Geometry:
    """Return geometries (n,) less the zones; only those of which is_meant (n,) is true lose anything."""
    found = np.asarray(geometry, object).copy()
    meant = np.flatnonzero(is_meant)
    if not len(zones) or not len(meant):
        return found
    cut, left = np.zeros(len(meant), bool), found[meant]
    i, j = shapely.STRtree(zones).query(left, predicate="intersects")
    for place in np.unique(i):
        cut[place] = True
        left[place] = shapely.difference(left[place], shapely.union_all(zones[np.sort(j[i == place])]))
    found[meant[cut]] = left[cut]
    return found


def is_sliver(geometry: Geometry, *, area_m2: float, width_m: float) -> npt.NDArray[np.bool_]:
    """Return which single areas are slivers: smaller than an area, or nowhere as wide as a width.

    A shape's widest place is at least twice its area by its outline's length, so few have to be looked at closely.
    """
    area = shapely.area(geometry)
    found: npt.NDArray[np.bool_] = area < area_m2
    if width_m <= 0:
        return found
    with np.errstate(invalid="ignore", divide="ignore"):
        near = np.flatnonzero(~found & (2 * area / shapely.length(geometry) < width_m))
    found[near] = shapely.is_empty(shapely.buffer(geometry[near], -width_m / 2, join_style="mitre"))
    return found


def parts_of(geometry: Geometry) -> tuple[IntArray, Geometry]:
    """Return the single parts of geometries, and to which each belongs."""
    parts, owner = shapely.get_parts(geometry, return_index=True)
    return owner, parts


def split_slivers(
    geometry: Geometry, *, area_m2: float, width_m: float
) -> tuple[Geometry, npt.NDArray[np.float64], npt.NDArray[np.intp]]:
    """Return areas without their sliver parts, the slivers' area (n,) and their number (n,); lines and points stay."""
    owner, parts = parts_of(geometry)
    is_area = np.isin(shapely.get_type_id(parts), POLYGON_TYPES)
    sliver = np.zeros(len(parts), bool)
    sliver[is_area] = is_sliver(parts[is_area], area_m2=area_m2, width_m=width_m)
    count = len(geometry)
    lost_m2 = np.bincount(owner[sliver], shapely.area(parts[sliver]), minlength=count).astype(np.float64)
    kept: Geometry = np.asarray(geometry, object).copy()
    for row in np.unique(owner[sliver]):
        left = parts[(owner == row) & ~sliver]
        kept[row] = shapely.multipolygons(left) if len(left) > 1 else left[0] if len(left) else shapely.Polygon()
    return kept, lost_m2, np.bincount(owner[sliver], minlength=count).astype(np.intp)


def representative(geometry: Geometry) -> npt.NDArray[np.float64]:
    """Return a point (n, 2) in each geometry."""
    found: Any = shapely.get_coordinates(shapely.point_on_surface(geometry))
    return np.asarray(found, float)
