"""Shadows and hours of sun: worked by hand, against other ways of computing them, and where the sun is odd."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from threading import Event
from zoneinfo import ZoneInfo

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from data.frames import layer_from_frame
from data.vector import read
from plugins.builtin.cell_grid import grid_over
from plugins.builtin.facades import wall_hours, walls_of
from plugins.builtin.height_field import height_field
from plugins.builtin.prisms import first_hit, ground_at, prisms_of
from plugins.builtin.shadow import Parameters as ShadowParameters
from plugins.builtin.shadow import Shadow
from plugins.builtin.shadow_shapes import shadows
from plugins.builtin.sun import Parameters, Sun, day_of
from plugins.builtin.sun_ground import swept_hours
from plugins.builtin.sun_place import instants, place_of, sun_now, sun_path
from plugins.builtin.sun_sweep import Shade
from plugins.builtin.sun_sweep import Sun as SunOver
from plugins.city_files import CityContents, Edits, write_city
from plugins.city_handle import FileCity, open_city
from plugins.contract import Frame, Scenario
from twin.layer import Kind as LayerKind

NORTH_UP = np.array([0.0, 1.0])
CityOf = Callable[..., FileCity]


@dataclass(frozen=True)
class Slope:
    """Ground that rises to the north by a tenth; its zero at northing 5,820,000."""

    rise: float = 0.1

    def height_at(self, xy: np.ndarray) -> np.ndarray:
        return self.rise * (np.atleast_2d(xy)[:, 1] - SOUTH)


WEST, SOUTH = 390_000.0, 5_820_000.0
CORNER = np.array([WEST, SOUTH])
CRS = "EPSG:25833"


@pytest.fixture
def city_of(tmp_path: Path) -> CityOf:
    def make(boxes: list[tuple[float, ...]], *, crs: str = CRS, origin: tuple[float, float] = (WEST, SOUTH),
             **more: object) -> FileCity:  # fmt: skip
        frame = gpd.GeoDataFrame(
            {"height": [float(b[4]) for b in boxes]},
            geometry=[shapely.affinity.translate(shapely.box(*b[:4]), *origin) for b in boxes],
            crs=crs,
        )
        folder = tmp_path / f"city-{len(list(tmp_path.iterdir()))}"
        folder.mkdir()
        write_city(folder, CityContents([layer_from_frame(frame, "houses", height_field="height")], **more))
        return open_city(folder)

    return make


def frame_of(yielded: object) -> Frame:
    return next(f for f in reversed(list(yielded)) if isinstance(f, Frame))


def sun_at(azimuth_deg: float, altitude_deg: float) -> SunOver:
    turn = np.radians(azimuth_deg)
    return SunOver(np.array([np.sin(turn), np.cos(turn)]), float(np.tan(np.radians(altitude_deg))))


# a moment


@pytest.mark.parametrize("azimuth_deg", [0.0, 90.0, 180.0, 225.0, 300.5])
def test_a_pole_throws_a_shadow_as_long_as_its_height_over_the_tangent(azimuth_deg: float, city_of: CityOf) -> None:
    city = city_of([(0, 0, 0.2, 0.2, 10)])
    shape = shadows(prisms_of(city), sun_at(azimuth_deg, 35.0), None, most_m=1000)[0]
    middle = shapely.Point(WEST + 0.1, SOUTH + 0.1)
    length_m = 10 / np.tan(np.radians(35))  # 14.28 m
    away = np.array([-np.sin(np.radians(azimuth_deg)), -np.cos(np.radians(azimuth_deg))])
    tip = shapely.Point(middle.x + away[0] * length_m, middle.y + away[1] * length_m)
    assert shape.buffer(1e-3).contains(tip)
    assert shape.hausdorff_distance(shapely.LineString([middle, tip])) < 0.15  # half the pole's diagonal
    assert middle.hausdorff_distance(shape) == pytest.approx(length_m, abs=0.15)


def test_a_shadow_of_a_courtyard_house_is_that_of_its_walls(tmp_path: Path) -> None:
    ring = shapely.Polygon(shapely.box(0, 0, 40, 40).exterior, [shapely.box(10, 10, 30, 30).exterior])
    frame = gpd.GeoDataFrame({"height": [10.0]}, geometry=[shapely.affinity.translate(ring, WEST, SOUTH)], crs=CRS)
    write_city(tmp_path, CityContents([layer_from_frame(frame, "houses", height_field="height")]))
    prisms = prisms_of(open_city(tmp_path))
    shape = shadows(prisms, SunOver(-NORTH_UP, 1.0), None, most_m=100)[0]  # due south, at 45°: 10 m to the north
    # 40 by 50, less what is left of the 20 by 20 courtyard when its southern 10 m lie in shade
    assert shape.area == pytest.approx(40 * 50 - 20 * 10, abs=0.1)


def test_a_shadow_up_a_slope_is_shorter(city_of: CityOf) -> None:
    flat, sloped = city_of([(0, 0, 1, 1, 10)]), city_of([(0, 0, 1, 1, 10)], terrain=None)
    prisms, sun = prisms_of(flat), SunOver(-NORTH_UP, 0.5)
    on_slope = replace(prisms, bottom_m=np.zeros(1), top_m=np.full(1, 10.0))
    up = shadows(on_slope, sun, Slope(0.1), most_m=100)[0].bounds[3] - SOUTH
    down = shadows(on_slope, SunOver(NORTH_UP, 0.5), Slope(0.1), most_m=100)[0].bounds[1] - SOUTH
    # from the northern edge, at 1: 10 - 0.5 d = 0.1 (1 + d); from the southern one, at 0: 10 - 0.5 d = -0.1 d
    assert up == pytest.approx(1 + 9.9 / 0.6, abs=0.05)
    assert down == pytest.approx(-25.0, abs=0.05)
    assert sloped.terrain is None


def test_shadows_as_polygons_agree_with_rays_at_a_thousand_points(city_of: CityOf) -> None:
    random = np.random.default_rng(4)
    corners = random.uniform(0, 400, (120, 2))
    boxes = [(x, y, x + random.uniform(4, 30), y + random.uniform(4, 30), random.uniform(3, 40)) for x, y in corners]
    city = city_of(boxes)
    frame = frame_of(
        Shadow().frames(
            city, city.area, ShadowParameters(when=datetime(2026, 3, 21, 10, tzinfo=ZoneInfo("Europe/Berlin"))), Event()
        )
    )
    azimuth, altitude = frame.facts["sun_azimuth_deg"], frame.facts["sun_altitude_deg"]
    sun = place_of(city, None).sun(azimuth, altitude)
    whole, points = shapely.union_all(frame.features.geometry.to_numpy()), random.uniform(0, 400, (1000, 2))
    prisms, missed = prisms_of(city), 0
    shapely.prepare(whole)
    for x, y in points + CORNER:
        near_edge = whole.boundary.distance(shapely.Point(x, y)) < 0.05
        missed += not near_edge and bool(whole.contains(shapely.Point(x, y))) != plain_shade(prisms, x, y, sun)
    assert missed <= 2


def plain_shade(prisms: object, x: float, y: float, sun: SunOver) -> bool:
    """Return whether flat ground lies in shade, by shapely alone: the ray's nearest point of each footprint."""
    ray = shapely.LineString([(x, y), (x + sun.toward[0] * 3000, y + sun.toward[1] * 3000)])
    met = shapely.intersection(prisms.geometry, ray)
    away = shapely.distance(met, shapely.Point(x, y))
    return bool(np.any(away[~shapely.is_empty(met)] * sun.slope < prisms.top_m[~shapely.is_empty(met)]))


def test_the_difference_of_two_scenarios_is_the_new_houses_shade(city_of: CityOf) -> None:
    added = gpd.GeoDataFrame(
        {"height_m": [20.0]}, geometry=[shapely.box(WEST + 200, SOUTH, WEST + 210, SOUTH + 10)], crs=CRS
    )
    city = city_of([(0, 0, 10, 10, 10)], scenarios={"tower": Edits(added=added)})
    when = datetime(2026, 6, 21, 13, tzinfo=ZoneInfo("Europe/Berlin"))
    parameters = ShadowParameters(when=when, plan=Scenario("tower"), is_difference=True)
    frame = frame_of(Shadow().frames(city, city.area.buffer(300), parameters, Event()))
    alone = shadows(prisms_of(city.scenario("tower")), place_of(city, None).sun(
        frame.facts["sun_azimuth_deg"], frame.facts["sun_altitude_deg"]), None, most_m=3000)  # fmt: skip
    assert frame.facts["shade_added_m2"] == pytest.approx(alone[1].area, rel=1e-3)
    assert frame.facts["shade_taken_m2"] == 0
    assert set(frame.features["change"]) == {"more shade"}


# hours


def test_hours_on_the_raster_agree_with_rays_at_a_thousand_random_points(city_of: CityOf) -> None:
    random = np.random.default_rng(8)
    corners = random.uniform(0, 380, (90, 2))
    boxes = [(x, y, x + random.uniform(8, 40), y + random.uniform(8, 40), random.uniform(4, 45)) for x, y in corners]
    city = city_of(boxes)
    when = datetime(2026, 3, 21, 12, tzinfo=ZoneInfo("Europe/Berlin"))
    day = day_of(city, Parameters(when=when))
    field = height_field(city, shapely.box(WEST - 50, SOUTH - 50, WEST + 450, SOUTH + 450).bounds, 2.0)
    window = (slice(0, field.grid.rows), slice(0, field.grid.columns))
    points = random.uniform(0, 400, (1000, 2)) + CORNER
    row, column = field.grid.places(points)
    free = ~field.is_building[row, column]
    points, row, column = points[free], row[free], column[free]
    prisms, agree, asked = prisms_of(city), 0, 0
    for i in day.shown[::5]:
        sun = day.place.sun(day.path.azimuth_deg[i], day.path.altitude_deg[i])
        whole = shapely.union_all(shadows(prisms, sun, None, most_m=3000))
        edge = shapely.distance(whole.boundary, shapely.points(points)) > field.grid.cell_m
        shade = Shade(field.top, field.ground, 2.0, window)
        shade.add(sun)
        lit = shade.counts[row, column] > 0
        exact = ~shapely.contains_xy(whole, points[:, 0], points[:, 1])
        agree, asked = agree + int((lit == exact)[edge].sum()), asked + int(edge.sum())
    assert asked > 3000
    assert agree / asked >= 0.99


def test_values_at_places_are_those_of_rays_by_shapely(city_of: CityOf) -> None:
    city = city_of([(0, 0, 30, 10, 25), (40, 30, 60, 50, 12), (-40, 20, -20, 60, 40)])
    parameters = Parameters(when=datetime(2026, 12, 21, 12, tzinfo=ZoneInfo("Europe/Berlin")))
    random = np.random.default_rng(3)
    xy = random.uniform(-60, 90, (40, 2)) + CORNER
    places = gpd.GeoDataFrame({"name": range(40)}, geometry=shapely.points(xy), crs=CRS)
    day, prisms = day_of(city, parameters), prisms_of(city)
    for (x, y), reading in zip(xy, Sun().at(city, parameters, places), strict=True):
        if reading.value is None:
            assert any(shapely.contains_xy(prisms.geometry, x, y))
            continue
        suns = [day.place.sun(day.path.azimuth_deg[i], day.path.altitude_deg[i]) for i in day.shown]
        assert reading.value == pytest.approx(0.25 * sum(not plain_shade(prisms, x, y, s) for s in suns))


def test_a_tile_that_sees_only_its_reach_says_what_the_whole_city_says(city_of: CityOf) -> None:
    random = np.random.default_rng(5)
    corners = random.uniform(0, 500, (60, 2))
    city = city_of([(x, y, x + 15, y + 15, random.uniform(5, 30)) for x, y in corners])
    parameters = Parameters(when=datetime(2026, 6, 21, 12, tzinfo=ZoneInfo("Europe/Berlin")), most_m=400.0)
    plugin = Sun()
    whole = plugin.combine([plugin.tile(t, parameters) for t in city.tiles(4000.0, 400.0)], city, parameters)
    cut = plugin.combine([plugin.tile(t, parameters) for t in city.tiles(200.0, 400.0)], city, parameters)
    a, b = np.asarray(whole.surface.values), np.asarray(cut.surface.values)
    assert a.shape == b.shape
    assert np.mean(np.nan_to_num(a - b) != 0) < 1e-3  # but for ties in float32
    assert cut.facts["mean_h"] == pytest.approx(whole.facts["mean_h"], abs=1e-3)


def test_a_wall_facing_south_has_the_sun_and_one_facing_north_has_not_in_march(city_of: CityOf) -> None:
    city = city_of([(0, 0, 40, 40, 12)])
    day = day_of(city, Parameters(when=datetime(2026, 3, 20, 12, tzinfo=ZoneInfo("Europe/Berlin"))))
    field = height_field(city, shapely.box(WEST - 60, SOUTH - 60, WEST + 100, SOUTH + 100).bounds, 1.0)
    walls = walls_of(prisms_of(city), 1000.0, 0.0)
    hours = wall_hours(walls, field, day)
    by_side = {tuple(np.round(o).astype(int)): h for o, h in zip(walls.outward, hours, strict=True)}
    up_h = len(day.shown) * day.step_h
    # at the equinox the sun runs from due east to due west: all day on the south, half of it on east and west
    assert by_side[(0, -1)] == pytest.approx(up_h, abs=0.8)
    assert by_side[(0, 1)] < 0.6
    assert by_side[(1, 0)] == pytest.approx(up_h / 2, abs=0.6)
    assert by_side[(-1, 0)] == pytest.approx(up_h / 2, abs=0.6)


def test_open_spaces_get_the_mean_of_their_cells(tmp_path: Path) -> None:
    houses = gpd.GeoDataFrame({"height": [10.0]}, geometry=[shapely.box(WEST, SOUTH, WEST + 10, SOUTH + 10)], crs=CRS)
    parks = gpd.GeoDataFrame(
        {"name": ["far", "behind"]},
        geometry=[
            shapely.box(WEST + 200, SOUTH, WEST + 220, SOUTH + 20),
            shapely.box(WEST, SOUTH + 10, WEST + 10, SOUTH + 14),
        ],
        crs=CRS,
    )  # fmt: skip
    first = layer_from_frame(houses, "houses", height_field="height")
    write_city(
        tmp_path, CityContents([first, layer_from_frame(parks, "parks", local=first.frame, kind=LayerKind.POLYGONS)])
    )
    city = open_city(tmp_path)
    parameters = Parameters(on="open_spaces", when=datetime(2026, 3, 20, 12, tzinfo=ZoneInfo("Europe/Berlin")))
    plugin = Sun()
    frame = plugin.combine([plugin.tile(t, parameters) for t in city.tiles(1000.0, 500.0)], city, parameters)
    hours = frame.features.set_index("name")["hours"]
    assert hours["far"] == pytest.approx(len(day_of(city, parameters).shown) * 0.25, abs=0.3)
    assert hours["behind"] < hours["far"] / 2
    assert frame.features.set_index("name")["ground_m2"]["far"] == 400


# where the sun is odd


def test_in_the_southern_hemisphere_shadows_fall_to_the_south_at_noon(city_of: CityOf) -> None:
    city = city_of([(0, 0, 10, 10, 10)], crs="EPSG:32756", origin=(334_000.0, 6_250_000.0))  # Sydney
    moment = datetime(2026, 6, 21, 12, tzinfo=ZoneInfo("Australia/Sydney"))
    azimuth, altitude, _ = sun_now(moment, place_of(city, None))
    assert min(azimuth, 360 - azimuth) < 5
    assert altitude == pytest.approx(90 - 33.87 - 23.43, abs=0.5)
    frame = frame_of(Shadow().frames(city, city.area.buffer(100), ShadowParameters(when=moment), Event()))
    assert frame.features.total_bounds[1] < 6_250_000 - 10
    assert frame.features.total_bounds[3] == pytest.approx(6_250_010, abs=0.5)


@pytest.mark.parametrize(("day", "count"), [("2026-03-29", 23 * 4), ("2026-10-25", 25 * 4), ("2026-06-21", 24 * 4)])
def test_a_day_on_which_clocks_turn_has_23_or_25_hours(day: str, count: int) -> None:
    moment = datetime.fromisoformat(f"{day}T12:00").replace(tzinfo=ZoneInfo("Europe/Berlin"))
    times = instants(moment, 15)
    assert len(times) == count
    assert times[0].strftime("%H:%M") == "00:00"
    assert times[-1].strftime("%H:%M") == "23:45"
    assert (np.diff(times.asi8) == np.diff(times.asi8)[0]).all()


@pytest.mark.parametrize(("day", "hours"), [("2026-06-21", 24.0), ("2026-12-21", 0.0)])
def test_above_the_polar_circle_the_sun_shines_all_day_or_not_at_all(day: str, hours: float, city_of: CityOf) -> None:
    city = city_of([(0, 0, 10, 10, 10)], crs="EPSG:32634", origin=(420_000.0, 7_730_000.0))  # Tromsø, 69.7° N
    parameters = Parameters(when=datetime.fromisoformat(f"{day}T12:00").replace(tzinfo=ZoneInfo("Europe/Oslo")))
    far = gpd.GeoDataFrame({"name": ["far"]}, geometry=[shapely.Point(420_900, 7_730_000)], crs=city.crs)
    (reading,) = Sun().at(city, parameters, far)
    plugin = Sun()
    frame = plugin.combine([plugin.tile(t, parameters) for t in city.tiles(1000.0, 100.0)], city, parameters)
    assert frame.facts["sun_up_h"] == hours
    assert reading.value == pytest.approx(hours, abs=0.3)
    if not hours:
        shade = frame_of(Shadow().frames(city, city.area, ShadowParameters(when=parameters.when), Event()))
        assert shade.features is None
        assert "below the horizon" in shade.note


def test_true_north_is_not_the_grids_north_far_from_the_middle_meridian(city_of: CityOf) -> None:
    city = city_of([(0, 0, 10, 10, 10)], crs="EPSG:25833", origin=(250_000.0, 5_820_000.0))  # 3.7° west of 15° E
    place = place_of(city, None)
    expected = np.degrees(np.arctan(np.tan(np.radians(15 - place.lon_deg)) * np.sin(np.radians(place.lat_deg))))
    assert place.convergence_deg == pytest.approx(expected, abs=0.01)
    ahead = place.toward(90.0)
    assert np.degrees(np.arctan2(ahead[0], ahead[1])) == pytest.approx(90 + place.convergence_deg, abs=1e-6)


def test_the_suns_place_is_that_of_an_almanac() -> None:
    # Reda and Andreas 2008, table A5.1: Golden, Colorado, 2003-10-17 12:30:30 UTC-7; topocentric azimuth 194.34024°
    times = pd.DatetimeIndex([pd.Timestamp("2003-10-17 12:30:30", tz="Etc/GMT+7")])

    @dataclass(frozen=True)
    class Golden:
        lon_deg: float = -105.1786
        lat_deg: float = 39.742476

    path = sun_path(times, Golden())
    assert path.azimuth_deg[0] == pytest.approx(194.34024, abs=0.01)
    assert path.altitude_deg[0] == pytest.approx(90 - 50.11162, abs=0.02)


def test_rays_go_under_what_stands_on_stilts(city_of: CityOf) -> None:
    prisms = prisms_of(city_of([(10, -5, 20, 5, 12)]))
    lifted = replace(prisms, bottom_m=np.array([6.0]))
    east = np.array([1.0, 0.0])
    origin = np.array([WEST, SOUTH, 0.0])
    assert first_hit(prisms, origin, east, 0.2, 100) is not None
    assert first_hit(lifted, origin, east, 0.2, 100) is None  # 2 m at 10, 4 m at 20: below the underside
    through = first_hit(lifted, origin, east, 0.4, 100)  # 4 m at 10, 8 m at 20: through the underside at 15
    assert through is not None
    assert through.away_m == pytest.approx(15.0)
    assert first_hit(lifted, origin, east, 1.3, 100) is None  # 13 m at 10: over it


def test_koto_is_swept_whole_and_agrees_with_rays(real_data: Callable[[str], Path], tmp_path: Path) -> None:
    layer = read(str(real_data("tokyo_koto_chuo/koto_bldg.gpkg")), is_alone=True)
    write_city(tmp_path, CityContents([layer]))
    city = open_city(tmp_path)
    parameters = Parameters(when=datetime(2026, 12, 21, 12, tzinfo=ZoneInfo("Asia/Tokyo")), minutes=60.0)
    day = day_of(city, parameters)
    field = height_field(city, city.area.bounds, 2.0)
    hours = swept_hours(field, day, (slice(0, field.grid.rows), slice(0, field.grid.columns)))
    random = np.random.default_rng(2)
    chosen = random.choice(len(field.prisms), 60, replace=False)
    xy = field.prisms.middle[chosen] + random.uniform(-25, 25, (60, 2))
    places = gpd.GeoDataFrame({"name": range(60)}, geometry=shapely.points(xy), crs=city.crs)
    readings = Sun().at(city, parameters, places)
    row, column = field.grid.places(xy)
    found = [(r.value, hours[a, b]) for r, a, b in zip(readings, row, column, strict=True)
             if r.value is not None and not field.is_building[a, b]]  # fmt: skip
    assert len(found) > 20
    assert np.mean([abs(a - b) <= 1.0 for a, b in found]) > 0.9
    assert np.mean([a - b for a, b in found]) == pytest.approx(0.0, abs=0.3)


def test_ground_beyond_the_terrain_is_its_lowest() -> None:
    class Half:
        def height_at(self, xy: np.ndarray) -> np.ndarray:
            return np.where(xy[:, 0] < 5, xy[:, 0] + 10, np.nan)

    assert ground_at(Half(), np.array([[1.0, 0], [3.0, 0], [9.0, 0]])).tolist() == [11.0, 13.0, 11.0]


def test_cells_of_one_size_meet_whatever_they_cover() -> None:
    a, b = grid_over((0.3, 0.0, 9.9, 7.0), 2.0), grid_over((10.0, 0.0, 13.0, 7.0), 2.0)
    assert a.bounds == (0.0, 0.0, 10.0, 8.0)
    assert b.bounds[0] == a.bounds[2]
