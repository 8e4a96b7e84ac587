"""Which time zone a place lies in, as a proposal: that of the nearest place which the time zone database names.

The database has no borders, but a principal place for each zone of each country. Far out at sea, and where the database
is not installed, the zone of whole hours by longitude is proposed.
"""

from __future__ import annotations

import importlib.resources
import re
import zoneinfo
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from twin.sun_shown import zone_by_longitude

TABLES = ("zone.tab", "zone1970.tab")
_PLACE = re.compile(r"([+-])(\d{2,3})(\d{2})(\d{2})?(?=[+-]|$)")
FARTHEST_DEG = 15.0
"""Farther from every named place is the open sea."""
PART_TAKES_MORE = 1.35
"""A zone of a part of a state, such as Kentucky's, must be so much nearer than others."""
SMALLEST, SMALLEST_TAKES_MORE = ("AD", "LI", "MC", "SM", "VA"), 4.0
"""Countries smaller than a city's surroundings must be as much nearer."""
LARGE_CITIES: dict[str, tuple[tuple[float, float], ...]] = {
    "Asia/Kolkata": ((77.2, 28.6), (72.9, 19.1), (77.6, 13.0), (78.5, 17.4), (80.9, 26.8), (75.8, 26.9), (72.6, 23.0)),
    "Asia/Shanghai": (
        (116.4, 39.9), (113.3, 23.1), (104.1, 30.7), (114.3, 30.6), (108.9, 34.3), (126.6, 45.8), (102.7, 25.0),
        (118.1, 24.5), (123.4, 41.8), (103.8, 36.1),
    ),
    "Asia/Tokyo": ((130.4, 33.6), (141.4, 43.1), (135.5, 34.7), (127.7, 26.2)),
    "America/Chicago": ((-96.8, 32.8), (-95.4, 29.8), (-90.1, 30.0), (-86.8, 36.2), (-93.3, 45.0), (-98.5, 29.4)),
    "America/New_York": ((-84.4, 33.7), (-80.2, 25.8), (-77.0, 38.9), (-71.1, 42.4), (-79.4, 43.0), (-83.0, 40.0)),
    "America/Los_Angeles": ((-122.4, 37.8), (-122.3, 47.6), (-117.2, 32.7), (-122.7, 45.5)),
    "America/Toronto": ((-73.6, 45.5), (-75.7, 45.4)),
    "America/Sao_Paulo": ((-43.2, -22.9), (-47.9, -15.8), (-51.2, -30.0), (-49.3, -25.4)),
    "Europe/Berlin": ((11.6, 48.1), (7.0, 50.9), (10.0, 53.5), (8.7, 50.1), (9.2, 48.8), (11.1, 49.5), (7.8, 48.0)),
    "Europe/Paris": ((4.8, 45.8), (5.4, 43.3), (7.8, 48.6), (3.1, 50.6), (-0.6, 44.8), (1.4, 43.6), (-1.6, 47.2)),
    "Europe/Rome": ((9.2, 45.5), (7.7, 45.1), (14.3, 40.9), (12.3, 45.4), (13.4, 38.1), (11.3, 46.5)),
    "Europe/Madrid": ((2.2, 41.4), (-0.4, 39.5), (-6.0, 37.4), (-8.4, 43.4), (-2.9, 43.3)),
    "Europe/London": ((-2.2, 53.5), (-3.2, 55.9), (-5.9, 54.6), (1.3, 51.1)),
    "Europe/Vienna": ((13.0, 47.8), (15.4, 47.1), (11.4, 47.3), (9.7, 47.4)),
    "Europe/Zurich": ((6.1, 46.2), (9.0, 46.0), (7.4, 46.9), (7.6, 47.6)),
    "Europe/Warsaw": ((19.9, 50.1), (17.0, 51.1), (14.6, 53.4), (18.6, 54.4)),
}  # fmt: skip
"""Longitude and latitude of cities that lie nearer to another country's named place than to their own's."""


def proposed_zone(lon_deg: float, lat_deg: float) -> str:
    """Return the IANA name of the zone of the nearest named place, or the one by longitude."""
    names, places, more = _named_places()
    if not names:
        return zone_by_longitude(lon_deg)
    lon, lat = np.radians([lon_deg, lat_deg])
    east, north = np.radians(places).T
    cosine = np.sin(lat) * np.sin(north) + np.cos(lat) * np.cos(north) * np.cos(east - lon)
    apart_deg = np.degrees(np.arccos(np.clip(cosine, -1.0, 1.0)))
    nearest = int(np.argmin(apart_deg * more))
    return names[nearest] if apart_deg[nearest] <= FARTHEST_DEG else zone_by_longitude(lon_deg)


@lru_cache(maxsize=1)
def zone_names() -> tuple[str, ...]:
    """Return the names of all zones with a place, in the order of the alphabet, UTC first."""
    return ("UTC", *sorted(set(_named_places()[0])))


@lru_cache(maxsize=1)
def _named_places() -> tuple[tuple[str, ...], npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return the zones, longitude and latitude of their places (n, 2), and by what their distance counts more (n,)."""
    names: list[str] = []
    places: list[tuple[float, float]] = []
    more: list[float] = []
    for line in _table().splitlines():
        fields = line.split("\t")
        found = _PLACE.findall(fields[1]) if len(fields) >= 3 and not line.startswith("#") else []
        if len(found) == 2:
            lat_deg, lon_deg = (_degrees(*one) for one in found)
            names.append(fields[2])
            places.append((lon_deg, lat_deg))
            more.append(SMALLEST_TAKES_MORE if fields[0] in SMALLEST else 1.0)
    for name, cities in LARGE_CITIES.items():
        if name in names:
            names += [name] * len(cities)
            places += cities
            more += [1.0] * len(cities)
    of_parts = np.where([name.count("/") > 1 for name in names], PART_TAKES_MORE, 1.0)
    return tuple(names), np.array(places).reshape(-1, 2), np.array(more) * of_parts


def _degrees(sign: str, degrees: str, minutes: str, seconds: str) -> float:
    size = int(degrees) + int(minutes) / 60 + int(seconds or 0) / 3600
    return -size if sign == "-" else size


def _table() -> str:
    """Return the table of zones, of this computer or of the package that brings the database; "" if there is none."""
    for folder in zoneinfo.TZPATH:
        for name in TABLES:
            path = Path(folder) / name
            if path.is_file():
                return path.read_text(encoding="utf-8")
    try:
        package = importlib.resources.files("tzdata").joinpath("zoneinfo")
        return next(
            (found.read_text(encoding="utf-8") for name in TABLES if (found := package.joinpath(name)).is_file()), ""
        )
    except ModuleNotFoundError:
        return ""
