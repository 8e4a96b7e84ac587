"""Which encoding a text is in, as far as its bytes prove it."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

LOOKED_AT_BYTES = 2_000_000
"""Beyond UTF-8, a sample of this size decides."""
_PIECE_BYTES = 1_000_000
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_WIDE_RUN = re.compile("[\u3001-\u30ff\u3400-\u9fff\uff01-\uff60]+")
_HALF_WIDTH = re.compile("[\uff61-\uff9f]")
_FEWEST_IN_A_RUN = 1.7
"""Chinese and Japanese stand in words; accents that happen to look like them stand alone."""
_COMMON_GB = re.compile(rb"[\xb0-\xf7][\xa1-\xfe]|[\xa1-\xa3][\xa1-\xfe]")
_ANY_GB = re.compile(rb"[\x81-\xfe][\x40-\x7e\x80-\xfe]")


@dataclass(frozen=True, slots=True)
class Decoded:
    """A text as UTF-8 without byte order mark, and what it was in."""

    utf8: bytes
    encoding: str
    is_proven: bool
    """Whether the bytes leave no doubt; cp1252 is what is left when nothing else fits."""


def decoded(data: bytes) -> Decoded:
    """Return a text's bytes as UTF-8; characters that its encoding does not have become U+FFFD."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            if encoding == "utf-8":
                return _whole(data[len(mark) :])
            return Decoded(data.decode(encoding, "replace").encode(), encoding, is_proven=True)
    wide = _utf16_without_mark(data)
    if wide:
        return Decoded(data.decode(wide, "replace").encode(), wide, is_proven=True)
    if _is_utf8(data):
        return Decoded(data, "utf-8", is_proven=True)
    encoding = _eastern(data[: data.rfind(b"\n", 0, LOOKED_AT_BYTES) + 1] or data) or "cp1252"
    return Decoded(data.decode(encoding, "replace").encode(), encoding, is_proven=encoding != "cp1252")


def _whole(data: bytes) -> Decoded:
    if _is_utf8(data):
        return Decoded(data, "utf-8", is_proven=True)
    return Decoded(data.decode("utf-8", "replace").encode(), "utf-8", is_proven=True)


def _is_utf8(data: bytes) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for start in range(0, len(data), _PIECE_BYTES):
            decoder.decode(data[start : start + _PIECE_BYTES])
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _utf16_without_mark(data: bytes) -> str | None:
    head = data[:4096]
    if len(head) < 4 or len(data) % 2:
        return None
    even, odd = head[0::2].count(0) / (len(head) / 2), head[1::2].count(0) / (len(head) / 2)
    if odd > 0.4 and even < 0.1:
        return "utf-16-le"
    return "utf-16-be" if even > 0.4 and odd < 0.1 else None


def _eastern(data: bytes) -> str | None:
    """Return "cp932" (Shift-JIS) or "gb18030" where the bytes are words in it; None where they are not."""
    if _is_words(data, "cp932"):
        text = data.decode("cp932")
        wide = sum(map(len, _WIDE_RUN.findall(text)))
        if len(_HALF_WIDTH.findall(text)) <= 0.2 * wide:
            return "cp932"
    pairs = len(_ANY_GB.findall(data))
    if pairs and _is_words(data, "gb18030") and len(_COMMON_GB.findall(data)) >= 0.8 * pairs:
        return "gb18030"
    return None


def _is_words(data: bytes, encoding: str) -> bool:
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        return False
    runs = _WIDE_RUN.findall(text)
    return bool(runs) and sum(map(len, runs)) / len(runs) >= _FEWEST_IN_A_RUN
