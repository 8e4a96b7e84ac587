"""What a frame was made of."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from layers.buildings import BuildingsVisual


@dataclass(frozen=True, slots=True)
class SceneStats:
    """What the last frame was made of."""

    buildings: int = 0
    """Buildings of the visible layers that no filter hides."""
    triangles_full: int = 0
    """Triangles of all tiles drawn in full so far known."""
    triangles_drawn: int = 0
    pending: int = 0
    """Pieces of work that workers still do."""
    memory_bytes: int = 0
    frame_s: float = 0.0
    error_px: float = 0.0
    """The greatest error on screen that the budget left."""


def stats_of(
    every: Iterable[BuildingsVisual], triangles_drawn: int, pending: int, frame_s: float, error_px: float
) -> SceneStats:
    """Return what a frame was made of that shows these buildings."""
    visuals = list(every)
    visible = [v for v in visuals if v.is_visible]
    return SceneStats(
        buildings=sum(v.shown for v in visible),
        triangles_full=sum(int(v.full_triangles.sum()) for v in visible),
        triangles_drawn=triangles_drawn,
        pending=pending,
        memory_bytes=sum(v.nbytes for v in visuals),
        frame_s=frame_s,
        error_px=error_px,
    )
