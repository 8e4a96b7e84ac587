"""One layer in the layer panel: eye, swatch, name, what is wrong, opacity, and a menu of the rest."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QEnterEvent, QKeyEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QMenu,
    QVBoxLayout,
    QWidget,
)

from twin.dates import span_of
from twin.layer import Kind, Layer, LayerState
from ui import follow_words, live_words, words
from ui.icons import set_icon, swatch
from ui.plain import ElidedLabel, Slider, named, set_rank, tool


@dataclass(frozen=True, slots=True)
class RowNote:
    """What a row says below its name about the source of its layer."""

    text: str = ""
    is_followed: bool = False
    is_trouble: bool = False


class LayerRow(QWidget):
    """One layer: eye, swatch, name, warning, opacity, more."""

    state_changed = Signal(object)
    opacity_moved = Signal(str, float)
    opacity_settled = Signal(str)
    asked = Signal(str, str)
    """(what, layer id): zoom, info, table, reload, follow, changes, remove, flat, raised, up, down."""

    def __init__(self, layer: Layer, state: LayerState, colours: tuple[str, ...]) -> None:
        """Show a layer in its present state."""
        super().__init__()
        self.layer, self.state = layer, state
        self._is_open = False
        name = state.name or layer.info.name
        line = words.layer_line(layer.info.shown, layer.info.kind)
        named(self, words.layer_accessible(name, line, is_visible=state.is_visible, has_trouble=bool(layer.report)))
        self.setToolTip("")
        self._name = ElidedLabel(name, "head")
        self._edit = QLineEdit(name)
        self._edit.hide()
        named(self._edit, words.LAYER_NAME)
        self._edit.editingFinished.connect(self._renamed)
        self._edit.installEventFilter(self)
        column = QVBoxLayout(self)
        column.setContentsMargins(6, 3, 6, 3)
        column.setSpacing(2)
        column.addLayout(self._upper(name))
        self._note = ElidedLabel("", "quiet")
        self._note.setContentsMargins(8, 0, 8, 0)
        self._note.hide()
        column.addWidget(self._note)
        self._more = QWidget()
        self._more.setLayout(self._lower(name, line))
        self._more.hide()
        column.addWidget(self._more)
        self.show_state(state, colours)

    def _upper(self, name: str) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(6)
        self.eye = tool("eye", f"{words.SHOW_HIDE} {name}", words.SHOW_HIDE, is_checkable=True)
        self.eye.setStyleSheet("QToolButton:checked { background: transparent; }")
        self.eye.toggled.connect(self._eye_toggled)
        self._patch = QLabel()
        for widget in (self.eye, self._patch):
            row.addWidget(widget)
        row.addWidget(self._name, 1)
        row.addWidget(self._edit, 1)
        if self.layer.report:
            row.addWidget(self._warning(name))
        self.pin = tool("bookmark", f"{live_words.UNPIN} {name}", live_words.UNPIN)
        self.pin.clicked.connect(partial(self.asked.emit, "pin", self.layer.info.id))
        self.pin.hide()
        row.addWidget(self.pin)
        zoom = tool("zoom_to", f"{words.ZOOM_TO} {name}", words.ZOOM_TO)
        zoom.clicked.connect(partial(self.asked.emit, "zoom", self.layer.info.id))
        more = tool("more", f"{words.MORE} {name}", words.MORE)
        more.setPopupMode(more.ToolButtonPopupMode.InstantPopup)
        more.setMenu(self._menu())
        self._hands = (zoom, more)
        for hand in self._hands:
            hand.hide()
            row.addWidget(hand)
        return row

    def takes(self, layer: Layer) -> bool:
        """Stand for a layer from now on, if only the values of its table are others; return whether it does."""
        is_same = layer is self.layer or (
            layer.differs_in_values_alone(self.layer) and layer.report is self.layer.report
        )
        if is_same:
            self.layer = layer
        return is_same

    def show_state(self, state: LayerState, colours: tuple[str, ...]) -> None:
        """Show another state of the same layer."""
        self.state = state
        name = state.name or self.layer.info.name
        self._name.setText(name)
        self._name.setEnabled(state.is_visible)
        self._patch.setPixmap(swatch(colours, self.fontMetrics().height()))
        self.eye.blockSignals(True)
        self.eye.setChecked(state.is_visible)
        self.eye.blockSignals(False)
        set_icon(self.eye, "eye" if state.is_visible else "eye_off")
        if not self.opacity.isSliderDown():
            self.opacity.blockSignals(True)
            self.opacity.setValue(round(state.style.opacity * 100))
            self.opacity.blockSignals(False)
        line = words.layer_line(self.layer.info.shown, self.layer.info.kind)
        trouble = bool(self.layer.report)
        self.setAccessibleName(words.layer_accessible(name, line, is_visible=state.is_visible, has_trouble=trouble))

    def show_note(self, note: RowNote) -> None:
        """Say how the layer is followed."""
        self._note.setText(note.text)
        self._note.setToolTip(note.text)
        set_rank(self._note, "error" if note.is_trouble else "quiet")
        self._note.setVisible(bool(note.text))
        self._follow.setText(follow_words.STOP if note.is_followed else follow_words.FOLLOW)

    def show_pin(self, told: str) -> None:
        """Show that the layer keeps a time of its own; "" where it follows the clock."""
        self.pin.setVisible(bool(told))
        if told:
            self.pin.setToolTip(f"{told}. {live_words.UNPIN}")
            self.pin.setAccessibleDescription(told)

    def set_open(self, *, is_open: bool) -> None:
        """Show count and opacity too: the layer is chosen."""
        self._is_open = is_open
        self._more.setVisible(is_open)
        self._show_hands(is_open)

    def _show_hands(self, is_shown: bool) -> None:  # noqa: FBT001  one truth
        for hand in self._hands:
            hand.setVisible(is_shown)

    def enterEvent(self, event: QEnterEvent) -> None:  # noqa: N802  Qt's name
        """Offer zoom and menu."""
        super().enterEvent(event)
        self._show_hands(True)

    def leaveEvent(self, event: QEvent) -> None:  # noqa: N802  Qt's name
        """Be quiet again, unless the layer is chosen."""
        super().leaveEvent(event)
        self._show_hands(self._is_open)

    def _warning(self, name: str) -> QWidget:
        sign = tool(
            "warning", f"{words.PROBLEMS} {name}", "\n".join(words.problem(p) for p in self.layer.report.problems)
        )
        sign.setObjectName("trouble")
        sign.clicked.connect(partial(self.asked.emit, "info", self.layer.info.id))
        return sign

    def _lower(self, name: str, line: str) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setContentsMargins(8, 0, 8, 0)
        quiet = ElidedLabel(line, "quiet")
        row.addWidget(quiet, 1)
        self.opacity = Slider()
        self.opacity.setRange(0, 100)
        self.opacity.setPageStep(10)
        self.opacity.setValue(round(self.state.style.opacity * 100))
        self.opacity.setMaximumWidth(11 * self.fontMetrics().averageCharWidth())
        named(self.opacity, f"{words.OPACITY} {name}", words.OPACITY)
        self.opacity.valueChanged.connect(self._opacity_moved)
        self.opacity.sliderReleased.connect(partial(self.opacity_settled.emit, self.layer.info.id))
        row.addWidget(self.opacity)
        return row

    def _menu(self) -> QMenu:
        menu = QMenu(self)
        is_raised = self.layer.info.kind is Kind.FOOTPRINTS
        can_switch = self.layer.info.kind in {Kind.FOOTPRINTS, Kind.POLYGONS}
        entries: list[tuple[str, str, str]] = [
            ("info", "info", words.LAYER_INFO),
            ("rename", "rename", words.RENAME),
            ("up", "tilt", words.MOVE_UP),
            ("down", "tilt", words.MOVE_DOWN),
            *(
                [("flat" if is_raised else "raised",) * 2 + (words.LAY_FLAT if is_raised else words.RAISE,)]
                if can_switch
                else []
            ),
            ("table", "table", words.ACTS["table"][0]),
            ("reload", "redo", words.ACTS["reload_layer"][0]),
            ("follow", "redo", follow_words.FOLLOW),
            ("changes", "info", follow_words.CHANGES),
            *([("pin", "bookmark", live_words.PIN)] if span_of(self.layer, self.state.style) else []),
            ("remove", "remove", words.REMOVE),
        ]
        for what, icon_name, text in entries:
            action = menu.addAction(text)
            if what not in {"up", "down"}:
                set_icon(action, icon_name)
            if what == "follow":
                self._follow = action
            action.triggered.connect(self.rename if what == "rename" else partial(self._ask, what))
        return menu

    def _ask(self, what: str) -> None:
        self.asked.emit(what, self.layer.info.id)

    def rename(self) -> None:
        """Let the name be typed over."""
        self._name.hide()
        self._edit.show()
        self._edit.selectAll()
        self._edit.setFocus()

    def _renamed(self) -> None:
        if not self._edit.isVisible():
            return
        self._edit.hide()
        self._name.show()
        text = self._edit.text().strip()
        if text and text != (self.state.name or self.layer.info.name):
            self.state_changed.emit(replace(self.state, name=text))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802  Qt's name
        """Let Esc leave the name as it was."""
        if watched is self._edit and isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:  # noqa: SIM102
            if event.key() == Qt.Key.Key_Escape:
                self._edit.hide()
                self._name.show()
                return True
        return super().eventFilter(watched, event)

    def _eye_toggled(self, is_visible: bool) -> None:  # noqa: FBT001  Qt's signal
        self.state_changed.emit(replace(self.state, is_visible=is_visible))

    def _opacity_moved(self, percent: int) -> None:
        self.opacity_moved.emit(self.layer.info.id, percent / 100)
        if not self.opacity.isSliderDown():
            self.opacity_settled.emit(self.layer.info.id)
