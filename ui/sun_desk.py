"""Sun and shadow in the window: the panel, the badge over the city, and the day that plays."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, QTimer

from twin.clock import Clock
from twin.sun_shown import (
    SunShown,
    SunSite,
    at_wall_time,
    day_ends_s,
    site_of,
    sun_moment_s,
    sun_over,
    with_sun,
    without_sun,
    zone_called,
)
from ui import sun_words as words
from ui.dock import make_dock, scrolled
from ui.sun_badge import SunBadge
from ui.sun_option import zone_for
from ui.sun_panel import SunPanel

if TYPE_CHECKING:
    from ui.main_window import MainWindow

FOLLOW_MS, PLAY_MS, APPLY_MS, TELL_MS = 5_000, 60, 15, 120
DAY_SPEED = 3600.0
"""Seconds of the sun a second of ours."""
MORNING_S = 1800.0
"""Playing begins so long before sunrise, and ends so long after sunset."""
FIRST_HOUR = 15


class SunDesk(QObject):
    """Found again by window.findChild(SunDesk)."""

    def __init__(self, window: MainWindow) -> None:
        """Join a window."""
        super().__init__(window)
        self._window, self._session, self._scene = window, window.session, window.parts.scene
        self.panel = SunPanel()
        self.dock = make_dock("sun", words.PANEL, scrolled(self.panel))
        window.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, self.dock)
        # the panel is as tall as a laptop's window: there is no room below another one
        window.tabifyDockWidget(window.right, self.dock)
        self.dock.hide()
        window.menus["docks"].addAction(self.dock.toggleViewAction())
        self.badge = SunBadge(window.view)
        self._wanted_s: float | None = None
        """What hands asked for last, until it is applied."""
        self._apply_timer = self._timer(APPLY_MS, self._apply, is_single=True)
        self._tell_timer = self._timer(TELL_MS, self.tell, is_single=True)
        self._play_timer = self._timer(PLAY_MS, self._advance)
        self._follow_timer = self._timer(FOLLOW_MS, self._follow_now)
        self._played_s = 0.0
        self._connect()
        self.tell()

    def _timer(self, interval_ms: int, slot: object, *, is_single: bool = False) -> QTimer:
        timer = QTimer(self)
        timer.setInterval(interval_ms)
        timer.setSingleShot(is_single)
        timer.timeout.connect(slot)
        return timer

    def _connect(self) -> None:
        self._window.actions_by_id["sun"].triggered.connect(self.toggle)
        self.panel.fixed_asked.connect(self.use_fixed)
        self.panel.follow_asked.connect(self.follow)
        self.panel.own_asked.connect(self.pin)
        self.panel.moment_asked.connect(self.ask_moment)
        self.panel.zone_asked.connect(self.set_zone)
        self.panel.place_asked.connect(self.set_place)
        self.panel.play_asked.connect(self.play)
        self.panel.failed.connect(self._window.notices.info)
        self.badge.opened.connect(self.open)
        self.badge.closed.connect(self.release)
        self._session.clock_changed.connect(self._clock_changed)
        self._session.layers_changed.connect(self._told_later)
        self._session.composition_changed.connect(self._told_later)

    # what there is

    @property
    def _site(self) -> SunSite | None:
        session = self._session
        return None if session.frame is None else site_of(session.frame, session.area, session.clock.sun_place)

    def _sun(self) -> SunShown | None:
        """Return the sun of the clock, under the fixed light too; None where nothing is open."""
        site, clock = self._site, self._session.clock
        if site is None:
            return None
        moment_s = sun_moment_s(clock, time.time()) if self._wanted_s is None else self._wanted_s
        return sun_over(site, moment_s, zone_for(clock, site), is_own=clock.sun_s is not None)

    def tell(self) -> None:
        """Show what the clock says of the sun: panel, badge and legend."""
        sun, clock = self._sun(), self._session.clock
        self.panel.show_sun(sun, clock)
        self.badge.show_sun(sun if clock.has_sun else None)
        if clock.has_sun and clock.is_live and clock.sun_s is None:
            self._follow_timer.start()
        else:
            self._follow_timer.stop()
        self._window.legend.set_legends(self._scene.legends())

    def _told_later(self, *_: object) -> None:
        if not self._tell_timer.isActive():
            self._tell_timer.start()

    def _clock_changed(self, old: Clock, new: Clock) -> None:
        is_other = replace(old, at_s=None, mode=new.mode) != replace(new, at_s=None)
        if is_other or new.has_sun:
            self._told_later()
        if new.sun_s is None:
            self._stop()

    def _follow_now(self) -> None:
        """Let a sun that follows a live clock go on."""
        if self._scene.sun.take():
            self._scene.changed.emit()
            self.tell()

    # hands

    def toggle(self) -> None:
        """Show the panel, or put it away."""
        if self.dock.isVisible() and not self.dock.visibleRegion().isEmpty():
            self.dock.hide()
        else:
            self.open()

    def open(self) -> None:
        """Show the panel."""
        self.tell()
        self.dock.show()
        self.dock.raise_()

    def use_fixed(self) -> None:
        """Light the city by the fixed light."""
        self._stop()
        self._session.set_clock(without_sun(self._session.clock))
        self.tell()

    def follow(self) -> None:
        """Let the sun follow the clock."""
        self._stop()
        self._put(None)

    def pin(self) -> None:
        """Give the sun a time of its own: the one it has, or the afternoon of the day where the clock shows now."""
        sun, clock = self._sun(), self._session.clock
        if sun is None or clock.sun_s is not None:
            self.tell()
            return
        is_now = clock.is_live and not clock.has_sun
        self._put(at_wall_time(sun.at_s, sun.zone, hour=FIRST_HOUR, minute=0) if is_now else sun.at_s)

    def release(self) -> None:
        """Take the badge away: a sun of its own time follows the clock again, one that does gives way to the light."""
        if self._session.clock.sun_s is not None:
            self.follow()
        else:
            self.use_fixed()

    def ask_moment(self, at_s: float) -> None:
        """Give the sun another moment of its own, as soon as the last one has been taken."""
        self._wanted_s = at_s
        if not self._apply_timer.isActive():
            self._apply_timer.start()

    def _apply(self) -> None:
        if self._wanted_s is not None:
            wanted_s, self._wanted_s = self._wanted_s, None
            self._put(wanted_s)

    def _put(self, at_s: float | None) -> None:
        site, clock = self._site, self._session.clock
        if site is not None:
            self._session.set_clock(with_sun(clock, at_s, zone=zone_for(clock, site)))
        self.tell()

    def set_zone(self, zone: str) -> None:
        """Write the sun's time in another zone: a time of its own stays what is read, 15:00 is 15:00 there."""
        sun, clock = self._sun(), self._session.clock
        if sun is None or zone == sun.zone:
            return
        at_s = clock.sun_s
        if at_s is not None:
            wall = datetime.fromtimestamp(at_s, zone_called(sun.zone)).replace(tzinfo=zone_called(zone))
            at_s = wall.timestamp()
        self._session.set_clock(replace(clock, sun_zone=zone, sun_s=at_s))
        self.tell()

    def set_place(self, place: tuple[float, float] | None) -> None:
        """Take the sun of another place; None is the middle of the city."""
        self._session.set_clock(replace(self._session.clock, sun_place=place))
        self.tell()

    # the day

    def play(self) -> None:
        """Let the sun go from before sunrise to after sunset, or stop it."""
        if self._play_timer.isActive():
            self._stop()
            return
        sun = self._sun()
        if sun is None:
            return
        begin_s, end_s = self._ends_s(sun)
        is_within = self._session.clock.sun_s is not None and begin_s <= sun.at_s < end_s - MORNING_S
        self._put(sun.at_s if is_within else begin_s)
        self._played_s = time.monotonic()
        self._play_timer.start()
        self.panel.show_playing(is_playing=True)

    @staticmethod
    def _ends_s(sun: SunShown) -> tuple[float, float]:
        begin_s, end_s = day_ends_s(sun.at_s, sun.zone)
        day = sun.day()
        rise_s = begin_s if day.rise_s is None else max(day.rise_s - MORNING_S, begin_s)
        set_s = end_s - 60.0 if day.set_s is None or day.set_s < rise_s else min(day.set_s + MORNING_S, end_s - 60.0)
        return rise_s, set_s

    def _advance(self) -> None:
        now_s, sun = time.monotonic(), self._sun()
        passed_s, self._played_s = now_s - self._played_s, now_s
        if sun is None or not sun.is_own:
            self._stop()
            return
        at_s = sun.at_s + min(passed_s, 0.5) * DAY_SPEED
        if at_s >= self._ends_s(sun)[1]:
            self._stop()
            return
        self._session.set_clock(replace(self._session.clock, sun_s=at_s))

    def _stop(self) -> None:
        self._play_timer.stop()
        self.panel.show_playing(is_playing=False)


def attach(window: MainWindow) -> None:
    """Attach the desk to a window."""
    SunDesk(window)
