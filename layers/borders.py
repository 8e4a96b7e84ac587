"""The lines between flat polygons: one pixel wide, a shade darker (or lighter at night) than the polygon they bound."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from vtkmodules.util.numpy_support import numpy_to_vtk, numpy_to_vtkIdTypeArray
from vtkmodules.vtkCommonCore import vtkPoints
from vtkmodules.vtkCommonDataModel import vtkCellArray, vtkPolyData
from vtkmodules.vtkRenderingCore import vtkActor, vtkPolyDataMapper, vtkRenderer
from vtkmodules.vtkRenderingOpenGL2 import vtkOpenGLShaderProperty

from layers.mesh_actor import recolour
from layers.row_mesh import RowTriangles
from layers.visual import Paint
from twin.buildings import Outlines

ABOVE_M = 0.04
"""Above the polygons."""
MOST_EDGES = 170_000
"""A layer with more edges is drawn without borders: a frame would pay for them, and they would lie side by side."""
_SHADES = {"light": 0.80, "dark": 1.45}


class Borders:
    """The borders of one layer's polygons."""

    def __init__(
        self, renderer: vtkRenderer, shader: vtkOpenGLShaderProperty, flat: RowTriangles, outlines: Outlines
    ) -> None:
        """Add the borders to the renderer, not coloured yet; the vertices are those of the polygons' triangles."""
        self._renderer, self._row = renderer, flat.vertex_row
        self._edges, self._points = edges_of(outlines), flat.points
        self._paint: Paint | None = None
        self._is_drawn, self._scale = True, 1.0
        self.actor = _actor(flat, shader)
        renderer.AddActor(self.actor)

    def paint(self, paint: Paint) -> None:
        """Take colours, opacity and what is shown."""
        before, self._paint = self._paint, paint
        if before is None or before.rgb is not paint.rgb or before.theme != paint.theme:
            shade = _SHADES["dark" if paint.theme == "dark" else "light"]
            rgb = np.clip(paint.rgb.astype(np.float32) * shade + 6 * (shade > 1), 0, 255).astype(np.uint8)
            recolour(self.actor, rgb.take(self._row, axis=0))
        if before is None or not np.array_equal(before.shown, paint.shown):
            edges = self._edges[paint.shown[self._row[self._edges[:, 0]]]]
            edges = once(edges, self._points)
            cells = vtkCellArray()
            cells.SetData(2, numpy_to_vtkIdTypeArray(np.ascontiguousarray(edges).reshape(-1), deep=True))
            self.actor.GetMapper().GetInput().SetLines(cells)
        self.actor.GetProperty().SetOpacity(min(1.0, paint.state.style.opacity * 1.5))
        self._show()

    def set_scale(self, scale: float) -> None:
        """Draw the borders this many times wider."""
        self.actor.GetProperty().SetLineWidth(max(1.0, scale))

    def set_drawn(self, *, is_drawn: bool) -> None:
        """Leave them out of the next pictures, or put them back."""
        self._is_drawn = is_drawn
        self._show()

    def _show(self) -> None:
        is_visible = self._paint is not None and self._paint.state.is_visible
        self.actor.SetVisibility(self._is_drawn and is_visible)

    def remove(self) -> None:
        """Take them away."""
        self._renderer.RemoveActor(self.actor)
        self.actor.ReleaseGraphicsResources(self._renderer.GetRenderWindow())


def edges_of(outlines: Outlines) -> npt.NDArray[np.int64]:
    """Return the edges of all rings as pairs of vertices, (e, 2)."""
    start = np.asarray(outlines.ring_start, np.int64)
    first = np.arange(len(outlines.xy), dtype=np.int64)
    following = first + 1
    is_ring = start[1:] > start[:-1]
    following[start[1:][is_ring] - 1] = start[:-1][is_ring]
    return np.column_stack([first, following])


def once(edges: npt.NDArray[np.int64], points: npt.NDArray[np.float32]) -> npt.NDArray[np.int64]:
    """Return the edges (e, 2) without those that join the same two places as an earlier one: neighbours share them."""
    places = np.ascontiguousarray(points[:, :2]).view(np.uint64)[:, 0]
    _, number = np.unique(places, return_inverse=True)
    ends = np.sort(number[edges].reshape(-1, 2), axis=1).astype(np.int64)
    _, first = np.unique(ends[:, 0] * len(points) + ends[:, 1], return_index=True)
    kept: npt.NDArray[np.int64] = edges[np.sort(first)]
    return kept


def _actor(flat: RowTriangles, shader: vtkOpenGLShaderProperty) -> vtkActor:
    data = vtkPolyData()
    vertices = vtkPoints()
    vertices.SetData(numpy_to_vtk(flat.points, deep=True))
    data.SetPoints(vertices)
    data.GetPointData().SetScalars(numpy_to_vtk(np.zeros((len(flat.points), 3), np.uint8), deep=True))
    mapper = vtkPolyDataMapper()
    mapper.SetInputData(data)
    mapper.SetColorModeToDirectScalars()
    mapper.SetVBOShiftScaleMethod(0)
    actor = vtkActor()
    actor.SetMapper(mapper)
    x, y, z = flat.origin_local
    actor.SetPosition(x, y, z + ABOVE_M)
    actor.SetShaderProperty(shader)
    actor.GetProperty().LightingOff()
    return actor
