"""Models placed in the city: triangles from a file, moved, turned and scaled to where a scenario puts them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from twin.models import FINEST_BIT, Bodies, Semantics
from twin.place import LocalFrame
from twin.scenario import Edit, EditKind
from twin.scenario_shapes import LEAST_M2, FloatArray, points_local, polygons_in, turned

_FLAT_M = 0.05
"""A model flatter than this is raised so far: a building needs a height."""


@dataclass(frozen=True, slots=True, eq=False)
class ModelShape:
    """The triangles of a model, z up, in its own units; (0, 0) is the middle of its foot, z = 0 its lowest point."""

    points: FloatArray
    """(p, 3)."""
    faces: npt.NDArray[np.int32]
    """(f, 3) places in points, counter-clockwise seen from outside."""

    @property
    def size(self) -> tuple[float, float, float]:
        """Return width, depth and height in its own units."""
        x, y, z = np.ptp(self.points, axis=0).tolist()
        return x, y, z


def centred(points: npt.ArrayLike, faces: npt.ArrayLike) -> ModelShape:
    """Return triangles with the middle of their foot at (0, 0, 0).

    points   (p, 3), z up
    """
    xyz = np.asarray(points, np.float64)
    low, high = xyz.min(axis=0), xyz.max(axis=0)
    middle = np.array([(low[0] + high[0]) / 2, (low[1] + high[1]) / 2, low[2]])
    return ModelShape(xyz - middle, np.asarray(faces, np.int32))


def at_place(shape: ModelShape, edit: Edit, frame: LocalFrame) -> FloatArray:
    """Return a model's points where an edit puts them, (p, 3) local metres; z = 0 is the ground there."""
    here = points_local(frame, [edit.place])[0]
    xy = turned(shape.points[:, :2] * edit.scale, edit.heading_deg, (0.0, 0.0)) + here
    return np.column_stack([xy, shape.points[:, 2] * edit.scale])


@dataclass(frozen=True, slots=True)
class PlacedModels:
    """Several models, a row each."""

    edits: tuple[Edit, ...]
    footprints: tuple[Any, ...]
    """The convex hull of each, shapely Polygons in local metres."""
    top_m: tuple[float, ...]
    bodies: Bodies


def placed_models(edits: Sequence[Edit], frame: LocalFrame, meshes: Mapping[str, ModelShape]) -> PlacedModels | None:
    """Return the models that were read, in their places; None where there is none."""
    found = []
    for edit in edits:
        shape = meshes.get(edit.path) if edit.kind is EditKind.PLACE else None
        if shape is None or not len(shape.faces):
            continue
        points = at_place(shape, edit, frame)
        hull = shapely.convex_hull(shapely.MultiPoint(points[:, :2]))
        hull = hull if hull.area >= LEAST_M2 else shapely.buffer(hull, 0.5, cap_style="square")
        found.append((edit, polygons_in(hull)[0], points, shape.faces))
    if not found:
        return None
    return PlacedModels(
        edits=tuple(e for e, *_ in found),
        footprints=tuple(hull for _, hull, *_ in found),
        top_m=tuple(max(float(points[:, 2].max()), _FLAT_M) for _, _, points, _ in found),
        bodies=_bodies([(points, faces) for _, _, points, faces in found]),
    )


def _bodies(meshes: Sequence[tuple[FloatArray, npt.NDArray[np.int32]]]) -> Bodies:
    """Return each triangle as a surface of its own."""
    anchors = np.array([[*((p[:, :2].min(axis=0) + p[:, :2].max(axis=0)) / 2), 0.0] for p, _ in meshes])
    corners = [points[faces.ravel()] - anchor for (points, faces), anchor in zip(meshes, anchors, strict=True)]
    counts = np.array([len(faces) for _, faces in meshes])
    total = int(counts.sum())
    return Bodies(
        body_offset=np.concatenate(corners).astype(np.float32),
        body_ring_start=(np.arange(total + 1) * 3).astype(np.int32),
        body_surface_start=np.arange(total + 1, dtype=np.int32),
        body_row_start=np.concatenate([[0], np.cumsum(counts)]).astype(np.int32),
        body_semantics=np.full(total, Semantics.UNSTATED, np.uint8),
        body_levels=np.full(total, 1 | 1 << FINEST_BIT, np.uint16),
        body_anchor=anchors,
        body_lods=np.array([1.0], np.float32),
    )
