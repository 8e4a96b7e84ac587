"""Arrays kept in one file that is mapped, not read: a project's layers as they were once their source was read.

A project may come from anybody, so nothing in such a file is trusted: the kinds of numbers, sizes and places are
checked before an array is made, and is_sound() checks what the arrays point at.
"""

from __future__ import annotations

import os
import re
import struct
import uuid
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from twin.layer import Layer
from twin.models import MOST_LODS, Bodies
from twin.terrain import Terrain

SUFFIX = ".layer"
MAGIC = b"CITYTWIN-LAYER-1"
_ALIGNMENT = 64
_KINDS = "biuf"
_DTYPE = re.compile(r"[<>|=]?(b1|[iu][1248]|f[248])")
"""What numpy is given to read: it takes many more words for types, and evaluates some of them."""
_MOST_HEADER_BYTES = 2**20
_LENGTH = struct.Struct("<Q")

Arrays = dict[str, npt.NDArray[Any]]


class _Place(msgspec.Struct, array_like=True):
    name: str
    dtype: str
    shape: tuple[int, ...]
    offset: int


class _Header(msgspec.Struct):
    key: dict[str, Any]
    layout: list[_Place]


def write_arrays(path: Path, arrays: Mapping[str, npt.NDArray[Any]], key: Mapping[str, Any]) -> bool:
    """Write arrays to a file, whole or not at all.

    key       what the arrays were made from; read_arrays asks for the same
    returns   False where an array is of a kind that cannot be kept; nothing is written then
    raises    OSError  the file cannot be written; what was there is as it was
    """
    if any(array.dtype.kind not in _KINDS for array in arrays.values()):
        return False
    layout, offset = [], 0
    for name, array in arrays.items():
        layout.append(_Place(name, array.dtype.str, array.shape, offset))
        offset += -(-array.nbytes // _ALIGNMENT) * _ALIGNMENT
    header = msgspec.msgpack.encode(_Header(dict(key), layout))
    beside = path.with_name(f".{path.name}.{uuid.uuid4().hex[:8]}")
    try:
        with beside.open("wb") as file:
            file.write(MAGIC + _LENGTH.pack(len(header)) + header)
            begin = _begin(len(header))
            for place, array in zip(layout, arrays.values(), strict=True):
                file.seek(begin + place.offset)
                file.write(np.ascontiguousarray(array).data)
            file.truncate(begin + offset)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    finally:
        with suppress(OSError):
            beside.unlink(missing_ok=True)
    return True


def read_key(path: Path) -> dict[str, Any] | None:
    """Return what the arrays in a file were made from; None if it is no such file."""
    header = _header(path)
    return None if header is None else header.key


def read_arrays(path: Path) -> Arrays | None:
    """Return the arrays of a file, mapped and read-only; None if it is not there, not whole or not of this form."""
    header = _header(path)
    if header is None:
        return None
    try:
        begin = _begin(len(msgspec.msgpack.encode(header)))
        whole = np.memmap(path, np.uint8, "r")
        return {place.name: _array(whole, place, begin) for place in header.layout}
    except (OSError, ValueError, TypeError, OverflowError):
        return None


def _begin(header_bytes: int) -> int:
    return -(-(len(MAGIC) + _LENGTH.size + header_bytes) // _ALIGNMENT) * _ALIGNMENT


def _header(path: Path) -> _Header | None:
    try:
        with path.open("rb") as file:
            if file.read(len(MAGIC)) != MAGIC:
                return None
            (length,) = _LENGTH.unpack(file.read(_LENGTH.size))
            if length > _MOST_HEADER_BYTES:
                return None
            written = file.read(length)
        header = msgspec.msgpack.decode(written, type=_Header)
    except (OSError, struct.error, msgspec.MsgspecError, ValueError, RecursionError):
        return None
    return header if len(msgspec.msgpack.encode(header)) == length else None


def _array(whole: npt.NDArray[np.uint8], place: _Place, begin: int) -> npt.NDArray[Any]:
    """Return one array.

    raises   ValueError, TypeError  it is of no kind that is kept, or lies outside the file
    """
    if not _DTYPE.fullmatch(place.dtype) or any(n < 0 for n in place.shape):
        raise ValueError(place.dtype)
    dtype = np.dtype(place.dtype)
    size = dtype.itemsize
    for n in place.shape:
        size *= n
    start = begin + place.offset
    if place.offset < 0 or start + size > len(whole):
        raise ValueError(place.name)
    return whole[start : start + size].view(dtype).reshape(place.shape)


# what arrays point at


def is_sound(layer: Layer) -> bool:
    """Return whether every number in a layer's arrays that points somewhere points at something."""
    rows = len(layer.table)
    if layer.heights is not None and not len(layer.heights.source) == len(layer.heights.height_m) == rows:
        return False
    if layer.tiles is not None and not _are_tiles_sound(layer.tiles, rows):
        return False
    if layer.model is not None and not _are_bodies_sound(layer.model, rows):
        return False
    if layer.terrain is not None and not _is_terrain_sound(layer.terrain):
        return False
    return layer.features is None or _are_features_sound(layer.features, rows)


def _are_bodies_sound(bodies: Bodies, rows: int) -> bool:
    surfaces = len(bodies.body_surface_start) - 1
    return bool(
        bodies.body_offset.shape[1:] == (3,)
        and bodies.body_anchor.shape == (rows, 3)
        and _is_start(bodies.body_ring_start, len(bodies.body_offset))
        and _is_start(bodies.body_surface_start, len(bodies.body_ring_start) - 1)
        and _is_start(bodies.body_row_start, surfaces)
        and len(bodies.body_row_start) == rows + 1
        and bodies.body_semantics.shape == bodies.body_levels.shape == (surfaces,)
        and bodies.body_semantics.dtype == np.uint8
        and bodies.body_levels.dtype == np.uint16
        and bodies.body_lods.ndim == 1
        and len(bodies.body_lods) <= MOST_LODS
        and np.isfinite(bodies.body_offset).all()
        and np.isfinite(bodies.body_anchor[np.diff(bodies.body_row_start) > 0]).all()
    )


def _is_terrain_sound(terrain: Terrain) -> bool:
    heights = terrain.height_m
    return bool(
        heights.ndim == 2
        and min(heights.shape) > 1
        and heights.dtype.kind == "f"
        and np.isfinite(heights).any()
        and np.isfinite((*terrain.first_local, *terrain.spacing_m)).all()
        and min(terrain.spacing_m) > 0
    )


def _are_tiles_sound(tiles: Any, rows: int) -> bool:
    arrays, tree = tiles.arrays, tiles.tree
    count, tile_count = len(arrays.anchor_local), len(tree.parent)
    same = (arrays.base_m, arrays.height_m, arrays.row, arrays.member)
    trees = (tree.bounds, tree.subtree, tree.count, tree.prominence_m, tree.level, arrays.tile_origin)
    shapes = arrays.offset_xy.shape[1:] == arrays.anchor_local.shape[1:] == arrays.tile_origin.shape[1:] == (2,)
    return bool(
        count
        and tile_count
        and shapes
        and tree.bounds.shape[1:] == tree.subtree.shape[1:] == (6,)
        and all(len(a) == count for a in same)
        and all(len(a) == tile_count for a in trees)
        and all(len(a) in (0, tile_count) for a in (tree.triangles, tree.has_tallest))
        and _is_start(arrays.ring_start, len(arrays.offset_xy))
        and _is_start(arrays.part_start, len(arrays.ring_start) - 1)
        and _is_start(arrays.feature_start, len(arrays.part_start) - 1)
        and len(arrays.feature_start) == count + 1
        and _is_start(arrays.member_start, count)
        and len(arrays.member_start) == tile_count + 1
        and _is_within(arrays.row, rows)
        and _is_within(arrays.member, count)
        and _is_within(tiles.place_of_row, count, least=-1)
        and len(tiles.place_of_row) == rows
        and tree.parent[0] == -1
        and bool(((tree.parent[1:] >= 0) & (tree.parent[1:] < np.arange(1, tile_count))).all())
        and _are_finite(arrays, tree)
    )


def _are_features_sound(features: Any, rows: int) -> bool:
    outlines = getattr(features, "outlines", None)
    xy = features.xy_local if outlines is None else outlines.xy
    if not len(xy) or xy.shape[1:] != (2,) or not _is_within(features.row, rows) or not np.isfinite(xy).all():
        return False
    if outlines is not None:
        return bool(
            _is_start(outlines.ring_start, len(xy))
            and _is_start(outlines.part_start, len(outlines.ring_start) - 1)
            and _is_start(outlines.feature_start, len(outlines.part_start) - 1)
            and len(outlines.feature_start) == len(features.row) + 1
        )
    if hasattr(features, "line_start"):
        return _is_start(features.line_start, len(xy)) and len(features.line_start) == len(features.row) + 1
    return len(features.row) == len(xy)


def _is_start(start: npt.NDArray[Any], end: int) -> bool:
    """Return whether an array says where each of some things begins among so many."""
    return bool(
        start.ndim == 1
        and start.dtype.kind in "iu"
        and len(start)
        and start[0] == 0
        and start[-1] == end
        and (start[1:] >= start[:-1]).all()
    )


def _is_within(numbers: npt.NDArray[Any], count: int, *, least: int = 0) -> bool:
    if numbers.ndim != 1 or numbers.dtype.kind not in "iu":
        return False
    return not len(numbers) or bool(numbers.min() >= least and numbers.max() < count)


def _are_finite(*values: Any) -> bool:
    arrays = [getattr(v, f.name) for v in values if is_dataclass(v) for f in fields(v)]
    return all(bool(np.isfinite(a).all()) for a in arrays if a.dtype.kind == "f")
