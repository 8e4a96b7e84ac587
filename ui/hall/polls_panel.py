"""The polls: written, opened, shown and closed; hands are counted."""

from __future__ import annotations

from functools import partial
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from twin.story import in_language
from ui import hall_words as words
from ui.hall import poll_words
from ui.hall.frame import poll_board
from ui.plain import button, card, label, named


class PollsPanel(QWidget):
    """Shows polls and asks for what is to become of them."""

    open_asked = Signal(str)
    close_asked = Signal(str)
    hall_asked = Signal(str)
    """A poll is to stand on the projector; "" takes it away."""
    counted = Signal(str, object)
    """(poll, what is sent to the server)."""
    writing_asked = Signal(str)
    """A poll that was not asked yet is to be changed; "" for a new one."""
    removal_asked = Signal(str)

    def __init__(self) -> None:
        """Start without polls."""
        super().__init__()
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 8, 0, 0)
        self.empty = label(poll_words.NONE_YET, "quiet", wraps=True)
        self.new = button(words.NEW_POLL)
        self.new.clicked.connect(_Call(partial(self.writing_asked.emit, "")))
        self._column.addWidget(self.empty)
        self._column.addWidget(self.new)
        self._column.addStretch(1)
        self._cards: dict[str, tuple[str, QWidget]] = {}
        """By poll id: what the card was made from, and the card."""
        self._figures: dict[str, QLabel] = {}
        self.polls: dict[str, dict[str, Any]] = {}

    def show_polls(
        self,
        prepared: list[dict[str, Any]],
        polls: list[dict[str, Any]],
        *,
        language: str,
        on_projector: str,
        is_running: bool,
    ) -> None:
        """Show polls; only the cards that differ are made anew."""
        self.polls = {str(p["id"]): p for p in [*polls, *prepared]}
        made = {str(p["id"]): (p, True) for p in polls} | {str(p["id"]): (p, False) for p in prepared}
        for poll_id in [i for i in self._cards if i not in made]:
            self._drop(poll_id)
        for number, (poll_id, (poll, is_asked)) in enumerate(made.items()):
            is_shown = poll_id == on_projector
            key = (
                f"{is_asked}{poll.get('is_open')}{language}{is_shown}" if is_asked else f"{poll}{language}{is_running}"
            )
            if poll_id in self._cards and self._cards[poll_id][0] == key:
                self._refresh(poll_id, language)
                continue
            self._drop(poll_id)
            made_card = (
                self._asked_card(poll, language, is_shown=is_shown)
                if is_asked
                else self._prepared_card(poll, language, is_running=is_running)
            )
            self._cards[poll_id] = (key, made_card)
            self._column.insertWidget(number, made_card)
        self.empty.setVisible(not made)

    def _refresh(self, poll_id: str, language: str) -> None:
        """Write other figures where the old ones stand: while people vote they change twice a second."""
        said = self._figures.get(poll_id)
        if said is not None:
            said.setText(_figures(self.polls[poll_id], language))

    def _drop(self, poll_id: str) -> None:
        known = self._cards.pop(poll_id, None)
        self._figures.pop(poll_id, None)
        if known is not None:
            self._column.removeWidget(known[1])
            known[1].deleteLater()

    def _prepared_card(self, poll: dict[str, Any], language: str, *, is_running: bool) -> QWidget:
        frame, column = self._headed(poll, language)
        poll_id = str(poll["id"])
        column.addWidget(label(poll_board(poll, language).rule, "quiet", wraps=True))
        row = QHBoxLayout()
        if is_running:
            self._button(row, words.OPEN_POLL, partial(self.open_asked.emit, poll_id), rank="primary")
        self._button(row, poll_words.EDIT, partial(self.writing_asked.emit, poll_id))
        self._button(row, poll_words.REMOVE, partial(self.removal_asked.emit, poll_id))
        column.addLayout(row)
        return frame

    def _asked_card(self, poll: dict[str, Any], language: str, *, is_shown: bool) -> QWidget:
        frame, column = self._headed(poll, language)
        poll_id, board = str(poll["id"]), poll_board(poll, language)
        self._figures[poll_id] = label(_figures(poll, language), wraps=True)
        column.addWidget(self._figures[poll_id])
        if board.head:
            column.addWidget(label(board.head, "quiet", wraps=True))
        row = QHBoxLayout()
        text = words.HIDE_POLL if is_shown else words.SHOW_POLL
        self._button(row, text, partial(self.hall_asked.emit, "" if is_shown else poll_id))
        if poll["is_open"]:
            self._button(row, words.HANDS, partial(self.ask_hands, poll_id, language))
            self._button(row, words.CLOSE_POLL, partial(self.close_asked.emit, poll_id))
        column.addLayout(row)
        return frame

    @staticmethod
    def _headed(poll: dict[str, Any], language: str) -> tuple[QWidget, QVBoxLayout]:
        frame, column = card()
        column.addWidget(label(in_language(poll["question"], language), "head", wraps=True))
        return frame, column

    @staticmethod
    def _button(row: QHBoxLayout, text: str, slot: Any, *, rank: str = "") -> None:
        made = button(text, rank=rank)
        made.clicked.connect(_Call(slot))
        row.addWidget(made)

    def ask_hands(self, poll_id: str, language: str) -> None:
        """Ask for what was counted by eye."""
        dialog = HandsDialog(self, self.polls[poll_id], language)
        dialog.accepted.connect(_Call(partial(self._hands, poll_id, dialog)))
        dialog.open()

    def _hands(self, poll_id: str, dialog: HandsDialog) -> None:
        self.counted.emit(poll_id, dialog.answer())


def _figures(poll: dict[str, Any], language: str) -> str:
    board = poll_board(poll, language)
    lines = [f"{bar.text}: {bar.figure}" if bar.figure else bar.text for bar in board.bars]
    return "\n".join([*lines, board.status])


class _Call:
    """Calls a slot without what Qt's signal brings along."""

    def __init__(self, slot: Any) -> None:
        self._slot = slot

    def __call__(self, *_: object) -> None:
        self._slot()


class HandsDialog(QDialog):
    """A number for each option of a poll."""

    def __init__(self, parent: QWidget, poll: dict[str, Any], language: str) -> None:
        """Ask for numbers."""
        super().__init__(parent)
        self.setWindowTitle(words.HANDS_TITLE)
        form = QFormLayout(self)
        self.counts: dict[str, QSpinBox] = {}
        for option in poll["options"]:
            box = QSpinBox()
            box.setRange(0, 100_000)
            name = in_language(option["text"], language) or str(option["id"])
            named(box, name)
            self.counts[str(option["id"])] = box
            form.addRow(name, box)
        self.part, self.source = QLineEdit(), QComboBox()
        self.source.addItem("hands", "hands")
        self.source.addItem("paper", "paper")
        named(self.part, words.HANDS_LABEL)
        form.addRow(words.HANDS_LABEL, self.part)
        form.addRow(self.source)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Save | QDialogButtonBox.StandardButton.Cancel)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        form.addRow(buttons)

    def answer(self) -> dict[str, Any]:
        """Return what is sent to the server."""
        counts = {option: box.value() for option, box in self.counts.items()}
        return {"counts": counts, "source": self.source.currentData(), "label": self.part.text().strip()}
