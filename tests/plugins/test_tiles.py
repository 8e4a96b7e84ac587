"""Analyses by tiles: each building once, the same answer however it is run, and whoever is killed meanwhile."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from plugins.partials import bytes_of_partial, partial_of_bytes
from plugins.run import Host, LaidCity, Running, State, Task

INFO = 'Info(id="sums", title="Sums", kind="points", contract=1, is_analysis=True)'
BODY = """
def tiling(self, city, parameters):
    return Tiling(50.0, 20.0)

def tile(self, tile, parameters):
    time.sleep({sleep})
    b = tile.buildings()
    own = b[b.is_own]
    return {{"height": own.height_m.to_numpy(), "row": own.row.to_numpy(), "seen": len(b), "number": tile.number}}

def combine(self, partials, city, parameters):
    listed = list(partials)
    heights = np.concatenate([p["height"] for p in listed])
    rows = np.concatenate([p["row"] for p in listed])
    return Frame(columns={{"x": np.zeros(0), "y": np.zeros(0)}}, facts={{
        "sum": float(heights.sum()), "count": len(heights), "rows": len(set(rows)),
        "numbers": [p["number"] for p in listed], "seen": sum(p["seen"] for p in listed)}})
"""
Written = Callable[..., dict[str, Any]]


def run_to_end(host: Host, task: Task, on_turn: Callable[[Running], None] | None = None) -> dict[str, Any]:
    running = host.start(task)
    last = None
    end_s = time.monotonic() + 30
    while not running.is_over and time.monotonic() < end_s:
        host.poll()
        last = running.take() or last
        if on_turn is not None:
            on_turn(running)
        time.sleep(0.003)
    last = running.take() or last
    assert running.state is State.DONE, f"{running.sentence} {running.hint} {list(running.log)}"
    assert last is not None
    return {**last.header["facts"], "replaced": running.answer["replaced"]}


@pytest.mark.parametrize("processes", [0, 1, 3])
def test_each_building_is_counted_once_however_many_processes_do_it(
    processes: int, written: Written, host: Host, laid: LaidCity
) -> None:
    found = run_to_end(host, Task(written(BODY.format(sleep=0), info=INFO), city=laid, processes=processes))
    assert found["count"] == found["rows"] == 100
    assert found["sum"] == 5050.0  # 1 + 2 + ... + 100
    assert found["numbers"] == sorted(found["numbers"])
    assert found["seen"] > 100, "a tile sees beyond its own area"


def test_a_killed_worker_is_replaced_and_the_answer_is_the_same(written: Written, host: Host, laid: LaidCity) -> None:
    killed: list[int] = []

    def kill_one(running: Running) -> None:
        if running.share > 0.2 and running.worker_pids and len(killed) < 2:
            pid = running.worker_pids[0]
            if pid not in killed:
                killed.append(pid)
                os.kill(pid, signal.SIGKILL)

    reference = written(BODY.format(sleep=0.02), info=INFO)
    found = run_to_end(host, Task(reference, city=laid, processes=2), kill_one)
    assert len(killed) == 2
    assert found.pop("replaced") >= 2
    plain = run_to_end(host, Task(reference, city=laid, processes=0))
    plain.pop("replaced")
    assert found == plain


def test_a_tile_that_kills_every_process_ends_the_analysis_in_words(
    written: Written, host: Host, laid: LaidCity
) -> None:
    body = BODY.format(sleep=0).replace("b = tile", "os._exit(9) if tile.number == 3 else None; b = tile")
    running = host.start(Task(written(body, info=INFO), city=laid, processes=2))
    while not running.is_over:
        host.poll()
        time.sleep(0.005)
    assert running.state is State.FAILED
    assert "ended its process 3 times" in running.sentence


def test_a_tile_that_hangs_once_is_done_again_and_the_answer_is_the_same(
    written: Written, host: Host, laid: LaidCity
) -> None:
    stopped: list[int] = []

    def stop_one(running: Running) -> None:
        if running.share > 0.2 and running.worker_pids and not stopped:
            stopped.append(running.worker_pids[0])
            os.kill(stopped[0], signal.SIGSTOP)

    reference = written(BODY.format(sleep=0.02), info=INFO)
    found = run_to_end(host, Task(reference, city=laid, processes=2, frame_s=1.5), stop_one)
    assert stopped
    assert found.pop("replaced") == 1
    plain = run_to_end(host, Task(reference, city=laid, processes=0))
    plain.pop("replaced")
    assert found == plain


def test_a_tile_that_hangs_twice_ends_the_analysis_in_words(written: Written, host: Host, laid: LaidCity) -> None:
    body = BODY.format(sleep=0).replace("b = tile", "time.sleep(1e6) if tile.number == 3 else None; b = tile")
    running = host.start(Task(written(body, info=INFO), city=laid, processes=2, frame_s=1.0))
    while not running.is_over:
        host.poll()
        time.sleep(0.005)
    assert running.state is State.FAILED
    assert "took more than 1 s, twice, and is held to hang" in running.sentence


def test_an_error_in_a_tile_is_told_with_its_line(written: Written, host: Host, laid: LaidCity) -> None:
    body = BODY.format(sleep=0).replace("b = tile", "1 / 0; b = tile")
    running = host.start(Task(written(body, info=INFO), city=laid, processes=2))
    while not running.is_over:
        host.poll()
        time.sleep(0.005)
    assert "ZeroDivisionError" in running.sentence
    assert "made.py, line" in running.hint


def test_an_analysis_is_stopped_when_asked(written: Written, host: Host, laid: LaidCity) -> None:
    running = host.start(Task(written(BODY.format(sleep=0.2), info=INFO), city=laid, processes=2))
    while running.share == 0:
        host.poll()
        time.sleep(0.005)
    running.stop()
    begin_s = time.monotonic()
    while not running.is_over:
        host.poll()
        time.sleep(0.005)
    assert running.state is State.STOPPED
    assert time.monotonic() - begin_s < 2.0


def test_a_partial_comes_back_as_it_was() -> None:
    import geopandas as gpd  # noqa: PLC0415

    places = gpd.GeoDataFrame(
        {"n": [1, 2]}, geometry=gpd.points_from_xy([1, 2], [3, 4]), crs="EPSG:25833", index=[5, 7]
    )
    partial = {
        "a": np.arange(6, dtype=np.int16).reshape(2, 3),
        "places": places,
        "words": ["x", None],
        "nan": float("nan"),
        "deep": {"b": np.zeros(0)},
        3: "three",
    }
    back = partial_of_bytes(bytes_of_partial(partial))
    assert back["a"].dtype == np.int16
    assert back["a"].tolist() == [[0, 1, 2], [3, 4, 5]]
    assert back["places"].equals(places)
    assert back["places"].crs == places.crs
    assert back["words"] == ["x", None]
    assert np.isnan(back["nan"])
    assert back["deep"]["b"].shape == (0,)
    assert back[3] == "three"
