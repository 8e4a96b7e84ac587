"""What a frame is as features: as it is, joined to the buildings it values, or a raster's cells; and its files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import rasterio
import shapely
from rasterio.transform import from_origin

from data.exporting import Format, format_of, write_geopackage, written_whole
from plugins.city_handle import FileCity
from plugins.contract import Kind, Surface
from plugins.encoding import plain
from plugins.received import Received
from twin.errors import UsageError

MOST_CELLS = 1_000_000
RASTERS = (".tif", ".tiff")
VALUE = "value"
"""The column of a raster's cells."""


def features_of(received: Received, city: FileCity, *, most_cells: int = MOST_CELLS) -> gpd.GeoDataFrame | None:
    """Return a frame's features in the city's CRS; None where it has only a table.

    most_cells   a raster of more cells is made coarser: each cell is then the mean of a block
    """
    surface = received.surface()
    if surface is not None:
        return cells_of(surface, city.crs, most_cells)
    if received.header["kind"] == Kind.VALUES:
        return _with_buildings(received, city)
    return received.features(city.crs)


def kind_of(received: Received) -> Kind:
    """Return what features_of gives."""
    kind = Kind(received.header["kind"])
    return {Kind.SURFACE: Kind.POLYGONS, Kind.VALUES: Kind.FOOTPRINTS}.get(kind, kind)


def value_column(received: Received) -> str:
    """Return the column that colours."""
    if received.header["form"] == "surface":
        return VALUE
    return str(received.header["value"] or received.header["style"].get("color_by", ""))


def _with_buildings(received: Received, city: FileCity) -> gpd.GeoDataFrame | None:
    columns = received.columns()
    if columns is None:
        return None
    values = columns.to_pandas()
    pieces = []
    for layer, some in values.groupby("layer", sort=False):
        buildings = city.buildings(layer=str(layer)) if layer else city.buildings()
        pieces.append(buildings.merge(some.drop(columns="layer"), on="row", how="inner", suffixes=("", "_value")))
    if not pieces:
        return None
    return gpd.GeoDataFrame(pd.concat(pieces, ignore_index=True), geometry="geometry", crs=city.crs)


def cells_of(surface: Surface, crs: str, most_cells: int) -> gpd.GeoDataFrame:
    """Return a raster's cells as squares with their value; those without a value are left out."""
    block = max(int(np.ceil(np.sqrt(np.size(surface.values) / most_cells))), 1)
    values, cell_m = _coarser(np.asarray(surface.values, np.float32), block), surface.cell_m * block
    row, column = np.nonzero(np.isfinite(values))
    west, north = surface.west_m + column * cell_m, surface.north_m - row * cell_m
    squares = shapely.box(west, north - cell_m, west + cell_m, north)
    return gpd.GeoDataFrame({VALUE: values[row, column].astype(np.float64)}, geometry=squares, crs=crs)


def _coarser(values: Any, block: int) -> Any:
    if block == 1:
        return values
    rows, columns = (-(-n // block) * block for n in values.shape)
    padded = np.full((rows, columns), np.nan, np.float32)
    padded[: values.shape[0], : values.shape[1]] = values
    blocks = padded.reshape(rows // block, block, columns // block, block)
    is_there = np.isfinite(blocks)
    count = is_there.sum(axis=(1, 3))
    with np.errstate(invalid="ignore"):
        return np.where(is_there, blocks, 0).sum(axis=(1, 3)) / np.where(count, count, np.nan)


# files


def write_result(received: Received, city: FileCity, path: Path, *, title: str) -> dict[str, Any]:
    """Write a result to a file; its ending chooses the format.

    .gpkg, .geojson, .parquet have the features; .csv has the table, or the features' columns where there is no table;
    .tif has a raster's cells.

    returns   what was written
    raises    UsageError   the ending is unknown or does not fit the result
              SourceError  the file cannot be written; what was there stays
    """
    if path.suffix.lower() in RASTERS:
        return _write_raster(received, city, path)
    chosen = format_of(path)
    table = received.table()
    if chosen is Format.CSV and table is not None:
        frame = table.to_pandas()
        with written_whole(path) as part:
            frame.to_csv(part, index=False)
        return {"path": str(path), "rows": len(frame), "what": "table"}
    surface = received.surface()
    if surface is not None and np.count_nonzero(np.isfinite(surface.values)) > MOST_CELLS:
        raise UsageError(
            f"The result has more than {MOST_CELLS:,} cells.", hint="Write it as .tif, or make cells larger."
        )
    features = features_of(received, city)
    if features is None:
        raise UsageError("The result has a table and no features.", hint="Write it as .csv.")
    with written_whole(path) as part:
        _write_features(features, chosen, part, title, received)
    return {"path": str(path), "rows": len(features), "what": "features"}


def _write_features(features: gpd.GeoDataFrame, chosen: Format, part: str, title: str, received: Received) -> None:
    if chosen is Format.GEOPACKAGE:
        note = "\n".join(t for t in (received.header["note"], received.header["limits"]) if t)
        write_geopackage(part, [(title, features)], description=note)
    elif chosen is Format.GEOPARQUET:
        features.to_parquet(part, index=False)
    elif chosen is Format.GEOJSON:
        features.to_crs("EPSG:4326").to_file(part, driver="GeoJSON", engine="pyogrio", RFC7946="YES")
    else:
        lonlat = features.geometry.representative_point().to_crs("EPSG:4326")
        columns = pd.DataFrame(features.drop(columns=features.geometry.name))
        columns.insert(0, "lon", lonlat.x.to_numpy())
        columns.insert(1, "lat", lonlat.y.to_numpy())
        columns.to_csv(part, index=False)


def _write_raster(received: Received, city: FileCity, path: Path) -> dict[str, Any]:
    surface = received.surface()
    if surface is None:
        raise UsageError("The result is no raster.", hint="Write it as .gpkg, .geojson, .parquet or .csv.")
    values = np.asarray(surface.values, np.float32)
    facts = {"driver": "GTiff", "dtype": "float32", "count": 1, "nodata": float("nan"), "compress": "deflate"}
    place = from_origin(surface.west_m, surface.north_m, surface.cell_m, surface.cell_m)
    with (
        written_whole(path) as part,
        rasterio.open(
            part, "w", height=values.shape[0], width=values.shape[1], crs=city.crs, transform=place, **facts
        ) as file,
    ):
        file.write(values, 1)
        file.update_tags(note=received.header["note"], limits=received.header["limits"])
    return {"path": str(path), "rows": int(values.size), "what": "raster"}


def answer_of(received: Received, *, most_rows: int = 1000) -> dict[str, Any]:
    """Return a frame's words, table and charts as plain values."""
    header, table = received.header, received.table()
    shown = None
    if table is not None:
        title = next(iter(header.get("tables", [])), "")
        columns = {n: plain(table.column(n).slice(0, most_rows).to_pylist()) for n in table.column_names}
        shown = {"title": title, "rows": table.num_rows, "columns": columns}
    keys = ("kind", "rows", "value", "unit", "note", "limits", "facts", "time", "charts", "problems")
    return {**{k: header[k] for k in keys}, "table": shown}
