"""Where the ends of flows are: features of a layer, found by their ids however these are padded."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely

from twin.derived import category_column, column_rows, derived
from twin.keys import Folding, folded
from twin.layer import Layer
from twin.live_rows import shapes_of
from twin.place import lonlat_from_local
from twin.table import Table

FloatArray = npt.NDArray[np.float64]
Rows = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class FlowEnds:
    """Which features the ends of flows are."""

    row: Rows
    """(k,) the layer's row of each end; -1 where no feature has its id."""
    lonlat: FloatArray
    """(k, 2) a place inside each; NaN where it is not known."""
    folding: Folding = Folding.EXACT
    """How much of the ids' spelling was looked away from."""
    several: int = 0
    """Ends that several rows of the layer have the id of: the largest is taken."""


def key_numbers(table: Table, key: str, folding: Folding) -> dict[str, int]:
    """Return for each id of a column, folded, its place in the column's different values; kept.

    raises   ColumnError  there is no such column
    """

    def numbered() -> dict[str, int]:
        found: dict[str, int] = {}
        for place, value in enumerate(category_column(table, key).values.tolist()):
            word = folded(str(value), folding)
            if word is not None:
                found.setdefault(word.casefold() if folding is not Folding.EXACT else word, place)
        return found

    return derived(table, ("key numbers", key, folding), numbered)


def found_in(table: Table, key: str, names: npt.NDArray[np.object_]) -> tuple[Rows, Folding]:
    """Return which different value of a column each name (k,) is, -1 where none; with the least folding that does it.

    raises   ColumnError  there is no such column
    """
    if key not in table.fields():
        column_rows(table, key)  # says which columns there are
    best, used = np.full(len(names), -1, np.int64), Folding.EXACT
    for folding in Folding:
        if (best >= 0).all():
            break
        number = key_numbers(table, key, folding)
        if folding is Folding.PADDED and len(number) < len(key_numbers(table, key, Folding.TRIMMED)):
            break  # "007" and "7" are two features of this layer
        place = _looked_up(number, names, folding)
        if (place >= 0).sum() > (best >= 0).sum():
            best, used = place, folding
    return best, used


def _looked_up(number: dict[str, int], names: npt.NDArray[np.object_], folding: Folding) -> Rows:
    words = (folded(str(name), folding) for name in names.tolist())
    is_exact = folding is Folding.EXACT
    found = (-1 if w is None else number.get(w if is_exact else w.casefold(), -1) for w in words)
    return np.fromiter(found, np.int64, len(names))


def flow_ends(layer: Layer, key: str, names: npt.NDArray[np.object_]) -> FlowEnds:
    """Return which features of a layer the names (k,) are, and a place inside each.

    raises   ColumnError  there is no such column
    """
    place, folding = found_in(layer.table, key, names)
    codes = category_column(layer.table, key).codes
    assert codes is not None
    shapes, shape_row, size = derived(layer.table, ("shapes and sizes",), lambda: _sized(layer))
    if layer.gone is not None and len(shape_row):
        stays = ~layer.gone[shape_row]
        shapes, shape_row, size = shapes[stays], shape_row[stays], size[stays]
    best = np.full(len(category_column(layer.table, key).values), -1, np.int64)
    order = np.argsort(size, kind="stable")  # the largest is written last
    code = codes[shape_row[order]]
    best[code[code >= 0]] = order[code >= 0]
    first, row_count = np.unique(codes[codes >= 0], return_counts=True)
    doubled = set(first[row_count > 1].tolist())
    row, local = np.full(len(names), -1, np.int64), np.full((len(names), 2), np.nan)
    is_met = place >= 0
    is_met[is_met] = best[place[is_met]] >= 0
    chosen = best[place[is_met]]
    row[is_met] = shape_row[chosen]
    local[is_met] = _inside(shapes[chosen])
    lonlat = np.full_like(local, np.nan)
    if is_met.any():
        lonlat[is_met] = lonlat_from_local(layer.frame, local[is_met])
    return FlowEnds(row, lonlat, folding, sum(p in doubled for p in place[is_met].tolist()))


def _sized(layer: Layer) -> tuple[npt.NDArray[np.object_], Rows, FloatArray]:
    shapes, row = shapes_of(layer)
    if not len(shapes):
        return shapes, row, np.empty(0)
    area = shapely.area(shapes)
    return shapes, row, np.where(area > 0, area, shapely.length(shapes) * 1e-6)


def _inside(shapes: npt.NDArray[np.object_]) -> FloatArray:
    """Return the middle of each shape, where it lies in it; else a point on it."""
    middle = shapely.centroid(shapes)
    is_out = ~shapely.intersects(shapes, middle) & (shapely.get_dimensions(shapes) == 2)
    middle[is_out] = shapely.point_on_surface(shapes[is_out])
    is_line = shapely.get_dimensions(shapes) == 1
    middle[is_line] = shapely.line_interpolate_point(shapes[is_line], 0.5, normalized=True)
    return np.asarray(shapely.get_coordinates(middle), np.float64)
