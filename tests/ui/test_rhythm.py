"""How often live values give other colours, and whether there is time for a resting picture between them."""

from __future__ import annotations

from ui.pictures import Rhythm


def beating(every_s: float, times: int = 30) -> tuple[Rhythm, float]:
    rhythm, now_s = Rhythm(), 100.0
    for _ in range(times):
        now_s += every_s
        rhythm.beat(now_s)
    return rhythm, now_s


def test_colours_that_change_five_times_a_second_never_rest() -> None:
    rhythm, now_s = beating(0.2)
    assert abs(rhythm.usual_s - 0.2) < 0.01
    assert not rhythm.rests(now_s + 0.25)
    assert rhythm.rests(now_s + 0.35)  # they have stopped


def test_colours_that_change_now_and_then_rest_soon() -> None:
    rhythm, now_s = beating(10.0)
    assert not rhythm.rests(now_s + 0.2)
    assert rhythm.rests(now_s + 0.4)


def test_a_resting_picture_is_begun_only_where_it_is_there_in_time() -> None:
    rhythm, _ = beating(0.5)
    assert rhythm.has_time_for(0.1)
    assert not rhythm.has_time_for(0.4)


def test_a_resting_picture_that_came_too_late_is_not_begun_again_soon() -> None:
    rhythm, now_s = beating(0.5)
    rhythm.resting_since_s = now_s
    rhythm.missed(now_s + 0.5)
    assert not rhythm.has_time_for(0.1)
    assert any(rhythm.has_time_for(0.1) for _ in range(60))  # but it is tried again


def test_how_long_a_resting_picture_took_is_remembered() -> None:
    rhythm, now_s = beating(0.5)
    rhythm.resting_since_s = now_s
    rhythm.rested(now_s + 0.3)
    assert not rhythm.has_time_for(0.1)
