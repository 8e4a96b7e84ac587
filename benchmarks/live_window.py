"""The real window while live data comes: frames a second on screen, the age of what they show, the longest standstill.

    python benchmarks/live_window.py CITY [--kinds values gliding trails] [--seconds 20] [--rate 5]

values    all buildings of the city take other values, --rate times a second
gliding   100,000 things that glide, a fix each every two seconds
trails    20,000 oriented things with trails, a fix each every second

Everything goes the way it goes for people: a WebSocket served by another process, the process of live data, its
mailbox, the session, the scene, and Qt's painting. A timer beats every millisecond in the event loop: the longest time
between two beats is the longest standstill; own_ms is what the window's thread itself computed meanwhile, however busy
the machine was. Each kind is a process of its own. Without a display the window is opened off screen
(QT_QPA_PLATFORM=offscreen).
"""

from __future__ import annotations

import argparse
import asyncio
import json
import multiprocessing
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from measuring import machine, tell

from twin.feed import FeedWish, Mapping
from twin.live import LiveLook, Shape, with_look

if TYPE_CHECKING:
    from ui.main_window import MainWindow

LONGEST_RUN_S = 240.0
REST_S = 2.0
LONGEST_REST_S = 60.0
WARM_UP_S = 6.0
"""The first frames are not counted: colours, names and rows are made once."""
WINDOW_PX = (1360, 860)
SENT = 12
"""Different messages that are sent in turn."""
COUNTS = {"values": 0, "gliding": 100_000, "trails": 20_000}
PERIODS_S = {"values": 0.2, "gliding": 2.0, "trails": 1.0}


def messages(kind: str, ids: Sequence[str], bounds: tuple[float, float, float, float]) -> list[list[bytes]]:
    """Return messages as pieces between which the time of sending is to be put."""
    random = np.random.default_rng(3)
    west, south, east, north = bounds
    count = len(ids)
    lon, lat = random.uniform(west, east, count), random.uniform(south, north, count)
    turn = random.uniform(0, 360, count)
    made = []
    for _number in range(SENT):
        if kind == "values":
            rows = zip(ids, random.uniform(0, 100, count).round(1).tolist(), strict=True)
            parts = [f'{{"id":"{i}","v":{v},"t":' for i, v in rows]
        else:
            step = np.radians(turn)
            lon, lat = lon + np.sin(step) * 2e-4, lat + np.cos(step) * 1e-4
            columns = (ids, lon.round(6).tolist(), lat.round(6).tolist(), turn.round(1).tolist())
            parts = [f'{{"id":"{i}","v":{x:.3f},"lon":{x},"lat":{y},"h":{h},"t":'
                     for i, x, y, h in zip(*columns, strict=True)]  # fmt: skip
        made.append([part.encode() for part in parts])
    return made


def serve(port: Any, kind: str, ids: Sequence[str], bounds: tuple[float, float, float, float], period_s: float) -> None:
    """Run in a process of its own: send all rows as one message, again and again."""
    from aiohttp import web  # noqa: PLC0415  the parent serves nothing

    ready = messages(kind, ids, bounds)

    async def talk(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(max_msg_size=0)
        await socket.prepare(request)
        number, due = 0, time.monotonic()
        while not socket.closed:
            tail = f"{time.time():.3f}}},".encode()
            said = b"[" + tail.join(ready[number % SENT]) + tail[:-1] + b"]"
            await socket.send_bytes(said)
            number, due = number + 1, max(due + period_s, time.monotonic() - period_s)
            await asyncio.sleep(max(due - time.monotonic(), 0.001))
        return socket

    async def run() -> None:
        app = web.Application()
        app.router.add_get("/", talk)
        runner = web.AppRunner(app)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        port.value = runner.addresses[0][1]
        await asyncio.Event().wait()

    asyncio.run(run())


class Watch:
    """Waits for the city, connects the feed, looks on for a while, and closes the window."""

    def __init__(self, kind: str, seconds: float, period_s: float) -> None:
        self._kind, self._seconds, self._period_s = kind, seconds, period_s
        self._rests_since = self._opened_s = self._begin_s = self._last = self._own = 0.0
        self._cpu = self._feeds_cpu = 0.0
        self.beats: list[tuple[float, float]] = []
        self.ages_ms: list[float] = []
        self.pictures = self.paints = self.rests = self.values = 0
        self.told: dict[str, Any] = {}
        self._server: Any = None
        self._fresh_at_s = 0.0

    def beat(self) -> None:
        """Note the time since the last beat; do what is due."""
        now, own = time.perf_counter(), time.thread_time()
        if self._begin_s and self._last and not self.told:
            self.beats.append(((now - self._last) * 1000, (own - self._own) * 1000))
        window = _window()
        if window is not None and not self.told:
            self._look(window, now)
        self._last, self._own = time.perf_counter(), time.thread_time()

    def _look(self, window: MainWindow, now: float) -> None:
        if not self._opened_s:
            if window.size().width() != WINDOW_PX[0]:
                window.resize(*WINDOW_PX)
            if not window.parts.scene.buildings or not window.view.is_settled:
                self._rests_since = now
            elif now - self._rests_since > REST_S:
                self._connect(window)
                self._opened_s = now
        elif not self._begin_s and self._is_warm(window, now - self._opened_s):
            self._begin_s, self.pictures, self.paints, self.rests, self.values = now, 0, 0, 0, 0
            self._cpu, self._feeds_cpu = time.process_time(), self._feeds_s(window)
        elif self._begin_s and now - self._begin_s > self._seconds:
            self._tell(window, now)

    def _is_warm(self, window: MainWindow, open_s: float) -> bool:
        """Return whether to begin: the city rests again where it can, or does not come to it."""
        rests = self._kind == "values" or window.view.is_settled or open_s > LONGEST_REST_S
        return self.pictures > 5 and open_s > WARM_UP_S and rests

    def _connect(self, window: MainWindow) -> None:
        session = window.session
        layer = next(one for one in session.layers.values() if one.tiles is not None)
        area, place = session.area, session.frame
        assert area is not None
        assert place is not None
        from twin.place import lonlat_from_local  # noqa: PLC0415

        corners = lonlat_from_local(place, np.array([[area.west_m, area.south_m], [area.east_m, area.north_m]]))
        field = next(iter(layer.table.fields()))
        ids = [str(v) for v in layer.table.column(field).tolist()]
        if self._kind != "values":
            ids = [f"thing-{i:06d}" for i in range(COUNTS[self._kind])]
        context = multiprocessing.get_context("spawn")
        port = context.Value("i", 0)
        bounds = (*corners[0].tolist(), *corners[1].tolist())
        self._server = context.Process(target=serve, args=(port, self._kind, ids, bounds, self._period_s), daemon=True)
        self._server.start()
        while not port.value:
            time.sleep(0.05)
        mapping = Mapping(id="id", time="t", values=(("v", "v"),))
        if self._kind != "values":
            mapping = replace(mapping, lon="lon", lat="lat", heading="h")
        self._hook(window)
        _desk(window).add(FeedWish("f", "f", f"ws://127.0.0.1:{port.value}/", mapping))
        feed_id = session.composition.feeds[-1].id
        look = LiveLook(feed_id, "live", Shape.ARROWS, value="v", trail_s=30.0 if self._kind == "trails" else 0.0)
        if self._kind == "values":
            look = replace(look, shape=Shape.BUILDINGS, low=0, high=100, target_layer=layer.info.id, target_field=field)
        composition = session.composition
        session.set_composition(replace(composition, live=with_look(composition.live, look)), is_undoable=False)

    def _hook(self, window: MainWindow) -> None:
        """Count what is put on screen, painted, refined and taken."""
        pictures = window.view.pictures
        put, paint, refine = pictures._put, window.view.paintEvent, window.parts.scene.refine  # noqa: SLF001

        def put_and_note(picture: Any) -> None:
            put(picture)
            self.pictures += 1
            if self._fresh_at_s:  # only the first picture after new values shows how old they are
                self.ages_ms.append((time.time() - self._fresh_at_s) * 1000)
                self._fresh_at_s = 0.0

        def paint_and_note(event: Any) -> None:
            paint(event)
            self.paints += 1

        def refine_and_note(camera: Any, **more: Any) -> Any:
            self.rests += 1
            return refine(camera, **more)

        def taken(_old: Any, new: Any) -> None:
            for frame in new.values():
                self.values += 1
                self._fresh_at_s = float(frame.time_s.max()) if len(frame) else 0.0

        pictures._put = put_and_note  # type: ignore[method-assign]  # noqa: SLF001
        window.view.paintEvent = paint_and_note  # type: ignore[method-assign, assignment]
        window.parts.scene.refine = refine_and_note  # type: ignore[method-assign, assignment]
        window.session.frames_changed.connect(taken)

    def _feeds_s(self, window: MainWindow) -> float:
        import psutil  # noqa: PLC0415

        process = _desk(window).feeding._process  # noqa: SLF001
        return sum(psutil.Process(process.pid).cpu_times()[:2]) if process is not None else 0.0

    def _tell(self, window: MainWindow, now: float) -> None:
        lasted = now - self._begin_s
        gaps, own = sorted(b[0] for b in self.beats), sorted(b[1] for b in self.beats)
        ages = sorted(self.ages_ms)
        self.told = {
            "buildings": sum(len(v.arrays.row) for v in window.parts.scene.buildings.values()),
            "frames_per_s": round(self.pictures / lasted, 1),
            "painted_per_s": round(self.paints / lasted, 1),
            "values_taken_per_s": round(self.values / lasted, 1),
            "values_age_ms": {"median": _at(ages, 0.5), "p95": _at(ages, 0.95)},
            "stall_ms": {"p99": _at(gaps, 0.99), "longest": _at(gaps, 1.0), "over_50": sum(g > 50 for g in gaps)},
            "own_ms": {"longest": _at(own, 1.0), "over_50": sum(g > 50 for g in own)},
            "refinements_begun": self.rests,
            "cpu_share": round((time.process_time() - self._cpu) / lasted, 2),
            "feeds_cpu_share": round((self._feeds_s(window) - self._feeds_cpu) / lasted, 2),
            "window_px": list(window.view.size_px),
        }
        window.files.asks = False
        self._server.terminate()
        window.close()


def _at(values: Sequence[float], share: float) -> float:
    return round(values[min(int(share * len(values)), len(values) - 1)], 1) if values else 0.0


def _window() -> MainWindow | None:
    widgets = sys.modules.get("PySide6.QtWidgets")
    shown = [w for w in widgets.QApplication.topLevelWidgets() if w.isVisible()] if widgets else []
    found = [w for w in shown if type(w).__name__ == "MainWindow"]
    return found[0] if found else None


def _desk(window: MainWindow) -> Any:
    from ui.live_desk import LiveDesk  # noqa: PLC0415

    return window.findChild(LiveDesk)


def inside(kind: str, city: str, seconds: float, period_s: float) -> None:
    """Run in a process of its own: start citytwin as its command does, with a timer in its event loop."""
    from ui import cli  # noqa: PLC0415
    from ui.jobs import warm_up  # noqa: PLC0415

    warm_up()
    from PySide6.QtCore import QTimer  # noqa: PLC0415
    from PySide6.QtWidgets import QApplication  # noqa: PLC0415

    app = QApplication(sys.argv[:1])
    watch, timer = Watch(kind, seconds, period_s), QTimer(app)
    timer.timeout.connect(watch.beat)
    timer.start(1)
    QTimer.singleShot(int(LONGEST_RUN_S * 1000), app.quit)
    cli.main(["open", city])
    timer.stop()
    tell(watch.told | {"platform": app.platformName()})


def run(kind: str, city: str, folder: Path, seconds: float, rate: float) -> dict[str, Any]:
    """Return what one window said."""
    environment = os.environ | {"CITYTWIN_CONFIG_DIR": str(folder / kind), "CITYTWIN_CACHE_DIR": str(folder / "cache")}
    if not environment.get("DISPLAY"):
        environment.setdefault("QT_QPA_PLATFORM", "offscreen")
    period_s = 1 / rate if kind == "values" else PERIODS_S[kind]
    options = ["--inside", kind, "--seconds", str(seconds), "--rate", str(1 / period_s)]
    done = subprocess.run(
        [sys.executable, str(Path(__file__).resolve()), city, *options],
        env=environment, capture_output=True, text=True, check=False, timeout=LONGEST_RUN_S + 30,
    )  # fmt: skip
    try:
        answer: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    except (IndexError, ValueError):
        answer = {"failed": (done.stderr.strip().splitlines() or ["it said nothing"])[-1]}
    return answer


def main(words: Sequence[str] | None = None) -> None:
    """Measure, and print one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("city")
    parser.add_argument("--kinds", nargs="+", choices=list(COUNTS), default=list(COUNTS))
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--rate", type=float, default=5.0, help="how often a second all values are others (5)")
    parser.add_argument("--inside", choices=list(COUNTS), help=argparse.SUPPRESS)
    args = parser.parse_args(words)
    if args.inside:
        inside(args.inside, args.city, args.seconds, 1 / args.rate)
        return
    with tempfile.TemporaryDirectory(prefix="citytwin-benchmark-") as name:
        city = str(Path(args.city).resolve())
        answer: dict[str, Any] = {kind: run(kind, city, Path(name), args.seconds, args.rate) for kind in args.kinds}
    tell(answer | {"machine": machine()})


if __name__ == "__main__":
    main()
