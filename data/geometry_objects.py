"""The few geometries that need an object each: collections, very many parts, what GEOS has mended."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import shapely

from data.raw_rings import IntArray, RawRings, RowState, ragged_indices


def with_odd(rings: RawRings, wkb: pa.Array, odd: IntArray) -> RawRings:
    """Add the rows that only shapely understands: collections, rows of very many parts, mixed byte orders."""
    geometries = shapely.from_wkb(wkb.take(pa.array(odd)).to_numpy(zero_copy_only=False), on_invalid="ignore")
    state = rings.state.copy()
    polygons, of = areas_of(geometries)
    state[odd] = np.where(shapely.is_missing(geometries), RowState.UNREADABLE, RowState.OTHER)
    state[odd[shapely.is_empty(geometries)]] = RowState.EMPTY
    state[odd[of]] = RowState.READ
    more = rings_of_polygons(polygons, odd[of].astype(np.int32), state)
    row = np.concatenate([rings.ring_row, more.ring_row])
    order = np.argsort(row, kind="stable")
    count = np.concatenate([np.diff(rings.ring_start), np.diff(more.ring_start)])
    start = np.concatenate([rings.ring_start[:-1], more.ring_start[:-1] + rings.ring_start[-1]])
    taken, ring_start = ragged_indices(start[order], count[order])
    xy = np.concatenate([rings.xy, more.xy])[taken]
    return RawRings(xy, ring_start, row[order], np.concatenate([rings.is_outer, more.is_outer])[order], state)


def inner_kinds(wkb: pa.Array) -> IntArray:
    """Return how many geometries of each kind (by code) lie inside the collections of a column (20,)."""
    shapes = shapely.from_wkb(wkb.to_numpy(zero_copy_only=False), on_invalid="ignore")
    parts = shapely.get_parts(shapes[shapely.get_type_id(shapes) == 7])
    while (shapely.get_type_id(parts) == 7).any():
        parts = shapely.get_parts(parts)
    code = np.array([1, 2, 2, 3, 4, 5, 6])
    return np.bincount(code[shapely.get_type_id(parts)], minlength=20)


def areas_of(geometries: npt.NDArray[np.object_]) -> tuple[npt.NDArray[np.object_], IntArray]:
    """Return the polygons inside any geometries, collections in collections too, and each one's place (p,)."""
    parts, of = geometries, np.arange(len(geometries))
    kind = shapely.get_type_id(parts)
    while (kind >= 4).any():
        parts, inner = shapely.get_parts(parts, return_index=True)
        of = of[inner]
        kind = shapely.get_type_id(parts)
    is_area = (kind == 3) & ~shapely.is_empty(parts)
    return parts[is_area], of[is_area]


def closed_lines_as_areas(wkb: pa.Array) -> pa.Array:
    """Return a column where lines that end where they began are the areas inside them: drawings have such outlines."""
    shapes = shapely.from_wkb(wkb.to_numpy(zero_copy_only=False), on_invalid="ignore")
    parts, of = shapely.get_parts(shapes, return_index=True)
    is_ring = (shapely.get_type_id(parts) == 1) & shapely.is_closed(parts) & (shapely.get_num_coordinates(parts) > 3)
    rings, row = parts[is_ring], of[is_ring]
    if not len(rings):
        return wkb
    corners, ring = shapely.get_coordinates(rings, return_index=True)
    areas = np.asarray(shapely.polygons(shapely.linearrings(corners, indices=ring)), object)
    changed = np.unique(row)
    shapes[changed] = shapely.multipolygons(areas, indices=np.searchsorted(changed, row))
    return pa.array(shapely.to_wkb(shapes), pa.large_binary())


def rings_of_polygons(
    polygons: npt.NDArray[np.object_], row: npt.NDArray[np.int32], state: npt.NDArray[np.uint8]
) -> RawRings:
    """Return the rings of shapely polygons (p,), each belonging to a row (p,)."""
    if not len(polygons):
        none = np.zeros(0, np.int32)
        return RawRings(np.zeros((0, 2)), np.zeros(1, np.int64), none, np.zeros(0, bool), state)
    _, xy, (ring_start, part_start) = shapely.to_ragged_array(polygons, include_z=False)
    is_outer = np.zeros(len(ring_start) - 1, bool)
    is_outer[part_start[:-1]] = True
    ring_row = np.repeat(row, np.diff(part_start))
    last = ring_start[1:] - 1
    xy = np.delete(xy, last, axis=0)
    ring_start = ring_start - np.arange(len(ring_start))
    return RawRings(xy, ring_start.astype(np.int64), ring_row, is_outer, state)
