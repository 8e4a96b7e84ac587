"""Live data in pictures without a window: a recording at its moment, and addresses that are none."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from data.feeds.address import feed_name
from data.recorder import Recorder
from data.vector import read
from twin.clock import Clock
from twin.entities import Entities, EntityBatch
from twin.errors import FeedError
from twin.feed import FeedWish, Picture
from twin.live import Shape
from twin.session import Session
from ui.live_rendering import far_feeds, feeds_answer, show_feeds
from ui.replaying import settle_picture

BEGIN_S = 1_700_000_000.0


@pytest.fixture
def session(tmp_path: Path) -> Session:
    ring = [[10.0, 50.0], [10.001, 50.0], [10.001, 50.001], [10.0, 50.0]]
    house = {"type": "Feature", "properties": {"height": 9}, "geometry": {"type": "Polygon", "coordinates": [ring]}}
    path = tmp_path / "city.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [house]}))
    session = Session()
    session.add_layer(read(path))
    return session


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    path = tmp_path / "air.ctrec"
    recorder, entities = Recorder(path, FeedWish("air", "Air", "mqtt://h/t", expiry_s=0)), Entities("air")
    for second in range(10):
        at_s = BEGIN_S + second
        batch = EntityBatch(
            ["a"],
            at_s,
            np.array([10.0]),
            np.array([50.0]),
            np.array([at_s]),
            values={"pm10": np.array([float(second)])},
        )
        entities.update(batch)
        recorder.add(batch, entities, at_s, messages=1, size=9, malformed=0)
        recorder.tick(at_s)
    recorder.close()
    return path


def test_a_recording_is_shown_at_its_end_and_sets_the_clock(session: Session, recording: Path) -> None:
    show_feeds(session, (str(recording),), maps=(), seconds=1)
    assert session.clock.at_s == BEGIN_S + 9
    assert session.frames["air"].values["pm10"].tolist() == [9.0]
    assert feeds_answer(session)[0]["entities"] == 1


def test_a_recording_is_shown_at_the_clocks_moment(session: Session, recording: Path) -> None:
    session.set_clock(Clock().paused(BEGIN_S + 4.5))
    show_feeds(session, (recording.as_uri(),), maps=(), seconds=1)
    assert session.frames["air"].values["pm10"].tolist() == [4.0]


def test_things_far_from_the_city_are_told(session: Session, recording: Path) -> None:
    show_feeds(session, (str(recording),), maps=(), seconds=1)
    assert far_feeds(session) == []
    frame = session.frames["air"]
    session.put_frame("air", replace(frame, lonlat=np.array([[10.0, 51.0]])))  # a degree north: 111 km
    assert far_feeds(session) == ['Nothing of "Air" is near the city: the nearest is 111 km away.']


def test_the_feed_of_a_recording_asks_for_no_network(session: Session, recording: Path) -> None:
    show_feeds(session, (str(recording),), maps=(), seconds=1)
    assert session.composition.feeds[0].url == recording.as_uri()


def test_what_is_no_recording_is_said(session: Session, tmp_path: Path) -> None:
    (tmp_path / "x.ctrec").write_bytes(b"no recording")
    with pytest.raises(FeedError, match="no recording"):
        show_feeds(session, (str(tmp_path / "x.ctrec"),), maps=(), seconds=1)


def test_a_feed_is_called_by_the_telling_part_of_its_address() -> None:
    assert feed_name("https://user:secret@example.org/data/bikes.json?key=1") == "bikes.json"
    assert feed_name("mqtt://broker.example.org") == "broker.example.org"


def test_a_feed_that_turns_out_to_measure_is_no_vehicle_any_more(session: Session, recording: Path) -> None:
    show_feeds(session, (str(recording),), maps=(), seconds=1)
    assert session.composition.live[0].shape == "arrows"
    settle_picture(session, "air", Picture.SENSORS)
    (look,) = session.composition.live
    assert (look.shape, look.value) == ("discs", "")  # one thing measures: there is nothing to compare its column with
    assert session.composition.feeds[0].picture is Picture.SENSORS


def test_a_look_that_was_chosen_stays_when_a_feed_turns_out_to_measure(session: Session, recording: Path) -> None:
    show_feeds(session, (str(recording),), maps=(), seconds=1)
    chosen = replace(session.composition.live[0], shape=Shape.HEAT, value="pm10")
    session.set_composition(replace(session.composition, live=(chosen,)))
    settle_picture(session, "air", Picture.SENSORS)
    assert session.composition.live == (chosen,)
