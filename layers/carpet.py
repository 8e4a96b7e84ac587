"""The far city: a picture of it from above, laid on the ground and lit as if it stood.

Where buildings are smaller than a pixel, drawing their triangles costs the most and shows noise. The carpet stands for
the buildings that are not drawn as solids. Each texel knows the colour of its roofs, how much ground they cover and how
much wall stands there; the shader works out how much of roof, wall and ground the eye sees from its direction, and
lights each as the solids are lit. Filtering is what texture filtering is good at.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from math import tan

import numpy as np
import numpy.typing as npt
from vtkmodules.util.numpy_support import numpy_to_vtk, vtk_to_numpy
from vtkmodules.vtkCommonCore import vtkPoints
from vtkmodules.vtkCommonDataModel import vtkCellArray, vtkPolyData
from vtkmodules.vtkRenderingCore import vtkActor, vtkPolyDataMapper, vtkRenderer, vtkTexture
from vtkmodules.vtkRenderingOpenGL2 import vtkOpenGLShaderProperty

from layers.look import HAZE_POWER, ROOF_LIFT, Look, light_on, wall_light
from layers.pushed import push
from layers.sunlight import SUN_ALTITUDE_RAD
from layers.textures import byte_texture, load_bytes
from layers.tile_work import WALLS_FULL
from twin.place import Area
from twin.session import Camera
from twin.terrain import Ground
from twin.tiles import TileIndex

LARGEST_TEXTURE = 2048
FINEST_TEXEL_M = 1.0
PATCH = 512
"""Texels along a side of a patch, at most."""
GRID = 10
"""Quads along each side of a patch; the share of buildings the carpet stands for is given at their corners."""
QUAD_CELLS = 3.0
"""On terrain a quad is about so many of its cells wide ..."""
MOST_FINER = 5
"""... but no quad is cut into more than so many along a side."""
NEARER_SHARE = 0.0015
"""It is drawn so much nearer to the eye: between its quads' corners terrain may be higher."""

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
    """The picture of one layer's buildings on the ground of one scene, in patches that are loaded one by one."""

    def __init__(self, renderer: vtkRenderer, look: Look, area: Area, index: TileIndex) -> None:
        """Lay a carpet over the area of some tiles; it shows nothing until it has a picture."""
        self._renderer, self._look = renderer, look
        self.city = area
        """What the tiles cover; the carpet itself reaches beyond."""
        self.area, self.texel_m, self.width, self.height = _fit(area, tallest_m=float(index.subtree[0, 5]))
        self._picture: tuple[npt.NDArray[np.int32], npt.NDArray[np.uint8], npt.NDArray[np.uint8]] | None = None
        self._colours: tuple[npt.NDArray[np.uint8], npt.NDArray[np.bool_] | None] | None = None
        self._is_wanted = False
        self._shader = vtkOpenGLShaderProperty()
        self._shader.AddFragmentShaderReplacement("//VTK::Light::Impl", True, "", False)
        push(self._shader, -NEARER_SHARE)
        look.follow(self._shader, _FRAGMENT, key="//VTK::TCoord::Impl")
        self._patches = [
            _Patch(renderer, self._shader, self.area, self.texel_m, lines, columns)
            for lines in _parts(self.height)
            for columns in _parts(self.width)
        ]
        corners = np.concatenate([patch.corners for patch in self._patches])
        self._stands = np.full(len(corners), 255, np.uint8)
        self._tile_share = _tile_share(index, corners)

    @property
    def is_ready(self) -> bool:
        """Return whether all of its picture can be seen."""
        return self._picture is not None and self._colours is not None and not self.waiting

    @property
    def waiting(self) -> int:
        """Return how many patches are still to be loaded."""
        if self._picture is None or self._colours is None:
            return 0
        return sum(patch.is_stale for patch in self._patches)

    def is_alike(self, other: Carpet) -> bool:
        """Return whether another one has its place and its texels, and a picture."""
        size, others = (self.area, self.texel_m, self.width, self.height), (other.area, other.texel_m)
        return other._picture is not None and size == (*others, other.width, other.height)

    def follow(self, index: TileIndex, new_of_old: npt.NDArray[np.int64]) -> None:
        """Stand for other tiles, and for rows that are now others: new_of_old (rows before,), -1 where one is gone."""
        self._tile_share = _tile_share(index, np.concatenate([patch.corners for patch in self._patches]))
        if self._picture is None or np.array_equal(new_of_old, np.arange(len(new_of_old))):
            return
        row, cover, town = self._picture
        now = np.append(new_of_old, -1).astype(np.int32)  # the last stands for "no building", which is -1
        self._picture = (now[row], cover, town)

    def set_picture(
        self, row: npt.NDArray[np.int32], cover: npt.NDArray[np.uint8], town: npt.NDArray[np.uint8]
    ) -> None:
        """Take the arrays of layers.tile_work.carpet."""
        self._picture = (row, cover, town)
        for patch in self._patches:
            patch.is_stale = True

    def set_colours(self, rgb: npt.NDArray[np.uint8], is_shown: npt.NDArray[np.bool_] | None) -> None:
        """Colour the roofs: rgb (rows, 3) of each table row; rows that are not shown leave the ground bare."""
        self._colours = (rgb, is_shown)
        for patch in self._patches:
            patch.is_stale = True

    def load(self, most: int) -> bool:
        """Bring at most so many patches up to date; return whether any was. One takes 2 ms, the first time 15."""
        if self._picture is None or self._colours is None:
            return False
        stale = sorted((patch for patch in self._patches if patch.is_stale), key=lambda patch: patch.loads)[:most]
        for patch in stale:  # each has its turn where colours change faster than all can be loaded
            patch.load(*self._picture, *self._colours)
            patch.actor.SetVisibility(self._is_wanted)
        return bool(stale)

    def set_ground(self, ground: Ground) -> None:
        """Lie on another ground."""
        for patch in self._patches:
            patch.set_ground(ground)

    def set_frame(self, camera: Camera, above_m: float) -> None:
        """Set this frame's light and direction, and how high it lies: above the flat layers."""
        for patch in self._patches:
            x, y, _ = patch.actor.GetPosition()
            patch.actor.SetPosition(x, y, above_m)
        theme, towards = self._look.theme, self._look.sunlight.shading
        uniforms = self._shader.GetFragmentCustomUniforms()
        uniforms.SetUniform3f("roofLight", light_on(theme, np.array([0.0, 0.0, 1.0]), towards).tolist())
        uniforms.SetUniform3f("wallLight", wall_light(theme, camera.heading_rad, towards).tolist())
        uniforms.SetUniformf("groundShade", GROUND_SHADE)
        # under the true sun the ground has its shadows itself
        uniforms.SetUniformf("shadowDepth", 0.0 if self._look.sunlight.is_true else SHADOW_DEPTH)
        uniforms.SetUniform3f("shadowColor", theme.shadow)
        uniforms.SetUniformf("roughness", ROUGHNESS)
        uniforms.SetUniformf("isParallel", float(camera.is_parallel))

    def set_share(self, is_out: npt.NDArray[np.bool_]) -> None:
        """Tell which tiles (t,) are not drawn as solids: the carpet stands for their buildings."""
        # A sum of the few tiles that are drawn, not a matrix product: its threads would go on spinning into the frame.
        solid = self._tile_share[~is_out].sum(axis=0)
        stands = np.round(np.clip(1 - solid, 0, 1) * 255).astype(np.uint8)
        if np.array_equal(stands, self._stands):
            return
        self._stands, first = stands, 0
        for patch in self._patches:
            patch.set_share(stands[first : first + len(patch.corners)])
            first += len(patch.corners)

    def set_visible(self, *, is_visible: bool) -> None:
        """Show or hide it; what is loaded later changes nothing about that."""
        self._is_wanted = is_visible
        for patch in self._patches:
            patch.actor.SetVisibility(is_visible and patch.is_loaded)

    def show_one_new(self) -> bool:
        """Show only a patch that was loaded since this was called last; False if there is none."""
        for patch in self._patches:
            if patch.is_new:
                patch.is_new = False
                patch.actor.VisibilityOn()
                return True
        return False

    @property
    def nbytes(self) -> int:
        """Return about the bytes it holds, textures included."""
        return self.width * self.height * (4 + 1 + 2 * (4 + 3))

    def remove(self) -> None:
        """Take it away."""
        for patch in self._patches:
            self._renderer.RemoveActor(patch.actor)


class _Patch:
    """A rectangle of the carpet with its own textures: loading one does not hold up a frame."""

    def __init__(
        self,
        renderer: vtkRenderer,
        shader: vtkOpenGLShaderProperty,
        area: Area,
        texel_m: float,
        lines: slice,
        columns: slice,
    ) -> None:
        """Lay out the texels of some lines and columns of the whole picture."""
        self._lines, self._columns = lines, columns
        self._roofs, self._town = _texture(), _texture()
        west, south = area.west_m + columns.start * texel_m, area.south_m + lines.start * texel_m
        east, north = area.west_m + columns.stop * texel_m, area.south_m + lines.stop * texel_m
        self.area = Area(west, south, east, north)
        self.actor, self.corners = _plane(self.area)
        self._finer = 1
        self.actor.SetShaderProperty(shader)
        self.actor.GetProperty().SetTexture("roofTexture", self._roofs)
        self.actor.GetProperty().SetTexture("townTexture", self._town)
        self.actor.ForceTranslucentOn()  # laid over flat layers, behind solids
        self.actor.VisibilityOff()
        renderer.AddActor(self.actor)
        self.is_stale, self.is_loaded, self.is_new = False, False, False
        self.loads = 0
        """How often it was brought up to date."""
        self._loaded_town: npt.NDArray[np.uint8] | None = None
        self._covered: _Covered | None = None
        self._pixels = np.empty((0, 0, 4), np.uint8)
        self._stands = np.full(len(self.corners), 255, np.uint8)

    def load(
        self,
        row: npt.NDArray[np.int32],
        cover: npt.NDArray[np.uint8],
        town: npt.NDArray[np.uint8],
        rgb: npt.NDArray[np.uint8],
        is_shown: npt.NDArray[np.bool_] | None,
    ) -> None:
        """Take this patch's part of the whole picture, and its colours."""
        here = (self._lines, self._columns)
        if self._loaded_town is not town:
            load_bytes(self._town, town[here])
            self._loaded_town = town
        covered = self._covered
        if covered is None or covered.whole is not row or covered.is_shown is not is_shown:
            covered = _covered(row, cover, here, is_shown)
            self._pixels = np.zeros((*row[here].shape, 4), np.uint8)
            self._pixels.reshape(-1, 4)[covered.place, 3] = covered.share[:, 0]
        painted = np.take(rgb, covered.row, axis=0, mode="clip") * covered.share
        self._pixels.reshape(-1, 4)[covered.place, :3] = painted // np.uint16(255)
        load_bytes(self._roofs, self._pixels)
        self._covered = covered if self.loads else None  # kept where colours change again and again
        self.loads += 1
        self.is_stale, self.is_loaded, self.is_new = False, True, True

    def set_ground(self, ground: Ground) -> None:
        """Lie on another ground, in quads small enough for it."""
        width_m = max(self.area.size_m) / GRID
        finer = 1 if ground.is_flat else int(np.clip(np.ceil(width_m / (QUAD_CELLS * ground.spacing_m)), 1, MOST_FINER))
        plane = _plane(self.area, GRID * finer)[0].GetMapper().GetInput()
        if not ground.is_flat:
            points = vtk_to_numpy(plane.GetPoints().GetData())
            points[:, 2] = ground.z_at(points[:, :2] + np.array(self.area.centre))
        mapper = self.actor.GetMapper()
        assert isinstance(mapper, vtkPolyDataMapper)
        mapper.SetInputData(plane)
        self._finer = finer
        self.set_share(self._stands)

    def set_share(self, stands: npt.NDArray[np.uint8]) -> None:
        """Take the share of buildings it stands for at each corner, (corners,), 255 for all."""
        self._stands = stands
        if self._finer > 1:
            stands = _between(stands.reshape(GRID + 1, GRID + 1), self._finer).reshape(-1)
        rgb = np.repeat(stands[:, None], 3, axis=1)
        self.actor.GetMapper().GetInput().GetPointData().SetScalars(numpy_to_vtk(rgb))


@dataclass(frozen=True, slots=True, eq=False)
class _Covered:
    """The texels of a patch on which a shown building stands: the others never change their colour."""

    whole: object
    is_shown: object
    """What these were found in."""
    place: npt.NDArray[np.int32]
    row: npt.NDArray[np.int32]
    share: npt.NDArray[np.uint16]
    """(p, 1) of 255."""


def _covered(
    row: npt.NDArray[np.int32], cover: npt.NDArray[np.uint8], here: tuple[slice, slice],
    is_shown: npt.NDArray[np.bool_] | None,
) -> _Covered:  # fmt: skip
    rows, share = row[here].reshape(-1), cover[here].reshape(-1)
    if is_shown is not None:
        share = share * is_shown[rows]
    place = np.flatnonzero(share).astype(np.int32)
    return _Covered(row, is_shown, place, rows[place], share[place].astype(np.uint16)[:, None])


def _parts(size: int) -> list[slice]:
    """Cut so many texels into nearly equal parts of at most PATCH texels."""
    count = -(-size // PATCH)
    edges = np.linspace(0, size, count + 1).round().astype(int).tolist()
    return [slice(a, b) for a, b in itertools.pairwise(edges)]


def _fit(area: Area, *, tallest_m: float = 0.0) -> tuple[Area, float, int, int]:
    """Return the area grown by shadows and to whole texels, the texel's size, the picture's width and height."""
    width_m, height_m = area.size_m
    room_m = min(tallest_m / tan(SUN_ALTITUDE_RAD), 60.0 + 0.2 * max(width_m, height_m))
    width_m, height_m = width_m + 2 * room_m, height_m + 2 * room_m
    texel_m = max(FINEST_TEXEL_M, max(width_m, height_m, 1.0) * 1.02 / LARGEST_TEXTURE)
    width, height = max(int(np.ceil(width_m / texel_m)) + 8, 16), max(int(np.ceil(height_m / texel_m)) + 8, 16)
    x, y = area.centre
    half_width, half_height = width * texel_m / 2, height * texel_m / 2
    return Area(x - half_width, y - half_height, x + half_width, y + half_height), texel_m, width, height


def _tile_share(index: TileIndex, corners: npt.NDArray[np.float64]) -> npt.NDArray[np.float32]:
    """Return what share of the buildings around each corner is in each tile, (t, corners); columns add up to 1.

    Where no tile reaches, the shares are those of the whole layer: a corner beside the last buildings counts for them.
    """
    x, y = corners.T
    west, south, _, east, north, _ = (edge[:, None] for edge in index.bounds.T)
    density = index.count[:, None] / np.maximum((east - west) * (north - south), 1.0)
    share = density * ((x >= west) & (x <= east) & (y >= south) & (y <= north))
    total = share.sum(axis=0)
    share[:, total == 0] = index.count[:, None] / index.count.sum()
    shared: npt.NDArray[np.float32] = (share / np.where(total > 0, total, 1.0)).astype(np.float32)
    return shared


def _texture() -> vtkTexture:
    texture = byte_texture(is_smooth=True, has_smaller=True)
    texture.SetMaximumAnisotropicFiltering(1.0)  # four samples would cost more than all the solids
    return texture


def _between(values: npt.NDArray[np.uint8], finer: int) -> npt.NDArray[np.uint8]:
    """Return values at corners (n + 1, n + 1) with so many steps from each to the next."""
    old = np.arange(len(values))
    new = np.linspace(0, len(values) - 1, (len(values) - 1) * finer + 1)
    share = np.maximum(0.0, 1.0 - np.abs(new[:, None] - old))
    return np.asarray((share @ values @ share.T).round(), np.uint8)


def _plane(area: Area, grid: int = GRID) -> tuple[vtkActor, npt.NDArray[np.float64]]:
    """Return the actor, and its corners in local metres."""
    step = np.linspace(0.0, 1.0, grid + 1)
    v, u = np.meshgrid(step, step, indexing="ij")
    width_m, height_m = area.size_m
    points = np.stack([(u - 0.5) * width_m, (v - 0.5) * height_m, np.zeros_like(u)], axis=-1).reshape(-1, 3)
    line, column = np.meshgrid(np.arange(grid), np.arange(grid), indexing="ij")
    a = line * (grid + 1) + column
    faces = np.stack([a, a + 1, a + grid + 2, a, a + grid + 2, a + grid + 1], axis=-1).reshape(-1, 3).astype(np.int32)
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
