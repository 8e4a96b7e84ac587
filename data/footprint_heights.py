"""Heights of buildings from rasters: what stands above the ground in the cells inside each footprint."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from data.height_rasters import PERCENTILE, HeightRasters
from data.raster import read_heights
from twin.buildings import Outlines
from twin.cells import nodes_inside, vertex_counts
from twin.place import Area, LocalFrame
from twin.report import Report
from twin.terrain import Terrain, filled, part_of

FloatArray = npt.NDArray[np.float64]

LEAST_M = 1.0
"""Lower than this is noise of the measurement, or a building that was not there yet."""
MOST_M = 1000.0
FEATURES_AT_ONCE = 10_000


@dataclass(frozen=True, slots=True)
class FootprintHeights:
    """What rasters say of some footprints."""

    height_m: FloatArray
    """(n,) NaN where they say nothing, or no building."""
    ground_m: FloatArray
    """(n,) lowest elevation of the bare ground inside; NaN where it is not known."""
    cells: npt.NDArray[np.int64]
    """(n,) cells used of each."""


def footprint_heights(
    outlines: Outlines, frame: LocalFrame, rasters: HeightRasters, report: Report, *, memory_bytes: int | None = None
) -> FootprintHeights:
    """Return each footprint's height: the PERCENTILE of (surface minus ground) over the cells with their middle inside.

    outlines   n features, local metres
    raises     SourceError, CrsError, LayerError  the rasters cannot be used, or lie elsewhere
    """
    low, high = outlines.xy.min(axis=0), outlines.xy.max(axis=0)
    area = Area(float(low[0]), float(low[1]), float(high[0]), float(high[1]))
    names = (rasters.hag,) if rasters.hag else (rasters.dsm, rasters.dtm)
    read = [read_heights(name, frame=frame, within=area, memory_bytes=memory_bytes) for name in names]
    for one in read:
        report.extend(one.facts.report)
    surface = read[0].terrain
    below = None if rasters.hag else _closed(read[1].terrain)
    found = [
        _percentiles(part_of(outlines, first, min(first + FEATURES_AT_ONCE, len(outlines))), surface, below)
        for first in range(0, len(outlines), FEATURES_AT_ONCE)
    ]
    height, ground, cells = (np.concatenate(column) for column in zip(*found, strict=True))
    is_building = (height >= LEAST_M) & (height <= MOST_M)
    unseen = np.flatnonzero(cells == 0)
    report.add("footprints lie outside the rasters, or where these know nothing", unseen)
    report.add("footprints have nothing standing on them by the rasters", np.flatnonzero((cells > 0) & ~is_building))
    return FootprintHeights(np.where(is_building, height, np.nan), ground, cells)


def _closed(terrain: Terrain) -> Terrain:
    """Return ground whose holes are filled: under buildings the bare ground is often not known."""
    return Terrain(filled(terrain.height_m), terrain.first_local, terrain.spacing_m)


def _percentiles(
    outlines: Outlines, surface: Terrain, ground: Terrain | None
) -> tuple[FloatArray, FloatArray, npt.NDArray[np.int64]]:
    """Return height, lowest ground and number of cells of each footprint."""
    feature, node = nodes_inside(outlines, surface.grid)
    columns = surface.grid.shape[1]
    places = np.column_stack([node % columns, node // columns])
    points = np.asarray(places * surface.spacing_m + surface.first_local, np.float64)
    top = surface.height_m.reshape(-1)[node].astype(np.float64)
    feature, points, top = _with_middles(outlines, surface, feature, points, top)
    bare = np.zeros(len(top)) if ground is None else ground.height_at(points)
    above = top - bare
    known = np.isfinite(above)
    feature, above, bare = feature[known], above[known], bare[known]
    count = np.bincount(feature, minlength=len(outlines))
    height = grouped_percentile(feature, above, count, PERCENTILE)
    lowest = np.full(len(outlines), np.nan)
    if ground is not None and len(feature):
        some = np.flatnonzero(count)
        lowest[some] = np.minimum.reduceat(bare, (np.cumsum(count) - count)[some])
    return height, lowest, count


def _with_middles(
    outlines: Outlines, surface: Terrain, feature: npt.NDArray[np.int64], points: FloatArray, top: FloatArray
) -> tuple[npt.NDArray[np.int64], FloatArray, FloatArray]:
    """Add the middle of each footprint that no cell has its middle in."""
    bare = np.flatnonzero(np.bincount(feature, minlength=len(outlines)) == 0)
    if not len(bare):
        return feature, points, top
    counts = vertex_counts(outlines)
    first = np.cumsum(counts) - counts
    sums = np.add.reduceat(np.asarray(outlines.xy, np.float64), first, axis=0)
    middle = (sums / counts[:, None])[bare]
    feature = np.concatenate([feature, bare])
    order = np.argsort(feature, kind="stable")
    points, top = np.concatenate([points, middle]), np.concatenate([top, surface.height_at(middle)])
    return feature[order], points[order], top[order]


def grouped_percentile(
    group: npt.NDArray[np.int64], values: FloatArray, count: npt.NDArray[np.int64], percentile: float
) -> FloatArray:
    """Return a percentile of each group's values, between two of them linear; NaN for an empty group.

    group   (k,) ascending; count (n,) values of each
    """
    order = np.lexsort((values, group))
    sorted_values, first = values[order], np.cumsum(count) - count
    place = first + np.maximum(count - 1, 0) * (percentile / 100)
    result = np.full(len(count), np.nan)
    some = count > 0
    below = np.floor(place[some]).astype(np.int64)
    above = np.minimum(below + 1, (first + count - 1)[some])
    share = place[some] - below
    result[some] = sorted_values[below] * (1 - share) + sorted_values[above] * share
    return result
