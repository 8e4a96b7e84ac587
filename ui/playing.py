"""The clock's moment put into the session: recordings opened where they are needed, and read on while they grow."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from data.recorder import ENDINGS
from data.recording import Recording
from twin.errors import FeedError, TwinError
from twin.feed import FeedState, FeedStatus, FeedWish
from ui import live_words as words
from ui.live_rendering import recording_path
from ui.replaying import Replay, replay_of, settle_look
from ui.series_replay import SeriesReplay, is_series, series_of

if TYPE_CHECKING:
    from twin.session import Session

NEAR_S = 2.0
"""A picture that was there live is that of a moment so near to it."""


class Playing:
    """Recordings and series of a session's feeds, and how it stood with the feeds at the moment shown."""

    def __init__(self, session: Session) -> None:
        """Begin with none."""
        self._session = session
        self.replays: dict[str, Replay | SeriesReplay] = {}
        self.statuses: dict[str, FeedStatus] = {}
        """At the moment shown."""
        self.live_statuses: dict[str, FeedStatus] = {}
        """Now, whatever is shown."""
        self.trouble: dict[str, str] = {}
        """Why a recording cannot be shown."""
        self.unknown: set[str] = set()
        """Live feeds of which nothing was recorded at the moment shown."""

    def open(self, path: Path) -> Replay | SeriesReplay:
        """Open a recording or a table of values over time, with a feed of its own in the composition.

        raises   TwinError  it cannot be read
        """
        replay = series_of(self._session, path) if is_series(path) else replay_of(self._session, path)
        self.replays[replay.wish.id] = replay
        return replay

    def begin(self, wish: FeedWish, path: Path) -> None:
        """Open what a project's feed was recorded to.

        raises   TwinError  it cannot be read, or it is the feed itself and is gone
        """
        if is_series(path):
            self.replays[wish.id] = series_of(self._session, path)
        elif path.exists():
            self.replays[wish.id] = Replay(self._session, Recording(path), wish)
        elif recording_path(wish.url) is not None:
            raise FeedError(words.no_recording(path.name))

    def take_status(self, status: FeedStatus) -> None:
        """Take how it stands with a live feed; it is shown while the feed is."""
        self.live_statuses[status.feed_id] = status
        if self._session.clock.moment_s(status.feed_id) is None or status.feed_id not in self.replays:
            self.statuses[status.feed_id] = status

    def forget(self, feed_id: str) -> None:
        """Forget a feed."""
        for known in (self.replays, self.statuses, self.live_statuses, self.trouble):
            known.pop(feed_id, None)
        self.unknown.discard(feed_id)

    def recording_of(self, feed_id: str) -> Path | None:
        """Return the file that a live feed is being recorded to, once something is in it."""
        status = self.live_statuses.get(feed_id)
        path = Path(status.recording) if status is not None and status.recording else None
        return path if path is not None and path.exists() else None

    def renew(self, folder: Path) -> None:
        """Read anew the recordings of a folder that are shown: a part of them was removed."""
        for feed_id, replay in list(self.replays.items()):
            if not isinstance(replay, Replay) or replay.recording.path.parent != folder:
                continue
            try:
                replay.renew(Recording(replay.recording.path))
            except TwinError as error:  # all of it is gone
                self.forget(feed_id)
                self._session.put_frame(feed_id, None)
                self.trouble[feed_id] = str(error)

    def latest_s(self, feed_ids: set[str]) -> float:
        """Return when the last message of live feeds came, UTC epoch; 0 before any."""
        return max((self.live_statuses[i].last_message_s for i in feed_ids if i in self.live_statuses), default=0.0)

    def reopen(self, feed_ids: set[str]) -> None:
        """Read anew what is recorded of live feeds: until now."""
        for feed_id in feed_ids:
            path, known = self.recording_of(feed_id), self.replays.get(feed_id)
            if path is None:
                continue
            try:
                recording = Recording(path)
            except TwinError as error:  # nothing is in it yet
                self.trouble[feed_id] = str(error)
                continue
            self.trouble.pop(feed_id, None)
            if isinstance(known, Replay):
                known.renew(recording)
            else:
                wish = next((w for w in self._session.composition.feeds if w.id == feed_id), None)
                self.replays[feed_id] = Replay(self._session, recording, wish)

    def show(self, is_open: Callable[[str], bool]) -> None:
        """Put the frames of the clock's moment into the session.

        is_open   whether a feed is connected: then what is live is its own affair
        """
        clock = self._session.clock
        self.unknown.clear()
        for wish in self._session.composition.feeds:
            at_s, replay = clock.moment_s(wish.id), self.replays.get(wish.id)
            if at_s is None:
                if replay is not None and not is_open(wish.id):
                    replay.show(replay.recording.end_s)
                    self.statuses[wish.id] = replace(replay.status, state=FeedState.ENDED)
            elif replay is None:
                self._show_unknown(wish.id, at_s)
            else:
                self._show(wish, replay, at_s)

    def _show(self, wish: FeedWish, replay: Replay | SeriesReplay, at_s: float) -> None:
        try:
            replay.show(at_s)
        except TwinError as error:
            self.trouble[wish.id] = str(error)
            return
        self.trouble.pop(wish.id, None)
        self.statuses[wish.id] = replay.status
        settle_look(self._session, wish)

    def _show_unknown(self, feed_id: str, at_s: float) -> None:
        """Show nothing of a feed at a time that was not recorded; at a pause, what was there live stays."""
        frame = self._session.frames.get(feed_id)
        if frame is not None and abs(frame.at_s - at_s) > NEAR_S:
            self._session.put_frame(feed_id, None)
            frame = None
        if frame is None:
            self.unknown.add(feed_id)


def kept_path(url: str, folder: Path | None = None) -> Path | None:
    """Return the file of a recording or a table of values over time that an address names.

    folder   the project's, which relative paths begin at
    returns  None for what is listened to: servers, files of messages
    """
    path = recording_path(url)
    if path is None:
        return None
    path = folder / path if folder is not None and not path.is_absolute() else path
    is_message_file = path.is_file() and not is_series(path) and not path.name.endswith(ENDINGS) and not _is_zstd(path)
    return None if is_message_file and url.startswith("file://") else path


def _is_zstd(path: Path) -> bool:
    with path.open("rb") as file:
        begin = file.read(4)
    return begin == b"\x28\xb5\x2f\xfd" or (begin[1:] == b"\x2a\x4d\x18" and 0x50 <= begin[0] <= 0x5F)
