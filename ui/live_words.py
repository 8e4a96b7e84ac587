"""What people read about live data and time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo

from twin.clock import ClockMode, moment_text
from twin.live import age_text

TIME_BAR = "Time"
BADGES = {ClockMode.LIVE: "LIVE", ClockMode.PAUSED: "PAUSED", ClockMode.REPLAY: "REPLAY"}
BADGE_TIP = "What the clock does. Click to return to LIVE (End)"
PLAY, PLAY_TIP = "Play or pause", "Run through time, or stand still (Space)"
STEP_BACK, STEP_ON = "One step back", "One step on"
TO_BEGIN, TO_NOW = "To the beginning", "To now, and follow"
LOOP, LOOP_TIP = "Loop", "Begin anew at the end"
MARK = "Mark a span to loop"
MARK_TIP = "Draw over the time line what is to be played over and over (or drag there with Shift); again: no mark"
STRETCH, STRETCH_TIP = "Span of the time line", "What the time line reaches over"
ALL_TIME, ALL_RECORDINGS, ALL_YEARS, LIVE_SPAN = "All there is", "All recordings", "All years", "Live, the last hour"
UNPIN_ALL = "These layers keep a time of their own. Click: all follow the clock again"
NOT_RECORDED = "not recorded at this time"
DIALOG_FIRST = "Write an address and press Listen: what comes is shown on the map before anything is added."
LISTENING = "Listening\u2026"
NOTHING_CAME = "Nothing came in 12 seconds. Look at the address and its topic, or listen again."
NO_CITY = "Open a city first: live things are drawn over its map."
OUT_OF_VIEW = "None of them is in view."
FIELDS_TAB, ACCESS, TIMING, AS_TEXT = "Fields", "Sign in", "Timing", "As text, as --map takes it"
USER, PASSWORD = "User", "Password"
SIGN_IN_LINE = "A password is kept in memory until the app ends. It is written into no project, recording or message."
KEEP_SIGNED_IN = "Remember it in this computer's keyring"
PRIVACY_LINE = "Done at the door: before anything is shown or stored. The legend says so."
EXPIRY = ("Gone after", "A thing that says nothing for this long disappears; 0 keeps all")
STALE = ("Stale after", "From this age on its data is called stale")
INTERVAL = ("Ask every", "How often an address that answers is asked")
TIMETABLE = ("Timetable (GTFS)", "For GTFS-Realtime trip updates: a GTFS zip or its address")
PICTURES = {
    "vehicles": "Vehicles: things that move",
    "sensors": "Sensors: places that measure",
    "buildings": "Buildings in the colour of a value",
    "flows": "Flows from place to place",
}
NO_FIELD = "\u2013"
FIELDS: dict[str, tuple[str, str]] = {
    "id": ("Id", "What tells one thing from another; a+b joins two fields"),
    "lon": ("Longitude", "Degrees, WGS84"),
    "lat": ("Latitude", "Degrees, WGS84"),
    "x": ("East (x)", "In place of the longitude, where places are projected"),
    "y": ("North (y)", "In place of the latitude, where places are projected"),
    "crs": ("CRS of x and y", "EPSG:3067; empty takes the project's"),
    "z": ("Height", "Metres above the ground"),
    "time": ("Time", "When it was observed; empty takes when it came"),
    "time_format": ("Time is written", "Told by itself, mostly"),
    "heading": ("Direction", "Degrees clockwise from north"),
    "speed": ("Speed", "Metres a second"),
    "end_lon": ("To: longitude", "Where a flow goes to"),
    "end_lat": ("To: latitude", "Where a flow goes to"),
    "from_id": ("From: id", "Where a flow begins: the id of a feature of a layer, instead of a place"),
    "to_id": ("To: id", "Where a flow goes to: the id of a feature of a layer"),
    "places_layer": ("Layer of these ids", "By name; empty looks in all that are open"),
    "places_key": ("Its column of ids", "Empty looks in all that tell features apart"),
    "rows": ("List of things", "Where a message that holds many has its list"),
    "values": ("Values", "What is measured or told, to colour by, watch and chart"),
}
FIELD_ROWS = {
    "id": "Id",
    "lon": "Longitude, latitude",
    "time": "Time, how written",
    "heading": "Direction, speed",
    "x": "or x, y",
    "crs": "CRS of x, y; height",
    "end_lon": "Goes to: lon, lat",
    "from_id": "or from, to: ids",
    "places_layer": "of layer; its column",
    "rows": "List of things",
}
TIME_FORMATS = {
    "auto": "Told by itself",
    "iso": "2024-05-01T12:30:00Z",
    "epoch_s": "Seconds since 1970",
    "epoch_ms": "Milliseconds since 1970",
}
MORE, NO_VALUE = "More", "No value"
STYLE_MORE, ZOOM_TO_FEED, SIGN_IN = "Style…", "Zoom to it", "Sign in…"
LAST_PICTURE = "Its last picture stays."
AUTOMATIC, MOST_BUILDINGS, BY_PLACE = "automatic", "The layer with most buildings", "By place"
NO_ENDS = "Its messages name no places that things go to: arcs cannot be drawn. State end_lon and end_lat."
NO_NUMBER = "Choose a value: it says how high, how hot or of which colour."
NO_NUMBERS = "Its messages hold no numbers: columns and heat cannot be drawn."
LOOK_FIELDS: dict[str, tuple[str, str]] = {
    "name": ("Name", "What it is called in the panel and the legend"),
    "shape": ("Draw as", "Vehicles, discs, columns, heat, buildings, arcs"),
    "value": ("Value", "What colours, raises or heats"),
    "unit": ("Unit", "Written in the legend"),
    "colormap": ("Colours", "From the lowest value to the highest"),
    "color": ("Colour", "One colour for all, where no value colours"),
    "low": ("From", "Where the colours begin; empty looks at what is there"),
    "high": ("To", "Where the colours end; empty looks at what is there"),
    "size_m": ("Size (m)", "Length of vehicles, width of discs and columns, reach of heat; 0 takes what suits"),
    "height_m": ("Highest column (m)", "Height of the column of the highest value; 0 takes what suits the city"),
    "trail_s": ("Trail (s)", "How long a trail reaches back; 0 draws none"),
    "glides": ("Glide", "Things glide from one fix to the next, a little behind the time"),
    "opacity": ("Opacity", "Of the carpet of heat, and of arcs"),
    "stale_s": ("Stale after (s)", "What is known for longer is drawn faded"),
    "target_layer": ("Buildings of", "The layer whose buildings take the values"),
    "target_field": ("Their id", "The column that holds the ids of the messages; else what stands at the place"),
    "reach_m": ("Reach (m)", "How far the nearest building may be from a place that is inside none"),
    "most": ("Arcs at most", "So many are drawn, the largest; the legend counts the others; 0 draws all"),
    "least": ("Arcs from", "What is smaller is not drawn"),
    "is_summed": ("Both ways as one", "One arc for there and back, without a direction"),
    "width_px": ("Widest arc (px)", "How wide the largest is, in a picture of 720 lines"),
}
SPEED, SPEED_TIP = "Speed", "Seconds of the city in one second"
JUMP, JUMP_TIP = "Jump to", "Write a time: 1975, 2024-05-01 or 2024-05-01 12:30"
BAR_NAME = "Time line"
BAR_TIP = (
    "Click or drag to a time; wheel: zoom; right drag: move; double click: all of it; Shift and drag: mark a loop."
    " The bars are messages, hatched parts are gaps"
)
NOTHING_RECORDED = "Nothing is recorded and no layer has dates."
SUN_BADGE = "Sun"
ADD, ADD_SHORT, ADD_TIP = "Add live data…", "Live data…", "Connect a feed, or open a recording"
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
DROPPED, OFF = "Throw away fields", "off"
PRIVACY_TIPS = {
    GRID: "Places become the middles of squares this wide",
    MINIMUM: "Squares with fewer things than this are not shown",
    KEEP: "Older recordings are removed by the app",
    DROPPED: "These fields are thrown away unread",
}
ACCEPT = "Add to the city"
OPEN_RECORDING = "Open a recording…"
FILTER = "Recordings (*.ctrec *.rec *.zst *.jsonl.zst);;All files (*)"
SHAPES = {
    "arrows": "Vehicles",
    "discs": "Discs",
    "columns": "Columns",
    "heat": "Heat",
    "buildings": "Buildings",
    "arcs": "Arcs",
}
PINNED, PIN, UNPIN = "pinned", "Pin to the time shown", "Follow the clock again"
REMOVE, SHOW_HIDE, STYLE = "Remove", "Show or hide", "How it is drawn"
ZOOM = "Zoom to"


def on_the_map(count: int) -> str:
    """Return how many things are on the map."""
    return f"{count:,} {'thing is' if count == 1 else 'things are'} on the map."


def without_places(count: int) -> str:
    """Return that things came that say no place."""
    told = "thing came, without a place: it" if count == 1 else "things came, without places: they"
    return f"{count:,} {told} can colour buildings that have the same id."


def far_away(km: float) -> str:
    """Return that things are not where the city is."""
    return f"They are {km:,.0f} km from the city. Are longitude and latitude (or the CRS) as they should be?"


def left_out(paths: Sequence[str]) -> str:
    """Return which fields are not proposed because they look personal."""
    return f"Not proposed, because they look personal: {', '.join(paths)}."


def value_line(name: str, path: str, example: str) -> str:
    """Return a value of a message in a line."""
    told = name if name == path else f"{name} = {path}"
    return f"{told}   ({example})" if example else told


def nothing_usable(messages: int, problems: list[str], reason: str) -> str:
    """Return that messages come and nothing can be drawn from them."""
    told = f" ({', '.join(problems)})" if problems else ""
    reason = reason.replace(" with --map", " in Fields below")
    return f"{messages:,} messages came, and nothing in them can be drawn{told}. {reason}".strip()


def is_a_file(name: str) -> str:
    """Return that an address is a file that is replayed, not listened to."""
    return f"{name} is a recording or a table of values over time: Add to the city replays it."


def no_file(name: str) -> str:
    """Return that there is no such file."""
    return f"There is no file {name}."


def sign_in_to(name: str) -> str:
    """Return the title of the question for a password."""
    return f"Sign in to {name}"


def age_line(seconds: float) -> str:
    """Return how old the newest data is."""
    return f"data {age_text(max(seconds, 0.0))} old"


def no_recording(name: str) -> str:
    """Return that a feed's recording is gone."""
    return f"its recording {name} is not in the project"


def recorded(name: str) -> str:
    """Return what the span of a recording is called."""
    return f"{name}, recorded"


def years_of(name: str, span_s: tuple[float, float]) -> str:
    """Return what the years of a layer with dates are called."""
    first, last = (moment_text(moment + 1)[:-15] for moment in span_s)
    return f"Years of {name}: {first} to {last}"


def pinned(count: int) -> str:
    """Return how many layers keep a time of their own."""
    return f"{count} pinned"


def pinned_to(at_s: float, zone: tzinfo) -> str:
    """Return the time that a layer is pinned to."""
    return f"pinned to {moment_text(at_s, zone)}"


def style_of(name: str) -> str:
    """Return the title of a feed's style."""
    return f"How {name} is drawn"


def recording_on(size: int) -> str:
    """Return that a feed is being recorded, and how much was."""
    told = f"{size / 1e6:.1f} MB" if size >= 100_000 else f"{size / 1e3:.0f} kB"
    return f"\u25cf recording, {told}"


def wants_password(trouble: str) -> bool:
    """Return whether a feed's trouble is that it wants a password."""
    return "password" in trouble
