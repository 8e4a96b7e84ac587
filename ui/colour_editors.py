"""Editors of colours: one for all, and one for each value."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtGui import QColor, QIcon
from PySide6.QtWidgets import QColorDialog, QPushButton, QVBoxLayout

from ui import words
from ui.icons import swatch
from ui.plain import button, named
from ui.style_editors import Editor


class ColourEditor(Editor):
    """One colour, or the theme's own."""

    def __init__(self, name: str, tip: str = "") -> None:
        """Start with the theme's own."""
        super().__init__()
        self._value = ""
        self._name = name
        self.button: QPushButton = button(words.THEME_COLOUR, tip=tip)
        named(self.button, name, tip)
        self.button.clicked.connect(self._choose)
        self.reset = button(words.THEME_COLOUR, rank="link")
        self.reset.clicked.connect(self._reset)
        self._row(self.button, self.reset)
        self.set_value("")

    def set_value(self, value: str) -> None:
        """Show a colour "#rrggbb"; "" for the theme's own."""
        self._value = value
        self.button.setText(value or words.THEME_COLOUR)
        height = self.fontMetrics().height()
        self.button.setIcon(QIcon(swatch((value,), height)) if value else QIcon())
        self.reset.setVisible(bool(value))

    def _choose(self) -> None:
        chosen = QColorDialog.getColor(QColor(self._value or "#8fa8b8"), self, self._name)
        if chosen.isValid():
            self.set_value(chosen.name())
            self.changed.emit(chosen.name())

    def _reset(self) -> None:
        self.set_value("")
        self.changed.emit("")


class PairsEditor(Editor):
    """Colours by hand for values: one button a value, as many as the legend has."""

    def __init__(self, name: str, tip: str = "") -> None:
        """Start without values."""
        super().__init__()
        self._value: tuple[tuple[str, str], ...] = ()
        self._entries: tuple[tuple[str, str, str], ...] = ()
        self._name, self._tip = name, tip
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(2)

    def set_value(self, value: tuple[tuple[str, str], ...]) -> None:
        """Take the colours chosen so far."""
        self._value = tuple(value)

    def set_entries(self, entries: Sequence[tuple[str, str, str]]) -> None:
        """Offer values: (value, label, colour now)."""
        if tuple(entries) == self._entries:
            return
        self._entries = tuple(entries)
        while (item := self._column.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.deleteLater()
        for value, text, colour in entries:
            made = button(text, rank="link", tip=f"{self._name}: {text}")
            made.setIcon(QIcon(swatch((colour,), self.fontMetrics().height())))
            made.setProperty("pair", (value, colour))
            made.clicked.connect(self._choose)
            self._column.addWidget(made)

    def _choose(self) -> None:
        sender = self.sender()
        assert sender is not None
        value, colour = sender.property("pair")
        chosen = QColorDialog.getColor(QColor(colour), self, value)
        if chosen.isValid():
            others = tuple(pair for pair in self._value if pair[0] != value)
            self.changed.emit((*others, (value, chosen.name())))
