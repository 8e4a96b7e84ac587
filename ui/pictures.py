"""Pictures of the scene: one when idle, more as tiles arrive, and a refined one when the view rests."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QTimer
from PySide6.QtGui import QImage

if TYPE_CHECKING:
    from ui.scene_view import SceneView

COLLECT_MS = 30
"""How often workers are asked what they have finished, while they have work."""
NEWS_MS = 60
"""Tiles that arrive within this time come into one picture."""
QUIET_S = 4.0
"""If nothing has arrived for so long, the picture is refined though something is still being worked on."""
AT_ONCE_S = 0.04
"""Other colours that can be drawn in this time are drawn in one go."""
REST_SHARE = 0.4
"""A resting picture may take so much of the time for which colours usually stay."""
FORGOTTEN = 0.95
"""How much of a delay is remembered with each change: what was too slow is tried again after some seconds."""
REST_AFTER_S, LONGEST_REST_S = 0.3, 3.0
"""How long colours must have stayed as they are before the picture is refined: longer than they usually stay."""
STREAM_S = 1.0
"""Colours that change more often than this change again soon: no picture is drawn for what comes in between."""
OVER = "over"
"""What the slices of a resting picture end with."""


class Rhythm:
    """How often live values give other colours."""

    def __init__(self) -> None:
        """Begin without any."""
        self._last_s = -np.inf
        self.resting_since_s = self._took_s = 0.0
        """When a resting picture was begun, 0 if none is being drawn; and how long the last one took."""
        self.usual_s = LONGEST_REST_S
        """How long colours usually stay as they are."""

    def beat(self, now_s: float) -> None:
        """Note that there are other colours."""
        gap_s = min(now_s - self._last_s, LONGEST_REST_S)
        self.usual_s = gap_s if gap_s >= LONGEST_REST_S else 0.7 * self.usual_s + 0.3 * gap_s
        self._last_s = now_s

    def has_time_for(self, resting_s: float) -> bool:
        """Return whether a resting picture that should take so long is there well before the next colours."""
        self._took_s *= FORGOTTEN
        return max(resting_s, self._took_s) < REST_SHARE * self.usual_s

    def rested(self, now_s: float) -> None:
        """Note that the resting picture is there."""
        if self.resting_since_s:
            self._took_s = now_s - self.resting_since_s
            self.resting_since_s = 0.0

    def missed(self, now_s: float) -> None:
        """Note that a resting picture, if one was being drawn, came too late."""
        if self.resting_since_s:
            self._took_s = 2.0 * (now_s - self.resting_since_s)
            self.resting_since_s = 0.0

    def rests(self, now_s: float) -> bool:
        """Return whether colours have stayed for longer than they usually do, or usually stay for long."""
        rest_s = 1.5 * self.usual_s if self.usual_s < STREAM_S else 0.0
        return now_s - self._last_s > max(REST_AFTER_S, rest_s)


class Pictures:
    """Asks the scene for pictures on behalf of a view, and keeps the latest."""

    def __init__(self, view: SceneView) -> None:
        """Draw for a view."""
        self._view, self._scene = view, view.scene
        self.image: QImage | None = None
        """The picture on screen."""
        self._picture: npt.NDArray[np.uint8] | None = None
        self._slices: Iterator[npt.NDArray[np.uint8] | None] | None = None
        self._frame: Iterator[npt.NDArray[np.uint8] | None] | None = None
        """The frame in other colours that is being drawn."""
        self._colours = Rhythm()
        self._is_paused = self._is_refinement_due = self._is_recolour_due = False
        self._carpets = 0
        self._news_s = 0.0
        """When something arrived last, by time.perf_counter."""
        self._has_new_size = True
        """The scene is told within _draw, where its errors are caught: one that leaves an event handler ends Qt."""
        self._without_live: npt.NDArray[np.uint8] | None = None
        """The picture on screen before live things were laid over it."""
        self._camera = view.camera
        """What it was drawn for."""
        self._scene.is_live_apart = True
        self._scene.live.changed.connect(self.relay_live)
        self._live_timer = self._timer(0, self._lay_live, is_single=True)
        self._draw_timer = self._timer(0, self._draw, is_single=True)
        self._slice_timer = self._timer(0, self._slice, is_single=False)
        self._recolour_timer = self._timer(0, self._recolour_slice, is_single=False)
        self._news_timer = self._timer(NEWS_MS, self._draw_timer.start, is_single=True)
        self._collect_timer = self._timer(COLLECT_MS, self._collect, is_single=False)

    def _timer(self, interval_ms: int, slot: Callable[[], None], *, is_single: bool) -> QTimer:
        timer = QTimer(self._view)
        timer.setSingleShot(is_single)
        timer.setInterval(interval_ms)
        timer.timeout.connect(slot)
        return timer

    def move(self) -> None:
        """Draw the view's camera, which has just moved; refinement can wait."""
        self._slices = self._frame = None
        self._slice_timer.stop()
        self._recolour_timer.stop()
        self._draw_timer.start()

    def resize(self) -> None:
        """Draw pictures of the view's new size."""
        self._has_new_size = True
        if not self._is_paused:
            self.ask()

    def stop(self) -> None:
        """Draw no more."""
        self._slices = None
        self._scene.live.changed.disconnect(self.relay_live)
        for timer in (self._draw_timer, self._slice_timer, self._news_timer, self._collect_timer, self._live_timer,
                      self._recolour_timer):  # fmt: skip
            timer.stop()

    def ask(self) -> None:
        """Ask for a picture; many asks are one picture when idle."""
        self._slices = self._frame = None
        self._news_s = time.perf_counter()
        self._slice_timer.stop()
        self._recolour_timer.stop()
        self._draw_timer.start()
        if not self._collect_timer.isActive():
            self._collect_timer.start()

    def recolour(self) -> None:
        """Ask for a picture in other colours: a resting one where that is there soon enough, else a quick one.

        Both are drawn in slices, between which the window answers; a quick one is finished before the next begins.
        """
        self._colours.beat(time.perf_counter())
        if self._view.is_moving or self._draw_timer.isActive() or self._is_paused or self._has_new_size:
            self.ask()
            return
        self._colours.missed(time.perf_counter())
        self._slices = None
        self._slice_timer.stop()
        if not self._collect_timer.isActive():
            self._collect_timer.start()
        if self._frame is None and self._colours.has_time_for(self._scene.resting_s(self._view.camera)):
            self._colours.resting_since_s = time.perf_counter()
            self._is_refinement_due = is_stream = self._colours.usual_s < STREAM_S
            self._carpets = len(self._scene.buildings)  # other colours of what is far come with the slices
            self._slices = self._scene.refine(self._view.camera, passes=1 if is_stream else None)
            self._slice_timer.start()
            return
        self._is_recolour_due = True
        if self._frame is None:
            self._recolour_timer.start()

    def _recolour_slice(self) -> None:
        if not self._view.isVisible() or self._is_paused:
            self._frame = None
            self._recolour_timer.stop()
            return
        try:
            if self._frame is None:
                self._is_recolour_due = False
                within_s = max(0.5 * self._colours.usual_s, AT_ONCE_S)
                self._frame = self._scene.draw_in_slices(self._view.camera, within_s=within_s)
            picture = next(self._frame)
            if picture is not None:
                picture = self._scene.labelled(picture, self._view.camera)
        except Exception as error:  # noqa: BLE001  an outer wall, as in _draw
            self._frame = None
            self._recolour_timer.stop()
            self._view.failed.emit(error)
            return
        if picture is not None:
            self._frame = None
            if not self._is_recolour_due:
                self._recolour_timer.stop()
            self._show(picture)
            self._view.drawn.emit()
            self._is_refinement_due = not self._view.is_moving

    def pause(self, *, is_paused: bool) -> None:
        """Leave the scene to somebody else for a while; the picture on screen stays."""
        self._is_paused = is_paused
        self._slices = self._frame = None
        if not is_paused:
            self._has_new_size = True
            self.ask()

    def _draw(self) -> None:
        if not self._view.isVisible() or self._is_paused:
            return
        try:
            if self._has_new_size:
                self._scene.resize(*self._view.size_px, scale=self._view.letter_scale)
                self._has_new_size = False
            picture = self._scene.labelled(
                self._scene.draw(self._view.camera, is_moving=self._view.is_moving), self._view.camera
            )
        except Exception as error:  # noqa: BLE001  an outer wall: a failing frame must not end the window
            self._view.failed.emit(error)
            return
        self._show(picture)
        self._view.drawn.emit()
        self._is_refinement_due = not self._view.is_moving
        self._refine_when_quiet()

    def _refine_when_quiet(self) -> None:
        """Refine a resting picture; while tiles still arrive, pictures with more of them come first."""
        now_s = time.perf_counter()
        is_quiet = not self._scene.is_working or now_s - self._news_s > QUIET_S
        is_quiet = is_quiet and self._colours.rests(now_s) and not self._recolour_timer.isActive()
        if self._is_refinement_due and is_quiet and not self._draw_timer.isActive():
            self._is_refinement_due = False
            self._carpets = self._carpets_there()
            self._slices = self._scene.refine(self._view.camera)
            self._slice_timer.start()

    def _carpets_there(self) -> int:
        """Return how many layers can be seen whole from afar."""
        return sum(visual.has_carpet for visual in self._scene.buildings.values())

    def _slice(self) -> None:
        if self._slices is None:
            self._slice_timer.stop()
            return
        try:
            picture = next(self._slices, OVER)
            if isinstance(picture, np.ndarray):
                picture = self._scene.labelled(picture, self._view.camera)
        except Exception as error:  # noqa: BLE001  an outer wall, as in _draw
            self._slices = None
            self._view.failed.emit(error)
            return
        if picture is OVER:
            self._slices = None
            self._slice_timer.stop()
            self._view.drawn.emit()
        elif isinstance(picture, np.ndarray):
            self._colours.rested(time.perf_counter())
            self._show(picture)

    def _collect(self) -> None:
        if self._is_paused:
            return
        if self._slices is not None and self._carpets_there() > self._carpets:
            self.ask()  # the whole city can be shown now; the refined picture of a large one is seconds away
        if self._scene.collect():
            self._news_s = time.perf_counter()
            is_soon_drawn = self._frame is not None or not self._colours.rests(self._news_s)
            if self._slices is None and not self._news_timer.isActive() and not is_soon_drawn:
                self._news_timer.start()
        elif self._slices is None and not self._news_timer.isActive():
            self._refine_when_quiet()
            if self.is_settled:
                self._collect_timer.stop()

    @property
    def is_settled(self) -> bool:
        """Return whether the picture on screen is the last one until something changes."""
        timers = (self._draw_timer, self._news_timer, self._slice_timer, self._recolour_timer)
        is_busy = self._is_refinement_due or any(timer.isActive() for timer in timers)
        return not is_busy and not self._scene.is_working

    def relay_live(self) -> None:
        """Lay live things over the picture on screen once more, when idle; the city is not drawn again."""
        is_seen = self._scene.live.is_any or self._picture is not self._without_live
        if self._without_live is not None and is_seen and not self._draw_timer.isActive():
            self._live_timer.start()

    def _lay_live(self) -> None:
        if self._without_live is None or self._is_paused or not self._view.isVisible():
            return
        try:
            self._put(self._scene.with_live(self._without_live, self._camera))
        except Exception as error:  # noqa: BLE001  an outer wall, as in _draw
            self._view.failed.emit(error)

    def _show(self, picture: npt.NDArray[np.uint8]) -> None:
        self._without_live, self._camera = picture, self._view.camera
        self._put(self._scene.with_live(picture, self._camera))

    def _put(self, picture: npt.NDArray[np.uint8]) -> None:
        self._picture = np.ascontiguousarray(picture)
        height, width = self._picture.shape[:2]
        self.image = QImage(self._picture.data, width, height, 3 * width, QImage.Format.Format_RGB888)
        self.image.setDevicePixelRatio(self._view.devicePixelRatioF())
        self._view.update()
