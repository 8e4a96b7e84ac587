"""Tables of text (CSV) with a column of outlines in well-known text: a note tells GDAL how to read them as a map."""

from __future__ import annotations

import csv
import re
from pathlib import Path
from xml.sax.saxutils import quoteattr

SUFFIXES = (".csv", ".tsv")
_WKT = re.compile(
    r"\s*(?:SRID=(\d+);)?\s*(?:(?:MULTI)?(?:POLYGON|LINESTRING|POINT)|GEOMETRYCOLLECTION)\s*(?:ZM|Z|M)?\s*\(",
    re.IGNORECASE,
)
_PEEKED_BYTES = 4 * 2**20


def is_text_with_shapes(path: Path) -> bool:
    """Return whether a file is a table with a column of outlines as text."""
    return path.suffix.lower() in SUFFIXES and path.is_file() and _shapes_in(path) is not None


def described_table(path: Path, folder: Path) -> Path:
    """Write a note beside nothing, in a folder of our own, that makes such a table a map; return its path."""
    found = _shapes_in(path)
    assert found is not None
    column, srid = found
    crs = f"<LayerSRS>EPSG:{srid}</LayerSRS>" if srid else ""
    note = folder / f"{path.stem}.vrt"
    note.write_text(
        f"<OGRVRTDataSource><OGRVRTLayer name={quoteattr(path.stem)}>"
        f"<SrcDataSource>{_text(str(path))}</SrcDataSource>"
        f'<OpenOptions><OOI key="AUTODETECT_TYPE">YES</OOI><OOI key="GEOM_POSSIBLE_NAMES">{_text(column)}</OOI>'
        f'<OOI key="KEEP_GEOM_COLUMNS">NO</OOI></OpenOptions>{crs}</OGRVRTLayer></OGRVRTDataSource>',
        encoding="utf-8",
    )
    return note


def _text(plain: str) -> str:
    return plain.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _shapes_in(path: Path) -> tuple[str, str] | None:
    """Return the column of outlines and its SRID ("" where it says none); None where there is no such column."""
    try:
        with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
            text = file.read(_PEEKED_BYTES)
    except OSError:
        return None
    first = text.split("\n", 1)[0]
    sign = max(",;\t|", key=first.count)
    csv.field_size_limit(2**31 - 1)
    rows = csv.reader(text.splitlines(keepends=True), delimiter=sign)
    try:
        head = next(rows, [])
        for number, row in enumerate(rows):
            for name, value in zip(head, row, strict=False):
                met = _WKT.match(value)
                if met is not None:
                    return name, met[1] or ""
            if number > 50:
                return None
    except csv.Error:
        return None
    return None
