"""Polygons that are not buildings: flat on the ground in their order, or raised by a column as solids."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import numpy.typing as npt
from vtkmodules.vtkRenderingCore import vtkRenderer

from layers.borders import MOST_EDGES, Borders
from layers.drape import draped, laid_out, raised_bodies, raised_solids, step_of
from layers.extrude import extrude
from layers.look import Look
from layers.mark_shader import mark_shader
from layers.model_mesh import body_mesh
from layers.palettes import has_borders
from layers.row_mesh import RowMesh, RowTriangles
from layers.triangulate import triangulate
from layers.visual import Aim, Found, Paint, raised_rows
from twin.buildings import Buildings, Outlines
from twin.features import Polygons
from twin.models import Bodies

BORDERS_NEARER = 0.0008
"""Borders are drawn this much nearer to the eye, so that the polygon below does not cut them."""
THINNEST_M = 0.3
"""A raised polygon without a height is drawn as a slab this thick."""


class SurfaceVisual:
    """The polygons of one layer in one scene."""

    def __init__(self, renderer: vtkRenderer, look: Look) -> None:
        """Begin with nothing drawn."""
        self._renderer, self._look = renderer, look
        self._border_shader = mark_shader(look, nearer_share=BORDERS_NEARER)
        self._mesh: RowMesh | None = None
        self._borders: Borders | None = None
        self._selected: tuple[int, ...] = ()
        self._scale = 1.0

    def update(self, old: Paint | None, new: Paint) -> None:
        """Take another state; geometry is made anew only for other polygons, heights or another order."""
        if self._mesh is None or not new.has_shape_of(old):
            self.remove()
            self._build(new)
        for drawn in (self._mesh, self._borders):
            if drawn is not None:
                drawn.paint(new)

    def _build(self, paint: Paint) -> None:
        polygons = paint.layer.features
        assert isinstance(polygons, Polygons)
        heights = raised_rows(paint)
        if heights is None and paint.layer.model is not None:
            body = raised_bodies(body_triangles(paint.layer.model, paint), paint.layer.model, paint.ground)
            self._mesh = RowMesh(self._renderer, self._look, body, shader=self._look.solid, is_closed=False)
        elif heights is not None:
            solid = solid_triangles(polygons, heights[polygons.row], paint.ground_m)
            solid = raised_solids(solid, polygons, paint.ground)
            self._mesh = RowMesh(self._renderer, self._look, solid, shader=self._look.solid, is_closed=True)
        else:
            drawn = laid_out(polygons, paint.ground)
            flat = flat_triangles(drawn, paint.ground_m)
            laid = draped(flat, paint.ground, step_of(polygons.outlines, paint.ground))
            self._mesh = RowMesh(self._renderer, self._look, laid, shader=self._look.flat, is_closed=False)
            if has_borders(paint.layer.info) and len(polygons.row) > 1 and len(polygons.outlines.xy) <= MOST_EDGES:
                edges = replace(laid, vertex_row=laid.vertex_row[: len(drawn.outlines.xy)])
                self._borders = Borders(self._renderer, self._border_shader, edges, drawn.outlines)
                self._borders.set_scale(self._scale)
        self._mesh.select(self._selected)

    def select(self, rows: Iterable[int]) -> None:
        """Paint these rows in the accent colour, and only these."""
        self._selected = tuple(rows)
        if self._mesh is not None:
            self._mesh.select(self._selected)

    def set_scale(self, scale: float) -> None:
        """Draw the borders this many times wider; the polygons themselves are measured in metres."""
        self._scale = scale
        if self._borders is not None:
            self._borders.set_scale(scale)

    def set_drawn(self, *, is_drawn: bool) -> None:
        """Leave everything out of the next pictures, or put it back."""
        for drawn in (self._mesh, self._borders):
            if drawn is not None:
                drawn.set_drawn(is_drawn=is_drawn)

    def feature_at(self, aim: Aim) -> Found | None:
        """Return the polygon under a place of the picture."""
        return self._mesh.feature_at(aim) if self._mesh is not None else None

    @property
    def triangles(self) -> int:
        """Return how many triangles are drawn."""
        return self._mesh.triangles if self._mesh is not None else 0

    def remove(self) -> None:
        """Take everything away."""
        for drawn in (self._mesh, self._borders):
            if drawn is not None:
                drawn.remove()
        self._mesh = self._borders = None


def body_triangles(bodies: Bodies, paint: Paint) -> RowTriangles:
    """Return the bodies of a city model's rows as triangles at the level of detail asked for."""
    middle = bodies.body_anchor[:, :2].mean(axis=0)
    rows = np.arange(len(bodies.body_anchor), dtype=np.int32)
    origin = float(middle[0]), float(middle[1])
    mesh = body_mesh(bodies, rows, bodies.bit_of(paint.state.style.lod), origin)
    return RowTriangles(mesh.points, mesh.faces, mesh.vertex_row, (*origin, paint.ground_m), mesh.vertex_means)


def flat_triangles(polygons: Polygons, z_m: float) -> RowTriangles:
    """Return polygons as triangles that lie flat at a height, float32 from the polygons' own middle."""
    outlines, origin = _from_middle(polygons.outlines)
    points = np.zeros((len(outlines.xy), 3), np.float32)
    points[:, :2] = outlines.xy
    rows = np.repeat(polygons.row, _vertex_counts(outlines)).astype(np.int32)
    return RowTriangles(points, triangulate(outlines).faces, rows, (*origin, z_m))


def solid_triangles(polygons: Polygons, height_m: npt.NDArray[np.float32], base_m: float) -> RowTriangles:
    """Return polygons as solids.

    height_m   (n,) of each polygon; those of 0 or below become thin slabs
    """
    outlines, origin = _from_middle(polygons.outlines)
    height_m = np.maximum(height_m, np.float32(THINNEST_M))
    mesh = extrude(Buildings(origin, outlines, np.zeros_like(height_m), height_m, polygons.row.astype(np.int32)))
    rows = polygons.row[mesh.vertex_feature].astype(np.int32)
    return RowTriangles(mesh.points, mesh.faces, rows, (*origin, base_m))


def _from_middle(outlines: Outlines) -> tuple[Outlines, tuple[float, float]]:
    """Return outlines as float32 from the middle of their bounds, and that middle."""
    if not len(outlines.xy):
        return outlines, (0.0, 0.0)
    middle = (outlines.xy.min(axis=0) + outlines.xy.max(axis=0)) / 2
    near = Outlines(
        np.ascontiguousarray(outlines.xy - middle, np.float32),
        outlines.ring_start,
        outlines.part_start,
        outlines.feature_start,
    )
    return near, (float(middle[0]), float(middle[1]))


def _vertex_counts(outlines: Outlines) -> npt.NDArray[np.integer]:
    """Return how many vertices each feature has."""
    ends = np.asarray(outlines.ring_start)[np.asarray(outlines.part_start)[np.asarray(outlines.feature_start)]]
    counts: npt.NDArray[np.integer] = np.diff(ends)
    return counts
