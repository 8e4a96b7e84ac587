"""The table of bad input: each file reads with a report, or is refused with a sentence; nothing appears beside it."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import struct
import zipfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import geopandas
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely

from data import layer_values
from data.vector import describe, read
from twin.errors import CrsError, LayerError, MemoryBudgetError, SourceError, TwinError
from twin.layer import Layer

RealData = Callable[[str], Path]

BROKEN = {
    # what becomes of each file: the features shown, or the beginning of the sentence
    "cityjson/completely_empty.json": '"completely_empty.json" is empty',
    "cityjson/invalid_json.city.json": "CityJSON",
    "cityjson/invalid_missing_type.json": "CityJSON",
    "cityjson/invalid_schema_1.city.json": "CityJSON",
    "cityjson/out_of_range_vertex_index.json": "1 geometries use vertices that the file does not have",
    "cityjson/several_lods_invalid.city.json": 1,
    "cityjson/unclosedbracket.city.jsonl": 1,
    "geojson/bad-duplicate-properties.geojson": "Nothing of the layer .* 1 rows have no geometry",
    "geojson/bad-json.geojson": r"is not JSON that holds a map .*separator ',' expected \(at offset 31\)",
    "geojson/bad-polygonloop.geojson": "Nothing of the layer .* 1 rows have no geometry",
    "geojson/featurecollection-type-case.geojson": 1,
    "geojson/geometrycollection_nested.geojson": 1,
    "geojson/poi_projected_coords_as_wgs84.geojson": 1,
    "geojson/point-labeled-as-a-multipolygon.geojson": "Nothing of the layer .* 1 geometries are empty",
    "geojson/short-linearring.geojson": 1,
    "geojson/stringcoord.geojson": 1,
    "json/i_number_huge_exp.json": "is not JSON that holds a map",
    "json/i_string_UTF-16LE_with_BOM.json": "text in UTF-16",
    "json/n_number_NaN.json": "is not JSON that holds a map",
    "json/n_object_trailing_comma.json": "is not JSON that holds a map",
    "json/n_structure_100000_opening_arrays.json": "is not JSON that holds a map",
    "json/n_structure_UTF8_BOM_no_data.json": "text without content",
    "gtfs/hart-vehicle-positions_empty.pb": "cannot be read as a vector file",
    "gtfs/invalid.pb": "cannot be read as a vector file",
    "gtfs/invalid.zip": "is called a zip but",
    "osm/multipolygon_hang.osm": 12,
    "osm/san_diego_invalid_polygon.osm": 109,
    "shapefile/TRONCON_DE_ROUTE_no_dbf.prj": 1094,
    "shapefile/TRONCON_DE_ROUTE_no_dbf.shp": 1094,
    "shapefile/TRONCON_DE_ROUTE_no_dbf.shx": 1094,
    "shapefile/corrupt_too_long.dbf": 10,
    "shapefile/corrupt_too_long.shp": 10,
    "shapefile/corrupt_too_long.shx": 10,
    "shapefile/linz_wrong_projection.dbf": 16,
    "shapefile/linz_wrong_projection.prj": 16,
    "shapefile/linz_wrong_projection.qpj": 16,
    "shapefile/linz_wrong_projection.shp": 16,
    "shapefile/linz_wrong_projection.shx": 16,
    "tiles/invalid.pmtiles": "is called a PMTiles but",
}


def looked_at_and_read(path: Path | str, **options: object) -> Layer:
    """Describe and read; check that the folder is as it was, and that an error is one for people."""
    folder = Path(path).parent
    before = sorted(p.name for p in folder.iterdir()) if folder.is_dir() else []
    with suppress(TwinError):
        describe(path)
    try:
        return read(path, **options)  # type: ignore[arg-type]
    except TwinError as error:
        check_words(error)
        raise
    finally:
        assert (sorted(p.name for p in folder.iterdir()) if folder.is_dir() else []) == before


def check_words(error: TwinError) -> None:
    """An error for people has a sentence and something to try."""
    assert error.sentence[0].isupper() or error.sentence[0] == '"'
    assert error.sentence.endswith(".")
    assert error.hint


@pytest.mark.parametrize("name", BROKEN)
def test_each_broken_file_reads_with_a_report_or_is_refused_in_words(real_data: RealData, name: str) -> None:
    path, expected = real_data(f"broken_pack/{name}"), BROKEN[name]
    if isinstance(expected, int):
        assert looked_at_and_read(path).info.shown == expected
    else:
        with pytest.raises(TwinError, match=expected):
            looked_at_and_read(path)


def test_every_broken_file_is_in_the_table(real_data: RealData) -> None:
    folder = real_data("broken_pack")
    files = {str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file() and p.name != "SOURCE.md"}
    assert files == set(BROKEN)


# made here


@pytest.fixture
def city() -> geopandas.GeoDataFrame:
    boxes = [shapely.box(120000 + 20 * i, 480000, 120010 + 20 * i, 480010) for i in range(4)]
    return geopandas.GeoDataFrame({"height": [3.0, 4.0, 5.0, 6.0]}, geometry=boxes, crs=28992)


def geojson(path: Path, *features: dict[str, object]) -> Path:
    path.write_text(json.dumps({"type": "FeatureCollection", "features": list(features)}))
    return path


def feature(geometry: object, **properties: object) -> dict[str, object]:
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def square(x: float, y: float, size: float) -> dict[str, object]:
    ring = [[x, y], [x + size, y], [x + size, y + size], [x, y + size], [x, y]]
    return {"type": "Polygon", "coordinates": [ring]}


def test_a_missing_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r'There is no file "nowhere\.gpkg"'):
        looked_at_and_read(tmp_path / "nowhere.gpkg")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
def test_a_pipe_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.geojson")
    with pytest.raises(SourceError, match="not a file"):
        looked_at_and_read(tmp_path / "pipe.geojson")


def test_an_empty_file_is_said(tmp_path: Path) -> None:
    (tmp_path / "city.gpkg").touch()
    with pytest.raises(SourceError, match="is empty"):
        looked_at_and_read(tmp_path / "city.gpkg")


def test_a_folder_with_one_file_is_that_file_and_with_several_says_which(
    city: geopandas.GeoDataFrame, tmp_path: Path
) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    with pytest.raises(SourceError, match="without a vector file"):
        looked_at_and_read(folder)
    city.to_file(folder / "one.shp")
    assert looked_at_and_read(folder).info.shown == 4
    city.to_file(folder / "two.gpkg")
    with pytest.raises(SourceError, match=r"2 vector files: one\.shp, two\.gpkg"):
        looked_at_and_read(folder)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission_is_said(city: geopandas.GeoDataFrame, tmp_path: Path) -> None:
    city.to_file(tmp_path / "city.gpkg")
    (tmp_path / "city.gpkg").chmod(0)
    with pytest.raises(SourceError, match="may not be read"):
        looked_at_and_read(tmp_path / "city.gpkg")


def test_a_forbidden_file_is_said(
    city: geopandas.GeoDataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    city.to_file(tmp_path / "city.gpkg")

    def forbidden(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", forbidden)
    with pytest.raises(SourceError, match="may not be read"):
        read(tmp_path / "city.gpkg")


@pytest.mark.parametrize("suffix", ["gpkg", "geojson", "parquet"])
def test_a_file_that_vanishes_while_it_is_read_is_said(
    city: geopandas.GeoDataFrame, tmp_path: Path, suffix: str, monkeypatch: pytest.MonkeyPatch
) -> None:

    path = tmp_path / f"city.{suffix}"
    city.to_parquet(path) if suffix == "parquet" else city.to_file(path)
    look = layer_values.facts_of

    def look_and_lose(*arguments: object, **options: object) -> object:
        facts = look(*arguments, **options)  # type: ignore[arg-type]
        path.unlink()
        return facts

    monkeypatch.setattr(layer_values, "facts_of", look_and_lose)
    with pytest.raises(SourceError, match="vanished while it was read"):
        read(path)


def test_coordinates_that_are_no_numbers_or_absurd_cost_their_rows_only(
    city: geopandas.GeoDataFrame, tmp_path: Path
) -> None:
    def ring(x: float) -> bytes:
        return struct.pack("<BIII8d", 1, 3, 1, 4, x, 0, 9, 0, 9, 9, 0, 9)

    wkb = [*city.geometry.to_wkb(), ring(np.nan), ring(np.inf), ring(1e12)]
    table = pa.table({"height": [5.0] * 7, "geometry": pa.array(wkb, pa.binary())})
    geo = {"version": "1.0.0", "primary_column": "geometry", "columns": {"geometry": {"encoding": "WKB"}}}
    geo["columns"]["geometry"]["crs"] = city.crs.to_json_dict()  # type: ignore[index]
    pq.write_table(table.replace_schema_metadata({"geo": json.dumps(geo)}), tmp_path / "city.parquet")
    layer = looked_at_and_read(tmp_path / "city.parquet")
    assert layer.info.shown == 4
    problem = next(p for p in layer.report.problems if "beyond any map" in p.what)
    assert (problem.count, problem.examples, problem.is_loss) == (3, (4, 5, 6), True)


@pytest.mark.parametrize("suffix", ["gpkg", "shp", "fgb", "geojson"])
def test_a_layer_without_features_is_said(city: geopandas.GeoDataFrame, tmp_path: Path, suffix: str) -> None:
    city[:0].to_file(tmp_path / f"none.{suffix}", geometry_type="Polygon")
    with pytest.raises(LayerError, match="has no features"):
        looked_at_and_read(tmp_path / f"none.{suffix}")


def test_only_null_geometries_are_said(tmp_path: Path) -> None:
    path = geojson(tmp_path / "null.geojson", feature(None, a=1), feature(None, a=2))
    with pytest.raises(LayerError, match="2 rows have no geometry"):
        looked_at_and_read(path)


def test_a_column_of_mixed_types_is_kept_as_text(tmp_path: Path) -> None:
    values = [1, "two", None, [3], {"four": 4}]
    rows = [feature(square(4 + i / 100, 52, 0.001), mixed=v) for i, v in enumerate(values)]
    layer = looked_at_and_read(geojson(tmp_path / "mixed.geojson", *rows))
    assert layer.table.fields()["mixed"] == "text"
    assert list(layer.table.column("mixed"))[:3] == ["1", "two", None]
    assert layer.table.row(1)["mixed"] == "two"


@pytest.mark.parametrize(("lost", "said"), [("shx", "index file"), ("dbf", "attribute file")])
def test_a_shapefile_without_a_companion_is_read_and_it_is_said(
    city: geopandas.GeoDataFrame, tmp_path: Path, lost: str, said: str
) -> None:
    city.to_file(tmp_path / "city.shp")
    (tmp_path / f"city.{lost}").unlink()
    layer = looked_at_and_read(tmp_path / "city.shp")
    assert layer.info.shown == 4
    assert any(said in p.what for p in layer.report.problems)


@pytest.mark.parametrize(
    ("suffix", "kept_bytes", "shown", "said"),
    [
        ("shx", 110, 4, "index file"),
        ("shp", 400, 2, "not as long as its header says"),
        ("dbf", -20, 3, "rows are missing at the end of the attribute file"),
    ],
)
def test_a_shapefile_that_was_cut_off_gives_what_is_left_and_it_is_said(
    city: geopandas.GeoDataFrame, tmp_path: Path, suffix: str, kept_bytes: int, shown: int, said: str
) -> None:
    """A record of the .shp is 136 bytes after a head of 100, a row of the .dbf 25; the index is 8 bytes a record."""
    city.to_file(tmp_path / "city.shp")
    path = tmp_path / f"city.{suffix}"
    path.write_bytes(path.read_bytes()[:kept_bytes])
    layer = looked_at_and_read(tmp_path / "city.shp")
    assert layer.info.shown == shown
    assert any(said in p.what for p in layer.report.problems)


def test_metres_without_a_crs_are_refused_and_the_option_named(city: geopandas.GeoDataFrame, tmp_path: Path) -> None:
    city.to_file(tmp_path / "city.shp")
    (tmp_path / "city.prj").unlink()
    with pytest.raises(CrsError, match=r'"city\.shp" states no CRS.*120,000.*--crs'):
        looked_at_and_read(tmp_path / "city.shp")
    assert describe(tmp_path / "city.shp").problem
    layer = read(tmp_path / "city.shp", crs="EPSG:28992")
    assert (layer.info.crs, layer.info.crs_source) == ("EPSG:28992", "given")


def test_a_lost_prj_is_made_up_for_by_the_qpj(city: geopandas.GeoDataFrame, tmp_path: Path) -> None:
    city.to_file(tmp_path / "city.shp")
    (tmp_path / "city.prj").rename(tmp_path / "city.qpj")
    assert looked_at_and_read(tmp_path / "city.shp").info.crs == "EPSG:28992"


def test_metres_labelled_degrees_are_refused(tmp_path: Path) -> None:
    path = geojson(tmp_path / "metres.geojson", feature(square(120000, 480000, 10)))
    with pytest.raises(CrsError, match=r'"metres\.geojson" says EPSG:4326, but its numbers are not degrees'):
        looked_at_and_read(path)
    assert read(path, crs="EPSG:28992").info.bounds_lonlat[0] == pytest.approx(4.87, abs=0.01)


def test_degrees_labelled_metres_are_taken_for_degrees_and_it_is_said(tmp_path: Path) -> None:
    frame = geopandas.GeoDataFrame(geometry=[shapely.box(4.9, 52.3, 4.9002, 52.3001)], crs=28992)
    frame.to_file(tmp_path / "degrees.gpkg")
    layer = looked_at_and_read(tmp_path / "degrees.gpkg")
    assert (layer.info.crs, layer.info.crs_source) == ("EPSG:4326", "guessed")
    assert layer.info.bounds_lonlat == pytest.approx((4.9, 52.3, 4.9002, 52.3001))


ODD_NAMES = [
    "with space", "bang!", "quote'd", 'double"quote', "東京 建物", "naïve", "100%", "a:b", "what?", "st*r", "#1",
    "a;b|c", "-dash", "[brackets]", "new\nline", "zip!inner.zip", "$HOME", "back\\slash",
]  # fmt: skip


@pytest.mark.parametrize("name", ODD_NAMES)
@pytest.mark.parametrize("suffix", ["geojson", "shp", "parquet"])
def test_odd_file_names_open(city: geopandas.GeoDataFrame, tmp_path: Path, name: str, suffix: str) -> None:
    plain, folder = tmp_path / f"plain.{suffix}", tmp_path / f"in {name}"
    city.to_parquet(plain) if suffix == "parquet" else city.to_crs(4326).to_file(plain)
    folder.mkdir()
    for part in tmp_path.glob("plain.*"):
        shutil.copy(part, folder / f"{name}{part.suffix}")
    layer = looked_at_and_read(folder / f"{name}.{suffix}")
    assert layer.info.shown == 4
    assert layer.info.name == name


def test_a_name_that_is_no_unicode_opens(city: geopandas.GeoDataFrame, tmp_path: Path) -> None:
    city.to_file(tmp_path / "plain.gpkg")
    odd = os.fsencode(tmp_path) + b"/latin-\xe9.gpkg"
    try:
        shutil.copy(os.fsencode(tmp_path / "plain.gpkg"), odd)
    except OSError:
        pytest.skip("this file system takes Unicode names only")
    assert read(os.fsdecode(odd)).info.shown == 4


def test_a_database_left_in_write_ahead_mode_gets_no_companions(city: geopandas.GeoDataFrame, tmp_path: Path) -> None:
    path = tmp_path / "wal.gpkg"
    city.to_file(path)
    base = sqlite3.connect(path)
    base.execute("pragma journal_mode=wal")
    base.close()
    assert looked_at_and_read(path).info.shown == 4


def test_a_file_that_is_called_what_it_is_not_is_said(tmp_path: Path) -> None:
    (tmp_path / "page.gpkg").write_text("<!DOCTYPE html><html><body>404</body></html>")
    with pytest.raises(SourceError, match="called a GeoPackage but looks like: web page"):
        looked_at_and_read(tmp_path / "page.gpkg")
    (tmp_path / "cut.parquet").write_bytes(b"PAR1 and then nothing")
    with pytest.raises(SourceError, match=r"cut\.parquet"):
        looked_at_and_read(tmp_path / "cut.parquet")


def test_a_table_without_geometry_is_said(tmp_path: Path) -> None:
    pq.write_table(pa.table({"a": [1, 2]}), tmp_path / "table.parquet")
    with pytest.raises(LayerError, match="table without geometry"):
        looked_at_and_read(tmp_path / "table.parquet")
    (tmp_path / "table.csv").write_text("a,b\n1,2\n")
    with pytest.raises(LayerError, match="table without geometry"):
        looked_at_and_read(tmp_path / "table.csv")


def test_a_zip_without_a_map_or_with_several_is_said(city: geopandas.GeoDataFrame, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "none.zip", "w") as archive:
        archive.writestr("readme.txt", "nothing")
    with pytest.raises(SourceError, match="zip without a vector file"):
        looked_at_and_read(tmp_path / "none.zip")
    city.to_file(tmp_path / "a.gpkg")
    with zipfile.ZipFile(tmp_path / "two.zip", "w") as archive:
        archive.write(tmp_path / "a.gpkg", "a.gpkg")
        archive.write(tmp_path / "a.gpkg", "b.gpkg")
    with pytest.raises(SourceError, match=r"2 vector files: a\.gpkg, b\.gpkg"):
        looked_at_and_read(tmp_path / "two.zip")


def test_nothing_appears_beside_gml(real_data: RealData) -> None:
    path = real_data("citygml_berlin/berlin_open_data_sample_data.gml")
    assert looked_at_and_read(path).info.shown == 61


def test_a_field_name_cut_inside_a_character_is_read(tmp_path: Path, city: geopandas.GeoDataFrame) -> None:
    """Ten bytes of UTF-8 hold three Japanese characters and a third of the next; the rest of the name is kept."""
    city.to_file(tmp_path / "cut.shp")
    (tmp_path / "cut.cpg").unlink()
    fields = [("建物高さ".encode()[:10], 8), (b"use", 7)]
    rows = [("12.5", "住宅地"), ("7", "Résidentiel"), ("8", ""), ("9", "")]
    header = struct.pack("<BBBBIHH20x", 3, 120, 1, 1, len(rows), 32 + 32 * len(fields) + 1, 16)
    header += b"".join(struct.pack("<11scIBB14x", name, b"C", 0, width, 0) for name, width in fields) + b"\r"
    body = b"".join(b" " + b"".join(v.encode()[:w].ljust(w) for v, (_, w) in zip(r, fields, strict=True)) for r in rows)
    (tmp_path / "cut.dbf").write_bytes(header + body + b"\x1a")
    layer = looked_at_and_read(tmp_path / "cut.shp")
    assert layer.heights is not None
    assert layer.heights.field == "建物高"
    assert list(layer.table.fields()) == ["建物高", "use"]
    assert list(layer.table.column("use"))[:2] == ["住宅", "Réside"]


def test_text_bytes_that_are_no_utf_8_cost_their_character_only(city: geopandas.GeoDataFrame, tmp_path: Path) -> None:
    city["use"] = ["a", "b", "c", "d"]
    city.to_file(tmp_path / "city.gpkg")
    base = sqlite3.connect(tmp_path / "city.gpkg")
    for (trigger,) in base.execute("select name from sqlite_master where type = 'trigger'").fetchall():
        base.execute(f"drop trigger {trigger}")
    base.execute("update city set use = cast(x'52e973' as text) where fid = 1")
    base.commit()
    base.close()
    assert list(looked_at_and_read(tmp_path / "city.gpkg").table.column("use")) == ["Rs", "b", "c", "d"]


def test_a_file_that_does_not_fit_the_memory_is_refused(city: geopandas.GeoDataFrame, tmp_path: Path) -> None:
    city.to_file(tmp_path / "city.gpkg")
    with pytest.raises(MemoryBudgetError, match="needs more than the 0 MB that are allowed"):
        looked_at_and_read(tmp_path / "city.gpkg", memory_bytes=100)
    assert looked_at_and_read(tmp_path / "city.gpkg", memory_bytes=100_000).info.shown == 4
