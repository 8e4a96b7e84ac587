"""What this machine has and lacks: versions, who draws, screen, fonts, missing packages. Shown by `citytwin doctor`."""

from __future__ import annotations

import importlib.util
import json
import os
import platform
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from twin.version import VERSION
from ui import system

LIBRARIES = (
    "PySide6-Essentials",
    "vtk",
    "pyvista",
    "numpy",
    "pandas",
    "geopandas",
    "shapely",
    "pyproj",
    "pyogrio",
    "pyarrow",
    "rasterio",
    "mapbox-earcut",
    "matplotlib",
    "pillow",
    "psygnal",
    "platformdirs",
    "tomli-w",
    "psutil",
    "python-calamine",
    "msgspec",
    "lxml",
    "aiohttp",
    "paho-mqtt",
    "gtfs-realtime-bindings",
    "zstandard",
    "pmtiles",
    "xyzservices",
    "reportlab",
    "fonttools",
    "segno",
    "pyqtgraph",
    "trimesh",
    "pvlib",
    "scipy",
    "libpysal",
    "esda",
)
"""What pyproject.toml asks for."""
DRAWING_WAIT_S = 60.0

Facts = dict[str, object]


def examine() -> Facts:
    """Return versions, renderer, screen, missing packages, the line that installs them, and fonts."""
    lacking = system.missing()
    return {
        "citytwin": VERSION,
        "python": platform.python_version(),
        "platform": platform.platform(),
        "versions": {name: library_version(name) for name in LIBRARIES},
        "opengl": drawing(),
        "display": {
            "is_there": system.has_display(),
            "DISPLAY": os.environ.get("DISPLAY"),
            "WAYLAND_DISPLAY": os.environ.get("WAYLAND_DISPLAY"),
            "QT_QPA_PLATFORM": os.environ.get("QT_QPA_PLATFORM"),
        },
        "missing": [{"package": n.package, "needed_for": n.needed_for, "looked_for": n.any_of} for n in lacking],
        "unresolved_libraries": unresolved(),
        "install": system.install_line(lacking),
        "fonts": fonts(),
        "cpus": os.cpu_count(),
    }


def library_version(name: str) -> str | None:
    """Return the version of an installed library without importing it; None if it is not installed."""
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def drawing() -> Facts:
    """Return who draws, or why nobody does.

    Another process is asked: a broken OpenGL driver ends the process that loads it, and the doctor must survive that.
    """
    command = [sys.executable, "-m", "layers.renderer_info"]
    folder = Path(__file__).resolve().parents[1]
    try:
        asked = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=DRAWING_WAIT_S, check=False)
    except subprocess.TimeoutExpired:
        return {"error": f"nothing was drawn within {DRAWING_WAIT_S:.0f} s"}
    lines = asked.stdout.splitlines()
    if asked.returncode == 0 and lines:
        return dict(json.loads(lines[-1]))
    said = asked.stderr.strip().splitlines()
    return {"error": said[-1] if said else f"the drawing process ended with status {asked.returncode}"}


def unresolved() -> list[str]:
    """Return the shared libraries that Qt's X11 plugin and VTK's OpenGL ask for and do not find."""
    wanted = (
        ("PySide6", "Qt/plugins/platforms/libqxcb.so"),
        ("vtkmodules", "libvtkRenderingOpenGL2*.so*"),
    )
    found: set[str] = set()
    for package, path in wanted:
        spec = importlib.util.find_spec(package)
        folders = spec.submodule_search_locations if spec else None
        for folder in folders or ():
            for library in Path(folder).glob(path):
                found.update(system.unresolved_libraries(library))
    return sorted(found)


def fonts() -> dict[str, bool]:
    """Return which scripts can be written: Latin, and Chinese, Japanese and Korean."""
    lacking = {n.package for n in system.missing(needed_for=["text"])}
    return {"latin": "fonts-dejavu-core" not in lacking, "cjk": "fonts-noto-cjk" not in lacking}


def sentences(facts: Facts) -> list[str]:
    """Return the facts as lines for people."""
    lines = [f"citytwin {facts['citytwin']}, Python {facts['python']}, {facts['platform']}", ""]
    versions = facts["versions"]
    assert isinstance(versions, dict)
    lines += [f"  {name:20} {number or 'NOT INSTALLED'}" for name, number in versions.items()]
    return [*lines, "", _drawing_line(facts), _display_line(facts), _fonts_line(facts), "", *_missing_lines(facts)]


def _drawing_line(facts: Facts) -> str:
    opengl = facts["opengl"]
    assert isinstance(opengl, dict)
    if "error" in opengl:
        return f"OpenGL:  nothing can be drawn: {opengl['error']}"
    how = "by the processor (no graphics card is used)" if opengl["is_software"] else "by the graphics card"
    return f"OpenGL:  {opengl['opengl']}, drawn {how}: {opengl['renderer']} ({opengl['window_class']})"


def _display_line(facts: Facts) -> str:
    display = facts["display"]
    assert isinstance(display, dict)
    if display["is_there"]:
        return "Display: there is one"
    return "Display: none; windows cannot be opened, pictures can be drawn (citytwin render)"


def _fonts_line(facts: Facts) -> str:
    found = facts["fonts"]
    assert isinstance(found, dict)
    cjk = "there are some" if found["cjk"] else "none, such names show as boxes"
    return f"Fonts:   Latin: {'yes' if found['latin'] else 'no'}; Chinese, Japanese, Korean: {cjk}"


def _missing_lines(facts: Facts) -> list[str]:
    lacking, unknown = facts["missing"], facts["unresolved_libraries"]
    assert isinstance(lacking, list)
    assert isinstance(unknown, list)
    lines = [f"Missing: {', '.join(unknown)} (asked for by Qt or VTK)"] if unknown else []
    if not lacking:
        return [*lines, "" if unknown else "Nothing is missing."]
    lines += [f"Missing: {need['package']} (for the {need['needed_for']})" for need in lacking]
    return [*lines, "", f"To install it: {facts['install']}"]
