"""Hot spots, clusters and specialisation of cells, by PySAL."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from plugins.city_grid import without_compiler

FloatArray = npt.NDArray[np.float64]
FEWEST = 8
"""Of fewer cells nothing is said."""
QUADRANTS = {1: "high among high", 2: "low among high", 3: "low among low", 4: "high among low"}


@dataclass(frozen=True)
class HotSpots:
    """Getis-Ord Gi*: where high or low values gather, the cell itself counted."""

    z: FloatArray
    p: FloatArray
    """Two-sided, from the normal distribution."""
    words: npt.NDArray[np.str_]
    """"hot 99 %", "cold 95 %" and so on; "" where it may be chance."""


@dataclass(frozen=True)
class Clusters:
    """Local Moran's I: cells like or unlike their neighbours."""

    value: FloatArray
    p: FloatArray
    """From permutations."""
    words: npt.NDArray[np.str_]
    moran: float
    """Of the whole city: Moran's I."""
    moran_p: float


def hot_spots(values: FloatArray, weights: Any) -> HotSpots:
    """Return Gi* of values (n,), neighbours and the cell itself weighing 1.

    source   A. Getis, J. K. Ord, Geographical Analysis 24 (1992) and 27 (1995), as in esda
    """
    if len(values) < FEWEST or np.ptp(values) == 0:
        return HotSpots(np.full(len(values), np.nan), np.full(len(values), np.nan), np.full(len(values), "", "U8"))
    with without_compiler():
        from esda.getisord import G_Local  # noqa: PLC0415  a second to import, and only statistics need it

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = G_Local(values.astype(float), weights, transform="B", permutations=0, star=True)
    z = np.asarray(found.Zs, float)
    p = np.minimum(2 * np.asarray(found.p_norm, float), 1.0)
    return HotSpots(z, p, _hot_words(z, p))


def _hot_words(z: FloatArray, p: FloatArray) -> npt.NDArray[np.str_]:
    words = np.full(len(z), "", "U9")
    for limit, sure in ((0.1, "90"), (0.05, "95"), (0.01, "99")):
        words[(p < limit) & (z > 0)] = f"hot {sure} %"
        words[(p < limit) & (z < 0)] = f"cold {sure} %"
    return words


def clusters(
    values: FloatArray, weights: Any, *, permutations: int = 999, sure: float = 0.05, seed: int = 1
) -> Clusters:
    """Return local Moran's I of values (n,), rows standardised; the same seed gives the same answer.

    source   L. Anselin, Geographical Analysis 27 (1995), as in esda
    """
    if len(values) < FEWEST or np.ptp(values) == 0:
        nothing = np.full(len(values), np.nan)
        return Clusters(nothing, nothing, np.full(len(values), "", "U16"), float("nan"), float("nan"))
    with without_compiler():
        from esda.moran import Moran, Moran_Local  # noqa: PLC0415  as above

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        local = Moran_Local(
            values.astype(float), weights, transformation="r", permutations=permutations, seed=seed, n_jobs=1
        )
        whole = Moran(values.astype(float), weights, transformation="r", permutations=0)
    p = np.asarray(local.p_sim, float)
    words = np.array([QUADRANTS[int(q)] if s <= sure else "" for q, s in zip(local.q, p, strict=True)], np.str_)
    island = np.isin(np.arange(len(values)), weights.islands)
    words[island] = ""
    return Clusters(np.asarray(local.Is, float), p, words, float(whole.I), float(whole.p_norm))


def location_quotients(counts: FloatArray) -> FloatArray:
    """Return how much more of a kind a cell has than the city: (cell's share of the kind) / (city's share of it).

    counts    (n, k) cells by kinds
    returns   (n, k); 1 as everywhere; NaN in empty cells and for kinds that are nowhere
    """
    of_cell, of_kind, total = counts.sum(axis=1, keepdims=True), counts.sum(axis=0, keepdims=True), counts.sum()
    with np.errstate(invalid="ignore", divide="ignore"):
        found: FloatArray = (counts / of_cell) / (of_kind / total)
    return found
