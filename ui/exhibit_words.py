"""What is written on sheets, and said about them."""

from __future__ import annotations

from collections.abc import Sequence
from math import degrees

from twin.exhibit import ViewKind, scale_text
from twin.legend import Legend
from twin.session import Camera

NO_DATA = "no data"
SOURCES = "Sources"
COORDINATES = "Coordinates"
CONTINUED = "continued"
MADE_WITH = "Drawn with citytwin"
_WINDS = ("N", "NE", "E", "SE", "S", "SW", "W", "NW")
_KINDS = {
    ViewKind.PLAN: "Plan",
    ViewKind.PERSPECTIVE: "Perspective",
    ViewKind.ELEVATION: "Elevation",
    ViewKind.SECTION: "Section",
}


def view_caption(kind: ViewKind, title: str, scale: float, side: str, camera: Camera) -> tuple[str, str]:
    """Return what stands under a view: its name, and how it is drawn."""
    heading = degrees(camera.heading_rad) % 360
    wind = _WINDS[round(heading / 45) % 8]
    what = {
        ViewKind.PLAN: "Plan",
        ViewKind.ELEVATION: f"Elevation from the {side}",
        ViewKind.SECTION: f"Section, looking {wind}",
        ViewKind.PERSPECTIVE: f"Perspective, looking {wind}",
    }[kind]
    how = scale_text(scale) if scale else ""
    return (title, f"{what} {how}".strip()) if title else (f"{what} {how}".strip(), "")


def kind_name(kind: ViewKind) -> str:
    """Return the name of a kind of view."""
    return _KINDS[kind]


def legend_count(legend: Legend) -> str:
    """Return what stands under a legend's title."""
    return f"{legend.layer_name}, {legend.shown:,} shown" if legend.layer_name else f"{legend.shown:,} shown"


def legend_remarks(legend: Legend) -> list[str]:
    """Return what has to be known to read a legend."""
    remarks = []
    if legend.estimated:
        remarks.append(f"{legend.estimated:,} of these are estimated: from storeys, use or a default, not measured.")
    if legend.hidden:
        remarks.append(f"{legend.hidden:,} hidden by the filter.")
    if legend.note:
        remarks.append(legend.note)
    return remarks


def source_lines(sources: Sequence[tuple[str, str, str]]) -> list[str]:
    """Return who is to be named: (layer, attribution, licence) each."""
    lines = []
    for name, attribution, licence in sources:
        said = ". ".join(part.rstrip(".") for part in (attribution, licence) if part)
        lines.append(f"{name}: {said or 'no source stated in the file'}.")
    return list(dict.fromkeys(lines))


def coordinate_line(name: str, crs: str, grid_scale: float | None) -> str:
    """Return what frame the sheet is in, and that lengths are true."""
    frame = f"{name} ({crs})" if crs.upper().startswith("EPSG") else name
    if grid_scale is None:
        return f"{frame}. Heights above the ground of the model."
    return (
        f"{frame}. Scales and dimensions are metres of true ground; "
        f"a metre of this grid is {1 / grid_scale:.5f} m of ground here."
    )


def default_sheet(name: str) -> str:
    """Return that there is no such exhibit."""
    return f'There is no exhibit "{name}" in the project; a sheet of the present view was drawn under this title.'


def cropped(kind: ViewKind, scale: float, shown_m: tuple[float, float], there_m: tuple[float, float]) -> str:
    """Return that a view does not show everything."""
    return (
        f"The {_KINDS[kind].lower()} at {scale_text(scale)} shows {shown_m[0]:,.0f} x {shown_m[1]:,.0f} m "
        f"of {there_m[0]:,.0f} x {there_m[1]:,.0f} m."
    )


DIALOG = "Exhibit"
SHEET, NEW_SHEET = "Sheet", "A new one"
TITLE, TEXT, PAPER, ORIENTATION, SCALE = "Title", "Text", "Paper", "Orientation", "Scale"
LANDSCAPE, PORTRAIT = "Landscape", "Portrait"
FITTING = "As large as fits"
NO_VIEW, PRESENT, WHOLE = "None", "What is looked at", "Whole city in perspective"
UNTITLED = "Exhibit"
DRAWING = "Drawing the sheet…"
FILTER = "PDF (*.pdf)"


def elevation_name(side: str) -> str:
    """Return the name of an elevation."""
    return f"Elevation from the {side}"


def kept_view(title: str, kind: ViewKind) -> str:
    """Return what a view of a sheet that is kept is called in the dialog."""
    return f"{title or kind_name(kind)} (as kept)"


def view_label(number: int) -> str:
    """Return what a view of the sheet is called in the dialog."""
    return "Main view" if not number else f"View {number + 1}"


def sheet_saved(path: str) -> str:
    """Return that a sheet was written."""
    return f"Sheet written: {path}"
