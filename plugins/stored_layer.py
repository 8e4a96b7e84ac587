"""One layer as it lies in the folder that plugins map: its features, made into geometry only for those asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import shapely

from data.outlines import geometries_of
from data.raw_rings import ragged_indices
from plugins.city import LayerFacts
from plugins.city_files import read_arrow
from twin.buildings import Outlines

IntArray = npt.NDArray[np.int64]


class StoredLayer:
    """A layer of write_city. A place is a feature's number in the arrays; a row its number in the table."""

    def __init__(
        self, folder: Path, facts: Mapping[str, Any], origin: npt.NDArray[np.float64], secret_folder: Path | None
    ) -> None:
        """Take the layer's entry in the manifest; nothing is read yet."""
        self._folder, self._form, self._origin = folder / facts["folder"], facts["form"], origin
        secret = secret_folder / f"{facts['folder']}.arrow" if secret_folder is not None else None
        self._secret = secret if secret is not None and secret.is_file() else None
        self.columns: dict[str, str] = {**facts["columns"], **(facts["personal"] if self._secret else {})}
        self.is_raised = self._form == "tiles"
        self.facts = LayerFacts(facts["id"], facts["title"], facts["kind"], self.columns, facts["count"])

    def _array(self, name: str) -> npt.NDArray[Any]:
        mapped: npt.NDArray[Any] = np.load(self._folder / f"{name}.npy", mmap_mode="r")
        return mapped

    @cached_property
    def _arrays(self) -> dict[str, npt.NDArray[Any]]:
        return {path.stem: self._array(path.stem) for path in self._folder.glob("*.npy")}

    @cached_property
    def _table(self) -> pa.Table:
        table = read_arrow(self._folder / "table.arrow")
        if self._secret is not None:
            for name, column in zip((s := read_arrow(self._secret)).column_names, s.columns, strict=True):
                table = table.append_column(name, column)
        return table

    @cached_property
    def _row(self) -> IntArray:
        """Return the table row of each place; several parts of one row are one place."""
        return np.unique(self._arrays["row"]) if self._form in {"points", "lines"} else self._arrays["row"]

    @cached_property
    def _bounds(self) -> npt.NDArray[np.float64]:
        """Return west, south, east, north of each place, in the CRS."""
        a = self._arrays
        if self._form in {"tiles", "polygons"}:
            xy = a["offset_xy"] if self._form == "tiles" else a["xy"]
            first = a["ring_start"][a["part_start"][a["feature_start"][:-1]]]
            low, high = _spans(xy, first)
            shift = self._origin + (a["anchor_local"] if self._form == "tiles" else 0.0)
            return np.hstack([low + shift, high + shift])
        low = high = np.asarray(a["xy_local"])
        if self._form == "lines":
            low, high = _spans(low, a["line_start"][:-1])
        order = np.argsort(a["row"], kind="stable")
        first = np.searchsorted(np.asarray(a["row"])[order], self._row)
        low, _ = _spans(low[order], first)
        _, high = _spans(high[order], first)
        return np.hstack([low + self._origin, high + self._origin])

    @property
    def middles(self) -> npt.NDArray[np.float64]:
        """Return the middle of each feature's bounds (n, 2), in the CRS."""
        return (self._bounds[:, :2] + self._bounds[:, 2:]) / 2

    def places(self, area: Any = None) -> npt.NDArray[np.intp]:
        """Return the features whose bounds touch those of an area (all), by row."""
        if area is None:
            found = np.arange(len(self._row))
        else:
            west, south, east, north = area.bounds
            b = self._bounds
            found = np.flatnonzero((b[:, 0] <= east) & (b[:, 2] >= west) & (b[:, 1] <= north) & (b[:, 3] >= south))
        return found[np.argsort(self._row[found], kind="stable")]

    def frame(self, places: npt.NDArray[np.intp], columns: Sequence[str] | None, crs: str) -> gpd.GeoDataFrame:
        """Return features with their columns (None: all of them) and their row as the index."""
        rows = np.asarray(self._row[places], np.int64)
        names = [n for n in (self.columns if columns is None else columns) if n in self._table.column_names]
        columns_here = self._table.select(names).take(pa.array(rows)).to_pandas() if names else pd.DataFrame()
        data: dict[str, Any] = {n: columns_here[n].to_numpy() for n in columns_here.columns if n != "geometry"}
        if self.is_raised:
            data["height_m"] = np.asarray(self._arrays["height_m"][places], np.float64)
            data["base_m"] = np.asarray(self._arrays["base_m"][places], np.float64)
        geometry = shapely.transform(self._geometry(places), lambda xy: xy + self._origin)
        return gpd.GeoDataFrame(data, geometry=geometry, crs=crs, index=pd.Index(rows, name="row"))

    def _geometry(self, places: npt.NDArray[np.intp]) -> npt.NDArray[np.object_]:
        """Return one geometry for each place, local metres."""
        if not len(places):
            return np.zeros(0, object)
        if self._form in {"tiles", "polygons"}:
            return _single(geometries_of(self._outlines(places)))
        a = self._arrays
        members = np.flatnonzero(np.isin(a["row"], self._row[places]))
        members = members[np.argsort(np.asarray(a["row"])[members], kind="stable")]
        if self._form == "points":
            gather: Any = shapely.multipoints
            parts: Any = shapely.points(np.asarray(a["xy_local"])[members])
        else:
            start = np.asarray(a["line_start"], np.int64)
            vertex, offsets = ragged_indices(start[members], np.diff(start)[members])
            parts = shapely.from_ragged_array(
                shapely.GeometryType.LINESTRING, np.asarray(a["xy_local"])[vertex], (offsets,)
            )
            gather = shapely.multilinestrings
        sorted_rows, inverse = np.unique(np.asarray(a["row"])[members], return_inverse=True)
        merged = _single(np.asarray(gather(parts, indices=inverse)))
        return merged[np.searchsorted(sorted_rows, self._row[places])]

    def _outlines(self, places: npt.NDArray[np.intp]) -> Outlines:
        a = self._arrays
        feature = np.asarray(a["feature_start"], np.int64)
        part, feature_start = ragged_indices(feature[places], np.diff(feature)[places])
        parts = np.asarray(a["part_start"], np.int64)
        ring, part_start = ragged_indices(parts[part], parts[part + 1] - parts[part])
        rings = np.asarray(a["ring_start"], np.int64)
        vertex, ring_start = ragged_indices(rings[ring], rings[ring + 1] - rings[ring])
        if self._form == "tiles":
            count = np.diff(ring_start[part_start[feature_start]])
            xy = a["offset_xy"][vertex].astype(np.float64) + np.repeat(a["anchor_local"][places], count, axis=0)
        else:
            xy = np.asarray(a["xy"][vertex], np.float64)
        return Outlines(xy, ring_start, part_start, feature_start)


def _spans(xy: npt.NDArray[Any], first: npt.NDArray[Any]) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return the lower and upper corner of each run of vertices."""
    if not len(first):
        return np.zeros((0, 2)), np.zeros((0, 2))
    low = np.minimum.reduceat(xy, first).astype(np.float64)
    return low, np.maximum.reduceat(xy, first).astype(np.float64)


def _single(geometry: npt.NDArray[np.object_]) -> npt.NDArray[np.object_]:
    """Return collections of one part as that part."""
    is_single = shapely.get_num_geometries(geometry) == 1
    geometry = geometry.copy()
    geometry[is_single] = shapely.get_geometry(geometry[is_single], 0)
    return geometry
