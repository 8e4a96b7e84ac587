"""MQTT: mqtt(s)://[user@]host[:port]/topic, with + and # for any level and all that follow."""

from __future__ import annotations

import asyncio
import socket
import ssl
import sys
import time
import uuid
from contextlib import suppress
from inspect import signature
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from data.feeds.address import PORTS
from data.feeds.inbox import Inbox
from data.feeds.source import STEADY_S, Link, Waits, connection_sentence, refused_sentence
from twin.errors import FeedError
from twin.feed import FeedState

KEEPALIVE_S = 30
CONNECT_S = 5.0
MOST_WAIT_S = 30
_RECEIVE_BYTES = 4 * 2**20
_REFUSED = {"Not authorized", "Bad user name or password", "Banned"}
_SUBSCRIBE_MOST = 200
"""Topics a packet of subscriptions may have."""


def topic_of(url: str) -> str:
    """Return the topic an address names; all of them, where it names none."""
    parts = urlsplit(url)
    topic = unquote(parts.path.lstrip("/"))
    if parts.fragment or url.endswith("#"):
        topic += "#" + unquote(parts.fragment.partition("?")[0])
    return topic or "#"


def _query_of(url: str) -> str:
    """Return the words behind the topic: also behind a #, where they are no query to other readers of addresses."""
    parts = urlsplit(url)
    return parts.query or parts.fragment.partition("?")[2]


class MqttSource:
    """Subscribes to one topic filter, or several; paho's own thread reads and connects again."""

    def __init__(self, url: str, topics: tuple[str, ...] = ()) -> None:
        """Prepare; topics beside the one that the address names may be given.

        raises   FeedError  ?qos= is none
        """
        self._url = url
        self._topics = topics or (topic_of(url),)
        qos = parse_qs(_query_of(url)).get("qos", ["0"])[0]
        if qos not in {"0", "1", "2"}:
            raise FeedError(f"qos={qos} is none.", hint="Write ?qos=0, 1 or 2.")
        self._qos = int(qos)

    async def run(self, link: Link) -> None:
        """Listen until cancelled.

        raises   FeedError  the broker's address cannot be used, or the topic is none
        """
        client = self._client(link)
        client.loop_start()
        try:
            await asyncio.Event().wait()
        finally:
            client.disconnect()
            await asyncio.shield(asyncio.to_thread(client.loop_stop))

    def _client(self, link: Link) -> Any:
        from paho.mqtt import client as mqtt  # noqa: PLC0415  takes 0.1 s
        from paho.mqtt.enums import CallbackAPIVersion  # noqa: PLC0415

        parts = urlsplit(self._url)
        client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=f"citytwin-{uuid.uuid4().hex[:12]}")
        client.connect_timeout = CONNECT_S
        client.reconnect_delay_set(1, MOST_WAIT_S)
        if link.secret.user:
            client.username_pw_set(link.secret.user, link.secret.password or None)
        if parts.scheme == "mqtts":
            client.tls_set()
        _listen(client, link, self._topics, self._qos)
        port = parts.port or PORTS[parts.scheme]
        try:
            client.connect_async(parts.hostname or "", port, KEEPALIVE_S)
            for topic in self._topics:
                if not topic or len(topic) > 65535 or "#" in topic[:-1]:
                    raise FeedError(f'"{topic}" is no topic.', hint="A # may stand only at its end: city/buses/#.")
        except ValueError as error:
            raise FeedError("The broker's address cannot be used.", hint="It looks like mqtt://HOST/TOPIC.") from error
        return client


def _listen(client: Any, link: Link, topics: tuple[str, ...], qos: int) -> None:
    """Let a client's callbacks do the source's work; they run on paho's thread."""
    client.on_connect = _subscriber(link, topics, qos)
    _put_into(client, link.inbox)

    def on_subscribe(_client: object, _data: object, _mid: int, reasons: list[Any], _properties: object) -> None:
        if any(reason.is_failure for reason in reasons):
            link.tell(FeedState.SILENT, f'The broker does not allow "{", ".join(topics[:3])}" to be read.')
        else:
            link.tell(FeedState.LIVE, "")

    def on_socket_open(_client: object, _data: object, sock: Any) -> None:
        with suppress(OSError):  # room for a burst while this machine is busy
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BYTES)

    client.on_subscribe = on_subscribe
    client.on_disconnect, client.on_connect_fail = _loss_teller(link), _absence_teller(link)
    client.on_socket_open = on_socket_open


def _loss_teller(link: Link) -> Any:
    waits, known = Waits(), {"s": time.monotonic(), "heard": link.inbox.heard}

    def on_disconnect(client: Any, _data: object, _flags: object, reason: Any, _properties: object) -> None:
        """Wait longer each time that a broker ends the connection at once: paho does so only if there is none."""
        if time.monotonic() - known["s"] > STEADY_S or link.inbox.heard != known["heard"]:
            waits.reset()
        wait_s = waits.next_s()
        known.update(s=time.monotonic() + wait_s, heard=link.inbox.heard)
        client.reconnect_delay_set(wait_s, 2 * MOST_WAIT_S)
        sentence = link.refusal or f"The connection to the broker was lost ({reason})."
        link.refusal = ""
        link.tell(FeedState.RECONNECTING, f"{sentence} Trying again in {wait_s:.1f} s.")

    return on_disconnect


def _absence_teller(link: Link) -> Any:
    def on_connect_fail(client: Any, _data: object) -> None:
        error = sys.exc_info()[1]  # paho calls this where it caught it
        is_other = isinstance(error, socket.gaierror | ssl.SSLError | TimeoutError)
        sentence = connection_sentence(error, link) if error is not None and is_other else ""
        link.tell(
            FeedState.RECONNECTING, f"{sentence or f'There is no broker at {client.host}:{client.port}.'} Trying again."
        )

    return on_connect_fail


def _put_into(client: Any, inbox: Inbox) -> None:
    """Let what a client receives come into an inbox."""

    def take(message: Any) -> None:
        try:
            topic = message.topic
        except UnicodeDecodeError:  # raised here it would end paho's thread
            topic = ""
        inbox.put(message.payload, topic)

    def on_message(_client: object, _data: object, message: Any) -> None:
        take(message)

    client.on_message = on_message
    if list(signature(client._handle_on_message).parameters) == ["message"]:  # noqa: SLF001
        # paho 2.2 looks up, under two locks, whom each message is for: a quarter of what a message takes. A version
        # that does not ask this method calls on_message, which does the same.
        client._handle_on_message = take  # noqa: SLF001


def _subscriber(link: Link, topics: tuple[str, ...], qos: int) -> Any:
    def on_connect(client: Any, _data: object, _flags: object, reason: Any, _properties: object) -> None:
        if reason.is_failure:
            sentence = refused_sentence(link) if str(reason) in _REFUSED else f"The broker refuses ({reason})."
            link.refusal = sentence  # the connection ends now: that is told with it
            return
        for begin in range(0, len(topics), _SUBSCRIBE_MOST):
            client.subscribe([(topic, qos) for topic in topics[begin : begin + _SUBSCRIBE_MOST]])

    return on_connect
