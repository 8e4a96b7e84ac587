"""The tram of the sample city: two lines along main roads, and their stops."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely

from data.sample.plan import Plan
from data.sample.roads import BEND_STEP_M, bent

TRAM_LINES = (
    ("1", "Beacon Hill - Parkside", ("Upland Avenue", "High Street", "South Avenue"), (1780.0, -1500.0), "y"),
    ("2", "North Quays - New Meadow", ("Harbour Road", "Cross Street", "Eastern Avenue"), (-1500.0, 1900.0), "x"),
)
"""Number, name, roads it runs along, and where on its axis it begins and ends, plan metres."""
STOP_EVERY_M = 390.0
_STOP_NAMES = {
    "1": (
        "Beacon Hill",
        "Uplands",
        "Third Ring North",
        "Railyard",
        "Northgate",
        "Old Gate",
        "Market Square",
        "Minster",
        "Museum Island",
        "Opera",
        "City Park",
        "South Ring",
        "Parkside",
        "Millbrook",
        "Common",
    ),
    "2": (
        "North Quays",
        "Harbour Road",
        "Philharmonic",
        "Second Ring West",
        "Westgate",
        "Promenade",
        "Cross Street",
        "Minster Close",
        "Towers",
        "Exchange",
        "Riverside East",
        "Second Ring East",
        "New Meadow",
        "Eastfield",
    ),
}


def make_tram(plan: Plan) -> tuple[list[Any], list[tuple[Any, str, str]]]:
    """Return the tram lines, and their stops as (point, name, line)."""
    lines, stops = [], []
    roads = {road.name: road.line for road in plan.roads}
    for number, _, names, (start, end), axis in TRAM_LINES:
        whole = shapely.line_merge(
            shapely.union_all(shapely.segmentize(np.array([roads[n] for n in names]), BEND_STEP_M))
        )
        low, high = sorted((start, end))
        box = shapely.box(-9e3, low, 9e3, high) if axis == "y" else shapely.box(low, -9e3, high, 9e3)
        inside = whole.intersection(box)
        line = max(shapely.get_parts(inside), key=lambda part: part.length)
        xy = shapely.get_coordinates(line)
        column = 1 if axis == "y" else 0
        line = shapely.LineString(xy if (xy[0, column] > xy[-1, column]) == (start > end) else xy[::-1])
        line = bent(line)
        lines.append(line)
        at = np.arange(25.0, line.length - 20, STOP_EVERY_M)
        points = shapely.line_interpolate_point(line, at)
        named = _STOP_NAMES[number]
        stops += [(p, named[i] if i < len(named) else f"Stop {i + 1}", number) for i, p in enumerate(points)]
    return lines, stops
