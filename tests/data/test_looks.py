"""Cheap looks at files, at tables of a real PostgreSQL and at addresses of a real server."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import geopandas
import psycopg
import pytest
import shapely

from data.database_look import DatabaseLook
from data.looking import is_followable, look_at
from data.looks import FileLook
from data.vector import read
from data.web_layers import copies_folder, copy_of, fetched
from data.web_look import WebLook
from tests.postgres import Server, postgres
from twin.errors import SourceError

BOXES = [shapely.box(4.9 + i / 1000, 52.3, 4.9005 + i / 1000, 52.3005) for i in range(30)]


@pytest.fixture
def houses(tmp_path: Path) -> Path:
    path = tmp_path / "houses.gpkg"
    frame = geopandas.GeoDataFrame({"name": [f"h{i}" for i in range(30)], "height": 9.0}, geometry=BOXES, crs=4326)
    frame.to_file(path)
    return path


def settled(look: FileLook) -> str:
    seen = [look.look() for _ in range(2)][-1]
    return "" if seen is None else seen.mark


# files


def test_a_file_is_seen_once_nobody_writes_it(houses: Path) -> None:
    look = FileLook(str(houses))
    first = settled(look)
    assert first
    assert settled(look) == first
    houses.write_bytes(houses.read_bytes() + b"x")
    assert look.look() is None  # it is another one than at the last look: it may be half written
    assert settled(look) != first


def test_a_file_renamed_into_place_is_another_one_even_with_the_same_size_and_time(houses: Path) -> None:
    look = FileLook(str(houses))
    first, facts = settled(look), houses.stat()
    beside = houses.with_name("new")
    beside.write_bytes(houses.read_bytes())
    os.utime(beside, ns=(facts.st_atime_ns, facts.st_mtime_ns))
    beside.replace(houses)
    assert settled(look) != first


def test_a_change_that_is_still_in_the_log_of_a_geopackage_is_seen(houses: Path) -> None:
    look = FileLook(str(houses))
    first = settled(look)
    with sqlite3.connect(houses) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("CREATE TABLE other (a)")
        connection.commit()
        assert houses.with_name("houses.gpkg-wal").stat().st_size
        assert settled(look) != first
    connection.close()


def test_a_geopackage_in_the_middle_of_a_change_is_left_alone(houses: Path) -> None:
    look = FileLook(str(houses))
    settled(look)
    houses.with_name("houses.gpkg-journal").write_bytes(b"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7")
    assert settled(look) == ""


def test_a_file_that_is_gone_is_said(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="not there"):
        FileLook(str(tmp_path / "no.gpkg")).look()


def test_a_joined_table_is_looked_at_too(houses: Path, tmp_path: Path) -> None:
    table = tmp_path / "use.csv"
    table.write_text("name,use\nh1,flat\n")
    look = look_at(str(houses), None, [str(table)])
    assert isinstance(look, FileLook)
    first = settled(look)
    table.write_text("name,use\nh1,office\n")
    assert settled(look) != first


def test_what_a_scenario_or_a_plugin_brings_cannot_be_followed() -> None:
    assert [is_followable(p) for p in ("a.gpkg", "https://h/a", "postgresql://h/d", "scenario://x", "")] == [
        True, True, True, False, False,
    ]  # fmt: skip


# tables


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with postgres() as running:
        running.run(
            "CREATE EXTENSION postgis", "CREATE TABLE houses (id serial PRIMARY KEY, height float8, g geometry)"
        )
        running.run("INSERT INTO houses (height, g) SELECT 9, ST_MakeEnvelope(i, 0, i+.5, 1, 25832) "
                    "FROM generate_series(1, 500) i", "CREATE TABLE other (a int)",
                    "CREATE VIEW tall AS SELECT * FROM houses WHERE height > 5")  # fmt: skip
        yield running


def mark_of(look: DatabaseLook) -> str:
    end = time.monotonic() + 5
    while time.monotonic() < end:
        seen = look.look()
        if seen is not None:
            return seen.mark
        time.sleep(0.02)
    raise AssertionError("it was never looked at")


@pytest.fixture
def look(server: Server) -> Iterator[DatabaseLook]:
    made = DatabaseLook(server.address("houses"), None)
    yield made
    made.close()


def test_a_table_has_another_mark_after_each_kind_of_change(server: Server, look: DatabaseLook) -> None:
    marks = [mark_of(look)]
    for change in (
        "UPDATE houses SET height = 30 WHERE id = 7",
        "UPDATE houses SET g = ST_Translate(g, 0, 3) WHERE id = 8",
        "INSERT INTO houses (height, g) VALUES (4, ST_MakeEnvelope(0, 9, 1, 10, 25832))",
        "DELETE FROM houses WHERE id = 9",
        "ALTER TABLE houses ADD COLUMN use text",
    ):
        server.run(change)
        marks.append(mark_of(look))
    assert len(set(marks)) == len(marks)


def test_a_server_where_nothing_is_written_does_not_go_through_the_rows_again(look: DatabaseLook) -> None:
    mark = mark_of(look)
    counted = look.counted
    assert [mark_of(look) for _ in range(20)] == [mark] * 20
    assert look.counted == counted


def test_what_others_write_elsewhere_does_not_change_the_mark(server: Server, look: DatabaseLook) -> None:
    mark = mark_of(look)
    server.run("INSERT INTO other VALUES (1)")
    assert mark_of(look) == mark


def test_a_change_that_was_taken_back_does_not_change_the_mark(server: Server, look: DatabaseLook) -> None:
    mark = mark_of(look)
    with psycopg.connect(server.words()) as connection:
        connection.execute("UPDATE houses SET height = 99")
        connection.rollback()
    assert mark_of(look) == mark


def test_a_view_is_looked_at_by_its_rows(server: Server) -> None:
    look = DatabaseLook(server.address("tall"), None)
    first = mark_of(look)
    server.run("UPDATE houses SET height = 31 WHERE id = 11")
    assert mark_of(look) != first
    look.close()


def test_notify_ends_the_waiting(server: Server) -> None:
    look = DatabaseLook(server.address("houses"), None, every_s=8.0)
    mark_of(look)
    threading.Timer(0.3, server.run, ["NOTIFY citytwin"]).start()
    begin = time.monotonic()
    look.wait(threading.Event())
    assert time.monotonic() - begin < 4
    look.close()


def test_a_server_that_goes_away_is_said_and_found_again(server: Server, look: DatabaseLook) -> None:
    mark = mark_of(look)
    server.stop()
    with pytest.raises(SourceError, match="city"):
        look.look()
    server.start()
    assert mark_of(look) == mark


# addresses


class Web:
    """A real HTTP server: what it says can be changed; what it was asked is kept."""

    def __init__(self) -> None:
        web = self
        self.pages: dict[str, tuple[bytes, dict[str, str]]] = {}
        self.asked: list[tuple[str, int]] = []
        self.sent_to: dict[str, str] = {}
        """Where paths are redirected to."""
        self.proofs: dict[str, str] = {}
        """The Authorization that paths were asked with."""

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                body, heads = web.pages.get(self.path, (b"no", {}))
                status = 200 if self.path in web.pages else 404
                if heads.get("ETag") and self.headers.get("If-None-Match") == heads["ETag"]:
                    status, body = 304, b""
                if self.path in web.sent_to:
                    status, body, heads = 302, b"", {"Location": web.sent_to[self.path]}
                web.asked.append((self.path, status))
                web.proofs[self.path] = self.headers.get("Authorization", "")
                self.send_response(status)
                for name, value in {"Content-Length": str(len(body)), **heads}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                """Be quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02})
        self.thread.start()

    def address(self, path: str) -> str:
        return f"http://127.0.0.1:{self.server.server_port}{path}"

    def put(self, path: str, body: bytes, **heads: str) -> str:
        tag = hashlib.blake2b(body, digest_size=6).hexdigest()
        self.pages[path] = (body, {"ETag": f'"{tag}"', **{k.replace("_", "-"): v for k, v in heads.items()}})
        return self.address(path)

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join(5)


@pytest.fixture
def web(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Web]:
    monkeypatch.setenv("CITYTWIN_CACHE_DIR", str(tmp_path / "cache"))
    running = Web()
    yield running
    running.close()


def features(count: int, first: int = 0) -> list[dict[str, Any]]:
    return [
        {"type": "Feature", "properties": {"id": i, "height": 5.0 + i}, "geometry": shapely.geometry.mapping(BOXES[i])}
        for i in range(first, first + count)
    ]


def collection(count: int, first: int = 0, **more: Any) -> bytes:
    return json.dumps({"type": "FeatureCollection", "features": features(count, first), **more}).encode()


def test_what_has_not_changed_is_not_sent_again(web: Web) -> None:
    url = web.put("/a.geojson", collection(4))
    look = WebLook(url)
    first = look.look().mark
    assert look.look().mark == first
    assert [status for _, status in web.asked] == [200, 304]
    web.put("/a.geojson", collection(5))
    assert look.look().mark != first


def test_the_same_bytes_under_another_tag_are_the_same(web: Web) -> None:
    url = web.put("/a.geojson", collection(4))
    first = fetched(url)
    web.pages["/a.geojson"] = (collection(4), {"ETag": '"other"'})
    assert fetched(url).digest == first.digest


@pytest.mark.parametrize("form", ["a.geojson", "a.fgb", "a.parquet", "a.gpkg", "a.csv", "query?f=json"])
def test_each_form_is_read_as_buildings(web: Web, tmp_path: Path, form: str) -> None:
    frame = geopandas.GeoDataFrame.from_features(features(6), crs=4326)
    path = tmp_path / form.replace("?", "-")
    if form.endswith(".parquet"):
        frame.to_parquet(path)
    elif form.endswith(".csv"):
        rows = [f'{f.id};{f.height};"{f.geometry.wkt}"' for f in frame.itertuples()]
        path.write_text("\n".join(["id;height;outline", *rows]))
    else:
        frame.to_file(path, driver={".fgb": "FlatGeobuf", ".gpkg": "GPKG"}.get(path.suffix, "GeoJSON"))
    layer = read(web.put(f"/{form}", path.read_bytes()), is_alone=True)
    assert layer.info.shown == 6
    assert layer.info.path == web.address(f"/{form}")
    assert layer.heights is not None
    assert layer.heights.height_m.max() == 10.0  # 5 + the last id


def test_all_pages_of_a_collection_are_one_layer(web: Web) -> None:
    items = "/ogc/collections/houses/items"
    entry = {"id": "houses", "links": [{"rel": "items", "type": "application/geo+json", "href": items}]}
    web.put("/ogc/collections/houses", json.dumps(entry).encode())
    web.put(items, collection(4, links=[{"rel": "next", "href": "items?offset=4"}]))
    web.put(f"{items}?offset=4", collection(3, 4, links=[{"rel": "next", "href": f"{items}?offset=7"}]))
    web.put(f"{items}?offset=7", collection(2, 7, links=[{"rel": "prev", "href": items}]))
    layer = read(web.address("/ogc/collections/houses"), is_alone=True)
    assert sorted(layer.table.column("id").tolist()) == list(range(9))
    assert layer.info.name == "houses"


def test_coordinates_are_in_the_crs_that_the_server_names(web: Web) -> None:
    frame = geopandas.GeoDataFrame.from_features(features(3), crs=4326).to_crs(25832)
    body = json.dumps({**json.loads(frame.to_json(drop_id=True)), "crs": None, "links": []})
    body = body.replace('"crs": null, ', "")
    url = web.put("/items", body.encode(), Content_Crs="<http://www.opengis.net/def/crs/EPSG/0/25832>")
    layer = read(url, is_alone=True)
    assert layer.info.crs == "EPSG:25832"
    assert layer.info.bounds_lonlat[0] == pytest.approx(4.9, abs=1e-3)


def test_an_answer_in_gzip_is_read(web: Web) -> None:
    url = web.put("/a.geojson", gzip.compress(collection(4)), Content_Encoding="gzip")
    assert read(url, is_alone=True).info.shown == 4


def test_without_a_network_the_last_answer_is_shown_and_said(web: Web) -> None:
    url = web.put("/a.geojson", collection(4))
    assert read(url, is_alone=True).info.shown == 4
    web.pages.clear()
    layer = read(url, is_alone=True)
    assert layer.info.shown == 4
    assert any("shown as it was" in p.what for p in layer.report.problems)


@pytest.mark.parametrize("body", [b"<!doctype html><html>sign in</html>", b"", b"\x89PNG\r\n"])
def test_an_answer_that_is_no_map_is_refused_and_the_copy_stays(web: Web, body: bytes) -> None:
    url = web.put("/a.geojson", collection(4))
    first = fetched(url)
    web.put("/a.geojson", body)
    with pytest.raises(SourceError):
        fetched(url)
    last = copy_of(url)
    assert last is not None
    assert last.path.read_bytes() == first.path.read_bytes()


def test_an_answer_that_ends_in_the_middle_is_refused(web: Web) -> None:
    url = web.address("/cut")
    web.pages["/cut"] = (collection(4)[:-9], {"Content-Length": str(len(collection(4)))})
    with pytest.raises(SourceError):
        fetched(url, wait_s=0.3)


def test_secrets_of_an_address_are_neither_shown_nor_kept(web: Web) -> None:
    web.put("/a.geojson?token=hush", collection(4))
    layer = read(web.address("/a.geojson?token=hush").replace("//", "//me:pass@"), is_alone=True)
    assert "hush" not in layer.info.path
    assert "pass" not in layer.info.path
    kept = b"".join(p.read_bytes() for p in copies_folder().rglob("*") if p.is_file())
    assert b"hush" not in kept


def test_a_password_goes_no_farther_than_its_own_server(web: Web) -> None:
    web.put("/b.geojson", collection(4))
    other = Web()
    other.put("/c.geojson", collection(4))
    web.sent_to = {"/near": "/b.geojson", "/far": other.address("/c.geojson")}
    try:
        for path in ("/near", "/far"):
            fetched(web.address(path).replace("//", "//me:pass@"))
    finally:
        other.close()
    assert web.proofs["/near"] == web.proofs["/b.geojson"] == "Basic bWU6cGFzcw=="  # me:pass
    assert other.proofs["/c.geojson"] == ""


def test_an_answer_in_damaged_gzip_is_refused_in_words(web: Web) -> None:
    packed = bytearray(gzip.compress(collection(4)))
    packed[20:40] = bytes(20)
    with pytest.raises(SourceError, match="no answer that can be used"):
        fetched(web.put("/a.geojson", bytes(packed), Content_Encoding="gzip"))
