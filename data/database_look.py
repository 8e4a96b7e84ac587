"""Whether a table of PostgreSQL changed: asked of the server, which answers with one number and sends no rows."""

# ruff: noqa: S608  names in SQL are quoted by TableName

from __future__ import annotations

import threading
import time
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING, Any

from data.database import TableName, found_table
from data.database_address import address_of
from data.database_connection import connected
from data.looks import Seen

if TYPE_CHECKING:
    from psycopg import Connection

LOOK_S = 0.5
SLICE_S = 0.2
CHANNEL = "citytwin"
"""NOTIFY citytwin makes those who follow a table look at once."""
REST_FACTOR = 8.0
"""A look that takes long rests so many times as long: it never is more than a small part of the server's work."""
LONGEST_WAIT_S = 15.0
_WITH_PLACES = ("r", "m", "p")
"""Kinds of relations whose rows have a place and the number of the transaction that wrote them."""


class DatabaseLook:
    """Looks at one table over a connection of its own."""

    def __init__(self, path: str, layer: str | None, *, every_s: float = 0.0) -> None:
        """Prepare; nothing is connected yet."""
        self._address, self._layer = address_of(path), layer
        self._every_s = every_s or LOOK_S
        self._open: ExitStack | None = None
        self._connection: Connection[Any] | None = None
        self._table: TableName | None = None
        self._kind = ""
        self._snapshot = self._mark = ""
        self._next_s, self._losses = 0.0, 0
        self.counted = 0
        """How often all rows were gone through by the server."""

    def look(self) -> Seen | None:
        """Return the table's mark; None where it is not time to look closer yet.

        raises   TwinError  the server is not there, or the table is not
        """
        try:
            return self._look()
        except Exception as error:  # psycopg's are said in words by connected()
            self._losses += 1
            stack, self._open = self._open, None
            self.close()
            if stack is not None:
                stack.__exit__(type(error), error, error.__traceback__)
            raise

    def _look(self) -> Seen | None:
        connection = self._connected()
        (snapshot,) = connection.execute("SELECT txid_current_snapshot()::text").fetchone() or ("",)
        is_still = snapshot == self._snapshot and self._kind in _WITH_PLACES
        if self._mark and (is_still or time.monotonic() < self._next_s):
            return Seen(self._mark) if is_still else None
        begin_s = time.monotonic()
        self._mark = self._marked(connection)
        self._snapshot, self._losses = snapshot, 0
        self._next_s = begin_s + (time.monotonic() - begin_s) * (REST_FACTOR + 1)
        return Seen(self._mark)

    def _connected(self) -> Connection[Any]:
        if self._connection is not None:
            return self._connection
        stack = ExitStack()
        connection = stack.enter_context(connected(self._address))
        self._open = stack
        connection.autocommit = True
        connection.execute("SET default_transaction_read_only = on")
        connection.execute("SET statement_timeout = '60s'")
        self._table = found_table(connection, self._layer or self._address.table, self._address)
        row = connection.execute("SELECT relkind::text FROM pg_class WHERE oid = %s::regclass", (self._table.quoted,))
        self._kind = str((row.fetchone() or ("v",))[0])
        with suppress(Exception):  # a server that only stands by does not listen
            connection.execute(f"LISTEN {CHANNEL}")
        self._connection = connection
        return connection

    def _marked(self, connection: Connection[Any]) -> str:
        assert self._table is not None
        self.counted += 1
        place = "hashtext(t.tableoid::text || t.ctid::text || t.xmin::text)"
        row = place if self._kind in _WITH_PLACES else "hashtext(t::text)"
        counted = connection.execute(
            f"SELECT count(*), coalesce(sum({row}::bigint), 0)::text FROM {self._table.quoted} t".encode()
        ).fetchone()
        columns = connection.execute(
            "SELECT string_agg(attname || ':' || atttypid || ':' || atttypmod, ',' ORDER BY attnum) FROM pg_attribute "
            "WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped",
            (self._table.quoted,),
        ).fetchone()
        return f"{counted}|{columns}"

    def wait(self, stop: threading.Event) -> None:
        """Wait for the next look, or for somebody's NOTIFY; longer where the server is not there."""
        wait_s = self._every_s if not self._losses else min(self._every_s * 2**self._losses, LONGEST_WAIT_S)
        end_s = time.monotonic() + wait_s
        while not stop.is_set() and (left_s := end_s - time.monotonic()) > 0:
            if self._connection is None:
                stop.wait(min(left_s, SLICE_S))
                continue
            try:
                if any(True for _ in self._connection.notifies(timeout=min(left_s, SLICE_S), stop_after=1)):
                    self._next_s = 0.0
                    return
            except Exception:  # noqa: BLE001  the next look says what is the matter
                return

    def close(self) -> None:
        """End the connection."""
        stack, self._open, self._connection = self._open, None, None
        self._snapshot = ""
        if stack is not None:
            with suppress(Exception):  # what is broken cannot be closed well
                stack.close()
