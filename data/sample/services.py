"""Schools and clinics of the sample city, and the two zoning plans."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from data.sample.landmarks import Ground, nearest_block
from data.sample.plan import QUARTERS, Floats, Geometries
from data.sample.stock import Stock, stock

_SCHOOL_KINDS = ("perimeter", "slab", "row", "detached", "villa")
_ZONES: dict[str, tuple[str, float | None, str]] = {
    "oldtown": ("historic core", 18.0, "4.1"),
    "museum": ("culture", 24.0, "6.2"),
    "highrise": ("central business", 180.0, "5.1"),
    "perimeter": ("urban mixed", 24.0, "3.1"),
    "slab": ("housing", 30.0, "2.3"),
    "row": ("housing", 12.0, "2.1"),
    "detached": ("low housing", 9.0, "1.1"),
    "villa": ("low housing", 11.0, "1.2"),
    "harbour": ("port", 45.0, "7.1"),
    "industry": ("industry", 35.0, "7.2"),
    "campus": ("education", 30.0, "6.1"),
    "hospital": ("health", 35.0, "6.3"),
    "stadium": ("sport", 35.0, "6.4"),
    "station": ("transport", 30.0, "6.5"),
    "power": ("utilities", 115.0, "7.3"),
}
_GREEN = ("green space", 6.0, "8.1")
_CHANGED_2030 = {
    "North Quays": ("urban mixed", 36.0, "3.4"),
    "South Docks": ("port", 45.0, "7.1"),
    "New Meadow": ("housing", 42.0, "2.6"),
    "Railyard": ("urban mixed", 38.0, "3.4"),
    "Ropewalk": ("central business", 90.0, "5.3"),
    "Station Quarter": ("central business", 60.0, "5.3"),
    "Ironworks": ("industry and crafts", 28.0, "7.5"),
    "Gardens": ("housing", 15.0, "2.2"),
    "Brewery Quarter": ("urban mixed", 28.0, "3.2"),
    "Minster Quarter": ("historic core", 16.0, "4.2"),
    "Market Quarter": ("historic core", 16.0, "4.2"),
}


@dataclass(frozen=True, slots=True)
class Zoning:
    """One zoning plan; metres from the city's middle."""

    outline: Geometries
    """(z,) polygons or multipolygons."""
    zone: npt.NDArray[np.object_]
    """(z,) what is allowed."""
    max_height_m: Floats
    """(z,)"""
    clause: npt.NDArray[np.object_]
    """(z,) paragraph of the plan."""
    name: npt.NDArray[np.object_]
    """(z,) quarter."""


def make_schools(
    blocks: Geometries, middle_plan: Floats, kind: Any, quarter: Any, free: Any
) -> tuple[list[Stock], list[int], list[str]]:
    """Give each quarter where people live a school: the buildings, the blocks they take, their names."""
    made: list[Stock] = []
    rows: list[int] = []
    names: list[str] = []
    for number, q in enumerate(QUARTERS):
        fits = free & (quarter == number) & np.isin(kind, _SCHOOL_KINDS) & (shapely.area(blocks) > 3500)
        if not fits.any():
            continue
        row = nearest_block(middle_plan, fits, q.x, q.y)
        name = f"{q.name} School"
        outline = _school(Ground(blocks[row], row))
        outline = outline[shapely.contains(blocks[row], outline)]
        floors = np.array([4, 3, 3, 2])[: len(outline)]
        made.append(stock(outline, "school", row, floors * 3.6 + 1.5, storeys=floors, name=name))
        rows.append(row)
        names.append(name)
    return made, rows, names


def _school(g: Ground) -> Geometries:
    long_m, short_m = min(g.long_m - 14, 86.0), min(g.short_m - 14, 62.0)
    bar = g.box(0, -short_m / 2 + 7, long_m, 14)
    wings = [g.box(u, 7, 13, short_m - 14) for u in (-long_m / 2 + 6.5, long_m * 0.12)]
    hall = g.box(long_m / 2 - 9, short_m / 2 - 12, 18, 24)
    return np.array([bar, *wings, hall])


def make_clinics(built: Stock, quarter_of: Any) -> tuple[npt.NDArray[np.int64], list[str], npt.NDArray[np.int64]]:
    """Choose a building in every third quarter as a clinic, and the hospital: rows, names, patients a day."""
    rows, names, capacity = [], [], []
    xy = shapely.get_coordinates(shapely.centroid(built.outline))
    suits = np.isin(built.form, ["perimeter", "slab", "villa", "row", "townhouse"])
    for number, q in enumerate(QUARTERS):
        fits = suits & (quarter_of == number)
        if number % 3 or not fits.any():
            continue
        away = np.where(fits, np.hypot(xy[:, 0] - q.x, xy[:, 1] - q.y), np.inf)
        rows.append(int(np.argmin(away)))
        names.append(f"{q.name} Clinic")
        capacity.append(60 + 20 * (number % 5))
    hospital = np.flatnonzero(built.form == "hospital")
    if len(hospital):
        rows.append(int(hospital[0]))
        names.append("St. Anne's Hospital")
        capacity.append(900)
    return np.array(rows), names, np.array(capacity)


def zoning_2010(pieces: Geometries, kind: Any, quarter: Any) -> Zoning:
    """Return the plan in force: one polygon a piece of land between main and collector streets."""
    rows = [_ZONES.get(k, _GREEN) for k in kind]
    return Zoning(pieces, *_columns(rows, [QUARTERS[q].name for q in quarter]))


def zoning_2030(pieces: Geometries, kind: Any, quarter: Any) -> Zoning:
    """Return the proposed plan: one zone a quarter and use; some allow more, the old town less; edges differ."""
    names = [QUARTERS[q].name for q in quarter]
    rows = [
        _CHANGED_2030.get(n, _ZONES.get(k, _GREEN)) if k in _ZONES else _GREEN for n, k in zip(names, kind, strict=True)
    ]
    key = [f"{n}|{r[0]}" for n, r in zip(names, rows, strict=True)]
    first = {k: i for i, k in reversed(list(enumerate(key)))}
    merged, chosen = [], []
    for k, i in first.items():
        members = np.flatnonzero(np.array(key) == k)
        whole = shapely.union_all(shapely.buffer(pieces[members], 11.0, join_style="mitre", mitre_limit=2.0))
        merged.append(shapely.simplify(shapely.buffer(whole, -1.5, join_style="mitre"), 1.5))
        chosen.append(i)
    return Zoning(np.array(merged), *_columns([rows[i] for i in chosen], [names[i] for i in chosen]))


def _columns(rows: list[tuple[str, float | None, str]], names: list[str]) -> tuple[Any, Any, Any, Any]:
    zone = np.array([r[0] for r in rows], dtype=object)
    height_m = np.array([np.nan if r[1] is None else r[1] for r in rows])
    clause = np.array([f"§ {r[2]}" for r in rows], dtype=object)
    return zone, height_m, clause, np.array(names, dtype=object)
