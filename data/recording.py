"""What a feed said, kept and replayed: any moment of it as the frame that was shown live."""

from __future__ import annotations

import bisect
import math
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import BinaryIO

import msgspec
import numpy as np
import zstandard

from data.privacy import shown_frame, stricter
from data.recording_frames import Group, read_groups
from data.recording_lines import Line, Reader, checked, decoded
from twin.entities import Entities, EntityBatch, EntityFrame, FloatArray
from twin.errors import FeedError
from twin.feed import FeedState, FeedWish, Privacy

GAP_S = 10.0
"""The least time without messages that is called a gap; feeds that say something seldom have longer ones."""
GAP_FACTOR = 5.0
FORWARD_S = 30.0
"""How far a player reads on rather than seeks."""
_WHOLE = 1 << 20
_READ = 1 << 15
"""Small, so that little is lost before a damaged place."""


@dataclass(frozen=True, slots=True)
class Gap:
    """A time without messages."""

    begin_s: float
    end_s: float


class Recording:
    """One recorded feed: when it begins and ends, how much was said when, and the frame of any moment."""

    def __init__(self, path: Path) -> None:
        """Open a recording; reads no more than its index.

        raises   FeedError  it is not there, or is no recording
        """
        self.path = path
        try:
            groups = read_groups(path)
        except OSError as error:
            raise FeedError(
                f"The recording cannot be read ({error.strerror}).", hint="Is its path right?", path=str(path)
            ) from error
        self._damaged: dict[int, Group] = {}
        """Groups that could not be read to their end, by their place in the file."""
        first = self._first_of(groups)
        if first is None and not path.stat().st_size:
            raise FeedError(
                "The recording is empty.",
                hint="Nothing came while it was made, or it may no longer be kept.",
                path=str(path),
            )
        if first is None:
            raise FeedError(
                "This is no recording of a feed.",
                hint="Recordings are made with citytwin feed URL --record FILE.",
                path=str(path),
            )
        known = (self._known(group) for group in groups)
        self.groups = tuple(g for g in known if not math.isnan(g.begin_s))
        last = self._first_of(groups[::-1])
        self.wish = msgspec.convert((last and last.feed) or first.feed, FeedWish, strict=False)
        """The feed as it was recorded last: what it draws is known once something has come."""
        self.wishes = (msgspec.convert(first.feed, FeedWish, strict=False), self.wish)
        """The feed as it was recorded first and last: its policy may have changed."""
        self._begins = np.maximum.accumulate([g.begin_s for g in self.groups]).tolist()

    def _first_of(self, groups: Sequence[Group]) -> Line | None:
        """Return the line that says what is recorded, of the first group that can be read."""
        firsts = (next(self._lines(group), None) for group in groups)
        return next((line for line in firsts if line is not None and line.feed is not None), None)

    @property
    def trouble(self) -> str:
        """Return a sentence, if what was read so far was damaged; the rest is as it was."""
        parts = [g for g in self._damaged.values() if not math.isnan(g.begin_s)]
        if not self._damaged:
            return ""
        spans = [f"{_written(g.begin_s)} to {_written(g.end_s)}" for g in parts[:3]]
        where = f": {', '.join(spans)}{', …' if len(parts) > 3 else ''}" if spans else ""
        count = f"{len(self._damaged):,} parts are" if len(self._damaged) > 1 else "1 part is"
        return f"{count} damaged{where}. What can be read of them is shown, and everything else. ({self.path})"

    @property
    def begin_s(self) -> float:
        """Return when it begins, UTC epoch."""
        return min(g.begin_s for g in self.groups)

    @property
    def end_s(self) -> float:
        """Return when the last message came, UTC epoch."""
        return max(g.end_s for g in self._said or self.groups)

    @property
    def newest_s(self) -> float:
        """Return until when anything is known, also that nothing came."""
        return max(g.end_s for g in self.groups)

    @property
    def _said(self) -> list[Group]:
        """Return the groups with messages in them: others say only that someone listened."""
        return [g for g in self.groups if g.messages]

    @property
    def messages(self) -> int:
        """Return how many messages were recorded."""
        return sum(g.messages for g in self.groups)

    def histogram(self, begin_s: float, end_s: float, bins: int) -> FloatArray:
        """Return the number of messages (bins,) in each part of a time."""
        moments: list[FloatArray] = []
        counts: list[FloatArray] = []
        for group in self.groups:
            if group.end_s >= begin_s and group.begin_s <= end_s:
                moments.append(np.asarray(group.begin_s + np.arange(len(group.a_second)) * group.bin_s, float))
                counts.append(np.array(group.a_second, float))
        if not moments:
            return np.zeros(bins)
        return np.histogram(np.concatenate(moments), bins, (begin_s, end_s), weights=np.concatenate(counts))[0]

    def gaps(self) -> tuple[Gap, ...]:
        """Return the times in which nothing came, or nothing was recorded, that are longer than is usual here."""
        least_s = max(GAP_S, GAP_FACTOR * self._usual_spacing_s())
        inside = [Gap(g.gap_begin_s, g.gap_begin_s + g.gap_s) for g in self.groups if g.gap_s > least_s]
        order = sorted(self._said, key=lambda g: g.begin_s)
        between = [Gap(a.end_s, b.begin_s) for a, b in pairwise(order) if b.begin_s - a.end_s > least_s]
        return tuple(sorted(inside + between, key=lambda g: g.begin_s))

    def _usual_spacing_s(self) -> float:
        spaces = [np.diff(np.flatnonzero(g.a_second)) * g.bin_s for g in self.groups]
        every = np.concatenate(spaces) if spaces else np.empty(0)
        if not len(every):  # feeds that say something less often than a group lasts
            every = np.diff([g.begin_s for g in self.groups]) if len(self.groups) > 3 else every
        return float(np.median(every)) if len(every) else 0.0

    def frame(self, at_s: float) -> EntityFrame:
        """Return all entities at a moment, as they were shown then."""
        return Player(self).frame(at_s)

    def walk(self, entities: Entities) -> Iterator[tuple[Line, EntityBatch | None]]:
        """Yield every line with its batch in the order it was written; entities take the keyframes alone."""
        reader = Reader(entities)
        for group in self.groups:
            for line in self._lines(group):
                if line.feed is None:
                    yield line, reader.batch_of(line)
                if line.key:
                    reader.apply(line)

    def batches(self) -> Iterator[tuple[Line, EntityBatch | None]]:
        """Yield every line with its batch, in the order it was written."""
        reader = Reader(Entities(self.wish.id, expiry_s=self.wish.expiry_s))
        for group in self.groups:
            for line in self._lines(group):
                if line.key:
                    reader.apply(line)
                elif line.feed is None:
                    yield line, reader.batch_of(line)

    # groups

    def group_at(self, at_s: float) -> int:
        """Return which group holds a moment; the last written one, where clocks were set back; -1 before the first."""
        place = bisect.bisect_right(self._begins, at_s) - 1
        while place > 0 and self.groups[place].begin_s > at_s:
            place -= 1
        return place

    def lines(self, group: int) -> Iterator[Line]:
        """Yield the lines of a group, up to the first that is broken."""
        return self._lines(self.groups[group])

    def _lines(self, group: Group) -> Iterator[Line]:
        rest, names = b"", 0
        with self.path.open("rb") as file:
            is_sure = group.crc32 is not None and _crc32(file, group) == group.crc32
            file.seek(group.offset)
            left, decompressor = group.size, zstandard.ZstdDecompressor().decompressobj()
            while left > 0 and (data := file.read(min(_READ, left))):
                left -= len(data)
                try:
                    *texts, rest = (rest + decompressor.decompress(data)).split(b"\n")
                    for text in texts:
                        line = decoded(text)
                        names = names if is_sure else checked(line, names)
                        yield line
                except (zstandard.ZstdError, msgspec.DecodeError, msgspec.ValidationError, UnicodeDecodeError):
                    self._damaged[group.offset] = group
                    return  # what stands before it is used
        if left > 0 or (group.crc32 is not None and not is_sure):
            self._damaged[group.offset] = group

    def _known(self, group: Group) -> Group:
        """Return a group with its facts, read from its lines where its writer could not write them."""
        if not math.isnan(group.begin_s):
            return group
        lines = [line for line in self._lines(group) if line.at]
        if not lines:
            return group
        begin_s = lines[0].at
        seconds = np.bincount([int(max(li.at - begin_s, 0)) for li in lines], [li.n for li in lines]).astype(int)
        said = [li.at for li in lines if li.n]
        spaces = np.diff([begin_s, *said]) if said else np.zeros(1)
        longest = int(np.argmax(spaces))
        return msgspec.structs.replace(
            group,
            begin_s=begin_s,
            end_s=max(li.at for li in lines if not li.state),
            messages=sum(li.n for li in lines),
            observations=sum(len(li.i or ()) for li in lines),
            malformed=sum(li.malformed for li in lines),
            bytes=sum(li.bytes for li in lines),
            a_second=tuple(seconds.tolist()),
            gap_s=float(spaces[longest]),
            gap_begin_s=float([begin_s, *said][longest]),
        )


class Player:
    """Goes through a recording: on from where it is, or from anywhere."""

    def __init__(self, recording: Recording, policy: Privacy | None = None) -> None:
        """Start before the beginning.

        policy   the feed's now: the stricter of this and what was promised when it was recorded counts
        """
        self.recording = recording
        self._policy = stricter(recording.wish.privacy, policy or Privacy())
        self.state = FeedState.LIVE
        """How it stood with the feed at the moment shown."""
        self.reason = ""
        self._reader = self._fresh()
        self._group = -1
        self._lines: Iterator[Line] = iter(())
        self._next: Line | None = None
        self._at_s = -math.inf
        self.seen: set[str] = set()
        """The entities that were spoken of."""
        self.messages = self.malformed = self.bytes = 0
        """What came since this player was made, without what was jumped over."""

    @property
    def dropped(self) -> int:
        """Return how many observations had no room, as live."""
        return self._reader.entities.counts.dropped

    def _fresh(self) -> Reader:
        wish = self.recording.wish
        return Reader(Entities(wish.id, expiry_s=wish.expiry_s, is_renamed_daily=wish.privacy.is_id_hashed))

    def frame(self, at_s: float, *, is_through: bool = False) -> EntityFrame:
        """Return all entities at a moment, as they were shown then.

        is_through   nothing in between is jumped over, however much it is: all of it counts
        """
        self.go(at_s, is_through=is_through)
        frame, _ = shown_frame(self._reader.entities.frame(at_s), self._policy)
        return replace(frame, feed_id=self.recording.wish.id)

    def go(self, at_s: float, *, is_through: bool = False) -> None:
        """Go to a moment: what came until then is known, and nothing that came after."""
        group = self.recording.group_at(at_s)
        is_far = group > self._group + 1 or (at_s - self._at_s > FORWARD_S and group != self._group)
        if is_through and self._group < 0 <= group:
            self._jump(0)
        elif at_s < self._at_s or (is_far and not is_through):
            self._jump(group)
        self._at_s = at_s
        self._read_on(at_s)

    def _jump(self, group: int) -> None:
        self._reader, self._group, self._next = self._fresh(), group, None
        self._lines = self.recording.lines(group) if group >= 0 else iter(())

    def _read_on(self, at_s: float) -> None:
        while True:
            line = self._next or next(self._lines, None)
            self._next = None
            if line is None:
                following = self._group + 1
                if following >= len(self.recording.groups) or self.recording.groups[following].begin_s > at_s:
                    return
                self._group, self._lines = following, self.recording.lines(following)
                continue
            if line.at > at_s:
                self._next = line
                return
            self._take(line)

    def _take(self, line: Line) -> None:
        if line.state:
            self.state, self.reason = FeedState(line.state), line.reason
        elif line.feed is None:
            self._reader.apply(line)
            self.seen.update((line.ids if line.key else line.new) or ())
            self.messages += line.n
            self.malformed += line.malformed
            self.bytes += line.bytes


def _crc32(file: BinaryIO, group: Group) -> int:
    """Return the checksum of a group's bytes as they are."""
    file.seek(group.offset)
    left, crc = group.size, 0
    while left > 0 and (data := file.read(min(_WHOLE, left))):
        left, crc = left - len(data), zlib.crc32(data, crc)
    return crc


def _written(moment_s: float) -> str:
    return datetime.fromtimestamp(moment_s, tz=UTC).isoformat(sep=" ", timespec="seconds").removesuffix("+00:00")
