"""The files that make up the pages: read once at the start, served by name. No path of a request reaches the disk."""

from __future__ import annotations

import hashlib
import mimetypes
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from aiohttp import hdrs, web

from ui.audience.asking import COOKIE, MEETING, Refusal, is_local
from ui.audience.routes import Route

FOLDER = Path(__file__).parent / "page"


@dataclass(frozen=True, slots=True)
class Page:
    """One file as it is served."""

    content: bytes
    kind: str
    tag: str


@cache
def pages() -> dict[str, Page]:
    """Return all files of the page folder by their names."""
    return {path.name: _page(path) for path in sorted(FOLDER.iterdir()) if path.is_file()}


def _page(path: Path) -> Page:
    content = path.read_bytes()
    kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return Page(content, "text/javascript" if path.suffix == ".js" else kind, hashlib.sha256(content).hexdigest()[:16])


def _served(request: web.Request, name: str, *, status: int = 200) -> web.Response:
    page = pages().get(name)
    if page is None:
        raise Refusal(404, "There is nothing here.")
    if request.headers.get(hdrs.IF_NONE_MATCH) == f'"{page.tag}"' and status == 200:
        return web.Response(status=304)
    charset = "utf-8" if page.kind.startswith("text/") or page.kind.endswith(("json", "javascript")) else None
    response = web.Response(body=page.content, content_type=page.kind, charset=charset, status=status)
    response.headers[hdrs.ETAG] = f'"{page.tag}"'
    response.headers[hdrs.CACHE_CONTROL] = "no-cache"
    return response


async def phone(request: web.Request) -> web.Response:
    """Return the page for phones."""
    return _served(request, "phone.html")


async def asset(request: web.Request) -> web.Response:
    """Return a file that a page is made of."""
    name = request.match_info["name"]
    if name.endswith(".html"):
        raise Refusal(404, "There is nothing here.")
    return _served(request, name)


async def operator(request: web.Request) -> web.Response:
    """Return the page for roles: without a token it asks for one, and the status says so."""
    holder = request.app[MEETING].credentials.holder(request.cookies.get(COOKIE, ""))
    is_known = holder is not None and holder.role != "participant" and (is_local(request) or not holder.is_local)
    return _served(request, "operator.html" if is_known else "sign-in.html", status=200 if is_known else 401)


ROUTES = (
    Route("GET", "/", phone, "The page for phones", needs="nothing", query=("c",)),
    Route("GET", "/operator", operator, "The page for roles", needs="nothing"),
    Route("GET", r"/page/{name:[a-z0-9-]{1,40}\.[a-z0-9]{2,5}}", asset, "A file of a page", needs="nothing"),
)
