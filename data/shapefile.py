"""Whether a shapefile's companions are there and whole: many are sent without them, or cut off on the way."""

from __future__ import annotations

from pathlib import Path

from twin.report import Report

LENGTH_AT, HEADER_BYTES = 24, 100
"""Where .shp and .shx state their length, in units of two bytes, and how long their head is.
source: ESRI Shapefile Technical Description, 1998"""


def companion(shapefile: Path, suffix: str) -> Path | None:
    """Return the file of the same name with another suffix, in small or capital letters."""
    return next((p for s in (suffix, suffix.upper()) if (p := shapefile.with_suffix(s)).exists()), None)


def has_index(shapefile: Path) -> bool:
    """Return whether there is a .shx and it is whole; GDAL rebuilds it otherwise."""
    index = companion(shapefile, ".shx")
    return index is not None and index.stat().st_size >= max(_stated_bytes(index), HEADER_BYTES)


def note_condition(path: Path, report: Report) -> None:
    """Note in the report what a shapefile lacks; other files are left alone."""
    if path.suffix.lower() != ".shp":
        return
    if _stated_bytes(path) != path.stat().st_size:
        report.add("shapefile is not as long as its header says: it may be cut off", count=1)
    if not has_index(path):
        report.add("index file (.shx) was missing or cut off and was rebuilt for this reading", count=1)
    table = companion(path, ".dbf")
    if table is None:
        report.add("attribute file (.dbf) is missing: the features have no attributes", count=1)
    else:
        report.add("rows are missing at the end of the attribute file (.dbf): it is cut off", count=_lost_rows(table))


def _stated_bytes(path: Path) -> int:
    with path.open("rb") as file:
        head = file.read(LENGTH_AT + 4)
    return 2 * int.from_bytes(head[LENGTH_AT:], "big", signed=True)


def _lost_rows(table: Path) -> int:
    """Return how many rows a .dbf's header promises and its length does not hold."""
    with table.open("rb") as file:
        head = file.read(12)
    rows, start, width = (int.from_bytes(head[a:b], "little") for a, b in ((4, 8), (8, 10), (10, 12)))
    held = (table.stat().st_size - start) // width if width else rows
    return max(rows - max(held, 0), 0)
