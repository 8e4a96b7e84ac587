"""Roofs: every way of cutting covers the outline, whole and nothing but it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from layers.triangulate import Roofs, triangulate
from twin.buildings import Buildings, Outlines

Raise = Callable[..., Buildings]

SQUARE = shapely.box(0, 0, 10, 10)
DART = shapely.Polygon([(0, 0), (10, 0), (2, 2), (0, 10)])
"""A quadrilateral with an inward corner at (2, 2); its area is 20."""
COURTYARD = shapely.Polygon(SQUARE.exterior, [shapely.box(3, 3, 7, 7).exterior])
COMB = shapely.union_all([shapely.box(0, 0, 22, 2), *(shapely.box(x, 0, x + 2, 8) for x in range(0, 22, 4))]).simplify(
    0
)
"""A back of 22 by 2 and six teeth of 2 by 6: no fan covers it; its area is 44 + 72."""


def doubled_areas(outlines: Outlines, faces: np.ndarray) -> np.ndarray:
    a, b, c = outlines.xy[faces].astype(float).transpose(1, 0, 2)
    return (b - a)[:, 0] * (c - a)[:, 1] - (b - a)[:, 1] * (c - a)[:, 0]


def areas_of_roofs(outlines: Outlines, roofs: Roofs) -> np.ndarray:
    first = outlines.ring_start[outlines.part_start[outlines.feature_start]]
    feature = np.searchsorted(first, roofs.faces[:, 0], side="right") - 1
    return np.bincount(feature, np.abs(doubled_areas(outlines, roofs.faces)) / 2, minlength=len(outlines))


@pytest.mark.parametrize(
    ("shape", "area", "triangles"),
    [
        (SQUARE, 100, 2),
        (DART, 20, 2),
        (COURTYARD, 84, 8),  # 8 vertices and a hole: 8 - 2 + 2
        (COMB, 116, 22),  # 24 corners
        (shapely.MultiPolygon([shapely.box(0, 0, 1, 1), shapely.box(5, 5, 7, 7)]), 5, 4),
    ],
    ids=["square", "dart", "courtyard", "comb", "two parts"],
)
def test_a_roof_covers_its_outline(raise_shapes: Raise, shape: shapely.Geometry, area: float, triangles: int) -> None:
    outlines = raise_shapes([shape]).outlines
    roofs = triangulate(outlines)
    assert areas_of_roofs(outlines, roofs) == pytest.approx([area])
    assert len(roofs.faces) == triangles
    assert (doubled_areas(outlines, roofs.faces) > 0).all()


def test_a_hole_stays_open(raise_shapes: Raise) -> None:
    outlines = raise_shapes([COURTYARD]).outlines
    triangles = shapely.polygons(outlines.xy[triangulate(outlines).faces])
    assert not shapely.contains(triangles, shapely.Point(5, 5)).any()


def test_vertices_on_a_straight_wall_are_used_too(raise_shapes: Raise) -> None:
    around = shapely.segmentize(SQUARE.exterior, 2.5)
    for shape in (shapely.Polygon(around), shapely.Polygon(around, COURTYARD.interiors), shapely.segmentize(COMB, 1.5)):
        outlines = raise_shapes([shape]).outlines
        faces = triangulate(outlines).faces
        assert len(np.unique(faces)) == len(outlines.xy)
        assert len(faces) == len(outlines.xy) - 2 + 2 * len(shape.interiors)


def test_an_outline_that_crosses_itself_is_reported_and_costs_no_other(raise_shapes: Raise) -> None:
    pentagram = shapely.Polygon([(np.sin(a), np.cos(a)) for a in np.arange(5) * -0.8 * np.pi])
    outlines = raise_shapes([SQUARE, pentagram, shapely.affinity.translate(COMB, 30)]).outlines
    roofs = triangulate(outlines)
    assert roofs.odd.tolist() == [1]
    assert areas_of_roofs(outlines, roofs)[[0, 2]] == pytest.approx([100, 116])


def test_nothing_makes_no_roof() -> None:
    none = np.zeros(1, np.int32)
    roofs = triangulate(Outlines(np.empty((0, 2), np.float32), none, none, none))
    assert roofs.faces.shape == (0, 3)


def test_faces_are_of_32_bits(raise_shapes: Raise) -> None:
    assert triangulate(raise_shapes([SQUARE, COURTYARD, COMB]).outlines).faces.dtype == np.int32


def test_roofs_of_a_real_city_have_the_areas_of_their_outlines(real_city: Buildings) -> None:
    outlines = real_city.outlines
    roofs = triangulate(outlines)
    first = outlines.ring_start[outlines.part_start[outlines.feature_start]]
    after = np.arange(1, len(outlines.xy) + 1)
    after[outlines.ring_start[1:] - 1] = outlines.ring_start[:-1]
    corner = np.repeat(outlines.xy[first[:-1]], np.diff(first), axis=0).astype(float)
    x, y = (outlines.xy - corner).T
    outlined = np.add.reduceat(x * y[after] - y * x[after], first[:-1]) / 2
    assert len(roofs.odd) == 0
    assert areas_of_roofs(outlines, roofs) == pytest.approx(outlined, rel=1e-4, abs=1e-2)


@st.composite
def stars(draw: st.DrawFn) -> shapely.Polygon:
    """A ring whose corners go round a middle once: simple, mostly concave, with or without a hole."""
    count = draw(st.integers(4, 14))
    radii = np.array(draw(st.lists(st.floats(3, 30), min_size=count, max_size=count)))
    angles = (np.arange(count) + 0.5) * 2 * np.pi / count
    ring = np.column_stack([np.cos(angles), np.sin(angles)]) * radii[:, None]
    return shapely.Polygon(ring, [ring * 0.4] if draw(st.booleans()) else [])


@settings(max_examples=60)
@given(st.lists(stars(), min_size=1, max_size=6), st.sampled_from([np.float32, np.float64]))
def test_any_star_is_covered(raise_shapes: Raise, shapes: list[shapely.Polygon], dtype: type) -> None:
    outlines = raise_shapes([shapely.affinity.translate(s, 100 * i) for i, s in enumerate(shapes)]).outlines
    outlines = Outlines(outlines.xy.astype(dtype), outlines.ring_start, outlines.part_start, outlines.feature_start)
    roofs = triangulate(outlines)
    assert len(roofs.odd) == 0
    assert areas_of_roofs(outlines, roofs) == pytest.approx(shapely.area(np.array(shapes)), rel=1e-3)
    assert len(roofs.faces) == len(outlines.xy) + sum(2 * len(s.interiors) - 2 for s in shapes)
