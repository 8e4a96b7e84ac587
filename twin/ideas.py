"""An idea from a hearing as the beginning of a scenario: its words, and what it drew on the map."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from twin.scenario import Edit, EditKind, GroundUse, Scenario, free_name, new_id

NAME_LETTERS = 48


def scenario_of_idea(text: str, place: Mapping[str, Any], scenarios: Sequence[Scenario]) -> Scenario:
    """Return a new scenario made of a comment; nothing in it says who wrote it.

    place   twin.participation.Sheet.place: an area becomes a park and a line a street, to be changed by hand; what is
            a point or a building leaves only its words
    """
    words = " ".join(text.split())
    name = words if len(words) <= NAME_LETTERS else words[:NAME_LETTERS].rsplit(" ", 1)[0] + " …"
    return Scenario(new_id("scenario", (s.id for s in scenarios)), free_name(scenarios, name), _edits(place), text)


def _edits(place: Mapping[str, Any]) -> tuple[Edit, ...]:
    corners = place.get("lonlat")
    if not isinstance(corners, list) or not corners or not isinstance(corners[0], list | tuple):
        return ()
    ring = tuple((float(lon), float(lat)) for lon, lat in corners)
    if place.get("type") == "area" and len(ring) > 2:
        return (Edit("edit1", EditKind.GROUND, rings=(ring,), ground=GroundUse.PARK),)
    if place.get("type") == "line" and len(ring) > 1:
        return (Edit("edit1", EditKind.GROUND, line=ring, ground=GroundUse.STREET, width_m=3.0),)
    return ()
