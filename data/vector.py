"""Any vector file to a layer: describe() is a cheap look, read() gives checked values and a report."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from data.content import IsStopped, Progress, StoppedError
from data.crs import Numbers, Settled, lonlat_bounds, settle
from data.database_address import without_password
from data.height_rasters import HeightRasters
from data.layer_values import OSM_FIELDS, Values, facts_of, read_values, split_path
from data.model_terrain import terrain_of
from data.osm import is_osm
from data.rasters import is_imagery, is_raster, read_raster
from data.sources import opened
from data.table import ArrowTable
from twin.errors import CrsError, TwinError
from twin.layer import Heights, Kind, Layer, LayerInfo
from twin.models import RELIEF, lod_name
from twin.place import LocalFrame
from twin.report import Report

OF_MODELS = {".json", ".jsonl", ".gml", ".xml", ".citygml", ".zip"}
"""Suffixes that city models have, among others."""

__all__ = ["Description", "StoppedError", "describe", "layers_of", "read"]


@dataclass(frozen=True, slots=True)
class Description:
    """What a cheap look at a file says."""

    path: str
    driver: str
    layers: tuple[str, ...]
    layer: str
    """The one asked for, else the largest polygon layer."""
    count: int
    """Rows; -1 where only reading the whole of a large file would tell."""
    crs: str | None
    """None where it is missing and cannot be guessed: ask for it."""
    crs_source: str
    """"stated", "guessed" or "given"; "" where it is not known."""
    bounds_lonlat: tuple[float, float, float, float] | None
    fields: tuple[str, ...]
    geometry_types: tuple[str, ...]
    """As the file declares them; empty where it declares nothing."""
    opened: tuple[str, ...]
    """The layers that are opened together where none was asked for, as in an OpenStreetMap extract; else empty."""
    problem: str
    """Why the CRS is not known, as a sentence; "" otherwise."""
    report: Report


def describe(path: str | os.PathLike[str], *, layer: str | None = None, crs: str | None = None) -> Description:
    """Look at a file without reading its rows.

    path     a file, or "FILE:LAYER"
    layer    the layer wanted; None takes the largest polygon layer
    crs      to use instead of the one stated
    raises   SourceError  it is missing, empty, forbidden or not readable
             LayerError   there is no such layer
             CrsError     the crs given is none
    """
    name, layer = split_path(path, layer)
    if is_raster(name):
        return _described_raster(name, crs)
    with opened(name) as source:
        facts = facts_of(source, layer)
        points = np.array(facts.bounds, float).reshape(2, 2) if facts.bounds is not None else np.zeros((0, 2))
        empty = ArrowTable(pa.table({}))
        problem, settled = "", Settled(None, "")
        try:
            settled = settle(facts.crs, crs, Numbers(points, None), empty, source.report, name=Path(name).name)
        except CrsError as error:
            if crs is not None:
                raise
            problem = str(error)
        around = None
        if facts.bounds is not None and settled.crs is not None:
            around = lonlat_bounds(facts.bounds, settled.crs)
        return Description(
            path=name,
            driver=facts.driver,
            layers=facts.layers,
            layer=facts.layer,
            count=facts.count,
            crs=settled.crs,
            crs_source=settled.source,
            bounds_lonlat=around,
            fields=facts.fields,
            geometry_types=facts.geometry_types,
            opened=facts.opened if layer is None else (),
            problem=problem,
            report=source.report,
        )


def layers_of(path: str | os.PathLike[str]) -> tuple[str, ...]:
    """Return what a source is opened as, as "FILE:LAYER": every layer of an extract or a city model, else itself.

    A file that cannot be read is returned as it is: reading it says why.
    """
    name, layer = split_path(path, None)
    if layer is not None or not (is_osm(Path(name)) or Path(name).suffix.lower() in OF_MODELS):
        return (os.fspath(path),)
    try:
        return tuple(f"{name}:{one}" for one in describe(name).opened) or (name,)
    except TwinError:
        return (name,)


def read(
    path: str | os.PathLike[str],
    *,
    layer: str | None = None,
    crs: str | None = None,
    kind: Kind | None = None,
    frame: LocalFrame | None = None,
    height_field: str | None = None,
    rasters: HeightRasters | None = None,
    layer_id: str | None = None,
    is_alone: bool = False,
    memory_bytes: int | None = None,
    progress: Progress | None = None,
    is_stopped: IsStopped | None = None,
) -> Layer:
    """Read one layer of any vector file.

    path          a file, or "FILE:LAYER"
    layer         the layer wanted; None takes the largest polygon layer
    crs           to use instead of the one stated
    kind          what to draw it as; None decides by columns and names
    frame         the project's; None lets this layer set it
    height_field  the column to take measured heights from; None chooses
    rasters       what heights of buildings are taken from, before all columns but height_field
    layer_id      None makes one from the name
    is_alone      whether it is the only polygon layer there is: it is raised then
    memory_bytes  what its values may take; None for no limit
    progress      called with the share that is done
    is_stopped    asked now and then; true ends the reading
    returns       the layer, with a report of what was repaired, guessed and skipped
    raises        SourceError, LayerError, CrsError, ColumnError, MemoryBudgetError  it cannot be used
                  StoppedError  is_stopped answered true
    """
    if is_raster(path):
        return read_raster(
            path,
            crs=crs,
            kind=kind,
            frame=frame,
            layer_id=layer_id,
            memory_bytes=memory_bytes,
            progress=progress,
            is_stopped=is_stopped,
        )
    values = read_values(
        path,
        layer=layer,
        crs=crs,
        kind=kind,
        frame=frame,
        height_field=height_field,
        rasters=rasters,
        is_alone=is_alone,
        memory_bytes=memory_bytes,
        progress=progress,
        is_stopped=is_stopped,
        with_bodies=True,
    )
    return _layer(values, _info(values, without_password(split_path(path, layer)[0]), layer_id), kind)


def _layer(values: Values, info: LayerInfo, kind: Kind | None) -> Layer:
    """Return a layer's values with its buildings in tiles; relief is terrain, unless another kind is asked for."""
    from data.tilestore import build_tiles  # noqa: PLC0415  `info` does without it

    if values.bodies is not None and values.facts.layer in RELIEF and kind in (None, Kind.TERRAIN):
        terrain = terrain_of(values.bodies)
        if terrain is not None:
            info = replace(info, kind=Kind.TERRAIN, lods=())
            return Layer(info, values.frame, ArrowTable(pa.table({})), values.report, terrain=terrain)
    tiles, heights = None, None
    if values.raised is not None and values.outlines is not None:
        base, height = values.raised.base_m[values.row], values.raised.heights.height_m[values.row]
        tiles = build_tiles(values.outlines, base, height, values.row, rows=len(values.table))
        heights = _of_shown(values.raised.heights, values.row)
    return Layer(
        info=info,
        frame=values.frame,
        table=values.table,
        report=values.report,
        tiles=tiles,
        features=values.features,
        heights=heights,
        model=values.bodies,
    )


def _described_raster(path: str, crs: str | None) -> Description:
    """Return what a cheap look at a raster says, in the same words."""
    from data.raster import raster_facts  # noqa: PLC0415  GDAL's raster half takes 0.1 s to load

    if is_imagery(path):
        return _described_tiles(path)
    facts = raster_facts(path, crs=crs)
    return Description(
        path=path,
        driver=facts.driver,
        layers=(Path(path).stem,),
        layer=Path(path).stem,
        opened=(),
        count=facts.width * facts.height,
        crs=facts.crs,
        crs_source=facts.crs_source,
        bounds_lonlat=facts.bounds_lonlat,
        fields=(),
        geometry_types=("Raster",),
        problem=facts.problem,
        report=facts.report,
    )


def _described_tiles(path: str) -> Description:
    from data.imagery import imagery_of  # noqa: PLC0415  for pictures only

    imagery, words = imagery_of(path)
    pyramid, name = imagery.pyramid, words.get("name", Path(path).stem)
    around = lonlat_bounds(pyramid.bounds, pyramid.crs)
    return Description(
        path=path,
        driver=words["driver"],
        layers=(name,),
        layer=name,
        opened=(),
        count=-1,
        crs=pyramid.crs,
        crs_source="stated",
        bounds_lonlat=around,
        fields=(),
        geometry_types=("Raster",),
        problem="",
        report=Report(),
    )


def _of_shown(heights: Heights, row: npt.NDArray[np.int32]) -> Heights:
    shown = np.full(len(heights.height_m), np.nan, np.float32)
    shown[row] = heights.height_m[row]
    return replace(heights, height_m=shown)


def _info(values: Values, path: str, layer_id: str | None) -> LayerInfo:
    several = len(values.facts.layers) > 1
    name = values.facts.layer if several else values.stem
    has_credit = values.facts.driver == "OSM" or bool(OSM_FIELDS & set(values.table.fields()))
    return LayerInfo(
        id=layer_id or re.sub(r"[^\w]+", "-", name).strip("-").lower() or "layer",
        name=name,
        kind=values.kind,
        path=path,
        source_layer=values.facts.layer if several else None,
        driver=values.facts.driver,
        crs=values.settled.crs,
        crs_source=values.settled.source,
        count=values.facts.count,
        shown=len(values.row),
        bounds_lonlat=values.bounds_lonlat,
        lods=() if values.bodies is None else tuple(lod_name(lod) for lod in values.bodies.body_lods),
        attribution="© OpenStreetMap contributors" if has_credit else "",
        licence="ODbL 1.0" if has_credit else "",
    )
