"""What is known of each building of the sample city: use, years, energy label, dwellings, residents, address."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from data.sample.plan import Floats
from data.sample.roads import Streets
from data.sample.stock import Stock

THIS_YEAR = 2026
NO_YEAR = 0
"""Where a building still stands."""
MEASURED_SHARE = 0.92
"""Buildings with a measured height; for the others only the storeys are known."""

_USES: dict[str, tuple[tuple[str, float], ...]] = {
    "townhouse": (("residential", 0.42), ("mixed", 0.34), ("retail", 0.12), ("office", 0.08), ("hotel", 0.04)),
    "perimeter": (("residential", 0.66), ("mixed", 0.24), ("office", 0.07), ("hotel", 0.03)),
    "backyard": (("workshop", 0.5), ("residential", 0.3), ("storage", 0.2)),
    "house": (("residential", 0.98), ("mixed", 0.02)),
    "villa": (("residential", 0.93), ("office", 0.07)),
    "row": (("residential", 1.0),),
    "slab": (("residential", 0.97), ("mixed", 0.03)),
    "point": (("residential", 1.0),),
    "podium": (("retail", 0.7), ("mixed", 0.3)),
    "tower": (("office", 0.72), ("residential", 0.18), ("hotel", 0.1)),
    "office": (("office", 0.85), ("mixed", 0.15)),
    "shed": (("storage", 0.8), ("industry", 0.2)),
    "hall": (("industry", 0.75), ("storage", 0.15), ("retail", 0.1)),
}
_FIXED_USE = {
    "church": "religion",
    "townhall": "public",
    "opera": "culture",
    "concert": "culture",
    "museum": "culture",
    "station": "transport",
    "stadium": "sport",
    "power": "utility",
    "tank": "utility",
    "gasholder": "utility",
    "chimney": "industry",
    "silo": "storage",
    "crane": "industry",
    "container": "storage",
    "tvtower": "utility",
    "skybridge": "office",
    "campus": "education",
    "hospital": "health",
    "school": "education",
}
_DWELLING_M2 = {"townhouse": 92.0, "perimeter": 96.0, "backyard": 75.0, "slab": 68.0, "point": 66.0, "tower": 95.0}
_ONE_HOME = ("house", "villa", "row")
_YEARS: dict[str, tuple[int, int]] = {
    "villa": (1892, 1936),
    "slab": (1956, 1978),
    "point": (1962, 1979),
    "podium": (1969, 2023),
    "tower": (1969, 2023),
    "office": (1958, 2019),
    "shed": (1894, 2012),
    "hall": (1898, 2016),
    "silo": (1928, 1966),
    "crane": (1958, 2014),
    "container": (2010, 2024),
    "tank": (1955, 1990),
    "chimney": (1902, 1958),
    "gasholder": (1908, 1909),
    "campus": (1908, 2018),
    "hospital": (1926, 2009),
    "school": (1886, 2012),
    "skybridge": (2004, 2020),
    "backyard": (1880, 1960),
}
_LANDMARK_YEAR = {
    "Lindhaven Minster": 1387,
    "Town Hall": 1571,
    "Lindhaven Opera": 1878,
    "Philharmonic": 2017,
    "Central Station": 1899,
    "Lindhaven Arena": 1994,
    "Power Station": 1931,
    "Beacon Tower": 1968,
    "National Gallery": 1861,
    "Maritime Museum": 1904,
    "City Museum": 1889,
    "Library of Lindhaven": 1912,
    "Ironworks": 1906,
    "Gasholder": 1908,
    "Grain Quay": 1936,
}
_HEATED = ("residential", "mixed", "office", "retail", "hotel", "public", "culture", "education", "health")


@dataclass(frozen=True, slots=True)
class Facts:
    """Columns about each building; n rows as in the Stock."""

    use: npt.NDArray[np.object_]
    """(n,)"""
    year_built: npt.NDArray[np.int64]
    """(n,)"""
    energy_label: npt.NDArray[np.object_]
    """(n,) A to G, None where nothing is heated."""
    dwellings: npt.NDArray[np.int64]
    """(n,)"""
    residents: npt.NDArray[np.int64]
    """(n,)"""
    jobs: npt.NDArray[np.int64]
    """(n,)"""
    floor_area_m2: Floats
    """(n,) gross."""
    is_measured: npt.NDArray[np.bool_]
    """(n,) a measured height is given."""
    address: npt.NDArray[np.object_]
    """(n,) street and number; None for what has none."""


def make_facts(built: Stock, streets: Streets, rng: np.random.Generator) -> Facts:
    """Make up what is known of each building; seeded, so always the same."""
    use = _uses(built, rng)
    year = _years(built, rng)
    floor_m2 = np.round(shapely.area(built.outline) * built.storeys * 0.93, 0)
    homes = _dwellings(built, use, floor_m2)
    residents = rng.poisson(homes * np.where(np.isin(built.form, _ONE_HOME), 2.6, 1.85))
    per_job_m2 = {
        "office": 26.0,
        "retail": 55.0,
        "mixed": 140.0,
        "industry": 90.0,
        "hotel": 110.0,
        "public": 40.0,
        "culture": 120.0,
        "education": 75.0,
        "health": 45.0,
        "storage": 260.0,
        "workshop": 70.0,
        "transport": 150.0,
    }
    jobs = np.array([floor / per_job_m2[u] if u in per_job_m2 else 0 for u, floor in zip(use, floor_m2, strict=True)])
    plain = np.array([n is None for n in built.name]) & ~np.isin(
        built.form, ["tower", "podium", "crane", "skybridge", "container"]
    )
    measured = ~plain | (rng.random(len(built)) < MEASURED_SHARE - 0.005)
    return Facts(
        use,
        year,
        _labels(use, year, rng),
        homes,
        residents.astype(np.int64),
        np.rint(jobs).astype(np.int64),
        floor_m2,
        measured,
        _addresses(built, streets),
    )


def _uses(built: Stock, rng: np.random.Generator) -> npt.NDArray[np.object_]:
    use = np.full(len(built), "other", dtype=object)
    draw = rng.random(len(built))
    # All steps of a tower, and the towers of one block, have one use.
    of_block = rng.random(int(built.block.max()) + 1)
    draw = np.where(built.form == "tower", of_block[built.block], draw)
    for form, what in _FIXED_USE.items():
        use[built.form == form] = what
    for form, shares in _USES.items():
        rows = np.flatnonzero(built.form == form)
        edges = np.cumsum([share for _, share in shares])
        names = np.array([name for name, _ in shares], dtype=object)
        use[rows] = names[np.minimum(np.searchsorted(edges, draw[rows]), len(names) - 1)]
    return use


def _years(built: Stock, rng: np.random.Generator) -> npt.NDArray[np.int64]:
    """Blocks are built in one go; single houses differ by a few years; some were rebuilt after 1945."""
    n = len(built)
    of_block = rng.random(int(built.block.max()) + 1)[built.block]
    own, again = rng.random(n), rng.random(n)
    year = np.full(n, 1950, dtype=np.int64)
    for form, (first, last) in _YEARS.items():
        rows = built.form == form
        year[rows] = np.rint(first + (last - first) * (0.85 * of_block + 0.15 * own)[rows]).astype(np.int64)
    xy = shapely.get_coordinates(shapely.centroid(built.outline))
    away_m = np.hypot(xy[:, 0] + 80, xy[:, 1] - 110)
    growth = np.clip((away_m - 1100) / 1700, 0, 1)
    house = np.isin(built.form, ["house", "row"])
    year[house] = np.rint(1921 + 70 * growth + 26 * of_block + 6 * own)[house].astype(np.int64)
    town = built.form == "perimeter"
    year[town] = np.rint(1862 + 38 * np.clip((away_m - 420) / 900, 0, 1) + 10 * of_block + 5 * own)[town].astype(
        np.int64
    )
    old = built.form == "townhouse"
    year[old] = np.rint(1540 + 330 * own**0.7)[old].astype(np.int64)
    rebuilt = (again < np.where(old, 0.16, 0.2)) & (old | town)
    year[rebuilt] = np.rint(1948 + 16 * own)[rebuilt].astype(np.int64)
    recent = (again > 0.955) & (old | town | house)
    year[recent] = np.rint(1984 + 41 * own)[recent].astype(np.int64)
    church = built.form == "church"
    year[church] = np.rint(1240 + 660 * np.clip(away_m / 1500, 0, 1) + 20 * of_block)[church].astype(np.int64)
    for name, when in _LANDMARK_YEAR.items():
        year[built.name == name] = when
    return np.minimum(year, THIS_YEAR)


def _labels(use: Any, year: Any, rng: np.random.Generator) -> npt.NDArray[np.object_]:
    """Older buildings lose more heat, unless they were renovated."""
    score = np.interp(year, [1600, 1900, 1950, 1975, 1990, 2005, 2025], [5.3, 5.2, 5.0, 4.5, 3.0, 1.7, 0.3])
    renovated = rng.random(len(year)) < 0.28
    score = np.where(renovated, score * 0.55, score) + rng.uniform(-0.9, 0.9, len(year))
    label: npt.NDArray[np.object_] = np.array(list("ABCDEFG"), dtype=object)[
        np.clip(np.rint(score), 0, 6).astype(np.int64)
    ]
    label[~np.isin(use, _HEATED)] = None
    return label


def _dwellings(built: Stock, use: Any, floor_m2: Floats) -> npt.NDArray[np.int64]:
    homes = np.zeros(len(built), dtype=np.int64)
    share = np.where(use == "residential", 0.8, np.where(use == "mixed", 0.45, 0.0))
    for form, each_m2 in _DWELLING_M2.items():
        rows = built.form == form
        homes[rows] = np.rint(floor_m2 * share / each_m2)[rows].astype(np.int64)
    lives = np.isin(built.form, _ONE_HOME) & np.isin(use, ["residential", "mixed"])
    homes[lives] = np.where((built.form == "villa") & (floor_m2 > 420), 2, 1)[lives]
    return homes


def _addresses(built: Stock, streets: Streets) -> npt.NDArray[np.object_]:
    """Return street and number: the buildings are counted along the street each is nearest to."""
    middle = shapely.centroid(built.outline)
    named = np.flatnonzero(~np.isin(streets.rank, ["quay", "site", "path"]))
    street = named[shapely.STRtree(streets.line[named]).nearest(middle)]
    name = streets.name[street]
    at_m = shapely.line_locate_point(streets.line[street], middle)
    begin_x, begin_y = (shapely.bounds(streets.line)[:, i] for i in (0, 1))
    order = np.lexsort((at_m, begin_y[street], begin_x[street], name.astype(str)))
    sorted_name = name[order]
    is_first = np.append(True, sorted_name[1:] != sorted_name[:-1])
    place = np.arange(len(order)) - np.maximum.accumulate(np.where(is_first, np.arange(len(order)), 0))
    address = np.empty(len(order), dtype=object)
    address[order] = [f"{street_name} {number + 1}" for street_name, number in zip(sorted_name, place, strict=True)]
    address[np.isin(built.form, ["crane", "chimney", "silo", "tank", "skybridge", "container"])] = None
    return address
