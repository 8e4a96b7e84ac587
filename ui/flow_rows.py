"""The flows in the layer panel: eye, name, how many rows could be placed, style, removal."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from twin.live import LiveLook
from ui import flow_words as words
from ui.live_rows import drop_rows, show_name_and_eye
from ui.plain import ElidedLabel, label, tool


class FlowRow(QWidget):
    """The flows of one table."""

    look_changed = Signal(object)
    asked = Signal(str, str)
    """(what, flow id): style, zoom, remove."""

    def __init__(self, look: LiveLook) -> None:
        """Show flows."""
        super().__init__()
        self.look = look
        self.eye = tool("eye", f"{words.SHOW_HIDE} {look.name}", words.SHOW_HIDE, is_checkable=True)
        self.eye.toggled.connect(self._eye_toggled)
        self.name = ElidedLabel(look.name, "head")
        hands = [
            (tool(icon, f"{text} {look.name}", text), what)
            for icon, text, what in (
                ("colour", words.STYLE, "style"),
                ("zoom_to", words.MORE_ZOOM, "zoom"),
                ("remove", words.REMOVE, "remove"),
            )
        ]
        upper = QHBoxLayout()
        upper.setSpacing(6)
        upper.addWidget(self.eye)
        upper.addWidget(self.name, 1)
        for hand, what in hands:
            hand.clicked.connect(partial(self.asked.emit, what, look.feed_id))
            upper.addWidget(hand)
        self.style_button, self.zoom_button, self.remove_button = (hand for hand, _ in hands)
        self.state, self.trouble = label("", "quiet", wraps=True), label("", "warning", wraps=True)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 3, 8, 3)
        column.setSpacing(2)
        column.addLayout(upper)
        column.addWidget(self.state)
        column.addWidget(self.trouble)
        self.show_look(look)
        self.show_state("", "")

    def show_look(self, look: LiveLook) -> None:
        """Show another look of the flows."""
        self.look = look
        show_name_and_eye(look, self.name, self.eye)

    def show_state(self, state: str, trouble: str) -> None:
        """Show how many there are, and why they cannot be shown."""
        for widget, text in ((self.state, state), (self.trouble, trouble)):
            widget.setText(text)
            widget.setAccessibleName(text)
            widget.setVisible(bool(text))

    def _eye_toggled(self, is_visible: bool) -> None:  # noqa: FBT001  Qt's signal
        self.look_changed.emit(replace(self.look, is_visible=is_visible))


class FlowRows(QWidget):
    """The flows of a session."""

    look_changed = Signal(object)
    asked = Signal(str, str)

    def __init__(self) -> None:
        """Show none."""
        super().__init__()
        self.rows: dict[str, FlowRow] = {}
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(2)
        self.hide()

    def show_looks(self, looks: list[LiveLook]) -> None:
        """Show these flows."""
        drop_rows(self.rows, looks, self._column)
        for look in looks:
            if look.feed_id not in self.rows:
                row = FlowRow(look)
                row.look_changed.connect(self.look_changed)
                row.asked.connect(self.asked)
                self.rows[look.feed_id] = row
                self._column.addWidget(row)
            self.rows[look.feed_id].show_look(look)
        self.setVisible(bool(looks))
