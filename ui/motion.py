"""Whatever moves the camera over time: flights, glides, wheel steps that run out, keys that are held."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer

from layers.flight import flight
from twin.session import Camera

if TYPE_CHECKING:
    from ui.scene_view import SceneView

TICK_MS = 8
"""A little less than a frame; pictures are drawn when idle, so a slow frame only makes larger steps."""
LONGEST_STEP_S = 0.1

Step = Callable[[Camera, float, float], Camera | None]
"""(camera, seconds since the start, seconds since the last step) to the next camera; None when it is over."""


class Motion:
    """At most one motion at a time; a new one takes the place of the old one."""

    def __init__(self, view: SceneView) -> None:
        """Move this view's camera."""
        self._view = view
        self.is_smooth = True
        """False: flights are jumps."""
        self._step: Step | None = None
        self._end: Camera | None = None
        self._start_s = self._last_s = 0.0
        self._timer = QTimer(view)
        self._timer.setInterval(TICK_MS)
        self._timer.timeout.connect(self._tick)

    @property
    def is_going(self) -> bool:
        """Return whether something moves."""
        return self._step is not None

    @property
    def end(self) -> Camera | None:
        """Return where a flight ends; None while none is under way."""
        return self._end

    def start(self, step: Step, *, end: Camera | None = None) -> None:
        """Begin a motion; it ends exactly at end, if one is given."""
        self._step, self._end = step, end
        self._start_s = self._last_s = time.perf_counter()
        self._timer.start()

    def stop(self) -> None:
        """End the motion where it is."""
        self._step = self._end = None
        self._timer.stop()

    def fly(self, end: Camera) -> None:
        """Fly to a camera; between parallel and perspective there is no way, so that is a jump."""
        start = self._view.camera
        if start.is_parallel != end.is_parallel or not (self.is_smooth and self._view.isVisible()):
            self.stop()
            self._view.move_to(end)
            return
        way = flight(start, end)

        def step(_camera: Camera, since_s: float, _step_s: float) -> Camera | None:
            return way(since_s) if since_s < way.duration_s else None

        self.start(step, end=end)

    def _tick(self) -> None:
        step = self._step
        if step is None:
            self._timer.stop()
            return
        now = time.perf_counter()
        elapsed = min(now - self._last_s, LONGEST_STEP_S)
        self._last_s = now
        camera = step(self._view.camera, now - self._start_s, elapsed)
        if camera is not None:
            self._view.move_to(camera)
        elif self._step is step:
            end = self._end
            self.stop()
            if end is not None:
                self._view.move_to(end)
