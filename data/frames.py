"""Layers to GeoPandas and back: the door for scripts and plugins, and for every format GeoPandas writes."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import geopandas
import numpy as np
import numpy.typing as npt
import shapely

from data.outlines import geometries_of
from data.table import arrow_table
from data.vector import read
from twin.buildings import HeightSource
from twin.errors import CrsError, LayerError
from twin.features import Lines, Points, Polygons
from twin.layer import Kind, Layer
from twin.place import LocalFrame

HEIGHT, HEIGHT_SOURCE = "height_drawn_m", "height_source"
"""Columns that frame_of_layer adds for buildings."""


def layer_from_frame(
    frame: geopandas.GeoDataFrame,
    name: str,
    *,
    kind: Kind | None = None,
    local: LocalFrame | None = None,
    height_field: str | None = None,
) -> Layer:
    """Return a GeoDataFrame as a layer, checked and repaired like a file that is opened.

    frame          rows with geometry; the CRS must be set
    name           what people see
    kind           what to draw it as; None raises polygons and draws others flat
    local          the project's frame; None lets this layer set it
    height_field   the column to take measured heights from; None chooses
    raises         CrsError    the frame has no CRS
                   LayerError  it has no rows
    """
    if frame.crs is None:
        raise CrsError(f'"{name}" has no coordinate reference system.', hint="Set it with frame.set_crs(...).")
    if not len(frame):
        raise LayerError(f'"{name}" has no features.', hint="Give at least one row.")
    with tempfile.TemporaryDirectory(prefix="citytwin-frame-") as folder:
        path = Path(folder) / "frame.parquet"
        frame.to_parquet(path, index=False)
        layer = read(path, kind=kind, frame=local, height_field=height_field, is_alone=True)
    identity = re.sub(r"[^\w]+", "-", name).strip("-").lower() or "layer"
    info = replace(layer.info, id=identity, name=name, path="", source_layer=None, driver="GeoPandas")
    return replace(layer, info=info)


def frame_of_layer(layer: Layer, rows: Sequence[int] | None = None) -> geopandas.GeoDataFrame:
    """Return what a layer shows as a GeoDataFrame in the project's CRS, float64 metres.

    Buildings bring two columns more: the height drawn, and where it came from ("measured", "storeys" and so on).

    rows   table rows to take, in this order; those that are not shown are left out; None takes all that are shown
    """
    shown, geometry = _geometry(layer)
    if rows is not None:
        place = {int(row): i for i, row in enumerate(shown)}
        chosen = np.array([place[int(row)] for row in rows if int(row) in place], np.intp)
        shown, geometry = shown[chosen], geometry[chosen]
    columns = arrow_table(layer.table).take(shown).to_pandas()
    if layer.heights is not None:
        columns[HEIGHT] = layer.heights.height_m[shown].astype(np.float64)
        columns[HEIGHT_SOURCE] = [HeightSource(s).name.lower() for s in layer.heights.source[shown]]
    return geopandas.GeoDataFrame(columns, geometry=geometry, crs=layer.frame.crs)


def _geometry(layer: Layer) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.object_]]:
    """Return the rows shown, ascending, and one geometry each, in the project's CRS."""
    if layer.tiles is not None:
        rows, geometry = _building_geometry(layer)
    elif isinstance(layer.features, Polygons):
        rows, geometry = layer.features.row, geometries_of(layer.features.outlines)
    elif isinstance(layer.features, Lines):
        lines = shapely.from_ragged_array(
            shapely.GeometryType.LINESTRING, layer.features.xy_local, (layer.features.line_start,)
        )
        rows, geometry = _gathered(lines, layer.features.row, shapely.multilinestrings)
    else:
        assert isinstance(layer.features, Points)
        rows, geometry = _gathered(
            np.asarray(shapely.points(layer.features.xy_local)), layer.features.row, shapely.multipoints
        )
    order = np.argsort(rows, kind="stable")
    placed = shapely.transform(geometry[order], lambda xy: xy + np.asarray(layer.frame.origin_m))
    return rows[order].astype(np.int64), _single(placed)


def _building_geometry(layer: Layer) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.object_]]:
    assert layer.tiles is not None
    rows, geometry = [], []
    for tile in range(len(layer.tiles.index())):
        buildings = layer.tiles.fetch(tile)
        outlines = replace(
            buildings.outlines, xy=buildings.outlines.xy.astype(np.float64) + np.asarray(buildings.origin_local)
        )
        rows.append(buildings.row)
        geometry.append(geometries_of(outlines))
    return np.concatenate(rows), np.concatenate(geometry)


def _gathered(parts: npt.NDArray[np.object_], row: npt.NDArray[np.int32], gather):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Return each row once, with its parts as one geometry."""
    order = np.argsort(row, kind="stable")
    rows, index = np.unique(row[order], return_inverse=True)
    return rows, gather(parts[order], indices=index)


def _single(geometry: npt.NDArray[np.object_]) -> npt.NDArray[np.object_]:
    """Return collections of one part as that part."""
    is_single = shapely.get_num_geometries(geometry) == 1
    single = geometry.copy()
    single[is_single] = shapely.get_geometry(geometry[is_single], 0)
    return single
