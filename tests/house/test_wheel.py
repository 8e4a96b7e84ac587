"""The built wheel has the five packages, whole, and nothing else."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from twin.version import VERSION

PROJECT = Path(__file__).resolve().parents[2]
PACKAGES = {"twin", "ui", "layers", "data", "plugins"}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    """Return the wheel, built once from the working tree."""
    pytest.importorskip("hatchling")
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    built = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, timeout=120, check=False)
    assert built.returncode == 0, built.stderr
    return zipfile.ZipFile(next(folder.glob("*.whl")))


def test_it_has_five_packages_and_nothing_else(wheel: zipfile.ZipFile) -> None:
    tops = {name.partition("/")[0] for name in wheel.namelist()}
    assert tops == PACKAGES | {f"citytwin-{VERSION}.dist-info"}


def test_it_has_every_file_of_the_packages(wheel: zipfile.ZipFile) -> None:
    # a bare "data/" in .gitignore would drop that package without a word
    files = [path for package in PACKAGES for path in (PROJECT / package).rglob("*") if path.is_file()]
    kept = {str(path.relative_to(PROJECT)) for path in files if path.suffix != ".pyc"}
    assert kept <= set(wheel.namelist())


def test_each_package_says_that_it_is_typed(wheel: zipfile.ZipFile) -> None:
    assert {f"{package}/py.typed" for package in PACKAGES} <= set(wheel.namelist())


def test_the_command_is_there(wheel: zipfile.ZipFile) -> None:
    entry_points = wheel.read(f"citytwin-{VERSION}.dist-info/entry_points.txt").decode()
    assert "citytwin = ui.cli:main" in entry_points
