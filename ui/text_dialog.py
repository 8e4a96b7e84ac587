"""A page of text that can be read, selected and copied."""

from __future__ import annotations

from PySide6.QtGui import QFontDatabase, QGuiApplication
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QPlainTextEdit, QVBoxLayout, QWidget

from ui import words
from ui.plain import fit_dialog, named


class TextDialog(QDialog):
    """One text."""

    def __init__(self, parent: QWidget, title: str, text: str, *, is_table: bool = False) -> None:
        """Show a text under a title; a table has letters of one width."""
        super().__init__(parent)
        self.setWindowTitle(title)
        self.text = QPlainTextEdit(text)
        self.text.setReadOnly(True)
        if is_table:
            family = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont).family()
            self.text.setStyleSheet(f'font-family: "{family}";')
        self.text.setTabChangesFocus(True)
        named(self.text, title)
        self.text.setToolTip("")
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        copy = buttons.addButton(words.COPY, QDialogButtonBox.ButtonRole.ActionRole)
        copy.clicked.connect(self._copy)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(18, 18, 18, 14)
        column.addWidget(self.text, 1)
        column.addWidget(buttons)
        fit_dialog(self, chars=80, lines=26)

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.text.toPlainText())
