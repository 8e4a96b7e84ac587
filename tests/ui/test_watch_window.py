"""Alarms in a real window: of a feed that is live, of a recording played twice, and as a table."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QFileDialog

from tests.data.conftest import Broker
from tests.ui.test_live_window import BEGIN_S, write_recording
from twin.feed import FeedWish, Mapping, WatchRule
from ui.live_desk import LiveDesk
from ui.main_window import MainWindow
from ui.project_desk import ProjectDesk
from ui.watch_desk import WatchDesk


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    one = Broker(tmp_path)
    yield one
    one.kill()


@pytest.fixture
def desks(window: MainWindow) -> tuple[WatchDesk, LiveDesk, ProjectDesk]:
    found = window.findChild(WatchDesk), window.findChild(LiveDesk), window.findChild(ProjectDesk)
    assert all(desk is not None for desk in found)
    return found  # type: ignore[return-value]


def test_a_live_feed_raises_an_alarm_that_the_project_keeps(
    desks: tuple[WatchDesk, LiveDesk, ProjectDesk], broker: Broker, qtbot: object
) -> None:
    watch, live, project = desks
    mapping = Mapping(id="id", lon="lon", lat="lat", time="t", values=(("pm10", "pm10"),))
    live.add(FeedWish("", "Air", f"mqtt://127.0.0.1:{broker.port}/air/#", mapping))
    project.change(rules=(WatchRule("pm10 > 50", "dust", feed="Air"), WatchRule("pm10 > 9", feed="other")))

    def is_raised() -> bool:
        told = {"id": "a", "lon": 10.0, "lat": 50.0, "t": time.time(), "pm10": 60}
        broker.publish(("air/a", json.dumps(told).encode()))
        live.collect()
        watch.look()
        return bool(watch.alarms)

    qtbot.waitUntil(is_raised, timeout=10_000)  # type: ignore[attr-defined]
    (alarm,) = project.project.alarms
    assert (alarm.name, alarm.entities, alarm.is_on) == ("dust", ("a",), True)
    watch.acknowledge(alarm.id, "seen")
    watch.look()
    assert project.project.alarms[0].note == "seen"  # what is told again by the feed does not undo it
    live.close()


def test_a_recording_that_is_played_again_raises_nothing_twice(
    desks: tuple[WatchDesk, LiveDesk, ProjectDesk], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    watch, live, project = desks
    live.open_recording(write_recording(tmp_path / "buses.ctrec"))
    project.change(rules=(WatchRule("pm10 > 20 for 3 s", "high"),))
    watch.look()
    for _ in range(2):
        for second in range(15, 40):
            live.bar.go_to(BEGIN_S + second + 0.5)
    assert [(a.name, a.raised_s - BEGIN_S) for a in watch.alarms] == [("high", pytest.approx(24.0, abs=1.5))]
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "alarms.csv"), ""))
    watch.export()
    assert "pm10 > 20 for 3 s" in (tmp_path / "alarms.csv").read_text("utf-8-sig")


def test_a_rule_that_is_written_in_the_panel_stands_in_the_project(
    desks: tuple[WatchDesk, LiveDesk, ProjectDesk], tmp_path: Path
) -> None:
    watch, live, project = desks
    live.open_recording(write_recording(tmp_path / "buses.ctrec"))
    for text in ("pm10 > 20 for 3 s", "pm10 > 20 for 3 s", "pm10 >> 20"):
        watch.rule.setText(text)
        watch.add_rule()
    assert [(r.name, r.feed) for r in project.project.rules] == [
        ("pm10 > 20 for 3 s", "buses"),
        ("pm10 > 20 for 3 s (2)", "buses"),
    ]
    assert "no rule that can be read" in watch.wrong.text()
    watch.rules.setCurrentRow(0)
    watch.remove_rule()
    assert [r.name for r in project.project.rules] == ["pm10 > 20 for 3 s (2)"]
    watch.rule.setText('> 0 buses in "Nowhere"')
    watch.add_rule()
    assert '"Nowhere", and it is not known where that is' in watch.rules.item(1).text()
