"""A layer's rows as they stream out of a file: attributes are kept, areas become outlines at once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from data import geoparquet
from data.content import IsStopped, Progress, StoppedError, Stream
from data.geometry_objects import closed_lines_as_areas, inner_kinds
from data.outlines import ROWS_AT_ONCE, VERTEX_BYTES, Areas, cleaned, joined
from data.raw_rings import IntArray
from data.table import ArrowTable
from data.wkb import NAMES, kinds, raw_rings
from twin.errors import MemoryBudgetError
from twin.layer import Kind

AREA_KINDS, LINE_KINDS, POINT_KINDS = (3, 6, 10, 12, 15, 16, 17), (2, 5, 8, 9, 11), (1, 4)
COLLECTION = 7
KINDS_COUNTED = 20
AREAL = (Kind.FOOTPRINTS, Kind.POLYGONS)


@dataclass(frozen=True, slots=True)
class Rows:
    """Everything a layer has, before it is known what it is drawn as."""

    table: ArrowTable
    nature: Kind
    """POLYGONS, LINES or POINTS: what the most of it is, or what was asked for."""
    geometry_types: tuple[str, ...]
    """The most frequent first."""
    areas: Areas | None
    """In the file's CRS; None for points and lines."""
    geometry: tuple[tuple[int, pa.Array], ...]
    """(first row, well-known binary or GeoArrow) of the batches kept, for points and lines."""


@dataclass(slots=True)
class _Taken:
    """What has come so far."""

    attributes: list[pa.RecordBatch] = field(default_factory=list)
    kept: list[tuple[int, pa.Array]] = field(default_factory=list)
    """Batches that may be wanted as points or lines."""
    undecoded: list[tuple[int, pa.Array]] = field(default_factory=list)
    count: IntArray = field(default_factory=lambda: np.zeros(KINDS_COUNTED, np.int64))
    inner: IntArray = field(default_factory=lambda: np.zeros(KINDS_COUNTED, np.int64))
    rows: int = 0
    needed_bytes: int = 0


def take_in(
    stream: Stream,
    *,
    kind: Kind | None,
    memory_bytes: int | None,
    progress: Progress | None,
    is_stopped: IsStopped | None,
) -> Rows:
    """Read a stream to its end.

    kind           what was asked for; None decides by the most frequent kind of geometry
    memory_bytes   what attributes and outlines may take; None for no limit
    raises         SourceError        the file fails on the way
                   MemoryBudgetError  it does not fit
                   StoppedError       is_stopped answered true
    """
    taken = _Taken()

    def pieces() -> Iterator[Areas]:
        for batch in stream.batches:
            if is_stopped is not None and is_stopped():
                raise StoppedError
            first = taken.rows
            geometry = _note(taken, batch, stream.geometry, kind)
            _refuse_too_large(taken, memory_bytes)
            if geometry is not None:
                yield from _decoded(geometry, first, kind)
            if progress is not None:
                progress(_share(taken.rows, stream.facts.count))
        if progress is not None:
            progress(1.0)

    areas = joined(pieces(), vertices_at_most=stream.facts.geometry_bytes // VERTEX_BYTES)
    nature = kind or _nature(taken.count + taken.inner)
    if nature in AREAL and taken.undecoded:
        late = (piece for first, geometry in taken.undecoded for piece in _decoded(geometry, first, kind))
        areas = joined([areas, *late])
    table = pa.Table.from_batches(taken.attributes) if taken.attributes else pa.table({})
    order = [int(k) for k in np.argsort(-taken.count, kind="stable") if taken.count[k] and int(k) in NAMES]
    return Rows(
        table=ArrowTable(stream.finished(table)),
        nature=Kind.POLYGONS if nature in AREAL else nature,
        geometry_types=tuple(NAMES[k] for k in order),
        areas=areas if nature in AREAL else None,
        geometry=tuple(taken.kept),
    )


def _share(rows: int, count: int) -> float:
    """Return how much is done; where the count is not known, something that grows and never arrives."""
    return min(rows / count, 1.0) if count > 0 else rows / (rows + 4 * ROWS_AT_ONCE)


def _note(taken: _Taken, batch: pa.RecordBatch, name: str, kind: Kind | None) -> pa.Array | None:
    """Keep what has to be kept of a batch; return its geometry if it is to be decoded as areas."""
    geometry = batch.column(name)
    if isinstance(geometry, pa.ExtensionArray):
        geometry = geometry.storage
    attributes = batch.drop_columns([name])
    # GDAL's batches lie in memory as a whole: a column that is kept would keep the geometry too
    copies = [pa.concat_arrays([column]) for column in attributes.columns]
    taken.attributes.append(pa.RecordBatch.from_arrays(copies, schema=attributes.schema) if copies else attributes)
    count, inner = _counted(geometry)
    taken.count += count
    taken.inner += inner
    first, taken.rows = taken.rows, taken.rows + len(geometry)
    taken.needed_bytes += taken.attributes[-1].nbytes + geometry.nbytes
    is_areal = kind in AREAL if kind is not None else _nature(count + inner) is Kind.POLYGONS
    has_others = (count + inner)[[*LINE_KINDS, *POINT_KINDS]].any()
    if kind not in AREAL and (has_others or not is_areal):
        taken.kept.append((first, geometry))
    if is_areal:
        return geometry
    taken.undecoded.append((first, geometry))
    return None


def _counted(geometry: pa.Array) -> tuple[IntArray, IntArray]:
    """Return how many rows there are of each kind, and of each kind inside collections where these are the most."""
    none = np.zeros(KINDS_COUNTED, np.int64)
    nested = geoparquet.nested_kind(geometry.type)
    if nested is not None:
        none[geoparquet.NESTED[nested]] = len(geometry)
        return none, np.zeros(KINDS_COUNTED, np.int64)
    count = np.bincount(kinds(geometry), minlength=KINDS_COUNTED)[:KINDS_COUNTED]
    return count, inner_kinds(geometry) if count[COLLECTION] > len(geometry) // 2 else none


def _nature(count: IntArray) -> Kind:
    areas, lines, points = (int(count[list(some)].sum()) for some in (AREA_KINDS, LINE_KINDS, POINT_KINDS))
    if areas >= max(lines, points):
        return Kind.POLYGONS
    return Kind.LINES if lines >= points else Kind.POINTS


def _decoded(geometry: pa.Array, first_row: int, kind: Kind | None) -> Iterator[Areas]:
    if kind in AREAL and _counted(geometry)[0][list(LINE_KINDS)].any():
        geometry = closed_lines_as_areas(geometry)
    decode = raw_rings if geoparquet.nested_kind(geometry.type) is None else geoparquet.raw_rings_nested
    for first in range(0, len(geometry), ROWS_AT_ONCE):
        yield cleaned(decode(geometry.slice(first, ROWS_AT_ONCE)), first_row=first_row + first)


def _refuse_too_large(taken: _Taken, memory_bytes: int | None) -> None:
    if memory_bytes is not None and taken.needed_bytes > memory_bytes:
        raise MemoryBudgetError(
            f"The layer needs more than the {memory_bytes / 1e6:,.0f} MB that are allowed, after {taken.rows:,} rows.",
            hint="Allow more with --memory, or cut out the part of the city that is wanted.",
            needed_bytes=taken.needed_bytes,
        )
