"""Heights in rasters: their units, and the values that stand for "nothing is known here" without being declared."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from pyproj import CRS

from twin.report import Report

ON_EARTH_M = (-12_000.0, 9_500.0)
"""From below the deepest trench (-10,990 m) to above the highest mountain (8,849 m), in metres or, wider, in feet."""
ON_EARTH_FEET = (-40_000.0, 32_000.0)
SENTINELS = (-9999.0, -999.0, -99999.0, 9999.0, 99999.0, 32767.0, -32767.0, -32768.0)
FOOT_M = {"us survey foot": 1200 / 3937, "us_survey_foot": 1200 / 3937, "us-ft": 1200 / 3937, "ftus": 1200 / 3937}
"""source: US survey foot, National Geodetic Survey, 1200/3937 m; the international foot is 0.3048 m."""
FEET = {"ft", "foot", "feet", "international foot", "intl foot", "foot_us"}
METRES = {"m", "metre", "meter", "metres", "meters", ""}
OTHERS = {"cm": 0.01, "centimetre": 0.01, "centimeter": 0.01, "dm": 0.1, "decimetre": 0.1, "mm": 0.001, "km": 1000.0}


def metres_a_unit(stated: str | None, crs: str | None) -> tuple[str, float]:
    """Return the unit of a raster's heights and how many metres it is: as the band says, else its vertical CRS."""
    unit = (stated or "").strip()
    if not unit and crs is not None:
        unit = _vertical_unit(crs)
    key = unit.lower().replace("(", "").replace(")", "")
    if key in FOOT_M or ("us" in key and "f" in key and "t" in key):
        return unit, FOOT_M["us-ft"]
    if key in FEET:
        return unit, 0.3048
    return unit, OTHERS.get(key, 1.0)


def _vertical_unit(crs: str) -> str:
    """Return the unit of the vertical part of a CRS, "" if it has none."""
    whole = CRS.from_user_input(crs)
    parts = whole.sub_crs_list if whole.is_compound else [whole]
    for part in parts:
        if part.is_vertical and part.axis_info:
            return str(part.axis_info[0].unit_name)
    return ""


def without_sentinels(
    heights: npt.NDArray[np.float32], nodata: float | None, report: Report
) -> npt.NDArray[np.float32]:
    """Return heights with NaN for what no ground has; undeclared ones are said. The array is changed in place.

    nodata   the value declared, which is NaN already
    """
    with np.errstate(invalid="ignore"):
        impossible = (heights < ON_EARTH_FEET[0]) | (heights > ON_EARTH_FEET[1])
    for value in SENTINELS:
        if value != nodata:
            stands_alone = heights == np.float32(value)
            if stands_alone.any() and not _is_usual(heights, value, impossible):
                impossible |= stands_alone
    count = int(np.count_nonzero(impossible))
    if count:
        values, counts = np.unique(heights[impossible][:100_000], return_counts=True)
        said = f"{values[counts.argmax()]:g}"
        heights[impossible] = np.nan
        report.add(f"cells hold {said}, which no ground has, and count as without a height", count=count)
    return heights


def _is_usual(heights: npt.NDArray[np.float32], value: float, impossible: npt.NDArray[np.bool_]) -> bool:
    """Return whether other cells come near a value, so that it can be a height."""
    with np.errstate(invalid="ignore"):
        near = (np.abs(heights - np.float32(value)) < max(50.0, abs(value) * 0.05)) & (heights != np.float32(value))
    return bool((near & ~impossible).any())
