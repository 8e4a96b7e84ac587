"""The sun that a city is shown under: at whose moment, over which place, and where that is in the project's frame."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache
from math import atan2, cos, hypot, radians, sin, tan
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np

from twin.clock import Clock, moment_from_text
from twin.errors import ClockError
from twin.place import Area, LocalFrame, local_from_lonlat, lonlat_from_local
from twin.sun import RISES_AT_DEG, SunDay, sun_day, sun_places

NORTH_STEP_DEG = 0.004
"""North is taken over so much latitude, about 450 m."""
METRES_A_DEGREE = 111_132.954, 559.822, 1.175
"""Of a meridian: mean, and the terms with the cosines of twice and four times the latitude; WGS84."""


@dataclass(frozen=True, slots=True)
class SunSite:
    """A place on earth, and what true north and a metre are there in the project's frame."""

    lon_deg: float
    lat_deg: float
    north_rad: float
    """How far true north lies clockwise of the frame's own."""
    scale: float
    """Metres of the frame in one metre on the ground."""

    def direction(self, azimuth_deg: float, altitude_deg: float) -> tuple[float, float, float]:
        """Return the unit vector towards the sun; the frame's east, north, up."""
        turn = radians(azimuth_deg) + self.north_rad
        flat, up = cos(radians(altitude_deg)) * self.scale, sin(radians(altitude_deg))
        length = hypot(flat, up)
        return flat * sin(turn) / length, flat * cos(turn) / length, up / length


@dataclass(frozen=True, slots=True)
class SunShown:
    """The sun of a picture."""

    at_s: float
    """Seconds since 1970, UTC."""
    zone: str
    """The IANA name of the zone its time is written in."""
    is_own: bool
    """Whether it has a time of its own; else it follows the clock."""
    site: SunSite
    azimuth_deg: float
    """Clockwise from true north."""
    altitude_deg: float
    """With refraction; below 0 it is down."""
    true_altitude_deg: float
    """Without."""
    direction: tuple[float, float, float]
    """Unit vector towards it; the frame's east, north, up."""

    @property
    def is_up(self) -> bool:
        """Return whether any of it can be seen over a level horizon."""
        return self.true_altitude_deg > RISES_AT_DEG

    @property
    def moment(self) -> datetime:
        """Return its time in its zone."""
        return datetime.fromtimestamp(self.at_s, zone_called(self.zone))

    def day(self) -> SunDay:
        """Return what the sun does on that day, midnight to midnight in its zone."""
        return day_of(self.at_s, self.zone, self.site)


def zone_called(name: str) -> tzinfo:
    """Return the time zone of an IANA name; UTC where it is not known."""
    try:
        return ZoneInfo(name) if name else UTC
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return UTC


def zone_by_longitude(lon_deg: float) -> str:
    """Return the IANA name of the zone of whole hours whose noon is nearest to the sun's."""
    hours = round(lon_deg / 15.0)
    # the names of these zones count westward
    return f"Etc/GMT{-hours:+d}" if hours else "Etc/GMT"


def sun_moment_s(clock: Clock, now_s: float) -> float:
    """Return the moment of a clock's sun: its own, else the clock's, else now."""
    if clock.sun_s is not None:
        return clock.sun_s
    at_s = clock.moment_s()
    return now_s if at_s is None else at_s


@lru_cache(maxsize=32)
def site_of(frame: LocalFrame, area: Area | None, place: tuple[float, float] | None = None) -> SunSite:
    """Return the place whose sun is shown: longitude and latitude that people chose, else the middle of the city.

    North is taken where the city lies, even when the sun is that of another place.
    """
    x_m, y_m = area.centre if area is not None else (0.0, 0.0)
    lon_deg, lat_deg = lonlat_from_local(frame, np.array([[x_m, y_m]]))[0].tolist()
    step_deg = -NORTH_STEP_DEG if lat_deg > 89.0 else NORTH_STEP_DEG
    ends = local_from_lonlat(frame, np.array([[lon_deg, lat_deg], [lon_deg, lat_deg + step_deg]]))
    east_m, north_m = ((ends[1] - ends[0]) * (1 if step_deg > 0 else -1)).tolist()
    mean, second, fourth = METRES_A_DEGREE
    lat = radians(lat_deg)
    length_m = NORTH_STEP_DEG * (mean - second * cos(2 * lat) + fourth * cos(4 * lat))
    lon_deg, lat_deg = place if place is not None else (lon_deg, lat_deg)
    return SunSite(lon_deg, lat_deg, atan2(east_m, north_m), hypot(east_m, north_m) / length_m)


def sun_shown(clock: Clock, frame: LocalFrame | None, area: Area | None, *, now_s: float) -> SunShown | None:
    """Return the sun that a city is shown under; None under the fixed light, and where nothing is open."""
    if frame is None or not clock.has_sun:
        return None
    return sun_over(
        site_of(frame, area, clock.sun_place), sun_moment_s(clock, now_s), clock.sun_zone or clock.zone or "UTC",
        is_own=clock.sun_s is not None,
    )  # fmt: skip


def sun_over(site: SunSite, at_s: float, zone: str, *, is_own: bool = True) -> SunShown:
    """Return the sun over a place at a moment."""
    places = sun_places(at_s, site.lon_deg, site.lat_deg)
    azimuth, altitude = float(places.azimuth_deg), float(places.altitude_deg)
    return SunShown(
        at_s, zone, is_own, site, azimuth, altitude, float(places.true_altitude_deg), site.direction(azimuth, altitude)
    )


def day_of(at_s: float, zone: str, site: SunSite) -> SunDay:
    """Return what the sun does on the day of a moment, midnight to midnight in a zone."""
    begin_s, end_s = day_ends_s(at_s, zone)
    return sun_day(begin_s, end_s, site.lon_deg, site.lat_deg)


def day_ends_s(at_s: float, zone: str) -> tuple[float, float]:
    """Return the midnights before and after a moment; 23 or 25 hours apart where clocks are turned."""
    here = zone_called(zone)
    begin = datetime.fromtimestamp(at_s, here).replace(hour=0, minute=0, second=0, microsecond=0)
    # the day after by the calendar: clocks may be put forward or back in between
    end = datetime.combine(begin.date() + timedelta(days=1), begin.timetz())
    return begin.timestamp(), end.timestamp()


def at_wall_time(at_s: float, zone: str, **parts: int) -> float:
    """Return a moment with parts of its date or time in a zone set anew: month=6, day=21, hour=12."""
    moment = datetime.fromtimestamp(at_s, zone_called(zone))
    return moment.replace(second=0, microsecond=0, **parts).timestamp()  # type: ignore[arg-type]


def with_sun(clock: Clock, at_s: float | None, *, zone: str = "") -> Clock:
    """Return a clock with the true sun on: at a moment of its own, or following the clock where that is None."""
    return replace(clock, is_sunlit=True, sun_s=at_s, sun_zone=zone or clock.sun_zone)


def without_sun(clock: Clock) -> Clock:
    """Return a clock with the fixed light; zone and place are kept for the next time."""
    return replace(clock, is_sunlit=False, sun_s=None)


def sun_from_text(text: str, zone: str) -> tuple[float, str]:
    """Return the moment and the zone that a person writes for the sun.

    text     "2026-12-21T15:00", "2026-12-21T15:00+01:00", "2026-12-21T15:00[Europe/Zurich]"
    zone     the IANA name taken where none is written
    raises   ClockError  it is no time, or there is no such zone
    """
    word, _, named = text.strip().partition("[")
    if named:
        zone = named.rstrip("]").strip()
        if not zone or (zone_called(zone) is UTC and zone not in ("UTC", "Etc/UTC", "Etc/GMT", "Z")):
            raise ClockError(
                f'There is no time zone "{zone}".', hint="Write a name such as Europe/Zurich or Etc/GMT-1.", zone=zone
            )
    if "T" not in word and " " not in word.strip() and not word.startswith("@"):
        raise ClockError(
            f'"{text}" says no time of day.', hint="Write date and time: 2026-12-21T15:00, or clock.", time=text
        )
    return moment_from_text(word, zone_called(zone)), zone


def shadow_length_m(height_m: float, altitude_deg: float) -> float:
    """Return how long the shadow of something upright is on level ground."""
    return height_m / tan(radians(altitude_deg)) if altitude_deg > 0 else float("inf")
