"""All keys on one sheet, searchable; made from the table of keys."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHeaderView,
    QLineEdit,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from ui import words
from ui.fuzzy import fit
from ui.keys import Binding, Focus
from ui.plain import fit_dialog, label, make_clearable, named


class KeySheet(QDialog):
    """Acts and their keys, grouped by where they are listened to."""

    def __init__(self, parent: QWidget, table: Iterable[Binding]) -> None:
        """Show a table of keys."""
        super().__init__(parent)
        self.setWindowTitle(words.KEYS)
        self._table = tuple(table)
        self.line = QLineEdit()
        self.line.setPlaceholderText(words.FIND_KEY)
        make_clearable(self.line)
        named(self.line, words.FIND_KEY)
        self.line.textChanged.connect(self._fill)
        self.tree = QTreeWidget()
        self.tree.setColumnCount(2)
        self.tree.setHeaderLabels(words.KEY_HEADS)
        self.tree.setRootIsDecorated(False)
        self.tree.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.tree.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.tree.header().setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
        self.tree.header().setStretchLastSection(False)
        named(self.tree, words.KEYS)
        self.tree.setToolTip("")
        close = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        close.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(18, 18, 18, 14)
        column.setSpacing(10)
        column.addWidget(self.line)
        column.addWidget(self.tree, 1)
        column.addWidget(label(words.MOUSE_MAP_TEXT, "quiet", wraps=True))
        column.addWidget(close)
        fit_dialog(self, chars=72, lines=32)
        self._fill()

    def _fill(self) -> None:
        self.tree.clear()
        for focus in Focus:
            rows = [b for b in self._table if b.focus is focus and b.keys and self._is_wanted(b)]
            if rows:
                head = QTreeWidgetItem([words.FOCUSES[focus], ""])
                font = head.font(0)
                font.setBold(True)
                head.setFont(0, font)
                self.tree.addTopLevelItem(head)
                head.addChildren([self._item(b) for b in rows])
        self.tree.expandAll()

    def _is_wanted(self, binding: Binding) -> bool:
        typed = self.line.text()
        text = f"{words.ACTS[binding.act][0]} {keys_text(binding)}"
        return not typed or typed.casefold() in text.casefold() or fit(typed, words.ACTS[binding.act][0]) > 1

    def _item(self, binding: Binding) -> QTreeWidgetItem:
        title, tip = words.ACTS[binding.act]
        item = QTreeWidgetItem([title, keys_text(binding)])
        item.setToolTip(0, tip)
        return item

    def acts_shown(self) -> list[str]:
        """Return the titles shown now."""
        heads = (self.tree.topLevelItem(n) for n in range(self.tree.topLevelItemCount()))
        items = [head.child(n) for head in heads if head is not None for n in range(head.childCount())]
        return [item.text(0) for item in items if item is not None]


def keys_text(binding: Binding) -> str:
    """Return an act's keys as this system writes them."""
    native = QKeySequence.SequenceFormat.NativeText
    return words.KEYS_JOIN.join(QKeySequence(key).toString(native) for key in binding.keys)
