"""Many places at once become the same metres as one by one."""

from __future__ import annotations

import numpy as np

from twin.place import LocalFrame, local_from_lonlat
from twin.place_fit import GOOD_M, PlaceFit


def test_many_places_are_where_the_exact_way_puts_them_and_nowhere_stays_nowhere() -> None:
    frame, random = LocalFrame("EPSG:32632", (500_000.0, 5_000_000.0)), np.random.default_rng(2)
    lonlat = np.column_stack([random.uniform(9.0, 9.4, 20_000), random.uniform(45.1, 45.4, 20_000)])
    lonlat[7] = np.nan
    local = PlaceFit(frame).local(lonlat)
    assert np.isnan(local).any(axis=1).nonzero()[0].tolist() == [7]
    is_known = np.arange(len(lonlat)) != 7
    assert np.abs(local[is_known] - local_from_lonlat(frame, lonlat[is_known])).max() < GOOD_M
