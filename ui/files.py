"""Opening files: asks what the file leaves open, starts the loader, shows its progress, tells how it ended."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Protocol

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QDialog, QFileDialog, QWidget

from data.database_address import without_password
from data.height_rasters import HeightRasters, rasters_of_layer
from data.project_zip import is_project_source
from data.sources import datasets_in
from data.vector import Description
from twin.changes import Changes
from twin.errors import SourceError
from twin.layer import Kind, Layer
from twin.session import Session
from ui import words
from ui.notices import Notices
from ui.open_dialog import Answer, Offer, OpenDialog
from ui.opened_notice import notice_of
from ui.status import StatusBar

RECENT_KEPT = 12


@dataclass(frozen=True, slots=True)
class Wish:
    """One layer to be read."""

    path: str
    layer: str | None = None
    crs: str | None = None
    kind: Kind | None = None
    is_alone: bool = False
    """Whether polygons are raised even if nothing says that they are buildings."""
    replaces: str = ""
    """The layer that goes when this one has come."""
    is_remembered: bool = True
    """Whether the file becomes a recent one."""
    rasters: HeightRasters | None = None
    """What heights of buildings are taken from; None takes what was asked for all files."""


class Opener(Protocol):
    """What reads files in the background; ui.loading has the one of the app. Callbacks come on the main thread."""

    def open(
        self,
        path: str,
        *,
        layer: str | None = None,
        crs: str | None = None,
        kind: Kind | None = None,
        is_alone: bool | None = None,
        rasters: HeightRasters | None = None,
        on_progress: Callable[[float], None],
        on_done: Callable[[Layer], None],
        on_error: Callable[[BaseException], None],
    ) -> Hashable:
        """Begin to read; the layer is in the session when on_done is called."""

    def open_again(
        self,
        layer: Layer,
        path: str,
        *,
        wishes: Mapping[str, Any],
        on_progress: Callable[[float], None],
        on_done: Callable[[Layer, Changes], None],
        on_error: Callable[[BaseException], None],
    ) -> Hashable:
        """Begin to read an open layer once more; the session stays as it is."""

    def cancel(self, job: Hashable) -> None:
        """Stop reading; nothing is called any more."""

    def look(
        self,
        path: str,
        *,
        layer: str | None = None,
        crs: str | None = None,
        on_found: Callable[[Description], None],
        on_error: Callable[[BaseException], None],
    ) -> None:
        """Have a cheap look at a file; one of the two is called, now or later."""


SampleAsker = Callable[[Callable[[Sequence[tuple[str, str]]], None], Callable[[BaseException], None]], None]
"""Makes sure that the sample city is there, then hands over its (file, layer) pairs, or says what failed."""


def _no_sample(
    _on_ready: Callable[[Sequence[tuple[str, str]]], None], on_error: Callable[[BaseException], None]
) -> None:
    on_error(SourceError(words.NO_SAMPLE))


class Files(QObject):
    """Everything about opening. Partial failure never blocks the window."""

    opened = Signal(str)
    """A layer is in the session: its id."""
    recent_changed = Signal(list)
    project_asked = Signal(str)
    """A project is to be opened: its folder, project.json or zip."""

    def __init__(self, window: QWidget, session: Session, opener: Opener, notices: Notices, status: StatusBar) -> None:
        """Open into a session."""
        super().__init__(window)
        self._window, self._session, self._opener = window, session, opener
        self._notices, self._status = notices, status
        self._jobs: dict[Hashable, str] = {}
        self._to_look: list[Wish] = []
        self._is_looking = self._is_starting = False
        self._came: list[Layer] = []
        """Layers of which nothing was told yet."""
        self.recent: list[str] = []
        self.ask_for_sample: SampleAsker = _no_sample
        self.asks = True
        """False answers all questions with the guess: for scripts and tests."""
        status.cancel_asked.connect(self.cancel)

    # asking

    def ask_for_files(self) -> None:
        """Show the file dialog."""
        folder = str(Path(self.recent[0]).parent) if self.recent else ""
        paths, _ = QFileDialog.getOpenFileNames(self._window, words.ACTS["open"][0], folder, words.FILE_FILTER)
        self.open_paths(paths)

    def open_paths(self, paths: Sequence[str], *, crs: str | None = None) -> None:
        """Open several files, one after the other; one that fails does not stop the rest."""
        whole = [file for path in paths for file in self._files_in(path)]
        for path in whole:
            self.open_path(path, crs=crs, is_alone=len(whole) == 1)

    def _files_in(self, path: str) -> list[str]:
        """Return the files meant by a path: for a folder with several, those a person chooses."""
        found = datasets_in(Path(path)) if Path(path).is_dir() else []
        if len(found) < 2 or Path(path).suffix.lower() == ".gdb":
            return [path]
        if self.asks:
            offers = [Offer(file.name, "", is_suggested=True) for file in found]
            question = words.which_files(Path(path).name, len(offers))
            dialog = OpenDialog(self._window, Path(path).name, offers=offers, question=question)
            if dialog.exec() != QDialog.DialogCode.Accepted:
                return []
            chosen = dialog.answer().layers
            found = [file for file in found if file.name in chosen]
        return [str(file) for file in found]

    def open_sample(self) -> None:
        """Open the sample city, layer by layer; it is generated the first time."""
        self._status.job_began(words.SAMPLE, words.opening(words.SAMPLE))
        self.ask_for_sample(self._sample_ready, self._sample_failed)

    def _sample_failed(self, error: BaseException) -> None:
        self._status.job_ended(words.SAMPLE)
        self._notices.error(error)

    def _sample_ready(self, sources: Sequence[tuple[str, str]]) -> None:
        self._status.job_ended(words.SAMPLE)
        for path, _ in sources:
            if is_project_source(path):
                self.project_asked.emit(path)
        files = [source for source in sources if not is_project_source(source[0])]
        self._start_all([Wish(path, layer, is_remembered=False) for path, layer in files])

    def open_again(self, layer_id: str, kind: Kind) -> None:
        """Read an open layer again to draw it raised or flat; the old one goes when the new one is there."""
        layer = self._session.layers[layer_id]
        crs = layer.info.crs if layer.info.crs_source == "given" else None
        rasters = rasters_of_layer(layer)
        self._start(Wish(layer.info.path, layer.info.source_layer, crs, kind, replaces=layer_id, rasters=rasters))

    def open_path(self, path: str, *, layer: str | None = None, crs: str | None = None, is_alone: bool = True) -> None:
        """Open one file ("FILE:LAYER" too), after asking what it leaves open.

        is_alone   whether it is the only one given: polygons of unknown height are raised then
        """
        if layer is None and is_project_source(path):
            self.project_asked.emit(path)
            return
        self._to_look.append(Wish(path, layer, crs, is_alone=is_alone))
        self._look_at_next()

    def _look_at_next(self) -> None:
        """Look at one file at a time, so that they are opened, and asked about, in the order they were given."""
        if self._is_looking or not self._to_look:
            return
        self._is_looking = True
        wish = self._to_look.pop(0)
        self._opener.look(
            wish.path,
            layer=wish.layer,
            crs=wish.crs,
            on_found=partial(self._found, wish),
            on_error=self._not_found,
        )

    def _not_found(self, error: BaseException) -> None:
        self._notices.error(error)
        self._is_looking = False
        self._look_at_next()
        self._tell_at_end()

    def _found(self, wish: Wish, found: Description) -> None:
        """Ask what a file leaves open, and begin to read it."""
        try:
            self._start_found(wish, found)
        finally:
            self._is_looking = False
            self._look_at_next()
            self._tell_at_end()

    def _start_found(self, wish: Wish, found: Description) -> None:
        is_layer_given = wish.layer is not None or wish.path != found.path
        answer = self._ask(found, is_layer_given=is_layer_given, is_crs_given=wish.crs is not None)
        if answer is None:
            return
        together = () if is_layer_given else found.opened
        names: Sequence[str | None] = answer.layers or together or (wish.layer if is_layer_given else None,)
        source = wish.path if is_layer_given else found.path
        alone = wish.is_alone and len(names) == 1 and not self._jobs and not self._session.layers
        self._start_all([Wish(source, name, answer.crs or wish.crs, answer.kind, is_alone=alone) for name in names])

    def _ask(self, found: Description, *, is_layer_given: bool, is_crs_given: bool) -> Answer | None:
        asks_layer = len(found.layers) > 1 and not is_layer_given and not found.opened
        asks_crs = not is_crs_given and found.crs_source != "stated"
        if not self.asks or not (asks_layer or asks_crs):
            return Answer()
        offers = [Offer(name, "", is_suggested=name == found.layer) for name in found.layers] if asks_layer else []
        dialog = OpenDialog(
            self._window, Path(found.path).name, offers=offers, asks_crs=asks_crs, guessed_crs=found.crs or ""
        )
        return dialog.answer() if dialog.exec() == QDialog.DialogCode.Accepted else None

    # reading

    def _start_all(self, wishes: Sequence[Wish]) -> None:
        """Begin to read layers that are told of together."""
        self._is_starting = True
        try:
            for wish in wishes:
                self._start(wish)
        finally:
            self._is_starting = False
        self._tell_at_end()

    def _start(self, wish: Wish) -> None:
        name = Path(wish.path).name if wish.layer is None else f"{Path(wish.path).name}: {wish.layer}"
        mailbox: list[Hashable] = []
        job = self._opener.open(
            wish.path,
            layer=wish.layer,
            crs=wish.crs,
            kind=wish.kind,
            is_alone=wish.is_alone,
            rasters=wish.rasters,
            on_progress=partial(self._went_on, mailbox),
            on_done=partial(self._done, mailbox, wish),
            on_error=partial(self._failed, mailbox),
        )
        if mailbox:
            return
        mailbox.append(job)
        self._jobs[job] = name
        self._status.job_began(job, words.opening(name))

    def _went_on(self, mailbox: list[Hashable], share: float) -> None:
        if mailbox:
            self._status.job_went_on(mailbox[0], share)

    def _done(self, mailbox: list[Hashable], wish: Wish, layer: Layer) -> None:
        self._end(mailbox)
        if wish.replaces in self._session.layers and wish.replaces != layer.info.id:
            self._replace(wish.replaces, layer)
        if wish.is_remembered:
            self.remember(wish.path)
        self._came.append(layer)
        self._tell_at_end()
        self.opened.emit(layer.info.id)

    def _replace(self, old_id: str, layer: Layer) -> None:
        """Put a layer in the place of another: it takes over its name, its style and whether it is on."""
        corrections = self._session.composition.corrections
        old = self._session.composition.state(old_id)
        name = old.name or self._session.layers[old_id].info.name
        self._session.remove_layer(old_id)
        state, composition = replace(old, layer_id=layer.info.id, name=name), self._session.composition
        layers = tuple(state if s.layer_id == layer.info.id else s for s in composition.layers)
        kept = tuple(replace(c, layer_id=layer.info.id) for c in corrections if c.layer_id == old_id)
        shown = replace(composition, layers=layers, corrections=(*composition.corrections, *kept))
        self._session.set_composition(shown, is_undoable=False)

    def _failed(self, mailbox: list[Hashable], error: BaseException) -> None:
        self._end(mailbox)
        self._notices.error(error)
        self._tell_at_end()

    def _end(self, mailbox: list[Hashable]) -> None:
        """Take a job away; one that ended before it had a number leaves a mark for _start."""
        if not mailbox:
            mailbox.append(None)
        for job in mailbox:
            self._status.job_ended(job)
            self._jobs.pop(job, None)

    def cancel(self, job: Hashable) -> None:
        """Stop a running job."""
        name = self._jobs.pop(job, None)
        if name is not None:
            self._opener.cancel(job)
            self._status.job_ended(job)
            self._notices.info(words.cancelled(name))
            self._tell_at_end()

    def cancel_all(self) -> None:
        """Stop everything: the window closes."""
        for job in list(self._jobs):
            self._jobs.pop(job)
            self._opener.cancel(job)
            self._status.job_ended(job)

    def _tell_at_end(self) -> None:
        """Say in one notice what was met while reading, once all that was asked for is there."""
        if self._jobs or self._to_look or self._is_looking or self._is_starting:
            return
        layers, self._came = self._came, []
        notice = notice_of(layers)
        if notice is not None:
            self._notices.tell(notice)

    # recent files

    def remember(self, path: str) -> None:
        """Put a path first among the recent ones."""
        whole = str(Path(path).absolute()) if Path(path).exists() else without_password(path)
        self.set_recent([whole, *(p for p in self.recent if p != whole)][:RECENT_KEPT])

    def set_recent(self, paths: Sequence[str]) -> None:
        """Take the list of recent files."""
        self.recent = list(paths)
        self.recent_changed.emit(self.recent)
