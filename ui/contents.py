"""What a command or the window opens: files, folders, layers of files and projects, read into one session.

No Qt and no VTK here: commands that draw nothing open a city just as the window does.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from data.sources import datasets_in
from twin.errors import TwinError
from twin.layer import Kind, Layer
from twin.project import MissingLayer, Project
from twin.report import Report
from twin.session import Session
from ui.jobs import Jobs
from ui.joining import Joins, JoinWish, joined
from ui.loading import Loader

WAIT_S = 0.02
PROJECT_SUFFIX = ".citytwin"


@dataclass(frozen=True, slots=True)
class Contents:
    """What was opened."""

    session: Session
    project: Project | None = None
    """The project, where one of the sources is one."""
    folder: Path | None = None
    """The project's folder."""
    joins: Joins | None = None
    """What was joined to the first layer because it was asked for."""
    missing: tuple[MissingLayer, ...] = ()
    """Layers of the project that could not be read."""
    report: Report = field(default_factory=Report)
    """What was met while opening the project itself."""


def nothing() -> None:
    """Do nothing while waiting."""


def open_contents(
    sources: Sequence[str],
    *,
    jobs: Jobs,
    crs: str | None = None,
    kind: Kind | None = None,
    joins: Sequence[JoinWish] = (),
    session: Session | None = None,
    on_wait: Callable[[], None] = nothing,
) -> Contents:
    """Open everything named and wait for it.

    sources   data files, FILE:LAYER, folders (all data files in them), NAME.citytwin
    crs       of the first file, instead of what it states
    kind      what to take the first layer for
    joins     tables to put on the first layer's rows
    session   where to open it; None makes one
    on_wait   called many times a second while files are read
    raises    TwinError  a file cannot be used; a project's missing layers are told in the answer instead
    """
    session = Session() if session is None else session
    loader = Loader(session, jobs)
    paths = [path for source in sources for path in files_of(source)]
    only_areas = only_areas_of(paths)
    for number, path in enumerate(paths):
        is_first = number == 0
        failure = _Failure()
        loader.open(
            path,
            crs=crs if is_first else None,
            kind=kind if is_first else None,
            is_alone=path == only_areas,
            on_error=failure,
        )
        while loader.is_busy:
            on_wait()
            jobs.collect(WAIT_S)
        if failure.error is not None:
            raise failure.error
    return Contents(session, joins=_joined_to_first(session, joins))


class _Failure:
    """Keeps the first error that a reading ended with."""

    def __init__(self) -> None:
        self.error: BaseException | None = None

    def __call__(self, error: BaseException) -> None:
        self.error = self.error or error


def files_of(source: str) -> list[str]:
    """Return what is meant by a name: a folder's data files, each layer of an OpenStreetMap extract, else itself."""
    from data.vector import layers_of  # noqa: PLC0415  workers read

    folder = Path(source)
    is_one = not folder.is_dir() or folder.suffix.lower() in (".gdb", PROJECT_SUFFIX)
    paths = [source] if is_one else [str(path) for path in datasets_in(folder)] or [source]
    return [layer for path in paths for layer in layers_of(path)]


def only_areas_of(paths: Sequence[str]) -> str | None:
    """Return the one path that holds polygons, which are raised then whatever they are; None if there are several."""
    if len(paths) == 1:
        return paths[0]
    from data.vector import describe  # noqa: PLC0415  workers read; here it is only needed for several files

    areas = []
    for path in paths:
        with suppress(TwinError):  # said when it is opened
            types = describe(path).geometry_types
            areas += [path] if any("Polygon" in name for name in types) else []
    return areas[0] if len(areas) == 1 else None


def _joined_to_first(session: Session, wishes: Sequence[JoinWish]) -> Joins | None:
    """Put the tables wished for on the first layer's rows."""
    if not wishes:
        return None
    layer: Layer = next(iter(session.layers.values()))
    joins = joined(layer.table, wishes)
    report = Report([*layer.report.problems, *joins.report.problems])
    session.replace_layer(replace(layer, table=joins.table, report=report))
    state = session.composition.state(layer.info.id)
    states = tuple(replace(state, joins=joins.joins) if s is state else s for s in session.composition.layers)
    session.set_composition(replace(session.composition, layers=states), is_undoable=False)
    return joins
