"""Pins stand where comments are, close ones as one with a count, and a click finds what it shows."""

from __future__ import annotations

import numpy as np

from layers.pins import CHOSEN, KINDS, Pins, draw_pins, pin_at, placed_pins
from twin.session import Camera

CAMERA = Camera((0.0, 0.0, 0.0), 1000.0, 0.0, 0.0, is_parallel=True)
"""Straight down; with 35 degrees the picture is 2 * 1000 * tan(17.5 degrees) = 630.6 m high: 720 px."""
SIZE = (1280, 720)
PX_A_METRE = 720 / (2 * 1000 * np.tan(np.radians(17.5)))


def pins(*places: tuple[float, float], kind: str = "idea") -> Pins:
    points = np.array([(x, y, 0.0) for x, y in places])
    return Pins(points, tuple(f"c{i}" for i in range(len(places))), (kind,) * len(places))


def test_a_pin_stands_on_its_place() -> None:
    (pin,) = placed_pins(pins((100.0, 50.0)), CAMERA, SIZE)
    assert np.allclose((pin.x_px, pin.y_px), (640 + 100 * PX_A_METRE, 360 - 50 * PX_A_METRE), atol=0.6)


def test_pins_that_would_cover_each_other_are_one_with_a_count() -> None:
    placed = placed_pins(pins((0, 0), (5, 0), (0, 5), (200, 0)), CAMERA, SIZE)
    assert sorted(len(p.ids) for p in placed) == [1, 3]


def test_no_comment_is_lost_and_no_two_pins_stand_too_near() -> None:
    random = np.random.default_rng(1)
    many = pins(*random.uniform(-300, 300, (3000, 2)).tolist())
    placed = placed_pins(many, CAMERA, (1280, 1280))
    inside = np.abs(many.points_local[:, :2] * 1280 / 630.6).max(axis=1) < 640
    assert sum(len(p.ids) for p in placed) >= inside.sum()
    assert len({i for p in placed for i in p.ids}) == sum(len(p.ids) for p in placed)
    assert len(placed) < 1500


def test_the_chosen_comment_stands_by_itself_on_top() -> None:
    placed = placed_pins(pins((0, 0), (1, 0), (2, 0)), CAMERA, SIZE, chosen="c1")
    assert [p.ids for p in placed] == [("c0", "c2"), ("c1",)]
    drawn = draw_pins(np.zeros((720, 1280, 3), np.uint8), placed)
    assert (drawn == CHOSEN).all(axis=2).any()


def test_a_click_on_a_pin_finds_its_comments_and_beside_it_nothing() -> None:
    placed = placed_pins(pins((0, 0)), CAMERA, SIZE)
    found = pin_at(placed, 640, 360 - 20)
    assert found is not None
    assert found.ids == ("c0",)
    assert pin_at(placed, 640 + 40, 340) is None
    assert pin_at(placed, 640, 365) is None


def test_a_pin_is_drawn_in_the_colour_of_its_kind_and_the_picture_given_stays() -> None:
    plain = np.full((720, 1280, 3), 90, np.uint8)
    drawn = draw_pins(plain, placed_pins(pins((0, 0), kind="worry"), CAMERA, SIZE))
    assert (drawn == KINDS["worry"]).all(axis=2).sum() > 200
    assert (plain == 90).all()


def test_a_comment_behind_the_eye_has_no_pin() -> None:
    camera = Camera((0.0, 0.0, 0.0), 100.0, 0.0, np.pi / 2)
    assert placed_pins(pins((0.0, -500.0)), camera, SIZE) == ()
