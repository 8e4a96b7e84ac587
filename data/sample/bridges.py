"""Bridges of the sample city: decks over the water, pylons where the span is long."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely

from data.sample.plan import Floats, Geometries, Plan
from data.sample.roads import bent


def make_bridges(plan: Plan) -> tuple[Geometries, list[str], Floats, Floats]:
    """Return bridge decks and pylons: outline, name, base_m, height_m; metres from the city's middle."""
    outlines: list[Any] = []
    names: list[str] = []
    base: list[float] = []
    height: list[float] = []
    water = bent(plan.water)
    for road in plan.roads:
        if road.rank in ("quay", "site", "path"):
            continue
        line = bent(road.line)
        for span in shapely.get_parts(shapely.intersection(line, water)):
            if span.geom_type != "LineString" or span.length < 25:
                continue
            deck = _lengthened(span, 9.0).buffer(road.width_m / 2 + 2.0, cap_style="flat")
            outlines.append(deck)
            names.append(f"{road.name} Bridge")
            base.append(2.0)
            height.append(3.6)
            for pylon in _pylons(span, road.width_m) if span.length > 150 and road.rank == "ring" else []:
                outlines.append(pylon)
                names.append(f"{road.name} Bridge")
                base.append(0.0)
                height.append(64.0)
    return np.array(outlines), names, np.array(base), np.array(height)


def _lengthened(span: shapely.LineString, by_m: float) -> shapely.LineString:
    xy = shapely.get_coordinates(span)
    first, last = xy[0] - xy[1], xy[-1] - xy[-2]
    xy[0] += by_m * first / np.hypot(*first)
    xy[-1] += by_m * last / np.hypot(*last)
    return shapely.LineString(xy)


def _pylons(span: shapely.LineString, width_m: float) -> list[Any]:
    made = []
    for share in (0.28, 0.72):
        here, there = (span.interpolate(share * span.length + d) for d in (0, 2))
        along = np.array([there.x - here.x, there.y - here.y]) / 2
        across = np.array([-along[1], along[0]]) * (width_m / 2 + 4.0)
        made += [
            shapely.box(
                here.x + s * across[0] - 2,
                here.y + s * across[1] - 2,
                here.x + s * across[0] + 2,
                here.y + s * across[1] + 2,
            )
            for s in (1, -1)
        ]
    return made
