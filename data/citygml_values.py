"""What is noted while CityGML is read, and what its attributes' texts stand for; whichever way it is read."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from data.citygml_geometry import GmlRings
from data.citymodel import Gathered

GENERIC = tuple(f"{kind}Attribute" for kind in ("string", "int", "double", "date", "uri", "measure",
                                                 "String", "Int", "Double", "Date", "Uri", "Measure"))  # fmt: skip
SETS = ("genericAttributeSet", "genericAttribute", "GenericAttributeSet")
LINES = ("MultiCurve", "TerrainIntersection", "TerrainIntersectionCurve", "Network", "Point")
IMPLICIT = ("ImplicitRepresentation", "ImplicitGeometry")
NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
FEET = re.compile(r"(?:.*[:/#])?(?:ft|foot|feet|\[ft_i\])$", re.IGNORECASE)
FOOT_M = 0.3048
LONGEST_WHOLE = 15
"""Digits of the longest whole number; longer ones are texts."""


@dataclass(slots=True)
class Reading:
    """What is noted on the way."""

    gathered: Gathered
    rings: GmlRings
    srs: str = ""
    """The first srsName met."""
    corners: tuple[float, ...] = ()
    """The envelope the model states."""
    hrefs: list[str] = field(default_factory=list)
    """What the geometries of the member that is read name instead of holding it."""
    unresolved: int = 0
    implicit: int = 0
    lines: int = 0
    unnamed: int = 0


def value_of(text: str) -> object:
    """Return a number where the text is one and writing it again would give the same; codes such as 0100 are text."""
    if not NUMBER.fullmatch(text) or re.match(r"[-+]?0\d", text):
        return text
    if text.isdigit():
        return int(text) if len(text) <= LONGEST_WHOLE else text
    return float(text)


def in_metres(unit: str, value: object) -> object:
    """Return a value that stands in feet in metres, any other as it is."""
    is_feet = isinstance(value, (int, float)) and FEET.match(unit)
    return float(value) * FOOT_M if is_feet and isinstance(value, (int, float)) else value


def is_words(kind: str) -> bool:
    """Return whether a generic attribute of this kind is text, whatever it looks like."""
    return kind.lower().startswith(("string", "date", "uri"))
