"""Buildings along the edges of blocks: closed perimeter blocks, rows and free-standing houses. NumPy throughout."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from data.sample.plan import Floats, Geometries

HOUSE_SHAPES = (
    np.array([(-0.5, 0), (0.5, 0), (0.5, 1), (-0.5, 1)]),
    np.array([(-0.5, 0), (0.5, 0), (0.5, 0.62), (0.02, 0.62), (0.02, 1), (-0.5, 1)]),
    np.array([(-0.5, 0.38), (-0.02, 0.38), (-0.02, 0), (0.5, 0), (0.5, 1), (-0.5, 1)]),
    np.array([(-0.5, 0.2), (-0.2, 0.2), (-0.2, 0), (0.2, 0), (0.2, 0.2), (0.5, 0.2), (0.5, 1), (-0.5, 1)]),
)
"""House outlines: along the street from -0.5 to 0.5, away from it from 0 to 1; counter-clockwise."""


def polygons(rings: Any) -> Geometries:
    """Return a polygon a ring: linear rings, or corners (n, k, 2)."""
    return np.asarray(shapely.polygons(rings))


@dataclass(frozen=True, slots=True)
class Edges:
    """The edges of blocks, ring by ring, counter-clockwise."""

    block: npt.NDArray[np.int64]
    """(e,) the block."""
    start: Floats
    """(e, 2) where the edge begins."""
    along: Floats
    """(e, 2) its direction."""
    inward: Floats
    """(e, 2) the direction into the block."""
    length_m: Floats
    """(e,)"""
    before: npt.NDArray[np.int64]
    """(e,) the edge before it in the ring."""
    after: npt.NDArray[np.int64]
    """(e,) the edge after it."""
    half_turn: Floats
    """(e,) tangent of half the turn at the edge's start; positive at a convex corner."""


def block_edges(blocks: Geometries) -> Edges:
    """Return the edges of the blocks' outer rings."""
    rings = shapely.get_exterior_ring(shapely.orient_polygons(blocks))
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    is_last = np.append(ring[1:] != ring[:-1], True)
    xy, ring = xy[~is_last], ring[~is_last]
    first = np.flatnonzero(np.append(True, ring[1:] != ring[:-1]))
    last = np.append(first[1:], len(ring)) - 1
    after = np.arange(len(ring)) + 1
    after[last] = first
    before = np.arange(len(ring)) - 1
    before[first] = last
    step = xy[after] - xy
    length_m = np.maximum(np.hypot(step[:, 0], step[:, 1]), 1e-6)
    along = step / length_m[:, None]
    inward = np.column_stack([-along[:, 1], along[:, 0]])
    cross = along[before, 0] * along[:, 1] - along[before, 1] * along[:, 0]
    dot = np.clip((along[before] * along).sum(axis=1), -0.7, 1)
    return Edges(ring, xy, along, inward, length_m, before, after, cross / (1 + dot))


def perimeter(
    blocks: Geometries, depth_m: Floats, front_m: Floats, rng: np.random.Generator
) -> tuple[Geometries, npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    """Build closed rows of buildings around blocks, party wall to party wall, with the courtyard left open.

    depth_m   (n,) from street front to courtyard
    front_m   (n,) usual width of a building's front
    returns   outlines; the block of each; whether it stands on a corner
    """
    e = block_edges(blocks)
    deep = depth_m[e.block]
    edge, place_m = _party_walls(e, deep, front_m[e.block], rng)
    mitre = e.start + deep[:, None] * (e.inward + e.half_turn[:, None] * e.along)
    wall = e.start[edge] + place_m[:, None] * e.along[edge]
    outer = np.concatenate([e.start, wall])
    inner = np.concatenate([mitre, wall + deep[edge, None] * e.inward[edge]])
    of_edge = np.concatenate([np.arange(len(deep)), edge])
    is_wall = np.concatenate([np.zeros(len(deep), dtype=bool), np.ones(len(edge), dtype=bool)])
    order = np.lexsort((np.concatenate([np.full(len(deep), -1.0), place_m]), of_edge))
    return _between_walls(outer[order], inner[order], e.block[of_edge[order]], is_wall[order])


def _party_walls(e: Edges, deep: Floats, front_m: Floats, rng: np.random.Generator) -> tuple[Any, Floats]:
    margin_m = 4.0
    begin = np.maximum(deep * e.half_turn, 0) + margin_m
    end = e.length_m - np.maximum(deep * e.half_turn[e.after], 0) - margin_m
    room = end - begin
    count = np.where(room < 0, 0, np.rint(room / front_m) + 1).astype(np.int64)
    edge = np.repeat(np.arange(len(count)), count)
    number = np.arange(len(edge)) - np.repeat(np.cumsum(count) - count, count)
    gaps = np.maximum(count - 1, 1)[edge]
    is_inside = (number > 0) & (number < gaps)
    share = np.where(count[edge] == 1, 0.5, (number + is_inside * rng.uniform(-0.28, 0.28, len(edge))) / gaps)
    return edge, begin[edge] + share * room[edge]


def _between_walls(outer: Floats, inner: Floats, ring: Any, is_wall: Any) -> tuple[Geometries, Any, Any]:
    enough = np.bincount(ring, weights=is_wall)[ring] >= 2
    outer, inner, ring, is_wall = outer[enough], inner[enough], ring[enough], is_wall[enough]
    # Each ring starts at its first wall: what lies before it is moved to the ring's end.
    n = len(ring)
    passed = np.cumsum(is_wall)
    ring_first = np.flatnonzero(np.append(True, ring[1:] != ring[:-1]))
    before_ring = np.repeat(np.append(0, passed)[ring_first], np.diff(np.append(ring_first, n)))
    order = np.lexsort((np.arange(n), passed == before_ring, ring))
    outer, inner, ring, is_wall = outer[order], inner[order], ring[order], is_wall[order]
    start = np.flatnonzero(is_wall)
    size = np.diff(np.append(start, n))
    block = ring[start]
    following = np.append(start[1:], 0)
    first_of_ring = np.flatnonzero(np.append(True, block[1:] != block[:-1]))
    last_of_ring = np.append(first_of_ring[1:], len(start)) - 1
    following[last_of_ring] = start[first_of_ring]
    which = np.repeat(np.arange(len(start)), size + 1)
    step = np.arange(len(which)) - np.repeat(np.cumsum(size + 1) - (size + 1), size + 1)
    at = np.where(step == size[which], following[which], start[which] + step)
    coords = np.concatenate([outer[at], inner[at]])
    key = np.concatenate([step, 2 * size[which] + 4 - step])
    owner = np.concatenate([which, which])
    order = np.lexsort((key, owner))
    rings = shapely.linearrings(coords[order], indices=owner[order])
    return polygons(rings), block, size > 1


def houses(
    blocks: Geometries, plot_m: Floats, *, clear_m: float
) -> tuple[npt.NDArray[np.int64], Floats, Floats, Floats]:
    """Divide block edges into plots.

    plot_m    (n,) usual width of a plot
    clear_m   kept free on both sides of a right-angled corner
    returns   block (h,), middle of each plot's front (h, 2), direction along the street (h, 2), width (h,)
    """
    e = block_edges(blocks)
    begin = clear_m * np.clip(e.half_turn, 0.05, 1.5)
    end = e.length_m - clear_m * np.clip(e.half_turn[e.after], 0.05, 1.5)
    room = end - begin
    count = np.maximum(np.floor(room / plot_m[e.block] + 0.25), 0).astype(np.int64)
    edge = np.repeat(np.arange(len(count)), count)
    number = np.arange(len(edge)) - np.repeat(np.cumsum(count) - count, count)
    width_m = room[edge] / count[edge]
    place = begin[edge] + (number + 0.5) * width_m
    return e.block[edge], e.start[edge] + place[:, None] * e.along[edge], e.along[edge], width_m


def placed(shape: Floats, front: Floats, along: Floats, width_m: Any, depth_m: Any, setback_m: Any) -> Geometries:
    """Return one outline a front: a unit shape stretched and put behind the street line.

    shape   (k, 2) one of HOUSE_SHAPES
    front   (h, 2) middle of the plot's front; along (h, 2) direction of the street, the block on its left
    """
    n = len(front)
    inward = np.column_stack([-along[:, 1], along[:, 0]])
    u = shape[None, :, :1] * np.broadcast_to(width_m, n)[:, None, None]
    v = shape[None, :, 1:] * np.broadcast_to(depth_m, n)[:, None, None] + np.broadcast_to(setback_m, n)[:, None, None]
    return polygons(front[:, None] + u * along[:, None] + v * inward[:, None])
