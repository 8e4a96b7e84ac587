"""Corrections of single values: laid over what was read, never written into it, and taken back at will."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from twin.buildings import HeightSource
from twin.derived import column_rows, derived, number_from_text
from twin.errors import ColumnError
from twin.joined import JoinedTable
from twin.keys import Folding, KeyCodes, SharesKeys
from twin.layer import Heights, Layer
from twin.row_keys import RowKey, key_of, rows_of, text_of
from twin.table import ColumnKind, Table
from twin.tiles import TileSource

CellValue = str | int | float | bool | None

HEIGHT = "height"
"""The field that stands for the height drawn, metres above the ground, whatever its column."""
HIGHEST_M = 9_000.0


class Standing(StrEnum):
    """How a correction stands to the data as it is now."""

    APPLIED = "applied"
    CONFLICT = "conflict"
    """The data has another value now than the one that was corrected; the correction waits."""
    LOST = "lost"
    """Its row or column is not there any more; the correction is kept."""


@dataclass(frozen=True, slots=True)
class Correction:
    """One value set right."""

    layer_id: str
    by: str
    """The column the row is known by; "" where it is its place."""
    key: str
    """Its value there; or longitude and latitude."""
    row: int
    """Where the row was when it was corrected."""
    field: str
    """The column, or HEIGHT."""
    old: CellValue
    new: CellValue
    when: str
    """ISO 8601, with the time zone."""
    why: str = ""

    @property
    def place(self) -> tuple[str, str, str, str]:
        """Return which value of which row it corrects."""
        return self.layer_id, self.by, self.key, self.field


@dataclass(frozen=True, slots=True)
class Stand:
    """A correction and how it stands."""

    correction: Correction
    standing: Standing
    row: int
    """Where the row is now; -1 where it is not."""
    now: CellValue = None
    """What the data says."""


@runtime_checkable
class Raisable(Protocol):
    """Tiles whose buildings can be given other heights."""

    def with_heights(self, rows: npt.NDArray[np.int64], height_m: npt.NDArray[np.float32]) -> TileSource:
        """Return the same tiles with other heights for some table rows."""
        ...


# lists of corrections


def corrected_value(layer: Layer, row: int, field: str) -> CellValue:
    """Return what a layer has in a field of a row; HEIGHT is the height drawn.

    raises   ColumnError  there is no such column
    """
    if field == HEIGHT and layer.heights is not None:
        height_m = float(layer.heights.height_m[row])
        return None if math.isnan(height_m) else round(height_m, 3)
    return _plain(column_rows(layer.table, field)[row])


def correction_of(source: Layer, row: int, field: str, new: CellValue, *, when: str, why: str) -> Correction:
    """Return the correction of one value of a layer as it was read.

    raises   ColumnError  there is no such column, or the value does not suit it
    """
    if field == HEIGHT and source.heights is not None:
        _check_height(new)
    key = key_of(source, row)
    old = corrected_value(source, row, field)
    return Correction(source.info.id, key.by, key.key, row, field, old, new, when, why)


def with_correction(corrections: Sequence[Correction], new: Correction) -> tuple[Correction, ...]:
    """Return the list with one more; it takes the place of an earlier one of the same value, and keeps its old."""
    others = tuple(c for c in corrections if c.place != new.place)
    return others if is_same(new.old, new.new) else (*others, new)


def without_correction(corrections: Sequence[Correction], gone: Correction) -> tuple[Correction, ...]:
    """Return the list without one: the value is again what was read."""
    return tuple(c for c in corrections if c != gone)


def is_same(one: object, other: object) -> bool:
    """Return whether two values are the same to a person: heights are kept as 32 bit numbers."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, int | float) and isinstance(other, int | float):
        return math.isclose(one, other, rel_tol=1e-6, abs_tol=1e-4)
    return one == other


def value_from_text(text: str, kind: ColumnKind) -> CellValue:
    """Return what a person typed as a value of a column; nothing empties it.

    raises   ColumnError  it is no such value
    """
    typed = text.strip()
    if not typed:
        return None
    if kind == "number":
        number = number_from_text(typed)
        if math.isnan(number):
            raise ColumnError(f'"{typed}" is no number.', hint="Write it like 12.5.")
        return int(number) if number.is_integer() and "." not in typed and "," not in typed else number
    if kind == "bool":
        words = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
        if typed.casefold() not in words:
            raise ColumnError(f'"{typed}" is neither true nor false.', hint="Write true or false.")
        return words[typed.casefold()]
    if kind == "time":
        try:
            return str(np.datetime64(typed))
        except ValueError as error:
            raise ColumnError(f'"{typed}" is no date.', hint="Write it like 2024-05-31 or 2024-05-31T12:00.") from error
    return typed


def _check_height(value: CellValue) -> None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not 0 < float(value or 0) <= HIGHEST_M:
        raise ColumnError(
            f'"{value}" is no height of a building.', hint=f"Write metres above the ground, up to {HIGHEST_M:,.0f}."
        )


# how they stand, and what a layer is with them


def stands_of(source: Layer, corrections: Iterable[Correction]) -> tuple[Stand, ...]:
    """Return how each correction of a layer stands to the layer as it was read."""
    own = [c for c in corrections if c.layer_id == source.info.id]
    rows = rows_of(source, [(RowKey(c.by, c.key), c.row) for c in own])
    fields = source.table.fields()
    stands = []
    for correction, row in zip(own, rows, strict=True):
        is_there = correction.field in fields or (correction.field == HEIGHT and source.heights is not None)
        if row < 0 or not is_there:
            stands.append(Stand(correction, Standing.LOST, row))
            continue
        now = corrected_value(source, row, correction.field)
        is_met = is_same(now, correction.old) or is_same(now, correction.new)
        stands.append(Stand(correction, Standing.APPLIED if is_met else Standing.CONFLICT, row, now))
    return tuple(stands)


def corrected(source: Layer, corrections: Iterable[Correction]) -> Layer:
    """Return a layer with its corrections laid over it; those that do not fit (any more) are left out."""
    applied = [s for s in stands_of(source, corrections) if s.standing is Standing.APPLIED]
    if not applied:
        return source
    cells: dict[str, dict[int, CellValue]] = {}
    heights_m: dict[int, float] = {}
    for stand in applied:
        field, new = stand.correction.field, stand.correction.new
        if field in source.table.fields():
            cells.setdefault(field, {})[stand.row] = new
        height_m = _height_drawn(source, stand)
        if height_m is not None:
            heights_m[stand.row] = height_m
    table = CorrectedTable(source.table, cells) if cells else source.table
    if not heights_m or source.heights is None:
        return replace(source, table=table)
    return _raised(replace(source, table=table), source.heights, heights_m)


def _height_drawn(source: Layer, stand: Stand) -> float | None:
    """Return the height a correction gives a building, metres; None where it is about something else."""
    field, new = stand.correction.field, stand.correction.new
    heights = source.heights
    if heights is None or math.isnan(heights.height_m[stand.row]):
        return None
    if not isinstance(new, int | float) or isinstance(new, bool) or not 0 < new <= HIGHEST_M:
        return None
    if field == HEIGHT:
        return float(new)
    if field != heights.field:
        return None
    return float(new) * _metres_of_unit(source, heights, field)


def _metres_of_unit(source: Layer, heights: Heights, field: str) -> float:
    """Return how many metres one of a height column's unit is: feet and decimetres are columns too."""
    values = column_rows(source.table, field)
    if values.dtype.kind != "f":
        return 1.0
    is_known = (heights.source == HeightSource.MEASURED) & (values > 0) & np.isfinite(heights.height_m)
    return float(np.median(heights.height_m[is_known] / values[is_known])) if is_known.any() else 1.0


def _raised(layer: Layer, heights: Heights, heights_m: Mapping[int, float]) -> Layer:
    rows = np.fromiter(heights_m, np.int64, len(heights_m))
    height_m, source = heights.height_m.copy(), heights.source.copy()
    height_m[rows] = np.fromiter(heights_m.values(), np.float32, len(heights_m))
    source[rows] = HeightSource.CORRECTED
    tiles: Any = layer.tiles
    if isinstance(tiles, Raisable):
        tiles = tiles.with_heights(rows, height_m[rows])
    return replace(layer, heights=replace(heights, height_m=height_m, source=source), tiles=tiles)


def uncorrected(layer: Layer, shown: Layer, source: Layer) -> Layer:
    """Return a layer that was made from a corrected one (`shown`) as if it had been made from what was read."""
    return replace(
        layer,
        table=_put_back(layer.table, shown.table, source.table),
        heights=source.heights if layer.heights is shown.heights else layer.heights,
        tiles=source.tiles if layer.tiles is shown.tiles else layer.tiles,
    )


def _put_back(table: Table, shown: Table, source: Table) -> Table:
    if table is shown:
        return source
    if isinstance(table, JoinedTable):
        left = _put_back(table.left, shown, source)
        return table if left is table.left else table.on(left)
    return table


def notes_of(stands: Iterable[Stand], *, without: Iterable[str] = (), has_reasons: bool = True) -> dict[int, str]:
    """Return what was corrected in each row, as one line a row, for files that go out.

    without       columns that must not be told
    has_reasons   whether the reasons people gave are told
    """
    hidden, notes = set(without), dict[int, list[str]]()
    for stand in stands:
        done = stand.correction
        if stand.standing is Standing.APPLIED and done.field not in hidden:
            why = f" ({done.why})" if has_reasons and done.why else ""
            notes.setdefault(stand.row, []).append(f"{done.field}: {_told(done.old)} -> {_told(done.new)}{why}")
    return {row: "; ".join(lines) for row, lines in notes.items()}


def _told(value: CellValue) -> str:
    return "empty" if value is None else text_of(value)


class CorrectedTable:
    """twin.table.Table of a table with some values set right."""

    def __init__(self, left: Table, cells: Mapping[str, Mapping[int, CellValue]]) -> None:
        """Lay values, by column and row, over a table."""
        self._left, self._cells = left, cells

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self._left)

    @property
    def left(self) -> Table:
        """Return the table that was corrected."""
        return self._left

    @property
    def cells(self) -> Mapping[str, Mapping[int, CellValue]]:
        """Return the values set right, by column and row."""
        return self._cells

    def fields(self) -> Mapping[str, ColumnKind]:
        """Return the columns and their kinds."""
        return self._left.fields()

    def column(self, name: str) -> npt.NDArray[Any]:
        """Return one column, (n,), as twin.table.Table says.

        raises   ColumnError  there is no such column
        """
        if name not in self._cells:
            return self._left.column(name)
        return derived(self, ("corrected", name), lambda: self._made(name))

    def row(self, number: int) -> dict[str, object]:
        """Return one row as plain Python values, None where empty."""
        values = self._left.row(number)
        return values | {name: cells[number] for name, cells in self._cells.items() if number in cells}

    def shared_keys(self, name: str, other: Table, other_name: str, folding: Folding) -> KeyCodes | None:
        """Return the keys of a column that was not corrected and another table's; see twin.keys.SharesKeys."""
        if name in self._cells or not isinstance(self._left, SharesKeys):
            return None
        return self._left.shared_keys(name, other, other_name, folding)

    def is_folded(self, name: str, folding: Folding) -> bool | None:
        """Return whether a column that was not corrected has keys that this folding changes."""
        if name in self._cells or not isinstance(self._left, SharesKeys):
            return None
        return self._left.is_folded(name, folding)

    def _made(self, name: str) -> npt.NDArray[Any]:
        values: npt.NDArray[Any] = self._left.column(name)
        kind, new = values.dtype.kind, self._cells[name]
        if kind == "f":
            values = values.copy()
            values[list(new)] = [_number(v) for v in new.values()]
        elif kind == "M":
            values = values.copy()
            values[list(new)] = [np.datetime64("NaT" if v is None else str(v), "us") for v in new.values()]
        elif kind == "b" and all(isinstance(v, bool) for v in new.values()):
            values = values.copy()
            values[list(new)] = np.array(list(new.values()), bool)
        else:
            objects: npt.NDArray[Any] = values.astype(object)
            for row, value in new.items():
                objects[row] = value
            return objects
        return values


def _number(value: CellValue) -> float:
    return math.nan if value is None else float(value)


def _plain(value: Any) -> CellValue:
    if isinstance(value, np.datetime64):
        return None if np.isnat(value) else str(value)
    value = getattr(value, "item", lambda: value)()
    if isinstance(value, float):
        return None if math.isnan(value) else value
    return value if value is None or isinstance(value, str | int | bool) else str(value)
