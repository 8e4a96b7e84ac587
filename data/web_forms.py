"""What an answer over HTTP is: which kind of file, whether there are further pages, and all pages as one file."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from urllib.parse import urlsplit

import msgspec

MAGIC = (
    (b"fgb\x03fgb", ".fgb"), (b"PAR1", ".parquet"), (b"SQLite format 3\x00", ".gpkg"), (b"PK\x03\x04", ".zip"),
    (b"ARROW1", ".arrow"),
)  # fmt: skip
TEXT = {".csv": ".csv", ".tsv": ".tsv", ".gml": ".gml", ".xml": ".xml", ".kml": ".kml", ".geojsonl": ".geojsonl"}
_KNOWN_CRS = re.compile(r"crs=<?[^>;]*?/(EPSG|OGC)/[^/]*/(\w+)>?")


class Link(msgspec.Struct):
    """A link of OGC API Features."""

    href: str = ""
    rel: str = ""
    type: str = ""


class _Answer(msgspec.Struct):
    type: str = ""
    links: list[Link] | msgspec.UnsetType = msgspec.UNSET
    features: msgspec.Raw = msgspec.Raw()
    crs: msgspec.Raw = msgspec.Raw()


@dataclass(frozen=True, slots=True)
class Page:
    """One answer."""

    body: bytes
    features: bytes = b""
    """The array of features as it was written, of GeoJSON that has links."""
    following: str = ""
    """The link to the next page; "" where this is the last, or the only one."""
    items: str = ""
    """The link to the rows, where this is only the entry."""
    crs: bytes = b""
    """The crs member, or what the server says beside the answer."""

    @property
    def is_entry(self) -> bool:
        """Return whether the rows lie behind a link."""
        return bool(self.items)


def page_of(body: bytes, kind: str) -> Page:
    """Return what an answer is; one that is no GeoJSON with links is a page of its own."""
    if body[:1] not in (b"{", b"\xef", b" ", b"\n", b"\r"):
        return Page(body)
    try:
        answer = msgspec.json.decode(body.removeprefix(b"\xef\xbb\xbf"), type=_Answer)
    except msgspec.MsgspecError:
        return Page(body)
    links = [] if answer.links is msgspec.UNSET else answer.links
    crs = bytes(answer.crs) or _stated_crs(kind)
    if answer.type == "FeatureCollection":
        following = next((link.href for link in links if link.rel == "next" and link.href), "")
        if crs and not bytes(answer.crs):
            body = joined_pages([Page(body, bytes(answer.features), "", "", crs)])
        return Page(body, bytes(answer.features), following, "", crs)
    items = [link for link in links if link.rel == "items" and link.href]
    items.sort(key=lambda link: "geo+json" not in link.type)
    return Page(body, items=items[0].href if items else "")


def _stated_crs(kind: str) -> bytes:
    """Return the crs member for what Content-Crs says; b"" for longitude and latitude."""
    found = _KNOWN_CRS.search(kind)
    if found is None or found[1] == "OGC":
        return b""
    return msgspec.json.encode({"type": "name", "properties": {"name": f"urn:ogc:def:crs:EPSG::{found[2]}"}})


def joined_pages(pages: Sequence[Page]) -> bytes:
    """Return one GeoJSON of all features, as they were written."""
    arrays = [page.features.strip()[1:-1].strip() for page in pages if page.features]
    crs = next((page.crs for page in pages if page.crs), b"")
    head = b'{"type":"FeatureCollection",' + (b'"crs":' + crs + b"," if crs else b"")
    return head + b'"features":[' + b",\n".join(a for a in arrays if a) + b"]}"


def suffix_of(body: bytes, kind: str, url: str) -> str:
    """Return the suffix of the file that an answer is; "" where it is none that holds a map."""
    for magic, suffix in MAGIC:
        if body.startswith(magic):
            return suffix
    head = body[:4096].removeprefix(b"\xef\xbb\xbf").lstrip()
    named = PurePosixPath(urlsplit(url).path).suffix.lower()
    if head[:1] in (b"{", b"["):
        return named if named in (".topojson", ".geojsonl", ".json", ".geojson") else ".geojson"
    if head[:1] == b"<":
        is_page = re.match(rb"(?i)<(!doctype html|html)", head) is not None
        return "" if is_page else named if named in (".gml", ".kml", ".xml") else ".gml"
    is_text = b"\x00" not in head and b"\n" in head
    if "csv" in kind or named in (".csv", ".tsv") or (is_text and re.search(rb"(?i)\b(MULTI)?POLYGON\b", body[:65536])):
        return ".tsv" if named == ".tsv" else ".csv"
    return TEXT.get(named, "") if is_text else ""
