"""Maps below the city by address or by name: a template of tiles, a folder of them, or a provider."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QInputDialog

if TYPE_CHECKING:
    from ui.main_window import MainWindow

TITLE = "Open a map of tiles"
QUESTION = (
    "A folder of tiles, an address with {z}/{x}/{y}, or the name of a provider such as OpenStreetMap.Mapnik.\n"
    "What comes from the network has to be turned on in the preferences first."
)


def attach(window: MainWindow) -> None:
    """Bring the act that asks for a map."""
    ImageryDesk(window)


class ImageryDesk(QObject):
    """Asks where a map comes from, and opens it like a file."""

    def __init__(self, window: MainWindow) -> None:
        """Follow the act."""
        super().__init__(window)
        self._window = window
        window.actions_by_id["open_map"].triggered.connect(self.ask)

    def ask(self) -> None:
        """Ask for a source; nothing happens where none is given."""
        source, is_given = QInputDialog.getText(self._window, TITLE, QUESTION)
        if is_given:
            self.open(source)

    def open(self, source: str) -> None:
        """Open a source of tiles."""
        if source.strip():
            self._window.files.open_path(source.strip(), is_alone=False)
