"""What presenter, moderator, clerk and administrator may ask. Each needs its own token."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from aiohttp import hdrs, web

from twin.errors import PollError
from twin.participation import CommentState
from twin.poll import json_of_poll, poll_of_json
from twin.roles import Act, check_may
from ui.audience.asking import (
    COOKIE,
    MEETING,
    Refusal,
    body_of,
    is_local,
    is_same_origin,
    number,
    official,
    take,
    word,
)
from ui.audience.credentials import HOUR_S
from ui.audience.map_squares import square_of
from ui.audience.phone_routes import receipt_of
from ui.audience.public import Slide, public_poll, queued_comment
from ui.audience.routes import Route
from ui.audience.stage import RemoteStage

QUEUE_A_PAGE = 200


async def sign_in(request: web.Request) -> web.Response:
    """Let a browser act in a role: the token becomes a cookie that no script can read."""
    values = await body_of(request)
    meeting = request.app[MEETING]
    holder = meeting.credentials.holder(word(values, "token"))
    if holder is None or holder.role == "participant" or (holder.is_local and not is_local(request)):
        take(request, "wrong_code", request.remote or "?")
        raise Refusal(401, "This is no token of a role, or it is good on the operator's machine only.")
    if not is_same_origin(request):
        raise Refusal(403, "This page may not ask that.")
    response = web.json_response({"role": str(holder.role)})
    response.set_cookie(
        COOKIE, word(values, "token"), httponly=True, samesite="Strict", secure=request.secure, path="/"
    )
    return response


async def overview(request: web.Request) -> web.Response:
    """Return what the meeting's own people see at a glance."""
    holder = official(request)
    meeting = request.app[MEETING]
    record = meeting.hearing.record
    held = sum(c.state is CommentState.HELD for c in record.comments.values())
    return web.json_response(
        {
            "role": str(holder.role),
            "code": meeting.credentials.code,
            "phones": len(meeting.sockets),
            "held": held,
            "comments": len(record.comments),
            "entries": meeting.ledger.count,
            "head": meeting.ledger.head,
            "slide": asdict(meeting.slide),
            "prepared": [json_of_poll(p) for p in meeting.prepared.values() if p.id not in record.polls],
            "polls": [public_poll(record, poll_id) for poll_id in record.polls],
        }
    )


# comments


async def queue(request: web.Request) -> web.Response:
    """Return comments as moderators see them: those that wait and those that were flagged first."""
    holder = official(request)
    check_may(holder.role, Act.READ_QUEUE)
    hearing = request.app[MEETING].hearing
    wanted = request.query.get("state", "")
    listed = [c for c in hearing.record.comments.values() if c.id in hearing.sheets and wanted in ("", str(c.state))]
    listed.sort(key=lambda c: (c.state is not CommentState.HELD, -len(c.flags)))
    start = request.query.get("from", "0")
    if not start.isdigit():
        raise Refusal(400, '"from" is a number.')
    page = listed[int(start) : int(start) + QUEUE_A_PAGE]
    return web.json_response(
        {"comments": [queued_comment(c, hearing.sheets[c.id]) for c in page], "total": len(listed)}
    )


async def moderate(request: web.Request) -> web.Response:
    """Decide about a comment."""
    holder = official(request)
    values = await body_of(request)
    hearing = request.app[MEETING].hearing
    receipt = await hearing.moderate(holder, request.match_info["comment"], word(values, "act"), values)
    return web.json_response({"receipt": receipt_of(receipt)})


async def purge(request: web.Request) -> web.Response:
    """Delete what comments say, for good."""
    holder = official(request)
    values = await body_of(request)
    ids = values.get("comments", [])
    if not isinstance(ids, list) or not all(isinstance(i, str) for i in ids):
        raise Refusal(400, '"comments" is a list of ids.')
    receipt = await request.app[MEETING].hearing.purge(holder, ids, word(values, "reason", longest=500))
    return web.json_response({"receipt": receipt_of(receipt)})


# polls


async def open_poll(request: web.Request) -> web.Response:
    """Ask a poll: one that was prepared, by its id, or a new one."""
    holder = official(request)
    values = await body_of(request)
    meeting = request.app[MEETING]
    if "poll" in values:
        if not isinstance(values["poll"], dict):
            raise Refusal(400, '"poll" is an object.')
        poll = poll_of_json(values["poll"])
    else:
        prepared = meeting.prepared.get(word(values, "id"))
        if prepared is None:
            raise PollError("There is no prepared poll of that id.", hint='Send the poll itself as "poll".')
        poll = prepared
    receipt = await meeting.hearing.open_poll(holder, poll)
    return web.json_response({"id": poll.id, "receipt": receipt_of(receipt)}, status=201)


async def close_poll(request: web.Request) -> web.Response:
    """Close a poll; the head is shown on the projector and on every phone."""
    holder = official(request)
    meeting, poll_id = request.app[MEETING], request.match_info["poll"]
    receipt = await meeting.hearing.close_poll(holder, poll_id)
    meeting.changed()
    record = meeting.hearing.record
    return web.json_response({"receipt": receipt_of(receipt), "poll": public_poll(record, poll_id)})


async def figures(request: web.Request) -> web.Response:
    """Return the figures of all polls, hidden ones too, for those who run them."""
    holder = official(request)
    record = request.app[MEETING].hearing.record
    is_shown = holder.role != "moderator"
    listed: list[dict[str, Any]] = [public_poll(record, poll_id) for poll_id in record.polls]
    if is_shown:
        listed = [p | {"votes": record.tally(p["id"]).votes, "counts": record.tally(p["id"]).counts} for p in listed]
    return web.json_response({"polls": listed})


async def count_hands(request: web.Request) -> web.Response:
    """Enter what was counted by eye."""
    holder = official(request)
    values = await body_of(request)
    receipt = await request.app[MEETING].hearing.count_hands(
        holder,
        request.match_info["poll"],
        values.get("counts"),
        source=word(values, "source") or "hands",
        label=word(values, "label"),
    )
    return web.json_response({"receipt": receipt_of(receipt)}, status=201)


async def enter_paper(request: web.Request) -> web.Response:
    """Enter one paper form."""
    holder = official(request)
    values = await body_of(request)
    receipt = await request.app[MEETING].hearing.enter_paper(
        holder, request.match_info["poll"], values.get("choice"), slip=word(values, "slip")
    )
    return web.json_response({"receipt": receipt_of(receipt)}, status=201)


async def enter_comment(request: web.Request) -> web.Response:
    """Enter a comment from a paper form; a square of the printed map is a place."""
    holder = official(request)
    values = await body_of(request)
    meeting, square = request.app[MEETING], word(values, "square")
    if square:
        middle = square_of(square)
        if middle is None:
            raise Refusal(400, f'"{square}" is no square of the map; squares go from A1 to J10.')
        west, south, east, north = meeting.programme.bounds_lonlat
        lonlat = [west + middle[0] * (east - west), north - middle[1] * (north - south)]
        values["place"] = {"type": "point", "lonlat": lonlat, "name": f"square {square.upper()}"}
    comment_id, receipt = await meeting.hearing.enter_comment(holder, values)
    return web.json_response({"id": comment_id, "receipt": receipt_of(receipt)}, status=201)


# slips, invitations, the projector


async def issue_slips(request: web.Request) -> web.Response:
    """Return the codes of new slips; they are shown this once."""
    holder = official(request)
    values = await body_of(request)
    codes = await request.app[MEETING].hearing.issue_slips(holder, int(number(values, "count")))
    response = web.json_response({"slips": codes}, status=201)
    response.headers[hdrs.CACHE_CONTROL] = "no-store"
    return response


async def invite(request: web.Request) -> web.Response:
    """Return the token of a new invitation; it is shown this once."""
    holder = official(request)
    values = await body_of(request)
    invitation_id, token = await request.app[MEETING].hearing.invite(
        holder, word(values, "role"), lasts_s=number(values, "lasts_s", usual=12 * HOUR_S), label=word(values, "label")
    )
    return web.json_response({"id": invitation_id, "token": token}, status=201)


async def invitations(request: web.Request) -> web.Response:
    """Return all invitations, without their tokens."""
    holder = official(request)
    check_may(holder.role, Act.INVITE)
    listed = [asdict(i) for i in request.app[MEETING].credentials.invitations()]
    return web.json_response({"invitations": listed})


async def revoke(request: web.Request) -> web.Response:
    """Take an invitation back."""
    holder = official(request)
    await request.app[MEETING].hearing.revoke(holder, request.match_info["invitation"])
    return web.json_response({"is_revoked": True})


async def show_slide(request: web.Request) -> web.Response:
    """Show a slide by its number, or black."""
    holder = official(request)
    check_may(holder.role, Act.SHOW_SLIDE)
    values = await body_of(request)
    meeting = request.app[MEETING]
    if isinstance(meeting.stage, RemoteStage):
        meeting.stage.tell(
            "show_slide", {"number": int(number(values, "number")), "is_black": bool(values.get("is_black"))}
        )
    else:
        meeting.show_slide(Slide(number=int(number(values, "number")), is_black=bool(values.get("is_black"))))
    return web.json_response({"is_asked": True})


async def end(request: web.Request) -> web.Response:
    """End the meeting."""
    holder = official(request)
    check_may(holder.role, Act.END_MEETING)
    request.app[MEETING].ended.set()
    return web.json_response({"is_ended": True})


def _role(method: str, path: str, handler: Any, summary: str, *body: str, query: tuple[str, ...] = ()) -> Route:
    return Route(method, f"/api/operator{path}", handler, summary, needs="role", body=body, query=query)


ROUTES = (
    Route("POST", "/api/operator/sign-in", sign_in, "Let a browser act in a role", needs="nothing", body=("token",)),
    _role("GET", "", overview, "The meeting at a glance"),
    _role("GET", "/comments", queue, "Comments as moderators see them", query=("state", "from")),
    _role(
        "POST", "/comments/{comment}", moderate, "Decide about a comment",
        "act", "reason", "text", "into", "theme", "answer", "status",
    ),
    _role("POST", "/purge", purge, "Delete what comments say", "comments", "reason"),
    _role("POST", "/polls", open_poll, "Ask a poll, prepared (id) or new (poll)", "id", "poll"),
    _role("GET", "/polls", figures, "All polls with their figures"),
    _role("POST", "/polls/{poll}/close", close_poll, "Close a poll"),
    _role("POST", "/polls/{poll}/hands", count_hands, "Enter a count of hands or paper", "counts", "source", "label"),
    _role("POST", "/polls/{poll}/paper", enter_paper, "Enter one paper form", "choice", "slip"),
    _role("POST", "/comments", enter_comment, "Enter a paper comment", "text", "kind", "square", "place", "age_group"),
    _role("POST", "/slips", issue_slips, "Issue slips", "count"),
    _role("POST", "/invitations", invite, "Invite somebody to a role", "role", "lasts_s", "label"),
    _role("GET", "/invitations", invitations, "All invitations"),
    _role("DELETE", "/invitations/{invitation}", revoke, "Take an invitation back"),
    _role("POST", "/slide", show_slide, "Show a slide, or black", "number", "is_black"),
    _role("POST", "/end", end, "End the meeting"),
)  # fmt: skip
