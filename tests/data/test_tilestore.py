"""The tile tree: every building once, the prominent ones near the root, nothing moved by more than a hair."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.tilestore import DEEPEST_LEVEL, MemoryTiles, build_tiles
from layers.extrude import extrude
from twin.buildings import Outlines

Places = npt.NDArray[np.float64]


@dataclass(frozen=True)
class City:
    """What tiles are made of."""

    outlines: Outlines
    base_m: npt.NDArray[np.float32]
    height_m: npt.NDArray[np.float32]
    row: npt.NDArray[np.int32]

    def tiles(self, capacity: int = 4) -> MemoryTiles:
        return build_tiles(self.outlines, self.base_m, self.height_m, self.row, tile_buildings=capacity)

    def ring(self, building: int) -> Places:
        """Return the building's outline: it has one ring."""
        first, last = self.outlines.ring_start[building : building + 2]
        return np.asarray(self.outlines.xy[first:last], float)


def boxes(places: Places, height_m: npt.ArrayLike, *, side_m: npt.ArrayLike = 10.0, base_m: npt.ArrayLike = 0) -> City:
    """Return upright squares with their lower left corners at places (n, 2); rows count down from 2n in twos."""
    count = len(places)
    corners = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], float)
    sides = np.broadcast_to(np.asarray(side_m, float), count)
    xy = (corners * sides[:, None, None] + places[:, None, :]).reshape(-1, 2)
    one_each = np.arange(count + 1, dtype=np.int32)
    return City(
        Outlines(xy, one_each * 4, one_each, one_each),
        np.broadcast_to(np.asarray(base_m, np.float32), count).copy(),
        np.broadcast_to(np.asarray(height_m, np.float32), count).copy(),
        (2 * np.arange(count, 0, -1)).astype(np.int32),
    )


@st.composite
def cities(draw: st.DrawFn) -> City:
    """Return up to 60 squares, many of them at the same place or of the same height, near or far from the origin."""
    count = draw(st.integers(1, 60))
    numbers = st.one_of(st.floats(0, 3000), st.sampled_from([0.0, 100.0, 3000.0]))
    places = np.array(draw(st.lists(st.tuples(numbers, numbers), min_size=count, max_size=count)), float)
    far = draw(st.sampled_from([0.0, -70_000.0, 15_200_000.0]))
    heights = draw(st.lists(st.sampled_from([3.0, 9.0, 30.0, 120.0]), min_size=count, max_size=count))
    sides = draw(st.lists(st.sampled_from([1.0, 12.0, 90.0]), min_size=count, max_size=count))
    return boxes(places + np.array([far / 10, far]), heights, side_m=sides)


@pytest.fixture(scope="module")
def town() -> City:
    """Return 3,000 squares of many sizes over 2 x 2 km."""
    random = np.random.default_rng(3)
    heights = random.lognormal(2.2, 0.6, 3000)
    return boxes(random.uniform(0, 2000, (3000, 2)), heights, side_m=random.uniform(4, 60, 3000))


def fetched_rows(tiles: MemoryTiles) -> list[npt.NDArray[np.int32]]:
    return [tiles.fetch(t).row for t in range(len(tiles.index()))]


@given(city=cities(), capacity=st.integers(1, 9))
@settings(max_examples=40)
def test_each_building_is_in_exactly_one_tile(city: City, capacity: int) -> None:
    tiles = city.tiles(capacity)
    rows = fetched_rows(tiles)
    assert sorted(np.concatenate(rows).tolist()) == sorted(city.row.tolist())
    assert tiles.index().count.tolist() == [len(r) for r in rows]


@given(city=cities(), capacity=st.integers(1, 9))
@settings(max_examples=40)
def test_parents_come_first_and_hold_what_is_more_prominent(city: City, capacity: int) -> None:
    index = city.tiles(capacity).index()
    below = np.flatnonzero(index.parent >= 0)
    above = index.parent[below]
    assert index.parent[0] == -1
    assert (above < below).all()
    assert (index.level[below] == index.level[above] + 1).all()
    assert (index.prominence_m[above, 0] >= index.prominence_m[below, 1]).all()


@given(city=cities(), capacity=st.integers(1, 9))
@settings(max_examples=40)
def test_a_row_is_found_where_it_lies(city: City, capacity: int) -> None:
    tiles = city.tiles(capacity)
    for row in city.row.tolist():
        tile, place = tiles.locate(row)
        assert tiles.fetch(tile).row[place] == row
    # rows are even, from 2 on
    assert [tiles.locate(row) for row in (-1, 0, 1, 3, 2 * len(city.row) + 2)] == [(-1, -1)] * 5


@given(city=cities(), capacity=st.integers(1, 9))
@settings(max_examples=40)
def test_bounds_hold_the_buildings_and_those_of_the_subtree(city: City, capacity: int) -> None:
    tiles = city.tiles(capacity)
    index = tiles.index()
    for tile in range(len(index)):
        buildings = tiles.fetch(tile)
        xy = buildings.outlines.xy + np.array(buildings.origin_local)
        low, high = [*xy.min(axis=0), buildings.base_m.min()], [*xy.max(axis=0), buildings.height_m.max()]
        # float32 from the tile's origin, at most some 3 km away: 0.25 mm at most, and as much for the anchor's shift
        np.testing.assert_allclose(index.bounds[tile], [*low, *high], rtol=0, atol=1e-3)
        own_and_below = [tile, *np.flatnonzero(index.parent == tile)]
        assert (index.subtree[tile, :3] <= index.subtree[own_and_below, :3]).all()
        assert (index.subtree[tile, 3:] >= index.subtree[own_and_below, 3:]).all()
        assert (index.subtree[tile, :3] <= index.bounds[tile, :3]).all()


def test_outlines_come_back_within_a_tenth_of_a_millimetre(town: City) -> None:
    tiles = town.tiles(capacity=100)
    building_of_row = {int(row): building for building, row in enumerate(town.row)}
    worst = 0.0
    for tile in range(len(tiles.index())):
        buildings = tiles.fetch(tile)
        xy = (buildings.outlines.xy.astype(float) + buildings.origin_local).reshape(-1, 4, 2)
        wanted = np.array([town.ring(building_of_row[int(row)]) for row in buildings.row])
        worst = max(worst, float(np.abs(xy - wanted).max()))
    # half a step of float32 at 1,000 m from the root tile's origin is 0.03 mm, the anchor's shift as much again
    assert worst < 1e-4


@pytest.mark.parametrize("north_m", [0.0, 15_200_000.0])
def test_far_from_the_origin_a_millimetre_is_kept(north_m: float) -> None:
    # In float32 a step is 1 m at 15.2 million: two such corners would coincide.
    city = boxes(np.array([[500_000.123, north_m + 0.456], [500_020.001, north_m + 0.007]]), [10, 20], side_m=0.25)
    tiles = city.tiles()
    buildings = tiles.fetch(0)
    xy = (buildings.outlines.xy.astype(float) + buildings.origin_local).reshape(2, 4, 2)
    order = np.argsort(-buildings.row)
    np.testing.assert_allclose(xy[order], [city.ring(0), city.ring(1)], rtol=0, atol=1e-3)
    assert tiles.area().south_m == pytest.approx(north_m + 0.007, abs=1e-3)


@given(city=cities(), lifted=st.booleans())
@settings(max_examples=40)
def test_known_triangles_are_those_that_are_drawn(city: City, *, lifted: bool) -> None:
    bases = np.where(np.arange(len(city.row)) % 2 == lifted, 1.5, 0).astype(np.float32)
    tiles = build_tiles(city.outlines, bases, city.height_m, city.row, tile_buildings=5)
    drawn = [len(extrude(tiles.fetch(t)).faces) for t in range(len(tiles.index()))]
    assert tiles.index().triangles.tolist() == drawn


def test_triangles_of_courtyards_and_parts_are_known_too() -> None:
    # A square with a square courtyard, and a building of two triangles.
    ring = np.array([[0, 0], [30, 0], [30, 30], [0, 30], [10, 10], [10, 20], [20, 20], [20, 10]], float)
    parts = np.array([[50, 0], [60, 0], [50, 10], [70, 0], [80, 0], [70, 10]], float)
    outlines = Outlines(
        np.concatenate([ring, parts]), np.array([0, 4, 8, 11, 14]), np.array([0, 2, 3, 4]), np.array([0, 1, 3])
    )
    tiles = build_tiles(outlines, np.zeros(2, np.float32), np.full(2, 9, np.float32), np.arange(2, dtype=np.int32))
    # walls 8 x 2, a roof of 8 + 2 x 2 - 4; then walls 6 x 2, roofs of one triangle each
    assert tiles.index().triangles.tolist() == [16 + 8 + 12 + 2]
    assert len(extrude(tiles.fetch(0)).faces) == 38


def test_one_building_is_a_tree_of_one_tile() -> None:
    tiles = boxes(np.array([[100.0, 200.0]]), 30).tiles()
    assert len(tiles.index()) == 1
    assert tiles.index().bounds[0].tolist() == [100, 200, 0, 110, 210, 30]
    assert tiles.locate(2) == (0, 0)


def test_ten_thousand_buildings_at_one_place_make_a_tree_that_ends() -> None:
    tiles = boxes(np.zeros((10_000, 2)), 10).tiles(capacity=100)
    index = tiles.index()
    # No quarter ever divides them: each level takes 100 and passes the rest on, the deepest takes what is left.
    assert index.count.tolist() == [100] * DEEPEST_LEVEL + [10_000 - 100 * DEEPEST_LEVEL]
    assert int(index.level.max()) == DEEPEST_LEVEL


def test_the_root_holds_the_tallest_of_equally_broad_buildings(town: City) -> None:
    places = np.array([town.ring(n)[0] for n in range(len(town.row))])
    city = boxes(places, town.height_m)
    in_root = city.tiles(capacity=64).fetch(0).height_m
    assert in_root.tolist() == sorted(town.height_m.tolist(), reverse=True)[:64]


def test_rows_that_are_not_shown_are_found_nowhere() -> None:
    city = boxes(np.array([[0.0, 0.0], [50.0, 0.0]]), 10)
    tiles = build_tiles(city.outlines, city.base_m, city.height_m, np.array([7, 3], np.int32), rows=10)
    assert [row for row in range(10) if tiles.locate(row) != (-1, -1)] == [3, 7]
