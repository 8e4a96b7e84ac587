"""The views of a sheet: which camera each has, and its picture, drawn in parts that fit graphics and memory."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import pairwise
from math import ceil, cos, pi, radians, sin, tan
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from layers import camera as moves
from layers.canvas import Part
from layers.refine import Refinement
from layers.scene import Scene
from twin.cut import place_local
from twin.errors import LayerError
from twin.exhibit import SheetView, ViewKind, round_scale
from twin.facts import main_area
from twin.measure import grid_scale_at
from twin.place import Area, local_from_lonlat
from twin.session import Camera, Session
from ui.framing import OBLIQUE_HEADING_RAD, camera_for, tallest_of

DPI = 300
MM_PER_INCH = 25.4
PX_PER_MM = DPI / MM_PER_INCH
LARGEST_PART_PX = 2_048
"""Along a side: 4 million pixels take some 150 MB while edges are found."""
OUTLINED_PX_PER_MM = 4.0
"""What is measured in pixels of a screen has this many a millimetre of paper."""
PASSES, FEWER_PASSES = 5, 1
MANY_PX = 24_000_000
"""Pictures with more pixels are drawn once: at 300 dpi steps are 0.08 mm."""
BELOW_M = 4.0
"""An elevation shows so much below the ground."""
WAIT_S = 0.02
SHADOWS_PRIORITY = 1e7
STRAYS = 2.0
"""A view of everything leaves out what makes it so many times wider than most of the buildings are."""
LENS_RAD = radians(35)


@dataclass(frozen=True, slots=True)
class Shot:
    """A view of a sheet with its camera, for a box on paper."""

    view: SheetView
    camera: Camera
    size_px: tuple[int, int]
    scale: float
    """1 to so much of true ground, across the picture; 0 for perspective."""
    grid_scale: float
    """Metres of the frame a metre of true ground is, at the view's middle."""

    @property
    def size_mm(self) -> tuple[float, float]:
        """Return the size of the picture on paper."""
        return self.size_px[0] / PX_PER_MM, self.size_px[1] / PX_PER_MM

    @property
    def ground_m(self) -> tuple[float, float]:
        """Return how much true ground it shows across and up; for views to scale."""
        width_mm, height_mm = self.size_mm
        return width_mm * self.scale / 1000, height_mm * self.scale / 1000


def shot_for(view: SheetView, session: Session, width_mm: float, height_mm: float) -> Shot:
    """Return a view fitted to a box on paper.

    raises   LayerError  nothing is open, or the place is far from it
    """
    size_px = max(int(width_mm * PX_PER_MM), 2), max(int(height_mm * PX_PER_MM), 2)
    if view.kind is ViewKind.PERSPECTIVE:
        return Shot(view, _perspective(view, session, size_px), size_px, 0.0, 1.0)
    area, frame = area_of(session), session.frame
    if area is None or frame is None:
        raise LayerError("There is nothing to draw on a sheet.", hint="Open a file or a project with layers first.")
    tallest_m = max((tallest_of(layer) for layer in session.layers.values()), default=0.0)
    tallest_m = min(max(tallest_m, 20.0), 1500.0)
    x, y = _middle(view, session, area.centre)
    per_ground = grid_scale_at(frame, x, y)
    heading_rad, tilt_rad, across_m, up_m = _direction(view, session, area.size_m, tallest_m)
    mm_per_px = 1 / PX_PER_MM
    least = max(across_m * 1.04 / size_px[0], up_m * 1.04 / size_px[1]) / mm_per_px * 1000 / per_ground
    scale = view.scale or round_scale(least)
    height_m = size_px[1] * mm_per_px * scale / 1000 * per_ground
    target = (x, y, 0.0)
    if view.kind is not ViewKind.PLAN:
        target = (x, y, height_m / 2 - _below_m(height_m, tallest_m))
    camera = Camera(target, height_m / 2 / tan(LENS_RAD / 2), heading_rad, tilt_rad, LENS_RAD, is_parallel=True)
    return Shot(view, camera, size_px, scale, per_ground)


def area_of(session: Session) -> Area | None:
    """Return what a view of everything shows: all of it, or most of the buildings where some lie far off."""
    most, whole = main_area(session.layers.values()), session.area
    if most is None or whole is None:
        return whole
    return whole if whole.diagonal_m <= STRAYS * most.diagonal_m else most


def _below_m(height_m: float, tallest_m: float) -> float:
    """Return how far below the ground an elevation begins: the city stands a little below the middle."""
    return max(BELOW_M, (height_m - tallest_m) * 0.3) if height_m > tallest_m else BELOW_M


def _middle(view: SheetView, session: Session, centre: tuple[float, float]) -> tuple[float, float]:
    if view.lon_deg is not None and view.lat_deg is not None and session.frame is not None:
        x, y = local_from_lonlat(session.frame, np.array([[view.lon_deg, view.lat_deg]]))[0].tolist()
        if not np.isfinite([x, y]).all():
            raise LayerError("A view of the sheet is too far from what is open.", hint="Give another place.")
        return x, y
    cut = session.composition.cut
    if view.kind is ViewKind.SECTION and cut is not None and session.frame is not None:
        return place_local(cut, session.frame)
    return centre


def _direction(
    view: SheetView, session: Session, size_m: tuple[float, float], tallest_m: float
) -> tuple[float, float, float, float]:
    """Return heading, tilt, and how many metres there are to be shown across and up."""
    width_m, depth_m = size_m
    match view.kind:
        case ViewKind.PLAN:
            return 0.0, 0.0, width_m, depth_m
        case ViewKind.SECTION:
            cut = session.composition.cut
            if cut is None:
                raise LayerError(
                    "There is no cut to draw a section of.",
                    hint="Cut the city first, or give --cut plane:lon,lat,heading.",
                )
            turn = radians(cut.heading_deg)
            across = abs(width_m * cos(turn)) + abs(depth_m * sin(turn))
            return turn, pi / 2, across, tallest_m + BELOW_M
    heading = {"south": 0.0, "west": pi / 2, "north": pi, "east": 3 * pi / 2}[view.side]
    return heading, pi / 2, width_m if view.side in ("south", "north") else depth_m, tallest_m + BELOW_M


def _perspective(view: SheetView, session: Session, size_px: tuple[int, int]) -> Camera:
    if view.lon_deg is not None and view.lat_deg is not None and view.distance_m > 0:
        where = (view.lon_deg, view.lat_deg, view.distance_m, view.heading_deg, view.tilt_deg)
        camera = camera_for(where, session, size_px)
        return replace(camera, view_angle_rad=radians(view.view_angle_deg))
    camera = camera_for("oblique", session, size_px)
    turn = radians(view.heading_deg) - OBLIQUE_HEADING_RAD
    return camera.turned(heading_rad=turn) if abs(turn) > 1e-9 else camera


# pictures


def draw_shot(shot: Shot, scene: Scene, path: Path, on_wait: Callable[[], None]) -> None:
    """Draw a view into a JPEG file, part by part; labels and furniture are for others to write.

    raises   PictureError  it cannot be drawn
    """
    width, height = shot.size_px
    picture = np.empty((height, width, 3), np.uint8)
    columns, lines = _cuts(width), _cuts(height)
    passes = PASSES if width * height <= MANY_PX else FEWER_PASSES
    try:
        for top, bottom in pairwise(lines):
            for left, right in pairwise(columns):
                scene.resize(right - left, bottom - top, scale=PX_PER_MM / OUTLINED_PX_PER_MM)
                part = _part_camera(shot, left, top, right, bottom)
                scene.canvas.part = None if shot.camera.is_parallel else Part((width, height), left, top)
                picture[top:bottom, left:right] = _drawn(scene, part, passes, on_wait)
    finally:
        scene.canvas.part = None
    Image.fromarray(picture).save(path, "JPEG", quality=90, subsampling=0, dpi=(DPI, DPI))


def _cuts(length: int) -> list[int]:
    count = ceil(length / LARGEST_PART_PX)
    return [round(i * length / count) for i in range(count + 1)]


def _part_camera(shot: Shot, left: int, top: int, right: int, bottom: int) -> Camera:
    """Return the camera that sees a part: another parallel one, or the same eye for perspective."""
    camera, (width, height) = shot.camera, shot.size_px
    if not camera.is_parallel:
        return camera
    metres_per_px = moves.metres_per_pixel(camera, shot.size_px, camera.distance_m)
    aside_m = ((left + right) / 2 - width / 2) * metres_per_px
    up_m = (height / 2 - (top + bottom) / 2) * metres_per_px
    axes = moves.basis(camera)
    x, y, z = (np.array(camera.target_local) + axes[0] * aside_m + axes[1] * up_m).tolist()
    return replace(camera, target_local=(x, y, z), distance_m=camera.distance_m * (bottom - top) / height)


def _drawn(scene: Scene, camera: Camera, passes: int, on_wait: Callable[[], None]) -> npt.NDArray[np.uint8]:
    scene.draw(camera, is_moving=False)
    scene.leave_out_cut_away()
    _wait_for_shadows(scene, on_wait)
    refinement = Refinement(scene, camera, passes=passes)
    picture: npt.NDArray[np.uint8] | None = None
    for better in refinement.slices():
        on_wait()
        picture = picture if better is None else better
        if refinement.passes_done == passes:
            break
    assert picture is not None
    return picture


def _wait_for_shadows(scene: Scene, on_wait: Callable[[], None]) -> None:
    """Wait for what lies on the ground: a picture drawn once does not wait for it by itself."""
    visible = [visual for visual in scene.buildings.values() if visual.is_visible]
    for visual in visible:
        visual.far.request(SHADOWS_PRIORITY)
    while scene.is_working and not all(visual.has_carpet for visual in visible):
        scene.collect(WAIT_S)
        on_wait()


# where things are on paper


def places_mm(shot: Shot, points_local: npt.ArrayLike) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return where points (n, 3) appear, millimetres (n, 2) from the picture's upper left, and their depths (n,)."""
    place, depth = moves.project(shot.camera, shot.size_px, points_local)
    return place / PX_PER_MM, depth
