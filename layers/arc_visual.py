"""The flows of one frame, drawn: arcs with arrowheads, rings, and a dot at each end; houses hide them only in part."""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from vtkmodules.vtkRenderingCore import vtkRenderer

from layers.arc_colours import ArcColours, arc_colours
from layers.arc_shapes import QUICK_STATIONS, STATIONS, Ribbons, arrows, bands, dots, drawn_ribbons, rings
from layers.camera import Size, project
from layers.live_mesh import LiveMesh
from layers.live_shapes import Drawn, joined
from twin.arcs import Arcs, chosen_arcs
from twin.entities import EntityFrame
from twin.live import LiveLook
from twin.session import Camera

FloatArray = npt.NDArray[np.float64]
Rgba = npt.NDArray[np.uint8]

RIMS = {"light": (255, 255, 255, 190), "dark": (14, 16, 20, 190)}
RIM_PX, DOT_PX, RING_PX = 1.3, 3.6, 11.0
BEHIND_ALPHA = 0.34
"""How much of an arc is seen through houses."""
MOST_RIMMED = 300
"""Of more arcs than this only the largest have a rim, and are seen through houses."""
CROWD, CROWD_ALPHA = 1000, 0.5
"""Of more arcs than this those without a rim are fainter, too."""
MOVING_S = 0.5
FEW_DOTS, MOST_DOTS = 60, 1500
"""More dots than these are smaller; of more than those none is drawn."""
REACH_PX = 6.0


@dataclass(frozen=True, slots=True, eq=False)
class _Seen:
    """Where arcs appear, for the pointer."""

    px: FloatArray
    """(m, s, 2)."""
    points: FloatArray
    half_px: FloatArray
    row: npt.NDArray[np.int64]
    place: npt.NDArray[np.int64]
    """(m,) among the arcs chosen."""


class ArcVisual:
    """Draws the arcs of frames that have both ends."""

    def __init__(self, renderer: vtkRenderer) -> None:
        """Begin with nothing drawn."""
        self._behind = LiveMesh(renderer, corners=3, is_translucent=True, is_in_front=True)
        self._mesh = LiveMesh(renderer, corners=3, is_translucent=True)
        self._dots = LiveMesh(renderer, corners=3, is_translucent=True, is_in_front=True)
        self._chosen: tuple[object, Arcs] | None = None
        self._coloured: tuple[object, ArcColours] | None = None
        self._seen: list[_Seen] = []
        self._last: tuple[Camera | None, float] = (None, 0.0)
        """The camera of the last picture, and when it was."""

    def _is_moving(self, camera: Camera) -> bool:
        """Return whether the camera was elsewhere a moment ago: arcs are drawn plainly then."""
        (before, at_s), now_s = self._last, time.perf_counter()
        self._last = camera, now_s
        return before is not None and before != camera and now_s - at_s < MOVING_S

    def arcs(self, frame: EntityFrame, look: LiveLook) -> Arcs:
        """Return which flows are drawn; kept while frame and look are the same."""
        if self._chosen is None or self._chosen[0] != (id(frame), look):
            self._chosen = (id(frame), look), chosen_arcs(frame, look)
        return self._chosen[1]

    def colours(self, frame: EntityFrame, look: LiveLook, *, theme: str, at_s: float, trouble: str) -> ArcColours:
        """Return colours, widths and legend; kept for a second while frame and look are the same."""
        key = (id(frame), look, theme, int(at_s), trouble)
        if self._coloured is None or self._coloured[0] != key:
            arcs = self.arcs(frame, look)
            self._coloured = key, arc_colours(frame, arcs, look, theme=theme, at_s=at_s, trouble=trouble)
        return self._coloured[1]

    def hide(self) -> None:
        """Draw nothing."""
        self._seen = []
        for mesh in (self._behind, self._mesh, self._dots):
            mesh.hide()

    def draw(
        self, ends: tuple[FloatArray, FloatArray], arcs: Arcs, colours: ArcColours, look: LiveLook,
        view: tuple[Camera, Size, float], *, theme: str, city_m: float,
    ) -> None:  # fmt: skip
        """Draw arcs.

        ends   where every flow of the frame begins and ends, (n, 3) each, local metres
        view   camera, size of the whole picture, and how many pixels one of 720 lines is
        """
        camera, size_px, scale = view
        is_quick = self._is_moving(camera)
        begin, end = ends[0][arcs.row], ends[1][arcs.row]
        is_drawn = np.isfinite(begin).all(axis=1) & np.isfinite(end).all(axis=1)
        width_px = np.maximum(colours.width * look.width_px, 1.0) * scale
        rgba = np.concatenate([colours.rgb, np.full((len(begin), 1), round(255 * look.opacity), np.uint8)], axis=1)
        pieces: list[tuple[Ribbons, npt.NDArray[np.int64], bool]] = []
        loops, ways = np.flatnonzero(is_drawn & arcs.is_loop), np.flatnonzero(is_drawn & ~arcs.is_loop)
        if len(loops):
            least_px = RING_PX * scale
            pieces.append((rings(begin[loops], width_px[loops] * 0.7, camera, size_px, least_px), loops, True))
        if len(ways):
            made = (
                bands(begin[ways], end[ways], width_px[ways], city_m)
                if look.is_summed
                else arrows(
                    begin[ways],
                    end[ways],
                    width_px[ways],
                    camera,
                    size_px,
                    city_m,
                    stations=QUICK_STATIONS if is_quick else STATIONS,
                )
            )
            pieces.append((made, ways, False))
        self.hide()
        if not pieces:
            return
        origin = (float(np.round(begin[is_drawn][0, 0])), float(np.round(begin[is_drawn][0, 1])), 0.0)
        self._show(pieces, rgba, None if is_quick else RIMS[theme], view, origin)
        self._show_dots(begin[is_drawn], end[is_drawn], view, theme, origin)
        for ribbons, place, _ in pieces:
            px = project(camera, size_px, ribbons.points.reshape(-1, 3))[0].reshape(*ribbons.points.shape[:2], 2)
            self._seen.append(_Seen(px, ribbons.points, ribbons.half_px, arcs.row[place], place))

    def _show(
        self, pieces: list[tuple[Ribbons, npt.NDArray[np.int64], bool]], rgba: Rgba,
        rim: tuple[int, int, int, int] | None,
        view: tuple[Camera, Size, float], origin: tuple[float, float, float],
    ) -> None:  # fmt: skip
        camera, size_px, scale = view
        over: list[Drawn] = []
        behind: list[Drawn] = []
        for ribbons, place, is_ring in pieces:
            if is_ring:  # flat on the ground, where houses would leave nothing of them
                behind.append(drawn_ribbons(ribbons, rgba[place], camera, size_px, rim=rim, rim_px=RIM_PX * scale))
                continue
            few = max(len(place) - MOST_RIMMED, 0) if rim is not None else len(place)
            small, large = _part(ribbons, slice(0, few)), _part(ribbons, slice(few, None))
            faint = rgba.copy()
            faint[:, 3] = (faint[:, 3] * BEHIND_ALPHA).astype(np.uint8)
            if few:
                fainter = rgba[place[:few]]
                if len(place) > CROWD:
                    fainter[:, 3] = (fainter[:, 3] * CROWD_ALPHA).astype(np.uint8)
                over.append(drawn_ribbons(small, fainter, camera, size_px))
            if rim is None:
                continue
            over.append(drawn_ribbons(large, rgba[place[few:]], camera, size_px, rim=rim, rim_px=RIM_PX * scale))
            behind.append(drawn_ribbons(large, faint[place[few:]], camera, size_px, is_soft=False))
        for mesh, parts in ((self._behind, behind), (self._mesh, over)):
            whole = joined(parts)
            mesh.show(whole.points, whole.rgba, whole.cells, origin)

    def _show_dots(
        self, begin: FloatArray, end: FloatArray, view: tuple[Camera, Size, float], theme: str,
        origin: tuple[float, float, float],
    ) -> None:  # fmt: skip
        camera, size_px, scale = view
        places = np.unique(np.round(np.concatenate([begin[::-1], end[::-1]]), 1), axis=0)
        if len(places) > MOST_DOTS:
            return
        rim, fill = ((255, 255, 255), (52, 58, 64)) if theme == "light" else ((20, 22, 26), (233, 236, 239))
        radius = DOT_PX * min(1.0, max((FEW_DOTS / len(places)) ** 0.5, 0.45))
        parts = []
        for colour, radius_px in ((rim, radius + 1.2), (fill, radius)):
            rgba = np.tile(np.array([*colour, 235], np.uint8), (len(places), 1))
            parts.append(dots(places, radius_px * scale, rgba, camera, size_px))
        whole = joined(parts)
        self._dots.show(whole.points, whole.rgba, whole.cells, origin)

    def arc_at(self, x_px: float, y_px: float, scale: float) -> tuple[int, int, FloatArray] | None:
        """Return the frame's row, the place among the arcs and the point of the arc nearest to a pixel, if near."""
        best: tuple[float, int, int, FloatArray] | None = None
        for seen in self._seen:
            a, way = seen.px[:, :-1], np.diff(seen.px, axis=1)
            square = np.maximum((way**2).sum(axis=-1), 1e-9)
            there = np.array([x_px, y_px]) - a
            share = np.clip((there * way).sum(axis=-1) / square, 0.0, 1.0)
            gap = np.hypot(*np.moveaxis(there - way * share[..., None], -1, 0)) - seen.half_px[:, :-1]
            gap = np.where(np.isfinite(gap), gap, np.inf)
            if not gap.size:
                continue
            # of several arcs under the pointer the one drawn last is meant
            nearest = np.maximum(gap.min(axis=1), 0.0)
            arc = len(nearest) - 1 - int(np.argmin(nearest[::-1]))
            if best is None or nearest[arc] < best[0]:
                station = int(np.argmin(gap[arc]))
                best = float(nearest[arc]), int(seen.row[arc]), int(seen.place[arc]), seen.points[arc, station]
        if best is None or best[0] > REACH_PX * scale:
            return None
        return best[1], best[2], best[3]

    def remove(self) -> None:
        """Take everything away."""
        for mesh in (self._behind, self._mesh, self._dots):
            mesh.remove()


def _part(ribbons: Ribbons, part: slice) -> Ribbons:
    return Ribbons(ribbons.points[part], ribbons.half_px[part], ribbons.alpha[part])
