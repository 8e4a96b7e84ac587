"""Messages between the app and a plugin's process: JSON with its length before it. Nothing is ever unpickled."""

from __future__ import annotations

import json
import socket
import threading
from typing import Any

LONGEST_BYTES = 32 * 2**20
_LENGTH = 4


def packed(message: Any) -> bytes:
    """Return a message as bytes."""
    body = json.dumps(message, allow_nan=False).encode()
    return len(body).to_bytes(_LENGTH, "little") + body


class Unpacker:
    """Takes bytes as they come and gives whole messages."""

    def __init__(self) -> None:
        """Start with nothing."""
        self._bytes = bytearray()

    def feed(self, data: bytes) -> list[Any]:
        """Return the messages that are whole now.

        raises   ValueError  what came is no message
        """
        self._bytes += data
        messages = []
        while len(self._bytes) >= _LENGTH:
            size = int.from_bytes(self._bytes[:_LENGTH], "little")
            if size > LONGEST_BYTES:
                raise ValueError(f"a message of {size:,} bytes")
            if len(self._bytes) < _LENGTH + size:
                break
            messages.append(json.loads(self._bytes[_LENGTH : _LENGTH + size]))
            del self._bytes[: _LENGTH + size]
        return messages


class Line:
    """The plugin's end: several threads may tell, one listens."""

    def __init__(self, end: socket.socket) -> None:
        """Use a connected socket."""
        self._socket, self._lock, self._unpacker = end, threading.Lock(), Unpacker()
        self._waiting: list[Any] = []

    def tell(self, message: Any) -> None:
        """Send a message; the app may be slow, then so is this."""
        data = packed(message)
        with self._lock:
            self._socket.sendall(data)

    def hear(self) -> Any:
        """Wait for the next message; None when the app has gone."""
        while not self._waiting:
            try:
                data = self._socket.recv(65536)
            except OSError:
                return None
            if not data:
                return None
            self._waiting = self._unpacker.feed(data)
        return self._waiting.pop(0)
