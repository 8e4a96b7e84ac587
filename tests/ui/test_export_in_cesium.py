"""Our 3D Tiles in CesiumJS, in a headless Chromium: tiles load where the city is, and a building tells its columns."""

from __future__ import annotations

import functools
import http.server
import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import geopandas
import pytest
import shapely

from data.vector import read
from twin.session import Session
from ui.exporting import ExportFormat, ExportWish, export

NODE = Path(__file__).parents[1] / "node"
SIDE_M = 20.0


def _cesium() -> Path:
    modules = Path(os.environ.get("CITYTWIN_NODE_MODULES", NODE / "node_modules"))
    if not (modules / "cesium").is_dir():
        pytest.skip("CesiumJS is not here; run npm install in tests/node")
    return modules / "cesium" / "Build" / "Cesium"


def _chromium() -> str:
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    return found or pytest.skip("Chromium is not here")


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def _served(folder: Path) -> Iterator[str]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _lonlat(east: float, north: float) -> tuple[float, float]:
    """Return WGS84 degrees of LV95, by swisstopo's approximate formulas (2016): right within 0.1 seconds."""
    y, x = (east - 2_600_000) / 1e6, (north - 1_200_000) / 1e6
    lon = 2.6779094 + 4.728982 * y + 0.791484 * y * x + 0.1306 * y * x**2 - 0.0436 * y**3
    lat = 16.9023892 + 3.238272 * x - 0.270978 * y**2 - 0.002528 * x**2 - 0.0447 * y**2 * x - 0.0140 * x**3
    return lon * 100 / 36, lat * 100 / 36


@pytest.fixture
def tileset(tmp_path: Path) -> Path:
    """Return a tileset of 8 by 8 towers of 10 to 73 m in Zurich."""
    boxes = [
        shapely.box(2683000 + 40 * i, 1247000 + 40 * j, 2683000 + 40 * i + SIDE_M, 1247000 + 40 * j + SIDE_M)
        for i in range(8)
        for j in range(8)
    ]
    names = [f"Haus {n}" for n in range(64)]
    owners = ["Jane Doe", "Max Müller"] * 32
    rows = {"name": names, "height": [10.0 + n for n in range(64)], "owner": owners}
    geopandas.GeoDataFrame(rows, geometry=boxes, crs="EPSG:2056").to_file(tmp_path / "towers.gpkg")
    session = Session()
    session.add_layer(read(tmp_path / "towers.gpkg", is_alone=True))
    export(session, ExportWish(ExportFormat.TILES, tmp_path / "tileset"))
    return tmp_path


def test_cesium_loads_the_tiles_and_reads_a_buildings_columns(tileset: Path) -> None:
    playwright = pytest.importorskip("playwright.sync_api")
    (tileset / "cesium").symlink_to(_cesium())
    shutil.copy(NODE / "tileset.html", tileset)
    flags = ["--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--no-sandbox"]
    with _served(tileset) as address, playwright.sync_playwright() as browsers:
        browser = browsers.chromium.launch(executable_path=_chromium(), args=flags)
        page = browser.new_page(viewport={"width": 640, "height": 400})
        page.goto(f"{address}/tileset.html")
        page.wait_for_function("window.found", timeout=60_000)
        found = page.evaluate("window.found")
        picture = page.screenshot(path=os.environ.get("CITYTWIN_CESIUM_PICTURE"))
        browser.close()
    assert "error" not in found
    assert found["failed"] == []
    assert len(found["loaded"]) >= 1
    assert (found["lon_deg"], found["lat_deg"]) == pytest.approx(_lonlat(2683150, 1247150), abs=0.0001)
    assert found["height_m"] == pytest.approx(73 / 2, abs=2)
    assert len(found["features"]) > 5
    for feature in found["features"]:
        assert feature["name"] == f"Haus {int(feature['height'] - 10)}"
        assert "owner" not in feature
    assert len(picture) > 5_000
