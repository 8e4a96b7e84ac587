"""What people read about alarms and figures."""

from __future__ import annotations

from collections.abc import Sequence

from twin.alarms import Alarm
from twin.clock import moment_text
from twin.feed import WatchRule

ALARMS, FIGURES = "Alarms", "Live figures"
NO_RULES = "No rules yet. Choose a feed and write what to watch for."
RULE_HINT = "pm10 > 50 for 10 min"
RULE_TIP = "pm10 > 50 for 10 min; no message for 5 min; > 30 vehicles in this area"
ADD_RULE, REMOVE_RULE, ACKNOWLEDGE, ZOOM = "Add rule", "Remove rule", "Acknowledge…", "Zoom to"
NOTE, NOTE_TITLE = "What was done, or why it is no matter", "Acknowledge an alarm"
IN_VIEW = "Area: what is in view now"
SOUND = "Sound"
FEED = "Feed"
EXPORT, TABLES = "Export…", "Tables (*.csv)"
EVERY_FEED = "Every feed"
NO_GROUND = "What is in view is no area: look down at the ground, and add the rule again."


def rule_line(rule: WatchRule, feed: str, wrong: str) -> str:
    """Return a rule in a line, what it is called and where it holds; below it, what is wrong with it."""
    where = rule.place or ("in an area" if rule.area else "")
    parts = [feed or EVERY_FEED, rule.text, where, f"margin {rule.margin:g}" if rule.margin else "",
             SOUND.lower() if rule.is_sounded else ""]  # fmt: skip
    name = f"{rule.name}\n" if rule.name and not rule.name.startswith(rule.text) else ""
    told = " \u00b7 ".join(part for part in parts if part)
    return f"{name}{told}\n{wrong}" if wrong else f"{name}{told}"


def free_name(text: str, taken: Sequence[str]) -> str:
    """Return what a new rule is called: its text, with a number where there is one of that name."""
    name, number = text, 2
    while name in taken:
        name, number = f"{text} ({number})", number + 1
    return name


def alarm_line(alarm: Alarm) -> str:
    """Return an alarm in a line."""
    state = "on" if alarm.is_on else f"over {moment_text(alarm.over_s or 0.0)}"
    who = f" \u00b7 {', '.join(alarm.entities[:3])}" if alarm.entities else ""
    noted = f" \u00b7 acknowledged: {alarm.note or 'no note'}" if alarm.acknowledged_s is not None else ""
    again = f" \u00b7 {alarm.times} times" if alarm.times > 1 else ""
    return (
        f"{_called(alarm)}{who}\n{moment_text(alarm.raised_s)} \u00b7 {alarm.value:,.4g} \u00b7 {state}{again}{noted}"
    )


def raised(alarm: Alarm) -> str:
    """Return what is told when an alarm is raised."""
    who = f" ({', '.join(alarm.entities[:3])})" if alarm.entities else ""
    return f"{_called(alarm)}: {alarm.value:,.4g}{who}"


def _called(alarm: Alarm) -> str:
    if not alarm.name or alarm.name.startswith(alarm.rule):
        return alarm.rule
    return f"{alarm.name} ({alarm.rule})"
