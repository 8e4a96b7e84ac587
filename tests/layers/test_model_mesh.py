"""Bodies of city models as triangles: areas and volumes held against Newell's sums and plain geometry."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from layers.body_pick import BodyRays, triangle_distance
from layers.model_mesh import body_mesh, cut_surfaces
from twin.models import FINEST_BIT, Bodies, Semantics

FLOOR, WALLS, ROOF = [[0, 3, 2, 1]], [[0, 1, 5, 4], [1, 2, 6, 5], [2, 3, 7, 6], [3, 0, 4, 7]], [[4, 5, 6, 7]]


def bodies_of(rows: list[list[tuple[list[Any], int, int]]], anchor: npt.ArrayLike) -> Bodies:
    """Each row has surfaces: (rings of corners from the anchor, what it is, at which levels)."""
    surfaces = [surface for row in rows for surface in row]
    rings = [ring for given_rings, _, _ in surfaces for ring in given_rings]
    return Bodies(
        np.array([c for ring in rings for c in ring], np.float32).reshape(-1, 3),
        np.cumsum([0, *(len(ring) for ring in rings)]).astype(np.int32),
        np.cumsum([0, *(len(s[0]) for s in surfaces)]).astype(np.int32),
        np.cumsum([0, *(len(row) for row in rows)]).astype(np.int32),
        np.array([s[1] for s in surfaces], np.uint8),
        np.array([s[2] for s in surfaces], np.uint16),
        np.asarray(anchor, np.float64).reshape(-1, 3),
        np.array([1.0, 2.0], np.float32),
    )


def box(wide: float, deep: float, high: float, levels: int = 1 << FINEST_BIT) -> list[tuple[list[Any], int, int]]:
    corners = [(a * wide, b * deep, c * high) for c in (0, 1) for a, b in ((0, 0), (1, 0), (1, 1), (0, 1))]
    every = [(FLOOR, Semantics.GROUND), (WALLS, Semantics.WALL), (ROOF, Semantics.ROOF)]
    return [([[corners[i] for i in ring]], means, levels) for rings, means in every for ring in rings]


def areas(points: npt.NDArray[np.floating], faces: npt.NDArray[np.integer]) -> npt.NDArray[np.float64]:
    a, b, c = np.moveaxis(points[faces].astype(float), 1, 0)
    return np.linalg.norm(np.cross(b - a, c - a), axis=1) / 2


def volume(points: npt.NDArray[np.floating], faces: npt.NDArray[np.integer]) -> float:
    a, b, c = np.moveaxis(points[faces].astype(float), 1, 0)
    return float(np.einsum("ij,ij->i", a, np.cross(b, c)).sum() / 6)


def test_a_box_keeps_its_volume_and_faces_outward() -> None:
    mesh = body_mesh(
        bodies_of([box(10, 8, 6)], [100.0, 200.0, 30.0]), np.array([0], np.int32), FINEST_BIT, (90.0, 190.0)
    )
    assert volume(mesh.points, mesh.faces) == pytest.approx(10 * 8 * 6)
    assert mesh.points.min(axis=0).tolist() == [10.0, 10.0, 0.0]  # at the anchor, its lowest corner on the ground
    assert len(mesh.faces) == 12


def test_each_vertex_knows_its_row_and_its_surface() -> None:
    rows = [box(1, 1, 1), box(2, 2, 2)]
    mesh = body_mesh(bodies_of(rows, np.zeros((2, 3))), np.array([1, 0], np.int32), FINEST_BIT, (0.0, 0.0))
    assert np.bincount(mesh.vertex_row).tolist() == [24, 24]
    area = areas(mesh.points, mesh.faces)
    of_first = mesh.vertex_row[mesh.faces[:, 0]] == 0  # the first asked for is row 1
    roofs = mesh.vertex_means[mesh.faces[:, 0]] == Semantics.ROOF
    assert area[of_first & roofs].sum() == pytest.approx(4)
    assert area[~of_first & roofs].sum() == pytest.approx(1)


def test_only_the_level_asked_for_is_drawn() -> None:
    rows = [box(10, 10, 3, levels=1) + box(10, 10, 9, levels=1 << 1 | 1 << FINEST_BIT)]
    bodies = bodies_of(rows, [0.0, 0.0, 0.0])
    heights = [
        float(body_mesh(bodies, np.array([0], np.int32), bodies.bit_of(lod), (0.0, 0.0)).points[:, 2].max())
        for lod in ("1", "2", "", "7.7")
    ]
    assert heights == [3, 9, 9, 9]


@pytest.mark.parametrize("is_turned", [False, True])
def test_a_hole_stays_open_whichever_way_it_runs(is_turned: bool) -> None:  # noqa: FBT001
    outer = [(0, 0, 0), (10, 0, 10), (10, 10, 10), (0, 10, 0)]  # a slope of 45 degrees: 10 x 14.142
    hole = [(4, 4, 4), (4, 6, 4), (6, 6, 6), (6, 4, 6)]
    rings = [outer, hole[::-1] if is_turned else hole]
    points = np.array([c for ring in rings for c in ring], float)
    faces = cut_surfaces(points, np.array([0, 4, 8], np.int32), np.array([0, 2], np.int32))
    assert areas(points, faces).sum() == pytest.approx((100 - 4) * np.sqrt(2))


def test_a_surface_without_area_gives_no_triangles() -> None:
    line = np.array([(0, 0, 0), (5, 5, 5), (10, 10, 10), (2, 2, 2)], float)
    square = np.array([(0, 0, 0), (1, 0, 0), (1, 1, 0), (0, 1, 0)], float)
    faces = cut_surfaces(np.vstack([line, square]), np.array([0, 4, 8], np.int32), np.array([0, 1, 2], np.int32))
    assert sorted(set(faces.ravel().tolist())) == [4, 5, 6, 7]


@given(st.integers(3, 12), st.floats(0.2, 3.0), st.floats(-3, 3), st.floats(-3, 3), st.randoms(use_true_random=False))
@settings(max_examples=60)
def test_any_star_in_any_plane_keeps_its_area(corners: int, size: float, tilt: float, turn: float, random: Any) -> None:
    angle = np.linspace(0, 2 * np.pi, corners, endpoint=False)
    radius = size * np.array([random.uniform(0.3, 1.0) for _ in range(corners)])
    flat = np.column_stack([np.cos(angle) * radius, np.sin(angle) * radius, np.zeros(corners)])
    after = np.roll(flat, -1, axis=0)
    expected = float((flat[:, 0] * after[:, 1] - flat[:, 1] * after[:, 0]).sum() / 2)
    across = np.array([[1, 0, 0], [0, np.cos(tilt), -np.sin(tilt)], [0, np.sin(tilt), np.cos(tilt)]])
    around = np.array([[np.cos(turn), 0, np.sin(turn)], [0, 1, 0], [-np.sin(turn), 0, np.cos(turn)]])
    points = flat @ across.T @ around.T
    faces = cut_surfaces(points, np.array([0, corners], np.int32), np.array([0, 1], np.int32))
    assert areas(points, faces).sum() == pytest.approx(expected, abs=5e-3)  # bends of a few cm² are not cut


def test_a_ray_meets_the_roof_before_the_floor_and_tells_which_it_is() -> None:
    rays = BodyRays(bodies_of([box(10, 8, 6)], [100.0, 200.0, 30.0]))
    down, up = np.array([0.0, 0.0, -1.0]), np.array([0.0, 0.0, 1.0])
    assert rays.meets(0, "", np.array([105.0, 204.0, 20.0]), down) == (pytest.approx(14.0), Semantics.ROOF)
    assert rays.meets(0, "", np.array([105.0, 204.0, -5.0]), up) == (pytest.approx(5.0), Semantics.GROUND)
    assert rays.meets(0, "", np.array([120.0, 204.0, 20.0]), down) == (float("inf"), -1)
    assert rays.bounds.tolist() == [[100, 200, 0, 110, 208, 6]]


def test_a_triangle_beside_the_ray_is_not_met() -> None:
    corners = np.array([[(0, 0, 0), (1, 0, 0), (0, 1, 0)]], float)
    assert triangle_distance(corners, np.array([0.9, 0.9, 1.0]), np.array([0.0, 0.0, -1.0])) == (float("inf"), -1)
