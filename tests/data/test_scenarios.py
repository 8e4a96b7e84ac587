"""Scenarios in files: a GeoPackage that other programs change, proposals from GeoJSON, models to be placed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import geopandas
import numpy as np
import pandas as pd
import pyogrio
import pytest
import shapely
import trimesh

from data.placed_shapes import read_placed, read_shape
from data.project import read_project, write_project
from data.scenario_sources import EditWish, edits_of_file
from data.scenarios import BUILDINGS, FILE, GONE, read_scenarios, scenarios_after, setbacks_of, write_scenarios
from twin.errors import ColumnError, ScenarioError, SourceError
from twin.place import LocalFrame
from twin.placed_models import at_place, placed_models
from twin.project import Project
from twin.report import Report
from twin.scenario import Edit, EditKind, GroundUse, Scenario, Setback
from twin.scenario_shapes import parts_of, polygon_of, ring_lonlat
from twin.session import Composition, View

FRAME = LocalFrame("EPSG:32632", (560_000.0, 5_960_000.0))
RING = ((10.0, 53.8), (10.001, 53.8), (10.001, 53.801), (10.0, 53.801))


def two(folder: Path) -> tuple[Scenario, ...]:
    edits = (
        Edit("e1", EditKind.BUILD, "Block", "housing", (RING,), storeys=5.0, setbacks=(Setback(4, 2.5),)),
        Edit("e2", EditKind.DEMOLISH, layer_id="houses", by="id", key="H1", row=4, rings=(RING,)),
        Edit("e3", EditKind.GROUND, ground=GroundUse.STREET, line=RING[:2], width_m=9.5),
        Edit("e4", EditKind.PLACE, path=str(folder / "tower.glb"), place=RING[0], scale=2.0, heading_deg=30.0),
        Edit("e5", EditKind.GROUND, "Green", rings=(RING,)),
        Edit("e6", EditKind.DEMOLISH, layer_id="trees", key="10.1,53.8", row=7),
    )
    return Scenario("s1", "Harbour ü", edits, "A note."), Scenario("s2", "Empty")


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    scenarios = two(tmp_path)
    path = write_scenarios(scenarios, tmp_path)
    assert path is not None
    report = Report()
    found = read_scenarios(path, report)
    assert not report.problems
    assert {e.id: e for e in found[0].edits} == {e.id: e for e in scenarios[0].edits}
    assert (found[0].name, found[0].note, found[1]) == ("Harbour ü", "A note.", scenarios[1])


def test_any_program_sees_ordinary_layers_in_longitude_and_latitude(tmp_path: Path) -> None:
    path = write_scenarios(two(tmp_path), tmp_path)
    layers = dict(pyogrio.list_layers(path).tolist())
    assert layers["proposed_buildings"] == "Polygon"
    assert layers["proposed_lines"] == "LineString"
    frame = geopandas.read_file(path, layer=BUILDINGS)
    assert frame.crs.to_epsg() == 4326
    assert frame.loc[0, ["scenario", "use", "storeys", "setbacks"]].tolist() == ["Harbour ü", "housing", 5.0, "4:2.5"]


def test_nothing_changed_leaves_the_project_as_it_is(tmp_path: Path) -> None:
    scenarios = two(tmp_path)
    write_scenarios(scenarios, tmp_path)
    assert scenarios_after(scenarios, tmp_path) == scenarios


def test_a_change_by_another_program_comes_back(tmp_path: Path) -> None:
    scenarios = two(tmp_path)
    path = write_scenarios(scenarios, tmp_path)
    frame = geopandas.read_file(path, layer=BUILDINGS)
    frame.loc[0, "storeys"] = 9
    added = frame.iloc[[0]].assign(edit_id=None, name="New one", geometry=[shapely.box(10.01, 53.8, 10.011, 53.801)])
    frame = geopandas.GeoDataFrame(pd.concat([frame, added]), crs=4326)
    frame.to_file(path, layer=BUILDINGS, driver="GPKG")
    changed = scenarios_after(scenarios, tmp_path)
    assert changed[0].edit("e1").storeys == 9.0
    assert [e.name for e in changed[0].edits][-1] == "New one"
    assert len({e.id for e in changed[0].edits}) == 7
    assert changed[1] == scenarios[1]


def test_a_row_that_was_deleted_elsewhere_is_gone(tmp_path: Path) -> None:
    scenarios = two(tmp_path)
    path = write_scenarios(scenarios, tmp_path)
    frame = geopandas.read_file(path, layer=GONE)
    frame[frame["edit_id"] != "e2"].to_file(path, layer=GONE, driver="GPKG")
    assert "e2" not in {e.id for e in scenarios_after(scenarios, tmp_path)[0].edits}


def test_a_project_keeps_its_scenarios_and_takes_what_was_changed_beside_it(tmp_path: Path) -> None:
    folder = tmp_path / "city.citytwin"
    scenarios = two(folder)
    project = Project("City", view=View(composition=Composition(scenarios=scenarios, scenario="s1")))
    stored = write_project(project, folder)
    again = read_project(folder).project.view.composition
    assert again.scenarios == scenarios
    assert again.scenario == "s1"
    frame = geopandas.read_file(folder / FILE, layer=BUILDINGS)
    frame["use"] = "office"
    frame.to_file(folder / FILE, layer=BUILDINGS, driver="GPKG")
    assert read_project(folder).project.view.composition.scenarios[0].edit("e1").use == "office"
    without = replace(project, view=View())
    write_project(without, folder, before=stored)
    assert not (folder / FILE).exists()


def test_a_broken_geopackage_leaves_what_the_project_says(tmp_path: Path) -> None:
    folder = tmp_path / "city.citytwin"
    scenarios = two(folder)
    write_project(Project("City", view=View(composition=Composition(scenarios=scenarios))), folder)
    (folder / FILE).write_bytes(b"no database")
    assert read_project(folder).project.view.composition.scenarios == scenarios


@pytest.mark.parametrize("text", ["5", "5:", "0:2", "a:b", "5:-1"])
def test_a_setback_is_a_storey_and_metres(text: str) -> None:
    assert setbacks_of("8:4; 5 : 2,5 m") == (Setback(5, 2.5), Setback(8, 4.0))
    with pytest.raises(ScenarioError, match="no setback"):
        setbacks_of(text)


# proposals from files


def proposal(path: Path) -> Path:
    shapes = [shapely.box(560_000, 5_960_000, 560_040, 5_960_020), shapely.box(560_100, 5_960_000, 560_110, 5_960_010)]
    columns = {"top": [12.0, 30.5], "floors": [4, 9], "use": ["housing", "office"], "name": ["A", None]}
    geopandas.GeoDataFrame(columns, geometry=shapes, crs=FRAME.crs).to_crs(4326).to_file(path)
    return path


def test_outlines_of_a_file_become_buildings(tmp_path: Path) -> None:
    edits, report = edits_of_file(proposal(tmp_path / "p.geojson"), EditWish(height_field="top"))
    assert [(e.name, e.use, e.top_m) for e in edits] == [("A", "housing", 12.0), ("", "office", 30.5)]
    assert polygon_of(edits[0], FRAME).area == pytest.approx(800.0, rel=1e-5)
    assert not [p for p in report.problems if "estimate" in p.what]


def test_storeys_of_a_file_are_taken_as_they_are(tmp_path: Path) -> None:
    edits, _ = edits_of_file(proposal(tmp_path / "p.gpkg"), EditWish(storeys_field="floors"))
    assert [sum(p.floor_m2 for p in parts_of(e, FRAME)) for e in edits] == pytest.approx([3200.0, 900.0], rel=1e-4)


def test_a_column_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ColumnError, match='no column "stories"'):
        edits_of_file(proposal(tmp_path / "p.geojson"), EditWish(storeys_field="stories"))


# models


def tower(path: Path) -> Path:
    """Write a box 4 m wide (x), 10 m high and 2 m deep, standing on y = 0 as glTF has it."""
    mesh = trimesh.creation.box((4.0, 10.0, 2.0))
    mesh.apply_translation((7.0, 5.0, 3.0))
    mesh.export(path)
    return path


@pytest.mark.parametrize("name", ["tower.glb", "tower.obj"])
def test_a_model_stands_upright_with_its_foot_at_nothing(tmp_path: Path, name: str) -> None:
    shape = read_shape(tower(tmp_path / name))
    assert shape.size == pytest.approx((4.0, 2.0, 10.0))
    assert shape.points.min(axis=0) == pytest.approx((-2.0, -1.0, 0.0))


def test_an_obj_may_have_z_for_up(tmp_path: Path) -> None:
    assert read_shape(tower(tmp_path / "t.obj"), is_z_up=True).size == pytest.approx((4.0, 10.0, 2.0))


def test_a_model_is_scaled_and_turned_clockwise_where_it_stands(tmp_path: Path) -> None:
    shape = read_shape(tower(tmp_path / "tower.glb"))
    [place] = ring_lonlat(FRAME, [(50.0, 60.0)])
    edit = Edit("e", EditKind.PLACE, path="tower", place=place, heading_deg=90.0, scale=3.0)
    points = at_place(shape, edit, FRAME)
    assert np.ptp(points, axis=0) == pytest.approx((6.0, 12.0, 30.0), abs=1e-4)  # 4 x 2 x 10, turned and thrice
    placed = placed_models([edit], FRAME, {"tower": shape})
    assert placed is not None
    assert placed.top_m == pytest.approx((30.0,))
    assert placed.footprints[0].area == pytest.approx(72.0, abs=1e-3)
    assert len(placed.bodies.body_semantics) == 12


def test_a_cityjson_building_says_where_it_stands(tmp_path: Path) -> None:
    corners = [(x, y, z) for z in (0, 9) for x, y in ((0, 0), (10, 0), (10, 10), (0, 10))]
    vertices = str([[560000 + x, 5960000 + y, 40 + z] for x, y, z in corners]).replace("(", "[").replace(")", "]")
    faces = "[[[3,2,1,0]],[[4,5,6,7]],[[0,1,5,4]],[[1,2,6,5]],[[2,3,7,6]],[[3,0,4,7]]]"
    geometry = f'{{"type":"MultiSurface","lod":"2","boundaries":{faces}}}'
    path = tmp_path / "b.city.json"
    path.write_text(
        '{"type":"CityJSON","version":"1.1","metadata":{"referenceSystem":"https://www.opengis.net/def/crs/EPSG/0/25832"},'
        f'"CityObjects":{{"b":{{"type":"Building","geometry":[{geometry}]}}}},"vertices":{vertices}}}'
    )
    shape, place = read_placed(path)
    assert shape.size == pytest.approx((10.0, 10.0, 9.0))
    assert len(shape.faces) == 12
    mesh = trimesh.Trimesh(shape.points, shape.faces)
    assert mesh.volume == pytest.approx(900.0)  # all faces look outward
    [wanted] = ring_lonlat(FRAME, [(5.0, 5.0)])
    assert place == pytest.approx(wanted, abs=1e-5)


@pytest.mark.parametrize(("name", "content"), [("a.glb", b"glTFnonsense"), ("a.obj", b"v 0 0 0\n"), ("a.txt", b"")])
def test_a_model_that_is_none_is_said_in_words(tmp_path: Path, name: str, content: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(SourceError, match=name):
        read_shape(path)
