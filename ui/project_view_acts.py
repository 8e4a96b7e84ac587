"""Named views in the window: kept by name, shown again from the menu."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from PySide6.QtWidgets import QInputDialog

from twin.project import NamedView
from ui import project_words as words
from ui.main_window import MainWindow
from ui.project_views import named_view, view_of
from ui.project_window import WindowProject


class ViewActs:
    """Keeps views in a window's project and goes back to them."""

    def __init__(self, window: MainWindow, state: WindowProject, on_change: Callable[[], None]) -> None:
        """Keep them in a project; on_change is called when there is another one."""
        self._window, self._session = window, window.session
        self._state, self._on_change = state, on_change

    def ask(self) -> None:
        """Ask for a name, and keep what is looked at."""
        name, is_given = QInputDialog.getText(self._window, words.KEEP_VIEW_TITLE, words.VIEW_NAME)
        if is_given and name.strip():
            self.keep(name.strip())

    def keep(self, name: str) -> None:
        """Keep what is looked at under a name; a view of that name gives way."""
        frame = self._session.frame
        if frame is None:
            return
        made = named_view(name, replace(self._session.view, camera=self._window.view.camera), frame)
        project = self._state.kept.project
        views = (*(v for v in project.views if v.name != name), made)
        self._state.kept = replace(self._state.kept, project=replace(project, views=views))
        self._window.notices.info(words.view_kept(name))
        self._on_change()

    def show(self, named: NamedView) -> None:
        """Show a kept view: its layers, and where it looks from."""
        view = view_of(named, self._session)
        self._session.set_composition(view.composition)
        self._window.camera.go(view.camera)

    def fill(self) -> None:
        """Fill the menu."""
        menu = self._window.menus["views"]
        menu.clear()
        for named in self._state.kept.project.views:
            action = menu.addAction(named.name.replace("&", "&&"))
            action.triggered.connect(partial(_call, partial(self.show, named)))
        if not self._state.kept.project.views:
            menu.addAction(words.NO_VIEWS).setEnabled(False)


def _call(slot: Callable[[], object], *_: object) -> None:
    slot()
