"""What workers make of shared tiles: meshes that fit them, and the city seen from straight above."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from data.tilestore import MemoryTiles, build_tiles
from layers.extrude import extrude
from layers.tile_work import WALLS_FULL, box_tile, carpet, full_mesh, tiles_of
from twin.buildings import Outlines


def tiles_over(
    places: npt.NDArray[np.float64], *, side_m: float = 20.0, height_m: float = 12.0, capacity: int = 100
) -> MemoryTiles:
    """Return square buildings with their middles at places (n, 2); building i is row 10 + i."""
    corners = np.array([[-0.5, -0.5], [0.5, -0.5], [0.5, 0.5], [-0.5, 0.5]]) * side_m
    one_each = np.arange(len(places) + 1, dtype=np.int32)
    outlines = Outlines((places[:, None, :] + corners).reshape(-1, 2), one_each * 4, one_each, one_each)
    low, high = np.zeros(len(places), np.float32), np.full(len(places), height_m, np.float32)
    return build_tiles(outlines, low, high, 10 + one_each[:-1], tile_buildings=capacity)


def shared(tiles: MemoryTiles) -> dict[str, npt.NDArray[np.generic]]:
    return {name: getattr(tiles.arrays, name) for name in tiles.arrays.__slots__}


GRID = np.array([[x, y] for x in range(0, 400, 40) for y in range(0, 400, 40)], float)


@pytest.mark.parametrize("work", [full_mesh, box_tile])
def test_each_triangle_knows_its_building(work: object) -> None:
    tiles = tiles_over(GRID, capacity=20)
    assert len(tiles.index()) > 3
    for tile in range(len(tiles.index())):
        arrays = work(shared(tiles), tile)  # type: ignore[operator]
        buildings = tiles.fetch(tile)
        assert len(arrays["vertex_place"]) == len(arrays["points"])
        owner = arrays["vertex_place"][arrays["faces"]]
        assert (owner == owner[:, :1]).all()
        assert set(owner[:, 0].tolist()) == set(range(len(buildings)))
        # a vertex lies within half a side of its building's middle
        middle = buildings.outlines.xy.reshape(-1, 4, 2).mean(axis=1)[arrays["vertex_place"]]
        assert np.abs(arrays["points"][:, :2] - middle).max() == pytest.approx(10, abs=1e-3)
        assert arrays["points"][:, 2].max() == 12


def test_the_full_mesh_is_the_extrusion_and_the_box_of_a_box_is_as_large() -> None:
    tiles = tiles_over(GRID)
    full, box = full_mesh(shared(tiles), 0), box_tile(shared(tiles), 0)
    wanted = extrude(tiles.fetch(0))
    np.testing.assert_array_equal(full["points"], wanted.points)
    np.testing.assert_array_equal(full["faces"], wanted.faces)
    # squares are boxes: 100 times four walls and a roof, two triangles each
    assert len(full["faces"]) == len(box["faces"]) == 1000
    np.testing.assert_allclose(np.ptp(box["points"], axis=0), np.ptp(full["points"], axis=0), atol=1e-3)


def test_places_take_two_bytes_where_they_can() -> None:
    assert full_mesh(shared(tiles_over(GRID)), 0)["vertex_place"].dtype == np.uint16
    many = np.zeros((9_000, 2))  # 9,000 squares of 8 vertices are more than 65,536
    assert full_mesh(shared(tiles_over(many, capacity=9_000)), 0)["vertex_place"].dtype == np.int32


def test_arrays_that_are_shared_are_the_tiles_again() -> None:
    tiles = tiles_over(GRID)
    again = tiles_of(shared(tiles))
    assert all(getattr(again, name) is getattr(tiles.arrays, name) for name in again.__slots__)


# the city from above


def test_roofs_lie_where_the_buildings_do() -> None:
    tiles = tiles_over(np.array([[30.0, 20.0], [70.0, 60.0]]))
    seen = carpet(shared(tiles), 0.0, 0.0, 1.0, 100, 80)
    row, cover = seen["row"], seen["cover"]
    assert row.shape == cover.shape == (80, 100)
    assert set(np.unique(row).tolist()) == {-1, 10, 11}
    # middle, and a metre inside and outside of the edges; line 0 is the southern edge
    assert [row[20, 30], row[11, 30], row[20, 39], row[60, 70]] == [10, 10, 10, 11]
    assert (row[8, 30], row[32, 30], row[20, 41], cover[20, 42]) == (-1, -1, -1, 0)
    assert cover[12:28, 22:38].min() == 255
    assert cover.astype(float).sum() / 255 == pytest.approx(2 * 20 * 20, rel=0.01)


def test_walls_are_counted_for_the_ground_they_stand_on() -> None:
    # 4 x 20 m of wall 12 m high on 400 square metres: 2.4 a square metre, of the 8 that count as the most
    seen = carpet(shared(tiles_over(np.array([[50.0, 40.0]]))), 0.0, 0.0, 1.0, 100, 80)
    walls = seen["town"][..., 0].astype(float) / 255 * WALLS_FULL
    assert walls[40, 50] == pytest.approx(2.4, rel=0.2)
    assert walls.sum() == pytest.approx(80 * 12, rel=0.05)
    assert walls[10, 10] == 0


def test_the_ground_beside_a_building_is_shaded_and_north_east_of_it_in_the_dark() -> None:
    town = carpet(shared(tiles_over(np.array([[50.0, 40.0]]))), 0.0, 0.0, 1.0, 100, 80)["town"]
    near, shadow = town[..., 1], town[..., 2]
    assert near[40, 62] > near[40, 90] == 0  # averaged twice over 12 m on either side: 24 m from the wall it ends
    assert near[40, 38] == pytest.approx(near[40, 61], abs=2)  # on both sides alike
    # 12 m cast 12.9 m: 9.6 m to the east, 8.6 m to the north of the far corner
    assert shadow[54, 64] > 100
    assert shadow[26, 36] == shadow[40, 36] == 0
    assert shadow[64, 72] == 0


def test_a_city_in_one_portion_or_many_looks_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    tiles = tiles_over(GRID, capacity=7)
    whole = carpet(shared(tiles), -30.0, -30.0, 2.0, 220, 220)
    monkeypatch.setattr("layers.tile_work.BUILDINGS_AT_ONCE", 9)
    parts = carpet(shared(tiles), -30.0, -30.0, 2.0, 220, 220)
    for name, array in whole.items():
        assert np.abs(array.astype(int) - parts[name]).max() <= 1, name


def test_far_from_the_origin_the_picture_is_the_same() -> None:
    near = carpet(shared(tiles_over(GRID)), -30.0, -30.0, 2.0, 220, 220)
    shift = np.array([465_000.0, 15_220_000.0])
    far = carpet(shared(tiles_over(GRID + shift)), -30.0 + 465_000, -30.0 + 15_220_000, 2.0, 220, 220)
    for name, array in near.items():
        assert np.abs(array.astype(int) - far[name]).max() <= 1, name


def test_buildings_smaller_than_a_texel_count_as_much_as_they_cover() -> None:
    # Each of 2,000 squares of 6 m is met by a scan line (one in 8 m) or not; together they count what they cover.
    places = np.random.default_rng(8).uniform(10, 2038, (2_000, 2))
    seen = carpet(shared(tiles_over(places, side_m=6.0, capacity=5_000)), 0.0, 0.0, 16.0, 128, 128)
    assert seen["cover"].astype(float).sum() / 255 * 16**2 == pytest.approx(2_000 * 36, rel=0.05)
    assert np.isin(np.arange(10, 2_010), seen["row"]).mean() > 0.9
