"""Frames of plugins become layers: a file for what stays, arrays for what moves. No Qt."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import fields, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import matplotlib as mpl
import pyarrow as pa
import pyarrow.parquet as pq
from pyproj import CRS

from data.settings import results_folder
from plugins.city_handle import FileCity
from plugins.received import Received
from plugins.results import answer_of, features_of, kind_of, value_column
from twin.analysis import AnalysisRun
from twin.layer import Kind, LayerState, Scheme, Style

MOST_CELLS = 120_000
"""A raster of more cells is drawn coarser; files have all of them."""
LIVE = "plugin://"
"""Begins the id and the path of layers that plugins keep moving."""
ROWS_KEPT = 500
"""Lines of a result's table that are kept with the project."""


def write_result_file(received: Received, city: FileCity, name: str) -> Path | None:
    """Write a frame's features as GeoParquet that opens like any file; None where it has none."""
    folder = results_folder()
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}-{time.strftime('%Y%m%d-%H%M%S')}-{time.monotonic_ns() % 10**6:06d}.parquet"
    columns = received.columns()
    if columns is not None and "geometry" in columns.column_names:
        if not columns.num_rows:
            return None
        _write_geoparquet(columns, city.crs, path)
        return path
    features = features_of(received, city, most_cells=MOST_CELLS)
    if features is None or not len(features):
        return None
    features.to_parquet(path, index=False)
    return path


def _write_geoparquet(columns: pa.Table, crs: str, path: Path) -> None:
    """Write WKB as GeoParquet without making a geometry of it."""
    geometry = {"encoding": "WKB", "geometry_types": [], "crs": CRS.from_user_input(crs).to_json_dict()}
    geo = {"version": "1.1.0", "primary_column": "geometry", "columns": {"geometry": geometry}}
    pq.write_table(columns.replace_schema_metadata({"geo": json.dumps(geo)}), path)


def layer_kind(received: Received) -> Kind:
    """Return what a frame's layer is drawn as."""
    return Kind(str(kind_of(received)))


def layers_with_values(received: Received) -> set[str]:
    """Return the layers of the buildings that a frame has values for."""
    columns = received.columns()
    if columns is None or "layer" not in columns.column_names:
        return set()
    return {str(v) for v in columns.column("layer").unique().to_pylist() if v}


def styled(state: LayerState, received: Received, title: str) -> LayerState:
    """Return a layer's state as its plugin wishes it to look."""
    wished = {k: v for k, v in received.header["style"].items() if k in {f.name for f in fields(Style)}}
    if "scheme" in wished:
        wished["scheme"] = Scheme(wished["scheme"]) if wished["scheme"] in set(Scheme) else None
    if "colors" in wished:
        wished["colors"] = tuple((str(k), str(v)) for k, v in wished["colors"])
    columns = received.columns()
    for name in ("color_by", "raised_by", "label_by"):  # a layer that asks for what it has not is not drawn
        if columns is not None and wished.get(name) and wished[name] not in columns.column_names:
            del wished[name]
    if wished.get("colormap") and wished["colormap"] not in mpl.colormaps:
        del wished["colormap"]
    value = value_column(received)
    if value and (columns is None or value in columns.column_names):
        wished = {**wished, "color_by": value}
    if received.header["unit"]:
        wished.setdefault("unit", str(received.header["unit"]))
    return replace(state, name=title, style=replace(state.style, **wished))


def analysis_run(
    layer_id: str, received: Received, info: Mapping[str, Any], parameters: Mapping[str, Any], area: Any
) -> AnalysisRun:
    """Return what is kept of a run with the project."""
    answer = answer_of(received, most_rows=ROWS_KEPT)
    return AnalysisRun(
        layer_id=layer_id,
        plugin_id=str(info["id"]),
        title=str(info["title"]),
        parameters=json.dumps(dict(parameters)),
        area=json.dumps([list(p) for p in area]),
        when=datetime.now().astimezone().isoformat(timespec="seconds"),
        unit=str(answer["unit"]),
        note=str(answer["note"]),
        limits=str(answer["limits"]),
        source=str(info["source"]),
        table=json.dumps(answer["table"]) if answer["table"] else "",
        charts=json.dumps(answer["charts"]),
        facts=json.dumps(answer["facts"]),
    )
