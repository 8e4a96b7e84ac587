"""`citytwin feed` and `citytwin replay`, with a real broker, and the process that both windows and commands use."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest

from data.recording import Recording
from tests.data.conftest import Broker
from twin.feed import FeedState, FeedWish
from ui.cli import main
from ui.feeding import Feeding

PROJECT = Path(__file__).resolve().parents[2]


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    one = Broker(tmp_path)
    yield one
    one.kill()


def bus(name: str, lon: float = 24.9, **more: object) -> bytes:
    return json.dumps({"id": name, "lon": lon, "lat": 60.1, "time": time.time(), **more}).encode()


def until(feeding: Feeding, is_so: Any, timeout_s: float = 8.0) -> dict[str, Any]:
    known: dict[str, Any] = {"frames": {}, "statuses": {}, "errors": [], "restarts": []}
    end = time.monotonic() + timeout_s
    while time.monotonic() < end:
        collected = feeding.collect(0.05)
        known["frames"].update(collected.frames)
        known["statuses"].update(collected.statuses or {})
        known["errors"] += collected.errors
        known["restarts"] += collected.restarts
        if is_so(known):
            return known
    raise AssertionError(f"it did not come to be so: {known['statuses']}")


def test_a_feed_is_counted_recorded_and_replayed(
    broker: Broker, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stop = threading.Event()

    def publish() -> None:
        while not stop.is_set():
            broker.publish(*((f"city/{i}", bus(f"v{i}", 24 + i / 100)) for i in range(20)), ("city/0", b'{"id": "v'))
            stop.wait(0.1)

    publisher = threading.Thread(target=publish)
    publisher.start()
    kept = tmp_path / "day.jsonl.zst"
    url = f"mqtt://clerk:geheim@127.0.0.1:{broker.port}/city/#"
    try:
        assert main(["feed", url, "--seconds", "1.5", "--record", str(kept), "--json", "-q"]) == 0
    finally:
        stop.set()
        publisher.join()
    fed = json.loads(capsys.readouterr().out)
    assert fed["messages"] >= 100
    assert abs(fed["messages"] - fed["malformed"] * 21) <= 21  # the last round may be cut
    assert (fed["entities"], fed["dropped"]) == (20, 0)
    assert 1.4 < fed["seconds"] < 2.5
    assert fed["rate_per_s"] == pytest.approx(fed["messages"] / fed["seconds"], rel=0.01)
    assert 0 < fed["latency_ms"]["p50"] <= fed["latency_ms"]["p99"]
    assert b"geheim" not in kept.read_bytes()
    assert main(["replay", str(kept), "--speed", "10", "--json"]) == 0
    replayed = json.loads(capsys.readouterr().out)
    assert {n: replayed[n] for n in ("messages", "entities", "malformed", "bytes")} == {
        n: fed[n] for n in ("messages", "entities", "malformed", "bytes")
    }
    assert replayed["begin"] < replayed["end"]
    assert replayed["gaps"] == []


def test_nobody_there_is_said_in_one_sentence(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ui.commands.feed.CONNECT_S", 0.5)
    assert main(["feed", "mqtt://clerk:geheim@127.0.0.1:1/city", "--seconds", "1"]) == 1
    told = capsys.readouterr().err
    assert "Nothing answered at mqtt://clerk@127.0.0.1:1/city" in told
    assert "geheim" not in told


def test_wrong_words_are_refused(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["feed", "htp://host/x"]) == 1
    assert main(["feed", "mqtt://host/x", "--map", "id"]) == 1
    assert main(["feed", "mqtt://host/x", "--seconds", "0"]) == 2
    (tmp_path / "a.jsonl.zst").write_bytes(b"a diary")
    assert main(["replay", str(tmp_path / "a.jsonl.zst")]) == 1
    assert "Traceback" not in capsys.readouterr().err


def test_frames_cross_processes_whole_and_names_are_sent_once(broker: Broker) -> None:
    with Feeding() as feeding:
        feeding.open(FeedWish("f", "f", f"mqtt://127.0.0.1:{broker.port}/city"))
        until(feeding, lambda known: "f" in known["statuses"] and known["statuses"]["f"].subscribed_s)
        broker.publish(("city", bus("Käpylä", 24.5, route="550", load=3)), ("city", bus("b", 24.6)))
        first = until(feeding, lambda known: "f" in known["frames"] and len(known["frames"]["f"]) == 2)["frames"]["f"]
        assert first.ids.tolist() == ["Käpylä", "b"]
        assert first.values["route"].tolist() == ["550", None]
        assert np.array_equal(first.values["load"], [3.0, np.nan], equal_nan=True)
        broker.publish(("city", bus("b", 24.7)))
        second = until(feeding, lambda known: "f" in known["frames"] and known["frames"]["f"].lonlat[1, 0] == 24.7)[
            "frames"
        ]["f"]
        assert second.ids is first.ids


def test_a_window_that_is_busy_gets_the_newest_frame_only(broker: Broker) -> None:
    with Feeding() as feeding:
        feeding.open(FeedWish("f", "f", f"mqtt://127.0.0.1:{broker.port}/city"))
        until(feeding, lambda known: "f" in known["statuses"] and known["statuses"]["f"].subscribed_s)
        for i in range(10):
            broker.publish(("city", bus("a", 24 + i / 10)))
            time.sleep(0.12)
        known = until(feeding, lambda known: "f" in known["frames"] and known["frames"]["f"].lonlat[0, 0] == 24.9)
        until(feeding, lambda later: "f" in later["statuses"] and later["statuses"]["f"].coalesced_frames >= 3)
        assert known["frames"]["f"].ids.tolist() == ["a"]


def test_a_process_that_is_killed_is_started_again_with_its_feeds(broker: Broker) -> None:
    with Feeding() as feeding:
        feeding.open(FeedWish("f", "f", f"mqtt://127.0.0.1:{broker.port}/city"))
        until(feeding, lambda known: "f" in known["statuses"] and known["statuses"]["f"].subscribed_s)
        child = next(p for p in psutil.Process().children() if "spawn_main" in " ".join(p.cmdline()))
        os.kill(child.pid, signal.SIGKILL)
        until(feeding, lambda known: known["restarts"])
        until(feeding, lambda known: "f" in known["statuses"] and known["statuses"]["f"].state is FeedState.LIVE)


def test_a_command_that_is_killed_leaves_its_recording_and_no_process(broker: Broker, tmp_path: Path) -> None:
    kept = tmp_path / "day.jsonl.zst"
    words = [
        sys.executable,
        "-m",
        "ui",
        "feed",
        f"mqtt://127.0.0.1:{broker.port}/city",
        "--seconds",
        "60",
        "--record",
        str(kept),
    ]
    process = subprocess.Popen(words, cwd=PROJECT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    end = time.monotonic() + 15
    while not (kept.exists() and kept.stat().st_size > 1000) and time.monotonic() < end:
        broker.publish(*(("city", bus(f"v{i}", 24 + time.time() % 1)) for i in range(30)))
        time.sleep(0.1)
    children = psutil.Process(process.pid).children(recursive=True)
    process.kill()
    process.wait()
    assert Recording(kept).messages > 0
    gone, alive = psutil.wait_procs(children, 5)
    assert not alive
    assert gone


def test_listening_loads_neither_qt_nor_vtk() -> None:
    code = (
        "import sys, ui.commands.feed, ui.commands.replay, ui.feed_process\n"
        "heavy = {'PySide6', 'vtk', 'vtkmodules', 'pyvista', 'geopandas'}\n"
        "bad = [m for m in sys.modules if m.partition('.')[0] in heavy]\n"
        "assert not bad, bad"
    )
    subprocess.run([sys.executable, "-c", code], cwd=PROJECT, check=True)
