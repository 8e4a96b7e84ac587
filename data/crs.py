"""Which coordinate reference system the numbers are in: stated, given or guessed; and the project's frame from it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from math import floor

import numpy as np
import numpy.typing as npt
from pyproj import CRS, Proj
from pyproj.exceptions import ProjError

from twin.errors import CrsError
from twin.place import LocalFrame, transformer
from twin.report import Report
from twin.table import Table

Bounds = tuple[float, float, float, float]
FloatArray = npt.NDArray[np.float64]

LONLAT = "EPSG:4326"
EDGE_DEGREES = 1.0
"""How far beyond the area a CRS is made for it is still used without a word."""
WEB_MERCATOR = "EPSG:3857"
FAR_M = 500_000.0
DISTORTION_ALLOWED = 0.01
"""A projection that stretches lengths by more than this where the city lies is not used for the project."""
LARGEST_DEGREES = 2.0
"""Numbers in the range of degrees are not taken for degrees when a typical feature would be wider than this."""
SMALLEST_METRES = 0.01
"""Numbers in the range of degrees are not taken for metres when a typical feature would be smaller than this."""
VERTICES_AT_ONCE = 500_000
CRS_COLUMNS = frozenset({"crs", "srs", "epsg", "srid"})


@dataclass(frozen=True, slots=True)
class Numbers:
    """What the coordinates look like."""

    points: FloatArray
    """(n, 2) one vertex a feature, all finite."""
    size: float | None
    """Width of a typical feature in the same unit; None for points."""

    def share_like_degrees(self) -> float:
        """Return the share of the features that lie in the range of longitudes and latitudes."""
        if not len(self.points):
            return 1.0
        x, y = self.points[:, 0], self.points[:, 1]
        return float(np.mean((np.abs(x) <= 180.0001) & (np.abs(y) <= 90.0001)))


@dataclass(frozen=True, slots=True)
class Settled:
    """The answer: which CRS, and how it is known."""

    crs: str | None
    """"EPSG:n", else WKT; None if it is not known."""
    source: str
    """"stated", "guessed" or "given"."""


def crs_text(crs: CRS) -> str:
    """Return "EPSG:n" where the CRS has a code, else its WKT."""
    code = crs.to_epsg(min_confidence=70)
    if code is not None:
        return f"EPSG:{code}"
    return LONLAT if crs.to_authority() == ("OGC", "CRS84") else str(crs.to_wkt())


def horizontal(text: str) -> str | None:
    """Return the horizontal part of a CRS, None if it says nothing about a place on earth.

    raises   CrsError  the text is no CRS
    """
    try:
        crs = CRS.from_user_input(text)
    except (ProjError, ValueError) as error:
        raise CrsError(
            f'"{_short(text)}" is no coordinate reference system.',
            hint='Give it as "EPSG:" and its number, for example --crs EPSG:25832.',
            crs=text,
        ) from error
    if crs.is_compound:
        crs = crs.sub_crs_list[0]
    if crs.is_bound and crs.source_crs is not None:
        crs = crs.source_crs
    if not (crs.is_geographic or crs.is_projected):
        return None
    return crs_text(crs.to_2d() if len(crs.axis_info) > 2 else crs)


def settle(
    stated: str | None, given: str | None, numbers: Numbers, table: Table, report: Report, *, name: str = ""
) -> Settled:
    """Decide which CRS the coordinates are in, and say so in the report where it was guessed.

    name     of the file, for the sentence
    raises   CrsError  it is missing, or contradicts the numbers, and no guess is possible
    """
    share = numbers.share_like_degrees()
    if given is not None:
        return _given(given, numbers, share, name)
    text = horizontal(stated) if stated else None
    if text is not None and not _is_contradicted(text, numbers, share):
        return Settled(text, "stated")
    guess = _guess(numbers, share, table)
    wrong = f"the file says {_short(text)}, but its numbers are {_looks(numbers)}" if text else "the file states no CRS"
    if guess is None:
        what = wrong.replace("the file", f'"{name}"' if name else "The file", 1)
        is_exchanged = Numbers(numbers.points[:, ::-1], None).share_like_degrees() > 0.99
        way_out = "Say which it is with --crs, for example --crs EPSG:25832."
        exchanged = "Its x and y look exchanged: export it again with longitude first."
        raise CrsError(
            f"{what} ({_extent(numbers)}).",
            hint=exchanged if is_exchanged and share < 0.5 else way_out,
            stated=text,
        )
    report.add(f"coordinate reference system guessed as {_short(guess)}: {wrong}", count=1)
    return Settled(guess, "guessed")


def say_if_outside(crs: str, bounds_lonlat: Bounds, report: Report) -> None:
    """Note a layer that lies where its CRS is not meant to be used: the label may be wrong."""
    area = CRS.from_user_input(crs).area_of_use
    if area is None or not all(np.isfinite(bounds_lonlat)):
        return
    lon, lat = (bounds_lonlat[0] + bounds_lonlat[2]) / 2, (bounds_lonlat[1] + bounds_lonlat[3]) / 2
    is_across = area.west > area.east  # over the date line
    is_between = (lon >= area.west - EDGE_DEGREES) | (lon <= area.east + EDGE_DEGREES)
    is_inside = area.west - EDGE_DEGREES <= lon <= area.east + EDGE_DEGREES
    is_lon_in = is_between if is_across else is_inside
    if not (is_lon_in and area.south - EDGE_DEGREES <= lat <= area.north + EDGE_DEGREES):
        report.add(f"layer lies outside the area {_short(crs)} is made for: its CRS may be wrong", count=1)


def _given(given: str, numbers: Numbers, share: float, name: str) -> Settled:
    text = horizontal(given)
    if text is None:
        raise CrsError(f'"{_short(given)}" names no place on earth.', hint='Give it as "EPSG:" and its number.')
    if CRS.from_user_input(text).is_geographic and share < 0.5:
        quoted = f'"{name}"' if name else "the file"
        raise CrsError(
            f"{_short(text)} is in degrees, but the numbers of {quoted} are not ({_extent(numbers)}).",
            hint="Give the CRS the numbers are in with --crs.",
            crs=text,
        )
    return Settled(text, "given")


def _is_contradicted(text: str, numbers: Numbers, share: float) -> bool:
    if not len(numbers.points):
        return False
    if CRS.from_user_input(text).is_geographic:
        return share < 0.5
    is_tiny = numbers.size is not None and numbers.size < SMALLEST_METRES
    return is_tiny and share == 1


def _guess(numbers: Numbers, share: float, table: Table) -> str | None:
    """Return what a column says, or degrees where the numbers allow it."""
    for name, kind in table.fields().items():
        if name.lower() in CRS_COLUMNS and kind in ("text", "number"):
            values = {str(v) for v in table.column(name) if v is not None}
            match = (
                re.fullmatch(r"(?:EPSG:{1,2})?(\d{4,6})(?:\.0)?", values.pop().strip(), re.IGNORECASE)
                if len(values) == 1
                else None
            )
            if match and _holds(f"EPSG:{match[1]}", numbers):
                return f"EPSG:{match[1]}"
    is_fine = numbers.size is None or numbers.size <= LARGEST_DEGREES
    return LONLAT if share > 0.99 and is_fine and len(numbers.points) else None


def _holds(text: str, numbers: Numbers) -> bool:
    """Return whether the CRS exists and the numbers lie in the area it is made for."""
    try:
        crs = CRS.from_user_input(text)
        lon, lat = transformer(text, LONLAT).transform(*np.median(numbers.points, axis=0))
    except (ProjError, ValueError):
        return False
    area = crs.area_of_use
    return area is not None and area.west <= lon <= area.east and area.south <= lat <= area.north


def _looks(numbers: Numbers) -> str:
    return "not degrees" if numbers.share_like_degrees() < 0.5 else "not metres"


def _extent(numbers: Numbers) -> str:
    if not len(numbers.points):
        return "nothing"
    (west, south), (east, north) = numbers.points.min(axis=0), numbers.points.max(axis=0)
    return f"x from {west:,.7g} to {east:,.7g}, y from {south:,.7g} to {north:,.7g}"


def _short(text: str | None) -> str:
    if not text:
        return "none"
    if len(text) < 40:
        return text
    try:
        return str(CRS.from_user_input(text).name)
    except (ProjError, ValueError):
        return text[:40] + "…"


def frame_for(crs: str, centre: tuple[float, float]) -> LocalFrame:
    """Return the project's frame that the first layer sets.

    crs      the layer's
    centre   of the layer, in its own CRS
    returns  the layer's own CRS where it is metric, true to scale there and points east and north; else its UTM zone
    """
    own = CRS.from_user_input(crs)
    lon_deg, lat_deg = transformer(crs, LONLAT).transform(*centre)
    chosen = crs if _is_true_to_scale(own, lon_deg, lat_deg) else utm(lon_deg, lat_deg)
    east, north = transformer(crs, chosen).transform(*centre) if chosen != crs else centre
    if not (np.isfinite(east) and np.isfinite(north)):
        middle = f"({centre[0]:,.7g}, {centre[1]:,.7g})"
        raise CrsError(
            f"The layer's centre {middle} is outside of what {_short(crs)} can place on earth.",
            hint="Say with --crs which CRS the numbers are in.",
            crs=crs,
        )
    return LocalFrame(chosen, (float(round(east)), float(round(north))))


def _is_true_to_scale(crs: CRS, lon_deg: float, lat_deg: float) -> bool:
    if not crs.is_projected or crs_text(crs) == WEB_MERCATOR or not np.isfinite([lon_deg, lat_deg]).all():
        return False
    if {axis.direction for axis in crs.axis_info} != {"east", "north"}:
        return False
    if any(abs(axis.unit_conversion_factor - 1) > 1e-9 for axis in crs.axis_info):
        return False
    try:
        factors = Proj(crs).get_factors(lon_deg, lat_deg)
    except ProjError:
        return False
    scales = (factors.meridional_scale, factors.parallel_scale)
    return all(abs(s - 1) <= DISTORTION_ALLOWED for s in scales)


def utm(lon_deg: float, lat_deg: float) -> str:
    """Return the UTM zone of a place, WGS84; near the poles the polar stereographic sister grids.

    source   EPSG registry: 32601-32660 north, 32701-32760 south, 32661 and 32761 polar
    """
    if not (np.isfinite(lon_deg) and np.isfinite(lat_deg)):
        raise CrsError("The layer's centre lies nowhere on earth.", hint="Say with --crs which CRS the numbers are in.")
    if lat_deg > 84 or lat_deg < -80:
        return "EPSG:32661" if lat_deg > 0 else "EPSG:32761"
    zone = floor((lon_deg + 180) / 6) % 60 + 1
    return f"EPSG:{(32600 if lat_deg >= 0 else 32700) + zone}"


def into_frame(xy: FloatArray, crs: str, frame: LocalFrame) -> FloatArray:
    """Move coordinates (v, 2) of a CRS into the local frame; what cannot be placed becomes infinite.

    The array is changed in place where it can be written to, and returned.
    """
    if not xy.flags.writeable:
        xy = xy.copy()
    if crs != frame.crs:
        to_frame = transformer(crs, frame.crs)
        for first in range(0, len(xy), VERTICES_AT_ONCE):
            some = slice(first, first + VERTICES_AT_ONCE)
            xy[some, 0], xy[some, 1] = to_frame.transform(xy[some, 0], xy[some, 1])
    xy -= np.asarray(frame.origin_m)
    return xy


def lonlat_bounds(bounds: tuple[float, float, float, float], crs: str) -> tuple[float, float, float, float]:
    """Return west, south, east, north in WGS84 degrees of bounds in a CRS; edges are followed, not only corners."""
    if crs == LONLAT:
        return bounds
    west, south, east, north = transformer(crs, LONLAT).transform_bounds(*bounds)
    return float(west), float(south), float(east), float(north)


def say_if_far(points_local: FloatArray, report: Report) -> None:
    """Note features (n, 2), local metres, that lie farther from the frame's origin than one project can hold."""
    if len(points_local):
        away_m = np.hypot(points_local[:, 0], points_local[:, 1])
        far = np.flatnonzero(away_m > FAR_M)
        km = float(np.median(away_m[far])) / 1000 if len(far) else 0.0
        report.add(f"features lie farther than 500 km from the project's origin (about {km:,.0f} km)", count=len(far))


def is_mirrored(crs: str, frame: LocalFrame, near: tuple[float, float]) -> bool:
    """Return whether moving into the frame turns left into right, as CRS with axes to the south or west do.

    near   a place in the layer, in its CRS
    """
    if crs == frame.crs:
        return False
    step = 1e-4 if CRS.from_user_input(crs).is_geographic else 1.0
    x, y = np.array([0.0, step, 0.0]) + near[0], np.array([0.0, 0.0, step]) + near[1]
    east, north = transformer(crs, frame.crs).transform(x, y)
    return bool((east[1] - east[0]) * (north[2] - north[0]) - (east[2] - east[0]) * (north[1] - north[0]) < 0)
