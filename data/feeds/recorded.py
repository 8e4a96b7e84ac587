"""file://: recordings, played at any speed; files of one message a line; files that are read again when they change."""

from __future__ import annotations

import asyncio
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from data.feeds.answers import Answer, kind_of, rows_of_csv
from data.feeds.inbox import MOST_MESSAGE_BYTES
from data.feeds.source import Link
from data.recorder import ENDINGS
from data.recording import Recording
from twin.errors import FeedError
from twin.feed import FeedState, Privacy

LINES = (".jsonl", ".ndjson")
LOOK_S = 0.5
"""How often a file is looked at."""
_AT_ONCE = 500


def path_of_url(url: str) -> Path:
    """Return the path that a file:// address names: file:///data/a.json, or file://a.json for one beside us."""
    parts = urlsplit(url)
    return Path(unquote(parts.netloc + parts.path))


def policy_of(url: str) -> Privacy:
    """Return the policy that a recording was made under: who plays it keeps what was promised then."""
    path = path_of_url(url)
    if not url.startswith("file:") or not path.name.endswith(ENDINGS):
        return Privacy()
    try:
        return Recording(path).wish.privacy
    except FeedError:  # told when it is played
        return Privacy()


class FileSource:
    """Reads one file."""

    def __init__(self, url: str) -> None:
        """Take the address apart."""
        self._path = path_of_url(url)
        words = parse_qs(urlsplit(url).query)
        try:
            self._speed = float(words.get("speed", ["1"])[0])
            self._rate = float(words.get("rate", ["0"])[0])
        except ValueError as error:
            raise FeedError("speed and rate are numbers.", hint="Write ?speed=10 or ?rate=100.") from error

    async def run(self, link: Link) -> None:
        """Play or read the file; returns at the end of a recording or of a file of lines.

        raises   FeedError  it is not there, or no recording
        """
        if not self._path.is_file():
            raise FeedError(
                "There is no such file.",
                hint="A file's address looks like file:///data/day.jsonl.zst.",
                path=str(self._path),
            )
        if self._path.name.endswith(ENDINGS):
            await self._play(link)
        elif self._path.suffix.lower() in LINES:
            await self._lines(link)
        else:
            await self._watch(link)

    async def _play(self, link: Link) -> None:
        recording = await asyncio.to_thread(Recording, self._path)
        link.tell(FeedState.LIVE, "")
        clock = asyncio.get_running_loop().time
        begin, first_s = clock(), recording.begin_s
        for line, batch in recording.batches():
            if self._speed > 0:
                wait_s = (line.at - first_s) / self._speed - (clock() - begin)
                if wait_s > 0:
                    await asyncio.sleep(wait_s)
            if batch is not None:
                link.inbox.put(batch, size=line.bytes, count=line.n)
        await asyncio.sleep(0)

    async def _lines(self, link: Link) -> None:
        link.tell(FeedState.LIVE, "")
        clock = asyncio.get_running_loop().time
        begin, sent = clock(), 0
        with self._path.open("rb") as file:
            while line := file.readline(MOST_MESSAGE_BYTES + 1):
                if line.strip():
                    link.inbox.put(line)
                    sent += 1
                due_s = sent / self._rate - (clock() - begin) if self._rate > 0 else 0.0
                if due_s > 0 or sent % _AT_ONCE == 0:
                    await asyncio.sleep(max(due_s, 0.001))

    async def _watch(self, link: Link) -> None:
        known = (0, 0)
        while True:
            try:
                stat = self._path.stat()
                if (stat.st_mtime_ns, stat.st_size) != known:
                    payload = await asyncio.to_thread(self._path.read_bytes)
                    known = stat.st_mtime_ns, stat.st_size
                    is_csv = kind_of(payload, url=self._path.name) is Answer.CSV
                    link.inbox.put(rows_of_csv(payload) if is_csv else payload, size=len(payload))
                link.tell(FeedState.LIVE, "")
            except OSError as error:
                link.tell(FeedState.RECONNECTING, f"The file cannot be read ({error.strerror}). It is looked at again.")
            await asyncio.sleep(LOOK_S)
