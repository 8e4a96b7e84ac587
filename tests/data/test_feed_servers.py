"""Servers with habits of their own: what they answer is read, how they refuse is told in words, waits are kept."""

from __future__ import annotations

import asyncio
import gzip
import json
import ssl
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from data.feeds.documents import Problems, UnreadableError, document_of
from data.feeds.examples import example_of
from data.feeds.inbox import Inbox
from data.feeds.source import LONGEST_WAIT_S, Waits, asked_wait_s
from data.feeds.sse import EventReader
from tests.data.conftest import free_port
from tests.data.test_feed_shapes import run_of
from twin.feed import FeedState

TWO = [{"id": "a", "lon": 24.9, "lat": 60.1}, {"id": "駅", "lon": 24.8, "lat": 60.2}]
BODY = json.dumps(TWO, ensure_ascii=False).encode()
Answers = Callable[[int], web.StreamResponse]


def body(payload: bytes, kind: str = "application/json", **headers: str) -> Answers:
    return lambda _asked: web.Response(body=payload, headers={"Content-Type": kind, **headers})


def moved(asked: int) -> web.StreamResponse:
    if asked == 1:
        raise web.HTTPFound("/again")
    return web.Response(body=BODY, content_type="application/json")


ANSWERS: dict[str, tuple[Answers, int]] = {
    "moved elsewhere": (moved, 2),
    "packed on its way": (body(gzip.compress(BODY), **{"Content-Encoding": "gzip"}), 2),
    "a file that is packed": (body(gzip.compress(BODY), "application/octet-stream"), 2),
    "in the charset that it names": (body(BODY.decode().encode("shift-jis"), "application/json; charset=Shift_JIS"), 2),
    "in UTF-16, which nobody names": (body(BODY.decode().encode("utf-16")), 2),
    "lines": (body(b"\n".join(json.dumps(one).encode() for one in TWO), "application/x-ndjson"), 2),
    "a table with commas for points": (
        body("id;lon;lat;pm\na;24,9;60,1;1,5\n駅;24,8;60,2;n/a".encode(), "text/csv"),
        2,
    ),
    "a table with carriage returns alone": (body(b"id,lon,lat\ra,24.9,60.1\r", "text/csv"), 1),
}


@pytest.mark.parametrize("how", ANSWERS)
def test_an_answer_is_read_however_it_is_given(how: str, site: Any, ear: Any) -> None:
    give, count = ANSWERS[how]
    for path in ("/feed", "/again"):
        site.get(path, lambda _request: give(len(site.asked)))
    ear.open(site.start() + "/feed")
    ear.until(lambda: ear.count() == count)
    assert ear.last().ids.tolist() == ["a", "駅"][:count]
    assert ear.status().malformed == 0


def test_a_server_that_wants_to_be_left_alone_is(site: Any, ear: Any) -> None:
    at: list[float] = []

    def page(_request: web.Request) -> web.Response:
        at.append(time.monotonic())
        late = web.Response(status=429, headers={"Retry-After": "2"})
        return late if len(at) == 1 else web.Response(body=BODY, content_type="application/json")

    site.get("/feed", page)
    ear.open(site.start() + "/feed")
    ear.until(lambda: "429" in ear.status().reason)
    assert "Trying again in 2.0 s" in ear.status().reason
    ear.until(lambda: ear.count() == 2)
    assert at[1] - at[0] >= 2.0


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("http://nowhere.invalid/x", "The name nowhere.invalid is not known"),
        ("mqtt://nowhere.invalid/x", "The name nowhere.invalid is not known"),
        ("ws://127.0.0.1:{free}/x", "Nothing listens at 127.0.0.1:{free}"),
        ("sse+http://127.0.0.1:{site}/page", "The address answers with text/html, not with events"),
        ("ws://127.0.0.1:{site}/page", "The address answers, but not with what was asked for"),
        ("http://127.0.0.1:{site}/page", "The address answers with a web page and not with data"),
        ("http://127.0.0.1:{site}/packed", "The answer is packed in a way that is not read here"),
        ("https://127.0.0.1:{site}/page", "does not speak TLS"),
    ],
)
def test_why_there_is_no_data_is_told_in_words(url: str, told: str, site: Any, ear: Any) -> None:
    free = str(free_port())
    site.get("/page", lambda _: web.Response(text="<html>", content_type="text/html"))
    site.get("/packed", lambda _: body(b"\x1b", **{"Content-Encoding": "zstd"})(1))
    site.start()
    put = {"{free}": free, "{site}": str(site.port)}
    for name, port in put.items():
        url, told = url.replace(name, port), told.replace(name, port)
    ear.open(url)
    ear.until(lambda: told in ear.status().reason)


def test_a_certificate_of_its_own_is_refused_and_the_way_out_is_told(site: Any, ear: Any, tmp_path: Path) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    words = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
    made = subprocess.run([*words, "-keyout", key, "-out", certificate], capture_output=True, check=False)
    if made.returncode:
        pytest.skip("openssl is not installed")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    site.start()
    port = free_port()
    listening = web.TCPSite(site._runner, "127.0.0.1", port, ssl_context=context)
    asyncio.run_coroutine_threadsafe(listening.start(), site._loop).result(5)
    for scheme in ("https", "wss", "mqtts"):
        ear.open(f"{scheme}://127.0.0.1:{port}/x")
        ear.until(lambda: "certificate is not trusted (self-signed" in ear.status().reason)
        assert "SSL_CERT_FILE" in ear.status().reason


def test_waits_grow_to_half_a_minute_and_are_never_quite_the_same() -> None:
    waits = Waits()
    told = [waits.next_s() for _ in range(12)]
    assert 0.4 <= told[0] <= 0.6
    assert all(0.8 * LONGEST_WAIT_S <= w <= 1.2 * LONGEST_WAIT_S for w in told[7:])
    assert len(set(told)) == 12
    waits.reset()
    assert waits.next_s() <= 0.6


def test_waits_that_servers_ask_for_are_bounded() -> None:
    refusal = aiohttp.ClientResponseError(None, (), status=503, headers={"Retry-After": "999999"})  # type: ignore[arg-type]
    assert asked_wait_s(refusal) == 3600.0
    refusal.headers = {"Retry-After": "nonsense"}  # type: ignore[assignment]
    assert asked_wait_s(refusal) == 0.0
    assert asked_wait_s(None) == 0.0


def test_a_broker_that_ends_each_connection_is_asked_less_and_less_often(ear: Any) -> None:
    """CONNACK, and then the end: what a broker does that knows nobody, or too many."""
    at: list[float] = []

    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        at.append(time.monotonic())
        await reader.read(100)
        writer.write(b"\x20\x02\x00\x00")
        await writer.drain()
        writer.close()

    port, loop = free_port(), ear.host._loop
    server = asyncio.run_coroutine_threadsafe(asyncio.start_server(greet, "127.0.0.1", port), loop).result(5)
    ear.open(f"mqtt://127.0.0.1:{port}/x")
    ear.until(lambda: len(at) == 4)
    loop.call_soon_threadsafe(server.close)
    assert at[3] - at[2] > 1.3 * (at[2] - at[1])
    assert ear.status().state is FeedState.RECONNECTING


def test_a_broker_s_refusal_is_what_is_told(ear: Any) -> None:
    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(100)
        writer.write(b"\x20\x02\x00\x05")  # not authorised
        await writer.drain()
        await asyncio.sleep(0.1)
        writer.close()

    port, loop = free_port(), ear.host._loop
    server = asyncio.run_coroutine_threadsafe(asyncio.start_server(refuse, "127.0.0.1", port), loop).result(5)
    ear.open(f"mqtt://127.0.0.1:{port}/x")
    ear.until(lambda: ear.status().state is FeedState.RECONNECTING)
    loop.call_soon_threadsafe(server.close)
    assert "it wants a user and password" in ear.status().reason


def test_a_service_whose_broker_does_not_answer_is_asked_instead(site: Any, ear: Any) -> None:
    place = {"location": {"type": "Feature", "geometry": {"type": "Point", "coordinates": [24.9, 60.1]}}}
    asked: list[str] = []

    def datastreams(_request: web.Request) -> web.Response:
        asked.append("datastreams")
        newest = [{"phenomenonTime": f"2025-01-01T00:00:00Z/2025-01-01T00:00:{len(asked):02}Z", "result": len(asked)}]
        stream = {"@iot.id": "7", "name": "level", "Thing": {"name": "t", "Locations": [place]}, "Observations": newest}
        return web.json_response({"value": [stream]})

    mqtt = {"endpoints": [f"mqtt://127.0.0.1:{free_port()}"]}
    root = {"value": [{"name": n, "url": n} for n in ("Things", "Datastreams")], "serverSettings": {"…/mqtt": mqtt}}
    site.get("/v1.1", lambda _: web.json_response(root))
    site.get("/v1.1/Datastreams", datastreams)
    ear.open(site.start() + "/v1.1")
    ear.until(lambda: ear.count() == 1 and ear.last().values["result"][0] >= 3)
    assert ear.last().ids.tolist() == ["7"]
    assert ear.last().lonlat[0].tolist() == [24.9, 60.1]


def test_one_page_of_gbfs_in_trouble_leaves_the_others(site: Any, ear: Any) -> None:
    feeds = [{"name": n, "url": f"/{n}.json"} for n in ("station_information", "station_status", "vehicle_status")]
    site.get("/gbfs.json", lambda _: web.json_response({"version": "3.0", "data": {"feeds": feeds}}))
    station = {"station_id": "1", "name": [{"text": "Pier", "language": "en"}], "lon": 24.9, "lat": 60.1}
    site.get("/station_information.json", lambda _: web.json_response({"data": {"stations": [station]}}))
    said = {"station_id": "1", "num_vehicles_available": 4, "last_reported": "2025-10-09T08:53:20Z", "is_renting": True}
    site.get("/station_status.json", lambda _: web.json_response({"data": {"stations": [said]}}))
    site.get("/vehicle_status.json", lambda _: web.Response(text='{"data": {"veh'))
    ear.open(site.start() + "/gbfs.json")
    ear.until(lambda: ear.count() == 1 and "broken" in ear.status().reason)
    frame = ear.last()
    assert (frame.values["bikes"][0], frame.values["name"][0], frame.time_s[0]) == (4, "Pier", 1_760_000_000)
    assert [p.kind for p in ear.status().problems] == ["half_json"]


# messages


def test_events_say_how_long_to_wait() -> None:
    reader = EventReader()
    assert reader.feed(b"retry: 2500\nid: 7\ndata: {\ndata: }\n\n") == [b"{\n}"]
    assert (reader.retry_s, reader.last_id) == (2.5, "7")
    reader.feed(b"retry: soon\nretry: 99999999\n\n")
    assert reader.retry_s == LONGEST_WAIT_S


@pytest.mark.parametrize(
    ("payload", "kind"),
    [
        (gzip.compress(BODY)[:40], "cut_off"),
        (gzip.compress(b" " * 70_000_000, 1), "too_large"),
        (b"[" * 100_000, "too_deep"),
        (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, "too_deep"),
        (b"\xff\xfe", "empty"),
        (b'{"id": "a"', "half_json"),
    ],
)
def test_what_cannot_be_read_is_of_a_kind(payload: bytes, kind: str) -> None:
    with pytest.raises(UnreadableError, match=kind):
        document_of(payload, Problems())


@pytest.mark.parametrize(
    ("value", "left"),
    [
        (b'{"id": "b7", "driver": "Aino Virtanen", "lat"', '{"id": "b7", "driver": "…", "lat"'),
        (b'{"driverName": "Aino', '{"driverName": "…"'),
        ({"id": 1, "contact_phone": "0401234567"}, "{'id': 1, 'contact_phone': \"…\"}"),
        (b"call +358 40 123 4567 or aino@example.org", "call … or …"),
    ],
)
def test_examples_leave_out_what_is_about_people(value: object, left: str) -> None:
    assert example_of(value) == left


def test_a_measured_value_stays_a_number_whatever_comes_in_between() -> None:
    run = run_of([("", {"id": "a", "lon": 24.9, "lat": 60.1, "pm10": 12.5})] * 2)
    clock = [1_760_000_010.0]
    run._clock = lambda: clock[0]
    for said in ("n/a", [1, 2], {"x": 1}, True, 10**400):
        run.inbox.put(b'{"id":"a","lon":24.9,"lat":60.1,"pm10":' + json.dumps(said).encode() + b"}")
        clock[0] += 1
        run.step()
    assert run.frame is not None
    assert run.frame.values["pm10"].dtype == float
    assert {p.kind: p.count for p in run.status().problems} == {"not_a_number": 1}


def test_an_inbox_counts_what_came() -> None:
    inbox = Inbox(lambda: None)
    inbox.put(b"12345")
    assert inbox.heard == 5
