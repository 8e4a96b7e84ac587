"""One layer of a vector file as checked values in the project's frame, before it is arranged in tiles."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from data import geoparquet, ogr
from data.content import Content, Facts, IsStopped, Progress, StoppedError
from data.crs import Numbers, Settled, frame_for, into_frame, is_mirrored, lonlat_bounds, say_if_far, settle
from data.features import lines_from_wkb, points_from_wkb
from data.geometry_objects import inner_kinds
from data.heights import RaisedRows, raised_rows, says_buildings
from data.outlines import (
    ROWS_AT_ONCE,
    SENTENCES,
    VERTEX_BYTES,
    Areas,
    Fault,
    bounds_of,
    cleaned,
    first_corners,
    joined,
    reversed_rings,
    slices,
    taken,
)
from data.sources import Source, opened, split_layer
from data.table import ArrowTable
from data.wkb import NAMES, kinds, raw_rings
from twin.buildings import Outlines
from twin.errors import LayerError, MemoryBudgetError
from twin.features import Features, Lines, Points, Polygons
from twin.layer import Kind
from twin.place import LocalFrame
from twin.report import Report

Bounds = tuple[float, float, float, float]

SPREAD_DEGREES, SPREAD_M = 5.0, 500_000.0
"""A layer wider than this has strays: its centre is then that of the middle feature."""
AREA_KINDS = frozenset({3, 6, 10, 12})
LINE_KINDS = frozenset({2, 5, 8, 9, 11})
POINT_KINDS = frozenset({1, 4})
COLLECTION = 7
OSM_FIELDS = frozenset({"osm_id", "osm_way_id", "osmid", "@id"})


@dataclass(frozen=True, slots=True)
class Values:
    """A layer's values before they are arranged in tiles."""

    facts: Facts
    settled: Settled
    kind: Kind
    frame: LocalFrame
    table: ArrowTable
    report: Report
    outlines: Outlines | None
    """For areas: float64 metres, local frame."""
    row: npt.NDArray[np.int32]
    """(n,) table row of each feature shown."""
    features: Features | None
    """For points, lines and flat polygons."""
    raised: RaisedRows | None
    """For footprints."""
    bounds_lonlat: tuple[float, float, float, float]
    geometry_types: tuple[str, ...]
    stem: str


def read_values(
    path: str | os.PathLike[str],
    *,
    layer: str | None = None,
    crs: str | None = None,
    kind: Kind | None = None,
    frame: LocalFrame | None = None,
    height_field: str | None = None,
    is_alone: bool = False,
    memory_bytes: int | None = None,
    progress: Progress | None = None,
    is_stopped: IsStopped | None = None,
) -> Values:
    """Read one layer's values without arranging them in tiles: see read()."""
    name, layer = split_path(path, layer)
    with opened(name) as source:
        facts = facts_of(source, layer)
        half = None if progress is None else (lambda share: progress(share / 2))
        content = _content(source, facts, half, is_stopped)
    table, geometry, report = ArrowTable(content.table), content.geometry, source.report
    del content
    _refuse_too_large(table, geometry, memory_bytes, name)
    if not len(table):
        raise LayerError(
            f'"{Path(name).name}" has no features in its layer "{facts.layer}".',
            hint="Choose another layer or file.",
            path=name,
        )
    types, nature = _types(geometry)
    names = (source.stem, facts.layer)
    chosen = kind or _kind(nature, table, names, is_alone=is_alone, is_osm=facts.driver == "OSM")
    facts = replace(facts, count=len(table))
    rest = None if progress is None else (lambda share: progress(0.5 + share / 2))
    if chosen in (Kind.FOOTPRINTS, Kind.POLYGONS):
        areas = _areas(geometry, rest, is_stopped)
        del geometry
        pa.default_memory_pool().release_unused()
        return _areal(areas, facts, table, report, chosen, (crs, frame, height_field), types, source.stem)
    features = (points_from_wkb if chosen is Kind.POINTS else lines_from_wkb)(_as_wkb(geometry), report)
    return _plain(features, facts, table, report, chosen, (crs, frame), types, source.stem)


def _refuse_too_large(table: ArrowTable, geometry: pa.ChunkedArray, memory_bytes: int | None, path: str) -> None:
    """Refuse what will not fit: the rows as they are, and once more as outlines.

    raises   MemoryBudgetError
    """
    needed = table.arrow.nbytes + 2 * geometry.nbytes
    if memory_bytes is not None and needed > memory_bytes:
        sizes = f"{needed / 1e6:,.0f} MB, more than the {memory_bytes / 1e6:,.0f} MB allowed"
        raise MemoryBudgetError(
            f'"{Path(path).name}" needs about {sizes}.',
            hint="Allow more with --memory, or cut out the part of the city that is wanted.",
            path=path,
            needed_bytes=needed,
        )


def split_path(path: str | os.PathLike[str], layer: str | None) -> tuple[str, str | None]:
    """Return path and layer; a layer asked for apart wins over "FILE:LAYER"."""
    if layer is not None:
        return os.fspath(path), layer
    return split_layer(os.fspath(path))


def facts_of(source: Source, layer: str | None) -> Facts:
    """Look at a file with the reader for it."""
    if geoparquet.is_arrow(Path(source.path)):
        return geoparquet.facts(source, layer)
    return ogr.facts(source, layer)


def _content(source: Source, facts: Facts, progress: Progress | None, is_stopped: IsStopped | None) -> Content:
    if facts.driver in ("GeoParquet", "Arrow"):
        return geoparquet.read(source, facts, progress=progress, is_stopped=is_stopped)
    return ogr.read(source, facts, progress=progress, is_stopped=is_stopped)


# geometry


def _types(geometry: pa.ChunkedArray) -> tuple[tuple[str, ...], Kind]:
    """Return the geometry types there are, the most frequent first, and what the layer is by them."""
    nested = geoparquet.nested_kind(geometry.type)
    if nested is not None:
        count = np.bincount([geoparquet.NESTED[nested]], minlength=len(NAMES) + 6)
    else:
        count = sum((np.bincount(kinds(c), minlength=20) for c in geometry.chunks), np.zeros(20, np.int64))
    order = [int(k) for k in np.argsort(-count, kind="stable") if count[k] and int(k) in NAMES]
    if nested is None and count[COLLECTION] > len(geometry) // 2:
        count = count + inner_kinds(geometry.slice(0, ROWS_AT_ONCE).combine_chunks())
    areas, lines, points = (sum(int(count[k]) for k in some) for some in (AREA_KINDS, LINE_KINDS, POINT_KINDS))
    greatest = max(areas, lines, points)
    is_area = areas == greatest or not greatest
    nature = Kind.POLYGONS if is_area else Kind.LINES if lines == greatest else Kind.POINTS
    return tuple(NAMES[k] for k in order), nature


def _kind(nature: Kind, table: ArrowTable, names: tuple[str, ...], *, is_alone: bool, is_osm: bool) -> Kind:
    buildings = _osm_buildings(table, is_osm=is_osm)
    if nature is not Kind.POLYGONS or (buildings is not None and not buildings.any()):
        return nature
    return Kind.FOOTPRINTS if is_alone or says_buildings(table, names) else nature


def _areas(geometry: pa.ChunkedArray, progress: Progress | None, is_stopped: IsStopped | None) -> Areas:
    """Decode and clean a column, so many rows at a time.

    raises   StoppedError  is_stopped answered true
    """
    decode = raw_rings if geoparquet.nested_kind(geometry.type) is None else geoparquet.raw_rings_nested

    def pieces() -> Iterator[Areas]:
        for first, piece in slices(geometry, rows=ROWS_AT_ONCE):
            if is_stopped is not None and is_stopped():
                raise StoppedError
            yield cleaned(decode(piece), first_row=first)
            if progress is not None:
                progress(min((first + len(piece)) / max(len(geometry), 1), 1.0))

    return joined(pieces(), vertices_at_most=geometry.nbytes // VERTEX_BYTES)


def _as_wkb(geometry: pa.ChunkedArray) -> pa.ChunkedArray:
    nested = geoparquet.nested_kind(geometry.type)
    return geometry if nested is None else geoparquet.wkb_from_nested(geometry, nested)


# areas


def _areal(
    areas: Areas,
    facts: Facts,
    table: ArrowTable,
    report: Report,
    kind: Kind,
    wishes: tuple[str | None, LocalFrame | None, str | None],
    types: tuple[str, ...],
    stem: str,
) -> Values:
    """Put areas into the frame and find their heights."""
    crs, frame, height_field = wishes
    report.extend(areas.report())
    raised = raised_rows(table, height_field=height_field) if kind is Kind.FOOTPRINTS else None
    if raised is not None:
        areas = _buildings_only(areas, table, facts, report)
        report.extend(raised.report)
    outlines, row = areas.outlines, areas.row
    _refuse_nothing(len(outlines), facts, areas)
    low, high = bounds_of(outlines)
    settled = settle(facts.crs, crs, Numbers(low, float(np.median(np.hypot(*(high - low).T)))), table, report)
    assert settled.crs is not None
    bounds = _around(low, high)
    frame = frame or frame_for(settled.crs, _centre(low, bounds))
    mirrored = is_mirrored(settled.crs, frame, (float(np.median(low[:, 0])), float(np.median(low[:, 1]))))
    outlines = replace(outlines, xy=into_frame(outlines.xy.astype(np.float64, copy=False), settled.crs, frame))
    outlines, row = _placed(reversed_rings(outlines) if mirrored else outlines, row, report)
    _refuse_nothing(len(outlines), facts, areas)
    say_if_far(first_corners(outlines), report)
    flat = None if raised is not None else Polygons(outlines, row)
    around = lonlat_bounds(bounds, settled.crs)
    return Values(facts, settled, kind, frame, table, report, outlines, row, flat, raised, around, types, stem)


def _osm_buildings(table: ArrowTable, *, is_osm: bool) -> npt.NDArray[np.bool_] | None:
    """Return which rows OpenStreetMap calls a building (n,); None where the table does not come from there."""
    fields = table.fields()
    if "building" not in fields or not (is_osm or OSM_FIELDS & set(fields)):
        return None
    tags = [tag for tag in ("building", "building:part") if tag in fields]
    named = [[v not in (None, "", "no") for v in table.column(tag)] for tag in tags]
    return np.asarray(np.any(np.array(named, bool), axis=0))


def _buildings_only(areas: Areas, table: ArrowTable, facts: Facts, report: Report) -> Areas:
    """Leave out what OpenStreetMap does not call a building; its areas are of all kinds, in one layer."""
    is_building = _osm_buildings(table, is_osm=facts.driver == "OSM")
    if is_building is None:
        return areas
    kept = is_building[areas.row]
    if kept.all() or not kept.any():
        return areas
    report.add("areas that are no buildings were left out", np.sort(areas.row[~kept]))
    return Areas(taken(areas.outlines, np.flatnonzero(kept)), areas.row[kept], areas.faults)


def _refuse_nothing(shown: int, facts: Facts, areas: Areas) -> None:
    if shown:
        return
    found = [f"{len(rows):,} {SENTENCES[Fault(f)]}" for f, rows in enumerate(areas.faults) if len(rows)]
    why = "; ".join(found) or "no outline could be placed on earth"
    raise LayerError(
        f'Nothing of the layer "{facts.layer}" can be drawn: {why}.',
        hint="Choose another layer, or repair the geometry in a GIS.",
        layer=facts.layer,
    )


def _placed(outlines: Outlines, row: npt.NDArray[np.int32], report: Report) -> tuple[Outlines, npt.NDArray[np.int32]]:
    """Leave out features that the transformation could not place."""
    if np.isfinite(outlines.xy.sum()):
        return outlines, row
    low, high = bounds_of(outlines)
    is_placed = np.isfinite(low).all(axis=1) & np.isfinite(high).all(axis=1)
    report.add(
        "outlines lie where the project's CRS cannot place them and are not shown",
        np.sort(row[~is_placed]),
        is_loss=True,
    )
    return taken(outlines, np.flatnonzero(is_placed)), row[is_placed]


def _around(low: npt.NDArray[np.float64], high: npt.NDArray[np.float64]) -> Bounds:
    (west, south), (east, north) = low.min(axis=0), high.max(axis=0)
    return float(west), float(south), float(east), float(north)


def _centre(low: npt.NDArray[np.float64], bounds: Bounds) -> tuple[float, float]:
    """Return the middle of the layer, or the middle feature where strays lie far out."""
    width, height = bounds[2] - bounds[0], bounds[3] - bounds[1]
    spread = SPREAD_DEGREES if max(map(abs, bounds)) <= 360 and width <= 360 else SPREAD_M
    if max(width, height) > spread:
        middle = low[np.argsort(low[:, 0])[len(low) // 2]]
        return float(middle[0]), float(middle[1])
    return (bounds[0] + bounds[2]) / 2, (bounds[1] + bounds[3]) / 2


# points and lines


def _plain(
    features: Points | Lines,
    facts: Facts,
    table: ArrowTable,
    report: Report,
    kind: Kind,
    wishes: tuple[str | None, LocalFrame | None],
    types: tuple[str, ...],
    stem: str,
) -> Values:
    """Put points or lines into the frame."""
    crs, frame = wishes
    xy = features.xy_local
    if not len(xy):
        raise LayerError(
            f'Nothing of the layer "{facts.layer}" can be drawn as {kind}.',
            hint="Choose another layer.",
            layer=facts.layer,
        )
    settled = settle(facts.crs, crs, Numbers(xy, None), table, report)
    assert settled.crs is not None
    bounds = _around(xy, xy)
    frame = frame or frame_for(settled.crs, _centre(xy, bounds))
    features = replace(features, xy_local=into_frame(xy, settled.crs, frame))
    features = _placed_plain(features, report)
    if not len(features.xy_local):
        raise LayerError(f'Nothing of the layer "{facts.layer}" lies on earth.', hint="Check its CRS: --crs.")
    say_if_far(features.xy_local, report)
    around = lonlat_bounds(bounds, settled.crs)
    row = np.unique(features.row)
    return Values(facts, settled, kind, frame, table, report, None, row, features, None, around, types, stem)


def _placed_plain(features: Points | Lines, report: Report) -> Points | Lines:
    is_placed = np.isfinite(features.xy_local).all(axis=1)
    if is_placed.all():
        return features
    if isinstance(features, Points):
        report.add("points lie where the project's CRS cannot place them", features.row[~is_placed], is_loss=True)
        return Points(features.xy_local[is_placed], features.row[is_placed])
    line = np.searchsorted(features.line_start, np.flatnonzero(~is_placed), side="right") - 1
    whole = np.setdiff1d(np.arange(len(features.row)), line)
    report.add("lines lie where the project's CRS cannot place them", features.row[np.unique(line)], is_loss=True)
    count = np.diff(features.line_start)[whole]
    start = np.concatenate([[0], np.cumsum(count)])
    vertex = np.repeat(features.line_start[whole] - start[:-1], count) + np.arange(int(start[-1]))
    return Lines(features.xy_local[vertex], start, features.row[whole])
