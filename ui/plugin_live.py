"""Frames of live plugins as what is drawn: moving points over a resting picture, others as layers in place. No Qt."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from data.frames import layer_from_frame
from data.table import ArrowTable, arrow_table
from plugins.city_handle import FileCity
from plugins.contract import Kind as FrameKind
from plugins.received import Received
from plugins.results import features_of
from twin.entities import Column, EntityFrame
from twin.feed import FeedState, FeedStatus
from twin.layer import Layer
from twin.live import LiveLook, Shape
from twin.place import LocalFrame, lonlat_from_local
from ui.plugin_layers import LIVE, MOST_CELLS, layer_kind

MOST_MOVING = 20_000
"""More points are a layer of the city, drawn with it."""
METRES_A_PX = 4.0
"""A plugin says how wide spots are in pixels; live things are measured in metres."""
_KNOWN = {"x", "y", "z_m", "heading_rad", "heading_deg", "speed_mps", "id"}


def is_moving(received: Received, info: Mapping[str, Any]) -> bool:
    """Return whether a frame is of points that move fast: columns of arrays, and not too many."""
    header = received.header
    is_fast = bool(info["is_live"]) and header["form"] == "columns" and header["kind"] == FrameKind.POINTS
    return is_fast and int(header["rows"]) <= MOST_MOVING


def entities_of(
    received: Received, info: Mapping[str, Any], frame: LocalFrame, before: EntityFrame | None
) -> EntityFrame:
    """Return a frame of fast points as live things: the columns id, z_m, heading_rad and speed_mps mean what they say.

    before   the frame before it: things that have no id are taken for the same while there are as many
    """
    columns = received.columns()
    assert columns is not None
    at_s = time.time()
    xy = np.column_stack([_numbers(columns, "x"), _numbers(columns, "y")]) - np.asarray(frame.origin_m)
    heading = np.radians(_numbers(columns, "heading_deg")) if "heading_deg" in columns.column_names else None
    return EntityFrame(
        feed_id=LIVE + str(info["id"]),
        ids=_ids(columns, before),
        lonlat=lonlat_from_local(frame, xy) if len(xy) else np.empty((0, 2)),
        z_m=_numbers(columns, "z_m"),
        time_s=np.full(len(xy), at_s),
        heading_rad=_numbers(columns, "heading_rad") if heading is None else heading,
        speed_mps=_numbers(columns, "speed_mps"),
        values={n: _column(columns.column(n)) for n in columns.column_names if n not in _KNOWN},
        at_s=at_s,
    )


def _numbers(columns: pa.Table, name: str) -> npt.NDArray[np.float64]:
    if name not in columns.column_names:
        return np.full(columns.num_rows, np.nan)
    return np.asarray(columns.column(name).to_numpy(), np.float64)


def _ids(columns: pa.Table, before: EntityFrame | None) -> npt.NDArray[np.object_]:
    named = columns.column("id").to_pylist() if "id" in columns.column_names else range(columns.num_rows)
    ids = np.array([str(i) for i in named], dtype=object)
    return before.ids if before is not None and np.array_equal(before.ids, ids) else ids


def _column(values: pa.ChunkedArray) -> Column:
    if pa.types.is_integer(values.type) or pa.types.is_floating(values.type) or pa.types.is_boolean(values.type):
        return np.asarray(values.to_numpy(zero_copy_only=False), np.float64)
    return np.array([None if v is None else str(v) for v in values.to_pylist()], dtype=object)


def look_of_plugin(received: Received, info: Mapping[str, Any]) -> LiveLook:
    """Return the look that a live plugin's points begin with."""
    style = received.header["style"]
    names = received.columns().column_names  # type: ignore[union-attr]
    return LiveLook(
        feed_id=LIVE + str(info["id"]),
        name=str(info["title"]),
        shape=Shape.ARROWS if {"heading_rad", "heading_deg"} & set(names) else Shape.DISCS,
        value=str(received.header["value"] or style.get("color_by", "")),
        unit=str(received.header["unit"] or ""),
        color=str(style.get("color", "")),
        colormap=str(style.get("colormap", "")),
        opacity=float(style.get("opacity", 0.95)),
        size_m=float(style["size_px"]) * METRES_A_PX if style.get("size_px") else 0.0,
        glides=False,
        trail_s=0.0,
    )


def status_of(feed_id: str, sentence: str, *, is_running: bool, frames: int, dropped: int) -> FeedStatus:
    """Return how it stands with a live plugin, as the layer panel shows it of feeds."""
    state = FeedState.FAILED if sentence else FeedState.LIVE if is_running else FeedState.ENDED
    return FeedStatus(feed_id, state, sentence, messages=frames, coalesced_frames=dropped)


# other kinds


def live_layers(
    received: Received, city: FileCity, info: Mapping[str, Any], layers: Mapping[str, Layer]
) -> list[Layer]:
    """Return a frame as layers whose ids stay the same from frame to frame; none where it has nothing to draw.

    layers   what is open: values on buildings share the geometry of the buildings, and only recolour them
    """
    if received.header["kind"] == FrameKind.VALUES:
        return _valued(received, info, layers)
    features = features_of(received, city, most_cells=MOST_CELLS)
    if features is None or not len(features):
        return []
    place = next(layer.frame for layer in layers.values())
    height_field = "height_m" if "height_m" in features else None
    made = layer_from_frame(
        features, str(info["title"]), kind=layer_kind(received), local=place, height_field=height_field
    )
    return [_named(made, LIVE + str(info["id"]), info)]


def _valued(received: Received, info: Mapping[str, Any], layers: Mapping[str, Layer]) -> list[Layer]:
    columns = received.columns()
    if columns is None:
        return []
    of = columns.column("layer")
    rows = np.asarray(columns.column("row").to_numpy(), np.int64)
    made = []
    for layer_id in of.unique().to_pylist():
        layer = layers.get(str(layer_id))
        if layer is None or layer.tiles is None:
            continue
        table = arrow_table(layer.table)
        is_of = pc.fill_null(pc.equal(of, layer_id), fill_value=False).to_numpy(zero_copy_only=False)
        is_of = is_of & (rows >= 0) & (rows < table.num_rows)
        places = np.full(table.num_rows, -1)
        places[rows[is_of]] = np.flatnonzero(is_of)
        taken = pa.array(places, mask=places < 0)
        for name in columns.column_names:
            if name not in {"layer", "row"}:
                values = columns.column(name).take(taken)
                place = table.column_names.index(name) if name in table.column_names else -1
                table = table.append_column(name, values) if place < 0 else table.set_column(place, name, values)
        valued = replace(layer, table=ArrowTable(table))
        made.append(_named(valued, f"{LIVE}{info['id']}/{layer_id}", info))
    return made


def _named(layer: Layer, layer_id: str, info: Mapping[str, Any]) -> Layer:
    facts = replace(
        layer.info,
        id=layer_id,
        name=str(info["title"]),
        path=layer_id,
        source_layer=None,
        driver="plugin",
        attribution=str(info["source"]),
        licence=str(info["licence"]),
    )
    return replace(layer, info=facts)
