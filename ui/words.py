"""Every sentence a user reads in the window; with the modules it takes in, all there is to translate."""

# mypy asks for the second name where a module hands names on
# ruff: noqa: PLC0414

from __future__ import annotations

from collections.abc import Iterable

from twin.buildings import FIRST_ESTIMATE, HeightSource
from twin.errors import TwinError
from twin.layer import Kind
from twin.legend import Legend
from twin.report import Problem
from ui.act_words import ACTS as ACTS
from ui.act_words import MENUS as MENUS
from ui.dialog_words import A_PLACE as A_PLACE
from ui.dialog_words import ABOUT_MORE as ABOUT_MORE
from ui.dialog_words import CLEAR as CLEAR
from ui.dialog_words import COORDINATE_NAMES as COORDINATE_NAMES
from ui.dialog_words import COORDINATES as COORDINATES
from ui.dialog_words import COPY as COPY
from ui.dialog_words import COPY_COORDINATES as COPY_COORDINATES
from ui.dialog_words import FILE_FILTER as FILE_FILTER
from ui.dialog_words import FLY_HERE as FLY_HERE
from ui.dialog_words import GENERAL as GENERAL
from ui.dialog_words import KEY_DEFAULT as KEY_DEFAULT
from ui.dialog_words import KEY_TIP as KEY_TIP
from ui.dialog_words import MOUSE as MOUSE
from ui.dialog_words import MOUSE_NAMES as MOUSE_NAMES
from ui.dialog_words import NO_PICTURES as NO_PICTURES
from ui.dialog_words import NO_SAMPLE as NO_SAMPLE
from ui.dialog_words import NOTHING_RECENT as NOTHING_RECENT
from ui.dialog_words import NOTHING_SAID as NOTHING_SAID
from ui.dialog_words import ONLINE_MAPS as ONLINE_MAPS
from ui.dialog_words import PICTURE_FILTER as PICTURE_FILTER
from ui.dialog_words import PICTURE_FURNITURE as PICTURE_FURNITURE
from ui.dialog_words import PICTURE_HEIGHT as PICTURE_HEIGHT
from ui.dialog_words import PICTURE_LEGEND as PICTURE_LEGEND
from ui.dialog_words import PICTURE_NAME as PICTURE_NAME
from ui.dialog_words import PICTURE_SIZE as PICTURE_SIZE
from ui.dialog_words import PICTURE_SIZES as PICTURE_SIZES
from ui.dialog_words import PICTURE_WIDTH as PICTURE_WIDTH
from ui.dialog_words import PREFERENCES as PREFERENCES
from ui.dialog_words import RIGHT_PANEL as RIGHT_PANEL
from ui.dialog_words import SAMPLE as SAMPLE
from ui.dialog_words import SAVING as SAVING
from ui.dialog_words import SEARCH as SEARCH
from ui.dialog_words import SEARCH_HINT as SEARCH_HINT
from ui.dialog_words import SEARCH_RESULTS as SEARCH_RESULTS
from ui.dialog_words import SELECT_THIS as SELECT_THIS
from ui.dialog_words import SMOOTH_MOTION as SMOOTH_MOTION
from ui.dialog_words import STANDING_HINT as STANDING_HINT
from ui.dialog_words import TEXT_SIZE as TEXT_SIZE
from ui.dialog_words import THEME as THEME
from ui.dialog_words import THEME_NAMES as THEME_NAMES
from ui.dialog_words import TOOL_BAR as TOOL_BAR
from ui.dialog_words import TOOL_HINTS as TOOL_HINTS
from ui.dialog_words import crs_guess as crs_guess
from ui.dialog_words import crs_question as crs_question
from ui.dialog_words import nothing_found as nothing_found
from ui.dialog_words import open_title as open_title
from ui.dialog_words import past_notice as past_notice
from ui.dialog_words import picture_size as picture_size
from ui.dialog_words import which_files as which_files
from ui.dialog_words import which_layers as which_layers
from ui.figure_words import KINDS as KINDS
from ui.figure_words import NOT_KNOWN as NOT_KNOWN
from ui.figure_words import count as count
from ui.figure_words import cubic_metres as cubic_metres
from ui.figure_words import elevation as elevation
from ui.figure_words import heading as heading
from ui.figure_words import local as local
from ui.figure_words import lonlat as lonlat
from ui.figure_words import lonlat_sexagesimal as lonlat_sexagesimal
from ui.figure_words import memory as memory
from ui.figure_words import metres as metres
from ui.figure_words import projected as projected
from ui.figure_words import scale_parallel as scale_parallel
from ui.figure_words import square_metres as square_metres
from ui.figure_words import value as value
from ui.figure_words import view_width as view_width
from ui.style_words import ELEVATION_COLUMN as ELEVATION_COLUMN
from ui.style_words import FINEST_LOD as FINEST_LOD
from ui.style_words import SCHEMES as SCHEMES
from ui.style_words import STYLE_FIELDS as STYLE_FIELDS
from ui.style_words import SURFACE_CLICKED as SURFACE_CLICKED
from ui.style_words import SURFACE_CLICKED_TIP as SURFACE_CLICKED_TIP
from ui.style_words import SURFACE_COLUMN as SURFACE_COLUMN
from ui.style_words import SURFACES as SURFACES
from ui.style_words import proposed_column as proposed_column

APP = "citytwin"
TAGLINE = "A whole city on one screen."

DOCKS = {"layers": "Layers", "selection": "Selection", "style": "Style"}
FOCUSES = {"window": "Everywhere", "scene": "In the city view", "walk": "While standing in the city"}

HEIGHT_SOURCES = {
    HeightSource.MEASURED: "measured: from a height column",
    HeightSource.ROOF_MINUS_GROUND: "measured: roof minus ground elevation",
    HeightSource.CORRECTED: "corrected by hand in this project",
    HeightSource.RASTER: "measured: in rasters, inside the footprint",
    HeightSource.STOREYS: "estimated from the number of storeys",
    HeightSource.USE_DEFAULT: "estimated from the use",
    HeightSource.DEFAULT: "estimated: a default, nothing is known",
}
CRS_SOURCES = {
    "stated": "stated by the file",
    "guessed": "guessed from the numbers",
    "given": "given by you",
}

NOTHING_SELECTED = "Click a building to see what is known of it."
NOTHING_SELECTED_HINT = "Ctrl-click adds more; M draws a rectangle."
NO_LAYERS = "No layers yet."
NO_LAYERS_HINT = "Open a file, or drop one on this window."
NO_STYLE = "Choose a layer to style it."
HEIGHT_COLUMN = "Height as drawn"
NO_COLUMN = "None"
THEME_COLOUR = "Theme's own"
DEFAULT_COLOURS = "Automatic"
FILTER_EMPTY = "Everything is shown."
CANCEL = "Cancel"
CLOSE = "Close"
DETAILS = "Details"
LAYER_NAME = "Layer name"
LAYER_LIST_TIP = "Space shows or hides, Enter zooms, F2 renames, Delete removes, Alt+Up and Alt+Down move"
SHOW_HIDE = "Show or hide"
ZOOM_TO = "Zoom to"
MORE = "More about"
PROBLEMS = "Problems of"
OPACITY = "Opacity of"
LAYER_INFO = "Information…"
RENAME = "Rename"
MOVE_UP = "Move up"
MOVE_DOWN = "Move down"
LAY_FLAT = "Lay flat"
RAISE = "Raise as buildings"
REMOVE = "Remove"
ADD_LAYER, ADD_LAYER_SHORT = "Add a layer…", "Layer…"
ATTRIBUTES = "Attributes"
ATTRIBUTE_HEADS = ("Attribute", "Value")
FIND_ATTRIBUTE = "Find an attribute"
HEIGHT = "Height"
FOOTPRINT_AREA = "Footprint"
FLOOR_AREA = "Floor area"
STOREYS = "Storeys"
BASE = "Starts above ground"
VOLUME = "Volume"
TOO_MANY_TO_SUM = "sums are made for up to 200,000 buildings."
LEGEND = "Legend"
HIDE_LEGEND = "Hide the legend"
NO_DATA = "No data"
PALETTE = "Command palette"
PALETTE_HINT = "What do you want to do?"
KEYS = "Keys"
KEYS_JOIN = "  or  "
KEY_HEADS = ["What it does", "Key"]
FIND_KEY = "Find a key or what it does"
MOUSE_MAP_TEXT = (
    "Mouse: left drag moves the ground; middle drag, or Shift or Ctrl with left drag, orbits about the point under "
    "the cursor; right drag or wheel zooms; double-click flies there."
)
SCENE = "City view"
SCENE_TIP = (
    "Arrows move, Shift and arrows turn and tilt, Page Up and Page Down rise and sink, Enter selects in the middle"
)
NAVIGATION = "Camera buttons"
NORTH_LETTER = "N"
FLATTER = "Tilt towards the horizon"
STEEPER = "Tilt downwards"
START = "Start"
START_LINE = "A whole city on one screen, from a file of building footprints."
START_DROP = "or drop a file anywhere on this window: GeoPackage, GeoJSON, Shapefile, FlatGeobuf, GeoParquet and more"
RECENT = "Opened lately"
INFO_FILE = "File"
INFO_LAYER = "Layer in the file"
INFO_FORMAT = "Format"
INFO_SHOWN = "Shown"
INFO_CRS = "Coordinates"
INFO_BOUNDS = "Extent"
INFO_LICENCE = "Licence"
INFO_CREDIT = "Credit"
INFO_COLUMNS = "Columns"
INFO_HEIGHTS = "Heights"
INFO_HEIGHT_COLUMN = "Height column"
NOT_STATED = "not stated"
NO_PROBLEMS = "No problems were met while reading."
PROBLEMS_HEAD = "Met while reading"
LAYERS_IN_FILE = "Layers in the file"
CRS_NAME = "Coordinate reference system"
CRS_TIP = "An EPSG code such as EPSG:25832, or any text that PROJ understands"
CRS_UNKNOWN = "No coordinate reference system has this name. Try an EPSG code such as EPSG:25832."
DRAW_AS = "Draw areas as"
KIND_AUTOMATIC = "Automatic: raised where heights are found"
ESTIMATED = "estimated"
MEASURED = "measured"


def height_range(least_m: float, greatest_m: float, estimated: int, total: int) -> str:
    """Return the heights of several in words."""
    share = f"; {estimated:,} of {total:,} estimated" if estimated else "; all measured"
    return f"mean; from {metres(least_m)} to {metres(greatest_m)}{share}"


def floor_area_of(known: int) -> str:
    """Return the caption of a floor area that is not of all."""
    return f"{FLOOR_AREA} of {known:,} with storeys"


def height_source(source: int, column: str | None = None) -> str:
    """Return where a height came from, in words; with the column's name where it came from one."""
    text = HEIGHT_SOURCES[HeightSource(source)]
    return f"{text} “{column}”" if column else text


def is_estimate(source: int) -> bool:
    """Return whether a height of this source is marked as estimated."""
    return source >= FIRST_ESTIMATE


def height_shares(counts: dict[int, int]) -> str:
    """Return how many heights came from where: "54,812 measured …; 648 estimated …"."""
    return "; ".join(f"{n:,} {height_source(source)}" for source, n in sorted(counts.items()) if n)


def layer_line(shown: int, kind: Kind) -> str:
    """Return the quiet line under a layer's name."""
    return count(shown, kind)


def problem(found: Problem) -> str:
    """Return one problem of a report as a line."""
    which = f" (for example rows {', '.join(map(str, found.examples))})" if found.examples else ""
    lost = " · not shown" if found.is_loss else ""
    return f"{found.count:,} {found.what}{which}{lost}"


def problems_in(name: str, problems: Iterable[Problem]) -> str:
    """Return the heading of a notice about a layer's problems."""
    lost = sum(p.count for p in problems if p.is_loss)
    if lost:
        return f"{name} is open, but {lost:,} of its rows cannot be shown."
    return f"{name} is open, with remarks."


def problems_in_several(layers: int, lost: int, with_loss: int) -> str:
    """Return the heading of a notice about layers that were opened together."""
    if lost:
        return f"{layers:,} layers are open; {lost:,} rows of {with_loss:,} of them cannot be shown."
    return f"{layers:,} layers are open, with remarks."


def failed(error: BaseException) -> tuple[str, str]:
    """Return what a notice says of an error: the sentence, and what to try."""
    if isinstance(error, TwinError):
        return error.sentence, error.hint
    return "Something went wrong inside citytwin; what was on screen is untouched.", f"{type(error).__name__}: {error}"


def opened(name: str, shown: int, kind: Kind) -> str:
    """Return the notice after a layer was opened."""
    return f"{name}: {count(shown, kind)}."


def heights_estimated(name: str, estimated: int, total: int) -> str:
    """Return the notice about estimated heights."""
    if estimated == total:
        return f"No heights were found in {name}: all {total:,} are estimated."
    return f"{estimated:,} of {total:,} heights in {name} are estimated."


def opening(name: str) -> str:
    """Return the text beside a progress bar."""
    return f"Opening {name}"


def cancelled(name: str) -> str:
    """Return the notice after Cancel."""
    return f"Opening {name} was cancelled; nothing was changed."


def selected(number: int, kind: Kind) -> str:
    """Return the heading of the inspector for several."""
    return f"{count(number, kind)} selected"


def feature_title(kind: Kind, row: int) -> str:
    """Return the heading of the inspector where nothing has a name."""
    return f"{KINDS[kind][:-1].capitalize()} {row + 1:,}"


def matches(number: int, total: int, kind: Kind) -> str:
    """Return how many rows a filter leaves."""
    return f"{number:,} of {count(total, kind)} shown"


def picture_saved(path: str) -> str:
    """Return the notice after a picture was saved."""
    return f"Picture saved: {path}"


def bookmark_kept(number: int) -> str:
    """Return the notice after a bookmark was set."""
    return f"This view is kept as bookmark {number}; press {number} to come back."


def bookmark_empty(number: int) -> str:
    """Return the notice for a bookmark that was never set."""
    return f"Bookmark {number} is empty. Press Ctrl+{number} to keep this view there."


def key_taken(key: str, act: str) -> str:
    """Return why a key cannot be given."""
    return f"{key} already means “{ACTS[act][0]}”."


def layer_accessible(name: str, line: str, *, is_visible: bool, has_trouble: bool) -> str:
    """Return a layer row for a screen reader."""
    parts = [name, line, "on" if is_visible else "off", *(["has problems"] if has_trouble else [])]
    return ", ".join(parts)


def scene_accessible(layers: int, selected_rows: int) -> str:
    """Return what a screen reader says of the picture."""
    return f"The city in three dimensions: {count(layers, 'layers')}, {selected_rows:,} selected."


def ramp_accessible(legend: Legend) -> str:
    """Return a colour ramp for a screen reader."""
    ticks = ", ".join(text for _, text in legend.ticks)
    return f"{legend.title} {legend.unit}: {ticks}"


def legend_notes(legend: Legend) -> list[str]:
    """Return the quiet lines under a legend: what is estimated, hidden, and how classes were made."""
    lines = []
    if legend.estimated:
        lines.append(f"{legend.estimated:,} of {legend.shown:,} estimated")
    if legend.hidden:
        lines.append(f"{legend.hidden:,} hidden by the filter")
    if legend.note:
        lines.append(legend.note)
    return lines


def shown_of(shown: int, total: int, kind: Kind) -> str:
    """Return how many of a file's rows are drawn."""
    return count(shown, kind) if shown == total else f"{shown:,} of {count(total, kind)}"


def crs_line(crs: str | None, source: str) -> str:
    """Return a CRS and how it was decided."""
    name = crs or NOT_KNOWN
    short = name if len(name) < 40 else name.split('"')[1] if '"' in name else name[:40]
    return f"{short}, {CRS_SOURCES.get(source, source)}"


def zoom_to(name: str) -> str:
    """Return the palette's title for flying to a layer."""
    return f"Zoom to {name}"


def colour_by(column: str) -> str:
    """Return the palette's title for colouring by a column."""
    return f"Colour by {column}"


def about(version: str) -> str:
    """Return the headline of the about box."""
    return f"{APP} {version}: {TAGLINE.lower()}"


def window_title(names: list[str]) -> str:
    """Return the window's title."""
    return (
        APP if not names else f"{names[-1]} – {APP}" if len(names) == 1 else f"{names[-1]} + {len(names) - 1} – {APP}"
    )


def drawing_details(buildings: int, triangles: int, frame_ms: float) -> str:
    """Return the tip of the memory reading: what the last picture was made of."""
    return f"{buildings:,} buildings, {triangles:,} triangles in the last picture, {frame_ms:.0f} ms"


def hide_panel(title: str) -> str:
    """Return the name of the button that hides a panel."""
    return f"Hide {title}"


def and_more(first: str, more: int) -> str:
    """Return a job and how many wait beside it."""
    return f"{first} and {more:,} more" if more else first


def select_alike(column: str, thing: object) -> str:
    """Return the menu entry that selects everything with the same value."""
    return f"Select all with {column} = {value(thing)}"


def label_with(column: str) -> str:
    """Return the menu entry that labels with a column."""
    return f"Label with {column}"


def show_only(column: str, thing: object) -> str:
    """Return the menu entry that filters by a value."""
    return f"Show only {column} = {value(thing)}"


def drawn_by(*, is_software: bool) -> str:
    """Return what draws: a card or the processor."""
    return "Drawn by the processor; a graphics card would be faster." if is_software else "Drawn by the graphics card."
