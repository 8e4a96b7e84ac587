"""Triangles, lines and spots whose arrays are written anew many times a second, in place where their size allows."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from vtkmodules.util.numpy_support import numpy_to_vtk, numpy_to_vtkIdTypeArray
from vtkmodules.vtkCommonCore import vtkPoints
from vtkmodules.vtkCommonDataModel import vtkCellArray, vtkPolyData
from vtkmodules.vtkRenderingCore import vtkActor, vtkPolyDataMapper, vtkRenderer

Cells = npt.NDArray[np.int64]

_ROUND = """
  vec2 inSpot = gl_PointCoord * 2.0 - 1.0;
  float fromMiddle = dot(inSpot, inSpot);
  if (fromMiddle > 1.0) discard;
  float rim = smoothstep(0.55, 0.85, fromMiddle);
  gl_FragData[0] = vec4(mix(diffuseColor, diffuseColor * 0.45, rim), opacity);
"""
_PLAIN = "\n  gl_FragData[0] = vec4(diffuseColor, opacity);\n"
_IN_FRONT = "//VTK::PositionVC::Impl\n  gl_Position.z = -0.9999 * gl_Position.w;\n"


class LiveMesh:
    """One actor. Points are float32 metres from an origin; colours are (p, 4) uint8."""

    def __init__(
        self, renderer: vtkRenderer, *, corners: int, is_translucent: bool = False, is_in_front: bool = False
    ) -> None:
        """Begin with nothing drawn.

        corners       of a cell: 1 for spots, 2 for lines, 3 for triangles
        is_in_front   whether it is seen through whatever stands before it
        """
        self._renderer, self._corners = renderer, corners
        self._points = np.empty((0, 3), np.float32)
        self._rgba = np.empty((0, 4), np.uint8)
        self._cells: Cells | None = None
        self._shown: tuple[object, object, object] | None = None
        """The very arrays that were shown last."""
        self._data = vtkPolyData()
        self._vertices = vtkPoints()
        self._data.SetPoints(self._vertices)
        mapper = vtkPolyDataMapper()
        mapper.SetInputData(self._data)
        mapper.SetColorModeToDirectScalars()
        mapper.SetVBOShiftScaleMethod(0)
        self.actor = vtkActor()
        self.actor.SetMapper(mapper)
        self.actor.GetProperty().LightingOff()
        if is_translucent:
            self.actor.ForceTranslucentOn()
        else:
            self.actor.ForceOpaqueOn()
        shader = self.actor.GetShaderProperty()
        shader.AddFragmentShaderReplacement("//VTK::Light::Impl", True, _ROUND if corners == 1 else _PLAIN, False)
        if is_in_front:
            shader.AddVertexShaderReplacement("//VTK::PositionVC::Impl", True, _IN_FRONT, False)
        renderer.AddActor(self.actor)
        self.actor.VisibilityOff()

    def show(
        self, points: npt.NDArray[np.float64], rgba: npt.NDArray[np.uint8], cells: Cells,
        origin: tuple[float, float, float],
    ) -> None:  # fmt: skip
        """Draw these: points (p, 3) local metres, a colour each (p, 4), and cells (c, corners).

        The very same arrays once more stay as they are drawn: they are not to be written into.
        """
        self.actor.SetVisibility(len(cells) > 0)
        if not len(cells):
            return
        if self._shown is not None and all(a is b for a, b in zip(self._shown, (points, rgba, cells), strict=True)):
            return
        self._shown = points, rgba, cells
        self.actor.SetPosition(*origin)
        if len(points) == len(self._points):
            np.subtract(points, origin, out=self._points, casting="unsafe")
            self._rgba[:] = rgba
            self._vertices.GetData().Modified()
            self._vertices.Modified()
            self._data.GetPointData().GetScalars().Modified()
        else:
            self._points = (points - np.asarray(origin)).astype(np.float32)
            self._rgba = np.array(rgba, np.uint8)
            self._vertices.SetData(numpy_to_vtk(self._points))
            self._data.GetPointData().SetScalars(numpy_to_vtk(self._rgba))
        if cells is not self._cells:
            self._cells = cells
            array = vtkCellArray()
            array.SetData(
                self._corners, numpy_to_vtkIdTypeArray(np.ascontiguousarray(cells, np.int64).reshape(-1), deep=True)
            )
            set_cells = {1: self._data.SetVerts, 2: self._data.SetLines, 3: self._data.SetPolys}[self._corners]
            set_cells(array)
        self._data.Modified()

    def hide(self) -> None:
        """Draw nothing."""
        self.actor.VisibilityOff()

    def remove(self) -> None:
        """Take it away."""
        self._renderer.RemoveActor(self.actor)
        self.actor.ReleaseGraphicsResources(self._renderer.GetRenderWindow())
