"""Plugins in the real window: the first frame on screen, the age of the picture in a flood of frames, the quit.

A live plugin yields 2,000 frames a second, each with the moment it was made. A timer beats every millisecond in the
event loop: the longest time between two beats, from the flood's first picture on, is the window's longest stall.
A picture's age is measured when it is on screen, against the moment the frame in it was yielded. Each kind of frame is
a process of its own. Without a display the window is opened off screen (QT_QPA_PLATFORM=offscreen).
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from measuring import machine, tell

if TYPE_CHECKING:
    from ui.main_window import MainWindow
    from ui.plugin_desk import PluginDesk

LONGEST_RUN_S = 180.0
REST_S = 1.5
FLOOD_S = 10.0
HEAD = """
import time
import geopandas as gpd
import numpy as np
import shapely
from plugins.contract import *

class Flood:
    info = Info(id="flood", title="Flood", kind="KIND", contract=1, is_live=True, style={"colormap": "viridis"})

    def frames(self, city, area, parameters, stop):
        rng = np.random.default_rng(1)
        west, south, east, north = area.bounds
        x, y = rng.uniform(west, east, COUNT), rng.uniform(south, north, COUNT)
        buildings = city.buildings(columns=[])
        n, begin = 0, time.perf_counter()
        while not stop.is_set():
            n += 1
            turn = n / 2000
FRAME
            wait = begin + n / 2000 - time.perf_counter()
            if wait > 0:
                time.sleep(wait)
"""
FRAMES = {
    "points": """
            yield Frame(columns={"x": x + 50 * np.cos(turn), "y": y + 50 * np.sin(turn), "v": x * 0 + turn % 1,
                                 "at": np.full(len(x), time.time())}, value="v")
""",
    "values": """
            value = np.roll(np.linspace(0, 1, len(buildings)), n)
            yield Frame(columns={"layer": buildings["layer"].to_numpy(), "row": buildings["row"].to_numpy(),
                                 "v": value, "at": np.full(len(value), time.time())}, value="v")
""",
    "polygons": """
            if n == 1:
                shapes = shapely.box(x, y, x + 60, y + 60)
            yield Frame(gpd.GeoDataFrame({"v": np.roll(np.linspace(0, 1, len(x)), n), "at": time.time()},
                        geometry=shapes, crs=city.crs), value="v")
""",
}
COUNTS = {"points": 1000, "values": 0, "polygons": 200}


class Watch:
    """Waits for the city, switches the plugin on, looks on for a while, and quits."""

    def __init__(self, seconds: float) -> None:
        self.seconds, self.told = seconds, {}
        self.ages_ms: list[float] = []
        self.stalls_ms: list[float] = []
        self._newest = self._last = self._rests_since = self._run_s = self._first_s = 0.0
        self._desk: PluginDesk | None = None
        self.quit_s = 0.0

    def beat(self) -> None:
        """Note the time since the last beat; do what is due."""
        now = time.perf_counter()
        if self._first_s and self._last and not self.quit_s:
            self.stalls_ms.append((now - self._last) * 1000)
        window = _window()
        if window is not None and not self.quit_s:
            self._look(window, now)
        self._last = time.perf_counter()

    def _look(self, window: MainWindow, now: float) -> None:
        if not self._run_s:
            if not window.parts.scene.buildings or not window.view.is_settled:
                self._rests_since = now
            elif now - self._rests_since > REST_S:
                self._switch_on(window)
        elif self._first_s and now - self._first_s > self.seconds:
            self._tell(window)
            projects = window.findChild(_project_desk())
            projects.state.settle()  # what is hidden for a result would be asked about
            self.quit_s = time.perf_counter()
            window.close()

    def _switch_on(self, window: MainWindow) -> None:
        desk = window.plugin_desk  # type: ignore[attr-defined]
        if self._desk is None:
            self._desk = desk
            desk.open()
            window.session.layers_changed.connect(self._changed)
            window.session.frames_changed.connect(self._moved)
            self._hook(window)
        key = next((k for k, e in desk.shelf.entries.items() if e.id == "flood" and e.described is not None), "")
        if key:
            desk.choose(key)
            self._run_s = time.perf_counter()
            desk.run()

    def _hook(self, window: MainWindow) -> None:
        """Call _drawn after each picture that is put on screen."""
        pictures, put = window.view.pictures, window.view.pictures._put  # noqa: SLF001

        def put_and_note(picture: Any) -> None:
            put(picture)
            self._drawn()

        pictures._put = put_and_note  # type: ignore[method-assign]  # noqa: SLF001

    def _changed(self, _old: Any, new: Any) -> None:
        for layer in new.values():
            if layer.info.path.startswith("plugin://"):
                column = layer.table.column("at")
                self._newest = float(max(v for v in column[:1000] if v == v))  # noqa: PLR0124  NaN is not itself

    def _moved(self, _old: Any, new: Any) -> None:
        for feed_id, frame in new.items():
            if feed_id.startswith("plugin://"):
                self._newest = float(frame.values["at"][0])

    def _drawn(self) -> None:
        if not self._newest or self.quit_s:
            return
        if not self._first_s:
            self._first_s = time.perf_counter()
            self.told["first_frame_s"] = round(self._first_s - self._run_s, 3)
            return
        self.ages_ms.append((time.time() - self._newest) * 1000)

    def _tell(self, window: MainWindow) -> None:
        entry = self._desk.entry if self._desk is not None else None
        assert entry is not None
        assert entry.running is not None
        ages, stalls = sorted(self.ages_ms), sorted(self.stalls_ms)
        self.told |= {
            "pictures_per_s": round(len(ages) / self.seconds, 1),
            "picture_age_ms": {"median": _at(ages, 0.5), "p95": _at(ages, 0.95), "longest": _at(ages, 1.0)},
            "stall_ms": {"p99": _at(stalls, 0.99), "longest": _at(stalls, 1.0)},
            "frames_taken": entry.running.frames,
            "frames_dropped": int(entry.last.header.get("dropped", 0)) if entry.last is not None else 0,
            "window_px": list(window.view.size_px),
        }


def _at(values: Sequence[float], share: float) -> float:
    return round(values[min(int(share * len(values)), len(values) - 1)], 1) if values else 0.0


def _project_desk() -> Any:
    from ui.project_desk import ProjectDesk  # noqa: PLC0415

    return ProjectDesk


def _window() -> MainWindow | None:
    widgets = sys.modules.get("PySide6.QtWidgets")
    shown = [w for w in widgets.QApplication.topLevelWidgets() if w.isVisible()] if widgets else []
    found = [w for w in shown if type(w).__name__ == "MainWindow"]
    return found[0] if found else None


def inside(paths: list[str], seconds: float) -> None:
    """Run in a process of its own: start citytwin as its command does, with a timer in its event loop."""
    from ui import cli  # noqa: PLC0415
    from ui.jobs import warm_up  # noqa: PLC0415

    warm_up()
    from PySide6.QtCore import QTimer  # noqa: PLC0415
    from PySide6.QtWidgets import QApplication  # noqa: PLC0415

    app = QApplication(sys.argv[:1])
    watch, timer = Watch(seconds), QTimer(app)
    timer.timeout.connect(watch.beat)
    timer.start(1)
    QTimer.singleShot(int(LONGEST_RUN_S * 1000), app.quit)
    status = cli.main(["open", *paths])
    quit_s = time.perf_counter() - watch.quit_s if watch.quit_s else None
    timer.stop()
    tell(
        watch.told | {"quit_s": round(quit_s, 2) if quit_s else None, "status": status, "platform": app.platformName()}
    )


def run(kind: str, paths: list[str], folder: Path, seconds: float) -> dict[str, Any]:
    """Return what one window said of a flood of one kind."""
    config = folder / kind
    (config / "plugins").mkdir(parents=True, exist_ok=True)
    text = HEAD.replace("KIND", kind).replace("COUNT", str(COUNTS[kind])).replace("FRAME\n", FRAMES[kind].lstrip("\n"))
    (config / "plugins" / "flood.py").write_text(text, encoding="utf-8")
    environment = os.environ | {"CITYTWIN_CONFIG_DIR": str(config), "CITYTWIN_CACHE_DIR": str(folder / "cache")}
    if not environment.get("DISPLAY"):
        environment.setdefault("QT_QPA_PLATFORM", "offscreen")
    command = [sys.executable, str(Path(__file__).resolve()), "--inside", "--seconds", str(seconds), *paths]
    done = subprocess.run(
        command, env=environment, capture_output=True, text=True, check=False, timeout=LONGEST_RUN_S + 30
    )
    try:
        answer: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    except (IndexError, ValueError):
        answer = {"failed": (done.stderr.strip().splitlines() or ["it said nothing"])[-1]}
    return answer


def main(words: Sequence[str] | None = None) -> None:
    """Measure, and print one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", help="the city; the sample city without")
    parser.add_argument("--kinds", nargs="+", choices=list(FRAMES), default=list(FRAMES))
    parser.add_argument("--seconds", type=float, default=FLOOD_S, help="how long the flood is looked at (10)")
    parser.add_argument("--repeats", type=int, default=1)
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args(words)
    if args.inside:
        inside(args.files, args.seconds)
        return
    answer: dict[str, Any] = {}
    with tempfile.TemporaryDirectory(prefix="citytwin-benchmark-") as name:
        for kind in args.kinds:
            runs = [run(kind, args.files, Path(name), args.seconds) for _ in range(args.repeats)]
            answer[kind] = {"runs": runs}
            sound = [r for r in runs if "picture_age_ms" in r]
            if sound:
                answer[kind]["picture_age_ms"] = statistics.median(r["picture_age_ms"]["p95"] for r in sound)
                answer[kind]["stall_ms"] = statistics.median(r["stall_ms"]["longest"] for r in sound)
    tell(answer | {"machine": machine()})


if __name__ == "__main__":
    main()
