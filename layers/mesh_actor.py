"""Arrays to VTK actors and back to arrays: triangles with one colour a vertex."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from vtkmodules.util.numpy_support import numpy_to_vtk
from vtkmodules.vtkCommonCore import vtkPoints
from vtkmodules.vtkCommonDataModel import vtkCellArray, vtkDataObject, vtkPolyData
from vtkmodules.vtkRenderingCore import vtkActor, vtkPolyDataMapper
from vtkmodules.vtkRenderingOpenGL2 import vtkOpenGLPolyDataMapper, vtkOpenGLShaderProperty


def mesh_actor(
    points: npt.NDArray[np.float32],
    faces: npt.NDArray[np.int32],
    rgb: npt.NDArray[np.uint8],
    *,
    position: tuple[float, float, float],
    shader: vtkOpenGLShaderProperty,
    is_closed: bool = True,
) -> vtkActor:
    """Return an actor for triangles.

    points      (p, 3) float32 metres from the position
    faces       (f, 3) int32
    rgb         (p, 3) uint8
    position    where the points' origin lies, local metres, kept in double precision
    is_closed   the faces that look away can be left out
    """
    data = vtkPolyData()
    vertices = vtkPoints()
    vertices.SetData(numpy_to_vtk(points))
    data.SetPoints(vertices)
    cells = vtkCellArray()
    cells.SetData(3, numpy_to_vtk(faces.reshape(-1)))
    data.SetPolys(cells)
    data.GetPointData().SetScalars(numpy_to_vtk(rgb))
    mapper = vtkPolyDataMapper()
    mapper.SetInputData(data)
    mapper.SetColorModeToDirectScalars()
    mapper.SetVBOShiftScaleMethod(0)  # the tile's own origin is near by already
    mapper.SetStatic(1)
    actor = vtkActor()
    actor.SetMapper(mapper)
    actor.SetPosition(*position)
    actor.SetShaderProperty(shader)
    actor.GetProperty().SetBackfaceCulling(is_closed)
    return actor


def mark_actor(
    points: npt.NDArray[np.float32],
    *,
    position: tuple[float, float, float],
    shader: vtkOpenGLShaderProperty,
) -> vtkActor:
    """Return an actor for points or lines, black and unlit; the caller adds the cells and colours them.

    points      (p, 3) float32 metres from the position
    position    where the points' origin lies, local metres, kept in double precision
    """
    data = vtkPolyData()
    vertices = vtkPoints()
    vertices.SetData(numpy_to_vtk(points, deep=True))
    data.SetPoints(vertices)
    data.GetPointData().SetScalars(numpy_to_vtk(np.zeros((len(points), 3), np.uint8), deep=True))
    mapper = vtkPolyDataMapper()
    mapper.SetInputData(data)
    mapper.SetColorModeToDirectScalars()
    mapper.SetVBOShiftScaleMethod(0)
    actor = vtkActor()
    actor.SetMapper(mapper)
    actor.SetPosition(*position)
    actor.SetShaderProperty(shader)
    actor.GetProperty().LightingOff()
    return actor


def stand_up(actor: vtkActor, above_foot_m: npt.NDArray[np.float32]) -> None:
    """Tell an actor with the look's shader for what stands on terrain how high each point (p,) is above its foot."""
    heights = numpy_to_vtk(above_foot_m, deep=True)
    heights.SetName("aboveFoot")
    mapper = actor.GetMapper()
    assert isinstance(mapper, vtkOpenGLPolyDataMapper)
    mapper.GetInput().GetPointData().AddArray(heights)
    mapper.MapDataArrayToVertexAttribute("aboveFoot", "aboveFoot", vtkDataObject.FIELD_ASSOCIATION_POINTS, -1)


def recolour(actor: vtkActor, rgb: npt.NDArray[np.uint8]) -> None:
    """Give an actor other colours, (p, 3) uint8; points and faces stay where they are."""
    actor.GetMapper().GetInput().GetPointData().SetScalars(numpy_to_vtk(rgb))


def reface(actor: vtkActor, faces: npt.NDArray[np.int32]) -> None:
    """Give an actor other triangles of the same points, (f, 3) int32."""
    cells = vtkCellArray()
    cells.SetData(3, numpy_to_vtk(np.ascontiguousarray(faces).reshape(-1)))
    actor.GetMapper().GetInput().SetPolys(cells)
