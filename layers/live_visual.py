"""The things of one feed, drawn: their shapes where they are at a moment, near ones in full, crowds as spots."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from vtkmodules.vtkRenderingCore import vtkRenderer

from layers.arc_visual import ArcVisual
from layers.camera import Size, metres_per_pixel, project
from layers.labels import Candidates
from layers.live_bodies import MOST_BODIES
from layers.live_colours import LiveColours, live_colours, live_ramp
from layers.live_labels import live_candidates
from layers.live_mesh import LiveMesh
from layers.live_moving import MovingMeshes
from layers.live_pillars import MOST_PILLARS, pillars
from layers.live_shapes import Drawn, arrows, columns, discs, heat, heat_grid, trails
from twin.arcs import arc_text
from twin.entities import EntityFrame
from twin.fixes import Fixes, Places
from twin.live import LiveLook, Shape
from twin.place import LocalFrame
from twin.place_fit import PlaceFit
from twin.session import Camera
from twin.terrain import FLAT, Ground

FloatArray = npt.NDArray[np.float64]

ABOVE_GROUND_M = 1.2
LEAST_PX = {Shape.ARROWS: 24.0, Shape.DISCS: 6.0, Shape.COLUMNS: 4.5}
"""Shapes are never smaller on screen: the length of an arrow, the radius of discs and columns."""
SIZES_M = {Shape.ARROWS: 14.0, Shape.DISCS: 24.0, Shape.COLUMNS: 9.0}
MOST_SHAPES = 25_000
"""More arrows in view than this are drawn as spots."""
MOST_TRAILS = 25_000
TRAILS_S = 0.25
"""The trails of very many things are made anew so often."""
STEP_PX = 3.0
"""A trail's steps that are shorter than this on screen are drawn as one."""
SPOT_PX = 5.0
REACH_PX = 8.0
WORDS_FROM_PX = 26.0
"""Vehicles that show at least this long are called by their route."""
HEAT_REACH_SHARE = 0.12
HEAT_ALPHA = 0.62
_WHITE_RIM, _DARK_RIM = (255, 255, 255), (24, 26, 30)


@dataclass(frozen=True, slots=True)
class Seen:
    """From where live things are seen, and at what moment."""

    camera: Camera
    size_px: Size
    """Of the whole picture."""
    scale: float
    at_s: float
    theme: str
    city_m: float
    """How wide the city is: columns are as high as suits it."""


class LiveVisual:
    """Follows the frames of one feed."""

    def __init__(self, renderer: vtkRenderer, frame: LocalFrame) -> None:
        """Begin with nothing known."""
        self._fit = PlaceFit(frame)
        self.fixes = Fixes()
        self.frame: EntityFrame | None = None
        self._placed_frame: EntityFrame | None = None
        self._stood: tuple[EntityFrame, Ground, FloatArray] | None = None
        """The last frame, and where its things are."""
        self._ground = FLAT
        self.look = LiveLook("")
        self.trouble = ""
        self._ends: tuple[FloatArray, FloatArray] | None = None
        """Where flows begin and end."""
        self._arcs = ArcVisual(renderer)
        self._colours: tuple[object, LiveColours] | None = None
        self._heat: tuple[object, Drawn] | None = None
        self._many_trails: tuple[object, Drawn, tuple[float, float, float]] | None = None
        self._solid = LiveMesh(renderer, corners=3)
        self._carpet = LiveMesh(renderer, corners=3, is_translucent=True)
        self._lines = LiveMesh(renderer, corners=2, is_translucent=True)
        self._spots = LiveMesh(renderer, corners=1)
        self._moving = MovingMeshes(renderer)
        self._points_px: tuple[FloatArray, npt.NDArray[np.int64], FloatArray] | None = None
        """Where each thing drawn appears, its row, and its point: what a pick asks."""
        self.words: Candidates | None = None
        """What could be written at the things of the last picture."""
        self._crowd: tuple[Seen, npt.NDArray[np.int64], FloatArray] | None = None
        """What a crowd was drawn from."""
        self._spot_cells = np.empty((0, 1), np.int64)

    def take(self, frame: EntityFrame, ground: Ground) -> None:
        """Take a newer frame; one that is older than the last forgets what was known."""
        if self.frame is not None and frame.at_s < self.frame.at_s:
            self.fixes.forget()
        self.frame, self._ground = frame, ground
        if self.look.shape is not Shape.BUILDINGS:  # they stand where they stand
            self._place(frame, ground)

    def _place(self, frame: EntityFrame, ground: Ground) -> None:
        """Find out where the things of a frame are, unless that was done."""
        is_known = frame.end_lonlat is not None or len(self.fixes.ids) == len(frame)  # else they were forgotten
        if frame is self._placed_frame and is_known:
            return
        self._placed_frame = frame
        points = self._points(frame, ground)
        if frame.end_lonlat is None or np.isfinite(frame.time_s).any():
            self.fixes.take(frame.ids, points, frame.time_s, frame.heading_rad)
        self._ends = None
        if frame.end_lonlat is not None:
            self._ends = points, self._placed(frame.end_lonlat, np.zeros(len(frame)), ground)

    def _points(self, frame: EntityFrame, ground: Ground) -> FloatArray:
        """Return where things are (n, 3); what stands where it stood is not placed again."""
        known = self._stood
        if known is None or known[1] is not ground or not (
            _is_same(known[0].lonlat, frame.lonlat) and _is_same(known[0].z_m, frame.z_m)
        ):  # fmt: skip
            known = self._stood = frame, ground, self._placed(frame.lonlat, frame.z_m, ground)
        return known[2]

    def _placed(self, lonlat: FloatArray, z_m: FloatArray, ground: Ground) -> FloatArray:
        xy = self._fit.local(lonlat)
        points = np.empty((len(xy), 3))
        points[:, :2] = xy
        points[:, 2] = np.nan_to_num(z_m) + ABOVE_GROUND_M
        if not ground.is_flat:
            known = np.isfinite(xy).all(axis=1)
            points[known, 2] += ground.z_at(xy[known])
        return points

    def colours(self, theme: str, at_s: float) -> LiveColours:
        """Return the colours and the legend, made anew once a second at most while the frame is the same."""
        assert self.frame is not None
        if self.is_flow:
            made = self._arcs.colours(self.frame, self.look, theme=theme, at_s=at_s, trouble=self.trouble)
            return LiveColours(made.rgb, made.width, made.legend)
        key = (self.frame, self.look, theme, int(at_s), self.trouble)
        if self._colours is None or self._colours[0] != key:
            self._colours = (
                key, live_colours(self.frame, self.look, theme=theme, at_s=at_s, trouble=self.trouble)
            )  # fmt: skip
        return self._colours[1]

    @property
    def is_flow(self) -> bool:
        """Return whether arcs are drawn."""
        if self.look.shape is Shape.ARCS and self.frame is not None:
            self._place(self.frame, self._ground)
        return self.look.shape is Shape.ARCS and self._ends is not None

    def places(self, at_s: float) -> Places:
        """Return where the things are at a moment."""
        if self.frame is not None:
            self._place(self.frame, self._ground)
        return self.fixes.at(at_s, glides=self.look.glides and self.look.shape is Shape.ARROWS)

    def draw(self, seen: Seen) -> None:
        """Bring the arrays up to a moment, as seen by a camera."""
        for mesh in (self._solid, self._carpet, self._lines, self._spots, self._arcs, self._moving):
            mesh.hide()
        self._points_px = self._crowd = self.words = None
        if self.frame is None or not len(self.frame) or not self.look.is_visible:
            return
        if self.look.shape is Shape.BUILDINGS:
            return
        if self.is_flow:
            self._draw_arcs(seen)
            return
        places, colours = self.places(seen.at_s), self.colours(seen.theme, seen.at_s)
        if self.look.shape is Shape.ARROWS and self._is_crowd(seen, places.points_local):
            known = np.flatnonzero(np.isfinite(places.points_local[:, 0]))
            points = places.points_local if len(known) == len(places.points_local) else places.points_local[known]
            rgb = colours.rgb if len(known) == len(colours.rgb) else colours.rgb[known]
            self._crowd = seen, known, points
            self._draw_spots(seen, points, self._rgba(rgb), self._origin(points))
            return
        place_px, depth = project(seen.camera, seen.size_px, places.points_local)
        rows = np.flatnonzero(_in_view(place_px, depth, seen.size_px))
        if len(rows) <= MOST_PILLARS:  # the same order however they came: where two overlap, the nearer one is seen
            rows = rows[np.lexsort((self.frame.ids[rows].astype(str), -depth[rows]))]
        self._points_px = place_px[rows], rows, places.points_local[rows]
        match self.look.shape:
            case Shape.ARROWS:
                self._draw_arrows(seen, places, colours, rows, depth)
            case Shape.DISCS | Shape.COLUMNS:
                self._draw_standing(seen, places, colours, rows, depth)
            case Shape.HEAT:
                self._draw_heat(seen, places, colours)

    def _is_crowd(self, seen: Seen, points: FloatArray) -> bool:
        """Return whether more things are in view than can be drawn as shapes; a sample of them tells."""
        if len(points) <= 2 * MOST_SHAPES:
            return False
        sample = points[:: len(points) // 1000]
        px, depth = project(seen.camera, seen.size_px, sample)
        with np.errstate(invalid="ignore"):
            seen_share = ((depth > 0) & (px >= 0).all(axis=1) & (px < seen.size_px).all(axis=1)).mean()
        return bool(seen_share * len(points) > MOST_SHAPES)

    def _rgba(self, rgb: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
        alpha = np.full((len(rgb), 1), 255, np.uint8)
        return np.concatenate([rgb, alpha], axis=1)

    def _origin(self, points: FloatArray) -> tuple[float, float, float]:
        middle = np.round(points[0])
        return float(middle[0]), float(middle[1]), 0.0

    def _away_m(self, seen: Seen, depth: FloatArray) -> FloatArray:
        """Return what metres a pixel are to be multiplied by: the distance, but for parallel rays."""
        return np.ones_like(depth) if seen.camera.is_parallel else np.maximum(depth, 1e-6)

    def _sizes_m(self, seen: Seen, depth: FloatArray) -> FloatArray:
        shape = self.look.shape
        wanted = self.look.size_m or SIZES_M[shape]
        least_px = LEAST_PX[shape] * seen.scale
        m_per_px = metres_per_pixel(seen.camera, seen.size_px, 1.0)
        return np.maximum(wanted, least_px * m_per_px * self._away_m(seen, depth))

    def _draw_arrows(
        self, seen: Seen, places: Places, colours: LiveColours, rows: npt.NDArray[np.int64], depth: FloatArray
    ) -> None:
        if not len(rows):
            return
        points = places.points_local[rows]
        origin = self._origin(points)
        rgba = self._rgba(colours.rgb[rows])
        if len(rows) <= MOST_BODIES:
            self._draw_bodies(seen, places, rows, rgba, depth[rows])
            return
        if self.look.trail_s > 0 and len(rows) <= MOST_TRAILS:
            self._draw_many_trails(seen, colours)
        if len(rows) > MOST_SHAPES:
            self._draw_spots(seen, points, rgba, origin)
            return
        rim = np.tile(np.array([*(_WHITE_RIM if seen.theme == "light" else _DARK_RIM), 255], np.uint8), (len(rows), 1))
        drawn = arrows(points, places.heading_rad[rows], self._sizes_m(seen, depth[rows]), rgba, rim)
        self._solid.show(drawn.points, drawn.rgba, drawn.cells, origin)

    def _draw_many_trails(self, seen: Seen, colours: LiveColours) -> None:
        """Draw the trails of very many things, as they were at the last quarter of a second."""
        at_s = np.floor(seen.at_s / TRAILS_S) * TRAILS_S
        key = (self.fixes.version, at_s, seen.camera, seen.size_px, colours, self.look)
        if self._many_trails is None or self._many_trails[0] != key:
            places = self.places(at_s)
            place_px, depth = project(seen.camera, seen.size_px, places.points_local)
            rows = np.flatnonzero(_in_view(place_px, depth, seen.size_px))
            way, age = self.fixes.trails(places, at_s, self.look.trail_s, glides=self.look.glides)
            m_per_px = metres_per_pixel(seen.camera, seen.size_px, 1.0) * float(np.median(self._away_m(seen, depth)))
            kept = _worth_drawing(way, rows, m_per_px * seen.scale)
            lines = trails(way[kept][:, rows], age[kept][:, rows], self._rgba(colours.rgb[rows]))
            origin = self._origin(places.points_local[rows]) if len(rows) else (0.0, 0.0, 0.0)
            self._many_trails = key, lines, origin
        _, lines, origin = self._many_trails
        self._lines.actor.GetProperty().SetLineWidth(max(1.0, 2.0 * seen.scale))
        self._lines.show(lines.points, lines.rgba, lines.cells, origin)

    def _draw_bodies(
        self, seen: Seen, places: Places, rows: npt.NDArray[np.int64], rgba: npt.NDArray[np.uint8], depth: FloatArray
    ) -> None:
        assert self.frame is not None
        size_m = self._sizes_m(seen, depth)
        points, origin = places.points_local[rows], self._origin(places.points_local[rows])
        if self.look.trail_s > 0:
            way, age = self.fixes.trails(places, seen.at_s, self.look.trail_s, glides=self.look.glides)
            self._moving.draw_trails(way[:, rows], age[:, rows], rgba, size_m, origin)
        thick_px = size_m / (metres_per_pixel(seen.camera, seen.size_px, 1.0) * self._away_m(seen, depth))
        if (near := thick_px / seen.scale >= WORDS_FROM_PX).any():
            anchors = points[near] + np.column_stack([np.zeros((near.sum(), 2)), size_m[near] * 0.4])
            self.words = live_candidates(self.frame, self.look, rows[near], anchors, thick_px[near] / seen.scale)
        is_large = size_m <= (self.look.size_m or SIZES_M[Shape.ARROWS]) * 1.001
        heading = places.heading_rad[rows]
        self._moving.draw(points, heading, size_m, rgba, origin, is_large=is_large, theme=seen.theme)

    def _draw_spots(
        self, seen: Seen, points: FloatArray, rgba: npt.NDArray[np.uint8], origin: tuple[float, float, float]
    ) -> None:
        if len(self._spot_cells) != len(points):
            self._spot_cells = np.arange(len(points), dtype=np.int64)[:, None]
        self._spots.actor.GetProperty().SetPointSize(SPOT_PX * seen.scale)
        self._spots.show(points, rgba, self._spot_cells, origin)

    def _draw_standing(
        self, seen: Seen, places: Places, colours: LiveColours, rows: npt.NDArray[np.int64], depth: FloatArray
    ) -> None:
        if not len(rows):
            return
        points, rgba = places.points_local[rows], self._rgba(colours.rgb[rows])
        width_m = self._sizes_m(seen, depth[rows])
        if self.look.shape is Shape.DISCS:
            rim = np.tile(np.array([*_WHITE_RIM, 255], np.uint8), (len(rows), 1))
            drawn = discs(points, width_m, rgba, rim)
        else:
            share = np.nan_to_num(colours.share[rows], nan=0.0)
            height_m = np.maximum(share * self._highest_m(seen), width_m * 0.5)
            shape = pillars if len(rows) <= MOST_PILLARS else columns
            drawn = shape(points, width_m, height_m, rgba)
            self._write_values(seen, points, rows, height_m, width_m, depth[rows])
            if shape is pillars:
                self._moving.draw_through(drawn, self._origin(points))
            top = points.copy()
            top[:, 2] += height_m / 2
            self._points_px = project(seen.camera, seen.size_px, top)[0], rows, top
        self._solid.show(drawn.points, drawn.rgba, drawn.cells, self._origin(points))

    def _highest_m(self, seen: Seen) -> float:
        """Return how high the highest column is: as suits the city, but lower the nearer one looks."""
        if self.look.height_m:
            return self.look.height_m
        suits_m = min(max(seen.city_m * 0.035, 40.0), 500.0)
        return suits_m if seen.camera.is_parallel else min(suits_m, max(seen.camera.distance_m * 0.14, 12.0))

    def _write_values(
        self, seen: Seen, points: FloatArray, rows: npt.NDArray[np.int64], height_m: FloatArray, width_m: FloatArray,
        depth: FloatArray,
    ) -> None:  # fmt: skip
        assert self.frame is not None
        anchors = points.copy()
        anchors[:, 2] += height_m
        m_per_px = metres_per_pixel(seen.camera, seen.size_px, 1.0) * self._away_m(seen, depth)
        self.words = live_candidates(self.frame, self.look, rows, anchors, 2 * width_m / m_per_px / seen.scale)

    def _draw_heat(self, seen: Seen, places: Places, colours: LiveColours) -> None:
        known = np.isfinite(colours.share) & np.isfinite(places.points_local).all(axis=1)
        if not known.any():
            return
        key = (self.frame, self.look, seen.theme)
        if self._heat is None or self._heat[0] != key:
            xy = places.points_local[known, :2]
            across_m = float(np.hypot(*(xy.max(axis=0) - xy.min(axis=0))))
            reach_m = self.look.size_m or max(across_m * HEAT_REACH_SHARE, 150.0)
            x, y, field = heat_grid(xy, colours.share[known], reach_m)
            table = live_ramp(self.look.colormap, seen.theme, 256)
            rgba = np.empty((*field.shape[:2], 4), np.uint8)
            rgba[..., :3] = table[np.clip(field[..., 0] * 255, 0, 255).astype(int)]
            strength = np.sqrt(field[..., 1]) * (0.25 + 0.75 * np.clip(field[..., 0], 0, 1))
            rgba[..., 3] = (strength * 255 * HEAT_ALPHA * self.look.opacity).astype(np.uint8)
            z = np.full(field.shape[:2], float(np.median(places.points_local[known, 2])))
            self._heat = key, heat(x, y, z, rgba)
        drawn = self._heat[1]
        self._carpet.show(drawn.points, drawn.rgba, drawn.cells, self._origin(drawn.points))

    def _draw_arcs(self, seen: Seen) -> None:
        assert self.frame is not None
        assert self._ends is not None
        arcs = self._arcs.arcs(self.frame, self.look)
        colours = self._arcs.colours(
            self.frame, self.look, theme=seen.theme, at_s=seen.at_s, trouble=self.trouble
        )  # fmt: skip
        view = (seen.camera, seen.size_px, seen.scale)
        self._arcs.draw(self._ends, arcs, colours, self.look, view, theme=seen.theme, city_m=seen.city_m)

    def text_at(self, x_px: float, y_px: float, scale: float) -> str:
        """Return what people read of the arc under a pixel: from, to and how much; "" where none is."""
        found = self._arcs.arc_at(x_px, y_px, scale) if self.is_flow else None
        if found is None or self.frame is None:
            return ""
        return arc_text(
            self.frame, self._arcs.arcs(self.frame, self.look), found[1], self.look.unit, self.look.value
        )  # fmt: skip

    def thing_at(self, x_px: float, y_px: float, scale: float) -> tuple[int, FloatArray] | None:
        """Return the row and the point of the thing drawn nearest to a pixel, if it is near."""
        if self.is_flow:
            arc = self._arcs.arc_at(x_px, y_px, scale)
            return None if arc is None else (arc[0], arc[2])
        if self._points_px is None and self._crowd is not None:  # asked for only now: 100,000 places take a while
            seen, rows, points = self._crowd
            self._points_px = project(seen.camera, seen.size_px, points)[0], rows, points
        if self._points_px is None or not len(self._points_px[0]):
            return None
        gap = np.hypot(self._points_px[0][:, 0] - x_px, self._points_px[0][:, 1] - y_px)
        best = int(np.nanargmin(gap)) if np.isfinite(gap).any() else -1
        if best < 0 or gap[best] > (REACH_PX + LEAST_PX.get(self.look.shape, 8.0) / 2) * scale:
            return None
        return int(self._points_px[1][best]), self._points_px[2][best]

    def remove(self) -> None:
        """Take everything away."""
        for mesh in (self._solid, self._carpet, self._lines, self._spots, self._arcs, self._moving):
            mesh.remove()


def _is_same(before: FloatArray, now: FloatArray) -> bool:
    """Return whether nothing has moved; the first rows tell mostly."""
    few = slice(0, 64)
    is_alike = before.shape == now.shape and np.array_equal(before[few], now[few], equal_nan=True)
    return is_alike and np.array_equal(before, now, equal_nan=True)


def _in_view(place_px: FloatArray, depth: FloatArray, size_px: Size) -> npt.NDArray[np.bool_]:
    """Return which things (n,) are in a picture, or a little beside it."""
    width, height = size_px
    with np.errstate(invalid="ignore"):
        is_in = (depth > 0) & (place_px > (-40, -40)).all(axis=1) & (place_px < (width + 40, height + 40)).all(axis=1)
    return np.asarray(is_in)


def _worth_drawing(way: FloatArray, rows: npt.NDArray[np.int64], m_per_px: float) -> npt.NDArray[np.int64]:
    """Return which points of trails (k, n, 3) are worth drawing: the first two, and then where a step can be seen."""
    k = len(way)
    sample = way[1:, rows[:: max(1, len(rows) // 500)], :2]
    steps_m = np.hypot(*np.moveaxis(sample[:-1] - sample[1:], -1, 0))
    usual_m = float(np.median(steps_m[np.isfinite(steps_m) & (steps_m > 0)])) if (steps_m > 0).any() else np.inf
    stride = int(np.clip(STEP_PX * m_per_px / usual_m, 1, 4))
    return np.array([0, *range(1, k - 1, stride), k - 1]) if k > 2 else np.arange(k)
