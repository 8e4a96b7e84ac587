"""How many people live and work on a square metre of floor: stated for each use, and changeable."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache


@dataclass(frozen=True, slots=True)
class UseRate:
    """What is assumed of one kind of use."""

    use: str
    """The use as it is told in tables."""
    words: str
    """A regular expression: the words in the city's data that mean it."""
    residents_per_100_m2: float = 0.0
    """People who live on 100 m² of gross floor area."""
    jobs_per_100_m2: float = 0.0
    """People who work on 100 m² of gross floor area."""


RATES: tuple[UseRate, ...] = (
    UseRate("mixed", r"mixed|gemischt|mixte|mixto|混", 1.0, 1.5),
    UseRate("housing", r"resid|hous|home|apart|dwell|flat|detached|terrace|wohn|logement|vivienda|住", 2.0, 0.0),
    UseRate("office", r"office|commerc|administ|büro|bureau|oficina|事務|業務", 0.0, 4.0),
    UseRate("retail", r"retail|shop|market|store(?!y)|trade|einzelhandel|商", 0.0, 2.0),
    UseRate("hotel", r"hotel|accommod|hostel|宿", 0.0, 1.5),
    UseRate("education", r"school|educ|univ|college|kinder|schul|学校|教育", 0.0, 1.25),
    UseRate("health", r"health|hospital|clinic|kranken|医|病", 0.0, 2.0),
    UseRate("public", r"public|civic|government|culture|museum|religio|sport|kultur|公共", 0.0, 1.0),
    UseRate("industry", r"industr|factory|workshop|manufact|works|gewerbe|工", 0.0, 1.2),
    UseRate("storage", r"storage|warehouse|logist|shed|garage|parking|lager|倉|transport|utility", 0.0, 0.4),
)
"""Assumptions of ours, round numbers: 50 m² of gross floor a resident, 25 m² a desk, 50 m² a shop assistant.

Put your own city's in their place."""
OTHER = UseRate("other", "")
UNKNOWN = UseRate("not known", "")


def rate_of(use: str | None, rates: Sequence[UseRate]) -> UseRate:
    """Return the rate for a use as the data writes it; OTHER where none is meant, UNKNOWN where it says nothing."""
    return _rate_of((use or "").strip().casefold(), tuple(rates))


@lru_cache(maxsize=4096)
def _rate_of(use: str, rates: tuple[UseRate, ...]) -> UseRate:
    if not use:
        return UNKNOWN
    named = next((r for r in rates if r.use.casefold() == use), None)
    return named or next((r for r in rates if r.words and re.search(r.words, use)), OTHER)
