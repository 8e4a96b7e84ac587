"""Raw rings to clean outlines: open, without repeated vertices, outer rings counter-clockwise, crossings repaired."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import shapely

from data.geometry_objects import areas_of, rings_of_polygons
from data.raw_rings import BoolArray, IntArray, RawRings, RowState, ragged_indices
from data.simple_rings import Measured, crosses_itself, measure
from data.wkb import raw_rings
from twin.buildings import Outlines
from twin.report import Report

COORDINATE_LIMIT = 1e9
"""No map's coordinates lie farther out: the earth's girth is 4e7 m, or 1.3e8 feet."""
VERTEX_BYTES = 16
"""The least a vertex takes in well-known binary."""
ROWS_AT_ONCE = 16_384
"""Rows decoded together: their vertices fit the processor's cache, and the memory in flight stays small."""


class Fault(IntEnum):
    """What can be wrong with a row's outline."""

    NO_GEOMETRY = 0
    EMPTY = 1
    NO_AREA = 2
    UNREADABLE = 3
    BEYOND = 4
    COLLAPSED = 5
    BEYOND_REPAIR = 6
    REPAIRED = 7
    TRIMMED = 8


SENTENCES = {
    Fault.NO_GEOMETRY: "rows have no geometry and are not shown",
    Fault.EMPTY: "geometries are empty and are not shown",
    Fault.NO_AREA: "geometries are points or lines, have no area and are not shown",
    Fault.UNREADABLE: "geometries could not be read and are not shown",
    Fault.BEYOND: "outlines have coordinates that are no numbers or lie beyond any map, and are not shown",
    Fault.COLLAPSED: "outlines have fewer than three different corners or no area, and are not shown",
    Fault.BEYOND_REPAIR: "outlines cross themselves, could not be repaired and are not shown",
    Fault.REPAIRED: "outlines crossed or overlapped themselves and were repaired",
    Fault.TRIMMED: "outlines lost a hole or a part that has no area",
}
LAST_LOSS = Fault.BEYOND_REPAIR


@dataclass(frozen=True, slots=True)
class Areas:
    """Clean outlines of some rows, and what was wrong with the others."""

    outlines: Outlines
    """In the file's CRS, float64."""
    row: npt.NDArray[np.int32]
    """(n,) table row of each outline; ascending but for repaired ones, which come last."""
    faults: tuple[npt.NDArray[np.int32], ...]
    """Rows by Fault."""

    def report(self) -> Report:
        """Return what was wrong as sentences with counts and rows."""
        report = Report()
        for fault in Fault:
            report.add(SENTENCES[fault], np.sort(self.faults[fault]), is_loss=fault <= LAST_LOSS)
        return report


@dataclass(frozen=True, slots=True)
class _Rings:
    """Rings between raw and clean."""

    xy: npt.NDArray[np.float64]
    start: IntArray
    row: npt.NDArray[np.int32]
    is_outer: BoolArray


def areas_from_wkb(wkb: pa.Array, *, first_row: int = 0) -> Areas:
    """Decode and clean the areas of well-known binary; a pure function of a slice of a layer's column.

    wkb         binary or large_binary (n,)
    first_row   the table row of its first value
    returns     outlines in the file's CRS and the rows at fault
    """
    pieces = (
        cleaned(raw_rings(wkb.slice(first, ROWS_AT_ONCE)), first_row=first_row + first)
        for first in range(0, len(wkb), ROWS_AT_ONCE)
    )
    return joined(pieces, vertices_at_most=wkb.nbytes // VERTEX_BYTES)


def outlines_from_wkb(wkb: pa.Array, *, first_row: int = 0) -> tuple[Outlines, npt.NDArray[np.int32], Report]:
    """Return clean outlines, their rows and a report: see areas_from_wkb."""
    areas = areas_from_wkb(wkb, first_row=first_row)
    return areas.outlines, areas.row, areas.report()


def slices(column: pa.ChunkedArray, *, rows: int) -> Iterator[tuple[int, pa.Array]]:
    """Cut a column into (first row, array) pieces of at most so many rows, to be decoded by several workers."""
    first = 0
    for chunk in column.chunks:
        for offset in range(0, len(chunk), rows):
            yield first + offset, chunk.slice(offset, rows)
        first += len(chunk)


def joined(pieces: Iterable[Areas], *, vertices_at_most: int = 0) -> Areas:
    """Put pieces together in their order, each as it comes, so that they never lie in memory twice.

    vertices_at_most   room made at the beginning; memory that is not needed is never touched
    """
    xy = np.empty((vertices_at_most, 2))
    filled = 0
    kept: list[Areas] = []
    for piece in pieces:
        more = piece.outlines.xy
        if filled + len(more) > len(xy):
            xy = np.concatenate([xy[:filled], np.empty((len(more) + filled // 2, 2))])
        xy[filled : filled + len(more)] = more
        filled += len(more)
        kept.append(replace(piece, outlines=replace(piece.outlines, xy=xy[:0])))
    parts = [p.outlines for p in kept]
    outlines = Outlines(
        xy[:filled],
        _joined_starts([o.ring_start for o in parts]),
        _joined_starts([o.part_start for o in parts]),
        _joined_starts([o.feature_start for o in parts]),
    )
    row = np.concatenate([p.row for p in kept] or [np.zeros(0, np.int32)])
    faults = tuple(np.concatenate([p.faults[f] for p in kept] or [np.zeros(0, np.int32)]) for f in Fault)
    return Areas(outlines, row, faults)


def _joined_starts(starts: Sequence[npt.NDArray[np.integer]]) -> npt.NDArray[np.integer]:
    total = sum(int(s[-1]) for s in starts)
    width = np.int32 if total < 2**31 else np.int64
    out: npt.NDArray[np.integer] = np.zeros(1 + sum(len(s) - 1 for s in starts), width)
    at, base = 1, 0
    for s in starts:
        out[at : at + len(s) - 1] = s[1:] + base
        at, base = at + len(s) - 1, base + int(s[-1])
    return out


def cleaned(raw: RawRings, *, first_row: int = 0) -> Areas:
    """Check and repair raw rings; what cannot be saved costs its own row only."""
    faults: dict[Fault, npt.NDArray[np.int32]] = {
        Fault.NO_GEOMETRY: _rows(raw.state == RowState.NULL),
        Fault.EMPTY: _rows(raw.state == RowState.EMPTY),
        Fault.NO_AREA: _rows(raw.state == RowState.OTHER),
        Fault.UNREADABLE: _rows(raw.state == RowState.UNREADABLE),
    }
    rings = _Rings(raw.xy, raw.ring_start, raw.ring_row, raw.is_outer)
    rings, faults[Fault.BEYOND] = _without_beyond(rings)
    rings = _without_repeats(rings)
    rings, measured, faults[Fault.COLLAPSED], faults[Fault.TRIMMED] = _without_collapsed(rings)
    rings = _turned(rings, measured)
    outlines, row = _assembled(rings)
    suspects = np.flatnonzero(_is_suspect(outlines, rings, measured))
    if len(suspects):
        outlines, row, faults[Fault.REPAIRED], faults[Fault.BEYOND_REPAIR] = _repaired(outlines, row, suspects)
    none = np.zeros(0, np.int32)
    return Areas(outlines, row + np.int32(first_row), tuple(faults.get(f, none) + np.int32(first_row) for f in Fault))


def _rows(mask: BoolArray) -> npt.NDArray[np.int32]:
    return np.flatnonzero(mask).astype(np.int32)


def _chosen(rings: _Rings, mask: BoolArray) -> _Rings:
    """Return the rings for which the mask (r,) is true."""
    if mask.all():
        return rings
    taken, start = ragged_indices(rings.start[:-1][mask], np.diff(rings.start)[mask])
    return _Rings(rings.xy[taken], start, rings.row[mask], rings.is_outer[mask])


def _without_beyond(rings: _Rings) -> tuple[_Rings, npt.NDArray[np.int32]]:
    """Leave out rows with a coordinate that is not finite or absurdly large."""
    is_sound = bool(len(rings.xy) == 0 or max(rings.xy.max(), -rings.xy.min()) < COORDINATE_LIMIT)
    if is_sound:
        return rings, np.zeros(0, np.int32)
    is_bad = ~(np.abs(rings.xy) < COORDINATE_LIMIT).all(axis=1)
    bad_rings = np.searchsorted(rings.start, np.flatnonzero(is_bad), side="right") - 1
    bad_rows = np.unique(rings.row[bad_rings])
    return _chosen(rings, ~np.isin(rings.row, bad_rows)), bad_rows


def _without_repeats(rings: _Rings) -> _Rings:
    """Leave out each vertex that equals the next one of its ring."""
    if not len(rings.xy):
        return rings
    corners = rings.xy.view(np.complex128).ravel()
    is_repeat = np.empty(len(corners), bool)
    np.equal(corners[1:], corners[:-1], out=is_repeat[:-1])
    is_filled = np.diff(rings.start) > 0
    first, last = rings.start[:-1][is_filled], rings.start[1:][is_filled] - 1
    is_repeat[last] = corners[first] == corners[last]
    if not is_repeat.any():
        return rings
    kept_before = np.zeros(len(corners) + 1, np.int64)
    np.cumsum(~is_repeat, out=kept_before[1:])
    return _Rings(rings.xy[~is_repeat], kept_before[rings.start], rings.row, rings.is_outer)


def _without_collapsed(
    rings: _Rings,
) -> tuple[_Rings, Measured, npt.NDArray[np.int32], npt.NDArray[np.int32]]:
    """Leave out rings without area, the holes of parts that go, and rows of which nothing stays."""
    none = np.zeros(0, np.int32)
    is_ring = np.diff(rings.start) >= 3
    kept = _chosen(rings, is_ring)
    measured = measure(kept.xy, kept.start)
    is_whole = np.zeros(len(is_ring), bool)
    is_whole[np.flatnonzero(is_ring)] = ~measured.is_collapsed
    if is_whole.all():
        return rings, measured, none, none
    part = np.cumsum(rings.is_outer) - 1
    has_outer = is_whole[np.flatnonzero(rings.is_outer)][part]
    stays = is_whole & has_outer
    rows_before, rows_after = np.unique(rings.row), np.unique(rings.row[stays])
    lost = np.setdiff1d(rows_before, rows_after)
    trimmed = np.setdiff1d(np.unique(rings.row[~stays]), lost)
    return _chosen(rings, stays), measured.chosen(stays[is_ring]), lost, trimmed


def _turned(rings: _Rings, measured: Measured) -> _Rings:
    """Turn outer rings counter-clockwise and holes clockwise."""
    is_wrong = (measured.area < 0) == rings.is_outer
    if not is_wrong.any():
        return rings
    count = np.diff(rings.start)[is_wrong]
    forward, _ = ragged_indices(rings.start[:-1][is_wrong], count)
    ends = rings.start[:-1][is_wrong] + rings.start[1:][is_wrong] - 1
    backward = np.repeat(ends, count) - forward
    xy = rings.xy if rings.xy.flags.writeable else rings.xy.copy()
    xy[forward] = xy[backward]
    return _Rings(xy, rings.start, rings.row, rings.is_outer)


def _assembled(rings: _Rings) -> tuple[Outlines, npt.NDArray[np.int32]]:
    """Gather rings into parts and parts into rows."""
    outer = np.flatnonzero(rings.is_outer)
    part_row = rings.row[outer]
    is_first = np.ones(len(outer), bool)
    is_first[1:] = part_row[1:] != part_row[:-1]
    first_parts = np.flatnonzero(is_first)
    part_start = np.append(outer, len(rings.row)).astype(np.int32)
    feature_start = np.append(first_parts, len(outer)).astype(np.int32)
    start = rings.start.astype(np.int32)
    return Outlines(rings.xy, start, part_start, feature_start), part_row[first_parts]


def _is_suspect(outlines: Outlines, rings: _Rings, measured: Measured) -> BoolArray:
    """Return for each feature whether GEOS has to judge it: cheap proofs of soundness failed (n,)."""
    first_ring = outlines.part_start[outlines.feature_start[:-1]]
    suspect = np.zeros(len(outlines), bool)
    unproved = np.flatnonzero(~measured.is_star)
    crossing = unproved[crosses_itself(rings.xy, rings.start, unproved)]
    suspect[np.searchsorted(first_ring, crossing, side="right") - 1] = True
    several = np.diff(outlines.part_start[outlines.feature_start]) > 1
    suspect |= several
    return suspect


def _repaired(
    outlines: Outlines, row: npt.NDArray[np.int32], suspects: IntArray
) -> tuple[Outlines, npt.NDArray[np.int32], npt.NDArray[np.int32], npt.NDArray[np.int32]]:
    """Let GEOS judge the suspects and mend those that are broken; mended outlines come last."""
    none = np.zeros(0, np.int32)
    geometries = geometries_of(taken(outlines, suspects))
    broken = suspects[~shapely.is_valid(geometries)]
    if not len(broken):
        return outlines, row, none, none
    mended = shapely.make_valid(geometries[~shapely.is_valid(geometries)], method="structure", keep_collapsed=False)
    polygons, of = areas_of(mended)
    raw = rings_of_polygons(polygons, row[broken][of], np.zeros(0, np.uint8))
    rings = _without_repeats(_Rings(raw.xy, raw.ring_start, raw.ring_row, raw.is_outer))
    rings, measured, _, _ = _without_collapsed(rings)
    more, more_row = _assembled(_turned(rings, measured))
    sound = np.setdiff1d(np.arange(len(outlines)), broken, assume_unique=True)
    empty = tuple(none for _ in Fault)
    both = joined([Areas(taken(outlines, sound), row[sound], empty), Areas(more, more_row, empty)])
    return both.outlines, both.row, more_row, np.setdiff1d(row[broken], more_row).astype(np.int32)


def taken(outlines: Outlines, features: npt.NDArray[np.integer]) -> Outlines:
    """Return some features (k,) of the outlines, in the order asked for."""
    features = np.asarray(features, np.int64)
    first_part, parts = outlines.feature_start[features], np.diff(outlines.feature_start)[features]
    part, feature_start = ragged_indices(first_part, parts)
    ring, part_start = ragged_indices(outlines.part_start[part], np.diff(outlines.part_start)[part])
    vertex, ring_start = ragged_indices(outlines.ring_start[ring], np.diff(outlines.ring_start)[ring])
    return Outlines(
        outlines.xy[vertex], ring_start.astype(np.int32), part_start.astype(np.int32), feature_start.astype(np.int32)
    )


def geometries_of(outlines: Outlines) -> npt.NDArray[np.object_]:
    """Return shapely multipolygons, one a feature."""
    count = np.diff(outlines.ring_start)
    vertex, start = ragged_indices(outlines.ring_start[:-1].astype(np.int64), count + 1)
    vertex[start[1:] - 1] = outlines.ring_start[:-1]
    offsets = (start, outlines.part_start.astype(np.int64), outlines.feature_start.astype(np.int64))
    return shapely.from_ragged_array(shapely.GeometryType.MULTIPOLYGON, outlines.xy[vertex], offsets)


def bounds_of(outlines: Outlines) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return the lower and upper corner of each feature (n, 2) and (n, 2)."""
    first = outlines.ring_start[outlines.part_start[outlines.feature_start[:-1]]]
    if not len(first):
        return np.zeros((0, 2)), np.zeros((0, 2))
    return np.minimum.reduceat(outlines.xy, first), np.maximum.reduceat(outlines.xy, first)


def first_corners(outlines: Outlines) -> npt.NDArray[np.float64]:
    """Return one vertex of each feature (n, 2)."""
    first = outlines.ring_start[outlines.part_start[outlines.feature_start[:-1]]]
    return np.asarray(outlines.xy[first])


def reversed_rings(outlines: Outlines) -> Outlines:
    """Turn every ring the other way, for a CRS whose axes mirror the map."""
    start = outlines.ring_start.astype(np.int64)
    count = np.diff(start)
    backward = np.repeat(start[:-1] + start[1:] - 1, count) - np.arange(int(start[-1]))
    return Outlines(outlines.xy[backward], outlines.ring_start, outlines.part_start, outlines.feature_start)
