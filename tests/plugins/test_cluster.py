"""Tiles on a real Dask cluster: the same answer as here, and no other when a worker is killed on the way."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from plugins.city_files import CityContents
from plugins.cluster import Cluster
from plugins.cluster_tile import bundle, cluster_tile
from plugins.run import Host, Running, State, Task
from plugins.tile_worker import answered_tile
from twin.errors import PluginRunError
from twin.layer import Layer

pytest.importorskip("distributed")
Written = Callable[..., dict[str, Any]]
INFO = 'Info(id="sums", title="Sums", kind="points", contract=1, is_analysis=True)'
BODY = """
def tiling(self, city, parameters):
    return Tiling(50.0, 20.0)

def tile(self, tile, parameters):
    time.sleep({sleep})
    b = tile.buildings()
    own = b[b.is_own]
    return {{"height": own.height_m.to_numpy(), "number": tile.number, "pid": os.getpid()}}

def combine(self, partials, city, parameters):
    listed = list(partials)
    heights = np.concatenate([p["height"] for p in listed])
    return Frame(columns={{"x": np.zeros(0), "y": np.zeros(0)}}, facts={{
        "sum": float(heights.sum()), "count": len(heights), "numbers": [p["number"] for p in listed],
        "processes": len(set(p["pid"] for p in listed))}})
"""
START = "import sys; from distributed.cli.{} import main; sys.argv[0] = 'dask'; main()"
PROJECT = str(Path(__file__).resolve().parents[2])


@pytest.fixture(scope="module")
def workers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, psutil.Process]]:
    """Start a scheduler and two workers, each a process of its own; return the address and one worker."""
    folder = tmp_path_factory.mktemp("dask")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"tcp://127.0.0.1:{port}"
    environment = {**os.environ, "PYTHONPATH": PROJECT}
    scheduler = [sys.executable, "-c", START.format("dask_scheduler"), "--host", "127.0.0.1", "--port", str(port)]
    worker = [sys.executable, "-c", START.format("dask_worker"), address, "--no-nanny", "--nthreads", "1"]
    worker += ["--local-directory", str(folder), "--no-dashboard"]
    quiet: dict[str, Any] = {"env": environment, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    begun = [subprocess.Popen([*scheduler, "--no-dashboard"], **quiet), subprocess.Popen(worker, **quiet)]
    begun.append(subprocess.Popen(worker, **quiet))
    yield address, psutil.Process(begun[1].pid)
    for process in reversed(begun):
        process.terminate()
    for process in begun:
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:  # a worker may wait for a scheduler that has gone
            process.kill()
            process.wait(10)


@pytest.fixture(scope="module")
def cluster(workers: tuple[str, psutil.Process]) -> Iterator[Cluster]:
    """Return a connection once both workers are there."""
    made = Cluster(workers[0])
    made._client.wait_for_workers(2, timeout=30)
    yield made
    made.close()


def facts(host: Host, task: Task, on_turn: Callable[[Running], None] | None = None) -> dict[str, Any]:
    running, last, end_s = host.start(task), None, time.monotonic() + 30
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


def test_a_worker_killed_in_mid_run_changes_nothing(
    written: Written, cluster: Cluster, workers: tuple[str, psutil.Process], small_layers: list[Layer]
) -> None:
    host = Host(cluster)
    laid = host.lay_down(CityContents(small_layers))
    killed: list[int] = []

    def kill_one(running: Running) -> None:
        if running.share > 0.2 and not killed:
            killed.append(workers[1].pid)
            os.kill(workers[1].pid, signal.SIGKILL)

    reference = written(BODY.format(sleep=0.05), info=INFO)
    found = facts(host, Task(reference, city=laid, on_cluster=True), kill_one)
    plain = facts(host, Task(reference, city=laid, processes=0))
    host.close()
    assert killed
    assert found.pop("replaced") >= 1
    assert found.pop("processes") >= 2, "both workers had their share"
    del plain["replaced"], plain["processes"]
    assert found == plain
    assert found["sum"] == 5050.0  # 1 + 2 + ... + 100


def test_a_city_that_the_workers_cannot_read_is_sent_along(
    written: Written, workers: tuple[str, psutil.Process], small_layers: list[Layer]
) -> None:
    apart = Cluster(workers[0], is_shared=False)
    host = Host(apart)
    laid = host.lay_down(CityContents(small_layers))
    found = facts(host, Task(written(BODY.format(sleep=0), info=INFO), city=laid, on_cluster=True))
    host.close()
    apart.close()
    assert (found["sum"], found["count"]) == (5050.0, 100)


def test_what_is_sent_is_enough_when_nothing_is_left_of_the_original(
    written: Written, host: Host, small_layers: list[Layer]
) -> None:
    laid = host.lay_down(CityContents(small_layers))
    reference = written(BODY.format(sleep=0), info=INFO)
    work: dict[str, Any] = {
        "plugin": reference,
        "parameters": {},
        "city": str(laid.folder),
        "secret": None,
        "allowed": [],
    }
    tile = {"number": 0, "square": [390_000.0, 5_820_000.0, 390_050.0, 5_820_050.0], "margin_m": 20.0, "area": ""}
    here, sent = answered_tile(work, tile), bundle(work)
    host.take_up(laid)
    Path(reference["path"]).unlink()
    assert cluster_tile(work, tile, sent) == here


def test_an_error_in_a_tile_is_told_with_its_line(
    written: Written, cluster: Cluster, small_layers: list[Layer]
) -> None:
    host = Host(cluster)
    laid = host.lay_down(CityContents(small_layers))
    body = BODY.format(sleep=0).replace("b = tile", "1 / 0; b = tile")
    running = host.start(Task(written(body, info=INFO), city=laid, on_cluster=True))
    while not running.is_over:
        host.poll()
        time.sleep(0.005)
    host.close()
    assert "ZeroDivisionError" in running.sentence
    assert "made.py, line" in running.hint


def test_where_no_cluster_is_a_sentence_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("plugins.cluster.CONNECT_S", 1)
    with pytest.raises(PluginRunError, match="No cluster answers"):
        Cluster("tcp://127.0.0.1:9")


def test_a_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(PluginRunError, match=r"citytwin\[cluster\]"):
        Cluster("tcp://127.0.0.1:9")
