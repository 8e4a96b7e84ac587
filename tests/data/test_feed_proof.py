"""Who proves who asks: tokens in headers, shown to the feed's own server alone."""

from __future__ import annotations

from typing import Any

import pytest
from aiohttp import web

from data.feeds.address import Secret, secret_of


@pytest.mark.parametrize(("held", "headers"), [
    ("Bearer abc.def", (("Authorization", "Bearer abc.def"),)),
    ("X-Api-Key: abc", (("X-Api-Key", "abc"),)),
    ("clerk:open sesame", ()),
    ("token=abc", ()),
])  # fmt: skip
def test_a_token_is_taken_for_a_header_where_it_says_so(held: str, headers: tuple[tuple[str, str], ...]) -> None:
    secret = secret_of("https://host/air", environment={"CITYTWIN_SECRET_HOST": held})
    assert secret.headers == headers
    assert "abc" not in repr(secret)


def test_a_bearer_s_token_goes_to_its_server_and_to_no_other(site: Any, ear: Any, monkeypatch: Any) -> None:
    seen: list[tuple[str, str | None]] = []

    def air(request: web.Request) -> web.Response:
        seen.append((request.host.split(":")[0], request.headers.get("Authorization")))
        if request.path == "/moved":
            raise web.HTTPFound(f"http://localhost:{request.url.port}/air")
        if request.headers.get("Authorization") != "Bearer abc" and request.host.startswith("127"):
            raise web.HTTPUnauthorized
        return web.json_response([{"id": "a", "lon": 24.9, "lat": 60.1}])

    site.get("/air", air)
    site.get("/moved", air)
    base = site.start().replace("localhost", "127.0.0.1")
    monkeypatch.setenv("CITYTWIN_SECRET_127_0_0_1", "Bearer abc")
    ear.open(base + "/air")
    ear.until(lambda: ear.count() == 1)
    ear.open(base + "/moved")
    ear.until(lambda: ("localhost", None) in seen)
    assert ("localhost", "Bearer abc") not in seen


def test_what_must_not_be_shown_is_known() -> None:
    assert Secret("u", "pw", (("token", "t"),), (("Authorization", "Bearer b"),)).words == ("pw", "t", "b")
