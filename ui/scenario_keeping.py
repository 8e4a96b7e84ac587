"""What the window does with a session's scenarios: begin, change, add and remove, each one step of undo. No Qt."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np
import shapely

from twin.proposed import is_proposed, row_polygon
from twin.scenario import Edit, Scenario, free_name, new_id, next_edit_id, with_edit, with_scenario, without_edits
from twin.scenario_shapes import polygons_in
from twin.session import Composition, Session
from twin.togetherness import ground_of_layers

XY = tuple[float, float]
MOST_NEAR = 12
MOVED_M = 15.0


class ScenarioKeeping:
    """Changes the scenarios of a session."""

    def __init__(self, session: Session) -> None:
        """Change this session."""
        self._session = session
        self._before: Composition | None = None
        self._near: tuple[XY, object, list[Any]] | None = None

    # scenarios

    def scenario(self) -> Scenario | None:
        """Return the scenario shown; None for today."""
        composition = self._session.composition
        return next((s for s in composition.scenarios if s.id == composition.scenario), None)

    def show(self, scenario_id: str, *, is_undoable: bool = True) -> None:
        """Show a scenario; "" shows the city as it is."""
        self._session.set_composition(replace(self._session.composition, scenario=scenario_id), is_undoable=is_undoable)

    def new(self, name: str, *, edits: tuple[Edit, ...] = (), note: str = "") -> Scenario:
        """Begin a scenario and show it; a name that is taken gets a number."""
        composition = self._session.composition
        made = Scenario(
            new_id("s", (s.id for s in composition.scenarios)), free_name(composition.scenarios, name), edits, note
        )
        scenarios = (*composition.scenarios, made)
        self._session.set_composition(replace(composition, scenarios=scenarios, scenario=made.id))
        return made

    def duplicate(self, name: str) -> Scenario | None:
        """Begin a scenario with the edits of the one shown."""
        shown = self.scenario()
        return None if shown is None else self.new(name, edits=shown.edits, note=shown.note)

    def rename(self, name: str) -> None:
        """Give the scenario shown another name."""
        shown, composition = self.scenario(), self._session.composition
        if shown is None or not name.strip() or name.strip() == shown.name:
            return
        others = [s for s in composition.scenarios if s.id != shown.id]
        self._put_scenario(replace(shown, name=free_name(others, name)))

    def delete(self) -> None:
        """Remove the scenario shown."""
        shown, composition = self.scenario(), self._session.composition
        if shown is not None:
            kept = tuple(s for s in composition.scenarios if s.id != shown.id)
            self._session.set_composition(replace(composition, scenarios=kept, scenario=""))

    def _put_scenario(self, scenario: Scenario, *, is_undoable: bool = True) -> None:
        composition = self._session.composition
        scenarios = with_scenario(composition.scenarios, scenario)
        changed = replace(composition, scenarios=scenarios, scenario=scenario.id)
        self._session.set_composition(changed, is_undoable=is_undoable)

    # edits

    def edit(self, edit_id: str) -> Edit | None:
        """Return an edit of the scenario shown; None if it is not there."""
        shown = self.scenario()
        return next((e for e in shown.edits if e.id == edit_id), None) if shown is not None else None

    def add(self, edit: Edit, *, first_name: str = "Scenario") -> str:
        """Add an edit to the scenario shown; where none is shown, one is begun. Return its id."""
        shown, composition = self.scenario(), self._session.composition
        if shown is None:
            names = free_name(composition.scenarios, first_name)
            shown = Scenario(new_id("s", (s.id for s in composition.scenarios)), names)
        added = replace(edit, id=next_edit_id(shown))
        self._put_scenario(with_edit(shown, added))
        return added.id

    def put(self, edit: Edit, *, is_undoable: bool = True) -> None:
        """Put another state of an edit in its place."""
        shown = self.scenario()
        if shown is not None and any(e.id == edit.id for e in shown.edits):
            self._put_scenario(with_edit(shown, edit), is_undoable=is_undoable)

    def put_all(self, edits: Iterable[Edit]) -> None:
        """Put other states of several edits in their places, as one step."""
        shown = self.scenario()
        if shown is None:
            return
        for edit in edits:
            shown = with_edit(shown, edit)
        self._put_scenario(shown)

    def put_scenario(self, scenario: Scenario) -> None:
        """Put another state of the scenario shown in its place."""
        self._put_scenario(scenario)

    def remove(self, edit_ids: Iterable[str]) -> None:
        """Remove edits of the scenario shown."""
        shown = self.scenario()
        if shown is not None:
            self._put_scenario(without_edits(shown, edit_ids))

    def begin(self) -> None:
        """Remember how it is: what follows until end() is one step of undo."""
        self._before = self._session.composition

    def end(self) -> None:
        """Make one step of what was done since begin()."""
        before, after = self._before, self._session.composition
        self._before = None
        if before is not None and after != before:
            self._session.set_composition(before, is_undoable=False)
            self._session.set_composition(after)

    # the city around

    def edit_id_at(self, layer_id: str, row: int) -> str:
        """Return the edit that a row of a proposed layer belongs to; "" for none."""
        layer = self._session.layers.get(layer_id)
        if layer is None or not is_proposed(layer) or not 0 <= row < len(layer.table):
            return ""
        return str(layer.table.row(row).get("edit") or "")

    def ground_z(self, x: float, y: float) -> float:
        """Return the height of the ground, local metres."""
        ground = ground_of_layers(self._session.layers, self._session.composition)
        return 0.0 if ground.is_flat else float(np.ravel(ground.z_at(np.array([[x, y]])))[0])

    def rings_near(self, place: XY, reach_m: float) -> list[Any]:
        """Return the outer rings (n, 2) of the buildings nearest to a place; the last answer serves near by."""
        layers = self._session.city
        if self._near is not None and self._near[1] is layers.get(next(iter(layers), "")):
            (x, y), _, rings = self._near
            if abs(x - place[0]) + abs(y - place[1]) < MOVED_M:
                return rings
        found: list[tuple[float, Any]] = []
        for layer in layers.values():
            arrays = getattr(layer.tiles, "arrays", None)
            if arrays is None:
                continue
            away = np.hypot(*(arrays.anchor_local - place).T)
            near = np.flatnonzero(away < reach_m)
            for member in near[np.argsort(away[near])][:MOST_NEAR]:
                shape = row_polygon(layer, int(arrays.row[member]))
                pieces = polygons_in(shape) if shape is not None else []
                found += [(float(away[member]), shapely.get_coordinates(p.exterior)[:-1]) for p in pieces]
        rings = [ring for _, ring in sorted(found, key=lambda pair: pair[0])[:MOST_NEAR]]
        self._near = (place, layers.get(next(iter(layers), "")), rings)
        return rings
