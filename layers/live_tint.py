"""Layers whose rows take the colour of live values: the rule, not the geometry, goes from a feed into the houses."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from layers.drawn_layers import DrawnLayers, Tint
from layers.live import LiveLayers
from twin.entities import EntityFrame
from twin.errors import TwinError
from twin.layer import Kind, Layer
from twin.live import LiveLook, Shape
from twin.live_rows import PlaceRows, rows_by_id
from twin.session import Session


@dataclass(slots=True, eq=False)
class _Known:
    """Which row each thing of a feed belongs to, as long as these are the same."""

    ids: object
    table: object
    where: object
    rows: npt.NDArray[np.int64]


class LiveTints:
    """Gives layers the colours of feeds that are drawn as buildings."""

    def __init__(self, session: Session, live: LiveLayers, drawn: DrawnLayers) -> None:
        """Begin to follow."""
        self._session, self._live, self._drawn = session, live, drawn
        self._known: dict[str, _Known] = {}
        self._places: dict[str, tuple[object, PlaceRows]] = {}
        self._frames: dict[str, tuple[object, ...]] = {}
        live.changed.connect(self.freshen)
        self.freshen()

    def freshen(self) -> None:
        """Colour what has other values than before, and give back what is not coloured any more."""
        wanted: dict[str, Tint] = {}
        done: dict[str, tuple[object, ...]] = {}
        for look in self._live.looks():
            frame = self._session.frames.get(look.feed_id)
            layer = self._target(look)
            if look.shape is Shape.BUILDINGS and look.is_visible and frame is not None and layer is not None:
                key = (frame, look, layer.table, self._session.composition.theme)
                done[layer.info.id] = key
                if self._frames.get(layer.info.id) == key:
                    wanted[layer.info.id] = self._drawn.tints[layer.info.id]
                    continue
                tint = self._tint(look, frame, layer)
                if tint is not None:
                    wanted[layer.info.id] = tint
        self._frames = {layer_id: key for layer_id, key in done.items() if layer_id in wanted}
        self._drawn.set_tints(wanted)

    def _target(self, look: LiveLook) -> Layer | None:
        layers = self._session.layers
        if look.target_layer:
            return layers.get(look.target_layer)
        footprints = [layer for layer in layers.values() if layer.info.kind is Kind.FOOTPRINTS]
        return max(footprints, key=lambda layer: layer.info.shown, default=None)

    def _tint(self, look: LiveLook, frame: EntityFrame, layer: Layer) -> Tint | None:
        visual = self._live.visual(look.feed_id)
        if visual is None or visual.frame is None:
            return None
        at_s = self._live.moment_s(look.feed_id)
        try:
            rows = self._rows(look, frame, layer, lambda: visual.places(at_s).points_local[:, :2])
        except TwinError as error:
            self._live.trouble[look.feed_id] = str(error)
            return None
        colours = visual.colours(self._session.composition.theme, at_s).rgb
        found = rows >= 0
        return Tint(rows[found], colours[found])

    def _rows(
        self, look: LiveLook, frame: EntityFrame, layer: Layer, places: Callable[[], npt.NDArray[np.float64]]
    ) -> npt.NDArray[np.int64]:
        where = look.target_field or (frame.lonlat.tobytes(), look.reach_m)
        known = self._known.get(look.feed_id)
        if known is None or known.ids is not frame.ids or known.table is not layer.table or known.where != where:
            if look.target_field:
                rows = rows_by_id(layer, look.target_field, frame.ids)
            else:
                rows = self._finder(layer).rows(places(), look.reach_m)
            known = self._known[look.feed_id] = _Known(frame.ids, layer.table, where, rows)
        return known.rows

    def _finder(self, layer: Layer) -> PlaceRows:
        shapes = layer.tiles if layer.tiles is not None else layer.features
        kept = self._places.get(layer.info.id)
        if kept is None or kept[0] is not shapes:
            kept = self._places[layer.info.id] = (shapes, PlaceRows(layer))
        return kept[1]

    def close(self) -> None:
        """Stop following."""
        self._live.changed.disconnect(self.freshen)
