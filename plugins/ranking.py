"""Weighted criteria into one order: scores, what each criterion adds to them, and how firm the order is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Scores:
    """What came of ranking n areas by c criteria."""

    score: Floats
    """(n,) 0 to 100: the weighted mean of the scaled criteria; NaN where an area has no value at all."""
    parts: Floats
    """(n, c) points that each criterion adds; they sum to the score."""
    scaled: Floats
    """(n, c) 0 (last) to 1 (first), directions taken into account; NaN where there is no value."""
    rank: npt.NDArray[np.int64]
    """(n,) 1 is first; areas without a score come last."""
    missing: npt.NDArray[np.int64]
    """(n,) criteria without a value; the others' weights share theirs."""


def scaled(values: Floats, *, is_more_better: bool, by_rank: bool = False) -> Floats:
    """Return values (n,) as 0 to 1; all alike become 0.5; NaN stays.

    by_rank   share of the others that are lower (ties share), instead of the place between least and greatest
    """
    known = np.isfinite(values)
    result = np.full(len(values), np.nan)
    if not known.any():
        return result
    found = values[known]
    if by_rank:
        order = (
            np.searchsorted(np.sort(found), found, side="left") + np.searchsorted(np.sort(found), found, "right") - 1
        )
        share = order / (2 * max(len(found) - 1, 1)) if len(found) > 1 else np.full(1, 0.5)
    else:
        low, high = found.min(), found.max()
        share = np.full(len(found), 0.5) if high == low else (found - low) / (high - low)
    result[known] = share if is_more_better else 1 - share
    return result


def scores(
    values: Floats, weights: Sequence[float], is_more_better: Sequence[bool], *, by_rank: bool = False
) -> Scores:
    """Return the weighted mean of scaled criteria.

    values    (n, c) NaN where there is none
    weights   (c,) not negative; only their ratios count
    raises    ValueError  all weights are zero, or one is negative
    source    weighted sum model: Fishburn, Additive Utilities with Incomplete Product Sets (1967)
    """
    weight = np.asarray(weights, np.float64)
    if (weight < 0).any() or not weight.any():
        raise ValueError("weights are not negative, and not all zero")
    table = np.column_stack(
        [scaled(values[:, c], is_more_better=more, by_rank=by_rank) for c, more in enumerate(is_more_better)]
    )
    known = np.isfinite(table)
    shares = known * weight
    total = shares.sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        parts = np.where(known, 100 * np.nan_to_num(table) * shares / total[:, None], 0.0)
    parts[total == 0] = np.nan
    score = parts.sum(axis=1)
    return Scores(score, parts, table, ranks(score), (~known).sum(axis=1))


def ranks(score: Floats) -> npt.NDArray[np.int64]:
    """Return each score's place: 1 is the greatest; equal ones share the better place; NaN comes last.

    Scores that differ by less than a billionth are equal: no order is made of rounding.
    """
    order = -np.where(np.isfinite(score), np.round(score, 9), -np.inf)
    return np.searchsorted(np.sort(order), order, side="left").astype(np.int64) + 1


@dataclass(frozen=True)
class Firmness:
    """How an order stands when the weights are other ones."""

    least: npt.NDArray[np.int64]
    """(n,) the best place an area took."""
    greatest: npt.NDArray[np.int64]
    """(n,) the worst."""
    share_in_top: Floats
    """(n,) in which share of the trials it was among the first k."""
    correlation: float
    """Mean Spearman correlation of the trials' orders with the one given; NaN where all areas are alike."""


def firmness(
    values: Floats, weights: Sequence[float], is_more_better: Sequence[bool], *, spread: float, top: int,
    trials: int = 400, by_rank: bool = False, seed: int = 1,
) -> Firmness:  # fmt: skip
    """Rank again and again with weights changed at random, each by up to a share of itself.

    spread   0.5 lets each weight lie between half and one and a half of what was given, evenly
    """
    weight = np.asarray(weights, np.float64)
    given = scores(values, weights, is_more_better, by_rank=by_rank)
    table, is_known = np.nan_to_num(given.scaled), np.isfinite(given.scaled)
    random = np.random.default_rng(seed)
    tried = weight * random.uniform(1 - spread, 1 + spread, (trials, len(weight)))
    with np.errstate(invalid="ignore", divide="ignore"):
        points = (table @ tried.T) / (is_known @ tried.T)
    places = np.column_stack([ranks(points[:, t]) for t in range(trials)])
    base = given.rank.astype(np.float64)
    found = [_correlation(base, places[:, t].astype(np.float64)) for t in range(trials)]
    known = [c for c in found if np.isfinite(c)]
    correlation = float(np.mean(known)) if known else float("nan")
    return Firmness(places.min(axis=1), places.max(axis=1), (places <= top).mean(axis=1), correlation)


def _correlation(one: Floats, other: Floats) -> float:
    one, other = one - one.mean(), other - other.mean()
    size = float(np.sqrt((one**2).sum() * (other**2).sum()))
    return float((one * other).sum()) / size if size else float("nan")
