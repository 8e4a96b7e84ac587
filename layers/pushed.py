"""What lies on the ground in layers: each kind is drawn a little farther from the eye, so that the next one wins.

Vertices move along the line of sight, so nothing moves in the picture; only depths change, by a share of the distance.
At these shares what stands on the ground shows at most about one pixel of what is buried.
"""

from __future__ import annotations

from vtkmodules.vtkRenderingOpenGL2 import vtkOpenGLShaderProperty

from layers.look import FLAT_FRAGMENT, Look

PLANE_SHARE = 0.0120
"""The plane around the city lies behind all ..."""
TERRAIN_SHARE = 0.0024
"""... then the terrain ..."""
UNDER_SHARE = 0.0100
"""(a little more below pictures, which have fewer corners than it) ..."""
IMAGE_SHARE = 0.0012
"""... then pictures of the ground; what is drawn from vectors lies before them."""
PARALLEL_REACH = 3.2
"""A parallel view of some height has about the depths of an eye so many half heights away."""
_PUSHED = """//VTK::CustomEnd::Impl
  mat3 fromView = inverse(mat3(MCVCMatrix));
  bool isParallel = dot(abs(vec3(MCDCMatrix[0][3], MCDCMatrix[1][3], MCDCMatrix[2][3])), vec3(1.0)) < 1e-9;
  vec3 upward = transpose(fromView) * vec3(MCDCMatrix[0][1], MCDCMatrix[1][1], MCDCMatrix[2][1]);
  float halfM = 1.0 / max(length(upward), 1e-12);
  vec3 fromEye = isParallel ? vec3(0.0, 0.0, {share} * -{reach} * halfM) : {share} * (MCVCMatrix * vertexMC).xyz;
  gl_Position = MCDCMatrix * vec4(vertexMC.xyz + fromView * fromEye, 1.0);
"""


def push(shader: vtkOpenGLShaderProperty, share: float) -> None:
    """Have what a shader draws pushed from the eye by a share of its distance; nearer where the share is negative."""
    shader.AddVertexShaderReplacement(
        "//VTK::CustomEnd::Impl", True, _PUSHED.format(share=share, reach=PARALLEL_REACH), False
    )


def pushed_flat(look: Look, share: float) -> vtkOpenGLShaderProperty:
    """Return a shader for unlit triangles that fade into the haze, pushed from the eye."""
    shader = vtkOpenGLShaderProperty()
    push(shader, share)
    look.follow(shader, FLAT_FRAGMENT)
    return shader
