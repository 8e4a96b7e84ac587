"""The offer after a join: a joined column, and the layer is coloured by it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from twin.table import ColumnKind
from ui import join_words as words
from ui.plain import fit_dialog, label, named


class ColourOffer(QDialog):
    """One list: a click chooses a column, the button or a second click colours by it."""

    chosen = Signal(str)

    def __init__(self, parent: QWidget, said: Sequence[str], columns: Mapping[str, ColumnKind]) -> None:
        """Say how the join went, and offer its columns, numbers first."""
        super().__init__(parent)
        self.setWindowTitle(words.OFFER_TITLE)
        self.list = QListWidget()
        named(self.list, words.OFFER_TITLE)
        for name in sorted(columns, key=lambda n: columns[n] != "number"):
            item = QListWidgetItem(f"{name}    {columns[name]}", self.list)
            item.setData(Qt.ItemDataRole.UserRole, name)
        self.list.setCurrentRow(0)
        self.list.itemDoubleClicked.connect(self._colour)
        buttons = QDialogButtonBox()
        self.colour = buttons.addButton(words.COLOUR, QDialogButtonBox.ButtonRole.AcceptRole)
        buttons.addButton(words.NOT_NOW, QDialogButtonBox.ButtonRole.RejectRole)
        buttons.accepted.connect(self._colour)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(18, 16, 18, 14)
        column.setSpacing(10)
        for sentence in said:
            column.addWidget(label(sentence, wraps=True))
        column.addWidget(label(words.OFFER_TITLE, "head"))
        column.addWidget(self.list, 1)
        column.addWidget(buttons)
        fit_dialog(self, chars=56, lines=22)

    def _colour(self) -> None:
        item = self.list.currentItem()
        if item is not None:
            self.chosen.emit(str(item.data(Qt.ItemDataRole.UserRole)))
        self.accept()
