"""Tables of the sample city that join to its geometry: a census by block, properties by building."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from data.sample.attributes import Facts
from data.sample.plan import QUARTERS
from data.sample.stock import Stock

AGE_GROUPS = ("age_0_5", "age_6_17", "age_18_29", "age_30_44", "age_45_64", "age_65_79", "age_80_up")
_AGE_SHARES = {
    "oldtown": (0.04, 0.07, 0.27, 0.25, 0.2, 0.12, 0.05),
    "perimeter": (0.06, 0.09, 0.23, 0.27, 0.21, 0.1, 0.04),
    "slab": (0.06, 0.12, 0.15, 0.19, 0.24, 0.17, 0.07),
    "row": (0.07, 0.15, 0.09, 0.23, 0.28, 0.13, 0.05),
    "detached": (0.06, 0.15, 0.08, 0.2, 0.31, 0.15, 0.05),
    "villa": (0.04, 0.11, 0.08, 0.16, 0.33, 0.2, 0.08),
    "highrise": (0.03, 0.04, 0.33, 0.33, 0.19, 0.06, 0.02),
}
_OWNERS = ("private person", "couple", "housing company", "cooperative", "company", "city", "church")
Columns = dict[str, Any]


def census(quarter: Any, kind: Any, block_ids: Any, built: Stock, facts: Facts, rng: np.random.Generator) -> Columns:
    """Count people, households and jobs by block; one row a block where anybody lives or works."""
    n = len(block_ids)
    people = np.bincount(built.block, weights=facts.residents, minlength=n).astype(np.int64)
    homes = np.bincount(built.block, weights=facts.dwellings, minlength=n).astype(np.int64)
    jobs = np.bincount(built.block, weights=facts.jobs, minlength=n).astype(np.int64)
    rows = np.flatnonzero((people > 0) | (jobs > 0))
    share = np.array([_AGE_SHARES.get(k, _AGE_SHARES["perimeter"]) for k in kind[rows]])
    share = share * rng.uniform(0.7, 1.3, share.shape)
    ages = np.floor(people[rows, None] * share / share.sum(axis=1, keepdims=True)).astype(np.int64)
    ages[:, 3] += people[rows] - ages.sum(axis=1)
    columns: Columns = {
        "block_id": block_ids[rows],
        "district": np.array([QUARTERS[q].name for q in quarter[rows]], dtype=object),
        "population": people[rows],
    }
    columns.update({name: ages[:, i] for i, name in enumerate(AGE_GROUPS)})
    columns.update({"households": homes[rows], "jobs": jobs[rows]})
    return columns


def properties(building_ids: Any, built: Stock, facts: Facts, rng: np.random.Generator) -> Columns:
    """List properties: one a building for most, several where flats were sold one by one (one to many)."""
    is_divided = (facts.dwellings >= 4) & (rng.random(len(built)) < 0.3)
    exists = ~np.isin(built.form, ["crane", "skybridge", "backyard", "container"])
    count = np.where(is_divided, np.minimum(facts.dwellings, 9), 1) * exists
    row = np.repeat(np.arange(len(built)), count)
    n = len(row)
    share = rng.uniform(0.8, 1.2, n)
    floor_m2 = np.maximum(np.round(facts.floor_area_m2[row] / count[row] * share, 1), 12.0)
    per_m2 = np.select(
        [built.form[row] == "tower", built.form[row] == "townhouse", built.form[row] == "villa"],
        [6100.0, 4700.0, 4900.0],
        default=3300.0,
    )
    per_m2 = np.where(np.isin(built.form[row], ["shed", "hall", "tank", "silo"]), 900.0, per_m2)
    value = np.round(floor_m2 * per_m2 * rng.uniform(0.8, 1.25, n), -2).astype(np.int64)
    home = np.isin(built.form[row], ["house", "villa", "row"]) | is_divided[row]
    owner = np.where(home, rng.integers(0, 2, n), np.where(facts.dwellings[row] > 0, rng.integers(0, 5, n), 4))
    owner = np.where(
        np.isin(facts.use[row], ["education", "public", "culture", "utility", "transport", "sport"]), 5, owner
    )
    owner = np.where(facts.use[row] == "religion", 6, owner)
    rate = np.where(np.isin(owner, [5, 6]), 0.0, 0.0026)
    return {
        "property_id": np.array([f"P{i + 1:06d}" for i in range(n)], dtype=object),
        "building_id": building_ids[row],
        "owner_type": np.array(_OWNERS, dtype=object)[owner],
        "floor_area_m2": floor_m2,
        "value_eur": value,
        "tax_eur": np.round(value * rate, 2),
    }


def write_csv(path: Path, columns: Mapping[str, Any]) -> None:
    """Write columns of equal length as a CSV file (UTF-8, comma, point)."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(_rows(columns.values()))


def _rows(columns: Iterable[Any]) -> Iterable[tuple[object, ...]]:
    return zip(*(column.tolist() for column in columns), strict=True)
