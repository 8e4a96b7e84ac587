"""The real window: how long it takes to the sample city on screen, and how long it ever stands still while it loads.

A timer beats every millisecond in the event loop; the longest time between two beats is the longest gap, drawing and
painting included. Times count from the start of the process. Each run is a process of its own. Without a display the
window is opened off screen (QT_QPA_PLATFORM=offscreen) unless told otherwise.
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
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil
from measuring import machine, tell

if TYPE_CHECKING:
    from ui.main_window import MainWindow

LONGEST_RUN_S = 300.0
REST_S = 1.0
"""The city is complete when nothing has been drawn for so long."""


@dataclass(slots=True)
class Watch:
    """Looks on from inside the event loop, and closes the window when everything is on screen."""

    started_at: float
    """When the process began, seconds since the epoch."""
    moments_s: dict[str, float] = field(default_factory=dict)
    gaps: list[tuple[float, float, str]] = field(default_factory=list)
    """(milliseconds, when it ended, what was going on)"""
    _last: float = 0.0
    _rests_since: float = 0.0

    def now_s(self) -> float:
        """Return the seconds since the process began."""
        return time.time() - self.started_at

    def beat(self) -> None:
        """Note the time since the last beat; note what is there by now."""
        now = time.perf_counter()
        if self._last:
            self.gaps.append(((now - self._last) * 1000, self.now_s(), self._phase()))
        window = _window()
        if window is not None:
            self._look(window, now)
        self._last = time.perf_counter()  # looking on is not the window's time

    def _phase(self) -> str:
        if "window" not in self.moments_s:
            return "starting"
        if "layer" not in self.moments_s:
            return "reading"
        return "drawing" if "complete" not in self.moments_s else "closing"

    def _look(self, window: MainWindow, now: float) -> None:
        scene, view = window.parts.scene, window.view
        self._note("window", is_there=True)
        self._note("layer", is_there=bool(scene.buildings))
        self._note("buildings", is_there=scene.stats.triangles_drawn > 0 and view.image() is not None)
        is_busy = not scene.buildings or not view.is_settled
        if is_busy:
            self._rests_since = now
        elif now - self._rests_since > REST_S and "complete" not in self.moments_s:
            self.moments_s["complete"] = round(self.now_s() - REST_S, 3)
            window.close()

    def _note(self, name: str, *, is_there: bool) -> None:
        if is_there and name not in self.moments_s:
            self.moments_s[name] = round(self.now_s(), 3)

    def answer(self) -> dict[str, Any]:
        """Return the moments, and the longest gaps of each phase."""
        phases = ("reading", "drawing")
        longest = {p: max((ms for ms, _, phase in self.gaps if phase == p), default=0.0) for p in phases}
        worst = sorted((g for g in self.gaps if g[2] in phases), reverse=True)[:5]
        return {
            "moments_s": self.moments_s,
            "longest_gap_ms": {phase: round(ms, 1) for phase, ms in longest.items()},
            "worst_gaps": [{"ms": round(ms, 1), "at_s": round(at, 2), "phase": phase} for ms, at, phase in worst],
        }


def _window() -> MainWindow | None:
    widgets = sys.modules.get("PySide6.QtWidgets")
    shown = [w for w in widgets.QApplication.topLevelWidgets() if w.isVisible()] if widgets else []
    found = [w for w in shown if type(w).__name__ == "MainWindow"]
    return found[0] if found else None


def inside(paths: list[str]) -> None:
    """Run in a process of its own: start citytwin as its command does, with a timer in its event loop."""
    watch = Watch(psutil.Process().create_time())
    from ui import cli  # noqa: PLC0415  imports belong to what is measured
    from ui.jobs import warm_up  # noqa: PLC0415

    warm_up()
    from PySide6.QtCore import QTimer  # noqa: PLC0415
    from PySide6.QtWidgets import QApplication  # noqa: PLC0415

    app = QApplication(sys.argv[:1])
    timer = QTimer(app)
    timer.timeout.connect(watch.beat)
    timer.start(1)
    QTimer.singleShot(int(LONGEST_RUN_S * 1000), app.quit)
    status = cli.main(["open", *paths])
    timer.stop()
    tell(watch.answer() | {"status": status, "platform": app.platformName()})


def run(paths: list[str], folder: Path) -> dict[str, Any]:
    """Return what one window said; settings and cache are kept in the folder."""
    environment = dict(os.environ)
    environment |= {"CITYTWIN_CONFIG_DIR": str(folder / "config"), "CITYTWIN_CACHE_DIR": str(folder / "cache")}
    if not environment.get("DISPLAY"):
        environment.setdefault("QT_QPA_PLATFORM", "offscreen")
    command = [sys.executable, str(Path(__file__).resolve()), "--inside", *paths]
    done = subprocess.run(
        command, env=environment, capture_output=True, text=True, check=False, timeout=LONGEST_RUN_S + 30
    )
    try:
        answer: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    except (IndexError, ValueError):
        answer = {"failed": (done.stderr.strip().splitlines() or ["it said nothing"])[-1]}
    return answer


def repeated(paths: list[str], folder: Path, times: int) -> dict[str, Any]:
    """Return all runs, and the medians of what matters."""
    runs = [run(paths, folder) for _ in range(times)]
    sound = [r for r in runs if "failed" not in r and "buildings" in r["moments_s"]]
    answer: dict[str, Any] = {"runs": runs}
    if sound:
        answer["buildings_s"] = statistics.median(r["moments_s"]["buildings"] for r in sound)
        answer["longest_gap_ms"] = statistics.median(max(r["longest_gap_ms"].values()) for r in sound)
        complete = [r["moments_s"]["complete"] for r in sound if "complete" in r["moments_s"]]
        answer["complete_s"] = statistics.median(complete) if complete else None
    return answer


def main(words: Sequence[str] | None = None) -> None:
    """Measure, and print one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", help="footprints to load; the sample city is measured in any case")
    parser.add_argument("--repeats", type=int, default=3, help="runs of each (3)")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args(words)
    if args.inside:
        inside(args.files)
        return
    with tempfile.TemporaryDirectory(prefix="citytwin-benchmark-") as name:
        folder = Path(name)
        answer: dict[str, Any] = {"sample_first_time": repeated([], folder, 1)}
        answer["sample"] = repeated([], folder, args.repeats)
        for file in args.files:
            answer[Path(file).name] = repeated([str(Path(file).resolve())], folder, args.repeats)
    tell(answer | {"machine": machine()})


if __name__ == "__main__":
    main()
