"""Where the sun stands, held against NREL's algorithm by pvlib; when it rises; what is said of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pandas as pd
import pytest
from pvlib.solarposition import get_solarposition

from twin.clock import Clock
from twin.errors import ClockError
from twin.place import Area, LocalFrame
from twin.sun import sun_day, sun_places
from twin.sun_shown import (
    at_wall_time,
    day_ends_s,
    day_of,
    site_of,
    sun_from_text,
    sun_over,
    sun_shown,
    with_sun,
    without_sun,
)  # fmt: skip
from twin.sun_words import day_words, down_words, sun_legend, sun_line

ZURICH = LocalFrame("EPSG:2056", (2_683_000.0, 1_248_000.0))
SANTIAGO = LocalFrame("EPSG:32719", (346_000.0, 6_298_000.0))
AREA = Area(-500.0, -500.0, 500.0, 500.0)
PLACES = (
    (8.5, 47.4), (-70.6, -33.4), (179.9, -16.0), (-179.9, 66.0), (18.0, 78.2), (0.0, -77.8), (0.0, 0.0), (30.0, 90.0),
)  # fmt: skip


def moment(text: str) -> float:
    """Return a moment, seconds since 1970."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


@pytest.mark.parametrize(("lon_deg", "lat_deg"), PLACES)
def test_the_sun_stands_where_the_analyses_say_from_1900_to_2100(lon_deg: float, lat_deg: float) -> None:
    # the analyses take pvlib, NREL's algorithm: two ways to the same sun, both hemispheres, poles, date line
    moments_s = np.random.default_rng(7).uniform(moment("1900-01-01"), moment("2100-01-01"), 800).round()
    wanted = get_solarposition(pd.to_datetime(moments_s, unit="s", utc=True), lat_deg, lon_deg)
    found = sun_places(moments_s, lon_deg, lat_deg)
    apart = (found.azimuth_deg - wanted["azimuth"].to_numpy() + 180.0) % 360.0 - 180.0
    true_deg = wanted["elevation"].to_numpy()
    assert np.abs(found.true_altitude_deg - true_deg).max() < 0.015
    # beside the zenith a small way is a large turn: it is the way over the sky that counts
    assert np.abs(apart * np.cos(np.radians(true_deg))).max() < 0.015
    is_plain = np.abs(true_deg + 0.8333) > 0.05  # where refraction begins, it begins with a jump
    assert np.abs(found.altitude_deg - wanted["apparent_elevation"].to_numpy())[is_plain].max() < 0.015


def test_a_day_in_december_rises_and_sets_as_the_almanac_of_zurich_says() -> None:
    # 21 December 2026 at 47.38 N, 8.54 E: 08:10, 16:37 by sunrise tables of MeteoSwiss, to the minute
    day = sun_day(moment("2026-12-20T23:00"), moment("2026-12-21T23:00"), 8.54, 47.38)
    assert day.rise_s == pytest.approx(moment("2026-12-21T07:10"), abs=90)
    assert day.set_s == pytest.approx(moment("2026-12-21T15:37"), abs=90)
    # noon is when the sun crosses the meridian
    assert day.noon_s is not None
    assert float(sun_places(day.noon_s, 8.54, 47.38).azimuth_deg) == pytest.approx(180.0, abs=0.05)


def test_at_midsummer_the_sun_of_the_far_north_does_not_set_and_at_midwinter_it_does_not_rise() -> None:
    summer = sun_day(moment("2026-06-21"), moment("2026-06-22"), 18.0, 78.2)
    winter = sun_day(moment("2026-12-21"), moment("2026-12-22"), 18.0, 78.2)
    assert (summer.is_ever_down, summer.rise_s, summer.set_s) == (False, None, None)
    assert (winter.is_ever_up, winter.rise_s, winter.set_s) == (False, None, None)
    assert day_words(summer, "UTC").startswith("does not set")
    assert day_words(winter, "UTC").startswith("does not rise")


def test_the_noon_sun_stands_in_the_south_of_zurich_and_in_the_north_of_santiago() -> None:
    for frame, text, sign in ((ZURICH, "2026-06-21T11:30", -1), (SANTIAGO, "2026-06-21T16:45", 1)):
        sun = sun_over(site_of(frame, AREA), moment(text), "UTC")
        assert sign * sun.direction[1] > 0.3
        assert np.linalg.norm(sun.direction) == pytest.approx(1.0)


def test_directions_are_turned_from_true_north_to_that_of_the_map() -> None:
    # 3 degrees east of the middle of UTM zone 32 at 60 N: meridians converge by 3 sin 60 = 2.60 degrees
    frame = LocalFrame("EPSG:32632", (667_000.0, 6_655_000.0))
    site = site_of(frame, AREA)
    assert np.degrees(site.north_rad) == pytest.approx(-2.60, abs=0.05)
    # a map of Mercator's at 60 N shows metres twice as long: shadows there are twice as long, too
    mercator = site_of(LocalFrame("EPSG:3857", (1_000_000.0, 8_399_738.0)), AREA)
    assert mercator.scale == pytest.approx(2.0, rel=0.01)
    east, north, up = mercator.direction(180.0, 45.0)
    assert (east, north / up) == pytest.approx((0.0, -2.0), rel=0.01, abs=1e-6)


def test_the_sun_follows_the_clock_unless_it_has_a_time_of_its_own() -> None:
    clock = with_sun(Clock().paused(1000.0), None, zone="Europe/Zurich")
    followed = sun_shown(clock, ZURICH, AREA, now_s=5.0)
    pinned = sun_shown(with_sun(clock, 2000.0), ZURICH, AREA, now_s=5.0)
    live = sun_shown(with_sun(Clock(), None), ZURICH, AREA, now_s=5.0)
    assert followed is not None and pinned is not None and live is not None  # noqa: PT018  for the type checker
    assert (followed.at_s, followed.is_own) == (1000.0, False)
    assert (pinned.at_s, pinned.is_own, pinned.zone) == (2000.0, True, "Europe/Zurich")
    assert live.at_s == 5.0
    assert sun_shown(without_sun(clock), ZURICH, AREA, now_s=5.0) is None
    assert sun_shown(clock, None, None, now_s=5.0) is None


def test_the_place_can_be_another_one_while_north_stays_that_of_the_map() -> None:
    clock = replace(with_sun(Clock(), 0.0), sun_place=(-70.6, -33.4))
    sun = sun_shown(clock, ZURICH, AREA, now_s=0.0)
    assert sun is not None
    assert (sun.site.lon_deg, sun.site.lat_deg) == (-70.6, -33.4)
    assert sun.site.north_rad == site_of(ZURICH, AREA).north_rad


def test_a_moment_is_read_with_an_offset_a_zone_or_in_the_zone_of_the_city() -> None:
    wanted = moment("2026-12-21T14:00")
    assert sun_from_text("2026-12-21T15:00", "Europe/Zurich") == (wanted, "Europe/Zurich")
    assert sun_from_text("2026-12-21T15:00+01:00", "Europe/Zurich") == (wanted, "Europe/Zurich")
    assert sun_from_text("2026-12-21T23:00[Asia/Tokyo]", "Europe/Zurich") == (wanted, "Asia/Tokyo")
    for text in ("2026-12-21", "noon", "2026-12-21T15:00[Middle/Earth]", "2026-12-21T25:00"):
        with pytest.raises(ClockError):
            sun_from_text(text, "Europe/Zurich")


def test_a_day_has_23_hours_where_clocks_are_put_forward() -> None:
    begin_s, end_s = day_ends_s(moment("2026-03-29T12:00"), "Europe/Zurich")
    assert end_s - begin_s == 23 * 3600
    assert at_wall_time(moment("2026-12-21T14:00"), "Europe/Zurich", month=6, hour=9) == moment("2026-06-21T07:00")


def test_the_badge_says_when_and_where_and_that_the_sun_is_down() -> None:
    site = site_of(ZURICH, AREA)
    sun = sun_over(site, moment("2026-12-21T14:00"), "Europe/Zurich")
    assert sun_line(sun) == "Sun: 21 Dec 2026 15:00 Europe/Zurich, azimuth 216°, altitude 11°"
    assert down_words(sun) == ""
    evening = sun_over(site, moment("2026-12-21T20:00"), "Europe/Zurich")
    assert down_words(evening) == "The sun is down: rose 08:10, set 16:37."
    assert "rises 08:1" in down_words(sun_over(site, moment("2026-12-21T04:00"), "Europe/Zurich"))
    assert "The sun is down" in sun_legend(evening).note
    assert day_of(evening.at_s, "Europe/Zurich", site).rise_s is not None
