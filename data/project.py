"""The project bundle NAME.citytwin: a folder that is read and saved whole, whatever happens meanwhile.

project.json is the only file that is ever replaced. Everything else that a save writes gets a new name first and is on
the disk before project.json names it; what the former project.json named is removed only afterwards. So at every
moment the folder holds one whole state, the old one or the new one.
"""

from __future__ import annotations

import logging
import os
import re
import tomllib
import uuid
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import tomli_w

from data.project_schema import (
    FORMAT,
    HAND_WRITTEN,
    SCHEMA,
    Plain,
    checked_toml,
    decoded_json,
    encoded_json,
    first_line,
    is_below,
    plain_project,
    project_of,
    up_to_date,
)
from data.rules import rules_as_written, written_rules
from data.scenarios import scenarios_after, write_scenarios
from data.stories import written_slides
from twin.errors import PollError, ProjectError, SourceError
from twin.poll import poll_of_json
from twin.project import Project
from twin.version import VERSION

log = logging.getLogger(__name__)

SUFFIX = ".citytwin"
PROJECT_FILE = "project.json"
DATA, CACHE, AUTOSAVE = "data", "cache", "autosave"
MOST_BYTES = 64 * 2**20
"""A project.json or TOML file greater than this is none of ours."""
_OWN = {"format", "schema", "app", "saved", "serial", "files", "owned"}
_NUMBERED = re.compile(rf"^({'|'.join(HAND_WRITTEN)})\.(\d+)\.toml$")
_UNFINISHED = re.compile(r"^\.project\.json\.[0-9a-f]{8}$")
ALWAYS = ("views",)
"""Parts that are written even where there is nothing in them, so that people see where to write."""
_HEADINGS = {
    "views": "# The views of this project. A view needs a name; what is left out has its usual value.\n"
    "# lon_deg, lat_deg: the point looked at; heading_deg: 0 looks north; tilt_deg: 0 looks straight down.\n\n",
    "stories": "# The slides of the story, in their order. A slide needs a title; view names one of the views.\n"
    '# Texts may be plain, or by language: title = { en = "The harbour", de = "Der Hafen" }\n'
    "# description: what can be seen, for those who cannot see it; notes: for the presenter alone.\n\n",
    "rules": "# What is watched for in live data, one under each [[rule]]. A rule needs when:\n"
    '# when = "pm10 > 50 for 10 min", "no message for 5 min", "> 30 vehicles in this area", "mean speed < 3"\n'
    '# feed = "air"; area = "Old Town" or [[lon, lat], ...]; layer = "districts"; margin = 5; sound = true\n\n',
    "polls": "# What can be asked in a meeting.\n"
    "# kind: single, multiple, rating, ranking or scenario; rule: open or slip.\n"
    '# Texts may be plain, or by language: question = { en = "Which park?", de = "Welcher Park?" }\n\n',
}


@dataclass(frozen=True, slots=True)
class Stored:
    """A project as it stands in its folder."""

    project: Project
    folder: Path
    serial: int = 0
    """Counted up by each save."""
    saved: str = ""
    """When it was saved, UTC, ISO 8601."""
    app: str = VERSION
    """The citytwin that saved it."""
    files: dict[str, str] = field(default_factory=dict)
    """The hand-written parts and the files they stand in."""
    owned: tuple[str, ...] = ()
    """Files and folders in data/ that were copied there by us."""
    unknown: Plain = field(default_factory=dict)
    """Fields of a citytwin that knows more than this one; kept when it is saved."""


def is_project(path: Path) -> bool:
    """Return whether a path is a project's folder."""
    return path.suffix.lower() == SUFFIX and path.is_dir()


def read_project(folder: Path) -> Stored:
    """Read a project; its layers are not opened.

    raises   ProjectError  it is not there, damaged, unsafe, or from a newer version; nothing is changed
    """
    folder = Path(os.path.abspath(folder))  # noqa: PTH100  symbolic links stay as they are
    plain = up_to_date(decoded_json(_content(folder, PROJECT_FILE), PROJECT_FILE))
    files, owned = plain.get("files", {}), plain.get("owned", [])
    if not _are_names(files, owned):
        raise ProjectError(
            "This project names files outside its folder.",
            hint="It was changed by hand or by someone who means no good; nothing was opened.",
            folder=str(folder),
        )
    body = {key: value for key, value in plain.items() if key not in _OWN}
    for part, name in files.items():
        if part in HAND_WRITTEN:
            body[part] = _entries(folder, name, HAND_WRITTEN[part])
    for part, entry in HAND_WRITTEN.items():
        body[part] = _with_hand_made(folder, part, entry, body.get(part, []))
    project, unknown = project_of(body, folder)
    project = _with_scenarios_changed(project, folder)
    serial = plain.get("serial")
    return Stored(
        project,
        folder,
        serial if isinstance(serial, int) and 0 <= serial < 2**53 else 0,
        str(plain.get("saved", "")),
        str(plain.get("app", "")),
        files,
        tuple(owned),
        unknown,
    )


class _Heading(msgspec.Struct):
    """What project.json says of the save that wrote it."""

    saved: str = ""
    serial: int = 0


def saved_meanwhile(stored: Stored) -> str:
    """Return when somebody else has saved a project since it was read or written, as ISO 8601; "" if nobody has.

    A project.json that cannot be read counts as nobody: a save puts a whole one in its place.
    """
    try:
        heading = msgspec.json.decode(_content(stored.folder, PROJECT_FILE), type=_Heading)
    except (ProjectError, msgspec.DecodeError):
        return ""
    return "" if (heading.saved, heading.serial) == (stored.saved, stored.serial) else heading.saved or _now()


def write_project(
    project: Project, folder: Path, *, before: Stored | None = None, owned: tuple[str, ...] = ()
) -> Stored:
    """Save a project: at every moment the folder holds the old state or the new one, whole.

    before   what the folder holds; None for a new one
    owned    files in data/ that belong to the project; others that belonged to it are removed once it is saved
    raises   ProjectError  the folder cannot be written; what it held is as it was
    """
    serial = max(before.serial if before else 0, _greatest_number(folder)) + 1
    unknown = before.unknown if before else {}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        plain = plain_project(project, folder, unknown)
        files = dict(before.files) if before else {}
        for part, entry in HAND_WRITTEN.items():
            entries = plain.pop(part, [])
            if entries or part in files or part in ALWAYS:
                files |= _write_part(folder, part, entry, entries, serial, before)
        stored = Stored(project, folder, serial, _now(), VERSION, files, owned, unknown)
        heading = {"format": FORMAT, "schema": SCHEMA, "app": VERSION, "saved": stored.saved, "serial": serial}
        _replace(folder / PROJECT_FILE, encoded_json({**heading, "files": files, "owned": list(owned), **plain}))
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ProjectError(
            f'"{folder.name}" could not be saved ({reason}).',
            hint=f"What was saved before is as it was. Free space, or save elsewhere: {folder}",
            folder=str(folder),
        ) from error
    _clean_up(stored, before)
    _write_scenarios(project, folder)
    return stored


def _with_scenarios_changed(project: Project, folder: Path) -> Project:
    """Take over what another program has changed in the scenarios' GeoPackage; a broken one changes nothing."""
    composition = project.view.composition
    try:
        found = scenarios_after(composition.scenarios, folder)
    except SourceError as error:
        log.warning("%s", error)
        return project
    if found == composition.scenarios:
        return project
    shown = composition.scenario if any(s.id == composition.scenario for s in found) else ""
    changed = replace(composition, scenarios=found, scenario=shown)
    return replace(project, view=replace(project.view, composition=changed))


def _write_scenarios(project: Project, folder: Path) -> None:
    """Write the scenarios for other programs; they stand in project.json in any case."""
    try:
        write_scenarios(project.view.composition.scenarios, folder)
    except SourceError as error:
        log.warning("%s", error)


def _content(folder: Path, name: str) -> bytes:
    """Return the bytes of one of the project's own files."""
    path = folder / name
    try:
        is_there = path.is_file() and not path.is_symlink()
        is_too_large = is_there and path.stat().st_size > MOST_BYTES
        content = path.read_bytes() if is_there and not is_too_large else b""
    except OSError as error:
        raise ProjectError(
            f'The project\'s "{name}" cannot be read ({error.strerror or error}).',
            hint=f"Check the folder: {folder}",
            folder=str(folder),
        ) from error
    if not is_there:
        what = "There is no project" if not folder.exists() else f'There is no "{name}" in the project'
        hint = "Copy the whole folder again" if folder.exists() else "Check the name and the folder"
        raise ProjectError(f'{what} "{folder.name}".', hint=f"{hint}: {folder}", folder=str(folder))
    if is_too_large:
        raise ProjectError(f'The project\'s "{name}" is too large to be one.', hint="Take another copy of it.")
    return content


def _are_names(files: Any, owned: Any) -> bool:
    """Return whether the files named are plain names in the folder, and what is owned lies in data/."""
    if not isinstance(files, dict) or not isinstance(owned, list):
        return False
    names = list(files.values())
    return all(isinstance(n, str) and is_below(n) and not re.search(r"[/\\]", n) for n in names) and all(
        isinstance(n, str) and is_below(n) and n.startswith(f"{DATA}/") and n.count("/") == 1 and "\\" not in n
        for n in owned
    )


# parts that people may write by hand


def _entries(folder: Path, name: str, entry: str) -> list[Any]:
    try:
        text = _content(folder, name).decode("utf-8-sig")
        entries = checked_toml(tomllib.loads(text), entry)
        if entry == "slide":
            return written_slides(entries)
        if entry == "rule":
            return written_rules(entries, text)
        return [msgspec.to_builtins(poll_of_json(one)) for one in entries] if entry == "poll" else entries
    except PollError as error:
        raise ProjectError(
            f'The project\'s "{name}" has a poll that cannot be asked: {error.sentence}', hint=error.hint, file=name
        ) from error
    except (ValueError, RecursionError) as error:
        raise ProjectError(
            f'The project\'s "{name}" cannot be read ({first_line(error)}).',
            hint=f"Correct that line, or take the file away: {folder / name}",
            file=name,
        ) from error


def _with_hand_made(folder: Path, part: str, entry: str, entries: list[Any]) -> list[Any]:
    """Return a part's entries and those of a file PART.toml that a person has put beside project.json, which win."""
    if not (folder / f"{part}.toml").is_file():
        return entries
    made = _entries(folder, f"{part}.toml", entry)
    names = {e.get("name", e.get("id")) for e in made}
    return [*(e for e in entries if e.get("name", e.get("id")) not in names), *made]


def _write_part(
    folder: Path, part: str, entry: str, entries: list[Any], serial: int, before: Stored | None
) -> dict[str, str]:
    """Write a part that people may edit under a new name, unless the file that is there says the same."""
    name = before.files.get(part) if before else None
    if name is not None and not (folder / f"{part}.toml").is_file():
        with suppress(ProjectError):
            if _entries(folder, name, entry) == [_brief(e) for e in entries]:
                return {part: name}
    name = f"{part}.{serial}.toml"
    worded = rules_as_written(entries) if entry == "rule" else entries
    named = {entry: [_brief(e) for e in worded]} if entries else {}  # or nobody could add one below
    text = _HEADINGS.get(part, "") + tomli_w.dumps(named)
    _write(folder / name, text.encode("utf-8", "replace"))
    return {part: name}


def _brief(value: Any) -> Any:
    """Return a value without what TOML has no word for (None)."""
    if isinstance(value, dict):
        return {key: _brief(v) for key, v in value.items() if v is not None}
    return [_brief(v) for v in value] if isinstance(value, list | tuple) else value


# writing


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def _greatest_number(folder: Path) -> int:
    """Return the greatest number that a file of the folder has, so that no name is used twice."""
    numbers = [0]
    with suppress(OSError):
        numbers += [int(m[2]) for p in folder.iterdir() if (m := _NUMBERED.match(p.name)) and len(m[2]) < 15]
    return max(numbers)


def _write(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _replace(path: Path, content: bytes) -> None:
    """Put a file in the place of another in one step, once it is on the disk."""
    beside = path.with_name(f".{path.name}.{uuid.uuid4().hex[:8]}")
    try:
        _write(beside, content)
        sync_folder(path.parent)
        beside.replace(path)
        sync_folder(path.parent)
    except OSError:
        with suppress(OSError):
            beside.unlink(missing_ok=True)
        raise


def sync_folder(folder: Path) -> None:
    """Have a folder's names on the disk; a system that knows no such thing is passed over."""
    with suppress(OSError):
        number = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(number)
        finally:
            os.close(number)


def _clean_up(stored: Stored, before: Stored | None) -> None:
    """Remove what the former state had and the new one has not; what cannot be removed stays and does no harm."""
    named = set(stored.files.values())
    with suppress(OSError):
        for path in list(stored.folder.iterdir()):
            if (_NUMBERED.match(path.name) and path.name not in named) or _UNFINISHED.match(path.name):
                with suppress(OSError):
                    path.unlink()
    for part in HAND_WRITTEN:
        with suppress(OSError):
            if (stored.folder / f"{part}.toml").is_file():
                (stored.folder / f"{part}.toml").replace(stored.folder / f"{part}.taken-over.toml")
    for name in set(before.owned if before else ()) - set(stored.owned):
        remove(stored.folder / name)


def remove(path: Path) -> None:
    """Remove a file or folder of the project's own; a symbolic link only itself."""
    from shutil import rmtree  # noqa: PLC0415  rarely needed

    with suppress(OSError):
        if path.is_dir() and not path.is_symlink():
            rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


def moved(stored: Stored, folder: Path) -> Stored:
    """Return what is stored as if it were in another folder: for what is saved there next."""
    return replace(stored, folder=folder)
