"""What a live plugin was told over the network, kept in a file and told again without the network.

It covers urllib.request.urlopen, which the guide recommends; other ways of talking are not recorded.
"""

from __future__ import annotations

import base64
import io
import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import Message
from pathlib import Path
from typing import Any
from urllib.response import addinfourl


@contextmanager
def network_record(record: str | None, replay: str | None) -> Iterator[None]:
    """Record what urlopen answers, or answer from such a record, inside the block."""
    if not record and not replay:
        yield
        return
    real = urllib.request.urlopen
    tape = _Replay(Path(str(replay))) if replay else _Record(Path(str(record)), real)
    urllib.request.urlopen = tape
    try:
        yield
    finally:
        urllib.request.urlopen = real


def _asked(url: Any) -> str:
    return url if isinstance(url, str) else f"{url.get_method()} {url.full_url}"


class _Record:
    def __init__(self, path: Path, real: Any) -> None:
        self._path, self._real = path, real
        self._path.write_text("", encoding="utf-8")

    def __call__(self, url: Any, *arguments: Any, **options: Any) -> Any:
        with self._real(url, *arguments, **options) as answer:
            body, status, headers = answer.read(), answer.status, dict(answer.headers.items())
        entry = {"asked": _asked(url), "status": status, "headers": headers, "body": base64.b64encode(body).decode()}
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(entry) + "\n")
        return _answer(entry, body)


class _Replay:
    """Answers each address with what it answered then, in that order; the last answer again when there are no more."""

    def __init__(self, path: Path) -> None:
        self._entries: dict[str, list[dict[str, Any]]] = {}
        for line in path.read_text(encoding="utf-8").splitlines():
            entry = json.loads(line)
            self._entries.setdefault(entry["asked"], []).append(entry)

    def __call__(self, url: Any, *_arguments: Any, **_options: Any) -> Any:
        waiting = self._entries.get(_asked(url))
        if not waiting:
            raise urllib.error.URLError(f"the record has no answer for {_asked(url)}")
        entry = waiting.pop(0) if len(waiting) > 1 else waiting[0]
        return _answer(entry, base64.b64decode(entry["body"]))


def _answer(entry: dict[str, Any], body: bytes) -> addinfourl:
    headers = Message()
    for name, value in entry["headers"].items():
        headers[name] = value
    return addinfourl(io.BytesIO(body), headers, entry["asked"].rpartition(" ")[2], entry["status"])
