"""Counts, lengths, areas and places as people read them; a part of words.py."""

from __future__ import annotations

from math import degrees, isfinite

from twin.layer import Kind

KINDS = {
    Kind.FOOTPRINTS: "buildings",
    Kind.POLYGONS: "areas",
    Kind.LINES: "lines",
    Kind.POINTS: "points",
    Kind.TERRAIN: "cells",
    Kind.IMAGE: "pixels",
}
NOT_KNOWN = "not known"


def count(number: int, kind: Kind | str = "") -> str:
    """Return a count in words: "55,460 buildings"."""
    noun = KINDS[Kind(kind)] if kind in set(Kind) else str(kind)
    if number == 1 and noun.endswith("s"):
        noun = noun[:-1]
    return f"{number:,} {noun}".strip()


def metres(value_m: float) -> str:
    """Return a length for people: 1.6 m, 23 m, 4.2 km."""
    if not isfinite(value_m):
        return NOT_KNOWN
    if abs(value_m) >= 10_000:
        return f"{value_m / 1000:,.1f} km"
    return f"{value_m:,.1f} m" if abs(value_m) < 100 else f"{value_m:,.0f} m"


def square_metres(value_m2: float) -> str:
    """Return an area for people."""
    if not isfinite(value_m2):
        return NOT_KNOWN
    if value_m2 >= 1e6:
        return f"{value_m2 / 1e6:,.2f} km²"
    return f"{value_m2:,.0f} m²"


def cubic_metres(value_m3: float) -> str:
    """Return a volume for people."""
    return f"{value_m3:,.0f} m³" if isfinite(value_m3) else NOT_KNOWN


def value(thing: object) -> str:
    """Return an attribute's value as text; a dash where it is empty."""
    if thing is None or (isinstance(thing, float) and not isfinite(thing)):
        return "–"
    if isinstance(thing, bool):
        return "yes" if thing else "no"
    if isinstance(thing, float):
        return f"{thing:,.0f}" if thing.is_integer() and abs(thing) < 1e15 else f"{thing:,.6g}"
    return str(thing)


def lonlat(lon_deg: float, lat_deg: float) -> str:
    """Return decimal degrees, as they are pasted elsewhere: 2.35220° E, 48.85660° N."""
    east, north = ("E" if lon_deg >= 0 else "W"), ("N" if lat_deg >= 0 else "S")
    return f"{abs(lon_deg):.5f}° {east}  {abs(lat_deg):.5f}° {north}"


def lonlat_sexagesimal(lon_deg: float, lat_deg: float) -> str:
    """Return degrees, minutes and seconds."""
    return f"{_dms(lon_deg, 'EW')}  {_dms(lat_deg, 'NS')}"


def _dms(value_deg: float, letters: str) -> str:
    tenths = round(abs(value_deg) * 36_000)
    whole, rest = divmod(tenths, 36_000)
    minutes, seconds = divmod(rest, 600)
    return f"{whole}° {minutes:02d}′ {seconds / 10:04.1f}″ {letters[0] if value_deg >= 0 else letters[1]}"


def projected(east_m: float, north_m: float) -> str:
    """Return coordinates of the project's CRS."""
    return f"E {east_m:,.1f} m  N {north_m:,.1f} m"


def local(x_m: float, y_m: float) -> str:
    """Return coordinates from the project's origin."""
    return f"x {x_m:,.1f} m  y {y_m:,.1f} m"


def elevation(z_m: float) -> str:
    """Return the height under the cursor."""
    return f"↑ {z_m:,.1f} m"


def heading(heading_rad: float) -> str:
    """Return a compass direction: "looking north-east, 45°"."""
    turn_deg = degrees(heading_rad) % 360
    names = ("north", "north-east", "east", "south-east", "south", "south-west", "west", "north-west")
    return f"looking {names[round(turn_deg / 45) % 8]}, {turn_deg:.0f}°"


def scale_parallel(one_to: float) -> str:
    """Return a parallel view's true scale."""
    return f"1 : {one_to:,.0f}"


def view_width(width_m: float) -> str:
    """Return how much ground a perspective view shows."""
    return f"{metres(width_m)} across"


def memory(used_bytes: float, budget_bytes: float) -> str:
    """Return the memory in use of the budget."""
    return f"{used_bytes / 1e9:.1f} of {budget_bytes / 1e9:.1f} GB"
