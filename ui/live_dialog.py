"""Add live data: an address, what its messages mean (proposed, and seen on the map before it is accepted), privacy."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QDoubleSpinBox,
    QFormLayout,
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QScrollArea,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from data.feeds.address import feed_name, split_secret
from data.feeds.mapping import Proposal, merged, parse_map
from twin.entities import EntityFrame
from twin.errors import TwinError
from twin.feed import FeedState, FeedStatus, FeedWish, Mapping, Picture
from twin.live import numeric_values
from ui import live_words as words
from ui.live_fields import FieldsForm, mapping_text
from ui.live_privacy import PrivacyForm
from ui.live_sign_in import SignInForm
from ui.plain import button, fit_dialog, label, named, set_rank

__all__ = ["LiveDialog", "mapping_text"]
LISTEN_MS, AGAIN_MS = 12_000, 500
MOST_SHARE = 0.5
"""Of the screen's width: the map beside it shows what is proposed."""


class LiveDialog(QDialog):
    """Asks for one feed. What it proposes is on the map while it is open."""

    preview_asked = Signal(object)
    """A FeedWish to listen to and show."""
    preview_ended = Signal()
    look_asked = Signal()
    """The same messages, drawn otherwise."""
    zoom_asked = Signal()
    accepted_feed = Signal(object, bool)
    """(FeedWish with its secrets in the address, is it recorded)."""

    def __init__(self, parent: QWidget) -> None:
        """Ask for an address."""
        super().__init__(parent)
        self.setWindowTitle(words.ADD)
        self.url, self.name, self.mapping = QLineEdit(), QLineEdit(), QLineEdit()
        self.url.setPlaceholderText(words.URL_HINT)
        self.url.returnPressed.connect(self.preview)
        self.mapping.setPlaceholderText("id=…, lon=…, lat=…, pm10=…")
        self.mapping.editingFinished.connect(self._written)
        self.listen = button(words.LOOK_AT, tip=words.LOOK_AT_TIP)
        self.listen.clicked.connect(self.preview)
        self.told = label(words.DIALOG_FIRST, "quiet", wraps=True)
        self.zoom = button(words.ZOOM_TO_FEED, rank="link")
        self.zoom.clicked.connect(self.zoom_asked)
        self.zoom.hide()
        self.picture, self.value = QComboBox(), QComboBox()
        for picture in Picture:
            self.picture.addItem(words.PICTURES[picture], picture)
        self.picture.activated.connect(self._look_changed)
        self.value.addItem(words.NO_VALUE, "")
        self.value.activated.connect(self._look_changed)
        self.record = QCheckBox(words.RECORD)
        self.fields, self.privacy, self.access = FieldsForm(), PrivacyForm(), SignInForm()
        self.fields.changed.connect(self._fields_changed)
        self.privacy.changed.connect(self._again)
        self.expiry, self.stale, self.interval = QDoubleSpinBox(), QDoubleSpinBox(), QDoubleSpinBox()
        self.timetable = QLineEdit()
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
        self.buttons.button(QDialogButtonBox.StandardButton.Ok).setText(words.ACCEPT)
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        self._proposal: Proposal | None = None
        self._previewed: FeedWish | None = None
        self._is_by_hand = False
        """Whether somebody changed the mapping: then nothing is proposed over it."""
        self._is_value_by_hand = False
        self._count = 0
        self._numbers: tuple[str, ...] = ()
        self._timers = tuple(
            self._timer(ms, slot) for ms, slot in ((LISTEN_MS, self._too_long), (AGAIN_MS, self.preview))
        )
        self._lay_out()
        fit_dialog(self, chars=62, lines=36)
        self.resize(min(self.width(), round(self.screen().availableGeometry().width() * MOST_SHARE)), self.height())

    def _timer(self, interval_ms: int, slot: object) -> QTimer:
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.setInterval(interval_ms)
        timer.timeout.connect(slot)
        return timer

    def _lay_out(self) -> None:
        line, told = QHBoxLayout(), QHBoxLayout()
        line.addWidget(self.url, 1)
        line.addWidget(self.listen)
        told.addWidget(self.told, 1)
        told.addWidget(self.zoom)
        form = QFormLayout()
        form.addRow(words.URL, line)
        form.addRow("", told)
        drawn, called = QHBoxLayout(), QHBoxLayout()
        drawn.addWidget(self.picture, 1)
        drawn.addWidget(self.value, 1)
        called.addWidget(self.name, 1)
        called.addWidget(self.record)
        form.addRow(words.NAME, called)
        form.addRow(words.PICTURE, drawn)
        for box in (self.picture, self.value):
            box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            box.setMinimumContentsLength(8)
        rows = (
            (words.URL, self.url),
            (words.NAME, self.name),
            (words.PICTURE, self.picture),
            (words.VALUE, self.value),
        )
        for text, widget in rows:
            named(widget, text)
        tabs = QTabWidget()
        for text, sheet in (
            (words.FIELDS_TAB, self._fields_tab()), (words.PRIVACY, self.privacy),
            (words.ACCESS, self.access), (words.TIMING, self._timing_tab()),
        ):  # fmt: skip
            tabs.addTab(_scrolled(sheet), text)
        self.tabs = tabs
        column = QVBoxLayout(self)
        column.addLayout(form)
        column.addWidget(tabs, 1)
        column.addWidget(self.buttons)

    def _fields_tab(self) -> QWidget:
        sheet = QWidget()
        column = QVBoxLayout(sheet)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.fields)
        column.addWidget(label(words.AS_TEXT, "quiet"))
        named(self.mapping, words.AS_TEXT)
        column.addWidget(self.mapping)
        return sheet

    def _timing_tab(self) -> QWidget:
        sheet, default = QWidget(), FeedWish("", "", "")
        form = QFormLayout(sheet)
        for box, name, value in (
            (self.expiry, words.EXPIRY, default.expiry_s), (self.stale, words.STALE, default.stale_s),
            (self.interval, words.INTERVAL, default.interval_s),
        ):  # fmt: skip
            box.setRange(0, 31_557_600)
            box.setDecimals(0)
            box.setSuffix(" s")
            box.setValue(value)
            named(box, *name)
            form.addRow(name[0], box)
        named(self.timetable, *words.TIMETABLE)
        form.addRow(words.TIMETABLE[0], self.timetable)
        return sheet

    # what is asked for

    def wish(self) -> FeedWish:
        """Return what is asked for, with the password in its address.

        raises   FeedError  address or mapping cannot be read
        """
        url = self.url.text().strip()
        return FeedWish(
            "preview",
            self.name.text().strip() or feed_name(url),
            self.access.signed(url),
            parse_map(self.mapping.text()),
            picture=Picture(self.picture.currentData()),
            privacy=self.privacy.privacy(),
            is_recorded=self.record.isChecked(),
            shown_value=str(self.value.currentData() or ""),
            expiry_s=self.expiry.value(),
            stale_s=max(self.stale.value(), 1.0),
            interval_s=max(self.interval.value(), 0.2),
            static_gtfs=self.timetable.text().strip(),
        )

    def preview(self) -> None:
        """Listen to the address and show on the map what comes."""
        wish = self._checked()
        if wish is None:
            return
        if self._previewed is None or self._previewed.url != wish.url:
            self._proposal, self._count = None, 0
        self._previewed = wish
        self._say(words.LISTENING)
        self._timers[0].start()
        self.preview_asked.emit(wish)

    def _checked(self) -> FeedWish | None:
        """Return the wish if it can be asked for; else say why not."""
        try:
            wish = self.wish()
            split_secret(wish.url)
        except TwinError as error:
            self._say(f"{error.sentence} {error.hint}".strip(), is_wrong=True)
            return None
        return wish

    def _again(self, _what: object = None) -> None:
        """Listen again soon: what is asked for was changed while listening."""
        if self._previewed is not None:
            self._timers[1].start()

    def _fields_changed(self, mapping: Mapping) -> None:
        self._is_by_hand = True
        self.mapping.setText(mapping_text(mapping))
        self._again()

    def _written(self) -> None:
        try:
            mapping = parse_map(self.mapping.text())
        except TwinError as error:
            self._say(str(error), is_wrong=True)
            return
        if mapping != self.fields.mapping():
            self._is_by_hand = True
            self.fields.show_mapping(mapping)
            self._again()

    def _look_changed(self, _place: int = 0) -> None:
        self._is_value_by_hand = True
        self.look_asked.emit()

    # what came

    def take_proposal(self, proposal: Proposal) -> None:
        """Write down what the messages seem to mean; what a person wrote stays."""
        if self._proposal == proposal:
            return
        if self._proposal is None and not self._is_value_by_hand:
            self.picture.setCurrentIndex(self.picture.findData(proposal.picture))
            self._propose_value()
        self._proposal = proposal
        try:
            stated = parse_map(self.mapping.text())
        except TwinError:
            return
        mapping = stated if self._is_by_hand else merged(stated, proposal.mapping)
        self.mapping.setText(mapping_text(mapping))
        self.mapping.setCursorPosition(0)
        self.fields.show_mapping(mapping, proposal.seen, proposal.left_out)
        self.fields.setToolTip("\n".join(proposal.words))

    def take_frame(self, frame: EntityFrame, far: str = "") -> None:
        """Tell how many things are on the map, and if that is not where the city is.

        far   a sentence, where they are far away or out of view
        """
        self._timers[0].stop()
        self._count = len(frame)
        if self._count:
            has_places = bool(np.isfinite(frame.lonlat).all(axis=1).any())
            told = words.on_the_map(self._count) if has_places else words.without_places(self._count)
            self._say(" ".join(filter(None, [told, far])), is_wrong=bool(far))
            self.zoom.setVisible(has_places)
        self._offer_values(frame)

    def _offer_values(self, frame: EntityFrame) -> None:
        self._numbers = numeric_values(frame)
        values = [*self._numbers, *(name for name in frame.values if name not in self._numbers)]
        if values != [self.value.itemData(i) for i in range(1, self.value.count())]:
            chosen = self.value.currentData()
            self.value.clear()
            self.value.addItem(words.NO_VALUE, "")
            for name in values:
                self.value.addItem(name, name)
            self.value.setCurrentIndex(max(self.value.findData(chosen), 0))
        self._propose_value()

    def _propose_value(self) -> None:
        """Choose the first number for what stands still, until somebody chooses; vehicles are plain."""
        is_still = self.picture.currentData() != Picture.VEHICLES
        if is_still and not self._is_value_by_hand and not self.value.currentData() and self._numbers:
            self.value.setCurrentIndex(self.value.findData(self._numbers[0]))

    def take_status(self, status: FeedStatus) -> None:
        """Tell why nothing comes, or what is wrong with what comes; ask for the password where one is wanted."""
        if status.state in (FeedState.FAILED, FeedState.RECONNECTING) and status.reason:
            self._timers[0].stop()
            self._say(status.reason, is_wrong=True)
            if words.wants_password(status.reason) and not self.access.password.text():
                self.tabs.setCurrentIndex(2)
                if not self.access.user.hasFocus() and not self.access.password.hasFocus():
                    self.access.user.setFocus()
        elif not self._count and status.malformed:
            problems = [f"{p.count:,} {p.kind.replace('_', ' ')}" for p in status.problems]
            self._say(words.nothing_usable(status.messages, problems, status.reason), is_wrong=True)
        elif not self._count and status.reason:
            self._say(status.reason, is_wrong=True)

    def say(self, sentence: str) -> None:
        """Tell something that is not as wished."""
        self._timers[0].stop()
        self._say(sentence, is_wrong=True)

    def _say(self, sentence: str, *, is_wrong: bool = False) -> None:
        self.told.setText(sentence)
        self.told.setAccessibleName(sentence)
        set_rank(self.told, "warning" if is_wrong else "quiet")

    def _too_long(self) -> None:
        if not self._count and self.told.text() == words.LISTENING:
            self._say(words.NOTHING_CAME, is_wrong=True)

    # the end

    def accept(self) -> None:
        """Add the feed."""
        wish = self._checked()
        if wish is None:
            return
        self.access.keep_if_wished(wish.url)
        self._end()
        self.accepted_feed.emit(replace(wish, id=""), wish.is_recorded)
        super().accept()

    def reject(self) -> None:
        """Leave everything as it was."""
        self._end()
        super().reject()

    def _end(self) -> None:
        for timer in self._timers:
            timer.stop()
        self.preview_ended.emit()


def _scrolled(sheet: QWidget) -> QScrollArea:
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setWidget(sheet)
    return area
