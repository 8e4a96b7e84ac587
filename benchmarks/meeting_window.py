"""The window while a full hall votes: how long it ever stands still, with the projector showing the votes.

    python benchmarks/meeting_window.py PROJECT [--phones 1000] [--seconds 10] [--json]

Opens `citytwin meeting PROJECT` with its window, console and public window (off screen without a display), shows the
poll, and plays the phones in another process on the same machine. A timer beats every two milliseconds in the window's
event loop; the longest time between two beats while the phones vote is the longest stall. longest_work_ms is what the
window's thread itself has computed between two beats, whatever else the machine was doing.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import aiohttp
from measuring import ROOT
from meeting import POLL, Load, ask, listen, phones, vote

BEAT_MS = 2


def window(project: str) -> None:
    """Run in the child: the window, its beats, and what it is told over its standard input."""
    from PySide6.QtCore import QSocketNotifier, QTimer  # noqa: PLC0415  the parent has no window
    from PySide6.QtWidgets import QApplication  # noqa: PLC0415

    from ui import app  # noqa: PLC0415
    from ui.audience.wish import MeetingWish  # noqa: PLC0415
    from ui.commands.meeting import tell  # noqa: PLC0415
    from ui.main_window import MainWindow  # noqa: PLC0415

    qt = QApplication(sys.argv[:1])
    gaps: list[float] = []
    worked: list[float] = []
    last = [time.perf_counter(), time.thread_time()]

    def beat() -> None:
        now, own = time.perf_counter(), time.thread_time()
        gaps.append((now - last[0]) * 1000)
        worked.append((own - last[1]) * 1000)
        last[:] = now, own

    def hear(_number: int) -> None:
        word = sys.stdin.readline().strip()
        opened = next(w for w in QApplication.topLevelWidgets() if isinstance(w, MainWindow))
        if word == "show":
            opened.__dict__["meeting_desk"].polls.show("load")
            opened.__dict__["meeting_desk"].present.show_console()
            opened.__dict__["meeting_desk"].present.presentation.set_frozen(is_frozen=False)
        elif word == "begin":
            gaps.clear()
            worked.clear()
        else:
            seen = opened.__dict__["meeting_desk"].present.presentation.window.frame.poll
            answer = {"beats": len(gaps), "longest_ms": round(max(gaps), 1),
                      "longest_work_ms": round(max(worked), 1),
                      "over_100_ms": sum(g > 100 for g in gaps),
                      "on_projector": seen.status if seen else ""}  # fmt: skip
            sys.stdout.write(json.dumps(answer) + "\n")
            sys.stdout.flush()
            opened.files.asks = False
            opened.close()

    timer = QTimer()
    timer.timeout.connect(beat)
    timer.start(BEAT_MS)
    notifier = QSocketNotifier(sys.stdin.fileno(), QSocketNotifier.Type.Read)
    notifier.activated.connect(hear)
    wish = MeetingWish(project)
    meeting = app.MeetingAtStart(wish, lambda address: tell(address, is_json=True))
    app.run(app.Wishes((project,), meeting=meeting))
    assert qt is not None


async def hall(project: Path, count: int, seconds: float) -> dict[str, Any]:
    """Let everybody vote while the window shows it."""
    command = [sys.executable, str(ROOT / "benchmarks" / "meeting_window.py"), str(project), "--child"]
    environment = {"QT_QPA_PLATFORM": "offscreen", **os.environ}
    child = subprocess.Popen(  # noqa: ASYNC220  nothing runs here yet
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
    )
    assert child.stdin is not None
    assert child.stdout is not None

    def say(word: str) -> None:
        assert child.stdin is not None
        child.stdin.write(f"{word}\n")
        child.stdin.flush()

    told, load, done = json.loads(child.stdout.readline()), Load(), asyncio.Event()
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector, timeout=aiohttp.ClientTimeout(60)) as session:
        tokens = await phones(session, told, count)
        listeners = [asyncio.create_task(listen(session, told, t, load, done)) for t in tokens]
        await ask(session, told, "/api/operator/polls", told["operator_token"], {"poll": POLL})
        await asyncio.sleep(8)
        say("show")
        await asyncio.sleep(4)
        say("begin")
        await asyncio.gather(*(vote(session, told, t, load, random.uniform(0, seconds)) for t in tokens))  # noqa: S311
        await asyncio.sleep(1)
        say("end")
        done.set()
        await asyncio.gather(*listeners, return_exceptions=True)
    answer: dict[str, Any] = json.loads(child.stdout.readline())
    child.wait(30)
    answers = sorted(load.answers_ms)
    return {"phones": count, "acknowledged": len(load.acknowledged), "exit": child.returncode,
            "answer_p99_ms": round(answers[int(0.99 * len(answers))], 1), **answer}  # fmt: skip


def main() -> None:
    """Measure, and say it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("project", type=Path)
    parser.add_argument("--phones", type=int, default=1000)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.child:
        window(str(args.project))
        return
    found = asyncio.run(hall(args.project, args.phones, args.seconds))
    sys.stdout.write(json.dumps(found, indent=None if args.json else 1) + "\n")


if __name__ == "__main__":
    main()
