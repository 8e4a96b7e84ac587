"""A layer's rows to pieces of triangles, lines and points that an export can write, tile by tile."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from layers.extrude import SECTORS, extrude
from layers.model_mesh import body_mesh
from layers.triangulate import triangulate
from twin.buildings import Buildings, Outlines
from twin.features import Lines, Points, Polygons
from twin.layer import Layer
from twin.mesh import MeshPart
from twin.models import FINEST_BIT, Bodies
from twin.standing import standing_of
from twin.terrain import FLAT, Ground, Terrain

Mask = npt.NDArray[np.bool_]
Integers = npt.NDArray[np.integer]

GROUND_NODES = 1_000
"""A terrain finer than this, along either side, is thinned out."""


def mesh_parts(layer: Layer, is_chosen: Mask, *, ground: Ground = FLAT, is_closed: bool = True) -> Iterator[MeshPart]:
    """Return the chosen rows of a layer as pieces, a tile at a time: no more than one is held.

    is_chosen   (n,) by table row
    ground      what everything stands on: buildings on the lowest of it under their footprint
    is_closed   True closes buildings below, so that they are watertight
    """
    if layer.terrain is not None:
        yield from _terrain_part(layer.terrain, ground)
    elif layer.tiles is not None:
        yield from _building_parts(layer, is_chosen, ground, is_closed=is_closed)
    elif layer.model is not None:
        rows = np.flatnonzero(is_chosen & (np.diff(layer.model.body_row_start) > 0))
        if len(rows):
            yield _standing_part(layer.model, rows, ground)
    elif layer.features is not None:
        part = _feature_part(layer.features, is_chosen, ground)
        if len(part.simplices):
            yield part


def picked(buildings: Buildings, places: Integers) -> Buildings:
    """Return some of the buildings, by their places."""
    outlines = buildings.outlines
    part, feature_start = _runs(outlines.feature_start, places)
    ring, part_start = _runs(outlines.part_start, part)
    vertex, ring_start = _runs(outlines.ring_start, ring)
    return replace(
        buildings,
        outlines=Outlines(outlines.xy[vertex], ring_start, part_start, feature_start),
        base_m=buildings.base_m[places],
        height_m=buildings.height_m[places],
        row=buildings.row[places],
    )


def chosen_buildings(layer: Layer, is_chosen: Mask) -> Iterator[tuple[int, Buildings]]:
    """Return the chosen buildings with their tile's number, a tile at a time; tiles without any are left out."""
    assert layer.tiles is not None
    for tile in range(len(layer.tiles.index())):
        buildings = layer.tiles.fetch(tile)
        places = np.flatnonzero(is_chosen[buildings.row])
        if len(places):
            yield tile, buildings if len(places) == len(buildings) else picked(buildings, places)


def _building_parts(layer: Layer, is_chosen: Mask, ground: Ground, *, is_closed: bool) -> Iterator[MeshPart]:
    assert layer.tiles is not None
    index, feet_m = layer.tiles.index(), feet_of(layer, ground)
    for tile, buildings in chosen_buildings(layer, is_chosen):
        lift_m = feet_m[buildings.row]
        if layer.model is not None:
            part = _body_part(layer, buildings, lift_m)
        else:
            part = _prism_part(buildings, lift_m, is_closed=is_closed)
        prominence_m = float(index.prominence_m[tile].max())
        yield replace(part, tile=tile, parent=int(index.parent[tile]), prominence_m=prominence_m)


def feet_of(layer: Layer, ground: Ground) -> npt.NDArray[np.float32]:
    """Return how high each row's building stands (rows,), above the ground's datum."""
    return np.zeros(len(layer.table), np.float32) if ground.is_flat else standing_of(layer, ground).foot_m


def _prism_part(buildings: Buildings, lift_m: npt.NDArray[np.float32], *, is_closed: bool) -> MeshPart:
    mesh = extrude(buildings, is_closed=is_closed)
    points = mesh.points.copy()
    points[:, 2] += lift_m[mesh.vertex_feature]
    return MeshPart(
        origin_local=(*buildings.origin_local, 0.0),
        points=points,
        simplices=mesh.faces,
        row=buildings.row[mesh.vertex_feature],
        walls=int(mesh.sector_start[SECTORS]),
        is_prism=True,
    )


def _body_part(layer: Layer, buildings: Buildings, lift_m: npt.NDArray[np.float32]) -> MeshPart:
    assert layer.model is not None
    mesh = body_mesh(layer.model, buildings.row, FINEST_BIT, buildings.origin_local)
    points = mesh.points.copy()
    points[:, 2] += (lift_m + buildings.base_m)[mesh.vertex_row]
    return MeshPart((*buildings.origin_local, 0.0), points, mesh.faces, buildings.row[mesh.vertex_row])


def _standing_part(bodies: Bodies, rows: Integers, ground: Ground) -> MeshPart:
    """Return the bodies of a city model's other objects: roads, water, plants."""
    xy = bodies.body_anchor[rows, :2]
    middle = (float(xy[:, 0].mean()), float(xy[:, 1].mean()))
    mesh = body_mesh(bodies, rows.astype(np.int32), FINEST_BIT, middle)
    points = mesh.points.copy()
    points[:, 2] += ground.z_at(xy).astype(np.float32)[mesh.vertex_row]
    return MeshPart((*middle, 0.0), points, mesh.faces, rows.astype(np.int32)[mesh.vertex_row])


def _feature_part(features: Points | Lines | Polygons, is_chosen: Mask, ground: Ground) -> MeshPart:
    if isinstance(features, Polygons):
        xy, row = features.outlines.xy, np.repeat(features.row, _vertices(features.outlines))
        simplices = triangulate(features.outlines).faces if len(xy) else np.empty((0, 3), np.int32)
    elif isinstance(features, Lines):
        count = np.diff(features.line_start)
        xy, row = features.xy_local, np.repeat(features.row, count)
        first = np.delete(np.arange(len(xy), dtype=np.int32), features.line_start[1:][count > 0] - 1)
        simplices = np.column_stack([first, first + 1]).astype(np.int32)
    else:
        xy, row = features.xy_local, features.row
        simplices = np.arange(len(xy), dtype=np.int32)[:, None]
    return _compact(np.asarray(xy, np.float64), simplices[is_chosen[row[simplices[:, 0]]]], row, ground)


def _compact(xy: npt.NDArray[np.float64], simplices: Integers, row: Integers, ground: Ground) -> MeshPart:
    """Return the part without the points that no simplex has, from an origin in its middle."""
    used, place = np.unique(simplices, return_inverse=True)
    some = xy[used]
    middle = (some.min(axis=0) + some.max(axis=0)) / 2 if len(some) else np.zeros(2)
    points = np.empty((len(used), 3), np.float32)
    points[:, :2] = some - middle
    points[:, 2] = ground.z_at(some)
    origin = (float(middle[0]), float(middle[1]), 0.0)
    return MeshPart(origin, points, place.reshape(simplices.shape).astype(np.int32), row[used].astype(np.int32))


def _terrain_part(terrain: Terrain, ground: Ground) -> Iterator[MeshPart]:
    lines, columns = terrain.height_m.shape
    step = max(1, -(-max(lines, columns) // GROUND_NODES))
    height = terrain.height_m[::step, ::step]
    lines, columns = height.shape
    (x, y), (dx, dy) = terrain.first_local, terrain.spacing_m
    points = np.empty((lines, columns, 3), np.float32)
    points[..., 0] = np.arange(columns) * (dx * step)
    points[..., 1] = (np.arange(lines) * (dy * step))[:, None]
    points[..., 2] = np.nan_to_num(height - ground.datum_m)
    number = np.arange(lines * columns, dtype=np.int32).reshape(lines, columns)
    a, b, c, d = number[:-1, :-1], number[:-1, 1:], number[1:, 1:], number[1:, :-1]
    faces = np.stack([a, b, c, a, c, d], axis=-1).reshape(-1, 3)
    is_known = np.isfinite(height).reshape(-1)
    faces = faces[is_known[faces].all(axis=1)]
    if len(faces):
        row = np.zeros(lines * columns, np.int32)
        yield MeshPart((x, y, 0.0), points.reshape(-1, 3), faces, row)


def _vertices(outlines: Outlines) -> Integers:
    sizes: Integers = np.diff(np.asarray(outlines.ring_start)[np.asarray(outlines.part_start)[outlines.feature_start]])
    return sizes


def _runs(start: Integers, chosen: Integers) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]]:
    """Return the numbers of all children of the chosen parents, and where each parent's children start now."""
    first = np.asarray(start)[chosen]
    count = np.asarray(start)[chosen + 1] - first
    new_start = np.zeros(len(chosen) + 1, np.int32)
    np.cumsum(count, out=new_start[1:])
    numbers = np.arange(new_start[-1], dtype=np.int32)
    numbers += np.repeat(first - new_start[:-1], count).astype(np.int32)
    return numbers, new_start
