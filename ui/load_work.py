"""What a worker process does to open a file, and how a layer crosses from process to process as plain arrays."""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from data.height_rasters import HeightRasters
from data.layer_file import SUFFIX
from data.table import ArrowTable, arrow_table
from data.tile_changes import in_tiles_of
from data.tilestore import MemoryTiles
from data.vector import Description, describe, read
from layers.tile_identity import same_tiles
from twin.buildings import Outlines
from twin.changes import Changes, changes_between
from twin.errors import ColumnError, SourceError
from twin.features import Features, Lines, Points, Polygons
from twin.imagery import Imagery
from twin.layer import Heights, Kind, Layer, LayerInfo
from twin.models import Bodies
from twin.place import Area, LocalFrame
from twin.report import Report
from twin.terrain import Terrain
from twin.tiles import Succession, TileArrays, TileIndex
from ui.layer_cache import keep_layer, kept_arrays, kept_layer

Arrays = dict[str, npt.NDArray[Any]]
PLAIN: dict[str, Any] = {
    "info": LayerInfo,
    "frame": LocalFrame,
    "report": Report,
    "whole": Area,
    "heights": dict[str, str | None],
    "features": str,
    "image": bool,
    "terrain": tuple[tuple[float, float], tuple[float, float]],
}
"""What of a layer is no array, and what it is. It is written without pickle: a project keeps layers this way, and a
project may come from anybody."""
_BITS = 63
PROGRESS, STOP = 0, 1
"""Places in the array that loader and worker share while a file is read."""


def read_layer(
    shared: Mapping[str, npt.NDArray[Any]], path: str, wishes: dict[str, Any], kept: str = "", copy: str = ""
) -> Arrays:
    """Read a layer (see data.vector.read) and return it as arrays.

    kept   the file in which a project keeps the layer as it was read; it is taken while it is fresh, else made anew
    copy   the file that stands in for an address
    """
    if copy:
        arrays = read_layer(shared, copy, wishes, kept)
        layer = layer_of_arrays(arrays)
        return arrays_of_layer(replace(layer, info=replace(layer.info, path=path)))
    control = shared["control"]
    if path.endswith(SUFFIX):
        return made_layer(path, wishes)
    if kept and (found := kept_layer(Path(kept), path, wishes, layer_of_arrays)) is not None:
        arrays, layer = found
        if layer.info.path == path:
            return arrays
        return arrays_of_layer(replace(layer, info=replace(layer.info, path=path)))

    def tell(share: float) -> None:
        control[PROGRESS] = share

    arrays = arrays_of_layer(read(path, **wishes, progress=tell, is_stopped=lambda: bool(control[STOP])))
    if kept:
        keep_layer(Path(kept), path, wishes, arrays)
    return arrays


def made_layer(path: str, wishes: dict[str, Any]) -> Arrays:
    """Return a layer that a project has as it is, because it came from no file.

    raises   SourceError  it is not whole, or was not written by citytwin
    """
    layer = kept_arrays(Path(path), layer_of_arrays)
    if layer is None or (wishes.get("frame") or layer.frame) != layer.frame:
        name = Path(path).name
        raise SourceError(f'"{name}" is not there or not whole.', hint=f"Take another copy of the project: {path}")
    return arrays_of_layer(replace(layer, info=replace(layer.info, path=path, id=wishes["layer_id"] or layer.info.id)))


def read_again(
    shared: Mapping[str, npt.NDArray[Any]], path: str, wishes: dict[str, Any], former: str, name: str
) -> Arrays:
    """Read an open layer's source once more and compare; returns the new layer as arrays, and what changed.

    shared   the arrays of the layer as it was, beside the control of the reading
    former   the name under which those are shared
    name     the one that people know the layer by: the source may have got another
    """
    control = shared["control"]

    def tell(share: float) -> None:
        control[PROGRESS] = share

    words: dict[str, Any] = {"progress": tell, "is_stopped": lambda: bool(control[STOP])}
    try:
        new = read(path, **wishes, **words)
    except ColumnError:  # heights came from a column that is not there any more
        new = read(path, **{**wishes, "height_field": None}, **words)
    old = layer_of_arrays(shared, former)
    info = replace(new.info, id=old.info.id, name=name or old.info.name)
    changes = changes_between(old, new)
    new = replace(new, info=info)
    arrays: Arrays = {}
    if isinstance(old.tiles, MemoryTiles) and isinstance(new.tiles, MemoryTiles):
        new = replace(new, tiles=in_tiles_of(old.tiles, new.tiles, changes.new_of_old))
        assert isinstance(new.tiles, MemoryTiles)
        same = same_tiles(old.tiles.arrays, new.tiles.arrays)
        arrays["same_as"] = np.array([same.get(tile, -1) for tile in range(len(new.tiles.tree))], np.int32)
    return arrays_of_layer(new) | arrays | _change_arrays(changes)


def _change_arrays(changes: Changes) -> Arrays:
    rows = {f"changes.{name}": getattr(changes, name) for name in ("new_of_old", "added", "removed", "changed")}
    empty = np.zeros((0, len(changes.changed)), np.bool_)
    differs = np.stack(list(changes.fields.values())) if changes.fields else empty
    if changes.codes is not None:
        rows |= {"changes.codes_before": changes.codes[0], "changes.codes_after": changes.codes[1]}
    plain = [changes.by, list(changes.fields), list(changes.columns_added), list(changes.columns_removed)]
    written = np.frombuffer(msgspec.msgpack.encode(plain), np.uint8)
    return rows | {"changes.differs": differs, "changes.plain": written}


def changes_of_arrays(arrays: Mapping[str, npt.NDArray[Any]]) -> Changes:
    """Return what changed, as read_again has written it."""
    codes = "changes.codes_after" in arrays
    by, names, columns_added, columns_removed = msgspec.msgpack.decode(arrays["changes.plain"].tobytes())
    return Changes(
        by=by,
        new_of_old=arrays["changes.new_of_old"],
        added=arrays["changes.added"],
        removed=arrays["changes.removed"],
        changed=arrays["changes.changed"],
        fields=dict(zip(names, arrays["changes.differs"], strict=True)),
        columns_added=tuple(columns_added),
        columns_removed=tuple(columns_removed),
        codes=(arrays["changes.codes_before"], arrays["changes.codes_after"]) if codes else None,
    )


def follower_of_arrays(arrays: Mapping[str, npt.NDArray[Any]], block: str, former: str) -> Layer:
    """Return the layer that read_again has read, knowing which of its tiles are those of its former state."""
    layer = layer_of_arrays(arrays, block)
    if not isinstance(layer.tiles, MemoryTiles) or "same_as" not in arrays:
        return layer
    after = Succession(former, arrays["same_as"], arrays["changes.new_of_old"])
    return replace(layer, tiles=replace(layer.tiles, after=after))


def keep_as_read(_shared: Mapping[str, npt.NDArray[Any]], path: str, wishes: dict[str, Any], kept: str) -> Arrays:
    """Read a layer so that a project keeps it as it was read; nothing is returned."""
    if kept_layer(Path(kept), path, wishes, layer_of_arrays) is None:
        keep_layer(Path(kept), path, wishes, arrays_of_layer(read(path, **wishes)))
    return {"done": np.zeros(1, np.uint8)}


def describe_layer(_shared: Mapping[str, npt.NDArray[Any]], path: str, layer: str | None, crs: str | None) -> Arrays:
    """Look at a file (see data.vector.describe) and return what it says as bytes."""
    return {"plain": np.frombuffer(pickle.dumps(describe(path, layer=layer, crs=crs)), np.uint8)}


def description_of_arrays(arrays: Mapping[str, npt.NDArray[Any]]) -> Description:
    """Return what describe_layer has written."""
    found: Description = pickle.loads(arrays["plain"].tobytes())  # noqa: S301  written by our own worker
    return found


def arrays_of_layer(layer: Layer) -> Arrays:
    """Return a layer as plain arrays; layer_of_arrays makes it a layer again without copying them."""
    arrays: Arrays = {}
    plain: dict[str, Any] = {"info": layer.info, "frame": layer.frame, "report": _writable(layer.report)}
    if isinstance(layer.tiles, MemoryTiles):
        arrays |= _fields(layer.tiles.arrays) | _fields(layer.tiles.tree, "tree.")
        arrays["place_of_row"] = layer.tiles.place_of_row
        plain["whole"] = layer.tiles.whole
    if layer.model is not None:
        arrays |= _fields(layer.model)
    if layer.heights is not None:
        arrays |= {"heights.source": layer.heights.source, "heights.height_m": layer.heights.height_m}
        names = ("field", "storeys_field", "base_field", "ground_field", "surface", "dsm", "dtm", "hag")
        plain["heights"] = {name: getattr(layer.heights, name) for name in names}
        if layer.heights.ground_m is not None:
            arrays["heights.ground_m"] = layer.heights.ground_m
    if layer.image is not None:
        plain["image"] = True
    if layer.terrain is not None:
        arrays["terrain"] = layer.terrain.height_m
        plain["terrain"] = (layer.terrain.first_local, layer.terrain.spacing_m)
    if layer.features is not None:
        plain["features"] = type(layer.features).__name__
        arrays |= _feature_arrays(layer.features)
    arrays["table"] = _table_bytes(layer.table)
    arrays["plain"] = np.frombuffer(msgspec.msgpack.encode(plain, enc_hook=_plain_value), np.uint8)
    return arrays


def layer_of_arrays(arrays: Mapping[str, npt.NDArray[Any]], block: str = "") -> Layer:
    """Return the layer that arrays_of_layer took apart; block names the shared arrays they lie in."""
    plain = _plain_of(arrays["plain"])
    tiles = None
    if "whole" in plain:
        tiles = MemoryTiles(
            _from_fields(TileArrays, arrays),
            _from_fields(TileIndex, arrays, "tree."),
            plain["whole"],
            arrays["place_of_row"],
            block,
        )
    heights = None
    if "heights" in plain:
        ground_m = arrays.get("heights.ground_m")
        heights = Heights(
            source=arrays["heights.source"], height_m=arrays["heights.height_m"], ground_m=ground_m, **plain["heights"]
        )
    report: Report = plain["report"]
    return Layer(
        info=plain["info"],
        frame=plain["frame"],
        table=_table_of(arrays["table"]),
        report=report,
        tiles=tiles,
        features=_features(plain.get("features"), arrays),
        heights=heights,
        model=_from_fields(Bodies, arrays) if "body_offset" in arrays else None,
        image=_image(plain),
        terrain=Terrain(arrays["terrain"], *plain["terrain"]) if "terrain" in plain else None,
    )


def _image(plain: Mapping[str, Any]) -> Imagery | None:
    """Return where a picture's tiles come from: its file is looked at again, for tiles stay where they are."""
    if "image" not in plain:
        return None
    from data.imagery import imagery_of  # noqa: PLC0415  for pictures only

    info: LayerInfo = plain["info"]
    return imagery_of(info.path, crs=info.crs if info.crs_source == "given" else None)[0]


def _writable(report: Report) -> Report:
    """Return a report whose examples can be written: whole numbers beyond 64 bits as text."""
    return Report([replace(p, examples=tuple(map(_example, p.examples))) for p in report.problems])


def _example(value: object) -> object:
    return str(value) if isinstance(value, int) and value.bit_length() > _BITS else value


def _plain_value(value: object) -> object:
    """Return what stands for a value that has no form of its own: an example in a report may be anything."""
    return value.item() if isinstance(value, np.generic) else str(value)


def _plain_of(written: npt.NDArray[np.uint8]) -> dict[str, Any]:
    """Return what was written as "plain", each thing as what it is.

    raises   msgspec.ValidationError, msgspec.DecodeError  it was not written by arrays_of_layer
    """
    raw = msgspec.msgpack.decode(written.tobytes(), type=dict[str, msgspec.Raw])
    return {name: msgspec.msgpack.decode(value, type=PLAIN[name]) for name, value in raw.items() if name in PLAIN}


def _fields(value: Any, prefix: str = "") -> Arrays:
    return {prefix + f.name: getattr(value, f.name) for f in fields(value)}


def _from_fields(kind: type, arrays: Mapping[str, npt.NDArray[Any]], prefix: str = "") -> Any:
    return kind(**{f.name: arrays[prefix + f.name] for f in fields(kind)})


def _feature_arrays(features: Features) -> Arrays:
    if isinstance(features, Polygons):
        return _fields(features.outlines, "outlines.") | {"features.row": features.row}
    return _fields(features, "features.")


def _features(kind: str | None, arrays: Mapping[str, npt.NDArray[Any]]) -> Features | None:
    if kind == "Polygons":
        return Polygons(_from_fields(Outlines, arrays, "outlines."), arrays["features.row"])
    kinds = {"Points": Points, "Lines": Lines}
    return None if kind is None else _from_fields(kinds[kind], arrays, "features.")


def _table_bytes(table: Any) -> npt.NDArray[np.uint8]:
    sink, columns = pa.BufferOutputStream(), arrow_table(table)
    with pa.ipc.new_stream(sink, columns.schema) as writer:
        writer.write_table(columns)
    return np.frombuffer(sink.getvalue(), np.uint8)


def _table_of(stream: npt.NDArray[np.uint8]) -> ArrowTable:
    with pa.ipc.open_stream(pa.py_buffer(stream)) as reader:
        return ArrowTable(reader.read_all())


def wishes(
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
) -> dict[str, Any]:
    """Return what is asked of read(), as it goes to a worker."""
    return {
        "layer": layer,
        "crs": crs,
        "kind": kind,
        "frame": frame,
        "height_field": height_field,
        "rasters": rasters,
        "layer_id": layer_id,
        "is_alone": is_alone,
        "memory_bytes": memory_bytes,
    }
