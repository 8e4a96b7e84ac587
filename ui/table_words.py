"""What the attribute table, its bars, exports, corrections and reloading say to people."""

from __future__ import annotations

from collections.abc import Sequence

from twin.corrections import Correction, Stand, Standing
from ui.figure_words import count, value

TITLE = "Attribute table"
HEIGHT_DRAWN, HEIGHT_FROM = "height drawn", "height from"
SEARCH = "Find text in all columns"
FILTER = 'Filter: height > 30 and use == "office"'
FILTER_NAME = "Rows for which this is true"
SHOWN_ROWS = {"all": "All rows", "drawn": "Rows in the city", "selected": "Selected rows"}
SHOWN_ROWS_NAME = "Which rows"
SELECT_THESE = "Select these rows"
FILTER_CITY = "Show only these in the city"
COLUMNS = "Columns"
EXPORT = "Export…"
ZOOM = "Zoom to the selection"
BARS = "How the values of the chosen column are spread"
BARS_HINT = "Drag across the bars: those buildings stand out."
WORDS_HINT = "Click bars: those buildings stand out."
BRUSH_SELECT, BRUSH_FILTER, BRUSH_CLEAR = "Select", "Filter", "Clear"
BRUSH_SELECT_TIP = "Select what stands out"
BRUSH_FILTER_TIP = "Show only what stands out in the city; Undo brings the rest back"
BRUSH_CLEAR_TIP = "Let everything stand out again"
NO_LAYER = "Open a layer to see its rows."
NO_NUMBERS = "This column has no values among these rows."
OTHERS = "others"
HIDE_COLUMN, SHOW_ALL_COLUMNS, MOVE_LEFT, MOVE_RIGHT = "Hide", "Show all columns", "Move left", "Move right"
SORT_UP, SORT_DOWN, SORT_NONE = "Sort ascending", "Sort descending", "Order of the file"
COPY = "Copy"
COPIED_AT_MOST = 100_000
TOO_MANY_TO_COPY = f"More than {COPIED_AT_MOST:,} rows are too many to copy. Export them instead."
CORRECT = "Correct this value…"
CORRECTED = "corrected"

EXPORT_TITLE = "Export rows"
EXPORT_ROWS = {"selected": "Selected rows", "table": "Rows of the table as filtered", "drawn": "All rows in the city"}
EXPORT_PUBLIC = "For the public: leave out personal columns and the reasons for corrections"
EXPORT_PUBLIC_NOTE = "Left out:"
EXPORT_NONE_PERSONAL = "No column looks personal."
EXPORT_CRS = "Coordinate system"
EXPORT_CRS_TIP = (
    "Leave it as it is, or write another, like EPSG:4326. GeoJSON and CSV are always in longitude and latitude"
)
EXPORT_FILE = "Choose the file…"
EXPORT_FILTER = "GeoPackage (*.gpkg);;GeoParquet (*.parquet);;GeoJSON (*.geojson);;CSV (*.csv)"

CORRECTIONS_TITLE = "Corrections"
CORRECTION_TITLE = "Correct a value"
CORRECTION_WHY = "Why?"
CORRECTION_WHY_TIP = "How you know: seen on site, a plan, a letter. It is kept with the project"
CORRECTION_NOTE = "Kept in the project; the file it came from is not touched."
CORRECTION_HEADS = ("Layer", "Row", "Field", "Was", "Corrected to", "When", "Why", "State")
REVERT, REVERT_TIP = "Take back", "The value is again what the file says"
APPLY_ANYWAY, APPLY_ANYWAY_TIP = "Apply anyway", "Correct what the file says now"
NO_CORRECTIONS = "Nothing is corrected. Double-click a value in the attribute table to correct it."
STANDINGS = {
    Standing.APPLIED: "applied",
    Standing.CONFLICT: "conflict: the file has another value now",
    Standing.LOST: "waiting: its row or column is not there",
}

RELOAD_NONE = "Choose a layer to reload."
CHANGES_HEADS = ("What", "Row", "Name", "Changed", "Before and after")
CHANGES_KINDS = {"added": "Added", "removed": "Removed", "changed": "Changed"}
CHANGES_AT_MOST = 5_000


def rows_line(shown: int, every: int, selected: int) -> str:
    """Return how many rows the table lists."""
    listed = count(every, "rows") if shown == every else f"{shown:,} of {every:,} rows"
    return f"{listed}, {selected:,} selected" if selected else listed


def table_name(layer: str) -> str:
    """Return what screen readers call the table of a layer."""
    return f"Attributes of {layer}"


def title_with_unit(title: str, unit: str) -> str:
    """Return a column's heading."""
    return f"{title} ({unit})" if unit else title


def spread_line(filled: int, empty: int, estimated: int) -> str:
    """Return what the bars stand for."""
    parts = [f"{filled:,} values"]
    if empty:
        parts.append(f"{empty:,} empty")
    if estimated:
        parts.append(f"{estimated:,} estimated")
    return ", ".join(parts)


def spread_figures(least: float, greatest: float, mean: float, median: float) -> str:
    """Return the figures below the bars."""
    named = (("min", least), ("max", greatest), ("mean", mean), ("median", median))
    return "   ".join(f"{name} {_short(number)}" for name, number in named)


def words_line(different: int, empty: int) -> str:
    """Return what the bars of a column of words stand for."""
    return f"{count(different, 'different values')}" + (f", {empty:,} empty" if empty else "")


def brushed_line(number: int, low: float | None = None, high: float | None = None) -> str:
    """Return what stands out."""
    between = "" if low is None or high is None else f" from {_short(low)} to {_short(high)}"
    return f"{number:,} stand out{between}"


def _short(number: float) -> str:
    return value(float(f"{number:.4g}"))


def corrected_tip(correction: Correction) -> str:
    """Return what is told of a corrected value."""
    why = f": {correction.why}" if correction.why else ""
    return f"Corrected from {value(correction.old)} to {value(correction.new)} on {day(correction.when)}{why}"


def corrected_mark(text: str, correction: Correction) -> str:
    """Return a corrected value as the inspector shows it."""
    why = f", {correction.why}" if correction.why else ""
    return f"{text}  (corrected, was {value(correction.old)}; {day(correction.when)}{why})"


def correction_asks(field: str, row_name: str) -> str:
    """Return the question above a correction."""
    return f"{field} of {row_name}"


def was(old: object) -> str:
    """Return what a value was."""
    return f"The file says: {value(old)}"


def day(when: str) -> str:
    """Return a moment as a date and time of day, without seconds."""
    return when[:16].replace("T", " ")


def standing(stand: Stand) -> str:
    """Return how a correction stands."""
    text = STANDINGS[stand.standing]
    return f"{text} ({value(stand.now)})" if stand.standing is Standing.CONFLICT else text


def row_number(row: int) -> str:
    """Return a row's number as people count; a dash where it is not there."""
    return f"{row + 1:,}" if row >= 0 else "–"


def conflicts(number: int) -> str:
    """Return the notice about corrections that do not fit any more."""
    what = "correction does" if number == 1 else "corrections do"
    return f"{number:,} {what} not fit the file any more. See Edit > Corrections."


def exporting(name: str) -> str:
    """Return what is shown while rows are written."""
    return f"Writing {name}"


def exported(rows: int, name: str, crs: str) -> str:
    """Return the notice after an export."""
    return f"{count(rows, 'rows')} written to {name} ({crs})"


def changed_on_disk(names: Sequence[str]) -> str:
    """Return the notice about files that were written by others."""
    what = names[0] if len(names) == 1 else f"{len(names)} files ({', '.join(names[:3])})"
    return f"{what} changed on disk. Reload with File > Reload layer."


def nothing_changed(name: str) -> str:
    """Return the notice after a reload without changes."""
    return f"{name} was read again: nothing changed."


def changes_line(added: int, removed: int, changed: int) -> str:
    """Return what a reload brought."""
    return f"{added:,} added, {removed:,} removed, {changed:,} changed"


def changes_by(by: str) -> str:
    """Return how rows were recognised."""
    return f'Rows are recognised by the column "{by}".' if by else "Rows are recognised by their place."


def columns_changed(added: Sequence[str], removed: Sequence[str]) -> str:
    """Return which columns came and went."""
    parts = [f"New columns: {', '.join(added)}."] if added else []
    parts += [f"Columns gone: {', '.join(removed)}."] if removed else []
    return " ".join(parts)


def reloaded(name: str) -> str:
    """Return the title of the list of changes."""
    return f"What changed in {name}"
