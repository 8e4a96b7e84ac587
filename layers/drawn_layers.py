"""The layers of a session as they are drawn: a visual each, painted and stood on the ground as the session says."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from vtkmodules.vtkRenderingCore import vtkRenderer

from layers.brushed import brushed
from layers.buildings import BuildingsVisual
from layers.cutting import Cutting
from layers.ground import Surroundings
from layers.groundwork import Groundwork, is_ground
from layers.lines import LinesVisual
from layers.look import THEMES, Look
from layers.palettes import default_order
from layers.pick import Picker
from layers.points import PointsVisual
from layers.surface import SurfaceVisual
from layers.visual import Paint, Visual, painted
from layers.workers import Workers
from twin.clock import Clock
from twin.dates import span_of, stands_alike
from twin.errors import TwinError
from twin.layer import Kind, Layer, LayerState
from twin.legend import Legend, renamed
from twin.session import Brush, Composition, Selection, Session
from twin.terrain import FLAT

VISUALS: dict[Kind, type[PointsVisual | LinesVisual | SurfaceVisual]] = {
    Kind.POINTS: PointsVisual,
    Kind.LINES: LinesVisual,
    Kind.POLYGONS: SurfaceVisual,
}
"""What draws each kind of flat layer; footprints are drawn by BuildingsVisual."""


@dataclass(frozen=True, slots=True)
class Stage:
    """What the layers of one scene are drawn on and with."""

    renderer: vtkRenderer
    look: Look
    workers: Workers
    surroundings: Surroundings
    groundwork: Groundwork
    cutting: Cutting


@dataclass(frozen=True, slots=True, eq=False)
class Tint:
    """Colours that rows have for the moment, whatever their layer's style says."""

    rows: npt.NDArray[np.int64]
    rgb: npt.NDArray[np.uint8]
    """(n, 3)."""


class DrawnLayers:
    """Follows a session's layers, composition, selection, brush and clock."""

    def __init__(
        self, session: Session, stage: Stage, changed: Callable[[], None], recoloured: Callable[[], None]
    ) -> None:
        """Begin to follow; after each change of the picture changed is called, or recoloured for tints alone."""
        self._session, self._changed, self._recoloured = session, changed, recoloured
        self._renderer, self._look, self._workers = stage.renderer, stage.look, stage.workers
        self._surroundings, self._groundwork, self._cutting = stage.surroundings, stage.groundwork, stage.cutting
        self.buildings: dict[str, BuildingsVisual] = {}
        self.flat: dict[str, Visual] = {}
        self.pickers: dict[str, Picker] = {}
        self.painted: dict[str, tuple[Paint, Legend]] = {}
        self._stood: dict[str, tuple[object, object]] = {}
        self._without_cut_away: set[str] = set()
        self.scale = 1.0
        self.tints: dict[str, Tint] = {}
        """By layer."""
        self._take_layers({}, session.layers)
        session.layers_changed.connect(self._take_layers)
        session.composition_changed.connect(self._take_composition)
        session.selection_changed.connect(self._take_selection)
        session.brush_changed.connect(self._take_brush)
        session.clock_changed.connect(self._take_clock)

    def set_scale(self, scale: float) -> None:
        """Draw what is measured in pixels this many times larger."""
        self.scale = scale
        for visual in self.flat.values():
            visual.set_scale(scale)

    def close(self) -> None:
        """Stop following the session and take everything away."""
        self._session.layers_changed.disconnect(self._take_layers)
        self._session.composition_changed.disconnect(self._take_composition)
        self._session.selection_changed.disconnect(self._take_selection)
        self._session.brush_changed.disconnect(self._take_brush)
        self._session.clock_changed.disconnect(self._take_clock)
        for layer_id in [*self.buildings, *self.flat]:
            self._forget(layer_id)

    # following the session

    def _take_layers(self, old: Mapping[str, Layer], new: Mapping[str, Layer]) -> None:
        former: dict[str, BuildingsVisual] = {}
        for layer_id, before in old.items():
            layer = new.get(layer_id)
            is_other = layer is None or layer.tiles is not before.tiles or layer.features is not before.features
            if is_other and not self._retile(layer_id, layer):
                if layer is not None and layer.tiles is not None and layer_id in self.buildings:
                    former[layer_id] = self.buildings.pop(layer_id)
                self._forget(layer_id)
        for layer_id, layer in new.items():
            if layer.tiles is not None and layer_id not in self.buildings:
                visual = BuildingsVisual(self._renderer, self._look, self._workers, layer.tiles, layer.model)
                self.buildings[layer_id] = visual
                self.pickers[layer_id] = Picker(layer.tiles, layer.model)
                if layer_id in former:  # only touched tiles are made anew
                    visual.adopt(former[layer_id])
            elif layer.features is not None and layer_id not in self.flat:
                self.flat[layer_id] = VISUALS[layer.info.kind](self._renderer, self._look)
                self.flat[layer_id].set_scale(self.scale)
        for visual in former.values():
            visual.remove()
        is_values = old.keys() == new.keys() and all(new[i].differs_in_values_alone(old[i]) for i in new)
        composition = self._session.composition
        self._show(composition, composition, self._recoloured if is_values else self._changed)

    def _retile(self, layer_id: str, layer: Layer | None) -> bool:
        """Take other heights of the same buildings; return False if the layer must be drawn anew."""
        visual = self.buildings.get(layer_id)
        if layer is None or layer.tiles is None or visual is None or not visual.retile(layer.tiles):
            return False
        self.pickers[layer_id] = Picker(layer.tiles, layer.model)
        self._stood.pop(layer_id, None)
        return True

    def _forget(self, layer_id: str) -> None:
        self.painted.pop(layer_id, None)
        self._stood.pop(layer_id, None)
        self._without_cut_away.discard(layer_id)
        self.pickers.pop(layer_id, None)
        for visuals in (self.buildings, self.flat):
            visual = visuals.pop(layer_id, None)
            if visual is not None:
                visual.remove()

    def _take_composition(self, old: Composition, new: Composition) -> None:
        self._show(old, new, self._changed)

    def _show(self, old: Composition, new: Composition, tell: Callable[[], None]) -> None:
        """Draw a composition, and tell of it even where something does not suit."""
        if old.theme != new.theme:
            self._look.set_theme(THEMES[new.theme])
            self._surroundings.set_theme()
        self._stand(new)
        if self._cutting.set_cut(new.cut, self._session.frame):
            self._show_cut_away()
        flat = [s.layer_id for s in new.layers if s.layer_id in self.flat]
        flat.sort(key=lambda i: default_order(self._session.layers[i].info))
        unsuited: TwinError | None = None
        for state in new.layers:
            if state.layer_id in self._session.layers:
                order = flat.index(state.layer_id) if state.layer_id in self.flat else 0
                try:
                    self._paint(state, new.theme, order)
                except TwinError as error:  # raised below, once all other layers look as they should
                    unsuited = unsuited or error
        tell()
        if unsuited is not None:
            raise unsuited

    def _stand(self, composition: Composition) -> None:
        """Put the buildings on the ground that the terrains of a composition make."""
        self._groundwork.take(self._session.layers, composition)
        ground = self._groundwork.ground
        self._surroundings.set_flat(is_flat=self._groundwork.is_bare)
        for layer_id, visual in self.buildings.items():
            layer = self._session.layers[layer_id]
            before, now = self._stood.get(layer_id, (layer.tiles, FLAT)), (layer.tiles, ground)
            if before[0] is not now[0] or before[1] is not now[1]:
                standing = self._groundwork.standing(layer)
                foot_m = None if standing is None else standing.foot_m
                visual.set_ground(ground, foot_m)
                self.pickers[layer_id].set_feet(foot_m)
            self._stood[layer_id] = now

    def _paint(self, state: LayerState, theme: str, order: int) -> None:
        layer_id, layer = state.layer_id, self._session.layers[state.layer_id]
        if is_ground(layer):
            nothing = Paint(layer, state, theme, np.empty((0, 3), np.uint8), np.empty(0, np.bool_))
            self.painted[layer_id] = (nothing, self._groundwork.legend(layer, state))
            return
        before = self.painted.get(layer_id)
        old = before[0] if before else None
        at_s = self._moment_s(layer, state)
        if before is not None and before[0].is_of(layer, state.style, theme, order, at_s):
            paint, legend = replace(before[0], layer=layer, state=state), before[1]
        else:
            paint, legend = painted(layer, state, theme=theme, order=order, at_s=at_s)
            paint = _as_before(old, paint)
        paint = replace(paint, ground=self._groundwork.ground)
        self.painted[layer_id] = (paint, legend)
        if old is None and layer_id == self._session.selection.layer_id:
            self._select(layer_id, self._session.selection.rows)
        if layer_id in self.flat:
            self.flat[layer_id].update(old, paint)
            self._tint_flat(layer_id)
            self.flat[layer_id].set_drawn(is_drawn=state.is_visible)
            self._show_brush(layer_id)
            return
        visual = self.buildings[layer_id]
        visual.set_bodies(state.style.lod, paint.surface_rgb)
        self.pickers[layer_id].lod = state.style.lod
        visual.set_visible(is_visible=state.is_visible)
        if old is None or paint.rgb is not old.rgb or paint.shown is not old.shown:
            self._colour(layer_id, paint, None if paint.shown.all() else paint.shown)
            self._without_cut_away.discard(layer_id)
            self._show_brush(layer_id)

    # the brush

    def _take_brush(self, old: Brush, new: Brush) -> None:
        for layer_id in {old.layer_id, new.layer_id} & self.painted.keys():
            self._show_brush(layer_id, is_over=not new.layer_id)
        self._changed()

    def _show_brush(self, layer_id: str, *, is_over: bool = False) -> None:
        """Dim what is not lit; or, when brushing is over, show everything in its own colours again."""
        paint = self.painted[layer_id][0]
        shown = brushed(paint, self._session.brush, self._look.theme.ground)
        if shown is paint and not is_over:
            return
        if layer_id in self.flat:
            self.flat[layer_id].update(replace(paint, rgb=paint.rgb[:0]), shown)
            return
        visual = self.buildings[layer_id]
        visual.set_bodies(paint.state.style.lod, shown.surface_rgb)
        self._colour(layer_id, shown, None if paint.shown.all() else paint.shown)
        self._without_cut_away.discard(layer_id)

    # colours for the moment

    def set_tints(self, tints: dict[str, Tint]) -> None:
        """Give rows colours for the moment, by layer; what is not named has its own again."""
        old, self.tints = self.tints, dict(tints)
        for layer_id in old.keys() | tints.keys():
            if layer_id not in self.painted or old.get(layer_id) is tints.get(layer_id):
                continue
            paint = self.painted[layer_id][0]
            if layer_id in self.flat:
                self.flat[layer_id].update(replace(paint, rgb=paint.rgb[:0]), paint)
                self._tint_flat(layer_id)
            elif layer_id in self.buildings:
                self._colour(layer_id, paint, None if paint.shown.all() else paint.shown)
                self._without_cut_away.discard(layer_id)
            self._recoloured()

    def _tint_flat(self, layer_id: str) -> None:
        if layer_id in self.tints:
            paint = self.painted[layer_id][0]
            self.flat[layer_id].update(
                replace(paint, rgb=paint.rgb[:0]), replace(paint, rgb=self._tinted(layer_id, paint))
            )

    def _tinted(self, layer_id: str, paint: Paint) -> npt.NDArray[np.uint8]:
        tint = self.tints.get(layer_id)
        if tint is None or not len(tint.rows) or int(tint.rows.max()) >= len(paint.layer.table):
            return paint.rgb
        rgb = np.array(np.broadcast_to(paint.rgb, (len(paint.layer.table), 3)))
        rgb[tint.rows] = tint.rgb
        return rgb

    def _colour(self, layer_id: str, paint: Paint, shown: npt.NDArray[np.bool_] | None) -> None:
        visual, rgb = self.buildings[layer_id], self._tinted(layer_id, paint)
        if rgb is not paint.rgb:
            visual.set_bodies(paint.state.style.lod, None)
        visual.set_colours(rgb, shown, paint.state.style.opacity)

    # the cut

    def _show_cut_away(self) -> None:
        """Put the rows back that a former cut had taken away."""
        for layer_id in self._without_cut_away & self.painted.keys():
            paint = self.painted[layer_id][0]
            self._colour(layer_id, paint, None if paint.shown.all() else paint.shown)
        self._without_cut_away.clear()

    def leave_out_cut_away(self) -> None:
        """Leave out what is wholly cut away, so that it casts no shadow; worth it for a resting picture only."""
        for layer_id in self.visible_ids():
            if not self._cutting.is_on or layer_id not in self.buildings or layer_id in self._without_cut_away:
                continue
            paint, visual = self.painted[layer_id][0], self.buildings[layer_id]
            self._colour(layer_id, paint, paint.shown & ~self._cutting.hidden_rows(visual, len(paint.shown)))
            self._without_cut_away.add(layer_id)

    def _take_selection(self, old: Selection, new: Selection) -> None:
        for layer_id in {old.layer_id, new.layer_id}:
            self._select(layer_id, new.rows if layer_id == new.layer_id else ())
        self._changed()

    def _select(self, layer_id: str, rows: tuple[int, ...]) -> None:
        """Highlight rows, as far as the layer has them: it may have become another one since they were selected."""
        visual = self.buildings.get(layer_id) or self.flat.get(layer_id)
        if visual is not None:
            count = len(self._session.layers[layer_id].table)
            visual.select([row for row in rows if 0 <= row < count])

    # the clock

    def _take_clock(self, old: Clock, new: Clock) -> None:
        """Draw what stood at another moment; layers without dates stay as they are."""
        composition, is_other = self._session.composition, False
        for state in composition.layers:
            layer = self._session.layers.get(state.layer_id)
            if layer is None or is_ground(layer) or old.moment_s(state.layer_id) == new.moment_s(state.layer_id):
                continue
            at_s = self._moment_s(layer, state)
            if state.layer_id in self.painted and at_s != self.painted[state.layer_id][0].at_s:
                before = self.painted[state.layer_id][0]
                if before.layer is layer and stands_alike(layer, state.style, before.at_s, at_s):
                    continue  # a clock that runs comes by many times a second
                self._paint(state, composition.theme, before.order)
                now = self.painted[state.layer_id][0]
                is_other |= now.shown is not before.shown or now.rgb is not before.rgb
        if is_other:
            self._changed()

    def _moment_s(self, layer: Layer, state: LayerState) -> float | None:
        """Return the moment that a layer is drawn at; None where it does not follow the clock."""
        at_s = self._session.clock.moment_s(layer.info.id)
        return at_s if at_s is not None and span_of(layer, state.style) else None

    # what is known

    def legends(self) -> list[Legend]:
        """Return the legends of the visible layers, topmost first, under the names that people gave them."""
        states = [s for s in reversed(self._session.composition.layers) if s.is_visible]
        return [renamed(self.painted[s.layer_id][1], s.name) for s in states if s.layer_id in self.painted]

    def visible_ids(self) -> list[str]:
        """Return the visible layers that are drawn, the lowest first."""
        return [s.layer_id for s in self._session.composition.layers if s.is_visible and s.layer_id in self.painted]


def _as_before(old: Paint | None, new: Paint) -> Paint:
    """Return a paint with the arrays of an older one where they are equal: what is the same is not drawn anew."""
    if old is None or old.layer.table is not new.layer.table or old.state.style != new.state.style:
        return new
    if old.theme != new.theme or old.surface_rgb is not None or new.surface_rgb is not None:
        return new
    is_rgb_same, is_shown_same = np.array_equal(old.rgb, new.rgb), np.array_equal(old.shown, new.shown)
    return replace(new, rgb=old.rgb if is_rgb_same else new.rgb, shown=old.shown if is_shown_same else new.shown)
