"""`citytwin feed URL`: listen to live data without a window, and say what came."""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import replace
from pathlib import Path

from data.feeds.address import feed_name, shown, split_secret
from data.feeds.mapping import parse_map
from data.recorder import ENDING
from twin.errors import FeedError, UsageError
from twin.feed import FeedState, FeedStatus, FeedWish, Mapping, Privacy
from ui.answer import write_json
from ui.feed_words import problem_sentence, status_line
from ui.feeding import Feeding
from ui.rules_asked import rules_asked
from ui.telling_alarms import AlarmTeller, alarm_facts, check_table, write_alarms

FEED_ID = "feed"
USUAL_S = 10.0
CONNECT_S = 15.0
"""How long a first connection may take."""
FINISH_S = 5.0
"""How long it may take to end a feed and its recording."""
INTERRUPTED = 130
"""The exit status after Ctrl+C, once it was said what came until then."""
_WAIT_S = 0.1


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what `citytwin feed` understands."""
    parser.add_argument(
        "url",
        metavar="URL",
        help="mqtt(s)://host/topic, ws(s)://, sse+http(s)://, http(s)://, kafka://host/topic, file:///…",
    )
    parser.add_argument(
        "--map",
        default="",
        metavar="FIELDS",
        help="which field is what: id=VP.veh,lon=VP.long,lat=VP.lat,time=VP.tst,pm10=…",
    )
    parser.add_argument(
        "--seconds",
        type=float,
        default=USUAL_S,
        metavar="N",
        help=f"how long, from the subscription on; default {USUAL_S:.0f}",
    )
    parser.add_argument(
        "--record", type=Path, metavar="FILE", help=f"keep what came in FILE{ENDING}, for citytwin replay"
    )
    parser.add_argument(
        "--every", type=float, default=10.0, metavar="S", help="how often an address is asked; default 10 s"
    )
    parser.add_argument(
        "--gtfs", default="", metavar="FILE", help="the timetable of GTFS-Realtime trip updates, a GTFS zip"
    )
    parser.add_argument("--crs", default="", help="the CRS of x and y, such as EPSG:3067")
    parser.add_argument(
        "--expiry", type=float, default=300.0, metavar="S", help="who says nothing for S seconds is gone; default 300"
    )
    privacy = parser.add_argument_group("privacy, before anything is stored")
    privacy.add_argument("--hash-ids", action="store_true", help="keep names as hashes, with a key that changes daily")
    privacy.add_argument("--grid", type=float, default=0.0, metavar="M", help="round positions to squares of M metres")
    privacy.add_argument("--least", type=int, default=0, metavar="N", help="show squares with at least N in them")
    privacy.add_argument(
        "--keep-days", type=float, default=0.0, metavar="D", help="let the app remove the recording after D days"
    )
    privacy.add_argument("--drop", default="", metavar="FIELDS", help="fields that are thrown away unread, with commas")
    add_rule_options(parser)
    parser.add_argument("--json", action="store_true", help="answer with one JSON object")


def add_rule_options(parser: argparse.ArgumentParser) -> None:
    """Declare what tells which rules are watched for."""
    group = parser.add_argument_group("alarms")
    group.add_argument(
        "--rules", default="", metavar="FILE", help="watch for the rules of a rules.toml or of a project; tell alarms"
    )
    group.add_argument(
        "--name", default="", help="what the feed is called, for rules that are about one feed; also in recordings"
    )
    group.add_argument("--alarms", type=Path, metavar="FILE.csv", help="also write the alarms into a table")


def wish_of(args: argparse.Namespace) -> FeedWish:
    """Return the feed that the words ask for; its address without secrets.

    raises   FeedError  the address or the mapping cannot be read
    """
    url, _ = split_secret(args.url)
    mapping = parse_map(args.map) if args.map else Mapping()
    if args.crs:
        mapping = replace(mapping, crs=args.crs)
    privacy = Privacy(
        is_id_hashed=args.hash_ids,
        grid_m=args.grid,
        minimum_count=args.least,
        keep_days=args.keep_days,
        dropped_fields=tuple(f.strip() for f in args.drop.split(",") if f.strip()),
    )
    return FeedWish(
        FEED_ID,
        args.name or feed_name(url),
        url,
        mapping,
        expiry_s=args.expiry,
        interval_s=args.every,
        privacy=privacy,
        static_gtfs=args.gtfs,
    )


def run(args: argparse.Namespace) -> int:
    """Listen for the time told and say what came.

    raises   FeedError  the address is none, nothing answers there, or the recording cannot be written
    """
    if not args.seconds > 0:
        raise UsageError("--seconds must be more than 0.")
    wish, teller = wish_of(args), AlarmTeller(is_json=args.json)
    if args.rules:
        wish = with_rules(wish, args.rules)
    if args.alarms is not None:
        check_table(args.alarms)
    _, secret = split_secret(args.url)
    is_stopped = False
    with Feeding() as feeding:
        feeding.open(wish, record_to=args.record, secret=secret)
        try:
            status = _listen(feeding, args, teller)
        except KeyboardInterrupt:
            is_stopped, status = True, FeedStatus(FEED_ID)
        status = feeding.finish(FEED_ID, FINISH_S) or status
    teller.tell(status)
    _answer(args, status, teller)
    if is_stopped:
        return INTERRUPTED
    if not status.subscribed_s:
        raise FeedError(f"Nothing answered at {shown(args.url)}.", hint=status.reason or "Is the address right?")
    return 0


def _answer(args: argparse.Namespace, status: FeedStatus, teller: AlarmTeller) -> None:
    answer = facts(status)
    if args.rules:
        answer["alarms"] = [alarm_facts(alarm) for alarm in teller.alarms]
    if args.json:
        write_json(answer)
    else:
        sys.stdout.write(status_line(answer) + "\n")
        sys.stdout.writelines(f"  {problem_sentence(p)}\n" for p in status.problems)
    if args.alarms is not None:
        write_alarms(teller.alarms, args.alarms)
    if status.recording_trouble:
        sys.stderr.write(f"citytwin: {status.recording_trouble}\n")


def with_rules(wish: FeedWish, source: str) -> FeedWish:
    """Return a feed with the rules of a file or project that are about it; those about others are told of.

    raises   TwinError  they cannot be read, or none of them is about this feed
    """
    rules, others = rules_asked(source, wish)
    if others:
        told = ", ".join(f'"{name}"' for name in others)
        sys.stderr.write(f'citytwin: rules about {told} are left out: this feed is called "{wish.name}" (--name).\n')
    return replace(wish, rules=rules)


def _listen(feeding: Feeding, args: argparse.Namespace, teller: AlarmTeller) -> FeedStatus:
    status, said = FeedStatus(FEED_ID), ""
    begin_s, end_s = time.monotonic(), 0.0
    while True:
        left_s = end_s - time.monotonic() if end_s else _WAIT_S
        collected = feeding.collect(min(max(left_s, 0.001), _WAIT_S))
        if collected.errors:
            raise collected.errors[0]
        status = (collected.statuses or {}).get(FEED_ID, status)
        said = _say_change(status, said, is_quiet=args.quiet)
        teller.tell(status)
        if status.state is FeedState.FAILED:
            raise FeedError(status.reason or "Nothing can come of this feed.", hint="")
        if status.state is FeedState.ENDED:
            return status
        if status.subscribed_s and not end_s:  # by a clock that nobody sets
            end_s = time.monotonic() + args.seconds - min(max(time.time() - status.subscribed_s, 0.0), args.seconds)
        if end_s and time.monotonic() >= end_s:
            return status
        if not status.subscribed_s and time.monotonic() - begin_s > CONNECT_S:
            return status


def _say_change(status: FeedStatus, said: str, *, is_quiet: bool) -> str:
    is_new_trouble = status.recording_trouble and status.recording_trouble not in said
    told = status.recording_trouble if is_new_trouble else status.reason
    kind = f"{status.state}{status.recording_trouble}"
    if told and kind != said and not is_quiet and status.state is not FeedState.FAILED:
        sys.stderr.write(f"citytwin: {told}\n")
    return kind


def facts(status: FeedStatus) -> dict[str, object]:
    """Return what is answered about a feed."""
    seconds = max(status.observed_s - status.subscribed_s, 0.0) if status.subscribed_s else 0.0
    return {
        "messages": status.messages,
        "entities": status.entities,
        "rate_per_s": round(status.messages / seconds, 3) if seconds > 0 else 0.0,
        "malformed": status.malformed,
        "dropped": status.dropped,
        "latency_ms": {"p50": round(status.latency_p50_ms, 2), "p99": round(status.latency_p99_ms, 2)},
        "bytes": status.bytes,
        "seconds": round(seconds, 3),
        "state": status.state.value,
        "reason": status.reason,
        "reconnects": status.reconnects,
        "late": status.counts.late,
        "duplicate": status.counts.duplicate,
        "future": status.counts.future,
        "problems": {p.kind: {"count": p.count, "example": p.example} for p in status.problems},
        "mapping": mapping_words(status.mapping),
        "recording": status.recording or None,
        "recorded_bytes": status.recorded_bytes,
        "recording_trouble": status.recording_trouble or None,
    }


def mapping_words(mapping: Mapping | None) -> str:
    """Return a mapping as --map takes it."""
    if mapping is None:
        return ""
    named = [(n, str(getattr(mapping, n))) for n in mapping.__dataclass_fields__ if n not in {"values", "time_format"}]
    return ",".join(f"{name}={path}" for name, path in [*named, *mapping.values] if path)
