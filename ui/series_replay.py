"""A table of values over time shown like a recording: the buildings take the value of the clock's moment."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from data.recording import Gap
from data.series import SUFFIXES, Series, read_series
from twin.entities import EntityFrame
from twin.feed import FeedState, FeedStatus, FeedWish, Picture
from twin.layer import Kind
from twin.live import look_of, with_look
from twin.live_rows import proposed_id_field
from twin.session import Session

KEEPS_S = 1e12


def is_series(path: Path) -> bool:
    """Return whether a path is a table (or a folder of tables) rather than a recording."""
    return path.is_dir() or path.suffix.lower() in SUFFIXES


class SeriesReplay:
    """Stands in for ui.replaying.Replay."""

    def __init__(self, session: Session, series: Series, path: Path) -> None:
        """Show nothing yet: the values get a look of their own in the composition."""
        self._session, self._series = session, series
        self.path = path
        self.wish = FeedWish(
            f"series-{series.name}", series.name, path.absolute().as_uri(), picture=Picture.BUILDINGS,
            expiry_s=0, stale_s=KEEPS_S,
        )  # fmt: skip
        self.recording = self
        self.begin_s, self.end_s = float(series.time_s[0]), float(series.time_s[-1])

    @property
    def status(self) -> FeedStatus:
        """Return how it stands."""
        return FeedStatus(self.wish.id, FeedState.ENDED)

    def add(self) -> None:
        """Put the values into the composition, for the layer that knows their ids, coloured over their whole range."""
        session, series = self._session, self._series
        layer_id = field = ""
        for layer in session.layers.values():
            found = proposed_id_field(layer, series.ids) if layer.info.kind is not Kind.IMAGE else ""
            if found:
                layer_id, field = layer.info.id, found
                break
        name = next(iter(series.values), "")
        known = series.values[name][np.isfinite(series.values[name])] if name else np.empty(0)
        low, high = (float(known.min()), float(np.quantile(known, 0.995))) if len(known) else (None, None)
        wish = replace(self.wish, shown_value=name, target_layer=layer_id, target_field=field)
        self.wish = wish
        look = replace(look_of(wish), low=low, high=high)
        composition = session.composition
        feeds = (*(one for one in composition.feeds if one.id != wish.id), wish)
        looks = composition.live
        if all(one.feed_id != wish.id for one in looks):
            looks = with_look(looks, look)
        session.set_composition(replace(composition, feeds=feeds, live=looks), is_undoable=False)

    def show(self, at_s: float, *, is_jump: bool | None = None) -> bool:
        """Put the values of a moment into the session."""
        frame = self.frame(at_s)
        before = self._session.frames.get(self.wish.id)
        if before is None or before.at_s != frame.at_s:
            self._session.put_frame(self.wish.id, frame)
        return bool(is_jump)

    def frame(self, at_s: float) -> EntityFrame:
        """Return the values of a moment as a frame without places."""
        time_s, values = self._series.at(at_s)
        n = len(self._series.ids)
        nan, nowhere = np.full(n, np.nan), np.full((n, 2), np.nan)
        times = np.full(n, time_s)
        return EntityFrame(self.wish.id, self._series.ids, nowhere, nan, times, nan, nan, dict(values), time_s)

    def sampler(self) -> Callable[[float], EntityFrame]:
        """Return what gives the frame of any moment."""
        return self.frame

    def histogram(self, begin_s: float, end_s: float, bins: int) -> np.ndarray:
        """Return how many times of the table lie in each part of a span."""
        return np.histogram(self._series.time_s, bins, (begin_s, end_s))[0].astype(float)

    def gaps(self) -> tuple[Gap, ...]:
        """Return none: a table has no gaps of its own."""
        return ()


def series_of(session: Session, path: Path) -> SeriesReplay:
    """Return a table of values over time, with its look in the composition.

    raises   SourceError  it cannot be read, or there is no time in it
    """
    replay = SeriesReplay(session, read_series(path), path)
    replay.add()
    return replay
