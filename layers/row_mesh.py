"""Triangles that know the table row of each vertex: coloured, hidden, selected and picked by row."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from vtkmodules.vtkRenderingCore import vtkRenderer
from vtkmodules.vtkRenderingOpenGL2 import vtkOpenGLShaderProperty

from layers.body_pick import triangle_distance
from layers.look import Look
from layers.mesh_actor import mesh_actor, recolour, reface
from layers.visual import Aim, Found, Paint


@dataclass(frozen=True, slots=True, eq=False)
class RowTriangles:
    """Triangles of a layer's features."""

    points: npt.NDArray[np.float32]
    """(p, 3) metres from the origin."""
    faces: npt.NDArray[np.int32]
    """(f, 3)."""
    vertex_row: npt.NDArray[np.int32]
    """(p,) table row of each vertex; no vertex is shared by two rows."""
    origin_local: tuple[float, float, float]
    """Where (0, 0, 0) lies, float64 metres."""
    vertex_means: npt.NDArray[np.uint8] | None = None
    """(p,) what the surface of each vertex is (see layers.surface_colours); None for what has no surfaces."""


class RowMesh:
    """One actor for the triangles of a whole layer."""

    def __init__(
        self,
        renderer: vtkRenderer,
        look: Look,
        triangles: RowTriangles,
        *,
        shader: vtkOpenGLShaderProperty,
        is_closed: bool,
    ) -> None:
        """Add the triangles to the renderer, not coloured yet."""
        self._renderer, self._look, self._mesh = renderer, look, triangles
        self._selected: npt.NDArray[np.int64] = np.empty(0, np.int64)
        self._paint: Paint | None = None
        self._faces = triangles.faces
        self._is_drawn = True
        self.actor = mesh_actor(
            triangles.points,
            triangles.faces,
            np.zeros((len(triangles.points), 3), np.uint8),
            position=triangles.origin_local,
            shader=shader,
            is_closed=is_closed,
        )
        renderer.AddActor(self.actor)

    def paint(self, paint: Paint) -> None:
        """Take colours, opacity and what is shown."""
        before, self._paint = self._paint, paint
        if before is None or before.rgb is not paint.rgb or before.surface_rgb is not paint.surface_rgb:
            self._recolour()
        if before is None or not np.array_equal(before.shown, paint.shown):
            faces = self._mesh.faces
            self._faces = faces[paint.shown[self._mesh.vertex_row[faces[:, 0]]]] if not paint.shown.all() else faces
            reface(self.actor, self._faces)
        self.actor.GetProperty().SetOpacity(paint.state.style.opacity)
        self._show()

    def select(self, rows: Iterable[int]) -> None:
        """Paint these rows in the accent colour."""
        self._selected = np.fromiter(rows, np.int64)
        self._recolour()

    def _recolour(self) -> None:
        if self._paint is None:
            return
        rgb, means = self._paint.rgb, self._mesh.vertex_means
        if self._paint.surface_rgb is not None and means is not None:
            colours = self._paint.surface_rgb.take(means, axis=0)
            colours[np.isin(self._mesh.vertex_row, self._selected)] = self._accent()
            recolour(self.actor, colours)
            return
        if len(self._selected):
            rgb = rgb.copy()
            rgb[self._selected] = self._accent()
        recolour(self.actor, rgb.take(self._mesh.vertex_row, axis=0))

    def _accent(self) -> npt.NDArray[np.uint8]:
        return (np.array(self._look.theme.selected) * 255).round().astype(np.uint8)

    def set_drawn(self, *, is_drawn: bool) -> None:
        """Leave it out of the next pictures, or put it back."""
        self._is_drawn = is_drawn
        self._show()

    def _show(self) -> None:
        is_visible = self._paint is not None and self._paint.state.is_visible
        self.actor.SetVisibility(self._is_drawn and is_visible and len(self._faces) > 0)

    @property
    def triangles(self) -> int:
        """Return how many triangles are drawn."""
        return len(self._faces) if self._paint is not None and self._paint.state.is_visible else 0

    def feature_at(self, aim: Aim) -> Found | None:
        """Return the nearest feature under a place of the picture."""
        if not self.triangles:
            return None
        ray = aim.ray
        start = ray.origin - np.array(self._mesh.origin_local)
        corners = self._mesh.points[self._faces]
        near = _may_meet(corners, start, ray.direction)
        distance_m, place = triangle_distance(corners[near], start, ray.direction)
        if place < 0:
            return None
        vertex = self._faces[near[place], 0]
        surface = -1 if self._mesh.vertex_means is None else int(self._mesh.vertex_means[vertex])
        return Found(int(self._mesh.vertex_row[vertex]), ray.at(distance_m), distance_m, surface)

    def remove(self) -> None:
        """Take it away."""
        self._renderer.RemoveActor(self.actor)
        self.actor.ReleaseGraphicsResources(self._renderer.GetRenderWindow())


def _may_meet(
    corners: npt.NDArray[np.float32], start: npt.NDArray[np.float64], direction: npt.NDArray[np.float64]
) -> npt.NDArray[np.intp]:
    """Return which triangles have corners on more than one side of the upright plane through the line of sight."""
    flat = np.hypot(direction[0], direction[1])
    across = np.array([direction[1], -direction[0]]) / flat if flat > 1e-6 else np.array([1.0, 0.0])
    side = corners[:, :, 0] * np.float32(across[0]) + corners[:, :, 1] * np.float32(across[1])
    middle = np.float32(start[0] * across[0] + start[1] * across[1])
    slack = np.float32(0.01)
    return np.flatnonzero((side.min(axis=1) <= middle + slack) & (side.max(axis=1) >= middle - slack))
