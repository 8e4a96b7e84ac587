"""Run with: pytest test_couriers.py"""

from pathlib import Path

from plugins.check import check_file


def test_it_is_fit_to_draw() -> None:
    report = check_file(Path(__file__).with_name("couriers.py"))
    assert report.is_fit, report.sentences()
    assert report.measured["rows"] > 0
