"""Rasters of tiles put together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from plugins.contract import Surface


def joined(tiles: Sequence[Mapping[str, Any]], cell_m: float) -> Surface:
    """Return one raster of tiles that lie on the same lattice.

    tiles   each with "values" (rows, columns), "west_m" and "north_m"
    """
    west, north = min(t["west_m"] for t in tiles), max(t["north_m"] for t in tiles)
    at = [(round((north - t["north_m"]) / cell_m), round((t["west_m"] - west) / cell_m)) for t in tiles]
    rows = max(row + t["values"].shape[0] for (row, _), t in zip(at, tiles, strict=True))
    columns = max(column + t["values"].shape[1] for (_, column), t in zip(at, tiles, strict=True))
    whole = np.full((rows, columns), np.nan, np.float32)
    for (row, column), t in zip(at, tiles, strict=True):
        values = t["values"]
        here = whole[row : row + values.shape[0], column : column + values.shape[1]]
        np.copyto(here, values, where=np.isfinite(values))
    return Surface(whole, west, north, cell_m)
