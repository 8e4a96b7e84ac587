"""The desks: parts of the window that bring their own panels, dialogs and acts, each in a module of its own.

A desk is a module with attach(window): it makes its widgets, connects its acts and follows the session by itself, so
that the window which carries it need not know it. They are attached in this order, once the window is put together.
"""

from __future__ import annotations

import importlib

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QMainWindow

DESKS: tuple[str, ...] = (
    "project_desk",
    "model_desk",
    "table_desk",
    "reload_desk",
    "join_desk",
    "database_desk",
    "credit_desk",
    "imagery_desk",
    "measure_desk",
    "cut_desk",
    "sun_desk",
    "scenario_desk",
    "exhibit_desk",
    "doctor_desk",
    "export_desk",
    "plugin_desk",
    "live_desk",
    "flow_desk",
    "watch_desk",
    "retention_desk",
    "changes_desk",
    "follow_desk",
    "address_desk",
    "story_desk",
    "present_desk",
    "meeting_desk",
)
"""Modules of ui, by name: named and not imported, because each of them knows the window."""

CLOSES = "project_desk"
"""The object that asks about unsaved changes: before it has, no desk may end its work with the window."""


def attach_desks(window: QMainWindow) -> None:
    """Attach every desk to a window (ui.main_window.MainWindow)."""
    for name in DESKS:
        importlib.import_module(f"ui.{name}").attach(window)
    first = window.findChild(QObject, CLOSES)
    if first is not None:  # the filter that was installed last is asked first
        window.installEventFilter(first)
