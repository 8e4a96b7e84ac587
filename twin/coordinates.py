"""Coordinates as people type them: decimal or in minutes and seconds, either order, with or without letters."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from twin.place import LocalFrame, lonlat_from_local

Bounds = tuple[float, float, float, float]
"""West, south, east, north; degrees."""

_NUMBER = r"[-+\u2212]?\d+(?:[.,]\d+)?"
_SIZE = (
    rf"(?P<deg>{_NUMBER})\s*[°º]?\s*"
    r"(?:(?P<min>\d+(?:[.,]\d+)?)\s*['′’]\s*)?"
    r"(?:(?P<sec>\d+(?:[.,]\d+)?)\s*(?:\"|″|”|'')\s*)?"
)
_LETTER_FIRST = re.compile(rf"(?P<letter>[NSEW])\s*{_SIZE}", re.IGNORECASE)
_LETTER_LAST = re.compile(rf"{_SIZE}(?P<letter>[NSEW](?![a-z\d]))?", re.IGNORECASE)
_FARTHEST_M = 10_000_000.0


@dataclass(frozen=True, slots=True)
class Place:
    """A place that was typed as coordinates."""

    lon_deg: float
    lat_deg: float
    label: str
    """As it was understood: "35.67000° N, 139.79000° E"."""


def parse_place(text: str, *, bounds: Iterable[Bounds] = (), frame: LocalFrame | None = None) -> Place | None:
    """Return the place a text gives, or None where it is no pair of coordinates.

    Without letters the first number is the longitude, unless only the other order is possible on Earth, or only the
    other order lies in what is open.

    bounds   of what is open, degrees
    frame    numbers too large for degrees are taken as east and north in its CRS
    """
    angles = _angles(text)
    if angles is None:
        return None
    (first, first_axis), (second, second_axis) = angles
    if first_axis == "lat" or second_axis == "lon":
        return _place(second, first) if first_axis != "lon" and second_axis != "lat" else None
    if first_axis == "lon" or second_axis == "lat":
        return _place(first, second)
    straight, turned = _place(first, second), _place(second, first)
    if straight is None and turned is None:
        return _projected(first, second, frame)
    if straight is None or (turned is not None and _is_near(turned, bounds) and not _is_near(straight, bounds)):
        return turned
    return straight


def _angles(text: str) -> tuple[tuple[float, str], tuple[float, str]] | None:
    """Return two numbers, each with the axis its letter names ("" without one)."""
    plain = re.sub(r"(?<=\d),(?=\s)|;|/|\s+[,]\s*", " ", text.strip())
    if plain.count(",") == 1 and not re.search(r"\s", plain):
        plain = plain.replace(",", " ")  # "139.79,35.67"
    elif "." in plain:
        plain = plain.replace(",", " ")
    angle = _LETTER_FIRST if plain[:1].upper() in {"N", "S", "E", "W"} else _LETTER_LAST
    matches = list(angle.finditer(plain))
    covered = "".join(m.group().strip() for m in matches)
    if len(matches) != 2 or len(re.sub(r"\s", "", covered)) != len(re.sub(r"\s", "", plain)):
        return None
    return _angle(matches[0]), _angle(matches[1])


def _angle(match: re.Match[str]) -> tuple[float, str]:
    def number(name: str) -> float:
        return float((match.group(name) or "0").replace(",", ".").replace("\u2212", "-"))

    letter = (match.group("letter") or "").upper()
    size = abs(number("deg")) + number("min") / 60 + number("sec") / 3600
    is_negative = match.group("deg").startswith(("-", "\u2212")) or letter in {"S", "W"}
    return (-size if is_negative else size), {"N": "lat", "S": "lat", "E": "lon", "W": "lon"}.get(letter, "")


def _place(lon_deg: float, lat_deg: float) -> Place | None:
    if abs(lon_deg) > 180 or abs(lat_deg) > 90:
        return None
    north, east = "N" if lat_deg >= 0 else "S", "E" if lon_deg >= 0 else "W"
    return Place(lon_deg, lat_deg, f"{abs(lat_deg):.5f}\u00b0 {north}, {abs(lon_deg):.5f}\u00b0 {east}")


def _projected(east_m: float, north_m: float, frame: LocalFrame | None) -> Place | None:
    if frame is None:
        return None
    local = np.array([[east_m - frame.origin_m[0], north_m - frame.origin_m[1]]])
    if np.abs(local).max() > _FARTHEST_M:
        return None
    lon_deg, lat_deg = lonlat_from_local(frame, local)[0].tolist()
    return _place(lon_deg, lat_deg) if np.isfinite([lon_deg, lat_deg]).all() else None


def _is_near(place: Place, bounds: Iterable[Bounds]) -> bool:
    """Return whether a place lies within half a degree of what is open."""
    return any(
        west - 0.5 <= place.lon_deg <= east + 0.5 and south - 0.5 <= place.lat_deg <= north + 0.5
        for west, south, east, north in bounds
    )
