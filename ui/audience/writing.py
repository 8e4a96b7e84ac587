"""Group commit: what many phones send in the same moment reaches the disk together, before any of them is answered."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from data.ledger import Draft, Ledger
from twin.chain import Receipt
from twin.errors import TwinError

GATHER_S = 0.003
MOST_AT_ONCE = 400


class Writer:
    """Writes drafts into the ledger, on the event loop's own thread: record and readers never meet half-way."""

    def __init__(self, ledger: Ledger, written: Callable[[], None]) -> None:
        """Write into a ledger; written is called after each commit."""
        self._ledger, self._written = ledger, written
        self._waiting: list[tuple[Draft, asyncio.Future[Receipt]]] = []
        self._is_asked = False

    async def write(self, draft: Draft) -> Receipt:
        """Return once the draft is on disk.

        raises   TwinError  it contradicts the record, or the disk failed; nothing was written
        """
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Receipt] = loop.create_future()
        self._waiting.append((draft, future))
        if not self._is_asked:
            self._is_asked = True
            loop.call_later(GATHER_S, self.flush)
        return await future

    def flush(self) -> None:
        """Write what is waiting."""
        self._is_asked = False
        batch, self._waiting = self._waiting[:MOST_AT_ONCE], self._waiting[MOST_AT_ONCE:]
        if self._waiting:
            self._is_asked = True
            asyncio.get_running_loop().call_soon(self.flush)
        if not batch:
            return
        try:
            outcomes = self._ledger.write_each([draft for draft, _ in batch])
        except Exception as error:  # noqa: BLE001  every phone that waits must hear of it
            for _, future in batch:
                if not future.done():
                    future.set_exception(error)
            return
        for (_, future), outcome in zip(batch, outcomes, strict=True):
            if future.done():  # the phone has gone
                continue
            if isinstance(outcome, TwinError):
                future.set_exception(outcome)
            else:
                future.set_result(outcome)
        self._written()
