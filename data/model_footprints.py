"""What a city object covers on the map, how high its roof and how low its ground is: from surfaces in space."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely

from data.raw_rings import ragged_indices
from twin.models import CityModel, Semantics, Surfaces
from twin.report import Report

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

SURFACES_AT_ONCE = 16_384
"""Surfaces measured together, so that what is in between stays small."""
UPRIGHT = 0.01
"""A surface whose normal rises by less than this share is a wall: it covers nothing on the map."""
INSTALLED = ("Installation", "ConstructiveElement")
"""Ends of the types of objects that are drawn with the one they belong to."""
AS_GROUND, AS_ROOF, AS_ANY, COVERS_NOTHING = 0, 1, 2, 3
"""How well a surface tells what an object covers; each object is covered by its best ones."""


@dataclass(frozen=True, slots=True)
class Footprints:
    """The objects of one type."""

    shapes: npt.NDArray[np.object_]
    """(n,) shapely areas in the model's CRS; None where nothing covers ground."""
    roof_z: FloatArray
    """(n,) highest of the roof, metres; NaN where nothing is known."""
    ground_z: FloatArray
    """(n,) lowest of the ground, metres."""
    lod: FloatArray
    """(n,) level of detail that was used, the highest there is; NaN where it is not stated."""
    parts: IntArray
    """(n,) how many parts the object has."""


def footprints(model: CityModel, kind: str, report: Report, *, as_boxes: bool = False) -> Footprints:
    """Return what the objects of one type cover, with their parts ("BuildingPart" under "Building").

    The ground surfaces tell it; without any, downward faces of a solid; else what is not upright is projected.

    as_boxes   whether the upright rectangle round each object will do: terrain has a million triangles an object
    """
    row, parts = rows_of(model, kind)
    count = int(np.sum(model.object_type == model.types.index(kind)))
    faces = _Faces.of(model.surfaces)
    object_of = model.surfaces.geometry_object[model.surfaces.geometry]
    used = _most_detailed(model.surfaces, row, object_of)
    place = row[object_of[used]]
    lod = np.full(count, np.nan)
    np.fmax.at(lod, place, model.surfaces.geometry_lod[model.surfaces.geometry[used]])
    quality = _quality(model.surfaces, faces, is_any=kind != "Building")[used]
    best = np.full(count, COVERS_NOTHING)
    np.minimum.at(best, place, quality)
    is_covering = (quality == best[place]) & (quality < COVERS_NOTHING)
    of_shape = model.surfaces, used[is_covering], place[is_covering], count
    shapes = _boxes(*of_shape) if as_boxes else _merged(*of_shape, report)
    roof_z = _extreme(faces.top[used], place, model.surfaces.semantics[used] == Semantics.ROOF, count, is_top=True)
    is_ground = model.surfaces.semantics[used] == Semantics.GROUND
    ground_z = _extreme(faces.bottom[used], place, is_ground, count, is_top=False)
    return Footprints(shapes, roof_z, ground_z, lod, parts)


def rows_of(model: CityModel, kind: str, *, with_installations: bool = False) -> tuple[IntArray, IntArray]:
    """Return each object's row (n,), that of the object it is a part of or -1; and how many parts each row has.

    with_installations   whether balconies, chimneys and the like belong to the row, too
    """
    code = model.types.index(kind)
    part = model.types.index(f"{kind}Part") if f"{kind}Part" in model.types else -1
    belonging = [part]
    if with_installations:
        belonging += [t for t, name in enumerate(model.types) if name in (f"{kind}{end}" for end in INSTALLED)]
    row = np.full(len(model), -1, np.int64)
    own = np.flatnonzero(model.object_type == code)
    row[own] = np.arange(len(own))
    waiting = np.flatnonzero(np.isin(model.object_type, belonging) & (model.parent >= 0))
    while len(waiting):  # parts may have parts
        row[waiting] = row[model.parent[waiting]]
        still = waiting[row[waiting] < 0]
        if len(still) == len(waiting):
            break
        waiting = still
    is_part = (model.object_type == part) & (row >= 0)
    return row, np.bincount(row[is_part], minlength=len(own)).astype(np.int64)


@dataclass(frozen=True, slots=True)
class _Faces:
    """Each surface by itself."""

    rise: FloatArray
    """(s,) upward share of the outer ring's normal: 1 faces up, 0 is upright, -1 faces down."""
    top: FloatArray
    bottom: FloatArray
    """(s,) highest and lowest corner."""

    @classmethod
    def of(cls, surfaces: Surfaces) -> _Faces:
        every = range(0, len(surfaces), SURFACES_AT_ONCE)
        some = [cls._of(surfaces, surfaces.surface_start[first : first + SURFACES_AT_ONCE + 1][:-1]) for first in every]
        none = np.zeros(0)
        rise, top, bottom = (np.concatenate([*(getattr(s, name) for s in some), none]) for name in cls.__slots__)
        return cls(rise, top, bottom)

    @classmethod
    def _of(cls, surfaces: Surfaces, outer: npt.NDArray[np.int32]) -> _Faces:
        first = surfaces.ring_start[outer].astype(np.int64)
        corner, start = ragged_indices(first, surfaces.ring_start[outer + 1] - first)
        normal = _normals(surfaces, corner, start)
        length = np.sqrt((normal**2).sum(axis=1))
        with np.errstate(invalid="ignore", divide="ignore"):
            rise = np.where(length > 0, normal[:, 2] / length, 0.0)
        z = surfaces.xyz[surfaces.corner[corner], 2]
        return cls(rise, np.maximum.reduceat(z, start[:-1]), np.minimum.reduceat(z, start[:-1]))


def _normals(surfaces: Surfaces, corner: IntArray, start: IntArray) -> FloatArray:
    """Return each outer ring's normal (s, 3), as long as twice its area. source: Newell's method."""
    point = surfaces.xyz[surfaces.corner[corner]]
    point -= np.repeat(point[start[:-1]], np.diff(start), axis=0)
    following = np.arange(1, len(corner) + 1)
    following[start[1:] - 1] = start[:-1]
    return np.asarray(np.add.reduceat(np.cross(point, point[following]), start[:-1], axis=0))


def _most_detailed(surfaces: Surfaces, row: IntArray, object_of: npt.NDArray[np.int32]) -> IntArray:
    """Return the surfaces to be used: of each object those of its highest level of detail.

    A level of 0 is used where the whole row has no higher one.
    """
    lod = np.nan_to_num(surfaces.geometry_lod.astype(np.float64), nan=0.5)[surfaces.geometry]
    of_object = np.full(len(row), -1.0)
    np.maximum.at(of_object, object_of, lod)
    of_row = np.full(int(row.max(initial=-1)) + 2, -1.0)  # the last one stands for no row
    np.maximum.at(of_row, row[object_of], lod)
    is_flat = (lod == 0) & (of_row[row[object_of]] > 0)
    return np.flatnonzero((row[object_of] >= 0) & (lod == of_object[object_of]) & ~is_flat)


def _quality(surfaces: Surfaces, faces: _Faces, *, is_any: bool) -> IntArray:
    """Return how well each surface tells what its object covers (s,).

    is_any   whether all that is not upright covers: a road, water, a bridge
    """
    means, is_upright = surfaces.semantics, np.abs(faces.rise) < UPRIGHT
    quality = np.full(len(surfaces), AS_ANY)
    if not is_any:
        faces_down = surfaces.is_solid[surfaces.geometry] & (faces.rise < 0)
        quality[(means == Semantics.ROOF) | ((means == Semantics.UNSTATED) & ~faces_down)] = AS_ROOF
        quality[(means == Semantics.GROUND) | ((means == Semantics.UNSTATED) & faces_down)] = AS_GROUND
    quality[is_upright] = COVERS_NOTHING
    return quality


def _extreme(z: FloatArray, place: IntArray, is_meant: BoolArray, count: int, *, is_top: bool) -> FloatArray:
    """Return the highest or lowest of each row's surfaces that are meant, of all where none is; NaN without any."""
    furthest = np.fmax if is_top else np.fmin
    of_all, of_meant = np.full(count, np.nan), np.full(count, np.nan)
    furthest.at(of_all, place, z)
    furthest.at(of_meant, place[is_meant], z[is_meant])
    return np.where(np.isnan(of_meant), of_all, of_meant)


# shapes


def _merged(surfaces: Surfaces, used: IntArray, place: IntArray, count: int, report: Report) -> npt.NDArray[np.object_]:
    """Return one area a row: its surfaces seen from above, put together."""
    shapes = np.full(count, None, object)
    order = np.argsort(place, kind="stable")
    polygons, place = _polygons(surfaces, used[order]), place[order]
    many = np.bincount(place, minlength=count)[place] > 1
    shapes[place[~many]] = polygons[~many]
    if not many.any():
        return shapes
    several, place = polygons[many], place[many]
    broken = np.flatnonzero(~shapely.is_valid(several))
    several[broken] = shapely.make_valid(several[broken], method="structure", keep_collapsed=False)
    rows, group = np.unique(place, return_inverse=True)
    together = np.asarray(shapely.geometrycollections(several, indices=group))
    try:
        shapes[rows] = shapely.union_all(together[:, None], axis=1)
    except shapely.GEOSException:  # one of them: the others are not to suffer
        shapes[rows] = [_union(one) for one in together]
        report.add("footprints of several faces could not be put together exactly", count=1)
    return shapes


def _boxes(surfaces: Surfaces, used: IntArray, place: IntArray, count: int) -> npt.NDArray[np.object_]:
    """Return the upright rectangle round each row's surfaces."""
    ring = surfaces.surface_start[used]
    corner, start = ragged_indices(surfaces.ring_start[ring].astype(np.int64), np.diff(surfaces.ring_start)[ring])
    xy = surfaces.xyz[surfaces.corner[corner], :2]
    row = np.repeat(place, np.diff(start))
    low, high = np.full((count, 2), np.inf), np.full((count, 2), -np.inf)
    np.minimum.at(low, row, xy)
    np.maximum.at(high, row, xy)
    shapes = np.full(count, None, object)
    has = (high > low).all(axis=1)
    shapes[has] = shapely.box(*low[has].T, *high[has].T)
    return shapes


def _union(together: shapely.Geometry) -> shapely.Geometry:
    try:
        return shapely.union_all([together])
    except shapely.GEOSException:
        return shapely.union_all([together], grid_size=0.001)


def _polygons(surfaces: Surfaces, used: IntArray) -> npt.NDArray[np.object_]:
    """Return surfaces as shapely polygons on the map."""
    ring, surface_start = ragged_indices(surfaces.surface_start[used], np.diff(surfaces.surface_start)[used])
    count = np.diff(surfaces.ring_start)[ring]
    corner, start = ragged_indices(surfaces.ring_start[ring], count + 1)
    corner[start[1:] - 1] = surfaces.ring_start[ring]
    xy = np.ascontiguousarray(surfaces.xyz[surfaces.corner[corner], :2])
    return np.asarray(shapely.from_ragged_array(shapely.GeometryType.POLYGON, xy, (start, surface_start)))
