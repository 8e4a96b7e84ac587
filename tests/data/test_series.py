"""Tables of values over time: a row an id and time, a column an id, a file an id."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from data.series import read_series
from twin.errors import SourceError


def test_a_row_an_id_and_time(tmp_path: Path) -> None:
    path = tmp_path / "loads.csv"
    path.write_text(
        "building,time,kW\nB1,2024-05-01 00:00,1\nB2,2024-05-01 00:00,2\nB1,2024-05-01 01:00,3\nB2,2024-05-01 01:00,\n"
    )
    series = read_series(path)
    assert series.ids.tolist() == ["B1", "B2"]
    assert len(series.time_s) == 2
    at_s, values = series.at(series.time_s[1] + 1800)
    assert at_s == series.time_s[1]
    assert values["kW"][0] == 3
    assert np.isnan(values["kW"][1])


def test_a_column_an_id(tmp_path: Path) -> None:
    path = tmp_path / "wide.csv"
    path.write_text("Date,B1,B2\n2024-05-01 00:00,1,10\n2024-05-01 01:00,2,20\n2024-05-01 02:00,3,30\n")
    series = read_series(path)
    assert series.ids.tolist() == ["B1", "B2"]
    assert series.at(series.time_s[2])[1]["value"].tolist() == [3, 30]
    assert series.at(0.0)[0] == series.time_s[0]


def test_a_file_an_id(real_data: Callable[[str], Path]) -> None:
    series = read_series(real_data("zug_cea/solar-radiation"))
    assert len(series.time_s) == 8760
    assert "B1000" in series.ids.tolist()
    assert series.values["roofs_top_kW"].shape == (8760, len(series.ids))


def test_a_table_without_a_time_is_said(tmp_path: Path) -> None:
    path = tmp_path / "none.csv"
    path.write_text("a,b\nx,y\n")
    with pytest.raises(SourceError, match="no column of times"):
        read_series(path)
