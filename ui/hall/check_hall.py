"""The dialog before a meeting: which network, two codes, the first phone, and what to look after."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QFormLayout,
    QHBoxLayout,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from ui import hall_words as words
from ui.hall.blocks import code_block
from ui.hall.frame import JoinCodes
from ui.hall.hall_facts import Fact, Network, wifi_text
from ui.plain import button, fit_dialog, label, named, scrolled, set_rank

CODE_PX = 190


class CodeSquare(QWidget):
    """A QR code."""

    def __init__(self, name: str) -> None:
        """Show nothing yet."""
        super().__init__()
        self.text = ""
        self.setFixedSize(CODE_PX, CODE_PX)
        named(self, name)

    def show_text(self, text: str) -> None:
        """Show a code; "" shows none."""
        self.text = text
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802  Qt's name
        """Paint the code as large as there is room."""
        if self.text:
            code_block(self.text, CODE_PX).paint(QPainter(self), 0, 0)


class CheckHall(QDialog):
    """Asks for the network, then shows how people get in and waits for the first phone."""

    start_asked = Signal()
    begun = Signal()
    given_up = Signal()

    def __init__(self, parent: QWidget, networks: Sequence[Network], gaps: Sequence[str]) -> None:
        """Offer networks.

        gaps   words that slides lack in the meeting's languages
        """
        super().__init__(parent)
        self.setWindowTitle(words.START_TITLE)
        self.networks = QComboBox()
        for one in networks:
            self.networks.addItem(f"{one.name}: {one.address}", one.address)
        self.wifi_name, self.wifi_password = QLineEdit(), QLineEdit()
        self.rehearsal, self.moderated = QCheckBox(words.REHEARSAL), QCheckBox(words.MODERATED)
        self.moderated.setChecked(True)
        self.wifi, self.page = CodeSquare(words.STEP_WIFI), CodeSquare(words.STEP_PAGE)
        self.url, self.phone = label("", wraps=True), label("", "head", wraps=True)
        self.facts = label("", wraps=True)
        self.gaps = label("\n".join([words.gaps_said(len(gaps)), *gaps[:8]]), "quiet", wraps=True)
        self.start = button(words.START, rank="primary")
        self.begin = button(words.DONE, rank="primary")
        self.start.clicked.connect(self._start)
        self.begin.clicked.connect(self._begin)
        for line in (self.wifi_name, self.wifi_password):
            line.textEdited.connect(self._wifi_changed)
        self._lay_out()
        self._show_codes(None)
        fit_dialog(self, chars=82, lines=44)

    def _lay_out(self) -> None:
        inside = QWidget()
        column = QVBoxLayout(inside)
        form = QFormLayout()
        for name, box in (
            (words.NETWORK, self.networks), (words.WIFI_NAME, self.wifi_name), (words.WIFI_PASSWORD, self.wifi_password)
        ):  # fmt: skip
            named(box, name, words.WIFI_TIP if box is not self.networks else "")
            form.addRow(name, box)
        form.addRow(self.rehearsal)
        form.addRow(self.moderated)
        column.addLayout(form)
        codes = QHBoxLayout()
        for text, square in ((words.STEP_WIFI, self.wifi), (words.STEP_PAGE, self.page)):
            side = QVBoxLayout()
            side.addWidget(label(text, "head"))
            side.addWidget(square)
            codes.addLayout(side)
        codes.addStretch(1)
        column.addLayout(codes)
        for widget in (self.url, self.phone, self.facts, self.gaps):
            column.addWidget(widget)
        column.addWidget(label(words.NO_INTERNET_TITLE, "head"))
        column.addWidget(label(words.NO_INTERNET, wraps=True))
        column.addWidget(label(words.ISOLATION, wraps=True))
        column.addStretch(1)
        area = scrolled(inside)
        outer = QVBoxLayout(self)
        outer.addWidget(area, 1)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(self.start)
        row.addWidget(self.begin)
        outer.addLayout(row)

    # what was chosen

    @property
    def address(self) -> str:
        """Return this machine's address in the chosen network."""
        return str(self.networks.currentData() or "127.0.0.1")

    @property
    def wifi_code(self) -> str:
        """Return what the Wi-Fi's code says; "" without one."""
        return wifi_text(self.wifi_name.text().strip(), self.wifi_password.text())

    def codes(self, url: str, code: str) -> JoinCodes:
        """Return how people get in."""
        return JoinCodes(url, code, self.wifi_name.text().strip(), self.wifi_code)

    # what happens

    def show_facts(self, facts: Sequence[Fact]) -> None:
        """Show what was looked at."""
        lines = [f"{'✓' if fact.is_good else '⚠'} {fact.sentence}" for fact in facts]
        self.facts.setText("\n".join(lines))
        set_rank(self.facts, "" if all(fact.is_good for fact in facts) else "warning")

    def show_running(self, url: str, code: str) -> None:
        """Show the codes: the server listens."""
        for widget in (self.networks, self.rehearsal, self.moderated):
            widget.setEnabled(False)
        self._show_codes(self.codes(url, code))
        self.url.setText(f"{url}   {code}")
        self.phone.setText(words.WAITING_FOR_PHONE)

    def show_phone(self) -> None:
        """Say that the first phone has come."""
        self.phone.setText(f"✓ {words.PHONE_SEEN}")

    def show_failure(self, sentence: str) -> None:
        """Say why the server did not start; another network may be chosen."""
        self.start.setEnabled(True)
        self.phone.setText(sentence)

    def _show_codes(self, codes: JoinCodes | None) -> None:
        self.wifi.show_text(self.wifi_code)
        self.page.show_text(codes.url if codes is not None else "")
        self.start.setVisible(codes is None)
        self.begin.setVisible(codes is not None)

    def _wifi_changed(self, _text: str) -> None:
        self.wifi.show_text(self.wifi_code)

    def _start(self) -> None:
        self.start.setEnabled(False)
        self.phone.setText(words.STARTING)
        self.start_asked.emit()

    def _begin(self) -> None:
        self.begun.emit()
        self.accept()

    def reject(self) -> None:
        """Close without beginning."""
        self.given_up.emit()
        super().reject()
