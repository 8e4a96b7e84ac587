"""The meeting's server over real HTTP on loopback: who may do what, what is refused, and what is kept."""

from __future__ import annotations

import asyncio
import json
import socket
import ssl
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from data.ledger import ledger_path
from data.ledger_reading import read_record, read_sheets, verify
from twin.errors import PictureError, SourceError
from twin.poll import Poll, poll_of_json
from ui.audience.hearing import Rules
from ui.audience.meeting import Meeting, Plan
from ui.audience.public import Programme, Slide
from ui.audience.server import Address, Server
from ui.audience.stage import Sight

JPEG = b"\xff\xd8\xff\xe0 a picture"
PARK: dict[str, Any] = {"id": "park", "question": "Which park?", "options": ["Old", "New"]}


class PaintedStage:
    """A city that is one picture: enough for what the server does with it."""

    drawn = 0

    async def picture(self, sight: str, width_px: int) -> bytes:
        if sight not in ("slide", "harbour"):
            raise PictureError("There is no such picture.")
        PaintedStage.drawn += 1
        await asyncio.sleep(0.01)
        return JPEG + f"{sight} {width_px}".encode()

    async def tile(self, zoom: int, column: int, row: int) -> bytes:
        return JPEG + f"{zoom} {column} {row}".encode()

    async def tap(self, sight: str, x: float, y: float) -> dict[str, Any] | None:
        return None if y < 0.2 else {"type": "point", "lonlat": [x, y], "name": sight}

    async def context(self, sight: str) -> dict[str, Any]:
        return {"camera": [10.0, 53.5, 0.0, 900.0, 30.0, 60.0], "layers": ["buildings"], "scenario": sight}

    async def search(self, text: str) -> list[dict[str, Any]]:
        return [{"name": f"{text} 1", "place": {"type": "point", "lonlat": [9.0, 53.0]}}]


def bytes_found(folder: Path, content: bytes) -> list[str]:
    return [f.name for f in folder.iterdir() if content in f.read_bytes()]


class Hall:
    """A running meeting and ways to talk to it."""

    def __init__(self, meeting: Meeting, address: Address, session: aiohttp.ClientSession) -> None:
        self.meeting, self.address, self.session = meeting, address, session
        self.base = f"http://127.0.0.1:{address.port}"

    async def ask(self, method: str, path: str, token: str = "", body: Any = None, **more: Any) -> tuple[int, Any]:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        headers |= more.pop("headers", {})
        if body is not None:
            more["json"] = body
        async with self.session.request(method, self.base + path, headers=headers, **more) as response:
            content = await response.read()
            is_json = response.content_type == "application/json"
            return response.status, json.loads(content) if is_json and content else content

    async def phone(self) -> str:
        status, answer = await self.ask("POST", "/api/join", body={"code": self.address.join_code.lower()})
        assert status == 200
        return str(answer["token"])

    async def role(self, role: str) -> str:
        status, answer = await self.operate("POST", "/invitations", role=role)
        assert status == 201
        return str(answer["token"])

    async def operate(self, method: str, path: str, **body: Any) -> tuple[int, Any]:
        content = None if method == "GET" else body
        return await self.ask(method, f"/api/operator{path}", self.address.operator_token, content)


@asynccontextmanager
async def hall(folder: Path, *, polls: tuple[Poll, ...] = (), **rules: Any) -> AsyncIterator[Hall]:
    programme = Programme(
        "Harbour",
        languages=("en", "de"),
        views=(Sight("harbour", {"en": "Harbour"}),),
        bounds_lonlat=(10.0, 53.0, 11.0, 54.0),
    )
    plan = Plan(folder, programme, Rules(**rules), polls=polls)
    meeting = Meeting(plan, PaintedStage())
    server = Server(plan, meeting)
    address = await server.start()
    try:
        async with aiohttp.ClientSession() as session:
            yield Hall(meeting, address, session)
    finally:
        await server.stop()


def meet(tmp_path: Path, act: Callable[[Hall], Awaitable[None]], *, polls: tuple[Poll, ...] = (), **rules: Any) -> None:
    async def run() -> None:
        async with hall(tmp_path, polls=polls, **rules) as one:
            await act(one)

    asyncio.run(run())


def test_a_vote_goes_from_the_code_to_the_ledger(tmp_path: Path) -> None:
    async def act(one: Hall) -> None:
        token = await one.phone()
        assert (await one.operate("POST", "/polls", poll=PARK))[0] == 201
        status, answer = await one.ask("POST", "/api/polls/park/vote", token, {"choice": "2"})
        assert status == 201
        assert answer["receipt"]["number"] == one.meeting.ledger.count
        assert (await one.ask("POST", "/api/polls/park/vote", token, {"choice": ["1"]}))[0] == 201
        _, state = await one.ask("GET", "/api/state", token)
        assert state["polls"][0]["counts"] == {"1": 1, "2": 0}
        assert (await one.ask("GET", "/api/mine", token))[1]["votes"] == {"park": ["1"]}
        status, answer = await one.operate("POST", "/polls/park/close")
        assert answer["poll"]["head_at_close"] == answer["receipt"]["head"]

    meet(tmp_path, act)
    assert read_record(ledger_path(tmp_path)).tally("park").counts == {"1": 1, "2": 0}
    assert verify(ledger_path(tmp_path)).is_intact


def test_a_wrong_code_and_a_guessed_token_are_refused(tmp_path: Path) -> None:
    async def act(one: Hall) -> None:
        assert (await one.ask("POST", "/api/join", body={"code": "AAAAAA"}))[0] == 403
        for guess in ("", "x", "abc.def", "a" * 400, f"{(await one.phone())}x"):
            assert (await one.ask("GET", "/api/state", guess))[0] == 401
        statuses = [(await one.ask("POST", "/api/join", body={"code": "B"}))[0] for _ in range(60)]
        assert 429 in statuses

    meet(tmp_path, act)


@pytest.mark.parametrize(
    ("role", "method", "path", "body", "is_allowed"),
    [
        ("presenter", "POST", "/polls", {"poll": PARK}, True),
        ("moderator", "POST", "/polls", {"poll": PARK}, False),
        ("clerk", "POST", "/polls", {"poll": PARK}, False),
        ("moderator", "GET", "/comments", None, True),
        ("presenter", "GET", "/comments", None, False),
        ("clerk", "GET", "/comments", None, False),
        ("clerk", "POST", "/invitations", {"role": "moderator"}, False),
        ("moderator", "POST", "/invitations", {"role": "moderator"}, False),
        ("presenter", "POST", "/slips", {"count": 2}, False),
        ("administrator", "POST", "/slips", {"count": 2}, True),
        ("clerk", "POST", "/purge", {"comments": []}, False),
        ("moderator", "POST", "/end", {}, False),
        ("moderator", "POST", "/slide", {"number": 1}, False),
        ("presenter", "POST", "/slide", {"number": 1}, True),
        ("moderator", "GET", "/invitations", None, False),
    ],
)
def test_a_role_does_what_it_may_and_no_more(
    tmp_path: Path, role: str, method: str, path: str, body: dict[str, Any] | None, *, is_allowed: bool
) -> None:
    async def act(one: Hall) -> None:
        status, _ = await one.ask(method, f"/api/operator{path}", await one.role(role), body)
        assert status in ((200, 201) if is_allowed else (403,))

    meet(tmp_path, act)


def test_a_phone_has_no_role_and_a_revoked_invitation_has_none_either(tmp_path: Path) -> None:
    async def act(one: Hall) -> None:
        for method, path in (("GET", ""), ("GET", "/comments"), ("POST", "/polls"), ("POST", "/end")):
            body = {} if method == "POST" else None
            assert (await one.ask(method, f"/api/operator{path}", await one.phone(), body))[0] == 401
            assert (await one.ask(method, f"/api/operator{path}", "", body))[0] == 401
        _, invited = await one.operate("POST", "/invitations", role="moderator")
        assert (await one.ask("GET", "/api/operator/comments", invited["token"]))[0] == 200
        assert (await one.operate("DELETE", f"/invitations/{invited['id']}"))[0] == 200
        assert (await one.ask("GET", "/api/operator/comments", invited["token"]))[0] == 401
        assert (await one.ask("POST", "/api/polls/park/vote", one.address.operator_token, {"choice": "1"}))[0] == 403

    meet(tmp_path, act)


def test_a_comment_waits_is_accepted_supported_and_withdrawn(tmp_path: Path) -> None:
    async def act(one: Hall) -> None:
        author, other = await one.phone(), await one.phone()
        place = {"type": "point", "lonlat": [9.99, 53.55], "z_m": 12.5}
        sent = {"text": "Mehr Bänke <b>am</b> Wasser", "kind": "idea", "place": place, "context": {"slide": "2"}}
        status, answer = await one.ask("POST", "/api/comments", author, sent)
        assert status == 201
        path = f"/api/comments/{answer['id']}"
        assert (await one.ask("GET", "/api/comments", other))[1]["total"] == 0
        assert (await one.ask("POST", f"{path}/support", other, {}))[0] == 400
        assert (await one.operate("POST", f"/comments/{answer['id']}", act="accept"))[0] == 200
        (shown,) = (await one.ask("GET", "/api/comments", other))[1]["comments"]
        assert (shown["text"], shown["place"]) == (sent["text"], place)
        assert (await one.ask("POST", f"{path}/support", other, {}))[0] == 200
        assert (await one.ask("POST", f"{path}/support", other, {}))[0] == 200
        assert (await one.ask("POST", f"{path}/support", author, {}))[0] == 400
        assert (await one.ask("GET", "/api/comments", other))[1]["comments"][0]["support"] == 1
        assert (await one.ask("DELETE", path, other))[0] == 400
        assert (await one.ask("DELETE", path, author))[0] == 200
        assert (await one.ask("GET", "/api/comments", other))[1]["total"] == 0
        assert not bytes_found(tmp_path, b"Wasser")

    meet(tmp_path, act)
    assert read_sheets(ledger_path(tmp_path)) == {}
    assert verify(ledger_path(tmp_path)).is_intact


def test_a_comment_keeps_what_its_author_saw_whatever_the_phone_says(tmp_path: Path) -> None:
    async def act(one: Hall) -> None:
        sent = {"text": "Trees", "context": {"slide": "2", "view": "harbour", "camera": [0] * 6, "layers": ["lies"]}}
        _, answer = await one.ask("POST", "/api/comments", await one.phone(), sent)
        assert one.meeting.hearing.sheets[answer["id"]].context == {
            "slide": "2",
            "view": "harbour",
            "camera": [10.0, 53.5, 0.0, 900.0, 30.0, 60.0],
            "layers": ["buildings"],
            "scenario": "harbour",
        }

    meet(tmp_path, act)


def test_links_and_listed_words_wait_even_where_nothing_else_does(tmp_path: Path) -> None:
    async def act(one: Hall) -> None:
        token = await one.phone()
        for text, state in (("Fine", "accepted"), ("see www.spam.example", "held"), ("you Dummkopf", "held")):
            _, answer = await one.ask("POST", "/api/comments", token, {"text": text})
            assert one.meeting.hearing.record.comment(answer["id"]).state == state

    meet(tmp_path, act, is_moderated=False, held_words=("dummkopf",))


def test_rejecting_needs_a_reason_which_its_author_and_the_log_see(tmp_path: Path) -> None:
    async def act(one: Hall) -> None:
        token = await one.phone()
        _, answer = await one.ask("POST", "/api/comments", token, {"text": "Hm"})
        path = f"/comments/{answer['id']}"
        assert (await one.operate("POST", path, act="reject"))[0] == 400
        assert (await one.operate("POST", path, act="reject", reason="says nothing"))[0] == 200
        assert (await one.ask("GET", "/api/mine", token))[1]["comments"][0]["reason"] == "says nothing"
        (logged,) = (await one.ask("GET", "/api/log", token))[1]["log"]
        assert logged["reason"] == "says nothing"
        assert "Hm" not in json.dumps(logged)

    meet(tmp_path, act)


def test_a_slip_votes_once_and_no_more_votes_count_than_slips(tmp_path: Path) -> None:
    async def act(one: Hall) -> None:
        _, issued = await one.operate("POST", "/slips", count=3)
        await one.operate("POST", "/polls", poll=PARK | {"rule": "slip"})
        first, second = await one.phone(), await one.phone()
        vote = "/api/polls/park/vote"
        assert (await one.ask("POST", vote, first, {"choice": "1"}))[0] == 409
        assert (await one.ask("POST", vote, first, {"choice": "1", "slip": "AAAA-AAAA"}))[0] == 409
        for token in (first, second):  # the same slip from two phones: the later vote replaces the earlier
            slip = issued["slips"][0].lower().replace("-", " ")
            assert (await one.ask("POST", vote, token, {"choice": "2", "slip": slip}))[0] == 201
        _, late = await one.operate("POST", "/slips", count=1)
        body = {"choice": "1", "slip": late["slips"][0], "is_assisted": True}
        assert (await one.ask("POST", vote, first, body))[0] == 201
        tally = one.meeting.hearing.record.tally("park")
        assert (tally.votes, tally.slips_issued, tally.by_source) == (2, 4, {"room": 1, "assisted": 1})
        ledger = (tmp_path / "ledger.sqlite").read_bytes() + (tmp_path / "meeting.json").read_bytes()
        assert issued["slips"][0].encode() not in ledger

    meet(tmp_path, act)


def test_hidden_figures_stay_hidden_until_the_close(tmp_path: Path) -> None:
    async def act(one: Hall) -> None:
        token = await one.phone()
        await one.operate("POST", "/polls", poll=PARK | {"is_hidden": True})
        await one.ask("POST", "/api/polls/park/vote", token, {"choice": "1"})
        for path in ("/api/state", "/api/polls"):
            (poll,) = (await one.ask("GET", path, token))[1]["polls"]
            assert "counts" not in poll
            assert "votes" not in poll
        await one.operate("POST", "/polls/park/close")
        assert (await one.ask("GET", "/api/polls", token))[1]["polls"][0]["counts"] == {"1": 1, "2": 0}
        status, answer = await one.ask("POST", "/api/polls/park/vote", token, {"choice": "1"})
        assert (status, "closed" in answer["error"]) == (409, True)

    meet(tmp_path, act)


def test_hands_and_paper_are_counted_by_the_clerk(tmp_path: Path) -> None:
    async def act(one: Hall) -> None:
        clerk = await one.role("clerk")
        assert (await one.operate("POST", "/polls", id="park"))[0] == 201
        path = "/api/operator/polls/park"
        assert (await one.ask("POST", f"{path}/hands", clerk, {"counts": {"1": 12, "2": 7}, "label": "left"}))[0] == 201
        assert (await one.ask("POST", f"{path}/hands", clerk, {"counts": {"1": -1}}))[0] == 409
        assert (await one.ask("POST", f"{path}/paper", clerk, {"choice": "2"}))[0] == 201
        tally = one.meeting.hearing.record.tally("park")
        assert tally.by_source == {"paper": 1, "hands": 19}
        assert tally.counts == {"1": 12, "2": 8}

    meet(tmp_path, act, polls=(poll_of_json(PARK),))


def test_a_paper_comment_is_entered_with_its_square_and_waits(tmp_path: Path) -> None:
    async def act(one: Hall) -> None:
        clerk = await one.role("clerk")
        sent = {"text": "A lamp at the corner", "square": "j1"}
        assert (await one.ask("POST", "/api/operator/comments", clerk, sent))[0] == 201
        assert (await one.ask("POST", "/api/operator/comments", clerk, sent | {"square": "Z9"}))[0] == 400
        assert (await one.ask("POST", "/api/operator/comments", await one.role("moderator"), sent))[0] == 403
        (comment,) = one.meeting.hearing.record.comments.values()
        assert (comment.source, comment.state) == ("paper", "held")
        # the plan goes from 10 to 11 degrees east and from 53 to 54 north: J1 is its upper right corner
        assert one.meeting.hearing.sheets[comment.id].place["lonlat"] == pytest.approx([10.95, 53.95])

    meet(tmp_path, act)


def test_phones_hear_of_changes_over_one_socket(tmp_path: Path) -> None:
    async def act(one: Hall) -> None:
        token = await one.phone()
        async with one.session.ws_connect(f"{one.base}/api/live") as socket:
            await socket.send_str(token)
            first = await socket.receive_json(timeout=5)
            await one.operate("POST", "/polls", poll=PARK)
            second = await socket.receive_json(timeout=5)
            assert second["state"]["version"] > first["state"]["version"]
            assert second["state"]["polls"][0]["id"] == "park"
        async with one.session.ws_connect(f"{one.base}/api/live") as socket:
            await socket.send_str("nobody")
            assert (await socket.receive(timeout=5)).type is aiohttp.WSMsgType.CLOSE

    meet(tmp_path, act)


def test_a_flood_on_the_socket_closes_it(tmp_path: Path) -> None:
    async def act(one: Hall) -> None:
        async with one.session.ws_connect(f"{one.base}/api/live") as socket:
            await socket.send_str(await one.phone())
            await socket.receive(timeout=5)
            for _ in range(200):
                if socket.closed:
                    break
                await socket.send_str("x")
            message = await socket.receive(timeout=5)
            assert message.type in (aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.ERROR)
        assert (await one.ask("GET", "/api/state", await one.phone()))[0] == 200

    meet(tmp_path, act)


def test_pictures_are_drawn_once_and_need_a_token(tmp_path: Path) -> None:
    async def act(one: Hall) -> None:
        token = await one.phone()
        PaintedStage.drawn = 0
        asked = [one.ask("GET", "/api/pictures/harbour?w=400", token) for _ in range(20)]
        answers = await asyncio.gather(*asked)
        assert {status for status, _ in answers} == {200}
        assert PaintedStage.drawn == 1
        assert (await one.ask("GET", f"/api/pictures/slide?t={token}"))[0] == 200
        assert (await one.ask("GET", "/api/pictures/slide"))[0] == 401
        assert (await one.ask("GET", "/api/pictures/nowhere", token))[0] == 404
        assert (await one.ask("GET", "/api/plan/1/1/0", token))[1].endswith(b"1 1 0")
        assert (await one.ask("GET", "/api/plan/1/2/0", token))[0] == 404
        one.meeting.show_slide(Slide(1, 5))
        await one.ask("GET", f"/api/pictures/slide?t={token}")
        assert PaintedStage.drawn == 3

    meet(tmp_path, act)


def test_a_tap_becomes_a_place_and_the_sky_is_none(tmp_path: Path) -> None:
    async def act(one: Hall) -> None:
        token = await one.phone()
        status, answer = await one.ask("POST", "/api/tap", token, {"sight": "slide", "x": 0.5, "y": 0.75})
        assert (status, answer["place"]["lonlat"]) == (200, [0.5, 0.75])
        assert (await one.ask("POST", "/api/tap", token, {"sight": "slide", "x": 0.5, "y": 0.1}))[0] == 404
        assert (await one.ask("POST", "/api/tap", token, {"sight": "slide", "x": 5, "y": 0.1}))[0] == 400
        assert (await one.ask("GET", "/api/search?q=Kai", token))[1]["found"][0]["name"] == "Kai 1"

    meet(tmp_path, act)


ATTACKS: list[tuple[str, str, dict[str, Any]]] = [
    ("GET", "/../../etc/passwd", {}),
    ("GET", "/page/..%2f..%2fserver.py", {}),
    ("GET", "/page/server.py", {}),
    ("GET", "/api/pictures/..%2f..%2fledger.sqlite", {}),
    ("GET", "/ledger.sqlite", {}),
    ("GET", "/api/plan/99/0/0", {}),
    ("POST", "/api/comments", {"data": b"{", "headers": {"Content-Type": "application/json"}}),
    ("POST", "/api/comments", {"data": b'{"text":NaN}', "headers": {"Content-Type": "application/json"}}),
    ("POST", "/api/comments", {"data": b"[" * 50_000, "headers": {"Content-Type": "application/json"}}),
    ("POST", "/api/comments", {"data": b"\xff\xfe{}", "headers": {"Content-Type": "application/json"}}),
    ("POST", "/api/comments", {"data": b"x" * (10 << 20), "headers": {"Content-Type": "application/json"}}),
    ("POST", "/api/comments", {"data": b"text=hello"}),
    ("POST", "/api/comments", {"body": []}),
    ("POST", "/api/comments", {"body": {"text": 5}}),
    ("POST", "/api/comments", {"body": {"text": " \n "}}),
    ("POST", "/api/comments", {"body": {"text": "x" * 5000}}),
    ("POST", "/api/comments", {"body": {"text": "x", "kind": "rant"}}),
    ("POST", "/api/comments", {"body": {"text": "x", "place": {"type": "point", "lonlat": ["1", 2]}}}),
    ("POST", "/api/comments", {"body": {"text": "x", "place": {"type": "area", "lonlat": [[1, 2]] * 9999}}}),
    ("POST", "/api/polls/none/vote", {"body": {"choice": "1"}}),
    ("POST", "/api/polls/park/vote", {"body": {"choice": {"1": 1e400}}}),
    ("POST", "/api/polls/park/vote", {"body": {"choice": None}}),
    ("POST", "/api/polls/park/vote", {"body": {"choice": ["1"] * 1000}}),
    ("PUT", "/api/state", {"body": {}}),
    ("DELETE", "/api/comments/' OR 1=1 --", {}),
    ("GET", "/api/comments?from=-1", {}),
    ("GET", "/api/pictures/slide?w=99999999999", {}),
]


def test_attacks_are_answered_with_a_sentence_and_change_nothing(tmp_path: Path) -> None:
    async def act(one: Hall) -> None:
        token = await one.phone()
        await one.operate("POST", "/polls", poll=PARK)
        count = one.meeting.ledger.count
        for method, path, more in ATTACKS:
            try:
                status, answer = await one.ask(method, path, token, **dict(more))
            except aiohttp.ClientError:  # the server hung up on ten megabytes: as good
                continue
            assert 400 <= status < 500, (method, path, status)
            assert status == 429 or answer["error"], (method, path)
        assert one.meeting.ledger.count == count

    meet(tmp_path, act)


def test_every_answer_keeps_the_page_to_itself(tmp_path: Path) -> None:
    async def act(one: Hall) -> None:
        for path in ("/", "/api/state", "/nowhere", "/operator"):
            async with one.session.get(one.base + path) as response:
                assert "default-src 'none'" in response.headers["Content-Security-Policy"]
                assert response.headers["X-Content-Type-Options"] == "nosniff"
                assert "Access-Control-Allow-Origin" not in response.headers
        assert (await one.ask("GET", "/operator"))[0] == 401

    meet(tmp_path, act)


def test_a_browser_signs_in_with_a_cookie_that_other_pages_cannot_use(tmp_path: Path) -> None:
    async def act(one: Hall) -> None:
        jar = aiohttp.CookieJar(unsafe=True)
        async with aiohttp.ClientSession(cookie_jar=jar) as browser:
            sign_in = {"token": one.address.operator_token}
            async with browser.post(f"{one.base}/api/operator/sign-in", json=sign_in) as response:
                assert response.status == 200
                assert "HttpOnly" in response.headers["Set-Cookie"]
                assert "SameSite=Strict" in response.headers["Set-Cookie"]
            async with browser.get(f"{one.base}/operator") as response:
                assert response.status == 200
            elsewhere = {"Origin": "http://evil.example"}
            async with browser.post(f"{one.base}/api/operator/end", json={}, headers=elsewhere) as response:
                assert response.status == 403
            async with browser.get(f"{one.base}/api/operator") as response:
                assert (await response.json())["role"] == "administrator"

    meet(tmp_path, act)


def test_a_connection_that_asks_nothing_is_closed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ui.audience.server.FIRST_REQUEST_S", 0.3)

    async def act(one: Hall) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", one.address.port)
        writer.write(b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ")
        await writer.drain()
        with suppress(ConnectionError):
            assert await asyncio.wait_for(reader.read(), 5) == b""
        writer.close()

    meet(tmp_path, act)


def test_a_meeting_that_crashed_goes_on_with_the_same_code_and_phones(tmp_path: Path) -> None:
    kept: dict[str, str] = {}

    async def before(one: Hall) -> None:
        kept.update(code=one.address.join_code, token=await one.phone())
        await one.operate("POST", "/polls", poll=PARK)
        await one.ask("POST", "/api/polls/park/vote", kept["token"], {"choice": "1"})

    async def after(one: Hall) -> None:
        assert one.address.join_code == kept["code"]
        assert (await one.ask("GET", "/api/mine", kept["token"]))[1]["votes"] == {"park": ["1"]}
        assert (await one.ask("POST", "/api/polls/park/vote", kept["token"], {"choice": "2"}))[0] == 201
        assert one.meeting.hearing.record.tally("park").votes == 1

    meet(tmp_path, before)
    meet(tmp_path, after)


@pytest.mark.parametrize(
    ("opens", "closes", "is_taken"),
    [("2999-01-01", "", False), ("", "2001-01-01", False), ("2001-01-01", "2999-01-01", True)],
)
def test_contributions_are_taken_between_the_hearings_days(
    tmp_path: Path, opens: str, closes: str, *, is_taken: bool
) -> None:
    async def act(one: Hall) -> None:
        status, answer = await one.ask("POST", "/api/comments", await one.phone(), {"text": "Trees"})
        assert status == (201 if is_taken else 409)
        assert is_taken or (opens or closes) in answer["error"]

    meet(tmp_path, act, opens=opens, closes=closes)


def test_what_was_written_is_deleted_when_its_time_is_over(tmp_path: Path) -> None:
    async def before(one: Hall) -> None:
        await one.ask("POST", "/api/comments", await one.phone(), {"text": "Lindenduft"})
        assert bytes_found(tmp_path, b"Lindenduft")

    async def after(one: Hall) -> None:
        assert not bytes_found(tmp_path, b"Lindenduft")
        assert [c.state for c in one.meeting.hearing.record.comments.values()] == ["purged"]

    meet(tmp_path, before)
    meet(tmp_path, after, closes="2001-01-01", retention_days=30)
    assert verify(ledger_path(tmp_path)).is_intact


def test_a_rehearsal_has_a_ledger_of_its_own(tmp_path: Path) -> None:
    async def run() -> None:
        programme = replace(Programme("Harbour"), is_rehearsal=True)
        plan = Plan(tmp_path, programme)
        server = Server(plan, meeting := Meeting(plan, PaintedStage()))
        await server.start()
        assert json.loads(meeting.state_text())["is_rehearsal"]
        await server.stop()

    asyncio.run(run())
    assert (tmp_path / "rehearsal.sqlite").exists()
    assert not (tmp_path / "ledger.sqlite").exists()


def test_the_description_lists_every_route(tmp_path: Path) -> None:
    async def act(one: Hall) -> None:
        status, description = await one.ask("GET", "/api")
        assert status == 200
        assert description["openapi"].startswith("3.1")
        asked = {path for path in description["paths"] if path.startswith("/api/")}
        assert {"/api/join", "/api/polls/{poll}/vote", "/api/plan/{zoom}/{column}/{row}"} <= asked
        assert "post" in description["paths"]["/api/operator/polls/{poll}/close"]

    meet(tmp_path, act)


def test_an_offices_certificate_makes_it_https(tmp_path: Path) -> None:
    certificate, key = tmp_path / "c.pem", tmp_path / "k.pem"
    words = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
    subprocess.run([*words, "-keyout", str(key), "-out", str(certificate)], check=True, capture_output=True)

    async def run() -> None:
        plan = Plan(tmp_path, Programme("Harbour"), certificate=certificate, key=key)
        server = Server(plan, Meeting(plan, PaintedStage()))
        address = await server.start()
        try:
            assert address.url.startswith("https://")
            trusting = ssl.create_default_context(cafile=str(certificate))
            trusting.check_hostname = False
            async with aiohttp.ClientSession() as session, session.get(address.url, ssl=trusting) as response:
                assert response.status == 200
            with pytest.raises(aiohttp.ClientError):
                async with aiohttp.ClientSession() as session, session.get(address.url):
                    pass
        finally:
            await server.stop()

    asyncio.run(run())


def test_a_certificate_that_is_none_is_said(tmp_path: Path) -> None:
    (tmp_path / "c.pem").write_text("no certificate", encoding="utf-8")

    async def run() -> None:
        plan = Plan(tmp_path, Programme("Harbour"), certificate=tmp_path / "c.pem")
        server = Server(plan, Meeting(plan, PaintedStage()))
        with pytest.raises(SourceError, match="certificate"):
            await server.start()
        await server.stop()

    asyncio.run(run())


def test_a_taken_port_is_said(tmp_path: Path) -> None:
    async def run() -> None:
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            plan = Plan(tmp_path, Programme("Harbour"), port=taken.getsockname()[1])
            server = Server(plan, Meeting(plan, PaintedStage()))
            with pytest.raises(SourceError, match="cannot listen"):
                await server.start()

    asyncio.run(run())
