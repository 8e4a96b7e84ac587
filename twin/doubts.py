"""What in a layer's values is hard to believe: far from all others, twice, or a code for "not known"."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from twin.derived import category_column, column_rows
from twin.facts import areas_m2
from twin.features import Lines, Points, Polygons
from twin.layer import Layer
from twin.table import Table

FloatArray = npt.NDArray[np.float64]
Rows = npt.NDArray[np.int64]

EXAMPLES = 5
TALLEST_M = 830.0
"""source: Burj Khalifa, Dubai, 828 m, the tallest building there is."""
LOWEST_M = 1.0
"""A building lower than this is a kerb or a slip."""
THINNEST = 15.0
"""A height of so many times the side of a square of the footprint's area: a mast, or a height in other units."""
FAR_SCORES = 8.0
"""So many robust standard deviations from the middle, in the logarithm, are far from all others."""
LEAST_SPREAD = 0.25
"""Where nearly all values are the same, they are taken to vary at least by this in the logarithm."""
FAR_M = 20_000.0
"""A thing farther from the middle than this, and than ten times the usual distance, lies elsewhere."""
SHARE_AT_MOST = 0.02
"""What is true of more than this share of the rows is how the city is, and no outlier."""
ALIKE_M = 0.01
_SENTINELS = (-9999.0, -999.0, -99.0, -1.0e30, -3.4028234663852886e38, 9999.0, 99999.0, 999999.0, -32768.0)
_ID = re.compile(
    r"^(?:.*[_\s-])?(?:id|fid|gid|uid|uuid|guid|gml_?id|osm_?id|objectid|globalid|egid|identifier|kennung)$|ID$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Doubt:
    """Some rows of which the same is hard to believe."""

    field: str
    """"height", "area", "place", or a column."""
    what: str
    """A clause after the count: "buildings are taller than 830 m"."""
    count: int
    rows: tuple[int, ...]
    """The first few table rows, the worst first."""
    values: tuple[float, ...]
    """Their values."""
    is_grave: bool = False
    """Whether it would be seen at once, or cannot be true."""


def doubts_of(layer: Layer) -> list[Doubt]:
    """Return what is hard to believe of a layer's heights, areas, places and numbers."""
    places, area, rows = places_of(layer)
    found = []
    if layer.heights is not None and len(rows):
        height = layer.heights.height_m.astype(np.float64)
        found += _height_doubts(height[rows], area, rows)
    if area is not None and len(rows):
        tiny = np.flatnonzero(area < 1.0)
        found += _doubt("area", "are smaller than a square metre", rows[tiny], area[tiny], worst=1)
        found += _far_from_others("area", "are far larger than the others", area, rows, floor=1_000.0)
    found += _far_places(places, rows)
    return found + _codes(layer.table)


def places_of(layer: Layer) -> tuple[FloatArray, FloatArray | None, Rows]:
    """Return where each shown feature is (n, 2) local metres, its area (n,) m2 if it has one, and its row (n,)."""
    if layer.tiles is not None:
        places, areas, rows = [], [], []
        for tile in range(len(layer.tiles.index())):
            buildings = layer.tiles.fetch(tile)
            first = buildings.outlines.ring_start[buildings.outlines.part_start[buildings.outlines.feature_start[:-1]]]
            places.append(buildings.outlines.xy[first].astype(np.float64) + np.asarray(buildings.origin_local))
            areas.append(areas_m2(buildings.outlines))
            rows.append(buildings.row.astype(np.int64))
        if not rows:
            return np.empty((0, 2)), np.empty(0), np.empty(0, np.int64)
        return np.concatenate(places), np.concatenate(areas), np.concatenate(rows)
    features = layer.features
    if isinstance(features, Points):
        return features.xy_local, None, features.row.astype(np.int64)
    if isinstance(features, Lines):
        return features.xy_local[features.line_start[:-1]], None, features.row.astype(np.int64)
    if isinstance(features, Polygons):
        outlines = features.outlines
        first = np.asarray(outlines.ring_start)[np.asarray(outlines.part_start)[outlines.feature_start[:-1]]]
        return np.asarray(outlines.xy[first], np.float64), areas_m2(outlines), features.row.astype(np.int64)
    return np.empty((0, 2)), None, np.empty(0, np.int64)


def same_shapes(layer: Layer) -> tuple[int, tuple[int, ...]]:
    """Return how many features are there again in the same place with the same outline, and the first few rows.

    Compared are the first corner, to the centimetre, the size, and the number of corners.
    """
    places, area, rows = places_of(layer)
    if not len(rows):
        return 0, ()
    size = area if area is not None else _lengths(layer, len(rows))
    key = np.column_stack([np.rint(places / ALIKE_M), np.rint(size * 100), _corners(layer, len(rows))]).astype(np.int64)
    order = np.lexsort(key.T)
    same = (key[order][1:] == key[order][:-1]).all(axis=1)
    again = np.sort(rows[order[1:]][same])
    return len(again), tuple(again[:EXAMPLES].tolist())


def same_ids(table: Table) -> tuple[str, int, tuple[int, ...]]:
    """Return the column that tells rows apart by its name, how many rows have an id that came before, and which."""
    for field in table.fields():
        if not _ID.search(field):
            continue
        text = category_column(table, field)
        if text.codes is None or not len(text.values):
            continue
        filled = np.flatnonzero(text.codes >= 0)
        if len(text.values) < 0.9 * len(filled):
            continue  # it tells something else apart: a district, a street
        _, first = np.unique(text.codes[filled], return_index=True)
        again = np.delete(filled, first)
        return field, len(again), tuple(again[:EXAMPLES].tolist())
    return "", 0, ()


def _height_doubts(height: FloatArray, area: FloatArray | None, rows: Rows) -> list[Doubt]:
    known = np.isfinite(height)
    height, rows = height[known], rows[known]
    found = []
    tall = np.flatnonzero(height > TALLEST_M)
    found += _doubt(
        "height", f"are taller than {TALLEST_M:g} m, taller than any building", rows[tall], height[tall], is_grave=True
    )
    low = np.flatnonzero(height < LOWEST_M)
    found += _doubt("height", f"are lower than {LOWEST_M:g} m", rows[low], height[low], worst=1)
    rest = np.flatnonzero(height <= TALLEST_M)
    found += _far_from_others("height", "are far taller than the others", height[rest], rows[rest], floor=60.0)
    if area is not None:
        side = np.sqrt(np.maximum(area[known], 0.01))
        thin = np.flatnonzero((height / side > THINNEST) & (height > 20) & (height <= TALLEST_M))
        found += _doubt("height", "are as thin as masts: is the height in metres?", rows[thin], height[thin])
    return found


def _far_from_others(field: str, what: str, values: FloatArray, rows: Rows, *, floor: float) -> list[Doubt]:
    """Return values far above the rest.

    source   modified z-score by the median absolute deviation (Iglewicz and Hoaglin, 1993), of logarithms
    """
    positive = np.flatnonzero(values > 0)
    if len(positive) < 20:
        return []
    log = np.log(values[positive])
    middle = np.median(log)
    spread = max(1.4826 * float(np.median(np.abs(log - middle))), LEAST_SPREAD)
    far = positive[((log - middle) / spread > FAR_SCORES) & (values[positive] > floor)]
    if len(far) > max(EXAMPLES, SHARE_AT_MOST * len(values)):
        return []
    return _doubt(field, what, rows[far], values[far])


def _far_places(places: FloatArray, rows: Rows) -> list[Doubt]:
    if len(rows) < 3:
        return []
    away = np.hypot(*(places - np.median(places, axis=0)).T)
    far = np.flatnonzero((away > FAR_M) & (away > 10 * max(float(np.median(away)), 1.0)))
    return _doubt("place", "lie far away from the others (metres)", rows[far], away[far], is_grave=True)


def _codes(table: Table) -> list[Doubt]:
    """Return numbers that stand for "not known" and would be drawn as numbers."""
    found = []
    for field, kind in table.fields().items():
        if kind != "number":
            continue
        values = np.asarray(column_rows(table, field), np.float64)
        for code in _SENTINELS:
            rows = np.flatnonzero(np.isclose(values, code, rtol=1e-6, atol=0))
            others = values[np.isfinite(values)]
            if len(rows) < 3 or not _is_apart(others[~np.isclose(others, code, rtol=1e-6, atol=0)], code):
                continue
            found += _doubt(field, f'hold {code:g} in "{field}": a code for "not known"?', rows, values[rows])
    return found


def _is_apart(others: FloatArray, code: float) -> bool:
    """Return whether a code lies outside of what the other numbers do."""
    if not len(others):
        return True
    low, high = float(others.min()), float(others.max())
    return code < min(low, 0.0) if code < 0 else code > 2 * high


def _doubt(
    field: str, what: str, rows: Rows, values: FloatArray, *, worst: int = -1, is_grave: bool = False
) -> list[Doubt]:
    """Return the doubt as a list, empty for no rows; worst = 1 puts the least value first."""
    if not len(rows):
        return []
    order = np.argsort(worst * values, kind="stable")[:EXAMPLES]
    some = tuple(round(float(v), 3) for v in values[order])
    return [Doubt(field, what, len(rows), tuple(rows[order].tolist()), some, is_grave)]


def _lengths(layer: Layer, count: int) -> FloatArray:
    if not isinstance(layer.features, Lines):
        return np.zeros(count)
    xy, start = layer.features.xy_local, layer.features.line_start
    step = np.hypot(*np.diff(xy, axis=0, append=xy[-1:]).T)
    step[start[1:] - 1] = 0
    return np.add.reduceat(step, start[:-1])


def _corners(layer: Layer, count: int) -> npt.NDArray[np.integer]:
    if isinstance(layer.features, Lines):
        return np.diff(layer.features.line_start)
    if isinstance(layer.features, Polygons):
        return _outline_corners(layer.features.outlines)
    if layer.tiles is None:
        return np.zeros(count, np.int64)
    each = [_outline_corners(layer.tiles.fetch(tile).outlines) for tile in range(len(layer.tiles.index()))]
    return np.concatenate(each)


def _outline_corners(outlines: object) -> npt.NDArray[np.integer]:
    ring, part, feature = (np.asarray(getattr(outlines, n)) for n in ("ring_start", "part_start", "feature_start"))
    corners: npt.NDArray[np.integer] = np.diff(ring[part[feature]])
    return corners
