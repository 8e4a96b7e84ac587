"""A project with a recorded day plays when it is opened: clock, time bar, feeds and frames."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from data.project import read_project
from data.recorder import Recorder
from twin.clock import Clock, ClockMode
from twin.entities import Entities, EntityBatch
from twin.feed import FeedWish
from ui.live_desk import LiveDesk
from ui.main_window import MainWindow
from ui.project_desk import ProjectDesk
from ui.project_dialog import Where

BEGIN_S, SECONDS = 1_700_000_000.0, 1200
FEED = FeedWish("buses", "Buses", "recordings/buses.jsonl.zst", expiry_s=600)


def record(path: Path) -> None:
    """Write one bus that moves east, a fix a second."""
    recorder, entities = Recorder(path, FEED), Entities("buses")
    for second in range(SECONDS):
        at_s = BEGIN_S + second
        lon, lat = np.array([10.0 + second * 1e-5]), np.array([50.0])
        batch = EntityBatch(["a"], at_s, lon, lat, np.array([at_s]), values={"second": np.array([float(second)])})
        recorder.add(batch, entities, at_s, messages=1, size=50, malformed=0)
        entities.update(batch)
    recorder.close()


@pytest.fixture
def day(open_window: MainWindow, tmp_path: Path) -> Path:
    """Return a project with a recording beside it and a clock that runs."""
    home = tmp_path / "day.citytwin"
    desk = open_window.findChild(ProjectDesk)
    assert desk is not None
    (layer_id,) = open_window.session.layers
    style = replace(
        open_window.session.composition.state(layer_id).style, since_field="storeys"
    )  # taken for years: 3 to 6
    open_window.session.set_style(layer_id, style)
    desk.ask_where = lambda: Where(home, is_inside_wanted=True)
    desk.save_as()
    (home / "recordings").mkdir()
    record(home / FEED.url)
    session = open_window.session
    session.set_composition(replace(session.composition, feeds=(FEED,)), is_undoable=False)
    session.set_clock(replace(Clock().running(BEGIN_S + 300), speed=20.0))
    desk.save()
    open_window.close()
    return home


def live_desk_of(window: MainWindow) -> LiveDesk:
    found = window.findChild(LiveDesk)
    assert found is not None
    return found


def second_shown(window: MainWindow) -> float:
    return float(window.session.frames["buses"].values["second"][0])


def check_plays(window: MainWindow, qtbot: QtBot) -> None:
    desk = live_desk_of(window)
    assert window.session.clock.mode is ClockMode.REPLAY
    assert desk.bar.badge.text() == "REPLAY"
    assert desk.bar.ends_s == (BEGIN_S, BEGIN_S + SECONDS - 1)  # not the years of the buildings
    assert "connecting" not in desk.rows.rows["buses"].state.text()
    before = second_shown(window)
    assert before >= 300
    qtbot.waitUntil(lambda: second_shown(window) > before + 5, timeout=5000)


def test_a_project_plays_when_it_is_opened(day: Path, make_window: Callable[[], MainWindow], qtbot: QtBot) -> None:
    window = make_window()
    window.files.open_path(str(day))
    check_plays(window, qtbot)
    desk = window.findChild(ProjectDesk)
    assert desk is not None
    assert not live_desk_of(window).dock.isHidden()


def test_a_packed_project_plays_too(
    day: Path, make_window: Callable[[], MainWindow], qtbot: QtBot, tmp_path: Path
) -> None:
    window = make_window()
    window.files.open_path(str(day))
    desk = window.findChild(ProjectDesk)
    assert desk is not None
    (tmp_path / "away").mkdir()
    desk.pack(tmp_path / "away" / "day.citytwin.zip")
    other = make_window()
    other.files.open_path(str(tmp_path / "away" / "day.citytwin.zip"))
    check_plays(other, qtbot)


def test_the_clock_is_saved_as_it_stands(day: Path, make_window: Callable[[], MainWindow]) -> None:
    window = make_window()
    window.files.open_path(str(day))
    window.session.set_clock(window.session.clock.paused(BEGIN_S + 700))
    desk = window.findChild(ProjectDesk)
    assert desk is not None
    desk.save()
    assert read_project(day).project.view.clock.at_s == BEGIN_S + 700


def test_a_recording_that_is_gone_is_told_in_its_row(day: Path, make_window: Callable[[], MainWindow]) -> None:
    (day / FEED.url).unlink()
    window = make_window()
    window.files.open_path(str(day))
    assert "buses.jsonl.zst is not in the project" in live_desk_of(window).rows.rows["buses"].trouble.text()


def test_a_new_project_has_no_feeds_of_the_one_before(day: Path, make_window: Callable[[], MainWindow]) -> None:
    window = make_window()
    window.files.open_path(str(day))
    window.files.asks = False
    window.actions_by_id["new_project"].trigger()
    assert not window.session.frames
    assert not live_desk_of(window).rows.rows
    assert window.session.clock.is_live
