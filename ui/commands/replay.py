"""`citytwin replay FILE`: play a recording without a window, and say what is in it."""

from __future__ import annotations

import argparse
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from data.recording import Player, Recording
from twin.errors import UsageError
from ui.answer import write_json
from ui.feed_words import status_line

STEP_S = 0.05
"""How often a frame is made while it plays."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what `citytwin replay` understands."""
    parser.add_argument("file", metavar="FILE", type=Path, help="a recording made by citytwin feed URL --record FILE")
    parser.add_argument(
        "--speed", type=_speed, default=1.0, metavar="X", help="how many times as fast; max plays without waiting"
    )
    parser.add_argument("--json", action="store_true", help="answer with one JSON object")


def _speed(text: str) -> float:
    return float("inf") if text == "max" else float(text)


def run(args: argparse.Namespace) -> int:
    """Play a recording from its beginning to its end.

    raises   FeedError  it is no recording
    """
    if not args.speed > 0:
        raise UsageError("--speed must be more than 0.", hint="Write 10 to play ten times as fast, or max.")
    recording = Recording(args.file)
    played = play(recording, args.speed)
    if args.json:
        write_json(played)
    else:
        gaps = len(played["gaps"])  # type: ignore[arg-type]
        sys.stdout.write(f"{played['begin']} to {played['end']}, {gaps} gaps\n{status_line(played)}\n")
    return 0


def play(recording: Recording, speed: float) -> dict[str, object]:
    """Return what came while a recording played.

    speed   times as fast as it happened; infinite does not wait
    """
    player = Player(recording)
    seen: set[str] = set()
    begin, took = time.perf_counter(), []
    begin_s, end_s = recording.begin_s, recording.end_s
    step_s = STEP_S * max(speed, 1.0) if speed != float("inf") else max((end_s - begin_s) / 1000, 1.0)
    at_s = begin_s
    while True:
        made_s = time.perf_counter()
        frame = player.frame(at_s)
        took.append((time.perf_counter() - made_s) * 1e3)
        seen.update(frame.ids)
        if at_s >= end_s:
            break
        at_s = min(at_s + step_s, end_s)
        wait_s = (at_s - begin_s) / speed - (time.perf_counter() - begin)
        if wait_s > 0:
            time.sleep(wait_s)
    lasted_s = end_s - begin_s
    took.sort()
    return {
        "messages": player.messages,
        "entities": len(seen),
        "rate_per_s": round(player.messages / lasted_s, 3) if lasted_s > 0 else 0.0,
        "malformed": player.malformed,
        "dropped": player.dropped,
        "latency_ms": {"p50": round(took[len(took) // 2], 2), "p99": round(took[int(len(took) * 0.99)], 2)},
        "bytes": player.bytes,
        "seconds": round(lasted_s, 3),
        "begin": _written(begin_s),
        "end": _written(end_s),
        "gaps": [
            {"begin": _written(g.begin_s), "end": _written(g.end_s), "seconds": round(g.end_s - g.begin_s, 3)}
            for g in recording.gaps()
        ],
        "speed": speed if speed != float("inf") else None,
        "took_s": round(time.perf_counter() - begin, 3),
        "file_bytes": recording.path.stat().st_size,
    }


def _written(moment_s: float) -> str:
    return datetime.fromtimestamp(moment_s, tz=UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
