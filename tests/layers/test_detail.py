"""What is drawn within a budget: never more, never out of view, near things first, the skyline always."""

from __future__ import annotations

from math import pi, radians

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from data.tilestore import MemoryTiles, build_tiles
from layers.camera import home, project
from layers.detail import BOX, BOX_TRIANGLES, FULL, OUT, Choice, choose, in_view
from layers.scene import MOVING_TRIANGLES
from twin.buildings import Outlines
from twin.session import Camera

SIZE = (1280, 720)


def squares(
    places: npt.NDArray[np.float64], side_m: npt.NDArray[np.float64], height_m: npt.NDArray[np.float64], capacity: int
) -> MemoryTiles:
    """Return upright squares with their lower left corners at places (n, 2), in tiles."""
    corners = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], float)
    xy = (corners * side_m[:, None, None] + places[:, None, :]).reshape(-1, 2)
    one_each = np.arange(len(places) + 1, dtype=np.int32)
    outlines = Outlines(xy, one_each * 4, one_each, one_each)
    base_m = np.zeros(len(places), np.float32)
    return build_tiles(outlines, base_m, height_m.astype(np.float32), one_each[:-1], tile_buildings=capacity)


@pytest.fixture(scope="module")
def town() -> MemoryTiles:
    """Return 4,000 buildings over 4 x 4 km, in tiles of 50."""
    random = np.random.default_rng(5)
    heights = random.lognormal(2.2, 0.7, 4000)
    return squares(random.uniform(-2000, 2000, (4000, 2)), random.uniform(5, 40, 4000), heights, 50)


cameras = st.builds(
    Camera,
    target_local=st.tuples(st.floats(-3000, 3000), st.floats(-3000, 3000), st.just(0.0)),
    distance_m=st.floats(5, 20_000),
    heading_rad=st.floats(0, 2 * pi),
    tilt_rad=st.floats(0, radians(88)),
    is_parallel=st.booleans(),
)
budgets = st.floats(0, 200_000)


def chosen(tiles: MemoryTiles, camera: Camera, budget: float) -> Choice:
    index = tiles.index()
    return choose(index, camera, SIZE, budget_triangles=budget, full_triangles=index.triangles)


def triangles_of(tiles: MemoryTiles, choice: Choice) -> npt.NDArray[np.int64]:
    """Return what each tile costs as chosen."""
    index = tiles.index()
    costs = np.stack([np.zeros(len(index), np.int64), index.count * BOX_TRIANGLES, index.triangles])
    each: npt.NDArray[np.int64] = costs[choice.level, np.arange(len(index))]
    return each


@given(camera=cameras, budget=budgets)
@settings(max_examples=100)
def test_the_budget_is_never_exceeded(town: MemoryTiles, camera: Camera, budget: float) -> None:
    spent = triangles_of(town, chosen(town, camera, budget))
    # Something is drawn in any case: one tile as boxes.
    assert spent.sum() <= max(budget, int(town.index().count.max()) * BOX_TRIANGLES)
    assert spent.sum() <= budget or np.count_nonzero(spent) == 1


@given(camera=cameras, budget=budgets)
@example(camera=Camera((0.0, 1887.0, 0.0), 5.0, 1.0, 0.0), budget=0.0)  # its tile lies aside of the one above it
@settings(max_examples=100)
def test_no_tile_in_view_is_taken_before_the_ones_above_it(town: MemoryTiles, camera: Camera, budget: float) -> None:
    index, choice = town.index(), chosen(town, camera, budget)
    below = np.flatnonzero((index.parent >= 0) & (choice.level != OUT))
    above = index.parent[below]
    assert not ((choice.level[above] == OUT) & choice.is_in_view[above]).any()


@given(camera=cameras, budget=budgets)
@settings(max_examples=100)
def test_nothing_out_of_view_is_taken(town: MemoryTiles, camera: Camera, budget: float) -> None:
    choice = chosen(town, camera, budget)
    assert not ((choice.level != OUT) & ~choice.is_in_view).any()


@given(camera=cameras, budget=budgets, more=budgets)
@settings(max_examples=100)
def test_a_greater_budget_never_takes_anything_away(
    town: MemoryTiles, camera: Camera, budget: float, more: float
) -> None:
    small, large = chosen(town, camera, budget), chosen(town, camera, budget + more)
    assert (large.level >= small.level).all()
    assert large.error_px <= small.error_px


@given(camera=cameras)
@settings(max_examples=100)
def test_what_can_be_seen_is_in_view(town: MemoryTiles, camera: Camera) -> None:
    bounds = town.index().bounds
    is_in_view = in_view(camera, SIZE[0] / SIZE[1], bounds)
    for tile in np.flatnonzero(~is_in_view):
        west, south, bottom, east, north, top = bounds[tile]
        grid = np.stack(
            np.meshgrid(np.linspace(west, east, 9), np.linspace(south, north, 9), [bottom, top]), axis=-1
        ).reshape(-1, 3)
        place, depth = project(camera, SIZE, grid)
        with np.errstate(invalid="ignore"):
            is_seen = (place > 0).all(axis=1) & (place < SIZE).all(axis=1) & (camera.is_parallel | (depth > 0))
        assert not is_seen.any()


def test_nearer_is_finer() -> None:
    # Four equal clusters in a row to the north, of 10 buildings each, one tile each below the root of 10.
    random = np.random.default_rng(2)
    places = np.concatenate([random.uniform(0, 60, (20, 2)) + np.array([100 * (n % 2), 400 * n]) for n in range(4)])
    tiles = squares(places, np.full(80, 10.0), np.tile([30.0] * 2 + [12.0] * 18, 4), 8)
    camera = Camera((50.0, 100.0, 0.0), 300.0, 0.0, radians(70))
    index = tiles.index()
    leaves = np.setdiff1d(np.arange(len(index)), index.parent)
    order = leaves[np.argsort(index.bounds[leaves, 1])]
    levels = [chosen(tiles, camera, budget).level[order] for budget in (300.0, 500.0, 700.0, 900.0)]
    in_sight = in_view(camera, SIZE[0] / SIZE[1], index.bounds[order])
    for level in levels:
        assert (np.diff(level[in_sight].astype(int)) <= 0).all()
    assert any(level[in_sight][0] == FULL and level[in_sight][-1] < FULL for level in levels)


def test_with_room_for_everything_all_in_view_is_drawn_in_full(town: MemoryTiles) -> None:
    camera = home(town.area(), 100.0, SIZE)
    choice = chosen(town, camera, 1e9)
    # A box is wrong by 1.6 m at most: where that is less than 0.3 pixels, it does.
    assert ((choice.level == FULL) | (choice.px_per_m < 0.3 / 1.6)).all()
    assert (choice.level != OUT).all()
    assert choice.error_px <= 0.3


def test_what_is_smaller_than_a_third_of_a_pixel_is_not_drawn(town: MemoryTiles) -> None:
    # From 1,000 km a building of 100 m shows 100 / 1e6 x 720 / (2 tan 17.5 deg) = 0.11 pixels.
    choice = chosen(town, Camera(distance_m=1e6), 1e9)
    assert np.count_nonzero(choice.level) <= 1
    assert choice.is_in_view.all()


def test_low_huts_are_boxes_before_they_are_full() -> None:
    # A hut of 1 m is less than what a box gets wrong of a mean building: the budget must not go to its corners first.
    places = np.random.default_rng(1).uniform(0, 50, (20, 2))
    index = squares(places, np.full(20, 3.0), np.full(20, 1.0), 20).index()
    camera = Camera((25.0, 25.0, 0.0), 100.0)
    for budget, level in ((200, BOX), (259, BOX), (460, FULL)):  # 20 boxes of 10 triangles; all in full of 23
        choice = choose(index, camera, SIZE, budget_triangles=budget, full_triangles=np.array([460]))
        assert choice.level.tolist() == [level]


# the skyline


@pytest.fixture(scope="module")
def metropolis() -> MemoryTiles:
    """Return 100,000 buildings of 18 x 18 km: heights log-normal and higher towards the centre, in the usual tiles."""
    random = np.random.default_rng(9)
    places = np.concatenate([random.normal(0, 3000, (70_000, 2)), random.uniform(-9000, 9000, (30_000, 2))])
    central = np.exp(-np.hypot(*places.T) / 2500)
    heights = random.lognormal(2.1 + 0.9 * central, 0.45) * np.where(random.uniform(size=100_000) < 0.004, 5, 1)
    return squares(places, random.lognormal(2.5, 0.5, 100_000), heights, 2048)


@pytest.mark.parametrize("heading_deg", [0, 120, 240])
@pytest.mark.parametrize("distance_m", [250, 1000, 4000, 16_000])
def test_the_tallest_hundredth_in_view_always_stands(
    metropolis: MemoryTiles, distance_m: float, heading_deg: float
) -> None:
    camera = Camera((400.0, -300.0, 0.0), distance_m, radians(heading_deg), radians(68))
    choice = chosen(metropolis, camera, MOVING_TRIANGLES)
    arrays = metropolis.arrays
    top = np.column_stack([arrays.anchor_local, arrays.height_m])
    place, depth = project(camera, SIZE, top)
    with np.errstate(invalid="ignore"):
        is_seen = (depth > 0) & (place > 0).all(axis=1) & (place < SIZE).all(axis=1)
    tile_of = np.empty(len(top), np.int32)
    tile_of[arrays.member] = np.repeat(np.arange(len(choice.level)), np.diff(arrays.member_start))
    seen = np.flatnonzero(is_seen)
    tallest = seen[np.argsort(-arrays.height_m[seen])][: max(len(seen) // 100, 1)]
    assert (choice.level[tile_of[tallest]] != OUT).all()
    assert triangles_of(metropolis, choice).sum() <= MOVING_TRIANGLES
