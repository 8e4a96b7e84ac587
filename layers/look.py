"""How the city looks: the colours of sky, ground and light, and the shader all solid things share.

Two lights make the three tones of a card model: a warm sun from the south-west (or where the true sun stands) and a
cool sky from above. Roofs are a little lighter than walls, walls darken towards the ground, and distance fades into the
haze of the horizon. The same formula is available in NumPy (shade), so that pictures baked for the far distance match
what is drawn near by.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import cos, sin

import numpy as np
import numpy.typing as npt
from vtkmodules.vtkRenderingCore import vtkLight, vtkRenderer
from vtkmodules.vtkRenderingOpenGL2 import vtkOpenGLShaderProperty

from layers.shadow_maps import ShadowMaps
from layers.sun_shader import LIGHTS, SOLID_CODE, written
from layers.sunlight import STUDIO, Sunlight, Vector, sky_light, sun_direction
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
    lit: Rgb = (1.0, 1.0, 1.0)
    """By what the colour of level ground is multiplied in the true sun ..."""
    dark: Rgb = (0.60, 0.63, 0.69)
    """... and where it does not reach it."""
    sky_share: float = 1.0
    """How far sky and haze go towards the true sun's; all of the way in the light theme, part of it in the dark one."""


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
    sky_share=1.0,
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
    lit=(1.45, 1.42, 1.36),
    dark=(0.62, 0.66, 0.74),
    sky_share=0.22,
)
THEMES = {theme.name: theme for theme in (LIGHT, DARK)}

ROOF_LIFT = 0.16
"""How far a roof's colour goes towards white."""
FOOT_M = 10.0
"""Walls darken from this height down to the ground ..."""
FOOT_SHADE = 0.80
"""... to this share of their light."""
HAZE_POWER = 1.6


def under(theme: Theme, sunlight: Sunlight) -> Theme:
    """Return a theme's colours under a sun; themselves under the fixed light."""
    if not sunlight.is_true:
        return theme
    light, share = sky_light(sunlight.altitude_deg), theme.sky_share
    dim = light.sky
    if share < 1:  # a dark theme has little light without the sun: its night is its usual shade, a little bluer
        dim = (1.04 + 0.35 * (1 - light.risen)) * (1 - 0.45 * (1 - light.sky / 1.04))
    sky = np.asarray(theme.sky) * dim
    beam = np.asarray(theme.sun) * light.beam
    # level ground has the light of level roofs, so that one does not change against the other through the day
    dark = np.asarray(theme.dark) * dim / 1.04
    full = np.asarray(theme.lit) - np.asarray(theme.dark)
    lit = dark + full * beam / np.asarray(theme.sun) * max(sunlight.shading[2], 0.0) / 0.62
    return replace(
        theme,
        zenith=_rgb((1 - share) * np.asarray(theme.zenith) + share * light.zenith),
        horizon=_rgb((1 - share) * np.asarray(theme.horizon) + share * light.horizon),
        sun=_rgb(beam),
        sky=_rgb(sky),
        bounce=_rgb(np.asarray(theme.bounce) * dim * (0.8 + 0.2 * light.risen)),
        lit=_rgb(np.minimum(lit, np.asarray(theme.lit))),
        dark=_rgb(dark),
    )


def _rgb(colour: npt.NDArray[np.float64]) -> Rgb:
    red, green, blue = colour.tolist()
    return red, green, blue


def light_on(
    theme: Theme, normal: npt.NDArray[np.floating], towards: npt.NDArray[np.float64] | None = None
) -> npt.NDArray[np.float64]:
    """Return the light (.., 3) on surfaces with the unit normals (.., 3); east, north, up.

    towards   (3,) where the sun stands; None is the fixed light's place
    """
    up = np.asarray(normal)[..., 2:3]
    sun = np.maximum(0.0, np.asarray(normal) @ (sun_direction() if towards is None else towards))[..., None]
    light: npt.NDArray[np.float64] = (
        np.asarray(theme.sky) * (0.5 + 0.5 * up)
        + np.asarray(theme.bounce) * (0.5 - 0.5 * up)
        + np.asarray(theme.sun) * sun
    )
    return light


def wall_light(
    theme: Theme, heading_rad: float, towards: npt.NDArray[np.float64] | None = None
) -> npt.NDArray[np.float64]:
    """Return the mean light (3,) on the walls one sees when looking in a compass direction, over all wall directions.

    A wall counts by how much it is turned to the eye. The darker foot is included for a wall twice the foot's height.
    """
    angle = np.linspace(0, 2 * np.pi, 72, endpoint=False)
    normals = np.column_stack([np.sin(angle), np.cos(angle), np.zeros_like(angle)])
    towards_eye = np.maximum(0.0, -normals @ np.array([sin(heading_rad), cos(heading_rad), 0.0]))
    light = light_on(theme, normals, towards)
    mean: npt.NDArray[np.float64] = (light * towards_eye[:, None]).sum(axis=0) / towards_eye.sum()
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
_STUDIO_LIGHT = f"""
  mat3 intoView = mat3(MCVCMatrix);
  float hazePerM = lightColor0.r;
  {_HAZE}
  float up = dot(normalVCVSOutput, intoView[2]);
  vec3 light = skyLight * (0.5 + 0.5 * up) + bounceLight * (0.5 - 0.5 * up)
             + sunLight * max(0.0, dot(normalVCVSOutput, intoView * {_SUN}));
"""
_PAINTED = f"""
  float isRoof = smoothstep(0.6, 0.8, up);
  float foot = mix({FOOT_SHADE}, 1.0, max(isRoof, clamp(metresUp / {FOOT_M}, 0.0, 1.0)));
  vec3 paint = mix(diffuseColor, vec3(1.0), {ROOF_LIFT} * isRoof);
  gl_FragData[0] = vec4(mix(paint * light * foot, HAZE_COLOR, haze), opacity);
"""
_SOLID = _STUDIO_LIGHT + _PAINTED.replace("HAZE_COLOR", "hazeColor")
_SUNLIT_SOLID = SOLID_CODE.replace("HAZE", _HAZE) + _PAINTED.replace("HAZE_COLOR", "lightColor4")
PLAIN_FRAGMENT = _HAZE + "\n  gl_FragData[0] = vec4(mix(diffuseColor, hazeColor, haze), opacity);\n"
FLAT_FRAGMENT = _HAZE + "$SUN(vertexVC)\n  gl_FragData[0] = vec4(mix(diffuseColor$LIT, hazeColor, haze), opacity);\n"
_LIGHT_KEY = "//VTK::Light::Impl"


class Look:
    """The shaders of one scene.

    A custom uniform that changes makes VTK write the shader of every actor anew, 0.1 ms each. So the hundreds of solids
    share a shader whose uniforms change with the theme only: it takes up and sun from the matrix that VTK gives it, and
    the haze from the colour of the scene's one light, which nothing else uses.
    """

    def __init__(self, theme: Theme = LIGHT) -> None:
        """Prepare the shared shader properties."""
        self.lights = [vtkLight() for _ in range(LIGHTS)]
        self.lights[0].SetLightTypeToHeadlight()
        self._renderer: vtkRenderer | None = None
        self.solid = vtkOpenGLShaderProperty()
        self.solid.AddVertexShaderReplacement("//VTK::Normal::Dec", True, _VERTEX_DECLARED, False)
        self.solid.AddVertexShaderReplacement("//VTK::Normal::Impl", True, _VERTEX_DONE, False)
        self.standing = vtkOpenGLShaderProperty()
        """The same for solids on terrain: how high a vertex is above its foot comes with it, see stand_up."""
        self.standing.AddVertexShaderReplacement("//VTK::Normal::Dec", True, _STANDING_DECLARED, False)
        self.standing.AddVertexShaderReplacement("//VTK::Normal::Impl", True, _STANDING_DONE, False)
        for shader in (self.solid, self.standing):
            shader.AddFragmentShaderReplacement("//VTK::Normal::Dec", True, _FRAGMENT_DECLARED, False)
            shader.AddFragmentShaderReplacement(_LIGHT_KEY, True, _SOLID, False)
        self._followers: dict[vtkOpenGLShaderProperty, tuple[str, str]] = {}
        """Where in the shader its code goes, and the code."""
        self.maps = ShadowMaps()
        self.is_quick = False
        """Whether shadows on what stands may have hard edges, for frames that move."""
        self.base, self.sunlight = theme, STUDIO
        """The theme as it is under the fixed light, and where light comes from."""
        self.theme = theme
        self.flat, self.plain = vtkOpenGLShaderProperty(), vtkOpenGLShaderProperty()
        """For what lies on the ground; for what no sun changes."""
        self.follow(self.flat, FLAT_FRAGMENT)
        self.follow(self.plain, PLAIN_FRAGMENT)
        self.set_theme(theme)

    @property
    def light(self) -> vtkLight:
        """Return the light whose colour carries the haze."""
        return self.lights[0]

    def join(self, renderer: vtkRenderer) -> None:
        """Light a renderer; before each frame it is to be given the shadows, see hang_shadows."""
        self._renderer = renderer
        renderer.AddLight(self.light)

    def set_theme(self, theme: Theme) -> None:
        """Take other colours; they are what the sun makes of them."""
        self.base = theme
        self.theme = under(theme, self.sunlight)
        for shader in (self.solid, self.standing, *self._followers):
            _dress(shader, self.theme)

    def set_sun(self, sunlight: Sunlight) -> None:
        """Light the scene from elsewhere."""
        is_other = sunlight.is_true != self.sunlight.is_true
        self.sunlight = sunlight
        self.theme = under(self.base, sunlight)
        if is_other:
            self._write_shaders()
        for shader in self._followers if sunlight.is_true and not is_other else (*self._solids, *self._followers):
            _dress(shader, self.theme)

    @property
    def _solids(self) -> tuple[vtkOpenGLShaderProperty, ...]:
        return self.solid, self.standing

    def _write_shaders(self) -> None:
        """Write all shaders for the kind of light there is; under the true sun more lights carry values."""
        is_sunlit = self.sunlight.is_true
        for shader in self._solids:
            shader.ClearFragmentShaderReplacement(_LIGHT_KEY, True)
            shader.AddFragmentShaderReplacement(_LIGHT_KEY, True, _SUNLIT_SOLID if is_sunlit else _SOLID, False)
        for shader, (key, code) in self._followers.items():
            shader.ClearFragmentShaderReplacement(key, True)
            shader.AddFragmentShaderReplacement(key, True, written(code, is_sunlit=is_sunlit), False)
        if self._renderer is None:
            return
        self._renderer.RemoveAllLights()
        for light in self.lights if is_sunlit else self.lights[:1]:
            light.SetLightTypeToSceneLight() if is_sunlit else light.SetLightTypeToHeadlight()
            self._renderer.AddLight(light)
        if not is_sunlit:
            self.maps.take_down(self._renderer)

    def hang_shadows(self) -> None:
        """Give what is about to be drawn the pictures of the shadows."""
        if self.sunlight.is_true and self._renderer is not None:
            self.maps.hang(self._renderer, frozenset(self._solids), self._followers.keys())

    def follow(self, shader: vtkOpenGLShaderProperty, code: str, *, key: str = _LIGHT_KEY) -> None:
        """Write one more shader property's code, and give it the uniforms of this look; for few actors only.

        code   as layers.sun_shader.written takes it
        key    of VTK's template, where the code goes
        """
        self._followers[shader] = (key, code)
        shader.AddFragmentShaderReplacement(key, True, written(code, is_sunlit=self.sunlight.is_true), False)
        _dress(shader, self.theme)

    def set_frame(self, camera: Camera, *, haze_length_m: float) -> None:
        """Set the haze for one frame.

        haze_length_m   distance at which about two thirds of the colour have gone into the haze
        """
        into_view = view_rotation(camera)
        haze_per_m = 0.0 if camera.is_parallel else 1.0 / haze_length_m
        low_m, step_m = self.maps.range_m if self.sunlight.is_true else (0.0, 0.0)
        self.light.SetColor(haze_per_m, low_m, step_m)
        towards = self.sunlight.shading
        for shader in self._followers:
            uniforms = shader.GetFragmentCustomUniforms()
            uniforms.SetUniform3f("sunVC", (into_view @ towards).tolist())
            uniforms.SetUniform3f("upVC", into_view[:, 2].tolist())
            uniforms.SetUniformf("hazePerM", haze_per_m)

    def set_eye(self, camera: Camera, eye_local: Vector) -> None:
        """Tell shaders under the true sun where the eye is, which may be behind that of a parallel view."""
        if not self.sunlight.is_true:
            return
        theme, towards, city, near = self.theme, self.sunlight.shading, self.maps.city, self.maps.near
        eye_m = np.array(eye_local) - [*city.corner_local, 0.0]
        drop = -self.sunlight.drop if self.is_quick else self.sunlight.drop
        near_m = [*(np.array(near.corner_local) - city.corner_local).tolist(), drop]
        length = float(np.linalg.norm(towards))
        self.lights[1].SetPosition(*towards.tolist())
        self.lights[1].SetFocalPoint(0.0, 0.0, 0.0)
        carried: list[npt.ArrayLike] = [
            np.asarray(theme.sun) * length, theme.sky, theme.bounce, theme.horizon, eye_m, city.texels, near_m,
            near.texels,
        ]  # fmt: skip
        for light, values in zip(self.lights[1:], carried, strict=True):
            light.SetColor(*np.asarray(values, np.float64).tolist())
        named: dict[str, npt.ArrayLike] = dict(
            zip(("rightW", "upW", "backW"), view_rotation(camera), strict=True),
            eyeM=eye_m, cityPerM=city.per_m, nearM=near_m, nearPerM=near.per_m, litGround=theme.lit,
            darkGround=theme.dark,
        )  # fmt: skip
        for shader in self._followers:
            uniforms = shader.GetFragmentCustomUniforms()
            for name, values in named.items():
                uniforms.SetUniform3f(name, np.asarray(values, np.float64).tolist())


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
