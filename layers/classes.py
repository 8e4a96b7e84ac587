"""Where the edges between classes of numbers lie, how they are rounded, and how numbers are written in a legend."""

from __future__ import annotations

from itertools import pairwise
from math import ceil, floor, log10

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]

_BINS = 512
_SLACK = 0.06
"""An edge may be moved by this share of the narrower class beside it, to become a rounder number."""
_GROUPED_FROM = 10_000
"""Numbers from here on are written with commas; below are years."""


def quantile_edges(ordered: FloatArray, classes: int) -> FloatArray:
    """Return the edges (classes - 1,) or fewer that leave about equally many values in each class."""
    places = (np.arange(1, classes) * len(ordered)) // classes
    return ordered[places]


def equal_edges(ordered: FloatArray, classes: int) -> FloatArray:
    """Return edges (classes - 1,) at equal distances between the least and the greatest value."""
    return np.linspace(ordered[0], ordered[-1], classes + 1)[1:-1]


def natural_edges(ordered: FloatArray, classes: int) -> FloatArray:
    """Return the edges (classes - 1,) or fewer that make each class as alike in itself as possible.

    source   W. D. Fisher, On Grouping for Maximum Homogeneity, 1958: solved exactly over 512 groups of values.
             mapclassify finds the same breaks, but importing it takes 2.7 s, in which the window would not answer.
    """
    value, weight = _grouped(ordered)
    count = len(value)
    if count <= classes:
        return value[1:]
    w = np.concatenate([[0.0], np.cumsum(weight)])
    s = np.concatenate([[0.0], np.cumsum(weight * value)])
    q = np.concatenate([[0.0], np.cumsum(weight * value * value)])
    # spread[i, j]: the sum of squared distances from their mean of the groups i..j-1
    width = np.maximum(w[None, :] - w[:, None], 1e-12)
    spread = (q[None, :] - q[:, None]) - (s[None, :] - s[:, None]) ** 2 / width
    spread[np.tril_indices(count + 1)] = np.inf
    best = spread[0]
    cuts = []
    for _ in range(classes - 1):
        total = best[:, None] + spread
        cuts.append(total.argmin(axis=0))
        best = total.min(axis=0)
    places, end = [], count
    for cut in reversed(cuts):
        end = int(cut[end])
        places.append(end)
    breaks: FloatArray = value[np.array(places[::-1])]
    return breaks


def _grouped(ordered: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return at most 512 values that stand for all, from low to high, and how many each stands for."""
    value, weight = np.unique(ordered, return_counts=True) if len(ordered) <= _BINS * 8 else (ordered, None)
    if weight is not None and len(value) <= _BINS:
        return value, weight.astype(np.float64)
    # Half of the groups hold equally many values, half are equally wide: a long tail keeps its detail.
    by_rank = ordered[np.linspace(0, len(ordered) - 1, _BINS // 2).astype(int)]
    edges = np.unique(np.concatenate([by_rank, np.linspace(ordered[0], ordered[-1], _BINS // 2)]))
    start = np.searchsorted(ordered, edges)
    start = start[np.append(True, np.diff(start) > 0) & (start < len(ordered))]
    weights = np.diff(np.append(start, len(ordered))).astype(np.float64)
    return np.add.reduceat(ordered, start) / weights, weights


def deviation_edges(ordered: FloatArray) -> FloatArray:
    """Return the edges (4,) two and one standard deviations below and above the mean; none where all are equal."""
    deviation = ordered.std()
    return ordered.mean() + np.array([-2.0, -1.0, 1.0, 2.0]) * deviation if deviation > 0 else np.empty(0)


def readable_edges(edges: FloatArray, ordered: FloatArray) -> FloatArray:
    """Return edges moved a little to rounder numbers. Classes are made with these, so that a legend states what is.

    Whole numbers get whole edges, which changes no class. Otherwise an edge moves by at most 6 % of a class.
    """
    if is_whole(ordered):
        edges = np.ceil(edges)
    edges = np.unique(edges)
    ends = np.concatenate([[min(ordered[0], *edges)], edges, [max(ordered[-1], *edges)]]) if len(edges) else edges
    rounded = [
        rounder(edge, _SLACK * min(step for step in (edge - before, after - edge) if step > 0))
        if after > edge or edge > before
        else float(edge)
        for before, edge, after in zip(ends, edges, ends[2:], strict=False)
    ]
    return np.unique(np.array(rounded, np.float64))


def rounder(value: float, slack: float) -> float:
    """Return the number with the fewest digits that is at most `slack` away."""
    if slack <= 0 or not np.isfinite(value):
        return float(value)
    power = ceil(log10(max(abs(value), slack))) + 1
    while True:
        for step in (10.0**power, 5.0 * 10.0 ** (power - 1)):
            near = round(value / step) * step
            if abs(near - value) <= slack:
                return float(np.round(near, max(0, 1 - power)))
        power -= 1


def is_whole(ordered: FloatArray) -> bool:
    """Return whether all values are whole numbers."""
    return bool((ordered == np.floor(ordered)).all())


def nice_range(low: float, high: float) -> tuple[float, float]:
    """Return the range widened to round numbers, by at most a twentieth at each end."""
    if high <= low:
        return low, high
    step = 10.0 ** floor(log10((high - low) / 20))
    step *= next(m for m in (5, 2, 1) if m * step <= (high - low) / 20)
    return floor(low / step) * step, ceil(high / step) * step


def nice_ticks(low: float, high: float, most: int = 6) -> FloatArray:
    """Return round numbers at equal distances within a range, 2 to `most` of them."""
    if high <= low:
        return np.array([low])
    power = 10.0 ** floor(log10((high - low) / most))
    step = next(m * power for m in (1, 2, 2.5, 5, 10, 20) if (high - low) / (m * power) <= most - 0.5)
    first, last = ceil(low / step - 1e-9), floor(high / step + 1e-9)
    return np.arange(first, last + 1).astype(np.float64) * step


def number_label(value: float, step: float | None = None) -> str:
    """Return a number as people read it; `step` is the distance to its neighbours and decides the decimals."""
    size = abs(step or value)
    if size >= 1e15 or 0 < size < 1e-6:
        return f"{value:.3g}"
    if value == 0:
        return "0"
    decimals = max(0, 2 - floor(log10(size))) if size else 0
    text = f"{value:,.{decimals}f}" if abs(value) >= _GROUPED_FROM else f"{value:.{decimals}f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text.replace("-", "\u2212")


def range_labels(edges: FloatArray, ordered: FloatArray) -> list[str]:
    """Return one label a class (edges + 1): "< 8", "8 - 12", ">= 12"; for whole numbers "3 - 5", "6"."""
    low, high = ordered[0], ordered[-1]
    if not len(edges):
        ends = (number_label(low), number_label(high))
        return [ends[0] if ends[0] == ends[1] else f"{ends[0]} \u2013 {ends[1]}"]
    names = [number_label(e) for e in edges]
    if not is_whole(ordered):
        inner = [f"{a} \u2013 {b}" for a, b in pairwise(names)]
        return [f"< {names[0]}", *inner, f"\u2265 {names[-1]}"]
    below = [number_label(ceil(e) - 1) for e in edges]
    inner = [a if a == b else f"{a} \u2013 {b}" for a, b in zip(names, below[1:], strict=False)]
    first = below[0] if low == ceil(edges[0]) - 1 else f"\u2264 {below[0]}"
    return [first, *inner, names[-1] if high == edges[-1] else f"\u2265 {names[-1]}"]
