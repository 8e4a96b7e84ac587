"""What a command or the window opens: files, folders, layers of files and projects, read into one session.

No Qt and no VTK here: commands that draw nothing open a city just as the window does.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from data.height_names import BUILDING_WORDS
from data.height_rasters import HeightRasters
from data.project import PROJECT_FILE, SUFFIX, Stored, read_project
from data.project_zip import is_project_source, unpack
from data.sources import datasets_in
from twin.errors import TwinError, UsageError
from twin.join import TableJoin
from twin.layer import Kind, Layer
from twin.project import MissingLayer, Project
from twin.report import Report
from twin.session import Session
from ui.jobs import Jobs
from ui.joining import Joins, JoinWish, joined
from ui.loading import Loader
from ui.project_opening import Opened, ProjectOpening
from ui.scenario_models import read_models

WAIT_S = 0.02


@dataclass(frozen=True, slots=True)
class Contents:
    """What was opened."""

    session: Session
    project: Project | None = None
    """The project, where one of the sources is one."""
    folder: Path | None = None
    """The project's folder."""
    joins: Joins | None = None
    """What was joined to the first layer (of the data files, if there are some) because it was asked for."""
    added: tuple[str, ...] = ()
    """The layers that came from data files, not from the project."""
    stored: Stored | None = None
    """The project as it stands in its folder."""
    opened: Opened = field(default_factory=Opened)
    """What became of the project's layers: which are missing, what was joined."""
    report: Report = field(default_factory=Report)
    """What was met while opening the project itself."""

    @property
    def first_id(self) -> str:
        """Return the first layer: the project's own order is kept, in whatever order its layers were read."""
        order = [layer.id for layer in self.project.layers] if self.project is not None else []
        return next((i for i in [*order, *self.session.layers] if i in self.session.layers), "")

    @property
    def missing(self) -> tuple[MissingLayer, ...]:
        """Return the layers of the project that could not be read."""
        return self.opened.missing


def nothing() -> None:
    """Do nothing while waiting."""


def open_contents(
    sources: Sequence[str],
    *,
    jobs: Jobs,
    crs: str | None = None,
    kind: Kind | None = None,
    joins: Sequence[JoinWish | TableJoin] = (),
    rasters: HeightRasters | None = None,
    session: Session | None = None,
    on_wait: Callable[[], None] = nothing,
    on_begun: Callable[[], None] = nothing,
) -> Contents:
    """Open everything named and wait for it.

    sources   data files, FILE:LAYER, folders (all data files in them), NAME.citytwin
    crs       of the first source, instead of what it states
    kind      what to take the first layer for
    joins     tables to put on the first layer's rows
    rasters   what heights of buildings are taken from
    session   where to open it; None makes one
    on_wait   called many times a second while files are read
    on_begun  called when a file has been asked for
    raises    TwinError  a file cannot be used; what a project misses, and files of a folder, are told in the answer
    """
    session = Session() if session is None else session
    loader = Loader(session, jobs)
    loader.rasters = rasters
    projects = [source for source in sources if is_project_source(source)]
    asked = [source for source in sources if source not in projects]
    files = [files_of(source) for source in asked]

    def wait() -> None:
        while loader.is_busy:
            on_wait()
            jobs.collect(WAIT_S)

    contents = _opened_project(projects, session, loader, wait)
    before = tuple(session.layers)
    only_areas = only_areas_of([path for paths in files for path in paths]) if contents.project is None else None
    for number, paths in enumerate(files):
        is_first = number == 0 and contents.project is None
        failures: list[_Failure] = []
        for place, path in enumerate(paths):
            failures.append(_Failure(path))
            loader.open(
                path,
                crs=crs if is_first else None,
                kind=kind if is_first and place == 0 else None,
                is_alone=path == only_areas,
                on_error=failures[-1],
            )
            on_begun()
            wait()
        _tell_failures(failures, contents.report)
    added = [layer_id for layer_id in session.layers if layer_id not in before]
    return replace(contents, joins=_joined_to(session, (added or [contents.first_id])[:1], joins), added=tuple(added))


def _tell_failures(failures: Sequence[_Failure], report: Report) -> None:
    """Tell which files of a folder, or layers of a file, could not be used; if none could, that is an error.

    raises   TwinError  the first one's, if none could be used
    """
    errors = [one.error for one in failures if one.error is not None]
    if errors and len(errors) == len(failures):
        raise errors[0]
    for one in failures:
        if one.error is not None:
            sentence = one.error.sentence if isinstance(one.error, TwinError) else str(one.error)
            name = Path(one.path).name
            report.add(f'layer is left out ("{name}"): {sentence}', count=1, is_loss=True)


def stored_project(source: str) -> tuple[Stored, Report]:
    """Read a project named by its folder, its project.json or a zip, which is unpacked beside itself.

    raises   ProjectError  it is not there, damaged, unsafe, or from a newer version
    """
    path, report = Path(source), Report()
    if path.name == PROJECT_FILE and path.is_file():
        path = path.parent
    if path.is_file():
        folder, is_new = unpack(path)
        said = "was unpacked" if is_new else "was unpacked before"
        report.add(f"zip {said} beside itself and is opened from there: {folder}", count=1)
        path = folder
    return read_project(path), report


def _opened_project(projects: Sequence[str], session: Session, loader: Loader, wait: Callable[[], None]) -> Contents:
    if len(projects) > 1:
        raise UsageError("Only one project can be open at a time.", hint="Name one project, and data files beside it.")
    if not projects:
        return Contents(session)
    stored, report = stored_project(projects[0])
    done: list[Opened] = []
    ProjectOpening(loader, session, stored, on_done=done.append).begin()
    wait()
    report.extend(done[0].report)
    for one in done[0].missing:
        report.add(f'layer "{one.layer.name}" is missing: {one.reason}', count=1, is_loss=True)
    report.extend(read_models(session))
    return Contents(session, stored.project, stored.folder, stored=stored, opened=done[0], report=report)


class _Failure:
    """Keeps the first error that the reading of a path ended with."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.error: BaseException | None = None

    def __call__(self, error: BaseException) -> None:
        self.error = self.error or error


def files_of(source: str) -> list[str]:
    """Return what is meant by a name: a folder's data files, each layer of an extract or a city model, else itself."""
    from data.vector import layers_of  # noqa: PLC0415  workers read

    folder = Path(source)
    is_one = not folder.is_dir() or folder.suffix.lower() in (".gdb", SUFFIX)
    paths = [source] if is_one else [str(path) for path in _buildings_first(datasets_in(folder))] or [source]
    return [layer for path in paths for layer in layers_of(path)]


def _buildings_first(paths: Sequence[Path]) -> list[Path]:
    """Return a folder's files with its buildings first: they are what colours, joins and sheets are about."""
    return sorted(paths, key=lambda path: BUILDING_WORDS.search(path.stem.lower()) is None)


def only_areas_of(paths: Sequence[str]) -> str | None:
    """Return the one path that holds polygons, which are raised then whatever they are; None if there are several.

    A file that does not say what it holds may hold polygons, too.
    """
    if len(paths) == 1:
        return paths[0]
    from data.vector import describe  # noqa: PLC0415  workers read; here it is only needed for several files

    areas = []
    for path in paths:
        with suppress(TwinError):  # said when it is opened
            types = describe(path).geometry_types
            areas += [path] if not types or any("Polygon" in name for name in types) else []
    return areas[0] if len(areas) == 1 else None


def _joined_to(session: Session, layer_ids: Sequence[str], wishes: Sequence[JoinWish | TableJoin]) -> Joins | None:
    """Put the tables wished for on the first layer's rows."""
    if not wishes or not layer_ids or not layer_ids[0]:
        return None
    from data.near import grounds_of  # noqa: PLC0415  readers are loaded where there is something to join

    layer: Layer = session.layers[layer_ids[0]]
    joins = joined(layer.table, wishes, partial(grounds_of, layer))
    report = Report([*layer.report.problems, *joins.report.problems])
    session.replace_layer(replace(layer, table=joins.table, report=report))
    state = session.composition.state(layer.info.id)
    states = tuple(
        replace(state, joins=(*state.joins, *joins.joins)) if s is state else s for s in session.composition.layers
    )
    session.set_composition(replace(session.composition, layers=states), is_undoable=False)
    return joins
