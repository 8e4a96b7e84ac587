"""What a project's feeds said, put into its session without a window: pictures of it show its vehicles and gauges."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

from data.retention import has_expired, purge
from twin.clock import Clock
from twin.errors import TwinError
from twin.feed import FeedWish
from twin.report import Report
from twin.session import Session
from ui.playing import Playing, kept_path

RECORDINGS = "recordings"
"""The folder of a project that its feeds are recorded to."""


def recording_file(wish: FeedWish, folder: Path) -> Path | None:
    """Return the file that a project's feed is, or was recorded to; None where nothing was recorded."""
    path = kept_path(wish.url, folder)
    if path is not None:
        return path
    named = (folder / RECORDINGS / f"{wish.id}{ending}" for ending in (".ctrec", ".jsonl.zst"))
    return next((one for one in named if one.is_file()), None)


def is_past_time(folder: Path, feeds: Sequence[FeedWish], *, now_s: float) -> bool:
    """Return whether a project has recordings with something in them that may no longer be kept."""
    keep_days = {wish.id: wish.privacy.keep_days for wish in feeds}
    return has_expired(folder / RECORDINGS, now_s=now_s, keep_days=keep_days)


def purge_project(folder: Path, feeds: Sequence[FeedWish], *, now_s: float | None = None) -> list[str]:
    """Remove what may no longer be kept of a project's recordings; return a sentence for each file."""
    keep_days = {wish.id: wish.privacy.keep_days for wish in feeds}
    return purge(folder / RECORDINGS, now_s=time.time() if now_s is None else now_s, keep_days=keep_days)


class ProjectRecordings:
    """The recordings of a project's feeds, shown in a session at the moment of its clock."""

    def __init__(self, session: Session, folder: Path | None) -> None:
        """Open what there is; what cannot be read is told in the report.

        folder   the project's; None shows nothing
        """
        self._session = session
        self._playing = Playing(session)
        self.report = Report()
        """What was met."""
        feeds = session.composition.feeds if folder is not None else ()
        if folder is not None:
            for sentence in purge_project(folder, feeds):
                self.report.add(f"recording {sentence}", count=1)
        for wish in feeds:
            self._begin(wish, folder)

    def _begin(self, wish: FeedWish, folder: Path | None) -> None:
        path = recording_file(wish, folder) if folder is not None else None
        if path is None:
            return
        try:
            self._playing.begin(wish, path)
        except TwinError as error:
            self.report.add(f'feed is not shown ("{wish.name}"): {error}', count=1, is_loss=True)

    def show(self) -> None:
        """Show the moment of the session's clock; where that is now, the clock is set to when the last of them ends."""
        replays, clock = self._playing.replays, self._session.clock
        if not replays:
            return
        if clock.at_s is None:
            newest_s = max(replay.recording.end_s for replay in replays.values())
            self._session.set_clock(clock.paused(newest_s))
        self._playing.show(lambda _feed_id: False)
        for feed_id, trouble in self._playing.trouble.items():
            self.report.add(f'feed is not shown ("{feed_id}"): {trouble}', count=1, is_loss=True)

    def follow(self, other: Session) -> None:
        """Show the moment of another session's clock whenever that changes: the hall's, as slides go on."""
        other.clock_changed.connect(self._changed)

    def _changed(self, _old: Clock, new: Clock) -> None:
        if new.at_s is not None and new != self._session.clock:
            self._session.set_clock(new)
            self.show()


def show_recordings(session: Session, folder: Path | None) -> ProjectRecordings:
    """Show what a project's feeds said at the moment of its clock; nothing where there is no project."""
    recordings = ProjectRecordings(session, folder)
    recordings.show()
    return recordings
