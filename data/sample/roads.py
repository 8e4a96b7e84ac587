"""Streets of the sample city: main roads and cut streets joined to one network, bent into shape and named."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from data.sample.blocks import LOCAL_STREET_SHARE, Blocks
from data.sample.plan import Floats, Geometries, Plan, bend

QUAYS_BEYOND_M, ROADS_BEYOND_M = 60.0, 450.0
"""How far streets are known beyond the city's limit."""
COLLECTOR_M = 18.5
"""A cut street at least so wide between house fronts is a collector."""
MEETS_WITHIN_M = 30.0
"""Farther than half of the widest street: a cut street that ends so near to another meets it."""
BEND_STEP_M = 20.0
"""Longest piece of a plan line before it is bent."""
_FIRST_WORDS = [
    "Alder",
    "Anchor",
    "Apple",
    "Ash",
    "Baker",
    "Barley",
    "Beech",
    "Bell",
    "Birch",
    "Bishop",
    "Bridge",
    "Briar",
    "Canal",
    "Castle",
    "Cedar",
    "Chapel",
    "Cherry",
    "Clover",
    "Cooper",
    "Copper",
    "Crane",
    "Cross",
    "Dairy",
    "Dove",
    "Draper",
    "Elm",
    "Falcon",
    "Farrier",
    "Fern",
    "Ferry",
    "Field",
    "Fisher",
    "Flax",
    "Forge",
    "Fountain",
    "Fox",
    "Garden",
    "Garnet",
    "Glover",
    "Granary",
    "Grove",
    "Guild",
    "Harrow",
    "Harvest",
    "Hawthorn",
    "Hazel",
    "Heron",
    "Hill",
    "Holly",
    "Hop",
    "Ivy",
    "Juniper",
    "Kestrel",
    "King",
    "Lantern",
    "Larch",
    "Lark",
    "Laurel",
    "Lavender",
    "Lime",
    "Linden",
    "Lock",
    "Mallow",
    "Maple",
    "Market",
    "Mason",
    "Meadow",
    "Mercer",
    "Merchant",
    "Mill",
    "Mint",
    "Moat",
    "Monk",
    "Moss",
    "Nettle",
    "Oak",
    "Orchard",
    "Otter",
    "Oxford",
    "Pear",
    "Pilgrim",
    "Pine",
    "Plum",
    "Poplar",
    "Potter",
    "Prior",
    "Quarry",
    "Queen",
    "Raven",
    "Reed",
    "Ridge",
    "Robin",
    "Rope",
    "Rose",
    "Rowan",
    "Saddler",
    "Saffron",
    "Sail",
    "Salt",
    "Sand",
    "School",
    "Ship",
    "Shepherd",
    "Silver",
    "Smith",
    "Sparrow",
    "Spring",
    "Station",
    "Stone",
    "Sun",
    "Swan",
    "Sycamore",
    "Tanner",
    "Temple",
    "Thistle",
    "Thorn",
    "Tiler",
    "Timber",
    "Tower",
    "Turner",
    "Union",
    "Vale",
    "Vine",
    "Walnut",
    "Water",
    "Weaver",
    "Well",
    "Wheat",
    "Willow",
    "Wind",
    "Wool",
    "Yarrow",
    "Yew",
]
_KINDS = {
    "old": ("Lane", "Row", "Alley", "Court", "Gate", "Passage"),
    "town": ("Street", "Road", "Place", "Terrace"),
    "green": ("Way", "Drive", "Close", "Gardens", "Path", "Rise"),
    "works": ("Road", "Yard", "Wharf", "Way"),
}


@dataclass(frozen=True, slots=True)
class Streets:
    """The street network: every piece ends where it meets another; metres from the city's middle."""

    line: Geometries
    """(s,) line strings."""
    name: npt.NDArray[np.object_]
    """(s,)"""
    rank: npt.NDArray[np.str_]
    """(s,) arterial, ring, avenue, main, collector, local, quay, site or path."""
    width_m: Floats
    """(s,) carriageway."""
    is_bridge: npt.NDArray[np.bool_]
    """(s,) crosses the water."""


def bent(geometries: Any) -> Any:
    """Bend plan geometries into shape, after cutting their long lines into short pieces."""
    return shapely.transform(shapely.segmentize(geometries, BEND_STEP_M), bend)


def make_streets(plan: Plan, blocks: Blocks, rng: np.random.Generator) -> Streets:
    """Join main roads and cut streets to one network."""
    lines, name, rank, width_m = _main_roads(plan)
    cut, cut_name, cut_rank, cut_m = _cut_streets(blocks, lines, rng)
    lines = np.concatenate([lines, cut])
    network = shapely.union_all(shapely.segmentize(lines, BEND_STEP_M), grid_size=0.01)
    pieces = shapely.get_parts(shapely.line_merge(network))
    pieces = pieces[shapely.length(pieces) > 1.0]
    middle = shapely.line_interpolate_point(pieces, 0.5, normalized=True)
    owner = shapely.STRtree(lines).query_nearest(middle, all_matches=False)[1]
    ranks = np.concatenate([rank, cut_rank])[owner]
    return Streets(
        bent(pieces),
        np.concatenate([name, cut_name])[owner],
        ranks,
        np.concatenate([width_m, cut_m])[owner],
        shapely.intersects(pieces, plan.water),
    )


def _main_roads(plan: Plan) -> tuple[Geometries, Any, Any, Floats]:
    roads = [road for road in plan.roads if road.rank != "rail"]
    lines = np.array([road.line for road in roads])
    reach_m = np.array([QUAYS_BEYOND_M if road.rank == "quay" else ROADS_BEYOND_M for road in roads])
    parts, which = shapely.get_parts(
        shapely.intersection(lines, shapely.buffer(plan.limit, reach_m)), return_index=True
    )
    return (
        parts,
        np.array([r.name for r in roads], dtype=object)[which],
        np.array([r.rank for r in roads], dtype="<U9")[which],
        np.array([r.width_m for r in roads])[which],
    )


def _cut_streets(blocks: Blocks, main: Geometries, rng: np.random.Generator) -> tuple[Geometries, Any, Any, Floats]:
    """Lengthen each cut street to the middle of the older streets it meets, oldest first."""
    ends = blocks.streets.copy()
    older = main
    taken = shapely.STRtree(blocks.outline)
    made: list[Geometries] = []
    rows_made: list[npt.NDArray[np.int64]] = []
    for turn in np.unique(blocks.street_round):
        rows = np.flatnonzero(blocks.street_round == turn)
        tree = shapely.STRtree(older)
        for end in (0, 1):
            ends[rows, end] = _met(ends[rows, 1 - end], ends[rows, end], tree, older)
        lines = np.asarray(shapely.linestrings(ends[rows]))
        is_free = _through_blocks_m(lines, taken) < 4.0
        made.append(lines[is_free])
        rows_made.append(rows[is_free])
        older = np.concatenate([older, lines[is_free]])
    lines, rows = np.concatenate(made), np.concatenate(rows_made)
    rank = np.where(blocks.street_m[rows] >= COLLECTOR_M, "collector", "local").astype("<U9")
    return lines, street_names(lines, rng), rank, np.round(blocks.street_m[rows] * LOCAL_STREET_SHARE, 1)


def _through_blocks_m(lines: Geometries, blocks: shapely.STRtree) -> Floats:
    """Return how many metres of each line lie in blocks: a street that does not fit its gap is not laid."""
    line, block = blocks.query(lines, predicate="intersects")
    inside_m = shapely.length(shapely.intersection(lines[line], blocks.geometries[block]))
    return np.bincount(line, weights=inside_m, minlength=len(lines)).astype(np.float64)


def _met(start: Floats, end: Floats, tree: shapely.STRtree, older: Geometries) -> Floats:
    """Lead streets straight on to the older street they meet, or a little aside where straight on there is none."""
    step = end - start
    ahead = step / np.maximum(np.hypot(step[:, 0], step[:, 1]), 1e-6)[:, None]
    point = np.asarray(shapely.points(end))
    (row, nearest), away_m = tree.query_nearest(point, all_matches=False, return_distance=True)
    ray = np.asarray(shapely.linestrings(np.stack([end - ahead, end + MEETS_WITHIN_M * 1.5 * ahead], axis=1)))
    goal = shapely.intersection(ray[row], older[nearest])
    misses = shapely.is_empty(goal)
    goal[misses] = older[nearest][misses]
    there = shapely.get_coordinates(shapely.shortest_line(point[row], goal)).reshape(-1, 2, 2)[:, 1]
    met = end.copy()
    aside = ((there - end[row]) * ahead[row]).sum(axis=1) < 0.5 * np.hypot(*(there - end[row]).T)
    meets = (away_m < MEETS_WITHIN_M) & ~aside
    # Three centimetres beyond, so that the union finds the crossing.
    met[row[meets]] = there[meets] + 0.03 * ahead[row[meets]]
    return met


def street_names(lines: Geometries, rng: np.random.Generator) -> npt.NDArray[np.object_]:
    """Give each cut street a name of its own that suits its part of the city."""
    middle = shapely.get_coordinates(shapely.line_interpolate_point(lines, 0.5, normalized=True))
    away_m = np.hypot(middle[:, 0] + 80, middle[:, 1] - 110)
    is_works = (middle[:, 0] < -950) & (middle[:, 1] < -250)
    kind = np.where(away_m < 430, "old", np.where(is_works, "works", np.where(away_m < 1250, "town", "green")))
    names = np.empty(len(lines), dtype=object)
    for key, endings in _KINDS.items():
        rows = np.flatnonzero(kind == key)
        pool = [f"{word} {ending}" for ending in endings for word in _FIRST_WORDS]
        pool = [f"{prefix}{n}" for prefix in ("", "Upper ", "Lower ", "Old ", "New ") for n in _shuffled(pool, rng)]
        names[rows] = pool[: len(rows)]
    return names


def _shuffled(words: list[str], rng: np.random.Generator) -> list[str]:
    return [words[i] for i in rng.permutation(len(words))]
