"""Whether what stands behind an address changed: asked with the tags of the last answer; most answers are short."""

from __future__ import annotations

import threading

from data.feeds.intervals import interval_of
from data.looks import Seen
from data.web_layers import copy_of, fetched
from twin.errors import SourceError

LOOK_S = 5.0
LONGEST_WAIT_S = 60.0
SLICE_S = 0.2


class WebLook:
    """Looks at one address at intervals: ?interval=10 in it says how many seconds."""

    def __init__(self, url: str, *, every_s: float = 0.0) -> None:
        """Prepare."""
        self._url = url
        self._every_s = interval_of(url, every_s or LOOK_S)[1]
        self._losses = 0

    def look(self) -> Seen:
        """Return the mark of what it says now, and the copy.

        raises   SourceError  it cannot be reached
        """
        try:
            copy = fetched(self._url)
        except SourceError:
            self._losses += 1
            raise
        self._losses = 0
        return Seen(copy.digest, str(copy.path))

    def wait(self, stop: threading.Event) -> None:
        """Wait for the interval; longer where nobody answers."""
        stop.wait(min(self._every_s * 2 ** min(self._losses, 6), max(LONGEST_WAIT_S, self._every_s)))

    def close(self) -> None:
        """Hold nothing."""


def mark_now(url: str) -> str:
    """Return the mark of the copy there is; "" for none."""
    copy = copy_of(url)
    return "" if copy is None else copy.digest
