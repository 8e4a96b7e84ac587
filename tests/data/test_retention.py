"""Recordings are kept as long as their feed's policy says, whoever writes them and whatever stops the app."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
from pathlib import Path

import numpy as np
import pytest

from data.feeds.run import FeedRun
from data.recorder import Recorder
from data.recording import Recording
from data.retention import purge
from twin.entities import DAY_S, Entities, EntityBatch
from twin.errors import FeedError
from twin.feed import FeedState, FeedWish, Mapping, Privacy

NOON = 1_760_000_400.0
MAPPING = Mapping(id="id", lon="lon", lat="lat", time="t")


def wish(days: float) -> FeedWish:
    return FeedWish("f", "", "mqtt://h/t", MAPPING, privacy=Privacy(keep_days=days))


def batch(at_s: float, n: int = 20) -> EntityBatch:
    places = np.random.default_rng(int(at_s)).random(n).round(7)
    return EntityBatch([f"bus {i}" for i in range(n)], at_s, 24 + places, 60 + places, np.full(n, at_s))


def recorded(path: Path, moments: list[float], days: float) -> Recorder:
    recorder, entities = Recorder(path, wish(days)), Entities("f")
    for at_s in moments:
        recorder.add(batch(at_s), entities, at_s, messages=1, size=1, malformed=0)
        entities.update(batch(at_s))
        recorder._group_bytes = 10**9
        recorder.flush(at_s)
    return recorder


def test_only_what_is_too_old_goes_and_nothing_beside_it(tmp_path: Path) -> None:
    recorded(tmp_path / "a.jsonl.zst", [NOON - 3 * DAY_S, NOON - 2.9 * DAY_S], 1).close()
    recorded(tmp_path / "b.ctrec", [NOON - 2 * DAY_S, NOON - 60, NOON], 1).close()
    for name in ("notes.txt", "a.jsonl", "views.toml"):
        (tmp_path / name).write_text("mine")
    (tmp_path / "diary.jsonl.zst").write_bytes(b"no recording")
    (tmp_path / "folder.ctrec").mkdir()
    told = purge(tmp_path, now_s=NOON)
    assert told == [
        "a.jsonl.zst was removed: it may be kept 1 day.",
        "b.ctrec was shortened: it may be kept 1 day.",
    ]
    left = {p.name for p in tmp_path.iterdir()}
    assert left == {"b.ctrec", "notes.txt", "a.jsonl", "views.toml", "diary.jsonl.zst", "folder.ctrec"}
    recording = Recording(tmp_path / "b.ctrec")
    assert (recording.begin_s, recording.end_s) == (NOON - 60, NOON)
    assert [(gap.begin_s, gap.end_s) for gap in recording.gaps()] == [(NOON - 60, NOON)]  # none from what is gone
    assert recording.frame(NOON).lonlat[3, 0] == batch(NOON).lon[3]


def test_the_strictest_policy_counts(tmp_path: Path) -> None:
    recorded(tmp_path / "a.ctrec", [NOON - 2 * DAY_S], 30).close()
    assert purge(tmp_path, now_s=NOON, keep_days={"f": 0.0, "other": 1.0}) == []
    assert len(purge(tmp_path, now_s=NOON, keep_days={"f": 1.0})) == 1


def test_a_recording_that_is_written_is_left_to_its_writer(tmp_path: Path) -> None:
    recorder = recorded(tmp_path / "a.ctrec", [NOON - 2 * DAY_S, NOON], 1)
    before = (tmp_path / "a.ctrec").read_bytes()
    assert purge(tmp_path, now_s=NOON) == []
    assert (tmp_path / "a.ctrec").read_bytes() == before
    with pytest.raises(FeedError, match="being written by another"):
        Recorder(tmp_path / "a.ctrec", wish(1))
    recorder.tick(NOON + 1)  # it looks itself, once an hour
    assert Recording(tmp_path / "a.ctrec").begin_s == NOON
    later = batch(NOON + 5)
    recorder.add(later, Entities("f"), NOON + 5, messages=1, size=1, malformed=0)
    recorder.close()
    again = Recording(tmp_path / "a.ctrec")
    assert (again.begin_s, again.end_s, again.messages) == (NOON, NOON + 5, 2)


def test_a_feed_that_runs_for_days_keeps_the_last_one_only(tmp_path: Path) -> None:
    clock = [NOON]
    run = FeedRun(wish(0.5), lambda: None, clock=lambda: clock[0])
    run.record(tmp_path / "a.jsonl.zst")
    run.tell(FeedState.LIVE, "")
    for hour in range(40):
        clock[0] = NOON + hour * 3600
        run.inbox.put(json.dumps({"id": "bus", "lon": 24.9, "lat": 60.1, "t": clock[0]}).encode())
        run.step()
        assert run.recorder is not None
        run.recorder.flush(clock[0])
    run.close()
    recording = Recording(tmp_path / "a.jsonl.zst")
    kept_h = (recording.end_s - recording.begin_s) / 3600
    assert 11 <= kept_h <= 14  # 12 hours, an hour between two looks, and a group of at most half an hour
    assert len(recording.frame(recording.end_s)) == 1


def _stopped_while_shortening(folder: Path) -> None:
    os.fsync = lambda _file: os.kill(os.getpid(), signal.SIGKILL)  # type: ignore[assignment]
    purge(folder, now_s=NOON)


def test_a_purge_that_is_killed_leaves_the_recording_whole_and_the_next_one_cleans_up(tmp_path: Path) -> None:
    path = tmp_path / "a.ctrec"
    recorded(path, [NOON - 2 * DAY_S, NOON], 1).close()
    before = path.read_bytes()
    process = multiprocessing.get_context("fork").Process(target=_stopped_while_shortening, args=(tmp_path,))
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL
    assert path.read_bytes() == before
    assert len(list(tmp_path.iterdir())) == 2  # what was half written
    (tmp_path / ".gone.ctrec.part").write_bytes(b"of a recording that was removed meanwhile")
    assert len(purge(tmp_path, now_s=NOON)) == 1
    assert [p.name for p in tmp_path.iterdir()] == ["a.ctrec"]
    assert Recording(path).begin_s == NOON
