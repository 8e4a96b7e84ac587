"""Live data, time and alarms in a real window, over a recording that was really written."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from data.recorder import Recorder
from twin.clock import ClockMode
from twin.entities import Entities, EntityBatch, EntityFrame
from twin.feed import FeedWish, Picture, WatchRule
from ui.live_desk import LiveDesk
from ui.main_window import MainWindow
from ui.replaying import settle_look
from ui.watch_desk import WatchDesk

BEGIN_S = 1_700_000_000.0


def write_recording(path: Path, *, seconds: int = 120, pm10: float = 10.0) -> Path:
    """Write two things that move east, a fix a second; nothing is said from 60 to 90."""
    recorder, entities = Recorder(path, FeedWish("buses", "Buses", "mqtt://h/t", expiry_s=600)), Entities("buses")
    for second in range(seconds):
        at_s = BEGIN_S + second
        if 60 <= second < 90:
            continue
        lon = np.array([10.0, 10.001]) + second * 1e-5
        batch = EntityBatch(
            ["a", "b"], at_s, lon, np.array([50.0, 50.0]), np.full(2, at_s), values={"pm10": np.array([pm10, second])}
        )
        entities.update(batch)
        recorder.add(batch, entities, at_s, messages=2, size=100, malformed=0)
        recorder.tick(at_s)
    recorder.close()
    return path


@pytest.fixture
def desk(window: MainWindow, tmp_path: Path) -> LiveDesk:
    found = window.findChild(LiveDesk)
    assert found is not None
    found.open_recording(write_recording(tmp_path / "buses.ctrec"))
    return found


def test_a_recording_plays_from_its_beginning_and_is_listed_as_a_layer(window: MainWindow, desk: LiveDesk) -> None:
    assert window.session.clock.mode is ClockMode.REPLAY
    assert list(desk.rows.rows) == ["buses"]
    assert desk.bar.badge.text() == "REPLAY"
    assert len(window.session.frames["buses"]) == 2


def test_a_jump_shows_what_was_known_then_and_nothing_later(window: MainWindow, desk: LiveDesk) -> None:
    desk.bar.go_to(BEGIN_S + 30.5)
    assert window.session.frames["buses"].values["pm10"].tolist() == [10.0, 30.0]
    desk.bar.go_to(BEGIN_S + 5.5)
    assert window.session.frames["buses"].values["pm10"].tolist() == [10.0, 5.0]


def test_the_gap_is_marked_and_messages_are_counted(desk: LiveDesk) -> None:
    (gap,) = desk.replays["buses"].gaps()
    assert (gap.begin_s, gap.end_s) == (BEGIN_S + 59, BEGIN_S + 90)
    assert desk.replays["buses"].histogram(BEGIN_S, BEGIN_S + 120, 12).sum() == 180


def test_one_key_returns_to_live_and_space_plays(window: MainWindow, desk: LiveDesk) -> None:
    window.actions_by_id["play"].trigger()
    assert window.session.clock.mode is ClockMode.PAUSED
    window.actions_by_id["play"].trigger()
    assert window.session.clock.mode is ClockMode.REPLAY
    window.actions_by_id["go_live"].trigger()
    assert window.session.clock.is_live
    assert desk.bar.badge.text() == "LIVE"


def test_a_pinned_feed_does_not_follow_the_clock(window: MainWindow, desk: LiveDesk) -> None:
    desk.bar.go_to(BEGIN_S + 30.5)
    desk.rows.rows["buses"].asked.emit("pin", "buses")
    desk.bar.go_to(BEGIN_S + 110.5)
    assert window.session.frames["buses"].values["pm10"].tolist() == [10.0, 30.0]


def test_writing_a_time_jumps_there_and_nonsense_is_said(window: MainWindow, desk: LiveDesk) -> None:
    desk.bar.time.setText(f"@{BEGIN_S + 20:.0f}")
    desk.bar.time.returnPressed.emit()
    assert window.session.clock.at_s == BEGIN_S + 20
    desk.bar.time.setText("soon")
    desk.bar.time.returnPressed.emit()
    assert '"soon" is not a time' in window.notices.past[-1].text
    assert window.session.clock.at_s == BEGIN_S + 20


def test_an_alarm_is_raised_listed_and_acknowledged(window: MainWindow, desk: LiveDesk) -> None:
    watch = window.findChild(WatchDesk)
    assert watch is not None
    composition = window.session.composition
    rule = (WatchRule("pm10 > 40 for 10 s"),)
    feeds = tuple(replace(wish, rules=rule) for wish in composition.feeds)
    window.session.set_composition(replace(composition, feeds=feeds))
    desk.bar.go_to(BEGIN_S + 38.5)
    for second in range(39, 56):
        desk.bar.go_to(BEGIN_S + second + 0.5)
    (alarm,) = watch.alarms
    assert (alarm.raised_s - BEGIN_S, alarm.entities) == (pytest.approx(51.0, abs=1.1), ("b",))
    watch.acknowledge(alarm.id, "seen")
    assert watch.alarms[0].note == "seen"
    assert "acknowledged: seen" in watch.list.item(0).text()


def test_removing_a_feed_takes_its_things_away(window: MainWindow, desk: LiveDesk) -> None:
    desk.rows.rows["buses"].asked.emit("remove", "buses")
    assert not window.session.frames
    assert not window.session.composition.feeds
    assert not desk.rows.rows


def test_values_without_a_place_find_their_buildings_by_id(open_window: MainWindow, qtbot: QtBot) -> None:
    session = open_window.session
    qtbot.waitUntil(lambda: bool(session.layers))
    layer_id, layer = next(iter(session.layers.items()))
    field = next(name for name, kind in layer.table.fields().items() if kind == "text")
    ids = np.array([v for v in layer.table.column(field) if v], object)
    none = np.full(len(ids), np.nan)
    values = {"value": np.arange(len(ids), dtype=float)}
    nowhere = np.full((len(ids), 2), np.nan)
    session.put_frame("energy", EntityFrame("energy", ids, nowhere, none, none + 1, none, none, values, at_s=1.0))
    settle_look(session, FeedWish("energy", "Energy", "mqtt://h/#", picture=Picture.BUILDINGS))
    look = next(one for one in session.composition.live if one.feed_id == "energy")
    assert (look.target_layer, look.target_field) == (layer_id, field)
