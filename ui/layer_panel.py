"""The layers that are open: on and off, order, opacity, name, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QEvent, QModelIndex, QObject, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QVBoxLayout,
    QWidget,
)

from twin.layer import Kind, Layer, LayerState
from twin.session import Session
from ui import words
from ui.layer_row import LayerRow, RowNote
from ui.plain import button, label, named
from ui.slow_change import SlowChange

ROW_SPACE_PX = 6
ROW_ID = Qt.ItemDataRole.UserRole


class LayerPanel(QWidget):
    """The list of layers, topmost first. Asks the session; shows what the session says."""

    open_asked = Signal()
    zoom_asked = Signal(str)
    info_asked = Signal(str)
    reload_asked = Signal(str)
    table_asked = Signal(str)
    follow_asked = Signal(str)
    changes_asked = Signal(str)
    pin_asked = Signal(str)
    kind_asked = Signal(str, object)
    """(layer id, Kind): draw it raised or flat."""
    chosen = Signal(str)
    """The layer that style panel and select-all are about; "" for none."""

    def __init__(self, session: Session, colours_of: Callable[[str], tuple[str, ...]]) -> None:
        """Follow a session; colours_of gives a layer's swatch."""
        super().__init__()
        self._session, self._colours_of = session, colours_of
        self._opacity = SlowChange(session)
        self._is_filling = self._is_chosen_by_hand = False
        self._notes: dict[str, RowNote] = {}
        self.rows = QListWidget()
        self.rows.setProperty("rank", "bare")
        self.rows.setDragDropMode(QAbstractItemView.DragDropMode.InternalMove)
        self.rows.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.rows.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        named(self.rows, words.DOCKS["layers"], words.LAYER_LIST_TIP)
        self.rows.setToolTip("")
        self.rows.currentItemChanged.connect(self._current_changed)
        self.rows.model().rowsMoved.connect(self._rows_moved, Qt.ConnectionType.QueuedConnection)
        self.rows.itemDoubleClicked.connect(self._double_clicked)
        self.rows.installEventFilter(self)
        self._empty = label(f"{words.NO_LAYERS}\n{words.NO_LAYERS_HINT}", "quiet", wraps=True)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._empty.setContentsMargins(14, 4, 14, 4)
        add = button(words.ADD_LAYER_SHORT, icon_name="add")
        named(add, words.ADD_LAYER, words.ACTS["open"][1])
        add.clicked.connect(self.open_asked)
        self.foot = QHBoxLayout()
        """Hands that add something; other parts put theirs beside."""
        self.foot.setContentsMargins(10, 6, 10, 12)
        self.foot.setSpacing(6)
        self.foot.addWidget(add, 2)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._empty, 1)
        column.addWidget(self.rows, 1)
        column.addLayout(self.foot)
        session.layers_changed.connect(self.fill)
        session.composition_changed.connect(self.fill)
        self.fill()

    def minimumSizeHint(self) -> QSize:  # noqa: N802  Qt's name
        """Leave room for a name at every text size."""
        return QSize(26 * self.fontMetrics().averageCharWidth(), 8 * self.fontMetrics().height())

    # what is shown

    def fill(self) -> None:
        """Show the session's layers again."""
        states = [s for s in reversed(self._session.composition.layers) if s.layer_id in self._session.layers]
        rows = [row for s in states if (row := self.row(s.layer_id)) and row.takes(self._session.layers[s.layer_id])]
        if self._ids() == [s.layer_id for s in states] and len(rows) == len(states):
            for row, state in zip(rows, states, strict=True):
                row.show_state(state, self._colours_of(state.layer_id))
        else:
            self._fill_anew()

    def _fill_anew(self) -> None:
        current = self.current_id()
        self._is_filling = True
        self.rows.clear()
        for state in reversed(self._session.composition.layers):
            layer = self._session.layers.get(state.layer_id)
            if layer is not None:
                self._add_row(layer, state)
        ids = self._ids()
        if ids:
            keeps = current in ids and self._is_chosen_by_hand
            self.rows.setCurrentRow(ids.index(current if keeps else self._main_id()))
        self._is_filling = False
        self._open_current()
        self.rows.setVisible(bool(ids))
        self._empty.setVisible(not ids)
        if self.current_id() != current:
            self.chosen.emit(self.current_id())

    def _add_row(self, layer: Layer, state: LayerState) -> None:
        row = LayerRow(layer, state, self._colours_of(state.layer_id))
        row.state_changed.connect(self._session.set_state)
        row.opacity_moved.connect(self._opacity_moved)
        row.opacity_settled.connect(self._opacity.settle)
        row.asked.connect(self._row_asked)
        if state.layer_id in self._notes:
            row.show_note(self._notes[state.layer_id])
        item = QListWidgetItem()
        item.setData(ROW_ID, state.layer_id)
        item.setData(Qt.ItemDataRole.AccessibleTextRole, row.accessibleName())
        self.rows.addItem(item)
        self.rows.setItemWidget(item, row)

    def set_note(self, layer_id: str, text: str, *, is_followed: bool, is_trouble: bool = False) -> None:
        """Say in a layer's row how it is followed; "" says nothing."""
        note = RowNote(text, is_followed=is_followed, is_trouble=is_trouble)
        if self._notes.get(layer_id) == note:
            return
        self._notes[layer_id] = note
        row = self.row(layer_id)
        if row is not None:
            row.show_note(note)
            self._open_current()

    def _main_id(self) -> str:
        """Return the layer a person most likely means: the one with most buildings, else the one with most things."""
        infos = [self._session.layers[layer_id].info for layer_id in self._ids()]
        return max(infos, key=lambda info: (info.kind is Kind.FOOTPRINTS, info.shown)).id

    def _open_current(self) -> None:
        for number in range(self.rows.count()):
            item = self.rows.item(number)
            row = self.rows.itemWidget(item)
            if isinstance(row, LayerRow):
                row.set_open(is_open=number == self.rows.currentRow())
                item.setSizeHint(QSize(10, row.sizeHint().height() + ROW_SPACE_PX))

    def row(self, layer_id: str) -> LayerRow | None:
        """Return a layer's row."""
        for number in range(self.rows.count()):
            widget = self.rows.itemWidget(self.rows.item(number))
            if isinstance(widget, LayerRow) and widget.layer.info.id == layer_id:
                return widget
        return None

    def current_id(self) -> str:
        """Return the chosen layer's id; "" for none."""
        place = self.rows.currentRow()
        return "" if place < 0 else self._ids()[place]

    def choose(self, layer_id: str) -> None:
        """Choose a layer."""
        ids = self._ids()
        if layer_id in ids:
            self.rows.setCurrentRow(ids.index(layer_id))

    def _ids(self) -> list[str]:
        return [str(self.rows.item(n).data(ROW_ID)) for n in range(self.rows.count())]

    # what is asked

    def _current_changed(self) -> None:
        if not self._is_filling:
            self._is_chosen_by_hand = True
            self._open_current()
            self.chosen.emit(self.current_id())

    def _rows_moved(self, *_where: QModelIndex | int) -> None:
        self._order(list(reversed(self._ids())))

    def _order(self, ids: list[str]) -> None:
        composition = self._session.composition
        layers = tuple(sorted(composition.layers, key=lambda s: ids.index(s.layer_id)))
        self._session.set_composition(replace(composition, layers=layers))
        self.fill()

    def move_layer(self, layer_id: str, *, up: bool) -> None:
        """Move a layer one place up or down."""
        ids = [s.layer_id for s in self._session.composition.layers]
        here = ids.index(layer_id)
        there = min(max(here + (1 if up else -1), 0), len(ids) - 1)
        ids.insert(there, ids.pop(here))
        self._order(ids)

    def _opacity_moved(self, layer_id: str, opacity: float) -> None:
        style = self._session.composition.state(layer_id).style
        self._opacity.show(layer_id, replace(style, opacity=opacity))

    def _double_clicked(self, item: QListWidgetItem) -> None:
        row = self.rows.itemWidget(item)
        if isinstance(row, LayerRow):
            row.rename()

    def _row_asked(self, what: str, layer_id: str) -> None:
        asked = {
            "zoom": self.zoom_asked, "info": self.info_asked, "reload": self.reload_asked, "table": self.table_asked,
            "follow": self.follow_asked, "changes": self.changes_asked, "pin": self.pin_asked,
        }  # fmt: skip
        if what in asked:
            asked[what].emit(layer_id)
        match what:
            case "flat":
                self.kind_asked.emit(layer_id, Kind.POLYGONS)
            case "raised":
                self.kind_asked.emit(layer_id, Kind.FOOTPRINTS)
            case "remove":
                self._session.remove_layer(layer_id)
                self.fill()
            case "up" | "down":
                self.move_layer(layer_id, up=what == "up")

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802  Qt's name
        """Give the list its keys: Space on/off, F2 rename, Delete remove, Alt+Up and Alt+Down move."""
        if watched is self.rows and isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            return self._key(event) or super().eventFilter(watched, event)
        return super().eventFilter(watched, event)

    def _key(self, event: QKeyEvent) -> bool:
        row = self.row(self.current_id())
        if row is None:
            return False
        is_alt = bool(event.modifiers() & Qt.KeyboardModifier.AltModifier)
        match event.key():
            case Qt.Key.Key_Space:
                row.eye.toggle()
            case Qt.Key.Key_F2:
                row.rename()
            case Qt.Key.Key_Delete:
                self._row_asked("remove", row.layer.info.id)
            case Qt.Key.Key_Up | Qt.Key.Key_Down if is_alt:
                self.move_layer(row.layer.info.id, up=event.key() == Qt.Key.Key_Up)
            case Qt.Key.Key_Return | Qt.Key.Key_Enter:
                self.zoom_asked.emit(row.layer.info.id)
            case _:
                return False
        return True
