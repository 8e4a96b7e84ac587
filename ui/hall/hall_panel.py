"""The hall's tab: how people get in, what is printed, who is invited, and the end."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from ui import hall_words as words
from ui.plain import button, label


class HallPanel(QWidget):
    """Shows a running meeting at a glance and asks for what is done with it."""

    asked = Signal(str)
    """One of "codes_large", "codes_small", "invite", "slips", "forms", "end"."""

    def __init__(self) -> None:
        """Start without a meeting."""
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 8, 0, 0)
        self.head, self.status = label(words.NOT_RUNNING, "head", wraps=True), label("", wraps=True)
        self.head.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        column.addWidget(self.head)
        column.addWidget(self.status)
        grid = QGridLayout()
        self.buttons = {}
        for number, (act, text) in enumerate(
            (
                ("codes_large", words.CODES_LARGE), ("codes_small", words.CODES_SMALL), ("invite", words.INVITE),
                ("slips", words.SLIPS), ("forms", words.FORMS), ("end", words.END_MEETING),
            )
        ):  # fmt: skip
            made = button(text)
            made.setObjectName(act)
            made.clicked.connect(self._clicked)
            made.setEnabled(False)
            self.buttons[act] = made
            grid.addWidget(made, number // 2, number % 2)
        column.addLayout(grid)
        column.addStretch(1)

    def show_meeting(self, url: str, code: str) -> None:
        """Show a running meeting; "" for none."""
        self.head.setText(f"{url}   {code}" if url else words.NOT_RUNNING)
        self.status.setText("")
        for made in self.buttons.values():
            made.setEnabled(bool(url))

    def show_figures(self, figures: dict[str, Any]) -> None:
        """Show how many take part."""
        counts = (int(figures.get(name, 0)) for name in ("phones", "held", "comments"))
        self.status.setText(words.status(*counts))

    def _clicked(self) -> None:
        sender = self.sender()
        assert sender is not None
        self.asked.emit(sender.objectName())
