"""What a source of live data is, and how it goes on when its connection is lost."""

from __future__ import annotations

import asyncio
import random
import socket
import ssl
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Protocol
from urllib.parse import urlsplit

from data.feeds.address import Secret, environment_name
from data.feeds.inbox import Inbox
from twin.errors import FeedError
from twin.feed import FeedState, FeedWish, Mapping

FIRST_WAIT_S, LONGEST_WAIT_S = 0.5, 30.0
LONGEST_ASKED_S = 3600.0
"""The longest wait that a server may ask for."""
STEADY_S = 10.0
"""A connection that held this long, or brought something, was a good one: after its loss waits begin anew."""


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
    refusal: str = ""
    """Why the other side refuses, until the end of the connection is told."""


class Source(Protocol):
    """One connection to live data."""

    async def run(self, link: Link) -> None:
        """Put messages into the inbox until cancelled; returns where there is an end.

        raises   FeedError  nothing can come of it as it is
        """


class WrongAnswerError(Exception):
    """An answer that is not what was asked for; its argument is a sentence."""


async def keep_connected(
    link: Link,
    connect: Callable[[], Awaitable[object]],
    losses: tuple[type[Exception], ...],
    *,
    least_s: Callable[[], float] = lambda: FIRST_WAIT_S,
) -> None:
    """Connect again whenever the connection is lost or refused, after waits that grow, and say so.

    connect   returns when the other side ends the connection
    losses    the errors by which a connection is lost
    least_s   returns the shortest wait, seconds: the other side may state it
    """
    waits = Waits()
    every: tuple[type[Exception], ...] = (*losses, WrongAnswerError)
    while True:
        begin_s, heard = time.monotonic(), link.inbox.heard
        trouble: Exception | None = None
        try:
            await connect()
        except every as error:
            trouble = error
        waits.least_s = least_s()
        if time.monotonic() - begin_s > STEADY_S or link.inbox.heard != heard:
            waits.reset()
        await waits.wait(link, trouble)


class Waits:
    """Waits between attempts, which grow from half a second to half a minute; longer where the server asks for it."""

    def __init__(self, longest_s: float = LONGEST_WAIT_S) -> None:
        """Start with the shortest."""
        self.least_s = FIRST_WAIT_S
        """The first wait; servers may state another."""
        self._wait_s, self._longest_s = FIRST_WAIT_S, max(longest_s, LONGEST_WAIT_S)

    def reset(self) -> None:
        """Begin anew with the shortest: all went well."""
        self._wait_s = self.least_s

    def next_s(self, error: BaseException | None = None) -> float:
        """Return the next wait."""
        wait_s = self._wait_s * random.uniform(0.8, 1.2)  # noqa: S311  so that not all clients come at once
        self._wait_s = min(self._wait_s * 2, self._longest_s)
        return max(wait_s, asked_wait_s(error))

    async def wait(self, link: Link, error: BaseException | None) -> None:
        """Say why a connection is lost and how long it takes until it is tried again, and wait for so long."""
        wait_s = self.next_s(error)
        reason = reason_of(error, link) if error is not None else "The other side ended the connection."
        link.tell(FeedState.RECONNECTING, f"{reason} Trying again in {wait_s:.1f} s.")
        await asyncio.sleep(wait_s)


def asked_wait_s(error: BaseException | None) -> float:
    """Return for how long a server asks to be left alone (Retry-After, RFC 9110, 10.2.3), seconds; 0 if it does not."""
    said = str((getattr(error, "headers", None) or {}).get("Retry-After", "")).strip()
    if said.isascii() and said.isdigit():
        return min(float(said), LONGEST_ASKED_S)
    try:
        return min(max(parsedate_to_datetime(said).timestamp() - time.time(), 0.0), LONGEST_ASKED_S)
    except (ValueError, TypeError, IndexError):
        return 0.0


def reason_of(error: BaseException, link: Link) -> str:
    """Return one sentence for a lost or refused connection, without secrets."""
    if isinstance(error, WrongAnswerError):
        return str(error)
    status, message = getattr(error, "status", 0), str(getattr(error, "message", ""))
    if status in {401, 403}:
        return refused_sentence(link)
    if "content-encoding" in message.lower():
        return f"The answer is packed in a way that is not read here ({message})."
    if status == 200:
        return "The address answers, but not with what was asked for: is it the right one?"
    if status:
        return f"The server answered {status} ({message or type(error).__name__})."
    return connection_sentence(error, link)


def connection_sentence(error: BaseException, link: Link) -> str:
    """Return one sentence for a connection that could not be made, or was lost."""
    inner = getattr(error, "certificate_error", None) or getattr(error, "os_error", None) or error
    place = urlsplit(link.wish.url)
    where = f"{place.hostname}:{place.port}" if place.port else str(place.hostname)
    if isinstance(inner, ssl.SSLCertVerificationError):
        why = inner.verify_message or "it cannot be verified"
        return f"The server's certificate is not trusted ({why}). SSL_CERT_FILE=FILE names one that is."
    if isinstance(inner, ssl.SSLError):
        return f"{where} does not speak TLS ({inner.reason or inner.strerror})."
    if isinstance(inner, socket.gaierror) or "getaddrinfo" in str(inner):
        return f"The name {place.hostname} is not known. Is it spelled right, and is there a network?"
    if isinstance(inner, ConnectionRefusedError) or "Connect call failed" in str(inner):
        return f"Nothing listens at {where}."
    if isinstance(inner, TimeoutError):
        return "The server did not answer in time."
    text = " ".join(str(error).split()) or type(error).__name__
    for secret in link.secret.words:
        text = text.replace(secret, "…")
    return f"There is no connection ({text[:160]})."


def refused_sentence(link: Link) -> str:
    """Return what to do where the other side wants to know who asks."""
    return f"The server refuses: it wants a user and password. Set {environment_name(link.wish.url)} or the keyring."


def needs_extra(what: str, extra: str) -> FeedError:
    """Return the error for a library that is not installed."""
    return FeedError(
        f"{what} needs a library that is not installed.", hint=f'Install it with: pip install "citytwin[{extra}]"'
    )
