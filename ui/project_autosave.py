"""What is kept of unsaved work, and offered back after a crash or a kill: a project of links, beside or away. No Qt."""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

import psutil

from data.project import AUTOSAVE, Stored, read_project, write_project
from data.settings import config_folder
from twin.errors import ProjectError
from twin.project import Project

OWNER = "owner"
"""The file with the number of the process that keeps its work there."""
OFFERED = f"{AUTOSAVE}.offered"
"""Where work that is offered back lies meanwhile, so that new unsaved work does not take its place."""
UNTITLED = "unsaved"


@dataclass(frozen=True, slots=True)
class Offer:
    """Unsaved work of a citytwin that is gone."""

    stored: Stored
    home: Path | None
    """The project's folder; None for work that was never saved."""


def autosave_folder(home: Path | None) -> Path:
    """Return where unsaved work is kept: in the project's folder, or with the settings."""
    return home / AUTOSAVE if home is not None else config_folder() / UNTITLED / str(os.getpid())


def keep(project: Project, home: Path | None, before: Stored | None) -> Stored:
    """Keep a state of unsaved work; the one before stays until this one is whole.

    raises   ProjectError  it cannot be written
    """
    folder = autosave_folder(home)
    linked = tuple(replace(one, source=replace(one.source, is_inside=False)) for one in project.layers)
    if before is None:
        with suppress(ProjectError):
            before = read_project(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / OWNER).write_text(str(os.getpid()), encoding="ascii")
    except OSError as error:
        raise ProjectError(
            f"Unsaved work cannot be kept for a crash ({error.strerror or error}).",
            hint=f"Save the project to a folder of your own: {folder}",
        ) from error
    return write_project(replace(project, layers=linked), folder, before=before)


def forget(home: Path | None) -> None:
    """Remove what was kept of unsaved work."""
    shutil.rmtree(autosave_folder(home), ignore_errors=True)


def offer_in(stored: Stored) -> Offer | None:
    """Return unsaved work on a project that is newer than what was saved, if its owner is gone."""
    found = _offer(stored.folder / AUTOSAVE, stored.folder, stored.saved)
    aside = stored.folder / OFFERED
    if found is None:
        return _offer(aside, stored.folder, stored.saved)
    with suppress(OSError):
        shutil.rmtree(aside, ignore_errors=True)
        found.stored.folder.rename(aside)
        return _offer(aside, stored.folder, stored.saved)
    return found


def offers_untitled() -> list[Offer]:
    """Return unsaved work that never had a name, the latest first."""
    found: list[Offer] = []
    with suppress(OSError):
        found = [o for f in (config_folder() / UNTITLED).iterdir() if (o := _offer(f, None, "")) is not None]
    return sorted(found, key=lambda offer: offer.stored.saved, reverse=True)


def refuse(offer: Offer) -> None:
    """Remove unsaved work that nobody wants back."""
    shutil.rmtree(offer.stored.folder, ignore_errors=True)


def _offer(folder: Path, home: Path | None, saved: str) -> Offer | None:
    if not folder.is_dir() or _is_owned(folder):
        return None
    try:
        stored = read_project(folder)
    except ProjectError:  # nothing whole was kept yet
        return None
    return Offer(stored, home) if stored.saved > saved else None


def _is_owned(folder: Path) -> bool:
    """Return whether a running process keeps its work there."""
    try:
        number = int((folder / OWNER).read_text(encoding="ascii"))
    except (OSError, ValueError):
        return False
    return number == os.getpid() or psutil.pid_exists(number)
