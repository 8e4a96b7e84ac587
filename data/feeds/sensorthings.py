"""OGC SensorThings: what there is and its first state over HTTP, then observations by MQTT, or asked again.

An entity is a datastream; its value is "result", and stands under the name of the observed property too.
"""

from __future__ import annotations

import asyncio
import re
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import aiohttp
import msgspec

from data.feeds.http import LOSSES, TooLargeError, address, read_limited, session_of
from data.feeds.inbox import Inbox, Rows
from data.feeds.intervals import interval_of
from data.feeds.paths import value_at
from data.feeds.source import Link, Waits, reason_of
from twin.errors import FeedError
from twin.feed import FeedState, Mapping

MOST_PAGES = 1000
MOST_PROPERTIES = 40
AT_ONCE = 8
Item = dict[str, Any]
_ID = "@iot.id"
_EXPAND = "?$expand=Thing($expand=Locations),ObservedProperty,Observations($top=1;$orderby=phenomenonTime desc)"

_LOSSES: tuple[type[Exception], ...] = (*LOSSES, msgspec.DecodeError, UnicodeDecodeError, TooLargeError)


class SensorThingsSource:
    """One service, or one of its collections of datastreams."""

    def __init__(self, url: str) -> None:
        """Take the address of the service's root, ending in its version; anything behind that is left off."""
        url = url.removeprefix("sta+")
        found = re.match(r"(.*?/v\d+(?:\.\d+)?)(?=/|\?|$)", url)
        self._given = url
        self._root = (found.group(1) if found else url.split("?")[0]).rstrip("/")
        self._streams: dict[str, Item] = {}
        self._places: dict[str, tuple[float, float]] = {}

    async def run(self, link: Link) -> None:
        """Read what there is, then follow it until cancelled.

        raises   FeedError  the service has no datastream
        """
        _, interval_s = interval_of(self._given, link.wish.interval_s)
        waits = Waits()
        async with session_of(link) as session:
            while True:
                try:
                    await self._read_all(session, link)
                    broker = await self._broker(session, link)
                except _LOSSES as error:
                    await waits.wait(link, error)
                    continue
                waits.reset()
                if broker:
                    await self._follow(session, link, broker, interval_s)
                await asyncio.sleep(interval_s)

    # what there is

    async def _read_all(self, session: aiohttp.ClientSession, link: Link) -> None:
        streams = await self._streams_of(session, link)
        link.tell(FeedState.LIVE, "")
        if not streams:
            raise FeedError(
                "The service has no datastream.", hint="Its address ends in its version: https://HOST/…/v1.1"
            )
        self._streams = {str(s[_ID]): s for s in streams if _ID in s}
        lacking = [s for s in self._streams.values() if not s.get("Observations")]
        limit = asyncio.Semaphore(AT_ONCE)

        async def newest(stream: Item) -> None:
            async with limit:
                url = f"{self._root}/Datastreams({_quoted(stream[_ID])})/Observations"
                page = await self._page(session, link, f"{url}?$top=1&$orderby=phenomenonTime desc")
                stream["Observations"] = _values(page)

        await asyncio.gather(*(newest(s) for s in lacking))
        self._places = {name: place for name, s in self._streams.items() if (place := place_of(s)) is not None}
        link.propose(mapping_of(self._streams.values()))
        rows: Rows = []
        for name, stream in self._streams.items():
            if name not in self._places:
                link.inbox.trouble("unknown_place", f"datastream {name} has no place")
            for observation in newest_first(_values(stream.get("Observations")))[:1]:
                rows.append(self.row_of(name, observation))
        link.inbox.put(rows, size=len(rows) * 200)

    async def _streams_of(self, session: aiohttp.ClientSession, link: Link) -> list[Item]:
        """Return all datastreams with what belongs to them, however much of that the service gives at once."""
        try:
            streams = await self._every(session, link, f"{self._root}/Datastreams{_EXPAND}")
        except aiohttp.ClientResponseError as error:
            if error.status not in {400, 404, 501}:
                raise
            streams = []
        if not streams:
            things = await self._every(session, link, f"{self._root}/Things?$expand=Locations,Datastreams")
            return [{**stream, "Thing": thing} for thing in things for stream in thing.get("Datastreams", [])]
        if any(place_of(stream) is None for stream in streams):
            things = await self._every(session, link, f"{self._root}/Things?$expand=Locations,Datastreams($select=id)")
            thing_of = {str(s.get(_ID)): thing for thing in things for s in thing.get("Datastreams", [])}
            streams = [{"Thing": thing_of.get(str(s.get(_ID))), **s} for s in streams]
        return streams

    async def _every(self, session: aiohttp.ClientSession, link: Link, url: str) -> list[Item]:
        """Return the items of a page and of all that follow it."""
        items: list[Item] = []
        seen = set()
        for _ in range(MOST_PAGES):
            if not url or url in seen:
                break
            seen.add(url)
            page = await self._page(session, link, url)
            items += _values(page)
            follows = page.get("@iot.nextLink", "") if isinstance(page, dict) else ""
            url = rebased(follows, self._root) if isinstance(follows, str) else ""
        return items

    async def _page(self, session: aiohttp.ClientSession, link: Link, url: str) -> Any:
        async with session.get(address(link, url), raise_for_status=True) as response:
            try:
                payload = await read_limited(response)
            except TooLargeError as error:
                link.inbox.trouble("too_large", str(error.args[0]))
                return {}
        try:
            return msgspec.json.decode(payload)
        except (msgspec.DecodeError, UnicodeDecodeError):
            link.inbox.trouble("half_json", payload[:200].decode("utf-8", "replace"))
            return {}

    # observations

    def row_of(self, name: str, observation: Item) -> dict[str, object]:
        """Return an observation of a datastream as a row."""
        stream = self._streams[name]
        lon, lat = self._places.get(name, (None, None))
        unit, said_by = item_of(stream, "unitOfMeasurement"), item_of(stream, "ObservedProperty")
        return {
            "id": name,
            "lon": lon,
            "lat": lat,
            "time": observation.get("phenomenonTime") or observation.get("resultTime"),
            "result": observation.get("result"),
            "name": stream.get("name"),
            "unit": unit.get("symbol") or unit.get("name"),
            "thing": item_of(stream, "Thing").get("name"),
            property_name(said_by): observation.get("result"),
        }

    async def _broker(self, session: aiohttp.ClientSession, link: Link) -> str:
        """Return the address of the broker that the service names, "" if it names none."""
        root = await self._page(session, link, self._root)
        settings = root.get("serverSettings", {}) if isinstance(root, dict) else {}
        endpoints = [
            endpoint
            for about, value in settings.items()
            if "mqtt" in about and isinstance(value, dict)
            for endpoint in value.get("endpoints", [])
        ]
        return next((str(e) for e in endpoints if str(e).startswith(("mqtt://", "mqtts://"))), "")

    async def _follow(self, session: aiohttp.ClientSession, link: Link, broker: str, interval_s: float) -> None:
        from data.feeds.mqtt import MqttSource  # noqa: PLC0415  only where there is a broker

        version = self._root.rpartition("/")[2]
        topics = tuple(f"{version}/Datastreams({_quoted(s[_ID])})/Observations" for s in self._streams.values())
        is_heard = False

        def tell(state: FeedState, reason: str) -> None:
            nonlocal is_heard
            is_heard = state is FeedState.LIVE
            if is_heard:
                link.tell(state, reason)

        inner = Link(link.wish, link.secret, _Observations(link.inbox, self), tell)  # type: ignore[arg-type]
        listening = asyncio.create_task(MqttSource(broker, topics).run(inner))
        try:
            while not listening.done():
                await asyncio.sleep(interval_s)
                if not is_heard:
                    await self._asked(session, link, broker)
            await listening
        finally:
            listening.cancel()

    async def _asked(self, session: aiohttp.ClientSession, link: Link, broker: str) -> None:
        """Ask for the newest observations, as the broker that the service names does not answer."""
        try:
            await self._read_all(session, link)
        except _LOSSES as error:
            link.tell(FeedState.RECONNECTING, reason_of(error, link))
        else:
            link.tell(FeedState.LIVE, f"The broker that the service names, {broker}, does not answer: it is asked.")


class _Observations:
    """An inbox that makes rows of observations, by the topic they came under."""

    def __init__(self, inbox: Inbox, source: SensorThingsSource) -> None:
        self._inbox = inbox
        self._source = source

    @property
    def heard(self) -> int:
        """Return the bytes that came since the beginning."""
        return self._inbox.heard

    def put(self, payload: bytes, topic: str = "") -> None:
        """Take an observation; what cannot be read goes on as it is, to be counted."""
        found = re.search(r"Datastreams\('?(.+?)'?\)/", topic)
        try:
            observation = msgspec.json.decode(payload)
            row = self._source.row_of(found.group(1) if found else "", observation)
        except KeyError:
            self._inbox.trouble("unknown_id", topic)
        except (msgspec.DecodeError, UnicodeDecodeError, AttributeError, TypeError):
            self._inbox.put(payload, topic)
        else:
            self._inbox.put([row], topic, size=len(payload))


def item_of(stream: Item, name: str) -> Item:
    """Return what belongs to a datastream, empty if it is not told or is no object."""
    found = stream.get(name)
    return found if isinstance(found, dict) else {}


def place_of(stream: Item) -> tuple[float, float] | None:
    """Return longitude and latitude of a datastream: of its thing, else of what it observed."""
    places = item_of(stream, "Thing").get("Locations")
    candidates = [one.get("location") for one in places if isinstance(one, dict)] if isinstance(places, list) else []
    candidates += [stream.get("observedArea"), item_of(stream, "FeatureOfInterest").get("feature")]
    for candidate in candidates:
        geometry = candidate.get("geometry", candidate) if isinstance(candidate, dict) else None
        lon, lat = (value_at(geometry, ("coordinates", i)) for i in (0, 1))
        if isinstance(lon, int | float) and isinstance(lat, int | float) and abs(lon) <= 180 and abs(lat) <= 90:
            return float(lon), float(lat)
    return None


def property_name(observed: Item) -> str:
    """Return the short name of an observed property, "" if it is not told."""
    return str(observed.get("name") or "").strip()


def mapping_of(streams: Any) -> Mapping:
    """Return what rows of these datastreams mean."""
    names = sorted({property_name(item_of(s, "ObservedProperty")) for s in streams} - {"", "result"})[:MOST_PROPERTIES]
    values = [(n, n) for n in ("result", "name", "unit", "thing")]
    values += [(n, n) for n in names if "." not in n and "+" not in n]
    return Mapping(id="id", lon="lon", lat="lat", time="time", values=tuple(values))


def newest_first(observations: list[Item]) -> list[Item]:
    """Return observations, the newest first."""
    return sorted(observations, key=lambda o: str(o.get("phenomenonTime", "")).rpartition("/")[2], reverse=True)


def rebased(follows: str, root: str) -> str:
    """Return a link to a following page at the host that was asked: behind a proxy, services name another."""
    if not follows:
        return ""
    parts, own = urlsplit(follows), urlsplit(root)
    version = own.path.rpartition("/")[2]
    _, found, rest = parts.path.partition(f"/{version}/")
    path = f"{own.path}/{rest}" if found else parts.path
    return urlunsplit((own.scheme, own.netloc, path, parts.query, ""))


def _values(page: Any) -> list[Item]:
    found = page.get("value", []) if isinstance(page, dict) else page
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def _quoted(name: object) -> str:
    return str(name) if isinstance(name, int) else "'" + str(name).replace("'", "''") + "'"
