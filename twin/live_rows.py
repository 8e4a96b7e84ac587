"""Which row of a layer each live thing belongs to: by its id, or by its place, inside an outline or nearest to one."""

from __future__ import annotations

import unicodedata

import numpy as np
import numpy.typing as npt
import shapely

from twin.buildings import Outlines
from twin.derived import category_column, derived
from twin.features import Lines, Points, Polygons
from twin.layer import Layer

Rows = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]


def rows_by_id(layer: Layer, field: str, ids: npt.NDArray[np.object_]) -> Rows:
    """Return the first table row that has each id (n,) in a column; -1 where none has.

    raises   ColumnError  there is no such column
    """

    def numbered() -> dict[str, int]:
        text = category_column(layer.table, field)
        assert text.codes is not None
        first = np.full(len(text.values), -1, np.int64)
        known = np.flatnonzero(text.codes >= 0)
        first[text.codes[known][::-1]] = known[::-1]
        return {_id_word(value): int(row) for value, row in zip(text.values, first, strict=True)}

    row_of = derived(layer.table, ("row of id", field), numbered)
    return np.fromiter((row_of.get(_id_word(name), -1) for name in ids.tolist()), np.int64, len(ids))


def _id_word(value: object) -> str:
    """Return an id without blanks and capitals; an accent is the same as one sign or as two."""
    word = str(value).strip()
    return (word if word.isascii() else unicodedata.normalize("NFC", word)).casefold()


def proposed_id_field(layer: Layer, ids: npt.NDArray[np.object_]) -> str:
    """Return the column of a layer that knows most of the ids, if it knows at least half of them; else ""."""
    sample = ids[:: max(1, len(ids) // 200)]
    best, most = "", 0.5
    for name, kind in layer.table.fields().items():
        if kind in ("text", "number") and len(sample):
            share = float((rows_by_id(layer, name, sample) >= 0).mean())
            if share >= most and share > (most if best else 0.0):
                best, most = name, share
    return best


class PlaceRows:
    """Finds rows by place; made once for a layer."""

    def __init__(self, layer: Layer) -> None:
        """Know the outlines of a layer.

        A layer of points is asked for its nearest point.
        """
        shapes, self._row = shapes_of(layer)
        self._tree = shapely.STRtree(shapes)

    def rows(self, points_local: FloatArray, reach_m: float) -> Rows:
        """Return the row that each place (n, 2) is inside of, else the nearest within reach; -1 where none is."""
        found = np.full(len(points_local), -1, np.int64)
        known = np.flatnonzero(np.isfinite(points_local).all(axis=1))
        places = np.asarray(shapely.points(points_local[known]), object)
        inside = self._tree.query(places, predicate="intersects")
        found[known[inside[0][::-1]]] = self._row[inside[1][::-1]]
        lost = np.flatnonzero(found[known] < 0)
        if len(lost) and reach_m > 0:
            near = self._tree.query_nearest(places[lost], max_distance=reach_m, all_matches=False)
            found[known[lost[near[0]]]] = self._row[near[1]]
        return found


def shapes_of(layer: Layer) -> tuple[npt.NDArray[np.object_], npt.NDArray[np.int64]]:
    """Return a layer's outlines, or points, or lines, in local metres, and the table row of each."""
    if layer.tiles is not None:
        a = layer.tiles.arrays  # type: ignore[attr-defined]
        vertices = np.diff(a.ring_start[a.part_start[a.feature_start]])
        xy = a.offset_xy.astype(np.float64) + np.repeat(a.anchor_local, vertices, axis=0)
        return _polygons(Outlines(xy, a.ring_start, a.part_start, a.feature_start), a.row)
    features = layer.features
    if isinstance(features, Polygons):
        return _polygons(features.outlines, features.row)
    if isinstance(features, Points):
        return np.asarray(shapely.points(features.xy_local), object), features.row.astype(np.int64)
    if isinstance(features, Lines):
        line = np.repeat(np.arange(len(features.row)), np.diff(features.line_start))
        return np.asarray(shapely.linestrings(features.xy_local, indices=line), object), features.row.astype(np.int64)
    return np.empty(0, object), np.empty(0, np.int64)


def _polygons(outlines: Outlines, row: npt.NDArray[np.int32]) -> tuple[npt.NDArray[np.object_], npt.NDArray[np.int64]]:
    """Return every part of the outlines as a polygon with its holes, and its row."""
    ring_of_vertex = np.repeat(np.arange(len(outlines.ring_start) - 1), np.diff(outlines.ring_start))
    rings = shapely.linearrings(outlines.xy, indices=ring_of_vertex)
    part_of_ring = np.repeat(np.arange(len(outlines.part_start) - 1), np.diff(outlines.part_start))
    polygons = np.asarray(shapely.polygons(np.asarray(rings, object), indices=part_of_ring), object)
    feature_of_part = np.repeat(np.arange(len(outlines.feature_start) - 1), np.diff(outlines.feature_start))
    return polygons, row[feature_of_part].astype(np.int64)
