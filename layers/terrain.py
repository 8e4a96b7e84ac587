"""The terrain of one layer in one scene: a quadtree of square pieces, finer where the eye would see the difference.

A piece is a grid of CELLS x CELLS quads over more or less of the heights. Coarse pieces lie lower by how much they
leave out, so that they never cover what stands on the ground, and skirts close the gaps between fine and coarse ones.
Light is baked into their colours: a slope is as bright as its normal makes it, level ground is as the plane around it.
"""

from __future__ import annotations

import heapq
import time
from dataclasses import dataclass
from math import ceil, log2, sqrt, tan

import numpy as np
import numpy.typing as npt
from vtkmodules.vtkRenderingCore import vtkActor, vtkRenderer

from layers.detail import in_view
from layers.look import Look, light_on, view_rotation
from layers.mesh_actor import mesh_actor, recolour
from layers.pushed import TERRAIN_SHARE, UNDER_SHARE, pushed_flat
from layers.terrain_colours import heights_rgb
from twin.layer import Style
from twin.session import Camera
from twin.terrain import Terrain

Floats = npt.NDArray[np.float64]
Node = tuple[int, int, int]
"""Level (0 is the finest), line and column of a piece among those of its level."""

CELLS = 32
ERROR_PX = 0.7
"""Pieces whose error shows as less are fine enough."""
MOST_TRIANGLES = 240_000
"""In a resting picture."""
BUILD_S = 0.012
"""A moving frame makes pieces for so long; the rest comes with the next ones."""
KEPT = 900
PIECE_TRIANGLES = 2 * CELLS * CELLS + 8 * CELLS
_HIDDEN = -1.0
CONTRAST = 1.5
"""Slopes of cities are gentle: their light is told apart more than it would be in the sun."""


@dataclass(slots=True)
class _Piece:
    """A piece that has been looked at."""

    bounds: tuple[float, ...]
    """West, south, bottom, east, north, top; local metres."""
    error_m: float
    """How much the next finer pieces differ; below 0 where there is nothing to draw."""
    actor: vtkActor | None = None
    normal: Floats | None = None
    """(p, 3) unit normals: what light falls on."""
    height_m: npt.NDArray[np.float32] | None = None
    """(p,) for colours by height."""
    paint_number: int = -1
    last_used: int = 0


class TerrainVisual:
    """Draws one Terrain."""

    def __init__(self, renderer: vtkRenderer, look: Look, terrain: Terrain) -> None:
        """Begin with nothing drawn."""
        self._renderer, self._look, self.terrain = renderer, look, terrain
        self._shaders = (pushed_flat(look, TERRAIN_SHARE), pushed_flat(look, UNDER_SHARE))
        self._shader = self._shaders[0]
        lines, columns = terrain.height_m.shape
        self.root_level = max(0, ceil(log2(max(lines - 1, columns - 1, CELLS) / CELLS)))
        self._pieces: dict[Node, _Piece] = {}
        self._drawn: list[Node] = []
        self._datum_m, self._style, self._theme = 0.0, Style(), ""
        self._frame = self._paint_number = 0
        self._is_visible = self._is_shown = True
        self._last: tuple[Camera, tuple[int, int], int, bool] | None = None
        self.triangles = 0
        self.is_waiting = False
        """Whether pieces are still to be made for what was asked for last."""
        self._faces = _faces()

    def set_under_pictures(self, *, is_under: bool) -> None:
        """Lie farther behind, where pictures of the ground follow it less exactly than what else lies on it."""
        shader = self._shaders[is_under]
        if shader is self._shader:
            return
        self._shader = shader
        self._forget_all()

    def update(self, style: Style, theme: str, *, datum_m: float, is_visible: bool) -> None:
        """Take another style, another zero of the scene, and whether it is shown."""
        if datum_m != self._datum_m:
            self._forget_all()
            self._datum_m = datum_m
        if (style, theme) != (self._style, self._theme):
            self._paint_number += 1
            self._style, self._theme = style, theme
        self._is_visible = is_visible
        self._last = None
        self.set_shown(is_shown=self._is_shown)

    def set_shown(self, *, is_shown: bool) -> None:
        """Leave it out of the next pictures, or put it back."""
        self._is_shown = is_shown
        for node in self._drawn:
            actor = self._pieces[node].actor
            if actor is not None:
                actor.SetVisibility(is_shown and self._is_visible)

    def prepare(self, camera: Camera, size_px: tuple[int, int], most_triangles: int, *, is_resting: bool) -> int:
        """Choose and show the pieces for a frame; return their triangles."""
        asked = (camera, size_px, most_triangles, is_resting)
        if not self._is_visible:
            self._show([])
            return 0
        if self._last == asked and not self.is_waiting:
            self._show(self._drawn)
            return self.triangles
        self._frame += 1
        self._last, self.is_waiting = asked, False
        begin = time.perf_counter()
        view = _View(camera, size_px)
        chosen = self._chosen(view, most_triangles, None if is_resting else begin + BUILD_S)
        self._show(chosen)
        self._shrink()
        return self.triangles

    def _chosen(self, view: _View, most_triangles: int, until: float | None) -> list[Node]:
        """Return the pieces that are to be drawn: the worst are split first."""
        root: Node = (self.root_level, 0, 0)
        heap: list[tuple[float, Node]] = []
        done: list[Node] = []
        self._offer(root, view, heap)
        cost = PIECE_TRIANGLES * len(heap)
        while heap:
            error, node = heapq.heappop(heap)
            is_late = until is not None and time.perf_counter() > until
            if -error < ERROR_PX or node[0] == 0 or cost + 3 * PIECE_TRIANGLES > most_triangles:
                done.append(node)
                continue
            children: list[tuple[float, Node]] = []
            missing = [child for child in _children(node) if child not in self._pieces]
            if is_late and missing:
                self.is_waiting = True
                done.append(node)
                continue
            for child in _children(node):
                self._offer(child, view, children)
            cost += PIECE_TRIANGLES * (len(children) - 1)
            for entry in children:
                heapq.heappush(heap, entry)
        return done

    def _offer(self, node: Node, view: _View, heap: list[tuple[float, Node]]) -> None:
        """Put a piece among those to be drawn, by its error on screen, if it can be seen."""
        piece = self._pieces.get(node) or self._looked_at(node)
        if piece.error_m != _HIDDEN and view.sees(piece.bounds):
            heap.append((-piece.error_m * view.px_per_m(piece.bounds), node))

    def _samples(
        self, node: Node, step: int, margin: int = 0
    ) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.intp], npt.NDArray[np.intp]]:
        """Return heights of a piece at a step, with their lines and columns; beyond the edge its last ones repeat."""
        level, line, column = node
        cells, size = CELLS << level, self.terrain.height_m.shape
        count = cells // step
        steps = np.arange(-margin, count + 1 + margin) * step
        lines, columns = line * cells + steps, column * cells + steps
        inner_lines, inner_columns = np.clip(lines, 0, size[0] - 1), np.clip(columns, 0, size[1] - 1)
        return self.terrain.height_m[inner_lines[:, None], inner_columns], inner_lines, inner_columns

    def _looked_at(self, node: Node) -> _Piece:
        """Return what is known of a piece without making it."""
        level, line, column = node
        (x, y), (dx, dy), size = self.terrain.first_local, self.terrain.spacing_m, self.terrain.height_m.shape
        cells = CELLS << level
        if line * cells >= size[0] - 1 or column * cells >= size[1] - 1:
            piece = _Piece((0.0,) * 6, _HIDDEN)
        else:
            fine, lines, columns = self._samples(node, max((1 << level) // 2, 1))
            known = fine[~np.isnan(fine)]
            error = 0.0 if level == 0 else _left_out(fine)
            low, high = (float(known.min()), float(known.max())) if len(known) else (0.0, 0.0)
            bounds = (
                x + columns[0] * dx, y + lines[0] * dy, min(low - self._datum_m - error, 0.0),
                x + columns[-1] * dx, y + lines[-1] * dy, high - self._datum_m,
            )  # fmt: skip
            piece = _Piece(tuple(map(float, bounds)), max(error, 1e-6 * (1 << level)) if len(known) else _HIDDEN)
        self._pieces[node] = piece
        return piece

    def _make(self, node: Node, piece: _Piece) -> None:
        """Make a piece's triangles."""
        step = 1 << node[0]
        heights, lines, columns = self._samples(node, step, 1)
        (x, y), (dx, dy) = self.terrain.first_local, self.terrain.spacing_m
        inner = heights[1:-1, 1:-1]
        west, south = x + columns[1] * dx, y + lines[1] * dy
        grid = np.empty((CELLS + 1, CELLS + 1, 3), np.float32)
        grid[..., 0] = (x + columns[1:-1] * dx - west)[None, :]
        grid[..., 1] = (y + lines[1:-1] * dy - south)[:, None]
        grid[..., 2] = inner - np.float32(self._datum_m + (piece.error_m if node[0] else 0.0))
        normals = _normals(heights, dx * step, dy * step)
        points, source = _with_skirt(grid.reshape(-1, 3), self._skirt_m(node, piece), self._outer(node))
        faces = self._faces
        if np.isnan(inner).any():
            points, faces, source = _with_rims(points, faces, source)
        piece.normal = normals.reshape(-1, 3)[source]
        piece.height_m = inner.reshape(-1)[source]
        rgb = np.zeros((len(points), 3), np.uint8)
        piece.actor = mesh_actor(
            points, np.ascontiguousarray(faces), rgb, position=(west, south, 0.0), shader=self._shader, is_closed=False
        )
        piece.paint_number = -1
        piece.actor.PickableOff()
        self._renderer.AddActor(piece.actor)

    def _skirt_m(self, node: Node, piece: _Piece) -> float:
        """Return how far a piece's skirt hangs: to below the coarser pieces that may lie beside it."""
        return 3.0 * piece.error_m + 0.12 * min(self.terrain.spacing_m) * (2 << node[0])

    def _outer(self, node: Node) -> tuple[bool, bool, bool, bool]:
        """Return whether a piece's south, east, north and west edges are the terrain's."""
        cells, size = CELLS << node[0], self.terrain.height_m.shape
        _, line, column = node
        return line == 0, (column + 1) * cells >= size[1] - 1, (line + 1) * cells >= size[0] - 1, column == 0

    def _show(self, chosen: list[Node]) -> None:
        wanted = set(chosen)
        for node in self._drawn:
            piece = self._pieces.get(node)
            if node not in wanted and piece is not None and piece.actor is not None:
                piece.actor.VisibilityOff()
        for node in chosen:
            piece = self._pieces[node]
            if piece.actor is None:
                self._make(node, piece)
            if piece.paint_number != self._paint_number:
                self._colour(piece)
            assert piece.actor is not None
            piece.actor.SetVisibility(self._is_shown and self._is_visible)
            piece.last_used = self._frame
        self._drawn = chosen
        self.triangles = len(chosen) * PIECE_TRIANGLES

    def _colour(self, piece: _Piece) -> None:
        assert piece.actor is not None
        assert piece.normal is not None
        assert piece.height_m is not None
        ground = heights_rgb(self._style, self._look.theme, piece.height_m, self.terrain.range_m)
        recolour(piece.actor, (np.clip(ground * self._light_on(piece.normal), 0, 1) * 255).round().astype(np.uint8))
        piece.actor.GetProperty().SetOpacity(self._style.opacity)
        piece.paint_number = self._paint_number

    def _light_on(self, normal: Floats) -> Floats:
        """Return what the colour of ground with some normals (p, 3) is multiplied by, (p, 3); level ground by 1."""
        theme, towards = self._look.theme, self._look.sunlight.shading
        light = light_on(theme, normal, towards) / light_on(theme, np.array([0.0, 0.0, 1.0]), towards)
        return np.asarray(light**CONTRAST)

    def relight(self) -> None:
        """Take the look's light, which comes from elsewhere now."""
        self._paint_number += 1
        self._last = None

    def _shrink(self) -> None:
        made = [(p.last_used, node) for node, p in self._pieces.items() if p.actor is not None]
        if len(made) > KEPT:
            for last_used, node in sorted(made)[: len(made) - KEPT]:
                if last_used < self._frame:
                    self._forget(node)

    def _forget(self, node: Node) -> None:
        piece = self._pieces.pop(node)
        if piece.actor is not None:
            self._renderer.RemoveActor(piece.actor)
            piece.actor.ReleaseGraphicsResources(self._renderer.GetRenderWindow())

    def _forget_all(self) -> None:
        for node in list(self._pieces):
            self._forget(node)
        self._drawn, self._last = [], None

    @property
    def actors(self) -> list[vtkActor]:
        """Return what is drawn."""
        return [actor for node in self._drawn if (actor := self._pieces[node].actor) is not None]

    @property
    def nbytes(self) -> int:
        """Return about the bytes held for drawing."""
        return sum(p.actor is not None for p in self._pieces.values()) * PIECE_TRIANGLES * 40

    def remove(self) -> None:
        """Take everything away."""
        self._forget_all()


class _View:
    """What a camera sees, for many upright boxes one by one."""

    def __init__(self, camera: Camera, size_px: tuple[int, int]) -> None:
        self._camera, self._aspect = camera, size_px[0] / size_px[1]
        self._eye = camera.eye_local
        half = tan(camera.view_angle_rad / 2)
        self._px = size_px[1] / (2 * half)
        right, up, back = view_rotation(camera)
        sides = [right / (half * self._aspect), -right / (half * self._aspect), up / half, -up / half]
        self._planes: list[list[float]] = [(side - back).tolist() for side in sides] + [(-back).tolist()]

    def sees(self, bounds: tuple[float, ...]) -> bool:
        """Return whether a box touches the view: as layers.detail.in_view, in plain numbers, for one box is little."""
        if self._camera.is_parallel:
            return bool(in_view(self._camera, self._aspect, np.array([bounds]))[0])
        eye = self._eye
        for plane in self._planes:
            reach = 0.0
            for k in range(3):
                reach += plane[k] * ((bounds[k + 3] if plane[k] > 0 else bounds[k]) - eye[k])
            if reach < 0:
                return False
        return True

    def px_per_m(self, bounds: tuple[float, ...]) -> float:
        if self._camera.is_parallel:
            return self._px / self._camera.distance_m
        gaps = [max(bounds[k] - self._eye[k], self._eye[k] - bounds[k + 3], 0.0) for k in range(3)]
        distance_m = sqrt(gaps[0] * gaps[0] + gaps[1] * gaps[1] + gaps[2] * gaps[2])
        return self._px / max(distance_m, 1.0)


def _children(node: Node) -> list[Node]:
    level, line, column = node
    return [(level - 1, 2 * line + i, 2 * column + j) for i in (0, 1) for j in (0, 1)]


def _left_out(fine: npt.NDArray[np.float32]) -> float:
    """Return how far heights (2 n + 1, 2 n + 1) are from what every second of them makes, at most, metres."""
    coarse = fine[::2, ::2]
    across, down = (coarse[:, :-1] + coarse[:, 1:]) / 2, (coarse[:-1] + coarse[1:]) / 2
    middle = (across[:-1] + across[1:]) / 2
    gaps = (fine[::2, 1::2] - across, fine[1::2, ::2] - down, fine[1::2, 1::2] - middle)
    every = np.abs(np.concatenate([gap.reshape(-1) for gap in gaps]))
    every = every[~np.isnan(every)]
    return float(every.max()) if len(every) else 0.0


def _normals(heights: npt.NDArray[np.float32], dx: float, dy: float) -> Floats:
    """Return unit normals of the inner nodes of heights (n + 2, n + 2); beside gaps the ground counts as level."""
    east = np.nan_to_num((heights[1:-1, 2:] - heights[1:-1, :-2]) / np.float32(2 * dx))
    north = np.nan_to_num((heights[2:, 1:-1] - heights[:-2, 1:-1]) / np.float32(2 * dy))
    length = np.sqrt(east * east + north * north + 1)
    return np.stack([-east / length, -north / length, 1 / length], axis=-1).astype(np.float64)


_RIM = np.concatenate(
    [
        np.arange(CELLS + 1),
        np.arange(CELLS + 1) * (CELLS + 1) + CELLS,
        CELLS * (CELLS + 1) + np.arange(CELLS, -1, -1),
        np.arange(CELLS, -1, -1) * (CELLS + 1),
    ]
)
"""The nodes along the south, east, north and west edges, counter-clockwise."""


def _faces() -> npt.NDArray[np.int32]:
    """Return the triangles of a piece: its quads, and the skirts below its four edges."""
    side = CELLS + 1
    line, column = np.meshgrid(np.arange(CELLS), np.arange(CELLS), indexing="ij")
    a = (line * side + column).reshape(-1)
    quads = np.stack([a, a + 1, a + side + 1, a, a + side + 1, a + side], axis=1).reshape(-1, 3)
    low = side * side
    k = (np.arange(4)[:, None] * side + np.arange(CELLS)).reshape(-1)
    top, after = _RIM[k], _RIM[k + 1]
    skirts = np.stack([low + k, low + k + 1, after, low + k, after, top], axis=1).reshape(-1, 3)
    return np.concatenate([quads, skirts]).astype(np.int32)


def _with_rims(
    points: npt.NDArray[np.float32], faces: npt.NDArray[np.int32], source: npt.NDArray[np.intp]
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.int32], npt.NDArray[np.intp]]:
    """Leave out triangles without heights; where heights end within a piece, walls go down to the plane at z = 0."""
    quads = 2 * CELLS * CELLS
    heights: npt.NDArray[np.float32] = points[:, 2][faces]
    is_known: npt.NDArray[np.bool_] = np.isfinite(heights.sum(axis=1))
    inner, skirts = faces[:quads][is_known[:quads]], faces[quads:][is_known[quads:]]
    points = np.nan_to_num(points)
    begin, end = inner.reshape(-1).astype(np.int64), np.roll(inner, -1, axis=1).reshape(-1).astype(np.int64)
    key = np.minimum(begin, end) * len(points) + np.maximum(begin, end)
    _, first, count = np.unique(key, return_index=True, return_counts=True)
    rim = first[count == 1]
    side = CELLS + 1
    line, column = np.divmod(np.stack([begin[rim], end[rim]]), side)
    is_edge = ((line == 0) | (line == CELLS)).all(axis=0) | ((column == 0) | (column == CELLS)).all(axis=0)
    rim = rim[~is_edge]
    a, b = begin[rim], end[rim]
    low = points[np.concatenate([a, b])]
    low[:, 2] = np.minimum(low[:, 2], 0.0) - 1.0
    below_a = len(points) + np.arange(len(rim))
    below_b = below_a + len(rim)
    walls = np.concatenate([np.stack([a, below_a, below_b], 1), np.stack([a, below_b, b], 1)])
    every = np.concatenate([inner, skirts, walls]).astype(np.int32)
    return np.concatenate([points, low]), every, np.concatenate([source, source[a], source[b]])


def _with_skirt(
    grid: npt.NDArray[np.float32], skirt_m: float, is_outer: tuple[bool, bool, bool, bool]
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.intp]]:
    """Return a piece's points with those of its skirt, and the node each has its colour from.

    At the terrain's own edges it hangs down to the plane at z = 0.
    """
    low = grid[_RIM].copy()
    depth = np.full(len(low), skirt_m, np.float32)
    outer = np.repeat(is_outer, CELLS + 1)
    low[:, 2] -= depth
    low[outer, 2] = np.minimum(low[outer, 2], -skirt_m)
    return np.concatenate([grid, low]), np.concatenate([np.arange(len(grid)), _RIM])
