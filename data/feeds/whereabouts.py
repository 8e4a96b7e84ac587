"""Where things are, by names and values of fields: degrees or metres, in which system, and whether swapped."""

from __future__ import annotations

import re
from collections.abc import Mapping as Dict
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise

import numpy as np

from data.feeds.likeness import are_degrees_of, are_numbers, are_within, numbers_in
from data.feeds.paths import path_of
from data.feeds.shapes import PLACES, plain

Columns = Dict[str, list[object]]
EAST = ("lon", "lng", "long", "longitude", "londeg", "gpslon", "longitudedeg", "fromlon", "startlon", "originlon",
        "fromlongitude", "longitud", "longitudine", "laenge", "länge", "laengengrad", "längengrad", "lengdegrad",
        "经度", "經度", "経度", "경도", "долгота", "x")  # fmt: skip
NORTH = ("lat", "latitude", "latdeg", "gpslat", "latitudedeg", "fromlat", "startlat", "originlat", "fromlatitude",
         "latitud", "latitudine", "breite", "breitengrad", "breddegrad", "纬度", "緯度", "위도", "широта",
         "y")  # fmt: skip
PROJECTED = {"x": "y", "easting": "northing", "east": "north", "xcoord": "ycoord", "coordx": "coordy",
             "xkoord": "ykoord", "rechtswert": "hochwert", "ostwert": "nordwert", "coordonneex": "coordonneey",
             "xm": "ym"}  # fmt: skip
ENDS = (("lon", "lng", "longitude", "long"), ("lat", "lat", "latitude", "lat"))
_NOT_OURS = ("to", "dest", "destination", "end", "next", "prev", "gateway", "min", "max", "south", "north")
_CODE = re.compile(r"(?:EPSG|epsg)[:/]+(?:[\d.]*[:/]+)?(\d{4,6})")
_ESRI = {102100: 3857, 102113: 3857}
_TOKEN = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+|[^\W\d_a-zA-Z]+")


def place_of(columns: Columns) -> tuple[dict[str, str], list[str]]:
    """Return the fields of places (lon and lat, or x and y), and why."""
    for path in sorted(columns, key=_nearness):
        parts = path_of(path)
        if parts[-1] == 0 and _is_of_place(parts) and f"{path[:-1]}1" in columns and are_numbers(columns[path]):
            return _ordered(columns, path, f"{path[:-1]}1")
    named = _named(columns)
    if named:
        return named
    return _projected(columns) or _by_values(columns)


def _is_of_place(parts: Sequence[str | int]) -> bool:
    names = [plain(str(p)) for p in parts[:-1]]
    return bool(names) and (names[-1] in PLACES or (len(names) > 1 and names[-2] in PLACES))


def _nearness(path: str) -> tuple[bool, int]:
    return not path.startswith("geometry."), len(path_of(path))


def _ordered(columns: Columns, first: str, second: str) -> tuple[dict[str, str], list[str]]:
    """Return which of two numbers of a place is which."""
    place = first.rpartition(".")[0]
    is_text = any(isinstance(s, str) for s in (columns.get(place) or []))
    pair = (columns[first], columns[second])
    if is_text and not _is_well_known(columns[place]):  # words have latitude first, as people write it
        first, second, pair = second, first, pair[::-1]
    if are_within(pair[0], 180) and are_within(pair[1], 90):
        return {"lon": first, "lat": second}, [f'Its place is "{place}".']
    if are_within(pair[1], 180) and are_within(pair[0], 90):
        return {"lon": second, "lat": first}, [
            f'Its place is "{place}", latitude first: the other way is not on Earth.'
        ]
    return {"x": first, "y": second}, [f'Its place is "{place}", in a projected system.']


def _is_well_known(said: Sequence[object]) -> bool:
    return any("(" in s for s in said if isinstance(s, str))


def _named(columns: Columns) -> tuple[dict[str, str], list[str]] | None:
    for east, north in _pairs(columns):
        x, y = columns[east], columns[north]
        why = f'"{east}" is the longitude and "{north}" the latitude'
        if are_within(x, 180) and are_within(y, 90):
            return {"lon": east, "lat": north}, [f"{why}: their names and their values say so."]
        if are_within(y, 180) and are_within(x, 90) and plain(_last(east)) != "x":
            words = f'"{north}" is the longitude and "{east}" the latitude: as they are named they are not on Earth.'
            return {"lon": north, "lat": east}, [words]
    return None


def _pairs(columns: Columns) -> list[tuple[str, str]]:
    """Return (east, north) of paths that belong together by their names, the surest first."""
    found: list[tuple[int, int, str, str]] = []
    by_place = {(path_of(p)[:-1], plain(_last(p))): p for p in columns}
    for path in columns:
        parts, name = path_of(path), _last(path)
        if plain(name) in EAST:
            rank = EAST.index(plain(name))
            partners = [n for n in NORTH if (parts[:-1], n) in by_place]
            if partners:
                found.append((rank, len(parts), path, by_place[parts[:-1], partners[0]]))
            continue
        tokens = [t.lower() for t in _TOKEN.findall(name)]
        for east, north in zip(*ENDS, strict=True):
            if east in tokens[-2:] and not any(t in _NOT_OURS for t in tokens):
                other = "".join(north if t == east else t for t in tokens)
                partner = by_place.get((parts[:-1], other))
                if partner is not None:
                    found.append((len(EAST) + len(parts), len(parts), path, partner))
    return [(east, north) for _, _, east, north in sorted(found)]


def _last(path: str) -> str:
    return str(path_of(path)[-1])


def _projected(columns: Columns) -> tuple[dict[str, str], list[str]] | None:
    for path in sorted(columns, key=lambda p: len(path_of(p))):
        other = PROJECTED.get(plain(_last(path)))
        partner = next((p for p in columns if path_of(p)[:-1] == path_of(path)[:-1] and plain(_last(p)) == other), None)
        if other is not None and partner is not None and are_numbers(columns[path]) and are_numbers(columns[partner]):
            return {"x": path, "y": partner}, [f'"{path}" and "{partner}" are its place, in a projected system.']
    return None


def _by_values(columns: Columns) -> tuple[dict[str, str], list[str]]:
    """Return the first two neighbouring columns of a table without names that hold fractions of degrees."""
    cells = [p for p in columns if path_of(p)[0] == "value" and len(path_of(p)) == 2 and path_of(p)[1] != "value"]
    for east, north in pairwise(cells):
        if are_degrees_of(columns[east], 180) and are_degrees_of(columns[north], 90):
            why = f'"{east}" and "{north}" hold degrees, side by side: looks like longitude and latitude.'
            return {"lon": east, "lat": north}, [why]
    return {}, []


# systems


def system_of(document: object) -> str:
    """Return the system that a document states for its places: "EPSG:3067"; "" if it states none."""
    if not isinstance(document, dict):
        return ""
    for name in ("crs", "srs", "spatialReference", "CRS"):
        said = document.get(name)
        if isinstance(said, dict):
            code = said.get("latestWkid") or said.get("wkid")
            if isinstance(code, int):
                return f"EPSG:{_ESRI.get(code, code)}"
            inner = said.get("properties")
            said = inner.get("name", "") if isinstance(inner, dict) else said.get("name", "")
        if isinstance(said, str) and (found := _CODE.search(said.replace("::", ":"))):
            return f"EPSG:{found.group(1)}"
    return ""


@lru_cache(maxsize=32)
def _bounds(crs: str) -> tuple[float, float, float, float] | None:
    import pyproj  # noqa: PLC0415  takes a while

    try:
        area = pyproj.CRS(crs).area_of_use
    except pyproj.exceptions.CRSError:
        return None
    return (area.west, area.south, area.east, area.north) if area is not None else None


def are_swapped(lon: Sequence[object], lat: Sequence[object], crs: str) -> bool:
    """Return whether places are far from where a system is used, and there with latitude and longitude swapped.

    crs   the system of the project that the data is shown in; a geographic or world-wide one tells nothing
    """
    bounds = _bounds(crs) if crs else None
    if bounds is None or bounds[2] - bounds[0] > 60:
        return False
    x, y = numbers_in(lon), numbers_in(lat)
    n = min(len(x), len(y))
    if not n:
        return False

    def share(east: np.ndarray, north: np.ndarray) -> float:
        west, south, right, top = bounds
        return float(((east >= west - 1) & (east <= right + 1) & (north >= south - 1) & (north <= top + 1)).mean())

    return share(x[:n], y[:n]) < 0.1 and share(y[:n], x[:n]) > 0.9
