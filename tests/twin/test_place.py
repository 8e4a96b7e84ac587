"""The project's frame: metres from an origin, to degrees and back."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.place import Area, LocalFrame, local_from_lonlat, local_from_projected, lonlat_from_local, transformer

UTM = LocalFrame("EPSG:32632", (500_000.0, 5_000_000.0))
"""UTM zone 32: its middle meridian, 9 degrees east, is 500,000 m east."""
SOUTH = LocalFrame("EPSG:32732", (465_000.0, 15_220_000.0))
"""The same zone's southern half, used far north: northings of 15 million."""
metres = st.floats(-20_000, 20_000)
areas = st.builds(lambda x, y, w, h: Area(x, y, x + w, y + h), metres, metres, st.floats(0, 9_000), st.floats(0, 9_000))


def test_the_middle_meridian_lies_where_the_zone_says() -> None:
    east, north = local_from_lonlat(UTM, np.array([[9.0, 45.0]]))[0]
    assert east == pytest.approx(0, abs=1e-6)
    # the meridian's arc to 45 degrees north, 4,984,944.4 m (WGS84), times 0.9996
    assert north + 5_000_000 == pytest.approx(4_984_944.4 * 0.9996, abs=1)


def test_east_comes_first_even_where_the_crs_says_north_first() -> None:
    # EPSG:4326 and Japan's plane (EPSG:6677) state latitude and north first.
    frame = LocalFrame("EPSG:6677", (0.0, 0.0))
    east, north = local_from_lonlat(frame, np.array([[139.8333 + 0.1, 36.0]]))[0]
    # 0.1 degrees of longitude at 36 degrees north: 111,320 m x cos 36 x 0.1 = 9,006 m
    assert (east, north) == (pytest.approx(9_012, abs=20), pytest.approx(0, abs=10))


@given(x=metres, y=metres, frame=st.sampled_from([UTM, SOUTH]))
def test_to_degrees_and_back_keeps_a_tenth_of_a_millimetre(x: float, y: float, frame: LocalFrame) -> None:
    back = local_from_lonlat(frame, lonlat_from_local(frame, np.array([[x, y]])))
    np.testing.assert_allclose(back, [[x, y]], atol=1e-4)


def test_one_point_without_a_row_of_its_own_is_taken_too() -> None:
    assert lonlat_from_local(UTM, np.array([0.0, 0.0])).shape == (1, 2)
    assert lonlat_from_local(UTM, np.array([[0.0, 0.0, 77.0]])).shape == (1, 2)  # heights are left alone


def test_projected_points_are_shifted_in_double_precision() -> None:
    local = local_from_projected(SOUTH, np.array([[465_000.001, 15_220_000.002]]))
    np.testing.assert_allclose(local, [[0.001, 0.002]], atol=1e-8)


def test_a_transformer_is_made_once() -> None:
    assert transformer("EPSG:4326", "EPSG:3857") is transformer("EPSG:4326", "EPSG:3857")


@given(one=areas, other=areas)
def test_the_united_area_holds_both_and_no_more(one: Area, other: Area) -> None:
    both = one.united(other)
    assert both == other.united(one)
    assert both.united(one) == both
    edges = {"west_m": min, "south_m": min, "east_m": max, "north_m": max}
    assert all(getattr(both, name) == pick(getattr(one, name), getattr(other, name)) for name, pick in edges.items())


def test_size_middle_and_diagonal_of_an_area() -> None:
    area = Area(-10, 20, 20, 60)
    assert area.size_m == (30, 40)
    assert area.centre == (5, 40)
    assert area.diagonal_m == math.hypot(30, 40) == 50
