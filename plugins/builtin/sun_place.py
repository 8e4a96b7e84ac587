"""The sun over a place: when it is looked at, where it stands, and which way that is in the city's CRS."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, timezone, tzinfo
from typing import Any

import numpy as np
import pandas as pd
from pyproj import Geod

from plugins.builtin.cell_grid import FloatArray
from plugins.builtin.sun_sweep import Sun
from plugins.contract import City, Point, parameter
from plugins.contract import choice as choice_of

PRESETS = {"given": (0, 0), "march": (3, 21), "june": (6, 21), "september": (9, 21), "december": (12, 21)}
PRESET_WORDS = {
    "given": "The date given",
    "march": "21 March",
    "june": "21 June",
    "september": "21 September",
    "december": "21 December",
}
STEP_M = 500.0
GEOD = Geod(ellps="WGS84")
METHOD = (
    "Sun by pvlib (NREL SPA), altitude with standard refraction; directions turned from true to grid north of the"
    " city's CRS."
)


def when_parameter() -> Any:
    """Declare the moment: a date and time with its zone."""
    return parameter(
        None,
        title="Date, time and zone",
        help="Such as 2026-06-21T12:00[Europe/Berlin]. Empty: the city's clock, or noon of 21 June by its longitude.",
    )


def preset_parameter() -> Any:
    """Declare the presets."""
    return choice_of("given", PRESET_WORDS, title="Day", help="Of the same year, at the same time of day.")


def place_parameter() -> Any:
    """Declare the place."""
    return parameter(None, title="Place", help="Where the sun's position is computed for. Empty: the city's middle.")


@dataclass(frozen=True)
class Place:
    """A place on earth, and what north is there in the city's CRS."""

    lon_deg: float
    lat_deg: float
    north: FloatArray
    """(2,) unit vector of true north in the city's CRS."""
    scale: float
    """Metres of the city's CRS in one metre."""

    @property
    def convergence_deg(self) -> float:
        """Return how far true north lies clockwise of the CRS's own north."""
        return float(np.degrees(np.arctan2(self.north[0], self.north[1])))

    def toward(self, azimuth_deg: float) -> FloatArray:
        """Return the unit vector (2,) of a true azimuth in the city's CRS."""
        turn = np.radians(azimuth_deg) + np.arctan2(self.north[0], self.north[1])
        return np.array([np.sin(turn), np.cos(turn)])

    def sun(self, azimuth_deg: float, altitude_deg: float) -> Sun:
        """Return the sun in the city's CRS."""
        return Sun(self.toward(azimuth_deg), float(np.tan(np.radians(altitude_deg))) / self.scale)


def place_of(city: City, asked: Point | None, *, middle: FloatArray | None = None) -> Place:
    """Return the place asked for, or the middle of the city."""
    here = np.array([city.area.centroid.x, city.area.centroid.y]) if middle is None else middle
    lon_deg, lat_deg = asked if asked is not None else city.lonlat(here[None])[0]
    # north is taken where the city lies, even when the sun is asked of another place
    lon, lat = city.lonlat(here[None])[0]
    end_lon, end_lat, _ = GEOD.fwd(lon, lat, 0.0, STEP_M)
    ends = city.xy([Point(float(lon), float(lat)), Point(float(end_lon), float(end_lat))])
    north = ends[1] - ends[0]
    length = float(np.hypot(*north))
    return Place(float(lon_deg), float(lat_deg), north / length, length / STEP_M)


def moment_of(city: City, when: datetime | None, preset: str, place: Place) -> datetime:
    """Return the moment that is meant: given, of the city's clock, or noon of 21 June by the place's longitude."""
    if when is None:
        when = city.time
    if when is None:
        zone = timezone(timedelta(hours=round(place.lon_deg / 15)))
        when = datetime(datetime.now(UTC).year, 6, 21, 12, tzinfo=zone)
    month, day = PRESETS[preset]
    return when.replace(month=month, day=day) if month else when


def zone_of(moment: datetime) -> tzinfo:
    """Return a moment's zone."""
    return moment.tzinfo or UTC


def zone_words(moment: datetime) -> str:
    """Return a zone's name and what it means at that moment: "Europe/Berlin (UTC+02:00)"."""
    offset = moment.utcoffset() or timedelta()
    hours, minutes = divmod(abs(int(offset.total_seconds())) // 60, 60)
    stated = f"UTC{'-' if offset < timedelta() else '+'}{hours:02d}:{minutes:02d}"
    name = getattr(moment.tzinfo, "key", "")
    return f"{name} ({stated})" if name else stated


def instants(moment: datetime, minutes: float) -> pd.DatetimeIndex:
    """Return the moments of a local day, midnight to midnight, every few minutes; 23 or 25 hours where clocks turn."""
    zone = zone_of(moment)
    midnight = datetime.combine(moment.date(), time(), zone)
    # the day after by the calendar, not 24 h later: clocks may be put forward or back in between
    end = datetime.combine(moment.date() + timedelta(days=1), time(), zone)
    step = pd.Timedelta(minutes=minutes)
    return pd.date_range(midnight.astimezone(UTC), end.astimezone(UTC), freq=step, inclusive="left").tz_convert(zone)


@dataclass(frozen=True)
class SunPath:
    """Where the sun stands at some moments."""

    times: pd.DatetimeIndex
    azimuth_deg: FloatArray
    altitude_deg: FloatArray
    """With refraction: where it is seen."""
    true_altitude_deg: FloatArray
    """Without."""

    def above(self, least_deg: float) -> npt_indices:
        """Return at which moments it stands above an altitude (and the horizon)."""
        return np.flatnonzero((self.altitude_deg > 0) & (self.altitude_deg >= least_deg))


npt_indices = np.ndarray[Any, np.dtype[np.intp]]


def sun_path(times: pd.DatetimeIndex, place: Place) -> SunPath:
    """Return where the sun stands at some moments.

    source   Reda, I. and Andreas, A., Solar Position Algorithm for Solar Radiation Applications, NREL, 2008, by pvlib
    """
    from pvlib.solarposition import get_solarposition  # noqa: PLC0415  0.4 s that nobody else needs

    found = get_solarposition(times, place.lat_deg, place.lon_deg)
    columns = (found[n].to_numpy(float) for n in ("azimuth", "apparent_elevation", "elevation"))
    return SunPath(times, *columns)


def sun_now(moment: datetime, place: Place) -> tuple[float, float, float]:
    """Return azimuth, altitude and altitude without refraction at a moment, degrees."""
    path = sun_path(pd.DatetimeIndex([moment]), place)
    return float(path.azimuth_deg[0]), float(path.altitude_deg[0]), float(path.true_altitude_deg[0])


def sun_facts(place: Place, moment: datetime) -> dict[str, Any]:
    """Return the figures that say which sun over which place."""
    azimuth, altitude, true_altitude = sun_now(moment, place)
    return {
        "time": moment.isoformat(timespec="minutes"),
        "zone": zone_words(moment),
        "place_lon_deg": round(place.lon_deg, 6),
        "place_lat_deg": round(place.lat_deg, 6),
        "sun_azimuth_deg": round(azimuth, 3),
        "sun_altitude_deg": round(altitude, 3),
        "sun_altitude_without_refraction_deg": round(true_altitude, 3),
        "grid_convergence_deg": round(place.convergence_deg, 4),
    }


def day_columns(path: SunPath, shown: npt_indices, more: Mapping[str, Sequence[float]]) -> dict[str, Any]:
    """Return a table's columns of a day's sun."""
    return {
        "time": [t.strftime("%H:%M") for t in path.times[shown]],
        "sun_azimuth_deg": np.round(path.azimuth_deg[shown], 2),
        "sun_altitude_deg": np.round(path.altitude_deg[shown], 2),
        **more,
    }
