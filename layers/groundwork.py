"""What a scene stands on: its terrains and pictures of the ground, and where each building's foot is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

import numpy as np
import numpy.typing as npt
from vtkmodules.vtkRenderingCore import vtkActor, vtkRenderer

from layers.camera import Point, Ray
from layers.imagery import ImageVisual
from layers.labels import Candidates
from layers.look import Look
from layers.terrain import MOST_TRIANGLES, TerrainVisual
from layers.terrain_colours import terrain_legend
from layers.workers import Finished, Workers
from twin.layer import Kind, Layer, LayerState
from twin.legend import Legend
from twin.session import Camera, Composition
from twin.standing import Standing, standing_of
from twin.terrain import FLAT, Ground, Terrain, ground_of
from twin.togetherness import drawn_terrains

MOVING_SHARE = 0.2
"""Of a moving frame's triangles that terrain may take."""
LEAST_MOVING = 40_000
EYE_ABOVE_M = 1.6


class Groundwork:
    """Keeps the ground of one scene: which terrains make it, how they are drawn, and what stands where."""

    def __init__(self, renderer: vtkRenderer, look: Look, workers: Workers) -> None:
        """Begin with flat ground."""
        self._renderer, self._look, self._workers = renderer, look, workers
        self._images: dict[str, ImageVisual] = {}
        self._visuals: dict[str, TerrainVisual] = {}
        self._standings: dict[str, tuple[object, Ground, Standing]] = {}
        self.ground: Ground = FLAT

    def take(self, layers: Mapping[str, Layer], composition: Composition) -> bool:
        """Take the layers and their states; return whether the ground is another one by it."""
        states = {s.layer_id: s for s in composition.layers}
        terrains = drawn_terrains(layers, composition)
        before, known = self.ground, {id(t) for t in self.ground.terrains}
        if known != {id(t) for t in terrains.values()}:
            self.ground = ground_of(terrains.values())
        for layer_id in [i for i, v in self._visuals.items() if terrains.get(i) is not v.terrain]:
            self._visuals.pop(layer_id).remove()
        for layer_id, terrain in terrains.items():
            if layer_id not in self._visuals:
                self._visuals[layer_id] = TerrainVisual(self._renderer, self._look, terrain)
            self._visuals[layer_id].update(
                states[layer_id].style, composition.theme, datum_m=self.ground.datum_m, is_visible=True
            )
        self._take_images(layers, composition)
        for visual in self._visuals.values():
            visual.set_under_pictures(is_under=bool(self._images))
        self._standings = {i: kept for i, kept in self._standings.items() if i in layers}
        return self.ground is not before

    def _take_images(self, layers: Mapping[str, Layer], composition: Composition) -> None:
        shown = {
            s.layer_id: (layer, s)
            for s in composition.layers
            if s.is_visible and (layer := layers.get(s.layer_id)) is not None and layer.image is not None
        }
        for layer_id in [i for i, v in self._images.items() if i not in shown or shown[i][0].image is not v.imagery]:
            self._images.pop(layer_id).remove()
        for layer_id, (layer, state) in shown.items():
            if layer_id not in self._images:
                assert layer.image is not None
                self._images[layer_id] = ImageVisual(
                    self._renderer, self._look, self._workers, layer.image, layer.frame
                )
            self._images[layer_id].update(self.ground, opacity=state.style.opacity)

    def accept(self, finished: Finished) -> bool:
        """Take a finished piece of work if it is a picture's."""
        return any(image.accept(finished) for image in self._images.values())

    @property
    def is_bare(self) -> bool:
        """Return whether there is nothing but the plane."""
        return self.ground.is_flat and not self._images

    @property
    def is_waiting(self) -> bool:
        """Return whether pictures are on their way."""
        return any(image.is_waiting for image in self._images.values())

    def legend(self, layer: Layer, state: LayerState) -> Legend:
        """Return the legend of a terrain."""
        return terrain_legend(layer, state.style, self._look.theme)

    def standing(self, layer: Layer) -> Standing | None:
        """Return where a layer's buildings stand; None on flat ground."""
        if self.ground.is_flat or layer.tiles is None:
            return None
        kept = self._standings.get(layer.info.id)
        if kept is None or kept[0] is not layer.tiles or kept[1] is not self.ground:
            kept = (layer.tiles, self.ground, standing_of(layer, self.ground))
            self._standings[layer.info.id] = kept
        return kept[2]

    def lifted(self, layer: Layer, candidates: Candidates) -> Candidates:
        """Return labels that were made for flat ground where they are on this one."""
        if self.ground.is_flat:
            return candidates
        standing, anchors = self.standing(layer), candidates.anchor_local.copy()
        anchors[:, 2] += self.ground.z_at(anchors[:, :2]) if standing is None else standing.foot_m[candidates.row]
        return replace(candidates, anchor_local=anchors)

    # drawing

    @property
    def visuals(self) -> Iterable[TerrainVisual]:
        """Return the terrains drawn."""
        return self._visuals.values()

    def prepare(self, camera: Camera, size_px: tuple[int, int], budget_triangles: float = float("inf")) -> int:
        """Choose and show what a frame's ground consists of; return its triangles.

        budget_triangles   of the whole frame; infinite for a resting picture
        """
        pictured = sum(image.prepare(camera, size_px) for image in self._images.values())
        if not self._visuals:
            return pictured
        is_resting = np.isinf(budget_triangles)
        most = MOST_TRIANGLES if is_resting else max(MOVING_SHARE * budget_triangles, LEAST_MOVING)
        each = int(most / len(self._visuals))
        drawn = sum(v.prepare(camera, size_px, each, is_resting=bool(is_resting)) for v in self._visuals.values())
        return drawn + pictured

    def set_shown(self, *, is_shown: bool) -> None:
        """Leave the ground out of the next pictures, or put it back."""
        for visual in self._visuals.values():
            visual.set_shown(is_shown=is_shown)
        for image in self._images.values():
            image.set_shown(is_shown=is_shown)

    def bounds_with(self, bounds: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Return bounds (6,) of a city that also hold the terrain."""
        for terrain in self.ground.terrains:
            area = terrain.area
            low = np.array([area.west_m, area.south_m, 0.0])
            high = np.array([area.east_m, area.north_m, self.ground.highest_m])
            bounds = np.concatenate([np.minimum(bounds[:3], low), np.maximum(bounds[3:], high)])
        return bounds

    # asking

    def z_at(self, x_m: float, y_m: float) -> float:
        """Return how high the ground lies at a place, local metres."""
        return 0.0 if self.ground.is_flat else float(self.ground.z_at([[x_m, y_m]])[0])

    def hit(self, ray: Ray) -> Point | None:
        """Return where a ray meets the ground; None for the sky."""
        if self.ground.is_flat:
            return ray.at_height(0.0)
        distance_m = self.ground.hit(np.asarray(ray.origin, np.float64), np.asarray(ray.direction, np.float64))
        return None if distance_m is None else ray.at(distance_m)

    @property
    def actors(self) -> list[vtkActor]:
        """Return what is drawn of the terrains, for whoever cuts the city."""
        terrains = [actor for visual in self._visuals.values() for actor in visual.actors]
        return terrains + [actor for image in self._images.values() for actor in image.actors]

    def remove(self) -> None:
        """Take everything away."""
        for visual in self._visuals.values():
            visual.remove()
        for image in self._images.values():
            image.remove()
        self._visuals.clear()
        self._images.clear()


def is_ground(layer: Layer) -> bool:
    """Return whether a layer is terrain or a picture of the ground, rather than something that stands on it."""
    return layer.info.kind in (Kind.TERRAIN, Kind.IMAGE)


__all__ = ["EYE_ABOVE_M", "Groundwork", "Terrain", "is_ground"]
