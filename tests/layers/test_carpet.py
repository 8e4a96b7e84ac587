"""The far city: what it stands for, where it lies, and that it takes colours patch by patch."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pytest
from vtkmodules.vtkRenderingCore import vtkRenderer

from data.tilestore import MemoryTiles, build_tiles
from layers.canvas import Canvas
from layers.carpet import FINEST_TEXEL_M, LARGEST_TEXTURE, Carpet, _fit, _tile_share
from layers.look import LIGHT, Look
from twin.buildings import Outlines
from twin.place import Area
from twin.session import Camera

TOP = Camera((0.0, 0.0, 0.0), 100.0, 0.0, 0.0, view_angle_rad=2 * np.arctan(1.0), is_parallel=True)
"""Shows 200 m x 200 m, one metre a pixel, north up."""


def tiles_over(places: npt.NDArray[np.float64], capacity: int) -> MemoryTiles:
    corners = np.array([[-10.0, -10], [10, -10], [10, 10], [-10, 10]])
    one_each = np.arange(len(places) + 1, dtype=np.int32)
    outlines = Outlines((places[:, None, :] + corners).reshape(-1, 2), one_each * 4, one_each, one_each)
    heights = np.linspace(40, 10, len(places)).astype(np.float32)
    return build_tiles(outlines, np.zeros(len(places), np.float32), heights, one_each[:-1], tile_buildings=capacity)


@pytest.mark.parametrize("size_m", [(0.0, 0.0), (30.0, 5.0), (900.0, 4000.0), (60_000.0, 80_000.0)])
def test_the_picture_covers_the_area_and_is_no_larger_than_a_texture(size_m: tuple[float, float]) -> None:
    area = Area(1000.0, -500.0, 1000.0 + size_m[0], -500.0 + size_m[1])
    grown, texel_m, width, height = _fit(area)
    assert max(width, height) <= LARGEST_TEXTURE
    assert texel_m >= FINEST_TEXEL_M
    assert grown.size_m == pytest.approx((width * texel_m, height * texel_m))
    assert grown.united(area) == grown
    assert area.west_m - grown.west_m >= 2 * texel_m  # room for what lies around the last buildings


def test_there_is_room_for_the_shadows_of_the_outermost_buildings() -> None:
    area = Area(0.0, 0.0, 500.0, 500.0)
    # 40 m cast 42.9 m
    assert _fit(area, tallest_m=40.0)[0].east_m > 500 + 40 / np.tan(np.radians(43))
    # a mast of 600 m, with 643 m of shadow, does not make the rest coarse
    assert _fit(area, tallest_m=600.0)[0].east_m < 500 + 60 + 0.2 * 500 + 10


def test_every_place_belongs_to_some_tile() -> None:
    index = tiles_over(np.random.default_rng(2).uniform(-500, 500, (400, 2)), 20).index()
    corners = np.stack(np.meshgrid(np.linspace(-700, 700, 15), np.linspace(-700, 700, 15)), axis=-1).reshape(-1, 2)
    share = _tile_share(index, corners)
    np.testing.assert_allclose(share.sum(axis=0), 1, rtol=1e-5)
    # where a tile does not reach it has no share, unless no tile reaches there
    west, south, _, east, north, _ = index.bounds.T[..., None]
    x, y = corners.T
    reaches = (x >= west) & (x <= east) & (y >= south) & (y <= north)
    assert (share[:, reaches.any(axis=0)][~reaches[:, reaches.any(axis=0)]] == 0).all()


@pytest.fixture
def canvas() -> Iterator[Canvas]:
    canvas = Canvas(200, 200)
    yield canvas
    canvas.close()


def laid(renderer: vtkRenderer, places: npt.NDArray[np.float64]) -> tuple[Carpet, MemoryTiles]:
    """Return a carpet whose western half is row 0 and whose eastern half is row 1, covered wholly."""
    tiles = tiles_over(places, 1)
    look = Look(LIGHT)
    carpet = Carpet(renderer, look, tiles.area(), tiles.index())
    row = np.zeros((carpet.height, carpet.width), np.int32)
    row[:, carpet.width // 2 :] = 1
    town = np.zeros((carpet.height, carpet.width, 3), np.uint8)
    carpet.set_picture(row, np.full(row.shape, 255, np.uint8), town)
    look.set_frame(TOP, haze_length_m=1e6)
    carpet.set_frame(TOP, 0.5)
    return carpet, tiles


RED_AND_GREEN = np.array([[220, 0, 0], [0, 160, 0], [0, 0, 220]], np.uint8)
TWO_SIDES = np.array([[-60.0, -60.0], [60.0, 60.0], [60.0, -60.0]])


def seen(canvas: Canvas) -> npt.NDArray[np.int64]:
    """Return the colours in the west and in the east of the picture, (2, 3)."""
    canvas.renderer.SetBackground(1.0, 1.0, 1.0)
    canvas.look_from(TOP, 1.0, 1000.0)
    canvas.draw()
    return canvas.pixels()[100, [50, 150]].astype(np.int64)


def test_it_shows_nothing_before_it_is_loaded_and_all_after(canvas: Canvas) -> None:
    carpet, tiles = laid(canvas.renderer, TWO_SIDES)
    carpet.set_visible(is_visible=True)
    assert (seen(canvas) == 255).all()
    assert carpet.waiting == 0  # it has no colours yet
    carpet.set_colours(RED_AND_GREEN, None)
    assert carpet.waiting > 0
    assert not carpet.is_ready
    while carpet.load(1):
        pass
    assert carpet.is_ready
    carpet.set_share(np.ones(len(tiles.index()), bool))
    west, east = seen(canvas)
    assert west[0] > west[1] + 100
    assert east[1] > east[0] + 50


def test_where_solids_stand_it_gives_way(canvas: Canvas) -> None:
    carpet, tiles = laid(canvas.renderer, TWO_SIDES)
    carpet.set_colours(RED_AND_GREEN, None)
    while carpet.load(9):
        pass
    carpet.set_visible(is_visible=True)
    carpet.set_share(np.zeros(len(tiles.index()), bool))
    assert (seen(canvas) == 255).all()


def test_rows_that_are_hidden_leave_the_ground_bare(canvas: Canvas) -> None:
    carpet, tiles = laid(canvas.renderer, TWO_SIDES)
    carpet.set_colours(RED_AND_GREEN, np.array([False, True, True]))
    while carpet.load(9):
        pass
    carpet.set_visible(is_visible=True)
    carpet.set_share(np.ones(len(tiles.index()), bool))
    west, east = seen(canvas)
    assert (west > 250).all()
    assert east[1] > east[0] + 50


def test_taken_away_it_is_gone(canvas: Canvas) -> None:
    before = canvas.renderer.GetViewProps().GetNumberOfItems()
    carpet, _ = laid(canvas.renderer, TWO_SIDES)
    assert canvas.renderer.GetViewProps().GetNumberOfItems() > before
    carpet.remove()
    assert canvas.renderer.GetViewProps().GetNumberOfItems() == before


def test_new_patches_are_shown_one_by_one_and_each_once(canvas: Canvas) -> None:
    carpet, _ = laid(canvas.renderer, TWO_SIDES * 8)  # some 1,000 x 1,000 texels
    assert not carpet.show_one_new()
    carpet.set_colours(RED_AND_GREEN, None)
    while carpet.load(9):
        pass
    shown = 0
    while True:
        carpet.set_visible(is_visible=False)
        if not carpet.show_one_new():
            break
        shown += 1
        assert sum(patch.actor.GetVisibility() for patch in carpet._patches) == 1
    assert shown == len(carpet._patches) > 1
