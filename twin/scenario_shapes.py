"""What edits are in the project's frame: polygons with heights, streets with their width, trees one by one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from twin.buildings import Outlines
from twin.place import LocalFrame, local_from_lonlat, lonlat_from_local
from twin.scenario import Edit, EditKind, GroundUse, Ring

FloatArray = npt.NDArray[np.float64]
LEAST_M2 = 0.01
"""A smaller polygon is none."""
MOST_TREES = 50_000


@dataclass(frozen=True, slots=True)
class BuildingPart:
    """A prism: a building without setbacks, or the storeys between two of its setbacks."""

    polygon: Any
    """shapely Polygon, local metres; holes allowed."""
    base_m: float
    top_m: float
    storeys: float

    @property
    def area_m2(self) -> float:
        """Return the area of one of its storeys."""
        return float(self.polygon.area)

    @property
    def floor_m2(self) -> float:
        """Return the gross floor area: the area times the storeys."""
        return self.area_m2 * self.storeys


def points_local(frame: LocalFrame, ring: Sequence[tuple[float, float]]) -> FloatArray:
    """Return local metres (n, 2) of longitudes and latitudes."""
    return local_from_lonlat(frame, np.asarray(ring, np.float64).reshape(-1, 2)) if len(ring) else np.empty((0, 2))


def ring_lonlat(frame: LocalFrame, points: npt.ArrayLike) -> Ring:
    """Return longitudes and latitudes of local points (n, 2), rounded to less than a micrometre."""
    lonlat = lonlat_from_local(frame, np.asarray(points, np.float64).reshape(-1, 2))
    return tuple((round(lon, 12), round(lat, 12)) for lon, lat in lonlat.tolist())


def polygon_of(edit: Edit, frame: LocalFrame) -> Any:
    """Return the area of an edit, a valid shapely geometry in local metres; empty where it has none.

    A street that is a line is as wide as it says, square at its ends and mitred at its bends.
    """
    if edit.rings:
        outer, *holes = (points_local(frame, ring) for ring in edit.rings)
        if len(outer) < 3:
            return shapely.Polygon()
        return shapely.make_valid(shapely.Polygon(outer, [h for h in holes if len(h) > 2]))
    if edit.kind is EditKind.GROUND and edit.ground is not GroundUse.TREES and len(edit.line) > 1:
        line = shapely.LineString(points_local(frame, edit.line))
        return shapely.buffer(line, edit.width_m / 2, cap_style="flat", join_style="mitre", mitre_limit=3.0)
    return shapely.Polygon()


def parts_of(edit: Edit, frame: LocalFrame) -> tuple[BuildingPart, ...]:
    """Return the prisms of a building, from below; none where its outline has no area.

    Storey k begins at base + (k - 1) times the height of one. From a setback's storey on, the outline is the one on
    the ground, drawn in by the setback on all sides (courtyards grow); where nothing is left the building ends.
    """
    ground = polygon_of(edit, frame)
    if edit.kind is not EditKind.BUILD or ground.area < LEAST_M2 or edit.top_m <= edit.base_m:
        return ()
    floors = edit.floors
    one_m = (edit.top_m - edit.base_m) / floors
    steps = [(1, 0.0), *sorted((s.storey, s.inset_m) for s in edit.setbacks if 1 <= s.storey <= floors)]
    ends = [*(storey for storey, _ in steps[1:]), floors + 1]
    parts: list[BuildingPart] = []
    for (storey, inset_m), end in zip(steps, ends, strict=True):
        storeys = min(end, floors + 1) - storey
        if storeys <= 0:
            continue
        shape = ground if not inset_m else shapely.buffer(ground, -inset_m, join_style="mitre")
        base_m, top_m = edit.base_m + (storey - 1) * one_m, edit.base_m + (storey - 1 + storeys) * one_m
        pieces = [p for p in polygons_in(shape) if p.area >= LEAST_M2]
        if not pieces:
            break
        parts += [BuildingPart(piece, base_m, top_m, storeys) for piece in pieces]
    return tuple(parts)


def polygons_in(shape: Any) -> list[Any]:
    """Return the polygons of any shapely geometry, outer rings counter-clockwise, holes clockwise."""
    found = [p for p in shapely.get_parts(shapely.get_parts(np.atleast_1d(shape))) if p.geom_type == "Polygon"]
    return [shapely.orient_polygons(p) for p in found if not p.is_empty]


def trees_of(edit: Edit, frame: LocalFrame) -> FloatArray:
    """Return where the trees of an edit stand, (n, 2) local metres: along its line, or on a grid in its area."""
    if edit.kind is not EditKind.GROUND or edit.ground is not GroundUse.TREES or edit.spacing_m <= 0:
        return np.empty((0, 2))
    if len(edit.line) > 1 and not edit.rings:
        line = shapely.LineString(points_local(frame, edit.line))
        count = min(int(line.length / edit.spacing_m + 1e-6) + 1, MOST_TREES)
        return np.asarray(shapely.get_coordinates(line.interpolate(np.arange(count) * edit.spacing_m)))
    area = polygon_of(edit, frame)
    if area.is_empty or area.area / edit.spacing_m**2 > MOST_TREES:
        return np.empty((0, 2))
    west, south, east, north = area.bounds
    x, y = (np.arange(low + edit.spacing_m / 2, high, edit.spacing_m) for low, high in ((west, east), (south, north)))
    places = np.column_stack([g.ravel() for g in np.meshgrid(x, y)])
    return np.asarray(places[shapely.contains_xy(area, places[:, 0], places[:, 1])])


def outlines_of(polygons: Iterable[Any]) -> Outlines:
    """Return shapely Polygons as ragged arrays in float64, a feature each; rings are open and wound as Outlines say."""
    xy: list[FloatArray] = []
    ring_start, part_start = [0], [0]
    for polygon in polygons:
        turned = shapely.orient_polygons(polygon)
        for ring in (turned.exterior, *turned.interiors):
            xy.append(shapely.get_coordinates(ring)[:-1])
            ring_start.append(ring_start[-1] + len(xy[-1]))
        part_start.append(len(ring_start) - 1)
    count = len(part_start) - 1
    return Outlines(
        xy=np.concatenate(xy) if xy else np.empty((0, 2)),
        ring_start=np.asarray(ring_start, np.int32),
        part_start=np.asarray(part_start, np.int32),
        feature_start=np.arange(count + 1, dtype=np.int32),
    )


# outlines under the hand


def moved(points: npt.ArrayLike, east_m: float, north_m: float) -> FloatArray:
    """Return points (n, 2) moved."""
    return np.asarray(np.asarray(points, np.float64) + np.array([east_m, north_m]))


def turned(points: npt.ArrayLike, clockwise_deg: float, about: tuple[float, float]) -> FloatArray:
    """Return points (n, 2) turned about a place, clockwise seen from above."""
    angle = np.radians(-clockwise_deg)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return np.asarray((np.asarray(points, np.float64) - about) @ turn.T + about)


def scaled(points: npt.ArrayLike, factor: float, about: tuple[float, float]) -> FloatArray:
    """Return points (n, 2) drawn apart from a place, or together."""
    return (np.asarray(points, np.float64) - about) * factor + about


def side_lengths(points: npt.ArrayLike) -> FloatArray:
    """Return how long the sides of an open ring are, (n,) metres; the last one closes it."""
    ring = np.asarray(points, np.float64)
    return np.asarray(np.hypot(*(np.roll(ring, -1, axis=0) - ring).T))


def crosses_itself(points: npt.ArrayLike) -> bool:
    """Return whether an open ring crosses itself."""
    ring = np.asarray(points, np.float64)
    return len(ring) > 3 and not shapely.Polygon(ring).is_valid


def sides(points: Sequence[tuple[float, float]]) -> list[tuple[tuple[float, float], tuple[float, float]]]:
    """Return the sides of an open ring, the closing one too."""
    return list(pairwise([*points, points[0]])) if len(points) > 1 else []
