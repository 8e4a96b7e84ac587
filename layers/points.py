"""Points as round spots some pixels wide, on the ground or raised by a column; trees as large as they are."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
from vtkmodules.util.numpy_support import numpy_to_vtkIdTypeArray
from vtkmodules.vtkCommonDataModel import vtkCellArray
from vtkmodules.vtkRenderingCore import vtkActor, vtkRenderer

from layers.camera import project, scale_of
from layers.look import Look
from layers.mark_shader import mark_shader
from layers.mesh_actor import mark_actor, recolour
from layers.palettes import is_of_trees
from layers.tree_shader import CROWN_SHARE, MIDDLE_SHARE, be_trees, follow_lines, tree_shader
from layers.visual import Aim, Found, Paint, raised_rows
from twin.features import Points

ABOVE_GROUND_M = 0.6
REACH_PX = 3.0
"""A point is found this far beside its spot."""

_ROUND = """
  vec2 inSpot = gl_PointCoord * 2.0 - 1.0;
  float fromMiddle = dot(inSpot, inSpot);
  if (fromMiddle > 1.0) discard;
  float rim = smoothstep(0.62, 0.82, fromMiddle);
  vec3 paint = mix(diffuseColor, mix(vec3(1.0), diffuseColor, 0.25), rim * rimShare);
"""
RIM_FROM_PX = 7.0
"""Spots at least this wide have a light rim, which keeps them apart where they lie over each other."""


class PointsVisual:
    """The points of one layer in one scene."""

    def __init__(self, renderer: vtkRenderer, look: Look) -> None:
        """Begin with nothing drawn."""
        self._renderer, self._look = renderer, look
        self._shader, self._tree_shader = mark_shader(look, _ROUND), tree_shader(look)
        self._observer = follow_lines(renderer, self._tree_shader)
        self._shader.GetFragmentCustomUniforms().SetUniformf("rimShare", 1.0)
        self._actor: vtkActor | None = None
        self._paint: Paint | None = None
        self._points = np.empty((0, 3), np.float64)
        self._row = np.empty(0, np.int32)
        self._crown_m: npt.NDArray[np.float32] | None = None
        self._shown = np.empty(0, np.int64)
        self._selected: npt.NDArray[np.int64] = np.empty(0, np.int64)
        self._scale, self._is_drawn = 1.0, True

    def update(self, old: Paint | None, new: Paint) -> None:
        """Take another state; geometry is made anew only for other points, heights or another order."""
        if self._actor is None or not new.has_shape_of(old):
            self._drop()
            self._build(new)
            old = None
        self._paint = new
        if old is None or old.rgb is not new.rgb:
            self._recolour()
        if old is None or not np.array_equal(old.shown, new.shown):
            self._shown = np.flatnonzero(new.shown[self._row])
            cells = vtkCellArray()
            cells.SetData(1, numpy_to_vtkIdTypeArray(self._shown, deep=True))
            self._actor_now.GetMapper().GetInput().SetVerts(cells)
        self._actor_now.GetProperty().SetOpacity(new.state.style.opacity)
        self.set_scale(self._scale)
        self.set_drawn(is_drawn=self._is_drawn)

    @property
    def _actor_now(self) -> vtkActor:
        assert self._actor is not None
        return self._actor

    def _build(self, paint: Paint) -> None:
        points = paint.layer.features
        assert isinstance(points, Points)
        raised = raised_rows(paint)
        self._row = points.row
        z = paint.ground.z_at(points.xy_local) + (paint.ground_m + ABOVE_GROUND_M)
        are_trees = raised is not None and is_of_trees(paint.layer.info)
        if raised is not None:
            z += raised[points.row] * (MIDDLE_SHARE if are_trees else 1.0)
        self._points = np.column_stack([np.asarray(points.xy_local, np.float64), z])
        middle = (self._points.min(axis=0) + self._points.max(axis=0)) / 2 if len(z) else np.zeros(3)
        shader = self._tree_shader if are_trees else self._shader
        position = (float(middle[0]), float(middle[1]), float(middle[2]))
        self._actor = mark_actor((self._points - middle).astype(np.float32), position=position, shader=shader)
        self._crown_m = None
        if are_trees and raised is not None:
            self._crown_m = raised[points.row] * np.float32(CROWN_SHARE)
            be_trees(self._actor, self._crown_m)
        self._renderer.AddActor(self._actor)

    def _recolour(self) -> None:
        if self._paint is None:
            return
        rgb = self._paint.rgb
        if len(self._selected):
            rgb = rgb.copy()
            rgb[self._selected] = (np.array(self._look.theme.selected) * 255).round().astype(np.uint8)
        recolour(self._actor_now, rgb.take(self._row, axis=0))

    def select(self, rows: Iterable[int]) -> None:
        """Paint these rows in the accent colour, and only these."""
        self._selected = np.fromiter(rows, np.int64)
        if self._actor is not None:
            self._recolour()

    def set_scale(self, scale: float) -> None:
        """Draw spots this many times wider."""
        self._scale = scale
        if self._paint is not None and self._actor is not None:
            size_px = max(1.0, self._paint.state.style.size_px * scale)
            self._actor.GetProperty().SetPointSize(size_px)
            has_rim = self._paint.state.style.size_px >= RIM_FROM_PX
            self._shader.GetFragmentCustomUniforms().SetUniformf("rimShare", float(has_rim))

    def set_drawn(self, *, is_drawn: bool) -> None:
        """Leave everything out of the next pictures, or put it back."""
        self._is_drawn = is_drawn
        if self._actor is not None:
            is_visible = self._paint is not None and self._paint.state.is_visible
            self._actor.SetVisibility(is_drawn and is_visible and len(self._shown) > 0)

    def feature_at(self, aim: Aim) -> Found | None:
        """Return the nearest point whose spot is under a place of the picture."""
        if self._paint is None or not self.triangles:
            return None
        place, depth = project(aim.camera, aim.size_px, self._points[self._shown])
        gap = np.hypot(*(place - (aim.x_px, aim.y_px)).T)
        reach = self._reach_px(aim, depth)
        candidates = np.flatnonzero(gap <= reach)
        if not len(candidates):
            return None
        # the nearest ball hides those behind it; of spots, the one whose middle is aimed at is meant
        first = depth[candidates] if self._crown_m is not None else gap[candidates].round()
        best = int(self._shown[candidates[np.lexsort((depth[candidates], first))[0]]])
        x, y, z = self._points[best].tolist()
        distance_m = float(np.linalg.norm(self._points[best] - aim.ray.origin))
        return Found(int(self._row[best]), (x, y, z), distance_m)

    def _reach_px(self, aim: Aim, depth: npt.NDArray[np.float64]) -> npt.NDArray[np.float64] | float:
        """Return how far from its middle each point shown is found."""
        if self._crown_m is None:
            assert self._paint is not None
            return self._paint.state.style.size_px * self._scale / 2 + REACH_PX
        half_width, _ = scale_of(aim.camera, aim.size_px)
        px_per_m = aim.size_px[0] / 2 / half_width / (1.0 if aim.camera.is_parallel else np.maximum(depth, 0.1))
        reach: npt.NDArray[np.float64] = self._crown_m[self._shown] / 2 * px_per_m + 1.0
        return reach

    @property
    def triangles(self) -> int:
        """Return how many points are drawn."""
        return len(self._shown) if self._paint is not None and self._paint.state.is_visible else 0

    def remove(self) -> None:
        """Take everything away."""
        self._drop()
        self._renderer.RemoveObserver(self._observer)

    def _drop(self) -> None:
        if self._actor is not None:
            self._renderer.RemoveActor(self._actor)
            self._actor.ReleaseGraphicsResources(self._renderer.GetRenderWindow())
            self._actor = None
