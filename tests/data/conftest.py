"""Real servers for live data: a broker that is started and killed, and HTTP servers that speak each protocol."""

from __future__ import annotations

import asyncio
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from aiohttp import web

from data.feeds.host import FeedHost
from twin.entities import EntityFrame
from twin.feed import FeedStatus, FeedWish


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


class Broker:
    """A Mosquitto of our own."""

    def __init__(self, folder: Path, extra: str = "allow_anonymous true") -> None:
        program = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin")
        if program is None:
            pytest.skip("mosquitto is not installed")
        self.port = free_port()
        self.settings = folder / "mosquitto.conf"
        self.settings.write_text(f"listener {self.port} 127.0.0.1\n{extra}\n")
        self._program = program
        self._process: subprocess.Popen[bytes] | None = None
        self.start()

    def start(self) -> None:
        words = [self._program, "-c", str(self.settings)]
        self._process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        end = time.monotonic() + 5
        while time.monotonic() < end:
            try:
                socket.create_connection(("127.0.0.1", self.port), 0.2).close()
            except OSError:
                time.sleep(0.02)
            else:
                return

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait(5)
            self._process = None

    def publish(self, *messages: tuple[str, bytes]) -> None:
        """Publish (topic, payload) with a plain socket: CONNECT, PUBLISH, PINGREQ to be sure that all is through."""
        with socket.create_connection(("127.0.0.1", self.port), 5) as one:
            one.sendall(_packet(0x10, _text(b"MQTT") + b"\x04\x02\x00\x3c" + _text(f"p{time.monotonic_ns()}".encode())))
            one.recv(4)
            for topic, payload in messages:
                one.sendall(_packet(0x30, _text(topic.encode()) + payload))
            one.sendall(b"\xc0\x00")
            one.recv(2)


def _text(text: bytes) -> bytes:
    return len(text).to_bytes(2, "big") + text


def _packet(kind: int, body: bytes) -> bytes:
    size, length = b"", len(body)
    while True:
        length, low = divmod(length, 128)
        size += bytes([low | (128 if length else 0)])
        if not length:
            return bytes([kind]) + size + body


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    one = Broker(tmp_path)
    yield one
    one.kill()


class Site:
    """An aiohttp server in a thread; routes are added before it is started by its first use."""

    def __init__(self) -> None:
        self.app = web.Application(client_max_size=2**30)
        self.port = free_port()
        self.asked: list[str] = []
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="site")
        self._runner: web.AppRunner | None = None

    def get(self, path: str, handler: Callable[[web.Request], object]) -> None:
        async def handle(request: web.Request) -> web.StreamResponse:
            self.asked.append(request.path_qs)
            answer = handler(request)
            return await answer if asyncio.iscoroutine(answer) else answer  # type: ignore[return-value]

        self.app.router.add_get(path, handle)

    def start(self) -> str:
        if self._runner is None:
            self._thread.start()
            asyncio.run_coroutine_threadsafe(self._serve(), self._loop).result(5)
        return f"http://127.0.0.1:{self.port}"

    async def _serve(self) -> None:
        self._runner = web.AppRunner(self.app, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port).start()

    def stop(self) -> None:
        if self._runner is not None:
            asyncio.run_coroutine_threadsafe(self._runner.cleanup(), self._loop).result(5)
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(5)
        self._loop.close()


@pytest.fixture
def site() -> Iterator[Site]:
    one = Site()
    yield one
    one.stop()


class Ear:
    """A host of feeds that is stepped until something is so."""

    def __init__(self) -> None:
        self.host = FeedHost()
        self.frames: dict[str, list[EntityFrame]] = {}

    def open(self, url: str, feed_id: str = "feed", *, record_to: Path | None = None, **wishes: object) -> None:
        wish = FeedWish(feed_id, feed_id, url, **{"interval_s": 0.2, **wishes})  # type: ignore[arg-type]
        self.host.open(wish, record_to=record_to)

    def until(self, is_so: Callable[[], object], timeout_s: float = 8.0) -> None:
        end = time.monotonic() + timeout_s
        while time.monotonic() < end:
            self.host.wait(0.05)
            for feed_id, frame in self.host.step().items():
                self.frames.setdefault(feed_id, []).append(frame)
            if is_so():
                return
        told = "; ".join(f"{s.state} {s.reason} {s.messages} {s.problems}" for s in self.host.statuses().values())
        raise AssertionError(f"it did not come to be so: {told}")

    def status(self, feed_id: str = "feed") -> FeedStatus:
        return self.host.statuses()[feed_id]

    def is_live(self, feed_id: str = "feed") -> bool:
        return self.status(feed_id).subscribed_s > 0

    def last(self, feed_id: str = "feed") -> EntityFrame:
        return self.frames[feed_id][-1]

    def count(self, feed_id: str = "feed") -> int:
        return len(self.frames[feed_id][-1]) if feed_id in self.frames else 0


@pytest.fixture
def ear() -> Iterator[Ear]:
    one = Ear()
    yield one
    one.host.close()
