"""`citytwin contributions PROJECT FILE`: bring what came by letter, mail or another site into the hearing's record."""

from __future__ import annotations

import argparse
import hashlib
import secrets
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ui.answer import write_json

if TYPE_CHECKING:
    from data.ledger import Draft

FIELDS = ("text", "kind", "lon", "lat", "age_group", "district", "language", "name")
AT_ONCE = 500


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what `citytwin contributions` understands."""
    parser.add_argument("project", metavar="PROJECT", type=Path, help="the project whose record they go into")
    parser.add_argument("file", metavar="FILE", type=Path, help="a CSV, a workbook, or a GeoPackage of points")
    parser.add_argument(
        "--map", dest="mapping", default="", metavar="text=..,lon=..",
        help=f"which column is which ({', '.join(FIELDS)}); without it columns of these names",
    )  # fmt: skip
    parser.add_argument("--source", choices=["online", "paper"], default="online", help="what they are counted as")
    parser.add_argument("--note", default="", help="where they come from, for the record")
    parser.add_argument("--json", action="store_true", help="answer with one JSON object")


def run(args: argparse.Namespace) -> int:
    """Read, check and write them; each waits for a moderator.

    raises   TwinError  the file cannot be read, has no text, or was brought in before; nothing is written
    """
    from data.ledger import Draft, Ledger, ledger_path  # noqa: PLC0415  see ui.commands.report

    rows = list(_rows(args.file))
    mapping = mapping_of(args.mapping, rows, args.file)
    digest = hashlib.sha256(args.file.read_bytes()).hexdigest()
    good, bad = [], []
    for number, row in enumerate(rows, 1):
        try:
            good.append(_draft(row, mapping, args.source, args.file.name, number))
        except ValueError as error:
            bad.append({"row": number, "why": str(error)})
    with Ledger(ledger_path(args.project)) as ledger:
        _refuse_twice(ledger.path, digest, args.file)
        provenance = {
            "file": args.file.name, "sha256": digest, "rows": len(rows), "taken": len(good), "note": args.note,
            "mapping": mapping, "source": args.source,
        }  # fmt: skip
        ledger.write(Draft("imported", "administrator", provenance))
        for first in range(0, len(good), AT_ONCE):
            ledger.write_each(good[first : first + AT_ONCE])
        entries = ledger.count
    answer = {"file": str(args.file), "rows": len(rows), "taken": len(good), "refused": bad, "entries": entries}
    if args.json:
        write_json(answer)
    else:
        sys.stdout.write(f"{len(good):,} of {len(rows):,} contributions were taken in; they wait for a moderator.\n")
        for one in bad[:20]:
            sys.stdout.write(f"  row {one['row']}: {one['why']}\n")
    return 0


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    """Give the rows of a table or of a layer of points; the points become lon and lat."""
    from twin.errors import SourceError  # noqa: PLC0415  see run()

    if path.suffix.lower() in (".gpkg", ".geojson", ".shp", ".fgb", ".json"):
        import geopandas  # noqa: PLC0415  heavy

        try:
            frame = geopandas.read_file(path, engine="pyogrio").to_crs(4326)
        except Exception as error:  # GDAL's own errors have no common base
            raise SourceError(f"{path.name} cannot be read ({error}).", hint="Give a CSV or a GeoPackage.") from error
        points = frame.geometry.representative_point()
        for row, point in zip(frame.drop(columns="geometry").to_dict("records"), points, strict=True):
            yield {"lon": point.x, "lat": point.y} | row
        return
    from data.tables import read_table  # noqa: PLC0415

    table = read_table(str(path)).table
    for number in range(len(table)):
        yield table.row(number)


def mapping_of(text: str, rows: list[dict[str, Any]], path: Path) -> dict[str, str]:
    """Return which column is which.

    raises   UsageError   the mapping is not written as it should be
             ColumnError  there is no such column, or none for the text
    """
    from twin.errors import ColumnError, UsageError  # noqa: PLC0415  see run()

    columns = {str(c) for row in rows[:50] for c in row}
    mapping = {name: name for name in FIELDS if name in columns}
    for part in filter(None, text.split(",")):
        name, _, column = part.partition("=")
        if name.strip() not in FIELDS or not column:
            raise UsageError(f'"{part}" maps nothing.', hint=f"Write text=COLUMN; known are {', '.join(FIELDS)}.")
        if column.strip() not in columns:
            raise ColumnError(f'{path.name} has no column "{column.strip()}".', hint=f"It has {', '.join(columns)}.")
        mapping[name.strip()] = column.strip()
    if "text" not in mapping:
        raise ColumnError(
            f"{path.name} has no column for the text.", hint=f"Name it: --map text=COLUMN, one of {', '.join(columns)}."
        )
    return mapping


def _draft(row: Mapping[str, Any], mapping: Mapping[str, str], source: str, file: str, number: int) -> Draft:
    from data.ledger import Draft  # noqa: PLC0415  see run()
    from twin.errors import CommentError  # noqa: PLC0415
    from ui.audience.comment_sheet import checked_sheet, why_held  # noqa: PLC0415

    def value(name: str) -> str:
        found = row.get(mapping.get(name, ""), None)
        return "" if found is None or found != found else str(found).strip()  # noqa: PLR0124  NaN

    sent: dict[str, Any] = {n: value(n) for n in ("text", "age_group", "district", "language") if value(n)}
    kind = value("kind").casefold()
    sent["kind"] = kind if kind in ("idea", "worry", "question", "like") else "idea"
    if value("lon") and value("lat"):
        sent["place"] = {"type": "point", "lonlat": [float(value("lon")), float(value("lat"))]}
        if value("name"):
            sent["place"]["name"] = value("name")
    try:
        checked_kind, sheet = checked_sheet(sent)
    except CommentError as error:
        raise ValueError(error.sentence) from error
    body = {
        "id": secrets.token_hex(6), "kind": checked_kind, "author": f"import-{secrets.token_hex(12)}",
        "source": source, "state": "held", "reason": why_held(sheet.text), "from": f"{file}, row {number}",
    }  # fmt: skip
    return Draft("commented", "administrator", body, sheet)


def _refuse_twice(path: Path, digest: str, file: Path) -> None:
    from data.ledger_reading import read_entries  # noqa: PLC0415  see run()
    from twin.errors import LedgerError  # noqa: PLC0415

    if any(entry.kind == "imported" and entry.body.get("sha256") == digest for entry, _ in read_entries(path)):
        raise LedgerError(f"{file.name} was brought in before.", hint="The same rows are not counted twice.")
