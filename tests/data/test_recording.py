"""Recordings: what was shown live is shown again, whatever became of the writer, the disk and the clock."""

from __future__ import annotations

import json
import multiprocessing
import os
import resource
import shutil
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from data.feeds.run import FeedRun
from data.recorder import Recorder
from data.recording import Player, Recording
from data.retention import purge
from twin.entities import Entities, EntityBatch, EntityFrame
from twin.errors import FeedError
from twin.feed import FeedState, FeedWish, Mapping, Privacy

NOON = 1_760_000_000.0
WISH = FeedWish("buses", "Buses", "mqtt://host/buses", Mapping(id="id", lon="lon", lat="lat", time="t"))


def batch(at_s: float, n: int = 50, seed: int = 0) -> EntityBatch:
    rng = np.random.default_rng(seed)
    column = lambda: rng.random(n).round(7)  # noqa: E731
    words = np.empty(n, object)
    words[:] = [None if i % 3 else f"line {i}" for i in range(n)]
    return EntityBatch([f"bus {i}" for i in range(n)], at_s, 24 + column(), 60 + column(),
                       np.full(n, round(at_s - 0.25, 3)),
                       heading_rad=np.radians((column() * 359).round(1)), speed_mps=column().round(2),
                       values={"pm10": column(), "line": words})  # fmt: skip


def recorded(path: Path, seconds: int, *, step_s: float = 1.0, n: int = 50) -> list[EntityFrame]:
    """Record and return the frames that were live."""
    recorder, entities, frames = Recorder(path, WISH), Entities("buses"), []
    for second in range(seconds):
        at_s = NOON + second * step_s
        one = batch(at_s, n, second)
        recorder.add(one, entities, at_s, messages=n, size=n * 100, malformed=0)
        entities.update(one)
        recorder.flush(at_s)
        frames.append(entities.frame(at_s + 0.1))
    recorder.close()
    return frames


def same(one: EntityFrame, other: EntityFrame) -> bool:
    names = ("lonlat", "z_m", "time_s", "heading_rad", "speed_mps", "heard_s")
    is_same = one.ids.tolist() == other.ids.tolist() and one.values.keys() == other.values.keys()
    is_same &= all(np.array_equal(getattr(one, name), getattr(other, name), equal_nan=True) for name in names)
    return bool(is_same and all(one.values[k].tolist() == other.values[k].tolist() for k in one.values))


def test_every_frame_is_as_it_was_live_forwards_and_from_anywhere(tmp_path: Path) -> None:
    frames = recorded(tmp_path / "a.jsonl.zst", 100)
    recording = Recording(tmp_path / "a.jsonl.zst")
    player = Player(recording)
    assert len(recording.groups) >= 3  # groups of 30 s
    assert all(same(player.frame(frame.at_s), frame) for frame in frames)
    assert all(same(recording.frame(frames[i].at_s), frames[i]) for i in (99, 0, 61, 30, 29, 31))
    assert all(same(player.frame(frames[i].at_s), frames[i]) for i in (70, 5, 6, 95))


def test_what_a_feed_showed_is_shown_again(tmp_path: Path) -> None:
    clock = [NOON]
    run = FeedRun(WISH, lambda: None, clock=lambda: clock[0])
    run.record(tmp_path / "a.jsonl.zst")
    frames = []
    for step in range(300):
        clock[0] += 0.05
        for i in range(step % 7):
            name = f"v{(step * i) % 40}"
            said = {"id": name, "lon": 24 + step / 999, "lat": 60.123456789, "t": clock[0] - i, "hdg": step % 360}
            run.inbox.put(json.dumps(said | ({"pm10": step} if i % 2 else {})).encode())
        run.inbox.put(b'{"id": ')
        frame = run.step()
        frames += [frame] if frame is not None else []
    run.close()
    recording = Recording(tmp_path / "a.jsonl.zst")
    assert len(frames) > 100
    assert all(same(recording.frame(f.at_s), f) for f in frames)
    assert (recording.messages, sum(g.malformed for g in recording.groups)) == (run.status().messages, 300)


def test_public_tools_read_it(tmp_path: Path) -> None:
    recorded(tmp_path / "a.jsonl.zst", 40)
    if shutil.which("zstdcat") is None:
        pytest.skip("zstdcat is not installed")
    text = subprocess.run(["zstdcat", str(tmp_path / "a.jsonl.zst")], capture_output=True, check=True).stdout
    lines = [json.loads(line) for line in text.splitlines()]
    assert sum(len(line.get("i", [])) for line in lines) == 40 * 50
    assert lines[0]["feed"]["name"] == "Buses"


def _record_until_killed(path: Path) -> None:
    recorder, entities = Recorder(path, WISH), Entities("buses")
    while True:
        at_s = time.time()
        one = batch(at_s, 20, int(at_s * 1000))
        recorder.add(one, entities, at_s, messages=20, size=2000, malformed=0)
        entities.update(one)
        recorder.tick(at_s)
        time.sleep(0.02)


def test_a_killed_writer_loses_less_than_a_second_and_its_file_is_gone_on_with(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl.zst"
    process = multiprocessing.get_context("fork").Process(target=_record_until_killed, args=(path,))
    process.start()
    time.sleep(1.8)
    assert process.pid is not None
    killed_s = time.time()
    os.kill(process.pid, signal.SIGKILL)
    process.join()
    recording = Recording(path)
    assert killed_s - recording.end_s < 1.0
    before = recording.messages
    with path.open("ab") as file:  # half a block, as a kill in the middle of a write leaves it
        file.write(b"\xff\x17\x00half a block")
    assert Recording(path).messages == before
    recorder = Recorder(path, WISH)
    recorder.add(batch(killed_s + 60), Entities("buses"), killed_s + 60, messages=50, size=1, malformed=0)
    recorder.close()
    again = Recording(path)
    assert again.messages == before + 50
    assert [round(g.end_s - g.begin_s) for g in again.gaps()] == [60]
    if shutil.which("zstdcat"):
        subprocess.run(["zstdcat", str(path)], stdout=subprocess.DEVNULL, check=True)


def _record_on_a_full_disk(path: Path, told: Any) -> None:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # as on a full disk: the write fails, nobody is killed
    resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, resource.RLIM_INFINITY))
    clock = [NOON]
    run = FeedRun(WISH, lambda: None, clock=lambda: clock[0])
    run.record(path)
    assert run.recorder is not None
    run.tell(FeedState.LIVE, "")
    for step in range(600):
        clock[0] += 0.1
        for i in range(20):
            run.inbox.put(
                json.dumps({"id": f"v{i}", "lon": 24 + (step * i % 997) / 997, "lat": 60.0, "t": clock[0]}).encode()
            )
        run.recorder._flushed_s = -1e9
        run.step()
    full = run.status()
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    run.recorder._retry_at_s = 0.0
    clock[0] += 60
    run.inbox.put(json.dumps({"id": "last", "lon": 24.0, "lat": 60.0, "t": clock[0]}).encode())
    run.step()
    told.send((full.recording_trouble, full.messages, full.state, run.status().recording_trouble))
    run.close()


def test_a_full_disk_stops_the_recording_not_the_feed(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl.zst"
    here, there = multiprocessing.Pipe()
    process = multiprocessing.get_context("fork").Process(target=_record_on_a_full_disk, args=(path, there))
    process.start()
    trouble, messages, state, trouble_after = here.recv()
    process.join()
    assert trouble.startswith("Recording stopped: ")
    assert (messages, state) == (12_000, FeedState.LIVE)
    assert trouble_after == ""
    recording = Recording(path)
    assert 1000 < recording.messages < 12_000
    assert recording.frame(recording.end_s).ids.tolist()[-1] == "last"
    assert len(recording.gaps()) == 1


def test_a_clock_that_is_set_back_breaks_nothing(tmp_path: Path) -> None:
    clock = [NOON]
    run = FeedRun(WISH, lambda: None, clock=lambda: clock[0])
    run.record(tmp_path / "a.jsonl.zst")
    for jump in (0, 5, -3600, 5, 86_400):
        clock[0] += jump
        for step in range(20):
            clock[0] += 0.1
            run.inbox.put(json.dumps({"id": "bus", "lon": 24 + step / 100, "lat": 60.0, "t": clock[0]}).encode())
            run.step()
    run.close()
    assert run.frame is not None
    assert run.frame.lonlat[0, 0] == 24.19
    assert "clock_set_back" in {p.kind for p in run.status().problems}
    recording = Recording(tmp_path / "a.jsonl.zst")
    assert recording.messages == 100
    assert same(recording.frame(run.frame.at_s), run.frame)


def test_gaps_and_a_histogram_tell_when_nothing_came(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl.zst"
    recorder, entities = Recorder(path, WISH), Entities("buses")
    for second in [*range(20), *range(80, 100)]:
        recorder.add(batch(NOON + second, 5), entities, NOON + second, messages=5, size=1, malformed=0)
    recorder.close()
    recording = Recording(path)
    assert [(g.begin_s - NOON, g.end_s - NOON) for g in recording.gaps()] == [(19.0, 80.0)]
    assert recording.histogram(NOON, NOON + 100, 5).tolist() == [100, 0, 0, 0, 100]


def test_personal_things_are_gone_before_they_are_stored(tmp_path: Path) -> None:
    policy = Privacy(is_id_hashed=True, grid_m=200, minimum_count=2, dropped_fields=("driver",))
    mapping = Mapping(id="id", lon="lon", lat="lat", time="t", values=(("driver", "driver"), ("load", "load")))
    clock = [NOON]
    run = FeedRun(FeedWish("f", "", "mqtt://h/t", mapping, privacy=policy), lambda: None, clock=lambda: clock[0])
    run.record(tmp_path / "a.jsonl.zst")
    for name, lon in (("AB-123", 24.95001), ("AB-124", 24.95002), ("XY-9", 25.5)):
        run.inbox.put(
            json.dumps({"id": name, "lon": lon, "lat": 60.17, "t": NOON, "driver": "Virtanen", "load": 3}).encode()
        )
    first = run.step()
    assert first is not None
    assert (len(first), run.status().held_back) == (2, 1)  # one alone in its square is not shown
    assert first.lonlat[0].tolist() == first.lonlat[1].tolist()
    clock[0] += 86_400
    run.inbox.put(json.dumps({"id": "AB-123", "lon": 24.95, "lat": 60.17, "t": clock[0]}).encode())
    run.step()
    hashed = run.entities.frame(clock[0]).ids
    assert set(first.ids).isdisjoint(hashed)  # the key is another each day
    run.close()
    recording = Recording(tmp_path / "a.jsonl.zst")
    text = b"".join(json.dumps(str(line)).encode() for line, _ in recording.batches())
    assert not any(word in text for word in (b"AB-12", b"XY-9", b"Virtanen", b"24.95001"))
    assert len(recording.frame(NOON + 1)) == 2


def test_recordings_past_their_time_are_removed(tmp_path: Path) -> None:
    wish = FeedWish("f", "", "mqtt://h/t", privacy=Privacy(keep_days=1))
    for name, begins_s in (("old", NOON - 3 * 86_400), ("half", NOON - 1.5 * 86_400), ("kept", NOON - 3600)):
        recorder, entities = Recorder(tmp_path / f"{name}.jsonl.zst", wish), Entities("f")
        for part in range(2):
            at_s = begins_s + part * 86_400 / 1.2
            recorder.add(batch(at_s), entities, at_s, messages=1, size=1, malformed=0)
            entities.update(batch(at_s))
            recorder._group_bytes = 10**9
            recorder.flush(at_s)
        recorder.close()
    recorded(tmp_path / "for ever.jsonl.zst", 2)
    removed = purge(tmp_path, now_s=NOON)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["for ever.jsonl.zst", "half.jsonl.zst", "kept.jsonl.zst"]
    assert len(removed) == 2
    left = Recording(tmp_path / "half.jsonl.zst")
    assert left.begin_s > NOON - 86_400
    assert len(left.frame(left.end_s)) == 50


def test_what_is_no_recording_is_said(tmp_path: Path) -> None:
    other = tmp_path / "a.jsonl.zst"
    for content in (b"", b"hello world", b"\x28\xb5\x2f\xfd", os.urandom(1000)):
        other.write_bytes(content)
        with pytest.raises(FeedError):
            Recording(other)
    other.write_bytes(b"a diary")
    with pytest.raises(FeedError, match="no recording"):
        Recorder(other, WISH)
    assert other.read_bytes() == b"a diary"
