"""GBFS, the bike-share format (versions 1 to 3): stations with their counts, and free bikes."""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import urljoin

import aiohttp
import msgspec

from data.feeds.answers import gbfs_feeds
from data.feeds.http import LOSSES, TooLargeError, address, read_limited, session_of
from data.feeds.inbox import EXAMPLE_BYTES, Rows
from data.feeds.intervals import interval_of
from data.feeds.source import Link, Waits, WrongAnswerError, reason_of
from twin.errors import FeedError
from twin.feed import FeedState, Mapping

INFORMATION_EVERY_S = 600.0
"""How often the places of stations are asked again."""
GBFS_MAPPING = Mapping(
    id="id",
    lon="lon",
    lat="lat",
    time="time",
    values=(
        ("bikes", "bikes"),
        ("docks", "docks"),
        ("capacity", "capacity"),
        ("name", "name"),
        ("is_renting", "is_renting"),
        ("battery_percent", "battery_percent"),
    ),
)

_LOSSES: tuple[type[Exception], ...] = (*LOSSES, WrongAnswerError)


class GbfsSource:
    """Asks the pages that an entry page names."""

    def __init__(self, url: str) -> None:
        """Prepare."""
        self._url = url.removeprefix("gbfs+")
        self._places: dict[str, dict[str, Any]] = {}
        self._is_known = False
        """Whether pages of it were read before: what comes instead passes."""

    async def run(self, link: Link) -> None:
        """Ask until cancelled."""
        link.propose(GBFS_MAPPING)
        url, interval_s = interval_of(self._url, link.wish.interval_s)
        waits, informed_s = Waits(interval_s), -INFORMATION_EVERY_S
        pages: dict[str, str] = {}
        clock = asyncio.get_running_loop().time
        async with session_of(link) as session:
            while True:
                try:
                    if not pages:
                        pages = gbfs_feeds(await self._page(session, link, url))
                    if clock() - informed_s >= INFORMATION_EVERY_S and "station_information" in pages:
                        self._remember(await self._page(session, link, urljoin(url, pages["station_information"])))
                        informed_s = clock()
                    told = await self._ask(session, link, url, pages)
                except _LOSSES as error:
                    await waits.wait(link, error)
                    continue
                self._is_known = True
                link.tell(FeedState.LIVE, told)
                waits.reset()
                await asyncio.sleep(interval_s)

    async def _page(self, session: aiohttp.ClientSession, link: Link, url: str) -> dict[str, Any]:
        async with session.get(address(link, url), raise_for_status=True) as response:
            try:
                payload = await read_limited(response)
            except TooLargeError as error:
                link.inbox.trouble("too_large", str(error.args[0]))
                raise WrongAnswerError(f"The answer is too large to be read: {url}.") from error
        try:
            page = msgspec.json.decode(payload)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            link.inbox.trouble("half_json", payload[:EXAMPLE_BYTES].decode("utf-8", "replace"))
            raise WrongAnswerError(f"The answer is JSON that ends in the middle or is broken: {url}.") from error
        if isinstance(page, dict) and isinstance(page.get("data"), dict):
            page["size"] = len(payload)
            return page
        if not self._is_known:
            raise FeedError(f"{url} is no page of GBFS.", hint="Name the page that lists the others: …/gbfs.json.")
        raise WrongAnswerError(f"The answer is no page of GBFS any more: {url}.")

    def _remember(self, page: dict[str, Any]) -> None:
        self._places = {str(s["station_id"]): s for s in _items(page, "stations") if "station_id" in s}

    async def _ask(self, session: aiohttp.ClientSession, link: Link, url: str, pages: dict[str, str]) -> str:
        """Ask for all that changes; returns a sentence where one of several pages cannot be read."""
        names = [n for n in ("station_status", "free_bike_status", "vehicle_status") if n in pages]
        lost: list[Exception] = []
        for name in names:
            try:
                page = await self._page(session, link, urljoin(url, pages[name]))
            except _LOSSES as error:
                lost.append(error)
                continue
            rows = _stations(page, self._places) if name == "station_status" else _vehicles(page)
            unknown = [row["id"] for row in rows if "lon" not in row]
            for one in unknown[:1000]:
                link.inbox.trouble("unknown_id", f"station {one} has no place")
            link.inbox.put([row for row in rows if "lon" in row], size=page["size"])
        if lost and len(lost) == len(names):
            raise lost[0]
        return reason_of(lost[0], link) if lost else ""


def _items(page: dict[str, Any], name: str) -> list[dict[str, Any]]:
    items = page["data"].get(name)
    return [one for one in items if isinstance(one, dict)] if isinstance(items, list) else []


def _flag(said: object) -> object:
    """Return 1 or 0, as version 1 has it."""
    return int(said) if isinstance(said, bool) else said


def _text(name: object) -> object:
    """Return a name; GBFS 3 has it in several languages."""
    return name[0].get("text") if isinstance(name, list) and name and isinstance(name[0], dict) else name


def _stations(page: dict[str, Any], places: dict[str, dict[str, Any]]) -> Rows:
    rows: Rows = []
    for status in _items(page, "stations"):
        name = str(status.get("station_id", ""))
        place = places.get(name, {})
        row: dict[str, object] = {
            "id": name,
            "time": status.get("last_reported") or page.get("last_updated"),
            "bikes": status.get("num_bikes_available", status.get("num_vehicles_available")),
            "docks": status.get("num_docks_available"),
            "is_renting": _flag(status.get("is_renting")),
            "capacity": place.get("capacity"),
            "name": _text(place.get("name")),
        }
        rows.append(row | ({"lon": place.get("lon"), "lat": place.get("lat")} if place else {}))
    return rows


def _vehicles(page: dict[str, Any]) -> Rows:
    rows: Rows = []
    for bike in [*_items(page, "bikes"), *_items(page, "vehicles")]:
        if bike.get("lon") is None:  # it stands at a station
            continue
        rows.append(
            {
                "id": str(bike.get("bike_id") or bike.get("vehicle_id") or ""),
                "lon": bike["lon"],
                "lat": bike.get("lat"),
                "time": bike.get("last_reported") or page.get("last_updated"),
                "battery_percent": bike.get("current_fuel_percent"),
            }
        )
    return rows
