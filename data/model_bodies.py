"""The objects of a city model as bodies to be drawn: which surfaces stand for a row, and at which level of detail."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from data.crs import into_frame
from data.model_footprints import rows_of
from data.raw_rings import ragged_indices
from twin.models import FINEST_BIT, MOST_LODS, Bodies, CityModel, Semantics, Surfaces
from twin.place import LocalFrame
from twin.report import Report

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

UNSTATED_LOD = 0.5
"""A geometry that does not say its level of detail counts as more than a footprint, less than a block."""
NO_AREA_M2 = 1e-6
FARTHEST_M = 5e7
"""Farther from the origin than once around the earth: the CRS cannot place it."""
SURFACES_AT_ONCE = 16_384
SLIGHT = 1e-9


@dataclass(frozen=True, slots=True)
class RawBodies:
    """The bodies of the objects of one type, in the CRS of their file."""

    surfaces: Surfaces
    used: IntArray
    """(s,) the surfaces that belong to rows, ordered by row."""
    row_start: IntArray
    """(rows + 1,) first of them of each row."""
    levels: npt.NDArray[np.uint16]
    """(s,) as Bodies.body_levels."""
    lods: npt.NDArray[np.float32]

    def placed(self, crs: str, frame: LocalFrame, report: Report) -> Bodies | None:
        """Return the bodies in the project's frame; None where there is nothing to draw."""
        return _placed(self, crs, frame, report) if len(self.used) else None


def raw_bodies(model: CityModel, kind: str) -> RawBodies:
    """Return what is to be drawn of the objects of one type, with what is a part of them."""
    surfaces = model.surfaces
    row, _ = rows_of(model, kind, with_installations=True)
    count = int(np.sum(model.object_type == model.types.index(kind)))
    place = row[surfaces.geometry_object]  # (g,) row of each geometry
    lod = np.nan_to_num(surfaces.geometry_lod.astype(np.float64), nan=UNSTATED_LOD).round(3)
    has_surfaces = np.bincount(surfaces.geometry, minlength=len(lod)) > 0
    is_ours = (place >= 0) & has_surfaces
    stated = np.unique(lod[is_ours & np.isfinite(surfaces.geometry_lod)])[-MOST_LODS:]
    levels = _levels(model, row, lod, is_ours, stated)
    levels &= ~_is_said_twice(surfaces, lod, levels)
    of_surface = levels[surfaces.geometry]
    used = np.flatnonzero(of_surface)
    order = np.argsort(place[surfaces.geometry[used]], kind="stable")
    used = used[order]
    start = np.concatenate([[0], np.cumsum(np.bincount(place[surfaces.geometry[used]], minlength=count))])
    return RawBodies(surfaces, used, start, of_surface[used], stated.astype(np.float32))


def _levels(
    model: CityModel, row: IntArray, lod: FloatArray, is_ours: npt.NDArray[np.bool_], stated: FloatArray
) -> npt.NDArray[np.uint16]:
    """Return at which levels each geometry (g,) is drawn.

    Each object shows the finest it has up to the level asked for, else the coarsest it has; but a part that is finer
    only is left to the whole. An object that has parts is left to them where they are finer. The finest leaves out what
    is only a footprint: that is raised to a block.
    """
    of, levels = model.surfaces.geometry_object, np.zeros(len(lod), np.uint16)
    asked = [*((bit, level) for bit, level in enumerate(stated.tolist())), (FINEST_BIT, np.inf)]
    rows = int(row.max(initial=-1)) + 1
    is_part = model.parent >= 0
    for bit, level in asked:
        below, above = np.full(len(row), -1.0), np.full(len(row), np.inf)
        is_up_to = is_ours & (lod <= level + SLIGHT)
        np.maximum.at(below, of[is_up_to], lod[is_up_to])
        np.minimum.at(above, of[is_ours], lod[is_ours])
        is_root = (row >= 0) & ~is_part & (below >= 0)
        root_has = np.bincount(row[is_root], minlength=rows + 1) > 0
        above[is_part & root_has[row]] = np.inf
        best = np.where(below >= 0, below, above)
        of_parts = np.full(rows + 1, -1.0)
        has = is_part & (row >= 0) & np.isfinite(best)
        np.maximum.at(of_parts, row[has], best[has])
        is_drawn = is_ours & (lod == best[of]) & ((best >= of_parts[row]) | is_part)[of]
        if bit == FINEST_BIT:
            is_drawn &= lod > 0
        levels[is_drawn] |= np.uint16(1 << bit)
    return levels


def _is_said_twice(surfaces: Surfaces, lod: FloatArray, levels: npt.NDArray[np.uint16]) -> npt.NDArray[np.uint16]:
    """Return the levels at which a geometry (g,) repeats what others of its object say with semantics."""
    says = np.zeros(len(lod), bool)
    says[surfaces.geometry[surfaces.semantics != Semantics.UNSTATED]] = True
    key = np.stack([surfaces.geometry_object, (lod * 1000).astype(np.int64)])
    _, group = np.unique(key, axis=1, return_inverse=True)
    group = group.reshape(-1)
    is_told = np.zeros(int(group.max(initial=-1)) + 1, bool)
    is_told[group[says & (levels > 0)]] = True
    repeats = ~says & surfaces.is_solid & is_told[group]
    return np.where(repeats, levels, np.uint16(0)).astype(np.uint16)


def _placed(raw: RawBodies, crs: str, frame: LocalFrame, report: Report) -> Bodies | None:
    surfaces = raw.surfaces
    ring, surface_start = ragged_indices(surfaces.surface_start[raw.used], np.diff(surfaces.surface_start)[raw.used])
    count = np.diff(surfaces.ring_start)[ring]
    ring_start = np.concatenate([[0], np.cumsum(count)])
    corner_start = ring_start[surface_start[raw.row_start]]
    near, place = _in_frame(surfaces, ring, count, crs, frame)
    anchor = np.zeros((len(raw.row_start) - 1, 3))
    offset = np.empty((int(ring_start[-1]), 3), np.float32)
    bare: list[IntArray] = []
    for rows in _portions(raw.row_start):
        rings = slice(*surface_start[raw.row_start[[rows.start, rows.stop]]].tolist())
        corner, _ = ragged_indices(surfaces.ring_start[ring[rings]].astype(np.int64), count[rings])
        xyz = near[place[surfaces.corner[corner]]]
        is_lost = ~(np.abs(xyz) < FARTHEST_M).all(axis=1)
        if is_lost.any():
            xyz[is_lost] = 0.0
            lost = np.flatnonzero(is_lost) + int(ring_start[rings.start])
            bare.append(np.searchsorted(ring_start[surface_start], lost, side="right") - 1)
        starts = corner_start[rows.start : rows.stop + 1] - corner_start[rows.start]
        offset[corner_start[rows.start] : corner_start[rows.stop]] = _anchored(xyz, starts, anchor[rows])
    if bare:
        surface = np.unique(np.concatenate(bare))
        raw.levels[surface] = 0
        report.add("surfaces lie where the project's CRS cannot place them", count=len(surface), is_loss=True)
    bodies = Bodies(
        offset,
        ring_start.astype(np.int32),
        surface_start.astype(np.int32),
        raw.row_start.astype(np.int32),
        surfaces.semantics[raw.used],
        raw.levels,
        anchor,
        raw.lods,
    )
    report.add("surfaces have no area and are not drawn", count=len(flat_surfaces(bodies)))
    return bodies


def _portions(row_start: IntArray) -> Iterator[slice]:
    """Yield runs of rows with not too many surfaces together: what is in between stays small."""
    first = 0
    while first < len(row_start) - 1:
        last = int(np.searchsorted(row_start, row_start[first] + SURFACES_AT_ONCE, side="right")) - 1
        last = min(max(last, first + 1), len(row_start) - 1)
        yield slice(first, last)
        first = last


def _in_frame(
    surfaces: Surfaces, ring: IntArray, count: IntArray, crs: str, frame: LocalFrame
) -> tuple[FloatArray, npt.NDArray[np.int32]]:
    """Return the vertices that are used in local metres, each transformed once, and which of them each vertex is."""
    is_used = np.zeros(len(surfaces.xyz), bool)
    for first in range(0, len(ring), SURFACES_AT_ONCE):
        some = slice(first, first + SURFACES_AT_ONCE)
        corner, _ = ragged_indices(surfaces.ring_start[ring[some]].astype(np.int64), count[some])
        is_used[surfaces.corner[corner]] = True
    near = surfaces.xyz[is_used]
    near[:, :2] = into_frame(np.ascontiguousarray(near[:, :2]), crs, frame)
    return near, np.cumsum(is_used, dtype=np.int32) - np.int32(1)


def _anchored(xyz: FloatArray, start: IntArray, anchor: FloatArray) -> FloatArray:
    """Return corners (c, 3) from each row's anchor: the middle of its bounds at its lowest corner, which is set."""
    has = np.flatnonzero(np.diff(start) > 0)
    if len(has):
        low, high = np.minimum.reduceat(xyz, start[has]), np.maximum.reduceat(xyz, start[has])
        anchor[has] = (low + high) / 2
        anchor[has, 2] = low[:, 2]
    return xyz - np.repeat(anchor, np.diff(start), axis=0)


def flat_surfaces(bodies: Bodies) -> IntArray:
    """Return the surfaces whose outer ring encloses nothing: all corners on a line. source: Newell's method."""
    outer = bodies.body_surface_start[:-1]
    doubled = np.empty(len(outer))
    for first in range(0, len(outer), SURFACES_AT_ONCE):
        some = outer[first : first + SURFACES_AT_ONCE]
        corner, start = ragged_indices(
            bodies.body_ring_start[some].astype(np.int64), np.diff(bodies.body_ring_start)[some]
        )
        points = bodies.body_offset[corner].astype(np.float64)
        points -= np.repeat(points[start[:-1]], np.diff(start), axis=0)
        after = np.arange(1, len(corner) + 1)
        after[start[1:] - 1] = start[:-1]
        normal = np.add.reduceat(np.cross(points, points[after]), start[:-1])
        doubled[first : first + len(some)] = np.sqrt((normal**2).sum(axis=1))
    return np.flatnonzero(doubled < 2 * NO_AREA_M2)


def with_rows_shown(bodies: Bodies, is_shown: npt.NDArray[np.bool_]) -> Bodies:
    """Return the bodies where rows that are not shown draw nothing."""
    row = np.repeat(np.arange(len(is_shown)), np.diff(bodies.body_row_start))
    return replace(bodies, body_levels=np.where(is_shown[row], bodies.body_levels, np.uint16(0)).astype(np.uint16))
