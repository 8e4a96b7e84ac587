"""The scripts that set everything up: that they can be read, and what they do where they may not install anything."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
SCRIPTS = sorted(path for path in (PROJECT / ".ci").iterdir() if path.is_file())


def stand_in(folder: Path, name: str, says: str) -> None:
    """Make a program that does one line of shell."""
    (folder / name).write_text(f"#!/bin/sh\n{says}\n")
    (folder / name).chmod(0o755)


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_a_script_is_executable_and_bash_can_read_it(script: Path) -> None:
    assert os.access(script, os.X_OK)
    subprocess.run(["bash", "-n", str(script)], check=True)


@pytest.mark.parametrize("target", ["run", "test", "check", "format", "clean", "help"])
def test_make_knows_the_target(target: str) -> None:
    if shutil.which("make") is None:
        pytest.skip("make is not here")
    ran = subprocess.run(["make", "--dry-run", target], cwd=PROJECT, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr


def test_the_whole_run_is_lint_and_tests() -> None:
    text = (PROJECT / ".ci" / "run").read_text(encoding="utf-8")
    assert "for target in check test" in text


@pytest.mark.parametrize("sudo", ["absent", "refused"])
def test_without_root_and_sudo_the_one_line_is_printed_and_work_goes_on(sudo: str, tmp_path: Path) -> None:
    stand_in(tmp_path, "id", "echo 1000")
    stand_in(tmp_path, "apt-get", "echo called; exit 1")
    stand_in(tmp_path, "lacking", "echo libegl1 libxcb-cursor0")
    for program in ("dirname", "bash"):
        (tmp_path / program).symlink_to(str(shutil.which(program)))
    if sudo == "refused":
        stand_in(tmp_path, "sudo", "exit 1")
    command = [str(PROJECT / ".ci" / "install-system-packages"), "lacking"]
    ran = subprocess.run(
        command, env={"PATH": str(tmp_path)}, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0
    assert "sudo apt-get install --yes --no-install-recommends libegl1 libxcb-cursor0" in ran.stderr
    assert "called" not in ran.stdout + ran.stderr


def test_where_nothing_is_missing_nothing_is_said(tmp_path: Path) -> None:
    stand_in(tmp_path, "lacking", "echo")
    command = [str(PROJECT / ".ci" / "install-system-packages"), str(tmp_path / "lacking")]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")
