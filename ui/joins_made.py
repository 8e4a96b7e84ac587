"""A layer's table with the tables of its joins beside it, out of tables that are read already. No Qt here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from data.near import Grounds, PointTable, near_codes
from data.tables import TableRead
from twin.corrections import CorrectedTable
from twin.errors import TwinError
from twin.expression import shown_rows
from twin.join import Joined, JoinedTable, JoinFacts, TableJoin, join, join_by_codes
from twin.layer import Layer, Style
from twin.report import Report
from twin.table import Table

COLUMN_FIELDS = ("color_by", "label_by", "raised_by", "since_field", "until_field")
"""Fields of a style that name a column."""


@dataclass(frozen=True, slots=True)
class Made:
    """A table with everything joined to it."""

    table: Table
    facts: tuple[JoinFacts, ...]
    report: Report


def bare(table: Table) -> Table:
    """Return a table without what was joined to it."""
    while isinstance(table, JoinedTable | CorrectedTable):
        table = table.left
    return table


def depth(table: Table) -> int:
    """Return how many tables are joined to a table."""
    number = 0
    while isinstance(table, JoinedTable | CorrectedTable):
        number += isinstance(table, JoinedTable)
        table = table.left
    return number


def one(table: Table, wanted: TableJoin, read: TableRead | PointTable, grounds: Callable[[], Grounds]) -> Joined:
    """Join one table.

    raises   ColumnError  it has no such column, or the layer
             LayerError   points are joined to a layer without areas
    """
    if isinstance(read, PointTable):
        codes = near_codes(grounds(), read.points, rows=len(read.table), distance_m=wanted.near_m or 0.0)
        return join_by_codes(
            table, read.table, codes,
            reduce=wanted.reduce, name=read.name, columns=wanted.columns, prefix=wanted.prefix,
        )  # fmt: skip
    return join(
        table, read.table, left_key=wanted.left_key, right_key=wanted.right_key,
        reduce=wanted.reduce, name=read.file, columns=wanted.columns, prefix=wanted.prefix,
    )  # fmt: skip


def made(
    table: Table,
    joins: Sequence[TableJoin],
    reads: Sequence[TableRead | PointTable],
    grounds: Callable[[], Grounds],
) -> Made:
    """Join several tables, one after the other.

    raises   as one() does
    """
    report, facts = Report(), []
    for wanted, read in zip(joins, reads, strict=True):
        report.extend(read.report)
        done = one(table, wanted, read, grounds)
        report.extend(done.report)
        facts.append(done.facts)
        table = done.table
    return Made(table, tuple(facts), report)


def fitting_style(style: Style, before: Layer, after: Layer) -> Style:
    """Return a style without the columns that a layer had and has no more: colours, labels, the filter."""
    lost = set(before.table.fields()) - set(after.table.fields())
    gone: dict[str, Any] = {name: "" for name in COLUMN_FIELDS if getattr(style, name) in lost}
    if "color_by" in gone:
        style = replace(style, scheme=None, colormap="", colors=(), unit="")
    if style.filter and lost:
        try:
            shown_rows(after, style.filter)
        except TwinError:
            gone["filter"] = ""
    return replace(style, **gone)
