"""Where the window stood and which panels were open, kept between runs."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QByteArray, QSettings
from PySide6.QtWidgets import QMainWindow

LAYOUT_VERSION = 1
"""Counted up when docks are renamed or added, so that an old arrangement is not forced onto new panels."""


class WindowState:
    """Remembers one window's place and docks in an ini file in the settings folder."""

    def __init__(self, folder: Path) -> None:
        """Use a settings folder; it is made when something is kept."""
        self._settings = QSettings(str(folder / "window.ini"), QSettings.Format.IniFormat)

    def keep(self, window: QMainWindow) -> None:
        """Remember a window."""
        self._settings.setValue("geometry", window.saveGeometry())
        self._settings.setValue("docks", window.saveState(LAYOUT_VERSION))
        self._settings.sync()

    def bring_back(self, window: QMainWindow) -> bool:
        """Put a window where it was; False if nothing (that fits) is remembered."""
        geometry, docks = self._settings.value("geometry"), self._settings.value("docks")
        if isinstance(geometry, QByteArray):
            window.restoreGeometry(geometry)
        return isinstance(docks, QByteArray) and window.restoreState(docks, LAYOUT_VERSION)

    def bring_back_docks(self, window: QMainWindow) -> None:
        """Give the docks their widths once more in the window's first moment on screen.

        Before, Qt has divided the room of another screen's size (6.11): docks came back narrower than they were.
        """
        docks = self._settings.value("docks")
        if isinstance(docks, QByteArray):
            window.restoreState(docks, LAYOUT_VERSION)
