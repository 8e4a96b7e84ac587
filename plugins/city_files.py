"""The city laid down for plugins: layers as arrays and Arrow columns in a private folder that their processes map.

Nothing is computed here that can wait: geometry is copied as it lies in memory, and made into objects only for what a
plugin asks for. What is personal, or not yet moderated, goes to another folder that only some plugins are told of.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from data.table import arrow_table
from data.tilestore import MemoryTiles
from plugins.parameters import text_of_moment
from twin.features import Lines, Points, Polygons
from twin.layer import Layer
from twin.place import Area, LocalFrame
from twin.tiles import TileSource

MANIFEST = "city.json"
LAYOUT = 1
"""Grows when what is laid down changes its form."""
GEOMETRY_ARRAYS = (
    "offset_xy",
    "anchor_local",
    "ring_start",
    "part_start",
    "feature_start",
    "base_m",
    "height_m",
    "row",
)


@dataclass(frozen=True, slots=True)
class Edits:
    """What a scenario changes of the buildings."""

    removed: Mapping[str, Sequence[int]] = field(default_factory=dict)
    """Table rows by layer id."""
    added: Any = None
    """GeoDataFrame with geometry in any CRS, height_m, base_m and more columns; None adds nothing."""


@dataclass(frozen=True, slots=True)
class CityContents:
    """What plugins may see of what is open."""

    layers: Sequence[Layer]
    names: Mapping[str, str] = field(default_factory=dict)
    """Names that people gave, by layer id."""
    personal: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Columns held for personal, by layer id."""
    scenarios: Mapping[str, Edits] = field(default_factory=dict)
    terrain: Any = None
    """Something with height_at(points_local (n, 2)) -> (n,) that can be asked in another process, or None."""
    comments: Sequence[Mapping[str, Any]] = ()
    """lon_deg, lat_deg, text, time, state ("accepted" or another)."""
    time: datetime | None = None


def write_city(folder: Path, city: CityContents, *, personal_folder: Path | None = None) -> None:
    """Lay a city down for plugins.

    folder            made by the caller, empty
    personal_folder   where personal columns and unmoderated comments go; None leaves them out
    """
    layers = [
        _write_layer(folder / f"layer-{number}", layer, city, personal_folder)
        for number, layer in enumerate(city.layers)
        if layer.tiles is not None or layer.features is not None
    ]
    frame = city.layers[0].frame if city.layers else LocalFrame("EPSG:3857", (0.0, 0.0))
    manifest = {
        "crs": frame.crs,
        "origin_m": list(frame.origin_m),
        "area": _area(city.layers),
        "layers": layers,
        "time": text_of_moment(city.time) if city.time is not None else "",
        "scenarios": [
            _write_scenario(folder, n, name, edits) for n, (name, edits) in enumerate(city.scenarios.items())
        ],
        "terrain": _write_terrain(folder, city),
    }
    _write_comments(folder, personal_folder, city.comments)
    (folder / MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")


def _area(layers: Sequence[Layer]) -> list[float]:
    """Return the bounds of what is open, local metres: of buildings where there are any (seas reach far out)."""
    with_buildings = [layer for layer in layers if layer.tiles is not None]
    area: Area | None = None
    for layer in with_buildings or [layer for layer in layers if layer.features is not None]:
        area = layer.area if area is None else area.united(layer.area)
    return [0.0, 0.0, 0.0, 0.0] if area is None else [area.west_m, area.south_m, area.east_m, area.north_m]


def _write_layer(folder: Path, layer: Layer, city: CityContents, personal_folder: Path | None) -> dict[str, Any]:
    folder.mkdir()
    if layer.tiles is not None:
        form, arrays = "tiles", tile_arrays(layer.tiles)
    else:
        form, arrays = _feature_arrays(layer)
    for name, array in arrays.items():
        np.save(folder / f"{name}.npy", array)
    table = arrow_table(layer.table)
    table = table.select([i for i, n in enumerate(table.column_names) if n not in table.column_names[:i]])
    hidden = [n for n in city.personal.get(layer.info.id, ()) if n in table.column_names]
    if hidden and personal_folder is not None:
        write_arrow(personal_folder / f"{folder.name}.arrow", table.select(hidden))
    write_arrow(folder / "table.arrow", table.drop_columns(hidden))
    kinds = layer.table.fields()
    return {
        "id": layer.info.id,
        "title": city.names.get(layer.info.id) or layer.info.name,
        "kind": str(layer.info.kind),
        "count": layer.info.shown,
        "columns": {n: kinds[n] for n in table.column_names if n not in hidden},
        "personal": {n: kinds[n] for n in hidden},
        "folder": folder.name,
        "form": form,
    }


def tile_arrays(tiles: TileSource) -> dict[str, npt.NDArray[Any]]:
    """Return the buildings of any source of tiles as the arrays of twin.tiles.TileArrays."""
    if isinstance(tiles, MemoryTiles):
        return {name: getattr(tiles.arrays, name) for name in GEOMETRY_ARRAYS}
    return _gathered(tiles)


def _gathered(tiles: TileSource) -> dict[str, npt.NDArray[Any]]:
    """Return all buildings of a source that keeps them elsewhere, tile by tile."""
    found: dict[str, list[npt.NDArray[Any]]] = {name: [] for name in GEOMETRY_ARRAYS}
    vertices = rings = parts = 0
    for number in range(len(tiles.index())):
        some = tiles.fetch(number)
        if not len(some):
            continue
        outlines = some.outlines
        found["offset_xy"].append(np.asarray(outlines.xy, np.float32))
        found["anchor_local"].append(np.tile(np.asarray(some.origin_local, float), (len(some), 1)))
        found["ring_start"].append(outlines.ring_start[:-1] + vertices)
        found["part_start"].append(outlines.part_start[:-1] + rings)
        found["feature_start"].append(outlines.feature_start[:-1] + parts)
        for name in ("base_m", "height_m", "row"):
            found[name].append(getattr(some, name))
        vertices += len(outlines.xy)
        rings += len(outlines.ring_start) - 1
        parts += len(outlines.part_start) - 1
    for name, end in (("ring_start", vertices), ("part_start", rings), ("feature_start", parts)):
        found[name].append(np.array([end]))
    return {name: np.concatenate(pieces) for name, pieces in found.items()}


def _feature_arrays(layer: Layer) -> tuple[str, dict[str, npt.NDArray[Any]]]:
    features = layer.features
    if isinstance(features, Points):
        return "points", {"xy_local": features.xy_local, "row": features.row}
    if isinstance(features, Lines):
        return "lines", {"xy_local": features.xy_local, "line_start": features.line_start, "row": features.row}
    assert isinstance(features, Polygons)
    outlines = {f.name: getattr(features.outlines, f.name) for f in fields(features.outlines)}
    return "polygons", {**outlines, "row": features.row}


def _write_scenario(folder: Path, number: int, name: str, edits: Edits) -> dict[str, Any]:
    added = ""
    if edits.added is not None and len(edits.added):
        added = f"scenario-{number}.parquet"
        edits.added.to_parquet(folder / added, index=False)
    return {"name": name, "removed": {k: [int(r) for r in v] for k, v in edits.removed.items()}, "added": added}


def _write_terrain(folder: Path, city: CityContents) -> dict[str, Any] | None:
    """Keep the ground as the arrays of its dataclass, by name; the handle makes the same of them again."""
    terrain = city.terrain
    if terrain is None:
        return None
    plain: dict[str, Any] = {}
    for declared in fields(terrain):
        value = getattr(terrain, declared.name)
        if isinstance(value, np.ndarray):
            np.save(folder / f"terrain-{declared.name}.npy", value)
        elif value is None or isinstance(value, bool | int | float | str | tuple):
            plain[declared.name] = value
    return {"class": type(terrain).__name__, "module": type(terrain).__module__, "plain": plain}


def _write_comments(folder: Path, personal_folder: Path | None, comments: Sequence[Mapping[str, Any]]) -> None:
    accepted = [dict(c) for c in comments if c.get("state") == "accepted"]
    others = [dict(c) for c in comments if c.get("state") != "accepted"]
    for where, some in ((folder, accepted), (personal_folder, others)):
        if some and where is not None:
            (where / "comments.json").write_text(json.dumps(some, default=str), encoding="utf-8")


def write_arrow(path: Path, table: pa.Table) -> None:
    """Write a table so that it can be mapped."""
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table, max_chunksize=65_536)


def read_arrow(path: Path) -> pa.Table:
    """Return a table of write_arrow, mapped."""
    with pa.memory_map(str(path)) as source:
        return pa.ipc.open_file(source).read_all()
