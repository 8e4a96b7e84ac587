"""PostgreSQL and PostGIS: tables as layers and as tables to join, through psycopg (the extra `db`)."""

# ruff: noqa: S608  names in SQL are quoted by _quoted, values are parameters

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from data.content import Facts, Stream, four
from data.database_address import Address, address_of
from data.database_connection import connected
from data.sources import Source, chosen_layer
from twin.errors import ColumnError, LayerError

if TYPE_CHECKING:
    from psycopg import Connection

DRIVER = "PostGIS"
BATCH_ROWS = 16_384
_WHOLE, _NUMBERS = ("int2", "int4", "int8"), ("float4", "float8", "numeric", "money")
_TIMES, _SPATIAL = ("date", "timestamp", "timestamptz"), ("geometry", "geography")
_TABLES = """
    SELECT * FROM (SELECT n.nspname, c.relname, c.reltuples::float8,
           (SELECT count(*) FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid WHERE a.attrelid = c.oid
            AND a.attnum > 0 AND NOT a.attisdropped AND t.typname IN ('geometry', 'geography')) AS shapes
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'v', 'm', 'f', 'p') AND n.nspname NOT LIKE 'pg\\_%%' AND n.nspname <> 'information_schema'
      AND c.relname NOT IN ('spatial_ref_sys', 'geometry_columns', 'geography_columns', 'raster_columns',
                            'raster_overviews') AND has_table_privilege(c.oid, 'SELECT')
    ) found ORDER BY shapes = 0, reltuples DESC, nspname, relname
"""
_COLUMNS = """
    SELECT a.attname, t.typname FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
    WHERE a.attrelid = %s::regclass AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum
"""


@dataclass(frozen=True, slots=True)
class TableName:
    """One table of a database."""

    schema: str
    name: str
    about: int
    """Rows as the database estimates them; -1 where it does not know."""
    has_geometry: bool

    @property
    def shown(self) -> str:
        """Return the name a person knows it by; the usual schema is left out."""
        return self.name if self.schema == "public" else f"{self.schema}.{self.name}"

    @property
    def quoted(self) -> str:
        """Return the name as SQL takes it."""
        return f"{_quoted(self.schema)}.{_quoted(self.name)}"


@dataclass(frozen=True, slots=True)
class _Columns:
    """The columns of a table as they are asked for."""

    names: tuple[str, ...]
    types: tuple[pa.DataType, ...]
    select: tuple[str, ...]
    geometry: str | None


def is_database(path: Path) -> bool:
    """Return whether a source is a database: Path leaves one of the two slashes of its address."""
    return str(path).startswith(("postgresql:/", "postgres:/"))


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


# tables


def tables_in(address: Address) -> list[TableName]:
    """Return the tables and views that can be read, those with geometry first.

    raises   SourceError  the database cannot be reached
    """
    with connected(address) as connection:
        return _tables(connection)


def _tables(connection: Connection[Any]) -> list[TableName]:
    rows = connection.execute(_TABLES).fetchall()
    return [TableName(schema, name, int(about), shapes > 0) for schema, name, about, shapes in rows]


def _found(tables: Sequence[TableName], wanted: str, address: Address) -> TableName:
    """Return the table of a name, "table" or "schema.table".

    raises   LayerError  there is none
    """
    for table in tables:
        if wanted in (table.shown, f"{table.schema}.{table.name}"):
            return table
    by_name = [table for table in tables if table.name == wanted]
    if len(by_name) == 1:
        return by_name[0]
    names = [table.shown for table in tables]
    if not names:
        raise LayerError(f'The database "{address.database}" has no table that may be read.', hint="Ask for the right.")
    return tables[names.index(chosen_layer(names, wanted, address.database))]


def found_table(connection: Connection[Any], wanted: str | None, address: Address) -> TableName:
    """Return the table with geometry that is meant.

    raises   LayerError  there is none of that name, or it has no geometry
    """
    return _chosen(_tables(connection), wanted, address)


def _columns(connection: Connection[Any], table: TableName, *, with_geometry: bool) -> _Columns:
    names, types, select, geometry = [], [], [], None
    for name, kind in connection.execute(_COLUMNS, (table.quoted,)).fetchall():
        column = _quoted(name)
        if kind in _SPATIAL:
            if geometry is None and with_geometry:
                geometry = name
                names.append(name)
                types.append(pa.binary())
                shape = f"{column}::geometry"
                select.append(
                    f"ST_AsBinary(CASE WHEN ST_HasArc({shape}) THEN ST_CurveToLine({shape}) ELSE {shape} END)"
                )
            continue
        if kind in ("bytea", "raster"):
            continue
        chosen, cast = _kind(kind)
        names.append(name)
        types.append(chosen)
        select.append(f"{column}{cast}")
    return _Columns(tuple(names), tuple(types), tuple(select), geometry)


def _kind(kind: str) -> tuple[pa.DataType, str]:
    """Return what a column becomes, and how it is asked for."""
    if kind in _WHOLE:
        return pa.int64(), ""
    if kind in _NUMBERS:
        return pa.float64(), "::numeric::float8" if kind == "money" else "::float8"
    if kind == "bool":
        return pa.bool_(), ""
    if kind in _TIMES:
        return pa.timestamp("us"), "::timestamp"
    return pa.string(), "::text"


def _batches(connection: Connection[Any], table: TableName, columns: _Columns) -> Iterator[pa.RecordBatch]:
    """Return a table's rows, some thousand at a time; the server keeps the rest."""
    schema = pa.schema(list(zip(columns.names, columns.types, strict=True)))
    with connection.cursor(name="citytwin_rows", binary=True) as cursor:
        cursor.execute(f"SELECT {', '.join(columns.select)} FROM {table.quoted}".encode())
        while rows := cursor.fetchmany(BATCH_ROWS):
            values = zip(*rows, strict=True)
            arrays = [pa.array(list(column), kind) for column, kind in zip(values, columns.types, strict=True)]
            yield pa.RecordBatch.from_arrays(arrays, schema=schema)


# as a layer


def facts(source: Source, layer: str | None, *, is_quick: bool = False) -> Facts:
    """Look at a table with geometry without reading its rows.

    raises   SourceError, LayerError  the database cannot be reached, or has no such table, or none with geometry
    """
    address = address_of(source.path)
    with connected(address) as connection:
        tables = _tables(connection)
        table = _chosen(tables, layer or address.table, address)
        columns = _columns(connection, table, with_geometry=True)
        geometry = _quoted(columns.geometry or "")
        kinds = connection.execute(
            f"SELECT DISTINCT GeometryType(g::geometry) FROM (SELECT {geometry} AS g FROM {table.quoted} "
            f"WHERE {geometry} IS NOT NULL LIMIT 200) few".encode()
        ).fetchall()
        count, bounds = table.about, None
        if not is_quick:
            sql = "SELECT n, ST_XMin(e), ST_YMin(e), ST_XMax(e), ST_YMax(e) FROM "
            sql += f"(SELECT count(*) AS n, ST_Extent({geometry}::geometry) AS e FROM {table.quoted}) looked"
            count, *edges = connection.execute(sql.encode()).fetchone() or (0, None)
            bounds = four(None if edges[0] is None else edges)
        return Facts(
            driver=DRIVER,
            layers=tuple(t.shown for t in tables if t.has_geometry),
            layer=table.shown,
            count=int(count),
            crs=_crs(connection, table, geometry),
            bounds=bounds,
            fields=tuple(name for name in columns.names if name != columns.geometry),
            opened=(table.shown,) if address.table else (),
            geometry_types=tuple(sorted(_GEOMETRY_NAMES.get(kind, kind) for (kind,) in kinds)),
        )


_GEOMETRY_NAMES = {
    "POLYGON": "Polygon", "MULTIPOLYGON": "MultiPolygon", "LINESTRING": "LineString", "POINT": "Point",
    "MULTILINESTRING": "MultiLineString", "MULTIPOINT": "MultiPoint", "GEOMETRYCOLLECTION": "GeometryCollection",
}  # fmt: skip


def _chosen(tables: Sequence[TableName], wanted: str | None, address: Address) -> TableName:
    """Return the table asked for, else the only one with geometry."""
    with_geometry = [table for table in tables if table.has_geometry]
    listed = ", ".join(table.shown for table in with_geometry[:12])
    if wanted is None:
        if len(with_geometry) == 1:
            return with_geometry[0]
        said = f"{len(with_geometry)} tables with geometry: {listed}" if with_geometry else "no table with geometry"
        raise LayerError(
            f'The database "{address.database}" has {said}.',
            hint="Name one: …?table=SCHEMA.TABLE" if with_geometry else "Join its tables to a layer instead: --join.",
        )
    table = _found(tables, wanted, address)
    if not table.has_geometry:
        raise LayerError(
            f'"{table.shown}" of the database "{address.database}" is a table without geometry.',
            hint=f"Join it to a layer (--join), or open one of: {listed or 'none has geometry'}.",
        )
    return table


def _crs(connection: Connection[Any], table: TableName, geometry: str) -> str | None:
    """Return the CRS by the SRID of the first geometry; None for SRID 0, which says nothing."""
    sql = f"SELECT ST_SRID({geometry}::geometry) FROM {table.quoted} WHERE {geometry} IS NOT NULL LIMIT 1"
    row = connection.execute(sql.encode()).fetchone()
    if row is None or not row[0]:
        return None
    known = connection.execute(
        "SELECT auth_name, auth_srid, srtext FROM spatial_ref_sys WHERE srid = %s", (row[0],)
    ).fetchone()
    if known is None:
        return None
    return f"{known[0]}:{known[1]}" if known[0] in ("EPSG", "ESRI") else str(known[2]) or None


@contextmanager
def stream(source: Source, known: Facts) -> Iterator[Stream]:
    """Return a table's rows; the connection stays open as long as they are read.

    raises   SourceError  the database breaks off
    """
    address = address_of(source.path)
    with connected(address) as connection:
        table = _found(_tables(connection), known.layer, address)
        columns = _columns(connection, table, with_geometry=True)
        assert columns.geometry is not None
        yield Stream(known, columns.geometry, _batches(connection, table, columns), lambda finished: finished)


# as a table to join


def read_rows(path: str, wanted: str | None, column: str | None) -> tuple[str, pa.Table]:
    """Return a table's name and rows, without geometry.

    wanted   the table; None takes the one in the address, else the first that has the column
    column   a column that the table must have
    raises   SourceError, LayerError, ColumnError  the database cannot be reached, has no such table or column
    """
    address = address_of(path)
    with connected(address) as connection:
        tables = _tables(connection)
        name = wanted or address.table
        table = _found(tables, name, address) if name else _with_column(connection, tables, column, address)
        columns = _columns(connection, table, with_geometry=False)
        if not columns.names:
            raise LayerError(f'"{table.shown}" has no columns to join.', hint="Name another table.")
        batches = list(_batches(connection, table, columns))
        schema = pa.schema(list(zip(columns.names, columns.types, strict=True)))
        return table.shown, pa.Table.from_batches(batches, schema)


def _with_column(
    connection: Connection[Any], tables: Sequence[TableName], column: str | None, address: Address
) -> TableName:
    for table in tables:
        if column is None or column in _columns(connection, table, with_geometry=False).names:
            return table
    names = ", ".join(table.shown for table in tables[:12]) or "none"
    raise ColumnError(
        f'No table of the database "{address.database}" has a column "{column}".',
        hint=f"Name the table: …?table=SCHEMA.TABLE. Its tables are: {names}.",
        column=column,
    )


def columns_of(path: str, wanted: str) -> tuple[str, ...]:
    """Return the names of a table's columns, without geometry."""
    address = address_of(path)
    with connected(address) as connection:
        return _columns(connection, _found(_tables(connection), wanted, address), with_geometry=False).names
