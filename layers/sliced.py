"""One frame drawn in slices, so that who waits for it can do other things in between.

It is the same picture as in one go, as a resting one is: but for the feet of walls, a row of pixels.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from typing import Protocol

import numpy as np

from layers.buildings import BuildingsVisual
from layers.canvas import Canvas
from layers.detail import Choice

SLICE_S = 0.008
FIRST_SLICE_TRIANGLES = 150_000
FAR_TRIANGLES = 60_000
"""What lies behind the solids takes about as long as so many triangles."""
Piece = tuple[BuildingsVisual, tuple[int, int]]


class ShowFar(Protocol):
    """Shows or hides what lies behind the solids."""

    def __call__(self, *, is_visible: bool) -> None:
        """Show or hide it."""


class SlicedFrame:
    """Draws what a scene has prepared, portion by portion, into the same buffers."""

    def __init__(self, canvas: Canvas, show_far: ShowFar) -> None:
        """Begin without knowing how fast this machine draws."""
        self._canvas, self._show_far = canvas, show_far
        self._shown: list[tuple[BuildingsVisual, list[tuple[int, int]]]] = []
        self._rate = FIRST_SLICE_TRIANGLES / SLICE_S

    def seconds(self, chosen: Iterable[tuple[BuildingsVisual, Choice]]) -> float:
        """Return about how long all triangles in view take; infinite while tiles are still to be made."""
        triangles = FAR_TRIANGLES
        for visual, choice in chosen:
            tiles = np.flatnonzero(choice.is_in_view)
            if not all(visual.has_finest(tile) for tile in tiles.tolist()):
                return np.inf
            triangles += int(visual.full_triangles[tiles].sum())
        return triangles / self._rate

    def slices(self, visuals: Iterable[BuildingsVisual]) -> Iterator[None]:
        """Draw what these show; yield after each slice but the last."""
        self._shown = [(visual, visual.drawn) for visual in visuals if visual.is_visible]
        waiting: list[Piece] = [(visual, which) for visual, every in self._shown for which in every]
        try:
            waiting = self._draw(waiting, is_first=True)
            while waiting:
                yield None
                waiting = self._draw(waiting, is_first=False)
        finally:  # whoever draws next, after breaking off here, has all of it
            for visual, every in self._shown:
                visual.show_drawn(every)
            self._show_far(is_visible=True)

    def _draw(self, waiting: list[Piece], *, is_first: bool) -> list[Piece]:
        """Draw as much as fits a slice; return the rest."""
        begin = time.perf_counter()
        room, count = self._rate * SLICE_S, 0
        triangles = FAR_TRIANGLES if is_first else 0
        while count < len(waiting) and (triangles < room or not (count or is_first)):
            triangles += waiting[count][0].triangles_of(waiting[count][1])
            count += 1
        for visual, _ in self._shown:
            visual.show_drawn([which for v, which in waiting[:count] if v is visual])
        self._show_far(is_visible=is_first)
        self._canvas.draw(keep=not is_first)
        took_s = max(time.perf_counter() - begin, 1e-4)
        self._rate = 0.5 * self._rate + 0.5 * max(triangles, 1000) / took_s
        return waiting[count:]
