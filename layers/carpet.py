"""The far city: a picture of it from above, laid on the ground and lit as if it stood.

Where buildings are smaller than a pixel, drawing their triangles costs the most and shows noise. The carpet stands for
the buildings that are not drawn as solids. Each texel knows the colour of its roofs, how much ground they cover and how
much wall stands there; the shader works out how much of roof, wall and ground the eye sees from its direction, and
lights each as the solids are lit. Filtering is what texture filtering is good at.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from vtkmodules.util.numpy_support import numpy_to_vtk
from vtkmodules.vtkCommonCore import vtkPoints
from vtkmodules.vtkCommonDataModel import vtkCellArray, vtkImageData, vtkPolyData
from vtkmodules.vtkRenderingCore import vtkActor, vtkPolyDataMapper, vtkRenderer, vtkTexture
from vtkmodules.vtkRenderingOpenGL2 import vtkOpenGLShaderProperty

from layers.look import HAZE_POWER, ROOF_LIFT, Look, light_on, wall_light
from layers.tile_work import WALLS_FULL
from twin.place import Area
from twin.session import Camera
from twin.tiles import TileIndex

LARGEST_TEXTURE = 2048
FINEST_TEXEL_M = 1.0
GRID = 40
"""Quads along each side; the share of buildings that the carpet stands for is given at their corners."""

_FRAGMENT = f"""
  vec4 roofs = texture(roofTexture, tcoordVCVSOutput);
  vec3 town = texture(townTexture, tcoordVCVSOutput).rgb;
  float stands = vertexColorVSOutput.r;
  vec3 ray = normalize(vertexVC.xyz);
  if (isParallel > 0.5) ray = vec3(0.0, 0.0, -1.0);
  float drop = max(-dot(ray, upVC), 0.02);
  float slope = sqrt(1.0 - drop * drop) / drop;
  float cover = roofs.a * stands;
  vec3 paint = roofs.rgb / max(roofs.a, 0.004);
  float gap = 1.0 - cover;
  float wall = gap * (1.0 - exp(-town.r * stands * {WALLS_FULL} * 0.318 * slope / max(gap, 0.05)));
  wall += cover * (1.0 - exp(-town.r * stands * roughness * slope));
  float roof = max(cover * exp(-town.r * stands * roughness * slope), 0.0);
  float bare = max(1.0 - roof - wall, 0.0);
  float shade = bare * (1.0 - (1.0 - groundShade * town.g) * (1.0 - shadowDepth * town.b));
  vec3 lit = shade * shadowColor + roof * mix(paint, vec3(1.0), {ROOF_LIFT}) * roofLight + wall * paint * wallLight;
  float seen = roof + wall + shade;
  float haze = 1.0 - exp(-pow(length(vertexVC.xyz) * hazePerM, {HAZE_POWER}));
  gl_FragData[0] = vec4(mix(lit / max(seen, 0.004), hazeColor, haze), seen);
"""
ROUGHNESS = 0.9
"""How much of the roofs taller neighbours hide, for a city of mixed heights."""
GROUND_SHADE = 0.26
"""How dark the ground gets right beside buildings."""
SHADOW_DEPTH = 0.42
"""How dark the ground gets where the sun does not reach it."""


class Carpet:
    """The picture of one layer's buildings on the ground of one scene."""

    def __init__(self, renderer: vtkRenderer, look: Look, area: Area, index: TileIndex) -> None:
        """Lay a carpet over the area of some tiles; it shows nothing until it has a picture."""
        self._renderer, self._look = renderer, look
        self.area, self.texel_m, self.width, self.height = _fit(area)
        self._row: npt.NDArray[np.int32] | None = None
        self._cover: npt.NDArray[np.uint8] | None = None
        self._is_wanted = False
        self._shader = vtkOpenGLShaderProperty()
        self._shader.AddFragmentShaderReplacement("//VTK::Light::Impl", True, "", False)
        self._shader.AddFragmentShaderReplacement("//VTK::TCoord::Impl", True, _FRAGMENT, False)
        look.follow(self._shader)
        self._roofs, self._town = _texture(), _texture()
        self._actor, corners = _plane(self.area)
        self._stands = np.full(len(corners), 255, np.uint8)
        self._tile_share = _tile_share(index, corners)
        self._actor.SetShaderProperty(self._shader)
        self._actor.GetProperty().SetTexture("roofTexture", self._roofs)
        self._actor.GetProperty().SetTexture("townTexture", self._town)
        self._actor.ForceTranslucentOn()  # laid over flat layers, behind solids
        self._actor.VisibilityOff()
        renderer.AddActor(self._actor)

    @property
    def is_ready(self) -> bool:
        """Return whether it has a picture."""
        return self._row is not None

    def set_picture(
        self, row: npt.NDArray[np.int32], cover: npt.NDArray[np.uint8], town: npt.NDArray[np.uint8]
    ) -> None:
        """Take the arrays of layers.tile_work.carpet."""
        self._row, self._cover = row, cover
        self._town_pixels = town
        _load(self._town, town)

    def set_colours(self, rgb: npt.NDArray[np.uint8], is_shown: npt.NDArray[np.bool_] | None) -> None:
        """Colour the roofs: rgb (rows, 3) of each table row; rows that are not shown leave the ground bare."""
        if self._row is None or self._cover is None:
            return
        cover = self._cover.astype(np.uint16)
        if is_shown is not None:
            cover = cover * is_shown[self._row]
        paint = rgb[self._row] * cover[..., None] // np.uint16(255)
        _load(self._roofs, np.dstack([paint.astype(np.uint8), cover.astype(np.uint8)]))
        self.set_visible(is_visible=self._is_wanted)

    def set_frame(self, camera: Camera, above_m: float) -> None:
        """Set this frame's light and direction, and how high it lies: above the flat layers."""
        x, y, _ = self._actor.GetPosition()
        self._actor.SetPosition(x, y, above_m)
        theme = self._look.theme
        uniforms = self._shader.GetFragmentCustomUniforms()
        uniforms.SetUniform3f("roofLight", light_on(theme, np.array([0.0, 0.0, 1.0])).tolist())
        uniforms.SetUniform3f("wallLight", wall_light(theme, camera.heading_rad).tolist())
        uniforms.SetUniformf("groundShade", GROUND_SHADE)
        uniforms.SetUniformf("shadowDepth", SHADOW_DEPTH)
        uniforms.SetUniform3f("shadowColor", theme.shadow)
        uniforms.SetUniformf("roughness", ROUGHNESS)
        uniforms.SetUniformf("isParallel", float(camera.is_parallel))

    def set_share(self, is_out: npt.NDArray[np.bool_]) -> None:
        """Tell which tiles (t,) are not drawn as solids: the carpet stands for their buildings."""
        # A sum of the few tiles that are drawn, not a matrix product: its threads would go on spinning into the frame.
        solid = self._tile_share[~is_out].sum(axis=0)
        stands = np.round(np.clip(1 - solid, 0, 1) * 255).astype(np.uint8)
        if not np.array_equal(stands, self._stands):
            self._stands = stands
            rgb = np.repeat(stands[:, None], 3, axis=1)
            self._actor.GetMapper().GetInput().GetPointData().SetScalars(numpy_to_vtk(rgb))

    def set_visible(self, *, is_visible: bool) -> None:
        """Show or hide it; a picture that comes later changes nothing about that."""
        self._is_wanted = is_visible
        self._actor.SetVisibility(is_visible and self.is_ready)

    @property
    def nbytes(self) -> int:
        """Return about the bytes it holds, textures included."""
        return self.width * self.height * (4 + 1 + 2 * (4 + 3))

    def remove(self) -> None:
        """Take it away."""
        self._renderer.RemoveActor(self._actor)


def _fit(area: Area) -> tuple[Area, float, int, int]:
    """Return the area grown to whole texels, the texel's size, and the picture's width and height."""
    width_m, height_m = area.size_m
    texel_m = max(FINEST_TEXEL_M, max(width_m, height_m, 1.0) * 1.02 / LARGEST_TEXTURE)
    width, height = max(int(np.ceil(width_m / texel_m)) + 8, 16), max(int(np.ceil(height_m / texel_m)) + 8, 16)
    x, y = area.centre
    half_width, half_height = width * texel_m / 2, height * texel_m / 2
    return Area(x - half_width, y - half_height, x + half_width, y + half_height), texel_m, width, height


def _tile_share(index: TileIndex, corners: npt.NDArray[np.float64]) -> npt.NDArray[np.float32]:
    """Return what share of the buildings around each corner is in each tile, (t, corners); columns add up to 1."""
    x, y = corners.T
    west, south, _, east, north, _ = (edge[:, None] for edge in index.bounds.T)
    density = index.count[:, None] / np.maximum((east - west) * (north - south), 1.0)
    share = density * ((x >= west) & (x <= east) & (y >= south) & (y <= north))
    total = share.sum(axis=0)
    shared: npt.NDArray[np.float32] = (share / np.where(total > 0, total, 1.0)).astype(np.float32)
    return shared


def _texture() -> vtkTexture:
    texture = vtkTexture()
    texture.InterpolateOn()
    texture.MipmapOn()
    texture.SetMaximumAnisotropicFiltering(1.0)  # four samples would cost more than all the solids
    texture.RepeatOff()
    texture.EdgeClampOn()
    texture.SetColorModeToDirectScalars()
    return texture


def _load(texture: vtkTexture, pixels: npt.NDArray[np.uint8]) -> None:
    height, width, channels = pixels.shape
    image = vtkImageData()
    image.SetDimensions(width, height, 1)
    image.GetPointData().SetScalars(numpy_to_vtk(np.ascontiguousarray(pixels).reshape(-1, channels)))
    texture.SetInputData(image)


def _plane(area: Area) -> tuple[vtkActor, npt.NDArray[np.float64]]:
    """Return the actor, and its corners in local metres."""
    step = np.linspace(0.0, 1.0, GRID + 1)
    v, u = np.meshgrid(step, step, indexing="ij")
    width_m, height_m = area.size_m
    points = np.stack([(u - 0.5) * width_m, (v - 0.5) * height_m, np.zeros_like(u)], axis=-1).reshape(-1, 3)
    line, column = np.meshgrid(np.arange(GRID), np.arange(GRID), indexing="ij")
    a = line * (GRID + 1) + column
    faces = np.stack([a, a + 1, a + GRID + 2, a, a + GRID + 2, a + GRID + 1], axis=-1).reshape(-1, 3).astype(np.int32)
    data = vtkPolyData()
    vertices = vtkPoints()
    vertices.SetData(numpy_to_vtk(points.astype(np.float32)))
    data.SetPoints(vertices)
    cells = vtkCellArray()
    cells.SetData(3, numpy_to_vtk(faces.reshape(-1)))
    data.SetPolys(cells)
    tcoords = numpy_to_vtk(np.stack([u, v], axis=-1).reshape(-1, 2).astype(np.float32))
    tcoords.SetName("tcoord")
    data.GetPointData().SetTCoords(tcoords)
    data.GetPointData().SetScalars(numpy_to_vtk(np.full((len(points), 3), 255, np.uint8)))
    mapper = vtkPolyDataMapper()
    mapper.SetInputData(data)
    mapper.SetColorModeToDirectScalars()
    mapper.SetVBOShiftScaleMethod(0)
    actor = vtkActor()
    actor.SetMapper(mapper)
    x, y = area.centre
    actor.SetPosition(x, y, 0.0)
    actor.PickableOff()
    return actor, points[:, :2] + np.array([x, y])
