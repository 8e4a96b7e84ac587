"""Messages to columns, after a mapping: many at once where they are plain, one by one where they are not."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from data.feeds.documents import Problems, UnreadableError, document_of
from data.feeds.ends import Places, with_places
from data.feeds.inbox import MOST_MESSAGE_BYTES, Message
from data.feeds.observations import batch_of
from data.feeds.paths import ABSENT, ROOT, is_plain, path_of, rows_of, topic_level, value_at, written
from twin.entities import MOST_VALUES, EntityBatch
from twin.feed import Mapping

Columns = dict[str, list[Any]]
"""What was said, by the mapping's own names: a list a field, one item an observation."""
FIELDS = ("id", "lon", "lat", "x", "y", "z", "time", "heading", "speed", "end_lon", "end_lat", "from_id", "to_id")
KEPT = frozenset({"id", "lon", "lat", "x", "y"})
"""Fields that are hashed and rounded rather than thrown away."""
_CHUNK = 4096


@dataclass(slots=True)
class Decoded:
    """What some messages said."""

    batch: EntityBatch | None
    malformed: int = 0
    """Messages nothing could be taken from."""
    arrived_s: npt.NDArray[np.float64] = field(default_factory=lambda: np.empty(0))
    """(n,) when the message of each observation arrived."""


@dataclass(slots=True)
class _Gathered:
    columns: Columns
    message: list[int] = field(default_factory=list)
    """Which message each observation came in."""
    is_empty: set[int] = field(default_factory=set)
    """Messages that are as they should be, and say nothing."""

    def extend(self, columns: Columns, message: Iterable[int]) -> None:
        for name, items in columns.items():
            self.columns[name].extend(items)
        self.message.extend(message)


class Decoder:
    """Reads messages after one mapping."""

    def __init__(
        self, mapping: Mapping, *, crs: str = "", dropped: Sequence[str] = (), places: Places | None = None
    ) -> None:
        """Prepare for one mapping.

        crs       the CRS of x and y, where the mapping states none
        dropped   names and paths of fields that are thrown away unread
        places    where the ends of flows are that messages name by ids
        """
        self._places = places or {}
        self.mapping = mapping
        self.crs = mapping.crs or crs
        self._paths = _paths_of(mapping, dropped)
        is_nested = mapping.rows or not all(is_plain(part) for p in self._paths.values() for part in p.split("+"))
        self._numeric: set[str] = set()
        """Names of values that were measured numbers."""
        self._plain = None if is_nested else _PlainReader(self._paths)

    def decode(self, messages: Sequence[Message], received_s: float, problems: Problems) -> Decoded:
        """Return what messages say as one batch; what cannot be used is counted."""
        gathered = _Gathered({name: [] for name in self._paths})
        for begin in range(0, len(messages), _CHUNK):
            self._gather(messages, range(begin, min(begin + _CHUNK, len(messages))), gathered, problems)
        columns = with_places(_called_by_topic(gathered.columns), self._places, problems)
        if "id" not in columns:  # a source without names: the place in its message is the name
            columns["id"] = _places_in(gathered.message)
        batch, is_used = batch_of(columns, self.mapping, received_s, problems, crs=self.crs, numeric=self._numeric)
        which = np.array(gathered.message, int)
        said_something = np.unique(which[is_used])
        malformed = len(messages) - len(said_something) - len(gathered.is_empty - set(said_something.tolist()))
        arrived = np.array([message.received_s for message in messages])[which[is_used]]
        return Decoded(batch, malformed, arrived)

    def _gather(self, messages: Sequence[Message], which: range, out: _Gathered, problems: Problems) -> None:
        """Read messages, all at once if that can be; else each half by itself."""
        if self._plain is not None and self._plain.read(messages, which, out):
            return
        if len(which) > 1 and self._plain is not None:
            middle = len(which) // 2
            self._gather(messages, which[:middle], out, problems)
            self._gather(messages, which[middle:], out, problems)
            return
        for place in which:
            self._read_one(messages[place], place, out, problems)

    def _read_one(self, message: Message, place: int, out: _Gathered, problems: Problems) -> None:
        payload = message.payload
        if message.size > MOST_MESSAGE_BYTES:
            problems.add("too_large", payload)
            return
        if self._plain is not None and self._plain.read_list(message, place, out):
            return
        try:
            document = document_of(payload, problems) if isinstance(payload, bytes) else payload
        except UnreadableError as error:
            problems.add(str(error), payload)
            return
        rows = rows_of(document, self.mapping.rows)
        if not rows:
            if document in ([], {}) or self.mapping.rows:
                out.is_empty.add(place)
            return
        good = [row if isinstance(row, dict) else {"value": row} for row in rows]
        levels = message.topic.split("/")
        columns = {name: _column(good, path, levels, document) for name, path in self._paths.items()}
        out.extend(columns, [place] * len(good))


def _is_dropped(name: str, path: str, dropped: Sequence[str]) -> bool:
    """Return whether a field is thrown away by its name, its path, or as a part of what is: "driver.name"."""
    steps = path.casefold().split(".")
    above = {".".join(steps[:end]) for end in range(1, len(steps) + 1)}
    return any(field == name.casefold() or field in above or field in steps for field in dropped)


def _paths_of(mapping: Mapping, dropped: Sequence[str]) -> dict[str, str]:
    gone = tuple(field.casefold() for field in dropped)
    stated = {name: path for name in FIELDS if (path := getattr(mapping, name))}
    paths = {name: path for name, path in stated.items() if name in KEPT or not _is_dropped(name, path, gone)}
    for name, path in mapping.values:
        if _is_dropped(name, path, gone):
            continue
        paths[f"value {name}"] = path
        if name_level(name) >= 0:
            paths[f"name {name}"] = name[1:-1]
    return paths


def name_level(name: str) -> int:
    """Return the level of the topic that a value is called by: 2 of "{topic.2}"; -1 where it has a name of its own."""
    return topic_level(name[1:-1]) if name.startswith("{") and name.endswith("}") else -1


def _called_by_topic(columns: Columns) -> Columns:
    """Return columns with a value of each name that the topics gave."""
    for key in [k for k in columns if k.startswith("name ")]:
        names, said = columns.pop(key), columns.pop(f"value {key[5:]}")
        for name in list(dict.fromkeys(n for n in names if n != ABSENT))[:MOST_VALUES]:
            column = [one if n == name else ABSENT for n, one in zip(names, said, strict=True)]
            columns.setdefault(f"value {name}", column)
    return columns


def _places_in(messages: Sequence[int]) -> list[object]:
    """Return which item of its message each observation is, from 1 on."""
    which = np.array(messages, int)
    begins = np.flatnonzero(np.r_[True, which[1:] != which[:-1]]) if len(which) else which
    counts = np.diff(np.r_[begins, len(which)])
    places: list[object] = (np.arange(len(which)) - np.repeat(begins, counts) + 1).astype(str).tolist()
    return places


def _column(rows: Sequence[dict[str, object]], path: str, levels: Sequence[str], document: object) -> list[object]:
    if "+" in path:
        parts = [_column(rows, part, levels, document) for part in path.split("+")]
        return [_together(said) for said in zip(*parts, strict=True)]
    if path.startswith(ROOT):
        return [value_at(document, path_of(path))] * len(rows)
    level = topic_level(path)
    if level >= 0:
        return [levels[level] if level < len(levels) else ABSENT] * len(rows)
    steps = path_of(path)
    if len(steps) == 1:
        name = str(steps[0])
        return [row.get(name, ABSENT) for row in rows]
    return [value_at(row, steps) for row in rows]


def _together(said: Sequence[object]) -> object:
    if any(one is None or one == ABSENT for one in said):
        return ABSENT
    return "/".join(str(one) for one in said)


class _PlainReader:
    """Reads many messages in one go, each an object whose wanted fields are plain names."""

    def __init__(self, paths: dict[str, str]) -> None:
        wanted = {part for path in paths.values() for part in path.split("+") if topic_level(part) < 0}
        tree: dict[str, Any] = {}
        self._is_usable = _plant(tree, sorted(wanted))
        self._paths = paths
        if self._is_usable:
            names: dict[str, str] = {}
            row = _struct_of(tree, names, "")
            self._getters: dict[str, Callable[[Any], object]] = {p: attrgetter(names[p]) for p in wanted}
            self._decoder = msgspec.json.Decoder(list[row])  # type: ignore[valid-type]

    def read(self, messages: Sequence[Message], which: range, out: _Gathered) -> bool:
        """Read messages into the columns; False, with nothing done, if one of them is not plain."""
        if not self._is_usable:
            return False
        payloads = [messages[i].payload for i in which]
        if not all(type(p) is bytes for p in payloads) or any(messages[i].size > MOST_MESSAGE_BYTES for i in which):
            return False
        try:
            rows = self._decoder.decode(b"[" + b",".join(payloads) + b"]")  # type: ignore[arg-type]
        except (msgspec.DecodeError, msgspec.ValidationError, UnicodeDecodeError, RecursionError):
            return False
        if len(rows) != len(payloads):
            return False
        levels = [messages[i].topic.split("/") for i in which] if self._needs_topics else []
        out.extend({name: self._column(rows, path, levels) for name, path in self._paths.items()}, which)
        return True

    def read_list(self, message: Message, place: int, out: _Gathered) -> bool:
        """Read a message that is a list of plain rows; False, with nothing done, if it is not."""
        payload = message.payload
        if not self._is_usable or type(payload) is not bytes or payload[:1] != b"[":
            return False
        try:
            rows = self._decoder.decode(payload)
        except (msgspec.DecodeError, msgspec.ValidationError, UnicodeDecodeError, RecursionError):
            return False
        if not rows:
            return False
        levels = [message.topic.split("/")] * len(rows) if self._needs_topics else []
        columns = {name: self._column(rows, path, levels) for name, path in self._paths.items()}
        out.extend(columns, [place] * len(rows))
        return True

    @property
    def _needs_topics(self) -> bool:
        return any(topic_level(part) >= 0 for path in self._paths.values() for part in path.split("+"))

    def _column(self, rows: Sequence[object], path: str, levels: Sequence[Sequence[str]]) -> list[object]:
        if "+" in path:
            return [
                _together(said) for said in zip(*(self._column(rows, p, levels) for p in path.split("+")), strict=True)
            ]
        level = topic_level(path)
        if level >= 0:
            return [parts[level] if level < len(parts) else ABSENT for parts in levels]
        return list(map(self._getters[path], rows))


def _plant(tree: dict[str, Any], paths: Iterable[str]) -> bool:
    """Put paths into a tree of names; False if one is both a value and an object."""
    for path in paths:
        at = tree
        *above, last = map(str, path_of(path))
        for name in above:
            at = at.setdefault(name, {})
            if at is None:
                return False
        if last in at:
            return False
        at[last] = None
    return True


def _struct_of(tree: dict[str, Any], names: dict[str, str], prefix: str, attributes: str = "") -> type[msgspec.Struct]:
    """Return a type with the tree's fields alone; names takes what attribute each path becomes."""
    fields: list[tuple[str, Any, Any]] = []
    renamed: dict[str, str] = {}
    for number, (name, below) in enumerate(tree.items()):
        attribute = f"f{number}"
        renamed[attribute] = name
        if below is None:
            names[prefix + written(name)] = attributes + attribute
            fields.append((attribute, Any, ABSENT))
        else:
            inner = _struct_of(below, names, f"{prefix}{written(name)}.", f"{attributes}{attribute}.")
            fields.append((attribute, inner, msgspec.field(default_factory=inner)))
    return msgspec.defstruct("Said", fields, rename=renamed, gc=False, frozen=False)
