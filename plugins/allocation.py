"""Who gets which place: demand at homes against capacities of services, in three stated ways."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Pairs:
    """Services and homes within reach of each other."""

    service: IntArray
    home: IntArray
    walk_m: FloatArray


@dataclass(frozen=True)
class Allocation:
    """What came of it."""

    asked: FloatArray
    """(s,) demand that each service is asked for."""
    given: FloatArray
    """(s,) how much of it finds a place."""
    placed: FloatArray
    """(h,) how much of each home's demand finds a place."""
    per_head: FloatArray
    """(h,) places within reach for each one who asks, shared with all others within reach of them."""


def to_nearest(pairs: Pairs, demand: FloatArray, capacity: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Send everyone to the nearest service, full or not; a full one places its capacity, the same share of each home.

    returns   asked (s,), given (s,), placed (h,)
    """
    order = np.lexsort((pairs.service, pairs.walk_m, pairs.home))
    home, first = np.unique(pairs.home[order], return_index=True)
    service = pairs.service[order][first]
    asked = np.bincount(service, demand[home], minlength=len(capacity)).astype(float)
    given = np.minimum(asked, capacity)
    share = np.divide(given, asked, out=np.zeros(len(asked)), where=asked > 0)
    placed = np.zeros(len(demand))
    placed[home] = demand[home] * share[service]
    return asked, given, placed


def to_free(pairs: Pairs, demand: FloatArray, capacity: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Give places to those nearest first: the shortest walks of all are served until the service is full.

    Who finds the nearest full goes on to the next. Asked is what would come if each went to the nearest.
    """
    asked, _, _ = to_nearest(pairs, demand, capacity)
    left, free = demand.astype(float).copy(), capacity.astype(float).copy()
    for n in np.lexsort((pairs.service, pairs.home, pairs.walk_m)):
        service, home = pairs.service[n], pairs.home[n]
        moved = min(left[home], free[service])
        if moved > 0:
            left[home] -= moved
            free[service] -= moved
    return asked, capacity - free, demand - left


def shared(pairs: Pairs, demand: FloatArray, capacity: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return each service's places for each one within its reach (s,), and the sum of these within each home's reach.

    source   two-step floating catchment area: W. Luo, F. Wang, Environment and Planning B 30 (2003) 865-884
    """
    within = np.bincount(pairs.service, demand[pairs.home], minlength=len(capacity))
    ratio = np.divide(capacity, within, out=np.zeros(len(capacity)), where=within > 0)
    return ratio, np.bincount(pairs.home, ratio[pairs.service], minlength=len(demand)).astype(float)


def allocated(pairs: Pairs, demand: FloatArray, capacity: FloatArray, way: str) -> Allocation:
    """Return who gets a place.

    way   "nearest", "free" (the nearest with a place left) or "shared" (all within reach share)
    """
    ratio, per_head = shared(pairs, demand, capacity)
    if way == "shared":
        asked = np.bincount(pairs.service, demand[pairs.home], minlength=len(capacity)).astype(float)
        placed = demand * np.minimum(per_head, 1.0)
        return Allocation(asked, np.minimum(asked * ratio, capacity), placed, per_head)
    asked, given, placed = (to_nearest if way == "nearest" else to_free)(pairs, demand, capacity)
    return Allocation(asked, given, placed, per_head)
