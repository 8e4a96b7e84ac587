"""How long recordings are kept: what is older than its feed's policy allows is removed by the app."""

from __future__ import annotations

import os
from collections.abc import Collection
from pathlib import Path

from data.recorder import ENDINGS
from data.recording import Recording
from twin.errors import FeedError

DAY_S = 86_400.0
_AT_ONCE = 1 << 20


def purge(folder: Path, *, now_s: float, but: Collection[Path] = ()) -> list[str]:
    """Remove recordings, or the parts of them, that are older than they may be kept.

    folder    where recordings are; each says itself how long it may be kept
    but       those that are being written, which are left alone
    returns   one sentence for each file that was removed or shortened
    """
    told: list[str] = []
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        if not path.name.endswith(ENDINGS) or path in but:
            continue
        try:
            recording = Recording(path)
        except FeedError:
            continue
        keep_days = recording.wish.privacy.keep_days
        if keep_days <= 0:
            continue
        oldest_s = now_s - keep_days * DAY_S
        if recording.end_s < oldest_s:
            path.unlink(missing_ok=True)
            told.append(f"{path.name} was removed: it may be kept {keep_days:g} days.")
        elif _shortened(recording, oldest_s):
            told.append(f"{path.name} was shortened: it may be kept {keep_days:g} days.")
    return told


def _shortened(recording: Recording, oldest_s: float) -> bool:
    """Leave out the groups that ended before a moment; the others stay byte by byte."""
    kept = [g for g in recording.groups if g.end_s >= oldest_s]
    if not kept or len(kept) == len(recording.groups):
        return False
    beside = recording.path.with_name(f".{recording.path.name}.part")
    with recording.path.open("rb") as source, beside.open("wb") as target:
        source.seek(min(g.offset for g in kept))
        while data := source.read(_AT_ONCE):
            target.write(data)
        target.flush()
        os.fsync(target.fileno())
    beside.replace(recording.path)
    return True
