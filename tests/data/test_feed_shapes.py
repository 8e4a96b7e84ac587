"""Messages in the shapes that cities' servers send: who, where and what is found in them without being told."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from data.feeds.answers import rows_of_csv
from data.feeds.run import FeedRun
from twin.entities import EntityFrame
from twin.feed import FeedWish, Mapping

NOW_S = 1_760_000_000.25
ISO = "2025-10-09T08:53:20.000Z"
Sent = list[tuple[str, object]]
"""(topic, document) of messages, in their order."""


def run_of(sent: Sent, mapping: Mapping | None = None, **wishes: Any) -> FeedRun:
    """Return a feed that has read messages."""
    wish = FeedWish("feed", "feed", **{"url": "", "mapping": mapping or Mapping(), **wishes})
    run = FeedRun(wish, lambda: None, clock=lambda: NOW_S)
    for topic, document in sent:
        is_raw = isinstance(document, bytes | list) and not (isinstance(document, list) and topic != "rows")
        payload: Any = document if is_raw else json.dumps(document).encode()
        run.inbox.put(payload, "" if topic == "rows" else topic)
    run.step()
    later = NOW_S + 1
    run._clock = lambda: later
    run.step()
    return run


def said_by(frame: EntityFrame) -> dict[str, dict[str, object]]:
    """Return what is known of each entity: place, and values by name."""
    found: dict[str, dict[str, object]] = {}
    for row, name in enumerate(frame.ids.tolist()):
        place = tuple(np.round(frame.lonlat[row], 4).tolist())
        values = {key: column[row] for key, column in frame.values.items()}
        found[name] = {k: v for k, v in values.items() if v is not None and v == v}  # noqa: PLR0124  NaN
        found[name] |= {"place": place if np.isfinite(place).all() else None, "time": frame.time_s[row]}
        heading = float(np.degrees(frame.heading_rad[row]))
        if np.isfinite(heading):
            found[name]["heading"] = round(heading, 1)
    return found


def hfp(kind: str, veh: int, lon: float, lat: float) -> tuple[str, object]:
    said = {"desi": "550", "dir": "1", "oper": 22, "veh": veh, "tst": ISO, "tsi": 1760000000, "spd": 7.5, "hdg": 120,
            "lat": lat, "long": lon, "odo": 12, "drst": 0, "oday": "2025-10-09", "jrn": 3, "line": 261,
            "start": "08:15", "loc": "GPS", "stop": None, "route": "2550", "occu": 0}  # fmt: skip
    return f"/hfp/v2/journey/ongoing/{kind.lower()}/bus/0022/{veh:05}/2550/1/Itäkeskus/08:15/1/4/60;24/19", {kind: said}


def ttn(device: str, **payload: float) -> dict[str, object]:
    gateway = {"gateway_ids": {"gateway_id": "roof", "eui": "B827"}, "rssi": -35, "timestamp": 3463457330,
               "location": {"latitude": 37.97, "longitude": -1.14}}  # fmt: skip
    return {"end_device_ids": {"device_id": device, "application_ids": {"application_id": "air"}, "dev_eui": "00D4"},
            "correlation_ids": ["as:up:01"], "received_at": ISO,
            "uplink_message": {"f_port": 1, "f_cnt": 7, "frm_payload": "Zm9v", "decoded_payload": payload,
                               "rx_metadata": [gateway, gateway],
                               "settings": {"data_rate": {"lora": {"bandwidth": 125000}}, "frequency": "867100000"},
                               "locations": {"user": {"latitude": 51.5, "longitude": 5.5, "altitude": 9}}}}  # fmt: skip


def chirpstack(eui: str, temperature: float) -> dict[str, object]:
    return {"deduplicationId": f"3ac7e3c4-{temperature}", "time": ISO, "devAddr": "00189440", "dr": 1, "fCnt": 10,
            "deviceInfo": {"tenantId": "52f14cd4", "tenantName": "City", "applicationId": "17c82e96",
                           "deviceName": f"box {eui}", "devEui": eui, "tags": {"floor": "2"}},
            "data": "qg==", "object": {"temperature": temperature},
            "rxInfo": [{"gatewayId": "0016c001f153a14c", "rssi": -36, "location": {"latitude": 1.0, "longitude": 2}}],
            "txInfo": {"frequency": 868100000}}  # fmt: skip


def sensor_community(measurement: int, sensor: int, lon: float, p1: float) -> dict[str, object]:
    return {"id": measurement, "sampling_rate": None, "timestamp": "2025-10-09 08:53:20",
            "location": {"id": 7, "latitude": "48.800", "longitude": f"{lon:.3f}", "altitude": "321.1",
                         "country": "DE", "exact_location": 0, "indoor": 0},
            "sensor": {"id": sensor, "pin": "1", "sensor_type": {"id": 14, "name": "SDS011", "manufacturer": "Nova"}},
            "sensordatavalues": [{"id": measurement * 10, "value_type": "P1", "value": f"{p1}"},
                                 {"id": measurement * 10 + 1, "value_type": "P2", "value": "2.5"}]}  # fmt: skip


def ngsi(name: str, pm10: float) -> dict[str, object]:
    return {"id": f"urn:ngsi-ld:Air:{name}", "type": "AirQualityObserved",
            "dateObserved": {"type": "Property", "value": {"@type": "DateTime", "@value": ISO}},
            "pm10": {"type": "Property", "value": pm10, "unitCode": "GQ", "observedAt": ISO},
            "location": {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [-3.7, 40.4]}},
            "@context": ["https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context.jsonld"]}  # fmt: skip


def feature(name: object, geometry: object, **properties: object) -> dict[str, object]:
    return {"type": "Feature", "id": name, "geometry": geometry, "properties": properties}


def point(*place: float) -> dict[str, object]:
    return {"type": "Point", "coordinates": list(place)}


OPENSKY = {"time": 1760000000, "states": [
    ["3c6444", "DLH9LF  ", "Germany", 1759999999, 1759999999, 6.1546, 50.1964, 9639.3, False, 232.88, 98.26, 4.55, None,
     9547.86, "1000", False, 0],
    ["4b1814", "SWR1AB  ", "Switzerland", 1759999998, 1759999999, 8.5492, 47.4512, 1120.1, False, 90.5, 271.2, -4.5,
     None, 1170.0, None, False, 0],
    ["a1b2c3", "UAL22   ", "United States", 1759999990, 1759999999, -73.7781, 40.6413, 200.0, False, 70.1, 44.0, 0.0,
     None, 250.0, "7000", False, 0]]}  # fmt: skip

SHAPES: dict[str, tuple[Sent, dict[str, dict[str, object]]]] = {
    "events of several kinds, each under its own name": (
        [hfp("VP", 1200, 24.95, 60.17), hfp("DOO", 1201, 24.96, 60.18), hfp("VP", 1202, 24.97, 60.19)],
        {"22/1200": {"place": (24.95, 60.17), "heading": 120.0, "route": "2550"}, "22/1201": {"place": (24.96, 60.18)}},
    ),
    "an app's own locations": (
        [(f"owntracks/{who}/phone", {"_type": "location", "tid": "ph", "lat": 60.1 + i / 10, "lon": 24.9, "acc": 5,
          "batt": 80, "vel": 3, "cog": 45, "tst": 1760000000 - i}) for i, who in enumerate(("a", "b"))],
        {"a": {"place": (24.9, 60.1), "heading": 45.0, "batt": 80.0}, "b": {"place": (24.9, 60.2)}},
    ),
    "one phone, whose name is in its topic alone": (
        [("owntracks/anna/phone", {"_type": "location", "lat": 60.1, "lon": 24.9, "tst": 1760000000})] * 2,
        {"anna/phone": {"place": (24.9, 60.1)}},
    ),
    "ships of a decoder that numbers its kinds of message": (
        [("", {"id": 1, "mmsi": 230000000 + i, "x": 24.9, "y": 60.1 + i / 100, "sog": 7.2, "cog": 90.5,
               "true_heading": 511}) for i in range(6)],
        {"230000002": {"place": (24.9, 60.12), "heading": 90.5}},
    ),
    "ships by topic": (
        [(f"vessels-v2/{m}/location", {"time": 1760000000, "sog": 10.7, "cog": 326.6, "navStat": 0, "rot": 0,
          "posAcc": True, "heading": 325, "lon": 20.3, "lat": 60.0}) for m in (111, 222)],
        {"111": {"place": (20.3, 60.0), "heading": 325.0, "sog": 10.7}},
    ),
    "ships as features with a name of their own": (
        [("", {"type": "FeatureCollection", "dataUpdatedTime": ISO, "features": [
            {"mmsi": 219598000 + i, "type": "Feature", "geometry": point(20.85, 55.77 + i),
             "properties": {"mmsi": 219598000 + i, "sog": 0.1, "cog": 346.5, "heading": 79, "timestamp": 59,
                            "timestampExternal": 1759999999938}} for i in range(3)]})],
        {"219598001": {"place": (20.85, 56.77), "heading": 79.0, "time": 1759999999.938}},
    ),
    "measurements numbered anew each time": (
        [("", [sensor_community(100, 5, 9.1, 10.2), sensor_community(101, 6, 9.2, 20.0),
               sensor_community(102, 9, 9.3, 30.0)])],
        {"5": {"place": (9.1, 48.8), "P1": 10.2, "P2": 2.5}, "9": {"place": (9.3, 48.8), "P1": 30.0}},
    ),
    "one box that pushes names and values": (
        [("", {"esp8266id": "12345", "software_version": "NRZ-2020-133", "sensordatavalues": [
            {"value_type": "SDS_P1", "value": "5.23"}, {"value_type": "temperature", "value": "21.3"},
            {"value_type": "signal", "value": "-70"}, {"value_type": "samples", "value": "4000"}]})],
        {"12345": {"SDS_P1": 5.23, "temperature": 21.3}},
    ),
    "rows without names of fields": (
        [("", OPENSKY)],
        {"3c6444": {"place": (6.1546, 50.1964)}, "a1b2c3": {"place": (-73.7781, 40.6413)}},
    ),
    "a table whose names stand beside its rows": (
        [("", {"table": {"columnNames": ["station", "longitude", "latitude", "time", "wtemp"],
               "rows": [["B1", -71.1, 42.3, ISO, 11.5], ["B2", -71.2, 42.4, ISO, 12.5]]}})],
        {"B1": {"place": (-71.1, 42.3), "wtemp": 11.5, "time": 1760000000.0}, "B2": {"wtemp": 12.5}},
    ),
    "a table whose first row has the names": (
        [("", [["code", "lon", "lat", "level"], ["g1", 5.1, 52.1, 0.4], ["g2", 5.2, 52.2, 0.6]])],
        {"g1": {"place": (5.1, 52.1), "level": 0.4}, "g2": {"level": 0.6}},
    ),
    "linked data, each property an object": (
        [("", [ngsi("a", 12), ngsi("b", 14)])],
        {"urn:ngsi-ld:Air:a": {"place": (-3.7, 40.4), "pm10": 12.0, "time": 1760000000.0}},
    ),
    "linked data in short": (
        [("", [{"id": f"urn:{n}", "type": "Air", "dateObserved": ISO, "pm10": 12.5, "location": point(-3.7, 40.4)}
               for n in "ab"])],
        {"urn:a": {"place": (-3.7, 40.4), "pm10": 12.5, "time": 1760000000.0}},
    ),
    "a notice of a subscription, with a place in words": (
        [("", {"subscriptionId": "5a", "data": [{"id": "Room1", "type": "Room",
          "temperature": {"type": "Number", "value": 23.5, "metadata": {}},
          "location": {"type": "geo:point", "value": "40.41, -3.7"}}]})],
        {"Room1": {"place": (-3.7, 40.41), "temperature": 23.5}},
    ),
    "well-known text": (
        [("", [{"station": "a", "geom": "POINT (24.9 60.1)", "no2": 30}, {"station": "b", "geom": "POINT(24.8 60.2)"}])
         ],
        {"a": {"place": (24.9, 60.1), "no2": 30.0}, "b": {"place": (24.8, 60.2)}},
    ),
    "observations by topic, each with a number of its own": (
        [(f"v1.1/Datastreams({d})/Observations", {"@iot.id": 100 + i, "phenomenonTime": f"2025-10-09T08:00:00Z/{ISO}",
          "result": 1.5 + i}) for i, d in enumerate((7, 8, 7))],
        {"Datastreams(7)": {"result": 3.5, "time": 1760000000.0}, "Datastreams(8)": {"result": 2.5}},
    ),
    "uplinks with the gateways that heard them": (
        [("v3/air@ttn/devices/one/up", ttn("one", temperature=21.5)),
         ("v3/air@ttn/devices/two/up", ttn("two", temperature=22.5))],
        {"one": {"place": (5.5, 51.5), "temperature": 21.5}, "two": {"temperature": 22.5}},
    ),
    "uplinks without a place": (
        [(f"application/17/device/{e}/event/up", chirpstack(e, 20.0 + i)) for i, e in enumerate(("0a", "0b", "0a"))],
        {"0a": {"place": None, "temperature": 22.0}, "0b": {"temperature": 21.0}},
    ),
    "a value alone, whose name is in the topic": (
        [("campus/B17/energy", 23.4), ("campus/B18/energy", 5), ("campus/B19/energy", 7.5)],
        {"B17": {"place": None, "value": 23.4}, "B18": {"value": 5.0}},
    ),
    "values alone, of several kinds": (
        [(f"campus/{b}/{k}", v) for b, k, v in (("B17", "power", 23.4), ("B17", "temp", 19), ("B18", "power", 5),
                                                ("B18", "temp", 20), ("B19", "temp", 18))],
        {"B17": {"power": 23.4, "temp": 19.0}, "B18": {"power": 5.0, "temp": 20.0}, "B19": {"temp": 18.0}},
    ),
    "values as words with a comma": (
        [("campus/B17/energy", b"23,4"), ("campus/B18/energy", b"5,5")],
        {"B17": {"value": 23.4}, "B18": {"value": 5.5}},
    ),
    "features with their system": (
        [("", {"type": "FeatureCollection", "crs": {"type": "name", "properties": {
            "name": "urn:ogc:def:crs:EPSG::3067"}}, "features": [feature("a", point(385_000, 6_672_000), level=1)]})],
        {"a": {"place": (24.9275, 60.1687), "level": 1.0}},
    ),
    "features of areas": (
        [("", {"type": "FeatureCollection", "features": [
            feature(7, {"type": "Polygon", "coordinates": [[[24.0, 60.0], [24.2, 60.0], [24.2, 60.2], [24.0, 60.2],
                                                            [24.0, 60.0]]]}, flood=0.5)]})],
        {"7": {"flood": 0.5, "place": (24.1, 60.1)}},
    ),
    "latitude first, which cannot be otherwise": (
        [("", [{"id": i, "location": [35.6 + i / 10, 139.7], "level": 1} for i in range(3)])],
        {"1": {"place": (139.7, 35.7)}},
    ),
    "aircraft of a receiver": (
        [("", {"now": 1760000000.1, "messages": 99, "aircraft": [
            {"hex": "4ca2d6", "flight": "RYR123", "alt_baro": 3000, "gs": 200.5, "track": 91.5, "lat": 60.3,
             "lon": 24.9, "seen_pos": 1.2, "mlat": [], "tisb": []},
            {"hex": "4ca2d7", "alt_baro": 3000, "track": 9.5, "lat": 60.4, "lon": 24.8, "seen_pos": 0.2}]})],
        {"4ca2d6": {"place": (24.9, 60.3), "heading": 91.5}},
    ),
    "a device that sends what it kept": (
        [("", {"deviceId": "d1", "positions": [{"lat": 60.1, "lon": 24.9, "ts": 1759999990},
                                               {"lat": 60.2, "lon": 24.9, "ts": 1759999999}]})],
        {"d1": {"place": (24.9, 60.2), "time": 1759999999.0}},
    ),
    "names of fields with dots": (
        [("", [{"asset.id": f"p{i}", "geo.lon": 24.9, "geo.lat": 60.1, "air.pm10": 5.5} for i in range(2)])],
        {"p0": {"place": (24.9, 60.1), "air.pm10": 5.5}},
    ),
    "a table of an office": (
        [("rows", rows_of_csv("Station;Länge;Breite;Datum;PM10\nM1;9,10;48,80;09.10.2025 08:53;12,5\n"
                              "M2;9,20;48,90;09.10.2025 08:53;\n".encode("cp1252")))],
        {"M1": {"place": (9.1, 48.8), "PM10": 12.5}, "M2": {"place": (9.2, 48.9)}},
    ),
    "lines of JSON, one of them cut off": (
        [("", b'{"id":"a","lon":24.9,"lat":60.1}\n{"id":"b","lon":24.8,"lat":60.2}\n{"id":"c","lo')],
        {"a": {"place": (24.9, 60.1)}, "b": {"place": (24.8, 60.2)}},
    ),
    "vehicles of protobuf written as JSON": (
        [("", {"header": {"timestamp": "1760000000"}, "entity": [
            {"id": f"{i}", "vehicle": {"trip": {"tripId": f"T{i}", "routeId": "5"},
             "position": {"latitude": 60.1 + i / 10, "longitude": 24.9, "bearing": 10, "speed": 4},
             "timestamp": "1759999999", "vehicle": {"id": f"bus{i}", "label": f"{i}"}}} for i in range(3)]})],
        {"bus1": {"place": (24.9, 60.2), "heading": 10.0, "time": 1759999999.0}},
    ),
    "docks with counts in a nested object": (
        [("", {"network": {"id": "x", "stations": [
            {"id": f"s{i}", "name": f"Dock {i}", "latitude": 60.1 + i / 10, "longitude": 24.9, "timestamp": ISO,
             "free_bikes": i, "empty_slots": 9, "extra": {"uid": i, "slots": 9}} for i in range(4)]}})],
        {"s1": {"place": (24.9, 60.2), "free_bikes": 1.0}},
    ),
    "no place yet, at the crossing of equator and Greenwich": (
        [("", [{"id": "a", "lon": 0.0, "lat": 0.0, "t": 1}, {"id": "b", "lon": 24.9, "lat": 60.1, "t": 2}])],
        {"b": {"place": (24.9, 60.1)}},
    ),
}  # fmt: skip


@pytest.mark.parametrize("shape", SHAPES)
def test_what_a_message_means_is_found_without_being_told(shape: str) -> None:
    sent, expected = SHAPES[shape]
    run = run_of(sent, url="mqtt://broker/owntracks/#" if shape.startswith("one phone") else "")
    assert run.frame is not None, run.status().problems
    found = said_by(run.frame)
    told = {name: {key: found.get(name, {}).get(key) for key in said} for name, said in expected.items()}
    assert told == expected, f"{run.mapping}; all: {found}"


def test_what_the_first_message_did_not_say_is_learnt_from_later_ones() -> None:
    metadata = {"timestamp": 1760000000000, "name": "ARUNA", "draught": 68, "imo": 9543756}
    location = {"time": 1760000000, "sog": 10.5, "heading": 90, "lon": 20.3, "lat": 60.0}
    run = run_of([("vessels/111/metadata", metadata)], url="mqtt://broker/vessels/#")
    clock = [NOW_S + 2]
    run._clock = lambda: clock[0]
    for number in range(12):
        run.inbox.put(json.dumps(location).encode(), f"vessels/{number + 111}/location")
        clock[0] += 1
        run.step()
    assert run.frame is not None
    assert said_by(run.frame)["122"]["place"] == (20.3, 60.0)


def test_bad_messages_in_the_sample_do_not_hide_what_the_others_mean() -> None:
    good = [
        ("city", {"id": f"v{i}", "lon": 24.9, "lat": 60.1, "time": 1_760_000_000 - i, "pm": 1.5}) for i in range(12)
    ]
    bad: Sent = [("city", {"id": {"a": 1}, "lon": 1, "lat": [2], "time": {}, "pm": []}), ("city", {"k": 1})]
    run = run_of(good[:6] + bad + good[6:])
    assert run.mapping is not None
    assert (run.mapping.id, run.mapping.lon, run.mapping.time) == ("id", "lon", "time")
    assert dict(run.mapping.values)["pm"] == "pm"
