"""Rules held against frames: what swings, what comes late or not at all, clocks that jump, areas with holes."""

from __future__ import annotations

import numpy as np
import pytest

from twin.alarms import Alarm
from twin.entities import EntityFrame
from twin.feed import WatchRule
from twin.watch import REST_S, Watch, inside

SQUARE = ((24.0, 60.0), (25.0, 60.0), (25.0, 61.0), (24.0, 61.0))
HOLE = ((24.4, 60.4), (24.6, 60.4), (24.6, 60.6), (24.4, 60.6))


def frame(values: dict[str, float], at_s: float = 0.0, *, lon: float = 24.5, name: str = "pm10") -> EntityFrame:
    n = len(values)
    nan, said = np.full(n, np.nan), np.full(n, at_s)
    column = np.array(list(values.values()), float)
    return EntityFrame("air", np.array([*values], object), np.tile([lon, 60.5], (n, 1)), nan, said, nan, nan,
                       {name: column}, at_s, heard_s=said)  # fmt: skip


def looked(watch: Watch, *frames: EntityFrame, heard_s: float | None = None) -> tuple[Alarm, ...]:
    alarms: tuple[Alarm, ...] = ()
    for one in frames:
        alarms = watch.look(one, one.at_s, one.at_s if heard_s is None else heard_s, alarms)
    return alarms


def test_a_value_that_swings_about_the_limit_is_one_alarm() -> None:
    watch = Watch("air", (WatchRule("pm10 > 50"),))
    alarms = looked(watch, *(frame({"a": 51 if second % 2 else 49}, second) for second in range(40)))
    assert [(a.times, a.is_on) for a in alarms] == [(20, True)]
    after = watch.look(frame({"a": 40}), 100, 100, alarms)
    (first, second) = watch.look(frame({"a": 60}), 100 + REST_S, 100 + REST_S, after)
    assert (first.is_on, second.is_on) == (False, True)


def test_with_a_margin_an_alarm_is_over_only_behind_it() -> None:
    watch = Watch("air", (WatchRule("pm10 > 50 for 10 s", margin=5),))
    raised = looked(watch, frame({"a": 52}, 0), frame({"a": 48}, 5), frame({"a": 52}, 6), frame({"a": 52}, 15))
    assert raised == ()  # before it is raised, only the number counts
    alarms = looked(watch, frame({"a": 52}, 16), frame({"a": 46}, 17))
    assert alarms[0].is_on
    assert watch.look(frame({"a": 44}, 18), 18, 18, alarms)[0].over_s == 18


def test_a_thing_that_leaves_begins_anew_when_it_comes_back() -> None:
    watch = Watch("air", (WatchRule("pm10 > 50 for 10 s"),))
    assert looked(watch, frame({"a": 60}, 0), frame({"b": 1}, 5), frame({"a": 60}, 6), frame({"a": 60}, 15)) == ()
    (alarm,) = looked(watch, frame({"a": 60, "b": 1}, 16))
    assert alarm.entities == ("a",)
    assert watch.look(frame({"b": 1}, 17), 17, 17, (alarm,))[0].over_s == 17


def test_what_is_no_number_raises_nothing_and_ends_nothing_else() -> None:
    watch = Watch("air", (WatchRule("pm10 > 50"), WatchRule("mean pm10 > 50"), WatchRule("all pm10 > 50")))
    assert looked(watch, frame({"a": np.nan, "b": np.nan})) == ()
    assert len(looked(watch, frame({"a": np.nan, "b": 60.0}, 1))) == 3
    assert looked(Watch("air", (WatchRule("> 0 stations"),)), frame({})) == ()


def test_a_value_that_nobody_says_is_told_with_those_that_there_are() -> None:
    watch = Watch("air", (WatchRule("pm11 > 50"),))
    assert looked(watch, frame({"a": 60})) == ()
    (told,) = watch.unknown.values()
    assert '"pm11"' in told
    assert "pm10" in told
    looked(watch, frame({"a": 60}, name="PM11"))
    assert not watch.unknown


def test_a_clock_that_is_set_back_neither_holds_up_nor_hurries_alarms() -> None:
    watch = Watch("air", (WatchRule("pm10 > 50 for 10 s"), WatchRule("no message for 5 min")))
    alarms = looked(watch, frame({"a": 60}, 7200))
    for at_s in (0, 9):
        alarms = watch.look(frame({"a": 60}, at_s), at_s, at_s, alarms)
    assert alarms == ()
    alarms = watch.look(frame({"a": 60}, 10), 10, 10, alarms)
    assert [a.raised_s for a in alarms] == [10]
    assert [a.raised_s for a in watch.look(frame({"a": 60}, 10), 310, 10, alarms)] == [10, 310]


def test_holes_of_an_area_and_its_other_parts_are_known() -> None:
    other = ((26.0, 60.0), (27.0, 60.0), (27.0, 61.0))
    places = np.array([[24.1, 60.5], [24.5, 60.5], [26.9, 60.5], [25.5, 60.5], [np.nan, 60.5]])
    assert inside(places, SQUARE, HOLE, other).tolist() == [True, False, True, False, False]
    rule = WatchRule("> 0 stations in this area", area=SQUARE, rings=(HOLE,))
    assert looked(Watch("air", (rule,)), frame({"a": 1}, lon=24.5)) == ()
    assert len(looked(Watch("air", (rule,)), frame({"a": 1}, lon=24.2))) == 1


def test_silence_in_an_area_is_not_broken_elsewhere() -> None:
    watch = Watch("air", (WatchRule("no message in this area for 1 min", area=SQUARE),))
    assert looked(watch, frame({"a": 1}, 0)) == ()
    assert watch.look(frame({"b": 1}, 59, lon=26.0), 59, 59, ()) == ()
    assert [a.value for a in watch.look(frame({"b": 1}, 60, lon=26.0), 60, 60, ())] == [60]


def test_before_anything_came_there_is_nothing_to_count() -> None:
    watch = Watch("air", (WatchRule("< 5 stations"),))
    assert watch.look(frame({}), 0, 0, (), has_come=False) == ()
    assert len(watch.look(frame({}), 1, 1, ())) == 1


@pytest.mark.parametrize(("rule", "why"), [
    (WatchRule("> 3 buses in this area"), "not known where"),
    (WatchRule('> 3 buses in "Old Town"'), '"Old Town"'),
    (WatchRule("> 3 buses", area=((24.0, 60.0), (25.0, 60.0), (24.5, 60.0))), "no inside"),
])  # fmt: skip
def test_a_rule_about_an_area_that_is_nowhere_says_so(rule: WatchRule, why: str) -> None:
    watch = Watch("air", (rule,))
    assert looked(watch, frame({"a": 1})) == ()
    assert why in watch.wrong[rule.text]


def test_an_alarm_that_is_on_is_gone_on_with_after_a_restart() -> None:
    rules = (WatchRule("pm10 > 50", name="dust"),)
    alarms = looked(Watch("air", rules), frame({"a": 60}, 0))
    again = Watch("air", rules, alarms)
    assert again.look(frame({"a": 60}, 10), 10, 10, alarms) == alarms
    assert again.look(frame({"a": 10}, 11), 11, 11, alarms)[0].over_s == 11


def test_two_runs_raise_the_same_alarm_under_the_same_name() -> None:
    one, two = (looked(Watch("air", (WatchRule("pm10 > 50"),)), frame({"a": 60}, 5)) for _ in range(2))
    assert one == two
