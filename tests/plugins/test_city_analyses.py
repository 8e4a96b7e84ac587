"""The analyses of plans, services and the grid as users run them: in a process apart, behind its walls."""

from __future__ import annotations

import pytest

from plugins.check import check
from plugins.city_files import CityContents
from plugins.discover import Found, Origin


@pytest.mark.parametrize("name", ["plans", "services", "grid"])
def test_it_runs_on_the_sample_city_in_a_process_of_its_own(name: str, sample: CityContents) -> None:
    report = check(Found(name, Origin.BUILT_IN, {"module": f"plugins.builtin.{name}"}), city=sample)
    assert report.is_fit, report.sentences()
    assert report.measured["drawn"] > 0, report.sentences()
    assert report.info["note"]
    assert report.info["limits"]
