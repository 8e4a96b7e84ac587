"""From what is open to the project that is saved: sources, composition, camera, and what could not be opened. No Qt."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from data.height_rasters import HeightRasters, rasters_of_layer
from data.layer_file import SUFFIX, write_arrays
from data.project import DATA, Stored, write_project
from data.project_sources import brought_in, is_inside, remove_unfinished
from data.settings import results_folder
from data.sources import split_layer
from data.web_layers import copy_of, is_web
from twin.errors import ProjectError
from twin.join import TableJoin
from twin.layer import Layer, LayerState
from twin.project import LayerSource, MissingLayer, Project, ProjectLayer, RasterSource, SourceCopy
from twin.proposed import is_proposed
from twin.scenario import with_model_paths
from twin.session import Composition, Session, View
from twin.story import Slide
from ui.load_work import arrays_of_layer
from ui.project_opening import Opened, cache_file

ADDRESS = "://"
PASSING = "plugin://"
"""Begins the path, and the id, of a layer that a plugin keeps moving: it passes, and is not saved."""
MADE = "made:"
"""Before the id of a layer that came from no file: it is written into the project as it is."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What a project keeps beside what the session shows."""

    project: Project = field(default_factory=Project)
    opened: Opened = field(default_factory=Opened)


def project_of_session(session: Session, kept: Kept) -> Project:
    """Return the project as it is now: what is open as it is shown, what is missing as it was."""
    missing = {m.layer.id: m for m in kept.opened.missing if m.layer.id not in session.layers}
    view = View(session.camera, _whole_composition(session.composition, kept, missing.values()), session.clock)
    names = {layer.id: layer.name for layer in kept.project.layers}
    city = {i: v for i, v in session.layers.items() if not is_proposed(v) and not v.info.path.startswith(PASSING)}
    sources = {layer.id: layer.source for layer in kept.project.layers}
    open_layers = {i: _project_layer(layer, names.get(i), sources.get(i)) for i, layer in city.items()}
    order = [layer.id for layer in kept.project.layers if layer.id in open_layers or layer.id in missing]
    order += [i for i in open_layers if i not in order]
    layers = tuple(open_layers[i] if i in open_layers else missing[i].layer for i in order)
    frame = session.frame or (kept.project.frame if layers else None)
    return replace(kept.project, layers=layers, view=view, frame=frame)


def _project_layer(layer: Layer, name: str | None, before: LayerSource | None = None) -> ProjectLayer:
    info = layer.info
    path, inner = split_layer(info.path) if info.path else (MADE + info.id, None)
    if ADDRESS not in path and not path.startswith(MADE):
        path = os.path.abspath(path)  # noqa: PTH100  symbolic links stay as they are
    source = LayerSource(
        path=path,
        layer=info.source_layer or inner,
        crs=info.crs if info.crs_source == "given" else None,
        kind=info.kind,
        height_field=_height_field(layer),
        rasters=_rasters(layer),
        copy=_copy(info.path, before) if is_web(info.path) else None,
    )
    return ProjectLayer(info.id, name or info.name, source, len(layer.table))


def _copy(url: str, before: LayerSource | None) -> SourceCopy | None:
    """Return the newest copy of what an address said: the last answer, or the one that the project has."""
    known = before.copy if before is not None and before.path == url else None
    last = copy_of(url)
    if last is None or (known is not None and _age_s(Path(known.path)) >= _age_s(last.path)):
        return known
    return SourceCopy(str(last.path))


def _age_s(path: Path) -> float:
    """Return when a file was written, seconds since 1970; 0 if it is not there."""
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


def _height_field(layer: Layer) -> str | None:
    """Return the column that heights come from; where rasters come first, columns are chosen again."""
    is_chosen = layer.heights is not None and layer.model is None and not layer.heights.surface
    return layer.heights.field if is_chosen and layer.heights is not None else None


def _rasters(layer: Layer) -> tuple[RasterSource, ...]:
    rasters = rasters_of_layer(layer) or HeightRasters()
    return tuple(RasterSource(what, os.path.abspath(path)) for what, path in rasters.named())  # noqa: PTH100  as above


def _whole_composition(composition: Composition, kept: Kept, missing: Iterable[MissingLayer]) -> Composition:
    """Put back the states of missing layers, and of layers shown with less than was asked for."""
    states = [_asked(s, kept.opened.eased) for s in composition.layers if not s.layer_id.startswith(PASSING)]
    old = kept.project.view.composition.layers
    for one in missing:
        places = [i for i, s in enumerate(old) if s.layer_id == one.layer.id]
        state = old[places[0]] if places else LayerState(one.layer.id)
        states.insert(min(places[0], len(states)) if places else len(states), state)
    live = tuple(look for look in composition.live if not look.feed_id.startswith(PASSING))
    return replace(composition, layers=tuple(states), live=live)


def _asked(state: LayerState, eased: dict[str, tuple[LayerState, LayerState]]) -> LayerState:
    wanted, shown = eased.get(state.layer_id, (state, state))
    return replace(state, style=wanted.style) if state.style == shown.style else state


# saving with or without the files


def with_made(project: Project, session: Session, folder: Path) -> tuple[Project, dict[str, str]]:
    """Write the layers that came from no file (a measurement, a result) into a project's folder.

    returns   the project with them; where each of them is now
    raises    ProjectError  one cannot be written
    """
    places: dict[str, str] = {}
    for path in [p for p in paths_in(project) if p.startswith(MADE)]:
        layer = session.layers.get(path.removeprefix(MADE))
        target = folder / DATA / f"{cache_file(folder, path).stem}{SUFFIX}"
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            if layer is not None and write_arrays(target, arrays_of_layer(layer), {}):
                places[path] = str(target)
        except (OSError, AttributeError, TypeError) as error:
            raise ProjectError(f"A layer that came from no file could not be saved ({error}).") from error
    return with_paths(project, places), places


@dataclass(frozen=True, slots=True)
class Settled:
    """A project whose files are where they are to stay."""

    project: Project
    owned: tuple[str, ...]
    places: dict[str, str] = field(default_factory=dict)
    """Where each file that was copied is now."""


def settled(
    project: Project,
    folder: Path,
    *,
    is_inside_wanted: bool,
    owned: Sequence[str] = (),
    linked: Collection[str] = (),
) -> Settled:
    """Bring a project's files into its folder, or leave them where they are.

    is_inside_wanted   whether files outside are copied into the folder; what is inside already stays there. Results
                       of analyses are copied in any case: where they lie is swept
    owned              what the project has in its data folder already
    linked             files that stay where they are in any case
    raises             ProjectError  a file cannot be copied; what was copied is removed with the next save
    """
    remove_unfinished(folder)
    places: dict[str, str] = {}
    kept = list(owned)
    copies = {layer.source.copy.path for layer in project.layers if layer.source.copy is not None}
    for path in dict.fromkeys(paths_in(project)):
        there = Path(path)
        is_passing = there.parent == results_folder() or path in copies
        stays = (not is_inside_wanted or path in linked) and not is_passing
        if stays or ADDRESS in path or not there.exists() or is_inside(there, folder):
            continue
        target, names = brought_in(there, folder)
        places[path] = str(target)
        kept += names
    placed = with_paths(project, places)
    layers = tuple(replace(layer, source=_marked(layer.source, folder)) for layer in placed.layers)
    placed = replace(placed, layers=layers)
    used = {Path(p).resolve() for p in paths_in(placed) if ADDRESS not in p}
    stems = {p.name[: len(p.name) - len(p.suffix)] if not p.is_dir() else p.name for p in used}
    needed = [n for n in dict.fromkeys(kept) if _belongs(folder / n, used, stems)]
    return Settled(placed, tuple(needed), places)


def settle_work(
    _shared: Mapping[str, npt.NDArray[Any]], folder: str, project: Project, wishes: dict[str, Any]
) -> dict[str, npt.NDArray[Any]]:
    """Run in a worker: bring a project's files into its folder (see settled), and return what came of it as bytes."""
    done = settled(project, Path(folder), **wishes)
    return {"plain": np.frombuffer(msgspec.msgpack.encode(done), np.uint8)}


def settled_of_arrays(arrays: Mapping[str, npt.NDArray[Any]]) -> Settled:
    """Return what settle_work has written."""
    return msgspec.msgpack.decode(arrays["plain"].tobytes(), type=Settled)


def _marked(source: LayerSource, folder: Path) -> LayerSource:
    return replace(source, is_inside=ADDRESS not in source.path and _lies_in(source.path, folder))


def _lies_in(path: str, folder: Path) -> bool:
    """Return whether a path lies in a folder, symbolic links followed, whether or not the file is there."""
    return is_inside(Path(path), folder)


def _belongs(path: Path, used: set[Path], stems: set[str]) -> bool:
    return path.resolve() in used or any(path.name.startswith(f"{stem}.") for stem in stems)


def paths_in(project: Project) -> list[str]:
    """Return the files of a project: its layers', those of the tables joined to them, and models that are placed."""
    found = [path for layer in project.layers for path in _source_paths(layer.source)]
    views = [project.view, *(b.view for b in project.bookmarks)]
    found += [j.path for v in views for s in v.composition.layers for j in s.joins]
    found += [flow.path for v in views for flow in v.composition.flows]
    found += [e.path for v in views for s in v.composition.scenarios for e in s.edits if e.path]
    return found + [slide.picture.path for slide in project.stories if slide.picture is not None]


def _source_paths(source: LayerSource) -> list[str]:
    copies = [source.copy.path] if source.copy is not None else []
    return [source.path, *(raster.path for raster in source.rasters), *copies]


def _placed_source(source: LayerSource, places: dict[str, str]) -> LayerSource:
    rasters = tuple(replace(r, path=places.get(r.path, r.path)) for r in source.rasters)
    copy = None if source.copy is None else SourceCopy(places.get(source.copy.path, source.copy.path))
    return replace(source, path=places.get(source.path, source.path), rasters=rasters, copy=copy)


def with_paths(project: Project, places: dict[str, str]) -> Project:
    """Return a project with some of its files elsewhere."""

    def state(old: LayerState) -> LayerState:
        return replace(old, joins=tuple(_placed_join(j, places) for j in old.joins))

    def view(old: View) -> View:
        layers = tuple(state(s) for s in old.composition.layers)
        scenarios = with_model_paths(old.composition.scenarios, places)
        flows = tuple(replace(flow, path=places.get(flow.path, flow.path)) for flow in old.composition.flows)
        return replace(old, composition=replace(old.composition, layers=layers, scenarios=scenarios, flows=flows))

    layers = tuple(replace(one, source=_placed_source(one.source, places)) for one in project.layers)
    bookmarks = tuple(replace(b, view=view(b.view)) for b in project.bookmarks)
    stories = tuple(_placed_slide(slide, places) for slide in project.stories)
    return replace(project, layers=layers, view=view(project.view), bookmarks=bookmarks, stories=stories)


def _placed_slide(slide: Slide, places: dict[str, str]) -> Slide:
    if slide.picture is None:
        return slide
    return replace(slide, picture=replace(slide.picture, path=places.get(slide.picture.path, slide.picture.path)))


def _placed_join(join: TableJoin, places: dict[str, str]) -> TableJoin:
    return replace(join, path=places.get(join.path, join.path))


def saved(
    project: Project, folder: Path, *, before: Stored | None, is_inside_wanted: bool, session: Session | None = None
) -> Stored:
    """Save a project into a folder, its files copied or linked.

    before   what the folder holds; None for a new one
    session  where layers that came from no file are
    raises   ProjectError  something else is there, or it cannot be written; what was there is as it was
    """
    if before is None and folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ProjectError(
            f'There is something called "{folder.name}" already.',
            hint=f"Choose another name, or move that away: {folder}",
            folder=str(folder),
        )
    try:
        (folder / DATA).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ProjectError(
            f'"{folder.name}" cannot be made ({error.strerror or error}).',
            hint=f"Choose a folder of your own: {folder}",
            folder=str(folder),
        ) from error
    owned = before.owned if before else ()
    if session is not None:
        project, made = with_made(project, session, folder)
        owned = (*owned, *(f"{DATA}/{Path(place).name}" for place in made.values()))
    done = settled(project, folder, is_inside_wanted=is_inside_wanted, owned=owned)
    return write_project(done.project, folder, before=before, owned=done.owned)
