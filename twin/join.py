"""Another table's columns on a layer's rows, by key; and which columns would do as keys."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from twin.joined import JoinedTable, Reduce
from twin.key_proposals import KeyPair, propose_keys
from twin.keys import Folding, KeyCodes, SharesKeys, key_codes
from twin.report import EXAMPLES_KEPT, Report
from twin.table import ColumnKind, Table

_KEY_KINDS: tuple[ColumnKind, ...] = ("number", "text")


@dataclass(frozen=True, slots=True)
class TableJoin:
    """A join as it is asked for and kept: which table, by which keys, and how several rows become one."""

    path: str
    """The table's file, as it was given."""
    left_key: str
    """The layer's column."""
    right_key: str
    """The table's column."""
    reduce: Reduce | None = None
    """None takes the first, and says so where keys occur more than once."""
    table: str | None = None
    """The sheet or table inside the file; None takes the one that has the key."""
    header_row: int | None = None
    """The row of the header as spreadsheets count, from 1; None finds it."""
    near_m: float | None = None
    """For points joined in space, without keys: how far from an area at most, metres; 0 for inside. None: by keys."""
    columns: tuple[str, ...] = ()
    """The table's columns that are wanted; empty for all."""
    prefix: str = ""
    """Put before the name of every column that comes; "" only where the layer has one of that name."""


@dataclass(frozen=True, slots=True)
class JoinFacts:
    """How well a join went, counted in rows."""

    rows: int
    """Rows of the right table, whatever their key."""
    matched: int
    """Rows of the left table (the layer) that have at least one row of the right table."""
    orphans_left: int
    """Rows of the left table that have none, those without a key included; matched + orphans_left is its length."""
    orphans_right: int
    """Rows of the right table whose key is empty or in no row of the left table."""


@dataclass(frozen=True, slots=True)
class Joined:
    """A joined table, and how well it went."""

    table: JoinedTable
    facts: JoinFacts
    reduce: Reduce
    """What was done where keys occur more than once."""
    report: Report = field(default_factory=Report)
    """How keys were compared where not letter by letter, and what that means."""


def join(
    left: Table,
    right: Table,
    *,
    left_key: str,
    right_key: str,
    reduce: Reduce | None = None,
    name: str = "table",
    columns: Sequence[str] = (),
    prefix: str = "",
) -> Joined:
    """Put a right table's columns beside a left table's, one row for each left row.

    Number and text are compared as whole numbers ("007", " 7" and 7 are one key). Text is compared letter by letter;
    only where more rows match and no two keys of one table become one, blanks around it and leading zeros are looked
    away from. Each of that is said in the report. An empty key matches nothing.

    reduce   what becomes of several right rows with one key; None takes the first and says so
    name     the right table's name: put before its columns where the left table has one of that name
    columns  the right columns that are wanted; none for all
    prefix   put before the name of every right column
    raises   ColumnError  there is no such column
    """
    report = Report()
    codes = _matched(left, left_key, right, right_key, report)
    report.add(f'rows have an empty "{left_key}", which matches nothing', count=codes.left_empty)
    keyed = int((codes.right >= 0).sum())
    report.add(f'rows of "{name}" have an empty "{right_key}", which matches nothing', count=len(codes.right) - keyed)
    chosen = Reduce(reduce) if reduce is not None else Reduce.FIRST
    how = {"reduce": chosen, "name": name, "columns": tuple(columns), "prefix": prefix}
    table = JoinedTable(left, right, codes, keys=(left_key, right_key), **how)
    facts = _facts(codes)
    if reduce is None and keyed > codes.count:
        report.add(
            f'rows of "{name}" share their "{right_key}" with an earlier row; the first of each is used',
            count=keyed - codes.count,
        )
    if not facts.matched and len(left) and len(right):
        report.add(_no_match(left, left_key, right, right_key, name), count=len(left))
    return Joined(table, facts, chosen, report)


def join_by_codes(
    left: Table,
    right: Table,
    codes: KeyCodes,
    *,
    reduce: Reduce | None = None,
    name: str = "points",
    columns: Sequence[str] = (),
    prefix: str = "",
) -> Joined:
    """Put a right table's columns beside a left table's where it is known otherwise than by keys what belongs together.

    codes   which rows belong together: see twin.keys.KeyCodes
    """
    report = Report()
    chosen = Reduce(reduce) if reduce is not None else Reduce.FIRST
    how = {"reduce": chosen, "name": name, "columns": tuple(columns), "prefix": prefix}
    table = JoinedTable(left, right, codes, keys=("", ""), **how)
    placed = int((codes.right >= 0).sum())
    if reduce is None and placed > codes.count:
        report.add(
            f'rows of "{name}" lie where an earlier row lies; the first of each is used', count=placed - codes.count
        )
    report.add(f'rows of "{name}" lie in or near nothing', count=len(codes.right) - placed)
    return Joined(table, _facts(codes), chosen, report)


def _facts(codes: KeyCodes) -> JoinFacts:
    is_met = np.zeros(codes.count + 1, bool)
    is_met[codes.left] = True
    is_met[-1] = False  # where -1 was written: no key
    matched = int((codes.left >= 0).sum())
    return JoinFacts(
        rows=len(codes.right),
        matched=matched,
        orphans_left=len(codes.left) - matched,
        orphans_right=len(codes.right) - int(is_met[codes.right].sum()),
    )


def _matched(left: Table, left_key: str, right: Table, right_key: str, report: Report) -> KeyCodes:
    """Return the keys numbered together, with the least folding that does it."""
    kinds = [_kind(left, left_key), _kind(right, right_key)]
    if kinds[0] != kinds[1]:
        codes = key_codes(left, left_key, right, right_key, Folding.PADDED)
        numbers, texts = ("left", "right") if kinds[0] == "number" else ("right", "left")
        if {"number", "text"} == set(kinds):
            where = {"left": f'"{left_key}" of the layer', "right": f'"{right_key}" of the table'}
            what = f"rows matched by a key that is a number in {where[numbers]} and text in {where[texts]}"
            report.add(f"{what}: blanks and leading zeros were looked away from", count=_count(codes))
        return codes
    codes = key_codes(left, left_key, right, right_key, Folding.EXACT)
    if kinds[0] != "text":
        return codes
    for folding, said in ((Folding.TRIMMED, "blanks around it"), (Folding.PADDED, "leading zeros and blanks")):
        if _is_complete(codes) or not _changes(left, left_key, right, right_key, folding):
            continue
        better = key_codes(left, left_key, right, right_key, folding)
        gained = _count(better) - _count(codes)
        if gained > 0 and not better.is_ambiguous:
            report.add(f'more rows matched by "{left_key}" once {said} were looked away from', count=gained)
            codes = better
    return codes


def _kind(table: Table, name: str) -> ColumnKind:
    kinds = table.fields()
    if name not in kinds:
        table.column(name)  # says which columns there are
    return kinds[name]


def _count(codes: KeyCodes) -> int:
    return int((codes.left >= 0).sum())


def _is_complete(codes: KeyCodes) -> bool:
    facts = _facts(codes)
    return not (facts.orphans_left and facts.orphans_right)


def _changes(left: Table, left_key: str, right: Table, right_key: str, folding: Folding) -> bool:
    """Return whether a folding can change anything; yes where that is not known."""
    for table, name in ((left, left_key), (right, right_key)):
        changed = table.is_folded(name, folding) if isinstance(table, SharesKeys) else None
        if changed is not False:
            return True
    return False


def _no_match(left: Table, left_key: str, right: Table, right_key: str, name: str) -> str:
    ours, theirs = (
        ", ".join(f'"{v}"' for v in _filled(table, key)) or "nothing"
        for table, key in ((left, left_key), (right, right_key))
    )
    return f'rows found nothing in "{name}": "{left_key}" holds {ours}, but "{right_key}" holds {theirs}'


def _filled(table: Table, key: str) -> list[object]:
    every = (table.row(number)[key] for number in range(min(len(table), 200)))
    return list(dict.fromkeys(v for v in every if v is not None))[: EXAMPLES_KEPT - 2]


def joined_groups(table: Table) -> dict[str, str]:
    """Return the columns that came by joins, each with the name of the table it came from."""
    groups: dict[str, str] = {}
    below: Table | None = table
    while below is not None:  # corrections may lie between
        if isinstance(below, JoinedTable):
            groups |= dict.fromkeys(below.joined, below.name)
        below = getattr(below, "left", None)
    return groups


__all__ = [
    "JoinFacts",
    "Joined",
    "JoinedTable",
    "KeyPair",
    "Reduce",
    "TableJoin",
    "join",
    "join_by_codes",
    "joined_groups",
    "propose_keys",
]
