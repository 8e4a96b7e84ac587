"""Draws the pictures of docs/live-data.md: Helsinki with its vehicles and Tokyo with its bikes, live and replayed.

    python benchmarks/live_pictures.py DATA helsinki|tokyo docs/images

DATA is a folder with the recorded messages: `helsinki` (two snapshots of HSL's vehicle positions and the extract of
OpenStreetMap) and `tokyo_koto_chuo` (two dated tables of bike stations and the buildings). They go through a real
broker (mosquitto) or a real server (GBFS over aiohttp) into the window's own dialog, and are recorded there; what is
seen live is then jumped to in the recording. Only times are changed: they are moved so that the second snapshot is
of now. How many pixels of the city differ is printed. Any platform of Qt will do, also QT_QPA_PLATFORM=offscreen.
"""

from __future__ import annotations

import argparse
import asyncio
import csv
import json
import os
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import paho.mqtt.client as mqtt
from aiohttp import web
from measuring import tell
from PIL import Image
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QDialogButtonBox, QFileDialog

from ui import app
from ui.framing import camera_for
from ui.live_desk import LiveDesk
from ui.main_window import MainWindow

SIZE_PX = (1600, 900)
WRITTEN_PX, STEP = (1280, 720), 8
"""The pictures written are smaller, and their colours multiples of this: half of the bytes."""
HSL = ("hsl_vehicle_positions_20250428_160414.json", "hsl_vehicle_position_20250428_163959.json")
BIKES = ("bikeshare_hellocycling_2023-05-05.csv", "bikeshare_hellocycling_2023-12-12.csv")
COUNT = "vehicle_type_capacity.num_bikes_rentalable"


@dataclass(frozen=True)
class City:
    """What is opened, connected and looked at."""

    files: tuple[str, ...]
    name: str
    """Of the feed."""
    address: str
    views: dict[str, tuple[float, ...]]
    """Longitude, latitude, distance in metres, heading and tilt in degrees, by the name of the picture."""
    play: Callable[[int], None]
    """Sends the first (0) or the second snapshot (1)."""


def free_port() -> int:
    """Return a port that nobody uses."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def helsinki(data: Path, stack: ExitStack) -> City:
    """Start a broker for HSL's messages."""
    folder, port = data / "helsinki", free_port()
    settings = Path(stack.enter_context(tempfile.TemporaryDirectory())) / "mosquitto.conf"
    settings.write_text(f"listener {port} 127.0.0.1\nallow_anonymous true\nmax_queued_messages 100000\n")
    program = shutil.which("mosquitto") or "/usr/sbin/mosquitto"
    broker = subprocess.Popen([program, "-c", str(settings)], stderr=subprocess.DEVNULL)
    stack.callback(broker.kill)
    time.sleep(1.0)
    client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2)
    client.connect("127.0.0.1", port)
    client.loop_start()
    stack.callback(client.loop_stop)
    snapshots = [json.loads((folder / name).read_text()) for name in HSL]
    newest = max(int(one["vehicle"]["timestamp"]) for one in snapshots[1])

    def play(number: int) -> None:
        moved = int(time.time()) - newest
        for one in snapshots[number]:
            vehicle = one["vehicle"] | {"timestamp": str(int(one["vehicle"]["timestamp"]) + moved)}
            client.publish(f"hsl/vehicles/{vehicle['vehicle']['id']}", json.dumps(one | {"vehicle": vehicle}), qos=1)

    views = {"helsinki": (24.9425, 60.1692, 820, -26, 56), "helsinki-near": (24.9407, 60.1682, 330, -20, 55)}
    address = f"mqtt://127.0.0.1:{port}/hsl/vehicles/#"
    return City((str(folder / "Helsinki.osm.pbf"),), "HSL vehicles", address, views, play)


def tokyo(data: Path, _stack: ExitStack) -> City:
    """Start a server that tells the bikes of HELLO CYCLING as GBFS."""
    folder, port = data / "tokyo_koto_chuo", free_port()
    tables = [list(csv.DictReader((folder / name).open(encoding="utf-8"))) for name in BIKES]
    known = {row["station_id"]: row for table in tables for row in table}
    told_s, shown = [time.time()], [0]

    def page(make: Callable[[], dict[str, object]]) -> Callable[[web.Request], object]:
        async def answer(_: web.Request) -> web.Response:
            return web.json_response({"last_updated": int(told_s[0]), "ttl": 2, "version": "2.3", "data": make()})

        return answer

    def places() -> list[dict[str, object]]:
        return [
            {"station_id": name, "name": row["name"], "lon": float(row["lon"]), "lat": float(row["lat"])}
            for name, row in known.items()
        ]

    def counts() -> list[dict[str, object]]:
        return [
            {"station_id": row["station_id"], "num_bikes_available": int(row[COUNT] or 0)} for row in tables[shown[0]]
        ]

    feeds = [{"name": name, "url": f"/{name}.json"} for name in ("station_information", "station_status")]
    site = web.Application()
    site.router.add_get("/gbfs.json", page(lambda: {"ja": {"feeds": feeds}}))  # type: ignore[arg-type]
    site.router.add_get("/station_information.json", page(lambda: {"stations": places()}))  # type: ignore[arg-type]
    site.router.add_get("/station_status.json", page(lambda: {"stations": counts()}))  # type: ignore[arg-type]
    threading.Thread(target=_serve, args=(site, port), daemon=True).start()

    def play(number: int) -> None:
        shown[0], told_s[0] = number, time.time()

    views = {"tokyo": (139.7905, 35.680, 4300, -24, 56), "tokyo-near": (139.7866, 35.6805, 1100, -24, 56)}
    files = (str(folder / "koto_bldg.gpkg"), str(folder / "chuo_bldg.geojson"))
    return City(files, "HELLO CYCLING", f"http://127.0.0.1:{port}/gbfs.json?interval=2", views, play)


CITIES: dict[str, Callable[[Path, ExitStack], City]] = {"helsinki": helsinki, "tokyo": tokyo}


def _serve(site: web.Application, port: int) -> None:
    loop = asyncio.new_event_loop()
    runner = web.AppRunner(site)
    loop.run_until_complete(runner.setup())
    loop.run_until_complete(web.TCPSite(runner, "127.0.0.1", port).start())
    loop.run_forever()


def acted(window: MainWindow, city: City, folder: Path) -> Iterator[float]:
    """Do what a person would do; yields how many seconds to wait before going on."""
    window.setGeometry(0, 0, *SIZE_PX)
    window.files.asks = False
    yield 3.0
    while window.parts.opener.is_busy or not window.session.layers:  # type: ignore[attr-defined]
        yield 0.3
    yield 1.0
    window.notices.clear()
    window.right.hide()
    desk = window.findChild(LiveDesk)
    assert desk is not None
    desk.ask()
    dialog = desk.dialog
    assert dialog is not None
    dialog.url.setText(city.address)
    dialog.name.setText(city.name)
    dialog.listen.click()
    yield 1.5
    city.play(0)
    yield 6.0
    recording = Path(tempfile.mkdtemp()) / "city.ctrec"
    QFileDialog.getSaveFileName = staticmethod(lambda *_, **__: (str(recording), ""))  # type: ignore[assignment]
    dialog.record.setChecked(True)
    dialog.buttons.button(QDialogButtonBox.StandardButton.Ok).click()
    yield 1.5
    for number in (0, 1):
        city.play(number)
        yield 6.0
    moments: dict[str, float] = {}
    seen: dict[str, np.ndarray] = {}
    for name in city.views:
        yield from _look(window, city, name)
        moments[name] = time.time()
        seen[name] = _picture(window, folder / f"{name}-live.png")
    for name in city.views:
        desk.bar.go_to(moments[name])
        yield from _look(window, city, name)
        again = _picture(window, folder / f"{name}-replayed.png")
        tell({"picture": name, "pixels_that_differ": int((seen[name] != again).any(axis=2).sum())})
    shutil.rmtree(recording.parent)


def _look(window: MainWindow, city: City, name: str) -> Iterator[float]:
    window.view.move_to(camera_for(city.views[name], window.session, window.view.size_px))
    yield 1.5
    while not window.view.is_settled:
        yield 0.3
    yield 2.5


def _picture(window: MainWindow, path: Path) -> np.ndarray:
    """Write a picture of the window; return what is seen of the city, without what lies over it."""
    pixels = window.grab()
    pixels.save(str(path))
    with Image.open(path) as whole:
        smaller = np.asarray(whole.convert("RGB").resize(WRITTEN_PX, Image.Resampling.LANCZOS)).astype(int)
    rounded = ((smaller + STEP // 2) // STEP * STEP).clip(0, 255).astype(np.uint8)
    Image.fromarray(rounded).save(path, optimize=True)
    return window.view.pictures._picture.copy()  # noqa: SLF001  the city alone: legends tell how old the data is


def main(words: Sequence[str] | None = None) -> None:
    """Open the window, act, and end."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="the folder with the recorded messages")
    parser.add_argument("name", choices=list(CITIES))
    parser.add_argument("folder", type=Path, help="where the pictures are written")
    args = parser.parse_args(words)
    args.folder.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        for place in ("CITYTWIN_CONFIG_DIR", "CITYTWIN_CACHE_DIR"):
            os.environ[place] = stack.enter_context(tempfile.TemporaryDirectory())
        city = CITIES[args.name](args.data, stack)

        class Acting(MainWindow):
            """A window that somebody sits at."""

            def show(self) -> None:
                super().show()
                self._steps = acted(self, city, args.folder)
                QTimer.singleShot(100, self._go_on)

            def _go_on(self) -> None:
                wait_s = next(self._steps, None)
                if wait_s is None:
                    self.close()
                else:
                    QTimer.singleShot(int(wait_s * 1000), self._go_on)

        app.MainWindow = Acting  # type: ignore[misc]
        light = app.KeptSettings.preferences
        app.KeptSettings.preferences = lambda kept: replace(light(kept), theme="light")  # type: ignore[method-assign]
        app.run(app.Wishes(paths=city.files))


if __name__ == "__main__":
    main()
