"""What the server asks of the city, which lives in another process: pictures, what a tap means, places by name."""

from __future__ import annotations

import asyncio
import itertools
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from typing import Any, Protocol

from twin.errors import PictureError, TwinError

ANSWER_S = 30.0


@dataclass(frozen=True, slots=True)
class Sight:
    """Something that phones can look at: a slide, a named view, or the plan."""

    id: str
    title: dict[str, str] = field(default_factory=dict)
    description: dict[str, str] = field(default_factory=dict)
    """In words, for those who cannot see it; by language."""
    version: int = 0
    """Grows when it looks different."""


class Stage(Protocol):
    """The city as the server sees it."""

    async def picture(self, sight: str, width_px: int) -> bytes:
        """Return a JPEG of a sight; raises PictureError if there is no such sight."""
        ...

    async def tile(self, zoom: int, column: int, row: int) -> bytes:
        """Return a JPEG of one square of the plan; zoom 0 is the whole area in one."""
        ...

    async def tap(self, sight: str, x: float, y: float) -> dict[str, Any] | None:
        """Return the place (twin.participation.Sheet.place) at x, y of a sight: 0 to 1 from its upper left corner."""
        ...

    async def search(self, text: str) -> list[dict[str, Any]]:
        """Return places by street, number or name: {"name", "place"}."""
        ...

    async def context(self, sight: str) -> dict[str, Any]:
        """Return what is seen in a sight: camera, layers, scenario and time (ui.audience.seen)."""
        ...


class RemoteStage:
    """Asks the process at the other end of a pipe."""

    def __init__(self, connection: Connection) -> None:
        """Ask through a connection; its other end is served by serve_one()."""
        self._connection = connection
        self._numbers = itertools.count()
        self._waiting: dict[int, asyncio.Future[Any]] = {}
        self._loop = asyncio.get_running_loop()
        self._thread = threading.Thread(target=self._listen, name="stage", daemon=True)
        self._thread.start()
        self.told: Callable[[str, Any], None] = _ignored
        """Called on the event loop with what the other end says unasked: (what, value)."""
        self.lost: Callable[[], None] = _nothing
        """Called on the event loop when the other end is gone."""

    def _listen(self) -> None:
        while True:
            try:
                number, is_good, value = self._connection.recv()
            except (EOFError, OSError):
                self._call(self._lose)
                return
            self._call(self._take, number, is_good, value)

    def _call(self, function: Callable[..., None], *values: Any) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(function, *values)

    def _lose(self) -> None:
        for future in self._waiting.values():
            if not future.done():
                future.set_exception(PictureError("The city's window is gone."))
        self.lost()

    def _take(self, number: int | None, is_good: bool | str, value: Any) -> None:  # noqa: FBT001  as it comes
        if number is None:
            self.told(str(is_good), value)
            return
        future = self._waiting.pop(number, None)
        if future is None or future.done():
            return
        if is_good:
            future.set_result(value)
        else:
            future.set_exception(PictureError(str(value)))

    async def _ask(self, what: str, *values: Any) -> Any:
        number = next(self._numbers)
        future = self._loop.create_future()
        self._waiting[number] = future
        try:
            self._connection.send((number, what, values))
            return await asyncio.wait_for(future, ANSWER_S)
        except (TimeoutError, OSError) as error:
            raise PictureError("The city did not answer in time.", hint="Try again.") from error
        finally:
            self._waiting.pop(number, None)

    def tell(self, what: str, value: Any) -> None:
        """Say something to the other end without waiting for an answer."""
        try:
            self._connection.send((None, what, (value,)))
        except OSError:
            return

    async def picture(self, sight: str, width_px: int) -> bytes:
        """Return a JPEG of a sight."""
        return bytes(await self._ask("picture", sight, width_px))

    async def tile(self, zoom: int, column: int, row: int) -> bytes:
        """Return a JPEG of one square of the plan."""
        return bytes(await self._ask("tile", zoom, column, row))

    async def tap(self, sight: str, x: float, y: float) -> dict[str, Any] | None:
        """Return the place at a point of a sight."""
        place: dict[str, Any] | None = await self._ask("tap", sight, x, y)
        return place

    async def search(self, text: str) -> list[dict[str, Any]]:
        """Return places by name."""
        return list(await self._ask("search", text))

    async def context(self, sight: str) -> dict[str, Any]:
        """Return what is seen in a sight."""
        return dict(await self._ask("context", sight))


def _ignored(_what: str, _value: Any) -> None:
    return


def _nothing() -> None:
    return


def serve_one(connection: Connection, acts: dict[str, Callable[..., Any]], *, wait_s: float = 0.0) -> bool:
    """Answer one question of a RemoteStage, if there is one; return whether there was.

    acts     "picture", "tile", "tap" and "search" with the arguments of Stage, and what else is told
    raises   EOFError  the server is gone
    """
    if not connection.poll(wait_s):
        return False
    number, what, values = connection.recv()
    try:
        answer = acts[what](*values)
        is_good = True
    except (TwinError, KeyError, ValueError) as error:
        answer, is_good = str(error), False
    if number is not None:
        connection.send((number, is_good, answer))
    return True
