"""http(s):// asked again and again: GeoJSON, JSON, CSV, GTFS-Realtime; entry pages of GBFS and SensorThings lead on."""

from __future__ import annotations

import asyncio
import time

import aiohttp

from data.feeds.answers import Answer, kind_of, rows_of_csv
from data.feeds.documents import GZIP, UnreadableError, unpacked
from data.feeds.http import LOSSES, TooLargeError, address, in_utf8, read_limited, session_of
from data.feeds.intervals import LEAST_INTERVAL_S, interval_of
from data.feeds.source import Link, Source, Waits
from twin.feed import FeedState


class PolledSource:
    """Asks one address at intervals; what has not changed is not read again."""

    def __init__(self, url: str) -> None:
        """Prepare."""
        self._url = url
        self._known: dict[str, str] = {}
        """What the server said to recognise the present answer by."""

    async def run(self, link: Link) -> None:
        """Ask until cancelled.

        raises   FeedError  the answer is of no kind that can be read, from the very first one on
        """
        url, interval_s = interval_of(self._url, link.wish.interval_s)
        waits = Waits(interval_s)
        async with session_of(link) as session:
            while True:
                begin_s = time.monotonic()
                try:
                    further = await self._ask(session, link, url)
                except LOSSES as error:
                    await waits.wait(link, error)
                    continue
                waits.reset()
                if further is not None:
                    break
                await asyncio.sleep(max(interval_s - (time.monotonic() - begin_s), LEAST_INTERVAL_S / 2))
        await further.run(link)

    async def _ask(self, session: aiohttp.ClientSession, link: Link, url: str) -> Source | None:
        """Take one answer; returns the source that the address turned out to be the entry of."""
        async with session.get(address(link, url), headers=self._known, raise_for_status=True) as response:
            link.tell(FeedState.LIVE, "")
            if response.status == 304:
                return None
            try:
                payload = await read_limited(response)
            except TooLargeError as error:
                link.inbox.trouble("too_large", str(error.args[0]))
                return None
            except aiohttp.ClientPayloadError:
                link.inbox.trouble("cut_off", f"an answer that ends in the middle: {url}")
                return None
            tags = {"If-None-Match": "ETag", "If-Modified-Since": "Last-Modified"}
            self._known = {ask: response.headers[said] for ask, said in tags.items() if said in response.headers}
            return self._take(in_utf8(payload, response.charset), response.content_type, link, url)

    def _take(self, payload: bytes, content_type: str, link: Link, url: str) -> Source | None:
        if payload[:2] == GZIP:
            try:
                payload = unpacked(payload)
            except UnreadableError as error:
                link.inbox.trouble(str(error), url)
                return None
        kind = kind_of(payload, content_type, url)
        if kind is Answer.GBFS:
            from data.feeds.gbfs import GbfsSource  # noqa: PLC0415  only where it is one

            return GbfsSource(self._url)
        if kind is Answer.SENSORTHINGS:
            from data.feeds.sensorthings import SensorThingsSource  # noqa: PLC0415

            return SensorThingsSource(self._url)
        if kind is Answer.GTFS_REALTIME:
            from data.feeds.gtfs_realtime import GtfsRealtimeSource  # noqa: PLC0415

            return GtfsRealtimeSource(self._url)
        if kind is Answer.CSV:
            link.inbox.put(rows_of_csv(payload), size=len(payload))
        elif kind is Answer.PAGE:
            link.inbox.trouble("a_web_page", payload[:200].decode("utf-8", "replace"))
            link.tell(FeedState.LIVE, "The address answers with a web page and not with data: is it the right one?")
        else:
            link.inbox.put(payload)
        return None
