"""Where the features of a layer are, by id: for feeds whose messages say from and to."""

from __future__ import annotations

from collections.abc import Mapping as Layers

import numpy as np

from data.feeds.ends import key_of
from twin.derived import category_column
from twin.errors import LayerError
from twin.feed import Mapping
from twin.flow_ends import flow_ends
from twin.flow_proposals import keys_of
from twin.layer import Kind, Layer


def places_of_feed(mapping: Mapping, layers: Layers[str, Layer]) -> dict[str, tuple[float, float]]:
    """Return the longitude and latitude of each feature that a feed may name; none for feeds that name places.

    Where no layer is stated, all are looked in, and where no column is, all that tell features apart.
    raises   LayerError, ColumnError  the layer or column that is stated is not there
    """
    if not (mapping.from_id and mapping.to_id):
        return {}
    found: dict[str, tuple[float, float]] = {}
    for layer in _asked(mapping.places_layer, layers):
        for key in (mapping.places_key,) if mapping.places_key else keys_of(layer):
            names = category_column(layer.table, key).values
            ends = flow_ends(layer, key, names)
            for name, (lon, lat) in zip(names.tolist(), ends.lonlat.tolist(), strict=True):
                if np.isfinite(lon):
                    found.setdefault(key_of(name), (lon, lat))
    return found


def _asked(name: str, layers: Layers[str, Layer]) -> list[Layer]:
    if not name:
        return [layer for layer in layers.values() if layer.info.kind not in (Kind.TERRAIN, Kind.IMAGE)]
    for layer_id, layer in layers.items():
        if name.casefold() in (layer_id.casefold(), layer.info.name.casefold()):
            return [layer]
    known = ", ".join(layers) or "none"
    raise LayerError(f'There is no layer "{name}".', hint=f"The layers are: {known}.", layer=name)
