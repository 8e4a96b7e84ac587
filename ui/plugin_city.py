"""What plugins get to see of what is open, and what is held back from them. No Qt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from plugins.city_files import CityContents, Edits
from twin.alarms import Alarm
from twin.clock import Clock
from twin.layer import Layer
from twin.personal import Decided, PersonalDecision, personal_columns
from twin.placed_models import placed_models
from twin.proposed import gone_rows
from twin.scenario import Scenario
from twin.scenario_shapes import parts_of
from twin.session import Session
from ui.plugin_alarms import alarm_layer

Decisions = Mapping[str, Mapping[str, bool]]


def city_contents(
    session: Session,
    decisions: Decisions | None = None,
    comments: Sequence[Mapping[str, Any]] = (),
    alarms: Sequence[Alarm] = (),
) -> CityContents:
    """Return what is open for plugins: corrected and joined as it is shown, without the scenario that is shown.

    decisions   what was decided about personal columns: layer id, column, whether it is personal
    comments    as ui.plugin_comments.comments_of gives them
    alarms      those with a place become a layer "alarms", unless there is one of that name
    """
    layers = [
        layer
        for layer in session.city.values()
        if (layer.tiles is not None or layer.features is not None) and not layer.info.path.startswith("plugin://")
    ]
    raised = alarm_layer(alarms, layers[0].frame) if alarms and layers else None
    if raised is not None and raised.info.id not in {layer.info.id for layer in layers}:
        layers.append(raised)
    names = {state.layer_id: state.name for state in session.composition.layers if state.name}
    terrain = next((layer.terrain for layer in session.layers.values() if layer.terrain is not None), None)
    personal = {layer.info.id: _withheld(layer, (decisions or {}).get(layer.info.id, {})) for layer in layers}
    scenarios, moment = scenario_edits(session), moment_of(session.clock)
    return CityContents(layers, names, personal, scenarios, terrain, comments, time=moment)


def moment_of(clock: Clock) -> datetime | None:
    """Return the moment that the city is shown at, with its zone; None while the clock shows now."""
    at_s = clock.moment_s()
    if at_s is None:
        return None
    try:
        zone: tzinfo = ZoneInfo(clock.zone) if clock.zone else UTC
        return datetime.fromtimestamp(at_s, UTC).astimezone(zone)
    except (ZoneInfoNotFoundError, ValueError, OverflowError, OSError):  # a year that calendars here do not have
        return None


def scenario_edits(session: Session) -> dict[str, Edits]:
    """Return what each scenario, by name, changes of the buildings."""
    return {scenario.name: _edits(session, scenario) for scenario in session.composition.scenarios}


def _edits(session: Session, scenario: Scenario) -> Edits:
    removed: dict[str, list[int]] = {}
    for layer in session.city.values():
        rows = sorted(row for row in gone_rows(layer, scenario.edits).values() if row >= 0)
        if rows:
            removed[layer.info.id] = rows
    return Edits(removed, _added(session, scenario))


def _added(session: Session, scenario: Scenario) -> Any:
    """Return the buildings and models of a scenario as a GeoDataFrame in the city's CRS; None for none."""
    frame = session.frame
    if frame is None:
        return None
    rows: list[dict[str, Any]] = []
    for edit in scenario.edits:
        about = {"name": edit.name, "use": edit.use, "edit": edit.id, "scenario": scenario.name}
        for part in parts_of(edit, frame):
            heights = {"height_m": part.top_m, "base_m": part.base_m, "storeys": part.storeys}
            rows.append(about | heights | {"geometry": part.polygon})
    placed = placed_models(scenario.edits, frame, session.models)
    for edit, hull, top_m in zip(placed.edits, placed.footprints, placed.top_m, strict=True) if placed else ():
        about = {"name": edit.name, "use": edit.use, "edit": edit.id, "scenario": scenario.name}
        rows.append(about | {"height_m": top_m, "base_m": 0.0, "storeys": edit.floors, "geometry": hull})
    if not rows:
        return None
    import geopandas  # noqa: PLC0415  loaded where there is something proposed

    local = geopandas.GeoDataFrame(rows, geometry="geometry")
    return local.set_geometry(local.geometry.translate(*frame.origin_m)).set_crs(frame.crs)


def _withheld(layer: Layer, decided: Mapping[str, bool]) -> tuple[str, ...]:
    decisions = [
        PersonalDecision(layer.info.id, name, Decided.PERSONAL if is_personal else Decided.PUBLIC)
        for name, is_personal in decided.items()
    ]
    found = personal_columns(layer.table, decisions, layer_id=layer.info.id)
    return tuple(column.field for column in found if column.is_withheld)


def project_paths(session: Session, folder: Path | None = None) -> list[Path]:
    """Return the project and the data files that are open: plugins beside them are listed."""
    paths = [
        Path(layer.info.path) for layer in session.layers.values() if layer.info.path and "://" not in layer.info.path
    ]
    return [*([folder] if folder is not None else []), *paths]
