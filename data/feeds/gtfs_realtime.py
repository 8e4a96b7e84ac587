"""GTFS-Realtime: gtfs-rt+http(s)://, or any address that answers with it. Vehicle positions, and trip updates."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urldefrag

import aiohttp

from data.feeds.http import LOSSES, TooLargeError, address, read_limited, session_of
from data.feeds.inbox import Rows
from data.feeds.intervals import interval_of
from data.feeds.source import Link, Waits
from data.feeds.timetable import Timetable, read_timetable
from data.feeds.trip_places import rows_of_trips
from twin.errors import FeedError
from twin.feed import FeedState, Mapping

GTFS_MAPPING = Mapping(
    id="id",
    lon="lon",
    lat="lat",
    time="time",
    heading="bearing",
    speed="speed",
    values=(
        ("route", "route"),
        ("trip", "trip"),
        ("status", "status"),
        ("stop", "stop"),
        ("delay_s", "delay_s"),
        ("occupancy", "occupancy"),
    ),
)
RECORDED_S = 3600.0
"""A feed whose own time is older than this is a recorded one: trips are placed by its time, not by the present."""
_STATUS = ("incoming at", "at stop", "under way")


class GtfsRealtimeSource:
    """Asks one address at intervals."""

    def __init__(self, url: str) -> None:
        """Prepare; "#gtfs=FILE or address" names the timetable of trip updates."""
        self._url, fragment = urldefrag(url.removeprefix("gtfs-rt+"))
        self._timetable_source = parse_qs(fragment).get("gtfs", [""])[0]
        self._timetable: Timetable | None = None
        self._tags: dict[str, str] = {}

    async def run(self, link: Link) -> None:
        """Ask until cancelled.

        raises   FeedError  the feed has trip updates alone and no timetable is named, or it cannot be read
        """
        link.propose(GTFS_MAPPING)
        url, interval_s = interval_of(self._url, link.wish.interval_s)
        waits = Waits(interval_s)
        async with session_of(link) as session:
            while True:
                begin_s = time.monotonic()
                try:
                    await self._ask(session, link, url)
                except LOSSES as error:
                    await waits.wait(link, error)
                    continue
                waits.reset()
                await asyncio.sleep(max(interval_s - (time.monotonic() - begin_s), 0.1))

    async def _ask(self, session: aiohttp.ClientSession, link: Link, url: str) -> None:
        async with session.get(address(link, url), headers=self._tags, raise_for_status=True) as response:
            link.tell(FeedState.LIVE, "")
            if response.status == 304:
                return
            try:
                payload = await read_limited(response)
            except TooLargeError as error:
                link.inbox.trouble("too_large", str(error.args[0]))
                return
            self._tags = {"If-None-Match": response.headers["ETag"]} if "ETag" in response.headers else {}
        message = message_of(payload)
        if message is None:
            link.inbox.trouble("not_protobuf", payload[:80].decode("utf-8", "backslashreplace"))
            return
        updates = [e for e in message.entity if e.HasField("trip_update")]
        rows = rows_of_vehicles(message)
        if updates and not rows:
            await self._read_timetable(session, link)
        if self._timetable is not None and updates:
            placed, unknown = rows_of_trips(updates, self._timetable, moment_of(message, time.time()))
            for name in unknown[:1000]:
                link.inbox.trouble("unknown_id", f"{name} is not in the timetable")
            seen = {row["trip"] for row in rows}
            rows += [row for row in placed if row["trip"] not in seen]
        link.inbox.put(rows, size=len(payload))

    async def _read_timetable(self, session: aiohttp.ClientSession, link: Link) -> None:
        source = link.wish.static_gtfs or self._timetable_source
        if self._timetable is not None:
            return
        if not source:
            raise FeedError(
                "The feed says when vehicles come, but not where they are.",
                hint="Name the timetable that belongs to it: a GTFS zip, with --gtfs FILE or in the feed's settings.",
            )
        if source.startswith(("http://", "https://")):
            async with session.get(source, raise_for_status=True) as response:
                self._timetable = await asyncio.to_thread(read_timetable, await response.read())
        else:
            self._timetable = await asyncio.to_thread(read_timetable, Path(source))


def message_of(payload: bytes) -> Any | None:
    """Return a feed message, None if the bytes are none."""
    from google.protobuf.message import DecodeError  # noqa: PLC0415  where it is needed
    from google.transit import gtfs_realtime_pb2  # noqa: PLC0415

    message = gtfs_realtime_pb2.FeedMessage()
    try:
        message.ParseFromString(payload)
    except DecodeError:
        return None
    return message


def moment_of(message: Any, now_s: float) -> float:
    """Return the moment that trips are placed at, UTC epoch."""
    stated = float(message.header.timestamp)
    return stated if stated and abs(now_s - stated) > RECORDED_S else now_s


def rows_of_vehicles(message: Any) -> Rows:
    """Return a row for each vehicle whose position is told."""
    rows: Rows = []
    for entity in message.entity:
        if not entity.HasField("vehicle") or not entity.vehicle.HasField("position"):
            continue
        vehicle = entity.vehicle
        place = vehicle.position
        rows.append(
            {
                "id": vehicle.vehicle.id or entity.id,
                "lon": _exact(place.longitude),
                "lat": _exact(place.latitude),
                "time": vehicle.timestamp or message.header.timestamp or None,
                "bearing": place.bearing if place.HasField("bearing") else None,
                "speed": place.speed if place.HasField("speed") else None,
                "route": vehicle.trip.route_id or None,
                "trip": vehicle.trip.trip_id or None,
                "status": _STATUS[vehicle.current_status] if vehicle.HasField("current_status") else None,
                "stop": vehicle.stop_id or None,
                "occupancy": vehicle.occupancy_status if vehicle.HasField("occupancy_status") else None,
            }
        )
    return rows


def _exact(number: float) -> float:
    """Return a 32-bit float as the decimal it was written as."""
    return round(number, 6)
