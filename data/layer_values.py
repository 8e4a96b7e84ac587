"""One layer of a vector file as checked values in the project's frame, before it is arranged in tiles."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from data import geoparquet, osm
from data.content import Facts, IsStopped, Progress
from data.crs import (
    Bounds,
    Numbers,
    Settled,
    frame_for,
    into_frame,
    is_mirrored,
    lonlat_bounds,
    say_if_far,
    say_if_outside,
    settle,
)
from data.features import lines_from_wkb, points_from_wkb
from data.height_rasters import HeightRasters
from data.heights import RaisedRows, raised_rows, says_buildings
from data.model_bodies import RawBodies, with_rows_shown
from data.outlines import SENTENCES, Areas, Fault, bounds_of, first_corners, reversed_rings, taken
from data.readers import reader_for
from data.rows import Rows, take_in
from data.sources import Source, opened, split_layer
from data.table import ArrowTable
from twin.buildings import HeightSource, Outlines
from twin.errors import LayerError
from twin.features import Features, Lines, Points, Polygons
from twin.layer import Kind
from twin.models import Bodies
from twin.place import LocalFrame
from twin.report import Report

SPREAD_DEGREES, SPREAD_M = 5.0, 500_000.0
"""A layer wider than this has strays: its centre is then that of the middle feature."""
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
    bodies: Bodies | None = None
    """For city models, if they were asked for."""


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
    with_bodies: bool = False,
    rasters: HeightRasters | None = None,
) -> Values:
    """Read one layer's values without arranging them in tiles: see read().

    with_bodies   whether the bodies of a city model are wanted, too
    rasters       what heights of buildings are taken from, before all columns but one that is asked for
    """
    name, layer = split_path(path, layer)
    with opened(name) as source:
        name = source.given
        facts = facts_of(source, layer, is_quick=True)
        report, names = source.report, (source.stem, facts.layer)
        with reader_for(source).stream(source, facts) as stream:
            rows = take_in(stream, kind=kind, memory_bytes=memory_bytes, progress=progress, is_stopped=is_stopped)
            raw = stream.bodies() if with_bodies and stream.bodies is not None else None
    pa.default_memory_pool().release_unused()
    if not len(rows.table):
        raise LayerError(
            f'"{Path(name).name}" has no features in its layer "{facts.layer}".',
            hint="Choose another layer or file.",
            path=name,
        )
    facts = replace(facts, count=len(rows.table), file=Path(name).name, model=None)
    chosen = kind or facts.kind or _kind(rows, names, is_alone=is_alone, is_osm=facts.driver == "OSM")
    if rows.areas is not None:
        values = _areal(rows, facts, report, chosen, (crs, frame, height_field), source.stem)
        if rasters and values.raised is not None:
            values = _with_raster_heights(values, rasters, height_field, memory_bytes)
        return values if raw is None else replace(values, bodies=_bodies(raw, values))
    geometry = [(first, _as_wkb(some)) for first, some in rows.geometry]
    features = (points_from_wkb if chosen is Kind.POINTS else lines_from_wkb)(geometry, len(rows.table), report)
    return _plain(features, rows, facts, report, chosen, (crs, frame), source.stem)


def _with_raster_heights(
    values: Values, rasters: HeightRasters, height_field: str | None, memory_bytes: int | None
) -> Values:
    """Take the heights of buildings from rasters, where these say something."""
    from data.footprint_heights import footprint_heights  # noqa: PLC0415  rasterio takes 0.1 s to load

    assert values.raised is not None
    assert values.outlines is not None
    raised = values.raised
    try:
        found = footprint_heights(values.outlines, values.frame, rasters, values.report, memory_bytes=memory_bytes)
    except LayerError as error:
        values.report.add(f"raster gave no heights: {error.sentence}", count=1)
        return values
    height_m, source = raised.heights.height_m.copy(), raised.heights.source.copy()
    is_taken = np.isfinite(found.height_m)
    if height_field is not None:
        is_taken &= source[values.row] != HeightSource.MEASURED
    rows = values.row[is_taken]
    height_m[rows], source[rows] = found.height_m[is_taken].astype(np.float32), HeightSource.RASTER
    base_m = np.where(raised.base_m < height_m, raised.base_m, np.float32(0))
    heights = replace(
        raised.heights,
        height_m=height_m,
        source=source,
        surface=rasters.words(),
        dsm=rasters.dsm,
        dtm=rasters.dtm,
        hag=rasters.hag,
    )
    return replace(values, raised=replace(raised, heights=heights, base_m=base_m))


def _bodies(raw: RawBodies, values: Values) -> Bodies | None:
    """Return the bodies of the rows that are shown, in the frame."""
    assert values.settled.crs is not None
    bodies = raw.placed(values.settled.crs, values.frame, values.report)
    if bodies is None:
        return None
    is_shown = np.zeros(len(values.table), bool)
    is_shown[values.row] = True
    return bodies if is_shown.all() else with_rows_shown(bodies, is_shown)


def split_path(path: str | os.PathLike[str], layer: str | None) -> tuple[str, str | None]:
    """Return path and layer; a layer asked for apart wins over "FILE:LAYER"."""
    if layer is not None:
        return os.fspath(path), layer
    return split_layer(os.fspath(path))


def facts_of(source: Source, layer: str | None, *, is_quick: bool = False) -> Facts:
    """Look at a file with the reader for it.

    is_quick   whether the count may be left out (-1) where the whole file would have to be read for it
    """
    return reader_for(source).facts(source, layer, is_quick=is_quick)


def _kind(rows: Rows, names: tuple[str, ...], *, is_alone: bool, is_osm: bool) -> Kind:
    buildings = _osm_buildings(rows.table, is_osm=is_osm)
    if rows.nature is not Kind.POLYGONS or (buildings is not None and not buildings.any()):
        return rows.nature
    return Kind.FOOTPRINTS if is_alone or says_buildings(rows.table, names) else rows.nature


def _as_wkb(geometry: pa.Array) -> pa.Array:
    nested = geoparquet.nested_kind(geometry.type)
    return geometry if nested is None else geoparquet.wkb_from_nested(geometry, nested)


# areas


def _areal(
    rows: Rows,
    facts: Facts,
    report: Report,
    kind: Kind,
    wishes: tuple[str | None, LocalFrame | None, str | None],
    stem: str,
) -> Values:
    """Put areas into the frame and find their heights."""
    crs, frame, height_field = wishes
    table, areas = rows.table, rows.areas
    assert areas is not None
    report.extend(areas.report())
    raised = raised_rows(table, height_field=height_field) if kind is Kind.FOOTPRINTS else None
    if raised is not None:
        areas = _buildings_only(areas, table, facts, report)
        report.extend(raised.report)
    outlines, row = areas.outlines, areas.row
    _refuse_nothing(len(outlines), facts, areas)
    low, high = bounds_of(outlines)
    size = float(np.median(np.hypot(*(high - low).T)))
    settled = settle(facts.crs, crs, Numbers(low, size), table, report, name=facts.file)
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
    say_if_outside(settled.crs, around, report)
    return Values(
        facts, settled, kind, frame, table, report, outlines, row, flat, raised, around, rows.geometry_types, stem
    )


def _osm_buildings(table: ArrowTable, *, is_osm: bool) -> npt.NDArray[np.bool_] | None:
    """Return which rows OpenStreetMap calls a building (n,); None where the table does not come from there.

    In an extract that GDAL reads, a building:part is none: it lies inside its building's outline, where two walls would
    share one place. Our own reader takes the parts' places out of the outlines, so that both are.
    """
    fields = table.fields()
    if is_osm and "osm_type" in fields:
        return np.ones(len(table), bool)
    if "building" not in fields or not (is_osm or OSM_FIELDS & set(fields)):
        return None
    return np.array([v not in (None, "", "no") for v in table.column("building")], bool)


def _buildings_only(areas: Areas, table: ArrowTable, facts: Facts, report: Report) -> Areas:
    """Leave out what OpenStreetMap does not call a building; its areas are of all kinds, in one layer."""
    areas = _visible_only(areas, table, report) if facts.driver == "OSM" else areas
    is_building = _osm_buildings(table, is_osm=facts.driver == "OSM")
    if is_building is None:
        return areas
    kept = is_building[areas.row]
    if kept.all() or not kept.any():
        return areas
    report.add("areas that are no buildings were left out", np.sort(areas.row[~kept]))
    return Areas(taken(areas.outlines, np.flatnonzero(kept)), areas.row[kept], areas.faults)


def _visible_only(areas: Areas, table: ArrowTable, report: Report) -> Areas:
    """Leave out outlines that their parts stand for, and what lies below the ground."""
    for column, what in (
        (osm.HIDDEN, "building outlines are hidden: their building:parts stand in their place"),
        (osm.UNDERGROUND, "buildings lie below the ground and are not drawn"),
    ):
        if column not in table.fields():
            continue
        is_out = table.column(column)[areas.row].astype(bool)
        if is_out.any() and not is_out.all():
            report.add(what, np.sort(areas.row[is_out]))
            areas = Areas(taken(areas.outlines, np.flatnonzero(~is_out)), areas.row[~is_out], areas.faults)
    return areas


def _refuse_nothing(shown: int, facts: Facts, areas: Areas) -> None:
    if shown:
        return
    found = [f"{len(rows):,} {SENTENCES[Fault(f)]}" for f, rows in enumerate(areas.faults) if len(rows)]
    why = "; ".join(found) or "no outline could be placed on earth"
    raise LayerError(
        f'Nothing of the layer "{facts.layer}" of "{facts.file}" can be drawn: {why}.',
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
    rows: Rows,
    facts: Facts,
    report: Report,
    kind: Kind,
    wishes: tuple[str | None, LocalFrame | None],
    stem: str,
) -> Values:
    """Put points or lines into the frame."""
    crs, frame = wishes
    xy = features.xy_local
    if not len(xy):
        raise LayerError(
            f'Nothing of the layer "{facts.layer}" of "{facts.file}" can be drawn as {kind}.',
            hint="Choose another layer.",
            layer=facts.layer,
        )
    settled = settle(facts.crs, crs, Numbers(xy, None), rows.table, report, name=facts.file)
    assert settled.crs is not None
    bounds = _around(xy, xy)
    frame = frame or frame_for(settled.crs, _centre(xy, bounds))
    features = replace(features, xy_local=into_frame(xy, settled.crs, frame))
    features = _placed_plain(features, report)
    if not len(features.xy_local):
        raise LayerError(f'Nothing of the layer "{facts.layer}" lies on earth.', hint="Check its CRS: --crs.")
    say_if_far(features.xy_local, report)
    around = lonlat_bounds(bounds, settled.crs)
    say_if_outside(settled.crs, around, report)
    row = np.unique(features.row)
    types = rows.geometry_types
    return Values(facts, settled, kind, frame, rows.table, report, None, row, features, None, around, types, stem)


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
