"""The sample city, from its files: what a user opens is what is tested."""

from __future__ import annotations

import csv
import hashlib
import os
import threading
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio
import pytest
import rasterio
import shapely

from data import sample
from data.sample import SampleFiles, sample_folder, write_sample
from twin.errors import SourceError

CITY_LAYERS = {
    "water",
    "parks",
    "land",
    "streets",
    "bridges",
    "tram",
    "tram_stops",
    "rail",
    "trees",
    "districts",
    "blocks",
    "schools",
    "clinics",
}
ROUNDING_M2 = 0.5
"""Two outlines rounded to 1 cm may share a sliver of half their common wall's length in centimetres."""


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> SampleFiles:
    return write_sample(tmp_path_factory.mktemp("city") / "Lindhaven")


@pytest.fixture(scope="module")
def buildings(files: SampleFiles) -> Any:
    return pyogrio.read_dataframe(files.buildings, layer="buildings")


def layer(files: SampleFiles, name: str) -> Any:
    return pyogrio.read_dataframe(files.city, layer=name)


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_all_layers_are_there_in_one_projected_crs(files: SampleFiles) -> None:
    found = {
        path: {str(n) for n in pyogrio.list_layers(path)[:, 0]} for path in (files.buildings, files.city, files.plans)
    }
    assert found[files.buildings] == {"buildings", "buildings_past"}
    assert found[files.city] == CITY_LAYERS
    assert found[files.plans] == {"zoning_2010", "zoning_2030", "concessions"}
    for path, names in found.items():
        for name in names:
            info = pyogrio.read_info(path, layer=name)
            assert (info["crs"], info["features"] > 0) == (sample.CRS, True), name


def test_writing_twice_gives_the_same_bytes(files: SampleFiles, tmp_path: Path) -> None:
    again = write_sample(tmp_path / "again")

    def digests(folder: Path) -> dict[str, str]:
        return {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in folder.iterdir()}

    assert digests(again.folder) == digests(files.folder)


def test_there_are_about_twelve_thousand_valid_buildings(buildings: Any) -> None:
    assert 11_000 <= len(buildings) <= 13_500
    assert shapely.is_valid(buildings.geometry.values).all()
    assert (shapely.get_type_id(buildings.geometry.values) == shapely.GeometryType.POLYGON).all()
    assert buildings["id"].is_unique


def test_no_outline_repeats_a_point(buildings: Any) -> None:
    outline = buildings.geometry.values
    clean = shapely.remove_repeated_points(outline)
    assert (shapely.get_num_coordinates(clean) == shapely.get_num_coordinates(outline)).all()


def test_coordinates_are_whole_centimetres(buildings: Any) -> None:
    xy = shapely.get_coordinates(buildings.geometry.values)
    assert np.abs(xy * 100 - np.rint(xy * 100)).max() < 1e-4


def test_no_building_stands_in_another(buildings: Any) -> None:
    ground = buildings[buildings["base_m"].isna()].geometry.values
    one, other = shapely.STRtree(ground).query(ground, predicate="intersects")
    pair = one < other
    shared_m2 = shapely.area(shapely.intersection(ground[one[pair]], ground[other[pair]]))
    assert shared_m2.max() < ROUNDING_M2


def test_no_building_stands_in_the_water(files: SampleFiles, buildings: Any) -> None:
    water = shapely.union_all(layer(files, "water").geometry.values)
    shapely.prepare(water)
    ground = buildings[buildings["base_m"].isna()]
    assert list(ground["id"][shapely.intersects(water, ground.geometry.values)]) == []


def test_no_building_stands_on_a_street_or_on_rails(files: SampleFiles, buildings: Any) -> None:
    ground = buildings[buildings["base_m"].isna()]
    streets = layer(files, "streets")
    ways = np.concatenate(
        [
            shapely.buffer(streets.geometry.values, streets["width_m"].to_numpy() / 2, cap_style="flat"),
            shapely.buffer(layer(files, "rail").geometry.values, 6.0),
        ]
    )
    way, building = shapely.STRtree(ground.geometry.values).query(ways, predicate="intersects")
    on_it_m2 = shapely.area(shapely.intersection(ways[way], ground.geometry.values[building]))
    assert sorted(set(ground["id"].iloc[building[on_it_m2 > ROUNDING_M2]])) == []


def test_a_raised_part_has_air_below_it_and_most_buildings_none(buildings: Any) -> None:
    raised = buildings[buildings["base_m"].notna()]
    assert {"Skybridge", "Beacon Tower"} <= set(raised["name"].dropna())
    assert (raised["height"] > raised["base_m"]).all()
    assert len(raised) < 0.02 * len(buildings)


def test_most_heights_are_measured_and_the_others_have_storeys(buildings: Any) -> None:
    measured = buildings["height"].notna()
    assert 0.90 < measured.mean() < 0.94
    assert (buildings["storeys"] >= 1).all()
    assert buildings.loc[measured, "height"].between(2, 220).all()


def test_the_skyline_peaks_among_the_towers_and_falls_outward(buildings: Any) -> None:
    towers = buildings[buildings["form"] == "tower"]
    assert 165 < towers["height"].max() < 190
    xy = shapely.get_coordinates(shapely.centroid(buildings.geometry.values)) - (571000, 5968000)
    away_m = np.hypot(xy[:, 0], xy[:, 1])
    usual = [
        np.nanmedian(buildings["height"][(away_m >= a) & (away_m < b)])
        for a, b in ((0, 1000), (1000, 1800), (1800, 3000))
    ]
    assert usual[0] > usual[1] > usual[2]


def test_old_blocks_keep_their_courtyards_and_some_buildings_have_holes(buildings: Any) -> None:
    assert (shapely.get_num_interior_rings(buildings.geometry.values) > 0).sum() > 30
    assert (buildings["form"] == "townhouse").sum() > 1000


def test_the_past_is_gone_before_the_present_was_built_there(files: SampleFiles) -> None:
    past = pyogrio.read_dataframe(files.buildings, layer="buildings_past")
    assert (past["year_built"] < past["year_demolished"]).all()
    assert (past["year_demolished"] < 1985).all()


def test_years_grow_outward_and_none_lies_in_the_future(buildings: Any) -> None:
    assert buildings["year_built"].between(1200, 2026).all()
    middle = buildings.groupby("form")["year_built"].median()
    assert middle["townhouse"] < middle["perimeter"] < middle["slab"]


def test_energy_labels_run_from_a_to_g_and_old_buildings_do_worse(buildings: Any) -> None:
    assert set(buildings["energy_label"].dropna()) == set("ABCDEFG")
    number = buildings["energy_label"].dropna().map("ABCDEFG".index)
    is_new = buildings.loc[number.index, "year_built"] > 2005
    assert number[is_new].mean() + 1 < number[~is_new].mean()


def test_every_property_belongs_to_a_building_and_some_buildings_have_many(files: SampleFiles, buildings: Any) -> None:
    count = Counter(row["building_id"] for row in rows(files.property))
    assert set(count) <= set(buildings["id"])
    assert max(count.values()) >= 5
    assert len(count) > 0.9 * len(buildings)
    assert {"owner_type", "floor_area_m2", "value_eur", "tax_eur"} <= set(rows(files.property)[0])


def test_the_census_counts_the_residents_of_the_buildings_block_by_block(files: SampleFiles, buildings: Any) -> None:
    counted = {row["block_id"]: int(row["population"]) for row in rows(files.census)}
    lived = buildings.groupby("block_id")["residents"].sum()
    assert {k: v for k, v in counted.items() if v} == {k: int(v) for k, v in lived.items() if v}
    assert set(counted) <= set(layer(files, "blocks")["block_id"])


def test_the_age_groups_of_a_block_are_its_population(files: SampleFiles) -> None:
    for row in rows(files.census):
        assert sum(int(v) for k, v in row.items() if k.startswith("age_")) == int(row["population"])


def test_the_terrain_covers_the_city_and_slopes_gently(files: SampleFiles, buildings: Any) -> None:
    with rasterio.open(files.terrain) as raster:
        west, south, east, north = raster.bounds
        ground_m = raster.read(1)
        assert raster.res == (10, 10)
        assert raster.crs.to_epsg() == 32632
        ground = buildings.geometry.values[buildings["base_m"].isna()]
        at = list(raster.sample(shapely.get_coordinates(shapely.centroid(ground))))
    left, low, right, high = shapely.total_bounds(buildings.geometry.values)
    assert west < left < right < east
    assert south < low < high < north
    assert np.isfinite(ground_m).all()
    down, along = np.gradient(ground_m, 10)
    slope = np.hypot(down, along)[ground_m > 1.6]
    assert np.percentile(slope, 99) < 0.12
    assert np.min(at) > 1.5


def test_everything_lies_on_the_terrain(files: SampleFiles) -> None:
    with rasterio.open(files.terrain) as raster:
        ground = shapely.box(*raster.bounds).buffer(0.01)
    for path in (files.buildings, files.city, files.plans):
        for name in pyogrio.list_layers(path)[:, 0]:
            assert ground.covers(
                shapely.box(*pyogrio.read_info(path, layer=name, force_total_bounds=True)["total_bounds"])
            ), name


def test_the_streets_are_one_network(files: SampleFiles) -> None:
    lines = layer(files, "streets").geometry.values
    ends = np.round(shapely.get_coordinates(shapely.get_point(lines, [[0], [-1]]).T.ravel()), 2).reshape(-1, 2, 2)
    node = {tuple(end): i for i, end in enumerate(np.unique(ends.reshape(-1, 2), axis=0))}
    group = list(range(len(node)))

    def root(i: int) -> int:
        while group[i] != i:
            group[i] = group[group[i]]
            i = group[i]
        return i

    for first, last in ends:
        group[root(node[tuple(first)])] = root(node[tuple(last)])
    sizes = Counter(root(i) for i in range(len(node)))
    assert max(sizes.values()) > 0.995 * len(node)


def test_bridges_cross_the_water_and_trams_run_on_streets(files: SampleFiles) -> None:
    streets = layer(files, "streets")
    water = shapely.union_all(layer(files, "water").geometry.values)
    bridges = layer(files, "bridges")
    assert shapely.intersects(water, bridges.geometry.values).all()
    assert (streets["is_bridge"] == 1).sum() >= 6
    ways = shapely.union_all(shapely.buffer(streets.geometry.values, streets["width_m"].to_numpy() / 2))
    for line in layer(files, "tram").geometry.values:
        assert line.difference(ways).length < 0.01 * line.length
    lines = shapely.union_all(layer(files, "tram").geometry.values)
    assert shapely.distance(lines, layer(files, "tram_stops").geometry.values).max() < 0.1


def test_no_tree_grows_in_a_building_or_in_water(files: SampleFiles, buildings: Any) -> None:
    trees = layer(files, "trees")
    ground = buildings[buildings["base_m"].isna()].geometry.values
    assert len(shapely.STRtree(ground).query(trees.geometry.values, predicate="intersects")[0]) == 0
    water = shapely.union_all(layer(files, "water").geometry.values)
    shapely.prepare(water)
    assert not shapely.intersects(water, trees.geometry.values).any()


def test_the_two_plans_cover_the_same_ground_and_differ(files: SampleFiles) -> None:
    old, new = (pyogrio.read_dataframe(files.plans, layer=name) for name in ("zoning_2010", "zoning_2030"))
    assert {"zone", "max_height_m", "clause"} <= set(old.columns) & set(new.columns)
    at = shapely.point_on_surface(old.geometry.values)
    point, there = shapely.STRtree(new.geometry.values).query(at, predicate="intersects")
    assert len(set(point)) > 0.99 * len(old)
    differs = old["max_height_m"].to_numpy()[point] != new["max_height_m"].to_numpy()[there]
    assert 0.05 < differs.mean() < 0.6


def test_schools_and_clinics_have_places(files: SampleFiles) -> None:
    assert len(layer(files, "schools")) >= 20
    assert len(layer(files, "clinics")) >= 8
    assert (layer(files, "schools")["capacity"] > 0).all()
    assert (layer(files, "clinics")["capacity"] > 0).all()


def test_the_readme_states_licence_and_crs(files: SampleFiles) -> None:
    text = files.readme.read_text(encoding="utf-8")
    assert "CC0" in text
    assert sample.ATTRIBUTION in text
    assert sample.CRS in text


def test_the_kept_city_is_made_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CITYTWIN_CACHE_DIR", str(tmp_path / "cache"))
    made: list[Path] = []

    def generate(folder: Path) -> None:
        made.append(folder)
        (folder / "README.txt").write_text("whole")

    monkeypatch.setattr(sample, "_generate", generate)
    assert sample_folder() == sample_folder() == tmp_path / "cache" / f"sample-{sample.VERSION}"
    assert len(made) == 1
    assert [p.name for p in (tmp_path / "cache").iterdir()] == [f"sample-{sample.VERSION}"]


def test_two_that_ask_at_once_get_one_whole_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CITYTWIN_CACHE_DIR", str(tmp_path))
    both_write = threading.Barrier(2)

    def generate(folder: Path) -> None:
        both_write.wait(timeout=10)
        (folder / "README.txt").write_text("whole")

    monkeypatch.setattr(sample, "_generate", generate)
    found: list[Path] = []
    askers = [threading.Thread(target=lambda: found.append(sample_folder())) for _ in range(2)]
    for asker in askers:
        asker.start()
    for asker in askers:
        asker.join()
    assert found[0] == found[1]
    assert len(found) == 2
    assert [p.name for p in tmp_path.iterdir()] == [found[0].name]
    assert (found[0] / "README.txt").read_text() == "whole"


def test_a_half_made_city_is_never_found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CITYTWIN_CACHE_DIR", str(tmp_path))

    def fail(folder: Path) -> None:
        (folder / "buildings.gpkg").write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(sample, "_generate", fail)
    with pytest.raises(SourceError, match="No space left"):
        sample_folder()
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_process_left_is_removed_an_hour_later(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CITYTWIN_CACHE_DIR", str(tmp_path))
    monkeypatch.setattr(sample, "_generate", lambda folder: (folder / "README.txt").write_text("whole"))
    old, young = (tmp_path / f"{sample.UNFINISHED}{name}" for name in ("old", "young"))
    for folder in (old, young):
        folder.mkdir()
    os.utime(old, (1, 1))
    kept = sample_folder()
    assert sorted(tmp_path.iterdir()) == sorted([young, kept])


def test_a_folder_may_be_written_into_whose_parent_may_not(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    places: list[Path] = []

    def generate(folder: Path) -> None:
        places.append(folder.parent)
        (folder / "README.txt").write_text("new")

    monkeypatch.setattr(sample, "_generate", generate)
    write_sample(tmp_path)
    assert places == [tmp_path]
    assert [p.name for p in tmp_path.iterdir()] == ["README.txt"]


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(SourceError, match="could not be written") as caught:
        write_sample(tmp_path / "file" / "city")
    assert os.fspath(tmp_path / "file" / "city") in str(caught.value)


def test_other_files_in_the_folder_stay(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    monkeypatch.setattr(sample, "_generate", lambda folder: (folder / "README.txt").write_text("new"))
    write_sample(tmp_path)
    assert (tmp_path / "mine.txt").read_text() == "mine"
    assert (tmp_path / "README.txt").read_text() == "new"
