"""The outlines around what changed in a layer, a little larger than the things themselves: hulls that can glow."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from twin.buildings import Buildings, Outlines
from twin.features import Lines, Points
from twin.layer import Layer
from twin.scenario_shapes import outlines_of
from twin.terrain import Ground

Rows = npt.NDArray[np.int64]

MARGIN_M = 0.7
"""A hull is so much larger on all sides than what it marks, so that both are seen."""
FLAT_M = 2.0
"""Things without a height are marked by a hull so high ..."""
THIN_M = 2.5
"""... and points and lines by one so far around them."""
MOST_HULLS = 5_000
"""More are not marked one by one: the list has them all."""


def hulls_of(layer: Layer, rows: Rows, ground: Ground) -> Buildings | None:
    """Return hulls around some rows of a layer; None where none of them is shown.

    rows   at most MOST_HULLS of them are taken, in their order
    """
    if layer.tiles is not None:
        shapes, base, top, kept = _raised(layer, rows)
    else:
        shapes, kept = _flat(layer, rows)
        base, top = np.zeros(len(kept)), np.full(len(kept), FLAT_M)
    if not len(kept):
        return None
    hulls = shapely.buffer(np.array(shapes, object), MARGIN_M if layer.tiles is not None else 0.0, join_style="mitre")
    pieces, owner = shapely.get_parts(hulls, return_index=True)
    is_area = (shapely.get_type_id(pieces) == shapely.GeometryType.POLYGON) & ~shapely.is_empty(pieces)
    pieces, owner = pieces[is_area], owner[is_area]
    if not len(pieces):
        return None
    outlines = outlines_of(pieces)
    foot = np.nan_to_num(ground.lowest_known(outlines), nan=0.0) if not ground.is_flat else np.zeros(len(pieces))
    origin = np.round(outlines.xy.mean(axis=0))
    near = Outlines(
        (outlines.xy - origin).astype(np.float32), outlines.ring_start, outlines.part_start, outlines.feature_start
    )
    return Buildings(
        origin_local=(float(origin[0]), float(origin[1])),
        outlines=near,
        base_m=np.where(base[owner] > 0, base[owner] + foot - MARGIN_M / 2, foot).astype(np.float32),
        height_m=(top[owner] + foot + MARGIN_M / 2).astype(np.float32),
        row=kept[owner].astype(np.int32),
    )


def _raised(layer: Layer, rows: Rows) -> tuple[list[Any], npt.NDArray[np.float64], npt.NDArray[np.float64], Rows]:
    """Return the outlines of buildings, local metres, their undersides and tops, and the rows that are shown."""
    arrays, place_of = layer.tiles.arrays, layer.tiles.place_of_row  # type: ignore[union-attr]
    places = place_of[rows[rows < len(place_of)]]
    kept = rows[rows < len(place_of)][places >= 0][:MOST_HULLS]
    members = arrays.member[places[places >= 0][:MOST_HULLS]]
    if not len(members):
        return [], np.empty(0), np.empty(0), kept
    origin = arrays.anchor_local[members[0]]
    some = arrays.gather(members, (float(origin[0]), float(origin[1])))
    shapes = polygons_of(some.outlines, (float(origin[0]), float(origin[1])))
    return shapes, some.base_m.astype(float), some.height_m.astype(float), kept


def polygons_of(outlines: Outlines, origin: tuple[float, float]) -> list[Any]:
    """Return outlines as shapely geometries, moved to where they are, local metres."""
    xy = outlines.xy.astype(np.float64) + np.array(origin)
    shapes = []
    for feature in range(len(outlines)):
        parts = []
        for part in range(outlines.feature_start[feature], outlines.feature_start[feature + 1]):
            rings = range(outlines.part_start[part], outlines.part_start[part + 1])
            outer, *holes = (xy[outlines.ring_start[r] : outlines.ring_start[r + 1]] for r in rings)
            parts.append(shapely.Polygon(outer, holes))
        shapes.append(shapely.make_valid(parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts)))
    return shapes


def _flat(layer: Layer, rows: Rows) -> tuple[list[Any], Rows]:
    """Return areas around the features of some rows that are not raised."""
    features, wanted = layer.features, rows[:MOST_HULLS]
    if features is None:
        return [], np.empty(0, np.int64)
    places = np.flatnonzero(np.isin(features.row, wanted))
    shapes: list[Any] = []
    for place in places.tolist():
        if isinstance(features, Points):
            shapes.append(shapely.Point(features.xy_local[place]).buffer(THIN_M))
        elif isinstance(features, Lines):
            line = features.xy_local[features.line_start[place] : features.line_start[place + 1]]
            shapes.append(shapely.LineString(line).buffer(THIN_M) if len(line) > 1 else shapely.Point(line[0]).buffer(THIN_M))
        else:
            one = _taken(features.outlines, place)
            shapes += polygons_of(one, (0.0, 0.0))
    return shapes, features.row[places].astype(np.int64)


def _taken(outlines: Outlines, place: int) -> Outlines:
    first, last = outlines.feature_start[place], outlines.feature_start[place + 1]
    rings = outlines.part_start[first : last + 1]
    starts = outlines.ring_start[rings[0] : rings[-1] + 1]
    return Outlines(
        outlines.xy[starts[0] : starts[-1]], starts - starts[0], rings - rings[0], np.array([0, last - first])
    )
