"""What the window says of city models: which kind of surface was clicked, in the status bar."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QLabel

from layers.pick import Pick
from ui import words
from ui.plain import label, named

if TYPE_CHECKING:
    from ui.main_window import MainWindow


class SurfaceReading(QObject):
    """Follows clicks and names the surface under them."""

    def __init__(self, window: MainWindow) -> None:
        """Say nothing until something is clicked."""
        super().__init__(window)
        self.text: QLabel = label("", "quiet")
        named(self.text, words.SURFACE_CLICKED, words.SURFACE_CLICKED_TIP)
        self.text.hide()
        window.status.insertPermanentWidget(window.status.left_count, self.text)
        window.view.clicked.connect(self.show_pick)

    def show_pick(self, pick: Pick | None, _is_added: bool) -> None:  # noqa: FBT001  Qt's signal
        """Name the surface that was clicked, or nothing where it has no name."""
        name = words.SURFACES.get(pick.surface, "") if pick is not None else ""
        self.text.setText(name)
        self.text.setVisible(bool(name))


def attach(window: MainWindow) -> None:
    """Add what city models need to a window."""
    SurfaceReading(window)
