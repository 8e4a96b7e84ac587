"""What a person names, and the file and layer that are meant."""

from __future__ import annotations

from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import pytest

from data.dbf import is_utf8, meant
from data.sniffing import looks_like
from data.sources import opened, split_layer
from twin.errors import SourceError


def test_an_existing_path_wins_over_splitting_at_the_colon(tmp_path: Path) -> None:
    (tmp_path / "a").touch()
    (tmp_path / "a:b").touch()
    assert split_layer(f"{tmp_path}/a:b") == (f"{tmp_path}/a:b", None)
    assert split_layer(f"{tmp_path}/a:c") == (f"{tmp_path}/a", "c")
    assert split_layer(f"{tmp_path}/a:b:c") == (f"{tmp_path}/a:b", "c")
    assert split_layer(f"{tmp_path}/none:c") == (f"{tmp_path}/none:c", None)
    assert split_layer(f"{tmp_path}/a:") == (f"{tmp_path}/a:", None)


def test_an_alias_is_gone_after_reading(tmp_path: Path) -> None:
    (tmp_path / "odd!.geojson").write_text("{}")
    with opened(tmp_path / "odd!.geojson") as source:
        alias = Path(source.path)
        assert alias.exists()
        assert (alias.parent, source.stem) != (tmp_path, "odd!")
    assert not alias.parent.exists()
    assert [p.name for p in tmp_path.iterdir()] == ["odd!.geojson"]


def test_a_plain_file_is_opened_where_it_is(tmp_path: Path) -> None:
    (tmp_path / "plain.geojson").write_text("{}")
    with opened(tmp_path / "plain.geojson") as source:
        assert source.path == str(tmp_path / "plain.geojson")


def test_a_companion_of_a_shapefile_stands_for_it(tmp_path: Path) -> None:
    for suffix in ("shp", "shx", "dbf", "prj"):
        (tmp_path / f"x.{suffix}").write_text("x")
    for suffix in ("shx", "dbf", "prj"):
        with opened(tmp_path / f"x.{suffix}") as source:
            assert source.suffix == ".shp"


def test_a_damaged_zip_is_said(tmp_path: Path) -> None:
    with ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.writestr("a.geojson", "x" * 1000, compress_type=ZIP_DEFLATED)
    broken = bytearray((tmp_path / "x.zip").read_bytes())
    broken[40:44] = b"\xff\xff\xff\xff"
    (tmp_path / "x.zip").write_bytes(broken)
    with pytest.raises(SourceError, match="zip that cannot be unpacked"), opened(tmp_path / "x.zip"):
        pass


@pytest.mark.parametrize(
    ("beginning", "name"),
    [
        (b"SQLite format 3\x00", "SQLite"),
        (b"PK\x03\x04", "zip"),
        (b"PAR1", "Parquet"),
        (b'{"type": "FeatureCollection"', "GeoJSON"),
        (b'\xef\xbb\xbf {"type":"Topology"', "TopoJSON"),
        (b'{"type":"CityJSON"', "CityJSON"),
        (b"[1, 2]", "JSON"),
        (b"<?xml version='1.0'?><osm>", "OpenStreetMap XML"),
        (b"<!DOCTYPE html>", "web page"),
        (b"\xef\xbb\xbf", "text without content"),
        (b"anything", ""),
    ],
)
def test_first_bytes_tell_what_a_file_is(tmp_path: Path, beginning: bytes, name: str) -> None:
    (tmp_path / "x").write_bytes(beginning)
    assert looks_like(tmp_path / "x") == name


def test_utf_8_is_told_from_latin_1() -> None:
    assert is_utf8("Résidentiel 住宅".encode())
    assert is_utf8("Résidentiel et".encode() * 10 + "é".encode()[:1])
    assert not is_utf8("Résidentiel".encode("latin-1"))
    assert not is_utf8(b"plain")
    assert meant("RÃ©sidentiel") == "Résidentiel"
