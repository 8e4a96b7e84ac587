"""The user's settings and folders: a small TOML file people may edit, and the cache.

The folders are CITYTWIN_CONFIG_DIR and CITYTWIN_CACHE_DIR where these are set, else what the system provides.
"""

from __future__ import annotations

import os
import tempfile
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

import platformdirs
import tomli_w

from twin.errors import SourceError
from twin.report import Report

APP = "citytwin"
SETTINGS_FILE = "settings.toml"
RECENT_KEPT = 12
_HEADING = "# Settings of citytwin. Lines that are missing have their usual value.\n\n"


@dataclass(frozen=True, slots=True)
class Settings:
    """What the user prefers; the fields' names are the file's keys."""

    theme: str = "system"
    """"light", "dark" or "system"."""
    mouse: str = "map"
    """"map" grabs the ground, "cad" orbits with the left button."""
    language: str = ""
    """A language code such as "de"; empty for the system's."""
    text_scale: float = 1.0
    """Size of the window's text, 0.75 to 3."""
    memory_mb: int = 0
    """Memory budget; 0 for half of what is free."""
    is_motion_smooth: bool = True
    """False: the camera jumps instead of flying."""
    are_online_maps_on: bool = False
    """True: map pictures may be fetched from the network."""
    recent: tuple[str, ...] = ()
    """Files opened lately, the last one first."""
    other: Mapping[str, object] = field(default_factory=dict)
    """Keys this version does not know; kept when the file is saved."""


def config_folder() -> Path:
    """Return the folder of the settings; it may not exist yet."""
    given = os.environ.get("CITYTWIN_CONFIG_DIR")
    return Path(given) if given else Path(platformdirs.user_config_dir(APP, appauthor=False))


def cache_folder() -> Path:
    """Return the folder for what can be made again; it may not exist yet."""
    given = os.environ.get("CITYTWIN_CACHE_DIR")
    return Path(given) if given else Path(platformdirs.user_cache_dir(APP, appauthor=False))


def results_folder() -> Path:
    """Return the folder where results lie until a project takes them in; it may not exist yet."""
    return cache_folder() / "results"


def load_settings(folder: Path | None = None) -> tuple[Settings, Report]:
    """Read the settings.

    folder    where settings.toml lies; None for config_folder()
    returns   the settings, with the usual value wherever the file has none that can be used; what was wrong in it
    """
    path = (folder or config_folder()) / SETTINGS_FILE
    report = Report()
    try:
        values = tomllib.loads(path.read_bytes().decode("utf-8-sig"))
    except FileNotFoundError:
        return Settings(), report
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        report.add(f"settings file cannot be read ({error}), the usual settings are used: {path}", count=1)
        return Settings(), report
    return _decoded(values, path, report), report


def save_settings(settings: Settings, folder: Path | None = None) -> Path:
    """Write the settings whole or not at all: a reader sees the old file or the new one.

    folder    where settings.toml shall lie; None for config_folder(); made if it is not there
    raises    SourceError  the folder cannot be written; the old file is as it was
    """
    folder = folder or config_folder()
    path = folder / SETTINGS_FILE
    known = {f.name: getattr(settings, f.name) for f in fields(Settings) if f.name != "other"}
    known["recent"] = list(settings.recent)
    text = _HEADING + tomli_w.dumps({**known, **settings.other})
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _replace(path, text.encode("utf-8"))
    except OSError as error:
        raise SourceError(
            f"The settings could not be saved ({error.strerror or error}).",
            hint=f"Make the folder writable, or name another one in CITYTWIN_CONFIG_DIR: {folder}",
            path=str(path),
        ) from error
    return path


def with_recent(settings: Settings, path: str | Path) -> Settings:
    """Return the settings with a file at the head of the recent ones."""
    name = str(path)
    return replace(settings, recent=(name, *(r for r in settings.recent if r != name))[:RECENT_KEPT])


def without_recent(settings: Settings, path: str | Path | None = None) -> Settings:
    """Return the settings without one recent file, or without any."""
    left = () if path is None else tuple(r for r in settings.recent if r != str(path))
    return replace(settings, recent=left)


def _replace(path: Path, content: bytes) -> None:
    """Put content in the place of a file in one step; the file beside it is gone again if that fails."""
    number, beside = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(number, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(beside).replace(path)
    except OSError:
        Path(beside).unlink(missing_ok=True)
        raise


# decoding: each key is checked by itself, one wrong value costs only itself


def _text(*allowed: str) -> Callable[[Any], str]:
    def check(value: Any) -> str:
        if not isinstance(value, str) or (allowed and value not in allowed):
            raise ValueError(f"one of {', '.join(allowed)}" if allowed else "a text in quotes")
        return value

    return check


def _number(low: float, high: float) -> Callable[[Any], float]:
    def check(value: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
            raise ValueError(f"a number from {low:g} to {high:g}")
        return value

    return check


def _whole(low: int, high: int) -> Callable[[Any], int]:
    def check(value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise ValueError(f"a whole number from {low} to {high}")
        return value

    return check


def _truth(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError("true or false")  # noqa: TRY004  caught below like every other wrong value
    return value


def _paths(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(v, str) for v in value):
        raise ValueError("a list of texts in quotes")
    return tuple(dict.fromkeys(value))[:RECENT_KEPT]


_CHECKS: dict[str, Callable[[Any], object]] = {
    "theme": _text("light", "dark", "system"),
    "mouse": _text("map", "cad"),
    "language": _text(),
    "text_scale": _number(0.75, 3.0),
    "memory_mb": _whole(0, 2**31),
    "is_motion_smooth": _truth,
    "are_online_maps_on": _truth,
    "recent": _paths,
}


def _decoded(values: Mapping[str, Any], path: Path, report: Report) -> Settings:
    known: dict[str, Any] = {}
    for key, check in _CHECKS.items():
        if key not in values:
            continue
        try:
            known[key] = check(values[key])
        except ValueError as error:
            report.add(f'setting "{key}" must be {error}; its usual value is used: {path}', count=1)
    return Settings(**known, other={k: v for k, v in values.items() if k not in _CHECKS})
