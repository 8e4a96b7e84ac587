"""The clock: what people write for times, and how time runs, stands and loops."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import msgspec
import pytest

from twin.clock import Clock, ClockMode, moment_from_text, moment_text
from twin.errors import ClockError
from twin.session import Session


def test_a_year_is_its_last_moment() -> None:
    begin_of_1976 = datetime(1976, 1, 1, tzinfo=UTC).timestamp()
    assert begin_of_1976 - 1 < moment_from_text("1975") < begin_of_1976


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2024-05-01T12:30:00Z", datetime(2024, 5, 1, 12, 30, tzinfo=UTC)),
        ("2024-05-01 12:30", datetime(2024, 5, 1, 12, 30, tzinfo=UTC)),
        ("2024-05-01T12:30+02:00", datetime(2024, 5, 1, 10, 30, tzinfo=UTC)),
        ("1.5.2024 12:30", datetime(2024, 5, 1, 12, 30, tzinfo=UTC)),
        ("2024年5月1日 12:30", datetime(2024, 5, 1, 12, 30, tzinfo=UTC)),
        ("@1714566600", datetime(2024, 5, 1, 12, 30, tzinfo=UTC)),
    ],
)
def test_a_time_is_that_moment(text: str, moment: datetime) -> None:
    assert moment_from_text(text) == moment.timestamp()


def test_a_day_and_a_month_end_with_their_last_moment_in_the_zone() -> None:
    east = timezone(timedelta(hours=9))
    assert moment_text(moment_from_text("2024-05-01", east), east) == "2024-05-01 23:59:59"
    assert moment_text(moment_from_text("01.5.2024", east), east) == "2024-05-01 23:59:59"
    assert moment_text(moment_from_text("2023-12", east), east) == "2023-12-31 23:59:59"


@pytest.mark.parametrize("text", ["", "tomorrow", "1975-13", "2024-02-30", "12:30", "2024-05-01T25:00", "30.2.2024"])
def test_what_is_no_time_is_said(text: str) -> None:
    with pytest.raises(ClockError, match="is not a time"):
        moment_from_text(text)


@pytest.mark.parametrize("year", ["79", "-500", "12000", "1583"])
def test_years_far_away_are_written_as_they_were_read(year: str) -> None:
    assert int(moment_text(moment_from_text(year)).split("-12-31")[0]) == int(year)


def test_a_running_clock_stands_at_the_end_or_begins_anew() -> None:
    clock = replace(Clock().running(95.0), speed=10.0)
    ended = clock.advanced(1.0, (0.0, 100.0))
    assert (ended.mode, ended.at_s) == (ClockMode.PAUSED, 100.0)
    looped = replace(clock, is_looping=True).advanced(1.0, (0.0, 100.0))
    assert (looped.mode, looped.at_s) == (ClockMode.REPLAY, 5.0)


def test_a_pinned_layer_keeps_its_time_when_the_clock_goes_live() -> None:
    clock = Clock().paused(50.0).pinned("trees", 7.0)
    assert (clock.moment_s("trees"), clock.moment_s("houses")) == (7.0, 50.0)
    assert (clock.live().moment_s("trees"), clock.live().moment_s("houses")) == (7.0, None)
    assert clock.pinned("trees", None).moment_s("trees") == 50.0


def test_a_clock_is_saved_and_read_with_the_rest_of_a_view() -> None:
    clock = replace(Clock().running(5.5).pinned("a", 3.0), span_s=(1.0, 9.0), sun_s=12.0)
    assert msgspec.convert(msgspec.to_builtins(clock), Clock) == clock


def test_the_session_announces_another_time_once() -> None:
    session, seen = Session(), []
    session.clock_changed.connect(lambda old, new: seen.append((old, new)))
    session.set_clock(Clock().paused(5.0))
    session.set_clock(Clock().paused(5.0))
    assert seen == [(Clock(), Clock().paused(5.0))]
    assert not session.can_undo
