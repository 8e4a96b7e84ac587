"""What came and is not yet read: bounded, filled by network threads, emptied by the reader."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from typing import NamedTuple

from twin.entities import EntityBatch

MOST_BYTES = 128 * 2**20
MOST_MESSAGES = 200_000
MOST_MESSAGE_BYTES = 64 * 2**20
"""A longer message is counted and not read."""
EXAMPLE_BYTES = 200

Rows = list[dict[str, object]]


class Message(NamedTuple):
    """One message as it came."""

    payload: bytes | Rows | EntityBatch
    """Its bytes; or rows, where the protocol itself says what an entity is; or observations, of a recording."""
    received_s: float
    topic: str = ""
    size: int = 0
    """Bytes on the way."""
    count: int = 1
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
        self._lock = threading.Lock()
        self._held_bytes = 0
        self.dropped = 0
        """Messages that went unread because more came than could be read."""
        self.troubles: deque[tuple[str, str]] = deque(maxlen=1000)
        """(kind, example) of what was no message at all."""

    def put(
        self, payload: bytes | Rows | EntityBatch, topic: str = "", *, size: int | None = None, count: int = 1
    ) -> None:
        """Take a message."""
        length = size if size is not None else len(payload)
        if length > MOST_MESSAGE_BYTES and isinstance(payload, bytes):
            payload = payload[:EXAMPLE_BYTES]
        message = Message(payload, self._clock(), topic, length, count)
        with self._lock:
            self._messages.append(message)
            self._held_bytes += length if length <= MOST_MESSAGE_BYTES else EXAMPLE_BYTES
            is_first = len(self._messages) == 1
            if self._held_bytes > MOST_BYTES or len(self._messages) > MOST_MESSAGES:
                self._drop()
        if is_first:
            self._wake()

    def _drop(self) -> None:
        while len(self._messages) > 1 and (self._held_bytes > MOST_BYTES or len(self._messages) > MOST_MESSAGES):
            gone = self._messages.popleft()
            self._held_bytes -= gone.size if gone.size <= MOST_MESSAGE_BYTES else EXAMPLE_BYTES
            self.dropped += 1

    def take(self) -> list[Message]:
        """Return all that is there, and hold nothing any more."""
        with self._lock:
            taken, self._messages = list(self._messages), deque()
            self._held_bytes = 0
        return taken

    def trouble(self, kind: str, example: str) -> None:
        """Note something that came and was no message: a broken page, a frame too large to be taken."""
        self.troubles.append((kind, example[:EXAMPLE_BYTES]))
        self._wake()
