"""What became of a layer between two states of its file: rows added, removed and changed, by a key that stays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from twin.derived import column_rows
from twin.errors import ColumnError
from twin.layer import Layer
from twin.row_keys import PLACE, is_unique, key_column, own_table, row_codes, text_of
from twin.table import Table

Rows = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

GEOMETRY, HEIGHT = "geometry", "height_drawn_m"
"""Stand among the columns where the outline, or the height drawn, is another one."""
_SAME_HEIGHT_M = 1e-3
NEAR_M = 0.02
"""An outline whose corners are all within so little of where they were is the same."""


@dataclass(frozen=True, slots=True, eq=False)
class Changes:
    """What became of the rows of an old state of a layer in a new one."""

    by: str
    """The column that rows were known by; "" for their place."""
    new_of_old: Rows
    """(rows before,) the row each one is now; -1 where it is gone."""
    added: Rows
    """Rows of the new state that were not there before."""
    removed: Rows
    """Rows of the old state that are gone."""
    changed: Rows
    """Rows of the new state that were there before and are not the same."""
    fields: Mapping[str, BoolArray]
    """By column (GEOMETRY, HEIGHT): which of `changed` differ in it, (len(changed),)."""
    columns_added: tuple[str, ...] = ()
    columns_removed: tuple[str, ...] = ()
    codes: tuple[npt.NDArray[np.uint64], npt.NDArray[np.uint64]] | None = None
    """What tells the geometry of each row, of the old and the new state (see twin.row_keys.row_codes)."""

    @property
    def unchanged(self) -> int:
        """Return how many rows are as they were."""
        return int((self.new_of_old >= 0).sum()) - len(self.changed)

    @property
    def old_of_new(self) -> dict[int, int]:
        """Return the old row of each changed row, by its new one."""
        place = np.flatnonzero(self.new_of_old >= 0)
        old = dict(zip(self.new_of_old[place].tolist(), place.tolist(), strict=True))
        return {row: old[row] for row in self.changed.tolist()}

    def fields_of(self, place: int) -> tuple[str, ...]:
        """Return in which columns changed[place] differs."""
        return tuple(name for name, differs in self.fields.items() if differs[place])

    def __bool__(self) -> bool:
        """Return whether anything is another."""
        has_rows = len(self.added) or len(self.removed) or len(self.changed)
        return bool(has_rows or self.columns_added or self.columns_removed)


def changes_between(old: Layer, new: Layer, *, by: str | None = None) -> Changes:
    """Compare two states of a layer; both in the same frame.

    by       the column that rows are known by; PLACE compares by geometry; None takes a column that is a key in both
             states, and geometry where there is none or where its numbers were given anew
    raises   ColumnError  the column asked for is not there, or does not tell the rows apart
    """
    codes = row_codes(old), row_codes(new)
    column = _key(old, new, by)
    matched = _by_place(*codes)
    if column != PLACE:
        by_id = _matched(*_numbered(_own_rows(old, column), _own_rows(new, column)))
        if by is None and _is_renumbered(by_id, matched, *codes):
            column = PLACE
        else:
            matched = by_id
    return _compared(old, new, column, matched, codes)


def _key(old: Layer, new: Layer, by: str | None) -> str:
    if by == PLACE:
        return PLACE
    if by is not None:
        for layer in (old, new):
            if not is_unique(layer.table, by):
                raise ColumnError(
                    f'The column "{by}" does not tell the rows apart.',
                    hint="Choose one that has another value in each row, or compare by place.",
                    column=by,
                )
        return by
    for candidate in (key_column(old.table), key_column(new.table)):
        has = candidate is not None and all(candidate in own_table(x.table).fields() for x in (old, new))
        if has and all(is_unique(x.table, str(candidate)) for x in (old, new)):
            return str(candidate)
    return PLACE


def _own_rows(layer: Layer, column: str) -> npt.NDArray[Any]:
    return column_rows(own_table(layer.table), column)


def _is_renumbered(by_id: Rows, by_place: Rows, old: npt.NDArray[Any], new: npt.NDArray[Any]) -> bool:
    """Return whether ids seem to be row numbers given anew: most lead to another place, and places match better."""
    met = np.flatnonzero(by_id >= 0)
    in_place = int((old[met] == new[by_id[met]]).sum())
    return in_place * 2 < len(met) and int((by_place >= 0).sum()) > 2 * in_place


def _numbered(old: npt.NDArray[Any], new: npt.NDArray[Any]) -> tuple[Rows, Rows]:
    """Return keys of both states as numbers that mean the same in both; -1 where empty."""
    if old.dtype.kind == new.dtype.kind == "f":
        _, codes = np.unique(np.concatenate([old, new]), return_inverse=True)
        codes = np.where(np.isnan(np.concatenate([old, new])), -1, codes).astype(np.int64)
        return codes[: len(old)], codes[len(old) :]
    numbers: dict[str, int] = {}

    def number(value: object) -> int:
        return -1 if value is None or value == "" else numbers.setdefault(text_of(value), len(numbers))

    before = np.fromiter(map(number, old.tolist()), np.int64, len(old))
    return before, np.fromiter(map(number, new.tolist()), np.int64, len(new))


def _by_place(old: npt.NDArray[np.uint64], new: npt.NDArray[np.uint64]) -> Rows:
    """Match rows of the same geometry; of several at one place the first belongs to the first, and so on."""
    _, codes = np.unique(np.concatenate([old, new]), return_inverse=True)
    codes = np.where(np.concatenate([old, new]) == 0, -1, codes).astype(np.int64)
    return _matched(codes[: len(old)], codes[len(old) :])


def _matched(old: Rows, new: Rows) -> Rows:
    """Return the new row of each old one, -1 where there is none: equal codes in the order of the rows."""
    order_old, order_new = np.argsort(old, kind="stable"), np.argsort(new, kind="stable")
    sorted_new = new[order_new]
    wanted = old[order_old]
    first_old = np.searchsorted(wanted, wanted, side="left")
    place = np.searchsorted(sorted_new, wanted, side="left") + np.arange(len(wanted)) - first_old
    inside = np.minimum(place, max(len(sorted_new) - 1, 0))
    is_met = (wanted >= 0) & (place < len(sorted_new))
    if len(sorted_new):
        is_met &= sorted_new[inside] == wanted
    matched = np.full(len(old), -1, np.int64)
    matched[order_old[is_met]] = order_new[place[is_met]]
    return matched


def _compared(
    old: Layer, new: Layer, by: str, matched: Rows, codes: tuple[npt.NDArray[np.uint64], npt.NDArray[np.uint64]]
) -> Changes:
    before = np.flatnonzero(matched >= 0)
    after = matched[before]
    return _changes(by, old, new, matched, after, _compared_rows(old, new, before, after, codes), codes)


def _changes(
    by: str,
    old: Layer,
    new: Layer,
    new_of_old: Rows,
    after: Rows,
    differs: dict[str, BoolArray],
    codes: tuple[npt.NDArray[np.uint64], npt.NDArray[np.uint64]] | None,
) -> Changes:
    """Return what became of rows, from what differs, by column, in those of the new layer's that were compared."""
    is_added = np.ones(len(new.table), np.bool_)
    is_added[new_of_old[new_of_old >= 0]] = False
    is_changed = np.logical_or.reduce(list(differs.values())) if differs else np.zeros(len(after), np.bool_)
    order = np.argsort(after[is_changed], kind="stable")
    names = tuple(own_table(old.table).fields()), tuple(own_table(new.table).fields())
    return Changes(
        by=by,
        new_of_old=new_of_old,
        added=np.flatnonzero(is_added),
        removed=np.flatnonzero(new_of_old < 0),
        changed=after[is_changed][order],
        fields={name: rows[is_changed][order] for name, rows in differs.items() if rows[is_changed].any()},
        columns_added=tuple(n for n in names[1] if n not in names[0]),
        columns_removed=tuple(n for n in names[0] if n not in names[1]),
        codes=codes,
    )


def _compared_rows(
    old: Layer,
    new: Layer,
    before: Rows,
    after: Rows,
    codes: tuple[npt.NDArray[np.uint64], npt.NDArray[np.uint64]] | None,
) -> dict[str, BoolArray]:
    """Return by column which of some rows are not the same."""
    tables = own_table(old.table), own_table(new.table)
    differs = {} if codes is None else {GEOMETRY: _is_moved(old, new, before, after, codes)}
    names = tables[1].fields()
    for name in (n for n in tables[0].fields() if n in names):
        differs[name] = _differs(tables[0], tables[1], name, before, after)
    if old.heights is not None and new.heights is not None:
        one, other = old.heights.height_m[before], new.heights.height_m[after]
        same = (np.abs(one - other) <= _SAME_HEIGHT_M) | (np.isnan(one) & np.isnan(other))
        differs[HEIGHT] = ~same
    return differs


def _is_moved(
    old: Layer,
    new: Layer,
    before: Rows,
    after: Rows,
    codes: tuple[npt.NDArray[np.uint64], npt.NDArray[np.uint64]],
) -> BoolArray:
    """Return which rows have another geometry; corners may be NEAR_M off, as they are after a change of CRS."""
    moved: BoolArray = np.asarray(codes[0][before] != codes[1][after], np.bool_)
    one, other = (getattr(layer.tiles, "arrays", None) for layer in (old, new))
    if not moved.any() or one is None or other is None:
        return moved
    places = np.flatnonzero(moved)
    corners = [_corners(arrays, rows[places]) for arrays, rows in ((one, before), (other, after))]
    (_, start), (_, start_new) = corners
    is_alike = np.diff(start) == np.diff(start_new)
    alike = places[is_alike]
    if not len(alike):
        return moved
    kept = [c[np.repeat(is_alike, np.diff(s))] for c, s in corners]
    off = np.abs(kept[0] - kept[1]).max(axis=1)
    lengths = np.diff(start)[is_alike]
    first = np.concatenate([[0], np.cumsum(lengths)[:-1]])
    has = lengths > 0
    farthest = np.full(len(alike), np.inf)
    farthest[has] = np.maximum.reduceat(off, first[has])
    moved[alike[farthest <= NEAR_M]] = False
    return moved


def _corners(arrays: Any, rows: Rows) -> tuple[npt.NDArray[np.float64], Rows]:
    """Return the corners of some rows, local metres, and where each row's begin; rows that are not shown have none."""
    place = np.full(int(max(arrays.row.max(initial=-1), rows.max(initial=-1))) + 1, -1, np.int64)
    place[arrays.row] = np.arange(len(arrays.row))
    begin = arrays.ring_start[arrays.part_start[arrays.feature_start]].astype(np.int64)
    known = place[rows]
    first = np.where(known >= 0, begin[known], 0)
    count = np.where(known >= 0, begin[np.minimum(known + 1, len(begin) - 1)] - first, 0)
    start = np.concatenate([[0], np.cumsum(count)])
    which = np.arange(start[-1]) + np.repeat(first - start[:-1], count)
    anchor = np.repeat(arrays.anchor_local[np.maximum(known, 0)], count, axis=0)
    return arrays.offset_xy[which].astype(np.float64) + anchor, start


def _differs(old: Table, new: Table, name: str, before: Rows, after: Rows) -> BoolArray:
    one, other = column_rows(old, name)[before], column_rows(new, name)[after]
    if one.dtype.kind == other.dtype.kind == "f":
        return np.asarray(~((one == other) | (np.isnan(one) & np.isnan(other))))
    if one.dtype.kind == other.dtype.kind == "M":
        return np.asarray(~((one == other) | (np.isnat(one) & np.isnat(other))))
    if one.dtype.kind == other.dtype.kind == "b":
        return np.asarray(one != other)
    pairs = zip(one.tolist(), other.tolist(), strict=True)
    return np.fromiter((_plain(a) != _plain(b) for a, b in pairs), bool, len(one))


def _plain(value: object) -> object:
    """Return what a value is compared as: numbers and text of two readers may be kept differently."""
    if value is None or value == "" or (isinstance(value, float) and value != value):  # noqa: PLR0124  NaN
        return None
    return text_of(value)


def changes_after(first: Changes, second: Changes, base: Layer, new: Layer) -> Changes:
    """Return what became of the rows of a state that changed twice: since before the first change.

    A row that went and came back, or is again as it was, is in none of the lists.

    base, new   the layer before the first change and after the second
    """
    known = np.append(second.new_of_old, -1)
    new_of_old = np.where(first.new_of_old >= 0, known[first.new_of_old], -1).astype(np.int64)
    by = second.by if second.by == first.by else PLACE
    may_differ = np.zeros(len(new.table), np.bool_)
    before = known[first.changed]
    may_differ[before[before >= 0]] = True
    may_differ[second.changed] = True
    codes = None
    if first.codes is not None and second.codes is not None:
        codes = first.codes[0], second.codes[1]
        may_differ[_reunite(new_of_old, by, (base, new), codes)] = True
    there = np.flatnonzero(new_of_old >= 0)
    there = there[may_differ[new_of_old[there]]]
    after = new_of_old[there]
    return _changes(by, base, new, new_of_old, after, _compared_rows(base, new, there, after, codes), codes)


def _reunite(
    new_of_old: Rows,
    by: str,
    layers: tuple[Layer, Layer],
    codes: tuple[npt.NDArray[np.uint64], npt.NDArray[np.uint64]],
) -> Rows:
    """Match rows that went with rows that came, by key or else by place; return the new rows that were matched."""
    gone = np.flatnonzero(new_of_old < 0)
    came = np.ones(len(layers[1].table), np.bool_)
    came[new_of_old[new_of_old >= 0]] = False
    new_rows = np.flatnonzero(came)
    if not len(gone) or not len(new_rows):
        return np.empty(0, np.int64)
    if by != PLACE and all(by in own_table(layer.table).fields() for layer in layers):
        keys = (_own_rows(layers[0], by)[gone], _own_rows(layers[1], by)[new_rows])
        matched = _matched(*_numbered(*keys))
    else:
        matched = _by_place(codes[0][gone], codes[1][new_rows])
    is_met = matched >= 0
    new_of_old[gone[is_met]] = new_rows[matched[is_met]]
    return new_rows[matched[is_met]]


def value_of(layer: Layer, name: str, row: int) -> object:
    """Return what a row says in a column that changed; None for an outline, which is no word."""
    if name == GEOMETRY:
        return None
    if name == HEIGHT:
        return None if layer.heights is None else round(float(layer.heights.height_m[row]), 3)
    table = own_table(layer.table)
    return table.row(row).get(name) if name in table.fields() else None
