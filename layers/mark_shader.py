"""The shader of points and lines: one flat colour that fades into the haze.

VTK does not hand the place of a fragment to marks without normals, so it is declared here. Marks are drawn a little
nearer to the eye than they are, at the same place of the picture: otherwise the ground would cover their lower half.
"""

from __future__ import annotations

from vtkmodules.vtkRenderingOpenGL2 import vtkOpenGLShaderProperty

from layers.look import HAZE_POWER, Look

_VERTEX_DECLARED = "//VTK::PositionVC::Dec\nuniform mat4 MCVCMatrix;\nout vec4 markVC;\n"
_VERTEX_DONE = "//VTK::PositionVC::Impl\n  markVC = MCVCMatrix * vertexMC;\n"
_NEARER = """//VTK::CustomEnd::Impl
  mat3 intoView = mat3(MCVCMatrix);
  bool isParallel = dot(abs(vec3(MCDCMatrix[0][3], MCDCMatrix[1][3], MCDCMatrix[2][3])), vec3(1.0)) < 1e-9;
  vec3 toEye = isParallel ? vec3(0.0, 0.0, {parallel_m}) : -{share} * markVC.xyz;
  gl_Position = MCDCMatrix * vec4(vertexMC.xyz + transpose(intoView) * toEye, 1.0);
"""
NEARER_SHARE = 0.008
"""Of the distance from the eye."""
NEARER_PARALLEL_M = 8.0
_FRAGMENT_DECLARED = "//VTK::PositionVC::Dec\nin vec4 markVC;\n"
_HAZED = f"""
  $SUN(markVC)
  float haze = 1.0 - exp(-pow(length(markVC.xyz) * hazePerM, {HAZE_POWER}));
  gl_FragData[0] = vec4(mix(paint$LIT, hazeColor, haze), opacity);
"""


def mark_shader(
    look: Look, paint: str = "vec3 paint = diffuseColor;", *, nearer_share: float = NEARER_SHARE
) -> vtkOpenGLShaderProperty:
    """Return a shader for an actor whose lighting is off.

    paint          GLSL that sets `vec3 paint`, or discards the fragment
    nearer_share   how much nearer to the eye the marks are drawn, as a part of their distance
    """
    shader = vtkOpenGLShaderProperty()
    shader.AddVertexShaderReplacement("//VTK::PositionVC::Dec", True, _VERTEX_DECLARED, False)
    shader.AddVertexShaderReplacement("//VTK::PositionVC::Impl", True, _VERTEX_DONE, False)
    nearer = _NEARER.format(share=nearer_share, parallel_m=NEARER_PARALLEL_M * nearer_share / NEARER_SHARE)
    shader.AddVertexShaderReplacement("//VTK::CustomEnd::Impl", True, nearer, False)
    shader.AddFragmentShaderReplacement("//VTK::PositionVC::Dec", True, _FRAGMENT_DECLARED, False)
    look.follow(shader, paint + _HAZED)
    return shader
