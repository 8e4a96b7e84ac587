"""Plain points and lines out of well-known binary, through shapely; they are not the many."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import shapely

from data.outlines import COORDINATE_LIMIT
from twin.features import Lines, Points
from twin.report import Report

Batches = Sequence[tuple[int, pa.Array]]

POINT, LINE, RING, AREA = 0, 1, 2, 3
"""shapely's types."""
NO_SHAPE = shapely.Polygon()
"""Stands for the rows of batches without any point or line: an empty geometry."""


def points_from_wkb(geometry: Batches, count: int, report: Report) -> Points:
    """Return the points of a layer, several of one row too, in the file's CRS; other rows are noted in the report.

    geometry   (first row, well-known binary) of each batch that has points
    count      rows of the layer
    """
    parts, row = _parts(geometry, (POINT,), "points", count, report)
    return Points(shapely.get_coordinates(parts), row)


def lines_from_wkb(geometry: Batches, count: int, report: Report) -> Lines:
    """Return the polylines of a layer, several of one row too: see points_from_wkb."""
    parts, row = _parts(geometry, (LINE, RING), "lines", count, report)
    xy, of = shapely.get_coordinates(parts, return_index=True)
    start = np.searchsorted(of, np.arange(len(parts) + 1))
    return Lines(xy, start.astype(np.int64), row)


def _parts(
    geometry: Batches, types: tuple[int, ...], name: str, count: int, report: Report
) -> tuple[npt.NDArray[np.object_], npt.NDArray[np.int32]]:
    """Return the single geometries of some types (p,) and their rows; note rows that are lost."""
    shapes, is_null = np.full(count, NO_SHAPE, object), np.zeros(count, bool)
    for first, wkb in geometry:
        shapes[first : first + len(wkb)] = shapely.from_wkb(wkb.to_numpy(zero_copy_only=False), on_invalid="ignore")
        is_null[first : first + len(wkb)] = np.asarray(wkb.is_null())
    is_read = ~shapely.is_missing(shapes)
    parts: npt.NDArray[np.object_] = shapes
    row: npt.NDArray[np.integer] = np.arange(count)
    while (shapely.get_type_id(parts) >= 4).any():
        parts, inner = shapely.get_parts(parts, return_index=True)
        row = row[inner]
    parts, row = (_as_points(parts), row) if POINT in types else _as_lines(parts, row)
    wanted = np.isin(shapely.get_type_id(parts), types) & ~shapely.is_empty(parts)
    box = shapely.bounds(parts)
    is_near = np.isfinite(box).all(axis=1) & (np.abs(box) < COORDINATE_LIMIT).all(axis=1)
    kept = wanted & is_near
    lost = np.setdiff1d(np.arange(count), row[kept])
    beyond = np.intersect1d(lost, row[wanted & ~is_near])
    rest = np.setdiff1d(lost[is_read[lost]], beyond)
    report.add("rows have no geometry and are not shown", np.flatnonzero(is_null), is_loss=True)
    report.add("geometries could not be read and are not shown", np.flatnonzero(~is_read & ~is_null), is_loss=True)
    report.add(f"{name} have coordinates that are no numbers or lie beyond any map", beyond, is_loss=True)
    report.add(f"geometries are empty or no {name} and are not shown", rest, is_loss=True)
    return parts[kept], row[kept].astype(np.int32)


def _as_points(parts: npt.NDArray[np.object_]) -> npt.NDArray[np.object_]:
    """Return a point for each geometry: inside an area, in the middle of a line."""
    kind = shapely.get_type_id(parts)
    parts = parts.copy()
    parts[kind == AREA] = shapely.point_on_surface(parts[kind == AREA])
    is_line = np.isin(kind, (LINE, RING))
    parts[is_line] = shapely.line_interpolate_point(parts[is_line], 0.5, normalized=True)
    return parts


def _as_lines(
    parts: npt.NDArray[np.object_], row: npt.NDArray[np.integer]
) -> tuple[npt.NDArray[np.object_], npt.NDArray[np.integer]]:
    """Return the boundaries of areas, and lines as they are."""
    is_area = (shapely.get_type_id(parts) == AREA) & ~shapely.is_empty(parts)
    if not is_area.any():
        return parts, row
    rings, of = shapely.get_rings(parts[is_area], return_index=True)
    return np.concatenate([parts[~is_area], rings]), np.concatenate([row[~is_area], row[is_area][of]])
