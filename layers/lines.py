"""Polylines: as ribbons in metres where the layer knows its widths, else as lines some pixels wide."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
from vtkmodules.util.numpy_support import numpy_to_vtkIdTypeArray
from vtkmodules.vtkCommonDataModel import vtkCellArray
from vtkmodules.vtkRenderingCore import vtkRenderer
from vtkmodules.vtkRenderingOpenGL2 import vtkOpenGLShaderProperty

from layers.camera import project
from layers.drape import densified, raised
from layers.look import Look
from layers.mark_shader import mark_shader
from layers.mesh_actor import mark_actor, recolour
from layers.ribbons import ribbons
from layers.row_mesh import RowMesh
from layers.visual import Aim, Found, Paint, raised_rows
from twin.derived import column_rows
from twin.features import Lines

ABOVE_GROUND_M = 0.3
REACH_PX = 4.0
"""A line is found this far beside it."""
WIDTH_FIELDS = ("width_m", "width", "breite", "largeur")
"""Columns that give a line's width in metres; the layer's lines are then drawn as ribbons."""


class LinesVisual:
    """The lines of one layer in one scene."""

    def __init__(self, renderer: vtkRenderer, look: Look) -> None:
        """Begin with nothing drawn."""
        self._renderer, self._look = renderer, look
        self._shader = mark_shader(look)
        self._drawn: RowMesh | _Strokes | None = None
        self._scale = 1.0
        self._selected: tuple[int, ...] = ()

    def update(self, old: Paint | None, new: Paint) -> None:
        """Take another state; geometry is made anew only for other lines, heights or another order."""
        if self._drawn is None or not new.has_shape_of(old):
            self.remove()
            self._drawn = self._made(new)
            self.set_scale(self._scale)
            self._drawn.select(self._selected)
        self._drawn.paint(new)

    def _made(self, paint: Paint) -> RowMesh | _Strokes:
        lines = paint.layer.features
        assert isinstance(lines, Lines)
        width_m = widths(paint)
        if width_m is None or paint.state.style.raised_by:
            return _Strokes(self._renderer, self._look, self._shader, lines, paint)
        lines = densified(lines, paint.ground)
        flat = raised(ribbons(lines, width_m[lines.row], paint.ground_m), paint.ground)
        return RowMesh(self._renderer, self._look, flat, shader=self._look.flat, is_closed=False)

    def select(self, rows: Iterable[int]) -> None:
        """Paint these rows in the accent colour, and only these."""
        self._selected = tuple(rows)
        if self._drawn is not None:
            self._drawn.select(self._selected)

    def set_scale(self, scale: float) -> None:
        """Draw lines this many times wider."""
        self._scale = scale
        if isinstance(self._drawn, _Strokes):
            self._drawn.set_scale(scale)

    def set_drawn(self, *, is_drawn: bool) -> None:
        """Leave everything out of the next pictures, or put it back."""
        if self._drawn is not None:
            self._drawn.set_drawn(is_drawn=is_drawn)

    def feature_at(self, aim: Aim) -> Found | None:
        """Return the line under a place of the picture, or beside it."""
        return self._drawn.feature_at(aim) if self._drawn is not None else None

    @property
    def triangles(self) -> int:
        """Return how many triangles or pieces of line are drawn."""
        return self._drawn.triangles if self._drawn is not None else 0

    def remove(self) -> None:
        """Take everything away."""
        if self._drawn is not None:
            self._drawn.remove()
            self._drawn = None


def widths(paint: Paint) -> npt.NDArray[np.float64] | None:
    """Return each row's width in metres (n,), 0 where unknown; None for a layer without such a column."""
    fields = {name.lower(): name for name in paint.layer.table.fields()}
    name = next((fields[f] for f in WIDTH_FIELDS if f in fields), None)
    if name is None:
        return None
    rows = column_rows(paint.layer.table, name)
    if rows.dtype.kind not in "fiu":
        return None
    width = np.where(np.isfinite(rows), rows, 0.0).clip(0, 200).astype(np.float64)
    return width if width.any() else None


class _Strokes:
    """Lines of a width in pixels."""

    def __init__(
        self, renderer: vtkRenderer, look: Look, shader: vtkOpenGLShaderProperty, lines: Lines, paint: Paint
    ) -> None:
        self._renderer, self._look = renderer, look
        raised_m = raised_rows(paint)
        lines = densified(lines, paint.ground)
        z = paint.ground_m + ABOVE_GROUND_M
        counts = np.diff(lines.line_start)
        self._row = np.repeat(lines.row, counts)
        self._line_row, self._start = lines.row, np.asarray(lines.line_start, np.int64)
        xy = np.asarray(lines.xy_local, np.float64)
        middle = (xy.min(axis=0) + xy.max(axis=0)) / 2 if len(xy) else np.zeros(2)
        z_m = paint.ground.z_at(xy) + z
        self._points = np.column_stack([xy, z_m + (0 if raised_m is None else raised_m[self._row])])
        self._origin = (float(middle[0]), float(middle[1]), 0.0)
        self._paint: Paint | None = None
        self._selected: npt.NDArray[np.int64] = np.empty(0, np.int64)
        self._scale, self._is_drawn = 1.0, True
        self._segments = np.empty((0, 2), np.int64)
        self.actor = mark_actor((self._points - self._origin).astype(np.float32), position=self._origin, shader=shader)
        renderer.AddActor(self.actor)

    def paint(self, paint: Paint) -> None:
        """Take colours, width, opacity and what is shown."""
        before, self._paint = self._paint, paint
        if before is None or before.rgb is not paint.rgb:
            self._recolour()
        if before is None or not np.array_equal(before.shown, paint.shown):
            is_joined = paint.shown[self._row]
            is_joined[self._start[1:] - 1] = False
            first = np.flatnonzero(is_joined)
            self._segments = np.column_stack([first, first + 1])
            cells = vtkCellArray()
            cells.SetData(2, numpy_to_vtkIdTypeArray(self._segments.reshape(-1), deep=True))
            self.actor.GetMapper().GetInput().SetLines(cells)
        self.actor.GetProperty().SetOpacity(paint.state.style.opacity)
        self.set_scale(self._scale)
        self.set_drawn(is_drawn=self._is_drawn)

    def _recolour(self) -> None:
        if self._paint is None:
            return
        rgb = self._paint.rgb
        if len(self._selected):
            rgb = rgb.copy()
            rgb[self._selected] = (np.array(self._look.theme.selected) * 255).round().astype(np.uint8)
        recolour(self.actor, rgb.take(self._row, axis=0))

    def select(self, rows: Iterable[int]) -> None:
        self._selected = np.fromiter(rows, np.int64)
        self._recolour()

    def set_scale(self, scale: float) -> None:
        self._scale = scale
        if self._paint is not None:
            self.actor.GetProperty().SetLineWidth(max(1.0, self._paint.state.style.size_px * scale))

    def set_drawn(self, *, is_drawn: bool) -> None:
        self._is_drawn = is_drawn
        is_visible = self._paint is not None and self._paint.state.is_visible
        self.actor.SetVisibility(is_drawn and is_visible and len(self._segments) > 0)

    @property
    def triangles(self) -> int:
        return len(self._segments) if self._paint is not None and self._paint.state.is_visible else 0

    def feature_at(self, aim: Aim) -> Found | None:
        if not self.triangles or self._paint is None:
            return None
        place, _ = project(aim.camera, aim.size_px, self._points)
        a, b = place[self._segments[:, 0]], place[self._segments[:, 1]]
        along = b - a
        with np.errstate(invalid="ignore", divide="ignore"):
            share = np.einsum("ij,ij->i", (aim.x_px, aim.y_px) - a, along) / np.einsum("ij,ij->i", along, along)
            share = np.where(np.isfinite(share), share, 0.0).clip(0, 1)
            gap = np.hypot(*(a + along * share[:, None] - (aim.x_px, aim.y_px)).T)
        reach = max(self._paint.state.style.size_px * self._scale / 2, REACH_PX)
        gap = np.where(np.isnan(gap), np.inf, gap)
        best = int(gap.argmin())
        if gap[best] > reach:
            return None
        first, second = self._segments[best]
        point = self._points[first] * (1 - share[best]) + self._points[second] * share[best]
        distance_m = float(np.linalg.norm(point - aim.ray.origin))
        return Found(int(self._row[first]), (float(point[0]), float(point[1]), float(point[2])), distance_m)

    def remove(self) -> None:
        self._renderer.RemoveActor(self.actor)
        self.actor.ReleaseGraphicsResources(self._renderer.GetRenderWindow())
