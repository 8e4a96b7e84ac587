"""The sentences of projects: saving, opening, what is missing, what is offered back; a part of words.py."""

from __future__ import annotations

from datetime import datetime

SAVE_TITLE = "Save project"
OPEN_TITLE = "Open project"
PACK_TITLE = "Pack project into a zip"
ZIP_FILTER = "Zip (*.zip)"
UNTITLED = "Untitled"
WHERE = "Folder"
NAME = "Name"
BROWSE = "Browse…"
DATA_INSIDE = "Copy the data into the project"
DATA_LINKED = "Link to the files where they are"
LINKED_HINT = "The project is small, but opens only where those files are."
CHANGED = "The project has changes that are not saved."
CHANGED_HINT = "Save them before it is closed?"
RESTORE = "Bring it back"
DISCARD = "Throw it away"
FIND_IT = "Find it…"
TAKE_OUT = "Take it out"
FIND_TITLE = "Find the file of the layer"
VIEW_NAME = "Name of the view"
KEEP_VIEW_TITLE = "Keep view"
NO_VIEWS = "No views yet"
STRIP = "Project"
SAVE_OVER, SAVE_ASIDE = "Save over it", "Save elsewhere…"
NEWER_HINT = "What was saved there is lost if this window saves over it. Saved elsewhere, both are kept."


def inside_hint(size_bytes: int) -> str:
    """Say how much would be copied."""
    return f"{size(size_bytes)} are copied; the folder then has everything that is needed."


def saved(name: str, folder: str, size_bytes: int) -> str:
    """Say that a project was saved."""
    return f"{name} is saved: {folder} ({size(size_bytes)})."


def packed(path: str, size_bytes: int) -> str:
    """Say that a zip was written."""
    return f"The project is packed with all its data: {path} ({size(size_bytes)})."


def size(count: int) -> str:
    """Return bytes in words."""
    return f"{count / 1e6:,.1f} MB" if count < 1e9 else f"{count / 1e9:,.2f} GB"


def missing(name: str, reason: str) -> str:
    """Say which layer is missing and why."""
    return f"{name} is missing. {reason}"


def unsaved_work(title: str, when: str) -> str:
    """Say that unsaved work was found."""
    return f"Unsaved work on {title or UNTITLED} from {_clock(when)} is still here."


def opening(name: str) -> str:
    """Say that a project is being opened."""
    return f"Opening {name}"


def saving(name: str) -> str:
    """Say that a project is being saved."""
    return f"Saving {name}"


def newer(when: str) -> str:
    """Say that somebody else has saved the project."""
    return f"Another window or program has saved this project ({_clock(when)})."


def window_title(name: str, app: str, *, is_changed: bool) -> str:
    """Return the window's title."""
    return f"{name}{'*' if is_changed else ''} – {app}"


def view_kept(name: str) -> str:
    """Say that a view is kept."""
    return f'The view "{name}" is kept in the project.'


def _clock(when: str) -> str:
    try:
        return datetime.fromisoformat(when).astimezone().strftime("%d.%m. %H:%M")
    except ValueError:
        return "earlier"
