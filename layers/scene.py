"""The scene: follows a Session, draws it within a budget while it moves, and in full when it rests."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from math import atan, tan

import numpy as np
import numpy.typing as npt
from psygnal import Signal

from layers.buildings import BuildingsVisual
from layers.camera import Size, ray_through
from layers.canvas import Canvas
from layers.change_marks import ChangeMarks
from layers.cutting import Cutting
from layers.detail import Choice, choose
from layers.drawn_layers import DrawnLayers, Stage
from layers.edges import draw_edges
from layers.ground import Surroundings
from layers.groundwork import Groundwork
from layers.labeller import Labeller
from layers.labels import PlacedLabel
from layers.live import Backdrop, LiveLayers
from layers.live_tint import LiveTints
from layers.look import THEMES, Look, haze_length_m
from layers.measures import draw_measures
from layers.pick import Pick
from layers.pins import PinBoard, Pins, PlacedPin, pin_at
from layers.reach import city_bounds, reach_of
from layers.refine import Refinement
from layers.scene_stats import SceneStats, stats_of
from layers.scene_sun import SceneSun
from layers.sliced import SlicedFrame
from layers.visual import LOWEST_M, STEP_M, Aim
from layers.workers import Finished, InPlace, Workers
from twin.legend import Legend
from twin.report import Report
from twin.session import Camera, Session

MOVING_TRIANGLES = 500_000
"""Triangles a moving frame may have on software OpenGL: about 45 ms on two cores."""
HARDWARE_TRIANGLES = 8_000_000
"""The same where a graphics card draws."""
LEAST_TRIANGLES = 220_000
FRAME_S, BUSY_FRAME_S = 0.06, 0.03
"""What a moving frame may take; less while workers need the processor and the window must answer."""
DEFAULT_MEMORY = 2 * 2**30
SOFTWARE_MESH_BYTES = 400 * 2**20
LEVEL = 0.02
"""How much a line of sight may fall to be level: in elevations and sections."""
CARPET_PRIORITY = 2e6
"""Before the tiles of a resting picture: who moves while it is being made sees the carpet."""


class Scene:
    """Draws a session off screen. Lives on the thread that made it; asks to be drawn, and never draws by itself."""

    changed = Signal()
    recoloured = Signal()
    """Live values gave other colours to what is drawn; nothing else is different."""
    failed = Signal(str, Report)
    """A layer of which something cannot be drawn, and what that is; the rest is drawn."""

    def __init__(self, session: Session, *, jobs: Workers | None = None, memory_bytes: int = DEFAULT_MEMORY) -> None:
        """Begin to follow a session."""
        self._session = session
        self._workers: Workers = jobs or InPlace()
        self.memory_bytes = memory_bytes
        self.budget_triangles = self._most_triangles = float(MOVING_TRIANGLES)
        self.is_adaptive = True
        """Whether the budget follows the time that frames take; False for pictures that must not depend on it."""
        self._is_software: bool | None = None
        self.carpet_priority = CARPET_PRIORITY
        """How urgent the carpets of new layers are beside their tiles; less than 0 makes them come last."""
        self.canvas = Canvas()
        self._look = Look(THEMES[session.composition.theme])
        self.canvas.renderer.AutomaticLightCreationOff()
        self._look.join(self.canvas.renderer)
        self._surroundings = Surroundings(self.canvas.renderer, self._look)
        self.groundwork = Groundwork(self.canvas.renderer, self._look, self._workers)
        self.cutting = Cutting(self.canvas.renderer, self._look)
        self.canvas.before_drawing = self._cut_city
        self._labeller = Labeller(self.groundwork)
        self.pins = PinBoard()
        self.stats = SceneStats()
        self._clip_m = (1.0, 1000.0)
        self._ground_depth: npt.NDArray[np.float32] | None = None
        self._has_news = False
        self._workers.receivers.append(self._accept)
        stage = Stage(
            self.canvas.renderer, self._look, self._workers, self._surroundings, self.groundwork, self.cutting
        )
        self._drawn = DrawnLayers(session, stage, self.changed.emit, self.recoloured.emit)
        self.marks = ChangeMarks(self.canvas.renderer, self._look, self.changed.emit)
        """Around what changed in layers that are followed."""
        self.live = LiveLayers(session, self.groundwork)
        """Live things over the city."""
        self.sun = SceneSun(session, self._look, self._surroundings, self.groundwork, self._workers, self.changed.emit)
        self._tints = LiveTints(session, self.live, self._drawn)
        self.live.changed.connect(self._live_changed)
        self.is_live_apart = False
        """Whether pictures come without live things, for who lays them over a resting picture again and again."""
        self._shift_px = (0.0, 0.0)
        self._backdrop: Backdrop | None = None
        self._sliced = SlicedFrame(self.canvas, self.show_far)

    # the cut

    def _cut_city(self) -> None:
        """Clip what is about to be drawn, and lay shadows on it."""
        self._look.hang_shadows()
        visible = [i for i in self._drawn.visible_ids() if i in self._drawn.buildings]
        self.cutting.fill(
            [(i, self._drawn.buildings[i], self._drawn.painted[i][0]) for i in visible], self._look.theme.name
        )
        view = self.canvas.renderer.GetActiveCamera()
        is_level = bool(view.GetParallelProjection()) and abs(view.GetDirectionOfProjection()[2]) < LEVEL
        ground = () if is_level else self.groundwork.actors  # seen from the side a hill would hide the section
        self.cutting.clip((*self._surroundings.actors, *ground))

    # what is known

    def legends(self) -> list[Legend]:
        """Return the legends of the visible layers, topmost first, under the names that people gave them."""
        return [*self.marks.legends, *self.sun.legends(), *self.live.legends(), *self._drawn.legends()]

    def pick(self, camera: Camera, x_px: float, y_px: float) -> Pick | None:
        """Return what is under a pixel (from the top left), buildings exactly; None for ground and sky."""
        aim = Aim(camera, self.canvas.size_px, x_px, y_px)
        begin_m, end_m = self.cutting.kept(aim.ray)
        face = self.cutting.face_at(aim.ray, begin_m)
        if face is not None:
            return Pick(*face, aim.ray.at(begin_m), begin_m)
        ray = replace(aim.ray, origin=np.array(aim.ray.at(begin_m))) if 0 < begin_m < np.inf else aim.ray
        found: list[Pick] = []
        for layer_id in self._drawn.visible_ids():
            if layer_id in self._drawn.pickers:
                hit = self._drawn.pickers[layer_id].pick(ray, is_shown=self._drawn.painted[layer_id][0].shown)
                if hit is not None:
                    distance_m = hit.distance_m + max(begin_m, 0.0)
                    found.append(Pick(layer_id, hit.row, hit.point_local, distance_m, hit.surface))
            elif layer_id in self._drawn.flat:
                flat = self._drawn.flat[layer_id].feature_at(aim)
                if flat is not None:
                    found.append(Pick(layer_id, flat.row, flat.point_local, flat.distance_m, flat.surface))
        end_m = min(end_m, self._behind_hill_m(aim))
        kept = (pick for pick in found if pick.distance_m <= end_m and self.cutting.keeps(pick.point_local))
        return min(kept, key=lambda pick: pick.distance_m, default=None)

    def _behind_hill_m(self, aim: Aim) -> float:
        """Return the distance beyond which terrain hides everything along a line of sight."""
        if self.groundwork.ground.is_flat:
            return np.inf
        ground = self.groundwork.hit(aim.ray)
        if ground is None:
            return np.inf
        return float(np.linalg.norm(np.subtract(ground, aim.ray.origin))) * 1.004 + 2.0

    def warm_pick(self, visual: BuildingsVisual, tile: int) -> bool:
        """Make a tile of a layer's buildings ready to be picked; return whether there was anything to do."""
        layer_id = next((i for i, v in self._drawn.buildings.items() if v is visual), "")
        return layer_id in self._drawn.pickers and self._drawn.pickers[layer_id].warm(tile)

    def ground_at(self, camera: Camera, x_px: float, y_px: float) -> tuple[float, float, float] | None:
        """Return the point of the ground under a pixel, local metres; None for the sky."""
        return self.groundwork.hit(ray_through(camera, self.canvas.size_px, x_px, y_px))

    def rows_in_rectangle(
        self, camera: Camera, rectangle_px: tuple[float, float, float, float]
    ) -> dict[str, npt.NDArray[np.int32]]:
        """Return the rows of each visible layer of buildings inside a rectangle: left, top, right, bottom."""
        return {
            layer_id: self._drawn.pickers[layer_id].rows_in_rectangle(
                camera, self.canvas.size_px, rectangle_px, is_shown=self._drawn.painted[layer_id][0].shown
            )
            for layer_id in self._drawn.visible_ids()
            if layer_id in self._drawn.pickers
        }

    @property
    def buildings(self) -> Mapping[str, BuildingsVisual]:
        """Return the buildings' visuals by layer."""
        return self._drawn.buildings

    # drawing

    def resize(self, width_px: int, height_px: int, *, scale: float = 1.0) -> None:
        """Draw pictures of another size from now on; what is measured in pixels is drawn `scale` times as large."""
        self.canvas.resize(width_px, height_px)
        self._drawn.set_scale(scale)

    def labelled(self, picture: npt.NDArray[np.uint8], camera: Camera) -> npt.NDArray[np.uint8]:
        """Return a picture that was drawn, with the labels of the visible layers and the measurements on it."""
        self._labeller.clock = self._session.clock
        scale, size_px = self._drawn.scale, (picture.shape[1], picture.shape[0])
        labelled = self._labeller.labelled(
            picture, camera, self._session.layers, self._session.composition, scale=scale,
            taken=self.live.standing_words(camera, size_px, scale=scale),
        )  # fmt: skip
        labelled = self.pins.drawn(labelled, camera, scale=self._drawn.scale)
        measured, frame = self._session.composition.measurements, self._session.frame
        if not measured or frame is None:
            return labelled
        return draw_measures(
            labelled, measured, camera, frame, theme=self._session.composition.theme, scale=self._drawn.scale
        )

    def show_pins(self, pins: Pins, *, chosen: str = "") -> None:
        """Show comments as pins; one of them may stand out."""
        self.pins.pins, self.pins.chosen = pins, chosen
        self.changed.emit()

    def pin_at(self, camera: Camera, x_px: float, y_px: float) -> PlacedPin | None:
        """Return the pin under a pixel."""
        scale = self._drawn.scale
        return pin_at(self.pins.placed(camera, self.canvas.size_px, scale=scale), x_px, y_px, scale=scale)

    def placed_labels(
        self, camera: Camera, size_px: Size, *, scale: float, taken: Sequence[PlacedLabel] = ()
    ) -> list[PlacedLabel]:
        """Return where the labels of the visible layers stand in a picture of a size, for who writes them himself."""
        self._labeller.clock = self._session.clock
        session = self._session
        return self._labeller.placed(camera, size_px, session.layers, session.composition, scale=scale, taken=taken)

    @property
    def workers(self) -> Workers:
        """Return who works for this scene; another scene may share them."""
        return self._workers

    @property
    def is_working(self) -> bool:
        """Return whether workers still do something, or what they did is still being taken in."""
        return self.pending > 0

    @property
    def pending(self) -> int:
        """Return how many pieces of work are still to be done or taken in."""
        return self._workers.pending + sum(v.carpet.waiting for v in self._drawn.buildings.values())

    def collect(self, wait_s: float = 0.0) -> bool:
        """Take what workers have finished; return whether the picture changes by it."""
        self._workers.collect(wait_s)
        has_changed, self._has_news = self._has_news, False
        for visual in self._drawn.buildings.values():
            if visual.carpet.load(1):
                return True
        return has_changed

    def _accept(self, finished: Finished) -> bool:
        """Take a finished piece of work, whoever collected it, if it was done for this scene."""
        if self.groundwork.accept(finished) or self.sun.shadows.accept(finished):
            self._has_news = True
            return True
        for layer_id, visual in self._drawn.buildings.items():
            if visual.owns(finished.key):
                self._has_news |= visual.accept(finished)
                if finished.arrays is None:
                    self.failed.emit(layer_id, visual.report)
                return True
        return False

    def draw(self, camera: Camera, *, is_moving: bool = True) -> npt.NDArray[np.uint8]:
        """Return one frame, (height, width, 3) uint8, drawn within the budget; at rest refine() goes on from it."""
        begin = time.perf_counter()
        self.collect()
        triangles, error_px = self.prepare(camera, self.budget_triangles)
        self.canvas.draw()
        if self._is_software is None:
            self._is_software = self.canvas.is_software
            self._most_triangles = float(MOVING_TRIANGLES if self._is_software else HARDWARE_TRIANGLES)
            self.budget_triangles = max(self.budget_triangles, self._most_triangles)
        picture = self._with_live(self.canvas.pixels(), camera)
        self._note(triangles, error_px, time.perf_counter() - begin)
        if is_moving and self.is_adaptive:
            self._adapt(triangles)
        return picture

    def draw_in_slices(self, camera: Camera, *, within_s: float) -> Iterator[npt.NDArray[np.uint8] | None]:
        """Draw one frame as draw() does, in slices of about 25 ms; the last one is the picture.

        within_s   what the whole may take: later frames are given fewer triangles if it takes longer
        """
        begin = time.perf_counter()
        self.collect()
        triangles, error_px = self.prepare(camera, self.budget_triangles)
        yield from self._sliced.slices(self._drawn.buildings.values())
        picture = self._with_live(self.canvas.pixels(), camera)
        self._note(triangles, error_px, time.perf_counter() - begin)
        if self.is_adaptive:
            self._adapt(triangles, within_s)
        yield picture

    def resting_s(self, camera: Camera) -> float:
        """Return about how long a first resting picture takes; infinite while tiles for it are still to be made."""
        return self._sliced.seconds(
            (v, self.choice(v, camera, 0.0)) for v in self._drawn.buildings.values() if v.is_visible
        )

    def _adapt(self, triangles: int, wanted_s: float = FRAME_S) -> None:
        """Give the next frame fewer triangles if this one took too long, more if there was time left."""
        wanted_s = min(BUSY_FRAME_S, wanted_s) if self._workers.pending else wanted_s
        took_s = self.stats.frame_s
        if took_s > 1.25 * wanted_s:
            self.budget_triangles = max(min(triangles, self.budget_triangles) * 0.8, LEAST_TRIANGLES)
        elif took_s < 0.8 * wanted_s:
            self.budget_triangles = min(self.budget_triangles * 1.1, self._most_triangles)

    def prepare(self, camera: Camera, budget_triangles: float) -> tuple[int, float]:
        """Choose and show what a frame consists of; return its triangles and the greatest error left, pixels."""
        visuals = [v for v in self._drawn.buildings.values() if v.is_visible]
        total = max(sum(int(v.index.count.sum()) for v in visuals), 1)
        self.sun.prepare(self._drawn.buildings.values(), camera, self.canvas.picture_px)
        triangles, error_px = self.groundwork.prepare(camera, self.canvas.picture_px, budget_triangles), 0.0
        budget_triangles -= triangles
        for visual in visuals:
            share = int(visual.index.count.sum()) / total
            choice = self.choice(visual, camera, budget_triangles * share)
            triangles += visual.apply(choice)
            visual.far.request(self.carpet_priority)  # after the first boxes
            error_px = max(error_px, choice.error_px)
        self.aim(camera)
        self._shrink()
        return triangles, error_px

    def choice(self, visual: BuildingsVisual, camera: Camera, budget_triangles: float) -> Choice:
        """Return how a layer's tiles are to be drawn within a budget."""
        return choose(
            visual.index,
            camera,
            self.canvas.picture_px,
            budget_triangles=budget_triangles,
            full_triangles=visual.full_triangles,
        )

    def aim(self, camera: Camera, *, shift_px: tuple[float, float] = (0.0, 0.0)) -> None:
        """Point camera, light and haze."""
        bounds = city_bounds([v.index.subtree[0] for v in self._drawn.buildings.values()], self._session.area)
        diagonal_m = float(np.hypot(bounds[3] - bounds[0], bounds[4] - bounds[1]))
        bounds = self.groundwork.bounds_with(bounds)
        haze_m = haze_length_m(camera, diagonal_m)
        width_px, height_px = self.canvas.picture_px
        ground_m = self.groundwork.z_at(*camera.eye_local[:2])
        reach = reach_of(camera, bounds, width_px / height_px, haze_length_m=haze_m, ground_m=ground_m)
        self._look.set_frame(camera, haze_length_m=haze_m)
        self._surroundings.set_frame(camera, reach.around_m)
        for visual in self._drawn.buildings.values():
            visual.carpet.set_frame(camera, LOWEST_M + STEP_M * len(self._drawn.flat))
        self._clip_m, self._shift_px = (reach.near_m, reach.far_m), shift_px
        self.canvas.look_from(camera, reach.near_m, reach.far_m, shift_px=shift_px)
        self._look.set_eye(camera, self.canvas.renderer.GetActiveCamera().GetPosition())

    def resting_pixels(self, camera: Camera) -> npt.NDArray[np.uint8]:
        """Return what stands in the buffers, with the edges of near buildings drawn as lines."""
        picture, whole = self.canvas.pixels(), camera
        if not self._drawn.buildings:
            return self._with_live(picture, whole)
        if self.canvas.part is not None:  # lines are as wide as in the part drawn alone
            share = self.canvas.size_px[1] / self.canvas.picture_px[1]
            narrowed = 2 * atan(tan(camera.view_angle_rad / 2) * share)
            camera = replace(camera, view_angle_rad=narrowed)
        depth, ground = self.canvas.depth(), self._ground_depth
        edged = draw_edges(picture, depth, camera, self._clip_m, self._look.theme.edge, ground)
        return self._with_live(edged, whole)

    # live things

    def _live_changed(self) -> None:
        """Ask for a picture, unless whoever lays live things over a picture has all that takes."""
        if not self.is_live_apart or (self.live.is_any and self._backdrop is None):
            self.changed.emit()

    def _with_live(self, picture: npt.NDArray[np.uint8], camera: Camera) -> npt.NDArray[np.uint8]:
        """Lay the live things over what was just drawn, unless somebody does so himself; keep what that takes."""
        if not self.live.is_any:
            self._backdrop = None
            return picture
        self._backdrop = Backdrop(self.canvas.depth().copy(), self._clip_m, self.canvas.part, self._shift_px)
        return picture if self.is_live_apart else self.with_live(picture, camera)

    def with_live(self, picture: npt.NDArray[np.uint8], camera: Camera) -> npt.NDArray[np.uint8]:
        """Return the last picture that was drawn for a camera with the live things of this moment over it."""
        if self._backdrop is None or self._backdrop.depth.shape != picture.shape[:2]:
            return picture
        return self.live.laid_over(picture, self._backdrop, camera, scale=self._drawn.scale)

    def note_ground(self) -> None:
        """Keep the depths of what stands in the buffers: the ground, before anything is drawn on it."""
        is_needed = self._drawn.buildings and not self.groundwork.is_bare
        self._ground_depth = self.canvas.depth().copy() if is_needed else None

    def show_far(self, *, is_visible: bool) -> None:
        """Show or hide what lies behind the solids: sky, ground and carpets."""
        self.cutting.set_faces_drawn(is_drawn=is_visible)
        self._surroundings.set_visible(is_visible=is_visible)
        self.groundwork.set_shown(is_shown=is_visible)
        for visual in self._drawn.buildings.values():
            visual.carpet.set_visible(is_visible=is_visible and visual.is_visible)
        visible = set(self._drawn.visible_ids())
        for layer_id, flat in self._drawn.flat.items():
            flat.set_drawn(is_drawn=is_visible and layer_id in visible)

    def leave_out_cut_away(self) -> None:
        """Leave out what is wholly cut away, so that it casts no shadow; worth it for a resting picture only."""
        self._drawn.leave_out_cut_away()

    def refine(self, camera: Camera, *, passes: int | None = None) -> Iterator[npt.NDArray[np.uint8] | None]:
        """Return the slices of the resting picture: each takes about 30 ms; a picture comes when it is better.

        passes   how often each pixel is drawn; None as often as is worth the while
        """
        self._drawn.leave_out_cut_away()
        return Refinement(self, camera, passes=passes).slices()

    @property
    def mesh_bytes(self) -> int:
        """Return what meshes may hold: where the processor draws, making a mesh again costs less than keeping it."""
        return min(self.memory_bytes, SOFTWARE_MESH_BYTES) if self._is_software else self.memory_bytes

    def _shrink(self) -> None:
        visuals = list(self._drawn.buildings.values())
        held = sum(v.nbytes for v in visuals)
        if held > self.mesh_bytes:
            for visual in visuals:
                visual.shrink(int(self.mesh_bytes * visual.nbytes / held))

    def _note(self, triangles: int, error_px: float, frame_s: float) -> None:
        self.stats = stats_of(self._drawn.buildings.values(), triangles, self.pending, frame_s, error_px)

    def close(self) -> None:
        """Stop following the session and give everything back."""
        self._workers.receivers.remove(self._accept)
        self._tints.close()
        self.live.close()
        self.sun.close()
        self._drawn.close()
        self.cutting.close()
        self.groundwork.remove()
        self._surroundings.remove()
        self.canvas.close()
