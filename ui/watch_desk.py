"""Watching over the city: rules that raise alarms, and figures of what is live as charts."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, Qt, QTimer
from PySide6.QtWidgets import (
    QApplication,
    QCheckBox,
    QComboBox,
    QFileDialog,
    QHBoxLayout,
    QInputDialog,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QVBoxLayout,
    QWidget,
)

from twin.alarms import Alarm, acknowledged, rule_from_text
from twin.entities import EntityFrame
from twin.errors import TwinError
from twin.feed import FeedStatus, FeedWish, WatchRule
from twin.place import local_from_lonlat, lonlat_from_local
from ui import watch_words as words
from ui.dock import make_dock
from ui.live_desk import LiveDesk
from ui.live_figures import Figures
from ui.plain import button, label, named
from ui.project_desk import ProjectDesk
from ui.telling_alarms import write_alarms
from ui.watching_feeds import WatchedFeeds, alarms_of_feed, with_live

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ui.main_window import MainWindow

LOOK_MS = 1000
FIGURES_SHARE = 0.55


class WatchDesk(QObject):
    """Found again by window.findChild(WatchDesk)."""

    def __init__(self, window: MainWindow) -> None:
        """Join a window."""
        super().__init__(window)
        self._window, self._session = window, window.session
        project = window.findChild(ProjectDesk)
        assert project is not None  # it is attached before
        self._project, self._live = project, window.findChild(LiveDesk)
        self.watched = WatchedFeeds(window.session)
        self._shown: tuple[Alarm, ...] = ()
        self._make_alarms()
        self.figures = Figures(window)
        self.dock = make_dock("alarms", words.ALARMS, self.panel)
        self.figures_dock = make_dock("figures", words.FIGURES, self.figures)
        for dock in (self.dock, self.figures_dock):
            window.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, dock)
            dock.hide()
            window.menus["docks"].addAction(dock.toggleViewAction())
        window.actions_by_id["alarms"].triggered.connect(self.dock.show)
        window.actions_by_id["figures"].triggered.connect(self.show_figures)
        self._session.frames_changed.connect(self._frames_changed)
        self._session.composition_changed.connect(self._follow)
        self._session.layers_changed.connect(self._follow)
        self._timer = QTimer(self)
        self._timer.setInterval(LOOK_MS)
        self._timer.timeout.connect(self.look)
        self._follow()

    def show_figures(self, *_: object) -> None:
        """Show the charts, with room for them."""
        self.figures_dock.show()
        self.figures_dock.raise_()
        height = round(self._window.height() * FIGURES_SHARE)
        self._window.resizeDocks([self.figures_dock], [height], Qt.Orientation.Vertical)

    def _make_alarms(self) -> None:
        self.panel = QWidget()
        self.feed, self.rule = QComboBox(), QLineEdit()
        named(self.feed, words.FEED)
        named(self.rule, words.ADD_RULE, words.RULE_TIP)
        self.rule.setPlaceholderText(words.RULE_HINT)
        self.rule.returnPressed.connect(self.add_rule)
        self.in_view, self.sound = QCheckBox(words.IN_VIEW), QCheckBox(words.SOUND)
        self.wrong = label("", "quiet", wraps=True)
        self.rules, self.list = QListWidget(), QListWidget()
        named(self.rules, "Rules")
        named(self.list, words.ALARMS)
        self.rules.setMaximumHeight(7 * self.rules.fontMetrics().height())
        self.list.setWordWrap(True)
        self.list.itemDoubleClicked.connect(self.zoom)
        hands = QHBoxLayout()
        for text, slot in ((words.ZOOM, self.zoom), (words.ACKNOWLEDGE, self.ask_note), (words.EXPORT, self.export)):
            hand = button(text)
            hand.clicked.connect(slot)
            hands.addWidget(hand)
        rules = QHBoxLayout()
        for text, slot in ((words.ADD_RULE, self.add_rule), (words.REMOVE_RULE, self.remove_rule)):
            hand = button(text)
            hand.clicked.connect(slot)
            rules.addWidget(hand)
        column = QVBoxLayout(self.panel)
        for part in (self.feed, self.rule, self.in_view, self.sound):
            column.addWidget(part)
        column.addLayout(rules)
        column.addWidget(self.wrong)
        column.addWidget(self.rules)
        column.addWidget(self.list, 1)
        column.addLayout(hands)

    # rules

    @property
    def alarms(self) -> tuple[Alarm, ...]:
        """Return the alarms that the project keeps."""
        return self._project.state.kept.project.alarms

    def _follow(self, _old: object = None, _new: object = None) -> None:
        feeds, rules = self._session.composition.feeds, self._project.state.kept.project.rules
        if self.watched.settle(rules):
            self._show_feeds(feeds)
            self._show_rules(feeds, rules)
        if feeds and not self._timer.isActive():
            self._timer.start()

    def _show_feeds(self, feeds: tuple[FeedWish, ...]) -> None:
        names = [(words.EVERY_FEED, ""), *((wish.name, wish.id) for wish in feeds)] if feeds else []
        if names != [(self.feed.itemText(i), self.feed.itemData(i)) for i in range(self.feed.count())]:
            self.feed.clear()
            for name, feed_id in names:
                self.feed.addItem(name, feed_id)
            self.feed.setCurrentIndex(min(1, self.feed.count() - 1))

    def _show_rules(self, feeds: tuple[FeedWish, ...], rules: tuple[WatchRule, ...]) -> None:
        called = {wish.id: wish.name for wish in feeds}
        every = [(called.get(rule.feed, rule.feed), rule) for rule in rules]
        every += [(wish.name, rule) for wish in feeds for rule in wish.rules]
        self.rules.clear()
        for feed, rule in every:
            item = QListWidgetItem(words.rule_line(rule, feed, self.watched.wrong.get(rule.text, "")))
            item.setData(Qt.ItemDataRole.UserRole, rule)
            self.rules.addItem(item)
        self.wrong.setText("" if every else words.NO_RULES)

    def add_rule(self, *_: object) -> None:
        """Watch for what is written; what cannot be read is said."""
        text, feed = self.rule.text().strip(), self.feed.currentData() or ""
        try:
            read = rule_from_text(text)
        except TwinError as error:
            self.wrong.setText(str(error))
            return
        is_here = self.in_view.isChecked() or (read.is_in_area and not read.place)
        area = self._view_ring() if is_here else ()
        if is_here and not area:
            self.wrong.setText(words.NO_GROUND)
            return
        rules = self._project.state.kept.project.rules
        name = words.free_name(text, [rule.name for rule in rules])
        rule = WatchRule(text, name, area=area, is_sounded=self.sound.isChecked(), feed=feed)
        self._project.change(rules=(*rules, rule))
        self._follow()
        self.rule.clear()

    def remove_rule(self, *_: object) -> None:
        """Watch for the chosen rule no longer."""
        if self.rules.currentRow() < 0:
            return
        gone = self.rules.item(self.rules.currentRow()).data(Qt.ItemDataRole.UserRole)
        self._project.change(rules=tuple(r for r in self._project.state.kept.project.rules if r != gone))
        composition = self._session.composition
        feeds = tuple(replace(w, rules=tuple(r for r in w.rules if r != gone)) for w in composition.feeds)
        if feeds != composition.feeds:
            self._session.set_composition(replace(composition, feeds=feeds))
        self._follow()

    def _view_ring(self) -> tuple[tuple[float, float], ...]:
        view, frame = self._window.view, self._session.frame
        width, height = view.size_px
        low, high = 0.98 * height, 0.25 * height
        corners = [(0.02 * width, low), (0.98 * width, low), (0.9 * width, high), (0.1 * width, high)]
        points = [view.scene.ground_at(view.camera, x, y) for x, y in corners]
        if frame is None or any(point is None for point in points):
            return ()
        ring = lonlat_from_local(frame, np.array(points, float)[:, :2])
        return tuple((float(lon), float(lat)) for lon, lat in ring)

    # alarms

    def _frames_changed(self, old: Mapping[str, EntityFrame], new: Mapping[str, EntityFrame]) -> None:
        alarms, live = self.alarms, self._live_statuses()
        for feed_id, frame in new.items():
            if frame is not old.get(feed_id) and feed_id not in live:
                alarms = self.watched.after_frame(feed_id, frame, alarms)
        self._take(alarms)
        self.figures.take(new)

    def _live_statuses(self) -> Mapping[str, FeedStatus]:
        return self._live.playing.live_statuses if self._live is not None else {}

    def look(self) -> None:
        """Once a second: tell live feeds their rules, and take the alarms that they raised."""
        self._follow()
        if self._live is None:
            return
        for wish in self._session.composition.feeds:
            rules = self.watched.rules.get(wish.id, ())
            if self._live.feeding.rules_of(wish.id) not in (None, rules):
                self._live.feeding.watch(wish.id, rules, alarms_of_feed(self.alarms, wish))
        statuses = self._live_statuses()
        self._take(with_live(self.alarms, statuses))
        troubles = dict.fromkeys(said for status in statuses.values() for said in status.rule_troubles)
        if troubles:
            self.wrong.setText("\n".join(troubles))

    def _take(self, alarms: tuple[Alarm, ...]) -> None:
        """Keep alarms; those that are new or on again are told, shown and sounded."""
        before = {alarm.id: alarm for alarm in self.alarms}
        if alarms == self.alarms:
            if self._shown is not self.alarms:
                self._show()
            return
        for alarm in alarms:
            known = before.get(alarm.id)
            if known is None or (alarm.is_on and not known.is_on):
                self._window.notices.warning(words.raised(alarm))
                if self.watched.is_sounded(alarm):
                    QApplication.beep()
                self.dock.show()
        self._keep(alarms)

    def _keep(self, alarms: tuple[Alarm, ...]) -> None:
        self._project.change(alarms=alarms)
        self._show()

    def _show(self) -> None:
        self._shown = self.alarms
        chosen = self.list.currentRow()
        self.list.clear()
        for alarm in reversed(self.alarms):
            item = QListWidgetItem(words.alarm_line(alarm))
            item.setData(Qt.ItemDataRole.UserRole, alarm.id)
            font = item.font()
            font.setBold(alarm.is_on and alarm.acknowledged_s is None)
            item.setFont(font)
            self.list.addItem(item)
        self.list.setCurrentRow(min(chosen, self.list.count() - 1))

    def _chosen(self) -> Alarm | None:
        place = max(self.list.currentRow(), 0)
        chosen = self.list.item(place).data(Qt.ItemDataRole.UserRole) if self.list.count() else None
        return next((a for a in self.alarms if a.id == chosen), None)

    def zoom(self, *_: object) -> None:
        """Fly to where the chosen alarm is about."""
        alarm, frame = self._chosen(), self._session.frame
        if alarm is not None and alarm.lonlat is not None and frame is not None:
            x, y = local_from_lonlat(frame, np.array([alarm.lonlat]))[0].tolist()
            self._window.view.mouse.fly_to_point((x, y, 0.0))

    def ask_note(self, *_: object) -> None:
        """Acknowledge the chosen alarm, with a note."""
        alarm = self._chosen()
        if alarm is None:
            return
        note, is_said = QInputDialog.getText(self._window, words.NOTE_TITLE, words.NOTE)
        if is_said:
            self.acknowledge(alarm.id, note.strip())

    def acknowledge(self, alarm_id: str, note: str) -> None:
        """Keep that an alarm was seen, and what was noted."""
        self._keep(acknowledged(self.alarms, alarm_id, note, time.time()))

    def export(self, *_: object) -> None:
        """Write the alarms as a table."""
        path, _kind = QFileDialog.getSaveFileName(self._window, words.EXPORT, "alarms.csv", words.TABLES)
        if not path:
            return
        try:
            write_alarms(self.alarms, Path(path))
        except TwinError as error:
            self._window.notices.error(error)


def attach(window: MainWindow) -> None:
    """Add alarms and figures to a window."""
    WatchDesk(window)
