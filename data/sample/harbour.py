"""What stands out in harbour and works: silos, cranes, tanks, chimneys; and the bridges between towers."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely

from data.sample.landmarks import Ground, layered
from data.sample.plan import Geometries, Shape
from data.sample.quarters import Rows
from data.sample.stock import Stock, joined, stock

CRANE_REACH_M = 46.0


def silos(g: Ground) -> list[Stock]:
    """Two rows of grain silos with a head house."""
    rows = [g.disc(-42 + 15.2 * i, v, 7.4, sides=4) for i in range(6) for v in (-7.6, 7.6)]
    head = g.box(58, 0, 18, 24)
    return [
        stock(rows, "silo", g.row, 41.0, storeys=1),
        stock([head], "silo", g.row, 56.0, storeys=9, name="Grain Quay"),
    ]


def tank_farm(g: Ground) -> list[Stock]:
    """Round tanks in a grid."""
    across = [v for v in (-34.0, 0.0, 34.0) if abs(v) < g.short_m / 2 - 16]
    along = [u for u in (-68.0, -34.0, 0.0, 34.0, 68.0) if abs(u) < g.long_m / 2 - 16]
    tanks = np.array([g.disc(u, v, 13) for u in along for v in across])
    tanks = tanks[shapely.contains(g.block, tanks)]
    return [stock(tanks, "tank", g.row, 16.0, storeys=1)]


def ironworks(g: Ground) -> list[Stock]:
    """Build a gasholder, a blast furnace with steps, three chimneys."""
    furnace = [(g.disc(30, -8, 4), 74.0), (g.disc(30, -8, 8), 52.0), (g.box(30, -8, 34, 26), 30.0)]
    chimneys = [g.disc(u, 26, 3.4, sides=3) for u in (-6.0, 12.0, 30.0)]
    return [
        stock([g.disc(-36, -6, 25, sides=8)], "gasholder", g.row, 52.0, storeys=1, name="Gasholder"),
        layered(furnace, g, "hall", name="Ironworks", storey_m=20),
        stock(chimneys, "chimney", g.row, [84.0, 92.0, 78.0], storeys=1),
    ]


def cranes(quay: Shape, water: Shape, *, west_of: float, blocks: Geometries, harbour: Rows) -> Stock:
    """Stand cranes along the harbour's quays, their jibs over the water; the jibs have a base above the ground."""
    lines = shapely.get_parts(quay)
    spots, heads = [], []
    for line in lines:
        for at in np.arange(40, line.length - 40, 118.0):
            here, there = line.interpolate(at), line.interpolate(at + 2)
            along = np.array([there.x - here.x, there.y - here.y]) / 2
            spots.append((here.x, here.y))
            heads.append((along[1], -along[0]))
    middle, out = np.array(spots), np.array(heads)
    side = shapely.contains_xy(water, *(middle + 22 * out).T)
    out = np.where(side[:, None], out, -out)
    wet = shapely.contains_xy(water, *(middle + 30 * out).T) & ~shapely.contains_xy(water, *(middle - 8 * out).T)
    keep = wet & (middle[:, 0] < west_of)
    middle, out = middle[keep], out[keep]
    tree = shapely.STRtree(blocks[harbour])
    near = tree.query_nearest(shapely.points(middle), all_matches=False)[1]
    is_near = shapely.distance(blocks[harbour][near], shapely.points(middle)) < 40
    middle, out, near = middle[is_near], out[is_near], near[is_near]
    side_way = np.column_stack([-out[:, 1], out[:, 0]])

    def bar(from_m: float, to_m: float, half_m: float) -> Any:
        a, b, w = middle + from_m * out, middle + to_m * out, half_m * side_way
        return shapely.polygons(np.stack([a - w, b - w, b + w, a + w], axis=1))

    rows = harbour[near]
    masts = stock(bar(5.2, 9.6, 2.2), "crane", rows, 44.0, storeys=1)
    jibs = stock(bar(9.6, CRANE_REACH_M, 1.3), "crane", rows, 41.0, base_m=38.0, storeys=1)
    tails = stock(bar(-8, 5.2, 1.8), "crane", rows, 42.0, base_m=37.0, storeys=1)
    return joined([masts, jibs, tails])


def skybridges(built: Stock, *, most: int = 4) -> Stock:
    """Link neighbouring towers by closed bridges high above the street."""
    rows = np.flatnonzero((built.form == "tower") & (built.height_m > 60))
    tower = built.outline[rows]
    one, other = shapely.STRtree(tower).query(tower, predicate="dwithin", distance=58.0)
    one, other = one[one < other], other[one < other]
    is_apart = (shapely.distance(tower[one], tower[other]) > 8) & (built.block[rows[one]] != built.block[rows[other]])
    link = shapely.shortest_line(tower[one], tower[other])[is_apart]
    one, other = one[is_apart], other[is_apart]
    length_m = shapely.length(link)
    used: set[int] = set()
    chosen: list[int] = []
    for i in np.argsort(length_m, kind="stable").tolist():
        ends = {int(one[i]), int(other[i])}
        if len(chosen) < most and not ends & used and shapely.intersects(tower, link[i]).sum() == 2:
            used |= ends
            chosen.append(i)
    base_m = np.round(np.minimum(built.height_m[rows[one[chosen]]], built.height_m[rows[other[chosen]]]) * 0.55)
    outline = shapely.transform(shapely.buffer(link[chosen], 2.4, cap_style="flat"), lambda xy: np.round(xy, 2))
    return stock(
        outline, "skybridge", built.block[rows[one[chosen]]], base_m + 7, base_m=base_m, storeys=2, name="Skybridge"
    )
