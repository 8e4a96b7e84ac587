"""What changed in layers that are followed or were read again: kept, marked in the scene, listed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject

from layers.change_marks import CHANGED, NEW, REMOVED
from twin.buildings import Buildings
from twin.change_shapes import hulls_of
from twin.changes import Changes, changes_after
from twin.dates import standing_at
from twin.errors import TwinError
from twin.layer import Layer
from ui import follow_words as words
from ui import table_words
from ui.changes_dialog import ChangesDialog, changed_rows
from ui.reload_desk import ReloadDesk

if TYPE_CHECKING:
    import numpy.typing as npt

    from ui.main_window import MainWindow

NAMES = {NEW: words.NEW, CHANGED: words.CHANGED, REMOVED: words.REMOVED}


@dataclass(frozen=True, slots=True, eq=False)
class Kept:
    """What changed in one layer since its marks were taken away."""

    base: Layer
    """As it was."""
    now: Layer
    changes: Changes


class ChangesDesk(QObject):
    """Found again by window.findChild(ChangesDesk)."""

    def __init__(self, window: MainWindow) -> None:
        """Know of no changes."""
        super().__init__(window)
        self._window, self._session = window, window.session
        self.kept: dict[str, Kept] = {}
        self.dialog: ChangesDialog | None = None
        self._hulls: dict[str, dict[str, Buildings]] = {}
        reload_desk = window.findChild(ReloadDesk)
        assert reload_desk is not None
        self._reload = reload_desk
        reload_desk.done.connect(self._changed)
        reload_desk.clear_asked.connect(self.clear)
        window.layers.changes_asked.connect(self.list)
        window.actions_by_id["changes"].triggered.connect(partial(self._list_current))
        window.actions_by_id["clear_changes"].triggered.connect(self.clear)
        window.session.layers_changed.connect(self._layers_changed)
        window.session.clock_changed.connect(self._clock_changed)
        self._enable()

    def _changed(self, old: Layer, new: Layer, changes: Changes) -> None:
        if not changes:
            return
        layer_id = new.info.id
        before = self.kept.get(layer_id)
        base = old if before is None else before.base
        whole = changes if before is None else changes_after(before.changes, changes, base, new)
        if whole:
            self.kept[layer_id] = Kept(base, new, whole)
        else:
            self.kept.pop(layer_id, None)
        self._mark(layer_id)
        self._enable()
        if self.dialog is not None and self.dialog.isVisible() and self.dialog.layer_id == layer_id:
            self.list(layer_id)

    # in the scene

    def _mark(self, layer_id: str) -> None:
        kept = self.kept.get(layer_id)
        self._hulls.pop(layer_id, None)
        if kept is not None:
            made = {
                NEW: self._hull(kept.now, kept.changes.added),
                CHANGED: self._hull(kept.now, kept.changes.changed),
                REMOVED: self._hull(kept.base, kept.changes.removed),
            }
            self._hulls[layer_id] = {what: hulls for what, hulls in made.items() if hulls is not None}
        self._show()

    def _hull(self, layer: Layer, rows: npt.NDArray[np.int64]) -> Buildings | None:
        """Return the hulls of rows that stand at the time shown: what is not there is listed, and not marked."""
        style = self._session.composition.state(layer.info.id).style
        try:
            standing = standing_at(layer, style, self._session.clock.moment_s(layer.info.id))
        except TwinError:  # a column that the style names is not there; said elsewhere
            standing = None
        there = rows if standing is None else rows[standing.is_there[rows]]
        return hulls_of(layer, there, self._window.parts.scene.groundwork.ground)

    def _show(self) -> None:
        visible = {s.layer_id for s in self._session.composition.layers if s.is_visible}
        shown = {i: hulls for i, hulls in self._hulls.items() if i in visible}
        hulls = {what: [one[what] for one in shown.values() if what in one] for what in NAMES}
        totals = [self.kept[i].changes for i in self.kept]
        counts = {
            NEW: sum(len(c.added) for c in totals),
            CHANGED: sum(len(c.changed) for c in totals),
            REMOVED: sum(len(c.removed) for c in totals),
        }
        self._window.parts.scene.marks.show(hulls, counts, title=words.LEGEND, names=NAMES)

    def clear(self, *_: object) -> None:
        """Take all marks away; from now on changes are counted anew."""
        if self.dialog is not None:
            self.dialog.close()
        self.kept.clear()
        self._hulls.clear()
        self._show()
        self._enable()

    def _layers_changed(self, _old: object, new: Mapping[str, Layer]) -> None:
        gone = [i for i in self.kept if i not in new]
        for layer_id in gone:
            self.kept.pop(layer_id)
            self._hulls.pop(layer_id, None)
        if gone:
            self._show()
            self._enable()

    def _clock_changed(self, _old: object, _new: object) -> None:
        for layer_id in list(self.kept):
            self._mark(layer_id)

    def _enable(self) -> None:
        for act in ("changes", "clear_changes"):
            self._window.actions_by_id[act].setEnabled(bool(self.kept))

    # the list

    def _list_current(self, *_: object) -> None:
        current = self._window.layers.current_id()
        self.list(current if current in self.kept else next(iter(self.kept), ""))

    def list(self, layer_id: str) -> None:
        """Show what changed in a layer since its marks were taken away, with what was and what is."""
        kept = self.kept.get(layer_id)
        if kept is None:
            self._window.notices.info(words.NOTHING)
            return
        if self.dialog is not None:
            self.dialog.close()
        rows = changed_rows(kept.base, kept.now, kept.changes, at_most=table_words.CHANGES_AT_MOST)
        dialog = ChangesDialog(self._window, kept.now.info.name, kept.changes, rows)
        dialog.layer_id = layer_id
        dialog.zoom_asked.connect(partial(self._reload.zoom, kept.base, layer_id))
        dialog.select_asked.connect(partial(self._reload.select, layer_id, kept.changes))
        dialog.clear_asked.connect(self.clear)
        dialog.finished.connect(self._closed)
        dialog.setModal(False)
        self.dialog = dialog
        dialog.show()

    def _closed(self, *_: object) -> None:
        if self.dialog is not None:
            self.dialog.deleteLater()
            self.dialog = None


def attach(window: MainWindow) -> None:
    """Let a window keep what changed."""
    ChangesDesk(window)
