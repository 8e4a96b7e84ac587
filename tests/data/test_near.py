"""Points joined to areas in space, against geopandas."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import geopandas
import numpy as np
import pytest
import shapely

from data.layer_values import read_values
from data.near import Grounds, grounds_of, near_codes, read_points, shapes_of
from data.vector import read
from twin.errors import LayerError
from ui.cli import main
from ui.joining import _near_wish

RealData = Callable[[str], Path]


@pytest.fixture
def city(tmp_path: Path) -> Path:
    """60 houses of 20 m by 20 m on a grid of 50 m, the first with a court, and 400 points strewn over them."""
    random = np.random.default_rng(7)
    corner = np.array([(x, y) for y in range(6) for x in range(10)]) * 50.0 + (500_000, 5_700_000)
    houses = [shapely.box(x, y, x + 20, y + 20) for x, y in corner]
    houses[0] = houses[0].difference(shapely.box(500_005, 5_700_005, 500_015, 5_700_015))
    houses[1] = shapely.MultiPolygon([houses[1], shapely.box(500_080, 5_700_000, 500_085, 5_700_005)])
    frame = geopandas.GeoDataFrame({"id": range(60), "height": 9.0}, geometry=houses, crs=25832)
    frame.to_file(tmp_path / "houses.gpkg")
    place = random.uniform((499_980, 5_699_980), (500_500, 5_700_300), (400, 2))
    points = geopandas.GeoDataFrame(
        {"power": random.integers(1, 100, 400).astype(float), "kind": ["a", "b"] * 200},
        geometry=shapely.points(place), crs=25832,
    )  # fmt: skip
    points.to_crs(4326).to_file(tmp_path / "points.gpkg")
    return tmp_path


def frames(folder: Path) -> tuple[geopandas.GeoDataFrame, geopandas.GeoDataFrame]:
    return geopandas.read_file(folder / "houses.gpkg"), geopandas.read_file(folder / "points.gpkg").to_crs(25832)


def right_rows(folder: Path, distance_m: float) -> np.ndarray:
    layer = read(folder / "houses.gpkg")
    found = read_points(folder / "points.gpkg", layer.frame)
    codes = near_codes(grounds_of(layer), found.points, rows=400, distance_m=distance_m)
    house = np.full(codes.count, -1)
    house[codes.left[codes.left >= 0]] = np.flatnonzero(codes.left >= 0)
    return np.where(codes.right >= 0, house[codes.right], -1)


def test_points_inside_are_those_that_geopandas_finds(city: Path) -> None:
    houses, points = frames(city)
    theirs = points.sjoin(houses, how="left", predicate="within")["index_right"].fillna(-1).astype(int)
    ours = right_rows(city, 0)
    assert np.array_equal(ours, theirs.to_numpy())
    assert 40 < (ours >= 0).sum() < 120


@pytest.mark.parametrize("distance_m", [3.0, 12.0])
def test_the_nearest_within_a_distance_is_the_one_that_geopandas_finds(city: Path, distance_m: float) -> None:
    houses, points = frames(city)
    theirs = points.sjoin_nearest(houses, how="left", max_distance=distance_m)
    theirs = theirs["index_right"].groupby(level=0).min().fillna(-1).astype(int)
    ours = right_rows(city, distance_m)
    near_limit = np.abs(shapely.distance(points.geometry.to_numpy(), houses.union_all()) - distance_m) < 0.01
    assert np.array_equal(ours[~near_limit], theirs.to_numpy()[~near_limit])


def test_outlines_become_the_shapes_they_were(city: Path) -> None:
    houses, _ = frames(city)
    layer = read(city / "houses.gpkg")
    grounds = grounds_of(layer)
    area = np.zeros(60)
    area[grounds.row] = shapely.area(shapes_of(grounds.outlines))
    assert area == pytest.approx(houses.area.to_numpy(), rel=2e-3)


def test_reductions_are_those_of_geopandas(city: Path, capsys: pytest.CaptureFixture[str]) -> None:
    houses, points = frames(city)
    theirs = points.sjoin(houses, predicate="within").groupby("index_right")["power"].sum()
    table = f"{city / 'points.gpkg'}:inside:power:sum"
    assert main(["info", str(city / "houses.gpkg"), "--join-near", table, "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    inside = len(points.sjoin(houses, predicate="within"))
    expected = {"rows": 400, "matched": len(theirs), "orphans_left": 60 - len(theirs), "orphans_right": 400 - inside}
    assert answer["join"] == expected
    assert answer["fields"] == ["id", "height", "power", "rows"]


def test_the_picture_takes_a_join_in_space(city: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["render", str(city / "houses.gpkg"), "-o", str(city / "p.png"), "--size", "200x150"]
    words += ["--join-near", f"{city / 'points.gpkg'}:25:count", "--color-by", "power", "--json"]
    assert main(words) == 0
    assert json.loads(capsys.readouterr().out)["join"]["orphans_right"] < 40


@pytest.mark.parametrize(
    ("text", "near_m", "columns", "reduce"),
    [
        ("p.gpkg:inside", 0.0, (), None),
        ("p.gpkg:stops:25", 25.0, (), None),
        ("p.gpkg:25m:power:mean", 25.0, ("power",), "mean"),
        ("p.gpkg:2.5:addr:street", 2.5, ("addr:street",), None),
        ("p.gpkg:inside:count", 0.0, (), "count"),
    ],
)
def test_a_join_in_space_is_understood(text: str, near_m: float, columns: tuple[str, ...], reduce: str | None) -> None:
    wish = _near_wish(text)
    assert (wish.near_m, wish.columns, wish.reduce) == (near_m, columns, reduce)
    assert wish.path == ("p.gpkg:stops" if "stops" in text else "p.gpkg")


def test_points_have_no_areas_to_lie_in(city: Path) -> None:
    with pytest.raises(LayerError, match="has no areas for points to lie in"):
        grounds_of(read(city / "points.gpkg"))


def test_street_lights_of_cambridge_are_counted_by_parcel(real_data: RealData) -> None:
    """Against geopandas' own reading and join, in the project's frame."""
    parcels, lights = (
        real_data("cambridge_ma/ASSESSING_ParcelsFY2014.topojson"),
        real_data("cambridge_ma/INFRA_StreetLights.geojson"),
    )
    values = read_values(parcels)
    assert values.outlines is not None
    grounds = Grounds(values.outlines, values.row, values.frame, len(values.table))
    found = read_points(lights, values.frame)
    codes = near_codes(grounds, found.points, rows=len(found.table), distance_m=0.0)
    shapes = geopandas.GeoDataFrame({"row": values.row}, geometry=shapes_of(values.outlines))
    points = geopandas.GeoDataFrame(geometry=shapely.points(found.points.xy_local))
    theirs = points.sjoin(shapes, predicate="intersects").groupby(level=0)["row"].min()
    assert (codes.right >= 0).sum() == len(theirs)
    assert len(np.unique(theirs)) == codes.count
