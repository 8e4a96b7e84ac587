"""`citytwin select` and `citytwin diff`, as a script calls them."""

from __future__ import annotations

import json
from pathlib import Path

import geopandas
import pytest

from ui.cli import main


def answer(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, object]:
    assert main(list(words)) == 0
    found: dict[str, object] = json.loads(capsys.readouterr().out)
    return found


def test_rows_that_a_filter_finds_are_written(
    small_city: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "some.gpkg"
    told = answer(capsys, "select", str(small_city), "--filter", "storeys >= 4", "-o", str(out), "--json")
    assert (told["rows"], told["of"]) == (2, 4)
    assert geopandas.read_file(out)["name"].tolist() == ["Town Hall", "Inn"]


def test_a_wrong_filter_writes_nothing(small_city: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "some.gpkg"
    assert main(["select", str(small_city), "--filter", "hieght > 3", "-o", str(out)]) == 1
    assert "Did you mean" in capsys.readouterr().err
    assert not out.exists()


def test_two_states_of_a_file_are_compared(
    small_city: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    city = json.loads(small_city.read_text(encoding="utf-8"))
    del city["features"][1]
    city["features"][0]["properties"]["use"] = "museum"
    new = tmp_path / "new.geojson"
    new.write_text(json.dumps(city), encoding="utf-8")
    told = answer(capsys, "diff", str(small_city), str(new), "--json")
    assert [told[k] for k in ("by", "added", "removed", "changed", "unchanged")] == ["place", 0, 1, 1, 2]
    assert told["rows"] == [
        {"what": "changed", "row": 0, "old_row": 0, "fields": {"use": ["office", "museum"]}},
        {"what": "removed", "row": 1},
    ]
    by_name = answer(capsys, "diff", str(small_city), str(new), "--by", "name", "--json")
    assert by_name["rows"][1] == {"what": "removed", "row": 1, "key": "Mill"}  # type: ignore[index]
    assert main(["diff", str(small_city), str(new)]) == 0
    assert "1 removed, 1 changed" in capsys.readouterr().out
