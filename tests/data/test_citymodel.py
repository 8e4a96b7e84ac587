"""City models between their files and the map: columns, coordinate order, what an object covers."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from data.citymodel import Columns, Faces, Gathered
from data.model_crs import metres_of_z, says_north_first, stated_crs, with_east_first
from data.model_footprints import footprints
from twin.models import CityModel, Semantics
from twin.report import Report

SQUARE = np.array([[0, 0, 1], [10, 0, 1], [10, 10, 1], [0, 10, 1]], float)


def gathered() -> Gathered:
    return Gathered(Report())


def add_ring(
    model: Gathered, geometry: int, xyz: np.ndarray[tuple[int, int], np.dtype[np.float64]], means: Semantics
) -> None:
    first = model.add_vertices(np.array(xyz, float))
    count = len(xyz)
    model.faces.append(
        Faces(
            np.arange(first, first + count, dtype=np.int32),
            np.array([0, count], np.int32),
            np.array([0, 1], np.int32),
            np.array([means], np.uint8),
            np.array([geometry], np.int32),
        )
    )


def building(*rings: tuple[np.ndarray[tuple[int, int], np.dtype[np.float64]], Semantics], lod: float = 2) -> CityModel:
    model = gathered()
    number = model.add_object("a", "Building", "", {})
    geometry = model.add_geometry(number, lod, is_solid=False)
    for xyz, means in rings:
        add_ring(model, geometry, xyz, means)
    return model.model("EPSG:28992")


def test_columns_that_begin_late_or_end_early_are_filled() -> None:
    columns = Columns()
    for attributes in ({"a": 1}, {"b": "x"}, {}, {"a": 2.5}):
        columns.add(attributes)
    table = columns.table({"id": ["1", "2", "3", "4"]})
    assert table.arrow.to_pydict() == {
        "id": ["1", "2", "3", "4"],
        "a": [1.0, None, None, 2.5],
        "b": [None, "x", None, None],
    }


def test_an_attribute_named_as_a_column_of_ours_stays() -> None:
    columns = Columns()
    columns.add({"id": "own"})
    assert columns.table({"id": ["file's"]}).arrow.to_pydict() == {"id": ["file's"], "id_": ["own"]}


def test_whole_numbers_too_large_for_a_column_stay_as_text() -> None:
    columns = Columns()
    columns.add({"n": 2**70})
    assert columns.table({}).arrow.to_pydict() == {"n": [str(2**70)]}


def test_the_ground_tells_what_a_building_covers_and_the_roof_how_high_it_is() -> None:
    """The roof sticks out by 2 m; an aerial above it is neither roof nor ground."""
    roof = SQUARE * [1.2, 1.2, 1] + [-1, -1, 6]
    aerial = np.array([[5, 5, 7], [5.1, 5, 7], [5.1, 5, 30.0]])
    model = building((SQUARE, Semantics.GROUND), (roof, Semantics.ROOF), (aerial, Semantics.OTHER))
    found = footprints(model, "Building", Report())
    assert shapely.area(found.shapes) == pytest.approx([100.0])
    assert (found.roof_z.tolist(), found.ground_z.tolist()) == ([7.0], [1.0])


def test_without_ground_the_roofs_are_seen_from_above_and_put_together() -> None:
    """Two halves of a gable roof, each 5 m x 10 m on the map."""
    left = np.array([[0, 0, 5], [5, 0, 8], [5, 10, 8], [0, 10, 5.0]])
    right = np.array([[5, 0, 8], [10, 0, 5], [10, 10, 5], [5, 10, 8.0]])
    wall = np.array([[0, 0, 1], [0, 10, 1], [0, 10, 5], [0, 0, 5.0]])
    model = building((left, Semantics.ROOF), (right, Semantics.ROOF), (wall, Semantics.WALL))
    found = footprints(model, "Building", Report())
    assert shapely.area(found.shapes) == pytest.approx([100.0])
    assert shapely.get_num_geometries(found.shapes).tolist() == [1]
    assert (found.roof_z.tolist(), found.ground_z.tolist()) == ([8.0], [1.0])


def test_walls_alone_cover_nothing() -> None:
    wall = np.array([[0, 0, 1], [0, 10, 1], [0, 10, 5], [0, 0, 5.0]])
    found = footprints(building((wall, Semantics.WALL)), "Building", Report())
    assert found.shapes.tolist() == [None]


def test_a_footprint_of_lod_0_gives_way_to_a_solid() -> None:
    model = gathered()
    number = model.add_object("a", "Building", "", {})
    part = model.add_object("p", "BuildingPart", "a", {})
    add_ring(model, model.add_geometry(number, 0, is_solid=False), SQUARE * 2, Semantics.UNSTATED)
    add_ring(model, model.add_geometry(part, 2.2, is_solid=False), SQUARE, Semantics.GROUND)
    found = footprints(model.model(None), "Building", Report())
    assert shapely.area(found.shapes) == pytest.approx([100.0])
    assert found.lod.tolist() == pytest.approx([2.2], rel=1e-6)
    assert found.parts.tolist() == [1]


def test_parts_that_claim_to_be_each_others_parts_do_not_hang() -> None:
    model = gathered()
    model.add_object("a", "Building", "", {})
    model.add_object("p", "BuildingPart", "q", {})
    model.add_object("q", "BuildingPart", "p", {})
    assert footprints(model.model(None), "Building", Report()).parts.tolist() == [0]


def test_a_surface_loses_its_rings_of_two_corners_and_goes_with_its_outer_one() -> None:
    model = gathered()
    geometry = model.add_geometry(model.add_object("a", "Building", "", {}), 2, is_solid=False)
    first = model.add_vertices(np.vstack([SQUARE, SQUARE]))
    corner = np.array([0, 1, 0, 1, 2, 3, 4, 5], np.int32) + first
    model.faces.append(
        Faces(
            corner,
            np.array([0, 2, 6, 8], np.int32),
            np.array([0, 1, 3], np.int32),
            np.array([Semantics.WALL, Semantics.ROOF], np.uint8),
            np.array([geometry, geometry], np.int32),
        )
    )
    surfaces = model.model(None).surfaces
    assert surfaces.semantics.tolist() == [Semantics.ROOF]
    assert surfaces.corner.tolist() == [0, 1, 2, 3]
    assert (surfaces.ring_start.tolist(), surfaces.surface_start.tolist()) == ([0, 4], [0, 1])


# coordinate reference systems


def test_a_crs_has_an_order_and_a_unit_of_its_own() -> None:
    """source: EPSG registry; 6360 is NAVD88 height in US survey feet, 1200/3937 m."""
    assert all(says_north_first(f"EPSG:{code}") for code in (6697, 4326, 31467))
    assert not any(says_north_first(f"EPSG:{code}") for code in (25833, 7415, 28992))
    assert metres_of_z("EPSG:7415") == 1.0
    assert metres_of_z("EPSG:2263+6360") == pytest.approx(1200 / 3937)


def test_heights_in_feet_become_metres() -> None:
    model = gathered()
    geometry = model.add_geometry(model.add_object("a", "Building", "", {}), 1, is_solid=False)
    add_ring(model, geometry, SQUARE * [1, 1, 100] + [987_000, 200_000, 0], Semantics.ROOF)
    turned = with_east_first(model.model("EPSG:2263+6360"), Report(), is_by_rule=True)
    assert turned.surfaces.xyz[:, 2].tolist() == pytest.approx([100 * 1200 / 3937] * 4)


@pytest.mark.parametrize("text", ["", "  ", "nonsense", "EPSG:999999", "urn:ogc:def:crs:EPSG::undefined", "EPSG:None"])
def test_no_name_of_a_crs_brings_an_error(text: str) -> None:
    report = Report()
    assert stated_crs(text, report) is None
    assert bool(report) is bool(text.strip())
