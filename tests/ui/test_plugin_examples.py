"""The examples of the docs: each installed, found and fit."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from data.sample import files_in, sample_folder
from ui.cli import main

EXAMPLES = Path(__file__).resolve().parents[2] / "docs" / "examples"
NAMES = sorted(p.name for p in EXAMPLES.iterdir() if p.is_dir())


def answer(capsys: pytest.CaptureFixture[str], *words: str, status: int = 0) -> dict[str, Any]:
    assert main([*words, "--json"]) == status, capsys.readouterr().err
    told: dict[str, Any] = json.loads(capsys.readouterr().out)
    return told


def failure(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert main(list(words)) in {1, 2}
    return capsys.readouterr().err


@pytest.fixture(scope="session")
def sample() -> list[str]:
    files = files_in(sample_folder())
    return [str(files.folder / "buildings.gpkg"), f"{files.folder / 'city.gpkg'}:parks"]


@pytest.mark.parametrize("name", NAMES)
def test_an_example_is_installed_found_and_fit(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pip = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--no-build-isolation", "--no-index"]
    source = tmp_path / "source"
    source.mkdir()
    for file in (EXAMPLES / name).iterdir():
        if file.is_file():
            (source / file.name).write_bytes(file.read_bytes())
    subprocess.run([*pip, "--target", str(tmp_path / "site"), str(source)], check=True, capture_output=True)
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "site"))
    entry = next(e for e in answer(capsys, "plugin", "list")["plugins"] if e["id"] == name)
    assert (entry["status"], entry["origin"]) == ("found", "installed")
    told = answer(capsys, "plugin", "check", name, "--seconds", "0.5")
    assert told["is_fit"]
    assert told["measured"]["drawn"] > 0
    assert [f for f in told["findings"] if f["severity"] == "warning"] == []
