"""Opening tables of a database in the window: address, password, which of its tables."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QVBoxLayout,
    QWidget,
)

from data.database_address import FORM, Address, address_of
from data.database_connection import keep_password
from data.tables import TableFacts
from twin.errors import TwinError
from ui import join_words as words
from ui.plain import button, fit_dialog, label, named, set_rank
from ui.table_work import TableReader

if TYPE_CHECKING:
    from ui.main_window import MainWindow


def attach(window: MainWindow) -> None:
    """Bring databases into a window."""

    def ask() -> None:
        dialog = DatabaseDialog(window, TableReader(window.parts.opener))
        dialog.wanted.connect(window.files.open_path)
        dialog.told.connect(window.notices.info)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    window.actions_by_id["open_database"].triggered.connect(lambda _is_checked=False: ask())


class DatabaseDialog(QDialog):
    """Asks for the address, shows the tables, opens those that are ticked."""

    wanted = Signal(str)
    """An address with its table, and with the password if one was typed: for this process only."""
    told = Signal(str)

    def __init__(self, parent: QWidget, reader: TableReader) -> None:
        """Ask with an empty form."""
        super().__init__(parent)
        self.setWindowTitle(words.DATABASE_TITLE)
        self._reader = reader
        self.address, self.password = QLineEdit(), QLineEdit()
        self.address.setPlaceholderText(FORM)
        self.password.setEchoMode(QLineEdit.EchoMode.Password)
        self.keep = QCheckBox(words.DATABASE_KEEP)
        self.show_tables = button(words.DATABASE_SHOW)
        self.show_tables.clicked.connect(self._ask)
        self.tables = QListWidget()
        self.tables.itemChanged.connect(self._check)
        self.said = label("", "quiet", wraps=True)
        named(self.address, words.DATABASE_ADDRESS, FORM)
        named(self.password, words.DATABASE_PASSWORD, words.DATABASE_PASSWORD_TIP)
        named(self.tables, words.DATABASE_TABLES)
        form = QFormLayout()
        form.addRow(label(words.DATABASE_ADDRESS, "quiet"), self.address)
        form.addRow(label(words.DATABASE_PASSWORD, "quiet"), self.password)
        form.addRow("", label(words.DATABASE_PASSWORD_TIP, "quiet", wraps=True))
        form.addRow("", self.keep)
        form.addRow("", self.show_tables)
        self._buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Open | QDialogButtonBox.StandardButton.Cancel)
        self._buttons.accepted.connect(self._open)
        self._buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(18, 16, 18, 14)
        column.addLayout(form)
        column.addWidget(self.tables, 1)
        column.addWidget(self.said)
        column.addWidget(self._buttons)
        fit_dialog(self, chars=80, lines=26)
        self._check()

    def _meant(self) -> Address | None:
        try:
            address = address_of(self.address.text().strip())
        except TwinError as error:
            self._say(str(error), is_error=True)
            return None
        return replace(address, password=self.password.text()) if self.password.text() else address

    def _say(self, sentence: str, *, is_error: bool = False) -> None:
        self.said.setText(sentence)
        set_rank(self.said, "error" if is_error else "quiet")

    def _ask(self) -> None:
        address = self._meant()
        if address is None:
            return
        self._say(words.READING)
        self.tables.clear()
        self._reader.describe(
            address.text_with_password, self._found, lambda error: self._say(str(error), is_error=True)
        )

    def _found(self, tables: tuple[TableFacts, ...]) -> None:
        self._say("")
        for facts in tables:
            item = QListWidgetItem(words.sheet(facts.name, facts.rows, len(facts.columns)), self.tables)
            item.setData(Qt.ItemDataRole.UserRole, facts.name)
            item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
            item.setCheckState(Qt.CheckState.Checked if len(tables) == 1 else Qt.CheckState.Unchecked)
        self._check()

    def _ticked(self) -> list[str]:
        items = [self.tables.item(n) for n in range(self.tables.count())]
        return [str(i.data(Qt.ItemDataRole.UserRole)) for i in items if i.checkState() is Qt.CheckState.Checked]

    def _check(self) -> None:
        self._buttons.button(QDialogButtonBox.StandardButton.Open).setEnabled(bool(self._ticked()))

    def _open(self) -> None:
        address = self._meant()
        if address is None:
            return
        if self.keep.isChecked() and address.password and not keep_password(address):
            self.told.emit(words.NOT_KEPT)
        for name in self._ticked():
            self.wanted.emit(replace(address, table=name).text_with_password)
        self.accept()
