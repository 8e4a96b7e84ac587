"""Writes what a feed said, as it comes: append-only, on disk twice a second, in groups that can be read alone."""

from __future__ import annotations

import contextlib
import os
import shutil
import time
import zlib
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

import msgspec
import zstandard

from data.recording_files import is_written, lock, shortened
from data.recording_frames import EMPTY_LAST_BLOCK, Group, read_groups, trailer_of
from data.recording_lines import VERSION, Line, Writer, encoded
from twin.entities import DAY_S, Entities, EntityBatch
from twin.errors import FeedError
from twin.feed import FeedState, FeedWish

ENDING = ".jsonl.zst"
ENDINGS = (ENDING, ".ctrec")
"""What names of recordings end in; what is in them is the same."""
FLUSH_S = 0.5
"""How long a line may wait before it is on disk."""
GROUP_S, GROUP_BYTES = 30.0, 2 * 2**20
"""A group ends after this long or this many bytes of lines: a seek reads half of one."""
KEY_PART = 4
"""A group is at least this many times as large as its keyframe."""
RETRY_S = 10.0
TOLD_S = 30.0
"""How long it is told that a recording was begun anew."""
PURGE_S = 3600.0
"""How often what may no longer be kept is left out."""
GROUPS_KEPT = 24
"""Where a feed's policy says how long it is kept, a group is at most this part of that time long."""
MOST_BINS = 120
"""Parts of a group whose messages are counted apart."""
LEVEL, WINDOW_LOG = 3, 18
"""The compressor looks back 256 kB: with its usual 2 MB recordings are 1.3 % larger, and its memory goes on growing
for as many minutes as a quiet feed takes to say so much."""


class Recorder:
    """Records one feed to one file. Not safe between threads."""

    def __init__(self, path: Path, wish: FeedWish) -> None:
        """Open the file, mending one whose writer was killed; what is in it stays.

        raises   FeedError  it cannot be written, or is no recording
        """
        self.path = path
        self.trouble = ""
        """A sentence, if nothing can be written at the moment."""
        self.written = 0
        """Bytes in the file."""
        self.wish = wish
        """Written down where each group begins."""
        self._writer = Writer()
        self._zstd = zstandard.ZstdCompressor(
            compression_params=zstandard.ZstdCompressionParameters.from_level(
                LEVEL, window_log=WINDOW_LOG, write_content_size=False
            )
        )
        """One for all groups: its memory is taken once."""
        self._pending: list[bytes] = []
        """Lines, as they will be written."""
        self._compressor: zstandard.ZstdCompressionObj | None = None
        self._group = Group(0.0, 0.0)
        self._seconds: list[int] = []
        self._group_bytes = self._key_bytes = self._crc = 0
        self._moved, self._told_s = "", 0.0
        self._last_message_s = 0.0
        self._flushed_s = self._retry_at_s = self._purge_at_s = 0.0
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file: BinaryIO | None = _opened(path)
        except OSError as error:
            raise FeedError(
                f"The recording cannot be written ({error.strerror}).", hint="Choose another place.", path=str(path)
            ) from error
        self.written = self._file.tell()

    def add(
        self, batch: EntityBatch | None, entities: Entities, at_s: float, *, messages: int, size: int, malformed: int
    ) -> None:
        """Take a batch, before or after the entities took it: a keyframe is written where a group begins.

        entities   as they were before this batch
        """
        if self._file is None and not self._taken_up(at_s):
            return
        if self._compressor is not None and at_s < self._group.end_s:  # the clock was set back
            self._flush()
            if self._compressor is not None:
                self._end()
        if self._file is None:
            return
        if self._compressor is None:
            self._begin(entities, at_s)
        if batch is None:
            line = Line(at_s, n=messages, bytes=size, malformed=malformed)
        else:
            line = self._writer.batch_line(batch, messages=messages, size=size, malformed=malformed)
        self._pending.append(encoded(line))
        self._note(at_s, messages, len(line.i or ()), size, malformed)

    def take_wish(self, wish: FeedWish) -> None:
        """Take what the feed has turned out to be; a group that says otherwise ends."""
        self.wish = wish
        if self._compressor is not None:
            self._flush()
        if self._compressor is not None:
            self._end()

    def tell(self, state: FeedState, reason: str, at_s: float) -> None:
        """Note how it stands with the feed."""
        if self._compressor is not None:
            self._pending.append(encoded(Line(at_s, state=state.value, reason=reason)))

    def mark(self, entities: Entities, state: FeedState, at_s: float) -> None:
        """Note that listening begins or ends, also where nothing came: what was silence can be told from that."""
        if self._file is None and not self._taken_up(at_s):
            return
        if self._compressor is None:
            self._begin(entities, at_s)
        self._pending.append(encoded(Line(at_s, state=state.value)))

    def tick(self, at_s: float) -> None:
        """Write what waits, if it is time; called often."""
        if at_s >= self._purge_at_s:
            self._purge_at_s = at_s + PURGE_S
            self._purge(at_s)
        if self._moved and time.monotonic() - self._told_s > TOLD_S:
            self._moved = self.trouble = ""
        if self._file is None or self._compressor is None:
            return
        if time.monotonic() - self._flushed_s >= FLUSH_S:
            self.flush(at_s)

    def flush(self, at_s: float) -> None:
        """Write what waits, and end the group if it is large or long enough."""
        if self._file is None or self._compressor is None:
            return
        self._flushed_s = time.monotonic()
        self._flush()
        is_full = self._group_bytes > max(GROUP_BYTES, KEY_PART * self._key_bytes)
        is_long = at_s - self._group.begin_s > GROUP_S and self._group_bytes > KEY_PART * self._key_bytes
        keep_s = self.wish.privacy.keep_days * DAY_S
        is_long |= 0 < max(keep_s / GROUPS_KEPT, GROUP_S) < at_s - self._group.begin_s and keep_s > 0
        if is_full or is_long or at_s < self._group.begin_s:
            self._end()

    def close(self) -> None:
        """End the recording; it can be gone on with later."""
        self._end_group()
        if self._file is not None:
            self._file.close()
            self._file = None

    def _purge(self, at_s: float) -> None:
        """Leave out of the file what may no longer be kept; what cannot be left out now is tried again in an hour."""
        keep_s = self.wish.privacy.keep_days * DAY_S
        if keep_s <= 0:
            return
        self._end_group()
        if self._file is None:  # the disk is full
            return
        from data.recording import Recording  # noqa: PLC0415  it knows what is written here

        try:
            groups = Recording(self.path).groups
        except FeedError:  # nothing is in it yet
            return
        if not any(g.end_s < at_s - keep_s for g in groups):
            return
        if all(g.end_s < at_s - keep_s for g in groups):
            self._file.seek(0)
            self._file.truncate()
            self.written = 0
            return
        self._file.close()
        self._file = None
        with contextlib.suppress(OSError):
            shortened(self.path, groups, at_s - keep_s)
        self._retry_at_s = 0.0
        if self._taken_up(at_s):
            self.written = self.path.stat().st_size

    # groups

    def _end_group(self) -> None:
        if self._compressor is not None:
            self._flush()
        if self._compressor is not None:
            self._end()

    def _begin(self, entities: Entities, at_s: float) -> None:
        assert self._file is not None
        self._compressor = self._zstd.compressobj()
        self._group = Group(at_s, at_s, self._file.tell())
        self._seconds, self._group_bytes, self._last_message_s, self._crc = [], 0, at_s, 0
        # Two groups may not begin with the same line: what a feed is called stands in each.
        told = msgspec.to_builtins(replace(self.wish, is_recorded=True))
        # Written down at once: as lists of numbers, keyframes that wait are ten times as large.
        self._pending = [
            encoded(Line(at_s, feed=told, version=VERSION)),
            encoded(self._writer.key_line(entities, at_s)),
        ]
        self._key_bytes = sum(map(len, self._pending))

    def _note(self, at_s: float, messages: int, observations: int, size: int, malformed: int) -> None:
        group = self._group
        second = int(max(at_s - group.begin_s, 0.0))
        if second < 100_000:
            self._seconds += [0] * (second + 1 - len(self._seconds))
            self._seconds[second] += messages
        gap_s, gap_begin_s = group.gap_s, group.gap_begin_s
        if messages and at_s - self._last_message_s > gap_s:
            gap_s, gap_begin_s = at_s - self._last_message_s, self._last_message_s
        if messages:
            self._last_message_s = at_s
        self._group = msgspec.structs.replace(
            group,
            end_s=at_s,
            messages=group.messages + messages,
            observations=group.observations + observations,
            bytes=group.bytes + size,
            malformed=group.malformed + malformed,
            gap_s=gap_s,
            gap_begin_s=gap_begin_s,
        )

    def _flush(self) -> None:
        lines, self._pending = self._pending, []
        if not lines or self._compressor is None:
            return
        text = b"".join(lines)
        self._group_bytes += len(text)
        data = self._compressor.compress(text) + self._compressor.flush(zstandard.COMPRESSOBJ_FLUSH_BLOCK)
        self._crc = zlib.crc32(data, self._crc)
        self._write(data)

    def _end(self) -> None:
        assert self._compressor is not None
        assert self._file is not None
        data, self._compressor = self._compressor.flush(), None
        bin_s = 1 + len(self._seconds) // MOST_BINS
        counts = tuple(sum(self._seconds[i : i + bin_s]) for i in range(0, len(self._seconds), bin_s))
        size = self._file.tell() + len(data) - self._group.offset
        group = msgspec.structs.replace(self._group, size=size, a_second=counts, bin_s=bin_s)
        group = msgspec.structs.replace(group, crc32=zlib.crc32(data, self._crc))
        self._write(data + trailer_of(group))

    def _write(self, data: bytes) -> None:
        assert self._file is not None
        before = self._file.tell()
        try:
            self._file.write(data)
            self._file.flush()
        except OSError as error:
            self._give_up(before, error)
        else:
            self.written = before + len(data)
            if not _is_at(self._file, self.path):
                self._begin_elsewhere()

    # trouble

    def _give_up(self, whole: int, error: OSError) -> None:
        """Leave the file as it was after the last whole block; the feed goes on, and it is tried again."""
        assert self._file is not None
        self._compressor, self._pending = None, []
        with contextlib.suppress(OSError):  # what is too much is skipped by readers
            os.ftruncate(self._file.fileno(), whole)
        with contextlib.suppress(OSError):
            self._file.close()
        self._file = None
        self._retry_at_s = time.monotonic() + RETRY_S
        free = _free_bytes(self.path)
        why = "the disk is full" if free < 2**20 else str(error.strerror or error)
        self.trouble = f"Recording stopped: {why}. The feed goes on, and recording is tried again. ({self.path})"

    def _begin_elsewhere(self) -> None:
        """Begin a new file where the one that was written to has been moved or removed."""
        assert self._file is not None
        self._compressor, self._pending = None, []
        with contextlib.suppress(OSError):
            self._file.close()
        self._file, self._retry_at_s = None, 0.0
        self._moved = f"The recording was moved or removed while it was written: it is begun anew. ({self.path})"
        self.trouble, self._told_s = self._moved, time.monotonic()

    def _taken_up(self, at_s: float) -> bool:
        """Open the file again after a failure, if it is time; False while that does not work."""
        if time.monotonic() < self._retry_at_s or at_s < 0:
            return False
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._file = _opened(self.path)
        except (OSError, FeedError) as error:
            self.trouble = self.trouble or str(error)
            self._retry_at_s = time.monotonic() + RETRY_S
            return False
        self.trouble = self._moved
        return True


def _is_at(file: BinaryIO, path: Path) -> bool:
    """Return whether a file is still the one of that name."""
    try:
        there, here = path.stat(), os.fstat(file.fileno())
    except OSError:
        return False
    return (there.st_ino, there.st_dev) == (here.st_ino, here.st_dev)


def _free_bytes(path: Path) -> int:
    try:
        return shutil.disk_usage(path.parent).free
    except OSError:
        return 0


def _opened(path: Path) -> BinaryIO:
    """Open a recording to go on with: a group that was not ended is ended where its last whole block is.

    raises   OSError    it cannot be opened
             FeedError  there is something else in it
    """
    if is_written(path):
        raise FeedError(
            "The recording is being written by another citytwin.", hint="Choose another name.", path=str(path)
        )
    is_new = not path.exists() or path.stat().st_size == 0
    groups = [] if is_new else read_groups(path)
    if not is_new and not groups:
        raise FeedError(
            "There is a file of that name which is no recording.", hint="Choose another name.", path=str(path)
        )
    file = path.open("r+b" if not is_new else "w+b")
    lock(file)
    file.seek(0, os.SEEK_END)
    last = groups[-1] if groups else None
    if last is not None and not last.is_ended:
        file.seek(last.offset + last.size)
        file.truncate()
        file.write(EMPTY_LAST_BLOCK)
        file.flush()
    return file
