"""Which rules each feed of a session is watched for, and the alarms that were raised. No Qt.

Live ones are told by the process of live data; those of recordings are found as they play.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from data.watching import ALARMS_KEPT
from twin.alarms import Alarm, known_again
from twin.entities import EntityFrame
from twin.feed import FeedStatus, FeedWish, WatchRule
from twin.session import Session
from twin.watch import Watch
from ui.watch_areas import placed_rules, rules_for

SLACK_S = 60.0
"""An alarm of a recording that plays fast is found a little later than it was live: it is the same within this time."""


class WatchedFeeds:
    """Holds the rules of a session's feeds, and finds alarms in recordings that play."""

    def __init__(self, session: Session) -> None:
        """Begin without rules."""
        self._session = session
        self._key: tuple[object, ...] = ()
        self.rules: dict[str, tuple[WatchRule, ...]] = {}
        """By feed, with the rings of their areas."""
        self.wrong: dict[str, str] = {}
        """What is wrong with a rule, by its text."""
        self._watches: dict[str, tuple[Watch, float]] = {}
        """Of recordings that play, with the moment looked at last."""
        self._found: dict[str, tuple[Alarm, ...]] = {}
        """What a recording raised since it was jumped in."""

    def settle(self, rules: Sequence[WatchRule]) -> bool:
        """Take the project's rules, the feeds and layers as they are now; return whether anything changed."""
        session = self._session
        feeds = session.composition.feeds
        key = (tuple(rules), feeds, tuple(session.layers), session.frame)
        if key == self._key:
            return False
        self._key = key
        self.rules = {wish.id: placed_rules(rules_for(rules, wish), session) for wish in feeds}
        watches = [Watch(feed_id, held) for feed_id, held in self.rules.items()]
        self.wrong = {text: said for watch in watches for text, said in watch.wrong.items()}
        self._watches = {
            i: (watch, at_s) for i, (watch, at_s) in self._watches.items() if self.rules.get(i) == watch.rules
        }
        return True

    def is_sounded(self, alarm: Alarm) -> bool:
        """Return whether the rule of an alarm wishes for a sound."""
        held = self.rules.get(alarm.feed_id, ())
        return any(r.is_sounded for r in held if r.text == alarm.rule and r.name == alarm.name)

    def after_frame(self, feed_id: str, frame: EntityFrame, alarms: tuple[Alarm, ...]) -> tuple[Alarm, ...]:
        """Return the alarms once a frame of a recording was looked at; what is known of it is not raised anew."""
        rules, at_s = self.rules.get(feed_id, ()), frame.at_s
        if not rules:
            return alarms
        watch, before_s = self._watches.get(feed_id, (None, at_s))
        if watch is None or at_s < before_s:  # time was jumped back in
            watch = Watch(feed_id, rules)
            self._found[feed_id] = ()
        heard_s = float(frame.heard_s.max()) if frame.heard_s is not None and len(frame) else frame.at_s
        before = self._found.get(feed_id, ())
        found = watch.look(frame, at_s, heard_s, before)
        self._watches[feed_id], self._found[feed_id] = (watch, at_s), found
        for alarm in found:
            if alarm not in before:
                alarms = _with_found(alarms, alarm)
        return alarms[-ALARMS_KEPT:]


def _with_found(alarms: tuple[Alarm, ...], alarm: Alarm) -> tuple[Alarm, ...]:
    known = known_again(alarms, alarm, SLACK_S)
    if known is None:
        return (*alarms, alarm)
    if known.over_s is None and alarm.over_s is not None:
        return tuple(replace(a, over_s=alarm.over_s) if a is known else a for a in alarms)
    return alarms


def with_live(alarms: tuple[Alarm, ...], statuses: Mapping[str, FeedStatus]) -> tuple[Alarm, ...]:
    """Return alarms with those that live feeds have raised since; what was noted about them stays."""
    known = {alarm.id: alarm for alarm in alarms}
    for status in statuses.values():
        for told in status.alarms:
            mine = known.get(told.id)
            noted = replace(told, acknowledged_s=mine.acknowledged_s, note=mine.note) if mine is not None else told
            if noted != mine:
                known[told.id] = noted
    merged = tuple(known.values())
    return alarms if merged == alarms else merged[-ALARMS_KEPT:]


def alarms_of_feed(alarms: Sequence[Alarm], wish: FeedWish) -> tuple[Alarm, ...]:
    """Return the alarms of one feed."""
    return tuple(alarm for alarm in alarms if alarm.feed_id == wish.id)
