"""Rules over live data: read as people write them, raised once, over when they do not hold any more."""

from __future__ import annotations

import numpy as np
import pytest

from twin.alarms import Rule, Watched, acknowledged, rule_from_text
from twin.entities import EntityFrame
from twin.errors import RuleError
from twin.feed import WatchRule
from twin.watch import Watch, inside

SQUARE = ((24.0, 60.0), (25.0, 60.0), (25.0, 61.0), (24.0, 61.0))


def frame(pm10: list[float], at_s: float = 0.0, lon: float = 24.5) -> EntityFrame:
    n = len(pm10)
    ids = np.array([f"s{i}" for i in range(n)], object)
    place = np.tile([lon, 60.5], (n, 1))
    nan = np.full(n, np.nan)
    return EntityFrame("air", ids, place, nan, np.full(n, at_s), nan, nan, {"pm10": np.array(pm10, float)}, at_s)


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("pm10 > 50 for 10 min", Rule(Watched.VALUE, "pm10", "any", ">", 50, 600)),
        ("no message for 5 min", Rule(Watched.SILENCE, number=300)),
        ("> 30 vehicles in this area", Rule(Watched.COUNT, "vehicles", "sum", ">", 30, 0, is_in_area=True)),
        ("mean speed < 2 in this area for 1 h", Rule(Watched.VALUE, "speed", "mean", "<", 2, 3600, is_in_area=True)),
        ("water level >= 3,5", Rule(Watched.VALUE, "water level", "any", ">=", 3.5)),
    ],
)
def test_a_rule_is_read_as_people_write_it(text: str, rule: Rule) -> None:
    assert rule_from_text(text) == rule


@pytest.mark.parametrize(
    "text", ["", "pm10", "pm10 > much", "> 30", "no message for 5 parsecs", "pm10 > 50 for 3 moons"]
)
def test_what_is_no_rule_is_said(text: str) -> None:
    with pytest.raises(RuleError):
        rule_from_text(text)


def test_a_value_must_hold_for_its_time_at_the_same_sensor() -> None:
    watch = Watch("air", (WatchRule("pm10 > 50 for 10 min"),))
    alarms = watch.look(frame([60, 10]), 0, 0, ())
    alarms = watch.look(frame([10, 60]), 300, 300, alarms)  # another sensor: its time begins anew
    assert watch.look(frame([10, 60]), 800, 800, alarms) == ()
    alarms = watch.look(frame([10, 60]), 900, 900, alarms)
    assert [(a.raised_s, a.value, a.entities, a.is_on) for a in alarms] == [(900, 60.0, ("s1",), True)]
    assert watch.look(frame([10, 70]), 1000, 1000, alarms) == alarms
    over = watch.look(frame([10, 20]), 1100, 1100, alarms)
    assert (over[0].over_s, over[0].is_on) == (1100, False)


def test_silence_raises_though_no_frame_comes() -> None:
    watch = Watch("air", (WatchRule("no message for 5 min"),))
    assert watch.look(frame([1.0]), 299, 0, ()) == ()
    assert watch.look(frame([1.0]), 300, 0, ())[0].value == 300


def test_only_things_inside_the_area_count() -> None:
    watch = Watch("air", (WatchRule("> 1 sensors in this area", area=SQUARE),))
    assert len(watch.look(frame([1, 2]), 0, 0, ())) == 1
    assert watch.look(frame([1, 2], lon=26.0), 0, 0, ()) == ()
    assert inside(np.array([[24.5, 60.5], [np.nan, 60.5], [25.5, 60.5]]), SQUARE).tolist() == [True, False, False]


def test_an_alarm_is_acknowledged_with_a_note() -> None:
    alarms = Watch("air", (WatchRule("pm10 > 50"),)).look(frame([60]), 5, 5, ())
    noted = acknowledged(alarms, alarms[0].id, "road works", 9.0)
    assert (noted[0].note, noted[0].acknowledged_s) == ("road works", 9.0)


def test_a_rule_that_cannot_be_read_does_not_stop_the_others() -> None:
    watch = Watch("air", (WatchRule("nonsense"), WatchRule("pm10 > 50")))
    assert len(watch.look(frame([60]), 5, 5, ())) == 1
    assert list(watch.wrong) == ["nonsense"]
