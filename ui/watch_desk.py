"""Watching over the city: rules that raise alarms, and figures of what is live as charts."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, Qt, QTimer
from PySide6.QtWidgets import (
    QApplication,
    QCheckBox,
    QComboBox,
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
from twin.feed import WatchRule
from twin.place import local_from_lonlat, lonlat_from_local
from twin.watch import Watch
from ui import watch_words as words
from ui.dock import make_dock
from ui.live_desk import LiveDesk
from ui.live_figures import Figures
from ui.plain import button, label, named
from ui.project_desk import ProjectDesk

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ui.main_window import MainWindow

LOOK_MS = 1000
KEPT = 1800
"""Figures kept a chart: half an hour of seconds."""
ALARMS_KEPT = 2000


class WatchDesk(QObject):
    """Found again by window.findChild(WatchDesk)."""

    def __init__(self, window: MainWindow) -> None:
        """Join a window."""
        super().__init__(window)
        self._window, self._session = window, window.session
        self.alarms: tuple[Alarm, ...] = ()
        self._watches: dict[str, Watch] = {}
        self._make_alarms()
        self.figures = Figures(window)
        self.dock = make_dock("alarms", words.ALARMS, self.panel)
        self.figures_dock = make_dock("figures", words.FIGURES, self.figures)
        for dock in (self.dock, self.figures_dock):
            window.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, dock)
            dock.hide()
            window.menus["docks"].addAction(dock.toggleViewAction())
        window.actions_by_id["alarms"].triggered.connect(self.dock.show)
        window.actions_by_id["figures"].triggered.connect(self.figures_dock.show)
        self._session.frames_changed.connect(self._frames_changed)
        self._session.composition_changed.connect(self._follow)
        self._timer = QTimer(self)
        self._timer.setInterval(LOOK_MS)
        self._timer.timeout.connect(self.look)
        self._follow()

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
        for text, slot in ((words.ZOOM, self.zoom), (words.ACKNOWLEDGE, self.ask_note)):
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

    def _follow(self, _old: object = None, _new: object = None) -> None:
        feeds = self._session.composition.feeds
        for wish in feeds:
            if wish.id not in self._watches or self._watches[wish.id].rules != wish.rules:
                self._watches[wish.id] = Watch(wish.id, wish.rules)
        self._watches = {k: v for k, v in self._watches.items() if any(w.id == k for w in feeds)}
        names = [(wish.name, wish.id) for wish in feeds]
        if names != [(self.feed.itemText(i), self.feed.itemData(i)) for i in range(self.feed.count())]:
            self.feed.clear()
            for name, feed_id in names:
                self.feed.addItem(name, feed_id)
        self.rules.clear()
        for wish in feeds:
            for rule in wish.rules:
                wrong = self._watches[wish.id].wrong.get(rule.text, "")
                item = QListWidgetItem(f"{wish.name}: {rule.text}" + (f"\n{wrong}" if wrong else ""))
                item.setData(Qt.ItemDataRole.UserRole, (wish.id, rule.text))
                self.rules.addItem(item)
        self.wrong.setText("" if any(w.rules for w in feeds) else words.NO_RULES)
        if feeds and not self._timer.isActive():
            self._take_kept()
            self._timer.start()

    def _take_kept(self) -> None:
        desk = self._window.findChild(ProjectDesk)
        if desk is not None and not self.alarms:
            self.alarms = desk.state.kept.project.alarms
            self._show()

    def add_rule(self, *_: object) -> None:
        """Watch for what is written; what cannot be read is said."""
        text, feed_id = self.rule.text().strip(), self.feed.currentData()
        try:
            rule_from_text(text)
        except TwinError as error:
            self.wrong.setText(str(error))
            return
        area = self._view_ring() if self.in_view.isChecked() or "this area" in text else ()
        rule = WatchRule(text, area=area, is_sounded=self.sound.isChecked())
        composition = self._session.composition
        feeds = tuple(replace(w, rules=(*w.rules, rule)) if w.id == feed_id else w for w in composition.feeds)
        self._session.set_composition(replace(composition, feeds=feeds))
        self.rule.clear()

    def remove_rule(self, *_: object) -> None:
        """Watch for the chosen rule no longer."""
        if self.rules.currentRow() < 0:
            return
        feed_id, text = self.rules.item(self.rules.currentRow()).data(Qt.ItemDataRole.UserRole)
        composition = self._session.composition
        feeds = tuple(
            replace(w, rules=tuple(r for r in w.rules if r.text != text)) if w.id == feed_id else w
            for w in composition.feeds
        )
        self._session.set_composition(replace(composition, feeds=feeds))

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
        for feed_id, frame in new.items():
            if frame is not old.get(feed_id) and feed_id in self._watches:
                self._look_at(feed_id, frame, frame.at_s)
        self.figures.take(new)

    def look(self) -> None:
        """Look at all feeds once a second: silence is no frame."""
        if self._session.clock.is_live:
            for feed_id, frame in self._session.frames.items():
                if feed_id in self._watches:
                    self._look_at(feed_id, frame, time.time())

    def _look_at(self, feed_id: str, frame: EntityFrame, at_s: float) -> None:
        live = self._window.findChild(LiveDesk)
        status = live.statuses.get(feed_id) if live is not None else None
        newest_s = float(frame.time_s.max()) if len(frame) else frame.at_s
        heard_s = status.last_message_s if status is not None and status.last_message_s else newest_s
        alarms = self._watches[feed_id].look(frame, at_s, heard_s, self.alarms)
        if alarms != self.alarms:
            self._raise({a.id for a in alarms} - {a.id for a in self.alarms}, alarms)

    def _raise(self, new: set[str], alarms: tuple[Alarm, ...]) -> None:
        self.alarms = alarms[-ALARMS_KEPT:]
        for alarm in alarms:
            if alarm.id in new:
                self._window.notices.warning(words.raised(alarm))
                rules = (r for w in self._session.composition.feeds if w.id == alarm.feed_id for r in w.rules)
                if any(r.text == alarm.rule and r.is_sounded for r in rules):
                    QApplication.beep()
                self.dock.show()
        self._keep()

    def _keep(self) -> None:
        desk = self._window.findChild(ProjectDesk)
        if desk is not None:
            desk.change(alarms=self.alarms)
        self._show()

    def _show(self) -> None:
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
        self.alarms = acknowledged(self.alarms, alarm_id, note, time.time())
        self._keep()


def attach(window: MainWindow) -> None:
    """Add alarms and figures to a window."""
    WatchDesk(window)
