"""Reading a layer's file again: what changed is shown; styles, joins, corrections and the selection stay."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QEvent, QObject, Signal

from data.height_rasters import rasters_of_layer
from data.layer_values import split_path
from data.near import grounds_of
from twin.changes import Changes
from twin.corrections import Standing, stands_of
from twin.errors import SourceError, TwinError
from twin.layer import Layer
from twin.row_keys import own_table, row_places
from ui import follow_words, table_words, words
from ui.changes_dialog import ChangedRow, ChangesDialog, changed_rows
from ui.joining import joined
from ui.whole_addresses import whole

if TYPE_CHECKING:
    from ui.main_window import MainWindow

MOST_GONE = 0.5
"""A state without so great a share of the rows may be half written."""


class HalfReadError(SourceError):
    """Most of a layer was not there: it may still be being written."""


Stamp = tuple[int, int]
"""When a file was written, nanoseconds, and how large it is, bytes."""


def attach(window: MainWindow) -> None:
    """Let a window read its layers again."""
    window.reload_desk = ReloadDesk(window)  # type: ignore[attr-defined]


def stamp_of(path: str) -> Stamp | None:
    """Return when a layer's file was written and how large it is; None where it is no file that is there."""
    try:
        found = Path(split_path(path, None)[0]).stat()
    except (OSError, ValueError):
        return None
    return found.st_mtime_ns, found.st_size


class ReloadDesk(QObject):
    """Watches the files of open layers, and reads one again when it is asked to."""

    done = Signal(object, object, object)
    """A layer was read again: as it was, as it is, and twin.changes.Changes; the same one twice if nothing changed."""
    clear_asked = Signal()
    failed = Signal(str, object)
    """A layer's id, and the error; the layer is as it was."""

    def __init__(self, window: MainWindow) -> None:
        """Follow the session of a window."""
        super().__init__(window)
        self._window, self._session = window, window.session
        self._stamps: dict[str, Stamp | None] = {}
        """The file of each layer as it was when it was read, or as it was last told about."""
        self._reading: dict[str, Hashable | None] = {}
        """By layer: the job that reads it."""
        self.last: Changes | None = None
        """What the last reload brought."""
        window.actions_by_id["reload_layer"].triggered.connect(self._reload_current)
        window.layers.reload_asked.connect(self.reload)
        window.session.layers_changed.connect(self._layers_changed)
        window.installEventFilter(self)

    def _layers_changed(self, _old: object, new: dict[str, Layer]) -> None:
        self._stamps = {i: self._stamps.get(i) or stamp_of(layer.info.path) for i, layer in new.items()}
        self._window.actions_by_id["reload_layer"].setEnabled(bool(new))

    # files that others write

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802  Qt's name
        """Look at the files whenever the window comes to the front."""
        if watched is self._window and event.type() == QEvent.Type.WindowActivate:
            self.check()
        return super().eventFilter(watched, event)

    def check(self) -> list[str]:
        """Tell of files that were written since they were read, each change once; returns their layers."""
        changed = []
        for layer_id, layer in self._session.layers.items():
            now, before = stamp_of(layer.info.path), self._stamps.get(layer_id)
            if now is not None and before is not None and now != before:
                changed.append(layer_id)
                self._stamps[layer_id] = now
        if changed:
            names = [self._session.layers[i].info.name for i in changed]
            self._window.notices.info(table_words.changed_on_disk(names))
        return changed

    # reading again

    def _reload_current(self) -> None:
        layer_id = self._window.layers.current_id()
        if layer_id:
            self.reload(layer_id)
        else:
            self._window.notices.info(table_words.RELOAD_NONE)

    def reload(self, layer_id: str, *, is_quiet: bool = False, path: str = "", is_believed: bool = True) -> bool:
        """Begin to read a layer's file again; the layer stays as it is until that is done.

        is_quiet      whether nothing but the signals says how it ended: the layer is followed
        path          where it is read from now; "" is where it came from
        is_believed   whether a state without most of the rows is taken: a file may be half written
        returns       whether it was begun: a layer is read once at a time
        """
        if layer_id in self._reading:
            return False
        source = self._session.source(layer_id)
        info = source.info
        wishes = {
            "layer": info.source_layer,
            "crs": info.crs if info.crs_source == "given" else None,
            "kind": info.kind,
            "rasters": rasters_of_layer(source),
            "height_field": None if source.heights is None or source.heights.surface else source.heights.field,
        }
        self._reading[layer_id] = None
        job = self._window.parts.opener.open_again(
            self._bare(source),
            path or whole(info.path),
            wishes=wishes,
            on_progress=partial(self._went_on, layer_id),
            on_done=partial(self._done, layer_id, is_quiet, is_believed),
            on_error=partial(self._failed, layer_id, is_quiet),
        )
        if layer_id in self._reading:
            self._reading[layer_id] = job
            self._window.status.job_began(job, words.opening(info.name))
        return True

    @staticmethod
    def _bare(layer: Layer) -> Layer:
        """Return a layer without what was joined to it: only what its file says is compared."""
        own = own_table(layer.table)
        return layer if own is layer.table else replace(layer, table=own)

    def _went_on(self, layer_id: str, share: float) -> None:
        job = self._reading.get(layer_id)
        if job is not None:
            self._window.status.job_went_on(job, share)

    def _end(self, layer_id: str) -> None:
        job = self._reading.pop(layer_id, None)
        if job is not None:
            self._window.status.job_ended(job)

    def _failed(self, layer_id: str, is_quiet: bool, error: BaseException) -> None:  # noqa: FBT001  bound beforehand
        self._end(layer_id)
        if not is_quiet:
            self._window.notices.error(error)
        self.failed.emit(layer_id, error)

    def _done(
        self,
        layer_id: str,
        is_quiet: bool,  # noqa: FBT001  bound beforehand
        is_believed: bool,  # noqa: FBT001  as above
        read: Layer,
        changes: Changes,
    ) -> None:
        self._end(layer_id)
        before = len(changes.new_of_old)
        if not is_believed and len(changes.removed) > MOST_GONE * before:
            self.failed.emit(layer_id, HalfReadError(follow_words.most_gone(len(changes.removed), before)))
            return
        if layer_id not in self._session.layers:  # it was closed meanwhile
            return
        old = self._session.source(layer_id)
        path, name = old.info.path, old.info.name
        read = replace(read, info=replace(read.info, id=layer_id, name=name, path=path))
        self._stamps[layer_id] = stamp_of(path)
        self.last = changes
        new = old
        has_joins = bool(self._session.composition.state(layer_id).joins)  # they may be what changed
        if changes or has_joins or not is_quiet:
            new = self._with_joins(layer_id, read)
            self._put(new, changes)
        self.done.emit(old, new, changes)
        if not is_quiet:
            self._tell(old, new, changes)
        elif changes:
            self._warn_of_corrections(new)

    def _with_joins(self, layer_id: str, layer: Layer) -> Layer:
        """Return a layer with the tables beside it that were joined to its former state, read again too."""
        joins = self._session.composition.state(layer_id).joins
        if not joins:
            return layer
        try:
            done = joined(layer.table, joins, partial(grounds_of, layer))
        except (TwinError, OSError) as error:
            self._window.notices.error(error)
            return layer
        return replace(layer, table=done.table)

    def _put(self, new: Layer, changes: Changes) -> None:
        """Put the new state in the place of the old one; what was selected is selected again by its key."""
        session, layer_id = self._session, new.info.id
        chosen = session.selection
        rows = np.asarray(chosen.rows if chosen.layer_id == layer_id else (), np.int64)
        kept = changes.new_of_old[rows[rows < len(changes.new_of_old)]]
        is_moved = chosen.layer_id == layer_id and not np.array_equal(rows, kept)
        if is_moved:
            session.select("", ())
        if session.brush.layer_id == layer_id:
            session.set_brush("", None)
        session.replace_layer(new)
        if is_moved:
            session.select(layer_id, kept[kept >= 0].tolist())

    def _warn_of_corrections(self, new: Layer) -> None:
        stands = stands_of(new, self._session.composition.corrections)
        unfit = sum(stand.standing is not Standing.APPLIED for stand in stands)
        if unfit:
            self._window.notices.warning(table_words.conflicts(unfit))

    def _tell(self, old: Layer, new: Layer, changes: Changes) -> None:
        self._warn_of_corrections(new)
        if changes:
            self.list_changes(old, new, changes)
        else:
            self._window.notices.info(table_words.nothing_changed(new.info.name))

    def list_changes(self, old: Layer, new: Layer, changes: Changes) -> None:
        """Show what changed, row by row."""
        rows = changed_rows(old, new, changes, at_most=table_words.CHANGES_AT_MOST)
        dialog = ChangesDialog(self._window, new.info.name, changes, rows)
        dialog.zoom_asked.connect(partial(self.zoom, old, new.info.id))
        dialog.select_asked.connect(partial(self.select, new.info.id, changes))
        dialog.clear_asked.connect(self.clear_asked)
        dialog.finished.connect(dialog.deleteLater)
        dialog.setModal(False)
        dialog.show()

    def select(self, layer_id: str, changes: Changes) -> None:
        """Select what is new or changed."""
        self._session.select(layer_id, np.concatenate([changes.added, changes.changed]).tolist())

    def zoom(self, old: Layer, layer_id: str, row: ChangedRow) -> None:
        """Fly to what changed; to where it was, if it is gone."""
        layer = self._session.layers.get(layer_id)
        if row.kind == "removed":
            x, y = row_places(old)[row.row].tolist()
            self._window.view.mouse.fly_to_point((x, y, 0.0))
        elif layer is not None:
            self._session.select(layer_id, [row.row])
            self._window.camera.zoom_rows(layer, (row.row,))
