"""The guards of conftest.py really bite: each is shown a test that leaves something behind."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]

LEAVERS = {
    "threads": """
import threading, time
def test_it():
    threading.Thread(target=time.sleep, args=(4,)).start()
""",
    "processes": """
import subprocess
def test_it():
    subprocess.Popen(["sleep", "4"])
""",
    "windows": """
from PySide6.QtWidgets import QWidget
kept = []
def test_it(qapp):
    kept.append(QWidget())
    kept[0].show()
""",
    "timers": """
from PySide6.QtCore import QTimer
kept = []
def test_it(qapp):
    kept.append(QTimer())
    kept[0].start(900)
""",
}


def outcome(folder: Path, source: str, *, settings: str = "") -> subprocess.CompletedProcess[str]:
    """Run one test file under our conftest in a fresh pytest and return what it said."""
    (folder / "conftest.py").write_text((PROJECT / "tests" / "conftest.py").read_text(encoding="utf-8"))
    (folder / "test_one.py").write_text(source)
    (folder / "pytest.ini").write_text(f"[pytest]\nqt_api = pyside6\n{settings}")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(folder)]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize("kind", LEAVERS)
def test_a_test_that_leaves_something_alive_fails(kind: str, tmp_path: Path) -> None:
    ran = outcome(tmp_path, LEAVERS[kind])
    assert ran.returncode == 1
    assert f"left {kind}" in ran.stdout


def test_a_tidy_test_passes_and_real_data_is_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CITYTWIN_TEST_DATA", str(tmp_path))
    source = (
        "def test_there(real_data):\n    assert real_data('test_one.py').exists()\n"
        "def test_absent(real_data):\n    real_data('nowhere.gpkg')\n"
        "def test_other():\n    pass\n"
    )
    ran = outcome(tmp_path, source)
    assert ran.returncode == 0
    assert "real-data tests: 1 ran, 1 skipped" in ran.stdout
