"""The first rows of a sheet or text file as they stand there, for a person to point at the header."""

from __future__ import annotations

import csv
import io
import os
from pathlib import Path

from data import excel
from data.csv_tables import separator_of
from data.database_address import is_address
from data.encodings import decoded
from data.sniffing import looks_like
from data.sources import opened
from data.tables import TEXT_SUFFIXES

ROWS = 12
COLUMNS = 40
_SAMPLE_BYTES = 200_000


def first_rows(path: str | os.PathLike[str], table: str | None = None) -> tuple[tuple[str, ...], ...]:
    """Return the first rows as text; none for files whose columns have names of their own.

    table    the sheet; None takes the first
    raises   SourceError, LayerError  it cannot be read
    """
    if is_address(os.fspath(path)):
        return ()
    with opened(path) as source:
        name = Path(source.given).name
        if source.suffix in excel.SUFFIXES or looks_like(Path(source.path)) == "old Office document":
            sheet = table or excel.sheet_names(source.path, name)[0]
            cells = excel.read_sheet(source.path, sheet, name).cells[:ROWS]
            return tuple(tuple(_text(cell) for cell in row[:COLUMNS]) for row in cells)
        if source.suffix not in TEXT_SUFFIXES:
            return ()
        with Path(source.path).open("rb") as file:
            text = decoded(file.read(_SAMPLE_BYTES)).utf8.decode("utf-8", "replace")
        lines = csv.reader(io.StringIO(text), delimiter=separator_of(text))
        return tuple(tuple(row[:COLUMNS]) for row, _ in zip(lines, range(ROWS), strict=False))


def _text(cell: object) -> str:
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell)
