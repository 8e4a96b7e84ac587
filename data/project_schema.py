"""What stands in project.json: a Project field by field, under a schema number, older numbers brought up to date.

The fields are those of twin.project.Project and of what it holds; nothing here knows their names, so a new field with
a default is written and read without a change here. What people may write by hand goes into TOML files of its own.
Every text under the key "path" is a file; it is written relative to the project's folder where that is possible.
"""

from __future__ import annotations

import json
import math
import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

import msgspec

from twin.errors import ProjectError
from twin.project import Project

FORMAT = "citytwin project"
SCHEMA = 1
HAND_WRITTEN: dict[str, str] = {"views": "view", "polls": "poll", "stories": "slide", "rules": "rule"}
"""Fields of Project that stand in a TOML file of their own, and what one entry of them is called there."""
IDENTITIES = ("id", "layer_id", "name", "number", "key")
"""By the first of these that it has, an entry of a list is known again."""
_ADDRESS = re.compile(r"^[A-Za-z][A-Za-z0-9+.-]+://")
_PLACE = re.compile(r"at `\$?\.?(.*)`")

Plain = dict[str, Any]


def plain_project(project: Project, folder: Path, unknown: Plain) -> Plain:
    """Return a project as what JSON and TOML know, with the fields that only a newer citytwin knows put back."""
    plain: Plain = msgspec.to_builtins(project)
    whole: Plain = merged(_each_path(plain, lambda path: _portable(path, folder)), unknown)
    return whole


def project_of(plain: Plain, folder: Path) -> tuple[Project, Plain]:
    """Return the project, and the fields that are not known here.

    raises   ProjectError  a value is of the wrong kind, no finite number, or a file inside climbs out of the folder
    """
    _refuse_climbing(plain, folder)
    placed = _each_path(plain, lambda path: _placed(path, folder))
    try:
        project = msgspec.convert(placed, Project)
    except (msgspec.ValidationError, RecursionError) as error:
        raise _wrong(error, folder) from error
    unknown = left_over(placed, msgspec.to_builtins(project))
    return project, unknown if isinstance(unknown, dict) else {}


def decoded_json(text: bytes, name: str) -> Plain:
    """Return the object in a JSON file.

    raises   ProjectError  it is cut off, or is no JSON object of finite numbers
    """
    try:
        found = json.loads(text.decode("utf-8-sig", "surrogatepass"), parse_constant=_not_finite)
        _check_numbers(found)
    except (ValueError, RecursionError) as error:
        raise ProjectError(
            f'The project\'s "{name}" is cut off or damaged ({first_line(error)}).',
            hint="Take a copy of it that is whole.",
            file=name,
        ) from error
    if not isinstance(found, dict):
        raise ProjectError(f'The project\'s "{name}" holds no project.', hint="Take a copy of it that is whole.")
    return found


def encoded_json(plain: Plain) -> bytes:
    """Return an object as a JSON file that a person can read."""
    text = json.dumps(plain, ensure_ascii=False, allow_nan=False, indent=1) + "\n"
    return text.encode("utf-8", "surrogatepass")


# versions


def up_to_date(plain: Plain) -> Plain:
    """Bring what an older citytwin has written into today's form, version by version.

    raises   ProjectError  it is no project, or one of a newer version
    """
    schema = plain.get("schema")
    if plain.get("format") != FORMAT or not isinstance(schema, int) or isinstance(schema, bool) or schema < 0:
        raise ProjectError("This is no citytwin project.", hint="Open a folder that citytwin has saved.")
    if schema > SCHEMA:
        app = plain.get("app")
        newer = f" ({app})" if isinstance(app, str) else ""
        raise ProjectError(
            f"This project was saved by a newer citytwin{newer}: its form is {schema}, and this one knows {SCHEMA}.",
            hint="Update citytwin, or save the project there in an older form. Nothing was changed.",
            schema=schema,
        )
    try:
        for number in range(schema, SCHEMA):
            plain = MIGRATIONS[number](plain) | {"schema": number + 1}
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ProjectError(
            f"This project of the old form {schema} is damaged ({type(error).__name__}: {error}).",
            hint="Take a copy of it that is whole.",
        ) from error
    return plain


def _from_0(plain: Plain) -> Plain:
    """Bring the first form up to date: flat layers with their style, the camera in degrees, no composition."""
    camera = dict(plain.get("camera", {}))
    for name in ("heading", "tilt", "view_angle"):
        if f"{name}_deg" in camera:
            camera[f"{name}_rad"] = math.radians(camera.pop(f"{name}_deg"))
    layers, states = [], []
    for old in plain.get("layers", []):
        layer = dict(old)
        source = {key: layer.pop(key) for key in ("path", "layer", "crs", "kind", "height_field") if key in layer}
        is_inside = not PurePosixPath(source["path"]).is_absolute() and ".." not in PurePosixPath(source["path"]).parts
        state = {"layer_id": layer["id"], "style": layer.pop("style", {}), "is_visible": layer.pop("is_on", True)}
        layers.append({**layer, "name": layer.get("name", layer["id"]), "source": {**source, "is_inside": is_inside}})
        states.append({**state, "joins": layer.pop("joins", [])})
    rest = {key: value for key, value in plain.items() if key not in ("camera", "layers", "theme")}
    composition = {"layers": states, "theme": plain.get("theme", "light")}
    return {**rest, "layers": layers, "view": {"camera": camera, "composition": composition}}


MIGRATIONS: dict[int, Callable[[Plain], Plain]] = {0: _from_0}
"""From each older number to the next."""


# fields that are not known here


def left_over(found: Any, known: Any) -> Any:
    """Return what of a tree another does not have; None for nothing. Entries of lists are known by their ids."""
    if isinstance(found, dict) and isinstance(known, dict):
        left = {key: value if key not in known else left_over(value, known[key]) for key, value in found.items()}
        left = {key: value for key, value in left.items() if value is not None}
        return left or None
    if isinstance(found, list) and isinstance(known, list | tuple):
        by_id = {identity(entry): entry for entry in known}
        entries = {identity(e): left_over(e, by_id[identity(e)]) for e in found if identity(e) in by_id}
        entries = {key: value for key, value in entries.items() if key is not None and value is not None}
        return entries or None
    return None


def merged(known: Any, left: Any) -> Any:
    """Return a tree with what left_over has found put back where its place still exists."""
    if isinstance(known, dict) and isinstance(left, dict):
        return {**known, **{k: merged(known[k], v) if k in known else v for k, v in left.items()}}
    if isinstance(known, list) and isinstance(left, dict):
        return [merged(entry, left.get(identity(entry))) for entry in known]
    return known


def identity(entry: Any) -> str | None:
    """Return what a list's entry is known by, None where it has nothing of that kind."""
    if isinstance(entry, dict):
        for key in IDENTITIES:
            if isinstance(entry.get(key), str | int):
                return f"{key}={entry[key]}"
    return None


# files


def _each_path(plain: Any, change: Callable[[str], str]) -> Any:
    if isinstance(plain, dict):
        return {
            key: change(value) if key == "path" and isinstance(value, str) and value else _each_path(value, change)
            for key, value in plain.items()
        }
    if isinstance(plain, list | tuple):
        return [_each_path(entry, change) for entry in plain]
    return plain


def _portable(path: str, folder: Path) -> str:
    """Return a path as it is written: relative where both lie below one folder, with / on every system."""
    if _ADDRESS.match(path):
        return _without_secret(path)
    whole, home = os.path.abspath(path), os.path.abspath(folder)  # noqa: PTH100  symbolic links stay as they are
    try:
        shared = Path(os.path.commonpath([whole, home]))
    except ValueError:  # another drive
        return path
    if shared == Path(shared.anchor):
        return whole
    return os.path.relpath(whole, home).replace(os.sep, "/")


def _without_secret(address: str) -> str:
    """Return an address without the password in it: a project is handed on."""
    return re.sub(r"^([^:]+://[^/@:]*):[^/@]*@", r"\1@", address)


def _placed(path: str, folder: Path) -> str:
    """Return a path as it can be opened."""
    if _ADDRESS.match(path) or is_absolute(path):
        return path
    return os.path.normpath(folder / path)


def is_absolute(path: str) -> bool:
    """Return whether a path is absolute on any system."""
    return PurePosixPath(path).is_absolute() or PureWindowsPath(path).is_absolute() or path.startswith(("\\", "//"))


def is_below(path: str) -> bool:
    """Return whether a relative path stays below where it begins, on any system."""
    parts = PureWindowsPath(path).parts
    return bool(parts) and not is_absolute(path) and ".." not in parts and ":" not in parts[0] and "\0" not in path


def _refuse_climbing(plain: Plain, folder: Path) -> None:
    layers = plain.get("layers")
    for layer in layers if isinstance(layers, list) else []:
        source = layer.get("source") if isinstance(layer, dict) else None
        if not (isinstance(source, dict) and source.get("is_inside") is True and isinstance(source.get("path"), str)):
            continue
        path = source["path"]
        if not is_below(path) or not _is_really_below(folder / path, folder):
            raise ProjectError(
                f'This project says that "{path[:200]}" is inside it, but that is outside its folder.',
                hint="It was changed by hand or by someone who means no good; nothing was opened.",
                file=path,
            )


def _is_really_below(path: Path, folder: Path) -> bool:
    """Return whether a path is below a folder once symbolic links are followed."""
    try:
        return path.resolve().is_relative_to(folder.resolve())
    except (OSError, RuntimeError, ValueError):
        return False


# what is wrong


def first_line(error: BaseException) -> str:
    """Return what an error says, its kind where it says nothing."""
    return next(iter(str(error).splitlines()), "") or type(error).__name__


def _not_finite(word: str) -> float:
    raise ValueError(f"{word} is no number")


def _check_numbers(plain: Any) -> None:
    """Refuse numbers that are too great to be one (1e999)."""
    waiting = [plain]
    while waiting:
        value = waiting.pop()
        if isinstance(value, float) and not math.isfinite(value):
            raise ValueError("a number is too great")
        if isinstance(value, dict):
            waiting += value.values()
        elif isinstance(value, list):
            waiting += value


def _wrong(error: Exception, folder: Path) -> ProjectError:
    what = first_line(error)
    place = _PLACE.search(what)
    where = f" at {place[1]}" if place and place[1] else ""
    said = re.sub(r" - at `.*`$", "", what)
    return ProjectError(
        f'The project "{folder.name}" has a value that cannot be used{where}: {said}.',
        hint="Correct it in project.json or the TOML file beside it, or take another copy.",
        folder=str(folder),
    )


def checked_toml(found: Mapping[str, Any], entry: str) -> list[Any]:
    """Return the entries of a hand-written file.

    raises   ValueError  there is something else under that name
    """
    entries = found.get(entry, [])
    if not isinstance(entries, list) or not all(isinstance(one, dict) for one in entries):
        raise ValueError(f"write each one under [[{entry}]]")
    _check_numbers(list(entries))
    return entries
