"""Water: a basin with a dam worked by hand, and scikit-image's flood fill."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from threading import Event

import geopandas as gpd
import numpy as np
import pytest
import shapely
from skimage.segmentation import flood

from data.frames import layer_from_frame
from data.vector import read
from plugins.builtin.water import Parameters, Water
from plugins.city_files import CityContents, write_city
from plugins.city_handle import FileCity, open_city
from plugins.contract import Frame, Layer, PluginError, Point
from twin.layer import Kind
from twin.terrain import Terrain

CORNER = np.array([390_000.0, 5_820_000.0])
CRS = "EPSG:25833"
CityOf = Callable[..., FileCity]


@pytest.fixture
def city_of(tmp_path: Path) -> CityOf:
    def make(heights: np.ndarray | None, lines: list[object] | None = None) -> FileCity:
        """Return a city with houses at x 15 and x 45; the cell middles of 1 m are the terrain's nodes."""
        shapes = [shapely.box(x, 18, x + 4, 22) for x in (15, 45)]
        moved = [shapely.affinity.translate(s, *CORNER) for s in shapes]
        houses = gpd.GeoDataFrame({"height": [5.0, 5.0]}, geometry=moved, crs=CRS)
        layers = [layer_from_frame(houses, "houses", height_field="height")]
        if lines:
            moved = [shapely.affinity.translate(s, *CORNER) for s in lines]
            walls = gpd.GeoDataFrame({"kind": ["wall"] * len(lines)}, geometry=moved, crs=CRS)
            layers.append(layer_from_frame(walls, "walls", local=layers[0].frame, kind=Kind.LINES))
        origin = CORNER - np.asarray(layers[0].frame.origin_m)
        first = (float(origin[0]) + 0.5, float(origin[1]) + 0.5)
        terrain = Terrain(heights.astype(np.float32), first, (1.0, 1.0)) if heights is not None else None
        folder = tmp_path / f"city-{len(list(tmp_path.iterdir()))}"
        folder.mkdir()
        write_city(folder, CityContents(layers, terrain=terrain))
        return open_city(folder)

    return make


def basin() -> np.ndarray:
    """Return 40 by 60 m of ground: 0 m to the west and to the east of a dam at x 30, 3 m high, and a rim of 9 m."""
    heights = np.zeros((40, 60))
    heights[:, 30] = 3.0
    heights[[0, -1]] = heights[:, [0, -1]] = 9.0
    return heights


def point(city: FileCity, x: float, y: float) -> Point:
    return Point(*city.lonlat(np.array([[x, y]]) + CORNER)[0])


def told(city: FileCity, **given: object) -> Frame:
    parameters = Parameters(cell_m=1.0, **given)
    return next(f for f in Water().frames(city, city.area, parameters, Event()) if isinstance(f, Frame))


def readings(city: FileCity, xy: list[tuple[float, float]], **given: object) -> list[object]:
    shapes = shapely.points(np.array(xy) + CORNER)
    asked = gpd.GeoDataFrame({"name": range(len(xy))}, geometry=shapes, crs=CRS)
    return list(Water().at(city, Parameters(cell_m=1.0, **given), asked))


def test_a_dam_keeps_the_other_side_dry_until_it_is_overflowed(city_of: CityOf) -> None:
    city = city_of(basin())
    source = (point(city, 10.5, 10.5),)
    low, high = told(city, level_m=2.0, sources=source), told(city, level_m=4.0, sources=source)
    # to the west of the dam 29 by 38 cells of 1 m2 lie 2 m under water; behind it as many lie below, and dry
    assert low.facts["wet_m2"] == 29 * 38
    assert low.facts["volume_m3"] == pytest.approx(2 * 29 * 38)
    assert low.facts["below_level_but_not_connected_m2"] == 28 * 38
    assert (low.facts["buildings_wet"], low.table.columns["row"].tolist()) == (1, [0])
    # over the dam: both sides at 4 m and the dam itself at 1 m
    assert high.facts["wet_m2"] == 58 * 38
    assert high.facts["volume_m3"] == pytest.approx((29 + 28) * 38 * 4 + 38)
    assert high.facts["buildings_wet"] == 2


def test_depth_at_places_says_why(city_of: CityOf) -> None:
    city = city_of(basin())
    wet, dry, dam = readings(city, [(10.5, 10.5), (50.5, 10.5), (30.5, 10.5)], level_m=2.0,
                             sources=(point(city, 10.5, 10.5),))  # fmt: skip
    assert (wet.value, wet.unit, wet.reasons["is_connected"]) == (2.0, "m", True)
    assert (dry.value, dry.reasons["is_below_level"], dry.reasons["is_connected"]) == (0.0, True, False)
    assert (dam.value, dam.reasons["ground_m"]) == (0.0, 3.0)


def test_a_breach_a_cell_wide_lets_the_water_through(city_of: CityOf) -> None:
    heights = basin()
    heights[20, 30] = 1.0
    city = city_of(heights)
    frame = told(city, level_m=2.0, sources=(point(city, 10.5, 10.5),))
    assert frame.facts["wet_m2"] == (29 + 28) * 38 + 1
    assert frame.facts["volume_m3"] == pytest.approx(2 * (29 + 28) * 38 + 1)


@pytest.mark.parametrize("connects", ["edges", "corners"])
def test_a_slanting_wall_holds_however_water_passes(connects: str, city_of: CityOf) -> None:
    flat = np.zeros((40, 60))
    flat[[0, -1]] = flat[:, [0, -1]] = 9.0
    city = city_of(flat, [shapely.LineString([(20, -1), (41.3, 41)])])
    given = {"level_m": 1.0, "sources": (point(city, 3.5, 38.5),), "connects": connects}
    west, east = readings(city, [(5.5, 20.5), (55.5, 20.5)], barriers=Layer("walls"), **given)
    assert (west.value, east.value) == (1.0, 0.0)
    (without,) = readings(city, [(55.5, 20.5)], **given)
    assert without.value == 1.0


def test_houses_may_hold_water_back_and_are_wet_from_outside(city_of: CityOf) -> None:
    city = city_of(basin())
    frame = told(city, level_m=2.0, sources=(point(city, 10.5, 10.5),), are_walls=True)
    assert frame.facts["wet_m2"] == 29 * 38 - 16
    assert frame.facts["buildings_wet"] == 1


@pytest.mark.parametrize("connects", ["edges", "corners"])
def test_the_wet_cells_are_those_of_scikit_images_flood(connects: str, city_of: CityOf) -> None:
    random = np.random.default_rng(7)
    rough = random.normal(0, 1, (12, 17))
    steps = np.linspace(0, 11, 40), np.linspace(0, 16, 60)
    heights = np.array([np.interp(steps[1], np.arange(17), line) for line in rough])
    heights = np.array([np.interp(steps[0], np.arange(12), column) for column in heights.T]).T
    heights += random.normal(0, 0.25, heights.shape)
    city = city_of(heights)
    start = np.unravel_index(np.argmin(heights), heights.shape)
    source = (point(city, start[1] + 0.5, start[0] + 0.5),)
    for level in np.quantile(heights, [0.3, 0.45, 0.6, 0.9]):
        frame = told(city, level_m=float(level), sources=source, connects=connects)
        below = heights.astype(np.float32) < level
        expected = flood(below.astype(np.uint8), tuple(map(int, start)), connectivity=1 if connects == "edges" else 2)
        row = round(frame.surface.north_m - (CORNER[1] + 40))
        column = round(CORNER[0] - frame.surface.west_m)
        found = np.isfinite(frame.surface.values)[row : row + 40, column : column + 60][::-1]
        assert (found == (expected & below)).all()


def test_flat_cities_and_dry_sources_are_told_apart_in_words(city_of: CityOf) -> None:
    flat = city_of(None)
    with pytest.raises(PluginError, match="needs a terrain"):
        told(flat, level_m=1.0, sources=(point(flat, 1, 1),))
    city = city_of(basin())
    with pytest.raises(PluginError, match="has not been picked"):
        told(city, level_m=1.0)
    with pytest.raises(PluginError, match=r"not under the level of 2 m. It lies at 3.00 m"):
        told(city, level_m=2.0, sources=(point(city, 30.5, 10.5),))


def test_the_words_say_that_it_is_no_simulation(city_of: CityOf) -> None:
    assert "SCREENING, NOT A SIMULATION" in Water.info.note
    assert "screening" in Water.info.title
    city = city_of(basin())
    assert told(city, level_m=2.0, sources=(point(city, 10.5, 10.5),)).facts["screening"] == "not a simulation"


def test_alexandria_is_wet_where_scikit_image_says(real_data: Callable[[str], Path], tmp_path: Path) -> None:
    houses = read(str(real_data("alexandria_va/buildings.geojson")), is_alone=True)
    ground = read(str(real_data("alexandria_va/dtm.tif")), frame=houses.frame).terrain
    write_city(tmp_path, CityContents([houses], terrain=ground))
    city = open_city(tmp_path)
    lon, lat = -77.05589882527626, 38.81253091133301  # the lowest place, 6.91 m
    parameters = Parameters(level_m=10.0, sources=(Point(lon, lat),))
    frame = next(f for f in Water().frames(city, city.area, parameters, Event()) if isinstance(f, Frame))
    surface = frame.surface
    rows, columns = surface.values.shape
    west, north = surface.west_m, surface.north_m
    values = city.terrain.grid(shapely.box(west, north - 2 * rows, west + 2 * columns, north), 2.0).values
    ground_m = np.asarray(values)[:rows, :columns]
    below = np.nan_to_num(ground_m, nan=99.0) < 10.0
    x, y = city.xy(Point(lon, lat))[0]
    start = (int((surface.north_m - y) / 2), int((x - surface.west_m) / 2))
    expected = flood(below.astype(np.uint8), start, connectivity=1) & below
    assert (np.isfinite(surface.values) == expected).all()
    assert np.nanmax(surface.values) == pytest.approx(10 - ground_m[expected].min(), abs=1e-3)
    assert 0 < frame.facts["wet_m2"] < 4 * below.size
