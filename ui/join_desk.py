"""Tables joined to layers in the window: the dialog, what it answers, and joins that come and go with undo."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from data.database_address import without_password
from data.near import Grounds, grounds_of
from twin.errors import TwinError
from twin.join import JoinedTable, TableJoin
from twin.layer import Layer, LayerState
from twin.report import Report
from twin.session import Composition
from twin.table import Table
from ui import join_words as words
from ui import joins_made
from ui.attribute_menu import coloured_by, restyle
from ui.colour_offer import ColourOffer
from ui.join_dialog import JoinDialog
from ui.joining import JoinWish, settled
from ui.table_work import TableReader

if TYPE_CHECKING:
    from ui.main_window import MainWindow

BEFORE_OTHERS = 100
"""The table is changed before the scene paints a style that needs its columns."""


@dataclass(frozen=True, slots=True)
class _Applied:
    """What stands beside a layer's own columns now."""

    table: Table
    joins: tuple[TableJoin, ...]
    report: Report
    """What was met while the layer was read, without its joins."""


def attach(window: MainWindow) -> None:
    """Bring joining into a window."""
    window.__dict__["join_desk"] = JoinDesk(window)  # a window knows no desk; the command line and tests ask by name


class JoinDesk(QObject):
    """Keeps each layer's table in step with the joins that its state names."""

    def __init__(self, window: MainWindow) -> None:
        """Follow the window's session."""
        super().__init__(window)
        self._window, self._session = window, window.session
        self.reader = TableReader(window.parts.opener)
        self._applied: dict[str, _Applied] = {}
        self._wishes: tuple[JoinWish | TableJoin, ...] = ()
        self.dialog: JoinDialog | None = None
        self.offer: ColourOffer | None = None
        window.actions_by_id["join_table"].triggered.connect(self.open)
        self._session.composition_changed.connect(self._follow, priority=BEFORE_OTHERS)
        self._session.layers_changed.connect(self._forget)
        window.files.opened.connect(self._opened)

    # asking

    def open(self) -> None:
        """Show the dialog."""
        layers = {i: layer for i, layer in self._session.layers.items() if len(layer.table)}
        if not layers:
            self._window.notices.info(words.NO_LAYERS)
            return
        chosen = self._window.layers.current_id()
        self.reader.forget()  # a table may have been mended meanwhile
        dialog = self.dialog = JoinDialog(self._window, layers, chosen, self.reader, self._grounds, self._joins_of)
        dialog.wanted.connect(self.join)
        dialog.unwanted.connect(self.remove)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _grounds(self, layer_id: str) -> Grounds:
        return grounds_of(self._session.source(layer_id))

    def _joins_of(self, layer_id: str) -> tuple[TableJoin, ...]:
        return self._session.composition.state(layer_id).joins

    def join(self, layer_id: str, wanted: TableJoin) -> None:
        """Join a table to a layer; when it is there, its columns are offered to colour by."""
        self._with_reads(layer_id, (*self._joins_of(layer_id), wanted), partial(self._joined, layer_id, wanted))

    def _joined(self, layer_id: str, wanted: TableJoin) -> None:
        layer = self._session.source(layer_id)
        self._set_joins(layer_id, (*self._joins_of(layer_id), wanted))
        made = self._session.source(layer_id).table
        if made is layer.table or not isinstance(made, JoinedTable):
            return
        kinds = made.fields()
        columns = {name: kinds[name] for name in made.joined}
        name = words.table_name(wanted.path)
        said = words.joined(len(columns), name, layer.info.name)
        self.offer = ColourOffer(self._window, [said], columns)
        self.offer.chosen.connect(partial(self._colour, layer_id))
        self.offer.finished.connect(self.offer.deleteLater)
        self.offer.open()

    def _colour(self, layer_id: str, column: str) -> None:
        restyle(self._session, layer_id, coloured_by(column))

    def remove(self, layer_id: str, place: int) -> None:
        """Take a join away again, and what of the style needs it."""
        joins = self._joins_of(layer_id)
        if 0 <= place < len(joins):
            self._with_reads(
                layer_id,
                (*joins[:place], *joins[place + 1 :]),
                lambda: self._set_joins(layer_id, (*joins[:place], *joins[place + 1 :])),
            )
            self._window.notices.info(words.removed(words.table_name(joins[place].path)))

    def join_when_open(self, wishes: Sequence[JoinWish | TableJoin]) -> None:
        """Join tables to the first layer that is opened."""
        self._wishes = tuple(wishes)

    def _opened(self, layer_id: str) -> None:
        wishes, self._wishes = self._wishes, ()
        self._join_next(layer_id, wishes)

    def _join_next(self, layer_id: str, wishes: Sequence[JoinWish | TableJoin]) -> None:
        if not wishes or layer_id not in self._session.layers:
            return
        first, rest = wishes[0], wishes[1:]
        join = first if isinstance(first, TableJoin) else settled(first, self._session.layers[layer_id].table)

        def done() -> None:
            self._set_joins(layer_id, (*self._joins_of(layer_id), join))
            self._join_next(layer_id, rest)

        self._with_reads(layer_id, (*self._joins_of(layer_id), join), done)

    # keeping in step

    def _with_reads(self, layer_id: str, joins: Sequence[TableJoin], done: Callable[[], None]) -> None:
        """Have every table of some joins read, then go on; a failure is told, and nothing changes."""
        missing = next((join for join in joins if self.reader.known(join) is None), None)
        if missing is None:
            done()
            return
        frame = self._session.layers[layer_id].frame
        self.reader.read(
            missing, frame, lambda _read: self._with_reads(layer_id, joins, done), self._window.notices.error
        )

    def _set_joins(self, layer_id: str, joins: tuple[TableJoin, ...]) -> None:
        """Change the table, then the state that names its joins: a style never meets a column that is not there."""
        layer = self._session.source(layer_id)
        before = self._now(layer)
        made = self._made(layer, before, joins)
        if made is None:
            return
        state = self._session.composition.state(layer_id)
        style = joins_made.fitting_style(state.style, layer, replace(layer, table=made.table))
        kept = tuple(replace(join, path=without_password(join.path)) for join in joins)
        if style != state.style:
            self._session.set_state(replace(state, style=style))
        self._put(layer, made, before, kept)
        self._session.set_state(replace(state, style=style, joins=kept))

    def _made(self, layer: Layer, before: _Applied, joins: Sequence[TableJoin]) -> joins_made.Made | None:
        reads = [read for join in joins if (read := self.reader.known(join)) is not None]
        try:
            return joins_made.made(joins_made.bare(before.table), joins, reads, partial(self._grounds, layer.info.id))
        except TwinError as error:
            self._window.notices.error(error)
            return None

    def _put(self, layer: Layer, made: joins_made.Made, before: _Applied, joins: tuple[TableJoin, ...]) -> None:
        self._applied[layer.info.id] = _Applied(made.table, joins, before.report)
        report = Report([*before.report.problems, *made.report.problems])
        self._session.replace_layer(replace(layer, table=made.table, report=report))

    def _now(self, layer: Layer) -> _Applied:
        """Return what stands beside a layer's columns; a project's joins are made when it is opened."""
        known = self._applied.get(layer.info.id)
        if known is None or known.table is not layer.table:
            states = {s.layer_id: s.joins for s in self._session.composition.layers}
            joins = states.get(layer.info.id, ())
            is_made = joins_made.depth(layer.table) == len(joins)
            known = self._applied[layer.info.id] = _Applied(layer.table, joins if is_made else (), layer.report)
        return known

    def _follow(self, old: Composition, new: Composition) -> None:
        """Join and unjoin what undo, redo, a bookmark or a project say."""
        if old.layers == new.layers:
            return
        for state in new.layers:
            if state.layer_id not in self._session.layers:
                continue
            layer = self._session.source(state.layer_id)
            if not state.joins and not isinstance(layer.table, JoinedTable):
                continue
            if self._now(layer).joins != state.joins:
                self._with_reads(state.layer_id, state.joins, partial(self._catch_up, state))

    def _catch_up(self, state: LayerState) -> None:
        if state.layer_id not in self._session.layers:
            return
        layer = self._session.source(state.layer_id)
        if state.joins != self._session.composition.state(state.layer_id).joins:
            return
        before = self._now(layer)
        made = self._made(layer, before, state.joins)
        if made is not None:
            self._put(layer, made, before, state.joins)

    def _forget(self) -> None:
        self._applied = {i: known for i, known in self._applied.items() if i in self._session.layers}
