"""Bytes to documents, however they were written; what is wrong with them is counted by kind."""

from __future__ import annotations

import codecs
import json
from dataclasses import dataclass, field

import msgspec

from data.feeds.inbox import EXAMPLE_BYTES
from twin.feed import FeedProblem

KINDS_KEPT = 40
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


@dataclass(slots=True)
class Problems:
    """How often what was wrong, with the first example of each kind."""

    kinds: dict[str, FeedProblem] = field(default_factory=dict)

    def add(self, kind: str, example: object, count: int = 1) -> None:
        """Count one kind of trouble."""
        before = self.kinds.get(kind)
        if before is not None:
            self.kinds[kind] = FeedProblem(kind, before.count + count, before.example)
        elif len(self.kinds) < KINDS_KEPT:
            self.kinds[kind] = FeedProblem(kind, count, example_of(example))

    def told(self) -> tuple[FeedProblem, ...]:
        """Return them, the most frequent first."""
        return tuple(sorted(self.kinds.values(), key=lambda p: -p.count))


class UnreadableError(Exception):
    """A message that is no document; its one argument is the kind of trouble."""


def example_of(value: object) -> str:
    """Return the beginning of a message for people to read."""
    if isinstance(value, bytes | bytearray):
        return bytes(value[:EXAMPLE_BYTES]).decode("utf-8", "backslashreplace")
    return str(value)[:EXAMPLE_BYTES]


def document_of(payload: bytes, problems: Problems) -> object:
    """Return what a message says.

    raises   UnreadableError  it is empty, cut off, or not JSON; nothing is counted yet
    """
    if not payload.strip():
        raise UnreadableError("empty")
    try:
        return msgspec.json.decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        pass
    text = _text_of(payload, problems)
    try:
        return _loads(text, payload, problems)
    except RecursionError as error:
        raise UnreadableError("too_deep") from error
    except ValueError as error:
        lines = _lines_of(text)
        if lines:
            return lines
        raise UnreadableError("half_json" if text.lstrip()[:1] in "{[" else "not_json") from error


def _text_of(payload: bytes, problems: Problems) -> str:
    for bom, name in _BOMS:
        if payload.startswith(bom):
            problems.add("charset", payload)
            return payload.decode(name, "replace")
    try:
        return payload.decode("utf-8")
    except UnicodeDecodeError:
        problems.add("charset", payload)
    if payload[1:2] == b"\0" or payload[:1] == b"\0":
        return payload.decode("utf-16-le" if payload[1:2] == b"\0" else "utf-16-be", "replace")
    return payload.decode("cp1252", "replace")


def _loads(text: str, payload: bytes, problems: Problems) -> object:
    """Read JSON with the numbers it does not have: NaN and infinities."""
    constants: list[str] = []

    def number(name: str) -> None:
        constants.append(name)

    document = json.loads(text, parse_constant=number)
    if constants:
        problems.add("nan", payload)
    return document


def _lines_of(text: str) -> list[object]:
    """Return the documents of a message that has one a line; none if it is not so."""
    lines = [line for line in text.splitlines() if line.strip()]
    if len(lines) < 2:
        return []
    try:
        return [json.loads(line) for line in lines]
    except ValueError:
        return []
