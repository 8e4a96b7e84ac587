"""What is loaded when: asked of a fresh interpreter, since this one has loaded everything."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ONE_COMMAND, SampleRun

PROJECT = Path(__file__).resolve().parents[2]
ALL_MODULES = """
import importlib, json, pkgutil, sys
for package in sys.argv[1:]:
    folder = importlib.import_module(package).__path__
    for module in pkgutil.walk_packages(folder, package + "."):
        importlib.import_module(module.name)
print(json.dumps(sorted({name.partition(".")[0] for name in sys.modules})))
"""
SIGNALS = """
from ui.qt_guard import protect_constants
protect_constants()
from PySide6.QtCore import QCoreApplication, QObject, Signal
class Caller(QObject):
    called = Signal(int)
application, caller, seen = QCoreApplication([]), Caller(), []
caller.called.connect(seen.append)
for number in range(5000):
    caller.called.emit(number)
    application.processEvents()
    caller.setObjectName("x")
print(len(seen))
"""
QT, VTK = {"PySide6", "shiboken6", "pyvistaqt"}, {"vtk", "vtkmodules", "pyvista"}


def fresh(program: str, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a program text in a fresh interpreter, from the project's folder."""
    command = [sys.executable, "-c", program, *words]
    return subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, timeout=120, check=False)


def test_city_and_readers_load_neither_qt_nor_vtk() -> None:
    ran = fresh(ALL_MODULES, "twin", "data", "plugins")
    assert ran.returncode == 0, ran.stderr
    assert not (QT | VTK) & set(json.loads(ran.stdout.splitlines()[-1]))


def test_drawing_loads_no_qt() -> None:
    ran = fresh(ALL_MODULES, "twin", "layers")
    assert ran.returncode == 0, ran.stderr
    assert not QT & set(json.loads(ran.stdout.splitlines()[-1]))


@pytest.mark.parametrize("verb", ["info", "render", "doctor"])
def test_a_command_without_a_window_loads_no_qt(verb: str, tmp_path: Path) -> None:
    ring = "[[9,45],[9.001,45],[9.001,45.001],[9,45.001],[9,45]]"
    source = tmp_path / "one.geojson"
    source.write_text(
        '{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"height":12},'
        f'"geometry":{{"type":"Polygon","coordinates":[{ring}]}}}}]}}'
    )
    words = {
        "info": [str(source)],
        "render": [str(source), "-o", str(tmp_path / "one.png"), "--size", "160x90"],
        "doctor": [],
    }
    assert_no_qt(fresh(ONE_COMMAND, verb, *words[verb]))


def test_writing_the_sample_city_loads_no_qt(sample_run: SampleRun) -> None:
    assert_no_qt(sample_run[1])


def assert_no_qt(ran: subprocess.CompletedProcess[str]) -> None:
    assert ran.returncode == 0, ran.stderr
    status, loaded = json.loads(ran.stdout.splitlines()[-1])
    assert status == 0, ran.stderr
    assert not QT & set(loaded)


def test_five_thousand_signals_leave_python_alive() -> None:
    # PySide6 6.12 on Python 3.11 aborts after some 600 (ui/qt_guard.py)
    ran = fresh(SIGNALS)
    assert (ran.returncode, ran.stdout.strip()) == (0, "5000"), ran.stderr
