"""Tables in text files: separator, encoding, header and decimal mark found, leading zeros kept."""

from __future__ import annotations

import csv
import io
import itertools
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.csv as pacsv

from data.cells import typed_columns
from data.encodings import decoded
from data.sheet_shape import FOOTER_ROWS, LOOKED_AT_ROWS, footer_length, header_place, unique_names
from twin.errors import SourceError
from twin.report import Report

SEPARATORS = (",", ";", "\t", "|")
_HINT = re.compile(r"sep=(.)\r?\n", re.IGNORECASE)
"""What Excel writes before the first row."""
_SAMPLE_BYTES = 200_000


@dataclass(frozen=True, slots=True)
class Shape:
    """How a text file is to be read."""

    utf8: bytes
    encoding: str
    separator: str
    names: tuple[str, ...]
    begin: int
    """Where the first row after the header begins, in bytes of `utf8`."""


def shape_of(data: bytes, report: Report, *, header_row: int | None = None, name: str = "") -> Shape:
    """Find out how a text file is to be read.

    header_row   the header's row, from 1; None finds it
    raises       SourceError  there are no rows
    """
    text = decoded(data)
    utf8 = text.utf8
    if not text.is_proven:
        report.add(f'"{name}" is not UTF-8; it was read as {text.encoding}, the usual encoding of western Europe',
                   count=1)  # fmt: skip
    sample = utf8[:_SAMPLE_BYTES].decode("utf-8", "ignore")
    hint = _HINT.match(sample)
    separator = hint[1] if hint else separator_of(sample)
    start = len(hint[0]) if hint else 0
    rows, ends = _first_rows(sample[start:], separator)
    place = header_row - 1 if header_row else header_place(rows)
    if not rows or (header_row and not 0 <= header_row - 1 < len(rows)):
        raise SourceError(
            f'"{name}" has no row {header_row}.' if rows else f'"{name}" has no rows.', hint="Look at it."
        )
    width = max(len(row) for row in rows[place or 0 :])
    if place is None:
        names = unique_names([None] * width)
        report.add(f'"{name}" has no header; its columns are numbered', count=1)
        return Shape(utf8, text.encoding, separator, tuple(names), start)
    filled = sum(bool(row) for row in rows[:place])
    report.add(f'rows above the header of "{name}" were left out', count=filled)
    cells = [*rows[place], *[None] * (len(rows[place + 1]) - len(rows[place]) if len(rows) > place + 1 else 0)]
    return Shape(utf8, text.encoding, separator, tuple(unique_names(cells)), start + ends[place])


def separator_of(sample: str) -> str:
    """Return the separator that gives most rows the same number of cells, more than one; a comma if none does."""
    best, chosen = (0.0, 0), ","
    for separator in SEPARATORS:
        rows = [row for row in _first_rows(sample, separator)[0] if row]
        widths = Counter(len(row) for row in rows if len(row) > 1)
        if widths:
            width, often = max(widths.items(), key=lambda item: (item[1], item[0]))
            score = (round(often / len(rows), 1), width)
            best, chosen = (score, separator) if score > best else (best, chosen)
    return chosen


def _first_rows(sample: str, separator: str) -> tuple[list[list[str]], list[int]]:
    """Return the first rows, and where each ends in bytes of UTF-8; a row cut off by the sample is left out."""
    ends, at = [], 0
    fed: list[str] = []

    def lines() -> Iterator[str]:
        for line in io.StringIO(sample, newline=""):
            fed.append(line)
            yield line

    rows = []
    reader = csv.reader(lines(), delimiter=separator)
    with suppress(csv.Error):  # a cell larger than any: what was before it is what there is
        for row in itertools.islice(reader, LOOKED_AT_ROWS * 2):
            at += sum(len(line.encode()) for line in fed)
            fed.clear()
            rows.append(row)
            ends.append(at)
    is_cut = len(sample) >= _SAMPLE_BYTES // 4 and at >= len(sample.encode()) and len(rows) > 1
    return (rows[:-1], ends[:-1]) if is_cut else (rows, ends)


def read_csv(shape: Shape, report: Report, *, name: str = "") -> pa.Table:
    """Return the rows below the header as typed columns."""
    body = pa.py_buffer(memoryview(shape.utf8)[shape.begin :])
    table = _texts(shape, body, report, name) if len(body) else _empty(shape.names)
    sums, notes = footer_length(
        [list(row.values()) for row in table.slice(max(0, len(table) - FOOTER_ROWS)).to_pylist()]
    )
    report.add(f'rows at the end of "{name}" hold sums and were left out', count=sums)
    report.add(f'rows at the end of "{name}" hold notes or nothing and were left out', count=notes)
    table = table.slice(0, len(table) - sums - notes).combine_chunks()
    columns = [(n, _whole(c)) for n, c in zip(table.column_names, table.columns, strict=True)]
    columns = [c for c in columns if not c[0].startswith("column ") or c[1].null_count < len(c[1])]
    typed = typed_columns(columns, report, mark="," if shape.separator == ";" else None)
    return pa.table([c for _, c in typed], names=[n for n, _ in typed])


def _whole(column: pa.ChunkedArray) -> pa.Array:
    return (
        column.chunk(0)
        if column.num_chunks == 1
        else pa.concat_arrays(column.cast(pa.string()).chunks or [pa.array([], pa.string())])
    )


def _empty(names: tuple[str, ...]) -> pa.Table:
    return pa.table([pa.array([], pa.string())] * len(names), names=list(names))


def _texts(shape: Shape, body: pa.Buffer, report: Report, name: str) -> pa.Table:
    """Return all cells as text; the slow way where rows have more or fewer cells than the header."""
    try:
        return pacsv.read_csv(
            pa.BufferReader(body),
            read_options=pacsv.ReadOptions(column_names=list(shape.names)),
            parse_options=pacsv.ParseOptions(delimiter=shape.separator, newlines_in_values=True),
            convert_options=pacsv.ConvertOptions(
                column_types=dict.fromkeys(shape.names, pa.string()), strings_can_be_null=True, null_values=[""],
                quoted_strings_can_be_null=True, check_utf8=False,
            ),
        )  # fmt: skip
    except pa.ArrowInvalid:  # rows of other lengths, or a quote that never ends
        return _ragged(shape, bytes(body).decode("utf-8", "replace"), report, name)


def _ragged(shape: Shape, text: str, report: Report, name: str) -> pa.Table:
    width = len(shape.names)
    rows: list[list[str]] = []
    odd: list[int] = []
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=shape.separator):
            if not row:
                continue
            if len(row) != width:
                odd.append(len(rows))
            rows.append([*row[:width], *[""] * (width - len(row))])
    except csv.Error as error:
        raise SourceError(f'"{name}" cannot be read as a table ({error}).', hint="Save it anew as CSV.") from error
    report.add(
        f'rows of "{name}" are longer or shorter than its header; what is missing is empty, what is too much left out',
        odd,
    )
    return pa.table([pa.array(list(c), pa.string()) for c in zip(*rows, strict=True)], names=list(shape.names))
