"""What messages mean: proposed from real ones and from the shapes that feeds come in."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from data.feeds.answers import rows_of_csv
from data.feeds.mapping import merged, parse_map, propose
from twin.errors import FeedError
from twin.feed import Mapping, Picture

RealData = Callable[[str], Path]


def test_helsinki_s_snapshot_explains_itself(real_data: RealData) -> None:
    page = json.loads(real_data("helsinki/hsl_vehicle_position_20250428_163959.json").read_text())
    found = propose([page])
    assert (found.mapping.id, found.mapping.time) == ("id", "vehicle.timestamp")
    assert (found.mapping.lon, found.mapping.lat) == ("vehicle.position.longitude", "vehicle.position.latitude")
    assert (found.mapping.heading, found.mapping.speed) == ("vehicle.position.bearing", "vehicle.position.speed")
    assert found.picture is Picture.VEHICLES
    assert found.confidence > 0.9


def test_tokyo_s_docks_are_sensors_without_telephone_numbers(real_data: RealData) -> None:
    rows = rows_of_csv(real_data("tokyo_koto_chuo/bikeshare_hellocycling_2023-05-05.csv").read_bytes())
    found = propose([rows])
    assert (found.mapping.id, found.mapping.lon, found.mapping.lat) == ("station_id", "lon", "lat")
    assert found.left_out == ("contact_phone",)
    assert found.picture is Picture.SENSORS


def test_a_fleet_number_is_an_id_together_with_its_operator() -> None:
    said = {
        "VP": {
            "oper": 22,
            "veh": 1200,
            "tst": "2025-04-28T13:39:58.123Z",
            "spd": 7.5,
            "hdg": 120,
            "lat": 60.2,
            "long": 24.9,
        }
    }
    found = propose([said] * 3).mapping
    assert (found.id, found.lon, found.lat, found.time) == ("VP.oper+VP.veh", "VP.long", "VP.lat", "VP.tst")


@pytest.mark.parametrize(
    ("document", "rows", "identity", "lon"),
    [
        ({"type": "FeatureCollection", "features": [{"id": f"s{i}", "geometry": {"coordinates": [24.9, 60]},
          "properties": {"pm10": i}} for i in range(3)]}, "features", "id", "geometry.coordinates.0"),
        ({"ts": 1745847598, "all": {f"v{i}": {"lat": 60.1, "lon": 24.9} for i in range(6)}}, "all", "#key", "lon"),
        ({"device": {"id": "d1"}, "location": {"lat": 1.0, "lng": 2.0}}, "", "device.id", "location.lng"),
        ([{"mmsi": 2301 + i, "longitude": "24.9", "latitude": "60.1"} for i in range(3)], "", "mmsi", "longitude"),
    ],
)  # fmt: skip
def test_shapes_of_messages(document: object, rows: str, identity: str, lon: str) -> None:
    found = propose([document]).mapping
    assert (found.rows, found.id, found.lon) == (rows, identity, lon)


def test_the_topic_names_what_the_message_does_not() -> None:
    said = {"lat": 60.0, "lon": 24.0, "value": 3}
    assert propose([said, said], topics=["city/s1/air", "city/s2/air"]).mapping.id == "topic.1"


def test_projected_places_need_their_system() -> None:
    found = propose([{"sensor_id": f"a{i}", "x": 497000.0 + i, "y": 6675000.0 + i} for i in range(3)]).mapping
    assert (found.x, found.y, found.lon) == ("x", "y", "")


def test_what_is_told_of_at_other_places_moves_and_a_receiver_s_noise_does_not() -> None:
    def told(step_deg: float) -> Picture:
        said = [{"id": f"b{k}", "lat": 46.9 + n * step_deg, "lon": 7.4, "load": n} for n in range(3) for k in range(4)]
        return propose(said).picture

    assert told(0.0003) is Picture.VEHICLES
    assert told(0.00001) is Picture.SENSORS


def test_measurements_as_offices_call_them() -> None:
    rows = [{"Messstelle": f"Stelle {k}", "Rechtswert": "2600100", "Hochwert": "1199100", "PM10": "23,8",
             "gemessen": f"21.11.2026 06:{k}0:00"} for k in range(4)]  # fmt: skip
    found = propose([rows]).mapping
    assert (found.id, found.x, found.time) == ("Messstelle", "Rechtswert", "gemessen")


def test_flows_go_from_one_place_to_another() -> None:
    found = propose([{"id": "a-b", "from_lon": 1, "from_lat": 2, "to_lon": 3, "to_lat": 4, "trips": 5}])
    assert (found.mapping.lon, found.mapping.end_lon, found.picture) == ("from_lon", "to_lon", Picture.FLOWS)


def test_what_is_stated_by_hand_goes_first() -> None:
    stated = parse_map("id=VP.veh,lon=VP.long,lat=VP.lat,delay=VP.dl")
    assert stated.values == (("delay", "VP.dl"),)
    both = merged(stated, Mapping(id="other", time="VP.tst", values=(("dl", "VP.dl"), ("spd", "VP.spd"))))
    assert (both.id, both.time) == ("VP.veh", "VP.tst")
    assert both.values == (("delay", "VP.dl"), ("spd", "VP.spd"))


@pytest.mark.parametrize("text", ["id", "id=", "=x", "id=a,id=b", "time_format=roman"])
def test_a_map_that_says_nothing_is_refused(text: str) -> None:
    with pytest.raises(FeedError):
        parse_map(text)
