"""Recordings past their time leave an open project: when it is opened, and once an hour while it is open.

A process of its own does it, so that a recording of many gigabytes does not hold the window up.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QProcess, QTimer

from data.recorder import PURGE_S
from ui.live_desk import LiveDesk
from ui.project_desk import ProjectDesk
from ui.project_recordings import RECORDINGS, is_past_time

if TYPE_CHECKING:
    from ui.main_window import MainWindow

LOOK_MS = 5000


class RetentionDesk(QObject):
    """Found again by window.findChild(RetentionDesk)."""

    def __init__(self, window: MainWindow) -> None:
        """Join a window."""
        super().__init__(window)
        self._window = window
        self._home: Path | None = None
        self._looked_s = 0.0
        self.process: QProcess | None = None
        self._timer = QTimer(self)
        self._timer.setInterval(LOOK_MS)
        self._timer.timeout.connect(self.look)
        self._timer.start()
        window.session.composition_changed.connect(self.look)
        window.installEventFilter(self)

    def look(self, *_: object) -> None:
        """Look whether anything is past its time: in a project that was opened just now, and then once an hour."""
        desk = self._window.findChild(ProjectDesk)
        home, now_s = desk.state.home if desk is not None else None, time.time()
        is_due = home != self._home or not 0 <= now_s - self._looked_s < PURGE_S
        if not is_due or self.process is not None:
            return
        self._home, self._looked_s = home, now_s
        feeds = self._window.session.composition.feeds
        if home is not None and is_past_time(home, feeds, now_s=now_s):
            self.process = QProcess(self)
            self.process.finished.connect(self._done)
            self.process.start(sys.executable, ["-m", "ui", "project", "purge", str(home), "--json"])

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802  Qt's name
        """Look no more once the window is closed."""
        if watched is self._window and event.type() == QEvent.Type.Close:
            self._timer.stop()
        return False

    def _done(self, *_: object) -> None:
        process, self.process = self.process, None
        if process is None:
            return
        text = bytes(process.readAllStandardOutput().data()).decode("utf-8", "replace")
        process.deleteLater()
        try:
            told = json.loads(text)["purged"]
        except (ValueError, KeyError):
            return
        for sentence in told:
            self._window.notices.info(sentence)
        live = self._window.findChild(LiveDesk)
        if told and live is not None and self._home is not None:
            live.playing.renew(self._home / RECORDINGS)


def attach(window: MainWindow) -> None:
    """Let recordings past their time leave the projects of a window."""
    RetentionDesk(window)
