"""Saving in the background: a worker copies the files, then project.json is put in its place here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy.typing as npt
from PySide6.QtCore import QObject, QTimer, Signal

from data.height_rasters import rasters_of_source
from data.project import DATA, Stored, write_project
from data.project_sources import size_of_folder
from twin.errors import TwinError
from twin.project import Project
from ui import load_work
from ui import project_words as words
from ui.notices import Notices
from ui.project_autosave import forget, refuse
from ui.project_dialog import Where
from ui.project_files import check_new, copied
from ui.project_opening import cache_file
from ui.project_state import Kept, paths_in, settle_work, settled_of_arrays, with_made
from ui.project_window import WindowProject

Arrays = Mapping[str, npt.NDArray[Any]]


class Saving(QObject):
    """Saves a window's project, one save at a time."""

    done = Signal(str)
    """It is saved: what to tell."""
    failed = Signal(object)
    """It is not: the error."""

    def __init__(self, opener: object, state: WindowProject, notices: Notices) -> None:
        """Copy files with the workers of an opener that has some (ui.loading.Loader.ask)."""
        super().__init__()
        self._ask: Callable[..., None] | None = getattr(opener, "ask", None)
        self._state, self._notices = state, notices
        self.is_busy = False

    def save(self, then: Callable[[], object] | None) -> None:
        """Save where the project is; layers that were links stay links."""
        stored = self._state.stored
        assert stored is not None
        old = stored.project
        linked = [layer.source.path for layer in old.layers if not layer.source.is_inside]
        is_inside = any(layer.source.is_inside for layer in old.layers) or not old.layers
        self._begin(stored.folder, stored, then, is_inside_wanted=is_inside, linked=linked)

    def save_as(self, where: Where, then: Callable[[], object] | None) -> None:
        """Save to another folder, all of the project with it."""
        state, folder = self._state, where.folder.absolute()
        try:
            if state.stored is not None and folder == state.stored.folder:
                self.save(then)
                return
            check_new(folder)
            before = copied(state.stored, folder) if state.stored is not None else None
        except TwinError as error:
            self._fail(error)
            return
        if before is not None and state.stored is not None:
            moved = zip(paths_in(state.stored.project), paths_in(before.project), strict=True)
            state.places |= {old: new for old, new in moved if old != new}
        self._begin(folder, before, then, is_inside_wanted=where.is_inside_wanted, linked=())

    def _begin(
        self,
        folder: Path,
        before: Stored | None,
        then: Callable[[], object] | None,
        *,
        is_inside_wanted: bool,
        linked: object,
    ) -> None:
        project = self._state.arranged()
        if not project.title:
            project = replace(project, title=folder.stem)
        try:
            project, made = with_made(project, self._state.session, folder)
        except TwinError as error:
            self._fail(error)
            return
        self._state.places |= made
        owned = before.owned if before is not None else ()
        wishes = {
            "is_inside_wanted": is_inside_wanted,
            "owned": (*owned, *(f"{DATA}/{Path(place).name}" for place in made.values())),
            "linked": tuple(linked),  # type: ignore[arg-type]
        }
        self.is_busy = True

        def copied_all(arrays: Arrays) -> None:
            self._write(project, folder, before, arrays, then)

        if self._ask is not None:
            self._ask(settle_work, str(folder), project, wishes, on_found=copied_all, on_error=self._fail)
            return
        try:
            arrays = settle_work({}, str(folder), project, wishes)
        except TwinError as error:
            self._fail(error)
            return
        copied_all(arrays)

    def _write(
        self, project: Project, folder: Path, before: Stored | None, arrays: Arrays, then: Callable[[], object] | None
    ) -> None:
        settled, state = settled_of_arrays(arrays), self._state
        try:
            stored = write_project(settled.project, folder, before=before, owned=settled.owned)
        except TwinError as error:
            self._fail(error)
            return
        self.is_busy = False
        old_home, restored = state.home, state.restored
        state.places |= dict(zip(paths_in(project), paths_in(settled.project), strict=True))
        state.stored, state.restored, state.autosaved = stored, None, None
        state.kept = Kept(replace(stored.project, arrangement=state.kept.project.arrangement), state.kept.opened)
        state.settle()
        forget(old_home)
        forget(stored.folder)
        if restored is not None:
            refuse(restored)
        self._keep_as_read(stored)
        self.done.emit(words.saved(state.name, str(folder), size_of_folder(folder)))
        if then is not None:
            QTimer.singleShot(0, self, then)

    def _fail(self, error: BaseException) -> None:
        self.is_busy = False
        self.done.emit("")
        self.failed.emit(error)

    def _keep_as_read(self, stored: Stored) -> None:
        """Have a worker keep the layers as they are read, so that the project opens faster next time."""
        if self._ask is None:
            return
        for layer in stored.project.layers:
            source = layer.source
            wishes = load_work.wishes(
                layer=source.layer,
                crs=source.crs,
                kind=source.kind,
                frame=stored.project.frame,
                height_field=source.height_field,
                rasters=rasters_of_source(source),
                layer_id=layer.id,
            )
            kept = str(cache_file(stored.folder, layer.id))
            if not Path(kept).exists():
                self._ask(load_work.keep_as_read, source.path, wishes, kept, on_found=_nothing, on_error=_nothing)


def _nothing(_: object) -> None:
    """Take an answer that nobody waits for: what is not kept is read from its file."""
