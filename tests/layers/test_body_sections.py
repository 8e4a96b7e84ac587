"""Sections of bodies with roofs: areas known from the drawing of the house."""

from __future__ import annotations

from math import cos, radians, sin

import numpy as np
import numpy.typing as npt
import pytest

from layers.body_sections import body_section
from twin.models import FINEST_BIT, Bodies

WIDTH_M, LENGTH_M, EAVES_M, RIDGE_M = 8.0, 12.0, 3.0, 5.0
"""A gabled house; the ridge runs north."""


def gabled_house(anchor: tuple[float, float, float] = (100.0, 200.0, 40.0)) -> Bodies:
    w, n, e, r = WIDTH_M, LENGTH_M, EAVES_M, RIDGE_M
    faces = [
        [(0, 0, 0), (0, n, 0), (w, n, 0), (w, 0, 0)],
        [(0, 0, 0), (w, 0, 0), (w, 0, e), (w / 2, 0, r), (0, 0, e)],
        [(w, n, 0), (0, n, 0), (0, n, e), (w / 2, n, r), (w, n, e)],
        [(0, n, 0), (0, 0, 0), (0, 0, e), (0, n, e)],
        [(w, 0, 0), (w, n, 0), (w, n, e), (w, 0, e)],
        [(0, 0, e), (w / 2, 0, r), (w / 2, n, r), (0, n, e)],
        [(w, 0, e), (w, n, e), (w / 2, n, r), (w / 2, 0, r)],
    ]
    sizes = [len(face) for face in faces]
    rings = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int32)
    count = len(faces)
    return Bodies(
        np.array([corner for face in faces for corner in face], np.float32), rings,
        np.arange(count + 1, dtype=np.int32), np.array([0, count], np.int32), np.zeros(count, np.uint8),
        np.full(count, 1 << FINEST_BIT, np.uint16), np.array([anchor]), np.array([2.0], np.float32),
    )  # fmt: skip


def plane_at(x: float, y: float, heading_deg: float) -> npt.NDArray[np.float64]:
    return np.array([x, y, 0.0, sin(radians(heading_deg)), cos(radians(heading_deg)), 0.0])


def area_of(points: npt.NDArray[np.float32], faces: npt.NDArray[np.int32]) -> float:
    corners = points[faces].astype(float)
    doubled = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    return float(np.linalg.norm(doubled, axis=1).sum() / 2)


def test_a_cut_across_the_ridge_has_the_gable() -> None:
    points, faces, rows = body_section(gabled_house(), FINEST_BIT, plane_at(104.0, 205.0, 0.0), np.array([0]), None)
    # the rectangle up to the eaves and the triangle over it
    assert area_of(points, faces) == pytest.approx(WIDTH_M * EAVES_M + WIDTH_M * (RIDGE_M - EAVES_M) / 2, abs=0.01)
    assert points[:, 2].max() == pytest.approx(RIDGE_M, abs=0.01)
    assert set(rows.tolist()) == {0}


def test_a_cut_along_the_house_is_as_high_as_its_roof_there() -> None:
    points, faces, _ = body_section(gabled_house(), FINEST_BIT, plane_at(102.0, 205.0, 90.0), np.array([0]), None)
    # half way from the eaves to the ridge
    assert area_of(points, faces) == pytest.approx(LENGTH_M * (EAVES_M + RIDGE_M) / 2, abs=0.01)


def test_a_section_stands_where_the_house_stands() -> None:
    foot_m = np.array([17.0], np.float32)
    points, _, _ = body_section(gabled_house(), FINEST_BIT, plane_at(104.0, 205.0, 0.0), np.array([0]), foot_m)
    assert points[:, 2].min() == pytest.approx(17.0, abs=0.01)


def test_another_level_of_detail_has_no_section() -> None:
    points, faces, _ = body_section(gabled_house(), 3, plane_at(104.0, 205.0, 0.0), np.array([0]), None)
    assert len(points) == len(faces) == 0
