"""Which plugins there are: found by name and looked at from outside. Nothing of theirs is imported here."""

from __future__ import annotations

import ast
import importlib.metadata
import importlib.util
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from enum import StrEnum
from pathlib import Path
from typing import Any

from data.settings import config_folder
from plugins.trust import Trust, sha256_of
from twin.errors import UsageError

GROUP = "citytwin.plugins"
PROJECT_SUFFIX = ".citytwin"
MARK = "plugins.contract"
"""A .py file is listed as a plugin where this stands in it."""
LARGEST_FILE = 4 * 2**20


class Origin(StrEnum):
    """Where a plugin was found."""

    BUILT_IN = "built in"
    INSTALLED = "installed"
    YOURS = "yours"
    """In the user's plugin folder, or named by its path."""
    PROJECT = "project"
    """Beside or inside a project: somebody else may have put it there."""


@dataclass(frozen=True)
class Found:
    """A plugin that was found; it may be refused."""

    name: str
    """What it is called until it has told its id."""
    origin: Origin
    reference: dict[str, Any]
    """What plugins.loading takes."""
    facts: dict[str, Any] = field(default_factory=dict)
    """What stands in its text: id, title, author, capabilities. Not what it is: only what it says."""
    refused: str = ""
    """Why it is not run, in words; empty where it may be."""
    hint: str = ""

    @property
    def path(self) -> str:
        """Return the file, where it is one."""
        return str(self.reference.get("path") or "")

    @property
    def sha256(self) -> str:
        """Return the file's SHA-256, where it is one."""
        return str(self.reference.get("sha256") or "")

    def is_called(self, name: str) -> bool:
        """Return whether this is the plugin of that name."""
        wanted = _folded(name)
        return wanted in {_folded(self.name), _folded(str(self.facts.get("id", "")))}


def plugin_folder() -> Path:
    """Return the user's plugin folder; it may not exist yet."""
    return config_folder() / "plugins"


def discover(trust: Trust, projects: Iterable[Path] = ()) -> list[Found]:
    """Return the plugins there are: built in, installed, the user's own, and those beside or inside projects.

    projects   paths of the projects or data files that are open
    """
    found = [*_built_in(), *_installed()]
    found += [_file(path, Origin.YOURS, trust) for path in _python_files(plugin_folder())]
    seen = {Path(f.path).resolve() for f in found if f.path}
    for project in projects:
        for path in project_files(project):
            if path.resolve() not in seen:
                seen.add(path.resolve())
                found.append(_file(path, Origin.PROJECT, trust))
    return found


def find(name: str, trust: Trust, projects: Sequence[Path] = ()) -> Found:
    """Return the plugin of a name, or the one in a file.

    raises   UsageError  there is none
    """
    path = Path(name)
    if path.suffix == ".py" or path.is_dir():
        return find_file(path, trust)
    known = discover(trust, projects)
    for found in known:
        if found.is_called(name):
            return found
    names = [str(f.facts.get("id") or f.name) for f in known]
    near = get_close_matches(name, names, n=1, cutoff=0.5)
    hint = f'Did you mean "{near[0]}"?' if near else f"There are: {', '.join(names) or 'none'}."
    raise UsageError(f'There is no plugin "{name}".', hint=f"{hint} See: citytwin plugin list")


def find_file(path: Path, trust: Trust) -> Found:
    """Return the plugin in a file (or in NAME/NAME.py of a folder); beside a project it has to be allowed.

    raises   UsageError  there is no such file
    """
    if path.is_dir():
        inside = path / f"{path.resolve().name}.py"
        path = inside if inside.is_file() else next(iter(_python_files(path)), inside)
    if not path.is_file():
        raise UsageError(f"There is no file {path}.", hint="Name a .py file, or an entry of `citytwin plugin list`.")
    path = path.resolve()
    return _file(path, Origin.PROJECT if is_beside_project(path) else Origin.YOURS, trust)


def is_beside_project(path: Path) -> bool:
    """Return whether a file lies inside a project or beside one."""
    inside = any(parent.suffix == PROJECT_SUFFIX for parent in path.resolve().parents)
    return inside or any(path.resolve().parent.glob(f"*{PROJECT_SUFFIX}"))


def project_files(project: Path) -> list[Path]:
    """Return the plugins inside a project and beside it (or beside a data file)."""
    folders = [project.resolve().parent, project.resolve().parent / "plugins"]
    if project.is_dir():
        folders += [project.resolve(), project.resolve() / "plugins"]
    own = Path(__file__).resolve().parent  # citytwin's sources may lie beside a project, too
    return [path for folder in folders if folder != own for path in _python_files(folder)]


def _built_in() -> list[Found]:
    spec = importlib.util.find_spec("plugins.builtin")
    folders = [Path(p) for p in (spec.submodule_search_locations or ())] if spec is not None else []
    found = []
    for path in sorted(p for folder in folders for p in folder.glob("*.py")):
        facts = static_facts(path)
        if not path.stem.startswith("_") and facts.get("id"):
            found.append(Found(path.stem, Origin.BUILT_IN, {"module": f"plugins.builtin.{path.stem}"}, facts))
    return found


def _installed() -> list[Found]:
    found = []
    for entry in importlib.metadata.entry_points(group=GROUP):
        author = ""
        if entry.dist is not None:
            about: Any = entry.dist.metadata
            author = str(about.get("Author") or about.get("Author-email") or "")
        reference = {"module": entry.module, "attribute": entry.attr}
        found.append(Found(entry.name, Origin.INSTALLED, reference, {"author": author} if author else {}))
    return found


def _file(path: Path, origin: Origin, trust: Trust) -> Found:
    try:
        sha256 = sha256_of(path)
    except OSError as error:
        return Found(path.stem, origin, {"path": str(path), "sha256": ""}, {}, f"It cannot be read ({error.strerror}).")
    reference = {"path": str(path), "sha256": sha256, "imports_beside": origin is Origin.YOURS}
    refused = hint = ""
    if origin is Origin.PROJECT and not trust.is_allowed(sha256):
        refused = "It lies beside or inside a project and has not been allowed on this machine."
        hint = f"Read it, then allow it with --trust {sha256}"
    return Found(path.stem, origin, reference, static_facts(path), refused, hint)


def _python_files(folder: Path) -> list[Path]:
    """Return the files of a folder that look like plugins, and NAME/NAME.py."""
    try:
        candidates = [*folder.glob("*.py"), *(p / f"{p.name}.py" for p in folder.iterdir() if p.is_dir())]
    except OSError:
        return []
    return sorted(p for p in candidates if _looks_like_plugin(p))


def _looks_like_plugin(path: Path) -> bool:
    if path.name.startswith(("_", "test_")):
        return False
    try:
        return path.stat().st_size <= LARGEST_FILE and MARK in path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False


def static_facts(path: Path) -> dict[str, Any]:
    """Return what stands in the Info(...) of a plugin's text, read without running it; empty where there is none."""
    try:
        tree = ast.parse(path.read_text(encoding="utf-8", errors="replace"))
    except (OSError, SyntaxError, ValueError, RecursionError):
        return {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) == "Info":
            return {k.arg: _constant(k.value) for k in node.keywords if k.arg and _constant(k.value) is not None}
    return {}


def _constant(node: ast.expr) -> Any:
    if isinstance(node, ast.Attribute):
        return node.attr.lower()
    if isinstance(node, ast.Tuple | ast.List):
        return [_constant(e) for e in node.elts]
    try:
        return ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return None


def _folded(name: str) -> str:
    return name.casefold().replace("_", "-")
