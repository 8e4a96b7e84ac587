"""A layer's attributes kept as Arrow columns; each becomes NumPy or Python only when it is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from difflib import get_close_matches

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from data import keys
from twin.corrections import CorrectedTable
from twin.errors import ColumnError
from twin.joined import JoinedTable
from twin.keys import Folding, KeyCodes
from twin.table import ColumnKind, Table


class ArrowTable:
    """twin.table.Table over a pyarrow Table without its geometry."""

    def __init__(self, table: pa.Table) -> None:
        """Keep the table; nothing is converted yet."""
        self._table = _unwrapped(table)
        self._places: dict[str, int] = {}
        for place, name in enumerate(table.column_names):
            self._places.setdefault(name, place)

    def __len__(self) -> int:
        """Return the number of rows."""
        return int(self._table.num_rows)

    @property
    def arrow(self) -> pa.Table:
        """Return the columns as they were read."""
        return self._table

    def fields(self) -> Mapping[str, ColumnKind]:
        """Return the columns and their kinds, in the file's order."""
        return {field.name: kind_of(field.type) for field in self._table.schema}

    def column(self, name: str) -> npt.NDArray[np.generic]:
        """Return one column, (n,).

        returns   numbers as float64 with NaN where empty; text and other values as object with None where empty;
                  times as datetime64[us] with NaT; truth values as bool, or as object with None if some are empty
        raises    ColumnError  there is no such column
        """
        column = self._column(name)
        kind = kind_of(column.type)
        if kind == "number":
            return _numbers(column)
        if kind == "text":
            return _texts(column)
        if kind == "time":
            return np.asarray(column.cast(pa.timestamp("us"), safe=False).to_numpy()).astype("datetime64[us]")
        if kind == "bool" and not column.null_count:
            return np.asarray(column.to_numpy())
        return np.array([*column.to_pylist(), None], object)[:-1]

    def coded(self, name: str) -> tuple[npt.NDArray[np.intp], list[str]]:
        """Return a text column as codes (n,) and the different words they stand for; -1 where it is empty.

        raises   ColumnError  there is no such column
        """
        column = self._column(name)
        if not pa.types.is_dictionary(column.type):
            column = pc.dictionary_encode(column)
        column = column.unify_dictionaries()
        words = [_text(v) or "" for v in column.chunk(0).dictionary] if column.num_chunks else []
        codes = [np.asarray(chunk.indices.fill_null(-1), np.intp) for chunk in column.chunks]
        return np.concatenate([*codes, np.zeros(0, np.intp)]), words

    def shared_keys(self, name: str, other: Table, other_name: str, folding: Folding) -> KeyCodes | None:
        """Return the keys of both tables numbered together, None if the other is not kept in Arrow columns.

        raises   ColumnError  there is no such column
        """
        if not isinstance(other, ArrowTable):
            return None
        theirs = other._column(other_name)  # noqa: SLF001  another of our own kind
        return keys.shared_keys(self._column(name), theirs, folding)

    def is_folded(self, name: str, folding: Folding) -> bool | None:
        """Return whether a text column has keys that this folding changes; None if that is not known."""
        return keys.is_folded(self._column(name), folding)

    def cell(self, name: str, row: int) -> object:
        """Return one value as a plain Python value, None where empty.

        raises   ColumnError  there is no such column
        """
        return _plain(self._column(name)[row])

    def row(self, number: int) -> dict[str, object]:
        """Return one row as plain Python values, None where empty."""
        return {name: _plain(self._table.column(place)[number]) for name, place in self._places.items()}

    def _column(self, name: str) -> pa.ChunkedArray:
        if name not in self._places:
            near = get_close_matches(name, self._places, n=1, cutoff=0.5)
            names = ", ".join(list(self._places)[:12])
            hint = f'Did you mean "{near[0]}"?' if near else f"The columns are: {names}."
            raise ColumnError(f'There is no column "{name}".', hint=hint, column=name)
        return self._table.column(self._places[name])


def arrow_table(table: Table) -> pa.Table:
    """Return any table's columns in Arrow; those that are kept in Arrow already are not copied."""
    if isinstance(table, ArrowTable):
        return table.arrow
    if isinstance(table, CorrectedTable):
        return _with_cells(arrow_table(table.left), table)
    if isinstance(table, JoinedTable):
        left = arrow_table(table.left)
        columns, names = list(left.columns), list(left.column_names)
        added = list(table.joined)
    else:
        columns, names, added = [], [], list(table.fields())
    columns += [pa.array(table.column(name), from_pandas=True) for name in added]
    return pa.table(columns, names=[*names, *added])


def _with_cells(arrow: pa.Table, table: CorrectedTable) -> pa.Table:
    """Return Arrow columns with the values set right; a column keeps its type where the values allow it."""
    for name, cells in table.cells.items():
        place = arrow.column_names.index(name)
        kind = arrow.schema.field(place).type
        kind = kind.value_type if pa.types.is_dictionary(kind) else kind
        values = pa.array(table.column(name), from_pandas=True)
        is_whole = all(v is None or float(v).is_integer() for v in cells.values() if not isinstance(v, str))
        if not pa.types.is_integer(kind) or is_whole:
            with suppress(pa.ArrowInvalid, pa.ArrowNotImplementedError):
                values = values.cast(kind, safe=False)
        arrow = arrow.set_column(place, name, values)
    return arrow


def _unwrapped(table: pa.Table) -> pa.Table:
    """Return extension types (JSON, UUID) as what they are stored as, without copying."""
    for place, field in enumerate(table.schema):
        if isinstance(field.type, pa.BaseExtensionType):
            storage = field.type.storage_type
            column = pa.chunked_array([chunk.storage for chunk in table.column(place).chunks], storage)
            table = table.set_column(place, field.name, column)
    return table


def kind_of(kind: pa.DataType) -> ColumnKind:
    """Return what a column's values are to a person."""
    if pa.types.is_dictionary(kind):
        return kind_of(kind.value_type)
    if pa.types.is_boolean(kind):
        return "bool"
    if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        return "number"
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        return "text"
    if pa.types.is_timestamp(kind) or pa.types.is_date(kind):
        return "time"
    return "other"


def _numbers(column: pa.ChunkedArray) -> npt.NDArray[np.float64]:
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if not pa.types.is_float64(column.type):
        column = column.cast(pa.float64(), safe=False)
    return np.array(column.to_numpy(), np.float64)


def _texts(column: pa.ChunkedArray) -> npt.NDArray[np.object_]:
    """Return texts as objects, each different one once in memory; bytes that are no UTF-8 cost their character only."""
    if not pa.types.is_dictionary(column.type):
        column = pc.dictionary_encode(column)
    out = np.empty(len(column), object)
    at = 0
    for chunk in column.chunks:
        words = np.array([*(_text(v) for v in chunk.dictionary), None], object)
        codes = chunk.indices.fill_null(len(words) - 1).to_numpy(zero_copy_only=False)
        out[at : at + len(chunk)] = words[codes]
        at += len(chunk)
    return out


def _text(value: pa.Scalar) -> str | None:
    if not value.is_valid:
        return None
    try:
        return str(value.as_py())
    except UnicodeDecodeError:
        return bytes(value.as_buffer()).decode("utf-8", errors="ignore")


def _plain(value: pa.Scalar) -> object:
    if not value.is_valid:
        return None
    if kind_of(value.type) == "text":
        if isinstance(value, pa.DictionaryScalar):
            value = value.value
        return _text(value)
    return value.as_py()
