"""The time bar: what the clock does, and the hands that move it. It shows what the session says."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QComboBox,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from twin.clock import Clock, ClockMode, moment_from_text, moment_text
from twin.errors import TwinError
from twin.session import Session
from twin.sun_shown import zone_called
from ui import live_words as words
from ui.plain import button, label, named
from ui.sun_words import TO_CLOCK
from ui.time_line import TimeLine
from ui.time_spans import Stretch

SPEEDS = (0.25, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 300.0, 3600.0, 86_400.0, 31_557_600.0)
STEPS = 200
COLOURS = {ClockMode.LIVE: "#2b8a3e", ClockMode.PAUSED: "#5c636a", ClockMode.REPLAY: "#c2410c"}
"""White on each has a contrast of at least 4.5 to 1."""


def speed_name(speed: float) -> str:
    """Return a speed in words: x 10, 1 h/s."""
    for seconds, word in ((31_557_600.0, "year"), (86_400.0, "day"), (3600.0, "h")):
        if speed >= seconds:
            return f"{speed / seconds:g} {word}/s"
    return f"\u00d7 {speed:g}"


def suiting_speed(speed: float, length_s: float) -> float:
    """Return a speed at which a span takes about a minute; the one there is if it takes seconds to half an hour."""
    if not length_s or 5 <= length_s / speed <= 1800:
        return speed
    return min(SPEEDS, key=lambda one: abs(math.log(length_s / one / 60)))


def zone_of(clock: Clock) -> tzinfo:
    """Return the zone that a clock writes times in: its own, else this computer's."""
    if clock.zone:
        try:
            return ZoneInfo(clock.zone)
        except (ZoneInfoNotFoundError, ValueError):
            return UTC
    return datetime.now().astimezone().tzinfo or UTC


class TimeBar(QWidget):
    """Badge, hands, line, time, zone, span and age of the data."""

    failed = Signal(object)
    stretch_chosen = Signal(str)
    """The key of the span of time that a hand asks for."""

    def __init__(self, session: Session) -> None:
        """Follow a session's clock."""
        super().__init__()
        self._session = session
        self._ends_s: tuple[float, float] | None = None
        self.is_fed = False
        """Whether something comes live, so that LIVE runs and can be paused."""
        self.line = TimeLine()
        self.line.chosen.connect(self.go_to)
        self.line.marked.connect(self.mark)
        self.badge = QPushButton()
        named(self.badge, words.BADGES[ClockMode.LIVE], words.BADGE_TIP)
        self.badge.clicked.connect(self.go_live)
        self.play = self._hand("\u25b6", words.PLAY, words.PLAY_TIP, self.toggle)
        self.loop = self._hand("\u21bb", words.LOOP, words.LOOP_TIP, self._loop_toggled)
        self.loop.setCheckable(True)
        self.marking = self._hand("[ ]", words.MARK, words.MARK_TIP, self._marking_toggled)
        self.marking.setCheckable(True)
        self.speed = QComboBox()
        named(self.speed, words.SPEED, words.SPEED_TIP)
        for speed in SPEEDS:
            self.speed.addItem(speed_name(speed), speed)
        self.speed.activated.connect(self._speed_chosen)
        self.time = QLineEdit()
        named(self.time, words.JUMP, words.JUMP_TIP)
        self.time.setFixedWidth(self.fontMetrics().horizontalAdvance("-2024-05-01 12:30:00") + 28)
        self.time.returnPressed.connect(self._jump)
        self.zone = label("", "quiet")
        self.stretch = QComboBox()
        named(self.stretch, words.STRETCH, words.STRETCH_TIP)
        self.stretch.activated.connect(self._stretch_chosen)
        self.pins = QPushButton()
        named(self.pins, words.PINNED, words.UNPIN_ALL)
        self.pins.clicked.connect(self.unpin)
        self.age = label("", "quiet")
        self.sun = button("", rank="link")
        named(self.sun, words.SUN_BADGE, TO_CLOCK)
        self.sun.clicked.connect(self.release_sun)
        self._lay_out()
        session.clock_changed.connect(self._follow)
        self._follow()

    def _hand(self, sign: str, name: str, tip: str, slot: object) -> QToolButton:
        hand = QToolButton()
        hand.setText(sign)
        named(hand, name, tip)
        hand.clicked.connect(slot)
        return hand

    def _lay_out(self) -> None:
        hands, told = QHBoxLayout(), QHBoxLayout()
        moving = (
            self.badge,
            self._hand("|\u25c0", words.TO_BEGIN, words.TO_BEGIN, self.go_to_begin),
            self._hand("\u25c1", words.STEP_BACK, words.STEP_BACK, self.step_back),
            self.play,
            self._hand("\u25b7", words.STEP_ON, words.STEP_ON, self.step_on),
            self._hand("\u25b6|", words.TO_NOW, words.TO_NOW, self.go_live),
            self.loop, self.marking, self.speed, self.time, self.zone,
        )  # fmt: skip
        for row, widgets in ((hands, moving), (told, (self.stretch, self.pins, self.sun, self.age))):
            row.setSpacing(4)
            for widget in widgets:
                row.addWidget(widget)
        hands.addStretch(1)
        told.insertStretch(1, 1)
        self._rows = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._rows.setSpacing(4)
        self._rows.addLayout(hands, 1)
        self._rows.addLayout(told)
        self._parts = (hands, told)
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 6, 10, 6)
        column.setSpacing(4)
        column.addLayout(self._rows)
        column.addWidget(self.line)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802  Qt's name
        """Take a second line for what is told where one has no room for all."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        needed = sum(part.sizeHint().width() for part in self._parts) + 40
        is_wide = self.width() >= needed
        ways = QBoxLayout.Direction
        wanted = ways.LeftToRight if is_wide else ways.TopToBottom
        if self._rows.direction() != wanted:
            self._rows.setDirection(wanted)

    # what is known of time

    def show_ends(self, ends_s: tuple[float, float] | None) -> None:
        """Know from when to when there is something to show."""
        self._ends_s = ends_s

    def show_stretches(self, stretches: Sequence[Stretch], key: str) -> None:
        """Offer the spans of time that can be shown; one of them is."""
        offered = [(one.name, one.key) for one in stretches]
        if offered != [(self.stretch.itemText(i), self.stretch.itemData(i)) for i in range(self.stretch.count())]:
            self.stretch.clear()
            for name, its_key in offered:
                self.stretch.addItem(name, its_key)
        self.stretch.setCurrentIndex(self.stretch.findData(key))
        self.stretch.setVisible(len(stretches) > 1)
        self._fit()

    @property
    def ends_s(self) -> tuple[float, float] | None:
        """Return begin and end of what is played: the span marked, else all that is shown."""
        return self._session.clock.span_s or self._ends_s

    def show_fed(self, *, is_fed: bool) -> None:
        """Know whether something comes live, so that LIVE runs and can be paused."""
        if is_fed != self.is_fed:
            self.is_fed = is_fed
            self._follow()

    def show_age(self, text: str) -> None:
        """Tell how old the data is."""
        self.age.setText(text)

    # hands

    def go_to(self, at_s: float) -> None:
        """Stand at a moment; a running clock goes on from there."""
        clock = self._session.clock
        is_running = clock.mode is ClockMode.REPLAY
        self._session.set_clock(clock.running(at_s) if is_running else clock.paused(at_s))

    def go_live(self) -> None:
        """Return to now and follow it."""
        self._session.set_clock(self._session.clock.live())

    def go_to_begin(self) -> None:
        """Go to where what is known begins."""
        if self.ends_s is not None:
            self.go_to(self.ends_s[0])

    def unpin(self) -> None:
        """Let every layer follow the clock again."""
        self._session.set_clock(replace(self._session.clock, pins=()))

    def toggle(self) -> None:
        """Play, or stand still."""
        clock, ends = self._session.clock, self.ends_s
        now_s = datetime.now(tz=UTC).timestamp()
        if clock.mode is ClockMode.REPLAY and clock.at_s is not None:
            self._session.set_clock(clock.paused(clock.at_s))
        elif clock.mode is ClockMode.LIVE and (self.is_fed or ends is None):
            self._session.set_clock(clock.paused(now_s))
        else:
            at_s = now_s if clock.at_s is None else clock.at_s
            begins_anew = ends is not None and not ends[0] <= at_s < ends[1] - 1e-6
            self._session.set_clock(clock.running(ends[0] if begins_anew and ends is not None else at_s))

    def release_sun(self) -> None:
        """Let a sun that has a time of its own follow the clock again."""
        self._session.set_clock(replace(self._session.clock, sun_s=None, is_sunlit=True))

    def step_on(self) -> None:
        """Go one step on."""
        self._step(1)

    def step_back(self) -> None:
        """Go one step back."""
        self._step(-1)

    def _step(self, way: int) -> None:
        ends = self.ends_s
        if ends is None:
            return
        view = self.line.view_s or ends
        step_s = max((view[1] - view[0]) / STEPS, 1e-3)
        nice = 10 ** math.floor(math.log10(step_s))
        now_s = ends[1] if self._session.clock.at_s is None else self._session.clock.at_s
        self._session.set_clock(self._session.clock.paused(min(max(now_s + way * max(nice, step_s), ends[0]), ends[1])))

    def mark(self, span_s: tuple[float, float] | None) -> None:
        """Play a part of the span over and over; None plays all."""
        is_looping = span_s is not None or self._session.clock.is_looping
        self._session.set_clock(replace(self._session.clock, span_s=span_s, is_looping=is_looping))
        self.marking.setChecked(False)
        self.line.is_marking = False

    def _marking_toggled(self, is_on: bool) -> None:  # noqa: FBT001  Qt's signal
        if is_on and self._session.clock.span_s is not None:
            self.mark(None)
        self.line.is_marking = self.marking.isChecked()

    def _speed_chosen(self, _place: int) -> None:
        self._session.set_clock(replace(self._session.clock, speed=float(self.speed.currentData())))

    def _stretch_chosen(self, _place: int) -> None:
        self.stretch_chosen.emit(str(self.stretch.currentData()))

    def _loop_toggled(self, is_on: bool) -> None:  # noqa: FBT001  Qt's signal
        self._session.set_clock(replace(self._session.clock, is_looping=is_on))

    def _jump(self) -> None:
        try:
            self.go_to(moment_from_text(self.time.text(), zone_of(self._session.clock)))
        except TwinError as error:
            self.failed.emit(error)
            self.time.setModified(False)
            self._follow()
        else:
            self.line.setFocus()  # so that the field follows the time again, and the arrows step

    # what is seen

    def _follow(self, _old: object = None, _new: object = None) -> None:
        clock, zone = self._session.clock, zone_of(self._session.clock)
        self.badge.setText(words.BADGES[clock.mode])
        self.badge.setAccessibleName(words.BADGES[clock.mode])
        self.badge.setStyleSheet(
            f"QPushButton {{ background: {COLOURS[clock.mode]}; color: white; font-weight: 600; border: none;"
            " border-radius: 4px; padding: 3px 10px; }"
        )
        is_running = clock.mode is ClockMode.REPLAY or (clock.is_live and self.is_fed)
        self.play.setText("II" if is_running else "\u25b6")
        self.loop.setChecked(clock.is_looping)
        if clock.speed not in SPEEDS:
            self.speed.setCurrentIndex(-1)
        else:
            self.speed.setCurrentIndex(SPEEDS.index(clock.speed))
        self.line.zone, self.line.mark_s = zone, clock.span_s
        self.line.show_moment(clock.at_s)
        self.show_now()
        self.zone.setText(clock.zone or datetime.now(tz=zone).tzname() or "UTC")
        if clock.sun_s is not None:
            sun_zone = zone_called(clock.sun_zone) if clock.sun_zone else zone
            text = moment_text(clock.sun_s, sun_zone, has_seconds=False)
            self.sun.setText(f"\u2600 {words.SUN_BADGE} {text} \u2715")
            named(self.sun, f"{words.SUN_BADGE} {text}", TO_CLOCK)
        self.sun.setVisible(clock.sun_s is not None)
        self.pins.setText(words.pinned(len(clock.pins)))
        self.pins.setVisible(bool(clock.pins))

    def show_now(self) -> None:
        """Write the time that is shown, unless somebody writes there."""
        if not (self.time.hasFocus() and self.time.isModified()):
            clock = self._session.clock
            at_s = datetime.now(tz=UTC).timestamp() if clock.at_s is None else clock.at_s
            self.time.setText(moment_text(at_s, zone_of(clock)))
            self.time.setModified(False)
