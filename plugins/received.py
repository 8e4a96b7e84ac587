"""A frame as the app receives it: a header of plain values, and files that are read when they are needed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pyarrow as pa
import shapely

from plugins.city_files import read_arrow
from plugins.contract import Surface


@dataclass(frozen=True)
class Received:
    """One frame of a plugin."""

    header: Mapping[str, Any]
    """See plugins.encoding.write_frame."""
    folder: Path

    def path(self, what: str) -> Path | None:
        """Return the file of "features", "surface" or "table"; None where the frame has none."""
        name = self.header.get("files", {}).get(what)
        # only names in the run's own folder, whatever the header says
        return self.folder / Path(str(name)).name if name else None

    def table(self) -> pa.Table | None:
        """Return the table to be shown beside the map."""
        path = self.path("table")
        return read_arrow(path) if path is not None else None

    def columns(self) -> pa.Table | None:
        """Return the features' columns; geometry, where there is any, as WKB in the city's CRS."""
        path = self.path("features")
        return read_arrow(path) if path is not None else None

    def features(self, crs: str) -> gpd.GeoDataFrame | None:
        """Return the features with their geometry, in the city's CRS."""
        columns = self.columns()
        if columns is None:
            return None
        if "geometry" in columns.column_names:
            geometry = shapely.from_wkb(columns.column("geometry").to_numpy(zero_copy_only=False))
            return gpd.GeoDataFrame(columns.drop_columns(["geometry"]).to_pandas(), geometry=geometry, crs=crs)
        frame = columns.to_pandas()
        if "x" not in frame or "y" not in frame:
            return None
        return gpd.GeoDataFrame(frame.drop(columns=["x", "y"]), geometry=shapely.points(frame[["x", "y"]]), crs=crs)

    def surface(self) -> Surface | None:
        """Return the raster."""
        path = self.path("surface")
        if path is None:
            return None
        place = self.header["surface"]
        values = np.load(path, mmap_mode="r", allow_pickle=False)
        return Surface(values, float(place["west_m"]), float(place["north_m"]), float(place["cell_m"]))

    def discard(self) -> None:
        """Remove the files; what is mapped stays valid."""
        for what in self.header.get("files", {}):
            path = self.path(what)
            if path is not None:
                path.unlink(missing_ok=True)
