"""Whether terrain belongs to a city: what lies elsewhere is said, and is not drawn under it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from twin.layer import Kind, Layer
from twin.place import Area
from twin.session import Composition
from twin.terrain import Ground, Terrain, ground_of


def others_area(layers: Mapping[str, Layer]) -> Area | None:
    """Return the area of everything that is no terrain and no picture of the ground; None where there is nothing."""
    area: Area | None = None
    for layer in layers.values():
        if layer.info.kind not in (Kind.TERRAIN, Kind.IMAGE):
            area = layer.area if area is None else area.united(layer.area)
    return area


def lies_apart(terrain: Terrain, area: Area | None) -> bool:
    """Return whether a terrain has no ground under an area."""
    if area is None:
        return False
    own = terrain.area
    return (
        own.west_m > area.east_m or own.east_m < area.west_m or own.south_m > area.north_m or own.north_m < area.south_m
    )


def drawn_terrains(layers: Mapping[str, Layer], composition: Composition) -> dict[str, Terrain]:
    """Return the terrains that make the ground: visible, and under the city, where there is one."""
    area = others_area(layers)
    found = {}
    for state in composition.layers:
        layer = layers.get(state.layer_id)
        if layer is not None and layer.terrain is not None and state.is_visible:
            found[state.layer_id] = layer.terrain
    return {i: t for i, t in found.items() if not lies_apart(t, area)}


def sentence_if_apart(layers: Mapping[str, Layer], layer: Layer) -> str:
    """Return what is to be said when a layer is opened and terrain and city lie apart by it; "" where they do not."""
    area = others_area(layers)
    apart = [
        other
        for other in layers.values()
        if other.terrain is not None and area is not None and lies_apart(other.terrain, area)
    ]
    if layer.terrain is not None:
        apart = [other for other in apart if other.info.id == layer.info.id]
    if not apart or area is None:
        return ""
    other = apart[0]
    assert other.terrain is not None
    gap_m = float(np.hypot(*(np.subtract(other.terrain.area.centre, area.centre))))
    return (
        f'terrain "{other.info.name}" lies elsewhere, its middle {gap_m / 1000:,.1f} km from the middle of the city: '
        "nothing of it is under the city, so it is not drawn"
    )


def ground_of_layers(layers: Mapping[str, Layer], composition: Composition) -> Ground:
    """Return the ground that the visible terrains make; flat where there are none."""
    return ground_of(drawn_terrains(layers, composition).values())
