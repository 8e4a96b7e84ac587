"""Blocks of the sample city: the land between main roads is cut again and again until each piece is a block."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import shapely

from data.sample.plan import Floats, Geometries, what_stands_there


class BlockRule(NamedTuple):
    """How large the blocks of a kind are, and how its streets look; metres."""

    short_m: float
    """Wanted length of a block's short side."""
    long_m: float
    """Wanted length of a block's long side."""
    street_m: float
    """From house front to house front in a local street."""
    shift: float
    """How far from the middle a cut may lie, as a share of the side."""
    skew_rad: float
    """How far from square a cut may be."""


RULES = {
    "oldtown": BlockRule(46, 70, 8.5, 0.2, 0.3),
    "museum": BlockRule(90, 150, 12, 0.05, 0.0),
    "highrise": BlockRule(72, 92, 18, 0.04, 0.01),
    "perimeter": BlockRule(78, 104, 15, 0.09, 0.06),
    "slab": BlockRule(120, 190, 15, 0.1, 0.05),
    "row": BlockRule(56, 150, 11, 0.09, 0.06),
    "detached": BlockRule(64, 165, 11, 0.12, 0.1),
    "villa": BlockRule(80, 160, 11, 0.14, 0.14),
    "harbour": BlockRule(110, 260, 18, 0.08, 0.03),
    "industry": BlockRule(130, 190, 18, 0.1, 0.03),
    "campus": BlockRule(95, 130, 14, 0.08, 0.03),
    "hospital": BlockRule(95, 150, 14, 0.05, 0.02),
}
"""Kinds that are not here (parks, woods, the station) are not cut."""
SUPERBLOCK = BlockRule(270, 330, 19, 0.08, 0.05)
"""The first round of cuts: collector streets, before a piece learns its quarter."""
MIN_BLOCK_M2 = 250.0
REACH_M = 15000.0
"""Longer than the city: cuts go right through."""
MOST_ROUNDS = 24
"""Cuts one after the other; far more than a city needs."""
LOCAL_STREET_SHARE = 0.55
"""Carriageway of a cut street, as a share of the distance between house fronts."""


@dataclass(frozen=True, slots=True)
class Blocks:
    """Blocks and the streets between them, in plan metres."""

    outline: Geometries
    """(b,) polygons."""
    kind: npt.NDArray[np.str_]
    """(b,) what is built there."""
    quarter: npt.NDArray[np.int64]
    """(b,) row of QUARTERS."""
    site: npt.NDArray[np.int64]
    """(b,) row of SITES, -1 for none."""
    streets: Floats
    """(s, 2, 2) ends of each cut street; they still lack the step to the middle of the street they meet."""
    street_m: Floats
    """(s,) from house front to house front."""
    street_round: npt.NDArray[np.int64]
    """(s,) when it was cut: an earlier street is met by later ones."""


def make_blocks(faces: Geometries, rng: np.random.Generator) -> Blocks:
    """Cut the land into blocks: collectors first, then by each quarter's own rule."""
    kind, _, site = what_stands_there(faces)
    whole = (site >= 0) | (kind == "oldtown")
    first = [SUPERBLOCK] * int((~whole).sum())
    pieces, _, streets = cut(faces[~whole], first, rng, 0)
    pieces = np.concatenate([pieces, faces[whole]])
    kind, quarter, site = what_stands_there(pieces)
    is_cut = np.isin(kind, list(RULES))
    outlines, parent, more = cut(pieces[is_cut], [RULES[k] for k in kind[is_cut]], rng, 100)
    from_piece = np.concatenate([np.flatnonzero(is_cut)[parent], np.flatnonzero(~is_cut)])
    streets += more
    return Blocks(
        np.concatenate([outlines, pieces[~is_cut]]),
        kind[from_piece],
        quarter[from_piece],
        site[from_piece],
        np.concatenate([s[0] for s in streets]),
        np.concatenate([s[1] for s in streets]),
        np.concatenate([s[2] for s in streets]),
    )


def cut(
    polygons: Geometries, rules: list[BlockRule], rng: np.random.Generator, first_round: int
) -> tuple[Geometries, npt.NDArray[np.int64], list[tuple[Any, Any, Any]]]:
    """Cut polygons across until none is longer or wider than its rule wants, and none has a hole.

    returns   the pieces; the polygon each came from; streets as (ends, width_m, round) of each round
    """
    rule = np.array(rules, dtype=np.float64)
    parent = np.arange(len(polygons))
    done: list[Geometries] = []
    done_parent: list[Any] = []
    streets = []
    for turn in range(MOST_ROUNDS):
        middle, along, sides = _boxes(polygons)
        rows = rule[parent]
        has_hole = shapely.get_num_interior_rings(polygons) > 0
        holes = shapely.get_interior_ring(polygons[has_hole], 0)
        middle[has_hole] = shapely.get_coordinates(shapely.centroid(holes))
        rows = np.where(has_hole[:, None], rows * [1, 1, 1, 0, 0], rows)
        too_long, too_wide = sides[:, 0] > 1.45 * rows[:, 1], sides[:, 1] > 1.5 * rows[:, 0]
        is_cut = too_long | too_wide | has_hole
        done.append(polygons[~is_cut])
        done_parent.append(parent[~is_cut])
        if not is_cut.any():
            break
        polygons, parent = polygons[is_cut], parent[is_cut]
        lengthwise = (too_wide & ~too_long)[is_cut]
        halves, came_from, ends, which = _halve(
            polygons, middle[is_cut], along[is_cut], sides[is_cut], rows[is_cut], lengthwise, rng
        )
        streets.append((ends, rule[parent][which, 2], np.full(len(ends), first_round + turn)))
        polygons, parent = halves, parent[came_from]
    else:
        done.append(polygons)
        done_parent.append(parent)
    return np.concatenate(done), np.concatenate(done_parent), streets


def _boxes(polygons: Geometries) -> tuple[Floats, Floats, Floats]:
    corners = shapely.get_coordinates(shapely.oriented_envelope(polygons)).reshape(-1, 5, 2)
    first, second = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 1]
    a, b = np.hypot(*first.T), np.hypot(*second.T)
    is_first = a >= b
    along = np.where(is_first[:, None], first, second) / np.maximum(a, b)[:, None]
    return corners[:, :4].mean(axis=1), along, np.column_stack([np.maximum(a, b), np.minimum(a, b)])


def _halve(
    polygons: Geometries,
    middle: Floats,
    along: Floats,
    sides: Floats,
    rows: Floats,
    lengthwise: Any,
    rng: np.random.Generator,
) -> tuple[Geometries, Any, Floats, Any]:
    at, direction = _cut_lines(middle, along, sides, rows, lengthwise, rng)
    normal = np.column_stack([-direction[:, 1], direction[:, 0]])
    line = shapely.linestrings(np.stack([at - REACH_M * direction, at + REACH_M * direction], axis=1))
    parts, origin = [], []
    for sign in (1, -1):
        near = at + sign * normal * rows[:, 2:3] / 2
        far = near + sign * normal * REACH_M
        ahead = REACH_M * direction
        half = shapely.polygons(np.stack([near - ahead, near + ahead, far + ahead, far - ahead], axis=1))
        piece, which = shapely.get_parts(shapely.intersection(polygons, half), return_index=True)
        parts.append(piece)
        origin.append(which)
    pieces, came_from = np.concatenate(parts), np.concatenate(origin)
    is_land = (shapely.get_type_id(pieces) == 3) & (shapely.area(pieces) > MIN_BLOCK_M2)
    lines, which = shapely.get_parts(shapely.intersection(line, polygons), return_index=True)
    is_street = (shapely.get_type_id(lines) == 1) & (shapely.length(lines) > 8)
    ends = shapely.get_coordinates(lines[is_street])
    return pieces[is_land], came_from[is_land], ends.reshape(-1, 2, 2), which[is_street]


def _cut_lines(
    middle: Floats, along: Floats, sides: Floats, rows: Floats, lengthwise: Any, rng: np.random.Generator
) -> tuple[Floats, Floats]:
    """Return a point and the direction of each cut: near the middle and nearly square, as the rule allows."""
    n = len(middle)
    across = np.column_stack([-along[:, 1], along[:, 0]])
    straight = np.where(lengthwise[:, None], along, across)
    side = np.where(lengthwise, sides[:, 1], sides[:, 0])
    step = np.where(lengthwise[:, None], across, along)
    skew = rows[:, 4] * rng.uniform(-1, 1, n)
    shift = rows[:, 3] * rng.uniform(-1, 1, n) * side
    c, s = np.cos(skew), np.sin(skew)
    x, y = straight.T
    return np.round(middle + shift[:, None] * step, 2), np.column_stack([c * x - s * y, s * x + c * y])
