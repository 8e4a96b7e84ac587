"""Footprints on a grid: areas are kept, courtyards stay open, shadows fall where the sun sends them."""

from __future__ import annotations

from collections.abc import Callable
from math import cos, radians, sin, tan

import numpy as np
import numpy.typing as npt
import pytest
import shapely
import shapely.affinity

from layers.relief import Relief, ground_shadow
from layers.sunlight import SUN_ALTITUDE_RAD, SUN_AZIMUTH_RAD, sun_direction
from twin.buildings import Buildings

Raise = Callable[..., Buildings]

TURNED = shapely.affinity.rotate(shapely.box(20, 20, 43, 31), 29)
ODD = shapely.Polygon([(3.3, 4.1), (30.7, 9.2), (22.9, 25.5), (12.2, 17.8), (5.1, 30.3)])


def relief_of(buildings: Buildings, texel_m: float = 1.0, size: int = 64) -> Relief:
    relief = Relief(0.0, 0.0, texel_m, size, size)
    relief.add(buildings)
    return relief


@pytest.mark.parametrize("texel_m", [0.5, 1.0, 2.0])
@pytest.mark.parametrize("shape", [shapely.box(10.25, 10.5, 20.5, 31), TURNED, ODD], ids=["box", "turned", "odd"])
def test_as_much_is_covered_as_the_footprint_is_large(
    shape: shapely.Polygon, texel_m: float, raise_shapes: Raise
) -> None:
    cover = relief_of(raise_shapes([shape]), texel_m, round(64 / texel_m)).cover()
    # exact along scan lines, of which there are two a texel: what is lost lies at the ends, half a line at most
    assert cover.sum() * texel_m**2 == pytest.approx(shape.area, rel=0.02 * texel_m)


def test_a_texel_is_covered_as_far_as_the_footprint_reaches(raise_shapes: Raise) -> None:
    # 10.25 to 20.5 across: three quarters of texel 10, half of texel 20
    line = relief_of(raise_shapes([shapely.box(10.25, 10, 20.5, 30)])).cover()[15]
    np.testing.assert_allclose(line[[9, 10, 11, 19, 20, 21]], [0, 0.75, 1, 1, 0.5, 0], atol=1e-5)


def test_a_courtyard_stays_open(raise_shapes: Raise) -> None:
    court = shapely.box(10, 10, 40, 40).difference(shapely.box(18, 20, 30, 33))
    relief = relief_of(raise_shapes([court], 12))
    cover, heights = relief.cover(), relief.heights_m()
    assert (cover[20:33, 18:30] == 0).all()
    assert (heights[20:33, 18:30] == 0).all()
    assert (cover[10:20, 10:40] == 1).all()
    np.testing.assert_allclose(heights[10:20, 10:40], 12, rtol=1e-5)
    assert cover.sum() == pytest.approx(30 * 30 - 12 * 13, rel=1e-4)


def test_buildings_side_by_side_cover_the_ground_once(raise_shapes: Raise) -> None:
    buildings = raise_shapes([shapely.box(10, 10, 20.4, 20), shapely.box(20.4, 10, 30, 20)], [10, 30])
    relief = relief_of(buildings)
    np.testing.assert_allclose(relief.cover()[12, 10:30], 1, atol=1e-5)
    # texel 20 is 0.4 of the low one and 0.6 of the high one
    np.testing.assert_allclose(relief.heights_m()[12, [19, 20, 21]], [10, 0.4 * 10 + 0.6 * 30, 30], rtol=1e-4)


def test_buildings_in_two_portions_make_the_same_grid(raise_shapes: Raise) -> None:
    together = relief_of(raise_shapes([TURNED, ODD], [10, 20]))
    apart = Relief(0.0, 0.0, 1.0, 64, 64)
    for shape, height_m in ((TURNED, 10), (ODD, 20)):
        apart.add(raise_shapes([shape], height_m))
    np.testing.assert_allclose(apart.cover(), together.cover(), atol=1e-4)


def test_what_reaches_over_the_edge_is_cut_off_there(raise_shapes: Raise) -> None:
    cover = relief_of(raise_shapes([shapely.box(-20, -5, 10, 8), shapely.box(50, 50, 90, 70)])).cover()
    assert cover.sum() == pytest.approx(10 * 8 + 14 * 14, rel=1e-4)


# shadows


def block(height_m: float, texel_m: float = 0.5, size: int = 200) -> npt.NDArray[np.float32]:
    """Return the grid of a block of 10 x 10 m with its south-west corner at (20, 20) m."""
    heights = np.zeros((size, size), np.float32)
    heights[round(20 / texel_m) : round(30 / texel_m), round(20 / texel_m) : round(30 / texel_m)] = height_m
    return heights


def shade_at(shade: npt.NDArray[np.float32], east_m: float, north_m: float, texel_m: float = 0.5) -> float:
    return float(shade[int(north_m / texel_m), int(east_m / texel_m)])


def test_the_sun_stands_in_the_south_west() -> None:
    east, north, up = sun_direction()
    assert east < 0 > north
    assert up == pytest.approx(sin(radians(43)))


@pytest.mark.parametrize("height_m", [5.0, 10.0, 20.0])
def test_a_shadow_is_as_long_as_the_sun_is_low(height_m: float) -> None:
    shade = ground_shadow(block(height_m), 0.5)
    length_m = height_m / tan(SUN_ALTITUDE_RAD)
    away = np.array([-sin(SUN_AZIMUTH_RAD), -cos(SUN_AZIMUTH_RAD)])
    # From the middle of the block's top (25, 25) the shadow's tip lies length_m on; walk along its middle line. The
    # block reaches 5 m / max(|away|) on; beyond the tip of its far corner there is light.
    reach_m = 5 / np.abs(away).max() + length_m
    inside, outside = np.array([25, 25]) + away * (reach_m - 1.5), np.array([25, 25]) + away * (reach_m + 2.5)
    assert shade_at(shade, *inside) > 0.5
    assert shade_at(shade, *outside) < 0.05


def test_the_shadow_falls_to_the_north_east_and_nowhere_else() -> None:
    shade = ground_shadow(block(10.0), 0.5)
    lines, columns = np.nonzero(shade > 0.05)
    # within a texel of softening of the block on the south and west side
    assert lines.min() * 0.5 >= 20 - 1
    assert columns.min() * 0.5 >= 20 - 1
    # 10.7 m of shadow: sin 48 deg of it to the east, cos 48 deg to the north, and a metre for soft edges and steps
    length_m = 10 / tan(radians(43))
    assert columns.max() * 0.5 == pytest.approx(30 + length_m * sin(radians(48)), abs=1.5)
    assert lines.max() * 0.5 == pytest.approx(30 + length_m * cos(radians(48)), abs=1.5)


def test_the_shadows_area_is_that_of_the_cube_swept_along_it() -> None:
    shade = ground_shadow(block(10.0), 0.5)
    shift = 10 / tan(radians(43)) * np.array([sin(radians(48)), cos(radians(48))])
    swept = shapely.union_all([shapely.box(20, 20, 30, 30), shapely.box(*(shift + 20), *(shift + 30))]).convex_hull
    # the light's edge is softened over 1.5 texels of fall, which takes about half of that from the tip
    assert float((shade > 0.5).sum()) * 0.25 == pytest.approx(swept.area, rel=0.08)


def test_bare_ground_has_no_shadow() -> None:
    assert not ground_shadow(np.zeros((20, 30), np.float32), 1.0).any()


def test_a_tower_as_wide_as_a_texel_casts_a_line_without_gaps() -> None:
    heights = np.zeros((128, 128), np.float32)
    heights[20, 20] = 60
    shade = ground_shadow(heights, 1.0)
    away = np.array([-sin(SUN_AZIMUTH_RAD), -cos(SUN_AZIMUTH_RAD)])
    # softening leaves at least a quarter of a quarter of a one-texel line that runs between texels
    for step_m in np.arange(2.0, 60 / tan(SUN_ALTITUDE_RAD) - 3, 1.0):
        column, line = (np.array([20.5, 20.5]) + away * step_m).astype(int)
        assert shade[line - 1 : line + 2, column - 1 : column + 2].max() > 0.2, step_m
