"""What plugins get to see of what is open, and what is held back from them. No Qt."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from plugins.city_files import CityContents
from twin.layer import Layer
from twin.personal import Decided, PersonalDecision, personal_columns
from twin.session import Session

Decisions = Mapping[str, Mapping[str, bool]]


def city_contents(session: Session, decisions: Decisions | None = None) -> CityContents:
    """Return what is open for plugins: corrected and joined as it is shown.

    decisions   what was decided about personal columns: layer id, column, whether it is personal
    """
    layers = [
        layer
        for layer in session.layers.values()
        if (layer.tiles is not None or layer.features is not None) and not layer.info.path.startswith("plugin://")
    ]
    names = {state.layer_id: state.name for state in session.composition.layers if state.name}
    terrain = next((layer.terrain for layer in session.layers.values() if layer.terrain is not None), None)
    personal = {layer.info.id: _withheld(layer, (decisions or {}).get(layer.info.id, {})) for layer in layers}
    return CityContents(layers, names, personal, terrain=terrain)


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
