"""What a source of live data is, and how it goes on when its connection is lost."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Protocol

from data.feeds.address import Secret, environment_name
from data.feeds.inbox import Inbox
from twin.errors import FeedError
from twin.feed import FeedState, FeedWish, Mapping

FIRST_WAIT_S, LONGEST_WAIT_S = 0.5, 30.0
STEADY_S = 10.0
"""A connection that held this long was a good one: the next loss is tried again at once."""


@dataclass(slots=True)
class Link:
    """What a source is given: where its messages go, and whom it tells how it stands."""

    wish: FeedWish
    secret: Secret
    inbox: Inbox
    tell: Callable[[FeedState, str], None]
    """Told a state and the reason for it, on any thread; LIVE means that it listens now."""
    propose: Callable[[Mapping], None] = field(default=lambda mapping: None)  # noqa: ARG005
    """Told what the messages mean, where the protocol itself says it."""


class Source(Protocol):
    """One connection to live data."""

    async def run(self, link: Link) -> None:
        """Put messages into the inbox until cancelled; returns where there is an end.

        raises   FeedError  nothing can come of it as it is
        """


async def keep_connected(
    link: Link, connect: Callable[[], Awaitable[object]], losses: tuple[type[Exception], ...]
) -> None:
    """Connect again whenever the connection is lost or refused, after waits that grow, and say so.

    connect   returns when the other side ends the connection
    losses    the errors by which a connection is lost
    """
    wait_s = FIRST_WAIT_S
    while True:
        begin_s = time.monotonic()
        try:
            await connect()
            reason = "The other side ended the connection."
        except losses as error:
            reason = reason_of(error, link)
        if time.monotonic() - begin_s > STEADY_S:
            wait_s = FIRST_WAIT_S
        link.tell(FeedState.RECONNECTING, f"{reason} Trying again in {wait_s:.1f} s.")
        await asyncio.sleep(wait_s * random.uniform(0.8, 1.2))  # noqa: S311  so that not all clients come at once
        wait_s = min(wait_s * 2, LONGEST_WAIT_S)


def reason_of(error: BaseException, link: Link) -> str:
    """Return one sentence for a lost or refused connection, without secrets."""
    status = getattr(error, "status", 0)
    if status in {401, 403}:
        return refused_sentence(link)
    if status:
        return f"The server answered {status} ({getattr(error, 'message', '') or type(error).__name__})."
    if isinstance(error, TimeoutError):
        return "The server did not answer in time."
    text = " ".join(str(error).split()) or type(error).__name__
    if link.secret.password:
        text = text.replace(link.secret.password, "…")
    for _, value in link.secret.query:
        text = text.replace(value, "…") if value else text
    return f"There is no connection ({text[:160]})."


def refused_sentence(link: Link) -> str:
    """Return what to do where the other side wants to know who asks."""
    return f"The server refuses: it wants a user and password. Set {environment_name(link.wish.url)} or the keyring."


def needs_extra(what: str, extra: str) -> FeedError:
    """Return the error for a library that is not installed."""
    return FeedError(
        f"{what} needs a library that is not installed.", hint=f'Install it with: pip install "citytwin[{extra}]"'
    )
