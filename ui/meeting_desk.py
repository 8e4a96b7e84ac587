"""Meetings in the window."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ui.main_window import MainWindow


def attach(_window: MainWindow) -> None:
    """Add meetings to a window."""
