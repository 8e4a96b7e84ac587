"""Live data from real servers: every protocol, connections that are lost, and messages as bad as they come."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from aiohttp import web

from twin.errors import FeedError
from twin.feed import FeedState, FeedWish, Mapping

RealData = Callable[[str], Path]


def bus(name: str, lon: float = 24.9, **more: object) -> bytes:
    return json.dumps({"id": name, "lon": lon, "lat": 60.1, "time": time.time(), **more}).encode()


def answer(body: bytes, kind: str = "application/json") -> Callable[[web.Request], web.Response]:
    return lambda _request: web.Response(body=body, content_type=kind)


# MQTT


def test_a_broker_that_is_killed_and_comes_back_is_listened_to_again(broker: Any, ear: Any) -> None:
    ear.open(f"mqtt://127.0.0.1:{broker.port}/city/#")
    ear.until(ear.is_live)
    broker.publish(("city/1", bus("1")), ("elsewhere/2", bus("2")))
    ear.until(lambda: ear.count() == 1)
    broker.kill()
    ear.until(lambda: ear.status().state is FeedState.RECONNECTING)
    assert "connection to the broker was lost" in ear.status().reason or "no broker" in ear.status().reason
    broker.start()
    ear.until(lambda: ear.status().state is FeedState.LIVE)
    broker.publish(("city/3", bus("3")))
    ear.until(lambda: ear.count() == 2)
    assert ear.last().ids.tolist() == ["1", "3"]
    assert ear.status().reconnects == 1


def test_bad_messages_are_counted_by_kind_and_stop_nothing(broker: Any, ear: Any) -> None:
    bad = {
        "half_json": b'{"id": "a", "lon": 24.',
        "not_json": b"hello",
        "empty": b" ",
        "no_id": b'{"lon": 24.9, "lat": 60.1}',
        "no_position": b'{"id": "n", "lon": null, "lat": 60.1}',
        "out_of_range": b'{"id": "o", "lon": 524.9, "lat": 60.1}',
    }
    ear.open(f"mqtt://127.0.0.1:{broker.port}/city", mapping=Mapping(id="id", lon="lon", lat="lat", time="time"))
    ear.until(ear.is_live)
    broker.publish(*(("city", payload) for payload in bad.values()), ("city", b'{"id":"nan","lon":NaN,"lat":60}'))
    usable = [bus("good"), '{"id":"Käpylä","lon":24.9,"lat":60.1}'.encode("cp1252")]
    broker.publish(*(("city", payload) for payload in usable))
    ear.until(lambda: ear.count() == 2)
    kinds = {p.kind: (p.count, p.example) for p in ear.status().problems}
    assert kinds.keys() == {*bad, "nan", "charset"}
    assert kinds["half_json"] == (1, '{"id": "a", "lon": 24.')
    assert kinds["no_position"][0] == 2
    assert (ear.status().messages, ear.status().malformed) == (9, 7)
    assert ear.last().ids.tolist() == ["good", "Käpylä"]


def test_a_message_of_100_mb_is_counted_and_the_next_is_read(broker: Any, ear: Any) -> None:
    ear.open(f"mqtt://127.0.0.1:{broker.port}/city")
    ear.until(ear.is_live)
    broker.publish(("city", b'{"id": "' + b"x" * 100_000_000 + b'"}'), ("city", bus("1")))
    ear.until(lambda: ear.count() == 1)
    assert [(p.kind, p.count) for p in ear.status().problems] == [("too_large", 1)]
    assert ear.status().malformed == 1


def test_a_burst_is_read_to_the_last_message(broker: Any, ear: Any) -> None:
    ear.open(f"mqtt://127.0.0.1:{broker.port}/city/+/state")
    ear.until(ear.is_live)
    for part in range(5):
        broker.publish(
            *((f"city/{i}/state", bus(f"v{i}", 24 + i / 1e4)) for i in range(part * 1000, part * 1000 + 1000))
        )
    ear.until(lambda: ear.status().messages == 5000 and ear.count() == 5000)
    assert ear.status().dropped == 0
    assert ear.status().latency_p99_ms < 5000  # counted from the time in the message


def test_a_password_is_taken_from_the_environment_and_kept_nowhere(
    tmp_path: Path, ear: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.data.conftest import Broker  # noqa: PLC0415

    passwords = tmp_path / "passwords"
    # The hash of "open sesame", as mosquitto_passwd writes it for the user "clerk".
    import subprocess  # noqa: PLC0415

    subprocess.run(["mosquitto_passwd", "-b", "-c", str(passwords), "clerk", "open sesame"], check=True)
    passwords.chmod(0o644)
    guarded = Broker(tmp_path, f"allow_anonymous false\npassword_file {passwords}\nuser root")
    try:
        ear.open(f"mqtt://127.0.0.1:{guarded.port}/city")
        ear.until(lambda: "CITYTWIN_SECRET_127_0_0_1" in ear.status().reason)
        monkeypatch.setenv("CITYTWIN_SECRET_127_0_0_1", "clerk:open sesame")
        kept = tmp_path / "day.jsonl.zst"
        ear.open(f"mqtt://127.0.0.1:{guarded.port}/city", record_to=kept)
        ear.until(ear.is_live)
    finally:
        guarded.kill()
    ear.host.close_feed("feed")
    assert b"sesame" not in kept.read_bytes()


# WebSocket, SSE, polled


def test_a_socket_that_is_closed_is_opened_again(site: Any, ear: Any) -> None:
    async def talk(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.send_bytes(bus(f"v{len(site.asked)}"))
        await socket.send_str("{")
        await socket.close()
        return socket

    site.get("/ws", talk)
    ear.open(site.start().replace("http", "ws") + "/ws", mapping=Mapping(id="id", lon="lon", lat="lat", time="time"))
    ear.until(lambda: ear.count() == 2)
    assert ear.last().ids.tolist() == ["v1", "v2"]
    assert ear.status().malformed == 2


def test_events_are_read_and_the_last_id_is_sent_when_asked_again(site: Any, ear: Any) -> None:
    ids: list[str | None] = []

    async def stream(request: web.Request) -> web.StreamResponse:
        ids.append(request.headers.get("Last-Event-ID"))
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        text = bus("tram", 24.0 + len(ids)).decode().replace(", ", ",\ndata: ", 1)  # an event of two lines
        await response.write(f": hello\r\nid: {len(ids)}\r\ndata: {text}\r\n\r".encode())
        await response.write(b"\n")
        return response

    site.get("/sse", stream)
    ear.open("sse+" + site.start() + "/sse")
    ear.until(lambda: len(ids) >= 2 and ear.count() == 1 and ear.last().lonlat[0, 0] >= 26)
    assert ids[:2] == [None, "1"]


def test_helsinki_s_vehicles_are_read_from_two_snapshots(site: Any, ear: Any, real_data: RealData) -> None:
    pages = [
        real_data("helsinki/hsl_vehicle_positions_20250428_160414.json").read_bytes(),
        real_data("helsinki/hsl_vehicle_position_20250428_163959.json").read_bytes(),
    ]
    site.get("/hsl", lambda _: web.Response(body=pages[min(len(site.asked), 2) - 1], content_type="application/json"))
    ear.open(site.start() + "/hsl")
    ear.until(lambda: ear.status().messages >= 2 and ear.count() > 1180)
    entities = {v["id"]: v["vehicle"] for page in pages for v in json.loads(page)}
    frame = ear.last()
    assert set(frame.ids) == set(entities)
    place = entities[frame.ids[0]]["position"]
    assert frame.lonlat[0].tolist() == pytest.approx([place["longitude"], place["latitude"]])
    assert np.degrees(frame.heading_rad[0]) == pytest.approx(place["bearing"], abs=0.06)
    assert ear.status().state is FeedState.STALE  # it says itself how old it is
    assert ear.status().malformed == 0


def test_tokyo_s_bikes_are_read_as_csv_and_follow_the_second_snapshot(site: Any, ear: Any, real_data: RealData) -> None:
    pages = [
        real_data(f"tokyo_koto_chuo/bikeshare_hellocycling_{day}.csv").read_bytes()
        for day in ("2023-05-05", "2023-12-12")
    ]
    site.get("/bikes.csv", lambda _: web.Response(body=pages[min(len(site.asked), 2) - 1], content_type="text/csv"))
    ear.open(site.start() + "/bikes.csv", expiry_s=0.0)
    ear.until(lambda: ear.status().messages >= 2 and ear.count() > 0)
    rows = {r["station_id"]: r for r in csv.DictReader(io.StringIO(pages[1].decode()))}
    frame = ear.last()
    now = dict(zip(frame.ids, frame.values["vehicle_type_capacity_num_bikes_now"], strict=True))
    assert {i: now[i] for i in rows} == {i: float(r["vehicle_type_capacity.num_bikes_now"]) for i, r in rows.items()}
    assert "contact_phone" not in frame.values


def test_an_answer_that_has_not_changed_is_not_read_again(site: Any, ear: Any) -> None:
    def page(request: web.Request) -> web.Response:
        if request.headers.get("If-None-Match") == '"1"':
            return web.Response(status=304)
        return web.Response(body=bus("1"), content_type="application/json", headers={"ETag": '"1"'})

    site.get("/one", page)
    ear.open(site.start() + "/one?interval=0.2&token=geheim")
    ear.until(lambda: len(site.asked) >= 3)
    assert ear.status().messages == 1
    assert site.asked[0] == "/one?token=geheim"
    assert "geheim" not in ear.host.runs["feed"].wish.url


def test_a_server_that_fails_is_asked_again_and_says_so(site: Any, ear: Any) -> None:
    place = {"type": "Point", "coordinates": [24.9, 60.1]}
    sensor = {"type": "Feature", "id": "s1", "geometry": place, "properties": {"pm10": 21.5}}
    body = json.dumps({"type": "FeatureCollection", "features": [sensor]})
    site.get("/g", lambda _: web.Response(status=503) if len(site.asked) < 2 else web.Response(text=body))
    ear.open(site.start() + "/g")
    ear.until(lambda: "503" in ear.status().reason)
    ear.until(lambda: ear.count() == 1)
    assert ear.last().values["pm10"].tolist() == [21.5]


# GBFS, SensorThings, GTFS-Realtime, Kafka, files


def test_gbfs_joins_stations_with_their_places(site: Any, ear: Any) -> None:
    def page(**data: object) -> Callable[[web.Request], web.Response]:
        return answer(json.dumps({"last_updated": 1_760_000_000, "ttl": 1, "data": data}).encode())

    feeds = [
        {"name": n, "url": f"/gbfs/{n}.json"} for n in ("station_information", "station_status", "free_bike_status")
    ]
    site.get("/gbfs.json", page(en={"feeds": feeds}))
    site.get(
        "/gbfs/station_information.json",
        page(stations=[{"station_id": "1", "name": "Pier", "lon": 139.7, "lat": 35.6, "capacity": 9}]),
    )
    status = [
        {"station_id": i, "num_bikes_available": 4, "num_docks_available": 5, "last_reported": 1_760_000_000}
        for i in ("1", "gone")
    ]
    site.get("/gbfs/station_status.json", page(stations=status))
    site.get("/gbfs/free_bike_status.json", page(bikes=[{"bike_id": "b7", "lon": 139.8, "lat": 35.7}]))
    ear.open(site.start() + "/gbfs.json")
    ear.until(lambda: ear.count() == 2)
    frame = ear.last()
    assert frame.ids.tolist() == ["1", "b7"]
    assert (frame.values["bikes"][0], frame.values["capacity"][0], frame.values["name"][0]) == (4, 9, "Pier")
    assert [p.kind for p in ear.status().problems] == ["unknown_id"]


def test_sensorthings_follows_its_pages_and_then_its_broker(
    site: Any, ear: Any, broker: Any, real_data: RealData
) -> None:
    by_feature = json.loads(real_data("bgs_sensorthings/datastreams_by_feature.json").read_text())
    newest = json.loads(real_data("bgs_sensorthings/observationsRawDataResponseFixture.json").read_text())["value"]
    streams = [s for some in by_feature.values() for s in some]
    own = {str(s["@iot.id"]): s for s in streams}

    def datastreams(request: web.Request) -> web.Response:
        skip = int(request.query.get("$skip", 0))
        page: dict[str, object] = {"value": streams[skip : skip + 40]}
        if skip + 40 < len(streams):  # as behind a proxy: the service's own name, not the one that was asked
            page["@iot.nextLink"] = f"https://sensors.bgs.ac.uk/FROST-Server/v1.1/Datastreams?$skip={skip + 40}"
        return web.json_response(page)

    mqtt = {"endpoints": [f"mqtt://127.0.0.1:{broker.port}"]}
    requirements = "http://www.opengis.net/spec/iot_sensing/1.1/req"
    root = {"value": [{"name": n, "url": n} for n in ("Things", "Datastreams")],
            "serverSettings": {f"{requirements}/receive-updates-via-mqtt": mqtt}}  # fmt: skip
    site.get("/FROST-Server/v1.1", lambda _: web.json_response(root))
    site.get("/FROST-Server/v1.1/Datastreams", datastreams)
    site.get("/FROST-Server/v1.1/Things", lambda _: web.json_response({"value": []}))
    site.get("/FROST-Server/v1.1/Datastreams({id})/Observations", lambda _: web.json_response({"value": newest}))
    ear.open(site.start() + "/FROST-Server/v1.1")
    ear.until(lambda: ear.count() == len(own) and ear.status().bytes > 0)
    assert len(own) > 80
    frame = ear.last()
    row = frame.ids.tolist().index("92")
    assert frame.lonlat[row].tolist() == pytest.approx([-4.200163329, 55.839415117])
    latest = max(newest, key=lambda o: o["phenomenonTime"])
    assert frame.values["result"][row] == latest["result"]
    observation = {"phenomenonTime": "2033-03-28T12:15:00Z", "result": 3.5}

    def publish() -> bool:
        broker.publish(("v1.1/Datastreams(92)/Observations", json.dumps(observation).encode()),
                       ("v1.1/Datastreams(92)/Observations", b"{"))  # fmt: skip
        return bool(ear.last().values["result"][ear.last().ids.tolist().index("92")] == 3.5)

    ear.until(publish)


def test_trip_updates_place_trains_between_their_stations(site: Any, ear: Any, real_data: RealData) -> None:
    body = real_data("bart_gtfs_rt/bart-trip-updates.pb").read_bytes()
    site.get("/tripupdate", answer(body, "application/x-protobuf"))
    url = site.start() + "/tripupdate"
    ear.open(url)
    ear.until(lambda: ear.status().state is FeedState.FAILED)
    assert "timetable" in ear.status().reason
    ear.open(url, static_gtfs=str(real_data("bart_gtfs_rt/bart-rt.zip")))
    ear.until(lambda: ear.count() > 0)
    frame = ear.last()
    assert 30 <= len(frame) <= 91  # of 91 trips those that are under way at 17:45 UTC
    assert (frame.lonlat.min(axis=0) > [-122.6, 37.4]).all()
    assert (frame.lonlat.max(axis=0) < [-121.7, 38.1]).all()
    assert set(frame.values["status"]) == {"at stop", "under way"}


def test_vehicle_positions_are_read_from_protobuf(site: Any, ear: Any) -> None:
    from google.transit import gtfs_realtime_pb2  # noqa: PLC0415

    message = gtfs_realtime_pb2.FeedMessage()
    message.header.gtfs_realtime_version = "2.0"
    message.header.timestamp = int(time.time())
    entity = message.entity.add()
    entity.id = "e1"
    entity.vehicle.vehicle.id = "bus 7"
    entity.vehicle.position.longitude, entity.vehicle.position.latitude = 24.951859, 60.178238
    entity.vehicle.position.bearing, entity.vehicle.trip.route_id = 73.0, "550"
    site.get("/vp.pb", answer(message.SerializeToString(), "application/octet-stream"))
    ear.open(site.start() + "/vp.pb")
    ear.until(lambda: ear.count() == 1)
    frame = ear.last()
    assert (frame.ids[0], frame.values["route"][0]) == ("bus 7", "550")
    assert frame.lonlat[0].tolist() == [24.951859, 60.178238]
    assert np.degrees(frame.heading_rad[0]) == pytest.approx(73.0)


def test_kafka_is_read_from_a_broker_inside_its_library(ear: Any) -> None:
    kafka = pytest.importorskip("confluent_kafka")
    producer = kafka.Producer({"test.mock.num.brokers": 1, "bootstrap.servers": "mock"})
    place = next(iter(producer.list_topics(timeout=5).brokers.values()))
    for i in range(20):
        producer.produce("buses", bus(f"v{i}"))
        producer.produce("levels", b'{"level": 1.5}', key=f"gauge {i}")
    producer.flush(5)
    ear.open(f"kafka://{place.host}:{place.port}/buses?offset=earliest")
    ear.until(lambda: ear.count() == 20, timeout_s=15)
    assert ear.status().messages == 20
    ear.open(f"kafka://{place.host}:{place.port}/levels?offset=earliest", "levels")
    ear.until(lambda: ear.count("levels") == 20, timeout_s=15)
    assert "gauge 7" in ear.last("levels").ids


def test_a_file_that_changes_is_read_again(tmp_path: Path, ear: Any) -> None:
    file = tmp_path / "stations.json"
    file.write_bytes(b"[" + bus("a") + b"]")
    ear.open(file.as_uri())
    ear.until(lambda: ear.count() == 1)
    file.write_bytes(b"[" + bus("a") + b"," + bus("b") + b"]")
    ear.until(lambda: ear.count() == 2)


def test_twenty_feeds_run_at_once(site: Any, broker: Any, ear: Any) -> None:
    site.get(
        "/{name}", lambda request: web.Response(body=bus(request.match_info["name"]), content_type="application/json")
    )
    for i in range(10):
        ear.open(f"{site.start()}/h{i}", f"h{i}")
        ear.open(f"mqtt://127.0.0.1:{broker.port}/m{i}", f"m{i}")
    ear.until(lambda: all(ear.is_live(f"m{i}") for i in range(10)))
    broker.publish(*((f"m{i}", bus(f"m{i}")) for i in range(10)))
    ear.until(lambda: all(ear.count(name) == 1 for name in ear.host.runs))
    assert {ear.last(name).ids[0] for name in ear.host.runs} == set(ear.host.runs)


def test_addresses_that_are_none_are_refused_in_words(ear: Any) -> None:
    for url in ("htp://x/y", "mqtt:///topic", "kafka://host:9092/", "mqtt://h/a/#/b"):
        with pytest.raises(FeedError) if not url.endswith("b") else _nothing():
            ear.host.open(FeedWish("feed", "", url))
    ear.until(lambda: ear.status().state is FeedState.FAILED)
    assert "no topic" in ear.status().reason


def _nothing() -> Any:
    from contextlib import nullcontext  # noqa: PLC0415

    return nullcontext()


def test_asyncio_is_not_left_behind() -> None:
    with pytest.raises(RuntimeError):
        asyncio.get_running_loop()
