"""A layer's features whole or, where there are very many buildings, square by square."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import geopandas as gpd
import pandas as pd

from plugins.contract import City, Kind, LayerFacts

AT_ONCE = 300_000
"""Buildings beyond this are read square by square."""
SQUARE_M = 2000.0


def pieces(city: City, facts: LayerFacts, columns: Sequence[str], area: Any = None) -> Iterator[gpd.GeoDataFrame]:
    """Yield features with "layer" and "row" and the columns asked for, each once."""
    if facts.kind != Kind.FOOTPRINTS:
        table = city.layer(facts.id, area, list(columns))
        table["layer"], table["row"] = facts.id, table.index
        yield table
        return
    names = [n for n in columns if n not in {"height_m", "base_m"}]
    if facts.count <= AT_ONCE:
        yield city.buildings(area, names, layer=facts.id)
        return
    for tile in city.tiles(SQUARE_M, 0.0, area):
        table = tile.buildings(tile.area, names, layer=facts.id)
        yield table[table["is_own"]].drop(columns="is_own")


def whole(city: City, facts: LayerFacts, columns: Sequence[str], area: Any = None) -> gpd.GeoDataFrame:
    """Return all of pieces() as one."""
    found = list(pieces(city, facts, columns, area))
    if len(found) == 1:
        return found[0].reset_index(drop=True)
    return gpd.GeoDataFrame(pd.concat(found, ignore_index=True), geometry="geometry", crs=city.crs)
