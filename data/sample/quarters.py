"""Ordinary buildings of the sample city, quarter by quarter: what fills the blocks between the landmarks."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from data.sample.blocks import BlockRule, cut
from data.sample.frontage import HOUSE_SHAPES, houses, perimeter, placed, polygons
from data.sample.plan import TOWERS, Floats, Geometries
from data.sample.stock import Stock, joined, stock

Rows = npt.NDArray[np.int64]


def box_of(block: shapely.Polygon) -> tuple[Floats, Floats, float, float]:
    """Return the middle, the direction of the long side, and the long and short side of a block, metres."""
    corners = shapely.get_coordinates(shapely.oriented_envelope(block))
    first, second = corners[1] - corners[0], corners[2] - corners[1]
    a, b = float(np.hypot(*first)), float(np.hypot(*second))
    return corners[:4].mean(axis=0), (first / a if a >= b else second / b), max(a, b), min(a, b)


def rectangles(middle: Floats, along: Floats, length_m: Any, depth_m: Any) -> Geometries:
    """Return a rectangle round each middle (n, 2); along (2,) or (n, 2)."""
    along = np.broadcast_to(along, middle.shape)
    across = np.column_stack([-along[:, 1], along[:, 0]])
    a = along * np.broadcast_to(length_m, len(middle))[:, None] / 2
    b = across * np.broadcast_to(depth_m, len(middle))[:, None] / 2
    return polygons(np.stack([middle - a - b, middle + a - b, middle + a + b, middle - a + b], axis=1))


def _sides(blocks: Geometries) -> Floats:
    corners = shapely.get_coordinates(shapely.oriented_envelope(blocks)).reshape(-1, 5, 2)
    sides = np.hypot(*(corners[:, 1:3] - corners[:, :2]).transpose(2, 0, 1))
    return np.asarray(sides.min(axis=1))


def perimeter_blocks(blocks: Geometries, rows: Rows, rng: np.random.Generator, *, old: bool) -> list[Stock]:
    """Build closed blocks: narrow uneven fronts in the old town, broad even ones in 19th-century quarters."""
    blocks = _blunted(blocks, limit=3.0 if old else 1.6)
    short_m = _sides(blocks)
    depth_m = np.minimum(10.5 if old else 13.0, 0.4 * short_m)
    front_m = np.full(len(blocks), 12.5 if old else 25.0) * rng.uniform(0.85, 1.2, len(blocks))
    outline, which, is_corner = perimeter(blocks, depth_m, front_m, rng)
    outline = _inside(blocks[which], outline)
    usual = rng.choice([3, 4, 4] if old else [4, 5, 5, 6], len(blocks))
    floors = usual[which] + rng.choice([-1, 0, 0, 0, 1], len(which)) + (is_corner & (rng.random(len(which)) < 0.4))
    floors = np.maximum(floors, 2)
    height_m = floors * (3.1 if old else 3.5) + rng.choice([2.5, 3.5, 4.5], len(which))
    stands = rng.random(len(which)) > 0.02
    front = stock(outline, "townhouse" if old else "perimeter", rows[which], height_m, storeys=floors)[stands]
    return [front, _backyard(blocks, rows, depth_m, rng, old=old)]


def _blunted(blocks: Geometries, *, limit: float) -> Geometries:
    """Cut off the sharp tips of blocks: nobody builds there.

    limit   how far a tip may reach, as a share of a round corner's radius: 1.6 is 77 degrees, 3 is 39 degrees
    """
    core = shapely.buffer(blocks, -3.0, join_style="mitre", mitre_limit=20.0)
    blunt = shapely.buffer(core, 3.0, join_style="mitre", mitre_limit=limit)
    return np.where(shapely.get_type_id(blunt) == shapely.GeometryType.POLYGON, blunt, blocks)


def _inside(blocks: Geometries, outline: Geometries) -> Geometries:
    """Cut off what a sharp corner pushed into the street."""
    shapely.prepare(blocks)
    outside = np.flatnonzero(~shapely.covers(blocks, outline) & shapely.is_valid(outline))
    kept = shapely.intersection(blocks[outside], outline[outside])
    made = outline.copy()
    made[outside] = np.where(shapely.get_type_id(kept) == shapely.GeometryType.POLYGON, kept, outline[outside])
    return made


def _backyard(blocks: Geometries, rows: Rows, depth_m: Floats, rng: np.random.Generator, *, old: bool) -> Stock:
    yard = shapely.buffer(blocks, -(depth_m + (4.5 if old else 8.0)), join_style="mitre")
    roomy = np.flatnonzero((shapely.area(yard) > (120 if old else 500)) & (shapely.get_type_id(yard) == 3))
    which = np.repeat(roomy, 2)
    sides = shapely.get_coordinates(shapely.oriented_envelope(yard[which])).reshape(-1, 5, 2)
    along = sides[:, 1] - sides[:, 0]
    reach = np.hypot(along[:, 0], along[:, 1])
    other = np.hypot(*(sides[:, 2] - sides[:, 1]).T)
    share = rng.uniform(0.16, 0.3, len(which)) * np.where(np.arange(len(which)) % 2, 1, -1)
    middle = sides[:, :4].mean(axis=1) + along * share[:, None]
    outline = rectangles(middle, along / reach[:, None], np.minimum(reach * 0.3, 22), np.minimum(other * 0.7, 10))
    floors = rng.choice([1, 2] if old else [1, 2, 3, 4], len(which))
    keep = shapely.contains(yard[which], outline) & (rng.random(len(which)) < 0.75)
    return stock(outline, "backyard", rows[which], floors * 3.2 + 0.8, storeys=floors)[keep]


def detached_houses(blocks: Geometries, rows: Rows, rng: np.random.Generator, *, villa: bool) -> list[Stock]:
    """Free-standing houses behind front gardens; villas are larger and farther apart."""
    plot_m = rng.uniform(27, 34, len(blocks)) if villa else rng.uniform(20, 26, len(blocks))
    which, front, along, width_m = houses(blocks, plot_m, clear_m=24 if villa else 19)
    n = len(which)
    wide = np.minimum(width_m - (9 if villa else 5.5), (rng.uniform(13, 19, n) if villa else rng.uniform(9.5, 15, n)))
    deep = rng.uniform(11, 15, n) if villa else rng.uniform(8.5, 11.5, n)
    setback = rng.uniform(6, 9, n) if villa else rng.uniform(4, 6.5, n)
    floors = rng.choice([2, 2, 3], n) if villa else rng.choice([1, 2, 2], n)
    high = floors * 3.0 + rng.choice([1.0, 2.2, 3.2], n)
    stands = rng.random(n) > 0.08
    shape = rng.integers(0, len(HOUSE_SHAPES), n)
    made = []
    for number, unit in enumerate(HOUSE_SHAPES):
        r = np.flatnonzero((shape == number) & stands)
        outline = placed(unit, front[r], along[r], wide[r], deep[r], setback[r])
        inside = shapely.contains(blocks[which[r]], outline)
        made.append(stock(outline, "villa" if villa else "house", rows[which[r]], high[r], storeys=floors[r])[inside])
    return made


def row_houses(blocks: Geometries, rows: Rows, rng: np.random.Generator) -> list[Stock]:
    """Rows of narrow houses, wall to wall, in groups of about seven."""
    width_m = 7.8
    which, front, along, wide = houses(blocks, np.full(len(blocks), width_m), clear_m=20)
    shift = rng.integers(0, 8, len(blocks))[which]
    number = np.arange(len(which)) + shift
    stands = number % 8 != 0
    floors = rng.choice([2, 2, 3], len(blocks))[which]
    setback = np.round(rng.uniform(3.5, 5.5, len(blocks)), 1)[which] + (number // 8 % 2) * 1.6
    outline = placed(HOUSE_SHAPES[0], front, along, wide, 9.8, setback)
    inside = shapely.contains(blocks[which], outline) & stands
    high = floors * 2.9 + rng.choice([2.2, 2.8], len(blocks))[which]
    return [stock(outline, "row", rows[which], high, storeys=floors)[inside]]


def slab_estates(blocks: Geometries, rows: Rows, rng: np.random.Generator) -> list[Stock]:
    """Post-war housing: parallel slabs in green, here and there point blocks."""
    made = []
    room = shapely.buffer(blocks, -5.0)
    for block, row, free in zip(blocks, rows, room, strict=True):
        middle, along, long_m, short_m = box_of(block)
        turned = rng.random() < 0.35
        axis = np.array([-along[1], along[0]]) if turned else along
        size = (short_m, long_m) if turned else (long_m, short_m)
        if rng.random() < 0.2:
            made.append(_point_blocks(free, int(row), middle, axis, size, rng))
            continue
        floors = int(rng.choice([4, 4, 5, 6, 8]))
        length_m, depth_m, gap_m = float(rng.choice([44, 56, 68])), 11.5, 17 + 2.7 * floors
        outline = rectangles(*_grid(middle, axis, size, length_m + 13, depth_m + gap_m), length_m, depth_m)
        outline = outline[shapely.contains_properly(free, outline)]
        tall = floors + rng.choice([0, 0, 1], len(outline))
        made.append(stock(outline, "slab", row, tall * 2.8 + 1.2, storeys=tall))
    return made


def _point_blocks(
    free: shapely.Polygon, row: int, middle: Floats, axis: Floats, size: tuple[float, float], rng: np.random.Generator
) -> Stock:
    floors = int(rng.choice([9, 11, 14, 17]))
    outline = rectangles(*_grid(middle, axis, size, 52, 52), 21, 19)
    outline = outline[shapely.contains_properly(free, outline)]
    return stock(outline, "point", row, floors * 2.9 + 3.0, storeys=floors)


def _grid(
    middle: Floats, axis: Floats, size: tuple[float, float], step_m: float, gap_m: float
) -> tuple[Floats, Floats]:
    counts = [max(1, int(side // step)) for side, step in zip(size, (step_m, gap_m), strict=True)]
    u = (np.arange(counts[0]) - (counts[0] - 1) / 2) * step_m
    v = (np.arange(counts[1]) - (counts[1] - 1) / 2) * gap_m
    across = np.array([-axis[1], axis[0]])
    spots = middle + u[:, None, None] * axis + v[None, :, None] * across
    return spots.reshape(-1, 2), axis


HIGHEST_TOWER_M = 181.0
YARD_RULES = {
    True: BlockRule(42, 105, 13, 0.06, 0.0),
    False: BlockRule(58, 84, 14, 0.12, 0.0),
}
"""How harbour blocks (True) and works (False) are parted into sheds, halls and yards."""


def works(blocks: Geometries, rows: Rows, rng: np.random.Generator, *, harbour: bool) -> list[Stock]:
    """Sheds along the quays with stacks of containers between them; larger and mixed halls in the works."""
    rule = YARD_RULES[harbour]
    free = shapely.buffer(blocks, -5.0, join_style="mitre")
    parts, which = shapely.get_parts(free, return_index=True)
    plots, parent, _ = cut(parts, [rule] * len(parts), rng, 0)
    row = rows[which[parent]]
    tidy = shapely.area(plots) / shapely.area(shapely.oriented_envelope(plots))
    is_built = (tidy > 0.82) & (shapely.area(plots) > 500) & (rng.random(len(plots)) < (0.62 if harbour else 0.8))
    outline = shapely.simplify(plots[is_built], 1.0)
    n = len(outline)
    high = rng.choice([8.0, 9.5, 11.0, 14.0], n) + (0 if harbour else rng.choice([0, 0, 6], n))
    made = [stock(outline, "shed" if harbour else "hall", row[is_built], high, storey_m=9.0)]
    return [*made, _containers(plots[~is_built], row[~is_built], rng)] if harbour else made


def _containers(yards: Geometries, rows: Rows, rng: np.random.Generator) -> Stock:
    """Stack containers in yards: two to six side by side, one to four high."""
    made = []
    for yard, row in zip(yards, rows, strict=True):
        middle, along, long_m, short_m = box_of(yard)
        spots, axis = _grid(middle, along, (long_m, short_m), 15.0, 19.0)
        side = 2.5 * rng.integers(3, 6, len(spots))
        outline = rectangles(spots, axis, 12.2, side)
        stands = shapely.contains_properly(yard, outline) & (rng.random(len(spots)) < 0.7)
        tiers = rng.integers(1, 5, len(spots))
        made.append(stock(outline, "container", int(row), 2.6 * tiers, storeys=1)[stands])
    return joined(made)


def towers(blocks: Geometries, rows: Rows, rng: np.random.Generator) -> list[Stock]:
    """Build the high-rise centre: podiums filling their blocks, towers standing through them, tallest in the middle."""
    made = []
    away_m = np.hypot(*(shapely.get_coordinates(shapely.centroid(blocks)) - TOWERS).T)
    peaks_m = HIGHEST_TOWER_M * np.exp(-((away_m / 390) ** 2)) * rng.uniform(0.42, 0.95, len(blocks))
    peaks_m[np.argmin(away_m)] = HIGHEST_TOWER_M
    for block, row, peak_m in zip(blocks, rows, peaks_m, strict=True):
        middle, along, long_m, short_m = box_of(block)
        podium = block.buffer(-3.0, join_style="mitre")
        if podium.geom_type != "Polygon" or podium.area < 700 or short_m < 34:
            continue
        made.extend(_tower_block(podium, int(row), (middle, along, long_m, short_m), float(peak_m), rng))
    return made


def _tower_block(podium: Any, row: int, box: Any, peak_m: float, rng: np.random.Generator) -> list[Stock]:
    middle, along, long_m, short_m = box
    base_m = float(rng.choice([10.5, 14.0, 18.0]))
    if peak_m < 42:
        inner = podium.buffer(-15.0, join_style="mitre")
        outline = podium.difference(inner) if inner.area > 150 else podium
        return [stock([outline], "office", row, max(22.0, 26 + peak_m / 3), storey_m=3.6)]
    side = min(0.56 * short_m, 36.0)
    lengths = [side * rng.uniform(0.95, 1.25)]
    shift = [0.0]
    if long_m > 95 and rng.random() < 0.5:
        lengths, shift = [side * 0.9] * 2, [-0.24 * long_m, 0.24 * long_m]
    made, hole = [], podium
    for number, (length, move) in enumerate(zip(lengths, shift, strict=True)):
        foot = _tower_foot(middle + move * along, along, (length, side), rng).intersection(podium.buffer(-2.0))
        if foot.geom_type != "Polygon" or foot.area < 250:
            continue
        hole = hole.difference(foot)
        made.extend(_tower(foot, row, peak_m * (1.0 if number == 0 else 0.8), rng))
    return [*made, stock(shapely.get_parts([hole]), "podium", row, base_m, storey_m=3.6)]


def _tower_foot(middle: Floats, along: Floats, size: tuple[float, float], rng: np.random.Generator) -> Any:
    shape = rng.random()
    if shape < 0.2:
        return shapely.Point(middle).buffer(min(size) / 2, quad_segs=6)
    foot = rectangles(middle[None, :], along, size[0], size[1])[0]
    if shape < 0.5:
        return foot.intersection(
            rectangles(
                middle[None, :],
                np.array([along[0] - along[1], along[0] + along[1]]) / 2**0.5,
                size[0] * 1.08,
                size[0] * 1.08,
            )[0]
        )
    return foot


def _tower(foot: Any, row: int, peak_m: float, rng: np.random.Generator) -> list[Stock]:
    """Stack a tower: each step back is a part of its own that stands within a ring of the one below."""
    steps = 1 if peak_m < 75 else int(rng.choice([1, 2, 3] if peak_m < 120 else [2, 3]))
    made = []
    for step in range(steps, 0, -1):
        top_m = peak_m * (1 - 0.16 * (step - 1))
        core = foot.buffer(-4.0, join_style="mitre") if step > 1 else None
        if core is None or core.geom_type != "Polygon" or core.area < 160:
            made.append(stock([foot], "tower", row, peak_m, storey_m=3.7))
            break
        made.append(stock([foot.difference(core)], "tower", row, top_m, storey_m=3.7))
        foot = core
    return made


def campus(blocks: Geometries, rows: Rows, rng: np.random.Generator, *, form: str) -> list[Stock]:
    """University and hospital: courtyard buildings and slabs in green."""
    made = []
    for number, (block, row) in enumerate(zip(blocks, rows, strict=True)):
        middle, along, long_m, short_m = box_of(block)
        across = np.array([-along[1], along[0]])
        if number % 3 == 2:
            spots = middle + np.array([-0.27, 0.0, 0.27])[:, None] * long_m * along
            outline = rectangles(spots, across, short_m * 0.66, 15.0)
        else:
            outer = rectangles(middle[None, :], along, long_m * 0.62, short_m * 0.62)
            inner = rectangles(middle[None, :], along, long_m * 0.62 - 30, short_m * 0.62 - 30)
            outline = shapely.difference(outer, inner)
        outline = outline[shapely.contains(block, outline)]
        floors = rng.choice([3, 4, 5, 7], len(outline))
        made.append(stock(outline, form, row, floors * 3.8 + 1.5, storeys=floors))
    return made
