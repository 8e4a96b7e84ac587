"""`--flows` on the command line, and live flows whose messages say from and to by ids."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import geopandas
import pytest
import shapely

from data.feeds.mapping import parse_map
from data.vector import read
from twin.errors import LayerError
from twin.live import Shape
from twin.session import Session
from ui.cli import main
from ui.feed_places import places_of_feed
from ui.live_rendering import show_feeds


@pytest.fixture
def stations(tmp_path: Path) -> Path:
    """Five stations with numbers as ids and names."""
    path = tmp_path / "stations.geojson"
    columns = {"id": [1, 2, 3, 4, 5], "name": ["Port", "Mill", "Hill", "Dock", "Park"]}
    points = [shapely.Point(8 + i / 100, 50 + (i % 2) / 100) for i in range(5)]
    geopandas.GeoDataFrame(columns, geometry=points, crs=4326).to_file(path)
    return path


@pytest.fixture
def trips(tmp_path: Path) -> Path:
    path = tmp_path / "trips, of may.csv"
    path.write_text("start,end,hour,n\n01,02,7,10\n02,01,8,4\n03,03,8,5\n04,99,8,6\n,02,8,6\n")
    return path


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """Serve a folder's files over HTTP."""
    handler = partial(SimpleHTTPRequestHandler, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def answer(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, Any]:
    capsys.readouterr()
    assert main([*words, "--json"]) == 0
    return json.loads(capsys.readouterr().out)  # type: ignore[no-any-return]


def test_flows_are_drawn_and_how_many_rows_could_be_placed_is_answered(
    stations: Path, trips: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "flows.png"
    found = answer(
        capsys, "render", str(stations), "--flows", f"{trips},unit=trips", "-o", str(out), "--at", "2024-05-01T08:30"
    )
    flows = found["flows"][0]
    assert (flows["from"], flows["to"], flows["value"], flows["key"]) == ("start", "end", "n", "id")
    assert (flows["rows"], flows["matched"], flows["unmatched"], flows["unusable"]) == (5, 3, 1, 1)
    assert (flows["examples"], flows["loops"], flows["shown"]) == (
        ["99"], 1, "08:00 to 09:00. 1 of 5 rows could not be placed."
    )  # fmt: skip
    assert "feeds" not in found
    assert out.stat().st_size > 1000


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("{table},from=here", 'no column "here"'),
        ("{table},layer=moon", 'There is no layer "moon"'),
        ("{table},colour=red", "is not understood"),
        ("{table},top=many", '"top=many" is no number'),
        ("{table},from=n+n,to=n+n,crs=EPSG:nothing", '"EPSG:nothing" is no CRS'),
        ("nowhere.csv", "nowhere.csv"),
    ],
)
def test_what_cannot_be_drawn_is_said_in_a_sentence(
    words: str, sentence: str, stations: Path, trips: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "flows.png"
    assert main(["render", str(stations), "--flows", words.format(table=trips), "-o", str(out)]) != 0
    assert sentence in capsys.readouterr().err
    assert not out.exists()


def test_live_flows_between_ids_are_arcs_between_a_layers_features(stations: Path, tmp_path: Path) -> None:
    session = Session()
    session.add_layer(read(stations))
    messages = [{"a": 1, "b": "002", "bikes": 3}, {"a": 2, "b": 1, "bikes": 5}, {"a": 1, "b": 77, "bikes": 1}]
    (tmp_path / "moves.json").write_text(json.dumps(messages))
    with serving(tmp_path) as address:
        show_feeds(session, (f"{address}/moves.json",), maps=("from=a,to=b,layer=stations",), seconds=4)
    frame, look = next(iter(session.frames.values())), session.composition.live[0]
    assert (look.shape, look.value) == (Shape.ARCS, "bikes")
    assert frame.ids.tolist() == ["1 \u2192 002", "2 \u2192 1"]
    assert frame.end_lonlat is not None
    assert frame.lonlat.round(4).tolist() == [[8.0, 50.0], [8.01, 50.01]]
    assert frame.end_lonlat.round(4).tolist() == [[8.01, 50.01], [8.0, 50.0]]


def test_a_layer_or_none_is_looked_in_for_the_ends_of_live_flows(stations: Path) -> None:
    layers = {"stations": read(stations)}
    assert len(places_of_feed(parse_map("from=a,to=b,layer=stations,key=id"), layers)) == 5
    assert len(places_of_feed(parse_map("from=a,to=b"), layers)) == 10  # ids and names
    assert places_of_feed(parse_map("id=a"), layers) == {}
    with pytest.raises(LayerError, match='no layer "moon"'):
        places_of_feed(parse_map("from=a,to=b,layer=moon"), layers)
