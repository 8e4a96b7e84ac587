"""The bytes of a recording: groups of zstd frames, each followed by a skippable frame that says what is in it.

Groups can be read by themselves, so `zstdcat FILE | jq` reads all of it, and a seek reads one. A group that was not
ended (a kill, a full disk) is readable up to its last whole block; `mended_size` says where that is.
Formats: RFC 8878, Zstandard frames (3.1.1), blocks (3.1.1.2) and skippable frames (3.1.2).
"""

from __future__ import annotations

import mmap
import struct
from dataclasses import dataclass
from pathlib import Path

import msgspec

MAGIC, SKIPPABLE = b"\x28\xb5\x2f\xfd", b"\x50\x2a\x4d\x18"
EMPTY_LAST_BLOCK = b"\x01\x00\x00"
"""Ends a frame whose blocks were all written."""
_TRAILER = b"ctwn"
"""Ends the skippable frame, behind the length of its JSON: it can be found from the end of the file."""


class Group(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is in a group."""

    begin_s: float
    end_s: float
    offset: int = 0
    size: int = 0
    """Bytes of the zstd frame."""
    messages: int = 0
    observations: int = 0
    malformed: int = 0
    bytes: int = 0
    """Bytes of the messages on their way."""
    a_second: tuple[int, ...] = ()
    """Messages in each second from begin_s on; in each bin_s of them, where the group is long."""
    bin_s: int = 1
    is_ended: bool = True
    """False: the writer was stopped before it ended the group."""
    gap_s: float = 0.0
    """The longest time without a message in it."""
    gap_begin_s: float = 0.0
    crc32: int | None = None
    """Of the bytes of the frame, where its writer ended it."""


@dataclass(frozen=True, slots=True)
class Walked:
    """A frame as its block headers tell it."""

    end: int
    """Where it ends; for a frame that was not ended, where its last whole block does."""
    is_ended: bool


def trailer_of(group: Group) -> bytes:
    """Return the skippable frame that follows a group."""
    text = msgspec.json.encode(group)
    content = text + struct.pack("<I", len(text)) + _TRAILER
    return SKIPPABLE + struct.pack("<I", len(content)) + content


def walked(data: bytes | mmap.mmap, begin: int) -> Walked:
    """Walk over the blocks of the zstd frame that begins at a place, without decompressing anything."""
    place, end = begin + _header_size(data, begin), len(data)
    while place + 3 <= end:
        header = int.from_bytes(data[place : place + 3], "little")
        is_last, kind, size = header & 1, header >> 1 & 3, header >> 3
        if kind == 3 or place + 3 + (1 if kind == 1 else size) > end:
            break
        place += 3 + (1 if kind == 1 else size)
        if is_last:
            return Walked(place, is_ended=True)
    return Walked(min(place, end), is_ended=False)


def _header_size(data: bytes | mmap.mmap, begin: int) -> int:
    descriptor = data[begin + 4] if begin + 4 < len(data) else 0
    is_single = descriptor >> 5 & 1
    of_content = (is_single, 2, 4, 8)[descriptor >> 6]
    return 5 + (1 - is_single) + (0, 1, 2, 4)[descriptor & 3] + of_content


def read_groups(path: Path) -> list[Group]:
    """Return the groups of a file in the order they were written, the last without its facts if it was not ended.

    The index is read from the end, trailer by trailer; what has none is walked over.
    """
    if path.stat().st_size == 0:
        return []
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        return _by_trailers(data) or _by_walking(data)


def _by_trailers(data: mmap.mmap) -> list[Group]:
    groups, end = [], len(data)
    while end > 0:
        found = _trailer_before(data, end)
        if found is None:
            return []
        group, begin = found
        if begin - group.size < 0 or data[begin - group.size : begin - group.size + 4] != MAGIC:
            return []
        groups.append(msgspec.structs.replace(group, offset=begin - group.size))
        end = begin - group.size
    return groups[::-1]


def _trailer_before(data: mmap.mmap, end: int) -> tuple[Group, int] | None:
    if end < 16 or data[end - 4 : end] != _TRAILER:
        return None
    length = struct.unpack("<I", data[end - 8 : end - 4])[0]
    begin = end - 8 - length - 8
    if begin < 0 or data[begin : begin + 4] != SKIPPABLE:
        return None
    return _group_of(data[end - 8 - length : end - 8], begin)


def _group_of(text: bytes, begin: int) -> tuple[Group, int] | None:
    try:
        return msgspec.json.decode(text, type=Group), begin
    except (msgspec.DecodeError, msgspec.ValidationError):
        return None


def _by_walking(data: mmap.mmap) -> list[Group]:
    """Return the groups of a file that was not ended, or is damaged.

    Trailers are looked for, each says how large its group is; between them frames are walked over, and say only where
    they are. So one broken byte takes no other group with it.
    """
    groups: list[Group] = []
    place, at = 0, data.find(SKIPPABLE)
    while at >= 0:
        end = at + 8 + (struct.unpack("<I", data[at + 4 : at + 8])[0] if at + 8 <= len(data) else 0)
        found = _trailer_before(data, end) if end <= len(data) else None
        if found is not None and found[1] == at and place <= at - found[0].size:
            groups += _frames_between(data, place, at - found[0].size)
            groups.append(msgspec.structs.replace(found[0], offset=at - found[0].size))
            place = end
        at = data.find(SKIPPABLE, max(at + 4, place))
    return groups + _frames_between(data, place, len(data))


def _frames_between(data: mmap.mmap, place: int, end: int) -> list[Group]:
    """Return the frames without a trailer."""
    groups: list[Group] = []
    while (place := data.find(MAGIC, place, end)) >= 0:
        frame = walked(data, place)
        size = min(frame.end, end) - place
        groups.append(Group(float("nan"), float("nan"), place, size, is_ended=frame.is_ended and frame.end <= end))
        place += max(size, 4)
    return groups
