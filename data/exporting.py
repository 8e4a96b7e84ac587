"""A layer's rows as a file for others: GeoPackage, GeoParquet, GeoJSON or CSV, written whole or not at all."""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
import tempfile
import warnings
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import pandas as pd
import pyogrio
import shapely
from pyproj import CRS
from pyproj.exceptions import CRSError

from data.frames import frame_of_layer
from twin.errors import CrsError, LayerError, SourceError, UsageError
from twin.layer import Layer
from twin.report import Report

LONLAT = "EPSG:4326"
LON, LAT = "lon_deg", "lat_deg"
"""Columns a CSV gets for where a row is: a point on the feature, WGS84 degrees."""
BASE = "base_drawn_m"
"""The underside above the ground, where any building has one."""
CORRECTED = "corrected"
"""The column that says what was corrected in a row."""
_DIGITS = 9
"""Of a degree, in GeoJSON: a tenth of a millimetre."""


class Format(StrEnum):
    """What a selection can be written as."""

    GEOPACKAGE = "gpkg"
    GEOPARQUET = "parquet"
    GEOJSON = "geojson"
    CSV = "csv"


ENDINGS = {
    ".gpkg": Format.GEOPACKAGE,
    ".parquet": Format.GEOPARQUET,
    ".geoparquet": Format.GEOPARQUET,
    ".geojson": Format.GEOJSON,
    ".json": Format.GEOJSON,
    ".csv": Format.CSV,
}


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written."""

    path: str
    format: Format
    rows: int
    crs: str
    columns: tuple[str, ...]
    left_out: tuple[str, ...]
    """Columns that were not to leave the house, as far as the layer has them."""
    report: Report
    """What is in the file otherwise than in the layer: rows without a place, columns renamed."""


def format_of(path: str | os.PathLike[str]) -> Format:
    """Return what a file's ending asks for.

    raises   UsageError  it is none of ENDINGS
    """
    ending = Path(path).suffix.lower()
    if ending not in ENDINGS:
        raise UsageError(
            f'Nothing can be exported as "{ending or Path(path).name}".', hint=f"Name the file {', '.join(ENDINGS)}."
        )
    return ENDINGS[ending]


def export_rows(
    layer: Layer,
    path: str | os.PathLike[str],
    *,
    rows: Sequence[int] | None = None,
    crs: str | None = None,
    without: Collection[str] = (),
    notes: Mapping[int, str] | None = None,
) -> Exported:
    """Write rows of a layer to a file; its ending chooses the format.

    rows      table rows, in this order; None for all that are shown
    crs       of the file; None keeps the layer's own. GeoJSON is always in longitude and latitude (RFC 7946)
    without   columns to leave out: those that are personal, in what the public gets
    notes     what was corrected, by table row; the file then has the column "corrected"
    returns   what was written; the geometry is float64, buildings have height_drawn_m and height_source
    raises    UsageError   the ending is unknown, or GeoJSON is asked for in another CRS
              LayerError   there is nothing to write
              CrsError     the CRS is unknown
              SourceError  the file cannot be written; what was there before stays
    """
    chosen, target = format_of(path), os.fspath(path)
    frame, report = exported_frame(layer, rows=rows, crs=_crs_for(chosen, crs), without=without, notes=notes)
    name = Path(target).stem
    with written_whole(target) as part:
        if chosen is Format.GEOPACKAGE:
            write_geopackage(part, [(layer.info.name or name, frame)])
        elif chosen is Format.GEOPARQUET:
            frame.to_parquet(part, index=False)
        elif chosen is Format.GEOJSON:
            _write_geojson(part, frame, name)
        else:
            _write_csv(part, frame)
    has = set(layer.table.fields())
    return Exported(
        path=target,
        format=chosen,
        rows=len(frame),
        crs=LONLAT if chosen is Format.CSV else _code(frame),
        columns=tuple(str(c) for c in frame.columns if c != frame.geometry.name),
        left_out=tuple(c for c in without if c in has),
        report=report,
    )


def exported_frame(
    layer: Layer,
    *,
    rows: Sequence[int] | None = None,
    crs: str | None = None,
    without: Collection[str] = (),
    notes: Mapping[int, str] | None = None,
) -> tuple[geopandas.GeoDataFrame, Report]:
    """Return rows of a layer as they are exported, in any CRS, with plain columns; see export_rows.

    raises   LayerError  there is nothing to export
             CrsError    the CRS is unknown
    """
    report = Report()
    frame = frame_of_layer(layer, rows)
    if not len(frame):
        raise LayerError(
            f'Nothing of "{layer.info.name}" is to be exported: no row is chosen that has a place.',
            hint="Select something, or export all rows.",
        )
    wanted = len(layer.table) if rows is None else len(set(rows))
    report.add("rows have no geometry and are not in the file", count=wanted - len(frame), is_loss=True)
    numbers = _rows_of(layer, rows)
    _add_base(frame, layer, numbers)
    frame = frame.drop(columns=[c for c in without if c in frame.columns])
    if notes:
        _add_column(frame, CORRECTED, [notes.get(int(row)) for row in numbers])
    return _plain(_in_crs(frame, crs or layer.info.crs), report), report


def write_geopackage(
    path: str | os.PathLike[str], layers: Sequence[tuple[str, geopandas.GeoDataFrame]], *, description: str = ""
) -> None:
    """Write layers into a new GeoPackage at exactly this path; see written_whole for doing it at once.

    layers        (name, rows); names that are the same get a number. Rows as exported_frame gives them
    description   what the file's contents table says about each layer
    raises        SourceError  it cannot be written
    """
    taken: set[str] = set()
    names: list[str] = []
    for wanted, frame in layers:
        name = _free(wanted.strip() or "layer", taken)
        taken.add(name.lower())
        names.append(name)
        columns = {str(c).lower() for c in frame.columns}
        options = {"FID": _free("fid", columns), "GEOMETRY_NAME": _free("geom", columns)}
        _write_ogr(path, frame, driver="GPKG", layer=name, append=len(names) > 1, layer_options=options)
    if description:
        with contextlib.closing(sqlite3.connect(os.fspath(path))) as file, file:
            file.executemany(
                "UPDATE gpkg_contents SET description = ? WHERE table_name = ?", [(description, n) for n in names]
            )


@contextlib.contextmanager
def written_whole(path: str | os.PathLike[str]) -> Iterator[str]:
    """Give a path beside the wanted one to write to; at the end it takes its place, or leaves nothing behind.

    raises   SourceError  the folder cannot be written to
    """
    target = Path(path)
    try:
        folder = tempfile.mkdtemp(prefix=".citytwin-", dir=target.parent)
    except OSError as error:
        raise _unwritable(target, error) from error
    part = Path(folder) / target.name
    try:
        yield str(part)
        part.replace(target)
    except OSError as error:
        raise _unwritable(target, error) from error
    finally:
        for left in Path(folder).glob("*"):
            left.unlink(missing_ok=True)
        Path(folder).rmdir()


# what is written


def _rows_of(layer: Layer, rows: Sequence[int] | None) -> np.ndarray[Any, Any]:
    """Return the table rows that frame_of_layer takes, in its order."""
    if layer.tiles is not None:
        index = layer.tiles.index()
        shown = np.sort(np.concatenate([layer.tiles.fetch(t).row for t in range(len(index))]))
    else:
        assert layer.features is not None
        shown = np.unique(layer.features.row)
    if rows is None:
        return shown
    wanted = np.asarray(list(rows), np.int64)
    return wanted[np.isin(wanted, shown)]


def _add_base(frame: geopandas.GeoDataFrame, layer: Layer, numbers: np.ndarray[Any, Any]) -> None:
    if layer.tiles is None:
        return
    base = np.zeros(len(layer.table), np.float64)
    for tile in range(len(layer.tiles.index())):
        buildings = layer.tiles.fetch(tile)
        base[buildings.row] = buildings.base_m
    if base[numbers].any():
        _add_column(frame, BASE, base[numbers])


def _add_column(frame: geopandas.GeoDataFrame, wanted: str, values: Any) -> None:
    frame[_free(wanted, {str(c).lower() for c in frame.columns})] = values


def _free(wanted: str, taken: Collection[str]) -> str:
    """Return a name that is not taken (lower case), with a number if need be."""
    name, number = wanted, 2
    while name.lower() in taken:
        name, number = f"{wanted}_{number}", number + 1
    return name


def _crs_for(chosen: Format, crs: str | None) -> str | None:
    if chosen is Format.CSV:
        return LONLAT
    if chosen is not Format.GEOJSON:
        return crs
    if crs is not None and _known(crs) != CRS.from_user_input(LONLAT):
        raise UsageError(
            f"GeoJSON is always in longitude and latitude (RFC 7946), not in {crs}.",
            hint="Leave the CRS out, or write a GeoPackage.",
        )
    return LONLAT


def _known(crs: str) -> CRS:
    try:
        return CRS.from_user_input(crs)
    except CRSError as error:
        raise CrsError(
            f'"{crs}" is no coordinate reference system.', hint="Write it as EPSG:25832.", crs=crs
        ) from error


def _in_crs(frame: geopandas.GeoDataFrame, crs: str | None) -> geopandas.GeoDataFrame:
    wanted = _known(crs) if crs else frame.crs
    return frame if wanted == frame.crs else frame.to_crs(wanted)


def _code(frame: geopandas.GeoDataFrame) -> str:
    authority = frame.crs.to_authority() if frame.crs is not None else None
    return ":".join(authority) if authority else str(frame.crs)


def _plain(frame: geopandas.GeoDataFrame, report: Report) -> geopandas.GeoDataFrame:
    """Return columns that every format can hold, under names that differ in more than case."""
    taken: set[str] = set()
    names: dict[str, str] = {}
    for column in frame.columns:
        if column == frame.geometry.name:
            taken.add(str(column).lower())
            continue
        names[column] = _free(str(column), taken)
        taken.add(names[column].lower())
        values = frame[column]
        if isinstance(values.dtype, pd.CategoricalDtype):
            frame[column] = values.astype(values.cat.categories.dtype)
        elif values.dtype == object:
            frame[column] = [_plain_value(v) for v in values]
    renamed = [new for old, new in names.items() if old != new]
    report.add("columns were renamed, their names differ in case only", renamed)
    return frame.rename(columns=names)


def _plain_value(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, list | dict | tuple | np.ndarray):
        plain = value.tolist() if isinstance(value, np.ndarray) else value
        return json.dumps(plain, default=str, ensure_ascii=False)
    return value


# formats


def _write_ogr(path: str | os.PathLike[str], frame: geopandas.GeoDataFrame, **options: Any) -> None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what pyogrio says about several kinds of geometry in one layer
            pyogrio.write_dataframe(frame, os.fspath(path), **options)
    except (pyogrio.errors.DataSourceError, pyogrio.errors.FeatureError, pyogrio.errors.FieldError) as error:
        raise _unwritable(Path(path), error) from error


def _write_geojson(path: str, frame: geopandas.GeoDataFrame, name: str) -> None:
    options = {"RFC7946": "YES", "COORDINATE_PRECISION": str(_DIGITS)}
    _write_ogr(path, frame, driver="GeoJSON", layer=name, layer_options=options)


def _write_csv(path: str, frame: geopandas.GeoDataFrame) -> None:
    point = shapely.point_on_surface(frame.geometry.to_numpy())
    columns = pd.DataFrame(frame.drop(columns=frame.geometry.name))
    taken = {str(c).lower() for c in columns.columns}
    columns[_free(LON, taken)] = shapely.get_x(point).round(_DIGITS)
    columns[_free(LAT, taken)] = shapely.get_y(point).round(_DIGITS)
    columns.to_csv(path, index=False, encoding="utf-8-sig")  # Excel takes it for another encoding without the mark


def _unwritable(path: Path, error: BaseException) -> SourceError:
    reason = getattr(error, "strerror", None) or " ".join(str(error).split()) or type(error).__name__
    return SourceError(
        f"The file could not be written ({reason}).",
        hint=f"Choose another folder, or free some space: {path}",
        path=str(path),
    )
