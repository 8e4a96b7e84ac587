"""How city models name their CRS, and which of their coordinates points east."""

from __future__ import annotations

import re
from functools import cache

import numpy as np
import numpy.typing as npt
from pyproj import CRS
from pyproj.exceptions import ProjError

from data.citymodel import turned
from data.content import Bounds
from twin.models import CityModel
from twin.place import transformer
from twin.report import Report

LONLAT = "EPSG:4326"
GERMAN_ZONES = {"ETRS89_UTM31": 25831, "ETRS89_UTM32": 25832, "ETRS89_UTM33": 25833, "DE_DHDN_3GK2": 31466,
                "DE_DHDN_3GK3": 31467, "DE_DHDN_3GK4": 31468, "DE_DHDN_3GK5": 31469}  # fmt: skip
"""source: AdV, Kurzbezeichnungen der Koordinatenreferenzsysteme; used as urn:adv:crs:ETRS89_UTM32*DE_DHHN2016_NH."""
EPSG = re.compile(r"epsg(?:/|:)+(?:[\d.]+(?:/|:)|/|:)?(\d{4,6})(?!\d)", re.IGNORECASE)
"""EPSG:25833, urn:ogc:def:crs:EPSG::25833, .../def/crs/EPSG/0/7415, .../epsg.xml#25833 has a pattern of its own."""
FRAGMENT = re.compile(r"epsg(?:\.xml)?#(\d{4,6})(?!\d)", re.IGNORECASE)
FARTHEST = 1e9
"""No coordinate of any CRS is as large, in metres or degrees."""
SAMPLE = 1000
"""Vertices that are asked where they lie."""


def stated_crs(text: str, report: Report) -> str | None:
    """Return the CRS that a model names, in a form that PROJ knows; None, and a word in the report, if it is none.

    text   a code, a URN or an address; of a horizontal and a vertical one named together, the horizontal
    """
    text = text.strip()
    if not text:
        return None
    match = EPSG.search(text) or FRAGMENT.search(text)
    zone = next((code for name, code in GERMAN_ZONES.items() if name in text), None)
    form = f"EPSG:{match[1]}" if match else f"EPSG:{zone}" if zone else text
    if _crs(form) is None:
        report.add(f'coordinate reference system named "{text[:80]}" is not known to PROJ', count=1)
        return None
    return form


@cache
def _crs(text: str) -> CRS | None:
    try:
        return CRS.from_user_input(text)
    except (ProjError, ValueError):
        return None


def _horizontal(crs: CRS) -> CRS:
    return crs.sub_crs_list[0] if crs.is_compound else crs


def says_north_first(text: str) -> bool:
    """Return whether the CRS's own rule puts latitude or northing first."""
    crs = _crs(text)
    return crs is not None and bool(crs.axis_info) and _horizontal(crs).axis_info[0].direction == "north"


def metres_of_z(text: str | None) -> float:
    """Return how many metres one unit of height is; 1 where the CRS says nothing of heights."""
    crs = _crs(text) if text else None
    upward = [axis for axis in crs.axis_info if axis.direction == "up"] if crs else []
    return float(upward[0].unit_conversion_factor) if upward else 1.0


def with_east_first(model: CityModel, report: Report, *, is_by_rule: bool) -> CityModel:
    """Return the model with x to the east and y to the north, z in metres.

    is_by_rule   whether its numbers stand in the order of the CRS's own axes (CityGML); else x is first (CityJSON).
                 Where the numbers lie far from the place the CRS is made for but not when exchanged, the rule was not
                 kept: they are exchanged, and that is said.
    """
    if model.crs is None or not len(model.surfaces):
        return model
    metres = metres_of_z(model.crs)
    if metres != 1.0:
        model.surfaces.xyz[:, 2] *= metres
    xy = model.surfaces.xyz[:: max(len(model.surfaces.xyz) // SAMPLE, 1), :2]
    return turned(model) if is_north_first(model.crs, xy, report, is_by_rule=is_by_rule) else model


def bounds_east_first(crs: str | None, bounds: Bounds | None, report: Report, *, is_by_rule: bool) -> Bounds | None:
    """Return bounds as west, south, east, north: see with_east_first."""
    if crs is None or bounds is None:
        return bounds
    if max(map(abs, bounds)) > FARTHEST:
        return None
    corners = np.array(bounds).reshape(2, 2)
    is_turned = is_north_first(crs, corners, report, is_by_rule=is_by_rule)
    return (bounds[1], bounds[0], bounds[3], bounds[2]) if is_turned else bounds


def is_north_first(crs: str, xy: npt.NDArray[np.float64], report: Report, *, is_by_rule: bool) -> bool:
    """Return whether the first of two coordinates (n, 2) points north: see with_east_first."""
    is_first = is_by_rule and says_north_first(crs)
    east, other = (xy[:, ::-1], xy) if is_first else (xy, xy[:, ::-1])
    if not _is_at_home(crs, east) and _is_at_home(crs, other):
        report.add("file has its coordinates in the other order than its CRS and format say; exchanged", count=1)
        return not is_first
    return is_first


def _is_at_home(text: str, xy: npt.NDArray[np.float64]) -> bool:
    """Return whether the middle of the points lies in the area the CRS is made for."""
    crs = _crs(text)
    area = crs.area_of_use if crs is not None else None
    if crs is None or area is None:
        return False
    xy = xy[(np.abs(xy) < FARTHEST).all(axis=1)]
    if not len(xy):
        return False
    lon, lat = transformer(_horizontal(crs).to_wkt(), LONLAT).transform(*np.median(xy, axis=0))
    return bool(area.west - 1 <= lon <= area.east + 1 and area.south - 1 <= lat <= area.north + 1)
