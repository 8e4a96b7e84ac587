"""A panel at the window's edge, with a title bar of our own: readable at every text size, reachable by keyboard."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDockWidget, QHBoxLayout, QScrollArea, QWidget

from ui import words
from ui.plain import label, tool


def make_dock(name: str, title: str, panel: QWidget) -> QDockWidget:
    """Return a dock with a panel in it; name is what its place is remembered by."""
    dock = QDockWidget(title)
    dock.setObjectName(f"dock_{name}")
    dock.setAccessibleName(title)
    dock.setFeatures(
        QDockWidget.DockWidgetFeature.DockWidgetClosable
        | QDockWidget.DockWidgetFeature.DockWidgetMovable
        | QDockWidget.DockWidgetFeature.DockWidgetFloatable
    )
    bar = QWidget()
    row = QHBoxLayout(bar)
    row.setContentsMargins(14, 8, 8, 4)
    row.addWidget(label(title, "head"), 1)
    hide = tool("close", words.hide_panel(title))
    hide.clicked.connect(dock.close)
    row.addWidget(hide, 0, Qt.AlignmentFlag.AlignVCenter)
    dock.setTitleBarWidget(bar)
    dock.setWidget(panel)  # last: what is inside is laid out at each change of the dock
    return dock


def scrolled(panel: QWidget) -> QScrollArea:
    """Return a panel that scrolls where a low window has no room for it."""
    area = QScrollArea()
    area.setProperty("rank", "bare")
    area.setWidgetResizable(True)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.setWidget(panel)
    return area
