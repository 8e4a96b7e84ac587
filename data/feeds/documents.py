"""Bytes to documents, however they were written; what is wrong with them is counted by kind."""

from __future__ import annotations

import codecs
import gzip
import io
import json
import re
import zlib
from dataclasses import dataclass, field

import msgspec

from data.feeds.examples import example_of
from data.feeds.inbox import MOST_MESSAGE_BYTES
from twin.feed import FeedProblem

KINDS_KEPT = 40
GZIP = b"\x1f\x8b"
_COMMA = re.compile(r"[ \t\r\n]*[-+]?[0-9]{1,15},[0-9]{1,15}[ \t\r\n]*")
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


def document_of(payload: bytes, problems: Problems) -> object:
    """Return what a message says.

    raises   UnreadableError  it is empty, cut off, or not JSON; nothing is counted yet
    """
    if payload[:2] == GZIP:
        payload = unpacked(payload)
    if not payload.strip() or payload in {b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf"}:
        raise UnreadableError("empty")
    try:
        return msgspec.json.decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        pass
    text = _text_of(payload, problems)
    if _COMMA.fullmatch(text):
        return float(text.replace(",", "."))
    try:
        return _loads(text, payload, problems)
    except RecursionError as error:
        raise UnreadableError("too_deep") from error
    except ValueError as error:
        lines = _lines_of(text, problems)
        if lines:
            return lines
        raise UnreadableError("half_json" if text.lstrip("\ufeff \t\r\n")[:1] in {"{", "["} else "not_json") from error


def unpacked(payload: bytes) -> bytes:
    """Return what is inside a gzip.

    raises   UnreadableError  it is cut off, or holds more than a message may
    """
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(payload)) as file:
            inside = file.read(MOST_MESSAGE_BYTES + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise UnreadableError("cut_off") from error
    if len(inside) > MOST_MESSAGE_BYTES:
        raise UnreadableError("too_large")
    return inside


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


def _lines_of(text: str, problems: Problems) -> list[object]:
    """Return the documents of a message that has one a line; none if it is not so. Broken lines are counted."""
    lines = [line for line in text.lstrip("\ufeff").split("\n") if line.strip(" \t\r\x1e")]
    documents: list[object] = []
    broken: list[str] = []
    if len(lines) < 2 or lines[0].lstrip(" \t\x1e")[:1] not in {"{", "["}:
        return []
    for line in lines:
        try:
            documents.append(json.loads(line.strip(" \t\r\x1e")))
        except (ValueError, RecursionError):
            broken.append(line)
        if len(broken) > len(documents) + 1:
            return []
    if broken and documents:
        problems.add("half_json", broken[0], len(broken))
    return documents
