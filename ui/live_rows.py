"""The feeds in the layer panel: eye, name, how it stands with each, and how it is drawn."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QVBoxLayout, QWidget

from twin.entities import EntityFrame
from twin.feed import FeedState, FeedStatus
from twin.live import WORDS, LiveLook, Shape, age_text, trouble_of, with_look
from twin.session import Session
from ui import live_words as words
from ui.icons import set_icon
from ui.plain import ElidedLabel, label, named, tool

COLOURS = {
    FeedState.LIVE: "#2f9e44",
    FeedState.CONNECTING: "#868e96",
    FeedState.STALE: "#f08c00",
    FeedState.SILENT: "#e8590c",
    FeedState.RECONNECTING: "#e03131",
    FeedState.FAILED: "#e03131",
    FeedState.ENDED: "#868e96",
}


class LiveRow(QWidget):
    """One feed."""

    look_changed = Signal(object)
    asked = Signal(str, str)
    """(what, feed id): pin, remove, record, zoom."""

    def __init__(self, look: LiveLook) -> None:
        """Show a feed."""
        super().__init__()
        self.look = look
        self._values: tuple[str, ...] = ()
        self.eye = tool("eye", f"{words.SHOW_HIDE} {look.name}", words.SHOW_HIDE, is_checkable=True)
        self.eye.setChecked(look.is_visible)
        self.eye.toggled.connect(self._eye_toggled)
        self.dot = label("\u25cf")
        self.name = ElidedLabel(look.name or look.feed_id, "head")
        self.pin = tool("zoom_to", words.PIN, words.PIN, is_checkable=True)
        self.pin.clicked.connect(partial(self.asked.emit, "pin", look.feed_id))
        self.record = tool("add", words.RECORD, words.RECORD, is_checkable=True)
        self.record.clicked.connect(partial(self.asked.emit, "record", look.feed_id))
        remove = tool("remove", f"{words.REMOVE} {look.name}", words.REMOVE)
        remove.clicked.connect(partial(self.asked.emit, "remove", look.feed_id))
        upper = QHBoxLayout()
        upper.setSpacing(6)
        for widget in (self.eye, self.dot):
            upper.addWidget(widget)
        upper.addWidget(self.name, 1)
        for widget in (self.record, self.pin, remove):
            upper.addWidget(widget)
        self.state = label("", "quiet", wraps=True)
        self.shape, self.value = QComboBox(), QComboBox()
        named(self.shape, words.PICTURE, words.STYLE)
        named(self.value, words.VALUE, words.STYLE)
        for shape in Shape:
            self.shape.addItem(words.SHAPES[shape], shape)
        self.shape.activated.connect(self._shape_chosen)
        self.value.activated.connect(self._value_chosen)
        lower = QHBoxLayout()
        lower.addWidget(self.shape, 1)
        lower.addWidget(self.value, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 3, 8, 3)
        column.setSpacing(2)
        column.addLayout(upper)
        column.addWidget(self.state)
        column.addLayout(lower)
        self.show_look(look)

    def show_look(self, look: LiveLook) -> None:
        """Show another look of the feed."""
        self.look = look
        self.name.setText(look.name or look.feed_id)
        self.eye.blockSignals(True)
        self.eye.setChecked(look.is_visible)
        self.eye.blockSignals(False)
        set_icon(self.eye, "eye" if look.is_visible else "eye_off")
        self.shape.setCurrentIndex(self.shape.findData(look.shape))
        self.value.setCurrentIndex(max(self.value.findData(look.value), 0))

    def show_state(self, status: FeedStatus | None, frame: EntityFrame | None, at_s: float, *, is_pinned: bool) -> None:
        """Show how it stands with the feed: fresh, stale or silent, how old, and why."""
        state = status.state if status is not None else FeedState.CONNECTING
        parts = [WORDS[state]]
        if frame is not None and len(frame):
            parts.append(f"{len(frame):,} \u00b7 {age_text(float(at_s - frame.time_s.max()))} old")
        if status is not None and status.rate_per_s > 0:
            parts.append(f"{status.rate_per_s:,.0f}/s")
        if status is not None and status.dropped + status.counts.dropped:
            parts.append(f"{status.dropped + status.counts.dropped:,} dropped")
        if is_pinned:
            parts.append(words.PINNED)
        trouble = trouble_of(status) if status is not None else ""
        text = " \u00b7 ".join(parts) + (f"\n{trouble}" if trouble else "")
        if text != self.state.text():
            self.state.setText(text)
            self.state.setAccessibleName(text)
        self.dot.setStyleSheet(f"color: {COLOURS[state]};")
        self.pin.setChecked(is_pinned)
        self.record.setChecked(bool(status is not None and status.recording))
        if frame is not None and tuple(frame.values) != self._values:
            self._offer(tuple(frame.values))

    def _offer(self, values: tuple[str, ...]) -> None:
        self._values = values
        self.value.clear()
        self.value.addItem("\u2013", "")
        for name in values:
            self.value.addItem(name, name)
        self.value.setCurrentIndex(max(self.value.findData(self.look.value), 0))

    def _eye_toggled(self, is_visible: bool) -> None:  # noqa: FBT001  Qt's signal
        self.look_changed.emit(replace(self.look, is_visible=is_visible))

    def _shape_chosen(self, _place: int) -> None:
        self.look_changed.emit(replace(self.look, shape=Shape(self.shape.currentData())))

    def _value_chosen(self, _place: int) -> None:
        self.look_changed.emit(replace(self.look, value=str(self.value.currentData()), low=None, high=None, unit=""))


class LiveRows(QWidget):
    """All feeds of a session."""

    asked = Signal(str, str)

    def __init__(self, session: Session) -> None:
        """Follow a session's looks."""
        super().__init__()
        self._session = session
        self.rows: dict[str, LiveRow] = {}
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(2)

    def show_looks(self, looks: list[LiveLook]) -> None:
        """Show these feeds."""
        wanted = {look.feed_id for look in looks}
        for feed_id in [one for one in self.rows if one not in wanted]:
            row = self.rows.pop(feed_id)
            self._column.removeWidget(row)
            row.deleteLater()
        for look in looks:
            if look.feed_id not in self.rows:
                row = LiveRow(look)
                row.look_changed.connect(self._take_look)
                row.asked.connect(self.asked)
                self.rows[look.feed_id] = row
                self._column.addWidget(row)
            self.rows[look.feed_id].show_look(look)
        self.setVisible(bool(looks))

    def _take_look(self, look: LiveLook) -> None:
        composition = self._session.composition
        self._session.set_composition(replace(composition, live=with_look(composition.live, look)))
