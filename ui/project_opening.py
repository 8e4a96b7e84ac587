"""Opening a project: its layers are read, its tables joined, then its composition and camera are shown. No Qt here.

What cannot be had (a file that is gone, a table, a column) is told and stays in the project: nothing of it is lost
when the project is saved again.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field, replace
from functools import partial
from hashlib import blake2b
from pathlib import Path
from typing import Any

from data.height_rasters import rasters_of_source
from data.near import grounds_of
from data.project import CACHE, Stored
from data.web_layers import is_web
from twin.errors import SourceError, TwinError
from twin.expression import shown_rows
from twin.flows import with_layer_ids as flows_with_layer_ids
from twin.join import JoinFacts, TableJoin
from twin.layer import Layer, LayerState
from twin.project import MissingLayer, ProjectLayer
from twin.proposed import PROPOSED
from twin.report import Report
from twin.scenario import with_layer_ids
from twin.session import Composition, Session, View
from ui.joining import Joins, joined
from ui.loading import Loader

NOT_ASKED = "Open the address itself to ask for it: a project is opened without a network."
WITH_COLUMN = ("color_by", "label_by", "raised_by", "since_field", "until_field")
"""Fields of a style that name a column."""


@dataclass(frozen=True, slots=True)
class Opened:
    """What became of a project's layers."""

    missing: tuple[MissingLayer, ...] = ()
    """Layers that could not be read."""
    joins: dict[str, Joins] = field(default_factory=dict)
    """What was joined to each layer."""
    eased: dict[str, tuple[LayerState, LayerState]] = field(default_factory=dict)
    """By layer: its state in the project, and the one shown because a column that it names is not there."""
    report: Report = field(default_factory=Report)


def cache_file(folder: Path, layer_id: str) -> Path:
    """Return the file in which a project keeps a layer as it was read."""
    plain = "".join(c if c.isascii() and c.isalnum() else "-" for c in layer_id)[:40]
    return folder / CACHE / f"{plain}-{blake2b(layer_id.encode('utf-8', 'replace'), digest_size=4).hexdigest()}.layer"


class ProjectOpening:
    """Opens one project's layers into a session; on_done is called once, when all of them are there or missing."""

    def __init__(
        self,
        loader: Loader,
        session: Session,
        stored: Stored,
        *,
        on_done: Callable[[Opened], None],
        on_began: Callable[[Hashable, ProjectLayer], None] | None = None,
        on_progress: Callable[[str, float], None] | None = None,
    ) -> None:
        """Prepare; nothing is read before begin()."""
        self._loader, self._session, self.stored = loader, session, stored
        self._on_done, self._on_began, self._on_progress = on_done, on_began, on_progress
        self._waiting = {layer.id for layer in stored.project.layers}
        self._missing: dict[str, MissingLayer] = {}
        self._ids: dict[str, str] = {}
        """The id in the session of each layer read: another one where that was taken."""
        self._report = Report()
        self._joins: dict[str, Joins] = {}

    def begin(self) -> None:
        """Ask for every layer."""
        if not self._waiting:
            self._end()
        for layer in self.stored.project.layers:
            self._begin(layer)

    def _begin(self, layer: ProjectLayer) -> None:
        source, folder = layer.source, self.stored.folder
        if is_web(source.path) and (source.copy is None or not Path(source.copy.path).exists()):
            self._failed(layer, SourceError(f"The project has no copy of {source.path}.", hint=NOT_ASKED))
            return
        job = self._loader.open(
            source.path,
            layer=source.layer,
            crs=source.crs,
            kind=source.kind,
            is_alone=source.kind is None and len(self.stored.project.layers) == 1,
            frame=self.stored.project.frame,
            height_field=source.height_field,
            rasters=rasters_of_source(source),
            layer_id=layer.id,
            kept=str(cache_file(folder, layer.id)),
            **({} if source.copy is None else {"copy": source.copy.path}),
            on_done=partial(self._read, layer),
            on_error=partial(self._failed, layer),
            on_progress=partial(self._went_on, layer.id),
        )
        if self._on_began is not None:
            self._on_began(job, layer)

    def _went_on(self, layer_id: str, share: float) -> None:
        if self._on_progress is not None:
            self._on_progress(layer_id, share)

    def _read(self, layer: ProjectLayer, found: Layer) -> None:
        self._ids[layer.id] = found.info.id
        named = replace(found, info=replace(found.info, name=layer.name)) if layer.name else found
        made = self._joined(layer.id, named)
        if made is not found:
            self._session.replace_layer(made)
        self._arrived(layer.id)

    def _failed(self, layer: ProjectLayer, error: BaseException) -> None:
        self._missing[layer.id] = MissingLayer(layer, str(error))
        self._arrived(layer.id)

    def give_up(self, layer: ProjectLayer) -> None:
        """Do without a layer whose reading was stopped: it stays in the project, as missing."""
        self._failed(layer, SourceError("Reading it was stopped.", hint="Open the project again to read it."))

    def _arrived(self, layer_id: str) -> None:
        self._waiting.discard(layer_id)
        if not self._waiting:
            self._end()

    def _joined(self, layer_id: str, layer: Layer) -> Layer:
        """Return a layer with its tables joined, one after the other; one that is gone is told."""
        wanted = [s.joins for s in self.stored.project.view.composition.layers if s.layer_id == layer_id]
        done: list[TableJoin] = []
        facts: list[JoinFacts] = []
        report = Report()
        table = layer.table
        for join in wanted[0] if wanted else ():
            try:
                one = joined(table, [join], partial(grounds_of, layer))
            except (TwinError, OSError) as error:
                self._report.add(f'table is not joined to "{layer.info.name}": {error}', count=1)
                continue
            table = one.table
            done.append(join)
            facts += one.facts
            report.extend(one.report)
        if not done:
            return layer
        self._joins[layer_id] = Joins(table, tuple(done), tuple(facts), report)
        return replace(layer, table=table, report=Report([*layer.report.problems, *report.problems]))

    def _end(self) -> None:
        project, session = self.stored.project, self._session
        composition, eased = fitting(project.view.composition, session, self._ids, self._report)
        rest = tuple(
            s for s in session.composition.layers if s.layer_id not in {o.layer_id for o in composition.layers}
        )
        shown = replace(composition, layers=(*composition.layers, *rest))
        session.set_clock(project.view.clock)  # before its feeds: their recordings begin at this moment
        session.set_composition(shown, is_undoable=False)
        if self._ids and project.view.camera != View().camera:
            session.set_camera(project.view.camera, is_remembered=False)
        missing = tuple(self._missing[layer.id] for layer in project.layers if layer.id in self._missing)
        self._on_done(Opened(missing, self._joins, eased, self._report))


def fitting(
    composition: Composition, session: Session, ids: dict[str, str] | None = None, report: Report | None = None
) -> tuple[Composition, dict[str, tuple[LayerState, LayerState]]]:
    """Return a composition with only what is open, each style with only the columns that are there.

    ids       the id in the session of each layer, where it is another one
    returns   the composition; by layer, the state asked for and the one shown instead
    """
    states, eased = [], {}
    for state in composition.layers:
        if state.layer_id in PROPOSED:  # they come and go with the scenario shown
            states.append(state)
            continue
        layer = session.layers.get(state.layer_id if ids is None else ids.get(state.layer_id, ""))
        if layer is None:
            continue
        named = replace(state, layer_id=layer.info.id)
        eased_state = _eased(named, layer)
        if eased_state != named:
            eased[layer.info.id] = (named, eased_state)
            if report is not None:
                what = (
                    f'style of "{state.name or layer.info.name}" names a column that is not there; it is shown without'
                )
                report.add(what, count=1)
        states.append(eased_state)
    corrections = tuple(replace(c, layer_id=(ids or {}).get(c.layer_id, c.layer_id)) for c in composition.corrections)
    scenarios = with_layer_ids(composition.scenarios, ids or {})
    flows = flows_with_layer_ids(composition.flows, ids or {})
    made = replace(composition, corrections=corrections, scenarios=scenarios, flows=flows)
    return replace(made, layers=tuple(states)), eased


def _eased(state: LayerState, layer: Layer) -> LayerState:
    """Return a state without the columns that a layer does not have, and without a filter that cannot be applied."""
    fields, style = layer.table.fields(), state.style
    lost: dict[str, Any] = {
        name: "" for name in WITH_COLUMN if getattr(style, name) and getattr(style, name) not in {*fields, "height"}
    }
    if style.filter:
        try:
            shown_rows(layer, style.filter)
        except TwinError:
            lost["filter"] = ""
    return replace(state, style=replace(style, **lost)) if lost else state
