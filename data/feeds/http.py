"""What all sources over HTTP share: a session, a reading that stops at a limit, and what counts as a loss."""

from __future__ import annotations

import asyncio

import aiohttp

from data.feeds.address import is_same_server, with_query, without_user
from data.feeds.inbox import MOST_MESSAGE_BYTES
from data.feeds.source import Link
from twin.version import VERSION

LOSSES: tuple[type[Exception], ...] = (aiohttp.ClientError, OSError, TimeoutError, asyncio.TimeoutError)
TIMEOUT = aiohttp.ClientTimeout(total=60, sock_connect=10, sock_read=30)
PATIENT = aiohttp.ClientTimeout(total=None, sock_connect=10, sock_read=300)
"""For streams without a sign of life of their own: one that says nothing for so long may be half open."""
ENDLESS = aiohttp.ClientTimeout(total=None, sock_connect=10)
HEADERS = {"User-Agent": f"citytwin/{VERSION}"}
_CHUNK = 256 * 1024


class TooLargeError(Exception):
    """An answer longer than what is read; its argument is how it begins."""


def session_of(link: Link, timeout: aiohttp.ClientTimeout = TIMEOUT) -> aiohttp.ClientSession:
    """Return a session that says who asks, and proves it to the server of the feed's own address alone."""
    secret = link.secret
    proof = dict(secret.headers)
    if secret.password and not proof:
        proof = {"Authorization": aiohttp.BasicAuth(secret.user, secret.password).encode()}

    async def proven(request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
        for name, value in proof.items():  # addresses that a server names, and those it sends us to, may be another's
            request.headers.pop(name, None)
            if is_own(link, str(request.url)):
                request.headers[name] = value
        return await handler(request)

    return aiohttp.ClientSession(
        timeout=timeout,
        headers=HEADERS,
        connector=aiohttp.TCPConnector(limit=16),
        trust_env=True,
        middlewares=(proven,) if proof else (),
    )


def is_own(link: Link, url: str) -> bool:
    """Return whether an address is at the server of the feed, and as well protected: only there secrets are shown."""
    return is_same_server(link.wish.url, url)


def address(link: Link, url: str) -> str:
    """Return the address as it is asked: without its user, with its secret words where it is the feed's own server."""
    plain = without_user(url)
    return with_query(plain, link.secret) if is_own(link, url) else plain


async def read_limited(response: aiohttp.ClientResponse) -> bytes:
    """Return all of an answer.

    raises   TooLargeError  it is longer than MOST_MESSAGE_BYTES
    """
    parts, size = [], 0
    async for chunk in response.content.iter_chunked(_CHUNK):
        parts.append(chunk)
        size += len(chunk)
        if size > MOST_MESSAGE_BYTES:
            raise TooLargeError(parts[0][:200].decode("utf-8", "replace"))
    return b"".join(parts)


def in_utf8(payload: bytes, charset: str | None) -> bytes:
    """Return an answer in UTF-8, where its server says that it is in another charset."""
    if charset is None or charset.lower().replace("-", "") in {"utf8", "usascii", "ascii"}:
        return payload
    try:
        return payload.decode(charset).encode()
    except (LookupError, UnicodeDecodeError):
        return payload
