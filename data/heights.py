"""How high each building is, and where that is known from: measured, roof minus ground, storeys, use, default."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from data.height_names import (
    BASE,
    BASE_STOREYS,
    GROUND,
    IS_BUILDING,
    MEASURED,
    ROOF,
    STOREYS,
    USE,
    forms,
    is_named_as_building,
    plain,
    rank,
)
from data.height_values import MOST_STOREYS, TALLEST_M, numbers, usable
from data.table import ArrowTable
from twin.buildings import HeightSource
from twin.errors import ColumnError
from twin.layer import Heights
from twin.report import Report

FloatArray = npt.NDArray[np.float64]

STOREY_M = 3.2
"""Floor to floor where the use is not known. source: between 3.1 (housing) and 3.5 (mixed use) of CTBUH's height
calculator for buildings of which only the storeys are known, nearer to housing since most buildings are that."""
DEFAULT_M = 6.4
"""Two storeys, where nothing at all is known: an assumption, marked as an estimate wherever it is shown."""
USUAL_M = (1.0, 250.0)
"""A column is heights above the ground if the middle one lies in this range; elevations above the sea often do not."""
ELEVATIONS_M = (-500.0, 6000.0)
"""From below the Dead Sea's shore (-430 m) to above the highest town (5,100 m)."""
ROOF_LEAST_M = 1.0
"""Roof minus ground below this is noise of the measurement, not a building."""


@dataclass(frozen=True, slots=True)
class UseClass:
    """A kind of use, the words it is known by, and what is assumed of it."""

    words: re.Pattern[str]
    storey_m: float
    default_m: float


def _use(words: str, storey_m: float, default_m: float) -> UseClass:
    return UseClass(re.compile("|".join(words.split())), storey_m, default_m)


USES = (
    _use("garage carport shed hut(?!te) roof annex schuppen kiosk greenhouse serre shelter cabin 車庫", 2.8, 3.0),
    _use("industr warehouse lager hangar factory fabrik agricol barn farm scheune stable workshop 工場 倉庫", 5.0, 8.0),
    _use("church cathedral mosque temple religi chapel kirche eglise chapelle synagog 寺 教会", 6.0, 14.0),
    _use("office bureau buro commerc retail business mall supermarket shop bank 業務 商業 店舗", 3.9, 11.7),
    _use("school schule college kindergarten univers hospital public civic museum library sport 学校 病院", 3.9, 9.0),
    _use("apartment flat hotel dormitor mehrfamilien multires multi_res collectif immeuble 共同住宅 宿泊", 3.1, 12.4),
    _use("resident habitation house detached terrace wohn dwelling villa bungalow maison singleres 住宅", 3.1, 6.5),
)
"""First match wins. source of the floor heights: CTBUH height calculator (3.1 m housing, 3.9 m offices); halls,
churches and sheds, and all defaults without storeys, are assumptions of this project, shown as estimates."""


@dataclass(frozen=True, slots=True)
class RaisedRows:
    """What raises each row of a table."""

    heights: Heights
    """Of every row, whether it has an outline or not."""
    base_m: npt.NDArray[np.float32]
    """(n,) underside above the ground, lower than the height."""
    report: Report


@dataclass(frozen=True, slots=True)
class HeightColumns:
    """The columns the heights come from; None where there is none."""

    measured: str | None
    roof: str | None
    ground: str | None
    storeys: str | None
    use: str | None
    base: str | None
    base_storeys: str | None

    @property
    def is_any(self) -> bool:
        """Return whether something other than a default can be said."""
        return bool(self.measured or (self.roof and self.ground) or self.storeys)


def find_columns(table: ArrowTable, *, height_field: str | None = None) -> HeightColumns:
    """Choose columns by their usual names and by whether their values can be what the name says.

    height_field   the column to take measured heights from, whatever its name and values
    raises         ColumnError  there is no such column, or it has not one usable number
    """
    if height_field is not None and not usable(numbers(table, height_field), TALLEST_M).any():
        raise ColumnError(
            f'The column "{height_field}" has no number that can be a height in metres.',
            hint="Choose a column with numbers above 0.",
            column=height_field,
        )
    return HeightColumns(
        measured=height_field or _best(table, MEASURED, USUAL_M, TALLEST_M),
        roof=_elevations(table, ROOF),
        ground=_elevations(table, GROUND),
        storeys=_best(table, STOREYS, (0.5, 100.0), MOST_STOREYS),
        use=_named(table, USE),
        base=_named(table, BASE),
        base_storeys=_named(table, BASE_STOREYS),
    )


def _named(table: ArrowTable, names: tuple[str, ...]) -> str | None:
    places = {name: place for name in table.fields() if (place := rank(name, names)) is not None}
    return min(places, key=lambda name: places[name], default=None)


def _best(table: ArrowTable, names: tuple[str, ...], usual: tuple[float, float], most: float) -> str | None:
    """Return the column with the best name among those with plausible values: at least one, the middle one usual."""
    places = {name: place for name in table.fields() if (place := rank(name, names)) is not None}
    for name in sorted(places, key=lambda n: places[n]):
        values = numbers(table, name)
        known = values[usable(values, most)]
        if len(known) and usual[0] <= np.median(known) <= usual[1]:
            return name
    return None


def _elevations(table: ArrowTable, names: tuple[str, ...]) -> str | None:
    """Return the column with the best name among those that have an elevation; below the sea is one too."""
    places = {name: place for name in table.fields() if (place := rank(name, names)) is not None}
    for name in sorted(places, key=lambda n: places[n]):
        if np.isfinite(_on_earth(numbers(table, name))).any():
            return name
    return None


def _on_earth(elevation_m: FloatArray) -> FloatArray:
    """Return elevations with NaN for those no building has: sentinels such as -9999 are among them."""
    low, high = ELEVATIONS_M
    with np.errstate(invalid="ignore"):
        return np.where((elevation_m > low) & (elevation_m < high), elevation_m, np.nan)


def raised_rows(table: ArrowTable, *, height_field: str | None = None) -> RaisedRows:
    """Return each row's height and base by the rule: measured, else roof minus ground, else storeys, else by use.

    height_field   the column to take measured heights from; None chooses
    raises         ColumnError  height_field is not there or has no usable number
    """
    columns = find_columns(table, height_field=height_field)
    report = Report()
    count = len(table)
    storey_m, default_m, has_use = _assumed(table, columns.use, count)
    height = default_m.copy()
    source = np.where(has_use, HeightSource.USE_DEFAULT, HeightSource.DEFAULT).astype(np.uint8)
    _apply(height, source, _storeys(table, columns.storeys, count) * storey_m, HeightSource.STOREYS)
    _apply(height, source, _roof_minus_ground(table, columns, count), HeightSource.ROOF_MINUS_GROUND)
    measured = _measured(table, columns.measured, count, report)
    _apply(height, source, measured, HeightSource.MEASURED)
    base = _base(table, columns, storey_m, height, report)
    heights = Heights(columns.measured, source, height.astype(np.float32), columns.storeys, columns.base)
    if columns.ground:
        ground_m = _on_earth(numbers(table, columns.ground)).astype(np.float32)
        heights = replace(heights, ground_field=columns.ground, ground_m=ground_m)
    return RaisedRows(heights, base.astype(np.float32), report)


def _apply(height: FloatArray, source: npt.NDArray[np.uint8], values: FloatArray, what: HeightSource) -> None:
    known = np.isfinite(values)
    height[known] = values[known]
    source[known] = what


def _measured(table: ArrowTable, name: str | None, count: int, report: Report) -> FloatArray:
    if name is None:
        return np.full(count, np.nan)
    values = numbers(table, name)
    is_known = usable(values, TALLEST_M)
    wrong = np.flatnonzero(~is_known & np.isfinite(values) & (values != 0))
    report.add(f'values of "{name}" are negative or above {TALLEST_M:,.0f} m and were not taken for heights', wrong)
    return np.where(is_known, values, np.nan)


def _roof_minus_ground(table: ArrowTable, columns: HeightColumns, count: int) -> FloatArray:
    if not (columns.roof and columns.ground):
        return np.full(count, np.nan)
    roof, ground = (_on_earth(numbers(table, name)) for name in (columns.roof, columns.ground))
    difference = roof - ground
    return np.where((difference >= ROOF_LEAST_M) & (difference <= TALLEST_M), difference, np.nan)


def _storeys(table: ArrowTable, name: str | None, count: int) -> FloatArray:
    if name is None:
        return np.full(count, np.nan)
    storeys = numbers(table, name)
    return np.where(usable(storeys, MOST_STOREYS), storeys, np.nan)


def _assumed(table: ArrowTable, use: str | None, count: int) -> tuple[FloatArray, FloatArray, npt.NDArray[np.bool_]]:
    """Return storey height and default height of each row, and whether its use is known."""
    if use is None or table.fields()[use] != "text":
        return np.full(count, STOREY_M), np.full(count, DEFAULT_M), np.zeros(count, bool)
    codes, words = table.coded(use)
    found = [next((u for u in USES if u.words.search(_folded(word))), None) for word in words]
    storeys = np.array([*(u.storey_m if u else STOREY_M for u in found), STOREY_M])
    defaults = np.array([*(u.default_m if u else DEFAULT_M for u in found), DEFAULT_M])
    return storeys[codes], defaults[codes], np.array([*(u is not None for u in found), False])[codes]


def _folded(text: str) -> str:
    return plain(text) + " " + text.lower()


def _base(
    table: ArrowTable, columns: HeightColumns, storey_m: FloatArray, height: FloatArray, report: Report
) -> FloatArray:
    base = np.zeros(len(height))
    if columns.base_storeys:
        levels = numbers(table, columns.base_storeys)
        is_known = usable(levels, MOST_STOREYS)
        base[is_known] = (levels * storey_m)[is_known]
    if columns.base:
        values = numbers(table, columns.base)
        is_known = usable(values, TALLEST_M)
        base[is_known] = values[is_known]
    above = np.flatnonzero(base >= height)
    report.add("buildings would begin above their own top; they stand on the ground", above)
    base[above] = 0.0
    return base


def says_buildings(table: ArrowTable, names: tuple[str, ...]) -> bool:
    """Return whether a polygon layer is to be raised: by a height, storeys or building column, or by a name.

    names   of the file and the layer
    """
    if any(is_named_as_building(name) for name in names):
        return True
    if any(form in IS_BUILDING for field in table.fields() for form in forms(field)):
        return True
    return find_columns(table).is_any
