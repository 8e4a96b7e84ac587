"""Making, filling, copying and packing projects: what the commands and the window do with a project's folder. No Qt."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from data.height_rasters import rasters_of_source
from data.project import Stored, moved, write_project
from data.project_sources import copy_bundle
from data.project_zip import pack, stays
from twin.errors import ProjectError, TwinError
from twin.layer import Layer
from twin.project import Project
from twin.session import Session
from ui import load_work
from ui.contents import Contents
from ui.layer_cache import keep_layer
from ui.project_opening import cache_file
from ui.project_state import Kept, paths_in, project_of_session, saved, settled, with_paths


def check_new(folder: Path) -> None:
    """Refuse a folder for a new project before anything is read.

    raises   ProjectError  something is there, or it could not be made
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ProjectError(
            f'There is something called "{folder.name}" already.',
            hint=f"Choose another name, or move that away: {folder}",
            folder=str(folder),
        )
    if not folder.absolute().parent.is_dir():
        raise ProjectError(
            f'There is no folder "{folder.absolute().parent.name}" to make the project in.',
            hint=f"Make it first: {folder.absolute().parent}",
            folder=str(folder),
        )


def make_project(contents: Contents, folder: Path, *, title: str = "", is_inside_wanted: bool) -> Stored:
    """Make a project of what is open.

    raises   ProjectError  it cannot be written; nothing is left behind
    """
    check_new(folder)
    was_there = folder.exists()
    project = project_of_session(contents.session, Kept(Project(title=title or folder.stem)))
    try:
        stored = saved(
            project, folder.absolute(), before=None, is_inside_wanted=is_inside_wanted, session=contents.session
        )
    except TwinError:
        if not was_there:
            shutil.rmtree(folder, ignore_errors=True)
        raise
    keep_layers(stored, contents.session, contents.session.layers)
    return stored


def add_to_project(contents: Contents, *, is_inside_wanted: bool) -> Stored:
    """Save a project with the layers that were opened beside its own.

    raises   ProjectError  it cannot be written; the project is as it was
    """
    assert contents.stored is not None
    stored = contents.stored
    project = project_of_session(contents.session, Kept(stored.project, contents.opened))
    if is_inside_wanted:
        project, owned = _only_new_inside(project, contents, stored)
        stored = replace(stored, owned=owned)
    made = saved(project, stored.folder, before=stored, is_inside_wanted=False)
    keep_layers(made, contents.session, contents.added)
    return made


def _only_new_inside(project: Project, contents: Contents, stored: Stored) -> tuple[Project, tuple[str, ...]]:
    """Bring the added layers' files into the folder, layers that were links stay links; return what is owned, too."""
    old = set(paths_in(stored.project))
    states = tuple(s for s in project.view.composition.layers if s.layer_id in contents.added)
    view = replace(project.view, composition=replace(project.view.composition, layers=states))
    layers = tuple(layer for layer in project.layers if layer.id in contents.added)
    added = replace(project, layers=layers, view=view, bookmarks=())
    done = settled(added, stored.folder, is_inside_wanted=True)
    new = dict(zip(paths_in(added), paths_in(done.project), strict=True))
    owned = (*stored.owned, *(n for n in done.owned if n not in stored.owned))
    return with_paths(project, {path: place for path, place in new.items() if path not in old}), owned


def keep_layers(stored: Stored, session: Session, layer_ids: Iterable[str]) -> None:
    """Keep layers as they were read, so that the project opens without reading their files."""
    for layer_id in layer_ids:
        layer = session.source(layer_id)
        source = stored.project.layer(layer_id).source
        wishes = load_work.wishes(
            layer=source.layer,
            crs=source.crs,
            kind=source.kind,
            frame=stored.project.frame,
            height_field=source.height_field,
            rasters=rasters_of_source(source),
            layer_id=layer_id,
        )
        with suppress(TwinError, TypeError, AttributeError):  # a kind that cannot be kept is read again
            arrays = load_work.arrays_of_layer(_as_read(layer, source.path))
            keep_layer(cache_file(stored.folder, layer_id), source.path, wishes, arrays)


def _as_read(layer: Layer, path: str) -> Layer:
    """Return a layer without what was joined to it."""
    table = layer.table
    while hasattr(table, "left"):
        table = table.left
    return replace(layer, table=table, info=replace(layer.info, path=path))


def pack_project(stored: Stored, output: Path) -> int:
    """Write a project with all its data, linked files too, as a zip; returns its bytes.

    raises   ProjectError  a file is missing, or the zip cannot be written
    """
    outside = [p for p in paths_in(stored.project) if "://" not in p and not Path(p).is_relative_to(stored.folder)]
    if not outside:
        return pack(stored.folder, output)
    try:
        beside = Path(tempfile.mkdtemp(prefix=".packing-", dir=output.absolute().parent))
    except OSError as error:
        raise ProjectError(
            f'"{output.name}" could not be written ({error.strerror or error}).', hint=f"Write elsewhere: {output}"
        ) from error
    try:
        folder = copied(stored, beside / stored.folder.name, is_linked=True)
        write = saved(folder.project, folder.folder, before=folder, is_inside_wanted=True)
        return pack(write.folder, output)
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def copied(stored: Stored, target: Path, *, is_linked: bool = False) -> Stored:
    """Copy a project's folder, without what belongs to this machine and without the record of meetings.

    raises   ProjectError  it cannot be copied
    """
    copy_bundle(stored.folder, target, leave=lambda path: stays(path.parts[0]), is_linked=is_linked)
    places = {
        path: str(target / Path(path).relative_to(stored.folder))
        for path in paths_in(stored.project)
        if Path(path).is_relative_to(stored.folder)
    }
    there = replace(moved(stored, target), project=with_paths(stored.project, places))
    return write_project(there.project, target, before=there, owned=there.owned)
