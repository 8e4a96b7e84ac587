"""How the city looks: the colours of sky, ground and light, and the shader all solid things share.

Two lights make the three tones of a card model: a warm sun from the south-west and a cool sky from above. Roofs are a
little lighter than walls, walls darken towards the ground, and distance fades into the haze of the horizon. The same
formula is available in NumPy (shade), so that pictures baked for the far distance match what is drawn near by.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import cos, sin

import numpy as np
import numpy.typing as npt
from vtkmodules.vtkRenderingCore import vtkLight
from vtkmodules.vtkRenderingOpenGL2 import vtkOpenGLShaderProperty

from layers.sunlight import sun_direction
from twin.session import Camera

Rgb = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Theme:
    """The colours of one look; all 0 to 1, sRGB as drawn."""

    name: str
    zenith: Rgb
    horizon: Rgb
    """Colour of the sky at the horizon, and of the haze."""
    ground: Rgb
    sun: Rgb
    """Light from the sun on a surface that faces it."""
    sky: Rgb
    """Light from above on a level surface."""
    bounce: Rgb
    """Light from the ground on what faces down."""
    shadow: Rgb
    """What the ground goes towards where the sun does not reach it."""
    edge: Rgb
    selected: Rgb


LIGHT = Theme(
    name="light",
    zenith=(0.46, 0.64, 0.84),
    horizon=(0.87, 0.91, 0.94),
    ground=(0.905, 0.897, 0.872),
    sun=(0.52, 0.48, 0.40),
    sky=(0.545, 0.575, 0.62),
    bounce=(0.44, 0.42, 0.40),
    shadow=(0.17, 0.19, 0.27),
    edge=(0.18, 0.18, 0.22),
    selected=(0.95, 0.27, 0.16),
)
DARK = Theme(
    name="dark",
    zenith=(0.045, 0.06, 0.10),
    horizon=(0.125, 0.155, 0.205),
    ground=(0.115, 0.13, 0.155),
    sun=(0.50, 0.48, 0.46),
    sky=(0.36, 0.42, 0.52),
    bounce=(0.16, 0.17, 0.20),
    shadow=(0.0, 0.0, 0.015),
    edge=(0.02, 0.02, 0.03),
    selected=(1.0, 0.62, 0.18),
)
THEMES = {theme.name: theme for theme in (LIGHT, DARK)}

ROOF_LIFT = 0.16
"""How far a roof's colour goes towards white."""
FOOT_M = 10.0
"""Walls darken from this height down to the ground ..."""
FOOT_SHADE = 0.80
"""... to this share of their light."""
HAZE_POWER = 1.6


def light_on(theme: Theme, normal: npt.NDArray[np.floating]) -> npt.NDArray[np.float64]:
    """Return the light (.., 3) on surfaces with the unit normals (.., 3); east, north, up."""
    up = np.asarray(normal)[..., 2:3]
    sun = np.maximum(0.0, np.asarray(normal) @ sun_direction())[..., None]
    light: npt.NDArray[np.float64] = (
        np.asarray(theme.sky) * (0.5 + 0.5 * up)
        + np.asarray(theme.bounce) * (0.5 - 0.5 * up)
        + np.asarray(theme.sun) * sun
    )
    return light


def wall_light(theme: Theme, heading_rad: float) -> npt.NDArray[np.float64]:
    """Return the mean light (3,) on the walls one sees when looking in a compass direction, over all wall directions.

    A wall counts by how much it is turned to the eye. The darker foot is included for a wall twice the foot's height.
    """
    angle = np.linspace(0, 2 * np.pi, 72, endpoint=False)
    normals = np.column_stack([np.sin(angle), np.cos(angle), np.zeros_like(angle)])
    towards_eye = np.maximum(0.0, -normals @ np.array([sin(heading_rad), cos(heading_rad), 0.0]))
    mean: npt.NDArray[np.float64] = (light_on(theme, normals) * towards_eye[:, None]).sum(axis=0) / towards_eye.sum()
    return mean * (1 + 3 * FOOT_SHADE) / 4


_VERTEX_DECLARED = "//VTK::Normal::Dec\nout float metresUp;\n"
_VERTEX_DONE = "//VTK::Normal::Impl\n  metresUp = vertexMC.z;\n"
_STANDING_DECLARED = "//VTK::Normal::Dec\nin float aboveFoot;\nout float metresUp;\n"
_STANDING_DONE = "//VTK::Normal::Impl\n  metresUp = aboveFoot;\n"
_FRAGMENT_DECLARED = "//VTK::Normal::Dec\nin float metresUp;\nuniform mat4 MCVCMatrix;\n"
_HAZE = f"""
  float haze = 1.0 - exp(-pow(length(vertexVC.xyz) * hazePerM, {HAZE_POWER}));
"""
_SUN = "vec3({:.6f}, {:.6f}, {:.6f})".format(*sun_direction())
_SOLID = f"""
  mat3 intoView = mat3(MCVCMatrix);
  float hazePerM = lightColor0.r;
  {_HAZE}
  float up = dot(normalVCVSOutput, intoView[2]);
  vec3 light = skyLight * (0.5 + 0.5 * up) + bounceLight * (0.5 - 0.5 * up)
             + sunLight * max(0.0, dot(normalVCVSOutput, intoView * {_SUN}));
  float isRoof = smoothstep(0.6, 0.8, up);
  float foot = mix({FOOT_SHADE}, 1.0, max(isRoof, clamp(metresUp / {FOOT_M}, 0.0, 1.0)));
  vec3 paint = mix(diffuseColor, vec3(1.0), {ROOF_LIFT} * isRoof);
  gl_FragData[0] = vec4(mix(paint * light * foot, hazeColor, haze), opacity);
"""
FLAT_FRAGMENT = _HAZE + "\n  gl_FragData[0] = vec4(mix(diffuseColor, hazeColor, haze), opacity);\n"


class Look:
    """The shaders of one scene.

    A custom uniform that changes makes VTK write the shader of every actor anew, 0.1 ms each. So the hundreds of solids
    share a shader whose uniforms change with the theme only: it takes up and sun from the matrix that VTK gives it, and
    the haze from the colour of the scene's one light, which nothing else uses.
    """

    def __init__(self, theme: Theme = LIGHT) -> None:
        """Prepare the shared shader properties."""
        self.light = vtkLight()
        self.light.SetLightTypeToHeadlight()
        self.solid = vtkOpenGLShaderProperty()
        self.solid.AddVertexShaderReplacement("//VTK::Normal::Dec", True, _VERTEX_DECLARED, False)
        self.solid.AddVertexShaderReplacement("//VTK::Normal::Impl", True, _VERTEX_DONE, False)
        self.solid.AddFragmentShaderReplacement("//VTK::Normal::Dec", True, _FRAGMENT_DECLARED, False)
        self.solid.AddFragmentShaderReplacement("//VTK::Light::Impl", True, _SOLID, False)
        self.standing = vtkOpenGLShaderProperty()
        """The same for solids on terrain: how high a vertex is above its foot comes with it, see stand_up."""
        self.standing.AddVertexShaderReplacement("//VTK::Normal::Dec", True, _STANDING_DECLARED, False)
        self.standing.AddVertexShaderReplacement("//VTK::Normal::Impl", True, _STANDING_DONE, False)
        self.standing.AddFragmentShaderReplacement("//VTK::Normal::Dec", True, _FRAGMENT_DECLARED, False)
        self.standing.AddFragmentShaderReplacement("//VTK::Light::Impl", True, _SOLID, False)
        self.flat = vtkOpenGLShaderProperty()
        self.flat.AddFragmentShaderReplacement("//VTK::Light::Impl", True, FLAT_FRAGMENT, False)
        self._followers = [self.flat]
        self.theme = theme
        self.set_theme(theme)

    def set_theme(self, theme: Theme) -> None:
        """Take other colours."""
        self.theme = theme
        for shader in (self.solid, self.standing, *self._followers):
            _dress(shader, theme)

    def follow(self, shader: vtkOpenGLShaderProperty) -> None:
        """Give one more shader property the uniforms of this look from now on; for few actors only."""
        self._followers.append(shader)
        _dress(shader, self.theme)

    def set_frame(self, camera: Camera, *, haze_length_m: float) -> None:
        """Set the haze for one frame.

        haze_length_m   distance at which about two thirds of the colour have gone into the haze
        """
        into_view = view_rotation(camera)
        haze_per_m = 0.0 if camera.is_parallel else 1.0 / haze_length_m
        self.light.SetColor(haze_per_m, 0.0, 0.0)
        for shader in self._followers:
            uniforms = shader.GetFragmentCustomUniforms()
            uniforms.SetUniform3f("sunVC", (into_view @ sun_direction()).tolist())
            uniforms.SetUniform3f("upVC", into_view[:, 2].tolist())
            uniforms.SetUniformf("hazePerM", haze_per_m)


def _dress(shader: vtkOpenGLShaderProperty, theme: Theme) -> None:
    uniforms = shader.GetFragmentCustomUniforms()
    uniforms.SetUniform3f("sunLight", theme.sun)
    uniforms.SetUniform3f("skyLight", theme.sky)
    uniforms.SetUniform3f("bounceLight", theme.bounce)
    uniforms.SetUniform3f("hazeColor", theme.horizon)


def view_rotation(camera: Camera) -> npt.NDArray[np.float64]:
    """Return the (3, 3) rotation from east, north, up to right, up, towards the eye in the picture."""
    back, up = -np.array(camera.direction), np.array(camera.up)
    right = up[[1, 2, 0]] * back[[2, 0, 1]] - up[[2, 0, 1]] * back[[1, 2, 0]]
    return np.array([right, up, back])


def haze_length_m(camera: Camera, diagonal_m: float) -> float:
    """Return the haze's length for a camera over a city: the city stays clear, the horizon fades, at every scale."""
    return 4.0 * camera.distance_m + 1.2 * diagonal_m + 2000.0
