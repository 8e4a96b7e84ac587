"""Layers behind an http(s) address: fetched whole into a copy, which stands in for it while there is no network.

GeoJSON, FlatGeobuf, GeoParquet, GeoPackage, CSV with WKT, zips of these, and OGC API Features, page after page.
"""

from __future__ import annotations

import gzip
import hashlib
import http.client
import os
import re
import shutil
import time
import urllib.error
import urllib.request
import zlib
from base64 import b64encode
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import msgspec

from data.feeds.address import Secret, is_same_server, secret_of, shown, split_secret, with_query, without_user
from data.feeds.intervals import interval_of
from data.settings import cache_folder
from data.web_forms import Page, joined_pages, page_of, suffix_of
from twin.errors import FeedError, SourceError
from twin.report import Report
from twin.version import VERSION

SCHEMES = ("http://", "https://")
TIMEOUT_S = 20.0
MOST_BYTES = 4 * 2**30
MOST_PAGES = 2_000
_CHUNK = 2**20
ACCEPT = "application/geo+json, application/flatgeobuf, application/json;q=0.9, */*;q=0.5"
_GONE = (OSError, http.client.HTTPException, EOFError, zlib.error, ValueError)
"""No answer, half an answer, one that is not the gzip it claims to be, an address that is none."""
_SECRETS: dict[str, Secret] = {}
"""What stood in addresses that a person wrote, by the address without it: for this process only."""


@dataclass(frozen=True, slots=True)
class Copy:
    """What an address said last."""

    url: str
    """Without secrets."""
    file: str
    """Its name in copies_folder()."""
    digest: str
    """Of what was fetched: another one when it says something else."""
    tags: dict[str, str]
    """What the server recognises this state by: ETag, Last-Modified; empty where it came in pages."""
    at_s: float
    """When it was fetched or found to be the same, seconds since 1970."""

    @property
    def path(self) -> Path:
        """Return where it is."""
        return copies_folder() / self.file


def is_web(text: str) -> bool:
    """Return whether a source is an http(s) address."""
    return text.lower().startswith(SCHEMES)


def copies_folder() -> Path:
    """Return the folder of the copies; it may not exist yet."""
    return cache_folder() / "copies"


def plain_address(url: str) -> str:
    """Return an address as it may be shown and kept; its secrets are remembered for this process.

    raises   SourceError  it is no address that can be read
    """
    try:
        plain, secret = split_secret(url)
    except FeedError as error:
        raise SourceError(error.sentence, hint=error.hint, path=shown(url)) from error
    if secret.password or secret.query:
        _SECRETS[plain] = secret
    return plain


def address_for_work(url: str) -> str:
    """Return an address for another process, with the secrets that a person wrote into it."""
    secret = _SECRETS.get(url)
    if secret is None:
        return url
    whole = with_query(url, secret)
    if not secret.password:
        return whole
    scheme, _, rest = whole.partition("://")
    return f"{scheme}://{secret.user}:{secret.password}@{rest.rpartition('@')[2] if secret.user else rest}"


def name_of(url: str) -> str:
    """Return what a layer behind an address is called: the last telling part of its path."""
    parts = urlsplit(url)
    words = [word for word in parts.path.split("/") if word and word.lower() not in ("items", "collections")]
    name = words[-1] if words else parts.hostname or "layer"
    return re.sub(r"\.[A-Za-z0-9]{1,10}(\.gz)?$", "", name) or name


def safe_name(url: str) -> str:
    """Return the same as the stem of a file."""
    return re.sub(r"[^\w.-]+", "-", name_of(url))[:60].strip(".") or "layer"


def copy_of(url: str) -> Copy | None:
    """Return the last copy of an address; None where there is none that is whole."""
    plain = plain_address(url)
    try:
        copy = msgspec.json.decode(_facts_path(plain).read_bytes(), type=Copy)
    except (OSError, msgspec.MsgspecError):
        return None
    return copy if copy.url == plain and copy.path.is_file() else None


def fetched(url: str, *, wait_s: float = TIMEOUT_S) -> Copy:
    """Ask an address and return its copy, the former one where the server says, or the bytes say, that it is the same.

    raises   SourceError  it cannot be reached, answers with something else, or without end
    """
    plain = plain_address(url)
    asked, _ = interval_of(plain, 1.0)
    before = copy_of(plain)
    answer = _asked(asked, plain, before.tags if before is not None else {}, wait_s)
    if answer is None and before is not None:
        return _kept(before, b"", is_new=False)
    assert answer is not None
    body, kind, tags = answer
    page, at = page_of(body, kind), asked
    if page.is_entry:  # a collection: its rows lie behind a link
        at = urljoin(asked, page.items)
        body, kind, _ = _asked(at, plain, {}, wait_s) or (b"", "", {})
        page, tags = page_of(body, kind), {}
    body = page.body
    if page.following:
        body, tags = _all_pages(at, plain, page, wait_s), {}
    digest = hashlib.blake2b(body, digest_size=16).hexdigest()
    if before is not None and before.digest == digest:
        return _kept(_with_tags(before, tags), b"", is_new=False)
    suffix = suffix_of(body, kind, asked)
    if not suffix:
        raise SourceError(
            f"What {shown(asked)} answers is no map ({_beginning(body)}).",
            hint="Name an address of GeoJSON, FlatGeobuf, GeoParquet, CSV with WKT, or OGC API Features.",
            path=plain,
        )
    stem = safe_name(plain)
    copy = Copy(plain, f"{_key(plain)}-{digest[:8]}/{stem}{suffix}", digest, tags, time.time())
    return _kept(copy, body, is_new=True, before=before)


def web_copy(url: str, report: Report) -> Copy:
    """Return what an address says; where it cannot be reached, what it said last, and the report says so.

    raises   SourceError  it cannot be reached and never was, or answers with no map
    """
    try:
        return fetched(url)
    except SourceError as error:
        last = copy_of(url)
        if last is None:
            raise
        said = time.strftime("%Y-%m-%d %H:%M", time.localtime(last.at_s))
        report.add(f"shown as it was on {said}: {error.sentence}", count=1)
        return last


def _with_tags(copy: Copy, tags: dict[str, str]) -> Copy:
    return Copy(copy.url, copy.file, copy.digest, tags, copy.at_s)


def _all_pages(asked: str, plain: str, first: Page, wait_s: float) -> bytes:
    pages, page, at = [first], first, asked
    while page.following:
        if len(pages) >= MOST_PAGES:
            raise SourceError(
                f"{shown(asked)} has more than {MOST_PAGES:,} pages.", hint="Ask for larger pages: ?limit=10000."
            )
        at = urljoin(at, page.following)
        body, kind, _ = _asked(at, plain, {}, wait_s) or (b"", "", {})
        page = page_of(body, kind)
        pages.append(page)
    return joined_pages(pages)


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Goes where a server sends us; urllib would show the password there, whoever's server that is."""

    def redirect_request(
        self, req: urllib.request.Request, fp: Any, code: int, msg: str, headers: Any, newurl: str
    ) -> urllib.request.Request | None:
        """Return the next request, without the password where it goes to another server."""
        following = super().redirect_request(req, fp, code, msg, headers, newurl)
        if following is not None and not is_same_server(req.full_url, newurl):
            following.remove_header("Authorization")
        return following


def _asked(url: str, plain: str, tags: dict[str, str], wait_s: float) -> tuple[bytes, str, dict[str, str]] | None:
    """Return what an address answers, its content type and tags; None if it is what the tags tell."""
    secret = secret_of(plain, _SECRETS.get(plain)) if is_same_server(plain, url) else Secret()
    request = urllib.request.Request(without_user(with_query(url, secret)))  # noqa: S310  http(s) only, see is_web
    request.add_header("User-Agent", f"citytwin/{VERSION}")
    request.add_header("Accept", ACCEPT)
    request.add_header("Accept-Encoding", "gzip")
    if secret.password:
        request.add_header("Authorization", "Basic " + b64encode(f"{secret.user}:{secret.password}".encode()).decode())
    for word, tag in (("If-None-Match", "ETag"), ("If-Modified-Since", "Last-Modified")):
        if tags.get(tag):
            request.add_header(word, tags[tag])
    try:
        with urllib.request.build_opener(_Redirects).open(request, timeout=wait_s) as response:
            body = _read(response, url)
            found = {tag: response.headers[tag] for tag in ("ETag", "Last-Modified") if response.headers[tag]}
            crs = response.headers.get("Content-Crs", "")
            return body, response.headers.get("Content-Type", "") + (f"; crs={crs}" if crs else ""), found
    except urllib.error.HTTPError as error:
        if error.code == 304 and tags:
            return None
        raise _refused(url, plain, f"{error.code} {error.reason}") from error
    except urllib.error.URLError as error:
        raise _refused(url, plain, str(getattr(error.reason, "strerror", None) or error.reason)) from error
    except _GONE as error:
        raise _refused(url, plain, str(error) or type(error).__name__) from error


def _read(response: Any, url: str) -> bytes:
    parts, size = [], 0
    while chunk := response.read(_CHUNK):
        parts.append(chunk)
        size += len(chunk)
        if size > MOST_BYTES:
            raise SourceError(
                f"{shown(url)} answers with more than {MOST_BYTES / 2**30:.0f} GB.", hint="Ask for a part."
            )
    body = b"".join(parts)
    stated = response.headers.get("Content-Length")
    if stated and stated.isdigit() and int(stated) != size:
        raise http.client.IncompleteRead(b"", int(stated) - size)
    return gzip.decompress(body) if response.headers.get("Content-Encoding") == "gzip" else body


def _refused(url: str, plain: str, why: str) -> SourceError:
    return SourceError(
        f"{shown(url)} gives no answer that can be used ({why}).",
        hint="Look at the address and the network; what was read last stays as it is.",
        path=plain,
    )


def _kept(copy: Copy, body: bytes, *, is_new: bool, before: Copy | None = None) -> Copy:
    """Write a copy whole or not at all, and what is known of it."""
    copy = Copy(copy.url, copy.file, copy.digest, copy.tags, time.time())
    folder = copies_folder()
    try:
        copy.path.parent.mkdir(parents=True, exist_ok=True)
        if is_new:
            _write(copy.path, body)
        _write(_facts_path(copy.url), msgspec.json.encode(copy))
    except OSError as error:
        raise SourceError(
            f"The copy of {copy.url} cannot be written ({error.strerror or error}).", hint=f"Make room: {folder}"
        ) from error
    if is_new and before is not None and before.file != copy.file:
        _forget_old(folder, copy, before)
    return copy


def _forget_old(folder: Path, copy: Copy, before: Copy) -> None:
    """Remove copies before the last: that one may just be being read."""
    last = {copy.path.parent, before.path.parent}
    for path in folder.glob(f"{_key(copy.url)}-*"):
        if path not in last:
            shutil.rmtree(path, ignore_errors=True)


def _write(path: Path, body: bytes) -> None:
    beside = path.with_name(f"{path.name}.{os.getpid()}.part")
    beside.write_bytes(body)
    beside.replace(path)


def _key(plain: str) -> str:
    return hashlib.blake2b(plain.encode(), digest_size=5).hexdigest()


def _facts_path(plain: str) -> Path:
    return copies_folder() / f"{_key(plain)}.json"


def _beginning(body: bytes) -> str:
    text = re.sub(r"\s+", " ", body[:60].decode("utf-8", "replace")).strip()
    return f"it begins with: {text}" if text else "it is empty"
