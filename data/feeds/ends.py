"""Where live flows begin and end: ids of a layer's features become places as soon as a message is read."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from data.feeds.documents import Problems
from data.feeds.paths import ABSENT
from twin.keys import Folding, folded

Places = Mapping[str, tuple[float, float]]
"""Longitude and latitude by id, as key_of writes ids."""
ARROW = " \u2192 "
_NOWHERE = (math.nan, math.nan)


def key_of(value: object) -> str:
    """Return an id as it is looked up: without blanks, capitals and leading zeros; "" for none."""
    word = folded(value, Folding.PADDED) if not isinstance(value, bool) else str(value)
    return (word or "").casefold()


def with_places(columns: dict[str, list[Any]], places: Places, problems: Problems) -> dict[str, list[Any]]:
    """Return columns with the places of both ends instead of their ids, and a name for each pair that has none.

    columns   as gathered by a decoder; left as they are where they name no ends
    places    where ids are; ids that are not there are counted, and have no place
    """
    if "from_id" not in columns or "to_id" not in columns:
        return columns
    begins, ends = columns["from_id"], columns["to_id"]
    made = {name: said for name, said in columns.items() if name not in ("from_id", "to_id")}
    if "id" not in made:
        pairs = zip(begins, ends, strict=True)
        made["id"] = [ABSENT if ABSENT in (a, b) else f"{a}{ARROW}{b}" for a, b in pairs]
    for said, lon, lat in ((begins, "lon", "lat"), (ends, "end_lon", "end_lat")):
        found = [places.get(key_of(one), _NOWHERE) if one != ABSENT else (ABSENT, ABSENT) for one in said]
        unknown = [one for one, place in zip(said, found, strict=True) if place is _NOWHERE]
        if unknown:
            problems.add("unknown_id", str(unknown[0]), len(unknown))
        made[lon], made[lat] = [p[0] for p in found], [p[1] for p in found]
    is_half = [math.isnan(x) for x in made["end_lon"]]  # a flow to nowhere is none
    for name in ("lon", "lat"):
        made[name] = [math.nan if half else x for x, half in zip(made[name], is_half, strict=True)]
    return made
