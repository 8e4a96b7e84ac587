"""Boxes that stand for buildings: turned, as large and as high as these."""

from __future__ import annotations

from collections.abc import Callable
from math import cos, radians, sin

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from layers.boxes import box_mesh, fit_boxes
from layers.extrude import Mesh
from twin.buildings import Buildings

Raise = Callable[..., Buildings]


def ground_areas(mesh: Mesh) -> np.ndarray:
    return shapely.area(shapely.polygons(mesh.points.reshape(-1, 8, 3)[:, :4, :2].astype(float)))


@given(st.floats(0, 180), st.floats(2, 40), st.floats(2, 40))
def test_a_rectangle_is_its_own_box(raise_shapes: Raise, angle_deg: float, length_m: float, width_m: float) -> None:
    upright = shapely.box(0, 0, length_m, width_m)
    shape = shapely.affinity.rotate(upright, angle_deg, origin=(0, 0))
    buildings = raise_shapes([shape], 8.0)
    box = shapely.Polygon(box_mesh(fit_boxes(buildings)).points[:4, :2] + np.array(buildings.origin_local))
    assert shapely.intersection(box, shape).area == pytest.approx(length_m * width_m, rel=0.01)


def test_a_courtyard_counts_as_ground(raise_shapes: Raise) -> None:
    shape = shapely.Polygon(shapely.box(0, 0, 10, 10).exterior, [shapely.box(3, 3, 7, 7).exterior])
    assert ground_areas(box_mesh(fit_boxes(raise_shapes([shape])))) == pytest.approx([84])


def test_boxes_of_a_real_city_cover_as_much_ground_as_its_outlines(koto: Buildings) -> None:
    outlines = koto.outlines
    first = outlines.ring_start[outlines.part_start[outlines.feature_start]]
    after = np.arange(1, len(outlines.xy) + 1)
    after[outlines.ring_start[1:] - 1] = outlines.ring_start[:-1]
    x, y = (outlines.xy - np.repeat(outlines.xy[first[:-1]], np.diff(first), axis=0).astype(float)).T
    outlined = np.add.reduceat(x * y[after] - y * x[after], first[:-1]) / 2
    assert ground_areas(box_mesh(fit_boxes(koto))) == pytest.approx(outlined, rel=2e-3)


def test_boxes_of_a_real_city_lie_where_its_buildings_lie(koto: Buildings) -> None:
    # Measured: the overlap (intersection over union) is 0.93 on average; 0.9 leaves room for another rounding.
    boxes = fit_boxes(koto)
    chosen = np.arange(0, len(koto), 50)
    outlines = koto.outlines
    is_plain = (np.diff(outlines.feature_start)[chosen] == 1) & (
        np.diff(outlines.part_start)[outlines.feature_start[chosen]] == 1
    )
    chosen = chosen[is_plain]
    rings = outlines.part_start[outlines.feature_start[chosen]]
    shapes = np.array(
        [shapely.Polygon(outlines.xy[outlines.ring_start[r] : outlines.ring_start[r + 1]]) for r in rings]
    )
    stand_ins = shapely.polygons(box_mesh(boxes, rows=chosen).points.reshape(-1, 8, 3)[:, :4, :2])
    overlap = shapely.area(shapely.intersection(shapes, stand_ins)) / shapely.area(shapely.union(shapes, stand_ins))
    assert overlap.mean() > 0.9


def test_a_box_has_walls_and_a_roof_that_face_outward(raise_shapes: Raise) -> None:
    shape = shapely.affinity.rotate(shapely.box(0, 0, 20, 8), 30)
    mesh = box_mesh(fit_boxes(raise_shapes([shape], 9.0, 2.0)))
    assert mesh.points.shape == (8, 3)
    assert mesh.faces.shape == (10, 3)
    a, b, c = mesh.points[mesh.faces].astype(float).transpose(1, 0, 2)
    outward = (a + b + c) / 3 - mesh.points.mean(axis=0)
    assert (np.einsum("ij,ij->i", np.cross(b - a, c - a), outward) > 0).all()
    assert sorted(mesh.points[:, 2].tolist()) == [2] * 4 + [9] * 4


def test_box_walls_lie_in_the_sector_they_face(raise_shapes: Raise) -> None:
    shapes = [
        shapely.affinity.translate(shapely.affinity.rotate(shapely.box(0, 0, 20, 8), angle), 50 * i)
        for i, angle in enumerate((7, 30, 50, 80, 95, 140, 170))
    ]
    mesh = box_mesh(fit_boxes(raise_shapes(shapes)))
    for sector, walls in enumerate(mesh.walls_by_sector):
        a, b, c = mesh.points[walls].astype(float).transpose(1, 0, 2)
        middle = radians((sector + 0.5) * 45)
        normal = np.cross(b - a, c - a)
        towards = (normal @ (sin(middle), cos(middle), 0)) / np.linalg.norm(normal, axis=1)
        assert (towards > cos(radians(22.5)) - 1e-4).all()
    assert sum(map(len, mesh.walls_by_sector)) == 8 * len(shapes)


def test_some_rows_make_only_their_boxes(raise_shapes: Raise) -> None:
    shapes = [shapely.box(50 * i, 0, 50 * i + 10, 5) for i in range(4)]
    mesh = box_mesh(fit_boxes(raise_shapes(shapes)), rows=np.array([2, 0]))
    assert mesh.vertex_feature.tolist() == [2] * 8 + [0] * 8
    assert (mesh.points[:, 0] // 50).astype(int).tolist() == mesh.vertex_feature.tolist()
