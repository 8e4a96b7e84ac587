"""Analyses by parts: the same answer in one process, in many, and when one is killed on the way."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely

from data.frames import layer_from_frame
from plugins.city_files import CityContents
from plugins.received import Received
from plugins.run import Host, LaidCity, State, Task
from twin.layer import Kind

CRS = "EPSG:25833"
WEST, SOUTH = 390_000.0, 5_820_000.0
SMALL_PARTS = """
import plugins.builtin.{0} as {0}
{0}.FEATURES_A_PART = {2}

class Made({0}.{1}):
    info = {0}.{1}.info
    def part(self, *given):
        time.sleep(0.02)
        return super().part(*given)
"""
Written = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module")
def quarter(host: Host) -> LaidCity:
    """Return 400 houses and two plans of crooked areas over them."""
    random = np.random.default_rng(4)
    corners = [(WEST + 20 * (i % 20), SOUTH + 20 * (i // 20)) for i in range(400)]
    houses = gpd.GeoDataFrame(
        {"height": random.uniform(4, 30, 400).round(1), "residents": random.integers(0, 9, 400)},
        geometry=[shapely.box(x, y, x + 12, y + 9) for x, y in corners],
        crs=CRS,
    )
    layers = [layer_from_frame(houses, "houses", height_field="height")]
    for name, count in (("zones", 60), ("floods", 30)):
        middles = shapely.points(random.uniform((WEST, SOUTH), (WEST + 400, SOUTH + 400), (count, 2)))
        areas = shapely.buffer(middles, random.uniform(10, 60, count))
        table = gpd.GeoDataFrame(
            {"max_height_m": random.uniform(5, 20, count).round(1), "use": random.choice(["a", "b"], count)},
            geometry=areas,
            crs=CRS,
        )
        layers.append(layer_from_frame(table, name, local=layers[0].frame, kind=Kind.POLYGONS))
    return host.lay_down(CityContents(layers))


RULES = [
    {"id": "height", "kind": "height", "first": "zones", "second": "houses", "column": "max_height_m"},
    {"id": "far", "kind": "buffer", "first": "floods", "second": "houses", "limit_m": 8.0},
    {"id": "dry", "kind": "within", "first": "floods", "second": "zones"},
    {"id": "use", "kind": "differs", "first": "zones", "second": "floods", "column": "use"},
    {"id": "twice", "kind": "conflict", "first": "zones", "second": "zones"},
    {"id": "wet", "kind": "conflict", "first": "floods", "second": "houses", "severity": "auto"},
    {"id": "but", "kind": "conflict", "first": "zones", "second": "houses", "precedence": 5, "severity": "allowed"},
]


def ran(host: Host, task: Task, *, kills: int = 0) -> tuple[Received, int]:
    """Run to the end; return the last frame, and how many workers were replaced."""
    running, last, end_s = host.start(task), None, time.monotonic() + 40
    killed: list[int] = []
    while not running.is_over and time.monotonic() < end_s:
        host.poll()
        last = running.take() or last
        if running.share > 0.1 and running.worker_pids and len(killed) < kills:
            pid = running.worker_pids[-1]
            if pid not in killed:
                killed.append(pid)
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.001)
    last = running.take() or last
    assert running.state is State.DONE, f"{running.sentence} {running.hint} {list(running.log)}"
    assert last is not None
    assert len(killed) == kills
    return last, int(running.answer["replaced"])


@pytest.mark.parametrize("result", ["conflicts", "overlay"])
def test_plans_are_the_same_however_many_processes_do_them_and_whoever_is_killed(
    result: str, host: Host, quarter: LaidCity, written: Written
) -> None:
    given: dict[str, Any] = {"result": result, "rules": RULES, "plans": ["zones", "floods"], "on": "2026-06-21"}
    is_same(host, quarter, written(SMALL_PARTS.format("plans", "Plans", 40 if result == "conflicts" else 8)), given)


def is_same(host: Host, city: LaidCity, reference: dict[str, Any], given: dict[str, Any]) -> None:
    killed, replaced = ran(host, Task(reference, city=city, parameters=given, processes=2), kills=1)
    assert replaced >= 1
    alone, _ = ran(host, Task(reference, city=city, parameters=given, processes=0))
    for name in ("facts", "charts"):
        assert repr(killed.header[name]) == repr(alone.header[name])
    for one, other in ((killed.table(), alone.table()), (killed.columns(), alone.columns())):
        assert one is not None
        assert other is not None
        assert len(one) > 3
        assert one.to_pandas().equals(other.to_pandas())
