"""The scene: follows a Session, draws it within a budget while it moves, and in full when it rests."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from psygnal import Signal

from layers.buildings import BuildingsVisual
from layers.canvas import Canvas
from layers.colours import colour_rows
from layers.detail import FULL, Choice, choose
from layers.ground import Surroundings
from layers.look import THEMES, Look, haze_length_m
from layers.refine import Refinement
from layers.workers import InPlace, Workers
from twin.expression import rows_where
from twin.layer import Layer, LayerState
from twin.legend import Legend
from twin.session import Camera, Composition, Selection, Session

MOVING_TRIANGLES = 900_000
"""Triangles a moving frame may have on software OpenGL: about 60 ms on two cores."""
DEFAULT_MEMORY = 2 * 2**30
HAZE_REACH = 3.2
"""The picture reaches this many haze lengths: what lies beyond has gone into the haze."""


@dataclass(frozen=True, slots=True)
class SceneStats:
    """What the last frame was made of."""

    buildings: int = 0
    """Buildings that are shown (not hidden by a filter or an eye that is off)."""
    triangles_full: int = 0
    """Triangles of all tiles drawn in full so far known."""
    triangles_drawn: int = 0
    pending: int = 0
    """Pieces of work that workers still do."""
    memory_bytes: int = 0
    frame_s: float = 0.0
    error_px: float = 0.0
    """The greatest error on screen that the budget left."""


class Scene:
    """Draws a session off screen. Lives on the thread that made it; asks to be drawn, and never draws by itself."""

    changed = Signal()

    def __init__(self, session: Session, *, jobs: Workers | None = None, memory_bytes: int = DEFAULT_MEMORY) -> None:
        """Begin to follow a session."""
        self._session = session
        self._workers: Workers = jobs or InPlace()
        self.memory_bytes = memory_bytes
        self.budget_triangles = float(MOVING_TRIANGLES)
        self.canvas = Canvas()
        self._look = Look(THEMES[session.composition.theme])
        self._surroundings = Surroundings(self.canvas.renderer, self._look)
        self._buildings: dict[str, BuildingsVisual] = {}
        self._legends: dict[str, Legend] = {}
        self._painted: dict[str, tuple[Layer, LayerState, str]] = {}
        self.stats = SceneStats()
        self._take_layers({}, session.layers)
        session.layers_changed.connect(self._take_layers)
        session.composition_changed.connect(self._take_composition)
        session.selection_changed.connect(self._take_selection)

    # following the session

    def _take_layers(self, _old: Mapping[str, Layer], new: Mapping[str, Layer]) -> None:
        for layer_id in [i for i in self._painted if i not in new or new[i].tiles is not self._painted[i][0].tiles]:
            self._painted.pop(layer_id)
            self._legends.pop(layer_id, None)
            visual = self._buildings.pop(layer_id, None)
            if visual is not None:
                visual.remove()
        for layer_id, layer in new.items():
            if layer.tiles is not None and layer_id not in self._buildings:
                self._buildings[layer_id] = BuildingsVisual(
                    self.canvas.renderer, self._look, self._workers, layer.tiles
                )
                self._buildings[layer_id].request_carpet(priority=-1.0)
        self._take_composition(self._session.composition, self._session.composition)

    def _take_composition(self, old: Composition, new: Composition) -> None:
        if old.theme != new.theme:
            self._look.theme = THEMES[new.theme]
            self._surroundings.set_theme()
        for state in new.layers:
            self._paint(state, new.theme)
        self.changed.emit()

    def _paint(self, state: LayerState, theme: str) -> None:
        layer = self._session.layers.get(state.layer_id)
        visual = self._buildings.get(state.layer_id)
        if layer is None or visual is None:
            return
        before = self._painted.get(state.layer_id)
        visual.set_visible(is_visible=state.is_visible)
        if before is not None and before[1].style == state.style and before[2] == theme:
            self._painted[state.layer_id] = (layer, state, theme)
            return
        rgb, legend = colour_rows(layer, state.style, theme=theme)
        shown = rows_where(state.style.filter, layer.table) if state.style.filter else None
        visual.set_colours(rgb, shown, state.style.opacity)
        self._legends[state.layer_id] = legend
        self._painted[state.layer_id] = (layer, state, theme)

    def _take_selection(self, old: Selection, new: Selection) -> None:
        for layer_id in {old.layer_id, new.layer_id} & self._buildings.keys():
            self._buildings[layer_id].select(new.rows if layer_id == new.layer_id else ())
        self.changed.emit()

    # what is known

    def legends(self) -> list[Legend]:
        """Return the legends of the visible layers, topmost first."""
        states = [s for s in reversed(self._session.composition.layers) if s.is_visible]
        return [self._legends[s.layer_id] for s in states if s.layer_id in self._legends]

    @property
    def buildings(self) -> Mapping[str, BuildingsVisual]:
        """Return the buildings' visuals by layer."""
        return self._buildings

    # drawing

    def resize(self, width_px: int, height_px: int) -> None:
        """Draw pictures of another size from now on."""
        self.canvas.resize(width_px, height_px)

    def collect(self, wait_s: float = 0.0) -> bool:
        """Take what workers have finished; return whether the picture changes by it."""
        has_changed = False
        for finished in self._workers.collect(wait_s):
            for visual in self._buildings.values():
                has_changed |= visual.accept(finished)
        return has_changed

    def draw(self, camera: Camera, *, is_moving: bool = True) -> npt.NDArray[np.uint8]:
        """Return one frame, (height, width, 3) uint8, drawn within the budget; at rest refine() goes on from it."""
        begin = time.perf_counter()
        self.collect()
        triangles, error_px = self.prepare(camera, self.budget_triangles if is_moving else self.budget_triangles)
        self.canvas.draw()
        picture = self.canvas.pixels()
        self._note(triangles, error_px, time.perf_counter() - begin)
        return picture

    def prepare(self, camera: Camera, budget_triangles: float) -> tuple[int, float]:
        """Choose and show what a frame consists of; return its triangles and the greatest error left, pixels."""
        visuals = [v for v in self._buildings.values() if v.is_visible]
        total = max(sum(int(v.index.count.sum()) for v in visuals), 1)
        triangles, error_px = 0, 0.0
        for visual in visuals:
            share = int(visual.index.count.sum()) / total
            choice = self.choice(visual, camera, budget_triangles * share)
            triangles += visual.apply(choice)
            error_px = max(error_px, choice.error_px)
        self.aim(camera)
        self._shrink()
        return triangles, error_px

    def choice(self, visual: BuildingsVisual, camera: Camera, budget_triangles: float) -> Choice:
        """Return how a layer's tiles are to be drawn within a budget."""
        return choose(
            visual.index,
            camera,
            self.canvas.size_px,
            budget_triangles=budget_triangles,
            full_triangles=visual.full_triangles,
        )

    def aim(self, camera: Camera, *, shift_px: tuple[float, float] = (0.0, 0.0)) -> None:
        """Point camera, light and haze."""
        bounds = self._bounds()
        diagonal_m = float(np.hypot(bounds[3] - bounds[0], bounds[4] - bounds[1]))
        haze_m = haze_length_m(camera, diagonal_m)
        eye = np.array(camera.eye_local)
        gap = np.maximum(np.maximum(bounds[:3] - eye, eye - bounds[3:]), 0.0)
        far_m = HAZE_REACH * haze_m
        nearest = min(max(float(np.linalg.norm(gap)), 0.0) * 0.5 + abs(eye[2]) * 0.12, camera.distance_m)
        near_m = max(nearest, 0.25)
        if camera.is_parallel:
            near_m, far_m = 0.1, 2 * (camera.distance_m + diagonal_m) + abs(float(eye[2])) + 1000.0
        self._look.set_frame(camera, haze_length_m=haze_m)
        self._surroundings.set_frame(camera, far_m)
        for visual in self._buildings.values():
            visual.carpet.set_frame(camera)
        self.canvas.look_from(camera, near_m, far_m, shift_px=shift_px)

    def _bounds(self) -> npt.NDArray[np.float64]:
        subtrees = [v.index.subtree[0] for v in self._buildings.values()]
        if not subtrees:
            area = self._session.area
            if area is None:
                return np.array([-500.0, -500, 0, 500, 500, 30])
            return np.array([area.west_m, area.south_m, 0.0, area.east_m, area.north_m, 30.0])
        low = np.min([s[:3] for s in subtrees], axis=0)
        high = np.max([s[3:] for s in subtrees], axis=0)
        return np.concatenate([low, high])

    def refine(self, camera: Camera) -> Iterator[npt.NDArray[np.uint8] | None]:
        """Return the slices of the resting picture: each next() takes about 30 ms; a picture comes when there is a better one."""
        return Refinement(self, camera).slices()

    def _shrink(self) -> None:
        visuals = list(self._buildings.values())
        held = sum(v.nbytes for v in visuals)
        if held > self.memory_bytes:
            for visual in visuals:
                visual.shrink(int(self.memory_bytes * visual.nbytes / held))

    def _note(self, triangles: int, error_px: float, frame_s: float) -> None:
        visuals = [v for v in self._buildings.values() if v.is_visible]
        self.stats = SceneStats(
            buildings=sum(int(v.index.count.sum()) for v in visuals),
            triangles_full=sum(int(v.full_triangles.sum()) for v in visuals),
            triangles_drawn=triangles,
            pending=self._workers.pending,
            memory_bytes=sum(v.nbytes for v in self._buildings.values()),
            frame_s=frame_s,
            error_px=error_px,
        )

    def close(self) -> None:
        """Stop following the session and give everything back."""
        self._session.layers_changed.disconnect(self._take_layers)
        self._session.composition_changed.disconnect(self._take_composition)
        self._session.selection_changed.disconnect(self._take_selection)
        for visual in self._buildings.values():
            visual.remove()
        self._buildings.clear()
        self._surroundings.remove()
        self.canvas.close()


def full_tiles(choice: Choice) -> npt.NDArray[np.intp]:
    """Return the tiles in view, all to be drawn in full, the nearest first."""
    tiles = np.flatnonzero(choice.is_in_view)
    return tiles[np.argsort(-choice.px_per_m[tiles], kind="stable")]


__all__ = ["FULL", "Scene", "SceneStats", "full_tiles"]
