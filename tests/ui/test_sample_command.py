"""`citytwin sample DIR`: the sample city as ordinary files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.conftest import SampleRun
from ui.cli import main


def test_the_files_are_written_and_named_in_one_json_object(sample_run: SampleRun) -> None:
    folder, ran = sample_run
    said, end = ran.stdout.rsplit("\n", 2)[:2]
    assert json.loads(end)[0] == 0
    answer = json.loads(said)
    assert answer["name"] == "Lindhaven"
    assert answer["crs"] == "EPSG:32632"
    for key in ("buildings", "city", "plans", "terrain", "census", "property", "readme"):
        assert Path(answer[key]).parent == folder
        assert Path(answer[key]).stat().st_size > 500


def test_without_a_folder_it_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sample"]) == 2
    assert "DIR" in capsys.readouterr().err


def test_a_place_that_cannot_be_written_is_one_sentence_and_status_1(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("in the way")
    assert main(["sample", str(tmp_path / "file" / "city")]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert "could not be written" in said.err
    assert "Traceback" not in said.err
