"""How long recordings are kept: what is older than its feed's policy allows is removed by the app.

A recording is shortened by writing what may stay beside it and putting that in its place in one step: whoever is
stopped in the middle leaves the old file whole. One that is being written, by this process or by another, is left
alone: its writer shortens it itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from data.recorder import ENDINGS
from data.recording import Recording
from data.recording_files import clear_unfinished, is_written, shortened
from twin.entities import DAY_S
from twin.errors import FeedError


def purge(folder: Path, *, now_s: float, keep_days: Mapping[str, float] | None = None) -> list[str]:
    """Remove recordings, or the parts of them, that are older than they may be kept.

    folder      where recordings are; each says itself how long it may be kept
    keep_days   by feed, what its policy is now, 0 for always: the shorter time counts
    returns     one sentence for each file that was removed or shortened
    """
    told: list[str] = []
    try:
        clear_unfinished(folder, ENDINGS)
        paths = sorted(folder.iterdir())
    except OSError:
        return told
    for path in paths:
        if path.name.endswith(ENDINGS) and path.is_file() and not path.is_symlink():
            sentence = purge_one(path, now_s=now_s, keep_days=keep_days)
            told += [sentence] if sentence else []
    return told


def has_expired(folder: Path, *, now_s: float, keep_days: Mapping[str, float] | None = None) -> bool:
    """Return whether a folder holds anything that may no longer be kept; nothing is changed."""
    try:
        paths = [p for p in folder.iterdir() if p.name.endswith(ENDINGS) and p.is_file() and not is_written(p)]
    except OSError:
        return False
    for path in paths:
        try:
            recording = Recording(path)
        except FeedError:
            continue
        days = keep_days_of(recording, keep_days)
        if days > 0 and min(g.end_s for g in recording.groups) < now_s - days * DAY_S:
            return True
    return False


def purge_one(path: Path, *, now_s: float, keep_days: Mapping[str, float] | None = None) -> str:
    """Remove one recording or the parts of it that are older than they may be kept; say so in a sentence."""
    try:
        if is_written(path):
            return ""
        recording = Recording(path)
        days = keep_days_of(recording, keep_days)
        if days <= 0:
            return ""
        oldest_s = now_s - days * DAY_S
        if recording.newest_s < oldest_s:
            path.unlink(missing_ok=True)
            return f"{path.name} was removed: it may be kept {_days(days)}."
        if shortened(path, recording.groups, oldest_s):
            return f"{path.name} was shortened: it may be kept {_days(days)}."
    except (FeedError, OSError):  # no recording, or nothing can be done about it now
        return ""
    return ""


def keep_days_of(recording: Recording, keep_days: Mapping[str, float] | None = None) -> float:
    """Return how many days a recording may be kept; 0 is always. Of several policies the strictest counts."""
    known = [wish.privacy.keep_days for wish in recording.wishes]
    known += [days] if keep_days and (days := keep_days.get(recording.wish.id)) else []
    return min((days for days in known if days > 0), default=0.0)


def _days(days: float) -> str:
    return f"{days:g} days" if days != 1 else "1 day"
