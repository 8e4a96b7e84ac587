"""The ground as values: heights between nodes, the lowest under footprints, and what stands where."""

from __future__ import annotations

import numpy as np
import pytest

from twin.buildings import Outlines
from twin.terrain import FLAT, Terrain, filled, ground_of, lowest_under


def slope() -> Terrain:
    """Return ground that rises 1 m a metre to the east and 0.5 m a metre to the north, 2 m between nodes."""
    line, column = np.mgrid[0:100, 0:120]
    return Terrain((column * 2.0 + line * 1.0).astype(np.float32), (10.0, 20.0), (2.0, 2.0))


def squares(*corners: tuple[float, float, float]) -> Outlines:
    """Return squares by south-west corner and side."""
    xy = [(x + a * s, y + b * s) for x, y, s in corners for a, b in ((0, 0), (1, 0), (1, 1), (0, 1))]
    count = np.arange(len(corners) + 1)
    return Outlines(np.array(xy), count * 4, count, count)


def test_between_nodes_heights_are_bilinear() -> None:
    """At (13, 25): 3 m east and 5 m north of the first node, so 3 + 2.5."""
    assert slope().height_at([[13.0, 25.0]])[0] == pytest.approx(5.5)


def test_outside_nothing_is_known() -> None:
    """More than half a cell beyond the last node there is no ground."""
    assert np.isnan(slope().height_at([[8.0, 20.0], [10.0, 219.1]])).all()


def test_the_lowest_ground_is_at_the_lowest_corner_of_a_slope() -> None:
    """A plane is lowest at the corner that lies lowest: (20.3, 30.1), 10.3 + 5.05."""
    assert lowest_under(slope(), squares((20.3, 30.1, 19.7)))[0] == pytest.approx(15.35, abs=1e-4)


def test_a_pit_inside_a_footprint_is_found() -> None:
    """One node in the middle is 7 m lower than all others: no corner and no edge tells."""
    heights = np.full((50, 50), 30.0, np.float32)
    heights[25, 25] = 23.0
    assert lowest_under(Terrain(heights, (0.0, 0.0), (1.0, 1.0)), squares((20.0, 20.0, 10.0)))[0] == pytest.approx(23.0)


def test_a_pit_in_a_courtyard_is_not_under_the_building() -> None:
    """The courtyard from 23 to 27 holds the pit; the building around it stands on level ground."""
    heights = np.full((50, 50), 30.0, np.float32)
    heights[25, 25] = 23.0
    ring = [(20, 20), (30, 20), (30, 30), (20, 30), (23, 23), (23, 27), (27, 27), (27, 23)]
    outlines = Outlines(np.array(ring, float), np.array([0, 4, 8]), np.array([0, 2]), np.array([0, 1]))
    assert lowest_under(Terrain(heights, (0.0, 0.0), (1.0, 1.0)), outlines)[0] == pytest.approx(30.0)


def test_the_lowest_is_what_a_dense_sampling_finds() -> None:
    """200 squares on rough ground against 81 x 81 places in each."""
    random = np.random.default_rng(5)
    terrain = Terrain(random.normal(0, 0.5, (80, 80)).astype(np.float32), (0.0, 0.0), (3.0, 3.0))
    corners = [
        (x, y, s) for (x, y), s in zip(random.uniform(5, 200, (200, 2)), random.uniform(3, 25, 200), strict=True)
    ]
    found = lowest_under(terrain, squares(*corners))
    steps = np.linspace(0, 1, 81)
    u, v = (a.reshape(-1) for a in np.meshgrid(steps, steps))
    for (x, y, s), low in zip(corners, found, strict=True):
        dense = terrain.height_at(np.column_stack([x + u * s, y + v * s])).min()
        assert low == pytest.approx(dense, abs=0.2)
        assert low >= dense - 0.2


def test_holes_inside_are_filled_and_the_outside_is_not() -> None:
    """A hole in a plane gets nearly the plane's heights; a missing corner stays missing."""
    terrain = slope()
    heights = terrain.height_m.copy()
    heights[20:40, 30:50] = np.nan
    heights[:5, :5] = np.nan
    whole = filled(heights)
    assert int(np.isnan(whole).sum()) == 25
    assert float(np.nanmax(np.abs(whole - terrain.height_m))) < 4.0


def test_the_ground_is_the_same_in_whatever_order_terrains_come() -> None:
    """The finer one counts where both know something."""
    coarse = Terrain(np.full((10, 10), 50.0, np.float32), (0.0, 0.0), (100.0, 100.0))
    fine = Terrain(np.full((10, 10), 60.0, np.float32), (0.0, 0.0), (10.0, 10.0))
    places = [[45.0, 45.0], [500.0, 500.0], [5000.0, 0.0]]
    for ground in (ground_of([coarse, fine]), ground_of([fine, coarse])):
        assert ground.datum_m == 50.0
        assert ground.z_at(places).tolist() == [10.0, 0.0, 0.0]


def test_a_ray_meets_the_slope_and_not_the_plane_below() -> None:
    """Straight down over (50, 50) the ground lies at 40 + 15 above the lowest."""
    ground = ground_of([slope()])
    down = np.array([0.0, 0.0, -1.0])
    assert ground.hit(np.array([50.0, 50.0, 500.0]), down) == pytest.approx(445.0, abs=1e-3)
    assert FLAT.hit(np.array([50.0, 50.0, 500.0]), down) == pytest.approx(500.0)
    assert ground.hit(np.array([-500.0, 50.0, 100.0]), down) == pytest.approx(100.0)
