"""The five folders are top-level packages; make sure that Python finds ours and no stranger of the same name."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

PACKAGES = ("twin", "ui", "layers", "data", "plugins")


def intruder_sentence(root: Path | None = None) -> str:
    """Return a sentence that names the first package that is not ours and what to do; "" if all five are.

    root   the folder that holds the five; None for the folder this very file lies in
    """
    home = (root or Path(__file__).resolve().parents[1]).resolve()
    for name in PACKAGES:
        found = _place_of(name)
        if found == home / name:
            continue
        if found is None:
            return f'citytwin cannot start: its own package "{name}" is missing. Please install citytwin again: {home}'
        return (
            f'citytwin cannot start: another Python package named "{name}" is found before citytwin\'s own. '
            f"Install citytwin into an environment of its own (pipx or uv tool), "
            f"or start it from another folder and without PYTHONPATH: {found}"
        )
    return ""


def _place_of(name: str) -> Path | None:
    """Return the folder (or, for a lone module, the file) that Python takes for this name."""
    if name in sys.modules:
        file = getattr(sys.modules[name], "__file__", None)
    else:
        spec = importlib.util.find_spec(name)
        file = spec.origin if spec else None
    if file is None:
        return None
    path = Path(file).resolve()
    return path.parent if path.name == "__init__.py" else path
