"""Buildings of the sample city while they are being put up: columns that can be joined."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from data.sample.plan import Floats, Geometries, Shape


@dataclass(frozen=True, slots=True)
class Stock:
    """n buildings; metres from the city's middle."""

    outline: Geometries
    """(n,) polygons, holes allowed."""
    form: npt.NDArray[np.str_]
    """(n,) how it is built: perimeter, house, row, slab, podium, tower, shed and so on."""
    block: npt.NDArray[np.int64]
    """(n,) row of Blocks it stands in."""
    storeys: npt.NDArray[np.int64]
    """(n,) storeys above ground."""
    height_m: Floats
    """(n,) top above the ground."""
    base_m: Floats
    """(n,) underside above the ground; 0 for most."""
    name: npt.NDArray[np.object_]
    """(n,) name of a landmark, None for most."""

    def __len__(self) -> int:
        """Return the number of buildings."""
        return len(self.outline)

    def __getitem__(self, rows: Any) -> Stock:
        """Return some of the buildings."""
        return Stock(*(getattr(self, f.name)[rows] for f in fields(self)))


def stock(
    outline: Any,
    form: str,
    block: Any,
    height_m: Any,
    *,
    storeys: Any = None,
    storey_m: float = 3.2,
    base_m: Any = 0.0,
    name: str | None = None,
) -> Stock:
    """Return buildings of one form; scalars are repeated, storeys follow from the height unless given."""
    outlines = np.atleast_1d(np.asarray(outline, dtype=object))
    n = len(outlines)
    high = np.broadcast_to(np.asarray(np.round(height_m, 1), dtype=np.float64), n).copy()
    low = np.broadcast_to(np.asarray(base_m, dtype=np.float64), n).copy()
    counted = np.maximum(1, np.rint((high - low) / storey_m)) if storeys is None else np.broadcast_to(storeys, n)
    names = np.full(n, None, dtype=object)
    names[:] = name
    return Stock(
        outlines,
        np.full(n, form, dtype="<U12"),
        np.broadcast_to(np.asarray(block, dtype=np.int64), n).copy(),
        counted.astype(np.int64),
        high,
        low,
        names,
    )


def joined(stocks: list[Stock]) -> Stock:
    """Return all buildings of several stocks, in their order."""
    return Stock(*(np.concatenate([getattr(s, f.name) for s in stocks]) for f in fields(Stock)))


def standing(built: Stock, *, keep_out: Shape) -> Stock:
    """Drop what cannot stand: crossing itself, tiny, in the water or on rails, or in a place already taken.

    built      in order of precedence: where two overlap the earlier one stays
    keep_out   where nothing stands (raised parts may hang over it)
    """
    outline = shapely.remove_repeated_points(shapely.transform(built.outline, lambda xy: np.round(xy, 2)))
    built = Stock(outline, *(getattr(built, f.name) for f in fields(Stock)[1:]))
    is_sound = shapely.is_valid(outline) & (shapely.area(outline) > 9) & (shapely.get_type_id(outline) == 3)
    shapely.prepare(keep_out)
    is_sound &= ~shapely.intersects(keep_out, outline) | (built.base_m > 0)
    built = built[is_sound]
    tree = shapely.STRtree(built.outline)
    one, other = tree.query(built.outline, predicate="intersects")
    pair = one < other
    one, other = one[pair], other[pair]
    shared_m2 = shapely.area(shapely.intersection(built.outline[one], built.outline[other]))
    is_clash = (shared_m2 > 0.05) & ((built.base_m[one] > 0) == (built.base_m[other] > 0))
    return built[_survivors(len(built), one[is_clash], other[is_clash])]


def beside(built: Stock, ways: Geometries) -> Stock:
    """Drop what stands on a way; raised parts may hang over it."""
    way, row = shapely.STRtree(built.outline).query(ways, predicate="intersects")
    on_it_m2 = shapely.area(shapely.intersection(ways[way], built.outline[row]))
    stays = np.ones(len(built), dtype=bool)
    stays[row[on_it_m2 > 0.3]] = False
    return built[stays | (built.base_m > 0)]


def _survivors(n: int, one: Any, other: Any) -> npt.NDArray[np.bool_]:
    stays = np.ones(n, dtype=bool)
    for first, second in sorted(zip(one.tolist(), other.tolist(), strict=True)):
        if stays[first] and stays[second]:
            stays[second] = False
    return stays
