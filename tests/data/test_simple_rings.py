"""The cheap proofs never call a ring sound that GEOS calls broken."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from data.simple_rings import CORNERS_PAIRED, crosses_itself, measure

grid = st.tuples(st.integers(0, 6), st.integers(0, 6))
"""Few places, so that corners, edges and collinear runs often meet."""
wild = st.tuples(st.floats(-100, 100), st.floats(-100, 100))


def without_repeats(corners: list[tuple[float, float]]) -> np.ndarray:
    ring = [c for i, c in enumerate(corners) if c != corners[i - 1]]
    return np.array(ring, float).reshape(-1, 2)


@given(st.lists(st.one_of(grid, wild), min_size=3, max_size=12))
def test_a_ring_that_is_proved_simple_is_valid(corners: list[tuple[float, float]]) -> None:
    ring = without_repeats(corners)
    if len(ring) < 3:
        return
    start = np.array([0, len(ring)])
    known = measure(ring, start)
    is_proved = bool(known.is_star[0]) or not crosses_itself(ring, start, np.array([0]))[0]
    if is_proved and not known.is_collapsed[0]:
        assert shapely.is_valid(shapely.Polygon(ring))


@given(st.lists(grid, min_size=3, max_size=8))
def test_area_and_direction_are_those_of_shapely(corners: list[tuple[float, float]]) -> None:
    ring = without_repeats(corners)
    if len(ring) < 3:
        return
    known = measure(ring, np.array([0, len(ring)]))
    closed = np.vstack([ring, ring[:1]])
    expected = np.sum(closed[:-1, 0] * closed[1:, 1] - closed[1:, 0] * closed[:-1, 1]) / 2
    assert known.area[0] == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize(
    ("corners", "is_star", "may_cross"),
    [
        ([(0, 0), (4, 0), (4, 4), (0, 4)], True, False),
        ([(0, 0), (0, 4), (4, 4), (4, 0)], True, False),
        ([(0, 0), (9, 0), (9, 9), (8, 9), (8, 1), (0, 1)], False, False),
        ([(0, 0), (4, 4), (4, 0), (0, 4)], False, True),
        ([(0, 0), (4, 0), (8, 0), (4, 0), (4, 4)], False, True),
    ],
    ids=["square", "square, clockwise", "slender L", "bow tie", "spike"],
)
def test_known_rings(corners: list[tuple[float, float]], is_star: bool, may_cross: bool) -> None:  # noqa: FBT001
    ring = np.array(corners, float)
    start = np.array([0, len(ring)])
    assert measure(ring, start).is_star[0] == is_star
    assert crosses_itself(ring, start, np.array([0]))[0] == may_cross


def test_a_pentagram_turns_one_way_and_is_still_not_simple() -> None:
    """Its corners all turn left, but it goes round its centre twice."""
    angle = np.pi / 2 + 4 * np.pi * np.arange(5) / 5
    ring = np.column_stack([np.cos(angle), np.sin(angle)])
    start = np.array([0, 5])
    assert not measure(ring, start).is_star[0]
    assert crosses_itself(ring, start, np.array([0]))[0]


def test_collapsed_rings_are_known_at_any_size_and_place() -> None:
    line = np.array([(0, 0), (1, 1), (2, 2)], float)
    thin = np.array([(0, 0), (10, 0), (10, 1e-3)], float)
    for scale, offset in ((1, 0), (1e-6, 4.9), (1, 1e6)):
        both = np.vstack([line * scale + offset, thin * scale + offset])
        assert list(measure(both, np.array([0, 3, 6])).is_collapsed) == [True, False]


def test_rings_too_long_to_pair_are_left_to_a_closer_look() -> None:
    ring = np.random.default_rng(3).uniform(size=(CORNERS_PAIRED + 1, 2))
    assert crosses_itself(ring, np.array([0, len(ring)]), np.array([0]))[0]


def test_nothing_measures_nothing() -> None:
    assert len(measure(np.zeros((0, 2)), np.array([0])).area) == 0
