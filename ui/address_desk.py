"""Opening what stands behind an http(s) address: asked for here, and looked at again as long as it is followed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QDoubleSpinBox,
    QFormLayout,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from data.web_layers import is_web, plain_address
from data.web_look import LOOK_S
from twin.errors import TwinError
from ui import follow_words as words
from ui.follow_desk import FollowDesk
from ui.plain import fit_dialog, label, named, set_rank

if TYPE_CHECKING:
    from ui.main_window import MainWindow


def attach(window: MainWindow) -> None:
    """Let a window open addresses."""
    waiting: dict[str, float] = {}

    def ask() -> None:
        dialog = AddressDialog(window)
        dialog.wanted.connect(begin)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def begin(address: str, every_s: float) -> None:
        if every_s > 0:
            waiting[plain_address(address)] = every_s
        window.files.open_path(address)

    def opened(layer_id: str) -> None:
        every_s = waiting.pop(window.session.layers[layer_id].info.path, 0.0)
        desk = window.findChild(FollowDesk)
        if every_s and desk is not None:
            desk.follow(layer_id, every_s=every_s)

    window.files.opened.connect(opened)
    window.actions_by_id["open_address"].triggered.connect(lambda _is_checked=False: ask())


class AddressDialog(QDialog):
    """Asks for the address, and how often it is looked at."""

    wanted = Signal(str, float)
    """The address, and the seconds between two looks; 0 looks once."""

    def __init__(self, parent: QWidget) -> None:
        """Ask with an empty form."""
        super().__init__(parent)
        self.setWindowTitle(words.ADDRESS_TITLE)
        self.address = QLineEdit()
        self.address.setPlaceholderText(words.ADDRESS_HINT)
        self.follows = QCheckBox(words.ADDRESS_FOLLOW)
        self.follows.setChecked(True)
        self.every = QDoubleSpinBox()
        self.every.setRange(0.5, 86_400)
        self.every.setDecimals(1)
        self.every.setValue(LOOK_S)
        self.every.setSuffix(words.SECONDS)
        self.follows.toggled.connect(self.every.setEnabled)
        self.said = label("", "quiet", wraps=True)
        named(self.address, words.ADDRESS, words.ADDRESS_HINT)
        named(self.every, words.ADDRESS_EVERY)
        form = QFormLayout()
        form.addRow(label(words.ADDRESS, "quiet"), self.address)
        form.addRow("", self.follows)
        form.addRow(label(words.ADDRESS_EVERY, "quiet"), self.every)
        form.addRow("", label(words.ADDRESS_TIP, "quiet", wraps=True))
        self._buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Open | QDialogButtonBox.StandardButton.Cancel)
        self._buttons.accepted.connect(self._open)
        self._buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(18, 16, 18, 14)
        column.addLayout(form)
        column.addWidget(self.said)
        column.addWidget(self._buttons)
        fit_dialog(self, chars=84, lines=14)
        self.address.textChanged.connect(self._check)
        self._check()

    def _check(self, *_: object) -> None:
        is_address = is_web(self.address.text().strip())
        self._buttons.button(QDialogButtonBox.StandardButton.Open).setEnabled(is_address)

    def _open(self) -> None:
        address = self.address.text().strip()
        try:
            plain_address(address)
        except TwinError as error:
            self.said.setText(str(error))
            set_rank(self.said, "error")
            return
        self.wanted.emit(address, self.every.value() if self.follows.isChecked() else 0.0)
        self.accept()
