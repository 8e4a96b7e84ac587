"""A project's recorded feeds in what is drawn of it without a window, at the moment of its clock."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from data.recorder import Recorder
from twin.entities import DAY_S, Entities, EntityBatch
from twin.feed import FeedWish, Privacy
from twin.session import Session
from ui.project_recordings import is_past_time, purge_project, recording_file, show_recordings

NOON = 1_760_000_400.0


def recorded(folder: Path, feed_id: str, *, begin_s: float = NOON, privacy: Privacy = Privacy(), ending: str) -> None:  # noqa: B008
    recorder = Recorder(
        folder / "recordings" / f"{feed_id}{ending}", FeedWish(feed_id, "", "mqtt://h/t", privacy=privacy)
    )
    entities = Entities(feed_id)
    for second in range(10):
        at_s = begin_s + second
        batch = EntityBatch(
            ["a", "b"], at_s, np.array([24.9, 24.9]), 60.1 + np.arange(2) * second / 1e4, np.full(2, at_s)
        )
        recorder.add(batch, entities, at_s, messages=2, size=1, malformed=0)
        entities.update(batch)
    recorder.close()


@pytest.fixture
def city(tmp_path: Path) -> tuple[Session, Path]:
    """A session with three feeds: one is a recording, one was recorded while it was live, one was not."""
    recorded(tmp_path, "buses", ending=".jsonl.zst")
    recorded(tmp_path, "trams", begin_s=NOON + 60, ending=".ctrec")
    session = Session()
    feeds = (
        FeedWish("buses", "Buses", "recordings/buses.jsonl.zst"),
        FeedWish("trams", "Trams", "mqtt://host/trams", is_recorded=True),
        FeedWish("ships", "Ships", "mqtt://host/ships"),
        FeedWish("gone", "Gone", "recordings/gone.jsonl.zst"),
    )
    session.set_composition(replace(session.composition, feeds=feeds), is_undoable=False)
    return session, tmp_path


def test_the_moment_of_the_clock_is_shown_and_what_is_gone_is_told(city: tuple[Session, Path]) -> None:
    session, folder = city
    session.set_clock(session.clock.paused(NOON + 5.5))
    told = show_recordings(session, folder).report.sentences()
    assert session.frames["buses"].lonlat[1, 1] == 60.1 + 5 / 1e4
    assert len(session.frames["trams"]) == 0  # nothing was known of them yet
    assert "ships" not in session.frames
    assert len(told) == 1
    assert '"Gone"' in told[0]


def test_a_city_that_is_live_is_drawn_as_it_was_last_heard_of(city: tuple[Session, Path]) -> None:
    session, folder = city
    show_recordings(session, folder)
    assert session.clock.at_s == NOON + 69
    assert [len(session.frames[i]) for i in ("buses", "trams")] == [2, 2]


def test_slides_that_go_to_another_time_take_the_feeds_with_them(city: tuple[Session, Path]) -> None:
    (session, folder), hall = city, Session()
    recordings = show_recordings(session, folder)
    recordings.follow(hall)
    hall.set_clock(hall.clock.paused(NOON + 2.5))
    assert session.frames["buses"].lonlat[1, 1] == 60.1 + 2 / 1e4


def test_without_a_project_nothing_is_shown() -> None:
    session = Session()
    show_recordings(session, None)
    assert not session.frames


def test_what_is_past_its_time_is_seen_and_removed(tmp_path: Path) -> None:
    recorded(tmp_path, "buses", begin_s=time.time() - 3 * DAY_S, ending=".ctrec")
    kept, strict = (
        FeedWish("buses", "", "mqtt://h/t"),
        FeedWish("buses", "", "mqtt://h/t", privacy=Privacy(keep_days=1)),
    )
    assert recording_file(kept, tmp_path) == tmp_path / "recordings" / "buses.ctrec"
    assert not is_past_time(tmp_path, [kept], now_s=time.time())
    assert is_past_time(tmp_path, [strict], now_s=time.time())
    assert purge_project(tmp_path, [strict]) == ["buses.ctrec was removed: it may be kept 1 day."]
    assert recording_file(strict, tmp_path) is None
