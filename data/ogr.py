"""Vector formats that GDAL reads, as Arrow columns through pyogrio."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyogrio

from data.content import Facts, Stream, four
from data.dbf import encoding_of, meant, unscrambled
from data.shapefile import companion
from data.sniffing import looks_like
from data.sources import Source, chosen_layer
from data.wkb import kinds
from twin.errors import LayerError, SourceError, TwinError

BATCH_ROWS = 16_384
COUNTED_BYTES = 64 * 2**20
CURVES = (8, 9, 10, 11, 12)
"""Well-known binary's codes of curved geometries."""
OSM_LAYERS = {"points", "lines", "multilinestrings", "multipolygons", "other_relations"}
SINGLE_LAYER = {".geojson": {"GeoJSON"}, ".json": {"GeoJSON"}, ".fgb": {"FlatGeobuf"}, ".shp": {"shapefile"}}
"""Formats of one layer, by suffix and first bytes: their layers need not be listed, which may read the whole file."""
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
    parts = [part.strip() for part in str(error).split(";") if "It might help" not in part]
    text = "; ".join(part.rstrip(".") for part in parts if part)
    return UNKNOWN if "not recognized" in text or not text else text[:200]


def facts(source: Source, layer: str | None, *, is_quick: bool = False) -> Facts:
    """Look at a file without reading its rows.

    is_quick   whether the count may be -1 where the whole file would have to be read for it; so it is for files
               above 64 MB in any case

    raises   SourceError  no reader opens it
             LayerError   there is no such layer, or none with geometry
    """
    if looks_like(Path(source.path)) == "CityGML":
        raise city_model(source, "CityGML")
    is_quick = is_quick or Path(source.path).stat().st_size > COUNTED_BYTES
    with explained(source), _rebuilt_index(source):
        if source.suffix in SINGLE_LAYER and looks_like(Path(source.path)) in SINGLE_LAYER[source.suffix]:
            info = _info(source, None, is_quick=is_quick)
            wanted = _shown(str(info["layer_name"]), source)
            names = [wanted]
            if layer is not None:
                chosen_layer(names, layer, source.given)
        else:
            names, wanted = _chosen(source, layer)
            info = _info(source, wanted, is_quick=is_quick)
        kind = info["geometry_type"]
        if kind is None:
            raise _no_geometry(source, wanted)
        return Facts(
            driver=str(info["driver"]),
            layers=tuple(names),
            layer=wanted,
            count=int(info["features"]) if is_quick else _count(source, wanted, info),
            crs=info["crs"] or _stated_by_qgis(source),
            bounds=four(info["total_bounds"]),
            fields=tuple(str(f) for f in info["fields"]),
            geometry_types=(kind.split(" ")[0],) if kind and "Unknown" not in kind else (),
            geometry_bytes=Path(source.path).stat().st_size,
        )


def _chosen(source: Source, layer: str | None) -> tuple[list[str], str]:
    """Return the layers' names and the one wanted."""
    listed = pyogrio.list_layers(source.path)
    names = [_shown(str(name), source) for name, _ in listed]
    declared = {_shown(str(n), source): (None if kind is None else str(kind)) for n, kind in listed}
    if not names:
        raise LayerError(f'"{Path(source.given).name}" has no layers.', hint="Open another file.", path=source.given)
    wanted = chosen_layer(names, layer, source.given) if layer is not None else _largest(source, declared)
    if declared[wanted] is None:
        raise _no_geometry(source, wanted)
    return names, wanted


def _no_geometry(source: Source, layer: str) -> LayerError:
    return LayerError(
        f'"{Path(source.given).name}" holds a table without geometry ("{layer}").',
        hint="Open the file that has the outlines; a table can be joined to it.",
        path=source.given,
    )


def _largest(source: Source, declared: dict[str, str | None]) -> str:
    """Return the polygon layer with the most rows; without one the largest with geometry, else the first."""
    with_geometry = [name for name, kind in declared.items() if kind is not None]
    if len(with_geometry) <= 1:
        return with_geometry[0] if with_geometry else next(iter(declared))
    if set(declared) >= OSM_LAYERS:  # to count them would read the whole file once a layer
        return "multipolygons"
    sizes = {name: _count(source, name, _info(source, name, is_quick=True)) for name in with_geometry}

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


def _info(source: Source, layer: str | None, *, is_quick: bool = False) -> dict[str, Any]:
    inner = None if layer is None else _inner(layer, source)
    arguments = {"layer": inner, "force_feature_count": not is_quick, "force_total_bounds": not is_quick}
    encoding = _encoding(source)
    try:
        return dict(pyogrio.read_info(source.path, encoding=encoding, **arguments))
    except UnicodeDecodeError:  # a field's name was cut inside a character
        info = dict(pyogrio.read_info(source.path, encoding="ISO-8859-1", **arguments))
        return info | {"fields": [meant(f) for f in info["fields"]]}


@contextmanager
def stream(source: Source, known: Facts) -> Iterator[Stream]:
    """Open one layer's rows for reading.

    raises   SourceError  they cannot be read
    """
    encoding = _encoding(source)
    with ExitStack() as stack:
        with explained(source):
            stack.enter_context(_rebuilt_index(source))
            try:
                meta, reader = stack.enter_context(_arrow(source, known, encoding))
                _ = reader.schema.names
                finished = with_tags
            except UnicodeDecodeError:  # a field's name was cut inside a character
                meta, reader = stack.enter_context(_arrow(source, known, "ISO-8859-1"))
                finished = unscrambled
        if encoding:
            source.report.add("attribute file (.dbf) is in UTF-8 without saying so and was read as that", count=1)
        name = meta["geometry_name"] or "wkb_geometry"
        yield Stream(known, name, _straightened(source, known, name, _batches(source, reader)), finished)


def _arrow(source: Source, known: Facts, encoding: str | None) -> Any:
    return pyogrio.open_arrow(
        source.path, layer=_inner(known.layer, source), encoding=encoding, use_pyarrow=True, batch_size=BATCH_ROWS
    )


def _batches(source: Source, reader: Any) -> Iterator[pa.RecordBatch]:
    while True:
        with explained(source):
            batch = next(reader, None)
        if batch is None:
            return
        yield batch


def _straightened(
    source: Source, known: Facts, name: str, batches: Iterator[pa.RecordBatch]
) -> Iterator[pa.RecordBatch]:
    """Replace curves by the lines that GDAL draws them as."""
    straight: Any = None
    curves: list[int] = []
    first = 0
    for batch in batches:
        wkb = batch.column(name)
        is_curve = np.isin(kinds(wkb), CURVES)
        mended = batch
        if is_curve.any():
            if straight is None:
                with explained(source):
                    straight = pyogrio.raw.read(source.path, layer=_inner(known.layer, source), columns=[])[2]
            rows = wkb.to_numpy(zero_copy_only=False)
            rows[is_curve] = straight[first : first + len(rows)][is_curve]
            mended = batch.set_column(batch.schema.get_field_index(name), name, pa.array(rows, pa.large_binary()))
            curves += list(first + np.flatnonzero(is_curve))
        first += batch.num_rows
        yield mended
    source.report.add("curved geometries were drawn as short straight lines", curves)


def with_tags(table: pa.Table) -> pa.Table:
    """Add the tags that matter for buildings as columns of their own, out of GDAL's other_tags."""
    if "other_tags" not in table.column_names:
        return table
    column = table.column("other_tags")
    for tag in OSM_TAGS:
        if tag in table.column_names:
            continue
        found = pc.extract_regex(column, rf'(?:^|,)"{tag}"=>"(?P<value>(?:[^"\\]|\\.)*)"')
        values = pc.struct_field(found, "value")
        if values.null_count < len(values):
            table = table.append_column(tag, values)
    return table


def _stated_by_qgis(source: Source) -> str | None:
    """Return the CRS in a shapefile's .qpj, which QGIS used to write beside the .prj."""
    path = Path(source.path).with_suffix(".qpj")
    if source.suffix != ".shp" or not path.is_file():
        return None
    return path.read_text(encoding="utf-8", errors="replace").strip() or None


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
    if source.suffix != ".shp" or companion(Path(source.path), ".shx"):
        yield
        return
    pyogrio.set_gdal_config_options({"SHAPE_RESTORE_SHX": True})
    try:
        yield
    finally:
        pyogrio.set_gdal_config_options({"SHAPE_RESTORE_SHX": None})
