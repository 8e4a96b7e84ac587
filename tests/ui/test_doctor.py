"""What the doctor finds, and what it says to do."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from ui import cli, system

PROJECT = Path(__file__).resolve().parents[2]


def test_it_answers_with_one_object(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["doctor", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["versions"]["numpy"]
    assert told["opengl"].get("renderer") or told["opengl"]["error"]
    assert isinstance(told["display"]["is_there"], bool)


def test_it_speaks_to_people(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["doctor"]) == 0
    told = capsys.readouterr().out
    assert told.startswith("citytwin ")
    assert "OpenGL:" in told
    assert "Display:" in told


def test_what_is_missing_is_named_with_the_line_that_installs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    needs = (
        system.Need("a-package", "window", ("libno-such-thing.so.9",)),
        system.Need("b-package", "text", ("font:NoSuchFont*.ttf",)),
        system.Need("c-package", "python", ("module:sys",)),
    )
    monkeypatch.setattr(system, "NEEDS", needs)
    lacking = system.missing()
    assert [n.package for n in lacking] == ["a-package", "b-package"]
    line = "apt-get install --yes --no-install-recommends a-package b-package"
    assert system.install_line(lacking, is_root=True) == line
    assert system.install_line(lacking, is_root=False) == f"sudo {line}"
    assert [n.package for n in system.missing(needed_for=["text"])] == ["b-package"]


def test_the_makefile_can_ask_before_anything_is_installed() -> None:
    # -I: without our environment's paths, as on a fresh machine
    command = [sys.executable, "-I", str(PROJECT / "ui" / "system.py"), "--missing-packages", "python"]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr


def test_a_display_that_does_not_answer_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.setenv("DISPLAY", ":9876")
    assert not system.has_display()


def test_without_a_display_the_window_is_refused_in_words(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("QT_QPA_PLATFORM", "WAYLAND_DISPLAY", "DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    assert cli.main(["city.gpkg"]) == 1
    told = capsys.readouterr().err
    assert told.startswith("citytwin: There is no display here")
    assert "citytwin render" in told
