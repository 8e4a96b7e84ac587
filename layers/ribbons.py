"""Lines with a width in metres as flat ribbons: mitred along the line, round at both ends."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from layers.row_mesh import RowTriangles
from twin.features import Lines

CAP_CORNERS = 2
"""Corners of the half circle at each end, besides the two of the ribbon."""
LONGEST_MITRE = 2.5
"""A sharp bend reaches out at most this many half widths."""

FloatArray = npt.NDArray[np.float64]


def ribbons(lines: Lines, width_m: npt.NDArray[np.floating], z_m: float) -> RowTriangles:
    """Return each polyline as a flat ribbon.

    width_m   (l,) metres, of each polyline
    returns   float32 triangles from the middle of all lines
    """
    xy, start, row, width = _clean(lines, np.asarray(width_m, np.float64))
    if not len(xy):
        empty = np.empty(0, np.int32)
        return RowTriangles(np.empty((0, 3), np.float32), empty.reshape(0, 3), empty, (0.0, 0.0, z_m))
    middle = (xy.min(axis=0) + xy.max(axis=0)) / 2
    xy = xy - middle
    line = np.repeat(np.arange(len(row)), np.diff(start))
    aside = _mitres(xy, start) * (width[line] / 2)[:, None]
    count = len(xy)
    sides = np.concatenate([xy + aside, xy - aside])
    is_joined = np.ones(count, bool)
    is_joined[start[1:] - 1] = False
    a = np.flatnonzero(is_joined)
    strip = np.concatenate([np.stack([a + count, a + 1, a], 1), np.stack([a + count, a + count + 1, a + 1], 1)])
    caps, cap_faces, cap_line = _caps(xy, start, width / 2, 2 * count)
    points = np.zeros((2 * count + len(caps), 3), np.float32)
    points[:, :2] = np.concatenate([sides, caps])
    rows = row[np.concatenate([line, line, cap_line])].astype(np.int32)
    faces = np.concatenate([strip, cap_faces]).astype(np.int32)
    return RowTriangles(points, faces, rows, (float(middle[0]), float(middle[1]), z_m))


def _clean(
    lines: Lines, width: FloatArray
) -> tuple[FloatArray, npt.NDArray[np.int64], npt.NDArray[np.int32], FloatArray]:
    """Return vertices without repetitions, and the lines that still have two or more and a width."""
    xy, start = np.asarray(lines.xy_local, np.float64), np.asarray(lines.line_start, np.int64)
    keep = np.ones(len(xy), bool)
    keep[1:] = (np.diff(xy, axis=0) ** 2).sum(axis=1) > 1e-8
    keep[start[:-1][np.diff(start) > 0]] = True
    kept = np.add.reduceat(np.append(keep, False), start[:-1]) if len(start) > 1 else np.empty(0, int)
    kept = np.where(np.diff(start) > 0, kept, 0)
    is_line = (kept > 1) & (width > 0)
    keep &= np.repeat(is_line, np.diff(start))
    return (
        xy[keep],
        np.concatenate([[0], np.cumsum(kept[is_line])]).astype(np.int64),
        lines.row[is_line],
        width[is_line],
    )


def _directions(xy: FloatArray, start: npt.NDArray[np.int64]) -> tuple[FloatArray, FloatArray]:
    """Return the unit direction in which each vertex is reached, and that in which it is left."""
    step = np.zeros_like(xy)
    step[:-1] = np.diff(xy, axis=0)
    last = start[1:] - 1
    step[last] = step[last - 1]
    step /= np.linalg.norm(step, axis=1, keepdims=True)
    before = np.roll(step, 1, axis=0)
    before[start[:-1]] = step[start[:-1]]
    return before, step


def _mitres(xy: FloatArray, start: npt.NDArray[np.int64]) -> FloatArray:
    """Return for each vertex where the left side lies, in half widths."""
    before, after = _directions(xy, start)
    left = np.stack([-before[:, 1] - after[:, 1], before[:, 0] + after[:, 0]], axis=1)
    # |before + after|^2 = 2 + 2 cos(bend); the mitre is (left1 + left2) / (1 + cos(bend))
    stretch = 1.0 + np.einsum("ij,ij->i", before, after)
    mitre = left / np.maximum(stretch, 0.05)[:, None]
    length = np.linalg.norm(mitre, axis=1, keepdims=True)
    mitre *= np.minimum(1.0, LONGEST_MITRE / np.maximum(length, 1e-9))
    is_turned_back = length[:, 0] < 0.5
    mitre[is_turned_back] = np.stack([-after[:, 1], after[:, 0]], axis=1)[is_turned_back]
    sides: FloatArray = mitre
    return sides


def _caps(
    xy: FloatArray, start: npt.NDArray[np.int64], half: FloatArray, first: int
) -> tuple[FloatArray, npt.NDArray[np.int64], npt.NDArray[np.intp]]:
    """Return half circles at both ends: points, faces (numbered from `first`), and the line of each point."""
    before, after = _directions(xy, start)
    ends = np.concatenate([start[:-1], start[1:] - 1])
    outward = np.concatenate([-after[start[:-1]], before[start[1:] - 1]])
    line = np.tile(np.arange(len(half)), 2)
    angle = np.linspace(-np.pi / 2, np.pi / 2, CAP_CORNERS + 2)
    x, y = outward[:, :1], outward[:, 1:]
    fan = np.stack([x * np.cos(angle) - y * np.sin(angle), x * np.sin(angle) + y * np.cos(angle)], axis=2)
    points = xy[ends][:, None] + fan * half[line][:, None, None]
    corners = len(angle)
    begin = first + np.arange(len(ends))[:, None] * corners
    k = np.arange(1, corners - 1)
    faces = np.stack([np.broadcast_to(begin, (len(ends), len(k))), begin + k, begin + k + 1], axis=2).reshape(-1, 3)
    return points.reshape(-1, 2), faces, np.repeat(line, corners)
