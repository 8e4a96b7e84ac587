"""Pictures of the ground in one scene: a quadtree of tiles laid on terrain or plane, as fine as the screen can show."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from math import tan

import numpy as np
import numpy.typing as npt
from vtkmodules.util.numpy_support import numpy_to_vtk
from vtkmodules.vtkCommonCore import vtkPoints
from vtkmodules.vtkCommonDataModel import vtkCellArray, vtkPolyData
from vtkmodules.vtkRenderingCore import vtkActor, vtkPolyDataMapper, vtkRenderer, vtkTexture
from vtkmodules.vtkRenderingOpenGL2 import vtkOpenGLShaderProperty

from layers.detail import in_view
from layers.look import HAZE_POWER, Look
from layers.pushed import IMAGE_SHARE, push
from layers.textures import byte_texture, load_bytes
from layers.workers import Finished, Workers
from twin.imagery import TILE_PX, Imagery, TilePlace, fetched
from twin.place import LocalFrame
from twin.session import Camera
from twin.terrain import FLAT, Ground

_serial = itertools.count()
TEXEL_PX = 1.15
"""Tiles whose texels show larger are replaced by those of the next level."""
MOST_TILES = 90
"""In a frame."""
TILE_BYTES = TILE_PX * TILE_PX * 4 * 2
QUADS = (16, 64)
"""Along a tile's side on terrain, as its heights ask for: at least, and at most."""
FLAT_QUADS = 8
ABOVE_M = 0.05
PRIORITY = 5e5
FIRST_LEVEL_TILES = 6
"""The tree begins at the finest level that has so few tiles."""
_FRAGMENT = f"""
  vec4 photo = texture(photoTexture, tcoordVCVSOutput);
  float haze = 1.0 - exp(-pow(length(vertexVC.xyz) * hazePerM, {HAZE_POWER}));
  $SUN(vertexVC)
  gl_FragData[0] = vec4(mix(photo.rgb$LIT, hazeColor, haze), photo.a * opacity);
"""


@dataclass(slots=True)
class _Tile:
    """A tile that has come, or that there is not."""

    actor: vtkActor | None
    last_used: int = 0


class ImageVisual:
    """Draws one Imagery."""

    def __init__(
        self, renderer: vtkRenderer, look: Look, workers: Workers, imagery: Imagery, frame: LocalFrame
    ) -> None:
        """Begin with nothing drawn."""
        self._renderer, self._workers, self.imagery, self._frame_of = renderer, workers, imagery, frame
        self._id = f"image-{next(_serial)}"
        self._shader = vtkOpenGLShaderProperty()
        self._shader.AddFragmentShaderReplacement("//VTK::Light::Impl", True, "", False)
        push(self._shader, IMAGE_SHARE)
        look.follow(self._shader, _FRAGMENT, key="//VTK::TCoord::Impl")
        self._tiles: dict[TilePlace, _Tile] = {}
        self._bounds: dict[TilePlace, tuple[float, ...]] = {}
        self._asked: set[TilePlace] = set()
        self._drawn: list[TilePlace] = []
        self._ground: Ground = FLAT
        self._opacity = 1.0
        self._frame = 0
        self._is_shown = True
        self.failure = ""
        """Why tiles did not come, the last time."""
        self.roots = self._roots()

    def _roots(self) -> list[TilePlace]:
        pyramid = self.imagery.pyramid
        best = pyramid.tiles_at(pyramid.levels[0])
        for level in range(pyramid.levels[0] + 1, pyramid.levels[1] + 1):
            tiles = pyramid.tiles_at(level)
            if len(tiles) > FIRST_LEVEL_TILES:
                break
            best = tiles
        return best[:4096]

    def update(self, ground: Ground, *, opacity: float) -> None:
        """Lie on another ground, or show through."""
        if ground is not self._ground:
            self._ground = ground
            self._bounds.clear()
            for place in list(self._tiles):
                self._forget(place)
        if opacity != self._opacity:
            self._opacity = opacity
            for tile in self._tiles.values():
                if tile.actor is not None:
                    tile.actor.GetProperty().SetOpacity(opacity)

    # what workers bring

    def accept(self, finished: Finished) -> bool:
        """Take a finished piece of work if it is this visual's."""
        key = finished.key
        if not (isinstance(key, tuple) and key and key[0] == self._id):
            return False
        place: TilePlace = key[1]
        self._asked.discard(place)
        if finished.arrays is None:
            self.failure = finished.reason
            self._tiles[place] = _Tile(None, self._frame)
            return True
        pixels = finished.arrays["pixels"]
        actor = None
        if pixels.size:
            actor = self._actor(place, pixels)  # type: ignore[arg-type]
            self._renderer.AddActor(actor)
        self._tiles[place] = _Tile(actor, self._frame)
        return True

    @property
    def is_waiting(self) -> bool:
        """Return whether tiles are on their way."""
        return bool(self._asked)

    # drawing

    def prepare(self, camera: Camera, size_px: tuple[int, int]) -> int:
        """Choose and show the tiles for a frame, and ask for those that are missing; return their triangles."""
        self._frame += 1
        chosen = self._chosen(camera, size_px)
        for place in self._drawn:
            tile = self._tiles.get(place)
            if tile is not None and tile.actor is not None and place not in chosen:
                tile.actor.VisibilityOff()
        self._drawn = list(chosen)
        self.set_shown(is_shown=self._is_shown)
        self._shrink()
        return sum(2 * self._quads(place) ** 2 for place in self._drawn)

    def _chosen(self, camera: Camera, size_px: tuple[int, int]) -> dict[TilePlace, None]:
        chosen: dict[TilePlace, None] = {}
        level = [place for place in self.roots if self._sees(place, camera, size_px)]
        self._request(level, 2.0)
        while level:
            finer: list[TilePlace] = []
            for place in level:
                children = (
                    self.imagery.pyramid.children(place) if self._texel_px(place, camera, size_px) > TEXEL_PX else []
                )
                seen = [child for child in children if self._sees(child, camera, size_px)]
                if seen and len(chosen) + len(finer) + len(seen) < MOST_TILES:
                    self._request(seen, 1.0)
                    if all(child in self._tiles for child in seen):
                        finer += seen
                        continue
                if place in self._tiles:
                    self._tiles[place].last_used = self._frame
                    chosen[place] = None
            level = finer
        return chosen

    def _request(self, places: list[TilePlace], urgency: float) -> None:
        for place in places:
            if place in self._tiles:
                self._tiles[place].last_used = self._frame
            elif place not in self._asked:
                self._asked.add(place)
                priority = PRIORITY * urgency - place[0]
                self._workers.submit((self._id, place), fetched, (), self.imagery, place, priority=priority)

    def set_shown(self, *, is_shown: bool) -> None:
        """Leave it out of the next pictures, or put it back."""
        self._is_shown = is_shown
        for place in self._drawn:
            tile = self._tiles.get(place)
            if tile is not None and tile.actor is not None:
                tile.actor.SetVisibility(is_shown)

    def _box(self, place: TilePlace) -> tuple[float, ...]:
        if place not in self._bounds:
            nodes = self.imagery.pyramid.nodes(place, 4, self._frame_of).reshape(-1, 2)
            nodes = nodes[np.isfinite(nodes).all(axis=1)]
            z = self._ground.z_at(nodes) if len(nodes) else np.zeros(1)
            low, high = (nodes.min(axis=0), nodes.max(axis=0)) if len(nodes) else (np.full(2, 1e12), np.full(2, 1e12))
            box = (low[0], low[1], z.min() - 1, high[0], high[1], z.max() + 1)
            self._bounds[place] = tuple(float(b) for b in box)
        return self._bounds[place]

    def _sees(self, place: TilePlace, camera: Camera, size_px: tuple[int, int]) -> bool:
        return bool(in_view(camera, size_px[0] / size_px[1], np.array([self._box(place)]))[0])

    def _texel_px(self, place: TilePlace, camera: Camera, size_px: tuple[int, int]) -> float:
        """Return how large a texel shows at the tile's nearest point, pixels."""
        box = self._box(place)
        texel_m = max(box[3] - box[0], box[4] - box[1]) / TILE_PX
        px = size_px[1] / (2 * tan(camera.view_angle_rad / 2))
        if camera.is_parallel:
            return texel_m * px / camera.distance_m
        eye = camera.eye_local
        gaps = [max(box[k] - eye[k], eye[k] - box[k + 3], 0.0) for k in range(3)]
        return texel_m * px / max(float(np.sqrt(np.dot(gaps, gaps))), 1.0)

    def _quads(self, place: TilePlace) -> int:
        """Return along how many quads a tile bends: those of the finest terrain, if that is not too many."""
        if self._ground.is_flat:
            return FLAT_QUADS
        box = self._box(place)
        return int(np.clip(np.ceil((box[3] - box[0]) / self._ground.spacing_m), *QUADS))

    def _actor(self, place: TilePlace, pixels: npt.NDArray[np.uint8]) -> vtkActor:
        """Return a tile on the ground."""
        quads = self._quads(place)
        nodes = self.imagery.pyramid.nodes(place, quads, self._frame_of).reshape(-1, 2)
        x, y = nodes.mean(axis=0).tolist()
        points = np.empty((len(nodes), 3), np.float32)
        points[:, :2] = nodes - (x, y)
        points[:, 2] = self._ground.z_at(nodes) + ABOVE_M
        step = (np.arange(quads + 1) / quads).astype(np.float32)
        u, v = np.meshgrid(step, step)
        line, column = np.meshgrid(np.arange(quads), np.arange(quads), indexing="ij")
        a = (line * (quads + 1) + column).reshape(-1)
        faces = (
            np.stack([a, a + 1, a + quads + 2, a, a + quads + 2, a + quads + 1], axis=1).reshape(-1).astype(np.int32)
        )
        data, vertices, cells = vtkPolyData(), vtkPoints(), vtkCellArray()
        vertices.SetData(numpy_to_vtk(points, deep=True))
        data.SetPoints(vertices)
        cells.SetData(3, numpy_to_vtk(faces, deep=True))
        data.SetPolys(cells)
        tcoords = numpy_to_vtk(np.stack([u, v], axis=-1).reshape(-1, 2), deep=True)
        tcoords.SetName("tcoord")
        data.GetPointData().SetTCoords(tcoords)
        mapper = vtkPolyDataMapper()
        mapper.SetInputData(data)
        mapper.SetVBOShiftScaleMethod(0)
        actor = vtkActor()
        actor.SetMapper(mapper)
        actor.SetPosition(x, y, 0.0)
        actor.SetShaderProperty(self._shader)
        actor.GetProperty().SetTexture("photoTexture", _texture(pixels))
        actor.GetProperty().SetOpacity(self._opacity)
        if (pixels[..., 3] < 255).any():
            actor.ForceTranslucentOn()
        else:
            actor.ForceOpaqueOn()
        actor.PickableOff()
        actor.VisibilityOff()
        return actor

    @property
    def actors(self) -> list[vtkActor]:
        """Return what is drawn."""
        tiles = (self._tiles.get(place) for place in self._drawn)
        return [tile.actor for tile in tiles if tile is not None and tile.actor is not None]

    # memory

    @property
    def nbytes(self) -> int:
        """Return about the bytes held for drawing."""
        return sum(tile.actor is not None for tile in self._tiles.values()) * TILE_BYTES

    def _shrink(self) -> None:
        """Forget the tiles that were not drawn for longest, beyond three frames' worth."""
        most = 3 * MOST_TILES
        if len(self._tiles) > most:
            old = sorted((tile.last_used, place) for place, tile in self._tiles.items())[: len(self._tiles) - most]
            for last_used, place in old:
                if last_used < self._frame:
                    self._forget(place)

    def _forget(self, place: TilePlace) -> None:
        tile = self._tiles.pop(place)
        if tile.actor is not None:
            self._renderer.RemoveActor(tile.actor)
            tile.actor.ReleaseGraphicsResources(self._renderer.GetRenderWindow())

    def remove(self) -> None:
        """Take everything away."""
        for place in list(self._tiles):
            self._forget(place)
        self._drawn = []


def _texture(pixels: npt.NDArray[np.uint8]) -> vtkTexture:
    texture = byte_texture(is_smooth=True, has_smaller=True)
    load_bytes(texture, pixels.copy())  # what is given may be memory that goes on to be used
    return texture
