"""How a request is read and answered: tokens, limits, JSON, errors, and the headers that keep a page to itself."""

from __future__ import annotations

import asyncio
import ipaddress
import json
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import hdrs, web

from twin.errors import CommentError, LedgerError, PictureError, PollError, RoleError, TwinError, VoteError
from twin.roles import Role
from ui.audience.credentials import Holder
from ui.audience.meeting import Meeting

log = logging.getLogger(__name__)

MEETING = web.AppKey("meeting", Meeting)
BODY_MOST = 64 << 10
BODY_WAIT_S = 10.0
COOKIE = "citytwin_role"
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; connect-src 'self'; "
        "manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "geolocation=(), camera=(), microphone=()",
}
STATUS: dict[type[TwinError], int] = {
    RoleError: 403,
    PollError: 409,
    VoteError: 409,
    CommentError: 400,
    PictureError: 404,
    LedgerError: 507,
}

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Refusal(Exception):  # noqa: N818  it is an answer, no failure
    """An answer that ends a request early."""

    def __init__(self, status: int, sentence: str, *, wait_s: float = 0.0) -> None:
        """Answer with a status and a sentence."""
        super().__init__(sentence)
        self.status, self.sentence, self.wait_s = status, sentence, wait_s


@web.middleware
async def wall(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn every failure into one sentence, and put the headers on every answer."""
    try:
        response = await handler(request)
    except Refusal as refusal:
        response = sentence(refusal.status, refusal.sentence)
        if refusal.wait_s:
            response.headers[hdrs.RETRY_AFTER] = str(int(refusal.wait_s) + 1)
    except TwinError as error:
        status = next((s for kind, s in STATUS.items() if isinstance(error, kind)), 400)
        response = sentence(status, str(error.sentence), code=error.code, hint=error.hint)
    except web.HTTPException as error:
        response = sentence(error.status, error.reason)
        for name in (hdrs.ALLOW, hdrs.LOCATION):
            if name in error.headers:
                response.headers[name] = error.headers[name]
    except (ConnectionError, asyncio.CancelledError):
        raise
    except Exception:
        log.exception("a request failed")
        response = sentence(500, "The server failed; it has noted why.")
    if not response.prepared:
        response.headers.update(HEADERS)
    return response


def sentence(status: int, text: str, **more: object) -> web.Response:
    """Return an answer that says what went wrong."""
    return web.json_response({"error": text} | {k: v for k, v in more.items() if v}, status=status)


async def body_of(request: web.Request) -> dict[str, Any]:
    """Return the JSON object that was sent.

    raises   Refusal  it is none, too big, too deep, or comes too slowly
    """
    if request.content_type != "application/json":
        raise Refusal(415, "Send JSON (Content-Type: application/json).")
    try:
        content = await asyncio.wait_for(request.read(), BODY_WAIT_S)
    except TimeoutError as error:
        raise Refusal(408, "The request came too slowly.") from error
    except web.HTTPRequestEntityTooLarge as error:
        raise Refusal(413, f"At most {BODY_MOST // 1024} KB are taken.") from error
    try:
        values = json.loads(content.decode("utf-8"), parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise Refusal(400, "This is not JSON.") from error
    if not isinstance(values, dict):
        raise Refusal(400, "Send one JSON object.")
    return values


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def word(values: dict[str, Any], name: str, *, longest: int = 200) -> str:
    """Return a text that was sent; "" if it was not.

    raises   Refusal  it is no text or too long
    """
    value = values.get(name, "")
    if not isinstance(value, str) or len(value) > longest:
        raise Refusal(400, f'"{name}" is a text of at most {longest} letters.')
    return value


def number(values: dict[str, Any], name: str, *, usual: float = 0.0) -> float:
    """Return a number that was sent.

    raises   Refusal  it is none
    """
    value = values.get(name, usual)
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value or abs(value) > 1e12:  # noqa: PLR0124
        raise Refusal(400, f'"{name}" is a number.')
    return float(value)


# who asks


def token_of(request: web.Request) -> str:
    """Return the token that came with a request; "" if none did."""
    scheme, _, token = request.headers.get(hdrs.AUTHORIZATION, "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def is_local(request: web.Request) -> bool:
    """Return whether a request comes from this machine."""
    try:
        return ipaddress.ip_address(request.remote or "").is_loopback
    except ValueError:
        return False


def take(request: web.Request, what: str, who: str) -> None:
    """Count a request.

    raises   Refusal  there were too many of its kind
    """
    wait_s = request.app[MEETING].buckets.take(what, who)
    if wait_s:
        raise Refusal(429, "That was too often; wait a moment.", wait_s=wait_s)


def participant(request: web.Request, what: str = "ask") -> Holder:
    """Return who asks, counting the request.

    raises   Refusal  the token is none, or there were too many requests
    """
    meeting = request.app[MEETING]
    holder = meeting.credentials.holder(token_of(request))
    if holder is None:
        raise Refusal(401, "Join the meeting first, with the code on the projector.")
    take(request, what, holder.number)
    return holder


def official(request: web.Request) -> Holder:
    """Return who asks, if it is somebody with a role: by token, or by the cookie of the role's own page.

    raises   Refusal  the token is none, was revoked, or is good on this machine only
    """
    meeting, token = request.app[MEETING], token_of(request)
    is_page = not token
    if is_page:
        token = request.cookies.get(COOKIE, "")
    holder = meeting.credentials.holder(token) if token else None
    if holder is None or holder.role is Role.PARTICIPANT:
        take(request, "wrong_code", request.remote or "?")
        raise Refusal(401, "This needs the token of a role.")
    if holder.is_local and not is_local(request):
        raise Refusal(403, "This token is good on the operator's own machine only.")
    if is_page and not is_same_origin(request):
        raise Refusal(403, "This page may not ask that.")
    return holder


def is_same_origin(request: web.Request) -> bool:
    """Return whether a request comes from our own page, or from no page at all."""
    origin = request.headers.get(hdrs.ORIGIN)
    return origin is None or origin.partition("://")[2] == request.host
