"""What is in a table without geometry, in words and for scripts."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from data.database_address import without_password
from data.excel import SUFFIXES as OF_WORKBOOKS
from data.tables import describe_tables, read_table
from twin.personal import personal_columns

OF_TABLES = {*OF_WORKBOOKS, ".csv", ".tsv", ".dbf", ".parquet", ".sqlite", ".db"}
"""Suffixes of tables; other text files may be anything."""


def may_be_table(path: str) -> bool:
    """Return whether a file may hold a table without geometry, by its name."""
    return Path(path).suffix.lower() in OF_TABLES


def table_answer(path: str, table: str | None = None) -> dict[str, object]:
    """Return what scripts rely on: the keys of `info`, those of places empty.

    table    the sheet or table; None takes the one most likely meant
    raises   SourceError, LayerError, ColumnError  it cannot be read
    """
    found = read_table(path, table=table)
    return {
        "path": without_password(path),
        "driver": "table",
        "layers": [one.name for one in describe_tables(path)],
        "layer": found.name,
        "features": len(found.table),
        "buildings": 0,
        "geometry_types": [],
        "crs": None,
        "crs_source": None,
        "bounds_lonlat": None,
        "fields": list(found.table.fields()),
        "height": None,
        "personal": [
            {"field": c.field, "why": c.why, "decided": str(c.decided)} for c in personal_columns(found.table)
        ],
        "problems": [{"what": p.what, "count": p.count, "examples": list(p.examples)} for p in found.report.problems],
    }


def table_sentences(answer: Mapping[str, Any]) -> list[str]:
    """Return the same for people, one thing a line."""
    others = [name for name in answer["layers"] if name != answer["layer"]]
    lines = [
        f"{answer['path']}",
        f"  table      {answer['layer']}" + (f"; others: {', '.join(others)}" if others else ""),
        f"  rows       {answer['features']:,}, without geometry: join them to a layer with --join",
        f"  fields     {', '.join(answer['fields']) or 'none'}",
    ]
    lines += [f"  personal   {c['field']}: {c['why']}" for c in answer["personal"]]
    return lines + [f"  problem    {p['count']:,} {p['what']}" for p in answer["problems"]]
