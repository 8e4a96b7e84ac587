"""What people read about live data and time."""

from __future__ import annotations

from twin.clock import ClockMode
from twin.live import age_text

TIME_BAR, LIVE_DOCK, WATCH_DOCK, FIGURES_DOCK = "Time", "Live data", "Alarms", "Figures"
BADGES = {ClockMode.LIVE: "LIVE", ClockMode.PAUSED: "PAUSED", ClockMode.REPLAY: "REPLAY"}
BADGE_TIP = "What the clock does. Click to return to LIVE (End)"
PLAY, PLAY_TIP = "Play or pause", "Run through time, or stand still (Space)"
STEP_BACK, STEP_ON = "One step back", "One step on"
TO_BEGIN, TO_NOW = "To the beginning", "To now, and follow"
LOOP = "Begin anew at the end"
SPEED, SPEED_TIP = "Speed", "Seconds of the city in one second"
JUMP, JUMP_TIP = "Jump to", "Write a time: 1975, 2024-05-01 or 2024-05-01 12:30"
BAR_NAME = "Time line"
BAR_TIP = "Click or drag to a time; the bars are messages, hatched parts are gaps"
NOTHING_RECORDED = "Nothing is recorded and no layer has dates."
SUN_BADGE = "Sun"
ADD, ADD_TIP = "Add live data…", "Connect a feed, or open a recording"
NO_FEEDS = "No live data.\nAdd a feed, or open a recording."
URL, URL_HINT = "Address", "mqtt://host/topic, wss://…, https://…/feed.json, file:///…"
NAME = "Name"
LOOK_AT, LOOK_AT_TIP = "Listen", "Listen for a few seconds and propose what the fields mean"
RECORD = "Record it"
PICTURE = "Draw as"
VALUE = "Value"
PRIVACY = "Privacy"
HASH, GRID, MINIMUM, KEEP = (
    "Hash names (another key each day)",
    "Round places to",
    "Show squares from",
    "Keep recordings",
)
ACCEPT = "Add to the city"
OPEN_RECORDING = "Open a recording…"
FILTER = "Recordings (*.ctrec *.rec *.zst *.jsonl.zst);;All files (*)"
SHAPES = {
    "arrows": "Vehicles with trails",
    "discs": "Discs",
    "columns": "Columns",
    "heat": "Heat on the ground",
    "buildings": "Buildings in the colour of the value",
    "arcs": "Arcs from place to place",
}
PINNED, PIN, UNPIN = "pinned", "Pin to the time shown", "Follow the clock again"
REMOVE, SHOW_HIDE, STYLE = "Remove", "Show or hide", "How it is drawn"
ALARM_NONE = "No rules yet. Write one: pm10 > 50 for 10 min"
RULE_HINT = "pm10 > 50 for 10 min · no message for 5 min · > 30 vehicles in this area"
ADD_RULE, ACKNOWLEDGE, ZOOM, NOTE = "Add rule", "Acknowledge", "Zoom to", "Note"
IN_VIEW = "Only in the part of the city seen now"
SOUND = "Sound"
FOLLOWING = "Files are read again as soon as they are written; what changed is listed."


def mapping_line(pairs: list[tuple[str, str]], count: int) -> str:
    """Return what fields were found to mean."""
    if not pairs:
        return "Nothing was recognised. Write what the fields mean as id=…, lon=…, lat=…"
    told = ", ".join(f"{what} = {field}" for what, field in pairs)
    return f"{count:,} things on the map; {told}"


def jumped_to_nothing(text: str) -> str:
    """Return that a time could not be read."""
    return f'"{text}" is not a time.'


def age_line(seconds: float) -> str:
    """Return how old the newest data is."""
    return f"data {age_text(max(seconds, 0.0))} old"


def no_recording(name: str) -> str:
    """Return that a feed's recording is gone."""
    return f"its recording {name} is not in the project"
