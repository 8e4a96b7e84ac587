"""`--join TABLE:LEFT=RIGHT[:REDUCE]`: what is meant by it, and the layer's table with what was joined."""

from __future__ import annotations

import argparse
import os
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from data.database_address import is_address, without_password
from data.sources import split_layer
from twin.errors import ColumnError, LayerError, UsageError
from twin.join import Joined, JoinFacts, Reduce, TableJoin, join, join_by_codes
from twin.report import Report
from twin.table import Table

if TYPE_CHECKING:
    from data.near import GroundsOf
    from data.tables import TableRead

FORM = "TABLE:LEFT=RIGHT[:REDUCE]"


@dataclass(frozen=True, slots=True)
class JoinWish:
    """A join as it was written, the file told from the rest."""

    path: str
    rest: str
    """LEFT=RIGHT, or SHEET:LEFT=RIGHT, with :REDUCE or without; a column's name may have colons of its own."""


@dataclass(frozen=True, slots=True)
class Joins:
    """A layer's table with everything joined to it."""

    table: Table
    joins: tuple[TableJoin, ...]
    facts: tuple[JoinFacts, ...]
    report: Report

    def answer(self) -> object:
        """Return what JSON says under "join": an object for one join, a list for several."""
        every = [asdict(facts) for facts in self.facts]
        return every[0] if len(every) == 1 else every

    def sentences(self) -> list[str]:
        """Return one line a join for people."""
        return [
            f"{Path(join.path).name}: {facts.matched:,} of {facts.matched + facts.orphans_left:,} rows matched by "
            f"{matched_by(join)}; {facts.orphans_right:,} of {facts.rows:,} table rows match nothing"
            for join, facts in zip(self.joins, self.facts, strict=True)
        ]


NEAR_FORM = "POINTS:inside|DISTANCE_m[:COLUMN][:REDUCE]"
_NEAR = re.compile(r":(inside|\d+(?:\.\d+)?\s*m?)(?=:|$)")


def _near_wish(text: str) -> TableJoin:
    """Return what is meant by points joined in space; of several places to split, one after a file that exists."""
    found = list(_NEAR.finditer(text))
    if not found:
        msg = f'"{text}" is no join in space; write it as {NEAR_FORM}'
        raise argparse.ArgumentTypeError(msg)
    existing = [m for m in found if os.path.lexists(split_layer(text[: m.start()])[0])]
    match = existing[-1] if existing else found[0]
    column, _, last = text[match.end() + 1 :].rpartition(":")
    reduce = Reduce(last) if last in set(Reduce) else None
    column = column if reduce else f"{column}:{last}".strip(":")
    path, layer = split_layer(text[: match.start()])
    return TableJoin(
        path,
        "",
        "",
        reduce,
        table=layer,
        near_m=0.0 if match[1] == "inside" else float(match[1].rstrip("m ")),
        columns=(column,) if column else (),
    )


def add_join_option(parser: argparse.ArgumentParser) -> None:
    """Declare --join."""
    ways = ", ".join(Reduce)
    parser.add_argument(
        "--join",
        dest="joins",
        metavar=FORM,
        type=_wish,
        action="append",
        default=[],
        help="put a table's columns on the first layer's rows where the layer's column LEFT equals the table's RIGHT; "
        f"REDUCE says what becomes of several table rows: {ways}; may be given several times",
    )
    parser.add_argument(
        "--join-near",
        dest="joins",
        metavar=NEAR_FORM,
        type=_near_wish,
        action="append",
        default=[],
        help="put what is known of points on the areas of the first layer that they lie in, or that are nearest within "
        f"so many metres; COLUMN is the only one wanted, REDUCE one of {ways}; may be given several times",
    )


def _wish(text: str) -> JoinWish:
    """Tell the file from the rest: the longest path that exists wins, otherwise the first colon ends it."""
    start = text.find("/", text.find("://") + 3) if is_address(text) else 0
    places = [i for i, letter in enumerate(text) if i >= max(start, 0) and letter == ":" and "=" in text[i:]]
    shown = re.sub(r"(://[^:@/]*):[^@/]*@", r"\1@", text)
    if not places:
        msg = f'"{shown}" is no join; write it as {FORM}'
        raise argparse.ArgumentTypeError(msg)
    existing = [i for i in places if i and os.path.lexists(text[:i])]
    place = existing[-1] if existing else places[0]
    left, _, right = text[place + 1 :].partition("=")
    if not left or not right:
        msg = f'"{shown}" names no two columns; write it as {FORM}'
        raise argparse.ArgumentTypeError(msg)
    return JoinWish(text[:place], text[place + 1 :])


def settled(wish: JoinWish, table: Table) -> TableJoin:
    """Return which columns are meant, known by the columns that the layer has."""
    rest, _, last = wish.rest.rpartition(":")
    reduce = Reduce(last) if rest and last in set(Reduce) else None
    words = rest if reduce else wish.rest
    fields = table.fields()
    places = [i for i, letter in enumerate(words) if letter == "="]
    for place in places:
        left, right = words[:place], words[place + 1 :]
        if left in fields:
            return TableJoin(wish.path, left, right, reduce)
    for place in places:
        left, right = words[:place], words[place + 1 :]
        for colon in (i for i, letter in enumerate(left) if letter == ":"):
            if left[colon + 1 :] in fields:
                return TableJoin(wish.path, left[colon + 1 :], right, reduce, table=left[:colon])
    left, _, right = words.partition("=")
    return TableJoin(wish.path, left.rpartition(":")[2], right, reduce)


def matched_by(join: TableJoin) -> str:
    """Return in words by what rows were matched."""
    if join.near_m is None:
        return f"{join.left_key} = {join.right_key}"
    return f"being nearest within {join.near_m:g} m" if join.near_m else "lying inside"


def joined(table: Table, wishes: Sequence[JoinWish | TableJoin], grounds: GroundsOf | None = None) -> Joins:
    """Read the tables wished for and put their columns beside a layer's, one after the other.

    grounds  where the layer's rows lie, for points that are joined in space
    raises   SourceError, LayerError, ColumnError  a table cannot be read, or has no such column
             UsageError                            the reduction is unknown
    """
    report = Report()
    joins, facts = [], []
    for wish in wishes:
        wanted = wish if isinstance(wish, TableJoin) else settled(wish, table)
        done = _by_key(table, wanted, report) if wanted.near_m is None else _by_place(table, wanted, grounds, report)
        report.extend(done.report)
        joins.append(replace(wanted, path=without_password(wanted.path)))
        facts.append(done.facts)
        table = done.table
    return Joins(table, tuple(joins), tuple(facts), report)


def _by_key(table: Table, wanted: TableJoin, report: Report) -> Joined:
    _check_left(table, wanted)
    read = _read(wanted)
    report.extend(read.report)
    return join(
        table,
        read.table,
        left_key=wanted.left_key,
        right_key=wanted.right_key,
        reduce=wanted.reduce,
        name=read.file,
        columns=wanted.columns,
        prefix=wanted.prefix,
    )


def _by_place(table: Table, wanted: TableJoin, grounds: GroundsOf | None, report: Report) -> Joined:
    from data.near import near_codes, read_points  # noqa: PLC0415  readers are loaded where there is something to join

    if grounds is None:
        raise LayerError("Points can be joined in space to a layer of areas only.", hint="Join them by a key.")
    where = grounds()
    found = read_points(wanted.path, where.frame, wanted.table)
    report.extend(found.report)
    codes = near_codes(where, found.points, rows=len(found.table), distance_m=wanted.near_m or 0.0)
    return join_by_codes(
        table,
        found.table,
        codes,
        reduce=wanted.reduce,
        name=found.name,
        columns=wanted.columns,
        prefix=wanted.prefix,
    )


def _check_left(table: Table, wanted: TableJoin) -> None:
    if wanted.left_key in table.fields():
        return
    try:
        table.column(wanted.left_key)
    except ColumnError as error:
        raise ColumnError(
            f'The layer has no column "{wanted.left_key}" to join by.', hint=error.hint, column=wanted.left_key
        ) from error


def _read(wanted: TableJoin) -> TableRead:
    from data.tables import read_table  # noqa: PLC0415  readers are loaded where there is something to join

    try:
        return read_table(wanted.path, table=wanted.table, header_row=wanted.header_row, column=wanted.right_key)
    except ColumnError as error:
        before, _, last = wanted.right_key.rpartition(":")
        if before:
            raise UsageError(
                f'"{last}" is no way to make one row of several.', hint=f"Choose {', '.join(Reduce)}."
            ) from error
        raise
