"""Rows of a layer as files for others."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import geopandas
import numpy as np
import pandas as pd
import pyogrio
import pytest
import shapely

from data.exporting import export_rows, exported_frame, format_of, write_geopackage, written_whole
from data.frames import layer_from_frame
from data.vector import read
from twin.errors import CrsError, LayerError, SourceError, UsageError
from twin.layer import Layer

ORIGIN = np.array([500_000.0, 5_760_000.0])


def houses() -> Layer:
    squares = shapely.transform([shapely.box(20 * i, 0, 20 * i + 10, 10) for i in range(3)], lambda xy: xy + ORIGIN)
    columns = {"height": [12.0, 20.0, 7.5], "Name": ["a", "ü", None], "name": ["x", "y", "z"], "fid": [7, 7, 7]}
    return layer_from_frame(geopandas.GeoDataFrame(columns, geometry=squares, crs=25832), "Houses")


def fail_half_way(out: Path) -> None:
    with written_whole(out) as part:
        Path(part).write_text("half")
        raise RuntimeError


@pytest.mark.parametrize("ending", ["gpkg", "parquet", "geojson"])
def test_what_is_exported_is_read_again_in_place(tmp_path: Path, ending: str) -> None:
    out = tmp_path / f"some.{ending}"
    done = export_rows(houses(), out, rows=[2, 0])
    back = read(out)
    assert done.rows == len(back.table) == 2
    assert back.table.column("height").tolist() == [7.5, 12.0]
    frame = geopandas.read_parquet(out) if ending == "parquet" else geopandas.read_file(out)
    # the squares are 10 m wide and stand at 500,000 and 500,040 m east
    assert frame.to_crs(25832).bounds["minx"].tolist() == pytest.approx([500_040.0, 500_000.0], abs=1e-3)
    assert frame["height_source"].tolist() == ["measured"] * 2


def test_geojson_is_in_longitude_and_latitude_without_a_crs_member(tmp_path: Path) -> None:
    out = tmp_path / "some.geojson"
    assert export_rows(houses(), out).crs == "EPSG:4326"
    written = json.loads(out.read_text(encoding="utf-8"))
    lon, lat = written["features"][0]["geometry"]["coordinates"][0][0]
    assert (round(lon), round(lat)) == (9, 52)  # the central meridian of UTM zone 32 is 9 degrees east
    assert "crs" not in written
    with pytest.raises(UsageError, match="RFC 7946"):
        export_rows(houses(), out, crs="EPSG:25832")


def test_a_csv_says_where_each_row_is(tmp_path: Path) -> None:
    out = tmp_path / "some.csv"
    export_rows(houses(), out)
    back = pd.read_csv(out, encoding="utf-8-sig")
    assert back["Name"].tolist()[:2] == ["a", "ü"]
    east = geopandas.points_from_xy(back["lon_deg"], back["lat_deg"], crs=4326).to_crs(25832).x
    assert east.tolist() == pytest.approx([500_005.0, 500_025.0, 500_045.0], abs=0.01)


def test_columns_that_must_stay_at_home_are_not_in_the_file(tmp_path: Path) -> None:
    out = tmp_path / "some.gpkg"
    done = export_rows(houses(), out, without=("Name", "telephone"))
    assert done.left_out == ("Name",)
    assert "ü".encode() not in out.read_bytes()


def test_names_that_differ_in_case_only_are_told_apart_and_said(tmp_path: Path) -> None:
    done = export_rows(houses(), tmp_path / "some.gpkg")
    assert {"Name", "name_2", "fid"} <= set(done.columns)
    assert any("renamed" in line for line in done.report.sentences())
    assert geopandas.read_file(tmp_path / "some.gpkg")["fid"].tolist() == [7, 7, 7]


def test_a_note_stands_beside_the_rows_that_were_corrected(tmp_path: Path) -> None:
    export_rows(houses(), tmp_path / "some.geojson", notes={1: "height: 18 -> 20"})
    written = json.loads((tmp_path / "some.geojson").read_text(encoding="utf-8"))
    assert [f["properties"]["corrected"] for f in written["features"]] == [None, "height: 18 -> 20", None]


def test_another_crs_is_taken_and_nonsense_refused(tmp_path: Path) -> None:
    done = export_rows(houses(), tmp_path / "some.gpkg", crs="EPSG:3857")
    assert done.crs == "EPSG:3857" == str(geopandas.read_file(tmp_path / "some.gpkg").crs)
    with pytest.raises(CrsError):
        export_rows(houses(), tmp_path / "other.gpkg", crs="EPSG:xyz")


def test_several_layers_share_a_geopackage(tmp_path: Path) -> None:
    frame, _ = exported_frame(houses())
    write_geopackage(tmp_path / "all.gpkg", [("Houses", frame), ("houses", frame)], description="corrected")
    assert [str(name) for name, _ in pyogrio.list_layers(tmp_path / "all.gpkg")] == ["Houses", "houses_2"]


def test_a_failed_export_leaves_what_was_there(tmp_path: Path) -> None:
    out = tmp_path / "some.gpkg"
    out.write_text("before")
    with pytest.raises(LayerError, match="Nothing"):
        export_rows(houses(), out, rows=[])
    with pytest.raises(RuntimeError):
        fail_half_way(out)
    assert [p.name for p in tmp_path.iterdir()] == ["some.gpkg"]
    assert out.read_text() == "before"
    with pytest.raises(SourceError, match="could not be written"):
        export_rows(houses(), tmp_path / "nowhere" / "some.gpkg")


def test_an_unknown_ending_is_said() -> None:
    with pytest.raises(UsageError, match=r"\.gpkg"):
        format_of("x.shp")


def test_a_real_city_comes_back_with_its_ground(real_data: Callable[[str], Path], tmp_path: Path) -> None:
    path = real_data("tokyo_koto_chuo/koto_bldg.gpkg")
    layer = read(path)
    out = tmp_path / "koto.parquet"
    done = export_rows(layer, out, rows=range(1000))
    back, source = geopandas.read_parquet(out), geopandas.read_file(path, rows=1000)
    assert done.rows == len(back)
    assert done.crs == layer.info.crs
    assert back.to_crs(6677).area.sum() == pytest.approx(source.to_crs(6677).area.sum(), rel=1e-4)
