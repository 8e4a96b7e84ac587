"""Parks and trees of the sample city."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from data.sample.plan import SITES, Floats, Geometries, Shape
from data.sample.roads import Streets

PARK_KINDS = ("park", "wood", "cemetery", "allotments", "square", "pocket")
TREES_PER_HA = {
    "wood": 120.0,
    "park": 42.0,
    "cemetery": 55.0,
    "allotments": 18.0,
    "square": 26.0,
    "pocket": 45.0,
    "slab": 22.0,
    "villa": 22.0,
    "detached": 12.0,
    "row": 9.0,
    "perimeter": 13.0,
    "campus": 22.0,
    "hospital": 22.0,
    "stadium": 10.0,
    "oldtown": 3.0,
    "museum": 16.0,
    "minster": 14.0,
    "opera": 16.0,
    "concert": 12.0,
    "school": 14.0,
    "landmark": 16.0,
    "meadow": 1.5,
}
AVENUE_RANKS = ("arterial", "ring", "avenue", "quay", "collector")
TREE_EVERY_M = 15.0


@dataclass(frozen=True, slots=True)
class Trees:
    """Single trees; metres from the city's middle."""

    xy: Floats
    """(t, 2)"""
    height_m: Floats
    """(t,)"""
    species: npt.NDArray[np.object_]
    """(t,)"""


def park_names(kind: Any, site: Any, rng: np.random.Generator) -> npt.NDArray[np.object_]:
    """Return the names of the parks: the site's, or a made-up one for pocket parks."""
    words = [
        "Acorn",
        "Blackbird",
        "Chestnut",
        "Daisy",
        "Elder",
        "Finch",
        "Hedgehog",
        "Jay",
        "Magpie",
        "Nightingale",
        "Primrose",
        "Sorrel",
        "Squirrel",
        "Starling",
        "Swallow",
        "Teasel",
        "Wren",
        "Bramble",
    ]
    made = [f"{w} {e}" for e in ("Green", "Gardens", "Playground", "Corner") for w in words]
    order = rng.permutation(len(made))
    names = np.empty(len(kind), dtype=object)
    free = iter(order)
    for i, (_, s) in enumerate(zip(kind, site, strict=True)):
        names[i] = SITES[s].name if s >= 0 else made[next(free)]
    return names


def make_trees(
    blocks: Geometries, kind: Any, streets: Streets, buildings: Geometries, within: Shape, rng: np.random.Generator
) -> Trees:
    """Scatter trees over parks and gardens and line the avenues with them; none in a house or on a street.

    within   where trees grow: dry land in and near the city
    """
    has_paths = np.isin(kind, ["park", "wood", "cemetery"])
    checked = np.concatenate([_lined(streets), _scattered(blocks[has_paths], kind[has_paths], rng)])
    gardens = _scattered(blocks[~has_paths], kind[~has_paths], rng)
    xy = np.round(np.concatenate([gardens, checked[_off_streets(checked, streets)]]), 2)
    point = shapely.points(xy)
    is_free = np.ones(len(xy), dtype=bool)
    is_free[shapely.STRtree(buildings).query(point, predicate="dwithin", distance=1.8)[0]] = False
    shapely.prepare(within)
    is_free &= shapely.contains_xy(within, *xy.T)
    xy = xy[is_free]
    height_m = np.round(rng.triangular(4.0, 9.0, 19.0, len(xy)), 1)
    species = np.array(["lime", "oak", "maple", "plane", "beech", "birch", "chestnut", "pine"], dtype=object)
    return Trees(xy, height_m, species[rng.integers(0, len(species), len(xy))])


def _scattered(blocks: Geometries, kind: Any, rng: np.random.Generator) -> Floats:
    per_ha = np.array([TREES_PER_HA.get(k, 0.0) for k in kind])
    west, south, east, north = shapely.bounds(blocks).T
    count = np.floor(per_ha * (east - west) * (north - south) / 1e4 + rng.random(len(blocks))).astype(np.int64)
    which = np.repeat(np.arange(len(blocks)), count)
    u, v = rng.random((2, len(which)))
    x, y = west[which] + u * (east - west)[which], south[which] + v * (north - south)[which]
    shapely.prepare(blocks)
    inside = shapely.contains_xy(blocks[which], x, y)
    return np.column_stack([x, y])[inside]


def _off_streets(xy: Floats, streets: Streets) -> npt.NDArray[np.bool_]:
    """Return which trees stand clear of streets and paths."""
    (which, street), away_m = shapely.STRtree(streets.line).query_nearest(
        shapely.points(xy), max_distance=20.0, all_matches=False, return_distance=True
    )
    is_clear = np.ones(len(xy), dtype=bool)
    is_clear[which[away_m < streets.width_m[street] / 2 + 0.7]] = False
    return is_clear


def _lined(streets: Streets) -> Floats:
    made = []
    rows = np.flatnonzero(
        np.isin(streets.rank, AVENUE_RANKS) & ~streets.is_bridge & (shapely.length(streets.line) > 30)
    )
    for side in (1, -1):
        for rank in AVENUE_RANKS:
            r = rows[streets.rank[rows] == rank]
            if not len(r):
                continue
            away = side * (streets.width_m[r] / 2 + 2.2)
            lines = shapely.get_parts(shapely.offset_curve(streets.line[r], away, quad_segs=2))
            count = np.floor(shapely.length(lines) / TREE_EVERY_M).astype(np.int64)
            which = np.repeat(np.arange(len(lines)), count)
            number = np.arange(len(which)) - np.repeat(np.cumsum(count) - count, count)
            made.append(
                shapely.get_coordinates(shapely.line_interpolate_point(lines[which], (number + 0.5) * TREE_EVERY_M))
            )
    return np.concatenate(made)
