"""What a row is known by, so that it is found again in another state of its file: an id, or the place it has."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from twin.buildings import Outlines
from twin.derived import column_rows, derived
from twin.features import Lines, Points, Polygons
from twin.layer import Layer
from twin.place import local_from_lonlat, lonlat_from_local
from twin.table import Table

PLACE = ""
"""Stands for the column where there is no id: rows are known by where they are."""
NEAR_M = 0.05
"""Two states of a file have the same building within this."""
_IDS = {
    "id", "bid", "fid", "gid", "oid", "uid", "uuid", "guid", "globalid", "gmlid", "objectid", "featureid", "osmid",
    "identificatie", "identifier", "identifiant", "kennung", "lokalid", "localid", "inspireid", "egid", "egrid",
    "cleabs", "bagid", "parcelid", "buildingid", "bldgid", "key", "code", "ref",
}  # fmt: skip
_CODE = re.compile(r"\S*\d\S*")
_ROUNDED_M = 0.01
_MIX_X, _MIX_Y, _MIX = (np.uint64(v) for v in (0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0xFF51AFD7ED558CCD))
"""source of the multipliers: xxHash and MurmurHash3 finalisers, both in the public domain."""

Codes = npt.NDArray[np.uint64]


@dataclass(frozen=True, slots=True)
class RowKey:
    """What one row is known by."""

    by: str
    """The id column; PLACE where there is none."""
    key: str
    """The id as text; or longitude and latitude of the middle of its bounds, "8.6512345,49.8712345"."""


def own_table(table: Table) -> Table:
    """Return a layer's own columns, as they were read: without what was joined to them or corrected in them."""
    while hasattr(table, "left"):
        table = table.left
    return table


def key_column(table: Table) -> str | None:
    """Return the column that tells each row from all others: a declared id, else one that holds unique codes.

    returns   None where there is none; joined and corrected columns are not asked
    """
    own = own_table(table)
    return derived(own, "key column", lambda: _key_column(own))


def is_unique(table: Table, name: str) -> bool:
    """Return whether a column has another value in each row, and none is empty.

    raises   ColumnError  there is no such column
    """
    rows = column_rows(own_table(table), name)
    if rows.dtype.kind == "f":
        return bool(len(rows)) and not np.isnan(rows).any() and len(np.unique(rows)) == len(rows)
    values = rows.tolist()
    try:
        return bool(values) and len(set(values)) == len(values) and None not in values and "" not in values
    except TypeError:  # lists and the like
        return False


def _key_column(table: Table) -> str | None:
    fields = table.fields()
    kinds = {name: kind for name, kind in fields.items() if kind in ("text", "number")}
    declared = [name for name in kinds if _is_declared(name)]
    declared.sort(key=lambda name: (_plain(name) not in _IDS, list(fields).index(name)))
    for name in declared:
        if _are_whole(table, name) and is_unique(table, name):
            return name
    for name, kind in kinds.items():
        if kind == "text" and name not in declared and _are_codes(table, name) and is_unique(table, name):
            return name
    return None


def _plain(name: str) -> str:
    return re.sub(r"[\W_]+", "", name.casefold())


def _is_declared(name: str) -> bool:
    return _plain(name) in _IDS or re.search(r"(^|[_\W])id$|[a-z]I[Dd]$|[a-z]ID$", name) is not None


def _are_whole(table: Table, name: str) -> bool:
    rows = column_rows(table, name)
    return rows.dtype.kind != "f" or bool((np.floor(rows) == rows).all())


def _are_codes(table: Table, name: str) -> bool:
    """Return whether a few texts look like codes: one word with a digit in it."""
    sample = column_rows(table, name)[:200].tolist()
    return bool(sample) and len(set(sample)) == len(sample) and all(_CODE.fullmatch(v or "") for v in sample)


def text_of(value: object) -> str:
    """Return a key's value as text; whole numbers without a point."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


# places


def row_codes(layer: Layer) -> Codes:
    """Return one number a table row that is the same for the same geometry in the same frame; 0 where there is none.

    Neither the order of the corners nor where a ring begins counts; corners are rounded to a centimetre.
    """
    codes = np.zeros(len(layer.table), np.uint64)
    for xy, start, row in _pieces(layer):
        if len(row):
            np.add.at(codes, row, np.add.reduceat(_mixed(xy), start[:-1].astype(np.intp)))
    return codes


def row_places(layer: Layer) -> npt.NDArray[np.float64]:
    """Return the middle of each row's bounds, (n, 2) local metres; NaN where it has no geometry."""
    count = len(layer.table)
    low, high = np.full((count, 2), np.inf), np.full((count, 2), -np.inf)
    for xy, start, row in _pieces(layer):
        if len(row):
            first = start[:-1].astype(np.intp)
            np.minimum.at(low, row, np.minimum.reduceat(xy, first))
            np.maximum.at(high, row, np.maximum.reduceat(xy, first))
    with np.errstate(invalid="ignore"):
        middle: npt.NDArray[np.float64] = (low + high) / 2
    middle[~np.isfinite(middle).all(axis=1)] = np.nan
    return middle


def _pieces(layer: Layer) -> list[tuple[npt.NDArray[np.float64], npt.NDArray[Any], npt.NDArray[np.int32]]]:
    """Return corners in local metres, where each feature's begin, and each feature's row."""
    arrays = getattr(layer.tiles, "arrays", None)
    if arrays is not None:
        start = arrays.ring_start[arrays.part_start[arrays.feature_start]]
        xy = arrays.offset_xy.astype(np.float64) + np.repeat(arrays.anchor_local, np.diff(start), axis=0)
        return [(xy, start, arrays.row)]
    if layer.tiles is not None:
        fetched = [layer.tiles.fetch(tile) for tile in range(len(layer.tiles.index()))]
        return [
            (b.outlines.xy.astype(np.float64) + np.asarray(b.origin_local), _starts(b.outlines), b.row) for b in fetched
        ]
    features = layer.features
    if isinstance(features, Polygons):
        return [(features.outlines.xy.astype(np.float64), _starts(features.outlines), features.row)]
    if isinstance(features, Lines):
        return [(features.xy_local, features.line_start, features.row)]
    if isinstance(features, Points):
        return [(features.xy_local, np.arange(len(features.row) + 1), features.row)]
    return []


def _starts(outlines: Outlines) -> npt.NDArray[np.integer]:
    start: npt.NDArray[np.integer] = outlines.ring_start[outlines.part_start[outlines.feature_start]]
    return start


def _mixed(xy: npt.NDArray[np.float64]) -> Codes:
    """Return one well-mixed number a corner."""
    rounded = np.floor(xy / _ROUNDED_M + 0.5).astype(np.int64).view(np.uint64)
    mixed: Codes = (rounded[:, 0] * _MIX_X) ^ (rounded[:, 1] * _MIX_Y + np.uint64(1))
    mixed ^= mixed >> np.uint64(33)
    mixed *= _MIX
    mixed ^= mixed >> np.uint64(29)
    return mixed


# one row


def key_of(layer: Layer, row: int) -> RowKey:
    """Return what a row of a layer is known by."""
    column = key_column(layer.table)
    if column is not None:
        return RowKey(column, text_of(column_rows(own_table(layer.table), column)[row]))
    place = _places_kept(layer)[row]
    if np.isnan(place).any():
        return RowKey(PLACE, "")
    lon_deg, lat_deg = lonlat_from_local(layer.frame, place)[0].tolist()
    return RowKey(PLACE, f"{lon_deg:.8f},{lat_deg:.8f}")


def rows_of(layer: Layer, keys: Iterable[tuple[RowKey, int]]) -> list[int]:
    """Return where rows are now: each key with the row it had; -1 where it is not there any more.

    Of several rows at one place, the one that had the number is taken if it is among them, else the first.
    """
    numbers: dict[str, dict[str, int]] = {}
    found = []
    for key, row in keys:
        if key.by == PLACE:
            found.append(_row_at(layer, key.key, row))
            continue
        if key.by not in numbers:
            numbers[key.by] = _numbering(own_table(layer.table), key.by)
        found.append(numbers[key.by].get(key.key, -1))
    return found


def _numbering(table: Table, name: str) -> dict[str, int]:
    if name not in table.fields():
        return {}
    values = column_rows(table, name).tolist()
    return {text_of(value): row for row, value in reversed(list(enumerate(values))) if value is not None}


def _places_kept(layer: Layer) -> npt.NDArray[np.float64]:
    return derived(own_table(layer.table), ("places", layer.frame), lambda: row_places(layer))


def _row_at(layer: Layer, key: str, row: int) -> int:
    try:
        lon_deg, lat_deg = (float(part) for part in key.split(","))
    except ValueError:
        return row if 0 <= row < len(layer.table) and not key else -1
    place = local_from_lonlat(layer.frame, np.array([[lon_deg, lat_deg]]))[0]
    near = np.flatnonzero((np.abs(_places_kept(layer) - place) < NEAR_M).all(axis=1))
    if row in near:
        return row
    return int(near[0]) if len(near) else -1
