"""The window's pulse: while something is being read it asks the workers what they have, and shows how far they are."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer

PULSE_MS = 30


class Pulse(QObject):
    """Beats as long as the window lives; does next to nothing while nothing is being read."""

    def __init__(self, parent: QObject, is_busy: Callable[[], bool], beat: Callable[[], object]) -> None:
        """Call beat while is_busy."""
        super().__init__(parent)
        self._is_busy, self._beat = is_busy, beat
        self._timer = QTimer(self)
        self._timer.setInterval(PULSE_MS)
        self._timer.timeout.connect(self._tick)
        self._timer.start()

    def _tick(self) -> None:
        if self._is_busy():
            self._beat()

    def stop(self) -> None:
        """Beat no more."""
        self._timer.stop()
