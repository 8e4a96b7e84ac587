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
OVER = "over"
"""What the slices of a resting picture end with."""


class Pictures:
    """Asks the scene for pictures on behalf of a view, and keeps the latest."""

    def __init__(self, view: SceneView) -> None:
        """Draw for a view."""
        self._view, self._scene = view, view.scene
        self.image: QImage | None = None
        """The picture on screen."""
        self._picture: npt.NDArray[np.uint8] | None = None
        self._slices: Iterator[npt.NDArray[np.uint8] | None] | None = None
        self._is_paused = self._is_refinement_due = False
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
        self._slices = None
        self._slice_timer.stop()
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
        for timer in (self._draw_timer, self._slice_timer, self._news_timer, self._collect_timer, self._live_timer):
            timer.stop()

    def ask(self) -> None:
        """Ask for a picture; many asks are one picture when idle."""
        self._slices = None
        self._news_s = time.perf_counter()
        self._slice_timer.stop()
        self._draw_timer.start()
        if not self._collect_timer.isActive():
            self._collect_timer.start()

    def pause(self, *, is_paused: bool) -> None:
        """Leave the scene to somebody else for a while; the picture on screen stays."""
        self._is_paused = is_paused
        self._slices = None
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
        is_quiet = not self._scene.is_working or time.perf_counter() - self._news_s > QUIET_S
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
            self._show(picture)

    def _collect(self) -> None:
        if self._is_paused:
            return
        if self._slices is not None and self._carpets_there() > self._carpets:
            self.ask()  # the whole city can be shown now; the refined picture of a large one is seconds away
        if self._scene.collect():
            self._news_s = time.perf_counter()
            if self._slices is None and not self._news_timer.isActive():
                self._news_timer.start()
        elif self._slices is None and not self._news_timer.isActive():
            self._refine_when_quiet()
            if self.is_settled:
                self._collect_timer.stop()

    @property
    def is_settled(self) -> bool:
        """Return whether the picture on screen is the last one until something changes."""
        timers = (self._draw_timer, self._news_timer, self._slice_timer)
        is_busy = self._is_refinement_due or any(timer.isActive() for timer in timers)
        return not is_busy and not self._scene.is_working

    def relay_live(self) -> None:
        """Lay live things over the picture on screen once more, when idle; the city is not drawn again."""
        if self._without_live is not None and not self._draw_timer.isActive():
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
