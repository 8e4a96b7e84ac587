"""Search over everything open: by name, by id, or by coordinates.

Each text column is folded once (no case, no accents) into one long string that Python searches at memory speed; a
place in it is traced back to its row.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import numpy as np
import numpy.typing as npt

from twin.coordinates import Place, parse_place
from twin.derived import Text, column_rows, derived, text_column
from twin.layer import Layer
from twin.table import Table

MOST_HITS = 20
_LOOKED_AT = 400
"""Matches of one kind in one column that are ranked; more would not be read."""
_NAMES = re.compile(r"name|nom\b|titel|title|label|address|addr|adresse|street|strasse|名|住所", re.IGNORECASE)
_IDS = re.compile(r"(^|[_:\s])(id|gid|fid|nr|no|num|number|code|key|ref|uuid|egid)$|id$|番号|コード", re.IGNORECASE)
_PLAIN = {"ø": "o", "ł": "l", "đ": "d", "ı": "i", "æ": "ae", "œ": "oe"}
"""Letters that Unicode does not take for another with a mark."""
_MARKS = re.compile("[\u0300-\u036f]")
_BREAKS = re.compile("[\r\n]")


class Match(IntEnum):
    """How well a text fits what was typed; the lower the better."""

    EXACT = 0
    START = 1
    WORD = 2
    """A word inside the text begins with it."""
    INSIDE = 3


@dataclass(frozen=True, slots=True)
class Hit:
    """A row that was found."""

    layer_id: str
    row: int
    label: str
    """The text that was found, as it stands in the table."""
    reason: str
    """Where: the column and the layer's name, and in how many rows."""
    match: Match
    count: int = 1
    """Rows with this very text; `row` is the first."""


@dataclass(frozen=True, slots=True)
class Findings:
    """What a search has found."""

    place: Place | None = None
    """Where coordinates were typed."""
    hits: tuple[Hit, ...] = ()
    """The best first."""


def search(query: str, layers: Mapping[str, Layer], *, most: int = MOST_HITS) -> Findings:
    """Return what fits a query in all open layers.

    query     a name or a part of one, an id, or coordinates ("139.79, 35.67"; "35.67 N 139.79 E"; "35°40'N 139°47'E")
    returns   a place, if coordinates were typed; and the best hits: whole text before start before word before inside,
              names before ids before other columns, short texts before long ones
    """
    wanted = folded(" ".join(query.split()))
    if not wanted:
        return Findings()
    bounds = [layer.info.bounds_lonlat for layer in layers.values()]
    frame = next((layer.frame for layer in layers.values()), None)
    place = parse_place(query, bounds=bounds, frame=frame)
    found: list[tuple[tuple[object, ...], Hit]] = []
    for order, layer in enumerate(layers.values()):
        for column, kind in layer.table.fields().items():
            rank = 0 if _NAMES.search(column) else 1 if _IDS.search(column) else 2
            hits = _column_hits(layer, column, kind, wanted, most)
            found.extend(((hit.match, rank, len(hit.label), order, hit.row), hit) for hit in hits)
    found.sort(key=lambda pair: pair[0])
    return Findings(place, tuple(_once_a_row(hit for _, hit in found))[:most])


def folded(text: str) -> str:
    """Return a text without case and accents; its line breaks stay."""
    lowered = text.casefold()
    if lowered.isascii():
        return lowered
    for letter, plain in _PLAIN.items():
        lowered = lowered.replace(letter, plain)
    if unicodedata.is_normalized("NFKD", lowered):  # a quick look; most Chinese and Japanese text is
        return lowered
    return _MARKS.sub("", unicodedata.normalize("NFKD", lowered))


def _once_a_row(hits: Iterator[Hit]) -> Iterator[Hit]:
    seen: set[tuple[str, int]] = set()
    for hit in hits:
        if (hit.layer_id, hit.row) not in seen:
            seen.add((hit.layer_id, hit.row))
            yield hit


def _column_hits(layer: Layer, column: str, kind: str, wanted: str, most: int) -> Iterator[Hit]:
    if kind == "text":
        yield from _text_hits(layer, column, wanted, most)
    elif kind == "number" and _IDS.search(column) and re.fullmatch(r"-?\d{1,15}", wanted):
        rows = np.flatnonzero(column_rows(layer.table, column) == float(wanted))
        if len(rows):
            yield Hit(layer.info.id, int(rows[0]), wanted, _reason(layer, column, len(rows)), Match.EXACT, len(rows))


def _text_hits(layer: Layer, column: str, wanted: str, most: int) -> Iterator[Hit]:
    text = text_column(layer.table, column)
    places = _found(_folded_column(layer.table, column), wanted, most)
    if not places:
        return
    if text.codes is None:
        for place, match in places.items():
            yield Hit(layer.info.id, place, str(text.values[place]), _reason(layer, column, 1), match)
        return
    first, counts = derived(layer.table, ("first rows", column), lambda: _first_rows(text))
    for place, match in places.items():
        count = int(counts[place])
        label = str(text.values[place])
        yield Hit(layer.info.id, int(first[place]), label, _reason(layer, column, count), match, count)


def _reason(layer: Layer, column: str, count: int) -> str:
    where = f"{column}, {layer.info.name}"
    return where if count == 1 else f"{where}, {count:,} rows"


@dataclass(frozen=True, slots=True, eq=False)
class _Folded:
    """A column's texts folded, each on a line of its own."""

    lines: str
    """Begins and ends with a line break."""
    starts: npt.NDArray[np.int64]
    """(k,) place of each text's first letter."""


def _folded_column(table: Table, column: str) -> _Folded:
    return derived(table, ("folded", column), lambda: _fold(text_column(table, column)))


def _fold(text: Text) -> _Folded:
    values = text.values.tolist()
    joined = "\n".join(["" if v is None else v for v in values])
    if joined.count("\n") != max(0, len(values) - 1) or "\r" in joined:
        joined = "\n".join(["" if v is None else _BREAKS.sub(" ", v) for v in values])
    lines = f"\n{folded(joined)}\n"
    breaks = (
        np.frombuffer(lines.encode("ascii"), np.uint8)
        if lines.isascii()
        else np.frombuffer(lines.encode("utf-32-le"), np.uint32)
    )
    return _Folded(lines, np.flatnonzero(breaks == ord("\n"))[:-1] + 1)


def _found(column: _Folded, wanted: str, most: int) -> dict[int, Match]:
    """Return the places of the texts that fit and how; the better kinds are looked for first, and enough is enough."""
    found: dict[int, Match] = {}
    for pattern, match in ((f"\n{wanted}\n", Match.EXACT), (f"\n{wanted}", Match.START), (wanted, Match.INSIDE)):
        if len(found) >= most and match is Match.INSIDE:
            break
        for at in _occurrences(column.lines, pattern, overlap=match is Match.EXACT):
            start = at + (match is not Match.INSIDE)
            place = int(np.searchsorted(column.starts, start, side="right")) - 1
            kind = match
            if match is Match.INSIDE and not column.lines[at - 1].isalnum():
                kind = Match.WORD
            found[place] = min(kind, found.get(place, kind))
    return found


def _occurrences(lines: str, pattern: str, *, overlap: bool) -> Iterator[int]:
    """Return the first places of a pattern; a line break at both its ends may belong to two occurrences."""
    at, count = lines.find(pattern), 0
    while at >= 0 and count < _LOOKED_AT:
        yield at
        count += 1
        at = lines.find(pattern, at + len(pattern) - overlap)


def _first_rows(text: Text) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    """Return the first row and the number of rows of each distinct text."""
    assert text.codes is not None
    count = len(text.values)
    first = np.zeros(count, np.int64)
    rows = np.flatnonzero(text.codes >= 0)[::-1]
    first[text.codes[rows]] = rows
    return first, np.bincount(text.codes[rows], minlength=count)
