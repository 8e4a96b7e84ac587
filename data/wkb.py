"""Well-known binary to raw rings by offset arithmetic: no geometry object for a polygon or a multipolygon."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from data.geometry_objects import with_odd
from data.raw_rings import BoolArray, IntArray, RawRings, RowState

ByteArray = npt.NDArray[np.uint8]

POLYGON, MULTIPOLYGON = 3, 6
SAME_BYTES = np.arange(18)
"""Kinds by code: surfaces (15) and TINs (16) lie in the bytes as multipolygons do, triangles (17) as polygons."""
SAME_BYTES[[15, 16, 17]] = MULTIPOLYGON, MULTIPOLYGON, POLYGON
NAMES = {
    1: "Point",
    2: "LineString",
    3: "Polygon",
    4: "MultiPoint",
    5: "MultiLineString",
    6: "MultiPolygon",
    7: "GeometryCollection",
    8: "CircularString",
    9: "CompoundCurve",
    10: "CurvePolygon",
    11: "MultiCurve",
    12: "MultiSurface",
}
STEPS_WALKED = 200
"""A row with more rings and parts than this is cheaper through shapely than as one more turn for all."""


@dataclass(frozen=True, slots=True)
class _Places:
    """Where rings lie in the bytes: one entry a ring."""

    row: IntArray
    start: IntArray
    """Byte of the first coordinate."""
    count: IntArray
    """Vertices."""
    stride: IntArray
    """Bytes a vertex: 16, 24 or 32."""
    is_outer: BoolArray
    is_big: BoolArray
    """Whether the numbers are big-endian."""


@dataclass(frozen=True, slots=True)
class _Headers:
    """The first bytes of each row, read."""

    kind: IntArray
    """1 point, 2 line, 3 polygon ... 6 multipolygon; 0 where the row is too short."""
    stride: IntArray
    body: IntArray
    """The byte after the header."""
    end: IntArray
    is_big: BoolArray


def raw_rings(wkb: pa.Array) -> RawRings:
    """Decode areas from an array of well-known binary; a pure function, so that workers can share a layer's rows.

    wkb       binary or large_binary (n,); ISO, extended and old 2.5D codes, either byte order, Z and M dropped
    returns   rings in the order of the rows; rows that are no areas have a state that says so
    """
    offsets, data = _buffers(wkb)
    headers = _headers(data, offsets)
    state = np.full(len(wkb), RowState.OTHER, np.uint8)
    if wkb.null_count:
        state[np.asarray(wkb.is_null())] = RowState.NULL
    is_open = state != RowState.NULL
    one, one_rows = _one_ring(data, headers, is_open)
    state[one_rows] = RowState.READ
    walked, is_odd = _walked(data, headers, is_open & (state != RowState.READ), state)
    places = _sorted(one, walked)
    rings = _gathered(data, places, state)
    odd = np.flatnonzero(is_odd | (is_open & ~np.isin(headers.kind, (1, 2, 4, 5, POLYGON, MULTIPOLYGON))))
    return with_odd(rings, wkb, odd) if len(odd) else rings


def kinds(wkb: pa.Array) -> IntArray:
    """Return each row's kind of geometry by its code in NAMES (n,); 0 where there is none."""
    offsets, data = _buffers(wkb)
    kind = _headers(data, offsets).kind
    if wkb.null_count:
        kind[np.asarray(wkb.is_null())] = 0
    return kind


def _buffers(wkb: pa.Array) -> tuple[IntArray, ByteArray]:
    width = np.int64 if pa.types.is_large_binary(wkb.type) else np.int32
    _, offsets, data = wkb.buffers()
    where = np.frombuffer(offsets, width)[wkb.offset : wkb.offset + len(wkb) + 1] if offsets else np.zeros(1, width)
    return where.astype(np.int64), np.frombuffer(data, np.uint8) if data else np.zeros(0, np.uint8)


def _uint32(data: ByteArray, at: IntArray, is_big: BoolArray) -> IntArray:
    """Read unsigned 32-bit numbers at any byte; 0 where it would end beyond the data."""
    if len(data) < 4:
        return np.zeros(len(at), np.int64)
    everywhere = np.ndarray((len(data) - 3,), "<u4", data, strides=(1,))
    value = everywhere[np.minimum(at, len(data) - 4)]
    if is_big.any():
        value[is_big] = value[is_big].byteswap()
    value[at > len(data) - 4] = 0
    return value.astype(np.int64)


def _headers(data: ByteArray, offsets: IntArray) -> _Headers:
    start, end = offsets[:-1], offsets[1:]
    is_long = end - start >= 9
    at = np.where(is_long, start, 0)
    is_big = (data[at] == 0) if len(data) else np.zeros(len(at), bool)
    kind, stride, has_srid = _code(_uint32(data, at + 1, is_big))
    kind[~is_long] = 0
    return _Headers(kind, stride, at + 5 + 4 * has_srid, end, is_big)


def _code(code: IntArray) -> tuple[IntArray, IntArray, IntArray]:
    """Split type codes into kind, bytes a vertex and whether a SRID follows.

    source   OGC 06-103r4 (ISO codes: +1000 Z, +2000 M, +3000 ZM); PostGIS extended WKB (high bits), GDAL's 2.5D bit
    """
    extended, plain = code >> 29, code & 0x1FFFFFFF
    iso = plain // 1000
    has_z = (extended & 4 > 0) | (iso == 1) | (iso == 3)
    has_m = (extended & 2 > 0) | (iso == 2) | (iso == 3)
    kind = SAME_BYTES[np.where((iso <= 3) & (plain % 1000 < len(SAME_BYTES)), plain % 1000, 0)]
    return kind, 16 + 8 * has_z + 8 * has_m, (extended & 1).astype(np.int64)


def _one_ring(data: ByteArray, headers: _Headers, is_open: BoolArray) -> tuple[_Places, IntArray]:
    """Find the rows that are polygons of one ring: most of any city, and no walk is needed."""
    rows = np.flatnonzero((headers.kind == POLYGON) & is_open)
    body, is_big = headers.body[rows], headers.is_big[rows]
    count = _uint32(data, body + 4, is_big)
    fits = body + 8 + count * headers.stride[rows] <= headers.end[rows]
    fits &= (_uint32(data, body, is_big) == 1) & (count > 0)
    rows, body, count = rows[fits], body[fits], count[fits]
    outer = np.ones(len(rows), bool)
    return _Places(rows, body + 8, count, headers.stride[rows], outer, is_big[fits]), rows


def _walked(
    data: ByteArray, headers: _Headers, wanted: BoolArray, state: npt.NDArray[np.uint8]
) -> tuple[_Places, BoolArray]:
    """Step through polygons of several rings and multipolygons, all rows one ring a turn; note states."""
    rows = np.flatnonzero(wanted & ((headers.kind == POLYGON) | (headers.kind == MULTIPOLYGON)))
    is_multi = headers.kind[rows] == MULTIPOLYGON
    number = _uint32(data, headers.body[rows], headers.is_big[rows])
    state[rows] = np.where(number == 0, RowState.EMPTY, RowState.UNREADABLE)
    parts_left, rings_left = np.where(is_multi, number, 0), np.where(is_multi, 0, number)
    cursor, is_first = headers.body[rows] + 4, np.ones(len(rows), bool)
    found: list[tuple[IntArray, IntArray, IntArray, BoolArray]] = []
    good: list[IntArray] = []
    live = np.flatnonzero(number > 0)
    is_odd = np.zeros(len(wanted), bool)
    for _ in range(STEPS_WALKED):
        if not len(live):
            break
        live = _enter_parts(data, headers, rows, live, (cursor, parts_left, rings_left, is_first), is_odd)
        live = _take_rings(data, headers, rows, live, (cursor, rings_left, is_first), found, is_odd)
        done = (rings_left[live] == 0) & (parts_left[live] == 0)
        good.append(live[done])
        live = live[~done]
    is_odd[rows[live]] = True
    finished = rows[np.concatenate([*good, np.zeros(0, np.int64)]).astype(np.int64)]
    places = _places(headers, rows, found)
    state[finished] = RowState.READ
    has_ring = np.zeros(len(wanted), bool)
    has_ring[places.row] = True
    state[finished[~has_ring[finished]]] = RowState.EMPTY
    return _kept(places, ~is_odd[places.row]), is_odd


def _enter_parts(
    data: ByteArray,
    headers: _Headers,
    rows: IntArray,
    live: IntArray,
    walk: tuple[IntArray, IntArray, IntArray, BoolArray],
    is_odd: BoolArray,
) -> IntArray:
    """Read the header of the next part where the last one is through; return the rows that are still sound."""
    cursor, parts_left, rings_left, is_first = walk
    between = rings_left[live] == 0
    here = live[between]
    at, at_rows = cursor[here], rows[here]
    big = headers.is_big[at_rows]
    room = at + 9 <= headers.end[at_rows]
    kind, stride, has_srid = _code(_uint32(data, at + 1, big))
    is_same = (kind == POLYGON) & (stride == headers.stride[at_rows]) & (has_srid == 0)
    is_same &= room & ((data[np.minimum(at, len(data) - 1)] == 0) == big)
    is_odd[at_rows[~is_same]] = True
    parts_left[here] -= 1
    rings_left[here] = _uint32(data, at + 5, big)
    cursor[here] += 9
    is_first[here] = True
    return live[~is_odd[rows[live]]]


def _take_rings(
    data: ByteArray,
    headers: _Headers,
    rows: IntArray,
    live: IntArray,
    walk: tuple[IntArray, IntArray, BoolArray],
    found: list[tuple[IntArray, IntArray, IntArray, BoolArray]],
    is_odd: BoolArray,
) -> IntArray:
    """Note the ring at each row's cursor and step over it; return the rows that are still sound."""
    cursor, rings_left, is_first = walk
    here = live[rings_left[live] > 0]
    at, at_rows = cursor[here], rows[here]
    count = _uint32(data, at, headers.is_big[at_rows])
    following = at + 4 + count * headers.stride[at_rows]
    fits = following <= headers.end[at_rows]
    is_odd[at_rows[~fits]] = True
    found.append((at_rows[fits], at[fits] + 4, count[fits], is_first[here][fits]))
    cursor[here] = following
    rings_left[here] -= 1
    is_first[here] = False
    return live[~is_odd[rows[live]]]


def _places(headers: _Headers, rows: IntArray, found: list[tuple[IntArray, IntArray, IntArray, BoolArray]]) -> _Places:
    if not found:
        found = [(rows[:0], rows[:0], rows[:0], np.zeros(0, bool))]
    row, start, count, is_outer = (np.concatenate(column) for column in zip(*found, strict=True))
    order = np.argsort(row, kind="stable")
    row = row[order]
    return _Places(row, start[order], count[order], headers.stride[row], is_outer[order], headers.is_big[row])


def _kept(places: _Places, mask: BoolArray) -> _Places:
    if mask.all():
        return places
    return _Places(
        places.row[mask],
        places.start[mask],
        places.count[mask],
        places.stride[mask],
        places.is_outer[mask],
        places.is_big[mask],
    )


def _sorted(one: _Places, other: _Places) -> _Places:
    """Merge two lists of rings, each in the order of the rows."""
    if not len(other.row):
        return one
    row = np.concatenate([one.row, other.row])
    order = np.argsort(row, kind="stable")
    return _Places(
        row[order],
        np.concatenate([one.start, other.start])[order],
        np.concatenate([one.count, other.count])[order],
        np.concatenate([one.stride, other.stride])[order],
        np.concatenate([one.is_outer, other.is_outer])[order],
        np.concatenate([one.is_big, other.is_big])[order],
    )


def _gathered(data: ByteArray, places: _Places, state: npt.NDArray[np.uint8]) -> RawRings:
    """Copy every vertex' x and y out of the bytes in one gather of 16-byte items; the closing vertex stays behind."""
    count = places.count - _is_closed(data, places)
    ring_start = np.zeros(len(places.row) + 1, np.int64)
    np.cumsum(count, out=ring_start[1:])
    total = int(ring_start[-1])
    xy = np.zeros((total, 2))
    if total:
        stride = int(places.stride[0])
        if (places.stride == stride).all():
            at = np.repeat(places.start - stride * ring_start[:-1], count)
            at += np.arange(0, total * stride, stride)
        else:
            within = np.arange(total) - np.repeat(ring_start[:-1], count)
            at = np.repeat(places.start, count) + within * np.repeat(places.stride, count)
        pairs = np.ndarray((len(data) - 15,), "V16", data, strides=(1,))[at]
        xy = pairs.view("<f8").reshape(-1, 2)
        if places.is_big.any():
            swapped = np.repeat(places.is_big, count)
            xy[swapped] = xy[swapped].byteswap()
    return RawRings(xy, ring_start, places.row.astype(np.int32), places.is_outer, state)


def _is_closed(data: ByteArray, places: _Places) -> BoolArray:
    """Return whether each ring ends where it began, bit for bit."""
    if not len(places.row) or len(data) < 16:
        return np.zeros(len(places.row), bool)
    everywhere = np.ndarray((len(data) - 7,), "<u8", data, strides=(1,))
    first = places.start
    last = first + (places.count - 1) * places.stride
    is_long = places.count > 1
    last = np.where(is_long, last, first)
    first = np.where(places.count > 0, first, 0)
    last = np.where(places.count > 0, last, 0)
    is_same = (everywhere[first] == everywhere[last]) & (everywhere[first + 8] == everywhere[last + 8])
    return np.asarray(is_long & is_same)
