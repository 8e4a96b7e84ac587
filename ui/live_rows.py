"""The feeds in the layer panel: eye, name, how it stands with each, how it is drawn, and a menu of the rest."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TypeVar

from PySide6.QtCore import QEvent, QObject, QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QMenu,
    QScrollArea,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from twin.entities import EntityFrame
from twin.feed import FeedState, FeedStatus
from twin.live import WORDS, LiveLook, age_text, trouble_of, with_look
from twin.session import Session
from ui import live_words as words
from ui.icons import set_icon
from ui.live_style import LiveStyle, style_shown
from ui.plain import ElidedLabel, button, label, may_shrink, set_rank, tool

Row = TypeVar("Row", bound=QWidget)
COLOURS = {
    FeedState.LIVE: "#2f9e44",
    FeedState.CONNECTING: "#868e96",
    FeedState.STALE: "#f08c00",
    FeedState.SILENT: "#e8590c",
    FeedState.RECONNECTING: "#e03131",
    FeedState.FAILED: "#e03131",
    FeedState.ENDED: "#868e96",
}


@dataclass(frozen=True, slots=True)
class RowState:
    """How it stands with a feed at the moment shown."""

    status: FeedStatus | None
    frame: EntityFrame | None
    at_s: float
    pinned_to: str = ""
    """The time it is pinned to, in words."""
    is_unknown: bool = False
    """Whether nothing was recorded at the moment shown."""
    recording: str = ""
    """The file it is being recorded to, whatever is shown."""
    recorded_bytes: int = 0
    trouble: str = ""
    """Why it cannot be shown, beside what its status says."""


class LiveRow(QWidget):
    """One feed."""

    look_changed = Signal(object)
    asked = Signal(str, str)
    """(what, feed id): style, pin, remove, record, zoom, password."""

    def __init__(self, look: LiveLook) -> None:
        """Show a feed."""
        super().__init__()
        self.look = look
        self._state = RowState(None, None, 0.0)
        self.eye = tool("eye", f"{words.SHOW_HIDE} {look.name}", words.SHOW_HIDE, is_checkable=True)
        self.eye.setChecked(look.is_visible)
        self.eye.toggled.connect(self._eye_toggled)
        self.dot = label("\u25cf")
        self.name = ElidedLabel(look.name or look.feed_id, "head")
        self.style_button = tool("colour", f"{words.STYLE} {look.name}", words.STYLE)
        self.style_button.clicked.connect(partial(self.asked.emit, "style", look.feed_id))
        self.more = tool("more", f"{words.MORE} {look.name}", words.MORE)
        self.more.clicked.connect(self._show_menu)
        self.state, self.trouble = label("", "quiet", wraps=True), label("", "warning", wraps=True)
        self.password = button(words.SIGN_IN)
        self.password.clicked.connect(partial(self.asked.emit, "password", look.feed_id))
        for told in (self.state, self.trouble):
            may_shrink(told)
        self._lay_out()
        self.show_look(look)

    def _lay_out(self) -> None:
        upper = QHBoxLayout()
        upper.setSpacing(6)
        for widget in (self.eye, self.dot):
            upper.addWidget(widget)
        upper.addWidget(self.name, 1)
        for hand in (self.style_button, self.more):
            upper.addWidget(hand)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 3, 8, 6)
        column.setSpacing(3)
        column.addLayout(upper)
        for told in (self.state, self.trouble, self.password):
            column.addWidget(told)

    # what is shown

    def show_look(self, look: LiveLook) -> None:
        """Show another look of the feed."""
        self.look = look
        show_name_and_eye(look, self.name, self.eye)

    def show_state(self, state: RowState) -> None:
        """Show how it stands with the feed: fresh, stale or silent, how old, and why."""
        self._state = state
        status, frame = state.status, state.frame
        stands = status.state if status is not None else FeedState.CONNECTING
        _tell(self.state, " \u00b7 ".join(_parts(state, stands)))
        trouble = state.trouble or (trouble_of(status) if status is not None else "")
        if trouble and frame is not None and len(frame) and stands in (FeedState.RECONNECTING, FeedState.FAILED):
            trouble = f"{trouble} {words.LAST_PICTURE}"
        _tell(self.trouble, trouble)
        set_rank(self.trouble, "error" if stands in (FeedState.RECONNECTING, FeedState.FAILED) else "warning")
        self.trouble.setVisible(bool(trouble))
        self.password.setVisible(words.wants_password(trouble))
        self.dot.setStyleSheet(f"color: {COLOURS[stands]};")
        self.dot.setToolTip(WORDS[stands])

    # hands

    def menu(self) -> QMenu:
        """Return what else can be done with the feed."""
        state, menu = self._state, QMenu(self)
        entries = (
            ("style", "colour", words.STYLE_MORE, None),
            ("zoom", "zoom_to", words.ZOOM_TO_FEED, None),
            ("record", "add", words.RECORD, bool(state.recording)),
            ("pin", "bookmark", words.PIN, bool(state.pinned_to)),
            ("password", "keys", words.SIGN_IN, None),
            ("remove", "remove", words.REMOVE, None),
        )
        for what, icon_name, text, is_on in entries:
            action = menu.addAction(text)
            if is_on is None:
                set_icon(action, icon_name)
            else:
                action.setCheckable(True)
                action.setChecked(is_on)
            action.triggered.connect(partial(self._ask, what))
        return menu

    def _show_menu(self) -> None:
        menu = self.menu()
        menu.exec(self.more.mapToGlobal(self.more.rect().bottomLeft()))
        menu.deleteLater()

    def _ask(self, what: str, _is_on: bool = False) -> None:  # noqa: FBT001, FBT002  Qt's signal
        self.asked.emit(what, self.look.feed_id)

    def _eye_toggled(self, is_visible: bool) -> None:  # noqa: FBT001  Qt's signal
        self.look_changed.emit(replace(self.look, is_visible=is_visible))


def _parts(state: RowState, stands: FeedState) -> list[str]:
    """Return what is told of a feed in a line."""
    status, frame = state.status, state.frame
    parts = [words.NOT_RECORDED if state.is_unknown else WORDS[stands]]
    if frame is not None and len(frame) and not state.is_unknown:
        parts.append(f"{len(frame):,} \u00b7 {age_text(max(float(state.at_s - frame.time_s.max()), 0.0))} old")
    if status is not None and status.rate_per_s > 0:
        parts.append(f"{status.rate_per_s:,.0f}/s")
    if status is not None and status.malformed:
        parts.append(f"{status.malformed:,} malformed")
    if status is not None and status.dropped + status.counts.dropped:
        parts.append(f"{status.dropped + status.counts.dropped:,} dropped")
    if status is not None and status.coalesced_frames:
        parts.append(f"{status.coalesced_frames:,} frames skipped")
    if status is not None and status.held_back:
        parts.append(f"{status.held_back:,} held back")
    if state.pinned_to:
        parts.append(state.pinned_to)
    if state.recording:
        parts.append(words.recording_on(state.recorded_bytes))
    return parts


def _tell(widget: QWidget, text: str) -> None:
    if text != widget.text():  # type: ignore[attr-defined]
        widget.setText(text)  # type: ignore[attr-defined]
        widget.setAccessibleName(text)


def show_name_and_eye(look: LiveLook, name: ElidedLabel, eye: QToolButton) -> None:
    """Show what a look is called and whether it is seen; the eye does not tell of it as of a click."""
    name.setText(look.name or look.feed_id)
    eye.blockSignals(True)
    eye.setChecked(look.is_visible)
    eye.blockSignals(False)
    set_icon(eye, "eye" if look.is_visible else "eye_off")


def drop_rows(rows: dict[str, Row], looks: list[LiveLook], column: QVBoxLayout) -> None:
    """Remove the rows of looks that are gone, by feed id."""
    wanted = {look.feed_id for look in looks}
    for feed_id in [one for one in rows if one not in wanted]:
        row = rows.pop(feed_id)
        column.removeWidget(row)
        row.deleteLater()


class LiveRows(QScrollArea):
    """All feeds of a session: as high as they are where there is room, else they scroll."""

    asked = Signal(str, str)

    def __init__(self, session: Session) -> None:
        """Follow a session's looks."""
        super().__init__()
        self._session = session
        self.rows: dict[str, LiveRow] = {}
        self.styling: LiveStyle | None = None
        """The dialog of a feed's style, while it is open."""
        self._sheet = QWidget()
        self._column = QVBoxLayout(self._sheet)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(2)
        self._column.addStretch(1)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self.setWidget(self._sheet)
        self._sheet.installEventFilter(self)

    def sizeHint(self) -> QSize:  # noqa: N802  Qt's name
        """Have room for all rows."""
        return QSize(super().sizeHint().width(), self._height() + 2)

    def minimumSizeHint(self) -> QSize:  # noqa: N802  Qt's name
        """Have room for one row at least."""
        return QSize(0, min(self._height() + 2, 4 * self.fontMetrics().height()))

    def _height(self) -> int:
        """Return how high the rows are at the width there is: their sentences wrap."""
        width = self.viewport().width()
        return max(self._column.totalHeightForWidth(width), self._column.totalMinimumSize().height())

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802  Qt's name
        """Ask for another height at another width."""
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self.updateGeometry()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802  Qt's name
        """Ask for another height when the rows want one."""
        if watched is self._sheet and event.type() == QEvent.Type.LayoutRequest:
            self.updateGeometry()
        return False

    def show_looks(self, looks: list[LiveLook]) -> None:
        """Show these feeds."""
        drop_rows(self.rows, looks, self._column)
        for look in looks:
            if look.feed_id not in self.rows:
                row = LiveRow(look)
                row.look_changed.connect(self._take_look)
                row.asked.connect(self._asked)
                self.rows[look.feed_id] = row
                self._column.insertWidget(self._column.count() - 1, row)
            self.rows[look.feed_id].show_look(look)
            if self.styling is not None and self.styling.look.feed_id == look.feed_id:
                self.styling.show_look(look)
        self.setVisible(bool(looks))

    def _asked(self, what: str, feed_id: str) -> None:
        if what != "style":
            self.asked.emit(what, feed_id)
            return
        self.styling = style_shown(self._session, self.rows[feed_id].look, self.window(), former=self.styling)
        self.styling.look_changed.connect(self._take_look)
        self.styling.finished.connect(self._style_closed)

    def _style_closed(self, _result: int) -> None:
        self.styling = None

    def _take_look(self, look: LiveLook) -> None:
        composition = self._session.composition
        self._session.set_composition(replace(composition, live=with_look(composition.live, look)))
