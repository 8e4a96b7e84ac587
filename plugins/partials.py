"""What a tile says, as bytes: a plain header and the arrays one after another. No pickle."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import shapely

from plugins.contract import PluginError
from plugins.encoding import plain

_ALIGNMENT = 64


def bytes_of_partial(partial: Any) -> bytes:
    """Return a partial as bytes.

    raises   PluginError  it is no mapping of arrays, frames and plain values
    """
    if not isinstance(partial, Mapping):
        raise PluginError(
            f"tile returned a {type(partial).__name__}.", "Return a dict of arrays, GeoDataFrames and plain values."
        )
    buffers: list[bytes] = []
    header = json.dumps(_node(partial, buffers)).encode()
    out = [len(header).to_bytes(8, "little"), header]
    for buffer in buffers:
        out += [len(buffer).to_bytes(8, "little"), buffer]
    return b"".join(out)


def partial_of_bytes(data: bytes) -> Any:
    """Return the partial that bytes_of_partial wrote."""
    at, buffers = 0, []
    view = memoryview(data)
    while at < len(data):
        size = int.from_bytes(view[at : at + 8], "little")
        buffers.append(view[at + 8 : at + 8 + size])
        at += 8 + size
    return _value(json.loads(bytes(buffers[0])), buffers[1:])


def _node(value: Any, buffers: list[bytes]) -> Any:
    if isinstance(value, np.ndarray) and value.dtype != object:
        buffers.append(np.ascontiguousarray(value).tobytes())
        return {"array": value.dtype.str, "shape": list(value.shape), "buffer": len(buffers) - 1}
    if isinstance(value, pd.DataFrame):
        return _frame_node(value, buffers)
    if isinstance(value, Mapping):
        return {"map": [[plain(k), _node(v, buffers)] for k, v in value.items()]}
    if isinstance(value, list | tuple):
        return {"list": [_node(v, buffers) for v in value]}
    if isinstance(value, np.ndarray):
        return {"list": [_node(v, buffers) for v in value.tolist()]}
    if isinstance(value, float) and math.isnan(value):
        return {"nan": True}
    if value is None or isinstance(value, bool | int | float | str | np.generic):
        return {"plain": plain(value)}
    raise PluginError(
        f"tile returned a {type(value).__name__} in its dict.", "Return arrays, GeoDataFrames and plain values."
    )


def _frame_node(frame: pd.DataFrame, buffers: list[bytes]) -> Any:
    is_geo = bool(isinstance(frame, gpd.GeoDataFrame))
    crs, name = None, str(frame.geometry.name) if is_geo else ""
    columns = pd.DataFrame(frame.drop(columns=[name]) if is_geo else frame)
    table = pa.Table.from_pandas(columns, preserve_index=True)
    if is_geo:
        crs = getattr(frame.crs, "to_wkt", lambda: None)()
        table = table.append_column("__geometry__", pa.array(shapely.to_wkb(frame.geometry.to_numpy()), pa.binary()))
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    buffers.append(sink.getvalue().to_pybytes())
    return {"frame": len(buffers) - 1, "geometry": name, "crs": crs}


def _value(node: Any, buffers: list[Any]) -> Any:
    if "array" in node:
        return np.frombuffer(buffers[node["buffer"]], node["array"]).reshape(node["shape"]).copy()
    if "frame" in node:
        with pa.ipc.open_stream(pa.py_buffer(buffers[node["frame"]])) as reader:
            table = reader.read_all()
        if not node["geometry"]:
            return table.to_pandas()
        columns = table.drop_columns(["__geometry__"]).to_pandas()
        geometry = shapely.from_wkb(table.column("__geometry__").to_numpy(zero_copy_only=False))
        series = gpd.GeoSeries(geometry, index=columns.index, crs=node["crs"])
        columns[node["geometry"]] = series
        return gpd.GeoDataFrame(columns, geometry=node["geometry"])
    if "map" in node:
        return {k: _value(v, buffers) for k, v in node["map"]}
    if "list" in node:
        return [_value(v, buffers) if isinstance(v, dict) else v for v in node["list"]]
    return float("nan") if "nan" in node else node["plain"]
