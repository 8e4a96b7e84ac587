"""Plans held against plans: areas as GeoPandas has them, heights, distances, precedence and dates by hand."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely

from data.frames import layer_from_frame
from plugins.builtin import grid
from plugins.builtin.plans import Parameters, Plans
from plugins.city_files import CityContents, Edits, write_city
from plugins.city_handle import FileCity, open_city
from plugins.contract import Frame, PluginError, Point
from plugins.overlay import is_sliver
from plugins.parameters import fields_of, plain_parameters, typed_parameters
from plugins.plan_rules import checked
from twin.layer import Kind

CRS = "EPSG:25833"
WEST, SOUTH = 390_000.0, 5_820_000.0
FIELDS = fields_of(Parameters)


def square(x: float, y: float, size: float, height: float | None = None) -> shapely.Polygon:
    return shapely.box(WEST + x, SOUTH + y, WEST + x + size, SOUTH + y + (height or size))


def layer_of(layer: str, geometry: Any, **columns: Any) -> gpd.GeoDataFrame:
    frame = gpd.GeoDataFrame(columns, geometry=geometry, crs=CRS)
    frame.attrs["layer"] = layer
    return frame


@pytest.fixture
def laid(tmp_path: Path) -> Callable[..., FileCity]:
    """Return the function that lays layers down as a city; houses are raised."""

    def lay(*frames: gpd.GeoDataFrame, scenarios: dict[str, Edits] | None = None) -> FileCity:
        layers: list[Any] = []
        for frame in frames:
            name = frame.attrs["layer"]
            local = layers[0].frame if layers else None
            if name == "houses":
                layers.append(layer_from_frame(frame, name, local=local, height_field="height"))
            else:
                layers.append(layer_from_frame(frame, name, local=local, kind=Kind.POLYGONS))
        for folder in ("open", "own"):
            (tmp_path / folder).mkdir()
        write_city(tmp_path / "open", CityContents(layers, scenarios=scenarios or {}), personal_folder=tmp_path / "own")
        return open_city(tmp_path / "open")

    return lay


def run(city: Any, **given: Any) -> Frame:
    parameters = typed_parameters(Parameters, plain_parameters(FIELDS, given))
    plans = Plans()
    partials = [plans.part(city, city.area, parameters, p) for p in plans.parts(city, city.area, parameters)]
    return plans.whole(iter(partials), city, city.area, parameters)


def houses(*places: tuple[float, float, float]) -> gpd.GeoDataFrame:
    """Return houses of 10 m by 10 m: x, y and height."""
    return layer_of("houses", [square(x, y, 10) for x, y, _ in places], height=[h for _, _, h in places])


def test_common_areas_are_those_of_geopandas(laid: Callable[..., FileCity]) -> None:
    random = np.random.default_rng(3)
    middles = random.uniform(0, 400, (2, 60, 2))
    one, two = (
        layer_of(
            name,
            shapely.buffer(shapely.points(some + np.array([WEST, SOUTH])), random.uniform(5, 60, 60), quad_segs=3),
            zone=[f"{i % 4}" for i in range(60)],
        )
        for name, some in zip(("one", "two"), middles, strict=True)
    )
    expected = gpd.overlay(one, two, how="intersection", keep_geom_type=True)
    city = laid(one, two)
    rule = {"kind": "conflict", "first": "one", "second": "two"}
    found = run(city, rules=[rule], sliver_m2=0, sliver_width_m=0)
    assert found.facts["conflicts"] == len(expected)
    assert found.facts["area_m2"] == pytest.approx(expected.area.sum(), rel=1e-9)
    over = run(city, plans=["one", "two"], result="overlay", sliver_m2=0, sliver_width_m=0)
    assert over.facts["area_m2"] == pytest.approx(expected.area.sum(), rel=1e-9)
    differing = expected[expected["zone_1"] != expected["zone_2"]].area.sum()
    differs = run(city, rules=[rule | {"kind": "differs", "column": "zone"}], sliver_m2=0, sliver_width_m=0)
    assert differs.facts["area_m2"] == pytest.approx(differing, rel=1e-9)


def test_slivers_are_counted_apart(laid: Callable[..., FileCity]) -> None:
    # the second plan overlaps the first by a strip of 0.05 m x 100 m and by 20 m x 100 m
    one = layer_of("one", [square(0, 0, 100)], zone=["a"])
    two = layer_of("two", [square(-50, 0, 50.05, 100), square(80, 0, 100)], zone=["b", "c"])
    rule = {"kind": "conflict", "first": "one", "second": "two"}
    found = run(laid(one, two), rules=[rule], sliver_m2=1, sliver_width_m=0.1)
    assert (found.facts["conflicts"], found.facts["slivers"]) == (1, 1)
    assert found.facts["area_m2"] == pytest.approx(2000)
    assert found.facts["sliver_m2"] == pytest.approx(5, rel=1e-6)


def test_a_sliver_is_small_or_nowhere_wide() -> None:
    long_and_thin, wide_somewhere, tiny = (
        shapely.box(0, 0, 1000, 0.5),
        shapely.union(shapely.box(0, 0, 1000, 0.01), shapely.box(0, 0, 3, 3)),
        shapely.box(0, 0, 0.5, 0.5),
    )
    shapes = np.array([long_and_thin, wide_somewhere, tiny])
    assert is_sliver(shapes, area_m2=1, width_m=0.6).tolist() == [True, False, True]
    assert is_sliver(shapes, area_m2=0, width_m=0).tolist() == [False, False, False]


def test_a_house_is_judged_in_each_zone_it_stands_in(laid: Callable[..., FileCity]) -> None:
    # zones of 12 m and 20 m meet at x = 5: the house of 15 m is 3 m too tall in half of itself
    zones = layer_of("plan", [square(-95, 0, 100), square(5, 0, 100)], zone=["low", "high"], max_height_m=[12.0, 20.0])
    city = laid(houses((0, 0, 15), (30, 0, 20), (60, 0, 20.5)), zones)
    rule = {"kind": "height", "first": "plan", "second": "houses", "column": "max_height_m", "clause": "§ 7"}
    found = run(city, rules=[rule])
    assert found.features is not None
    rows = found.features.sort_values("second_row")
    assert rows["second_row"].tolist() == [0, 2]
    assert rows["excess_m"].tolist() == pytest.approx([3.0, 0.5])
    assert rows["area_m2"].tolist() == pytest.approx([50.0, 100.0])
    assert rows["severity"].tolist() == ["high", "low"]  # 3 m are a quarter of 12, 0.5 less than a tenth of 20
    assert set(rows["clause"]) == {"§ 7"}
    assert found.table is not None
    places = [Point(*p) for p in zip(found.table.columns["lon_deg"], found.table.columns["lat_deg"], strict=True)]
    assert city.xy(places)[:, 1] == pytest.approx([SOUTH + 5] * 2), "a line of the table leads to its place"


def test_the_rule_above_sets_the_other_aside_where_it_applies(laid: Callable[..., FileCity]) -> None:
    zones = layer_of("plan", [square(0, 0, 100)], zone=["all"], max_height_m=[12.0])
    special = layer_of("special", [square(0, 0, 15, 100)], name=["towers"], top=[50.0])
    # inside the special area; half in it (5 of 10 m); outside; and one too tall even for it
    city = laid(houses((2, 0, 40), (10, 20, 40), (50, 0, 40), (2, 50, 60)), zones, special)
    general = {"id": "G", "kind": "height", "first": "plan", "second": "houses", "column": "max_height_m"}
    above = {"id": "S", "kind": "height", "first": "special", "second": "houses", "column": "top", "precedence": 1}
    found = run(city, rules=[general, above])
    assert found.features is not None
    told = sorted((r.rule, r.second_row, round(r.area_m2, 6)) for r in found.features.itertuples())
    assert told == [("G", 1, 50.0), ("G", 2, 100.0), ("S", 3, 100.0)]
    allowed = run(city, rules=[general, above | {"severity": "allowed"}])
    assert allowed.facts["conflicts"] == 2


@pytest.mark.parametrize(("day", "count"), [("2019-12-31", 0), ("2020-01-01", 1), ("2029-12-31", 1), ("2030-01-01", 0)])
def test_a_rule_counts_from_its_first_day_to_its_last(day: str, count: int, laid: Callable[..., FileCity]) -> None:
    zones = layer_of("plan", [square(0, 0, 100)], zone=["a"], top=[5.0])
    rule = {"id": "H", "kind": "height", "first": "plan", "second": "houses", "column": "top",
            "valid_from": "2020-01-01", "valid_until": "2029-12-31"}  # fmt: skip
    found = run(laid(houses((0, 0, 9)), zones), rules=[rule], on=day)
    assert found.facts["conflicts"] == count
    assert ("H" in found.note) == (count == 0)


def test_what_lies_nearer_than_the_distance_is_told(laid: Callable[..., FileCity]) -> None:
    # the river's bank is at y = 0: houses 4 m, 9.999 m and 10 m away from it, the distance is 10 m
    river = layer_of("river", [square(-100, -50, 300, 50)], name=["Linde"])
    city = laid(houses((0, 4, 5), (30, 9.999, 5), (60, 10, 5)), river)
    rule = {"kind": "buffer", "first": "river", "second": "houses", "limit_m": 10, "parties": "Water board; City"}
    found = run(city, rules=[rule], sliver_m2=0, sliver_width_m=0)
    assert found.features is not None
    assert found.features["second_row"].tolist() == [0, 1]
    assert found.features["area_m2"].tolist() == pytest.approx([60.0, 0.01], rel=1e-3)
    assert set(found.features["parties"]) == {"Water board; City"}


def test_what_lies_outside_is_told_by_within(laid: Callable[..., FileCity]) -> None:
    plots = layer_of("plots", [square(0, 0, 10), square(10, 0, 10)], name=["1", "2"])
    city = laid(houses((5, 0, 5), (17, 0, 5), (50, 50, 5)), plots)  # covered by both; 7 m over the edge; elsewhere
    found = run(city, rules=[{"kind": "within", "first": "plots", "second": "houses"}])
    assert found.features is not None
    told = dict(zip(found.features["second_row"], found.features["area_m2"], strict=True))
    assert told == pytest.approx({1: 70.0, 2: 100.0})


def test_proposals_are_held_against_the_plan(laid: Callable[..., FileCity]) -> None:
    zones = layer_of("plan", [square(0, 0, 100)], zone=["a"], top=[12.0])
    added = gpd.GeoDataFrame({"height_m": [30.0]}, geometry=[square(50, 50, 20)], crs=CRS)
    city = laid(houses((0, 0, 9)), zones, scenarios={"tower": Edits({}, added)})
    rule = {"kind": "height", "first": "plan", "second": "proposals", "column": "top"}
    assert run(city, rules=[rule]).facts["conflicts"] == 0
    found = run(city, rules=[rule], scenario="tower")
    assert (found.facts["conflicts"], found.facts["area_m2"]) == (1, pytest.approx(400.0))


def test_a_place_tells_its_conflicts_and_every_plan(laid: Callable[..., FileCity]) -> None:
    zones = layer_of("plan", [square(0, 0, 50), square(50, 0, 50)], zone=["low", "high"], top=[5.0, 50.0])
    city = laid(houses((45, 0, 9), (80, 0, 9)), zones)
    rule = {"id": "H", "kind": "height", "first": "plan", "second": "houses", "column": "top"}
    parameters = typed_parameters(Parameters, plain_parameters(FIELDS, {"rules": [rule]}))
    places = gpd.GeoDataFrame(
        {"name": ["a", "b", "c"], "layer": ["houses", "", ""], "row": [0, -1, -1]},
        geometry=[square(45, 0, 10), shapely.Point(WEST + 47, SOUTH + 5), shapely.Point(WEST + 53, SOUTH + 5)],
        crs=CRS,
    )
    house, inside, outside = Plans().at(city, parameters, places)
    assert (house.value, inside.value, outside.value) == (1, 1, 0)
    assert house.reasons["plans_m2"]["plan"] == pytest.approx({"plan 0 (low)": 50.0, "plan 1 (high)": 50.0}, rel=1e-6)
    assert inside.reasons["plans"] == {"plan": ["plan 0 (low)"]}
    assert inside.reasons["conflicts"][0]["excess_m"] == pytest.approx(4.0)


def test_rules_are_read_from_a_table_as_csv_or_toml(laid: Callable[..., FileCity], tmp_path: Path) -> None:
    zones = layer_of("plan", [square(0, 0, 100)], zone=["a"], top=[5.0])
    city = laid(houses((0, 0, 9)), zones)
    csv, toml = tmp_path / "rules.csv", tmp_path / "rules.toml"
    csv.write_text("id,kind,first,second,limit_m,column\nH,height,plan:zone=a|b,houses,,top\n", encoding="utf-8")
    toml.write_text(
        '[[rule]]\nid = "H"\nkind = "height"\nfirst = "plan:zone=A; top<6"\nsecond = "houses"\ncolumn = "top"\n'
        "valid_from = 2000-01-01\n",
        encoding="utf-8",
    )
    assert [run(city, rules=f"@{path}").facts["conflicts"] for path in (csv, toml)] == [1, 1]


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (
            {"kind": "height", "first": "plan", "second": "houses", "column": "tops"},
            'no column "tops". Did you mean "top"',
        ),
        ({"kind": "height", "first": "plan", "second": "houses"}, "neither limit_m nor a column"),
        ({"kind": "buffer", "first": "plan", "second": "houses"}, "has no distance"),
        ({"kind": "conflict", "first": "plans", "second": "houses"}, 'no layer "plans"'),
        ({"kind": "conflict", "first": "plan:zone", "second": "houses"}, "is no condition"),
        ({"kind": "conflict", "first": "plan", "second": "houses", "valid_from": "soon"}, '"soon" is no date'),
    ],
)
def test_a_rule_that_cannot_be_read_is_said(rule: dict[str, Any], words: str, laid: Callable[..., FileCity]) -> None:
    city = laid(houses((0, 0, 9)), layer_of("plan", [square(0, 0, 100)], zone=["a"], top=[5.0]))
    with pytest.raises(PluginError, match=words):
        run(city, rules=[rule])


def test_columns_may_have_signs_in_their_names(laid: Callable[..., FileCity]) -> None:
    flood = layer_of("flood", [square(0, 0, 10), square(20, 0, 10)], **{"river>depth": [1.0, 4.0]})
    rule = {"kind": "conflict", "first": "flood:river>depth>3", "second": "houses"}
    found = run(laid(houses((0, 0, 9), (20, 0, 9)), flood), rules=[rule])
    assert found.features is not None
    assert found.features["second_row"].tolist() == [1]


def test_the_tables_of_the_guide_can_be_read(tmp_path: Path) -> None:
    guide = Path(__file__).resolve().parents[2] / "docs" / "analyses.md"
    tables = re.findall(r"```csv\n(.*?)```", guide.read_text(encoding="utf-8"), re.DOTALL)
    heads = "id,kind,first", "name,layer,column,how"
    rules, gather = (next(t for t in tables if t.startswith(head)) for head in heads)
    for name, text in (("rules", rules), ("gather", gather)):
        (tmp_path / f"{name}.csv").write_text(text, encoding="utf-8")
    read = typed_parameters(Parameters, plain_parameters(FIELDS, {"rules": f"@{tmp_path / 'rules.csv'}"}))
    assert [rule.id for rule in checked(read.rules)] == ["H10", "H30", "T", "Z", "W", "L", "P"]
    fields = fields_of(grid.Parameters)
    cells = typed_parameters(grid.Parameters, plain_parameters(fields, {"gather": f"@{tmp_path / 'gather.csv'}"}))
    assert [line.how for line in cells.gather] == ["sum", "count", "share", "length", "sum"]
