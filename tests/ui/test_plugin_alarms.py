"""Alarms of a project as cases of the grid: their place, and when each was raised and over."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from data.frames import frame_of_layer
from plugins.cases import cases_of
from twin.alarms import Alarm
from twin.place import LocalFrame
from ui.plugin_alarms import alarm_layer

RAISED_S = datetime(2026, 1, 1, tzinfo=UTC).timestamp()
DAY_S = 86_400.0


def test_an_alarm_is_a_case_from_when_it_was_raised_until_it_is_over() -> None:
    alarms = (
        Alarm("1", "air", "pm10 > 50", RAISED_S, 61.0, over_s=RAISED_S + 2 * DAY_S, lonlat=(13.4, 52.5)),
        Alarm("2", "air", "pm10 > 50", RAISED_S, 70.0, lonlat=(13.41, 52.5), acknowledged_s=RAISED_S + 60),
        Alarm("3", "air", "no message for 5 min", RAISED_S, 0.0),
    )
    layer = alarm_layer(alarms, LocalFrame("EPSG:25833", (390_000.0, 5_820_000.0)))
    assert layer is not None
    table = frame_of_layer(layer)
    assert table.to_crs("EPSG:4326").geometry.x.tolist() == pytest.approx([13.4, 13.41]), "one has no place"
    cases = cases_of(table, datetime(2026, 1, 11, tzinfo=UTC), "alarms")
    assert cases.is_open.tolist() == [False, True]
    assert cases.days.tolist() == pytest.approx([2.0, 10.0])


def test_no_alarm_with_a_place_is_no_layer() -> None:
    assert alarm_layer((Alarm("3", "air", "x > 1", 0.0, 0.0),), LocalFrame("EPSG:25833", (0.0, 0.0))) is None
