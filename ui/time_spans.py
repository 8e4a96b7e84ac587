"""Which span of time the time bar shows: years of dated layers, hours of recordings, a table's series, what is live."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from twin.date_values import column_moments
from twin.dates import dated_years, span_of
from twin.feed import FeedStatus
from twin.session import Session
from ui import live_words as words

if TYPE_CHECKING:
    from ui.flow_span import FlowSpan
    from ui.replaying import Replay
    from ui.series_replay import SeriesReplay

ALL, RECORDED, LIVE, DATED = "all", "recorded", "live", "dated"
KEPT_S = 3600
LEAST_LIVE_S = 60.0
GAP_FACTOR, LEAST_GAP_S = 4.0, 5.0
Span = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Stretch:
    """A span of time that the bar can show."""

    key: str
    name: str
    span_s: Span


class Heard:
    """How many messages a live feed brought in each second of the last hour."""

    def __init__(self) -> None:
        """Know of none."""
        self._seconds: deque[tuple[int, int]] = deque(maxlen=KEPT_S)
        self._messages = 0

    def take(self, status: FeedStatus) -> None:
        """Count what came since the last time it was told how the feed stands."""
        new = status.messages - self._messages if status.messages >= self._messages else status.messages
        self._messages = status.messages
        if new > 0 and status.last_message_s > 0:
            second = int(status.last_message_s)
            if self._seconds and self._seconds[-1][0] == second:
                new += self._seconds.pop()[1]
            self._seconds.append((second, new))

    @property
    def begin_s(self) -> float | None:
        """Return the first second that is known; None before anything came."""
        return float(self._seconds[0][0]) if self._seconds else None

    def histogram(self, begin_s: float, end_s: float, bins: int) -> npt.NDArray[np.float64]:
        """Return the messages (bins,) in each part of a time."""
        if not self._seconds:
            return np.zeros(bins)
        seconds, counts = np.array(self._seconds, float).T
        return np.histogram(seconds, bins, (begin_s, end_s), weights=counts)[0].astype(float)

    def gaps(self, now_s: float) -> list[Span]:
        """Return the times in which nothing came, longer than is usual here; the last may reach until now."""
        seconds = np.array([second for second, _ in self._seconds], float)
        if len(seconds) < 3:
            return []
        spaces = np.diff(seconds)
        least_s = max(LEAST_GAP_S, GAP_FACTOR * float(np.median(spaces)))
        found = [(float(seconds[i] + 1), float(seconds[i + 1])) for i in np.flatnonzero(spaces > least_s)]
        if now_s - seconds[-1] > least_s:
            found.append((float(seconds[-1] + 1), now_s))
        return found


class TimeSpans:
    """Knows what can be shown, and which of it a person chose."""

    def __init__(self, session: Session) -> None:
        """Know of nothing live yet."""
        self._session = session
        self.chosen = ""
        """The key of the stretch that a person chose; "" takes what suits."""
        self.heard: dict[str, Heard] = {}
        """Of the feeds that are connected."""
        self.replays: Mapping[str, Replay | SeriesReplay] = {}
        self.tables: dict[str, FlowSpan] = {}
        """Of flows that have times."""

    @property
    def kept(self) -> Mapping[str, Replay | SeriesReplay | FlowSpan]:
        """Return what was recorded, and tables with times."""
        return {**self.replays, **self.tables}

    def take_status(self, status: FeedStatus) -> None:
        """Count a live feed's messages."""
        self.heard.setdefault(status.feed_id, Heard()).take(status)

    def forget(self, feed_id: str) -> None:
        """Forget what a feed brought."""
        self.heard.pop(feed_id, None)

    # which there are

    def stretches(self, now_s: float) -> list[Stretch]:
        """Return all spans that can be shown, the most telling first."""
        recorded = [
            Stretch(f"feed:{feed_id}", words.recorded(kept.wish.name), (kept.recording.begin_s, kept.recording.end_s))
            for feed_id, kept in self.kept.items()
        ]
        dated = [Stretch(f"dates:{i}", words.years_of(name, span), span) for i, name, span in self._dated()]
        begins = [heard.begin_s for heard in self.heard.values() if heard.begin_s is not None]
        live = []
        if self.heard:
            begin = min([*begins, now_s - LEAST_LIVE_S])
            live = [Stretch(LIVE, words.LIVE_SPAN, (max(begin, now_s - KEPT_S), now_s))]
        found = [*_together(RECORDED, words.ALL_RECORDINGS, recorded), *live, *_together(DATED, words.ALL_YEARS, dated)]
        kinds = [kind for kind in (recorded, live, dated) if kind]
        return [*found, *_whole(ALL, words.ALL_TIME, found)] if len(kinds) > 1 else found

    def _dated(self) -> list[tuple[str, str, Span]]:
        session = self._session
        states = (s for s in session.composition.layers if s.is_visible and s.layer_id in session.layers)
        found = ((s.layer_id, session.layers[s.layer_id], s.style) for s in states)
        spans = ((i, layer.info.name, dated_years(layer, style)) for i, layer, style in found)
        return [(i, name, span) for i, name, span in spans if span is not None and span[1] > span[0]]

    def shown(self, now_s: float) -> tuple[list[Stretch], Stretch | None]:
        """Return all spans, and the one that is shown: chosen, else recordings, what is live, years."""
        stretches = self.stretches(now_s)
        by_key = {stretch.key: stretch for stretch in stretches}
        wanted = by_key.get(self.chosen)
        return stretches, wanted or next(iter(stretches), None)

    # what is in one

    def histogram(self, stretch: Stretch, view_s: Span, bins: int) -> npt.NDArray[np.float64]:
        """Return how much there is (bins,) in each part of what is in view: messages, else buildings built."""
        total = np.zeros(bins)
        for feed_id, kept in self.kept.items():
            if stretch.key in (ALL, RECORDED, f"feed:{feed_id}"):
                total += kept.recording.histogram(*view_s, bins)
        if stretch.key in (ALL, LIVE):
            for feed_id, heard in self.heard.items():
                if stretch.key == LIVE or feed_id not in self.replays:
                    total += heard.histogram(*view_s, bins)
        if stretch.key.startswith("date"):
            for layer_id, _, _ in self._dated():
                if stretch.key in (DATED, f"dates:{layer_id}"):
                    total += self._built(layer_id, view_s, bins)
        return total

    def _built(self, layer_id: str, view_s: Span, bins: int) -> npt.NDArray[np.float64]:
        layer, style = self._session.layers[layer_id], self._session.composition.state(layer_id).style
        names = span_of(layer, style)
        moments = column_moments(layer.table, names.since or names.until)
        return np.histogram(moments[~np.isnan(moments)], bins, view_s)[0].astype(float)

    def gaps(self, stretch: Stretch, now_s: float) -> list[Span]:
        """Return the times in which nothing came."""
        found: list[Span] = []
        for feed_id, kept in self.replays.items():
            if stretch.key in (ALL, RECORDED, f"feed:{feed_id}"):
                found += [(gap.begin_s, gap.end_s) for gap in kept.recording.gaps()]
        if stretch.key == LIVE:
            for heard in self.heard.values():
                found += heard.gaps(now_s)
        return found


def _together(key: str, name: str, stretches: list[Stretch]) -> list[Stretch]:
    return [*_whole(key, name, stretches), *stretches] if len(stretches) > 1 else stretches


def _whole(key: str, name: str, stretches: list[Stretch]) -> list[Stretch]:
    spans = [stretch.span_s for stretch in stretches]
    return [Stretch(key, name, (min(b for b, _ in spans), max(e for _, e in spans)))]
