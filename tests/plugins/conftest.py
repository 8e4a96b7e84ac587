"""A small city, a host that runs plugins over it, and plugins written as texts."""

from __future__ import annotations

import hashlib
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
import shapely

from data.frames import layer_from_frame
from plugins.city_files import CityContents
from plugins.run import Host, LaidCity, Running, Task
from plugins.sample import sample_contents
from twin.layer import Layer

CRS = "EPSG:25833"
WEST, SOUTH = 390_000.0, 5_820_000.0
HEAD = """\
    import ctypes, os, sys, time
    from dataclasses import dataclass
    import geopandas as gpd
    import numpy as np
    import shapely
    from plugins.contract import *
"""


@pytest.fixture(scope="session")
def small_layers() -> list[Layer]:
    """Return 100 houses of 10 m by 10 m in a raster of 40 m, the i-th i + 1 m tall, and three trees."""
    corners = [(WEST + 40 * (i % 10), SOUTH + 40 * (i // 10)) for i in range(100)]
    houses = gpd.GeoDataFrame(
        {"height": [i + 1.0 for i in range(100)], "owner_name": [f"Person {i}" for i in range(100)]},
        geometry=[shapely.box(x, y, x + 10, y + 10) for x, y in corners],
        crs=CRS,
    )
    trees = gpd.GeoDataFrame(
        {"species": ["oak", "lime", "ash"]},
        geometry=gpd.points_from_xy([WEST + 25, WEST + 65, WEST + 105], [SOUTH + 25] * 3),
        crs=CRS,
    )
    first = layer_from_frame(houses, "houses", height_field="height")
    return [first, layer_from_frame(trees, "trees", local=first.frame)]


@pytest.fixture(scope="module")
def host() -> Iterator[Host]:
    """Return a host; everything it started is gone at the end."""
    made = Host()
    made.warm_up()
    yield made
    made.close()


@pytest.fixture(scope="module")
def laid(host: Host, small_layers: list[Layer]) -> LaidCity:
    """Return the small city laid down; names of owners are personal."""
    return host.lay_down(CityContents(small_layers, personal={"houses": ("owner_name",)}))


@pytest.fixture
def written(tmp_path: Path) -> Callable[..., dict[str, Any]]:
    """Return the function that writes a plugin and returns the reference to it."""

    def write(body: str, *, info: str = "", name: str = "made", head: str = HEAD) -> dict[str, Any]:
        line = info or 'Info(id="made", title="Made", kind="points", contract=1)'
        text = textwrap.dedent(head)
        if "class " not in body:
            text += f"\nclass Made:\n    info = {line}\n"
            text += textwrap.indent(textwrap.dedent(body), "    ")
        else:
            text += textwrap.dedent(body)
        path = tmp_path / f"{name}.py"
        path.write_text(text, encoding="utf-8")
        return {"path": str(path), "sha256": hashlib.sha256(path.read_bytes()).hexdigest(), "imports_beside": True}

    return write


def finish(host: Host, running: Running, *, within_s: float = 20.0, takes: bool = True) -> Running:
    """Wait until a run is over; take its frames as they come."""
    end_s = time.monotonic() + within_s
    while not running.is_over:
        host.poll()
        if takes and running.frame is not None:
            running.answer["last"] = running.take()
        assert time.monotonic() < end_s, f"still {running.state} after {within_s} s"
        time.sleep(0.003)
    return running


@pytest.fixture
def run(host: Host, laid: LaidCity) -> Callable[..., Running]:
    """Return the function that runs a plugin to its end."""

    def work(reference: dict[str, Any], **wishes: Any) -> Running:
        return finish(host, host.start(Task(reference, city=laid, **wishes)))

    return work


@pytest.fixture(scope="session")
def sample() -> CityContents:
    """Return the sample city as plugins see it, read once."""
    return sample_contents()
