"""The words of sun and shadow in the window."""

from __future__ import annotations

PANEL = "Sun and shadow"
LIGHT, LIGHT_TIP = "Light", "What lights the city: a fixed light, or the true sun"
FIXED, FOLLOW, OWN = "Fixed light", "Sun of the clock", "Own date and time"
FIXED_TIP = "A light from the south-west, the same at all hours"
FOLLOW_TIP = "The true sun at the moment of the time bar; now, while that is live"
OWN_TIP = "The true sun at a date and time of its own, whatever the time bar says"
DATE, TIME, ZONE, PLACE = "Date", "Time", "Time zone", "Place"
DATE_TIP = "The day the sun is shown at"
TIME_TIP = "The time of day; drag to see the shadows move"
ZONE_TIP = "The time zone of the date and time above. Proposed by the nearest place that the time zone database names"
PLACE_TIP = "Longitude and latitude, degrees, of the place whose sun it is. Empty: the middle of the city"
MIDDLE = "Middle of the city"
PLAY, STOP = "Play the day", "Stop"
PLAY_TIP = "Let the sun go from sunrise to sunset, an hour a second"
DAYS = (("21 Mar", 3, 21), ("21 Jun", 6, 21), ("21 Sep", 9, 21), ("21 Dec", 12, 21))
HOURS = (9, 12, 15, 18)
NOTHING_OPEN = "Open a city first: the sun is that of its place."
NOT_A_PLACE = "Write longitude and latitude in degrees, such as 8.54, 47.37."
NOT_A_ZONE = "There is no such time zone. Write a name such as Europe/Zurich."
CURVE = "Altitude of the sun through the day"
TO_CLOCK = "The sun has a time of its own. Click to let it follow the clock again"
TO_FIXED = "The sun follows the clock. Click for the fixed light"
OPEN_PANEL = "Open sun and shadow"
IS_FIXED = "The city is lit by a fixed light, from the south-west."
LENGTH = "Shadows are {0:.1f} times as long as what casts them is high, towards {1:.0f}°."


def hour(number: int) -> str:
    """Return an hour on a button."""
    return f"{number}:00"


def length(times: float, towards_deg: float) -> str:
    """Return how long shadows are and where they fall."""
    return LENGTH.format(times, towards_deg)
