"""The decoder against shapely: every polygon it reads is the polygon that GEOS reads."""

from __future__ import annotations

import struct

import numpy as np
import pyarrow as pa
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from data.outlines import Areas, Fault, areas_from_wkb, joined, taken
from data.raw_rings import RowState
from data.wkb import kinds, raw_rings
from twin.buildings import Outlines


def column(geometries: list[object], **options: object) -> pa.Array:
    return pa.array([None if g is None else shapely.to_wkb(g, **options) for g in geometries], pa.binary())


def back(outlines: Outlines) -> list[shapely.Geometry]:
    """Outlines to shapely by plain Python, the slow and obvious way."""
    shapes = []
    for feature in range(len(outlines)):
        parts = []
        for part in range(outlines.feature_start[feature], outlines.feature_start[feature + 1]):
            rings = [
                outlines.xy[outlines.ring_start[ring] : outlines.ring_start[ring + 1]]
                for ring in range(outlines.part_start[part], outlines.part_start[part + 1])
            ]
            parts.append(shapely.Polygon(rings[0], rings[1:]))
        shapes.append(shapely.MultiPolygon(parts))
    return shapes


def signed_area(ring: np.ndarray) -> float:
    x, y = (ring - ring[0]).T
    return float(np.sum(x * np.roll(y, -1) - np.roll(x, -1) * y) / 2)


@st.composite
def polygons(draw: st.DrawFn) -> shapely.Polygon:
    """Polygons seen round from a centre (hence valid), some with a hole, in either direction, some with Z."""
    corners = draw(st.integers(3, 24))
    random = np.random.default_rng(draw(st.integers(0, 2**31)))
    centre = np.array([draw(st.floats(-1e6, 1e6)), draw(st.floats(-1e6, 1e6))])
    angle = 2 * np.pi * np.arange(corners) / corners
    ring = centre + np.column_stack([np.cos(angle), np.sin(angle)]) * random.uniform(5, 10, (corners, 1))
    ring = ring[:: draw(st.sampled_from([1, -1]))]
    holes = [centre + (ring - centre) * 0.3] if draw(st.booleans()) else []
    polygon = shapely.Polygon(ring, holes)
    return shapely.force_3d(polygon, 7.0) if draw(st.booleans()) else polygon


geometries = st.one_of(
    polygons(),
    st.lists(polygons(), min_size=1, max_size=4).map(
        lambda parts: shapely.MultiPolygon([shapely.affinity.translate(p, 100 * i) for i, p in enumerate(parts)])
    ),
    st.none(),
)


@given(st.lists(geometries, max_size=12), st.sampled_from([0, 1]), st.sampled_from(["iso", "extended"]))
def test_every_polygon_is_the_one_that_geos_reads(shapes: list[object], byte_order: int, flavor: str) -> None:
    wkb = column(shapes, byte_order=byte_order, flavor=flavor)
    areas = areas_from_wkb(wkb)
    expected = [(row, shape) for row, shape in enumerate(shapes) if shape is not None and shapely.is_valid(shape)]
    found = {int(row): shape for row, shape in zip(areas.row, back(areas.outlines), strict=True)}
    for row, shape in expected:
        assert shapely.equals(found[row], shapely.force_2d(shape))
    assert list(areas.faults[Fault.NO_GEOMETRY]) == [r for r, s in enumerate(shapes) if s is None]


@given(st.lists(polygons(), min_size=1, max_size=8))
def test_outer_rings_are_counter_clockwise_and_holes_clockwise(shapes: list[object]) -> None:
    outlines = areas_from_wkb(column(shapes)).outlines
    for part, first in enumerate(outlines.part_start[:-1]):
        for ring in range(first, outlines.part_start[part + 1]):
            xy = outlines.xy[outlines.ring_start[ring] : outlines.ring_start[ring + 1]]
            assert (signed_area(xy) > 0) == (ring == first)
            assert not np.array_equal(xy[0], xy[-1])


@given(st.lists(geometries, min_size=2, max_size=10), st.integers(1, 9))
def test_slices_decoded_apart_and_joined_equal_the_whole(shapes: list[object], cut: int) -> None:
    wkb = column(shapes)
    whole = areas_from_wkb(wkb)
    parts = joined([areas_from_wkb(wkb.slice(0, cut)), areas_from_wkb(wkb.slice(cut), first_row=min(cut, len(wkb)))])
    assert np.array_equal(whole.outlines.xy, parts.outlines.xy)
    assert np.array_equal(whole.outlines.feature_start, parts.outlines.feature_start)
    assert np.array_equal(whole.row, parts.row)


@pytest.mark.parametrize("code", [1003, 2003, 3003, 0x80000003, 0x40000003, 0xC0000003])
def test_measured_and_spatial_codes_give_the_same_square(code: int) -> None:
    width = {1003: 3, 2003: 3, 3003: 4, 0x80000003: 3, 0x40000003: 3, 0xC0000003: 4}[code]
    corners = [(0, 0), (2, 0), (2, 2), (0, 2), (0, 0)]
    body = b"".join(struct.pack(f"<{width}d", *c, *[9.0] * (width - 2)) for c in corners)
    wkb = struct.pack("<BIII", 1, code, 1, 5) + body
    outlines = areas_from_wkb(pa.array([wkb], pa.binary())).outlines
    assert back(outlines)[0].equals(shapely.box(0, 0, 2, 2))


def test_a_ring_left_open_is_closed() -> None:
    wkb = struct.pack("<BIII6d", 1, 3, 1, 3, 0, 0, 4, 0, 4, 4)
    assert back(areas_from_wkb(pa.array([wkb], pa.binary())).outlines)[0].area == pytest.approx(8)


def test_repeated_vertices_are_left_out() -> None:
    shape = shapely.Polygon([(0, 0), (0, 0), (4, 0), (4, 0), (4, 4), (0, 4), (0, 0), (0, 0)])
    assert len(areas_from_wkb(column([shape])).outlines.xy) == 4


def test_one_bad_row_never_costs_the_others() -> None:
    bow_tie = shapely.Polygon([(0, 0), (4, 4), (4, 0), (0, 4)])
    line = shapely.Polygon([(0, 0), (1, 0), (2, 0)])
    nan = struct.pack("<BIII6d", 1, 3, 1, 3, 0, 0, np.nan, 0, 4, 4)
    far = shapely.to_wkb(shapely.box(1e12, 0, 1e12 + 5, 5))
    box = shapely.to_wkb(shapely.box(0, 0, 1, 1))
    rows = [box, None, shapely.to_wkb(shapely.Point(1, 1)), nan, far, box[:20], shapely.to_wkb(line)]
    rows += [shapely.to_wkb(bow_tie), shapely.to_wkb(shapely.Polygon()), b"", box]
    areas = areas_from_wkb(pa.array(rows, pa.binary()))
    assert sorted(areas.row) == [0, 7, 10]
    faults = {Fault(f).name: list(rows) for f, rows in enumerate(areas.faults) if len(rows)}
    assert faults == {
        "NO_GEOMETRY": [1],
        "NO_AREA": [2],
        "BEYOND": [3, 4],
        "UNREADABLE": [5, 9],
        "COLLAPSED": [6],
        "REPAIRED": [7],
        "EMPTY": [8],
    }


def test_a_bow_tie_becomes_its_two_triangles() -> None:
    """The two triangles of a 4 by 4 bow tie have base 4 and height 2: area 8 together."""
    areas = areas_from_wkb(column([shapely.Polygon([(0, 0), (4, 4), (4, 0), (0, 4)])]))
    assert sum(shape.area for shape in back(areas.outlines)) == pytest.approx(8)


def test_a_hole_without_area_is_dropped_and_the_polygon_stays() -> None:
    shape = shapely.Polygon([(0, 0), (9, 0), (9, 9), (0, 9)], [[(1, 1), (2, 2), (3, 3)]])
    areas = areas_from_wkb(column([shape]))
    assert back(areas.outlines)[0].area == pytest.approx(81)
    assert list(areas.faults[Fault.TRIMMED]) == [0]


def test_overlapping_parts_are_united() -> None:
    """Two 4 by 4 squares overlapping by 2 by 4: area 16 + 16 - 8 = 24."""
    shape = shapely.MultiPolygon([shapely.box(0, 0, 4, 4), shapely.box(2, 0, 6, 4)])
    areas = areas_from_wkb(column([shape]))
    assert back(areas.outlines)[0].area == pytest.approx(24)


def test_a_collection_gives_its_polygons() -> None:
    inner = shapely.GeometryCollection([shapely.box(5, 5, 6, 6), shapely.Point(0, 0)])
    shape = shapely.GeometryCollection([shapely.box(0, 0, 1, 1), shapely.LineString([(0, 0), (1, 1)]), inner])
    assert back(areas_from_wkb(column([shape])).outlines)[0].area == pytest.approx(2)


def test_a_polygon_of_very_many_holes_is_read() -> None:
    """300 holes of 1 by 1 in a square of 1,000 by 1,000; more rings than are walked."""
    holes = [shapely.box(3 * i + 1, 1, 3 * i + 2, 2).exterior for i in range(300)]
    areas = areas_from_wkb(
        column([shapely.box(0, 0, 1, 1), shapely.Polygon(shapely.box(0, 0, 1000, 1000).exterior, holes)])
    )
    assert back(areas.outlines)[1].area == pytest.approx(1_000_000 - 300)


def test_a_multipolygon_whose_parts_differ_in_byte_order_is_read() -> None:
    little, big = (shapely.to_wkb(shapely.box(x, 0, x + 1, 1), byte_order=o) for x, o in ((0, 1), (5, 0)))
    wkb = struct.pack("<BII", 1, 6, 2) + little + big
    assert back(areas_from_wkb(pa.array([wkb], pa.binary())).outlines)[0].area == pytest.approx(2)


def test_large_binary_and_offset_slices_are_read() -> None:
    wkb = column([shapely.box(i, 0, i + 1, 1) for i in range(5)]).cast(pa.large_binary()).slice(2, 2)
    areas = areas_from_wkb(wkb, first_row=2)
    assert list(areas.row) == [2, 3]
    assert areas.outlines.xy[:, 0].min() == 2


def test_kinds_are_read_from_the_codes() -> None:
    wkb = column([shapely.Point(0, 0), shapely.box(0, 0, 1, 1), None, shapely.MultiPolygon([shapely.box(0, 0, 1, 1)])])
    assert list(kinds(wkb)) == [1, 3, 0, 6]


def test_raw_rings_of_nothing_are_nothing() -> None:
    rings = raw_rings(pa.array([], pa.binary()))
    assert len(rings.ring_row) == 0
    rings = raw_rings(pa.array([None, None], pa.binary()))
    assert list(rings.state) == [RowState.NULL, RowState.NULL]


def test_taken_features_keep_their_rings() -> None:
    shapes = [shapely.box(0, 0, 9, 9).difference(shapely.box(3, 3, 4, 4)), shapely.box(20, 0, 21, 1)]
    areas: Areas = areas_from_wkb(column(shapes))
    again = back(taken(areas.outlines, np.array([1, 0])))
    assert [s.area for s in again] == pytest.approx([1, 80])


@given(st.lists(polygons(), min_size=1, max_size=3), st.data())
def test_damaged_bytes_cost_their_own_row_only(shapes: list[object], data: st.DataObject) -> None:
    good = shapely.to_wkb(shapely.box(0, 0, 3, 3))
    broken = bytearray(shapely.to_wkb(shapely.MultiPolygon(shapes)))
    for _ in range(data.draw(st.integers(1, 6))):
        broken[data.draw(st.integers(0, min(len(broken) - 1, 60)))] = data.draw(st.integers(0, 255))
    broken = broken[: data.draw(st.integers(0, len(broken)))]
    areas = areas_from_wkb(pa.array([good, bytes(broken), good], pa.binary()))
    assert {0, 2} <= set(areas.row)
    found = dict(zip(areas.row, back(areas.outlines), strict=True))
    assert found[0].area == found[2].area == 9
    assert sum(len(rows) for f, rows in enumerate(areas.faults) if f <= Fault.BEYOND_REPAIR) == 3 - len(found)


@given(st.binary(max_size=200))
def test_any_bytes_are_survived(noise: bytes) -> None:
    areas_from_wkb(pa.array([noise, None, noise[:9]], pa.binary()))
