"""Opening files in the background: a worker reads, the session gets the layer, the window goes on answering."""

from __future__ import annotations

import itertools
import logging
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from data.height_rasters import HeightRasters
from data.vector import Description
from layers.palettes import default_order, default_style
from layers.workers import Finished
from twin.changes import Changes
from twin.errors import SourceError
from twin.layer import Kind, Layer, LayerState
from twin.place import LocalFrame
from twin.report import Problem, Report
from twin.session import Session
from twin.togetherness import sentence_if_apart
from ui import load_work
from ui.jobs import Jobs
from ui.whole_addresses import remember

log = logging.getLogger(__name__)

FIRST = 1e12
"""Reading comes before anything the scene wants done."""
_LOADERS = itertools.count()
"""Several loaders may share the jobs: each knows its own by its number."""
_ENDED = "worker process ended"
"""Part of the reason that ui.jobs gives."""


@dataclass(frozen=True, slots=True)
class _Opening:
    """One file that is being read."""

    path: str
    control: npt.NDArray[np.float64]
    on_progress: Callable[[float], None]
    on_done: Callable[[Layer], None]
    on_error: Callable[[BaseException], None]
    asked: Callable[[], dict[str, Any]]
    """What to ask of the reader, known when the reading begins: the project's frame may come with another file."""
    frame: LocalFrame | None = None
    """The frame it is read into, where that is known before."""
    kept: str = ""
    """The file in which a project keeps the layer as it was read; "" for none."""
    copy: str = ""
    """The file that stands in for an address; "" asks the address."""
    again: _Again | None = None
    """For a layer that is open and read once more."""


@dataclass(frozen=True, slots=True)
class _Again:
    """A layer that is read once more."""

    former: str
    """The name under which workers have its present state."""
    is_own: bool
    """Whether that was shared for this reading only."""
    name: str
    on_done: Callable[[Layer, Changes], None]


@dataclass(frozen=True, slots=True)
class _Look:
    """One question to a worker: a file that is looked at, a table that is read."""

    path: str
    on_found: Callable[[Mapping[str, npt.NDArray[Any]]], None]
    on_error: Callable[[BaseException], None]


def _nothing(_: object) -> None:
    """Take an answer that nobody waits for."""


class Loader:
    """Opens files into a session. Everything is called on the thread that calls poll()."""

    def __init__(self, session: Session, jobs: Jobs) -> None:
        """Read with these jobs, into this session."""
        self._session, self._jobs = session, jobs
        self.rasters: HeightRasters | None = None
        """What heights of buildings are taken from, where it was asked for."""
        self._opening: dict[str, _Opening] = {}
        self._begun: set[str] = set()
        self._looks: dict[str, _Look] = {}
        self._seen: list[tuple[_Look, Finished]] = []
        """Looks that have ended and are told at the next poll: who is told may ask questions in a loop of its own."""
        self._serial = itertools.count()
        self._name = f"loader-{next(_LOADERS)}"
        jobs.receivers.append(self._accept)

    @property
    def is_busy(self) -> bool:
        """Return whether anything is being read."""
        return bool(self._opening or self._looks or self._seen)

    def look(
        self,
        path: str,
        *,
        layer: str | None = None,
        crs: str | None = None,
        on_found: Callable[[Description], None],
        on_error: Callable[[BaseException], None],
    ) -> None:
        """Have a cheap look at a file (see data.vector.describe); one of the two is called at a later poll."""

        def tell(arrays: Mapping[str, npt.NDArray[Any]]) -> None:
            on_found(load_work.description_of_arrays(arrays))

        self.ask(load_work.describe_layer, path, layer, crs, on_found=tell, on_error=on_error)

    def ask(
        self,
        work: Callable[..., dict[str, npt.NDArray[Any]]],
        path: str,
        *args: Any,
        on_found: Callable[[Mapping[str, npt.NDArray[Any]]], None],
        on_error: Callable[[BaseException], None],
    ) -> None:
        """Have work({}, path, *args) done by a worker; one of the two is called at a later poll."""
        name = f"{self._name}-look-{next(self._serial)}"
        self._looks[name] = _Look(path, on_found, on_error)
        self._jobs.submit(name, work, "", path, *args, priority=FIRST)

    def open(
        self,
        path: str,
        *,
        layer: str | None = None,
        crs: str | None = None,
        kind: Kind | None = None,
        is_alone: bool | None = None,
        frame: LocalFrame | None = None,
        height_field: str | None = None,
        rasters: HeightRasters | None = None,
        layer_id: str | None = None,
        kept: str = "",
        copy: str = "",
        on_progress: Callable[[float], None] = _nothing,
        on_done: Callable[[Layer], None] = _nothing,
        on_error: Callable[[BaseException], None] = _nothing,
    ) -> Hashable:
        """Begin to read a layer; it is in the session when on_done is called with it.

        is_alone   whether polygons are raised even if nothing says that they are buildings; None asks whether the
                   session has no areas yet
        rasters    what heights of buildings are taken from; None takes what was asked for all that is opened
        frame      the frame to read it into; None takes the session's, which the first layer sets
        kept       the file in which a project keeps the layer as it was read
        copy       the file that stands in for an address: nobody is asked
        """
        remember(path)
        name = f"{self._name}-opening-{next(self._serial)}"
        control = self._jobs.share_mapped(f"{name}-control", {"control": np.zeros(2)})["control"]
        is_first = not self._session.layers and not self._opening
        wishes = {"layer": layer, "crs": crs, "kind": kind, "height_field": height_field, "layer_id": layer_id}
        asked = partial(self._asked, frame, rasters, **wishes, is_alone=is_first if is_alone is None else is_alone)
        self._opening[name] = _Opening(path, control, on_progress, on_done, on_error, asked, frame, kept, copy)  # type: ignore[arg-type]
        self._begin_waiting()
        return name

    def open_again(
        self,
        layer: Layer,
        path: str,
        *,
        wishes: Mapping[str, Any],
        on_progress: Callable[[float], None] = _nothing,
        on_done: Callable[[Layer, Changes], None],
        on_error: Callable[[BaseException], None] = _nothing,
    ) -> Hashable:
        """Begin to read an open layer once more; workers compare, and the session stays as it is.

        layer    as it was read, without corrections and without what was joined to it
        path     where it is read from now
        wishes   what else read() is asked
        on_done  called with its new state, which keeps as many tiles as it can, and with what changed
        """
        name = f"{self._name}-opening-{next(self._serial)}"
        control: Any = self._jobs.share_mapped(f"{name}-control", {"control": np.zeros(2)})["control"]
        former = getattr(layer.tiles, "block", "")
        is_own = not (former and self._jobs.hold(former))
        if is_own:
            former = self._jobs.share(f"{name}-former", load_work.arrays_of_layer(layer))
        wanted = {"layer_id": layer.info.id, **wishes}
        asked = partial(self._asked, layer.frame, wanted.pop("rasters", None), **wanted)
        again = _Again(former, is_own, layer.info.name, on_done)
        self._opening[name] = _Opening(path, control, on_progress, _nothing, on_error, asked, layer.frame, again=again)
        self._begin_waiting()
        return name

    def _asked(self, frame: LocalFrame | None, rasters: HeightRasters | None, **wishes: Any) -> dict[str, Any]:
        frame = frame or self._session.frame
        rasters = self.rasters if rasters is None else rasters
        return load_work.wishes(**wishes, frame=frame, rasters=rasters, memory_bytes=self._jobs.memory_bytes)

    def _begin_waiting(self) -> None:
        """Begin what is to be read: one file until the project has its frame, then all that wait."""
        for name, opening in self._opening.items():
            if self._session.frame is None and opening.frame is None and self._begun & self._opening.keys():
                return
            if name not in self._begun and opening.again is not None:
                self._begun.add(name)
                shared = (opening.again.former, f"{name}-control")
                words = opening.path, opening.asked(), opening.again.former, opening.again.name
                self._jobs.submit(name, load_work.read_again, shared, *words, priority=FIRST, keep_as=f"{name}-arrays")
            elif name not in self._begun:
                self._begun.add(name)
                self._jobs.submit(
                    name,
                    load_work.read_layer,
                    f"{name}-control",
                    opening.path,
                    opening.asked(),
                    opening.kept,
                    opening.copy,
                    priority=FIRST,
                    keep_as=f"{name}-arrays",
                )

    def cancel(self, job: Hashable) -> None:
        """Stop reading; nothing is called any more, and the session stays as it is."""
        opening = self._opening.pop(str(job), None)
        if opening is not None and opening.again is not None:
            self._jobs.unshare(opening.again.former)
        if opening is not None:
            opening.control[load_work.STOP] = 1.0
            self._jobs.cancel_waiting(lambda key: key != job)
            self._begin_waiting()

    def _accept(self, finished: Finished) -> bool:
        """Take a finished piece of work if it is a reading; return whether it was."""
        name = finished.key
        if isinstance(name, str) and name in self._looks:
            self._seen.append((self._looks.pop(name), finished))
            return True
        if not (isinstance(name, str) and name.startswith(f"{self._name}-opening-")):
            return False
        opening = self._opening.pop(name, None)
        self._begun.discard(name)
        self._jobs.unshare(f"{name}-control")
        try:
            self._finish(name, opening, finished)
        finally:
            self._begin_waiting()
        return True

    def _finish(self, name: str, opening: _Opening | None, finished: Finished) -> None:
        if opening is None or finished.arrays is None:
            self._jobs.unshare(f"{name}-arrays")
        if opening is None:
            return
        if opening.again is not None:
            self._finish_again(name, opening, opening.again, finished)
            return
        if finished.arrays is None:
            opening.on_error(finished.failure or _failure(opening.path, finished.reason))
            return
        try:
            layer = self._add(load_work.layer_of_arrays(finished.arrays, f"{name}-arrays"))
        except Exception as error:  # noqa: BLE001  whatever a layer does to the scene, the window hears of it and lives
            if not any(
                getattr(layer.tiles, "block", "") == f"{name}-arrays" for layer in self._session.layers.values()
            ):
                self._jobs.unshare(f"{name}-arrays")
            opening.on_error(error)
            return
        if layer.tiles is None:  # no further work needs it
            self._jobs.unshare(f"{name}-arrays")
        opening.on_done(layer)

    def _finish_again(self, name: str, opening: _Opening, again: _Again, finished: Finished) -> None:
        try:
            if finished.arrays is None:
                opening.on_error(finished.failure or _failure(opening.path, finished.reason))
                return
            layer = load_work.follower_of_arrays(finished.arrays, f"{name}-arrays", again.former)
            again.on_done(layer, load_work.changes_of_arrays(finished.arrays))
        except Exception as error:  # noqa: BLE001  as in _finish: the window hears of it and lives
            opening.on_error(error)
        finally:
            self._jobs.unshare(again.former)  # held for this reading
            is_used = any(getattr(one.tiles, "block", "") == f"{name}-arrays" for one in self._session.layers.values())
            if finished.arrays is not None and not is_used:
                self._jobs.unshare(f"{name}-arrays")

    def _add(self, layer: Layer) -> Layer:
        """Put a layer into the session, in its usual place and style; return it with the id it got."""
        taken, wanted = self._session.layers, layer.info.id
        number = 2
        while layer.info.id in taken:
            layer = replace(
                layer, info=replace(layer.info, id=f"{wanted}-{number}", name=f"{layer.info.name} {number}")
            )
            number += 1
        apart = sentence_if_apart({**taken, layer.info.id: layer}, layer)
        if apart:
            log.warning("%s", apart)
            layer = replace(layer, report=Report([*layer.report.problems, Problem(apart, 1)]))
        self._session.add_layer(layer, default_style(layer.info, layer.table.fields()))
        composition = self._session.composition

        def order(state: LayerState) -> int:
            return default_order(self._session.layers[state.layer_id].info)

        sorted_layers = tuple(sorted(composition.layers, key=order))
        self._session.set_composition(replace(composition, layers=sorted_layers), is_undoable=False)
        return layer

    def close(self) -> None:
        """Stop all reading."""
        for job in list(self._opening):
            self.cancel(job)

    def poll(self) -> None:
        """Tell how far each reading is, and what was seen."""
        for opening in list(self._opening.values()):
            opening.on_progress(float(opening.control[load_work.PROGRESS]))
        while self._seen:
            look, finished = self._seen.pop(0)
            if finished.arrays is None:
                look.on_error(finished.failure or _failure(look.path, finished.reason))
            else:
                look.on_found(finished.arrays)


def _failure(path: str, reason: str) -> SourceError:
    """Return the error for a reading that ended without an answer."""
    if _ENDED in reason:
        return SourceError(
            f"Reading ended unexpectedly, most likely because there was not enough memory: {path}.",
            hint="Close other programs, or open a part of the file.",
            path=path,
        )
    return SourceError(f"{path} could not be read: {reason.splitlines()[-1]}.", hint="Check that the file is whole.")
