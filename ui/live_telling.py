"""What people see of live data and time: spans and bars on the time line, a state in each row, ages and troubles."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from twin.live import trouble_of
from ui import live_words as words
from ui.layer_row import LayerRow
from ui.live_rows import LiveRows, RowState
from ui.time_bar import TimeBar, suiting_speed, zone_of
from ui.time_line import BINS
from ui.time_spans import ALL, LIVE, TimeSpans

if TYPE_CHECKING:
    from ui.main_window import MainWindow
    from ui.playing import Playing


class Telling:
    """Brings time bar, rows and legend up to what is so."""

    def __init__(self, window: MainWindow, bar: TimeBar, rows: LiveRows, playing: Playing) -> None:
        """Tell it in these widgets."""
        self._window, self._session = window, window.session
        self.bar, self.rows, self.playing = bar, rows, playing
        self.spans = TimeSpans(window.session)
        self.spans.replays = playing.replays

    def show_span(self, *, is_fed: bool) -> bool:
        """Show from when to when there is something; return whether there is for the first time.

        is_fed   whether something comes live
        """
        now_s = time.time()
        stretches, shown = self.spans.shown(now_s)
        has_begun = self.bar.ends_s is None and shown is not None
        self.bar.show_fed(is_fed=is_fed)
        self.bar.show_ends(None if shown is None else shown.span_s)
        self.bar.show_stretches(stretches, "" if shown is None else shown.key)
        line, pins = self.bar.line, [pin.at_s for pin in self._session.clock.pins]
        if shown is None:
            line.show_span(None, np.zeros(0), ())
        else:
            gaps = self.spans.gaps(shown, now_s)
            line.show_span(shown.span_s, np.zeros(0), gaps, pins)
            begin_s, end_s = line.view_s or shown.span_s
            bins = int(min(max(end_s - begin_s, 1), BINS))  # nothing is counted finer than a second
            line.show_bins(self.spans.histogram(shown, (begin_s, end_s), bins))
        return has_begun

    def choose_stretch(self, key: str) -> None:
        """Show another span of time, at a speed that suits it."""
        self.spans.chosen = key
        clock = self._session.clock
        self._session.set_clock(replace(clock, span_s=None))
        self.bar.line.whole()
        self.show_span(is_fed=self.bar.is_fed)
        if self.bar.ends_s is not None:
            begin_s, end_s = self.bar.ends_s
            clock = replace(self._session.clock, speed=suiting_speed(clock.speed, end_s - begin_s))
            is_away = clock.mode == "replay" and clock.at_s is not None and not begin_s <= clock.at_s <= end_s
            self._session.set_clock(clock.running(begin_s) if is_away else clock)

    def tell(self) -> None:
        """Tell in every row, on the bar and in the legend how it stands at the moment shown."""
        session, now_s = self._session, time.time()
        ages = []
        for feed_id, row in self.rows.rows.items():
            moment = session.clock.moment_s(feed_id)
            frame, status = session.frames.get(feed_id), self.playing.statuses.get(feed_id)
            pin = next((pin for pin in session.clock.pins if pin.layer_id == feed_id), None)
            live = self.playing.live_statuses.get(feed_id)
            state = RowState(
                status, frame, now_s if moment is None else moment,
                pinned_to="" if pin is None else words.pinned_to(pin.at_s, zone_of(session.clock)),
                is_unknown=feed_id in self.playing.unknown,
                recording="" if live is None else live.recording, recorded_bytes=live.recorded_bytes if live else 0,
            )  # fmt: skip
            row.show_state(state)
            trouble = self.playing.trouble.get(feed_id) or ("" if status is None else trouble_of(status))
            self._window.parts.scene.live.trouble[feed_id] = trouble
            if frame is not None and len(frame):
                ages.append((now_s if moment is None else moment) - float(frame.time_s.max()))
        self._tell_pins()
        self.bar.show_age(words.age_line(min(ages)) if ages else "")
        if self.spans.heard and self.bar.stretch.currentData() in (None, LIVE, ALL):  # others do not grow by themselves
            self.show_span(is_fed=self.bar.is_fed)
        if session.clock.is_live:
            self.bar.show_now()
        if session.frames:
            self._window.legend.set_legends(self._window.parts.scene.legends())

    def _tell_pins(self) -> None:
        """Tell in the rows of layers which of them keep a time of their own."""
        clock = self._session.clock
        told = {pin.layer_id: words.pinned_to(pin.at_s, zone_of(clock)) for pin in clock.pins}
        layers = self._window.layers.rows
        for place in range(layers.count()):
            row = layers.itemWidget(layers.item(place))
            if isinstance(row, LayerRow):
                row.show_pin(told.get(row.layer.info.id, ""))
