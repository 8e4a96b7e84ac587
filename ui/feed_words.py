"""What is said about live data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from twin.feed import FeedProblem

KINDS = {
    "half_json": "were JSON that ends in the middle or is broken",
    "not_json": "were no JSON",
    "not_protobuf": "were no GTFS-Realtime",
    "not_understood": "have no field that looks like a name or a place",
    "empty": "were empty",
    "too_large": "were too large to be read",
    "too_deep": "were nested too deep",
    "cut_off": "were cut off on the way",
    "a_web_page": "were web pages, not data",
    "charset": "were in another charset than UTF-8, and were read all the same",
    "nan": "had NaN or infinity in their JSON",
    "no_id": "observations have no name",
    "no_position": "observations have a place that is no number",
    "out_of_range": "observations are at a place that is not on Earth",
    "nothing_in_it": "observations say nothing",
    "unknown_id": "are about something that is not known",
    "unknown_place": "things have no place",
    "clock_set_back": "times the clock of this computer was set back",
}
"""What is said of each kind of trouble, behind its count."""


def problem_sentence(problem: FeedProblem) -> str:
    """Return one line for a kind of trouble."""
    example = f", for example: {problem.example}" if problem.example else ""
    return f"{problem.count:,} {KINDS.get(problem.kind, problem.kind)}{example}"


def status_line(answer: Mapping[str, Any]) -> str:
    """Return what came, in one line."""
    latency = answer["latency_ms"]
    return (
        f"{answer['messages']:,} messages ({answer['rate_per_s']:,.1f} a second, {answer['bytes']:,} bytes) of "
        f"{answer['entities']:,} entities in {answer['seconds']:.1f} s; {answer['malformed']:,} malformed, "
        f"{answer['dropped']:,} dropped; latency {latency['p50']:.0f} ms, 99 of 100 within {latency['p99']:.0f} ms"
    )
