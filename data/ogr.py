"""Vector formats that GDAL reads, as Arrow columns through pyogrio."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyogrio

from data.content import Content, Facts, IsStopped, Progress, four, watched
from data.dbf import encoding_of, meant, unscrambled
from data.sniffing import looks_like
from data.sources import Source, chosen_layer
from data.wkb import kinds
from twin.errors import LayerError, SourceError, TwinError

CURVES = (8, 9, 10, 11, 12)
"""Well-known binary's codes of curved geometries."""
OSM_TAGS = (
    "height",
    "building:height",
    "building:levels",
    "min_height",
    "building:min_level",
    "building:part",
    "start_date",
)
"""Tags that GDAL hides in the column other_tags."""
READ_ERRORS = (
    pyogrio.errors.DataSourceError,
    pyogrio.errors.DataLayerError,
    pyogrio.errors.FeatureError,
    pyogrio.errors.FieldError,
    pyogrio.errors.GeometryError,
    pyogrio.errors.CRSError,
    pa.ArrowException,
    OSError,
    ValueError,
    RuntimeError,
)
"""What pyogrio and Arrow raise for a file they cannot read; UnicodeDecodeError is a ValueError."""
UNKNOWN = "no reader recognises it"
FORMATS = {
    ".gpkg": ("GeoPackage", "SQLite"),
    ".geojson": ("GeoJSON", "GeoJSON"),
    ".topojson": ("TopoJSON", "TopoJSON"),
    ".fgb": ("FlatGeobuf", "FlatGeobuf"),
    ".shp": ("shapefile", "shapefile"),
    ".parquet": ("GeoParquet", "Parquet"),
    ".zip": ("zip", "zip"),
    ".pmtiles": ("PMTiles", "PMTiles"),
}
"""What a suffix promises: its name, and what the first bytes look like then."""


@contextmanager
def explained(source: Source) -> Iterator[None]:
    """Turn a library's failure into a sentence about the file."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except TwinError:
        raise
    except READ_ERRORS as error:
        raise unreadable(source, error) from error


def unreadable(source: Source, error: Exception) -> SourceError:
    """Return the error that says what seems to be wrong with a file."""
    path, name = Path(source.path), Path(source.given).name or source.given
    if not path.exists():
        return SourceError(
            f'"{name}" vanished while it was read.',
            hint=f"Bring it back and open it again: {source.given}",
            path=source.given,
        )
    seen = looks_like(path) if path.is_file() else ""
    promised = FORMATS.get(Path(source.given).suffix.lower())
    reason = _reason(error)
    if seen in ("CityJSON", "CityGML"):
        return city_model(source, seen)
    if promised and seen != promised[1] and not (promised[0] == "GeoJSON" and seen == "JSON"):
        what = f"looks like: {seen}" if seen else "is not one inside"
        sentence, hint = f'"{name}" is called a {promised[0]} but {what}.', "Copy or download it again."
    elif seen in ("JSON", "GeoJSON", "TopoJSON"):
        sentence, hint = f'"{name}" is not JSON that holds a map ({reason}).', "Export it again as GeoJSON."
    else:
        what = f"it looks like: {seen}" if seen and reason == UNKNOWN else reason
        sentence = f'"{name}" cannot be read as a vector file ({what}).'
        hint = "Open it in the program that made it and export it as GeoPackage or GeoJSON."
    return SourceError(sentence, hint=f"{hint} Path: {source.given}", path=source.given, reason=str(error))


def city_model(source: Source, seen: str) -> SourceError:
    """Return the error for a three-dimensional city model, which GDAL does not read as outlines."""
    return SourceError(
        f'"{Path(source.given).name}" is {seen}, a three-dimensional city model, and is not read as a vector file.',
        hint=f"Convert it to GeoPackage with footprints and heights first. Path: {source.given}",
        path=source.given,
    )


def _reason(error: Exception) -> str:
    text = str(error).split(";")[0].strip().rstrip(".")
    return UNKNOWN if "not recognized" in text or not text else text[:200]


def facts(source: Source, layer: str | None) -> Facts:
    """Look at a file without reading its rows.

    raises   SourceError  no reader opens it
             LayerError   there is no such layer, or none with geometry
    """
    if looks_like(Path(source.path)) == "CityGML":
        raise city_model(source, "CityGML")
    with explained(source), _rebuilt_index(source):
        listed = pyogrio.list_layers(source.path)
        names = [_shown(str(name), source) for name, _ in listed]
        declared = {_shown(str(n), source): (None if kind is None else str(kind)) for n, kind in listed}
        if not names:
            raise LayerError(
                f'"{Path(source.given).name}" has no layers.', hint="Open another file.", path=source.given
            )
        wanted = chosen_layer(names, layer, source.given) if layer is not None else _largest(source, declared)
        if declared[wanted] is None:
            raise LayerError(
                f'"{Path(source.given).name}" holds a table without geometry ("{wanted}").',
                hint="Open the file that has the outlines; a table can be joined to it.",
                path=source.given,
            )
        info = _info(source, wanted)
        kind = info["geometry_type"]
        return Facts(
            driver=str(info["driver"]),
            layers=tuple(names),
            layer=wanted,
            count=_count(source, wanted, info),
            crs=info["crs"],
            bounds=four(info["total_bounds"]),
            fields=tuple(str(f) for f in info["fields"]),
            geometry_types=(kind.split(" ")[0],) if kind and "Unknown" not in kind else (),
        )


def _largest(source: Source, declared: dict[str, str | None]) -> str:
    """Return the polygon layer with the most rows; without one the largest with geometry, else the first."""
    with_geometry = [name for name, kind in declared.items() if kind is not None]
    if len(with_geometry) <= 1:
        return with_geometry[0] if with_geometry else next(iter(declared))
    sizes = {name: int(_info(source, name)["features"]) for name in with_geometry}

    def rank(name: str) -> tuple[int, int]:
        kind = declared[name] or ""
        may_be_area = 2 if "Polygon" in kind or "Surface" in kind else int(_holds_areas(source, name, kind))
        return (may_be_area if sizes[name] else 0, sizes[name])

    return max(with_geometry, key=rank)


def _holds_areas(source: Source, name: str, kind: str) -> bool:
    """Return whether a layer of undeclared geometry begins with areas."""
    if "Unknown" not in kind:
        return False
    _, table = pyogrio.read_arrow(source.path, layer=_inner(name, source), columns=[], max_features=200)
    found = {k for chunk in table.column(table.num_columns - 1).chunks for k in kinds(chunk)}
    return bool(found & {3, 6, 10, 12})


def _count(source: Source, layer: str, info: dict[str, Any]) -> int:
    """Return the rows of a layer, counted one by one where the driver does not know."""
    if int(info["features"]) >= 0:
        return int(info["features"])
    _, table = pyogrio.read_arrow(
        source.path, layer=_inner(layer, source), columns=[], read_geometry=False, return_fids=True
    )
    return int(table.num_rows)


def _info(source: Source, layer: str) -> dict[str, Any]:
    arguments = {"layer": _inner(layer, source), "force_feature_count": True, "force_total_bounds": True}
    encoding = _encoding(source)
    try:
        return dict(pyogrio.read_info(source.path, encoding=encoding, **arguments))
    except UnicodeDecodeError:  # a field's name was cut inside a character
        info = dict(pyogrio.read_info(source.path, encoding="ISO-8859-1", **arguments))
        return info | {"fields": [meant(f) for f in info["fields"]]}


def read(source: Source, known: Facts, *, progress: Progress | None, is_stopped: IsStopped | None) -> Content:
    """Read one layer's rows.

    raises   SourceError    they cannot be read
             StoppedError   is_stopped answered true
    """
    with explained(source), _rebuilt_index(source):
        encoding = _encoding(source)
        try:
            table, geometry = _arrow(source, known, encoding, progress, is_stopped)
            _ = table.column_names
        except UnicodeDecodeError:
            table, geometry = _arrow(source, known, "ISO-8859-1", progress, is_stopped)
            table = unscrambled(table)
        if encoding:
            source.report.add("attribute file (.dbf) is in UTF-8 without saying so and was read as that", count=1)
        if "other_tags" in table.column_names:
            table = with_tags(table)
        return Content(known, table, _straightened(source, known, geometry))


def _arrow(
    source: Source, known: Facts, encoding: str | None, progress: Progress | None, is_stopped: IsStopped | None
) -> tuple[pa.Table, pa.ChunkedArray]:
    with pyogrio.open_arrow(source.path, layer=_inner(known.layer, source), encoding=encoding, use_pyarrow=True) as (
        meta,
        reader,
    ):
        schema = reader.schema
        batches = watched(reader, known.count, progress, is_stopped)
    table = pa.Table.from_batches(batches, schema)
    name = meta["geometry_name"] or "wkb_geometry"
    return table.drop_columns([name]), table.column(name)


def _straightened(source: Source, known: Facts, geometry: pa.ChunkedArray) -> pa.ChunkedArray:
    """Replace curves by the lines that GDAL draws them as."""
    is_curve = np.concatenate([np.isin(kinds(c), CURVES) for c in geometry.chunks] or [np.zeros(0, bool)])
    if not is_curve.any():
        return geometry
    _, _, straight, _ = pyogrio.raw.read(source.path, layer=_inner(known.layer, source), columns=[])
    if len(straight) != len(geometry):
        return geometry
    source.report.add("curved geometries were drawn as short straight lines", np.flatnonzero(is_curve))
    mended = geometry.combine_chunks().to_numpy(zero_copy_only=False)
    mended[is_curve] = straight[is_curve]
    return pa.chunked_array([pa.array(mended, pa.large_binary())])


def with_tags(table: pa.Table) -> pa.Table:
    """Add the tags that matter for buildings as columns of their own, out of GDAL's other_tags."""
    column = table.column("other_tags")
    for tag in OSM_TAGS:
        if tag in table.column_names:
            continue
        found = pc.extract_regex(column, rf'(?:^|,)"{tag}"=>"(?P<value>(?:[^"\\]|\\.)*)"')
        values = pc.struct_field(found, "value")
        if values.null_count < len(values):
            table = table.append_column(tag, values)
    return table


def _encoding(source: Source) -> str | None:
    return encoding_of(Path(source.path)) if source.suffix == ".shp" else None


def _shown(name: str, source: Source) -> str:
    """Return the name a person knows a layer by: GDAL calls some layers after the file, which may be an alias."""
    return source.stem if name == Path(source.path).stem else name


def _inner(name: str, source: Source) -> str:
    return Path(source.path).stem if name == source.stem else name


@contextmanager
def _rebuilt_index(source: Source) -> Iterator[None]:
    """Let GDAL rebuild a shapefile's lost .shx; it lies in a folder of our own then."""
    path = Path(source.path)
    is_lost = source.suffix == ".shp" and not any(path.with_suffix(s).exists() for s in (".shx", ".SHX"))
    if not is_lost:
        yield
        return
    pyogrio.set_gdal_config_options({"SHAPE_RESTORE_SHX": True})
    try:
        yield
    finally:
        pyogrio.set_gdal_config_options({"SHAPE_RESTORE_SHX": None})
