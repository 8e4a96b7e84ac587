"""The shader of trees: each is a ball as large as its crown, drawn as one point, shaded as the solids are.

A city has tens of thousands of trees. As points they cost one vertex each; from afar, where a crown is smaller than a
pixel, only as many are drawn as cover what they would cover.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from vtkmodules.util.numpy_support import numpy_to_vtk
from vtkmodules.vtkCommonCore import vtkCommand
from vtkmodules.vtkCommonDataModel import vtkDataObject
from vtkmodules.vtkRenderingCore import vtkActor, vtkRenderer
from vtkmodules.vtkRenderingOpenGL2 import vtkOpenGLPolyDataMapper, vtkOpenGLRenderWindow, vtkOpenGLShaderProperty

from layers.look import HAZE_POWER, Look

_PROGRAM_POINT_SIZE = 0x8642
CROWN_SHARE, MIDDLE_SHARE = 0.58, 0.6
"""Of a tree's height: the width of its crown, and where the crown's middle is."""
LARGEST_PX = 200.0

_VERTEX_DECLARED = """//VTK::PositionVC::Dec
uniform mat4 MCVCMatrix;
in float crownM;
out vec4 markVC;
out float shadeOfTree;
out float roundness;
"""
_VERTEX_DONE = """//VTK::PositionVC::Impl
  markVC = MCVCMatrix * vertexMC;
"""
_VERTEX_SIZED = f"""//VTK::CustomEnd::Impl
  float zoom = length(vec3(MCDCMatrix[0][1], MCDCMatrix[1][1], MCDCMatrix[2][1]));
  float crownPx = crownM * zoom / gl_Position.w * linesDrawn * 0.5;
  float chance = fract(sin(float(gl_VertexID) * 12.9898) * 43758.5453);
  shadeOfTree = 0.9 + 0.2 * chance;
  if (crownPx < 1.6 && chance > crownPx * crownPx / 2.56) gl_Position = vec4(0.0, 0.0, 2.0, 1.0);
  roundness = smoothstep(1.5, 9.0, crownPx);
  gl_PointSize = clamp(crownPx, 1.6, {LARGEST_PX});
"""
_FRAGMENT_DECLARED = "//VTK::PositionVC::Dec\nin vec4 markVC;\nin float shadeOfTree;\nin float roundness;\n"
_BALL = f"""
  vec2 inBall = vec2(gl_PointCoord.x * 2.0 - 1.0, 1.0 - gl_PointCoord.y * 2.0);
  float fromMiddle = dot(inBall, inBall);
  if (fromMiddle > 1.0) discard;
  vec3 outward = normalize(mix(upVC, vec3(inBall, sqrt(1.0 - fromMiddle)), 0.25 + 0.6 * roundness));
  float up = dot(outward, upVC);
  $SUN(markVC)
  vec3 beam = sunLight * max(0.0, dot(outward, sunVC))$BEAM;
  vec3 light = skyLight * (0.5 + 0.5 * up) + bounceLight * (0.5 - 0.5 * up) + beam;
  float haze = 1.0 - exp(-pow(length(markVC.xyz) * hazePerM, {HAZE_POWER}));
  gl_FragData[0] = vec4(mix(diffuseColor * shadeOfTree * light, hazeColor, haze), opacity);
"""


def tree_shader(look: Look) -> vtkOpenGLShaderProperty:
    """Return the shader for an actor of trees whose lighting is off; see be_trees."""
    shader = vtkOpenGLShaderProperty()
    shader.AddVertexShaderReplacement("//VTK::PositionVC::Dec", True, _VERTEX_DECLARED, False)
    shader.AddVertexShaderReplacement("//VTK::PositionVC::Impl", True, _VERTEX_DONE, False)
    shader.AddVertexShaderReplacement("//VTK::CustomEnd::Impl", True, _VERTEX_SIZED, False)
    shader.AddFragmentShaderReplacement("//VTK::PositionVC::Dec", True, _FRAGMENT_DECLARED, False)
    look.follow(shader, _BALL)
    return shader


def be_trees(actor: vtkActor, crown_m: npt.NDArray[np.float32]) -> None:
    """Give the points (n,) of an actor their crowns' widths in metres."""
    widths = numpy_to_vtk(crown_m, deep=True)
    widths.SetName("crownM")
    mapper = actor.GetMapper()
    assert isinstance(mapper, vtkOpenGLPolyDataMapper)
    mapper.GetInput().GetPointData().AddArray(widths)
    mapper.MapDataArrayToVertexAttribute("crownM", "crownM", vtkDataObject.FIELD_ASSOCIATION_POINTS, -1)


def follow_lines(renderer: vtkRenderer, shader: vtkOpenGLShaderProperty) -> int:
    """Keep the shader told how many lines a picture has; return the observer's number, to be removed in the end."""

    def tell(*_: object) -> None:
        window = renderer.GetRenderWindow()
        assert isinstance(window, vtkOpenGLRenderWindow)
        window.GetState().vtkglEnable(_PROGRAM_POINT_SIZE)
        shader.GetVertexCustomUniforms().SetUniformf("linesDrawn", float(renderer.GetSize()[1]))

    return int(renderer.AddObserver(vtkCommand.StartEvent, tell))
