"""What people read about alarms and figures."""

from __future__ import annotations

from twin.alarms import Alarm
from twin.clock import moment_text

ALARMS, FIGURES = "Alarms", "Live figures"
NO_RULES = "No rules yet. Choose a feed and write what to watch for."
RULE_HINT = "pm10 > 50 for 10 min"
RULE_TIP = "pm10 > 50 for 10 min; no message for 5 min; > 30 vehicles in this area"
ADD_RULE, REMOVE_RULE, ACKNOWLEDGE, ZOOM = "Add rule", "Remove rule", "Acknowledge…", "Zoom to"
NOTE, NOTE_TITLE = "What was done, or why it is no matter", "Acknowledge an alarm"
IN_VIEW = "Area: what is in view now"
SOUND = "Sound"
FEED, WHAT, WHERE = "Feed", "Figure", "Where"
COUNT = "how many"
EVERYWHERE, VIEW, SELECTION = "Everywhere", "In view", "In the selection"


def alarm_line(alarm: Alarm) -> str:
    """Return an alarm in a line."""
    state = "on" if alarm.is_on else f"over {moment_text(alarm.over_s or 0.0)}"
    who = f" \u00b7 {', '.join(alarm.entities[:3])}" if alarm.entities else ""
    noted = f" \u00b7 acknowledged: {alarm.note or 'no note'}" if alarm.acknowledged_s is not None else ""
    return f"{alarm.rule}{who}\n{moment_text(alarm.raised_s)} \u00b7 {alarm.value:,.4g} \u00b7 {state}{noted}"


def raised(alarm: Alarm) -> str:
    """Return what is told when an alarm is raised."""
    who = f" ({', '.join(alarm.entities[:3])})" if alarm.entities else ""
    return f"{alarm.rule}: {alarm.value:,.4g}{who}"
