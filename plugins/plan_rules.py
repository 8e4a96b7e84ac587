"""Rules that plans, buildings and proposals are held against: what each says, when it holds, and which gives way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from plugins.contract import PluginError, choice, number, text
from plugins.selection import selection_of

KINDS = {
    "conflict": "must not overlap",
    "differs": "must say the same",
    "height": "must not be taller",
    "buffer": "must keep away",
    "within": "must lie within",
}
SEVERITIES = {"auto": "by size", "high": "high", "medium": "medium", "low": "low", "allowed": "allowed: an exception"}
AREAS_FIRST = ("conflict", "differs", "height", "within")
"""Kinds whose first is a plan: areas."""


@dataclass(frozen=True)
class Rule:
    """One line of the table of rules."""

    id: str = text("", title="Rule")
    kind: str = choice("conflict", KINDS, title="What it asks")
    first: str = text("", help="The plan: LAYER or LAYER:COLUMN=VALUE|VALUE; COLUMN>NUMBER")
    second: str = text("", help='What is held against it: a layer likewise, "buildings" or "proposals"')
    limit_m: float = number(0.0, min=0.0, unit="m", help="The height or the distance; 0 takes the column's")
    column: str = text("", help="height: the plan's column with the limit; differs: the columns compared, A or A/B")
    clause: str = text("", help="Where it is written: § 7.1")
    valid_from: str = text("", help="First day, 2020-01-31; empty: always")
    valid_until: str = text("", help="Last day; empty: without end")
    precedence: int = number(0, help="A rule of the same kind with a greater number sets this one aside in its places")
    severity: str = choice("auto", SEVERITIES)
    parties: str = text("", help="Who has to agree: Planning office; Water board")


def checked(rules: Sequence[Rule]) -> list[Rule]:
    """Return the rules with a name each.

    raises   PluginError  one lacks what its kind needs, or its dates cannot be read
    """
    named = [rule if rule.id else _with_id(rule, f"R{n + 1}") for n, rule in enumerate(rules)]
    seen: set[str] = set()
    for rule in named:
        if rule.id in seen:
            raise PluginError(f'Two rules are called "{rule.id}".', "Give each its own name.")
        seen.add(rule.id)
        _check(rule)
    return named


def _with_id(rule: Rule, name: str) -> Rule:
    return Rule(**{**{k: getattr(rule, k) for k in Rule.__dataclass_fields__}, "id": name})


def _check(rule: Rule) -> None:
    where = f'Rule "{rule.id}"'
    if not rule.first or not rule.second:
        raise PluginError(f"{where} lacks its first or second layer.", "Fill in both: first is the plan.")
    selection_of(rule.first), selection_of(rule.second)
    if rule.kind == "height" and not rule.limit_m and not rule.column:
        raise PluginError(f"{where} has neither limit_m nor a column with the limit.", "Fill in one of them.")
    if rule.kind == "buffer" and not rule.limit_m:
        raise PluginError(f"{where} has no distance.", "Fill in limit_m.")
    if rule.kind == "differs" and not rule.column:
        raise PluginError(f"{where} names no column to compare.", "Fill in column: A, or A/B where names differ.")
    begin, end = day_of(rule.valid_from, where), day_of(rule.valid_until, where)
    if begin and end and end < begin:
        raise PluginError(f"{where} ends ({end}) before it begins ({begin}).", "Turn the dates round.")


def day_of(words: str, where: str) -> date | None:
    """Return a day; None where there is none.

    raises   PluginError  it cannot be read
    """
    if not words.strip():
        return None
    try:
        return date.fromisoformat(words.strip()[:10])
    except ValueError:
        raise PluginError(f'{where}: "{words}" is no date.', "Write 2020-01-31.") from None


def is_in_force(rule: Rule, day: date) -> bool:
    """Return whether a rule holds on a day; both its days count."""
    begin, end = day_of(rule.valid_from, rule.id), day_of(rule.valid_until, rule.id)
    return (begin is None or begin <= day) and (end is None or day <= end)


def stronger(rule: Rule, rules: Sequence[Rule]) -> list[Rule]:
    """Return the rules that set this one aside where they apply: of its kind, about the same layer, above it."""
    about = selection_of(rule.second).layer
    return [
        other
        for other in rules
        if other.kind == rule.kind
        and other.precedence > rule.precedence
        and selection_of(other.second).layer in {about, "buildings"}
    ]


def severity_of_share(share: float) -> str:
    """Return how bad it is that a share (0 to 1) of the smaller area lies in conflict."""
    return "high" if share >= 0.5 else "medium" if share >= 0.1 else "low"


def severity_of_excess(excess_m: float, limit_m: float) -> str:
    """Return how bad it is that a building is taller than its limit."""
    if excess_m >= 10 or excess_m >= 0.25 * limit_m:
        return "high"
    return "medium" if excess_m >= 0.1 * limit_m else "low"
