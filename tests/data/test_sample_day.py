"""The recorded day of the sample city: there for all hours, always the same, and small."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from data.recording import Recording
from data.sample import files_in, sample_folder
from data.sample.day import BEGIN_S, FEEDS, write_day


def test_the_day_has_buses_air_and_a_gauge_and_is_always_the_same(tmp_path: Path) -> None:
    files = files_in(sample_folder())
    paths = write_day(files, tmp_path)
    first = [path.read_bytes() for path in paths]
    assert sum(map(len, first)) < 4_000_000
    buses, air, gauge = (Recording(path) for path in paths)
    morning = buses.frame(BEGIN_S + 8 * 3600)
    assert len(morning) == 36
    assert np.isfinite(morning.lonlat).all()
    assert len(air.frame(BEGIN_S + 8 * 3600).values["pm10"]) == 14
    levels = [gauge.frame(BEGIN_S + hour * 3600).values["level_m"][0] for hour in (6, 19)]
    assert levels[0] < 2.5  # the river rises in the evening
    assert levels[1] > 3.5
    assert [path.read_bytes() for path in write_day(files, tmp_path)] == first
    assert [wish.url for wish in FEEDS] == [str(path.relative_to(tmp_path)) for path in paths]
