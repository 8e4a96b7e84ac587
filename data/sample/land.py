"""The country round the sample city: fields, meadows and woods."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import shapely

from data.sample.blocks import BlockRule, cut
from data.sample.plan import Geometries, Plan, Shape
from data.sample.roads import bent
from data.sample.terrain import HALF_DEPTH_M, HALF_WIDTH_M, extent

_FIELDS = BlockRule(150, 270, 5.0, 0.2, 0.2)
"""Size of the fields; the gap between two is a track or a hedge."""
_BEYOND_M = 250.0
"""How far the plan reaches beyond the terrain, so that no edge is seen after bending."""


def make_land(plan: Plan, meadows: Geometries, rng: np.random.Generator) -> tuple[Geometries, npt.NDArray[np.str_]]:
    """Divide the country into fields.

    meadows   blocks of the city that are not built yet; taken over as they are
    returns   polygons, metres from the city's middle; "field", "meadow" or "forest" of each
    """
    width_m, depth_m = HALF_WIDTH_M + _BEYOND_M, HALF_DEPTH_M + _BEYOND_M
    lines = np.array([road.line for road in plan.roads if road.rank not in {"quay", "path"}])
    roads = shapely.union_all(shapely.buffer(lines, 14.0, quad_segs=2))
    country: Shape = shapely.box(-width_m, -depth_m, width_m, depth_m)
    country = (
        country.difference(plan.limit.buffer(8.0)).difference(plan.water.buffer(28.0, quad_segs=2)).difference(roads)
    )
    parts = shapely.get_parts(country)
    pieces, _, _ = cut(parts, [_FIELDS] * len(parts), rng, 0)
    clipped = shapely.get_parts(shapely.intersection(bent(pieces), extent()))
    land = clipped[(shapely.get_type_id(clipped) == 3) & (shapely.area(clipped) > 800)]
    x, y = shapely.get_coordinates(shapely.centroid(land)).T
    wooded = np.sin(x / 700 + 1.0) * np.cos(y / 520 - 0.4) + 0.35 * rng.random(len(land))
    kind = np.where(wooded > 0.72, "forest", np.where(rng.random(len(land)) < 0.3, "meadow", "field"))
    return np.concatenate([land, meadows]), np.concatenate([kind, np.full(len(meadows), "meadow")])
