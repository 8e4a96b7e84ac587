"""Where the sun stands over a place at a moment, and when it rises, culminates and sets.

Azimuths are degrees clockwise from true north, altitudes degrees above the horizon, moments seconds since 1970 in UTC.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]

_J2000_S = 946_728_000.0
"""2000-01-01 12:00 UTC, seconds since 1970."""
_CENTURY_S = 36_525 * 86_400.0
PARALLAX_DEG = 8.794 / 3600
HALF_DISC_DEG, HORIZON_REFRACTION_DEG = 0.26667, 0.5667
RISES_AT_DEG = -(HALF_DISC_DEG + HORIZON_REFRACTION_DEG)
"""Where the middle of the sun would be without air when its upper edge is seen on the horizon."""
STEP_S = 120.0
"""Between the moments at which a day is looked at; the sun's way is straight enough between them for a second."""


@dataclass(frozen=True, slots=True, eq=False)
class SunPlaces:
    """Where the sun stands at some moments, arrays of one shape."""

    azimuth_deg: FloatArray
    altitude_deg: FloatArray
    """With the refraction of standard air: where it is seen."""
    true_altitude_deg: FloatArray
    """Without."""
    hour_angle_deg: FloatArray
    """West of the meridian, -180 to 180."""


@dataclass(frozen=True, slots=True)
class SunDay:
    """What the sun does in a day, midnight to midnight."""

    noon_s: float | None
    """When it crosses the meridian above the pole: highest, or next to it."""
    rise_s: float | None
    """When its upper edge comes up; None on days it does not."""
    set_s: float | None
    is_ever_up: bool
    is_ever_down: bool


def sun_places(moments_s: npt.ArrayLike, lon_deg: float, lat_deg: float) -> SunPlaces:
    """Return where the sun stands, to about 0.01 degrees in the years 1900 to 2100.

    moments_s   of any shape
    lon_deg     east positive
    source      Meeus, J., Astronomical Algorithms, 2nd edition 1998: chapter 25 (low accuracy), 12 and 22 (nutation's
                largest term); refraction as Reda and Andreas, Solar Position Algorithm, NREL 2008, 1013.25 hPa, 12 C
    """
    passed_s = np.asarray(moments_s, np.float64) - _J2000_S
    t = passed_s / _CENTURY_S
    right_ascension, declination, nutation_deg = _apparent(t)
    turned_deg = 280.46061837 + 360.98564736629 * (passed_s / 86_400.0) + 0.000387933 * t**2 + nutation_deg + lon_deg
    hour = np.radians((turned_deg - np.degrees(right_ascension) + 180.0) % 360.0 - 180.0)
    lat = np.radians(lat_deg)
    up = np.sin(lat) * np.sin(declination) + np.cos(lat) * np.cos(declination) * np.cos(hour)
    north = np.cos(lat) * np.sin(declination) - np.sin(lat) * np.cos(declination) * np.cos(hour)
    east = -np.cos(declination) * np.sin(hour)
    # not arcsin: it loses digits where the sun is overhead
    altitude_deg = np.degrees(np.arctan2(up, np.hypot(north, east)))
    altitude_deg = altitude_deg - PARALLAX_DEG * np.cos(np.radians(altitude_deg))
    azimuth_deg = np.degrees(np.arctan2(east, north)) % 360.0
    return SunPlaces(azimuth_deg, refracted_deg(altitude_deg), altitude_deg, np.degrees(hour))


def _apparent(t: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return right ascension and declination, radians, and the nutation in it, degrees; t in centuries from 2000."""
    mean_deg = 280.46646 + 36_000.76983 * t + 0.0003032 * t**2
    anomaly = np.radians(357.52911 + 35_999.05029 * t - 0.0001537 * t**2)
    centre_deg = (
        (1.914602 - 0.004817 * t - 0.000014 * t**2) * np.sin(anomaly)
        + (0.019993 - 0.000101 * t) * np.sin(2 * anomaly)
        + 0.000289 * np.sin(3 * anomaly)
    )
    node = np.radians(125.04 - 1934.136 * t)
    longitude = np.radians(mean_deg + centre_deg - 0.00569 - 0.00478 * np.sin(node))
    tilt = np.radians(23.4392911 - 0.0130042 * t - 1.64e-7 * t**2 + 0.00256 * np.cos(node))
    right_ascension = np.arctan2(np.cos(tilt) * np.sin(longitude), np.cos(longitude))
    declination = np.arcsin(np.sin(tilt) * np.sin(longitude))
    return right_ascension, declination, -0.00478 * np.sin(node) * np.cos(tilt)


def refracted_deg(altitude_deg: npt.ArrayLike) -> FloatArray:
    """Return where the sun is seen through standard air; nothing is added where none of it is above the horizon."""
    altitude = np.asarray(altitude_deg, np.float64)
    seen = np.maximum(altitude, RISES_AT_DEG)
    air = (1013.25 / 1010.0) * (283.0 / 285.0)
    bent_deg = air * 1.02 / (60.0 * np.tan(np.radians(seen + 10.3 / (seen + 5.11))))
    return np.where(altitude >= RISES_AT_DEG, altitude + bent_deg, altitude)


def sun_day(begin_s: float, end_s: float, lon_deg: float, lat_deg: float) -> SunDay:
    """Return what the sun does between two midnights."""
    moments_s = np.linspace(begin_s, end_s, max(round((end_s - begin_s) / STEP_S), 2) + 1)
    places = sun_places(moments_s, lon_deg, lat_deg)
    above_deg = places.true_altitude_deg - RISES_AT_DEG
    hour_deg = places.hour_angle_deg
    # the hour angle jumps from 180 to -180 at midnight of the sun: that is no crossing of the meridian
    noon_deg = np.where(np.abs(hour_deg) < 90.0, hour_deg, np.nan)
    return SunDay(
        noon_s=_crossing(moments_s, noon_deg),
        rise_s=_crossing(moments_s, above_deg),
        set_s=_crossing(moments_s, -above_deg),
        is_ever_up=bool((above_deg > 0).any()),
        is_ever_down=bool((above_deg <= 0).any()),
    )


def _crossing(moments_s: FloatArray, values: FloatArray) -> float | None:
    """Return when values first go from below 0 to 0 or above."""
    found = np.flatnonzero((values[:-1] < 0) & (values[1:] >= 0))
    if not len(found):
        return None
    k = int(found[0])
    share = values[k] / (values[k] - values[k + 1])
    return float(moments_s[k] + share * (moments_s[k + 1] - moments_s[k]))
