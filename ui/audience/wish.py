"""What a meeting is started with; plain values, so that they reach another process."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class MeetingWish:
    """What the operator chose."""

    source: str
    """The project."""
    host: str = "127.0.0.1"
    port: int = 0
    is_rehearsal: bool = False
    is_moderated: bool = True
    certificate: Path | None = None
    key: Path | None = None
    memory_bytes: int | None = None
