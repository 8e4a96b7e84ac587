"""Measurements are of true ground, whatever the projection of the project."""

from __future__ import annotations

from math import cos, radians

import numpy as np
import pytest

from twin.measure import (
    MeasureKind,
    Measurement,
    crosses_itself,
    figures,
    grid_scale,
    headline,
    new_id,
    number_text,
    point_from_local,
    points_local,
)
from twin.place import LocalFrame, local_from_lonlat

BERLIN = (13.4050, 52.5200)
UTM33 = LocalFrame("EPSG:25833", (392_000.0, 5_820_000.0))
MERCATOR = LocalFrame("EPSG:3857", (1_492_000.0, 6_894_000.0))


def measured(kind: MeasureKind, frame: LocalFrame, *points: tuple[float, float, float]) -> dict[str, float]:
    kept = tuple(point_from_local(frame, p) for p in points)
    return {f.name: f.value for f in figures(Measurement("m1", kind, kept), frame)}


def test_a_line_of_web_mercator_is_measured_in_metres_of_ground() -> None:
    x, y = local_from_lonlat(MERCATOR, np.array([BERLIN]))[0].tolist()
    found = measured(MeasureKind.DISTANCE, MERCATOR, (x, y, 0.0), (x + 100.0, y, 0.0))
    # Web Mercator stretches by 1/cos(latitude) of a sphere: 100 m of it are 100 cos(52.52) = 60.85 m of that sphere,
    # and the ellipsoid's radius across the meridian there is 0.2 % larger.
    assert found["grid length"] == pytest.approx(100.0, abs=1e-6)
    assert found["length"] == pytest.approx(100 * cos(radians(52.52)), rel=3e-3)
    assert abs(found["length"] - 100 * cos(radians(52.52))) > 0.05


def test_the_scale_of_utm_at_its_central_meridian_is_0_9996() -> None:
    assert grid_scale(UTM33, 15.0, 52.52) == pytest.approx(0.9996, abs=1e-6)


def test_the_scale_of_utm_grows_away_from_its_meridian() -> None:
    # k = k0 (1 + x^2 / 2 R^2): 1.6 degrees west of the meridian x = 108 km, so 0.9996 * 1.000144.
    assert grid_scale(UTM33, 13.405, 52.52) == pytest.approx(0.9996 * 1.000144, abs=1e-5)


def test_a_rising_line_is_longer_in_space_than_flat() -> None:
    found = measured(MeasureKind.DISTANCE, UTM33, (0, 0, 0), (30, 0, 40))
    assert found["length in space"] == pytest.approx(50.0, rel=1e-3)
    assert found["length"] == pytest.approx(30.0, rel=1e-3)
    assert found["height difference"] == 40.0


def test_the_area_and_perimeter_of_a_square_are_those_of_the_ground() -> None:
    square = [(0, 0, 0), (100, 0, 5), (100, 100, 0), (0, 100, 9)]
    found = measured(MeasureKind.AREA, UTM33, *square)
    scale = grid_scale(UTM33, *point_from_local(UTM33, (50, 50, 0))[:2])
    assert found["grid area"] == pytest.approx(10_000.0, abs=1e-3)
    assert found["area"] == pytest.approx(10_000.0 / scale**2, abs=0.02)
    assert found["perimeter"] == pytest.approx(400.0 / scale, abs=2e-3)


def test_a_right_angle_has_90_degrees_and_a_rising_arm_changes_it_in_space() -> None:
    found = measured(MeasureKind.ANGLE, UTM33, (100, 0, 0), (0, 0, 0), (0, 100, 0))
    assert found["angle"] == pytest.approx(90.0, abs=0.01)
    # arms (1, 0, 1) and (1, 0, 0): 45 degrees in space, 0 flat
    found = measured(MeasureKind.ANGLE, UTM33, (100, 0, 100), (0, 0, 0), (100, 0, 0))
    assert found["angle in space"] == pytest.approx(45.0, abs=0.05)
    assert found["angle"] == pytest.approx(0.0, abs=0.01)


def test_the_azimuth_is_from_true_north() -> None:
    kept = ((13.0, 52.0, 0.0), (13.0, 52.001, 0.0))
    found = {f.name: f.value for f in figures(Measurement("m1", MeasureKind.DISTANCE, kept))}
    assert found["azimuth"] == pytest.approx(0.0, abs=1e-9)


def test_a_height_says_how_far_apart_and_how_high() -> None:
    found = measured(MeasureKind.HEIGHT, UTM33, (0, 0, 2.5), (3, 0, 14.75))
    assert found["height difference"] == 12.25
    assert found["length"] == pytest.approx(3.0, rel=1e-3)


def test_points_come_back_where_they_were() -> None:
    point = point_from_local(UTM33, (123.456, -65.432, 7.5))
    back = points_local(Measurement("m1", MeasureKind.ELEVATION, (point,)), UTM33)
    assert back == pytest.approx(np.array([[123.456, -65.432, 7.5]]), abs=1e-4)


def test_too_few_points_give_no_figure() -> None:
    assert figures(Measurement("m1", MeasureKind.AREA, ((13.0, 52.0, 0.0), (13.1, 52.0, 0.0)))) == ()
    assert headline(Measurement("m1", MeasureKind.DISTANCE, ((13.0, 52.0, 0.0),))) == ""


def test_an_outline_that_crosses_itself_is_said() -> None:
    bow = ((13.0, 52.0, 0.0), (13.001, 52.001, 0.0), (13.001, 52.0, 0.0), (13.0, 52.001, 0.0))
    area = Measurement("m1", MeasureKind.AREA, bow)
    assert crosses_itself(area)
    assert headline(area).endswith("(crosses itself)")
    assert not crosses_itself(Measurement("m1", MeasureKind.AREA, (bow[0], bow[2], bow[1], bow[3])))


def test_a_name_stands_before_the_figure() -> None:
    kept = ((13.0, 52.0, 3.25),)
    assert headline(Measurement("m1", MeasureKind.ELEVATION, kept, name="Kerb")) == "Kerb: 3.25 m"


def test_ids_are_not_given_twice() -> None:
    some = [Measurement("m1", MeasureKind.ELEVATION, ()), Measurement("m3", MeasureKind.ELEVATION, ())]
    assert new_id(some) == "m2"
    assert new_id([]) == "m1"


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [(12.345, "m", "12.35 m"), (12_345.67, "m", "12,345.7 m"), (45.04, "deg", "45.0°"), (2.5e6, "m2", "2.500 km²")],
)
def test_numbers_are_written_as_people_read_them(value: float, unit: str, text: str) -> None:
    assert number_text(value, unit) == text
