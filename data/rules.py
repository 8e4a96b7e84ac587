"""Rules over live data as people write them by hand: rules.toml, and the same in words that TOML knows.

[[rule]]
name = "Fine dust in the old town"      # may be left out
when = "pm10 > 50 for 10 min"           # value, sign, number, and for how long; or "no message for 5 min"
feed = "air"                            # the feed's id or name; left out: each feed
area = "Old Town"                       # a feature of a layer by its name, or [[lon, lat], ...], or rings
layer = "districts"                     # where that feature is looked for; left out: in all layers
margin = 5                              # the alarm is over at 45
sound = true
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from math import isfinite
from pathlib import Path
from typing import Any

import msgspec

from twin.alarms import rule_from_text
from twin.errors import RuleError
from twin.feed import WatchRule

KEYS = ("name", "when", "feed", "area", "layer", "margin", "sound")
MOST_RULES = 10_000
_FORMER = {"text", "is_sounded", "place", "rings"}
"""What rules of an older project are called."""
_LEAST_CORNERS = 3


def read_rules(path: Path) -> tuple[WatchRule, ...]:
    """Return the rules of a file.

    raises   RuleError  it cannot be read, or a rule in it; the sentence says where
    """
    try:
        text = path.read_text("utf-8-sig")
        entries = tomllib.loads(text).get("rule", [])
    except OSError as error:
        raise RuleError(
            f"The rules cannot be read ({error.strerror or error}).", hint=f"Is the path right? {path}"
        ) from error
    except (ValueError, RecursionError) as error:
        told = str(error).replace("at end of document", f"at line {_lines(path)}, where the file ends")
        raise RuleError(f'"{path.name}" cannot be read: {told}.', hint=f"Correct that line: {path}") from error
    if not isinstance(entries, list) or not all(isinstance(one, dict) for one in entries):
        raise RuleError(f'"{path.name}" has no rules.', hint=f"Write each one under [[rule]]: {path}")
    try:
        return tuple(msgspec.convert(one, WatchRule) for one in written_rules(entries, text))
    except ValueError as error:
        raise RuleError(f"{path.name}, {error}", hint="") from error


def _lines(path: Path) -> int:
    return len(path.read_bytes().splitlines())


def written_rules(entries: Sequence[dict[str, Any]], text: str = "") -> list[dict[str, Any]]:
    """Return hand-written rules with the fields of WatchRule.

    text     of the file, so that what is wrong can be told with its line
    raises   ValueError  a rule says nothing that can be watched for; "line 7: ..."
    """
    if len(entries) > MOST_RULES:
        raise ValueError(f"there are more than {MOST_RULES:,} rules")
    rules = [_written(entry, number, text) for number, entry in enumerate(entries)]
    names: dict[str, int] = {}
    for number, rule in enumerate(rules):
        if rule["name"] in names:
            raise ValueError(f'{_where(text, number, "name")}: there are two rules called "{rule["name"]}".')
        names[rule["name"]] = number
    return rules


def rules_as_written(entries: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return rules, as the fields of WatchRule, in the words of the file; what says nothing is left out."""
    return [_as_written(entry) for entry in entries]


def _written(entry: dict[str, Any], number: int, text: str) -> dict[str, Any]:
    def wrong(key: str, what: str) -> ValueError:
        return ValueError(f"{_where(text, number, key)}: {what}")

    for key in entry:
        if key not in KEYS and key not in _FORMER:
            raise wrong(key, f'a rule has no "{key}"; it has {", ".join(KEYS)}.')
    when = entry.get("when", entry.get("text"))
    if not isinstance(when, str):
        raise wrong("when", 'a rule needs when = "...", such as when = "pm10 > 50 for 10 min".')
    try:
        read = rule_from_text(when)
    except RuleError as error:
        raise wrong("when", str(error)) from error
    for key in ("name", "feed", "layer"):
        if not isinstance(entry.get(key, ""), str):
            raise wrong(key, f"{key} is a text.")
    margin, sound = _margin(entry, wrong), entry.get("sound", entry.get("is_sounded", False))
    if not isinstance(sound, bool):
        raise wrong("sound", "sound is true or false.")
    place, rings = _area(entry, wrong)
    if read.is_in_area and not (place or rings or read.place):
        raise wrong(
            "when", f'"{when}" is about an area, and there is none: add area = "..." or area = [[lon, lat], ...].'
        )
    named = " ".join(part for part in (when, place and f"({place})", entry.get("feed", "")) if part)
    return {
        "text": when, "name": entry.get("name") or named, "feed": entry.get("feed", ""), "place": place,
        "layer": entry.get("layer", ""), "area": rings[0] if rings else [], "rings": rings[1:],
        "margin": margin, "is_sounded": sound,
    }  # fmt: skip


def _margin(entry: dict[str, Any], wrong: Any) -> float:
    margin = entry.get("margin", 0)
    if isinstance(margin, bool) or not isinstance(margin, int | float) or not isfinite(margin) or margin < 0:
        raise wrong("margin", "margin is a number, 0 or more.")
    return float(margin)


def _area(entry: dict[str, Any], wrong: Any) -> tuple[str, list[Any]]:
    """Return the name of an area, and its rings."""
    area = entry.get("area", entry.get("place", ""))
    if isinstance(area, str):
        return area or entry.get("place", ""), []
    is_several = isinstance(area, list) and bool(area) and _is_ring(area[0])
    rings = [*(area if is_several else [area] if area else []), *entry.get("rings", [])]
    for ring in rings:
        if not _is_ring(ring):
            raise wrong(
                "area",
                "area is the name of a feature, or three corners or more: [[lon, lat], ...], degrees, longitude first.",
            )
    place = entry.get("place", "")
    return place if isinstance(place, str) else "", [[[float(x), float(y)] for x, y in ring] for ring in rings]


def _is_ring(ring: Any) -> bool:
    return isinstance(ring, list) and len(ring) >= _LEAST_CORNERS and all(map(_is_place, ring))


def _is_place(place: Any) -> bool:
    is_pair = isinstance(place, list) and len(place) == 2
    if not is_pair or any(isinstance(n, bool) or not isinstance(n, int | float) for n in place):
        return False
    return bool(abs(place[0]) <= 180 and abs(place[1]) <= 90)


def _as_written(entry: dict[str, Any]) -> dict[str, Any]:
    rings = [entry["area"], *entry.get("rings", ())] if entry.get("area") else []
    plain = [[list(place) for place in ring] for ring in rings]
    written = {
        "name": entry.get("name", ""),
        "when": entry["text"],
        "feed": entry.get("feed", ""),
        "area": entry.get("place") or (plain if len(plain) > 1 else plain[0] if plain else ""),
        "layer": entry.get("layer", ""),
        "margin": entry.get("margin", 0.0),
        "sound": entry.get("is_sounded", False),
    }
    return {key: value for key, value in written.items() if value or key == "when"}


def _where(text: str, number: int, key: str) -> str:
    """Return where a key of the n-th rule stands: "line 7"; "rule 2" where that cannot be told."""
    lines = text.splitlines()
    heads = [at for at, line in enumerate(lines) if re.match(r"\s*\[\[\s*rule\s*\]\]", line)]
    if number >= len(heads):
        return f"rule {number + 1}"
    end = heads[number + 1] if number + 1 < len(heads) else len(lines)
    own = re.compile(rf"\s*[\"']?{re.escape(key)}[\"']?\s*=")
    found = next((at for at in range(heads[number], end) if own.match(lines[at])), heads[number])
    return f"line {found + 1}"
