"""Files and tables that change while they are shown: read again by themselves, what changed listed and marked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

from ui import live_words as words
from ui.reload_desk import ReloadDesk, Stamp, stamp_of

if TYPE_CHECKING:
    from ui.main_window import MainWindow

LOOK_MS = 500


class FollowDesk(QObject):
    """Found again by window.findChild(FollowDesk)."""

    def __init__(self, window: MainWindow) -> None:
        """Wait until it is asked for."""
        super().__init__(window)
        self._window = window
        self._seen: dict[str, Stamp | None] = {}
        """What each file was like at the last look: one that is still being written is left alone."""
        self._read: dict[str, Stamp | None] = {}
        self._timer = QTimer(self)
        self._timer.setInterval(LOOK_MS)
        self._timer.timeout.connect(self.look)
        self.act = window.actions_by_id["follow_files"]
        self.act.triggered.connect(self._toggled)

    def _toggled(self, is_on: bool) -> None:  # noqa: FBT001  Qt's signal
        if not is_on:
            self._timer.stop()
            return
        layers = self._window.session.layers
        self._read = {layer_id: stamp_of(layer.info.path) for layer_id, layer in layers.items()}
        self._seen = dict(self._read)
        self._timer.start()
        self._window.notices.info(words.FOLLOWING)

    def look(self) -> None:
        """Read those layers again whose files were written, and are whole since the last look."""
        desk = self._window.findChild(ReloadDesk)
        for layer_id, layer in list(self._window.session.layers.items()):
            now = stamp_of(layer.info.path)
            before, read = self._seen.get(layer_id), self._read.setdefault(layer_id, now)
            self._seen[layer_id] = now
            if desk is not None and now is not None and now != read and now == before:
                self._read[layer_id] = now
                desk.reload(layer_id)


def attach(window: MainWindow) -> None:
    """Let a window follow its files."""
    FollowDesk(window)
