"""GeoParquet and GeoArrow in Arrow files, through pyarrow alone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import shapely
from pyarrow import ipc

from data.content import Bounds, Facts, Stream, four
from data.ogr import unreadable
from data.raw_rings import RawRings, RowState
from data.sources import Source, chosen_layer
from twin.errors import LayerError, TwinError

BATCH_ROWS = 65_536
READ_BYTES = 2**20
NESTED = {
    "point": 1,
    "linestring": 2,
    "polygon": 3,
    "multipoint": 4,
    "multilinestring": 5,
    "multipolygon": 6,
}
"""GeoArrow's names of nested encodings, with the kind's well-known-binary code."""
DEPTH = {"point": 0, "linestring": 1, "multipoint": 1, "polygon": 2, "multilinestring": 2, "multipolygon": 3}
"""How many lists lie around each vertex."""


@dataclass(frozen=True, slots=True)
class _Geo:
    """The geometry column and what is stated of it."""

    column: str
    encoding: str
    crs: str | None
    bounds: Bounds | None
    types: tuple[str, ...]
    hidden: frozenset[str]
    """Columns that serve the geometry and are no attributes."""


def is_arrow(path: Path) -> bool:
    """Return whether a file is Parquet or an Arrow file, by its first bytes."""
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return file.read(6)[:4] == b"PAR1" or _starts_arrow(path)


def _starts_arrow(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(6) == b"ARROW1"


def facts(source: Source, layer: str | None) -> Facts:
    """Look at a file without reading its rows.

    raises   SourceError  it is damaged
             LayerError   it has no geometry column
    """
    with _explained(source), Path(source.path).open("rb") as file:
        schema, count, driver = _head(file, source)
        geo = _geo(schema, source)
        size = _geometry_bytes(file, geo.column) if driver == "GeoParquet" else 0
    if layer is not None:
        chosen_layer([source.stem], layer, source.given)
    return Facts(
        driver=driver,
        layers=(source.stem,),
        layer=source.stem,
        count=count,
        crs=geo.crs,
        bounds=geo.bounds,
        fields=tuple(n for n in schema.names if n != geo.column and n not in geo.hidden),
        geometry_types=geo.types,
        geometry_bytes=size,
    )


def _geometry_bytes(file: Any, column: str) -> int:
    """Return how many bytes the geometry column takes when it is unpacked."""
    metadata = pq.ParquetFile(file).metadata
    groups = [metadata.row_group(group) for group in range(metadata.num_row_groups)]
    chunks = [group.column(place) for group in groups for place in range(group.num_columns)]
    return sum(c.total_uncompressed_size for c in chunks if c.path_in_schema.split(".")[0] == column)


@contextmanager
def stream(source: Source, known: Facts) -> Iterator[Stream]:
    """Open the rows for reading.

    raises   SourceError  the file is damaged
    """
    with ExitStack() as stack:
        with _explained(source):
            file = stack.enter_context(Path(source.path).open("rb"))
            schema, _, _ = _head(file, source)
            geo = _geo(schema, source)
            columns = [n for n in schema.names if n not in geo.hidden]
            if known.driver == "GeoParquet":
                # without pre-buffering only the pages in use are in memory: 33 MB against 294 at a million polygons
                parquet = pq.ParquetFile(file, pre_buffer=False, buffer_size=READ_BYTES)
                batches = parquet.iter_batches(BATCH_ROWS, columns=columns)
            else:
                batches = iter(ipc.open_file(file).read_all().select(columns).to_batches(BATCH_ROWS))
        yield Stream(known, geo.column, _batches(source, batches), lambda table: table)


def _batches(source: Source, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    while True:
        with _explained(source):
            batch = next(batches, None)
        if batch is None:
            return
        yield batch


def _head(file: Any, source: Source) -> tuple[pa.Schema, int, str]:
    if _starts_arrow(Path(source.path)):
        reader = ipc.open_file(file)
        return reader.schema, reader.read_all().num_rows, "Arrow"
    parquet = pq.ParquetFile(file)
    schema = parquet.schema_arrow
    return schema.with_metadata(parquet.metadata.metadata), parquet.metadata.num_rows, "GeoParquet"


def _geo(schema: pa.Schema, source: Source) -> _Geo:
    stated = _stated(schema)
    column = str(stated.get("primary_column", "")) or _by_extension(schema)
    if not column or column not in schema.names:
        raise LayerError(
            f'"{Path(source.given).name}" is a table without geometry.',
            hint="Open the file that has the outlines; a table can be joined to it.",
            path=source.given,
        )
    about: dict[str, Any] = stated.get("columns", {}).get(column, {})
    encoding = str(about.get("encoding", "")).lower() or _extension(schema.field(column)).removeprefix("geoarrow.")
    cover = about.get("covering", {}).get("bbox", {}).get("xmin", [None])[0]
    hidden = {n for n in schema.names if n.startswith("__index_level_")} | ({str(cover)} if cover else set())
    return _Geo(
        column,
        encoding or "wkb",
        _crs(about, schema.field(column)),
        four(about.get("bbox")),
        tuple(dict.fromkeys(str(t).split(" ")[0] for t in about.get("geometry_types", []))),
        frozenset(hidden),
    )


def _stated(schema: pa.Schema) -> dict[str, Any]:
    try:
        stated = json.loads((schema.metadata or {}).get(b"geo", b"{}"))
    except ValueError:
        return {}
    return stated if isinstance(stated, dict) else {}


def _extension(field: pa.Field) -> str:
    if isinstance(field.type, pa.BaseExtensionType):
        return str(field.type.extension_name)
    return str((field.metadata or {}).get(b"ARROW:extension:name", b"").decode())


def _by_extension(schema: pa.Schema) -> str:
    """Return the geometry column of a file without GeoParquet's metadata: by GeoArrow's mark, else by its name."""
    for field in schema:
        if _extension(field).startswith("geoarrow."):
            return str(field.name)
    binary = [f.name for f in schema if pa.types.is_binary(f.type) or pa.types.is_large_binary(f.type)]
    usual = [n for n in binary if n.lower() in ("geometry", "geom", "wkb", "wkb_geometry", "the_geom", "shape")]
    return str(usual[0]) if usual else ""


def _crs(about: dict[str, Any], field: pa.Field) -> str | None:
    """Return the CRS; GeoParquet's default is lon/lat, and null there says that it is not known."""
    if about:
        crs = about.get("crs", "OGC:CRS84")
        return None if crs is None else (crs if isinstance(crs, str) else json.dumps(crs))
    try:
        crs = json.loads((field.metadata or {}).get(b"ARROW:extension:metadata", b"{}")).get("crs")
    except (ValueError, AttributeError):
        return None
    return None if crs is None else (crs if isinstance(crs, str) else json.dumps(crs))


@contextmanager
def _explained(source: Source) -> Iterator[None]:
    try:
        yield
    except TwinError:
        raise
    except (pa.ArrowException, OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise unreadable(source, error) from error


def nested_kind(geometry: pa.DataType) -> str | None:
    """Return which GeoArrow encoding a column's type is that of, None for well-known binary."""
    depth, kind = 0, geometry
    while pa.types.is_list(kind) or pa.types.is_large_list(kind):
        depth, kind = depth + 1, kind.value_type
    if not (pa.types.is_struct(kind) or pa.types.is_fixed_size_list(kind)):
        return None
    return {0: "point", 1: "linestring", 2: "polygon", 3: "multipolygon"}.get(depth)


def raw_rings_nested(geometry: pa.Array) -> RawRings:
    """Return the rings of GeoArrow polygons or multipolygons: their offsets are ours already.

    geometry   list<list<vertex>> or list<list<list<vertex>>>, vertex a struct or a fixed-size list with x and y first
    """
    is_null = np.asarray(geometry.is_null())
    levels: list[np.ndarray[Any, np.dtype[np.int64]]] = []
    values: Any = geometry
    while pa.types.is_list(values.type) or pa.types.is_large_list(values.type):
        start = np.asarray(values.offsets, np.int64)
        levels.append(start - start[0])
        values = values.flatten() if values.null_count == 0 else _unmasked(values)
    row_start = (
        levels[0] if not is_null.any() else np.concatenate([[0], np.cumsum(np.where(is_null, 0, np.diff(levels[0])))])
    )
    part_start = levels[1] if len(levels) == 3 else np.arange(row_start[-1] + 1)
    if len(levels) == 2:
        part_start, row_start = (
            row_start[np.append(np.flatnonzero(np.diff(row_start)), len(is_null))],
            _one_part(row_start),
        )
    xy = _vertices(values)
    ring_start = levels[-1]
    is_outer = np.zeros(len(ring_start) - 1, bool)
    is_outer[part_start[:-1][np.diff(part_start) > 0]] = True
    rings_a_row = np.diff(part_start[row_start])
    state = np.where(is_null, RowState.NULL, np.where(rings_a_row == 0, RowState.EMPTY, RowState.READ)).astype(np.uint8)
    ring_row = np.repeat(np.arange(len(is_null), dtype=np.int32), rings_a_row)
    return _opened(RawRings(xy, ring_start, ring_row, is_outer, state))


def _one_part(row_start: np.ndarray[Any, np.dtype[np.int64]]) -> np.ndarray[Any, np.dtype[np.int64]]:
    return np.concatenate([[0], np.cumsum(np.diff(row_start) > 0)])


def _unmasked(values: Any) -> Any:
    return values.drop_null().flatten()


def _vertices(values: Any) -> np.ndarray[Any, np.dtype[np.float64]]:
    if pa.types.is_struct(values.type):
        x, y = values.field("x"), values.field("y")
        first, count = values.offset, len(values)
        return np.column_stack(
            [np.asarray(c)[first : first + count] if len(c) != count else np.asarray(c) for c in (x, y)]
        )
    width = values.type.list_size
    return np.array(np.asarray(values.flatten(), float).reshape(-1, width)[:, :2])


def _opened(rings: RawRings) -> RawRings:
    """Leave out the closing vertices."""
    count = np.diff(rings.ring_start)
    last = rings.ring_start[1:] - 1
    first = np.minimum(rings.ring_start[:-1], max(len(rings.xy) - 1, 0))
    is_closed = (
        (count > 1) & (rings.xy[first] == rings.xy[np.maximum(last, 0)]).all(axis=1) if len(rings.xy) else count > 1
    )
    xy = np.delete(rings.xy, last[is_closed], axis=0)
    start = np.concatenate([[0], np.cumsum(count - is_closed)])
    return RawRings(np.ascontiguousarray(xy), start, rings.ring_row, rings.is_outer, rings.state)


def wkb_from_nested(geometry: pa.Array, encoding: str) -> pa.Array:
    """Return GeoArrow points or lines as well-known binary; they are few beside buildings."""
    rows = [None if value is None else _shape(value, encoding).wkb for value in geometry.to_pylist()]
    return pa.array(rows, pa.large_binary())


def _shape(value: Any, encoding: str) -> Any:
    def pair(vertex: Any) -> tuple[float, float]:
        return (vertex["x"], vertex["y"]) if isinstance(vertex, dict) else (vertex[0], vertex[1])

    if encoding == "point":
        return shapely.Point(pair(value))
    if encoding == "linestring":
        return shapely.LineString([pair(v) for v in value])
    if encoding == "multipoint":
        return shapely.MultiPoint([pair(v) for v in value])
    return shapely.MultiLineString([[pair(v) for v in line] for line in value])
