"""What a project wants to say beneath the list of layers: which are missing and why, what work is offered back."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from twin.project import MissingLayer
from ui import project_words as words
from ui.plain import button, card, label, named
from ui.project_autosave import Offer


class ProjectStrip(QWidget):
    """Cards with buttons; hidden while there is nothing to say."""

    find_asked = Signal(str)
    """A layer's id: its file is to be looked for."""
    removal_asked = Signal(str)
    restore_asked = Signal(object)
    """An Offer is wanted back."""
    refusal_asked = Signal(object)

    def __init__(self) -> None:
        """Show nothing."""
        super().__init__()
        named(self, words.STRIP)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(12, 0, 12, 8)
        self._column.setSpacing(8)
        self._missing: dict[str, QFrame] = {}
        self._offers: list[tuple[Offer, QFrame]] = []
        self._follow()

    def show_missing(self, layers: Iterable[MissingLayer]) -> None:
        """Show which layers are missing; those that no longer are go."""
        for frame in self._missing.values():
            self._take_away(frame)
        self._missing = {}
        for one in layers:
            frame = self._card(
                words.missing(one.layer.name, one.reason),
                (words.FIND_IT, partial(self.find_asked.emit, one.layer.id)),
                (words.TAKE_OUT, partial(self.removal_asked.emit, one.layer.id)),
            )
            self._missing[one.layer.id] = frame
        self._follow()

    def show_offer(self, offer: Offer) -> None:
        """Offer unsaved work back."""
        frame = self._card(
            words.unsaved_work(offer.stored.project.title, offer.stored.saved),
            (words.RESTORE, partial(self.restore_asked.emit, offer)),
            (words.DISCARD, partial(self.refusal_asked.emit, offer)),
        )
        self._offers.append((offer, frame))
        self._follow()

    def take_offer_away(self, offer: Offer) -> None:
        """Show an offer no longer."""
        for other, frame in list(self._offers):
            if other is offer:
                self._take_away(frame)
                self._offers.remove((other, frame))
        self._follow()

    @property
    def missing(self) -> tuple[str, ...]:
        """Return the ids of the layers that are shown as missing."""
        return tuple(self._missing)

    @property
    def offers(self) -> tuple[Offer, ...]:
        """Return what is offered back."""
        return tuple(offer for offer, _ in self._offers)

    def _card(self, text: str, *buttons: tuple[str, object]) -> QFrame:
        frame, column = card()
        named(frame, text)
        column.addWidget(label(text, wraps=True))
        row = QHBoxLayout()
        for words_on_it, slot in buttons:
            made = button(words_on_it)
            named(made, f"{words_on_it} {text}")
            made.setToolTip(text)
            made.clicked.connect(partial(_call, slot))
            row.addWidget(made)
        row.addStretch(1)
        column.addLayout(row)
        self._column.addWidget(frame)
        return frame

    def _take_away(self, frame: QFrame) -> None:
        self._column.removeWidget(frame)
        frame.hide()
        frame.deleteLater()

    def _follow(self) -> None:
        self.setVisible(bool(self._missing or self._offers))


def _call(slot: object, *_: object) -> None:
    if callable(slot):
        slot()
