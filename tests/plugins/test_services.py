"""Walks along streets held against NetworkX over a network noded by GEOS; places and fairness against sums by hand."""

from __future__ import annotations

import threading
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import geopandas as gpd
import networkx as nx
import numpy as np
import pytest
import shapely

from data.frames import layer_from_frame
from plugins.allocation import Pairs, allocated
from plugins.builtin.services import Parameters, ServicesAndFairness
from plugins.city_files import CityContents, write_city
from plugins.city_handle import FileCity, open_city
from plugins.contract import Frame, Point
from plugins.fairness import gini, worst_mean
from plugins.parameters import fields_of, plain_parameters, typed_parameters
from plugins.street_graph import street_graph
from twin.layer import Kind

CRS = "EPSG:25833"
WEST, SOUTH = 390_000.0, 5_820_000.0
FIELDS = fields_of(Parameters)
Lay = Callable[..., FileCity]


def line(*corners: tuple[float, float]) -> shapely.LineString:
    return shapely.LineString([(WEST + x, SOUTH + y) for x, y in corners])


def point(x: float, y: float) -> shapely.Point:
    return shapely.Point(WEST + x, SOUTH + y)


@pytest.fixture
def lay(tmp_path: Path) -> Lay:
    """Return the function that lays homes (points), streets and services down as a city."""

    def laid(homes: Any, streets: Any, services: Any) -> FileCity:
        layers: list[Any] = []
        kinds = {"homes": Kind.POINTS, "streets": Kind.LINES, "schools": Kind.POINTS}
        for name, (geometry, columns) in {"homes": homes, "streets": streets, "schools": services}.items():
            frame = gpd.GeoDataFrame(columns, geometry=list(geometry), crs=CRS)
            kind = Kind.POLYGONS if "Polygon" in set(frame.geom_type) else kinds[name]
            layers.append(layer_from_frame(frame, name, kind=kind, local=layers[0].frame if layers else None))
        for folder in ("open", "own"):
            (tmp_path / folder).mkdir()
        write_city(tmp_path / "open", CityContents(layers), personal_folder=tmp_path / "own")
        return open_city(tmp_path / "open")

    return laid


def settled(**given: Any) -> Any:
    return typed_parameters(Parameters, plain_parameters(FIELDS, {"homes": "homes", **given}))


def run(city: FileCity, **given: Any) -> Frame:
    *_, frame = ServicesAndFairness().frames(city, city.area, settled(**given), threading.Event())
    assert isinstance(frame, Frame)
    assert frame.features is not None
    return frame


def minutes_of(frame: Frame) -> list[float]:
    assert frame.features is not None
    return [float(v) for v in frame.features["minutes"]]


def far_to_walk(
    lines: list[shapely.LineString], homes: list[shapely.Point], schools: list[shapely.Point]
) -> list[float]:
    """Return metres to the nearest school by NetworkX: streets noded by union_all, places on the nearest piece."""
    noded = list(shapely.get_parts(shapely.union_all(lines)))
    graph = nx.Graph()
    cuts: dict[int, list[tuple[float, Any]]] = {n: [] for n in range(len(noded))}
    tree = shapely.STRtree(noded)
    for kind, places in (("home", homes), ("school", schools)):
        for number, place in enumerate(places):
            piece = int(tree.nearest(place))
            cuts[piece].append((noded[piece].project(place), (kind, number)))
            graph.add_edge((kind, number), (kind, number, "street"), weight=noded[piece].distance(place))
    for number, piece in enumerate(noded):
        ends = [tuple(np.round(c, 6)) for c in (piece.coords[0], piece.coords[-1])]
        stops = sorted(
            [(0.0, ends[0]), (piece.length, ends[1]), *((d, (*p, "street")) for d, p in cuts[number])], key=str
        )
        stops.sort(key=lambda s: s[0])
        for (a, one), (b, two) in pairwise(stops):
            graph.add_edge(one, two, weight=min(b - a, graph.get_edge_data(one, two, {"weight": np.inf})["weight"]))
    found = nx.multi_source_dijkstra_path_length(graph, {("school", n) for n in range(len(schools))})
    return [found.get(("home", n), float("inf")) for n in range(len(homes))]


def test_walks_are_those_of_networkx(lay: Lay) -> None:
    random = np.random.default_rng(7)
    corners = random.uniform(0, 1000, (25, 4, 2))
    lines = [line(*map(tuple, c)) for c in corners]  # they cross in hundreds of places, never at a corner
    homes, schools = ([point(*p) for p in random.uniform(0, 1000, (n, 2))] for n in (300, 6))
    expected = far_to_walk(lines, homes, schools)
    city = lay((homes, {"residents": [1.0] * 300}), (lines, {"name": ["s"] * 25}), (schools, {"name": list("abcdef")}))
    found = run(city, services="schools", streets="streets", far_m=5000, gap_m=0)
    assert found.features is not None
    assert found.features["walk_m"].to_numpy() == pytest.approx(expected, rel=1e-9)
    places = gpd.GeoDataFrame(
        {"name": list("xyz"), "layer": [""] * 3, "row": [-1] * 3}, geometry=homes[:3], crs=CRS
    )  # fmt: skip
    for reading, walk_m in zip(
        ServicesAndFairness().at(city, settled(far_m=5000, gap_m=0), places), expected, strict=False
    ):
        parts = [reading.reasons[n] for n in ("snap_m", "street_m", "service_snap_m")]
        assert reading.value == pytest.approx(walk_m / 80.0)
        assert sum(parts) == pytest.approx(walk_m)
        assert min(parts) >= 0


def test_a_bridge_is_no_crossing(lay: Lay) -> None:
    # the school's street passes over the home's; they meet by the ramp at x = 100 only
    lines = [line((0, 0), (100, 0)), line((50, -50), (50, 50)), line((50, 50), (100, 50)), line((100, 50), (100, 0))]
    city = lay(
        ([point(0, 0)], {"residents": [1.0]}),
        (lines, {"is_bridge": [0, 1, 0, 0]}),
        ([point(50, -50)], {"name": ["school"]}),
    )
    assert run(city).features["walk_m"].tolist() == pytest.approx([100 + 50 + 50 + 100])  # type: ignore[index]


def test_lines_that_cross_at_one_level_are_joined(lay: Lay) -> None:
    lines = [line((0, 0), (100, 0)), line((50, -50), (50, 50))]
    city = lay(
        ([point(0, 0)], {"residents": [1.0]}), (lines, {"is_bridge": [0, 0]}), ([point(50, -50)], {"name": ["s"]})
    )
    found = run(city)
    assert found.features["walk_m"].tolist() == pytest.approx([100.0])  # type: ignore[index]
    assert found.facts["network"]["crossings_split"] == 1


def test_an_end_that_nearly_meets_a_street_is_joined_to_it() -> None:
    lines = np.array([line((0, 0), (100, 0)), line((50, 0.3), (50, 50)), line((80, 0.7), (80, 50))])
    graph = street_graph(lines, np.arange(3), np.ones(3, bool), gap_m=0.5)
    assert graph.gaps == 1
    assert graph.parts()[0] == 2, "0.7 m is too far"
    assert graph.length_m.sum() == pytest.approx(100 + 49.7 + 49.3 + 0.3)


def test_stairs_are_not_for_everyone(lay: Lay) -> None:
    # 40 m by the stairs, 100 m round about
    lines = [line((0, 0), (40, 0)), line((0, 0), (0, 30), (40, 30), (40, 0))]
    city = lay(
        ([point(0, 0)], {"residents": [1.0]}),
        (lines, {"highway": ["steps", "footway"]}),
        ([point(40, 0)], {"name": ["s"]}),
    )
    assert minutes_of(run(city)) == pytest.approx([40 / 80])
    assert minutes_of(run(city, profile="slow_walker")) == pytest.approx([40 / 48])
    assert minutes_of(run(city, profile="step_free")) == pytest.approx([100 / 60])
    assert minutes_of(run(city, speed_m_min=100)) == pytest.approx([0.4])


def test_a_park_is_entered_where_a_street_comes_near(lay: Lay) -> None:
    # the park's corner is 20 m from the street's end at x = 100; the second home lives in it
    park = shapely.box(WEST + 120, SOUTH - 10, WEST + 300, SOUTH + 200)
    city = lay(
        ([point(0, 0), point(200, 100)], {"residents": [1.0, 1.0]}),
        ([line((0, 0), (100, 0))], {"name": ["s"]}),
        ([park], {"name": ["park"]}),
    )
    assert run(city).features["walk_m"].tolist() == pytest.approx([120.0, 0.0])  # type: ignore[index]


def test_what_cannot_be_reached_is_told_apart(lay: Lay) -> None:
    lines = [line((0, 0), (100, 0)), line((0, 500), (100, 500))]
    homes = ([point(0, 0), point(0, 500), point(0, 250)], {"residents": [5.0, 3.0, 2.0]})
    found = run(lay(homes, (lines, {"n": [1, 2]}), ([point(100, 0)], {"name": ["s"]})), far_m=100)
    assert found.facts["unreached"] == 5.0
    assert np.isnan(minutes_of(found)).tolist() == [False, True, True]
    assert found.facts["within"] == 5.0


def test_a_new_school_changes_what_it_should(lay: Lay) -> None:
    # homes at 0 and 1000 m of a street, a school at 0: 12.5 minutes for the far one, none with a new school there
    city = lay(
        ([point(0, 0), point(1000, 0)], {"residents": [10.0, 30.0], "district": ["A", "B"], "age_6_17": [2.0, 9.0]}),
        ([line((0, 0), (1000, 0))], {"n": [1]}),
        ([point(0, 0)], {"name": ["old"], "capacity": [10.0]}),
    )
    lon, lat = city.lonlat(np.array([[WEST + 1000, SOUTH]]))[0]
    found = run(city, new_place=Point(lon, lat), new_capacity=20)
    assert found.features is not None
    assert found.features["saved_min"].tolist() == pytest.approx([0.0, 12.5], abs=1e-4)
    new = found.facts["new"]
    assert (new["within"]["before"], new["within"]["after"]) == (10.0, 40.0)
    assert new["people_who_go_there"] == 30.0
    assert found.facts["mean_min"] == pytest.approx(30 * 12.5 / 40)
    assert (found.facts["placed"], new["placed"]) == (10.0, 30.0)
    assert found.table is not None
    lines = dict(zip(found.table.columns["name"], found.table.columns["share_within"], strict=True))
    assert (lines["A"], lines["B"], lines["age_6_17"]) == (1.0, 0.0, pytest.approx(2 / 11))


PAIRS = Pairs(np.array([0, 0, 1, 1]), np.array([0, 1, 1, 2]), np.array([100.0, 200.0, 300.0, 50.0]))
DEMAND, CAPACITY = np.array([30.0, 20.0, 10.0]), np.array([40.0, 20.0])


def test_places_go_to_the_nearest_first() -> None:
    # home 2 takes 10 of school 1, home 0 takes 30 of school 0, home 1 the last 10 there and 10 at school 1
    found = allocated(PAIRS, DEMAND, CAPACITY, "free")
    assert found.placed.tolist() == [30.0, 20.0, 10.0]
    assert found.given.tolist() == [40.0, 20.0]
    assert found.asked.tolist() == [50.0, 10.0]


def test_a_full_school_places_the_same_share_of_each_home() -> None:
    found = allocated(PAIRS, DEMAND, CAPACITY, "nearest")  # 50 want 40 places: 80 %
    assert found.placed.tolist() == pytest.approx([24.0, 16.0, 10.0])


def test_shared_places_are_those_of_the_two_steps() -> None:
    # school 0: 40 / (30 + 20) = 0.8 a head; school 1: 20 / (20 + 10) = 0.667
    found = allocated(PAIRS, DEMAND, CAPACITY, "shared")
    assert found.per_head.tolist() == pytest.approx([0.8, 0.8 + 2 / 3, 2 / 3])


def test_fairness_is_as_by_hand() -> None:
    assert gini(np.array([1.0, 1.0, 1.0]), np.array([5.0, 1.0, 9.0])) == pytest.approx(0.0)
    # mean difference of 1, 2, 3, 4: sum |xi - xj| = 20, / (2 * 16 * 2.5)
    assert gini(np.array([4.0, 1.0, 3.0, 2.0]), np.ones(4)) == pytest.approx(0.25)
    assert gini(np.array([0.0, 10.0]), np.array([9.0, 1.0])) == pytest.approx(0.9)
    # the worst tenth of 20 people are 2: one with 9, one of the five with 5
    assert worst_mean(np.array([1.0, 9.0, 5.0]), np.array([14.0, 1.0, 5.0])) == pytest.approx(7.0)
