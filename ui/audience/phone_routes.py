"""What phones may ask: join, look, tap, search, comment, support, vote, withdraw."""

from __future__ import annotations

import json
from typing import Any

from aiohttp import WSMsgType, hdrs, web

from twin.chain import Receipt
from twin.errors import PictureError
from twin.participation import CommentState
from ui.audience.asking import (
    MEETING,
    Refusal,
    body_of,
    is_same_origin,
    number,
    official,
    participant,
    sentence,
    take,
    token_of,
    word,
)
from ui.audience.public import moderation_log, own_comment, public_comment, public_poll
from ui.audience.routes import Route
from ui.audience.slips import helper_of

COMMENTS_A_PAGE = 200
SOCKETS_A_PHONE = 3
PICTURE_AGE_S = 3600
SEARCH_MOST = 12


async def join(request: web.Request) -> web.Response:
    """Give a phone its token."""
    values = await body_of(request)
    meeting = request.app[MEETING]
    take(request, "join", "")
    known = word(values, "token")
    if known and meeting.credentials.holder(known) is not None:
        return web.json_response({"token": known})
    if not meeting.credentials.is_code(word(values, "code")):
        take(request, "wrong_code", request.remote or "?")
        raise Refusal(403, "This is not the code on the projector.")
    return web.json_response({"token": meeting.credentials.new_participant()})


async def state(request: web.Request) -> web.Response:
    """Return what is going on."""
    participant(request)
    return web.Response(text=request.app[MEETING].state_text(), content_type="application/json")


async def live(request: web.Request) -> web.WebSocketResponse:
    """Send the state again whenever it changes. The first message is the token; nothing else is listened to."""
    meeting = request.app[MEETING]
    if not is_same_origin(request):
        raise Refusal(403, "This page may not listen here.")
    socket = web.WebSocketResponse(heartbeat=30, max_msg_size=1024, timeout=5)
    await socket.prepare(request)
    try:
        hello = await socket.receive(timeout=10)
        holder = meeting.credentials.holder(hello.data.strip()) if hello.type is WSMsgType.TEXT else None
    except TimeoutError:
        holder = None
    if holder is None:
        await socket.close(code=4401, message=b"Join first")
        return socket
    if meeting.socket_holders.get(holder.number, 0) >= SOCKETS_A_PHONE or meeting.buckets.take("socket", holder.number):
        await socket.close(code=4429, message=b"Too many")
        return socket
    meeting.socket_holders[holder.number] = meeting.socket_holders.get(holder.number, 0) + 1
    meeting.sockets.add(socket)
    try:
        await socket.send_str(f'{{"type":"state","state":{meeting.state_text()}}}')
        async for _message in socket:  # a phone says nothing here: what it says counts against it
            if meeting.buckets.take("react", holder.number):
                await socket.close(code=4429, message=b"Too many")
    finally:
        meeting.sockets.discard(socket)
        left = meeting.socket_holders.get(holder.number, 1) - 1
        if left > 0:
            meeting.socket_holders[holder.number] = left
        else:
            meeting.socket_holders.pop(holder.number, None)
    return socket


# looking


def _viewer(request: web.Request) -> None:
    """Pictures are for phones and roles; an img element sends no token, so it may come in the address."""
    meeting = request.app[MEETING]
    holder = meeting.credentials.holder(token_of(request) or request.query.get("t", ""))
    if holder is None:
        official(request)
    else:
        take(request, "ask", holder.number)


def _jpeg(request: web.Request, content: bytes) -> web.Response:
    response = web.Response(body=content, content_type="image/jpeg")
    response.headers[hdrs.CACHE_CONTROL] = f"private, max-age={PICTURE_AGE_S if 'v' in request.query else 0}"
    return response


async def picture(request: web.Request) -> web.Response:
    """Return a picture of the slide or of a view."""
    _viewer(request)
    width = request.query.get("w", "960")
    if not width.isdigit() or len(width) > 5:
        raise Refusal(400, '"w" is a width in pixels.')
    return _jpeg(request, await request.app[MEETING].picture(request.match_info["sight"], int(width)))


async def tile(request: web.Request) -> web.Response:
    """Return one square of the plan."""
    _viewer(request)
    zoom, column, row = (int(request.match_info[n]) for n in ("zoom", "column", "row"))
    return _jpeg(request, await request.app[MEETING].tile(zoom, column, row))


async def tap(request: web.Request) -> web.Response:
    """Return the place under a tap on a picture."""
    participant(request, "tap")
    values = await body_of(request)
    x, y = number(values, "x", usual=-1), number(values, "y", usual=-1)
    if not (0 <= x <= 1 and 0 <= y <= 1):
        raise Refusal(400, "x and y go from 0 to 1.")
    place = await request.app[MEETING].stage.tap(word(values, "sight", longest=60), x, y)
    if place is None:
        raise PictureError("There is only sky there.", hint="Tap the ground or a building.")
    return web.json_response({"place": place})


async def search(request: web.Request) -> web.Response:
    """Return places by street, number or name."""
    participant(request, "tap")
    text = request.query.get("q", "")[:100].strip()
    found = await request.app[MEETING].stage.search(text) if text else []
    return web.json_response({"found": found[:SEARCH_MOST]})


# comments


async def comments(request: web.Request) -> web.Response:
    """Return accepted comments, the newest last, a page at a time."""
    participant(request)
    hearing = request.app[MEETING].hearing
    shown = hearing.record.shown()
    start = request.query.get("from", "0")
    if not start.isdigit():
        raise Refusal(400, '"from" is a number.')
    page = shown[int(start) : int(start) + COMMENTS_A_PAGE]
    listed = [public_comment(c, hearing.sheets[c.id]) for c in page if c.id in hearing.sheets]
    return web.json_response({"comments": listed, "total": len(shown)})


async def comment(request: web.Request) -> web.Response:
    """Take a comment."""
    holder = participant(request, "comment")
    values = await body_of(request)
    helper = helper_of(request, values)
    meeting, told = request.app[MEETING], values.get("context")
    context = dict(told) if isinstance(told, dict) else {}
    sight = context.get("view") or "slide"
    values["context"] = context | (await meeting.context(sight) if isinstance(sight, str) else {})
    comment_id, receipt = await meeting.hearing.comment(holder, values, is_assisted=helper)
    return web.json_response({"id": comment_id, "receipt": receipt_of(receipt)}, status=201)


async def withdraw_comment(request: web.Request) -> web.Response:
    """Take one's own comment back."""
    holder = participant(request, "react")
    receipt = await request.app[MEETING].hearing.withdraw_comment(holder, request.match_info["comment"])
    return web.json_response({"receipt": receipt_of(receipt)})


async def support(request: web.Request) -> web.Response:
    """Support somebody's comment, or stop."""
    holder = participant(request, "react")
    values = await body_of(request)
    is_on = values.get("is_on", True)
    if not isinstance(is_on, bool):
        raise Refusal(400, '"is_on" is true or false.')
    await request.app[MEETING].hearing.support(holder, request.match_info["comment"], is_on=is_on)
    return web.json_response({"is_on": is_on})


async def flag(request: web.Request) -> web.Response:
    """Ask the moderators to look again."""
    holder = participant(request, "react")
    await request.app[MEETING].hearing.flag(holder, request.match_info["comment"])
    return web.json_response({"is_flagged": True})


# polls


async def polls(request: web.Request) -> web.Response:
    """Return all polls that were asked."""
    participant(request)
    record = request.app[MEETING].hearing.record
    return web.json_response({"polls": [public_poll(record, poll_id) for poll_id in record.polls]})


async def vote(request: web.Request) -> web.Response:
    """Take a vote, or change it."""
    holder = participant(request, "vote")
    values = await body_of(request)
    hearing, poll_id = request.app[MEETING].hearing, request.match_info["poll"]
    receipt = await hearing.vote(
        holder, poll_id, values.get("choice"), slip=word(values, "slip"), is_assisted=helper_of(request, values)
    )
    return web.json_response({"receipt": receipt_of(receipt)}, status=201)


async def withdraw_vote(request: web.Request) -> web.Response:
    """Take a vote back."""
    holder = participant(request, "vote")
    values = await body_of(request) if request.can_read_body else {}
    poll_id = request.match_info["poll"]
    receipt = await request.app[MEETING].hearing.withdraw_vote(holder, poll_id, slip=word(values, "slip"))
    return web.json_response({"receipt": receipt_of(receipt)})


async def mine(request: web.Request) -> web.Response:
    """Return what this phone has sent: votes, comments and what became of them."""
    holder = participant(request)
    hearing = request.app[MEETING].hearing
    votes = {poll_id: hearing.own_vote(holder, poll_id) for poll_id in hearing.record.polls}
    own = [own_comment(c, hearing.sheets[c.id]) for c in hearing.own_comments(holder) if c.id in hearing.sheets]
    answer: dict[str, Any] = {"votes": {k: v for k, v in votes.items() if v is not None}, "comments": own}
    return web.json_response(answer)


async def log(request: web.Request) -> web.Response:
    """Return what moderators decided, and why."""
    participant(request)
    record = request.app[MEETING].hearing.record
    decided = [c for c in record.comments.values() if c.state is not CommentState.HELD or c.is_redacted]
    return web.json_response({"log": moderation_log(record, decided)})


async def nowhere(_request: web.Request) -> web.Response:
    """Answer what is not there."""
    return sentence(404, "There is nothing here.")


def receipt_of(receipt: Receipt) -> dict[str, Any]:
    """Return a receipt as phones keep it; `citytwin verify --receipt` reads it again."""
    return {"number": receipt.number, "head": receipt.head, "line": json.loads(receipt.line)}


ROUTES = (
    Route("POST", "/api/join", join, "Join with the code on the projector", needs="code", body=("code",)),
    Route("GET", "/api/state", state, "What is going on"),
    Route("GET", "/api/live", live, "The state again whenever it changes (WebSocket; first message: the token)"),
    Route("GET", "/api/pictures/{sight}", picture, "A JPEG of the slide or a view", query=("w", "v", "t")),
    Route(
        "GET",
        r"/api/plan/{zoom:\d{1,2}}/{column:\d{1,4}}/{row:\d{1,4}}",
        tile,
        "A square of the plan as JPEG",
        query=("v", "t"),
    ),
    Route("POST", "/api/tap", tap, "The place under a tap", body=("sight", "x", "y")),
    Route("GET", "/api/search", search, "Places by street, number or name", query=("q",)),
    Route("GET", "/api/comments", comments, "Accepted comments", query=("from",)),
    Route(
        "POST",
        "/api/comments",
        comment,
        "Comment",
        body=("text", "kind", "place", "context", "age_group", "district", "language", "call"),
    ),
    Route("DELETE", "/api/comments/{comment}", withdraw_comment, "Withdraw one's own comment"),
    Route("POST", "/api/comments/{comment}/support", support, "Support a comment, or stop", body=("is_on",)),
    Route("POST", "/api/comments/{comment}/flag", flag, "Ask the moderators to look again"),
    Route("GET", "/api/polls", polls, "All polls, with figures unless they are hidden"),
    Route("POST", "/api/polls/{poll}/vote", vote, "Vote, or change one's vote", body=("choice", "slip")),
    Route("DELETE", "/api/polls/{poll}/vote", withdraw_vote, "Take one's vote back", body=("slip",)),
    Route("GET", "/api/mine", mine, "What this phone has sent, and what became of it"),
    Route("GET", "/api/log", log, "What moderators decided, and why"),
)
