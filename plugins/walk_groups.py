"""What walks mean for people: by city, district, age and profile, how many are near, how long it takes, how evenly."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import numpy.typing as npt

from plugins.fairness import gini, mean, worst_mean

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Line:
    """One line of the table."""

    what: str
    """"city", "profile", "age group", "district" or "service"."""
    name: str
    people: float = float("nan")
    within: float = float("nan")
    share_within: float = float("nan")
    mean_min: float = float("nan")
    worst_tenth_min: float = float("nan")
    gini: float = float("nan")
    unreached: float = float("nan")
    places: float = float("nan")
    asked: float = float("nan")
    given: float = float("nan")
    places_per_head: float = float("nan")
    within_new: float = float("nan")
    mean_min_new: float = float("nan")
    lon_deg: float = float("nan")
    lat_deg: float = float("nan")


def measured(minutes: FloatArray, people: FloatArray, limit_min: float, most_min: float) -> dict[str, float]:
    """Return figures over people.

    minutes    (h,) infinite where nothing is reached
    most_min   longer walks, and those that reach nothing, count as this
    """
    capped = np.minimum(minutes, most_min)
    count = float(people.sum())
    within = float(people[minutes <= limit_min].sum())
    return {
        "people": count,
        "within": within,
        "share_within": within / count if count else float("nan"),
        "mean_min": mean(capped, people),
        "worst_tenth_min": worst_mean(capped, people),
        "gini": gini(capped, people),
        "unreached": float(people[~np.isfinite(minutes)].sum()),
    }


def columns_of(lines: list[Line]) -> dict[str, list[Any]]:
    """Return lines as columns; those in which nothing stands are left out."""
    columns = {f.name: [getattr(line, f.name) for line in lines] for f in fields(Line)}
    return {n: v for n, v in columns.items() if n in {"what", "name"} or not all(np.isnan(x) for x in v)}


def by_label(
    what: str,
    labels: npt.NDArray[np.str_],
    minutes: FloatArray,
    people: FloatArray,
    limits: tuple[float, float],
    middles: FloatArray,
) -> list[Line]:
    """Return a line for each label, those with the smallest share within first.

    middles   (h, 2) longitude and latitude: people fly to their mean
    """
    lines = []
    for label in np.unique(labels):
        own = (labels == label) & (people > 0)
        if own.any():
            lon, lat = (float(np.average(middles[own, k], weights=people[own])) for k in (0, 1))
            figures = measured(minutes[own], people[own], *limits)
            lines.append(Line(what, str(label) or "(none)", **figures, lon_deg=lon, lat_deg=lat))
    return sorted(lines, key=lambda line: line.share_within)


def by_age(ages: Mapping[str, FloatArray], minutes: FloatArray, limits: tuple[float, float]) -> list[Line]:
    """Return a line for each age group."""
    return [Line("age group", name, **measured(minutes, count, *limits)) for name, count in ages.items()]
