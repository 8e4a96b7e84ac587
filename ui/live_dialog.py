"""Add live data: an address, what its messages mean (proposed, and seen on the map before it is accepted), privacy."""

from __future__ import annotations

from dataclasses import fields, replace

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QDoubleSpinBox,
    QFormLayout,
    QHBoxLayout,
    QLineEdit,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from data.feeds.address import feed_name, split_secret
from data.feeds.mapping import Proposal, merged, parse_map
from twin.errors import TwinError
from twin.feed import FeedWish, Mapping, Picture, Privacy
from ui import live_words as words
from ui.plain import button, fit_dialog, label, named

LISTEN_MS = 12_000


def mapping_text(mapping: Mapping) -> str:
    """Return a mapping as people write it: id=VP.veh, lon=VP.long."""
    known = [(f.name, getattr(mapping, f.name)) for f in fields(Mapping) if f.name not in ("values", "time_format")]
    return ", ".join(f"{name}={path}" for name, path in [*known, *mapping.values] if path)


class LiveDialog(QDialog):
    """Asks for one feed. What it proposes is on the map while it is open."""

    preview_asked = Signal(object)
    """A FeedWish to listen to and show."""
    preview_ended = Signal()
    accepted_feed = Signal(object, bool)
    """(FeedWish with its secrets in the address, is it recorded)."""

    def __init__(self, parent: QWidget) -> None:
        """Ask for an address."""
        super().__init__(parent)
        self.setWindowTitle(words.ADD)
        self.url, self.name, self.mapping = QLineEdit(), QLineEdit(), QLineEdit()
        self.url.setPlaceholderText(words.URL_HINT)
        self.mapping.setPlaceholderText("id=…, lon=…, lat=…, pm10=…")
        for line, name in ((self.url, words.URL), (self.name, words.NAME), (self.mapping, "Mapping")):
            named(line, name)
        self.listen = button(words.LOOK_AT, tip=words.LOOK_AT_TIP)
        self.listen.clicked.connect(self.preview)
        self.told = label("", "quiet", wraps=True)
        self.picture = QComboBox()
        for picture in Picture:
            self.picture.addItem(picture.value.capitalize(), picture)
        self.hashed = QCheckBox(words.HASH)
        self.grid, self.least, self.keep = QDoubleSpinBox(), QSpinBox(), QDoubleSpinBox()
        self.grid.setRange(0, 10_000)
        self.grid.setSuffix(" m")
        self.least.setRange(0, 1000)
        self.keep.setRange(0, 3650)
        self.keep.setSuffix(" days")
        self.record = QCheckBox(words.RECORD)
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
        self.buttons.button(QDialogButtonBox.StandardButton.Ok).setText(words.ACCEPT)
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        self._proposal: Proposal | None = None
        self._is_listening = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(LISTEN_MS)
        self._timer.timeout.connect(self._too_long)
        self._lay_out()
        fit_dialog(self, chars=74, lines=24)

    def _lay_out(self) -> None:
        line = QHBoxLayout()
        line.addWidget(self.url, 1)
        line.addWidget(self.listen)
        form = QFormLayout()
        form.addRow(words.URL, line)
        form.addRow(words.NAME, self.name)
        form.addRow("Mapping", self.mapping)
        form.addRow("", self.told)
        form.addRow(words.PICTURE, self.picture)
        form.addRow(words.PRIVACY, self.hashed)
        form.addRow(words.GRID, self.grid)
        form.addRow(words.MINIMUM, self.least)
        form.addRow(words.KEEP, self.keep)
        form.addRow("", self.record)
        column = QVBoxLayout(self)
        column.addLayout(form)
        column.addStretch(1)
        column.addWidget(self.buttons)

    def wish(self) -> FeedWish:
        """Return what is asked for.

        raises   FeedError  address or mapping cannot be read
        """
        url = self.url.text().strip()
        stated = parse_map(self.mapping.text())
        privacy = Privacy(
            is_id_hashed=self.hashed.isChecked(),
            grid_m=self.grid.value(),
            minimum_count=self.least.value(),
            keep_days=self.keep.value(),
        )
        return FeedWish(
            "preview",
            self.name.text().strip() or feed_name(url),
            url,
            stated,
            picture=Picture(self.picture.currentData()),
            privacy=privacy,
            is_recorded=self.record.isChecked(),
        )

    def preview(self) -> None:
        """Listen to the address and show on the map what comes."""
        try:
            wish = self.wish()
            split_secret(wish.url)
        except TwinError as error:
            self.told.setText(str(error))
            return
        self.told.setText("\u2026")
        self._is_listening = True
        self._timer.start()
        self.preview_asked.emit(wish)

    def take_proposal(self, proposal: Proposal) -> None:
        """Write down what the messages seem to mean; what a person wrote stays."""
        if self._proposal is None:
            self.picture.setCurrentIndex(self.picture.findData(proposal.picture))
        self._proposal = proposal
        try:
            stated = parse_map(self.mapping.text())
        except TwinError:
            return
        if not self.mapping.hasFocus():
            self.mapping.setText(mapping_text(merged(stated, proposal.mapping)))
        self.told.setText("\n".join(proposal.words[:6]))

    def take_count(self, count: int) -> None:
        """Tell how many things are on the map."""
        self._timer.stop()
        told = list(self._proposal.words[:5]) if self._proposal is not None else []
        self.told.setText("\n".join([f"{count:,} things on the map.", *told]))

    def take_trouble(self, sentence: str) -> None:
        """Tell why nothing comes."""
        self.told.setText(sentence)

    def _too_long(self) -> None:
        if self._is_listening and self._proposal is None:
            self.told.setText(f"{self.told.text()}\n{words.mapping_line([], 0)}".strip("\u2026\n "))

    def accept(self) -> None:
        """Add the feed."""
        try:
            wish = self.wish()
            split_secret(wish.url)
        except TwinError as error:
            self.told.setText(str(error))
            return
        if not wish.url:
            return
        self.preview_ended.emit()
        self.accepted_feed.emit(replace(wish, id=""), wish.is_recorded)
        super().accept()

    def reject(self) -> None:
        """Leave everything as it was."""
        self.preview_ended.emit()
        super().reject()
