"""Projects in the window: new, open, save, pack; what is missing; unsaved work kept and offered back; named views."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from PySide6.QtCore import QEvent, QObject, QTimer, Signal
from PySide6.QtWidgets import QFileDialog, QMessageBox

from data.project import Stored, read_project, saved_meanwhile
from data.project_sources import size_of
from twin.clock import Clock
from twin.errors import TwinError
from twin.project import MissingLayer, Project, ProjectLayer
from twin.session import Camera
from ui import project_words as words
from ui import words as window_words
from ui.contents import stored_project
from ui.desks import CLOSES
from ui.main_window import MainWindow
from ui.project_autosave import Offer, forget, keep, offer_in, offers_untitled, refuse
from ui.project_dialog import SaveDialog, Where, asked_about_changes, asked_about_newer
from ui.project_files import pack_project
from ui.project_opening import Opened, ProjectOpening
from ui.project_saving import Saving
from ui.project_state import Kept, paths_in
from ui.project_strip import ProjectStrip
from ui.project_view_acts import ViewActs
from ui.project_window import WindowProject

if TYPE_CHECKING:
    from ui.loading import Loader

AUTOSAVE_MS = 2000


def attach(window: MainWindow) -> None:
    """Give a window its projects."""
    ProjectDesk(window)


class ProjectDesk(QObject):
    """Carries out the acts; what the project is stands in WindowProject."""

    followed_known = Signal(object)
    """A project is open: which of its layers are followed (twin.following.Followed)."""

    def __init__(self, window: MainWindow) -> None:
        """Attach to a window; found again by window.findChild(ProjectDesk)."""
        super().__init__(window)
        self.setObjectName(CLOSES)
        self._window, self._session = window, window.session
        self._loader = cast("Loader", window.parts.opener)
        self.state = WindowProject(window)
        self.saving = Saving(window.parts.opener, self.state, window.notices)
        self.views = ViewActs(window, self.state, self.follow)
        self.strip = ProjectStrip()
        layout = window.layers.layout()
        assert layout is not None
        layout.addWidget(self.strip)
        self.ask_where: Callable[[], Where | None] = self._ask_where
        self.ask_changes: Callable[[], QMessageBox.StandardButton] = partial(asked_about_changes, window)
        self.ask_newer: Callable[[str], QMessageBox.StandardButton] = partial(asked_about_newer, window)
        self._jobs: dict[Hashable, ProjectLayer] = {}
        self._opening: ProjectOpening | None = None
        self._autosave = QTimer(self)
        self._autosave.setSingleShot(True)
        self._autosave.setInterval(AUTOSAVE_MS)
        self._autosave.timeout.connect(self.keep_unsaved)
        self._connect()
        window.installEventFilter(self)
        for offer in offers_untitled():
            self.strip.show_offer(offer)

    def _connect(self) -> None:
        acts = self._window.actions_by_id
        for act, slot in self.acts().items():
            acts[act].triggered.connect(partial(_call, slot))
        for number in range(1, 10):
            acts[f"set_bookmark_{number}"].triggered.connect(self.follow)
        self._window.menus["views"].aboutToShow.connect(self.views.fill)
        self._window.files.project_asked.connect(self.open)
        self._window.status.cancel_asked.connect(self._cancel)
        self._session.layers_changed.connect(self.follow)
        self._session.composition_changed.connect(self.follow)
        self._window.windowTitleChanged.connect(self._show_title)
        self.saving.done.connect(self._saved)
        self.saving.failed.connect(self._window.notices.error)
        self.strip.find_asked.connect(self._ask_for_file)
        self.strip.removal_asked.connect(self.take_out)
        self.strip.restore_asked.connect(self.restore)
        self.strip.refusal_asked.connect(self._refuse)
        self.follow()

    def acts(self) -> dict[str, Callable[[], object]]:
        """Return what each act of keys.BINDINGS does."""
        return {
            "new_project": self.new,
            "open_project": self._ask_for_project,
            "save_project": self.save,
            "save_project_as": self.save_as,
            "pack_project": self._ask_for_zip,
            "keep_view": self.views.ask,
        }

    # following

    def follow(self, *_: object) -> None:
        """Show what the project is called and whether it is saved; keep unsaved work in a while."""
        has_layers = bool(self._session.layers or self.state.kept.opened.missing)
        for act in ("save_project", "save_project_as", "pack_project", "keep_view"):
            self._window.actions_by_id[act].setEnabled(has_layers)
        self._show_title()
        if self.state.is_changed and not self._autosave.isActive():
            self._autosave.start()

    def _show_title(self, _title: str = "") -> None:
        name = self.state.name
        if name:
            title = words.window_title(name, window_words.APP, is_changed=self.state.is_changed)
            if self._window.windowTitle() != title:
                self._window.setWindowTitle(title)

    def keep_unsaved(self) -> None:
        """Keep unsaved work for a crash; that it cannot be kept is said once."""
        if not self.state.is_changed:
            return
        try:
            self.state.autosaved = keep(self.state.project(), self.state.home, self.state.autosaved)
        except TwinError as error:
            if not self.state.is_autosave_refused:
                self._window.notices.error(error)
            self.state.is_autosave_refused = True

    # new and open

    def new(self) -> None:
        """Begin an empty project."""
        self._after_changes(self._begin_empty)

    def _forget_unsaved(self) -> None:
        """Take away what was kept of work that is saved, or not wanted."""
        forget(self.state.home)
        if self.state.restored is not None:
            refuse(self.state.restored)

    def _begin_empty(self) -> None:
        self._forget_unsaved()
        self.state.begin(None, Kept())
        self._window.close_all()
        self._end_feeds()
        self._session.set_camera(Camera(), is_remembered=False)
        self.state.settle()
        self.strip.show_missing(())
        self._window.setWindowTitle(window_words.APP)
        self.follow()

    def _end_feeds(self) -> None:
        """Let go of the feeds of what was open: another project may have feeds of the same names."""
        composition = replace(self._session.composition, feeds=(), live=(), flows=())
        self._session.set_composition(composition, is_undoable=False)
        self._session.set_clock(Clock())

    def _ask_for_project(self) -> None:
        folder = QFileDialog.getExistingDirectory(self._window, words.OPEN_TITLE)
        if folder:
            self.open(folder)

    def open(self, path: str) -> None:
        """Open a project by its folder, project.json or zip; what is open is closed, after asking about changes."""
        try:
            stored, report = stored_project(path)
        except TwinError as error:
            self._window.notices.error(error)
            return
        for line in report.sentences():
            self._window.notices.info(line)
        self._after_changes(partial(self._open, stored, stored))

    def _open(self, stored: Stored | None, shown: Stored, *, is_changed: bool = False) -> None:
        """Open what is shown; stored is the project that is saved to."""
        self._forget_unsaved()
        self.state.begin(stored, Kept(shown.project))
        self._window.close_all()
        self._end_feeds()
        self._opening = ProjectOpening(
            self._loader,
            self._session,
            shown,
            on_done=partial(self._opened, is_changed=is_changed),
            on_began=self._began,
            on_progress=self._went_on,
        )
        self._opening.begin()

    def _began(self, job: Hashable, layer: ProjectLayer) -> None:
        if not self._session.layers.get(layer.id):
            self._jobs[job] = layer
            self._window.status.job_began(job, words.opening(layer.name))

    def _went_on(self, layer_id: str, share: float) -> None:
        for job, layer in list(self._jobs.items()):
            if layer.id == layer_id:
                self._window.status.job_went_on(job, share)
                self._end_read(job, layer)

    def _end_read(self, job: Hashable, layer: ProjectLayer) -> None:
        if layer.id in self._session.layers:
            self._jobs.pop(job, None)
            self._window.status.job_ended(job)

    def _cancel(self, job: Hashable) -> None:
        """Stop reading a layer: it stays in the project, and is shown as missing."""
        layer = self._jobs.pop(job, None)
        if layer is not None and self._opening is not None:
            self._loader.cancel(job)
            self._window.status.job_ended(job)
            self._opening.give_up(layer)

    def _opened(self, opened: Opened, *, is_changed: bool) -> None:
        for job in list(self._jobs):
            self._jobs.pop(job)
            self._window.status.job_ended(job)
        self.state.kept = replace(self.state.kept, opened=opened)
        self.state.bring_back()
        self.strip.show_missing(opened.missing)
        for line in opened.report.sentences():
            self._window.notices.warning(line)
        self._session.forget_history()
        if not is_changed:
            self.state.settle()
        self.state.is_opening = False
        if self.state.stored is not None:
            if not self.state.is_lent:
                self._window.files.remember(str(self.state.stored.folder))
            offer = offer_in(self.state.stored)
            if offer is not None and not is_changed:
                self.strip.show_offer(offer)
        self.follow()
        self.followed_known.emit(self.state.kept.project.followed)

    # unsaved work

    def restore(self, offer: Offer) -> None:
        """Bring unsaved work back; it stays unsaved until it is saved."""
        try:
            stored = read_project(offer.home) if offer.home is not None else None
        except TwinError as error:
            self._window.notices.error(error)
            return
        self.strip.take_offer_away(offer)
        shown = offer.stored if offer.home is None else replace(offer.stored, folder=offer.home)
        self.state.begin(None, Kept())
        self._open(stored, shown, is_changed=True)
        self.state.restored = offer

    def _refuse(self, offer: Offer) -> None:
        refuse(offer)
        self.strip.take_offer_away(offer)

    def _after_changes(self, then: Callable[[], object]) -> None:
        """Do something that closes the project, after asking what becomes of changes."""
        if not self.state.is_changed or not self._window.files.asks:
            then()
            return
        answer = self.ask_changes()
        if answer == QMessageBox.StandardButton.Save:
            self.save(then)
        elif answer == QMessageBox.StandardButton.Discard:
            then()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802  Qt's name
        """Ask about changes before the window closes; take the unsaved work away once it is not wanted."""
        if event.type() != QEvent.Type.Close or watched is not self._window:
            return False
        if self.saving.is_busy:
            event.ignore()
            return True
        may_close: list[bool] = []
        if self.state.is_changed and self._window.files.asks:
            answer = self.ask_changes()
            if answer == QMessageBox.StandardButton.Save:
                self.save(self._window.close)
            may_close.append(answer == QMessageBox.StandardButton.Discard)
        if not all(may_close):
            event.ignore()
            return True
        self._autosave.stop()
        self._forget_unsaved()
        return False

    # save

    def save(self, then: Callable[[], object] | None = None) -> None:
        """Save where the project is; one without a name is asked for it."""
        if self.state.stored is None or self.state.is_lent:
            self.save_as(then)
            return
        saved = saved_meanwhile(self.state.stored)
        choices = QMessageBox.StandardButton
        answer = self.ask_newer(saved) if saved and self._window.files.asks else choices.Save
        if answer == choices.SaveAll:
            self.save_as(then)
        elif answer == choices.Save:
            self._window.status.job_began(words.SAVE_TITLE, words.saving(self.state.name))
            self.saving.save(then)

    def save_as(self, then: Callable[[], object] | None = None) -> None:
        """Save to another folder."""
        where = self.ask_where()
        if where is not None:
            self._window.status.job_began(words.SAVE_TITLE, words.saving(where.folder.stem))
            self.saving.save_as(where, then)

    def _ask_where(self) -> Where | None:
        project, state = self.state.project(), self.state
        folder = state.home.parent if state.home is not None and not state.is_lent else Path.home()
        size_bytes = sum(size_of(Path(p)) for p in dict.fromkeys(paths_in(project)))
        name = state.name or next(iter(layer.name for layer in project.layers), words.UNTITLED)
        if state.stored is not None and not state.is_lent and saved_meanwhile(state.stored):
            name = f"{name} 2"  # the place of its own name is taken
        dialog = SaveDialog(self._window, name=name, folder=folder, size_bytes=size_bytes)
        return dialog.answer() if dialog.exec() == SaveDialog.DialogCode.Accepted else None

    def _saved(self, text: str) -> None:
        self._window.status.job_ended(words.SAVE_TITLE)
        if text:
            self._window.notices.info(text)
        if self.state.stored is not None:
            self._window.files.remember(str(self.state.stored.folder))
        self._autosave.stop()
        self.follow()

    def _ask_for_zip(self) -> None:
        if self.state.stored is None or self.state.is_changed:
            self.save(self._ask_for_zip)
            return
        proposed = str(self.state.stored.folder.with_suffix(".citytwin.zip"))
        path, _ = QFileDialog.getSaveFileName(self._window, words.PACK_TITLE, proposed, words.ZIP_FILTER)
        if path:
            self.pack(Path(path))

    def pack(self, path: Path) -> None:
        """Write the project as it is saved into a zip."""
        assert self.state.stored is not None
        try:
            size_bytes = pack_project(self.state.stored, path)
        except TwinError as error:
            self._window.notices.error(error)
        else:
            self._window.notices.info(words.packed(str(path), size_bytes))

    # what is missing

    def _ask_for_file(self, layer_id: str) -> None:
        path, _ = QFileDialog.getOpenFileName(self._window, words.FIND_TITLE, "", window_words.FILE_FILTER)
        if path:
            self.find(layer_id, path)

    def find(self, layer_id: str, path: str) -> None:
        """Read a missing layer from another file; it takes its place, its style and its joins."""
        missing = [m for m in self.state.kept.opened.missing if m.layer.id == layer_id]
        if not missing:
            return
        layer = replace(missing[0].layer, source=replace(missing[0].layer.source, path=path, is_inside=False))
        old = self.state.whole_composition()
        states = tuple(s for s in old.layers if s.layer_id == layer_id)
        view = replace(self.state.kept.project.view, composition=replace(old, layers=states))
        view = replace(view, camera=self._session.camera, clock=self._session.clock)
        alone = replace(self.state.kept.project, layers=(layer,), view=view)
        folder = self.state.home or Path()
        self._opening = ProjectOpening(
            self._loader,
            self._session,
            Stored(alone, folder),
            on_done=partial(self._found, [s.layer_id for s in old.layers]),
            on_began=self._began,
            on_progress=self._went_on,
        )
        self._opening.begin()

    def _found(self, order: list[str], opened: Opened) -> None:
        for job in list(self._jobs):
            self._jobs.pop(job)
            self._window.status.job_ended(job)
        if opened.missing:
            self._window.notices.warning(words.missing(opened.missing[0].layer.name, opened.missing[0].reason))
            return
        composition = self._session.composition
        layers = tuple(sorted(composition.layers, key=lambda s: order.index(s.layer_id) if s.layer_id in order else -1))
        self._session.set_composition(replace(composition, layers=layers), is_undoable=False)
        self._keep_missing(m for m in self.state.kept.opened.missing if m.layer.id not in self._session.layers)

    def take_out(self, layer_id: str) -> None:
        """Take a missing layer out of the project."""
        self.state.kept = replace(self.state.kept, project=self.state.kept.project.without(layer_id))
        self._keep_missing(m for m in self.state.kept.opened.missing if m.layer.id != layer_id)

    def _keep_missing(self, missing: Any) -> None:
        left: tuple[MissingLayer, ...] = tuple(missing)
        self.state.kept = replace(self.state.kept, opened=replace(self.state.kept.opened, missing=left))
        self.strip.show_missing(left)
        self.follow()

    # what else a project keeps

    def change(self, **fields: Any) -> None:
        """Change fields of the project: its title, views, what was decided about personal columns."""
        self.state.kept = replace(self.state.kept, project=replace(self.state.kept.project, **fields))
        self.follow()

    @property
    def project(self) -> Project:
        """Return the project as it is now."""
        return self.state.project()


def _call(slot: Callable[[], object], *_: object) -> None:
    slot()
