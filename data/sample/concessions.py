"""Infrastructure of the sample city and its contracts: one of each mode, and two that need none."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from data.sample.plan import Geometries

_FIELDS = (
    "asset", "group", "mode", "by", "public_body", "partner", "start", "complete", "term_years", "is_permanent",
    "fee", "charge", "unit",
)  # fmt: skip
_ROWS: tuple[tuple[Any, ...], ...] = (
    ("Old gasworks hall", "existing", "sale", None, "City of Lindhaven", "Kontor Estates", "2024-07-01", None, None, 0,
     None, 9.0, "visit", -1780.0, -420.0),
    ("Harbour crane quay", "existing", "lease", None, "Port of Lindhaven", "Linde Terminals", "2020-01-01", None, 25.0,
     0, 480_000.0, 62.0, "container", -2350.0, 130.0),
    ("Waterworks Mere", "needing expansion", "lease-build-operate", "rent", "City of Lindhaven", "Aqualinde",
     "2022-04-01", "2024-10-01", 30.0, 0, 350_000.0, 1.9, "m3", 2420.0, 1180.0),
    ("Fibre network", "needing expansion", "lease-build-operate", "purchase", "City of Lindhaven", "Lindenet",
     "2021-01-01", "2023-01-01", 15.0, 0, 120_000.0, 24.0, "month", 120.0, 820.0),
    ("Main station", "needing expansion", "peripheral construction", None, "State railway", "Nordhalle Retail",
     "2023-01-01", "2026-06-01", 20.0, 0, 210_000.0, 0.0, "visit", 700.0, 640.0),
    ("East tram line", "new", "build-transfer-operate", None, "City of Lindhaven", "Tramway Partners", "2025-03-01",
     "2028-03-01", 30.0, 0, 90_000.0, 2.4, "ride", 1650.0, 420.0),
    ("Second river bridge", "new", "build-own-operate-transfer", None, "State roads", "Lindebridge", "2024-01-01",
     "2027-01-01", 35.0, 0, 60_000.0, 3.5, "crossing", -980.0, -120.0),
    ("Heat from waste", "new", "build-own-operate-transfer", None, "City of Lindhaven", "Thermolind", "2019-01-01",
     "2022-01-01", None, 1, 75_000.0, 0.09, "kWh", -2450.0, -620.0),
    ("Lindhaven Arena", "existing", None, None, "City of Lindhaven", None, None, None, None, 0, None, 14.0, "visit",
     1640.0, -850.0),
    ("Clinic on the hill", "existing", None, None, "State hospitals", None, None, None, None, 0, None, 0.0, "visit",
     -900.0, 1540.0),
)  # fmt: skip
"""The fields, then metres east and north of the city's middle. Names and sums are invented."""
_NUMBERS = ("term_years", "fee", "charge")


def make_concessions() -> tuple[Geometries, dict[str, npt.NDArray[Any]]]:
    """Return the places (n,) points, and the columns."""
    points = np.asarray(shapely.points([row[-2:] for row in _ROWS]))
    columns: dict[str, npt.NDArray[Any]] = {}
    for place, name in enumerate(_FIELDS):
        values = [row[place] for row in _ROWS]
        if name in _NUMBERS:
            columns[name] = np.array([np.nan if v is None else float(v) for v in values])
        elif name == "is_permanent":
            columns[name] = np.array(values, np.int32)
        else:
            column = np.empty(len(values), dtype=object)
            column[:] = values
            columns[name] = column
    return points, columns
