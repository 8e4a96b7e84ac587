"""What a window's project is: where it is kept, what it keeps beside the session, whether it has changed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray

from data.project import Stored
from data.sample import kept_folder
from twin.clock import Clock
from twin.project import Arrangement, Bookmark, Project
from twin.session import Camera, Composition
from ui.project_autosave import Offer
from ui.project_state import Kept, project_of_session, with_paths
from ui.window_state import LAYOUT_VERSION

if TYPE_CHECKING:
    from ui.main_window import MainWindow


class WindowProject:
    """The state behind the project desk."""

    def __init__(self, window: MainWindow) -> None:
        """Begin without a name and with nothing to save."""
        self._window, self.session = window, window.session
        self.stored: Stored | None = None
        """The project as it was last saved or opened; None for one without a name."""
        self.kept = Kept()
        self.autosaved: Stored | None = None
        self.is_autosave_refused = False
        self.restored: Offer | None = None
        """Unsaved work without a name that was brought back: its folder goes once it is saved."""
        self.places: dict[str, str] = {}
        """Where files lie in the project that the session has read from elsewhere."""
        self.is_opening = False
        self._settled: Project | None = None

    @property
    def home(self) -> Path | None:
        """Return the project's folder; None for one without a name."""
        return self.stored.folder if self.stored is not None else None

    @property
    def is_lent(self) -> bool:
        """Return whether it is the kept copy of the sample city: it is looked at, and saved elsewhere."""
        home = self.home
        return home is not None and home.parent == kept_folder()

    @property
    def name(self) -> str:
        """Return what the project is called; "" for none."""
        if self.stored is None:
            return self.kept.project.title
        return self.kept.project.title or self.stored.folder.stem

    def begin(self, stored: Stored | None, kept: Kept) -> None:
        """Take another project; its layers are opened next."""
        self.stored, self.kept = stored, kept
        self.autosaved, self.restored, self._settled, self.places = None, None, None, {}
        self.is_autosave_refused = False
        self.is_opening = bool(kept.project.layers)
        self._window.bookmarks.views = {}

    def bring_back(self) -> None:
        """Give the window its bookmarks and panels as the project has them."""
        project = self.kept.project
        self._window.bookmarks.views = {b.number: b.view for b in project.bookmarks if 1 <= b.number <= 9}
        if project.arrangement.docks:
            docks = QByteArray.fromBase64(project.arrangement.docks.encode("ascii", "replace"))
            self._window.restoreState(docks, LAYOUT_VERSION)

    def whole_composition(self) -> Composition:
        """Return the composition with the states of missing layers in their places."""
        return self.project().view.composition

    def project(self) -> Project:
        """Return the project as it is now, its files where they are."""
        project = with_paths(project_of_session(self._window.session, self.kept), self.places)
        views = self._window.bookmarks.views
        return replace(project, bookmarks=tuple(Bookmark(n, views[n]) for n in sorted(views)))

    def arranged(self) -> Project:
        """Return the project as it is now, with the window's arrangement."""
        geometry, docks = self._window.saveGeometry(), self._window.saveState(LAYOUT_VERSION)
        texts = [bytes(part.toBase64().data()).decode("ascii") for part in (geometry, docks)]
        return replace(self.project(), arrangement=Arrangement(*texts))

    def settle(self) -> None:
        """Take the present state as the saved one."""
        self._settled = self._comparable()

    @property
    def is_changed(self) -> bool:
        """Return whether there is anything to save: what is merely looked at is nothing."""
        if self.is_opening:
            return False
        if self.stored is None and self._settled is None and self.restored is None:
            session = self._window.session
            return bool(session.layers) and (
                session.can_undo or bool(self._window.bookmarks.views or self.kept.project.views)
            )
        return self._settled is None or self._comparable() != self._settled

    def _comparable(self) -> Project:
        """Return the project without what changes by looking around."""
        project = self.project()
        layers = tuple(replace(one, source=replace(one.source, is_inside=False)) for one in project.layers)
        view = replace(project.view, camera=Camera(), clock=Clock())
        return replace(
            project, layers=tuple(sorted(layers, key=lambda one: one.id)), view=view, arrangement=Arrangement()
        )
