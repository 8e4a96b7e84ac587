"""Kafka: kafka://host[:port]/topic, from now on, or ?offset=earliest from the beginning. An extra."""

from __future__ import annotations

import asyncio
import threading
import uuid
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from data.feeds.address import PORTS
from data.feeds.source import Link, needs_extra
from twin.errors import FeedError
from twin.feed import FeedState

_AT_ONCE = 1000
MOST_KEY = 200
_WAIT_S = 0.2


class KafkaSource:
    """Reads one topic, or several with commas, in a thread of its own; the library connects again by itself."""

    def __init__(self, url: str) -> None:
        """Take the address apart.

        raises   FeedError  it names no topic
        """
        parts = urlsplit(url)
        self._topics = [t for t in unquote(parts.path.strip("/")).split(",") if t]
        self._offset = parse_qs(parts.query).get("offset", ["latest"])[0]
        self._broker = f"{parts.hostname}:{parts.port or PORTS['kafka']}"
        if not self._topics:
            raise FeedError("The address names no topic.", hint="It looks like kafka://HOST:9092/TOPIC.")

    async def run(self, link: Link) -> None:
        """Listen until cancelled.

        raises   FeedError  the library is not installed, or refuses the settings
        """
        try:
            import confluent_kafka  # noqa: PLC0415  an extra
        except ImportError as error:
            raise needs_extra("Kafka", "kafka") from error
        stop = threading.Event()
        done = asyncio.get_running_loop().run_in_executor(None, self._listen, confluent_kafka, link, stop)
        try:
            await asyncio.shield(done)
        finally:
            stop.set()
            await asyncio.shield(done)

    def _listen(self, kafka: Any, link: Link, stop: threading.Event) -> None:
        settings = {
            "bootstrap.servers": self._broker,
            "group.id": f"citytwin-{uuid.uuid4().hex[:12]}",
            "auto.offset.reset": self._offset,
            "enable.auto.commit": False,
            "error_cb": lambda error: link.tell(FeedState.RECONNECTING, f"Kafka: {error.str()}. Trying again."),
            "logger": _silent(),
        }
        if link.secret.password:
            settings |= {"security.protocol": "SASL_SSL", "sasl.mechanism": "PLAIN",
                         "sasl.username": link.secret.user, "sasl.password": link.secret.password}  # fmt: skip
        try:
            consumer = kafka.Consumer(settings)
        except (kafka.KafkaException, ValueError) as error:
            raise FeedError("Kafka does not take these settings.", hint=str(error)) from error
        consumer.subscribe(self._topics, on_assign=lambda *_: link.tell(FeedState.LIVE, ""))
        try:
            while not stop.is_set():
                for message in consumer.consume(_AT_ONCE, _WAIT_S):
                    trouble = message.error()
                    if trouble is None:
                        link.inbox.put(message.value() or b"", _called(message))
                        continue
                    link.tell(FeedState.RECONNECTING, f"Kafka: {trouble.str()}. Trying again.")
        finally:
            consumer.close()


def _called(message: Any) -> str:
    """Return a message's topic, and behind it its key: often that alone says what it is about."""
    key = message.key()
    if not key:
        return str(message.topic())
    text = key.decode("utf-8", "replace") if isinstance(key, bytes) else str(key)
    return f"{message.topic()}/{text.replace('/', '_')[:MOST_KEY]}"


def _silent() -> Any:
    import logging  # noqa: PLC0415

    logger = logging.getLogger("citytwin.kafka")
    logger.addHandler(logging.NullHandler())
    logger.propagate = False
    return logger
