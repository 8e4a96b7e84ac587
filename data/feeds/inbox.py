"""What came and is not yet read: bounded, filled by network threads, emptied by the reader."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import NamedTuple

from twin.entities import EntityBatch

MOST_BYTES = 128 * 2**20
MOST_MESSAGES = 200_000
MOST_MESSAGE_BYTES = 64 * 2**20
"""A longer message is counted and not read."""
EXAMPLE_BYTES = 200
TAKEN_BYTES = 4 * 2**20
"""So much is read in one go, so that frames come in between where more comes than can be read."""

Rows = list[dict[str, object]]


class Message(NamedTuple):
    """One message as it came."""

    payload: bytes | Rows | EntityBatch
    """Its bytes; or rows, where the protocol itself says what an entity is; or observations, of a recording."""
    received_s: float
    topic: str = ""
    size: int = 0
    """Bytes on the way."""
    stands_for: int = 1
    """Messages it stands for: a recording keeps those that came together as one."""


class Inbox:
    """Messages in the order they came. When it is full the oldest go: newer ones say more."""

    def __init__(self, wake: Callable[[], None], clock: Callable[[], float] = time.time) -> None:
        """Start empty.

        wake    called, on whatever thread, when there is something after there was nothing
        clock   the time of arrival, UTC epoch
        """
        self._wake = wake
        self._clock = clock
        self._messages: deque[Message] = deque()
        self._put_bytes = self._taken_bytes = 0  # each is written by one thread alone: no lock is needed
        self.dropped = 0
        """Messages that went unread because more came than could be read."""
        self.troubles: deque[tuple[str, str]] = deque(maxlen=1000)
        """(kind, example) of what was no message at all."""

    def put(
        self, payload: bytes | Rows | EntityBatch, topic: str = "", *, size: int | None = None, count: int = 1
    ) -> None:
        """Take a message. One thread at a time may do so."""
        length = len(payload) if size is None else size
        if length > MOST_MESSAGE_BYTES and isinstance(payload, bytes):
            payload = payload[:EXAMPLE_BYTES]
        messages = self._messages
        messages.append(Message(payload, self._clock(), topic, length, count))
        self._put_bytes += length
        if len(messages) == 1:
            self._wake()
        elif self._put_bytes - self._taken_bytes > MOST_BYTES or len(messages) > MOST_MESSAGES:
            self._drop()

    def _drop(self) -> None:
        """Let the oldest message go."""
        with suppress(IndexError):  # it was taken meanwhile
            gone = self._messages.popleft()
            self._put_bytes -= gone.size
            self.dropped += gone.stands_for

    def take(self) -> list[Message]:
        """Return what is there, up to TAKEN_BYTES and one message at least, and hold it no longer."""
        messages, size = self._messages, 0
        taken: list[Message] = []
        with suppress(IndexError):  # emptied by _drop meanwhile
            for _ in range(len(messages)):
                taken.append(message := messages.popleft())
                size += message.size
                if size > TAKEN_BYTES:
                    break
        self._taken_bytes += size
        if messages:  # left, or came meanwhile behind others that were there: nobody was woken for it
            self._wake()
        return taken

    @property
    def is_behind(self) -> bool:
        """Return whether more waits than is read in one go."""
        return self._put_bytes - self._taken_bytes > TAKEN_BYTES

    @property
    def heard(self) -> int:
        """Return the bytes that came since the beginning."""
        return self._put_bytes

    def trouble(self, kind: str, example: str) -> None:
        """Note something that came and was no message: a broken page, a frame too large to be taken."""
        self.troubles.append((kind, example[:EXAMPLE_BYTES]))
        self._wake()
