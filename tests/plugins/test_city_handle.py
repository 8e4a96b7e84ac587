"""The city as plugins see it: what is asked for, in metres, each thing once, and nothing that is held back."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely

from data.frames import frame_of_layer
from plugins.asking import Area, Point
from plugins.city_files import CityContents, Edits, write_city
from plugins.city_handle import FileCity, open_city
from plugins.contract import PluginError
from twin.layer import Layer
from twin.terrain import Terrain

CRS = "EPSG:25833"
WEST, SOUTH = 390_000.0, 5_820_000.0


@pytest.fixture
def city(small_layers: list[Layer], tmp_path: Path) -> FileCity:
    added = gpd.GeoDataFrame(
        {"height_m": [99.0]}, geometry=[shapely.box(WEST + 15, SOUTH + 15, WEST + 35, SOUTH + 35)], crs=CRS
    )
    plane = np.add.outer(np.arange(0, 50.0), np.zeros(50)).astype(np.float32)  # rises 1 m every 10 m northwards
    frame = small_layers[0].frame
    origin = WEST - frame.origin_m[0], SOUTH - frame.origin_m[1]
    contents = CityContents(
        small_layers,
        personal={"houses": ("owner_name",)},
        scenarios={"tower": Edits({"houses": [0]}, added)},
        terrain=Terrain(plane, origin, (10.0, 10.0)),
        comments=(
            {"lon_deg": 13.0, "lat_deg": 52.0, "text": "kept", "state": "accepted"},
            {"lon_deg": 13.0, "lat_deg": 52.0, "text": "secret", "state": "waiting"},
        ),
    )
    for name in ("open", "own"):
        (tmp_path / name).mkdir()
    write_city(tmp_path / "open", contents, personal_folder=tmp_path / "own")
    return open_city(tmp_path / "open", secret_folder=tmp_path / "own")


def granted(city: FileCity, *capabilities: str) -> FileCity:
    return open_city(city.folder, secret_folder=city.secret_folder, allowed=capabilities)


def test_buildings_are_where_and_as_tall_as_they_were(city: FileCity, small_layers: list[Layer]) -> None:
    found = city.buildings()
    expected = frame_of_layer(small_layers[0])
    assert found.crs == CRS
    assert shapely.equals_exact(
        shapely.normalize(found.geometry.to_numpy()), shapely.normalize(expected.geometry.to_numpy()), 1e-6
    ).all()
    assert found["height_m"].tolist() == [i + 1.0 for i in range(100)]
    assert set(found["layer"]) == {"houses"}


def test_an_area_brings_only_what_it_touches(city: FileCity) -> None:
    # 2 by 2 houses: those at 0 and 40 m
    assert city.buildings(shapely.box(WEST - 1, SOUTH - 1, WEST + 45, SOUTH + 45))["row"].tolist() == [0, 1, 10, 11]
    triangle = shapely.Polygon([(WEST, SOUTH), (WEST + 45, SOUTH), (WEST, SOUTH + 45)])
    # the house at (40, 40) lies in the triangle's bounds, and not in the triangle
    assert city.buildings(triangle)["row"].tolist() == [0, 1, 10]


def test_features_come_with_the_columns_asked_for_and_their_row(city: FileCity) -> None:
    trees = city.layer("trees", shapely.box(WEST + 60, SOUTH, WEST + 200, SOUTH + 100), ["species"])
    assert trees["species"].tolist() == ["lime", "ash"]
    assert trees.index.tolist() == [1, 2]
    assert list(city.layer("trees", columns=[]).columns) == ["geometry"]


def test_each_building_is_in_one_tile_only(city: FileCity) -> None:
    tiles = list(city.tiles(70.0, 30.0))
    own = np.concatenate([t.buildings().query("is_own")["row"].to_numpy() for t in tiles])
    assert sorted(own) == list(range(100))
    assert sum(len(t.buildings()) for t in tiles) > 100
    areas = sum(t.area.area for t in tiles)
    assert areas == pytest.approx(city.area.area)


def test_what_is_not_there_is_said_with_the_nearest_name(city: FileCity) -> None:
    with pytest.raises(PluginError, match='Did you mean "trees"'):
        city.layer("tree")
    with pytest.raises(PluginError, match='Did you mean "species"'):
        city.layer("trees", columns=["specis"])
    with pytest.raises(PluginError, match="no scenario"):
        city.scenario("towers")


def test_personal_columns_stay_away_without_the_capability(city: FileCity) -> None:
    houses = next(f for f in city.layers if f.id == "houses")
    assert "owner_name" not in houses.columns
    assert "owner_name" not in city.layer("houses").columns
    assert not list(city.folder.rglob("*owner*"))
    assert b"Person 7" not in b"".join(p.read_bytes() for p in city.folder.rglob("*.arrow"))
    assert granted(city, "personal").layer("houses", columns=["owner_name"])["owner_name"].iloc[7] == "Person 7"


def test_comments_before_moderation_stay_away_without_the_capability(city: FileCity) -> None:
    assert city.comments()["text"].tolist() == ["kept"]
    assert granted(city, "personal").comments()["text"].tolist() == ["kept"]
    assert granted(city, "comments").comments()["text"].tolist() == ["kept", "secret"]


def test_a_scenario_takes_away_and_adds(city: FileCity) -> None:
    built = city.scenario("tower")
    assert len(built.buildings()) == 100  # one less, one more
    assert built.buildings()["height_m"].max() == 100.0
    here = shapely.box(WEST, SOUTH, WEST + 39, SOUTH + 39)
    assert built.buildings(here)["height_m"].tolist() == [99.0]
    assert city.buildings(here)["height_m"].tolist() == [1.0]


def test_the_ground_is_asked_in_the_citys_own_metres(city: FileCity) -> None:
    assert city.terrain is not None
    heights = city.terrain.height_at(np.array([[WEST + 50, SOUTH], [WEST + 50, SOUTH + 105], [WEST - 500, SOUTH]]))
    assert heights[:2].tolist() == [0.0, 10.5]
    assert np.isnan(heights[2])
    grid = city.terrain.grid(shapely.box(WEST, SOUTH, WEST + 40, SOUTH + 20), 10.0)
    assert grid.values.tolist() == [[1.5] * 4, [0.5] * 4]  # the northern row comes first


def test_places_go_to_metres_and_back(city: FileCity) -> None:
    place = Point(*city.lonlat(np.array([[WEST, SOUTH]]))[0])
    assert city.xy(place)[0] == pytest.approx([WEST, SOUTH], abs=1e-3)
    ring = Area(Point(*p) for p in city.lonlat(np.array([[WEST, SOUTH], [WEST + 10, SOUTH], [WEST, SOUTH + 10]])))
    assert city.polygon(ring).area == pytest.approx(50.0, rel=1e-3)


def test_too_much_at_once_is_refused_in_words(city: FileCity, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("plugins.city_handle.MOST_AT_ONCE", 50)
    with pytest.raises(PluginError, match=r"city\.tiles"):
        city.buildings()
