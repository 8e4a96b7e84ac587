"""Scenarios as values: prisms with setbacks, streets, trees, edits laid over layers; by hand and by shapely."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import shapely

from data.tilestore import build_tiles
from twin.buildings import HeightSource
from twin.columns import ColumnTable, numbers, texts
from twin.errors import ScenarioError
from twin.expression import shown_rows
from twin.indicators import CityFacts, figures_of
from twin.layer import Heights, Kind, Layer, LayerInfo, LayerState
from twin.place import LocalFrame
from twin.proposed import BUILDINGS, DEMOLISHED, GROUND, row_polygon
from twin.report import Report
from twin.row_keys import key_of
from twin.scenario import Edit, EditKind, GroundUse, Scenario, Setback, checked, free_name, scenario_named
from twin.scenario_moves import edit_scaled, edit_turned, with_copies, with_corner
from twin.scenario_shapes import outlines_of, parts_of, points_local, polygon_of, ring_lonlat, trees_of
from twin.session import Session

FRAME = LocalFrame("EPSG:32632", (560_000.0, 5_960_000.0))


def ring(*corners: tuple[float, float]) -> tuple[tuple[float, float], ...]:
    return ring_lonlat(FRAME, np.array(corners))


def box(x: float, y: float, wide: float, deep: float) -> tuple[tuple[float, float], ...]:
    return ring((x, y), (x + wide, y), (x + wide, y + deep), (x, y + deep))


def building(**more: object) -> Edit:
    usual = {"rings": (box(0, 0, 40, 20),), "storeys": 6.0, "storey_m": 3.0}
    return Edit("e1", EditKind.BUILD, **(usual | more))  # type: ignore[arg-type]


def city_layer(layer_id: str = "houses", name: str = "houses", *, polygons: tuple[object, ...] = ()) -> Layer:
    """Return three houses of 10 x 10 m in a row: 2, 3 and 5 storeys of 3.2 m, housing, office and housing."""
    shapes = polygons or tuple(shapely.box(x, 0, x + 10, 10) for x in (100.0, 120.0, 140.0))
    count = len(shapes)
    storeys = np.array([2.0, 3.0, 5.0][:count])
    table = ColumnTable(
        {"id": texts([f"H{n}" for n in range(count)]), "use": texts(["housing", "office", "housing"][:count]),
         "storeys": numbers(storeys.tolist())}
    )  # fmt: skip
    height_m = (storeys * 3.2).astype(np.float32)
    tiles = build_tiles(outlines_of(shapes), np.zeros(count, np.float32), height_m, np.arange(count, dtype=np.int32))
    heights = Heights(None, np.full(count, HeightSource.STOREYS, np.uint8), height_m, storeys_field="storeys")
    info = LayerInfo(
        layer_id, name, Kind.FOOTPRINTS, "houses.gpkg", None, "GPKG", FRAME.crs, "stated", count, count, (0, 0, 1, 1)
    )
    return Layer(info, FRAME, table, Report(), tiles=tiles, heights=heights)


def parks(*shapes: object) -> Layer:
    from twin.features import Polygons  # noqa: PLC0415  needed here only

    features = Polygons(outlines_of(shapes), np.arange(len(shapes), dtype=np.int32))
    info = LayerInfo("parks", "parks", Kind.POLYGONS, "c.gpkg", None, "GPKG", FRAME.crs, "stated", 1, 1, (0, 0, 1, 1))
    table = ColumnTable({"id": texts([f"P{n}" for n in range(len(shapes))])})
    return Layer(info, FRAME, table, Report(), features=features)


def gone(layer: Layer, row: int, edit_id: str = "e9") -> Edit:
    key = key_of(layer, row)
    return Edit(edit_id, EditKind.DEMOLISH, layer_id=layer.info.id, by=key.by, key=key.key, row=row)


# shapes


def test_a_building_is_as_high_as_its_storeys() -> None:
    [part] = parts_of(building(), FRAME)
    assert (part.base_m, part.top_m, part.storeys) == (0.0, 18.0, 6.0)
    assert part.area_m2 == pytest.approx(800.0, abs=1e-3)  # 40 x 20
    assert part.floor_m2 == pytest.approx(4800.0, abs=1e-2)  # six times


def test_storeys_above_a_setback_stand_back_on_all_sides() -> None:
    low, high = parts_of(building(setbacks=(Setback(5, 2.0),)), FRAME)
    assert (low.top_m, high.base_m, high.top_m) == (12.0, 12.0, 18.0)  # storey 5 begins at 4 x 3 m
    assert high.area_m2 == pytest.approx(36 * 16, abs=1e-3)  # 2 m in on each side
    assert low.floor_m2 + high.floor_m2 == pytest.approx(4 * 800 + 2 * 576, abs=1e-2)


def test_a_setback_that_leaves_nothing_ends_the_building() -> None:
    parts = parts_of(building(setbacks=(Setback(3, 11.0),)), FRAME)  # the block is 20 m deep
    assert [p.top_m for p in parts] == [6.0]


def test_a_courtyard_grows_with_the_setback() -> None:
    rings = (box(0, 0, 40, 40), box(15, 15, 10, 10))
    low, high = parts_of(building(rings=rings, setbacks=(Setback(4, 3.0),)), FRAME)
    assert low.area_m2 == pytest.approx(1600 - 100, abs=1e-2)
    assert high.area_m2 == pytest.approx(34 * 34 - 16 * 16, abs=1e-2)


def test_a_height_alone_has_as_many_storeys_as_fit() -> None:
    [part] = parts_of(building(storeys=0.0, height_m=10.0, storey_m=3.2), FRAME)
    assert (part.top_m, part.storeys) == (10.0, 3.0)  # 10 / 3.2 = 3.1


def test_a_street_is_as_wide_as_it_says_and_mitred_at_its_bend() -> None:
    line = ring((0, 0), (100, 0), (100, 50))
    street = Edit("s", EditKind.GROUND, ground=GroundUse.STREET, line=line, width_m=10.0)
    assert polygon_of(street, FRAME).area == pytest.approx(1500.0, abs=0.01)  # 105 x 10 + 45 x 10


def test_trees_stand_along_their_line_at_their_spacing() -> None:
    row = Edit("t", EditKind.GROUND, ground=GroundUse.TREES, line=ring((0, 0), (100, 0)), spacing_m=10.0)
    trees = trees_of(row, FRAME)
    assert len(trees) == 11  # at 0, 10, ... 100
    assert trees[:, 0] == pytest.approx(np.arange(11) * 10.0, abs=1e-4)


def test_turning_and_scaling_about_the_middle_keep_what_they_should() -> None:
    edit = building()
    area = polygon_of(edit, FRAME).area
    turned = edit_turned(edit, FRAME, 90.0, (20.0, 10.0))
    bounds = polygon_of(turned, FRAME).bounds
    assert bounds == pytest.approx((10.0, -10.0, 30.0, 30.0), abs=1e-4)
    assert polygon_of(edit_scaled(edit, FRAME, 1.5, (20.0, 10.0)), FRAME).area == pytest.approx(2.25 * area)


def test_clockwise_is_clockwise_seen_from_above() -> None:
    north = Edit("l", EditKind.GROUND, ground=GroundUse.STREET, line=ring((0, 0), (0, 10)))
    east = points_local(FRAME, edit_turned(north, FRAME, 90.0, (0.0, 0.0)).line)
    assert east[1] == pytest.approx((10.0, 0.0), abs=1e-4)


def test_copies_have_ids_of_their_own_and_replace_nothing() -> None:
    first = replace(building(), layer_id="houses", by="id", key="H0", row=0)
    scenario = with_copies(Scenario("s1", "A", (first,)), [first], FRAME, [(30.0, 0.0), (60.0, 0.0)])
    assert [e.id for e in scenario.edits] == ["e1", "e2", "e3"]
    assert [e.layer_id for e in scenario.edits] == ["houses", "", ""]


def test_a_ring_keeps_three_corners() -> None:
    edit = building(rings=(ring((0, 0), (10, 0), (0, 10)),))
    assert with_corner(edit, FRAME, 0, None) == edit


@pytest.mark.parametrize(
    "edit",
    [
        building(rings=()),
        building(storeys=0.0),
        building(storeys=900.0),
        building(base_m=30.0, height_m=20.0),
        Edit("x", EditKind.PLACE),
        Edit("x", EditKind.DEMOLISH),
        Edit("x", EditKind.GROUND, line=ring((0, 0))),
    ],
)
def test_what_cannot_be_built_is_refused_in_words(edit: Edit) -> None:
    with pytest.raises(ScenarioError, match=r"\.$|\. "):
        checked(edit)


def test_names_are_found_without_regard_to_case_and_stay_apart() -> None:
    scenarios = (Scenario("s1", "Harbour park"), Scenario("s2", "Harbour park 2"))
    assert scenario_named(scenarios, "harbour PARK").id == "s1"
    assert free_name(scenarios, "harbour park") == "harbour park 3"
    with pytest.raises(ScenarioError, match="Harbour park 2"):
        scenario_named(scenarios, "homes")


# laid over the city


def shown(session: Session, *edits: Edit) -> None:
    scenario = Scenario("s1", "A", edits)
    session.set_composition(replace(session.composition, scenarios=(scenario,), scenario="s1"))


def test_a_scenario_masks_rows_and_shares_the_arrays() -> None:
    session, layer = Session(), city_layer()
    session.add_layer(layer)
    shown(session, gone(layer, 1))
    thinned = session.layers["houses"]
    assert thinned.tiles is layer.tiles
    assert shown_rows(thinned, "").tolist() == [True, False, True]
    assert list(session.layers) == ["houses", DEMOLISHED]
    session.undo()
    assert session.layers["houses"] is layer
    assert [s.layer_id for s in session.composition.layers] == ["houses"]


def test_only_the_layer_that_an_edit_is_about_is_made_anew() -> None:
    session, layer = Session(), city_layer()
    session.add_layer(layer)
    park = Edit("e2", EditKind.GROUND, rings=(box(0, 50, 10, 10),))
    shown(session, building(), park, gone(layer, 0))
    before = session.layers
    shown(session, replace(building(), storeys=9.0), park, gone(layer, 0))
    assert session.layers["houses"] is before["houses"]
    assert session.layers[GROUND] is before[GROUND]
    assert session.layers[BUILDINGS] is not before[BUILDINGS]


def test_how_a_proposal_looks_is_kept_while_today_is_shown() -> None:
    session, layer = Session(), city_layer()
    session.add_layer(layer)
    shown(session, building())
    style = replace(session.composition.state(BUILDINGS).style, color="#123456")
    session.set_style(BUILDINGS, style)
    session.set_composition(replace(session.composition, scenario=""))
    assert BUILDINGS not in session.layers
    session.set_composition(replace(session.composition, scenario="s1"))
    assert session.composition.state(BUILDINGS).style.color == "#123456"


def test_a_row_is_found_again_by_its_key_when_its_number_changes() -> None:
    layer = city_layer()
    edit = replace(gone(layer, 2), row=0)
    session = Session()
    session.add_layer(layer)
    shown(session, edit)
    assert shown_rows(session.layers["houses"], "").tolist() == [True, True, False]


def test_a_row_that_is_gone_from_the_data_takes_nothing_else_away() -> None:
    layer = city_layer()
    session = Session()
    session.add_layer(layer)
    shown(session, replace(gone(layer, 2), key="H77"))
    assert session.layers["houses"] is layer


def test_ground_drawn_later_lies_over_ground_drawn_before() -> None:
    session, layer = Session(), city_layer()
    session.add_layer(layer)
    park = Edit("e1", EditKind.GROUND, rings=(box(0, 50, 20, 20),))
    pond = Edit("e2", EditKind.GROUND, rings=(box(5, 55, 10, 10),), ground=GroundUse.WATER)
    shown(session, park, pond)
    ground = session.layers[GROUND]
    assert [round(float(a), 1) for a in ground.table.column("area_m2")] == [300.0, 100.0]  # 20 x 20 less 10 x 10


def test_another_session_shows_another_scenario_over_the_same_tiles() -> None:
    from ui.showing_scenarios import beside  # noqa: PLC0415  no Qt in it

    session, layer = Session(), city_layer()
    session.add_layer(layer)
    shown(session, building(), gone(layer, 0))
    other = beside(session, "")
    assert other.layers["houses"].tiles is session.layers["houses"].tiles
    assert BUILDINGS not in other.layers
    assert session.layers["houses"].gone is not None


# figures


def facts(*layers: Layer) -> CityFacts:
    return CityFacts({v.info.id: v for v in layers}, [LayerState(v.info.id) for v in layers], FRAME)


def test_the_figures_of_today_are_sums_over_buildings() -> None:
    found = figures_of(facts(city_layer()), None)
    assert found.values["footprint_m2"] == pytest.approx(300.0, rel=1e-5)  # three of 10 x 10
    assert dict(found.floor_by_use_m2) == pytest.approx({"housing": 700.0, "office": 300.0}, rel=1e-5)  # (2+5), 3
    assert found.values["residents"] == pytest.approx(14.0, rel=1e-5)  # 2 on 100 m2 of housing
    assert found.values["jobs"] == pytest.approx(12.0, rel=1e-5)  # 4 on 100 m2 of office
    assert found.values["tallest_m"] == pytest.approx(16.0, rel=1e-5)


def test_a_scenario_adds_its_own_and_takes_away_what_it_says() -> None:
    layer = city_layer()
    edit = building(use="office", setbacks=(Setback(5, 2.0),))
    found = figures_of(facts(layer), Scenario("s", "A", (edit, gone(layer, 2))))
    assert found.values["buildings"] == 3
    assert found.values["footprint_m2"] == pytest.approx(200 + 800, rel=1e-5)
    assert found.floor_by_use_m2["housing"] == pytest.approx(200.0, rel=1e-5)
    assert found.floor_by_use_m2["office"] == pytest.approx(300 + 4 * 800 + 2 * 576, rel=1e-5)
    assert found.values["tallest_m"] == pytest.approx(18.0, rel=1e-5)


def test_green_is_less_what_is_built_on_it_and_more_what_is_new() -> None:
    green = parks(shapely.box(0, 0, 100, 100))
    tower = building(rings=(box(90, 0, 20, 20),))  # half of it, 10 x 20 m, stands in the park
    meadow = Edit("e2", EditKind.GROUND, rings=(box(95, 50, 20, 10),))  # 15 x 10 m of it are new
    found = figures_of(facts(city_layer(), green), Scenario("s", "A", (tower, meadow)))
    assert found.values["green_m2"] == pytest.approx(10_000 - 200 + 150, abs=0.1)


def test_a_park_that_is_taken_away_is_no_green() -> None:
    green = parks(shapely.box(0, 0, 100, 100), shapely.box(200, 0, 250, 100))
    found = figures_of(facts(city_layer(), green), Scenario("s", "A", (gone(green, 1),)))
    assert found.values["green_m2"] == pytest.approx(10_000, abs=0.1)


def test_hidden_layers_do_not_count() -> None:
    city = facts(city_layer(), city_layer("old", "old"))
    hidden = replace(city, states=[LayerState("houses"), LayerState("old", is_visible=False)])
    assert figures_of(hidden, None).values["buildings"] == 3


def test_shapely_measures_the_same_as_the_layer() -> None:
    shapes = (shapely.box(0, 0, 30, 30) - shapely.box(10, 10, 20, 20), shapely.box(50, 0, 60, 10))
    layer = city_layer(polygons=shapes)
    found = figures_of(facts(layer), None)
    assert found.values["footprint_m2"] == pytest.approx(sum(s.area for s in shapes), rel=1e-5)
    assert row_polygon(layer, 0).area == pytest.approx(800.0, rel=1e-5)
