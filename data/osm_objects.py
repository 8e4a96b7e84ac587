"""Objects out of an OpenStreetMap extract by osmium: tags and geometry, rings closed and multipolygons assembled."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from data.content import StoppedError
from data.osm_layers import LAYERS, NAMES, OsmLayer, Shape, Tags
from twin.report import Report

ASKED_EVERY = 4096
"""Whether to stop is asked once in so many objects."""
AREA_RELATIONS = ("multipolygon", "boundary")
FEWEST_CORNERS = 3
Key = tuple[str, int]
"""("node", "way" or "relation", id)."""


@dataclass(slots=True)
class Gathered:
    """The objects of one layer in the order of the file."""

    keys: list[Key] = field(default_factory=list)
    tags: list[Tags] = field(default_factory=list)
    wkb: list[bytes | None] = field(default_factory=list)
    """Well-known binary, WGS84 degrees; None where there is nothing to draw."""

    def add(self, key: Key, tags: Tags, wkb: bytes | None) -> None:
        """Add one object."""
        self.keys.append(key)
        self.tags.append(tags)
        self.wkb.append(wkb)


def has_osmium() -> bool:
    """Return whether the extra `osm` is installed."""
    try:
        import osmium  # noqa: F401, PLC0415  an extra
    except ImportError:
        return False
    return True


def counted(path: str) -> dict[str, int]:
    """Return how many objects each layer has, by name, without their geometry.

    raises   RuntimeError, OSError  the file cannot be read
    """
    import osmium  # noqa: PLC0415  an extra

    count = dict.fromkeys(NAMES, 0)
    keys = sorted({key for layer in LAYERS for key in layer.keys})
    for found in osmium.FileProcessor(_file(path)).with_filter(osmium.filter.KeyFilter(*keys)):
        kind, tags = found.type_str(), dict(found.tags)
        if kind == "r" and tags.get("type") not in AREA_RELATIONS:
            continue
        for layer in LAYERS:
            is_right = layer.shape is Shape.POINTS or (kind != "n" and (layer.shape is Shape.AREAS or kind == "w"))
            count[layer.name] += is_right and layer.is_one(tags, kind == "r")
    return count


def gathered(path: str, layer: OsmLayer, report: Report, is_stopped: Callable[[], bool] | None = None) -> Gathered:
    """Return the objects of one layer; what is broken or cut off at the extract's edge is noted in the report.

    What is not drawn for it counts as lost where geometry is decoded; here it is told why, by the ids of OpenStreetMap.

    raises   RuntimeError, OSError  the file cannot be read
             StoppedError           is_stopped answered true
    """
    if layer.shape is Shape.LINES:
        return _lines(path, layer, report, is_stopped)
    found = _areas(path, layer, report, is_stopped)
    return found if layer.shape is Shape.AREAS else _points(path, layer, found, is_stopped)


def _file(path: str) -> Any:
    """Return the file for osmium, which goes by endings: what has none of its own is told by its first bytes."""
    import osmium  # noqa: PLC0415  an extra

    if path.lower().endswith((".osm", ".osm.gz", ".osm.bz2", ".osm.pbf", ".pbf")):
        return path
    with Path(path).open("rb") as file:
        return osmium.io.File(path, "osm" if file.read(1) == b"<" else "pbf")


def _asked(objects: Any, is_stopped: Callable[[], bool] | None) -> Iterator[Any]:
    for number, one in enumerate(objects):
        if is_stopped is not None and number % ASKED_EVERY == 0 and is_stopped():
            raise StoppedError
        yield one


# areas


def _areas(path: str, layer: OsmLayer, report: Report, is_stopped: Callable[[], bool] | None) -> Gathered:
    import osmium  # noqa: PLC0415  an extra

    has_key = osmium.filter.KeyFilter(*layer.keys)
    shapes = osmium.geom.WKBFactory()
    outer_of: dict[int, Key] = {}
    wanted: dict[Key, Tags] = {}
    wkb: dict[Key, bytes] = {}
    for one in _asked(osmium.FileProcessor(_file(path)).with_areas(has_key).with_filter(has_key), is_stopped):
        if one.is_area():
            key: Key = ("way" if one.from_way() else "relation", one.orig_id())
            if key in wanted and (shape := _shape(shapes, one)) is not None:
                wkb[key] = shape
        elif one.is_way() or (one.is_relation() and one.tags.get("type") in AREA_RELATIONS):
            key = ("way" if one.is_way() else "relation", one.id)
            tags: Tags = dict(one.tags)
            if layer.is_one(tags, one.is_relation()) and not (one.is_way() and tags.get("area") == "no"):
                wanted[key] = tags
                if one.is_relation():
                    outer_of |= {m.ref: key for m in one.members if m.type == "w" and m.role in ("outer", "")}
    twice = [k for k in wanted if k[0] == "way" and outer_of.get(k[1], k) in wkb and k[1] in outer_of]
    report.add("ways are tagged like the multipolygon they are the edge of, which is drawn instead", count=len(twice))
    wanted = {key: tags for key, tags in wanted.items() if key not in set(twice)}
    wkb |= _cut_rings(path, {key[1] for key in wanted if key[0] == "way" and key not in wkb}, layer, report)
    lost = [key for key in wanted if key not in wkb and key[0] == "relation"]
    report.add(
        f"relations of {layer.name} lack members beyond the extract's edge, or do not close, and are not drawn"
        f"{_some(lost)}",
        count=len(lost),
    )
    found = Gathered()
    for key, tags in wanted.items():
        found.add(key, tags, wkb.get(key))
    return found


def _shape(shapes: Any, area: Any) -> bytes | None:
    try:
        return bytes.fromhex(shapes.create_multipolygon(area))
    except RuntimeError:  # an area without a ring that closes
        return None


def _cut_rings(path: str, lost: set[int], layer: OsmLayer, report: Report) -> dict[Key, bytes]:
    """Return closed ways that osmium made no area of, closed through the corners that the extract has.

    A ring that still has half its corners is drawn; less says nothing of its shape.
    """
    import osmium  # noqa: PLC0415  an extra

    if not lost:
        return {}
    mended: dict[Key, bytes] = {}
    cut, gone, open_ways, broken = list[Key](), list[Key](), list[Key](), list[Key]()
    ways: Any = (
        osmium.FileProcessor(_file(path)).with_locations().with_filter(osmium.filter.EntityFilter(osmium.osm.WAY))
    )
    for way in ways.with_filter(osmium.filter.IdFilter(lost)):
        nodes = [(n.ref, n.location) for n in way.nodes]
        known = {ref: (place.lon, place.lat) for ref, place in nodes if place.valid()}
        key: Key = ("way", way.id)
        if layer.shape is Shape.POINTS and known:  # a platform along the rails: its middle will do
            shape = shapely.linestrings(list(known.values())) if len(known) > 1 else shapely.Point(*known.values())
            mended[key] = bytes(shapely.to_wkb(shape))
        elif not way.is_closed():
            open_ways.append(key)
        elif len(known) == len({ref for ref, _ in nodes}):
            broken.append(key)
            if len(known) >= FEWEST_CORNERS:  # crossings are repaired where all outlines are
                mended[key] = _ring(list(known.values()))
        elif len(known) >= FEWEST_CORNERS and 2 * len(known) >= len(nodes) - 1:
            cut.append(key)
            mended[key] = _ring(list(known.values()))
        else:
            gone.append(key)
    name = layer.name
    edge = "corners beyond the extract's edge"
    report.add(f"outlines of {name} lack {edge} and were closed without them{_some(cut)}", count=len(cut))
    report.add(f"outlines of {name} lack too many {edge} and are not drawn{_some(gone)}", count=len(gone))
    report.add(f"ways of {name} do not close to a ring and are not drawn{_some(open_ways)}",
               count=len(open_ways))  # fmt: skip
    report.add(f"outlines of {name} are broken rings, repaired where that is possible{_some(broken)}",
               count=len(broken))  # fmt: skip
    return mended


def _ring(corners: list[tuple[float, float]]) -> bytes:
    return bytes(shapely.to_wkb(shapely.polygons(shapely.linearrings([*corners, corners[0]]))))


def _some(keys: list[Key]) -> str:
    """Return a few of the objects by their ids, so that they can be looked up and mended in OpenStreetMap."""
    return f" ({', '.join(f'{kind} {number}' for kind, number in keys[:3])}{' …' if len(keys) > 3 else ''})"


# lines and points


def _lines(path: str, layer: OsmLayer, report: Report, is_stopped: Callable[[], bool] | None) -> Gathered:
    import osmium  # noqa: PLC0415  an extra

    found = Gathered()
    flat: list[tuple[float, float]] = []
    ends = [0]
    cut, gone = list[Key](), list[Key]()
    ways: Any = (
        osmium.FileProcessor(_file(path)).with_locations().with_filter(osmium.filter.EntityFilter(osmium.osm.WAY))
    )
    for way in _asked(ways.with_filter(osmium.filter.KeyFilter(*layer.keys)), is_stopped):
        tags = dict(way.tags)
        if not layer.is_one(tags, False):  # noqa: FBT003  a way is no area by nature
            continue
        places = [n.location for n in way.nodes]
        known = [(place.lon, place.lat) for place in places if place.valid()]
        key: Key = ("way", way.id)
        if len(known) < len(places):
            (cut if len(known) > 1 else gone).append(key)
        flat += known if len(known) > 1 else []
        ends.append(len(flat))
        found.add(key, tags, None)
    edge = "nodes beyond the extract's edge"
    report.add(f"ways of {layer.name} lack {edge} and end before it{_some(cut)}", count=len(cut))
    report.add(f"ways of {layer.name} lie beyond the extract's edge but for one node and are not drawn{_some(gone)}",
               count=len(gone))  # fmt: skip
    found.wkb = _line_wkb(np.array(flat, float).reshape(-1, 2), np.array(ends))
    return found


def _line_wkb(xy: np.ndarray[Any, Any], ends: np.ndarray[Any, Any]) -> list[bytes | None]:
    """Return lines as well-known binary; ends (l + 1,) says where each begins in xy."""
    count = np.diff(ends)
    drawn = np.flatnonzero(count > 1)
    wkb: list[bytes | None] = [None] * len(count)
    if len(drawn):
        lines = shapely.linestrings(xy, indices=np.repeat(np.arange(len(drawn)), count[drawn]))
        for place, line in zip(drawn.tolist(), np.asarray(shapely.to_wkb(lines)).tolist(), strict=True):
            wkb[place] = line
    return wkb


def _points(path: str, layer: OsmLayer, areas: Gathered, is_stopped: Callable[[], bool] | None) -> Gathered:
    """Return nodes, and the areas given as they are: a point inside is found where points are drawn."""
    import osmium  # noqa: PLC0415  an extra

    found = Gathered()
    nodes = osmium.FileProcessor(_file(path), osmium.osm.NODE).with_filter(osmium.filter.KeyFilter(*layer.keys))
    for node in _asked(nodes, is_stopped):
        tags: Tags = dict(node.tags)
        if layer.is_one(tags, False):  # noqa: FBT003  a node is no area
            place = node.location
            wkb = bytes(shapely.to_wkb(shapely.Point(place.lon, place.lat))) if place.valid() else None
            found.add(("node", node.id), tags, wkb)
    for key, tags, shape in zip(areas.keys, areas.tags, areas.wkb, strict=True):
        found.add(key, tags, shape)
    return found
