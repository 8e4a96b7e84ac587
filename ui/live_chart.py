"""One live chart: a figure of a feed over time, live as it comes, and filled from the recording after a jump."""

from __future__ import annotations

import time
from bisect import bisect_left
from collections import deque
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, tzinfo
from typing import Any

import numpy as np
from PySide6.QtCore import QEvent, QTimer, Signal
from PySide6.QtWidgets import QComboBox, QFrame, QHBoxLayout, QVBoxLayout

from twin.live_figures import Figure, Reduce, Where
from ui import chart_words as words
from ui.plain import label, may_shrink, named, tool

KEPT = 7200
LEAST_GAP_S = 0.5
FILL_MOMENTS = 160
FILL_S = 0.012
"""Of the window's time for reading a recording, in one go."""
AHEAD_S = 0.25
Sampler = Callable[[float], float]


class LiveChart(QFrame):
    """Feed, figure, place; a number and its course. What it shows is told by others."""

    changed = Signal()
    """Another feed, figure or place is wished."""
    area_asked = Signal()
    remove_asked = Signal()

    def __init__(self) -> None:
        """Show nothing yet."""
        super().__init__()
        self.setProperty("rank", "card")
        self.feed, self.what, self.where = QComboBox(), QComboBox(), QComboBox()
        for box, name in ((self.feed, words.FEED), (self.what, words.WHAT), (self.where, words.WHERE)):
            named(box, name)
            box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            box.setMinimumContentsLength(7)
            may_shrink(box)
        for where, text in words.PLACES.items():
            self.where.addItem(text, where)
        self.feed.activated.connect(self._chosen)
        self.what.activated.connect(self._chosen)
        self.where.activated.connect(self._where_chosen)
        remove = tool("close", words.REMOVE_CHART, words.REMOVE_CHART)
        remove.clicked.connect(self.remove_asked)
        self.now, self.note = label("", "figure"), label("", "quiet", wraps=True)
        may_shrink(self.note)
        self._told = ""
        self.ring: tuple[tuple[float, float], ...] = ()
        self.live: deque[tuple[float, float]] = deque(maxlen=KEPT)
        """(time, figure) as it came, whatever is shown."""
        self.shown: list[tuple[float, float]] = []
        """(time, figure) around the moment shown, while that is not now."""
        self.at_s: float | None = None
        """The moment that was shown last, while that is not now."""
        self._filling: Iterator[None] | None = None
        self._timer = QTimer(self)
        self._timer.setInterval(0)
        self._timer.timeout.connect(self._fill_on)
        self._curve: Any = None
        self._plot: Any = None
        self._offset_s = 0.0
        top, second, below = QHBoxLayout(), QHBoxLayout(), QHBoxLayout()
        top.addWidget(self.feed, 1)
        top.addWidget(remove)
        second.addWidget(self.what, 1)
        second.addWidget(self.where, 1)
        below.addWidget(self.now)
        below.addWidget(self.note, 1)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(8, 6, 8, 6)
        self._column.addLayout(top)
        self._column.addLayout(second)
        self._column.addLayout(below)

    # what is wished

    @property
    def figure(self) -> Figure:
        """Return what is to be shown."""
        reduce, value = self.what.currentData() or (Reduce.COUNT, "")
        where = Where(self.where.currentData() or Where.EVERYWHERE)
        ring = self.ring if where is Where.AREA else ()
        return Figure(str(self.feed.currentData() or ""), Reduce(reduce), str(value), where, ring)

    def offer(self, feeds: list[tuple[str, str]], values: tuple[str, ...]) -> None:
        """Offer feeds (id, name) and the numbers of the one chosen."""
        _offer(self.feed, [(name, feed_id) for feed_id, name in feeds])
        figures = [(words.COUNT, (Reduce.COUNT.value, ""))]
        figures += [(words.of_value(reduce, name), (reduce.value, name)) for name in values
                    for reduce in (Reduce.MEAN, Reduce.MAX, Reduce.MIN, Reduce.SUM)]  # fmt: skip
        _offer(self.what, figures)

    def _chosen(self, _place: int = 0) -> None:
        self.restart()
        self.changed.emit()

    def _where_chosen(self, _place: int) -> None:
        if self.where.currentData() == Where.AREA:
            self.area_asked.emit()
        self._chosen()

    def restart(self) -> None:
        """Forget all figures: they were of something else."""
        self.live.clear()
        self.shown.clear()
        self.stop()

    # what is known

    def take_live(self, at_s: float, value: float) -> None:
        """Take a figure as it came."""
        if np.isfinite(value) and (not self.live or at_s - self.live[-1][0] >= LEAST_GAP_S):
            self.live.append((at_s, value))

    def take_shown(self, at_s: float, value: float) -> None:
        """Take the figure of the moment shown."""
        while self.shown and self.shown[-1][0] > at_s + AHEAD_S:  # the clock went back a little
            self.shown.pop()
        if np.isfinite(value) and (not self.shown or at_s - self.shown[-1][0] >= 1e-3):
            self.shown.append((at_s, value))
        if len(self.shown) > KEPT:
            del self.shown[: KEPT // 10]

    def fill(self, moments_s: list[float], sample: Sampler) -> None:
        """Find the figures of moments before the one shown, a few at a time, while nothing else is to be done."""
        self.shown = []
        self._filling = self._filled(moments_s, sample)
        self._timer.start()

    def _filled(self, moments_s: list[float], sample: Sampler) -> Iterator[None]:
        for moment in moments_s:
            value = sample(moment)
            if np.isfinite(value):
                place = bisect_left(self.shown, (moment, value))
                self.shown.insert(place, (moment, value))
            yield

    def _fill_on(self) -> None:
        end = time.perf_counter() + FILL_S
        while self._filling is not None and time.perf_counter() < end:
            try:
                next(self._filling)
            except StopIteration:
                self.stop()
        self.draw(self.shown)

    @property
    def is_filling(self) -> bool:
        """Return whether figures of earlier moments are still looked for."""
        return self._filling is not None

    def stop(self) -> None:
        """Look for no further figures."""
        self._filling = None
        self._timer.stop()
        self._tell_note()

    # what is seen

    def tell(self, value: float, note: str) -> None:
        """Tell the figure of the moment shown."""
        self.now.setText(f"{value:,.4g}" if np.isfinite(value) else "\u2013")
        self._told = note
        self._tell_note()

    def _tell_note(self) -> None:
        self.note.setText(f"{self._told} \u00b7 {words.READING}" if self.is_filling and self._told else self._told)

    def draw(self, points: list[tuple[float, float]] | deque[tuple[float, float]]) -> None:
        """Draw a course."""
        if self._plot is None:
            self._make_plot()
        moments, values = zip(*points, strict=True) if points else ((), ())
        self._curve.setData(moments, values)

    def show_zone(self, zone: tzinfo, at_s: float) -> None:
        """Write times in a zone, as it was at a moment: in summer time or not."""
        offset_s = _offset_s(zone, at_s)
        if offset_s != self._offset_s:
            self._offset_s = offset_s
            if self._plot is not None:
                self._plot.getAxis("bottom").utcOffset = -offset_s

    def _make_plot(self) -> None:
        import pyqtgraph  # noqa: PLC0415  only where a chart is shown

        pyqtgraph.setConfigOptions(antialias=True)
        axis = pyqtgraph.DateAxisItem(utcOffset=-self._offset_s)
        self._plot = pyqtgraph.PlotWidget(axisItems={"bottom": axis}, background=None)
        self._plot.setMenuEnabled(False)
        self._plot.setMinimumHeight(8 * self.fontMetrics().height())
        self._plot.hideButtons()
        may_shrink(self._plot)
        self._plot.showGrid(y=True, alpha=0.15)
        named(self._plot, words.FIGURES, words.CHART_TIP)
        self._column.addWidget(self._plot, 1)
        self._curve = self._plot.plot(fillLevel=0)
        self._colour()

    def _colour(self) -> None:
        """Take the colours of the theme."""
        import pyqtgraph  # noqa: PLC0415  only where a chart is shown

        text, accent = self.palette().text().color(), self.palette().highlight().color()
        self._curve.setPen(pyqtgraph.mkPen(accent, width=2))
        accent.setAlpha(40)
        self._curve.setBrush(accent)
        for name in ("left", "bottom"):
            axis = self._plot.getAxis(name)
            axis.setPen(text)
            axis.setTextPen(text)
            axis.setStyle(tickFont=self.font())

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802  Qt's name
        """Follow the theme."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.StyleChange) and self._plot is not None:
            self._colour()


def _offer(box: QComboBox, entries: list[tuple[str, Any]]) -> None:
    """Offer other choices; the one that was chosen stays where it still is one."""
    if [text for text, _ in entries] == [box.itemText(i) for i in range(box.count())]:
        return
    chosen = box.currentText()
    box.clear()
    for text, data in entries:
        box.addItem(text, data)
    box.setCurrentIndex(max(box.findText(chosen), 0) if entries else -1)


def _offset_s(zone: tzinfo, at_s: float) -> float:
    try:
        offset = datetime.fromtimestamp(at_s, tz=UTC).astimezone(zone).utcoffset()
    except (ValueError, OverflowError, OSError):  # a year that a calendar does not have
        return 0.0
    return offset.total_seconds() if offset is not None else 0.0
