"""Which of many flows are drawn: the largest, small ones and the rest counted; both directions as one if wished."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from twin.entities import EntityFrame
from twin.live import LiveLook
from twin.placed_flows import BOTH_WAYS

FloatArray = npt.NDArray[np.float64]
Places = npt.NDArray[np.int64]

SAME_DIGITS = 6
"""Places that agree to so many digits of a degree, a decimetre, are one."""


@dataclass(frozen=True, slots=True, eq=False)
class Arcs:
    """The flows that are drawn, the smallest first: the largest are drawn over the others."""

    row: Places
    """(m,) the frame's row of each; of both directions, the larger one's."""
    value: FloatArray
    """(m,) how much flows; ones where nothing says it."""
    is_loop: npt.NDArray[np.bool_]
    """(m,) whether it ends where it begins."""
    other: Places
    """(m,) the frame's row of the other direction where both are one; -1 where there is none."""
    span: tuple[float, float]
    """The usual size (the median) and the largest, at all times; what ends where it begins is not counted."""
    left_out: int = 0
    """Flows that are not drawn because there are too many larger ones."""
    left_share: float = 0.0
    """What part of all that flows they are."""
    below: int = 0
    """Flows smaller than what is wished for."""


def chosen_arcs(frame: EntityFrame, look: LiveLook) -> Arcs:
    """Return which flows of a frame are drawn, as a look wishes."""
    value = _values(frame, look.value)
    assert frame.end_lonlat is not None
    is_there = np.isfinite(frame.lonlat).all(axis=1) & np.isfinite(frame.end_lonlat).all(axis=1)
    row = np.flatnonzero(is_there & np.isfinite(value) & (value != 0))
    begin, end = _numbered(frame.lonlat[row], frame.end_lonlat[row])
    value, other = value[row], np.full(len(row), -1, np.int64)
    if look.is_summed:
        row, value, other, begin, end = _both_ways(row, value, begin, end)
    size = np.abs(value)
    wanted = np.flatnonzero(size >= look.least)
    order = wanted[np.argsort(size[wanted], kind="stable")]
    most = look.most if look.most > 0 else len(order)
    left, drawn = order[: max(len(order) - most, 0)], order[max(len(order) - most, 0) :]
    total = float(size.sum())
    return Arcs(
        row[drawn],
        value[drawn],
        begin[drawn] == end[drawn],
        other[drawn],
        _span(frame, look, size[drawn], begin[drawn] == end[drawn]),
        left_out=len(left),
        left_share=float(size[left].sum()) / total if total else 0.0,
        below=len(row) - len(wanted),
    )


def _values(frame: EntityFrame, name: str) -> FloatArray:
    column = frame.values.get(name)
    return np.ones(len(frame)) if column is None or column.dtype == object else np.asarray(column, np.float64)


def _numbered(begin: FloatArray, end: FloatArray) -> tuple[Places, Places]:
    """Return a number for each different place."""
    if not len(begin):
        return np.empty(0, np.int64), np.empty(0, np.int64)
    rounded = np.round(np.concatenate([begin, end]), SAME_DIGITS)
    _, place = np.unique(rounded, axis=0, return_inverse=True)
    numbers = place.ravel().astype(np.int64)
    return numbers[: len(begin)], numbers[len(begin) :]


def _both_ways(
    row: Places, value: FloatArray, begin: Places, end: Places
) -> tuple[Places, FloatArray, Places, Places, Places]:
    """Return flows between the same two places as one, under the row of the largest."""
    if not len(row):
        return row, value, row, begin, end
    low, high = np.minimum(begin, end), np.maximum(begin, end)
    pair = low * (int(high.max()) + 1) + high
    order = np.lexsort((-np.abs(value), pair))
    _, first, count = np.unique(pair[order], return_index=True, return_counts=True)
    main = order[first]
    other = np.where(count > 1, row[order[np.minimum(first + 1, len(order) - 1)]], -1)
    return row[main], np.add.reduceat(value[order], first), other, begin[main], end[main]


def _span(frame: EntityFrame, look: LiveLook, size: FloatArray, is_loop: npt.NDArray[np.bool_]) -> tuple[float, float]:
    size = size if is_loop.all() else size[~is_loop]
    usual, high = (float(np.median(size)), float(size.max())) if len(size) else (0.0, 1.0)
    usual, high = frame.spans.get((BOTH_WAYS if look.is_summed else "") + look.value, (usual, high))
    usual = usual if look.low is None else look.low
    high = high if look.high is None else look.high
    return min(usual, high), high if high > 0 else 1.0


def arc_text(frame: EntityFrame, arcs: Arcs, place: int, unit: str = "", name: str = "") -> str:
    """Return what people read of an arc: from, to and how much; of both directions, each."""
    row, other = int(arcs.row[place]), int(arcs.other[place])
    what = f" {unit or name}".rstrip()
    values = _values(frame, name)

    def told(one: int) -> str:
        return f"{frame.ids[one]}: {number_text(float(values[one]))}{what}"

    if other < 0:
        return told(row)
    return f"{told(row)}\n{told(other)}\nboth: {number_text(float(arcs.value[place]))}{what}"


def number_text(value: float) -> str:
    """Return a number as people read it: whole ones whole, others to four digits."""
    return f"{value:,.0f}" if value == int(value) or abs(value) >= 10_000 else f"{value:,.4g}"
