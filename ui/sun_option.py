"""The sun of a picture on the command line: what is asked for, and what the answer says of it."""

from __future__ import annotations

import time

from data.zones import proposed_zone
from twin.clock import Clock
from twin.session import Session
from twin.sun_shown import SunShown, SunSite, site_of, sun_from_text, sun_shown, with_sun, without_sun
from twin.sun_words import clock_words, down_words

CLOCK, OFF = "clock", "off"


def set_sun(session: Session, asked: str) -> None:
    """Light the city as the command line says; "" keeps what the project says.

    raises   ClockError  it is no time
    """
    if not asked or session.frame is None:
        return
    clock = session.clock
    if asked == OFF:
        session.set_clock(without_sun(clock))
        return
    zone = zone_for(clock, site_of(session.frame, session.area, clock.sun_place))
    if asked == CLOCK:
        session.set_clock(with_sun(clock, None, zone=zone))
        return
    at_s, zone = sun_from_text(asked, zone)
    session.set_clock(with_sun(clock, at_s, zone=zone))


def zone_for(clock: Clock, site: SunSite) -> str:
    """Return the zone that the sun's time is written in: chosen for it, the clock's, or that of the place."""
    return clock.sun_zone or clock.zone or proposed_zone(site.lon_deg, site.lat_deg)


def sun_answer(session: Session) -> dict[str, object] | None:
    """Return what is said of a picture's sun; None under the fixed light."""
    sun = sun_shown(session.clock, session.frame, session.area, now_s=time.time())
    return None if sun is None else told(sun)


def told(sun: SunShown) -> dict[str, object]:
    """Return a sun as plain values: degrees from true north and above the horizon, refraction included."""
    day = sun.day()
    answer: dict[str, object] = {
        "at": sun.moment.isoformat(timespec="minutes"),
        "zone": sun.zone,
        "azimuth_deg": round(sun.azimuth_deg, 2),
        "altitude_deg": round(sun.altitude_deg, 2),
        "is_up": sun.is_up,
        "follows_clock": not sun.is_own,
        "lon_deg": round(sun.site.lon_deg, 5),
        "lat_deg": round(sun.site.lat_deg, 5),
        "sunrise": _time(day.rise_s, sun.zone),
        "noon": _time(day.noon_s, sun.zone),
        "sunset": _time(day.set_s, sun.zone),
    }
    note = down_words(sun)
    return answer | {"note": note} if note else answer


def _time(at_s: float | None, zone: str) -> str | None:
    return None if at_s is None else clock_words(at_s, zone)
