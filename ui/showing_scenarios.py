"""Which scenario a session shows, by name; and a second session over the same city that shows another. No Qt."""

from __future__ import annotations

from dataclasses import replace

from twin.scenario import scenario_named
from twin.session import Session

AS_IT_IS = ("", "today")
"""Names of the city without a scenario."""


def scenario_id(session: Session, name: str) -> str:
    """Return the id of a scenario by its name; "" for today.

    raises   ScenarioError  there is none of that name
    """
    scenarios = session.composition.scenarios
    if name.strip().casefold() in AS_IT_IS and all(s.name.casefold() != "today" for s in scenarios):
        return ""
    return scenario_named(scenarios, name).id


def show_scenario(session: Session, name: str, *, is_undoable: bool = False) -> None:
    """Show a scenario by its name; "" or "today" shows the city as it is.

    raises   ScenarioError  there is none of that name
    """
    shown = scenario_id(session, name)
    session.set_composition(replace(session.composition, scenario=shown), is_undoable=is_undoable)


def name_of(session: Session, shown: str, *, today: str = "Today") -> str:
    """Return the name of a scenario by its id."""
    return next((s.name for s in session.composition.scenarios if s.id == shown), today)


def beside(session: Session, shown: str) -> Session:
    """Return another session over the same layers that shows another scenario; the arrays are shared.

    Corrections are in the layers already, so the other session has none of its own.
    """
    other = Session()
    other.put_models(session.models)
    for layer in session.city.values():
        other.add_layer(layer)
    follow(session, other, shown)
    return other


def follow(session: Session, other: Session, shown: str) -> None:
    """Show in the other session what the first shows now, but for the scenario."""
    before, after = other.city, session.city
    for layer_id in [i for i in before if i not in after]:
        other.remove_layer(layer_id)
    for layer_id, layer in after.items():
        if layer_id not in before:
            other.add_layer(layer)
        elif before[layer_id] is not layer:
            other.replace_layer(layer)
    missing = {p: m for p, m in session.models.items() if p not in other.models}
    if missing:
        other.put_models(missing)
    composition = replace(session.composition, corrections=(), scenario=shown)
    other.set_composition(composition, is_undoable=False)
    other.set_camera(session.camera, is_remembered=False)
    other.set_clock(session.clock)
