"""What the analyses say of scenarios: sun that neighbours lose, and conflicts with plans. Through the plugins' door."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from plugins.city_handle import open_city
from plugins.discover import find
from plugins.parameters import plain_parameters
from plugins.run import Host, LaidCity, State
from plugins.trust import load_trust
from twin.errors import TwinError
from twin.indicators import Indicator
from twin.place import LocalFrame, lonlat_from_local
from twin.proposed import BUILDINGS
from twin.scenario import EditKind, Scenario
from twin.scenario_shapes import parts_of
from twin.session import Session
from ui.plugin_answers import Described, described_one, granted, run_to_end
from ui.plugin_city import Decisions, city_contents
from ui.scenario_figures import NOT_ASKED, Column, Comparison

SUN, PLANS = "sun_hours", "plans"
HOUR_H = 1.0
REACH_HEIGHTS, REACH_M = 4.0, 60.0
"""Neighbours stand within so many heights of what is proposed, and so many metres."""
SUN_FORMULA = (
    "Hours of sun on 21 March that walls of other buildings near by lose: mean over the walls that lose any, by"
    " their area (analysis: Hours of sun)."
)
WALLS_FORMULA = (
    "Area of other buildings' walls near by that lose an hour of sun or more on 21 March (analysis: Hours of sun)."
)
PLANS_FORMULA = (
    "Places where plans, buildings and proposals contradict each other (analysis: Plans against plans, with its own"
    " rules)."
)
MORE = (
    Indicator("sun_lost_h", "Sun lost by neighbours", "h", SUN_FORMULA),
    Indicator("sun_lost_walls_m2", "Walls that lose an hour", "m²", WALLS_FORMULA),
    Indicator("plan_conflicts", "Conflicts with plans", "", PLANS_FORMULA),
)


def with_analyses(comparison: Comparison, session: Session, decisions: Decisions | None = None) -> Comparison:
    """Return a comparison with what the analyses found; what they could not tell is said in a sentence."""
    frame = session.frame
    if frame is None or len(comparison.columns) < 2:
        return comparison
    host = Host()
    notes: list[str] = []
    try:
        host.warm_up()
        laid = host.lay_down(city_contents(session, decisions))
        columns = [_one(host, laid, column, frame, notes) for column in comparison.columns]
    finally:
        host.close()
    known = {name for column in columns for name in column.more}
    indicators = (*comparison.indicators, *(i for i in MORE if i.id in known))
    said = tuple(dict.fromkeys((*(n for n in comparison.notes if n != NOT_ASKED), *notes)))
    return replace(comparison, columns=tuple(columns), indicators=indicators, notes=said)


def _one(host: Host, laid: LaidCity, column: Column, frame: LocalFrame, notes: list[str]) -> Column:
    scenario, more = column.scenario, dict(column.more)
    try:
        if scenario is None:
            more |= {"sun_lost_h": 0.0, "sun_lost_walls_m2": 0.0}
        else:
            more |= _sun(host, laid, scenario, frame)
    except TwinError as error:
        notes.append(f"{column.name}: hours of sun could not be told. {error}")
    try:
        name = scenario.name if scenario is not None else ""
        facts = _run(host, laid, PLANS, {"scenario": name}, ())[0]
        more["plan_conflicts"] = float(facts["conflicts"])
    except TwinError as error:
        notes.append(f"{column.name}: conflicts with plans could not be told. {error}")
    return replace(column, more=more)


def _run(
    host: Host, laid: LaidCity, name: str, given: Mapping[str, str], area: tuple[tuple[float, float], ...]
) -> tuple[dict[str, Any], Any]:
    """Run one of our analyses; return its facts and features.

    raises   TwinError  it is not there, or failed
    """
    plugin: Described = described_one(host, find(name, load_trust(), []))
    wanted = plain_parameters(plugin.parameters, dict(given))
    task = plugin.task(city=laid, parameters=wanted, area=area, allowed=granted(plugin, load_trust()), processes=None)
    running, received = run_to_end(host, task)
    if running.state is State.FAILED or received is None:
        raise TwinError(running.sentence or f"{plugin.info['title']} gave no result.", hint=running.hint)
    city = open_city(laid.folder)
    return dict(received.header.get("facts", {})), received.features(city.crs)


def _sun(host: Host, laid: LaidCity, scenario: Scenario, frame: LocalFrame) -> dict[str, float]:
    area = _around(scenario, frame)
    if not area:
        return {"sun_lost_h": 0.0, "sun_lost_walls_m2": 0.0}
    given = {"on": "facades", "plan": scenario.name, "is_difference": "true", "preset": "march"}
    _, walls = _run(host, laid, SUN, given, area)
    if walls is None or not len(walls):
        return {"sun_lost_h": 0.0, "sun_lost_walls_m2": 0.0}
    others = walls[(walls["layer"].to_numpy() != "") & (walls["layer"].to_numpy() != BUILDINGS)]
    lost_h, wall_m2 = -others["hours"].to_numpy(), others["wall_m2"].to_numpy()
    loses = lost_h > 0
    total = float(wall_m2[loses].sum())
    return {
        "sun_lost_h": float((lost_h * wall_m2)[loses].sum() / total) if total else 0.0,
        "sun_lost_walls_m2": float(wall_m2[lost_h >= HOUR_H].sum()),
    }


def _around(scenario: Scenario, frame: LocalFrame) -> tuple[tuple[float, float], ...]:
    """Return the corners, longitude and latitude, of the area in which neighbours of new buildings stand."""
    parts = [p for e in scenario.edits if e.kind is EditKind.BUILD for p in parts_of(e, frame)]
    if not parts:
        return ()
    bounds = np.array([p.polygon.bounds for p in parts])
    reach = REACH_M + REACH_HEIGHTS * max(p.top_m for p in parts)
    west, south = (bounds[:, :2].min(axis=0) - reach).tolist()
    east, north = (bounds[:, 2:].max(axis=0) + reach).tolist()
    corners = lonlat_from_local(frame, np.array([(west, south), (east, south), (east, north), (west, north)]))
    return tuple((float(lon), float(lat)) for lon, lat in corners)
