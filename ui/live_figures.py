"""The panel of live figures: charts by feed, by area, by selection. They follow what is live, replays and jumps."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QSize, QTimer
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from layers.camera import project
from twin.entities import EntityFrame
from twin.live import numeric_values
from twin.live_figures import Figure, Where, figure_of, rows_in_features, rows_in_ring
from twin.place import local_from_lonlat, lonlat_from_local
from ui import chart_words as words
from ui.area_pen import AreaPen
from ui.live_chart import FILL_MOMENTS, LiveChart
from ui.live_desk import LiveDesk
from ui.plain import button, label
from ui.time_bar import zone_of

if TYPE_CHECKING:
    from ui.main_window import MainWindow

BEAT_MS = 1000
BEFORE_S = 1800.0
"""A chart reaches back so far before the moment shown, after a jump ..."""
BEFORE_SPEED_S = 60.0
"""... or as far as a minute of ours goes at the clock's speed."""
LEAST_SHARE = 0.02
"""Of the recording: hours of a year reach back a week."""
JUMP_S = 5.0
MOST_CHARTS = 8


class Figures(QWidget):
    """Charts one below the other."""

    def __init__(self, window: MainWindow) -> None:
        """Begin with one chart."""
        super().__init__()
        self._window, self._session = window, window.session
        self.charts: list[LiveChart] = []
        self._asking: LiveChart | None = None
        self.pen = AreaPen(window.view)
        self.pen.drawn.connect(self._take_area)
        self.pen.ended.connect(self._no_area)
        self.add = button(words.ADD_CHART, icon_name="add")
        self.add.clicked.connect(self.add_chart)
        self.empty = label(words.NO_FEEDS, "quiet", wraps=True)
        sheet = QWidget()
        self._column = QVBoxLayout(sheet)
        self._column.addWidget(self.empty)
        self._column.addWidget(self.add)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidget(sheet)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(area)
        self._timer = QTimer(self)
        self._timer.setInterval(BEAT_MS)
        self._timer.timeout.connect(self.beat)
        self._session.selection_changed.connect(self._selection_changed)
        self.add_chart()

    def sizeHint(self) -> QSize:  # noqa: N802  Qt's name
        """Have room for a chart and a half."""
        metrics = self.fontMetrics()
        return QSize(44 * metrics.averageCharWidth(), 24 * metrics.height())

    def minimumSizeHint(self) -> QSize:  # noqa: N802  Qt's name
        """Scroll where there is little room: the time bar below must stay in sight."""
        return QSize(0, 3 * self.fontMetrics().height())

    # charts

    def add_chart(self, *_: object) -> LiveChart:
        """Add a chart."""
        chart = LiveChart()
        chart.changed.connect(partial(self._rethink, chart))
        chart.area_asked.connect(partial(self._ask_area, chart))
        chart.remove_asked.connect(partial(self.remove_chart, chart))
        self.charts.append(chart)
        self._column.insertWidget(self._column.count() - 1, chart, 1)
        self.add.setEnabled(len(self.charts) < MOST_CHARTS)
        self.offer()
        self._rethink(chart)
        return chart

    def remove_chart(self, chart: LiveChart) -> None:
        """Take a chart away."""
        chart.stop()
        self.charts.remove(chart)
        self._column.removeWidget(chart)
        chart.deleteLater()
        self.add.setEnabled(True)
        self._show_areas()

    def offer(self) -> None:
        """Offer the feeds there are, and the numbers of those chosen."""
        feeds = [(wish.id, wish.name) for wish in self._session.composition.feeds]
        for chart in self.charts:
            frame = self._frame(chart.figure.feed_id or (feeds[0][0] if feeds else ""))
            numbers = numeric_values(frame) if frame is not None else ()
            if frame is not None and np.isfinite(frame.speed_mps).any() and "speed" not in numbers:
                numbers = (*numbers, "speed")
            if frame is not None or not chart.what.count():
                chart.offer(feeds, numbers)
            chart.setVisible(bool(feeds))
        self.empty.setVisible(not feeds)
        self.add.setVisible(bool(feeds))

    def _frame(self, feed_id: str) -> EntityFrame | None:
        frame = self._session.frames.get(feed_id)
        live = self._live_desk()
        return frame if frame is not None or live is None else live.newest.get(feed_id)

    def _live_desk(self) -> LiveDesk | None:
        return self._window.findChild(LiveDesk)

    # figures

    def take(self, frames: Mapping[str, EntityFrame]) -> None:
        """Take the frames of the moment shown."""
        if not self.isVisible():
            return
        self.offer()
        for chart in self.charts:
            frame = frames.get(chart.figure.feed_id)
            if frame is not None:
                self._show(chart, frame)
            else:
                chart.tell(float("nan"), "")

    def beat(self) -> None:
        """Once a second: what is live is counted though another time is shown."""
        live = self._live_desk()
        for chart in self.charts:
            frame = None if live is None else live.newest.get(chart.figure.feed_id)
            is_shown = self._session.clock.moment_s(chart.figure.feed_id) is None
            if frame is not None and not is_shown:
                chart.take_live(frame.at_s, self.value(chart.figure, frame)[0])

    def value(self, figure: Figure, frame: EntityFrame) -> tuple[float, int]:
        """Return a figure of a frame, and of how many things it is."""
        rows = self._rows(figure, frame)
        return figure_of(figure, frame, rows), int(rows.sum())

    def _show(self, chart: LiveChart, frame: EntityFrame) -> None:
        figure, clock = chart.figure, self._session.clock
        value, count = self.value(figure, frame)
        is_now = clock.moment_s(figure.feed_id) is None
        chart.show_zone(zone_of(clock), frame.at_s)
        chart.tell(value, self._note(chart, count, len(frame)))
        if is_now:
            chart.stop()
            chart.take_live(frame.at_s, value)
            chart.draw(chart.live)
            return
        before, moment = chart.at_s, clock.moment_s(figure.feed_id) or frame.at_s
        has_jumped = before is None or not before - 1e-3 <= moment <= before + JUMP_S + 2 * clock.speed
        chart.at_s = moment
        if has_jumped or not (chart.shown or chart.is_filling):
            self._fill(chart, frame.at_s)
        chart.take_shown(frame.at_s, value)
        chart.draw(chart.shown)

    def _note(self, chart: LiveChart, count: int, everything: int) -> str:
        figure = chart.figure
        if figure.where is Where.SELECTION and not len(self._session.selection.rows):
            return words.NO_SELECTION
        if figure.where is Where.AREA and not figure.ring:
            return words.NO_AREA
        return words.of_things(count, everything)

    def _fill(self, chart: LiveChart, at_s: float) -> None:
        """Find out what a chart would have shown before a moment that was jumped to."""
        live, figure = self._live_desk(), chart.figure
        replay = None if live is None else live.replays.get(figure.feed_id)
        if replay is None:
            chart.shown = []
            return
        first_s, last_s = replay.recording.begin_s, replay.recording.end_s
        before_s = max(BEFORE_S, BEFORE_SPEED_S * self._session.clock.speed, (last_s - first_s) * LEAST_SHARE)
        begin_s = max(first_s, at_s - before_s)
        moments = np.linspace(begin_s, at_s, FILL_MOMENTS, endpoint=False)
        chart.fill(moments.tolist(), self._sampler(chart, replay.sampler()))

    def _sampler(self, chart: LiveChart, frame_at: Callable[[float], EntityFrame]) -> Callable[[float], float]:
        def sample(at_s: float) -> float:
            return self.value(chart.figure, frame_at(at_s))[0]

        return sample

    def _rows(self, figure: Figure, frame: EntityFrame) -> np.ndarray:
        place = self._session.frame
        if figure.where is Where.EVERYWHERE or place is None:
            return np.ones(len(frame), bool)
        if figure.where is Where.AREA:
            return rows_in_ring(place, frame, figure.ring)
        if figure.where is Where.VIEW:
            view, local = self._window.view, local_from_lonlat(place, frame.lonlat)
            px, depth = project(view.camera, view.size_px, np.column_stack([local, np.zeros(len(local))]))
            with np.errstate(invalid="ignore"):
                return np.asarray((depth > 0) & (px >= 0).all(axis=1) & (px < view.size_px).all(axis=1))
        selection = self._session.selection
        layer = self._session.layers.get(selection.layer_id)
        if layer is None:
            return np.zeros(len(frame), bool)
        wish = next((one for one in self._session.composition.feeds if one.id == figure.feed_id), None)
        look = next((one for one in self._session.composition.live if one.feed_id == figure.feed_id), None)
        if wish is not None and look is not None:
            wish = replace(wish, target_layer=look.target_layer, target_field=look.target_field)
        return rows_in_features(place, frame, layer, selection.rows, wish)

    # what changes it

    def _rethink(self, chart: LiveChart) -> None:
        """Begin a chart anew: it shows something else."""
        chart.at_s = None
        if chart.figure.where is not Where.AREA:
            chart.ring = ()
        self._show_areas()
        self.offer()
        frame = self._session.frames.get(chart.figure.feed_id)
        if frame is not None and self.isVisible():
            self._show(chart, frame)

    def _selection_changed(self, *_: object) -> None:
        for chart in self.charts:
            if chart.figure.where is Where.SELECTION:
                chart.restart()
                self._rethink(chart)

    # areas

    def _ask_area(self, chart: LiveChart) -> None:
        self._asking = chart
        chart.ring = ()
        self.pen.begin(words.DRAW_AREA)

    def _take_area(self, corners: tuple[tuple[float, float, float], ...]) -> None:
        chart, place = self._asking, self._session.frame
        self._asking = None
        if chart is not None and place is not None:
            ring = lonlat_from_local(place, np.array(corners, float)[:, :2])
            chart.ring = tuple((float(lon), float(lat)) for lon, lat in ring)
            chart.restart()
            self._rethink(chart)

    def _no_area(self) -> None:
        if self._asking is not None:
            self._asking.where.setCurrentIndex(0)
            self._rethink(self._asking)
        self._asking = None

    def _show_areas(self) -> None:
        """Show the area that was drawn last, while the panel is open."""
        place = self._session.frame
        ring = next((chart.ring for chart in reversed(self.charts) if chart.ring), ())
        if place is None or not ring or not self.isVisible():
            self.pen.show_area([])
            return
        local = local_from_lonlat(place, np.array(ring))
        ground = self._window.parts.scene.groundwork.ground
        heights = np.zeros(len(local)) if ground.is_flat else np.nan_to_num(ground.z_at(local))
        self.pen.show_area([(float(x), float(y), float(z)) for (x, y), z in zip(local, heights, strict=True)])

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802  Qt's name
        """Begin to look."""
        super().showEvent(event)
        self._timer.start()
        self.take(self._session.frames)
        self._show_areas()

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: N802  Qt's name
        """Look no longer."""
        super().hideEvent(event)
        self._timer.stop()
        self.pen.cancel()
        self.pen.show_area([])
        for chart in self.charts:
            chart.stop()
