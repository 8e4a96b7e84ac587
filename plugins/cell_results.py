"""What a grid holds, told: columns of its cells, charts and figures."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from plugins.cases import Cases
from plugins.city_grid import Cells
from plugins.contract import Chart
from plugins.gathering import SUBJECTS, Gathered
from plugins.spots import Clusters, HotSpots

FloatArray = npt.NDArray[np.float64]


@dataclass
class Found:
    """What all cells hold."""

    cells: Cells
    measures: list[Gathered] = field(default_factory=list)
    chosen: int = 0
    spots: HotSpots | None = None
    groups: Clusters | None = None
    is_tested: npt.NDArray[np.bool_] | None = None
    cases: Cases | None = None
    case_columns: dict[str, Any] = field(default_factory=dict)
    cases_outside: int = 0
    kinds: list[str] = field(default_factory=list)
    quotients: FloatArray | None = None
    kind_counts: FloatArray | None = None
    columns: dict[str, Any] = field(default_factory=dict)

    @property
    def measure(self) -> Gathered:
        """Return the one that is shown and tested."""
        return self.measures[self.chosen]


def columns_of(found: Found) -> dict[str, Any]:
    """Return the columns (n,) of all cells: measures, cases, statistics, specialisation."""
    count, cells = len(found.cells), found.cells
    columns: dict[str, Any] = {"cell": cells.name}
    if (cells.responsible != "").any():
        columns["responsible"] = cells.responsible
    for one in found.measures:
        columns[one.what.title] = one.value
    columns |= found.case_columns
    tested = found.is_tested if found.is_tested is not None else np.zeros(count, bool)
    if found.spots is not None and found.groups is not None:
        columns["gi_z"] = _spread(found.spots.z, tested)
        columns["gi_p"] = _spread(found.spots.p, tested)
        columns["hot_spot"] = _spread_words(found.spots.words, tested, "no")
        columns["moran_i"] = _spread(found.groups.value, tested)
        columns["moran_p"] = _spread(found.groups.p, tested)
        columns["cluster"] = _spread_words(found.groups.words, tested, "none")
    if found.quotients is not None and len(found.kinds):
        best = np.where(np.isfinite(found.quotients), found.quotients, -1.0)
        top = best.argmax(axis=1)
        has = best.max(axis=1) > 0
        columns["special"] = np.where(has, np.array(found.kinds)[top], "")
        columns["quotient"] = np.where(has, best.max(axis=1), np.nan)
    return columns


def _spread(values: FloatArray, tested: npt.NDArray[np.bool_]) -> FloatArray:
    found = np.full(len(tested), np.nan)
    found[tested] = values
    return found


def _spread_words(words: npt.NDArray[np.str_], tested: npt.NDArray[np.bool_], nothing: str) -> npt.NDArray[np.object_]:
    found = np.full(len(tested), "not tested", object)
    found[tested] = np.where(words == "", nothing, words)
    return found


def order_of(shown: dict[str, Any], coloured: str) -> npt.NDArray[np.intp]:
    """Return the lines of the table in their order: what is shown, greatest first."""
    values = shown[coloured]
    if values.dtype.kind in "fiu":
        return np.argsort(-np.nan_to_num(values.astype(float), nan=-np.inf), kind="stable")
    beside = {"special": "quotient", "cluster": "moran_i"}.get(coloured, "")
    if beside in shown:
        return np.argsort(-np.nan_to_num(shown[beside], nan=-np.inf), kind="stable")
    return np.argsort(values.astype(str), kind="stable")


def charts_of(found: Found, holds: npt.NDArray[np.bool_]) -> tuple[Chart, ...]:
    """Return the charts of the cells that hold anything."""
    measure = found.measure
    values = measure.value[holds & np.isfinite(measure.value)]
    charts = []
    if len(values):
        counts, edges = np.histogram(values, bins=12)
        names = [f"{e:.4g}" for e in edges[:-1]]
        charts.append(
            Chart("bars", names, {"cells": counts}, title=measure.what.title, x_title="from", y_title="cells")
        )
    if found.case_columns:
        top = np.argsort(-found.case_columns["cases"], kind="stable")[:15]
        top = top[found.case_columns["cases"][top] > 0]
        bars = {n: found.case_columns[f"cases_{n}"][top] for n in ("open", "closed")}
        charts.append(Chart("bars", list(found.cells.name[top]), bars, title="Cases by cell", y_title="cases"))
    if found.kind_counts is not None:
        charts.append(Chart("bars", found.kinds, {"city": found.kind_counts.sum(axis=0)}, title="Kinds in the city"))
    return tuple(charts)


def facts_of(found: Found, holds: npt.NDArray[np.bool_]) -> dict[str, Any]:
    """Return figures of the whole grid."""
    subjects: dict[str, dict[str, Any]] = {s: {} for s in SUBJECTS}
    for one in found.measures:
        total = float(np.nansum(one.value)) if one.what.how in {"count", "sum", "length"} else None
        figures = {"features": int(one.count.sum()), "withheld": one.withheld, "outside": one.outside}
        subjects[one.what.subject][one.what.title] = {"total": total, **figures}
    facts: dict[str, Any] = {"cells": int(holds.sum()), "shape": found.cells.shape, "subjects": subjects}
    if found.groups is not None and found.spots is not None:
        facts["tested_cells"] = len(found.spots.z)
        facts["moran_i"], facts["moran_p"] = found.groups.moran, found.groups.moran_p
        facts["hot"] = int(np.char.startswith(found.spots.words, "hot").sum())
        facts["cold"] = int(np.char.startswith(found.spots.words, "cold").sum())
        kinds, counts = np.unique(found.groups.words, return_counts=True)
        facts["clusters"] = {str(k): int(c) for k, c in zip(kinds, counts, strict=True) if k}
    if found.cases is not None:
        closed = found.cases.days[~found.cases.is_open]
        facts["cases"] = {
            "all": len(found.cases),
            "open": int(found.cases.is_open.sum()),
            "closed": int((~found.cases.is_open).sum()),
            "overdue": int(found.case_columns["cases_overdue"].sum()),
            "outside": found.cases_outside,
            "days_to_close": float(np.nanmean(closed)) if np.isfinite(closed).any() else None,
            "by_source": {str(s): int((found.cases.source == s).sum()) for s in np.unique(found.cases.source)},
        }
    return facts
