"""What the machine itself must have: system libraries, fonts, a screen; and what to install where it lacks them.

The one list of Debian packages: `citytwin doctor` and the Makefile both read it. Only the standard library is used,
so that the Makefile can run this file before anything is installed: python3 -I ui/system.py --missing-packages
"""

from __future__ import annotations

import ctypes
import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Need:
    """One thing the machine must have, and the Debian package that brings it."""

    package: str
    needed_for: str
    """"python", "picture", "window", "text" or "test"."""
    any_of: tuple[str, ...]
    """Shared libraries, program names or file patterns; one of them is enough."""


LIBRARY_FOLDERS = ("/usr/lib/*-linux-gnu", "/usr/lib64", "/usr/lib", "/usr/local/lib")
FONT_FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts", "~/.fonts", "~/.local/share/fonts")

NEEDS: tuple[Need, ...] = (
    Need("python3-venv", "python", ("module:ensurepip",)),
    Need("libexpat1", "python", ("libexpat.so.1",)),
    Need("libgl1", "picture", ("libGL.so.1",)),
    Need("libegl1", "picture", ("libEGL.so.1",)),
    Need("libegl-mesa0", "picture", ("libEGL_mesa.so.0", "libEGL_nvidia.so.0")),
    Need("libglx-mesa0", "picture", ("libGLX_mesa.so.0", "libGLX_nvidia.so.0")),
    Need("libgl1-mesa-dri", "picture", ("file:dri/swrast_dri.so", "file:dri/kms_swrast_dri.so", "file:libgallium*.so")),
    Need("libx11-6", "picture", ("libX11.so.6",)),
    Need("libxrender1", "picture", ("libXrender.so.1",)),
    Need("libxcursor1", "picture", ("libXcursor.so.1",)),
    Need("libglib2.0-0", "window", ("libglib-2.0.so.0",)),
    Need("libfontconfig1", "window", ("libfontconfig.so.1",)),
    Need("libfreetype6", "window", ("libfreetype.so.6",)),
    Need("libdbus-1-3", "window", ("libdbus-1.so.3",)),
    Need("libxkbcommon0", "window", ("libxkbcommon.so.0",)),
    Need("libxkbcommon-x11-0", "window", ("libxkbcommon-x11.so.0",)),
    Need("libx11-xcb1", "window", ("libX11-xcb.so.1",)),
    Need("libxcb-cursor0", "window", ("libxcb-cursor.so.0",)),
    Need("libxcb-icccm4", "window", ("libxcb-icccm.so.4",)),
    Need("libxcb-image0", "window", ("libxcb-image.so.0",)),
    Need("libxcb-keysyms1", "window", ("libxcb-keysyms.so.1",)),
    Need("libxcb-randr0", "window", ("libxcb-randr.so.0",)),
    Need("libxcb-render0", "window", ("libxcb-render.so.0",)),
    Need("libxcb-render-util0", "window", ("libxcb-render-util.so.0",)),
    Need("libxcb-shape0", "window", ("libxcb-shape.so.0",)),
    Need("libxcb-shm0", "window", ("libxcb-shm.so.0",)),
    Need("libxcb-sync1", "window", ("libxcb-sync.so.1",)),
    Need("libxcb-util1", "window", ("libxcb-util.so.1",)),
    Need("libxcb-xfixes0", "window", ("libxcb-xfixes.so.0",)),
    Need("libxcb-xkb1", "window", ("libxcb-xkb.so.1",)),
    Need("fonts-dejavu-core", "text", ("font:DejaVuSans.ttf",)),
    Need(
        "fonts-noto-cjk", "text", ("font:NotoSansCJK*", "font:NotoSansJP*", "font:ipag*", "font:wqy*", "font:Droid*F*")
    ),
    Need("xvfb", "test", ("program:Xvfb",)),
    Need("xauth", "test", ("program:xauth",)),
    Need("mosquitto", "test", ("program:mosquitto", "program:/usr/sbin/mosquitto")),
    Need("postgresql-postgis", "test", ("pattern:/usr/share/postgresql/*/extension/postgis.control",)),
    Need("chromium", "test", ("program:chromium", "program:google-chrome")),
    Need("iproute2", "test", ("program:ip",)),
    Need("poppler-utils", "test", ("program:pdftoppm",)),
    Need("nodejs", "test", ("program:node",)),
    Need("npm", "test", ("program:npm",)),
)


def missing(*, needed_for: Iterable[str] | None = None) -> list[Need]:
    """Return what this machine lacks, in the list's order; nothing is looked for on Windows and macOS.

    needed_for   only these purposes; None looks for everything
    """
    if not sys.platform.startswith("linux"):
        return []
    purposes = None if needed_for is None else set(needed_for)
    wanted = [n for n in NEEDS if purposes is None or n.needed_for in purposes]
    return [n for n in wanted if not any(is_there(thing) for thing in n.any_of)]


def is_there(thing: str) -> bool:
    """Return whether a thing exists.

    thing   a shared library's name, or one of "module:", "program:", "pattern:" (a path with stars), "file:" (below a
            library folder) and "font:"
    """
    kind, _, name = thing.rpartition(":")
    if kind == "module":
        return importlib.util.find_spec(name) is not None
    if kind == "program":
        return shutil.which(name) is not None
    if kind == "pattern":
        return any(Path("/").glob(name.lstrip("/")))
    if kind == "file":
        return any(any(_below(folder, name)) for folder in LIBRARY_FOLDERS)
    if kind == "font":
        return any(any(Path(f).expanduser().rglob(name)) for f in FONT_FOLDERS if Path(f).expanduser().is_dir())
    try:
        ctypes.CDLL(name)
    except OSError:
        return False
    return True


def _below(folder: str, name: str) -> Iterable[Path]:
    return Path("/").glob(f"{folder[1:]}/{name}")


def install_line(needs: Iterable[Need], *, is_root: bool | None = None) -> str:
    """Return the one line that installs them on Debian and its relatives; "" where nothing is missing."""
    packages = [n.package for n in needs]
    if not packages:
        return ""
    root = (hasattr(os, "geteuid") and os.geteuid() == 0) if is_root is None else is_root
    return f"{'' if root else 'sudo '}apt-get install --yes --no-install-recommends {' '.join(packages)}"


def unresolved_libraries(path: Path) -> list[str]:
    """Return the shared libraries that a library asks for and the machine does not have; [] if that cannot be told."""
    ldd = shutil.which("ldd")
    if ldd is None or not path.exists():
        return []
    told = subprocess.run([ldd, str(path)], capture_output=True, text=True, check=False).stdout
    return sorted({line.split()[0] for line in told.splitlines() if "not found" in line})


def has_display() -> bool:
    """Return whether a window could be shown here; a display that is named but does not answer is none."""
    if not sys.platform.startswith("linux"):
        return True
    socket = os.environ.get("WAYLAND_DISPLAY")
    if socket and (Path(os.environ.get("XDG_RUNTIME_DIR", "/")) / socket).exists():
        return True
    return bool(os.environ.get("DISPLAY")) and _x_answers()


def _x_answers() -> bool:
    try:
        x11 = ctypes.CDLL("libX11.so.6")
    except OSError:
        return False
    x11.XOpenDisplay.restype = ctypes.c_void_p
    display = x11.XOpenDisplay(None)
    if not display:
        return False
    x11.XCloseDisplay(ctypes.c_void_p(display))
    return True


def window_obstacle() -> tuple[str, str]:
    """Return why Qt could open no window here, and what to do; ("", "") if nothing is in the way.

    Qt itself would abort the process. Where QT_QPA_PLATFORM is set, somebody knows better, and nothing is checked.
    """
    if os.environ.get("QT_QPA_PLATFORM") or not sys.platform.startswith("linux"):
        return "", ""
    if not has_display():
        named = os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
        what = f'The display "{named}" does not answer' if named else "There is no display here"
        return (
            f"{what}, so no window can be opened.",
            "Pictures can be drawn without one: citytwin render FILE -o OUT.png",
        )
    lacking = missing(needed_for=["window"])
    if lacking and not os.environ.get("WAYLAND_DISPLAY"):
        return "System libraries for the window are missing.", f"To install them: {install_line(lacking)}"
    return "", ""


def main(words: list[str]) -> int:
    """Answer the Makefile: --missing-packages [PURPOSE...] prints names, --has-display answers by its status."""
    if words[:1] == ["--has-display"]:
        return 0 if has_display() else 1
    if words[:1] == ["--missing-packages"]:
        sys.stdout.write(" ".join(n.package for n in missing(needed_for=words[1:] or None)) + "\n")
        return 0
    sys.stderr.write("usage: system.py --has-display | --missing-packages [PURPOSE...]\n")
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
