"""Recordings that were damaged, moved or cut: the rest is read as it was, and what is wrong is said."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from data.feeds.run import FeedRun
from data.recorder import Recorder
from data.recording import Player, Recording
from tests.data.test_recording import NOON, WISH, batch, recorded, same
from twin.entities import Entities, EntityFrame
from twin.errors import FeedError
from twin.feed import FeedWish, Mapping, Privacy
from ui.commands.replay import play


def test_bytes_that_are_flipped_cost_no_more_than_their_group(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl.zst"
    frames = recorded(path, 150)
    whole, groups = path.read_bytes(), Recording(path).groups
    chance = random.Random(7)  # noqa: S311
    for _ in range(25):
        hit = chance.choice(groups)
        spoilt = bytearray(whole)
        place = hit.offset + chance.randrange(hit.size)
        spoilt[place] ^= chance.randrange(1, 256)
        path.write_bytes(spoilt)
        player = Player(Recording(path))
        for frame in frames:
            shown = player.frame(frame.at_s, is_through=True)
            if not hit.begin_s <= frame.at_s < hit.end_s + 1.0:
                assert same(shown, frame)
        assert "1 part is damaged" in player.recording.trouble


@pytest.mark.parametrize("behind", [0, 1, 7, 40, 200])
def test_a_broken_trailer_costs_nothing(tmp_path: Path, behind: int) -> None:
    """It says what is in its group; that can be read from the group, too."""
    path = tmp_path / "a.jsonl.zst"
    frames = recorded(path, 150)
    group = Recording(path).groups[1]
    spoilt = bytearray(path.read_bytes())
    spoilt[group.offset + group.size + behind] ^= 0x55
    path.write_bytes(spoilt)
    recording = Recording(path)
    assert recording.messages == 150 * 50
    assert all(same(recording.frame(frames[i].at_s), frames[i]) for i in (10, 45, 80, 149))


def test_a_replay_counts_all_that_lies_between_its_steps(tmp_path: Path) -> None:
    """A year with a message a day is played in steps of 8.8 hours."""
    recorder, entities = Recorder(tmp_path / "a.jsonl.zst", WISH), Entities("buses", expiry_s=60)
    for day in range(366):
        at_s = NOON + day * 86_400
        one = batch(at_s, 1 + day % 3, day)
        recorder.add(one, entities, at_s, messages=1, size=10, malformed=0)
        entities.update(one)
        recorder.flush(at_s)
    recorder.close()
    played = play(Recording(tmp_path / "a.jsonl.zst"), float("inf"))
    assert (played["messages"], played["entities"], played["trouble"]) == (366, 3, None)


def test_a_recording_without_anything_in_it_says_so(tmp_path: Path) -> None:
    Recorder(tmp_path / "a.jsonl.zst", WISH).close()
    with pytest.raises(FeedError, match="The recording is empty"):
        Recording(tmp_path / "a.jsonl.zst")


def test_a_recording_whose_folder_is_removed_is_begun_anew(tmp_path: Path) -> None:
    path = tmp_path / "kept" / "a.jsonl.zst"
    recorder, entities = Recorder(path, WISH), Entities("buses")
    for second in range(6):
        at_s = NOON + second
        if second == 2:
            path.unlink()
            path.parent.rmdir()
        one = batch(at_s, 5, second)
        recorder.add(one, entities, at_s, messages=1, size=10, malformed=0)
        entities.update(one)
        recorder.flush(at_s)
    assert "moved or removed" in recorder.trouble
    recorder.close()
    assert Recording(path).messages == 3  # that which was on its way when the folder went is lost
    assert len(Recording(path).frame(NOON + 5.5)) == 5


def said(chance: random.Random, at_s: float) -> dict[str, Any]:
    """Return one message as feeds have them: late, of the future, with what is no number, without what others say."""
    place = {"lon": 24 + chance.random(), "lat": 60 + chance.random()}
    if chance.random() < 0.1:
        place = chance.choice([{}, {"lon": None, "lat": 60}, {"lon": 0, "lat": 0}, {"lon": 500, "lat": 60}])
    more = {
        "t": at_s - chance.choice([0, 0, 1, 30, -3, -400, 3600]),
        "h": chance.choice([chance.random() * 360, 511]),
        "pm": chance.choice([chance.random(), 5, "6.5", "n/a", None]),
        "w": chance.choice(["a", "12", None]),
    }
    return {"id": f"v{chance.randrange(30)}", **place, **{k: v for k, v in more.items() if chance.random() < 0.6}}


def alike(one: EntityFrame, other: EntityFrame) -> bool:
    """Return whether frames are the same, also where nothing is known."""
    return same(replace(one, values={}), replace(other, values={})) and {
        name: [None if v != v else v for v in column.tolist()]  # noqa: PLR0124  NaN
        for name, column in one.values.items()
    } == {name: [None if v != v else v for v in column.tolist()] for name, column in other.values.items()}  # noqa: PLR0124


POLICIES = (Privacy(), Privacy(is_id_hashed=True), Privacy(grid_m=500.0), Privacy(minimum_count=2, grid_m=20_000.0))


@pytest.mark.parametrize("seed", range(8))
def test_any_stream_is_replayed_as_it_was_shown(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311
    mapping = Mapping(id="id", lon="lon", lat="lat", time="t", heading="h", values=(("pm", "pm"), ("w", "w")))
    clock = [NOON]
    expiry_s = chance.choice([0.0, 2.0, 10.0])
    run = FeedRun(FeedWish("f", "f", "", mapping, expiry_s=expiry_s, privacy=POLICIES[seed % 4]), lambda: None,
                  clock=lambda: clock[0])  # fmt: skip
    run.record(tmp_path / "a.jsonl.zst")
    frames = []
    for step in range(120):
        clock[0] += chance.choice([0.05, 0.2, 1.0, 3.0]) if step % 40 else chance.choice([400.0, -20.0, 28_800.0])
        for _ in range(chance.choice([0, 1, 5])):
            run.inbox.put(json.dumps(said(chance, clock[0])).encode())
        frame = run.step()
        frames += [frame] if frame is not None else []
    run.close()
    ends = np.array([f.at_s for f in frames])
    once = [f for i, f in enumerate(frames) if (ends[:i] < f.at_s).all() and (ends[i + 1 :] > f.at_s).all()]
    player, recording = Player(Recording(tmp_path / "a.jsonl.zst")), Recording(tmp_path / "a.jsonl.zst")
    assert len(once) > 10  # moments that a clock set back made two of cannot be told apart
    assert all(alike(player.frame(f.at_s), f) for f in once)
    assert all(alike(recording.frame(f.at_s), f) for f in chance.sample(once, 10))
