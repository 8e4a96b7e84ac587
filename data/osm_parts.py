"""Buildings and their parts: the outline is hidden where its parts stand, as "Simple 3D Buildings" asks for."""

from __future__ import annotations

from dataclasses import dataclass
from math import cos, radians
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

DEGREE_M = 111_320.0
COVERED = 0.9
"""An outline whose parts cover this share of it is hidden whole."""
SLIVER_M = 0.4
"""What is left of an outline and nowhere wider than twice this is drawing inaccuracy, no part of the building."""

Shapes = npt.NDArray[np.object_]


@dataclass(frozen=True, slots=True)
class Parted:
    """Outlines with the place of their parts taken out."""

    shapes: Shapes
    """(n,) in degrees; those of outlines that are cut are smaller."""
    is_hidden: npt.NDArray[np.bool_]
    """(n,) outlines of which nothing is left."""
    cut: npt.NDArray[np.intp]
    """Outlines of which a piece is left."""
    part_of: npt.NDArray[np.intp]
    """(n,) the outline that each part stands in; -1 for none and for outlines."""


def parted(shapes: Shapes, is_part: npt.NDArray[np.bool_], rises: npt.NDArray[np.bool_]) -> Parted:
    """Take the parts' places out of the outlines they stand in.

    shapes    (n,) polygons in degrees, None where there is none
    is_part   (n,) whether a row is a building:part
    rises     (n,) whether a part begins above the ground: it hides the outline like any other if all parts together
              cover it, but cuts no hole into what is left
    """
    metric = _in_metres(shapes)
    part_of = np.full(len(shapes), -1, np.intp)
    is_hidden, cut = np.zeros(len(shapes), bool), []
    out = shapes.copy()
    has_area = ~shapely.is_missing(metric) & ~shapely.is_empty(metric)
    parts, outlines = np.flatnonzero(is_part & has_area), np.flatnonzero(~is_part & has_area)
    if not len(parts) or not len(outlines):
        return Parted(out, is_hidden, np.zeros(0, np.intp), part_of)
    metric = metric.copy()
    metric[has_area] = shapely.make_valid(metric[has_area])
    tree = shapely.STRtree(metric[outlines])
    inside, holder = tree.query(shapely.point_on_surface(metric[parts]), predicate="within")
    for part, outline in zip(parts[inside].tolist(), outlines[holder].tolist(), strict=True):
        known = part_of[part]
        if known < 0 or shapely.area(metric[outline]) < shapely.area(metric[known]):
            part_of[part] = outline
    for outline in np.unique(part_of[part_of >= 0]).tolist():
        own = np.flatnonzero(part_of == outline)
        left = _left(metric[outline], metric[own], rises[own])
        if left is None:
            is_hidden[outline] = True
        elif left is not metric[outline]:
            cut.append(outline)
            out[outline] = _in_degrees(left, shapes)
    return Parted(out, is_hidden, np.array(cut, np.intp), part_of)


def _left(outline: Any, parts: Shapes, rises: npt.NDArray[np.bool_]) -> Any | None:
    """Return what of an outline its parts leave; None for nothing."""
    every = shapely.union_all(parts)
    if shapely.area(shapely.intersection(outline, every)) >= COVERED * shapely.area(outline):
        return None
    standing = parts[~rises]
    if not len(standing):
        return outline
    rest = shapely.difference(outline, shapely.union_all(standing))
    pieces = shapely.get_parts(rest)
    pieces = pieces[shapely.get_type_id(pieces) == 3]
    wide = pieces[~shapely.is_empty(shapely.buffer(pieces, -SLIVER_M))]
    return shapely.multipolygons(wide) if len(wide) else None


def _scale(shapes: Shapes) -> npt.NDArray[np.float64]:
    box = shapely.total_bounds(shapes)
    latitude = float((box[1] + box[3]) / 2) if np.isfinite(box).all() else 0.0
    return np.array([DEGREE_M * cos(radians(latitude)), DEGREE_M])


def _in_metres(shapes: Shapes) -> Shapes:
    scale = _scale(shapes)
    scaled: Shapes = shapely.transform(shapes, lambda xy: xy * scale)
    return scaled


def _in_degrees(shape: Any, shapes: Shapes) -> Any:
    scale = _scale(shapes)
    return shapely.transform(shape, lambda xy: xy / scale)
