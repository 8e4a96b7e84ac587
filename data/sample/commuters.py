"""The sample city's ways to work: how many people go from district to district in each hour of a working day."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely

from data.sample.attributes import Facts
from data.sample.plan import QUARTERS
from data.sample.stock import Stock

WORKING_SHARE = 0.46
"""Of those who live in a district."""
REACH_M = 1400.0
"""Each further stretch as long as this makes a workplace e times less likely: a gravity model."""
TO_WORK = {5: 0.03, 6: 0.12, 7: 0.31, 8: 0.29, 9: 0.13, 10: 0.05, 13: 0.04, 14: 0.03}
TO_HOME = {12: 0.03, 13: 0.04, 15: 0.10, 16: 0.24, 17: 0.28, 18: 0.16, 19: 0.08, 21: 0.04, 22: 0.03}
"""The share of the day's ways in each hour."""
FEWEST = 3
"""Fewer people than these are told of no pair: they would be persons."""
Columns = dict[str, Any]


def commuters(blocks: Any, built: Stock, facts: Facts) -> Columns:
    """Return ways between districts by hour: from, to, hour, people.

    blocks   with outline and quarter
    """
    count = len(QUARTERS)
    people = np.bincount(blocks.quarter[built.block], weights=facts.residents, minlength=count)
    jobs = np.bincount(blocks.quarter[built.block], weights=facts.jobs, minlength=count)
    area = np.bincount(blocks.quarter, weights=shapely.area(blocks.outline), minlength=count)
    middle = shapely.get_coordinates(shapely.centroid(blocks.outline))
    weight = shapely.area(blocks.outline)
    sums = [np.bincount(blocks.quarter, weights=weight * middle[:, axis], minlength=count) for axis in (0, 1)]
    place = np.column_stack(sums) / np.maximum(area, 1.0)[:, None]
    far_m = np.hypot(*np.moveaxis(place[:, None] - place[None], -1, 0))
    drawn = jobs[None] * np.exp(-far_m / REACH_M)
    ways = WORKING_SHARE * people[:, None] * drawn / np.maximum(drawn.sum(axis=1, keepdims=True), 1e-9)
    parts = [(hour, ways * share) for hour, share in TO_WORK.items()]
    parts += [(hour, ways.T * share) for hour, share in TO_HOME.items()]
    by_hour = np.zeros((24, count, count))
    for at, part in parts:
        by_hour[at] += part
    whole = np.round(by_hour).astype(np.int64)
    hour, begin, end = np.nonzero(whole >= FEWEST)
    names = np.array([quarter.name for quarter in QUARTERS], dtype=object)
    return {"from": names[begin], "to": names[end], "hour": hour, "people": whole[hour, begin, end]}
