"""What of OpenStreetMap becomes which layer, by its tags; and how wide roads, rails and waterways are.

source: OpenStreetMap wiki, "Map features", "Key:highway", "Simple 3D Buildings"; widths are usual ones of the class,
a lane counted 3.25 m.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from data.height_values import number_of
from twin.layer import Kind

Tags = Mapping[str, str]


class Shape(StrEnum):
    """What objects of a layer are made of."""

    AREAS = "areas"
    """Closed ways and multipolygon relations."""
    LINES = "lines"
    """Ways."""
    POINTS = "points"
    """Nodes, and areas as a point inside."""


@dataclass(frozen=True, slots=True)
class OsmLayer:
    """One layer that an extract is opened as."""

    name: str
    kind: Kind
    shape: Shape
    keys: tuple[str, ...]
    """An object without any of these keys is none of the layer's."""
    is_one: Callable[[Tags, bool], bool]
    """Asked of the tags, and whether the object is an area by nature (a relation)."""
    columns: tuple[str, ...]
    """Tags that come first among the columns."""


NO = frozenset({"", "no", "none"})
ROAD_WIDTHS_M = {
    "motorway": 11.5, "motorway_link": 6.0, "trunk": 10.5, "trunk_link": 6.0, "primary": 10.0, "primary_link": 6.0,
    "secondary": 8.5, "secondary_link": 5.5, "tertiary": 7.5, "tertiary_link": 5.0, "unclassified": 6.0,
    "residential": 6.0, "living_street": 5.5, "road": 5.5, "busway": 6.5, "bus_guideway": 6.0, "raceway": 9.0,
    "service": 3.8, "pedestrian": 5.0, "track": 3.0, "cycleway": 2.2, "bridleway": 1.8, "footway": 1.8, "path": 1.5,
    "steps": 2.0,
}  # fmt: skip
"""Classes that are drawn, from wide to narrow; others (proposed, construction, corridor) are no roads to see."""
LANE_M = 3.25
LANED = frozenset(list(ROAD_WIDTHS_M)[:14])
"""Classes whose lanes give the width."""
RAIL_WIDTHS_M = {
    "rail": 3.0, "light_rail": 2.6, "subway": 2.8, "tram": 2.2, "narrow_gauge": 2.2, "funicular": 2.4, "monorail": 1.6,
    "preserved": 2.6, "miniature": 1.0,
}  # fmt: skip
WATERWAY_WIDTHS_M = {
    "river": 15.0, "canal": 9.0, "stream": 2.5, "tidal_channel": 4.0, "drain": 1.8, "ditch": 1.2, "flowline": 2.0,
}  # fmt: skip
WIDEST_M = 80.0
GREEN = {
    "landuse": {"grass", "forest", "meadow", "village_green", "recreation_ground", "cemetery", "allotments", "orchard",
                "vineyard", "flowerbed", "plant_nursery"},
    "natural": {"wood", "grassland", "scrub", "heath", "wetland", "shrubbery", "fell", "tundra"},
    "leisure": {"park", "garden", "golf_course", "pitch", "playground", "dog_park", "common"},
}  # fmt: skip
STOPS = {
    "highway": {"bus_stop"},
    "railway": {"station", "halt", "tram_stop"},
    "public_transport": {"station", "platform"},
    "amenity": {"bus_station", "ferry_terminal"},
}
_SQUARES = frozenset({"pedestrian", "footway", "service", "residential", "living_street", "path", "cycleway"})


def _is_building(tags: Tags, _is_area: bool) -> bool:  # noqa: FBT001  one shape of question for all layers
    return tags.get("building", "no") not in NO or tags.get("building:part", "no") not in NO


def _is_water(tags: Tags, _is_area: bool) -> bool:  # noqa: FBT001  likewise
    return (
        tags.get("natural") == "water"
        or tags.get("waterway") in ("riverbank", "dock")
        or tags.get("landuse") in ("reservoir", "basin")
        or tags.get("leisure") == "swimming_pool"
    )


def _is_green(tags: Tags, _is_area: bool) -> bool:  # noqa: FBT001  likewise
    return any(tags.get(key) in values for key, values in GREEN.items())


def _is_square(tags: Tags, is_area: bool) -> bool:  # noqa: FBT001  likewise
    is_laid_out = is_area or tags.get("area") == "yes"
    return tags.get("place") == "square" or (is_laid_out and tags.get("highway") in _SQUARES)


def _is_road(tags: Tags, is_area: bool) -> bool:  # noqa: FBT001  likewise
    return not is_area and tags.get("area") != "yes" and tags.get("highway") in ROAD_WIDTHS_M


def _is_rail(tags: Tags, is_area: bool) -> bool:  # noqa: FBT001  likewise
    return not is_area and tags.get("railway") in RAIL_WIDTHS_M


def _is_waterway(tags: Tags, is_area: bool) -> bool:  # noqa: FBT001  likewise
    return not is_area and tags.get("waterway") in WATERWAY_WIDTHS_M


def _is_stop(tags: Tags, _is_area: bool) -> bool:  # noqa: FBT001  likewise
    return any(tags.get(key) in values for key, values in STOPS.items())


LAYERS: tuple[OsmLayer, ...] = (
    OsmLayer(
        "buildings", Kind.FOOTPRINTS, Shape.AREAS, ("building", "building:part"), _is_building,
        ("name", "building", "building:part", "height", "building:levels", "roof:levels", "min_height",
         "building:min_level", "roof:shape", "addr:street", "addr:housenumber"),
    ),
    OsmLayer("roads", Kind.LINES, Shape.LINES, ("highway",), _is_road, ("name", "highway", "surface", "maxspeed")),
    OsmLayer("rail", Kind.LINES, Shape.LINES, ("railway",), _is_rail, ("name", "railway", "electrified")),
    OsmLayer("water", Kind.POLYGONS, Shape.AREAS, ("natural", "waterway", "landuse", "leisure"), _is_water,
             ("name", "natural", "water")),
    OsmLayer("waterways", Kind.LINES, Shape.LINES, ("waterway",), _is_waterway, ("name", "waterway")),
    OsmLayer("green", Kind.POLYGONS, Shape.AREAS, tuple(GREEN), _is_green, ("name", "landuse", "natural", "leisure")),
    OsmLayer("squares", Kind.POLYGONS, Shape.AREAS, ("highway", "place"), _is_square, ("name", "highway", "place")),
    OsmLayer("stops", Kind.POINTS, Shape.POINTS, tuple(STOPS), _is_stop,
             ("name", "ref", "highway", "railway", "public_transport", "amenity")),
)  # fmt: skip
NAMES = tuple(layer.name for layer in LAYERS)


def layer_of(name: str) -> OsmLayer:
    """Return a layer by its name, which is one of NAMES."""
    return next(layer for layer in LAYERS if layer.name == name)


def width_m(layer: OsmLayer, tags: Tags) -> float:
    """Return how wide a line is drawn, metres: what its tags say, else its lanes, else what its class usually has."""
    stated = number_of(tags.get("width", ""))
    if np.isfinite(stated) and 0 < stated <= WIDEST_M:
        return stated
    if layer.name == "roads":
        kind = tags.get("highway", "")
        lanes = number_of(tags.get("lanes", "")) if kind in LANED else np.nan
        return max(lanes * LANE_M, 3.0) if np.isfinite(lanes) and 0 < lanes <= 16 else ROAD_WIDTHS_M[kind]
    if layer.name == "rail":
        return RAIL_WIDTHS_M[tags.get("railway", "")]
    return WATERWAY_WIDTHS_M[tags.get("waterway", "")]


def is_underground(tags: Tags) -> bool:
    """Return whether an object lies below the ground, where a map of the surface has nothing to show."""
    if tags.get("tunnel", "no") not in {*NO, "building_passage", "avalanche_protector"}:
        return True
    if tags.get("covered", "no") in NO and tags.get("location") in ("underground", "underwater"):
        return True
    layer = number_of(tags.get("layer", ""))
    has_bridge = tags.get("bridge", "no") not in NO
    is_deep = np.isfinite(layer) and layer < 0 and not has_bridge
    return bool(is_deep and (tags.get("railway") == "subway" or tags.get("building", "no") not in NO))
