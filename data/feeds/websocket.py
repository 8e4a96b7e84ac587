"""WebSocket: ws(s)://host/path, one message a frame."""

from __future__ import annotations

import aiohttp

from data.feeds.http import ENDLESS, LOSSES, address, session_of
from data.feeds.inbox import MOST_MESSAGE_BYTES
from data.feeds.source import Link, keep_connected
from twin.feed import FeedState

HEARTBEAT_S = 20.0
MOST_FRAME_BYTES = 4 * MOST_MESSAGE_BYTES
"""A longer one ends the connection; shorter ones that are still too large are counted and the connection stays."""


class WebSocketSource:
    """Listens to one socket."""

    def __init__(self, url: str) -> None:
        """Prepare."""
        self._url = url

    async def run(self, link: Link) -> None:
        """Listen until cancelled."""
        async with session_of(link, ENDLESS) as session:

            async def connect() -> None:
                await self._listen(session, link)

            await keep_connected(link, connect, LOSSES)

    async def _listen(self, session: aiohttp.ClientSession, link: Link) -> None:
        socket = session.ws_connect(
            address(link, self._url), heartbeat=HEARTBEAT_S, max_msg_size=MOST_FRAME_BYTES, decode_text=False
        )
        async with socket as connection:
            link.tell(FeedState.LIVE, "")
            async for message in connection:
                if message.type in {aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.BINARY}:
                    data = message.data
                    link.inbox.put(data.encode() if isinstance(data, str) else bytes(data))
                elif message.type is aiohttp.WSMsgType.ERROR:
                    break
            if connection.close_code == aiohttp.WSCloseCode.MESSAGE_TOO_BIG:
                link.inbox.trouble("too_large", f"a frame of more than {MOST_FRAME_BYTES:,} bytes")
