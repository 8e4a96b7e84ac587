"""What a worker process does to read a table or points that are to be joined, and how the window asks for it."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Mapping
from typing import Any, Protocol, cast

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from data.near import PointTable, read_points
from data.table import ArrowTable
from data.table_preview import first_rows
from data.tables import TableFacts, TableRead, describe_tables, read_table
from twin.features import Points
from twin.join import TableJoin
from twin.place import LocalFrame

Arrays = dict[str, npt.NDArray[Any]]
Shared = Mapping[str, npt.NDArray[Any]]
OnError = Callable[[BaseException], None]


class Asker(Protocol):
    """What asks a worker; ui.loading.Loader is one."""

    def ask(
        self, work: Callable[..., Arrays], *args: Any, on_found: Callable[[Shared], None], on_error: OnError
    ) -> None:
        """Have something done by a worker; one of the two is called later, on the main thread."""


def describe_work(_shared: Shared, path: str) -> Arrays:
    """Return which tables a file has."""
    return {"plain": _pickled(describe_tables(path))}


def preview_work(_shared: Shared, path: str, table: str | None) -> Arrays:
    """Return a table's first rows as they stand in the file."""
    return {"plain": _pickled(first_rows(path, table))}


def read_work(_shared: Shared, path: str, table: str | None, header_row: int | None, column: str | None) -> Arrays:
    """Return a table's rows."""
    read = read_table(path, table=table, header_row=header_row, column=column)
    return {"plain": _pickled((read.name, read.file, read.report)), "table": _bytes(read.table)}


def points_work(_shared: Shared, path: str, layer: str | None, frame: LocalFrame) -> Arrays:
    """Return points in a frame, with their table."""
    read = read_points(path, frame, layer)
    return {
        "plain": _pickled((read.name, read.report)), "table": _bytes(read.table),
        "xy": read.points.xy_local, "row": read.points.row,
    }  # fmt: skip


class TableReader:
    """Asks workers for tables; what was read once is at hand."""

    def __init__(self, opener: object) -> None:
        """Ask the one who opens files, if he can be asked; otherwise read at once."""
        self._asker = cast("Asker", opener) if hasattr(opener, "ask") else None
        self._kept: dict[tuple[object, ...], TableRead | PointTable] = {}

    def _ask(
        self, work: Callable[..., Arrays], *args: Any, on_found: Callable[[Shared], None], on_error: OnError
    ) -> None:
        if self._asker is not None:
            self._asker.ask(work, *args, on_found=on_found, on_error=on_error)
            return
        try:
            found = work({}, *args)
        except Exception as error:  # noqa: BLE001  as a worker's outer wall does
            on_error(error)
        else:
            on_found(found)

    def describe(self, path: str, on_found: Callable[[tuple[TableFacts, ...]], None], on_error: OnError) -> None:
        """Ask which tables a file has."""
        self._ask(describe_work, path, on_found=lambda a: on_found(_plain(a)), on_error=on_error)

    def preview(
        self, path: str, table: str | None, on_found: Callable[[tuple[tuple[str, ...], ...]], None], on_error: OnError
    ) -> None:
        """Ask for a table's first rows."""
        self._ask(preview_work, path, table, on_found=lambda a: on_found(_plain(a)), on_error=on_error)

    def known(self, join: TableJoin) -> TableRead | PointTable | None:
        """Return what a join needs if it was read before."""
        return self._kept.get(_key(join))

    def read(
        self, join: TableJoin, frame: LocalFrame, on_found: Callable[[TableRead | PointTable], None], on_error: OnError
    ) -> None:
        """Ask for what a join needs: a table, or points in a frame."""
        kept = self.known(join)
        if kept is not None:
            on_found(kept)
            return

        def keep(arrays: Shared) -> None:
            made = _points(arrays) if join.near_m is not None else _table(arrays)
            self._kept[_key(join)] = made
            on_found(made)

        if join.near_m is not None:
            self._ask(points_work, join.path, join.table, frame, on_found=keep, on_error=on_error)
        else:
            column = join.right_key or None
            self._ask(read_work, join.path, join.table, join.header_row, column, on_found=keep, on_error=on_error)

    def forget(self) -> None:
        """Read everything anew next time."""
        self._kept.clear()


def _key(join: TableJoin) -> tuple[object, ...]:
    key = join.right_key if join.table is None and join.near_m is None else ""
    return join.path, join.table, join.header_row, join.near_m is None, key


def _pickled(value: object) -> npt.NDArray[np.uint8]:
    return np.frombuffer(pickle.dumps(value), np.uint8)


def _plain(arrays: Shared) -> Any:
    return pickle.loads(arrays["plain"].tobytes())  # noqa: S301  written by our own worker


def _bytes(table: ArrowTable) -> npt.NDArray[np.uint8]:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.arrow.schema) as writer:
        writer.write_table(table.arrow)
    return np.frombuffer(sink.getvalue(), np.uint8)


def _arrow(arrays: Shared) -> ArrowTable:
    with pa.ipc.open_stream(pa.py_buffer(arrays["table"].tobytes())) as reader:  # a copy: the shared block goes
        return ArrowTable(reader.read_all())


def _table(arrays: Shared) -> TableRead:
    name, file, report = _plain(arrays)
    return TableRead(name, file, _arrow(arrays), report)


def _points(arrays: Shared) -> PointTable:
    name, report = _plain(arrays)
    return PointTable(Points(np.array(arrays["xy"]), np.array(arrays["row"])), _arrow(arrays), name, report)
