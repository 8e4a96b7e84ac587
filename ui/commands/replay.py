"""`citytwin replay FILE`: play a recording without a window, and say what is in it."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from data.recording import Player, Recording
from data.retention import purge_one
from data.watching import alarms_of
from twin.alarms import Alarm
from twin.errors import UsageError
from ui.answer import write_json
from ui.commands.feed import add_rule_options, with_rules
from ui.feed_words import status_line
from ui.telling_alarms import AlarmTeller, alarm_facts, check_table, write_alarms

STEP_S = 0.05
"""How often a frame is made while it plays."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what `citytwin replay` understands."""
    parser.add_argument("file", metavar="FILE", type=Path, help="a recording made by citytwin feed URL --record FILE")
    parser.add_argument(
        "--speed", type=_speed, default=1.0, metavar="X", help="how many times as fast; max plays without waiting"
    )
    add_rule_options(parser)
    parser.add_argument("--json", action="store_true", help="answer with one JSON object")


def _speed(text: str) -> float:
    return float("inf") if text == "max" else float(text)


def run(args: argparse.Namespace) -> int:
    """Play a recording from its beginning to its end.

    raises   FeedError  it is no recording
    """
    if not args.speed > 0:
        raise UsageError("--speed must be more than 0.", hint="Write 10 to play ten times as fast, or max.")
    purged = purge_one(args.file, now_s=time.time()) if args.file.is_file() else ""
    if purged:
        sys.stderr.write(f"citytwin: {purged}\n")
    recording = Recording(args.file)
    watched = _watched(recording, args)
    teller = AlarmTeller(is_json=args.json)
    played = play(recording, args.speed, on_moment=partial(teller.tell_until, watched))
    teller.tell_all(watched)
    if args.rules:
        played["alarms"] = [alarm_facts(alarm) for alarm in watched]
    if args.alarms is not None:
        write_alarms(watched, args.alarms)
    if recording.trouble:
        sys.stderr.write(f"citytwin: {recording.trouble}\n")
    if args.json:
        write_json(played)
    else:
        gaps = len(played["gaps"])  # type: ignore[arg-type]
        sys.stdout.write(f"{played['begin']} to {played['end']}, {gaps} gaps\n{status_line(played)}\n")
    return 0


def _watched(recording: Recording, args: argparse.Namespace) -> tuple[Alarm, ...]:
    """Return the alarms that the rules asked for raise over a recording.

    raises   TwinError  the rules cannot be read
    """
    if not args.rules:
        return ()
    if args.alarms is not None:
        check_table(args.alarms)
    wish = replace(recording.wish, name=args.name or recording.wish.name)
    alarms, troubles = alarms_of(recording, with_rules(wish, args.rules).rules)
    sys.stderr.writelines(f"citytwin: {trouble}\n" for trouble in troubles)
    return alarms


def play(recording: Recording, speed: float, on_moment: Callable[[float], None] | None = None) -> dict[str, object]:
    """Return what came while a recording played.

    speed       times as fast as it happened; infinite does not wait
    on_moment   called with each moment that is shown
    """
    player = Player(recording)
    begin, took = time.perf_counter(), []
    begin_s, end_s = recording.begin_s, recording.end_s
    step_s = STEP_S * max(speed, 1.0) if speed != float("inf") else max((end_s - begin_s) / 1000, 1.0)
    at_s = begin_s
    while True:
        made_s = time.perf_counter()
        player.frame(at_s, is_through=True)
        took.append((time.perf_counter() - made_s) * 1e3)
        if on_moment is not None:
            on_moment(at_s)
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
        "entities": len(player.seen),
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
        "trouble": recording.trouble or None,
    }


def _written(moment_s: float) -> str:
    return datetime.fromtimestamp(moment_s, tz=UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
