"""The city as cells: which cell, how much, who may be counted, and statistics against their formulas by hand."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from data.frames import layer_from_frame
from plugins.builtin.grid import CityGrid, Parameters
from plugins.cases import by_cell, cases_of
from plugins.city_files import CityContents, write_city
from plugins.city_grid import hexagons, squares, weights
from plugins.city_handle import FileCity, open_city
from plugins.contract import Frame, PluginError
from plugins.parameters import fields_of, plain_parameters, typed_parameters
from plugins.spots import clusters, hot_spots, location_quotients
from twin.layer import Kind

CRS = "EPSG:25833"
WEST, SOUTH = 390_000.0, 5_820_000.0
FIELDS = fields_of(Parameters)
AREA = shapely.box(WEST, SOUTH, WEST + 1000, SOUTH + 1000)
Lay = Callable[..., FileCity]


@pytest.fixture
def lay(tmp_path: Path) -> Lay:
    """Return the function that lays layers, each a kind and a frame, down as a city."""

    def laid(**layers: tuple[Kind, gpd.GeoDataFrame]) -> FileCity:
        made: list[Any] = []
        for name, (kind, frame) in layers.items():
            made.append(layer_from_frame(frame, name, kind=kind, local=made[0].frame if made else None))
        for folder in ("open", "own"):
            (tmp_path / folder).mkdir()
        comments = (
            {"lon_deg": 13.37765, "lat_deg": 52.51622, "text": "far away", "state": "accepted", "time": "2026-01-01"},
        )
        write_city(tmp_path / "open", CityContents(made, comments=comments), personal_folder=tmp_path / "own")
        return open_city(tmp_path / "open")

    return laid


def points(xy: Any, **columns: Any) -> gpd.GeoDataFrame:
    places = np.asarray(xy, float) + np.array([WEST, SOUTH])
    return gpd.GeoDataFrame(columns, geometry=shapely.points(places), crs=CRS)


def run(city: FileCity, area: Any = AREA, **given: Any) -> Frame:
    parameters = typed_parameters(Parameters, plain_parameters(FIELDS, given))
    *_, frame = CityGrid().frames(city, area, parameters, threading.Event())
    assert isinstance(frame, Frame)
    assert frame.features is not None
    return frame


def cell_values(frame: Frame, name: str) -> dict[str, float]:
    assert frame.features is not None
    return dict(zip(frame.features["cell"], frame.features[name], strict=True))


@pytest.mark.parametrize("made", [squares, hexagons])
def test_each_point_is_in_the_cell_that_covers_it(made: Any) -> None:
    cells = made(AREA, 90.0)
    xy = np.random.default_rng(1).uniform(0, 1000, (2000, 2)) + np.array([WEST, SOUTH])
    found = cells.locate(xy)
    assert (found >= 0).all(), "the cells cover the area"
    assert shapely.covers(shapely.buffer(cells.geometry[found], 1e-6), shapely.points(xy)).all()
    overlap = shapely.area(cells.geometry).sum() - shapely.union_all(cells.geometry).area
    assert overlap == pytest.approx(0, abs=1e-3)


def test_a_hexagon_is_as_wide_as_it_says_and_has_six_neighbours() -> None:
    cells = hexagons(AREA, 100.0)
    west, _, east, _ = shapely.bounds(cells.geometry[0])
    assert east - west == pytest.approx(100)
    assert shapely.area(cells.geometry[0]) == pytest.approx(100**2 * np.sqrt(3) / 2)
    assert max(weights(cells).cardinalities.values()) == 6
    assert max(weights(squares(AREA, 100.0)).cardinalities.values()) == 8


def test_what_is_gathered_is_counted_summed_and_measured(lay: Lay) -> None:
    # cells of 500 m from (0, 0): 3 shops and 60 jobs in the south-west, one shop in the north-east
    shops = points([(10, 10), (20, 20), (30, 30), (900, 900)], jobs=[10.0, 20.0, 30.0, 8.0])
    park = gpd.GeoDataFrame({"n": [1, 2]}, geometry=[
        shapely.box(WEST + 400, SOUTH, WEST + 600, SOUTH + 100), shapely.box(WEST + 400, SOUTH, WEST + 450, SOUTH + 50)
    ], crs=CRS)  # fmt: skip
    street = shapely.LineString([(WEST + 100, SOUTH + 250), (WEST + 800, SOUTH + 250)])
    road = gpd.GeoDataFrame({"n": [1]}, geometry=[street], crs=CRS)
    city = lay(shops=(Kind.POINTS, shops), park=(Kind.POLYGONS, park), road=(Kind.LINES, road))
    gather = [
        {"name": "shops", "layer": "shops"},
        {"name": "many", "layer": "shops:jobs>9"},
        {"name": "jobs", "layer": "shops", "column": "jobs", "how": "sum"},
        {"name": "mean", "layer": "shops", "column": "jobs", "how": "mean"},
        {"name": "green", "layer": "park", "how": "share", "subject": "nature"},
        {"name": "road", "layer": "road", "how": "length", "subject": "infrastructure"},
    ]
    found = run(city, size_m=500, gather=gather, minimum=1, has_comments=False)
    south_west, south_east, north_east = "c780r11640", "c781r11640", "c781r11641"
    assert cell_values(found, "shops") == {south_west: 3, south_east: 0, north_east: 1}
    assert cell_values(found, "many") == {south_west: 3, south_east: 0, north_east: 0}
    assert cell_values(found, "jobs") == {south_west: 60, south_east: 0, north_east: 8}
    assert cell_values(found, "mean")[south_west] == 20
    # 100 x 100 m on either side; the second park lies in the first and adds nothing; a cell has 250,000 m2
    assert cell_values(found, "green") == pytest.approx({south_west: 4.0, south_east: 4.0, north_east: 0.0})
    assert cell_values(found, "road") == pytest.approx({south_west: 400.0, south_east: 300.0, north_east: 0.0})


def test_values_about_few_people_are_withheld(lay: Lay) -> None:
    # four homes with 100 people; six with 12; six with 3 people in all
    places = [(10 + n, 10) for n in range(4)] + [(510 + n, 10) for n in range(6)] + [(10 + n, 510) for n in range(6)]
    people = [25.0] * 4 + [2.0] * 6 + [0.5] * 6
    city = lay(homes=(Kind.POINTS, points(places, people=people)))
    line = {"name": "people", "layer": "homes", "column": "people", "how": "sum", "subject": "society"}
    found = run(city, size_m=500, gather=[line, {"name": "homes", "layer": "homes"}], has_comments=False)
    told = {k: v for k, v in cell_values(found, "people").items() if not np.isnan(v)}
    assert told == {"c781r11640": 12.0}
    assert found.facts["subjects"]["society"]["people"]["withheld"] == 2
    assert sorted(cell_values(found, "homes").values()) == [4, 6, 6]
    open_ones = run(city, size_m=500, gather=[line | {"private": "no"}], has_comments=False)
    assert sorted(cell_values(open_ones, "people").values()) == [3.0, 12.0, 100.0]


def test_the_offices_own_cells_have_somebody_responsible(lay: Lay) -> None:
    cells = gpd.GeoDataFrame(
        {"name": ["North", "South"], "responsible": ["Depot A", "Depot B"]},
        geometry=[shapely.box(WEST, y, WEST + 1000, y + 500) for y in (SOUTH + 500, SOUTH)],
        crs=CRS,
    )  # fmt: skip
    alarms = points(
        [(10, 600), (20, 600), (30, 100)],
        opened=["2026-01-01T00:00Z", "2026-01-01T00:00Z", "2026-01-10T00:00Z"],
        closed=["2026-01-03T00:00Z", None, None],
        status=["closed", "open", "open"],
    )
    city = lay(alarms=(Kind.POINTS, alarms), cells=(Kind.POLYGONS, cells))
    found = run(
        city, shape="own", cells="cells", cases="alarms", now="2026-01-19", due_days=15, gather=[{"layer": "alarms"}],
        shows="cases",
    )  # fmt: skip
    assert cell_values(found, "assigned_to") == {"North": "Depot A", "South": "Depot B"}
    assert cell_values(found, "cases_open") == {"North": 1, "South": 1}
    assert cell_values(found, "cases_closed") == {"North": 1, "South": 0}
    assert cell_values(found, "days_to_close")["North"] == 2.0
    # the day counts whole: until 20 January 0:00 that is 19 days and 10 days
    assert cell_values(found, "oldest_open_days") == {"North": 19.0, "South": 10.0}
    assert cell_values(found, "cases_overdue") == {"North": 1, "South": 0}
    # the accepted comment is a case as well, in no cell
    assert found.facts["cases"]["by_source"] == {"alarms": 3, "comments": 1}
    assert found.facts["cases"]["outside"] == 1


def test_a_case_is_over_by_its_day_or_by_its_status() -> None:
    table = points(
        [(0, 0)] * 5,
        opened=["2026-01-01"] * 5,
        closed=["2026-01-02", None, None, "2026-03-01", None],
        status=["open", "Done", "in work", "open", "open"],
        assigned=["A", "A", "B", "B", ""],
    )
    found = cases_of(table, datetime(2026, 2, 1, tzinfo=UTC), "alarms")
    assert found.is_open.tolist() == [False, False, True, True, True]
    assert found.days[[0, 2, 3]].tolist() == [1.0, 31.0, 31.0]
    assert np.isnan(found.days[1]), "when it was done, nobody has written down"
    cell = by_cell(found, np.array([0, 0, 0, 1, 1]), 2, np.array(["", ""]), 14)
    assert cell["assigned_to"].tolist() == ["A", "B"]
    assert cell["cases_overdue"].tolist() == [1, 2]


def test_moments_are_read_as_seconds_milliseconds_or_texts() -> None:
    now = datetime(2026, 1, 2, tzinfo=UTC)
    day = pd.Timestamp("2026-01-01", tz="UTC").timestamp()
    for opened in (day, day * 1000, "2026-01-01 01:00+01:00"):
        assert cases_of(points([(0, 0)], created=[opened]), now, "x").days.tolist() == [1.0]
    with pytest.raises(PluginError, match="no column of a status or of days"):
        cases_of(points([(0, 0)], height=[3.0]), now, "x")


def test_hot_spots_are_those_of_the_formula() -> None:
    cells = squares(shapely.box(0, 0, 49, 49), 10.0)
    values = np.random.default_rng(5).poisson(4, 25).astype(float)
    values[[6, 7, 11, 12]] += 9
    found = hot_spots(values, weights(cells))
    near = (np.abs(cells.place[:, None] - cells.place[None]).max(axis=2) <= 1).astype(float)  # itself too
    mean, spread, n = values.mean(), values.std(), 25
    weight = near.sum(axis=1)
    expected = (near @ values - mean * weight) / (spread * np.sqrt((n * weight - weight**2) / (n - 1)))
    assert found.z == pytest.approx(expected)  # Ord, Getis 1995, equation 14
    sure = dict(zip(map(tuple, cells.place), found.words, strict=True))
    assert sure[1, 2].startswith("hot")
    assert not sure[4, 4].startswith("hot")
    assert (found.p < 0.05).tolist() == (np.abs(expected) > 1.95996).tolist()


def test_clusters_are_those_of_the_formula_and_the_same_every_time() -> None:
    cells = squares(shapely.box(0, 0, 79, 79), 10.0)
    values = np.where(cells.place[:, 0] < 4, 10.0, 1.0) + np.random.default_rng(2).uniform(0, 0.5, 64)
    values[cells.locate(np.array([[15.0, 45.0]]))] = 1.0  # low among high
    found, again = (clusters(values, weights(cells)) for _ in range(2))
    near = (np.abs(cells.place[:, None] - cells.place[None]).max(axis=2) == 1).astype(float)
    near /= near.sum(axis=1, keepdims=True)
    z = (values - values.mean()) / values.std()
    assert found.value == pytest.approx(z * (near @ z) * 63 / 64)  # Anselin 1995, equation 12, by esda's n - 1
    assert found.moran == pytest.approx(float(z @ near @ z) / 64)
    assert found.p.tolist() == again.p.tolist()
    middle = {tuple(p): w for p, w in zip(cells.place, found.words, strict=True)}
    assert (middle[1, 4], middle[1, 1], middle[6, 4]) == ("low among high", "high among high", "low among low")


def test_specialisation_is_the_location_quotient() -> None:
    # 30 of 40 in crafts here, 40 of 100 in the city: 0.75 / 0.4
    found = location_quotients(np.array([[30.0, 10.0, 0.0], [10.0, 50.0, 0.0], [0.0, 0.0, 0.0]]))
    assert found[0, 0] == pytest.approx(1.875)
    assert found[1].tolist()[:2] == pytest.approx([10 / 60 / 0.4, 50 / 60 / 0.6])
    assert np.isnan(found[2]).all()


def test_a_place_tells_its_cell(lay: Lay) -> None:
    city = lay(homes=(Kind.POINTS, points([(10, 10), (900, 900)], people=[40.0, 2.0], use=["home", "shop"])))
    line = {"name": "people", "layer": "homes", "column": "people", "how": "sum", "subject": "society"}
    given = {"gather": [line], "size_m": 500, "minimum": 1, "kinds_of": "homes", "kind": "use", "has_comments": False}
    places = points([(20, 20), (5000, 5000)], name=["a", "b"])
    parameters = typed_parameters(Parameters, plain_parameters(FIELDS, given))
    inside, outside = CityGrid().at(city, parameters, places)
    assert (inside.value, inside.reasons["cell"]) == (40.0, "c780r11640")
    assert inside.reasons["quotients"] == {"home": 2.0, "shop": 0.0}
    assert outside.value is None
