"""Bringing the files of a project into its folder: each data set whole, under a name that was free, or not at all."""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from data.project import DATA, remove, sync_folder
from data.provenance import OF_ONE, stated_beside
from twin.errors import ProjectError

WITH_COMPANIONS = {".shp", ".tab", ".mif", ".gml", ".xml", ".tif", ".tiff", ".jpg", ".png", ".vrt", ".obj", ".gltf"}
"""Formats whose data sets are several files of one stem."""
_SPARE_BYTES = 16 * 2**20


def files_of_dataset(path: Path) -> list[Path]:
    """Return the files that make a data set: the file itself first, then those of the same stem that belong to it."""
    if path.suffix.lower() not in WITH_COMPANIONS:
        beside = [path.with_name(path.name + end) for end in (".aux.xml", "-wal")]
        return [path, *(p for p in beside if p.is_file())]
    stem = path.name[: -len(path.suffix)]
    try:
        siblings = [p for p in sorted(path.parent.iterdir()) if p.name.startswith(f"{stem}.") and p.is_file()]
    except OSError:
        siblings = []
    return [path, *(p for p in siblings if p != path)]


def size_of(path: Path) -> int:
    """Return the bytes of a data set: of a file with its companions, or of a folder; 0 if it is not there."""
    with suppress(OSError):
        if path.is_dir():
            return sum(p.stat().st_size for p in path.rglob("*") if p.is_file() and not p.is_symlink())
        return sum(p.stat().st_size for p in files_of_dataset(path) if p.exists())
    return 0


def size_of_folder(folder: Path) -> int:
    """Return the bytes of all files in a folder."""
    return sum(p.lstat().st_size for p in folder.rglob("*") if p.is_file() and not p.is_symlink())


def is_inside(path: Path, folder: Path) -> bool:
    """Return whether a file lies in a project's folder, symbolic links followed."""
    try:
        return path.resolve().is_relative_to(folder.resolve())
    except (OSError, RuntimeError):
        return False


def brought_in(path: Path, folder: Path, *, on_copied: Callable[[int], None] | None = None) -> tuple[Path, list[str]]:
    """Copy a data set into a project's data folder.

    path       a file or a folder that is one data set
    on_copied  called with the bytes of each file once it is copied
    returns    where it is now, and the names ("data/x.shp", "data/x.dbf") that it has in the project
    raises     ProjectError  it is not there, or there is no room; what was copied of it is removed
    """
    data = folder / DATA
    made: list[Path] = []
    try:
        parts = [path] if path.is_dir() else files_of_dataset(path)
        needed, free = size_of(path), shutil.disk_usage(_existing(folder)).free
        if needed + _SPARE_BYTES > free:
            raise ProjectError(
                f'"{path.name}" takes {needed / 1e6:,.0f} MB, but only {free / 1e6:,.0f} MB are free.',
                hint="Free space, or link to it instead of copying it.",
                path=str(path),
            )
        data.mkdir(parents=True, exist_ok=True)
        stem = _free_stem(data, path, parts)
        old = path.name if path.is_dir() else path.name[: len(path.name) - len(path.suffix)]
        for part in parts:
            target = data / (stem + part.name[len(old) :])
            made.append(target)
            _copy(part, target)
            if on_copied is not None:
                on_copied(size_of(target) if target.is_dir() else target.stat().st_size)
        _bring_licence(path, made[0])
        sync_folder(data)
    except OSError as error:
        for target in made:
            remove(target)
        raise ProjectError(
            f'"{path.name}" could not be copied into the project ({error.strerror or error}).',
            hint=f"Check that it can be read and that there is room, or link to it instead: {path}",
            path=str(path),
        ) from error
    return made[0], [f"{DATA}/{target.name}" for target in made]


def _bring_licence(path: Path, target: Path) -> None:
    """Copy what states a data set's licence, so that it goes where the data goes."""
    stated = stated_beside(path)
    if stated is not None:
        with suppress(OSError):
            place = target.with_name(f"{OF_ONE}{target.stem}{stated.suffix or '.txt'}")
            if not place.exists():
                shutil.copyfile(stated, place)


def _existing(folder: Path) -> Path:
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    return folder


def _free_stem(data: Path, path: Path, parts: list[Path]) -> str:
    """Return a stem under which none of the parts is there already."""
    old = path.name if path.is_dir() else path.name[: len(path.name) - len(path.suffix)]
    ends = [part.name[len(old) :] for part in parts]
    base, suffix = (path.stem, path.suffix) if path.is_dir() else (old, "")
    stem, number = base + suffix, 2
    while any(os.path.lexists(data / (stem + end)) for end in ends):
        stem, number = f"{base}-{number}{suffix}", number + 1
    return stem


def _copy(source: Path, target: Path) -> None:
    """Copy a file or folder; it has its name only once it is whole and on the disk."""
    beside = target.with_name(f".copying-{uuid.uuid4().hex[:8]}")
    try:
        if source.is_dir():
            shutil.copytree(source, beside, copy_function=_copy_file)
        else:
            _copy_file(str(source), str(beside))
        beside.replace(target)
    except BaseException:
        remove(beside)
        raise


def _copy_file(source: str, target: str) -> None:
    shutil.copyfile(source, target)
    with suppress(OSError):
        shutil.copystat(source, target)
        Path(target).chmod(0o644)  # a copy of a file that is read-only may be removed again
    with Path(target).open("rb+") as file:
        os.fsync(file.fileno())


def remove_unfinished(folder: Path) -> None:
    """Remove copies that were begun by someone who ended before they were whole."""
    with suppress(OSError):
        for path in (folder / DATA).glob(".copying-*"):
            remove(path)


def copy_bundle(folder: Path, target: Path, *, leave: Callable[[Path], bool], is_linked: bool = False) -> None:
    """Copy a project's folder to one that is not there yet.

    leave      asked for each path relative to the folder: what it answers true for is not copied
    is_linked  whether the copy may share its files with the original: for one that is only read
    raises     ProjectError  it cannot be copied; what was copied is removed
    """
    try:
        target.mkdir(parents=True)
        for path in sorted(folder.rglob("*")):
            relative = path.relative_to(folder)
            if path.is_symlink() or not path.is_file() or leave(relative):
                continue
            place = target / relative
            place.parent.mkdir(parents=True, exist_ok=True)
            if not (is_linked and _linked(path, place)):
                _copy_file(str(path), str(place))
    except OSError as error:
        remove(target)
        raise ProjectError(
            f'"{folder.name}" could not be copied ({error.strerror or error}).',
            hint=f"Make the folder writable, free space, or choose another one: {target}",
            folder=str(target),
        ) from error


def _linked(path: Path, place: Path) -> bool:
    try:
        os.link(path, place)
    except OSError:
        return False
    return True
