"""A meeting while it runs: the hearing, what is on the projector, and who is to hear of changes."""

from __future__ import annotations

import asyncio
import json
import weakref
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

from aiohttp import web

from data.ledger import Ledger, ledger_path
from twin.errors import PictureError
from twin.poll import Poll
from ui.audience.credentials import Credentials
from ui.audience.hearing import Hearing, Rules, purge_overdue
from ui.audience.limits import Buckets
from ui.audience.public import Programme, Slide, public_state
from ui.audience.stage import RemoteStage, Stage

BROADCAST_S = 0.2
"""Changes are told to all phones at most this often."""
PICTURES_KEPT_BYTES = 64 << 20
WIDTHS = (480, 960, 1440, 1920)


@dataclass(frozen=True, slots=True)
class Plan:
    """What a meeting is started with; plain values, so that they reach another process."""

    folder: Path
    programme: Programme
    rules: Rules = field(default_factory=Rules)
    polls: tuple[Poll, ...] = ()
    """What can be asked with one click."""
    hosts: tuple[str, ...] = ("127.0.0.1",)
    port: int = 0
    certificate: Path | None = None
    key: Path | None = None


class Meeting:
    """Everything the routes share."""

    def __init__(self, plan: Plan, stage: Stage) -> None:
        """Open the ledger and take up the meeting's state.

        raises   LedgerError  another writer holds the ledger, or it does not add up
        """
        self.plan, self.stage = plan, stage
        self.programme = plan.programme
        self.ledger = Ledger(ledger_path(plan.folder, is_rehearsal=plan.programme.is_rehearsal))
        purge_overdue(self.ledger, plan.rules, date.today())  # noqa: DTZ011  the office's own day
        self.credentials = Credentials(plan.folder)
        self.hearing = Hearing(self.ledger, self.credentials, plan.rules, changed=self.changed)
        self.buckets = Buckets()
        self.slide = Slide()
        self.prepared: dict[str, Poll] = {poll.id: poll for poll in plan.polls}
        self.sockets: weakref.WeakSet[web.WebSocketResponse] = weakref.WeakSet()
        self.socket_holders: dict[str, int] = {}
        self.ended = asyncio.Event()
        self._pictures: OrderedDict[tuple[Any, ...], bytes] = OrderedDict()
        self._drawing: dict[tuple[Any, ...], asyncio.Task[bytes]] = {}
        self._contexts: dict[tuple[str, int], dict[str, Any]] = {}
        self._version = 0
        self._state_text = ""
        self._is_telling = False

    @property
    def version(self) -> int:
        """Return a number that grows with every change."""
        return self._version

    def changed(self) -> None:
        """Tell all phones, soon."""
        self._version += 1
        self._state_text = ""
        if not self._is_telling:
            self._is_telling = True
            asyncio.get_running_loop().call_later(BROADCAST_S, self._tell)

    def state_text(self) -> str:
        """Return the public state as JSON, made once for all phones."""
        if not self._state_text:
            state = public_state(
                self.programme, self.hearing.record, self.slide, version=self._version, head=self.ledger.head
            )
            self._state_text = json.dumps(state, ensure_ascii=False, separators=(",", ":"))
        return self._state_text

    def _tell(self) -> None:
        self._is_telling = False
        if isinstance(self.stage, RemoteStage):
            self.stage.tell("changed", self._version)
        text = f'{{"type":"state","state":{self.state_text()}}}'
        for socket in list(self.sockets):
            task = asyncio.ensure_future(_send(socket, text))
            _TASKS.add(task)
            task.add_done_callback(_TASKS.discard)

    def show_slide(self, slide: Slide) -> None:
        """Show another slide on all phones; its picture is drawn again."""
        self.slide = replace(slide, version=self._version + 1)
        self.changed()

    def show_programme(self, programme: Programme) -> None:
        """Change what the meeting is about: other views, other calls."""
        self.programme = replace(programme, is_rehearsal=self.programme.is_rehearsal)
        self.changed()

    # pictures

    async def picture(self, sight: str, width_px: int) -> bytes:
        """Return a JPEG of a sight, from memory where it was drawn before.

        raises   PictureError  there is no such sight
        """
        width = next((w for w in WIDTHS if w >= width_px), WIDTHS[-1])
        return await self._kept(("picture", sight, width, self._sight_version(sight)), sight, width)

    def _sight_version(self, sight: str) -> int:
        if sight == "slide":
            return self.slide.version
        for view in self.programme.views:
            if view.id == sight:
                return view.version
        raise PictureError("There is no such picture.")

    async def tile(self, zoom: int, column: int, row: int) -> bytes:
        """Return a JPEG of one square of the plan.

        raises   PictureError  there is no such square
        """
        if not (0 <= zoom <= self.programme.zoom_most and 0 <= column < 2**zoom and 0 <= row < 2**zoom):
            raise PictureError("There is no such picture.")
        return await self._kept(("tile", zoom, column, row), zoom, column, row)

    async def _kept(self, key: tuple[Any, ...], *values: Any) -> bytes:
        """Draw once, however many ask."""
        if key in self._pictures:
            self._pictures.move_to_end(key)
            return self._pictures[key]
        task = self._drawing.get(key)
        if task is None:
            draw = self.stage.picture if key[0] == "picture" else self.stage.tile
            task = asyncio.ensure_future(draw(*values))
            self._drawing[key] = task
            task.add_done_callback(lambda _done: self._drawing.pop(key, None))
        content = await asyncio.shield(task)
        self._pictures[key] = content
        while sum(map(len, self._pictures.values())) > PICTURES_KEPT_BYTES:
            self._pictures.popitem(last=False)
        return content

    async def context(self, sight: str) -> dict[str, Any]:
        """Return what is seen in a sight, asked once for each state of it; nothing where the city does not answer."""
        try:
            key = (sight, self._sight_version(sight)) if sight != "plan" else (sight, 0)
            if key not in self._contexts:
                self._contexts = {k: v for k, v in self._contexts.items() if k[0] != sight}
                self._contexts[key] = await self.stage.context(sight)
        except PictureError:
            return {}
        return self._contexts[key]

    def forget_pictures(self) -> None:
        """Draw everything anew: the city has changed."""
        self._pictures.clear()

    async def close(self) -> None:
        """End it: phones are told, the ledger is closed."""
        for socket in list(self.sockets):
            await socket.close(code=1001, message=b"The meeting has ended")
        self.ledger.close()


_TASKS: set[asyncio.Future[None]] = set()
"""Kept until they are done: the loop itself holds tasks only weakly."""


async def _send(socket: web.WebSocketResponse, text: str) -> None:
    """Send to one phone; one that does not take it in time is let go and comes back by itself."""
    try:
        await asyncio.wait_for(socket.send_str(text), 10)
    except (TimeoutError, ConnectionError, RuntimeError):
        await socket.close()


def prepared_polls(polls: Sequence[Poll]) -> dict[str, Poll]:
    """Return polls by id."""
    return {poll.id: poll for poll in polls}
