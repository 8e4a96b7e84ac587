"""House rules that no linter knows, read from the source itself."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterable
from pathlib import Path

import pytest

from ui.examination import LIBRARIES

PROJECT = Path(__file__).resolve().parents[2]
PACKAGES = ("twin", "ui", "layers", "data", "plugins")
SOURCES = sorted(path for package in PACKAGES for path in (PROJECT / package).rglob("*.py"))
NAMES = [str(path.relative_to(PROJECT)) for path in SOURCES]

SAYS_NOTHING = {"utils", "util", "helpers", "helper", "common", "manager", "core", "misc"}
"""And "base" for files and classes; a building's base is a thing."""
FILE_MODULES = {"os", "io", "pathlib", "shutil", "tempfile", "glob", "fileinput", "mmap"}
FILE_CALLS = {"open", "fromfile", "tofile", "memmap", "loadtxt", "savetxt", "read_text", "write_text"}
PLAIN_NUMPY = ("layers/extrude.py", "layers/colours.py", "layers/detail.py", "layers/camera.py", "layers/pick.py")
DRAWING = {"vtk", "vtkmodules", "pyvista"}


def tree(path: Path) -> ast.Module:
    """Return a source file's syntax tree."""
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def imported(module: ast.Module) -> set[str]:
    """Return the top-level names of all that a module imports, wherever in it."""
    found = set()
    for node in ast.walk(module):
        if isinstance(node, ast.Import):
            found.update(name.name.partition(".")[0] for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.partition(".")[0])
    return found


def called(module: ast.Module) -> set[str]:
    """Return the last part of the name of everything a module calls."""
    names = set()
    for node in ast.walk(module):
        if isinstance(node, ast.Call):
            names.add(getattr(node.func, "id", None) or getattr(node.func, "attr", ""))
    return names


@pytest.mark.parametrize("path", SOURCES, ids=NAMES)
def test_names_say_what_things_are(path: Path) -> None:
    nodes = list(ast.walk(tree(path)))
    functions = {n.name.lower().strip("_") for n in nodes if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)}
    classes = {n.name.lower().strip("_") for n in nodes if isinstance(n, ast.ClassDef)}
    things = classes | {part.lower() for part in path.relative_to(PROJECT).with_suffix("").parts}
    assert not functions & SAYS_NOTHING
    assert not things & (SAYS_NOTHING | {"base"})


@pytest.mark.parametrize("path", SOURCES, ids=NAMES)
def test_nothing_grows_beyond_what_one_can_keep_in_mind(path: Path) -> None:
    # 400 lines and 40 lines are reasons to split; these are where reasons end
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 450
    functions = [n for n in ast.walk(tree(path)) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]
    long = {n.name: lines for n in functions if (lines := n.end_lineno - n.lineno + 1) > 60}
    assert not long


@pytest.mark.parametrize("path", sorted((PROJECT / "twin").rglob("*.py")), ids=lambda p: p.name)
def test_the_city_opens_no_files(path: Path) -> None:
    module = tree(path)
    assert not imported(module) & FILE_MODULES
    assert not called(module) & FILE_CALLS


@pytest.mark.parametrize("name", PLAIN_NUMPY)
def test_arrays_to_arrays_needs_no_drawing_library(name: str) -> None:
    path = PROJECT / name
    assert path.exists()
    assert not imported(tree(path)) & DRAWING


@pytest.mark.parametrize("path", SOURCES, ids=NAMES)
def test_no_work_at_import(path: Path) -> None:
    loose = [
        node.lineno
        for node in tree(path).body
        if isinstance(node, ast.For | ast.While | ast.With)
        or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Call))
    ]
    assert not loose, f"statements that run at import, at lines {loose}"


def test_what_is_imported_is_declared_and_the_other_way_round() -> None:
    settings = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))
    extras = settings["project"]["optional-dependencies"]
    always = distributions(settings["project"]["dependencies"])
    asked = set().union(*(distributions(lines) for name, lines in extras.items() if name != "all"))
    used = set().union(*(imported(tree(path)) for path in SOURCES)) - set(PACKAGES) - set(sys.stdlib_module_names)
    assert used == {MODULES.get(name, name.replace("-", "_")) for name in always | asked}
    assert set(LIBRARIES) == always


MODULES = {
    "PySide6-Essentials": "PySide6",
    "vtk": "vtkmodules",
    "pillow": "PIL",
    "paho-mqtt": "paho",
    "gtfs-realtime-bindings": "google",
    "confluent-kafka": "confluent_kafka",
    "fonttools": "fontTools",
}
"""The import names of distributions that are called otherwise."""


def distributions(lines: Iterable[str]) -> set[str]:
    """Return the names of the distributions that lines of pyproject.toml ask for."""
    return {re.split(r"[<>=!;\[ ]", line)[0] for line in lines}


def excused_imports() -> list[str]:
    """Return the imports that the contract against cycles passes over."""
    settings = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = {contract["id"]: contract for contract in settings["tool"]["importlinter"]["contracts"]}
    return list(contracts["no-cycles"].get("ignore_imports", []))


@pytest.mark.parametrize("excused", excused_imports())
def test_an_excused_import_is_for_types_only(excused: str) -> None:
    importer, target = excused.split(" -> ")
    module = tree(PROJECT / (importer.replace(".", "/") + ".py"))
    for_types = [node for node in module.body if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"]
    inside = {id(node) for block in for_types for node in ast.walk(block)}
    imports = [node for node in ast.walk(module) if isinstance(node, ast.ImportFrom) and node.module == target]
    assert imports
    assert all(id(node) in inside for node in imports)


def test_no_text_names_a_folder_of_one_machine() -> None:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=PROJECT, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("not a git checkout")
    marks = ["/".join(("", *parts, "")) for parts in (("work", "main"), ("work", "shared"), ("tmp", "lab"), ("home",))]
    naming = []
    for name in filter(None, listed.stdout.split("\0")):
        path = PROJECT / name
        if path.is_file() and b"\0" not in (content := path.read_bytes()):
            naming += [name for mark in marks if mark.encode() in content]
    assert not naming
