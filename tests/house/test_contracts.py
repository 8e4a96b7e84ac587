"""Every import contract holds, and each is shown to fail when broken: a contract may be green and guard nothing."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
PACKAGES = ("twin", "ui", "layers", "data", "plugins")

INSIDE_A_FUNCTION = "def late() -> None:\n    import {}  \n"
FOR_TYPES_ONLY = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import {}\n"

BREAKS = [
    ("one-way", {"twin/intruder.py": "import data\n"}),
    ("one-way", {"data/intruder.py": "import ui\n"}),
    ("one-way", {"layers/intruder.py": "import plugins\n"}),
    ("one-way", {"plugins/intruder.py": "import layers\n"}),
    ("layers-read-nothing", {"layers/intruder.py": "import data\n"}),
    ("qt-in-ui", {"data/intruder.py": INSIDE_A_FUNCTION.format("PySide6")}),
    ("qt-in-ui", {"layers/intruder.py": FOR_TYPES_ONLY.format("PySide6.QtCore")}),
    ("qt-in-ui", {"plugins/intruder.py": "import shiboken6\n"}),
    ("qt-in-ui", {"layers/intruder.py": "import pyvistaqt\n"}),
    ("vtk-in-layers", {"data/intruder.py": "import vtk\n"}),
    ("vtk-in-layers", {"twin/intruder.py": INSIDE_A_FUNCTION.format("vtkmodules.vtkCommonCore")}),
    ("vtk-in-layers", {"plugins/intruder.py": FOR_TYPES_ONLY.format("pyvista")}),
    ("ui-draws-through-layers", {"ui/intruder.py": "from vtkmodules import vtkCommonCore\n"}),
    ("twin-is-values", {"twin/intruder.py": "import sqlite3\n"}),
    ("twin-is-values", {"twin/intruder.py": INSIDE_A_FUNCTION.format("urllib.request")}),
    ("no-cycles", {"twin/one.py": "import twin.other\n", "twin/other.py": "import twin.one\n"}),
]


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """Return a copy of the five folders and their contracts, to be broken."""
    shutil.copy(PROJECT / "pyproject.toml", tmp_path)
    for package in PACKAGES:
        shutil.copytree(PROJECT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


def checked(folder: Path, *, contract: str | None = None) -> subprocess.CompletedProcess[str]:
    """Run import-linter in a folder."""
    program = "import sys; from importlinter.cli import lint_imports_command as run; sys.exit(run())"
    chosen = ["--contract", contract] if contract else []
    command = [sys.executable, "-c", program, "--no-cache", *chosen]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120, check=False)


def test_all_contracts_hold(copy: Path) -> None:
    ran = checked(copy)
    assert ran.returncode == 0, ran.stdout + ran.stderr


BREAK_NAMES = [f"{contract}-{next(iter(files))}-{number}" for number, (contract, files) in enumerate(BREAKS)]


@pytest.mark.parametrize(("contract", "files"), BREAKS, ids=BREAK_NAMES)
def test_a_broken_contract_is_noticed(contract: str, files: dict[str, str], copy: Path) -> None:
    for path, source in files.items():
        (copy / path).write_text(source, encoding="utf-8")
    ran = checked(copy, contract=contract)
    assert ran.returncode == 1
    assert "1 broken" in ran.stdout, ran.stdout + ran.stderr


def test_every_contract_is_broken_here_once() -> None:
    settings = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))
    written = {contract["id"] for contract in settings["tool"]["importlinter"]["contracts"]}
    assert written == {contract for contract, _ in BREAKS}
