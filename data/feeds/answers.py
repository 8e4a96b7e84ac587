"""What an answer over HTTP is: JSON, CSV, GTFS-Realtime, the entry page of GBFS or SensorThings, or a web page."""

from __future__ import annotations

import csv
import io
import re
from contextlib import suppress
from enum import StrEnum
from typing import Any

import msgspec

from data.feeds.inbox import Rows

_SNIFFED = 64 * 1024
_MOST_CELLS = 2_000_000
_NUMBER = re.compile(r"-?(?:0|[1-9]\d{0,17})(?:\.\d+)?(?:[eE][-+]?\d{1,3})?")


class Answer(StrEnum):
    """The kinds of answer that are told apart."""

    JSON = "json"
    CSV = "csv"
    GTFS_REALTIME = "gtfs-rt"
    GBFS = "gbfs"
    SENSORTHINGS = "sensorthings"
    PAGE = "page"
    UNKNOWN = "unknown"


def kind_of(payload: bytes, content_type: str = "", url: str = "") -> Answer:
    """Return what an answer is, by what stands in it, then by what it is called."""
    name, called = url.split("?", maxsplit=1)[0].lower(), content_type.split(";", maxsplit=1)[0].strip().lower()
    start = payload.lstrip(b"\xef\xbb\xbf \t\r\n")[:512]
    if start[:1] in {b"{", b"["}:
        return _kind_of_json(payload)
    if (
        "protobuf" in called
        or name.endswith((".pb", ".pbf", ".proto"))
        or (payload[:1] == b"\x0a" and b"\0" in payload)
    ):
        return Answer.GTFS_REALTIME
    if start[:1] == b"<" or "html" in called:
        return Answer.PAGE
    if "csv" in called or name.endswith((".csv", ".tsv", ".txt")) or _has_columns(start):
        return Answer.CSV
    if called == "application/octet-stream" and payload[:1] == b"\x0a":
        return Answer.GTFS_REALTIME
    return Answer.UNKNOWN


def _kind_of_json(payload: bytes) -> Answer:
    if len(payload) > _SNIFFED * 16:
        return Answer.JSON
    try:
        document: Any = msgspec.json.decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return Answer.JSON
    if not isinstance(document, dict):
        return Answer.JSON
    if isinstance(document.get("data"), dict) and gbfs_feeds(document):
        return Answer.GBFS
    places = document.get("value")
    if isinstance(places, list) and {"Datastreams", "Things"} <= {p.get("name") for p in places if isinstance(p, dict)}:
        return Answer.SENSORTHINGS
    return Answer.JSON


def gbfs_feeds(document: dict[str, Any]) -> dict[str, str]:
    """Return the addresses of a GBFS entry page by name: English if there are several languages."""
    data = document.get("data")
    if not isinstance(data, dict):
        return {}
    languages = [data, data.get("en"), *data.values()]  # version 3 has no languages
    lists = (one.get("feeds") for one in languages if isinstance(one, dict))
    feeds = next((one for one in lists if isinstance(one, list)), [])
    pairs = [(f.get("name"), f.get("url")) for f in feeds if isinstance(f, dict)]
    return {name: url for name, url in pairs if isinstance(name, str) and isinstance(url, str)}


def _has_columns(start: bytes) -> bool:
    head = start.split(b"\n")[0]
    return any(head.count(mark) for mark in (b",", b";", b"\t")) and b"{" not in head


def rows_of_csv(payload: bytes) -> Rows:
    """Return a table's rows: separator and charset as found.

    A header with dots ("vehicle_type.count") stays one name: its dots become "_".
    """
    try:
        text = payload.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = payload.decode("utf-16" if payload[:2] in {b"\xff\xfe", b"\xfe\xff"} else "cp1252", "replace")
    head = text.partition("\n")[0]
    separator = max(",;\t|", key=head.count)
    reader = csv.reader(io.StringIO(text, newline=None), delimiter=separator)
    rows: Rows = []
    with suppress(csv.Error):  # a cell of more than 128 kB: what stands before it is used
        names = [name.strip().replace(".", "_") for name in next(reader, [])]
        most = _MOST_CELLS // max(len(names), 1)
        for cells in reader:
            if cells and len(rows) < most:
                rows.append({name: _cell(cell) for name, cell in zip(names, cells, strict=False)})
    return rows


def _cell(text: str) -> float | str | None:
    """Return a number where a cell holds one; what begins with zeros is a name: "00000109"."""
    text = text.strip()
    if not _NUMBER.fullmatch(text):
        return text or None
    return float(text) if "." in text or "e" in text.lower() else int(text)
