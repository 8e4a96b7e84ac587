"""Plain points and lines out of well-known binary, through shapely; they are not the many."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import shapely

from data.outlines import COORDINATE_LIMIT
from twin.features import Lines, Points
from twin.report import Report

POINT, LINE, RING = 0, 1, 2
"""shapely's types."""


def points_from_wkb(geometry: pa.ChunkedArray, report: Report) -> Points:
    """Return the points in a column, several of one row too, in the file's CRS; other rows are noted in the report."""
    parts, row = _parts(geometry, (POINT,), "points", report)
    xy = shapely.get_coordinates(parts)
    return Points(xy, row)


def lines_from_wkb(geometry: pa.ChunkedArray, report: Report) -> Lines:
    """Return the polylines in a column, several of one row too, in the file's CRS; other rows are noted."""
    parts, row = _parts(geometry, (LINE, RING), "lines", report)
    xy, of = shapely.get_coordinates(parts, return_index=True)
    start = np.searchsorted(of, np.arange(len(parts) + 1))
    return Lines(xy, start.astype(np.int64), row)


def _parts(
    geometry: pa.ChunkedArray, types: tuple[int, ...], name: str, report: Report
) -> tuple[npt.NDArray[np.object_], npt.NDArray[np.int32]]:
    """Return the single geometries of some types (p,) and their rows; note rows that are lost."""
    wkb = geometry.to_numpy()
    shapes = shapely.from_wkb(wkb, on_invalid="ignore")
    is_null = np.array([v is None for v in wkb], bool)
    parts, row = shapes, np.arange(len(shapes))
    while (shapely.get_type_id(parts) >= 4).any():
        parts, inner = shapely.get_parts(parts, return_index=True)
        row = row[inner]
    wanted = np.isin(shapely.get_type_id(parts), types) & ~shapely.is_empty(parts)
    box = shapely.bounds(parts)
    is_near = np.isfinite(box).all(axis=1) & (np.abs(box) < COORDINATE_LIMIT).all(axis=1)
    kept = wanted & is_near
    lost = np.setdiff1d(np.arange(len(shapes)), row[kept])
    beyond = np.intersect1d(lost, row[wanted & ~is_near])
    report.add("rows have no geometry and are not shown", np.flatnonzero(is_null), is_loss=True)
    report.add("geometries could not be read and are not shown", _unread(shapes, is_null), is_loss=True)
    report.add(f"{name} have coordinates that are no numbers or lie beyond any map", beyond, is_loss=True)
    rest = np.setdiff1d(lost, np.concatenate([beyond, np.flatnonzero(shapely.is_missing(shapes))]))
    report.add(f"geometries are empty or no {name} and are not shown", rest, is_loss=True)
    return parts[kept], row[kept].astype(np.int32)


def _unread(shapes: npt.NDArray[np.object_], is_null: npt.NDArray[np.bool_]) -> npt.NDArray[np.int64]:
    return np.flatnonzero(shapely.is_missing(shapes) & ~is_null)
