r"""Paths into messages.

"VP.lat", "geometry.coordinates.0", "VP.oper+VP.veh", "*.lat", "topic.2", "#key"; and further: "air\.pm10" is one name
with a dot, "/deviceId" is looked for in the whole message and not in each of its entities, "readings.type=P1.value" is
the value of that item of a list whose type is P1, and "where.0" the first number of a text such as "POINT (24 60)".
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

ABSENT: Final = -1e300
"""Stands where a message does not have the field at all; a null is None."""
KEY = "#key"
"""The name under which an entity stands in its message, where the message is an object of entities."""
ROOT = "/"
"""Before a path that begins at the whole message."""

Path = tuple[str | int, ...]
_DOT = re.compile(r"(?<!\\)\.")
_NUMBER = re.compile(r"[-+]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?")
MOST_TEXT = 100_000
MOST_NUMBER = 1e12
"""Farther than any place on Earth in any unit."""


@lru_cache(maxsize=4096)
def path_of(text: str) -> Path:
    """Return the parts of a path; whole numbers are places in a list, except behind "topic"."""
    parts = (part.replace("\\.", ".") for part in _DOT.split(text.removeprefix(ROOT)))
    return tuple(int(part) if _is_place(part) else part for part in parts) if text else ()


def _is_place(part: str) -> bool:
    return part.isascii() and part.isdigit() and len(part) < 10


def written(part: str) -> str:
    """Return a name as it stands in a path."""
    return part.replace(".", "\\.")


def is_plain(text: str) -> bool:
    """Return whether a path is nothing but names of nested objects (or of the topic)."""
    parts = path_of(text)
    if not text or parts[0] == "topic":
        return True
    if text.startswith(ROOT):
        return False
    return all(isinstance(p, str) and p not in {"*", KEY} and "=" not in p for p in parts)


def topic_level(text: str) -> int:
    """Return which level of the topic a path means, -1 if it means the message."""
    parts = path_of(text)
    return parts[1] if len(parts) == 2 and parts[0] == "topic" and isinstance(parts[1], int) else -1


def value_at(row: object, path: Path) -> object:
    """Return what stands at a path, ABSENT if there is none.

    A number taken of a list of points or of rings is the mean over these: the middle of a line or polygon.
    """
    for place, part in enumerate(path):
        if isinstance(row, dict):
            if part == "*":
                row = next((v for v in row.values() if isinstance(v, dict)), ABSENT)
            else:
                row = row.get(part, row.get(str(part), ABSENT))
        elif isinstance(row, list) and isinstance(part, int):
            if row and isinstance(row[0], list) and place == len(path) - 1:
                numbers = list(_components(row, part, depth=0))
                return sum(numbers) / len(numbers) if numbers else None
            row = row[part] if part < len(row) else ABSENT
        elif isinstance(row, list) and "=" in str(part):
            row = _item(row, str(part))
        elif isinstance(row, str) and isinstance(part, int) and place == len(path) - 1:
            return number_in(row, part)
        else:
            return ABSENT
    return row


def _item(items: list[object], wanted: str) -> object:
    """Return the item of a list that says NAME=VALUE."""
    name, _, value = wanted.partition("=")
    return next((i for i in items if isinstance(i, dict) and str(i.get(name)) == value), ABSENT)


def number_in(text: str, which: int) -> object:
    """Return one of the numbers of a text such as "60.17, 24.94" or "POINT (24.94 60.17)"; ABSENT if it has none."""
    numbers = _NUMBER.findall(text[:MOST_TEXT].partition("(")[2] or text[:MOST_TEXT])
    return float(numbers[which]) if which < len(numbers) else ABSENT


def _components(points: list[object], which: int, *, depth: int) -> Iterator[float]:
    is_ring = len(points) > 3 and points[0] == points[-1]  # its first point stands at its end again
    for point in points[:-1] if is_ring else points:
        if not isinstance(point, list) or depth > 4:
            continue
        if point and isinstance(point[0], list):
            yield from _components(point, which, depth=depth + 1)
        elif which < len(point) and isinstance(number := point[which], int | float) and abs(number) < MOST_NUMBER:
            yield float(number)


def rows_of(document: object, rows: str) -> list[object]:
    """Return the entities of a document: the list at a path, or the document itself.

    An object of objects counts as a list; each gets its name as "#key". Rows "#key" are those of the document itself.
    """
    found = value_at(document, path_of(rows)) if rows and rows != KEY else document
    if isinstance(found, list):
        return found
    if isinstance(found, dict) and rows and found and all(isinstance(v, dict) for v in found.values()):
        return [{KEY: name, **value} for name, value in found.items()]
    if isinstance(found, dict):
        return [found]
    return [] if found is None or found == ABSENT else [{"value": found}]
