"""The ledger's chain: entries as lines of text, each bound to all before it, so that anyone can check them by hand."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

START = "0" * 64
"""The head of an empty chain."""
VERSION = 1


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the ledger, read."""

    number: int
    """From 1, without gaps."""
    at: str
    """When, UTC to the minute: "2026-11-21T18:05Z"."""
    kind: str
    role: str
    """Who did it: "participant", "moderator", "clerk", "presenter", "administrator" or "citytwin"."""
    body: Mapping[str, Any]
    """What was done, plain values."""


def line_of(entry: Entry) -> str:
    """Return an entry as the one line of JSON that is kept and hashed: sorted keys, no spaces, UTF-8."""
    values = {
        "v": VERSION,
        "n": entry.number,
        "at": entry.at,
        "kind": entry.kind,
        "role": entry.role,
        "body": entry.body,
    }
    return json.dumps(values, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def entry_of(line: str) -> Entry:
    """Return the entry that a line holds.

    raises   ValueError  it is no entry of a version known here
    """
    values = json.loads(line)
    if not isinstance(values, dict) or values.get("v") != VERSION:
        raise ValueError("not an entry of this version")
    try:
        body = dict(values["body"])
        return Entry(int(values["n"]), str(values["at"]), str(values["kind"]), str(values["role"]), body)
    except (KeyError, TypeError) as error:
        raise ValueError(f"not an entry: {error}") from error


def head_after(head: str, line: str) -> str:
    """Return the chain's head once a line is added.

    head      64 hexadecimal digits: the head before
    returns   SHA-256 of head, a line break and the line, as 64 hexadecimal digits
    """
    return hashlib.sha256(f"{head}\n{line}".encode()).hexdigest()


def commitment(salt: str, text: str) -> str:
    """Return what the chain holds in the place of a personal text: it cannot be guessed back without the salt.

    salt      random, 64 hexadecimal digits; deleted together with the text
    returns   SHA-256 of salt, a line break and the text, as 64 hexadecimal digits
    """
    return hashlib.sha256(f"{salt}\n{text}".encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a phone can keep: proof that an entry was in the chain."""

    number: int
    head: str
    """The chain's head right after the entry."""
    line: str
    """The entry itself, as it is in the chain."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a check of a ledger has found."""

    entries: int
    head: str
    """64 hexadecimal digits; START for an empty ledger."""
    faults: tuple[str, ...] = ()
    """Sentences; none means intact."""
    notes: tuple[str, ...] = field(default=())
    """What was not checked, and why."""

    @property
    def is_intact(self) -> bool:
        """Return whether nothing was found to be wrong."""
        return not self.faults


@dataclass(frozen=True, slots=True)
class Link:
    """A row as it is stored: a line, and the head that was noted when it was written."""

    number: int
    line: str
    head: str


def check_links(links: Iterable[Link]) -> tuple[int, str, list[str], list[str]]:
    """Recompute a chain from its first line.

    returns   how many entries, the last recomputed head, all recomputed heads, and what is wrong
    """
    head, heads, faults, number = START, [], [], 0
    for place, link in enumerate(links, 1):
        number = place
        if link.number != place:
            faults.append(f"Entry {place} is missing: number {link.number} stands in its place.")
            break
        head = head_after(head, link.line)
        heads.append(head)
        if head != link.head:
            faults.append(f"Entry {place} was changed, or one before it was taken away or put in: its hash differs.")
            break
        try:
            entry = entry_of(link.line)
        except ValueError:
            faults.append(f"Entry {place} cannot be read.")
            break
        if entry.number != place:
            faults.append(f"Entry {place} calls itself number {entry.number}.")
            break
    return number, head, heads, faults
