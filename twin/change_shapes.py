"""The outlines around what changed in a layer, a little larger than the things themselves: hulls that can glow."""

from __future__ import annotations

from dataclasses import replace
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
MOST_HULLS = 3_000
"""More are not marked one by one: the list has them all."""


def hulls_of(layer: Layer, rows: Rows, ground: Ground) -> Buildings | None:
    """Return hulls around some rows of a layer; None where none of them is shown.

    rows   at most MOST_HULLS of them are taken, in their order
    """
    hulls = _around_buildings(layer, rows) if layer.tiles is not None else _around_features(layer, rows)
    if hulls is None or ground.is_flat:
        return hulls
    local = replace(hulls.outlines, xy=hulls.outlines.xy.astype(np.float64) + np.array(hulls.origin_local))
    foot = np.nan_to_num(ground.lowest_known(local), nan=0.0).astype(np.float32)
    return replace(hulls, base_m=hulls.base_m + foot, height_m=hulls.height_m + foot)


def _around_buildings(layer: Layer, rows: Rows) -> Buildings | None:
    """Return buildings as they are, each drawn larger about its middle and a little higher."""
    arrays, place_of = layer.tiles.arrays, layer.tiles.place_of_row  # type: ignore[union-attr]
    places = place_of[rows[rows < len(place_of)]]
    members = arrays.member[places[places >= 0][:MOST_HULLS]]
    if not len(members):
        return None
    anchor = arrays.anchor_local[members]
    origin = (float(np.round(anchor[:, 0].mean())), float(np.round(anchor[:, 1].mean())))
    some: Buildings = arrays.gather(members, origin)
    first = some.outlines.ring_start[some.outlines.part_start[some.outlines.feature_start]].astype(np.int64)
    middle = np.repeat((anchor - origin).astype(np.float32), np.diff(first), axis=0)
    from_middle = some.outlines.xy - middle
    half = np.maximum(np.maximum.reduceat(np.abs(from_middle), first[:-1]), 1.0)
    larger = np.repeat((1 + MARGIN_M / half).astype(np.float32), np.diff(first), axis=0)
    base = np.where(some.base_m > 0, some.base_m - MARGIN_M / 2, 0).astype(np.float32)
    outlines = replace(some.outlines, xy=middle + from_middle * larger)
    return replace(some, outlines=outlines, base_m=base, height_m=some.height_m + np.float32(MARGIN_M / 2))


def _around_features(layer: Layer, rows: Rows) -> Buildings | None:
    """Return low hulls around points, lines and areas."""
    shapes, kept = _flat(layer, rows)
    if not len(kept):
        return None
    pieces, owner = shapely.get_parts(np.array(shapes, object), return_index=True)
    is_area = (shapely.get_type_id(pieces) == shapely.GeometryType.POLYGON) & ~shapely.is_empty(pieces)
    pieces, owner = pieces[is_area], owner[is_area]
    if not len(pieces):
        return None
    outlines = outlines_of(pieces)
    origin = np.round(outlines.xy.mean(axis=0))
    near = replace(outlines, xy=(outlines.xy - origin).astype(np.float32))
    count = len(pieces)
    return Buildings(
        origin_local=(float(origin[0]), float(origin[1])),
        outlines=near,
        base_m=np.zeros(count, np.float32),
        height_m=np.full(count, FLAT_M, np.float32),
        row=kept[owner].astype(np.int32),
    )


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
            shape = shapely.LineString(line) if len(line) > 1 else shapely.Point(line[0])
            shapes.append(shape.buffer(THIN_M))
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
