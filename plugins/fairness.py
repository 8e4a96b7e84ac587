"""How evenly something is spread over people: means, the worst-served tenth, the Gini index and Lorenz's curve."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]


def mean(values: FloatArray, people: FloatArray) -> float:
    """Return the mean over people; NaN where there are none."""
    return float((values * people).sum() / people.sum()) if people.sum() > 0 else float("nan")


def worst_mean(values: FloatArray, people: FloatArray, share: float = 0.1) -> float:
    """Return the mean of the largest values that a share of the people have; a group may be counted in part."""
    order = np.argsort(-values, kind="stable")
    values, people = values[order], people[order]
    wanted = share * people.sum()
    if wanted <= 0:
        return float("nan")
    before = np.concatenate([[0.0], np.cumsum(people)[:-1]])
    counted = np.clip(wanted - before, 0.0, people)
    return float((values * counted).sum() / counted.sum())


def gini(values: FloatArray, people: FloatArray) -> float:
    """Return the Gini index of values >= 0 over people: 0 all have the same, towards 1 one has all.

    source   half the mean absolute difference by the mean (C. Gini, 1912), by the area under Lorenz's curve
    """
    shares, parts = lorenz(values, people)
    if not len(shares) or not np.isfinite(parts).all():
        return float("nan")
    return float(1.0 - np.sum(np.diff(shares) * (parts[1:] + parts[:-1])))


def lorenz(values: FloatArray, people: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return Lorenz's curve: the share of people, those with least first, and the share that they have."""
    order = np.argsort(values, kind="stable")
    values, people = values[order], people[order]
    total, count = float((values * people).sum()), float(people.sum())
    if count <= 0:
        return np.zeros(0), np.zeros(0)
    shares = np.concatenate([[0.0], np.cumsum(people) / count])
    held = np.cumsum(values * people) / total if total > 0 else np.cumsum(people) / count
    return shares, np.concatenate([[0.0], held])
