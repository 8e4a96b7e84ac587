"""Shadows as polygons: the footprint of each prism swept along the sun's rays onto the ground."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import numpy.typing as npt
import shapely

from plugins.builtin.cell_grid import FloatArray, edges_of
from plugins.builtin.prisms import Prisms, ground_at
from plugins.builtin.sun_sweep import Sun
from plugins.contract import Terrain

SLOPE_STEP_M = 5.0
"""On terrain an edge throws its shadow piece by piece."""
ROUNDS = 40
LIFTED_M = 1.0
HOLLOW_M2 = 1e-6
"""An outline whose hull is larger by more than this is not convex."""
LEAST_M2 = 1e-8
Shapes = npt.NDArray[np.object_]


def shadows(prisms: Prisms, sun: Sun, terrain: Terrain | None, *, most_m: float) -> Shapes:
    """Return each building's shadow (n,), its own footprint in it.

    A point of flat ground lies in shade where the way from it toward the sun, as long as the building is high over the
    slope of the rays, meets the footprint: in the footprint itself, or in what one of its edges sweeps.

    most_m   no shadow is longer
    """
    if not len(prisms):
        return np.zeros(0, object)
    ground = ground_at(terrain, prisms.middle)
    if terrain is None:
        high = np.minimum((prisms.top_m - ground) / sun.slope, most_m)
        low = np.minimum(np.maximum(prisms.bottom_m - ground, 0.0) / sun.slope, most_m)
        return _swept(prisms.geometry, -sun.toward, low, high)
    pieces = shapely.segmentize(prisms.geometry, SLOPE_STEP_M)
    return _swept_on_terrain(pieces, prisms, sun, terrain, most_m)


def _swept(geometry: Shapes, away: FloatArray, low_m: FloatArray, high_m: FloatArray) -> Shapes:
    """Return polygons moved along a vector, from one length to another, with all that they pass."""
    xy, of = shapely.get_coordinates(geometry, return_index=True)
    near = shapely.set_coordinates(geometry.copy(), xy + away * low_m[of, None])
    far = shapely.set_coordinates(geometry.copy(), xy + away * high_m[of, None])
    # a convex outline sweeps the hull of where it begins and where it ends
    swept: Shapes = np.asarray(shapely.convex_hull(shapely.geometrycollections(np.column_stack([near, far]))), object)
    hollow = np.flatnonzero(shapely.area(shapely.convex_hull(near)) - shapely.area(near) > HOLLOW_M2)
    if len(hollow):
        a, b, edge_of = _leaving_edges(near[hollow], away)
        move = away * (high_m - low_m)[hollow][edge_of, None]
        swept[hollow] = _merged(near[hollow], _quads(a, b, b + move, a + move), edge_of)
    return swept


def _swept_on_terrain(geometry: Shapes, prisms: Prisms, sun: Sun, terrain: Terrain, most_m: float) -> Shapes:
    """Return the shadows on uneven ground: each corner's ray is followed until it meets the ground."""
    away = -sun.toward
    lifted = np.flatnonzero(prisms.bottom_m - ground_at(terrain, prisms.middle) > LIFTED_M)
    if len(lifted):  # what stands on nothing throws its shadow from its underside on
        geometry = geometry.copy()
        geometry[lifted] = _moved(geometry[lifted], prisms.bottom_m[lifted], sun, terrain, most_m)
    a, b, of = _leaving_edges(geometry, away)
    ends = [p + away * _lengths(p, prisms.top_m[of], sun, terrain, most_m)[:, None] for p in (b, a)]
    return _merged(geometry, _quads(a, b, *ends), of)


def _moved(geometry: Shapes, bottom_m: FloatArray, sun: Sun, terrain: Terrain, most_m: float) -> Shapes:
    """Return outlines where their underside's shadow falls."""
    xy, of = shapely.get_coordinates(geometry, return_index=True)
    along = _lengths(xy, bottom_m[of], sun, terrain, most_m)
    return shapely.make_valid(shapely.set_coordinates(geometry, xy - sun.toward * along[:, None]))


def _lengths(xy: FloatArray, top_m: FloatArray, sun: Sun, terrain: Terrain, most_m: float) -> FloatArray:
    """Return how far rays over points, top_m high, run until they meet the ground (n,).

    In ROUNDS steps along the ray until it is below the ground first, then by halving.
    """
    ground = ground_at(terrain, xy)
    flat = np.maximum(top_m - ground, 0.0) / sun.slope
    lowest = ground.min()
    longest = np.minimum(np.maximum(top_m - lowest, 0.0) / sun.slope + 1.0, most_m)
    low, high = np.zeros(len(xy)), np.minimum(np.maximum(flat * 3, longest), most_m)
    met = np.zeros(len(xy), bool)
    step = high / ROUNDS
    for number in range(1, ROUNDS + 1):
        at = step * number
        below = ~met & (_gap(xy, at, top_m, sun, terrain) <= 0)
        low, high = np.where(below, at - step, low), np.where(below, at, high)
        met |= below
    low = np.where(met, low, high)
    for _ in range(12):
        middle = (low + high) / 2
        below = _gap(xy, middle, top_m, sun, terrain) <= 0
        low, high = np.where(below, low, middle), np.where(below, middle, high)
    return np.asarray((low + high) / 2, np.float64)


def _gap(xy: FloatArray, along: FloatArray, top_m: FloatArray, sun: Sun, terrain: Terrain) -> FloatArray:
    return np.asarray(top_m - sun.slope * along - ground_at(terrain, xy - sun.toward * along[:, None]), np.float64)


def _leaving_edges(geometry: Shapes, away: FloatArray) -> tuple[FloatArray, FloatArray, npt.NDArray[np.int64]]:
    """Return the edges through which a way out of the polygon in this direction leads: only they sweep anything new."""
    a, b, of = edges_of(shapely.orient_polygons(geometry))
    step = b - a
    leaving = step[:, 1] * away[0] - step[:, 0] * away[1] > 1e-9
    return a[leaving], b[leaving], of[leaving]


def _quads(a: FloatArray, b: FloatArray, c: FloatArray, d: FloatArray) -> Shapes:
    return np.asarray(shapely.polygons(np.stack([a, b, c, d], axis=1)), object)


def _merged(near: Shapes, quads: Shapes, of: npt.NDArray[np.int64]) -> Shapes:
    """Return each polygon with the quads that belong to it as one."""
    quads = np.where(shapely.is_valid(quads), quads, shapely.make_valid(quads))
    quads, of = quads[shapely.area(quads) > LEAST_M2], of[shapely.area(quads) > LEAST_M2]
    pieces, owner = np.concatenate([near, quads]), np.concatenate([np.arange(len(near)), of])
    order = np.argsort(owner, kind="stable")
    pieces = pieces[order]
    starts = np.searchsorted(owner[order], np.arange(len(near) + 1))
    return np.array([shapely.union_all(pieces[s:e]) for s, e in pairwise(starts)], object)
