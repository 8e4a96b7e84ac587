"""The labels of a whole session: keeps what could be labelled, and puts a frame's labels on its picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from layers.camera import Size
from layers.groundwork import Groundwork
from layers.labels import Candidates, PlacedLabel, draw_labels, label_candidates, placed_labels
from twin.clock import Clock
from twin.dates import shown_at, span_of
from twin.layer import Layer, Style
from twin.session import Camera, Composition


@dataclass(frozen=True, slots=True, eq=False)
class _Kept:
    layer: Layer
    style: Style
    at_s: float | None
    candidates: Candidates
    ground: object
    """What it lay on."""


class Labeller:
    """Made once for a scene; candidates are made anew only for another column, filter or layer."""

    def __init__(self, groundwork: Groundwork | None = None) -> None:
        """Begin with nothing kept; labels stand on the ground of a scene."""
        self._groundwork = groundwork
        self._kept: dict[str, _Kept] = {}
        self.clock = Clock()
        """The time that is shown."""

    def labelled(
        self,
        picture: npt.NDArray[np.uint8],
        camera: Camera,
        layers: Mapping[str, Layer],
        composition: Composition,
        *,
        scale: float = 1.0,
        taken: Sequence[PlacedLabel] = (),
    ) -> npt.NDArray[np.uint8]:
        """Return a frame (h, w, 3) with the labels of the visible layers, or the frame itself where there are none."""
        placed = self.placed(
            camera, (picture.shape[1], picture.shape[0]), layers, composition, scale=scale, taken=taken
        )
        return draw_labels(picture, placed, theme=composition.theme, scale=scale) if placed else picture

    def placed(
        self,
        camera: Camera,
        size_px: Size,
        layers: Mapping[str, Layer],
        composition: Composition,
        *,
        scale: float = 1.0,
        taken: Sequence[PlacedLabel] = (),
    ) -> list[PlacedLabel]:
        """Return where the labels of the visible layers stand in a picture.

        raises   ColumnError, ExpressionError  a style names a column that is not there, or its filter cannot be read
        """
        self._kept = {layer_id: kept for layer_id, kept in self._kept.items() if layer_id in layers}
        found = []
        for state in reversed(composition.layers):
            if state.is_visible and state.style.label_by and state.layer_id in layers:
                candidates = self._candidates(layers[state.layer_id], state.style)
                if candidates.text:
                    found.append(candidates)
        return placed_labels(found, camera, size_px, scale=scale, taken=taken)

    def _candidates(self, layer: Layer, style: Style) -> Candidates:
        kept = self._kept.get(layer.info.id)
        ground = None if self._groundwork is None else self._groundwork.ground
        at_s = self.clock.moment_s(layer.info.id) if span_of(layer, style) else None
        what = Style(
            label_by=style.label_by, filter=style.filter, follows_time=style.follows_time,
            since_field=style.since_field, until_field=style.until_field,
        )  # fmt: skip
        is_same = kept is not None and (kept.style, kept.at_s) == (what, at_s) and kept.layer is layer
        if kept is None or not is_same or kept.ground is not ground:
            candidates = label_candidates(layer, style.label_by, shown=shown_at(layer, style, at_s))
            if self._groundwork is not None:
                candidates = self._groundwork.lifted(layer, candidates)
            kept = _Kept(layer, what, at_s, candidates, ground)
            self._kept[layer.info.id] = kept
        return kept.candidates
