"""Marks around what changed in the city: translucent hulls, by what became of the things in them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from vtkmodules.vtkRenderingCore import vtkActor, vtkRenderer

from layers.extrude import extrude
from layers.look import Look
from layers.mesh_actor import mesh_actor
from twin.buildings import Buildings
from twin.layer import Kind
from twin.legend import Legend, LegendEntry, LegendKind

NEW, CHANGED, REMOVED = "new", "changed", "removed"
COLOURS = {NEW: "#009e73", CHANGED: "#0072b2", REMOVED: "#d81e3a"}
"""source: Okabe and Ito, Color Universal Design, 2008, but for what is removed: as in scenarios."""
OPACITY = {NEW: 0.45, CHANGED: 0.45, REMOVED: 0.4}
LAYER = "changes"


class ChangeMarks:
    """The marks of one scene."""

    def __init__(self, renderer: vtkRenderer, look: Look, changed: Callable[[], None]) -> None:
        """Show none; changed is called after each change of the picture."""
        self._renderer, self._look, self._changed = renderer, look, changed
        self._actors: list[vtkActor] = []
        self._legend: tuple[Legend, ...] = ()

    def show(
        self,
        hulls: Mapping[str, Sequence[Buildings]],
        counts: Mapping[str, int],
        *,
        title: str,
        names: Mapping[str, str],
    ) -> None:
        """Show hulls by what became of what is in them, instead of those that were shown.

        counts   how many things there are of each, marked or not; none takes all marks and the legend away
        """
        for actor in self._actors:
            self._renderer.RemoveActor(actor)
            actor.ReleaseGraphicsResources(self._renderer.GetRenderWindow())
        self._actors = [self._actor(some, what) for what, every in hulls.items() for some in every if len(some)]
        entries = tuple(LegendEntry(names[what], COLOURS[what], counts[what]) for what in COLOURS if counts.get(what))
        shown = sum(entry.count for entry in entries)
        legend = Legend(LAYER, title, Kind.FOOTPRINTS, LegendKind.CATEGORIES, title, entries=entries, shown=shown)
        self._legend = (legend,) if entries else ()
        self._changed()

    def _actor(self, hulls: Buildings, what: str) -> vtkActor:
        mesh = extrude(hulls, is_closed=True)
        colour = tuple(int(COLOURS[what][i : i + 2], 16) for i in (1, 3, 5))
        rgb = np.tile(np.array(colour, np.uint8), (len(mesh.points), 1))
        actor = mesh_actor(mesh.points, mesh.faces, rgb, position=(*hulls.origin_local, 0.0), shader=self._look.solid)
        actor.GetProperty().SetOpacity(OPACITY[what])
        self._renderer.AddActor(actor)
        return actor

    @property
    def legends(self) -> tuple[Legend, ...]:
        """Return what the marks mean; empty where there are none."""
        return self._legend

    @property
    def count(self) -> int:
        """Return how many groups of marks are drawn."""
        return len(self._actors)
