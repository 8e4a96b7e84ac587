"""Laying the scenario shown over the city, again and again, touching only what it changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from twin.layer import Layer, LayerState
from twin.placed_models import ModelShape
from twin.proposed import DEMOLISHED, MODELS, PROPOSED, STYLES, edits_of, gone_rows, proposed_layer, without_rows
from twin.scenario import Edit, Scenario

CITY: tuple[Edit, ...] = ()


@dataclass(frozen=True, slots=True)
class _Made:
    """A layer that was made, and what of."""

    key: tuple[object, ...]
    layer: Layer | None


class ScenarioOverlay:
    """Keeps what it made: a layer whose edits stay the same stays the same object, and nothing of it is drawn anew."""

    def __init__(self) -> None:
        """Begin without models."""
        self.models: Mapping[str, ModelShape] = {}
        """The models that were read, by path."""
        self._made: dict[str, _Made] = {}
        self._thinned: dict[str, tuple[Layer, tuple[Edit, ...], Layer]] = {}

    def laid(self, city: Mapping[str, Layer], scenarios: Sequence[Scenario], shown: str) -> dict[str, Layer]:
        """Return the layers of the city with a scenario's edits.

        city    the layers as they are, by id
        shown   the id of the scenario; "" or an unknown one shows the city as it is
        """
        scenario = _shown(scenarios, shown)
        layers = {i: self._thin(layer, scenario) for i, layer in city.items()}
        return layers | self._proposed(city, scenario)

    def wanted(self, city: Mapping[str, Layer], scenarios: Sequence[Scenario], shown: str) -> tuple[str, ...]:
        """Return the ids of the layers that a scenario brings, from the lowest."""
        found = self._proposed(city, _shown(scenarios, shown))
        return tuple(i for i in PROPOSED if i in found)

    def _thin(self, layer: Layer, scenario: Scenario | None) -> Layer:
        own = tuple(e for e in scenario.edits if e.takes_away and e.layer_id == layer.info.id) if scenario else CITY
        if not own:
            return layer
        before = self._thinned.get(layer.info.id)
        if before is not None and before[0] is layer and before[1] == own:
            return before[2]
        thinned = without_rows(layer, list(gone_rows(layer, own).values()))
        if before is not None and before[0] is layer and _is_same(before[2].gone, thinned.gone):
            thinned = before[2]
        self._thinned[layer.info.id] = (layer, own, thinned)
        return thinned

    def _proposed(self, city: Mapping[str, Layer], scenario: Scenario | None) -> dict[str, Layer]:
        frame = next((layer.frame for layer in city.values()), None)
        if scenario is None or frame is None:
            return {}
        found: dict[str, Layer] = {}
        for layer_id in PROPOSED:
            edits = edits_of(layer_id, scenario)
            if not edits:
                continue
            key: tuple[object, ...] = (frame, scenario.id, edits)
            if layer_id == MODELS:
                key = (*key, tuple(id(self.models.get(e.path)) for e in edits))
            if layer_id == DEMOLISHED:
                key = (*key, tuple(id(city[e.layer_id].table) for e in edits if e.layer_id in city))
            made = self._made.get(layer_id)
            if made is None or made.key != key:
                made = _Made(key, proposed_layer(layer_id, scenario, frame, self.models, city))
                self._made[layer_id] = made
            if made.layer is not None:
                found[layer_id] = made.layer
        return found


def _shown(scenarios: Sequence[Scenario], shown: str) -> Scenario | None:
    return next((s for s in scenarios if s.id == shown), None)


def _is_same(one: npt.NDArray[np.bool_] | None, other: npt.NDArray[np.bool_] | None) -> bool:
    return one is other or (one is not None and other is not None and np.array_equal(one, other))


def states_with(
    states: tuple[LayerState, ...], aside: tuple[LayerState, ...], wanted: Sequence[str]
) -> tuple[tuple[LayerState, ...], tuple[LayerState, ...]]:
    """Return the states with just the wanted ones of scenarios' layers, and those that lie aside for later."""
    known = {s.layer_id: s for s in (*aside, *states) if s.layer_id in PROPOSED}
    there = {s.layer_id for s in states}
    kept = tuple(s for s in states if s.layer_id not in PROPOSED or s.layer_id in wanted)
    new = tuple(known.get(i, LayerState(i, STYLES[i])) for i in wanted if i not in there)
    return (*kept, *new), tuple(s for i, s in known.items() if i not in wanted)
