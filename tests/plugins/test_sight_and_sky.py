"""Lines of sight, viewsheds, towers and the sky: formulas of textbooks, and rays by shapely alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from threading import Event
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely

from data.frames import layer_from_frame
from data.vector import read
from plugins.builtin.height_field import height_field
from plugins.builtin.outlook import Eye, seen_from
from plugins.builtin.prisms import prisms_of
from plugins.builtin.sight import Parameters as SightParameters
from plugins.builtin.sight import Sight
from plugins.builtin.sky import Parameters as SkyParameters
from plugins.builtin.sky import SkyView
from plugins.builtin.towers import Parameters as TowerParameters
from plugins.builtin.towers import TowerSeen
from plugins.builtin.viewshed import Parameters as ViewParameters
from plugins.builtin.viewshed import Viewshed
from plugins.city_files import CityContents, write_city
from plugins.city_handle import FileCity, open_city
from plugins.contract import Frame, PluginError, Point
from plugins.contract import Path as DrawnPath
from twin.terrain import Terrain

CORNER = np.array([390_000.0, 5_820_000.0])
CRS = "EPSG:25833"
CityOf = Callable[..., FileCity]


@pytest.fixture
def city_of(tmp_path: Path) -> CityOf:
    def make(boxes: list[tuple[float, ...]], **more: object) -> FileCity:
        shapes = [shapely.affinity.translate(shapely.box(*b[:4]), *CORNER) for b in boxes]
        frame = gpd.GeoDataFrame({"height": [float(b[4]) for b in boxes]}, geometry=shapes, crs=CRS)
        folder = tmp_path / f"city-{len(list(tmp_path.iterdir()))}"
        folder.mkdir()
        write_city(folder, CityContents([layer_from_frame(frame, "houses", height_field="height")], **more))
        return open_city(folder)

    return make


def point(city: FileCity, x: float, y: float) -> Point:
    return Point(*city.lonlat(np.array([[x, y]]) + CORNER)[0])


def places(city: FileCity, xy: Iterable[Any]) -> gpd.GeoDataFrame:
    at = np.asarray(list(xy), float) + CORNER
    return gpd.GeoDataFrame({"name": range(len(at))}, geometry=shapely.points(at), crs=city.crs)


def last_frame(yielded: Iterable[object]) -> Frame:
    return next(f for f in reversed(list(yielded)) if isinstance(f, Frame))


def random_boxes(seed: int, count: int = 80, side: float = 500.0) -> list[tuple[float, ...]]:
    random = np.random.default_rng(seed)
    corners = random.uniform(0, side, (count, 2))
    return [(x, y, x + random.uniform(6, 30), y + random.uniform(6, 30), random.uniform(3, 40)) for x, y in corners]


def plain_line(city: FileCity, eye: np.ndarray, target: np.ndarray) -> bool:
    """Return whether a line is free, by shapely alone: its lowest height over each footprint, cut by intersection."""
    prisms = prisms_of(city)
    line = shapely.LineString([eye[:2], target[:2]])
    if not line.length:
        return True
    met = shapely.intersection(prisms.geometry, line)
    for shape, top in zip(met, prisms.top_m, strict=True):
        if shape.is_empty:
            continue
        along = shapely.line_locate_point(line, shapely.points(shapely.get_coordinates(shape)))
        if (eye[2] + (target[2] - eye[2]) * along / line.length).min() < top - 1e-6:
            return False
    return True


# lines


def test_a_wall_of_ten_metres_hides_what_is_below_its_line(city_of: CityOf) -> None:
    city = city_of([(50, -20, 52, 20, 10)])
    # the eye at 2 m, the wall's far edge 52 m away and 8 m above it: at 104 m the line is at 2 + 16 = 18 m
    for target_m, seen in ((17.9, False), (18.7, True)):
        parameters = SightParameters(observer=point(city, 0, 0), eye_m=2.0, target_m=target_m)
        (reading,) = Sight().at(city, parameters, places(city, [(104, 0)]))
        assert bool(reading.value) is seen
    near = SightParameters(observer=point(city, 0, 0), target=point(city, 104, 0), eye_m=2.0, target_m=2.0)
    frame = last_frame(Sight().frames(city, city.area.buffer(200), near, Event()))
    assert frame.table.columns["blocked_by_row"] == [0]
    assert frame.table.columns["blocked_at_m"][0] == pytest.approx(50.0, abs=0.01)
    assert frame.table.columns["above_line_m"][0] == pytest.approx(8.0, abs=0.01)
    assert list(frame.features["part"]) == ["visible", "hidden"]


def test_lines_agree_with_shapely_at_a_thousand_random_points(city_of: CityOf) -> None:
    city = city_of(random_boxes(1, 40))
    eye = np.array([250.0, 250.0])
    xy = np.random.default_rng(2).uniform(0, 500, (1000, 2))
    parameters = SightParameters(observer=point(city, *eye), eye_m=25.0)
    prisms = prisms_of(city)
    readings = Sight().at(city, parameters, places(city, xy))
    z = readings[0].reasons["eye_z_m"]
    wrong = 0
    for (x, y), reading in zip(xy + CORNER, readings, strict=True):
        on = shapely.contains_xy(prisms.geometry, x, y)
        target = np.array([x, y, (prisms.top_m[on].max() if on.any() else 0.0) + 1.6])
        wrong += bool(reading.value) != plain_line(city, np.array([*(eye + CORNER), z]), target)
    assert wrong <= 2


def test_a_hill_stands_in_the_way(city_of: CityOf) -> None:
    heights = np.zeros((21, 41), np.float32)
    heights[:, 20] = 10.0  # a ridge at x = 100
    hill = Terrain(heights, (0.0, -50.0), (5.0, 5.0))
    city = city_of([(0, 0, 5, 5, 3)], terrain=hill)
    low, high = (SightParameters(observer=point(city, 20, 20), target_m=t) for t in (1.6, 20.0))
    (hidden,), (seen,) = (Sight().at(city, p, places(city, [(180, 20)])) for p in (low, high))
    assert (hidden.value, hidden.reasons["blocked_by_layer"]) == (0, "terrain")
    assert seen.value == 1


def test_what_is_not_picked_is_asked_for(city_of: CityOf) -> None:
    city = city_of([(0, 0, 5, 5, 3)])
    with pytest.raises(PluginError, match="Observer has not been picked"):
        Sight().at(city, SightParameters(), places(city, [(0, 0)]))
    with pytest.raises(PluginError, match="Observer has not been picked"):
        last_frame(Viewshed().frames(city, city.area, ViewParameters(), Event()))


# viewsheds


@pytest.mark.parametrize("height_m", [1.6, 30.0])
def test_a_viewshed_agrees_with_rays_at_a_thousand_random_cells(height_m: float, city_of: CityOf) -> None:
    city = city_of(random_boxes(3))
    field = height_field(city, city.area.buffer(60).bounds, 2.0)
    grid, prisms = field.grid, field.prisms
    eye = np.array([CORNER[0] + 233.0, CORNER[1] + 251.0, height_m])
    column, row = (eye[0] - grid.west_m) / 2 - 0.5, (grid.north_m - eye[1]) / 2 - 0.5
    eye[2] += max(0.0, float(field.top[round(row), round(column)]))
    seen = seen_from(Eye(row, column, float(eye[2])), field.top, field.top, 2.0, 1e9)
    random = np.random.default_rng(4)
    rows, columns = random.integers(1, grid.rows - 1, 1000), random.integers(1, grid.columns - 1, 1000)
    inside = agree = 0
    for r, c, xy in zip(rows, columns, grid.middles(rows, columns), strict=True):
        around = seen[r - 1 : r + 2, c - 1 : c + 2]
        if around.min() != around.max():
            continue  # within one cell of an edge
        inside += 1
        agree += plain_line(city, eye, np.array([*xy, float(field.top[r, c])])) == seen[r, c]
    assert len(prisms) == 80
    assert inside > 500
    assert agree / inside >= 0.99


def test_all_is_seen_on_an_open_field_as_far_as_one_looks(city_of: CityOf) -> None:
    city = city_of([(500, 500, 501, 501, 3)])
    field = height_field(city, shapely.box(*CORNER, *(CORNER + 400)).bounds, 4.0)
    for row, column in ((50.0, 50.0), (0.0, 99.0), (20.3, 77.8)):
        assert seen_from(Eye(row, column, 1.6), field.ground, field.ground, 4.0, 1e9).all()
    seen = seen_from(Eye(50.0, 50.0, 1.6), field.ground, field.ground, 4.0, 100.0)
    assert seen.sum() * 16 == pytest.approx(np.pi * 100**2, rel=0.03)


def test_an_eye_outside_of_the_raster_sees_into_it(city_of: CityOf) -> None:
    city = city_of([(500, 500, 501, 501, 3)])
    field = height_field(city, shapely.box(*CORNER, *(CORNER + 200)).bounds, 4.0)
    assert seen_from(Eye(-30.0, 25.5, 1.6), field.ground, field.ground, 4.0, 1e9).all()


def test_from_a_path_a_cell_counts_by_the_share_of_points_that_see_it(city_of: CityOf) -> None:
    city = city_of([(40, -2, 42, 40, 30), (0, 90, 5, 95, 3), (95, -40, 100, -35, 3)])
    path = DrawnPath((point(city, 0, 0), point(city, 30, 0)))
    parameters = ViewParameters(path=path, step_m=10.0, shown="ground")
    frame = last_frame(Viewshed().frames(city, city.area, parameters, Event()))
    assert frame.facts["eyes"] == 4
    behind, before = Viewshed().at(city, parameters, places(city, [(60, 5), (20, 20)]))
    assert (behind.value, before.value) == (0.0, 100.0)
    values = np.asarray(frame.surface.values)
    row, column = int((frame.surface.north_m - CORNER[1] - 5) / 2), int((CORNER[0] + 60 - frame.surface.west_m) / 2)
    assert values[row, column] == 0.0
    assert np.isnan(
        values[int((frame.surface.north_m - CORNER[1] - 92) / 2), int((CORNER[0] + 2 - frame.surface.west_m) / 2)]
    )


# towers


def test_a_wall_hides_the_part_of_a_tower_below_its_line(city_of: CityOf) -> None:
    # who looks is 1.6 m high before a house at x = 20; the wall's top, 10 m high, is 30 m off, the tower 90 m
    city = city_of([(10, -5, 20, 5, 6), (50, -30, 52, 30, 10), (110, -0.5, 111, 0.5, 40)])
    parameters = TowerParameters(tower=point(city, 110.5, 0), storey="ground", eye_m=1.6, cell_m=0.5)
    house = gpd.GeoDataFrame({"name": ["house"]}, geometry=[shapely.Point(CORNER[0] + 15, CORNER[1])], crs=CRS)
    (exact,) = TowerSeen().at(city, parameters, house)
    away, wall = 110.5 - 20.05, 50 - 20.05
    hidden = 1.6 + (10 - 1.6) * away / wall  # 26.97 m
    assert exact.reasons["hidden_below_z_m"] == pytest.approx(hidden, abs=0.02)
    assert exact.value == pytest.approx(100 * (40 - hidden) / 40, abs=0.1)
    assert exact.reasons["hidden_by_row"] == 1
    frame = last_frame(TowerSeen().frames(city, city.area, parameters, Event()))
    shares = dict(zip(frame.columns["row"].tolist(), frame.columns["seen_percent"].tolist(), strict=True))
    assert shares[0] == pytest.approx(exact.value, abs=2.0)  # cells of half a metre
    assert 2 not in shares  # the tower itself


def test_shares_on_the_raster_are_near_those_of_exact_lines(city_of: CityOf) -> None:
    boxes = [*random_boxes(6, 60), (250, 250, 262, 262, 90)]
    city = city_of(boxes)
    parameters = TowerParameters(tower=point(city, 256, 256), cell_m=1.0)
    frame = last_frame(TowerSeen().frames(city, city.area, parameters, Event()))
    rows = frame.columns["row"]
    shapes = city.buildings().set_index("row").geometry.loc[rows].representative_point()
    exact = TowerSeen().at(city, parameters, gpd.GeoDataFrame({"name": rows}, geometry=shapes.to_numpy(), crs=CRS))
    off = np.array([abs(r.value - s) for r, s in zip(exact, frame.columns["seen_percent"], strict=True)])
    assert np.mean(off < 5) > 0.8
    assert np.median(off) < 1


# the sky


def test_half_way_across_an_endless_street_the_sky_is_that_of_the_formula(city_of: CityOf) -> None:
    # Oke 1988: in the middle of a street of width W between walls of height H, cos(arctan(2 H / W))
    height, width = 15.0, 20.0
    city = city_of(
        [(-3000, width / 2, 3000, width / 2 + 10, height), (-3000, -width / 2 - 10, 3000, -width / 2, height)]
    )
    parameters = SkyParameters(directions=360, reach_m=5000.0)
    (reading,) = SkyView().at(city, parameters, places(city, [(0, 0)]))
    assert reading.value == pytest.approx(np.cos(np.arctan(2 * height / width)), abs=0.002)


def test_in_a_round_courtyard_the_sky_is_the_squared_cosine(tmp_path: Path) -> None:
    ring = shapely.Point(*CORNER).buffer(30, 256).difference(shapely.Point(*CORNER).buffer(20, 256))
    frame = gpd.GeoDataFrame({"height": [20.0]}, geometry=[ring], crs=CRS)
    write_city(tmp_path, CityContents([layer_from_frame(frame, "houses", height_field="height")]))
    city = open_city(tmp_path)
    (reading,) = SkyView().at(city, SkyParameters(), places(city, [(0, 0)]))
    assert reading.value == pytest.approx(np.cos(np.radians(45)) ** 2, abs=0.001)
    plugin, parameters = SkyView(), SkyParameters(cell_m=1.0)
    tiles = [plugin.tile(t, parameters) for t in city.tiles(1000.0, 200.0)]
    values = plugin.combine(tiles, city, parameters).surface
    row, column = int(values.north_m - CORNER[1]), int(CORNER[0] - values.west_m)
    assert values.values[row, column] == pytest.approx(0.5, abs=0.04)


def test_on_an_open_field_all_of_the_sky_is_seen(city_of: CityOf) -> None:
    city = city_of([(0, 0, 10, 10, 10), (900, 0, 910, 10, 10)])
    open_field, in_house = SkyView().at(city, SkyParameters(reach_m=300), places(city, [(450, 5), (5, 5)]))
    assert open_field.value == 1.0
    assert in_house.value is None


def test_a_viewshed_of_all_of_koto_finds_what_rays_find(real_data: Callable[[str], Path], tmp_path: Path) -> None:
    write_city(tmp_path, CityContents([read(str(real_data("tokyo_koto_chuo/koto_bldg.gpkg")), is_alone=True)]))
    city = open_city(tmp_path)
    middle = city.area.centroid
    parameters = ViewParameters(observer=Point(*city.lonlat(np.array([[middle.x, middle.y]]))[0]), eye_m=60.0)
    frame = last_frame(Viewshed().frames(city, city.area, parameters, Event()))
    values, random = frame.surface, np.random.default_rng(5)
    rows, columns = (random.integers(1, n - 1, 400) for n in values.values.shape)
    xy = np.column_stack([values.west_m + (columns + 0.5) * 2, values.north_m - (rows + 0.5) * 2])
    asked = gpd.GeoDataFrame({"name": range(400)}, geometry=shapely.points(xy), crs=city.crs)
    agree = inside = 0
    for r, c, reading in zip(rows, columns, Viewshed().at(city, parameters, asked), strict=True):
        around = values.values[r - 1 : r + 2, c - 1 : c + 2]
        if around.min() == around.max():
            inside, agree = inside + 1, agree + int(reading.value == values.values[r, c])
    assert inside > 300
    assert agree / inside >= 0.99
