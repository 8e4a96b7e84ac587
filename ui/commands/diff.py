"""`citytwin diff OLD NEW`: what became of a layer between two states of its file."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from data.arranging import cell
from data.vector import read
from twin.changes import GEOMETRY, HEIGHT, Changes, changes_between
from twin.layer import Layer
from twin.row_keys import PLACE, own_table
from ui.answer import write_json

LISTED = 1_000


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what `citytwin diff` understands."""
    parser.add_argument("old", metavar="OLD", help="a vector file, or FILE:LAYER, as it was")
    parser.add_argument("new", metavar="NEW", help="the same as it is now")
    parser.add_argument(
        "--by", metavar="COLUMN", help='the column that rows are known by; "place" goes by their geometry'
    )
    parser.add_argument("--limit", type=int, default=LISTED, help=f"list at most so many rows (default {LISTED:,})")
    parser.add_argument("--json", action="store_true", help="answer with one JSON object")


def run(args: argparse.Namespace) -> int:
    """Compare two files.

    raises   TwinError  one cannot be read, or the column does not tell its rows apart
    """
    old = read(args.old, is_alone=True)
    new = read(args.new, is_alone=True, kind=old.info.kind, frame=old.frame)
    by = PLACE if args.by == "place" and "place" not in old.table.fields() else args.by
    changes = changes_between(old, new, by=by)
    answer = counts_of(changes)
    if args.json:
        write_json(answer | {"rows": listed(old, new, changes, limit=args.limit)})
    else:
        sys.stdout.write("\n".join(sentences(answer, listed(old, new, changes, limit=min(args.limit, 20)))) + "\n")
    return 0


def counts_of(changes: Changes) -> dict[str, Any]:
    """Return how many rows came, went and changed, and by what they were known."""
    return {
        "by": changes.by or "place",
        "added": len(changes.added),
        "removed": len(changes.removed),
        "changed": len(changes.changed),
        "unchanged": changes.unchanged,
        "columns_added": list(changes.columns_added),
        "columns_removed": list(changes.columns_removed),
    }


def listed(old: Layer, new: Layer, changes: Changes, *, limit: int) -> list[dict[str, Any]]:
    """Return the rows, changed ones first, with their keys and, by column, what was and what is."""
    before = changes.old_of_new
    rows = [
        {
            "what": "changed",
            **_known(new, changes.by, row),
            "old_row": before[row],
            "fields": {name: _values(old, new, name, before[row], row) for name in changes.fields_of(place)},
        }
        for place, row in enumerate(changes.changed[:limit].tolist())
    ]
    rows += [{"what": "added", **_known(new, changes.by, row)} for row in changes.added[: limit - len(rows)].tolist()]
    gone = changes.removed[: limit - len(rows)].tolist()
    return rows + [{"what": "removed", **_known(old, changes.by, row)} for row in gone]


def _known(layer: Layer, by: str, row: int) -> dict[str, Any]:
    return {"row": row} | ({"key": cell(own_table(layer.table), by, row)} if by else {})


def _values(old: Layer, new: Layer, name: str, before: int, after: int) -> list[object] | None:
    """Return what was and what is; None for an outline."""
    if name == GEOMETRY:
        return None
    if name == HEIGHT:
        heights = (old.heights, before), (new.heights, after)
        return [None if h is None else round(float(h.height_m[row]), 3) for h, row in heights]
    return [cell(own_table(old.table), name, before), cell(own_table(new.table), name, after)]


def sentences(answer: dict[str, Any], rows: list[dict[str, Any]]) -> list[str]:
    """Return the same for people."""
    counts = ", ".join(f"{answer[what]:,} {what}" for what in ("added", "removed", "changed", "unchanged"))
    lines = [f"{counts} (rows known by {answer['by']})"]
    for row in rows:
        fields = row.get("fields", {})
        told = "; ".join(f"{n}: {v[0]} -> {v[1]}" if v else f"{n} differs" for n, v in fields.items())
        lines.append(f"  {row['what']:8} {row.get('key', 'row ' + str(row['row']))}" + (f"  {told}" if told else ""))
    total = answer["added"] + answer["removed"] + answer["changed"]
    return lines if len(rows) >= total else [*lines, f"  and {total - len(rows):,} more"]
