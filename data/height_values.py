"""Numbers out of what people write for heights and storeys: "12.13 m", "40 ft", "3,5", "1;6"."""

from __future__ import annotations

import re

import numpy as np
import numpy.typing as npt

from data.height_names import plain
from data.table import ArrowTable

FloatArray = npt.NDArray[np.float64]

FOOT_M = 0.3048
"""source: international foot, 1959"""
TALLEST_M = 1200.0
"""No building is taller; more is another quantity, another unit or a sentinel such as 9999."""
MOST_STOREYS = 200.0
NUMBER = r"[-+]?(?:\d+(?:[.,]\d+)?|[.,]\d+)(?:[eE][-+]?\d+)?"
FEET_INCHES = re.compile(rf"({NUMBER})\s*(?:'|′|ft\b|feet\b|foot\b)\s*(?:({NUMBER})\s*(?:\"|″|''|in\b))?")
WITH_UNIT = re.compile(rf"({NUMBER})\s*(mm|cm|km|m|metres?|meters?|yd)?(?![a-z])")
UNITS_M = {"mm": 0.001, "cm": 0.01, "km": 1000.0, "yd": 0.9144}
NAMED_UNITS = (("feet", FOOT_M), ("ft", FOOT_M), ("cm", 0.01), ("mm", 0.001))


def number_of(text: str) -> float:
    """Return the number in a text in metres (or storeys, which have no unit), NaN if there is none.

    Several values ("1;6", "3-4") mean parts of one building or a range: the greatest is taken, so that nothing
    that stands there is missing. A comma is a decimal comma: no building has 1,000 metres and more.
    """
    words = text.strip().lower()
    if not words or not re.search(r"\d", words):
        return np.nan
    pieces = [w for w in re.split(r"[;|/&]|(?<=\d)\s*(?:-|–|bis|to|à)\s*(?=\d)", words) if w and w.strip()]
    values = [_single(piece) for piece in pieces]
    found = [v for v in values if np.isfinite(v)]
    return max(found, default=np.nan)


def _single(text: str) -> float:
    feet = FEET_INCHES.search(text)
    if feet:
        return (_float(feet[1]) + (_float(feet[2]) / 12 if feet[2] else 0.0)) * FOOT_M
    metres = WITH_UNIT.search(text)
    return _float(metres[1]) * UNITS_M.get(metres[2] or "", 1.0) if metres else np.nan


def _float(text: str) -> float:
    return float(text.replace(",", "."))


def numbers(table: ArrowTable, name: str) -> FloatArray:
    """Return a column as numbers (n,), NaN where it says nothing; texts are read, each different one once."""
    kind = table.fields().get(name)
    if kind == "text":
        codes, words = table.coded(name)
        return _scaled(np.array([*(number_of(word) for word in words), np.nan])[codes], name)
    if kind == "number":
        return _scaled(np.asarray(table.column(name), float), name)
    return np.full(len(table.column(name)), np.nan)


def _scaled(values: FloatArray, name: str) -> FloatArray:
    """Apply the unit that ends a column's name: height_ft, hgt_mediancm."""
    ending = plain(name)
    for unit, metres in NAMED_UNITS:
        if ending.endswith(unit) and not ending.endswith("loft"):
            return values * metres
    return values


def usable(values: FloatArray, most: float) -> npt.NDArray[np.bool_]:
    """Return which values can be true: above zero and not above the most there is; sentinels fall out of both."""
    with np.errstate(invalid="ignore"):
        return (values > 0) & (values <= most)
