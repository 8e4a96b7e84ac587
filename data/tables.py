"""Tables without geometry: text files, workbooks, Parquet, dBase, SQLite; path in, columns and a report out."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pyogrio

from data import database, excel
from data.csv_tables import read_csv, shape_of
from data.database_address import address_of, is_address
from data.dbf import encoding_of
from data.ogr import READ_ERRORS, UNKNOWN
from data.sniffing import looks_like
from data.sources import Source, opened
from data.table import ArrowTable
from twin.errors import ColumnError, LayerError, SourceError
from twin.report import Report

TEXT_SUFFIXES = frozenset({".csv", ".tsv", ".txt", ".tab", ".asc", ".dat", ".psv"})
_PICTURES = frozenset({"PNG picture", "JPEG picture", "TIFF picture", "PDF document"})
_NO_TABLE = _PICTURES | {"gzip archive", "PMTiles", "program", "web page"}


@dataclass(frozen=True, slots=True)
class TableFacts:
    """What is known of one table in a file."""

    name: str
    """The sheet, the layer, or the file's own name."""
    rows: int
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TableRead:
    """A table that was read, and what happened."""

    name: str
    """The sheet, the layer, or the file's own name."""
    file: str
    """The file's own name without suffix: what its columns are called by where names clash."""
    table: ArrowTable
    report: Report


@dataclass(frozen=True, slots=True)
class _Format:
    """How one format of tables is read."""

    names: Callable[[Source], list[str]]
    """The tables in the file, the one that is most likely meant first."""
    read: Callable[[Source, str, int | None, Report], pa.Table]


def describe_tables(path: str | os.PathLike[str]) -> tuple[TableFacts, ...]:
    """Return the tables in a file, the one that read_table would take first; sheets without cells are left out.

    raises   SourceError  it is missing or cannot be read
    """
    if is_address(os.fspath(path)):
        return _database_tables(os.fspath(path))
    with opened(path) as source:
        fmt = _format(source)
        found = []
        for name in fmt.names(source):
            try:
                table = fmt.read(source, name, None, Report())
            except SourceError:
                continue
            found.append(TableFacts(name, len(table), tuple(table.column_names)))
    return tuple(found)


def read_table(
    path: str | os.PathLike[str], *, table: str | None = None, header_row: int | None = None, column: str | None = None
) -> TableRead:
    """Read one table of a file.

    table        its sheet or layer; None takes the first that has the column asked for, or the first with rows
    header_row   the header's row in a sheet or text file, from 1; None finds it
    column       a column that the table must have
    raises       SourceError  the file is missing or cannot be read
                 LayerError   there is no such table in it
                 ColumnError  no table has the column
    """
    if is_address(os.fspath(path)):
        return _database_read(os.fspath(path), table, column)
    with opened(path) as source:
        fmt = _format(source)
        names = [table] if table is not None else fmt.names(source)
        chosen: TableRead | None = None
        for name in names:
            report = Report()
            try:
                rows = fmt.read(source, name, header_row, report)
            except SourceError:
                if len(names) == 1:
                    raise
                continue
            read = TableRead(name, source.stem, ArrowTable(_plain(rows)), report)
            chosen = chosen or read
            if column is None or column in rows.column_names:
                read.report.problems[:0] = source.report.problems
                return read
    if chosen is None:
        raise SourceError(f'"{Path(path).name}" holds no table with rows.', hint="Open another file.", path=str(path))
    assert column is not None
    try:
        chosen.table.column(column)
    except ColumnError as error:
        where = f'"{Path(path).name}"' + (f', sheet "{chosen.name}"' if len(names) > 1 else "")
        raise ColumnError(f'There is no column "{column}" in {where}.', hint=error.hint, column=column) from error
    raise AssertionError


def _database_tables(path: str) -> tuple[TableFacts, ...]:
    address = address_of(path)
    found = database.tables_in(address)
    names = [t.shown for t in found if address.table in (None, t.shown, f"{t.schema}.{t.name}")]
    about = {t.shown: t.about for t in found}
    return tuple(TableFacts(name, about[name], database.columns_of(path, name)) for name in names)


def _database_read(path: str, table: str | None, column: str | None) -> TableRead:
    name, rows = database.read_rows(path, table, column)
    read = TableRead(name, name.rpartition(".")[2], ArrowTable(_plain(rows)), Report())
    if column is not None:
        try:
            read.table.column(column)
        except ColumnError as error:
            where = f'"{name}" of the database "{address_of(path).database}"'
            raise ColumnError(f'There is no column "{column}" in {where}.', hint=error.hint, column=column) from error
    return read


def _format(source: Source) -> _Format:
    kind, suffix = looks_like(Path(source.path)), source.suffix
    if suffix in excel.SUFFIXES or kind == "old Office document":
        return _Format(lambda s: excel.sheet_names(s.path, Path(s.given).name), _sheet)
    if kind == "Parquet":
        return _Format(lambda s: [s.stem], _parquet)
    if kind in _NO_TABLE:
        raise SourceError(f'"{Path(source.given).name}" is a {kind}, not a table.', hint="Open another file.")
    if suffix in TEXT_SUFFIXES or kind == "text in UTF-16":
        return _Format(lambda s: [s.stem], _text)
    return _Format(_layers, _attributes)


# formats


def _text(source: Source, name: str, header_row: int | None, report: Report) -> pa.Table:
    del name  # a text file holds one table
    file = Path(source.given).name
    shape = shape_of(Path(source.path).read_bytes(), report, header_row=header_row, name=file)
    return read_csv(shape, report, name=file)


def _sheet(source: Source, name: str, header_row: int | None, report: Report) -> pa.Table:
    sheet = excel.read_sheet(source.path, name, Path(source.given).name)
    return excel.table_of(sheet, report, header_row=header_row)


def _parquet(source: Source, name: str, header_row: int | None, report: Report) -> pa.Table:
    del name, header_row, report
    try:
        return pq.read_table(source.path)
    except (pa.ArrowException, OSError) as error:
        raise _unreadable(source, error) from error


def _layers(source: Source) -> list[str]:
    try:
        with warnings.catch_warnings():  # what GDAL says of geometry concerns no table
            warnings.simplefilter("ignore", RuntimeWarning)
            return [str(name) for name in pyogrio.list_layers(source.path)[:, 0]]
    except READ_ERRORS as error:
        raise _unreadable(source, error) from error


def _attributes(source: Source, name: str, header_row: int | None, report: Report) -> pa.Table:
    """Read what GDAL knows as a table, or a map's attributes without their geometry."""
    del header_row, report
    names = _layers(source)
    if name not in names:
        known = ", ".join(names[:12])
        raise LayerError(f'"{Path(source.given).name}" has no table "{name}".', hint=f"Its tables are: {known}.")
    encoding = encoding_of(Path(source.path)) if source.suffix in (".dbf", ".shp") else None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)
            meta, table = pyogrio.raw.read_arrow(source.path, layer=name, read_geometry=False, encoding=encoding)
    except READ_ERRORS as error:
        raise _unreadable(source, error) from error
    return table.select([str(field) for field in meta["fields"]])


def _unreadable(source: Source, error: Exception) -> SourceError:
    reason = " ".join(str(error).split()).rstrip(".")
    if "not recognized" in reason:
        reason = UNKNOWN
    return SourceError(
        f'"{Path(source.given).name}" cannot be read as a table ({reason[:200]}).',
        hint="Save it as CSV, Excel, Parquet or GeoPackage.",
        path=source.given,
    )


def _plain(table: pa.Table) -> pa.Table:
    """Leave out geometry and other bytes, which nothing can be joined by or coloured with."""
    kinds = (pa.types.is_binary, pa.types.is_large_binary, pa.types.is_nested)
    kept = [f.name for f in table.schema if not any(is_kind(f.type) for is_kind in kinds)]
    return table.select(kept)
