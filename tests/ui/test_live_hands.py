"""Adding live data, the time bar and the charts in a real window, with a real broker and real HTTP servers."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from aiohttp import web
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from tests.data.conftest import Broker, Site
from twin.clock import ClockMode
from twin.feed import FeedWish, Picture
from twin.live import Shape
from ui.live_desk import LiveDesk
from ui.live_dialog import LiveDialog
from ui.main_window import MainWindow

LON, LAT = 8.0005, 50.0001
WAIT_MS = 8000
NAMES = ("a", "b", "c", "d")
"""Four buses, each 20 m east of the one before; the second is the fastest."""


def bus(number: int, **more: object) -> bytes:
    seen = {"veh": NAMES[number], "long": LON + number * 0.00028, "lat": LAT, "tst": time.time(), "hdg": 90,
            "occu": 10.0 * number, "driver": "Anna"}  # fmt: skip
    return json.dumps({"VP": {**seen, **more}}).encode()


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    one = Broker(tmp_path)
    yield one
    one.kill()


@pytest.fixture
def site() -> Iterator[Site]:
    one = Site()
    yield one
    one.stop()


@pytest.fixture
def desk(open_window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> LiveDesk:
    found = open_window.findChild(LiveDesk)
    assert found is not None
    monkeypatch.setattr(found, "recording_path", lambda feed_id: tmp_path / f"{feed_id}.ctrec")
    return found


def dialog_of(window: MainWindow, desk: LiveDesk) -> LiveDialog:
    window.actions_by_id["live_data"].trigger()
    assert desk.dialog is not None
    return desk.dialog


def tell(broker: Broker, *, every: range = range(4), **more: object) -> None:
    broker.publish(*((f"city/bus/{NAMES[i]}", bus(i, **more)) for i in every))


def listen(window: MainWindow, desk: LiveDesk, broker: Broker, qtbot: QtBot) -> LiveDialog:
    """Ask for the buses and wait until they are on the map."""
    dialog = dialog_of(window, desk)
    dialog.url.setText(f"mqtt://127.0.0.1:{broker.port}/city/bus/#")
    dialog.listen.click()
    until_subscribed(desk, "preview", qtbot)
    tell(broker)
    qtbot.waitUntil(lambda: "4 things are on the map" in dialog.told.text(), timeout=WAIT_MS)
    qtbot.waitUntil(lambda: dialog.fields.boxes["id"].currentText() != "", timeout=WAIT_MS)
    return dialog


def until_subscribed(desk: LiveDesk, feed_id: str, qtbot: QtBot) -> None:
    def is_live() -> bool:
        status = desk.playing.live_statuses.get(feed_id)
        return status is not None and status.subscribed_s > 0

    qtbot.waitUntil(is_live, timeout=WAIT_MS)


def add_buses(desk: LiveDesk, broker: Broker, qtbot: QtBot, *, is_recorded: bool = False) -> None:
    desk.add(FeedWish("", "Buses", f"mqtt://127.0.0.1:{broker.port}/city/bus/#"), is_recorded)
    until_subscribed(desk, "buses", qtbot)
    tell(broker)
    qtbot.waitUntil(lambda: len(desk.newest.get("buses", ())) == 4, timeout=WAIT_MS)


# the dialog


def test_what_is_proposed_is_on_the_map_and_is_changed_by_hand_before_it_is_accepted(
    open_window: MainWindow, desk: LiveDesk, broker: Broker, qtbot: QtBot
) -> None:
    dialog = listen(open_window, desk, broker, qtbot)
    session = open_window.session
    assert len(session.frames["preview"]) == 4
    assert not session.composition.feeds  # nothing is added yet
    boxes = dialog.fields.boxes
    assert {n: boxes[n].currentText().rpartition(".")[2] for n in ("id", "lon", "lat", "time", "heading")} == {
        "id": "veh", "lon": "long", "lat": "lat", "time": "tst", "heading": "hdg",
    }  # fmt: skip
    assert "driver" in dialog.fields.left_out.text()
    boxes["heading"].setEditText("")
    boxes["heading"].lineEdit().editingFinished.emit()  # type: ignore[union-attr]
    assert "heading" not in dialog.mapping.text()
    until_subscribed(desk, "preview", qtbot)
    dialog.name.setText("Night buses")
    dialog.privacy.grid.setValue(100)
    dialog.accept()
    (wish,) = session.composition.feeds
    assert (wish.name, wish.mapping.heading, wish.privacy.grid_m) == ("Night buses", "", 100)
    assert "preview" not in session.frames
    assert all(look.feed_id != "preview" for look in session.composition.live)


def test_a_wrong_address_is_one_clear_sentence(open_window: MainWindow, desk: LiveDesk, qtbot: QtBot) -> None:
    dialog = dialog_of(open_window, desk)
    dialog.url.setText("mqtt:/broker")
    dialog.listen.click()
    assert dialog.told.text().startswith('"mqtt:/broker" is no address of live data.')
    dialog.url.setText("mqtt://127.0.0.1:9/city")
    dialog.listen.click()
    qtbot.waitUntil(lambda: "There is no broker at 127.0.0.1:9" in dialog.told.text(), timeout=WAIT_MS)
    dialog.url.setText("file:///nowhere/day.ctrec")
    dialog.listen.click()
    assert dialog.told.text() == "There is no file day.ctrec."
    dialog.reject()


def test_sensors_are_proposed_as_columns_of_their_value_and_cancelling_leaves_no_trace(
    open_window: MainWindow, desk: LiveDesk, site: Site, qtbot: QtBot
) -> None:
    rows = [{"id": n, "lon": LON, "lat": LAT + i / 1e4, "pm10": 20.0 + i} for i, n in enumerate(NAMES)]
    site.get("/air.json", lambda _request: web.json_response(rows))
    before = open_window.session.composition
    dialog = dialog_of(open_window, desk)
    dialog.url.setText(f"{site.start()}/air.json?interval=1")
    dialog.listen.click()
    qtbot.waitUntil(lambda: "4 things are on the map" in dialog.told.text(), timeout=WAIT_MS)
    qtbot.waitUntil(lambda: dialog.value.currentData() == "pm10", timeout=WAIT_MS)
    (look,) = open_window.session.composition.live
    assert (look.shape, look.value) == (Shape.COLUMNS, "pm10")
    wish = dialog.wish()
    assert (wish.picture, wish.shown_value) == (Picture.SENSORS, "pm10")
    dialog.reject()
    assert open_window.session.composition == before
    assert not open_window.session.frames


def test_a_password_is_asked_for_used_and_kept_out_of_the_project(
    open_window: MainWindow, desk: LiveDesk, site: Site, qtbot: QtBot
) -> None:
    def guarded(request: web.Request) -> web.Response:
        if request.headers.get("Authorization") != "Basic Y2xlcms6b3BlbiBzZXNhbWU=":  # clerk:open sesame
            return web.Response(status=401)
        return web.json_response([{"id": "a", "lon": LON, "lat": LAT, "pm10": 1.0}])

    site.get("/air.json", guarded)
    dialog = dialog_of(open_window, desk)
    dialog.url.setText(f"{site.start()}/air.json?interval=1")
    dialog.listen.click()
    qtbot.waitUntil(lambda: "it wants a user and password" in dialog.told.text(), timeout=WAIT_MS)
    assert dialog.tabs.tabText(dialog.tabs.currentIndex()) == "Sign in"
    dialog.access.user.setText("clerk")
    dialog.access.password.setText("open sesame")
    dialog.listen.click()
    qtbot.waitUntil(lambda: "1 thing is on the map" in dialog.told.text(), timeout=WAIT_MS)
    dialog.accept()
    qtbot.waitUntil(lambda: len(desk.newest.get("air-json", ())) == 1, timeout=WAIT_MS)
    (wish,) = open_window.session.composition.feeds
    assert "sesame" not in repr(wish)
    assert "clerk@" in wish.url


# how it stands


def test_a_broker_that_dies_is_told_and_the_last_picture_stays_until_it_is_back(
    open_window: MainWindow, desk: LiveDesk, broker: Broker, qtbot: QtBot
) -> None:
    add_buses(desk, broker, qtbot)
    row = desk.rows.rows["buses"]
    qtbot.waitUntil(lambda: row.state.text().startswith("fresh"), timeout=WAIT_MS)
    broker.kill()
    qtbot.waitUntil(lambda: "Its last picture stays." in row.trouble.text(), timeout=WAIT_MS)
    assert "connection lost" in row.state.text()
    assert len(open_window.session.frames["buses"]) == 4
    desk.telling.tell()
    legend = open_window.parts.scene.live.trouble["buses"]
    assert "broker" in legend
    broker.start()
    qtbot.waitUntil(lambda: row.state.text().startswith("fresh"), timeout=WAIT_MS)
    assert row.trouble.text() == ""


def test_recording_goes_on_while_the_past_is_shown_and_one_key_returns_to_live(
    open_window: MainWindow, desk: LiveDesk, broker: Broker, qtbot: QtBot
) -> None:
    add_buses(desk, broker, qtbot, is_recorded=True)
    first_s = time.time()
    qtbot.wait(1200)
    tell(broker, occu=77.0)
    qtbot.waitUntil(lambda: desk.newest["buses"].values["occu"][0] == 77.0, timeout=WAIT_MS)
    qtbot.waitUntil(lambda: desk.playing.recording_of("buses") is not None, timeout=WAIT_MS)
    qtbot.wait(700)  # half a second at most waits to be written
    desk.bar.go_to(first_s + 0.3)
    assert open_window.session.clock.mode is ClockMode.PAUSED
    assert open_window.session.frames["buses"].values["occu"].tolist() == [0.0, 10.0, 20.0, 30.0]
    size = desk.playing.live_statuses["buses"].recorded_bytes
    tell(broker, occu=88.0)
    qtbot.waitUntil(lambda: desk.playing.live_statuses["buses"].recorded_bytes > size, timeout=WAIT_MS)
    assert open_window.session.frames["buses"].values["occu"][0] == 0.0  # still the past
    desk.bar.toggle()
    open_window.session.set_clock(replace(open_window.session.clock, speed=10.0))
    qtbot.waitUntil(lambda: open_window.session.clock.is_live, timeout=WAIT_MS)  # it has caught up with now
    assert open_window.session.frames["buses"].values["occu"][0] == 88.0
    desk.bar.go_to(first_s + 0.3)
    assert open_window.session.frames["buses"].values["occu"][0] == 0.0
    desk.bar.line.setFocus()
    QTest.keyClick(desk.bar.line, Qt.Key.Key_End)
    assert open_window.session.clock.is_live
    assert open_window.session.frames["buses"].values["occu"][0] == 88.0


def test_a_time_that_was_not_recorded_shows_nothing_and_says_so(
    open_window: MainWindow, desk: LiveDesk, broker: Broker, qtbot: QtBot
) -> None:
    add_buses(desk, broker, qtbot)
    desk.bar.go_to(time.time() - 3600)
    desk.telling.tell()
    assert "buses" not in open_window.session.frames
    assert desk.rows.rows["buses"].state.text().startswith("not recorded at this time")
    desk.bar.go_live()
    assert len(open_window.session.frames["buses"]) == 4
