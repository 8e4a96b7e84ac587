"""A real PostgreSQL with PostGIS that the tests start themselves: tables as layers and to join."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import geopandas
import numpy as np
import psycopg
import pytest
import shapely

from data.database_address import address_of, without_password
from data.layer_values import read_values
from data.tables import describe_tables, read_table
from data.vector import describe, read
from tests.postgres import Server, postgres
from twin.errors import ColumnError, LayerError, SourceError
from twin.layer import Kind
from ui.cli import main
from ui.joining import _wish

BOXES = [shapely.box(4.9 + i / 1000, 52.3, 4.9005 + i / 1000, 52.3005) for i in range(30)]
SECRET = "s3cret/p@ss:word"  # noqa: S105  of a server that lives for a second


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    doors = "local all guarded scram-sha-256\nlocal all all trust\nhost all guarded 127.0.0.1/32 scram-sha-256\n"
    with postgres(host="127.0.0.1", doors=doors) as running:
        fill(running)
        yield running


def fill(server: Server) -> None:
    server.run(f"CREATE ROLE guarded LOGIN PASSWORD '{SECRET}'")
    rd = geopandas.GeoSeries(BOXES, crs=4326).to_crs(28992)
    with psycopg.connect(server.words()) as db:
        db.execute("CREATE EXTENSION postgis")
        db.execute("CREATE SCHEMA plan")
        db.execute(
            'CREATE TABLE plan."Gebäude" (id text, height numeric, floors int, built date, is_old bool, tags text[], '
            "geom geometry(Polygon, 28992))"
        )
        for i, shape in enumerate(rd):
            row = (f"{i:04d}", None if i == 3 else 5 + i, i, "1990-05-06", i % 2 == 0, ["a"], shapely.to_wkb(shape))
            db.execute('INSERT INTO plan."Gebäude" VALUES (%s, %s, %s, %s, %s, %s, ST_GeomFromWKB(%s, 28992))', row)
        db.execute("CREATE TABLE taxes (code int, tax double precision, use text)")
        for i in range(40):
            db.execute("INSERT INTO taxes VALUES (%s, %s, %s)", (i, i / 2, "shop" if i % 3 else "flat"))
        db.execute("CREATE TABLE stops (name text, geog geography(Point, 4326))")
        db.execute("INSERT INTO stops VALUES ('Central', ST_Point(4.9, 52.3))")
        db.execute("CREATE TABLE hidden (a int)")
        db.execute("GRANT USAGE ON SCHEMA plan TO guarded")
        db.execute('GRANT SELECT ON plan."Gebäude", taxes TO guarded')


# layers


def test_a_table_is_a_layer(server: Server) -> None:
    layer = read(server.address("plan.Gebäude"), is_alone=True)
    assert (layer.info.driver, layer.info.crs, layer.info.crs_source) == ("PostGIS", "EPSG:28992", "stated")
    assert (layer.info.count, layer.info.shown, layer.info.kind) == (30, 30, Kind.FOOTPRINTS)
    fields = {"id": "text", "height": "number", "floors": "number", "built": "time", "is_old": "bool", "tags": "text"}
    assert dict(layer.table.fields()) == fields
    assert layer.heights is not None
    assert layer.heights.height_m[[0, 4]].tolist() == [5.0, 9.0]
    assert layer.table.row(3)["height"] is None
    assert layer.info.bounds_lonlat == pytest.approx((4.9, 52.3, 4.9295, 52.3005), abs=2e-4)


def test_outlines_are_the_same_as_those_of_a_file(server: Server, tmp_path: Path) -> None:
    geopandas.GeoSeries(BOXES, crs=4326).to_crs(28992).to_file(tmp_path / "b.gpkg")
    from_file = read_values(tmp_path / "b.gpkg", is_alone=True)
    from_database = read_values(server.address("plan.Gebäude"))
    assert from_file.outlines is not None
    assert from_database.outlines is not None
    assert np.array_equal(from_file.outlines.xy, from_database.outlines.xy)


def test_a_look_says_which_tables_have_geometry(server: Server) -> None:
    found = describe(server.address("plan.Gebäude"))
    assert sorted(found.layers) == ["plan.Gebäude", "stops"]
    assert (found.layer, found.count, found.geometry_types) == ("plan.Gebäude", 30, ("Polygon",))
    assert found.bounds_lonlat == pytest.approx((4.9, 52.3, 4.9295, 52.3005), abs=2e-4)


def test_geographies_are_points_and_a_name_without_schema_will_do(server: Server) -> None:
    assert read(server.address("stops")).info.kind is Kind.POINTS
    assert read_values(server.address("Gebäude")).facts.layer == "plan.Gebäude"
    after_colon = server.address().replace("/city?", "/city:plan.Geb%C3%A4ude?")
    assert read_values(after_colon).facts.count == 30


def test_info_answers_for_a_database(server: Server, capsys: pytest.CaptureFixture[str]) -> None:
    table = f"{server.address('taxes')}:id=code"
    assert main(["info", server.address("plan.Gebäude"), "--join", table, "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["join"] == {"rows": 40, "matched": 30, "orphans_left": 0, "orphans_right": 10}
    assert answer["buildings"] == 30
    assert answer["fields"][-3:] == ["code", "tax", "use"]


# tables


def test_a_table_is_read_to_be_joined(server: Server) -> None:
    read_ = read_table(server.address("taxes"), column="code")
    assert (read_.name, len(read_.table), list(read_.table.fields())) == ("taxes", 40, ["code", "tax", "use"])
    assert read_table(server.address(), column="tax").name == "taxes"
    assert {facts.name for facts in describe_tables(server.address())} == {"plan.Gebäude", "stops", "taxes", "hidden"}


def test_a_join_is_kept_without_the_password() -> None:
    wish = _wish("postgresql://me:pw@db.example/city?table=plan.taxes:id=code:sum")
    assert (wish.path, wish.rest) == ("postgresql://me:pw@db.example/city?table=plan.taxes", "id=code:sum")
    assert without_password(wish.path) == "postgresql://me@db.example/city?table=plan.taxes"
    assert _wish("postgresql://db.example/city:plan.taxes:id=code").rest == "plan.taxes:id=code"


# what goes wrong


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda s: s.address("nothing"), 'has no layer "nothing"'),
        (lambda s: s.address("taxes"), '"taxes" of the database "city" is a table without geometry'),
        (lambda s: s.address(), '"city" has 2 tables with geometry: '),
        (lambda s: s.address(database="town"), 'There is no database "town"'),
        (lambda s: s.address(user="nobody_"), 'knows no user "nobody_"'),
        (lambda s: s.address("plan.Gebäude", user="guarded"), 'asks for the password of "guarded"'),
        (lambda s: f"postgresql://postgres@127.0.0.1:{s.port + 1 if s.port < 65000 else 1}/city", "No database server"),
        (lambda _: "postgresql://postgres@no.such.host.invalid/city", "There is no machine called"),
        (lambda _: "postgresql://host/", "it names no database"),
        (lambda _: "postgresql://host:port/db", "its port is no number"),
    ],
)
def test_each_failure_is_a_sentence(server: Server, change: object, said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGPASSFILE", "/nowhere")
    with pytest.raises((SourceError, LayerError), match=said) as failure:
        read(change(server))  # type: ignore[operator]
    assert failure.value.hint


def test_a_column_that_is_not_there_is_told(server: Server) -> None:
    with pytest.raises(ColumnError, match='no column "kode" in "taxes"'):
        read_table(server.address("taxes"), column="kode")


def test_a_password_opens_and_is_shown_nowhere(
    server: Server, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = quote(SECRET, safe="")
    address = server.address("plan.Gebäude", user=f"guarded:{secret}")
    layer = read(address)
    assert SECRET not in repr(layer.info)
    assert secret not in repr(layer.info)
    assert layer.info.path == address_of(address).text
    assert main(["info", address, "--json"]) == 0
    said = capsys.readouterr()
    assert secret not in said.out + said.err
    with pytest.raises(SourceError, match="does not take the password") as failure:
        read(server.address("plan.Gebäude", user="guarded:wrong-one"))
    assert "wrong-one" not in str(failure.value) + failure.value.hint
    monkeypatch.setenv("PGPASSWORD", SECRET)
    assert read(server.address("plan.Gebäude", user="guarded")).info.shown == 30


def test_a_table_that_may_not_be_read_is_not_offered(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGPASSWORD", SECRET)
    assert {f.name for f in describe_tables(server.address(user="guarded"))} == {"plan.Gebäude", "taxes"}


@pytest.mark.parametrize(
    "text",
    ["postgresql://u:p%40ss@h:5433/d?table=a.b&sslmode=require", "postgres://h/d?password=geheim&table=t",
     "postgresql://u:p@h/d:s.t", "postgresql://u:p@h:x/d"],
)  # fmt: skip
def test_no_password_survives_being_shown(text: str) -> None:
    shown = without_password(text)
    assert not {"p%40ss", "p@ss", "geheim", ":p@"} & {
        word for word in ("p%40ss", "p@ss", "geheim", ":p@") if word in shown
    }
