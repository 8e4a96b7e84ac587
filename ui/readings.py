"""Keeps the status bar's readings: cursor, scale, memory, speed."""

from __future__ import annotations

import numpy as np
import psutil
from PySide6.QtCore import QTimer

from layers import camera as moves
from twin.session import Camera, Session
from twin.togetherness import ground_of_layers
from ui import words
from ui.scene_view import SceneView
from ui.status import StatusBar

EVERY_MS = 1000
METRES_PER_INCH = 0.0254


class Readings:
    """Tells the status bar what the view and the process say."""

    def __init__(self, view: SceneView, session: Session, status: StatusBar) -> None:
        """Follow a view."""
        self._view, self._session, self._status = view, session, status
        self._process = psutil.Process()
        self._drawn_by = ""
        view.hovered.connect(self._hovered)
        view.camera_moved.connect(self._camera_moved)
        self._timer = QTimer(view)
        self._timer.setInterval(EVERY_MS)
        self._timer.timeout.connect(self._tick)
        self._timer.start()
        self._tick()

    def _hovered(self, point_local: tuple[float, float, float] | None) -> None:
        ground = ground_of_layers(self._session.layers, self._session.composition)
        self._status.set_datum(ground.datum_m)
        self._status.set_point(point_local)

    def _camera_moved(self, camera: Camera) -> None:
        view = self._view
        per_px_m = moves.metres_per_pixel(camera, view.size_px, camera.distance_m)
        if camera.is_parallel:
            dots_per_m = view.logicalDpiY() * view.devicePixelRatioF() / METRES_PER_INCH
            self._status.set_scale(words.scale_parallel(per_px_m * dots_per_m))
        else:
            self._status.set_scale(words.view_width(per_px_m * view.size_px[0]))

    def _tick(self) -> None:
        scene = self._view.scene
        stats = scene.stats
        frame_ms = stats.frame_s * 1000
        if not self._drawn_by and stats.triangles_drawn:
            self._drawn_by = words.drawn_by(is_software=scene.canvas.is_software)
        details = words.drawing_details(
            int(stats.buildings), int(stats.triangles_drawn), frame_ms if np.isfinite(frame_ms) else 0.0
        )
        details = f"{details}\n{self._drawn_by}".strip()
        held = self._process.memory_info().rss
        self._status.set_memory(held, max(scene.memory_bytes, 1), details)

    def stop(self) -> None:
        """Read no more."""
        self._timer.stop()
