"""Real files of many formats: counts, places and heights against pyogrio's and pyproj's own numbers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from zipfile import ZipFile

import geopandas
import numpy as np
import pyogrio
import pytest
import shapely
from pyproj import Transformer

from data.layer_values import read_values
from data.outlines import geometries_of
from data.vector import StoppedError, describe, read
from twin.buildings import HeightSource
from twin.errors import LayerError
from twin.features import Lines, Points, Polygons
from twin.layer import Kind, Layer
from twin.place import lonlat_from_local

RealData = Callable[[str], Path]

CITIES = [
    # file, layer, rows, shown, driver, crs, field of the heights, known heights
    ("tokyo_koto_chuo/koto_bldg.gpkg", None, 55460, 55460, "GPKG", "EPSG:6677", "measuredHeight", 55460),
    ("tokyo_koto_chuo/chuo_bldg.geojson", None, 15859, 15859, "GeoJSON", "EPSG:4326", "measuredHeight", 15859),
    ("olemps_bdtopo_fr/BATIMENT.shp", None, 2273, 2273, "ESRI Shapefile", "EPSG:2154", "HAUTEUR", 1989),
    ("zug_cea/building-geometry/zone.shp", None, 15, 15, "ESRI Shapefile", "EPSG:32732", "height_ag", 15),
    ("zug_cea/building-geometry/surroundings.shp", None, 184, 184, "ESRI Shapefile", "EPSG:32732", "height_ag", 184),
    ("alexandria_va/buildings.geojson", None, 84, 84, "GeoJSON", "EPSG:4326", "HEIGHT", 82),
    ("helsinki/helsinki_buildings.gpkg", None, 494, 482, "GPKG", "EPSG:4326", "height", 17),
    ("helsinki/Helsinki.osm.pbf", "multipolygons", 1095, 482, "OSM", "EPSG:4326", "height", 17),
]


@pytest.mark.parametrize(("path", "layer", "rows", "shown", "driver", "crs", "field", "known"), CITIES)
def test_a_real_city_has_its_buildings_and_heights(
    real_data: RealData,
    path: str,
    layer: str | None,
    rows: int,
    shown: int,
    driver: str,
    crs: str,
    field: str,
    known: int,
) -> None:
    city = read(real_data(path), layer=layer)
    assert (city.info.count, city.info.shown, len(city.table)) == (rows, shown, rows)
    assert (city.info.driver, city.info.crs, city.info.crs_source) == (driver, crs, "stated")
    assert city.info.source_layer == layer
    assert city.info.kind is Kind.FOOTPRINTS
    assert city.heights is not None
    assert city.heights.field == field
    is_shown = np.isfinite(city.heights.height_m)
    assert is_shown.sum() == shown
    assert (city.heights.source[is_shown] == HeightSource.MEASURED).sum() == known
    assert city.tiles is not None
    assert city.tiles.index().count.sum() == shown


@pytest.mark.parametrize("path", [c[0] for c in CITIES if not c[0].endswith(".pbf")])
def test_outlines_lie_where_pyogrio_and_pyproj_put_them(real_data: RealData, path: str) -> None:
    """Each building's centre from its tile, back in lon/lat, against the centre of its bounds in the file; 5 cm."""
    city = read(real_data(path))
    frame = pyogrio.read_dataframe(real_data(path), on_invalid="ignore")
    rows, centres = centres_of(city)
    box = frame.geometry.bounds.to_numpy()[rows]
    to_frame = Transformer.from_crs(frame.crs, city.frame.crs, always_xy=True)
    low = np.column_stack(to_frame.transform(box[:, 0], box[:, 1])) - city.frame.origin_m
    high = np.column_stack(to_frame.transform(box[:, 2], box[:, 3])) - city.frame.origin_m
    size = np.hypot(*(high - low).T)
    assert np.hypot(*(centres - (low + high) / 2).T).max() < 0.05 + 0.1 * size.max() * (frame.crs.is_geographic)


@pytest.mark.parametrize("path", ["tokyo_koto_chuo/koto_bldg.gpkg", "olemps_bdtopo_fr/BATIMENT.shp"])
def test_footprint_areas_are_those_of_the_file(real_data: RealData, path: str) -> None:
    city = read(real_data(path))
    expected = pyogrio.read_dataframe(real_data(path)).geometry.area.sum()
    assert area_of(city) == pytest.approx(expected, rel=1e-5)


def centres_of(city: Layer) -> tuple[np.ndarray, np.ndarray]:
    assert city.tiles is not None
    rows, centres = [], []
    for tile in range(len(city.tiles.index())):
        some = city.tiles.fetch(tile)
        first = some.outlines.ring_start[some.outlines.part_start[some.outlines.feature_start[:-1]]]
        xy = some.outlines.xy.astype(float) + some.origin_local
        centres.append((np.minimum.reduceat(xy, first) + np.maximum.reduceat(xy, first)) / 2)
        rows.append(some.row)
    return np.concatenate(rows), np.concatenate(centres)


def area_of(city: Layer) -> float:
    assert city.tiles is not None
    total = 0.0
    for tile in range(len(city.tiles.index())):
        outlines = city.tiles.fetch(tile).outlines
        for first, last in zip(outlines.ring_start[:-1], outlines.ring_start[1:], strict=True):
            x, y = (outlines.xy[first:last] - outlines.xy[first]).T.astype(float)
            total += float(np.sum(x * np.roll(y, -1) - np.roll(x, -1) * y)) / 2
    return total


def test_measured_heights_are_the_columns_own_numbers(real_data: RealData) -> None:
    path = real_data("olemps_bdtopo_fr/BATIMENT.shp")
    city, column = read(path), pyogrio.read_dataframe(path, read_geometry=False)["HAUTEUR"].to_numpy()
    assert city.heights is not None
    is_measured = city.heights.source == HeightSource.MEASURED
    assert np.array_equal(is_measured, column > 0)
    assert city.heights.height_m[is_measured] == pytest.approx(column[is_measured].astype(np.float32))


def test_storeys_stand_in_where_no_height_was_measured(real_data: RealData) -> None:
    """Of the 284 buildings of Olemps without a height 38 have storeys (pandas: HAUTEUR not > 0, NB_ETAGES not null)."""
    city = read(real_data("olemps_bdtopo_fr/BATIMENT.shp"))
    assert city.heights is not None
    assert city.heights.storeys_field == "NB_ETAGES"
    assert (city.heights.source == HeightSource.STOREYS).sum() == 38


def test_a_shapefile_in_utf_8_without_saying_so_has_its_accents(real_data: RealData) -> None:
    city = read(real_data("olemps_bdtopo_fr/BATIMENT.shp"))
    assert "Résidentiel" in set(city.table.column("USAGE1"))
    assert any("UTF-8" in p.what for p in city.report.problems)


def test_a_file_that_states_no_crs_is_guessed_and_it_is_said(real_data: RealData) -> None:
    parcels = read(real_data("cambridge_ma/ASSESSING_ParcelsFY2014.topojson"))
    assert (parcels.info.crs, parcels.info.crs_source, parcels.info.count) == ("EPSG:4326", "guessed", 13116)
    assert parcels.info.kind is Kind.POLYGONS
    assert any("guessed as EPSG:4326" in p.what for p in parcels.report.problems)
    assert next(p.count for p in parcels.report.problems if "repaired" in p.what) == 37
    assert parcels.info.bounds_lonlat == pytest.approx((-71.160145, 42.352071, -71.065437, 42.403761), abs=1e-5)


def test_the_only_polygon_layer_is_raised(real_data: RealData) -> None:
    parcels = read(real_data("cambridge_ma/ASSESSING_ParcelsFY2014.topojson"), is_alone=True)
    assert parcels.info.kind is Kind.FOOTPRINTS
    assert parcels.info.shown == 13115


def test_points_and_lines_lie_where_the_file_says(real_data: RealData) -> None:
    lights = read(real_data("cambridge_ma/INFRA_StreetLights.geojson"))
    assert isinstance(lights.features, Points)
    expected = shapely.get_coordinates(
        pyogrio.read_dataframe(real_data("cambridge_ma/INFRA_StreetLights.geojson")).geometry
    )
    assert lonlat_from_local(lights.frame, lights.features.xy_local) == pytest.approx(expected, abs=1e-8)
    roads = read(real_data("cambridge_ma/TRANS_Centerlines.geojson"), frame=lights.frame)
    assert isinstance(roads.features, Lines)
    assert roads.frame == lights.frame
    metric = pyogrio.read_dataframe(real_data("cambridge_ma/TRANS_Centerlines.geojson")).to_crs(roads.frame.crs)
    steps = np.diff(roads.features.xy_local, axis=0)
    steps = np.delete(steps, roads.features.line_start[1:-1] - 1, axis=0)
    assert np.hypot(*steps.T).sum() == pytest.approx(metric.length.sum(), rel=1e-6)


def test_a_later_layer_is_moved_into_the_projects_frame(real_data: RealData) -> None:
    koto = read(real_data("tokyo_koto_chuo/koto_bldg.gpkg"))
    chuo = read(real_data("tokyo_koto_chuo/chuo_bldg.geojson"), frame=koto.frame)
    assert chuo.frame == koto.frame
    corner = lonlat_from_local(chuo.frame, np.array([[chuo.area.west_m, chuo.area.south_m]]))[0]
    assert corner == pytest.approx((139.7588409, 35.6462724), abs=5e-4)
    assert not any("500 km" in p.what for p in chuo.report.problems)


def test_a_layer_far_from_the_frame_is_said(real_data: RealData) -> None:
    koto = read(real_data("tokyo_koto_chuo/koto_bldg.gpkg"))
    zug = read(real_data("zug_cea/building-geometry/zone.shp"), frame=koto.frame)
    assert next(p.count for p in zug.report.problems if "500 km" in p.what) == 15


@pytest.fixture(scope="module")
def square_miles() -> geopandas.GeoDataFrame:
    boxes = [shapely.box(120000 + 20 * i, 480000, 120010 + 20 * i, 480010 + i) for i in range(8)]
    boxes[3] = shapely.MultiPolygon([boxes[3], shapely.box(119000, 480000, 119010, 480010)])
    return geopandas.GeoDataFrame({"height": np.arange(8) + 3.0, "name": list("abcdéfgh")}, geometry=boxes, crs=28992)


WRITTEN = {
    "gpkg": {}, "shp": {"encoding": "UTF-8"}, "fgb": {}, "geojson": {}, "geojsonl": {"driver": "GeoJSONSeq"}, "gml": {},
    "kml": {"driver": "KML"}, "jsonfg": {"driver": "JSONFG"}, "sqlite": {"driver": "SQLite"},
}  # fmt: skip


@pytest.mark.parametrize("suffix", WRITTEN)
def test_each_format_gives_the_same_buildings(
    square_miles: geopandas.GeoDataFrame, tmp_path: Path, suffix: str
) -> None:
    path = tmp_path / f"city.{suffix}"
    frame = square_miles.to_crs(4326) if suffix in ("geojson", "geojsonl", "kml") else square_miles
    frame.to_file(path, **WRITTEN[suffix])
    check_square_miles(path, square_miles)


@pytest.mark.parametrize(("encoding", "version"), [("WKB", "1.0.0"), ("WKB", "1.1.0"), ("geoarrow", "1.1.0")])
def test_geoparquet_gives_the_same_buildings(
    square_miles: geopandas.GeoDataFrame, tmp_path: Path, encoding: str, version: str
) -> None:
    path = tmp_path / "city.parquet"
    square_miles.to_parquet(path, geometry_encoding=encoding, schema_version=version)
    check_square_miles(path, square_miles)


def check_square_miles(path: Path, expected: geopandas.GeoDataFrame) -> None:
    before = sorted(p.name for p in path.parent.iterdir())
    look, city = describe(path), read(path, is_alone=True)
    assert sorted(p.name for p in path.parent.iterdir()) == before
    assert look.count == city.info.count == city.info.shown == 8
    assert look.layer == "city"
    assert city.heights is not None
    assert city.heights.field == "height"
    assert sorted(city.heights.height_m) == pytest.approx(expected["height"].to_numpy())  # FlatGeobuf sorts by place
    assert sorted(city.table.column("name" if "name" in city.table.fields() else "Name")) == sorted("abcdéfgh")
    assert area_of(city) == pytest.approx(expected.area.sum(), rel=2e-3)
    lonlat = expected.to_crs(4326).total_bounds
    assert city.info.bounds_lonlat == pytest.approx(lonlat, abs=1e-5)
    assert look.bounds_lonlat is None or look.bounds_lonlat == pytest.approx(lonlat, abs=1e-5)


def test_a_zip_opens_as_what_is_in_it(square_miles: geopandas.GeoDataFrame, tmp_path: Path) -> None:
    square_miles.to_file(tmp_path / "inner.gpkg")
    with ZipFile(tmp_path / "city.zip", "w") as archive:
        archive.write(tmp_path / "inner.gpkg", "deep/down/inner.gpkg")
    assert read(tmp_path / "city.zip").info.shown == 8


def test_the_largest_polygon_layer_is_taken_and_another_by_name(
    square_miles: geopandas.GeoDataFrame, tmp_path: Path
) -> None:
    path = tmp_path / "many.gpkg"
    points = square_miles.set_geometry(square_miles.representative_point())
    for layer, frame in (("few", square_miles[:2]), ("most", square_miles), ("dots", points), ("also", points)):
        frame.to_file(path, layer=layer)
    assert describe(path).layer == "most"
    assert set(describe(path).layers) == {"few", "most", "dots", "also"}
    assert read(f"{path}:few").info.shown == 2
    assert read(path, layer="DOTS").info.kind is Kind.POINTS
    with pytest.raises(LayerError, match=r'no layer "none".*few, most'):
        read(path, layer="none")


def test_the_kind_asked_for_wins(square_miles: geopandas.GeoDataFrame, tmp_path: Path) -> None:
    square_miles.to_file(tmp_path / "city.fgb")
    flat = read(tmp_path / "city.fgb", kind=Kind.POLYGONS)
    assert isinstance(flat.features, Polygons)
    assert flat.tiles is None


def test_curves_are_drawn_as_lines(tmp_path: Path) -> None:
    """A full circle of radius 2 about (2, 2): area pi 4, and the linearised one a little less."""
    path = tmp_path / "round.csv"
    path.write_text('id,WKT\n1,"CURVEPOLYGON(CIRCULARSTRING(0 2,4 2,0 2))"\n2,"POLYGON((9 9,12 9,12 12,9 9))"\n')
    city = read(path, crs="EPSG:28992", is_alone=True)
    assert area_of(city) == pytest.approx(4 * np.pi + 4.5, rel=5e-3)


def test_reading_stops_when_asked_and_tells_how_far_it_is(real_data: RealData) -> None:
    path = real_data("tokyo_koto_chuo/koto_bldg.gpkg")
    with pytest.raises(StoppedError):
        read(path, is_stopped=lambda: True)
    shares: list[float] = []
    read(path, progress=shares.append)
    assert shares == sorted(shares)
    assert shares[-1] == 1.0


def test_a_projection_with_axes_to_the_south_is_not_mirrored(tmp_path: Path) -> None:
    """EPSG:2053 (Hartebeesthoek94 / Lo29) counts to the west and the south; the outline must not turn inside out."""
    lonlat = geopandas.GeoDataFrame({"height": [9.0]}, geometry=[shapely.box(29.0, -26.0, 29.001, -25.999)], crs=4326)
    path = tmp_path / "south.gpkg"
    lonlat.to_crs(2053).to_file(path)
    city = read(path, is_alone=True)
    assert area_of(city) > 0
    assert city.info.bounds_lonlat == pytest.approx((29.0, -26.0, 29.001, -25.999), abs=1e-4)


def test_an_extract_of_openstreetmap_gives_the_same_buildings_as_the_table_made_from_it(real_data: RealData) -> None:
    """One is GDAL's raw multipolygons, the other was exported by somebody as buildings only."""
    found = []
    layers = {"helsinki/Helsinki.osm.pbf": "multipolygons", "helsinki/helsinki_buildings.gpkg": None}
    for path, layer in layers.items():
        values = read_values(real_data(path), layer=layer)
        assert values.raised is not None
        columns = [values.table.column(name)[values.row] for name in ("osm_id", "osm_way_id")]
        heights = [values.raised.heights.height_m[values.row], values.raised.base_m[values.row]]
        found.append(sorted(map(str, zip(*columns, *heights, strict=True))))
    assert found[0] == found[1]


def test_openstreetmap_is_credited_wherever_its_ids_are(real_data: RealData) -> None:
    for path in ("helsinki/Helsinki.osm.pbf", "helsinki/helsinki_buildings.gpkg"):
        assert read(real_data(path)).info.attribution == "© OpenStreetMap contributors"
    assert not read(real_data("zug_cea/building-geometry/zone.shp")).info.attribution


def test_a_stray_far_away_does_not_move_the_frame(tmp_path: Path) -> None:
    """Null Island, 0 N 0 E, is where broken geocoding puts things: 5,840 km from Amsterdam."""
    boxes = [shapely.box(4.9 + i / 1000, 52.3, 4.9005 + i / 1000, 52.3005) for i in range(5)]
    frame = geopandas.GeoDataFrame({"height": [5.0] * 6}, geometry=[*boxes, shapely.box(0, 0, 0.001, 0.001)], crs=4326)
    frame.to_file(tmp_path / "stray.gpkg")
    city = read(tmp_path / "stray.gpkg")
    assert lonlat_from_local(city.frame, np.zeros((1, 2)))[0] == pytest.approx([4.902, 52.3], abs=0.003)
    assert next(p.count for p in city.report.problems if "500 km" in p.what) == 1


def test_closed_lines_asked_for_as_footprints_are_their_areas(tmp_path: Path) -> None:
    """Drawings have outlines as lines: a closed 10 by 10 square is raised, an open line is not."""
    lines = [
        shapely.box(120000, 480000, 120010, 480010).exterior,
        shapely.LineString([(120000, 480000), (120009, 480009)]),
    ]
    geopandas.GeoDataFrame({"height": [5.0, 6.0]}, geometry=[shapely.LineString(s) for s in lines], crs=28992).to_file(
        tmp_path / "drawing.gpkg"
    )
    city = read(tmp_path / "drawing.gpkg", kind=Kind.FOOTPRINTS)
    assert area_of(city) == pytest.approx(100)
    assert city.info.shown == 1
    assert next(p.count for p in city.report.problems if "have no area" in p.what) == 1


def test_areas_asked_for_as_lines_or_points_are_their_edges_or_a_point_inside(
    square_miles: geopandas.GeoDataFrame, tmp_path: Path
) -> None:
    square_miles.to_file(tmp_path / "city.gpkg")
    lines, points = read(tmp_path / "city.gpkg", kind=Kind.LINES), read(tmp_path / "city.gpkg", kind=Kind.POINTS)
    assert isinstance(lines.features, Lines)
    assert (len(lines.features.row), lines.info.shown) == (9, 8)
    assert isinstance(points.features, Points)
    inside = shapely.points(points.features.xy_local + points.frame.origin_m)
    assert shapely.contains(square_miles.geometry.to_numpy()[points.features.row], inside).all()


def test_a_layer_outside_the_area_of_its_crs_is_said(real_data: RealData) -> None:
    """UTM 32 South for a place in Switzerland, 47 N: it works, with northings of 15 million, and is odd."""
    zug = read(real_data("zug_cea/building-geometry/zone.shp"))
    assert any("outside the area EPSG:32732 is made for" in p.what for p in zug.report.problems)
    koto = read(real_data("tokyo_koto_chuo/koto_bldg.gpkg"))
    assert not koto.report


@pytest.mark.parametrize("path", ["tokyo_koto_chuo/koto_bldg.gpkg", "cambridge_ma/ASSESSING_ParcelsFY2014.topojson"])
def test_every_outline_that_is_drawn_is_valid(real_data: RealData, path: str) -> None:
    outlines = read_values(real_data(path), is_alone=True).outlines
    assert outlines is not None
    first = outlines.ring_start[outlines.part_start[outlines.feature_start[:-1]]]
    assert (np.diff(np.append(first, len(outlines.xy))) >= 3).all()
    assert shapely.is_valid(geometries_of(outlines)).all()
