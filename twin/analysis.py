"""Which analysis a layer is the result of: kept with the project, so that it can be read, doubted and run again."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AnalysisRun:
    """One run of a plugin whose result is a layer."""

    layer_id: str
    plugin_id: str
    title: str = ""
    """What the plugin is called."""
    parameters: str = "{}"
    """The parameters as they were settled: one JSON object of plain values."""
    area: str = "[]"
    """The ring of the area, JSON [[lon, lat], ...]; [] for the whole city."""
    when: str = ""
    """ISO 8601, with the zone."""
    unit: str = ""
    note: str = ""
    """How it was computed."""
    limits: str = ""
    """What it does not know."""
    source: str = ""
    """Whose data or method it is."""
    table: str = ""
    """The table beside the map: JSON {"title", "columns": {name: [values]}}; its first rows."""
    charts: str = "[]"
    """The charts, JSON as plugins give them."""
    facts: str = "{}"
    """Figures, one JSON object."""
