"""Prisms: closed, as large as they should be, facing outward, and grouped by the way they face."""

from __future__ import annotations

from collections.abc import Callable
from math import cos, pi, sin

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from layers.extrude import Mesh, extrude, facing_sectors, facing_sectors_parallel, sector_of
from twin.buildings import Buildings, Outlines

Raise = Callable[..., Buildings]

SQUARE = shapely.box(0, 0, 10, 10)
COURTYARD = shapely.Polygon(SQUARE.exterior, [shapely.box(3, 3, 7, 7).exterior])


def volumes(mesh: Mesh, count: int) -> np.ndarray:
    """Return each building's volume by the divergence theorem: negative where faces point inward."""
    feature = mesh.vertex_feature[mesh.faces[:, 0]]
    corner = np.zeros((count, 3))
    corner[mesh.vertex_feature] = mesh.points
    a, b, c = (mesh.points[mesh.faces].astype(float) - corner[feature][:, None]).transpose(1, 0, 2)
    return np.bincount(feature, np.einsum("ij,ij->i", a, np.cross(b, c)) / 6, minlength=count)


def edges_without_partner(mesh: Mesh) -> int:
    """Return how many edges are not met by the same edge the other way; vertices at one place count as one."""
    places = np.column_stack([mesh.vertex_feature, mesh.points.astype(float)])
    _, vertex = np.unique(places, axis=0, return_inverse=True)
    faces = vertex.reshape(-1)[mesh.faces]
    a, b, c = faces.T
    faces = faces[(a != b) & (b != c) & (c != a)]
    begin, end = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]]).T
    count = vertex.max() + 1
    return int(np.count_nonzero(np.sort(begin * count + end) != np.sort(end * count + begin)))


def normals(mesh: Mesh) -> np.ndarray:
    a, b, c = mesh.points[mesh.faces].astype(float).transpose(1, 0, 2)
    return np.cross(b - a, c - a)


def areas(buildings: Buildings) -> np.ndarray:
    outlines = buildings.outlines
    first = outlines.ring_start[outlines.part_start[outlines.feature_start]]
    after = np.arange(1, len(outlines.xy) + 1)
    after[outlines.ring_start[1:] - 1] = outlines.ring_start[:-1]
    x, y = (outlines.xy - np.repeat(outlines.xy[first[:-1]], np.diff(first), axis=0).astype(float)).T
    return np.add.reduceat(x * y[after] - y * x[after], first[:-1]) / 2


def test_every_real_building_has_the_volume_of_its_area_times_its_height(real_city: Buildings) -> None:
    mesh = extrude(real_city, is_closed=True)
    expected = areas(real_city) * real_city.height_m
    assert volumes(mesh, len(real_city)) == pytest.approx(expected, rel=1e-5, abs=1e-2)


def test_a_real_city_is_watertight(real_city: Buildings) -> None:
    assert edges_without_partner(extrude(real_city, is_closed=True)) == 0


def test_the_sample_city_is_watertight_and_of_the_right_volume(lindhaven: Buildings) -> None:
    mesh = extrude(lindhaven, is_closed=True)
    assert edges_without_partner(mesh) == 0
    assert volumes(mesh, len(lindhaven)) == pytest.approx(areas(lindhaven) * lindhaven.height_m, rel=1e-5, abs=1e-2)


def test_a_courtyard_has_walls_that_face_into_it(raise_shapes: Raise) -> None:
    mesh = extrude(raise_shapes([COURTYARD], 5.0), is_closed=True)
    assert volumes(mesh, 1) == pytest.approx([84 * 5])
    middles = mesh.points[mesh.walls].mean(axis=1)
    outward = normals(mesh)[: len(mesh.walls)]
    is_inner = np.abs(middles[:, :2] - 5).max(axis=1) < 2.1
    assert is_inner.sum() == 8
    assert (np.einsum("ij,ij->i", outward[:, :2], middles[:, :2] - 5) > 0).tolist() == (~is_inner).tolist()


def test_vertices_are_shared_by_walls_and_roof(raise_shapes: Raise) -> None:
    mesh = extrude(raise_shapes([SQUARE], 7.0))
    assert mesh.points.shape == (8, 3)
    assert len(mesh.faces) == 10
    assert mesh.points[:, 2].tolist() == [0] * 4 + [7] * 4


def test_only_what_stands_off_the_ground_has_an_underside(raise_shapes: Raise) -> None:
    shapes = [SQUARE, shapely.affinity.translate(SQUARE, 20)]
    mesh = extrude(raise_shapes(shapes, 9.0, [0.0, 4.0]))
    assert np.unique(mesh.vertex_feature[mesh.floors]).tolist() == [1]
    assert (normals(mesh)[mesh.floor_start :, 2] < 0).all()
    assert (mesh.points[mesh.floors][:, :, 2] == 4).all()
    assert volumes(extrude(raise_shapes(shapes, 9.0, [0.0, 4.0]), is_closed=True), 2) == pytest.approx([900, 500])


def test_vertices_know_their_building(raise_shapes: Raise) -> None:
    shapes = [shapely.affinity.translate(s, 20 * i) for i, s in enumerate([SQUARE, COURTYARD, SQUARE])]
    mesh = extrude(raise_shapes(shapes))
    assert (mesh.points[:, 0] // 20).astype(int).tolist() == mesh.vertex_feature.tolist()
    assert (mesh.vertex_feature[mesh.faces] == mesh.vertex_feature[mesh.faces[:, :1]]).all()


def test_no_buildings_make_an_empty_mesh() -> None:
    none, numbers = np.zeros(1, np.int32), np.empty(0, np.float32)
    outlines = Outlines(np.empty((0, 2), np.float32), none, none, none)
    mesh = extrude(Buildings((0.0, 0.0), outlines, numbers, numbers, np.empty(0, np.int32)))
    assert mesh.points.shape == (0, 3)
    assert mesh.faces.shape == (0, 3)


def test_arrays_are_of_32_bits(koto: Buildings) -> None:
    mesh = extrude(koto)
    assert mesh.points.dtype == np.float32
    assert mesh.faces.dtype == mesh.vertex_feature.dtype == np.int32


def test_walls_lie_in_the_sector_they_face(koto: Buildings) -> None:
    mesh = extrude(koto)
    east, north, _ = normals(mesh)[: len(mesh.walls)].T
    heading = np.arctan2(east, north) % (2 * np.pi)
    sector = np.repeat(np.arange(8), np.diff(mesh.sector_start))
    off = (heading - (sector + 0.5) * np.pi / 4 + np.pi) % (2 * np.pi) - np.pi
    assert np.abs(off[np.hypot(east, north) > 0.1]).max() < np.pi / 8 + 1e-3
    assert sum(map(len, mesh.walls_by_sector)) == len(mesh.walls)


@given(st.floats(0.01, 2 * pi - 0.01))
def test_sectors_count_clockwise_from_north(heading: float) -> None:
    place = heading / (pi / 4)
    if abs(place - round(place)) > 1e-6:
        assert sector_of(np.array([sin(heading)]), np.array([cos(heading)]))[0] == int(place)


@settings(max_examples=200)
@given(
    eye=st.tuples(st.floats(-300, 300), st.floats(-300, 300)),
    wall=st.tuples(st.floats(0, 100), st.floats(0, 60)),
    heading=st.floats(0, 6.28),
)
def test_a_wall_that_faces_the_eye_is_in_a_facing_sector(
    eye: tuple[float, float], wall: tuple[float, float], heading: float
) -> None:
    towards = sin(heading) * (eye[0] - wall[0]) + cos(heading) * (eye[1] - wall[1])
    if towards > 1e-6:
        sector = sector_of(np.array([sin(heading)]), np.array([cos(heading)]))[0]
        assert facing_sectors((0, 0, 100, 60), eye)[sector]


def test_a_distant_eye_sees_half_the_sectors() -> None:
    # From a heading of 22.5 degrees, the middle of sector 0, walls within 90 degrees of it face the eye: from -67.5
    # to 112.5, which is sectors 6 (its second half), 7, 0, 1 and 2 (its first half).
    far = (1e6 * sin(pi / 8), 1e6 * cos(pi / 8))
    expected = (True, True, True, False, False, False, True, True)
    assert facing_sectors((-1, -1, 1, 1), far) == expected
    assert facing_sectors_parallel((-far[0], -far[1], -0.5)) == expected


def test_a_parallel_view_straight_down_sees_no_walls() -> None:
    assert not any(facing_sectors_parallel((0.0, 0.0, -1.0)))
