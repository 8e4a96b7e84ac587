"""The sun of one scene: follows the session's clock, and lights the scene as it says."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from math import acos, degrees

from layers.buildings import BuildingsVisual
from layers.ground import Surroundings
from layers.groundwork import Groundwork
from layers.look import Look
from layers.shadows import Shadows
from layers.sunlight import STUDIO, Sunlight
from layers.workers import Workers
from twin.clock import Clock, ClockMode
from twin.legend import Legend
from twin.session import Camera, Session
from twin.sun_shown import SunShown, sun_shown
from twin.sun_words import sun_legend

STEP_DEG = 0.25
"""A sun that follows a running clock moves in steps of so much: one minute; each lays all shadows anew."""


class SceneSun:
    """Keeps light, sky and shadows where the clock says the sun stands."""

    def __init__(
        self, session: Session, look: Look, surroundings: Surroundings, groundwork: Groundwork, workers: Workers,
        changed: Callable[[], None],
    ) -> None:  # fmt: skip
        """Begin to follow the clock; changed is called when the sun has moved."""
        self._session, self._look, self._changed = session, look, changed
        self._surroundings, self._groundwork = surroundings, groundwork
        self.shadows = Shadows(look, workers)
        self.is_settled = True
        """Whether the shadows are those of the last resting picture that was asked for."""
        self.shown: SunShown | None = None
        """The sun that the picture has; None under the fixed light."""
        session.clock_changed.connect(self._clock_changed)
        self.take()

    def _clock_changed(self, _old: Clock, _new: Clock) -> None:
        if self.take():
            self._changed()

    def take(self, *, now_s: float | None = None) -> bool:
        """Take the sun that the session has now; return whether that changes the picture."""
        session = self._session
        sun = sun_shown(session.clock, session.frame, session.area, now_s=time.time() if now_s is None else now_s)
        before = self.shown
        if sun == before or (sun is not None and before is not None and self._is_hardly_moved(before, sun)):
            return False
        self.shown = sun
        self._look.set_sun(STUDIO if sun is None else Sunlight(sun.direction, sun.altitude_deg))
        self._surroundings.set_theme()
        for terrain in self._groundwork.visuals:
            terrain.relight()
        return True

    def _is_hardly_moved(self, before: SunShown, sun: SunShown) -> bool:
        """Return whether a sun follows a running clock and has not come far."""
        clock = self._session.clock
        is_set = clock.sun_s is not None or clock.mode is ClockMode.PAUSED
        if is_set or (before.site, before.zone) != (sun.site, sun.zone):
            return False
        cosine = sum(a * b for a, b in zip(before.direction, sun.direction, strict=True))
        return degrees(acos(min(max(cosine, -1.0), 1.0))) < STEP_DEG

    def prepare(self, visuals: Iterable[BuildingsVisual], camera: Camera, size_px: tuple[int, int]) -> None:
        """Bring light and shadows up to date for a moving frame."""
        self._look.is_quick = True
        self.take()
        if self.shown is not None:
            self.shadows.take(visuals, self._groundwork.ground)
            self.shadows.prepare(camera, size_px)

    def settled(self, visuals: Iterable[BuildingsVisual], camera: Camera, size_px: tuple[int, int]) -> Iterator[None]:
        """Bring light and shadows up to date for a resting picture, in slices."""
        self._look.is_quick = False
        self.take()
        self.is_settled = False
        if self.shown is not None:
            self.shadows.take(visuals, self._groundwork.ground)
            yield from self.shadows.settled(camera, size_px)
        self.is_settled = True

    def legends(self) -> list[Legend]:
        """Return what says which sun it is; nothing under the fixed light."""
        return [] if self.shown is None else [sun_legend(self.shown)]

    def close(self) -> None:
        """Stop following the clock."""
        self._session.clock_changed.disconnect(self._clock_changed)
        self.shadows.close()
