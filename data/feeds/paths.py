"""Paths into messages: "VP.lat", "geometry.coordinates.0", "VP.oper+VP.veh", "*.lat", "topic.2", "#key"."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

ABSENT: Final = -1e300
"""Stands where a message does not have the field at all; a null is None."""
KEY = "#key"
"""The name under which an entity stands in its message, where the message is an object of entities."""

Path = tuple[str | int, ...]


def path_of(text: str) -> Path:
    """Return the parts of a path; whole numbers are places in a list, except behind "topic"."""
    return tuple(int(part) if part.isdigit() else part for part in text.split(".")) if text else ()


def is_plain(text: str) -> bool:
    """Return whether a path is nothing but names of nested objects (or of the topic)."""
    parts = path_of(text)
    return not text or parts[0] == "topic" or all(isinstance(p, str) and p not in {"*", KEY} for p in parts)


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
        else:
            return ABSENT
    return row


def _components(points: list[object], which: int, *, depth: int) -> Iterator[float]:
    for point in points:
        if not isinstance(point, list) or depth > 4:
            continue
        if point and isinstance(point[0], list):
            yield from _components(point, which, depth=depth + 1)
        elif which < len(point) and isinstance(number := point[which], int | float):
            yield float(number)


def rows_of(document: object, rows: str) -> list[object]:
    """Return the entities of a document: the list at a path, or the document itself.

    An object of objects counts as a list; each gets its name as "#key".
    """
    found = value_at(document, path_of(rows)) if rows else document
    if isinstance(found, list):
        return found
    if isinstance(found, dict) and rows and found and all(isinstance(v, dict) for v in found.values()):
        return [{KEY: name, **value} for name, value in found.items()]
    if isinstance(found, dict):
        return [found]
    return [] if found is None or found == ABSENT else [{"value": found}]
