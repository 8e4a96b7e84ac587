"""What a policy holds back is nowhere: not in frames, recordings, alarms or what is made of them again."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import zstandard

from data.feeds.host import FeedHost
from data.feeds.mapping import propose
from data.feeds.run import FeedRun
from data.privacy import Door, shown_frame, stricter
from data.recording import Player, Recording
from twin.entities import DAY_S, Entities, EntityBatch
from twin.feed import FeedState, FeedWish, Mapping, Privacy, WatchRule

MAPPING = Mapping(id="id", lon="lon", lat="lat", time="time")
MIDNIGHT = 20_372 * DAY_S  # UTC


def batch(ids: list[str], at_s: float, lon: float = 24.94, **values: list[float]) -> EntityBatch:
    n = len(ids)
    columns = {name: np.array(column, float) for name, column in values.items()}
    return EntityBatch(ids, at_s, np.full(n, lon), np.full(n, 60.17), np.full(n, np.nan), values=columns)


def read(path: Path) -> bytes:
    with path.open("rb") as file:
        return zstandard.ZstdDecompressor().stream_reader(file, read_across_frames=True).read()


def test_fields_about_persons_are_not_proposed_wherever_they_stand() -> None:
    sample = [
        {"id": f"s{i}", "lon": 24.9, "lat": 60.2 + i / 100, "pm10": i, "operator_email": "a@x.de", "plate": f"HH {i}",
         "driver": {"name": "Anna", "phone": "+49 170 1", "shift": {"begins": i}}}
        for i in range(20)
    ]  # fmt: skip
    found = propose(sample)
    assert [name for name, _ in found.mapping.values] == ["pm10"]
    assert {"driver.name", "driver.phone", "driver.shift.begins", "operator_email", "plate"} <= set(found.left_out)
    assert not any(seen.path in found.left_out for seen in found.seen)  # nor shown as an example


def test_values_that_say_the_name_or_the_place_once_more_are_left_out(tmp_path: Path) -> None:
    policy = Privacy(is_id_hashed=True, grid_m=200)
    run = FeedRun(FeedWish("f", "", "mqtt://h/t", privacy=policy), lambda: None, clock=lambda: MIDNIGHT)
    run.record(tmp_path / "a.jsonl.zst")
    run.tell(FeedState.LIVE, "")
    for i in range(25):
        place = {"lon": 24.94123 + i / 1e4, "lat": 60.17123, "gps_lon": 24.94123 + i / 1e4}
        told = {"id": f"bus-{7000 + i}", "fleet": 7000 + i, "load": i % 4, "driver": {"name": "Anna"}, **place}
        run.inbox.put(json.dumps(told).encode())
    frame = run.step()
    run.close()
    assert frame is not None
    assert list(frame.values) == ["load"]
    text = read(tmp_path / "a.jsonl.zst")
    assert b'"load"' in text
    assert not any(raw in text for raw in (b"bus-70", b"7012,", b"24.94123", b"60.17123", b"Anna"))


def test_a_field_that_is_dropped_takes_with_it_what_is_below_it() -> None:
    values = (("shift", "crew.shift"), ("load", "load"))
    mapping = Mapping(id="id", lon="lon", lat="lat", time="time", speed="v.speed", values=values)
    wish = FeedWish("f", "", "mqtt://h/t", mapping, privacy=Privacy(dropped_fields=("crew", "Speed")))
    run = FeedRun(wish, lambda: None, clock=lambda: MIDNIGHT)
    told = {"id": "a", "lon": 24.9, "lat": 60.1, "v": {"speed": 9}, "crew": {"shift": 2}, "load": 3, "time": MIDNIGHT}
    run.inbox.put(json.dumps(told).encode())
    frame = run.step()
    assert frame is not None
    assert list(frame.values) == ["load"]
    assert np.isnan(frame.speed_mps).all()


def test_at_midnight_utc_yesterdays_names_are_gone_and_nothing_is_there_twice() -> None:
    door, entities = Door(Privacy(is_id_hashed=True)), Entities(expiry_s=300, is_renamed_daily=True)
    entities.update(door.passed(batch(["bus 1", "bus 2"], MIDNIGHT - 1)))
    before = set(entities.frame(MIDNIGHT).ids)
    entities.update(door.passed(batch(["bus 1"], MIDNIGHT)))
    after = set(entities.frame(MIDNIGHT).ids)
    assert (len(before), len(after)) == (2, 1)
    assert not before & after
    assert door.passed(batch(["bus 1"], MIDNIGHT + 3600)).ids[0] in after  # the same all day


def test_a_feed_that_is_opened_again_has_another_key() -> None:
    one, two = (Door(Privacy(is_id_hashed=True)).passed(batch(["bus 1"], MIDNIGHT)).ids for _ in range(2))
    assert list(one) != list(two)


def test_a_recording_keeps_its_promise_however_it_is_played(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl.zst"
    wish = FeedWish("f", "", "mqtt://h/t", MAPPING, privacy=Privacy(minimum_count=3))
    run = FeedRun(wish, lambda: None, clock=lambda: MIDNIGHT)
    run.record(path)
    for i in range(4):
        run.inbox.put(json.dumps({"id": str(i), "lon": 24.9 + (i == 3), "lat": 60.1, "time": MIDNIGHT}).encode())
    run.step()
    run.close()
    recording = Recording(path)
    assert len(recording.frame(MIDNIGHT + 1)) == 3
    assert len(Player(recording, Privacy(minimum_count=4)).frame(MIDNIGHT + 1)) == 0  # the project's is stricter now
    host = FeedHost()
    try:
        host.open(FeedWish("again", "", f"file://{path}?speed=0"))
        assert host.runs["again"].wish.privacy.minimum_count == 3
    finally:
        host.close()


def test_alarms_know_of_what_is_shown_only() -> None:
    clock = [MIDNIGHT]
    rules = (WatchRule("> 0 buses"), WatchRule("load > 50"))
    mapping = replace(MAPPING, values=(("load", "load"),))
    wish = FeedWish("f", "", "mqtt://h/t", mapping, privacy=Privacy(minimum_count=2), rules=rules)
    run = FeedRun(wish, lambda: None, clock=lambda: clock[0])
    run.tell(FeedState.LIVE, "")
    run.step()
    run.inbox.put(json.dumps({"id": "alone", "lon": 24.9, "lat": 60.1, "time": MIDNIGHT, "load": 99}).encode())
    for _ in range(3):
        clock[0] += 1
        run.step()
    assert run.status().alarms == ()


def test_a_flow_is_shown_where_both_its_ends_are_shared() -> None:
    entities = Entities(expiry_s=0)
    ends = np.array([25.1, 25.1, 25.7])
    flows = replace(batch(["a", "b", "c"], 0.0), end_lon=ends, end_lat=np.full(3, 60.3))
    entities.update(flows)
    shown, held_back = shown_frame(entities.frame(1.0), Privacy(minimum_count=2))
    assert (list(shown.ids), held_back) == (["a", "b"], 1)


def test_of_two_policies_the_stricter_parts_count() -> None:
    one = Privacy(is_id_hashed=True, grid_m=100, keep_days=7, dropped_fields=("a",))
    other = Privacy(grid_m=50, minimum_count=5, keep_days=30, dropped_fields=("b",))
    assert stricter(one, other) == Privacy(
        is_id_hashed=True, grid_m=100, minimum_count=5, keep_days=7, dropped_fields=("a", "b")
    )
