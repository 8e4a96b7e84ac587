"""Server-sent events: sse+http(s)://host/path; the last event's id is sent when it is asked again."""

from __future__ import annotations

import re

import aiohttp

from data.feeds.http import LOSSES, PATIENT, address, session_of
from data.feeds.inbox import MOST_MESSAGE_BYTES
from data.feeds.source import FIRST_WAIT_S, LONGEST_WAIT_S, Link, WrongAnswerError, keep_connected
from twin.feed import FeedState

_END_OF_LINE = re.compile(rb"\r\n|\n|\r(?!$)")


class EventReader:
    """Takes the bytes of an event stream apart (WHATWG HTML, 9.2.6 Interpreting an event stream)."""

    def __init__(self) -> None:
        """Start before the first event."""
        self.last_id = ""
        self.retry_s = FIRST_WAIT_S
        """How long the server wants to be left alone after it ended the stream."""
        self._rest = b""
        self._data: list[bytes] = []
        self._size = 0
        self.oversized = 0
        """Events left out because they were too large."""

    def feed(self, chunk: bytes) -> list[bytes]:
        """Return the data of the events that end in a chunk."""
        *lines, self._rest = _END_OF_LINE.split(self._rest + chunk)
        if len(self._rest) > MOST_MESSAGE_BYTES:
            self._rest, self._size = b"", MOST_MESSAGE_BYTES + 1
        return [event for line in lines if (event := self._take(line)) is not None]

    def _take(self, line: bytes) -> bytes | None:
        if not line:
            data, size, self._data, self._size = self._data, self._size, [], 0
            if size > MOST_MESSAGE_BYTES:
                self.oversized += 1
                return None
            return b"\n".join(data) if data else None
        name, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if name == b"data":
            self._size += len(value)
            if self._size <= MOST_MESSAGE_BYTES:
                self._data.append(value)
        elif name == b"retry" and value.isdigit() and len(value) < 10:
            self.retry_s = min(int(value) / 1e3, LONGEST_WAIT_S)
        elif name == b"id" and b"\0" not in value:
            self.last_id = value.decode("utf-8", "replace")
        return None


class EventSource:
    """Listens to one stream of events."""

    def __init__(self, url: str) -> None:
        """Prepare."""
        self._url = url.removeprefix("sse+")
        self._last_id = ""
        self._retry_s = FIRST_WAIT_S

    async def run(self, link: Link) -> None:
        """Listen until cancelled."""
        async with session_of(link, PATIENT) as session:

            async def connect() -> None:
                await self._listen(session, link)

            await keep_connected(link, connect, LOSSES, least_s=lambda: self._retry_s)

    async def _listen(self, session: aiohttp.ClientSession, link: Link) -> None:
        headers = {"Accept": "text/event-stream", "Cache-Control": "no-cache"}
        if self._last_id:
            headers["Last-Event-ID"] = self._last_id
        async with session.get(address(link, self._url), headers=headers, raise_for_status=True) as response:
            if response.content_type not in {"text/event-stream", "application/octet-stream"}:
                raise WrongAnswerError(f"The address answers with {response.content_type}, not with events.")
            link.tell(FeedState.LIVE, "")
            reader = EventReader()
            reader.retry_s = self._retry_s
            async for chunk in response.content.iter_any():
                for data in reader.feed(chunk):
                    link.inbox.put(data)
                self._retry_s = reader.retry_s
                self._last_id = reader.last_id or self._last_id
                for _ in range(reader.oversized):
                    link.inbox.trouble("too_large", "an event that is too large")
                reader.oversized = 0
