"""The ground as plugins see it: heights in the city's own CRS."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from plugins.surface import Surface

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Ground:
    """A plugins.city.Terrain over the project's terrain."""

    terrain: Any
    """twin's terrain: height_at of local points."""
    origin_m: tuple[float, float]

    @property
    def area(self) -> Any:
        """Return the bounds of what is known, in the city's CRS."""
        known = self.terrain.area
        x, y = self.origin_m
        return shapely.box(known.west_m + x, known.south_m + y, known.east_m + x, known.north_m + y)

    def height_at(self, xy: FloatArray) -> FloatArray:
        """Return metres (n,) at points (n, 2) in the city's CRS; NaN outside."""
        local = np.atleast_2d(np.asarray(xy, float)) - np.asarray(self.origin_m)
        return np.asarray(self.terrain.height_at(local), np.float64)

    def grid(self, area: Any, cell_m: float) -> Surface:
        """Return the heights on cells of the area's bounds."""
        west, south, east, north = area.bounds
        columns, rows = max(int(np.ceil((east - west) / cell_m)), 1), max(int(np.ceil((north - south) / cell_m)), 1)
        x, y = west + (np.arange(columns) + 0.5) * cell_m, north - (np.arange(rows) + 0.5) * cell_m
        values = np.empty((rows, columns), np.float32)
        for row, at in enumerate(y):
            values[row] = self.height_at(np.column_stack([x, np.full(columns, at)]))
        return Surface(values, west, north, cell_m)


def ground_of(folder: Path, manifest: Mapping[str, Any]) -> Ground | None:
    """Return the ground that write_city laid down; None where there is none."""
    kept = manifest.get("terrain")
    if not kept or not str(kept["module"]).startswith("twin."):
        return None
    cls = getattr(importlib.import_module(kept["module"]), kept["class"])
    values: dict[str, Any] = {}
    for declared in fields(cls):
        path = folder / f"terrain-{declared.name}.npy"
        if path.is_file():
            values[declared.name] = np.load(path, mmap_mode="r")
        elif declared.name in kept["plain"]:
            value = kept["plain"][declared.name]
            values[declared.name] = tuple(value) if isinstance(value, list) else value
    east, north = manifest["origin_m"]
    return Ground(cls(**values), (float(east), float(north)))
