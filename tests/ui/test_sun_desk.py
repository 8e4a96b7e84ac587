"""Sun and shadow in a real window: panel, badge, presets, zone, place, the day that plays; and on the command line."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import geopandas
import pytest
import shapely
from PySide6.QtCore import QDate
from PySide6.QtTest import QTest

from data.zones import proposed_zone
from twin.clock import ClockMode
from twin.session import Session
from twin.sun_shown import SunShown, sun_shown, zone_called
from ui.cli import main
from ui.main_window import MainWindow
from ui.sun_desk import SunDesk
from ui.time_bar import TimeBar


@pytest.fixture
def town(tmp_path: Path) -> Path:
    """Four houses in Zurich."""
    path = tmp_path / "town.geojson"
    boxes = [shapely.box(8.54 + i / 2000, 47.38, 8.5403 + i / 2000, 47.3802) for i in range(4)]
    geopandas.GeoDataFrame({"height": [10.0, 20.0, 30.0, 12.0]}, geometry=boxes, crs=4326).to_file(path)
    return path


@pytest.fixture
def desk(window: MainWindow, town: Path) -> SunDesk:
    window.files.asks = False
    window.files.open_path(str(town))
    found = window.findChild(SunDesk)
    assert found is not None
    QTest.qWait(150)  # what has just been opened is told a little later
    return found


def settled(desk: SunDesk) -> None:
    """Wait until what hands asked for is applied and told."""
    QTest.qWait(200)
    assert desk._wanted_s is None


def shown_of(session: Session) -> SunShown | None:
    return sun_shown(session.clock, session.frame, session.area, now_s=0.0)


def read(desk: SunDesk) -> datetime:
    clock = desk._session.clock
    assert clock.sun_s is not None
    return datetime.fromtimestamp(clock.sun_s, zone_called(clock.sun_zone))


def test_a_preset_lights_the_city_with_the_sun_of_that_day_in_the_zone_of_its_place(
    window: MainWindow, desk: SunDesk
) -> None:
    assert not desk.badge.isVisible()
    window.actions_by_id["sun"].trigger()
    assert desk.dock.isVisible()
    desk.panel._put(month=12, day=21)
    settled(desk)
    desk.panel._put(hour=15, minute=0)
    settled(desk)
    clock = window.session.clock
    assert (clock.sun_zone, read(desk).strftime("%m-%d %H:%M")) == ("Europe/Zurich", "12-21 15:00")
    assert desk.badge.isVisible()
    assert "15:00 Europe/Zurich, azimuth 216°, altitude 11°" in desk.badge.text.text()
    assert "Shadows are" in desk.panel.note.text()
    assert not window.session.can_undo  # as the clock: no undo


def test_the_badge_is_clicked_away_and_the_sun_follows_the_clock(window: MainWindow, desk: SunDesk) -> None:
    bar = window.findChild(TimeBar)
    assert bar is not None
    window.session.set_clock(window.session.clock.paused(1_780_000_000.0))
    desk.pin()
    assert window.session.clock.sun_s is not None
    assert not bar.sun.isHidden()
    desk.ask_moment(1_766_325_600.0)
    settled(desk)
    desk.badge.closed.emit()
    clock = window.session.clock
    assert (clock.is_sunlit, clock.sun_s, clock.mode) == (True, None, ClockMode.PAUSED)
    shown = shown_of(window.session)
    assert shown is not None
    assert shown.at_s == 1_780_000_000.0
    assert bar.sun.isHidden()
    desk.badge.closed.emit()
    assert not window.session.clock.has_sun
    assert shown_of(window.session) is None


def test_another_zone_keeps_what_is_read_and_another_place_moves_the_sun(window: MainWindow, desk: SunDesk) -> None:
    desk.ask_moment(datetime.fromisoformat("2026-06-21T12:00+02:00").timestamp())
    settled(desk)
    desk.set_zone("Asia/Tokyo")
    assert read(desk).isoformat() == "2026-06-21T12:00:00+09:00"
    desk.set_zone("Europe/Zurich")
    before = shown_of(window.session)
    desk.panel.place.setText("-70.65, -33.45")
    desk.panel.place.setModified(True)
    desk.panel.place.editingFinished.emit()
    after = shown_of(window.session)
    assert before is not None
    assert after is not None
    assert after.site.lat_deg == -33.45
    assert after.altitude_deg < before.altitude_deg - 20
    desk.panel.place.setText("north of here")
    desk.panel.place.setModified(True)
    desk.panel.place.editingFinished.emit()
    assert window.session.clock.sun_place == (-70.65, -33.45)


def test_date_and_slider_set_the_suns_own_time(desk: SunDesk) -> None:
    desk.panel.date.setDate(QDate(2027, 3, 21))
    settled(desk)
    desk.panel.slider.setValue(9 * 60 + 30)
    settled(desk)
    assert read(desk).strftime("%Y-%m-%d %H:%M") == "2027-03-21 09:30"
    assert desk.panel.when.text().startswith("21 Mar 2027 09:30")


def test_the_day_plays_from_before_sunrise_and_stops_when_asked(desk: SunDesk) -> None:
    desk.ask_moment(datetime.fromisoformat("2026-12-21T23:00+01:00").timestamp())
    settled(desk)
    desk.play()
    begin = read(desk)
    assert begin.strftime("%H:%M") == "07:40"  # half an hour before sunrise at 08:10
    QTest.qWait(300)
    desk.play()
    end = read(desk)
    assert begin < end
    QTest.qWait(150)
    assert read(desk) == end


def test_the_command_draws_under_the_sun_and_says_where_it_stands(
    town: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "sun.png"
    command = ["render", str(town), "-o", str(out), "--size", "320x200", "--json", "--sun"]
    assert main([*command, "2026-12-21T15:00"]) == 0
    sun = json.loads(capsys.readouterr().out)["sun"]
    assert (sun["at"], sun["zone"]) == ("2026-12-21T15:00+01:00", "Europe/Zurich")
    assert (sun["azimuth_deg"], sun["altitude_deg"]) == pytest.approx((216.0, 11.0), abs=0.3)
    assert (sun["is_up"], sun["sunrise"], sun["sunset"]) == (True, "08:10", "16:37")
    assert main([*command, "clock", "--at", "2026-06-21T22:00"]) == 0
    sun = json.loads(capsys.readouterr().out)["sun"]
    assert (sun["at"], sun["is_up"], sun["follows_clock"]) == ("2026-06-22T00:00+02:00", False, True)
    assert "The sun is down" in sun["note"]


def test_a_zone_is_proposed_by_the_nearest_named_place() -> None:
    wanted = {
        (8.54, 47.38): "Europe/Zurich", (139.8, 35.7): "Asia/Tokyo", (77.2, 28.6): "Asia/Kolkata",
        (-70.6, -33.4): "America/Santiago", (11.6, 48.1): "Europe/Berlin", (-77.05, 38.8): "America/New_York",
    }  # fmt: skip
    assert {place: proposed_zone(*place) for place in wanted} == wanted
    assert proposed_zone(-140.0, 20.0).startswith(("Etc/GMT", "Pacific/"))
