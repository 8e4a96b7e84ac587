"""Which nodes of an upright grid lie inside which outlines: ragged arrays in, ragged arrays out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from twin.buildings import Outlines

Indices = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class GridNodes:
    """Where the nodes of a grid lie."""

    first_local: tuple[float, float]
    """The node of column 0 and line 0, the most southern and western one; metres."""
    spacing_m: tuple[float, float]
    """From column to column and from line to line, both above 0."""
    shape: tuple[int, int]
    """Lines and columns."""

    def places(self, points_local: FloatArray) -> FloatArray:
        """Return points (n, 2) as columns and lines, fractions of cells."""
        places: FloatArray = (points_local - self.first_local) / self.spacing_m
        return places


def nodes_inside(outlines: Outlines, grid: GridNodes) -> tuple[Indices, Indices]:
    """Return the nodes inside each outline; courtyards are outside.

    outlines   n features, local metres
    returns    feature (k,) ascending, and the node's number (k,), line times columns plus column
    source     even-odd rule along the grid's lines, as any scan conversion
    """
    begin = grid.places(np.asarray(outlines.xy, np.float64))
    after = np.arange(1, len(begin) + 1)
    start = np.asarray(outlines.ring_start, np.int64)
    is_ring = start[1:] > start[:-1]
    after[start[1:][is_ring] - 1] = start[:-1][is_ring]
    end = begin[after]
    feature_of = np.repeat(np.arange(len(outlines)), vertex_counts(outlines))
    low, high = np.minimum(begin[:, 1], end[:, 1]), np.maximum(begin[:, 1], end[:, 1])
    first = np.clip(np.ceil(low), 0, grid.shape[0]).astype(np.int64)
    last = np.clip(np.ceil(high), 0, grid.shape[0]).astype(np.int64)  # a line through a corner is crossed once
    count = np.maximum(last - first, 0)
    edge = np.repeat(np.arange(len(begin)), count)
    line = np.arange(len(edge)) - np.repeat(np.cumsum(count) - count, count) + first[edge]
    share = (line - begin[edge, 1]) / (end[edge, 1] - begin[edge, 1])
    column = begin[edge, 0] + share * (end[edge, 0] - begin[edge, 0])
    feature = feature_of[edge]
    order = np.lexsort((column, line, feature))
    feature, line, column = feature[order][::2], line[order][::2], column[order]
    enter = np.clip(np.ceil(column[::2]), 0, grid.shape[1]).astype(np.int64)
    leave = np.clip(np.ceil(column[1::2]), 0, grid.shape[1]).astype(np.int64)
    length = np.maximum(leave - enter, 0)
    run = np.repeat(np.arange(len(length)), length)
    place = np.arange(len(run)) - np.repeat(np.cumsum(length) - length, length) + enter[run]
    return feature[run], line[run] * grid.shape[1] + place


def points_along(outlines: Outlines, step_m: float) -> tuple[Indices, FloatArray]:
    """Return points along the edges of each outline, its corners among them, at most a step apart.

    returns    feature (k,) ascending, and the points (k, 2), local metres
    """
    xy = np.asarray(outlines.xy, np.float64)
    after = np.arange(1, len(xy) + 1)
    start = np.asarray(outlines.ring_start, np.int64)
    is_ring = start[1:] > start[:-1]
    after[start[1:][is_ring] - 1] = start[:-1][is_ring]
    along = xy[after] - xy
    count = np.clip(np.ceil(np.hypot(*along.T) / step_m), 1, 4096).astype(np.int64)
    edge = np.repeat(np.arange(len(xy)), count)
    number = np.arange(len(edge)) - np.repeat(np.cumsum(count) - count, count)
    points = xy[edge] + along[edge] * (number / count[edge])[:, None]
    feature_of = np.repeat(np.arange(len(outlines)), vertex_counts(outlines))
    return feature_of[edge], points


def vertex_counts(outlines: Outlines) -> Indices:
    """Return how many vertices each feature has, (n,)."""
    ring = np.asarray(outlines.part_start, np.int64)[np.asarray(outlines.feature_start, np.int64)]
    counts: Indices = np.diff(np.asarray(outlines.ring_start, np.int64)[ring])
    return counts


def least_of(feature: Indices, values: FloatArray, count: int) -> FloatArray:
    """Return the least value of each feature (count,), NaN where it has none; NaN among the values are passed over.

    feature   (k,) ascending
    """
    known = ~np.isnan(values)
    feature, values = feature[known], values[known]
    least = np.full(count, np.nan)
    if len(feature):
        first = np.flatnonzero(np.diff(feature, prepend=-1))
        least[feature[first]] = np.minimum.reduceat(values, first)
    return least
