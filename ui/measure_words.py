"""What the window says of measurements."""

from __future__ import annotations

from twin.measure import Figure, MeasureKind, Measurement, number_text

PANEL = "Measurements"
LIST = "What was measured"
LIST_TIP = "F2 renames, Delete removes, Ctrl+C copies the value"
RENAME, COPY, DELETE, EXPORT = "Rename", "Copy the value", "Delete", "Export…"
NOTHING = "Nothing measured yet. Choose a tool and click in the city."
EXPORT_TITLE = "Export measurements"
EXPORT_NAME = "measurements.geojson"
EXPORT_FILTER = "GeoJSON (*.geojson);;Table (*.csv)"
KINDS = {
    MeasureKind.DISTANCE: "Distance",
    MeasureKind.HEIGHT: "Height",
    MeasureKind.AREA: "Area",
    MeasureKind.ANGLE: "Angle",
    MeasureKind.ELEVATION: "Elevation",
}
HINTS = {
    MeasureKind.DISTANCE: "Click points; double-click or Enter ends, Backspace takes the last one back, Esc leaves.",
    MeasureKind.HEIGHT: "Click below and above, for example at the foot and the top of a wall.",
    MeasureKind.AREA: "Click the corners; double-click or Enter ends, Backspace takes the last one back.",
    MeasureKind.ANGLE: "Click the end of one arm, the corner, and the end of the other arm.",
    MeasureKind.ELEVATION: "The height under the cursor is shown; a click keeps it.",
}
_FIGURES = {
    "length": "Length, on the ground",
    "length in space": "Length, in space",
    "height difference": "Height difference",
    "azimuth": "Direction from true north",
    "area": "Area, flat",
    "perimeter": "Perimeter, flat",
    "angle": "Angle, flat",
    "angle in space": "Angle, in space",
    "elevation": "Height above the ground plane",
    "grid length": "Length in the map's own metres",
    "grid area": "Area in the map's own metres",
}


def figure_line(figure: Figure) -> str:
    """Return one figure with its name."""
    return f"{_FIGURES.get(figure.name, figure.name)}: {number_text(figure.value, figure.unit)}"


def scale_line(scale: float, crs: str) -> str:
    """Return how the frame's metres relate to the ground's."""
    return f"True ground, by the ellipsoid. Scale factor of {crs} here: {scale:.5f}."


def row_text(measurement: Measurement, text: str) -> str:
    """Return what a measurement is called in the list."""
    return text if measurement.name else f"{KINDS[measurement.kind]}: {text}"


def exported(path: str) -> str:
    """Return that measurements were written."""
    return f"Measurements written: {path}"
