"""The process of live data ends by itself, or cannot do all that is asked: its owner goes on, and says so."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from data.recording import Recording
from tests.data.conftest import Broker
from twin.feed import FeedState, FeedStatus, FeedWish
from ui.feeding import Collected, Feeding


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    one = Broker(tmp_path)
    yield one
    one.kill()


class Owner:
    """Collects what came until something is so."""

    def __init__(self, feeding: Feeding) -> None:
        self.feeding, self.status = feeding, FeedStatus("f")
        self.all: list[Collected] = []

    def until(self, is_so: Any, timeout_s: float = 10.0) -> None:
        end = time.monotonic() + timeout_s
        while time.monotonic() < end:
            collected = self.feeding.collect(0.05)
            self.status = (collected.statuses or {}).get("f", self.status)
            if collected.errors or collected.restarts:
                self.all.append(collected)
            if is_so(self.status):
                return
        raise AssertionError(f"it did not come to be so: {self.status} {self.all}")


def bus(name: str) -> tuple[str, bytes]:
    return "city", json.dumps({"id": name, "lon": 24.9, "lat": 60.1, "time": time.time()}).encode()


def test_a_killed_process_is_replaced_and_counting_and_recording_go_on(broker: Broker, tmp_path: Path) -> None:
    kept = tmp_path / "day.jsonl.zst"
    with Feeding() as feeding:
        owner = Owner(feeding)
        feeding.open(FeedWish("f", "f", f"mqtt://127.0.0.1:{broker.port}/city"))
        owner.until(lambda s: s.subscribed_s)
        feeding.record("f", kept)  # asked for later than the feed: it must be gone on with, too
        owner.until(lambda s: s.recording)
        broker.publish(bus("a"), bus("b"))
        owner.until(lambda s: s.messages == 2)
        time.sleep(1.0)  # what is written within the last second may be lost
        next(p for p in psutil.Process().children() if "spawn_main" in " ".join(p.cmdline())).kill()
        owner.until(lambda s: s.state is FeedState.RECONNECTING)
        assert "ended unexpectedly" in owner.status.reason
        assert owner.status.messages == 2
        owner.until(lambda s: s.state is FeedState.LIVE)
        broker.publish(bus("c"))
        owner.until(lambda s: s.messages == 3)
        assert owner.status.reconnects == 1
        assert len(owner.all) == 1
    assert Recording(kept).messages == 3


def test_a_feed_whose_recording_cannot_be_written_is_listened_to_all_the_same(broker: Broker, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    with Feeding() as feeding:
        owner = Owner(feeding)
        url = f"mqtt://127.0.0.1:{broker.port}/city"
        feeding.open(FeedWish("f", "f", url), record_to=tmp_path / "file" / "day.jsonl.zst")
        owner.until(lambda s: s.subscribed_s)
        assert "recording cannot be written" in str(owner.all[0].errors[0])
        feeding.record("f", tmp_path / "file" / "other.jsonl.zst")
        owner.until(lambda _: len(owner.all) == 2)
        broker.publish(bus("a"))
        owner.until(lambda s: s.messages == 1)


@pytest.mark.parametrize("words", ["qos=7", "qos=x", "interval=never"])
def test_words_of_an_address_that_mean_nothing_end_one_feed_alone(words: str, broker: Broker) -> None:
    with Feeding() as feeding:
        owner = Owner(feeding)
        feeding.open(FeedWish("f", "f", f"mqtt://127.0.0.1:{broker.port}/city"))
        scheme = "http" if words.startswith("interval") else "mqtt"
        feeding.open(FeedWish("bad", "bad", f"{scheme}://127.0.0.1:{broker.port}/city?{words}"))
        owner.until(lambda s: s.subscribed_s)
        assert not any(c.restarts for c in owner.all)
